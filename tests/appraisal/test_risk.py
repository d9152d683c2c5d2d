"""What a simulation says of projects, loans, and all together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import appraise
from eicfinance.appraisal.decision import FAILED, MET, NOT_ASSESSED, PD, decide
from eicfinance.appraisal.risk import QUICK, summed_up
from eicfinance.appraisal.simulation import simulate
from tests.appraisal.small import generic, small
from tests.portfolio.one_roof import BASE

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.decision import PolicyLine
    from eicfinance.appraisal.risk import Risk

pytestmark = pytest.mark.slow
SLUMP = {
    "name": "slump", "kind": "event", "chance": 0.08, "months": 30,
    "hits": {"a.output": 1, "b.output": 1},
}  # fmt: skip


def lent(name: str, count: int = 1, low: float = 120_000, **finance: Any) -> dict[str, Any]:
    loan = {"share": 0.6, "rate": 0.06, "tenor_months": 72}
    benefit = {"value": 200_000, "low": low, "high": 260_000, "distribution": "uniform"}
    plant = generic(name, {"loan": loan} | finance, benefit_per_year=benefit)
    return plant | {"count": count, "borrower": name if count > 1 else "owner"}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Two loans of one owner that an event hits together, and four equal ones elsewhere."""
    borrower = {"collateral": 150_000, "cash_flow": {"value": 2000, "low": 0, "high": 5000}}
    projects = [lent("a"), lent("b", recovery_share=0.2), lent("c", count=4, low=50_000)]
    return small(tmp_path_factory.mktemp("risk"), projects, borrower=borrower,
                 risk={"drivers": [SLUMP]})  # fmt: skip


@pytest.fixture(scope="module")
def risk(case: Case) -> Risk:
    return summed_up(simulate(case, 600, 3))


def line(case: Case, project: str) -> PolicyLine:
    return next(x for x in decide(case, project).lines if x.name == PD)


def test_expected_loss_is_pd_times_lgd_times_ead(risk: Risk) -> None:
    for project in risk.projects:
        loan = project.loan
        assert loan is not None
        assert loan.lgd is not None
        assert loan.ead is not None
        assert 0.01 < loan.pd_life.value < 0.99
        made = loan.pd_life.value * loan.lgd * loan.ead
        assert loan.expected_loss == pytest.approx(made, rel=1e-12)
        assert loan.pd_year.pd <= loan.pd_life.value + 1e-12


def test_the_pool_is_the_sum_of_its_loans(case: Case, risk: Risk) -> None:
    pool = risk.pool
    assert pool is not None
    loans = [project.loan for project in risk.projects]
    assert pool.loans == 6
    wanted = sum(x.loans * x.expected_loss for x in loans if x)
    assert pool.loss.value == pytest.approx(wanted)
    assert pool.defaults.value == pytest.approx(sum(x.loans * x.pd_life.value for x in loans if x))
    debts = [case.runs[name].value("loan.debt") or 0 for name in "abc"]
    assert pool.lent == pytest.approx(debts[0] + debts[1] + 4 * debts[2])
    assert pool.tails[0].value_at_risk <= pool.tails[0].shortfall <= pool.tails[1].shortfall
    assert 0 < pool.first_loss < 1
    assert 0 < pool.par30.highest < 1


def test_loans_of_one_owner_that_an_event_hits_fail_together(risk: Risk) -> None:
    assert risk.pool is not None
    (group,) = risk.pool.connected
    assert (group.through, group.projects) == ("owner owner", ("a", "b"))
    assert group.both > 2 * group.apart
    assert [cause.name for cause in risk.pool.drivers] == ["slump"]
    loan = risk.project("a").loan
    assert loan is not None
    assert loan.moves[0].name == "slump"


def test_par30_is_what_is_late_over_what_is_outstanding(case: Case) -> None:
    """Against the model run with the same draws, one scenario after another."""
    from eicfinance.appraisal.blocks import compute_block, plan_of

    found = compute_block(plan_of(case, 3), 0, 60)
    runs = [compute_block(plan_of(case, 3), 0, k) for k in (59, 60)]
    last = {name: runs[1][name] - runs[0][name] for name in found if name.startswith("sum|c|")}
    assert (last["sum|c|repay_outstanding"] >= -1e-6).all()
    assert (last["sum|c|repay_par30"] <= last["sum|c|repay_outstanding"] + 1e-6).all()
    path = summed_up(simulate(case, 60, 3)).project("c").loan
    assert path is not None
    owed, late = found["sum|c|repay_outstanding"], found["sum|c|repay_par30"]
    wanted = [None if x <= 0 else float(y / x) for x, y in zip(owed, late, strict=True)]
    assert list(path.par30.path) == pytest.approx(wanted)


def test_the_policy_is_held_against_the_worst_year(case: Case) -> None:
    risk = case.risk
    assert (risk.scenarios, risk.seed) == (QUICK, 1)
    for project in risk.projects:
        told = line(case, project.name)
        assert project.loan is not None
        assert told.figure == project.loan.pd_year.pd
        assert told.status == (MET if told.figure <= told.limit else FAILED)
        assert "200 scenarios, seed 1, standard error" in told.reason
        assert (PD in {x.name for x in decide(case, project.name).failed}) == (
            told.status == FAILED
        )


def test_a_portfolio_in_which_nothing_varies_is_not_assessed(tmp_path: Path) -> None:
    (tmp_path / "portfolio.yaml").write_text(BASE, encoding="utf-8")
    case = appraise(tmp_path)
    plan = simulate(case, 5, 1)
    assert not plan.plan.certain
    plan.plan.members[0].inputs = ()
    still = summed_up(plan)
    assert still.certain
    case.__dict__["risk"] = still
    told = line(case, "roof")
    assert (told.status, told.figure) == (NOT_ASSESSED, None)
    assert "nothing varies" in told.reason


def test_yearly_models_have_no_loan_risk(tmp_path: Path) -> None:
    case = small(tmp_path, [lent("a")], economy={"periods_per_year": 1})
    risk = summed_up(simulate(case, 20, 1))
    assert risk.pool is None
    assert risk.project("a").loan is None
    assert np.isfinite(risk.project("a").spreads["project_npv"].mean or 0)
