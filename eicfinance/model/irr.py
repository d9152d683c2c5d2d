"""Internal rate of return (IRR) of equally spaced flows, for one series or many scenarios at once.

The IRR is a rate i > -1 a period at which NPV(i) = sum_t c_t (1+i)^-t is zero. There may be none,
one or several; all are looked for, and none is ever guessed or returned as NaN.

Method. With x = 1+i, NPV has the sign of the polynomial p(v) = sum_t c_t v^t in v = 1/x for x >= 1
and of the reversed polynomial q(u) = sum_t c_t u^(n-t) in u = x for x < 1. Both are "sides" with an
argument w of at most about 1, so Horner's rule never overflows, and since the columns are scaled to
max|c| = 1, every root of a side lies above Cauchy's bound |a_0| / (|a_0| + 1).

1. A coarse grid brackets the root; bracketed Newton refines it. It is proved to be the only one by
   Descartes' rule (one sign change) or by running balances B_t = B_(t-1) x + c_t of one sign for
   t < n (Soper 1959, "The marginal efficiency of capital: a further note", Economic Journal 69;
   Norstrom 1972, J. Financial and Quantitative Analysis 7, has a criterion that needs no root, but
   only for i > 0). The balances are the coefficients of NPV divided by the root's linear factor;
   Horner's partial sums give them without overflow. Or by folded running totals (one_root.py).
2. Other scenarios are scanned: the extrema of each side cut it into monotone pieces, each with one
   root if the signs at its ends differ; an extremum where NPV is zero to 1e-12 is one (double)
   root. What several roots mean: Hazen 2003, The Engineering Economist 48.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eicfinance.model.one_root import only_here, sign_changes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

STATUS = ("none", "one", "several")
REASONS = (
    "",
    "all flows are zero",
    "the flows never turn positive",
    "the flows never turn negative",
    "NPV has no zero at any rate above -100%",
    "a zero of NPV lies at a rate too large to express",
    "the only rate above 0%: below it NPV has one sign, above it the other",
)
_DECIDES = REASONS[-1]
ZERO = 1e-12  # |NPV| at an extremum, relative to the sum of its terms' sizes, that counts as zero
# A running balance of the wrong sign that counts as zero, relative to the largest flow; so a flow
# this small (a crumb of rounding) may be passed over, and the extreme root that it alone makes.
_BALANCE = 1e-13
_HIGHEST = 10.0  # a rate above 1000% a year does not decide among several
_SETTLED = 1e-9  # relative Newton step after which, converging quadratically, w is exact
_OVERLAP = 0.01  # both sides are scanned this far (in ln x) past x = 1
_DEEPEST = 40.0  # the grids' last point, in |ln x|; beyond it lies one interval, up to the bound
_COARSE, _FINE = 24, 2000  # grid points a side
_BLOCK, _SCAN_BLOCK = 8192, 1024  # scenarios worked on together, to stay in the cache


@dataclass(frozen=True, slots=True)
class Irr:
    """The IRR of one series; rates are effective annual fractions (0.05 is 5%) above -1."""

    status: str  # "one", "several" or "none"
    rate: float | None  # the root; of several the one that decides (`irr_many`), else None
    roots: tuple[float, ...]  # all roots found, ascending
    reason: str  # why there is none (or why one is left out), a sentence fragment; else ""
    sign_changes: int  # of the flows, zeros skipped; an upper bound of the number of roots


@dataclass(frozen=True, slots=True, eq=False)
class IrrArray:
    """The IRR of many scenarios: arrays of shape (scenarios,). For values never NaN use `one(k)`.

    `rate` is blank (NaN) where there is no root and where none of several decides.
    """

    rate: Floats  # effective annual fraction
    status: NDArray[np.int8]  # number in STATUS: 0 none, 1 one, 2 several
    roots: dict[int, tuple[float, ...]]  # scenario -> its roots, only where status is 2
    reason: NDArray[np.int8]  # number in REASONS
    sign_changes: Ints

    def __len__(self) -> int:
        return len(self.rate)

    def one(self, k: int) -> Irr:
        """The result of scenario k. Raises IndexError outside 0 .. scenarios-1."""
        if not 0 <= k < len(self):
            raise IndexError(f"scenario {k} is not in 0..{len(self) - 1}")
        rate = None if np.isnan(self.rate[k]) else float(self.rate[k])
        roots = self.roots.get(k, () if rate is None else (rate,))
        reason = REASONS[self.reason[k]]
        return Irr(STATUS[self.status[k]], rate, roots, reason, int(self.sign_changes[k]))

    def __iter__(self) -> Iterator[Irr]:
        return (self.one(k) for k in range(len(self)))


def npv(rate: float, flows: ArrayLike, periods_per_year: int = 1) -> float:
    """Net present value sum_t c_t (1+rate)^(-t/periods_per_year), the first flow undiscounted.

    `rate` is an effective annual fraction above -1; `flows` has shape (periods,), any currency.
    Raises ValueError for other input and OverflowError if the value is too large for a float.
    """
    c = checked(flows, 1, periods_per_year)
    return present_value(rate, c, np.arange(len(c)) / periods_per_year)


def present_value(rate: float, c: Floats, years: Floats) -> float:
    """sum_k c_k (1+rate)^-years_k, with the range and the errors of `npv`."""
    if not -1.0 < rate < np.inf:
        raise ValueError(f"the rate must be finite and above -1, not {rate}")
    with np.errstate(over="ignore", invalid="ignore"):
        value = float(c @ np.power(1.0 + rate, -years))
    if not np.isfinite(value):
        raise OverflowError(f"NPV at the rate {rate} is too large for a float")
    return value


def irr(flows: ArrayLike, periods_per_year: int = 1) -> Irr:
    """IRR of one series of equally spaced flows, shape (periods,); see `irr_many`."""
    return irr_many(checked(flows, 1, periods_per_year)[:, None], periods_per_year).one(0)


def irr_many(flows: ArrayLike, periods_per_year: int = 1) -> IrrArray:
    """IRR of each column of `flows`, shape (periods, scenarios), in any currency.

    Per-period roots i are annualised as (1+i)^periods_per_year - 1, accurate to about 1e-13 in 1+i
    unless roots nearly coincide. Of several roots one decides if it is the only one above 0, at
    most 1000%, and the flows' sum has the sign opposite to the first flow: then an investment is
    worth doing at exactly those discount rates from 0 on that lie below it. (The other roots are
    listed; they come from small turns of sign, such as a refund of VAT or a cost at the end.) A
    root that rounds to -1 is given as the next float above -1; one too large for a float counts in
    `status`, is left out of the roots, and `reason` says so.
    Raises ValueError if the shape is wrong, there is no period, `periods_per_year` is not a whole
    number above 0, or a flow is not finite (naming its period and scenario).
    """
    c = checked(flows, 2, periods_per_year)
    total = c.shape[1]
    reason, changes = np.zeros(total, np.int8), np.zeros(total, np.int64)
    columns, growth = [np.zeros(0, np.int64)], [np.zeros(0)]
    for at in range(0, total, _BLOCK):
        part = slice(at, at + _BLOCK)
        block, changes[part], reason[part] = prepare(c[:, part])
        live = np.flatnonzero(changes[part])
        if live.size:
            block = block if live.size == block.shape[1] else block.take(live, axis=1)
            with np.errstate(over="ignore"):  # 1/v may be infinite: a rate too large to express
                col, x = _roots((_aligned(block), _aligned(block[::-1])), changes[part][live])
            columns.append(live[col] + at)
            growth.append(x)
    col, x = np.concatenate(columns), np.concatenate(growth)
    return collect(c, col, x, periods_per_year, changes, reason)


def checked(flows: ArrayLike, axes: int, periods_per_year: int) -> Floats:
    """The flows as floats of so many axes; raises ValueError as `irr_many` says."""
    if periods_per_year != int(periods_per_year) or periods_per_year < 1:
        raise ValueError(f"periods_per_year must be a whole number above 0, not {periods_per_year}")
    c = np.asarray(flows, dtype=np.float64)
    if c.ndim != axes or len(c) == 0:
        shape = "(periods,)" if axes == 1 else "(periods, scenarios)"
        raise ValueError(f"flows must have shape {shape} and a period or more, not {c.shape}")
    if not np.isfinite(c).all():
        at = np.argwhere(~np.isfinite(c))[0]
        where = f"period {at[0]}, scenario {at[1] if axes == 2 else 0}"
        raise ValueError(f"the flow of {where} is not finite: {c[tuple(at)]}")
    return c


def prepare(flows: Floats) -> tuple[Floats, Ints, NDArray[np.int8]]:
    """Flows scaled to max|c| = 1 a column, their sign changes, and the reason if there are none."""
    size = np.abs(flows).max(axis=0)
    c = np.divide(flows, np.where(size > 0.0, size, 1.0), order="C")
    sign = (c > 0.0).view(np.int8) - (c < 0.0).view(np.int8)
    changes = sign_changes(sign)
    reason = np.where(changes > 0, 0, np.choose(sign[-1] + 1, (2, 1, 3)))
    return c, changes, reason.astype(np.int8)


def _aligned(c: Floats) -> Floats:
    """Each column moved up past its leading zeros, which leaves the roots above 0 as they are."""
    if c[0].all():
        return c
    first = (c != 0.0).argmax(axis=0)
    rows = np.arange(len(c))[:, None] + first
    moved = np.take_along_axis(c, np.minimum(rows, len(c) - 1), axis=0)
    return np.where(rows < len(c), moved, 0.0)


def _roots(sides: tuple[Floats, Floats], changes: Ints) -> tuple[Ints, Floats]:
    """(column, x) of every root, in any order of the columns, x ascending in each.

    `sides` are the coefficients a_0, a_1, .. in v = 1/x and in u = x, shape (periods, columns),
    a_0 not zero; `changes` the columns' sign changes, one or more.
    """
    left = np.arange(len(changes))  # columns not settled yet
    columns, growth = [], []
    for side, power in zip(sides, (-1, 1), strict=True):
        if left.size:
            a = side if left.size == len(changes) else side.take(left, axis=1)
            root, proved = _quick(a, changes[left])
            columns.append(left[proved])
            growth.append(root[proved] ** power)
            left = left[~proved]
    for at in range(0, left.size, _SCAN_BLOCK):
        some = left[at : at + _SCAN_BLOCK]
        col, x = _scan((sides[0].take(some, axis=1), sides[1].take(some, axis=1)))
        columns.append(some[col])
        growth.append(x)
    return np.concatenate(columns), np.concatenate(growth)


def _grid(points: int, spread: float, start: float) -> Floats:
    """Ascending w = e^-y, y from `start` to _DEEPEST, even near 0 and geometric past `spread`."""
    ends = np.arcsinh(np.array([_DEEPEST, start]) / spread)
    grid: Floats = np.exp(-spread * np.sinh(np.linspace(ends[0], ends[1], points)))
    return grid


def _powers(w: Floats, count: int) -> Floats:
    """w^0 .. w^(count-1), a row for each w; without denormal numbers, which are slow."""
    powers = np.vander(w, count, increasing=True)
    powers[powers < 1e-290] = 0.0
    return powers


def _quick(a: Floats, changes: Ints) -> tuple[Floats, Bools]:
    """A root of each column on this side, and whether it is proved to be the only one on both."""
    w = np.concatenate([[0.0], _grid(_COARSE, 0.5 / len(a), 0.0)])
    value = _powers(w, len(a)) @ a
    positive = value >= 0.0
    crossings = (positive[1:] != positive[:-1]).sum(axis=0, dtype=np.int32)
    col = np.flatnonzero(crossings == 1)
    root, proved = np.zeros(len(changes)), crossings == 1
    if col.size:
        some = slice(None) if col.size == len(changes) else col
        a, changes = a[:, some], changes[some]
        cell = (positive == positive[0]).sum(axis=0, dtype=np.int32)[some] - 1
        below, above = value[cell, col], value[cell + 1, col]
        low, high = np.maximum(w[cell], np.minimum(_bound(a), w[cell + 1])), w[cell + 1]
        start = low + (high - low) * (below / (below - above))
        found = root[some] = _polish(a, low, high, start, below >= 0.0)
        doubtful = np.flatnonzero(changes > 1)
        proved[col[doubtful]] = _one_signed_balances(a[:, doubtful], found[doubtful])
        doubtful = doubtful[~proved[col[doubtful]]]
        proved[col[doubtful]] = only_here(a[:, doubtful])
    return root, proved


def _bound(a: Floats) -> Floats:
    """Cauchy's bound, below which no root lies: |a_0| / (|a_0| + max|a|), max|a| being 1."""
    first: Floats = np.abs(a[0])
    return first / (first + 1.0)


def _horner(a: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Value and derivative in w of each column's polynomial sum_t a_t w^t."""
    value, slope = a[-1].copy(), np.zeros_like(w)
    for row in a[-2::-1]:
        slope *= w
        slope += value
        value *= w
        value += row
    return value, slope


def _one_signed_balances(a: Floats, w: Floats) -> Bools:
    """Whether the running balances at the roots w keep one sign, so that each is the only root."""
    balance = a[-1].copy()
    least, most = balance.copy(), balance.copy()
    for row in a[-2:0:-1]:
        balance *= w
        balance += row
        np.minimum(least, balance, out=least)
        np.maximum(most, balance, out=most)
    one_signed: Bools = (least >= -_BALANCE) | (most <= _BALANCE)
    return one_signed


def _polish(a: Floats, low: Floats, high: Floats, w: Floats, positive: Bools) -> Floats:
    """The root of each column between low and high, from the start w; `positive`: sign at low.

    Newton's method; a step that leaves the bracket or does not halve the one before is replaced by
    bisection (geometric), as is every step after the 60th, so that the loop ends.
    """
    out = w.copy()
    live, done, before = np.arange(w.size), np.zeros(w.size, np.bool_), high - low
    for count in range(200):
        value, slope = _horner(a, w)
        beyond = (value >= 0.0) == positive  # the root lies above w
        low, high = np.where(beyond, w, low), np.where(beyond, high, w)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            new = w - value / slope
        step = np.abs(new - w)
        newton = (new >= low) & (new <= high) & (step <= 0.5 * before) & (count < 60)
        new = np.where(newton, new, np.sqrt(low) * np.sqrt(high))
        w, before = np.where(done, w, new), np.abs(new - w)
        done |= (newton & (step <= _SETTLED * w)) | (high - low <= 4e-16 * high)
        out[live] = w
        todo = np.flatnonzero(~done)
        if todo.size == 0:
            break
        if todo.size < 0.6 * w.size:
            live, done, a, positive = live[todo], done[todo], a[:, todo], positive[todo]
            low, high, w, before = low[todo], high[todo], w[todo], before[todo]
    return out


def _scan(sides: tuple[Floats, Floats]) -> tuple[Ints, Floats]:
    """(column, x) of all roots, by column and ascending, those both sides found listed once."""
    (col_v, v), (col_u, u) = _scan_side(sides[0]), _scan_side(sides[1])
    col, x = np.concatenate([col_v, col_u]), np.concatenate([1.0 / v, u])
    order = np.lexsort((x, col))
    col, x = col[order], x[order]
    middle = np.sqrt(x[1:]) * np.sqrt(x[:-1])
    a = np.where(middle >= 1.0, sides[0][:, col[1:]], sides[1][:, col[1:]])
    same = (col[1:] == col[:-1]) & _is_zero(a, np.minimum(middle, 1.0 / middle))
    keep = np.concatenate([np.ones(min(1, x.size), np.bool_), ~same])
    return col[keep], x[keep]


def _is_zero(a: Floats, w: Floats) -> Bools:
    """Whether each column's polynomial is zero at w within ZERO of the sum of its terms' sizes."""
    zero: Bools = np.abs(_horner(a, w)[0]) <= ZERO * _horner(np.abs(a), w)[0]
    return zero


def _scan_side(a: Floats) -> tuple[Ints, Floats]:
    """(column, w) of the roots on one side: of the monotone pieces, and the extrema at zero."""
    grid = _grid(_FINE, 0.02, -_OVERLAP)
    derivative = a[1:] * np.arange(1.0, len(a))[:, None]
    rising = _powers(grid, len(derivative)) @ derivative >= 0.0
    cell, col = np.nonzero(rising[1:] != rising[:-1])
    left, right = grid[cell], grid[cell + 1]
    middle = np.sqrt(left * right)
    extrema = _polish(derivative[:, col], left, right, middle, rising[cell, col])
    ends = np.arange(a.shape[1])
    bound = _bound(a)
    w = np.concatenate([bound, np.full(ends.size, grid[-1]), extrema])
    column = np.concatenate([ends, ends, col])
    sign = np.where(_horner(a[:, column], w)[0] >= 0.0, 1, -1)
    sign[: ends.size] = np.sign(a[0])
    sign[2 * ends.size :][_is_zero(a[:, col], extrema)] = 0
    order = np.lexsort((w, column))
    w, column, sign = w[order], column[order], sign[order]
    at = np.flatnonzero((column[1:] == column[:-1]) & (sign[1:] * sign[:-1] < 0))
    low, high, owner = w[at], w[at + 1], column[at]
    crossed = _polish(a[:, owner], low, high, np.sqrt(low) * np.sqrt(high), sign[at] > 0)
    return np.concatenate([owner, column[sign == 0]]), np.concatenate([crossed, w[sign == 0]])


def collect(
    c: Floats, col: Ints, x: Floats, periods_per_year: int, changes: Ints, reason: NDArray[np.int8]
) -> IrrArray:
    """The result of the flows c from all roots x = 1+i a period, and for each its scenario."""
    count = np.bincount(col, minlength=len(changes))
    with np.errstate(over="ignore"):
        rates = np.maximum(x ** float(periods_per_year) - 1.0, np.nextafter(-1.0, 0.0))
    reason[(changes > 0) & (count == 0)] = 4
    large = np.isinf(rates)
    reason[col[large]] = 5
    col, rates = col[~large], rates[~large]
    rate = np.full(len(changes), np.nan)
    alone = count[col] == 1
    rate[col[alone]] = rates[alone]
    lists: dict[int, list[float]] = {int(k): [] for k in np.flatnonzero(count > 1)}
    for k, root in zip(col[~alone].tolist(), rates[~alone].tolist(), strict=True):
        lists[k].append(root)
    status: NDArray[np.int8] = np.minimum(count, 2).astype(np.int8)
    status[(count == 1) & np.isnan(rate)] = 0
    for k, roots in lists.items():
        above = [root for root in roots if root > 0.0]
        first = c[np.flatnonzero(c[:, k])[0], k]
        alone_above = len(above) == 1 and above[0] <= _HIGHEST
        if not reason[k] and alone_above and np.sign(c[:, k].sum()) == -np.sign(first):
            rate[k], reason[k] = above[0], REASONS.index(_DECIDES)
    found = {k: tuple(roots) for k, roots in lists.items()}
    return IrrArray(rate, status, found, reason, changes)
