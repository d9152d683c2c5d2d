"""An empty workbook to fill in for a technology, written from the declarations alone: a row a key,
with unit, limits, usual range and what is assumed if the cell stays empty; drop-downs for choices.
`eicfinance.portfolio.changed` reads it as it reads portfolio.yaml."""

from __future__ import annotations

from datetime import UTC, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any

from eicfinance.model.book import Book
from eicfinance.portfolio.book_rows import HIGH, KEY, LOW, SEASONS, SOURCE, VALUE, capped
from eicfinance.portfolio.declare import applies
from eicfinance.portfolio.economy import BORROWER, DISCOUNTS, ECONOMY, ESCALATION, POLICY
from eicfinance.portfolio.figures import LARGEST
from eicfinance.portfolio.problems import number_text
from eicfinance.portfolio.starter import takes_of
from eicfinance.reports.formats import Formats
from eicfinance.reports.sheets import as_high_as, set_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from eicfinance.portfolio.declare import Choice, Figure, Season
    from eicfinance.portfolio.entries import Declarations

HEADS = ("Input", "Unit", VALUE, LOW, HIGH, SOURCE, "If left empty", "Usual range", "Allowed",
         "Where these figures come from", KEY)  # fmt: skip
WIDTHS = (54, 14, 20, 11, 11, 34, 26, 22, 34, 44, 44)
MUST = "must be given"
ABOUT = (
    ("What this is", "An empty workbook for the appraisal of one project and its loan. Fill in the "
     "blue cells of sheet Inputs, then: eicfinance check NAME.xlsx, and eicfinance appraise "
     "NAME.xlsx, which writes memo and workbook."),
    ("What must be given", "The cells on a darker ground. Every other cell may stay empty: the "
     "column If left empty says what is assumed."),
    ("How to write", "A number in the unit beside it; 6.5% for a rate; a choice from the list that "
     "the cell offers. Low and High are the range that the figure may have, Source is where you "
     "have it from; without a source it is called an assumption."),
    ("More", "A row may be added at the end for any other key that eicfinance list shows, such as "
     "projects[1].finance.grants[1].amount, with the key in the last column. A second project is "
     "projects[2], a second site sites[2]."),
    ("If something is wrong", "The program names sheet and cell, what is wrong, and what is "
     "allowed. It changes nothing in this workbook."),
)  # fmt: skip


def write_input_book(
    name: str, chosen: Mapping[str, str], declared: Declarations, today: date, path: Path
) -> None:
    """Writes the workbook. chosen: options other than the default."""
    whole = BytesIO()
    book = Book(whole, datetime.combine(today, time(), UTC).replace(tzinfo=None))
    technology = declared.technologies[name]
    made = _InputBook(book, f"Input for: {technology.title}")
    made.about()
    made.inputs(name, chosen, declared, today)
    made.seasons(name, declared)
    book.close()
    path.write_bytes(whole.getvalue())


class _InputBook:
    def __init__(self, book: Book, title: str) -> None:
        self.book, self.title, self.row = book, title, 0
        self.f = Formats(book, "THB")
        self.must = self.f.get(font_color="#0000FF", bg_color="#F5D9A8")
        self.sheet: Any = None
        self.sites: list[tuple[str, str]] = []  # key of the seasons, type

    def about(self) -> None:
        f, sheet = self.f, self.book.add_sheet("About")
        set_up(sheet, self.title, 1)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, self.title, f.get(bold=True, font_size=14))
        for row, (title, text) in enumerate(ABOUT, start=2):
            sheet.write_string(row, 0, title, f.get(bold=True, valign="top"))
            sheet.write_string(row, 1, text, f["text"])
            sheet.set_row(row, 12.5 * (1 + len(text) // 105))
        for row, name in enumerate(("Inputs", SEASONS), start=len(ABOUT) + 3):
            sheet.write_url(row, 0, f"internal:'{name}'!A1", f["link"], name)

    def _begin(self, name: str, heads: Iterable[str], widths: Iterable[int]) -> None:
        self.sheet, self.row = self.book.add_sheet(name), 3
        set_up(self.sheet, self.title, 3, 1)
        self.sheet.write_string(0, 0, name, self.f["title"])
        self.sheet.write_url(0, 1, "internal:'About'!A1", self.f["link"], "About")
        for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
            self.sheet.set_column(column, column, width)
            self.sheet.write_string(2, column, head, self.f["heading"])

    def inputs(
        self, name: str, chosen: Mapping[str, str], declared: Declarations, today: date
    ) -> None:
        self._begin("Inputs", HEADS, WIDTHS)
        technology, finance, loan = declared.technologies[name], declared.finance, declared.loan
        year, month = divmod(today.year * 12 + today.month, 12)  # the next one
        self.heading("Portfolio")
        self.text("title", "Name of the portfolio", f"Starting portfolio: {name}", must=True)
        self.text("description", "What it is about")
        self.heading("Economy")
        self.text("economy.currency", "Currency, three capital letters", "THB", must=True)
        self.text("economy.closing", "Month of period 0, as 2027-01", f"{year}-{month + 1:02d}",
                  must=True)  # fmt: skip
        self.text("economy.appraisal_date", "Day of the appraisal", str(today), must=True)
        self.choices(ECONOMY.choices, "economy", {})
        self.figures(DISCOUNTS.figures, "economy.discount_rates", DISCOUNTS.prefix)
        self.figures(ECONOMY.figures, "economy")
        self.figures(ESCALATION.figures, "economy.escalation", ESCALATION.prefix)
        self.heading("Borrower")
        self.text("borrowers[1].name", "Short name: small letters, digits, _", "owner", must=True)
        self.text("borrowers[1].title", "Full name")
        self.choices(BORROWER.choices, "borrowers[1]", {})
        self.figures(BORROWER.figures, "borrowers[1]")
        choices = {c.name: chosen.get(c.name, c.default) for c in technology.choices}
        takes = takes_of(technology, choices, declared.sites)
        needed = {take.site: take.kind for take in takes if take.sure}
        for k, (site, kind) in enumerate(needed.items(), start=1):
            at = f"sites[{k}]"
            self.sites.append((at, kind))
            self.heading(f"Site: {declared.sites[kind].title}")
            self.text(f"{at}.name", "Short name", site, must=True)
            self.text(f"{at}.title", "Full name")
            self.text(f"{at}.type", "Type of site", kind, must=True)
            self.count(f"{at}.count")
            self.choices(declared.sites[kind].choices, f"{at}.choices", {})
            self.figures(declared.sites[kind].figures, f"{at}.inputs")
        self.heading(f"Project: {technology.title}")
        self.text("projects[1].name", "Short name", name, must=True)
        self.text("projects[1].title", "Full name")
        self.text("projects[1].borrower", "Short name of its borrower", "owner", must=True)
        self.text("projects[1].technology", "Technology", name, must=True)
        self.count("projects[1].count")
        self.choices(technology.choices, "projects[1].choices", chosen)
        for take in takes:
            offer = f"{take.site}.{take.offer}"
            self.text(f"projects[1].takes.{take.pool.name}", f"Takes: {take.pool.label}",
                      offer if take.sure else "", note=f"nothing; for example {offer}")  # fmt: skip
        self.figures(technology.figures, "projects[1].inputs", chosen=choices)
        self.heading("Finance")
        self.choices(finance.choices, "projects[1].finance", {})
        self.figures(finance.figures, "projects[1].finance")
        self.heading("Loan (all empty: no loan)")
        self.choices(loan.choices, "projects[1].finance.loan", {})
        self.figures(loan.figures, "projects[1].finance.loan", must="for a loan")
        self.heading("Credit policy")
        self.figures(POLICY.figures, "credit_policy")

    def heading(self, title: str) -> None:
        self.row += 1
        self.sheet.write_string(self.row, 0, title, self.f["heading"])
        self.row += 1

    def _line(self, label: str, key: str, note: str, style: Any, value: Any = None) -> None:
        """The cells that every row has; the value's stays empty where there is none."""
        self.sheet.write_string(self.row, 0, label, self.f.get(text_wrap=True))
        if value is None or value == "":
            self.sheet.write_blank(self.row, 2, None, style)
        else:
            write = self.sheet.write_string if isinstance(value, str) else self.sheet.write_number
            write(self.row, 2, value, style)
        self.sheet.write_string(self.row, 6, note, self.f["unit"])
        self.sheet.write_string(self.row, len(HEADS) - 1, key, self.f["unit"])

    def text(
        self, key: str, label: str, value: str = "", must: bool = False, note: str = ""
    ) -> None:
        style = self.must if must else self.f.get(**self.f.blue)
        self._line(label, key, MUST if must else note, style, value)
        self.row += 1

    def count(self, key: str) -> None:
        self._line("Number of equal ones; figures are those of one", key, "1", self.f["input"])
        self.sheet.data_validation(self.row, 2, self.row, 2, {
            "validate": "integer", "criteria": "between", "minimum": 1, "maximum": 1_000_000,
        })  # fmt: skip
        self.row += 1

    def choices(self, choices: Iterable[Choice], at: str, chosen: Mapping[str, str]) -> None:
        for c in choices:
            style = self.f.get(**self.f.blue)
            value = chosen.get(c.name, "")
            self._line(c.label, f"{at}.{c.name}", c.default, style, value)
            self.sheet.write_string(self.row, 8, ", ".join(c.options), self.f.get(text_wrap=True))
            as_high_as(self.sheet, self.row, (c.label, WIDTHS[0]),
                       (", ".join(c.options), WIDTHS[8]))  # fmt: skip
            self.sheet.data_validation(self.row, 2, self.row, 2, {
                "validate": "list", "source": list(c.options), "error_title": "A choice, please",
                "error_message": "Choose from the list, or leave the cell empty.",
            })  # fmt: skip
            self.row += 1

    def figures(
        self, figures: Iterable[Figure], at: str, prefix: str = "", must: str = "always",
        chosen: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Rows of figures. chosen: options, under which some must be given and others do not
        count."""
        for f in figures:
            only = (
                "" if f.when is None else f"; only where {f.when[0]} is {' or '.join(f.when[1:])}"
            )
            needed = f.default is None and not f.optional
            note = MUST if needed and must == "always" else f"{MUST} {must}" if needed else ""
            if f.default is not None:
                note = _said(f, f.default)
            dark = needed and must == "always" and applies(f.when, dict(chosen or {}))
            form = "0.00####%" if f.unit == "1/year" else "#,##0.00######"
            style = self.f.get(font_color="#0000FF", num_format=form,
                               bg_color="#F5D9A8" if dark else "#FFF9E5")  # fmt: skip
            self._line(f.label, f"{at}.{f.name.removeprefix(prefix)}", (note or "nothing") + only,
                       style)  # fmt: skip
            self.sheet.write_string(self.row, 1, f.unit, self.f["unit"])
            for column in (3, 4, 5):
                blue = self.f.get(font_color="#0000FF", bg_color="#FFF9E5",
                                  num_format=form if column < 5 else "General")  # fmt: skip
                self.sheet.write_blank(self.row, column, None, blue)
            if f.low is not None and f.high is not None:
                text = f"{_said(f, f.low, False)} to {_said(f, f.high, False)}"
                self.sheet.write_string(self.row, 7, text, self.f["unit"])
            self._limits(f)
            self.sheet.write_string(self.row, 9, f.source, self.f.get(text_wrap=True))
            as_high_as(self.sheet, self.row, (f.label, WIDTHS[0]), (f.source, WIDTHS[9]))
            self.row += 1

    def _limits(self, f: Figure) -> None:
        most = capped(f.unit, f.most)
        ends = (("at least", f.least), ("at most", most))
        said = " and ".join(f"{word} {_said(f, x, False)}" for word, x in ends if x is not None)
        self.sheet.write_string(self.row, 8, said, self.f["unit"])
        self.sheet.data_validation(self.row, 2, self.row, 4, {
            "validate": "decimal", "criteria": "between",
            "minimum": -LARGEST if f.least is None else f.least,
            "maximum": LARGEST if most is None else most,
            "error_title": "A number, please",
            "error_message": f"{f.label[:120]} ({f.unit}): a number{' ' * bool(said)}{said}."[:250],
        })  # fmt: skip

    def seasons(self, name: str, declared: Declarations) -> None:
        """Weights of twelve months; an empty row takes the default."""
        found: list[tuple[str, Season]] = []
        for at, kind in self.sites:
            found += [(f"{at}.seasons.{s.name}", s) for s in declared.sites[kind].seasons]
        own = declared.technologies[name].seasons
        found += [(f"projects[1].seasons.{s.name}", s) for s in own]
        heads = ("Series", "Unit", SOURCE, KEY, VALUE, *"FMAMJJASOND")
        self._begin(SEASONS, heads, (50, 8, 44, 34, *(9 for _ in range(12))))
        text = "Twelve weights, January to December, in any unit; an empty row takes its default."
        self.sheet.write_string(1, 0, text, self.f["unit"])
        for key, season in found:
            self.sheet.write_string(self.row, 0, season.label, self.f["label"])
            self.sheet.write_string(self.row, 2, season.source, self.f.get(text_wrap=True))
            self.sheet.write_string(self.row, 3, key, self.f["unit"])
            for k in range(12):
                self.sheet.write_blank(self.row, 4 + k, None, self.f["input"])
            self.sheet.data_validation(self.row, 4, self.row, 15, {
                "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": LARGEST,
            })  # fmt: skip
            self.row += 1


def _said(figure: Figure, value: float, unit: bool = True) -> str:
    """A number with its unit, as people say it."""
    if figure.unit == "1/year":
        return f"{number_text(100 * value)}%"
    return number_text(value) + (f" {figure.unit}" if unit and figure.unit != "1" else "")
