"""Named scenarios: figures of projects, sites and the economy that differ from the base.

    scenarios:
      - name: dry year
        changes:
          mill_site: {paddy_per_year: 18000}
          husk_plant: {husk_price: 1500 THB/t, loan_rate: 8%}

A figure is named as in the project's model: those of its loan start with loan_ (of one of several
with loan_NAME_, of a step of its rate with loan_step_1_), a reference rate of the economy is
reference_NAME, a grant's share or amount is grant_1, grant_2, ..., those of carbon credits start
with carbon_. It has unit and limits as anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eicfinance.portfolio import schema
from eicfinance.portfolio.entries import Scenario
from eicfinance.portfolio.problems import shown, unknown
from eicfinance.portfolio.schema import section_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.declare import Figure
    from eicfinance.portfolio.entries import Entry, GrantEntry, ProjectEntry, ReferenceEntry
    from eicfinance.portfolio.figures import Figures, Values
    from eicfinance.portfolio.problems import Steps

ECONOMY = "economy"


def values_of(entry: ProjectEntry) -> Values:
    """The values behind the inputs of a project's own model, by the inputs' names."""
    found = entry.values | entry.finance.values | entry.escalation
    found |= {} if entry.carbon is None else entry.carbon.values
    for begins, loan in entry.loan_names.items():
        found |= {f"{begins}_{name}": value for name, value in loan.values.items()}
        for k, step in enumerate(loan.steps, start=1):
            found |= {f"{begins}_step_{k}_{name}": value for name, value in step.items()}
    for k, grant in enumerate(entry.grants, start=1):
        given = grant.share or grant.amount
        if given is not None:
            found[f"grant_{k}"] = given
        found[f"grant_{k}_lag_months"] = grant.lag_months
    for k, source in enumerate(entry.committed, start=1):
        found[f"committed_{k}"] = source.amount
        found[f"committed_{k}_from_month"] = source.from_month
    for k, bridge in enumerate(entry.bridging, start=1):
        found |= {f"bridge_{k}_{name}": value for name, value in bridge.values.items()}
    return found


def of_references(references: Mapping[str, ReferenceEntry]) -> Values:
    """The values behind the inputs of reference rates, by the inputs' names."""
    found: Values = {}
    for name, reference in references.items():
        found[f"reference_{name}"] = reference.rate
        for k, step in enumerate(reference.steps, start=1):
            found |= {f"reference_{name}_step_{k}_{key}": value for key, value in step.items()}
    return found


def in_scenario(entry: ProjectEntry, scenario: Scenario) -> ProjectEntry:
    """A project with a scenario's figures in place of its own."""
    changed = scenario.changes.get(entry.name, {})
    if not changed:
        return entry

    def own(values: Values, begins: str = "") -> Values:
        return {name: changed.get(f"{begins}{name}", value) for name, value in values.items()}

    loans = tuple(
        replace(
            loan,
            values=own(loan.values, f"{begins}_"),
            steps=tuple(own(step, f"{begins}_step_{k}_") for k, step in enumerate(loan.steps, 1)),
        )
        for begins, loan in entry.loan_names.items()
    )
    return replace(
        entry, values=own(entry.values), loans=loans, escalation=own(entry.escalation),
        finance=replace(entry.finance, values=own(entry.finance.values)),
        carbon=entry.carbon and replace(entry.carbon, values=own(entry.carbon.values)),
        grants=tuple(_grant(grant, f"grant_{k}", changed) for k, grant in
                     enumerate(entry.grants, 1)),
        committed=tuple(
            replace(source, amount=changed.get(f"committed_{k}", source.amount),
                    from_month=changed.get(f"committed_{k}_from_month", source.from_month))
            for k, source in enumerate(entry.committed, 1)
        ),
        bridging=tuple(replace(bridge, values=own(bridge.values, f"bridge_{k}_"))
                       for k, bridge in enumerate(entry.bridging, 1)),
    )  # fmt: skip


def _grant(grant: GrantEntry, name: str, changed: Values) -> GrantEntry:
    return replace(
        grant, share=grant.share and changed.get(name, grant.share),
        amount=grant.amount and changed.get(name, grant.amount),
        lag_months=changed.get(f"{name}_lag_months", grant.lag_months),
    )  # fmt: skip


def figures_of(
    economy: Entry,
    sites: Iterable[Entry],
    projects: Sequence[ProjectEntry],
    references: Mapping[str, ReferenceEntry],
) -> dict[str, Values]:
    """The figures that a scenario may change, by place. Prices that stand once for all projects are
    the economy's; a project may change its own share in them."""
    common = {n: v for p in projects for n, v in p.values.items() if v.shared}
    base = {ECONOMY: economy.values | common | of_references(references)}
    base |= {site.name: site.values for site in sites}
    return base | {project.name: values_of(project) for project in projects}


@dataclass(frozen=True, slots=True)
class ScenarioReader:
    """Reads the scenarios against the figures that the base has."""

    checker: Checker
    figures: Figures
    base: dict[str, Values]  # by place

    def read(self, number: int) -> tuple[Scenario, ...]:
        """The scenarios of the file; what is wrong becomes problems."""
        found: list[Scenario] = []
        first: dict[str, Steps] = {}
        for k in range(number):
            at: Steps = ("scenarios", k)
            scenario = self.one(at)
            name = scenario.name
            if name and name in first:
                line = self.checker.source.key_place((*first[name], "name")).line
                text = f'"{shown(name)}" is already the name of the scenario in line {line}'
                self.checker.refuse((*at, "name"), f"{text}; choose another")
            first.setdefault(name, at)
            found.append(scenario)
        return tuple(found)

    def one(self, at: Steps) -> Scenario:
        """The scenario at a path."""
        written = self.checker.parse(section_model(schema.Scenario, title="scenario"), at)
        changes = {place: self._place(place, (*at, "changes", place)) for place in written.changes}
        return Scenario(written.name, changes)

    def _place(self, place: str, at: Steps) -> Values:
        """The figures that a scenario changes in one place."""
        if place not in self.base:
            what = f'there is no project or site "{shown(place)}"'
            self.checker.refuse(at, unknown(what, place, self.base))
            return {}
        base = self.base[place]
        figures: tuple[Figure, ...] = tuple(
            replace(value.figure, name=name, optional=True, default=None, tariff=False)
            for name, value in base.items()
        )
        found = self.checker.parse(section_model(schema.Strict, figures), at)
        block = self.checker.block(at)
        if block is not None and not block:
            self.checker.refuse(at, "nothing is changed here; write for example {inflation: 4%}")
        return self.figures.values(figures, found, at, required=False)
