"""`eicfinance explain`: every name, with its formula, and uses and feeds that agree."""

from __future__ import annotations

import re

from click.testing import CliRunner

from eicfinance.cli import program
from eicfinance.model.expr import walk
from eicfinance.reports.explain import explain, items_of, names
from tests.portfolios import ROOT, appraised


def said(*arguments: str) -> str:
    done = CliRunner().invoke(program, ["explain", *arguments])
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def test_a_line() -> None:
    assert said("cfads").splitlines() == [
        "cfads: Cash available for debt service (CFADS)",
        "  line, in THB; section Cash flow; after tax",
        "  Formula: cfads = cfads_before_tax - tax.tax * operating",
        "  In words: [CFADS before tax] - [Income tax (relief negative)] × [Operating]",
        "  Uses:",
        "    cfads_before_tax: CFADS before tax",
        "    tax.tax: Income tax (relief negative)",
        "    operating: Operating",
        "  Feeds:",
        "    cfads_total: CFADS so far",
        "    llcr_cfads: LLCR: CFADS, discounted to closing",
        "    plcr_cfads: PLCR: CFADS, discounted to closing",
        "    repay_cash: Cash of the period before debt service",
        "Stands in: roof.",
        "Portfolio: One roof.",
    ]


def test_results_inputs_constants_seasons() -> None:
    assert "dscr_min = lowest(dscr_repaying)" in said("dscr_min")
    assert "loan.debt = loan_share * max(0, capital_cost - grants)" in said("loan.debt")
    rate = said("discount_project")
    assert "input, in 1/year" in rate
    assert "Value: 0.08" in rate
    cost = said("capital_per_kwp")
    assert "Range: 18,000 to 40,000\n  Source: vendor pages of 2026" in cost
    assert "season, a plain number" in said("season_sun")
    assert "constant, in month/year" in said("months_per_year")


def test_a_name_that_the_first_case_does_not_have() -> None:
    text = said("husk_price")
    assert "Portfolio: Chachoengsao rice cluster." in text
    assert "Stands in: husk_plant." in text
    assert "in THB/kg" in text  # that of another project
    assert "Is the line husk of mill_site." in said("husk_given")
    assert "handed on to husk_plant" in said("husk", "chachoengsao")


def test_a_name_that_is_none() -> None:
    done = CliRunner().invoke(program, ["explain", "cfad"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert 'did you mean "cfads"?' in done.stderr
    done = CliRunner().invoke(program, ["explain", "husk_price", "one-roof"])
    assert done.exit_code == 2
    assert "nothing is named 'husk_price' in one-roof" in done.stderr


def test_every_name_has_an_explanation_and_what_uses_is_fed() -> None:
    case = appraised(ROOT / "portfolios" / "one-roof")
    texts = {name: explain(case, name) for name in names(case)}
    assert all(text.startswith(f"{name}: ") for name, text in texts.items())
    for model in case.models:
        checks = [check.failures for check in model.checks]
        for row in model.rows:
            if row.formula is None or row in checks:
                continue
            label = f"    {row.text.name}: {re.escape(row.text.label)}$"
            items = items_of(model)
            for name in (n for n in items if items[n] in walk(row.formula)):
                feeds = texts[name].split("  Feeds:", 1)[1]
                assert re.search(label, feeds, re.M), (name, row.text.name)
                assert f"    {name}: " in texts[row.text.name].split("  Uses:", 1)[1]
