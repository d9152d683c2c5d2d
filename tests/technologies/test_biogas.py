"""The methane balance of biogas: what is avoided, whatever is captured, burnt and lost."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import small

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eicfinance.appraisal.case import Case
    from eicfinance.model.numeric import Run

FEEDS = {
    "wastewater": {"wastewater_per_day": 150},
    "manure": {"animals": 1000},
    "litter": {"litter_per_day": 11},
}
GWP = 28


@cache
def plant(feed: str) -> Case:
    """Gas for a heat load that takes a part of it; the rest is flared."""
    inputs = {"digester_m3": 450, "life_years": 3, "construction_months": 0, "ramp_up_months": 0}
    with TemporaryDirectory() as folder:
        return small(
            Path(folder),
            sites=[{"name": "s", "type": "premises",
                    "inputs": FEEDS[feed] | {"heat_per_year": 100_000}}],
            projects=[{
                "name": "b", "technology": "biogas", "choices": {"use": "heat"}, "inputs": inputs,
                "takes": {feed: f"s.{feed}", "heat": "s.heat"},
            }],
            economy={"periods_per_year": 1, "gwp_methane": GWP},
        )  # fmt: skip


def run_of(feed: str, **inputs: Any) -> Run:
    return run_case(plant(feed), {"b": inputs})["b"]


def avoided(run: Run) -> NDArray[np.float64]:
    """Methane avoided in the first year, t CO2e, without the fuel that the gas replaces."""
    made = (run[f"ghg_{n}"] for n in ("project_slip", "project_escape", "leakage_digestate"))
    return np.asarray((run["ghg_baseline_methane"] - sum(made))[:, 1])


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("figure", ["burnt_share", "flare_efficiency"])
def test_more_destroyed_never_avoids_less(feed: str, figure: str) -> None:
    run = run_of(feed, **{figure: np.linspace(0, 1, 11)})
    assert (np.diff(run["methane_destroyed"][:, 1]) > 0).all()
    assert (np.diff(avoided(run)) > 0).all()


@pytest.mark.parametrize("feed", FEEDS)
def test_more_escape_never_avoids_more(feed: str) -> None:
    for figure in ("escape_share", "digestate_escape"):
        assert (np.diff(avoided(run_of(feed, **{figure: np.linspace(0, 1, 11)}))) < 0).all()


@pytest.mark.parametrize("feed", FEEDS)
def test_avoided_is_at_most_what_is_destroyed_and_what_would_be_emitted(feed: str) -> None:
    """Decision 17, over any MCF, and burnt, flared, escaping or not."""
    mcf = np.repeat(np.linspace(0, 1, 11), 4)
    shares = np.tile([0.0, 0.3, 0.9, 1.0], 11)
    given: dict[str, Any] = {f"mcf_{feed}": mcf, "flare_efficiency": shares}
    run = run_of(feed, **given, escape_share=shares / 2, burnt_share=0.97)
    captured, destroyed = (run[f"methane_{n}"][:, 1] for n in ("captured", "destroyed"))
    assert captured == pytest.approx(run["biogas"][:, 1] * 0.60 * 0.716 / 1000)
    assert (destroyed <= captured + 1e-9).all()
    assert (avoided(run) <= destroyed * GWP + 1e-6).all()
    assert (avoided(run) <= run["methane_baseline"][:, 1] * GWP + 1e-6).all()
    assert (np.diff(avoided(run).reshape(11, 4), axis=0) >= -1e-6).all()  # more MCF, not less


@pytest.mark.parametrize("feed", FEEDS)
def test_without_a_baseline_no_methane_is_avoided(feed: str) -> None:
    run = run_of(feed, **{f"mcf_{feed}": 0})
    made = run["methane_made"][0, 1] * 0.716 / 1000
    assert run["ghg_baseline_methane"][0, 1] == 0
    lost = made * (0.05 + 0.01) + run["methane_captured"][0, 1] - run["methane_destroyed"][0, 1]
    assert avoided(run)[0] == pytest.approx(-lost * GWP)


def test_slip_counts_once_where_the_feed_would_emit_more() -> None:
    """A deep lagoon (MCF 1): what is destroyed, less escape (5%) and digestate (1%)."""
    run = run_of("wastewater", mcf_wastewater=1)
    assert run["methane_baseline"][0, 1] > run["methane_captured"][0, 1]
    lost = 0.06 * run["methane_made"][0, 1] * 0.716 / 1000
    assert avoided(run)[0] == pytest.approx((run["methane_destroyed"][0, 1] - lost) * GWP)


def test_litter_by_hand() -> None:
    """11 t a day give 4,015 t x 180 kg VS x 0.363 x 0.65 = 170.5 kNm3, 122.1 t CH4; 116.0 t are
    captured. Dry litter would emit 4,015 x 180 x 0.363 x 0.716 x 0.015 = 2.82 t. The heat load of
    100,000 kWh takes 100,000 / 0.85 / 9.944 kWh = 11,830 Nm3 or 8.47 t, of which 1% slips; 107.5 t
    are flared, of which 10% slip; 5% and 1% of what is made are lost: 2.82 - 0.08 - 10.75 -
    7.33 t are avoided."""
    run = run_of("litter")
    assert run["methane_captured"][0, 1] == pytest.approx(116.0, abs=0.05)
    assert run["methane_baseline"][0, 1] == pytest.approx(2.82, abs=0.005)
    assert avoided(run)[0] / GWP == pytest.approx(2.82 - 0.08 - 10.75 - 7.33, abs=0.02)
