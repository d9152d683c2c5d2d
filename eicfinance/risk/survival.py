"""The chance that a fund survives: many paths on which its default share and bad years are drawn.

On each path the usual default share is drawn once, from the distribution that is given with it:
PERT (a beta distribution over low to high with the mean (low + 4 x value + high) / 6) unless
another is named. Each year is a bad one with the chance given, the same for all members: that is
what makes their loans fail together. One seed, the same paths, whatever the size of the blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.model.numeric import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eicfinance.model.items import Input
    from eicfinance.model.model import Model

    Array = NDArray[np.float64]

BLOCK: Final = 5000  # paths at once, which bounds the memory
WANTED: Final = ("survives", "exhausted_period", "real_value_end", "capital")
PERT_WEIGHT: Final = 4.0
TAIL: Final = 1.6448536269514722  # normal deviate with 5% above it: low and high of a lognormal


@dataclass(frozen=True, slots=True)
class Survival:
    """What the paths came to. by_year: share of paths not exhausted by the end of each year, year 0
    first. error: standard error of the probability. value_held: share of paths on which the real
    value at the end is the capital paid in, or more."""

    paths: int
    seed: int
    probability: float
    error: float
    value_held: float
    by_year: tuple[float, ...]
    real_value_p5: float
    real_value_p50: float
    real_value_p95: float


def survival(model: Model, default: str, chance: str, paths: int, seed: int) -> Survival:
    """default, chance: names of the inputs for the usual default share and for a bad year."""
    values = draws(model, model.inputs[default], model.inputs[chance], paths, seed)
    found = outcomes(model, values, paths)
    ends = found["exhausted_period"]
    ppy = model.periods_per_year
    years = range(model.periods // ppy + 1)
    alive = tuple(1 - float(np.mean(ends <= year * ppy)) for year in years)
    share = float(found["survives"].mean())
    low, middle, high = np.quantile(found["real_value_end"], (0.05, 0.5, 0.95)).tolist()
    error = (share * (1 - share) / paths) ** 0.5
    held = float(np.mean(found["real_value_end"] >= found["capital"]))
    return Survival(paths, seed, share, error, held, alive, low, middle, high)


def outcomes(
    model: Model,
    values: Mapping[str, Array],
    paths: int,
    block: int = BLOCK,
    wanted: Sequence[str] = WANTED,
) -> dict[str, Array]:
    """The wanted results on all paths, computed in blocks."""
    parts = [
        run(model, {name: v[..., k : k + block] for name, v in values.items()}, only=wanted)
        for k in range(0, paths, block)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in wanted}


def draws(model: Model, default: Input, chance: Input, paths: int, seed: int) -> dict[str, Array]:
    """The usual default share by path, and the bad years by period and path."""
    random = np.random.default_rng(seed)
    ppy, years = model.periods_per_year, model.periods // model.periods_per_year
    share = drawn(random, default, paths)
    bad_years = (random.random((years, paths)) < chance.value).astype(float)
    periods = np.concatenate([np.zeros((1, paths)), np.repeat(bad_years, ppy, axis=0)])
    return {default.text.name: share, "bad_year": periods}


def drawn(random: np.random.Generator, item: Input, number: int) -> Array:
    """Values of an input by its distribution between low and high; its value where it has none."""
    low, high, likely = item.low, item.high, item.value
    if low is None or high is None or low == high:
        return np.full(number, likely)
    width = high - low
    match item.distribution or "pert":
        case "uniform":
            return random.uniform(low, high, number)
        case "triangular":
            return random.triangular(low, likely, high, number)
        case "lognormal":  # low and high as its 5% and 95%
            middle, spread = np.log(low * high) / 2, np.log(high / low) / (2 * TAIL)
            return np.minimum(random.lognormal(middle, spread, number), _MOST)
    a = 1 + PERT_WEIGHT * (likely - low) / width
    b = 1 + PERT_WEIGHT * (high - likely) / width
    return low + width * random.beta(a, b, number)


_MOST: Final = 0.95  # what the declaration of a default share allows
