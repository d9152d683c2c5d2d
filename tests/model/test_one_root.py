"""The proof that flows have one rate: never wrong, and enough for flows by the month."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.model import loop_irr
from eicfinance.model.irr import irr_many
from eicfinance.model.one_root import at_most, only_here
from tests.model.test_irr import from_discount_roots


def by_loop(roots: int, flows: np.ndarray) -> bool:
    """The same by the functions that are compiled, as plain Python."""
    m = len(flows)
    z = [*flows.tolist(), *[0.0] * (m + 16)]
    return loop_irr.at_most(roots, z, 0, 1, m - 1, m)


def test_five_changes_of_sign_and_one_rate() -> None:
    """Of the module's docstring: running totals -100, -40, -60, 10, 0, 20; from the end 20, 10, 80,
    60, 120, 20."""
    flows = np.array([[-100.0, 60, -20, 70, -10, 20]]).T
    assert only_here(flows).all()
    assert not only_here(flows[::-1]).any()
    found = irr_many(flows).one(0)
    assert (found.status, found.sign_changes) == ("one", 5)
    assert found.rate == pytest.approx(0.0811386, abs=1e-6)
    assert np.isclose((flows[:, 0] / 1.0811386 ** np.arange(6)).sum(), 0, atol=1e-4)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.floats(-1.5, 1.5), min_size=1, max_size=5).filter(
        lambda logs: (
            all(b - a > 0.02 for a, b in pairwise(sorted(logs)))
            and all(abs(x) > 1e-3 for x in logs)
        )
    ),
    st.lists(st.floats(0.1, 3), max_size=6),
)
def test_never_fewer_than_there_are(logs: list[float], others: list[float]) -> None:
    """Flows with known roots, times factors that have none: 1 + v / x."""
    flows = from_discount_roots(np.exp(logs).tolist())
    for other in others:
        flows = np.convolve(flows, [1.0, other])
    there = sum(x < 0 for x in logs)
    for fewer in range(there):
        assert not at_most(fewer, flows[:, None]).any()
        assert not by_loop(fewer, flows)
    for roots in range(there, len(flows)):
        assert bool(at_most(roots, flows[:, None])[0]) == by_loop(roots, flows)


def test_a_small_cost_at_the_end_makes_a_second_rate() -> None:
    """Two changes of sign are two rates or none; the second is near -100%, where the costs of the
    last two months outweigh all else, however large the folded totals between grow."""
    flows = np.array([-3e6, *[5.2e4] * 148, 2.1e5, -3660.0, -7003.0])
    assert not only_here(flows[:, None]).any()
    assert not by_loop(0, flows[::-1])
    found = irr_many(flows[:, None]).one(0)
    assert (found.status, found.sign_changes, len(found.roots)) == ("several", 2, 2)
    u = 1 + found.roots[0]  # 2.1e5 u^2 - 3660 u - 7003 is nil
    assert u == pytest.approx((3660 + (3660**2 + 4 * 2.1e5 * 7003) ** 0.5) / 4.2e5, abs=0.02)


def test_long_monthly_flows_are_proved() -> None:
    """Seasons, a refund, an overhaul and a month without income at the end."""
    t = np.arange(241)
    flows = np.where(t > 3, 10 + 14 * np.sin(2 * np.pi * t / 12), -200.0)
    flows[5] = 60
    flows[120] = -150
    flows[-1] = 5
    both = np.stack([flows, -flows], axis=1)
    found = irr_many(both, 12)
    assert found.sign_changes.tolist() == [found.sign_changes[0]] * 2
    assert found.sign_changes[0] > 30
    assert found.status.tolist() == [1, 1]
    assert only_here(both).all()


def test_a_sum_of_nil_is_left_to_the_others() -> None:
    """A rate of 0 is on neither side."""
    flows = np.array([[-3.0, 1, 1, 1]]).T
    assert not only_here(flows).any()
    assert irr_many(flows).one(0).rate == pytest.approx(0.0, abs=1e-15)
