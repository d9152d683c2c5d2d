"""The workbook rendering: each line a row of live formulas, with the engine's value in every cell.

A calculation sheet has the columns label, unit, total, note, "before" (empty, so that what is
read before period 0 is nil), then periods 0..n. Results stand in the total column. One formula a
row; no number in a formula but 0 and 1: the rest are named cells. Functions are those that Excel
2010, LibreOffice and IronCalc compute alike (DESIGN: no LET, OFFSET, INDIRECT, XLOOKUP, ...).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from xlsxwriter.utility import xl_col_to_name

from eicfinance.model.expr import EPS, Expr, ModelError, Number, tolerance
from eicfinance.model.model import Input, Line, Model, Result, Timeline, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.model.numeric import Run

LABEL, UNIT, TOTAL, NOTE, BEFORE, FIRST = range(6)  # columns of a calculation sheet
TIMELINE: Final = {  # row of the sheet (from 1) and formula, same in every period
    "period": (4, "COLUMN()-COLUMN($F$1)"),
    "year": (5, "-INT(-{c}$4/Periods_per_year)"),
    "season": (6, "MOD({c}$4+Season_start-1,Periods_per_year)+1"),
    "last": (7, "IF({c}$4=MAX($F$4:${z}$4),1,0)"),
    "year_end": (8, "IF(AND({c}$4>0,MOD({c}$4,Periods_per_year)=0),1,0)"),
}
TOP: Final = 9  # first row (from 1) below the timeline
BINARY: Final = {"+": ("+", 2), "-": ("-", 2), "*": ("*", 3), "/": ("/", 3), "**": ("^", 4)}
RESERVED: Final = (
    "Periods_per_year",
    "Season_start",
    "Eps",
    "Dust",
    "Scenario",
)  # names that a book defines
CELL_LIKE: Final = r"\d.*|[a-z]{1,3}\d+|r\d*|c\d*|r\d*c\d*|true|false"  # not allowed as a name
ATOM: Final = 9
IRR_ROWS: Final = 6  # below the rate itself: how it was found, and its proof
IRR_WRONG: Final = 5  # of these, the one that is 1 where the rate does not hold


@cache
def letters() -> tuple[str, ...]:
    """The letters of all columns that a sheet may have."""
    return tuple(str(xl_col_to_name(k)) for k in range(16_384))


@dataclass(eq=False)
class Layout:
    """Where each line, result and input of a model stands, and the formula of each row.

    sheet: name of the calculation sheet. rows: name -> row from 1. headings: row, title.
    vectors: to be filled before a formula is asked for. alone: shared inputs of which this model
    has a cell of its own, with the cell's name. found: of an IRR, the cells of the rate per period
    from which the search starts (or the word for none) and of the flow's sum at that time; without
    them both stand on the sheet.
    """

    model: Model
    sheet: str
    rows: dict[str, int] = field(default_factory=dict)
    headings: list[tuple[int, str]] = field(default_factory=list)
    others: dict[str, Layout] = field(default_factory=dict)  # of the models that give lines
    vectors: dict[str, str] = field(default_factory=dict)  # name -> range on the Inputs sheet
    alone: dict[str, str] = field(default_factory=dict)
    found: dict[str, tuple[str, str]] = field(default_factory=dict)  # name -> two cells
    end: int = TOP
    own_clock: bool = False  # another number of periods a year than the book's: it stands in C5, C6
    steps: dict[Expr, tuple[Expr, ...]] = field(default_factory=dict)  # lines that repeat together
    together: tuple[Expr, ...] = ()  # those with the current one

    @property
    def clock(self) -> tuple[str, str]:
        """The cells of periods a year and of period 0's place in the calendar year."""
        return ("$C$5", "$C$6") if self.own_clock else ("Periods_per_year", "Season_start")

    def timeline(self, name: str) -> str:
        """The formula of a timeline row."""
        text = TIMELINE[name][1].replace("{z}", self.last_column)
        return text.replace("Periods_per_year", self.clock[0]).replace(
            "Season_start", self.clock[1]
        )

    @property
    def last_column(self) -> str:
        """The letters of the last period's column."""
        return letters()[FIRST + self.model.periods]

    @classmethod
    def of(cls, run: Run, sheet: str, others: dict[str, Layout], scenario: int = 0) -> Layout:
        """Gives each line and result its row; an IRR takes seven, and two for each of several
        roots.

        others: the layouts of the models that give lines to this one, by model name.
        """
        made = cls(run.model, sheet, others=others)
        for section in dict.fromkeys(item.text.section for item in run.model.rows):
            made.headings.append((made.end + 1, section))
            made.end += 2
            for item in [i for i in run.model.rows if i.text.section == section]:
                made.rows[item.text.name] = made.end
                made.end += 1
                if item.formula is not None and item.formula.op == "irr":
                    roots = run.irr(item.text.name, scenario).roots
                    made.end += IRR_ROWS + (2 * len(roots) if len(roots) > 1 else 0)
        return made

    # -- formulas: {c} stands for the column of the period, {p} for the one before --------------

    def formula(self, item: Line | Result) -> str:
        """The formula of a row as a template."""
        if isinstance(item, Line) and item.given is not None:
            source, line = item.given
            other = self.others[source.name]
            title = other.sheet.replace("'", "''")
            return f"'{title}'!{{c}}{other.rows[line.text.name]}"
        assert item.formula is not None
        if not self.steps:
            self.steps = {line: s.members for s in self.model.order() for line in s.members
                          if s.repeats}  # fmt: skip
        self.together = self.steps.get(item, ())
        return self._text(item.formula)

    def cells(self, name: str) -> str:
        """The range of a line over all periods."""
        row = self.rows[name]
        return f"$F${row}:${self.last_column}${row}"

    def _text(self, node: Expr, least: int = 0) -> str:
        text, binds = self._parts(node)
        return text if binds >= least else f"({text})"

    def _parts(self, node: Expr) -> tuple[str, int]:
        """The node's formula and how strongly its outermost operation binds."""
        if not node.args:
            return self._leaf(node), ATOM
        op, args = node.op, node.args
        if op in BINARY:
            sign, binds = BINARY[op]
            # a^b^c is read from the left by Excel, not by all
            left = self._text(args[0], binds + (op == "**"))
            right = self._text(args[1], binds + 1)
            return f"{left}{sign}{right}", binds
        if op == "neg":
            return f"-{self._text(args[0], ATOM)}", 0
        if op in (">", ">="):
            return f"IF({self._condition(node)},1,0)", ATOM
        if op in ("min", "max"):
            inner = ",".join(map(self._number, args))
            return f"{op.upper()}({inner})", ATOM
        texts = [self._text(arg) for arg in args[1:]]
        if op == "where":
            return f"IF({self._condition(args[0])},{texts[0]},{texts[1]})", ATOM
        if op == "floor":
            return f"INT({self._text(args[0])}+Eps)", ATOM
        return self._special(node, texts), ATOM

    def _special(self, node: Expr, texts: list[str]) -> str:
        op, first = node.op, node.args[0]
        if op == "or_else":
            value = self._text(first)
            return f"IF(ISNUMBER({value}),{value},{texts[0]})"
        if op == "ratio":
            over, under = self._text(first, 3), self._text(node.args[1], 4)
            within = "Eps" if tolerance(node) == EPS else "Dust"
            return f'IF(ABS({self._text(node.args[1])})>{within},{over}/{under},"")'
        assert isinstance(first, Line)
        row, cells = self.rows[first.text.name], self.cells(first.text.name)
        if op == "previous":
            return f"{{p}}{row}"
        if op == "lag":
            whole = _is_whole(node.args[1])
            n = texts[0] if whole else f"INT({texts[0]}+Eps)"
            at = f"{{c}}$4-{self._text(node.args[1], 3) if whole else n}+1"
            if first in self.together:  # the range must not hold a cell of the current period
                return f"IF({{c}}$4>={n},INDEX($E{row}:{{p}}{row},{at}+1),0)"
            return f"IF({{c}}$4>={n},INDEX($F{row}:{{c}}{row},{at}),0)"
        if op == "lead":
            n = texts[0] if _is_whole(node.args[1]) else f"INT({texts[0]}+Eps)"
            inside = f"{{c}}$4+{n}<=MAX($F$4:${self.last_column}$4)"
            return f"IF({inside},INDEX({cells},{{c}}$4+{n}+1),0)"
        if op == "sum":
            return f"SUM({cells})"
        if op in ("lowest", "highest"):
            name = "MIN" if op == "lowest" else "MAX"
            best = f"{name}({cells})"
            return f'IF(COUNT({cells})=0,"",{best})' if node.blank else best
        if op == "first":
            return f'IFERROR(INDEX($F$4:${self.last_column}$4,MATCH(1,{cells},0)),"")'
        raise ModelError(f"the workbook rendering has no operation {op!r}")

    def _condition(self, node: Expr) -> str:
        op, args = node.op, node.args
        if op in (">", ">="):
            within = "Eps" if tolerance(node) == EPS else "Dust"
            left, right = self._text(args[0], 2), self._text(args[1], 2)
            return f"{left}{op}{right}{'+' if op == '>' else '-'}{within}"
        if op in ("min", "max") and all(_is_flag(arg) for arg in args):
            return f"{'AND' if op == 'min' else 'OR'}({','.join(map(self._condition, args))})"
        return self._text(node)

    def _number(self, node: Expr) -> str:
        """An argument of MIN or MAX, which would pass over an empty cell instead of reading 0."""
        return self._text(node) + ("+0" if _may_be_empty(node) else "")

    def _leaf(self, node: Expr) -> str:
        if isinstance(node, Number):
            return f"{node.value:g}"
        if isinstance(node, Timeline):
            if node.name == "end":
                return f"MAX($F$4:${self.last_column}$4)"
            names = {"periods_per_year": self.clock[0], "eps": "Eps"}
            return names.get(node.name) or f"{{c}}${TIMELINE[node.name][0]}"
        if isinstance(node, Input):
            return self.alone.get(node.text.name) or defined_name(self.model, node)
        if isinstance(node, Vector):
            at = "{c}$6" if node.seasonal else "{c}$4+1"
            return f"INDEX({self.vectors[node.text.name]},{at})"
        assert isinstance(node, Line | Result)
        row = self.rows[node.text.name]
        return f"$C${row}" if isinstance(node, Result) else f"{{c}}{row}"


def defined_name(model: Model, item: Input) -> str:
    """The workbook's name for an input cell: shared ones stand alone ("discount_rate"), others
    after their model and two underscores ("mill__husk_price"). `names` makes sure of them all."""
    own = item.text.name if item.shared else f"{model.name}__{item.text.name}"
    name = re.sub(r"[^A-Za-z0-9_]", "_", own)
    return f"_{name}" if re.fullmatch(CELL_LIKE, name.lower()) else name


def names(models: Sequence[Model]) -> dict[str, tuple[Model, Input]]:
    """The name of each input cell of a book -> the input (a shared one as in its first model).

    Raises ModelError where two inputs would share a cell and are not the same figure; Excel tells
    names apart by letters, not by their case.
    """
    found: dict[str, tuple[Model, Input]] = {}
    taken: dict[str, str] = {name.lower(): "a name of every book" for name in RESERVED}
    for model in models:
        for item in model.inputs.values():
            name, here = defined_name(model, item), f"{item.text.name!r} of {model.name!r}"
            if name in found and item.shared and found[name][1].shared:
                first = found[name][1]
                if (item.text.name, item.value) == (first.text.name, first.value) and (
                    item.unit.same_as(first.unit)
                ):
                    continue
            if name.lower() in taken:
                raise ModelError(f"cell name {name!r}: {here} and {taken[name.lower()]}")
            found[name], taken[name.lower()] = (model, item), here
    return found


def _is_whole(node: Expr) -> bool:
    """Whether a lag's or lead's distance is whole as it stands; an input is taken at its word."""
    if isinstance(node, Result):
        return _is_whole(node.formula)
    if node.op in ("+", "-", "neg", "min", "max"):
        return all(map(_is_whole, node.args))
    return node.op == "floor" or not node.args


def _may_be_empty(node: Expr) -> bool:
    """Whether Excel may see an empty cell (before period 0) here, not its value: IF hands it on."""
    if node.op == "previous":
        return True
    return node.op in ("where", "or_else") and any(map(_may_be_empty, node.args[1:]))


def _is_flag(node: Expr) -> bool:
    return node.op in (">", ">=") or (
        node.op in ("min", "max") and all(_is_flag(arg) for arg in node.args)
    )
