"""Giving a supply to its best-paid uses: against a plain sort, and within any limits."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from eicfinance.appraisal.case import Case
from eicfinance.model.model import Model
from eicfinance.model.numeric import run
from eicfinance.technologies.plant import Plant, Use
from tests.appraisal.small import small

ROOMY = st.floats(0, 1000).map(lambda x: round(x, 3))
PRICE = st.integers(-20, 20).map(lambda x: x / 4)  # alike or clearly apart


def shared(supply: float, prices: list[float], limits: list[float]) -> list[float]:
    """Best-paid first; of two that pay alike the one named first."""
    given_to = [0.0] * len(prices)
    for k in sorted(range(len(prices)), key=lambda k: (-prices[k], k)):
        given_to[k] = min(limits[k], supply)
        supply -= given_to[k]
    return given_to


def model_of(uses: int) -> tuple[Model, list[str]]:
    m = Model("m", 1, 1)
    supply = m.line("supply", "kWh", m.input("offered", 0, "kWh"))
    made = [
        Use(
            f"u{k}", f"Use {k}", m.input(f"price_{k}", 0, "THB/kWh"), m.input(f"room_{k}", 0, "kWh")
        )
        for k in range(uses)
    ]
    plant: Any = SimpleNamespace(model=m)
    Plant.best_use(plant, "share", "kWh", supply, made)
    return m, [f"share_u{k}" for k in range(uses)]


MODELS = {n: model_of(n) for n in (1, 2, 3, 4)}


@settings(max_examples=200, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(data=st.data(), uses=st.integers(1, 4), supply=ROOMY)
def test_greedy_equals_a_sort(data: st.DataObject, uses: int, supply: float) -> None:
    prices = data.draw(st.lists(PRICE, min_size=uses, max_size=uses))
    limits = data.draw(st.lists(ROOMY, min_size=uses, max_size=uses))
    model, names = MODELS[uses]
    values: dict[str, Any] = {"offered": supply}
    values |= {f"price_{k}": price for k, price in enumerate(prices)}
    values |= {f"room_{k}": limit for k, limit in enumerate(limits)}
    made = run(model, values)
    found = [made.series(name)[1] for name in names]
    assert found == pytest.approx(shared(supply, prices, limits), abs=1e-9)


def test_nothing_better_is_left_open() -> None:
    """By hand: 100 kWh, own use 60 at 4.00, neighbour 30 at 3.60, grid 50 at 5.34."""
    model, names = MODELS[3]
    prices, rooms = (4.0, 3.6, 5.34), (60.0, 30.0, 50.0)
    values: dict[str, Any] = {"offered": np.array([100.0, 30.0])}
    values |= {f"price_{k}": price for k, price in enumerate(prices)}
    values |= {f"room_{k}": room for k, room in enumerate(rooms)}
    made = run(model, values)
    assert [made[name][:, 1].tolist() for name in names] == [[50, 0], [0, 0], [50, 30]]


def roofs(folder: Path, sizes: list[float], **changes: Any) -> Case:
    """PV of these sizes on one load of 100,000 kWh a year, 80% of it by day."""
    inputs = {"construction_months": 0, "life_years": 10, "degradation": 0} | changes
    return small(
        folder,
        [{"name": f"roof_{k}", "technology": "solar", "takes": {"load": "shop.load"},
          "inputs": {"capacity_kwp": size, "coincident_share": 0.8} | inputs}
         for k, size in enumerate(sizes)],
        sites=[{"name": "shop", "type": "premises", "inputs": {"load_per_year": 100_000}}],
    )  # fmt: skip


@pytest.mark.parametrize("sizes", [[150], [75, 75], [50, 50, 50], [20, 130], [300, 300]])
def test_splitting_a_plant_makes_no_energy(sizes: list[float], tmp_path: Path) -> None:
    """However many roofs serve it, the load has no more daylight: 800,000 kWh in ten years."""
    case = roofs(tmp_path, sizes)
    assert case.runs["cluster"].value("energy_total") == pytest.approx(800_000)
