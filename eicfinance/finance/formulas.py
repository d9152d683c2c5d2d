"""Formulas of finance that need no project: annuity, flat rates, cost of capital, levelised cost.

Rates and shares are fractions; money is in any one currency. A rate is that of one period unless it
says a year.

    100,000 over 36 months at a flat 12% a year: interest 36,000. Flat 10% a year over 36 months is
    17.92% a year on the reducing balance.
    140 MTHB, 9 MTHB a year and 0.35 THB/kWh for 8.4 GWh a year, at a fixed charge rate of 9.48%:
    3.00 THB/kWh real (NREL, SAM: LCOE calculator, fixed charge rate method).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eicfinance.model.irr import irr

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAT_PER = ("year", "period", "loan")  # what a flat rate may be quoted for


def capital_recovery_factor(rate: float, periods: float) -> float:
    """What repays 1 in equal instalments at each period's end: i / (1 - (1 + i)^-n); 1/n at i = 0.

    `rate` per period, above -1. Multiplied by a capital cost it is the level yearly cost of it.
    Raises ValueError for other rates and for no period. Grant, Ireson, Leavenworth, Principles of
    Engineering Economy, "capital recovery with a return".
    """
    if not (rate > -1 and math.isfinite(rate)):
        raise ValueError(f"the rate must be a number above -1, not {rate}")
    if not (periods > 0 and math.isfinite(periods)):
        raise ValueError(f"there must be a period at least, not {periods}")
    return rate / -math.expm1(-periods * math.log1p(rate)) if rate else 1 / periods


def annuity(amount: float, rate: float, periods: int) -> float:
    """The equal instalment, interest in it, that repays `amount` over so many periods.

    `rate` per period on the reducing balance; money as `amount`. 1,000,000 at 6.5%/12 over 96
    months: 13,386. Raises ValueError as `capital_recovery_factor`, of which it is a multiple.
    """
    return amount * capital_recovery_factor(rate, periods)


def effective_rate(nominal_rate: float, periods_per_year: int) -> float:
    """The rate a year with interest on interest: (1 + nominal / m)^m - 1; also called EIR."""
    return math.expm1(periods_per_year * math.log1p(nominal_rate / periods_per_year))


def flat_interest(
    amount: float, flat_rate: float, periods: int, periods_per_year: int = 12, per: str = "year"
) -> float:
    """All interest of a loan at a flat rate, which is charged on the first amount until the end.

    amount x rate x (years, periods or 1), as `per` says what the rate is quoted for: "year",
    "period" or "loan". The instalment is (amount + interest) / periods. 1,200 over 12 months at 1%
    a month: 144, instalment 112. Raises ValueError for another `per`.
    """
    return amount * flat_rate * _times(periods, periods_per_year, per)


def flat_to_reducing_rate(
    flat_rate: float, periods: int, periods_per_year: int = 12, per: str = "year"
) -> float:
    """The nominal rate a year on the reducing balance with the same equal instalments.

    periods a year x the rate a period at which the present value of the instalments, (1 + flat
    interest) / periods each, is 1. Instalments fall at the periods' ends; `per` as in
    `flat_interest`. 1,000 repaid in 50 weekly instalments of 22: 10% flat per loan, 19.78% with 52
    periods a year. Raises ValueError where the instalments are not positive.
    """
    instalment = (1 + flat_interest(1.0, flat_rate, periods, periods_per_year, per)) / periods
    if not instalment > 0:
        raise ValueError(f"at a flat rate of {flat_rate} nothing is repaid")
    found = irr([-1.0, *[instalment] * periods])
    assert found.rate is not None  # one change of sign: always one rate
    return periods_per_year * found.rate


def reducing_to_flat_rate(
    reducing_rate: float, periods: int, periods_per_year: int = 12, per: str = "year"
) -> float:
    """The flat rate with the same equal instalments as a nominal rate a year on the reducing
    balance: (instalments in all - 1) / (years, periods or 1); the inverse of the above."""
    paid = annuity(1.0, reducing_rate / periods_per_year, periods) * periods
    return (paid - 1) / _times(periods, periods_per_year, per)


def wacc_nominal(
    equity_return: float, debt_share: float, interest: float, tax_rate: float
) -> float:
    """Weighted average cost of capital a year, after tax: (1 - D) x equity return + D x interest x
    (1 - tax). All nominal, a year; D is the share of debt. (12%, 60%, 6.5%, 20%): 7.92%."""
    return (1 - debt_share) * equity_return + debt_share * interest * (1 - tax_rate)


def wacc_real(
    equity_return: float, debt_share: float, interest: float, tax_rate: float, inflation: float
) -> float:
    """The same without inflation: (1 + nominal WACC) / (1 + inflation) - 1. (With 2.5%: 5.29%.)"""
    nominal = wacc_nominal(equity_return, debt_share, interest, tax_rate)
    return (1 + nominal) / (1 + inflation) - 1


def project_finance_factor(tax_rate: float, wacc: float, depreciation: Sequence[float]) -> float:
    """What depreciation and income tax do to the cost of capital: (1 - tax x PV) / (1 - tax).

    PV: present value, at the nominal WACC, of `depreciation`, the share of the capital cost that
    is written off in each year from the first year of operation. NREL, SAM help and Annual
    Technology Baseline, "project finance factor".
    """
    worth = sum(share / (1 + wacc) ** year for year, share in enumerate(depreciation, start=1))
    return (1 - tax_rate * worth) / (1 - tax_rate)


def construction_finance_factor(
    tax_rate: float, interest: float, schedule: Sequence[float]
) -> float:
    """What interest during construction adds to the capital cost, after tax.

    Sum of share_n x (1 + (1 - tax) x ((1 + interest)^(n + 1/2) - 1)): `schedule` holds the shares
    of the capital cost spent in the years before operation, counted back: the first is that of the
    last year (n = 0), spent in its middle. Interest nominal a year. NREL, as above.
    """
    return sum(
        share * (1 + (1 - tax_rate) * math.expm1((n + 1 / 2) * math.log1p(interest)))
        for n, share in enumerate(schedule)
    )


def fixed_charge_rate(
    recovery: float, project_finance: float = 1.0, construction_finance: float = 1.0
) -> float:
    """The part of the capital cost that a year's sales must bring: the product of the capital
    recovery factor (at the real WACC, for a real cost of energy) and the two factors above."""
    return recovery * project_finance * construction_finance


def lcoe_fixed_charge_rate(
    charge_rate: float,
    capital_cost: float,
    fixed_cost: float,
    energy: float,
    variable_cost: float = 0.0,
) -> float:
    """Levelised cost of energy by the fixed charge rate, money per unit of energy.

    (charge rate x capital cost + fixed cost a year) / energy a year + variable cost a unit; the
    output is the same every year. Real where the charge rate is from a real WACC, else nominal.
    Raises ValueError where there is no energy. Short, Packey, Holt, A Manual for the Economic
    Evaluation of Energy Efficiency and Renewable Energy Technologies, NREL/TP-462-5173 (1995).
    """
    if not energy > 0:
        raise ValueError(f"there must be some energy, not {energy}")
    return (charge_rate * capital_cost + fixed_cost) / energy + variable_cost


def _times(periods: int, periods_per_year: int, per: str) -> float:
    """How many times a flat rate is charged."""
    if per not in FLAT_PER:
        raise ValueError(f"a flat rate is per one of {FLAT_PER}, not {per!r}")
    if periods < 1:
        raise ValueError(f"there must be a period at least, not {periods}")
    return {"year": periods / periods_per_year, "period": periods, "loan": 1}[per]
