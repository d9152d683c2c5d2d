"""The least support of each kind: against hand cases, identities, and the model run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from eicfinance.appraisal.batch import UnknownName
from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.public_cost import NoPublicRate, public_rate
from eicfinance.appraisal.subsidy import (
    JUSTIFIED,
    LOSES,
    NOT_ASSESSED,
    PAYS,
    Subsidy,
    Support,
    subsidies,
    subsidy,
)
from eicfinance.appraisal.support import (
    BUY_DOWN,
    GRANTED,
    GUARANTEE,
    HOLIDAY,
    SOFT,
    TARIFF,
    kinds,
    supported,
)
from eicfinance.appraisal.trial import trial
from eicfinance.cli import program
from tests.appraisal.small import generic, small
from tests.portfolios import BUNDLED, OWN, appraised

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case

pytestmark = pytest.mark.slow

PUBLIC = 0.03
RATES = {"project": 0.08, "equity": 0.12, "public": PUBLIC}
LOAN = {"share": 0.7, "rate": 0.07, "tenor_months": 60}
CLUSTER = next(path for path in BUNDLED if path.name == "chachoengsao")
BY_NAME = {path.name: path for path in (*BUNDLED, *OWN)}


def annuity(rate: float, years: int) -> float:
    """Present value of 1 a year."""
    return sum((1 + rate) ** -t for t in range(1, years + 1))


def plant(
    folder: Path, finance: dict[str, Any] | None = None, taxed: bool = False,
    rates: dict[str, float] | None = None, economy: dict[str, Any] | None = None, **inputs: Any,
) -> Case:  # fmt: skip
    """A plant of 1,000,000 bought at closing, year by year, prices constant, no VAT."""
    flat = {"periods_per_year": 1, "inflation": 0, "vat": 0, "income_tax_rate": 0.2,
            "discount_rates": rates or RATES}  # fmt: skip
    owner = {"tax_regime": "company", "losses": "absorbed"} if taxed else {}
    return small(folder, [generic(finance=finance, **inputs)], borrower=owner,
                 economy=flat | (economy or {}))  # fmt: skip


def of(found: Subsidy, kind: str) -> Support:
    return next(one for one in found.supports if one.kind.name == kind)


def again(case: Case, one: Support, amount: float, result: str) -> float | None:
    """A result with so much of a support, from the whole models."""
    backed = supported(case, ["plant"])
    changes: dict[str, dict[str, float]] = {}
    for (place, name), value in one.kind.at(amount).items():
        changes.setdefault(place, {})[name] = value
    return run_case(backed, changes)["plant"].value(result)


# -- by hand ------------------------------------------------------------------------------------


def test_a_grant_that_lifts_the_npv_to_nil(tmp_path: Path) -> None:
    """100,000 a year for ten years at 8% are worth 671,008; the grant comes a year later:
    (1,000,000 - 671,008) x 1.08 = 355,311. The public pays it in that year."""
    case = plant(tmp_path, benefit_per_year=100_000)
    one = of(subsidy(case, "plant", ["project_npv>=0"]), GRANTED)
    given = (1e6 - 1e5 * annuity(0.08, 10)) * 1.08
    assert one.amount == pytest.approx(given, rel=1e-9)
    assert given == pytest.approx(355_311, abs=1)
    assert one.cost is not None
    assert one.cost.present == pytest.approx(given / 1.03, rel=1e-9)
    assert one.cost.undiscounted == pytest.approx(given, rel=1e-9)
    assert one.cost.private == pytest.approx(1e6 - given, rel=1e-9)
    assert one.cost.per_private == pytest.approx(given / 1.03 / (1e6 - given), rel=1e-9)
    assert one.cost.sdi is None


def test_a_grant_beside_another(tmp_path: Path) -> None:
    """What a grant of 100,000, paid at closing, leaves: 108,000 less a year later."""
    finance = {"grants": [{"name": "fund", "amount": 100_000, "lag_months": 0}]}
    one = of(subsidy(plant(tmp_path, finance, benefit_per_year=100_000), "plant",
                     ["project_npv>=0"]), GRANTED)  # fmt: skip
    given = (1e6 - 1e5 * annuity(0.08, 10)) * 1.08 - 108_000
    assert one.amount == pytest.approx(given, rel=1e-9)
    assert one.kind.most == 900_000
    assert one.cost is not None
    assert one.cost.undiscounted == pytest.approx(given, rel=1e-9)


def test_a_grant_that_lifts_the_owners_rate(tmp_path: Path) -> None:
    """150,000 a year are worth 847,533 at 12%: the rest, a year later, is 170,763. Without a loan
    the rate itself is tested, with a loan the NPV at that rate; both here are the same."""
    given = (1e6 - 150_000 * annuity(0.12, 10)) * 1.12
    for finance in (None, {"loan": LOAN | {"share": 0}}):
        case = plant(tmp_path, finance, benefit_per_year=150_000)
        one = of(subsidy(case, "plant", ["equity_irr>=12%"]), GRANTED)
        assert one.amount == pytest.approx(given, rel=1e-7)
        assert one.after["equity_irr"] == pytest.approx(0.12, rel=1e-7)


def test_a_grant_that_lifts_the_dscr(tmp_path: Path) -> None:
    """The loan is 70% of the cost less the grant: 200,000 = 1.5 x 0.7 x (1,000,000 - G) / a."""
    case = plant(tmp_path, {"loan": LOAN})
    one = of(subsidy(case, "plant", ["dscr_min>=1.5"]), GRANTED)
    given = 1e6 - 200_000 * annuity(0.07, 5) / (1.5 * 0.7)
    assert one.amount == pytest.approx(given, rel=1e-9)
    assert one.cost is not None
    assert one.cost.parts["interest"] == pytest.approx(0, abs=1e-6)
    assert one.cost.private == pytest.approx(1e6 - given, rel=1e-9)


def test_a_grant_takes_tax_relief_away(tmp_path: Path) -> None:
    """It lowers the basis written off over ten years, so that a fifth of a tenth of it comes back
    to the state each year."""
    case = plant(tmp_path, taxed=True, benefit_per_year=100_000)
    one = of(subsidy(case, "plant", ["project_npv>=0"]), GRANTED)
    worth = 100_000 * annuity(0.08, 10)  # all of it written off: no tax without a grant
    given = (1e6 - worth) / (1 / 1.08 - 0.02 * annuity(0.08, 10))
    assert one.amount == pytest.approx(given, rel=1e-9)
    assert one.cost is not None
    back = 0.02 * given * annuity(PUBLIC, 10)
    assert one.cost.parts["grants"] == pytest.approx(given / 1.03, rel=1e-9)
    assert one.cost.parts["tax_forgone"] == pytest.approx(-back, rel=1e-9)
    assert one.cost.undiscounted == pytest.approx(0.8 * given, rel=1e-9)


def rate_for(instalment: float) -> float:
    """The rate at which 700,000 over five years has that instalment, by halving."""
    low, high = 0.0, 0.07
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if 7e5 / annuity(middle, 5) < instalment else (low, middle)
    return (low + high) / 2


def test_an_interest_buy_down_and_a_soft_loan(tmp_path: Path) -> None:
    """The rate at which 200,000 are 1.25 times the instalment. Bought down, the public pays the
    difference on what is owed. Lent by the public at 3%: what it lends less what comes back. The
    lender's SDI is the rise of the soft rate that brings it back to 7%."""
    case = plant(tmp_path, {"loan": LOAN})
    found = subsidy(case, "plant", ["dscr_min>=1.25"])
    soft = rate_for(200_000 / 1.25)
    paid, owed, costs = 160_000.0, 7e5, []
    for t in range(1, 6):
        costs.append((owed * (0.07 - soft), 1.03**-t))
        owed -= paid - owed * soft
    assert owed == pytest.approx(0, abs=1e-3)
    down, lent = of(found, BUY_DOWN), of(found, SOFT)
    assert down.cost is not None
    assert lent.cost is not None
    assert down.amount == pytest.approx(0.07 - soft, rel=1e-8)
    assert lent.amount == down.amount
    assert down.cost.present == pytest.approx(sum(c * f for c, f in costs), rel=1e-7)
    assert down.cost.undiscounted == pytest.approx(sum(c for c, _ in costs), rel=1e-7)
    assert down.cost.private == pytest.approx(1e6)
    assert lent.cost.present == pytest.approx(7e5 - paid * annuity(0.03, 5), rel=1e-6)
    assert lent.cost.private == pytest.approx(3e5)
    assert lent.cost.sdi == pytest.approx((0.07 - soft) / soft, rel=1e-7)
    assert down.cost.sdi is None


def test_a_soft_loan_at_the_public_rate_costs_what_a_buy_down_costs(tmp_path: Path) -> None:
    """Where the public borrows at the lender's rate, both are the same money, with steps too.
    Repaid in equal parts, the loan is owed as before: a fifth of what the owner saves is taxed."""
    steps = [{"from_year": 3, "rate": 0.07}]
    loan = LOAN | {"rate_steps": steps, "repayment": "equal_principal"}
    case = plant(tmp_path, {"loan": loan}, taxed=True, rates=RATES | {"public": 0.07})
    found = subsidy(case, "plant", ["dscr_min>=1.2"])
    down, lent = of(found, BUY_DOWN).cost, of(found, SOFT).cost
    assert down is not None
    assert lent is not None
    assert down.present > 0
    assert lent.parts == pytest.approx(down.parts)
    assert down.parts["tax_forgone"] == pytest.approx(-0.2 * down.parts["interest"], rel=1e-9)


def test_a_tariff_premium(tmp_path: Path) -> None:
    """50,000 kWh a year at 2: the premium brings what 1,000,000 needs a year at 8%."""
    case = plant(tmp_path, benefit_per_year=0, energy_per_year=50_000, energy_price=2)
    one = of(subsidy(case, "plant", ["project_npv>=0"]), TARIFF)
    premium = (1e6 / annuity(0.08, 10) - 100_000) / 50_000
    assert one.amount == pytest.approx(premium, rel=1e-9)
    assert one.cost is not None
    assert one.cost.present == pytest.approx(premium * 50_000 * annuity(PUBLIC, 10), rel=1e-9)
    assert one.cost.undiscounted == pytest.approx(premium * 500_000, rel=1e-9)
    tonnes = 50_000 * 0.475 / 1000
    assert one.cost.per_tonne_undiscounted == pytest.approx(one.cost.present / (10 * tonnes))
    assert one.cost.per_tonne_discounted == pytest.approx(premium * 50_000 / tonnes)


def test_a_premium_is_paid_as_late_as_sales_are(tmp_path: Path) -> None:
    """Half a year late in a yearly model: half of it a year later; the sum is the same."""
    case = plant(tmp_path, benefit_per_year=0, energy_per_year=50_000, energy_price=2,
                 payment_lag_days=182.5)  # fmt: skip
    one = of(subsidy(case, "plant", ["project_npv>=0"]), TARIFF)
    assert one.amount is not None
    assert one.cost is not None
    paid = [0.5, *[1.0] * 8, 1.5]  # what is owed at the end is paid in the last year
    present = sum(x * 1.03**-t for t, x in enumerate(paid, start=1))
    assert one.cost.present == pytest.approx(one.amount * 50_000 * present, rel=1e-9)
    assert one.cost.undiscounted == pytest.approx(one.amount * 500_000, rel=1e-9)


def test_a_longer_tax_holiday(tmp_path: Path) -> None:
    """Of three years two are there already: the public forgoes the tax of the third."""
    case = plant(tmp_path, {"holiday_years": 2}, taxed=True, benefit_per_year=250_000)
    target = -1e6 + 220_000 * annuity(0.08, 10) + 70_000
    one = of(subsidy(case, "plant", [f"project_npv>={target}"]), HOLIDAY)
    assert one.amount == 1
    assert one.kind.most == 8
    assert one.cost is not None
    assert one.cost.present == pytest.approx(30_000 * 1.03**-3)


def test_a_tax_holiday(tmp_path: Path) -> None:
    """250,000 a year less 100,000 written off bear 30,000 of tax: -1,000,000 + 220,000 x 6.710 +
    30,000 for each exempt year, at 8%. Three years of it are worth 77,313, two 53,498."""
    case = plant(tmp_path, taxed=True, benefit_per_year=250_000)
    base = -1e6 + 220_000 * annuity(0.08, 10)
    one = of(subsidy(case, "plant", [f"project_npv>={base + 70_000}"]), HOLIDAY)
    assert one.amount == 3
    assert one.after["project_npv"] == pytest.approx(base + 30_000 * annuity(0.08, 3))
    assert one.cost is not None
    assert one.cost.present == pytest.approx(30_000 * annuity(PUBLIC, 3))
    assert one.cost.undiscounted == pytest.approx(90_000)


# -- identities ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chachoengsao", "two-loans", "tax-holiday", "sized-loans"])
def test_nil_of_each_support_changes_nothing(name: str) -> None:
    case = appraised(BY_NAME[name])
    for project in list(case.projects)[:3]:
        backed = supported(case, [project])
        before, after = case.runs[project], run_case(backed)[project]
        assert not after.failed_checks()
        for result in ("project_npv", "equity_npv", "dscr_min", "enpv", "project_irr", "lcoe_real"):
            if result in before.model.results:
                was = before.value(result)
                assert after.value(result) == (was and pytest.approx(was, rel=1e-9))


def demanding(folder: Path) -> Case:
    return plant(folder, {"loan": LOAN}, taxed=True, benefit_per_year=150_000,
                 energy_per_year=10_000, energy_price=3)  # fmt: skip


@pytest.mark.parametrize("kind", [GRANTED, BUY_DOWN, TARIFF])
def test_a_little_less_fails(tmp_path: Path, kind: str) -> None:
    case = demanding(tmp_path)
    one = of(subsidy(case, "plant", ["dscr_min>=1.03"]), kind)
    assert one.amount
    assert one.failed == {}
    enough, less = (again(case, one, one.amount * x, "dscr_min") for x in (1, 1 - 1e-6))
    assert enough is not None
    assert less is not None
    assert less < 1.03 <= enough


def test_more_demanding_tests_never_need_less(tmp_path: Path) -> None:
    case = demanding(tmp_path)
    last: dict[str, float] = {}
    for limit in (0.9, 1.0, 1.05, 1.1, 1.2):
        for tests in ([f"dscr_min>={limit}"], [f"dscr_min>={limit}", "equity_irr>=10%"]):
            found = subsidy(case, "plant", tests)
            for one in found.supports:
                needed = float("inf") if one.amount is None else one.amount
                assert needed >= last.get(one.kind.name, 0.0) * (1 - 1e-9) or len(tests) == 1
                if len(tests) == 1:
                    assert needed >= last.get(f"{one.kind.name} alone", 0.0)
                    last[f"{one.kind.name} alone"] = needed
                last[one.kind.name] = needed


def test_none_is_needed_where_the_tests_hold(tmp_path: Path) -> None:
    case = plant(tmp_path, {"loan": LOAN}, benefit_per_year=400_000)
    found = subsidy(case, "plant")
    assert [test.text for test in found.tests] == ["dscr_min>=1.2", "equity_irr>=0.12"]
    assert found.met
    assert found.supports
    assert {one.amount for one in found.supports} == {0.0}
    assert {one.cost for one in found.supports} == {None}


def test_all_tests_together_need_the_most_that_one_needs(tmp_path: Path) -> None:
    case = plant(tmp_path, {"loan": LOAN}, benefit_per_year=150_000)
    one, other = "dscr_min>=1.1", "equity_irr>=14%"
    each = [of(subsidy(case, "plant", [test]), GRANTED).amount or 0 for test in (one, other)]
    both = of(subsidy(case, "plant", [one, other]), GRANTED).amount
    assert min(each) > 0
    assert both == pytest.approx(max(each), rel=1e-8)


def test_the_credit_policy_is_met_with_it() -> None:
    """The grant makes the policy's own flags true."""
    case = appraised(CLUSTER)
    one = of(subsidy(case, "pig_biogas"), GRANTED)
    assert one.amount
    backed = supported(case, ["pig_biogas"])
    name = next(iter(one.kind.at(one.amount)))[1]
    run = run_case(backed, {"pig_biogas": {name: one.amount}})["pig_biogas"]
    assert (run.value("met_dscr_min"), run.value("met_equity_irr_min")) == (1, 1)


def test_floating_rates_are_bought_down_too() -> None:
    """Every loan's rate falls by so many points, at most to nil."""
    for name in ("two-loans", "sized-loans"):
        case = appraised(BY_NAME[name])
        project = next(iter(case.projects))
        backed = supported(case, [project])
        down = next(kind for kind in kinds(backed, project)[0] if kind.name == BUY_DOWN)
        for points in (0.01, down.most):
            changes = {key: value for (_, key), value in down.at(points).items()}
            run = run_case(backed, {project: changes})[project]
            for loan in backed.projects[project].entry.loan_names:
                rate = run.value(f"{loan}.rate_per_period")
                before = backed.runs[project].value(f"{loan}.rate_per_period")
                assert rate is not None
                assert before is not None
                assert rate >= -1e-15
                assert rate < before


# -- answers ------------------------------------------------------------------------------------


def test_what_a_kind_cannot_do(tmp_path: Path) -> None:
    case = plant(tmp_path, {"loan": LOAN}, benefit_per_year=100_000)
    found = subsidy(case, "plant", ["dscr_min>=1.2"])
    down = of(found, BUY_DOWN)
    assert down.amount is None
    assert down.cost is None
    assert down.nearest == pytest.approx(0.07)
    assert down.after["dscr_min"] == pytest.approx(100_000 / 140_000)
    assert down.reason == "dscr_min is 0.7143 at the nearest, 0.5857 without"
    assert set(found.left_out) == {GUARANTEE, TARIFF, HOLIDAY}
    assert "company" in found.left_out[HOLIDAY]
    idle = of(subsidy(case, "plant", ["project_irr>=5%"]), BUY_DOWN)
    assert "as without" in idle.reason


def test_whether_it_is_justified(tmp_path: Path) -> None:
    case = appraised(CLUSTER)
    for project in ("husk_plant", "noodle_lpg", "pig_biogas", "noodle_husk"):
        run = case.runs[project]
        said = subsidy(case, project, ["dscr_min>=0.1"]).justified
        if "enpv" not in run.model.results:
            assert said == NOT_ASSESSED
            continue
        economic, financial = run.value("enpv"), run.value("project_npv")
        assert economic is not None
        assert financial is not None
        assert said == (LOSES if economic <= 0 else JUSTIFIED if financial < 0 else PAYS)
    assert subsidy(case, "pig_biogas", ["dscr_min>=0.1"]).justified == JUSTIFIED


def test_a_real_public_rate_becomes_nominal(tmp_path: Path) -> None:
    case = plant(tmp_path, economy={"discount_basis": "real", "inflation": 0.02})
    assert public_rate(case, "plant") == pytest.approx(1.03 * 1.02 - 1)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("dscr_min>=1.2@1.2", "above 0 and at most 1"),
        ("dscr_min>=1.2@often", "above 0 and at most 1"),
        ("pd<=5%", "needs a loan, and at least four periods a year"),
        ("dscr_min=1.2", "RESULT>=VALUE"),
        ("dscr_mi>=1.2", 'did you mean "dscr_min"'),
        ("dscr_min>=", "is no target"),
        ("dscr_min>=3 kWh", "the target is in 1"),
    ],
)
def test_what_cannot_be_asked(tmp_path: Path, test: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        subsidy(plant(tmp_path, {"loan": LOAN}), "plant", [test])


def test_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="there is no project"):
        subsidy(plant(tmp_path), "plan", ["project_npv>=0"])
    with pytest.raises(ValueError, match="has no loan"):
        subsidy(plant(tmp_path), "plant")
    with pytest.raises(ValueError, match="stands in two tests"):
        subsidy(plant(tmp_path, {"loan": LOAN}), "plant", ["equity_irr>=10%", "equity_irr>=12%"])
    with pytest.raises(NoPublicRate, match=r"discount_rates\.public"):
        subsidy(plant(tmp_path, rates={"project": 0.08, "equity": 0.12}), "plant", ["npv>=0"])


def test_the_command(tmp_path: Path) -> None:
    plant(tmp_path, {"loan": LOAN}, benefit_per_year=150_000, energy_per_year=10_000)
    asked = ["subsidy", str(tmp_path), "--project", "plant", "--test", "dscr>=1.2"]
    shown = CliRunner().invoke(program, asked)
    assert shown.exit_code == 0
    given = 1e6 - 150_000 * annuity(0.07, 5) / 1.2 / 0.7
    assert f"Capital grant: {given:,.0f} THB (paid 6 months" in shown.output
    data = json.loads(CliRunner().invoke(program, [*asked, "--format", "json"]).stdout)
    grant = data["supports"][0]
    assert grant["amount"] == pytest.approx(given)
    assert grant["cost"]["public_cost_pv"] == pytest.approx(grant["amount"] / 1.03)
    assert CliRunner().invoke(program, [*asked, "--test", "dscr>=1@9"]).exit_code == 2
    plant(tmp_path, rates={"project": 0.08, "equity": 0.12})
    assert CliRunner().invoke(program, asked).exit_code == 3


# -- drawn scenarios ----------------------------------------------------------------------------

ONE_IN_TEN = 80_000 + 0.1 * 40_000  # of a benefit drawn evenly from 80,000 to 120,000
DRAWN = {"value": 100_000, "low": 80_000, "high": 120_000, "distribution": "uniform"}


def test_a_grant_that_nine_scenarios_of_ten_want(tmp_path: Path) -> None:
    """DSCR = benefit / instalment, the loan 70% of what the grant leaves of 1,000,000 at 7% over
    five years: 1.2 x 0.7 (1,000,000 - G) / 4.1002 = 84,000. A hundredth of G is what the search
    may add, and half a five-hundredth of the benefit's range what the draws may."""
    case = plant(tmp_path, {"loan": LOAN}, benefit_per_year=DRAWN)
    found = subsidy(case, "plant", ["dscr_min>=1.2@0.9"])
    given = 1e6 - ONE_IN_TEN * annuity(0.07, 5) / (1.2 * 0.7)
    one = of(found, GRANTED)
    assert one.amount == pytest.approx(given, rel=0.012)
    assert (one.amount or 0) >= given - 500
    assert one.after["dscr_min>=1.2@0.9"] >= 0.9  # type: ignore[operator]
    assert found.before["dscr_min>=1.2@0.9"] == 0
    assert (found.scenarios, found.seed) == (500, 1)
    base = of(subsidy(case, "plant", ["dscr_min>=1.2"]), GRANTED)
    assert base.amount == pytest.approx(1e6 - 1e5 * annuity(0.07, 5) / (1.2 * 0.7), rel=1e-9)
    again = of(subsidy(case, "plant", ["dscr_min>=1.2@90%"]), GRANTED)
    assert again.amount == one.amount
    assert subsidy(case, "plant", ["dscr_min>=1.2@0.9"], 100, seed=7).scenarios == 100


def test_more_confidence_wants_more(tmp_path: Path) -> None:
    case = plant(tmp_path, {"loan": LOAN}, benefit_per_year=DRAWN)
    amounts = [
        of(subsidy(case, "plant", [f"dscr_min>=1.2@{share}"]), GRANTED).amount or 0.0
        for share in (0.1, 0.5, 0.9, 1)
    ]
    assert amounts == sorted(amounts)
    assert amounts[0] < amounts[-1]


def test_where_nothing_is_drawn_the_base_case_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = plant(tmp_path, {"loan": LOAN}, benefit_per_year=100_000)
    monkeypatch.setattr("eicfinance.appraisal.trial.uncertain", lambda case: [])
    sure, base = (subsidy(case, "plant", [text]) for text in ("dscr_min>=1.2@0.9", "dscr_min>=1.2"))
    assert sure.scenarios == 1
    assert [one.amount for one in sure.supports] == [one.amount for one in base.supports]
    assert [one.cost for one in sure.supports] == [one.cost for one in base.supports]


def lent(folder: Path) -> Case:
    """A plant by month whose benefit may not pay its instalments, with nothing else to pay them."""
    benefit = {"value": 190_000, "low": 100_000, "high": 260_000, "distribution": "uniform"}
    owner = {"cash_buffer_months": 0, "cash_flow": 0, "debt_service": 0}
    economy = {"periods_per_year": 12, "inflation": 0, "discount_rates": RATES}
    return small(folder, [generic(finance={"loan": LOAN}, benefit_per_year=benefit)],
                 borrower=owner, economy=economy)  # fmt: skip


def test_a_guarantee_bears_its_share_of_the_loss(tmp_path: Path) -> None:
    """The lender's loss falls in proportion: 1 - g of what it was. Nothing else changes it, and a
    guarantee changes no PD."""
    case = lent(tmp_path)
    before = subsidy(case, "plant", ["expected_loss<=0%"]).before["expected_loss"]
    assert before is not None
    assert before > 0.02
    found = subsidy(case, "plant", [f"expected_loss<={before / 4:.9f}", "pd<=100%"])
    one = of(found, GUARANTEE)
    assert one.amount == pytest.approx(0.75, rel=0.011)
    assert one.after["pd"] == found.before["pd"]
    assert one.cost is not None
    assert one.cost.parts["guarantee"] == pytest.approx(one.cost.present, rel=1e-12)
    assert 0 < one.cost.present < one.cost.undiscounted
    lost = trial(case, "plant", ["repay_loss"], 500, None).at({})["repay_loss"].mean()
    assert one.cost.undiscounted == pytest.approx((one.amount or 0.0) * float(lost), rel=1e-9)
    assert GUARANTEE in subsidy(case, "plant", ["pd<=5%"]).left_out


def test_a_grant_lowers_the_probability_of_default(tmp_path: Path) -> None:
    case = lent(tmp_path)
    found = subsidy(case, "plant", ["pd<=5%", "pd_one_year<=5%"])
    assert (found.before["pd"] or 0) > 0.2
    one = of(found, GRANTED)
    assert one.amount is not None
    assert one.after["pd"] <= 0.05  # type: ignore[operator]
    assert one.after["pd_one_year"] <= one.after["pd"]  # type: ignore[operator]


@pytest.mark.parametrize("name", ["nepal-biogas", "wesco-kerala"])
def test_all_projects_at_once_as_each_alone(name: str) -> None:
    """One case with nil of each support for all projects has the answers of each by itself."""
    case = appraised(BY_NAME[name])
    for project, found in subsidies(case).items():
        alone = subsidy(case, project)
        assert found.missed == alone.missed
        assert [one.amount for one in found.supports] == [one.amount for one in alone.supports]
        assert [one.cost for one in found.supports] == [one.cost for one in alone.supports]
        assert [one.after for one in found.supports] == [one.after for one in alone.supports]
        assert [one.unmet for one in found.supports] == [one.unmet for one in alone.supports]


def test_the_binding_test_fails_with_a_little_less(tmp_path: Path) -> None:
    """Without a grant the rate is reached and the cover is not: the cover binds."""
    case = plant(tmp_path, {"loan": LOAN}, benefit_per_year=165_000)
    one = of(subsidy(case, "plant", ["dscr_min>=1.2", "equity_irr>=8%"]), GRANTED)
    assert one.amount
    assert one.binding == ("dscr_min",)
    less = again(case, one, one.amount * (1 - 1e-6), "dscr_min")
    assert less is not None
    assert less < 1.2
    assert of(subsidy(case, "plant", ["dscr_min>=0.5"]), GRANTED).binding == ()
