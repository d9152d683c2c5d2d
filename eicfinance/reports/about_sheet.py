"""Sheet About: the workbook explained to somebody who has never seen it; and sheet Change log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.model.label import Label
from eicfinance.reports.language import date, label
from eicfinance.reports.sheets import as_high_as

if TYPE_CHECKING:
    from eicfinance.reports.sheets import Writer

WIDE = 110  # of the column of text, in characters
Topics = tuple[tuple[str, str], ...]
ABOUT: Topics = (
    ("What this is",
     "The appraisal of the projects named above and of their loans: what they cost, earn and repay "
     "month by month. Every figure is a live formula."),
    ("How to read it",
     "Begin with sheet Results: the figures that matter, the credit policy, the charts. From there "
     "each figure leads to the sheet of its project, where one row is one line with one formula, "
     "the same in every period. The sheet that ends in _year shows the same by project year."),
    ("Where to change",
     "Sheet Inputs, blue figures: column Base, or column Yours with scenario Yours chosen in cell "
     "C3. C3 also offers Low, High and the portfolio's own scenarios, and drives the whole book. "
     "Blue shares of the year stand on sheet Seasons. What there is (projects, loans, choices) is "
     "changed in the text of sheet Portfolio, saved as portfolio.yaml."),
    ("What recalculates",
     "Everything on the sheets of projects, sites and cluster, the lending comparison, Results, "
     "Checks and the charts, at once, in Excel and in LibreOffice."),
    ("What does not",
     "Grey cells were found by the program. Sheet Sensitivity is its answer to the base case and "
     "says where the base has changed since. The rate from which the search for an IRR starts is "
     "grey too: where the search fails, the cell says: run the program again. So is the size of a "
     "loan that cash decides: a check fails once other inputs change it."),
    ("Run it again",
     "Save this workbook under any name, then: eicfinance appraise NAME.xlsx. The program reads "
     "the blue cells and writes memo and workbook of the changed case. It never overwrites "
     "this file."),
    ("Signs",
     "Amounts are positive as the row names them; net flows are signed from the party named: what "
     "it receives is positive, what it pays negative."),
    ("Time and prices",
     "Period 0 is the closing date; flows fall at the period's end; amounts are nominal. IRR and "
     "discount rates are effective rates a year."),
    ("Checks",
     "Cell C1 of every sheet says whether all checks hold; sheet Checks lists them."),
    ("Printing",
     "Every sheet prints on A4 landscape, one page wide, with its headings on each page. A "
     "calculation sheet prints its first year by period, the sheet by project year the rest."),
)  # fmt: skip
COLOURS = (
    ("input", 4.2, "an input: change it"), ("rate", 0.065, "a rate a year: write 6.5% or 0.065"),
    ("timeline", 12, "a formula, or a figure of nature: leave it"),
    ("sum", 1234.5, "found by the program: stays as it is until it runs again"),
)  # fmt: skip
SHEETS = {
    "Inputs": "every assumption with unit, range, source; the scenarios",
    "Seasons": "what varies over the year", "Results": "the figures that matter; charts",
    "Loans and parties": "who borrows, on what terms, and how well it is covered",
    "Green": "emissions with and without the project; what a tonne costs",
    "Sensitivity": "each input at its low and high; switching values",
    "Risk": "what the simulation says: chances, losses, what moves them",
    "Checks": "what must hold", "Portfolio": "the text that this workbook was made from",
    "Change log": "who changed what: please write it down there",
    "cluster": "all projects together",
}  # fmt: skip


def about(w: Writer, sheet: Any, topics: Topics) -> None:
    f, portfolio = w.formats, w.shown.case.portfolio
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, WIDE)
    sheet.set_column(2, 2, 34)
    sheet.write_string(0, 0, portfolio.title, f.get(bold=True, font_size=14))
    wrapped, head = f["text"], f.get(bold=True, valign="top")
    row = 2
    if portfolio.description:
        row = _paragraph(sheet, row, "", portfolio.description, head, wrapped)
    for title, text in topics:
        row = _paragraph(sheet, row, title, text, head, wrapped)
    row = w.heading(sheet, row + 1, "Colours")
    for name, value, text in COLOURS:
        sheet.write_number(row, 0, value, f[name])
        sheet.write_string(row, 1, text, f["beside"])
        row += 1
    row = w.heading(sheet, row + 1, "Stamp")
    for key, said in w.shown.stamp.items():
        sheet.write_string(row, 0, key.replace("_", " ").capitalize(), f["label"])
        sheet.write_string(row, 1, date(said), f["label"])
        row += 1
    row = w.heading(sheet, row + 1, "Sheets (click to go there; About at the top leads back)")
    owner = {layout.sheet: name for name, layout in w.layouts.items()}
    titles = {m.name: w.title(m) for m in w.shown.case.models}
    for name in list(w.sheets)[1:]:
        base = name.removesuffix("_year")
        text = SHEETS.get(name) or titles.get(owner.get(base, ""), "")
        if name != base and base in owner:
            text = Label("{title}, by project year", text)
        if name not in owner and name.endswith("_lending"):
            text = "lending schemes compared"
        sheet.write_url(row, 0, f"internal:'{name}'!A1", f["link"], name)
        sheet.write_string(row, 1, text, f["label"])
        row += 1


def _paragraph(sheet: Any, row: int, title: str, text: str, head: Any, wrapped: Any) -> int:
    """A title and its text, as high as the text needs; the row below."""
    sheet.write_string(row, 0, title, head)
    sheet.write_string(row, 1, text, wrapped)
    as_high_as(sheet, row, (label(text), WIDE))
    return row + 1


def change_log(w: Writer) -> None:
    f, sheet = w.formats, w.add("Change log")
    sheet.write_string(0, 0, "Change log", f["title"])
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 2, 50)
    for column, title in enumerate(("Date", "Change", "By")):
        sheet.write_string(2, column, title, f["heading"])
    sheet.write_string(3, 0, date(w.shown.stamp["appraisal_date"]), f["label"])
    sheet.write_string(3, 1, "Written by the program from the portfolio", f["text"])
    sheet.write_string(3, 2, w.shown.stamp["program"], f["label"])
