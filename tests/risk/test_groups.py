"""Joint liability: it helps where members have luck of their own, is worthless where they are one,
and can hurt; simulated losses meet the closed forms."""

from __future__ import annotations

import os
import random
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from eicfinance.model.expr import ModelError
from eicfinance.model.model import Model
from eicfinance.model.numeric import Run, run
from eicfinance.risk.closed_forms import defaults_in_group, group_loss
from eicfinance.risk.groups import group_model
from eicfinance.risk.losses import estimate
from tests.mutation.mutants import mutants, planted
from tests.risk.by_hand_group import group_by_hand

DUE = 1000.0
WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
ONCE = ([0.0, DUE, 0.0, 0.0, 0.0, 0.0], [DUE, 0.0, 0.0, 0.0, 0.0, 0.0])  # one instalment
YEAR = ([0.0, *[DUE] * 12], [DUE * (12 - t) for t in range(13)])
Array = np.ndarray[Any, Any]


def group(
    cash: Array, schedule: tuple[list[float], list[float]] = YEAR, **terms: float
) -> Run:  # fmt: skip
    """cash: members x periods x scenarios, or members x periods."""
    due, balance = schedule
    n = len(cash)
    m = group_model([[0.0] * len(due)] * n, [due] * n, [balance] * n, **terms)  # type: ignore[arg-type]
    paths = cash if cash.ndim == 3 else cash[:, :, None]
    found = run(m, {f"m{k}.cash": path for k, path in enumerate(paths, start=1)})
    assert found.failed_checks() == {}
    return found


@cache
def luck(members: int, pd: float, rho: float, scenarios: int = 20_000) -> Array:
    """Who fails: members x scenarios, with one common factor."""
    draw = np.random.default_rng(7)
    z, own = draw.standard_normal(scenarios), draw.standard_normal((members, scenarios))
    return np.asarray(rho**0.5 * z + (1 - rho) ** 0.5 * own < NormalDist().inv_cdf(pd))


def single(members: int, pd: float, rho: float, cover: float) -> Run:
    """One instalment; who fails has nothing, the others have plenty."""
    failing = luck(members, pd, rho)
    cash = np.zeros((members, 6, failing.shape[1]))
    cash[:, 1] = np.where(failing, 0.0, 10 * DUE)
    return group(cash, ONCE, cover=cover)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.8])
def test_the_mean_number_of_defaults_is_n_x_pd_for_any_correlation(rho: float) -> None:
    made = single(5, 0.1, rho, 0)
    count = estimate(made["group_default"])
    assert count.value == pytest.approx(0.5, abs=3 * count.error)
    share = np.bincount(made["group_default"].astype(int), minlength=6) / made.scenarios
    wanted = defaults_in_group(5, 0.1, rho)
    error = np.sqrt(wanted * (1 - wanted) / made.scenarios)
    assert (np.abs(share - wanted) <= 3.5 * error + 1e-12).all()


@pytest.mark.parametrize(("rho", "cover"), [(0.0, 0.25), (0.2, 0.1), (0.2, 1.0), (0.6, 0.25)])
def test_the_groups_loss_meets_its_closed_form(rho: float, cover: float) -> None:
    made = single(5, 0.1, rho, cover)
    loss = estimate(made["group_loss"] / (5 * DUE))
    assert loss.value == pytest.approx(group_loss(5, 0.1, rho, cover), abs=3 * loss.error)


def seasons(members: int, scenarios: int, own: float) -> Array:
    """Cash of a year: a common factor and each member's own, the latter's share of variance."""
    draw = np.random.default_rng(11)
    common = draw.standard_normal((1, 13, scenarios))
    alone = draw.standard_normal((members, 13, scenarios))
    made = DUE * (1.15 + 0.75 * ((1 - own) ** 0.5 * common + own**0.5 * alone))
    return np.asarray(made, float)


def test_it_helps_where_luck_is_each_ones_own_and_less_where_it_is_common() -> None:
    saved = {}
    for own in (1.0, 0.5, 0.1):
        cash = seasons(5, 3000, own)
        alone, together = (
            group(cash, cover=cover, cash_buffer_months=2)["group_loss"] for cover in (0, 1)
        )
        gain = estimate(alone - together)
        assert gain.value > 3 * gain.error
        saved[own] = gain.value / alone.mean()
    assert saved[1.0] > saved[0.5] > saved[0.1]
    assert saved[1.0] > 0.5


def test_it_is_worthless_for_identical_members_without_own_luck() -> None:
    cash = seasons(5, 500, 0.0)
    alone, together = (group(cash, cover=cover, cash_buffer_months=2) for cover in (0, 1))
    assert alone["group_default"].any()
    assert not together["helped"].any()
    for name in ("group_default", "group_ead", "group_loss", "group_par30"):
        np.testing.assert_array_equal(alone[name], together[name])


def test_it_can_hurt_who_would_have_paid() -> None:
    """One member never pays; the other has nothing for half a year. Alone his savings carry him
    through it; the help that he gives is lost on the first, and then his own loan too."""
    careful = np.array([0.0, *[2.25 * DUE] * 4, *[0.0] * 6, *[2 * DUE] * 2])
    cash = np.array([np.zeros(13), careful])
    alone = group(cash, cover=0, cash_buffer_months=6)
    together = group(cash, cover=0.5, cash_buffer_months=6)
    assert (alone["m2.repay_default"][0], alone["group_default"][0]) == (0, 1)
    assert (together["m2.repay_default"][0], together["group_default"][0]) == (1, 2)
    assert together["group_loss"][0] > alone["group_loss"][0]


def test_a_common_bad_season_can_make_it_worse_than_none() -> None:
    """The weak fail whatever is given to them, and pull under who would have come through."""
    draw = np.random.default_rng(3)
    bad = draw.random(2000) < 0.5
    strong = np.repeat(np.array([0.0, *[1.6 * DUE] * 6, *[0.0] * 6])[:, None], 2000, axis=1)
    strong[7:, ~bad] = 1.6 * DUE
    strong[7:, bad] = 0.42 * DUE
    weak = np.repeat(np.array([0.0, *[0.1 * DUE] * 12])[:, None], 2000, axis=1)
    cash = np.array([strong, weak, weak])
    alone, together = (
        group(cash, cover=cover, cash_buffer_months=6)["m1.repay_default"] for cover in (0, 0.6)
    )
    assert alone.mean() == 0
    assert together.mean() == pytest.approx(bad.mean())


def test_nobody_gives_in_default_and_nobody_gets_more_than_he_lacks() -> None:
    made = group(seasons(4, 300, 0.7), cover=0.5, cash_buffer_months=1)
    for k in range(1, 5):
        gone, offer = made[f"m{k}.repay_defaulted"], made[f"m{k}.offer"]
        assert not (gone[:, :-1] * offer[:, 1:]).any()
        paid = np.cumsum(made[f"m{k}.repay_paid"], axis=1)
        assert (paid <= np.cumsum(made[f"m{k}.repay_due"], axis=1) + 1e-6).all()
        assert (offer <= 0.5 * DUE + 1e-9).all()
        assert (made[f"m{k}.repay_kept"] >= -1e-9).all()


def test_five_members_of_the_text() -> None:
    cash = np.zeros((5, 6))
    cash[:4, 1] = 1.5 * DUE
    made = group(cash, ONCE, cover=0.1)
    assert made["m5.repay_paid"][0, 1] == pytest.approx(400)
    assert made["group_loss"][0] == pytest.approx(600)


def test_weekly_groups_and_recovery() -> None:
    weeks = ([0.0, *[22.0] * 50], [22.0 * (50 - t) for t in range(51)])
    cash = np.zeros((2, 51))
    cash[0] = 30.0
    m = group_model([[0.0] * 51] * 2, [weeks[0]] * 2, [weeks[1]] * 2, 52, cover=0.25,
                    recovery_share=0.4)  # fmt: skip
    made = run(m, {f"m{k}.cash": path[:, None] for k, path in enumerate(cash, start=1)})
    assert made.value("m2.repay_default_period") == 18  # the fifth instalment is 91 days old
    assert made.value("m2.repay_loss") == pytest.approx(0.6 * made["m2.repay_ead"][0])
    assert made.value("m1.repay_default") == 0


def by_hand(model: Model, cash: Array) -> dict[str, Array]:
    """Every scenario of three members by hand. cash: members x periods x scenarios."""
    names = "cover", "cash_buffer_months", "m1.recovery_share"
    terms = {name: model.inputs[name].value for name in names}
    found = [
        group_by_hand(cash[:, :, k].tolist(), *BUMPY, model.periods_per_year, *terms.values())
        for k in range(cash.shape[2])
    ]
    return {name: np.array([one[name] for one in found], float) for name in found[0]}


def agrees(made: Run, wanted: dict[str, Array]) -> bool:
    return all(
        np.allclose(made[name], values, rtol=1e-9, atol=1e-6, equal_nan=True)
        for name, values in wanted.items()
    )


BUMPY = ([0.0, 800.0, 0.0, 1500.0, 900.0, 0.0, 1200.0, 1000.0, 600.0, 1100.0, 700.0, 0.0, 400.0],
         [8200.0, 7400.0, 7400.0, 5900.0, 5000.0, 5000.0, 3800.0, 2800.0, 2200.0, 1100.0, 400.0,
          400.0, 0.0])  # fmt: skip


def bumpy(periods_per_year: int) -> tuple[Model, dict[str, Array], dict[str, Array]]:
    """A group of three with uneven instalments: model, paths, and its figures by hand."""
    model = group_model([[0.0] * 13] * 3, [BUMPY[0]] * 3, [BUMPY[1]] * 3, periods_per_year,
                        cover=0.3, cash_buffer_months=1.5, recovery_share=0.35)  # fmt: skip
    near = np.repeat(np.array(BUMPY[0])[None, :, None], 3, axis=0).repeat(2, axis=2)
    near[:, 10] -= [4, 8.5]  # of 700: the first is ignored, also when nothing is due after it
    near[:, 12] = 0
    cash = np.concatenate([np.random.default_rng(1).normal(700, 900, (3, 13, 60)), near], axis=2)
    paths = {f"m{k}.cash": path for k, path in enumerate(cash, start=1)}
    return model, paths, by_hand(model, cash)


@pytest.mark.parametrize("periods_per_year", [4, 12, 52])
def test_a_group_by_hand(periods_per_year: int) -> None:
    model, paths, wanted = bumpy(periods_per_year)
    made = run(model, paths)
    assert agrees(made, wanted)
    assert made["helped"].any()
    if periods_per_year == 12:
        assert 0 < made["group_default"].mean() < 3
        assert made["group_par30"].any()


def test_a_wrong_operator_in_a_group_is_noticed() -> None:
    """In the rows of the second member and of the group."""
    model, paths, wanted = bumpy(12)
    base = run(model, paths)
    tried = [
        mutant for mutant in mutants(model)
        if mutant.row.text.name[:3] not in ("m1.", "m3.")
        and "support" not in mutant.text  # members have no sponsor
    ]  # fmt: skip
    if not WHOLE:
        tried = random.Random(2).sample(tried, 60)
    missed = []
    for mutant in tried:
        row = mutant.row.text.name
        with planted(model, mutant):
            try:
                made = run(model, paths)
            except ModelError:
                continue
        noticed = made.failed_checks() or not agrees(made, wanted)
        if not noticed and not np.allclose(made[row], base[row], equal_nan=True):
            missed.append(mutant.text)
    assert missed == []
