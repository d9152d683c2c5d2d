"""Ratios of a microfinance institution: quality of the portfolio, self-sufficiency, subsidy, price.

Money in any one currency; ratios, rates and yields are fractions; averages are those of the year.

    Loans of 900 (in time), 600 (35 days late, 100 overdue), 400 (10 days), 1,500 (95), 100 (200):
    PAR 74.3% of 3,500, PAR30 62.9%, PAR90 45.7%, but an arrears rate of 15.7%.
    128,000 in time and 40,000 late at the scale of Sa-Dhan: provision 13,125.

Sources: Sa-Dhan, Tracking Financial Performance Standards of Microfinance Institutions, operational
manual; SEEP Network and CGAP, Microfinance consensus guidelines: definitions of selected financial
terms, ratios and adjustments (2003); Yaron, Assessing development finance institutions, World Bank
Discussion Paper 174 (1992); Rosenberg, Measuring microcredit delinquency, CGAP Occasional Paper 3
(1999), and Microcredit interest rates, CGAP Occasional Paper 1 (2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class LoanOwed:
    """A loan as it stands: what is owed of its principal and how late its oldest payment is."""

    outstanding: float  # principal, all of it
    days_late: int = 0  # of the oldest unpaid instalment
    overdue: float = 0.0  # principal that is due and not paid
    restructured: bool = False


# Least days late of a class, and the share of it that is provided for.
SA_DHAN = ((0, 0.0), (1, 0.10), (31, 0.25), (61, 0.50), (91, 0.75), (181, 0.90), (366, 1.0))
OPENCBS = ((0, 0.0), (1, 0.10), (31, 0.25), (61, 0.50), (91, 0.75), (181, 1.0))


def ageing(loans: Iterable[LoanOwed], least_days: Sequence[int]) -> list[float]:
    """Outstanding principal by class; a class runs from its least days late to the next's.

    (0, 1, 31) has the classes in time, 1-30 days and 31 or more. Raises ValueError unless the
    classes begin at 0 and rise.
    """
    if not least_days or least_days[0] != 0 or sorted(set(least_days)) != [*least_days]:
        raise ValueError(f"the classes must begin at 0 days and rise, not {[*least_days]}")
    found = [0.0] * len(least_days)
    for loan in loans:
        _checked("outstanding principal", loan.outstanding)
        _checked("days late", loan.days_late)
        found[sum(days <= loan.days_late for days in least_days) - 1] += loan.outstanding
    return found


def ageing_shares(outstanding: Sequence[float]) -> list[float]:
    """Each class over the sum: class / gross portfolio."""
    total = math.fsum(_checked("outstanding principal", amount) for amount in outstanding)
    return [_ratio(amount, total, "portfolio") for amount in outstanding]


def par(loans: Iterable[LoanOwed], days: int = 30) -> float:
    """Portfolio at risk, PAR(days): the FULL outstanding principal of loans with any payment more
    than so many days late, and of restructured ones, / gross portfolio.

    PAR(0) has every loan with anything late (PAR of 1 day and more). SEEP/CGAP 2003.
    """
    rows = [*loans]
    late = math.fsum(row.outstanding for row in rows if row.days_late > days or row.restructured)
    return _ratio(late, gross_portfolio(rows), "portfolio")


def par_of_classes(
    outstanding: Sequence[float], least_days: Sequence[int], days: int = 30
) -> float:
    """The same from an ageing table: classes whose least days are above `days` / the sum. Raises
    ValueError where a class lies on both sides, so that the table cannot tell."""
    if len(outstanding) != len(least_days):
        raise ValueError(f"{len(outstanding)} classes have {len(least_days)} least days")
    if days + 1 not in least_days:
        raise ValueError(f"no class begins at {days + 1} days, so PAR{days} cannot be told; "
                         f"classes begin at {', '.join(map(str, least_days))}")  # fmt: skip
    late = math.fsum(a for a, least in zip(outstanding, least_days, strict=True) if least > days)
    return _ratio(late, math.fsum(outstanding), "portfolio")


def gross_portfolio(loans: Iterable[LoanOwed]) -> float:
    """Outstanding principal of all loans, before provisions."""
    return math.fsum(_checked("outstanding principal", loan.outstanding) for loan in loans)


def arrears_rate(loans: Iterable[LoanOwed]) -> float:
    """Principal overdue / gross portfolio. It is not PAR, though some systems print it as that:
    it counts the payments that are late, not the loans that they put at risk."""
    rows = [*loans]
    overdue = math.fsum(_checked("overdue principal", row.overdue) for row in rows)
    return _ratio(overdue, gross_portfolio(rows), "portfolio")


def provision(outstanding: Sequence[float], shares: Sequence[float]) -> float:
    """Loan-loss provision: sum of class x share; `outstanding` as `ageing` gives it."""
    if len(outstanding) != len(shares):
        raise ValueError(f"{len(outstanding)} classes have {len(shares)} shares")
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError(f"a share provided for lies from 0 to 1, not {[*shares]}")
    return math.fsum(
        _checked("outstanding principal", amount) * share
        for amount, share in zip(outstanding, shares, strict=True)
    )


def provision_of_loans(
    loans: Iterable[LoanOwed], scale: Sequence[tuple[int, float]] = SA_DHAN
) -> float:
    """The same from loans, by a scale of (least days late, share) such as SA_DHAN or OPENCBS."""
    return provision(ageing(loans, [days for days, _ in scale]), [share for _, share in scale])


def risk_coverage(loss_allowance: float, at_risk: float) -> float:
    """Loan-loss allowance / portfolio at risk above 30 days, both money. SEEP/CGAP 2003."""
    return _ratio(loss_allowance, at_risk, "portfolio at risk")


def write_off_ratio(written_off: float, average_portfolio: float) -> float:
    """Loans written off in the year / average gross portfolio. SEEP/CGAP 2003."""
    return _ratio(written_off, average_portfolio, "portfolio")


def repayment_rate(
    collected: float, due: float, past_due: float = 0.0, prepaid: float = 0.0
) -> float:
    """Collected, less what was prepaid, / (due in the period + past due before). Without past due
    it is the current recovery rate: what came in / what fell due for the first time. CGAP 1999."""
    return _ratio(collected - prepaid, due + past_due, "due amount")


def annual_loss_rate(recovery_rate: float, term_years: float) -> float:
    """(1 - recovery rate) / T x 2, T the average term in years: half a term's principal is out on
    average. A recovery of 99% of what falls due over a term of 3 months loses 8% a year. CGAP
    1999."""
    if not term_years > 0:
        raise ValueError(f"the term must be above 0 years, not {term_years}")
    return (1 - recovery_rate) / term_years * 2


def portfolio_yield(interest_and_fees: float, average_portfolio: float) -> float:
    """Cash income from interest, fees and commissions / average gross portfolio; compare with the
    APR of the loans: the gap is what is not collected. SEEP/CGAP 2003."""
    return _ratio(interest_and_fees, average_portfolio, "portfolio")


def operating_expense_ratio(operating_expense: float, average_portfolio: float) -> float:
    """Operating expense / average gross portfolio. SEEP/CGAP 2003."""
    return _ratio(operating_expense, average_portfolio, "portfolio")


def cost_of_funds(financial_expense: float, average_funds: float) -> float:
    """Interest and fees on borrowings and savings / their average. SEEP/CGAP 2003."""
    return _ratio(financial_expense, average_funds, "funds")


def cost_per_borrower(operating_expense: float, average_borrowers: float) -> float:
    """Operating expense / average number of active borrowers, money. SEEP/CGAP 2003."""
    return _ratio(operating_expense, average_borrowers, "borrowers")


def borrowers_per_officer(borrowers: float, officers: float) -> float:
    """Active borrowers / loan officers: the caseload. SEEP/CGAP 2003."""
    return _ratio(borrowers, officers, "officers")


def debt_to_equity(liabilities: float, equity: float) -> float:
    """Liabilities / equity. SEEP/CGAP 2003."""
    return _ratio(liabilities, equity, "equity")


def return_on_assets(net_income: float, average_assets: float, tax: float = 0.0) -> float:
    """(Net operating income - tax) / average assets. SEEP/CGAP 2003."""
    return _ratio(net_income - tax, average_assets, "assets")


def return_on_equity(net_income: float, average_equity: float, tax: float = 0.0) -> float:
    """(Net operating income - tax) / average equity. SEEP/CGAP 2003."""
    return _ratio(net_income - tax, average_equity, "equity")


def oss(
    operating_income: float, operating_cost: float, financial_cost: float, provision_cost: float
) -> float:
    """Operational self-sufficiency: operating income / (operating + financial cost + loan-loss
    provision expense); above 1 the income covers the costs. Sa-Dhan; SEEP/CGAP 2003."""
    return _ratio(operating_income, operating_cost + financial_cost + provision_cost, "cost")


def fss(
    operating_income: float,
    operating_cost: float,
    financial_cost: float,
    provision_cost: float,
    adjustments: float,
) -> float:
    """Financial self-sufficiency: as `oss`, with the adjustments added to the cost: for subsidised
    funds, inflation and what is given in kind (the functions below). SEEP/CGAP 2003."""
    cost = operating_cost + financial_cost + provision_cost + adjustments
    return _ratio(operating_income, cost, "cost")


def subsidised_funds_adjustment(
    average_borrowings: float, market_rate: float, interest_paid: float
) -> float:
    """What concessional borrowings would have cost more: average x market rate - interest paid."""
    return average_borrowings * market_rate - interest_paid


def inflation_adjustment(average_equity: float, fixed_assets: float, inflation: float) -> float:
    """What inflation takes from the equity in money: (equity - net fixed assets) x inflation."""
    return (average_equity - fixed_assets) * inflation


def subsidy(
    concessional_borrowings: float,
    market_rate: float,
    rate_paid: float,
    average_equity: float,
    profit: float,
    other_subsidies: float = 0.0,
) -> float:
    """Yearly subsidy S = A (m - c) + E m - P + K, money; below 0 there is a surplus.

    A concessional borrowings (average), m market rate, c rate paid on A, E average equity, P profit
    before tax as reported (with K in it, as received), K other subsidies. Yaron 1992.
    """
    return (
        concessional_borrowings * (market_rate - rate_paid)
        + average_equity * market_rate
        - profit
        + other_subsidies
    )


def sdi(subsidy_amount: float, average_portfolio: float, portfolio_yield_rate: float) -> float:
    """Subsidy dependence index S / (LP n): the share by which the yield n on the average portfolio
    LP would have to rise for the lender to do without subsidy. 0 none, 1: twice the yield; below 0
    it could fall. Yaron 1992."""
    return _ratio(subsidy_amount, average_portfolio * portfolio_yield_rate, "interest income")


def required_yield(portfolio_yield_rate: float, sdi_value: float) -> float:
    """The yield without subsidy, n (1 + SDI)."""
    return portfolio_yield_rate * (1 + sdi_value)


def sustainable_rate(
    administrative: float,
    loan_losses: float,
    cost_of_funds_rate: float,
    capitalisation: float,
    investment_income: float = 0.0,
) -> float:
    """CGAP's price of a loan, R = (AE + LL + CF + K - II) / (1 - LL), effective a year.

    Each a fraction of the average portfolio: administrative expense, loan losses, cost of funds,
    capitalisation (the growth wanted from profit), income on investments. CGAP 2002.
    """
    if not 0 <= loan_losses < 1:
        raise ValueError(f"loan losses are a share from 0 to below 1, not {loan_losses}")
    costs = administrative + loan_losses + cost_of_funds_rate + capitalisation
    return (costs - investment_income) / (1 - loan_losses)


def _ratio(part: float, whole: float, what: str) -> float:
    if not (math.isfinite(part) and math.isfinite(whole) and whole > 0):
        raise ValueError(f"there must be some {what} to divide by, all finite: {part} / {whole}")
    return part / whole


def _checked(what: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what} must be 0 or more and finite, not {value}")
    return value
