"""One block of scenarios of a whole cluster: draws, runs of each unit, and what is kept of them.

What is kept, by name (`|` between parts):

    PROJECT|RESULT          units x scenarios, NaN where blank
    PROJECT|failed          units x scenarios, 1 where the model cannot be computed
    PROJECT|group|RESULT    units x scenarios, as a member of a group (joint.py)
    PROJECT|input|PLACE.X   scenarios: what an input was, of the first unit; for an event that
                            hits it, how often it begins while its loan runs
    driver|NAME             scenarios: a level; or how often an event begins while a loan runs (the
                            mean of the units that it hits)
    cluster|RESULT          scenarios: gaps of all members together, month by month
    sum|PROJECT|LINE        periods: over all scenarios and all equal units
    fan|PROJECT|LINE        percentiles x periods, of the first unit in the first block
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.appraisal.batch import CLUSTER, Part, part
from eicfinance.appraisal.calendar import MONTHS
from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.joint import PATHS, TERMS, Groups, kept_as
from eicfinance.appraisal.joint import RESULTS as GROUP_RESULTS
from eicfinance.appraisal.uncertain import Uncertain, uncertain
from eicfinance.appraisal.valley import GAPS
from eicfinance.model.expr import ModelError
from eicfinance.portfolio.risk import CASH, EACH
from eicfinance.risk.drivers import Draws
from eicfinance.risk.sampling import BLOCK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from eicfinance.appraisal.batch import Move
    from eicfinance.appraisal.case import Case
    from eicfinance.portfolio.risk import DriverEntry
    from eicfinance.portfolio.sharing import GroupEntry

    Array = NDArray[np.float64]
    Changes = dict[str, dict[str, Array]]

MOST_UNITS: Final = 50  # drawn of a project's equal units, unless told; each stands for several
RESULTS: Final = (
    "gap_depth", "gap_months", "gap_with_loan_depth", "gap_with_loan_months", "valley_depth",
    "project_npv", "equity_npv", "dscr_min", "repay_default", "repay_default_period", "repay_ead",
    "repay_recovered", "repay_guaranteed", "repay_loss", "repay_cures",
)  # fmt: skip
SUMMED: Final = ("repay_outstanding", "repay_par30")
FANNED: Final = ("valley",)
PERCENTILES: Final = (5, 20, 50, 80, 95)


@dataclass(frozen=True, slots=True)
class Lost:
    """A vector of a model to which events write what they take. owner: of what. units: of those
    that the owner has; 1 where its luck is the cluster's."""

    model: str
    vector: str
    owner: str
    what: str
    units: int
    periods: int


@dataclass(eq=False)
class Member:
    """A project in the simulation. events: that hit it, or what it takes from. loan_years: until
    its last loan ends, or all of its years. units: drawn. weights: how many equal units each stands
    for. group: as which they borrow too. terms: what else of them a group needs."""

    name: str
    part: Part
    results: tuple[str, ...]
    lines: tuple[str, ...]
    inputs: tuple[Uncertain, ...]
    lost: tuple[Lost, ...]
    events: frozenset[str]
    loan_years: int
    count: int
    weights: Array
    group: GroupEntry | None = None
    terms: tuple[str, ...] = ()

    @property
    def units(self) -> int:
        return len(self.weights)

    @property
    def periods(self) -> int:
        return self.part.case.projects[self.name].model.periods


@dataclass(eq=False)
class Plan:
    """What a simulation computes. found: all that is drawn. most_units: of a project. scenarios: of
    the whole study."""

    case: Case
    seed: int
    found: Sequence[Uncertain]
    most_units: int
    scenarios: int
    members: list[Member]
    drawn: dict[Move, Array] = field(default_factory=dict)  # of the present block

    @property
    def certain(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(member.inputs or member.lost for member in self.members)

    def draws(self, block: int) -> Draws:
        """What a block draws, events for all years of the cluster; the block before is let go."""
        self.drawn = {}
        cluster = self.case.cluster
        assert cluster is not None
        ppy = cluster.periods_per_year
        return Draws(self.case.portfolio.risk, self.seed, block, -(-cluster.periods // ppy), ppy)


def plan_of(
    case: Case,
    seed: int,
    found: Sequence[Uncertain] | None = None,
    most_units: int = MOST_UNITS,
    scenarios: int = BLOCK,
) -> Plan:
    """found: what is drawn, where it is known already. scenarios: of the whole study."""
    found = uncertain(case) if found is None else found
    members = [member_of(case, name, found, most_units) for name in case.projects]
    return Plan(case, seed, found, most_units, scenarios, members)


def member_of(
    case: Case, name: str, found: Sequence[Uncertain], most_units: int,
    results: Sequence[str] = RESULTS, lines: Sequence[str] = (*GAPS, *SUMMED, *FANNED),
) -> Member:  # fmt: skip
    model, count = case.projects[name].model, case.projects[name].entry.count
    results = tuple(result for result in results if result in model.results)
    lines = tuple(x for x in lines if x in model.lines)
    groups = case.portfolio.risk.groups if lines else ()  # none without paths
    group = next((g for g in groups if g.project == name), None)
    terms = () if group is None else tuple(TERMS.values())
    lines += () if group is None else tuple(x for x in PATHS.values() if x in model.lines)
    needed = (term for term in terms if term in model.results)
    some = part(case, name, (*results, *needed), lines)
    inputs = tuple(one for one in found if some.base(one.move) is not None)
    lost = _lost(case, some)
    each = any(one.units == count for one in inputs) or any(
        one.units == count and _each(case, one) for one in lost
    )
    units = min(count, most_units) if each else 1
    weights = np.array([count // units + (k < count % units) for k in range(units)], float)
    hit = {(one.owner, one.what) for one in lost}
    events = frozenset(
        event.name
        for event in case.portfolio.risk.events
        for one in event.hits
        if (one.owner, one.what) in hit
    )
    tenors = [loan.values["tenor_months"].number for loan in case.projects[name].entry.loans]
    years = -int(-max(tenors, default=model.periods * MONTHS / model.periods_per_year) // MONTHS)
    return Member(name, some, results, lines, inputs, lost, events, years, count, weights, group,
                  terms)  # fmt: skip


def _lost(case: Case, some: Part) -> tuple[Lost, ...]:
    """The vectors of a part that events write to: `lost_WHAT` of a site or project, and
    `lost_cash_flow` of a project's borrower."""
    entries = {e.name: e for e in (*case.portfolio.sites, *case.portfolio.projects)}
    owner_of = {entry.name: entry.borrower for entry in case.portfolio.projects}
    found = []
    for model in some.models:
        for vector in model.vectors:
            what = vector.removeprefix("lost_")
            if what == vector or model.name not in entries:
                continue
            owner = owner_of[model.name] if what == CASH else model.name
            units = entries[model.name].count
            found.append(Lost(model.name, vector, owner, what, units, model.periods))
    return tuple(found)


def _each(case: Case, lost: Lost) -> bool:
    """Whether some event that takes this comes to each unit by its own luck."""
    return any(
        event.reach == EACH and (hit.owner, hit.what) == (lost.owner, lost.what)
        for event in case.portfolio.risk.events
        for hit in event.hits
    )


# -- a block ------------------------------------------------------------------------------------


def compute_block(plan: Plan, block: int, size: int) -> dict[str, Array]:
    """The first so many scenarios of a block."""
    case = plan.case
    assert case.cluster is not None
    draws = plan.draws(block)
    found = _drivers(plan, draws, size)
    open_ = {gap: np.zeros((case.cluster.periods + 1, size)) for gap in GAPS}
    for member in plan.members:
        found |= _member_block(plan, member, draws, block, size, open_)
    for gap, short in open_.items():
        found[f"{CLUSTER}|{gap}_depth"] = short.max(axis=0)
        a_period = MONTHS / case.cluster.periods_per_year
        found[f"{CLUSTER}|{gap}_months"] = (short > 0).sum(axis=0) * a_period
        if block == 0:
            found[f"fan|{CLUSTER}|{gap}"] = fan(short)
    return found


def _drivers(plan: Plan, draws: Draws, size: int) -> dict[str, Array]:
    found = {
        f"driver|{driver.name}": draws.levels[k, :size]
        for k, driver in enumerate(draws.entry.levels)
    }
    for event in draws.entry.events:
        hit = [m for m in plan.members if event.name in m.events] or plan.members
        units = max(m.units for m in hit) if event.reach == EACH else 1
        years = max(m.loan_years for m in hit)
        begun = [_begun(draws, event, unit, years)[:size] for unit in range(units)]
        found[f"driver|{event.name}"] = np.mean(begun, axis=0)
    return found


def _begun(draws: Draws, event: DriverEntry, unit: int, years: int) -> Array:
    """How often an event begins in the first years."""
    return np.asarray((~np.isnan(draws.starts(event, unit)[:years])).sum(axis=0), float)


def _member_block(
    plan: Plan, member: Member, draws: Draws, block: int, size: int, open_: Mapping[str, Array]
) -> dict[str, Array]:
    """What a block keeps of one project; its gaps are added to those of the cluster."""
    found = {f"{member.name}|{name}": np.full((member.units, size), np.nan)
             for name in (*member.results, "failed")}  # fmt: skip
    sums = {name: np.zeros(member.periods + 1) for name in SUMMED if name in member.lines}
    groups = _groups(plan, member, draws, size, found)
    for unit, weight in enumerate(member.weights):
        changes = changes_of(plan, member, draws, unit, size)
        run = Computed(member, size, plan.scenarios * member.units)
        run.compute(changes, np.arange(size))
        for name in (*member.results, "failed"):
            found[f"{member.name}|{name}"][unit] = run.results[name]
        if groups is not None:
            groups.add(run.lines, run.results, unit == member.units - 1)
        for name in sums:
            sums[name] += weight * run.lines[name].sum(axis=1)
        for gap in GAPS:
            open_[gap][: member.periods + 1] += weight * run.lines[gap]
        if unit == 0:
            found |= {f"{member.name}|input|{'.'.join(one.move)}": _of_unit(plan, one, 0, size)
                      for one in member.inputs}  # fmt: skip
            found |= {f"{member.name}|input|{event.name}":
                      _begun(draws, event, 0, member.loan_years)[:size]
                      for event in draws.entry.events if event.name in member.events}  # fmt: skip
        if unit == 0 and block == 0:
            found |= {f"fan|{member.name}|{name}": fan(run.lines[name]) for name in FANNED}
    return found | {f"sum|{member.name}|{name}": values for name, values in sums.items()}


def _groups(
    plan: Plan, member: Member, draws: Draws, size: int, found: dict[str, Array]
) -> Groups | None:
    """What computes the member's groups, which it adds to what is found; None without groups."""
    if member.group is None:
        return None
    for name in GROUP_RESULTS:
        found[kept_as(member.name, name)] = np.full((member.units, size), np.nan)
    cover = draws.figure(f"group {member.name} cover", member.group.cover)[:size]
    return Groups(member.group, cover, plan.case.portfolio.periods_per_year, found)


def fan(paths: Array) -> Array:
    """Percentiles by period, of periods x scenarios."""
    return np.asarray(np.percentile(paths, PERCENTILES, axis=1), float)


def changes_of(plan: Plan, member: Member, draws: Draws, unit: int, size: int) -> Changes:
    changes: Changes = {}
    for one in member.inputs:
        if one.move not in plan.drawn:
            plan.drawn[one.move] = one.draw(draws, plan.most_units)
        mine = unit if one.units == member.count else 0
        changes.setdefault(one.move[0], {})[one.move[1]] = _of_unit(plan, one, mine, size)
    for lost in member.lost:
        mine = unit if lost.units == member.count else 0
        path = draws.lost(lost.owner, lost.what, mine, lost.periods)[:, :size]
        changes.setdefault(lost.model, {})[lost.vector] = path
    return changes


def _of_unit(plan: Plan, one: Uncertain, unit: int, size: int) -> Array:
    drawn = plan.drawn[one.move]
    return drawn[min(unit, len(drawn) - 1), :size]


class Computed:
    """The results and lines of one unit in so many scenarios. A scenario that cannot be computed
    is left blank, its lines nil; the others are computed without it."""

    def __init__(self, member: Member, size: int, study: int) -> None:
        self.member, self.study = member, study
        names = (*member.results, *member.terms)
        self.results = {name: np.full(size, np.nan) for name in names}
        self.results["failed"] = np.zeros(size)
        self.lines = {name: np.zeros((member.periods + 1, size)) for name in member.lines}

    def compute(self, changes: Changes, places: NDArray[np.int64]) -> None:
        try:
            some = self.member.part
            runs = run_case(some.case, changes, models=some.models, scenarios=self.study,
                            asked=some.asked)  # fmt: skip
        except ModelError:
            if len(places) == 1:
                self.results["failed"][places] = 1
                return
            half = len(places) // 2
            self.compute(_cut(changes, slice(None, half)), places[:half])
            self.compute(_cut(changes, slice(half, None)), places[half:])
            return
        run = runs[self.member.name]
        for name in (*self.member.results, *self.member.terms):
            self.results[name][places] = run[name]
        for name in self.member.lines:
            self.lines[name][:, places] = run.arrays[name]


def _cut(changes: Changes, some: slice) -> Changes:
    """The same changes in some of the scenarios, which stand last."""
    return {
        place: {name: values[..., some] for name, values in inputs.items()}
        for place, inputs in changes.items()
    }
