"""Sensitivity, tables of two inputs and solved inputs as text for a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.sensitivity import EQUITY, NPV, RESULTS
from eicfinance.reports.sensitivities import as_data, change_text, label, result_text, table_data
from eicfinance.reports.words import figure, harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.crossing import Answer
    from eicfinance.appraisal.sensitivity import Bar, Sensitivity, Table
    from eicfinance.appraisal.solve import Solution
    from eicfinance.portfolio.entries import Portfolio

DSCR = "dscr_min"


def each_as(form: str, case: Case, project: str, found: Sensitivity) -> str | dict[str, Any]:
    """Sensitivities as text, csv or json."""
    if form == "json":
        return as_data(found, case.portfolio)
    title = case.projects[project].entry.title
    return each_csv(found, case.portfolio) if form == "csv" else each_text(found, title)


def table_as(form: str, case: Case, project: str, table: Table) -> str | dict[str, Any]:
    """A table of two inputs as text, csv or json."""
    if form == "json":
        return table_data(table, case.portfolio)
    title = case.projects[project].entry.title
    return table_csv(table) if form == "csv" else table_text(table, title)


def each_text(found: Sensitivity, title: str) -> str:
    """The inputs by swing, with switching values of the first; then the named scenarios."""
    heads = ["Input", "low", "base", "high", "NPV at low", "at high", "DSCR at low", "at high",
             "NPV nil at", "equity NPV nil at"]  # fmt: skip
    scenarios = {"Base": found.base, **found.scenarios}
    parts = [
        f"{title}: project NPV {figure(found.base[NPV])}. One input at a time, the others at base.",
        _aligned([heads, *(_row(bar) for bar in found.bars)]),
        _aligned([["Scenario", *RESULTS]]
                 + [[name, *(result_text(r, values[r]) for r in RESULTS)]
                    for name, values in scenarios.items()]),
    ]  # fmt: skip
    if found.without_range:
        parts.append(f"Left out, as they have no range: {', '.join(found.without_range)}.")
    return "\n\n".join(parts)


def _row(bar: Bar) -> list[str]:
    (low, high), base = bar.ends, bar.unknown.base
    return [
        bar.unknown.key, *(figure(x) for x in (low, base, high)),
        *(result_text(r, at[r]) for r in (NPV, DSCR) for at in (bar.at_low, bar.at_high)),
        *(_nil(bar.switching.get(r)) for r in (NPV, EQUITY)),
    ]  # fmt: skip


def _nil(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return (
        "none" if answer.value is None else f"{figure(answer.value)} {change_text(answer.change)}"
    )


def each_csv(found: Sensitivity, portfolio: Portfolio) -> str:
    """An input a row: its values, the results at low and high, and its switching values."""
    heads = ["input", "label", "unit", "low", "base", "high",
             *(f"{r}_at_{end}" for r in RESULTS for end in ("low", "high")),
             "swing", *(f"{r}_nil_at" for r in (NPV, EQUITY))]  # fmt: skip
    rows = [
        [
            bar.unknown.key, harmless(label(portfolio, bar.unknown)), bar.unknown.input.text.unit,
            bar.ends[0], bar.unknown.base, bar.ends[1],
            *(at[r] for r in RESULTS for at in (bar.at_low, bar.at_high)), bar.swing,
            *(a.value if (a := bar.switching.get(r)) else None for r in (NPV, EQUITY)),
        ]
        for bar in found.bars
    ]  # fmt: skip
    return _csv([heads, *rows])


def table_text(table: Table, title: str) -> str:
    """One grid a result."""
    a, b = table.inputs
    parts = [f"{title}: {a.key} down, {b.key} across; at the base {figure(a.base)} and "
             f"{figure(b.base)}."]  # fmt: skip
    for name, rows in table.results.items():
        grid = [[name, *(figure(x) for x in table.values[1])]]
        grid += [[figure(x), *(result_text(name, v) for v in row)]
                 for x, row in zip(table.values[0], rows, strict=True)]  # fmt: skip
        parts.append(_aligned(grid))
    return "\n\n".join(parts)


def table_csv(table: Table) -> str:
    """A pair of values a row."""
    a, b = table.inputs
    cells = [
        (x, y, *(rows[k][j] for rows in table.results.values()))
        for k, x in enumerate(table.values[0])
        for j, y in enumerate(table.values[1])
    ]
    return _csv([(a.key, b.key, *table.results), *cells])


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need; the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = (f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=True))
        lines.append("  ".join((f"{first:<{widths[0]}}", *cells)).rstrip())
    return "\n".join(lines)


def solution_text(solution: Solution, title: str) -> str:
    """A solved input in a few lines; no solution is an answer, with its reason."""
    answer, unknown = solution.answer, solution.answer.unknown
    text = unknown.input.text
    said = f"{text.label} ({unknown.key})"
    unit = "" if text.unit == "1" else f" {text.unit}"
    wanted = f"{answer.result} = {figure(answer.target)}"
    lines = [f"{title}: {said}, at the base {figure(unknown.base)}{unit}"]
    lines += [f"Note: {solution.note}."] if solution.note else []
    if answer.value is None:
        lines.append(f"No value gives {wanted}: {answer.reason}.")
        if answer.nearest is not None:
            near = f"{figure(answer.nearest)}{unit}"
            lines.append(f"Nearest: {answer.result} = {figure(answer.reached)} at {near}.")
        return "\n".join(lines)
    change = change_text(answer.change)
    by = f", a change of {change}" if change else ""
    lines.append(f"For {wanted}: {_exact(answer.value)}{unit}{by}")
    if answer.reason:
        lines.append(f"Note: {answer.reason}.")
    lines += ["", f"{'':<24}{'before':>16}{'with it':>16}"]
    assert solution.after is not None
    for name, before in solution.before.items():
        after = solution.after[name]
        lines.append(f"{name:<24}{figure(before):>16}{figure(after):>16}")
    return "\n".join(lines)


def _exact(value: float) -> str:
    """A value with so many digits that the portfolio with it meets the target closely."""
    return f"{value:,.8g}"
