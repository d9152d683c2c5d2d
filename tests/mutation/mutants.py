"""Wrong versions of a model: one operator, number or reference of one row changed at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eicfinance.model.expr import Expr, Number
from eicfinance.model.model import Input, Line, Model, Result, Timeline, Vector

FLIPS = {  # operator -> what it becomes; the arguments keep their places
    "+": "-", "-": "+", "*": "/", "/": "*", "**": "*", ">": ">=", ">=": ">", "min": "max",
    "max": "min", "sum": "highest", "lowest": "highest", "highest": "lowest", "ratio": "*",
    "previous": "", "lag": "previous", "lead": "lag", "floor": "", "neg": "", "or_else": "",
    "first": "", "irr": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A row with a wrong formula. text: what was changed, to name a survivor by."""

    row: Line | Result
    text: str
    formula: Expr


def mutants(model: Model, rows: Collection[str] | None = None) -> Iterator[Mutant]:
    """Every mutant of every row, or those so named, with a formula; checks are left out."""
    checks = {check.failures for check in model.checks}
    for row in model.rows:
        wanted = rows is None or row.text.name in rows
        if wanted and row.formula is not None and row not in checks:
            for text, formula in _variants(model, row, row.formula):
                yield Mutant(row, f"{row.text.name}: {text}", formula)


@contextmanager
def planted(model: Model, mutant: Mutant) -> Iterator[None]:
    """The model with the mutant's formula in its row."""
    right = mutant.row.formula
    mutant.row.formula, model._steps = mutant.formula, None
    try:
        yield
    finally:
        mutant.row.formula, model._steps = right, None


def _variants(model: Model, row: Line | Result, node: Expr) -> Iterator[tuple[str, Expr]]:
    """The node with one change in it, or below it."""
    yield from _own(model, row, node)
    for k, arg in enumerate(node.args):
        for text, changed in _variants(model, row, arg):
            yield text, _rebuilt(node, node.op, (*node.args[:k], changed, *node.args[k + 1 :]))


def _own(model: Model, row: Line | Result, node: Expr) -> Iterator[tuple[str, Expr]]:
    if isinstance(node, Number):
        yield f"{node.value:g} -> {1 - node.value:g}", Number(1 - node.value)
    elif isinstance(node, Timeline):
        name = {"period": "year", "last": "year_end", "year_end": "last"}.get(node.name)
        if name:
            yield f"{node.name} -> {name}", Timeline(name)
    elif isinstance(node, Line | Result | Input | Vector):
        other = _alike(model, row, node)
        if other is not None:
            yield f"{node.text.name} -> {other.text.name}", other
    elif node.op == "where":
        yield "where: branches swapped", _rebuilt(node, "where", (node.args[0], *node.args[:0:-1]))
    else:
        yield from _flipped(node)


def _flipped(node: Expr) -> Iterator[tuple[str, Expr]]:
    to = FLIPS[node.op]
    if node.op in (">", ">="):  # the other way round: which of them is strict hardly shows
        yield f"{node.op} turned round", _rebuilt(node, node.op, node.args[::-1])
    elif to:
        yield f"{node.op} -> {to}", _rebuilt(node, to, node.args[: 1 if to == "previous" else 2])
    elif node.op in ("previous", "floor", "neg"):
        yield f"{node.op} dropped", node.args[0]
    elif node.op == "or_else":
        yield "or_else: always the other", node.args[1]


def _rebuilt(node: Expr, op: str, args: tuple[Expr, ...]) -> Expr:
    return Expr(op, args, node.unit, node.blank)


def _alike(
    model: Model, row: Line | Result, leaf: Line | Result | Input | Vector
) -> Line | Result | Input | Vector | None:
    """Another row (above the one that is changed) or input of the same unit: the nearest by place,
    for a plain number too."""
    if isinstance(leaf, Line | Result):
        rows = model.rows[: model.rows.index(row)]
        same = [
            r for r in rows
            if type(r) is type(leaf) and r is not leaf and r.unit.same_as(leaf.unit)
            and not r.blank and "check_" not in r.text.name
        ]  # fmt: skip
        return same[-1] if same else None
    table: dict[str, Input] | dict[str, Vector]
    table = model.inputs if isinstance(leaf, Input) else model.vectors
    items = [i for i in table.values() if i is leaf or i.unit.same_as(leaf.unit)]
    place = items.index(leaf)
    return items[place - 1] if len(items) > 1 else None
