"""Random numbers: reproducible streams, Latin hypercubes, and inverse distributions.

A stream is known by its name; its numbers come in blocks of `BLOCK` scenarios, each drawn from a
generator that is keyed by seed, name and block alone (SeedSequence, Philox). So a draw depends
neither on how many scenarios are asked for nor on which process draws it, and the first 1,000 of
2,000 scenarios are those of a run of 1,000.

Within a block a stream is a Latin hypercube: each of BLOCK equal slices of (0, 1) is met once, in
random order (McKay, Beckman, Conover 1979, Technometrics 21(2), 239-245).

Distributions of a figure with value m, low a and high b:

triangular  from a to b with its mode at m
pert        beta from a to b, shapes 1 + 4 (m - a)/(b - a) and 1 + 4 (b - m)/(b - a); its mean is
            (a + 4 m + b)/6 (Malcolm et al. 1959, Operations Research 7(5), 646-669)
uniform     from a to b
lognormal   one time in twenty below a, one in twenty above b (as survival.py); m plays no part
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import erfc, gamma, log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BLOCK: Final = 500  # scenarios drawn together; a change of it changes every draw
PERT_WEIGHT: Final = 4  # of the mode
TAIL: Final = 1.6448536269514722  # standard normal: one in twenty lies beyond
DEGREE: Final = 36  # of the polynomials that stand for the inverse of a beta distribution


def generator(seed: int, stream: str, block: int) -> np.random.Generator:
    """The generator of one block of a stream."""
    words = np.frombuffer(sha256(stream.encode()).digest(), "<u4")
    key = np.random.SeedSequence([seed, block, *(int(word) for word in words)])
    return np.random.Generator(np.random.Philox(key))


def uniform(seed: int, stream: str, block: int, units: int = 1) -> Array:
    """Numbers in (0, 1), units x scenarios of a block, each unit's a Latin hypercube of its own.
    What the first units draw does not depend on how many follow."""
    drawn = generator(seed, stream, block)
    found = [(drawn.permutation(BLOCK) + drawn.random(BLOCK)) / BLOCK for _ in range(units)]
    return np.clip(np.array(found), 2.0**-53, 1 - 2.0**-53)


def normal(seed: int, stream: str, block: int, units: int = 1) -> Array:
    """As `uniform`, but standard normal numbers."""
    return normal_inverse(uniform(seed, stream, block, units))


# -- the normal distribution --------------------------------------------------------------------


def normal_share(z: Array) -> Array:
    """The share of the standard normal distribution below z."""
    return np.array([erfc(-x / sqrt(2)) / 2 for x in z.ravel().tolist()]).reshape(z.shape)


def normal_inverse(u: Array) -> Array:
    """The standard normal number below which the share u lies. Wichura 1988, Applied Statistics
    37(3), 477-484 (algorithm AS 241, PPND16: about 1 part in 10^16)."""
    q = u - 0.5
    middle = np.abs(q) <= 0.425
    r = np.where(middle, 0.180625 - q * q, 0.0)
    found = q * np.polyval(_A, r) / np.polyval(_B, r)
    tail = np.sqrt(-np.log(np.where(middle, 0.5, np.minimum(u, 1 - u))))
    near, far = tail - 1.6, tail - 5.0
    beyond = np.where(tail <= 5, np.polyval(_C, near) / np.polyval(_D, near),
                      np.polyval(_E, far) / np.polyval(_F, far))  # fmt: skip
    return np.asarray(np.where(middle, found, np.copysign(beyond, q)), float)


_A = (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
      4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
      1.3314166789178437745e2, 3.3871328727963666080e0)  # fmt: skip
_B = (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
      2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
      4.2313330701600911252e1, 1.0)  # fmt: skip
_C = (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
      1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
      4.63033784615654529590e0, 1.42343711074968357734e0)  # fmt: skip
_D = (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
      1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
      2.05319162663775882187e0, 1.0)  # fmt: skip
_E = (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
      2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
      5.46378491116411436990e0, 6.65790464350110377720e0)  # fmt: skip
_F = (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
      7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
      5.99832206555887937690e-1, 1.0)  # fmt: skip


# -- distributions of figures -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Distribution:
    """A figure's distribution. kind: triangular, pert, uniform, lognormal."""

    kind: str
    value: float
    low: float
    high: float

    def at(self, u: Array) -> Array:
        """The figure's value below which the share u lies."""
        m, a, b = self.value, self.low, self.high
        match self.kind:
            case "uniform":
                return a + u * (b - a)
            case "triangular":
                left = (m - a) / (b - a)
                below = a + np.sqrt(u * (b - a) * (m - a))
                above = b - np.sqrt((1 - u) * (b - a) * (b - m))
                return np.where(u < left, below, above)
            case "lognormal":
                spread = log(b / a) / (2 * TAIL)
                return np.asarray(sqrt(a * b) * np.exp(spread * normal_inverse(u)), float)
            case "pert":
                left = (m - a) / (b - a)
                shapes = 1 + PERT_WEIGHT * left, 1 + PERT_WEIGHT * (1 - left)
                return a + (b - a) * beta_inverse(u, *shapes)
        raise ValueError(f"no distribution is called {self.kind!r}")


def beta_inverse(u: Array, a: float, b: float) -> Array:
    """The number in (0, 1) below which the share u of a beta distribution lies; shapes a, b at
    least 1, at most 6 together.

    Near 0 the share grows as x^a, so that x is a smooth function of u^(1/a): below the median a
    polynomial of that stands for it, above the median the mirrored one.
    """
    low, high = u <= 0.5, u > 0.5
    found = np.empty_like(u)
    found[low] = _below_median(a, b, u[low])
    found[high] = 1 - _below_median(b, a, 1 - u[high])
    return found


def beta_share(x: Array, a: float, b: float) -> Array:
    """The share of a beta distribution below x: x^a / B(a, b) times the sum over n of
    (1 - b)_n / n! x^n / (a + n), which converges for x below 1 (Abramowitz and Stegun 26.5.4)."""
    largest = float(np.max(x, initial=0.5))
    terms = int(np.ceil(-40 / log(largest))) + 8
    n = np.arange(terms)
    ways = np.concatenate([[1.0], np.cumprod((n[1:] - b) / n[1:])])
    whole = gamma(a) * gamma(b) / gamma(a + b)
    return np.asarray(x**a / whole * np.polyval((ways / (a + n))[::-1], x), float)


def _below_median(a: float, b: float, u: Array) -> Array:
    end = 0.5 ** (1 / a)
    found = np.polynomial.chebyshev.chebval(2 * u ** (1 / a) / end - 1, _fitted(a, b))
    return np.asarray(np.clip(found, 0, 1), float)


@cache
def _fitted(a: float, b: float) -> Array:
    """Coefficients for x as a function of s = u^(1/a), s from 0 to 0.5^(1/a): x is found at
    Chebyshev's nodes by Newton's method, in s, where the function is nearly straight."""
    nodes = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
    s = (nodes + 1) / 2 * 0.5 ** (1 / a)
    whole = gamma(a) * gamma(b) / gamma(a + b)
    x = np.minimum(s * (a * whole) ** (1 / a), 0.9)
    for _ in range(60):
        share = beta_share(x, a, b)
        root = share ** (1 / a)
        slope = root / (a * share) * x ** (a - 1) * (1 - x) ** (b - 1) / whole
        new = np.clip(x - (root - s) / slope, x / 4, (3 * x + 1) / 4)
        moved, x = np.abs(new - x).max(), new
        if moved < 1e-15:
            break
    return np.asarray(np.polynomial.chebyshev.chebfit(nodes, x, DEGREE), float)
