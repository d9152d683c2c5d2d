"""`eicfinance risk` as a person uses it."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from tests.portfolio.one_roof import BASE
from tests.test_cli import command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
RISK = """
risk:
  scenarios: 60
  drivers:
    - {name: sun, title: Sunshine}
    - {name: hail, kind: event, chance: 20%, hits: {roof.output: 90%, shop.cash_flow: 100%}}
  inputs: {roof: {specific_yield: {sun: 0.8}}}
"""


def test_text_json_and_csv_say_the_same(tmp_path: Path) -> None:
    folder, out = tmp_path / "shop", tmp_path / "out"
    folder.mkdir()
    (folder / "portfolio.yaml").write_text(f"{BASE}{RISK}", encoding="utf-8")
    done = command("risk", str(folder), "--out", str(out), "--processes", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "60 scenarios, seed 1, amounts in THB" in done.stdout
    assert "nan" not in done.stdout
    data = json.loads((out / "shop-risk.json").read_text(encoding="utf-8"))
    assert (data["scenarios"], data["seed"], data["certain"]) == (60, 1, False)
    (project,) = data["projects"]
    mean = project["spreads"]["project_npv"]["mean"]
    assert f"{mean:,.0f}".replace("-", "−") in done.stdout
    with (out / "shop-risk.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["scenario"] for row in rows] == [str(k) for k in range(1, 61)]
    npv = [float(row["roof.project_npv"]) for row in rows]
    assert sum(npv) / 60 == pytest.approx(mean, rel=1e-9)
    losses = [float(row["roof.repay_loss"]) for row in rows]
    assert sum(losses) / 60 == pytest.approx(data["pool"]["loss"]["value"], rel=1e-9)
    assert {"driver.sun.level", "driver.hail.times", "cluster.gap_depth"} <= set(rows[0])
    assert {row["driver.hail.times"] for row in rows} > {"0", "1"}

    again = command("risk", str(folder), "--out", str(out), "--format", "json", "--processes", "2")
    assert json.loads(again.stdout) == data  # from the block that was kept
    other = command("risk", str(folder), "--out", str(out), "--format", "json", "--seed", "2",
                    "--scenarios", "30")  # fmt: skip
    found = json.loads(other.stdout)
    assert (found["scenarios"], found["seed"]) == (30, 2)
    assert found["projects"][0]["spreads"]["project_npv"]["mean"] != mean


def test_wrong_use_is_told(tmp_path: Path) -> None:
    none = command("risk", "one-roof", "--scenarios", "0", "--out", str(tmp_path))
    assert none.returncode == 2
    assert "'--scenarios'" in none.stderr
    (tmp_path / "file").write_text("", encoding="utf-8")
    blocked = command("risk", "one-roof", "--scenarios", "3", "--out", str(tmp_path / "file"))
    assert blocked.returncode == 5
    assert "Traceback" not in blocked.stderr
