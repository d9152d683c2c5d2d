"""Working capital in days, and the reserve for replacements."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy_financial as npf
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.model.numeric import Run


def run_of(folder: Path, ppy: int, finance: Any = None, economy: Any = None, **inputs: Any) -> Run:
    """A plant that sells 365,000 and costs 146,000 a year."""
    figures = {"benefit_per_year": 365_000, "om_fixed": 146_000} | inputs
    plant = generic(finance=finance, **figures)
    shared = {"periods_per_year": ppy, "inflation": 0, "vat": 0} | (economy or {})
    run = small(folder, [plant], economy=shared).runs["plant"]
    assert not run.failed_checks()
    return run


@pytest.mark.parametrize("ppy", [1, 2, 4, 12, 52])
@pytest.mark.parametrize(
    ("days", "bound"),
    [
        ({"payment_lag_days": 45}, 45_000),
        ({"payable_days": 30}, -12_000),
        ({"stores_days": 20}, 8_000),
        ({"payment_lag_days": 45, "payable_days": 30, "stores_days": 20}, 41_000),
        ({"payment_lag_days": 365, "payable_days": 365, "stores_days": 365}, 365_000),
    ],
)
def test_days_bind_the_same_in_every_model(
    tmp_path: Path, ppy: int, days: dict[str, float], bound: float
) -> None:
    """1,000 of sales and 400 of cost a day, in years as in weeks; nothing is left at the end."""
    run = run_of(tmp_path, ppy, **days)
    assert run.annual("working_capital")[2:10] == pytest.approx([bound] * 8)
    assert run.annual("working_capital")[-1] == pytest.approx(0, abs=1e-6)
    assert run.value("working_capital_highest") == pytest.approx(max(0, bound), abs=1e-6)
    assert sum(run["cash_operations"][0]) == pytest.approx(2_190_000)


def test_payables_reduce_the_valley(tmp_path: Path) -> None:
    case = small(tmp_path, [generic(om_fixed=146_000, ramp_up_months=12)])
    runs = run_case(case, {"plant": {"payable_days": np.array([0, 15, 30, 60])}})["plant"]
    depths = [runs.value("valley_depth", k) or 0 for k in range(4)]
    assert all(a > b for a, b in pairwise(depths))


LEVEL: dict[str, Any] = {"replacement_reserve": "level"}
PARTS = {"replacement_cost": 90_000, "replacement_years": 3}


@pytest.mark.parametrize("ppy", [1, 12])
@pytest.mark.parametrize("rate", [0, 0.03, 0.12])
def test_a_sinking_fund(tmp_path: Path, ppy: int, rate: float) -> None:
    """The level payment whose future value is the cost (numpy-financial's pmt), and the balance
    between; the last replacement, in year 9, ends the saving."""
    run = run_of(tmp_path, ppy, LEVEL | {"set_aside_interest": rate}, **PARTS)
    put, balance = run["replacement_reserve.contribution"][0], run["replacement_reserve.balance"][0]
    level = -npf.pmt(rate / ppy, 3 * ppy, 0, 90_000)
    assert put[1 : 9 * ppy + 1] == pytest.approx([level] * 9 * ppy, rel=1e-9)
    assert max(map(abs, put[9 * ppy + 1 :])) == 0
    assert balance[:: 3 * ppy] == pytest.approx([0, 0, 0, 0], abs=1e-6)
    assert balance.min() >= -1e-6
    saved = -npf.fv(rate / ppy, 2 * ppy, level, 0) if rate else level * 2 * ppy
    assert balance[2 * ppy] == pytest.approx(saved, rel=1e-9)


def test_sam_puts_aside_the_same(tmp_path: Path) -> None:
    """NREL PySAM 7.1.1.post1, Singleowner, 9,900 kW, equip1_reserve_cost 0.02 a W every 8 years,
    2% inflation, prices of year 1: cf_funding_equip1 and cf_disbursement_equip1, to whole THB."""
    economy = {"price_base": "commissioning", "inflation": 0.02}
    run = run_of(tmp_path, 1, LEVEL, economy, life_years=20, replacement_cost=198_000,
                 replacement_years=8)  # fmt: skip
    assert [round(x) for x in run["replacement_reserve.contribution"][0]] == (
        [0] + [28_430] * 8 + [33_310] * 8 + [0] * 4
    )
    assert {t: round(x) for t, x in enumerate(run["replacements"][0]) if x} == {
        8: 227_440, 16: 266_482,
    }  # fmt: skip


@pytest.mark.parametrize("base", ["closing", "commissioning"])
@pytest.mark.parametrize("years", [1, 2.5, 4.3, 12, 50])
@pytest.mark.parametrize("ppy", [1, 4])
def test_every_replacement_is_paid_from_the_reserve(
    tmp_path: Path, base: str, years: float, ppy: int
) -> None:
    """Rising prices, times that are no whole years, a delay: the checks of the model hold (it is
    used up, never negative, pays all), and what was put aside and earned is what was paid."""
    economy = {"price_base": base, "inflation": 0.06}
    finance = LEVEL | {"set_aside_interest": 0.02}
    run = run_of(tmp_path, ppy, finance, economy, construction_months=7, life_years=11.5,
                 replacement_cost=90_000, replacement_years=years, delay_months=5)  # fmt: skip
    paid = run["replacements"][0].sum()
    assert (run["replacement_reserve.contribution"] + run["replacement_reserve.interest"])[
        0
    ].sum() == pytest.approx(paid)
    assert paid > 0 or years >= 11.5


def test_a_reserve_evens_out_cash_and_leaves_tax_deductions(tmp_path: Path) -> None:
    """CFADS bears what is put aside; tax is that of the year in which the parts are paid."""
    parts: dict[str, Any] = PARTS
    plants = [generic(finance=extra, **parts) for extra in ({}, LEVEL)]
    runs = [
        small(tmp_path, [plant], borrower={"tax_regime": "company", "losses": "absorbed"},
              economy={"periods_per_year": 1, "inflation": 0, "vat": 0}).runs["plant"]
        for plant in plants
    ]  # fmt: skip
    assert runs[0].series("cfads_before_tax")[1:4] == pytest.approx([200_000, 200_000, 110_000])
    assert runs[1].series("cfads_before_tax")[1:4] == pytest.approx([170_000] * 3)
    assert runs[0].series("tax.tax") == pytest.approx(runs[1].series("tax.tax"))
    assert sum(runs[0]["equity_flow"][0]) == pytest.approx(sum(runs[1]["equity_flow"][0]))


def test_a_plant_without_replacements_has_an_empty_reserve(tmp_path: Path) -> None:
    run = run_of(tmp_path, 1, LEVEL)
    assert max(map(abs, run["replacement_reserve.balance"][0])) == 0
