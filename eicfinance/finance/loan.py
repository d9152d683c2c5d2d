"""A term loan on the project's timeline.

Drawn for cost: share x (capital cost - grants), in proportion to the capital cost invoiced.
Interest falls due every period on the balance at the end of the one before. Principal is due from
the end of the grace to the end of the tenor, both counted from closing (grace lies inside the
tenor):

    equal instalments: principal = balance x i / ((1 + i)^k - 1)    (balance / k where i = 0)
    equal principal:   principal = balance / k

with k the instalments left and i the rate a period: nominal rate / periods a year, or, where the
rate is quoted as effective, (1 + rate)^(1 / periods a year) - 1. Computed from the balance, an
instalment stays level; where grace ends before the last drawdown it rises with it.

Interest during construction is paid by the owner, or capitalised: what falls due until the end of
construction as planned is drawn from the loan itself, which is larger by as much from the outset;
principal falls due after it at the earliest. A delay adds none: the bank has committed no more.
Drawn evenly for cost over n periods, D becomes D / n x ((1 + i)^n - 1) / i: 1,200,000 over twelve
months at 12% a year 1,268,250, of which 68,250 is capitalised interest. Interest accrues as it
does when paid, so balances need no circle: the amount follows from the sum of what is added.

1,000,000 THB at 6.5% over 8 years without grace: 13,445 THB a month at 6.62% (KBank's MLR).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, maximum, minimum, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Result


@dataclass(frozen=True, slots=True)
class Loan:
    """The loan's lines. service: interest and principal as they fall due; paid: without interest
    that is drawn from the loan."""

    debt: Result
    drawdown: Line
    balance: Line
    interest: Line
    principal: Line
    service: Line
    paid: Line
    fee: Line


def term_loan(
    v: Venture,
    terms: Mapping[str, Input] | None,
    choices: Mapping[str, str],
    basis: str,
    grants: Expr,
) -> Loan:
    """Writes the loan. terms, choices: of finance/terms.py; None and {} where there is no loan."""
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    with m.section("Loan", prefix="loan"):
        if terms is None:
            debt = m.result("debt", money, 0, label="Loan")
            flat = {
                n: m.line(n, money, 0)
                for n in ("drawdown", "interest", "principal", "service", "fee")
            }
            return Loan(debt, flat["drawdown"], m.stock("balance", money, 0), flat["interest"],
                        flat["principal"], flat["service"], flat["service"],
                        flat["fee"])  # fmt: skip
        capitalised = choices["interest_during_construction"] == "capitalised"
        per_period = (
            (1 + terms["rate"]) ** (1 / m.per_year) - 1
            if basis == "effective"
            else terms["rate"] / m.per_year
        )
        rate = m.result("rate_per_period", "1", per_period, label="Interest rate per period")
        tenor = m.result("tenor_periods", "period",
                         minimum(m.end, plant.periods(terms["tenor_months"])),
                         note="ends with the model at the latest")  # fmt: skip
        free = plant.periods(terms["grace_months"])
        if capitalised:
            free = maximum(free, plant.construction)
        grace = m.result("grace_periods", "period", minimum(tenor - 1, free),
                         note="leaves an instalment at least")  # fmt: skip
        balance = m.stock("balance", money, label="Loan balance")
        interest = m.line("interest", money, balance.previous * rate)
        amount: Expr = terms["share"] * maximum(0, v.capital_cost - grants)
        drawn: Expr = amount * plant.spending
        if capitalised:
            added = m.line("capitalised", money,
                           interest * (m.period <= minimum(grace, plant.construction)),
                           label="Interest capitalised",
                           note="until the end of construction as planned")  # fmt: skip
            amount, drawn = amount + added.sum(), drawn + added
        debt = m.result("debt", money, amount, label="Loan")
        drawdown = m.line("drawdown", money, drawn)
        left = m.rate("instalments_left", "period",
                      (m.period > grace) * maximum(1, tenor - m.period + 1),
                      note="what is drawn after the tenor is due at once")  # fmt: skip
        level = rate / ((1 + where(rate > 0, rate, 1)) ** maximum(1, left) - 1)
        even = 1 / maximum(1, left)
        equal = choices["repayment"] == "equal_instalments"
        part = where(rate > 0, level, even) if equal else even
        share = m.rate("principal_share", "1", where(left > 1, part, left),
                       label="Principal due, share of balance")  # fmt: skip
        principal = m.line("principal", money, balance.previous * share)
        service = m.line("service", money, interest + principal, label="Debt service")
        paid = service
        if capitalised:
            paid = m.line("service_paid", money, service - added,
                          label="Debt service without interest capitalised")  # fmt: skip
        balance.set(balance.previous + drawdown - principal)
        fee = m.line("fee", money, terms["upfront_fee"] * debt * (1 - where(m.period > 0, 1, 0)),
                     label="Upfront fee")  # fmt: skip
    m.check("loan is drawn in full", drawdown.sum() - debt, debt)
    m.check("loan is repaid in full", balance * m.last, debt)
    m.check("principal sums to the loan", principal.sum() - debt, debt)
    return Loan(debt, drawdown, balance, interest, principal, service, paid, fee)
