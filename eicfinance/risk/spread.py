"""What many scenarios say of one figure: how bad it gets, how often, and what moves it.

P50, P80, P95 are values than which so many of a hundred scenarios are no worse: of a gap the
smallest value that so many do not exceed, of an NPV the largest that so many reach. They are values
that were drawn, never in between (the inverse of the empirical distribution function).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NEGLIGIBLE: Final = 0.01  # share of the variance of ranks below which nothing is named
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


def chance(met: NDArray[np.bool_], values: Array) -> float | None:
    """How often a condition is met where a figure is not blank; None where it always is."""
    known = ~np.isnan(values)
    return float(met[known].mean()) if known.any() else None


@dataclass(frozen=True, slots=True)
class Cause:
    """What moves a result. correlation: of their ranks (Spearman), from -1 to 1. share: its square
    over the sum of the squares of all."""

    name: str
    correlation: float
    share: float


def causes(outcome: Array, moved_by: Mapping[str, Array], most: int = 5) -> tuple[Cause, ...]:
    """What moves an outcome, the strongest first; nothing where it does not vary. What may be mere
    chance (a correlation within two of its standard errors, 1/sqrt(n)) is not named."""
    known = ~np.isnan(outcome)
    target = _ranks(outcome[known])
    found = {name: _correlation(target, _ranks(values[known])) for name, values in moved_by.items()}
    found = {name: r for name, r in found.items() if abs(r) * sqrt(len(target)) > CHANCE}
    whole = sum(r * r for r in found.values())
    named = [Cause(name, r, r * r / whole) for name, r in found.items()]
    named.sort(key=lambda cause: -cause.share)
    return tuple(cause for cause in named[:most] if cause.share >= NEGLIGIBLE)


def _ranks(values: Array) -> Array:
    """Ranks, the same for equal values: the mean of their places."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return np.asarray((ends - (count - 1) / 2)[place], float)


def _correlation(a: Array, b: Array) -> float:
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
