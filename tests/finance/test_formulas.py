"""Formulas without a project, with figures from outside."""

from __future__ import annotations

import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance import (
    annuity,
    capital_recovery_factor,
    construction_finance_factor,
    effective_rate,
    fixed_charge_rate,
    flat_interest,
    flat_to_reducing_rate,
    lcoe_fixed_charge_rate,
    project_finance_factor,
    reducing_to_flat_rate,
    wacc_nominal,
    wacc_real,
)

# numpy-financial divides by zero at rates below rounding
RATES = st.floats(-0.5, 2).filter(lambda rate: abs(rate) > 1e-4)
PERIODS = st.integers(1, 600)


def test_fixed_charge_rate_of_sam() -> None:
    """NREL PySAM 7.1.1.post1 (SAM/ssc), module LcoefcrDesign, 1.2 MW biogas: 60% debt at 6.5%, 12%
    to equity, tax 20%, inflation 2.5%, 20 years straight-line, a year's construction at 6%."""
    wacc = wacc_real(0.12, 0.6, 0.065, 0.2, 0.025)
    assert wacc == pytest.approx(0.05287804878048785, rel=1e-9)
    recovery = capital_recovery_factor(wacc, 20)
    assert recovery == pytest.approx(0.08221233842841641, rel=1e-9)
    nominal = wacc_nominal(0.12, 0.6, 0.065, 0.2)
    finance = project_finance_factor(0.2, nominal, [1 / 20] * 20)
    assert finance == pytest.approx(1.1265390713121772, rel=1e-9)
    construction = construction_finance_factor(0.2, 0.06, [1.0])
    assert construction == pytest.approx(1.02365041127896, rel=1e-9)
    rate = fixed_charge_rate(recovery, finance, construction)
    assert rate == pytest.approx(0.09480580395354168, rel=1e-9)
    lcoe = lcoe_fixed_charge_rate(rate, 140e6, 9e6, 8.4e6, 0.35)
    assert lcoe == pytest.approx(3.0015253039875995, rel=1e-9)


@pytest.mark.parametrize(("rate", "lcoe"), [(0.10, 89.31), (0.05, 85.66)])
def test_five_year_plant(rate: float, lcoe: float) -> None:
    """500,000 USD, 4,500 MWh a year, 60 USD a MWh, 5 years (tutorsglobe.com question 51108753)."""
    found = lcoe_fixed_charge_rate(capital_recovery_factor(rate, 5), 500_000, 0, 4500, 60)
    assert found == pytest.approx(lcoe, abs=0.005)


def test_construction_of_three_years_is_counted_back() -> None:
    """80% in the last year, 10% in each of the two before: half, one and a half, two and a half
    years of interest at 8% (by hand: 3.923%, 12.237%, 21.215%), of which tax of 25% pays a part."""
    by_hand = (
        0.8 * (1 + 0.75 * 0.039230) + 0.1 * (1 + 0.75 * 0.122369) + 0.1 * (1 + 0.75 * 0.212158)
    )
    assert construction_finance_factor(0.25, 0.08, [0.8, 0.1, 0.1]) == pytest.approx(
        by_hand, abs=1e-6
    )


# "Flat Rate Loan" (utahmortgagehomeloans.com, 2019-09-21): flat 10% over 36 months is 17.92%; the
# other terms recomputed with numpy_financial.rate, which stops within 1e-10 of them
FLAT_10 = {
    12: 0.17971997500613424, 24: 0.18157012682772133, 36: 0.17917675860464277,
    48: 0.176005212447629, 60: 0.17273737201096848, 84: 0.16657043430561025,
}  # fmt: skip


@pytest.mark.parametrize("months", FLAT_10)
def test_flat_ten_per_cent(months: int) -> None:
    assert flat_to_reducing_rate(0.10, months) == pytest.approx(FLAT_10[months], abs=1e-10)
    assert reducing_to_flat_rate(FLAT_10[months], months) == pytest.approx(0.10, abs=1e-10)
    if months == 36:
        assert flat_to_reducing_rate(0.10, 36) == pytest.approx(0.1792, abs=5e-5)


def test_flat_rates_by_year_by_month_and_by_loan() -> None:
    """The same source: 12% flat on 100,000 over 3 years costs 36,000. Wikipedia's draft "Flat rate
    (finance)": 1,200 USD over 12 months at 1% a month is 112 USD a month. Grameen Bank: 1,000 in 50
    weekly instalments of 22, 10% flat per loan, is 19.78% with 52 weeks a year."""
    assert flat_interest(100_000, 0.12, 36) == pytest.approx(36_000)
    assert flat_to_reducing_rate(0.12, 36) == pytest.approx(0.2119989267546819, abs=1e-12)
    interest = flat_interest(1200, 0.01, 12, per="period")
    assert (1200 + interest) / 12 == pytest.approx(112)
    monthly = flat_to_reducing_rate(0.01, 12, per="period")
    assert monthly == pytest.approx(0.21457184303987986, abs=1e-10)
    assert monthly == pytest.approx(flat_to_reducing_rate(0.12, 12), abs=1e-12)
    assert effective_rate(monthly, 12) == pytest.approx(0.23698384172052167, abs=1e-10)
    assert (1000 + flat_interest(1000, 0.10, 50, 52, "loan")) / 50 == pytest.approx(22)
    assert flat_to_reducing_rate(0.10, 50, 52, "loan") == pytest.approx(0.1978, abs=5e-5)


@given(RATES, PERIODS)
def test_against_numpy_financial(rate: float, periods: int) -> None:
    theirs = -npf.pmt(rate, periods, 1000)
    assert annuity(1000, rate, periods) == pytest.approx(theirs, rel=1e-6)


@settings(deadline=None)
@given(st.floats(0, 1), st.integers(2, 360), st.sampled_from([1, 4, 12, 52]))
def test_flat_and_back(flat: float, periods: int, ppy: int) -> None:
    for per in ("year", "period", "loan"):
        reducing = flat_to_reducing_rate(flat, periods, ppy, per)
        assert reducing_to_flat_rate(reducing, periods, ppy, per) == pytest.approx(
            flat, rel=1e-9, abs=1e-12
        )


def test_no_interest() -> None:
    assert capital_recovery_factor(0, 8) == 1 / 8
    assert flat_to_reducing_rate(0, 24) == pytest.approx(0, abs=1e-15)
    assert wacc_real(0.1, 0, 0.5, 0.2, 0.1) == pytest.approx(0)


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="above -1"):
        capital_recovery_factor(-1, 10)
    with pytest.raises(ValueError, match="a period at least"):
        annuity(1, 0.1, 0)
    with pytest.raises(ValueError, match="a period at least"):
        flat_to_reducing_rate(0.1, 0)
    with pytest.raises(ValueError, match="per one of"):
        flat_interest(1, 0.1, 12, per="month")
    with pytest.raises(ValueError, match="nothing is repaid"):
        flat_to_reducing_rate(-1, 12)
    with pytest.raises(ValueError, match="some energy"):
        lcoe_fixed_charge_rate(0.1, 1, 1, 0)
