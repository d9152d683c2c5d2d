"""A proof that a series of flows has one internal rate of return, cheap enough for many scenarios.

With v = 1/(1 + i), NPV is the polynomial p(v) = sum_t c_t v^t for rates above 0, and for rates
below the reversed one, q(u) = sum_t c_t u^(n-t) in u = 1 + i; both from 0 to 1. There p(v) has the
roots of p(v)/(1 - v)^k, whose coefficients are the flows' k-fold running totals. By Descartes'
rule, which holds for power series, it has no more roots than these change sign, and the same
parity: a bound of one root on one side and of none on the other is a proof. (k = 1 is Norstrom
1972, J. Financial and Quantitative Analysis 7.) Beyond the last flow the totals are a polynomial
in t, whose changes of sign are at most those of the last totals, k-fold to one-fold.

The flows -100, 60, -20, 70, -10, 20 change sign five times. Their totals -100, -40, -60, 10, 0, 20
do so once, those from the end, 20, 10, 80, 60, 120, 20, never: one rate (8.1%), and it is above 0.
Seasons make dozens of changes in monthly flows; a few foldings even them out.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOTALS = 12  # how often running totals are taken at most
NIL = 1e-13  # a total that counts as zero, relative to the largest up to it
AT_ZERO = 1e-12  # |sum| of the flows, relative to their sizes, at which 0 may be the rate


def only_here(c: Floats) -> Bools:
    """Whether each column of flows, periods x scenarios, is known to have one rate above 0 and none
    from -100% to 0; of reversed flows, the other way round. Flows at the ends may be zero."""
    away: Bools = np.abs(c.sum(axis=0)) > AT_ZERO * np.abs(c).sum(axis=0)
    return away & at_most(1, c) & at_most(0, c[::-1])


def at_most(roots: int, c: Floats) -> Bools:
    """Whether each column is known to have so many roots of sum_t c_t v^t, or fewer, between v = 0
    and v = 1."""
    known, left = np.zeros(c.shape[1], np.bool_), np.arange(c.shape[1])
    totals, lasts = c, np.zeros((0, c.shape[1]))
    for _ in range(TOTALS):
        totals = np.cumsum(totals, axis=0)
        nil = NIL * np.maximum.accumulate(np.abs(totals), axis=0)
        changes = sign_changes(
            np.concatenate([(totals > nil).view(np.int8) - (totals < -nil).view(np.int8),
                            np.sign(lasts).astype(np.int8)])
        )  # fmt: skip
        done = changes <= roots
        known[left[done]] = True
        if done.all():
            break
        left, totals = left[~done], totals[:, ~done]
        lasts = np.concatenate([totals[-1:], lasts[:, ~done]])
    return known


def sign_changes(sign: NDArray[np.int8]) -> NDArray[np.int64]:
    """How often the signs of each column change; a zero takes the sign before it (in place)."""
    if not sign.all():
        for before, row in pairwise(sign):
            np.copyto(row, before, where=row == 0)
    changes: NDArray[np.int64] = (sign[1:] * sign[:-1] < 0).sum(axis=0)
    return changes
