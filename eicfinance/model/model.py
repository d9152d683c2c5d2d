"""A model: named lines on a timeline, written once.

    m = Model("fund", periods=24, periods_per_year=12)
    rate = m.input("rate", 0.12, "1", low=0.08, high=0.18, source="loan offer of 2026-03")
    with m.section("Loan", prefix="loan"):
        balance = m.stock("balance", "THB")                    # declared here, given below
        interest = m.line("interest", "THB", balance.previous * rate / m.periods_per_year)
    balance.set(balance.previous + drawdown - principal)
    m.result("cost_of_credit", "THB", interest.sum())
    m.check("loan is repaid", where(m.last, balance, 0), scale=drawdown.sum())

Periods run 0..n. Period 0 is the closing date; what happens in a period falls at its end. A line's
value at a period may depend on other lines in the same period, on the past (`previous`, `lag`), on
results over whole lines and on values to come (`lead`), but never on itself in the same period nor,
through a result or a lead, on its own future: such a circle is refused with the chain of names
(`Model.order`).

The language knows no finance. Renderings: numeric.py (numpy), compiled.py (one loop, for very many
scenarios), sheet.py (Excel), script.py (JavaScript).
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, TypeVar

from eicfinance.model.expr import (
    Expr,
    ModelError,
    Operand,
    expr,
    maximum,
    ratio,
    walk,
)
from eicfinance.model.items import (
    Input,
    Line,
    Result,
    Text,
    Timeline,
    Vector,
    fitting,
    of_line,
    periodic,
)
from eicfinance.model.label import Label
from eicfinance.model.order import Step, order
from eicfinance.model.units import UnitError, timeless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Named = TypeVar("Named", "Input", "Vector", "Line", "Result")
PERIODS_PER_YEAR: Final = (1, 2, 4, 12, 52)
KINDS: Final = ("flow", "stock", "rate")  # annual view: sum, last, mean of the year


@dataclass(frozen=True, slots=True)
class Check:
    """A flag (line or result) that is 1 where something that must hold does not."""

    title: str
    failures: Line | Result


@dataclass(eq=False)
class Model:
    """Named inputs, lines and results on one timeline.

    name: a word, unique among the models of a cluster. periods: n, the last period. season_start:
    the place of period 0 in the calendar year, 1..periods_per_year. rows: lines and results in the
    order of writing, which is their order on the sheet; `order` is that of calculation.
    """

    name: str
    periods: int
    periods_per_year: int = 12
    season_start: int = 1
    inputs: dict[str, Input] = field(default_factory=dict)
    vectors: dict[str, Vector] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    rows: list[Line | Result] = field(default_factory=list)
    _section: str = ""
    _prefix: str = ""
    _steps: list[Step] | None = None
    _used: frozenset[str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.periods_per_year not in PERIODS_PER_YEAR:
            raise ModelError(f"periods_per_year is one of {PERIODS_PER_YEAR}")
        if self.periods < 1:
            raise ModelError("a model has at least one period after the closing date")
        if not 1 <= self.season_start <= self.periods_per_year:
            raise ModelError(f"season_start is one of 1 to {self.periods_per_year}")
        self.per_year = self._timeline("periods_per_year")
        self.period = self._timeline("period")  # 0..n
        self.year = self._timeline("year")  # project year: 0 at closing, then 1, 2, ...
        self.season = self._timeline("season")  # place in the calendar year, 1..periods_per_year
        self.end = self._timeline("end")  # n, the last period
        self.last = self._timeline("last")  # 1 in the last period
        self.year_end = self._timeline("year_end")  # 1 in the last period of each project year
        self.eps = self._timeline("eps")

    def input(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        low: float | None = None,
        high: float | None = None,
        distribution: str | None = None,
        source: str = "assumption",
        label: str = "",
        shared: bool = False,
        key: str = "",
    ) -> Input:
        """A figure that the user may change. shared: one cell for all models of a cluster. key:
        under which the user writes it."""
        made = Input(self._text(name, unit, label, "", source), float(value), low, high)
        made.text.key = key
        made.distribution, made.shared = distribution, shared
        return self._add(self.inputs, made)

    def constant(self, name: str, value: float, unit: str, source: str, label: str = "") -> Input:
        """A figure of nature or definition (kg in a tonne); it has no range."""
        made = self.input(name, value, unit, source=source, label=label, shared=True)
        made.constant = True
        return made

    def solved(self, name: str, start: float, unit: str, label: str = "") -> Input:
        """A figure that the engine finds: the one at which a result that depends on it equals it
        (`solve`). start: where it begins to look; not 0."""
        return self.input(name, start, unit, source="found by the program", label=label)

    def solve(self, unknown: Input, result: Result) -> None:
        """States what a `solved` figure equals. A circle is cut so; the check says whether it
        closes."""
        if not result.unit.same_as(unknown.unit) or result.blank:
            raise ModelError(
                f"{unknown.text.name!r} is in {unknown.unit}: it cannot equal "
                f"{result.text.name!r}, in {result.unit}{', which may be blank' * result.blank}"
            )
        unknown.equals = result
        self.check(f"{unknown.text.label} still solves", unknown - result, unknown)

    def vector(
        self,
        name: str,
        values: Sequence[float],
        unit: str,
        source: str = "assumption",
        label: str = "",
        key: str = "",
    ) -> Vector:
        """Values by season or by period (class Vector). key: as of inputs."""
        if len(values) not in (self.periods_per_year, self.periods + 1):
            raise ModelError(
                f"vector {name!r} has {len(values)} values: give {self.periods_per_year} "
                f"(a season) or {self.periods + 1} (periods 0 to {self.periods})"
            )
        for place, value in enumerate(values):
            if not math.isfinite(value):
                raise ModelError(f"vector {name!r}: value {place} is {value}")
        seasonal = len(values) == self.periods_per_year
        text = self._text(name, unit, label, "", source)
        text.key = key
        return self._add(self.vectors, Vector(text, values, seasonal))

    def line(
        self,
        name: str,
        unit: str,
        formula: Operand | None = None,
        *,
        kind: str = "flow",
        label: str = "",
        note: str = "",
    ) -> Line:
        """A row. Without a formula it is declared and given later by `Line.set`."""
        if kind not in KINDS:
            raise ModelError(f"line {name!r}: kind is one of {KINDS}")
        text = self._text(name, unit, label, note)
        made = None if formula is None else of_line(text, formula)
        return self._add(self.lines, Line(text, kind, made))

    def stock(self, name: str, unit: str, formula: Operand | None = None, **text: str) -> Line:
        """A row whose value stands at the period's end (a balance): its year shows the last."""
        return self.line(name, unit, formula, kind="stock", **text)

    def rate(self, name: str, unit: str, formula: Operand | None = None, **text: str) -> Line:
        """A row whose year shows the mean (a price, a flag, a share)."""
        return self.line(name, unit, formula, kind="rate", **text)

    def cumulative(self, name: str, flow: Line, **text: str) -> Line:
        """The running total of a flow from period 0."""
        made = self.stock(name, flow.text.unit, None, **text)
        return made.set(made.previous + flow)

    def ratio(
        self, name: str, numerator: Expr, denominator: Expr, unit: str = "1", **text: str
    ) -> Line:
        """A row that is blank where the denominator is nil (DSCR where nothing is due)."""
        return self.stock(name, unit, ratio(numerator, denominator), **text)

    def result(
        self, name: str, unit: str, formula: Operand, *, label: str = "", note: str = ""
    ) -> Result:
        """One number a scenario. Its formula sees lines only through sum, lowest, highest, ..."""
        text = self._text(name, unit, label, note)
        node = fitting(text, expr(formula))
        if periodic(node):
            raise ModelError(f"result {text.name!r} uses a line period by period: reduce it first")
        return self._add(self.results, Result(text, node))

    def given(self, name: str, source: Model, line: Line, label: str = "") -> Line:
        """A line of another model of the cluster; 0 after that model's last period."""
        if (source.periods_per_year, source.season_start) != (
            self.periods_per_year,
            self.season_start,
        ):
            raise ModelError(f"{name!r} is given by model {source.name!r} on another timeline")
        note = Label("from {model}: {line}", source.name, line.text.name)
        made = Line(self._text(name, line.text.unit, label, note), line.kind, None)
        made.given, made.blank = (source, line), line.blank
        return self._add(self.lines, made)

    def check(self, title: str, difference: Expr, scale: Expr) -> None:
        """States that ``difference`` is nil, within Dust + Eps x |scale|, in every period.

        scale: the size of what is compared, so that rounding of large sums is forgiven.
        """
        name = "check_" + re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        within = self.eps * maximum(scale, -scale)
        flag = maximum(difference, -difference) > within
        made: Line | Result
        if periodic(flag):
            made = self.line(name, "1", flag, label=title, note="1 where it does not hold")
        else:
            made = self.result(name, "1", flag, label=title, note="1 where it does not hold")
        self.checks.append(Check(title, made))

    @contextmanager
    def section(self, title: str, prefix: str = "") -> Iterator[None]:
        """A block of rows under a heading; ``prefix`` goes before the names made inside it."""
        outer = self._section, self._prefix
        self._section = title
        self._prefix = f"{self._prefix}{prefix}." if prefix else self._prefix
        try:
            yield
        finally:
            self._section, self._prefix = outer

    def __getitem__(self, name: str) -> Any:
        """The input, vector, line or result of that name. Raises ModelError with the nearest."""
        for table in self._tables():
            if name in table:
                return table[name]
        known = [key for table in self._tables() for key in table]
        near = get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ModelError(f"model {self.name!r} has nothing named {name!r}{hint}")

    def __contains__(self, name: str) -> bool:
        return (name in self.lines or name in self.inputs or name in self.results
                or name in self.vectors)  # fmt: skip

    def order(self) -> list[Step]:
        """The steps of the calculation (order.py). Raises ModelError for a circle or a gap, and
        for a formula with an input of another model."""
        if self._steps is None:
            for item in self.rows:
                for node in walk(item.formula) if item.formula is not None else ():
                    if isinstance(node, Input | Vector) and not self._owns(node):
                        raise ModelError(
                            f"{item.text.name!r} uses the input {node.text.name!r} of a model "
                            f"other than {self.name!r}: declare it here too"
                        )
            self._steps = order(self.rows)
        return self._steps

    def used(self) -> frozenset[str]:
        """Names of the inputs that a formula uses; others do not matter here."""
        if self._used is None:
            formulas = (item.formula for item in self.rows if item.formula is not None)
            nodes = (node for formula in formulas for node in walk(formula))
            self._used = frozenset(node.text.name for node in nodes if isinstance(node, Input))
        return self._used

    def _owns(self, item: Input | Vector) -> bool:
        return item in (self.inputs.get(item.text.name), self.vectors.get(item.text.name))

    def _tables(self) -> tuple[dict[str, Any], ...]:
        return self.inputs, self.vectors, self.lines, self.results

    def _timeline(self, name: str) -> Expr:
        return Timeline(name)

    def _text(self, name: str, unit: str, label: str, note: str = "", source: str = "") -> Text:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ModelError(f"{name!r} is not a name: use small letters, digits and _")
        full = self._prefix + name
        if full in self:
            raise ModelError(f"model {self.name!r} already has something named {full!r}")
        try:
            timeless(unit)
        except UnitError as error:
            raise ModelError(f"{full!r}: {error}") from None
        shown = label or name.replace("_", " ").capitalize()
        return Text(full, shown, unit, self._section, note, source)

    def _add(self, table: dict[str, Named], made: Named) -> Named:
        self._steps = self._used = None
        table[made.text.name] = made
        if isinstance(made, Line | Result):
            self.rows.append(made)
        return made


__all__ = [
    "Check",
    "Input",
    "Line",
    "Model",
    "ModelError",
    "Result",
    "Text",
    "Timeline",
    "Vector",
    "periodic",
]
