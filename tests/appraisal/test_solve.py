"""Solving for one input: against closed forms, identities and the model run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from eicfinance.appraisal.batch import UnknownName
from eicfinance.appraisal.case import Case, run_case
from eicfinance.appraisal.solve import BESIDE, solve
from tests.appraisal.small import generic, small
from tests.portfolios import BUNDLED, OWN, appraised

pytestmark = pytest.mark.slow

TWO = next(path for path in OWN if path.name == "two-loans")
ROOF = next(path for path in BUNDLED if path.name == "one-roof")


def again(case: Case, key: str, value: float, result: str) -> float:
    found = run_case(case, {"roof": {key: value}})["roof"].value(result)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("key", "name", "target"),
    [
        ("tariff", "energy_charge", "equity_irr=0.12"),
        ("energy_charge", "energy_charge", "equity_irr=12%"),
        ("rate", "loan_rate", "equity_npv=300000"),
        ("gearing", "loan_share", "dscr_min=1.2"),
        ("capital_per_kwp", "capital_per_kwp", "project_npv=0 THB"),
        ("om_fixed", "om_fixed", "dscr_average=1.3"),
    ],
)
def test_the_target_is_met_by_the_whole_model(key: str, name: str, target: str) -> None:
    case = appraised(ROOF)
    found = solve(case, "roof", key, target)
    result = target.split("=")[0]
    value = found.answer.value
    assert value is not None
    assert found.answer.unknown.key == name
    assert again(case, name, value, result) == pytest.approx(
        found.answer.target, rel=1e-8, abs=1e-3
    )
    assert found.after is not None
    assert set(found.after) == {result, *BESIDE}
    assert found.before["project_npv"] == case.runs["roof"].value("project_npv")
    assert found.failed == {}


def test_the_owners_rate_is_the_hurdle_at_which_his_npv_is_nil() -> None:
    """Equity IRR 12% and equity NPV nil at 12% are one tariff."""
    case = appraised(ROOF)
    by_rate = solve(case, "roof", "tariff", "equity_irr=12%").answer.value
    by_npv = solve(case, "roof", "tariff", "equity_npv=0").answer.value
    assert by_rate == pytest.approx(by_npv, rel=1e-9)


def test_the_tariff_is_the_levelised_cost(tmp_path: Path) -> None:
    """Prices constant, losses absorbed: the price at which the owner's NPV is nil, less income tax,
    is the base's levelised cost after tax relief; with it the price is the one with all taxes."""
    flat = {"inflation": 0, "income_tax_rate": 0.2}
    loan = {"share": 0.6, "rate": 0.07, "tenor_months": 72}
    plant = generic(finance={"loan": loan}, benefit_per_year=0, energy_per_year=50_000,
                    energy_price=6, om_fixed=20_000)  # fmt: skip
    owner = {"tax_regime": "company", "losses": "absorbed"}
    case = small(tmp_path, [plant], borrower=owner, economy=flat)
    found = solve(case, "plant", "energy_price", "equity_npv=0")
    base = case.runs["plant"].value("lcoe_nominal")
    assert base is not None
    assert found.answer.value == pytest.approx(base / (1 - 0.2), rel=1e-9)
    assert found.answer.value is not None
    after = run_case(case, {"plant": {"energy_price": found.answer.value}})["plant"]
    assert after.value("lcoe_nominal_all_taxes") == pytest.approx(found.answer.value, rel=1e-9)


@pytest.mark.parametrize("target", [1.3, 1.45, 1.5, 1.7])
def test_a_tenor_is_the_smallest_whole_month(target: float) -> None:
    case = appraised(ROOF)
    months = solve(case, "roof", "tenor", f"dscr_min={target}").answer.value
    assert months is not None
    assert months == round(months)
    assert again(case, "loan_tenor_months", months, "dscr_min") >= target
    assert again(case, "loan_tenor_months", months - 1, "dscr_min") < target


def test_at_most_takes_the_other_side_of_a_step() -> None:
    """The longest delay with an equity IRR of 20% at least, and the shortest with less."""
    case = appraised(ROOF)
    least = solve(case, "roof", "delay_months", "equity_irr>=20%").answer
    most = solve(case, "roof", "delay_months", "equity_irr<=20%").answer
    assert least.value is not None
    assert most.value == least.value + 1
    assert "equity_irr is" in least.reason


def test_a_grant(tmp_path: Path) -> None:
    """A plant of 1,000,000 with 100,000 a year for ten years, all at closing, at 8%: the annuity is
    worth 671,008, so a grant paid at once must be 328,992; where the share is asked for, 32.9%."""
    worth = 100_000 * (1 - 1.08**-10) / 0.08
    for kind, scale in (("amount", 1.0), ("share", 1e6)):
        grant = {"name": "fund", kind: 0, "lag_months": 0}
        plant = generic(finance={"grants": [grant]}, benefit_per_year=100_000)
        economy = {"periods_per_year": 1, "inflation": 0, "vat": 0}
        case = small(tmp_path, [plant], economy=economy)
        found = solve(case, "plant", "grant", "project_npv=0").answer
        assert found.value == pytest.approx((1_000_000 - worth) / scale, rel=1e-9)
        assert found.change is None


def test_a_grant_where_there_is_none() -> None:
    """It is given one of nil, which changes nothing; the answer says what it took for granted."""
    case = appraised(ROOF)
    found = solve(case, "roof", "grant", "npv=1000000")
    assert found.note == "a grant is taken to be paid 6 months after commissioning"
    assert found.before["project_npv"] == pytest.approx(case.runs["roof"].value("project_npv"))
    assert found.after is not None
    assert found.after["project_npv"] == pytest.approx(1e6)
    assert found.answer.unknown.key == "grant_1"
    cost = case.runs["roof"].value("capital_cost")
    assert found.answer.unknown.most == pytest.approx(cost)
    assert found.failed == {}
    assert not case.projects["roof"].entry.grants


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("rate", "loan_soft_rate"), ("tenor", "loan_soft_tenor_months"),
        ("gearing", "loan_soft_amount"), ("loan_bank_rate", "loan_bank_rate"),
    ],
)  # fmt: skip
def test_short_names_are_those_of_the_first_loan(key: str, name: str) -> None:
    case = appraised(TWO)
    found = solve(case, "plant", key, "dscr>=1.35")
    assert found.answer.unknown.key == name
    assert ("first loan, Loan: soft" in found.note) == (key != name)
    value = found.answer.value
    assert value is not None
    run = run_case(case, {"plant": {name: value}})["plant"]
    reached = run.value("dscr_min")
    assert reached is not None
    assert reached == pytest.approx(1.35, rel=1e-7) or (key == "tenor" and reached > 1.35)


@pytest.mark.parametrize(
    ("target", "result"),
    [("llcr=1.6", "llcr"), ("llcr_min>=1.5", "llcr_min"), ("plcr=3", "plcr"),
     ("gap=900000", "gap_with_loan_depth"), ("irr=15%", "project_irr"), ("npv=1", "project_npv")],
)  # fmt: skip
def test_targets_of_a_lender(target: str, result: str) -> None:
    case = appraised(ROOF)
    found = solve(case, "roof", "capital_per_kwp", target).answer
    assert found.result == result
    assert found.value is not None
    assert again(case, "capital_per_kwp", found.value, result) == pytest.approx(
        found.target, rel=1e-7, abs=1e-3
    )


def test_no_loan_has_no_rate(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="has no loan; give it one in the portfolio"):
        solve(small(tmp_path, [generic()]), "plant", "rate", "project_npv=0")


def test_no_solution_is_an_answer() -> None:
    """The nearest is at a limit: even a loan for nothing leaves the levelised cost above 2.50."""
    case = appraised(ROOF)
    found = solve(case, "roof", "rate", "lcoe_nominal_all_taxes=2.5")
    assert found.after is None
    assert found.answer.value is None
    assert found.answer.nearest == 0
    lowest = again(case, "loan_rate", 0.0, "lcoe_nominal_all_taxes")
    assert found.answer.reached == pytest.approx(lowest)
    assert "stays between" in found.answer.reason
    idle = solve(case, "roof", "tariff", "gearing=3").answer
    assert (idle.value, idle.nearest) == (None, None)
    assert idle.reason == "gearing does not depend on energy_charge"


@pytest.mark.parametrize(
    ("project", "key", "target", "said"),
    [
        ("rof", "tariff", "equity_irr=0.12", 'did you mean "roof"'),
        ("roof", "energy_charg", "equity_irr=0.12", 'did you mean "energy_charge"'),
        ("roof", "tariff", "equity_ir=0.12", 'did you mean "equity_irr"'),
        ("roof", "tariff", "equity_irr", "write RESULT=VALUE"),
        ("roof", "tariff", "equity_irr=much", "not a figure"),
        ("roof", "tariff", "equity_irr=3 kWh", "the target is in 1"),
    ],
)
def test_what_cannot_be_asked(project: str, key: str, target: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        solve(appraised(ROOF), project, key, target)


def test_without_a_tariff(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no tariff that pays"):
        solve(small(tmp_path, [generic()]), "plant", "tariff", "project_npv=0")
