"""The compiled rendering: a model's numbers for very many scenarios, several times as fast.

What does not vary between the scenarios is computed once, by numeric.py; the rest by one loop over
scenarios and periods (loop.py) that is compiled (kernel.py) and runs on slices of the scenarios in
threads. An internal rate of return that is not proved to be the only one is left to irr.py, and
what depends on such a rate to numeric.py.

Results equal those of numeric.py but for the last digits: within 1e-9 of the largest value of a
row, whole numbers and flags exactly. Scenarios do not touch each other: the number of threads, and
how scenarios are cut into calls, change nothing, not a bit.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from eicfinance.model import kernel, loop_irr, numeric
from eicfinance.model.expr import Expr, walk
from eicfinance.model.irr import IrrArray
from eicfinance.model.loop import Loop, loop
from eicfinance.model.model import Input, Line, Model, Result
from eicfinance.model.numeric import Calculation, NotFiniteError, Run, dust, rates, started
from eicfinance.model.order import Step, needed
from eicfinance.model.solving import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

SLICE: Final = 512  # scenarios that one thread computes at once
LARGEST: Final = 4_000_000  # numbers of lines that it holds for that at most
WORTH: Final = 1e8  # rows x periods x scenarios from which it pays: half a second of numpy


def run_many(
    model: Model,
    values: Mapping[str, ArrayLike] | None = None,
    givens: Mapping[str, Run] | None = None,
    only: Sequence[str] | None = None,
    threads: int | None = None,
    scenarios: int | None = None,
) -> Run:
    """`run`, compiled where numba is installed and the work is large enough to pay for loading the
    loop, else by numpy.

    scenarios: of the whole study, where this is one block of it, so that all blocks are computed in
    the same way: which of the two it is depends on the model, this number, and whether numba is
    installed; never on the blocks, the threads, or what was compiled before. Blocks of some
    thousand scenarios are quickest. Draws are made before, by numpy: they are the same bytes either
    way, and so is what is written with few digits, but for a figure on the edge of rounding.
    """
    if scenarios is None:
        scenarios = started(model, values or {}, givens or {})[0].scenarios
    if pays(model, scenarios):
        try:
            return run(model, values, givens, only, threads)
        except ImportError:
            kernel.give_up()
    return numeric.run(model, values, givens, only)


def pays(model: Model, scenarios: int) -> bool:
    """Whether a study of so many scenarios of this model is compiled."""
    return len(model.rows) * (model.periods + 1) * scenarios >= WORTH and kernel.available()


def run(
    model: Model,
    values: Mapping[str, ArrayLike] | None = None,
    givens: Mapping[str, Run] | None = None,
    only: Sequence[str] | None = None,
    threads: int | None = None,
) -> Run:
    """As `numeric.run`, compiled; of lines and results only those named in ``only`` are kept.

    threads: at most so many at once, by default one a processor. Raises ModelError as that does (of
    several values that are not finite, another may be named) and ImportError without numba.
    """
    values, givens = values or {}, givens or {}
    made, unknown = started(model, values, givens)
    if made.scenarios == 1:
        return numeric.run(model, values, givens, only)
    asked = [model[name] for name in only] if only is not None else list(model.rows)
    if unknown:
        made.arrays |= _found(made, unknown, givens, threads)
    _Compiled(made, givens, [*asked, *unknown.values()], threads).compute()
    return made


def _found(
    made: Run, unknown: Mapping[str, Result], givens: Mapping[str, Run], threads: int | None
) -> dict[str, Array]:
    """The values of the inputs that the model leaves to be found, by scenario."""
    start = {name: np.repeat(made.arrays[name], made.scenarios, axis=1) for name in unknown}
    trial = Run(made.model, made.scenarios, made.arrays | start)
    compiled = _Compiled(trial, givens, list(unknown.values()), threads)
    pairs = {name: result.text.name for name, result in unknown.items()}
    find(trial.arrays, pairs, compiled.compute)
    return {name: trial.arrays[name] for name in unknown}


@dataclass(eq=False)
class _Plan:
    """What of a model is the same in all scenarios, what its loop computes, and what comes after
    it, as it needs a rate of return. varying: what differs between scenarios."""

    order: list[Step]
    fixed: list[Step] = field(default_factory=list)
    inside: list[Step] = field(default_factory=list)
    late: list[Step] = field(default_factory=list)
    varying: set[Expr] = field(default_factory=set)
    loop: Loop = field(default_factory=Loop)


_plans: WeakKeyDictionary[Model, dict[Any, _Plan]] = WeakKeyDictionary()


def _plan(model: Model, varying: Sequence[Any], asked: Sequence[Any]) -> _Plan:
    """The plan for what varies of inputs, vectors and given lines, and what is asked for."""
    order, key = model.order(), (frozenset(varying), frozenset(asked))
    known = _plans.setdefault(model, {})
    if key in known and known[key].order is order:
        return known[key]
    made = known[key] = _Plan(order, varying=set(varying))
    after: set[Any] = set()
    for step in needed(order, asked):
        members: Sequence[Any] = step.members
        leaves = {node for x in members for node in _leaves(x)}
        if not (leaves | set(members)) & made.varying:
            made.fixed.append(step)
            continue
        made.varying.update(members)
        if leaves & after or any(map(_is_rate, members)):
            made.late.append(step)
            after.update(members)
        else:
            made.inside.append(step)
    late = {node for step in made.late for x in step.members for node in _leaves(x)}
    wanted = [x for step in made.inside for x in step.members if x in late or x in key[1]]
    made.loop = loop(made.inside, made.varying, wanted)
    return made


class _Compiled:
    """One model's loop with what it needs, to be computed once or, while solving, again."""

    def __init__(
        self, made: Run, givens: Mapping[str, Run], asked: Sequence[Any], threads: int | None
    ) -> None:
        self.made, self.givens, self.threads = made, givens, threads
        self.periods = made.model.periods + 1
        self.asked = [item for item in asked if isinstance(item, Line | Result)]
        model = made.model
        leaves: list[Any] = [*model.inputs.values(), *model.vectors.values()]
        varying = [x for x in leaves if made.arrays[x.text.name].shape[1] > 1]
        varying += [x for x in model.lines.values() if self._given(x)]
        self.plan = _plan(model, varying, self.asked)
        self.loop = self.plan.loop
        own = set(made.arrays) | {item.text.name for item in self.asked}
        with np.errstate(all="ignore"):
            for step in self.plan.fixed:
                Calculation(made, step.members, givens).compute(step.repeats, None)
            fixed = Calculation(made, (), givens)
            self.numbers = np.array([fixed.whole(node)[0, 0] for node in self.loop.numbers])
            self.rows = np.zeros((2 * len(self.loop.rows) + 1, self.periods))
            for place, node in enumerate(self.loop.rows):
                self.rows[2 * place + 1] = fixed.whole(node)[:, 0]
        self.around = made.arrays
        made.arrays = {name: array for name, array in made.arrays.items() if name in own}

    def _given(self, item: Line) -> bool:
        """Whether it is a line of another model that varies."""
        if item.given is None:
            return False
        source, theirs = item.given
        run_ = self.givens.get(source.name)
        array = run_.arrays.get(theirs.text.name) if run_ is not None else None
        return array is not None and array.shape[1] > 1

    def compute(self) -> None:
        """Computes what was asked for, in slices, and stores it in the run."""
        total = self.made.scenarios
        self._room()
        if not self.plan.inside:
            return
        call = kernel.kernel(self.loop.source)
        width = max(1, self.periods * len(self.loop.lines))
        size = max(16, min(SLICE, LARGEST // width))
        parts = [slice(a, min(a + size, total)) for a in range(0, total, size)]
        bad: list[slice] = []

        def one(part: slice) -> None:
            found = self._slice(call, part)
            if found is None:
                bad.append(part)
            else:
                self._store(found, part)

        threads = min(self.threads or os.cpu_count() or 1, len(parts))
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(one, parts))
        else:
            for part in parts:
                one(part)
        for part in sorted(bad, key=lambda part: int(part.start)):
            self._store(self._by_numpy(part), part)

    def _room(self) -> None:
        """Arrays for what was asked for."""
        made, total = self.made, self.made.scenarios
        for item in self.asked:
            if item not in self.plan.varying:
                continue
            name = item.text.name
            if isinstance(item, Line):
                made.arrays[name] = np.empty((total, self.periods)).T
            else:
                made.arrays[name] = np.empty((1, total))
                if _is_rate(item):
                    made.irrs[name] = _no_rates(total)

    def _slice(self, call: Any, part: slice) -> Run | None:
        """A slice of the scenarios; None where a value in it is not finite."""
        made, made_loop, m = self.made, self.loop, self.periods
        size = part.stop - part.start
        inputs = [made.arrays[item.text.name][0, part] for item in made_loop.inputs]
        paths = np.zeros((len(made_loop.paths), size, m))
        for place, node in enumerate(made_loop.paths):
            values = self._path(node)[:m, part]
            paths[place, :, : len(values)] = values.T
        results = np.empty((len(made_loop.results) + 1, size))
        lines = np.empty((len(made_loop.lines), size, m))
        work = np.zeros((2 * made_loop.arrays + 1) * m)
        call(self.numbers, self.rows, np.array(inputs), paths, work, results, lines, m, size)
        if results[-1].any():
            return None
        found = Run(made.model, size, dict(self.around))
        for item in self.plan.varying:
            if isinstance(item, Input):
                found.arrays[item.text.name] = made.arrays[item.text.name][:, part]
            elif not isinstance(item, Line | Result):
                found.arrays[item.text.name] = self._path(item)[:, part]  # type: ignore[attr-defined]
        for item, row in zip(made_loop.results, results[:-1], strict=True):
            found.arrays[item.text.name] = row[None, :]
        for line, array in zip(made_loop.lines, lines, strict=True):
            found.arrays[line.text.name] = array.T
        with np.errstate(all="ignore"):
            for step in self.plan.late:
                if _is_rate(step.members[0]):
                    _rate(found, step.members[0])
                else:
                    Calculation(found, step.members, self.givens).compute(step.repeats, None)
        return found

    def _path(self, node: Any) -> Array:
        """A given line or a vector, periods x scenarios, as it came."""
        if getattr(node, "given", None) is None:
            return self.made.arrays[node.text.name]
        source, theirs = node.given
        return self.givens[source.name].arrays[theirs.text.name]

    def _store(self, found: Run, part: slice) -> None:
        for item in self.asked:
            if item in self.plan.varying:
                name = item.text.name
                self.made.arrays[name][:, part] = found.arrays[name]
                if name in found.irrs:
                    _fill(self.made.irrs[name], found.irrs[name], np.arange(part.start, part.stop))

    def _by_numpy(self, part: slice) -> Run:
        """The slice by numpy, whose word counts where the loop came upon no number.

        Raises NotFiniteError, as it almost always does, with the scenario's place among all."""

        def cut(run_: Run, names: Sequence[str]) -> dict[str, Array]:
            arrays = {name: run_.arrays[name] for name in names if name in run_.arrays}
            return {n: a[:, part] if a.shape[1] > 1 else a for n, a in arrays.items()}

        model, size = self.made.model, part.stop - part.start
        values: dict[str, Any] = cut(self.made, list(model.vectors))
        values |= {name: array[0] for name, array in cut(self.made, list(model.inputs)).items()}
        givens = {
            name: Run(run_.model, size, cut(run_, list(run_.arrays)))
            for name, run_ in self.givens.items()
        }
        try:
            return numeric.run(model, values, givens, [item.text.name for item in self.asked])
        except NotFiniteError as error:
            place = error.scenario + int(part.start)
            raise NotFiniteError(error.item, error.value, error.period, place) from None


def _rate(found: Run, item: Any) -> None:
    """An internal rate of return: proved in a compiled loop, or else from irr.py."""
    line, ppy = item.formula.args[0], found.model.periods_per_year
    flows = found.arrays[line.text.name]
    m, size = len(flows), found.scenarios
    three, c, none = np.empty((3, size)), np.array([dust(line), float(ppy)]), np.empty(0)
    call = kernel.kernel(loop_irr.SOURCE)
    call(c, none, none, none, np.empty(2 * m + 16), three, np.ascontiguousarray(flows.T), m, size)
    rate, proved, changes = three
    reason = np.zeros(size, np.int8)
    made = IrrArray(rate, proved.astype(np.int8), {}, reason, changes.astype(np.int64))
    left = np.flatnonzero(proved == 0)
    if left.size:
        _fill(made, rates(flows[:, left], line, ppy), left)
    found.irrs[item.text.name] = made
    found.arrays[item.text.name] = rate[None, :]


def _is_rate(item: Any) -> bool:
    return item.formula is not None and item.formula.op == "irr"


def _leaves(item: Any) -> set[Expr]:
    return set() if item.formula is None else {x for x in walk(item.formula) if not x.args}


def _no_rates(scenarios: int) -> IrrArray:
    blank, none = np.full(scenarios, np.nan), np.zeros(scenarios, np.int8)
    return IrrArray(blank, none, {}, none.copy(), np.zeros(scenarios, np.int64))


def _fill(into: IrrArray, found: IrrArray, places: NDArray[np.int64]) -> None:
    """Puts the rates found into their places among all."""
    for name in ("rate", "status", "reason", "sign_changes"):
        getattr(into, name)[places] = getattr(found, name)
    into.roots.update({int(places[k]): roots for k, roots in found.roots.items()})
