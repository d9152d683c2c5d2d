"""From the drivers of a portfolio to numbers: what each input draws, and when events come.

An input with loads b on drivers z (standard normal, correlations R) draws

    u = N(b.z + sqrt(1 - b.R.b) e),  e its own luck, standard normal

and takes the value of its distribution below which the share u lies (a Gaussian copula): the share
of the variance that drivers explain is b.R.b, counted before the distribution bends it.

An event begins in any year from closing with its chance, at a moment of the year that is drawn,
and lasts its months. A period in which it rules for a part loses that part of the share.
Two overlapping events of one driver do not take more than one; of two drivers, each takes its
share of what the other leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.portfolio.risk import EACH
from eicfinance.risk.sampling import (
    BLOCK,
    Distribution,
    generator,
    normal,
    normal_share,
    uniform,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from eicfinance.portfolio.figures import Value
    from eicfinance.portfolio.risk import DriverEntry, RiskEntry

    Array = NDArray[np.float64]

DEFAULT_KIND: Final = "pert"
MONTHS: Final = 12


def distribution(value: Value) -> Distribution | None:
    """The distribution of a figure; None where it has no range, or lies outside the usual one (a
    default of nil where there is no such thing)."""
    low, high = value.low, value.high
    if low is None or high is None or not low < high or not low <= value.number <= high:
        return None
    return Distribution(value.distribution or DEFAULT_KIND, value.number, low, high)


def root(matrix: Sequence[Sequence[float]]) -> Array:
    """The lower triangle L with L L' = R (Cholesky), also where R is only just possible: a driver
    that others determine has no luck of its own. A driver that is added changes no other's draws.
    """
    given = np.array(matrix, float).reshape(len(matrix), len(matrix))
    made = np.zeros_like(given)
    for j in range(len(given)):
        left = given[j, j] - made[j, :j] @ made[j, :j]
        if left > 1e-12:
            made[j, j] = np.sqrt(left)
            made[j + 1 :, j] = (given[j + 1 :, j] - made[j + 1 :, :j] @ made[j, :j]) / made[j, j]
    return made


@dataclass(eq=False)
class Draws:
    """What one block of scenarios draws. years: for which events are drawn, the same for all
    models of a portfolio."""

    entry: RiskEntry
    seed: int
    block: int
    years: int
    periods_per_year: int
    _levels: Array | None = None
    _starts: dict[tuple[str, int], Array] = field(default_factory=dict)
    _ruling: dict[tuple[str, int], Array] = field(default_factory=dict)  # of the cluster's events

    @property
    def levels(self) -> Array:
        """Drivers of kind level x scenarios, correlated."""
        if self._levels is None:
            names = [driver.name for driver in self.entry.levels]
            own = [normal(self.seed, f"driver {name}", self.block)[0] for name in names]
            drawn = np.array(own).reshape(len(names), BLOCK)
            self._levels = root(self.entry.matrix) @ drawn
        return self._levels

    def shares(self, stream: str, loads: Mapping[str, float], units: int = 1) -> Array:
        """Numbers in (0, 1), units x scenarios, that follow the drivers as the loads say."""
        row = np.array([loads.get(driver.name, 0.0) for driver in self.entry.levels])
        if not row.any():
            return uniform(self.seed, stream, self.block, units)
        matrix = np.array(self.entry.matrix).reshape(len(row), len(row))
        left = max(0.0, 1 - float(row @ matrix @ row))
        z = np.broadcast_to(row @ self.levels, (units, BLOCK))
        if left > 1e-9:
            z = z + np.sqrt(left) * normal(self.seed, stream, self.block, units)
        return np.clip(normal_share(z), 2.0**-53, 1 - 2.0**-53)

    def figure(self, name: str, value: Value) -> Array:
        """A figure of a driver, one number a scenario; it may have a range of its own."""
        drawn = distribution(value)
        if drawn is None:
            return np.full(BLOCK, value.number)
        return drawn.at(uniform(self.seed, name, self.block)[0])

    # -- events ---------------------------------------------------------------------------------

    def starts(self, event: DriverEntry, unit: int) -> Array:
        """Years from closing at which the event begins, years x scenarios; NaN where it does not
        in that year. unit: of those that have luck of their own."""
        key = event.name, unit if event.reach == EACH else 0
        if key not in self._starts:
            assert event.chance is not None
            name = f"event {event.name} {key[1]}"
            come = np.array([
                uniform(self.seed, f"{name} year {year}", self.block)[0]
                for year in range(self.years)
            ])  # fmt: skip
            when = generator(self.seed, f"{name} when", self.block).random((self.years, BLOCK))
            met = come < self.figure(f"event {event.name} chance", event.chance)
            self._starts[key] = np.where(met, np.arange(self.years)[:, None] + when, np.nan)
        return self._starts[key]

    def ruling(self, event: DriverEntry, unit: int, periods: int) -> Array:
        """The part of each period 0..n in which the event rules, periods + 1 x scenarios."""
        if event.reach == EACH:
            return self._rules(event, unit, periods)
        key = event.name, periods
        if key not in self._ruling:
            self._ruling[key] = self._rules(event, 0, periods)
        return self._ruling[key]

    def _rules(self, event: DriverEntry, unit: int, periods: int) -> Array:
        assert event.months is not None
        starts = self.starts(event, unit)
        lasts = self.figure(f"event {event.name} months", event.months) / MONTHS
        ends = np.arange(periods + 1)[:, None] / self.periods_per_year
        part = np.zeros((periods + 1, BLOCK))
        for begun in starts:
            met = np.flatnonzero(~np.isnan(begun))
            until = np.minimum(begun[met] + lasts[met], ends)
            since = np.maximum(begun[met], ends - 1 / self.periods_per_year)
            part[:, met] += np.maximum(0, until - since) * self.periods_per_year
        part[0] = 0
        return np.minimum(part, 1)

    def lost(self, owner: str, what: str, unit: int, periods: int) -> Array:
        """The share that events take of something, periods + 1 x scenarios."""
        left = np.ones((periods + 1, BLOCK))
        for event in self.entry.events:
            for hit in event.hits:
                if (hit.owner, hit.what) == (owner, what):
                    share = self.figure(f"event {event.name} {owner}.{what}", hit.share)
                    left = left * (1 - share * self.ruling(event, unit, periods))
        return 1 - left
