"""`eicfinance new --excel`: an empty workbook that, filled in, is the same case as the YAML."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from click.testing import CliRunner

from eicfinance.appraisal.case import appraise, declarations
from eicfinance.cli import program
from eicfinance.portfolio.problems import key_text
from eicfinance.portfolio.source import BadInput, source_of
from eicfinance.portfolio.starter import starter
from eicfinance.reports.input_book import write_input_book
from eicfinance.reports.view import view
from eicfinance.reports.workbook import workbook
from eicfinance.technologies import technologies
from tests.test_new import KINDS, results

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
TODAY = date(2026, 12, 31)
SHEET, HEAD = "Inputs", 3
TRIED = KINDS if os.environ.get("EICFINANCE_TEST_ALL") else KINDS[::9]


class Form:
    """The workbook that a user fills in, its cells by key and heading."""

    def __init__(self, name: str, choices: dict[str, str], folder: Path) -> None:
        self.path = folder / "form.xlsx"
        write_input_book(name, choices, declarations(), TODAY, self.path)
        self.book = openpyxl.load_workbook(self.path)
        self.sheet: Any = self.book[SHEET]
        self.columns: dict[Any, Any] = {c.value: c.column for c in self.sheet[HEAD]}
        key = self.columns["Key in the portfolio"]
        self.rows = {self.sheet.cell(r, key).value: r for r in range(4, self.sheet.max_row + 1)}

    def cell(self, key: str, heading: str = "Value") -> Any:
        return self.sheet.cell(self.rows[key], self.columns[heading])

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


def written(data: object, at: tuple[Any, ...] = ()) -> dict[str, dict[str, Any]]:
    """What a YAML says, by key: the value, and the source where it has one."""
    if isinstance(data, dict) and "value" in data:
        return {key_text(at): data}
    if isinstance(data, dict | list):
        items = data.items() if isinstance(data, dict) else enumerate(data)
        return {k: v for step, item in items for k, v in written(item, (*at, step)).items()}
    return {key_text(at): {"value": data}}


@pytest.mark.parametrize(
    ("name", "words"), TRIED, ids=[" ".join([n, *w.values()]) for n, w in TRIED]
)
def test_filled_in_it_is_the_same_as_the_yaml(
    name: str, words: dict[str, str], tmp_path: Path
) -> None:
    text = starter(name, words, declarations(), TODAY)
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    form = Form(name, words, tmp_path)
    for key, figure in written(source_of(text, "").data).items():
        form.cell(key).value = figure["value"]
        if "source" in figure:
            form.cell(key, "Source").value = figure["source"]
    case, other = appraise(form.save()), appraise(tmp_path)
    assert results(case) == results(other)
    assert case.portfolio.notes == other.portfolio.notes
    # the result carries the text that the empty one lacked
    (tmp_path / "result.xlsx").write_bytes(workbook(view(case)))
    assert results(appraise(tmp_path / "result.xlsx")) == results(other)


def test_what_is_missing_or_wrong_is_told_at_its_cell(tmp_path: Path) -> None:
    form = Form("biogas", {"use": "heat"}, tmp_path)
    with pytest.raises(BadInput) as empty:
        appraise(form.save())
    told = {p.key: p for p in empty.value.problems}
    for key in ("economy.discount_rates.project", "projects[1].inputs.digester_m3"):
        assert told[key].place.cell == f"{SHEET}!{form.cell(key).coordinate}"
        assert "the cell is empty and must be filled in: " in told[key].message
    wrong = {
        "economy.discount_rates.project": (8, "for 8 per cent write 8%"),
        "economy.discount_rates.equity": ("12%", ""),
        "projects[1].inputs.digester_m3": (-5, "allowed: at least"),
        "projects[1].choices.use": ("heet", 'did you mean "heat"?'),
        "economy.closing": ("2027-13", "write a year and month"),
        "projects[1].inputs.life_years": ("ten", "is not a figure"),
    }
    for key, (value, _) in wrong.items():
        form.cell(key).value = value
    with pytest.raises(BadInput) as found:
        appraise(form.save())
    for key, (_, said) in wrong.items():
        at = f"{SHEET}!{form.cell(key).coordinate}"
        told_here = [p.message for p in found.value.problems if p.place.cell == at]
        assert not said or said in "".join(told_here), (key, found.value)


def test_drop_downs_limits_units_sources(tmp_path: Path) -> None:
    """Every choice offers its options, every figure has its declared limits, unit and range."""
    for name, technology in technologies().items():
        form = Form(name, {}, tmp_path)
        valid = {str(v.sqref).split(":")[0]: v for v in form.sheet.data_validations.dataValidation}
        for choice in technology.choices:
            rule = valid[form.cell(f"projects[1].choices.{choice.name}").coordinate]
            assert (rule.type, rule.formula1) == ("list", f'"{",".join(choice.options)}"')
        for figure in technology.figures:
            key = f"projects[1].inputs.{figure.name}"
            rule = valid[form.cell(key).coordinate]
            assert rule.type == "decimal"
            if figure.least is not None:
                assert float(rule.formula1) == figure.least
            if figure.most is not None:
                cap = 0.9999 if figure.unit == "1/year" else figure.most
                assert float(rule.formula2) == min(figure.most, cap)
            assert form.cell(key, "Unit").value == figure.unit
            assert form.cell(key, "Where these figures come from").value == figure.source
            assert form.cell(key).value is None


def test_on_the_command_line(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "mine")]
    done = CliRunner().invoke(program, ["new", "solar", "--excel", *out])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "mine" / "solar.xlsx").exists()
    assert not (tmp_path / "mine" / "portfolio.yaml").exists()
    again = CliRunner().invoke(program, ["new", "solar", "--excel", *out])
    assert again.exit_code == 5
    assert "is kept" in again.stderr
    done = CliRunner().invoke(program, ["check", str(tmp_path / "mine" / "solar.xlsx")])
    assert done.exit_code == 3
    assert "solar.xlsx:Inputs!C" in done.stderr
