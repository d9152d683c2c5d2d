"""A text that remembers what it was made of, so that it can be said in other languages."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Label(str):
    """A label with places, and what stands in them in order; to all else it is the text itself.

    Label("{title}: present value", "Cash flow") == "Cash flow: present value"

    form: the text with its places; parts: other labels, or names that users gave.
    """

    form: str
    parts: dict[str, str]

    def __new__(cls, form: str, /, *parts: str) -> Label:
        named = dict(zip(places(form), parts, strict=True))
        made = super().__new__(cls, form.format(**named))
        made.form, made.parts = form, named
        return made

    def __reduce__(self) -> tuple[type[Label], tuple[str, ...]]:
        return Label, (self.form, *self.parts.values())


def places(form: str) -> list[str]:
    """The names of the places in a text, in order."""
    return [name for _, name, _, _ in Formatter().parse(form) if name is not None]


def under(title: str, label: str) -> str:
    """A label under a title, or alone where there is none."""
    return Label("{title}: {label}", title, label) if title else label


def within(label: str) -> str:
    """A label as part of another: its first letter small, unless it begins with an abbreviation."""
    if not isinstance(label, Label):
        return _small(label)
    first, *others = label.parts.values()
    if label.form.startswith("{"):
        return Label(label.form, within(first), *others)
    return Label(_small(label.form), first, *others)


def _small(text: str) -> str:
    return text if text[1:2].isupper() else text[0].lower() + text[1:]


def joined(texts: Sequence[str], between: str = "; ") -> str:
    """Several labels as one."""
    return Label(between.join(f"{{part_{k}}}" for k, _ in enumerate(texts)), *texts)


def beginning_after(prefix: str, label: str) -> str:
    """A label that begins with the prefix, without it."""
    if not isinstance(label, Label):
        return label.removeprefix(prefix)
    first, *others = label.parts.values()
    return Label(label.form, first.removeprefix(prefix), *others)
