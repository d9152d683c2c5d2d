"""The fund's workbook: every formula cell recalculated outside, and a blue cell that kills it."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from eicfinance.appraisal.fund import FundCase, appraise_fund
from eicfinance.cli import program
from eicfinance.model.numeric import run
from eicfinance.reports.fund_view import fund_view
from eicfinance.reports.fund_workbook import write_fund_workbook
from tests.portfolios import ROOT
from tests.recalculate import by_ironcalc, cached, differences, read
from tests.reports.test_workbook import ALLOWED, compare, formulas, residues, without_starts

FOLDER = ROOT / "portfolios" / "members-fund"
DYING = {"fixed_cost": 30_000.0, "rate": 0.04, "default_per_year": 0.12}
PERTURBED: dict[str, dict[str, float]] = {
    "dying": DYING,
    "no interest, no default": {"rate": 0.0, "default_per_year": 0.0, "upfront_fee": 0.0},
    "soft loan, savings, officers": {
        "grant": 500_000.0, "soft_loan": 2e6, "soft_loan_grace_months": 7.0, "savings_rate": 0.03,
        "savings_deposit": 800.0, "officer_cost": 9_000.0, "caseload": 37.0,
        "write_off_days": 300.0, "recovery_months": 5.0, "tenor_months": 17.0,
    },
    "nothing paid in": {"grant": 0.0, "share_capital": 0.0},
}  # fmt: skip


@cache
def fund() -> FundCase:
    return appraise_fund(FOLDER)


def write(path: Path, changes: dict[str, float] | None = None) -> FundCase:
    case = copy.copy(fund())
    if changes:
        case.run = run(case.model, changes)
    write_fund_workbook(fund_view(case), path)
    return case


@pytest.mark.slow
@pytest.mark.parametrize("title", ["base", *PERTURBED])
def test_recalculated(title: str, tmp_path: Path) -> None:
    path = tmp_path / "fund.xlsx"
    write(path, PERTURBED.get(title))
    compare(path, tmp_path)


def test_a_blue_cell_kills_the_fund(tmp_path: Path) -> None:
    """Changed in the book, everything follows as if the program had been given the figures."""
    book, other = tmp_path / "book.xlsx", tmp_path / "other.xlsx"
    write(book)
    case = write(other, DYING)
    assert case.run.value("survives") == 0
    expected = without_starts(other, cached(other))
    found = by_ironcalc(book, expected, {f"fund__{name}": v for name, v in DYING.items()})
    assert differences(expected, found, residues(expected)) == []
    assert (found["Results", "C3"], read(book)["Results", "C3"]) == ("exhausted", "survives")
    assert found["Results", "C4"] == fund_view(case).dates[int(value(case, "exhausted_period"))]


def test_a_bad_year_is_a_row_of_blue_cells(tmp_path: Path) -> None:
    """The bad year of fund.yaml is the one that the book's row of flags says."""
    text = (FOLDER / "fund.yaml").read_text(encoding="utf-8") + "bad_years: [3]\npaths: 0\n"
    (tmp_path / "fund.yaml").write_text(text, encoding="utf-8")
    case = appraise_fund(tmp_path)
    assert case.survival is None
    assert value(case, "written_off_total") > 1.2 * value(fund(), "written_off_total")
    write_fund_workbook(fund_view(case), tmp_path / "bad.xlsx")
    cells = read(tmp_path / "bad.xlsx")
    row = [cells["Seasons", f"{column}4"] for column in ("E", "AC", "AD", "AO", "AP")]
    assert row == [0, 0, 1, 1, 0]  # periods 0, 24, 25, 36, 37


def value(case: FundCase, name: str) -> float:
    found: Any = case.run.value(name)
    return float(found)


def test_written_twice_is_the_same_and_keeps_to_common_functions(tmp_path: Path) -> None:
    import re

    for name in ("a", "b"):
        write(tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    found = formulas(tmp_path / "a.xlsx")
    assert {name for f in found for name in re.findall(r"([A-Z][A-Z0-9.]+)\(", f)} <= ALLOWED


def test_a_changed_workbook_is_the_changed_fund(tmp_path: Path) -> None:
    """Its blue cells are read, and what they say is what fund.yaml would; others stay."""
    path = tmp_path / "book.xlsx"
    write(path)
    assert appraise_fund(path).run.value("real_value_end") == fund().run.value("real_value_end")
    book = openpyxl.load_workbook(path)
    sheet: Any = book["Inputs"]
    heads = {cell.value: cell.column for cell in sheet[5]}
    rows = {sheet.cell(r, heads["Key in the portfolio"]).value: r for r in range(6, 60)}
    for name, changed in DYING.items():
        sheet.cell(rows[f"fund.{name}"], heads["Base"]).value = changed
    for end in ("Low", "High"):  # the range must hold the value; without both there is none
        sheet.cell(rows["fund.fixed_cost"], heads[end]).value = None
    book.save(path)
    again = appraise_fund(path)
    before, after = ({n: i.value for n, i in c.model.inputs.items()} for c in (fund(), again))
    assert {n: x for n, x in after.items() if x != before[n]} == DYING
    assert value(again, "survives") == 0
    sheet.cell(rows["fund.rate"], heads["Base"]).value = "four"
    book.save(path)
    done = CliRunner().invoke(program, ["fund", str(path), "--out", str(tmp_path)])
    assert (done.exit_code, "book.xlsx:Inputs!D" in done.stderr) == (3, True)
    done = CliRunner().invoke(program, ["check", str(path)])
    assert (done.exit_code, "eicfinance fund book.xlsx" in done.stderr) == (3, True)
