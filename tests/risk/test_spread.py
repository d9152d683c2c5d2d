"""What many scenarios say of one figure."""

from __future__ import annotations

import numpy as np
import pytest

from eicfinance.risk.spread import Chance, Spread, causes, chance, histogram, spread

BLANK = float("nan")


def test_so_many_scenarios_are_no_worse() -> None:
    """Ten values by hand: of a gap, eight do not exceed 8; of an NPV, eight reach 3."""
    ten = np.arange(1.0, 11.0)[::-1].copy()
    assert spread(ten, high_is_bad=True) == Spread(5.5, 5, 8, 10, 0)
    assert spread(ten, high_is_bad=False) == Spread(5.5, 6, 3, 1, 0)


@pytest.mark.parametrize("high_is_bad", [True, False])
def test_the_definition_holds_for_any_values(high_is_bad: bool) -> None:
    values = np.random.default_rng(1).normal(size=(3, 67)).round(1)
    found = spread(values, high_is_bad)
    for share, at in ((0.5, found.p50), (0.8, found.p80), (0.95, found.p95)):
        assert at is not None
        no_worse = values <= at if high_is_bad else values >= at
        strictly = values < at if high_is_bad else values > at
        assert no_worse.mean() >= share > strictly.mean()


def test_blank_scenarios_are_left_out_and_counted() -> None:
    found = spread(np.array([BLANK, 1.0, 2.0, BLANK]), True)
    assert (found.mean, found.p50, found.blank) == (1.5, 1.0, 0.5)
    assert spread(np.array([BLANK]), True) == Spread(None, None, None, None, 1)
    values = np.array([BLANK, 1.0, 3.0])
    assert chance(values < 2, values) == Chance(0.5, 0.5 / 2**0.5, 2)
    assert chance(values[:1] < 2, values[:1]) is None


def test_what_moves_a_result_is_named_and_chance_is_not() -> None:
    random = np.random.default_rng(2)
    strong, weak, none = random.normal(size=(3, 4000))
    outcome = -2 * strong + weak + 0.1 * random.normal(size=4000)
    found = causes(outcome, {"weak": weak, "none": none, "strong": strong, "still": 0 * weak})
    assert [cause.name for cause in found] == ["strong", "weak"]
    assert found[0].correlation < 0 < found[1].correlation
    assert found[0].share == pytest.approx(0.8, abs=0.03)  # 4 of 5 parts of the variance
    assert sum(cause.share for cause in found) == pytest.approx(1)
    assert causes(np.ones(9), {"strong": strong[:9]}) == ()
    outcome[::2] = BLANK
    assert [cause.name for cause in causes(outcome, {"strong": strong})] == ["strong"]


def test_the_error_of_a_chance_is_that_of_scenarios_not_of_units() -> None:
    """Two units that always fail together tell no more than one."""
    one = np.array([1.0, -1.0, 2.0, -2.0, 3.0])
    alone, both = chance(one < 0, one), chance(np.array([one, one]) < 0, np.array([one, one]))
    assert alone is not None
    assert both is not None
    assert alone.value == both.value == 0.4
    assert alone.error == both.error == pytest.approx((0.4 * 0.6 / 5) ** 0.5)
    assert (alone.of, both.of) == (5, 10)


def test_columns_of_a_histogram_are_round_and_hold_every_case() -> None:
    values = np.array([-3.1, -0.5, 0.0, 0.4, 2.0, 9.9, BLANK])
    found = histogram(values, wanted=7)
    assert found is not None
    assert found.edges == (-4, -2, 0, 2, 4, 6, 8, 10)
    assert found.counts == (1, 1, 2, 1, 0, 0, 1)
    apart = histogram(values, nil_apart=True, wanted=7)
    assert apart is not None
    assert (apart.nil, sum(apart.counts)) == (1, 5)
    assert histogram(np.ones(4)) is None
    assert histogram(np.zeros(4), nil_apart=True) is None


@pytest.mark.parametrize("scale", [1e-6, 1.0, 3.7e9])
def test_a_histogram_of_anything_counts_all(scale: float) -> None:
    values = np.random.default_rng(3).lognormal(size=500) * scale
    found = histogram(values)
    assert found is not None
    assert sum(found.counts) == 500
    assert found.edges[0] <= values.min() < values.max() <= found.edges[-1] * (1 + 1e-9)
    assert 5 <= len(found.counts) <= 15
    below = sum(n for n, edge in zip(found.counts, found.edges[1:], strict=True) if edge <= scale)
    assert below <= (values < scale).sum()
