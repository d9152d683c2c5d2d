"""What a simulation says of each project, of its loan, and of the cluster.

Figures of a project that stands for several equal ones are those of one unit, over all scenarios
and all units drawn; chances likewise. The cluster's gap is by month the sum of the members', as in
the base case, then its maximum, in each scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.appraisal.batch import CLUSTER
from eicfinance.appraisal.blocks import PERCENTILES
from eicfinance.appraisal.pool import LoanRisk, PoolRisk, loan_risk, moved_by, pool_risk
from eicfinance.appraisal.sharing import (
    FirstLossRisk,
    GroupRisk,
    first_loss_risk,
    group_risks,
)
from eicfinance.appraisal.simulation import simulate
from eicfinance.risk.spread import Chance, Histogram, Spread, causes, chance, histogram, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eicfinance.appraisal.blocks import Member
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.simulation import Simulation
    from eicfinance.risk.losses import Driver

    Array = NDArray[np.float64]

QUICK: Final = 200  # scenarios of an appraisal
QUICK_UNITS: Final = 12  # drawn in it of the equal units of a project,
FEW_UNITS: Final = 6  # where more projects than these have several
MANY: Final = 10
HIGH_IS_BAD: Final = {  # results whose spread is told; whether more of it is worse
    "gap_depth": True, "gap_months": True, "gap_with_loan_depth": True,
    "gap_with_loan_months": True, "valley_depth": True, "project_npv": False, "equity_npv": False,
    "dscr_min": False,
}  # fmt: skip
GAPS_TOGETHER: Final = ("gap_depth", "gap_months", "gap_with_loan_depth", "gap_with_loan_months")


@dataclass(frozen=True, slots=True)
class ProjectRisk:
    """A project. units: equal ones; drawn: of them with luck of their own, each standing for
    units / drawn. spreads, base: by name of the result. npv_histogram: of the project's NPV; None
    where it does not vary. moves: what moves the owner's NPV, by
    PLACE.input and event. failed: share of scenarios that cannot be computed. loan: None where none
    is asked for, or nothing ages (yearly models)."""

    name: str
    title: str
    units: int
    drawn: int
    inputs: int
    failed: float
    spreads: dict[str, Spread]
    base: dict[str, float | None]
    npv_negative: Chance | None
    equity_npv_negative: Chance | None
    gap_open: Chance | None
    dscr_below_one: Chance | None
    dscr_below_covenant: Chance | None
    covenant: float | None
    moves: tuple[Driver, ...]
    loan: LoanRisk | None
    valley_fan: dict[int, tuple[float, ...]]
    npv_histogram: Histogram | None


@dataclass(frozen=True, slots=True)
class Risk:
    """A simulation's answer. certain: nothing varies, all scenarios are the base case. fans: by
    percentile, by period. drivers: what moves the sum of all owners' NPV. pool: all loans together;
    None where there are none. groups: of projects for which the portfolio asks. first_loss: None
    where it asks for none."""

    scenarios: int
    seed: int
    certain: bool
    projects: tuple[ProjectRisk, ...]
    cluster: dict[str, Spread]
    cluster_base: dict[str, float | None]
    gap_fan: dict[int, tuple[float, ...]]
    drivers: tuple[Driver, ...]
    pool: PoolRisk | None
    groups: tuple[GroupRisk, ...]
    first_loss: FirstLossRisk | None

    def project(self, name: str) -> ProjectRisk:
        return next(p for p in self.projects if p.name == name)


def quick(case: Case) -> Risk:
    """A simulation of so few scenarios that an appraisal stays quick."""
    several = sum(project.entry.count > 1 for project in case.projects.values())
    return summed_up(simulate(case, QUICK, most_units=FEW_UNITS if several > MANY else QUICK_UNITS))


def summed_up(simulation: Simulation) -> Risk:
    plan = simulation.plan
    together = plan.case.runs[CLUSTER]
    return Risk(
        simulation.scenarios, plan.seed, plan.certain,
        tuple(_project(simulation, member) for member in plan.members),
        {name: spread(simulation[f"{CLUSTER}|{name}"], True) for name in GAPS_TOGETHER},
        {name: together.value(name) for name in GAPS_TOGETHER},
        _fan(simulation, f"fan|{CLUSTER}|gap"), _drivers(simulation),
        pool_risk(simulation), group_risks(simulation), first_loss_risk(simulation),
    )  # fmt: skip


def _project(simulation: Simulation, member: Member) -> ProjectRisk:
    case, name = simulation.plan.case, member.name
    entry, run = case.projects[name].entry, case.runs[name]
    told = [result for result in HIGH_IS_BAD if result in member.results]

    def below(result: str, limit: float | None) -> Chance | None:
        if result not in member.results or limit is None:
            return None
        values = simulation[f"{name}|{result}"]
        return chance(values < limit, values)

    covenant = case.portfolio.policy["dscr_min"].number
    gap = simulation[f"{name}|gap_with_loan_depth"]
    return ProjectRisk(
        name, entry.title, member.count, member.units, len(member.inputs),
        float(simulation[f"{name}|failed"].mean()),
        {result: spread(simulation[f"{name}|{result}"], HIGH_IS_BAD[result]) for result in told},
        {result: run.value(result) for result in told},
        below("project_npv", 0), below("equity_npv", 0), chance(gap > 0, gap),
        below("dscr_min", 1), below("dscr_min", covenant), covenant if entry.loans else None,
        causes(simulation[f"{name}|equity_npv"][0], moved_by(simulation, member)),
        loan_risk(simulation, member), _fan(simulation, f"fan|{name}|valley"),
        histogram(simulation[f"{name}|project_npv"]),
    )  # fmt: skip


def _drivers(simulation: Simulation) -> tuple[Driver, ...]:
    """Which drivers move the sum of all owners' NPV."""
    plan = simulation.plan
    names = [driver.name for driver in plan.case.portfolio.risk.drivers]
    worth = np.zeros(simulation.scenarios)
    for member in plan.members:
        one = simulation[f"{member.name}|equity_npv"]
        worth = worth + member.weights @ np.where(np.isnan(one), 0, one)
    return causes(worth, {name: simulation[f"driver|{name}"] for name in names}, len(names))


def _fan(simulation: Simulation, name: str) -> dict[int, tuple[float, ...]]:
    rows = simulation.first(name)
    return {q: tuple(float(x) for x in row) for q, row in zip(PERCENTILES, rows, strict=True)}
