"""Finding the inputs that a model leaves to the engine: x = f(x), where f are results of the model.

Each try computes f at x. The next x is where the straight lines through the last tries meet x: for
one unknown the secant (Aitken's extrapolation), for several the secant of all together, as each may
move the others' f. Directions in which the lines say nothing take f(x) itself. Every scenario goes
its own way in the same arrays and stops by itself. x = 2 + x / 2 from 1: 2.5, then 4.
Anderson 1965, Journal of the ACM 12, 547-560.
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
FLAT: Final = 0.02  # a line nearly parallel to x, or to another, says nothing


def find(arrays: dict[str, Array], pairs: Mapping[str, str], compute: Callable[[], None]) -> None:
    """Sets ``arrays[x]`` so that ``arrays[f] = x`` for each pair x -> f; compute: fills f from x.

    Computes once where there are no pairs. Raises ModelError where tries do not end.
    """
    tries: list[tuple[Array, Array]] = []  # x and f(x), unknowns x scenarios
    for _ in range(TRIES):
        compute()
        if not pairs:
            return
        rows = np.broadcast_arrays(*(arrays[name] for pair in pairs.items() for name in pair))
        x, f = np.concatenate(rows[::2]), np.concatenate(rows[1::2])
        far = np.abs(f - x) > SOLVED * (1 + np.abs(x))
        if not far.any():
            return
        tries = [*tries, (x, f)][-1 - len(pairs) :]
        following = np.where(far.any(axis=0), _next(tries), x)
        arrays.update({name: row[None, :] for name, row in zip(pairs, following, strict=True)})
    names = ", ".join(repr(name) for name, row in zip(pairs, far, strict=True) if row.any())
    raise ModelError(f"found no value of {names} in {TRIES} tries")


def _next(tries: list[tuple[Array, Array]]) -> Array:
    x, f = tries[-1]
    if len(tries) == 1:
        return f
    size = (1 + np.abs(x)).T[:, :, None]  # scenarios x unknowns x tries
    moved = np.stack([x - a for a, _ in tries[:-1]], axis=-1).swapaxes(0, 1) / size
    answered = np.stack([f - b for _, b in tries[:-1]], axis=-1).swapaxes(0, 1) / size
    length = np.sqrt((moved**2).sum(axis=1, keepdims=True))
    length = np.where(length > 0, length, 1)
    u, s, v = np.linalg.svd((answered - moved) / length, full_matrices=False)
    across = u.swapaxes(1, 2) @ ((f - x).T[:, :, None] / size)
    useful = np.where(s > FLAT, 1 / np.where(s > FLAT, s, 1), 0)[:, :, None]
    back = size * (answered / length @ (v.swapaxes(1, 2) @ (useful * across)))
    following: Array = f - back[:, :, 0].T
    return following
