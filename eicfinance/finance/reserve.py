"""Money of the project that waits in an account: for the interest while it is built, and for debt
service that its cash does not cover.

Interest reserve (``interest_during_construction: prefunded``). Raised at closing, by the loan in
its share of cost and by the owner for the rest; it pays the interest that falls due until the end
of construction as planned, and is used up then. The loan is charged on what it lends for it too, so

    reserve = interest on what is drawn for cost / (1 - share x sum of the rates a period)

60% of 2,000,000 drawn evenly over twelve months at 12% a year: 66,000 / (1 - 0.6 x 0.12) = 71,121,
of which the loan lends 42,672. Interest that is capitalised instead comes to 68,250, all of it the
loan's: nothing waits in an account, but interest bears interest.

Debt service reserve account (DSRA). Required at the end of a period: the debt service of so many
months to come (of a part of a period, that part). Paid in at closing, as much as is required at
commissioning, or from the cash flow after debt service. In each period of operation:

    short    = debt service - CFADS, at most the debt service
    used     = short, at most what is in the account with its interest
    released = what is then above the requirement, to the owner
    paid in  = what is then missing, at most CFADS - debt service

A year's debt service of 120,000 in months and a reserve of six of them: 60,000; in each of the last
six months 10,000 are released. The DSCR does not count it. Its interest is the owner's: it is not
in CFADS and not taxed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, expr, floor, maximum, minimum, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.loan import Loan
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model, Result


def per_period(m: Model, a_year: Expr, basis: str) -> Expr:
    """A yearly rate as the rate of a period: nominal / periods a year, or compound if effective."""
    return (1 + a_year) ** (1 / m.per_year) - 1 if basis == "effective" else a_year / m.per_year


def at_closing(m: Model) -> Expr:
    """1 in period 0, otherwise 0."""
    return 1 - minimum(1, m.period)


def interest_reserve(
    v: Venture, share: Expr, drawn: Expr, rate: Expr, until: Expr
) -> tuple[Result, Expr]:
    """The size of the reserve, and the flag of the periods whose interest it pays. share: of it
    that the loan lends at closing. drawn: for cost. until: the last period that it pays. Nil where
    interest on the reserve would use all of it up (10% a year for ten years); the owner then pays.
    """
    m, money = v.plant.model, v.plant.currency
    lent = m.cumulative("cost_lent", m.line("drawn_for_cost", money, drawn), label="Lent for cost")
    built = m.rate("building", "1", (m.period > 0) & (m.period <= until),
                   label="Interest during construction falls due")  # fmt: skip
    charged = m.line("interest_on_cost", money, lent.previous * rate * built,
                     label="Interest on what is lent for cost")  # fmt: skip
    rates = m.rate("rate_while_building", "1", rate * built,
                   label="Interest rate per period during construction")  # fmt: skip
    kept = m.result("not_lent_back", "1", 1 - share * rates.sum(),
                    label="Of each baht of the reserve left after its own interest",
                    note="where none is, there is no reserve")  # fmt: skip
    size = m.result("interest_reserve", money, where(kept > 0, charged.sum() / kept, 0),
                    label="Interest reserve raised at closing")  # fmt: skip
    return size, built * (kept > 0)


def account(v: Venture, size: Result, paid: Line, named: str) -> Expr:
    """Writes the interest reserve's account; returns what is paid into it, net."""
    m = v.plant.model
    put_in = m.line("interest_reserve_paid_in", v.plant.currency, size * at_closing(m),
                    label="Paid into the interest reserve")  # fmt: skip
    balance = m.stock("interest_reserve_balance", v.plant.currency, label="Interest reserve")
    balance.set(balance.previous + put_in - paid)
    m.check(Label("the interest reserve is used up{named}", named), balance * m.last, size)
    return put_in - paid


def debt_service_reserve(
    v: Venture, loan: Loan, cfads: Line, x: Mapping[str, Input], funding: str, basis: str
) -> Loan:
    """Writes the reserve account of all loans together; returns them with it. funding: "closing" or
    "cash_flow". x: reserve_months, reserve_interest."""
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    with m.section("Debt service reserve account (DSRA)", prefix="dsra"):
        months = plant.economy["months_per_year"]
        periods = x["reserve_months"] / months * m.per_year
        whole = m.result("periods", "period", floor(periods), label="Whole periods of debt service")
        required = _required(v, loan.paid, whole, periods - whole, funding == "closing")
        operating = m.period > plant.commissioning
        balance = m.stock("balance", money, label="Debt service reserve account")
        earned = m.line("interest", money,
                        balance.previous * per_period(m, x["reserve_interest"], basis),
                        label="Interest earned by the reserve")  # fmt: skip
        short = m.line("short", money,
                       minimum(loan.paid, maximum(0, loan.paid - cfads)) * operating,
                       label="Debt service that CFADS does not cover")  # fmt: skip
        used = m.line("used", money, minimum(maximum(0, balance.previous + earned), short),
                      label="Reserve used for debt service")  # fmt: skip
        left = m.stock("left", money, balance.previous + earned - used,
                       label="Left in the reserve after that")  # fmt: skip
        released = m.line("released", money, maximum(0, left - required),
                          label="Released to the owner")  # fmt: skip
        missing = minimum(maximum(0, required - left), maximum(0, cfads - loan.paid)) * operating
        if funding == "closing":
            missing = missing + required * at_closing(m)
        put_in = m.line("paid_in", money, missing, label="Paid into the reserve")
        balance.set(left - released + put_in)
        m.result("balance_highest", money, balance.highest(), label="Reserve account, highest")
        m.result("used_total", money, used.sum(), label="Reserve used for debt service, in all")
        m.result("uncovered", money, short.sum() - used.sum(),
                 label="Debt service that neither CFADS nor the reserve covers")  # fmt: skip
    most = loan.paid.sum()
    m.check("the debt service reserve is empty at the end", balance * m.last, most)
    m.check("the debt service reserve gives back what it was paid",
            put_in.sum() + earned.sum() - used.sum() - released.sum(), most)  # fmt: skip
    into = put_in - used - released
    return replace(loan, reserved=into if loan.reserved is None else loan.reserved + into)


def _required(v: Venture, service: Line, whole: Result, rest: Expr, at_once: bool) -> Line:
    """What the account shall hold: the debt service of so many periods to come, from commissioning
    on; before that the same as at commissioning where it is paid in at closing."""
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    so_far = m.cumulative("service_so_far", service, label="Debt service so far")
    ahead = m.stock("service_ahead", money, service.sum() - so_far, label="Debt service to come")
    later = ahead.lead(whole) * (1 - rest) + ahead.lead(whole + 1) * rest
    coming = m.stock("service_coming", money, ahead - later,
                     label="Debt service of the reserve's months to come")  # fmt: skip
    before: Expr = expr(0)
    if at_once:
        starts = (m.period >= plant.commissioning) & (m.period <= plant.commissioning)
        first = m.line("required_first", money, coming * starts, label="Required at commissioning")
        before = m.result("at_closing", money, first.sum(), label="Reserve paid in at closing")
    return m.stock("required", money, where(m.period >= plant.commissioning, coming, before),
                   label="Required in the reserve")  # fmt: skip
