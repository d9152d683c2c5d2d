"""XIRR, XNPV and MIRR against published cases, Descartes' rule, a grid, pyxirr, numpy-financial."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import eicfinance
from eicfinance import irr, mirr, npv, xirr, xnpv, year_fraction
from eicfinance.model.roots import zeros

Dated = list[tuple[str, float]]

# pyxirr's tests/samples/30-13.csv and 30-20.csv
RANDOM_30_13 = [
    ("2020-10-08", -320.409336468929), ("2034-02-11", -1168.0309461329),
    ("2035-02-23", -116.435806487608), ("2032-05-22", 1082.82589946232),
    ("2025-09-23", 1021.31187983928), ("2033-08-11", 330.693013409593),
    ("2037-01-01", 357.608023904653), ("2022-06-10", 4019.47530700281),
    ("2035-08-11", -636.194921783809), ("2030-03-06", 1797.12740657937),
    ("2033-02-12", -1363.62400631159), ("2020-10-09", 1643.85326162288),
    ("2039-02-12", 380.183155427822), ("2028-07-23", 86.989799456888),
    ("2030-12-23", -1655.5145291891), ("2028-11-25", 282.738535669003),
    ("2025-09-19", 1503.78463596763), ("2036-01-10", -1641.59028688468),
    ("2038-10-31", -318.274660250744), ("2030-02-20", 257.569362953608),
    ("2023-06-30", -1413.67502554896), ("2033-01-25", 255.335845901369),
    ("2021-10-26", -1576.27975587903), ("2021-03-24", 318.335920888297),
    ("2033-06-01", -3433.96218604721), ("2027-03-09", -114.644608755237),
    ("2038-04-26", -224.006933326095), ("2031-05-06", 275.321216777982),
    ("2021-03-16", 1327.43942336165), ("2024-10-19", 1401.88316736762),
]  # fmt: skip
RANDOM_30_20 = [
    ("2024-09-09", -203.365347602624), ("2030-12-24", 1208.31894521971),
    ("2027-01-06", 62.911729089493), ("2037-03-04", 23.214035363974),
    ("2035-11-13", -1797.01688426533), ("2041-06-22", -2017.27457461588),
    ("2037-12-19", 3997.91924991427), ("2028-04-10", 1115.24111568803),
    ("2040-09-15", -1915.56819372739), ("2042-02-02", 1484.15862672955),
    ("2035-02-27", 1247.32460407966), ("2035-02-04", -42.316649900985),
    ("2037-05-15", 973.000278031422), ("2036-08-01", 1169.69300353766),
    ("2024-12-03", -24.233785734572), ("2041-12-20", -1130.58496750037),
    ("2031-11-01", -265.351566140742), ("2036-11-28", 37.001024894264),
    ("2026-01-10", 555.940111271138), ("2030-08-18", -1794.45399928709),
    ("2032-07-16", -1953.03088397946), ("2042-06-06", -171.922891863423),
    ("2029-10-09", -1910.9048070744), ("2033-03-20", 343.762478283701),
    ("2026-07-30", 2453.50647798804), ("2026-07-13", -2607.11784778847),
    ("2038-02-26", 2697.77682033517), ("2042-03-22", -2529.313275386),
    ("2033-04-05", 606.724921312875), ("2043-05-27", 188.397614961121),
]  # fmt: skip
# Name, flows, roots in ACT/365F. Roots are the published ones, or where these are fewer or rounder,
# zeros of NPV computed with 30 digits from the published flows.
CASES: list[tuple[str, Dated, tuple[float, ...]]] = [
    (
        "Microsoft's help on XIRR",
        [("2008-01-01", -10000), ("2008-03-01", 2750), ("2008-10-30", 4250),
         ("2009-02-15", 3250), ("2009-04-01", 2750)],
        (0.3733625335,),
    ),
    (
        "MathWorks' help on xirr",
        [("2007-01-12", -10000), ("2008-02-14", 2500), ("2008-03-03", 2000),
         ("2008-06-14", 3000), ("2008-12-01", 4000)],
        (0.10064378342638,),
    ),
    (
        "pyxirr unordered.csv",
        [("2015-06-11", -1000), ("2015-07-21", -9000), ("2018-06-10", 20000),
         ("2015-10-17", -3000)],
        (0.163537158443,),
    ),
    (
        "pyxirr minus_0_99.csv",
        [("2021-06-09", -134.09), ("2021-08-11", 40.86)],
        (-0.9989769231734277,),
    ),
    (
        "pyxirr minus_0_993.csv, which names the second only",
        [("2021-06-08", -1000000), ("2022-06-29", 5000), ("2023-06-08", -3), ("2023-06-30", 0)],
        (-0.999596522538, -0.993785049949),
    ),
    (
        "pyxirr 30-13.csv, which names the first only",  # the third: the first two days' flows
        RANDOM_30_13,
        (-0.659057069364, -0.029107312364, (1643.85326162288 / 320.409336468929) ** 365 - 1),
    ),
    ("pyxirr 30-20.csv, which finds none", RANDOM_30_20, (-0.897353821488,)),
]  # fmt: skip
# MathWorks' help on xirr, the example above by other bases, as in pyxirr's tests/test_scheduled.rs
DAY_COUNTS = [
    ("30/360 US", 0.100675477282743),
    ("30/360 ISDA", 0.100675477282743),
    ("30E/360", 0.100675477282743),
    ("ACT/360", 0.0991988898057063),
    ("ACT/365F", 0.10064378342638),
    ("ACT/ACT ISDA", 0.100739648987346),
]
START = date(2024, 1, 1)
CENTS = st.integers(-100_000, 100_000).map(lambda cents: cents / 100)
FLOWS = st.lists(st.tuples(st.integers(0, 4000), CENTS), min_size=1, max_size=15)


def split(flows: Dated) -> tuple[list[float], list[date]]:
    return [c for _, c in flows], [date.fromisoformat(day) for day, _ in flows]


def after(days: list[int]) -> list[date]:
    return [START + timedelta(k) for k in days]


def relative_npv(root: float, flows: list[float], days: list[int]) -> float:
    """|NPV| over the sum of its terms' sizes; inf for what is no rate."""
    if not -1 < root < np.inf:
        return np.inf
    exponent = -np.log1p(root) * (np.array(days) - min(days)) / 365
    terms = np.array(flows) * np.exp(exponent - exponent.max())
    return float(abs(terms.sum()) / np.abs(terms).sum())


@pytest.mark.parametrize(("name", "flows", "roots"), CASES, ids=[case[0] for case in CASES])
def test_published(name: str, flows: Dated, roots: tuple[float, ...]) -> None:
    found = xirr(*split(flows))
    assert found.roots == pytest.approx(roots, rel=1e-9, abs=1e-12)
    assert found.status == ("one" if len(roots) == 1 else "several")
    assert found.rate == (pytest.approx(roots[0]) if len(roots) == 1 else None)
    money, dates = split(flows)
    days = [day.toordinal() for day in dates]
    assert all(relative_npv(root, money, days) < 1e-12 for root in found.roots)


@pytest.mark.parametrize(("day_count", "rate"), DAY_COUNTS)
def test_published_day_counts(day_count: str, rate: float) -> None:
    flows, dates = split(CASES[1][1])
    assert xirr(flows, dates, day_count).rate == pytest.approx(rate, abs=1e-12)
    assert xnpv(rate, flows, dates, day_count) == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize(
    ("flows", "days", "status", "reason"),
    [
        ([0.0, 0.0], [0, 9], "none", "all flows are zero"),
        ([5.0], [0], "none", "the flows never turn negative"),
        ([-5.0, -1.0], [0, 9], "none", "the flows never turn positive"),
        ([-5.0, 5.0], [7, 7], "none", "all flows are zero"),  # on one day they cancel
        ([0.1, 0.2, -0.3], [7, 7, 7], "none", "all flows are zero"),
        ([1.0, -2.0, 2.0], [0, 365, 730], "none", "NPV has no zero at any rate above -100%"),
        ([-1.0, 100.0], [0, 1], "none", "a zero of NPV lies at a rate too large to express"),
        ([-1.0, 6.0], [0, 1], "one", ""),  # 6^365 - 1 is still a float
    ],
)
def test_reasons(flows: list[float], days: list[int], status: str, reason: str) -> None:
    found = xirr(flows, after(days))
    assert (found.status, found.reason) == (status, reason)
    assert (found.rate is None) == (status == "none")


@pytest.mark.parametrize("rate", [-0.999999, -0.9, -1e-6, 0.0, 1e-6, 0.07, 20.0, 1e6, 1e10])
@pytest.mark.parametrize("days", [[0, 1], [0, 60, 61, 700], [0, 365, 3650, 10950]])
def test_one_root_is_found_wherever_it_lies(rate: float, days: list[int]) -> None:
    """Inflows of equal present value: the outlay is the sum of those values."""
    found = xirr([1.0 - len(days), *(1 + rate) ** (np.array(days[1:]) / 365)], after(days))
    assert found.status == "one"
    assert found.rate is not None
    assert 1 + found.rate == pytest.approx(1 + rate, rel=1e-9 if rate < -0.9 else 1e-12)


def test_rate_that_rounds_to_minus_one() -> None:
    assert xirr([-1.0, 1e-9], after([0, 30])).rate == np.nextafter(-1.0, 0.0)


def test_several_roots_and_the_one_that_decides() -> None:
    """-100 (1 - 1.1 v)(1 - 1.2 v), and -1, 3, -1, whose root above 0% is the golden ratio."""
    days = [0, 365, 730]
    assert xirr([-100.0, 230.0, -132.0], after(days)).rate is None
    assert xirr([-100.0, 230.0, -132.0], after(days)).roots == pytest.approx((0.1, 0.2))
    turn = xirr([-1.0, 3.0, -1.0], after(days))
    assert turn.rate == pytest.approx((5**0.5 + 1) / 2)
    assert (turn.status, len(turn.roots)) == ("several", 2)


@pytest.mark.parametrize(("roots", "count"), [((0.1, 0.1), 1), ((0.1, 0.1001), 2)])
def test_double_and_close_roots(roots: tuple[float, float], count: int) -> None:
    """Years 0, 1.2 and 2.4: a square in w = (1+i)^-1.2."""
    one, other = ((1 + root) ** 1.2 for root in roots)
    found = xirr([-1.0, one + other, -one * other], after([0, 438, 876]))
    assert len(found.roots) == count
    assert found.roots == pytest.approx(roots[:count], abs=1e-7)


@settings(deadline=None)
@given(FLOWS)
def test_any_flows(pairs: list[tuple[int, float]]) -> None:
    days, flows = [k for k, _ in pairs], [c for _, c in pairs]
    found = xirr(flows, after(days))
    assert found.status == ("none", "one", "several")[min(len(found.roots), 2)] or found.reason
    assert len(found.roots) <= found.sign_changes
    assert (found.rate is not None) >= (found.status == "one")
    assert found.rate is None or found.rate in found.roots
    assert all(a < b or a == np.nextafter(-1.0, 0.0) for a, b in pairwise(found.roots))
    assert found.status != "none" or found.reason
    if found.sign_changes == 1:
        assert found.status == "one" or found.reason.startswith("a zero of NPV lies")
    for root in found.roots:
        if root > -0.99:
            assert relative_npv(root, flows, days) <= 2e-12
    order = np.random.default_rng(len(days)).permutation(len(days))
    mixed = xirr([flows[k] for k in order], [after(days)[k] for k in order])
    assert mixed.status == found.status
    assert 1 + np.array(mixed.roots) == pytest.approx(1 + np.array(found.roots), rel=1e-6)


@settings(deadline=None)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=10),
    st.lists(st.integers(0, 20_000), min_size=10, max_size=10),
)
def test_any_magnitude(flows: list[float], days: list[int]) -> None:
    found = xirr(flows, after(days[: len(flows)]))
    assert len(found.roots) <= found.sign_changes
    assert all(-1 < root < np.inf for root in found.roots)
    assert found.status != "none" or found.reason


@settings(deadline=None)
@given(FLOWS)
def test_zeros_by_descartes_and_by_a_grid(pairs: list[tuple[int, float]]) -> None:
    """As many zeros as changes of sign or an even number less; and every crossing of a grid."""
    flows = {k / 365: c for k, c in pairs if c != 0.0}
    t, c = np.array(sorted(flows)), np.array([flows[k] for k in sorted(flows)])
    assume(t.size > 1)
    found = zeros(c, t)
    terms = c[:, None] * np.exp(-np.outer(t - t.mean(), found.clip(-50, 50)))
    slope = np.abs(((t - t.mean())[:, None] * terms).sum(axis=0)) / np.abs(terms).sum(axis=0)
    changes = int((np.sign(c)[1:] != np.sign(c)[:-1]).sum())
    assert len(found) <= changes
    if (slope > 1e-5).all():  # otherwise a zero may repeat, and counts as often
        assert (changes - len(found)) % 2 == 0
    grid = np.linspace(-5, 5, 1001)
    value = c @ np.exp(-np.outer(t, grid))
    size = np.abs(c) @ np.exp(-np.outer(t, grid))
    clear = np.abs(value) > 1e-11 * size
    for k in np.flatnonzero((value[1:] * value[:-1] < 0) & clear[1:] & clear[:-1]):
        assert ((found >= grid[k]) & (found <= grid[k + 1])).any()


@settings(deadline=None, max_examples=200)
@given(FLOWS)
def test_against_pyxirr(pairs: list[tuple[int, float]]) -> None:
    """Where pyxirr's rate is a zero of NPV we have it; where it gives none, or a rate that is not,
    as with 6% of random flows, ours stands by its own NPV (`test_any_flows`)."""
    days, flows = [k for k, _ in pairs], [c for _, c in pairs]
    found = xirr(flows, after(days))
    try:
        theirs = pyxirr.xirr(after(days), flows)
    except pyxirr.InvalidPaymentsError:  # without a change of sign
        assert min(flows) >= 0 or max(flows) <= 0
        return
    if theirs is None or relative_npv(theirs, flows, days) > 1e-9 or not -0.99 < theirs < 1e9:
        return
    ours = [relative_npv(root, flows, days) for root in found.roots]
    assert found.roots or relative_npv(theirs, flows, days) > 1e-13
    assert not ours or min(ours) <= relative_npv(theirs, flows, days) + 1e-12


@settings(deadline=None)
@given(st.lists(CENTS, min_size=1, max_size=12))
def test_equal_years_are_irr(flows: list[float]) -> None:
    yearly, dated = irr(flows), xirr(flows, after([365 * k for k in range(len(flows))]))
    assert (dated.status, dated.reason) == (yearly.status, yearly.reason)
    assert dated.sign_changes == yearly.sign_changes
    assert 1 + np.array(dated.roots) == pytest.approx(1 + np.array(yearly.roots), rel=1e-6)
    for rate in (-0.5, 0.0, 0.1):
        dated_npv = xnpv(rate, flows, after([365 * k for k in range(len(flows))]))
        assert dated_npv == pytest.approx(npv(rate, flows), rel=1e-12, abs=1e-9)


def test_monthly_flows_where_pyxirr_errs(record_property: Callable[[str, object], None]) -> None:
    """Random monthly flows: every rate of ours is a zero of NPV; how often pyxirr's is not, or is
    missing, is recorded (pyxirr 0.10.8: 7 of 100)."""
    rng, wrong = np.random.default_rng(7), 0
    days = [(date(2024 + k // 12, k % 12 + 1, 1) - START).days for k in range(24)]
    for _ in range(100):
        flows = (rng.normal(size=24).round(2) * 1000).tolist()
        found, theirs = xirr(flows, after(days)), pyxirr.xirr(after(days), flows)
        assert all(relative_npv(root, flows, days) <= 1e-12 for root in found.roots if root > -0.99)
        if theirs is None:
            wrong += bool(found.roots)
        else:
            wrong += relative_npv(theirs, flows, days) > 1e-9
    record_property("pyxirr_wrong_of_100", wrong)


def test_xnpv() -> None:
    flows, dates = split(CASES[0][1])
    # Microsoft's help on XNPV: these flows at 9%
    assert xnpv(0.09, flows, dates) == pytest.approx(2086.65, abs=0.005)
    assert xnpv(0.09, flows[::-1], dates[::-1]) == pytest.approx(2086.65, abs=0.005)
    assert xnpv(0.0, flows, dates) == sum(flows)


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="as many dates as flows, not 1 for 2"):
        xirr([-1.0, 2.0], [START])
    with pytest.raises(ValueError, match="shape"):
        xirr([], [])
    with pytest.raises(ValueError, match="period 1"):
        xirr([-1.0, np.nan], after([0, 1]))
    with pytest.raises(ValueError, match="unknown day count"):
        xirr([-1.0, 2.0], after([0, 1]), "30/365")
    with pytest.raises(ValueError, match="rate"):
        xnpv(-1.0, [-1.0, 2.0], after([0, 1]))


EXCEL_MIRR = [-120000, 39000, 30000, 21000, 37000, 46000]  # Microsoft's help on MIRR


@pytest.mark.parametrize(
    ("flows", "reinvestment_rate", "rate", "tolerance"),
    [
        (EXCEL_MIRR, 0.12, 0.13, 0.005),
        (EXCEL_MIRR, 0.12, 0.1260941303659051, 1e-14),  # the same, computed to more digits
        (EXCEL_MIRR[:4], 0.12, -0.048044655249980806, 1e-14),  # -5% in the help
        (EXCEL_MIRR, 0.14, 0.13, 0.005),
    ],
)
def test_mirr_published(
    flows: list[float], reinvestment_rate: float, rate: float, tolerance: float
) -> None:
    assert mirr(flows, 0.10, reinvestment_rate) == pytest.approx(rate, abs=tolerance)


@given(st.lists(CENTS, min_size=2, max_size=30), st.floats(-0.5, 2), st.floats(-0.5, 2))
def test_mirr_against_numpy_financial(flows: list[float], finance: float, reinvest: float) -> None:
    found = mirr(flows, finance, reinvest)
    if min(flows) >= 0 or max(flows) <= 0:
        assert found is None
    else:
        theirs = npf.mirr(np.array(flows), finance, reinvest)
        assert found is not None
        assert 1 + found == pytest.approx(1 + theirs, rel=1e-9)


def test_mirr_identities() -> None:
    """At both rates equal to the IRR the MIRR is the IRR; a month's rates are annualised."""
    flows = [-100.0] + 24 * [5.0]
    rate = irr(flows, 12).rate
    assert rate is not None
    assert mirr(flows, rate, rate, 12) == pytest.approx(rate, abs=1e-12)
    by_month = mirr(flows, 1.1 ** (1 / 12) - 1, 1.2 ** (1 / 12) - 1)
    assert by_month is not None
    assert mirr(flows, 0.1, 0.2, 12) == pytest.approx((1 + by_month) ** 12 - 1, abs=1e-12)
    assert mirr([5.0], 0.1, 0.1) is None


def test_level_payment() -> None:
    """numpy-financial's test of pmt: 20,000 at 80% over 3 periods; our IRR leads back to 80%."""
    payment = -19311.258
    assert npf.pmt(0.8, 3, 20000) == pytest.approx(payment, rel=1e-6)
    assert irr([20000.0, *3 * [payment]]).rate == pytest.approx(0.8, abs=1e-7)


def test_public_names() -> None:
    for name in eicfinance.__all__:
        assert getattr(eicfinance, name) is not None
    assert year_fraction(START, date(2024, 12, 31)) == 1
    with pytest.raises(AttributeError, match="no attribute 'xmirr'"):
        _ = eicfinance.xmirr
