"""A formula as a reader's text: in symbols (``cash - tax.tax * operating``) or in words.

One table an operation: how it is written, how strongly it binds, and how strongly each argument
must bind to stand there without parentheses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eicfinance.model.expr import Number
from eicfinance.model.items import Timeline

if TYPE_CHECKING:
    from eicfinance.model.expr import Expr

Table = dict[str, tuple[str, int, tuple[int, ...]]]
ATOM: Final = 9
SYMBOLS: Final[Table] = {
    "or": ("{} or {}", 1, (1, 1)), "and": ("{} and {}", 2, (2, 2)),
    ">": ("{} > {}", 3, (4, 4)), ">=": ("{} >= {}", 3, (4, 4)), "neg": ("-{}", 4, (6,)),
    "+": ("{} + {}", 5, (5, 5)), "-": ("{} - {}", 5, (5, 6)),
    "*": ("{} * {}", 6, (6, 6)), "/": ("{} / {}", 6, (6, 7)), "ratio": ("{} / {}", 6, (6, 7)),
    "**": ("{} ** {}", 8, (9, 8)),
}  # fmt: skip
WORDS: Final[Table] = SYMBOLS | {
    ">": ("{} is above {}", 3, (4, 4)), ">=": ("{} is at least {}", 3, (4, 4)),
    "*": ("{} × {}", 6, (6, 6)), "**": ("{} to the power of {}", 8, (9, 8)),
    "ratio": ("{} / {} (blank where that is nil)", 0, (6, 7)),
    "min": ("the smaller of {} and {}", 0, (3, 3)), "max": ("the larger of {} and {}", 0, (3, 3)),
    "where": ("where {}: {}, otherwise {}", 0, (1, 1, 1)),
    "floor": ("{} rounded down", 0, (9,)), "or_else": ("{}, or {} where that is blank", 0, (1, 1)),
    "previous": ("{} one period before", 0, (9,)), "lag": ("{} so many periods before: {}", 0,
                                                          (9, 9)),
    "lead": ("{} so many periods after: {}", 0, (9, 9)),
    "sum": ("sum of {} over all periods", 0, (9,)), "lowest": ("lowest {}", 0, (9,)),
    "highest": ("highest {}", 0, (9,)), "first": ("first period with {}", 0, (9,)),
    "irr": ("internal rate of return of {}", 0, (9,)),
}  # fmt: skip


def in_symbols(node: Expr) -> str:
    """The formula with names, as few parentheses as can be, functions as ``min(a, b)``."""
    return _text(node, SYMBOLS, 0)


def in_words(node: Expr) -> str:
    """The formula with labels in brackets: ``[Cash] - [Tax] × [Operating]``."""
    return _text(node, WORDS, 0)


def _text(node: Expr, table: Table, least: int) -> str:
    if not node.args:
        return _leaf(node, table is WORDS)
    op = {"min": "and", "max": "or"}.get(node.op, node.op) if _is_flag(node) else node.op
    if op in table:
        form, binds, wanted = table[op]
    else:
        form, binds = f"{op}({', '.join('{}' for _ in node.args)})", ATOM
        wanted = (0,) * len(node.args)
    text = form.format(*map(_text, node.args, [table] * len(wanted), wanted))
    return text if binds >= least else f"({text})"


def _leaf(node: Expr, label: bool) -> str:
    if isinstance(node, Number):
        return f"{node.value:g}"
    if isinstance(node, Timeline):
        return f"[{node.name.replace('_', ' ')}]" if label else node.name
    text = node.text  # type: ignore[attr-defined]
    return f"[{text.label}]" if label else str(text.name)


def _is_flag(node: Expr) -> bool:
    """Whether it is a comparison, or several joined by "and" (min) and "or" (max)."""
    return node.op in (">", ">=") or (node.op in ("min", "max") and all(map(_is_flag, node.args)))
