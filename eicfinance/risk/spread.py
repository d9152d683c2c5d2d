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

from eicfinance.risk.losses import Driver, drivers

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
