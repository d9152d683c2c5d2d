"""The sheets of a workbook that are read: rows with a key of the portfolio, and files as text."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from eicfinance.portfolio.problems import BadInput, Place, Problem, steps_of
from eicfinance.portfolio.source import Source, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eicfinance.portfolio.problems import Steps
    from eicfinance.portfolio.xlsx import Grid

INPUTS, TEXT, SEASONS = "Inputs", "Portfolio", "Seasons"
KEY, NAME, SOURCE = "Key in the portfolio", "Name of the cell", "Source"
LIVE, BASE, LOW, HIGH, OWN, VALUE = "In use", "Base", "Low", "High", "Yours", "Value"
SELECTOR = "Scenario in use"  # the label left of the cell; its text is the heading of a column
CHECKSUM = "Checksum of the text (SHA-256)"
RATE_MOST = 0.9999
TOP = 30  # rows in which headings are looked for


def capped(unit: str, most: float | None) -> float | None:
    """The most that a cell takes: 1 and more for a rate a year is read as a slip for per cent."""
    return RATE_MOST if unit == "1/year" and most is not None and most >= 1 else most


def checksum(texts: Mapping[str, str]) -> str:
    """Of the files that a workbook carries, by name."""
    return sha256("".join(f"{name}\n{text}\n" for name, text in texts.items()).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet with a key: the values under each heading, and the headings' columns."""

    sheet: str
    number: int
    steps: Steps
    cells: dict[str, Any]
    columns: dict[str, int]

    def at(self, heading: str) -> str:
        return cell_name(self.sheet, self.number, self.columns.get(heading, 0))


def rows_of(sheet: str, grid: Grid) -> tuple[list[Row], dict[str, int]]:
    """The rows with a key, and the columns of the headings; neither where there are none."""
    top = next((k for k, row in enumerate(grid[:TOP]) if KEY in row), None)
    if top is None:
        return [], {}
    columns = {str(text): k for k, text in enumerate(grid[top]) if text is not None}
    rows = []
    for number, values in enumerate(grid[top + 1 :], start=top + 2):
        key = values[columns[KEY]] if columns[KEY] < len(values) else None
        if key is not None:
            cells = {name: _blank(values[k]) for name, k in columns.items() if k < len(values)}
            if VALUE in columns and sheet == SEASONS:
                cells[VALUE] = values[columns[VALUE] :]
            rows.append(Row(sheet, number, steps_of(str(key).strip()), cells, columns))
    return rows, columns


def carried(file: str, grid: Grid, digest: str) -> tuple[dict[str, str], Source]:
    """The texts of sheet Portfolio, and what the first of them, the portfolio, says."""
    said = next((row[2] for row in grid[:TOP] if row and row[0] == CHECKSUM), "")
    lines: dict[str, list[str]] = {}
    rows: list[int] = []  # of the first file's lines
    for number, (name, line, text, *_) in _text_rows(grid):
        found = lines.setdefault(str(name), [])
        if line == len(found):  # more of the same line
            found[-1] += text
            continue
        found.append(text)
        if len(lines) == 1:
            rows.append(number)
    texts = {name: "\n".join(found) for name, found in lines.items()}
    if not texts or checksum(texts) != said:
        text = ("the text of this sheet was changed since the program wrote it; change figures in "
                "the blue cells of Inputs; to change more, save the text as portfolio.yaml and "
                "appraise that")  # fmt: skip
        raise BadInput([Problem(Place(file, 1, 1, cell_name(TEXT, 1, 0)), CHECKSUM, text)])
    whole = source_of(next(iter(texts.values())), file, digest)

    def moved(places: Mapping[Steps, Place]) -> dict[Steps, Place]:
        return {
            steps: Place(file, rows[p.line - 1], p.column, cell_name(TEXT, rows[p.line - 1], 2))
            for steps, p in places.items()
        }

    return texts, Source(whole.data, moved(whole.places), moved(whole.key_places), digest,
                         whole.text)  # fmt: skip


def _text_rows(grid: Grid) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of sheet Portfolio that hold text: file, line, text."""
    for number, row in enumerate(grid, start=1):
        if len(row) >= 3 and isinstance(row[1], int | float) and row[0] is not None:
            yield number, (row[0], int(row[1]), "" if row[2] is None else str(row[2]))


def cell_name(sheet: str, row: int, column: int) -> str:
    letters, k = "", column + 1
    while k:
        k, rest = divmod(k - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{sheet}!{letters}{row}"


def _blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value
