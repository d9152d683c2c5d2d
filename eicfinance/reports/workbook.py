"""The workbook of a case: every model as a sheet of live formulas, and what leads to them.

Sheets: About, Inputs, Seasons, one calculation sheet a project and one by project years beside it,
the cluster, the sites, the lending schemes, Loans and parties, Results, Sensitivity, Risk, Green,
Checks, Portfolio (the text that it was made from), Change log. The rules are those of the FAST
Standard and the ICAEW Financial Modelling Code.
"""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from eicfinance.appraisal.calendar import period_ends
from eicfinance.appraisal.selector import selector
from eicfinance.model.book import Book, write_model
from eicfinance.model.model import Line, Model
from eicfinance.model.sheet import FIRST, Layout
from eicfinance.reports import risk_sheet, sensitivity_sheet
from eicfinance.reports.about_sheet import ABOUT, about, change_log
from eicfinance.reports.formats import Formats
from eicfinance.reports.inputs_sheet import inputs, portfolio_text, seasons
from eicfinance.reports.language import date, label
from eicfinance.reports.lending import sheet as lending_sheet
from eicfinance.reports.loans_and_green import green, loans
from eicfinance.reports.results import checks, results
from eicfinance.reports.sheets import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eicfinance.reports.about_sheet import Topics
    from eicfinance.reports.sheets import Shown
    from eicfinance.reports.view import View

YEARS = (
    "By project year. Year 0 is the closing date. Flows are summed; balances and ratios are those "
    "of the year's end; prices, shares and flags are means."
)


def workbook(shown: View) -> bytes:
    """The workbook of a case; the same case gives the same bytes."""
    case = shown.case
    assert case.cluster is not None
    offers = [m for c in case.comparisons.values() for o in c.offers for m in o.models]
    by_year = [*(p.case.model for p in shown.projects), case.cluster]
    return book(shown, by_year, [*case.sites.values(), *offers], _figures)


def _figures(w: Writer) -> None:
    for project, comparison in w.shown.case.comparisons.items():
        lending_sheet(w, project, comparison)
    loans(w)
    results(w)
    sensitivity_sheet.sheet(w)
    risk_sheet.sheet(w)
    green(w)


def book(
    shown: Shown,
    by_year: Sequence[Model],
    others: Sequence[Model],
    figures: Callable[[Writer], None],
    about_it: Topics = ABOUT,
) -> bytes:
    """The workbook of anything that has models. by_year: those with a sheet of project years
    too, in order; others follow. figures: writes the sheets of the figures that matter."""
    day = datetime.fromisoformat(shown.stamp["appraisal_date"])
    whole = BytesIO()  # written in one go, so that an error of the disk is an OSError of ours
    made = Book(whole, day, label)
    w = Writer(shown, made, Formats(made, shown.currency))
    case = shown.case
    order = [*by_year, *others]
    names = sheet_names([m.name for m in order])
    clock = (order[0].periods_per_year, order[0].season_start)
    for model in case.models:  # in the order of calculation: a given line needs its giver's layout
        layout = Layout.of(w.runs[model.name], names[model.name], dict(w.layouts))
        layout.own_clock = (model.periods_per_year, model.season_start) != clock
        w.layouts[model.name] = layout
    first = w.add("About")
    inputs(w, w.add("Inputs", (6, 0), 1), selector(case))
    seasons(w, w.add("Seasons", (3, 0)))
    for model in order:
        _calculation(w, model)
        if model in by_year:
            _annual(w, model)
    figures(w)
    checks(w)
    if getattr(case.portfolio, "texts", None):
        portfolio_text(w)
    change_log(w)
    about(w, first, about_it)
    made.close()
    return whole.getvalue()


def sheet_names(names: list[str]) -> dict[str, str]:
    """Sheet names of at most 26 characters (31 with _year), unique without regard to case."""
    made: dict[str, str] = {}
    taken = {"about", "inputs", "seasons", "results", "sensitivity", "risk", "checks", "change log",
             "portfolio", "green", "loans and parties"}  # fmt: skip
    for name in names:
        base = re.sub(r"[^a-z0-9_]", "_", name)[:26]
        found, k = base, 2
        while taken & {found, f"{found}_year"}:
            found, k = f"{base[:23]}_{k}", k + 1
        made[name] = found
        taken |= {found, f"{found}_year"}
    return made


# -- calculation --------------------------------------------------------------------------------


def _calculation(w: Writer, model: Model) -> None:
    layout, run, f = w.layouts[model.name], w.runs[model.name], w.formats
    sheet = w.add(layout.sheet, (8, 0), FIRST)
    sheet.write_string(0, 0, w.title(model), f["title"])
    for column, title in enumerate(("Line", "Unit", "Total", "Note")):
        sheet.write_string(1, column, title, f["heading"])
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 2, 16)
    sheet.set_column(3, 3, 22)
    sheet.set_column(4, 4, 2)
    sheet.set_column(5, FIRST + model.periods, 12)
    sheet.print_area(0, 0, layout.end, FIRST + min(model.periods, model.periods_per_year))
    ends = [date(end) for end in period_ends(w.shown.case.portfolio, model.periods)]
    write_model(sheet, layout, run, f, [] if layout.own_clock else ends)


def _annual(w: Writer, model: Model) -> None:
    """Project years beside periods: sums of flows, last of stocks, mean of rates."""
    layout, run, f = w.layouts[model.name], w.runs[model.name], w.formats
    name = f"{layout.sheet}_year"
    sheet = w.add(name, (3, 0), 3)
    sheet.write_string(0, 0, w.title(model), f["title"])
    sheet.write_string(2, 0, "Line", f["heading"])
    sheet.write_string(2, 1, "Unit", f["heading"])
    sheet.write_string(1, 0, YEARS, f["unit"])
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 2, 10)
    years = model.periods // model.periods_per_year
    for year in range(years + 1):
        sheet.write_number(2, 3 + year, year, f["timeline"])
    all_years = f"'{layout.sheet}'!$F$5:${layout.last_column}$5"
    row, largest = 3, 0.0
    for section in dict.fromkeys(item.text.section for item in model.rows):
        lines = [i for i in model.rows if isinstance(i, Line) and i.text.section == section]
        if not lines:
            continue
        sheet.write_string(row, 0, section, f["heading"])
        row += 1
        for line in lines:
            cells = f"'{layout.sheet}'!{layout.cells(line.text.name)}"
            sheet.write_string(row, 0, line.text.label, f["label"])
            sheet.write_string(row, 1, line.text.unit, f["unit"])
            template = (
                {
                    "flow": "SUMIF({all},{c}$3,{cells})",
                    "stock": "INDEX({cells},{c}$3*Periods_per_year+1)",
                    "rate": "AVERAGEIF({all},{c}$3,{cells})",
                }[line.kind]
                .replace("{all}", all_years)
                .replace("{cells}", cells)
            )
            values = ["" if v is None else v for v in run.annual(line.text.name)]
            largest = max([largest, *(abs(v) for v in values if isinstance(v, float))])
            sheet.formula_row(row, 3, template, f[line], values)
            row += 1
    sheet.set_column(3, 3 + years, max(9, len(f"{largest:,.0f}") + 2))  # no narrower: it prints
