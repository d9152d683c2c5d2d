"""Who stands for whom, as a short text: groups beside each loan on its own, and a first loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eicfinance.appraisal.sharing import ALL, NONE
from eicfinance.portfolio.risk import EACH
from eicfinance.reports.words import number, percent, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.risk import Risk
    from eicfinance.appraisal.sharing import Borne, Compared, FirstLossRisk, GroupRisk
    from eicfinance.risk.losses import Estimate

CLEAR: Final = 2  # standard errors beyond which a difference is not mere chance
WHY: Final = (
    "  Help is cash that a member has left. What strikes all at once leaves none to give, and what",
    "  was given before is then missed; what strikes each by its own luck leaves others to help.",
)
ALIKE: Final = (
    "  All luck is common to these units: when one lacks, all do, and a group changes nothing."
)
THAI_LAW: Final = (
    "  Thai Civil and Commercial Code: s. 681/1 voids an agreement that binds a guarantor as",
    "  joint debtor; s. 686 wants notice to him within 60 days of a default. Ask a lawyer before",
    "  members sign for each other.",
)
NOTE: Final = (
    "  Losses and fees are not discounted; a fair fee covers the expected loss, neither cost nor a "
    "reward for bearing it."
)


def sharing(risk: Risk, case: Case) -> Iterator[str]:
    for group in risk.groups:
        yield ""
        yield from _group(group, case)
    if risk.first_loss is not None:
        yield ""
        yield from _first_loss(risk.first_loss)


def _group(group: GroupRisk, case: Case) -> Iterator[str]:
    title = next(p.title for p in case.portfolio.projects if p.name == group.project)
    yield (f"{title}: {group.units} loans in groups of {group.members}, each member standing for "
           f"others with up to {percent(group.cover, 0)} of his own instalment "
           f"({group.binding} cover)")  # fmt: skip
    if group.drawn == 1:
        yield ALIKE
    heads = ("default alone", "in the group", "change (error)", "loss alone", "in the group",
             "change (error)")  # fmt: skip
    names = [_named(one, case) for one in group.cases]
    width = max(map(len, names))
    yield f"  {'':<{width}}" + "".join(f"{x:>16}" for x in heads)
    for name, one in zip(names, group.cases, strict=True):
        cells = (
            percent(one.pd_alone.value), percent(one.pd_group.value), _points(one.pd_change),
            number(one.loss_alone.value), number(one.loss_group.value), _money(one.loss_change),
        )  # fmt: skip
        yield f"  {name:<{width}}" + "".join(f"{x:>16}" for x in cells)
    for alone, joint in zip(group.alone, group.group, strict=True):
        most = [number(one.value_at_risk) for one in (alone, joint)]
        beyond = [number(one.shortfall) for one in (alone, joint)]
        yield (f"  All {group.units} loans at {percent(alone.confidence, 0)}: at most {most[0]} "
               f"lost alone, {most[1]} in groups; beyond that {beyond[0]} and {beyond[1]} on "
               "average.")  # fmt: skip
    if group.drawn > 1:
        yield f"  {_verdict(group.cases[0].loss_change)}"
        yield from WHY
    if group.thai_law:
        yield from THAI_LAW


def _named(one: Compared, case: Case) -> str:
    """The scenarios of a row, with their number."""
    if one.event == ALL:
        text = "all scenarios"
    elif one.event == NONE:
        text = "none of these events"
    else:
        event = next(e for e in case.portfolio.risk.events if e.name == one.event)
        reach = "by own luck" if event.reach == EACH else "at all at once"
        text = f"{event.title}, {reach}"
    return f"{text} ({number(one.scenarios)})"


def _verdict(change: Estimate) -> str:
    """Whether a group helps the lender, as far as can be told."""
    if abs(change.value) <= CLEAR * change.error:
        return "Over all scenarios the group makes no difference to the lender that can be told."
    sense = "lowers" if change.value < 0 else "raises"
    return f"Over all scenarios the group {sense} the lender's expected loss."


def _points(change: Estimate) -> str:
    """A change of a probability in percentage points, with its standard error."""
    return f"{_signed(100 * change.value, 1)} ({number(100 * change.error, 1)})"


def _money(change: Estimate) -> str:
    return f"{_signed(change.value, 0)} ({number(change.error)})"


def _signed(value: float, digits: int) -> str:
    plus = "+" if round(value, digits) > 0 else ""
    return f"{plus}{number(value, digits)}"


def _first_loss(found: FirstLossRisk) -> Iterator[str]:
    first, guarantor, bank = found.parties
    yield (f"First loss and guarantee: {found.loans} loans of {', '.join(found.projects)}, "
           f"{number(found.lent)} lent")  # fmt: skip
    yield (f"  {first.party} bears the first {share(found.share)} of what is lent, "
           f"{guarantor.party} {share(found.guarantee)} of the rest of a loss, the bank what is "
           "left.")  # fmt: skip
    yield (f"  Expected loss of the pool {number(found.loss.value)} (standard error "
           f"{number(found.loss.error)}), borne by:")  # fmt: skip
    for one in (first, guarantor, bank):
        yield f"    {_borne(one)}"
    if found.fees:
        yield f"  Fees of the guarantee, expected: {number(found.fees)}."
    met = "meets" if found.met else "misses"
    yield f"  The bank {met} its target of {share(found.bank_target)} of what is lent."
    if found.needed is None:
        yield "  No first loss brings it there, not even one of all that is lent."
    else:
        yield f"  The least first loss at which it does: {percent(found.needed)} of what is lent."
    yield NOTE


def _borne(one: Borne) -> str:
    fee = "" if one.fair_fee is None else f"; fair fee {percent(one.fair_fee, 2)} a year"
    return (f"{one.party:<12} {number(one.loss.value)} (standard error {number(one.loss.error)}), "
            f"{percent(one.share, 2)} of what is lent{fee}; at most "
            + ", ".join(f"{number(t.value_at_risk)} at {percent(t.confidence, 0)}"
                        for t in one.tails))  # fmt: skip
