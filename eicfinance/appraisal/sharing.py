"""What it comes to that others stand for a loan: a group's members, a first loss, a guarantor.

A group is compared with the same loans each on its own, scenario by scenario, so that the standard
error of what it changes is that of the differences. A first loss is laid on the sum of the losses
of its loans, each on its own; undiscounted, as are the fees beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.appraisal.joint import kept_as
from eicfinance.appraisal.pool import computed_in, lent_to, tails_of, together
from eicfinance.portfolio.sharing import CONTRACTUAL
from eicfinance.risk.losses import Estimate, Tail, estimate, first_loss_for, waterfall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from eicfinance.appraisal.blocks import Member
    from eicfinance.appraisal.simulation import Simulation

    Array = NDArray[np.float64]

ALL, NONE = "all", "none"  # scenarios: all of them; those in which no event comes
FEWEST: Final = 2  # scenarios of which anything is said
THAI_MONEY: Final = "THB"


@dataclass(frozen=True, slots=True)
class Compared:
    """Probability of default over the life and expected loss of one loan, on its own and in its
    group, in some scenarios. event: those in which it comes while a loan runs; or ALL, or NONE.
    pd_change, loss_change: in the group less on its own."""

    event: str
    scenarios: int
    pd_alone: Estimate
    pd_group: Estimate
    pd_change: Estimate
    loss_alone: Estimate
    loss_group: Estimate
    loss_change: Estimate


@dataclass(frozen=True, slots=True)
class GroupRisk:
    """The equal units of a project as groups. drawn: units with luck of their own; where it is one,
    all share their luck and a group changes nothing. alone, group: tails of all loans' losses.
    thai_law: whether the note on Thai sureties belongs beside it."""

    project: str
    units: int
    drawn: int
    members: int
    cover: float
    binding: str
    thai_law: bool
    cases: tuple[Compared, ...]
    alone: tuple[Tail, ...]
    group: tuple[Tail, ...]


@dataclass(frozen=True, slots=True)
class Borne:
    """What one party bears. share: of what is lent, in expectation. fair_fee: a year, of what is
    outstanding, that covers the expected loss and nothing else; None where nothing is."""

    party: str
    loss: Estimate
    share: float
    tails: tuple[Tail, ...]
    fair_fee: float | None


@dataclass(frozen=True, slots=True)
class FirstLossRisk:
    """Who bears the losses of a pool. parties: the one with the first loss, the guarantor, the
    bank. fees: of the guarantee, expected over the life. needed: the least first loss, share of
    what is lent, at which the bank expects to lose no more than its target; None where even a first
    loss of all that is lent does not bring it there."""

    projects: tuple[str, ...]
    loans: int
    lent: float
    share: float
    guarantee: float
    loss: Estimate
    parties: tuple[Borne, ...]
    fees: float
    bank_target: float
    met: bool
    needed: float | None


def group_risks(simulation: Simulation) -> tuple[GroupRisk, ...]:
    return tuple(_group(simulation, m) for m in simulation.plan.members if m.group is not None)


def _group(simulation: Simulation, member: Member) -> GroupRisk:
    assert member.group is not None
    ok = computed_in(simulation, [member])
    flags = _both(simulation, member, "repay_default", ok)
    losses = _both(simulation, member, "repay_loss", ok)
    cases = []
    for event, some in _events(simulation, member, ok):
        if some.sum() >= FEWEST:
            pd, loss = ([x[some] for x in pair] for pair in (flags, losses))
            cases.append(Compared(
                event, int(some.sum()),
                estimate(pd[0]), estimate(pd[1]), estimate(pd[1] - pd[0]),
                estimate(loss[0]), estimate(loss[1]), estimate(loss[1] - loss[0]),
            ))  # fmt: skip
    thai = simulation.plan.case.currency == THAI_MONEY and member.group.binding == CONTRACTUAL
    alone, group = (tails_of(member.count * x) for x in losses)
    return GroupRisk(
        member.name, member.count, member.units, member.group.members, member.group.cover.number,
        member.group.binding, thai, tuple(cases), alone, group,
    )  # fmt: skip


def _both(
    simulation: Simulation, member: Member, result: str, ok: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """A result of one loan by scenario, on its own and in its group: the mean of all units."""
    alone = simulation[f"{member.name}|{result}"][:, ok]
    group = simulation[kept_as(member.name, result)][:, ok]
    return member.weights @ alone / member.count, member.weights @ group / member.count


def _events(
    simulation: Simulation, member: Member, ok: NDArray[np.bool_]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """All scenarios; those in which each event that hits the member comes; those in which none
    does."""
    yield ALL, np.ones(int(ok.sum()), bool)
    calm = np.ones(int(ok.sum()), bool)
    for event in simulation.plan.case.portfolio.risk.events:
        if event.name in member.events:
            comes = simulation[f"driver|{event.name}"][ok] > 0
            calm &= ~comes
            yield event.name, comes
    if member.events:
        yield NONE, calm


def first_loss_risk(simulation: Simulation) -> FirstLossRisk | None:
    entry = simulation.plan.case.portfolio.risk.first_loss
    if entry is None:
        return None
    members = [m for m in simulation.plan.members if m.name in entry.projects]
    losses = together(simulation, members, "repay_loss", computed_in(simulation, members))
    lent = lent_to(simulation, members)
    years = _outstanding(simulation, members)
    borne = waterfall(losses, lent, entry.share, entry.guarantee)
    target = entry.bank_target
    needed = first_loss_for(losses, lent, target, entry.guarantee)
    parties = tuple(
        Borne(
            party, estimate(x), float(x.mean()) / lent if lent else 0.0, tails_of(x),
            float(x.mean()) / years if years else None,
        )
        for party, x in (
            (entry.bearer, borne.first), (entry.guarantor, borne.guarantor), ("Bank", borne.bank),
        )
    )  # fmt: skip
    return FirstLossRisk(
        entry.projects, sum(m.count for m in members), lent, entry.share, entry.guarantee,
        estimate(losses), parties, entry.guarantee_fee * years, target,
        parties[-1].share <= target, needed if needed <= 1 else None,
    )  # fmt: skip


def _outstanding(simulation: Simulation, members: list[Member]) -> float:
    """What is outstanding, expected, summed over the years of all loans."""
    per_year = simulation.plan.case.portfolio.periods_per_year
    total = sum(simulation.total(f"sum|{m.name}|repay_outstanding").sum() for m in members)
    return float(total) / simulation.scenarios / per_year
