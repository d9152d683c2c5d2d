"""A file of changed figures, as the memo's page writes it: read, checked, appraised."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from eicfinance.appraisal.case import appraise, run_case
from eicfinance.cli import program
from eicfinance.portfolio.entries import Scenario
from eicfinance.portfolio.scenarios import in_scenario, values_of
from eicfinance.portfolio.source import BadInput
from tests.portfolios import BUNDLED, OWN, appraised

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.case import Case

CASES = {path.name: path for path in [*BUNDLED, *OWN]}


def with_file(name: str, folder: Path, changes: str) -> Case:
    path = folder / "cheap.yaml"
    path.write_text(f"name: cheap money\nchanges:\n{changes}\n", encoding="utf-8")
    return appraise(CASES[name], changes=path)


def test_it_is_the_case_run_with_these_inputs(tmp_path: Path) -> None:
    """Loans with steps, references, committed sources, the site, the economy, carbon credits: the
    models built anew give what the old ones give with the inputs moved."""
    for name, changes in {
        "one-roof": {"roof": {"loan_rate": 0.09, "capital_per_kwp": 30_000.0, "delay_months": 3.0},
                     "shop_site": {"load_per_year": 60_000.0}, "economy": {"inflation": 0.05}},
        "two-loans": {"plant": {"loan_bank_share": 0.3, "committed_1": 900_000.0,
                                "loan_bank_step_2_rate": 0.09}},
        "reserves": {"economy": {"reference_mlr": 0.05, "reference_mlr_step_1_rate": 0.08,
                                 "reference_mrr": 0.055}},
        "economic-farm": {"digester": {"carbon_crediting_years": 3.5, "grant_1": 0.1,
                                       "carbon_price": 300.0}},
    }.items():  # fmt: skip
        known = appraised(CASES[name])
        given = {
            place: {n: v for n, v in values.items() if any(
                n in m.inputs for m in known.models)} for place, values in changes.items()
        }  # fmt: skip
        lines = [f"  {place}: {json.dumps(values)}" for place, values in given.items()]
        assert sum(map(len, given.values())) >= 3, given
        case = with_file(name, tmp_path, "\n".join(lines))
        runs = run_case(known, given)
        for project in case.projects:
            for result in known.projects[project].model.results:
                found, wanted = (r[project].value(result) for r in (case.runs, runs))
                near = wanted and pytest.approx(wanted, rel=1e-9, abs=1e-6)
                assert found == near, (project, result)
        assert not any(run.failed_checks() for run in case.runs.values())


def test_every_figure_of_a_project_can_be_changed() -> None:
    """Whatever a scenario may name, in every portfolio, is put in its place."""
    for folder in CASES.values():
        for entry in appraised(folder).portfolio.projects:
            values = {n: replace(v, number=v.number + 0.5) for n, v in values_of(entry).items()}
            found = values_of(in_scenario(entry, Scenario("a", {entry.name: values})))
            assert found == values, (folder.name, entry.name)


def test_a_grant_for_a_project_that_has_none(tmp_path: Path) -> None:
    """A fifth of the capital cost, signed; paid as late as grants are by default."""
    case = with_file("one-roof", tmp_path, "  roof: {grant_1: 20%}")
    run = case.runs["roof"]
    assert run.value("grants") == pytest.approx(0.2 * (run.value("capital_cost") or 0))
    assert case.projects["roof"].entry.grants[0].committed
    assert case.projects["roof"].entry.grants[0].lag_months.number == 6


def test_results_say_that_they_are_changed(tmp_path: Path) -> None:
    case = with_file("one-roof", tmp_path, "  roof: {loan_rate: 9%}\n  economy: {inflation: 4%}")
    assert case.portfolio.title == "One roof, changed: cheap money"
    assert case.portfolio.notes[-2:] == (
        "roof.loan_rate: 6.5% a year changed to 9% a year by cheap.yaml",
        "economy.inflation: 2% a year changed to 4% a year by cheap.yaml",
    )
    assert set(case.portfolio.files) == {"portfolio.yaml", "cheap.yaml"}
    assert case.portfolio.sha256 != appraised(CASES["one-roof"]).portfolio.sha256
    source = case.projects["roof"].model.inputs["loan_rate"].text.source
    assert source.startswith("changed by cheap.yaml, was 6.5% a year: ")


WRONG = [
    (
        "  roof: {loan_rte: 9%}",
        "cheap.yaml:3:10: changes.roof.loan_rte",
        'did you mean "loan_rate"',
    ),
    ("  rof: {loan_rate: 9%}", "cheap.yaml:3:3: changes.rof", 'did you mean "roof"'),
    ("  roof: {loan_rate: 9}", "cheap.yaml:3:10", "for 9 per cent write 9%"),
    ("  roof: {loan_share: 1.2}", "cheap.yaml:3:10", "at most 1"),
    ("  roof: {capital_per_kwp: 3 THB/kg}", "cheap.yaml:3:10", "cannot be converted"),
    ("  roof: {grant_1: 3}", "cheap.yaml:3:10", "at most 1"),
    ("  roof: {grant_2: 10%}", "cheap.yaml:3:10", "unknown key"),
    ("  roof: {loan_tenor_months: 2}", "cheap.yaml:3:3", "ends before the plant is built"),
    ("  roof: {life_years: 40}", "cheap.yaml:3:3", "a life beyond the base's is not counted"),
    ("  {}", "cheap.yaml", "changes"),
]


@pytest.mark.parametrize(("changes", "place", "said"), WRONG, ids=[w[0].strip() for w in WRONG])
def test_what_is_wrong_is_said_with_its_place(
    changes: str, place: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as error:
        with_file("one-roof", tmp_path, changes)
    assert place in str(error.value)
    assert said in str(error.value)


def test_the_command(tmp_path: Path) -> None:
    """Results under a name of their own beside the base's; a missing file and a wrong one end with
    sentences and 5 and 3."""
    (tmp_path / "cheap.yaml").write_text("name: a\nchanges: {roof: {loan_rate: 9%}}\n")
    (tmp_path / "wrong.yaml").write_text("name: a\nchanges: {roof: {loan_rte: 9%}}\n")
    out = str(tmp_path / "out")
    cheap = str(tmp_path / "cheap.yaml")
    found = CliRunner().invoke(program, ["appraise", "one-roof", "--set", cheap, "--out", out])
    assert found.exit_code == 0, found.output
    assert "One roof, changed: a" in found.output
    names = {path.name for path in (tmp_path / "out").iterdir() if path.name[0] != "."}
    assert names == {f"one-roof-cheap.{end}" for end in ("xlsx", "html", "json")}
    data = json.loads((tmp_path / "out" / "one-roof-cheap.json").read_text(encoding="utf-8"))
    assert any("changed to 9% a year by cheap.yaml" in note for note in data["notes"])
    for name, code in (("missing.yaml", 5), ("wrong.yaml", 3)):
        found = CliRunner().invoke(program, ["appraise", "one-roof", "--set", str(tmp_path / name)])
        assert found.exit_code == code
        assert name in found.output
        assert "Traceback" not in found.output


def test_a_grant_above_the_capital_cost_is_placed_in_the_file(tmp_path: Path) -> None:
    """Found only when the case is run."""
    with pytest.raises(BadInput, match=r"cheap\.yaml:3:3: .*exceed the capital cost"):
        with_file("quarterly-farm", tmp_path, "  roof: {grant_1: 90 MTHB}")
