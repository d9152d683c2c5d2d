"""What a portfolio says for the economic account and for the sale of carbon credits: declarations,
and how a project's section of it is read.

Shadow prices have no default: the user's country publishes them (planning ministry, development
bank). Without `economy: economic:` and a project's `economic:` there is no economic account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from eicfinance.portfolio import schema
from eicfinance.portfolio.declare import Choice, Declaration, Figure
from eicfinance.portfolio.problems import number_text
from eicfinance.portfolio.schema import section_model

if TYPE_CHECKING:
    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.figures import Figures, Value, Values
    from eicfinance.portfolio.problems import Steps

PUBLISHED = "the user's country publishes it; no default"
WORLD, DOMESTIC = "world_price", "domestic_price"
ECONOMIC = Declaration(
    name="economic",
    title="Economic account: shadow prices (under economy)",
    choices=(
        Choice("numeraire", (DOMESTIC, WORLD), DOMESTIC,
               "Values in domestic prices (traded items x SERF) or world prices (others x SCF)"),
        Choice("swrf_basis", ("numeraire", "domestic_price"), "numeraire",
               "Shadow wage rate factors are in the numeraire, or in domestic prices (then x SCF "
               "in world prices)"),
    ),
    figures=(
        Figure("serf", "1", None, "Shadow exchange rate factor (SERF)", 1, 1.2, 0.1, 10,
               source=PUBLISHED, when=("numeraire", DOMESTIC)),
        Figure("scf", "1", None, "Standard conversion factor (SCF)", 0.8, 1, 0.1, 10,
               source=PUBLISHED, when=("numeraire", WORLD)),
        Figure("swrf", "1", None, "Shadow wage rate factor (SWRF), unskilled labour", 0.5, 1, 0, 5,
               source=PUBLISHED),
        Figure("swrf_skilled", "1", None, "Shadow wage rate factor, skilled labour", 0.8, 1.2, 0,
               5, source="without it, its wage as a non-traded item", optional=True),
        Figure("avoided_cost_of_supply", "THB/kWh", None,
               "Avoided cost of supplying power, at border prices as far as it is traded",
               source=PUBLISHED, optional=True),
        Figure("supply_traded", "1", 1, "Traded share of the avoided cost of supply", 0.5, 1, 0, 1,
               source="assumption: fuel and equipment at border prices"),
        Figure("shadow_carbon_price", "THB/tCO2e", None, "Shadow price of carbon",
               source=PUBLISHED),
        Figure("shadow_carbon_escalation", "1/year", None, "Rise of the shadow price of carbon",
               least=-0.5, most=5, source="general price rise of the portfolio", optional=True),
        Figure("discount_economic", "1/year", 0.09, "Discount rate: economic, real", 0.06, 0.12,
               -0.5, 5, source="ADB, Guidelines for the Economic Analysis of Projects (2017): "
               "minimum required EIRR 9%"),
    ),
)  # fmt: skip
_SHARES = (
    Figure("traded", "1", None, "Share: traded goods, at border prices", 0, 1, 0, 1),
    Figure("unskilled", "1", None, "Share: unskilled labour", 0, 0.5, 0, 1),
    Figure("skilled", "1", 0, "Share: skilled labour", 0, 0.5, 0, 1,
           source="none named: among non-traded items"),
    Figure("transfers", "1", None, "Share: duties and taxes", 0, 0.3, 0, 1),
)  # fmt: skip
SHARES = Declaration(
    name="shares",
    title="Shares of a cost (capital, operating; the rest is non-traded)",
    figures=_SHARES,
)
FUEL = Figure("fuel_factor", "1", None, "Border price over market price of the fuel avoided",
              0.6, 1.2, 0, 10, source=PUBLISHED, optional=True)  # fmt: skip
PROJECT_ECONOMIC = Declaration("project_economic", "Economic account (of a project)", (FUEL,))
STREAM = Declaration(
    name="stream",
    title="A sale, saving or cost with a price of its own (one of economic.streams)",
    figures=(
        Figure("factor", "1", 1, "Economic price over market price", 0.5, 1.5, -10, 10),
        *(Figure(f.name, f.unit, 0, f.label, f.low, f.high, f.least, f.most,
                 source="none named: non-traded") for f in _SHARES),
    ),
)  # fmt: skip
EXTERNALITY = Declaration(
    name="externality",
    title="What others gain or lose (one of economic.externalities)",
    figures=(
        Figure("amount", "THB/year", None, "Worth per year of full output; a loss is negative",
               least=None),
        Figure("escalation", "1/year", None, "Price rise per year", least=-0.5, most=5,
               source="general price rise of the portfolio", optional=True),
        Figure("traded", "1", 0, "Share: traded goods, at border prices", 0, 1, 0, 1),
    ),
)  # fmt: skip
CARBON = Declaration(
    name="carbon",
    title="Carbon credits (of a project)",
    prefix="carbon_",
    choices=(
        Choice("in_cfads", ("counted", "not_counted"), "counted",
               "Whether the lender counts the sale of credits in CFADS"),
    ),
    figures=(
        Figure("carbon_price", "THB/tCO2e", None, "Price of carbon credits", 40, 175,
               source="T-VER averages FY2023-25: 37.66-174.52"),
        Figure("carbon_escalation", "1/year", None, "Price rise per year: carbon credits",
               least=-0.5, most=5, source="general price rise of the portfolio", optional=True),
        Figure("carbon_crediting_years", "year", 7, "Crediting years from commissioning", 7, 21, 0,
               50, source="assumption; CDM (3/CMP.1 annex, para. 49): 7, renewable twice, or 10",
               decision=True),
        Figure("carbon_credited_share", "1", 1, "Share of the avoided emissions that is credited",
               0.7, 1, 0, 1),
        Figure("carbon_buffer", "1", 0, "Share of the credits kept back as a buffer", 0, 0.2, 0, 1),
        Figure("carbon_registration_cost", "THB", 0, "Registration, paid at commissioning"),
        Figure("carbon_verification_cost", "THB", 300000, "Cost of a verification",
               200000, 500000, source="assumption; T-VER validation and verification 0.2-0.5 "
               "MTHB a cycle"),
        Figure("carbon_verification_years", "year", 1, "A verification every", 1, 5, 0.25, 20,
               decision=True),
        Figure("carbon_issuance_lag_months", "month", 6, "From verification to cash", 3, 18, 0,
               120),
    ),
)  # fmt: skip


class EconomicSection(schema.Strict):
    """The keys of a project's economic account that are not figures."""

    capital: dict[str, Any] = Field({}, description="see eicfinance list shares")
    operating: dict[str, Any] = Field({}, description="see eicfinance list shares")
    streams: list[Any] = Field([], description="see eicfinance list stream")
    externalities: list[Any] = Field([], description="see eicfinance list externality")


class StreamSection(schema.Strict):
    """The keys of a stream of the economic account that are not figures."""

    line: str = Field(min_length=1, description="the name of its line, as cost_fuel")


class ExternalitySection(schema.Strict):
    """The keys of an externality that are not figures."""

    name: schema.Name = Field(description=schema.SHORT_NAME)
    title: schema.OneLine = Field("", description=schema.FULL_NAME)
    source: schema.OneLine = Field("assumption", description="where the figures come from")


@dataclass(frozen=True, slots=True)
class Stream:
    """A sale, saving or cost of a technology by the name of its line."""

    line: str
    values: Values


@dataclass(frozen=True, slots=True)
class Externality:
    """What others gain or lose."""

    name: str
    title: str
    values: Values


@dataclass(frozen=True, slots=True)
class EconomicEntry:
    """A project's section of the economic account."""

    fuel_factor: Value | None
    capital: Values
    operating: Values
    streams: tuple[Stream, ...]
    externalities: tuple[Externality, ...]


def read_economic(checker: Checker, figures: Figures, at: Steps) -> EconomicEntry | None:
    """A project's section; None where it is left out."""
    if not checker.source.has(at):
        return None
    model = section_model(EconomicSection, PROJECT_ECONOMIC.figures, title="project_economic")
    found = checker.parse(model, at)
    own = figures.values(PROJECT_ECONOMIC.figures, found, at)
    if not checker.source.has(("economy", "economic")):
        text = "there are no shadow prices; add economy.economic (eicfinance list economic)"
        checker.refuse(at, text)
    capital, operating = (
        _shares(checker, figures, SHARES, schema.Strict, (*at, name))[1]
        for name in ("capital", "operating")
    )
    streams: list[Stream] = []
    for k in range(len(found.streams)):
        place = (*at, "streams", k)
        item, values = _shares(checker, figures, STREAM, StreamSection, place)
        if item.line in {stream.line for stream in streams}:
            checker.refuse(place, f'"{item.line}" stands here twice; take one out')
        streams.append(Stream(item.line, values))
    others: list[Externality] = []
    for k in range(len(found.externalities)):
        place = (*at, "externalities", k)
        section = section_model(ExternalitySection, EXTERNALITY.figures, title=EXTERNALITY.name)
        one = checker.parse(section, place)
        values = figures.values(EXTERNALITY.figures, one, place, source=one.source)
        if one.name in {other.name for other in others}:
            checker.refuse(place, f'another externality is called "{one.name}"; rename it')
        others.append(Externality(one.name, one.title or one.name.replace("_", " "), values))
    return EconomicEntry(own.get(FUEL.name), capital, operating, tuple(streams), tuple(others))


def _shares(
    checker: Checker,
    figures: Figures,
    declared: Declaration,
    base: type[schema.ModelT],
    at: Steps,
) -> tuple[schema.ModelT, Values]:
    """A section with shares, which sum to 1 at most."""
    model = section_model(base, declared.figures, title=declared.name)
    found = checker.parse(model, at)
    values = figures.values(declared.figures, found, at)
    whole = sum(values[f.name].number for f in _SHARES if f.name in values)
    if whole > 1 + 1e-9:
        text = f"the shares add up to {number_text(whole)}; at most 1; lower them"
        checker.refuse(at, text)
    return found, values
