"""All lines of a project (or of a site, or the cluster) as a table: CSV or plain data."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.calendar import period_ends
from eicfinance.reports.words import harmless

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case

HEAD = ("name", "label", "unit", "section")


def as_table(case: Case, name: str, by_year: bool) -> dict[str, Any]:
    """Lines with their values by project year or by period, with the month in which it ends."""
    run = case.runs[name]
    model, read = run.model, run.annual if by_year else run.series
    ends = period_ends(case.portfolio, model.periods)
    ends = ends[:: model.periods_per_year] if by_year else ends
    columns = [f"{k} ({end})" for k, end in enumerate(ends)]
    lines = [
        {"name": key, "label": line.text.label, "unit": line.text.unit,
         "section": line.text.section, "kind": line.kind, "values": read(key)}
        for key, line in model.lines.items() if not key.startswith("check_")
    ]  # fmt: skip
    return {"project": name, "by": "year" if by_year else "period", "currency":
            case.portfolio.currency, "columns": columns, "lines": lines}  # fmt: skip


def as_csv(table: dict[str, Any]) -> str:
    """The table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEAD, *table["columns"]])
    for line in table["lines"]:
        words = (harmless(line[key]) for key in HEAD)
        writer.writerow([*words, *("" if v is None else repr(v) for v in line["values"])])
    return text.getvalue()
