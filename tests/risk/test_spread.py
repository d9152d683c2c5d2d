"""What many scenarios say of one figure."""

from __future__ import annotations

import numpy as np
import pytest

from eicfinance.risk.spread import Spread, causes, chance, spread

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
    assert chance(values < 2, values) == 0.5
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
