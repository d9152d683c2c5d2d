"""Who stands for whom, as a short text: groups beside each loan on its own, and a first loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eicfinance.appraisal.sharing import ALL, NONE
from eicfinance.portfolio.risk import EACH
from eicfinance.portfolio.sharing import CONTRACTUAL
from eicfinance.reports.columns import aligned
from eicfinance.reports.language import label, say
from eicfinance.reports.words import number, percent, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.risk import Risk
    from eicfinance.appraisal.sharing import Borne, Compared, FirstLossRisk, GroupRisk
    from eicfinance.risk.losses import Estimate

CLEAR: Final = 2  # standard errors beyond which a difference is not mere chance
HEADS: Final = (
    "default alone", "in the group", "change, points (error)", "loss alone", "in the group",
    "change (error)",
)  # fmt: skip


def sharing(risk: Risk, case: Case) -> Iterator[str]:
    for group in risk.groups:
        head, *rest = _group(group, case)
        yield from ("", head, *(f"  {text}" for text in rest))
    if risk.first_loss is not None:
        head, *rest = _first_loss(risk.first_loss)
        yield from ("", head, *(f"  {text}" for text in rest))


def _group(group: GroupRisk, case: Case) -> Iterator[str]:
    parts = {
        "title": next(p.title for p in case.portfolio.projects if p.name == group.project),
        "loans": group.units, "members": group.members, "cover": percent(group.cover, 0),
    }  # fmt: skip
    if group.binding == CONTRACTUAL:
        yield say("group_contract", **parts)
    else:
        yield say("group_social", **parts)
    rows = [["", *map(label, HEADS)]] + [_row(one, case) for one in group.cases]
    yield from aligned(rows).split("\n")
    for alone, joint in zip(group.alone, group.group, strict=True):
        yield say(
            "group_tail",
            loans=group.units,
            confidence=percent(alone.confidence, 0),
            alone=number(alone.value_at_risk),
            group=number(joint.value_at_risk),
            alone_beyond=number(alone.shortfall),
            group_beyond=number(joint.shortfall),
        )
    if group.drawn == 1:
        yield say("group_alike")
    else:
        yield _verdict(group.cases[0].loss_change)
        yield say("group_why")
    if group.thai_law:
        yield say("thai_sureties")


def _row(one: Compared, case: Case) -> list[str]:
    return [
        say("scenarios_of", event=_event(one, case), number=number(one.scenarios)),
        percent(one.pd_alone.value), percent(one.pd_group.value), _points(one.pd_change),
        number(one.loss_alone.value), number(one.loss_group.value), _money(one.loss_change),
    ]  # fmt: skip


def _event(one: Compared, case: Case) -> str:
    """The scenarios of a row."""
    if one.event == ALL:
        return say("event_all")
    if one.event == NONE:
        return say("event_none")
    event = next(e for e in case.portfolio.risk.events if e.name == one.event)
    if event.reach == EACH:
        return say("event_each", title=event.title)
    return say("event_cluster", title=event.title)


def _verdict(change: Estimate) -> str:
    """Whether a group helps the lender, as far as can be told."""
    if abs(change.value) <= CLEAR * change.error:
        return say("group_even")
    return say("group_lowers") if change.value < 0 else say("group_raises")


def _points(change: Estimate) -> str:
    """A change of a probability in percentage points, with its standard error."""
    return f"{_signed(100 * change.value, 1)} ({number(100 * change.error, 1)})"


def _money(change: Estimate) -> str:
    return f"{_signed(change.value, 0)} ({number(change.error)})"


def _signed(value: float, digits: int) -> str:
    plus = "+" if round(value, digits) > 0 else ""
    return f"{plus}{number(value, digits)}"


def _first_loss(found: FirstLossRisk) -> Iterator[str]:
    first, guarantor, _ = found.parties
    yield say(
        "first_loss_title",
        loans=found.loans,
        projects=", ".join(found.projects),
        lent=number(found.lent),
    )
    yield say(
        "first_loss_parts",
        first=label(first.party),
        share=share(found.share),
        guarantor=label(guarantor.party),
        guarantee=share(found.guarantee),
    )
    yield say("first_loss_pool", loss=number(found.loss.value), error=number(found.loss.error))
    for one in found.parties:
        yield f"  {_borne(one)}"
    if found.fees:
        yield say("first_loss_fees", fees=number(found.fees))
    target = share(found.bank_target)
    if found.met:
        yield say("first_loss_met", target=target)
    else:
        yield say("first_loss_missed", target=target)
    if found.needed is None:
        yield say("first_loss_none")
    else:
        yield say("first_loss_size", share=percent(found.needed))
    yield say("first_loss_note")


def _borne(one: Borne) -> str:
    tails = "; ".join(
        say("tail_said", confidence=percent(t.confidence, 0), most=number(t.value_at_risk),
            beyond=number(t.shortfall))
        for t in one.tails
    )  # fmt: skip
    if one.fair_fee is not None:
        tails = say("fair_fee", fee=percent(one.fair_fee, 2), tails=tails)
    return say(
        "first_loss_borne",
        party=label(one.party),
        loss=number(one.loss.value),
        error=number(one.loss.error),
        share=percent(one.share, 2),
        tails=tails,
    )
