"""What the reader takes, what it refuses, and where it says the problem is."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eicfinance.portfolio.source import (
    BadInput,
    Place,
    Source,
    read_yaml,
)

Read = Callable[[str | bytes], Source]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(content: str | bytes) -> Source:
        path = tmp_path / "case.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_yaml(path, "case.yaml")

    return write_and_read


def refusal(read: Read, content: str | bytes) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(content)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.problems)
    return lines


def assert_line(line: str, start: str, *gist: str) -> None:
    assert line.startswith(f"case.yaml:{start}: ")
    for words in gist:
        assert words in line


# --- what is taken ---


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("True", True),
        ("1", 1),
        ("+7", 7),
        ("0", 0),
        ("-2.5", -2.5),
        ("1e6", 1e6),
        ("1.5E-3", 0.0015),
        (".5", 0.5),
        ("1,200,000", 1_200_000),
        ("-1,200.50", -1200.5),
        ("1,500", 1500),
        ("0.500", 0.5),
        ("1.125", 1.125),
        ("1000.000", 1000.0),
        ("๑๒๓", 123),
        ("๑,๒๐๐,๐๐๐", 1_200_000),
        ("1๒.๕", 12.5),
        ("5%", "5%"),
        ("๕%", "๕%"),
        ("2027-01-15", "2027-01-15"),
        ("2027-01", "2027-01"),
        ("1.2.3", "1.2.3"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'no'", "no"),
        ('"012"', "012"),
        ("'12:30'", "12:30"),
        ("'1,5'", "1,5"),
        ('""', ""),
        ("no thanks", "no thanks"),
        ("ลพบุรี", "ลพบุรี"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("=", "="),
    ],
)
def test_value(read: Read, written: str, value: object) -> None:
    found = read(f"a: {written}").data
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


GOOD = """\
# a comment
name: Lopburi
loans:
  - rate: 0.05
    tags: [a, "b"]
  - rate: 5%
site: {lat: 14.8}
"""


@pytest.mark.parametrize(
    "content", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), "---\n" + GOOD[12:] + "...\n"]
)
def test_places_of_a_good_file(read: Read, content: str) -> None:
    source = read(content)
    assert source.data == {
        "name": "Lopburi",
        "loans": [{"rate": 0.05, "tags": ["a", "b"]}, {"rate": "5%"}],
        "site": {"lat": 14.8},
    }

    def at(line: int, column: int) -> Place:
        return Place("case.yaml", line, column)

    assert source.place(()) == at(2, 1)
    assert source.place(("name",)) == at(2, 7)
    assert source.key_place(("name",)) == at(2, 1)
    assert source.place(("loans", 0)) == at(4, 5)
    assert source.place(("loans", 0, "tags", 1)) == at(5, 15)
    assert source.place(("loans", 1, "rate")) == at(6, 11)
    assert source.key_place(("loans", 1, "rate")) == at(6, 5)
    assert source.place(("site", "lat")) == at(7, 13)
    assert source.place(("loans", 1, "rate", "deeper", 3)) == at(6, 11)
    assert source.place(("loans", 1, "unknown")) == at(6, 5)
    assert source.key_place(("loans", 1)) == at(6, 5)
    assert source.place(("nowhere",)) == at(2, 1)


def test_a_source_without_places_still_answers() -> None:
    assert Source({}, {}).place(("a",)) == Place("input", 1, 1)


def test_display_name_is_the_path_unless_given(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1")
    assert read_yaml(path).place(()).file == str(path)


def test_unreadable_files_raise_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(OSError, match=r"directory|denied"):
        read_yaml(tmp_path)


# --- scalars that could be misread ---


@pytest.mark.parametrize("word", ["yes", "No", "NO", "on", "OFF", "y", "N"])
def test_yes_and_no_words(read: Read, word: str) -> None:
    (line,) = refusal(read, f"a: 1\nb: {word}")
    assert_line(line, "2:4", f"b: {word} reads as yes/no", "write true or false", "quotes")


@pytest.mark.parametrize(
    ("written", "gist"),
    [
        ("1_000", "underscore; write it as 1000 or 1,000"),
        ("1,5", "decimal comma; write 1.5"),
        ("-0,05", "decimal comma; write -0.05"),
        ("12,34,567", "groups of three"),
        ("1.200,50", "groups of three"),
        ("1,", "groups of three"),
        ("012", "starts with 0, which one YAML version reads in base 8; write 12;"),
        ("-007.5", "write -7.5;"),
        ("000", "write 0;"),
        ("๐๑๒", "write 12;"),
        ("12:30", "base 60"),
        ("0x1F", "base 16"),
        ("0o17", "base 16, 8 or 2"),
        ("0b11", "base 16, 8 or 2"),
        (".inf", "not a finite number"),
        ("-.INF", "not a finite number"),
        (".nan", "not a finite number"),
        ("NaN", "not a finite number"),
        ("inf", "not a finite number"),
        ("1e400", "not a finite number"),
        ("9" * 5000, "not a finite number"),
        ("1e-320", "too small to be meant"),
        ("1e-9999", "too small to be meant"),
        ("٣٥", "the digit ٣ (ARABIC-INDIC DIGIT THREE, U+0663)"),
        ("1５.2", "the digit ５ (FULLWIDTH DIGIT FIVE, U+FF15)"),
        ("５%", "FULLWIDTH"),
        ("\u22125.2", "long dash"),
        ("x" * 20_001, "text of 20,001 characters; at most 20,000"),
        ('"' + "x" * 20_001 + '"', "text of 20,001 characters"),
        ('"\\ud800"', "U+D800"),
        ('"\\0"', "U+0000"),
        ('"a\\u202e1"', "U+202E"),
        ("10.000", "could be 10 or 10,000; write 10 or 10000"),
        ("-๑๒๓.๔๕๐", "could be -123.45 or -123,450; write -123.45 or -123450"),
        ('"a\\e[31m"', "U+001B"),
        ("!!python/object:os.system x", "tags (!word) are not allowed"),
        ("!!int 5", "tags"),
        ("!x {b: 1}", "tags"),
        ("&x 5", "anchors (&name) are not allowed"),
        ("*x", "references (*name) are not allowed; write the value out"),
    ],
)
def test_refused_value(read: Read, written: str, gist: str) -> None:
    (line,) = refusal(read, f"top:\n  a: {written}\n")
    assert_line(line, "2:6", "top.a: ", gist)
    assert len(line) < 300


def test_limits_themselves_are_allowed(read: Read) -> None:
    assert read("a: " + "x" * 20_000).data == {"a": "x" * 20_000}
    assert read("a: 0.0e-999").data == {"a": 0.0}
    assert read("a: " + "[" * 39 + "]" * 39).places


def test_all_problems_come_together_in_order(read: Read) -> None:
    content = "a: 012\nb: [yes, 2, 1_0]\na: 3\n7: x\nc: &q 1\nd: *q\n<<: {e: no}\n? [f]\n: 1\n"
    lines = refusal(read, content)
    gists = [
        ("1:4", "a: 012"),
        ("2:5", "b[1]: yes"),
        ("2:13", "b[3]: 1_0"),
        ("3:1", "a: this key is already at line 1, column 1; remove or rename one"),
        ("4:1", "7: a key must be text, found the number 7", "quotes"),
        ("5:4", "c: anchors"),
        ("6:4", "d: references"),
        ("7:1", "<<: merge keys"),
        ("7:9", "<<.e: no reads"),
        ("8:3", "?: a key must be text, found a list"),
    ]
    assert len(lines) == len(gists)
    for line, (start, *gist) in zip(lines, gists, strict=True):
        assert_line(line, start, *gist)


@pytest.mark.parametrize(
    ("content", "gist"),
    [
        ("no: 1", "no reads as yes/no"),
        ("1: 1", "found the number 1"),
        ("true: 1", "found true"),
        ("~: 1", "found nothing"),
        ("? {a: 1}\n: 1", "found a block of keys"),
        ("!x a: 1", "tags"),
        ("012: 1", "starts with 0"),
    ],
)
def test_refused_keys(read: Read, content: str, gist: str) -> None:
    assert gist in refusal(read, content)[0]


def test_quoted_keys_are_text(read: Read) -> None:
    assert read('"1": 1\n\'no\': 2\n"<<": 3').data == {"1": 1, "no": 2, "<<": 3}


def test_a_duplicate_block_is_one_problem(read: Read) -> None:
    (line,) = refusal(read, "a:\n  x: 1\na:\n  x: 2\n")
    assert_line(line, "3:1", "a: ", "line 1, column 1")


def test_commas_in_brackets_part_items(read: Read) -> None:
    (line,) = refusal(read, "a: [1,200,000]")
    assert_line(line, "1:11", "a[3]: 000")


# --- the file as a whole ---


@pytest.mark.parametrize(
    ("content", "start", "gist"),
    [
        ("", "1:1", "the file is empty"),
        ("# only\n# comments\n", "1:1", "the file is empty"),
        ("---\n", "1:1", "the file is empty"),
        ("\ufeff", "1:1", "the file is empty"),
        ("- 1\n- 2\n", "1:1", "found a list"),
        ("just text", "1:1", "name each value by a key"),
        ("rate:5", "1:1", "a space after the colon"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document"),
        ("a: 'it''s\nb: 1\n", "1:4", "quote opened here is not closed"),
        ('a: 1\nb: "x\n', "2:4", "quote opened here is not closed"),
        ("a: 1\nb: [1, 2\nc: 3\n", "2:4", "bracket opened here is not closed"),
        ("a: {x: 1\nb: 2\n", "1:4", "bracket opened here is not closed"),
        ("a:\n\tb: 1\n", "2:1", "a tab is used here; use spaces"),
        ("a:\n  b: 1\n  \tc: 2\n", "3:3", "a tab is used here"),
        ("a:\n  -\tb: 1\n", "2:4", "a tab is used here"),
        ("a: 1\nrate:5\n", "2:5", 'no space after the colon; write "rate: "'),
        ("a:\n  rate:5\n  b: 1\n", "2:7", "no space after the colon"),
        ("rate:5\nb: 1\n", "1:5", "no space after the colon"),
        ("a:\u00a05\nb: 1\n", "1:2", "no space after the colon"),
        ("a: 1\nhello\n", "2:1", 'this line is not "key: value"'),
        ("a: b: c\n", "1:5", "put quotes around text"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "indent it like its neighbours"),
        ("a: 'it's'\n", "1:8", "stray quote"),
        ("a: @x\n", "1:4", "may not start with this character"),
        ('a: "C:\\data"\n', "1:8", "use single quotes"),
        ("a: *\n", "1:5", "may not start with & or *"),
        ("a: !u!x 1\n", "1:4", "tags"),
        ("a: |x\n  y\n", "1:5", "start the text below"),
        ("a: 1\n}\n", "2:1", "stray quote or bracket"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', "2:5", "stands for no character"),
        ("{a: 1} b\n", "1:8", "not YAML"),
        ("a: \x00", "1:4", "U+0000"),
        ("a: 1\nb: x\x1b[0m", "2:5", "U+001B"),
        ("a: x\u2028y", "1:5", "U+2028"),
        ("a: x\u202ey", "1:5", "U+202E"),
        ("a: 1\nb: x\u2066y", "2:5", "U+2066"),
        (b"a: 1\nb: \xff", "2:4", "byte 0xFF is not UTF-8"),
        ("a: ก".encode("cp874"), "1:4", "byte 0xA1 is not UTF-8"),
        ("\ufeffก: ".encode() + b"\xe0", "1:4", "byte 0xE0"),
        ("a: 1".encode("utf-16"), "1:1", "UTF-16"),
        ("a: 1".encode("utf-16-be"), "1:1", "UTF-16"),
        (b"PK\x03\x04\x14\x00", "1:1", "not a text file"),
        (b"GIF89a" + bytes(range(256)) * 20, "1:1", "not a text file"),
        (b"#" * 5_000_001, "1:1", "larger than 5 MB"),
        ("a: " + "[" * 100_000, "1:43", "nested over 40 levels"),
        ("a: " + "{a: " * 100_000, "1:160", "nested over 40 levels"),
        ("a:\n" + "- " * 100_000, "2:79", "nested over 40 levels"),
    ],
)
def test_refused_file(read: Read, content: str | bytes, start: str, gist: str) -> None:
    began = time.perf_counter()
    (line,) = refusal(read, content)
    assert_line(line, start, "(file): ", gist)
    assert time.perf_counter() - began < 5


def test_a_syntax_error_comes_with_the_problems_before_it(read: Read) -> None:
    first, second = refusal(read, "a: no\nb: @\n")
    assert_line(first, "1:4", "yes/no")
    assert_line(second, "2:4", "may not start")


def test_a_bomb_of_references_is_refused_at_once(read: Read) -> None:
    rows = ["a0: &a0 [x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)
    ]
    began = time.perf_counter()
    lines = refusal(read, "\n".join(rows))
    assert time.perf_counter() - began < 1
    assert len(lines) == 12 + 11 * 9


@pytest.mark.slow
def test_too_many_values(read: Read) -> None:
    lines = refusal(read, "a: [" + "1," * 200_001 + "]")
    assert "over 200,000 values" in lines[0]
