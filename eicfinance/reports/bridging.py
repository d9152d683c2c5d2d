"""What could close the gap, for memo, text and JSON: the sources by cost, and what stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.valley import MISSING
from eicfinance.model.expr import DUST
from eicfinance.model.label import Label
from eicfinance.portfolio.bridging import KINDS, STAGES
from eicfinance.reports.language import date, label, say
from eicfinance.reports.words import MISSING as BLANK
from eicfinance.reports.words import number, share

if TYPE_CHECKING:
    from eicfinance.reports.view import ProjectView

NOT_GIVEN = (
    "The portfolio gives no bridging terms, so that what could close this gap is not computed: "
    "only the kinds of source that fit each stage are named below."
)
HOW = (
    "Drawn month by month, the cheapest first by rate + fee, each up to its limit and in its "
    "stages; repaid from surplus cash, the dearest first. Interest and fees fall due a period "
    "later and widen the need. Equity costs the return that it asks for, as if paid out."
)


def as_data(p: ProjectView) -> dict[str, Any] | None:
    """The bridging of a project as plain data; None where the portfolio lists none."""
    if not p.case.entry.bridging:
        return None
    run, missing = p.run, p.run.series(MISSING)
    return {
        "closed": bool(run.value("bridge_closed")),
        "missing": [{"period": t, "month": p.dates[t], "amount": amount}
                    for t, amount in enumerate(missing) if amount and amount > DUST],
        "sources": [
            {
                "name": source.title, "kind": source.kind,
                "from_stage": source.choices["from_stage"],
                "until_stage": source.choices["until_stage"],
                **{key: value.number for key, value in source.values.items()},
                **{key: run.value(f"bridge_{k}_{key}") for key in (
                    "rank", "cost_of_a_year", "highest", "first_period", "last_period",
                    "cost_total")},
            }
            for k, source in _ranked(p)
        ],
    }  # fmt: skip


def content(p: ProjectView, currency: str) -> dict[str, Any] | None:
    """The rows of the memo; None where the portfolio lists no bridging."""
    if not p.case.entry.bridging:
        return None
    return {
        "says": _verdict(p, currency),
        "how": HOW,
        "sources": [_row(p, k, source) for k, source in _ranked(p)],
        "missing": [(p.when(t), number(p.run.series(MISSING)[t])) for t in _shown(p)],
    }


def answer(p: ProjectView, currency: str) -> str:
    """Whether the sources listed close the gap, in a sentence."""
    run = p.run
    if not run.value("gap_with_loan_depth"):
        return say("bridge_not_needed")
    worst = run.value(f"{MISSING}_highest_period")
    if worst is not None:
        return say(
            "bridge_missing",
            amount=number(run.value(f"{MISSING}_highest")),
            currency=currency,
            month=date(p.dates[int(worst)]),
        )
    if not run.value("bridge_closed"):
        return say(
            "bridge_owed",
            owed=number(run.value("bridge_owed_at_end")),
            currency=currency,
            years=p.years,
        )
    return say("bridge_closes", amount=number(run.value("bridge_highest")), currency=currency)


def _verdict(p: ProjectView, currency: str) -> str:
    """The answer, from when to when something is missing, what it costs, whether it has an end."""
    run, said, last = p.run, [answer(p, currency)], p.case.model.periods
    if run.value(f"{MISSING}_first_period") is not None:
        until = _when(p, f"{MISSING}_last_period")
        if run.value(f"{MISSING}_last_period") == last:
            until = say("until_the_end", month=until)
        said.append(say("bridge_span", first=_when(p, f"{MISSING}_first_period"), last=until))
    if owed := run.value("bridge_owed_at_end"):
        said.append(say("bridge_no_bridge", owed=number(owed), currency=currency))
    if run.value("gap_with_loan_last_period") == last:
        said.append(say("bridge_never"))
    if run.value("bridge_highest"):
        said.append(
            say("bridge_cost", cost=number(run.value("bridge_cost_total")), currency=currency)
        )
    return " ".join(said)


def _ranked(p: ProjectView) -> list[tuple[int, Any]]:
    """The sources with their numbers, the cheapest first."""
    listed = enumerate(p.case.entry.bridging, start=1)
    return sorted(listed, key=lambda item: p.run.value(f"bridge_{item[0]}_rank") or 0.0)


def _row(p: ProjectView, k: int, source: Any) -> dict[str, str]:
    run, name = p.run, f"bridge_{k}"
    first, last = source.choices["from_stage"], source.choices["until_stage"]
    values = source.values
    limit, until = values.get("limit"), values.get("until_month")
    stages = STAGES[first]
    if first != last:
        stages = Label("{first} to {last}", stages, STAGES[last].lower())
    if until:
        stages = Label("{stages}, to month {month} at the latest", stages, f"{until.number:g}")
    return {
        "title": Label("{title} ({kind})", source.title, KINDS[source.kind].lower()),
        "stages": stages,
        "limit": f"{number(limit.number)} {label(limit.unit)}" if limit
        else Label("{share} of the capital cost", share(values["share"].number)),
        "rate": share(values["rate"].number),
        "fee": share(values["fee"].number),
        "highest": number(run.value(f"{name}_highest")),
        "first": _when(p, f"{name}_first_period"),
        "last": _when(p, f"{name}_last_period"),
        "cost": number(run.value(f"{name}_cost_total")),
    }  # fmt: skip


def _when(p: ProjectView, name: str) -> str:
    value = p.run.value(name)
    return BLANK if value is None else date(p.dates[int(value)])


def _shown(p: ProjectView) -> list[int]:
    """The periods whose missing amount the memo shows: the first, the highest, the last, and the
    last of each year of those in between."""
    ends = (p.run.value(f"{MISSING}_{end}_period") for end in ("first", "highest", "last"))
    marks = {int(t) for t in ends if t is not None}
    amounts, ppy = p.run.series(MISSING), p.case.model.periods_per_year
    years = {t for t, x in enumerate(amounts) if t % ppy == 0 and x and x > DUST}
    return sorted(marks | years)
