"""The chance to survive: draws, blocks, seeds, and limits that are known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from eicfinance.model.numeric import run
from eicfinance.risk.survival import drawn, draws, outcomes, survival
from tests.lending.funds import fund_model

HARD = {"fixed_cost": 38_000.0, "bad_year_default": 0.5, "bad_year_chance": 0.1}


def ranged(low: float, high: float, value: float, kind: str | None):  # type: ignore[no-untyped-def]
    m = fund_model({**HARD, "default_per_year": value}, periods=60)
    item = m.inputs["default_per_year"]
    item.low, item.high, item.distribution = low, high, kind
    return m


@pytest.mark.parametrize(
    ("kind", "mean"),
    [("pert", (0.01 + 4 * 0.04 + 0.12) / 6), (None, (0.01 + 4 * 0.04 + 0.12) / 6),
     ("triangular", (0.01 + 0.04 + 0.12) / 3), ("uniform", 0.065)],
)  # fmt: skip
def test_means_of_the_distributions(kind: str | None, mean: float) -> None:
    """Closed forms: PERT (low + 4 mode + high) / 6, triangular a third of the sum, uniform half."""
    item = ranged(0.01, 0.12, 0.04, kind).inputs["default_per_year"]
    values = drawn(np.random.default_rng(4), item, 200_000)
    assert values.mean() == pytest.approx(mean, abs=3e-4)
    assert 0.01 <= values.min() <= values.max() <= 0.12


def test_lognormal_has_its_range_at_five_and_ninety_five_per_cent() -> None:
    item = ranged(0.02, 0.08, 0.04, "lognormal").inputs["default_per_year"]
    values = drawn(np.random.default_rng(4), item, 200_000)
    assert np.quantile(values, (0.05, 0.95)) == pytest.approx([0.02, 0.08], rel=0.02)


def test_one_seed_one_answer_whatever_the_blocks() -> None:
    m = ranged(0.01, 0.3, 0.05, "pert")
    values = draws(m, m.inputs["default_per_year"], m.inputs["bad_year_chance"], 300, 7)
    whole = outcomes(m, values, 300, block=300)
    for block in (1, 77, 299):
        for name, found in outcomes(m, values, 300, block=block).items():
            assert np.array_equal(found, whole[name], equal_nan=True), (name, block)
    one, two = (survival(m, "default_per_year", "bad_year_chance", 300, 7) for _ in range(2))
    assert one == two
    assert one != survival(m, "default_per_year", "bad_year_chance", 300, 8)


def test_each_path_is_the_model_run_on_it() -> None:
    m = ranged(0.01, 0.3, 0.05, "pert")
    values = draws(m, m.inputs["default_per_year"], m.inputs["bad_year_chance"], 40, 2)
    found = outcomes(m, values, 40)
    for k in (0, 13, 39):
        alone = run(m, {"default_per_year": values["default_per_year"][k],
                        "bad_year": values["bad_year"][:, k : k + 1]})  # fmt: skip
        assert alone.failed_checks() == {}
        assert alone["real_value_end"][0] == pytest.approx(found["real_value_end"][k])
        assert alone["survives"][0] == found["survives"][k]


def test_bad_years_come_as_often_as_said_and_to_all_periods_of_a_year() -> None:
    m = ranged(0.01, 0.3, 0.05, "pert")
    bad = draws(m, m.inputs["default_per_year"], m.inputs["bad_year_chance"], 20_000, 3)["bad_year"]
    assert bad.shape == (61, 20_000)
    assert bad[0].sum() == 0
    assert bad[1:].mean() == pytest.approx(0.1, abs=0.003)
    assert np.array_equal(bad[1], bad[12])
    assert not np.array_equal(bad[12], bad[13])


def test_without_anything_to_draw_the_answer_is_that_of_the_base() -> None:
    for cost, alive in ((0.0, 1.0), (90_000.0, 0.0)):
        m = fund_model({"fixed_cost": cost, "bad_year_chance": 0.0}, periods=60)
        found = survival(m, "default_per_year", "bad_year_chance", 50, 1)
        assert (found.probability, found.error, found.by_year[-1]) == (alive, 0, alive)


def test_worse_luck_never_helps() -> None:
    """More bad years, or worse ones, from the same draws: no higher chance."""
    shares = []
    for chance in (0.0, 0.1, 0.4):
        m = ranged(0.05, 0.3, 0.1, "uniform")
        m.inputs["bad_year_chance"].value = chance
        shares.append(survival(m, "default_per_year", "bad_year_chance", 400, 5).probability)
    assert shares[0] >= shares[1] >= shares[2]
    assert shares[0] > shares[2]


def test_paths_of_a_wrong_shape_are_refused() -> None:
    from eicfinance.model.expr import ModelError

    m = fund_model(periods=12)
    with pytest.raises(ModelError, match="13 periods x scenarios"):
        run(m, {"bad_year": np.zeros((12, 3))})
    with pytest.raises(ModelError, match="different numbers of scenarios"):
        run(m, {"bad_year": np.zeros((13, 3)), "rate": np.zeros(2)})


def test_only_what_is_wanted_is_computed_and_is_the_same() -> None:
    m = fund_model(HARD, periods=36)
    everything, some = run(m), run(m, only=["survives", "oss"])
    assert some.value("oss") == everything.value("oss")
    assert "net_worth" not in some.arrays
    assert "sdi" not in some.arrays
