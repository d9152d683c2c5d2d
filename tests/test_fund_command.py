"""`eicfinance fund` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import openpyxl
import pytest

from tests.portfolios import ROOT
from tests.test_cli import command

pytestmark = pytest.mark.slow

GOOD = (ROOT / "portfolios" / "members-fund" / "fund.yaml").read_text(encoding="utf-8")


def fund(folder: Path, text: str = GOOD) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "fund.yaml").write_text(text + "paths: 200\n", encoding="utf-8")
    return str(folder)


def test_the_same_number_everywhere(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = command("fund", fund(tmp_path / "members"), "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert "survives its 10 years" in done.stdout
    data = json.loads((out / "members.json").read_text(encoding="utf-8"))
    written = f"{data['results']['real_value_end']:,.0f}"
    page = (out / "members.html").read_text(encoding="utf-8")
    assert written in done.stdout
    assert written in page
    assert page.rstrip().endswith("</html>")
    assert "<script" not in page
    sheet = openpyxl.load_workbook(out / "members.xlsx", data_only=True)["Results"]
    rows = {row[0].value: row[2].value for row in sheet.iter_rows()}
    found = data["results"]["real_value_end"]
    assert rows["Real value of the fund at the end"] == pytest.approx(found, rel=1e-15)
    assert rows["The fund"] == "survives"
    assert rows["Random paths"] == data["survival"]["paths"] == 200
    rate = data["sustainable_rate"]["rate"]
    assert rows["Least rate to members that holds the real value"] == pytest.approx(rate)
    assert len(data["periods"]["cash"]) == len(data["periods"]["end"]) == 121
    assert data["checks"]["failed"] == {}


def test_a_dying_fund_says_when_and_fails_under_strict(tmp_path: Path) -> None:
    text = GOOD.replace(
        "fixed_cost: {value: 8000, low: 4000, high: 15000", "fixed_cost: {value: 60000"
    )
    folder, out = fund(tmp_path / "dying", text), str(tmp_path / "out")
    done = command("fund", folder, "--out", out, "--format", "json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["results"]["survives"] == 0
    assert 0 < data["results"]["exhausted_period"] < 120
    assert data["survival"]["probability"] < 0.05
    assert command("fund", folder, "--out", out, "--strict").returncode == 4
    assert "exhausted" in (tmp_path / "out" / "dying.html").read_text(encoding="utf-8")


def test_bad_input_and_missing_files(tmp_path: Path) -> None:
    bad = command(
        "fund", fund(tmp_path / "bad", GOOD.replace("rate: {value: 12%", "rate: {value: 12"))
    )
    assert bad.returncode == 3
    assert "fund.yaml:" in bad.stderr
    assert "write 12%" in bad.stderr
    missing = command("fund", str(tmp_path / "nowhere"))
    assert missing.returncode == 5
    assert "members-fund" in missing.stderr
    empty = command("fund", str(tmp_path))
    assert empty.returncode == 5
    assert "fund.yaml" in empty.stderr
    assert "Traceback" not in bad.stderr + missing.stderr + empty.stderr


def test_the_bundled_fund_is_found_by_name_and_listed(tmp_path: Path) -> None:
    done = command("fund", "members-fund", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "tenor_months" in command("list", "fund").stdout
    assert "bad_years" in command("list", "fund_file").stdout


def test_the_five_figures_of_the_readme_are_a_fund(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = readme.split("Only five figures must be given:")[1].split("It is followed")[0]
    done = command("fund", fund(tmp_path / "ours", dedent(text)), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "There is no management cost to cover." in done.stdout


def test_other_commands_say_where_a_fund_belongs(tmp_path: Path) -> None:
    done = command("check", fund(tmp_path / "ours"))
    assert done.returncode == 5
    assert "eicfinance fund" in done.stderr


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    text = GOOD.replace("title: Members' fund", "title: <script>alert(1)</script> &")
    done = command("fund", fund(tmp_path / "x", text), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "x.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
