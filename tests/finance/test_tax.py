"""Income tax: the regimes against each other and against hand-made years."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.case import Case

LOAN = {"share": 0.7, "rate": 0.07, "tenor_months": 60}


def taxed(folder: Path, regime: str, losses: str = "absorbed", **inputs: Any) -> Case:
    borrower = {"tax_regime": regime, "losses": losses}
    finance = {"depreciation_years": 5, "loan": LOAN}
    plant = generic(finance=finance, **inputs)
    economy = {"periods_per_year": 1, "inflation": 0, "vat": 0}
    return small(folder, [plant], borrower=borrower, economy=economy)


def test_absorbed_equals_carried_forward_without_losses(tmp_path: Path) -> None:
    runs = [
        taxed(tmp_path, "company", losses, benefit_per_year=500_000).runs["plant"]
        for losses in ("absorbed", "carried_forward")
    ]
    assert min(runs[0]["tax.income"][0]) >= 0
    for name in runs[0].model.lines:
        if name in runs[1].model.lines:
            one, other = (run.series(name) for run in runs)
            assert [x or 0 for x in one] == pytest.approx([x or 0 for x in other]), name
    assert runs[0].value("equity_npv") == pytest.approx(runs[1].value("equity_npv"))


@pytest.mark.parametrize(
    ("years", "taxable"),
    # income by year: 5 of 20 - 200 = -180 (depreciation 200), then 5 of +20 ... see below
    [(0, [50] * 5), (1, [0] + [50] * 4), (2, [0] * 2 + [50] * 3), (5, [0] * 5), (50, [0] * 5)],
)
def test_losses_expire_oldest_first(tmp_path: Path, years: int, taxable: list[float]) -> None:
    """Depreciation of 200 a year for five years against 50: losses of 150 in years 1 to 5, income
    of 50 in years 6 to 10. A loss of year y serves until y + N: with N = 1 only year 6 is free (the
    loss of year 5), with N = 2 years 6 and 7, with N = 5 all ten years."""
    inputs = {"plant_cost": 1000, "benefit_per_year": 50}
    case = taxed(tmp_path, "company", "carried_forward", **inputs)
    run = run_case(case, {"economy": {"loss_years": years}, "plant": {"loan_share": 0}})["plant"]
    assert run.series("project_tax.income_of_year")[1:] == pytest.approx([-150] * 5 + [50] * 5)
    assert run.series("project_tax.taxable") == pytest.approx([0] * 6 + taxable)
    assert run.series("tax.tax") == pytest.approx([0] * 6 + [0.2 * x for x in taxable])


def test_an_old_loss_is_used_before_a_young_one(tmp_path: Path) -> None:
    """Losses of 30 a year in years 1 to 5 (income 170 against 200), income of 170 afterwards; kept
    for three years: in year 6 those of years 3, 4, 5 are left: 170 - 90 = 80; then nothing is."""
    inputs = {"plant_cost": 1000, "benefit_per_year": 170}
    case = taxed(tmp_path, "company", "carried_forward", **inputs)
    run = run_case(case, {"economy": {"loss_years": 3}, "plant": {"loan_share": 0}})["plant"]
    assert run.series("tax.taxable")[6:] == pytest.approx([80, 170, 170, 170, 170])


def test_presumptive_tax_knows_no_depreciation(tmp_path: Path) -> None:
    run = taxed(tmp_path, "presumptive", benefit_per_year=120_000)
    both = run_case(run, {"plant": {"depreciation_years": np.array([2, 20])}})["plant"]
    assert both["tax.tax"][0] == pytest.approx(both["tax.tax"][1])
    assert both.series("tax.tax")[1:] == pytest.approx([600] * 10)  # 0.5% of sales
    assert both.series("tax.tax") == both.series("project_tax.tax")


def test_presumptive_tax_is_on_sales_collected(tmp_path: Path) -> None:
    """Decision 14: buyers pay after 1.5 months (45.625 days): half of a month's sales of 10,000 in
    the next, half in the one after; the last month's sales are paid in the last period."""
    plant = generic(benefit_per_year=120_000, life_years=1, payment_lag_days=45.625)
    economy = {"inflation": 0, "vat": 0}
    borrower = {"tax_regime": "presumptive"}
    run = small(tmp_path, [plant], borrower=borrower, economy=economy).runs["plant"]
    expected = [0, 0, 25] + [50] * 9 + [50 + 25 + 50]
    assert run.series("tax.tax") == pytest.approx(expected)
    assert sum(x or 0 for x in run.series("sales_collected")) == pytest.approx(120_000)


@pytest.mark.parametrize(("years", "like"), [(2.5, 2), (0.4, 0), (0, 0), (1.999, 1)])
def test_losses_are_carried_forward_for_whole_years(
    tmp_path: Path, years: float, like: float
) -> None:
    """A part of a year more does not reach the next year's assessment; 0 is no carry-forward."""
    inputs: dict[str, Any] = {"plant_cost": 1000, "benefit_per_year": 50}
    for ppy in (1, 12):
        borrower = {"tax_regime": "company", "losses": "carried_forward"}
        economy = {"periods_per_year": ppy, "inflation": 0, "vat": 0}
        plant = generic(finance={"depreciation_years": 5}, **inputs)
        case = small(tmp_path, [plant], borrower=borrower, economy=economy)
        run, other = (
            run_case(case, {"economy": {"loss_years": n}})["plant"] for n in (years, like)
        )
        assert run.series("tax.tax") == pytest.approx(other.series("tax.tax"))
        assert run.annual("tax.tax")[6 + int(like)] == pytest.approx(10)
        assert sum(run.annual("tax.tax")[k] or 0 for k in range(6 + int(like))) == pytest.approx(0)


def test_no_tax(tmp_path: Path) -> None:
    assert sum(x or 0 for x in taxed(tmp_path, "none").runs["plant"].series("tax.tax")) == 0
    zero = run_case(taxed(tmp_path, "company"), {"economy": {"income_tax_rate": 0}})["plant"]
    assert zero.series("tax.tax") == pytest.approx([0] * 11)


@pytest.mark.parametrize("years", [2.5, 5, 10, 12, 40])
@pytest.mark.parametrize("life", [10, 7.5])
def test_all_is_written_off_by_the_end(tmp_path: Path, years: float, life: float) -> None:
    """Also over a time that is not whole, or longer than the plant's life."""
    case = taxed(tmp_path, "company", life_years=life)
    run = run_case(case, {"plant": {"depreciation_years": years}})["plant"]
    charges = [x or 0 for x in run.series("depreciation")]
    assert sum(charges) == pytest.approx(1_000_000)
    assert min(charges) >= 0
    assert charges[1] == pytest.approx(1_000_000 / years)
    assert sum(charges[math.ceil(life) + 1 :]) == 0


def test_tax_accrues_through_the_year(tmp_path: Path) -> None:
    """Monthly: the year's tax is that of the annual model, and no month pays it alone."""
    for losses in ("absorbed", "carried_forward"):
        borrower = {"tax_regime": "company", "losses": losses}
        made = [
            small(tmp_path, [generic(finance={"depreciation_years": 5})], borrower=borrower,
                  economy={"periods_per_year": ppy, "inflation": 0, "vat": 0}).runs["plant"]
            for ppy in (1, 12)
        ]  # fmt: skip
        by_year = made[0].series("tax.tax")
        assert made[1].annual("tax.tax") == pytest.approx(by_year, abs=1e-6)
        largest = max(abs(x or 0) for x in made[1].series("tax.tax"))
        assert largest < 0.2 * max(abs(x or 0) for x in by_year)
