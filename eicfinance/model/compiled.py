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
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eicfinance.model import kernel, numeric
from eicfinance.model.expr import Expr, walk
from eicfinance.model.irr import IrrArray
from eicfinance.model.loop import RATE_PLACES, loop
from eicfinance.model.model import Input, Line, Result
from eicfinance.model.numeric import Calculation, NotFinite, Run, rates, started
from eicfinance.model.order import Step, needed
from eicfinance.model.solving import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from eicfinance.model.model import Model

    Array = NDArray[np.float64]

SLICE: Final = 512  # scenarios that one thread computes at once
LARGEST: Final = 4_000_000  # numbers of lines that it holds for that at most
WORTH: Final = 2e7  # lines x periods x scenarios from which compiling pays


def run_many(
    model: Model,
    values: Mapping[str, ArrayLike] | None = None,
    givens: Mapping[str, Run] | None = None,
    only: Sequence[str] | None = None,
    threads: int | None = None,
    scenarios: int | None = None,
) -> Run:
    """`run`, compiled where numba is installed and the work is large enough to pay for it, else by
    numpy.

    scenarios: of the whole study, where this is one block of it, so that all blocks are computed in
    the same way: which of the two it is depends on the model, this number, and what is installed,
    never on the blocks, the threads or what was compiled before.
    """
    if scenarios is None:
        scenarios = started(model, values or {}, givens or {})[0].scenarios
    if len(model.rows) * (model.periods + 1) * scenarios >= WORTH and kernel.available():
        return run(model, values, givens, only, threads)
    return numeric.run(model, values, givens, only)


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
    steps = model.order()
    asked: list[Any] = [model[name] for name in only] if only is not None else list(model.rows)
    steps = needed(steps, [*asked, *unknown.values()])
    if unknown and any(result in step.members for step in steps for result in unknown.values()):
        made.arrays |= _found(made, unknown, givens, threads)
    _Compiled(made, steps, givens, asked, threads).compute()
    return made

def _found(
    made: Run, unknown: Mapping[str, Result], givens: Mapping[str, Run], threads: int | None
) -> dict[str, Array]:
    """The values of the inputs that the model leaves to be found, by scenario."""
    start = {name: np.repeat(made.arrays[name], made.scenarios, axis=1) for name in unknown}
    trial = Run(made.model, made.scenarios, made.arrays | start)
    steps = needed(made.model.order(), list(unknown.values()))
    compiled = _Compiled(trial, steps, givens, list(unknown.values()), threads)
    pairs = {name: result.text.name for name, result in unknown.items()}
    find(trial.arrays, pairs, compiled.compute)
    return {name: trial.arrays[name] for name in unknown}


class _Compiled:
    """One model's loop with what it needs, to be computed once or, while solving, again."""

    def __init__(
        self,
        made: Run,
        steps: Sequence[Step],
        givens: Mapping[str, Run],
        asked: Sequence[Any],
        threads: int | None,
    ) -> None:
        self.made, self.givens, self.threads = made, givens, threads
        self.periods = made.model.periods + 1
        self.asked = [item for item in asked if isinstance(item, Line | Result)]
        self.varying: set[Expr] = {
            item
            for table in (made.model.inputs, made.model.vectors)
            for name, item in table.items()
            if made.arrays[name].shape[1] > 1
        }
        self._sort(steps)
        late = {node for step in self.late for x in step.members for node in _leaves(x)}
        wanted = [x for step in self.inside for x in step.members if x in late or x in self.asked]
        self.loop = loop(self.inside, self.varying, wanted, made.model.periods_per_year)
        own = dict(made.arrays)
        with np.errstate(all="ignore"):
            for step in self.fixed:
                Calculation(made, step.members, givens).compute(step.repeats, None)
            fixed = Calculation(made, (), givens)
            self.numbers = np.array([fixed.whole(node)[0, 0] for node in self.loop.numbers])
            self.rows = np.zeros((2 * len(self.loop.rows) + 1, self.periods))
            for place, node in enumerate(self.loop.rows):
                self.rows[2 * place + 1] = fixed.whole(node)[:, 0]
        self.around = dict(made.arrays)
        names = {item.text.name for item in self.asked}
        made.arrays = {n: a for n, a in made.arrays.items() if n in own or n in names}

    def _sort(self, steps: Sequence[Step]) -> None:
        """The steps that are the same in all scenarios, those of the loop, and those after it."""
        self.fixed: list[Step] = []
        self.inside: list[Step] = []
        self.late: list[Step] = []
        rates: set[Any] = set()
        for step in steps:
            members: Sequence[Any] = step.members
            leaves = {node for x in members for node in _leaves(x)}
            if not leaves & self.varying and not any(map(self._given, members)):
                self.fixed.append(step)
                continue
            self.varying.update(members)
            if leaves & rates:
                self.late.append(step)
                rates.update(members)
                continue
            self.inside.append(step)
            rates.update(x for x in members if x.formula is not None and x.formula.op == "irr")

    def _given(self, item: Any) -> bool:
        """Whether it is a line of another model that varies."""
        if getattr(item, "given", None) is None:
            return False
        source, theirs = item.given
        run_ = self.givens.get(source.name)
        return run_ is not None and run_.arrays[theirs.text.name].shape[1] > 1

    def compute(self) -> None:
        """Computes what was asked for, in slices, and stores it in the run."""
        made, total = self.made, self.made.scenarios
        if not self.inside:
            return
        call = kernel.kernel(self.loop.source)
        width = max(1, self.periods * len(self.loop.lines))
        size = max(16, min(SLICE, LARGEST // width))
        parts = [slice(a, min(a + size, total)) for a in range(0, total, size)]
        self._room()
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
            if item not in self.varying:
                continue
            name = item.text.name
            if isinstance(item, Line):
                made.arrays[name] = np.empty((total, self.periods)).T
            else:
                made.arrays[name] = np.empty((1, total))
                if item.formula.op == "irr":
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
        results = np.empty((made_loop.places, size))
        lines = np.empty((len(made_loop.lines), size, m))
        call(self.numbers, self.rows, np.array(inputs), paths,
             np.zeros((2 * made_loop.arrays + 1) * m), np.empty(3 * m + 16),
             results, lines, m, size)  # fmt: skip
        if results[-1].any():
            return None
        found = Run(made.model, size, dict(self.around))
        for item in self.varying:
            if isinstance(item, Input):
                found.arrays[item.text.name] = made.arrays[item.text.name][:, part]
            elif not isinstance(item, Line | Result):
                found.arrays[item.text.name] = self._path(item)[:, part]  # type: ignore[attr-defined]
        for item, row in zip(made_loop.results, results, strict=False):
            found.arrays[item.text.name] = row[None, :]
        kept = len(made_loop.lines) - len(made_loop.rates)
        for line, array in zip(made_loop.lines[:kept], lines, strict=False):
            found.arrays[line.text.name] = array.T
        for number, rate in enumerate(made_loop.rates):
            at = len(made_loop.results) + RATE_PLACES * number
            self._rate(found, rate, results[at : at + RATE_PLACES], lines[kept + number])
        with np.errstate(all="ignore"):
            for step in self.late:
                Calculation(found, step.members, self.givens).compute(step.repeats, None)
        return found

    def _path(self, node: Any) -> Array:
        """A given line or a vector, periods x scenarios, as it came."""
        if getattr(node, "given", None) is None:
            return self.made.arrays[node.text.name]
        source, theirs = node.given
        return self.givens[source.name].arrays[theirs.text.name]

    def _rate(self, found: Run, item: Any, three: Array, flows: Array) -> None:
        """An internal rate of return: what the loop proved, and the rest from irr.py."""
        rate, proved, changes = three
        made = IrrArray(rate, proved.astype(np.int8), {}, np.zeros(rate.size, np.int8),
                        changes.astype(np.int64))  # fmt: skip
        left = np.flatnonzero(proved == 0)
        if left.size:
            unproved = rates(flows[left].T, item.formula.args[0], found.model.periods_per_year)
            _fill(made, unproved, left)
        found.irrs[item.text.name] = made
        found.arrays[item.text.name] = made.rate[None, :]

    def _store(self, found: Run, part: slice) -> None:
        for item in self.asked:
            if item in self.varying:
                name = item.text.name
                self.made.arrays[name][:, part] = found.arrays[name]
                if name in found.irrs:
                    _fill(self.made.irrs[name], found.irrs[name], np.arange(part.start, part.stop))

    def _by_numpy(self, part: slice) -> Run:
        """The slice by numpy, whose word counts where the loop came upon no number.

        Raises NotFinite, as it almost always does, with the scenario's place among all."""

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
        except NotFinite as error:
            place = error.scenario + int(part.start)
            raise NotFinite(error.item, error.value, error.period, place) from None


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
