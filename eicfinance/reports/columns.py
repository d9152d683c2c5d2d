"""Columns of a text for a terminal, in any script: marks above and below letters take no room."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Sequence


MORE = "…"


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


def fitted(text: str, room: int, most: int = 1) -> list[str]:
    """The text in at most so many lines, broken at spaces (within a word only if it fills a line),
    the last with … where there is more."""
    marked: dict[str, str] = {}  # a letter with its marks, for which one letter stands meanwhile
    letters: list[str] = []
    for letter in text:
        if letters and not width(letter):
            letters[-1] += letter
        else:
            letters.append(letter)
    for letter in letters:
        if len(letter) > 1:
            marked.setdefault(letter, chr(0xE000 + len(marked)))
    plain = "".join(marked.get(letter, letter) for letter in letters)
    lines = wrap(plain, room, max_lines=most, placeholder=MORE)
    if lines[-1:] == [MORE]:  # a word without a space fills the line
        lines[-1] = plain[len("".join(lines[:-1])) :].strip()[: room - 1] + MORE
    whole = {short: letter for letter, short in marked.items()}
    return ["".join(whole.get(letter, letter) for letter in line) for line in lines]
