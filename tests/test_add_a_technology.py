"""CONTRIBUTING's "Add a technology", followed to the letter in a copy of the project.

A small hydro plant is dropped in as one module and one portfolio. Nothing else is touched; lists,
help, the starting portfolio, explanations, reports and the contract tests find it by themselves.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from eicfinance.technologies.plant import Plant
from tests.portfolios import ROOT

pytestmark = pytest.mark.slow
HYDRO = '''"""Hydro: a small run-of-river plant that serves the load of a site and sells the rest.

Energy = water a day x 365 x head x 9.81/3600 kWh a m3 and metre x efficiency x availability. Water
of 0.1 m3/s (8,640 m3 a day) and a head of 20 m at 60% give 11.772 kW, or 92,810 kWh a year at 90%.

Source: P = density x g x Q x H x efficiency (any textbook of hydraulics).
"""

from eicfinance.model.expr import minimum
from eicfinance.portfolio.declare import Figure, Pool
from eicfinance.technologies.plant import Plant, Technology, common


def build(plant: Plant) -> None:
    m, x, economy = plant.model, plant.x, plant.economy
    with m.section("Energy"):
        work = m.constant("kwh_per_m3_metre", 9.81 / 3600, "kWh/m3", "density x g")
        water = plant.yearly(x["flow_per_day"] * economy["days_per_year"])
        full = water * x["head_m"] * work * x["efficiency"] * x["availability"]
        made = m.line("energy_possible", "kWh", full * plant.output, label="Energy at the shaft")
        used = m.line("energy_used", "kWh", minimum(made, plant.take("load")),
                      label="Energy used by the site")  # fmt: skip
        sold = m.line("energy_sold", "kWh", made - used, label="Energy sold")
        plant.energy(used, sold)
        plant.uses("load", "kWh", used)
    with m.section("Revenue and savings"):
        rise = plant.index("electricity")
        plant.saving("power", used * x["energy_charge"] * rise, "Power not bought", energy=True)
        plant.revenue("export", sold * x["export_price"] * rise, "Power sold", energy=True)
    with m.section("Capital cost"):
        plant.capital("hydro", x["plant_cost"], "Weir, penstock, turbine")
    with m.section("Greenhouse gases"):
        factor = economy["grid_emission_factor"] / economy["kg_per_t_co2e"]
        plant.gas("baseline", "grid", made * factor, "Grid power replaced")


TECHNOLOGY = Technology(
    name="hydro",
    title="Hydro: a small run-of-river plant",
    figures=(
        *common(construction_months=6),
        Figure("flow_per_day", "m3/day", None, "Water through the turbine", 5000, 95_000, 1),
        Figure("head_m", "1", None, "Head in metres", 5, 50, 0.1, 500),
        Figure("efficiency", "1", 0.6, "Efficiency from water to wire", 0.5, 0.75, 0.1, 0.9),
        Figure("availability", "1", 0.9, "Share of the year with enough water", 0.7, 0.95, 0, 1),
        Figure("energy_charge", "THB/kWh", 4.0, "Energy charge saved", 3.5, 4.5, tariff=True),
        Figure("export_price", "THB/kWh", 2.2, "Price paid by the grid", 1.7, 2.6, tariff=True),
        Figure("plant_cost", "THB", 1_500_000, "Weir, penstock, turbine", 1_000_000, 3_000_000),
    ),
    pools=(Pool("load", "kWh", "Load on the site", required=True),),
    build=build,
)  # fmt: skip
'''
YEARLY = 1000 * 9.81 * 0.1 * 20 * 0.6 / 1000 * 8760 * 0.9  # kWh: density g Q H efficiency hours
YEARS = 20
PORTFOLIO = f"""title: A stream
economy:
  currency: THB
  closing: 2027-01
  appraisal_date: 2026-11-22
  discount_rates: {{project: 8%, equity: 12%}}
borrowers: [{{name: village, tax_regime: none}}]
sites:
  - {{name: mill, type: premises, inputs: {{load_per_year: 200000}}}}
projects:
  - name: stream
    title: Turbine at the old weir
    borrower: village
    technology: hydro
    takes: {{load: mill.load}}
    inputs: {{life_years: {YEARS}, flow_per_day: 8640, head_m: 20}}
    finance: {{loan: {{share: 50%, rate: 7%, tenor_months: 72, grace_months: 6}}}}
"""
SECTION = (
    (ROOT / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .split("## Add a technology")[1]
    .split("\n## ")[0]
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one module and one portfolio more."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("eicfinance", "portfolios", "templates", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    (folder / "eicfinance" / "technologies" / "hydro.py").write_text(HYDRO, encoding="utf-8")
    (folder / "portfolios" / "stream").mkdir()
    (folder / "portfolios" / "stream" / "portfolio.yaml").write_text(PORTFOLIO, encoding="utf-8")
    return folder


def python(copy: Path, *arguments: str) -> str:
    """What a Python that imports the copy prints, run in the copy's folder."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, encoding="utf-8",
        cwd=copy, env=os.environ | {"PYTHONPATH": str(copy), "PYTHONUTF8": "1"}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(line.startswith(("note: ", "written: ")) for line in done.stderr.splitlines()), (
        done.stderr
    )
    return done.stdout


def test_lists_and_explanations_name_it(copy: Path) -> None:
    listed = python(copy, "eicfinance", "list")
    assert re.search(r"  hydro +Hydro: a small run-of-river plant", listed)
    one = python(copy, "eicfinance", "list", "hydro")
    assert re.search(r"head_m +number +must be given, usual 5 to 50\n +Head in metres", one)
    assert "life_years" in one
    explained = python(copy, "eicfinance", "explain", "head_m")
    assert "energy_possible: Energy at the shaft" in explained
    assert "Portfolio: A stream." in explained


def test_a_starting_portfolio_is_written_for_it(copy: Path) -> None:
    python(copy, "eicfinance", "new", "hydro", "--out", "mine")
    text = (copy / "mine" / "portfolio.yaml").read_text(encoding="utf-8")
    assert 'flow_per_day: {value: 50000 m3/day, source: "assumption: replace"}' in text
    assert "#efficiency: 0.6  # Efficiency from water to wire; usual 0.5 to 0.75" in text
    assert "no problem found" in python(copy, "eicfinance", "check", "mine")


def test_reports_show_it_and_its_energy_is_that_of_the_textbook(copy: Path) -> None:
    python(copy, "eicfinance", "appraise", "stream", "--out", "results")
    data = json.loads((copy / "results" / "stream.json").read_text(encoding="utf-8"))
    assert data["projects"][0]["technology"] == "hydro"
    energy = data["cluster"]["results"]["energy_total"]
    assert energy == pytest.approx(YEARS * YEARLY, rel=1e-9)
    memo = (copy / "results" / "stream.html").read_text(encoding="utf-8")
    assert "Turbine at the old weir" in memo
    assert "Efficiency from water to wire" in memo
    book = openpyxl.load_workbook(copy / "results" / "stream.xlsx")
    texts = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"Efficiency from water to wire", "Energy at the shaft"} <= texts


def test_the_tests_that_name_no_technology_hold_for_it(copy: Path) -> None:
    files = ("technologies/test_contract.py", "test_new.py", "test_layers.py")
    told = python(copy, "pytest", "-q", "-p", "no:cacheprovider", "-rA", "-k", "hydro or layers",
                  *(f"tests/{file}" for file in files))  # fmt: skip
    passed = set(re.findall(r"PASSED tests/(\S+)::(\w+)", told))
    assert {file for file, _ in passed} == set(files)
    assert len(passed) >= 10, told


def test_what_the_section_names_exists() -> None:
    """The words of the section are those of the code."""
    for name in re.findall(r"`(?:plant\.)(\w+)", SECTION):
        assert name in Plant.__dataclass_fields__ or hasattr(Plant, name), name
    streams = SECTION.split("declares streams:")[1].split(".")[0]
    assert all(hasattr(Plant, name) for name in re.findall(r"`(\w+)`", streams))
    for file in re.findall(r"`(\w+\.py)`", SECTION):
        assert (ROOT / "eicfinance" / "technologies" / file).exists(), file
