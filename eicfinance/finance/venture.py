"""The venture's cash before all finance: when what the plant earns and costs is paid.

    flow = receipts - operating cost - rise in stores - replacements + salvage
           - capital paid - VAT paid + VAT refunded - tax without interest

Receipts: savings at once; sales after the buyer's payment lag (whole periods and, for the rest, a
part of the following period); what buyers still owe at the end is paid in the last period; carbon
credits as they are issued (carbon.py). The contractor is owed the retention until some months
after commissioning. VAT on capital cost is refunded to registered firms after a lag; for others it
is part of the capital cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, expr, floor, maximum, minimum, total, where

if TYPE_CHECKING:
    from eicfinance.finance.carbon import Credits
    from eicfinance.model.model import Line, Result
    from eicfinance.technologies.plant import Plant


@dataclass(frozen=True, slots=True)
class Venture:
    """Lines of the venture before tax and finance, for tax, loan and returns to use."""

    plant: Plant
    sales: Line  # invoiced
    collected: Expr  # sales as they are paid, of carbon credits too
    receipts: Line
    operating_cost: Line
    ebitda: Line  # accrual
    replacements: Line
    salvage: Line
    cash_operations: Line  # receipts - cost - stores - replacements + salvage, before tax
    capital_cost: Result  # with contingency, and VAT that is not refunded
    capital_spent: Line
    capital_paid: Line
    vat_net: Line  # paid less refunded
    flow_before_tax: Line
    energy_value: Line
    energy: Line
    energy_sales: Line  # of the energy's value, what is invoiced; the rest is bills avoided
    energy_collected: Line
    credits: Credits | None


def venture(plant: Plant, sold: Credits | None = None) -> Venture:
    """Writes the venture's cash lines for a plant that has been built. sold: carbon credits."""
    m, x, money = plant.model, plant.x, plant.currency
    with m.section("Capital cost"):
        reserve = m.result("capital_contingency", money, total(plant.items) * x["contingency"],
                           label="Contingency")  # fmt: skip
        items = total([*plant.items, reserve])
        cost = items
        if not plant.vat_refunded:
            cost = items + m.result("capital_vat", money, plant.economy["vat"] * items,
                                    label="VAT that is not refunded")  # fmt: skip
        note = "without refundable VAT" if plant.vat_refunded else "with VAT"
        capital = m.result("capital_cost", money, cost, label="Capital cost with contingency",
                           note=note)  # fmt: skip
    with m.section("Operating cost"):
        rise = plant.index("operation")
        running = plant.operating / m.per_year
        plant.cost("maintenance", capital * x["om_share"] * running * rise, "Maintenance")
        plant.cost("fixed", x["om_fixed"] * running * rise, "Other fixed operating cost")
        plant.cost("insurance", capital * x["insurance_share"] * running * plant.index("general"),
                   "Insurance")  # fmt: skip
    with m.section("Before tax and finance"):
        sales = m.line("sales", money, _sum(plant.revenues), label="Sales invoiced")
        savings = m.line("savings", money, _sum(plant.savings), label="Bills avoided")
        operating = m.line("operating_cost", money, total(plant.costs))
        earned = sales + savings if sold is None else sales + savings + sold.revenue
        ebitda = m.line("ebitda", money, earned - operating, label="EBITDA")
        replaced = m.line("replacements", money, _sum(plant.replacements))
        ends = plant.operating * maximum(plant.since + 1 > plant.life, m.last)
        salvage = m.line("salvage", money, capital * x["salvage_share"] * ends)
    with m.section("Cash before tax and finance"):
        lag = x["payment_lag_days"] / plant.economy["days_per_year"] * m.per_year
        whole = m.result(
            "payment_lag_periods", "period", floor(lag), label="Payment lag, whole periods"
        )
        collected = _paid_late(plant, sales, "sales", "Sales", lag, whole)
        paid_in = collected if sold is None else collected + sold.revenue
        receipts = m.line("receipts", money, savings + paid_in, label="Cash received")
        stored = operating if sold is None else operating - sold.cost
        stores = m.stock("stores", money,
                         stored * m.per_year * x["stores_days"] / plant.economy["days_per_year"]
                         * (1 - m.last), label="Stores held")  # fmt: skip
        bound = m.line("stores_rise", money, stores - stores.previous, label="Rise in stores")
        operations = m.line("cash_operations", money,
                            receipts - operating - bound - replaced + salvage,
                            label="Cash from operations before tax")  # fmt: skip
        spent = m.line(
            "capital_spent", money, capital * plant.spending, label="Capital cost invoiced"
        )
        paid = _retained(plant, spent)
        vat = _vat(plant, items)
        flow = m.line("flow_before_tax", money, operations - paid - vat,
                      label="Venture's cash before tax and finance")  # fmt: skip
    m.check("all capital cost is paid", capital - paid.sum(), capital)
    m.check("all sales are collected", collected.sum() - sales.sum(), sales.sum())
    with m.section("Energy sold or saved"):
        value = m.line("energy_value", money, _sum(plant.energy_values), label="Value of energy")
        energy = m.line("energy_net", "kWh", total(plant.energies), label="Energy delivered")
        energy_sales = m.line("energy_sales", money,
                              _sum([a for a in plant.energy_values if a in plant.revenues]),
                              label="Sales of energy")  # fmt: skip
        paid_for = _paid_late(plant, energy_sales, "energy_sales", "Sales of energy", lag, whole)
    return Venture(plant, sales, paid_in, receipts, operating, ebitda, replaced, salvage,
                   operations, capital, spent, paid, vat, flow, value, energy, energy_sales,
                   paid_for, sold)  # fmt: skip


def _sum(lines: list[Line]) -> Expr:
    return total(lines) if lines else expr(0)


def _paid_late(plant: Plant, sales: Line, name: str, label: str, lag: Expr, whole: Result) -> Line:
    """Sales as paid: with a lag of n whole periods and a rest f, (1 - f) after n, f after n + 1."""
    m, rest = plant.model, lag - whole
    due = m.line(f"{name}_paid", plant.currency,
                 sales.lag(whole) * (1 - rest) + sales.lag(whole + 1) * rest,
                 label=f"{label} paid after the lag")  # fmt: skip
    owed = m.result(f"{name}_owed_at_end", plant.currency, sales.sum() - due.sum(),
                    label=f"{label}: owed at the end, paid in the last period")  # fmt: skip
    return m.line(f"{name}_collected", plant.currency, due + m.last * owed,
                  label=f"{label} collected")  # fmt: skip


def _retained(plant: Plant, spent: Line) -> Line:
    """Capital cost as it is paid: the retention follows some months after commissioning."""
    m, x = plant.model, plant.x
    after = plant.commissioning + plant.periods_of("retention_months")
    when = m.result("retention_period", "period", minimum(after, m.end))
    share = where(plant.construction > 0, x["retention"], 0)
    kept = spent * share
    due = (m.period >= when) & (m.period <= when)
    return m.line("capital_paid", plant.currency,
                  spent - kept + due * share * plant.model["capital_cost"],
                  label="Capital cost paid",
                  note="retention is paid after commissioning")  # fmt: skip


def _vat(plant: Plant, items: Expr) -> Line:
    """VAT on capital cost paid less refunded; nil where it is part of the capital cost."""
    m, money = plant.model, plant.currency
    if not plant.vat_refunded:
        return m.line("vat_net", money, 0, label="VAT paid less refunded", note="in capital cost")
    tax = plant.economy["vat"] * items
    paid = m.line("vat_paid", money, tax * plant.spending, label="VAT paid on capital cost")
    lag = m.result(
        "vat_refund_periods", "period", plant.periods(plant.economy["vat_refund_months"])
    )
    due = m.line("vat_refund_due", money, paid.lag(lag), label="VAT refund due")
    rest = m.result("vat_owed_at_end", money, paid.sum() - due.sum(),
                    label="VAT owed at the end, refunded in the last period")  # fmt: skip
    back = m.line("vat_refunded", money, due + m.last * rest, label="VAT refunded")
    m.check("all VAT is refunded", paid.sum() - back.sum(), paid.sum())
    return m.line("vat_net", money, paid - back, label="VAT paid less refunded")
