"""Read a YAML file a person wrote, keep the place of every value, report all problems at once.

Scalars follow the rules of this module, not those of YAML 1.1, so that nothing is quietly read
as something else (`NO` as false, `012` as ten, `12:30` as 750). Columns count characters.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from eicfinance.portfolio.problems import (
    WHOLE_FILE,
    BadInput,
    Place,
    Problem,
    Step,
    Steps,
    found_text,
    key_text,
    shown,
    two_ways,
)

__all__ = ["BadInput", "Place", "Problem", "Source", "decoded", "read_yaml"]

MAX_BYTES, MAX_NODES, MAX_DEPTH, MAX_TEXT = 5_000_000, 200_000, 40, 20_000
_EMPTY = "the file is empty; write at least one line of the form key: value"

_BREAK = re.compile(r"\r\n|\r|\n")
_UNUSABLE = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069]"  # these turn text round: what is read is not what is shown
)
_BINARY = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
_THAI = {ord("๐") + digit: str(digit) for digit in range(10)}
_EXPONENT = r"(?:[eE][-+]?[0-9]+)?"
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)" + _EXPONENT)
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9]+(?:\.[0-9]*)?" + _EXPONENT + ")")
_NUMBER_LIKE = re.compile(r"[-+]?[0-9.,_:/-]+(?:[eE][-+]?[0-9]+)?%?")
_LOOKALIKES = tuple((re.compile(pattern, re.IGNORECASE), why) for pattern, why in (
    (r"[-+]?0[xob][0-9a-f_]+", "is a number in base 16, 8 or 2; write it in ordinary digits"),
    (r"(?=.*_)[-+]?[0-9][0-9_.,]*(?:e[-+]?[0-9]+)?",
     "has an underscore; write it as 1000 or 1,000"),
    (r"[-+]?[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?", "is a number in base 60 in one YAML version"),
    (r"(?=.*[0-9])[-+]?[0-9.]*,[0-9.,]*(?:e[-+]?[0-9]+)?",
     "has a comma that does not part groups of three digits; write it like 1,200,000 or 1.5"),
    (r"[-+]?\.?(?:inf|infinity|nan)", "is not a finite number; write a finite one"),
    (r"[\u2010-\u2015\u2212\ufe63\uff0d]\s*[0-9][0-9.,]*%?",
     "starts with a long dash; write the minus of the keyboard (-)"),
))  # fmt: skip
_SYNTAX = (  # words of the parser's complaint; place at its start (True) or end; our words
    ("escape", False, "in double quotes a backslash starts an escape; use single quotes"),
    ("quoted scalar", True, "the quote opened here is not closed; add the closing quote"),
    ("parsing a flow", True, "the bracket opened here is not closed, or a comma is missing in it; "
     "close it, or put a comma between its items"),
    ("scanning an a", False, "text may not start with & or *; put quotes around it"),
    ("tag", False, "tags (a word starting with !) are not allowed; remove it, or quote the text"),
    ("directive", False, "a line may not start with %; put quotes around the text"),
    ("mapping values are not", False, 'a ": " is not allowed here; put quotes around text that '
     "holds it, or indent the line like its neighbours"),
    ("simple key", True, 'this line is not "key: value"; add the colon and a space, or the quote '
     "or bracket that is missing"),
    ("block scalar", False, "after | or > nothing may follow on the line; start the text below"),
    ("cannot start any", False, "a value may not start with this character; put quotes around it"),
    ("block", False, "this does not fit the lines above; indent it like its neighbours, and look "
     "for a stray quote or bracket"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says, and where. `data` holds only dict, list, str, int, float, bool, None.

    sha256: the checksum of the file's bytes. text: what was parsed.
    """

    data: object
    places: Mapping[Steps, Place]
    key_places: Mapping[Steps, Place] = field(default_factory=dict)
    sha256: str = ""
    text: str = ""

    def has(self, path: Steps) -> bool:
        """Whether something stands at `path`, be it only an empty value."""
        return path in self.places

    def value(self, path: Iterable[Step]) -> object:
        """What stands at `path`; None where there is nothing."""
        found: Any = self.data
        for step in path:
            inside = (
                step in found
                if isinstance(found, dict)
                else (isinstance(found, list) and isinstance(step, int) and step < len(found))
            )
            if not inside:
                return None
            found = found[step]
        return found

    def place(self, path: Iterable[Step]) -> Place:
        """Place of the value at `path`, or of its nearest known ancestor."""
        steps = tuple(path)
        while steps and steps not in self.places:
            steps = steps[:-1]
        return self.places.get(steps, Place("input", 1, 1))

    def key_place(self, path: Iterable[Step]) -> Place:
        """Place of the key that names the value at `path`; `place(path)` where there is none."""
        steps = tuple(path)
        return self.key_places.get(steps) or self.place(steps)


class _RefusedError(Exception):
    """A value that may not stand in the file, and why."""


def read_yaml(path: Path, display: str | None = None) -> Source:
    """Read a YAML file; `display` is the file name shown in problems (default: the path).

    Raises BadInput with all problems of the file, or an OSError when it cannot be opened.
    """
    file = display or str(path)
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    return source_of(decoded(raw, file), file, sha256(raw).hexdigest())


def source_of(text: str, file: str, digest: str = "") -> Source:
    """What a YAML text says. Raises BadInput with all its problems."""
    reader = _Reader(text, file)
    data = reader.document()
    if reader.problems:
        raise BadInput(reader.problems)
    return Source(data, reader.places, reader.key_places, digest, text)


def _place(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


def _place_after(before: str, file: str) -> Place:
    lines = _BREAK.split(before)
    return Place(file, len(lines), len(lines[-1]) + 1)


def decoded(raw: bytes, file: str) -> str:
    """The text of the file; BadInput when it is too large or not UTF-8 text."""
    save = "save it as UTF-8 text"
    top = Place(file, 1, 1)
    if len(raw) > MAX_BYTES:
        size = f"the file is larger than {MAX_BYTES // 1_000_000} MB; split it"
        raise BadInput([Problem(top, WHOLE_FILE, size)])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")) or b"\0" in raw[:2]:
        raise BadInput([Problem(top, WHOLE_FILE, f"the file is saved as UTF-16 or UTF-32; {save}")])
    controls = len(re.findall(rb"[\0-\x08\x0e-\x1f]", raw[:8192]))
    if raw.startswith(_BINARY) or (controls >= 8 and controls * 20 > len(raw[:8192])):
        message = f"this is not a text file (a spreadsheet, PDF or picture?); {save}"
        raise BadInput([Problem(top, WHOLE_FILE, message)])
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place_after(raw[: error.start].decode("utf-8"), file)
        message = f"the byte 0x{raw[error.start]:02X} is not UTF-8 text; {save}"
        raise BadInput([Problem(place, WHOLE_FILE, message)]) from None
    unusable = list(islice(_UNUSABLE.finditer(text), 20))
    if unusable:
        raise BadInput(
            Problem(_place_after(text[: hit.start()], file), WHOLE_FILE,
                    f"the invisible character U+{ord(hit[0]):04X} is not allowed; delete it")
            for hit in unusable
        )  # fmt: skip
    return text


def _syntax_problem(text: str, error: yaml.MarkedYAMLError, file: str) -> Problem:
    """The parser's complaint in plain words, placed where the mistake was made."""
    end = error.problem_mark or error.context_mark
    if end is None:
        return Problem(Place(file, 1, 1), WHOLE_FILE, f"this is not YAML ({error.problem})")
    start = error.context_mark or end
    story = f"{error.context} {error.problem}"
    lines = [*_BREAK.split(text), ""]
    tab = re.match(r" *\t", lines[end.line])
    if tab or r"'\t'" in story:
        place = Place(file, end.line + 1, tab.end()) if tab else _place(end, file)
        return Problem(place, WHOLE_FILE, "a tab is used here; use spaces to indent and to align")
    if any(words in story for words in ("simple key", "mapping values", "block mapping")):
        for number in (end.line, end.line - 1, start.line):  # the slip is often a line above
            tight = re.match(r"[ -]*([^\W\d][\w-]*):(?![ \t]|$|//)", lines[number])
            if tight:
                place = Place(file, number + 1, tight.end())
                message = f'no space after the colon; write "{tight[1]}: " and then the value'
                return Problem(place, WHOLE_FILE, message)
    for words, at_start, message in _SYNTAX:
        if words in story:
            return Problem(_place(start if at_start else end, file), WHOLE_FILE, message)
    message = "this is not YAML; look for a missing quote, bracket or colon; put quotes around text"
    return Problem(_place(end, file), WHOLE_FILE, message)


class _Reader:
    """Builds plain data from the parser's events, gathering places and problems on the way."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file, self.count = text, file, 0
        self.problems: list[Problem] = []
        self.places: dict[Steps, Place] = {}
        self.key_places: dict[Steps, Place] = {}
        self.events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)

    def document(self) -> object:
        """The data of the only document; BadInput when reading cannot go on to the end."""
        top = Place(self.file, 1, 1)
        data: object = None
        first: Any = None
        try:
            for event in self.events:
                if isinstance(event, yaml.NodeEvent):
                    data, first = self._value(event, ()), event
                elif isinstance(event, yaml.DocumentStartEvent) and self.places:
                    self._stop(event, "a second document starts here; a file holds one; remove ---")
        except yaml.MarkedYAMLError as error:
            problem = _syntax_problem(self.text, error, self.file)
            raise BadInput([*self.problems, problem]) from None
        except (ValueError, OverflowError):  # what the parser makes of "\UFFFFFFFF"
            hit = re.search(r"\\U(?!00(?:0|10))", self.text)
            place = _place_after(self.text[: hit.start()], self.file) if hit else top
            message = "this number stands for no character or version; correct it"
            raise BadInput([*self.problems, Problem(place, WHOLE_FILE, message)]) from None
        bare = isinstance(first, yaml.ScalarEvent) and not first.style and not first.value
        if first is None or bare:
            self.problems.append(Problem(top, WHOLE_FILE, _EMPTY))
        elif not isinstance(first, yaml.MappingStartEvent):
            allowed = 'allowed: lines "key: value", with a space after the colon'
            self._add(first, (), f"found {found_text(data)}; {allowed}; name each value by a key")
        return data

    def _add(self, event: Any, path: Steps, message: str) -> None:
        self.problems.append(Problem(_place(event.start_mark, self.file), key_text(path), message))

    def _stop(self, event: Any, message: str) -> None:
        self._add(event, (), message)
        raise BadInput(self.problems)

    def _value(self, event: Any, path: Steps, depth: int = 0) -> object:
        """The value that starts with `event`; its events are used up."""
        self.count += 1
        if self.count > MAX_NODES:
            self._stop(event, f"the file has over {MAX_NODES:,} values and keys; split it")
        nested = isinstance(event, yaml.CollectionStartEvent)
        if nested and depth == MAX_DEPTH:
            self._stop(event, f"values are nested over {MAX_DEPTH} levels deep; flatten them")
        self.places[path] = _place(event.start_mark, self.file)
        before = len(self.problems)
        if isinstance(event, yaml.AliasEvent):
            self._add(event, path, "references (*name) are not allowed; write the value out")
            return None
        if event.anchor is not None:
            self._add(event, path, "anchors (&name) are not allowed; remove it, write values out")
        if event.tag is not None:
            self._add(event, path, "tags (!word) are not allowed; remove it, or quote the text")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth + 1)
        if nested:
            return self._list(path, depth + 1)
        try:
            return _value_of(event.value, event.style) if before == len(self.problems) else None
        except _RefusedError as why:
            self._add(event, path, str(why))
            return None

    def _list(self, path: Steps, depth: int) -> list[object]:
        data: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            data.append(self._value(event, (*path, len(data)), depth))
        return data

    def _mapping(self, path: Steps, depth: int) -> dict[str, object]:
        data: dict[str, object] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = str(event.value) if isinstance(event, yaml.ScalarEvent) else "?"
            here = (*path, key)
            usable = self._check_key(event, here, depth)
            if usable and key in data:
                first = self.key_places[here]
                where = f"line {first.line}, column {first.column}"
                self._add(event, here, f"this key is already at {where}; remove or rename one")
            elif usable:
                self.key_places[here] = _place(event.start_mark, self.file)
            value = self._value(next(self.events), here, depth)
            if usable:
                data[key] = value
        return data

    def _check_key(self, event: Any, path: Steps, depth: int) -> bool:
        before = len(self.problems)
        key = self._value(event, path, depth)
        if before < len(self.problems):
            return False
        if key == "<<" and not event.style:
            self._add(event, path, "merge keys (<<) are not allowed; write the keys out")
        elif not isinstance(key, str):
            advice = "write a word as the key, or put quotes around it"
            self._add(event, path, f"a key must be text, found {found_text(key)}; {advice}")
        return before == len(self.problems)


def _value_of(text: str, style: str | None) -> object:
    """The value of a scalar; _RefusedError when it could be misread."""
    if len(text) > MAX_TEXT:
        raise _RefusedError(f"text of {len(text):,} characters; at most {MAX_TEXT:,}; shorten it")
    bad = _UNUSABLE.search(text)
    if bad:
        raise _RefusedError(
            f"the text holds the character U+{ord(bad[0]):04X}, not allowed; delete it"
        )
    if style:  # quoted or block text
        return text
    word = text.lower()
    if word in ("", "~", "null"):
        return None
    if word in ("true", "false"):
        return word == "true"
    if word in ("yes", "no", "on", "off", "y", "n"):
        why = "reads as yes/no in one YAML version and as text in another"
        raise _RefusedError(f"{text} {why}; write true or false, or put quotes around it")
    return _number_or_text(text)


def _number_or_text(text: str) -> int | float | str:
    digits = text.translate(_THAI)
    if not digits.isascii():
        _refuse_foreign_digits(digits)
    if _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "")
    if _NUMBER.fullmatch(digits) and not two_ways(digits):
        return _number(digits)
    why = next((why for pattern, why in _LOOKALIKES if pattern.fullmatch(digits)), "")
    if _DECIMAL_COMMA.fullmatch(digits):
        why = f"has a decimal comma; write {shown(digits.replace(',', '.'))}"
    zero = _LEADING_ZERO.fullmatch(digits)
    if zero:
        better = shown(zero[1] + zero[2])
        why = f"starts with 0, which one YAML version reads in base 8; write {better}"
    why = why or two_ways(digits)
    if why:
        raise _RefusedError(f"{shown(text)} {why}; put quotes around it if it is text")
    return text


def _refuse_foreign_digits(text: str) -> None:
    foreign = [c for c in text if c.isdecimal() and not c.isascii()]
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    if foreign and _NUMBER_LIKE.fullmatch(plain):
        c = foreign[0]
        name = f"{c} ({unicodedata.name(c, 'unnamed')}, U+{ord(c):04X})"
        raise _RefusedError(
            f"the digit {name} is not read; write 0 to 9, or quote it if it is text"
        )


def _number(digits: str) -> int | float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise _RefusedError(f"{shown(digits)} is not a finite number; write a number below 1e308")
    if abs(value) < sys.float_info.min and re.search("[1-9]", re.split("[eE]", digits)[0]):
        raise _RefusedError(f"{shown(digits)} is too small to be meant; write 0 or correct it")
    return value if re.search("[.eE]", digits) else int(digits)


def plain_number(text: str) -> float:
    """A number written by a person, with `%` for hundredths; ValueError says why it is none."""
    percent = text.endswith("%")
    try:
        value = _number_or_text(text.removesuffix("%").strip())
    except _RefusedError as why:
        raise ValueError(str(why).removesuffix("; put quotes around it if it is text")) from None
    if isinstance(value, str):
        raise ValueError(f"found {found_text(value)}; write a number, like 1000 or -22.50")
    return float(value) / 100 if percent else float(value)
