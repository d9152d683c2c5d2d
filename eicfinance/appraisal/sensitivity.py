"""Sensitivity of a project: each input at its low and high, switching values, named scenarios, and
tables of two inputs.

All of it is made of batches (batch.py): the lows, the highs and the named scenarios are one; the
table of the two inputs that move most is one; the switching values are one more a step of the
search, for all inputs at once (crossing.py). One input
is moved at a time, the others stay at their base: a change of inflation leaves the price rises as
they are. A life cannot grow beyond the model's last period.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.batch import (
    Part,
    Scenario,
    Unknown,
    UnknownName,
    moves_of,
    named,
    part,
    unknowns,
)
from eicfinance.appraisal.crossing import Answer, crossings
from eicfinance.model.expr import DUST, EPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eicfinance.appraisal.batch import Array
    from eicfinance.appraisal.case import Case

NPV, EQUITY = "project_npv", "equity_npv"
RESULTS = (NPV, EQUITY, "dscr_min", "equity_irr")
TOP = 7  # inputs whose switching values are looked for
COARSE = 4.0  # ratio of the ladder's distances for switching values
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """An input at its low and at its high, and each result there. swing: of the project's NPV from
    the lowest to the highest of low, base and high. switching: by result."""

    unknown: Unknown
    ends: tuple[float, float]
    at_low: Figures
    at_high: Figures
    swing: float
    switching: dict[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Results for each pair of values of two inputs: a row a value of the first, a column a value
    of the second, blank as None."""

    inputs: tuple[Unknown, Unknown]
    values: tuple[tuple[float, ...], tuple[float, ...]]
    results: dict[str, list[list[float | None]]]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """All sensitivities of a project at the base case.

    bars: the inputs that move a result, the largest swing first. still: keys of those with a range
    that move none. without_range: keys of those that cannot be moved, as they have no range.
    table: of the two inputs with the largest swing; None where there are no two.
    """

    base: Figures
    bars: tuple[Bar, ...]
    still: tuple[str, ...]
    without_range: tuple[str, ...]
    scenarios: dict[str, Figures]
    table: Table | None

    @property
    def top(self) -> tuple[Bar, ...]:
        """The bars with switching values."""
        return self.bars[:TOP]

    def holds_for(self, npv: float | None) -> bool:
        """Whether the base that was computed here has this NPV of the project."""
        base = self.base[NPV]
        if base is None or npv is None:
            return base is npv
        return abs(npv - base) <= DUST + EPS * abs(base)


def sensitivity(case: Case, project: str, top: int = TOP) -> Sensitivity:
    """All of it, with switching values of the ``top`` inputs and, but for top = 0, the table."""
    some = part(case, project, RESULTS)
    inputs = unknowns(some)
    ranged = {key: u for key, u in inputs.items() if u.ends is not None}
    wanted = {s.name: moves_of(s.changes) for s in case.portfolio.scenarios}
    found = some.batch([{}, *_ends(list(ranged.values())), *wanted.values()])
    figures = [_figures(found, k) for k in range(1 + 2 * len(ranged) + len(wanted))]
    base, after = figures[0], figures[1 + 2 * len(ranged) :]
    bars, still = [], []
    for k, (key, unknown) in enumerate(ranged.items()):
        low, high = figures[1 + 2 * k : 3 + 2 * k]
        assert unknown.ends is not None
        if low == base == high:
            still.append(key)
        else:
            bars.append(Bar(unknown, unknown.ends, low, high, _swing(base, low, high)))
    bars.sort(key=lambda bar: -bar.swing)
    _switching(case, project, bars[:top])
    table = None
    if top and len(bars) > 1:
        a, b = (bar.unknown for bar in bars[:2])
        table = _table(some, a, b, steps(a), steps(b))
    return Sensitivity(
        base, tuple(bars), tuple(still), tuple(key for key in inputs if key not in ranged),
        dict(zip(wanted, after, strict=True)), table,
    )  # fmt: skip


def _ends(ranged: Sequence[Unknown]) -> list[Scenario]:
    return [{u.move: end} for u in ranged for end in u.ends or ()]


def _figures(found: dict[str, Array], place: int) -> Figures:
    return {
        name: None if np.isnan(values[place]) else float(values[place])
        for name, values in found.items()
    }


def _swing(*figures: Figures) -> float:
    known = [f[NPV] for f in figures if f[NPV] is not None]
    return max(known) - min(known)  # type: ignore[operator,type-var]


def _switching(case: Case, project: str, bars: Sequence[Bar]) -> None:
    """Adds to the bars the values at which the project's and the owner's NPV are nil."""
    asked = [(bar, result) for result in (NPV, EQUITY) for bar in bars]
    answers = crossings(part(case, project, (NPV, EQUITY)), [(b.unknown, r) for b, r in asked],
                        ratio=COARSE, closely=False)  # fmt: skip
    for (bar, result), answer in zip(asked, answers, strict=True):
        bar.switching[result] = answer


def two_way(
    case: Case,
    project: str,
    input_a: str,
    input_b: str,
    results: Iterable[str] = (NPV,),
    values_a: Sequence[float] | None = None,
    values_b: Sequence[float] | None = None,
) -> Table:
    """Results for each pair of values of two inputs, by their keys (`unknowns`); one batch.

    Values: those given, else `steps`. Raises UnknownName for an unknown project, input or result,
    and for an input that has neither values nor a range.
    """
    some = part(case, project, results)
    a, b = named(some, input_a), named(some, input_b)
    if a == b:
        raise UnknownName(f"a table needs two inputs; both are {a.key}")
    return _table(some, a, b, values_a or steps(a), values_b or steps(b))


def steps(unknown: Unknown) -> list[float]:
    """Five values of an input: low, base, high and halfway between; or low to high evenly, where
    the base lies outside or at an end. Months and days are rounded."""
    if unknown.ends is None:
        raise UnknownName(
            f"{unknown.key} has no range; give it one in the portfolio, as "
            f"{{value: {unknown.base:g}, low: ..., high: ...}}"
        )
    (low, high), base = unknown.ends, unknown.base
    middle = base if low < base < high else (low + high) / 2
    found = [low, (low + middle) / 2, middle, (middle + high) / 2, high]
    return sorted({float(round(x)) if unknown.whole else x for x in found})


def _table(
    some: Part, a: Unknown, b: Unknown, values_a: Sequence[float], values_b: Sequence[float]
) -> Table:
    scenarios = [{a.move: float(x), b.move: float(y)} for x in values_a for y in values_b]
    found = {name: _plain(values) for name, values in some.batch(scenarios).items()}
    width = len(values_b)
    return Table(
        (a, b), (tuple(values_a), tuple(values_b)),
        {name: [flat[k : k + width] for k in range(0, len(flat), width)]
         for name, flat in found.items()},
    )  # fmt: skip


def _plain(values: Array) -> list[float | None]:
    return [None if np.isnan(x) else float(x) for x in values]
