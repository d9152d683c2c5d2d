"""Ratios of a microfinance institution against published tables and identities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eicfinance.finance import mfi_ratios as ratios
from eicfinance.finance.mfi_ratios import OPENCBS, SA_DHAN, LoanOwed

# Sa-Dhan, Tracking Financial Performance Standards of Microfinance Institutions, operational
# manual: 3,600 loans, outstanding principal by days late (in time, 1-30, 31-60, 61-90, 91-180,
# 181-365, over 365) and what is provided for.
OUTSTANDING = [128000, 17500, 10000, 5000, 3500, 2500, 1500]
LEAST = [days for days, _ in SA_DHAN]
# Constructed: outstanding principal, days late, principal overdue.
LOANS = [
    LoanOwed(900), LoanOwed(600, 35, 100), LoanOwed(400, 10, 50), LoanOwed(1500, 95, 300),
    LoanOwed(100, 200, 100),
]  # fmt: skip


def test_ageing_of_sa_dhan() -> None:
    shares = [round(100 * share, 2) for share in ratios.ageing_shares(OUTSTANDING)]
    assert shares == [76.19, 10.42, 5.95, 2.98, 2.08, 1.49, 0.89]
    assert 100 * ratios.par_of_classes(OUTSTANDING, LEAST, 0) == pytest.approx(23.81, abs=0.005)
    assert 100 * ratios.par_of_classes(OUTSTANDING, LEAST, 30) == pytest.approx(13.39, abs=0.005)
    assert ratios.provision(OUTSTANDING, [share for _, share in SA_DHAN]) == pytest.approx(13125)
    loans = [LoanOwed(a, days) for a, days in zip(OUTSTANDING, LEAST, strict=True)]
    assert ratios.ageing(loans, LEAST) == OUTSTANDING
    assert ratios.provision_of_loans(loans) == pytest.approx(13125)


def test_scale_of_opencbs() -> None:
    """10, 25, 50, 75, 100% at 1-30, 31-60, 61-90, 91-180, 181 days and more."""
    loans = [LoanOwed(100, days) for days in (0, 1, 30, 31, 60, 61, 90, 91, 180, 181, 1000)]
    by_hand = 100 * (2 * 0.10 + 2 * 0.25 + 2 * 0.50 + 2 * 0.75 + 2 * 1)
    assert ratios.provision_of_loans(loans, OPENCBS) == pytest.approx(by_hand)


def test_par_is_not_the_arrears_rate() -> None:
    """Definition of CGAP and SEEP: all that is owed on loans that are late, 2,600 of 3,500; what is
    overdue on them, 550, is the arrears rate."""
    assert ratios.gross_portfolio(LOANS) == 3500
    assert 100 * ratios.par(LOANS, 0) == pytest.approx(74.285714, abs=1e-6)
    assert 100 * ratios.par(LOANS) == pytest.approx(62.857143, abs=1e-6)
    assert 100 * ratios.par(LOANS, 90) == pytest.approx(45.714286, abs=1e-6)
    assert 100 * ratios.arrears_rate(LOANS) == pytest.approx(15.714286, abs=1e-6)
    again = [*LOANS[1:], LoanOwed(900, restructured=True)]
    assert ratios.par(again, 90) == pytest.approx((1600 + 900) / 3500)


def test_par_counts_more_than_so_many_days() -> None:
    assert ratios.par([LoanOwed(1, 30), LoanOwed(1, 31)], 30) == 0.5


# Sa-Dhan's manual, three years: income, operating and financial cost, provision; total cost is
# printed, the percentage is income / total.
@pytest.mark.parametrize(
    ("income", "operating", "financial", "provision", "total", "percent"),
    [
        (27200, 21800, 2400, 10000, 34200, 79.53),
        (37700, 26200, 7000, 6000, 39200, 96.17),
        (43000, 28600, 7400, 5000, 41000, 104.88),
    ],
)
def test_self_sufficiency(
    income: float, operating: float, financial: float, provision: float, total: float,
    percent: float,
) -> None:  # fmt: skip
    found = ratios.oss(income, operating, financial, provision)
    assert 100 * found == pytest.approx(percent, abs=0.005)
    assert income / found == pytest.approx(total)
    assert ratios.fss(income, operating, financial, provision, 0) == found
    assert ratios.fss(income, operating, financial, provision, 5000) == income / (total + 5000)


def test_adjustments_by_hand() -> None:
    assert ratios.subsidised_funds_adjustment(100_000, 0.12, 4_000) == pytest.approx(8_000)
    assert ratios.inflation_adjustment(50_000, 10_000, 0.05) == pytest.approx(2_000)


def test_subsidy_dependence_of_a_surplus() -> None:
    """Constructed from Yaron's definition: equity of 200,000 at 10% would cost 20,000, profit is
    40,000, so the yield of 22% could fall to 18%."""
    subsidy = ratios.subsidy(0, 0.10, 0, 200_000, 40_000, 0)
    assert subsidy == pytest.approx(-20_000)
    index = ratios.sdi(subsidy, 500_000, 0.22)
    assert index == pytest.approx(-0.1818181818, abs=1e-9)
    assert ratios.required_yield(0.22, index) == pytest.approx(0.18)


MONEY = st.floats(1, 1e9)
RATE = st.floats(0.001, 0.9)


@given(a=MONEY, m=RATE, c=RATE, e=MONEY, p=MONEY, k=MONEY, lp=MONEY, n=RATE)
def test_at_the_required_yield_no_subsidy_is_left(
    a: float, m: float, c: float, e: float, p: float, k: float, lp: float, n: float
) -> None:
    """Profit without K, with the higher interest income, pays A (m - c) and E m."""
    needed = ratios.required_yield(n, ratios.sdi(ratios.subsidy(a, m, c, e, p, k), lp, n))
    left = p - k + lp * (needed - n) - a * (m - c) - e * m
    assert left == pytest.approx(0, abs=1e-9 * (a + e + p + k + lp))


def test_price_of_a_loan() -> None:
    """CGAP Occasional Paper 1: administrative expense of 200,000 on 800,000 is 0.25; the other
    four by hand: (0.25 + 0.02 + 0.15 + 0.15 - 0.01) / 0.98. With these costs the income on the
    part that is not lost just covers them."""
    rate = ratios.sustainable_rate(200_000 / 800_000, 0.02, 0.15, 0.15, 0.01)
    assert rate == pytest.approx(0.56 / 0.98)
    assert rate * (1 - 0.02) + 0.01 == pytest.approx(0.25 + 0.02 + 0.15 + 0.15)


def test_loss_and_repayment() -> None:
    """A recovery of 99% over three months loses (1 - 0.99) / 0.25 x 2 = 8% a year."""
    assert ratios.annual_loss_rate(0.99, 0.25) == pytest.approx(0.08)
    assert ratios.repayment_rate(950, 900, 100, 0) == pytest.approx(0.95)
    assert ratios.repayment_rate(1000, 900, 100, 50) == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("risk_coverage", (13125, 22500), 0.5833333),
        ("write_off_ratio", (1500, 150000), 0.01),
        ("portfolio_yield", (43000, 168000), 0.2559524),
        ("operating_expense_ratio", (28600, 168000), 0.1702381),
        ("cost_of_funds", (7400, 74000), 0.1),
        ("cost_per_borrower", (28600, 3600), 7.944444),
        ("borrowers_per_officer", (3600, 12), 300),
        ("debt_to_equity", (74000, 37000), 2),
        ("return_on_assets", (2000, 168000, 400), 0.00952381),
        ("return_on_equity", (2000, 37000, 400), 0.04324324),
    ],
)
def test_plain_ratios_by_hand(name: str, arguments: tuple[float, ...], value: float) -> None:
    assert getattr(ratios, name)(*arguments) == pytest.approx(value, rel=1e-6)
    with pytest.raises(ValueError, match="to divide by"):
        getattr(ratios, name)(arguments[0], 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ratios.par([]), "there must be some portfolio"),
        (lambda: ratios.ageing(LOANS, [1, 30]), "must begin at 0 days and rise"),
        (lambda: ratios.ageing([LoanOwed(-1)], [0]), "outstanding principal must be 0 or more"),
        (lambda: ratios.par_of_classes(OUTSTANDING, LEAST, 45), "no class begins at 46 days"),
        (lambda: ratios.par_of_classes(OUTSTANDING, LEAST, 400), "no class begins at 401 days"),
        (lambda: ratios.par_of_classes([1], [0, 1]), "1 classes have 2 least days"),
        (lambda: ratios.provision([100], [1.5]), "from 0 to 1"),
        (lambda: ratios.provision([100], [0, 1]), "1 classes have 2 shares"),
        (lambda: ratios.oss(1, 0, 0, 0), "there must be some cost"),
        (lambda: ratios.oss(float("nan"), 1, 0, 0), "all finite"),
        (lambda: ratios.sustainable_rate(0.2, 1, 0, 0), "from 0 to below 1"),
        (lambda: ratios.annual_loss_rate(0.9, 0), "above 0 years"),
    ],
)
def test_wrong_figures_get_a_sentence(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
