"""Finding the inputs that a model leaves to the engine: x = f(x), where f is a result of the model.

Each try computes f at x; the next x is where the line through the last two tries meets x (the
secant, Aitken's extrapolation), or f(x) itself where that line says nothing. Every scenario goes
its own way in the same arrays. x = 2 + x / 2 from 1: 2.5, then 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eicfinance.model.expr import ModelError

Array = NDArray[np.float64]
TRIES: Final = 60
SOLVED: Final = 1e-12  # relative distance of f(x) from x
FLAT: Final = 0.02  # a line nearly parallel to x says nothing


def find(arrays: dict[str, Array], pairs: Mapping[str, str], compute: Callable[[], None]) -> None:
    """Sets ``arrays[x]`` so that ``arrays[f] = x`` for each pair x -> f; compute: fills f from x.

    Computes once where there are no pairs. Raises ModelError where tries do not end.
    """
    tries: dict[str, tuple[Array, Array]] = {}
    for _ in range(TRIES):
        compute()
        far = []
        for name, result in pairs.items():
            x, f = np.broadcast_arrays(arrays[name], arrays[result])
            if (np.abs(f - x) > SOLVED * (1 + np.abs(x))).any():
                far.append(name)
            arrays[name] = _next(x, f, *tries[name]) if name in tries else f
            tries[name] = x, f
        if not far:
            for name in pairs:
                arrays[name] = tries[name][0]
            return
    raise ModelError(f"found no value of {', '.join(map(repr, far))} in {TRIES} tries")


def _next(x: Array, f: Array, before: Array, then: Array) -> Array:
    slope = (f - then) / np.where(x == before, 1, x - before)
    useless = (x == before) | (np.abs(1 - slope) < FLAT)
    return np.where(useless, f, x + (f - x) / np.where(useless, 1, 1 - slope))
