"""A formula as text: the text in symbols, read again, is worth what the formula is worth."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eicfinance.model.expr import OPERATIONS, Expr, maximum, minimum, ratio, where
from eicfinance.model.model import Model
from eicfinance.model.words import WORDS, in_symbols, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES = {"a": 2.0, "b": 3.0, "loan.c": 5.0}
m = Model("m", periods=2)
a, b = m.input("a", 2, "1", label="First"), m.input("b", 3, "1", label="Second")
with m.section("Loan", prefix="loan"):
    c = m.line("c", "1", m.period + 1, label="Third")
NAMES = {"a": a, "b": b, "loan.c": c}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, ">": operator.gt, ">=": operator.ge,
    "min": minimum, "max": maximum, "/": operator.truediv,
}  # fmt: skip


def worth(node: Expr) -> float:
    """The formula's value, computed from the tree."""
    name = next((name for name, item in NAMES.items() if item is node), None)
    if name:
        return VALUES[name]
    args = [worth(arg) for arg in node.args]
    if node.op in ("min", "max"):
        return min(args) if node.op == "min" else max(args)
    if node.op == "neg":
        return -args[0]
    return float(BINARY[node.op](*args))


def read(text: str) -> float:
    """The same, computed from the text by Python's own rules of what binds first."""
    return _read(ast.parse(text, mode="eval").body)


def _read(node: ast.expr) -> float:
    match node:
        case ast.Name() | ast.Attribute():
            return VALUES[ast.unparse(node)]
        case ast.UnaryOp(operand=operand):
            return -_read(operand)
        case ast.BinOp(left=left, op=op, right=right):
            signs = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
            return float(BINARY[signs[type(op)]](_read(left), _read(right)))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            sign = ">" if isinstance(op, ast.Gt) else ">="
            return float(BINARY[sign](_read(left), _read(right)))
        case ast.BoolOp(op=op, values=values):
            pick = min if isinstance(op, ast.And) else max
            return pick(_read(value) for value in values)
        case ast.Call(func=ast.Name(id=name), args=args):
            return {"min": min, "max": max}[name](*map(_read, args))
    raise AssertionError(ast.dump(node))


formulas = st.recursive(
    st.sampled_from(list(NAMES.values())),
    lambda inner: st.one_of(
        st.builds(lambda op, x, y: BINARY[op](x, y), st.sampled_from(list(BINARY)), inner, inner),
        st.builds(operator.neg, inner),
    ),
    max_leaves=12,
)


@given(formulas)
def test_the_text_is_worth_what_the_formula_is(formula: Expr) -> None:
    try:
        expected = worth(formula)
    except ZeroDivisionError:
        return
    assert read(in_symbols(formula)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("formula", "symbols", "words"),
    [
        (a - b * c, "a - b * loan.c", "[First] - [Second] × [Third]"),
        ((a - b) * c, "(a - b) * loan.c", "([First] - [Second]) × [Third]"),
        (a - (b - c), "a - (b - loan.c)", "[First] - ([Second] - [Third])"),
        (a + (b + c), "a + b + loan.c", "[First] + [Second] + [Third]"),
        ((1 + a) ** b, "(1 + a) ** b", "(1 + [First]) to the power of [Second]"),
        (
            (a > 0) & (c <= b),
            "a > 0 and b >= loan.c",
            "[First] is above 0 and [Second] is at least [Third]",
        ),
        (minimum(a, b), "min(a, b)", "the smaller of [First] and [Second]"),
        (c.previous + a, "previous(loan.c) + a", "([Third] one period before) + [First]"),
        (c.lag(a), "lag(loan.c, a)", "[Third] so many periods before: [First]"),
        (c.sum() / a, "sum(loan.c) / a", "(sum of [Third] over all periods) / [First]"),
        (ratio(a, b), "a / b", "[First] / [Second] (blank where that is nil)"),
        (
            where(a > b, c, 0),
            "where(a > b, loan.c, 0)",
            "where [First] is above [Second]: [Third], otherwise 0",
        ),
        (m.period / m.per_year, "period / periods_per_year", "[period] / [periods per year]"),
    ],
)
def test_as_few_parentheses_as_can_be(formula: Expr, symbols: str, words: str) -> None:
    assert (in_symbols(formula), in_words(formula)) == (symbols, words)


def test_every_operation_has_words() -> None:
    assert set(OPERATIONS) <= set(WORDS)
