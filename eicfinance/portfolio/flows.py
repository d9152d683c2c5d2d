"""Reads dated flows from a CSV file: a date (2024-01-31) and an amount in each line.

Parted by comma, semicolon or tab. A line of headings (without a digit), empty lines and lines that
begin with # may stand in it. Money received and money paid have different signs. Every mistake is
told at once, with file, line and column.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from eicfinance.portfolio.problems import WHOLE_FILE, BadInput, Place, Problem, found_text
from eicfinance.portfolio.source import MAX_BYTES, decoded, plain_number

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("date", "amount")
_FIELD = '(?:"[^"]*"|[^{0}])*'
_LATEST = 2300  # a year beyond is of another era: 2567 is 2024


def read_flows(path: Path) -> list[tuple[date, float]]:
    """The flows in the order of the file. Raises BadInput with all problems, or OSError."""
    file = str(path)
    with path.open("rb") as stream:
        text = decoded(stream.read(MAX_BYTES + 1), file)
    found: list[tuple[date, float]] = []
    problems: list[Problem] = []
    begun = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        fields = _fields(line)
        heading, begun = not begun and not re.search("[0-9]", line), True
        if heading:
            continue
        if len(fields) != 2:
            message = f"found {len(fields)} of the two fields; write a date and an amount"
            problems.append(Problem(Place(file, number, 1), "line", message))
            continue
        entry = []
        for key, read, (column, word) in zip(KEYS, (_date, plain_number), fields, strict=True):
            try:
                entry.append(read(word))
            except ValueError as why:
                problems.append(Problem(Place(file, number, column), key, str(why)))
        if len(entry) == 2:
            found.append((entry[0], entry[1]))  # type: ignore[arg-type]
    if not found and not problems:
        message = "there is no flow; write lines of a date and an amount, like 2024-01-31,-1000"
        problems.append(Problem(Place(file, 1, 1), WHOLE_FILE, message))
    if problems:
        raise BadInput(problems)
    return found


def _fields(line: str) -> list[tuple[int, str]]:
    """Each field with the column at which it starts."""
    mark = next((mark for mark in "\t;" if mark in line), ",")
    found, at = [], 0
    while True:
        hit = re.compile(_FIELD.format(mark)).match(line, at)
        assert hit is not None
        raw = hit[0]
        word = raw.strip().strip('"').strip()
        found.append((at + len(raw) - len(raw.lstrip()) + 1, word))
        at = hit.end() + 1
        if at > len(line):
            return found


def _date(text: str) -> date:
    how = "write year-month-day, like 2024-01-31"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"found {found_text(text)}; {how}")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no day of the calendar; {how}") from None
    if day.year > _LATEST:
        raise ValueError(f"the year {day.year} lies too far ahead; write it in the common era")
    return day
