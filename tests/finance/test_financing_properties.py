"""What holds of any financing, whatever its terms: many scenarios a case, drawn at random."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.appraisal.case import Case
    from eicfinance.model.numeric import Run

pytestmark = pytest.mark.slow

WIDE = 12  # scenarios a run
QUIET = settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate])
PREPAID = {"prepayment_year": 2, "prepayment_share": 0.4, "prepayment_fee": 0.01}
BANK = {"share": 0.6, "rate": 0.06, "tenor_months": 60}
KINDS: list[dict[str, Any]] = [  # every way to repay, to pay interest while building, to keep money
    {"loan": BANK | PREPAID | {"interest_during_construction": "prefunded"},
     "reserve_funding": "closing"},
    {"loan": BANK | {"interest_during_construction": "capitalised", "repayment": "sculpted"},
     "reserve_funding": "cash_flow"},
    {"loan": BANK | PREPAID | {"interest_during_construction": "capitalised_in_grace",
                               "repayment": "seasonal",
                               "instalments": [0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0]},
     "reserve_funding": "closing"},
    {"loans": [BANK | PREPAID | {"name": "soft", "share": 0.3, "repayment": "equal_principal",
                                 "interest_during_construction": "prefunded"},
               BANK | {"name": "bank", "share": 0.4, "repayment": "bullet"}],
     "drawdown": "equity_first", "reserve_funding": "cash_flow"},
]  # fmt: skip


@cache
def case_of(kind: int, ppy: int = 4, regime: str = "company") -> Case:
    """Not fixtures: the report of a failure would print all of a case."""
    terms = {"reserve_interest": 0.02, "reserve_months": 5} | KINDS[kind]
    grants = [{"name": "g", "source": "test", "share": 0.1, "lag_months": 3}]
    plant = generic(finance=terms | {"grants": grants}, life_years=6, construction_months=9,
                    degradation=0.01, energy_per_year=10_000, energy_price=3)  # fmt: skip
    with TemporaryDirectory() as folder:
        return small(Path(folder), [plant], borrower={"tax_regime": regime},
                     economy={"periods_per_year": ppy})  # fmt: skip


LOAN_TERMS = {
    "rate": st.just(0.0) | st.floats(1e-6, 0.5), "share": st.floats(0, 1),
    "tenor_months": st.floats(1, 72), "grace_months": st.floats(0, 60),
    "balloon": st.floats(0, 1), "upfront_fee": st.floats(0, 0.1),
    "commitment_fee": st.floats(0, 0.1), "guarantee_fee": st.floats(0, 0.1),
    "prepayment_year": st.floats(1, 7), "prepayment_share": st.floats(0, 1),
    "prepayment_fee": st.floats(0, 0.2),
}  # fmt: skip
OTHERS = {
    "reserve_months": st.floats(0, 40), "reserve_interest": st.floats(0, 0.3),
    "construction_months": st.integers(0, 30), "delay_months": st.integers(0, 24),
    "benefit_per_year": st.floats(0, 500_000), "payment_lag_days": st.floats(0, 200),
    "ramp_up_months": st.floats(0, 40), "grant_1": st.floats(0, 1),
}  # fmt: skip


def drawn(case: Case, draw: st.DataObject, **fixed: float) -> dict[str, Any]:
    """A value a scenario for each figure that the case has."""
    model = case.projects["plant"].model
    wanted = dict(OTHERS)
    for name, values in LOAN_TERMS.items():
        for key in ("loan", "loan_soft", "loan_bank"):
            wanted[f"{key}_{name}"] = values
    names = [name for name in wanted if name in model.inputs and name not in fixed]
    one = st.fixed_dictionaries({name: wanted[name] for name in names})
    several = draw.draw(st.lists(one, min_size=WIDE, max_size=WIDE))
    return {name: np.array([terms[name] for terms in several]) for name in names} | fixed


def books_are_kept(run: Run) -> None:
    """Sources = uses; debt and accounts end at zero and are never negative; no cash is created:
    what owner, lenders and accounts get is what the venture, the grants and the accounts' interest
    bring."""
    assert run.failed_checks() == {}
    size = 1e-9 * (1 + np.abs(run["equity_flow"]).sum(axis=1) + run["uses"])
    assert (np.abs(run["sources"] - run["uses"]) < 1e-6 + size).all()
    loans = sorted({n.partition(".")[0] for n in run.model.lines if n.endswith(".drawdown")})
    accounts = [n for n in run.model.lines if n in ("dsra.balance",) or "reserve_balance" in n]
    lenders = run["loan.service"] + run["loan.fee"] - run["loan.drawdown"]
    for name in [f"{loan}.prepaid" for loan in loans if f"{loan}.prepaid" in run.model]:
        lenders = lenders + run[name]
    kept = np.zeros_like(lenders)
    for name in accounts:
        kept = kept + np.diff(run[name], prepend=0.0, axis=1)
        assert (np.abs(run[name][:, -1]) < 1e-6 + size).all(), name
        assert (run[name] > -1e-6 - size[:, None]).all(), name
    brought = run["flow_before_tax"] - run["tax.tax"] + run["grants_received"]
    brought = brought + run["dsra.interest"]
    created = run["equity_flow"] + lenders + kept - brought
    assert (np.abs(created) < 1e-6 + size[:, None]).all()
    for loan in loans:
        assert (np.abs(run[f"{loan}.balance"][:, -1]) < 1e-6 + size).all(), loan


@pytest.mark.parametrize("kind", range(len(KINDS)))
@QUIET
@given(draw=st.data())
def test_any_terms_keep_the_books(kind: int, draw: st.DataObject) -> None:
    case = case_of(kind)
    books_are_kept(run_case(case, {"plant": drawn(case, draw)})["plant"])


# -- nil is a value ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", range(len(KINDS)))
@settings(QUIET, max_examples=3)
@given(draw=st.data())
def test_zero_rate_charges_nothing(kind: int, draw: st.DataObject) -> None:
    case = case_of(kind)
    nil = {name: 0.0 for name in case.projects["plant"].model.inputs if name.endswith("_rate")
           and name.startswith("loan")}  # fmt: skip
    run = run_case(case, {"plant": drawn(case, draw, **nil)})["plant"]
    books_are_kept(run)
    assert (run["loan.interest"] == 0).all()
    drawn_all = run["loan.drawdown"].sum(axis=1)  # rounding is of the size of what is paid for
    assert (np.abs(run["loan.debt"] - drawn_all) <= 1e-9 * run["uses"]).all()


@pytest.mark.parametrize("kind", range(len(KINDS)))
@settings(QUIET, max_examples=3)
@given(draw=st.data())
def test_zero_debt_owes_nothing(kind: int, draw: st.DataObject) -> None:
    case = case_of(kind)
    nil = {name: 0.0 for name in case.projects["plant"].model.inputs if name.endswith("_share")
           and name.startswith("loan") and "prepay" not in name}  # fmt: skip
    run = run_case(case, {"plant": drawn(case, draw, **nil)})["plant"]
    books_are_kept(run)
    assert run["equity_flow"] == pytest.approx(run["project_flow"], abs=1e-6)
    assert np.isnan(run["dscr_min"]).all()
    assert (run["dsra.balance"] == 0).all()


@pytest.mark.parametrize("kind", range(len(KINDS)))
@settings(QUIET, max_examples=3)
@given(draw=st.data())
def test_zero_tax_is_no_tax(kind: int, draw: st.DataObject) -> None:
    case = case_of(kind)
    run = run_case(case, {"plant": drawn(case, draw), "economy": {"income_tax_rate": 0.0}})["plant"]
    books_are_kept(run)
    assert (run["tax.tax"] == 0).all()
    untaxed = run["flow_before_tax"] + run["grants_received"]
    assert run["project_flow"] == pytest.approx(untaxed, rel=1e-9, abs=1e-6)


@cache
def one_year(repayment: str) -> Case:
    loan = {"share": 0.5, "rate": 0.06, "tenor_months": 12, "repayment": repayment}
    finance = {"loan": loan, "reserve_funding": "closing", "reserve_months": 12}
    with TemporaryDirectory() as folder:
        return small(Path(folder), [generic(finance=finance, life_years=1)],
                     economy={"periods_per_year": 1, "vat": 0})  # fmt: skip


@pytest.mark.parametrize(
    "repayment", ["equal_instalments", "equal_principal", "seasonal", "sculpted", "bullet"]
)
@settings(QUIET, max_examples=3)
@given(
    rates=st.lists(st.just(0.0) | st.floats(0, 0.9), min_size=WIDE, max_size=WIDE),
    shares=st.lists(st.floats(0, 1), min_size=WIDE, max_size=WIDE),
)
def test_one_period_is_the_same_however_it_is_repaid(
    repayment: str, rates: list[float], shares: list[float]
) -> None:
    """The whole loan and one period's interest; a reserve of a year holds just that."""
    terms = {"loan_rate": np.array(rates), "loan_share": np.array(shares)}
    run = run_case(one_year(repayment), {"plant": terms})["plant"]
    assert run.model.periods == 1
    assert run.failed_checks() == {}
    due = 1_000_000 * terms["loan_share"] * (1 + terms["loan_rate"])
    assert run["loan.service"][:, 1] == pytest.approx(due, abs=1e-6)
    assert run["dsra.balance"][:, 0] == pytest.approx(due, abs=1e-6)
    assert run["dsra.balance"][:, 1] == pytest.approx(np.zeros(WIDE), abs=1e-6)


# -- what a bank relies on -----------------------------------------------------------------------


@cache
def sculpted(treatment: str) -> Case:
    loan = {"size": "dscr", "share": 1, "target_dscr": 1.3, "rate": 0.06, "tenor_months": 48,
            "repayment": "sculpted"}  # fmt: skip
    plant = generic(finance={"cfads": treatment, "loan": loan}, life_years=6,
                    energy_per_year=10_000, energy_price=3)  # fmt: skip
    with TemporaryDirectory() as folder:
        return small(Path(folder), [plant], borrower={"tax_regime": "company"},
                     economy={"periods_per_year": 4})  # fmt: skip


@pytest.mark.parametrize("treatment", ["before_tax", "after_tax"])
@settings(QUIET, max_examples=2)
@given(draw=st.data())
def test_sculpted_dscr_is_flat_at_its_target_while_uncapped(
    treatment: str, draw: st.DataObject
) -> None:
    values = {"loan_rate": st.floats(0, 0.2), "loan_target_dscr": st.floats(1.05, 3),
              "loan_grace_months": st.floats(0, 24), "degradation": st.floats(0, 0.2),
              "energy_price": st.floats(0, 20), "loan_share": st.floats(0.3, 1)}  # fmt: skip
    several = draw.draw(st.lists(st.fixed_dictionaries(values), min_size=WIDE, max_size=WIDE))
    changes = {name: np.array([one[name] for one in several]) for name in values}
    run = run_case(sculpted(treatment), {"plant": changes})["plant"]
    assert run.failed_checks() == {}
    for k in range(WIDE):
        grace = int(run["loan.grace_periods"][k])
        served = slice(grace + 1, 17)
        ratios = run["cfads"][k, served] / run["loan.service"][k, served]
        assert ratios == pytest.approx(ratios[0], rel=1e-7)
        target = changes["loan_target_dscr"][k]
        if run["loan.bound_by_dscr"][k]:
            assert ratios[0] == pytest.approx(target, rel=1e-7)
        else:
            assert ratios[0] >= target * (1 - 1e-7)
            assert run["loan_to_cost"][k] == pytest.approx(changes["loan_share"][k])


@pytest.mark.parametrize("kind", [0, 1, 2])
@QUIET
@given(draw=st.data())
def test_more_grant_never_lowers_the_minimum_dscr_before_tax(
    kind: int, draw: st.DataObject
) -> None:
    case = before_tax(kind)
    one = {name: float(values[0]) for name, values in drawn(case, draw, grant_1=0.0).items()
           if isinstance(values, np.ndarray)}  # fmt: skip
    shares = np.sort(draw.draw(st.lists(st.floats(0, 1), min_size=6, max_size=6)))
    run = run_case(case, {"plant": one | {"grant_1": np.array(shares)}})["plant"]
    least = run["dscr_min"]
    known = least[~np.isnan(least)]  # without a loan there is no ratio
    assert (np.diff(known) >= -1e-7 * known[1:]).all()


@cache
def before_tax(kind: int) -> Case:
    terms: Mapping[str, Any] = KINDS[kind] | {
        "cfads": "before_tax",
        "grants": [{"name": "g", "source": "test", "share": 0.1, "lag_months": 3}],
    }
    plant = generic(finance=terms, life_years=6, construction_months=9)
    with TemporaryDirectory() as folder:
        return small(Path(folder), [plant], economy={"periods_per_year": 4})


@cache
def yearly_sun(ppy: int, funding: str) -> Case:
    """All sun shines in the month that ends a project year; closing is in December too."""
    finance = {
        "loan": {"share": 0.7, "rate": 0.07, "tenor_months": 72, "repayment": "sculpted"},
        "reserve_funding": funding, "reserve_months": 12, "reserve_interest": 0,
    }  # fmt: skip
    figures = {"capacity_kwp": 40, "export_allowed": 1, "construction_months": 0, "life_years": 8,
               "om_share": 0, "insurance_share": 0, "retention": 0, "payment_lag_days": 0,
               "ramp_up_months": 0, "export_price": 4, "stores_days": 0}  # fmt: skip
    plant = {"name": "plant", "technology": "solar", "inputs": figures, "finance": finance,
             "seasons": {"sun": [0] * 11 + [1]}}  # fmt: skip
    economy = {"periods_per_year": ppy, "closing": "2026-12", "loan_rate_basis": "effective",
               "vat": 0}  # fmt: skip
    with TemporaryDirectory() as folder:
        return small(Path(folder), [plant], borrower={"tax_regime": "company"}, economy=economy)


@pytest.mark.parametrize("funding", ["closing", "cash_flow"])
@settings(QUIET, max_examples=3)
@given(draw=st.data())
def test_flows_at_year_ends_alone_make_months_equal_years(
    funding: str, draw: st.DataObject
) -> None:
    """With the loan's rate quoted as effective; a reserve would pay its interest by month."""
    values = {"loan_rate": st.floats(0, 0.3), "loan_share": st.floats(0.05, 1),
              "export_price": st.floats(1, 8), "degradation": st.floats(0, 0.1)}  # fmt: skip
    several = draw.draw(st.lists(st.fixed_dictionaries(values), min_size=WIDE, max_size=WIDE))
    changes = {name: np.array([one[name] for one in several]) for name in values}
    year, month = (
        run_case(yearly_sun(ppy, funding), {"plant": changes})["plant"] for ppy in (1, 12)
    )
    for name in ("loan.balance", "dsra.balance"):
        assert month[name][:, ::12] == pytest.approx(year[name], rel=1e-9, abs=1e-4), name
    for name in ("cfads", "loan.service", "loan.interest", "tax.tax", "equity_flow"):
        sums = month[name][:, 1:].reshape(WIDE, -1, 12).sum(axis=2)
        assert sums == pytest.approx(year[name][:, 1:], rel=1e-9, abs=1e-4), name
    for name in ("dscr_min", "dscr_average", "llcr", "project_npv", "equity_npv", "project_irr",
                 "loan.debt"):  # fmt: skip
        near = pytest.approx(year[name], rel=1e-7, abs=1e-4, nan_ok=True)
        assert month[name] == near, name
