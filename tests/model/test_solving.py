"""Figures that a model leaves to the engine."""

from __future__ import annotations

import numpy as np
import pytest

from eicfinance.model.expr import ModelError
from eicfinance.model.model import Model
from eicfinance.model.numeric import run


def fund(slope: float) -> Model:
    """debt = 100 + slope x debt."""
    m = Model("fund", 12, 12)
    cost, share = m.input("cost", 100, "THB"), m.input("share", slope, "1")
    debt = m.solved("debt", 1, "THB")
    m.solve(debt, m.result("need", "THB", cost + debt * share))
    return m


@pytest.mark.parametrize("slope", [0, 0.5, 0.9, 3, -1, -7])
def test_linear(slope: float) -> None:
    """Also where trying f(x) again and again would run away."""
    found = run(fund(slope))
    assert found.value("debt") == pytest.approx(100 / (1 - slope))
    assert not found.failed_checks()


def test_each_scenario_by_itself() -> None:
    shares = np.array([0, 0.2, 0.7, -2])
    found = run(fund(0), {"share": shares})
    assert found["debt"] == pytest.approx(100 / (1 - shares))


def test_interest_of_construction_in_the_debt() -> None:
    """Debt = cost + its own interest of twelve months at 1%: 100 / (1 - 12%)."""
    m = Model("a", 12, 12)
    cost, rate = m.input("cost", 100, "THB"), m.input("rate", 0.01, "1")
    debt = m.solved("debt", 1e6, "THB")
    interest = m.line("interest", "THB", debt * rate * (m.period > 0))
    m.solve(debt, m.result("need", "THB", cost + interest.sum()))
    assert run(m).value("debt") == pytest.approx(100 / 0.88)


def test_no_value_is_an_error_that_names_it() -> None:
    with pytest.raises(ModelError, match="found no value of 'debt'"):
        run(fund(1))


def test_a_value_given_from_outside_fails_its_check() -> None:
    assert run(fund(0.5), {"debt": 150}).failed_checks() == {"Debt still solves": 1}


def test_units_and_blanks() -> None:
    m = Model("a", 4, 4)
    x, y = m.solved("x", 1, "THB"), m.input("y", 0, "1")
    with pytest.raises(ModelError, match="cannot equal"):
        m.solve(x, m.result("kwh", "kWh", 0))
    line = m.line("line", "1", y)
    with pytest.raises(ModelError, match="cannot equal"):
        m.solve(m.solved("z", 1, "1"), m.result("first", "1", line.first()))


def test_two_that_move_each_other() -> None:
    """x = 10 + 0.5 y, y = 4 - 3 x: 2.5 x = 12, so x = 4.8 and y = -10.4; tried one after the other
    they would run away. In each scenario by itself, as if it were alone."""
    m = Model("a", 1, 1)
    first = m.input("first", 10, "1")
    x, y = m.solved("x", 1, "1"), m.solved("y", 1, "1")
    half, three, four = (m.input(n, v, "1") for n, v in (("h", 0.5), ("t", 3), ("f", 4)))
    m.solve(x, m.result("x_is", "1", first + half * y))
    m.solve(y, m.result("y_is", "1", four - three * x))
    found = run(m, {"first": [10, 0, -1e6]})
    assert found["x"] == pytest.approx([4.8, 0.8, -399_999.2])
    assert found["y"] == pytest.approx([-10.4, 1.6, 1_200_001.6])
    assert run(m).value("x") == found["x"][0]
