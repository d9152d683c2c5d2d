"""All lines of a project (or of a site, or the cluster) as a table: CSV or plain data."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.calendar import period_ends

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case

HEAD = ("name", "label", "unit", "section")


def as_table(case: Case, name: str, by_year: bool) -> dict[str, Any]:
    """Lines with their values by project year or by period, whose month stands beside it."""
    run = case.runs[name]
    model, read = run.model, run.annual if by_year else run.series
    columns = [str(year) for year in range(model.periods // model.periods_per_year + 1)]
    if not by_year:
        columns = [f"{t} ({end})" for t, end in enumerate(period_ends(case.portfolio,
                                                                      model.periods))]  # fmt: skip
    lines = [
        {"name": key, "label": line.text.label, "unit": line.text.unit,
         "section": line.text.section, "kind": line.kind, "values": read(key)}
        for key, line in model.lines.items() if not key.startswith("check_")
    ]  # fmt: skip
    return {"project": name, "by": "year" if by_year else "period", "currency":
            case.portfolio.currency, "columns": columns, "lines": lines}  # fmt: skip


def as_csv(table: dict[str, Any]) -> str:
    """The table as CSV; text that a spreadsheet would take for a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEAD, *table["columns"]])
    for line in table["lines"]:
        words = [f"'{line[key]}" if line[key][:1] in "=+-@" and line[key] else line[key]
                 for key in HEAD]  # fmt: skip
        writer.writerow([*words, *("" if v is None else repr(v) for v in line["values"])])
    return text.getvalue()
