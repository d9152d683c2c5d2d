"""Rates of return beside the IRR of equally spaced flows: XIRR (of dated flows) and modified IRR.

XIRR is a rate i > -1 a year at which XNPV(i) = sum_k c_k (1+i)^-t_k is zero, t_k being the years
from the earliest date by a day count. As with IRR there may be none, one or several; all are found.

    -10,000 on 2008-01-01, 2,750 on 2008-03-01, 4,250 on 2008-10-30, 3,250 on 2009-02-15, 2,750 on
    2009-04-01: XIRR 37.3362535% in ACT/365F (Microsoft's help on XIRR).
    -120,000, 39,000, 30,000, 21,000, 37,000, 46,000 a year, financed at 10%, reinvested at 12%:
    MIRR 12.6094% (Microsoft's help on MIRR says 13%).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.finance.daycounts import year_fraction
from eicfinance.model.irr import checked, collect, npv, prepare, present_value
from eicfinance.model.roots import zeros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import ArrayLike

    from eicfinance.model.irr import Floats, Irr

_ROUNDING = 1e-14  # a sum of flows of one time this small, relative to their sizes, is zero


def xirr(flows: ArrayLike, dates: Sequence[date], day_count: str = "ACT/365F") -> Irr:
    """XIRR of flows, any currency, on dates in any order; rates are effective annual fractions.

    `day_count` is one of `daycounts.DAY_COUNTS`. Flows of one date are added up. The result, the
    rule by which one of several roots decides, and roots near -1 or too large for a float are as
    in `irr_many`. Raises ValueError if there is no flow, one is not finite, there are not as many
    dates as flows, or the day count is unknown.
    """
    return irr_at(*_dated(flows, dates, day_count))


def irr_at(flows: ArrayLike, years: ArrayLike) -> Irr:
    """The same of flows at any times, in years from whichever start; an effective annual rate.

    Flows of one time are added up. Raises ValueError if there is no flow, there are not as many
    times as flows, or a figure is not finite.
    """
    c, times = checked(flows, 1, 1), checked(years, 1, 1)
    if len(c) != len(times):
        raise ValueError(f"there must be as many times as flows, not {len(times)} for {len(c)}")
    c, years = _by_time(c, times - times.min())
    _, changes, reason = prepare(c[:, None])
    live = c != 0.0
    with np.errstate(over="ignore"):  # infinite: a rate too large to express
        growth = np.exp(zeros(c[live], years[live]))
    scenario = np.zeros(growth.size, np.int64)
    return collect(c[:, None], scenario, growth, 1, changes, reason).one(0)


def xnpv(
    rate: float, flows: ArrayLike, dates: Sequence[date], day_count: str = "ACT/365F"
) -> float:
    """Net present value of dated flows at their earliest date, sum_k c_k (1+rate)^-t_k.

    `rate` is an effective annual fraction above -1; the rest is as in `xirr`. Raises also
    ValueError for another rate and OverflowError if the value is too large for a float.
    """
    return present_value(rate, *_dated(flows, dates, day_count))


def mirr(
    flows: ArrayLike, finance_rate: float, reinvestment_rate: float, periods_per_year: int = 1
) -> float | None:
    """Modified IRR of equally spaced flows, shape (periods,), an effective annual fraction.

    ((future value of the positive flows at the reinvestment rate, at the last period) / (-present
    value of the negative flows at the finance rate))^(1 / years) - 1, the years being those from
    the first period to the last. Both rates are effective annual fractions above -1: the lender's
    to the borrower, and the project's discount rate. None if no flow is negative or none positive.
    Raises ValueError and OverflowError as `npv`. Lin 1976, "The modified internal rate of return
    and investment criterion", The Engineering Economist 21, 237-247.
    """
    c = checked(flows, 1, periods_per_year)
    paid = -npv(finance_rate, np.minimum(c, 0.0), periods_per_year)
    received = npv(reinvestment_rate, np.maximum(c, 0.0), periods_per_year)
    if paid == 0.0 or received == 0.0:
        return None
    years = (len(c) - 1) / periods_per_year
    return math.expm1(math.log1p(reinvestment_rate) + (math.log(received) - math.log(paid)) / years)


def _dated(flows: ArrayLike, dates: Sequence[date], day_count: str) -> tuple[Floats, Floats]:
    """The flows, and the years of each from the earliest date."""
    c = checked(flows, 1, 1)
    if len(dates) != len(c):
        raise ValueError(f"there must be as many dates as flows, not {len(dates)} for {len(c)}")
    start = min(dates)
    return c, np.array([year_fraction(start, day, day_count) for day in dates])


def _by_time(flows: Floats, years: Floats) -> tuple[Floats, Floats]:
    """Flows of the same time added up, relative to the largest flow, in order of time."""
    times, which = np.unique(years, return_inverse=True)
    c = flows / (np.abs(flows).max() or 1.0)
    total = np.bincount(which, c).astype(np.float64)
    size = np.bincount(which, np.abs(c))
    total[np.abs(total) <= _ROUNDING * size] = 0.0
    return total, times
