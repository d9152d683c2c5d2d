"""Day counts against published tables, identities and pyxirr."""

from __future__ import annotations

from datetime import date

import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from eicfinance.finance.daycounts import DAY_COUNTS, days, year_fraction

# XLeratorDB's table of DAYS360, as in pyxirr's src/core/scheduled/day_count.rs.
# Start, end; days by 30/360 US, 30E/360, 30E/360 ISDA (no end is the maturity), calendar.
DAYS360 = [
    ("2007-01-15", "2007-01-30", 15, 15, 15, 15),
    ("2007-01-15", "2007-02-15", 30, 30, 30, 31),
    ("2007-01-15", "2007-07-15", 180, 180, 180, 181),
    ("2007-09-30", "2008-03-31", 180, 180, 180, 183),
    ("2007-09-30", "2007-10-31", 30, 30, 30, 31),
    ("2007-09-30", "2008-09-30", 360, 360, 360, 366),
    ("2007-01-15", "2007-01-31", 16, 15, 15, 16),
    ("2007-01-31", "2007-02-28", 28, 28, 30, 28),
    ("2007-02-28", "2007-03-31", 30, 32, 30, 31),
    ("2006-08-31", "2007-02-28", 178, 178, 180, 181),
    ("2007-02-28", "2007-08-31", 180, 182, 180, 184),
    ("2007-02-14", "2007-02-28", 14, 14, 16, 14),
    ("2007-02-26", "2008-02-29", 363, 363, 364, 368),
    ("2008-02-29", "2009-02-28", 360, 359, 360, 365),
    ("2008-02-29", "2008-03-30", 30, 31, 30, 30),
    ("2008-02-29", "2008-03-31", 30, 31, 30, 31),
    ("2007-02-28", "2007-03-05", 5, 7, 5, 5),
    ("2007-10-31", "2007-11-28", 28, 28, 28, 28),
    ("2007-08-31", "2008-02-29", 179, 179, 180, 182),
    ("2008-02-29", "2008-08-31", 180, 181, 180, 184),
    ("2008-08-31", "2009-02-28", 178, 178, 180, 181),
    ("2009-02-28", "2009-08-31", 180, 182, 180, 184),
]
# ISDA 1998, "EMU and market conventions: recent developments", examples of Actual/Actual (ISDA), to
# the 12 digits of QuantLib's test of them (test-suite/daycounters.cpp), which mends the fifth.
ACT_ACT = [
    ("2003-11-01", "2004-05-01", 0.497724380567),
    ("1999-02-01", "1999-07-01", 0.410958904110),
    ("1999-07-01", "2000-07-01", 1.001377348600),
    ("2002-08-15", "2003-07-15", 0.915068493151),
    ("2003-07-15", "2004-01-15", 0.504004790778),
    ("1999-07-30", "2000-01-30", 0.503892506924),
    ("2000-01-30", "2000-06-30", 0.415300546448),
]
PYXIRR = {
    "30/360 US": pyxirr.DayCount.THIRTY_U_360,
    "30/360 ISDA": pyxirr.DayCount.THIRTY_360_ISDA,
    "30E/360": pyxirr.DayCount.THIRTY_E_360,
    "30E/360 ISDA": pyxirr.DayCount.THIRTY_E_360_ISDA,
    "ACT/365F": pyxirr.DayCount.ACT_365F,
    "ACT/360": pyxirr.DayCount.ACT_360,
    "ACT/364": pyxirr.DayCount.ACT_364,
    "ACT/ACT ISDA": pyxirr.DayCount.ACT_ACT_ISDA,
}
DATES = st.dates(date(1990, 1, 1), date(2110, 12, 31))
# Half of the days lie where the rules differ.
EDGES = st.builds(
    lambda year, month, back: date.fromordinal(date(year, month, 1).toordinal() - back),
    st.integers(1990, 2110),
    st.sampled_from([2, 3, 4, 9]),
    st.integers(0, 3),
)
PAIRS = st.tuples(DATES | EDGES, DATES | EDGES).map(sorted)


@pytest.mark.parametrize("row", DAYS360, ids=lambda row: f"{row[0]}..{row[1]}")
def test_published_days(row: tuple[str, str, int, int, int, int]) -> None:
    start, end = date.fromisoformat(row[0]), date.fromisoformat(row[1])
    assert tuple(days(start, end, n) for n in ("30/360 US", "30E/360", "30E/360 ISDA")) == row[2:5]
    for name in ("ACT/360", "ACT/364", "ACT/365F", "ACT/ACT ISDA"):
        assert days(start, end, name) == row[5]


@pytest.mark.parametrize(("start", "end", "years"), ACT_ACT)
def test_published_years(start: str, end: str, years: float) -> None:
    found = year_fraction(date.fromisoformat(start), date.fromisoformat(end), "ACT/ACT ISDA")
    assert found == pytest.approx(years, abs=1e-11)


def test_february_at_maturity_keeps_its_days() -> None:
    """2006 ISDA Definitions 4.16(h): D2 is 28, not 30, on the termination date: 6 x 30 - 2."""
    start, end = date(2008, 8, 31), date(2009, 2, 28)
    assert days(start, end, "30E/360 ISDA", end_is_maturity=True) == 178
    assert year_fraction(start, end, "30E/360 ISDA", end_is_maturity=True) == 178 / 360
    assert days(start, date(2009, 3, 31), "30E/360 ISDA", end_is_maturity=True) == 210


def test_bond_basis_leaves_february() -> None:
    """ISDA's examples of 30/360 (4.16(f)) in QuantLib's test of Thirty360: 0.508333, 0.494444."""
    assert days(date(2006, 2, 28), date(2006, 8, 31), "30/360 ISDA") == 183
    assert days(date(2006, 8, 31), date(2007, 2, 28), "30/360 ISDA") == 178


@given(PAIRS, st.sampled_from(DAY_COUNTS))
def test_against_pyxirr(pair: list[date], name: str) -> None:
    assert set(PYXIRR) == set(DAY_COUNTS)
    start, end = pair
    theirs = pyxirr.year_fraction(start, end, PYXIRR[name])
    assert year_fraction(start, end, name) == pytest.approx(theirs, abs=1e-12)
    assert days(start, end, name) == pyxirr.days_between(start, end, PYXIRR[name])


@given(PAIRS)
def test_identities(pair: list[date]) -> None:
    start, end = pair
    assert all(year_fraction(start, start, name) == 0 for name in DAY_COUNTS)
    assert 365 * year_fraction(start, end) == pytest.approx((end - start).days)
    assert year_fraction(start, date.fromordinal(start.toordinal() + 365)) == 1
    assert year_fraction(start, date.fromordinal(start.toordinal() + 364), "ACT/364") == 1
    if (start.month, start.day) != (2, 29):
        later = start.replace(year=start.year + 1)
        assert year_fraction(start, later, "30E/360") == 1
    first, next_first = date(start.year, 1, 1), date(start.year + 1, 1, 1)
    for name in DAY_COUNTS:
        if name.startswith("30") or name == "ACT/ACT ISDA":
            assert year_fraction(first, next_first, name) == 1


@given(PAIRS, st.sampled_from(DAY_COUNTS))
def test_time_never_runs_back(pair: list[date], name: str) -> None:
    """Counted from one start, a later day is never nearer."""
    start, end = pair
    assert year_fraction(start, date.fromordinal(end.toordinal() + 1), name) >= year_fraction(
        start, end, name
    )


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match=r"unknown day count '30/365'; known are 30/360 US, "):
        year_fraction(date(2020, 1, 1), date(2021, 1, 1), "30/365")
    with pytest.raises(ValueError, match="2020-01-01 lies before the start 2021-01-01"):
        days(date(2021, 1, 1), date(2020, 1, 1), "ACT/360")
