"""Named scenarios as a user writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eicfinance.appraisal.case import build, declarations
from eicfinance.portfolio.reader import read_portfolio
from eicfinance.portfolio.source import BadInput
from tests.portfolios import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.portfolio.reader import Portfolio

GOOD = (ROOT / "portfolios" / "one-roof" / "portfolio.yaml").read_text(encoding="utf-8")


def read(folder: Path, scenarios: str) -> Portfolio:
    text = f"{GOOD}\nscenarios:\n{scenarios}\n"
    (folder / "portfolio.yaml").write_text(text, encoding="utf-8")
    portfolio = read_portfolio(folder, declarations())
    build(portfolio)
    return portfolio


def test_figures_are_read_with_their_units(tmp_path: Path) -> None:
    changes = "{roof: {loan_rate: 9%, loan_tenor_months: 7 years, energy_charge: 4200 THB/MWh}, "
    changes += "shop_site: {load_per_year: 40 MWh/year}, economy: {discount_equity: 14%}}"
    scenario = read(tmp_path, f"  - {{name: dear  money, changes: {changes}}}").scenarios[0]
    assert scenario.name == "dear money"
    found = {p: {n: v.number for n, v in vs.items()} for p, vs in scenario.changes.items()}
    assert found == {
        "roof": {
            "loan_rate": 0.09, "loan_tenor_months": pytest.approx(84),
            "energy_charge": pytest.approx(4.2),
        },
        "shop_site": {"load_per_year": pytest.approx(40_000)},
        "economy": {"discount_equity": 0.14},
    }  # fmt: skip


def test_a_portfolio_without_scenarios_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, "  []").scenarios == ()


WRONG = [
    ("{name: a, changes: {roof: {loan_rte: 9%}}}", 'did you mean "loan_rate"'),
    ("{name: a, changes: {rof: {loan_rate: 9%}}}", 'did you mean "roof"'),
    ("{name: a, changes: {roof: {energy_charge: 4 THB/kg}}}", "cannot be converted"),
    ("{name: a, changes: {roof: {loan_tenor_months: 700}}}", "allowed: at least 1 and at most 600"),
    ("{name: a, changes: {roof: {loan_rate: 9}}}", "for 9 per cent write 9%"),
    ("{name: a, changes: {roof: {}}}", "nothing is changed here"),
    ("{name: a, changes: {}}", "changes"),
    ("{name: a}", "changes"),
    ("{changes: {roof: {loan_rate: 9%}}}", "name"),
    ("{name: a, changes: {roof: 9%}}", "a block of keys"),
    ("{nme: a, changes: {roof: {loan_rate: 9%}}}", 'did you mean "name"'),
    ("5", "a block of keys"),
    ("{name: a, changes: {roof: {life_years: 40}}}", "a life beyond the base's is not counted"),
    ("{name: a, changes: {roof: {loan_tenor_months: 2}}}", "ends before the plant is built"),
    ("{name: a, changes: {roof: {loan_tenor_months: 600}}}", "ends after the project"),
]


@pytest.mark.parametrize(("scenario", "said"), WRONG, ids=[w[0][:60] for w in WRONG])
def test_what_is_wrong_is_said_with_its_place(scenario: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        read(tmp_path, f"  - {scenario}")
    text = str(error.value)
    assert said in text
    assert all(line.startswith(str(tmp_path / "portfolio.yaml")) for line in text.splitlines())


def test_two_of_one_name(tmp_path: Path) -> None:
    one = "  - {name: a, changes: {roof: {loan_rate: 9%}}}"
    with pytest.raises(BadInput, match="already the name of the scenario in line"):
        read(tmp_path, f"{one}\n{one}")
