"""Who stands for whom, as a short text: groups beside each loan on its own, and a first loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eicfinance.appraisal.sharing import ALL, NONE
from eicfinance.model.label import Label
from eicfinance.portfolio.risk import EACH
from eicfinance.portfolio.sharing import CONTRACTUAL
from eicfinance.reports.columns import aligned
from eicfinance.reports.language import label, say
from eicfinance.reports.words import GIVE_OR_TAKE, MISSING, number, percent, share

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
        found = group_said(group, case)
        table = aligned([["", *map(label, HEADS)], *found["rows"]]).split("\n")
        yield from ("", found["title"], *(f"  {text}" for text in (*table, *found["says"])))
    if risk.first_loss is not None:
        found = first_loss_said(risk.first_loss, case)
        borne = (f"  {_borne(one)}" for one in risk.first_loss.parties)
        says = (*found["lead"], *borne, *found["says"])
        yield from ("", found["title"], *(f"  {text}" for text in says))


def stand_in(risk: Risk, case: Case) -> dict[str, Any]:
    """Groups and first loss as the memo shows them."""
    first = risk.first_loss
    return {
        "groups": [group_said(group, case) for group in risk.groups],
        "group_heads": HEADS,
        "first_loss": None if first is None
        else first_loss_said(first, case) | {"heads": first_loss_heads(first, case.currency)},
    }  # fmt: skip


def group_said(group: GroupRisk, case: Case) -> dict[str, Any]:
    """A title, a row for each set of scenarios under HEADS, and sentences."""
    parts = {
        "title": next(p.title for p in case.portfolio.projects if p.name == group.project),
        "loans": group.units, "members": group.members, "cover": percent(group.cover, 0),
    }  # fmt: skip
    contract = group.binding == CONTRACTUAL
    return {
        "title": say("group_contract", **parts) if contract else say("group_social", **parts),
        "rows": [_row(one, case) for one in group.cases],
        "says": list(_of_group(group)),
    }


def _of_group(group: GroupRisk) -> Iterator[str]:
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
        _chance(one.pd_alone), _chance(one.pd_group), _points(one.pd_change),
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


def _chance(found: Estimate) -> str:
    """What never happened is not said to be 0%."""
    return percent(found.value) if found.value > 0 else label("none")


def _points(change: Estimate) -> str:
    """A change of a probability in percentage points, with its standard error."""
    return f"{_signed(100 * change.value, 1)} ({number(100 * change.error, 1)})"


def _money(change: Estimate) -> str:
    return f"{_signed(change.value, 0)} ({number(change.error)})"


def _signed(value: float, digits: int) -> str:
    plus = "+" if round(value, digits) > 0 else ""
    return f"{plus}{number(value, digits)}"


def first_loss_said(found: FirstLossRisk, case: Case) -> dict[str, Any]:
    """A title, what stands before the parties, a row a party, and sentences."""
    first, guarantor, _ = found.parties
    title = say(
        "first_loss_title",
        loans=found.loans,
        projects="; ".join(p.title for p in case.portfolio.projects if p.name in found.projects),
        lent=number(found.lent),
    )
    split = say(
        "first_loss_parts",
        first=label(first.party),
        share=share(found.share),
        guarantor=label(guarantor.party),
        guarantee=share(found.guarantee),
    )
    pool = say("first_loss_pool", loss=number(found.loss.value), error=number(found.loss.error))
    return {
        "title": title, "lead": [split, pool], "says": list(_of_first_loss(found)),
        "rows": [_borne_row(one) for one in found.parties],
    }  # fmt: skip


def _of_first_loss(found: FirstLossRisk) -> Iterator[str]:
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


def _borne_row(one: Borne) -> list[str]:
    """A party's row in the memo; its columns are those of `first_loss_heads`."""
    loss = Label(GIVE_OR_TAKE, number(one.loss.value), number(one.loss.error))
    fee = MISSING if one.fair_fee is None else percent(one.fair_fee, 2)
    tails = (number(x) for t in one.tails for x in (t.value_at_risk, t.shortfall))
    return [label(one.party), label(loss), percent(one.share, 2), fee, *tails]


def first_loss_heads(found: FirstLossRisk, currency: str) -> list[str]:
    """What stands above the rows of the parties."""
    tails = (
        label(Label(text, percent(t.confidence, 0)))
        for t in found.parties[0].tails
        for text in ("Value at risk {confidence}", "Expected shortfall {confidence}")
    )
    return [label(Label("Expected loss, {currency}", currency)), label("Of what is lent"),
            label("Fair fee a year, of what is outstanding"), *tails]  # fmt: skip


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
