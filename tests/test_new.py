"""`eicfinance new`: what it writes can be appraised, and its comments tell the truth."""

from __future__ import annotations

import re
from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from eicfinance.appraisal.case import appraise, declarations
from eicfinance.cli import program
from eicfinance.portfolio.starter import starter
from eicfinance.technologies import technologies

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.case import Case

KINDS = [
    (name, dict(zip([c.name for c in kind.choices], words, strict=True)))
    for name, kind in technologies().items()
    for words in product(*(choice.options for choice in kind.choices))
]
every_kind = pytest.mark.parametrize(
    ("name", "words"), KINDS, ids=[" ".join([name, *words.values()]) for name, words in KINDS]
)


def written(name: str, words: dict[str, str]) -> str:
    return starter(name, words, declarations(), date(2026, 12, 31))


def appraised(folder: Path, text: str) -> Case:
    (folder / "portfolio.yaml").write_text(text, encoding="utf-8")
    return appraise(folder)


def results(case: Case) -> dict[str, float | None]:
    return {f"{model.name} {name}": case.runs[model.name].value(name)
            for model in case.models for name in model.results}  # fmt: skip


@every_kind
def test_it_can_be_appraised(name: str, words: dict[str, str], tmp_path: Path) -> None:
    case = appraised(tmp_path, written(name, words))
    (note,) = case.portfolio.notes
    assert "figures still say" in note
    assert (case.portfolio.closing, case.portfolio.appraisal_date) == ((2027, 1), "2026-12-31")
    project = case.portfolio.projects[0]
    assert (project.kind, project.choices) == (name, words)
    given = [value for value in project.values.values() if value.given]
    assert all(value.source == "assumption: replace" for value in given)
    assert not any(run.failed_checks() for run in case.runs.values())


@every_kind
def test_what_stands_behind_a_hash_is_what_is_assumed(
    name: str, words: dict[str, str], tmp_path: Path
) -> None:
    text = written(name, words)
    told = re.sub(r"(?m)^( {4,})#(?!.*_site\.)", r"\1", text)  # all but what is taken from sites
    assert told != text
    assert results(appraised(tmp_path, told)) == results(appraised(tmp_path, text))
    figures = {f.name for f in technologies()[name].applicable(words)}
    project = yaml.safe_load(told)["projects"][0]
    assert set(project["inputs"]) == figures


@every_kind
def test_every_line_behind_a_hash_may_be_used(
    name: str, words: dict[str, str], tmp_path: Path
) -> None:
    text = re.sub(r"(?m)^( *)#(?=\S|  )", r"\1", written(name, words))
    assert not re.search(r"(?m)^ +#", text)
    case = appraised(tmp_path, text)
    pools = {pool.name for pool in technologies()[name].pools
             if pool.when is None or words[pool.when[0]] in pool.when[1:]}  # fmt: skip
    assert set(case.portfolio.projects[0].takes) == pools


@pytest.mark.parametrize("name", technologies())
def test_new_then_check_then_appraise(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["new", name], ["check", name], ["appraise", name, "--out", "results"]):
        done = CliRunner().invoke(program, arguments)
        assert done.exit_code == 0, done.output
        waits = bool(re.search("note: [0-9]+ figures still say", done.stderr))
        assert waits == (arguments[0] != "new"), done.stderr
    assert (tmp_path / "results" / f"{name}.xlsx").exists()


def test_nothing_is_overwritten_and_what_is_not_there_is_named(tmp_path: Path) -> None:
    def new(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(program, ["new", *arguments])
        assert done.exit_code == 0 or not done.stdout
        return done.exit_code, done.stderr

    out = ["--out", str(tmp_path / "mine")]
    assert new("biogas", *out, "--choice", "use=heat", "--choice", "heat_fuel=husk") == (0, "")
    before = (tmp_path / "mine" / "portfolio.yaml").read_text(encoding="utf-8")
    assert "use: heat " in before
    code, said = new("solar", *out)
    assert code == 5
    assert "is kept; name another folder with --out" in said
    assert (tmp_path / "mine" / "portfolio.yaml").read_text(encoding="utf-8") == before
    code, said = new("biogass")
    assert code == 2
    assert 'did you mean "biogas"?' in said
    code, said = new("biogas", "--choice", "use=heet")
    assert code == 2
    assert 'did you mean "use=heat"?' in said
    (tmp_path / "file").write_text("x")
    code, said = new("solar", "--out", str(tmp_path / "file"))
    assert code == 5
    assert str(tmp_path / "file") in said
