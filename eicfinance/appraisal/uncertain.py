"""Which inputs a simulation draws, and how: those that have a range.

Not drawn, unless the portfolio's section `risk` names them: what somebody decides (figures declared
as decisions: life, permits, tax law, discount rates) and the terms asked for: loans, grants,
committed sources. Nor a figure that the portfolio does not give and whose default is nil: there is
none of it. The credit policy and shadow prices are never drawn.

Months and days are rounded to whole ones; every value is cut to the figure's hard limits. A price
rise that the portfolio does not give follows inflation, also in its luck.

Of equal units each has luck of its own in what is its project's, its borrower's and, where there
are as many sites as units, its site's; prices and whatever else is shared are the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.batch import ECONOMY, WHOLE, limits_of, shared_values
from eicfinance.portfolio.figures import LARGEST
from eicfinance.portfolio.scenarios import values_of
from eicfinance.risk.drivers import distribution
from eicfinance.risk.sampling import Distribution

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from eicfinance.appraisal.batch import Move
    from eicfinance.appraisal.case import Case
    from eicfinance.portfolio.figures import Value, Values
    from eicfinance.portfolio.reader import ProjectEntry
    from eicfinance.risk.drivers import Draws

    Array = NDArray[np.float64]

POLICY = "policy_"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """An input that is drawn. stream: the name of its luck. least, most: its hard limits. units:
    how many equal ones each have luck of their own; 1 where all share it."""

    move: Move
    stream: str
    distribution: Distribution
    loads: Mapping[str, float]
    least: float
    most: float
    whole: bool
    units: int

    def draw(self, draws: Draws, most_units: int) -> Array:
        """Its values, units x scenarios of a block, of so many units at most."""
        shares = draws.shares(self.stream, self.loads, min(self.units, most_units))
        found = np.clip(self.distribution.at(shares), self.least, self.most)
        return np.rint(found) if self.whole else found


def uncertain(case: Case) -> list[Uncertain]:
    """All inputs that are drawn, in a fixed order."""
    found = [_of_economy(case, name, value) for name, value in _economy(case)]
    for site in case.portfolio.sites:
        for name, value in site.values.items():
            found.append(_own(case, (site.name, name), value, site.count, _figure_limits(value)))
    for entry in case.portfolio.projects:
        decided = _decided(entry)
        for name, value in values_of(entry).items():
            move = (entry.name, name)
            if value.shared or (name in decided and not _named(case, move)):
                continue
            limits = limits_of(case, entry, name, value)
            found.append(_own(case, move, value, entry.count, limits))
    return [one for one in found if one is not None]


def _economy(case: Case) -> Iterator[tuple[str, Value]]:
    for name, value in shared_values(case.portfolio).items():
        if not name.startswith(POLICY):
            yield name, value


def _of_economy(case: Case, name: str, value: Value) -> Uncertain | None:
    move = (ECONOMY, name)
    owners = case.portfolio.borrowers
    owner = next((b for b, e in owners.items() if name in {f"{b}_{x}" for x in e.values}), None)
    units = max((p.count for p in case.portfolio.projects if p.borrower == owner), default=1)
    follows = name.startswith("escalation_") and not value.given and not _named(case, move)
    source = (ECONOMY, "inflation") if follows else move
    return _own(case, move, value, units, _figure_limits(value), source)


def _own(
    case: Case, move: Move, value: Value, units: int, limits: tuple[float, float],
    source: Move | None = None,
) -> Uncertain | None:  # fmt: skip
    """The input, if it is drawn. source: of which input it has the luck and the loads."""
    drawn = distribution(value)
    absent = not value.given and value.number == 0
    if drawn is None or ((value.figure.decision or absent) and not _named(case, move)):
        return None
    loads = (case.portfolio.risk.loads or {}).get(source or move, {})
    stream = "input {}.{}".format(*(source or move))
    return Uncertain(move, stream, drawn, dict(loads), *limits, value.unit in WHOLE, units)


def _named(case: Case, move: Move) -> bool:
    return move in (case.portfolio.risk.loads or {})


def _decided(entry: ProjectEntry) -> set[str]:
    """The terms of finance that are asked for: all inputs of the project but its own, those of its
    carbon credits and price rises, and figures of finance that are no decisions."""
    luck: Values = entry.values | entry.escalation | entry.finance.values
    luck |= {} if entry.carbon is None else entry.carbon.values
    return values_of(entry).keys() - luck.keys()


def _figure_limits(value: Value) -> tuple[float, float]:
    least = -LARGEST if value.figure.least is None else value.figure.least
    most = LARGEST if value.figure.most is None else value.figure.most
    return least, most
