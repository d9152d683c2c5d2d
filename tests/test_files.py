"""What happens to files when things go wrong: killed, disk full, no right to read or write."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.portfolios import ROOT
from tests.test_cli import command, portfolio

SMALL = (ROOT / "tests/cases/five-year-plant/portfolio.yaml").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX limits and signals")


def whole(folder: Path) -> list[str]:
    """The result files of a folder; each must be complete."""
    names = []
    for path in folder.glob("*") if folder.exists() else ():
        if path.name.startswith("."):
            continue
        names.append(path.name)
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                assert book.testzip() is None
        elif path.suffix == ".html":
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
        else:
            json.loads(path.read_text(encoding="utf-8"))
    manifest = folder / ".eicfinance-manifest.json"
    if manifest.exists():
        json.loads(manifest.read_text(encoding="utf-8"))
    return sorted(names)


@POSIX
@pytest.mark.slow
def test_a_killed_run_leaves_no_half_written_file(tmp_path: Path) -> None:
    """Killed as soon as so many files are there, temporary ones too: each that is there is whole,
    and the next run finishes."""
    folder = portfolio(tmp_path / "roof", SMALL)
    seen = set()
    for wanted in (1, 3, 5):
        out = tmp_path / f"out-{wanted}"
        arguments = [sys.executable, "-m", "eicfinance", "appraise", folder, "--out", str(out)]
        started = subprocess.Popen(arguments, env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        while started.poll() is None and (not out.exists() or len(list(out.iterdir())) < wanted):
            time.sleep(0.001)
        started.send_signal(signal.SIGKILL)
        started.wait()
        seen.add(tuple(whole(out)))
        assert command("appraise", folder, "--out", str(out)).returncode == 0
        assert whole(out) == ["roof.html", "roof.json", "roof.xlsx"]
    assert len(seen) > 1


@POSIX
@pytest.mark.parametrize("kilobytes", [0, 10, 60])
def test_a_full_disk_ends_with_five_and_keeps_what_was_there(
    kilobytes: int, tmp_path: Path
) -> None:
    """A limit on the size of files stands for the full disk."""
    folder, out = portfolio(tmp_path / "roof", SMALL), tmp_path / "out"
    assert command("appraise", folder, "--out", str(out)).returncode == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    limited = (
        "import resource, runpy, sys; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes * 1024}, resource.RLIM_INFINITY)); "
        "sys.argv = ['eicfinance', *sys.argv[1:]]; runpy.run_module('eicfinance', "
        "run_name='__main__')"
    )
    arguments = [sys.executable, "-B", "-c", limited, "appraise", folder, "--out", str(out)]
    done = subprocess.run(arguments, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    assert str(out) in done.stderr
    assert "Traceback" not in done.stderr
    after = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {name: after[name] for name in before} == before
    assert set(after) == set(before)


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "case" / "portfolio.yaml").mkdir(parents=True)
    done = command("check", str(tmp_path / "case"))
    assert done.returncode == 5, done.stderr
    assert "portfolio.yaml" in done.stderr


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="an administrator may read and write all"
)
def test_no_right_to_read_or_write(tmp_path: Path) -> None:
    folder = Path(portfolio(tmp_path / "roof", SMALL))
    (tmp_path / "locked").mkdir(mode=0o500)
    done = command("appraise", str(folder), "--out", str(tmp_path / "locked" / "out"))
    assert done.returncode == 5
    assert "locked" in done.stderr
    (folder / "portfolio.yaml").chmod(0)
    done = command("check", str(folder))
    assert done.returncode == 5
    assert "portfolio.yaml" in done.stderr


@POSIX
def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    """``eicfinance list biogas | head -1`` ends quietly."""
    line = f"{sys.executable} -m eicfinance list biogas | head -1"
    done = subprocess.run(["sh", "-c", line], env=ENVIRONMENT, cwd=tmp_path, text=True,
                          capture_output=True, check=False)  # fmt: skip
    assert done.stdout.startswith("biogas")
    assert done.stderr == ""
