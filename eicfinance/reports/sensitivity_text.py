"""Sensitivity, tables of two inputs and solved inputs as text for a terminal, and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.sensitivity import EQUITY, NPV, RESULTS, TOP
from eicfinance.reports.columns import aligned
from eicfinance.reports.language import label as translated
from eicfinance.reports.language import say
from eicfinance.reports.sensitivities import (
    SHOWN,
    as_data,
    change_text,
    label,
    result_text,
    table_data,
)
from eicfinance.reports.words import figure, harmless, rate, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eicfinance.appraisal.batch import Unknown
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.crossing import Answer
    from eicfinance.appraisal.sensitivity import Bar, Sensitivity, Table
    from eicfinance.appraisal.solve import Solution
    from eicfinance.model.items import Input
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
    heads = ["Input", "unit", "low", "base", "high", "NPV at low", "at high", "DSCR at low",
             "at high", "NPV nil at", "equity NPV nil at"]  # fmt: skip
    scenarios = {translated("Base"): found.base, **found.scenarios}
    parts = [
        say("sensitivity_title", title=title, npv=figure(found.base[NPV])),
        aligned([list(map(translated, heads)), *(_row(bar) for bar in found.bars)]),
        say("sensitivity_nil", top=TOP),
        aligned([[translated("Scenario"), *(translated(SHOWN[r]) for r in RESULTS)]]
                + [[name, *(result_text(r, values[r]) for r in RESULTS)]
                   for name, values in scenarios.items()]),
    ]  # fmt: skip
    if found.without_range:
        parts.append(
            say(
                "without_range",
                names=", ".join(found.without_range),
            )
        )
    return "\n\n".join(parts)


def _row(bar: Bar) -> list[str]:
    (low, high), base = bar.ends, bar.unknown.base
    write, unit = writing(bar.unknown.input)
    return [
        bar.unknown.key, unit, *(write(x) for x in (low, base, high)),
        *(result_text(r, at[r]) for r in (NPV, DSCR) for at in (bar.at_low, bar.at_high)),
        *(_nil(bar.switching.get(r), write) for r in (NPV, EQUITY)),
    ]  # fmt: skip


def _nil(answer: Answer | None, write: Callable[[float | None], str]) -> str:
    if answer is None:
        return ""
    if answer.value is None:
        return translated("none")
    return f"{write(answer.value)} {change_text(answer.change)}"


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
    (a, down), (b, across) = ((u, writing(u.input)[0]) for u in table.inputs)
    parts = [
        say(
            "table_title",
            title=title,
            down=_said(a),
            across=_said(b),
            first=down(a.base),
            second=across(b.base),
        )
    ]
    for name, rows in table.results.items():
        grid = [[translated(SHOWN.get(name, name)), *(across(x) for x in table.values[1])]]
        grid += [[down(x), *(result_text(name, v) for v in row)]
                 for x, row in zip(table.values[0], rows, strict=True)]  # fmt: skip
        parts.append(aligned(grid))
    return "\n\n".join(parts)


def _said(unknown: Unknown) -> str:
    """An input by its key and label, with its unit."""
    unit = writing(unknown.input)[1]
    return f"{unknown.key} ({translated(unknown.input.text.label)}{unit and f', {unit}'})"


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


def solution_text(solution: Solution, title: str) -> str:
    """A solved input in a few lines; no solution is an answer, with its reason."""
    answer, unknown = solution.answer, solution.answer.unknown
    text = unknown.input.text
    write, unit = writing(unknown.input)
    unit = unit and f" {unit}"
    wanted = f"{answer.result} {solution.sign} {_result(solution, answer.result, answer.target)}"
    lines = [
        say(
            "solve_title",
            title=title,
            label=text.label,
            key=unknown.key,
            value=write(unknown.base),
            unit=unit,
        )
    ]
    lines += [say("note_said", text=solution.note)] if solution.note else []
    if solution.met_by_all:
        lines.append(
            say(
                "solve_all",
                wanted=wanted,
                reason=answer.reason,
            )
        )
        return "\n".join(lines)
    if answer.value is None:
        lines.append(
            say(
                "solve_none",
                wanted=wanted,
                reason=answer.reason,
            )
        )
        if answer.nearest is not None:
            reached = _result(solution, answer.result, answer.reached)
            lines.append(
                say(
                    "solve_nearest",
                    result=answer.result,
                    reached=reached,
                    value=write(answer.nearest),
                    unit=unit,
                )
            )
        return "\n".join(lines)
    change = change_text(answer.change)
    said = {"wanted": wanted, "value": _exact(answer.value, unknown.input), "unit": unit}
    if change:
        lines.append(
            say(
                "solve_found_change",
                **said,
                change=change,
            )
        )
    else:
        lines.append(say("solve_found", **said))
    if answer.reason:
        lines.append(say("note_said", text=answer.reason))
    rows = [["", translated("before"), translated("with it")]]
    assert solution.after is not None
    for name, before in solution.before.items():
        values = (_result(solution, name, value) for value in (before, solution.after[name]))
        rows.append([f"{translated(solution.results[name].text.label)} ({name})", *values])
    return "\n".join([*lines, "", aligned(rows)])


def _result(solution: Solution, name: str, value: float | None) -> str:
    """A result as people say it; rates in per cent."""
    return rate(value) if solution.results[name].in_percent else figure(value)


def _exact(value: float, item: Input) -> str:
    """A value with so many digits that the portfolio with it meets the target closely."""
    return f"{100 * value:,.8g}%" if item.in_percent else f"{value:,.8g}"
