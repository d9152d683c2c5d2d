"""Break-even price, levelised cost by product, BCR and MIRR, against what they mean."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small
from tests.portfolios import BUNDLED, OWN, appraised

if TYPE_CHECKING:
    from pathlib import Path

REGIMES: dict[str, dict[str, Any]] = {
    "none": {"tax_regime": "none"},
    "presumptive": {"tax_regime": "presumptive"},
    "absorbed": {"tax_regime": "company", "losses": "absorbed"},
}
LOAN = {"share": 0.5, "rate": 0.07, "tenor_months": 60}


def plant(**inputs: Any) -> dict[str, Any]:
    """A plant that sells 80,000 kWh a year at 3 THB, late, and earns a little besides."""
    energy = {"energy_per_year": 80_000, "energy_price": 3, "payment_lag_days": 100}
    return generic(finance={"loan": LOAN}, **energy | {"benefit_per_year": 20_000} | inputs)


@pytest.mark.parametrize("regime", REGIMES)
def test_at_the_break_even_factor_npv_is_nil(tmp_path: Path, regime: str) -> None:
    """Also with buyers who pay late, output that rises and ages, and prices that rise."""
    case = small(
        tmp_path,
        [plant(construction_months=8, ramp_up_months=6, degradation=0.01, om_fixed=30_000)],
        borrower=REGIMES[regime],
        economy={"escalation": {"electricity": 0.03}},
    )
    run = case.runs["plant"]
    factor, npv = run.value("break_even_factor"), run.value("project_npv")
    assert factor is not None
    assert npv is not None
    assert abs(npv) > 10_000
    there = run_case(case, {"plant": {"energy_price": 3 * factor}})["plant"]
    assert there.value("project_npv") == pytest.approx(0, abs=1e-6 * abs(npv))
    assert there.value("project_bcr") == pytest.approx(1)
    price, value = run.value("break_even_price"), run.value("pv_energy_value_project")
    energy = run.value("pv_energy_project")
    assert price is not None
    assert value is not None
    assert energy is not None
    assert price == pytest.approx(factor * value / energy)


def test_where_losses_are_carried_forward_there_is_no_break_even_formula(tmp_path: Path) -> None:
    owner = {"tax_regime": "company", "losses": "carried_forward"}
    assert (
        "break_even_price" not in small(tmp_path, [plant()], borrower=owner).projects["plant"].model
    )


def test_without_tax_and_lag_the_break_even_price_is_the_lcoe(tmp_path: Path) -> None:
    run = small(tmp_path, [plant(payment_lag_days=0)]).runs["plant"]
    lcoe = run.value("lcoe_nominal_all_taxes_project")
    assert run.value("break_even_price") == pytest.approx(lcoe)
    assert run.value("lcoe_nominal_project") == pytest.approx(lcoe)


PRODUCERS = [
    (path, name)
    for path in [*BUNDLED, *OWN]
    for name, project in appraised(path).projects.items()
    if project.plant.products
]


@pytest.mark.parametrize(("folder", "name"), PRODUCERS, ids=lambda x: getattr(x, "name", x))
def test_products_bear_all_cost_between_them(folder: Path, name: str) -> None:
    """Power and heat: quantity x cost sums to that of all energy. Gas that is only burnt: the same
    cost by heating value and efficiency."""
    case, run = appraised(folder), appraised(folder).runs[name]
    made = [p.name for p in case.projects[name].plant.products]
    energy = {"nominal": "pv_energy_project", "real": "pv_energy_real_project"}
    for basis, kind in product(energy, ("", "_all_taxes")):
        cost = {p: run.value(f"levelised_cost_{p}_{basis}{kind}") or 0 for p in made}
        shared = sum(cost[p] * (run.value(f"pv_{p}_{basis}") or 0) for p in made if p != "biogas")
        lcoe, kwh = run.value(f"lcoe_{basis}{kind}_project"), run.value(energy[basis])
        assert lcoe is not None
        assert kwh is not None
        assert shared == pytest.approx(lcoe * kwh)
        if "biogas" in made:
            burner = (run.value("biogas_heat") or 0) * (run.value("boiler_efficiency") or 0)
            assert cost["biogas"] == pytest.approx(cost["heat"] * burner)


def test_equal_digesters_have_one_cost_of_heat() -> None:
    """Chachoengsao's noodle factories differ by the fuel they replace: the cost after tax relief
    and the break-even price are the same, the cost with the tax on what they save is not."""
    runs = appraised(next(path for path in BUNDLED if path.name == "chachoengsao")).runs
    lpg, husk = runs["noodle_lpg"], runs["noodle_husk"]
    for name in ("levelised_cost_biogas_nominal", "break_even_price"):
        assert lpg.value(name) == pytest.approx(husk.value(name), rel=1e-9)
    name = "levelised_cost_biogas_nominal_all_taxes"
    assert lpg.value(name) != pytest.approx(husk.value(name), rel=0.1)


def test_producers_of_heat_alone_and_of_both_are_among_them() -> None:
    kinds = {tuple(p.name for p in appraised(f).projects[n].plant.products) for f, n in PRODUCERS}
    assert {("power",), ("heat", "biogas"), ("power", "heat")} <= kinds


def test_mirr_and_bcr_of_level_flows(tmp_path: Path) -> None:
    """By annuity tables: 1,000,000 put in and 200,000 a year for ten years, reinvested at 8%:
    (200,000 x 14.48656 / 1,000,000)^(1/10) - 1 = 11.224%; 200,000 x 6.71008 / 1,000,000 = 1.342."""
    plain = {"vat": 0, "inflation": 0, "periods_per_year": 1}
    run = small(tmp_path, [generic()], economy=plain).runs["plant"]
    assert run.value("project_mirr") == pytest.approx(2.8973125 ** (1 / 10) - 1, abs=1e-7)
    assert run.value("mirr_finance_rate") == 0.08
    assert run.value("project_bcr") == pytest.approx(200_000 * 6.7100814 / 1_000_000)


def test_mirr_is_blank_without_a_positive_flow(tmp_path: Path) -> None:
    """A plant that earns nothing; and one that costs nothing."""
    case = small(tmp_path, [generic()], economy={"vat": 0})
    nothing = {"benefit_per_year": np.array([0.0, 200_000.0]), "plant_cost": np.array([1e6, 0.0])}
    run = run_case(case, {"plant": nothing})["plant"]
    for k in (0, 1):
        assert run.value("project_mirr", k) is None
        assert run.value("equity_mirr", k) is None
    assert run.value("project_bcr", 0) == 0
    assert run.value("project_bcr", 1) is None
