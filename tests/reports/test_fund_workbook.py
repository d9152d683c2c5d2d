"""The fund's workbook: every formula cell recalculated outside, and a blue cell that kills it."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eicfinance.appraisal.fund import FundCase, appraise_fund
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
