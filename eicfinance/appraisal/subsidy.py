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
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.batch import ECONOMY, UnknownName, part
from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.solve import BESIDE, figures_of, number_in, read_target
from eicfinance.appraisal.support import SOFT, kinds, supported
from eicfinance.finance.mfi_ratios import sdi
from eicfinance.finance.mfi_ratios import subsidy as lenders_subsidy
from eicfinance.model.label import Label, joined
from eicfinance.portfolio.problems import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.appraisal.batch import Array, Part, Scenario
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.support import Kind
    from eicfinance.model.numeric import Run

IRR, BY_NPV, POLICY_IRR = "equity_irr", "equity_npv_policy", "policy_equity_irr_min"
JUSTIFIED = "yes: the economic NPV is positive while the financial NPV is negative"
PAYS = "no: the project's financial NPV is not negative without support"
LOSES = "no: the economic NPV is not positive"
NOT_ASSESSED = "not assessed: portfolio or project has no economic section"
PARTS, ROUNDS, NARROW = 16, 20, 1e-10
Figures = dict[str, float | None]


class NoPublicRate(ValueError):  # noqa: N818
    """The portfolio does not say at which rate the public borrows."""


@dataclass(frozen=True, slots=True)
class Test:
    """A result and its limit. text: as it was asked for. tested: the result that decides, and its
    limit; moves: what is moved for that."""

    text: str
    result: str
    at_most: bool
    limit: float
    tested: str
    limit_tested: float
    moves: Scenario

    def short(self, values: Array) -> Array:
        """By how much values fall short of the limit, nil where they meet it; a blank does not."""
        off = values - self.limit_tested if self.at_most else self.limit_tested - values
        return np.where(np.isnan(off), np.inf, np.maximum(0.0, off))


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
    and why. rate: the public's, nominal."""

    tests: tuple[Test, ...]
    before: Figures
    met: bool
    supports: tuple[Support, ...]
    left_out: dict[str, str]
    rate: float
    justified: str


def subsidy(case: Case, project: str, asked: Sequence[str] = ()) -> Subsidy:
    """The least support of each kind with which a project meets all tests; without any named, those
    of the credit policy. Raises UnknownName, NoPublicRate, ValueError for a test that is none."""
    if project not in case.projects:
        raise UnknownName(unknown(f"there is no project {project!r}", project, case.projects))
    rate = public_rate(case, project)
    tests = _tests(case, project, asked)
    backed = supported(case, project)
    some = part(backed, project, [test.tested for test in tests])
    wide = part(backed, project, [*(test.result for test in tests), *BESIDE])
    found, left_out = kinds(backed, project)
    before = figures_of(wide, backed.runs)
    amounts = _least(some, found, tests)
    supports = tuple(
        _support(backed, wide, kind, tests, amount, nearest, short)
        for kind, (amount, nearest, short) in zip(found, amounts, strict=True)
    )
    met = all(amount == 0 for amount, _, _ in amounts) if amounts else False
    return Subsidy(tests, before, met, supports, left_out, rate, _justified(case, project))


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


# -- tests --------------------------------------------------------------------------------------


def _tests(case: Case, project: str, asked: Sequence[str]) -> tuple[Test, ...]:
    run = case.runs[project]
    if not asked:
        if BY_NPV not in run.model.results:
            raise ValueError(f"project {project} has no loan, to which the credit policy applies; "
                             "name a test, as --test \"project_npv>=0\"")  # fmt: skip
        limits = {"dscr_min": "policy_dscr_min", IRR: POLICY_IRR}
        asked = [f"{name}>={run.value(limit):.12g}" for name, limit in limits.items()]
    tests = tuple(_test(case, project, text) for text in asked)
    if sum(bool(test.moves) for test in tests) > 1:
        raise ValueError(f"{IRR} stands in two tests; the higher is enough")
    return tests


def _test(case: Case, project: str, text: str) -> Test:
    """A test as it is written: RESULT>=VALUE or RESULT<=VALUE."""
    if "@" in text:
        raise ValueError(
            f"{text!r} asks for a confidence, which needs the simulation; this version has none: "
            f"write {text.split('@')[0]!r}, which the base case must meet"
        )
    if "<" not in text and ">" not in text:
        raise ValueError(f"{text!r} is no test; write RESULT>=VALUE or RESULT<=VALUE, as "
                         "dscr_min>=1.2")  # fmt: skip
    result, sign, number = read_target(text)
    at_most = sign == "<="
    some = part(case, project, [result])
    limit = number_in(number, some.item(result))
    if result == IRR and not at_most and BY_NPV in case.runs[project].model.results:
        return Test(text, result, at_most, limit, BY_NPV, 0.0, {(ECONOMY, POLICY_IRR): limit})
    return Test(text, result, at_most, limit, result, limit, {})


# -- the search ---------------------------------------------------------------------------------


def _shortfalls(
    some: Part, found: Sequence[Kind], amounts: Sequence[Array], tests: Sequence[Test]
) -> list[Array]:
    """For each kind: a row an amount, a column a test; all in one batch."""
    moved = {move: value for test in tests for move, value in test.moves.items()}
    scenarios = [
        kind.at(float(x)) | moved for kind, xs in zip(found, amounts, strict=True) for x in xs
    ]
    if not scenarios:
        return [np.zeros((0, len(tests))) for _ in found]
    values = some.batch(scenarios)
    short = np.stack([test.short(values[test.tested]) for test in tests], axis=1)
    return np.split(short, np.cumsum([len(xs) for xs in amounts])[:-1])


def _least(
    some: Part, found: Sequence[Kind], tests: Sequence[Test]
) -> list[tuple[float | None, float | None, Array]]:
    """For each kind the least amount, or None and the nearest, with what each test is short of at
    the nearest amount."""
    ladders = [kind.ladder() for kind in found]
    short = _shortfalls(some, found, ladders, tests)
    ends: dict[int, tuple[float, float]] = {}  # amounts between which the least lies
    for k, (xs, off) in enumerate(zip(ladders, short, strict=True)):
        meets = ~off.any(axis=1)
        if meets.any():
            first = int(np.argmax(meets))
            ends[k] = (float(xs[max(0, first - 1)]), float(xs[first]))
    for _ in range(ROUNDS):
        moving = [k for k, (a, b) in ends.items() if not found[k].whole and b - a > NARROW * b]
        if not moving:
            break
        tried = [np.linspace(ends[k][0], ends[k][1], PARTS + 1)[1:-1] for k in moving]
        for k, xs, off in zip(
            moving, tried, _shortfalls(some, [found[k] for k in moving], tried, tests), strict=True
        ):
            points = np.concatenate([[ends[k][0]], xs, [ends[k][1]]])
            first = int(np.argmax(np.concatenate([[False], ~off.any(axis=1), [True]])))
            ends[k] = (float(points[first - 1]), float(points[first]))
    return [
        (ends[k][1], None, np.zeros(len(tests))) if k in ends else _nearest(xs, off)
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
    backed: Case, wide: Part, kind: Kind, tests: Sequence[Test], amount: float | None,
    nearest: float | None, short: Array,
) -> Support:  # fmt: skip
    given = nearest if amount is None else amount
    assert given is not None
    changes: dict[str, dict[str, float]] = {}
    for (place, name), value in kind.at(given).items():
        changes.setdefault(place, {})[name] = value
    models = [m for m in backed.models if m.name in {model.name for model in wide.models}]
    runs = run_case(backed, changes, models=models)
    failed = {title: n for run in runs.values() for title, n in run.failed_checks().items()}
    after = figures_of(wide, runs)
    if amount is None:
        before = figures_of(wide, backed.runs)
        missed = [
            _missed(test.result, before[test.result], after[test.result])
            for test, off in zip(tests, short, strict=True)
            if off > 0
        ]
        return Support(kind, None, given, joined(missed), after, None, failed)
    cost = _cost(backed, wide.project, kind, runs[wide.project]) if amount else None
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


def _cost(case: Case, project: str, kind: Kind, backed: Run) -> Cost:
    without, ppy = case.runs[project], case.portfolio.periods_per_year
    years = np.arange(backed.model.periods + 1) / ppy
    factor = (1 + public_rate(case, project)) ** -years
    flows = public_flow(case, project, kind.name, without, backed)
    parts = {name: float(flow @ factor) for name, flow in flows.items()}
    tonnes = backed["ghg_avoided"][0]
    equity = max(0.0, backed.value("equity_contribution") or 0.0)
    lent = backed.value("loan.debt") or 0.0
    soft = kind.name == SOFT
    return Cost(
        sum(parts.values()), float(sum(flow.sum() for flow in flows.values())), parts,
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
