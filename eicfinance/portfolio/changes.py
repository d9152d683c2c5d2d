"""Changed figures in a file of their own, as the memo's page writes it:

    name: cheaper husk
    changes:
      husk_plant: {husk_price: 500 THB/t, loan_rate: 5%, grant_1: 20%}
      economy: {energy_charge: 4.4 THB/kWh}

It is a scenario (scenarios.py) that takes the portfolio's place. `grant_1` of a project without a
grant gives it one: a share of the capital cost, signed, paid as late as grants are by default.
Models last as long as those of the portfolio itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eicfinance.portfolio.checker import Checker
from eicfinance.portfolio.entries import GrantEntry
from eicfinance.portfolio.figures import ASSUMPTION, Figures, Value
from eicfinance.portfolio.problems import BadInput, number_text
from eicfinance.portfolio.scenarios import ECONOMY, ScenarioReader, figures_of, in_scenario
from eicfinance.portfolio.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from eicfinance.portfolio.declare import Declaration, Figure
    from eicfinance.portfolio.entries import Portfolio, ReferenceEntry, Scenario
    from eicfinance.portfolio.figures import Values
    from eicfinance.portfolio.source import Source

FIRST_GRANT = "grant_1"


def read_changes(path: Path, portfolio: Portfolio, grant: Declaration) -> tuple[Scenario, Source]:
    """The changes of a file against a portfolio, and where each stands.

    Raises BadInput with every problem; OSError if the file cannot be read.
    """
    checker = Checker(read_yaml(path))
    wide = with_grants(portfolio, grant, portfolio.projects)
    base = figures_of(wide.economy, wide.sites, wide.projects, wide.references)
    found = ScenarioReader(checker, Figures(checker, portfolio.currency), base).one(())
    if checker.problems:
        raise BadInput(checker.problems)
    return found, checker.source


def with_grants(portfolio: Portfolio, grant: Declaration, wanted: Container[object]) -> Portfolio:
    """The portfolio with a grant of nil for each wanted project that has none."""
    currency, figures = portfolio.currency, {figure.name: figure for figure in grant.figures}

    def nil(figure: Figure, k: int) -> Value:
        low, high = figure.range_in(currency) or (None, None)
        return Value(figure, figure.unit_in(currency), figure.default or 0.0, low, high, None,
                     figure.source, given=False,
                     at=("projects", k, "finance", "grants", 0, figure.name))  # fmt: skip

    def made(k: int) -> tuple[GrantEntry, ...]:
        share, lag = nil(figures["share"], k), nil(figures["lag_months"], k)
        return (GrantEntry("grant", ASSUMPTION, share, None, lag),)

    return replace(portfolio, projects=tuple(
        entry if entry.grants or entry not in wanted else replace(entry, grants=made(k))
        for k, entry in enumerate(portfolio.projects)
    ))  # fmt: skip


def changed(
    portfolio: Portfolio, scenario: Scenario, grant: Declaration, file: str, sha256: str
) -> Portfolio:
    """The portfolio with a scenario's figures in place of its own; its title and notes say so.
    file: where they stand, with its checksum."""
    wanted = [e for e in portfolio.projects if FIRST_GRANT in scenario.changes.get(e.name, {})]
    base = with_grants(portfolio, grant, wanted)
    known = figures_of(base.economy, base.sites, base.projects, base.references)
    marked = replace(scenario, changes={
        place: {name: _marked(known[place][name], value, file) for name, value in values.items()}
        for place, values in scenario.changes.items()
    })  # fmt: skip
    common = marked.changes.get(ECONOMY, {})
    projects = tuple(
        in_scenario(replace(entry, values=_over(entry.values, common, shared=True)), marked)
        for entry in base.projects
    )
    said = [
        f"{place}.{name}: {_said(known[place][name])} changed to {_said(value)} by {file}"
        for place, values in scenario.changes.items()
        for name, value in values.items()
    ]
    return replace(
        base, title=f"{portfolio.title}, changed: {scenario.name}", projects=projects,
        economy=replace(base.economy, values=_over(base.economy.values, common)),
        sites=tuple(replace(site, values=_over(site.values, marked.changes.get(site.name, {})))
                    for site in base.sites),
        references={n: _reference(r, f"reference_{n}", common) for n, r in base.references.items()},
        notes=(*portfolio.notes, *said), files=portfolio.files | {file: sha256},
        lasting_as=portfolio.projects,
    )  # fmt: skip


def _marked(base: Value, new: Value, file: str) -> Value:
    """A changed figure with the range that it had, and where it comes from."""
    source = f"changed by {file}, was {_said(base)}: {base.source}"
    inside = base.low is not None and base.high is not None and (
        base.low <= new.number <= base.high)  # fmt: skip
    low, high = (base.low, base.high) if inside else (None, None)
    return replace(base, number=new.number, low=low, high=high, source=source, given=True,
                   shared=False)  # fmt: skip


def _said(value: Value) -> str:
    """A figure with its unit; a rate in per cent."""
    if value.unit == "1/year":
        return f"{number_text(100 * value.number)}% a year"
    return number_text(value.number) + ("" if value.unit == "1" else f" {value.unit}")


def _over(values: Values, changed: Mapping[str, Value], shared: bool = False) -> Values:
    """Values with the changed ones in their places. shared: only those that projects share."""
    return {
        name: replace(changed[name], shared=value.shared)
        if name in changed and (value.shared or not shared)
        else value
        for name, value in values.items()
    }


def _reference(
    reference: ReferenceEntry, begins: str, changed: Mapping[str, Value]
) -> ReferenceEntry:
    steps = tuple(
        {name: changed.get(f"{begins}_step_{k}_{name}", value) for name, value in step.items()}
        for k, step in enumerate(reference.steps, start=1)
    )
    return replace(reference, rate=changed.get(begins, reference.rate), steps=steps)
