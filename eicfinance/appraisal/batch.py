"""One batch of scenarios for one project: what every sensitivity is made of.

A `Part` is what some results of a project need and no more: the lines behind them, in the project's
own model and in those of the sites and earlier projects that it depends on. A scenario is a mapping
of moves to values, a move being a place (a model, or "economy" for a shared input) and an input.
`Part.batch` computes any number of scenarios in one run of the part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.calendar import MONTHS, periods_of
from eicfinance.appraisal.case import run_case
from eicfinance.model.expr import ModelError, walk
from eicfinance.model.items import Input, Line, Result
from eicfinance.portfolio.figures import LARGEST
from eicfinance.portfolio.problems import unknown
from eicfinance.portfolio.scenarios import of_references, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from eicfinance.appraisal.case import Case
    from eicfinance.model.model import Model
    from eicfinance.portfolio.reader import Portfolio, ProjectEntry, Value

    Array = NDArray[np.float64]

ECONOMY, CLUSTER = "economy", "cluster"
WHOLE = ("month", "day")  # units of inputs that are moved in whole numbers
Move = tuple[str, str]
Scenario = dict[Move, float]


@dataclass(frozen=True, slots=True)
class Unknown:
    """An input that may be moved, with its hard limits. key: what a user calls it."""

    key: str
    move: Move
    input: Input
    least: float
    most: float
    tariff: bool

    @property
    def base(self) -> float:
        return self.input.value

    @property
    def whole(self) -> bool:
        return self.input.text.unit in WHOLE

    @property
    def limited(self) -> bool:
        """Whether both limits are real ones."""
        return abs(self.least) < LARGEST and abs(self.most) < LARGEST

    @property
    def ends(self) -> tuple[float, float] | None:
        """Low and high, cut to the hard limits; None where the input has no range."""
        low, high = self.input.low, self.input.high
        if low is None or high is None or low == high:
            return None
        return max(low, self.least), min(high, self.most)


@dataclass(eq=False)
class Part:
    """What some results of a project need: models with fewer lines, in order of calculation. asked:
    by model, what is wanted in the end or given to another model."""

    case: Case
    project: str
    results: tuple[str, ...]
    models: list[Model]
    asked: dict[str, tuple[str, ...]]

    def batch(self, scenarios: Sequence[Scenario]) -> dict[str, Array]:
        """Each result in every scenario, in one run. NaN where it is blank, and in a scenario that
        cannot be computed: the batch is then cut in halves until that one stands alone."""
        try:
            return self._run(scenarios)
        except ModelError:
            if len(scenarios) == 1:
                return dict.fromkeys(self.results, np.array([np.nan]))
        half = len(scenarios) // 2
        first, second = self.batch(scenarios[:half]), self.batch(scenarios[half:])
        return {name: np.concatenate([first[name], second[name]]) for name in self.results}

    def _run(self, scenarios: Sequence[Scenario]) -> dict[str, Array]:
        runs = run_case(self.case, self.changes(scenarios), models=self.models)
        return {
            name: np.array(np.broadcast_to(runs[self.owner(name)][name], len(scenarios)))
            for name in self.results
        }

    def changes(self, scenarios: Sequence[Scenario]) -> dict[str, dict[str, Array]]:
        """What the moves of scenarios change: by model and input, a value a scenario."""
        changes: dict[str, dict[str, Array]] = {}
        for move in dict.fromkeys(move for scenario in scenarios for move in scenario):
            base = self.base(move)
            if base is not None:
                values = [scenario.get(move, base) for scenario in scenarios]
                changes.setdefault(move[0], {})[move[1]] = np.array(values)
        return changes

    def owner(self, result: str) -> str:
        """The name of the model that has a result: the project's before the cluster's."""
        both = (m for m in self.models if m.name in (self.project, CLUSTER))
        return next(model.name for model in both if result in model.results)

    def item(self, result: str) -> Result:
        return next(m for m in self.models if m.name == self.owner(result)).results[result]

    def base(self, move: Move) -> float | None:
        """An input's base value; None where nothing in this part uses it."""
        place, name = move
        for model in self.models:
            item = model.inputs.get(name)
            if item is not None and (item.shared if place == ECONOMY else model.name == place):
                return item.value
        return None


def part(case: Case, project: str, results: Iterable[str], lines: Iterable[str] = ()) -> Part:
    """The part behind results of a project, or of the cluster where the project has none so named,
    and behind lines of its own model. Raises UnknownName for an unknown project or result."""
    results = tuple(dict.fromkeys(results))
    wanted: dict[str, set[str]] = {}
    if project not in case.projects:
        raise UnknownName(unknown(f"there is no project {project!r}", project, case.projects))
    own = case.projects[project].model
    assert case.cluster is not None
    for name in results:
        model = next((m for m in (own, case.cluster) if name in m.results), None)
        if model is None:
            known = [n for n in own.results if not n.startswith("check_")]
            raise UnknownName(unknown(f"there is no result {name!r}", name, known))
        wanted.setdefault(model.name, set()).add(name)
    wanted.setdefault(own.name, set()).update(lines)
    models = cut(case, wanted)
    asked = {name: tuple(sorted(names)) for name, names in wanted.items()}
    return Part(case, project, results, models, asked)


def cut(case: Case, wanted: dict[str, set[str]]) -> list[Model]:
    """The case's models with only what the wanted lines and results need, by model name; those of
    which nothing is needed are left out. Adds to ``wanted`` what models need of each other."""
    models: list[Model] = []
    for model in reversed(case.models):
        if model.name in wanted:
            models.insert(0, _behind(model, wanted))
    return models


def _behind(model: Model, wanted: dict[str, set[str]]) -> Model:
    """The model with only what the wanted lines and results need; notes what it needs of others."""
    todo, needed, used = list(wanted[model.name]), set[str](), set[str]()
    while todo:
        name = todo.pop()
        if name in needed:
            continue
        needed.add(name)
        item = model[name]
        if isinstance(item, Line) and item.given is not None:
            source, line = item.given
            wanted.setdefault(source.name, set()).add(line.text.name)
        for node in walk(item.formula) if item.formula is not None else ():
            if isinstance(node, Line | Result):
                todo.append(node.text.name)
            elif isinstance(node, Input):
                used.add(node.text.name)
                if node.equals is not None:  # the engine finds it from what it equals
                    todo.append(node.equals.text.name)
    return replace(
        model, checks=[], _steps=None,
        rows=[item for item in model.rows if item.text.name in needed],
        inputs={name: item for name, item in model.inputs.items() if name in used},
        lines={name: item for name, item in model.lines.items() if name in needed},
        results={name: item for name, item in model.results.items() if name in needed},
    )  # fmt: skip


# -- unknowns -----------------------------------------------------------------------------------


def unknowns(some: Part) -> dict[str, Unknown]:
    """The inputs behind a part's results that a user gives: the project's own with its finance,
    those that projects share, and those of its sites (as ``site.input``), by their keys.

    Other projects' own inputs are theirs, and are left out.
    """
    portfolio, entry = some.case.portfolio, some.case.projects[some.project].entry
    shared, own = shared_values(portfolio), values_of(entry)
    sites = {site.name: site.values for site in portfolio.sites}
    found: dict[str, Unknown] = {}
    for model in reversed(some.models):
        for name, item in model.inputs.items():
            value: Value | None
            value, key, move = None, name, (model.name, name)
            if item.shared:
                value, move = shared.get(name), (ECONOMY, name)
            elif model.name == some.project:
                value = own.get(name)
            elif model.name in sites:
                value, key = sites[model.name].get(name), f"{model.name}.{name}"
            if value is not None and not item.constant and key not in found:
                limits = limits_of(some.case, entry, key, value)
                found[key] = Unknown(key, move, item, *limits, value.figure.tariff)
    return found


class UnknownName(ValueError):  # noqa: N818
    """There is no such project, input or result; the message names what may be meant."""


def named(some: Part, key: str) -> Unknown:
    """The input of that key. Raises UnknownName, with what may be meant."""
    known = unknowns(some)
    if key not in known:
        what = f"nothing named {key!r} is an input of project {some.project} that moves its results"
        where = f"`eicfinance sensitivity --project {some.project}` names all of them"
        raise UnknownName(f"{unknown(what, key, known)}; {where}")
    return known[key]


def shared_values(portfolio: Portfolio) -> dict[str, Value]:
    """Values behind inputs that several models share, by the inputs' names."""
    found = portfolio.economy.values | of_references(portfolio.references)
    for entry in portfolio.projects:
        found |= {name: value for name, value in entry.values.items() if value.shared}
    for owner in portfolio.borrowers.values():
        found |= {f"{owner.name}_{name}": value for name, value in owner.values.items()}
    return found | {f"policy_{name}": value for name, value in portfolio.policy.items()}


def limits_of(case: Case, entry: ProjectEntry, key: str, value: Value) -> tuple[float, float]:
    """The hard limits of an input: its figure's, and what a portfolio may hold beside the others'
    base values (a tenor beyond the grace, grants within the capital cost, a life within the
    model's periods)."""
    ppy, own = case.portfolio.periods_per_year, values_of(entry)
    least = -LARGEST if value.figure.least is None else value.figure.least
    most = LARGEST if value.figure.most is None else value.figure.most
    periods = case.projects[entry.name].model.periods
    number = {name: own[name].number for name in own}
    built = periods_of(number["construction_months"], ppy)
    for loan in entry.loan_names:
        if key == f"{loan}_tenor_months":
            least = max(least, built * MONTHS / ppy + 1, number[f"{loan}_grace_months"] + 1)
            most = min(most, periods * MONTHS // ppy)
        elif key == f"{loan}_grace_months":
            most = min(most, number[f"{loan}_tenor_months"] - 1)
    if key == "construction_months":
        most = min([most, *(number[f"{name}_tenor_months"] - 1 for name in entry.loan_names)])
    elif key == "life_years":
        most = min(most, (periods - built - periods_of(number["delay_months"], ppy)) / ppy)
    elif key.startswith("grant_") and "lag" not in key:
        most = min(most, _grant_left(case, entry, key))
    return min(least, value.number), max(most, value.number)


def _grant_left(case: Case, entry: ProjectEntry, key: str) -> float:
    """What a grant may come to beside the others, as a share or an amount."""
    run = case.runs[entry.name]
    cost = run.value("capital_cost") or 0.0
    others = (run.value("grants") or 0.0) - (run.value(f"{key}_amount") or 0.0)
    grant = entry.grants[int(key.removeprefix("grant_")) - 1]
    left = max(0.0, cost - others)
    return left if grant.share is None else left / cost if cost else 0.0


def moves_of(changes: Mapping[str, Mapping[str, Value]]) -> Scenario:
    """A named scenario of the portfolio as moves."""
    return {
        (place, name): value.number
        for place, values in changes.items()
        for name, value in values.items()
    }
