"""Figures that all projects of a portfolio share, those of a borrower, and the credit policy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eicfinance.portfolio.declare import Choice, Declaration, Figure

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN = "the portfolio's own; no default (decision 2)"
ECONOMY = Declaration(
    name="economy",
    title="Economy",
    choices=(
        Choice("price_base", ("closing", "commissioning"), "closing",
               "When prices are quoted: at closing, or for the first year of operation"),
        Choice("discount_basis", ("nominal", "real"), "nominal", "Discount rates are quoted"),
        Choice("loan_rate_basis", ("nominal", "effective"), "nominal", "Loan rates are quoted"),
    ),
    figures=(
        Figure("inflation", "1/year", 0.02, "Inflation", 0.01, 0.03, -0.5, 5,
               source="assumption; Bank of Thailand target 1-3%"),
        Figure("income_tax_rate", "1", 0.20, "Income tax, company", 0.15, 0.20, 0, 1,
               source="Thai corporate income tax 20%; assumption for small firms"),
        Figure("presumptive_tax_rate", "1", 0.005, "Presumptive tax, share of cash sales",
               0, 0.02, 0, 1,
               source="assumption; Thai Revenue Code s. 48(2): 0.5% of gross income at least"),
        Figure("loss_years", "year", 5, "Tax losses are carried forward", 0, 10, 0, 50,
               source="Thai law: 5 years (decisions 14)"),
        Figure("vat", "1", 0.07, "VAT on capital cost", 0.07, 0.10, 0, 1, source="Thai VAT 7%"),
        Figure("vat_refund_months", "month", 4, "VAT is refunded after (registered firms)",
               2, 12, 0, 60),
        Figure("grid_emission_factor", "kgCO2e/kWh", 0.4750, "Emission factor of the grid",
               0.4750, 0.5562, 0, 3,
               source="TGO from 1 Jan 2026: 0.4750, upstream 0.0812 apart; 2022-25: 0.4999"),
        Figure("gwp_methane", "tCO2e/tCH4", 28, "Warming potential of methane", 27, 30, 1, 100,
               source="IPCC AR5, 100 years"),
    ),
)  # fmt: skip
DISCOUNTS = Declaration(
    name="discount_rates",
    title="Discount rates (under economy)",
    prefix="discount_",
    figures=(
        Figure("discount_project", "1/year", None,
               "Discount rate: project (nominal after-tax WACC)",
               least=-0.5, most=5, source=OWN),
        Figure("discount_equity", "1/year", None, "Discount rate: equity (hurdle)",
               least=-0.5, most=5, source=OWN),
        Figure("discount_lender", "1/year", None, "Discount rate: lender (marginal cost of funds)",
               least=-0.5, most=5, source=OWN, optional=True),
        Figure("discount_public", "1/year", None, "Discount rate: public",
               least=-0.5, most=5, source=OWN, optional=True),
        Figure("discount_household", "1/year", None, "Discount rate: household (cost of credit)",
               least=-0.5, most=5, source=OWN, optional=True),
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
    ("w_per_kw", 1000, "Wp/kWp", "definition"),
    ("methane_density", 0.716, "kgCH4/Nm3", "methane at 0 degC and 101.325 kPa"),
    ("methane_heat", 35.8 / 3.6, "kWh/Nm3", "lower heating value 35.8 MJ/Nm3 at 0 degC"),
)
BORROWER = Declaration(
    name="borrower",
    title="Borrower",
    choices=(
        Choice("tax_regime", ("company", "presumptive", "none"), "company", "How it is taxed"),
        Choice("losses", ("carried_forward", "absorbed"), "carried_forward",
               "Tax losses are carried forward, or absorbed by the host's other profit"),
        Choice("vat_registered", ("by_tax_regime", "registered", "not_registered"), "by_tax_regime",
               "VAT on capital cost is refunded to registered firms; by tax regime: companies"),
    ),
    figures=(
        Figure("cash_flow", "THB/month", 0,
               "Cash flow of the existing business before debt service", least=None),
        Figure("debt_service", "THB/month", 0, "Debt service on existing debts"),
        Figure("promoter_cash", "THB", 0, "Promoter's evidenced cash"),
        Figure("collateral", "THB", 0, "Collateral offered, at the bank's value"),
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
