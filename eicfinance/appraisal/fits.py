"""What a portfolio asks, each figure right by itself, that its models cannot hold together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eicfinance.appraisal.calendar import MONTHS, horizon, periods_of
from eicfinance.model.expr import DUST
from eicfinance.portfolio.problems import Problem
from eicfinance.portfolio.scenarios import in_scenario

if TYPE_CHECKING:
    from eicfinance.model.numeric import Run
    from eicfinance.portfolio.entries import Portfolio, ProjectEntry


def tenors_fit(portfolio: Portfolio, project: ProjectEntry) -> list[Problem]:
    """What is wrong with a loan's tenor: it outlasts the project, or ends before all is drawn."""
    ppy = portfolio.periods_per_year
    building = project.values["construction_months"].number
    months = horizon(portfolio, project) * MONTHS // ppy
    problems = []
    for loan in project.loans:
        tenor, text = loan.values["tenor_months"].number, ""
        if tenor > months:
            text = f"ends after the project ({months} months); shorten it"
        elif periods_of(tenor, ppy) <= periods_of(building, ppy):
            text = f"ends before the plant is built ({building:g} months); lengthen it"
        if text:
            key = f"{project.name}.finance.{loan.name}.tenor_months"
            sentence = f"the loan's tenor of {tenor:g} months {text}"
            problems.append(Problem(project.place, key, sentence))
    return problems


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


def grants_fit(entry: ProjectEntry, run: Run) -> list[Problem]:
    """Grants of more than the capital cost would be profit, not finance."""
    granted, cost = run.value("grants") or 0, run.value("capital_cost") or 0
    if granted <= cost + DUST:
        return []
    text = f"the grants of {granted:,.0f} exceed the capital cost of {cost:,.0f}; lower them"
    return [Problem(entry.place, f"{entry.name}.finance.grants", text)]
