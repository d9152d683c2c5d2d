"""Operations of the language on arrays: what the numpy rendering does with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eicfinance.model.expr import EPS, Expr, ModelError, tolerance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

QUICK: Final[dict[str, Callable[[Array, Array], Array]]] = {  # those that are numpy's own
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
    "min": np.minimum, "max": np.maximum,
}  # fmt: skip


def operate(node: Expr, args: list[Array]) -> Array:
    """An operation of the language on arrays.

    What a workbook calls an error (1/0, 0^0) is NaN here, also after a comparison, a minimum or a
    condition, so that the line it enters is refused; in the branch not taken it does no harm.
    """
    values: Array
    if quick := QUICK.get(node.op):
        values = quick(*args)
    elif node.op in OTHERS:
        values = OTHERS[node.op](node, *args)
    else:
        raise ModelError(f"the numpy rendering has no operation {node.op!r}")
    if not node.fragile:
        return values
    match node.op:
        case "/":
            return values if args[1].all() else np.where(args[1] != 0, values, np.nan)
        case "**":
            return np.where((args[0] == 0) & (args[1] <= 0), np.nan, values)
        case "where":
            return np.where(np.isnan(args[0]), np.nan, values)
        case ">" | ">=":
            return np.where(np.isnan(args[0]) | np.isnan(args[1]), np.nan, values)
        case "ratio":  # infinite, as NaN would be taken for a blank
            return np.where(np.isnan(args[0]) | np.isnan(args[1]), np.inf, values)
    return values


def _ratio(node: Expr, over: Array, under: Array) -> Array:
    due = np.abs(under) > tolerance(node)
    found: Array = np.where(due, over / np.where(due, under, 1.0), np.nan)
    return found


OTHERS: Final[dict[str, Callable[..., Any]]] = {
    "**": lambda node, a, b: np.asarray(a**b, float),
    "neg": lambda node, a: -a,
    ">": lambda node, a, b: np.asarray(a > b + tolerance(node), float),
    ">=": lambda node, a, b: np.asarray(a >= b - tolerance(node), float),
    "where": lambda node, a, b, c: np.where(a != 0, b, c),
    "floor": lambda node, a: np.floor(a + EPS),
    "or_else": lambda node, a, b: np.where(np.isnan(a), b, a),
    "ratio": _ratio,
}


def reduced(op: str, values: Array) -> Array:
    """One number of all periods (periods + 1, scenarios): their sum, lowest, highest, or the first
    at which a flag is 1; NaN where there is none."""
    if op == "sum":
        added: Array = values.sum(axis=0, keepdims=True)
        return added
    if op == "first":
        met = values == 1
        first = np.where(met.any(axis=0), met.argmax(axis=0), np.nan)
        return np.asarray(first, float)[None, :]
    blank = np.isnan(values)
    limit = np.inf if op == "lowest" else -np.inf
    filled = np.where(blank, limit, values)
    best = filled.min(axis=0) if op == "lowest" else filled.max(axis=0)
    return np.asarray(np.where(blank.all(axis=0), np.nan, best), float)[None, :]


def shifted(values: Array, back: NDArray[np.int64]) -> Array:
    """values[t - back], 0 before period 0; back one number or one a scenario."""
    if back.size == 1:
        n = min(int(back[0]), len(values))
        return np.concatenate([np.zeros((n, values.shape[1])), values[: len(values) - n]])
    source = np.arange(len(values))[:, None] - back[None, :]
    wide = np.broadcast_to(values, (len(values), back.size))
    return np.where(source >= 0, np.take_along_axis(wide, np.maximum(source, 0), axis=0), 0.0)


def whole_number(values: Array, node: Expr, least: int) -> NDArray[np.int64]:
    """The distance of a lag or lead. Raises ModelError where it is no whole number or too small."""
    name = getattr(getattr(node.args[0], "text", None), "name", "?")
    if len(values) > 1:
        raise ModelError(f"{node.op} of {name!r}: the distance must be the same in all periods")
    nearest = np.rint(values[0])
    if (np.abs(values[0] - nearest) > EPS).any() or (nearest < least).any():
        raise ModelError(
            f"{node.op} of {name!r}: the distance must be a whole number from {least} up"
        )
    distance: NDArray[np.int64] = nearest.astype(np.int64)
    return distance
