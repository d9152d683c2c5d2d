"""What many scenarios say of one figure: how bad it gets, how often, and what moves it.

P50, P80, P95 are values than which so many of a hundred scenarios are no worse: of a gap the
smallest value that so many do not exceed, of an NPV the largest that so many reach. They are values
that were drawn, never in between (the inverse of the empirical distribution function).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.risk.losses import Driver, drivers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NEGLIGIBLE: Final = 0.01  # share of the variance of ranks below which nothing is named
BINS: Final = 14  # columns of a histogram, about
ROUND: Final = (1, 2, 2.5, 5, 10)  # of which, times a power of ten, a column is wide
NEAR: Final = 1e-9
CHANCE: Final = 2.0  # standard errors within which a correlation may be mere chance


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over all scenarios in which it is not blank; None where it always is. blank: the
    share in which it is."""

    mean: float | None
    p50: float | None
    p80: float | None
    p95: float | None
    blank: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How often something happens: value, a share of so many cases (of: scenarios x equal units,
    where the figure is not blank), and its standard error over scenarios."""

    value: float
    error: float
    of: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """counts: of the cases from an edge to the next, the last edge included; one fewer than edges.
    Edges are round, and nil is one where values lie on both sides of it. nil: cases that are
    exactly nil, where these are counted apart."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    nil: int


def spread(values: Array, high_is_bad: bool) -> Spread:
    """values: of any shape, NaN where blank."""
    flat = values.ravel()
    known = np.sort(flat[~np.isnan(flat)])
    blank = 1 - len(known) / len(flat)
    if not len(known):
        return Spread(None, None, None, None, blank)
    ordered = known if high_is_bad else known[::-1]
    p50, p80, p95 = (_no_worse(ordered, share) for share in (0.50, 0.80, 0.95))
    return Spread(float(known.mean()), p50, p80, p95, blank)


def _no_worse(ordered: Array, share: float) -> float:
    """The first value, from the best, than which at least this share is no worse."""
    place = int(np.ceil(share * len(ordered) - 1e-9)) - 1
    return float(ordered[max(0, place)])


def chance(met: NDArray[np.bool_], values: Array) -> Chance | None:
    """How often a condition is met where a figure is not blank; None where it always is. Scenarios
    stand last; of several units those of a scenario fail together, so that the error is that of
    the mean over scenarios."""
    known = np.atleast_2d(~np.isnan(values))
    if not known.any():
        return None
    counted = known.sum(axis=0)
    often = (np.atleast_2d(met) & known).sum(axis=0)[counted > 0] / counted[counted > 0]
    found = float(np.asarray(met)[~np.isnan(values)].mean())
    return Chance(found, float(often.std() / sqrt(often.size)), int(counted.sum()))


def histogram(values: Array, nil_apart: bool = False, wanted: int = BINS) -> Histogram | None:
    """Some ``wanted`` columns of equal, round width; None where the values do not differ."""
    known = values[~np.isnan(values)]
    nil = int((known == 0).sum()) if nil_apart else 0
    known = known[known != 0] if nil_apart else known
    if not known.size or known.min() == known.max():
        return None
    low, high = float(known.min()), float(known.max())
    power = 10 ** floor(log10((high - low) / wanted))
    step = next(k * power for k in ROUND if k * power * wanted >= (high - low) * (1 - NEAR))
    first, last = floor(low / step + NEAR), ceil(high / step - NEAR)
    edges = [k * step for k in range(first, last + 1)]
    counts = np.histogram(known, [min(edges[0], low), *edges[1:-1], max(edges[-1], high)])[0]
    return Histogram(tuple(edges), tuple(int(n) for n in counts), nil)


def causes(outcome: Array, moved_by: Mapping[str, Array], most: int = 5) -> tuple[Driver, ...]:
    """What moves an outcome by scenario, the strongest first (losses.drivers); nothing where it
    does not vary. What may be mere chance (a correlation within two of its standard errors,
    1/sqrt(n)) is left out, and then what explains less than 1% of the rest."""
    known = ~np.isnan(outcome)
    within = CHANCE / sqrt(max(1, int(known.sum())))
    given = {name: values[known] for name, values in moved_by.items()}
    clear = {d.name for d in drivers(given, outcome[known]) if abs(d.correlation) > within}
    found = drivers({name: given[name] for name in given if name in clear}, outcome[known])
    return tuple(driver for driver in found[:most] if driver.share >= NEGLIGIBLE)
