"""What a simulation says of loans: of each project's, and of all together.

Losses are the lender's at default, in money of that day, after collateral, other recoveries and
guarantee. A project that stands for several equal ones has as many loans; where only some of them
are drawn, each drawn one stands for several (blocks.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.risk.losses import (
    Concentration,
    Driver,
    Estimate,
    OneYear,
    Tail,
    concentration,
    estimate,
    expected,
    first_loss_for,
    life_pd,
    one_year_pd,
    par30,
    tail,
)
from eicfinance.risk.spread import Histogram, causes, histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from eicfinance.appraisal.blocks import Member
    from eicfinance.appraisal.simulation import Simulation

    Array = NDArray[np.float64]

CONFIDENCES: Final = (0.95, 0.99)
INPUT: Final = "input"
SMALL: Final = 0.1  # of the most outstanding: less tells nothing of PAR30
RESIDUAL: Final = 0.01  # of the pool: the expected loss that a bank may be left with (assumption)


@dataclass(frozen=True, slots=True)
class Par30:
    """PAR30 by period, over all scenarios; None where nothing is outstanding. highest, when: and in
    which period, of those in which at least a tenth of the most is outstanding; until: the last of
    these, after which it tells little, since what is late outlives what is repaid."""

    path: tuple[float | None, ...]
    highest: float
    when: int
    until: int


@dataclass(frozen=True, slots=True)
class LoanRisk:
    """The loan of a project: PD, LGD, EAD and expected loss of one loan; tails of the losses of all
    its equal loans together. cures: times that lateness ended before default, of one loan. moves:
    what moves the loss of the first unit's loan. cases: scenarios x loans drawn, over which the
    chances are taken."""

    loans: int
    pd_life: Estimate
    pd_year: OneYear
    lgd: float | None
    ead: float | None
    expected_loss: float
    cures: float
    tails: tuple[Tail, ...]
    concentration: Concentration | None
    par30: Par30
    moves: tuple[Driver, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class Connected:
    """Loans that hang together: of one owner, or of projects that take from one site. both: the
    chance that the loans of two projects fail (one unit of each); apart: what it would be if they
    failed by luck of their own alone. loss: expected, of all of them."""

    through: str
    projects: tuple[str, ...]
    lent: float
    loss: float
    tails: tuple[Tail, ...]
    both: float
    apart: float


@dataclass(frozen=True, slots=True)
class PoolRisk:
    """All loans together. lent: in the base case. defaults: number of loans in a scenario. some:
    the chance that any fails. first_loss: the least share of what is lent that somebody else must
    bear first, so that the lender's expected loss is at most RESIDUAL of it. drivers: of the
    loss. histogram: of the loss by scenario, those without any apart; None where none differs."""

    loans: int
    lent: float
    defaults: Estimate
    some: float
    loss: Estimate
    recovered: float
    guaranteed: float
    tails: tuple[Tail, ...]
    concentration: Concentration | None
    par30: Par30
    first_loss: float
    drivers: tuple[Driver, ...]
    connected: tuple[Connected, ...]
    histogram: Histogram | None


def loan_risk(simulation: Simulation, member: Member) -> LoanRisk | None:
    if "repay_default" not in member.results:
        return None
    ok = computed_in(simulation, [member])
    kept = {name: simulation[f"{member.name}|{name}"][:, ok] for name in member.results}
    made = expected(kept["repay_default"], kept["repay_ead"], kept["repay_loss"])
    losses = member.weights @ kept["repay_loss"]
    model = simulation.plan.case.projects[member.name].model
    end = min(member.loan_years * model.periods_per_year, model.periods)
    every = {name: values[ok] for name, values in moved_by(simulation, member).items()}
    return LoanRisk(
        member.count, life_pd(kept["repay_default"].T),
        one_year_pd(kept["repay_default_period"], end, model.periods_per_year),
        made.lgd, made.ead, made.loss, float(kept["repay_cures"].mean()), tails_of(losses),
        concentration(kept["repay_default_period"]), _par30(simulation, [member]),
        causes(kept["repay_loss"][0], every), int(kept["repay_default"].size),
    )  # fmt: skip


def moved_by(simulation: Simulation, member: Member) -> dict[str, Array]:
    """What may move a project's first unit: its inputs, and the events that hit it."""
    start = f"{member.name}|{INPUT}|"
    return {
        name.removeprefix(start): simulation[name]
        for name in simulation.names()
        if name.startswith(start)
    }


def pool_risk(simulation: Simulation) -> PoolRisk | None:
    members = [m for m in simulation.plan.members if "repay_default" in m.results]
    if not members:
        return None
    ok = computed_in(simulation, members)
    failed = together(simulation, members, "repay_default", ok)
    losses = together(simulation, members, "repay_loss", ok)
    lent = lent_to(simulation, members)
    names = [driver.name for driver in simulation.plan.case.portfolio.risk.drivers]
    when = np.concatenate([
        np.repeat(simulation[f"{m.name}|repay_default_period"], m.weights.astype(int), 0).ravel()
        for m in members
    ])  # fmt: skip
    return PoolRisk(
        sum(m.count for m in members), lent, estimate(failed), float((failed > 0).mean()),
        estimate(losses), float(together(simulation, members, "repay_recovered", ok).mean()),
        float(together(simulation, members, "repay_guaranteed", ok).mean()), tails_of(losses),
        concentration(when), _par30(simulation, members),
        first_loss_for(losses, lent, RESIDUAL, 0.0),
        causes(losses, {n: simulation[f"driver|{n}"][ok] for n in names}, len(names)),
        tuple(_connected(simulation, members)), histogram(losses, nil_apart=True),
    )  # fmt: skip


def _connected(simulation: Simulation, members: Sequence[Member]) -> list[Connected]:
    """Groups of projects with one owner or one site."""
    entries = {m.name: simulation.plan.case.projects[m.name].entry for m in members}
    groups: dict[str, list[Member]] = {}
    for member in members:
        entry = entries[member.name]
        sites = dict.fromkeys(site for site, _ in entry.takes.values())
        for through in (f"owner {entry.borrower}", *(f"site {site}" for site in sites)):
            groups.setdefault(through, []).append(member)
    found, seen = [], set[tuple[str, ...]]()
    for through, group in groups.items():
        names = tuple(member.name for member in group)
        if len(group) < 2 or names in seen:
            continue
        seen.add(names)
        ok = computed_in(simulation, group)
        flags = [simulation[f"{m.name}|repay_default"][0, ok] for m in group]
        pairs = list(combinations(flags, 2))
        losses = together(simulation, group, "repay_loss", ok)
        found.append(Connected(
            through, names, lent_to(simulation, group), float(losses.mean()), tails_of(losses),
            float(np.mean([(a * b).mean() for a, b in pairs])),
            float(np.mean([a.mean() * b.mean() for a, b in pairs])),
        ))  # fmt: skip
    return found


def lent_to(simulation: Simulation, members: Sequence[Member]) -> float:
    runs = simulation.plan.case.runs
    return float(sum(m.count * (runs[m.name].value("loan.debt") or 0.0) for m in members))


def computed_in(simulation: Simulation, members: Sequence[Member]) -> NDArray[np.bool_]:
    """The scenarios in which all units of these projects can be computed."""
    failed = [simulation[f"{m.name}|failed"].any(axis=0) for m in members]
    return np.asarray(~np.any(failed, axis=0), bool)


def together(
    simulation: Simulation, members: Sequence[Member], result: str, ok: NDArray[np.bool_]
) -> Array:
    """A result by scenario, of all units of these projects."""
    found = np.zeros(int(ok.sum()))
    for member in members:
        found = found + member.weights @ simulation[f"{member.name}|{result}"][:, ok]
    return found


def _par30(simulation: Simulation, members: Sequence[Member]) -> Par30:
    periods = max(member.periods for member in members)
    sums = {name: np.zeros((1, periods + 1)) for name in ("repay_par30", "repay_outstanding")}
    for name, row in sums.items():
        for member in members:
            row[0, : member.periods + 1] += simulation.total(f"sum|{member.name}|{name}")
    path, owed = par30(sums["repay_par30"], sums["repay_outstanding"]), sums["repay_outstanding"][0]
    counted = [(x, period) for period, x in enumerate(path)
               if x and owed[period] >= SMALL * owed.max()]  # fmt: skip
    highest, when = max(counted, key=lambda one: (one[0], -one[1]), default=(0.0, 0))
    until = max((t for t, x in enumerate(owed) if x > 0 and x >= SMALL * owed.max()), default=0)
    return Par30(tuple(path), highest, when, until)


def tails_of(losses: Array) -> tuple[Tail, ...]:
    return tuple(tail(losses, confidence) for confidence in CONFIDENCES)
