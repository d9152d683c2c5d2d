"""Many cases on one page: a row a project, which a browser sorts and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.decision import PD, decide
from eicfinance.reports.language import say, spoken
from eicfinance.reports.page import asset, fonts, render, security_policy
from eicfinance.reports.words import number, percent, rate_of_return
from eicfinance.technologies import technologies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.decision import Decision

# result -> heading, how it is written
COLUMNS = (
    ("capital_cost", "Capital cost", "money"),
    ("loan.debt", "Loan", "money"),
    ("loan_tenor_longest", "Tenor, months", "money"),
    ("valley_depth", "Depth of valley", "money"),
    ("dscr_min", "Minimum DSCR", "ratio"),
    ("project_npv", "Project NPV", "money"),
    ("project_irr", "Project IRR", "irr"),
    ("equity_irr", "Equity IRR", "irr"),
    (PD, "Probability of default", "policy"),
    ("ghg_avoided_per_year", "tCO2e avoided a year", "money"),
    ("abatement_cost_discounted", "Cost per tCO2e", "money"),
)
WORDS = ("Case", "Project", "Technology", "Borrower", "Recommendation", "Currency")


def rows(case: Case, name: str) -> list[dict[str, Any]]:
    """A row for each project of a case: words, and figures with what they are sorted by."""
    holds = not any(run.failed_checks() for run in case.runs.values())
    made = []
    for project, found in case.projects.items():
        entry, decision = found.entry, decide(case, project)
        title = entry.title
        if entry.count > 1:
            title = say("each_of", title=title, count=entry.count)
        made.append({
            "case": name, "holds": holds, "recommendation": decision.recommendation,
            "words": [name, title, technologies()[entry.kind].title, found.borrower.title,
                      decision.recommendation, case.currency],
            "figures": [_figure(case, decision, project, key, kind) for key, _, kind in COLUMNS],
        })  # fmt: skip
    return made


def _figure(case: Case, decision: Decision, project: str, name: str, kind: str) -> dict[str, Any]:
    """A figure as text, and the number by which it is sorted; None where there is none."""
    run = case.runs[project]
    if kind == "policy":
        lines = (line for line in decision.lines if line.name == name)
        value = next((line.figure for line in lines), None)
        return {"text": percent(value), "value": value}
    if kind == "irr":
        irr = run.irr(name)
        return {"text": rate_of_return(irr), "value": irr.rate}
    value = run.value(name) if name in run.model.results else None
    return {"text": number(value, 2 if kind == "ratio" else 0), "value": value}


def as_html(table: Sequence[dict[str, Any]]) -> str:
    """The page. Text from users is escaped by the template engine."""
    from markupsafe import Markup

    style, script = asset("memo.css") + fonts(), asset("cases.js")
    return render("cases.html", {
        "words": WORDS, "figures": [title for _, title, _ in COLUMNS], "rows": table,
        "recommendations": list(dict.fromkeys(row["recommendation"] for row in table)),
        "language": spoken().code, "style": Markup(style), "script": Markup(script),
        "security_policy": Markup(security_policy([style], [script])),
    })  # fmt: skip
