"""IRR against published values, constructed polynomials and pyxirr."""

from itertools import pairwise

import numpy as np
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.model.irr import Irr, irr, irr_many, npv

# Oracles: (name, flows, roots). Hazen 2003 is the example of MathWorks' help on `irr`; Excel is
# Microsoft's help on IRR; numpy-financial 98 is that project's issue of this number.
PUBLISHED = [
    ("Hazen 2003", [-1000, 6000, -10900, 5800], (-0.04880885, 1.0, 2.04880885)),
    ("Excel 5 years", [-70000, 12000, 15000, 18000, 21000, 26000], (0.0866309480365,)),
    ("Excel 4 years", [-70000, 12000, 15000, 18000, 21000], (-0.0212448483,)),
    ("Excel 2 years", [-70000, 12000, 15000], (-0.4435069413,)),
    ("numpy-financial 98", [-10000] + 16 * [327.24625], (-0.06765411345,)),
    ("numpy-financial test", [-100, 100, 0, 7], (0.06205848563,)),
]


def relative_npv(root: float, flows: np.ndarray, periods_per_year: int = 1) -> float:
    """|NPV| over the sum of its terms' sizes, valued at the end where nothing overflows."""
    x = (1.0 + root) ** (1.0 / periods_per_year)
    powers = np.arange(len(flows), dtype=float)
    terms = flows * (x**-powers if x >= 1.0 else x ** powers[::-1])
    return float(abs(terms.sum()) / np.abs(terms).sum())


def from_discount_roots(factors: list[float]) -> np.ndarray:
    """Flows whose NPV is zero exactly at the discount factors v: product of (1 - v / v_k)."""
    flows = np.array([1.0])
    for factor in factors:
        flows = np.convolve(flows, [1.0, -1.0 / factor])
    return flows


def mixed_flows(scenarios: int = 400, periods: int = 12) -> np.ndarray:
    """Conventional, unconventional, rootless, zero-padded and one-signed columns."""
    rng = np.random.default_rng(3)
    flows = rng.normal(size=(periods, scenarios))
    flows[0, ::2] = -np.abs(flows[1:, ::2]).sum(axis=0) / 2
    flows[1:, ::4] = np.abs(flows[1:, ::4])
    flows[rng.random(flows.shape) < 0.15] = 0.0
    flows[:, 5] = 0.0
    flows[:, 6] = np.abs(flows[:, 6])
    return flows


def test_status_examples_cover_all_kinds() -> None:
    assert set(irr_many(mixed_flows()).status.tolist()) == {0, 1, 2}


@pytest.mark.parametrize(("name", "flows", "roots"), PUBLISHED, ids=[p[0] for p in PUBLISHED])
def test_published(name: str, flows: list[float], roots: tuple[float, ...]) -> None:
    found = irr(flows)
    assert found.roots == pytest.approx(roots, abs=6e-9 if name == "Hazen 2003" else 6e-11)
    assert found.status == ("one" if len(roots) == 1 else "several")
    assert found.rate == (found.roots[0] if len(roots) == 1 else None)
    assert found.reason == ""
    for root in found.roots:
        assert abs(npv(root, flows)) <= 1e-10 * np.abs(flows).sum()


@pytest.mark.parametrize(
    ("flows", "reason"),
    [
        ([0, 0, 0], "all flows are zero"),
        ([0.0], "all flows are zero"),
        ([5.0], "the flows never turn negative"),
        ([0, 1, 2], "the flows never turn negative"),
        ([-1, 0, -2], "the flows never turn positive"),
        ([1, -2, 2], "NPV has no zero at any rate above -100%"),
        ([-5, 3, 0, 1, 0, -2], "NPV has no zero at any rate above -100%"),
    ],
)
def test_none(flows: list[float], reason: str) -> None:
    found = irr(flows)
    assert (found.status, found.rate, found.roots, found.reason) == ("none", None, (), reason)


@pytest.mark.parametrize(
    ("flows", "rate"),
    [
        ([-100, 110], 0.10),
        ([100, -110], 0.10),
        ([-100, 100], 0.0),
        ([-1000, 2], -0.998),
        ([-1, 0, 100], 9.0),
        ([-1, 1e-9], -0.999999999),
        ([-1e-15, 1.1e-15], 0.10),
        ([-1e15, 1.1e15], 0.10),
        ([-1e300, 1.1e300], 0.10),
        ([-1e-300, 1.1e-300], 0.10),
        ([-1, 1e9], 1e9 - 1),
        ([-1e-200, 0, 1e-200, 0, 0, 0, 0], 0.0),
        ([0, 0, -100, 0, 121, 0], 0.10),
    ],
)
def test_exact_single_root(flows: list[float], rate: float) -> None:
    found = irr(flows)
    assert found.status == "one"
    assert found.rate is not None
    assert 1.0 + found.rate == pytest.approx(1.0 + rate, rel=1e-13, abs=2e-16)


def test_zero_rate_when_the_flows_cancel() -> None:
    for flows in ([-3, 1, 1, 1], [0.1, 0.2, -0.3], [-0.3, 0.1, 0.2]):
        assert irr(flows).rate == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("root", [0.0, 0.1, -0.3, 1.5])
def test_double_root_is_listed_once(root: float) -> None:
    found = irr(from_discount_roots([1 / (1 + root)] * 2))
    assert found.status == "one"
    assert found.sign_changes == 2
    assert found.rate == pytest.approx(root, abs=2e-6)


@pytest.mark.parametrize("pair", [(0.1, 0.105), (0.1, 0.1001), (-0.001, 0.001), (-0.5, -0.499)])
def test_close_pair_of_roots(pair: tuple[float, float]) -> None:
    found = irr(from_discount_roots([1 / (1 + root) for root in pair]))
    assert found.status == "several"
    assert found.roots == pytest.approx(pair, abs=1e-9)


def test_pair_just_missed_is_none() -> None:
    flows = from_discount_roots([1 / 1.1, 1 / 1.1])
    flows[0] += 1e-9
    assert irr(flows).status == "none"


@settings(deadline=None)
@given(
    st.lists(st.floats(-0.7, 0.7), min_size=1, max_size=4).filter(
        lambda logs: all(b - a > 0.03 for a, b in pairwise(sorted(logs)))
    ),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_constructed_roots_are_all_found(logs: list[float], ahead: int, behind: int) -> None:
    roots = np.exp(np.sort(logs))
    flows = from_discount_roots((1 / roots).tolist())
    found = irr(np.concatenate([np.zeros(ahead), flows, np.zeros(behind)]))
    assert 1 + np.array(found.roots) == pytest.approx(roots, rel=1e-8)
    assert found.status == ("one" if len(roots) == 1 else "several")


@settings(deadline=None)
@given(
    st.lists(st.integers(-10_000, 10_000).map(lambda cents: cents / 100), min_size=1, max_size=15),
    st.sampled_from([1, 4, 12]),
)
def test_any_flows(flows: list[float], periods_per_year: int) -> None:
    found = irr(flows, periods_per_year)
    assert len(found.roots) <= found.sign_changes
    assert (found.rate is not None) >= (found.status == "one")
    assert found.rate is None or found.rate in found.roots
    assert (found.reason == "") == (
        found.status == "one" or (found.status, found.rate) == ("several", None)
    )
    assert all(-1 < root < np.inf for root in found.roots)
    assert all(a < b or a == np.nextafter(-1.0, 0.0) for a, b in pairwise(found.roots))
    for root in found.roots:
        if root > -0.99:
            assert relative_npv(root, np.array(flows), periods_per_year) <= 1e-11
    if found.sign_changes == 1:
        assert found.status == "one"


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=10))
def test_any_magnitude(flows: list[float]) -> None:
    found = irr(flows)
    assert len(found.roots) <= found.sign_changes
    assert all(-1 < root < np.inf for root in found.roots)
    assert (found.rate is not None) >= (found.status == "one")
    assert found.rate is None or found.rate in found.roots
    assert found.status != "none" or found.reason


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.floats(0, 1000), min_size=1, max_size=30).filter(lambda f: max(f) > 1),
    st.floats(10, 5000),
)
def test_conventional_flows_against_pyxirr(inflows: list[float], outlay: float) -> None:
    flows = np.array([-outlay, *inflows])
    found = irr(flows)
    assert found.status == "one"
    assert found.rate is not None
    assert relative_npv(found.rate, flows) <= 1e-12 or found.rate < -0.999
    theirs = pyxirr.irr(flows)
    # pyxirr is wrong now and then, so that its rate counts only where NPV is zero
    if theirs is not None and -0.99 < theirs < 10 and relative_npv(theirs, flows) <= 1e-14:
        assert found.rate == pytest.approx(theirs, abs=1e-9)


def test_monthly_loan_is_annualised() -> None:
    month = 1.05 ** (1 / 12) - 1
    flows = [-100_000.0] + 240 * [100_000 * month / (1 - (1 + month) ** -240)]
    found = irr(flows, periods_per_year=12)
    assert found.rate == pytest.approx(0.05, abs=1e-12)
    assert npv(0.05, flows, 12) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("rate", [-0.998, -0.5, -0.01, 0.0, 0.001, 0.08, 1.0, 9.0])
@pytest.mark.parametrize("periods", [240, 300])
def test_long_monthly_flows(rate: float, periods: int) -> None:
    inflows = np.random.default_rng(periods).uniform(0.5, 1.5, periods)
    outlay = npv(rate, np.concatenate([[0.0], inflows]), 12)
    found = irr(np.concatenate([[-outlay], inflows]), 12)
    assert found.rate is not None
    assert 1 + found.rate == pytest.approx(1 + rate, rel=2e-12)


def test_the_only_positive_root_decides() -> None:
    """-1, 3, -1 has the roots -61.8% and 161.8% (x^2 - 3x + 1 = 0): the latter decides."""
    found = irr([-1.0, 3.0, -1.0])
    assert (found.status, len(found.roots)) == ("several", 2)
    assert found.rate == pytest.approx((5**0.5 + 1) / 2, rel=1e-14)
    assert found.reason.startswith("the only rate above 0%")
    assert npv(1.6, [-1, 3, -1]) > 0 > npv(1.7, [-1, 3, -1])
    assert irr([-1000, 6000, -10900, 5800]).rate is None  # two roots above 0: none decides
    assert irr([-100.0, 230.0, -132.0]).rate is None  # 10% and 20%


def test_decommissioning_cost_gives_two_roots() -> None:
    flows = np.array([-100.0] + 20 * [12.0] + [-60.0])
    found = irr(flows)
    assert found.status == "several"
    assert len(found.roots) == 2
    assert all(relative_npv(root, flows) <= 1e-13 for root in found.roots)


def test_balances_of_one_sign_prove_one_root() -> None:
    found = irr([-1000, 300, -50, 400, 500, -20, 600])
    assert found.sign_changes == 5
    assert found.status == "one"


def test_rates_at_the_ends_of_floats() -> None:
    low = irr([-1.0, 1e-9], periods_per_year=12)
    assert low.rate == np.nextafter(-1.0, 0.0)
    high = irr([-1.0, 1e3], periods_per_year=365)
    assert (high.status, high.rate, high.roots) == ("none", None, ())
    assert high.reason == "a zero of NPV lies at a rate too large to express"
    both = irr(from_discount_roots([1 / 1000, 1 / 1.001]), periods_per_year=365)
    assert (both.status, both.reason) == ("several", high.reason)
    assert both.roots == pytest.approx([1.001**365 - 1], rel=1e-9)


def same(one: Irr, other: Irr) -> bool:
    """Equal but for the last digits of the roots."""
    first, second = (1 + np.array(each.roots) for each in (one, other))
    return (one.status, one.reason, one.sign_changes) == (
        other.status,
        other.reason,
        other.sign_changes,
    ) and bool(np.allclose(first, second, rtol=1e-10, atol=1e-15))


def test_vector_equals_scalar() -> None:
    flows = mixed_flows()
    many = irr_many(flows)
    assert len(many) == flows.shape[1]
    for k, found in enumerate(many):
        assert same(found, irr(flows[:, k]))
        assert found.rate is None or found.rate == many.rate[k]
        assert (k in many.roots) == (many.status[k] == 2)
    assert not np.isnan(many.rate[many.status == 1]).any()
    assert np.isnan(many.rate[many.status == 0]).all()


@pytest.mark.parametrize("factor", [-1.0, 1e15, 1e-15, 3.7, -1e-200])
def test_scale_and_sign_leave_the_roots(factor: float) -> None:
    for one, other in zip(irr_many(mixed_flows()), irr_many(factor * mixed_flows()), strict=True):
        if factor > 0 or one.sign_changes:
            assert same(one, other)


def test_order_of_scenarios_and_memory_layout_do_not_matter() -> None:
    flows = mixed_flows()
    order = np.random.default_rng(4).permutation(flows.shape[1])
    plain, permuted = irr_many(flows), irr_many(np.asfortranarray(flows[:, order]))
    assert all(same(plain.one(int(k)), found) for k, found in zip(order, permuted, strict=True))


def test_reversing_time_inverts_the_growth_factors() -> None:
    flows = mixed_flows()
    for one, other in zip(irr_many(flows), irr_many(flows[::-1]), strict=True):
        assert len(one.roots) == len(other.roots)
        for a, b in zip(one.roots, other.roots[::-1], strict=True):
            if -0.9 < a < 9:
                assert (1 + a) * (1 + b) == pytest.approx(1.0, rel=1e-9)


def test_more_scenarios_than_a_block() -> None:
    flows = mixed_flows(20_000, 6)
    many = irr_many(flows)
    for k in (0, 1, 8191, 8192, 19_999):
        assert same(many.one(k), irr(flows[:, k]))


def test_no_scenarios() -> None:
    assert len(irr_many(np.zeros((3, 0)))) == 0


def test_input_is_not_changed() -> None:
    flows = mixed_flows()
    before = flows.copy()
    irr_many(flows)
    assert np.array_equal(flows, before)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_flows_that_are_not_finite(wrong: float) -> None:
    flows = mixed_flows()
    flows[4, 7] = wrong
    with pytest.raises(ValueError, match="period 4, scenario 7"):
        irr_many(flows)
    with pytest.raises(ValueError, match="period 4, scenario 0"):
        irr(flows[:, 7])


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="shape"):
        irr([])
    with pytest.raises(ValueError, match="shape"):
        irr([[-1, 2]])
    with pytest.raises(ValueError, match="shape"):
        irr_many([-1, 2])
    with pytest.raises(ValueError, match="periods_per_year"):
        irr([-1, 2], periods_per_year=0)
    with pytest.raises(IndexError):
        irr_many(mixed_flows()).one(-1)
    for rate in (-1.0, -2.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="rate"):
            npv(rate, [-1, 2])
    with pytest.raises(OverflowError):
        npv(-0.999999, np.ones(100))


def test_npv() -> None:
    assert npv(0.1, [-100, 110]) == pytest.approx(0.0, abs=1e-12)
    assert npv(0.21, [0, 110], periods_per_year=2) == pytest.approx(100.0)
    assert npv(0.0, [1, 2, 3]) == 6.0
