"""Carbon credits and abatement cost: figures by hand, and what a lender counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eicfinance.appraisal.case import Case, run_case
from eicfinance.appraisal.sensitivity import sensitivity
from eicfinance.appraisal.solve import solve
from eicfinance.model.numeric import Run
from tests.appraisal.small import generic, small

YEARLY = {"periods_per_year": 1, "inflation": 0, "vat": 0,
          "discount_rates": {"project": 0.08, "equity": 0.08}}  # fmt: skip
SIMPLE = {"price": 100, "verification_cost": 0, "issuance_lag_months": 0, "crediting_years": 10}
ANNUITY = 6.710081398941263  # ten years at 8%


def plant(folder: Path, carbon: dict[str, Any] | None, **inputs: Any) -> Case:
    project = generic(avoided_per_year=1000, **inputs)
    return small(folder, [project | ({"carbon": carbon} if carbon else {})], economy=YEARLY)


def run_of(folder: Path, carbon: dict[str, Any] | None, **inputs: Any) -> Run:
    run = plant(folder, carbon, **inputs).runs["plant"]
    assert not run.failed_checks()
    return run


def test_price_that_a_target_needs(tmp_path: Path) -> None:
    """Figures of carbon credits are inputs as others are: 1 a tonne is worth 1,000 x ANNUITY."""
    case = plant(tmp_path, SIMPLE)
    base = case.runs["plant"].value("project_npv") or 0.0
    found = solve(case, "plant", "carbon_price", f"project_npv={base + 50_000 * ANNUITY}")
    assert found.answer.value == pytest.approx(150)
    assert "carbon_price" in {bar.unknown.key for bar in sensitivity(case, "plant", 0).bars}


def test_sale_by_hand(tmp_path: Path) -> None:
    """1,000 t at 100 a year: 100,000 a year in cash, EBITDA, CFADS, NPV, not in energy's value."""
    without = run_of(tmp_path, None)
    run = run_of(tmp_path, SIMPLE)
    assert run.series("carbon_revenue") == pytest.approx([0, *[100_000] * 10])
    for name in ("ebitda", "receipts", "cfads", "project_flow"):
        more = run[name][0] - without[name][0]
        assert more.tolist() == pytest.approx([0, *[100_000] * 10]), name
    npvs = [one.value("project_npv") or 0 for one in (run, without)]
    assert npvs[0] - npvs[1] == pytest.approx(100_000 * ANNUITY)
    assert run.series("energy_value") == without.series("energy_value")


def test_verification_lag_and_cost_by_hand(tmp_path: Path) -> None:
    """Six crediting years, verified every four years and at the end, paid two years later at prices
    that rise 10% a year; 80% credited, a tenth of it kept back: 720 t a year."""
    run = run_of(
        tmp_path,
        {"price": 100, "escalation": 0.10, "crediting_years": 6, "credited_share": 0.8,
         "buffer": 0.1, "registration_cost": 5000, "verification_cost": 3000,
         "verification_years": 4, "issuance_lag_months": 24},
    )  # fmt: skip
    sold = {6: 4 * 720 * 100 * 1.1**6, 8: 2 * 720 * 100 * 1.1**8}
    assert run.series("carbon_revenue") == pytest.approx([sold.get(t, 0.0) for t in range(11)])
    cost = {0: 5000, 4: 3000, 6: 3000}
    assert run.series("cost_carbon") == pytest.approx([cost.get(t, 0.0) for t in range(11)])
    assert run.value("issuance_lag_periods") == 2


def test_what_is_not_yet_issued_is_sold_at_the_end(tmp_path: Path) -> None:
    run = run_of(tmp_path, SIMPLE | {"issuance_lag_months": 36})
    assert run.value("credits_issued_at_end") == pytest.approx(3000)
    assert run.series("carbon_revenue")[10] == pytest.approx(400_000)


def test_losses_are_made_up_before_more_is_sold(tmp_path: Path) -> None:
    """A plant that emits sells nothing; the buyer is never paid for tonnes not avoided."""
    case = plant(tmp_path, SIMPLE)
    run = run_case(case, {"plant": {"avoided_per_year": -50.0}})["plant"]
    assert run.series("carbon_revenue") == pytest.approx([0.0] * 11)


def test_abatement_cost_by_hand(tmp_path: Path) -> None:
    """A net cost of 671,008 for 1,000 t over ten years: 100 a discounted tonne, 67.10 of the sum.
    The sale of credits does not change what abatement costs."""
    for carbon in (None, SIMPLE):
        run = run_of(tmp_path, carbon, plant_cost=100_000 * ANNUITY, benefit_per_year=0)
        assert run.value("abatement_cost_discounted") == pytest.approx(100)
        assert run.value("abatement_cost_undiscounted") == pytest.approx(10 * ANNUITY)


def test_default_and_nil_price_change_nothing(tmp_path: Path) -> None:
    without = run_of(tmp_path, None)
    nil = run_of(tmp_path, SIMPLE | {"price": 0})
    for name in without.model.results:
        assert nil.value(name) == pytest.approx(without.value(name)), name


def sculpted(folder: Path, in_cfads: str) -> Run:
    """A sculpted loan beside a grant and credits."""
    finance = {
        "grants": [{"name": "fund", "share": 0.2, "lag_months": 0}],
        "loan": {"size": "dscr", "repayment": "sculpted", "target_dscr": 1.4, "share": 1,
                 "rate": 0.06, "tenor_months": 96},
    }  # fmt: skip
    project = generic(finance=finance, avoided_per_year=1000, benefit_per_year=90_000)
    project["carbon"] = SIMPLE | {"price": 30, "in_cfads": in_cfads}
    run = small(folder, [project], economy=YEARLY).runs["plant"]
    assert not run.failed_checks()
    return run


@pytest.mark.parametrize(("in_cfads", "cash"), [("counted", 120_000), ("not_counted", 90_000)])
def test_sculpting_with_grant_and_credits(tmp_path: Path, in_cfads: str, cash: float) -> None:
    """Debt = present value at 6% of what the lender counts / 1.4; the DSCR is 1.4 in every year."""
    run = sculpted(tmp_path, in_cfads)
    debt = sum(cash / 1.4 / 1.06**t for t in range(1, 9))
    assert debt < 800_000  # the cost less the grant does not bind
    assert run.value("loan.debt") == pytest.approx(debt, rel=1e-9)
    assert run.series("dscr")[1:9] == pytest.approx([1.4] * 8, rel=1e-9)
    assert run.series("equity_flow")[1:9] == pytest.approx([120_000 - cash / 1.4] * 8)
