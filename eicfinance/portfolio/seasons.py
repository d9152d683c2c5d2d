"""Seasons: twelve shares of a year, written as a list or as a column of a CSV file."""

from __future__ import annotations

import csv
import errno
import io
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from eicfinance.portfolio import schema
from eicfinance.portfolio.figures import LARGEST, MONTHS
from eicfinance.portfolio.problems import (
    BadInput,
    Place,
    Problem,
    did_you_mean,
    found_text,
    shown,
)
from eicfinance.portfolio.source import MAX_BYTES, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.declare import Season
    from eicfinance.portfolio.entries import Seasons
    from eicfinance.portfolio.problems import Steps

_WANTED = "a season is twelve numbers, January to December"
_WRITE = "write [8, 8, 9, ...] or {csv: seasons.csv, column: sun}"


@dataclass(eq=False)
class SeasonReader:
    """Reads seasons, and CSV files in a folder. files: their checksums by name. texts: their text;
    what is there already is not read from the folder. made: each season by its place."""

    checker: Checker
    folder: Path
    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    made: dict[Steps, tuple[float, ...]] = field(default_factory=dict)

    def seasons(self, declared: Iterable[Season], at: Steps) -> Seasons:
        """The seasons of a section, each adding up to 1."""
        seasons: Seasons = {}
        for season in declared:
            place = (*at, season.name)
            seasons[season.name] = season.default
            if self.checker.source.has(place):
                seasons[season.name] = self._season(place, season.default)
            self.made[place] = seasons[season.name]
        return seasons

    def _season(self, at: Steps, default: tuple[float, ...]) -> tuple[float, ...]:
        """Twelve shares; any weights are scaled to add up to 1. The default if there are none."""
        before = len(self.checker.problems)
        written = self.checker.source.value(at)
        if isinstance(written, dict):
            weights = self._column(self.checker.parse(schema.Csv, at), at)
        elif isinstance(written, list):
            weights = self._list(written, at)
        else:
            weights = []
            self.checker.refuse(at, f"found {found_text(written)}; {_WANTED}; {_WRITE}")
        if len(self.checker.problems) > before:
            return default
        if len(weights) != MONTHS:
            self.checker.refuse(at, f"found {len(weights)} numbers; {_WANTED}; {_WRITE}")
            return default
        if not any(weights):
            self.checker.refuse(at, f"all twelve are 0; {_WANTED}, not all of them 0")
            return default
        whole = sum(weights)
        return tuple(weight / whole for weight in weights)

    def _list(self, written: list[object], at: Steps) -> list[float]:
        weights = []
        for k, item in enumerate(written):
            number = isinstance(item, int | float) and not isinstance(item, bool)
            try:
                weights.append(_weight(item if number else None))
            except ValueError:
                text = f"found {found_text(item)}; write a number from 0 up, without a unit"
                self.checker.refuse((*at, k), text)
        return weights

    # -- CSV ------------------------------------------------------------------------------------

    def _column(self, wanted: schema.Csv, at: Steps) -> list[float]:
        """The numbers of a column; what is wrong in the file is a problem at its own line."""
        display = str(self.folder / wanted.csv)
        try:
            if wanted.csv not in self.texts:
                path = self._path(wanted.csv, (*at, "csv")) if wanted.csv else None
                if path is None:
                    return []
                with path.open("rb") as file:
                    raw = file.read(MAX_BYTES + 1)
                self.files[wanted.csv] = sha256(raw).hexdigest()
                self.texts[wanted.csv] = decoded(raw, display)
            rows = _rows(self.texts[wanted.csv], display)
        except BadInput as error:
            self.checker.problems += error.problems
            return []
        return self._numbers(rows, wanted, display, at)

    def _numbers(
        self, rows: list[tuple[int, list[str]]], wanted: schema.Csv, display: str, at: Steps
    ) -> list[float]:
        heading = [name.strip() for name in rows[0][1]] if rows else []
        places = [k for k, name in enumerate(heading) if name == wanted.column]
        if len(places) != 1:
            hint = "" if places else did_you_mean(wanted.column, heading)
            many = "two columns" if places else "no column"
            columns = f"it has: {shown(', '.join(heading), 200) or 'nothing'}"
            what = f'"{shown(wanted.csv)}" has {many} "{shown(wanted.column)}";'
            self.checker.refuse((*at, "column"), " ".join(filter(None, (what, hint, columns))))
            return []
        if len(rows) != MONTHS + 1:
            text = f'"{shown(wanted.csv)}" has {len(rows) - 1} rows below the heading; {_WANTED}'
            self.checker.refuse((*at, "csv"), text)
            return []
        weights = []
        for line, row in rows[1:]:
            cell = row[places[0]] if places[0] < len(row) else ""
            try:
                weights.append(_weight(cell))
            except ValueError:
                text = f'"{shown(cell)}" is not a number from 0 up; write it like 8.5'
                self.checker.problems.append(Problem(Place(display, line, 1), wanted.column, text))
        return weights

    def _path(self, name: str, at: Steps) -> Path | None:
        """The file of that name in the folder; None, with a problem, if there is none."""
        path = self.folder / name
        try:
            inside = path.resolve().is_relative_to(self.folder.resolve())
            found = inside and path.is_file()
        except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
            if isinstance(error, OSError) and error.errno not in (errno.ENAMETOOLONG, errno.ELOOP):
                raise
            inside, found = True, False
        if not inside or PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute():
            text = f'"{shown(name)}" lies outside the folder of the portfolio, or is a full path'
            self.checker.refuse(at, f"{text}; put the file beside portfolio.yaml, write its name")
            return None
        if not found:
            hint = did_you_mean(name, (other.name for other in self.folder.glob("*.csv")))
            what = f'there is no file "{shown(name)}" beside portfolio.yaml;'
            self.checker.refuse(at, " ".join(filter(None, (what, hint, "add it"))))
            return None
        return path


def _rows(text: str, display: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        place = Place(display, max(1, reader.line_num), 1)
        raise BadInput([Problem(place, "(row)", f"this is not CSV: {error}; correct it")]) from None


def _weight(found: object) -> float:
    """A plain number from 0 up. Raises ValueError for anything else."""
    amount = schema.amount(found)
    if amount.unit is not None or not 0 <= amount.number <= LARGEST:
        raise ValueError(f"{amount} is not a weight")
    return amount.number
