"""The language against hand computation, and what it refuses to say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.model.expr import (
    OPERATIONS,
    Expr,
    ceiling,
    floor,
    maximum,
    minimum,
    ratio,
    total,
    where,
)
from eicfinance.model.irr import irr
from eicfinance.model.model import PERIODS_PER_YEAR, Model, ModelError
from eicfinance.model.numeric import run
from eicfinance.model.operate import operate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from eicfinance.model.expr import Operand
    from eicfinance.model.model import Line

    Written = Callable[[Model], Operand]

FLOW = (-100.0, 30.0, 0.0, 50.0, 45.0)  # periods 0..4


def five() -> tuple[Model, Line]:
    """A yearly model of periods 0..4 with the line FLOW."""
    m = Model("five", 4, 1)
    return m, m.line("flow", "THB", m.vector("values", FLOW, "THB") * 1)


# -- lines over time ------------------------------------------------------------------------------


def test_previous_is_nil_before_period_0() -> None:
    m, flow = five()
    m.line("before", "THB", flow.previous)
    assert run(m).series("before") == [0, -100, 30, 0, 50]


def test_lag() -> None:
    m, flow = five()
    n = m.input("n", 2, "1")
    m.line("by_one", "THB", flow.lag(1))
    m.line("by_none", "THB", flow.lag(0))
    m.line("by_input", "THB", flow.lag(n))
    m.line("by_sum", "THB", flow.lag(n + 1))
    found = run(m)
    assert found.series("by_one") == [0, -100, 30, 0, 50]
    assert found.series("by_none") == list(FLOW)
    assert found.series("by_input") == [0, 0, -100, 30, 0]
    assert found.series("by_sum") == [0, 0, 0, -100, 30]
    assert run(m, {"n": 9}).series("by_input") == [0] * 5  # beyond the timeline
    many = run(m, {"n": [0, 1, 4]})
    assert many.series("by_input", 0) == list(FLOW)
    assert many.series("by_input", 1) == [0, -100, 30, 0, 50]
    assert many.series("by_input", 2) == [0, 0, 0, 0, -100]


def test_lag_within_a_circle_of_time() -> None:
    """Fibonacci: each period the sum of the two before, from 1 at period 0."""
    m = Model("rabbits", 6, 1)
    n = m.input("n", 2, "1")
    pairs = m.stock("pairs", "head")
    one = m.constant("one", 1, "head", "definition")
    pairs.set(where(m.period > 0, pairs.previous + pairs.lag(n), one))
    assert run(m).series("pairs") == [1, 1, 2, 3, 5, 8, 13]
    many = run(m, {"n": [1, 2, 3], "one": [1, 1, 2]})
    assert many.series("pairs", 0) == [1, 2, 4, 8, 16, 32, 64]
    assert many.series("pairs", 1) == [1, 1, 2, 3, 5, 8, 13]
    assert many.series("pairs", 2) == [2, 2, 2, 4, 6, 8, 12]


def test_lead() -> None:
    m, flow = five()
    n = m.input("n", 2, "1")
    m.line("by_one", "THB", flow.lead(1))
    m.line("by_none", "THB", flow.lead(0))
    m.line("by_input", "THB", flow.lead(n))
    assert run(m).series("by_one") == [30, 0, 50, 45, 0]
    assert run(m).series("by_none") == list(FLOW)
    many = run(m, {"n": [0, 2, 9]})
    assert many.series("by_input", 0) == list(FLOW)
    assert many.series("by_input", 1) == [0, 50, 45, 0, 0]
    assert many.series("by_input", 2) == [0] * 5  # beyond the timeline
    with pytest.raises(ModelError, match="lead of 'flow': the distance must be a whole number"):
        run(m, {"n": 0.5})


def test_lead_needs_all_of_a_line_first() -> None:
    """A reserve may look at what falls due later, but not at itself."""
    m, flow = five()
    reserve = m.stock("reserve", "THB")
    coming = m.line("coming", "THB", reserve.lead(1) + flow)
    reserve.set(reserve.previous + coming)
    with pytest.raises(ModelError, match="circle through a whole line: coming <- reserve"):
        m.order()


def test_cumulative() -> None:
    m, flow = five()
    m.cumulative("so_far", flow, label="So far")
    assert run(m).series("so_far") == [-100, -70, -70, -20, 25]
    assert m["so_far"].kind == "stock"
    assert m["so_far"].text.label == "So far"


def test_vectors_by_season_and_by_period() -> None:
    m = Model("seasons", 6, 4, season_start=3)  # closing in the third quarter
    m.line("by_season", "1", m.vector("season", [10, 20, 30, 40], "1") + 0)
    m.line("by_period", "1", m.vector("all", [1, 2, 3, 4, 5, 6, 7], "1") + 0)
    found = run(m)
    assert found.series("by_season") == [30, 40, 10, 20, 30, 40, 10]
    assert found.series("by_period") == [1, 2, 3, 4, 5, 6, 7]
    assert found.series("season") == found.series("by_season")
    assert found["all"].shape == (1, 7)


@pytest.mark.parametrize("ppy", PERIODS_PER_YEAR)
def test_timeline(ppy: int) -> None:
    m = Model("time", 2 * ppy + 1, ppy, season_start=ppy)
    names = ("period", "year", "season", "last", "year_end")
    for name in names:
        m.line(f"row_{name}", "1", getattr(m, name) + 0)
    m.result("n", "1", m.end + 0)
    m.result("ppy", "1", m.per_year + 0)
    found = run(m)
    periods = range(2 * ppy + 2)
    assert found.series("row_period") == list(periods)
    assert found.series("row_year") == [0] + [1] * ppy + [2] * ppy + [3]
    assert found.series("row_season") == [ppy] + [1 + t % ppy for t in range(2 * ppy + 1)]
    assert found.series("row_last") == [0] * (2 * ppy + 1) + [1]
    assert found.series("row_year_end") == [float(t in (ppy, 2 * ppy, 3 * ppy)) for t in periods]
    assert found.value("n") == 2 * ppy + 1
    assert found.value("ppy") == ppy


def test_given_by_a_shorter_and_by_a_longer_model() -> None:
    source, flow = five()
    longer, shorter = Model("longer", 6, 1), Model("shorter", 2, 1)
    longer.given("husk", source, flow)
    shorter.given("husk", source, flow, label="Husk")
    runs = {"five": run(source)}
    assert run(longer, givens=runs).series("husk") == [*FLOW, 0, 0]
    assert run(shorter, givens=runs).series("husk") == [-100, 30, 0]
    assert shorter["husk"].text.note == "from five: flow"


# -- blanks ---------------------------------------------------------------------------------------


def test_ratio_is_blank_where_nothing_is_due() -> None:
    m, flow = five()
    due = m.line("due", "THB", m.vector("d", [0, 10, 1e-7, -20, 15], "THB") * 1)
    dscr = m.ratio("dscr", flow, due)
    m.result("least", "1", dscr.lowest())
    m.result("most", "1", dscr.highest())
    m.result("sure", "1", dscr.lowest().or_else(0))
    m.line("filled", "1", dscr.or_else(1))
    found = run(m)
    assert found.series("dscr") == [None, 3, None, -2.5, 3]
    assert (found.value("least"), found.value("most"), found.value("sure")) == (-2.5, 3, -2.5)
    assert found.series("filled") == [1, 3, 1, -2.5, 3]


def test_lowest_of_blanks_is_blank() -> None:
    m, flow = five()
    dscr = m.ratio("dscr", flow, m.line("due", "THB", 0))
    m.result("least", "1", dscr.lowest())
    m.result("most", "1", dscr.highest())
    one = m.constant("one", 1, "1", "definition")
    m.result("least_or_1", "1", dscr.lowest().or_else(one))
    found = run(m)
    assert (found.value("least"), found.value("most"), found.value("least_or_1")) == (None, None, 1)


def test_lowest_and_highest_without_blanks() -> None:
    m, flow = five()
    m.result("least", "THB", flow.lowest() + 0)
    m.result("most", "THB", flow.highest() + 0)
    m.result("sum", "THB", flow.sum())
    found = run(m)
    assert [found.value(name) for name in ("least", "most", "sum")] == [-100, 50, 25]


def test_or_else_of_two_blanks_may_be_blank() -> None:
    m, flow = five()
    due = m.line("due", "THB", m.vector("d", [0, 10, 0, 0, 0], "THB") * 1)
    other = m.line("other", "THB", m.vector("o", [0, 0, 0, 25, 0], "THB") * 1)
    m.line("either", "1", ratio(flow, due).or_else(ratio(flow, other)))
    assert run(m).series("either") == [None, 3, None, 2, None]


def test_first() -> None:
    m, flow = five()
    limit = m.input("limit", 40, "THB")
    above = m.rate("above", "1", flow > limit)
    m.result("when", "period", above.first())
    m.result("or_never", "period", above.first().or_else(m.end + 1))
    found = run(m, {"limit": [40, -200, 60]})
    assert [found.value("when", k) for k in range(3)] == [3, 0, None]
    assert [found.value("or_never", k) for k in range(3)] == [3, 0, 5]


def test_irr_of_one_several_and_no_root() -> None:
    m = Model("returns", 3, 1)
    a, b, c, d = (m.input(name, 0, "THB") for name in "abcd")
    t = m.period
    later = where(t <= 1, b, where(m.last, d, c))
    flow = m.line("flow", "THB", where(t < 1, a, later))
    m.result("rate", "1", flow.irr())
    cases: dict[str, ArrayLike] = {
        "a": [-100, -1000, 1],
        "b": [0, 6000, -2],
        "c": [0, -10900, 2],
        "d": [133.1, 5800, 0],
    }
    found = run(m, cases)
    assert found.value("rate", 0) == pytest.approx(0.1, abs=1e-12)
    assert found.value("rate", 1) is None
    assert found.value("rate", 2) is None
    assert [found.irr("rate", k).status for k in range(3)] == ["one", "several", "none"]
    assert found.irr("rate", 1).roots == pytest.approx((-0.04880885, 1, 2.04880885), abs=6e-9)
    assert found.irr("rate", 2).reason.startswith("NPV has no zero")
    assert run(m, {"a": -1, "d": 8}).irr("rate").rate == pytest.approx(1.0)


def test_irr_is_annual() -> None:
    m = Model("loan", 24, 12)
    back, lent = m.input("back", 5, "THB"), m.input("lent", 100, "THB")
    m.result("apr", "1", m.line("flow", "THB", where(m.period > 0, back, -lent)).irr())
    assert run(m).value("apr") == irr([-100.0] + 24 * [5.0], 12).rate


# -- operations -----------------------------------------------------------------------------------


def number(formula: Expr) -> float | None:
    """The value of a formula without lines."""
    return run(alone(formula)).value("value_of_it")


def alone(formula: Expr) -> Model:
    """A model of nothing but a formula without lines."""
    model = Model("one", 1, 1)
    for name, item in INPUTS.inputs.items():
        model.inputs[name] = item
    model.result("value_of_it", "1", formula)
    return model


INPUTS = Model("inputs", 1, 1)
X = INPUTS.input("x", 0.29, "1")
HUNDRED = INPUTS.constant("hundred", 100, "1", "definition")
THREE = INPUTS.input("three", 3, "1")
HALF = INPUTS.input("half", 0.5, "1")
NEAR = INPUTS.input("near", 3 + 5e-10, "1")
FAR = INPUTS.input("far", 3 + 2e-9, "1")
MONEY = INPUTS.input("money", 7, "THB")
NEAR_MONEY = INPUTS.input("near_money", 7 + 5e-7, "THB")
FAR_MONEY = INPUTS.input("far_money", 7 + 2e-6, "THB")


OPERATED: list[tuple[Expr, float]] = [  # formula, its value; every rendering computes them
    (THREE + HALF, 3.5),
    (1 + THREE, 4),
    (THREE - HALF, 2.5),
    (1 - THREE, -2),
    (THREE * HALF, 1.5),
    (1 * THREE, 3),
    (THREE / HALF, 6),
    (1 / HALF, 2),
    (THREE**HALF, 3**0.5),
    (-THREE, -3),
    (THREE - (HALF - X), 2.79),
    (THREE / (HALF / X), 1.74),
    (-(THREE - HALF), -2.5),
    ((THREE**HALF) ** THREE, 3**1.5),
    (THREE ** (HALF**THREE), 3**0.125),
    (minimum(THREE, HALF), 0.5),
    (maximum(0, -THREE), 0),
    (total([THREE, HALF, X]), 3.79),
    (where(THREE > HALF, X, 0), 0.29),
    (where(THREE < HALF, X, 0), 0),
    (where(HALF, 1, 0), 1),  # any flag that is not 0
    (floor(X * HUNDRED), 29),  # 0.29 * 100 is 28.999999999999996
    (ceiling(X * HUNDRED), 29),
    (floor(-HALF), -1),
    (ceiling(HALF), 1),
    (ceiling(-HALF), 0),
    (floor(NEAR), 3),
    (ceiling(NEAR), 3),
    (ceiling(FAR), 4),
    (floor(THREE), 3),
    (NEAR > THREE, 0),
    (FAR > THREE, 1),
    (THREE >= NEAR, 1),
    (THREE >= FAR, 0),
    (THREE < FAR, 1),
    (THREE <= NEAR, 1),
    (NEAR_MONEY > MONEY, 0),
    (FAR_MONEY > MONEY, 1),
    (MONEY >= NEAR_MONEY, 1),
    (MONEY >= FAR_MONEY, 0),
    (MONEY > 0, 1),
    ((THREE > 0) & (HALF > 0), 1),
    ((THREE > 0) & (HALF > 1), 0),
    ((THREE > 0) | (HALF > 1), 1),
    (~(THREE > 0), 0),
    (ratio(THREE, HALF).or_else(0), 6),
    (ratio(THREE, HALF - HALF).or_else(1), 1),
]


@pytest.mark.parametrize(("formula", "value"), OPERATED)
def test_operations(formula: Expr, value: float) -> None:
    assert number(formula) == pytest.approx(value, rel=1e-15, abs=1e-15)


def test_every_operation_is_computed() -> None:
    """None of the table is missing in `operate` or in the steps."""
    _, flow = five()
    by_time = ("previous", "lag", "lead", "sum", "lowest", "highest", "first", "irr")
    for op, (count, _) in OPERATIONS.items():
        if op not in by_time:
            node = Expr(op, (flow,) * count, flow.unit)
            assert operate(node, [np.ones((1, 1))] * count).shape == (1, 1)
    assert set(by_time) < set(OPERATIONS)
    with pytest.raises(ModelError, match="no operation 'sine'"):
        operate(Expr("sine", (flow,), flow.unit), [np.ones((1, 1))])


# -- scenarios ------------------------------------------------------------------------------------


def fund() -> Model:
    """Whole loans from a fund's cash: stocks, a floor, lags and a result that a line uses."""
    m = Model("fund", 24, 12)
    capital = m.input("capital", 1000, "THB", low=500, high=2000)
    size = m.input("size", 90, "THB")
    rate = m.input("rate", 0.12, "1")
    tenor = m.input("tenor", 6, "months")
    loss = m.input("loss", 0.05, "1")
    season = m.vector("demand", [0, 1, 2, 5, 5, 5, 9, 9, 9, 3, 2, 1], "loan")
    with m.section("Fund", prefix="fund"):
        cash = m.stock("cash", "THB")
        loans = m.line("loans", "loan")
        lent = m.line("lent", "THB", loans * size / m.constant("a_loan", 1, "loan", "definition"))
        ever = m.cumulative("ever_lent", lent)
        due = m.line("due", "THB", (ever.previous - ever.lag(tenor + 1)) / tenor)
        back = m.line("back", "THB", due * (1 - loss))
        left = m.stock("balance", "THB")
        interest = m.line("interest", "THB", left.previous * rate / m.per_year)
    cash.set(cash.previous + where(m.period > 0, back + interest, capital) - lent)
    left.set(left.previous + lent - due)
    one = m["fund.a_loan"]
    can = floor(cash.previous / size) * one
    loans.set(where(m.period > 0, minimum(can, season), 0))
    m.ratio("cover", cash, due)
    m.result("reach", "loan", loans.sum())
    m.result("lowest_cash", "THB", cash.lowest() + 0)
    m.result("lowest_cover", "1", m["cover"].lowest())
    m.line("share", "1", loans / m["reach"])
    m.result("rate_of_return", "1", m.line("net", "THB", back + interest - lent).irr())
    m.check("cash is never below nil", minimum(cash, 0), scale=capital)
    m.check("loans add up", m["share"].sum() - 1, scale=m["share"].sum())
    return m


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.floats(500, 5000), st.floats(20, 300), st.integers(1, 12), st.floats(0, 0.5)),
        min_size=2,
        max_size=6,
    )
)
def test_many_scenarios_equal_one_by_one(cases: list[tuple[float, float, int, float]]) -> None:
    m = fund()
    names = ("capital", "size", "tenor", "loss")
    many = run(m, {name: [case[k] for case in cases] for k, name in enumerate(names)})
    for k, case in enumerate(cases):
        alone = run(m, dict(zip(names, case, strict=True)))
        for name in m.lines:
            assert many[name].shape == (len(cases), 25)
            assert np.array_equal(many[name][k], alone[name][0], equal_nan=True), name
        for name in m.results:
            if name == "rate_of_return":
                ours, theirs = many.irr(name, k), alone.irr(name)
                assert (ours.status, ours.reason) == (theirs.status, theirs.reason)
                assert ours.roots == pytest.approx(theirs.roots, abs=1e-9)
            else:
                assert many.value(name, k) == alone.value(name), name
    assert many.failed_checks() == {}


def test_what_does_not_vary_is_computed_once() -> None:
    m = fund()
    many = run(m, {"rate": np.linspace(0, 0.2, 7)})
    assert many.scenarios == 7
    assert many.arrays["fund.lent"].shape == (25, 7)
    assert many.arrays["demand"].shape == (25, 1)
    assert many.arrays["capital"].shape == (1, 1)
    assert many["capital"].tolist() == [1000.0] * 7
    assert many["fund.cash"].shape == (7, 25)


def test_corkscrew_by_previous_equals_difference_of_totals() -> None:
    m = fund()
    repaid = m.cumulative("repaid", m["fund.due"])
    m.stock("same_balance", "THB", m["fund.ever_lent"] - repaid)
    found = run(m)
    assert found["same_balance"] == pytest.approx(found["fund.balance"], abs=1e-9)


def test_order_of_writing_does_not_matter() -> None:
    def made(reverse: bool) -> Model:
        m = Model("any", 12, 12)
        rate = m.input("rate", 0.01, "1")
        sum_lent = m.input("loan", 1200, "THB")
        n = m.end
        formulas: dict[str, Callable[[], Operand]] = {
            "balance": lambda: m["balance"].previous + m["drawn"] - m["principal"],
            "interest": lambda: m["balance"].previous * rate,
            "principal": lambda: where(m.period > 0, m["total_lent"] / n, 0),
            "drawn": lambda: where(m.period > 0, 0, sum_lent),
            "service": lambda: m["interest"] + m["principal"],
            "total_lent": lambda: m["balance"].previous * 0 + sum_lent,
        }
        names = list(formulas)[:: -1 if reverse else 1]
        for name in names:
            m.line(name, "THB")
        for name in names:
            m[name].set(formulas[name]())
        return m

    one, other = run(made(False)), run(made(True))
    for name in one.model.lines:
        assert np.array_equal(one[name], other[name]), name
    assert one.series("balance")[-1] == pytest.approx(0, abs=1e-9)


def test_results_order_the_calculation_into_passes() -> None:
    m, flow = five()
    inflow = m.result("inflow", "THB", m.line("income", "THB", maximum(flow, 0)).sum())
    share = m.line("share", "1", m["income"] / inflow)
    m.result("highest_share", "1", share.highest() + 0)
    found = run(m)
    assert found.value("inflow") == 125
    assert found.value("highest_share") == 0.4
    assert [step.repeats for step in m.order()] == [False] * len(m.rows)


# -- what a reader sees ---------------------------------------------------------------------------


def test_annual_view_by_kind() -> None:
    m = Model("years", 8, 4)
    t = m.period
    m.line("flow", "THB", where(m.period > 0, m.input("one", 1, "THB"), 0))
    m.stock("stock", "1", t + 0)
    m.rate("rate", "1", t + 0)
    due = m.rate("due", "1", where(t > m.per_year, t, 0))
    m.rate("cover", "1", ratio(t + 0, due))
    m.line("cover_flow", "1", ratio(t + 0, due))
    m.ratio("cover_stock", t + 0, due)
    found = run(m)
    assert found.annual("flow") == [0, 4, 4]
    assert found.annual("stock") == [0, 4, 8]
    assert found.annual("rate") == [0, 2.5, 6.5]
    assert found.annual("cover") == [None, None, 1]
    assert found.annual("cover_flow") == [None, None, 4]
    assert found.annual("cover_stock") == [None, None, 1]
    table = found.table(annual=True)
    assert list(table.columns) == ["section", "label", "unit", 0, 1, 2]
    assert table.loc["flow", 2] == 4
    assert found.table().shape == (len(m.lines), 3 + 9)


def test_sections_prefix_names_and_gather_rows() -> None:
    m = Model("parts", 1, 1)
    with m.section("Loan", prefix="loan"):
        m.line("drawn", "THB", 0)
        with m.section("Fees", prefix="fees"):
            m.line("upfront", "THB", 0)
        m.line("repaid", "THB", 0, label="Paid back", note="nil here")
    m.line("outside", "THB", 0)
    assert list(m.lines) == ["loan.drawn", "loan.fees.upfront", "loan.repaid", "outside"]
    assert [line.text.section for line in m.lines.values()] == ["Loan", "Fees", "Loan", ""]
    text = m["loan.repaid"].text
    assert (text.label, text.note) == ("Paid back", "nil here")
    assert m["loan.fees.upfront"].text.label == "Upfront"
    assert "loan.drawn" in m
    assert "drawn" not in m


def test_checks() -> None:
    m, flow = five()
    m.check("flow is nil", flow, scale=flow.sum())
    m.check("sum is 25", flow.sum() - m.constant("known", 25, "THB", "by hand"), scale=flow.sum())
    found = run(m)
    assert found.failed_checks() == {"flow is nil": 4}
    assert found.series("check_flow_is_nil") == [1, 1, 0, 1, 1]
    assert found.value("check_sum_is_25") == 0
    assert [type(check.failures).__name__ for check in m.checks] == ["Line", "Result"]


def test_check_forgives_rounding_of_large_sums() -> None:
    m = Model("large", 1, 1)
    size, gap = m.input("size", 1e9, "THB"), m.input("gap", 0.5, "THB")
    m.check("within", gap, scale=-size)
    assert run(m).failed_checks() == {}
    assert run(m, {"gap": -1.1}).failed_checks() == {"within": 1}
    assert run(m, {"size": 0, "gap": [1e-7, 1e-5]}).failed_checks() == {"within": 1}


def test_inputs_carry_their_range_and_source() -> None:
    m = Model("inputs", 1, 1)
    price = m.input("price", 3, "THB/kWh", low=2, high=4, distribution="triangular", source="PEA")
    days = m.constant("days", 365, "day/year", "definition")
    bare = m.input("bare", 0, "THB", label="Nothing")
    assert (price.low, price.high, price.distribution) == (2, 4, "triangular")
    assert (price.text.source, bare.text.source, bare.text.label) == (
        "PEA",
        "assumption",
        "Nothing",
    )
    assert (price.constant, days.constant, price.shared, days.shared) == (False, True, False, True)


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [12, 0.5, -1, True, False, math.nan])
def test_numbers_need_a_name(value: float) -> None:
    m, flow = five()
    with pytest.raises(ModelError, match=r"without name, unit or source|do not compare formulas"):
        m.line("x", "THB", flow * value)


def test_equality_is_not_a_formula() -> None:
    m, flow = five()
    with pytest.raises(ModelError, match="== and != do not compare"):
        where(m.period == m.end, flow, 0)


def test_a_formula_is_not_true_or_false() -> None:
    m, flow = five()
    t, one = m.period, m.end
    with pytest.raises(ModelError, match="neither true nor false"):
        m.line("a", "1", 0 < t < one)
    with pytest.raises(ModelError, match="neither true nor false"):
        m.line("b", "1", t > 0 and t < one)
    with pytest.raises(ModelError, match="neither true nor false"):
        m.line("c", "THB", min(flow, flow.previous))
    with pytest.raises(ModelError, match="neither true nor false"):
        m.line("d", "THB", flow if t > 0 else 0)
    with pytest.raises(ModelError, match="neither true nor false"):
        not t  # noqa: B018


def test_names() -> None:
    m, flow = five()
    with pytest.raises(ModelError, match="already has something named 'flow'"):
        m.input("flow", 1, "THB")
    with m.section("Loan", prefix="loan"), pytest.raises(ModelError, match="small letters"):
        m.line("Balance Sheet", "THB")
    with pytest.raises(ModelError, match="nothing named 'flwo'; did you mean 'flow'"):
        m["flwo"]
    with pytest.raises(ModelError, match=r"nothing named 'zzz'$"):
        m["zzz"]
    with pytest.raises(ModelError, match="did you mean 'flow'"):
        run(m)["flw"]
    with pytest.raises(ModelError, match="did you mean 'values'"):
        run(m, {"value": 1})
    with pytest.raises(ModelError, match="'flow' is not an input"):
        run(m, {"flow": 1})
    assert flow.text.name == "flow"


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (lambda m: m["flow"] + m["energy"], "units do not match in '\\+': THB and energy"),
        (lambda m: m["flow"] - 1, "units do not match in '-'"),
        (lambda m: where(m.last, m["flow"], m["energy"]), "units do not match in 'where'"),
        (lambda m: minimum(m["flow"], m["energy"]), "units do not match in 'min'"),
        (lambda m: m["flow"] > m["energy"], "units do not match in '>'"),
        (
            lambda m: ratio(m["flow"], m["due"]).or_else(m["flow"]),
            "units do not match in 'or_else'",
        ),
        (lambda m: m["energy"], "'x' is declared in THB, its formula is in energy"),
        (lambda m: m["flow"] / m["energy"], "'x' is declared in THB, its formula is in THB/energy"),
        (lambda m: m["flow"] * m["percent"], "'x' is declared in THB, its formula is in 0.01 THB"),
        (lambda m: m["flow"] ** m.end, "a power needs plain numbers"),
        (lambda m: where(m["flow"], m["flow"], 0), "the condition of where"),
        (lambda m: floor(m["flow"]), "takes a plain number"),
        (lambda m: 1, "'x' is declared in THB, its formula is in 1"),
    ],
)
def test_units_are_checked(formula: Written, message: str) -> None:
    m, _ = five()
    m.input("energy", 1, "kWh")
    m.input("percent", 5, "%")
    m.line("due", "THB", 0)
    with pytest.raises(ModelError, match=message):
        m.line("x", "THB", formula(m))
    assert m.line("fine", "THB/year", m["flow"]).unit.same_as(m["flow"].unit)  # time left out
    m.line("nothing", "kWh", 0)  # 0 fits any unit


def test_unknown_unit() -> None:
    with pytest.raises(ModelError, match="'x': unit 'bananas' is not known"):
        five()[0].input("x", 1, "bananas")


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda m, d: d + 1, "may be blank stands in '\\+'"),
        (lambda m, d: where(d, 1, 0), "may be blank stands in 'where'"),
        (lambda m, d: d > 0, "may be blank stands in '>'"),
        (lambda m, d: d.previous, r"'dscr' may be blank: .previous\(\)"),
        (lambda m, d: d.lag(1), r"'dscr' may be blank: .lag\(\)"),
        (lambda m, d: d.sum(), r"'dscr' may be blank: .sum\(\)"),
        (lambda m, d: d.irr(), r"'dscr' may be blank: .irr\(\)"),
        (lambda m, d: d.first(), r"'dscr' may be blank: .first\(\)"),
    ],
)
def test_blanks_are_not_numbers(use: Callable[[Model, Line], Expr], message: str) -> None:
    m, flow = five()
    dscr = m.ratio("dscr", flow, m.line("due", "THB", 0))
    with pytest.raises(ModelError, match=message):
        use(m, dscr)


def test_a_line_declared_first_is_never_blank() -> None:
    m, flow = five()
    cover = m.stock("cover", "1")
    m.line("uses_it", "1", cover.previous)
    with pytest.raises(ModelError, match="'cover' may be blank: give its formula where"):
        cover.set(ratio(flow, flow))


def test_circle_within_a_period() -> None:
    m = Model("circle", 3, 1)
    a, b, c = (m.line(name, "THB") for name in "abc")
    a.set(b + 0)
    b.set(c + a.previous)
    c.set(a + b.previous)
    with pytest.raises(ModelError, match="circle within a period: a <- b <- c <- a"):
        run(m)


def test_circle_of_a_line_with_itself() -> None:
    m = Model("circle", 3, 1)
    a = m.line("a", "THB")
    a.set(a + 0)
    with pytest.raises(ModelError, match="circle within a period: a <- a"):
        m.order()


def test_circle_through_a_result() -> None:
    m = Model("circle", 3, 1)
    fee = m.line("fee", "THB")
    uses = m.line("uses", "THB", fee + m.input("plant", 100, "THB"))
    debt = m.result("debt", "THB", uses.sum() * m.input("share", 0.7, "1"))
    fee.set(where(m.last, debt, 0))
    with pytest.raises(
        ModelError,
        match="circle through a whole line: debt <- uses <- fee <- debt: 'debt' needs all",
    ):
        run(m)


def test_line_that_uses_its_own_sum() -> None:
    m = Model("circle", 3, 1)
    a = m.line("a", "THB")
    a.set(a.sum() + 0)
    with pytest.raises(ModelError, match="circle through a whole line: a <- a"):
        run(m)


def test_formula_missing_or_given_twice() -> None:
    m, flow = five()
    late = m.stock("late", "THB")
    with pytest.raises(ModelError, match="'late' was declared and never given a formula"):
        run(m)
    late.set(flow)
    assert run(m).series("late") == list(FLOW)
    with pytest.raises(ModelError, match="'late' already has a formula"):
        late.set(flow)


def test_other_models_come_in_by_given_only() -> None:
    source, flow = five()
    m = Model("other", 4, 1)
    m.line("taken", "THB", flow + 0)
    with pytest.raises(ModelError, match="'taken' uses 'flow' of another model"):
        run(m)
    m = Model("other", 4, 1)
    foreign = source.input("price", 2, "1")
    m.input("price", 3, "1")  # of the same name: it must not be taken for the other
    m.line("taken", "1", foreign * 1)
    with pytest.raises(ModelError, match="'taken' uses the input 'price' of a model other than"):
        run(m)
    m = Model("other", 4, 1)
    m.given("flow", source, flow)
    with pytest.raises(ModelError, match="'flow' wants a run of model 'five'"):
        run(m)
    with pytest.raises(ModelError, match="already has a formula"):
        m["flow"].set(0)
    monthly = Model("monthly", 4, 12)
    with pytest.raises(ModelError, match="another timeline"):
        monthly.given("flow", source, flow)


def test_results_see_lines_only_as_a_whole() -> None:
    m, flow = five()
    for formula in (flow, flow.previous, flow.sum() - flow, m.last * flow.sum(), m["values"]):
        with pytest.raises(ModelError, match="period by period: reduce it first"):
            m.result("x", "THB", formula)
    with pytest.raises(ModelError, match="make the irr a result of its own"):
        m.result("x", "1", flow.irr().or_else(0))
    with pytest.raises(ModelError, match="make it a result"):
        m.line("x", "1", flow.irr())


def test_first_wants_a_flag() -> None:
    _, flow = five()
    with pytest.raises(ModelError, match="wants a flag"):
        flow.first()


@pytest.mark.parametrize("distance", ["period", "flow", "when"])
def test_distance_of_a_lag(distance: str) -> None:
    m, flow = five()
    when = m.rate("flag", "1", flow > 0).first()
    with pytest.raises(ModelError, match="the distance is a plain number, never blank, the same"):
        flow.lag({"period": m.period, "flow": flow.sum(), "when": when}[distance])


@pytest.mark.parametrize(
    ("n", "inside"), [(1.5, False), (-1.0, False), (1.5, True), (0.0, True), (-2.0, True)]
)
def test_distance_that_is_not_a_whole_number(n: float, inside: bool) -> None:
    m = Model("lags", 3, 1)
    distance = m.input("n", n, "1")
    a = m.line("a", "1")
    b = m.line("b", "1", a.lag(distance))
    a.set(b + 1 if inside else 1)
    with pytest.raises(ModelError, match=f"lag of 'a': .* whole number from {int(inside)} up"):
        run(m)


def test_distance_that_is_whole_but_for_rounding() -> None:
    m, flow = five()
    share, ten = m.input("share", 0.3, "1"), m.constant("ten", 10, "1", "definition")
    m.line("x", "THB", flow.lag(share * ten))
    assert run(m, {"share": 0.1 + 0.2}).series("x") == [0, 0, 0, -100, 30]


NO_VALUE: list[Written] = [  # in period 2, in which flow is nil
    lambda m: m["one"] / m["flow"],
    lambda m: m["one"] * 0 / m["flow"],
    lambda m: (m["flow"] / m["one"]) ** (m["flow"] / m["one"]),  # 0^0
    lambda m: minimum(m["one"], m["one"] / m["flow"]),  # the error is not the smaller
    lambda m: maximum(0, -m["one"] / m["flow"]),
    lambda m: m["one"] / (m["one"] / m["flow"]),
    lambda m: m["one"] * (m["one"] / m["flow"] > 0),
    lambda m: m["one"] * (m["one"] / m["flow"] >= 0),
    lambda m: where(m["one"] / m["flow"] > 0, m["one"], 0),
    lambda m: where((m["one"] / m["flow"] > 0) | (m["one"] > 0), m["one"], 0),
    lambda m: ratio(m["one"] / m["flow"], m["one"]),
    lambda m: ratio(m["one"], m["one"] / m["flow"]),
]


@pytest.mark.parametrize("formula", NO_VALUE)
def test_what_has_no_value_is_an_error_wherever_it_hides(formula: Written) -> None:
    with pytest.raises(ModelError, match=r"'x' is (nan|inf|-inf) in period 2, scenario 0"):
        run(without_value(formula))


def without_value(formula: Written) -> Model:
    """A model whose line x has no value in period 2."""
    m = Model("zero", 3, 1)
    m.line("flow", "1", m.vector("v", [2, 3, 0, 4], "1") + 0)
    m.input("one", 1, "1")
    m.line("x", "1", formula(m))
    return m


def test_no_harm_in_the_branch_not_taken() -> None:
    m = Model("zero", 3, 1)
    flow = m.line("flow", "1", m.vector("v", [2, 4, 0, 1], "1") + 0)
    m.line("x", "1", where(flow > 0, 1 / flow, 0))
    assert run(m).series("x") == [0.5, 0.25, 0, 1]


def test_not_finite_names_line_period_and_scenario() -> None:
    m = Model("large", 3, 1)
    growth = m.input("growth", 1, "1")
    size = m.stock("size", "1")
    size.set(where(m.period > 0, size.previous * growth, 1))
    with pytest.raises(ModelError, match="'size' is inf in period 2, scenario 1"):
        run(m, {"growth": [1, 1e200]})
    with pytest.raises(ModelError, match="'growth' is nan, scenario 1"):
        run(m, {"growth": [1, math.nan]})
    with pytest.raises(ModelError, match="'growth' is inf, scenario 0"):
        run(m, {"growth": math.inf})
    with pytest.raises(ModelError, match="vector 'v': value 2 is nan"):
        m.vector("v", [0, 1, math.nan, 0], "1")


def test_wrong_shapes() -> None:
    m = Model("shapes", 3, 4)
    m.input("a", 1, "1")
    m.input("b", 1, "1")
    with pytest.raises(ModelError, match=r"different numbers of scenarios: \[2, 3\]"):
        run(m, {"a": [1, 2], "b": [1, 2, 3]})
    for wrong in ([[1, 2], [3, 4]], []):
        with pytest.raises(ModelError, match="'a': give one number, or one a scenario"):
            run(m, {"a": wrong})
    with pytest.raises(ModelError, match="has 5 values: give 12"):
        Model("year", 24, 12).vector("v", [1, 2, 3, 4, 5], "1")
    with pytest.raises(ModelError, match="kind is one of"):
        m.line("x", "1", 0, kind="balance")
    with pytest.raises(ModelError, match="periods_per_year is one of"):
        Model("days", 365, 365)
    with pytest.raises(ModelError, match="at least one period"):
        Model("none", 0, 1)
    with pytest.raises(ModelError, match="season_start is one of 1 to 12"):
        Model("late", 12, 12, 13)
