"""The portfolio that the tests of the reader edit, and the edits that several of them use."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from eicfinance.appraisal.case import build, declarations
from eicfinance.portfolio.reader import BadInput, Portfolio, read_portfolio

ROOT = Path(__file__).parents[2]
BASE = (ROOT / "portfolios/one-roof/portfolio.yaml").read_text(encoding="utf-8")
HERE = "«"  # stands in an edit where the problem is expected to be
MONTHS = "[6, 7, 9, 9, 9, 8, 8, 8, 8, 9, 9, 10]"
BAD_DATES = ("appraisal_date: 2026-11-22", "appraisal_date: «")
Read = Callable[..., Portfolio]
Edit = tuple[str, str]

# Lines of the base that edits take hold of.
RATES = "  discount_rates:\n"
INPUTS = "    inputs:\n      capacity_kwp: 30\n"
CAPITAL = "capital_per_kwp: {value: 27000, unit: THB/kWp, low: 18000, high: 40000, source: vendor pages of 2026}"  # noqa: E501
TAKES = "takes: {load: shop_site.load}"
LOAN = "loan: {share: 70%, rate: 6.5%, tenor_months: 8 years, grace_months: 3}"
FIRST_SITE = "  - name: shop_site\n"
NEW_SITE = "  - {{name: {}, type: premises}}\nprojects:\n"
CASH = "cash_flow: {value: 60000, unit: THB/month, low: 40000, high: 80000}"
SECOND = """
  - name: second
    borrower: shop
    technology: solar
    inputs: {capacity_kwp: 5}
"""


def edited(*edits: Edit) -> str:
    """The base with each first text replaced by the second."""
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def capital(new: str) -> Edit:
    return CAPITAL, f"capital_per_kwp: {new}"


def solar(new: str) -> Edit:
    """More lines among the inputs of the project."""
    return INPUTS, f"{INPUTS}      {new}\n"


def season(new: str, mark: str = "") -> Edit:
    return "    finance:\n", f"    seasons: {{{mark}sun: {new}}}\n    finance:\n"


def grants(new: str) -> Edit:
    return LOAN, f"{LOAN}\n      grants: {new}"


def refusals(folder: Path, text: str) -> list[str]:
    """The problems of a portfolio, read and then built, without the name of the folder."""
    (folder / "portfolio.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        build(read_portfolio(folder, declarations()))
    assert list(caught.value.problems) == sorted(caught.value.problems)
    return [str(problem).removeprefix(f"{folder}{os.sep}") for problem in caught.value.problems]


ROWS = [6, 7, 9, 9, 9, 8, 8, 8, 8, 9, 9, 10]
TABLE = "month,sun\n" + "".join(f"{k},{row}\n" for k, row in enumerate(ROWS, start=1))
FROM_CSV = season("{csv: sun.csv, column: sun}")
