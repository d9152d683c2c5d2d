"""What `eicfinance list` says that a portfolio may hold."""

import re

import pytest
from click.testing import CliRunner

from eicfinance.appraisal.case import declarations
from eicfinance.cli import program
from eicfinance.portfolio.sections import sections

SECTIONS = {item.name: (item, model) for item, model in sections(declarations())}


def listed(*args: str) -> str:
    done = CliRunner().invoke(program, ["list", *args])
    assert done.exit_code == 0, done.output
    return done.output


def test_everything_that_may_be_listed_is_named() -> None:
    names = {line.split()[0] for line in listed().splitlines() if line.startswith("  ")}
    assert names >= {"biogas", "solar", "premises", "economy", "tariffs", "loan", "credit_policy"}
    declared = declarations()
    assert names == {*declared.technologies, *declared.sites, *declared.schemes, *SECTIONS}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_shows_every_key_and_what_it_means(name: str) -> None:
    item, model = SECTIONS[name]
    text = listed(name)
    keys = {line.split()[0] for line in text.splitlines() if re.match(r"  \S", line)}
    figures = {figure.name.removeprefix(item.prefix) for figure in item.figures}
    words = {choice.name for choice in item.choices} | {season.name for season in item.seasons}
    assert keys == {*model.model_fields, *figures, *words}
    assert all(field.description and field.description in text
               for field in model.model_fields.values())  # fmt: skip
    for other in re.findall(r"eicfinance list (\w+)", text):
        assert other in SECTIONS or other == "and"


def test_what_stands_beside_a_key() -> None:
    loan, economy, biogas = listed("loan"), listed("economy"), listed("biogas")
    assert re.search(r"tenor_months +month +must be given, usual 12 to \d+\n +Tenor from", loan)
    assert "equal_instalments | equal_principal | seasonal | sculpted | bullet; default" in loan
    assert re.search(r"currency +must be given: three capital letters", economy)
    assert re.search(r"discount_rates +block: project and equity at least", economy)
    assert re.search(r"general +% a year +may be left out", listed("escalation"))
    assert re.search(r"heat +kWh +Heat load, required \[only where use is heat or", biogas)
