"""Several projects together: pools, counts, valley, debts of one owner, and all ranges of
figures."""

from __future__ import annotations

import os
import random
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eicfinance.appraisal.calendar import per_period
from eicfinance.appraisal.case import Case, appraise, run_case
from tests.appraisal.small import generic, small

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(
    file.parent
    for top in ("portfolios", "tests/cases")
    for file in ROOT.glob(f"{top}/*/portfolio.yaml")
)


def roof(name: str, kwp: float, **more: Any) -> dict[str, Any]:
    inputs = {"capacity_kwp": kwp, "life_years": 5, "coincident_share": 1, "degradation": 0}
    inputs |= {"construction_months": 0}
    project = {"name": name, "technology": "solar", "takes": {"load": "mill.load"}}
    return project | {"inputs": inputs | more.pop("inputs", {})} | more


MILL = {"name": "mill", "type": "premises", "inputs": {"load_per_year": 100_000}}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_load_is_served_once_in_any_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    """30, 50 and 20 kWp with 42, 70 and 28 MWh a year on a load of 100 MWh: the last gets less."""
    sizes = [30, 50, 20]
    names = ["a", "b", "c"]
    case = small(tmp_path, [roof(names[k], sizes[k]) for k in order], sites=[MILL])
    left = 100_000.0
    for k in order:
        used = case.runs[names[k]].annual("energy_own_use")[2]
        assert used == pytest.approx(min(1400 * sizes[k], left))
        left -= min(1400 * sizes[k], left)
        assert not case.runs[names[k]].failed_checks()
    together = np.sum([case.runs[n]["energy_own_use"][0] for n in names], axis=0)
    assert (together <= case.runs["mill"]["load"][0, : len(together)] + 1e-6).all()


def test_a_load_is_free_again_when_a_plant_has_ended(tmp_path: Path) -> None:
    """The first plant takes the whole load for two years; the second has it in years 3 to 5."""
    first = roof("first", 100, inputs={"life_years": 2})
    case = small(tmp_path, [first, roof("second", 50)], sites=[MILL])
    used = case.runs["second"].annual("energy_own_use")
    assert used == pytest.approx([0, 0, 0, 70_000, 70_000, 70_000])


def test_counts_share_what_all_sites_offer(tmp_path: Path) -> None:
    """Two mills of 100 MWh; three roofs of 14 MWh take 42 and leave 158, or 39.5 for each of
    four."""
    projects = [roof("small", 10, count=3, borrower="a"), roof("large", 100, count=4, borrower="b")]
    case = small(tmp_path, projects, sites=[MILL | {"count": 2}])
    assert case.runs["small"].annual("load_available")[1] == pytest.approx(200_000 / 3)
    assert case.runs["large"].annual("load_available")[1] == pytest.approx(39_500)
    assert case.runs["large"].annual("energy_own_use")[1] == pytest.approx(39_500)
    energy = case.runs["cluster"].annual("energy_net")[1]
    assert energy == pytest.approx(3 * 14_000 + 4 * 39_500)
    more = run_case(case, {"economy": {"mill_count": 3, "small_count": 5}})
    assert more["large"].annual("load_available")[1] == pytest.approx((300_000 - 70_000) / 4)


def test_cluster_valley_by_hand(tmp_path: Path) -> None:
    """Decision 7. A: -100, +40 a year for 5 years. B begins a year later: -300 in year 2 (closing +
    12 months), +100. By year A stands at -100, -60, -20, 20, 60, 100, B at 0, -300, -200, ... ."""
    early = generic("early", plant_cost=100, benefit_per_year=40, life_years=5)
    late = generic(
        "late", plant_cost=300, benefit_per_year=100, life_years=2, construction_months=12
    )
    zero = {"periods_per_year": 1, "vat": 0, "inflation": 0}
    run = small(tmp_path, [early, late | {"count": 2, "borrower": "other"}], economy=zero).runs[
        "cluster"
    ]
    a, b = [-100, -60, -20, 20, 60, 100], [0, -300, -200, -100, -100, -100]
    assert run.series("early_valley") == pytest.approx(a)
    assert run.series("late_valley") == pytest.approx(b)  # keeps what it ended with
    short = [max(0, -x) + 2 * max(0, -y) for x, y in zip(a, b, strict=True)]
    assert run.series("valley_short") == pytest.approx(short)
    assert run.value("valley_depth") == 660
    assert run.value("valley_trough_period") == 1
    assert run.value("valley_depth_pooled") == 660
    pooled = [x + 2 * y for x, y in zip(a, b, strict=True)]
    assert run.series("valley_pooled") == pytest.approx(pooled)


def test_one_owner_of_two_projects(tmp_path: Path) -> None:
    """Decision 12: debts of all the owner's projects against host and all projects' cash."""
    loan = {"loan": {"share": 0.5, "rate": 0, "tenor_months": 60}}
    projects = [generic("one", loan), generic("two", loan, plant_cost=2_000_000)]
    projects = [project | {"count": 3} for project in projects]
    host = {"cash_flow": 10_000, "debt_service": 5_000, "collateral": 2_000_000}
    zero = {"periods_per_year": 1, "vat": 0, "inflation": 0}
    run = small(tmp_path, projects, borrower=host, economy=zero).runs["cluster"]
    debts = 500_000 + 1_000_000
    assert run.series("exposure_owner")[0] == pytest.approx(debts)
    assert run.value("exposure_highest") == pytest.approx(3 * debts)
    assert run.value("collateral_cover_owner") == pytest.approx(2_000_000 / debts)
    cover = (2 * 200_000 + 120_000) / (debts / 5 + 60_000)
    assert run.value("dscr_global_owner_min") == pytest.approx(cover)


def test_another_unit_of_money_changes_no_ratio(tmp_path: Path) -> None:
    finance = {"loan": {"share": 0.7, "rate": 0.08, "tenor_months": 60, "upfront_fee": 0.01}}
    runs = []
    for size in (1.0, 35.0):
        money: dict[str, Any] = {
            "plant_cost": 1e6 * size,
            "benefit_per_year": 3e5 * size,
            "om_fixed": 4e4 * size,
        }
        plant = generic(finance=finance, construction_months=6, payment_lag_days=40, **money)
        borrower = {"tax_regime": "company", "losses": "carried_forward", "cash_flow": 1e4 * size}
        runs.append(small(tmp_path, [plant], borrower=borrower).runs["plant"])
    one, other = runs
    for name in ("dscr_min", "dscr_average", "dscr_global_min", "project_irr", "equity_irr",
                 "payback_years", "valley_trough_period", "gearing"):  # fmt: skip
        assert one.value(name) == pytest.approx(other.value(name), rel=1e-9)
    for name in ("project_npv", "equity_npv", "valley_depth", "loan.debt"):
        assert 35 * (one.value(name) or 0) == pytest.approx(other.value(name), rel=1e-9)


@pytest.mark.parametrize("ppy", [1, 2, 4, 12, 52])
@pytest.mark.parametrize("month", [1, 3, 8, 12])
def test_seasons_in_any_calendar(ppy: int, month: int) -> None:
    """A year's shares sum to 1, and each period gets the months that it covers."""
    shares = tuple((k + 1) / 78 for k in range(12))
    made = per_period(shares, ppy, month)
    assert sum(made) == pytest.approx(1)
    place = -(-month * ppy // 12)  # of the period that ends with the closing month
    if ppy in (2, 4, 12):
        months = [(month - 1 - back) % 12 for back in range(12 // ppy)]
        assert made[place - 1] == pytest.approx(sum(shares[k] for k in months))


def test_escalation_from_closing_and_from_commissioning(tmp_path: Path) -> None:
    """Closing: a step at each anniversary of period 0. Commissioning: 1 in the first year's
    output."""
    plant = generic(construction_months=6)
    closing, commissioning = (
        small(tmp_path, [plant], economy={"inflation": 0.1, "price_base": base}).runs["plant"]
        for base in ("closing", "commissioning")
    )
    index = closing.series("price_index_general")
    assert [index[t] for t in (0, 11, 12, 23, 24)] == pytest.approx([1, 1, 1.1, 1.1, 1.21])
    index = commissioning.series("price_index_general")
    assert [index[t] for t in (7, 18, 19, 30, 31)] == pytest.approx([1, 1, 1.1, 1.1, 1.21])


ENDS = 150


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_checks_hold_at_both_ends_of_every_range(folder: Path) -> None:
    """One batch: each figure at its low and at its high; of a large portfolio a seeded sample."""
    case = appraise(folder)
    assert {n: run.failed_checks() for n, run in case.runs.items() if run.failed_checks()} == {}
    ends = sorted(_ends(case))
    if len(ends) > ENDS and not os.environ.get("EICFINANCE_TEST_ALL"):
        ends = random.Random(1).sample(ends, ENDS)
    base = {(key, name): value for key, name, _, value in ends}
    changes: dict[str, dict[str, Any]] = {}
    for (key, name), value in base.items():
        changes.setdefault(key, {})[name] = np.full(len(ends), value)
    for k, (key, name, end, _) in enumerate(ends):
        changes[key][name][k] = end
    runs = run_case(case, changes)
    assert {n: run.failed_checks() for n, run in runs.items() if run.failed_checks()} == {}


def _ends(case: Case) -> set[tuple[str, str, float, float]]:
    """(model, input, end of its range, base value)."""
    return {
        ("economy" if item.shared else model.name, name, end, item.value)
        for model in case.models
        for name, item in model.inputs.items()
        for end in (item.low, item.high)
        if end is not None and not item.constant
    }
