"""The least support of each kind with which a project meets stated tests, and its public cost.

    subsidy(case, "roof", ["dscr_min>=1.2", "equity_irr>=12%"])

Each kind alone, by itself. Amounts from nil to the most that there may be are tried in one batch,
all kinds together; between the first at which all tests are met and the one before it the search is
narrowed, a batch a step. Where tests are met, fail and are met again between neighbouring amounts
of the ladder, the first stretch is not seen.

Public cost by period, from the lines of the project's runs with the support and without:

    grants + tariff premium + interest subsidy + tax forgone

the rise of grants received and of cash received; for each loan the balance at the end of the period
before x (the rate at which the money is had - the borrower's rate); the fall of the tax paid. The
money is had at the lender's own rate, but for a soft loan, which is public, at the public rate: the
present value is then that of what is lent less what comes back. Support that raises the profit
raises the tax, which is deducted. Losses on a soft loan are not in it.

An equity IRR is tested as the credit policy does: by the equity NPV at that rate.

A test with a confidence (dscr_min>=1.2@0.9) is met where so large a share of drawn scenarios meets
it; pd, pd_one_year and expected_loss (of the lender, as a share of the loan) are tested over all of
them (trial.py). Amounts then have steps of an eighth, and halves, narrowed to a hundredth. Tests
without a confidence hold for the base case, and so do costs, but for guarantee calls, which are
expected ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.batch import UnknownName, part
from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.criteria import read_tests
from eicfinance.appraisal.solve import BESIDE, figures_of
from eicfinance.appraisal.support import GUARANTEE, HALVINGS, RUNGS, SOFT, kinds, supported
from eicfinance.appraisal.trial import CALLS, LOSS, MEASURES, SCENARIOS, trial
from eicfinance.finance.mfi_ratios import sdi
from eicfinance.finance.mfi_ratios import subsidy as lenders_subsidy
from eicfinance.model.label import Label
from eicfinance.portfolio.problems import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.appraisal.batch import Array, Part, Scenario
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.criteria import Test
    from eicfinance.appraisal.support import Kind
    from eicfinance.appraisal.trial import Trial
    from eicfinance.model.numeric import Run

JUSTIFIED = "yes: the economic NPV is positive while the financial NPV is negative"
PAYS = "no: the project's financial NPV is not negative without support"
LOSES = "no: the economic NPV is not positive"
NOT_ASSESSED = "not assessed: portfolio or project has no economic section"
PARTS, ROUNDS, NARROW = 16, 20, 1e-10
COARSE = 8, 6  # steps and halves of a ladder whose rungs are simulated
COARSE_PARTS, COARSE_NARROW = 4, 0.01
Figures = dict[str, float | None]


class NoPublicRate(ValueError):  # noqa: N818
    """The portfolio does not say at which rate the public borrows."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Public cost of one unit of the project. present: value at the public rate; undiscounted: the
    sum. parts: present value by part. tonnes: avoided; tonnes_present: the same, discounted at the
    public rate. private: equity and loan that are put in. sdi: of a lender whom the public
    refinances."""

    present: float
    undiscounted: float
    parts: dict[str, float]
    tonnes: float
    tonnes_present: float
    private: float
    sdi: float | None

    @property
    def per_tonne_discounted(self) -> float | None:
        """Present cost per discounted tonne avoided."""
        return self.present / self.tonnes_present if self.tonnes_present > 0 else None

    @property
    def per_tonne_undiscounted(self) -> float | None:
        """Present cost per tonne avoided."""
        return self.present / self.tonnes if self.tonnes > 0 else None

    @property
    def per_private(self) -> float | None:
        """Present cost per unit of private money."""
        return self.present / self.private if self.private > 0 else None


@dataclass(frozen=True, slots=True)
class Support:
    """The least amount of a kind. amount: None where it cannot meet the tests alone; reason says
    why, and nearest is the amount that comes nearest. after: results with either. cost: None where
    none is needed or none meets the tests. failed: integrity checks that fail with it."""

    kind: Kind
    amount: float | None
    nearest: float | None
    reason: str
    after: Figures
    cost: Cost | None
    failed: dict[str, int]


@dataclass(frozen=True, slots=True)
class Subsidy:
    """An answer for a project. before: results without support. left_out: kinds that do not apply,
    and why. rate: the public's, nominal. scenarios, seed: of the simulated tests; 0 scenarios
    where there is none, 1 where nothing is uncertain."""

    tests: tuple[Test, ...]
    before: Figures
    met: bool
    supports: tuple[Support, ...]
    left_out: dict[str, str]
    rate: float
    justified: str
    scenarios: int = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Search:
    """What amounts are tried on. some: of the tests of the base case, None without any; tried: of
    the simulated ones, likewise. wide: what is shown."""

    backed: Case
    tests: tuple[Test, ...]
    some: Part | None
    tried: Trial | None
    wide: Part

    @property
    def moves(self) -> Scenario:
        return {move: value for test in self.tests for move, value in test.moves.items()}

    def simulated(self, support: Scenario) -> Figures:
        """The figures of the simulated tests with a support, by key."""
        if self.tried is None:
            return {}
        results = self.tried.at(support | self.moves)
        return {t.key: t.figure(self.tried, results) for t in self.tests if t.simulated}


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
    rate = public_rate(case, project)
    tests = read_tests(case, project, asked)
    backed = supported(case, project)
    search = _search(backed, project, tests, scenarios, seed)
    found, left_out = kinds(backed, project, any(test.result == LOSS for test in tests))
    before = figures_of(search.wide, backed.runs) | search.simulated({})
    amounts = _least(search, found)
    supports = tuple(
        _support(search, kind, before, amount, nearest, short)
        for kind, (amount, nearest, short) in zip(found, amounts, strict=True)
    )
    met = all(amount == 0 for amount, _, _ in amounts) if amounts else False
    number, drawn = (0, 0) if search.tried is None else (search.tried.scenarios, search.tried.seed)
    return Subsidy(tests, before, met, supports, left_out, rate, _justified(case, project), number,
                   drawn)  # fmt: skip


def _search(
    backed: Case, project: str, tests: tuple[Test, ...], scenarios: int, seed: int | None
) -> _Search:
    plain = [test for test in tests if not test.simulated]
    drawn = [test for test in tests if test.simulated]
    some = part(backed, project, [test.tested for test in plain]) if plain else None
    wanted = [name for test in drawn for name in MEASURES.get(test.result, (test.tested,))]
    tried = trial(backed, project, [*wanted, *CALLS], scenarios, seed) if drawn else None
    shown = (t.result for t in tests if t.result not in MEASURES)
    return _Search(backed, tests, some, tried, part(backed, project, [*shown, *BESIDE]))


def public_rate(case: Case, project: str) -> float:
    """The public's discount rate, nominal and effective a year. Raises NoPublicRate."""
    economy, run = case.portfolio.economy, case.runs[project]
    if "discount_public" not in economy.values:
        raise NoPublicRate(
            "what support costs the public needs its rate: add economy.discount_rates.public, what "
            "the state pays on its bonds"
        )
    rate, inflation = run.value("discount_public") or 0.0, run.value("inflation") or 0.0
    if economy.choices["discount_basis"] == "real":
        rate = (1 + rate) * (1 + inflation) - 1
    return rate


def _justified(case: Case, project: str) -> str:
    run = case.runs[project]
    if "enpv" not in run.model.results:
        return NOT_ASSESSED
    economic, financial = run.value("enpv") or 0.0, run.value("project_npv") or 0.0
    if economic <= 0:
        return LOSES
    return JUSTIFIED if financial < 0 else PAYS


# -- the search ---------------------------------------------------------------------------------


def _shortfalls(search: _Search, found: Sequence[Kind], amounts: Sequence[Array]) -> list[Array]:
    """For each kind: a row an amount, a column a test; those of the base case all in one batch."""
    tests = search.tests
    short = [np.zeros((len(xs), len(tests))) for xs in amounts]
    scenarios = [
        kind.at(float(x)) | search.moves
        for kind, xs in zip(found, amounts, strict=True)
        for x in xs
    ]
    if search.some is not None and scenarios:
        values = search.some.batch(scenarios)
        ends = np.cumsum([len(xs) for xs in amounts])[:-1]
        for column, test in enumerate(tests):
            if not test.simulated:
                for rows, off in zip(short, np.split(test.short(values[test.tested]), ends),
                                     strict=True):  # fmt: skip
                    rows[:, column] = off
    if search.tried is not None:
        for kind, xs, rows in zip(found, amounts, short, strict=True):
            for row, x in zip(rows, xs, strict=True):
                figures = search.simulated(kind.at(float(x)))
                for column, test in enumerate(tests):
                    if test.simulated:
                        row[column] = test.short_of(figures[test.key] or 0.0)
    return short


def _least(
    search: _Search, found: Sequence[Kind]
) -> list[tuple[float | None, float | None, Array]]:
    """For each kind the least amount, or None and the nearest, with what each test is short of at
    the nearest amount."""
    coarse = search.tried is not None and not search.tried.certain
    steps, halves = COARSE if coarse else (RUNGS, HALVINGS)
    parts, narrow = (COARSE_PARTS, COARSE_NARROW) if coarse else (PARTS, NARROW)
    ladders = [kind.ladder(steps, halves) for kind in found]
    short = _shortfalls(search, found, ladders)
    ends: dict[int, tuple[float, float]] = {}  # amounts between which the least lies
    for k, (xs, off) in enumerate(zip(ladders, short, strict=True)):
        meets = ~off.any(axis=1)
        if meets.any():
            first = int(np.argmax(meets))
            ends[k] = (float(xs[max(0, first - 1)]), float(xs[first]))
    for _ in range(ROUNDS):
        moving = [k for k, (a, b) in ends.items() if not found[k].whole and b - a > narrow * b]
        if not moving:
            break
        tried = [np.linspace(ends[k][0], ends[k][1], parts + 1)[1:-1] for k in moving]
        for k, xs, off in zip(
            moving, tried, _shortfalls(search, [found[k] for k in moving], tried), strict=True
        ):
            points = np.concatenate([[ends[k][0]], xs, [ends[k][1]]])
            first = int(np.argmax(np.concatenate([[False], ~off.any(axis=1), [True]])))
            ends[k] = (float(points[first - 1]), float(points[first]))
    return [
        (ends[k][1], None, np.zeros(len(search.tests))) if k in ends else _nearest(xs, off)
        for k, (xs, off) in enumerate(zip(ladders, short, strict=True))
    ]


def _nearest(amounts: Array, short: Array) -> tuple[None, float, Array]:
    """The amount at which most tests are met; of those, at which they are least short of what they
    are without support; of those, the least."""
    base = np.where(np.isfinite(short[0]) & (short[0] > 0), short[0], 1.0)
    order = np.lexsort((amounts, (short / base).sum(axis=1), (short > 0).sum(axis=1)))
    best = int(order[0])
    return None, float(amounts[best]), short[best]


# -- what it costs ------------------------------------------------------------------------------


def _support(
    search: _Search, kind: Kind, before: Figures, amount: float | None, nearest: float | None,
    short: Array,
) -> Support:  # fmt: skip
    backed, wide = search.backed, search.wide
    given = nearest if amount is None else amount
    assert given is not None
    changes: dict[str, dict[str, float]] = {}
    for (place, name), value in kind.at(given).items():
        changes.setdefault(place, {})[name] = value
    models = [m for m in backed.models if m.name in {model.name for model in wide.models}]
    runs = run_case(backed, changes, models=models)
    failed = {title: n for run in runs.values() for title, n in run.failed_checks().items()}
    after = figures_of(wide, runs) | search.simulated(kind.at(given))
    if amount is None:
        missed = [
            _missed(test.key, before[test.key], after[test.key])
            for test, off in zip(search.tests, short, strict=True)
            if off > 0
        ]
        return Support(kind, None, given, "; ".join(missed), after, None, failed)
    cost = _cost(search, kind, amount, runs[wide.project]) if amount else None
    return Support(kind, amount, None, "", after, cost, failed)


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


def public_flow(case: Case, project: str, kind: str, without: Run, backed: Run) -> dict[str, Array]:
    """What the public pays by part and period (see above)."""
    rise = {name: backed[name][0] - without[name][0] for name in ("grants_received", "receipts",
                                                                  "tax.tax")}  # fmt: skip
    interest = np.zeros_like(rise["receipts"])
    per_period = (1 + public_rate(case, project)) ** (1 / case.portfolio.periods_per_year) - 1
    for name in case.projects[project].entry.loan_names:
        rate = per_period if kind == SOFT else _rate(without, name)
        interest = interest + _before(backed, name) * rate - backed[f"{name}.interest"][0]
    return {"grants": rise["grants_received"], "premium": rise["receipts"],
            "interest": interest, "tax_forgone": -rise["tax.tax"]}  # fmt: skip


def _before(run: Run, loan: str) -> Array:
    """A loan's balance at the end of the period before."""
    return np.concatenate([[0.0], run[f"{loan}.balance"][0][:-1]])


def _rate(run: Run, loan: str) -> Array | float:
    """A loan's rate by period, or the one of all."""
    stepped = f"{loan}.rate"
    if stepped in run.model.lines:
        found: Array = run[stepped][0]
        return found
    return run.value(f"{loan}.rate_per_period") or 0.0


def _cost(search: _Search, kind: Kind, amount: float, backed: Run) -> Cost:
    case, project = search.backed, search.wide.project
    without, ppy = case.runs[project], case.portfolio.periods_per_year
    years = np.arange(backed.model.periods + 1) / ppy
    rate = public_rate(case, project)
    factor = (1 + rate) ** -years
    flows = public_flow(case, project, kind.name, without, backed)
    parts = {name: float(flow @ factor) for name, flow in flows.items()}
    undiscounted = float(sum(flow.sum() for flow in flows.values()))
    if kind.name == GUARANTEE and search.tried is not None:
        called = search.tried.calls(search.tried.at(kind.at(amount)), rate)
        less = search.tried.calls(search.tried.at({}), rate)
        parts["guarantee"] = called[0] - less[0]
        undiscounted += called[1] - less[1]
    tonnes = backed["ghg_avoided"][0]
    equity = max(0.0, backed.value("equity_contribution") or 0.0)
    lent = backed.value("loan.debt") or 0.0
    soft = kind.name == SOFT
    return Cost(
        sum(parts.values()), undiscounted, parts,
        float(tonnes.sum()), float(tonnes @ factor), equity if soft else equity + lent,
        _sdi(case, project, without, backed) if soft else None,
    )  # fmt: skip


def _sdi(case: Case, project: str, without: Run, backed: Run) -> float | None:
    """The SDI of a lender whom the public refinances so that it lends at the soft rate and keeps
    the margin that it had, which just covers its cost and losses (assumption), without equity of
    its own: what the cheap money saves it, over its interest."""
    names = list(case.projects[project].entry.loan_names)
    owed = sum(float(_before(backed, name).sum()) for name in names)
    full = sum(float((_before(backed, name) * _rate(without, name)).sum()) for name in names)
    soft = sum(float(backed[f"{name}.interest"][0].sum()) for name in names)
    if owed <= 0 or soft <= 0:
        return None
    saved = lenders_subsidy(owed, full / owed, soft / owed, 0.0, 0.0)
    return sdi(saved, owed, soft / owed)
