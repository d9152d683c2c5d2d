"""A workbook as a portfolio: its text, and the cells that differ from it.

A workbook of `eicfinance appraise` holds on sheet Portfolio the text that it was made from, and on
sheet Inputs a row a figure, with its key in that text. The text says what there is, the cells how
much: where a cell differs from the text, the cell holds. One of `eicfinance new --excel` has no
text: its cells alone are the portfolio. Both are then read as YAML is, with the same checks; a
problem is told at its cell.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from eicfinance.portfolio.as_yaml import as_yaml
from eicfinance.portfolio.book_rows import (
    BASE,
    HIGH,
    INPUTS,
    KEY,
    LIVE,
    LOW,
    NAME,
    OWN,
    SEASONS,
    SELECTOR,
    SOURCE,
    TEXT,
    TOP,
    VALUE,
    Row,
    carried,
    cell_name,
    rows_of,
)
from eicfinance.portfolio.patch import Patch, place_of
from eicfinance.portfolio.problems import (
    BadInput,
    Place,
    Problem,
    key_text,
    shown,
    unknown,
)
from eicfinance.portfolio.schema import Amount
from eicfinance.portfolio.source import Source
from eicfinance.portfolio.xlsx import OURS, WORKBOOKS, Grid, grids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from eicfinance.portfolio.figures import Value
    from eicfinance.portfolio.problems import Steps

__all__ = ["WORKBOOKS", "Read", "WorkbookReader"]

ReadT = TypeVar("ReadT")
Read = tuple[ReadT, "Mapping[Steps, Value]", "Mapping[Steps, tuple[float, ...]]"]
ROUNDS = 4
SAME = 1e-12  # of a number: cells keep fewer digits than we do
YEAR_WITHIN = 1e-6
MONTHS = 12
COUNT = "count"
AS_YAML = " or {value: 4.2, unit: THB/kWh, source: ...}"
MISSING = re.compile('^the key ".*?" is missing')  # as of a text
HEADINGS = (LIVE, BASE, OWN, SOURCE, NAME)  # that every workbook has which carries a text


@dataclass(eq=False)
class WorkbookReader:
    """source: the portfolio as read so far. texts: of the files that the workbook carries; what
    it has no text of, as YAML. chosen: the heading of the scenario in use."""

    file: str
    source: Source
    texts: dict[str, str]
    rows: list[Row]
    seasons: list[Row]
    scenarios: list[str]
    chosen: str = BASE
    typed: set[int] = field(default_factory=set)  # rows in which a figure stands for the formula
    carried: bool = True  # the text, by the workbook
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sources: dict[Steps, str] = field(default_factory=dict)  # of figures, by the text

    @classmethod
    def of(cls, path: Path) -> WorkbookReader:
        """Raises BadInput for what is no workbook of ours, OSError if it cannot be read."""
        file = str(path)
        sheets, digest = grids(path, (INPUTS, TEXT, SEASONS))
        rows, columns = rows_of(INPUTS, sheets.get(INPUTS, []))
        if not columns:
            raise BadInput([Problem(Place(file, 1, 1), "(file)", f"this is not {OURS}")])
        seasons = rows_of(SEASONS, sheets.get(SEASONS, []))[0]
        wrong = [row for row in (*rows, *seasons) if not row.steps]
        if wrong:
            raise BadInput(
                Problem(place_of(file, row, KEY), shown(str(row.cells[KEY])),
                        "this is no key; write it like projects[1].inputs.life_years")
                for row in wrong
            )  # fmt: skip
        ordered = sorted(columns, key=lambda heading: columns[heading])
        inside = ordered[ordered.index(BASE) + 1 :] if BASE in columns else []
        inside = inside[: inside.index(OWN)] if OWN in inside else []
        named = [heading for heading in inside if heading not in (LOW, HIGH)]
        if TEXT not in sheets:
            made = cls(file, Source({}, {(): Place(file, 1, 1)}, {}, digest), {}, rows, seasons, [],
                       VALUE if VALUE in columns else BASE, carried=False)  # fmt: skip
            made._fill()
            return made
        texts, source = carried(file, sheets[TEXT], digest)
        missing = [heading for heading in HEADINGS if heading not in columns]
        if missing:
            top = next(k for k, row in enumerate(sheets[INPUTS], start=1) if KEY in row)
            place = Place(file, top, 1, cell_name(INPUTS, top, 0))
            text = f'the heading "{missing[0]}" is missing in this row; write it back where it was'
            raise BadInput([Problem(place, missing[0], text)])
        made = cls(file, source, texts, rows, seasons, named)
        made._choose(sheets[INPUTS])
        formulas = grids(path, (INPUTS,), values=False)[0][INPUTS]
        for row in rows:
            values = formulas[row.number - 1]
            if LIVE in columns and not isinstance(values[columns[LIVE]], str):
                made.typed.add(row.number)
        return made

    def _choose(self, grid: Grid) -> None:
        """Which scenario the workbook shows: that one is appraised."""
        known = [BASE, LOW, HIGH, *self.scenarios, OWN]
        for k, row in enumerate(grid[:TOP], start=1):
            if row and row[0] == SELECTOR:
                found = str(row[2]) if len(row) > 2 and row[2] is not None else BASE
                if found not in known:
                    text = unknown(f'found "{shown(found)}"', found, known)
                    place = Place(self.file, k, 3, cell_name(INPUTS, k, 2))
                    raise BadInput([Problem(place, SELECTOR, text)])
                self.chosen = found
        own = [row.at(OWN) for row in self.rows if row.cells.get(OWN) is not None]
        if self.chosen != BASE:
            self.notes.append(f'the workbook stands at scenario "{self.chosen}": that is appraised')
        elif own:
            self.notes.append(f"{len(own)} figures in column {OWN} ({own[0]}, ...) are not used: "
                              f'the workbook stands at scenario "{BASE}"')  # fmt: skip

    def holds(self, key: str) -> bool:
        """Whether the text has that key at its top."""
        return self.carried and self.source.has((key,))

    def read(self, read: Callable[[], Read[ReadT]]) -> ReadT:
        """What the workbook says: read as its text has it, then again with the cells that differ,
        until none does (a default that follows a changed figure may, and the cell holds)."""
        for _ in range(ROUNDS):
            try:
                found, figures, seasons = read()
            except BadInput as error:
                raise BadInput(map(self.placed, (*self.problems, *error.problems))) from None
            if not self.change(figures, seasons):
                break
        if self.problems:
            raise BadInput(self.problems)
        return found

    def change(
        self, figures: Mapping[Steps, Value], seasons: Mapping[Steps, tuple[float, ...]]
    ) -> bool:
        """Puts what cells say in place of what was read; whether anything differed. figures,
        seasons: as they were read, by their places."""
        if not self.carried:
            return False
        patch = Patch(self.file, self.source)
        first: dict[Steps, Row] = {}
        for row in self.rows:
            same = first.setdefault(row.steps, row)  # a scheme's term stands once for each project
            if any(row.cells.get(name) != same.cells.get(name) for name in (BASE, self.chosen)):
                text = (f"this is the same figure of the portfolio as {same.at(BASE)}, which has "
                        "another value; write the same into both cells")  # fmt: skip
                place = place_of(self.file, row, BASE)
                patch.problems.append(Problem(place, key_text(row.steps), text))
                continue
            self._figure(patch, row, figures.get(row.steps))
            self._scenarios(patch, row, figures)
        for row in self.seasons:
            numbers = _weights(row)
            known = seasons.get(row.steps)
            if known is None or len(numbers) != MONTHS or any(
                not _same(a, b) for a, b in zip(numbers, known, strict=True)
            ):  # fmt: skip
                whole = sum(x for x in numbers if isinstance(x, int | float))
                if len(numbers) == MONTHS and abs(whole - 1) > YEAR_WITHIN:
                    text = f"the twelve shares of a year add up to {whole:.6g}, not 1; correct them"
                    patch.problems.append(Problem(place_of(self.file, row, VALUE),
                                                  key_text(row.steps), text))  # fmt: skip
                patch.set(row.steps, numbers, row, VALUE)
        self.problems = patch.problems
        self.source = patch.source()
        return patch.changed

    def _figure(self, patch: Patch, row: Row, known: Value | None) -> None:
        value, at = row.cells.get(BASE), BASE
        if self.chosen != BASE and row.cells.get(self.chosen) is not None:
            value, at = row.cells[self.chosen], self.chosen
        if value is None and known is None and row.steps[-1] != COUNT:
            return  # a price that this project has in some scenario only
        if value is None:
            text = ("the cell is empty, or holds a formula without a stored value; write the "
                    "figure, 0 if it is nil")  # fmt: skip
            patch.problems.append(
                Problem(place_of(self.file, row, BASE), key_text(row.steps), text)
            )
            return
        live = row.cells.get(LIVE)
        if isinstance(live, int | float) and not _same(live, value) and row.number in self.typed:
            text = f"column {LIVE} follows the scenarios: write this figure into column {BASE}"
            place = place_of(self.file, row, LIVE)
            patch.problems.append(Problem(place, key_text(row.steps), text))
        low, high, source = (row.cells.get(name) for name in (LOW, HIGH, SOURCE))
        if known is None:  # no figure: a count, or a key that somebody has added
            if not _same(value, self.source.value(row.steps) or 1):
                patch.set(row.steps, _whole(value), row, at)
                if "grants" in row.steps:  # one that the text has not: it wants a name
                    patch.set((*row.steps[:-1], "name"), "grant", row, at)
            return
        moved = not _same(value, known.number)
        ranges = [(known.low, known.high)]
        if known.figure.low is not None:  # what a changed figure no longer has
            ranges.append((known.figure.low, known.figure.high))
        ranged = {LOW, HIGH} <= row.columns.keys() and not any(
            _same(low, pair[0]) and _same(high, pair[1]) for pair in ranges
        )  # a scenario that cannot be computed has no column
        before = self.sources.setdefault(row.steps, known.source)
        told = " ".join(str(_whole(source)).split()) if source is not None else before
        said = told not in (before, known.source)
        if not (moved or ranged or said):
            return
        written = self.source.value(row.steps)
        block = dict(written) if isinstance(written, dict) else {}
        block.pop("unit", None)
        block["value"] = _amount(value if moved else Amount(known.number, known.unit))
        ends = {LOW.lower(): (low, known.low), HIGH.lower(): (high, known.high)}
        for name, (cell, number) in ends.items():
            if ranged:
                block.pop(name, None)
                block |= {} if cell is None else {name: _end(cell, known)}
            elif name in block and number is not None:
                block[name] = Amount(number, known.unit)
        if said:
            block["source"] = told
        elif moved and told == before:
            block["source"] = f"changed in the workbook; before: {before}"
        patch.set(row.steps, block, row, at)
        for name, heading in (("low", LOW), ("high", HIGH), ("source", SOURCE)):
            if name in block:
                patch.place((*row.steps, name), row, heading)

    def _scenarios(self, patch: Patch, row: Row, figures: Mapping[Steps, Value]) -> None:
        """The columns of the named scenarios: a figure, or nothing where it is that of the base."""
        written = self.source.value(("scenarios",))
        titles = [item.get("name") for item in written] if isinstance(written, list) else []
        place, name = _model_and_input(str(row.cells.get(NAME)), patch.places_of_models())
        for heading in self.scenarios:
            if heading not in titles:
                continue
            at: Steps = ("scenarios", titles.index(heading), "changes", place, name)
            value, known = row.cells.get(heading), figures.get(at)
            if value is None and known is not None:
                patch.remove(at)
            elif value is not None and (known is None or not _same(value, known.number)):
                patch.set(at, _amount(value), row, heading)

    def placed(self, problem: Problem) -> Problem:
        """A problem at the cell of its key, where that has a row but nothing was written there; and
        in words for who writes into cells."""
        if problem.place.cell:
            problem = replace(problem, message=problem.message.replace(AS_YAML, ""))
        for row in self.rows:
            empty = not self.carried and row.cells.get(self.chosen) is None
            if empty and key_text(row.steps) == problem.key:
                said = MISSING.sub("the cell is empty and must be filled in", problem.message)
                said = said.removesuffix("; add a line")
                return Problem(place_of(self.file, row, self.chosen), problem.key, said)
        return problem

    def cells(self) -> dict[str, Place]:
        """Where each figure stands, by key."""
        return {
            key_text(row.steps): place_of(
                self.file, row, self.chosen if row.cells.get(self.chosen) is not None else BASE
            )
            for row in self.rows
        }

    def _fill(self) -> None:
        """The portfolio of a workbook without a text: what its cells say, and that as YAML."""
        patch = Patch(self.file, self.source)
        for row in self.rows:
            value = row.cells.get(self.chosen)
            ends = {name.lower(): row.cells.get(name) for name in (LOW, HIGH, SOURCE)}
            block = {name: _written(x) for name, x in ends.items() if x is not None}
            if value is None:
                if "low" in block or "high" in block:
                    text = "low or high stand there without a value; write it, or take them out"
                    place = place_of(self.file, row, self.chosen)
                    patch.problems.append(Problem(place, key_text(row.steps), text))
                continue
            made = _whole(_written(value)) if row.steps[-1] == COUNT else _written(value)
            if row.steps[-1] == "closing":  # a month, of which Excel has made a day
                made = re.sub(r"^(\d{4}-\d\d)-\d\d$", r"\1", str(made))
            patch.set(row.steps, {"value": made, **block} if block else made, row, self.chosen)
            for name, heading in (("low", LOW), ("high", HIGH), ("source", SOURCE)):
                if name in block:
                    patch.place((*row.steps, name), row, heading)
        for row in self.seasons:
            if numbers := _weights(row):
                patch.set(row.steps, numbers, row, VALUE)
        if patch.problems:
            raise BadInput(patch.problems)
        self.source, self.carried = patch.source(), False
        self.texts = {"portfolio.yaml": as_yaml(self.source.data)}


def _same(cell: object, known: object) -> bool:
    """Whether a cell holds what is known; a number to as many digits as a cell keeps."""
    if cell is None or known is None:
        return cell is known
    if isinstance(cell, int | float) and isinstance(known, int | float):
        return math.isclose(cell, known, rel_tol=SAME, abs_tol=0)
    return cell == known


def _amount(value: object) -> object:
    """What stands in a cell as a figure: a number alone, else as YAML would have it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return Amount(float(value)) if number else _written(value)  # type: ignore[arg-type]


def _end(cell: object, known: Value) -> object:
    """An end of a range: unlike a rate itself it may be 100% a year or more."""
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return Amount(float(cell), known.unit) if number else _written(cell)  # type: ignore[arg-type]


def _written(value: object) -> object:
    """A cell's value as YAML would have it: a date, which Excel makes of 2027-01, as text."""
    if isinstance(value, date):  # a datetime is one
        return f"{value:%Y-%m-%d}"
    return value.strip() if isinstance(value, str) else value


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _weights(row: Row) -> list[Any]:
    """The numbers of a season, up to the last that is given."""
    found = list(row.cells.get(VALUE) or ())
    while found and found[-1] is None:
        found.pop()
    return found


def _model_and_input(name: str, places: list[str]) -> tuple[str, str]:
    """mill__husk_price is husk_price of mill; what has no such model before it is shared by all."""
    for place in places:
        if name.startswith(f"{place}__"):
            return place, name.removeprefix(f"{place}__")
    return "economy", name
