"""Expressions: what a line of a model says, as a small tree that any rendering can read.

A node has an operation, arguments and a unit. Python's operators build nodes, so that a formula
reads as it would on paper::

    interest = balance.previous * rate / m.periods_per_year

Every operation is listed in `OPERATIONS` below: that table, with lines, inputs and results
(model.py), is the whole language. Numbers in a formula may only be 0 and 1; every other number has
a name, a unit and a source (``m.constant``). Comparisons and `floor` carry a tolerance in every
rendering, so that two renderings never fall on different sides of a step.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final, NoReturn

from eicfinance.model.units import Unit, timeless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EPS: Final = 1e-9  # tolerance on plain numbers: counts, rates, ratios
DUST: Final = 1e-6  # tolerance on quantities with a unit: a millionth of a baht, kWh, tonne
PLAIN: Final = timeless("1")

# operation -> (number of arguments, what it means)
OPERATIONS: Final[dict[str, tuple[int, str]]] = {
    "+": (2, "sum of two quantities of the same unit"),
    "-": (2, "difference of two quantities of the same unit"),
    "*": (2, "product; units multiply"),
    "/": (2, "quotient; units divide"),
    "**": (2, "power of plain numbers"),
    "neg": (1, "the negative"),
    ">": (2, "1 where the first is larger by more than the tolerance, otherwise 0"),
    ">=": (2, "1 where the first is not smaller by more than the tolerance, otherwise 0"),
    "min": (2, "the smaller"),
    "max": (2, "the larger"),
    "where": (3, "the second where the first (a flag) is not 0, otherwise the third"),
    "floor": (1, "the largest whole number not above, with tolerance"),
    "or_else": (2, "the first, or the second where the first is blank"),
    "previous": (1, "a line's value one period before; 0 before period 0"),
    "lag": (2, "a line's value n periods before; 0 before period 0; n may be an input"),
    "lead": (2, "a line's value n periods after; 0 beyond the last period; n may be an input"),
    "ratio": (2, "quotient that is blank where the denominator is nil"),
    "sum": (1, "a line summed over all periods"),
    "lowest": (1, "a line's smallest value, blanks left out; blank if all are"),
    "highest": (1, "a line's largest value, blanks left out; blank if all are"),
    "first": (1, "the first period in which a flag line is 1; blank if never"),
    "irr": (1, "a line's internal rate of return per year; blank unless there is exactly one"),
}
REDUCTIONS: Final = ("sum", "lowest", "highest", "first", "irr")
PAST: Final = ("previous", "lag")
WHOLE: Final = (*REDUCTIONS, "lead")  # what needs all of a line first


class ModelError(Exception):
    """A model that cannot be computed as written; the message names the line and what to do."""


class Expr:
    """A node: an operation on other nodes. Leaves (inputs, lines, results) are subclasses.

    op: a key of `OPERATIONS`, or "number", "input", "vector", "line", "result", "timeline".
    unit: of the value, without time (units.py). blank: whether a value may be missing. fragile:
    whether it divides or takes a power, so that it may have no value at all (1/0, 0**0).
    """

    __slots__ = ("args", "blank", "fragile", "op", "unit")

    def __init__(self, op: str, args: tuple[Expr, ...], unit: Unit, blank: bool = False) -> None:
        self.op, self.args, self.unit, self.blank = op, args, unit, blank
        self.fragile: bool = op in ("/", "**") or any(arg.fragile for arg in args)

    def __add__(self, other: Operand) -> Expr:
        return _alike("+", self, other)

    def __radd__(self, other: Operand) -> Expr:
        return _alike("+", other, self)

    def __sub__(self, other: Operand) -> Expr:
        return _alike("-", self, other)

    def __rsub__(self, other: Operand) -> Expr:
        return _alike("-", other, self)

    def __mul__(self, other: Operand) -> Expr:
        b = expr(other)
        return _node("*", (self, b), self.unit * b.unit)

    def __rmul__(self, other: Operand) -> Expr:
        return expr(other) * self

    def __truediv__(self, other: Operand) -> Expr:
        b = expr(other)
        return _node("/", (self, b), self.unit / b.unit)

    def __rtruediv__(self, other: Operand) -> Expr:
        return expr(other) / self

    def __pow__(self, other: Operand) -> Expr:
        b = expr(other)
        if not (self.unit.plain and b.unit.plain):
            raise ModelError(f"a power needs plain numbers, not {self.unit} ** {b.unit}")
        return _node("**", (self, b), PLAIN)

    def __neg__(self) -> Expr:
        return _node("neg", (self,), self.unit)

    def __gt__(self, other: Operand) -> Expr:
        return _alike(">", self, other, PLAIN)

    def __lt__(self, other: Operand) -> Expr:
        return _alike(">", other, self, PLAIN)

    def __ge__(self, other: Operand) -> Expr:
        return _alike(">=", self, other, PLAIN)

    def __le__(self, other: Operand) -> Expr:
        return _alike(">=", other, self, PLAIN)

    def __and__(self, other: Expr) -> Expr:
        return minimum(self, other)

    def __or__(self, other: Expr) -> Expr:
        return maximum(self, other)

    def __invert__(self) -> Expr:
        return 1 - self

    def __bool__(self) -> NoReturn:
        raise ModelError(
            "a formula is neither true nor false while it is being written: use where(), "
            "minimum(), maximum(), & and |, and write a < b < c as (a < b) & (b < c)"
        )

    def or_else(self, other: Operand) -> Expr:
        """This value, or ``other`` where it is blank (nothing due, a date never met)."""
        b = expr(other)
        return Expr("or_else", (self, b), _common("or_else", self, b), b.blank)


Operand = Expr | int | float


class Number(Expr):
    """The literals 0 and 1."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        super().__init__("number", (), PLAIN)
        self.value = value


def expr(value: Operand) -> Expr:
    """``value`` as a node. Raises ModelError for a number other than 0 and 1."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool):
        raise ModelError("== and != do not compare formulas: use >= and <= , or a flag of its own")
    if value not in (0, 1):
        raise ModelError(
            f"the number {value!r} stands in a formula without name, unit or source: "
            "declare it with m.input or m.constant (only 0 and 1 may be written out)"
        )
    return Number(value)


def minimum(a: Operand, b: Operand) -> Expr:
    """The smaller of two quantities, period by period."""
    return _alike("min", a, b)


def maximum(a: Operand, b: Operand) -> Expr:
    """The larger of two quantities, period by period."""
    return _alike("max", a, b)


def total(terms: Sequence[Expr]) -> Expr:
    """The sum of one or more quantities, left to right."""
    return reduce(lambda a, b: a + b, terms)


def where(condition: Operand, then: Operand, otherwise: Operand) -> Expr:
    """``then`` where the flag ``condition`` is not 0, ``otherwise`` elsewhere."""
    flag, a, b = expr(condition), expr(then), expr(otherwise)
    if not flag.unit.plain:
        raise ModelError(f"the condition of where() is a quantity in {flag.unit}, not a flag")
    return _node("where", (flag, a, b), _common("where", a, b))


def ratio(numerator: Expr, denominator: Expr) -> Expr:
    """The quotient; blank where the denominator is nil (within the tolerance)."""
    quotient = numerator / denominator
    return Expr("ratio", quotient.args, quotient.unit, blank=True)


def floor(a: Operand) -> Expr:
    """The largest whole number not above a plain number (EPS forgiven)."""
    value = expr(a)
    if not value.unit.plain:
        raise ModelError(f"floor() takes a plain number, not {value.unit}: divide first")
    return _node("floor", (value,), PLAIN)


def ceiling(a: Operand) -> Expr:
    """The smallest whole number not below a plain number (EPS forgiven)."""
    return 0 - floor(-expr(a))  # not -floor(...), which makes -0.0 of 0


def tolerance(comparison: Expr) -> float:
    """By how much a comparison may miss: EPS between plain numbers, else DUST."""
    return EPS if all(arg.unit.plain for arg in comparison.args) else DUST


def walk(node: Expr) -> Iterator[Expr]:
    """The node and everything below it, leaves included, without entering lines or results."""
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        todo += one.args[::-1]


def _common(op: str, a: Expr, b: Expr) -> Unit:
    """The unit that two operands share; a literal 0 takes any unit."""
    if isinstance(a, Number) and a.value == 0:
        return b.unit
    if (isinstance(b, Number) and b.value == 0) or a.unit.same_as(b.unit):
        return a.unit
    raise ModelError(f"units do not match in '{op}': {a.unit} and {b.unit}")


def _alike(op: str, x: Operand, y: Operand, unit: Unit | None = None) -> Expr:
    a, b = expr(x), expr(y)
    common = _common(op, a, b)
    return _node(op, (a, b), common if unit is None else unit)


def _node(op: str, args: tuple[Expr, ...], unit: Unit) -> Expr:
    if any(arg.blank for arg in args):
        raise ModelError(
            f"a value that may be blank stands in '{op}': say what to take instead "
            "with .or_else(...), or reduce it with .lowest(), .highest()"
        )
    return Expr(op, args, unit)
