"""The loan: published instalments, identities, and invariants for any terms."""

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
from eicfinance.portfolio.source import BadInput
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.appraisal.case import Case
    from eicfinance.model.numeric import Run

EQUAL = {"share": 1, "rate": 0.06, "tenor_months": 96}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loan")


def case_of(folder: Path, loan: Mapping[str, object], **economy: object) -> Case:
    return small(folder, [generic(finance={"loan": loan})], economy={"vat": 0, **economy})


@pytest.fixture(scope="module")
def level(folder: Path) -> Case:
    return case_of(folder, EQUAL)


@pytest.fixture(scope="module")
def linear(folder: Path) -> Case:
    return case_of(folder, EQUAL | {"repayment": "equal_principal"})


@pytest.mark.parametrize(
    ("rate", "years", "instalment"),
    [(0.03, 10, 9_656), (0.04, 7, 13_669), (0.0662, 8, 13_445), (0.06025, 7, 14_621)],
    ids=["SME D Bank 3%", "revolving fund 4%", "KBank MLR 6.62%", "BAAC MLR 6.025%"],
)
def test_instalment_per_million(level: Case, rate: float, years: int, instalment: float) -> None:
    """The annuity per 1,000,000 THB, 1e6 i / (1 - (1 + i)^-n), of the banks' published rates."""
    n, i = 12 * years, rate / 12
    assert 1e6 * i / (1 - (1 + i) ** -n) == pytest.approx(instalment, abs=0.5)
    loan = {"loan_rate": rate, "loan_tenor_months": n}
    service = run_case(level, {"plant": loan})["plant"].series("loan.service")
    assert service[1 : n + 1] == pytest.approx([instalment] * n, abs=0.5)
    assert service[n + 1 :] == pytest.approx([0.0] * (120 - n))


def test_sme_bank_with_a_year_of_grace(level: Case) -> None:
    """A year of grace inside ten at 3%: 2,500 of interest, then 108 instalments of 10,577."""
    loan = {"loan_rate": 0.03, "loan_tenor_months": 120, "loan_grace_months": 12}
    service = run_case(level, {"plant": loan})["plant"].series("loan.service")
    assert service[1:13] == pytest.approx([2500] * 12)
    assert service[13:121] == pytest.approx([10_577] * 108, abs=0.5)


def test_at_rate_nil_instalments_equal_principal(level: Case, linear: Case) -> None:
    nil = {"plant": {"loan_rate": 0.0, "loan_grace_months": 5}}
    one, other = run_case(level, nil)["plant"], run_case(linear, nil)["plant"]
    for name in ("loan.principal", "loan.interest", "loan.balance", "equity_flow"):
        assert one.series(name) == pytest.approx(other.series(name))


def test_one_instalment_is_the_same_both_ways(level: Case, linear: Case) -> None:
    one = {"plant": {"loan_tenor_months": 7, "loan_grace_months": 6}}
    runs = [run_case(case, one)["plant"] for case in (level, linear)]
    for run in runs:
        assert run.series("loan.principal")[7] == pytest.approx(1e6)
        assert run.series("loan.interest")[1:8] == pytest.approx([5000] * 7)


def test_effective_rate_makes_months_equal_years(folder: Path) -> None:
    """Decision 1: only a loan quoted as effective costs the same by month as by year."""
    monthly = case_of(folder, EQUAL, loan_rate_basis="effective").runs["plant"]
    assert monthly.value("loan.rate_per_period") == pytest.approx(1.06 ** (1 / 12) - 1)
    nominal = case_of(folder, EQUAL).runs["plant"]
    assert nominal.value("loan.rate_per_period") == pytest.approx(0.005)


@pytest.mark.parametrize("ppy", [1, 2, 4, 12, 52])
def test_any_calendar(folder: Path, ppy: int) -> None:
    """8 years at 6% nominal: k instalments at 6%/ppy, in whole periods."""
    run = case_of(folder, EQUAL, periods_per_year=ppy).runs["plant"]
    k, i = 8 * ppy, 0.06 / ppy
    assert not run.failed_checks()
    assert run.value("loan.tenor_periods") == k
    annuity = 1e6 * i / (1 - (1 + i) ** -k)
    assert run.series("loan.service")[1 : k + 1] == pytest.approx([annuity] * k)


@pytest.mark.parametrize(
    ("loan", "inputs", "words"),
    [
        ({"tenor_months": 121}, {}, "ends after the project"),
        ({"tenor_months": 12}, {"construction_months": 12}, "before the plant is built"),
        ({"tenor_months": 12, "grace_months": 12}, {}, "leaves nothing"),
    ],
)
def test_impossible_terms_are_refused(
    tmp_path: Path, loan: dict[str, float], inputs: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        small(tmp_path, [generic(finance={"loan": EQUAL | loan}, **inputs)])


TERMS = st.fixed_dictionaries({
    "loan_share": st.floats(0, 1), "loan_rate": st.just(0.0) | st.floats(1e-6, 1.5),
    "loan_tenor_months": st.floats(1, 200), "loan_grace_months": st.floats(0, 200),
    "loan_upfront_fee": st.floats(0, 0.2), "construction_months": st.integers(0, 36),
    "delay_months": st.integers(0, 200), "ramp_up_months": st.floats(0, 60),
    "retention": st.floats(0, 0.5), "payment_lag_days": st.floats(0, 365),
    "life_years": st.floats(0.05, 12), "salvage_share": st.floats(0, 1),
    "stores_days": st.floats(0, 365), "om_fixed": st.floats(0, 4e5),
})  # fmt: skip


@cache
def books(level: bool, capitalised: bool) -> Case:
    """Not fixtures: the report of a failure would print all of a case."""
    with TemporaryDirectory() as name:
        repayment = "equal_instalments" if level else "equal_principal"
        interest = "capitalised" if capitalised else "paid"
        terms = {**EQUAL, "repayment": repayment, "interest_during_construction": interest}
        return case_of(Path(name), terms)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(TERMS, min_size=20, max_size=20), st.booleans(), st.booleans())
def test_any_terms_keep_the_books(
    several: list[dict[str, float]], level: bool, capitalised: bool
) -> None:
    """Drawn, repaid and conserved, whatever the terms, also where the model cuts the life short."""
    changes = {name: np.array([terms[name] for terms in several]) for name in several[0]}
    run = run_case(books(level, capitalised), {"plant": changes})["plant"]
    assert run.failed_checks() == {}
    debt = run["loan.debt"]
    assert run["loan.principal"].sum(axis=1) == pytest.approx(debt, abs=1e-4)
    assert run["loan.balance"][:, -1] == pytest.approx(np.zeros(20), abs=1e-4)
    assert (run["loan.balance"] >= -1e-6).all()
    _conserved(run)


def _conserved(run: Run) -> None:
    """Owner's flow = project's flow + finance; sources = uses; all that is owed is paid."""
    finance = run["loan.drawdown"] - run["loan.fee"] - run["loan.service"]
    finance = finance + run["project_tax.tax"] - run["tax.tax"]
    assert run["equity_flow"] == pytest.approx(run["project_flow"] + finance, abs=1e-6)
    assert run["sources"] == pytest.approx(run["uses"], abs=1e-4)
    assert run["capital_paid"].sum(axis=1) == pytest.approx(run["capital_cost"], abs=1e-4)
    assert run["stores_rise"].sum(axis=1) == pytest.approx(np.zeros(run.scenarios), abs=1e-4)
    cash = run["sales"] + run["savings"] - run["operating_cost"] - run["replacements"]
    cash = (cash + run["salvage"] - run["capital_spent"]).sum(axis=1)
    assert run["flow_before_tax"].sum(axis=1) == pytest.approx(cash, abs=1e-3)


def test_double_the_share_doubles_the_schedule(level: Case) -> None:
    runs = run_case(level, {"plant": {"loan_share": np.array([0.4, 0.8]), "loan_grace_months": 9}})
    for name in ("drawdown", "balance", "interest", "principal", "service", "fee"):
        series = runs["plant"][f"loan.{name}"]
        assert series[1] == pytest.approx(2 * series[0])


def test_grant_never_lowers_the_minimum_dscr_before_tax(folder: Path) -> None:
    """Decision 23."""
    finance = {
        "cfads": "before_tax", "loan": EQUAL,
        "grants": [{"name": "g", "source": "test", "share": 0.0, "lag_months": 3}],
    }  # fmt: skip
    case = small(folder, [generic(finance=finance, construction_months=6, om_fixed=50_000)])
    shares = np.linspace(0, 0.9, 10)
    run = run_case(case, {"plant": {"grant_1": shares}})["plant"]
    assert run.failed_checks() == {}
    assert (np.diff(run["dscr_min"]) > 0).all()
    assert run["grants_received"].sum(axis=1) == pytest.approx(shares * run["capital_cost"])
    assert (run["gearing"] <= 1.0).all()
