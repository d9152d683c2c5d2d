"""The least support of each kind with which a project meets stated tests, and its public cost.

    subsidy(case, "roof", ["dscr_min>=1.2", "equity_irr>=12%"])

Each kind alone, by itself. Amounts from nil to the most that there may be are tried in one batch,
all kinds together; between the first at which all tests are met and the one before it the search is
narrowed, a batch a step. Where tests are met, fail and are met again between neighbouring amounts
of the ladder, the first stretch is not seen.

What it costs the public: public_cost.py.

An equity IRR is tested as the credit policy does: by the equity NPV at that rate.

A test with a confidence (dscr_min>=1.2@0.9) is met where so large a share of drawn scenarios meets
it; pd, pd_one_year and expected_loss (of the lender, as a share of the loan) are tested over all of
them (trial.py). Amounts then have steps of an eighth, and halves, narrowed to a hundredth. Tests
without a confidence hold for the base case, and so do costs, but for guarantee calls, which are
expected ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.batch import UnknownName, part
from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.criteria import read_tests
from eicfinance.appraisal.public_cost import (
    RESULTS,
    NoPublicRate,
    cost_of,
    lines_of_cost,
    public_rate,
)
from eicfinance.appraisal.solve import BESIDE, figures_of
from eicfinance.appraisal.support import HALVINGS, RUNGS, kinds, supported
from eicfinance.appraisal.trial import CALLS, LOSS, MEASURES, SCENARIOS, trial
from eicfinance.model.expr import DUST
from eicfinance.model.label import Label
from eicfinance.portfolio.problems import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eicfinance.appraisal.batch import Array, Part, Scenario
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.criteria import Test
    from eicfinance.appraisal.public_cost import Cost
    from eicfinance.appraisal.support import Kind
    from eicfinance.appraisal.trial import Trial
    from eicfinance.model.numeric import Run

JUSTIFIED = "yes: the economic NPV is positive while the financial NPV is negative"
PAYS = "no: the project's financial NPV is not negative without support"
LOSES = "no: the economic NPV is not positive"
NOT_ASSESSED = "not assessed: portfolio or project has no economic section"
PARTS, ROUNDS, NARROW = 64, 20, 1e-10
COARSE = 8, 6  # steps and halves of a ladder whose rungs are simulated
COARSE_PARTS, COARSE_NARROW = 4, 0.01
MET = "met_"  # how the flags of the credit policy's lines begin
WITHOUT_LOAN = ("project_npv>=0",)  # what is tested where the credit policy does not apply
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Support:
    """The least amount of a kind. amount: None where it cannot meet the tests alone; reason says
    why, and nearest is the amount that comes nearest. binding: keys of the tests that a little less
    fails. unmet: lines of the credit policy that the project's model fails with it. after: results
    with either. cost: None where none is needed, none meets the tests, or the public's rate is not
    known. failed: integrity checks that fail with it."""

    kind: Kind
    amount: float | None
    nearest: float | None
    reason: str
    binding: tuple[str, ...]
    unmet: tuple[str, ...]
    after: Figures
    cost: Cost | None
    failed: dict[str, int]


@dataclass(frozen=True, slots=True)
class Subsidy:
    """An answer for a project. before: results without support. missed: keys of the tests that
    these do not meet. left_out: kinds that do not apply, and why. rate: the public's, nominal; None
    where it is not known. scenarios, seed: of the simulated tests; 0 scenarios where there is none,
    1 where nothing is uncertain."""

    tests: tuple[Test, ...]
    before: Figures
    missed: tuple[str, ...]
    supports: tuple[Support, ...]
    left_out: dict[str, str]
    rate: float | None
    justified: str
    scenarios: int = 0
    seed: int = 0

    @property
    def met(self) -> bool:
        return not self.missed


@dataclass(frozen=True, slots=True)
class _Search:
    """What amounts are tried on. some: of the tests of the base case, None without any; tried: of
    the simulated ones, likewise. wide: what is shown. checked: whether integrity checks are run
    with the support too."""

    backed: Case
    tests: tuple[Test, ...]
    some: Part | None
    tried: Trial | None
    wide: Part
    checked: bool

    @property
    def moves(self) -> Scenario:
        return {move: value for test in self.tests for move, value in test.moves.items()}

    def simulated(self, support: Scenario) -> Figures:
        """The figures of the simulated tests with a support, by key."""
        if self.tried is None:
            return {}
        results = self.tried.at(support | self.moves)
        return {t.key: t.figure(self.tried, results) for t in self.tests if t.simulated}

    def short(self, supports: Sequence[Scenario]) -> Array:
        """By how much tests fall short with supports: a row a support, a column a test; those of
        the base case in one batch."""
        short = np.zeros((len(supports), len(self.tests)))
        if self.some is not None and supports:
            values = self.some.batch([support | self.moves for support in supports])
            for column, test in enumerate(self.tests):
                if not test.simulated:
                    short[:, column] = test.short(values[test.tested])
        for row, support in zip(short, supports if self.tried else (), strict=False):
            figures = self.simulated(support)
            for column, test in enumerate(self.tests):
                if test.simulated:
                    row[column] = test.short_of(figures[test.key] or 0.0)
        return short

    def missed(self) -> tuple[str, ...]:
        """Keys of the tests that are not met without support."""
        moved = self.some and any(self.some.base(m) != x for m, x in self.moves.items())
        if self.some is None or self.tried or moved:
            short = self.short([{}])[0]
        else:  # the base case, which has been run
            runs = self.backed.runs
            short = np.array([
                test.short(runs[self.some.owner(test.tested)][test.tested])[0]
                for test in self.tests
            ])  # fmt: skip
        return tuple(test.key for test, off in zip(self.tests, short, strict=True) if off)


def subsidy(
    case: Case,
    project: str,
    asked: Sequence[str] = (),
    scenarios: int = SCENARIOS,
    seed: int | None = None,
) -> Subsidy:
    """The least support of each kind with which a project meets all tests; without any named, those
    of the credit policy. scenarios, seed: of tests that are simulated. Raises UnknownName,
    NoPublicRate, ValueError for a test that is none."""
    if project not in case.projects:
        raise UnknownName(unknown(f"there is no project {project!r}", project, case.projects))
    tests = read_tests(case, project, asked)
    backed = supported(case, [project])
    return _answer(
        _search(backed, project, tests, scenarios, seed, checked=True), public_rate(case, project)
    )


def subsidies(case: Case) -> dict[str, Subsidy]:
    """The same for all projects of a case, by the credit policy's base-case tests; for one that
    asks for no loan, to which the policy does not apply, by WITHOUT_LOAN. Where the public's rate
    is not known, without what it costs. Integrity checks are those of the base case alone."""
    backed = supported(case, case.projects)
    found = {}
    for name in case.projects:
        lent = (case.runs[name].value("loan.debt") or 0.0) > DUST
        tests = read_tests(case, name, () if lent else WITHOUT_LOAN)
        try:
            rate = public_rate(case, name)
        except NoPublicRate:
            rate = None
        found[name] = _answer(_search(backed, name, tests, 0, None, checked=False), rate)
    return found


def _answer(search: _Search, rate: float | None) -> Subsidy:
    backed, project, tests = search.backed, search.wide.project, search.tests
    found, left_out = kinds(backed, project, any(test.result == LOSS for test in tests))
    before = figures_of(search.wide, backed.runs) | search.simulated({})
    missed = search.missed()
    if not missed:
        supports = [Support(kind, 0.0, None, "", (), (), before, None, {}) for kind in found]
    else:
        supports = _supports(search, found, before, rate)
    number, drawn = (0, 0) if search.tried is None else (search.tried.scenarios, search.tried.seed)
    return Subsidy(tests, before, missed, tuple(supports), left_out, rate,
                   _justified(backed, project), number, drawn)  # fmt: skip


def _search(
    backed: Case, project: str, tests: tuple[Test, ...], scenarios: int, seed: int | None,
    checked: bool,
) -> _Search:  # fmt: skip
    plain = [test for test in tests if not test.simulated]
    drawn = [test for test in tests if test.simulated]
    some = part(backed, project, [test.tested for test in plain]) if plain else None
    wanted = [name for test in drawn for name in MEASURES.get(test.result, (test.tested,))]
    tried = trial(backed, project, [*wanted, *CALLS], scenarios, seed) if drawn else None
    shown = (t.result for t in tests if t.result not in MEASURES)
    return _Search(backed, tests, some, tried, part(backed, project, [*shown, *BESIDE]), checked)


def _justified(case: Case, project: str) -> str:
    run = case.runs[project]
    if "enpv" not in run.model.results:
        return NOT_ASSESSED
    economic, financial = run.value("enpv") or 0.0, run.value("project_npv") or 0.0
    if economic <= 0:
        return LOSES
    return JUSTIFIED if financial < 0 else PAYS


# -- the search ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Least:
    """amount: the least that meets the tests, or None; nearest: what comes nearest then. short: of
    what each test is short with a little less, or at the nearest."""

    amount: float | None
    nearest: float | None
    short: Array

    @property
    def given(self) -> float:
        return self.amount or 0.0 if self.nearest is None else self.nearest


def _shortfalls(search: _Search, found: Sequence[Kind], amounts: Sequence[Array]) -> list[Array]:
    """For each kind: a row an amount, a column a test."""
    supports = [kind.at(float(x)) for kind, xs in zip(found, amounts, strict=True) for x in xs]
    ends = np.cumsum([len(xs) for xs in amounts])[:-1]
    return np.split(search.short(supports), ends)


def _least(search: _Search, found: Sequence[Kind]) -> list[_Least]:
    """The least amount of each kind; without support the tests are not met."""
    coarse = search.tried is not None and not search.tried.certain
    steps, halves = COARSE if coarse else (RUNGS, HALVINGS)
    parts, narrow = (COARSE_PARTS, COARSE_NARROW) if coarse else (PARTS, NARROW)
    ladders = [kind.ladder(steps, halves) for kind in found]
    short = _shortfalls(search, found, ladders)
    ends: dict[int, tuple[float, float, Array]] = {}  # fails, meets; of what it is short before
    for k, (xs, off) in enumerate(zip(ladders, short, strict=True)):
        meets = ~off.any(axis=1)
        if meets.any():
            first = int(np.argmax(meets))
            ends[k] = (float(xs[first - 1]), float(xs[first]), off[first - 1])
    for _ in range(ROUNDS):
        moving = [k for k, (a, b, _) in ends.items() if not found[k].whole and b - a > narrow * b]
        if not moving:
            break
        tried = [np.linspace(*ends[k][:2], parts + 1)[1:-1] for k in moving]
        for k, xs, off in zip(
            moving, tried, _shortfalls(search, [found[k] for k in moving], tried), strict=True
        ):
            low, high, before = ends[k]
            points, rows = [low, *xs, high], [before, *off]
            first = int(np.argmax(np.concatenate([[False], ~off.any(axis=1), [True]])))
            ends[k] = (float(points[first - 1]), float(points[first]), rows[first - 1])
    return [
        _Least(ends[k][1], None, ends[k][2]) if k in ends else _nearest(xs, off)
        for k, (xs, off) in enumerate(zip(ladders, short, strict=True))
    ]


def _nearest(amounts: Array, short: Array) -> _Least:
    """The amount at which most tests are met; of those, at which they are least short of what they
    are without support; of those, the least."""
    base = np.where(np.isfinite(short[0]) & (short[0] > 0), short[0], 1.0)
    order = np.lexsort((amounts, (short / base).sum(axis=1), (short > 0).sum(axis=1)))
    best = int(order[0])
    return _Least(None, float(amounts[best]), short[best])


# -- with the support ----------------------------------------------------------------------------


def _supports(
    search: _Search, found: Sequence[Kind], before: Figures, rate: float | None
) -> list[Support]:
    """Each kind with its least amount, all computed in one run of the whole models."""
    backed, project = search.backed, search.wide.project
    least = _least(search, found)
    whole = _behind(search)
    given = [kind.at(one.given) for kind, one in zip(found, least, strict=True)]
    runs = run_case(backed, whole.changes(given), models=whole.models)
    supports = []
    for k, (kind, one) in enumerate(zip(found, least, strict=True)):
        after = figures_of(whole, runs, k) | search.simulated(given[k])
        off = [test.key for test, x in zip(search.tests, one.short, strict=True) if x > 0]
        missed, cost = "", None
        if one.amount is None:
            missed = "; ".join(_missed(key, before[key], after[key]) for key in off)
        elif rate is not None:
            cost = cost_of(backed, project, kind, one.amount, runs[project], k, search.tried)
        flags = [name for name in runs[project].model.results if name.startswith(MET)]
        unmet = [name.removeprefix(MET) for name in flags if not runs[project].value(name, k)]
        supports.append(Support(kind, one.amount, one.nearest, missed,
                                () if one.amount is None else tuple(off), tuple(unmet), after,
                                cost, _failed(runs.values(), k)))  # fmt: skip
    return supports


def _behind(search: _Search) -> Part:
    """What is run with the least amounts: the whole models where their checks are asked for, else
    what figures, flags of the policy and costs need."""
    backed, project = search.backed, search.wide.project
    names = {model.name for model in search.wide.models}
    if search.checked:
        return replace(search.wide, models=[m for m in backed.models if m.name in names])
    flags = [name for name in backed.projects[project].model.results if name.startswith(MET)]
    lines = lines_of_cost(backed, project)
    behind = part(backed, project, [*search.wide.results, *flags, *RESULTS], lines)
    return replace(search.wide, models=behind.models)


def _failed(runs: Iterable[Run], scenario: int) -> dict[str, int]:
    """Title of each integrity check that fails in a scenario, with the number of failing cells."""
    found = {check.title: run[check.failures.text.name][scenario if run.scenarios > 1 else 0].sum()
             for run in runs for check in run.model.checks}  # fmt: skip
    return {title: int(cells) for title, cells in found.items() if cells}


def _missed(result: str, before: float | None, after: float | None) -> str:
    if after is None:
        return Label("{result} is blank at the nearest", result)
    if after == before:
        return Label("{result} is {value} at the nearest, as without", result, _text(after))
    return Label(
        "{result} is {value} at the nearest, {before} without", result, _text(after), _text(before)
    )


def _text(value: float | None) -> str:
    return "blank" if value is None else f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
