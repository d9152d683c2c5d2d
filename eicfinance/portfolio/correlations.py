"""Which correlations of several drivers can be true together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

EXACT = 1e-9  # within which a sum of squares may pass 1: people write 0.6 and 0.8


def impossible(matrix: Any, pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], str] | None:
    """The pair that makes a correlation matrix impossible, and which values are possible for it.

    A matrix is impossible where some mixture of the drivers would have a variance below nil. Of the
    pairs that were written, the one that needs the least change. Beside the others, i and j may
    have r between a - s and a + s: a = c_i C^-1 c_j, s^2 = (1 - c_i C^-1 c_i)(1 - c_j C^-1 c_j),
    C being the other drivers' correlations and c_i those of i with them.
    """
    if not pairs or float(np.linalg.eigvalsh(matrix)[0]) >= -EXACT:
        return None
    least: tuple[float, tuple[int, int], str] | None = None
    for i, j in pairs:
        others = [k for k in range(len(matrix)) if k not in (i, j)]
        rest = matrix[np.ix_(others, others)]
        if others and float(np.linalg.eigvalsh(rest)[0]) < -EXACT:
            continue
        inverse = np.linalg.pinv(rest, hermitian=True)
        one, two = matrix[i, others], matrix[j, others]
        left = (1 - one @ inverse @ one, 1 - two @ inverse @ two)
        if min(left) < -EXACT:
            continue
        middle, reach = float(one @ inverse @ two), float(np.sqrt(max(0, left[0] * left[1])))
        low, high = max(-1.0, middle - reach), min(1.0, middle + reach)
        change = max(low - matrix[i, j], matrix[i, j] - high)
        text = (f"a correlation of {matrix[i, j]:g} cannot be beside those of the other drivers; "
                f"with them it lies between {low:.2f} and {high:.2f}; a pair that is not written "
                "counts as 0")  # fmt: skip
        if least is None or change <= least[0]:
            least = (change, (i, j), text)
    if least is not None:
        return least[1:]
    weights = np.linalg.eigh(matrix)[1][:, 0]
    worst = min(pairs, key=lambda pair: matrix[pair] * weights[pair[0]] * weights[pair[1]])
    return worst, (
        f"a correlation of {matrix[worst]:g} cannot be beside those of the other drivers, which "
        "do not fit each other either; lower several of them"
    )
