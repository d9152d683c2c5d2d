"""Sensitivity, switching values, named scenarios, tables and solved inputs, for JSON and memo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.sensitivity import EQUITY, NPV
from eicfinance.model.label import Label, under
from eicfinance.reports.charts import TornadoBar, tornado_chart
from eicfinance.reports.language import label as translated
from eicfinance.reports.language import say
from eicfinance.reports.words import number, percent, rate, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.appraisal.batch import Unknown
    from eicfinance.appraisal.crossing import Answer
    from eicfinance.appraisal.sensitivity import Bar, Figures, Sensitivity, Table
    from eicfinance.appraisal.solve import Solution
    from eicfinance.model.items import Result
    from eicfinance.model.model import Model
    from eicfinance.portfolio.reader import Portfolio
    from eicfinance.reports.cells import Cells
    from eicfinance.reports.view import ProjectView

COMPUTED = "computed by the program on the base case; run again after a change"
SHOWN = {NPV: "Project NPV", EQUITY: "Equity NPV", "dscr_min": "Minimum DSCR",
         "equity_irr": "Equity IRR"}  # fmt: skip


def label(portfolio: Portfolio, unknown: Unknown) -> str:
    """An input's label; that of a site's input starts with the site's title."""
    titles = {site.name: site.title for site in portfolio.sites}
    site = titles.get(unknown.move[0])
    return under(site, unknown.input.text.label) if site else unknown.input.text.label


def result_text(name: str, value: float | None) -> str:
    """One of the results that sensitivities show."""
    if name.endswith("_irr"):
        return rate(value)
    return number(value, 2) if name == "dscr_min" else number(value)


def change_text(change: float | None) -> str:
    """A relative change with its sign; empty where there is none."""
    if change is None:
        return ""
    return f"+{percent(change)}" if change > 0 else percent(change)


# -- JSON ---------------------------------------------------------------------------------------


def as_data(found: Sensitivity, portfolio: Portfolio) -> dict[str, Any]:
    """All sensitivities of a project as plain data."""
    return {
        "note": COMPUTED,
        "base": found.base,
        "inputs": [_bar_data(bar, label(portfolio, bar.unknown)) for bar in found.bars],
        "without_effect": list(found.still),
        "without_range": list(found.without_range),
        "scenarios": [{"name": n, "results": values} for n, values in found.scenarios.items()],
        "two_way": found.table and table_data(found.table, portfolio),
    }


def table_data(table: Table, portfolio: Portfolio) -> dict[str, Any]:
    """A table of two inputs as plain data: by result, a row a value of the first input."""
    return {
        "inputs": [
            {"input": u.key, "label": label(portfolio, u), "unit": u.input.text.unit,
             "base": u.base, "values": list(values)}
            for u, values in zip(table.inputs, table.values, strict=True)
        ],
        "results": table.results,
    }  # fmt: skip


def _bar_data(bar: Bar, text: str) -> dict[str, Any]:
    unknown, (low, high) = bar.unknown, bar.ends
    return {
        "input": unknown.key, "label": text, "unit": unknown.input.text.unit,
        "base": unknown.base, "low": low, "high": high,
        "at_low": bar.at_low, "at_high": bar.at_high, "swing": bar.swing,
        "switching": {name: answer_data(answer) for name, answer in bar.switching.items()},
    }  # fmt: skip


def answer_data(answer: Answer) -> dict[str, Any]:
    """A value that was looked for, as plain data."""
    return {
        "value": answer.value, "change": answer.change, "reached": answer.reached,
        "nearest": answer.nearest, "reason": answer.reason,
    }  # fmt: skip


def solution_data(solution: Solution) -> dict[str, Any]:
    """A solved input as plain data."""
    answer, unknown = solution.answer, solution.answer.unknown
    return {
        "input": unknown.key, "label": unknown.input.text.label, "unit": unknown.input.text.unit,
        "base": unknown.base, "result": answer.result, "target": answer.target,
        **answer_data(answer), "before": solution.before, "after": solution.after,
        "note": solution.note,
    }  # fmt: skip


# -- memo ---------------------------------------------------------------------------------------


def content(p: ProjectView, portfolio: Portfolio, cells: Cells) -> dict[str, Any]:
    """What the memo shows of a project's sensitivities, as text."""
    found = p.sensitivity
    rows = [_row(bar, label(portfolio, bar.unknown)) | {"link": cells.moved(bar.unknown)}
            for bar in found.top]  # fmt: skip
    results = {name: p.case.model.results[name] for name in SHOWN}
    return {
        "chart": _chart(p, rows) if rows else "",
        "rows": rows,
        "results": list(SHOWN.values()),
        "scenarios": [_scenario(translated("Base"), found.base, results)]
        + [_scenario(name, values, results) for name, values in found.scenarios.items()],
        "named": bool(found.scenarios),
        "table": found.table and _table(found.table, p, portfolio),
        "more": len(found.bars) - len(rows),
        "without_range": "; ".join(
            translated(titled(key, portfolio, cells.models)) for key in found.without_range
        ),
    }


def titled(key: str, portfolio: Portfolio, models: Mapping[str, Model]) -> str:
    """The label of an input by its key, with its site's title before it."""
    place, _, name = key.rpartition(".")
    some = [models[place]] if place in models else list(models.values())
    item = next((m.inputs[name] for m in some if name in m.inputs), None)
    site = next((site.title for site in portfolio.sites if site.name == place), "")
    return under(site, key if item is None else item.text.label)


def _row(bar: Bar, text: str) -> dict[str, Any]:
    item, (low, high) = bar.unknown.input, bar.ends
    write, unit = writing(item)
    return {
        "label": text, "unit": unit, "base": write(item.value),
        "low": write(low), "high": write(high), "at": (bar.at_low[NPV], bar.at_high[NPV]),
        "at_low": result_text(NPV, bar.at_low[NPV]), "at_high": result_text(NPV, bar.at_high[NPV]),
        "switching": [_switching(bar.switching[name], write) for name in (NPV, EQUITY)],
    }  # fmt: skip


def _switching(answer: Answer, write: Any) -> dict[str, str]:
    if answer.value is None:
        return {"value": "none", "change": "", "why": answer.reason}
    value = write(answer.value)
    if answer.reason and not answer.unknown.whole:
        value = say("value_jumps", value=value)
    return {"value": value, "change": change_text(answer.change),
            "why": ""}  # fmt: skip


def _scenario(name: str, values: Figures, results: Mapping[str, Result]) -> dict[str, Any]:
    return {"name": name, "values": [result_text(key, values[key]) for key in results]}


def _table(table: Table, p: ProjectView, portfolio: Portfolio) -> dict[str, Any]:
    """NPV and, where there is a loan, the minimum DSCR below it in each cell."""
    written = [
        (label(portfolio, u), *writing(u.input), values)
        for u, values in zip(table.inputs, table.values, strict=True)
    ]
    shown = (NPV, "dscr_min") if p.case.entry.loans else (NPV,)
    (_, write, _, values), across = written
    return {
        "titles": [f"{translated(text)} ({unit})" if unit else text
                   for text, _, unit, _ in written],
        "results": " / ".join(translated(SHOWN[name]) for name in shown),
        "across": [across[1](value) for value in across[3]],
        "rows": [
            {"head": write(x), "cells": [[result_text(name, table.results[name][k][j])
                                          for name in shown] for j in range(len(across[3]))]}
            for k, x in enumerate(values)
        ],
    }  # fmt: skip


def _chart(p: ProjectView, rows: list[dict[str, Any]]) -> str:
    bars = [
        TornadoBar(row["label"], row["low"], row["high"], *row["at"])
        for row in rows
        if None not in row["at"]
    ]
    currency = p.case.plant.currency
    return tornado_chart(
        f"tornado-{p.name}", Label("Sensitivity of the project's NPV: {title}", p.title),
        "Each input at its low (hatched) and at its high (grey), the others at their base; the "
        "line is the base case.",
        bars, p.sensitivity.base[NPV] or 0.0, currency,
    )  # fmt: skip
