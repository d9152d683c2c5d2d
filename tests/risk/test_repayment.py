"""Repayment of one borrower: the worked examples of risk/repayment.py, and its limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.decision import NOT_ASSESSED, decide
from eicfinance.model.expr import Expr, expr
from eicfinance.model.model import Model
from eicfinance.model.numeric import Run, run
from eicfinance.portfolio.source import BadInput
from eicfinance.risk.repayment import Debt, Security, ageing, repayment, too_coarse
from tests.appraisal.small import generic, small
from tests.portfolios import OWN, appraised

INSTALMENT = 1000.0
YEAR = [0.0, *[INSTALMENT] * 12]
OWED = [INSTALMENT * (12 - t) for t in range(13)]
TERMS = {"support": 0.0, "buffer": 0.0, "collateral": 0.0, "recovery": 0.0, "guarantee": 0.0}


def loan(cash: list[float], due: list[float] = YEAR, ppy: int = 12, **terms: float) -> Run:
    """A loan of as many instalments as there are, and the cash of each period."""
    m, n = Model("loan", len(due) - 1, ppy), len(due) - 1
    x: dict[str, Expr] = {
        name: m.input(name, value, "THB" if name in ("support", "collateral") else "1")
        for name, value in (TERMS | terms).items()
    }
    balance = [sum(due[t + 1 :]) for t in range(n + 1)]
    rows = {"cash": cash, "due": due, "balance": balance}
    v = {name: m.vector(f"given_{name}", row, "THB") for name, row in rows.items()}
    days, span = m.constant("days", 365, "day/year", "definition"), m.input("span", n, "1")
    debt = Debt("THB", m.period > 0, v["cash"], v["due"], v["balance"], x["buffer"], span,
                expr(0), expr(0), x["support"])  # fmt: skip
    security = Security(x["collateral"], x["recovery"], x["guarantee"])
    repayment(m, debt, ageing(m, days), security)
    return run(m)


def changed(**months: float) -> list[float]:
    """Cash that just pays, but in some months: m3=0."""
    return [months.get(f"m{t}", YEAR[t]) for t in range(13)]


def when(found: Run, flag: str) -> list[int]:
    return [t for t, value in enumerate(found.series(flag)) if value]


def test_late_and_cured() -> None:
    found = loan(changed(m3=0, m4=0, m5=2000, m6=2000))
    assert when(found, "repay_late") == [4]
    assert when(found, "repay_cured") == [5]
    assert (found.value("repay_default"), found.value("repay_cures")) == (0, 1)
    assert found.value("repay_default_period") is None
    assert found.series("repay_unpaid")[3:7] == [1000, 2000, 1000, 0]
    # at the end of month 4 eight instalments are still to come and two are unpaid
    assert found.series("repay_par30")[3:6] == [0, 10_000, 0]


def test_default_at_ninety_days() -> None:
    found = loan(changed(m3=0, m4=0, m5=0, m6=0))
    assert found.value("repay_default_period") == 6  # 91.25 days after the third instalment
    assert when(found, "repay_late") == [4, 5]
    assert found.value("repay_ead") == OWED[6] + 4 * INSTALMENT
    assert found.value("repay_loss") == found.value("repay_ead")
    assert found.series("repay_outstanding")[6:] == [0] * 7
    assert sum(found["repay_paid"][0]) == 2 * INSTALMENT  # nothing more, though cash comes again


def test_loss_after_collateral_recovery_and_guarantee() -> None:
    found = loan(changed(m3=0, m4=0, m5=0, m6=0), collateral=4000, recovery=0.25, guarantee=0.6)
    assert found.value("repay_ead") == 10_000
    assert found.value("repay_recovered") == 4000 + 0.25 * 6000
    assert found.value("repay_guaranteed") == pytest.approx(0.6 * 4500)
    assert found.value("repay_loss") == pytest.approx(0.4 * 4500)
    ample = loan(changed(m3=0, m4=0, m5=0, m6=0), collateral=1e6)
    assert (ample.value("repay_recovered"), ample.value("repay_loss")) == (10_000, 0)


@pytest.mark.parametrize(("missing", "late"), [(9.9, False), (10.1, True)])
def test_less_than_a_hundredth_of_an_instalment_is_ignored(missing: float, late: bool) -> None:
    """Of the last of three instalments, so that no later payment hides it."""
    three = [*YEAR[:4], *[0.0] * 9]
    found = loan([0.0, INSTALMENT, INSTALMENT, INSTALMENT - missing, *[0.0] * 9], three)
    assert bool(when(found, "repay_late")) is late
    assert bool(found.value("repay_default")) is late


def test_cash_kept_pays_the_bad_season_and_no_more_than_the_buffer() -> None:
    cash = changed(m1=9000, m2=0, m3=0, m4=0, m5=0, m6=0)
    assert loan(cash, buffer=0).value("repay_default_period") == 5
    kept = loan(cash, buffer=3)
    assert kept.series("repay_kept")[1:5] == [3000, 2000, 1000, 0]
    assert kept.value("repay_default") == 0
    assert when(kept, "repay_late") == [6, 7, 8, 9, 10, 11, 12]  # 2,000 behind, for good


def test_the_sponsor_pays_up_to_his_limit() -> None:
    cash = changed(m3=0, m4=0, m5=0, m6=0)
    assert loan(cash, support=4000).value("repay_default") == 0
    assert when(loan(cash, support=4000), "repay_late") == []
    short = loan(cash, support=2500)
    assert sum(short["repay_support"][0]) == 2500
    assert (short.value("repay_default"), when(short, "repay_late")[0]) == (0, 6)


def test_weeks_and_quarters() -> None:
    weekly = loan([0.0] * 21, [0.0, *[10.0] * 20], 52)
    assert when(weekly, "repay_late") == list(range(6, 14))  # 35 days; 28 are not enough
    assert weekly.value("repay_default_period") == 14  # 91 days; 84 are not enough
    quarterly = loan([0.0] * 5, [0.0, *[10.0] * 4], 4)
    assert quarterly.value("repay_default_period") == 2
    assert when(quarterly, "repay_late") == []


def test_a_seasonal_instalment_ages_from_its_own_month() -> None:
    """One instalment a year: months without one neither age nor excuse it."""
    found = loan([0.0] * 13, [0.0, 0.0, 0.0, 5000.0, *[0.0] * 9])
    assert when(found, "repay_late") == [4, 5]
    assert found.value("repay_default_period") == 6


def test_nothing_due_nothing_late() -> None:
    found = loan([-100.0] * 13, [0.0] * 13)
    assert not found["repay_late"].any()
    assert (found.value("repay_default"), found.value("repay_ead")) == (0, 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-500, 3000), min_size=12, max_size=12), st.floats(0, 6),
       st.floats(0, 5000))  # fmt: skip
def test_money_is_paid_once(cash: list[float], buffer: float, support: float) -> None:
    found = loan([0.0, *cash], buffer=buffer, support=support)
    paid, due = np.cumsum(found["repay_paid"][0]), np.cumsum(found["repay_due"][0])
    assert (paid <= due + 1e-6).all()
    assert paid[-1] <= sum(max(0.0, c) for c in cash) + support + 1e-6
    late, gone = found["repay_late"][0], found["repay_defaulted"][0]
    assert (np.diff(gone) >= 0).all()
    assert not (late * gone).any()
    with_more = loan([0.0, *(c + 100 for c in cash)], buffer=buffer, support=support)
    assert (np.cumsum(with_more["repay_paid"][0]) >= paid - 1e-6).all()


def test_years_and_half_years_say_why_not() -> None:
    assert "do not age" in too_coarse(1)
    assert "do not age" in too_coarse(2)
    assert [too_coarse(n) for n in (4, 12, 52)] == ["", "", ""]
    case = appraised(next(path for path in OWN if path.name == "sam-cashloan"))
    name = next(n for n, p in case.projects.items() if p.entry.loans)
    assert "repay_default" not in case.projects[name].model.results
    line = next(x for x in decide(case, name).lines if x.name == "probability_of_default_max")
    assert (line.status, line.reason) == (NOT_ASSESSED, too_coarse(1))


def lent(name: str, **finance: Any) -> dict[str, Any]:
    return generic(name, {"loan": {"share": 0.5, "rate": 0.08, "tenor_months": 60}} | finance)


def test_an_owners_cash_stands_behind_his_loans_once(tmp_path: Path) -> None:
    (tmp_path / "even").mkdir()
    (tmp_path / "more").mkdir()
    projects = [lent("a", host_share=0.5), lent("b"), lent("c"), generic("d")]
    even = small(tmp_path / "even", projects)
    shares = {n: even.runs[n].value("host_share") for n in ("a", "b", "c")}
    assert shares == {"a": 0.5, "b": 0.25, "c": 0.25}
    with pytest.raises(BadInput, match="free cash and collateral add up to"):
        small(tmp_path / "more", [lent("a", host_share=0.7), lent("b", host_share=0.4)])


def test_more_cash_of_the_host_never_hurts(tmp_path: Path) -> None:
    case = small(tmp_path, [lent("a")])
    model = case.projects["a"].model
    cash = next(n for n in model.inputs if n.endswith("_cash_flow"))
    runs = run_case(case, {"economy": {cash: np.linspace(-60000, 60000, 13)}})
    defaults = runs["a"]["repay_default"]
    assert (np.diff(defaults) <= 0).all()
    assert {defaults[0], defaults[-1]} == {1.0, 0.0}
