"""The disclosed rates of two laws: the US nominal APR by unit-periods, the EU's effective one.

US, actuarial method (12 CFR 1026 Appendix J, equation (b)(8)): the unit-period rate i at which
advances and payments have one value, sum A / ((1 + f i) (1 + i)^t) = sum P / ((1 + f i) (1 + i)^t),
t full unit-periods and a fraction f of one after the first advance; APR = unit-periods a year x i.
Interest is simple within an odd period.

EU (Directive 2008/48/EC, Annex I): the rate X a year at which sum C (1 + X)^-t = sum D (1 + X)^-s,
times in years; effective. With dates it is XIRR in ACT/365F (the calendar), or takes the standard
year of `due_dates.standard_years`.

    5,000 repaid as 24 times 230 a month: US APR 9.69%. 6,000 on 10 February 1978, 36 times 200 from
    1 April: one month and 19/30, 11.82%. 1,000 repaid as 1,200 after 546 days: EU 12.96%.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eicfinance.finance.due_dates import half_months, standard_years, unit_periods
from eicfinance.finance.rates_of_return import irr_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from eicfinance.model.irr import Irr

    Transfer = tuple[float, float, float]  # amount, full unit-periods, fraction of one

A_YEAR = {"year": 1, "month": 12, "half_month": 24, "week": 52, "day": 365}
_STEPS = 200  # bisections; past this the bracket is at rounding
_HIGHEST = 1e6  # a unit-period rate that is not looked beyond


def stream(count: int, amount: float, first: int = 1, fraction: float = 0.0) -> list[Transfer]:
    """`count` equal payments a unit-period apart, the first after `first` full unit-periods and a
    `fraction` of one."""
    return [(amount, first + k, fraction) for k in range(count)]


def apr_us(
    advances: Iterable[Transfer], payments: Iterable[Transfer], unit_periods_per_year: float = 12
) -> float:
    """The annual percentage rate of Appendix J, a nominal fraction a year.

    Each advance and payment is (amount, full unit-periods, fraction of one) from the first advance.
    Raises ValueError where a figure is out of range, nothing is advanced or repaid, or no rate
    above -100% a unit-period makes the two sides equal.
    """
    out, back = [*advances], [*payments]
    flows = [(-amount, t, f) for amount, t, f in out] + back
    for amount, t, f in [*out, *back]:
        if not (math.isfinite(amount) and amount >= 0 and 0 <= t < math.inf and 0 <= f < 1):
            raise ValueError(f"an advance or payment is an amount of 0 or more, full unit-periods "
                             f"of 0 or more and a fraction from 0 to below 1, not "
                             f"{(amount, t, f)}")  # fmt: skip
    if not (0 < unit_periods_per_year < math.inf):
        raise ValueError(f"there must be unit-periods in a year, not {unit_periods_per_year}")
    if not any(a for a, _, _ in out) or not any(a for a, _, _ in back):
        raise ValueError("there must be an advance and a payment")

    def value(i: float) -> float:
        return math.fsum(
            amount / (1 + f * i) * math.exp(-t * math.log1p(i)) for amount, t, f in flows
        )

    return unit_periods_per_year * _root(value)


def apr_us_dated(
    advances: Sequence[tuple[date, float]],
    payments: Sequence[tuple[date, float]],
    unit: str = "month",
    every: int = 1,
) -> float:
    """The same from dates: unit-periods of `every` so many units ("year", "month", "half_month",
    "week", "day"), counted by `due_dates.unit_periods`. A single advance repaid by a single payment
    has its whole term as unit-period: give the days or months of it as `every`."""
    if unit not in A_YEAR or (unit == "half_month" and every != 1):
        raise ValueError(f"unit is one of {', '.join(A_YEAR)}, not {unit!r} every {every}")
    start = min((day for day, _ in advances), default=None)
    if start is None:
        raise ValueError("there must be an advance and a payment")

    def placed(day: date, amount: float) -> Transfer:
        counted = (half_months(start, day) if unit == "half_month"
                   else unit_periods(start, day, every, unit))  # fmt: skip
        return (amount, *counted)

    return apr_us([placed(*entry) for entry in advances], [placed(*entry) for entry in payments],
                  A_YEAR[unit] / every)  # fmt: skip


def apr_eu(
    drawdowns: Iterable[tuple[float, float]], repayments: Iterable[tuple[float, float]]
) -> Irr:
    """The EU's annual percentage rate of charge, effective; each entry is (years, amount).

    Charges paid by the borrower are repayments at their time. The result says whether there is one
    rate, several or none, as `irr`. Raises ValueError as `irr_at`.
    """
    flows = [(t, amount) for t, amount in drawdowns] + [(t, -amount) for t, amount in repayments]
    return irr_at([amount for _, amount in flows], [t for t, _ in flows])


def apr_eu_dated(
    drawdowns: Sequence[tuple[date, float]],
    repayments: Sequence[tuple[date, float]],
    unit: str | None = None,
) -> Irr:
    """The same from dates: in actual days over 365, or with `unit` ("year", "month", "week", "day")
    in the standard year's whole units and days."""
    start = min((day for day, _ in [*drawdowns, *repayments]), default=None)
    if start is None:
        raise ValueError("there must be a drawdown and a repayment")

    def years(day: date) -> float:
        return (day - start).days / 365 if unit is None else standard_years(start, day, unit)

    return apr_eu([(years(day), amount) for day, amount in drawdowns],
                  [(years(day), amount) for day, amount in repayments])  # fmt: skip


def _root(value: Callable[[float], float]) -> float:
    """Where the value of what the lender gets turns from positive to negative as the rate rises."""
    if value(0.0) == 0:
        return 0.0
    low, high = (0.0, 0.1) if value(0.0) > 0 else (-0.5, 0.0)
    while low > -1 + 1e-12 and value(low) < 0:
        low = (low - 1) / 2
    while high < _HIGHEST and value(high) > 0:
        high *= 10
    if value(low) < 0 or value(high) > 0:
        raise ValueError("no rate makes advances and payments equal")
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if value(middle) > 0 else (low, middle)
    return (low + high) / 2
