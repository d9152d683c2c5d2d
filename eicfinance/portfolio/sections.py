"""What a portfolio holds beside technologies and kinds of site, as `eicfinance list` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.portfolio import fund, schema
from eicfinance.portfolio.bridging import BRIDGING, Bridging
from eicfinance.portfolio.declare import Declaration
from eicfinance.portfolio.economic import (
    CARBON,
    ECONOMIC,
    EXTERNALITY,
    PROJECT_ECONOMIC,
    SHARES,
    STREAM,
    EconomicSection,
    ExternalitySection,
    StreamSection,
)
from eicfinance.portfolio.economy import (
    BORROWER,
    DISCOUNTS,
    ECONOMY,
    ESCALATION,
    POLICY,
    tariffs,
)
from eicfinance.portfolio.risk import (
    CORRELATION,
    DRIVER,
    RISK,
    CorrelationSection,
    DriverSection,
    RiskSection,
)
from eicfinance.portfolio.sharing import FIRST_LOSS, GROUP, FirstLossSection, GroupSection

if TYPE_CHECKING:
    from eicfinance.portfolio.entries import Declarations

PORTFOLIO = Declaration("portfolio", "The file portfolio.yaml")
FUND_FILE = Declaration("fund_file", "The file fund.yaml")
SITE = Declaration("site", "Site (one of sites)")
SCENARIO = Declaration("scenario", "Named scenario (one of scenarios)")
PROJECT = Declaration("project", "Project (one of projects)")
LENDING = Declaration("lending", "Lending scheme (one of lending)")


def sections(declared: Declarations) -> list[tuple[Declaration, type[schema.Strict]]]:
    """Each section's declaration, and the model with its keys that are not declared."""
    return [
        (PORTFOLIO, schema.Top),
        (ECONOMY, schema.Economy),
        (DISCOUNTS, schema.Strict),
        (ESCALATION, schema.Strict),
        (ECONOMIC, schema.Strict),
        (tariffs(declared.technologies.values()), schema.Strict),
        (BORROWER, schema.Borrower),
        (SITE, schema.Site),
        (PROJECT, schema.Project),
        (declared.finance, schema.Finance),
        (declared.loan, schema.Loan),
        (declared.rate_step, schema.Strict),
        (declared.reference_rate, schema.Reference),
        (declared.grant, schema.Grant),
        (declared.committed, schema.Committed),
        (BRIDGING, Bridging),
        (CARBON, schema.Strict),
        (PROJECT_ECONOMIC, EconomicSection),
        (SHARES, schema.Strict),
        (STREAM, StreamSection),
        (EXTERNALITY, ExternalitySection),
        (POLICY, schema.Strict),
        (LENDING, schema.Lending),
        (SCENARIO, schema.Scenario),
        (RISK, RiskSection),
        (DRIVER, DriverSection),
        (CORRELATION, CorrelationSection),
        (GROUP, GroupSection),
        (FIRST_LOSS, FirstLossSection),
        (FUND_FILE, fund.Top),
        (declared.fund, schema.Strict),
    ]
