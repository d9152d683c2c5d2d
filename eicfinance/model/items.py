"""What a model is made of: inputs, vectors, lines and results, as leaves of expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import (
    PLAIN,
    REDUCTIONS,
    Expr,
    ModelError,
    Operand,
    expr,
    walk,
)
from eicfinance.model.units import timeless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.model.model import Model


@dataclass(slots=True)
class Text:
    """What a reader sees of a named thing: its label, unit as written, section, note, source, and
    under which key a user writes it, if any does."""

    name: str
    label: str
    unit: str
    section: str
    note: str = ""
    source: str = ""
    key: str = ""


class Input(Expr):
    """A scalar that may differ between scenarios. low, high: its plausible range. equals: the
    result that it must equal, where the engine finds it (`Model.solved`). follows: a result of
    another model, perhaps on another clock, that it takes its value from where a whole case is run.
    """

    __slots__ = ("constant", "distribution", "equals", "follows", "high", "low", "shared", "text",
                 "value")  # fmt: skip

    def __init__(self, text: Text, value: float, low: float | None, high: float | None) -> None:
        super().__init__("input", (), timeless(text.unit))
        self.text, self.value, self.low, self.high = text, value, low, high
        self.distribution: str | None = None
        self.equals: Result | None = None
        self.follows: tuple[Model, Result] | None = None
        self.shared = self.constant = False

    @property
    def in_percent(self) -> bool:
        """Whether people say it in per cent: a rate, or a share that is 1 at most."""
        unit = self.text.unit
        return unit == "1/year" or (unit == "1" and self.high is not None and self.high <= 1)


class Vector(Expr):
    """Values by period, the same in every scenario.

    ``periods_per_year`` values are a season: the first belongs to the calendar year's first period.
    ``periods + 1`` values stand for periods 0..n.
    """

    __slots__ = ("seasonal", "text", "values")

    def __init__(self, text: Text, values: Sequence[float], seasonal: bool) -> None:
        super().__init__("vector", (), timeless(text.unit))
        self.text, self.values, self.seasonal = text, tuple(values), seasonal


class Line(Expr):
    """A row of the model: one formula for every period."""

    __slots__ = ("formula", "given", "kind", "text")

    def __init__(self, text: Text, kind: str, formula: Expr | None) -> None:
        super().__init__("line", (), timeless(text.unit), formula is not None and formula.blank)
        self.text, self.kind, self.formula = text, kind, formula
        self.given: tuple[Model, Line] | None = None

    def set(self, formula: Operand) -> Line:
        """Gives the formula of a line that was declared before. Returns the line."""
        if self.formula is not None or self.given is not None:
            raise ModelError(f"line {self.text.name!r} already has a formula")
        made = of_line(self.text, formula)
        if made.blank:  # what was written with the line before now takes it for a number
            raise ModelError(
                f"line {self.text.name!r} may be blank: give its formula where it is declared"
            )
        self.formula = made
        return self

    @property
    def previous(self) -> Expr:
        """The value one period before; 0 at period 0."""
        return self._use("previous")

    def lag(self, periods: Operand) -> Expr:
        """The value ``periods`` before (a whole number, not negative, the same in all periods)."""
        return self._shifted("lag", periods)

    def lead(self, periods: Operand) -> Expr:
        """The value ``periods`` after, as `lag`; all of the line is computed first."""
        return self._shifted("lead", periods)

    def _shifted(self, op: str, periods: Operand) -> Expr:
        distance = expr(periods)
        if not distance.unit.plain or distance.blank or periodic(distance):
            raise ModelError(
                f"{op} of {self.text.name!r}: the distance is a plain number, never blank, "
                "the same in all periods"
            )
        return self._use(op, distance)

    def sum(self) -> Expr:
        """The sum over all periods."""
        return self._use("sum")

    def lowest(self) -> Expr:
        """The smallest value over all periods, blanks left out."""
        return self._use("lowest")

    def highest(self) -> Expr:
        """The largest value over all periods, blanks left out."""
        return self._use("highest")

    def first(self) -> Expr:
        """The first period in which this flag is 1; blank if it never is."""
        if not self.unit.plain:
            raise ModelError(f"line {self.text.name!r} is in {self.unit}: .first() wants a flag")
        self._use("first")
        return Expr("first", (self,), PLAIN, blank=True)

    def irr(self) -> Expr:
        """The internal rate of return per year, (1 + i)^periods_per_year - 1 (irr.py)."""
        self._use("irr")
        return Expr("irr", (self,), PLAIN, blank=True)

    def _use(self, op: str, *more: Expr) -> Expr:
        if self.blank and op not in ("lowest", "highest"):
            raise ModelError(f"line {self.text.name!r} may be blank: .{op}() of it is not defined")
        return Expr(op, (self, *more), self.unit, self.blank)


class Result(Expr):
    """One number a scenario, computed from whole lines, inputs and other results."""

    __slots__ = ("formula", "text")

    def __init__(self, text: Text, formula: Expr) -> None:
        super().__init__("result", (), timeless(text.unit), formula.blank)
        self.text, self.formula = text, formula

    @property
    def in_percent(self) -> bool:
        """Whether people say it in per cent: an internal rate of return, or a rate a year."""
        return self.formula.op == "irr" or self.text.unit == "1/year"


class Timeline(Expr):
    """A row or number that every model has: period, year, season, last, year_end, ..."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__("timeline", (), PLAIN)
        self.name = name


def periodic(node: Expr) -> bool:
    """Whether the value differs from period to period."""
    if isinstance(node, Timeline):
        return node.name not in ("periods_per_year", "eps", "end")
    if node.op in REDUCTIONS or isinstance(node, Input | Result):
        return False
    return isinstance(node, Line | Vector) or any(periodic(arg) for arg in node.args)


def of_line(text: Text, formula: Operand) -> Expr:
    made = fitting(text, expr(formula))
    if made.op == "irr":
        raise ModelError(f"{text.name!r}: an irr is one number: make it a result")
    return made


def fitting(text: Text, formula: Expr) -> Expr:
    """The formula, if its unit is the declared one (a literal 0 fits any)."""
    zero = formula.op == "number" and not getattr(formula, "value", 1)
    if not zero and not formula.unit.same_as(timeless(text.unit)):
        raise ModelError(
            f"{text.name!r} is declared in {text.unit}, its formula is in {formula.unit}"
        )
    if any(node.op == "irr" for arg in formula.args for node in walk(arg)):
        raise ModelError(f"{text.name!r}: make the irr a result of its own first")
    return formula
