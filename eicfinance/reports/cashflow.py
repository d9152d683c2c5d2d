"""All lines of a model, labelled, by period or by project year: as CSV or as plain data."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.case import period_ends

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case

TEXTS = ("name", "label", "unit", "section")
RISKY = ("=", "+", "-", "@", "\t")  # what a spreadsheet takes for the start of a formula


def as_data(case: Case, name: str, by: str) -> dict[str, Any]:
    """The lines with their values; by: "period" or "year". Blanks are None."""
    run = case.runs[name]
    ends = period_ends(case.portfolio, run.model.periods)
    ends = ends[:: run.model.periods_per_year] if by == "year" else ends
    read = run.annual if by == "year" else run.series
    return {
        "portfolio": case.portfolio.title,
        "model": name,
        "currency": case.portfolio.currency,
        "by": by,
        "columns": [{by: k, "ends": end} for k, end in enumerate(ends)],
        "lines": [
            {
                "name": line.text.name, "label": line.text.label, "unit": line.text.unit,
                "section": line.text.section, "kind": line.kind, "values": read(line.text.name),
            }
            for line in run.model.lines.values()
        ],
    }  # fmt: skip


def as_csv(data: dict[str, Any]) -> str:
    """A row a line; a column of text that a spreadsheet could take for a formula is quoted."""
    made = StringIO()
    writer = csv.writer(made, lineterminator="\n")
    heads = [f"{data['by']} {column[data['by']]}, {column['ends']}" for column in data["columns"]]
    writer.writerow([*TEXTS, *heads])
    for line in data["lines"]:
        writer.writerow([*(_plain(line[key]) for key in TEXTS), *line["values"]])
    return made.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text
