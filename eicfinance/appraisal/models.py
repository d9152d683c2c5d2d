"""The model of each site and project: their parts put together in the order of calculation.

A pool (a load, a by-product) belongs to a site. The first project that takes from it is given all
of it, each later one what is left in that period; when an earlier project's life is
over, its share is free again. Where a site or project stands for several equal ones (count), what
one of them is given is the amount of all divided by their number: 60 t a site of 2 sites, less 10 t
taken by each of 3 projects, leave 90 t, or 22.5 t for each of 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.agreed import terms_of
from eicfinance.appraisal.bridging import bridging
from eicfinance.appraisal.calendar import MONTHS, horizon, per_period
from eicfinance.appraisal.cluster import host_input, value_input
from eicfinance.appraisal.committed import (
    committed_sources,
    grants,
    share_of_owner,
)
from eicfinance.appraisal.decision import credit_policy
from eicfinance.appraisal.economic import appraise_economics, credits_of
from eicfinance.appraisal.repaying import repay
from eicfinance.appraisal.stages import stages
from eicfinance.appraisal.valley import death_valley, funding_gap
from eicfinance.finance.carbon import abatement_cost
from eicfinance.finance.cover import coverage, life_coverage
from eicfinance.finance.loan import Loan, financing
from eicfinance.finance.reserve import debt_service_reserve
from eicfinance.finance.returns import Flows, flows, returns
from eicfinance.finance.sizing import size
from eicfinance.finance.tax import Rules, depreciation, income_tax
from eicfinance.finance.venture import Venture, venture
from eicfinance.model.expr import Expr, expr, maximum, total
from eicfinance.model.label import Label
from eicfinance.model.model import Input, Line, Model
from eicfinance.portfolio.economy import CONSTANTS
from eicfinance.portfolio.reader import Portfolio
from eicfinance.portfolio.risk import CASH, OUTPUT
from eicfinance.portfolio.shares import PROMOTER_SHARE
from eicfinance.portfolio.source import BadInput, Problem
from eicfinance.technologies import sites, technologies
from eicfinance.technologies.plant import Plant, Premises

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.appraisal.case import Case
    from eicfinance.finance.economics import Item
    from eicfinance.portfolio.reader import Entry, ProjectEntry, Value


@dataclass(frozen=True, slots=True)
class ProjectCase:
    """A project with its model and the lines that others need."""

    entry: ProjectEntry
    borrower: Entry
    model: Model
    plant: Plant
    venture: Venture
    loan: Loan
    flows: Flows
    economics: tuple[Item, ...] | None  # of the economic account, where there is one


@dataclass(frozen=True, slots=True)
class Supply:
    """A pool: what one of a site's ``count`` equal ones offers, and what projects take of it."""

    model: Model
    line: Line
    count: int
    takers: list[tuple[ProjectEntry, Model, Line]] = field(default_factory=list)


def _model(portfolio: Portfolio, name: str, periods: int) -> Model:
    ppy = portfolio.periods_per_year
    place = -(-portfolio.closing[1] * ppy // MONTHS)  # calendar place of period 0
    return Model(name, periods, ppy, place)


def _vat_refunded(borrower: Entry) -> bool:
    """Whether VAT comes back: as the portfolio says, else to companies only."""
    said = borrower.choices["vat_registered"]
    return (
        borrower.choices["tax_regime"] == "company"
        if said == "by_tax_regime"
        else said == "registered"
    )


def _inputs(m: Model, values: Mapping[str, Value], shared: bool = False) -> dict[str, Input]:
    return {
        name: value_input(m, name, v, v.figure.label, shared=shared or v.shared)
        for name, v in values.items()
    }


def _economy(m: Model, portfolio: Portfolio, own: Mapping[str, Value]) -> dict[str, Input]:
    """The shared inputs and constants of the economy; a project's own escalation stands alone."""
    with m.section("Economy"):
        shared = {n: v for n, v in portfolio.economy.values.items() if n not in own}
        made = _inputs(m, shared, shared=True) | _inputs(m, own)
        for name, value, unit, source in CONSTANTS:
            made[name] = m.constant(name, value, unit, source)
    return made


def _seasons(case: Case, m: Model, entry: Entry) -> dict[str, Any]:
    month, monthly = case.portfolio.closing[1], m.periods_per_year == MONTHS
    return {
        name: m.vector(f"season_{name}", per_period(shares, m.periods_per_year, month), "1",
                       label=Label("Share of a year: {name}", name),
                       key=case.portfolio.key_of(entry.name, f"seasons.{name}") if monthly else "")
        for name, shares in entry.seasons.items()
    }  # fmt: skip


def site_model(case: Case, entry: Entry) -> Model:
    portfolio = case.portfolio
    periods = max(horizon(portfolio, project) for project in portfolio.projects)
    m = _model(portfolio, entry.name, periods)
    with m.section(entry.title):
        premises = Premises(m, _inputs(m, entry.values), _seasons(case, m, entry),
                            portfolio.risk.hits_on(entry.name))  # fmt: skip
        sites()[entry.kind].build(premises)
    for pool, line in premises.offers.items():
        case.pools[entry.name, pool] = Supply(m, line, entry.count)
    return m


def _available(
    case: Case, entry: ProjectEntry, m: Model, count: Input
) -> tuple[dict[str, Line], dict[str, Line]]:
    """What one unit may take: what all sites offer, less what earlier projects take, over units;
    and of the latter what projects of the same technology take."""
    available: dict[str, Line] = {}
    alike: dict[str, Line] = {}
    with m.section("From the cluster"):
        for pool, owner in entry.takes.items():
            if owner not in case.pools:
                text = f"{owner[0]} has no {owner[1]}: its figures are nil; give them under sites"
                raise BadInput([Problem(entry.place, f"{entry.name}.takes.{pool}", text)])
            supply = case.pools[owner]
            case.order_of_use.append((".".join(owner), entry.name))
            label = Label("{owner}: {pool}", *owner)
            offered = m.given(f"{pool}_given", supply.model, supply.line, label=label)
            taken: list[Expr] = []
            same: list[Expr] = []
            for taker, model, line in supply.takers:
                one = m.given(f"{pool}_taken_by_{taker.name}", model, line,
                              label=Label("{label} taken by one of {name}",
                                          label, taker.name))  # fmt: skip
                taken.append(one * _count(case, m, taker.name, taker.count))
                if taker.kind == entry.kind:
                    same.append(taken[-1])
            left: Expr = offered * _count(case, m, owner[0], supply.count)
            if taken:
                left = maximum(0, left - total(taken))
            available[pool] = m.line(f"{pool}_available", offered.text.unit, left / count,
                                     label=Label("Available to one: {label}", label))  # fmt: skip
            if same:
                alike[pool] = m.line(f"{pool}_taken_alike", offered.text.unit, total(same) / count,
                                     label=Label("Taken by projects of the same kind: {label}",
                                                 label),
                                     note="over units")  # fmt: skip
    return available, alike


def _count(case: Case, m: Model, name: str, count: int) -> Input:
    """The number of equal sites or units: one cell for all models that use it."""
    known = m.inputs.get(f"{name}_count")
    if known is not None:
        return known
    return m.input(f"{name}_count", count, "1", source="the portfolio", shared=True,
                   label=Label("Number of equal units: {name}", name),
                   key=case.portfolio.key_of(name, "count"))  # fmt: skip


def project_model(case: Case, entry: ProjectEntry) -> ProjectCase:
    portfolio, borrower = case.portfolio, case.portfolio.borrowers[entry.borrower]
    technology = technologies()[entry.kind]
    m = _model(portfolio, entry.name, horizon(portfolio, entry))
    economy = _economy(m, portfolio, entry.escalation)
    with m.section("Project"):
        count = _count(case, m, entry.name, entry.count)
        x = _inputs(m, entry.values)
    available, alike = _available(case, entry, m, count)
    plant = Plant(
        model=m, x=x, season=_seasons(case, m, entry), choice=entry.choices,
        available=available, alike=alike, economy=economy, currency=portfolio.currency,
        vat_refunded=_vat_refunded(borrower),
        price_base=portfolio.economy.choices["price_base"], count=count,
        hit=OUTPUT in portfolio.risk.hits_on(entry.name),
    )  # fmt: skip
    plant.start()
    technology.build(plant)
    _premium(entry, plant)
    for pool, owner in entry.takes.items():
        if pool in plant.taken:
            case.pools[owner].takers.append((entry, m, plant.taken[pool]))
    with m.section("Terms of finance"):
        own = _inputs(m, entry.finance.values)
    plant.avoided()
    sold = credits_of(entry, plant)
    made = venture(plant, entry.finance.choices["replacement_reserve"], own, sold)
    return _finance(case, entry, borrower, made, own)


def _premium(entry: ProjectEntry, plant: Plant) -> None:
    """A fixed premium on the energy that is delivered and used, invoiced and paid as sales are."""
    if entry.premium is None or not plant.energies:
        return
    with plant.model.section("Revenue and savings"):
        each = value_input(plant.model, "tariff_premium", entry.premium, entry.premium.figure.label)
        plant.revenue("premium", total(plant.energies) * each, "Tariff premium")


def _finance(
    case: Case, entry: ProjectEntry, borrower: Entry, made: Venture, own: Mapping[str, Input]
) -> ProjectCase:
    plant = made.plant
    m, basis = plant.model, case.portfolio.economy.choices
    with m.section("Terms of finance"):
        agreed = [
            terms_of(case.portfolio, m, entry, name, loan)
            for name, loan in entry.loan_names.items()
        ]
        host = {key: host_input(m, borrower, key) for key in ("cash_flow", "debt_service")}
    granted, received, signed = grants(entry, plant, made)
    chosen = entry.finance.choices
    reducing = granted if chosen["grant_basis"] == "reduces" else expr(0)
    written_off = depreciation(made, own, chosen["depreciation"], entry.depreciation_shares,
                               reducing)  # fmt: skip
    rules = Rules(borrower.choices["tax_regime"], borrower.choices["losses"],
                  own.get("holiday_years"), own.get("holiday_cap"))  # fmt: skip
    treatment = chosen["cfads"]
    with m.section("Cash flow"):
        available = m.line("cfads", plant.currency, label="Cash available for debt service (CFADS)",
                           note=treatment.replace("_", " "))  # fmt: skip
    loan = financing(made, agreed, chosen["drawdown"], basis["loan_rate_basis"],
                     granted, available)  # fmt: skip
    reserve = chosen["reserve_funding"]
    if reserve != "none":
        loan = debt_service_reserve(made, loan, available, own, reserve, basis["loan_rate_basis"])
    project_tax = income_tax(made, "project_tax", "Tax without interest", written_off, None, rules)
    tax = income_tax(made, "tax", "Tax", written_off, loan.interest, rules)
    found = flows(made, loan, received, project_tax, tax, available, treatment)
    returns(made, loan, found, basis["discount_basis"], basis["discount_timing"], rules)
    coverage(made, loan, found, host["cash_flow"], host["debt_service"])
    life_coverage(made, loan, found)
    size(made, agreed, granted)
    abatement_cost(made)
    items = appraise_economics(entry, case.portfolio.economic, made, found)
    valley = death_valley(made, project_tax)
    share = share_of_owner(m, PROMOTER_SHARE, own)
    committed = committed_sources(entry, borrower, plant, share, signed)
    funding_gap(made, loan, committed, project_tax, tax, valley)
    stages(made, agreed, project_tax, valley)
    bridging(made, loan, signed, entry.bridging)
    credit_policy(made, loan, agreed, found.equity, granted, case.portfolio)
    if entry.loans:
        hit = CASH in case.portfolio.risk.hits_on(borrower.name)
        repay(made, loan, borrower, own, hit)
    return ProjectCase(entry, borrower, m, plant, made, loan, found, items)
