"""Internal rates of return, compiled: the common case, one root that is proved to be alone.

kernel.py compiles these functions; they see an array as a place in a long one. The proof is that of
one_root.py. What is not proved here is left to irr.py, which finds any number of roots.
"""

from __future__ import annotations

from math import exp, inf, log, nan, sqrt
from typing import TYPE_CHECKING, Any

from eicfinance.model.one_root import AT_ZERO, NIL, TOTALS

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    Floats = MutableSequence[float]

SMALLEST, LARGEST = 1e-100, 1e100  # largest flow with which no total can overflow
SETTLED = 1e-9  # relative step after which, converging quadratically, the root is exact
STRAIGHT = 40  # Newton's steps before bisection takes over
LOWEST = -0.9999999999999999  # the next float above -1, for a rate that rounds to it


def irr(
    k: Floats, at: int, m: int, z: Floats, dust: float, per_year: float
) -> tuple[float, float, float]:
    """The yearly rate of the m flows from k[at], 1 if it is proved to be the only one, and the
    flows' changes of sign. Flows within dust count as zero. z: room for 2 x m + 16 numbers."""
    first, last, changes, sign, total, size, largest = -1, 0, 0, 0.0, 0.0, 0.0, 0.0
    for t in range(m):
        flow = k[at + t]
        if abs(flow) <= dust:
            flow = 0.0
        z[t] = flow
        total += flow
        size += abs(flow)
        largest = max(largest, abs(flow))
        if flow != 0.0:
            if first < 0:
                first = t
            elif flow * sign < 0.0:
                changes += 1
            last, sign = t, (1.0 if flow > 0.0 else -1.0)
    unproved = nan, 0.0, float(changes)
    if changes == 0 or abs(total) <= AT_ZERO * size or not SMALLEST < largest < LARGEST:
        return unproved
    above = 1 if total * z[first] < 0.0 else 0  # roots above 0, and below, but for twos
    below = 1 if total * z[last] < 0.0 else 0
    if above + below != 1:
        return unproved
    n = last - first
    if changes > 1 and not (
        at_most(above, z, first, 1, n, m) and at_most(below, z, last, -1, n, m)
    ):
        return unproved
    if above == 1:
        rate = zero(z, first, 1, n, largest) ** -per_year - 1.0
    else:
        rate = zero(z, last, -1, n, largest) ** per_year - 1.0
    if not rate < inf:
        return unproved
    return max(rate, LOWEST), 1.0, float(changes)


def at_most(roots: int, z: Floats, start: int, step: int, n: int, m: int) -> bool:
    """Whether sum_t z[start + step t] v^t, t = 0..n, is known to have so many roots between 0 and 1
    or fewer. Writes the running totals from z[m] on, and the last of each from z[2 m]."""
    for t in range(n + 1):
        z[m + t] = z[start + step * t]
    for fold in range(TOTALS):
        total, most, changes, sign = 0.0, 0.0, 0, 0.0
        for t in range(n + 1):
            total += z[m + t]
            z[m + t] = total
            most = max(most, abs(total))
            if abs(total) > NIL * most:
                if total * sign < 0.0:
                    changes += 1
                sign = 1.0 if total > 0.0 else -1.0
        z[2 * m + fold] = total
        for j in range(fold - 1, -1, -1):
            if z[2 * m + j] * sign < 0.0:
                changes += 1
                sign = -sign
        if changes <= roots:
            return True
    return False


def zero(z: Floats, start: int, step: int, n: int, largest: float) -> float:
    """The only zero between 0 and 1 of sum_t z[start + step t] v^t, t = 0..n.

    Newton's method on the logarithm of inflows over outflows, nearly a straight line in that of v;
    a step that leaves the bracket, or is one of too many, is replaced by bisection.
    """
    sign, high, v = (1.0 if z[start] > 0.0 else -1.0), 1.0, 1.0
    low = abs(z[start]) / (abs(z[start]) + largest)  # Cauchy's bound
    for count in range(200):
        up, down, up_slope, down_slope, power = 0.0, 0.0, 0.0, 0.0, sign
        for t in range(n + 1):
            flow = z[start + step * t] * power
            power *= v
            up += max(flow, 0.0)
            down += min(flow, 0.0)
            up_slope += t * max(flow, 0.0)
            down_slope += t * min(flow, 0.0)
        if up >= -down:
            low = v
        else:
            high = v
        new = v * exp(log(-down / up) / (up_slope / up - down_slope / down))
        if count < STRAIGHT and low <= new <= high:
            if abs(new - v) <= SETTLED * v:
                return new
        else:
            new = sqrt(low * high)
            if high - low <= 4e-16 * high:
                return new
        v = new
    return v


FUNCTIONS: tuple[Any, ...] = (at_most, zero, irr)  # each after those it uses
SOURCE = """def kernel(c, r, v, g, w, o, k, m, size):
    for s in range(size):
        rate, proved, changes = irr(k, s * m, m, w, c[0], c[1])
        o[s] = rate
        o[size + s] = proved
        o[2 * size + s] = changes
"""
