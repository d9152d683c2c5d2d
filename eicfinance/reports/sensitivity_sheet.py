"""Sheet Sensitivity: the program's own figures, static and marked so, with the live NPV beside them
so that a reader sees when they are out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.sensitivity import EQUITY, NPV, RESULTS
from eicfinance.model.label import Label, joined
from eicfinance.reports.formats import KINDS
from eicfinance.reports.language import label as translated
from eicfinance.reports.sensitivities import COMPUTED, SHOWN, label
from eicfinance.reports.sheets import as_high_as, wrapped

if TYPE_CHECKING:
    from eicfinance.appraisal.crossing import Answer
    from eicfinance.appraisal.sensitivity import Bar
    from eicfinance.reports.sheets import Writer
    from eicfinance.reports.view import ProjectView

FRESH, STALE = "as computed", "changed since: run the program again"
REMARKS = 44  # width of the column
GREY = {"bg_color": "#E8E8E8"}
KIND = {NPV: "money", EQUITY: "money", "dscr_min": "ratio", "equity_irr": "irr"}
HEADINGS = (
    "Input", "Unit", "Low", "Base", "High",
    *(Label("{result} at {end}", SHOWN[name], end) for name in RESULTS for end in ("low", "high")),
    *(Label("{text} {result} is nil", text, SHOWN[name]) for name in (NPV, EQUITY)
      for text in ("Value at which", "Change at which")),
    "Remarks",
)  # fmt: skip


def sheet(w: Writer) -> None:
    """A block a project: the state, the inputs by swing, the two largest at once, the named
    scenarios."""
    f, made = w.formats, w.add("Sensitivity")
    made.write_string(0, 0, "Sensitivity and switching values", f["title"])
    made.write_string(1, 0, Label("Grey figures are static: {computed}.", COMPUTED), f["unit"])
    made.set_column(0, 0, 46)
    made.set_column(1, len(HEADINGS) - 2, 11)
    made.set_column(len(HEADINGS) - 1, len(HEADINGS) - 1, REMARKS)
    row = 2
    for p in w.shown.projects:
        row = w.heading(made, row + 1, p.title)
        row = state(w, made, row, p)
        row = _inputs(w, made, row, p)
        row = _two_way(w, made, row, p)
        row = _scenarios(w, made, row, p)


def state(w: Writer, made: Any, row: int, p: ProjectView) -> int:
    """The NPV that the figures belong to, the live one, and whether they agree."""
    f, layout, base = w.formats, w.layouts[p.name], p.sensitivity.base[NPV]
    live = f"'{layout.sheet}'!$C${layout.rows[NPV]}"
    made.write_string(row, 0, Label("{result} when this was computed", SHOWN[NPV]), f["label"])
    figure(w, made, row, 2, base, "money")
    made.write_string(row + 1, 0, Label("{result} now", SHOWN[NPV]), f["label"])
    now = p.run.value(NPV)
    made.write_formula(row + 1, 2, f"={live}", f.get(num_format=KINDS["money"]), now)
    made.write_string(row + 2, 0, "The figures below are", f["label"])
    then, again = f"$C${row + 1}", f"$C${row + 2}"
    same = (
        f'IF(ABS({again}-{then})<=Dust+Eps*ABS({then}),"{translated(FRESH)}","{translated(STALE)}")'
    )
    found = FRESH if p.sensitivity.holds_for(now) else STALE
    made.write_formula(row + 2, 2, f"={same}", f["check"], found)
    return row + 3


def _inputs(w: Writer, made: Any, row: int, p: ProjectView) -> int:
    head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    for column, title in enumerate(HEADINGS):
        side = "right" if 2 <= column < len(HEADINGS) - 1 else "left"
        indent = int(column == len(HEADINGS) - 1)
        made.write_string(row, column, title, w.formats.get(**head, align=side, indent=indent))
    made.set_row(row, 38)
    for bar in p.sensitivity.bars:
        row += 1
        _bar(w, made, row, bar)
    left_out = {"without a range": p.sensitivity.without_range,
                "without effect on these results": p.sensitivity.still}  # fmt: skip
    for why, keys in left_out.items():
        if keys:
            row += 1
            text = Label("Left out, {why}: {keys}", why, ", ".join(keys))
            made.write_string(row, 0, text, w.formats["unit"])
    return row + 1


def _bar(w: Writer, made: Any, row: int, bar: Bar) -> None:
    f, unknown = w.formats, bar.unknown
    made.write_string(row, 0, label(w.shown.case.portfolio, unknown), f["label"])
    made.write_string(row, 1, unknown.input.text.unit, f["unit"])
    for column, value in enumerate((bar.ends[0], unknown.base, bar.ends[1]), start=2):
        figure(w, made, row, column, value)
    column = 5
    for name in RESULTS:
        for values in (bar.at_low, bar.at_high):
            figure(w, made, row, column, values[name], KIND[name])
            column += 1
    remarks = []
    for name in (NPV, EQUITY):
        answer: Answer | None = bar.switching.get(name)
        if answer is not None:
            found = answer.value is not None
            figure(w, made, row, column, answer.value)
            figure(w, made, row, column + 1, answer.change if found else None, "percent")
            remarks += [answer.reason] if answer.reason else []
        column += 2
    text = joined(remarks)
    style = wrapped(f, translated(text), REMARKS - 4, font_color="#666666", indent=1)
    made.write_string(row, column, text, style)
    as_high_as(made, row, (translated(text), REMARKS - 4))


def _two_way(w: Writer, made: Any, row: int, p: ProjectView) -> int:
    """A grid a result: the first input's values down, the second's across."""
    table = p.sensitivity.table
    if table is None:
        return row
    down, across = (label(w.shown.case.portfolio, unknown) for unknown in table.inputs)
    for name in RESULTS:
        row += 1
        made.write_string(row, 0, SHOWN[name], w.formats["heading"])
        made.write_string(row + 1, 0, Label("down: {input}", down), w.formats["label"])
        made.write_string(row + 2, 0, Label("across: {input}", across), w.formats["label"])
        for column, value in enumerate(table.values[1], start=2):
            figure(w, made, row, column, value)
        for x, values in zip(table.values[0], table.results[name], strict=True):
            row += 1
            figure(w, made, row, 1, x)
            for column, reached in enumerate(values, start=2):
                figure(w, made, row, column, reached, KIND[name])
        row += 1
    return row


def _scenarios(w: Writer, made: Any, row: int, p: ProjectView) -> int:
    if not p.sensitivity.scenarios:
        return row
    row += 1
    for column, title in enumerate(("Scenario", "", *(SHOWN[name] for name in RESULTS))):
        made.write_string(row, column, title, w.formats["above" if column else "heading"])
    for title, values in {"Base": p.sensitivity.base, **p.sensitivity.scenarios}.items():
        row += 1
        made.write_string(row, 0, title, w.formats["label"])
        for column, name in enumerate(RESULTS, start=2):
            figure(w, made, row, column, values[name], KIND[name])
    return row + 1


def figure(
    w: Writer, made: Any, row: int, column: int, value: float | None, kind: str = ""
) -> None:
    """A static figure on grey; a blank stays blank."""
    if value is None:
        made.write_string(row, column, "none", w.formats.get(align="right", **GREY))
        return
    style = w.formats.get(num_format=KINDS[kind], **GREY) if kind else w.formats.static(value)
    made.write_number(row, column, value, style)
