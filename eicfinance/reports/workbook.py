"""The workbook of a case: every model as a sheet of live formulas, and what leads to them.

Sheets: About, Inputs, Seasons, one calculation sheet a project and one by project years beside it,
the cluster, the sites, Results, Sensitivity, Risk, Checks, Change log. The rules are those of the
FAST Standard and the ICAEW Financial Modelling Code.
"""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from eicfinance.appraisal.calendar import period_ends
from eicfinance.model.book import Book, write_model
from eicfinance.model.expr import DUST, EPS
from eicfinance.model.model import Input, Line, Model
from eicfinance.model.sheet import FIRST, Layout, defined_name, names
from eicfinance.reports import risk_sheet, sensitivity_sheet
from eicfinance.reports.formats import Formats
from eicfinance.reports.lending import sheet as lending_sheet
from eicfinance.reports.results import checks, results
from eicfinance.reports.sheets import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from eicfinance.reports.sheets import Shown
    from eicfinance.reports.view import View

INPUT_COLUMNS = (
    "Input",
    "Unit",
    "Value",
    "Low",
    "High",
    "Distribution",
    "Source",
    "Name of the cell",
)
ABOUT = (
    "Blue figures on a pale ground are inputs: change them and everything follows. All other "
    "figures are formulas; one row has one formula, the same in every period.",
    "Sheet Inputs holds every assumption with unit, plausible range and source. One sheet a "
    "project holds its calculation by period; the one that ends in _year shows it by project year.",
    "Amounts are positive as the row names them; net flows are signed from the party named. Period "
    "0 is the closing date; flows fall at the period's end; amounts are nominal.",
    "Rates marked as found by the program are static. After a change of inputs Excel starts from "
    "them; where the NPV at what it finds is not nil, the cell says: run the program again. Grey "
    "inputs (the size of a loan that cash decides) were found by the program too: the check that "
    "they still solve fails once other inputs change them.",
    "Sheet Sensitivity is static: computed by the program on the base case. It says where the base "
    "has changed since. So is sheet Risk: what the simulation says at the base case.",
    "Printing: every sheet is set to A4 landscape, one page wide; a calculation sheet prints its "
    "first year by period, the sheet by project year the rest.",
)
NUMBER_ONLY = {
    "validate": "decimal",
    "criteria": "between",
    "minimum": -1e15,
    "maximum": 1e15,
    "error_title": "A number, please",
    "error_message": "This cell takes a number: 0.065 or 6.5% for a rate, 1200000 for an amount.",
}
YEARS = (
    "By project year. Year 0 is the closing date. Flows are summed; balances and ratios are those "
    "of the year's end; prices, shares and flags are means."
)


def write_workbook(shown: View, path: Path) -> None:
    """Writes the workbook of a case; the same case gives the same bytes."""
    case = shown.case
    assert case.cluster is not None
    offers = [m for c in case.comparisons.values() for o in c.offers for m in o.models]
    by_year = [*(p.case.model for p in shown.projects), case.cluster]
    write_book(shown, path, by_year, [*case.sites.values(), *offers], _figures)


def _figures(w: Writer) -> None:
    results(w)
    for project, comparison in w.shown.case.comparisons.items():
        lending_sheet(w, project, comparison)
    sensitivity_sheet.sheet(w)
    risk_sheet.sheet(w)


def write_book(
    shown: Shown,
    path: Path,
    by_year: Sequence[Model],
    others: Sequence[Model],
    figures: Callable[[Writer], None],
    about_it: Sequence[str] = ABOUT,
) -> None:
    """Writes the workbook of anything that has models. by_year: those with a sheet of project years
    too, in order; others follow. figures: writes the sheets of the figures that matter."""
    day = datetime.fromisoformat(shown.stamp["appraisal_date"])
    whole = BytesIO()  # written in one go, so that an error of the disk is an OSError of ours
    book = Book(whole, day)
    w = Writer(shown, book, Formats(book, shown.currency))
    case = shown.case
    order = [*by_year, *others]
    names = sheet_names([m.name for m in order])
    clock = (order[0].periods_per_year, order[0].season_start)
    for model in case.models:  # in the order of calculation: a given line needs its giver's layout
        layout = Layout.of(w.runs[model.name], names[model.name], dict(w.layouts))
        layout.own_clock = (model.periods_per_year, model.season_start) != clock
        w.layouts[model.name] = layout
    about = w.add("About")
    _inputs(w, w.add("Inputs"))
    _seasons(w, w.add("Seasons"))
    for model in order:
        _calculation(w, model)
        if model in by_year:
            _annual(w, model)
    figures(w)
    checks(w)
    _change_log(w)
    _about(w, about, about_it)
    book.close()
    path.write_bytes(whole.getvalue())


def sheet_names(names: list[str]) -> dict[str, str]:
    """Sheet names of at most 26 characters (31 with _year), unique without regard to case."""
    made: dict[str, str] = {}
    taken = {"about", "inputs", "seasons", "results", "sensitivity", "risk", "checks", "change log"}
    for name in names:
        base = re.sub(r"[^a-z0-9_]", "_", name)[:26]
        found, k = base, 2
        while taken & {found, f"{found}_year"}:
            found, k = f"{base[:23]}_{k}", k + 1
        made[name] = found
        taken |= {found, f"{found}_year"}
    return made


# -- inputs -------------------------------------------------------------------------------------


def _inputs(w: Writer, sheet: Any) -> None:
    f = w.formats
    sheet.write_string(0, 0, "Inputs", f["title"])
    for column, (title, width) in enumerate(
        zip(INPUT_COLUMNS, (60, 16, 16, 12, 12, 12, 60, 34), strict=True)
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, title, f["heading"])
    first = w.shown.case.models[0]
    row = w.heading(sheet, 2, "The workbook itself")
    for name, value, note in (
        ("Periods_per_year", first.periods_per_year, "structure: change it in the portfolio"),
        ("Season_start", first.season_start, "place of period 0 in the calendar year"),
        ("Eps", EPS, "tolerance on plain numbers"),
        ("Dust", DUST, "tolerance on quantities with a unit"),
    ):
        sheet.write_string(row, 0, name.replace("_", " "), f["label"])
        sheet.write_number(row, 2, value, f["static"] if value < 1 else f["timeline"])
        sheet.write_string(row, 6, note, f["text"])
        w.book.define_name(name, f"=Inputs!$C${row + 1}")
        row += 1
    _input_rows(w, sheet, row)


def _input_rows(w: Writer, sheet: Any, row: int) -> None:
    """Shared inputs once, then those of each model; only what some formula uses."""
    models = w.shown.case.models
    used = {defined_name(m, m.inputs[name]) for m in models for name in m.used()}
    cells = [found for name, found in names(models).items() if name in used]
    groups = [("Shared by all", [found for found in cells if found[1].shared])]
    groups += [
        (w.title(m), [(m, item) for owner, item in cells if owner is m and not item.shared])
        for m in models
    ]
    for title, items in groups:
        if not items:
            continue
        row = w.heading(sheet, row + 1, title)
        for model, item in items:
            _input_row(w, sheet, row, model, item)
            row += 1
    sheet.data_validation(2, 2, row, 2, NUMBER_ONLY)


def _input_row(w: Writer, sheet: Any, row: int, model: Model, item: Input) -> None:
    f, text, name = w.formats, item.text, defined_name(model, item)
    sheet.write_string(row, 0, text.label, f["label"])
    sheet.write_string(row, 1, text.unit, f["unit"])
    value = w.runs[model.name].value(text.name)
    assert value is not None
    sheet.write_number(row, 2, value, _style(f, item))
    for column, end in ((3, item.low), (4, item.high)):
        if end is not None:
            rate = text.unit == "1/year"
            sheet.write_number(
                row, column, end, f.get(num_format="0.00####%" if rate else "#,##0.00######")
            )
    sheet.write_string(row, 5, item.distribution or "", f["unit"])
    sheet.write_string(row, 6, text.source, f["text"])
    sheet.write_string(row, 7, name, f["unit"])
    w.book.define_name(name, f"=Inputs!$C${row + 1}")


def _style(f: Formats, item: Input) -> Any:
    """Blue is for what a reader may change; what the program has found is static."""
    if item.equals is not None:
        return f["static"]
    if item.constant:
        return f["constant"]
    return f["rate" if item.text.unit == "1/year" else "input"]


def _seasons(w: Writer, sheet: Any) -> None:
    """Vectors, a row each: seasons (the calendar year's first period first), series by period."""
    f = w.formats
    sheet.write_string(0, 0, "Seasons", f["title"])
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 34)
    for column, title in enumerate(("Series", "Unit", "Source", "Values, from the first on")):
        sheet.write_string(1, column, title, f["heading"])
    row = 2
    for model in w.shown.case.models:
        for name, vector in model.vectors.items():
            sheet.write_string(row, 0, f"{w.title(model)}: {vector.text.label}", f["label"])
            sheet.write_string(row, 1, vector.text.unit, f["unit"])
            sheet.write_string(row, 2, vector.text.source, f["text"])
            for k, value in enumerate(vector.values):
                sheet.write_number(row, 3 + k, value, f["input"])
            last = xl_col_to_name(2 + len(vector.values))
            w.layouts[model.name].vectors[name] = f"Seasons!$D${row + 1}:${last}${row + 1}"
            row += 1


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
    ends = period_ends(w.shown.case.portfolio, model.periods)
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
    sheet.set_column(3, 3 + years, 13)
    for year in range(years + 1):
        sheet.write_number(2, 3 + year, year, f["timeline"])
    columns = [xl_col_to_name(3 + year) for year in range(years + 1)]
    all_years = f"'{layout.sheet}'!$F$5:${layout.last_column}$5"
    row = 3
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
                    "flow": "SUMIF({all},{at},{cells})",
                    "stock": "INDEX({cells},{at}*Periods_per_year+1)",
                    "rate": "AVERAGEIF({all},{at},{cells})",
                }[line.kind]
                .replace("{all}", all_years)
                .replace("{cells}", cells)
            )
            formulas = [template.replace("{at}", f"{column}$3") for column in columns]
            values = ["" if v is None else v for v in run.annual(line.text.name)]
            sheet.formula_row(row, 3, formulas, f[line], values)
            row += 1


# -- about, change log ---------------------------------------------------------------------------


def _change_log(w: Writer) -> None:
    f, sheet = w.formats, w.add("Change log")
    sheet.write_string(0, 0, "Change log", f["title"])
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 2, 50)
    for column, title in enumerate(("Date", "Change", "By")):
        sheet.write_string(1, column, title, f["heading"])
    sheet.write_string(2, 0, w.shown.stamp["appraisal_date"], f["label"])
    sheet.write_string(2, 1, "Written by the program from the portfolio", f["text"])
    sheet.write_string(2, 2, w.shown.stamp["program"], f["label"])


def _about(w: Writer, sheet: Any, texts: Sequence[str]) -> None:
    f = w.formats
    sheet.write_string(0, 0, w.shown.case.portfolio.title, f["title"])
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 80)
    sheet.set_column(2, 2, 34)
    sheet.write_string(2, 1, w.shown.case.portfolio.description, f["text"])
    sheet.set_row(2, 38)
    row = 4
    for text in texts:
        sheet.write_string(row, 1, text, f["text"])
        sheet.set_row(row, 26)
        row += 1
    row += 1
    for key, value in w.shown.stamp.items():
        sheet.write_string(row, 0, key.replace("_", " ").capitalize(), f["label"])
        sheet.write_string(row, 1, value, f["text"])
        row += 1
    row += 1
    sheet.write_string(row, 0, "Sheets", f["heading"])
    for name in w.sheets:
        row += 1
        sheet.write_url(
            row, 0, f"internal:'{name}'!A1", f.get(font_color="#0000FF", underline=1), name
        )
