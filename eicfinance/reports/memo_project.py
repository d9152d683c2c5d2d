"""A project in the memo: what each of its fifteen sections shows, as text.

Sections 1 and 10 to 14, which draw conclusions from the figures, stand in memo_decision and
memo_judgement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.comparison import VIEWS
from eicfinance.finance.sizing import BOUNDS
from eicfinance.model.label import Label, beginning_after
from eicfinance.reports import memo_judgement, memo_support, risk_memo, sensitivities, valley
from eicfinance.reports.bars import bar_chart, column_chart
from eicfinance.reports.charts import pair_chart
from eicfinance.reports.economics import economic_section
from eicfinance.reports.flows import flows, full_year
from eicfinance.reports.language import label, say
from eicfinance.reports.lending import as_rows, reasons
from eicfinance.reports.memo_decision import decision
from eicfinance.reports.view import ANNUAL, HEADLINES, SOURCES, USES
from eicfinance.reports.words import MISSING, figure, number, percent, rate_of_return
from eicfinance.technologies import technologies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.reports.cells import Cells
    from eicfinance.reports.view import ProjectView, View

YEARS_A_TABLE = 9
LARGE = 1000.0  # from which a row's figures are whole numbers
NOT_A_PART = ("capital_cost", "capital_paid_by_commissioning")  # of the capital cost
WITHIN_THE_LIFE = (
    "valley_recovery_period", "payback_years", "payback_years_from_commissioning",
    "discounted_payback_years",
)  # fmt: skip
OF_THE_DEBT = (
    "loan.debt", "service_highest", "dscr_min", "dscr_min_period", "dscr_average", "llcr",
    "dscr_global_min", "dscr_host", "gearing",
)  # fmt: skip
GREEN = ("ghg_avoided_per_year", "abatement_cost_discounted", "abatement_cost_undiscounted")
ELSEWHERE = (*OF_THE_DEBT, *GREEN, "capital_cost")  # in another section than the returns
ENERGY_PRICE = ("break_even_price", "Break-even price of energy (project NPV nil)", "price")
DEBT_LINES = (
    "cfads", "loan.drawdown", "loan.interest", "loan.principal", "loan.prepaid", "loan.service",
    "loan.balance", "dscr", "dsra.balance",
)  # fmt: skip
COVENANT_LINE, ALL_USED = "covenant {limit}", "all is used up: 1.00"
COVENANT = "dscr_min"  # the policy line that the DSCR is held against


def project(shown: View, place: int, p: ProjectView, cells: Cells) -> dict[str, Any]:
    """All that the templates show of a project."""
    own, currency = f"projects[{place}].", shown.currency
    return {
        "name": p.name, "title": p.title, "number": place + 1,
        "technology": technologies()[p.case.entry.kind].title,
        "borrower": p.case.borrower.title,
        "decision": decision(shown, p, cells),
        "five_cs": memo_judgement.five_cs(shown, p, cells),
        "remarks": memo_judgement.remarks(shown, p),
        "facts": _facts(p, cells),
        "choices": _choices(p),
        "flows": flows(shown, p),
        "streams": _streams(p, cells),
        "stream_year": full_year(p),
        "capital": _amounts(p, cells, [n for n in p.case.model.results if n.startswith("capital_")
                                       and n not in NOT_A_PART] + ["capital_cost"]),
        "uses": _amounts(p, cells, USES),
        "sources": _amounts(p, cells, SOURCES),
        "uses_chart": _uses_chart(p),
        "margin": memo_judgement.margin(shown, p, cells),
        "valley": valley.content(p, currency),
        "headlines": _headlines(p, cells, [*HEADLINES, ENERGY_PRICE]),
        "irr_notes": [Label("{label}: {note}", text, _irr_note(p, name))
                      for name, text, kind in HEADLINES if kind == "irr" and _irr_note(p, name)],
        "cash": _annual(p, [name for name in ANNUAL if name not in DEBT_LINES], p.years),
        "debt": _debt(shown, p, cells),
        "lending": _lending(shown, p),
        "support": memo_support.content(shown, p),
        "sensitivity": sensitivities.content(p, shown.case.portfolio, cells),
        "probability": memo_judgement.probability(shown, p),
        "risk": risk_memo.of_project(shown, p),
        "risks": memo_judgement.risks(shown, p, cells),
        "security": memo_judgement.security(shown, p, cells),
        "green": memo_judgement.green(p, cells),
        "green_figures": [_headline(p, cells, *found) for found in HEADLINES if found[0] in GREEN],
        "gases": _gases(p),
        "gases_chart": _gases_chart(p),
        "economic": economic_section(shown, p),
        "covenants": memo_judgement.covenants(p, cells),
        "watch": memo_judgement.watch(shown, p),
        "assumptions": cells.own[p.name],
        "notes": [beginning_after(own, text) for text in shown.case.portfolio.notes
                  if text.startswith(own)],
    }  # fmt: skip


# -- 3 project, 4 technology, 5 market ----------------------------------------------------------


def _facts(p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """When it is built and how long it runs."""
    model, run, count = p.case.model, p.run, p.case.entry.count
    return [
        cells.figure(model, "capital_cost", "Capital cost",
                     f"{number(run.value('capital_cost'))} {label(p.case.plant.currency)}"),
        cells.figure(model, "commissioning_period", "Commissioned",
                     p.when(run.value("commissioning_period") or 0)),
        cells.figure(model, "life_periods", "Operating life",
                     say("so_many_years", number=figure(run.value("life_years")))),
        {"label": "Equal units; all figures are of one", "value": number(count), "cell": "",
         "rests_on": []},
    ]  # fmt: skip


def _choices(p: ProjectView) -> list[tuple[str, str]]:
    """What the portfolio chose of the technology's options, in words."""
    declared = technologies()[p.case.entry.kind].choices
    chosen = p.case.entry.choices
    return [(choice.label, chosen[choice.name].replace("_", " ")) for choice in declared]


def _streams(p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """What is sold and which bills are avoided, in the first full year, where there is any."""
    rows = []
    for kind, lines in (("sale", p.case.plant.revenues), ("bill avoided", p.case.plant.savings)):
        for line in lines:
            if any(p.run.annual(line.text.name)):
                amount = number(p.run.annual(line.text.name)[full_year(p)])
                rows.append(cells.figure(p.case.model, line.text.name, line.text.label, amount)
                            | {"kind": kind})  # fmt: skip
    return rows


# -- 6 cost, uses and sources -------------------------------------------------------------------


def _amounts(p: ProjectView, cells: Cells, names: Sequence[str]) -> list[dict[str, Any]]:
    """Amounts with their sum last; what is nil is left out."""
    found = p.case.model.results
    return [
        cells.figure(p.case.model, name, found[name].text.label, number(p.run.value(name)))
        for name in names
        if name in found and (p.run.value(name) or name == names[-1])
    ]


def _uses_chart(p: ProjectView) -> str:
    groups = [
        (title, [(p.case.model.results[name].text.label, value) for name in names[:-1]
                 if name in p.case.model.results and (value := p.run.value(name))])
        for title, names in (("Uses", USES), ("Sources", SOURCES))
    ]  # fmt: skip
    return bar_chart(
        f"uses-{p.name}", Label("Uses and sources to commissioning: {title}", p.title),
        "What is spent until commissioning (grey), and where the money comes from (hatched).",
        groups, p.case.plant.currency,
    )  # fmt: skip


# -- 7 financial --------------------------------------------------------------------------------


def _headlines(
    p: ProjectView, cells: Cells, found: Sequence[tuple[str, str, str]]
) -> list[dict[str, Any]]:
    return [_headline(p, cells, name, text, kind) for name, text, kind in found
            if name not in ELSEWHERE and name in p.case.model.results]  # fmt: skip


def _headline(p: ProjectView, cells: Cells, name: str, text: str, kind: str) -> dict[str, Any]:
    return cells.figure(p.case.model, name, text, written(p, name, kind))


def written(p: ProjectView, name: str, kind: str) -> str:
    """A result as text."""
    value, currency = p.run.value(name), label(p.case.plant.currency)
    if kind == "irr":
        return rate_of_return(p.run.irr(name))
    if value is None:
        return say("not_within", years=p.years) if name in WITHIN_THE_LIFE else MISSING
    texts = {
        "when": p.when(value) if kind == "when" else "",
        "money": f"{number(value)} {currency}",
        "years": say("so_many_years", number=number(value, 1)),
        "ratio": number(value, 2),
        "percent": percent(value),
        "price": f"{number(value, 2)} {currency}/kWh",
        "tonnes": f"{number(value)} tCO2e",
        "per_tonne": f"{number(value)} {currency}/tCO2e",
    }
    return texts[kind]


def _irr_note(p: ProjectView, name: str) -> str:
    found = p.run.irr(name)
    if found.status == "one":
        return ""
    if found.status == "none":
        return Label("none, since {reason}", found.reason)
    roots = ", ".join(percent(root) for root in found.roots)
    return Label(
        "NPV is nil at {roots}; {reason}",
        roots,
        found.reason or "none of these decides: use the NPV",
    )


def _annual(p: ProjectView, names: Sequence[str], last: int) -> list[dict[str, Any]]:
    """Lines by project year to the last, in tables of so many years as fit on a printed page;
    lines that are nil throughout are left out."""
    lines = [(p.case.model.lines[name].text, p.run.annual(name)[: last + 1]) for name in names
             if name in p.case.model.lines and any(p.run.annual(name))]  # fmt: skip
    tables = []
    for start in range(0, last + 1, YEARS_A_TABLE):
        part = slice(start, start + YEARS_A_TABLE)
        rows = [
            (text.label, text.unit,
             [_of_year(v, text.unit, found) for v in found[part]])
            for text, found in lines
        ]  # fmt: skip
        tables.append({"years": list(range(last + 1))[part], "rows": rows})
    return tables


def _of_year(value: float | None, unit: str, row: Sequence[float | None]) -> str:
    """A figure of a year: in a row with thousands whole, as the others of its row."""
    if unit == "1":
        return number(value, 2)
    large = max(abs(v or 0.0) for v in row) >= LARGE
    return number(value) if large else figure(value)


# -- 8 debt -------------------------------------------------------------------------------------


def _debt(shown: View, p: ProjectView, cells: Cells) -> dict[str, Any]:
    """Cover of the debt service, the schedule while something is owed, what bounds the size."""
    owed = [k for k in range(p.years + 1)
            if any(p.run.annual(name)[k] for name in ("loan.balance", "loan.service"))]  # fmt: skip
    last = max(owed, default=0)
    return {
        "figures": [_headline(p, cells, *found) for found in HEADLINES
                    if found[0] in OF_THE_DEBT and found[0] in p.case.model.results]
        + _of_the_borrower(shown, p, cells),
        "sized": [(p.case.entry.loan_names[name].title, BOUNDS[which]) for name, which in p.sized],
        "interest": percent(p.run.value("mirr_finance_rate"), 2) if p.case.entry.loans else "",
        "schedule": _annual(p, DEBT_LINES, last) if owed else [],
        "chart": _dscr_chart(p, last) if owed else "",
    }  # fmt: skip


def _of_the_borrower(shown: View, p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """The cover by all that the owner has."""
    run, name = shown.case.runs["cluster"], f"dscr_global_{p.case.borrower.name}_min"
    return [cells.figure(run.model, name, "Minimum global DSCR: host and all its projects",
                         number(run.value(name), 2))]  # fmt: skip


def _dscr_chart(p: ProjectView, last: int) -> str:
    columns = list(enumerate(p.run.annual("dscr")[: last + 1]))
    if all(value is None for _, value in columns):
        return ""
    covenant = p.run.value(f"policy_{COVENANT}") or 0.0
    limits = [(say(COVENANT_LINE, limit=number(covenant, 2)), covenant), (ALL_USED, 1.0)]
    return column_chart(
        f"dscr-{p.name}", Label("DSCR by year against the covenant: {title}", p.title),
        "Debt service cover over trailing twelve months at each project year's end; years below "
        "the covenant are hatched, the others grey.",
        columns, sorted(limits, key=lambda one: -one[1]), covenant,
        "DSCR, trailing twelve months, at each project year's end",
    )  # fmt: skip


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
            f"lending-{p.name}", "Paid and saved a month",
            "For each lending scheme what the user pays a month while instalments fall due, and "
            "what the plant saves and earns meanwhile.",
            bars, ("paid", "saved and earned"), Label("{currency} a month", shown.currency),
        ),
    }  # fmt: skip


# -- 12 green -----------------------------------------------------------------------------------


def _gases(p: ProjectView) -> list[dict[str, Any]]:
    """Each source with what is counted over the life and its factors; then the balance."""
    rows: list[dict[str, Any]] = []
    for gas in p.case.plant.gases:
        counted = [
            f"{label(text.label)}: {number(p.run[text.name][0].sum())} {label(text.unit)}"
            for text in (line.text for line in gas.activities)
        ]
        factors = [(item.text.label, figure(item.value), item.text.unit) for item in gas.factors]
        rows.append({
            "account": gas.account, "source": gas.line.text.label,
            "counted": "; ".join(counted),
            "factors": [f"{label(text)}: {value} {label(unit)}" for text, value, unit in factors],
            "tonnes": number(p.run.value(gas.total.text.name), 1),
        })  # fmt: skip
    avoided = number(p.run.value("ghg_avoided_total"), 1)
    return [*rows, {"account": "avoided", "source": "Baseline less project less leakage",
                    "counted": "", "factors": [], "tonnes": avoided}]  # fmt: skip


def _gases_chart(p: ProjectView) -> str:
    def of(name: str) -> float:
        return p.run.value(f"ghg_{name}_total") or 0.0

    names = (("Baseline: without the project", "baseline"), ("Project's own", "project"),
             ("Leakage: elsewhere", "leakage"))  # fmt: skip
    if not any(of(name) for _, name in names):
        return ""
    return bar_chart(
        f"gases-{p.name}", Label("Greenhouse gas over the life: {title}", p.title),
        "Baseline, project and leakage (grey), and what is avoided: baseline less project less "
        "leakage (hatched).",
        [("Emissions", [(text, of(name)) for text, name in names]),
         ("Avoided", [("Avoided", of("avoided"))])],
        "tCO2e", 1,
    )  # fmt: skip
