"""The memo as one HTML file: opens anywhere, without network; prints on A4.

The portfolio first, then a page a project with fifteen sections (memo_project), then the annex. The
modules turn the view into words and rows; templates/memo.html and templates/memo only place them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.model.label import under
from eicfinance.reports import memo_decision, risk_memo, what_if
from eicfinance.reports.bridging import HOW
from eicfinance.reports.cells import Cells
from eicfinance.reports.charts import Curve, Mark, line_chart, size_word
from eicfinance.reports.conventions import conventions
from eicfinance.reports.flows import flow_chart, flows
from eicfinance.reports.language import date, label, say
from eicfinance.reports.memo_project import project
from eicfinance.reports.page import asset, fonts, render, running_heads, security_policy
from eicfinance.reports.valley import THE_MANUAL
from eicfinance.reports.words import MISSING, number

if TYPE_CHECKING:
    from eicfinance.reports.view import View

PAGE = ".page-{name} {{ page: {page}; }}\n"
HEAD = "{title} · {date}"
# result of the cluster -> label, unit beside the figure ("": a month)
TOGETHER = (
    ("capital_cost", "Capital cost", "{currency}"),
    ("valley_depth", "Death valley: members' shortfalls together", "{currency}"),
    ("valley_depth_pooled", "Death valley if surpluses filled gaps", "{currency}"),
    ("valley_trough_period", "Trough", ""),
    ("gap_depth", "Gap after committed sources, members' gaps together, at its deepest",
     "{currency}"),
    ("gap_with_loan_depth", "The same with the requested loans", "{currency}"),
    ("bridge_missing_highest", "Missing after bridging, members together, at the most",
     "{currency}"),
    ("bridge_missing_highest_period", "Most is missing in", ""),
    ("exposure_highest", "Loans outstanding, highest", "{currency}"),
    ("ghg_avoided_total", "Greenhouse gas avoided over the lives", "tCO2e"),
)  # fmt: skip


def as_html(shown: View) -> str:
    """The whole memo. Text from users is escaped by the template engine."""
    from markupsafe import Markup

    found = content(shown)
    style = asset("memo.css") + asset("what_if.css") + fonts() + _print(shown)
    policy = security_policy([style], found["what_if"]["may_run"])
    safe = {"style": Markup(style), "security_policy": Markup(policy)}
    return render("memo.html", found | safe)


def _print(shown: View) -> str:
    """Running heads: the portfolio's and, on a project's pages, the project's."""
    stamp = shown.stamp
    left = say(HEAD, title=stamp["portfolio"], date=date(stamp["appraisal_date"]))
    pages = {str(place): p.title for place, p in enumerate(shown.projects, start=1)}
    named = [
        running_heads(left, title, f"sheet-{name}")
        + PAGE.format(name=name, page=f"sheet-{name}")
        for name, title in pages.items()
    ]  # fmt: skip
    return "".join([running_heads(left, stamp["program"]), *named])


def content(shown: View) -> dict[str, Any]:
    """All that the template shows, as text."""
    portfolio, cells = shown.case.portfolio, Cells(shown)
    found = flows(shown)
    return {
        "title": portfolio.title,
        "description": portfolio.description,
        "currency": shown.currency,
        "stamp": shown.stamp,
        "summary": [memo_decision.summary(shown, p, cells) for p in shown.projects],
        "verdicts": memo_decision.verdicts(shown),
        "matrix": memo_decision.matrix(shown),
        "cluster": _cluster(shown, cells),
        "flow_rows": found,
        "flow_chart": flow_chart(found) if found else "",
        "projects": [project(shown, k, p, cells) for k, p in enumerate(shown.projects)],
        "stages_source": THE_MANUAL,
        "bridging_how": HOW if any(p.case.entry.bridging for p in shown.projects) else "",
        "order_of_use": _order_of_use(shown),
        "notes": [text for text in portfolio.notes if not text.startswith("projects[")],
        "checks": shown.checks,
        "failed_checks": shown.failed_checks,
        "shared": cells.shared,
        "common": cells.common,
        "conventions": conventions(portfolio),
        "what_if": what_if.content(shown),
        "risk": risk_memo.together(shown),
        "sites": [
            {
                "title": entry.title if entry.count == 1
                else say("each_of", title=entry.title, count=entry.count),
                "name": entry.name,
                "rows": cells.own[entry.name],
            }
            for entry in portfolio.sites
        ],
    }  # fmt: skip


def _order_of_use(shown: View) -> list[tuple[str, str]]:
    """Pools and who takes from them, by their titles."""
    titles = shown.titles
    found = []
    for pool, taker in shown.case.order_of_use:
        site, _, name = pool.partition(".")
        what = under(titles.get(site, site), name.replace("_", " "))
        found.append((what, titles.get(taker, taker)))
    return found


def _cluster(shown: View, cells: Cells) -> dict[str, Any]:
    run, currency = shown.case.runs["cluster"], shown.currency
    dates = max((p.dates for p in shown.projects), key=len)
    trough = run.value("valley_trough_period")
    depth = run.value("valley_depth") or 0.0
    divide, word = size_word(depth)
    marks = []
    if trough is not None:
        text = say(
            "deepest_mark",
            amount=number(depth / divide, 1),
            size=word,
            currency=currency,
            month=date(dates[int(trough)]),
        )
        marks.append(Mark(int(trough), text))
    short = [-v for v in run["valley_short"][0].tolist()]
    chart = line_chart(
        "cluster", "Death valley of all projects together",
        "Sum of the members' shortfalls before all finance, and the pooled curve in which one "
        "member's surplus fills another's gap.",
        [Curve("members' shortfalls together", short, filled=True),
         Curve("pooled", run["valley_pooled"][0].tolist(), dashed=True)],
        marks, run.model.periods_per_year, currency,
    )  # fmt: skip

    def said(name: str, unit: str) -> str:
        value = run.value(name)
        if value is None:
            return MISSING
        return (
            f"{number(value)} {label(unit.format(currency=currency))}"
            if unit
            else date(dates[int(value)])
        )

    borrowers = [
        {
            "title": b.title,
            "cover": number(run.value(f"collateral_cover_{b.name}"), 2),
            "dscr": number(run.value(f"dscr_global_{b.name}_min"), 2),
            "need": number(run.value(f"equity_need_{b.name}")),
            "short": number(run.value(f"promoter_short_{b.name}")),
        }
        for b in shown.case.portfolio.borrowers.values()
        if f"collateral_cover_{b.name}" in run.model
    ]
    rows = [cells.figure(run.model, name, text, said(name, unit))
            for name, text, unit in TOGETHER if name in run.model]  # fmt: skip
    return {"chart": chart, "rows": rows, "borrowers": borrowers}
