"""A simulation of a whole cluster: block after block of scenarios, in any number of processes.

A block is computed from portfolio, seed and its own number alone, so that it has the same bytes
whoever computes it, and sums go over blocks in their order. With a folder each finished block is a
file in it, by a key made of portfolio, seed and program: a run that is interrupted goes on from
there, one of more scenarios uses what is there, and memory does not grow with their number, but for
the one result that is looked at.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np

from eicfinance import __version__
from eicfinance.appraisal.blocks import MOST_UNITS, Plan, compute_block, plan_of
from eicfinance.appraisal.case import build, declarations
from eicfinance.model.compiled import pays
from eicfinance.portfolio.reader import read_portfolio
from eicfinance.risk.sampling import BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.uncertain import Uncertain

    Array = NDArray[np.float64]

AHEAD: Final = 2  # blocks that wait for each process


@dataclass(eq=False)
class Simulation:
    """What the blocks keep (blocks.py), read by name, one result of all scenarios at a time."""

    plan: Plan
    scenarios: int
    blocks: Sequence[Path | dict[str, Array]]

    def __getitem__(self, name: str) -> Array:
        """A result of all scenarios, which stand last."""
        return np.concatenate([_read(block, name) for block in self.blocks], axis=-1)

    def total(self, name: str) -> Array:
        """What is kept as a sum, over all blocks in their order."""
        found = _read(self.blocks[0], name)
        for block in self.blocks[1:]:
            found = found + _read(block, name)
        return found

    def first(self, name: str) -> Array:
        """What is kept of the first block alone."""
        return _read(self.blocks[0], name)

    def names(self) -> list[str]:
        first = self.blocks[0]
        if isinstance(first, dict):
            return list(first)
        with np.load(first) as kept:
            return list(kept.files)


def simulate(
    case: Case,
    scenarios: int | None = None,
    seed: int | None = None,
    processes: int = 1,
    folder: Path | None = None,
    tell: Callable[[str], None] = lambda step: None,
    most_units: int = MOST_UNITS,
) -> Simulation:
    """Draws and computes the scenarios. scenarios, seed: those of the portfolio unless given.
    folder: where finished blocks are kept; in memory without one. most_units: drawn of the equal
    units of a project."""
    scenarios = case.portfolio.risk.scenarios if scenarios is None else scenarios
    seed = case.portfolio.risk.seed if seed is None else seed
    plan = plan_of(case, seed, most_units=most_units, scenarios=scenarios)
    sizes = [min(BLOCK, scenarios - start) for start in range(0, scenarios, BLOCK)]
    place = None if folder is None else folder / f"blocks-{key(plan)}"
    if place is not None:
        place.mkdir(parents=True, exist_ok=True)
    files = [None if place is None else place / f"{k:05}-{n}.npz" for k, n in enumerate(sizes)]
    done: dict[int, Path | dict[str, Array]] = {
        k: file for k, file in enumerate(files) if file is not None and _sound(file)
    }
    todo = [k for k in range(len(sizes)) if k not in done]
    tell(_progress(len(done), len(sizes)))
    for k, made in _computed(plan, todo, sizes, files, min(processes, len(todo))):
        done[k] = made
        tell(_progress(len(done), len(sizes)))
    return Simulation(plan, scenarios, [done[k] for k in range(len(sizes))])


def key(plan: Plan) -> str:
    """What a block depends on beside its number: the portfolio's files, the seed, the units drawn,
    the program, and which models are compiled (their last digits differ)."""
    program = sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        program.update(path.read_bytes())
    quick = [
        pays(model, plan.scenarios * member.units)
        for member in plan.members
        for model in member.part.models
    ]
    parts = (plan.case.portfolio.sha256, str(plan.seed), str(plan.most_units), __version__,
             np.__version__, program.hexdigest(), str(quick))  # fmt: skip
    return sha256(" ".join(parts).encode()).hexdigest()[:16]


def _progress(done: int, blocks: int) -> str:
    width = 24
    bar = "#" * (width * done // blocks)
    return f"simulating [{bar:<{width}}] {done} of {blocks} blocks"


def _computed(
    plan: Plan, todo: list[int], sizes: list[int], files: Sequence[Path | None], processes: int
) -> Iterator[tuple[int, Path | dict[str, Array]]]:
    """Each block to do with what it came to, in the order in which they are finished."""
    if processes <= 1:
        for k in todo:
            yield k, _kept(compute_block(plan, k, sizes[k]), files[k])
        return
    from multiprocessing import get_context

    portfolio = plan.case.portfolio
    path = portfolio.folder / next(iter(portfolio.files))
    start = (path, portfolio.sha256, plan.seed, list(plan.found), plan.most_units,
             plan.scenarios)  # fmt: skip
    waiting = iter(todo)
    with ProcessPoolExecutor(processes, get_context("spawn"), _start, start) as pool:
        running = {pool.submit(_work, k, sizes[k], files[k]): k
                   for k in islice(waiting, AHEAD * processes)}  # fmt: skip
        try:
            while running:
                finished = next(as_completed(running))
                yield running.pop(finished), finished.result()
                for k in islice(waiting, 1):
                    running[pool.submit(_work, k, sizes[k], files[k])] = k
        except BaseException:
            pool.shutdown(cancel_futures=True)  # what has begun is finished, and kept
            raise


_plan: Plan | None = None  # of a process that was started to compute blocks


def _start(
    path: Path, checksum: str, seed: int, found: list[Uncertain], most_units: int, scenarios: int
) -> None:
    """Builds the models anew: they do not travel between processes. An interruption is the first
    process's to handle."""
    global _plan
    signal(SIGINT, SIG_IGN)
    portfolio = read_portfolio(path, declarations())
    if portfolio.sha256 != checksum:
        raise RuntimeError(f"{path} was changed while it was simulated; run again")
    _plan = plan_of(build(portfolio), seed, found, most_units, scenarios)


def _work(block: int, size: int, file: Path | None) -> Path | dict[str, Array]:
    assert _plan is not None
    return _kept(compute_block(_plan, block, size), file)


def _kept(found: dict[str, Array], file: Path | None) -> Path | dict[str, Array]:
    """Writes a block under another name first, so that half a file is never taken for a whole;
    without the time of day, so that the same block has the same bytes."""
    if file is None:
        return found
    begun = file.with_suffix(f".{os.getpid()}.part")
    with ZipFile(begun, "w") as archive:
        for name, values in found.items():
            with archive.open(ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(values), allow_pickle=False)
    begun.replace(file)
    return file


def _read(block: Path | dict[str, Array], name: str) -> Array:
    if isinstance(block, dict):
        return block[name]
    with np.load(block) as kept:
        return np.asarray(kept[name], float)


def _sound(file: Path) -> bool:
    """Whether a finished block is there and can be read."""
    try:
        with np.load(file) as kept:
            return bool(kept.files)
    except (OSError, ValueError, BadZipFile):
        return False
