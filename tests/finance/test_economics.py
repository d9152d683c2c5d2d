"""The economic account: identities, and what a wrong portfolio is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eicfinance.appraisal.case import run_case
from eicfinance.model.numeric import Run
from eicfinance.portfolio.problems import BadInput
from tests.appraisal.small import ECONOMY, generic, small

SHADOW: dict[str, Any] = {
    "serf": 1.08,
    "swrf": 0.6,
    "avoided_cost_of_supply": 3,
    "shadow_carbon_price": 800,
}
SHARES: dict[str, Any] = {"traded": 0.5, "unskilled": 0.2, "skilled": 0.1, "transfers": 0.05}
WHOLLY_LOCAL: dict[str, Any] = {"traded": 0, "unskilled": 0, "transfers": 0}
SAID: dict[str, Any] = {"capital": SHARES, "operating": SHARES | {"traded": 0.1},
        "streams": [{"line": "cost_fuel", "factor": 0.8}],
        "externalities": [{"name": "odour", "amount": 9000}]}  # fmt: skip
PLANT: dict[str, Any] = {
    "energy_per_year": 100_000, "energy_price": 3.5, "om_fixed": 60_000, "fuel_per_year": 100,
    "fuel_price": 300, "salvage_share": 0.05, "payment_lag_days": 30,
}  # fmt: skip


def economic(
    folder: Path, shadow: dict[str, Any], said: dict[str, Any] | None = None, finance: Any = None,
    vat: float = 0.07, owner: Any = None, **inputs: Any,
) -> Run:  # fmt: skip
    project = generic(finance=finance, **(PLANT | inputs)) | {"economic": said or SAID}
    economy = ECONOMY | {"periods_per_year": 4, "vat": vat, "economic": shadow}
    run = small(folder, [project], borrower=owner, economy=economy).runs["plant"]
    assert not run.failed_checks()
    return run


def test_numeraires_agree(tmp_path: Path) -> None:
    """With SCF = 1 / SERF and wages' factors in domestic prices, world prices give the same rate
    and values times SCF (ADB: the choice of numeraire does not change the decision)."""
    domestic = economic(tmp_path, SHADOW)
    world = {name: x for name, x in SHADOW.items() if name != "serf"}
    world |= {"numeraire": "world_price", "scf": 1 / 1.08, "swrf_basis": "domestic_price"}
    other = economic(tmp_path, world)
    assert other.value("eirr") == pytest.approx(domestic.value("eirr"), rel=1e-9)
    assert other.value("economic_bcr") == pytest.approx(domestic.value("economic_bcr"), rel=1e-9)
    enpv = domestic.value("enpv")
    assert enpv is not None
    assert other.value("enpv") == pytest.approx(enpv / 1.08, rel=1e-9)
    for party in ("owner", "government", "labour", "climate"):  # in domestic prices in both
        name = f"gain_{party}"
        assert other.value(name) == pytest.approx(domestic.value(name), rel=1e-9)


def test_without_distortion_it_is_the_financial_account(tmp_path: Path) -> None:
    """Market prices everywhere, no tax, no externality: ENPV is the project's NPV at the same
    rate, the owner and the lender have all of it."""
    shadow = {"serf": 1, "swrf": 1, "avoided_cost_of_supply": 3.5, "shadow_carbon_price": 0,
              "discount_economic": 1.08 / 1.02 - 1}  # fmt: skip
    said = {"capital": WHOLLY_LOCAL, "operating": WHOLLY_LOCAL}
    run = economic(tmp_path, shadow, said, {"loan": {"share": 0.5, "rate": 0.08,
                                                     "tenor_months": 60}},
                   vat=0, payment_lag_days=0)  # fmt: skip
    npv, enpv = run.value("project_npv"), run.value("enpv")
    assert enpv == pytest.approx(npv, rel=1e-9)
    irr = run.value("project_irr")
    assert irr is not None
    assert run.value("eirr") == pytest.approx((1 + irr) / 1.02 - 1, rel=1e-9)
    shared = (run.value("gain_owner") or 0) + (run.value("gain_lender") or 0)
    assert shared == pytest.approx(enpv, rel=1e-9)


def test_transfers_move_who_gains_and_not_the_whole(tmp_path: Path) -> None:
    """Loan, grant and income tax: ENPV and EIRR stay, the parties' gains change."""
    plain = economic(tmp_path, SHADOW)
    finance = {"loan": {"share": 0.6, "rate": 0.07, "tenor_months": 84},
               "grants": [{"name": "fund", "share": 0.25}]}  # fmt: skip
    moved = economic(tmp_path, SHADOW, finance=finance)
    for name in ("enpv", "eirr", "economic_bcr", "gain_labour", "gain_climate"):
        assert moved.value(name) == pytest.approx(plain.value(name), rel=1e-9)
    for name in ("gain_owner", "gain_lender", "gain_government"):
        assert moved.value(name) != pytest.approx(plain.value(name), rel=1e-3)


@pytest.mark.parametrize("regime", ["presumptive", "company"])
def test_income_tax_is_the_state_s_gain(tmp_path: Path, regime: str) -> None:
    registered = {"vat_registered": "not_registered"}
    without = economic(tmp_path, SHADOW, owner={"tax_regime": "none", **registered})
    taxed = economic(tmp_path, SHADOW, owner={"tax_regime": regime, **registered})
    assert taxed.value("enpv") == pytest.approx(without.value("enpv"), rel=1e-12)
    state = (taxed.value("gain_government") or 0) - (without.value("gain_government") or 0)
    owner = (taxed.value("gain_owner") or 0) - (without.value("gain_owner") or 0)
    assert state == pytest.approx(-owner, rel=1e-9)
    assert state > 0


def test_shadow_prices_by_hand(tmp_path: Path) -> None:
    """ADB 1997: 100 of unskilled labour at SWRF 0.6 is worth 60, of imports at SERF 1.08 108, of
    duty nothing; 35% of 1,000,000 is left, non-traded."""
    said = {"capital": {"traded": 0.4, "unskilled": 0.2, "transfers": 0.05},
            "operating": WHOLLY_LOCAL}  # fmt: skip
    run = economic(tmp_path, SHADOW, said)
    worth = 400_000 * 1.08 + 200_000 * 0.6 + 350_000
    assert run.series("economic_capital")[0] == pytest.approx(worth)
    assert run.series("economic_power")[1] == pytest.approx(25_000 * 3 * 1.08)


def test_no_section_no_account(tmp_path: Path) -> None:
    run = small(tmp_path, [generic()]).runs["plant"]
    assert not [name for name in run.model.results if "enpv" in name or name.startswith("gain_")]


def wrong(folder: Path, economic_: Any, said: Any, project: Any = None) -> str:
    made = (project or generic(**PLANT)) | ({"economic": said} if said is not None else {})
    with pytest.raises(BadInput) as found:
        small(folder, [made], economy={"economic": economic_} if economic_ else {})
    return json.dumps([str(problem) for problem in found.value.problems])


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    assert "there are no shadow prices; add economy.economic" in wrong(tmp_path, None, SAID)
    world = SHADOW | {"numeraire": "world_price"}
    text = wrong(tmp_path, world, SAID)
    assert "only where numeraire is domestic_price" in text
    assert "scf" in text
    said = SAID | {"capital": {"traded": 0.8, "unskilled": 0.3, "transfers": 0}}
    assert "the shares add up to 1.1" in wrong(tmp_path, SHADOW, said)
    said = {name: x for name, x in SAID.items() if name != "operating"}
    assert "operating.traded" in wrong(tmp_path, SHADOW, said)
    said = SAID | {"streams": [{"line": "cost_feul"}]}
    assert "no stream" in wrong(tmp_path, SHADOW, said)
    assert "cost_fuel" in wrong(tmp_path, SHADOW, said)
    said = SAID | {"streams": [{"line": "revenue_energy"}]}
    assert "valued at the avoided cost of supply" in wrong(tmp_path, SHADOW, said)
    shadow = {name: x for name, x in SHADOW.items() if name != "avoided_cost_of_supply"}
    assert "add economy.economic.avoided_cost_of_supply, in THB/kWh" in wrong(
        tmp_path, shadow, SAID
    )
    said = SAID | {"externalities": [{"name": "capital", "amount": 1}]}
    assert "has the name of another item" in wrong(tmp_path, SHADOW, said)
    said = SAID | {"externalities": [{"name": "odour", "amount": 1}] * 2}
    assert 'another externality is called \\"odour\\"' in wrong(tmp_path, SHADOW, said)
    lamp = {"name": "lamp", "technology": "solar", "choices": {"kind": "home_system"},
            "inputs": {"watt_peak": 50}}  # fmt: skip
    said = {"capital": WHOLLY_LOCAL, "operating": WHOLLY_LOCAL}
    assert "add fuel_factor" in wrong(tmp_path, SHADOW, said, lamp)


def test_scenarios_move_shadow_prices(tmp_path: Path) -> None:
    """All of it is inputs: SERF moves only what is traded."""
    project = generic(**PLANT) | {"economic": SAID}
    case = small(tmp_path, [project], economy={"economic": SHADOW})
    runs = run_case(case, {"economy": {"serf": [1.0, 1.08]}})["plant"]
    assert runs.value("gain_exchange", 0) == pytest.approx(0, abs=1e-6)
    exchange, base = runs.value("gain_exchange", 1), runs.value("enpv", 0)
    assert exchange is not None
    assert base is not None
    assert runs.value("enpv", 1) == pytest.approx(base + exchange)
