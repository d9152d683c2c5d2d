"""A workbook being written: its sheets, each with print set-up and the state of all checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from eicfinance.reports.language import label

if TYPE_CHECKING:
    from eicfinance.model.book import Book
    from eicfinance.model.model import Model
    from eicfinance.model.numeric import Run
    from eicfinance.model.sheet import Layout
    from eicfinance.reports.formats import Formats

ABOUT = "About"
ROOM = 1.1  # letters of our size for each that a column is wide, with a wide font
BEYOND = "Life goes on beyond the model: run the program again"
FAIL, HOLD = "checks fail: see sheet Checks", "All checks hold"


def master() -> str:
    """The formula that says on every sheet whether all checks hold."""
    beyond, hold = label(BEYOND), label(HOLD)
    return (f'IF(Checks!$B$3>0,Checks!$B$3&" {label(FAIL)}",'
            f'IF(Checks!$B$2>0,"{beyond}","{hold}"))')  # fmt: skip


class Shown(Protocol):
    """What a workbook shows. case: has a portfolio, models, sites and runs; titles: of models."""

    @property
    def case(self) -> Any: ...
    @property
    def projects(self) -> list[Any]: ...
    @property
    def stamp(self) -> dict[str, str]: ...
    @property
    def failed_checks(self) -> dict[str, dict[str, int]]: ...
    @property
    def currency(self) -> str: ...
    @property
    def titles(self) -> dict[str, str]: ...


@dataclass(eq=False)
class Writer:
    """A workbook being written."""

    shown: Shown
    book: Book
    formats: Formats
    layouts: dict[str, Layout] = field(default_factory=dict)  # by model name
    sheets: dict[str, Any] = field(default_factory=dict)

    @property
    def runs(self) -> dict[str, Run]:
        runs: dict[str, Run] = self.shown.case.runs
        return runs

    def add(self, name: str, rows: tuple[int, int] = (2, 0), columns: int = 0) -> Any:
        """A sheet with print set-up, the master check in its frozen rows."""
        sheet = self.book.add_sheet(name)
        self.sheets[name] = sheet
        set_up(sheet, self.shown.case.portfolio.title, rows[0], columns)
        if name != ABOUT:
            sheet.write_url(0, 1, f"internal:'{ABOUT}'!A1", self.formats["link"], ABOUT)
        state = self._state()
        sheet.write_formula(0, 2, f"={master()}", self.formats["check"], state)
        return sheet

    def _state(self) -> str:
        """What the master check says of the figures as written."""
        count = sum(sum(found.values()) for found in self.shown.failed_checks.values())
        if count:
            return f"{count} {label(FAIL)}"
        beyond = any((p.run.value("life_not_counted") or 0) > 0 for p in self.shown.projects)
        return BEYOND if beyond else HOLD

    def heading(self, sheet: Any, row: int, title: str) -> int:
        """Writes a heading; returns the row below it."""
        sheet.write_string(row, 0, title, self.formats["heading"])
        return row + 1

    def title(self, model: Model) -> str:
        """What a model is called in headings."""
        return self.shown.titles.get(model.name, "Cluster")


def set_up(sheet: Any, title: str, rows: int, columns: int = 0) -> None:
    """Print set-up, the title in the footer; so many rows and columns stay on the screen and come
    again on each page."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.set_footer(f"&L{_plain(title)}&C&A&R&P / &N")
    sheet.freeze_panes(rows, columns)
    sheet.repeat_rows(0, rows - 1)
    if columns:
        sheet.repeat_columns(0, columns - 1)
    sheet.hide_gridlines(2)


def as_high_as(sheet: Any, row: int, *texts: tuple[str, int]) -> None:
    """Makes a row as high as its longest wrapped text needs, each with its column's width: programs
    do not when they print what they have not drawn."""
    lines = max(
        sum(1 + len(part) // max(1, int(ROOM * width)) for part in text.split("\n"))
        for text, width in texts
    )
    if lines > 1:
        sheet.set_row(row, min(400, 12.5 * lines))


def wrapped(f: Formats, text: str, wide: int, **properties: Any) -> Any:
    """A format that wraps a text that is longer than its column is wide, and no other: LibreOffice
    makes rows of wrapped cells too high."""
    long = {"text_wrap": True} if len(text) > ROOM * wide else {}
    return f.get(**properties, **long)


def _plain(text: str) -> str:
    """Text for a header or footer, where & has a meaning."""
    return text.replace("&", "&&")[:200]
