"""What a project returns, to itself and to its owner.

Present values are at effective annual rates, (1 + r)^(-t / periods a year); period 0 is not
discounted. Project figures are after tax without interest, equity figures after actual
tax. Real rates are turned nominal by (1 + real)(1 + inflation) - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, expr, maximum, ratio, total, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.loan import Loan
    from eicfinance.finance.tax import Rules
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model, Result


PERIOD_ENDS = "period_ends"  # the default of economy.discount_timing


@dataclass(frozen=True, slots=True)
class Flows:
    """Net flows, signed from the party named, and cash available for debt service."""

    project: Line
    equity: Line
    cfads: Line
    grants: Line


def flows(
    v: Venture, loan: Loan, grants: Line, project_tax: Line, tax: Line, cfads: Line, treatment: str
) -> Flows:
    """Writes the flows to project and owner, CFADS, and the uses and sources that must balance.
    cfads: declared before the loans, which may be repaid from it."""
    m, money = v.plant.model, v.plant.currency
    with m.section("Cash flow"):
        project = m.line("project_flow", money, v.flow_before_tax - project_tax + grants,
                         label="Project's cash flow after tax, grants included")  # fmt: skip
        equity = m.line("equity_flow", money,
                        v.flow_before_tax - tax + grants + loan.net,
                        label="Owner's cash flow")  # fmt: skip
        m.cumulative("equity_cumulative", equity, label="Owner's cash flow, accumulated")
        counted: Expr = v.cash_operations
        if v.credits is not None and not v.credits.in_cfads:
            counted = counted - v.credits.revenue
        before = m.line("cfads_before_tax", money, counted * v.plant.operating,
                        label="CFADS before tax")  # fmt: skip
        cfads.set(before - tax * v.plant.operating if treatment == "after_tax" else before)
    _uses_and_sources(v, loan, grants, tax, equity)
    return Flows(project, equity, cfads, grants)


def _uses_and_sources(v: Venture, loan: Loan, grants: Line, tax: Line, equity: Line) -> None:
    """To commissioning: capital cost, VAT, interest, fee; loan, grants, contractor, owner."""
    m, money, plant = v.plant.model, v.plant.currency, v.plant
    with m.section("Uses and sources to commissioning"):
        building = m.rate("building", "1", m.period <= plant.commissioning,
                          label="Until commissioning")  # fmt: skip

        def until(name: str, line: Expr, label: str) -> Result:
            part = m.line(f"{name}_by_period", money, line * building, label=label)
            return m.result(name, money, part.sum(), label=label)

        fee = until("uses_fee", loan.fee, "Fees of the loan")
        interest = until("uses_interest", loan.outgo, "Debt service during construction")
        vat = until("uses_vat", v.vat_net, "VAT not yet refunded")
        owed = v.capital_cost - until(
            "capital_paid_by_commissioning", v.capital_paid, "Capital cost paid"
        )
        needed = v.capital_cost + fee + interest + vat
        if v.kept_back is not None:
            needed = needed + until("uses_operating_reserve", v.kept_back,
                                    "Reserve for operating cost")  # fmt: skip
        if loan.reserved is not None:
            needed = needed + until("uses_reserves", loan.reserved, "Paid into reserves, net")
        uses = m.result("uses", money, needed, label="Uses")
        lent = until("sources_loan", loan.drawdown, "Loan")
        given = until("sources_grants", grants, "Grants received")
        contractor = m.result("sources_contractor", money, owed, label="Contractor (retention)")
        relief = until("sources_other", v.cash_operations - tax, "Tax relief and other cash")
        own = until("sources_equity", -equity, "Owner's equity")
        sources = m.result(
            "sources", money, lent + given + contractor + relief + own, label="Sources"
        )
        planned = m.line("planned_finance_cost", money,
                         (loan.interest + loan.fee) * (m.period <= plant.construction),
                         label="Interest and fees to the planned end of construction")  # fmt: skip
        put_in = m.result("equity_contribution", money,
                          v.capital_cost + planned.sum() - m["grants"] - loan.debt,
                          label="Owner's contribution to the cost",
                          note="without VAT, grants and delays that are bridged")  # fmt: skip
        m.result("debt_to_equity", "1", ratio(loan.debt, put_in), label="Debt to equity")
        m.result("gearing", "1", ratio(loan.debt, uses - m["grants"]), label="Gearing",
                 note="debt / (uses - all grants)")  # fmt: skip
    m.check("sources equal uses", sources - uses, uses)


def nominal_rate(m: Model, economy: Mapping[str, Input], whose: str, basis: str) -> Result:
    """A discount rate as a nominal effective annual rate."""
    rate: Expr = economy[f"discount_{whose}"]
    if basis == "real":
        rate = (1 + rate) * (1 + economy["inflation"]) - 1
    label = Label("Discount rate: {whose}, nominal", whose)
    return m.result(f"discount_rate_{whose}_nominal", "1", rate, label=label)


def present_value(m: Model, name: str, money: str, flow: Expr, factor: Line, label: str) -> Result:
    """NPV as the sum of the discounted flow (a row and its total)."""
    row = m.line(
        f"{name}_by_period", money, flow * factor, label=Label("{label}: present value", label)
    )
    return m.result(name, money, row.sum(), label=label)


def years_discounted(m: Model, timing: str) -> Expr:
    """The years by which a period's flow is discounted. At periods' ends: t / periods a year, so
    that closing is not discounted; mid-period: half a period less, closing not; first period
    discounted: a period more, closing too, as a spreadsheet's NPV() does."""
    t = m.period
    if timing == "mid_period":
        t = (t + maximum(0, t - 1)) / (expr(1) + 1)
    elif timing == "first_period_discounted":
        t = t + 1
    return t / m.per_year


def returns(v: Venture, loan: Loan, f: Flows, basis: str, timing: str, rules: Rules) -> None:
    """NPV, IRR, MIRR of project and equity, the project's BCR and payback, levelised costs and the
    break-even price. basis, timing: how discount rates are quoted, flows are discounted."""
    m, money = v.plant.model, v.plant.currency
    with m.section("Returns"):
        factors, npvs = {}, {}
        for whose, flow in (("project", f.project), ("equity", f.equity)):
            rate = nominal_rate(m, v.plant.economy, whose, basis)
            factors[whose] = m.rate(f"discount_factor_{whose}", "1",
                                    1 / (1 + rate) ** years_discounted(m, timing),
                                    label=Label("Discount factor: {whose}", whose),
                                    note=timing.replace("_", " "))  # fmt: skip
            npvs[whose] = present_value(m, f"{whose}_npv", money, flow, factors[whose],
                                        f"{whose.capitalize()} NPV")  # fmt: skip
            m.result(
                f"{whose}_irr", "1", flow.irr(), label=Label("{whose} IRR", whose.capitalize())
            )
        _modified_irr(v, loan, f, factors["project"] if timing == PERIOD_ENDS else None)
        _benefit_cost_ratio(v, f, factors["project"], npvs["project"])
        payback(v, f.project, "", "Payback")
        payback(v, m["project_npv_by_period"], "discounted_", "Discounted payback")
    _levelised_cost(v, factors, npvs, rules.regime, timing)
    _products(v, factors["project"], npvs["project"], rules.regime)
    if rules.proportional:
        _break_even(v, factors["project"], npvs["project"], rules.regime)


def _modified_irr(v: Venture, loan: Loan, f: Flows, reinvested: Line | None) -> None:
    """MIRR of project and owner: what is put in is borrowed, what comes out is reinvested.

    (future value of the positive flows at the reinvestment rate, at the model's last period /
    present value of the negative flows at the finance rate)^(1 / years) - 1. Reinvestment: the
    project's discount rate. Finance: the loans' interest over their balances as an effective rate,
    the project's rate where nothing is lent. Blank where no flow is negative or none positive.
    Flows fall at the periods' ends, as for the IRR. reinvested: discount factors at the project's
    rate.
    Lin 1976, The Engineering Economist 21, 237-247; the function MIRR of spreadsheets.
    """
    m, money = v.plant.model, v.plant.currency
    lent = m.result("rate_of_loans_mean", "1", ratio(loan.interest.sum(), loan.balance.sum()),
                    label="Interest rate per period, mean over the loans' life")  # fmt: skip
    rate = m["discount_rate_project_nominal"]
    finance = m.result("mirr_finance_rate", "1",
                       where(loan.debt > 0, (1 + lent.or_else(0)) ** m.per_year - 1, rate),
                       label="Finance rate of the MIRR")  # fmt: skip
    if reinvested is None:
        reinvested = m.rate("discount_factor_reinvested", "1",
                            1 / (1 + rate) ** (m.period / m.per_year),
                            label="Discount factor: reinvestment rate of the MIRR")  # fmt: skip
    borrowed = m.rate("discount_factor_finance", "1",
                      1 / (1 + finance) ** (m.period / m.per_year),
                      label="Discount factor: finance rate of the MIRR")  # fmt: skip
    for whose, flow in (("project", f.project), ("equity", f.equity)):
        name, label = f"{whose}_mirr", f"{whose.capitalize()} MIRR"
        paid = present_value(m, f"{name}_outflow", money, maximum(-flow, 0), borrowed,
                             Label("{label}: negative flows", label))  # fmt: skip
        received = present_value(m, f"{name}_inflow", money, maximum(flow, 0), reinvested,
                                 Label("{label}: positive flows", label))  # fmt: skip
        growth = m.result(f"{name}_growth", "1", ratio(received, paid).or_else(0),
                          label=Label("{label}: positive over negative flows", label))  # fmt: skip
        rise = (1 + rate) * growth ** (m.per_year / m.end) - 1
        m.result(name, "1", ratio(rise, (paid > 0) & (received > 0)), label=label)


def _benefit_cost_ratio(v: Venture, f: Flows, factor: Line, npv: Result) -> None:
    """BCR: present value of benefits / present value of costs, at the project's rate.

    Benefits: cash received (sales when they are paid, bills avoided), salvage, grants. Costs:
    capital cost and VAT as they are paid and refunded, operating cost, rise in stores,
    replacements, tax without interest. Above 1 exactly where the project's NPV is positive.
    """
    m, money = v.plant.model, v.plant.currency
    benefits = present_value(m, "pv_benefits", money, v.receipts + v.salvage + f.grants, factor,
                             "Benefits")  # fmt: skip
    running = v.cost_paid + m["stores_rise"] + v.set_aside + m["project_tax.tax"]
    if v.kept_back is not None:
        running = running + v.kept_back
    costs = present_value(m, "pv_costs", money, v.capital_paid + v.vat_net + running, factor,
                          "Costs")  # fmt: skip
    m.result("project_bcr", "1", ratio(benefits, costs), label="Benefit-cost ratio (BCR)")
    m.check("benefits less costs is the npv", benefits - costs - npv, benefits)


def _levelised_cost(
    v: Venture, factors: Mapping[str, Line], npvs: Mapping[str, Result], regime: str, timing: str
) -> None:
    """Two levelised costs of energy (LCOE), each below its yardstick exactly where NPV is positive.

    lcoe_*: all costs and taxes but the tax on the energy's value, (PV of value x (1 - tax rate) -
    NPV) / PV of energy; SAM's for own use (Cashloan). Its yardstick is the price less income tax.
    It counts a tax relief on every cost, which losses carried forward may never bring.
    lcoe_all_taxes_*: all costs and all taxes, (PV of value - NPV) / PV of energy; SAM's for sales
    (Singleowner). Its yardstick is the price itself. The tax in it is that at the price as it is:
    at another price there would be another tax (see _break_even).
    Real: the same over energy at the real rate. Other benefits (ash, digestate) are deducted.
    """
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    with m.section("Levelised cost of energy"):
        tax_rate = _tax_rate(v, regime)
        inflation = plant.economy["inflation"]
        for whose, suffix in (("equity", ""), ("project", "_project")):
            factor, rate = factors[whose], m[f"discount_rate_{whose}_nominal"]
            value = present_value(m, f"pv_energy_value{suffix}", money, v.energy_value, factor,
                                  Label("Value of energy, {whose} rate", whose))  # fmt: skip
            real = m.rate(f"discount_factor_real{suffix}", "1",
                          1 / ((1 + rate) / (1 + inflation)) ** years_discounted(m, timing),
                          label=Label("Discount factor: real, {whose}", whose))  # fmt: skip
            energy = {
                "nominal": present_value(m, f"pv_energy{suffix}", "kWh", v.energy, factor,
                                         Label("Energy, {whose} rate", whose)),
                "real": present_value(m, f"pv_energy_real{suffix}", "kWh", v.energy, real,
                                      Label("Energy, real {whose} rate", whose)),
            }  # fmt: skip
            who = "owner, after finance" if whose == "equity" else "project"
            for basis, kwh in energy.items():
                m.result(f"lcoe_{basis}{suffix}", f"{money}/kWh",
                         ratio(value * (1 - tax_rate) - npvs[whose], kwh),
                         label=Label("LCOE {basis}, after tax relief ({who})", basis, who),
                         note="compare with the price less income tax")  # fmt: skip
                m.result(f"lcoe_{basis}_all_taxes{suffix}", f"{money}/kWh",
                         ratio(value - npvs[whose], kwh),
                         label=Label("LCOE {basis}, with all taxes ({who})", basis, who),
                         note="compare with the price")  # fmt: skip


def _tax_rate(v: Venture, regime: str) -> Expr:
    """The tax on one more baht of the energy's value, as a levelised cost counts it."""
    return v.plant.economy["income_tax_rate"] if regime == "company" else expr(0)


def _products(v: Venture, factor: Line, npv: Result, regime: str) -> None:
    """Levelised cost of each product that the technology names, of the project: as the LCOE.

    PV of its own value / PV of all value x cost / PV of its quantity: cost is shared in proportion
    to what the products earn. Cost: PV of all value x (1 - tax rate) - NPV, or with all taxes PV of
    all value - NPV. Where one product earns all, it bears all.
    """
    m, money = v.plant.model, v.plant.currency
    with m.section("Levelised cost by product"):
        value = m["pv_energy_value_project"]
        for product in v.plant.products:
            name, unit = product.name, product.quantity.text.unit
            own = present_value(m, f"pv_{name}_value", money, total(product.values), factor,
                                Label("Value of {name}", name))  # fmt: skip
            for basis, by in (("nominal", factor), ("real", m["discount_factor_real_project"])):
                amount = present_value(m, f"pv_{name}_{basis}", unit, product.quantity, by,
                                       f"{name.capitalize()}, {basis} rate")  # fmt: skip
                for kind, tax, label in (("", _tax_rate(v, regime), "after tax relief"),
                                         ("_all_taxes", expr(0), "with all taxes")):  # fmt: skip
                    m.result(f"levelised_cost_{name}_{basis}{kind}", f"{money}/{unit}",
                             ratio(own * (value * (1 - tax) - npv), value * amount),
                             label=Label("Levelised cost of {name}, {basis}, {label} (project)",
                                         name, basis, label),
                             note="by share of the energy's value")  # fmt: skip


def _break_even(v: Venture, factor: Line, npv: Result, regime: str) -> None:
    """The factor on all energy prices, and the mean price, at which the project's NPV is nil.

    factor = 1 - NPV / PV of the energy's value as it is paid, less the tax on it; price = factor x
    PV of value / PV of energy. The plant runs as it does now: another price may bring other uses.
    Income tax is in proportion only where losses are absorbed; otherwise there is no such formula.
    """
    m, money, economy = v.plant.model, v.plant.currency, v.plant.economy
    with m.section("Break-even price of energy"):
        tax: Expr = expr(0)
        if regime == "company":
            tax = v.energy_value * economy["income_tax_rate"]
        elif regime == "presumptive":
            tax = v.energy_collected * economy["presumptive_tax_rate"]
        cash = v.energy_value - v.energy_sales + v.energy_collected
        kept = present_value(m, "pv_energy_cash", money, cash - tax, factor,
                             "Value of energy, as paid, after the tax on it")  # fmt: skip
        value, energy = m["pv_energy_value_project"], m["pv_energy_project"]
        m.result("break_even_factor", "1", ratio(kept - npv, kept),
                 label="Factor on energy prices at which the project's NPV is nil")  # fmt: skip
        m.result("break_even_price", f"{money}/kWh", ratio(value * (kept - npv), energy * kept),
                 label="Break-even price of energy (project)",
                 note="levelised, nominal; compare with the price")  # fmt: skip


def payback(v: Venture, flow: Line, prefix: str, label: str) -> None:
    """Years until the accumulated flow is nil again after its lowest point, interpolated within the
    period; from closing and from commissioning. Blank if never."""
    m, money = v.plant.model, v.plant.currency
    so_far = m.cumulative(
        f"{prefix}payback_cumulative", flow, label=Label("{label}: accumulated flow", label)
    )
    trough = so_far <= so_far.lowest()
    at = m.rate(f"{prefix}payback_trough", "1", trough, label=Label("{label}: lowest point", label))
    lowest = m.result(f"{prefix}payback_trough_period", "period", at.first().or_else(0),
                      label=Label("{label}: period of the lowest point", label))  # fmt: skip
    crossing = (m.period > lowest) & (so_far >= 0) & (so_far.previous < 0)
    step = m.line(f"{prefix}payback_step", money, where(crossing, flow, 0),
                  label=Label("{label}: flow of the period that pays back", label))  # fmt: skip
    short = where(crossing, so_far.previous, 0)
    years = m.ratio(f"{prefix}payback_at", (m.period - 1) * step - short, step * m.per_year,
                    label=Label("{label}: years where it falls", label))  # fmt: skip
    m.result(
        f"{prefix}payback_years", "year", years.lowest(), label=Label("{label} from closing", label)
    )
    since = (m.period - 1 - v.plant.commissioning) * step - short
    later = m.ratio(f"{prefix}payback_later_at", since, step * m.per_year,
                    label=Label("{label}: years from commissioning where it falls",
                                label))  # fmt: skip
    m.result(f"{prefix}payback_years_from_commissioning", "year", later.lowest(),
             label=Label("{label} from commissioning", label))  # fmt: skip
