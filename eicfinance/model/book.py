"""Writing a model's sheet: the formulas of sheet.py with the engine's value stored in every cell.

XlsxWriter stores 0 where it is given no value, and Excel's Protected View, phones and pandas show
only what is stored: so every formula cell gets its value.
"""

from __future__ import annotations

import math
import re
from html import escape
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

from eicfinance.model.expr import EPS, tolerance
from eicfinance.model.model import Line, Result
from eicfinance.model.numeric import timeline
from eicfinance.model.sheet import (
    FIRST,
    IRR_ROWS,
    IRR_WRONG,
    LABEL,
    NOTE,
    TIMELINE,
    TOTAL,
    UNIT,
    letters,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from io import BytesIO

    from eicfinance.model.irr import Irr
    from eicfinance.model.numeric import Run
    from eicfinance.model.sheet import Layout

AGAIN: Final = "run the program again"
LOST: Final = "almost all is lost"
# what Excel takes in no shared formula: other sheets, arrays, ranges made by :, newer functions
# ([MS-XLSB] 2.5.98.98, SharedParsedFormula)
UNSHARED: Final = re.compile(r"!|\{(?![cp]\})|\):|:[A-Z]+\(|_xlfn|#REF")
NEARLY_ALL_LOST: Final = 1e-5  # 1 + a yearly rate below which its digits do not prove an NPV of nil


class _Run(NamedTuple):
    """Formulas side by side, which XlsxWriter keeps as if they were one cell: the first. template:
    {c} stands for the column of each, {p} for the one before."""

    template: str
    style: Any
    values: Sequence[Any]

    def formula(self, column: int) -> str:
        p, c = letters()[column - 1 : column + 1]
        return self.template.replace("{c}", c).replace("{p}", p)

    def formulas(self, first: int) -> list[str]:
        return [self.formula(k) for k in range(first, first + len(self.values))]


class Sheet(Worksheet):  # type: ignore[misc]
    """XlsxWriter's worksheet without its rewriting and checking of each formula, which ours do not
    need and which took most of the time of a large book; whole rows of formulas in one piece."""

    shared = -1  # number of the last shared formula
    dim_colmax: int | None
    say: Callable[[str], str] = staticmethod(str)  # a label in the reader's language

    def write_string(self, row: int, col: int, text: str, *style: Any) -> Any:
        """A label, a unit or a note, in the reader's language; what a user wrote stays as it is."""
        return self._write_string(row, col, self.say(text), *style)

    def write_name(self, row: int, col: int, text: str, *style: Any) -> Any:
        """A text that a program reads back: as it is."""
        return self._write_string(row, col, text, *style)

    def write_formula(self, row: int, col: int, formula: str, style: Any, value: Any) -> Any:
        """A formula with its stored value; a word in it is said as the formula says it."""
        shown = self.say(value) if isinstance(value, str) else value
        return self._write_formula(row, col, formula, style, shown)

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _calculate_spans(self) -> None:
        """Spans are optional, and wrong for rows in one piece."""

    def formula_row(
        self, row: int, first: int, template: str, style: Any, values: Sequence[Any]
    ) -> None:
        """Writes a formula into as many columns as there are values, from ``first`` (> 0) on."""
        self._check_dimensions(row, first)
        self._check_dimensions(row, first + len(values) - 1)
        self.table[row][first] = _Run(template, style, values)

    def _get_range_data(
        self, row_start: int, col_start: int, row_end: int, col_end: int
    ) -> list[Any]:
        """What a chart stores of its cells: rows in one piece are cut into cells first."""
        for row in range(row_start, row_end + 1):
            for first, run in [item for item in self.table[row].items() if type(item[1]) is _Run]:
                pairs = zip(run.formulas(first), run.values, strict=True)
                for column, (formula, value) in enumerate(pairs, start=first):
                    self.table[row][column] = CellFormulaTuple(formula, run.style, value)
        data: list[Any] = super()._get_range_data(row_start, col_start, row_end, col_end)
        return data

    def _write_rows(self) -> None:
        """Without looking for cells where rows in one piece have none."""
        widest: int | None = self.dim_colmax
        self.dim_colmax = max((max(row, default=0) for row in self.table.values()), default=None)
        super()._write_rows()
        self.dim_colmax = widest

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        if isinstance(cell, _Run):
            formulas = self._formulas(row, col, cell)
            self._write_formulas(row, col, formulas, cell.style, cell.values)
        elif isinstance(cell, CellFormulaTuple) and cell.format is not None:
            formula = f"<f>{escape(cell.formula, quote=False)}</f>"
            self._write_formulas(row, col, [formula], cell.format, [cell.value])
        else:
            super()._write_cell(row, col, cell)

    def _formulas(self, row: int, first: int, run: _Run) -> list[str]:
        """A row of formulas as the file has them. Where it may, it has the formula once, as Excel's
        own do: then it is half as long."""
        count = len(run.values)
        if count < 2 or UNSHARED.search(run.template):
            return [f"<f>{escape(f, quote=False)}</f>" for f in run.formulas(first)]
        self.shared += 1
        begins, ends = letters()[first], letters()[first + count - 1]
        ref, text = f"{begins}{row + 1}:{ends}{row + 1}", escape(run.formula(first), quote=False)
        return [f'<f t="shared" ref="{ref}" si="{self.shared}">{text}</f>',
                *[f'<f t="shared" si="{self.shared}"/>'] * (count - 1)]  # fmt: skip

    def _write_formulas(
        self, row: int, first: int, formulas: list[str], style: Any, values: Sequence[Any]
    ) -> None:
        end = f'{row + 1}" s="{style._get_xf_index()}"'
        columns = letters()[first : first + len(formulas)]
        self.fh.write("".join([
            f'<c r="{column}{end}>{formula}<v>{value}</v></c>'
            if not value or type(value) is not str else
            f'<c r="{column}{end} t="str">{formula}<v>{escape(value, quote=False)}</v></c>'
            for column, formula, value in zip(columns, formulas, values, strict=True)
        ]))  # fmt: skip


class Book(Workbook):  # type: ignore[misc]
    """A workbook that is the same, byte for byte, when written twice; text stays text."""

    def __init__(
        self, path: str | BytesIO, created: datetime, say: Callable[[str], str] = str
    ) -> None:
        self.parts = TemporaryDirectory()  # in memory those of 60 projects would take a gigabyte
        super().__init__(
            path,
            {
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": self.parts.name,
            },
        )
        self.set_properties({"created": created})
        self.set_calc_mode("auto")
        self.say = say

    def close(self) -> None:
        """Raises OSError where the parts cannot be written, as on a full disk."""
        try:
            super().close()
        except FileCreateError as error:
            raise OSError(*error.args[0].args) from error
        finally:
            self.parts.cleanup()

    def add_sheet(self, name: str) -> Any:
        """A new worksheet of the class above."""
        made = self.add_worksheet(name, Sheet)
        made.say = self.say
        return made


def write_model(
    sheet: Any, layout: Layout, run: Run, formats: Any, dates: Sequence[str], scenario: int = 0
) -> None:
    """Writes a calculation sheet: timeline, headings, rows.

    formats: the cell format of each line and result (formats[item]) and of "label", "unit",
    "note", "date", "timeline", "heading" and "static" cells; reports decide how they look. dates: a
    text a period. The book must define `RESERVED`, the inputs' `names` and the vectors' ranges.
    """
    model = layout.model
    columns = letters()[FIRST - 1 : FIRST + model.periods + 1]
    sheet.write_string(2, LABEL, "Period end", formats["label"])
    for t, text in enumerate(dates):
        sheet.write_string(2, FIRST + t, text, formats["date"])
    if layout.own_clock:
        for row, value in ((4, model.periods_per_year), (5, model.season_start)):
            sheet.write_number(row, TOTAL, value, formats["timeline"])
    for name, (row, _) in TIMELINE.items():
        values = timeline(model, name)[:, 0].tolist()
        sheet.write_string(row - 1, LABEL, name.replace("_", " ").capitalize(), formats["label"])
        _fill(sheet, row - 1, layout.timeline(name), values, formats["timeline"])
    for row, title in layout.headings:
        sheet.write_string(row - 1, LABEL, title, formats["heading"])
    for item in model.rows:
        name, row, style = item.text.name, layout.rows[item.text.name] - 1, formats[item]
        sheet.write_string(row, LABEL, item.text.label, formats["label"])
        sheet.write_string(row, UNIT, item.text.unit, formats["unit"])
        if item.text.note:
            sheet.write_string(row, NOTE, item.text.note, formats["note"])
        if isinstance(item, Result):
            if item.formula.op == "irr":
                _write_irr(sheet, layout, run, item, columns, formats, scenario)
            else:
                shown = shown_value(run, item, scenario)
                sheet.write_formula(row, TOTAL, f"={layout.formula(item)}", style, shown)
            continue
        series = run.series(name, scenario)
        _fill(sheet, row, layout.formula(item), series, style)
        if item.kind == "flow":
            total = math.fsum(x for x in series if x is not None)
            cells = layout.cells(name)
            sheet.write_formula(row, TOTAL, f"=SUM({cells})", style, total)


def _fill(sheet: Any, row: int, template: str, values: Sequence[float | None], style: Any) -> None:
    """One formula a row, from period 0 on."""
    sheet.formula_row(row, FIRST, template, style, ["" if v is None else v for v in values])


def _write_irr(
    sheet: Any,
    layout: Layout,
    run: Run,
    item: Result,
    columns: Sequence[str],
    formats: Any,
    scenario: int,
) -> None:
    """An IRR and its proof: the program's root as guess, Excel's IRR from there, one Newton step,
    the NPV at the result, the sign changes, and each of several roots with its NPV. Where there is
    no rate or none that decides: the word for it, as long as the flow sums to what it did."""
    model, r = layout.model, layout.rows[item.text.name]
    line = item.formula.args[0]
    assert isinstance(line, Line)
    flows, t = layout.cells(line.text.name), f"$F$4:${layout.last_column}$4"
    found, (start, total) = run.irr(item.text.name, scenario), search_start(run, item, scenario)
    one = 0.0 if isinstance(start, str) else start
    guess, seen, x, better, flag = (f"$C${r + k}" for k in range(1, IRR_WRONG + 1))
    within = "Eps" if line.unit.plain else "Dust"

    def put(offset: int, label: str, formula: str, value: float | str) -> None:
        sheet.write_string(r - 1 + offset, LABEL, label, formats["label"])
        sheet.write_formula(r - 1 + offset, TOTAL, f"={formula}", formats[item], value)

    def put_found(offset: int, label: str, value: float | str, cell: str = "") -> None:
        if cell:
            put(offset, label, cell, value)
            return
        sheet.write_string(r - 1 + offset, LABEL, label, formats["label"])
        write = sheet.write_string if isinstance(value, str) else sheet.write_number
        write(r - 1 + offset, TOTAL, value, formats["static"])

    def npv_at(cell: str) -> str:
        return f"SUMPRODUCT({flows},(1+{cell})^-{t})"

    def not_nil(cell: str) -> str:
        size = f"SUMPRODUCT({flows},({flows}>0)-({flows}<0),(1+{cell})^-{t})"
        return f"IF(ABS({npv_at(cell)})>{within}+Eps*{size},1,0)"

    sheet.write_string(r, NOTE, found.reason, formats["note"])
    cells = layout.found.get(item.text.name, ("", ""))
    put_found(1, "   Rate per period found by the program", start, cells[0])
    put_found(2, "   Sum of the flow when the program found that", total, cells[1])
    excel = f"IF(ISNUMBER({guess}),IFERROR(IRR({flows},{guess}),{guess}),0)"
    put(3, "   Excel's IRR from there", excel, one)
    newton = f"{x}+(1+{x})*{npv_at(x)}/SUMPRODUCT({flows},{t},(1+{x})^-{t})"
    put(4, "   One Newton step further", f"IF(ISNUMBER({guess}),IFERROR({newton},{x}),0)", one)
    moved = f"IF(ABS(SUM({flows})-{seen})>{within}+Eps*ABS({seen}),MIN(1,$C${r + IRR_ROWS}),0)"
    wrong = f"IF(ISNUMBER({guess}),{not_nil(better)},{moved})"
    put(IRR_WRONG, "   1 where the rate, or that there is none, does not hold", wrong, 0.0)
    rate = f"IF(ISNUMBER({guess}),(1+{better})^{layout.clock[0]}-1,{guess})"
    put(
        0,
        item.text.label,
        f'IF({flag}>0,"{sheet.say(AGAIN)}",{rate})',
        shown_value(run, item, scenario),
    )
    series = run.series(line.text.name, scenario)
    _write_signs(sheet, layout, line, series, r - 1 + IRR_ROWS, columns, formats)
    for k, root in enumerate(found.roots if len(found.roots) > 1 else ()):
        row = 1 + IRR_ROWS + 2 * k
        put_found(row, "   Several rates: one of them", _per_period(root, model.periods_per_year))
        if 1 + root > NEARLY_ALL_LOST:
            put(row + 1, "   1 where the NPV at it is not nil", not_nil(f"$C${r + row}"), 0.0)


def search_start(run: Run, item: Result, scenario: int = 0) -> tuple[float | str, float]:
    """What an IRR's search in the sheet starts from: the rate per period, or the word where there
    is none; and the sum of its flow."""
    found, line = run.irr(item.text.name, scenario), item.formula.args[0]
    assert isinstance(line, Line)
    total = math.fsum(v for v in run.series(line.text.name, scenario) if v is not None)
    word = _without_rate(found)
    return word or _per_period(found.rate or 0.0, run.model.periods_per_year), total


def _without_rate(found: Irr) -> str:
    """Why the sheet shows no rate; "" if it does."""
    if found.rate is None:
        return found.status
    return LOST if 1 + found.rate <= NEARLY_ALL_LOST else ""


def shown_value(run: Run, item: Result, scenario: int = 0) -> float | str:
    """What a result's cell stores: its value, a word where an IRR has none, "" where blank."""
    value = run.value(item.text.name, scenario)
    if item.formula.op == "irr":
        word = _without_rate(run.irr(item.text.name, scenario))
        if word:
            return word
    return "" if value is None else value


def _write_signs(
    sheet: Any,
    layout: Layout,
    line: Line,
    values: Sequence[float | None],
    row: int,
    columns: Sequence[str],
    formats: Any,
) -> None:
    """The sign of a flow by period, nil taking the sign before it, and how often it changes."""
    within = tolerance(line > 0)
    signs, last = [], 0.0
    for value in values:
        assert value is not None
        last = math.copysign(1.0, value) if abs(value) > within else last
        signs.append(last)
    source, nil = layout.rows[line.text.name], "Eps" if within == EPS else "Dust"
    template = f"IF(ABS({{c}}{source})>{nil},SIGN({{c}}{source}),{{p}}{row + 1}+0)"
    sheet.write_string(row, LABEL, "   Sign changes of the flow", formats["label"])
    _fill(sheet, row, template, signs, formats["timeline"])
    left, right = f"$F${row + 1}:${columns[-2]}${row + 1}", f"$G${row + 1}:${columns[-1]}${row + 1}"
    changes = sum(a * b < 0 for a, b in pairwise(signs))
    count = f"=SUMPRODUCT(({left}*{right}<0)*1)"
    sheet.write_formula(row, TOTAL, count, formats["timeline"], changes)


def _per_period(annual: float, periods_per_year: int) -> float:
    return math.expm1(math.log1p(annual) / periods_per_year)
