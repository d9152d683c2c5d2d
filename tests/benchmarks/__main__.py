"""Prints measured times and ratios. Nothing here passes or fails."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from tests.portfolios import BUNDLED, ROOT


def median(call: Callable[[], object], runs: int = 5) -> float:
    """The median wall-clock seconds of some runs, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process(*args: str) -> Callable[[], object]:
    return lambda: subprocess.run(
        [sys.executable, *args], capture_output=True, check=True, cwd=ROOT
    )


def start_up() -> None:
    """`--help` as a process against a bare import of click (aim: under 1.3 times)."""
    ours, peer = (
        median(process("-m", "eicfinance", "--help"), 15),
        median(process("-c", "import click"), 15),
    )
    print(
        f"--help            {ours:6.3f} s, {ours / peer:.2f} x `python -c 'import click'` (aim 1.3)"
    )


def appraisals() -> None:
    """Whole appraisals as processes, all files written (aim for Chachoengsao: under 4 s)."""
    for folder in BUNDLED:
        with tempfile.TemporaryDirectory() as out:
            taken = median(process("-m", "eicfinance", "appraise", str(folder), "--out", out), 3)
        print(f"appraise {folder.name:<13} {taken:5.2f} s as a process")


def rates_of_return() -> None:
    """IRR of many series at once against pyxirr in a loop, in the same run."""
    import pyxirr

    from eicfinance.model.irr import irr_many

    draw = np.random.default_rng(1)
    for title, scenarios, periods, ppy in (
        ("20 years", 100_000, 20, 1),
        ("240 months", 10_000, 240, 12),
    ):
        flows = draw.uniform(0.5, 1.5, (periods + 1, scenarios))
        flows[0] = -0.6 * periods
        ours = median(lambda: irr_many(flows, ppy), 3)  # noqa: B023
        rows = flows.T.tolist()
        peer = median(lambda: [pyxirr.irr(row) for row in rows], 1)  # noqa: B023
        print(
            f"irr {title:<13} {ours:6.3f} s for {scenarios}, pyxirr one by one {peer / ours:.1f} x"
        )


def main() -> None:
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}")
    for measure in (start_up, appraisals, rates_of_return):
        measure()


if __name__ == "__main__":
    main()
