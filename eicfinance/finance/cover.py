"""How well a project's cash covers its debts: DSCR, and over the loan's and the project's life LLCR
and PLCR.

DSCR = CFADS / (interest + principal), trailing twelve months. LLCR = present value of CFADS until
the last debt service / debt outstanding; PLCR = the same until the project's end. These present
values are at the loans' own rate a period, interest / balance at the end of the period before, so
that the present value of all debt service is the debt: where CFADS is the debt service, both
ratios of a loan are 1.

65% of 712 MTHB over 12 years at 6.75%, CFADS from 128.7 MTHB falling to 90.3: LLCR at closing 1.93,
PLCR over 20 years 2.33.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, minimum, ratio, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from eicfinance.finance.loan import Loan
    from eicfinance.finance.returns import Flows
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model


def coverage(v: Venture, loan: Loan, f: Flows, host_cash: Input, host_debt: Input) -> None:
    """DSCR of the project, and global DSCR with the host's business and debts.

    Trailing twelve months. The series begins with the first full year of debt service (interest or
    principal) after commissioning; minimum and mean with the first full year of repayment, as
    interest alone flatters them. A loan that is repaid sooner has one ratio, over all its debt
    service after commissioning. Blank where nothing is due. The host's business is always counted
    over twelve months.
    """
    m, money, plant = v.plant.model, v.plant.currency, v.plant
    with m.section("Debt service cover"):
        due = m.rate("due", "1", (loan.paid > 0) & (m.period > plant.commissioning),
                     label="Debt service is due")  # fmt: skip
        first = m.result("due_first_period", "period", due.first().or_else(0),
                         label="First debt service after commissioning")  # fmt: skip
        when = m.rate("due_period", "period", due * m.period, label="Period, where due")
        last = m.result("due_last_period", "period", when.highest(), label="Last debt service")
        span = m.result("dscr_periods", "period", minimum(m.per_year, last - first + 1),
                        label="Periods in a DSCR",
                        note="a year, or a shorter loan's time")  # fmt: skip
        full = (first > 0) & (m.period >= first + span - 1) & (m.period <= last)
        since = m.rate("dscr_shown", "1", full, label="A full year of debt service lies behind")
        repaid = m.rate("repaying", "1", (loan.principal > 0) & (m.period > plant.commissioning),
                        label="Principal is due")  # fmt: skip
        begins = m.result("repayment_first_period", "period", repaid.first().or_else(0),
                          label="First repayment after commissioning")  # fmt: skip
        window = m.rate("dscr_counts", "1",
                        since * (m.period >= minimum(begins + span - 1, last)),
                        label="A full year of repayment lies behind",
                        note="or the last instalment")  # fmt: skip
        owed, owed_year = _trailing(m, "service", loan.paid, span, money, "Debt service")
        free, free_year = _trailing(m, "cfads", f.cfads, span, money, "CFADS")
        m.ratio("dscr", free, owed * since, label="DSCR")
        dscr = m.ratio("dscr_repaying", free, owed * window, label="DSCR, while it is repaid")
        _lowest(m, "dscr", dscr, "DSCR")
        some = m.line(
            "dscr_or_nil", "1", dscr.or_else(0), kind="stock", label="DSCR, nil where blank"
        )
        counted = m.rate("dscr_is_due", "1", window & (owed > 0), label="DSCR is not blank")
        m.result("dscr_average", "1", ratio(some.sum(), counted.sum()),
                 label="DSCR, mean of the ratios")  # fmt: skip
        months = plant.economy["months_per_year"]
        host = host_cash * months
        debts = host_debt * months
        whole = m.ratio("dscr_global", free_year + host, (owed_year + debts) * window,
                        label="Global DSCR (host and project, all debts)")  # fmt: skip
        _lowest(m, "dscr_global", whole, "Global DSCR")
        m.result("service_highest", money, loan.paid.highest(),
                 label="Highest debt service of a period")  # fmt: skip
        m.result(
            "dscr_host",
            "1",
            ratio(host_cash, host_debt),
            label="DSCR of the host without the project",
        )


def _trailing(
    m: Model, name: str, flow: Line, span: Expr, money: str, label: str
) -> tuple[Line, Line]:
    """A flow over the DSCR's periods, and over twelve months beside those of the host."""
    so_far = m.cumulative(f"{name}_total", flow, label=Label("{label} so far", label))
    counted = m.stock(f"{name}_counted", money, so_far - so_far.lag(span),
                      label=Label("{label} in the DSCR", label))  # fmt: skip
    year = m.stock(f"{name}_year", money, so_far - so_far.lag(m.per_year),
                   label=Label("{label}, trailing twelve months", label))  # fmt: skip
    return counted, year


def _lowest(m: Model, name: str, series: Line, label: str) -> None:
    """The minimum of a ratio that may be blank, and the first period in which it is reached."""
    least = m.result(f"{name}_min", "1", series.lowest(), label=Label("{label}, minimum", label))
    here = series.or_else(least.or_else(0) + 1) <= least.or_else(0)
    at = m.rate(f"{name}_at_min", "1", here, label=Label("{label}: at its minimum", label))
    m.result(
        f"{name}_min_period",
        "period",
        at.first(),
        label=Label("{label}: period of the minimum", label),
    )


def life_coverage(v: Venture, loan: Loan, f: Flows) -> None:
    """LLCR and PLCR at commissioning, and the lowest while a year of debt service is ahead.

    With i the loans' rate of a period and D_t = D_(t-1) / (1 + i), the present value at t is (total
    of CFADS x D - what of it falls until t) / D_t. After the last service the last rate goes on.
    Blank where no debt is outstanding. The minimum leaves out when less than a year of debt service
    (or, of a shorter loan, all of it) is ahead: a few months of a season say nothing.
    """
    m, plant = v.plant.model, v.plant
    with m.section("Loan life and project life cover"):
        rate = m.rate("rate_of_loans", "1", label="Interest rate of the period, all loans")
        rate.set(ratio(loan.interest, loan.balance.previous).or_else(rate.previous))
        factor = m.rate("discount_factor_loan", "1", label="Discount factor: loans")
        factor.set(where(m.period > 0, factor.previous / (1 + rate), 1))
        operating = m.period >= plant.commissioning
        start = m.rate("starts", "1", operating & (m.period <= plant.commissioning),
                       label="Commissioned at the end of this period")  # fmt: skip
        ahead = operating & (m.period + m["dscr_periods"] <= m["due_last_period"])
        counts = m.rate("llcr_counts", "1", ahead, label="LLCR and PLCR count here",
                        note="a year of debt service is ahead")  # fmt: skip
        whole = f.cfads * factor
        until = whole * (m.period <= m["due_last_period"])
        for name, flow, label in (("llcr", until, "LLCR"), ("plcr", whole, "PLCR")):
            _life_cover(v, loan, name, label, flow, (factor, start, counts))


def _life_cover(
    v: Venture, loan: Loan, name: str, label: str, flow: Expr, rows: tuple[Line, Line, Line]
) -> None:
    """One ratio. flow: CFADS discounted to closing. rows: discount factor, flags of commissioning
    and of the periods that count for the minimum."""
    m, money = v.plant.model, v.plant.currency
    factor, start, counts = rows
    cash = m.line(
        f"{name}_cfads", money, flow, label=Label("{label}: CFADS, discounted to closing", label)
    )
    so_far = m.cumulative(f"{name}_cfads_total", cash, label=Label("{label}: of it so far", label))
    worth = m.stock(f"{name}_value", money, (cash.sum() - so_far) / factor,
                    label=Label("{label}: present value of CFADS to come", label))  # fmt: skip
    opening = m.ratio(f"{name}_at_start", worth, loan.balance * start,
                      label=Label("{label} at commissioning", label))  # fmt: skip
    m.result(name, "1", opening.lowest(), label=Label("{label} at commissioning", label))
    _lowest(m, name, m.ratio(f"{name}_by_period", worth, loan.balance * counts, label=label), label)
