"""A revolving fund as sentences: in the terminal, and at the head of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.reports.columns import left, right, width
from eicfinance.reports.fund_view import HEADLINES, written
from eicfinance.reports.language import label, say
from eicfinance.reports.text import checks_said
from eicfinance.reports.words import number, percent

if TYPE_CHECKING:
    from eicfinance.reports.fund_view import FundView


def as_text(shown: FundView) -> str:
    """Title, verdict, the figures that matter, what was searched for, the state of the checks."""
    entry = shown.case.entry
    lines = [
        say("fund_title", title=entry.title, verdict=shown.verdict, currency=shown.currency),
        "",
    ]
    room = max(width(label(text)) for _, text, _ in HEADLINES)
    lines += [f"  {left(label(text), room)}  {right(written(shown, name, kind), 20)}"
              for name, text, kind in HEADLINES]  # fmt: skip
    lines += ["", *(f"  {text}" for text in sentences(shown)), ""]
    return "\n".join([*lines, checks_said(shown)])


def sentences(shown: FundView) -> list[str]:
    """Each question of a manager, answered in a sentence."""
    run, case = shown.run, shown.case
    times = run.value("interest_over_operating_cost")
    if times is None:
        said = [say("fund_no_cost")]
    elif run.value("interest_covers_cost"):
        said = [say("fund_covers", times=number(times, 2))]
    else:
        said = [say("fund_covers_not", times=number(times, 2))]
    ceiling = percent(case.model.inputs["legal_ceiling"].value)
    apr = percent(run.value("apr"))
    if run.value("above_ceiling"):
        said.append(say("fund_apr_above", apr=apr, ceiling=ceiling))
    else:
        said.append(say("fund_apr_within", apr=apr, ceiling=ceiling))
    said.append(_sustainable(shown, ceiling))
    said.append(_capital(shown))
    if case.survival is not None:
        s = case.survival
        said.append(
            say(
                "fund_paths",
                paths=number(s.paths),
                seed=s.seed,
                share=percent(s.probability),
                error=percent(s.error),
                held=percent(s.value_held),
            )
        )
    return said


def _sustainable(shown: FundView, ceiling: str) -> str:
    found, case = shown.case.rate, shown.case
    if found.value is None:
        return say("fund_no_rate", reason=found.reason)
    rates = {"rate": percent(found.value, 2), "apr": percent(case.rate_apr), "ceiling": ceiling}
    if case.rate_above_ceiling:
        return say("fund_rate_above", **rates)
    return say("fund_rate_within", **rates)


def _capital(shown: FundView) -> str:
    found, inputs = shown.case.capital, shown.case.model.inputs
    if "target_borrowers" not in inputs:
        return say("fund_capital", reason=found.reason)
    aim = {
        "borrowers": number(inputs["target_borrowers"].value),
        "years": number(inputs["target_years"].value, 1).removesuffix(".0"),
    }
    if found.value is None:
        return say("fund_no_grant", **aim, reason=found.reason)
    return say("fund_grant", amount=number(found.value), currency=shown.currency, **aim)
