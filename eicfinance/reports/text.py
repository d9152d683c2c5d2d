"""A case as a short text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.decision import NOT_ASSESSED
from eicfinance.reports.bridging import answer
from eicfinance.reports.columns import left, right
from eicfinance.reports.language import date, label, say
from eicfinance.reports.risk import in_short
from eicfinance.reports.words import number, rate_of_return

if TYPE_CHECKING:
    from eicfinance.reports.fund_view import FundView
    from eicfinance.reports.view import ProjectView, View

COLUMNS = (("Project", 16), ("Capital", 11), ("Valley", 11), ("NPV", 12), ("IRR", 8), ("DSCR", 6),
           ("Recommendation", 0))  # fmt: skip


def as_text(shown: View) -> str:
    """Title, one line a project, what fails, the state of the checks, the figures that matter."""
    currency = shown.currency
    lines = [
        say(
            "text_title",
            title=shown.case.portfolio.title,
            date=date(shown.stamp["appraisal_date"]),
            currency=currency,
        ),
        "",
    ]
    lines.append("  ".join(_cell(label(title), title, width) for title, width in COLUMNS).rstrip())
    lines += [_project(p) for p in shown.projects]
    lines.append("")
    for p in shown.projects:
        reasons = "; ".join(label(line.label) for line in p.decision.failed)
        if reasons:
            lines.append(say("text_fails", title=p.title, reasons=reasons))
        first = [*p.decision.conditions, *(label(line.label) for line in p.decision.lines
                                           if line.status == NOT_ASSESSED)]  # fmt: skip
        if first and not reasons:
            lines.append(say("text_first", title=p.title, first="; ".join(first)))
    lines += [f"{p.title}: {answer(p, currency)}" for p in shown.projects
              if p.case.entry.bridging]  # fmt: skip
    lines += [checks_said(shown), "", say("in_short"), *_in_short(shown)]
    return "\n".join(lines)


def checks_said(shown: View | FundView) -> str:
    """The state of the checks, in a sentence."""
    if shown.failed_checks:
        return say("checks_fail", number=shown.checks, failed=shown.failed_checks)
    return say("checks_hold", number=shown.checks)


def _in_short(shown: View) -> list[str]:
    """The four figures that matter."""
    cluster, currency = shown.case.runs["cluster"], shown.currency
    good = [p.name for p in shown.projects if p.decision.recommendation.startswith("approve")]
    asked = [p for p in shown.projects if p.decision.requested]
    said = [
        say(
            "short_requests",
            good=len(good),
            asked=len(asked),
            which=f": {', '.join(good)}" if good else "",
        ),
        say(
            "short_valley",
            depth=number(cluster.value("valley_depth")),
            currency=currency,
            month=_month(shown),
            capital=number(cluster.value("capital_cost")),
        ),
        say("short_exposure", amount=number(cluster.value("exposure_highest")), currency=currency),
        say("short_avoided", tonnes=number(cluster.value("ghg_avoided_total"))),
        *in_short(shown.case.risk, shown.case),
    ]
    return [f"  {text}" for text in said]


def _month(shown: View) -> str:
    period = shown.case.runs["cluster"].value("valley_trough_period")
    dates = max((p.dates for p in shown.projects), key=len)
    return say("no_month") if period is None else date(dates[int(period)])


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
        label(p.decision.recommendation),
    )
    return "  ".join(
        _cell(cell, title, width) for cell, (title, width) in zip(cells, COLUMNS, strict=True)
    ).rstrip()


def _cell(text: str, title: str, width: int) -> str:
    """Names to the left, figures to the right."""
    return left(text, width) if title == "Project" else right(text, width)
