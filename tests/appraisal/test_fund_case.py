"""The rate and the capital that a fund would need: the model itself says whether they are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eicfinance.appraisal.fund import (
    FundCase,
    appraise_fund,
    capital_needed,
    least,
    sustainable_rate,
)
from eicfinance.model.numeric import run
from tests.lending.funds import NOTHING, fund_model
from tests.portfolios import ROOT


@pytest.fixture(scope="module")
def members() -> FundCase:
    return appraise_fund(ROOT / "portfolios" / "members-fund")


def test_the_bundled_fund(members: FundCase) -> None:
    assert members.run.failed_checks() == {}
    assert members.run.value("survives") == 1
    assert members.survival is not None
    assert members.survival.paths == 10_000


def test_the_findings_of_its_readme(members: FundCase) -> None:
    text = (ROOT / "portfolios" / "members-fund" / "README.md").read_text(encoding="utf-8")
    found = members.run
    said = {
        f"about {members.rate.value or 0:.1%} on", f"FSS {found.value('fss') or 0:.1%}",
        f"SDI {found.value('sdi') or 0:.0%}",
        f"{found.value('yield_without_subsidy') or 0:.1%} instead of "
        f"{found.value('portfolio_yield') or 0:.1%}",
        f"cost {found.value('interest_over_operating_cost') or 0:.1f} times",
    }  # fmt: skip
    assert {words for words in said if words not in text} == set()
    assert members.survival is not None
    assert members.survival.probability == 1
    assert members.survival.value_held == pytest.approx(0.5, abs=0.05)


def test_at_the_rate_found_the_real_value_is_held_and_just_below_not(members: FundCase) -> None:
    rate = members.rate.value or 0.0
    at, below = (run(members.model, {"rate": r}) for r in (rate, rate - 1e-6))
    capital = at.value("capital") or 0
    assert (at.value("real_value_end") or 0) >= capital
    assert (below.value("real_value_end") or 0) < capital
    assert at.value("apr") == pytest.approx(members.rate_apr)
    assert not members.rate_above_ceiling


def test_the_grant_found_reaches_the_target_and_a_baht_less_does_not(members: FundCase) -> None:
    grant = members.capital.value or 0.0
    target = members.model.inputs["target_borrowers"].value
    at, below = (run(members.model, {"grant": g}) for g in (grant, grant - 1))
    assert (at.value("borrowers_in_time") or 0) >= target
    assert (below.value("borrowers_in_time") or 0) < target


def test_without_cost_default_and_inflation_no_interest_is_needed() -> None:
    assert sustainable_rate(fund_model(NOTHING)).value == 0


def test_inflation_alone_asks_for_about_its_own_rate() -> None:
    """All capital lent out and no cost: a rate near inflation; idle cash between loans, and the
    cash that waits for a whole loan, ask for a little more."""
    model = fund_model(NOTHING | {"inflation": 0.05, "loan_size": 5_000.0, "waiting_members": 9e5})
    found = sustainable_rate(model).value or 0.0
    assert 12 * (1.05 ** (1 / 12) - 1) <= found <= 0.0505


def test_reasons_where_there_is_none() -> None:
    assert "no capital" in sustainable_rate(fund_model({"grant": 0.0})).reason
    lost = fund_model({"default_per_year": 0.94, "recovery": 0.0, "fixed_cost": 90_000.0})
    assert "real value falls" in sustainable_rate(lost).reason
    few = capital_needed(fund_model({"waiting_members": 30.0, "target_borrowers": 31.0}))
    assert few.value is None
    assert "only 30 members" in few.reason


def test_capital_for_loans_all_at_once() -> None:
    """30 borrowers in 0 years: 30 loans at the start, nothing else: 30 x 60,000 and their cost."""
    model = fund_model(NOTHING | {"target_borrowers": 30.0, "target_years": 0.0})
    assert capital_needed(model).value == 30 * 60_000


def test_the_least_value_that_will_do() -> None:
    assert least(lambda x: x >= np.pi, 0, 10) == pytest.approx(np.pi, abs=1e-9)
    assert least(lambda x: x >= 0, 0, 10) == 0
    assert least(lambda x: x > 10, 0, 10) is None


def test_a_fund_without_target_and_paths(tmp_path: Path) -> None:
    text = (ROOT / "portfolios" / "members-fund" / "fund.yaml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "target_borrowers" not in line]
    (tmp_path / "fund.yaml").write_text("\n".join([*kept, "", "paths: 0", ""]), encoding="utf-8")
    case = appraise_fund(tmp_path)
    assert case.survival is None
    assert "target_borrowers" in case.capital.reason
