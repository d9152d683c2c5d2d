"""When instalments fall due, and how long that is by the rules for disclosed rates.

Due dates count from the start day and are clipped to the month's end (31 January, 28 February,
31 March); semimonthly ones fall on the start's day and the day 15 days from it in each month. A due
date on a day off moves to the next working day, and the later ones keep the original calendar.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

UNITS = ("day", "week", "month", "year")
WEEKEND = (5, 6)  # as date.weekday() counts: Saturday, Sunday


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day. 31 January + 1: 28 February."""
    count = 12 * day.year + day.month - 1 + months
    year, month = divmod(count, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(1)).day
    return date(year, month + 1, min(day.day, last))


def step(start: date, count: int, unit: str) -> date:
    """`start` and so many units (one of UNITS) later, or earlier where count is negative."""
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}; known are {', '.join(UNITS)}")
    if unit in ("month", "year"):
        return add_months(start, count * (12 if unit == "year" else 1))
    return start + timedelta(count * (7 if unit == "week" else 1))


def due_dates(
    start: date, count: int, every: int = 1, unit: str = "month", first: date | None = None
) -> list[date]:
    """`count` due dates, every so many units from `start`, or from `first` where that is given.

    2023-01-31, 4 times every 3 months: 30 April, 31 July, 31 October, 31 January.
    """
    if first is None:
        return [step(start, every * k, unit) for k in range(1, count + 1)]
    return [step(first, every * k, unit) for k in range(count)]


def working_day(
    day: date, days_off: Collection[int] = WEEKEND, holidays: Collection[date] = ()
) -> date:
    """The day, or the next that is neither one of the weekdays off (Monday is 0) nor a holiday."""
    if len(set(days_off)) > 6:
        raise ValueError("there must be a working day in a week")
    while day.weekday() in days_off or day in holidays:
        day += timedelta(1)
    return day


def unit_periods(start: date, end: date, every: int = 1, unit: str = "month") -> tuple[int, float]:
    """Full unit-periods from start to end, and what is left as a fraction of one.

    12 CFR 1026 Appendix J (b)(5): full unit-periods are counted back from the later date. The days
    left are divided by the days of a unit-period: 30 a month, 7 a week, 365 a year; of unit-periods
    of several months the months left count as 30 days each. 10 February to 1 April 1978: one month
    and 19/30. A unit-period of half a month is every 15 days and counts as `half_months` says.
    """
    if end < start:
        raise ValueError(f"the end {end} lies before the start {start}")
    if unit in ("month", "year"):
        months = every * (12 if unit == "year" else 1)
        whole = 0
        while step(end, -(whole + 1), "month") >= start:
            whole += 1
        full, left = divmod(whole, months)
        days = (step(end, -whole, "month") - start).days
        if unit == "year":  # (b)(5)(vi): the days left of a year are divided by 365
            days = (step(end, -full * months, "month") - start).days
            return full, days / (365 * every)
        return full, (30 * left + days) / (30 * months)
    length = every * (7 if unit == "week" else 1)
    full, days = divmod((end - start).days, length)
    return full, days / length


def half_months(start: date, end: date) -> tuple[int, float]:
    """The same in half months (24 a year): full months count two each, then 15 days one more.

    Appendix J (b)(5)(iii). 23 February to 1 March 1978: 0 and 6/15.
    """
    months, fraction = unit_periods(start, end)
    half, days = divmod(round(30 * fraction), 15)
    return 2 * months + half, days / 15


def standard_years(start: date, end: date, unit: str = "month") -> float:
    """Years between two dates as the European directive's standard year has them.

    A year has 12 equal months or 52 weeks. Whole units are counted back from the later date; the
    days left before them are divided by 365, or 366 where the year that ends with them holds a 29
    February. Directive 2008/48/EC, Annex I, part I, remark (c)
    as completed by 2011/90/EU.
    """
    if unit == "day":
        return (end - start).days / 365
    whole = 0
    while step(end, -(whole + 1), unit) >= start:
        whole += 1
    middle = step(end, -whole, unit)
    year_before = add_months(middle, -12)
    days = (middle - start).days
    return whole / {"year": 1, "month": 12, "week": 52}[unit] + days / (middle - year_before).days
