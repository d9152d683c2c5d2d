"""What a project returns, to itself and to its owner, and how well its cash covers its debts.

Present values are at effective annual rates, (1 + r)^(-t / periods a year); period 0 is not
discounted. Project figures are after tax without interest, equity figures after actual
tax. Real rates are turned nominal by (1 + real)(1 + inflation) - 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, expr, minimum, ratio, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.loan import Loan
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model, Result


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
                        v.flow_before_tax - tax + grants + loan.drawdown - loan.fee - loan.service,
                        label="Owner's cash flow")  # fmt: skip
        m.cumulative("equity_cumulative", equity, label="Owner's cash flow, accumulated")
        before = m.line("cfads_before_tax", money, v.cash_operations * v.plant.operating,
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

        fee = until("uses_fee", loan.fee, "Upfront fee")
        interest = until("uses_interest", loan.service, "Debt service during construction")
        vat = until("uses_vat", v.vat_net, "VAT not yet refunded")
        owed = v.capital_cost - until(
            "capital_paid_by_commissioning", v.capital_paid, "Capital cost paid"
        )
        uses = m.result("uses", money, v.capital_cost + fee + interest + vat, label="Uses")
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


def nominal_rate(v: Venture, whose: str, basis: str) -> Result:
    """A discount rate as a nominal effective annual rate."""
    economy, m = v.plant.economy, v.plant.model
    rate: Expr = economy[f"discount_{whose}"]
    if basis == "real":
        rate = (1 + rate) * (1 + economy["inflation"]) - 1
    label = f"Discount rate: {whose}, nominal"
    return m.result(f"discount_rate_{whose}_nominal", "1", rate, label=label)


def present_value(m: Model, name: str, money: str, flow: Expr, factor: Line, label: str) -> Result:
    """NPV as the sum of the discounted flow (a row and its total)."""
    row = m.line(f"{name}_by_period", money, flow * factor, label=f"{label}: present value")
    return m.result(name, money, row.sum(), label=label)


def returns(v: Venture, f: Flows, basis: str, regime: str) -> None:
    """NPV, IRR, payback of project and equity, and the levelised cost of energy."""
    m, money = v.plant.model, v.plant.currency
    with m.section("Returns"):
        factors, npvs = {}, {}
        for whose, flow in (("project", f.project), ("equity", f.equity)):
            rate = nominal_rate(v, whose, basis)
            factors[whose] = m.rate(f"discount_factor_{whose}", "1",
                                    1 / (1 + rate) ** (m.period / m.per_year),
                                    label=f"Discount factor: {whose}")  # fmt: skip
            npvs[whose] = present_value(m, f"{whose}_npv", money, flow, factors[whose],
                                        f"{whose.capitalize()} NPV")  # fmt: skip
            m.result(f"{whose}_irr", "1", flow.irr(), label=f"{whose.capitalize()} IRR")
        payback(v, f.project, "", "Payback")
        payback(v, m["project_npv_by_period"], "discounted_", "Discounted payback")
    _levelised_cost(v, factors, npvs, regime)


def _levelised_cost(
    v: Venture, factors: Mapping[str, Line], npvs: Mapping[str, Result], regime: str
) -> None:
    """Two levelised costs of energy (LCOE), each below its yardstick exactly where NPV is positive.

    lcoe_*: all costs and taxes but the tax on the energy's value, (PV of value x (1 - tax rate) -
    NPV) / PV of energy; SAM's for own use (Cashloan). Its yardstick is the price less income tax.
    It counts a tax relief on every cost, which losses carried forward may never bring.
    lcoe_all_taxes_*: all costs and all taxes, (PV of value - NPV) / PV of energy; SAM's for sales
    (Singleowner). Its yardstick is the price itself.
    Real: the same over energy at the real rate. Other benefits (ash, digestate) are deducted.
    """
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    with m.section("Levelised cost of energy"):
        tax_rate = plant.economy["income_tax_rate"] if regime == "company" else expr(0)
        inflation = plant.economy["inflation"]
        for whose, suffix in (("equity", ""), ("project", "_project")):
            factor, rate = factors[whose], m[f"discount_rate_{whose}_nominal"]
            value = present_value(m, f"pv_energy_value{suffix}", money, v.energy_value, factor,
                                  f"Value of energy, {whose} rate")  # fmt: skip
            real = m.rate(f"discount_factor_real{suffix}", "1",
                          1 / ((1 + rate) / (1 + inflation)) ** (m.period / m.per_year),
                          label=f"Discount factor: real, {whose}")  # fmt: skip
            energy = {
                "nominal": present_value(m, f"pv_energy{suffix}", "kWh", v.energy, factor,
                                         f"Energy, {whose} rate"),
                "real": present_value(m, f"pv_energy_real{suffix}", "kWh", v.energy, real,
                                      f"Energy, real {whose} rate"),
            }  # fmt: skip
            who = "owner, after finance" if whose == "equity" else "project"
            for basis, kwh in energy.items():
                m.result(f"lcoe_{basis}{suffix}", f"{money}/kWh",
                         ratio(value * (1 - tax_rate) - npvs[whose], kwh),
                         label=f"LCOE {basis}, after tax relief ({who})",
                         note="compare with the price less income tax")  # fmt: skip
                m.result(f"lcoe_{basis}_all_taxes{suffix}", f"{money}/kWh",
                         ratio(value - npvs[whose], kwh),
                         label=f"LCOE {basis}, with all taxes ({who})",
                         note="compare with the price")  # fmt: skip


def payback(v: Venture, flow: Line, prefix: str, label: str) -> None:
    """Years until the accumulated flow is nil again after its lowest point, interpolated within the
    period; from closing and from commissioning. Blank if never."""
    m, money = v.plant.model, v.plant.currency
    so_far = m.cumulative(f"{prefix}payback_cumulative", flow, label=f"{label}: accumulated flow")
    trough = so_far <= so_far.lowest()
    at = m.rate(f"{prefix}payback_trough", "1", trough, label=f"{label}: lowest point")
    lowest = m.result(f"{prefix}payback_trough_period", "period", at.first().or_else(0),
                      label=f"{label}: period of the lowest point")  # fmt: skip
    crossing = (m.period > lowest) & (so_far >= 0) & (so_far.previous < 0)
    step = m.line(f"{prefix}payback_step", money, where(crossing, flow, 0),
                  label=f"{label}: flow of the period that pays back")  # fmt: skip
    short = where(crossing, so_far.previous, 0)
    years = m.ratio(f"{prefix}payback_at", (m.period - 1) * step - short, step * m.per_year,
                    label=f"{label}: years where it falls")  # fmt: skip
    m.result(f"{prefix}payback_years", "year", years.lowest(), label=f"{label} from closing")
    since = (m.period - 1 - v.plant.commissioning) * step - short
    later = m.ratio(f"{prefix}payback_later_at", since, step * m.per_year,
                    label=f"{label}: years from commissioning where it falls")  # fmt: skip
    m.result(f"{prefix}payback_years_from_commissioning", "year", later.lowest(),
             label=f"{label} from commissioning")  # fmt: skip


def coverage(v: Venture, loan: Loan, f: Flows, host_cash: Input, host_debt: Input) -> None:
    """DSCR of the project, and global DSCR with the host's business and debts.

    Trailing twelve months, from the first full year of debt service (interest or principal) after
    commissioning to the last instalment; a loan that is repaid sooner has one ratio, over all its
    debt service after commissioning. Blank where nothing is due. The host's business is always
    counted over twelve months.
    """
    m, money, plant = v.plant.model, v.plant.currency, v.plant
    with m.section("Debt service cover"):
        due = m.rate("due", "1", (loan.service > 0) & (m.period > plant.commissioning),
                     label="Debt service is due")  # fmt: skip
        first = m.result("due_first_period", "period", due.first().or_else(0),
                         label="First debt service after commissioning")  # fmt: skip
        when = m.rate("due_period", "period", due * m.period, label="Period, where due")
        last = m.result("due_last_period", "period", when.highest(), label="Last debt service")
        span = m.result("dscr_periods", "period", minimum(m.per_year, last - first + 1),
                        label="Periods in a DSCR",
                        note="a year, or a shorter loan's time")  # fmt: skip
        full = (first > 0) & (m.period >= first + span - 1) & (m.period <= last)
        window = m.rate("dscr_counts", "1", full, label="The DSCR counts here")
        owed, owed_year = _trailing(m, "service", loan.paid, span, money, "Debt service")
        free, free_year = _trailing(m, "cfads", f.cfads, span, money, "CFADS")
        dscr = m.ratio("dscr", free, owed * window, label="DSCR")
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
    so_far = m.cumulative(f"{name}_total", flow, label=f"{label} so far")
    counted = m.stock(f"{name}_counted", money, so_far - so_far.lag(span),
                      label=f"{label} in the DSCR")  # fmt: skip
    year = m.stock(f"{name}_year", money, so_far - so_far.lag(m.per_year),
                   label=f"{label}, trailing twelve months")  # fmt: skip
    return counted, year


def _lowest(m: Model, name: str, series: Line, label: str) -> None:
    """The minimum of a ratio that may be blank, and the first period in which it is reached."""
    least = m.result(f"{name}_min", "1", series.lowest(), label=f"{label}, minimum")
    here = series.or_else(least.or_else(0) + 1) <= least.or_else(0)
    at = m.rate(f"{name}_at_min", "1", here, label=f"{label}: at its minimum")
    m.result(f"{name}_min_period", "period", at.first(), label=f"{label}: period of the minimum")
