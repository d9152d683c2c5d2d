"""Lending schemes on projects: the project's own loan again, order of points of view, reports."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from eicfinance.appraisal.case import Case
from eicfinance.appraisal.comparison import VIEWS, UnknownScheme, compare, rank
from eicfinance.cli import program
from eicfinance.lending import schemes
from eicfinance.reports.lending import as_data, as_text
from tests.portfolios import BUNDLED, OWN, appraised

pytestmark = pytest.mark.slow

ONE_ROOF = next(path for path in BUNDLED if path.name == "one-roof")
ALL = next(path for path in OWN if path.name == "all-schemes")


@pytest.fixture(scope="module")
def roof() -> Case:
    return appraised(ONE_ROOF)


def test_a_term_loan_by_default_is_the_projects_own(roof: Case) -> None:
    """The scheme takes its terms from the loan, and comes to the same balance every month."""
    found = compare(roof, "roof", ["term_loan"])
    deal, own = found.runs["roof_term_loan"], roof.runs["roof"]
    for ours, theirs in (("loan_balance", "loan.balance"), ("loan_interest", "loan.interest"),
                         ("loan_principal", "loan.principal")):  # fmt: skip
        np.testing.assert_allclose(deal[ours][0], own[theirs][0], atol=1e-6)
    before_tax = own["equity_flow"][0] + own["tax.tax"][0] - own["project_tax.tax"][0]
    np.testing.assert_allclose(deal["user_cash"][0], before_tax, atol=1e-6)


def test_all_schemes_are_compared(roof: Case) -> None:
    found = compare(roof, "roof")
    assert [o.scheme.name for o in found.offers] == list(schemes())
    assert all(not run.failed_checks() for run in found.runs.values())


def test_schemes_are_chosen_by_name(roof: Case) -> None:
    found = compare(roof, "roof", ["leasing", "term_loan"])
    assert {o.scheme.name for o in found.offers} == {"leasing", "term_loan"}
    with pytest.raises(UnknownScheme, match='did you mean "leasing"'):
        compare(roof, "roof", ["leesing"])


def test_the_portfolios_own_terms_come_first() -> None:
    found = compare(appraised(ALL), "plant")
    asked = [o for o in found.offers if o.entry.asked]
    assert len(asked) == len(found.offers) == 12  # vendor financing twice, nothing by default
    assert found.figure(found.offers[0], "reducing_rate") == pytest.approx(0.09)


@pytest.mark.parametrize(("name", "project"), [
    ("chachoengsao", "pig_biogas"), ("chachoengsao", "guard_houses"), ("nepal-biogas", "digester"),
    ("wesco-kerala", "digester"), ("icici-partnership", "home_light"),
])  # fmt: skip
def test_a_term_loan_on_its_own_terms_is_the_projects_loan(name: str, project: str) -> None:
    """Two ways to the same figures where interest saves no tax: the scheme's deal, and the
    project's own finance with its cover, gap and policy."""
    case = appraised(next(path for path in BUNDLED if path.name == name))
    found, run = compare(case, project, ["term_loan"]), case.runs[project]
    (term,) = found.offers
    for own, theirs in (("equity_irr", "user_irr"), ("dscr_min", "user_dscr_min"),
                        ("gap_with_loan_depth", "user_gap_depth"), ("loan.debt", "put_in"),
                        ("loan_to_cost", "user_loan_share"),
                        ("loan_tenor_longest", "user_tenor")):  # fmt: skip
        assert found.figure(term, theirs) == pytest.approx(run.value(own), rel=1e-9), own
    for line in ("dscr_min", "loan_share_max", "equity_irr_min", "tenor_max"):
        assert found.figure(term, f"met_{line}") == run.value(f"met_{line}"), line


@pytest.mark.parametrize("whose", VIEWS)
def test_order(whose: str) -> None:
    """Each place is no worse than the next by what the view looks at first."""
    found = compare(appraised(ALL), "plant")
    best, others = rank(found, whose)
    name, less = VIEWS[whose][0]
    figures = [found.figure(o, name) for o in best]
    values = [v if less else -v for v in figures if v is not None]
    assert len(values) == len(best) > 1
    assert values == sorted(values)
    assert {id(o) for o in [*best, *others]} == {id(o) for o in found.offers}
    assert all(found.figure(o, name) is None for o in others)


def test_without_a_rate_there_is_no_value(roof: Case) -> None:
    """One roof gives no lender's cost of funds: the bank's value is not told, and it is said."""
    found = compare(roof, "roof", ["term_loan"])
    assert found.figure(found.offers[0], "bank_npv") is None
    assert found.figure(found.offers[0], "bank_yield") == pytest.approx((1 + 0.065 / 12) ** 12 - 1)
    assert "does not give" in as_text(found, "bank", "THB")


def test_as_data_is_the_same(roof: Case) -> None:
    found = compare(roof, "roof", ["term_loan", "leasing"])
    data = json.loads(json.dumps(as_data(found), allow_nan=False))
    assert data["order"]["borrower"]
    loan = next(s for s in data["schemes"] if s["name"] == "term_loan")
    assert loan["results"]["apr"] == pytest.approx(0.065)
    assert loan["terms"]["tenor_months"] == 96


def test_command() -> None:
    run = CliRunner().invoke
    done = run(program, ["compare", str(ONE_ROOF), "--project", "roof", "--schemes",
                         "term_loan,leasing", "--format", "json"])  # fmt: skip
    assert done.exit_code == 0, done.output
    assert {s["name"] for s in json.loads(done.stdout)["schemes"]} == {"term_loan", "leasing"}
    text = run(program, ["compare", str(ONE_ROOF), "--project", "roof", "--view", "bank"])
    assert "in no order for the bank" in text.output
    assert "(economy: discount_rates: lender)" in text.output
    for wrong in (["--project", "rof"], ["--project", "roof", "--schemes", "lone"]):
        bad = run(program, ["compare", str(ONE_ROOF), *wrong])
        assert bad.exit_code == 2
        assert "there is no" in bad.output
