"""What is wrong with an input, where, and the words in which it is told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

Step = str | int
Steps = tuple[Step, ...]
WHOLE_FILE = "(file)"
MANY = 8  # names that a message lists at most


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file; line and column start at 1. cell: of a workbook, as Inputs!D12."""

    file: str
    line: int
    column: int
    cell: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.cell or f'{self.line}:{self.column}'}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to correct. Its text is one line: `file:line:column: key: message`, of a workbook
    `file:sheet!cell: key: message`."""

    place: Place
    key: str
    message: str

    def __str__(self) -> str:
        return " ".join(f"{self.place}: {self.key}: {self.message}".splitlines())


class BadInput(Exception):  # noqa: N818
    """The input cannot be used; `problems` holds every problem once, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def key_text(path: Iterable[Step]) -> str:
    """A path as people read it: `loans[2].rate`, list items counted from 1."""
    parts = (f"[{step + 1}]" if isinstance(step, int) else f".{shown(step)}" for step in path)
    return "".join(parts).removeprefix(".") or WHOLE_FILE


def steps_of(key: str) -> Steps:
    """The path of a key as `key_text` writes it; () for what is no such key."""
    if not re.fullmatch(r"[^][.]+(\[[1-9][0-9]{0,5}\]|\.[^][.]+)*", key):
        return ()
    parts = re.findall(r"([^][.]+)|\[([0-9]+)\]", key)
    return tuple(name or int(number) - 1 for name, number in parts)


def number_text(value: object) -> str:
    """A number as people write it: 1,200,000 or 0.05; anything else as its text."""
    return f"{value:,.12g}" if isinstance(value, int | float) else str(value)


def found_text(value: object) -> str:
    """What stands in the file, in a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'text "{shown(value)}"'
    if isinstance(value, list | tuple):
        return f"a list of length {len(value)}"
    if isinstance(value, dict):
        return "a block of keys"
    return f"the number {shown(str(value))}" if isinstance(value, int | float) else "a value"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that was probably meant by `word`; None when nothing is near."""

    by_plain = {_plain(name): name for name in known}
    if len(word) > 100:
        return None
    key = _plain(word)
    begun = [name for name in by_plain if name.startswith(f"{key}_")]  # tenor: tenor_months
    near = [key] if key in by_plain else get_close_matches(key, by_plain, 1)
    near = near or (begun if len(begun) == 1 else [])
    return by_plain[near[0]] if near else None


def _plain(text: str) -> str:
    return text.casefold().replace("-", "_").replace(" ", "_")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean "tenor_years"?`, or an empty text when nothing known is near `word`."""
    near = nearest(word, known)
    return f'did you mean "{near}"?' if near is not None else ""


def unknown(what: str, word: str, known: Iterable[str], see: str = "") -> str:
    """`WHAT; did you mean "x"? allowed: x, y, z`; of many names those most like the word.

    see: the name under which `eicfinance list` shows all of them.
    """
    names = list(known)
    like = sorted(names, key=lambda n: -SequenceMatcher(None, _plain(word[:100]), n).ratio())[:MANY]
    allowed = ", ".join(name for name in names if name in like) or "none"
    if len(names) > MANY:
        allowed += f" and {len(names) - MANY} more"
        allowed += f'; "eicfinance list {see}" shows them all' if see else ""
    return " ".join(filter(None, (f"{what};", did_you_mean(word, names), f"allowed: {allowed}")))


def two_ways(digits: str) -> str:
    """Why 10.000 is not taken for a number (in half the world it is ten thousand); else empty."""
    if not re.fullmatch(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{2}0", digits):
        return ""
    many = digits.replace(".", "")
    return f"could be {float(digits):g} or {int(many):,}; write {float(digits):g} or {many}"


def shown(text: str, limit: int = 60) -> str:
    """Text fit for one line of a terminal: invisible characters escaped, the rest cut off."""
    cut = text if len(text) <= limit else text[:limit] + "..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
