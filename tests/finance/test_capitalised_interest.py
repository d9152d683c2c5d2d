"""Interest during construction that is drawn from the loan: closed forms, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy_financial as npf
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.case import Case

TERMS = {"share": 0.6, "rate": 0.12, "tenor_months": 84, "grace_months": 12, "upfront_fee": 0.01}


def plant(folder: Path, how: str = "capitalised", economy: Any = (), **inputs: Any) -> Case:
    """2,000,000 built evenly over twelve months, 60% of it lent at 1% a month."""
    terms = TERMS | {"interest_during_construction": how}
    inputs = {"plant_cost": 2_000_000, "construction_months": 12} | inputs
    project = generic(finance={"loan": terms}, **inputs)
    return small(folder, [project], economy={"vat": 0, "inflation": 0, **dict(economy)})


def test_drawn_evenly_it_is_the_sum_of_an_annuity(tmp_path: Path) -> None:
    """s(12, 1%) = 12.682503 in any table of annuities: 100,000 a month become 1,268,250.30. What
    is then owed is repaid in 72 instalments; the fee is on the loan with its interest."""
    run = plant(tmp_path).runs["plant"]
    debt = run.value("loan.debt")
    assert debt == pytest.approx(1_268_250.30, abs=0.005)
    assert debt == pytest.approx(-npf.fv(0.01, 12, 100_000, 0))
    assert run["loan.capitalised"].sum() == pytest.approx(68_250.30, abs=0.005)
    assert run.series("loan.capitalised")[1:4] == pytest.approx([0, 1000, 2010])
    assert run.series("loan.balance")[12] == pytest.approx(debt)
    assert run.series("loan.service_paid")[:13] == pytest.approx([0.0] * 13)
    instalment = float(-npf.pmt(0.01, 72, debt))
    assert run.series("loan.service")[13:85] == pytest.approx([instalment] * 72)
    assert run.series("loan.fee")[0] == pytest.approx(12_682.503, abs=0.001)


@pytest.mark.parametrize(
    ("cost", "months", "rate", "basis", "interest", "within"),
    [(700_000, 25, 0.027, "effective", 18_992.14, 1e-6),
     (673_465_536, 24, 0.04, "nominal", 26_938_618, 0.02)],
    ids=["US Army Corps of Engineers", "SAM"],
)  # fmt: skip
def test_published_interest_during_construction(
    tmp_path: Path, cost: float, months: int, rate: float, basis: str, interest: float,
    within: float,
) -> None:  # fmt: skip
    """NED Procedures Manual, National Economic Development Costs, 1993 (as R package EngrEcon 1.0.0
    has it): 700,000 over 25 months at an effective 2.7%. SAM (test of its construction financing):
    the rate on half the amount over all months, which is up to 2% more than by month."""
    economy = {"loan_rate_basis": basis}
    case = plant(tmp_path, economy=economy, plant_cost=cost, construction_months=months)
    run = run_case(case, {"plant": {"loan_share": 1.0, "loan_rate": rate}})["plant"]
    assert run["loan.capitalised"].sum() == pytest.approx(interest, rel=within)


def test_uses_and_sources_contain_it(tmp_path: Path) -> None:
    """Paid, the interest is 1,000 x (0 + 1 + ... + 11) = 66,000, and the owner's; capitalised it is
    68,250.30, and the loan's."""
    paid, added = (plant(tmp_path, how).runs["plant"] for how in ("paid", "capitalised"))
    assert paid.value("uses_interest") == pytest.approx(66_000)
    assert added.value("uses_interest") == pytest.approx(68_250.30, abs=0.005)
    assert paid.value("sources_loan") == pytest.approx(1_200_000)
    assert added.value("sources_loan") == pytest.approx(1_268_250.30, abs=0.005)
    assert paid.value("sources_equity") == pytest.approx(800_000 + 66_000 + 12_000)
    assert added.value("sources_equity") == pytest.approx(800_000 + 12_682.503, abs=0.005)
    uses = 2_000_000 + 68_250.30 + 12_682.503
    assert added.value("uses") == pytest.approx(uses, abs=0.01)
    assert added.value("gearing") == pytest.approx(1_268_250.30 / uses)
    assert added.value("debt_to_equity") == pytest.approx(1_268_250.30 / 812_682.503)
    assert "loan.capitalised" not in paid.model


def test_cover_counts_no_interest_that_nobody_pays(tmp_path: Path) -> None:
    """200,000 a year against twelve instalments, though construction has just ended."""
    run = plant(tmp_path).runs["plant"]
    year = 12 * -npf.pmt(0.01, 72, run.value("loan.debt"))
    assert run.value("dscr_min") == pytest.approx(200_000 / year)
    assert run.series("service_year")[12] == pytest.approx(0)
    cluster = plant(tmp_path).runs["cluster"]
    assert cluster.value("dscr_global_owner_min") == pytest.approx(200_000 / year)
    assert cluster.value("loans_owner") == pytest.approx(run.value("loan.debt"))


def test_a_delay_is_the_owners(tmp_path: Path) -> None:
    """The bank has committed itself to the construction as planned: three months later the loan is
    the same, and three months of 12,682.50 are paid before there is income."""
    case = plant(tmp_path)
    run = run_case(case, {"plant": {"delay_months": np.array([0, 3]), "loan_grace_months": 15}})
    found = run["plant"]
    assert found["loan.debt"][0] == pytest.approx(found["loan.debt"][1])
    assert found["loan.service_paid"][:, 13:16] == pytest.approx(np.full((2, 3), 12_682.503))
    owners = found["sources_equity"]
    assert owners[1] - owners[0] == pytest.approx(3 * 12_682.503, abs=0.01)


@pytest.mark.parametrize(
    "inputs", [{"construction_months": 0}, {"loan_rate": 0.0}], ids=["bought", "rate nil"]
)
def test_nothing_to_capitalise(tmp_path: Path, inputs: dict[str, float]) -> None:
    runs = [
        run_case(plant(tmp_path, how), {"plant": inputs})["plant"]
        for how in ("paid", "capitalised")
    ]
    assert runs[0].value("loan.debt") == pytest.approx(1_200_000)
    for name in ("loan.debt", "equity_npv", "dscr_min", "uses"):
        assert runs[0].value(name) == pytest.approx(runs[1].value(name)), name


def test_without_grace_principal_waits_for_the_plant(tmp_path: Path) -> None:
    """No instalment is drawn from the loan: the first falls due when construction has ended."""
    found = run_case(plant(tmp_path), {"plant": {"loan_grace_months": 0}})["plant"]
    assert found.value("loan.grace_periods") == 12
    assert found.series("loan.principal")[:13] == pytest.approx([0.0] * 13)
    assert found.series("loan.principal")[13] > 0  # type: ignore[operator]


@pytest.mark.parametrize(("basis", "ppy"), [("effective", 12), ("nominal", 4), ("nominal", 1)])
def test_any_calendar(tmp_path: Path, basis: str, ppy: int) -> None:
    """D / n x ((1 + i)^n - 1) / i at the loan's rate a period."""
    economy = {"loan_rate_basis": basis, "periods_per_year": ppy}
    run = plant(tmp_path, economy=economy, construction_months=24).runs["plant"]
    n, i = 2 * ppy, 1.12 ** (1 / ppy) - 1 if basis == "effective" else 0.12 / ppy
    assert run.value("loan.debt") == pytest.approx(1_200_000 / n * ((1 + i) ** n - 1) / i)
    assert not run.failed_checks()
