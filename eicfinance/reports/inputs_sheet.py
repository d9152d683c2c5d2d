"""Sheets Inputs, Seasons and Portfolio: what a reader may change, the scenarios, and the text that
the workbook was made from. `eicfinance.portfolio.changed` reads them back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from eicfinance.model.book import search_start
from eicfinance.model.expr import DUST, EPS
from eicfinance.model.label import Label
from eicfinance.model.sheet import defined_name, names
from eicfinance.portfolio.book_rows import (
    BASE,
    CHECKSUM,
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
    VALUE,
    capped,
    checksum,
)
from eicfinance.portfolio.figures import LARGEST
from eicfinance.reports.formats import WHOLE
from eicfinance.reports.language import label as said_in
from eicfinance.reports.language import say
from eicfinance.reports.sheets import as_high_as, wrapped
from eicfinance.reports.words import number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.appraisal.selector import Selector
    from eicfinance.model.model import Input, Model
    from eicfinance.portfolio.figures import Value
    from eicfinance.reports.formats import Formats
    from eicfinance.reports.sheets import Writer

IN_USE, FIRST = 2, 3  # columns: the value in use, the first scenario
BASE_COLUMN = xl_col_to_name(FIRST)
ALL, APART = "Shared by all", "where empty: that of all"
SOURCE_WIDTH = 50
CHOICE_ROW, NUMBER_ROW, HEAD_ROW = 2, 3, 4
HOW = (
    "Change the blue cells. The workbook calculates with column C, which takes each figure from "
    "the column of the scenario chosen in C3; where that is empty, from Base. Yours is for you. "
    "Low and High put every figure that has a range at that end at once, for better or worse."
)
MADE_FROM = (
    "What this workbook was made from, as written. The blue cells are changes on it. Do not edit "
    "it here: save it as {file}, change that, and appraise it."
)
ERROR = "This cell takes a number"
LONGEST_CELL = 30_000  # characters, of the 32,767 that Excel holds
_BREAK = re.compile(r"\r\n|\r|\n")


def inputs(w: Writer, sheet: Any, chosen: Selector) -> None:
    """Every assumption: unit, value in use, by scenario, distribution, source, name, key."""
    f, titles = w.formats, [*chosen.titles, OWN]
    after = FIRST + len(titles)
    heads = ("Input", "Unit", LIVE, *titles, "Distribution", SOURCE, NAME, KEY)
    widths = (52, 13, 13, *(13 for _ in titles), 12, SOURCE_WIDTH, 34, 40)
    sheet.write_string(0, 0, INPUTS, f["title"])
    sheet.write_string(1, 0, HOW, f["unit"])
    bold = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
    for column, (title, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        side = {"align": "right"} if IN_USE <= column < after else {"align": "left", "indent": 1}
        side = side if IN_USE <= column <= after else {}
        read_back = title in (LIVE, *titles, SOURCE, NAME, KEY)
        own = title in (LIVE, BASE, LOW, HIGH, OWN, SOURCE, NAME, KEY)
        style = f.read_back(title, **bold, **side) if own else f.get(**bold, **side)
        (sheet.write_name if read_back else sheet.write_string)(HEAD_ROW, column, title, style)
    first, last = (xl_col_to_name(k) for k in (FIRST, after - 1))
    here = f"${first}${HEAD_ROW + 1}:${last}${HEAD_ROW + 1}"
    sheet.write_name(CHOICE_ROW, 0, SELECTOR, f.read_back(SELECTOR, bold=True))
    sheet.write_name(CHOICE_ROW, IN_USE, titles[0], f.get(bold=True, **f.blue, border=1))
    sheet.data_validation(CHOICE_ROW, IN_USE, CHOICE_ROW, IN_USE, {
        "validate": "list", "source": f"={here}", "error_title": SELECTOR,
        "error_message": said_in("Choose one of the columns' headings."),
    })  # fmt: skip
    if chosen.left_out:
        text = say("scenarios_left_out", names=", ".join(chosen.left_out))
        sheet.write_string(CHOICE_ROW, FIRST, text[:200], f["beside"])
    sheet.write_string(NUMBER_ROW, 0, "Its number", f["label"])
    for k in range(len(titles)):
        sheet.write_number(NUMBER_ROW, FIRST + k, k + 1, f["timeline"])
    numbers = here.replace(str(HEAD_ROW + 1), str(NUMBER_ROW + 1))
    formula = f"=MAX(1,SUMPRODUCT(({here}=$C${CHOICE_ROW + 1})*{numbers}))"
    sheet.write_formula(NUMBER_ROW, IN_USE, formula, f["timeline"], 1)
    w.book.define_name("Scenario", f"={INPUTS}!$C${NUMBER_ROW + 1}")
    row = _fixed(w, sheet, HEAD_ROW + 2)
    row = _figures(w, sheet, row, chosen)
    row = _found(w, sheet, row + 1, chosen)
    sheet.print_area(0, 0, row - 1, after + 1)  # names and keys are for the screen


def _fixed(w: Writer, sheet: Any, row: int) -> int:
    """What belongs to the workbook as a whole."""
    f, first = w.formats, w.shown.case.models[0]
    row = w.heading(sheet, row, "The workbook itself")
    for name, value, note in (
        ("Periods_per_year", first.periods_per_year, "structure: change it in the portfolio"),
        ("Season_start", first.season_start, "place of period 0 in the calendar year"),
        ("Eps", EPS, "tolerance on plain numbers"),
        ("Dust", DUST, "tolerance on quantities with a unit"),
    ):
        sheet.write_string(row, 0, name.replace("_", " "), f["label"])
        style = f.get(num_format="0E+00", bg_color="#E8E8E8") if value < 1 else f["timeline"]
        sheet.write_number(row, IN_USE, value, style)
        sheet.write_string(row, FIRST, note, f["beside"])
        w.book.define_name(name, f"={INPUTS}!$C${row + 1}")
        row += 1
    return row


def _figures(w: Writer, sheet: Any, row: int, chosen: Selector) -> int:
    """Shared inputs once, then those of each model; only what some formula uses."""
    models = w.shown.case.models
    used = {defined_name(m, m.inputs[name]) for m in models for name in m.used()}
    cells = [found for name, found in names(models).items() if name in used]
    groups = [(ALL, [found for found in cells if found[1].shared])]
    groups += [
        (w.title(m), [(m, item) for owner, item in cells if owner is m and not item.shared])
        for m in models
    ]
    for model, (_, items) in zip(models, groups[1:], strict=True):
        items += [(model, model.inputs[n]) for place, n in chosen.alone if place == model.name]
    for title, items in groups:
        if not items:
            continue
        row = w.heading(sheet, row + 1, title)
        for model, item in items:
            apart = item.shared and title != ALL
            _figure(w, sheet, row, model, item, chosen, apart)
            row += 1
    return row


def _figure(
    w: Writer, sheet: Any, row: int, model: Model, item: Input, chosen: Selector, apart: bool
) -> None:
    """A row an input. apart: a figure that all share, where some scenario has another for this
    model alone; empty, it is that of all."""
    f, text, name = w.formats, item.text, defined_name(model, item)
    said, key, source, where_empty = text.label, text.key, text.source, f"${BASE_COLUMN}{row + 1}"
    if apart:
        where_empty = f'IF({where_empty}="",{name},{where_empty})'
        name = f"{model.name}__{text.name}"
        said, source = Label("{label}, of this alone", text.label), APART
        key = w.shown.case.portfolio.key_of(model.name, f"inputs.{text.name}")
        w.layouts[model.name].alone[text.name] = name
    sheet.write_string(row, 0, said, f["label"])
    sheet.write_string(row, 1, text.unit, f["unit"])
    base = w.runs[model.name].value(text.name)
    assert base is not None
    place = "economy" if item.shared and not apart else model.name
    after = FIRST + len(chosen.titles)
    values: list[float | None] = [moves.get((place, text.name)) for moves in chosen.moves]
    if item.equals is not None:
        run = chosen.runs[model.name]
        values = [run.value(text.name, k) for k in range(len(chosen.titles))]
    style = _style(f, item, all(float(x).is_integer() for x in (base, *values) if x is not None))
    values[0] = None if apart or item.follows else base
    for column, value in enumerate([*values, None], start=FIRST):
        if value is not None:
            sheet.write_number(row, column, value, style)
        elif key:
            sheet.write_blank(row, column, None, style)
    live = f.get(num_format=style.num_format)
    if item.follows:
        layout = w.layouts[item.follows[0].name]
        cell = f"='{layout.sheet}'!$C${layout.rows[item.follows[1].text.name]}"
        sheet.write_formula(row, IN_USE, cell, live, base)
    else:
        _live(w, sheet, row, len(chosen.titles) + 1, base, live, where_empty)
    if key:
        given = getattr(w.shown.case.portfolio, "figures", {})
        limits = _limits(text.label, text.unit, given.get(text.key), key.endswith(".count"), base)
        sheet.data_validation(row, FIRST, row, after, limits)
    sheet.write_string(row, after + 1, item.distribution or "", f["unit"])
    write = sheet.write_name if key and not apart else sheet.write_string
    write(row, after + 2, source, wrapped(f, source, SOURCE_WIDTH))
    as_high_as(sheet, row, (source, SOURCE_WIDTH))
    sheet.write_name(row, after + 3, name, f["unit"])
    if key:
        sheet.write_name(row, after + 4, key, f["unit"])
    w.book.define_name(name, f"={INPUTS}!$C${row + 1}")


def _live(
    w: Writer, sheet: Any, row: int, columns: int, value: float | str, style: Any, where_empty: str
) -> None:
    """The cell that the workbook calculates with: of the scenario in use, else of the base."""
    last = xl_col_to_name(FIRST + columns - 1)
    one = f"INDEX(${BASE_COLUMN}{row + 1}:${last}{row + 1},Scenario)"
    sheet.write_formula(row, IN_USE, f'=IF({one}="",{where_empty},{one})', style, value)


def _limits(label: str, unit: str, value: Value | None, whole: bool, base: float) -> dict[str, Any]:
    """What a cell takes: a number within the limits of its figure."""
    least = 1 if whole else -LARGEST if value is None else value.figure.least
    most = LARGEST if value is None else value.figure.most
    most = most if base >= 1 else capped(unit, most)
    ends, rate = (("at least", least), ("at most", most)), unit == "1/year"
    parts = [f"{said_in(word)} {percent(x, 2) if rate else number(x, 4).rstrip('0').rstrip('.')}"
             for word, x in ends if x is not None and abs(x) < LARGEST]  # fmt: skip
    between = f" {said_in('and')} "
    said = f", {between.join(parts)}" if parts else ""
    phrase = "cell_takes_rate" if unit == "1/year" else "cell_takes"
    text = say(phrase, label=said_in(label)[:120], unit=unit, limits=said)
    return {
        "validate": "integer" if whole else "decimal", "criteria": "between",
        "minimum": -LARGEST if least is None else least,
        "maximum": LARGEST if most is None else most,
        "error_title": said_in(ERROR), "error_message": text[:250],
    }  # fmt: skip


def _style(f: Formats, item: Input, whole: bool) -> Any:
    """Blue is for what a reader may change; what the program has found is static. whole: without
    digits after the point, in every scenario."""
    if item.equals is not None:
        return f["static"]
    rate = item.text.unit == "1/year"
    if item.constant or not item.text.key:
        form = "0.00####%" if rate else WHOLE if whole else "#,##0.00####"
        return f.get(num_format=form, font_color="#666666")
    return f["rate" if rate else "whole" if whole else "input"]


def _found(w: Writer, sheet: Any, row: int, chosen: Selector) -> int:
    """What the search for each IRR starts from, by scenario; Yours starts as the base does. Returns
    the row below."""
    f = w.formats
    items = [(m, m.results[name]) for m in w.shown.case.models for name in w.runs[m.name].irrs]
    if not items:
        return row
    row = w.heading(sheet, row, "Found by the program: where the search for each IRR starts")
    for model, item in items:
        run, layout = chosen.runs[model.name], w.layouts[model.name]
        starts = [search_start(run, item, k) for k in range(len(chosen.titles))]
        starts[0] = search_start(w.runs[model.name], item)
        starts.append(starts[0])
        cells = []
        title = Label("{title}: {label}", w.title(model), item.text.label)
        for k, what in enumerate(("rate per period", "sum of its flow")):
            sheet.write_string(row, 0, Label("{title}: {what}", title, what), f["label"])
            for column, values in enumerate(starts, start=FIRST):
                write = sheet.write_string if isinstance(values[k], str) else sheet.write_number
                write(row, column, values[k], f["start" if k == 0 else "sum"])
            _live(
                w,
                sheet,
                row,
                len(starts),
                starts[0][k],
                f["start" if k == 0 else "sum"],
                f"${BASE_COLUMN}{row + 1}",
            )
            cells.append(f"{INPUTS}!$C${row + 1}")
            row += 1
        layout.found[item.text.name] = (cells[0], cells[1])
    return row


def seasons(w: Writer, sheet: Any) -> None:
    """Vectors, a row each: seasons (the calendar year's first period first), series by period."""
    f = w.formats
    sheet.write_string(0, 0, SEASONS, f["title"])
    text = "Blue rows are shares of a year, January to December, that add up to 1."
    sheet.write_string(1, 0, text, f["unit"])
    for column, width in enumerate((52, 8, 34, 36)):
        sheet.set_column(column, column, width)
    a_year = w.shown.case.models[0].periods_per_year
    sheet.set_column(4, 4 + a_year, 8)
    for column, title in enumerate(("Series", "Unit", SOURCE, KEY, VALUE)):
        write = sheet.write_string if column < 2 else sheet.write_name
        write(
            2,
            column,
            title,
            f.read_back(title, bold=True, bottom=1) if column > 1 else f["heading"],
        )
    row = 3
    for model in w.shown.case.models:
        for name, vector in model.vectors.items():
            key = vector.text.key
            said = Label("{title}: {label}", w.title(model), vector.text.label)
            sheet.write_string(row, 0, said, wrapped(f, said_in(said), 52))
            as_high_as(sheet, row, (said_in(said), 52), (vector.text.source, 34))
            sheet.write_string(row, 1, vector.text.unit, f["unit"])
            sheet.write_name(row, 2, vector.text.source, f["text"])
            if key:
                sheet.write_name(row, 3, key, f["unit"])
            for k, value in enumerate(vector.values):
                style = f["share" if key else "grey_share"]
                sheet.write_number(row, 4 + k, value, style)
            last = xl_col_to_name(3 + len(vector.values))
            w.layouts[model.name].vectors[name] = f"{SEASONS}!$E${row + 1}:${last}${row + 1}"
            row += 1
    sheet.print_area(0, 0, row, 4 + a_year)  # one year


def portfolio_text(w: Writer) -> None:
    """The text that the workbook was made from, a line a row, with its checksum."""
    texts = w.shown.case.portfolio.texts
    f, sheet = w.formats, w.add(TEXT, (5, 0))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 7)
    sheet.set_column(2, 2, 110)
    texts = {name: "\n".join(_BREAK.split(text)) for name, text in texts.items()}
    sheet.write_string(0, 0, TEXT, f["title"])
    sheet.write_string(1, 0, Label(MADE_FROM, next(iter(texts))), f["unit"])
    sheet.write_name(2, 0, CHECKSUM, f.read_back(CHECKSUM))
    sheet.write_name(2, 2, checksum(texts), f["unit"])
    for column, title in enumerate(("File", "Line", "Text")):
        sheet.write_string(4, column, title, f["heading"])
    row, code = 5, f.get(font_name="Courier New", text_wrap=True, valign="top")
    for name, text in texts.items():
        for k, line in enumerate(text.split("\n"), start=1):
            for part in _parts(line):
                sheet.write_name(row, 0, name, f["unit"])
                sheet.write_number(row, 1, k, f["timeline"])
                if part:
                    sheet.write_name(row, 2, part, code)
                row += 1


def _parts(line: str) -> Sequence[str]:
    """A line, cut where it is too long for a cell."""
    cuts = range(0, max(1, len(line)), LONGEST_CELL)
    return [line[k : k + LONGEST_CELL] for k in cuts]
