"""Greenhouse gases by source: factors of the IPCC times the potentials of the chosen set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eicfinance.portfolio.source import BadInput
from eicfinance.technologies.plant import ACCOUNTS
from tests.appraisal.small import generic, small
from tests.portfolios import BUNDLED, appraised

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.model.numeric import Run

# IPCC AR4 WG I table 2.14, AR5 WG I table 8.A.1, AR6 WG I table 7.15 (not of fossil origin)
POTENTIALS = {"AR4": (25, 298), "AR5": (28, 265), "AR6": (27.0, 273)}
sets = pytest.mark.parametrize("name", POTENTIALS)


def husk_plant(folder: Path, tonnes: float, economy: Any = (), **inputs: Any) -> Run:
    """Burns just so many tonnes of husk a year."""
    mill = {"paddy_per_year": tonnes / 0.22, "dryer_share": 0, "power_per_t": 1000}
    inputs = {"capacity_kw": 8000, "life_years": 2, "construction_months": 0,
              "ramp_up_months": 0} | inputs  # fmt: skip
    return small(
        folder, sites=[{"name": "mill", "type": "rice_mill", "inputs": mill}],
        projects=[{"name": "h", "technology": "rice_husk", "inputs": inputs,
                   "takes": {"husk": "mill.husk", "load": "mill.load"}}],
        economy={"periods_per_year": 1, **dict(economy)},
    ).runs["h"]  # fmt: skip


@sets
def test_burning_husk(tmp_path: Path, name: str) -> None:
    """IPCC 2006 vol. 2 table 2.2: 30 kg CH4 and 4 kg N2O a TJ; 1,000 t x 13.5 GJ are 13.5 TJ,
    405 kg and 54 kg: with AR5 25.65 t CO2e."""
    methane, nitrous = POTENTIALS[name]
    run = husk_plant(tmp_path, 1000, {"gwp_set": name})
    assert run["heat_burnt"][0, 1] == pytest.approx(13.5)
    found = run["ghg_project_combustion"][0, 1]
    assert found == pytest.approx(0.405 * methane + 0.054 * nitrous)
    if name == "AR5":
        assert found == pytest.approx(25.65)


def test_straw_burns_by_its_own_heat(tmp_path: Path) -> None:
    """500 t of straw at 11.7 GJ beside 1,000 t of husk."""
    straw = {"straw_per_year": 500, "straw_price": 0}
    run = husk_plant(tmp_path, 1000, **straw)
    assert run["heat_burnt"][0, 1] == pytest.approx(13.5 + 500 * 11.7 / 1000)


def test_decay_of_dumped_husk(tmp_path: Path) -> None:
    """GEC FY2004, Angkor: 26,136 t x 0.0616 t CH4 x 21 (the potential of 1995) = 33,810 t CO2e."""
    run = husk_plant(tmp_path, 26_136, {"gwp_methane": 21}, dumped_share=1)
    assert run["ghg_baseline_decay"][0, 1] == pytest.approx(33_810, abs=1)


@sets
def test_methane_of_a_lagoon(tmp_path: Path, name: str) -> None:
    """IPCC 2006 vol. 5 ch. 6: 270 t of COD x 0.25 x MCF 0.8 = 54 t of methane, less than
    the digester here captures."""
    case = small(
        tmp_path, [{
            "name": "b", "technology": "biogas", "choices": {"use": "heat"},
            "takes": {"wastewater": "s.wastewater", "heat": "s.heat"},
            "inputs": {"digester_m3": 450, "life_years": 2, "construction_months": 0,
                       "ramp_up_months": 0, "cod_removal": 0.9, "methane_per_cod": 0.34},
        }],
        [{"name": "s", "type": "premises",
          "inputs": {"operating_days": 300, "wastewater_per_day": 150, "heat_per_year": 9e6}}],
        economy={"periods_per_year": 1, "gwp_set": name},
    )  # fmt: skip
    found = case.runs["b"]["ghg_baseline_methane"][0, 1]
    assert found == pytest.approx(54 * POTENTIALS[name][0])


def test_a_figure_of_ones_own_comes_before_the_set(tmp_path: Path) -> None:
    """AR6 for nitrous oxide, the fossil 29.8 for methane by hand; each with its source."""
    given = {"gwp_methane": {"value": 29.8, "source": "table 7.15, fossil"}, "gwp_set": "AR6"}
    case = small(tmp_path, [generic()], economy=given)
    inputs = case.projects["plant"].model.inputs
    assert (inputs["gwp_methane"].value, inputs["gwp_nitrous_oxide"].value) == (29.8, 273)
    assert inputs["gwp_methane"].text.source == "table 7.15, fossil"
    assert "AR6" in inputs["gwp_nitrous_oxide"].text.source


@pytest.mark.parametrize(
    ("publication", "factor"),
    [("TGO_2022", 0.4999), ("TGO_2026", 0.4750), ("TGO_2026_upstream", 0.5562)],
)
def test_grid_by_publication(tmp_path: Path, publication: str, factor: float) -> None:
    """1,000 MWh of the grid."""
    case = small(tmp_path, [generic(energy_per_year=1e6, life_years=1)],
                 economy={"grid_factor": publication})  # fmt: skip
    assert case.runs["plant"].value("ghg_baseline_grid_total") == pytest.approx(1000 * factor)


def test_an_unknown_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="AR4"):
        small(tmp_path, [generic()], economy={"gwp_set": "AR7"})


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda path: path.name)
def test_sources_accounts_and_factors(folder: Path) -> None:
    """Each source names what is counted and its factors; sources sum to accounts, accounts to what
    is avoided, projects to the cluster."""
    case = appraised(folder)
    whole = dict.fromkeys(ACCOUNTS, 0.0)
    for name, project in case.projects.items():
        run, plant = case.runs[name], project.plant
        totals = dict.fromkeys(ACCOUNTS, 0.0)
        for gas in plant.gases:
            assert gas.activities, gas.source
            assert gas.factors, gas.source
            assert all(factor.text.source for factor in gas.factors), gas.source
            amount = run.value(gas.total.text.name)
            assert amount == pytest.approx(run[gas.line.text.name].sum())
            totals[gas.account] += amount or 0.0
        for account, amount in totals.items():
            assert run.value(f"ghg_{account}_total") == pytest.approx(amount)
            whole[account] += amount * project.entry.count
        net = totals["baseline"] - totals["project"] - totals["leakage"]
        assert run.value("ghg_avoided_total") == pytest.approx(net)
    for account, amount in whole.items():
        assert case.runs["cluster"].value(f"ghg_{account}_total") == pytest.approx(amount)


def test_what_a_report_can_show_of_a_source(tmp_path: Path) -> None:
    """1,000 MWh x 0.475 kg = 475 t: the row of a table."""
    case = small(tmp_path, [generic(energy_per_year=1e6, life_years=1)])
    gas = case.projects["plant"].plant.gases[0]
    run = case.runs["plant"]
    assert (gas.account, gas.source) == ("baseline", "grid")
    assert [line.text.name for line in gas.activities] == ["energy_delivered"]
    assert [factor.text.name for factor in gas.factors] == ["grid_emission_factor", "grid_share"]
    assert run["energy_delivered"].sum() == pytest.approx(1e6)
    assert run.value(gas.total.text.name) == pytest.approx(475)
