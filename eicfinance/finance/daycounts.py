"""Day counts: the days between two dates and the years they make, by the market's named rules.

In the 30/360 family days = 360 (Y2 - Y1) + 30 (M2 - M1) + (D2 - D1), where D1 and D2 are the days
of the month of start and end, changed by the rule; in the ACT family they are the calendar's.

    name           days                                                           year    source
    30/360 US      D1 on February's last day becomes 30, and then so does D2      360     Mayle
                   on February's last day; after that as 30/360 ISDA
    30/360 ISDA    D1 of 31 becomes 30; D2 of 31 becomes 30 if D1 is 30 or 31     360     4.16(f)
    30E/360        D1 and D2 of 31 become 30                                      360     4.16(g)
    30E/360 ISDA   D1 and D2 of 31 or on February's last day become 30, but not   360     4.16(h)
                   D2 in February if it is the maturity
    ACT/365F       calendar                                                       365     4.16(d)
    ACT/360        calendar                                                       360     4.16(e)
    ACT/364        calendar; 52 weeks make a year                                 364
    ACT/ACT ISDA   calendar; those in leap years over 366, the others over 365            4.16(b)

31 August 2008 to 28 February 2009 has 181 days by the calendar, 178 in 30/360 US (30 August to 28
February) and 180 in 30E/360 ISDA. In ACT/ACT ISDA it makes 123/366 + 58/365 = 0.49497 years.

Sources: 2006 ISDA Definitions, section 4.16; Mayle 1993, Standard Securities Calculation Methods,
volume 1, 3rd edition (SIA), for 30/360 US. The start is counted and the end is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

YEAR_DAYS = {  # name -> days of a year; 0: the calendar's own
    "30/360 US": 360,
    "30/360 ISDA": 360,
    "30E/360": 360,
    "30E/360 ISDA": 360,
    "ACT/365F": 365,
    "ACT/360": 360,
    "ACT/364": 364,
    "ACT/ACT ISDA": 0,
}
DAY_COUNTS = tuple(YEAR_DAYS)


def days(start: date, end: date, day_count: str, end_is_maturity: bool = False) -> int:
    """Days from start to end by one of DAY_COUNTS; `end_is_maturity` matters to 30E/360 ISDA only.

    Raises ValueError if the name is unknown or the end lies before the start.
    """
    if day_count not in YEAR_DAYS:
        raise ValueError(f"unknown day count {day_count!r}; known are {', '.join(DAY_COUNTS)}")
    calendar = end.toordinal() - start.toordinal()
    if calendar < 0:
        raise ValueError(f"the end {end} lies before the start {start}")
    if day_count.startswith("ACT"):
        return calendar
    first, last = start.day, end.day
    if day_count == "30E/360 ISDA":
        first = 30 if _ends_february(start) else first
        last = 30 if _ends_february(end) and not end_is_maturity else last
    if day_count == "30/360 US" and _ends_february(start):
        first, last = 30, 30 if _ends_february(end) else last
    if day_count.startswith("30E") or first >= 30:
        last = min(last, 30)
    months = 12 * (end.year - start.year) + end.month - start.month
    return 30 * months + last - min(first, 30)


def year_fraction(
    start: date, end: date, day_count: str = "ACT/365F", end_is_maturity: bool = False
) -> float:
    """Years from start to end by one of DAY_COUNTS, 0 or more; arguments and errors as `days`."""
    counted = days(start, end, day_count, end_is_maturity)
    if day_count == "ACT/ACT ISDA":
        return end.year - start.year + (_year_gone(end) - _year_gone(start))
    return counted / YEAR_DAYS[day_count]


def _ends_february(day: date) -> bool:
    return day.month == 2 and day.day == (29 if _is_leap(day.year) else 28)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _year_gone(day: date) -> float:
    """Share of the calendar year gone before the day."""
    return (day.timetuple().tm_yday - 1) / (366 if _is_leap(day.year) else 365)
