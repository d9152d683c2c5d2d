"""The memo as one HTML file: opens anywhere, without network; prints on A4.

This module turns the view into words and rows; templates/memo.html only places them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.comparison import VIEWS
from eicfinance.finance.sizing import BOUNDS
from eicfinance.reports import sensitivities, valley, what_if
from eicfinance.reports.charts import Curve, Mark, line_chart, pair_chart, size_word
from eicfinance.reports.conventions import conventions
from eicfinance.reports.economics import economic_section
from eicfinance.reports.files import data_folder
from eicfinance.reports.lending import as_rows, reasons
from eicfinance.reports.view import ANNUAL, HEADLINES, SOURCES, USES
from eicfinance.reports.words import (
    MISSING,
    figure,
    limit,
    number,
    percent,
    rate_of_return,
    writing,
)
from eicfinance.technologies import technologies

if TYPE_CHECKING:
    from eicfinance.model.model import Input, Model
    from eicfinance.reports.view import ProjectView, View

YEARS_A_TABLE = 9
NOT_A_PART = ("capital_cost", "capital_paid_by_commissioning")  # of the capital cost
WITHIN_THE_LIFE = (
    "valley_recovery_period", "payback_years", "payback_years_from_commissioning",
    "discounted_payback_years",
)  # fmt: skip
SIGNS = {"met": "✓", "failed": "✗", "not assessed": "?"}


def as_html(shown: View) -> str:
    """The whole memo. Text from users is escaped by the template engine."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(str(data_folder("templates"))),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("memo.html").render(**content(shown))


def content(shown: View) -> dict[str, Any]:
    """All that the template shows, as text."""
    portfolio = shown.case.portfolio
    return {
        "title": portfolio.title,
        "description": portfolio.description,
        "currency": shown.currency,
        "stamp": shown.stamp,
        "summary": [_summary(p) for p in shown.projects],
        "cluster": _cluster(shown),
        "projects": [_project(shown, k, p) for k, p in enumerate(shown.projects)],
        "order_of_use": shown.case.order_of_use,
        "notes": [text for text in portfolio.notes if not text.startswith("projects[")],
        "checks": shown.checks,
        "failed_checks": shown.failed_checks,
        "shared": _shared(shown),
        "conventions": conventions(portfolio),
        "what_if": what_if.content(shown),
        "sites": [
            (entry.title, entry.count, assumptions(shown.case.sites[entry.name]))
            for entry in portfolio.sites
        ],
    }  # fmt: skip


def _lending(shown: View, p: ProjectView) -> dict[str, Any] | None:
    """The comparison of lending schemes, where the portfolio asks for one."""
    found = shown.case.comparisons.get(p.name)
    if found is None:
        return None
    bars = [(o.entry.title, found.figure(o, "instalment_per_month"),
             found.figure(o, "saving_per_month")) for o in found.offers]  # fmt: skip
    return as_rows(found, shown.currency) | {
        "reasons": [text for whose in VIEWS for text in reasons(found, whose, shown.currency)],
        "chart": pair_chart(
            f"{p.name}-lending", "Paid and saved a month",
            "For each lending scheme what the user pays a month while instalments fall due, and "
            "what the plant saves and earns meanwhile.",
            bars, ("paid", "saved and earned"), f"{shown.currency} a month",
        ),
    }  # fmt: skip


def _summary(p: ProjectView) -> dict[str, str]:
    run = p.run
    irr = run.irr("project_irr")
    return {
        "name": p.name,
        "title": p.title,
        "capital": number(run.value("capital_cost")),
        "loan": number(run.value("loan.debt")),
        "valley": number(run.value("valley_depth")),
        "npv": number(run.value("project_npv")),
        "irr": rate_of_return(irr),
        "dscr": number(run.value("dscr_min"), 2),
        "recommendation": p.decision.recommendation,
    }


def _cluster(shown: View) -> dict[str, Any]:
    run, currency = shown.case.runs["cluster"], shown.currency
    dates = max((p.dates for p in shown.projects), key=len)
    trough = run.value("valley_trough_period")
    depth = run.value("valley_depth") or 0.0
    divide, word = size_word(depth)
    marks = []
    if trough is not None:
        text = f"deepest: {number(depth / divide, 1)} {word}{currency}, {dates[int(trough)]}"
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
    rows = [
        ("Capital cost", f"{number(run.value('capital_cost'))} {currency}"),
        ("Death valley: members' shortfalls together", f"{number(depth)} {currency}"),
        (
            "Death valley if surpluses filled gaps",
            f"{number(run.value('valley_depth_pooled'))} {currency}",
        ),
        ("Trough", MISSING if trough is None else dates[int(trough)]),
        (
            "Gap after committed sources, members' gaps together, at its deepest",
            f"{number(run.value('gap_depth'))} {currency}",
        ),
        (
            "The same with the requested loans",
            f"{number(run.value('gap_with_loan_depth'))} {currency}",
        ),
        *_missing(shown, dates),
        ("Loans outstanding, highest", f"{number(run.value('exposure_highest'))} {currency}"),
        (
            "Greenhouse gas avoided over the lives",
            f"{number(run.value('ghg_avoided_total'))} tCO2e",
        ),
    ]
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
    return {"chart": chart, "rows": rows, "borrowers": borrowers}


def _missing(shown: View, dates: list[str]) -> list[tuple[str, str]]:
    """What the members' bridging leaves open, where any lists some."""
    run = shown.case.runs["cluster"]
    if "bridge_missing_highest" not in run.model:
        return []
    at = run.value("bridge_missing_highest_period")
    when = "" if at is None else f", in {dates[int(at)]}"
    most = number(run.value("bridge_missing_highest"))
    label = "Missing after bridging, members together, at the most"
    return [(label, f"{most} {shown.currency}{when}")]


def _project(shown: View, place: int, p: ProjectView) -> dict[str, Any]:
    currency, entry, own = shown.currency, p.case.entry, f"projects[{place}]."
    return {
        "name": p.name,
        "title": p.title,
        "technology": technologies()[entry.kind].title,
        "borrower": p.case.borrower.title,
        "recommendation": p.decision.recommendation,
        "because": _because(p),
        "remarks": _remarks(shown, p),
        "notes": [t.removeprefix(own) for t in shown.case.portfolio.notes if t.startswith(own)],
        "policy": [
            {
                "label": line.label,
                "limit": f"{line.sense} {limit(line.limit, line.unit)}",
                "figure": limit(line.figure, line.unit),
                "status": line.status,
                "sign": SIGNS[line.status],
                "reason": line.reason,
                "source": line.source,
            }
            for line in p.decision.lines
            if p.decision.requested
        ],
        "conditions": p.decision.conditions,
        "valley": valley.content(p, currency),
        "headlines": [
            *((label, _headline(p, name, kind)) for name, label, kind in HEADLINES),
            *((f"Size of the {_loan(p, name)} is bound by the", BOUNDS[which])
              for name, which in p.sized),
            *_of_the_borrower(shown, p),
        ],
        "irr_notes": [f"{label}: {_irr_note(p, name)}" for name, label, kind in HEADLINES
                      if kind == "irr" and _irr_note(p, name)],
        "capital": [_amount(p, name) for name in p.case.model.results
                    if name.startswith("capital_") and name not in NOT_A_PART]
        + [_amount(p, "capital_cost")],
        "uses": [_amount(p, name) for name in USES if name in p.case.model],
        "sources": [_amount(p, name) for name in SOURCES],
        "annual": _annual(p),
        "gases": _gases(p),
        "lending": _lending(shown, p),
        "economic": economic_section(shown, p),
        "sensitivity": sensitivities.content(p, shown.case.portfolio),
        "assumptions": assumptions(p.case.model),
    }  # fmt: skip


def _gases(p: ProjectView) -> list[dict[str, str]]:
    """Each source with what is counted over the life and the factors; then the balance."""
    rows = []
    for gas in p.case.plant.gases:
        counted = [
            f"{line.text.label}: {number(p.run[line.text.name][0].sum())} {line.text.unit}"
            for line in gas.activities
        ]
        said = [_assumption(item) for item in gas.factors]
        factors = [f"{one['label']}: {one['value']} {one['unit']}".strip() for one in said]
        rows.append({
            "account": gas.account, "source": gas.line.text.label,
            "counted": "; ".join(counted), "factors": "; ".join(factors),
            "tonnes": number(p.run.value(gas.total.text.name), 1),
        })  # fmt: skip
    avoided = number(p.run.value("ghg_avoided_total"), 1)
    total = {"account": "avoided", "source": "Baseline less project less leakage",
             "counted": "", "factors": "", "tonnes": avoided}  # fmt: skip
    return [*rows, total]


def _annual(p: ProjectView) -> list[dict[str, Any]]:
    """Lines by project year, in tables of so many years as fit on a printed page."""
    lines = [(p.case.model.lines[name].text, p.run.annual(name)) for name in ANNUAL
             if name in p.case.model.lines]  # fmt: skip
    tables = []
    for start in range(0, p.years + 1, YEARS_A_TABLE):
        part = slice(start, start + YEARS_A_TABLE)
        rows = [
            (text.label, text.unit,
             [number(v, 2) if text.unit == "1" else figure(v) for v in found[part]])
            for text, found in lines
        ]  # fmt: skip
        tables.append({"years": list(range(p.years + 1))[part], "rows": rows})
    return tables


def _because(p: ProjectView) -> str:
    """The lines of the policy that decide, in words."""
    if not p.decision.requested:
        return "No loan is requested for this project."
    failed = [line.label for line in p.decision.failed]
    if failed:
        return f"Not met: {'; '.join(failed)}."
    open_lines = [line.label for line in p.decision.lines if line.status == "not assessed"]
    parts = ["All assessed lines of the credit policy are met."]
    if open_lines:
        parts.append(f"To be assessed by the lender first: {'; '.join(open_lines)}.")
    return " ".join(parts)


def _headline(p: ProjectView, name: str, kind: str) -> str:
    value, currency = p.run.value(name), p.case.plant.currency
    if kind == "irr":
        found = p.run.irr(name)
        return rate_of_return(found)
    if value is None:
        return f"not within {p.years} years" if name in WITHIN_THE_LIFE else MISSING
    written = {
        "when": p.when(value) if kind == "when" else "",
        "money": f"{number(value)} {currency}",
        "years": f"{number(value, 1)} years",
        "ratio": number(value, 2),
        "percent": percent(value),
        "price": f"{number(value, 2)} {currency}/kWh",
        "tonnes": f"{number(value)} tCO2e",
        "per_tonne": f"{number(value)} {currency}/tCO2e",
    }
    return written[kind]


def _loan(p: ProjectView, name: str) -> str:
    """A loan in a sentence, by the name of its results."""
    title = p.case.entry.loan_names[name].title
    return title[0].lower() + title[1:]


def _of_the_borrower(shown: View, p: ProjectView) -> list[tuple[str, str]]:
    """What matters of all projects of the owner together."""
    cluster, name, currency = shown.case.runs["cluster"], p.case.borrower.name, shown.currency
    short = number(cluster.value(f"promoter_short_{name}"))
    return [
        (
            "Minimum global DSCR: host and all projects of the borrower",
            number(cluster.value(f"dscr_global_{name}_min"), 2),
        ),
        ("Owner's money that the promoter's evidenced cash does not cover", f"{short} {currency}"),
    ]


def _remarks(shown: View, p: ProjectView) -> list[str]:
    """What a reader must know before believing the figures."""
    said = []
    run, currency, entry = p.run, shown.currency, p.case.entry
    grants = run.value("grants") or 0
    if run.value("valley_depth") and run.value("valley_recovery_period") is None:
        without = f"The venture's own cash does not come back within its {p.years} years"
        if run.value("payback_years") is None:
            said.append(f"{without}: its lowest point is a loss over the life, not a valley that a "
                        "loan could bridge.")  # fmt: skip
        else:
            said.append(f"{without}; with the grants of {number(grants)} {currency} it does.")
    late = grants - (run.value("sources_grants") or 0)
    if late >= 1:
        said.append(f"Grants of {number(late)} {currency} arrive after commissioning; until then "
                    "the owner advances them.")  # fmt: skip
    short = shown.case.runs["cluster"].value(f"promoter_short_{p.case.borrower.name}") or 0
    if short >= 1:
        said.append(
            f"The owner needs {number(short)} {currency} more than the promoter's evidenced cash, "
            "all projects of this borrower together; no source is named for it."
        )
    for pool, owner in entry.takes.items():
        earlier = [
            q for q in shown.projects[: shown.projects.index(p)]
            if owner == q.case.entry.takes.get(pool)
        ]  # fmt: skip
        if earlier:
            names = ", ".join(f"{q.title} ({q.decision.recommendation})" for q in earlier)
            said.append(
                f"It takes of {owner[0]}'s {owner[1].replace('_', ' ')} what is left by {names}; "
                "if that is not built, more is there."
            )
    beyond = run.value("life_not_counted") or 0
    if beyond:
        ppy = run.model.periods_per_year
        said.append(f"{number(beyond / ppy, 1)} years of life lie beyond the model's last period "
                    "and are not counted.")  # fmt: skip
    return said


def _irr_note(p: ProjectView, name: str) -> str:
    found = p.run.irr(name)
    if found.status == "one":
        return ""
    if found.status == "none":
        return f"none, since {found.reason}"
    roots = ", ".join(percent(root) for root in found.roots)
    return f"NPV is nil at {roots}; {found.reason or 'none of these decides: use the NPV'}"


def _amount(p: ProjectView, name: str) -> tuple[str, str]:
    return p.case.model.results[name].text.label, number(p.run.value(name))


def assumptions(model: Model) -> list[dict[str, str]]:
    """The model's own inputs that some formula uses."""
    used = model.used()
    return [_assumption(i) for name, i in model.inputs.items() if name in used and not i.shared]


def _shared(shown: View) -> list[dict[str, str]]:
    """Inputs that several models share, constants of nature apart."""
    found: dict[str, Input] = {}
    for model in shown.case.models:
        used = model.used()
        found |= {n: i for n, i in model.inputs.items() if n in used and i.shared}
    return [_assumption(item) for item in found.values() if not item.constant]


def _assumption(item: Input) -> dict[str, str]:
    text = item.text
    write, unit = writing(item)
    return {
        "label": text.label,
        "value": write(item.value),
        "unit": unit,
        "range": ""
        if item.low is None or item.high is None
        else f"{write(item.low)} – {write(item.high)}",
        "source": text.source,
    }
