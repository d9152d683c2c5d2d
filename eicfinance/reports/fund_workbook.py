"""The workbook of a revolving fund: change a blue cell and see it die or live."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from eicfinance.model.book import shown_value
from eicfinance.model.label import Label
from eicfinance.reports.formats import KINDS
from eicfinance.reports.fund_view import HEADLINES
from eicfinance.reports.language import date
from eicfinance.reports.language import label as translated
from eicfinance.reports.workbook import book

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.reports.fund_view import FundView
    from eicfinance.reports.sheets import Writer

ABOUT = (
    ("What this is", "A revolving fund followed period by period: how long it lasts, whom it "
     "reaches. Every figure is a live formula."),
    ("How to read it",
     "Sheet Results says whether the fund survives. Sheet fund holds the calculation by period, "
     "one formula a row, the same in every period; fund_year shows it by year."),
    ("Where to change",
     "Sheet Inputs, blue figures, each with unit, plausible range and source: column Base, or "
     "column Yours with scenario Yours chosen in cell C3. Sheet Seasons holds the bad years (1 in "
     "each of their periods)."),
    ("What does not recalculate",
     "Grey cells were found by the program by trying (the rate that holds the real value, the "
     "capital needed, the random paths): they stay as they are until it is run again. What years "
     "are bad is changed in the text of sheet Portfolio, saved as fund.yaml."),
    ("Run it again",
     "Save this workbook under any name, then: eicfinance fund NAME.xlsx. The program reads the "
     "blue cells and writes page and workbook of the changed fund. It never overwrites this "
     "file."),
    ("Signs and time",
     "Amounts are positive as the row names them. Period 0 is the start; flows fall at the "
     "period's end; amounts are nominal. New loans are whole and made only from cash in hand."),
    ("Printing",
     "Every sheet prints on A4 landscape, one page wide; the calculation sheet prints its first "
     "year by period, the sheet by year the rest."),
)  # fmt: skip
LIVES, DIES = "survives", "exhausted"
CURVES = (("cash", "#666666", "solid"), ("gross_loans", "#1F4E79", "dash"),
          ("real_value", "#8C1D18", "round_dot"))  # fmt: skip


def write_fund_workbook(shown: FundView, path: Path) -> None:
    """Writes the workbook of a fund; the same fund gives the same bytes."""
    path.write_bytes(book(shown, [shown.case.model], [], partial(_results, shown), ABOUT))


def _results(shown: FundView, w: Writer) -> None:
    f, sheet = w.formats, w.add("Results")
    layout = w.layouts["fund"]
    sheet.write_string(0, 0, "Results", f["title"])
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2, 24)
    sheet.write_string(2, 0, "The fund", f["check"])
    lives = f"'{layout.sheet}'!$C${layout.rows['survives']}"
    said = LIVES if shown.run.value("survives") else DIES
    style = f.get(bold=True, align="right", bottom=1)
    sheet.write_formula(
        2, 2, f'=IF({lives}>0,"{translated(LIVES)}","{translated(DIES)}")', style, said
    )
    row = 3
    for name, label, kind in HEADLINES:
        result = shown.case.model.results[name]
        cell, value = f"'{layout.sheet}'!$C${layout.rows[name]}", shown_value(shown.run, result)
        unit = "month" if kind == "when" else result.text.unit
        if kind == "when":
            dates = f"'{layout.sheet}'!$F$3:${layout.last_column}$3"
            cell = f'IF(ISNUMBER({cell}),INDEX({dates},{cell}+1),"")'
            value = date(shown.dates[int(value)]) if isinstance(value, float) else ""
        sheet.write_string(row, 0, label, f["label"])
        sheet.write_string(row, 1, unit, f["unit"])
        number = f.get(num_format=KINDS.get(kind, "#,##0"), align="right")
        sheet.write_formula(row, 2, f"={cell}", number, value)
        row += 1
    row = _found(shown, w, sheet, row + 1)
    _chart(w, sheet, row + 1)


def _found(shown: FundView, w: Writer, sheet: Any, row: int) -> int:
    """What the program found by trying, as static cells."""
    case = shown.case
    row = w.heading(sheet, row, "Found by the program; run it again after a change")
    found: list[tuple[str, str, float | None, str]] = [
        ("Least rate to members that holds the real value", "1/year", case.rate.value, "0.00%"),
        ("Its APR to a borrower", "1/year", case.rate_apr, "0.00%"),
        ("Least grant that reaches the target", shown.currency, case.capital.value, "#,##0"),
    ]
    if case.survival is not None:
        s = case.survival
        found += [
            ("Random paths", "1", s.paths, "#,##0"),
            ("Share of them on which the fund survives", "1", s.probability, "0.0%"),
            ("Share of them on which it holds its real value", "1", s.value_held, "0.0%"),
        ]
    for label, unit, value, form in found:
        sheet.write_string(row, 0, label, w.formats["label"])
        sheet.write_string(row, 1, unit, w.formats["unit"])
        style = w.formats.get(num_format=form, bg_color="#E8E8E8", align="right")
        if value is None:
            sheet.write_string(row, 2, "none", style)
        else:
            sheet.write_number(row, 2, value, style)
        row += 1
    for reason in filter(None, (case.rate.reason, case.capital.reason)):
        sheet.write_string(row, 0, Label("None: {reason}", reason), w.formats["unit"])
        row += 1
    return row


def _chart(w: Writer, sheet: Any, row: int) -> None:
    """Cash, loans outstanding and real value by period."""
    layout, run = w.layouts["fund"], w.runs["fund"]
    last = 5 + run.model.periods
    chart = w.book.add_chart({"type": "line"})
    for name, colour, dash in CURVES:
        at = layout.rows[name] - 1
        chart.add_series({
            "name": run.model.lines[name].text.label,
            "categories": [layout.sheet, 2, 5, 2, last],
            "values": [layout.sheet, at, 5, at, last],
            "line": {"color": colour, "width": 1.5, "dash_type": dash},
        })  # fmt: skip
    chart.set_title({"name": "The fund by period", "name_font": {"size": 10}})
    chart.set_x_axis({"interval_unit": run.model.periods_per_year, "label_position": "low"})
    chart.set_y_axis({"name": w.shown.currency, "num_format": "#,##0"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 300})
    sheet.set_h_pagebreaks([row])  # the chart in one piece
    sheet.insert_chart(row, 0, chart, {"description": "Cash, loans outstanding and real value"})
