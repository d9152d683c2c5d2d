"""The command as a person uses it: exit codes, messages, files."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from eicfinance.cli import program
from tests.portfolios import BUNDLED, ROOT

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text(encoding="utf-8")
SMALLEST_FIRST = [
    path.name for path in sorted(BUNDLED, key=lambda p: (p / "portfolio.yaml").stat().st_size)
]
GOOD = (ROOT / "portfolios" / "one-roof" / "portfolio.yaml").read_text(encoding="utf-8")


def command(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "eicfinance", *args],
        capture_output=True, text=True, encoding="utf-8", cwd=cwd, env=environment, timeout=120,
    )  # fmt: skip


def inside(*args: str) -> Result:
    """The same in this process, which starts at once."""
    return CliRunner().invoke(program, args, prog_name="eicfinance")


def portfolio(folder: Path, text: str = GOOD) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "portfolio.yaml").write_text(text, encoding="utf-8")
    return str(folder)


def test_the_same_number_everywhere(tmp_path: Path) -> None:
    done = command("appraise", portfolio(tmp_path / "roof"), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "out" / "roof.json").read_text(encoding="utf-8"))
    results = data["projects"][0]["results"]
    written = f"{results['project_npv']:,.0f}"
    assert written in done.stdout
    assert written in (tmp_path / "out" / "roof.html").read_text(encoding="utf-8")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "roof.xlsx", data_only=True)["Results"]
    rows = {row[0].value: row[2].value for row in sheet.iter_rows(min_row=3)}
    assert rows["Project NPV"] == pytest.approx(results["project_npv"], rel=1e-15)
    assert rows["Minimum DSCR, trailing twelve months"] == results["dscr_min"]
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        ".eicfinance-manifest.json", "roof.html", "roof.json", "roof.xlsx",
    ]  # fmt: skip


def test_json_on_standard_output_is_the_file(tmp_path: Path) -> None:
    folder = portfolio(tmp_path / "roof")
    done = command("appraise", folder, "--out", str(tmp_path / "out"), "--format", "json")
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "roof.json").read_text())


def test_strict_ends_with_four_where_a_line_fails(tmp_path: Path) -> None:
    dear = portfolio(tmp_path / "dear", GOOD.replace("value: 27000", "value: 39000"))
    out = str(tmp_path / "out")
    assert command("appraise", dear, "--out", out).returncode == 0
    assert command("appraise", dear, "--out", out, "--strict").returncode == 4
    good = portfolio(tmp_path / "good")
    assert command("appraise", good, "--out", out, "--strict").returncode == 0


def test_bad_input_ends_with_three_and_names_the_line(tmp_path: Path) -> None:
    bad = GOOD.replace("capacity_kwp: 30", "capacity_kpw: 30").replace(
        "tax_regime: company", "tax_regime: firm"
    )
    done = command("appraise", portfolio(tmp_path / "bad", bad), "--out", str(tmp_path / "out"))
    assert done.returncode == 3
    assert done.stdout == ""
    lines = bad.splitlines()
    for word in ("capacity_kpw", "tax_regime"):
        number = next(k for k, line in enumerate(lines, 1) if word in line)
        assert re.search(rf"portfolio\.yaml:{number}:\d+: .*{word}", done.stderr), done.stderr
    assert 'did you mean "capacity_kwp"' in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_read_or_written_ends_with_five(tmp_path: Path) -> None:
    missing = command("appraise", str(tmp_path / "nowhere"))
    assert missing.returncode == 5
    assert "nowhere" in missing.stderr
    (tmp_path / "file").write_text("x")
    blocked = command("appraise", portfolio(tmp_path / "roof"), "--out", str(tmp_path / "file"))
    assert blocked.returncode == 5
    assert str(tmp_path / "file") in blocked.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    nothing = command("check", str(empty))
    assert nothing.returncode == 5
    assert "portfolio.yaml" in nothing.stderr


def test_what_a_person_changed_is_kept(tmp_path: Path) -> None:
    folder, out = portfolio(tmp_path / "roof"), tmp_path / "out"
    command("appraise", folder, "--out", str(out))
    memo = out / "roof.html"
    before = memo.read_bytes()
    assert "kept" not in command("appraise", folder, "--out", str(out)).stderr
    memo.write_bytes(before + b"<!-- signed -->")
    done = command("appraise", folder, "--out", str(out))
    assert done.returncode == 0
    assert memo.read_bytes().endswith(b"<!-- signed -->")
    assert (out / "roof-2.html").read_bytes() == before
    assert "roof-2.html" in done.stderr


def test_check_and_list() -> None:
    done = command("check", "one-roof")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no problem found" in done.stdout
    listed = command("list")
    for name in ("biogas", "rice_husk", "solar", "generic", "rice_mill", "premises"):
        assert name in listed.stdout
    one = command("list", "rice_husk").stdout
    assert "husk_per_kwh" in one
    assert "kg/kWh" in one
    assert "Tamronglak" in one
    wrong = command("list", "bigas")
    assert wrong.returncode == 2
    assert "biogas" in wrong.stderr


def test_solve() -> None:
    asked = ("solve", "one-roof", "--project", "roof", "--for", "tariff", "--target")
    done = inside(*asked, "equity_irr=0.12")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "2.5692979 THB/kWh, a change of −35.8%" in done.stdout
    assert re.search(r"Equity IRR \(equity_irr\) +[0-9.]+% +12\.0%", done.stdout)
    data = json.loads(inside(*asked, "equity_irr=12%", "--format", "json").stdout)
    assert data["input"] == "energy_charge"
    assert data["after"]["equity_irr"] == pytest.approx(0.12)
    assert data["before"]["equity_irr"] > 0.2
    none = inside(*asked, "gearing=3")
    assert none.exit_code == 0  # that there is none is an answer
    assert "No value gives gearing = 3: gearing does not depend on energy_charge" in none.stdout
    asked_more = (*asked[:5], "gearing", "--target")
    met = inside(*asked_more, "dscr_min>=0.5").stdout
    assert "Every value that may be given meets dscr_min >= 0.50: with loan_share from 0%" in met
    assert "No value gives dscr_min = 0.50" in inside(*asked_more, "dscr_min=0.5").stdout
    assert "for 12 per cent write 12%" in inside(*asked, "equity_irr=12").stderr
    for wrong in ("equity_irr", "equity_ir=0.12", "equity_irr=3 kWh"):
        done = inside(*asked, wrong)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
    assert inside("solve", "one-roof", "--project", "rof", *asked[4:], "dscr_min=1").exit_code == 2


def test_sensitivity() -> None:
    asked = ("sensitivity", "one-roof", "--project", "roof")
    text = inside(*asked)
    assert (text.exit_code, text.stderr) == (0, "")
    assert re.search(r"energy_charge +THB/kWh +3\.50 +4 +4\.50 +518,850 +935,267", text.stdout)
    rows = list(csv.reader(inside(*asked, "--format", "csv").stdout.splitlines()))
    assert rows[0][:6] == ["input", "label", "unit", "low", "base", "high"]
    assert {len(row) for row in rows} == {17}
    data = json.loads(inside(*asked, "--format", "json").stdout)
    assert [bar["input"] for bar in data["inputs"]] == [row[0] for row in rows[1:]]
    two = (*asked, "--two-way", "tariff", "rate", "--result", "dscr", "--result", "equity_npv")
    grid = json.loads(inside(*two, "--format", "json").stdout)
    assert [axis["input"] for axis in grid["inputs"]] == ["energy_charge", "loan_rate"]
    cells = list(csv.reader(inside(*two, "--format", "csv").stdout.splitlines()))
    assert cells[0] == ["energy_charge", "loan_rate", "dscr_min", "equity_npv"]
    flat = [x for row in grid["results"]["dscr_min"] for x in row]
    assert [float(row[2]) for row in cells[1:]] == flat
    assert len(flat) == 25
    assert re.search(r"Minimum DSCR +1% +3\.75% +6\.5%", inside(*two).stdout)
    for wrong in ((*asked, "--result", "npv"), (*asked, "--two-way", "tariff", "capacity_kwp"),
                  ("sensitivity", "one-roof", "--project", "rof")):  # fmt: skip
        done = inside(*wrong)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from eicfinance import cli; from click.testing import CliRunner; "
        "assert CliRunner().invoke(cli.program, ['--help']).exit_code == 0; "
        "print([m for m in ('numpy','pandas','openpyxl','xlsxwriter','jinja2','pydantic','yaml') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"


def on_a_terminal(*args: str, **variables: str) -> str:
    """What a terminal shows of a command: both of its streams."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | variables
    with subprocess.Popen(
        [sys.executable, "-m", "eicfinance", *args], stdout=theirs, stderr=theirs,
        env=environment | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # how Linux says that the other end is closed
                part = b""
            if not part:
                break
            shown += part
    os.close(ours)
    assert process.returncode == 0, shown
    return shown.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="a pseudo-terminal as Linux has it")
def test_a_terminal_is_told_what_is_being_done(tmp_path: Path) -> None:
    call = ("appraise", "one-roof", "--out", str(tmp_path / "out"))
    shown = on_a_terminal(*call)
    steps = ["reading", "computing roof (2 of 3)", "writing one-roof.xlsx", "writing one-roof.html"]
    places = [shown.index(f"\r{step} ") for step in steps]
    assert places == sorted(places)
    assert shown.rindex(f"\r{'':70}\r") < shown.index("One roof: appraised")  # wiped out
    assert "\x1b[32mapprove\x1b[0m" in shown
    plain = on_a_terminal(*call, NO_COLOR="1")
    assert "  approve\r\n" in plain
    assert "\x1b" not in plain
    piped = command(*call)
    assert piped.stderr == ""
    assert "\x1b" not in piped.stdout


@pytest.mark.parametrize(
    ("words", "begun", "expected"),
    [
        (["appraise"], "", [*SMALLEST_FIRST, "mine"]),
        (["check"], "cha", ["chachoengsao"]),
        (["explain", "cfads"], "m", ["mine"]),
        (["new"], "rice", ["rice_husk"]),
        (["list"], "rice", ["rice_husk", "rice_mill"]),
        (["list"], "credit", ["credit_policy"]),
        ([], "ex", ["explain"]),
    ],
)
def test_a_shell_completes(
    words: list[str], begun: str, expected: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    portfolio(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    shell = ShellComplete(program, {}, "eicfinance", "_EICFINANCE_COMPLETE")
    found = shell.get_completions(words, begun)
    assert [item.value for item in found if item.type == "plain"] == expected
    folders = [item.type for item in found if item.type == "dir"]
    assert folders == (["dir"] if words[:1] in (["appraise"], ["check"], ["explain"]) else [])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_switched_on_as_the_readme_says(shell: str) -> None:
    assert f"_EICFINANCE_COMPLETE={shell}_source" in README
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "_EICFINANCE_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "eicfinance new bio", "COMP_CWORD": "2" if shell != "fish" else "bio",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-m", "eicfinance"], capture_output=True, text=True,
                          env=environment, check=True)  # fmt: skip
    assert "biogas" in done.stdout


def test_every_command_stands_in_the_readme() -> None:
    for name in program.commands:
        assert re.search(rf"eicfinance {name}\b", README), name
