"""Rates that float over a reference, prepayment, and the size by what binds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy_financial as npf
import pytest

from eicfinance.appraisal.batch import part, unknowns
from eicfinance.appraisal.case import Case, appraise, run_case
from eicfinance.portfolio.source import BadInput
from eicfinance.reports.memo import content
from eicfinance.reports.view import as_data, view
from tests.appraisal.small import ECONOMY, generic, small

if TYPE_CHECKING:
    from pathlib import Path

RATES = [
    {"name": "mlr", "title": "MLR", "rate": 0.065, "rate_steps": [{"from_year": 4, "rate": 0.07}]},
    {"name": "mrr", "rate": 0.0675},
]
FLOATING = {"reference": "mlr", "margin": 0.01}


def case_of(folder: Path, economy: Any = (), **loan: Any) -> Case:
    """1,000,000 bought at closing, 200,000 a year for ten years; 70% lent over 96 months."""
    terms = {"share": 0.7, "tenor_months": 96} | loan
    economy = {"vat": 0, "inflation": 0, "reference_rates": RATES, **dict(economy)}
    return small(folder, [generic(finance={"loan": terms})], economy=economy)


# -- floating ----------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", ["nominal", "effective"])
def test_floating_is_its_sum_as_a_fixed_rate(tmp_path: Path, basis: str) -> None:
    """MLR of 6.5%, 7% from the fourth year, and 1% are 7.5% and 8%."""
    economy = {"loan_rate_basis": basis}
    floating = case_of(tmp_path, economy, **FLOATING).runs["plant"]
    steps = [{"from_year": 4, "rate": 0.08}]
    fixed = case_of(tmp_path, economy, rate=0.075, rate_steps=steps).runs["plant"]
    for name in ("loan.interest", "loan.principal", "equity_flow"):
        assert floating.series(name) == pytest.approx(fixed.series(name))


def test_one_reference_moves_all_that_refer_to_it(tmp_path: Path) -> None:
    projects = [
        generic(name, {"loan": {"share": 0.7, "tenor_months": 96, **FLOATING, "margin": margin}})
        for name, margin in (("one", 0.0), ("two", 0.02))
    ]
    case = small(tmp_path, projects, economy={"reference_rates": RATES})
    runs = run_case(case, {"economy": {"reference_mlr": 0.03}})
    assert runs["one"].value("loan.rate_per_period") == pytest.approx(0.03 / 12)
    assert runs["two"].value("loan.rate_per_period") == pytest.approx(0.05 / 12)


def test_a_scenario_may_move_the_reference(tmp_path: Path) -> None:
    """And to solve for a loan's rate is to solve for its margin."""
    scenarios = [{"name": "dear money", "changes": {"economy": {"reference_mlr": 0.12}}}]
    text = {"title": "t", "economy": ECONOMY | {"reference_rates": RATES}, "scenarios": scenarios,
            "borrowers": [{"name": "owner"}],
            "projects": [{"borrower": "owner"} | generic(finance={
                "loan": {"share": 0.7, "tenor_months": 96} | FLOATING})]}  # fmt: skip
    (tmp_path / "portfolio.yaml").write_text(json.dumps(text), encoding="utf-8")
    case = appraise(tmp_path)
    (scenario,) = case.portfolio.scenarios
    assert scenario.changes["economy"]["reference_mlr"].number == 0.12
    assert "reference_mlr" in unknowns(part(case, "plant", ["equity_npv"]))
    assert "loan_margin" in unknowns(part(case, "plant", ["equity_npv"]))


@pytest.mark.parametrize(
    ("loan", "said"),
    [
        ({"reference": ""}, "margin: this applies only where reference is given; here it is not"),
        ({"reference": "mlrr"}, 'unknown reference rate "mlrr".*mlr'),
        ({"margin": -0.07}, "the margin makes the rate -0.5% a year; allowed: at least 0"),
        ({"rate": 0.07}, "this applies only where reference is not given; .* change reference"),
        ({"rate_steps": [{"from_year": 2, "rate": 0.07}]}, "stand with its reference rate"),
    ],
)
def test_what_a_floating_rate_may_not_be(tmp_path: Path, loan: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        case_of(tmp_path, **(FLOATING | loan))


def test_reference_rates_have_names_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match='another reference rate is called "mlr"; rename'):
        case_of(tmp_path, {"reference_rates": [*RATES, RATES[0]]}, **FLOATING)


# -- prepayment --------------------------------------------------------------------------------


def test_prepayment_is_an_annuity_of_what_is_left(tmp_path: Path) -> None:
    """At the end of year 3 half of what is owed is repaid: instalments halve; 2% of it is a fee."""
    case = case_of(tmp_path, rate=0.06, prepayment_year=3, prepayment_share=0.5,
                   prepayment_fee=0.02)  # fmt: skip
    run = case.runs["plant"]
    instalment = npf.pmt(0.005, 96, -700_000)
    owed = npf.fv(0.005, 36, instalment, -700_000)
    assert run["loan.prepaid"][0, 36] == pytest.approx(owed / 2)
    assert run["loan.prepaid"].sum() == pytest.approx(owed / 2)
    assert run["loan.fee"][0, 36] == pytest.approx(0.02 * owed / 2)
    assert run["loan.service"][0, 1:37] == pytest.approx(instalment)
    assert run["loan.service"][0, 37:97] == pytest.approx(instalment / 2)
    assert run["equity_flow"][0, 36] == pytest.approx(200_000 / 12 - instalment - 0.51 * owed)
    assert run["dscr"][0, 36] == pytest.approx(200_000 / 12 / instalment)  # not a debt that is due


@pytest.mark.parametrize("repayment", ["equal_principal", "seasonal", "bullet"])
def test_all_prepaid_ends_the_loan(tmp_path: Path, repayment: str) -> None:
    case = case_of(tmp_path, rate=0.06, prepayment_year=2, prepayment_share=1, repayment=repayment)
    run = case.runs["plant"]
    assert run["loan.balance"][0, 24:] == pytest.approx(0, abs=1e-6)
    assert run["loan.service"][0, 25:] == pytest.approx(0, abs=1e-6)
    assert not run.failed_checks()


def test_nothing_is_prepaid_during_the_grace(tmp_path: Path) -> None:
    case = case_of(tmp_path, rate=0.06, grace_months=18, prepayment_year=1, prepayment_share=0.1)
    run = case.runs["plant"]
    assert run.value("loan.prepayment_period") == 18
    assert run["loan.prepaid"][0, 18] == pytest.approx(70_000)


# -- size --------------------------------------------------------------------------------------

BOUNDS = [  # share, target DSCR, target LLCR -> what binds, the loan; a service of 200,000/12 is
    (0.5, 1.3, 1.5, "share", 500_000),  # worth 1,268,253.63 over 96 months at 6%/12
    (1.0, 1.6, 1.5, "dscr", 1_268_253.63 / 1.6),
    (1.0, 1.3, 1.5, "llcr", 1_268_253.63 / 1.5),
    (1.0, 1.5, None, "dscr", 1_268_253.63 / 1.5),
]


@pytest.mark.parametrize(("share", "dscr", "llcr", "binds", "loan"), BOUNDS)
@pytest.mark.parametrize("repayment", ["equal_instalments", "sculpted"])
def test_the_least_of_three_limits_is_the_size(
    tmp_path: Path, share: float, dscr: float, llcr: float | None, binds: str, loan: float,
    repayment: str,
) -> None:  # fmt: skip
    """CFADS of 200,000 / 12 a month: PV over the tenor / target, for DSCR and LLCR alike, as it is
    level. The memo and the JSON name what binds."""
    terms = {"size": "dscr", "share": share, "target_dscr": dscr, "rate": 0.06}
    terms |= {"target_llcr": llcr} if llcr else {}
    case = case_of(tmp_path, repayment=repayment, **terms)
    run = case.runs["plant"]
    assert run.value("loan.debt") == pytest.approx(loan)
    shown = view(case)
    assert as_data(shown)["projects"][0]["size_bound_by"] == {"loan": binds}
    words = {"share": "share of cost", "dscr": "target DSCR", "llcr": "target LLCR"}
    sized = content(shown)["projects"][0]["debt"]["sized"]
    assert [which for _, which in sized] == [words[binds]]
    reached = {"share": run.value("loan_to_cost"), "dscr": run.value("dscr_min"),
               "llcr": run.value("llcr")}  # fmt: skip
    assert reached[binds] == pytest.approx({"share": share, "dscr": dscr, "llcr": llcr}[binds])


@pytest.mark.parametrize("treatment", ["before_tax", "after_tax"])
def test_cfads_of_the_size_is_the_projects(tmp_path: Path, treatment: str) -> None:
    """20% tax on what is left after depreciation and interest leaves less for an LLCR of 1.4."""
    loan = {"size": "dscr", "share": 1, "target_dscr": 1, "target_llcr": 1.4, "rate": 0.06,
            "tenor_months": 96}  # fmt: skip
    plant = generic(finance={"cfads": treatment, "loan": loan})
    case = small(tmp_path, [plant], borrower={"tax_regime": "company"}, economy={"vat": 0,
                 "inflation": 0})  # fmt: skip
    run = case.runs["plant"]
    cfads = run["cfads"][0, 1:97]
    worth = sum(cash / 1.005**k for k, cash in enumerate(cfads, start=1))
    assert run.value("loan.debt") == pytest.approx(worth / 1.4)
    assert run["tax.tax"][0, 1:97].sum() > 0
    assert (cfads.sum() < 200_000 * 8 - 1) == (treatment == "after_tax")
