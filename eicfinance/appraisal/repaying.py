"""What a project's borrower pays its loans from, and what stands behind them (risk/repayment.py).

Cash of a period: the project's CFADS, and of the host's cash flow less its own debt service the
share that stands behind this project. Before commissioning debt service is a use of funds, which
the owner pays; the reserve account, as it stands at commissioning, is cash at hand from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.cluster import host_input
from eicfinance.appraisal.committed import share_of_owner
from eicfinance.model.expr import Expr, expr
from eicfinance.portfolio.risk import CASH
from eicfinance.portfolio.shares import HOST_SHARE
from eicfinance.risk.repayment import Debt, Security, ageing, repayment, too_coarse
from eicfinance.technologies.plant import lost_to_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.loan import Loan
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line
    from eicfinance.portfolio.entries import Entry


def repay(
    v: Venture, loan: Loan, borrower: Entry, own: Mapping[str, Input], hit: bool = False
) -> None:
    """Writes section Repayment of a project with a loan, where arrears can age. hit: whether events
    may take a share of the host's cash flow."""
    m, money, plant = v.plant.model, v.plant.currency, v.plant
    if too_coarse(m.periods_per_year):
        return
    months = plant.economy["months_per_year"]
    with m.section("Repayment"):
        share = share_of_owner(m, HOST_SHARE, own)
        host = _host(v, borrower, share, hit)
        held = {name: host_input(m, borrower, name)
                for name in ("collateral", "cash_buffer_months", "collateral_haircut",
                             "months_to_sell")}  # fmt: skip
        after = held["months_to_sell"] / months * m.per_year
        worth = m.result("repay_collateral_worth", money,
                         held["collateral"] * share * (1 - held["collateral_haircut"])
                         / (1 + m["rate_of_loans_mean"].or_else(0)) ** after,
                         label="Collateral after its forced sale, at default's worth")  # fmt: skip
        debt = Debt(
            money, m.period > plant.commissioning, m["cfads"] + host, loan.paid, loan.balance,
            held["cash_buffer_months"] / months * m.per_year,
            m["due_last_period"] - m["due_first_period"] + 1,
            _reserve(v, "required"), _reserve(v, "balance"), own["sponsor_support"],
        )  # fmt: skip
        security = Security(worth, own["recovery_share"], own["guarantee_share"])
        repayment(m, debt, ageing(m, plant.economy["days_per_year"]), security)


def _host(v: Venture, borrower: Entry, share: Input, hit: bool) -> Line:
    """The host's free cash of a period that stands behind this project. What an event takes is
    taken before its own debts."""
    m = v.plant.model
    cash, debts = (m[f"{borrower.name}_{name}"] for name in (CASH, "debt_service"))
    if hit:
        cash = cash * (1 - lost_to_events(m, CASH, "Host's cash flow"))
    free = (cash - debts) * v.plant.economy["months_per_year"] / m.per_year
    return m.line("repay_host", v.plant.currency, free * share,
                  label="Host's free cash after its own debts")  # fmt: skip


def _reserve(v: Venture, name: str) -> Expr:
    """A line of the reserve account; nil where there is none."""
    full = f"dsra.{name}"
    found: Expr = v.plant.model[full] if full in v.plant.model else expr(0)
    return found
