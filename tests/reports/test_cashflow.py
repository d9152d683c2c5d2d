"""All lines of a project as CSV or JSON."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from eicfinance.cli import program
from eicfinance.reports.cashflow import as_csv
from tests.portfolios import BUNDLED, appraised

ROOF = next(path for path in BUNDLED if path.name == "one-roof")


def printed(*more: str) -> str:
    done = CliRunner().invoke(program, ["cashflow", str(ROOF), "--project", "roof", *more])
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def test_years_are_those_of_the_model() -> None:
    rows = list(csv.reader(io.StringIO(printed())))
    run = appraised(ROOF).runs["roof"]
    assert rows[0] == [
        "name",
        "label",
        "unit",
        "section",
        *(f"{k} ({2027 + k}-01)" for k in range(27)),
    ]
    found = {row[0]: row[4:] for row in rows[1:]}
    assert set(found) == {n for n in run.model.lines if not n.startswith("check_")}
    assert [float(x) for x in found["cfads"]] == run.annual("cfads")
    assert found["dscr"][0] == ""  # nothing is due


def test_periods_as_json() -> None:
    table = json.loads(printed("--by", "period", "--format", "json"))
    assert table["columns"][:2] == ["0 (2027-01)", "1 (2027-02)"]
    lines = {line["name"]: line for line in table["lines"]}
    run = appraised(ROOF).runs["roof"]
    assert lines["loan.balance"]["values"] == run.series("loan.balance")
    assert lines["loan.balance"]["unit"] == "THB"


def test_unknown_project() -> None:
    done = CliRunner().invoke(program, ["cashflow", str(ROOF), "--project", "rof"])
    assert done.exit_code == 2
    assert 'did you mean "roof"' in done.stderr


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_text_stays_text(text: str) -> None:
    line = {"name": "a", "label": text, "unit": "1", "section": "s", "values": [None, 1.5]}
    table = {"columns": ["0", "1"], "lines": [line]}
    assert as_csv(table).splitlines()[1] == f"a,'{text},1,s,,1.5"
