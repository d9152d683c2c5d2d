"""A project's time: its horizon in periods, and periods as months of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eicfinance.model.expr import EPS

if TYPE_CHECKING:
    from eicfinance.portfolio.entries import Portfolio, ProjectEntry
    from eicfinance.portfolio.fund import FundEntry

MONTHS: Final = 12


def horizon(portfolio: Portfolio, entry: ProjectEntry) -> int:
    """Periods of a project's model: construction, delay and life at their base values, in whole
    project years. A longer delay in a scenario shortens the life within it."""
    ppy = portfolio.periods_per_year
    entry = next((base for base in portfolio.lasting_as if base.name == entry.name), entry)
    months = {name: entry.values[name].number for name in ("construction_months", "delay_months")}
    start = sum(periods_of(m, ppy) for m in months.values())
    years = (start + entry.values["life_years"].number * ppy) / ppy
    return max(1, -int(-(years - 1e-9) // 1)) * ppy


def periods_of(months: float, periods_per_year: int) -> int:
    """Months as whole periods, rounded up."""
    return -int(-(months * periods_per_year / MONTHS - EPS) // 1)


def period_ends(portfolio: Portfolio | FundEntry, periods: int) -> list[str]:
    """The year and month (or week) in which each period ends."""
    year, month = portfolio.closing
    ppy = portfolio.periods_per_year
    if ppy > MONTHS:
        return [f"{year}-{month:02d} +{t}w" for t in range(periods + 1)]
    months = [year * MONTHS + month - 1 + t * MONTHS // ppy for t in range(periods + 1)]
    return [f"{m // MONTHS}-{m % MONTHS + 1:02d}" for m in months]


def per_period(
    shares: tuple[float, ...], periods_per_year: int, closing_month: int = MONTHS
) -> list[float]:
    """Twelve monthly shares as shares of other periods, by their place in the calendar year.

    Period 0 ends with the closing month, so that the quarter after a closing in January is February
    to April; months are summed or cut evenly.
    """
    length = MONTHS / periods_per_year
    shift = closing_month + (-closing_month * periods_per_year // MONTHS) * length
    ends = [place * length + shift for place in range(1, periods_per_year + 1)]
    return [_between(shares, end - length, end) for end in ends]


def _between(shares: tuple[float, ...], start: float, end: float) -> float:
    """The share of the stretch from month ``start`` to ``end``, years before and after alike."""
    return sum(
        shares[k % MONTHS] * max(0.0, min(end, k + 1) - max(start, k))
        for k in range(-MONTHS, 2 * MONTHS)
    )
