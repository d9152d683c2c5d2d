"""The death valley: the venture's own cash before all finance, accumulated; and the gap.

depth = -min(accumulated), its part beyond capital cost, the first month of the minimum, and the
first month after it in which the accumulated cash is no longer negative. Twelve months of building
at 1,200,000 and ten months of linear ramp-up to 900,000 of revenue against 350,000 of cost reach
-14,910,000 in month 15: 510,000 beyond the capital cost.

The gap is what the committed sources leave of it, by period, as each becomes available and up to
its limit: without the requested loan, and with it (drawn, served, with the tax that its interest
saves). With 5,000,000 of promoter's cash the gap above is 9,910,000 deep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import maximum, ratio
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from eicfinance.finance.loan import Loan
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model, Result

GAPS = {  # name of the rows -> what it is
    "gap": "Gap after committed sources",
    "gap_with_loan": "Gap after committed sources and the loan",
}
MISSING = "bridge_missing"  # what bridging leaves open of it


def death_valley(v: Venture, project_tax: Line) -> Line:
    """Writes the valley's lines and results; returns the accumulated cash."""
    m, money = v.plant.model, v.plant.currency
    with m.section("Death valley"):
        flow = m.line("valley_flow", money, v.flow_before_tax - project_tax,
                      label="Venture's cash before all finance")  # fmt: skip
        so_far = m.cumulative("valley", flow, label="Venture's cash, accumulated")
        depth = m.result(
            "valley_depth", money, maximum(0, -so_far.lowest()), label="Depth of the valley"
        )
        m.result("valley_depth_beyond_capital", money, maximum(0, depth - v.capital_cost),
                 label="Depth beyond capital cost")  # fmt: skip
        lowest = (so_far <= so_far.lowest()) & (so_far < 0)
        at = m.rate("valley_at_trough", "1", lowest, label="At the lowest point")
        trough = m.result("valley_trough_period", "period", at.first(), label="Trough")
        after = m.result("valley_trough_or_start", "period", trough.or_else(0),
                         label="Trough, or 0 if there is no valley")  # fmt: skip
        up = (m.period > after) & (so_far >= 0) & (depth > 0)
        back = m.rate("valley_recovered", "1", up, label="Recovered")
        m.result("valley_recovery_period", "period", back.first(), label="Recovery")
    return so_far


def funding_gap(
    v: Venture, loan: Loan, committed: Line, project_tax: Line, tax: Line, valley: Line
) -> None:
    """What committed sources leave of the valley, without the requested loan and with it.

    committed: as it becomes available. project_tax, tax: without and with the loan's interest.
    valley: accumulated.
    """
    m, money = v.plant.model, v.plant.currency
    with m.section("Gap"):
        there = m.cumulative("committed_so_far", committed, label="Committed sources available")
        brings = m.line("loan_brings", money, loan.net + project_tax - tax,
                        label="Loan less fees, service and reserves, and tax it saves")  # fmt: skip
        brought = m.cumulative("loan_so_far", brings, label="The same, accumulated")
        cash = {"gap": valley + there, "gap_with_loan": valley + there + brought}
        for name, label in GAPS.items():
            short = m.stock(name, money, maximum(0, -cash[name]), label=label)
            measure(m, money, name, short, v.plant.economy["months_per_year"])


def measure(m: Model, money: str, name: str, short: Line, a_year: Input) -> None:
    """Depth, its first period, first and last period, months, and money x months of a gap.

    Money x months is the area under the gap: 1,000,000 short for six months is 6,000,000
    THB x months, whatever the periods of the model. a_year: months of it.
    """
    label = GAPS[name]
    open_ = m.rate(f"{name}_open", "1", short > 0, label=Label("{label}: open", label))
    depth = m.result(f"{name}_depth", money, short.highest(), label=Label("{label}: depth", label))
    deepest = m.rate(f"{name}_deepest", "1", (short >= depth) & (depth > 0),
                     label=Label("{label}: deepest", label))  # fmt: skip
    m.result(
        f"{name}_deepest_period",
        "period",
        deepest.first(),
        label=Label("{label}: deepest in", label),
    )
    m.result(f"{name}_first_period", "period", open_.first(), label=Label("{label}: first", label))
    at = m.stock(f"{name}_period", "period", ratio(open_ * m.period, open_),
                 label=Label("{label}: period, where open", label))  # fmt: skip
    m.result(f"{name}_last_period", "period", at.highest(), label=Label("{label}: last", label),
             note="the model's last period where it never closes")  # fmt: skip
    m.result(f"{name}_months", "month", open_.sum() * a_year / m.per_year,
             label=Label("{label}: months in which it is open", label))  # fmt: skip
    m.result(f"{name}_money_months", f"{money}*month", short.sum() * a_year / m.per_year,
             label=Label("{label}: money x months", label))  # fmt: skip


def span(m: Model, name: str, stock: Line, title: str) -> Result:
    """The highest of a stock, and the first and last period in which there is any."""
    there = m.rate(f"{name}_there", "1", stock > 0, label=Label("There is some: {title}", title))
    at = m.stock(f"{name}_period", "period", ratio(there * m.period, there),
                 label=Label("Period, where there is some: {title}", title))  # fmt: skip
    m.result(f"{name}_first_period", "period", there.first(), label=Label("First: {title}", title))
    m.result(f"{name}_last_period", "period", at.highest(), label=Label("Last: {title}", title))
    return m.result(
        f"{name}_highest", stock.text.unit, stock.highest(), label=Label("Highest: {title}", title)
    )


def still_open(m: Model, stock: Line, title: str) -> Result:
    """What bridging leaves open: its span, and the first period in which it is highest."""
    most = span(m, MISSING, stock, title)
    at = m.rate(f"{MISSING}_at_highest", "1", (stock >= most) & (most > 0),
                label=Label("Highest: {title}", title))  # fmt: skip
    m.result(
        f"{MISSING}_highest_period", "period", at.first(), label=Label("Highest in: {title}", title)
    )
    return most
