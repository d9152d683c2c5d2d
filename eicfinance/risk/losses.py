"""What simulated defaults come to: PD, LGD, EAD, loss distribution, PAR30, who bears what.

Arrays have a row a scenario; a column a loan, where there are several. Nothing here draws: the same
arrays give the same figures. Each estimate carries its standard error, which halves when scenarios
are four times as many. Several loans of a scenario fail together, so errors are taken over
scenarios, not over loans.

1,000 scenarios, 50 of which fail: PD 5% with an error of (0.05 x 0.95 / 1000)^0.5 = 0.7%.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

QUANTILE_RULE: Final = "the least loss that at least this share of scenarios does not exceed"
SEARCH: Final = 60  # halvings


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over scenarios and its standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class OneYear:
    """PD of the worst twelve months. after: they begin after this period."""

    pd: float
    error: float
    after: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected loss = PD x LGD x EAD, LGD and EAD weighted by default; these two are None where
    nothing defaults. Of one loan."""

    pd: float
    lgd: float | None
    ead: float | None
    loss: float


@dataclass(frozen=True, slots=True)
class Tail:
    """Loss at a confidence. low, high: the value at risk less and plus a standard error, by rank.
    shortfall: mean of the worst (1 - confidence) of the scenarios."""

    confidence: float
    value_at_risk: float
    low: float
    high: float
    shortfall: float


@dataclass(frozen=True, slots=True)
class Concentration:
    """The period in which most defaults fall, and their share of all defaults."""

    period: int
    share: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Who bears a pool's loss, by scenario."""

    first: Array
    guarantor: Array
    bank: Array


@dataclass(frozen=True, slots=True)
class Driver:
    """How far a driver explains an outcome. correlation: of ranks (Spearman). share: its square as
    a share of the sum of all squares."""

    name: str
    correlation: float
    share: float


def estimate(values: ArrayLike) -> Estimate:
    """The mean, over scenarios and loans, with its standard error over scenarios."""
    by_scenario = _by_scenario(values)
    return Estimate(float(by_scenario.mean()), float(by_scenario.std() / by_scenario.size**0.5))


def life_pd(defaulted: ArrayLike) -> Estimate:
    """Probability of default over the loan's life. defaulted: 1 or 0."""
    return estimate(defaulted)


def one_year_pd(period: ArrayLike, periods: int, periods_per_year: int) -> OneYear:
    """The worst rolling twelve months: defaults within them / those not in default before.

    period: of default, NaN where there is none. periods: of the loans' life; where that is less
    than a year, all of it is the window. The first of equal windows. Error: binomial, of that
    window; the maximum of noisy ratios lies somewhat above the true one.
    """
    when = np.asarray(period, float).ravel()
    failed = np.sort(when[~np.isnan(when)])
    worst = OneYear(0.0, 0.0, 0)
    for after in range(max(1, periods - periods_per_year + 1)):
        before, until = np.searchsorted(failed, [after, after + periods_per_year], side="right")
        alive = when.size - int(before)
        pd = (int(until) - int(before)) / alive if alive else 0.0
        if pd > worst.pd:
            worst = OneYear(pd, (pd * (1 - pd) / alive) ** 0.5, after)
    return worst


def expected(defaulted: ArrayLike, ead: ArrayLike, loss: ArrayLike) -> Expected:
    """Expected loss of a loan, and what it is made of. ead, loss: nil where there is no default."""
    flags, owed, lost = (np.asarray(x, float) for x in (defaulted, ead, loss))
    number = float(flags.sum())
    return Expected(
        number / flags.size,
        float(lost.sum() / owed.sum()) if owed.sum() else None,
        float(owed.sum() / number) if number else None,
        float(lost.mean()),
    )


def present(loss: ArrayLike, period: ArrayLike, rate: float) -> Array:
    """Losses at default discounted to closing. rate: effective, a period."""
    when = np.nan_to_num(np.asarray(period, float))
    return np.asarray(np.asarray(loss, float) / (1 + rate) ** when, float)


def tail(losses: ArrayLike, confidence: float) -> Tail:
    """Value at risk (QUANTILE_RULE) and expected shortfall of a loss by scenario.

    Shortfall: (mean of what lies above the value at risk x its probability + the value at risk x
    what is then missing of 1 - confidence) / (1 - confidence), Acerbi and Tasche 2002, Journal of
    Banking and Finance 26, 1487-1503; never below the value at risk.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence:g}; give a share between 0 and 1")
    ordered = np.sort(np.asarray(losses, float).ravel())
    n = ordered.size
    place = int(np.ceil(n * confidence - 1e-9)) - 1
    spread = int(np.ceil((n * confidence * (1 - confidence)) ** 0.5))
    at_risk = float(ordered[place])
    above = ordered[ordered > at_risk]
    rest = (1 - confidence) - above.size / n
    shortfall = (float(above.sum()) / n + at_risk * rest) / (1 - confidence)
    return Tail(
        confidence,
        at_risk,
        float(ordered[max(0, place - spread)]),
        float(ordered[min(n - 1, place + spread)]),
        max(at_risk, shortfall),
    )


def par30(late: ArrayLike, outstanding: ArrayLike) -> list[float | None]:
    """Expected PAR30 by period: outstanding more than 30 days late / outstanding, each summed over
    scenarios. None where nothing is outstanding. Both: scenarios x periods, loans summed."""
    owed = np.asarray(outstanding, float).sum(axis=0)
    share = np.asarray(late, float).sum(axis=0)
    return [float(s / o) if o > 0 else None for s, o in zip(share, owed, strict=True)]


def concentration(period: ArrayLike) -> Concentration | None:
    """When defaults concentrate; the first of equal periods; None without defaults."""
    when = np.asarray(period, float).ravel()
    failed = when[~np.isnan(when)].astype(int)
    if not failed.size:
        return None
    counts = np.bincount(failed)
    return Concentration(int(counts.argmax()), float(counts.max() / failed.size))


def waterfall(losses: ArrayLike, pool: float, first_loss: float, guarantee: float) -> Waterfall:
    """Who bears the loss of a pool: first the MFI (or whoever takes the first loss) up to a share
    of the pool, then the guarantor his share of what is left, then the bank.

    losses: of the whole pool, by scenario. pool: what was lent.
    """
    whole = np.asarray(losses, float)
    first = np.minimum(whole, first_loss * pool)
    covered = guarantee * (whole - first)
    return Waterfall(first, covered, whole - first - covered)


def first_loss_for(losses: ArrayLike, pool: float, residual: float, guarantee: float) -> float:
    """The least first loss, as a share of the pool, at which the bank's expected loss is at most
    ``residual`` (a share of the pool)."""
    if residual < 0:
        raise ValueError(f"residual is {residual:g}; give 0 or more")
    worst = float(np.max(losses, initial=0.0)) / pool if pool else 0.0
    low, high = 0.0, worst

    def bank(share: float) -> float:
        return float(waterfall(losses, pool, share, guarantee).bank.mean()) / pool if pool else 0.0

    if bank(0.0) <= residual:
        return 0.0
    for _ in range(SEARCH):
        middle = (low + high) / 2
        low, high = (middle, high) if bank(middle) > residual else (low, middle)
    return high


def drivers(draws: Mapping[str, ArrayLike], outcome: ArrayLike) -> list[Driver]:
    """Drivers by how far they explain an outcome (a loss, a default), the strongest first. Shares
    are nil where nothing is explained at all. Names in alphabetical order where they are equal."""
    ranked = _ranks(outcome)
    found = {name: _correlation(_ranks(x), ranked) for name, x in draws.items()}
    whole = sum(r * r for r in found.values())
    made = [Driver(name, r, r * r / whole if whole else 0.0) for name, r in found.items()]
    return sorted(made, key=lambda d: (-d.share, d.name))


def _by_scenario(values: ArrayLike) -> Array:
    array = np.asarray(values, float)
    return array if array.ndim == 1 else np.asarray(array.mean(axis=1), float)


def _ranks(values: ArrayLike) -> Array:
    """Ranks, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(_by_scenario(values), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse.ravel()], float)


def _correlation(a: Array, b: Array) -> float:
    """Of two series; nil where one does not vary."""
    x, y = a - a.mean(), b - b.mean()
    size = float((x * x).sum() * (y * y).sum()) ** 0.5
    return float((x * y).sum()) / size if size else 0.0
