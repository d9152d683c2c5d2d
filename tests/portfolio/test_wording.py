"""The words in which problems are told, and where they are said to be."""

import pickle
import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from eicfinance.portfolio.problems import did_you_mean, unknown
from eicfinance.portfolio.source import BadInput, Place, Problem, read_yaml
from eicfinance.portfolio.wording import problems_of
from tests.portfolio.test_source import assert_line


def test_bad_input_sorts_drops_doubles_and_pickles() -> None:
    late = Problem(Place("f", 10, 1), "b", "two\nlines")
    early = Problem(Place("f", 9, 2), "a", "x")
    bad = BadInput([late, early, late])
    assert bad.problems == (early, late)
    assert str(bad) == "f:9:2: a: x\nf:10:1: b: two lines"
    assert pickle.loads(pickle.dumps(bad)).problems == bad.problems


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("Tenor-Years", 'did you mean "tenor_years"?'),
        ("tenor_year", 'did you mean "tenor_years"?'),
        ("nmae", 'did you mean "name"?'),
        ("tenor", 'did you mean "tenor_years"?'),
        ("qqq", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_did_you_mean(word: str, answer: str) -> None:
    assert did_you_mean(word, ["name", "tenor_years"]) == answer


def test_of_many_names_the_nearest_are_told() -> None:
    names = [f"{word}_{k}" for word in ("price", "husk", "load") for k in range(6)]
    told = unknown("unknown key", "hsuk_9", names, "rice_husk")
    assert told.startswith("unknown key; did you mean ")
    assert told.endswith(' and 10 more; "eicfinance list rice_husk" shows them all')
    assert [told.count(f" {word}_") for word in ("price", "husk", "load")][1] == 6
    assert unknown("what", "x", []) == "what; allowed: none"


class Panel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    count: Annotated[int, Field(ge=1)] = Field(description="number of panels")


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = Field("ok", min_length=2)
    years: int = Field(3, ge=1, le=40)
    colour: Literal["red", "green"] = "red"
    panel: Annotated[Panel, Field()] | None = None
    by_name: dict[str, Panel] = {}

    @field_validator("name")
    @classmethod
    def check_name(cls, value: str) -> str:
        if value == "bad":
            raise ValueError("this name is bad; choose another")
        return value


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    owner: str = Field(description="who owns it")
    items: list[Item] = Field(min_length=1)


def explained(folder: Path, content: str) -> list[str]:
    path = folder / "case.yaml"
    path.write_text(content, encoding="utf-8")
    source = read_yaml(path, path.name)
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(source.data)
    return [str(problem) for problem in problems_of(caught.value, source, Whole)]


@pytest.mark.parametrize(
    ("item", "column", "key", "gist"),
    [
        ("name: bad", 11, "name", ": this name is bad; choose another"),
        ("name: x", 11, "name", 'found text "x"; allowed: at least 2 characters'),
        ("name: 5", 11, "name", "found the number 5; allowed: text;"),
        ("name:", 10, "name", "found nothing; allowed: text; write a value"),
        ("years: 1.5", 12, "years", "found the number 1.5; allowed: a whole number"),
        ("years: five", 12, "years", 'found text "five"; allowed: a whole number'),
        ("years: 50", 12, "years", "found the number 50; allowed: at most 40"),
        ("colour: gren", 13, "colour", 'did you mean "green"? allowed: red, green'),
        ("panel: 5", 12, "panel", "found the number 5; allowed: a block of keys"),
        ("panel: {}", 12, "panel.count", 'key "count" is missing (number of panels)'),
        ("panel: {count: 0}", 20, "panel.count", "allowed: at least 1"),
        ("panel: {count: 1, size: 1}", 23, "panel.size", "unknown key; allowed: count"),
        ("by_name: {roof: {count: 0}}", 29, "by_name.roof.count", "at least 1"),
        ("by_name: {roof: {cuont: 1}}", 22, "by_name.roof.cuont", 'did you mean "count"?'),
        ("by_name: {x: 5}", 18, "by_name.x", "a block of keys"),
        ("zzz: 1", 5, "zzz", "unknown key; allowed: name, years"),
    ],
)
def test_pydantic_errors_in_our_words(
    tmp_path: Path, item: str, column: int, key: str, gist: str
) -> None:
    (line,) = explained(tmp_path, f"owner: me\nitems:\n  - {item}\n")
    assert_line(line, f"3:{column}", f": items[1].{key}: ", gist)
    assert not re.search("Input should|Value error|Field required|pydantic", line)


def test_missing_key_stands_at_the_mapping_that_lacks_it(tmp_path: Path) -> None:
    missing, short = explained(tmp_path, "# top\nitems: []\n")
    assert_line(missing, "2:1", 'owner: the key "owner" is missing (who owns it)', "add a line")
    assert_line(short, "2:8", "items: found a list of length 0; allowed: at least 1 items")
