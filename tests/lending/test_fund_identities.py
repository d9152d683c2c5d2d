"""What must hold of any revolving fund, without computing it a second time."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.finance import mfi_ratios
from eicfinance.model.numeric import Run, run
from tests.lending.funds import NOTHING, fund_model

_by_method = cache(lambda method: fund_model(method=method, periods=60))
METHODS = ("equal_instalments", "equal_principal", "flat")
ONE = NOTHING | {"grant": 60_000.0, "waiting_members": 1.0, "return_share": 0.0}


def row(made: Run, name: str) -> list[float]:
    return [v or 0.0 for v in made.series(name)]


def test_one_member_and_no_default_is_a_term_loan() -> None:
    """60,000 at 12% over 24 months: the annuity's interest and principal (numpy-financial)."""
    made = run(fund_model(ONE, periods=36))
    periods = np.arange(1, 25)
    interest = -npf.ipmt(0.01, periods, 24, 60_000)
    principal = -npf.ppmt(0.01, periods, 24, 60_000)
    assert row(made, "loans_made")[0] == 1
    assert row(made, "interest")[1:25] == pytest.approx(interest)
    assert row(made, "principal")[1:25] == pytest.approx(principal)
    assert row(made, "cash")[-1] == pytest.approx(60_000 + interest.sum())
    assert made.value("loans_made_total") == 1
    assert made.value("apr") == pytest.approx(0.12)
    assert made.value("eir") == pytest.approx(1.01**12 - 1)


@pytest.mark.parametrize("method", METHODS)
def test_without_default_cost_and_inflation_capital_grows_by_its_interest(method: str) -> None:
    made = run(fund_model(NOTHING, method=method))
    interest = made["interest"][0].cumsum()
    assert made["cash"][0] + made["gross_loans"][0] == pytest.approx(3e6 + interest)
    assert made["net_worth"][0] == pytest.approx(made["cash"][0] + made["gross_loans"][0])
    assert made["real_value"][0] == pytest.approx(made["net_worth"][0])


@pytest.mark.parametrize("method", METHODS)
def test_without_interest_all_methods_are_equal_principal(method: str) -> None:
    """90,000 make 9 loans of 10,000 over 3 months. 30,000 come back: 3 loans, then (9 + 3) / 3 = 4,
    then 16 / 3, of which 3,333 stay in hand: 5; then (3 + 4 + 5) / 3 = 4."""
    figures = NOTHING | {"grant": 9e4, "loan_size": 10_000.0, "tenor_months": 3.0, "rate": 0.0}
    made = run(fund_model(figures, method=method, periods=24))
    assert row(made, "loans_made")[:5] == [9, 3, 4, 5, 4]
    assert row(made, "cash")[3] == pytest.approx(10_000 / 3)
    assert row(made, "cash")[0] == 0
    assert made["cash"][0] + made["gross_loans"][0] == pytest.approx(np.full(25, 90_000.0))
    assert made.value("oss") is None  # no cost to cover
    assert made.value("capital_turns") == pytest.approx(made["lent"][0].sum() / 90_000)


def test_one_period_makes_all_methods_equal() -> None:
    runs = [run(fund_model({"tenor_months": 1.0}, method=method)) for method in METHODS]
    for name in ("interest", "principal", "cash", "loans_made", "net_worth"):
        for other in runs[1:]:
            assert other[name][0] == pytest.approx(runs[0][name][0], rel=1e-9, abs=1e-6)


def test_no_capital_is_exhausted_at_once() -> None:
    made = run(fund_model({"grant": 0.0}))
    assert made.value("exhausted_period") == 0
    assert made.value("loans_made_total") == 0
    assert made.value("capital_turns") is None
    assert made.value("real_value_share") is None
    assert made.failed_checks() == {}


def test_a_period_is_a_model() -> None:
    made = run(fund_model({"tenor_months": 1.0}, periods=1))
    assert row(made, "loans_made")[0] == 50
    assert made.failed_checks() == {}


@settings(max_examples=25, deadline=None)
@given(
    grant=st.floats(0, 5e6), size=st.floats(5e3, 2e5), default=st.floats(0, 0.9),
    rate=st.floats(0, 0.6), members=st.integers(0, 300), tenor=st.integers(1, 60),
    cost=st.floats(0, 4e4), deposit=st.floats(0, 1000), soft=st.floats(0, 3e6),
    method=st.sampled_from(METHODS),
)  # fmt: skip
def test_whole_loans_from_cash_in_hand_and_the_identity(
    grant: float, size: float, default: float, rate: float, members: int, tenor: int, cost: float,
    deposit: float, soft: float, method: str,
) -> None:  # fmt: skip
    """Checks hold (the identity closes every month); loans are whole and leave the reserve."""
    figures = {
        "grant": grant, "loan_size": size, "default_per_year": default, "rate": rate,
        "waiting_members": float(members), "tenor_months": float(tenor), "fixed_cost": cost,
        "savings_deposit": deposit, "soft_loan": soft, "officer_cost": cost,
    }  # fmt: skip
    made = run(_by_method(method), figures)
    assert made.failed_checks() == {}
    loans = made["loans_made"][0]
    assert (loans == np.round(loans)).all()
    assert (loans >= 0).all()
    lending = loans > 0
    assert (made["cash"][0] - made["cash_kept"][0])[lending].min(initial=0) > -1e-3
    first = made["first_loans"][0]
    assert first.sum() <= members
    assert (made["par30"][0][~np.isnan(made["par30"][0])] <= 1 + 1e-6).all()


def test_twice_the_money_is_twice_the_fund() -> None:
    """All money doubled, the number of loans is the same and every amount is double."""
    money = {"grant": 2.5e6, "loan_size": 60_000.0, "fixed_cost": 9_000.0, "reserve": 40_000.0,
             "cost_per_loan_made": 1_100.0, "soft_loan": 3e5, "savings_deposit": 250.0}  # fmt: skip
    one = run(fund_model(money))
    two = run(fund_model({name: 2 * value for name, value in money.items()}))
    assert two["loans_made"][0] == pytest.approx(one["loans_made"][0])
    assert two["cash"][0] == pytest.approx(2 * one["cash"][0], rel=1e-9, abs=1e-5)
    for name in ("oss", "fss", "sdi", "apr", "capital_turns"):
        assert two.value(name) == pytest.approx(one.value(name))


def test_flat_on_the_list_of_published_rates() -> None:
    """Grameen Bank: 1,000 repaid in 50 weekly instalments of 22, 10% flat per loan: APR 19.78%
    (52 periods a year). Flat a year: 10% x 52 / 50; 50 weeks as months."""
    figures = {"rate": 0.1 * 52 / 50, "tenor_months": 50 * 12 / 52, "loan_size": 1000.0}
    made = run(fund_model(figures, method="flat", periods=104, ppy=52))
    assert made.value("tenor_periods") == 50
    assert made.value("apr") == pytest.approx(0.1978, abs=5e-5)


def test_the_yield_without_subsidy_removes_it() -> None:
    """Yaron 1992: at yield x (1 + SDI) the same portfolio brings S more."""
    made = run(fund_model({"soft_loan": 1e6, "fixed_cost": 12_000.0, "operating_grant": 1_000.0}))
    n = made.value("portfolio_yield") or 0
    portfolio = made["gross_loans_before"][0].sum() / 12
    subsidy = made["subsidy"][0].sum()
    more = portfolio * ((made.value("yield_without_subsidy") or 0) - n)
    assert more == pytest.approx(subsidy)


def test_provision_follows_the_scale_of_a_manual() -> None:
    """Weekly, one loan stops: its provision climbs 10, 25, 50, 75, 100% (OpenCBS) with its age."""
    bad = [0.0] * 105
    figures = NOTHING | {"write_off_days": 365.0, "tenor_months": 24.0, "bad_year_default": 0.5,
                         "waiting_members": 50.0, "return_share": 0.0}  # fmt: skip
    bad[3] = 1.0
    made = run(fund_model(figures, periods=104, ppy=52, bad=bad))
    stopped = made["stopped"][0]
    assert np.flatnonzero(stopped).tolist() == [3]
    share = made["provision"][0] / stopped[3]
    days = (np.arange(105) - 3) * 365 / 52
    wanted = np.select([days <= 0, days <= 30, days <= 60, days <= 90, days <= 180],
                       [0, 0.1, 0.25, 0.5, 0.75], 1.0)  # fmt: skip
    written_off = np.arange(105) >= 3 + 52
    assert share == pytest.approx(np.where(written_off, 0, wanted))
    late = np.where((days > 30) & ~written_off, stopped[3], 0)
    assert made["par30_amount"][0] == pytest.approx(late)


def test_the_ratios_are_those_of_the_published_definitions() -> None:
    """The fund's totals and means in eicfinance.finance.mfi_ratios, which has outside cases
    (Sa-Dhan, Yaron 1992) of its own."""
    made = run(fund_model({"soft_loan": 1e6, "in_kind_cost": 2_000.0, "operating_grant": 1_000.0,
                           "fixed_cost": 9_000.0, "savings_deposit": 150.0}))  # fmt: skip

    def total(name: str) -> float:
        return float(made[name][0].sum())

    def mean(name: str) -> float:
        return float(made[name][0][:-1].mean())  # at the start of each period

    years = 10
    provision = total("provision_expense") - total("recovered")
    costs = total("income"), total("operating_cost"), total("financial_cost"), provision
    assert made.value("oss") == pytest.approx(mfi_ratios.oss(*costs))
    cheap = mfi_ratios.subsidised_funds_adjustment(
        mean("soft_loan_balance"), 0.0662, total("soft_loan_interest") / years
    )
    worn = mfi_ratios.inflation_adjustment(mean("net_worth"), 0.0, 0.02)
    added = years * (cheap + worn) + total("in_kind")
    assert made.value("fss") == pytest.approx(mfi_ratios.fss(*costs, added))
    other = total("in_kind") / years + 12 * 1_000.0
    profit = total("profit") / years
    needed = mfi_ratios.subsidy(mean("soft_loan_balance"), 0.0662, 0.02, mean("net_worth"), profit,
                                other)  # fmt: skip
    earned = total("portfolio_income") / years
    n = mfi_ratios.portfolio_yield(earned, mean("gross_loans"))
    index = mfi_ratios.sdi(needed, mean("gross_loans"), n)
    assert made.value("portfolio_yield") == pytest.approx(n)
    assert made.value("sdi") == pytest.approx(index)
    assert made.value("yield_without_subsidy") == pytest.approx(mfi_ratios.required_yield(n, index))
