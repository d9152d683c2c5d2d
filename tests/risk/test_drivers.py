"""From drivers to draws: correlations, loads, and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import declarations
from eicfinance.portfolio.reader import read_portfolio
from eicfinance.risk.drivers import Draws, root
from eicfinance.risk.sampling import BLOCK
from tests.portfolio.one_roof import BASE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from eicfinance.portfolio.risk import RiskEntry

    Array = NDArray[np.float64]

BLOCKS = 40
RISK = """
risk:
  drivers:
    - {name: sun}
    - {name: price}
    - {name: hail, kind: event, chance: 20%, months: 6, reach: each, hits: {roof.output: 50%}}
    - {name: flood, kind: event, chance: {value: 30%, low: 10%, high: 50%, distribution: uniform},
       months: 18, hits: {roof.output: 40%, shop_site.load: {value: 50%, low: 0%, high: 100%}}}
  correlations: [{between: [sun, price], value: -0.6}]
"""


@pytest.fixture
def entry(tmp_path: Path) -> RiskEntry:
    (tmp_path / "portfolio.yaml").write_text(f"{BASE}{RISK}", encoding="utf-8")
    return read_portfolio(tmp_path, declarations()).risk


def over(entry: RiskEntry, read: Any, years: int = 10) -> Array:
    """What many blocks give, scenarios last."""
    parts = [read(Draws(entry, 1, block, years, 12)) for block in range(BLOCKS)]
    return np.concatenate(parts, axis=-1)


def correlations(rows: Array) -> Array:
    return np.asarray(np.corrcoef(rows), float)


def test_levels_are_correlated_as_written(entry: RiskEntry) -> None:
    levels = over(entry, lambda draws: draws.levels)
    assert correlations(levels)[0, 1] == pytest.approx(-0.6, abs=0.02)
    assert levels.mean(axis=1) == pytest.approx([0, 0], abs=0.01)
    assert levels.std(axis=1) == pytest.approx([1, 1], abs=0.01)


@pytest.mark.parametrize("loads", [{"sun": 0.8}, {"sun": -0.5, "price": 0.5}, {"price": 1.0}])
def test_a_load_is_the_correlation_with_the_driver(
    entry: RiskEntry, loads: dict[str, float]
) -> None:
    """With correlated drivers: R b. What is left is luck of the input's own."""
    from eicfinance.risk.sampling import normal_inverse

    matrix = np.array(entry.matrix)
    row = np.array([loads.get("sun", 0.0), loads.get("price", 0.0)])
    both = over(entry, lambda d: np.vstack([d.levels, normal_inverse(d.shares("x", loads))]))
    found = correlations(both)[2, :2]
    assert found == pytest.approx(matrix @ row, abs=0.02)
    assert both[2].std() == pytest.approx(1, abs=0.01)


def test_units_share_drivers_and_differ_by_their_luck(entry: RiskEntry) -> None:
    from eicfinance.risk.sampling import normal_inverse

    units = over(entry, lambda d: normal_inverse(d.shares("x", {"sun": 0.6}, units=3)))
    found = correlations(units)[np.triu_indices(3, 1)]
    assert found == pytest.approx([0.36] * 3, abs=0.02)


def test_a_driver_that_others_determine_has_no_luck_of_its_own() -> None:
    given = ((1, 1, 0.6), (1, 1, 0.6), (0.6, 0.6, 1))
    made = root(given)
    assert made @ made.T == pytest.approx(np.array(given), abs=1e-12)
    assert made[1, 1] == 0
    assert root(()).shape == (0, 0)


def test_events_come_by_their_chance_and_last_their_months(entry: RiskEntry) -> None:
    hail, flood = entry.events
    begun = over(entry, lambda d: ~np.isnan(d.starts(hail, 0)))
    assert begun.mean() == pytest.approx(0.2, abs=0.002)  # by slices: nearly exactly
    rules = over(entry, lambda d: d.ruling(hail, 0, 120))
    starts = over(entry, lambda d: d.starts(hail, 0))
    alone = begun.sum(axis=0) == 1
    early = np.nan_to_num(starts, nan=0).sum(axis=0) <= 9.5
    # half a year of monthly periods, wherever in a month it begins
    assert rules[:, alone & early].sum(axis=0) == pytest.approx(6)
    assert (rules[0] == 0).all()
    assert rules.max() <= 1
    # a chance with a range is drawn: its mean is that of the distribution
    assert over(entry, lambda d: ~np.isnan(d.starts(flood, 0))).mean() == pytest.approx(
        0.3, abs=0.01
    )


def test_an_event_of_each_has_luck_by_unit_and_one_of_the_cluster_has_not(
    entry: RiskEntry,
) -> None:
    hail, flood = entry.events
    draws = Draws(entry, 1, 0, 10, 12)
    assert not np.array_equal(draws.starts(hail, 0), draws.starts(hail, 1), equal_nan=True)
    assert np.array_equal(draws.starts(flood, 0), draws.starts(flood, 5), equal_nan=True)


def test_two_drivers_take_their_share_of_what_the_other_leaves(entry: RiskEntry) -> None:
    hail, flood = entry.events
    draws = Draws(entry, 1, 0, 10, 12)
    hit = draws.lost("roof", "output", 2, 120)
    one, other = (draws.ruling(event, 2, 120) for event in (hail, flood))
    assert hit == pytest.approx(1 - (1 - 0.5 * one) * (1 - 0.4 * other))
    assert (draws.lost("roof", "nothing", 0, 120) == 0).all()
    share = draws.lost("shop_site", "load", 0, 120)[draws.ruling(flood, 0, 120) == 1]
    assert share.std() > 0.1  # its share has a range, and is drawn once a scenario
    assert hit.shape[1] == BLOCK


def test_the_first_years_do_not_depend_on_the_periods_looked_at(entry: RiskEntry) -> None:
    hail = entry.events[0]
    draws = Draws(entry, 1, 0, 10, 12)
    assert (draws.ruling(hail, 0, 120)[:61] == draws.ruling(hail, 0, 60)).all()


@pytest.mark.parametrize("periods_per_year", [1, 2, 4, 12, 52])
def test_the_same_time_is_lost_whatever_the_periods(
    entry: RiskEntry, periods_per_year: int
) -> None:
    """Of one event in ten years, where no other overlaps: half a year."""
    hail = entry.events[0]
    draws = Draws(entry, 1, 0, 10, periods_per_year)
    rules = draws.ruling(hail, 0, 10 * periods_per_year)
    starts = draws.starts(hail, 0)
    alone = (~np.isnan(starts)).sum(axis=0) == 1
    early = np.nan_to_num(starts, nan=0).sum(axis=0) <= 9.5
    assert rules[:, alone & early].sum(axis=0) / periods_per_year == pytest.approx(0.5)
