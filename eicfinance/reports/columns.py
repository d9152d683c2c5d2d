"""Columns of a text for a terminal, in any script: marks above and below letters take no room."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Sequence


def width(text: str) -> int:
    """The room that a text takes."""
    return sum(category(letter) not in ("Mn", "Me", "Cf") for letter in text)


def left(text: str, room: int) -> str:
    """The text at the left of so much room."""
    return text + " " * (room - width(text))


def right(text: str, room: int) -> str:
    """The text at the right of so much room."""
    return " " * (room - width(text)) + text


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need; the first to the left, the others to the right."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([left(first, widths[0]), *map(right, others, widths[1:])]).rstrip()
        for first, *others in rows
    )
