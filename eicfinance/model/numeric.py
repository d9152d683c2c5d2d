"""The numpy rendering: a model's numbers, for many scenarios at once. The reference.

Arrays are (periods + 1, scenarios) inside, with a length of 1 where nothing varies, so that what is
the same in all scenarios is computed once. A step that repeats (order.py) goes period by period;
within it, whatever does not depend on the step's own lines is computed beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from math import isnan
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eicfinance.model.expr import EPS, REDUCTIONS, Expr, ModelError, Number, tolerance
from eicfinance.model.irr import Irr, IrrArray, irr_many
from eicfinance.model.model import Input, Line, Model, Result, Timeline, Vector
from eicfinance.model.operate import QUICK, operate, reduced, shifted, whole_number
from eicfinance.model.order import handed_on, needed
from eicfinance.model.solving import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from eicfinance.model.order import Step

    Array = NDArray[np.float64]


class NotFiniteError(ModelError):
    """A value that is no number, with the input, line or result that has it."""

    def __init__(self, item: Any, value: float, period: int, scenario: int) -> None:
        self.item, self.value, self.period, self.scenario = item, value, period, scenario
        where = f" in period {period}" if isinstance(item, Line) else ""
        super().__init__(f"{item.text.name!r} is {value}{where}, scenario {scenario}")


@dataclass(eq=False)
class Run:
    """The numbers of one model. ``run[name]``: scenarios x periods for a line or vector, scenarios
    for an input or result.

    Blank values (a ratio with nothing due, a date never met, no single IRR) are NaN in these arrays
    and nowhere else; `value` gives None for them.
    """

    model: Model
    scenarios: int
    arrays: dict[str, Array] = field(default_factory=dict)  # (periods + 1 or 1, scenarios or 1)
    irrs: dict[str, IrrArray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        self.model[name]  # an unknown name is refused with the nearest known one
        array = self.arrays[name]
        if isinstance(self.model[name], Line | Vector):
            return np.broadcast_to(array, (self.model.periods + 1, self.scenarios)).T
        return np.broadcast_to(array[0], (self.scenarios,))

    def value(self, name: str, scenario: int = 0) -> float | None:
        """A result or input in one scenario; None where it is blank."""
        number = float(self[name][scenario])
        return None if np.isnan(number) else number

    def series(self, name: str, scenario: int = 0) -> list[float | None]:
        """A line in one scenario, periods 0..n; None where it is blank."""
        values: list[float] = self._one(name, scenario).tolist()
        if name in self.model.lines and not self.model.lines[name].blank:
            return list(values)
        return [None if isnan(x) else x for x in values]

    def _one(self, name: str, scenario: int) -> Array:
        """A line or vector in one scenario (without the cost of asking for all)."""
        if name not in self.arrays:
            self.model[name]  # an unknown name is refused with the nearest known one
        array = self.arrays[name]
        values: Array = array[:, scenario if array.shape[1] > 1 else 0]
        return values if len(values) > 1 else np.repeat(values, self.model.periods + 1)

    def irr(self, name: str, scenario: int = 0) -> Irr:
        """The typed internal rate of return behind a result: status, rate, all roots, reason."""
        return self.irrs[name].one(scenario if len(self.irrs[name]) > 1 else 0)

    def failed_checks(self) -> dict[str, int]:
        """Title of each check that fails in any scenario, with the number of failing cells."""
        counts = {c.title: int(self[c.failures.text.name].sum()) for c in self.model.checks}
        return {title: count for title, count in counts.items() if count}

    def annual(self, name: str, scenario: int = 0) -> list[float | None]:
        """A line by project year (0 = closing): its sum, last value or mean, as its kind asks.

        Blanks are left out of a sum or mean; a year of blanks is blank.
        """
        line, ppy = self.model[name], self.model.periods_per_year
        values = self._one(name, scenario)
        if line.kind == "stock":
            return [None if isnan(x) else x for x in [*values[:-1:ppy], values[-1]]]
        add = np.mean if line.kind == "rate" else np.sum
        if not line.blank and (len(values) - 1) % ppy == 0:
            return [float(values[0]), *add(values[1:].reshape(-1, ppy), axis=1).tolist()]
        years = [values[:1]] + [values[k : k + ppy] for k in range(1, len(values), ppy)]
        filled = [year[~np.isnan(year)] for year in years]
        return [float(add(year)) if year.size else None for year in filled]

    def table(self, scenario: int = 0, annual: bool = False) -> pd.DataFrame:
        """All lines as a pandas table: a row a line (section, label, unit), a column a period."""
        import pandas as pd

        read = self.annual if annual else self.series
        rows = {name: read(name, scenario) for name in self.model.lines}
        texts = [line.text for line in self.model.lines.values()]
        table = pd.DataFrame.from_dict(rows, orient="index")
        table.columns.name = "year" if annual else "period"
        for place, part in enumerate(("section", "label", "unit")):
            table.insert(place, part, [getattr(text, part) for text in texts])
        return table


def run(
    model: Model,
    values: Mapping[str, ArrayLike] | None = None,
    givens: Mapping[str, Run] | None = None,
    only: Sequence[str] | None = None,
) -> Run:
    """Computes ``model``.

    values: inputs by name that differ from their base, one number or one a scenario; of a vector by
    period, periods 0..n x scenarios. only: names of results or lines; what they do not need is left
    out. givens: the runs of the models that this one is given lines of, by model name, with the
    same scenarios. Raises ModelError for an unknown input, differing numbers of scenarios, and for
    any value that is not finite, naming line and period.
    """
    made, unknown = started(model, values or {}, givens or {})
    steps, kept = model.order(), None
    if only is not None:
        asked = [model[name] for name in only]
        steps = needed(steps, [*asked, *unknown.values()])
        kept = handed_on(steps) | set(asked)
    with np.errstate(all="ignore"):
        first = 1 + max((k for k, s in enumerate(steps) if _any(s, unknown)), default=-1)

        def compute(part: Sequence[Step]) -> None:
            for step in part:
                Calculation(made, step.members, givens or {}).compute(step.repeats, kept)

        pairs = {name: result.text.name for name, result in unknown.items()}
        find(made.arrays, pairs, lambda: compute(steps[:first]))
        compute(steps[first:])
    return made


def started(
    model: Model, values: Mapping[str, ArrayLike], givens: Mapping[str, Run]
) -> tuple[Run, dict[str, Result]]:
    """A run with the values of inputs and vectors alone, and what each input that is still to be
    found must equal. Raises ModelError as `run` does."""
    paths, values = _paths(model, values)
    changed = {name: np.atleast_1d(np.asarray(v, float)) for name, v in values.items()}
    if wrong := [name for name, array in changed.items() if array.ndim > 1 or not array.size]:
        raise ModelError(f"{wrong[0]!r}: give one number, or one a scenario")
    sizes = {a.size for a in changed.values()} | {r.scenarios for r in givens.values()}
    sizes = (sizes | {path.shape[1] for path in paths.values()}) - {1} or {1}
    if len(sizes) > 1:
        raise ModelError(f"inputs come in different numbers of scenarios: {sorted(sizes)}")
    for name in changed:
        if name not in model.inputs:
            model[name]
            raise ModelError(f"{name!r} is not an input of model {model.name!r}")
    made = Run(model, sizes.pop())
    for name, item in model.inputs.items():
        made.arrays[name] = changed.get(name, np.array([item.value]))[None, :]
        _finite(made.arrays[name], item)
    for name, vector in model.vectors.items():
        made.arrays[name] = paths[name] if name in paths else _vector(model, vector)
        _finite(made.arrays[name], vector)
    unknown = {
        name: item.equals
        for name, item in model.inputs.items()
        if item.equals is not None and name not in changed
    }
    return made, unknown


def _paths(
    model: Model, values: Mapping[str, ArrayLike]
) -> tuple[dict[str, Array], dict[str, ArrayLike]]:
    """The vectors among the values, and the rest."""
    paths = {name: np.asarray(v, float) for name, v in values.items() if name in model.vectors}
    for name, path in paths.items():
        if path.ndim != 2 or len(path) != model.periods + 1:
            raise ModelError(f"{name!r}: give {model.periods + 1} periods x scenarios")
    return paths, {name: v for name, v in values.items() if name not in paths}


def _any(step: Step, unknown: Mapping[str, Result]) -> bool:
    return any(result in step.members for result in unknown.values())


def timeline(model: Model, name: str) -> Array:
    """A timeline row or number as (periods + 1, 1) or (1, 1)."""
    return _timeline(model.periods, model.periods_per_year, model.season_start)[name]


@cache
def _timeline(periods: int, ppy: int, season_start: int) -> dict[str, Array]:
    t = np.arange(periods + 1.0)
    year = np.ceil(t / ppy)
    rows = {
        "period": t,
        "year": year,
        "season": (t + season_start - 1) % ppy + 1,
        "last": (t == periods) * 1.0,
        "year_end": ((t == year * ppy) & (t > 0)) * 1.0,
        "periods_per_year": np.array([float(ppy)]),
        "eps": np.array([EPS]),
        "end": np.array([float(periods)]),
    }
    for row in rows.values():
        row.flags.writeable = False  # one for all models
    return {name: row[:, None] for name, row in rows.items()}


def _vector(model: Model, vector: Vector) -> Array:
    values = np.array(vector.values, float)
    if vector.seasonal:
        values = values[timeline(model, "season")[:, 0].astype(int) - 1]
    return values[:, None]


class Calculation:
    """The calculation of one step. Values of nodes that do not change within it are kept."""

    def __init__(self, made: Run, members: tuple[Expr, ...], givens: Mapping[str, Run]) -> None:
        self.run, self.model, self.givens = made, made.model, givens
        self.members: Any = members
        self.kept: dict[int, Array] = {}
        self.rows: dict[int, list[Array]] = {}  # of the repeating lines, by id
        self.moving: dict[int, bool] = {}  # node, by id -> whether it depends on those
        self.reach: dict[int, int] = {}  # line, by id -> how far the step looks back to it

    def compute(self, repeats: bool, kept: set[Expr] | None) -> None:
        """kept: of the lines that repeat, those to be stored; None for all."""
        first = self.members[0]
        if not repeats:
            self._store(first, self._given(first) if _is_given(first) else self._whole(first))
            return
        added = _running_total(first) if len(self.members) == 1 else None
        if added is not None:
            full = np.broadcast_to(self.whole(added), (self.model.periods + 1, self._width(added)))
            self._store(first, np.cumsum(full, axis=0))
            return
        self.rows = {id(line): [] for line in self.members}
        work = [(self.rows[id(line)].append, self.at(line.formula)) for line in self.members]
        passing = [
            (self.rows[id(line)], self.reach.get(id(line), 0))
            for line in self.members
            if kept is not None and line not in kept
        ]
        for t in range(self.model.periods + 1):
            for append, value in work:
                append(value(t))
            for rows, reach in passing:  # no longer looked back to: its memory serves again
                if t >= reach:
                    rows[t - reach] = _GONE
        for line in self.members:
            if kept is None or line in kept:
                self._store(line, np.stack(np.broadcast_arrays(*self.rows[id(line)])))

    def _width(self, node: Expr) -> int:
        return int(self.whole(node).shape[1])

    def _given(self, line: Line) -> Array:
        assert line.given is not None
        source, theirs = line.given
        if source.name not in self.givens:
            raise ModelError(f"{line.text.name!r} wants a run of model {source.name!r}")
        arrays = self.givens[source.name].arrays
        if theirs.text.name not in arrays:
            raise ModelError(
                f"{line.text.name!r} is given by {theirs.text.name!r} of model {source.name!r}, "
                "which was run without it: name it among what that run is asked for"
            )
        values = arrays[theirs.text.name]
        mine = np.zeros((self.model.periods + 1, values.shape[1]))
        n = min(len(mine), len(values))
        mine[:n] = values[:n]
        return mine

    def _whole(self, item: Line | Result) -> Array:
        formula = item.formula
        assert formula is not None
        if formula.op == "irr":
            line = formula.args[0]
            found = rates(self.whole(line), line, self.model.periods_per_year)
            self.run.irrs[item.text.name] = found
            return found.rate[None, :]
        values = self.whole(formula)
        if isinstance(item, Line):
            values = np.broadcast_to(values, (self.model.periods + 1, values.shape[1]))
        return values

    def _store(self, item: Any, values: Array) -> None:
        _finite(values, item)
        self.run.arrays[item.text.name] = values

    # -- over all periods at once ---------------------------------------------------------------

    def whole(self, node: Expr) -> Array:
        """The node's values over all periods."""
        if id(node) not in self.kept:
            self.kept[id(node)] = self._leaf(node) if not node.args else self._over(node)
        return self.kept[id(node)]

    def _leaf(self, node: Expr) -> Array:
        if isinstance(node, Number):
            return np.array([[node.value]], float)
        if isinstance(node, Timeline):
            return timeline(self.model, node.name)
        assert isinstance(node, Input | Vector | Line | Result)
        return self.run.arrays[node.text.name]

    def _over(self, node: Expr) -> Array:
        args = [self.whole(arg) for arg in node.args]
        if node.op in REDUCTIONS:
            full = np.broadcast_to(args[0], (self.model.periods + 1, args[0].shape[1]))
            return reduced(node.op, full)
        if node.op == "previous":
            return shifted(args[0], np.array([1]))
        if node.op == "lag":
            return shifted(args[0], whole_number(args[1], node, 0))
        if node.op == "lead":
            return shifted(args[0][::-1], whole_number(args[1], node, 0))[::-1]
        return operate(node, args)

    # -- period by period -----------------------------------------------------------------------

    def _moves(self, node: Expr) -> bool:
        """Whether the node depends on the lines of this step."""
        if id(node) not in self.moving:
            self.moving[id(node)] = id(node) in self.rows or any(map(self._moves, node.args))
        return self.moving[id(node)]

    def at(self, node: Expr) -> Callable[[int], Array]:
        """What gives the node's values in period t, one a scenario: a function for the loop over
        the periods, in which all that can be known before is known."""
        if not self._moves(node):
            values = self.whole(node)
            only = values[0]
            return values.__getitem__ if len(values) > 1 else lambda t: only
        if id(node) in self.rows:
            return self.rows[id(node)].__getitem__
        if node.op in ("previous", "lag") and id(node.args[0]) in self.rows:
            line, zero = id(node.args[0]), np.zeros(1)
            rows = self.rows[line]
            back = np.ones(1, int)
            if node.op == "lag":
                back = whole_number(self.whole(node.args[1]), node, 1)
            self.reach[line] = max(self.reach.get(line, 0), int(back.max()))
            if back.size > 1:
                return lambda t: self._back(rows, t, back)
            n = int(back[0])
            return lambda t: rows[t - n] if t >= n else zero
        parts = [self.at(arg) for arg in node.args]
        quick = None if node.fragile else QUICK.get(node.op)
        if quick is not None:
            a, b = parts
            return lambda t: quick(a(t), b(t))
        if node.op == "floor" and not node.fragile:
            return lambda t: np.floor(parts[0](t) + EPS)
        return lambda t: operate(node, [part(t) for part in parts])

    def _back(self, rows: list[Array], t: int, back: NDArray[np.int64]) -> Array:
        width = max(back.size, max((row.size for row in rows), default=1))
        taken = np.zeros(width)
        for n in np.unique(back):
            if t >= n:
                mine = back == n
                taken[mine] = np.broadcast_to(rows[t - n], (width,))[mine]
        return taken


_GONE: Final = np.zeros(0)


def rates(flows: Array, line: Expr, periods_per_year: int) -> IrrArray:
    """The internal rates of return of a line, whose values by scenario are given."""
    return irr_many(np.where(np.abs(flows) <= dust(line), 0.0, flows), periods_per_year)


def dust(line: Expr) -> float:
    """What counts as zero of a flow whose rate of return is taken: crumbs of rounding at its end
    would make a rate near -100%."""
    return tolerance(line > 0)


def _running_total(line: Any) -> Expr | None:
    """X where the line is ``line.previous + X`` and X does not depend on the line."""
    formula = line.formula
    if formula.op != "+" or formula.args[0].op != "previous" or formula.args[0].args[0] is not line:
        return None
    added: Expr = formula.args[1]
    return None if _mentions(added, line) else added


def _mentions(node: Expr, line: Expr) -> bool:
    return node is line or any(_mentions(arg, line) for arg in node.args)


def _is_given(item: Any) -> bool:
    return getattr(item, "given", None) is not None


def _finite(values: Array, item: Any) -> None:
    bad = np.isinf(values) if item.blank else ~np.isfinite(values)
    if bad.any():
        t, k = (int(i[0]) for i in np.nonzero(bad))
        raise NotFiniteError(item, float(values[t, k]), t, k)
