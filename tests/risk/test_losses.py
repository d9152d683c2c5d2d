"""Losses from simulated defaults: identities, rules by hand, and the closed forms that a simulation
must meet within its own standard error."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eicfinance.model.numeric import run
from eicfinance.risk.closed_forms import (
    conditional_pd,
    first_loss,
    lifetime_loss,
    pd_within,
    roll_rates,
    size_for_residual,
    vasicek_quantile,
)
from eicfinance.risk.groups import group_model
from eicfinance.risk.losses import (
    Concentration,
    concentration,
    drivers,
    estimate,
    expected,
    first_loss_for,
    life_pd,
    one_year_pd,
    par30,
    present,
    tail,
    waterfall,
)

NORMAL = NormalDist()
NAN = float("nan")
SCENARIOS = 20_000
PD, RHO, LGD = 0.05, 0.2, 0.45


def pool_losses(scenarios: int = SCENARIOS, seed: int = 5) -> np.ndarray[Any, Any]:
    """Loss shares of a very large pool: given the common factor each fails alone."""
    z = np.random.default_rng(seed).standard_normal(scenarios)
    return np.array([LGD * conditional_pd(PD, RHO, x) for x in z])


def test_life_pd_and_its_error_are_the_binomials() -> None:
    flags = np.array([1.0] * 50 + [0.0] * 950)
    found = life_pd(flags)
    assert (found.value, found.error) == pytest.approx((0.05, (0.05 * 0.95 / 1000) ** 0.5))


def test_loans_of_a_scenario_are_no_evidence_of_their_own() -> None:
    """A thousand loans that all fail together are one observation a scenario."""
    alone = (np.arange(400) < 20) * 1.0
    together = np.repeat(alone[:, None], 1000, axis=1)
    assert life_pd(together) == life_pd(alone)


def test_the_error_halves_where_scenarios_are_four_times_as_many() -> None:
    """The error told, and the true one: the spread of 300 runs of either size."""
    draw = np.random.default_rng(2)
    told, spread = {}, {}
    for n in (400, 1600):
        runs = [estimate(draw.random(n) < 0.2) for _ in range(300)]
        told[n] = np.mean([r.error for r in runs])
        spread[n] = np.std([r.value for r in runs])
    assert told[400] / told[1600] == pytest.approx(2, rel=0.02)
    assert spread[400] / spread[1600] == pytest.approx(2, rel=0.2)
    assert told[400] == pytest.approx(spread[400], rel=0.15)


def test_worst_twelve_months_are_conditional_on_survival() -> None:
    """Of ten loans one fails in month 3, three of the other nine in months 14 to 20."""
    when = np.array([3, 14, 18, 20, *[NAN] * 6])
    found = one_year_pd(when, 36, 12)
    assert [found.pd, found.after] == pytest.approx([3 / 9, 8])  # months 9 to 20
    assert found.error == pytest.approx((1 / 3 * 2 / 3 / 9) ** 0.5)
    # months 3 to 14 have two of ten: less
    short = one_year_pd(np.array([2, NAN]), 6, 12)
    assert (short.pd, short.after) == (0.5, 0)
    assert one_year_pd(np.full(5, NAN), 36, 12).pd == 0
    assert one_year_pd(np.array([1.0, 1.0]), 36, 12).pd == 1


@given(st.lists(st.tuples(st.booleans(), st.floats(1, 1e6), st.floats(0, 1)), min_size=1))
def test_expected_loss_is_pd_x_lgd_x_ead(loans: list[tuple[bool, float, float]]) -> None:
    flags = [float(gone) for gone, _, _ in loans]
    owed = [amount * gone for gone, amount, _ in loans]
    lost = [amount * share * gone for gone, amount, share in loans]
    found = expected(flags, owed, lost)
    if found.lgd is None or found.ead is None:
        assert (sum(flags), found.loss) == (0, 0)
    else:
        assert found.loss == pytest.approx(found.pd * found.lgd * found.ead)


def test_value_at_risk_and_shortfall_by_hand() -> None:
    """Of 1 to 20: 19 of 20 do not exceed 19; the worst twentieth is the 20. At 94% the rule gives
    19 too, and of the worst 6% five are the 20 and one the 19."""
    losses = np.arange(1.0, 21.0)[::-1]
    found = tail(losses, 0.95)
    assert [found.value_at_risk, found.shortfall] == pytest.approx([19, 20])
    found = tail(losses, 0.94)
    assert found.value_at_risk == 19
    assert found.shortfall == pytest.approx((5 * 20 + 1 * 19) / 6)
    assert tail([7.0] * 9, 0.99).shortfall == 7
    with pytest.raises(ValueError, match="give a share"):
        tail(losses, 1.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_the_tail_is_in_order(losses: list[float], confidence: float) -> None:
    found = tail(losses, confidence)
    assert found.low <= found.value_at_risk <= found.high <= max(losses)
    assert found.value_at_risk <= found.shortfall <= max(losses) * (1 + 1e-9) + 1e-9
    share = np.mean(np.array(losses) <= found.value_at_risk)
    assert share >= confidence - 1e-9


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_quantiles_meet_vasicek(confidence: float) -> None:
    """The closed form lies within three standard errors by rank."""
    found = tail(pool_losses(), confidence)
    wanted = LGD * vasicek_quantile(PD, RHO, confidence)
    below, above = found.value_at_risk - found.low, found.high - found.value_at_risk
    assert found.value_at_risk - 3 * below <= wanted <= found.value_at_risk + 3 * above
    assert above / found.value_at_risk < 0.05


def test_the_pools_mean_loss_is_pd_x_lgd() -> None:
    found = estimate(pool_losses())
    assert found.value == pytest.approx(PD * LGD, abs=3 * found.error)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.2])
def test_first_loss_meets_its_integral(share: float) -> None:
    made = waterfall(pool_losses() * 1e6, 1e6, share, 0)
    wanted = first_loss(PD, RHO, LGD, share)
    for part, value in ((made.first, wanted.first), (made.bank, wanted.rest)):
        found = estimate(part / 1e6)
        assert found.value == pytest.approx(value, abs=3 * found.error + 1e-12)


def test_who_bears_what_adds_up() -> None:
    losses = np.array([0.0, 40.0, 300.0])
    made = waterfall(losses, 1000, 0.1, 0.5)
    assert made.first.tolist() == [0, 40, 100]
    assert made.guarantor.tolist() == [0, 0, 100]
    assert made.bank.tolist() == [0, 0, 100]


def test_size_of_the_first_loss_meets_its_integral() -> None:
    losses, target = pool_losses(), 0.005
    size = first_loss_for(losses, 1, target, 0)
    assert waterfall(losses, 1, size, 0).bank.mean() == pytest.approx(target, rel=1e-9)
    exact = size_for_residual(PD, RHO, LGD, target)
    error = estimate(waterfall(losses, 1, exact, 0).bank).error
    at_exact = waterfall(losses, 1, exact, 0).bank.mean()
    assert at_exact == pytest.approx(target, abs=3 * error)
    assert size == pytest.approx(exact, rel=0.1)
    assert first_loss_for(losses, 1, 1.0, 0) == 0
    assert first_loss_for(losses, 1, 0, 0) == pytest.approx(losses.max())
    assert first_loss_for(losses, 1, target, 0.6) < size
    with pytest.raises(ValueError, match="0 or more"):
        first_loss_for(losses, 1, -0.1, 0)


def test_lifetime_loss_meets_its_sum() -> None:
    """Defaults drawn by period, exposures that fall, each discounted from its own default."""
    pds, owed, rate = [0.01, 0.03, 0.02, 0.005], np.array([0.0, 900, 700, 400, 100]), 0.02
    draw = np.random.default_rng(4).random(SCENARIOS)
    bounds = np.cumsum(pds)
    place = np.searchsorted(bounds, draw)
    period = np.where(place < 4, place + 1.0, NAN)
    lost = np.where(place < 4, LGD * owed[np.minimum(place + 1, 4)] * (place < 4), 0.0)
    found = estimate(present(lost, period, rate))
    wanted = lifetime_loss(pds, LGD, owed[1:].tolist(), rate)
    assert found.value == pytest.approx(wanted, abs=3 * found.error)


PAYS = (0.25, 0.45, 0.2, 0.1)  # chances of nothing, one, two, three instalments in a month


def chain() -> np.ndarray[Any, Any]:
    """States: instalments unpaid at a month's end, 0 to 3; 4 is default, 91 days after the first of
    them. Each month one falls due and some are paid."""
    found = np.zeros((5, 5))
    for unpaid in range(4):
        for paid, chance in enumerate(PAYS):
            found[unpaid, max(0, unpaid + 1 - paid)] += chance
    found[4, 4] = 1
    return found


def months(n: int, scenarios: int) -> np.ndarray[Any, Any]:
    """The month of default in the model of repayment, cash drawn by month."""
    draw = np.random.default_rng(9).choice(4, size=(n + 1, scenarios), p=PAYS)
    balance = [1000.0 * (n - t) for t in range(n + 1)]
    m = group_model([[0.0] * (n + 1)], [[0.0, *[1000.0] * n]], [balance])
    return run(m, {"m1.cash": 1000.0 * draw})["m1.repay_default_period"]


def test_arrears_roll_as_the_markov_chain_has_it() -> None:
    """Against the chain's powers, and the mean time to default against its fundamental matrix."""
    period = months(120, 6000)
    for t in (6, 12, 24, 60):
        found = life_pd(period <= t)
        assert found.value == pytest.approx(pd_within(chain(), 4, t), abs=3 * found.error), t
    worst = one_year_pd(period, 120, 12)
    before, until = (pd_within(chain(), 4, worst.after + t) for t in (0, 12))
    assert worst.pd == pytest.approx((until - before) / (1 - before), abs=4 * worst.error)
    long = months(600, 1500)
    assert np.isnan(long).sum() == 0
    mean = estimate(long)
    assert mean.value == pytest.approx(roll_rates(chain()).periods[0], abs=3 * mean.error)


def test_par30_is_of_what_is_outstanding() -> None:
    late = [[0, 10, 0], [0, 30, 0]]
    owed = [[100, 90, 0], [100, 70, 0]]
    assert par30(late, owed) == [0, 0.25, None]


def test_when_defaults_concentrate() -> None:
    assert concentration([NAN, 7, 5, 7, NAN]) == Concentration(7, 2 / 3)
    assert concentration([9, 4]) == Concentration(4, 0.5)
    assert concentration([NAN, NAN]) is None


def test_drivers_are_ranked_by_what_they_explain() -> None:
    """Independent drivers with weights 2, 1 and 0: ranks of normals correlate as 6 / pi x
    asin(r / 2)."""
    draw = np.random.default_rng(8)
    x = {name: draw.standard_normal(SCENARIOS) for name in ("husk", "power", "weather")}
    outcome = 2 * x["husk"] - x["power"]
    found = drivers(x, outcome)
    assert [d.name for d in found] == ["husk", "power", "weather"]
    assert sum(d.share for d in found) == pytest.approx(1)
    r = np.array([2, -1]) / 5**0.5
    wanted = 6 / np.pi * np.arcsin(r / 2)
    assert [d.correlation for d in found[:2]] == pytest.approx(wanted.tolist(), abs=0.02)
    squeezed = drivers({name: np.exp(v) for name, v in x.items()}, outcome)
    assert squeezed == found  # ranks alone count


def test_ties_and_nothing_to_explain() -> None:
    """Spearman of ranks 1.5, 1.5, 3, 4 and 1, 2, 3.5, 3.5: 4 / 4.5."""
    found = drivers({"a": [5, 5, 6, 7]}, [1, 2, 3, 3])
    assert found[0].correlation == pytest.approx(4 / 4.5)
    still = drivers({"b": [1, 2, 3], "a": [3, 1, 2]}, [0, 0, 0])
    assert [(d.name, d.correlation, d.share) for d in still] == [("a", 0, 0), ("b", 0, 0)]
