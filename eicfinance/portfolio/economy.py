"""Figures that all projects of a portfolio share, those of a borrower, and the credit policy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eicfinance.portfolio.declare import Choice, Declaration, Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eicfinance.portfolio.figures import Values

OWN = "the portfolio's own; no default"
ECONOMY = Declaration(
    name="economy",
    title="Economy",
    choices=(
        Choice("price_base", ("closing", "commissioning"), "closing",
               "When prices are quoted: at closing, or for the first year of operation"),
        Choice("discount_basis", ("nominal", "real"), "nominal", "Discount rates are quoted"),
        Choice("discount_timing", ("period_ends", "mid_period", "first_period_discounted"),
               "period_ends",
               "Flows are discounted from the periods' ends, closing not at all; from the middle "
               "of the periods; or closing too, by a period, as a spreadsheet's NPV() does"),
        Choice("loan_rate_basis", ("nominal", "effective"), "nominal", "Loan rates are quoted"),
        Choice("gwp_set", ("AR4", "AR5", "AR6"), "AR5",
               "Warming potentials over 100 years, by IPCC assessment report"),
        Choice("grid_factor", ("TGO_2022", "TGO_2026", "TGO_2026_upstream"), "TGO_2026",
               "Emission factor of the grid, by publication"),
    ),
    figures=(
        Figure("inflation", "1/year", 0.02, "Inflation", 0.01, 0.03, -0.5, 5,
               source="assumption; Bank of Thailand target 1-3%"),
        Figure("income_tax_rate", "1", 0.20, "Income tax, company", 0.15, 0.20, 0, 1,
               source="Thai corporate income tax 20%; assumption for small firms",
               decision=True),
        Figure("presumptive_tax_rate", "1", 0.005, "Presumptive tax, share of cash sales",
               0, 0.02, 0, 1,
               source="assumption; Thai Revenue Code s. 48(2): 0.5% of gross income at least",
               decision=True),
        Figure("loss_years", "year", 5, "Tax losses are carried forward", 0, 10, 0, 50,
               source="Thai law: 5 years",
               decision=True),
        Figure("vat", "1", 0.07, "VAT on capital cost", 0.07, 0.10, 0, 1, source="Thai VAT 7%",
               decision=True),
        Figure("vat_refund_months", "month", 4, "VAT is refunded after (registered firms)",
               2, 12, 0, 60),
        Figure("grid_emission_factor", "kgCO2e/kWh", 0.4750, "Emission factor of the grid",
               0.4750, 0.5562, 0, 3, source="the publication that grid_factor names"),
        Figure("gwp_methane", "tCO2e/tCH4", 28, "Warming potential of methane, not fossil",
               25, 28, 1, 100, source="the set that gwp_set names"),
        Figure("gwp_nitrous_oxide", "tCO2e/tN2O", 265, "Warming potential of nitrous oxide",
               265, 298, 1, 1000, source="the set that gwp_set names"),
        Figure("biomass_methane", "kgCH4/TJ", 30, "Methane of burning solid biomass",
               10, 100, 0, 1000, source="IPCC 2006 vol. 2 tables 2.2, 2.3: 30 (10-100)"),
        Figure("biomass_nitrous_oxide", "kgN2O/TJ", 4, "Nitrous oxide of burning solid biomass",
               1.5, 15, 0, 100, source="IPCC 2006 vol. 2 tables 2.2, 2.3: 4 (1.5-15)"),
    ),
)  # fmt: skip
SETS: dict[str, dict[str, dict[str, tuple[float, str]]]] = {  # choice -> option -> figures
    "gwp_set": {  # methane of lagoons, manure and biomass: not fossil (fossil: AR5 30, AR6 29.8)
        "AR4": {"gwp_methane": (25, "IPCC AR4 (2007) WG I table 2.14, 100 years"),
                "gwp_nitrous_oxide": (298, "IPCC AR4 (2007) WG I table 2.14, 100 years")},
        "AR5": {"gwp_methane": (28, "IPCC AR5 (2013) WG I table 8.A.1, 100 years"),
                "gwp_nitrous_oxide": (265, "IPCC AR5 (2013) WG I table 8.A.1, 100 years")},
        "AR6": {"gwp_methane": (27.0, "IPCC AR6 (2021) WG I table 7.15, 100 years"),
                "gwp_nitrous_oxide": (273, "IPCC AR6 (2021) WG I table 7.15, 100 years")},
    },
    "grid_factor": {
        "TGO_2022": {"grid_emission_factor": (0.4999, "TGO for 2022-25")},
        "TGO_2026": {"grid_emission_factor":
                     (0.4750, "TGO from 1 Jan 2026, upstream 0.0812 apart")},
        "TGO_2026_upstream": {"grid_emission_factor":
                              (0.5562, "TGO from 1 Jan 2026: 0.4750 and upstream 0.0812")},
    },
}  # fmt: skip


def of_sets(choices: Mapping[str, str], values: Values) -> Values:
    """The figures that a named set gives, where the portfolio does not give its own."""
    named = [found for choice, sets in SETS.items() for found in sets[choices[choice]].items()]
    return {
        name: replace(values[name], number=number, source=source)
        for name, (number, source) in named
        if name in values and not values[name].given
    }


DISCOUNTS = Declaration(
    name="discount_rates",
    title="Discount rates (under economy)",
    prefix="discount_",
    figures=(
        Figure("discount_project", "1/year", None,
               "Discount rate: project (nominal after-tax WACC)",
               least=-0.5, most=5, source=OWN, decision=True),
        Figure("discount_equity", "1/year", None, "Discount rate: equity (hurdle)",
               least=-0.5, most=5, source=OWN, decision=True),
        Figure("discount_lender", "1/year", None, "Discount rate: lender (marginal cost of funds)",
               least=-0.5, most=5, source=OWN, optional=True,
               decision=True),
        Figure("discount_public", "1/year", None, "Discount rate: public",
               least=-0.5, most=5, source=OWN, optional=True,
               decision=True),
        Figure("discount_household", "1/year", None, "Discount rate: household (cost of credit)",
               least=-0.5, most=5, source=OWN, optional=True,
               decision=True),
    ),
)  # fmt: skip


def tariffs(technologies: Iterable[Declaration]) -> Declaration:
    """The prices that may be given once for all projects."""
    found: dict[str, list[Figure]] = {}
    for figure in (f for declared in technologies for f in declared.figures if f.tariff):
        found.setdefault(figure.name, []).append(figure)
    figures = (
        replace(
            same[0], default=None, optional=True, when=None,
            low=min((f.low for f in same if f.low is not None), default=None),
            high=max((f.high for f in same if f.high is not None), default=None),
            source="; ".join(dict.fromkeys(part for f in same for part in f.source.split("; "))),
        )
        for same in found.values()
    )  # fmt: skip
    return Declaration("tariffs", "Prices for all projects (under economy)", tuple(figures))


ESCALATION = Declaration(
    name="escalation",
    title="Price rises (under economy, or of a project)",
    prefix="escalation_",
    figures=tuple(
        Figure(f"escalation_{name}", "1/year", None, f"Price rise per year: {label}",
               least=-0.5, most=5, source="inflation of the portfolio", optional=True)
        for name, label in (
            ("general", "general"), ("electricity", "electricity"), ("fuel", "fuels"),
            ("feedstock", "husk, litter, straw"), ("labour", "labour"),
            ("operation", "operation and maintenance"),
        )
    ),
)  # fmt: skip
CONSTANTS = (  # name, value, unit, source
    ("months_per_year", 12, "month/year", "definition"),
    ("days_per_year", 365, "day/year", "definition"),
    ("hours_per_year", 8760, "kWh/kW", "definition: hours in a year, kWh a kW"),
    ("kg_per_t", 1000, "kg/t", "definition"),
    ("kg_per_t_co2e", 1000, "kgCO2e/tCO2e", "definition"),
    ("kg_per_t_ch4", 1000, "kgCH4/tCH4", "definition"),
    ("kg_per_t_n2o", 1000, "kgN2O/tN2O", "definition"),
    ("mj_per_tj", 1e6, "MJ/TJ", "definition"),
    ("kwh_per_tj", 1e6 / 3.6, "kWh/TJ", "definition"),
    ("w_per_kw", 1000, "Wp/kWp", "definition"),
    ("methane_density", 0.716, "kgCH4/Nm3", "methane at 0 degC and 101.325 kPa"),
    ("methane_heat", 35.8 / 3.6, "kWh/Nm3", "lower heating value 35.8 MJ/Nm3 at 0 degC"),
)
BORROWER = Declaration(
    name="borrower",
    title="Borrower",
    choices=(
        Choice("tax_regime", ("company", "presumptive", "none"), "company", "How it is taxed"),
        Choice("losses", ("carried_forward", "absorbed", "refunded"), "carried_forward",
               "Tax losses are carried forward, or absorbed at once by the host's other profit, or "
               "the state pays out the tax on them at the year's end"),
        Choice("vat_registered", ("by_tax_regime", "registered", "not_registered"), "by_tax_regime",
               "VAT on capital cost is refunded to registered firms; by tax regime: companies"),
    ),
    figures=(
        Figure("cash_flow", "THB/month", 0,
               "Cash flow of the existing business before debt service", least=None),
        Figure("debt_service", "THB/month", 0, "Debt service on existing debts"),
        Figure("promoter_cash", "THB", 0, "Promoter's evidenced cash"),
        Figure("collateral", "THB", 0, "Collateral offered, at the bank's value"),
        Figure("cash_buffer_months", "month", 6, "Cash kept for debts, months of debt service",
               0, 12, 0, 120, source="assumption: what is beyond it the owner takes out"),
        Figure("collateral_haircut", "1", 0.30, "Collateral brings less in a forced sale, by",
               0.20, 0.60, 0, 1, source="assumption: land 30%, machines up to 60%"),
        Figure("months_to_sell", "month", 24, "Collateral is sold after default, after",
               18, 30, 0, 240, source="assumption: 18-30 months"),
    ),
)  # fmt: skip
POLICY = Declaration(
    name="credit_policy",
    title="Credit policy",
    figures=(
        Figure("dscr_min", "1", 1.20, "Minimum DSCR, trailing twelve months", 1.0, 2.0, 0, 10,
               source="assumption: default set, DSCR 1.20"),
        Figure("loan_share_max", "1", 0.70, "Maximum loan share of capital cost less grants",
               0.5, 0.85, 0, 1, source="assumption: default set, 70-80%"),
        Figure("collateral_cover_min", "1", 1.0, "Minimum collateral cover", 0.6, 1.5, 0, 10,
               source="assumption: default set, 100%"),
        Figure("debt_to_equity_max", "1", 2.5, "Maximum debt to equity", 1, 4, 0, 50,
               source="assumption: default set"),
        Figure("probability_of_default_max", "1", 0.05, "Maximum probability of default",
               0.01, 0.10, 0, 1, source="assumption: default set, 5%"),
        Figure("equity_irr_min", "1/year", 0.12, "Minimum equity IRR", 0.08, 0.20, -0.5, 5,
               source="assumption: default set"),
        Figure("tenor_max", "year", 10, "Maximum tenor", 5, 15, 0, 50,
               source="assumption: default set, 8-10 years"),
    ),
)  # fmt: skip
