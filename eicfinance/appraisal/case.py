"""Puts a case together: a model for each site and project, in the order of the portfolio, and one
for the cluster; then runs them, for any number of scenarios."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from eicfinance.appraisal.cluster import cluster_model
from eicfinance.appraisal.committed import shares_fit
from eicfinance.appraisal.comparison import offered
from eicfinance.appraisal.fits import (
    grants_fit,
    hits_fit,
    holiday_fits,
    scenarios_fit,
    schemes_fit,
    sharing_fits,
    tenors_fit,
)
from eicfinance.appraisal.models import ProjectCase, Supply, project_model, site_model
from eicfinance.finance.terms import COMMITTED, FINANCE, GRANT, LOAN, REFERENCE, STEP
from eicfinance.lending import schemes
from eicfinance.lending.fund_terms import FUND
from eicfinance.model.compiled import run_many
from eicfinance.model.model import Model
from eicfinance.model.numeric import Run, run
from eicfinance.portfolio.changes import changed, read_changes
from eicfinance.portfolio.reader import Declarations, Portfolio, read_portfolio
from eicfinance.portfolio.source import BadInput
from eicfinance.technologies import sites, technologies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike

    from eicfinance.appraisal.comparison import Comparison
    from eicfinance.appraisal.risk import Risk
    from eicfinance.appraisal.subsidy import Subsidy


@dataclass(eq=False)
class Case:
    """All models of a portfolio, in the order in which they are computed, and their base runs."""

    portfolio: Portfolio
    sites: dict[str, Model] = field(default_factory=dict)
    projects: dict[str, ProjectCase] = field(default_factory=dict)
    cluster: Model | None = None
    pools: dict[tuple[str, str], Supply] = field(default_factory=dict)
    order_of_use: list[tuple[str, str]] = field(default_factory=list)  # pool, project
    runs: dict[str, Run] = field(default_factory=dict)
    comparisons: dict[str, Comparison] = field(default_factory=dict)  # of lending schemes

    @property
    def models(self) -> list[Model]:
        assert self.cluster is not None
        own = [*self.sites.values(), *(p.model for p in self.projects.values()), self.cluster]
        return [*own, *(m for c in self.comparisons.values() for o in c.offers for m in o.models)]

    @property
    def currency(self) -> str:
        return self.portfolio.currency

    @cached_property
    def risk(self) -> Risk:
        """A simulation of so few scenarios that an appraisal stays quick (`eicfinance risk` draws
        more), computed when it is first asked for."""
        from eicfinance.appraisal.risk import quick

        return quick(self)

    @cached_property
    def subsidies(self) -> dict[str, Subsidy]:
        """The least support of each project, by the credit policy; computed likewise."""
        from eicfinance.appraisal.subsidy import subsidies

        return subsidies(self)

    def show(self, project: str, comparison: Comparison) -> None:
        """Makes the schemes compared for a project a part of the case, and of its reports."""
        self.comparisons[project] = comparison
        self.runs |= comparison.runs


def declarations() -> Declarations:
    """What a portfolio may contain."""
    return Declarations(
        technologies(), sites(), FINANCE, LOAN, STEP, REFERENCE, GRANT, COMMITTED, schemes(), FUND
    )


def appraise(
    folder: Path, tell: Callable[[str], None] = lambda step: None, changes: Path | None = None
) -> Case:
    """Reads a portfolio, builds its models and runs the base case. tell: is told each step.
    changes: a file of changed figures (portfolio/changes.py).

    Raises BadInput for what cannot be appraised, OSError for what cannot be read.
    """
    tell("reading")
    portfolio = read_portfolio(folder, declarations())
    case = build(portfolio if changes is None else with_changes(portfolio, changes))
    case.runs = run_case(case, tell=tell)
    problems = [
        problem
        for name, project in case.projects.items()
        for problem in grants_fit(portfolio, project.entry, case.runs[name])
    ]
    if problems:
        raise BadInput(problems)
    for name, comparison in offered(case).items():
        tell(f"comparing lending schemes for {name}")
        case.show(name, comparison)
    return case


def with_changes(portfolio: Portfolio, path: Path) -> Portfolio:
    """The portfolio with the figures of a file in place of its own. Raises BadInput, also for what
    its models cannot hold together."""
    scenario, source = read_changes(path, portfolio, GRANT)
    places = {name: source.key_place(("changes", name)) for name in scenario.changes}
    portfolio = replace(portfolio, projects=tuple(
        replace(entry, place=places.get(entry.name, entry.place)) for entry in portfolio.projects
    ))  # fmt: skip
    if problems := scenarios_fit(replace(portfolio, scenarios=(scenario,))):
        raise BadInput(problems)
    return changed(portfolio, scenario, GRANT, path.name, source.sha256)


def build(portfolio: Portfolio) -> Case:
    """The models of a portfolio. Raises BadInput, as for a loan that outlasts its project."""
    case = Case(portfolio)
    for entry in portfolio.sites:
        case.sites[entry.name] = site_model(case, entry)
    problems = [*schemes_fit(portfolio), *shares_fit(portfolio)]
    problems += hits_fit(portfolio, case.pools) + sharing_fits(portfolio)
    for project in portfolio.projects:
        problems += [*tenors_fit(portfolio, project), *holiday_fits(portfolio, project)]
    if problems := problems or scenarios_fit(portfolio):
        raise BadInput(problems)
    for project in portfolio.projects:
        case.projects[project.name] = project_model(case, project)
    case.cluster = cluster_model(portfolio, list(case.projects.values()))
    return case


def run_case(
    case: Case,
    changes: Mapping[str, Mapping[str, ArrayLike]] | None = None,
    tell: Callable[[str], None] = lambda step: None,
    models: Sequence[Model] | None = None,
    scenarios: int | None = None,
    asked: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Run]:
    """Runs all models in order, or those given. changes: model name (or "economy" for shared
    inputs) -> input -> value, one number or one a scenario. scenarios: of a study of which this is
    a part, which is compiled where that pays (model/compiled.py). asked: by model, what alone is
    kept of it then."""
    changes, models = changes or {}, case.models if models is None else models
    runs: dict[str, Run] = {}
    for k, model in enumerate(models, start=1):
        tell(f"computing {model.name} ({k} of {len(models)})")
        own = dict(changes.get(model.name, {}))
        shared = {
            name: value
            for name, value in changes.get("economy", {}).items()
            if name in model.inputs and model.inputs[name].shared
        }
        followed = {
            i.text.name: runs[i.follows[0].name][i.follows[1].text.name]
            for i in model.inputs.values() if i.follows and i.follows[0].name in runs
        }  # fmt: skip
        shared = followed | shared
        if scenarios is None:
            runs[model.name] = run(model, shared | own, runs)
        else:
            only = None if asked is None else asked[model.name]
            runs[model.name] = run_many(model, shared | own, runs, only, scenarios=scenarios)
    return runs
