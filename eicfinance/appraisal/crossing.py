"""Where results reach a target as one input moves: for many inputs at once, a batch a step.

Each input is tried on a ladder of values from its base outward to its hard limits, all inputs in
one batch. Where the result passes the target between two of them, the pair nearest to the base is
narrowed: a step tries even parts of each pair and the point at which a straight line would pass,
all pairs in one batch, and keeps the two neighbours between which the target lies. Months and days
move in whole numbers. Two crossings between neighbouring values of the ladder are not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.model.label import Label
from eicfinance.portfolio.figures import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.appraisal.batch import Array, Part, Unknown

FURTHEST = 1e3  # of an input without limit: so many times its size
ROUNDS = 60
EXACT = 1e-11  # of the difference at a pair's start: no more than this is nil
NARROW = 1e-11  # of a value: two that lie closer enclose a jump
CLOSE = 1e-7  # of the size of what is compared: no more than this from the target is on it
BATCH = 32  # scenarios of a step, about
PARTS = 8  # of the stretch around the nearest value, when it is searched more closely


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of an input at which a result reaches a target, nearest to the input's base.

    value: None where there is none, and reason says why. reached: the result at that value, or at
    the nearest one. nearest: the value that comes nearest to the target, where there is none that
    reaches it. reason also says where the result passes the target in a step.
    """

    unknown: Unknown
    result: str
    target: float
    value: float | None
    reached: float | None
    nearest: float | None = None
    reason: str = ""

    @property
    def change(self) -> float | None:
        """The change from the base as a share of it; None where that is nil."""
        value = self.nearest if self.value is None else self.value
        base = self.unknown.base
        return None if value is None or base == 0 else (value - base) / abs(base)


@dataclass(slots=True)
class _Pair:
    """Two values of an input between which the target lies, a nearer to the base, and the
    differences there. size: of the differences at the start."""

    at: int  # place among what is asked
    a: float
    fa: float
    b: float
    fb: float
    size: float


def crossings(
    some: Part,
    asked: Sequence[tuple[Unknown, str]],
    target: float = 0.0,
    *,
    at_most: bool = False,
    ratio: float = 2.0,
    closely: bool = True,
) -> list[Answer]:
    """For each unknown and result that are asked for, the value at which the result is ``target``.

    at_most: of two values between which the result jumps, take the one at which it is not above the
    target (else not below). ratio: of a ladder's distances from the base. closely: search around
    the nearest value where no pair encloses the target.
    """
    search, unknowns = _Search(some, asked, target), [unknown for unknown, _ in asked]
    ladders = [ladder(unknown, ratio) for unknown in unknowns]
    heights = search.along(ladders)
    for _ in range(4 if closely else 0):
        open_ones = [k for k, f in enumerate(heights) if not _signs_differ(f) and _varies(f)]
        finer = [_around(unknowns[k], ladders[k], heights[k]) for k in open_ones]
        found = search.along(finer, open_ones)
        for k, x, f in zip(open_ones, finer, found, strict=True):
            ladders[k], places = np.unique(np.concatenate([ladders[k], x]), return_index=True)
            heights[k] = np.concatenate([heights[k], f])[places]
    pairs = {
        k: _nearest_pair(k, ladders[k], heights[k], unknown.base)
        for k, unknown in enumerate(unknowns)
        if _signs_differ(heights[k])
    }
    search.narrow(list(pairs.values()))
    return [
        _of_pair(search, pairs[k], at_most)
        if k in pairs
        else _none(search, k, ladders[k], heights[k])
        for k in range(len(asked))
    ]


def ladder(unknown: Unknown, ratio: float = 2.0) -> Array:
    """The base, and values outward from it to the hard limits: distances that grow by a ratio, and
    even steps where both limits are real."""
    base, whole = unknown.base, unknown.whole
    sizes = (abs(base), abs(unknown.input.low or 0), abs(unknown.input.high or 0))
    size = max(sizes) or 1.0
    furthest = FURTHEST if max(sizes) else FURTHEST**3
    out = size / 16 * ratio ** np.arange(np.log(16 * furthest) / np.log(ratio) + 1)
    ends = [max(unknown.least, base - out[-1]), min(unknown.most, base + out[-1])]
    points = [np.array([base, *ends]), base - out, base + out]
    if unknown.limited:
        points.append(np.linspace(unknown.least, unknown.most, round(16 / ratio) + 1))
    found = np.concatenate(points)
    found = np.concatenate([np.rint(found) if whole else found, [base]])
    inside = (found >= ends[0]) & (found <= ends[1])
    return np.unique(found[inside])


@dataclass(eq=False)
class _Search:
    """Differences of results from a target, by what is asked and values."""

    some: Part
    asked: Sequence[tuple[Unknown, str]]
    target: float

    def in_percent(self, at: int) -> bool:
        """Whether people say a result in per cent."""
        return self.some.item(self.asked[at][1]).in_percent

    def differences(self, places: Sequence[int], values: Sequence[float]) -> Array:
        """One scenario for each place and value, all in one batch."""
        if not places:
            return np.zeros(0)
        moves = [(self.asked[k][0].move, float(x)) for k, x in zip(places, values, strict=True)]
        column = {move: k for k, move in enumerate(dict.fromkeys(moves))}  # each is run once
        found = self.some.batch([dict([move]) for move in column])
        reached = [found[self.asked[k][1]][column[move]]
                   for k, move in zip(places, moves, strict=True)]  # fmt: skip
        return np.array(reached) - self.target

    def along(self, ladders: Sequence[Array], places: Sequence[int] | None = None) -> list[Array]:
        """The differences along each ladder, all in one batch."""
        places = range(len(ladders)) if places is None else places
        each = [k for k, x in zip(places, ladders, strict=True) for _ in x]
        values = [float(v) for x in ladders for v in x]
        found = self.differences(each, values)
        cuts = np.cumsum([len(x) for x in ladders])[:-1]
        return list(np.split(found, cuts)) if ladders else []

    def narrow(self, pairs: Sequence[_Pair]) -> None:
        """Narrows all pairs together until each is as near as numbers are."""
        for _ in range(ROUNDS):
            moving = [pair for pair in pairs if not self._done(pair)]
            if not moving:
                return
            parts = max(4, BATCH // len(moving))
            tried = [self._between(pair, parts) for pair in moving]
            found = self.along(tried, [pair.at for pair in moving])
            for pair, x, f in zip(moving, tried, found, strict=True):
                _step(pair, x, f)

    def _between(self, pair: _Pair, parts: int) -> Array:
        """Values between those of a pair, from a to b."""
        found = np.linspace(pair.a, pair.b, parts + 1)[1:-1]
        if np.isfinite(pair.fb):
            straight = pair.a + (pair.b - pair.a) * pair.fa / (pair.fa - pair.fb)
            found = np.append(found, straight)
        if self.asked[pair.at][0].whole:
            found = np.rint(found)
        low, high = sorted((pair.a, pair.b))
        inside = np.unique(found[(found > low) & (found < high)])
        return inside if pair.a < pair.b else inside[::-1]

    def _done(self, pair: _Pair) -> bool:
        if min(abs(pair.fa), abs(pair.fb)) <= EXACT * pair.size:
            return True
        width = abs(pair.b - pair.a)
        if self.asked[pair.at][0].whole:
            return width <= 1
        return width <= NARROW * max(abs(pair.a), abs(pair.b)) or width < 1 / LARGEST


def _step(pair: _Pair, x: Array, f: Array) -> None:
    """Takes in values between: keeps the first neighbours, from a, between which the target lies.
    Where the result is blank it is taken to lie beyond the target, so that its edge is found."""
    x, f = np.array([pair.a, *x, pair.b]), np.array([pair.fa, *f, pair.fb])
    f[np.isnan(f)] = np.copysign(np.inf, pair.fb)
    k = int(np.argmax(np.sign(f[1:]) * np.sign(f[:-1]) <= 0))
    pair.a, pair.fa, pair.b, pair.fb = float(x[k]), float(f[k]), float(x[k + 1]), float(f[k + 1])


# -- answers ------------------------------------------------------------------------------------


def _signs_differ(f: Array) -> bool:
    known = f[~np.isnan(f)]
    return bool(known.size) and bool((known >= 0).any() and (known <= 0).any())


def _varies(f: Array) -> bool:
    known = f[~np.isnan(f)]
    return bool(known.size) and bool(np.ptp(known) > CLOSE * CLOSE * np.abs(known).max())


def _around(unknown: Unknown, x: Array, f: Array) -> Array:
    """Values around the one that comes nearest to the target."""
    best = int(np.nanargmin(np.abs(f)))
    found = np.linspace(x[max(best - 1, 0)], x[min(best + 1, len(x) - 1)], PARTS + 1)
    return np.unique(np.rint(found)) if unknown.whole else found


def _nearest_pair(at: int, x: Array, f: Array, base: float) -> _Pair:
    """The neighbouring values nearest to the base between which the target lies."""
    known = ~np.isnan(f)
    x, f = x[known], f[known]
    if len(x) == 1:
        return _Pair(at, float(x[0]), float(f[0]), float(x[0]), float(f[0]), 1.0)
    enclosing = np.flatnonzero(np.sign(f[1:]) * np.sign(f[:-1]) <= 0)
    far = np.maximum(abs(x[enclosing] - base), abs(x[enclosing + 1] - base))
    k = int(enclosing[int(np.argmin(far))])
    a, b = sorted((k, k + 1), key=lambda place: abs(x[place] - base))
    size = float(max(abs(f[a]), abs(f[b])))
    return _Pair(at, float(x[a]), float(f[a]), float(x[b]), float(f[b]), size)


def _of_pair(search: _Search, pair: _Pair, at_most: bool) -> Answer:
    (unknown, result), target = search.asked[pair.at], search.target
    own, of = unknown.input.in_percent, search.in_percent(pair.at)
    ends = sorted(((pair.a, pair.fa), (pair.b, pair.fb)), key=lambda end: abs(end[1]))
    value, off = ends[0]
    if abs(off) <= CLOSE * max(abs(target), pair.size):
        return Answer(unknown, result, target, value, target + off)
    meets = [end for end in ends if (end[1] <= 0 if at_most else end[1] >= 0)]
    value, off = meets[0]
    if not np.isfinite(off):
        value, off = ends[0]
        reason = Label("{result} is blank on the other side of {value}", result, _text(value, own))
        return Answer(unknown, result, target, None, target + off, value, reason)
    other = next(end for end in ends if end[0] != value)
    if unknown.whole:
        reason = Label(
            "{result} is {value} at {place}",
            result,
            _text(target + other[1], of),
            _text(other[0], own),
        )
    else:
        reason = Label(
            "{result} jumps there, from {before} to {after}",
            result,
            _text(target + other[1], of),
            _text(target + off, of),
        )
    return Answer(unknown, result, target, value, target + off, None, reason)


def _none(search: _Search, at: int, x: Array, f: Array) -> Answer:
    (unknown, result), target = search.asked[at], search.target
    own, of = unknown.input.in_percent, search.in_percent(at)
    known = ~np.isnan(f)
    if not known.any():
        return Answer(
            unknown, result, target, None, None, None, Label("{result} is blank throughout", result)
        )
    as_near = np.flatnonzero(np.abs(f) <= np.nanmin(np.abs(f)) * (1 + NARROW))
    best = int(as_near[int(np.argmin(np.abs(x[as_near] - unknown.base)))])
    reached = target + float(f[best])
    if not _varies(f):
        reason = Label("{result} does not depend on {key}", result, unknown.key)
        return Answer(unknown, result, target, None, reached, None, reason)
    low, high = target + f[known].min(), target + f[known].max()
    reason = Label(
        "with {key} from {first} to {last}, {result} stays between {low} and {high}",
        unknown.key,
        _text(x[0], own),
        _text(x[-1], own),
        result,
        _text(low, of),
        _text(high, of),
    )
    return Answer(unknown, result, target, None, reached, float(x[best]), reason)


def _text(value: float, in_percent: bool) -> str:
    if in_percent:
        return f"{100 * value:.6g}%"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.6g}"
