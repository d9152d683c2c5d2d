"""All real zeros of a sum of exponentials f(s) = sum_k c_k e^(-t_k s).

It is NPV of flows c_k at any times t_k (years), with s = ln(1 + rate).

Descartes' rule of signs holds for any real t: there are at most as many zeros as the c_k, in the
order of t, change sign, and the parity is the same if zeros count as often as they repeat (Jameson
2006, "Counting zeros of generalised polynomials", The Mathematical Gazette 90, 223-234). Its proof
is the method. Where the sign changes between t_j and t_(j+1) let m lie in between: the derivative
of e^(m s) f(s) has the coefficients c_k (m - t_k), one change of sign fewer. So f is led back to a
sum without change of sign, which has no zero; and between neighbouring zeros of the derivative
e^(m s) f(s) is monotone (Rolle), so that a change of its sign there is one zero, found by
bisection. There is no grid and no first guess. Time and memory grow with flows x changes of sign: a
second for 1,000 flows with 500 changes.
"""

import numpy as np

from eicfinance.model.irr import ZERO, Floats

_BISECTIONS = 80  # from the widest bracket, 1e6 (logarithms of floats, a day apart), to rounding


def zeros(c: Floats, t: Floats) -> Floats:
    """All s where sum_k c_k e^(-t_k s) is zero, ascending. No c is zero, and t ascends strictly.

    An extremum within ZERO of zero, relative to the sum of the terms' sizes, is one (double) zero.
    """
    levels = [(np.sign(c), np.log(np.abs(c)))]
    while (change := np.flatnonzero(np.diff(levels[-1][0]))).size:
        sign, log_size = levels[-1]
        apart = (t[change[0]] + t[change[0] + 1]) / 2 - t
        levels.append((sign * np.sign(apart), log_size + np.log(np.abs(apart))))
    s = np.zeros(0)
    for sign, log_size in levels[-2::-1]:
        s = _zeros_between(s, sign, log_size, t)
    return s


def _zeros_between(extrema: Floats, sign: Floats, log_size: Floats, t: Floats) -> Floats:
    """The zeros of one sum: between its extrema, and the extrema at which it is zero."""
    margin = np.log(len(t))  # beyond low and high the last or first term outweighs all others
    low = ((log_size[-1] - log_size[:-1] - margin) / (t[-1] - t[:-1])).min()
    high = ((log_size[1:] - log_size[0] + margin) / (t[1:] - t[0])).max()
    s = np.sort(np.concatenate([[low, high], extrema]))
    value = _value(s, sign, log_size, t)
    nil, crossed = np.abs(value) <= ZERO, value[1:] * value[:-1] < 0.0
    between = np.abs(_value((s[1:] + s[:-1]) / 2, sign, log_size, t)) <= ZERO
    touched = np.concatenate([nil[:1], nil[1:] & ~(nil[:-1] & between)])  # each zero once
    crossed &= ~(nil[1:] | nil[:-1])
    low, high, before = s[:-1][crossed], s[1:][crossed], value[:-1][crossed]
    for _ in range(_BISECTIONS if low.size else 0):
        middle = (low + high) / 2
        beyond = _value(middle, sign, log_size, t) * before > 0.0
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    return np.sort(np.concatenate([s[touched], high]))


def _value(s: Floats, sign: Floats, log_size: Floats, t: Floats) -> Floats:
    """The sum at each s over the sum of its terms' sizes, from -1 to 1; nothing overflows."""
    exponent = log_size - np.outer(s, t)
    size = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    value: Floats = size @ sign / size.sum(axis=1)
    return value
