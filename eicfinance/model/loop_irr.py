"""Internal rates of return, compiled: the common case, one root that is proved to be alone.

kernel.py compiles these functions; they see an array as a place in a long one. What is not proved
here is left to irr.py, which finds any number of roots.

With v = 1/(1 + i), NPV is the polynomial p(v) = sum_t c_t v^t for rates above 0, and for rates
below the reversed one, q(u) = sum_t c_t u^(n-t) in u = 1 + i; both from 0 to 1. There p(v) has the
roots of p(v)/(1 - v)^k, whose coefficients are the flows' k-fold running totals. By Descartes'
rule, which holds for power series, it has no more roots than these change sign, and the same
parity: a bound of one root on the one side and of none on the other is a proof. (k = 1 is Norstrom
1972, J. Financial and Quantitative Analysis 7.) Beyond the last flow the totals are a polynomial in
t, whose changes of sign are at most those of the last totals, k-fold to one-fold.
"""

from __future__ import annotations

from math import exp, inf, log, nan, sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    Floats = MutableSequence[float]

TOTALS = 12  # how often running totals are taken at most
NIL = 1e-13  # a total that counts as zero, relative to the largest
AT_ZERO = 1e-12  # |sum| of the flows, relative to their sizes, at which 0 may be the rate
SETTLED = 1e-9  # relative step after which, converging quadratically, the root is exact
LOWEST = -0.9999999999999999  # the next float above -1, for a rate that rounds to it


def irr(
    k: Floats, at: int, m: int, z: Floats, dust: float, per_year: float
) -> tuple[float, float, float]:
    """The yearly rate of the m flows from k[at], 1 if it is proved to be the only one, and the
    flows' changes of sign. Flows within dust count as zero. z: room for 3 x m + 16 numbers."""
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
    if changes == 0 or abs(total) <= AT_ZERO * size:
        return nan, 0.0, float(changes)
    for t in range(m):
        z[t] /= largest
    above = 1 if total * z[first] < 0.0 else 0  # roots above 0, and below, but for twos
    below = 1 if total * z[last] < 0.0 else 0
    if above + below != 1:
        return nan, 0.0, float(changes)
    if changes > 1 and (
        bound(z, first, 1, last - first, m, above) != above
        or bound(z, last, -1, last - first, m, below) != below
    ):
        return nan, 0.0, float(changes)
    start, step = (first, 1) if above == 1 else (last, -1)
    root = zero(z, start, step, last - first)
    x = 1.0 / root if above == 1 else root
    rate = max(x**per_year - 1.0, LOWEST)
    if not rate < inf:
        return nan, 0.0, float(changes)
    return rate, 1.0, float(changes)


def bound(z: Floats, start: int, step: int, n: int, m: int, least: int) -> int:
    """A bound on the roots between 0 and 1 of sum_t z[start + step t] v^t, t = 0..n: ``least``, if
    some running totals say so. Writes the totals from z[m] on, and their last ones from z[2 m]."""
    for t in range(n + 1):
        z[m + t] = z[start + step * t]
    found = n
    for k in range(TOTALS):
        total, largest = 0.0, 0.0
        for t in range(n + 1):
            total += z[m + t]
            z[m + t] = total
            largest = max(largest, abs(total))
        found, sign = 0, 0.0
        for t in range(n + 1):
            z[m + t] /= largest
            if abs(z[m + t]) > NIL:
                if z[m + t] * sign < 0.0:
                    found += 1
                sign = 1.0 if z[m + t] > 0.0 else -1.0
        z[2 * m + k] = z[m + n]
        for j in range(k - 1, -1, -1):
            if z[2 * m + j] * sign < 0.0:
                found += 1
                sign = -sign
        if found <= least:
            return found
    return found


def zero(z: Floats, start: int, step: int, n: int) -> float:
    """The only zero between 0 and 1 of sum_t z[start + step t] v^t, t = 0..n.

    Newton's method on the logarithm of inflows over outflows, nearly a straight line in that of v;
    a step that leaves the bracket, or is one of too many, is replaced by bisection.
    """
    low, high, v = abs(z[start]) / (abs(z[start]) + 1.0), 1.0, 1.0  # low: Cauchy's bound
    sign = 1.0 if z[start] > 0.0 else -1.0
    for count in range(200):
        up, down, up_slope, down_slope = 0.0, 0.0, 0.0, 0.0
        for t in range(n, -1, -1):
            flow = z[start + step * t] * sign
            up_slope = up_slope * v + up
            down_slope = down_slope * v + down
            up = up * v + max(flow, 0.0)
            down = down * v + max(-flow, 0.0)
        if up >= down:
            low = v
        else:
            high = v
        new = v * exp(log(down / up) / (v * (up_slope / up - down_slope / down)))
        if count < 40 and low <= new <= high:
            if abs(new - v) <= SETTLED * v:
                return new
        else:
            new = sqrt(low * high)
            if high - low <= 4e-16 * high:
                return new
        v = new
    return v


FUNCTIONS: tuple[Any, ...] = (bound, zero, irr)  # each after those it uses
SOURCE = """def kernel(c, r, v, g, w, o, k, m, size):
    for s in range(size):
        rate, proved, changes = irr(k, s * m, m, w, c[0], c[1])
        o[s] = rate
        o[size + s] = proved
        o[2 * size + s] = changes
"""
