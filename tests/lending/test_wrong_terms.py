"""Wrong terms of a lending scheme: a sentence with file, line and column, never a figure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from eicfinance.appraisal.case import appraise
from eicfinance.appraisal.comparison import compare
from eicfinance.cli import program
from eicfinance.lending import schemes
from tests.appraisal.small import generic, small

pytestmark = pytest.mark.slow

HEAD = """title: Wrong terms
economy:
  currency: THB
  closing: 2027-01
  appraisal_date: 2026-11-22
  discount_rates: {project: 8%, equity: 12%}
borrowers:
  - {name: owner, tax_regime: none}
projects:
  - name: plant
    borrower: owner
    technology: generic
    inputs: {plant_cost: 100000, benefit_per_year: 30000, life_years: 4, construction_months: 6}
lending:
"""
LENDING = HEAD.count("\n") + 1  # the line of the first scheme
WRONG: list[tuple[str, str, int, str]] = [  # what, the lines, which of them, what is said of it
    ("tenor 0", "  - scheme: term_loan\n    inputs: {tenor_months: 0}",
     2, r"tenor_months: .*at least 1"),
    ("down payment 120%", "  - scheme: vendor_financing\n    inputs: {down_payment: 120%}",
     2, r"down_payment: .*at most"),
    ("fee above the loan", "  - scheme: term_loan\n    inputs: {upfront_fee: 110%}",
     2, r"upfront_fee: .*at most"),
    ("first loss of -5%", "  - scheme: franchising\n    inputs: {first_loss: -5%}",
     2, r"first_loss: .*at least 0"),
    ("a group of one", "  - scheme: group_lending\n    inputs: {members: 1, cover_limit: 50%}",
     2, r"members: .*at least 2"),
    ("unknown scheme", "  - scheme: term_lone", 1, r'unknown scheme "term_lone".*term_loan'),
    ("unknown project", "  - scheme: term_loan\n    project: plantt",
     2, r'there is no project "plantt".*plant'),
    ("twice without a name", "  - scheme: term_loan\n  - scheme: term_loan",
     2, r'another scheme is called "term_loan"; name this one'),
    ("two of a name", "  - {scheme: term_loan, name: ours}\n  - {scheme: leasing, name: ours}",
     2, r'another scheme is called "ours"'),
    ("name of another scheme", "  - scheme: term_loan\n    name: leasing",
     1, r'"leasing" is the name of another scheme'),
    ("names that would meet", "  - {scheme: term_loan, name: a}\n"
     "  - {scheme: soft_loan, name: a_contract, inputs: {tenor_months: 24}}",
     2, r'"plant_a_contract".*rename'),
    ("exit after the project's end", "  - scheme: equity_partner\n    inputs: {exit_years: 6}",
     1, r"exit_years: .*72 months, but the project plant after 60; shorten it"),
    ("tenor beyond the project", "  - scheme: leasing\n    inputs: {tenor_months: 61}",
     1, r"tenor_months: .*61 months, but the project plant after 60; shorten it"),
    ("instalments beyond it", "  - scheme: group_lending\n    inputs: {instalments: 261}",
     1, r"instalments: .*60.2308 months, but the project plant after 60; shorten it"),
    ("paid back before it is built", "  - scheme: group_lending\n    inputs: {instalments: 20}",
     1, r"instalments: .*while plant is built \(6\); lengthen it"),
    ("grace as long as the tenor",
     "  - scheme: term_loan\n    inputs: {tenor_months: 24, grace_months: 24}",
     1, r"tenor_months: .*within its grace.*\(24\); lengthen it"),
    ("unknown interval", "  - scheme: term_loan\n    choices: {instalments_fall: daily}",
     2, r"instalments_fall: .*weekly"),
    ("figure of another scheme", "  - scheme: term_loan\n    inputs: {first_loss: 5%}",
     2, r"first_loss"),
    ("wrong unit", "  - scheme: term_loan\n    inputs: {tenor_months: 3 kWh}", 2, r"tenor_months"),
    ("no scheme", "  - name: ours", 1, r"scheme: .*missing|scheme"),
]  # fmt: skip


def run(folder: Path, command: str, *options: str) -> Result:
    return CliRunner().invoke(program, [command, str(folder), *options])


@pytest.mark.parametrize("command", ["check", "compare"])
@pytest.mark.parametrize(("title", "lines", "which", "said"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_terms(
    title: str, lines: str, which: int, said: str, command: str, tmp_path: Path
) -> None:
    (tmp_path / "portfolio.yaml").write_text(f"{HEAD}{lines}\n", encoding="utf-8")
    done = run(tmp_path, command, *(("--project", "plant") if command == "compare" else ()))
    assert done.exit_code == 3, (title, done.output)
    assert "Traceback" not in done.output
    place = rf"portfolio\.yaml:{LENDING + which - 1}:\d+: "
    assert re.search(f"{place}.*{said}", done.stderr), done.stderr


def test_what_is_just_within_the_project_is_read(tmp_path: Path) -> None:
    """The last month, week and year; and the first that is after building."""
    lines = """  - {scheme: leasing, inputs: {tenor_months: 60}}
  - {scheme: group_lending, inputs: {instalments: 260}}
  - {scheme: equity_partner, inputs: {exit_years: 5}}
  - {scheme: term_loan, inputs: {tenor_months: 7, grace_months: 6}}
"""
    (tmp_path / "portfolio.yaml").write_text(HEAD + lines, encoding="utf-8")
    done = run(tmp_path, "compare", "--project", "plant")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(("option", "word", "meant"), [
    ("--schemes", "nonsense", ""), ("--schemes", "term_lone", "term_loan"),
    ("--schemes", "leasing,laesing", "leasing"), ("--project", "plantt", "plant"),
])  # fmt: skip
def test_wrong_words_of_the_command(option: str, word: str, meant: str, tmp_path: Path) -> None:
    (tmp_path / "portfolio.yaml").write_text(f"{HEAD}  []\n", encoding="utf-8")
    options = {"--project": "plant", option: word}
    done = run(tmp_path, "compare", *(text for pair in options.items() for text in pair))
    assert done.exit_code == 2, done.output
    assert word.split(",")[-1] in done.stderr
    assert meant in done.stderr


@pytest.mark.parametrize(("years", "building", "grace"), [(1, 0, 0), (1, 14, 0), (3, 24, 26)])
@pytest.mark.parametrize("name", schemes())
def test_a_scheme_by_default_fits_a_short_project(
    name: str, years: int, building: int, grace: int, tmp_path: Path
) -> None:
    """It begins after building and grace and ends with the project, on both timelines alike."""
    months = -(-(years * 12 + building) // 12) * 12
    loan = {"share": 0.5, "rate": 0.08, "tenor_months": months, "grace_months": grace}
    plant = generic(finance={"loan": loan}, life_years=years, construction_months=building)
    case = small(tmp_path, [plant])
    assert appraise(tmp_path).projects
    (one,) = (found := compare(case, "plant", [name])).offers
    assert not any(made.failed_checks() for made in found.runs.values())
    deal, contract = found.runs[one.deal.name], found.runs[one.contract.name]
    if one.deal is not one.contract:
        prefix = {"leasing": "lease", "vendor_financing": "credit"}.get(name, "loan")
        last = deal.value(f"{prefix}_tenor_periods") or 0
        assert building < last <= months
        number = contract.value(f"{prefix}_instalments")
        assert number == pytest.approx(deal.value(f"{prefix}_instalments"), abs=1)
