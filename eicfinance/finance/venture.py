"""The venture's cash before all finance: when what the plant earns and costs is paid.

    flow = receipts - operating cost paid - rise in stores - replacements + salvage
           - capital paid - VAT paid + VAT refunded - tax without interest

Working capital is in days. Receipts: savings at once; sales after the receivable days (whole
periods and, for the rest, a part of the following period); operating cost is paid after the payable
days in the same way; what is still owed at the end is paid in the last period. Stores are so many
days of the period's operating cost. 45 receivable days in an annual model: 45/365 of a year's sales
are paid in the next one. Replacements may be paid from a reserve (set_aside.py); then what is put
aside for them stands in their place. A reserve for operating cost may be held beside. The
contractor is owed the retention until some months after commissioning. VAT on capital cost is
refunded to registered firms after a lag; for others it is part of the capital cost. Carbon credits
are paid as they are issued (carbon.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.finance.set_aside import operating_reserve, replacement_reserve
from eicfinance.model.expr import Expr, expr, floor, maximum, minimum, total, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.carbon import Credits
    from eicfinance.model.model import Input, Line, Result
    from eicfinance.technologies.plant import Plant


@dataclass(frozen=True, slots=True)
class Venture:
    """Lines of the venture before tax and finance, for tax, loan and returns to use."""

    plant: Plant
    sales: Line  # invoiced
    collected: Expr  # sales as they are paid, of carbon credits too
    receipts: Line
    operating_cost: Line
    cost_paid: Line  # operating cost as it is paid
    ebitda: Line  # accrual
    replacements: Line  # as they are paid for
    set_aside: Line  # the same, or what is put into a reserve for them
    reserve_interest: Expr | None  # what money put aside earns
    kept_back: Expr | None  # what the reserve for operating cost takes, less its interest
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


def venture(
    plant: Plant, provision: str, terms: Mapping[str, Input], sold: Credits | None = None
) -> Venture:
    """Writes the venture's cash lines for a plant that has been built.

    provision: how replacements are provided for. terms: figures of the project's finance. sold:
    carbon credits.
    """
    m, x, money = plant.model, plant.x, plant.currency
    items, capital = _capital_cost(plant)
    _running_cost(plant, capital)
    with m.section("Before tax and finance"):
        sales = m.line("sales", money, _sum(plant.revenues), label="Sales invoiced")
        savings = m.line("savings", money, _sum(plant.savings), label="Bills avoided")
        operating = m.line("operating_cost", money, total(plant.costs))
        made = sales + savings if sold is None else sales + savings + sold.revenue
        ebitda = m.line("ebitda", money, made - operating, label="EBITDA")
        replaced = m.line("replacements", money, _sum(plant.replacements))
        ends = plant.operating * maximum(plant.since + 1 > plant.life, m.last)
        salvage = m.line("salvage", money, capital * x["salvage_share"] * ends)
    with m.section("Cash before tax and finance"):
        lag, whole = _periods_of_days(plant, "payment_lag", "Payment lag")
        owing, whole_owing = _periods_of_days(plant, "payable", "Payables")
        collected = _paid_late(plant, sales, "sales", "Sales", lag, whole)
        paid_in = collected if sold is None else collected + sold.revenue
        receipts = m.line("receipts", money, savings + paid_in, label="Cash received")
        cost_paid = _paid_late(plant, operating, "operating_cost", "Operating cost", owing,
                               whole_owing, "settled")  # fmt: skip
        stored = operating if sold is None else operating - sold.cost
        bound = _stores(plant, stored)
        _working_capital(plant, sales - collected + bound, operating, cost_paid)
        interest, set_aside = terms["set_aside_interest"], replaced
        earned: list[Line] = []
        kept: Expr | None = None
        if provision == "level":
            set_aside, one = replacement_reserve(plant, interest)
            earned.append(one)
        if (months := terms.get("operating_reserve_months")) is not None:
            rise, one = operating_reserve(plant, operating, months, interest)
            earned.append(one)
            kept = rise - one
        operations = m.line("cash_operations", money,
                            receipts - cost_paid - bound - set_aside + salvage,
                            label="Cash from operations before tax")  # fmt: skip
        spent = m.line(
            "capital_spent", money, capital * plant.spending, label="Capital cost invoiced"
        )
        paid = _retained(plant, spent)
        vat = _vat(plant, items)
        before = operations - paid - vat
        flow = m.line("flow_before_tax", money, before if kept is None else before - kept,
                      label="Venture's cash before tax and finance")  # fmt: skip
    m.check("all capital cost is paid", capital - paid.sum(), capital)
    m.check("all sales are collected", collected.sum() - sales.sum(), sales.sum())
    m.check("working capital is released by the end", m["working_capital"] * m.last,
            sales.sum() + operating.sum())  # fmt: skip
    with m.section("Energy sold or saved"):
        value = m.line("energy_value", money, _sum(plant.energy_values), label="Value of energy")
        energy = m.line("energy_net", "kWh", total(plant.energies), label="Energy delivered")
        energy_sales = m.line("energy_sales", money,
                              _sum([a for a in plant.energy_values if a in plant.revenues]),
                              label="Sales of energy")  # fmt: skip
        paid_for = _paid_late(plant, energy_sales, "energy_sales", "Sales of energy", lag, whole)
    return Venture(plant, sales, paid_in, receipts, operating, cost_paid, ebitda, replaced,
                   set_aside, total(earned) if earned else None, kept, salvage, operations,
                   capital, spent, paid, vat, flow, value, energy, energy_sales, paid_for,
                   sold)  # fmt: skip


def _capital_cost(plant: Plant) -> tuple[Expr, Result]:
    """Capital cost without VAT, and in all: VAT in it where it is not refunded."""
    m, money = plant.model, plant.currency
    with m.section("Capital cost"):
        extra = m.result("capital_contingency", money, total(plant.items) * plant.x["contingency"],
                         label="Contingency")  # fmt: skip
        items = total([*plant.items, extra])
        cost = items
        if not plant.vat_refunded:
            cost = items + m.result("capital_vat", money, plant.economy["vat"] * items,
                                    label="VAT that is not refunded")  # fmt: skip
        note = "without refundable VAT" if plant.vat_refunded else "with VAT"
        capital = m.result("capital_cost", money, cost, label="Capital cost with contingency",
                           note=note)  # fmt: skip
    return items, capital


def _running_cost(plant: Plant, capital: Result) -> None:
    """The operating cost that every plant has."""
    m, x = plant.model, plant.x
    with m.section("Operating cost"):
        rise = plant.index("operation")
        running = plant.operating / m.per_year
        plant.cost("maintenance", capital * x["om_share"] * running * rise, "Maintenance")
        plant.cost("fixed", x["om_fixed"] * running * rise, "Other fixed operating cost")
        plant.cost("insurance", capital * x["insurance_share"] * running * plant.index("general"),
                   "Insurance")  # fmt: skip


def _stores(plant: Plant, cost: Expr) -> Line:
    """The rise in stores, of so many days of a cost."""
    m, x, money = plant.model, plant.x, plant.currency
    stores = m.stock("stores", money,
                     cost * m.per_year * x["stores_days"] / plant.economy["days_per_year"]
                     * (1 - m.last), label="Stores held")  # fmt: skip
    return m.line("stores_rise", money, stores - stores.previous, label="Rise in stores")


def _working_capital(plant: Plant, bound: Expr, operating: Line, cost_paid: Line) -> None:
    """What receivables and stores (their rise: bound) less payables hold."""
    m, money = plant.model, plant.currency
    held = m.stock("working_capital", money, label="Working capital",
                   note="receivables and stores less payables")  # fmt: skip
    held.set(held.previous + bound - operating + cost_paid)
    m.result("working_capital_highest", money, held.highest(), label="Working capital, highest")


def _sum(lines: list[Line]) -> Expr:
    return total(lines) if lines else expr(0)


def _periods_of_days(plant: Plant, name: str, label: str) -> tuple[Expr, Result]:
    """Days as periods, and how many of them are whole."""
    m = plant.model
    lag = plant.x[f"{name}_days"] / plant.economy["days_per_year"] * m.per_year
    whole = m.result(
        f"{name}_periods", "period", floor(lag), label=Label("{label}, whole periods", label)
    )
    return lag, whole


def _paid_late(
    plant: Plant, sales: Line, name: str, label: str, lag: Expr, whole: Result,
    done: str = "collected",
) -> Line:  # fmt: skip
    """Sales or cost as paid: with a lag of n whole periods and a rest f, (1 - f) after n, f after
    n + 1."""
    m, rest = plant.model, lag - whole
    due = m.line(f"{name}_paid", plant.currency,
                 sales.lag(whole) * (1 - rest) + sales.lag(whole + 1) * rest,
                 label=Label("{label} paid after the lag", label))  # fmt: skip
    owed = m.result(f"{name}_owed_at_end", plant.currency, sales.sum() - due.sum(),
                    label=Label("{label}: owed at the end, paid in the last period",
                                label))  # fmt: skip
    return m.line(f"{name}_{done}", plant.currency, due + m.last * owed,
                  label=Label("{label} {done}", label, done))  # fmt: skip


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
