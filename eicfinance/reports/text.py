"""A case as a short text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.decision import NOT_ASSESSED
from eicfinance.reports.bridging import answer
from eicfinance.reports.risk import in_short
from eicfinance.reports.words import number, rate_of_return

if TYPE_CHECKING:
    from eicfinance.reports.view import ProjectView, View

COLUMNS = (("Project", 16), ("Capital", 11), ("Valley", 11), ("NPV", 12), ("IRR", 8), ("DSCR", 6),
           ("Recommendation", 0))  # fmt: skip


def as_text(shown: View) -> str:
    """Title, one line a project, what fails, the state of the checks, the figures that matter."""
    currency = shown.currency
    lines = [
        f"{shown.case.portfolio.title}: appraised {shown.stamp['appraisal_date']}, "
        f"amounts in {currency}",
        "",
    ]
    lines.append("  ".join(_cell(title, title, width) for title, width in COLUMNS).rstrip())
    lines += [_project(p) for p in shown.projects]
    lines.append("")
    for p in shown.projects:
        reasons = "; ".join(line.label for line in p.decision.failed)
        if reasons:
            lines.append(f"{p.title}: fails {reasons}.")
        first = [*p.decision.conditions, *(line.label for line in p.decision.lines
                                           if line.status == NOT_ASSESSED)]  # fmt: skip
        if first and not reasons:
            lines.append(f"{p.title}: first to be met or assessed: {'; '.join(first)}.")
    lines += [f"{p.title}: {answer(p, currency)}" for p in shown.projects
              if p.case.entry.bridging]  # fmt: skip
    state = "all hold" if not shown.failed_checks else f"FAILED: {shown.failed_checks}"
    lines += [f"Integrity checks: {shown.checks}, {state}.", "", "In short:", *_in_short(shown)]
    return "\n".join(lines)


def _in_short(shown: View) -> list[str]:
    """The four figures that matter."""
    cluster, currency = shown.case.runs["cluster"], shown.currency
    good = [p.name for p in shown.projects if p.decision.recommendation.startswith("approve")]
    asked = [p for p in shown.projects if p.decision.requested]
    return [
        f"  {len(good)} of {len(asked)} loan requests meet every assessed line of the credit policy"
        + (f": {', '.join(good)}." if good else "."),
        f"  The cluster's death valley is {number(cluster.value('valley_depth'))} {currency} deep, "
        f"in {_month(shown)}; capital cost {number(cluster.value('capital_cost'))} {currency}.",
        f"  Loans outstanding reach {number(cluster.value('exposure_highest'))} {currency}.",
        f"  {number(cluster.value('ghg_avoided_total'))} tCO2e are avoided over all lives.",
        *in_short(shown.case.risk, shown.case),
    ]


def _month(shown: View) -> str:
    period = shown.case.runs["cluster"].value("valley_trough_period")
    dates = max((p.dates for p in shown.projects), key=len)
    return "no month" if period is None else dates[int(period)]


def _project(p: ProjectView) -> str:
    run = p.run
    irr = run.irr("project_irr")
    cells = (
        p.name,
        number(run.value("capital_cost")),
        number(run.value("valley_depth")),
        number(run.value("project_npv")),
        rate_of_return(irr),
        number(run.value("dscr_min"), 2),
        p.decision.recommendation,
    )
    return "  ".join(
        _cell(cell, title, width) for cell, (title, width) in zip(cells, COLUMNS, strict=True)
    ).rstrip()


def _cell(text: str, title: str, width: int) -> str:
    """Names to the left, figures to the right."""
    return text.ljust(width) if title == "Project" else text.rjust(width)
