"""Rice-husk power: fuels and uses in order of merit, so that nothing is burnt at a loss."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import small

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case
    from eicfinance.model.numeric import Run

FUELS = ("husk_own", "husk_bought", "straw_burnt")
DEAR = {"bought_husk_price": 2400.0, "straw_price": 2500.0}  # above 4 THB a kWh


@cache
def mill() -> Case:
    """3,696 t of husk for 960 MWh; 350 kW make up to 2,514 MWh; husk and straw can be bought."""
    inputs = {
        "capacity_kw": 350, "bought_husk_per_year": 800, "straw_per_year": 700, "life_years": 3,
        "construction_months": 0, "ramp_up_months": 0, "payment_lag_days": 0, "ash_price": 0,
    }  # fmt: skip
    with TemporaryDirectory() as folder:
        return small(
            Path(folder),
            sites=[{"name": "mill", "type": "rice_mill", "inputs": {"paddy_per_year": 24_000}}],
            projects=[{
                "name": "h", "technology": "rice_husk", "inputs": inputs,
                "takes": {"husk": "mill.husk", "load": "mill.load"},
            }],
            economy={"inflation": 0, "periods_per_year": 1},
        )  # fmt: skip


def run_of(**inputs: Any) -> Run:
    return run_case(mill(), {"h": inputs})["h"]


def burnt(run: Run) -> list[float]:
    return [float(run[fuel][0, 1]) for fuel in FUELS]


def test_allowing_export_never_lowers_npv() -> None:
    """Each price of husk, of straw and of the grid, with export forbidden, in part and allowed."""
    prices = list(product((0, 900, 1400, 2200, 2600), (0, 1100, 1600), (300, 1300, 1900),
                          (0.5, 2.6, 5.0), (0, 0.3)))  # fmt: skip
    names = ("husk_price", "bought_husk_price", "straw_price", "export_price", "om_variable")
    given: dict[str, Any] = dict(zip(names, np.array(prices, float).T, strict=True))
    npvs = [run_of(**given, export_allowed=share)["project_npv"] for share in (0, 0.4, 1)]
    assert (npvs[1] >= npvs[0] - 1e-6).all()
    assert (npvs[2] >= npvs[1] - 1e-6).all()
    assert (npvs[2] > npvs[0] + 1).any()


@pytest.mark.parametrize(
    ("husk", "straw", "kwh", "tonnes"),
    [
        # husk at 1,000 THB a t costs 1.80 a kWh, at 1,500 2.70, at 2,300 4.14; straw takes 2.077 kg
        (1000, 2500, 2_053_333, [3696, 0, 0]),  # all own husk, the rest to the grid at 2.60
        (1500, 2500, 960_000, [1728, 0, 0]),  # worth it for the mill (4.00), not for the grid
        (2300, 2500, 0, [0, 0, 0]),  # own husk sold rather than burnt
        (1500, 1000, 960_000, [1121.33, 0, 700]),  # straw first (2.08 a kWh), 337 MWh
        (2300, 1000, 337_037, [0, 0, 700]),
    ],
)
def test_each_use_is_served_by_fuels_that_it_pays_for(
    husk: float, straw: float, kwh: float, tonnes: list[float]
) -> None:
    """By hand: uses at 4.00 (mill, 960 MWh) and 2.60 THB (grid); bought husk is too dear."""
    run = run_of(**(DEAR | {"husk_price": husk, "straw_price": straw, "export_allowed": 1}))
    assert run.series("energy_delivered")[1] == pytest.approx(kwh, abs=1)
    assert burnt(run) == pytest.approx(tonnes, abs=0.01)


def test_ash_and_variable_operation_count_in_the_cost() -> None:
    """At 1,500 THB a t a kWh costs 2.70 against the grid's 2.60; ash at 500 THB brings 0.153 a kWh;
    0.06 of variable operation more takes it back."""
    given: dict[str, Any] = {"husk_price": 1500, "export_allowed": 1, **DEAR}
    assert burnt(run_of(**given))[0] == pytest.approx(1728)
    assert burnt(run_of(**given, ash_price=500))[0] == pytest.approx(3696)
    assert burnt(run_of(**given, ash_price=500, om_variable=0.06))[0] == pytest.approx(1728)


def test_no_change_of_dispatch_would_pay_more() -> None:
    """Against trying out how much goes to each use, in steps of 40 MWh, with the cheapest fuel."""
    step = 40_000.0
    for husk, straw, grid in product((800, 1500, 2300), (500, 1300), (1.0, 2.6, 4.5)):
        run = run_of(husk_price=husk, straw_price=straw, export_price=grid, export_allowed=1)
        cash = run["saving_power"] + run["revenue_export"]
        cash = cash - run["cost_husk_forgone"] - run["cost_husk_bought"] - run["cost_straw"]
        heaps = sorted([(husk * 1.8e-3, 3696 / 1.8e-3), (1.2 * 1.8, 800 / 1.8e-3),
                        (straw * 1.8e-3 * 13.5 / 11.7, 700 / 1.8e-3 * 11.7 / 13.5)])  # fmt: skip
        best = max(
            own * 4.0 + sold * grid - _fuel_cost(heaps, own + sold)
            for own in np.arange(0, 960_001, step)
            for sold in np.arange(0, 350 * 8760 * 0.82 - own, step)
        )
        assert float(cash[0, 1]) >= best - 1e-6


def _fuel_cost(heaps: list[tuple[float, float]], kwh: float) -> float:
    cost = 0.0
    for price, most in heaps:
        taken = min(kwh, most)
        cost, kwh = cost + taken * price, kwh - taken
    return cost if kwh < 1e-6 else np.inf
