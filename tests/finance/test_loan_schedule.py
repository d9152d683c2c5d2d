"""Loan schedules against the tests of two lending systems, numpy-financial, and identities.

loan_schedules.json: source, terms, and of each row due date, principal, interest, balance after it.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance import LoanTerms, flat_interest, loan_schedule
from eicfinance.finance.due_dates import add_months, due_dates, working_day
from eicfinance.finance.loan_schedule import AMORTISATIONS, LEVELS, METHODS, ROUNDINGS

CASES = json.loads((Path(__file__).parent / "loan_schedules.json").read_text(encoding="utf-8"))


def terms_of(written: dict[str, Any]) -> LoanTerms:
    dated = {"start": date.fromisoformat(written["start"])}
    if "holidays" in written:
        dated["holidays"] = [date.fromisoformat(day) for day in written["holidays"]]  # type: ignore[assignment]
    if "rate_changes" in written:
        dated["rate_changes"] = [  # type: ignore[assignment]
            (date.fromisoformat(day), rate) for day, rate in written["rate_changes"]
        ]
    return LoanTerms(**(written | dated))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"].split(", ")[-1][:60])
def test_published(case: dict[str, Any]) -> None:
    rows = loan_schedule(terms_of(case["terms"]))
    found = [[str(r.due), float(r.principal), float(r.interest), float(r.balance)] for r in rows]
    assert found == case["rows"]
    assert all(row.total == row.principal + row.interest + row.fee for row in rows)
    assert [row.number for row in rows] == [*range(1, len(rows) + 1)]


TERMS = st.fixed_dictionaries(
    {
        "principal": st.integers(1, 10**7),
        "rate": st.decimals(0, 2, places=4),
        "instalments": st.integers(4, 60),
        "method": st.sampled_from(METHODS),
        "amortisation": st.sampled_from([name for name in AMORTISATIONS if name != "shares"]),
        "grace_principal": st.integers(0, 3),
        "grace_interest": st.integers(0, 3),
        "interest_free": st.integers(0, 3),
        "every": st.integers(1, 3),
        "unit": st.sampled_from(["day", "week", "month", "year"]),
        "start": st.dates(date(2000, 1, 1), date(2030, 12, 31)),
        "day_count": st.sampled_from([None, "ACT/365F", "30E/360", "ACT/ACT ISDA"]),
        "down_payment": st.sampled_from([0, "0.15"]),
        "balloon": st.sampled_from([0, "0.3"]),
        "fee_each": st.sampled_from([0, 5]),
        "places": st.sampled_from([0, 2, 3]),
        "rounding": st.sampled_from([*ROUNDINGS]),
        "multiple": st.sampled_from([None, 1, 50]),
        "level": st.sampled_from(LEVELS),
        "days_off": st.sampled_from([(), (5, 6)]),
    }
)


@settings(max_examples=150, deadline=None)
@given(written=TERMS)
def test_whatever_the_terms_the_loan_is_repaid(written: dict[str, Any]) -> None:
    """Principal sums to the loan, each balance is the last less principal, none is negative; every
    amount is in whole units of money; nothing falls due on a weekend."""
    rows = loan_schedule(LoanTerms(**written))
    unit, balance = Decimal(1).scaleb(-written["places"]), Decimal(written["principal"])
    for row in rows:
        balance -= row.principal
        assert row.balance == balance >= 0
        assert row.principal >= 0
        assert row.total == row.principal + row.interest + row.fee
        assert row.interest >= 0
        assert all(x % unit == 0 for x in (row.principal, row.interest, row.total))
    assert balance == 0
    due = [row.due for row in rows if row.due is not None]
    assert len(due) == len(rows)
    assert due == sorted(due)
    instalments = due[-written["instalments"] :]  # a down payment is due at the start
    assert all(day.weekday() not in written["days_off"] for day in instalments)


@pytest.mark.parametrize("rate", ["0", "0.12", "0.9"])
@pytest.mark.parametrize("balloon", [0, "0.3"])
def test_not_rounded_it_is_the_annuity(rate: str, balloon: str | int) -> None:
    """numpy-financial's pmt and ipmt to 1e-12."""
    rows = loan_schedule(LoanTerms(principal=1000, rate=rate, instalments=24, places=None,
                                   balloon=balloon))  # fmt: skip
    i, left = float(rate) / 12, 1000 * float(balloon)
    level = -npf.pmt(i, 24, 1000, -left)
    assert [float(row.total) for row in rows[:-1]] == pytest.approx([level] * 23)
    assert float(rows[-1].total) == pytest.approx(level + left)
    if i:
        assert float(rows[9].interest) == pytest.approx(-npf.ipmt(i, 10, 24, 1000, -left))


def test_rate_nil_all_methods_are_equal() -> None:
    schedules = [
        [(row.principal, row.interest) for row in loan_schedule(LoanTerms(
            principal=1000, rate=0, instalments=7, method=method, amortisation=amortisation))]
        for method in METHODS for amortisation in ("equal_instalments", "equal_principal")
    ]  # fmt: skip
    assert all(schedule == schedules[0] for schedule in schedules)


def test_one_instalment_all_amortisations_are_equal() -> None:
    rows = [loan_schedule(LoanTerms(principal=1000, rate="0.12", instalments=1, amortisation=name))
            for name in ("equal_instalments", "equal_principal", "bullet")]  # fmt: skip
    assert rows[0] == rows[1] == rows[2]
    assert rows[0][0].total == Decimal("1010.00")


@pytest.mark.parametrize(("per", "rate"), [("year", "0.12"), ("period", "0.01"), ("loan", "0.24")])
def test_flat_interest_is_that_of_the_formula(per: str, rate: str) -> None:
    rows = loan_schedule(LoanTerms(principal=1200, rate=rate, instalments=24, method="flat",
                                   rate_per=per))  # fmt: skip
    assert float(sum(row.interest for row in rows)) == pytest.approx(
        flat_interest(1200, float(rate), 24, 12, per)
    )


def graced(**terms: Any) -> list[tuple[float, float, float]]:
    rows = loan_schedule(LoanTerms(principal=1000, rate="0.12", instalments=4, **terms))
    return [(float(row.principal), float(row.interest), float(row.balance)) for row in rows]


def test_four_graces() -> None:
    """By hand, 1% a period, one period of grace, then three: 340.02 repays 1,000 and 343.42 repays
    1,010 (1,000 and 1,010 x 0.340022)."""
    paid = graced(grace_principal=1)
    assert paid[:2] == [(0, 10, 1000), (330.02, 10, 669.98)]
    collected = graced(grace_principal=1, grace_interest=1)
    assert collected[:2] == [(0, 0, 1000), (330.02, 20, 669.98)]
    free = graced(grace_principal=1, interest_free=1)
    assert free[:2] == [(0, 0, 1000), (330.02, 10, 669.98)]
    moratorium = graced(grace_principal=1, grace_interest=1, capitalised=True)
    assert moratorium[:2] == [(0, 0, 1010), (333.32, 10.10, 676.68)]
    assert paid[2:] == collected[2:] == free[2:] == [(333.32, 6.7, 336.66), (336.66, 3.37, 0)]


def last_of(level: float) -> float:
    """The last of 36 instalments of 2,000 at 2% a year, the others being level: a plain loop."""
    owed = 2000.0
    for _ in range(35):
        owed = round(owed - (level - round(owed * 0.02 / 12, 2)), 2)
    return round(owed + round(owed * 0.02 / 12, 2), 2)


def test_a_fitted_level_is_shifted_where_that_narrows_the_last_difference() -> None:
    """The level is 57.2852, so 57.29, and the last 57.10: 19 too little, more than half of 36. A
    36th of it is -0.01: at 57.28 the last is 57.46, 18 too much, so 57.28 is kept. Over 360 months
    at 12% such a shift would grow to more than it mends, and none is made."""
    assert (last_of(57.29), last_of(57.28)) == (57.10, 57.46)
    rows = loan_schedule(LoanTerms(principal=2000, rate="0.02", instalments=36, level="fitted"))
    assert [float(row.total) for row in rows] == [57.28] * 35 + [57.46]
    once = loan_schedule(LoanTerms(principal=2000, rate="0.02", instalments=36))
    assert [float(row.total) for row in once] == [57.29] * 35 + [57.10]
    long: dict[str, Any] = {"principal": 1_000_000, "rate": "0.12", "instalments": 360}
    assert loan_schedule(LoanTerms(**long, level="fitted")) == loan_schedule(LoanTerms(**long))


def test_due_dates_count_from_the_start() -> None:
    found = due_dates(date(2024, 1, 31), 4)
    assert [str(day) for day in found] == ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert working_day(date(2024, 5, 4), holidays=[date(2024, 5, 6)]) == date(2024, 5, 7)


def test_a_moved_due_date_moves_the_interest_only_where_asked() -> None:
    """1 June 2024 is a Saturday: to Monday the 3rd, 33 days from 1 May where asked, 31 else."""
    base: dict[str, Any] = {
        "principal": 36500, "rate": "0.1", "instalments": 2, "start": date(2024, 5, 1),
        "day_count": "ACT/365F", "days_off": (5, 6),
    }  # fmt: skip
    plain, moved = (loan_schedule(LoanTerms(**base, moved_interest=m)) for m in (False, True))
    assert [row.due for row in plain] == [row.due for row in moved]
    assert (plain[0].interest, moved[0].interest) == (Decimal(310), Decimal(330))


def test_an_odd_first_period() -> None:
    """1,000 at 1% a month from 16 January 2024, first due on 1 March: 45 days where a month would
    have had 31."""
    terms: dict[str, Any] = {"principal": 1000, "rate": "0.12", "instalments": 3,
                             "start": date(2024, 1, 16), "first_due": date(2024, 3, 1)}  # fmt: skip
    plain, by_days = (loan_schedule(LoanTerms(**terms, first_by_days=b)) for b in (False, True))
    assert [str(row.due) for row in plain] == ["2024-03-01", "2024-04-01", "2024-05-01"]
    assert plain[0].interest == Decimal("10.00")
    assert by_days[0].interest == Decimal("14.52")
    daily = loan_schedule(LoanTerms(**terms, day_count="ACT/360"))
    assert daily[0].interest == Decimal("15.00")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"principal": 0}, "the principal must be above 0"),
        ({"principal": -5}, "the principal must be above 0"),
        ({"principal": float("nan")}, "principal must be a finite number"),
        ({"principal": "many"}, "principal must be a number"),
        ({"rate": float("inf")}, "rate must be a finite number"),
        ({"rate": -0.01}, "the rate must be 0 or more"),
        ({"instalments": 0}, "instalments must be a whole number of 1 or more"),
        ({"instalments": 2.5}, "instalments must be a whole number of 1 or more"),
        ({"grace_principal": 12}, "a grace of 12 leaves no instalment of 12"),
        ({"down_payment": 1.2}, "down_payment is a share"),
        ({"balloon": 1}, "balloon is a share"),
        ({"multiple": 0}, "multiple must be above 0"),
        ({"method": "flt"}, "method is one of declining, flat"),
        ({"rate_per": "loan"}, "a rate per loan is a flat rate"),
        ({"method": "flat", "capitalised": True}, "no interest of it is capitalised"),
        ({"capitalised": True, "grace_interest": 2}, "grace_principal must not be below"),
        ({"day_count": "ACT/365F"}, "need a start"),
        ({"start": date(2024, 1, 1), "day_count": "ACT"}, "unknown day count 'ACT'"),
        ({"start": date(2024, 1, 1), "first_due": date(2023, 1, 1)}, "must be after the start"),
        ({"start": date(2024, 1, 1), "day_count": "30E/360", "rate_per": "period"}, "per year"),
        ({"amortisation": "shares"}, "principal_shares go with"),
        ({"amortisation": "shares", "principal_shares": [0.5, 0.5]}, "must be 12 shares"),
        ({"interest_free": 12}, "a grace of 12 leaves no instalment"),
        (
            {
                "rate_per": "loan",
                "method": "flat",
                "start": date(2024, 1, 1),
                "rate_changes": [(date(2024, 2, 1), 0)],
            },
            "that never changes",
        ),
        ({"start": date(2024, 1, 1), "rate_changes": [(date(2024, 2, 1), -1)]}, "the rate from"),
        ({"start": date(2024, 1, 1), "day_count": "ACT/365F", "first_by_days": True}, "per period"),
        ({"amortisation": "shares", "principal_shares": [2, -1, *[0] * 10]}, "of 0 or more"),
        ({"start": date(2024, 1, 1), "days_off": range(7)}, "there must be a working day"),
    ],
)
def test_wrong_terms_get_a_sentence(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        loan_schedule(LoanTerms(**({"principal": 1000, "rate": 0.1, "instalments": 12} | wrong)))
