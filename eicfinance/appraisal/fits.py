"""What a portfolio asks, each figure right by itself, that its models cannot hold together."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from eicfinance.appraisal.calendar import MONTHS, horizon, periods_of
from eicfinance.lending import schemes
from eicfinance.lending.deal import per_year
from eicfinance.model.expr import DUST
from eicfinance.portfolio.problems import Problem
from eicfinance.portfolio.scenarios import in_scenario
from eicfinance.risk.repayment import too_coarse

if TYPE_CHECKING:
    from collections.abc import Container

    from eicfinance.model.numeric import Run
    from eicfinance.portfolio.entries import LendingEntry, Portfolio, ProjectEntry


def tenors_fit(portfolio: Portfolio, project: ProjectEntry) -> list[Problem]:
    """What is wrong with a loan's tenor: it outlasts the project, or ends before all is drawn."""
    ppy = portfolio.periods_per_year
    building = project.values["construction_months"].number
    months = horizon(portfolio, project) * MONTHS // ppy
    problems = []
    for loan in project.loans:
        tenor, text = loan.values["tenor_months"].number, ""
        if loan.choices["grace"] == "before_tenor":
            tenor += loan.values["grace_months"].number
        if tenor > months:
            text = f"ends after the project ({months} months); shorten it"
        elif periods_of(tenor, ppy) <= periods_of(building, ppy):
            text = f"ends before the plant is built ({building:g} months); lengthen it"
        if text:
            key = f"{project.name}.finance.{loan.name}.tenor_months"
            sentence = f"the loan's tenor of {tenor:g} months {text}"
            place = portfolio.place_of(loan.values["tenor_months"], project.place)
            problems.append(Problem(place, key, sentence))
    return problems


def hits_fit(portfolio: Portfolio, pools: Container[tuple[str, str]]) -> list[Problem]:
    """An event takes from pools that are there. pools: site and name of each."""
    sites = {site.name for site in portfolio.sites}
    return [
        Problem(
            hit.place, f"risk.drivers.{event.name}.hits.{hit.owner}.{hit.what}",
            f"{hit.owner} has no {hit.what}: its figures are nil; give them under sites, or take "
            "this out",
        )
        for event in portfolio.risk.events
        for hit in event.hits
        if hit.owner in sites and (hit.owner, hit.what) not in pools
    ]  # fmt: skip


def sharing_fits(portfolio: Portfolio) -> list[Problem]:
    """Groups and a first loss need periods in which arrears age."""
    why, risk = too_coarse(portfolio.periods_per_year), portfolio.risk
    named = [(f"risk.groups.{group.project}", group.place) for group in risk.groups]
    named += [("risk.first_loss", risk.first_loss.place)] if risk.first_loss else []
    return [Problem(place, key, f"{why}, or take this out") for key, place in named if why]


def scenarios_fit(portfolio: Portfolio) -> list[Problem]:
    """What is wrong with projects in named scenarios, whose models last as long as the base."""
    problems = []
    for scenario in portfolio.scenarios:
        for entry in portfolio.projects:
            changed = in_scenario(entry, scenario)
            longer = changed.values["life_years"].number > entry.values["life_years"].number
            found = tenors_fit(portfolio, changed)
            if longer and horizon(portfolio, changed) > horizon(portfolio, entry):
                text = "a life beyond the base's is not counted: give the base the longest life"
                found.append(Problem(entry.place, f"{entry.name}.inputs.life_years", text))
            problems += [replace(p, key=f'scenario "{scenario.name}": {p.key}') for p in found]
    return problems


def schemes_fit(portfolio: Portfolio) -> list[Problem]:
    """What is wrong with the duration of schemes that the portfolio names: one outlasts a project,
    ends before its plant is built, or within its own grace; or two would have the same name."""
    problems = []
    taken = {"cluster", "economy", *(e.name for e in (*portfolio.sites, *portfolio.projects))}
    for entry, project in product(portfolio.lending, portfolio.projects):
        if entry.place is None or entry.project not in ("", project.name):
            continue
        name = f"{project.name}_{entry.name}"
        if entry.name != entry.kind and entry.name in schemes():
            text = f'"{entry.name}" is the name of another scheme; give this one a name'
            problems.append(Problem(entry.place, f"{entry.name}.name", text))
        if taken & {name, f"{name}_contract"}:
            text = f'"{name}" and "{name}_contract" must not be names of something else; rename it'
            problems.append(Problem(entry.place, f"{entry.name}.name", text))
        taken |= {name, f"{name}_contract"}
        key, months = duration(entry)
        longest, start = room(portfolio, project, entry)
        text = f"{entry.name} ends after {months:g} months, "
        if months > longest:
            text += f"but the project {project.name} after {longest:g}; shorten it"
        elif months <= start:
            text += f"within its grace or while {project.name} is built ({start:g}); lengthen it"
        else:
            continue
        place = portfolio.place_of(entry.values[key], entry.place)
        problems.append(Problem(place, f"{entry.name}.{key}", text))
    return problems


def room(portfolio: Portfolio, project: ProjectEntry, entry: LendingEntry) -> tuple[float, float]:
    """The months within which a scheme must end: of the project, and of building or its grace, in
    whole periods."""
    ppy = portfolio.periods_per_year
    first = project.values["construction_months"].number
    if "grace_months" in entry.values:
        first = max(first, entry.values["grace_months"].number)
    return horizon(portfolio, project) * MONTHS / ppy, periods_of(first, ppy) * MONTHS / ppy


def duration(entry: LendingEntry) -> tuple[str, float]:
    """The figure that says how long a scheme lasts, and the months from closing."""
    key = next(k for k in ("tenor_months", "instalments", "exit_years") if k in entry.values)
    value = entry.values[key].number
    if key == "instalments":
        return key, value / per_year(entry.choices) * MONTHS
    return key, value if key == "tenor_months" else value * MONTHS


def holiday_fits(portfolio: Portfolio, project: ProjectEntry) -> list[Problem]:
    """Only a company's profit can be exempt."""
    regime = portfolio.borrowers[project.borrower].choices["tax_regime"]
    if regime == "company" or "holiday_years" not in project.finance.values:
        return []
    text = f"a tax holiday is a company's; {project.borrower} is taxed as {regime}: take it out"
    place = portfolio.place_of(project.finance.values["holiday_years"], project.place)
    return [Problem(place, f"{project.name}.finance.holiday_years", text)]


def grants_fit(portfolio: Portfolio, entry: ProjectEntry, run: Run) -> list[Problem]:
    """Grants of more than the capital cost would be profit, not finance."""
    granted, cost = run.value("grants") or 0, run.value("capital_cost") or 0
    if granted <= cost + DUST:
        return []
    text = f"the grants of {granted:,.0f} exceed the capital cost of {cost:,.0f}; lower them"
    given = next((g.share or g.amount for g in reversed(entry.grants) if g.share or g.amount), None)
    place = portfolio.place_of(given, entry.place) if given else entry.place
    return [Problem(place, f"{entry.name}.finance.grants", text)]
