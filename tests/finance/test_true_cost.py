"""Rates of credits and of disclosed flows against published figures, and identities."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance import (
    Credit,
    apr_eu,
    apr_eu_dated,
    apr_us,
    apr_us_dated,
    flat_to_reducing_rate,
    reducing_to_flat_rate,
    true_cost,
)
from eicfinance.finance.actuarial import stream
from eicfinance.finance.due_dates import due_dates
from eicfinance.finance.true_cost import rates_of, rates_of_dated

DAY = date.fromisoformat
# 12 CFR 1026 (Regulation Z), Appendix J (c), examples of the actuarial method. Advance, payments as
# (count, amount, full unit-periods and fraction before the first), unit-periods a year, APR in %.
APPENDIX_J = [
    ("(c)(1)(i) monthly, regular", 5000, [(24, 230, 1, 0)], 12, 9.69),
    ("(c)(1)(ii) long first period", 6000, [(36, 200, 1, 19 / 30)], 12, 11.82),
    ("(c)(1)(iii) short first period", 5000, [(24, 219.17, 0, 6 / 15)], 24, 10.34),
    ("(c)(1)(iv) quarterly", 10000, [(40, 385, 1, 39 / 90)], 4, 8.97),
    ("(c)(1)(v) weekly", 500, [(30, 17.60, 4, 4 / 7)], 52, 14.96),
    ("(c)(2)(i) irregular first payment", 5000, [(1, 250, 1, 0), (23, 230, 2, 0)], 12, 10.08),
    ("(c)(3)(i) irregular last payment", 5000, [(23, 230, 1, 0), (1, 280, 24, 0)], 12, 10.50),
    ("(c)(4)(i) both", 5000, [(1, 250, 1, 0), (22, 230, 2, 0), (1, 280, 24, 0)], 12, 10.90),
    ("(c)(5)(i) one payment after 255 days", 1000, [(1, 1080, 1, 0)], 365 / 255, 11.45),
]  # fmt: skip
# The same appendix from its dates: start, advance, first due, count, amount, unit, every, further
# payments, APR in %.
APPENDIX_J_DATED: list[tuple[Any, ...]] = [
    ("1978-01-10", 5000, "1978-02-10", 24, 230, "month", 1, [], 9.69),
    ("1978-02-10", 6000, "1978-04-01", 36, 200, "month", 1, [], 11.82),
    ("1978-05-23", 10000, "1978-10-01", 40, 385, "month", 3, [], 8.97),
    ("1978-03-20", 500, "1978-04-21", 30, 17.6, "week", 1, [], 14.96),
    ("1978-03-18", 400, "1978-05-18", 11, 38.31, "week", 4, [("1978-04-20", 39.5)], 28.50),
    ("1978-04-03", 200, "1978-04-11", 19, 9.5, "week", 2, [("1979-01-02", 30)], 12.22),
    ("1978-01-10", 8000, "1978-05-01", 18, 465, "month", 2,
     [("1978-03-01", 449.36), ("1981-05-01", 200)], 7.30),
    ("1978-01-03", 1000, "1978-09-15", 1, 1080, "day", 255, [], 11.45),
    # simontreanor/FSharp.Finance.Personal, AprUsActuarialTests, "confirmed using Excel"
    ("1978-06-23", 10000, "1978-10-01", 40, 385, "month", 3, [], 9.15),
    ("2023-10-26", 1000, "2023-11-30", 5, 220, "day", 1, [], 94.15),
    ("2023-10-28", 1000, "2023-11-30", 5, 250, "week", 1, [], 176.52),
    ("2023-11-24", 1000, "2023-11-30", 5, 250, "week", 1, [], 434.30),
    ("2023-10-26", 1000, "2023-11-30", 5, 500, "year", 1, [], 78.34),
]  # fmt: skip


@pytest.mark.parametrize("case", APPENDIX_J, ids=lambda case: case[0])
def test_regulation_z(case: tuple[str, float, list[Any], float, float]) -> None:
    _, advance, payments, per_year, apr = case
    flows = [flow for count, amount, first, fraction in payments
             for flow in stream(count, amount, first, fraction)]  # fmt: skip
    assert 100 * apr_us([(advance, 0, 0)], flows, per_year) == pytest.approx(apr, abs=0.005)


@pytest.mark.parametrize("case", APPENDIX_J_DATED, ids=lambda case: f"{case[0]} {case[-1]}")
def test_regulation_z_by_date(case: tuple[Any, ...]) -> None:
    start, advance, first, count, amount, unit, every, further, apr = case
    payments = [(day, amount) for day in due_dates(DAY(start), count, every, unit, DAY(first))]
    payments += [(DAY(day), money) for day, money in further]
    found = apr_us_dated([(DAY(start), advance)], payments, unit, every)
    assert 100 * found == pytest.approx(apr, abs=0.005)


def test_regulation_z_semimonthly_by_date() -> None:
    """(c)(1)(iii): 23 February 1978, then the 1st and 16th from 1 March."""
    days = [date(1978 + month // 12, month % 12 + 1, day)
            for month in range(2, 14) for day in (1, 16)]  # fmt: skip
    found = apr_us_dated([(date(1978, 2, 23), 5000)], [(day, 219.17) for day in days], "half_month")
    assert 100 * found == pytest.approx(10.34, abs=0.005)


# Directive 87/102/EEC as amended by 98/7/EC, Annex III: A1 on the calendar, B2 in the standard
# year. "Two payments": simontreanor/FSharp.Finance.Personal, AprEuropeanUnionTests. "Fee": PyPI
# curo 1.0.0, README and example_02 (six payments of 1,707 and 50 with the first).
EU: list[tuple[str, Any, Any, float]] = [
    ("A1, 546 days", [(0, 1000)], [(546 / 365, 1200)], 12.96),
    ("B2, a year and a half", [(0, 950)], [(1.5, 1200)], 16.85),
    ("two payments", [(0, 500)], [(31 / 365, 270), (61 / 365, 270)], 84.63),
    ("fee", [(0, 10000)], [*((k / 12, 1707) for k in range(1, 7)), (1 / 12, 50)], 10.45),
]


@pytest.mark.parametrize("case", EU, ids=lambda case: case[0])
def test_european_directive(case: tuple[str, Any, Any, float]) -> None:
    _, drawdowns, repayments, apr = case
    found = apr_eu(drawdowns, repayments)
    assert found.status == "one"
    assert 100 * found.rate == pytest.approx(apr, abs=0.005)  # type: ignore[operator]


def test_european_directive_by_date() -> None:
    """Days are those before the whole months that are counted back from the payment: to 10 February
    and 10 March 2024, the year before which has 365 and 366 days."""
    out = [(DAY("2024-01-31"), 950.0)]
    standard = apr_eu_dated(out, [(DAY("2025-07-31"), 1200)], "month").rate
    assert standard == pytest.approx(apr_eu([(0, 950)], [(1.5, 1200)]).rate)
    calendar = apr_eu_dated(out, [(out[0][0] + timedelta(546), 1200)]).rate
    assert calendar == pytest.approx((1200 / 950) ** (365 / 546) - 1)
    odd = apr_eu_dated(out, [(DAY("2024-03-10"), 1000)], "month").rate
    assert odd == pytest.approx((1000 / 950) ** (1 / (1 / 12 + 10 / 365)) - 1)
    leap = apr_eu_dated([(DAY("2024-02-20"), 950)], [(DAY("2024-04-10"), 1000)], "month").rate
    assert leap == pytest.approx((1000 / 950) ** (1 / (1 / 12 + 19 / 366)) - 1)


# Terms, APR and EIR in %, tolerance. Sources: Grameen Bank (Tk 1,000 repaid as 1,100 over a year in
# weekly instalments); Microcredit Regulatory Authority, Bangladesh, as quoted at svtuition.org
# (2011/05, effective interest rate); Rosenberg, Calculating effective interest rates on
# microcredit loans (1995): 1,000 at 3% a month, four months, of which the base is exact; Grameen
# Shakti, "Financial Approach" (terms published, rates are the exact roots).
CREDITS: list[tuple[str, dict[str, Any], float | None, float | None, float]] = [
    ("Grameen Bank", {"principal": 1000, "flat": 0.10, "flat_basis": "loan", "periods": 50,
                      "per_year": 52}, 19.78, None, 0.005),
    ("MRA with a charge of 2%", {"principal": 1000, "instalment": 25, "periods": 44, "per_year": 52,
                                 "fee": 0.02}, None, 31.27, 0.005),
    ("Rosenberg, base", {"principal": 1000, "rate": 0.36, "periods": 4}, 36, 42.5761, 0.001),
    ("Grameen Shakti, list price", {"list_price": 100, "down_payment": 0.15, "flat": 0.06,
                                    "periods": 36}, 11.082453, 11.663077, 1e-4),
    ("micro-utility, cash price", {"list_price": 100, "down_payment": 0.10, "flat": 0,
                                   "periods": 42, "cash_price": 96}, 2.55876, 2.588982, 1e-4),
    ("Grameen Shakti, cash price", {"list_price": 100, "down_payment": 0.15, "flat": 0.06,
                                    "periods": 36, "cash_price": 96}, 14.45, None, 0.005),
]  # fmt: skip


@pytest.mark.parametrize("case", CREDITS, ids=lambda case: case[0])
def test_published_credits(
    case: tuple[str, dict[str, Any], float | None, float | None, float],
) -> None:
    _, terms, apr, eir, within = case
    found = true_cost(Credit(**terms))
    assert found.apr is not None
    assert found.eir is not None
    assert apr is None or 100 * found.apr == pytest.approx(apr, abs=within)
    assert eir is None or 100 * found.eir == pytest.approx(eir, abs=within)
    again = pyxirr.irr(found.flows)  # a second solver
    assert found.apr == pytest.approx(terms.get("per_year", 12) * again, abs=1e-9)


def test_every_charge_by_hand() -> None:
    """1,000 at 10% flat per loan in 50 weeks; 2% fee, 1% more in cash, 5% savings, 4% deposit
    withheld: 880 to hand. Each week 22, 1 fee, 3 saved. Back at the end, at 5.2% a year, 0.1% a
    week: 50 x 1.001^50, 3 for each week grown till the last, and 40."""
    found = true_cost(Credit(
        principal=1000, flat=0.10, flat_basis="loan", periods=50, per_year=52, fee=0.02,
        fee_upfront=0.01, savings=0.05, deposit=0.04, fee_each=1, savings_each=3,
        savings_interest=0.052,
    ))  # fmt: skip
    back, pot = 50.0, 0.0
    for _ in range(50):
        back, pot = back * 1.001, pot * 1.001 + 3
    assert found.received == pytest.approx(880)
    assert found.flows[1:50] == pytest.approx([-26.0] * 49)
    assert found.flows[50] == pytest.approx(-26 + back + pot + 40)
    assert found.total_cost == pytest.approx(50 * 26 - back - pot - 40 - 880)
    lender = rates_of([-970, *[23.0] * 50], 52)
    assert (found.lender_yield, found.lender_yield_effective) == (lender.apr, lender.eir)
    assert found.flat_rate_per_year == pytest.approx(0.10 * 52 / 50)
    assert found.reducing_rate == pytest.approx(flat_to_reducing_rate(0.10, 50, 52, "loan"))
    assert found.total_paid == pytest.approx(50 * 23)
    assert (found.instalment, found.instalment_last) == pytest.approx((23, 23))


@pytest.mark.parametrize(
    ("kind", "flows"),
    [
        ("paid", [-10, -510, -505]),
        ("deferred", [0, -520, -505]),
        ("capitalised", [0, -515.1, -510.05]),
        ("free", [0, -510, -505]),
    ],
)
def test_graces(kind: str, flows: list[float]) -> None:
    """1,000 at 1% a month, equal principal over the two months after one of grace."""
    found = true_cost(Credit(principal=1000, rate=0.12, periods=3, grace=1, grace_kind=kind,
                             amortisation="equal_principal"))  # fmt: skip
    assert found.flows == pytest.approx([1000, *flows])


def test_interest_in_advance() -> None:
    """Rosenberg's variant of interest paid up front: 76.11 of 1,000 is withheld, so that 923.89 are
    to hand, and the instalments are the principal alone."""
    found = true_cost(Credit(principal=1000, rate=0.36, periods=4, interest_upfront=True))
    interest = 4 * 269.0270451931 - 1000
    assert found.received == pytest.approx(1000 - interest)
    assert sum(found.flows[1:]) == pytest.approx(-1000)
    assert found.apr is not None
    assert found.apr > 0.36


def test_a_given_instalment_after_a_grace() -> None:
    found = true_cost(Credit(principal=1000, instalment=300, periods=6, grace=2))
    assert found.flows == (1000, 0, 0, -300, -300, -300, -300)


def test_rounding_to_whole_money() -> None:
    """Apache Fineract, RS02: 305 each, the last 303.22; here the cents of interest are not rounded,
    so the last differs by less than ten of them."""
    found = true_cost(Credit(principal=5000, rate=0.12, periods=18, round_instalment=1))
    assert found.instalment == 305
    assert found.instalment_last == pytest.approx(303.22, abs=0.1)


def test_ceiling() -> None:
    terms: dict[str, Any] = {"principal": 1000, "rate": 0.33, "periods": 12}
    assert true_cost(Credit(**terms)).above_ceiling is None
    kept = true_cost(Credit(**terms, ceiling=0.33))
    assert (kept.above_ceiling, kept.warnings) == (False, ())
    passed = true_cost(Credit(**terms, ceiling=0.33, fee=0.01))
    assert passed.above_ceiling is True
    assert passed.warnings[0].endswith("is above the ceiling of 33.00%")


def test_a_loan_without_interest_has_rates_of_nil() -> None:
    found = true_cost(Credit(principal=1000, rate=0, periods=12, savings=0.5))
    assert (found.apr, found.eir, found.reducing_rate, found.equivalent_flat_rate) == (0, 0, 0, 0)
    assert found.total_cost == pytest.approx(0, abs=1e-9)


def test_no_rate_has_a_reason() -> None:
    """Saving more than is owed and getting it back doubled: the borrower never pays on balance."""
    found = true_cost(Credit(principal=1000, rate=0, periods=2, savings=0.9, savings_interest=9,
                             per_year=1))  # fmt: skip
    assert found.apr is None
    assert found.status == "none"
    assert found.warnings == (f"there is no APR: {found.reason}",)


CREDIT = st.fixed_dictionaries(
    {
        "principal": st.floats(1, 1e7),
        "periods": st.integers(1, 100),
        "per_year": st.sampled_from([1, 4, 12, 26, 52]),
        "rate": st.floats(0, 2),
    }
)
SHARES = st.floats(0, 0.3)


@settings(max_examples=80, deadline=None)
@given(terms=CREDIT)
def test_without_charges_the_apr_is_the_reducing_rate(terms: dict[str, Any]) -> None:
    found = true_cost(Credit(**terms))
    assert found.apr == pytest.approx(terms["rate"], rel=1e-7, abs=1e-7)
    assert found.reducing_rate == found.apr == found.lender_yield
    assert found.equivalent_flat_rate == pytest.approx(found.flat_rate_per_year, rel=1e-6, abs=1e-7)


@settings(max_examples=80, deadline=None)
@given(terms=CREDIT, fee=SHARES, more=SHARES, savings=SHARES, flat=st.booleans())
def test_more_fees_never_lower_the_apr(
    terms: dict[str, Any], fee: float, more: float, savings: float, flat: bool
) -> None:
    if flat:
        terms = {**terms, "rate": None, "flat": terms["rate"]}
    low = true_cost(Credit(**terms, fee=fee, savings=savings))
    high = true_cost(Credit(**terms, fee=fee + more, savings=savings))
    assert low.apr is not None
    assert high.apr is not None
    assert high.apr >= low.apr - 1e-7
    assert high.total_cost >= low.total_cost - 1e-6 * terms["principal"]
    for found in (low, high):
        assert found.eir is not None
        assert found.apr is not None
        assert found.eir >= found.apr - 1e-12


@settings(max_examples=80, deadline=None)
@given(rate=st.floats(0, 2), periods=st.integers(1, 120), per_year=st.sampled_from([1, 12, 52]),
       per=st.sampled_from(["year", "period", "loan"]))  # fmt: skip
def test_flat_to_reducing_and_back(rate: float, periods: int, per_year: int, per: str) -> None:
    reducing = flat_to_reducing_rate(rate, periods, per_year, per)
    back = reducing_to_flat_rate(reducing, periods, per_year, per)
    assert back == pytest.approx(rate, rel=1e-6, abs=1e-7)


@settings(max_examples=80, deadline=None)
@given(order=st.permutations(range(6)), scale=st.floats(0.1, 1e6))
def test_neither_order_nor_currency_moves_a_dated_rate(order: list[int], scale: float) -> None:
    """Two flows of the first and of the last date among them."""
    flows = [(DAY(day), amount * scale) for day, amount in (
        ("2024-01-31", 1000.0), ("2024-01-31", -20.0), ("2024-06-30", -300.0),
        ("2024-09-30", -400.0), ("2025-01-31", -450.0), ("2025-01-31", 50.0),
    )]  # fmt: skip
    plain, mixed = rates_of_dated(flows), rates_of_dated([flows[k] for k in order])
    assert mixed.eir == pytest.approx(plain.eir, abs=1e-12)
    second = pyxirr.xirr([day for day, _ in flows], [amount for _, amount in flows])
    assert second is not None
    assert plain.eir == pytest.approx(second, abs=1e-9)
    assert plain.apr == pytest.approx(12 * ((1 + second) ** (1 / 12) - 1))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"periods": 0}, "periods must be a whole number from 1"),
        ({"periods": 10**9}, "periods must be a whole number from 1"),
        ({"periods": 1201}, "are more than 100 years"),
        ({"per_year": 0}, "periods per year must be above 0"),
        ({"principal": -1000}, "principal must be above 0"),
        ({"principal": float("nan")}, "principal must be a finite number"),
        ({"principal": float("inf")}, "principal must be a finite number"),
        ({"principal": None}, "give the principal, or the list price"),
        ({"rate": None}, "give exactly one of the rate"),
        ({"flat": 0.1}, "give exactly one of the rate"),
        ({"rate": -0.1}, "rate must be 0 or more"),
        ({"rate": 24}, "write ten per cent as 0.10 or 10%"),
        ({"down_payment": 1.2}, "down payment is a share from 0 to below 1"),
        ({"fee": 1.1}, "fee is a share from 0 to below 1"),
        ({"fee": 0.6, "savings": 0.5}, "nothing is left of the credit"),
        ({"savings": -0.1}, "savings is a share"),
        ({"grace": 12}, "the grace must be a whole number of periods from 0 to below the 12"),
        ({"grace": -1}, "the grace must be"),
        ({"grace_kind": "none"}, "grace kind is one of paid"),
        ({"list_price": 1000, "down_payment": 0.15}, "leave one of them out"),
        ({"cash_price": 100, "down_payment": 0.5}, "pays the whole cash price"),
        ({"cash_price": 1000, "down_payment": 0.5}, "pays the whole cash price"),
        ({"rate": None, "instalment": 50}, "12 instalments of 50 repay 600, less than the"),
        ({"rate": None, "instalment": 100, "grace": 3}, "9 instalments of 100 repay 900"),
        ({"rate": None, "instalment": 90, "interest_upfront": True}, "stands as it is"),
        ({"rate": None, "flat": 0.1, "flat_basis": "month"}, "flat basis is one of year"),
        ({"round_instalment": 0}, "round instalment must be above 0"),
        ({"grace": 3, "grace_kind": "capitalised", "rate": None, "flat": 0.1}, "is capitalised"),
        ({"rounding": "nearest"}, "rounding is one of"),
        ({"amortisation": "annuity"}, "amortisation is one of"),
    ],
)
def test_wrong_terms_get_a_sentence(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        true_cost(Credit(**({"principal": 1000, "rate": 0.24, "periods": 12} | wrong)))


def test_wrong_disclosures_get_a_sentence() -> None:
    with pytest.raises(ValueError, match="there must be an advance and a payment"):
        apr_us([(100, 0, 0)], [])
    with pytest.raises(ValueError, match="a fraction from 0 to below 1"):
        apr_us([(100, 0, 0)], [(110, 1, 1.5)])
    with pytest.raises(ValueError, match="there must be unit-periods in a year"):
        apr_us([(100, 0, 0)], [(110, 1, 0)], 0)
    with pytest.raises(ValueError, match="unit is one of"):
        apr_us_dated([(DAY("2024-01-01"), 1)], [(DAY("2025-01-01"), 1)], "fortnight")
    with pytest.raises(ValueError, match="lies before the start"):
        apr_us_dated([(DAY("2024-01-02"), 1), (DAY("2024-01-01"), 1)], [(DAY("2023-01-01"), 3)])
    with pytest.raises(ValueError, match="periods per year"):
        rates_of_dated([(DAY("2024-01-01"), 1)], 0)


def test_a_loan_forgiven_in_part_has_a_negative_rate() -> None:
    assert apr_us([(100, 0, 0)], [(90, 1, 0)], 1) == pytest.approx(-0.1)
    assert apr_us([(100, 0, 0)], [(100, 1, 0.5)], 12) == 0
