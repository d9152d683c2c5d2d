"""Credit losses in closed form, or as one integral: what a simulation must meet.

Borrowers of one kind fail together through one common factor z, normal, with asset correlation rho
(Vasicek 2002, Loan portfolio value, Risk 15(12), 160-162): given z each fails alone with

    p(z) = N((G(PD) - sqrt(rho) z) / sqrt(1 - rho))

with N the normal distribution and G its inverse. Integrals over z are Gauss-Legendre sums, cut
where what is integrated has a corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, exp, isfinite, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

NORMAL = NormalDist()
FAR = 9.5  # beyond so many deviations lies less than 1e-20
NODES = 64  # of a stretch of the integral
STRETCHES = 24
ASSETS = ("corporate", "sme_corporate", "mortgage", "revolving", "other_retail")


def conditional_pd(pd: float, rho: float, z: float) -> float:
    """The share that fails where the common factor is z; low z is a bad year."""
    _probability("pd", pd)
    _share("rho", rho)
    if pd in (0.0, 1.0):
        return pd
    bound = NORMAL.inv_cdf(pd)
    if rho == 1:
        return 1.0 if z < bound else 0.0
    return NORMAL.cdf((bound - sqrt(rho) * z) / sqrt(1 - rho))


def vasicek_quantile(pd: float, rho: float, confidence: float) -> float:
    """The share of a large portfolio that fails at most, with this confidence."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence:g}; give a share between 0 and 1")
    return conditional_pd(pd, rho, -NORMAL.inv_cdf(confidence))


def defaults_in_group(members: int, pd: float, rho: float) -> Array:
    """Probabilities that 0, 1, ..., n of n members fail. The mean is n x PD for any rho."""
    _members(members)
    _probability("pd", pd)
    _share("rho", rho)
    if rho == 1:
        found = np.zeros(members + 1)
        found[0], found[-1] = 1 - pd, pd
        return found
    if rho == 0 or pd in (0.0, 1.0):
        return _binomial(members, np.array([pd]))[:, 0]
    z, weights = _factor(())
    shares = np.array([conditional_pd(pd, rho, x) for x in z])
    found = _binomial(members, shares) @ weights
    return np.asarray(found, float)


def group_loss(members: int, pd: float, rho: float, cover: float) -> float:
    """Expected loss of a group's loan, as a share, where each member who pays also pays up to
    ``cover`` of another's debt: the mean of max(0, k - cover (n - k)) / n over k failures.

    Cover 0 is individual lending, whose loss is PD.
    """
    if not (isfinite(cover) and cover >= 0):
        raise ValueError(f"cover is {cover:g}; give 0 or more of another member's debt")
    k = np.arange(members + 1)
    left = np.maximum(0, k - cover * (members - k)) / members
    return float(defaults_in_group(members, pd, rho) @ left)


@dataclass(frozen=True, slots=True)
class Tranches:
    """Expected losses as shares of the pool. quantile: of the pool's loss, at 99%."""

    first: float
    rest: float
    quantile: float


def first_loss(pd: float, rho: float, lgd: float, share: float) -> Tranches:
    """Who bears what of a large pool's loss where a guarantor stands for the first of it, up to a
    share of the pool: E[min(LGD x X, share)], and the rest is the bank's."""
    _share("lgd", lgd)
    _share("share", share)
    worst = lgd * vasicek_quantile(pd, rho, 0.99)
    if rho in (0, 1) or pd in (0.0, 1.0) or lgd == 0:
        weights = {pd: 1.0} if rho != 1 else {0.0: 1 - pd, 1.0: pd}
        first = sum(min(lgd * x, share) * w for x, w in weights.items())
        return Tranches(first, lgd * pd - first, worst)
    corner: tuple[float, ...] = ()
    if 0 < share < lgd:
        bound, cut = NORMAL.inv_cdf(pd), NORMAL.inv_cdf(share / lgd)
        corner = ((bound - sqrt(1 - rho) * cut) / sqrt(rho),)
    z, weights_of = _factor(corner)
    losses = np.array([min(lgd * conditional_pd(pd, rho, x), share) for x in z])
    first = float(losses @ weights_of)
    return Tranches(first, lgd * pd - first, worst)


def size_for_residual(pd: float, rho: float, lgd: float, residual: float) -> float:
    """The least first-loss share at which the bank's expected loss is at most ``residual``."""
    if not (isfinite(residual) and residual >= 0):
        raise ValueError(f"residual is {residual:g}; give 0 or more")
    low, high = 0.0, lgd
    if first_loss(pd, rho, lgd, low).rest <= residual:
        return 0.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if first_loss(pd, rho, lgd, middle).rest > residual:
            low = middle
        else:
            high = middle
    return high


def risk_weight(
    pd: float, lgd: float, asset: str, maturity: float = 2.5, turnover: float = 5.0
) -> float:
    """Basel II risk weight of an exposure (1 is 100%), without the scaling factor of 1.06.

    12.5 x (LGD x N((G(PD) + sqrt(R) G(0.999)) / sqrt(1 - R)) - PD x LGD), for firms with the
    adjustment for maturity in years. asset: of ASSETS; turnover: of a small firm, million EUR (5 to
    50). Basel Committee, International Convergence (June 2006), paragraphs 272, 273, 328-330.
    """
    _probability("pd", pd)
    _share("lgd", lgd)
    if asset not in ASSETS:
        raise ValueError(f"asset is {asset!r}; give one of {', '.join(ASSETS)}")
    rho = _correlation(pd, asset, turnover)
    worst = vasicek_quantile(pd, rho, 0.999)
    capital = lgd * (worst - pd)
    if asset in ("corporate", "sme_corporate") and pd > 0:
        b = (0.11852 - 0.05478 * log(pd)) ** 2
        capital *= (1 + (maturity - 2.5) * b) / (1 - 1.5 * b)
    return 12.5 * capital


def _correlation(pd: float, asset: str, turnover: float) -> float:
    """The supervisor's asset correlation R by PD and class."""
    if asset == "mortgage":
        return 0.15
    if asset == "revolving":
        return 0.04
    low, high, k = (0.03, 0.16, 35) if asset == "other_retail" else (0.12, 0.24, 50)
    w = (1 - exp(-k * pd)) / (1 - exp(-k))
    small = 0.04 * (1 - (min(max(turnover, 5), 50) - 5) / 45) if asset == "sme_corporate" else 0.0
    return low * w + high * (1 - w) - small


# -- roll rates, expected credit loss -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RollRates:
    """Of each state that is left sooner or later: the chance to end in each absorbing state, and
    the mean number of periods until then."""

    ends: Array
    periods: Array


def roll_rates(transition: ArrayLike) -> RollRates:
    """An absorbing chain of delinquency: B = (I - Q)^-1 R, periods (I - Q)^-1 1.

    transition: square, rows sum to 1; absorbing states (default, repaid) stand last, each with 1 on
    itself. Kemeny and Snell 1960, Finite Markov Chains, ch. 3.
    """
    matrix = _chain(transition)
    left = int((np.diag(matrix) < 1).sum())
    if not left or left == len(matrix) or (np.diag(matrix)[:left] == 1).any():
        raise ValueError("absorbing states (1 on themselves) stand last; at least one, not all")
    inverse = np.eye(left) - matrix[:left, :left]
    if abs(np.linalg.det(inverse)) < 1e-14:
        raise ValueError("some states are never left for an absorbing one")
    ends = np.asarray(np.linalg.solve(inverse, matrix[:left, left:]), np.float64)
    periods = np.asarray(np.linalg.solve(inverse, np.ones(left)), np.float64)
    return RollRates(ends, periods)


def pd_within(transition: ArrayLike, default: int, periods: int, start: int = 0) -> float:
    """The chance to be in default (an absorbing state) after so many periods."""
    matrix = _chain(transition)
    return float(np.linalg.matrix_power(matrix, periods)[start, default])


def lifetime_loss(
    marginal_pd: Sequence[float],
    lgd: Sequence[float] | float,
    exposure: Sequence[float],
    rate: float = 0.0,
) -> float:
    """Lifetime expected credit loss: sum of PD x LGD x exposure of each period, discounted at the
    loan's effective rate a period to the period's end (IFRS 9, B5.5.28-35, B5.5.44).

    marginal_pd: of failing in that very period, seen from today.
    """
    pds, owed = np.asarray(marginal_pd, float), np.asarray(exposure, float)
    if pds.shape != owed.shape or pds.ndim != 1:
        raise ValueError(f"{pds.size} probabilities and {owed.size} exposures: give one a period")
    if (pds < 0).any() or pds.sum() > 1 + 1e-12:
        raise ValueError("probabilities are at least 0 and come to 1 at most")
    factor = (1 + rate) ** -np.arange(1, len(pds) + 1)
    return float((pds * np.broadcast_to(np.asarray(lgd, float), pds.shape) * owed * factor).sum())


# -- numbers --------------------------------------------------------------------------------------


def _binomial(n: int, p: Array) -> Array:
    """Probabilities of k failures of n (rows), for each p (columns)."""
    k = np.arange(n + 1)[:, None]
    ways = np.array([float(comb(n, j)) for j in range(n + 1)])[:, None]
    return np.asarray(ways * p**k * (1 - p) ** (n - k), float)


def _factor(corners: Sequence[float]) -> tuple[Array, Array]:
    """Nodes of the common factor and their weights, the normal density in them."""
    even = np.linspace(-FAR, FAR, STRETCHES + 1)
    ends = np.unique(np.concatenate([even, [c for c in corners if -FAR < c < FAR]]))
    x, w = np.polynomial.legendre.leggauss(NODES)
    half = (ends[1:] - ends[:-1])[:, None] / 2
    nodes = (half * x + (ends[1:] + ends[:-1])[:, None] / 2).ravel()
    weights = (half * w).ravel() * np.exp(-(nodes**2) / 2) / np.sqrt(2 * np.pi)
    return nodes, np.asarray(weights / weights.sum(), float)


def _chain(transition: ArrayLike) -> Array:
    matrix = np.asarray(transition, float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError("a transition matrix is square")
    if (matrix < 0).any() or not np.allclose(matrix.sum(axis=1), 1, atol=1e-9):
        raise ValueError("each row of a transition matrix has shares that sum to 1")
    return matrix


def _probability(name: str, value: float) -> None:
    if not (isfinite(value) and 0 <= value <= 1):
        raise ValueError(f"{name} is {value:g}; give a probability from 0 to 1")


_share: Callable[[str, float], None] = _probability


def _members(members: int) -> None:
    if not 1 <= members <= 1000:
        raise ValueError(f"a group of {members}; give 1 to 1,000 members")


__all__ = [
    "ASSETS",
    "RollRates",
    "Tranches",
    "conditional_pd",
    "defaults_in_group",
    "first_loss",
    "group_loss",
    "lifetime_loss",
    "pd_within",
    "risk_weight",
    "roll_rates",
    "size_for_residual",
    "vasicek_quantile",
]
