"""The reader's language: one file a language, templates/words/LANGUAGE.yaml.

    phrases    what templates and reports say: an id (with _), and the text with its places by name
    labels     what models, declarations and tables say: the English of the code, and the text
    units      the parts of a unit: THB, kWh, year; what is missing stays as it is
    months     twelve short names; era: years that its calendar is ahead of the Christian one
    fonts      for the memo, the first that a reader has; sheet_font: of the workbook

English needs phrases alone. What a language lacks is said in English. All that is written for
people passes through `say`, `label` and `date`; data for programs (JSON, CSV) stay as they are.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from eicfinance.model.label import Label
from eicfinance.reports.files import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HOME: Final = "en"
ASSUMED: Final = "assumption"  # how the sources of assumptions begin
_UNIT: Final = re.compile(r"([/*])")
_DATE: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(.*)")


@dataclass(frozen=True)
class Language:
    """What its file says (see above)."""

    code: str
    phrases: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    months: list[str] = field(default_factory=list)
    era: int = 0
    fonts: str = ""
    sheet_font: str = ""

    def __post_init__(self) -> None:
        for key, text in [*self.labels.items()]:
            self.labels.setdefault(key.lower(), text)


def folder() -> Path:
    """Where the files of the languages are."""
    return data_folder("templates") / "words"


def languages() -> list[str]:
    """All languages that have a file."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


@cache
def language(code: str) -> Language:
    """A language, read from its file."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (folder() / f"{code}.yaml").read_text(encoding="utf-8")
    return Language(code, **yaml.load(text, loader))  # noqa: S506  (a safe loader, our own file)


_spoken: ContextVar[str] = ContextVar("spoken", default=HOME)


def spoken() -> Language:
    """The language in which is written now."""
    return language(_spoken.get())


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """What is written inside is in that language."""
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def say(phrase: str, /, **parts: object) -> str:
    """A phrase by its id, or a text of the code itself, in the language that is spoken; its places
    filled, labels among the parts said in that language too."""
    text = spoken().phrases.get(phrase) or language(HOME).phrases.get(phrase)
    return _filled(text or _known(phrase) or phrase, parts)


def label(text: str) -> str:
    """A label or unit of the code; what is none, as a name that a user gave, stays as it is."""
    if not spoken().labels:
        return text
    if isinstance(text, Label):
        return _filled(_known(text.form) or text.form, text.parts)
    found = _known(text)
    if found is None and text.startswith(ASSUMED):  # what is cited after it stays as it is
        found = (_known(ASSUMED) or ASSUMED) + text.removeprefix(ASSUMED)
    return found or _unit(text)


def _known(text: str) -> str | None:
    """What the language has for a text of the code, large or small letters alike."""
    known = spoken().labels
    return known.get(text) or known.get(text.lower())


def _filled(text: str, parts: Mapping[str, object]) -> str:
    return text.format(**{key: label(part) if isinstance(part, str) else part
                          for key, part in parts.items()})  # fmt: skip


def _unit(text: str) -> str:
    """A unit part by part; any other text as it is."""
    known = spoken().units
    parts = _UNIT.split(text)
    if all(part.isalnum() for part in parts[::2]):
        return "".join(known.get(part, part) for part in parts)
    return text


def date(text: str) -> str:
    """A date (2027-03-31), a month, or weeks after it (2027-03 +4w), in the words and the years of
    the language; English leaves it as it is."""
    now, found = spoken(), _DATE.fullmatch(text)
    if not now.months or found is None:
        return text
    year, place, day, rest = found.groups()
    first = f"{int(day)} " if day else ""
    return f"{first}{now.months[int(place) - 1]} {int(year) + now.era}{rest}"
