"""The loan's schedule against numpy-financial, a second way to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy_financial as npf
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case

RATES = [0.0, 0.005, 0.0662, 0.12, 0.33, 0.9]


@cache
def level(ppy: int) -> Case:
    loan = {"share": 0.7, "rate": 0.06, "tenor_months": 96}
    with TemporaryDirectory() as folder:
        return small(
            Path(folder), [generic(finance={"loan": loan})],
            economy={"vat": 0, "periods_per_year": ppy},
        )  # fmt: skip


@pytest.mark.parametrize("ppy", [1, 2, 4, 12, 52])
@pytest.mark.parametrize("months", [12, 36, 84, 120])
def test_instalment_interest_and_principal(ppy: int, months: int) -> None:
    """pmt, ipmt and ppmt per period, at nominal rates of 0 to 90%: one scenario a rate."""
    terms: dict[str, Any] = {"loan_rate": np.array(RATES), "loan_tenor_months": months}
    run = run_case(level(ppy), {"plant": terms})["plant"]
    n = months * ppy // 12
    for k, rate in enumerate(RATES):
        i, when = rate / ppy, np.arange(1, n + 1)
        with np.errstate(invalid="ignore"):  # the package divides by a rate of nil, then drops it
            schedule = {
                "service": npf.pmt(i, n, -700_000) * np.ones(n),
                "interest": npf.ipmt(i, when, n, -700_000),
                "principal": npf.ppmt(i, when, n, -700_000),
            }
        for line, expected in schedule.items():
            assert run[f"loan.{line}"][k, 1 : n + 1] == pytest.approx(expected, rel=1e-9, abs=1e-6)
            assert run[f"loan.{line}"][k, n + 1 :] == pytest.approx(0, abs=1e-6), line


@pytest.mark.parametrize("grace", [1, 12, 35])
def test_after_the_grace_an_annuity_of_what_is_left(grace: int) -> None:
    """Interest alone during the grace, then the annuity over the rest of the tenor of 36 months."""
    terms: dict[str, Any] = {"loan_tenor_months": 36, "loan_grace_months": grace}
    run = run_case(level(12), {"plant": terms | {"loan_rate": np.array(RATES)}})["plant"]
    for k, rate in enumerate(RATES):
        service = run["loan.service"][k]
        assert service[1 : grace + 1] == pytest.approx(700_000 * rate / 12)
        rest = npf.pmt(rate / 12, 36 - grace, -700_000)
        assert service[grace + 1 : 37] == pytest.approx(rest * np.ones(36 - grace))


def one_loan(tmp_path: Path, **loan: Any) -> Any:
    """A plant of 1,000,000 bought at closing, with a loan of 70% over 96 months."""
    terms = {"share": 0.7, "rate": 0.06, "tenor_months": 96} | loan
    case = small(tmp_path, [generic(finance={"loan": terms})], economy={"vat": 0, "inflation": 0})
    return case.runs["plant"]


def test_balloon_is_an_annuity_with_a_future_value(tmp_path: Path) -> None:
    run = one_loan(tmp_path, balloon=0.3)
    instalment = npf.pmt(0.005, 96, -700_000, 210_000)
    assert run["loan.service"][0, 1:96] == pytest.approx(instalment)
    assert run["loan.service"][0, 96] == pytest.approx(instalment + 210_000)


def test_bullet_pays_interest_alone_until_the_end(tmp_path: Path) -> None:
    run = one_loan(tmp_path, repayment="bullet")
    assert run["loan.service"][0, 1:96] == pytest.approx(3_500)
    assert run["loan.service"][0, 96] == pytest.approx(703_500)


def test_a_step_is_an_annuity_of_what_is_left(tmp_path: Path) -> None:
    """6% for three years, then 8% on what is owed then, over the five years left."""
    run = one_loan(tmp_path, rate_steps=[{"from_year": 4, "rate": 0.08}])
    owed = npf.fv(0.005, 36, npf.pmt(0.005, 96, -700_000), -700_000)
    assert run["loan.balance"][0, 36] == pytest.approx(owed)
    assert run["loan.service"][0, 1:37] == pytest.approx(npf.pmt(0.005, 96, -700_000))
    assert run["loan.service"][0, 37:97] == pytest.approx(npf.pmt(0.08 / 12, 60, -owed))


def test_two_harvests_pay_all_principal(tmp_path: Path) -> None:
    """Weights of 1 in April and 3 in December, eight years: a quarter and three quarters a year."""
    weights = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    run = one_loan(tmp_path, repayment="seasonal", instalments=weights)
    principal = run["loan.principal"][0, 1:97].reshape(8, 12)  # closing in January: from February
    assert principal[:, 2] == pytest.approx(700_000 / 8 / 4)
    assert principal[:, 10] == pytest.approx(700_000 / 8 * 3 / 4)
    assert principal.sum() == pytest.approx(700_000)
    assert np.count_nonzero(principal > 1e-6) == 16


def test_fees(tmp_path: Path) -> None:
    """1% and 5,000 at closing; 2% a year on the balance of the month before."""
    run = one_loan(tmp_path, upfront_fee=0.01, appraisal_fee=5000, guarantee_fee=0.02)
    assert run["loan.fee"][0, 0] == pytest.approx(12_000)
    assert run["loan.fee"][0, 1:97] == pytest.approx(run["loan.balance"][0, :96] * 0.02 / 12)


def test_weights_alike_are_equal_principal_in_any_season(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    seasonal = one_loan(tmp_path / "a", repayment="seasonal", instalments=[5] * 12)
    equal = one_loan(tmp_path / "b", repayment="equal_principal")
    assert seasonal["loan.service"][0] == pytest.approx(equal["loan.service"][0])


def test_equity_first_draws_the_loan_last(tmp_path: Path) -> None:
    """1,000,000 over ten months, 700,000 lent: nothing for three months, then all."""
    finance = {"drawdown": "equity_first",
               "loan": {"share": 0.7, "rate": 0.06, "tenor_months": 96}}  # fmt: skip
    plant = generic(finance=finance)
    plant["inputs"]["construction_months"] = 10
    run = small(tmp_path, [plant], economy={"vat": 0}).runs["plant"]
    drawn = run["loan.drawdown"][0, :12]
    assert drawn == pytest.approx([0, 0, 0, 0, *[100_000] * 7, 0])


def test_sculpted_dscr_is_flat(tmp_path: Path) -> None:
    """Debt service is CFADS / DSCR in every period; the DSCR is the present value over the loan."""
    finance = {"cfads": "before_tax",
               "loan": {"share": 0.7, "rate": 0.06, "tenor_months": 96,
                        "repayment": "sculpted"}}  # fmt: skip
    plant = generic(finance=finance, energy_per_year=30_000, energy_price=2, degradation=0.03)
    run = small(tmp_path, [plant], economy={"vat": 0}).runs["plant"]
    cfads, service = run["cfads"][0, 1:97], run["loan.service"][0, 1:97]
    worth = sum(cash / 1.005**k for k, cash in enumerate(cfads, start=1))
    assert cfads / service == pytest.approx(worth / 700_000)
    assert run["dscr"][0, 12:97] == pytest.approx(worth / 700_000)


@pytest.mark.parametrize("on", ["minimum", "average"])
def test_size_meets_the_target(on: str, tmp_path: Path) -> None:
    """200,000 a year, level: DSCR 1.3 allows a service of 200,000 / 1.3 / 12 a month."""
    loan = {"size": "dscr", "sized_on": on, "share": 1, "target_dscr": 1.3}
    run = one_loan(tmp_path, **loan)
    monthly = 200_000 / 1.3 / 12
    assert run.value("loan.debt") == pytest.approx(npf.pv(0.005, 96, -monthly))
    assert run.value("dscr_min") == pytest.approx(1.3)
    assert run.value("loan.bound_by_dscr") == 1


def test_size_is_bound_by_the_share(tmp_path: Path) -> None:
    run = one_loan(tmp_path, size="dscr", share=0.5, target_dscr=1.3)
    assert run.value("loan.debt") == pytest.approx(500_000)
    assert run.value("loan.bound_by_dscr") == 0


def test_no_cash_no_loan(tmp_path: Path) -> None:
    loan = {"size": "dscr", "share": 0.7, "rate": 0.06, "tenor_months": 96}
    plant = generic(finance={"loan": loan}, om_fixed=250_000)
    run = small(tmp_path, [plant], economy={"vat": 0}).runs["plant"]
    assert run.value("loan.debt") == 0
    assert not run.failed_checks()
