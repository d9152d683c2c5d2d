"""Money that waits in accounts: for interest while the plant is built, and for debt service."""

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
    from eicfinance.model.numeric import Run

LOAN = {"share": 0.6, "rate": 0.06, "tenor_months": 96}
INSTALMENT = float(npf.pmt(0.005, 96, -600_000))  # 7,884.86
KINDS = ("closing", "cash_flow")


def reserved(folder: Path, funding: str, months: float = 6, economy: Any = (), **more: Any) -> Case:
    """1,000,000 bought at closing, 60% lent, 200,000 a year; with a reserve account."""
    finance: dict[str, Any] = {"loan": LOAN, "reserve_funding": funding}
    if funding != "none":
        finance |= {"reserve_months": months, "reserve_interest": more.pop("interest", 0)}
    finance |= more.pop("finance", {})
    economy = {"vat": 0, "inflation": 0, **dict(economy)}
    return small(folder, [generic(finance=finance, **more)], economy=economy)


def prefunded(folder: Path, economy: Any = (), **inputs: Any) -> Run:
    """2,000,000 built over twelve months, 60% of it lent at 12%, interest raised at closing."""
    loan = {"share": 0.6, "rate": 0.12, "tenor_months": 84, "grace_months": 12,
            "interest_during_construction": "prefunded"}  # fmt: skip
    inputs = {"plant_cost": 2_000_000, "construction_months": 12} | inputs
    project = generic(finance={"loan": loan}, **inputs)
    economy = {"vat": 0, "inflation": 0, **dict(economy)}
    return small(folder, [project], economy=economy).runs["plant"]


# -- interest during construction --------------------------------------------------------------


def test_prefunded_interest_by_hand(tmp_path: Path) -> None:
    """100,000 a month are drawn for cost: 1,000 x (0 + ... + 11) = 66,000 of interest. The loan
    lends 60% of the reserve at closing and is charged 12 x 1% on that: R = 66,000 + 0.072 R."""
    run = prefunded(tmp_path)
    reserve = 66_000 / (1 - 0.072)
    assert run.value("loan.interest_reserve") == pytest.approx(reserve)
    assert run.value("loan.debt") == pytest.approx(1_200_000 + 0.6 * reserve)
    assert run.series("loan.drawdown")[0] == pytest.approx(0.6 * reserve)
    assert run.series("equity_flow")[0] == pytest.approx(-0.4 * reserve)
    assert run["loan.interest_prefunded"].sum() == pytest.approx(reserve)
    balances = run["loan.interest_reserve_balance"][0]
    assert balances[0] == pytest.approx(reserve)
    assert balances[12:] == pytest.approx(0, abs=1e-6)
    assert run.series("loan.service_paid")[:13] == pytest.approx([0.0] * 13)
    assert run.value("uses") == pytest.approx(2_000_000 + reserve)
    assert run.value("sources_equity") == pytest.approx(800_000 + 0.4 * reserve)
    assert not run.failed_checks()


def test_a_delay_finds_the_interest_reserve_empty(tmp_path: Path) -> None:
    run = prefunded(tmp_path, delay_months=2)
    service = run.series("loan.service_paid")
    assert service[12] == pytest.approx(0)
    interest = 0.01 * (1_200_000 + 0.6 * 66_000 / 0.928)
    assert service[13] == pytest.approx(interest + run["loan.principal"][0, 13])


@pytest.mark.parametrize("years", [2, 3, 5])
def test_years_of_construction(tmp_path: Path, years: int) -> None:
    """In a model by year with C drawn at the end of each: capitalised interest is the sum of
    C x ((1 + r)^(T - j) - 1) (GIF/EMWG/2007/004); prefunded, r C (0 + 1 + ... + T - 1) /
    (1 - share T r)."""
    economy = {"periods_per_year": 1}
    inputs: dict[str, Any] = {"construction_months": 12 * years, "plant_cost": 3_000_000}
    each, sums = 0.6 * 3_000_000 / years, years * (years - 1) / 2
    (tmp_path / "a").mkdir()
    run = prefunded(tmp_path / "a", economy, **inputs)
    assert run.value("loan.interest_reserve") == pytest.approx(
        0.12 * each * sums / (1 - 0.6 * 0.12 * years)
    )
    loan = {"share": 0.6, "rate": 0.12, "tenor_months": 120,
            "interest_during_construction": "capitalised"}  # fmt: skip
    plant = generic(finance={"loan": loan}, **inputs)
    found = small(tmp_path, [plant], economy={"vat": 0, **economy}).runs["plant"]
    interest = sum(each * (1.12 ** (years - j) - 1) for j in range(1, years + 1))
    assert found["loan.capitalised"].sum() == pytest.approx(interest)


def test_no_reserve_pays_more_interest_than_it_holds(tmp_path: Path) -> None:
    """At 150% a year, 60% lent, twelve months: 0.6 x 1.5 of each baht would go into its own
    interest; at 170% more than all. There the owner pays."""
    case = small(tmp_path, [generic(finance={"loan": {
        "share": 0.6, "rate": 0.12, "tenor_months": 84, "grace_months": 12,
        "interest_during_construction": "prefunded"}}, construction_months=12)])  # fmt: skip
    run = run_case(case, {"plant": {"loan_rate": np.array([1.5, 1.7])}})["plant"]
    assert run["loan.not_lent_back"] == pytest.approx([0.1, -0.02])
    assert run["loan.interest_reserve"][0] > 1e6
    assert run["loan.interest_reserve"][1] == 0
    assert run["loan.interest_prefunded"][1].sum() == 0
    assert not run.failed_checks()


# -- debt service reserve account --------------------------------------------------------------


def test_paid_in_at_closing_and_released_at_the_end(tmp_path: Path) -> None:
    """Six instalments wait from closing on; in each of the last six months one comes back."""
    run = reserved(tmp_path, "closing").runs["plant"]
    balance = run["dsra.balance"][0]
    assert balance[:91] == pytest.approx(6 * INSTALMENT)
    assert balance[91:97] == pytest.approx(INSTALMENT * np.arange(5, -1, -1), abs=1e-6)
    assert run.value("dsra.at_closing") == pytest.approx(6 * INSTALMENT)
    assert run.value("uses_reserves") == pytest.approx(6 * INSTALMENT)
    assert run.value("sources_equity") == pytest.approx(400_000 + 6 * INSTALMENT)
    assert run.value("dsra.used_total") == 0
    assert run.value("debt_to_equity") == pytest.approx(1.5)  # as without the account


def test_filled_from_the_cash_flow(tmp_path: Path) -> None:
    """200,000 / 12 - 7,884.86 = 8,781.81 a month are left, until six instalments are there."""
    run = reserved(tmp_path, "cash_flow").runs["plant"]
    left = 200_000 / 12 - INSTALMENT
    whole = 6 * INSTALMENT
    expected = [min(whole, left * t) for t in range(91)]
    assert run["dsra.balance"][0, :91] == pytest.approx(expected)
    assert run["equity_flow"][0, 1:6] == pytest.approx(0, abs=1e-6)
    assert run.value("uses_reserves") == 0


def test_used_in_a_shortfall_and_filled_again(tmp_path: Path) -> None:
    """Buyers pay a quarter of a year late: for three months there is no cash. Two instalments wait;
    the third is the owner's to find. The fourth month's surplus goes into the account."""
    case = reserved(tmp_path, "closing", 2)
    run = run_case(case, {"plant": {"payment_lag_days": 365 / 4}})["plant"]
    balance, left = run["dsra.balance"][0], 200_000 / 12 - INSTALMENT
    assert balance[:6] == pytest.approx(
        [2 * INSTALMENT, INSTALMENT, 0, 0, left, 2 * INSTALMENT], abs=1e-6
    )
    assert run["equity_flow"][0, 1:5] == pytest.approx([0, 0, -INSTALMENT, 0], abs=1e-6)
    assert run.value("dsra.used_total") == pytest.approx(2 * INSTALMENT)
    assert run.value("dsra.uncovered") == pytest.approx(INSTALMENT)


def test_interest_above_the_requirement_is_released(tmp_path: Path) -> None:
    run = reserved(tmp_path, "closing", interest=0.012).runs["plant"]
    assert run["dsra.interest"][0, 1:91] == pytest.approx(0.001 * 6 * INSTALMENT)
    assert run["dsra.released"][0, 1:91] == pytest.approx(0.001 * 6 * INSTALMENT)
    assert run["dsra.balance"][0, 90] == pytest.approx(6 * INSTALMENT)


def test_six_months_in_a_model_by_year(tmp_path: Path) -> None:
    """Half of the next year's debt service (as SAM's reserve: months / 12 of it)."""
    run = reserved(tmp_path, "closing", economy={"periods_per_year": 1}).runs["plant"]
    year = float(npf.pmt(0.06, 8, -600_000))
    assert run["dsra.balance"][0, :9] == pytest.approx([year / 2] * 8 + [0], abs=1e-6)


@pytest.mark.parametrize("funding", KINDS)
def test_cover_ratios_do_not_count_the_reserve(tmp_path: Path, funding: str) -> None:
    runs = []
    for name in ("none", funding):
        (tmp_path / name).mkdir()
        case = reserved(tmp_path / name, name, om_fixed=60_000, ramp_up_months=10)
        runs.append(case.runs["plant"])
    for name in ("dscr_min", "dscr_average", "llcr", "plcr", "project_npv", "loan.debt"):
        assert runs[0].value(name) == runs[1].value(name), name
    flows = [run["equity_flow"][0] for run in runs]
    assert flows[1].sum() == pytest.approx(flows[0].sum())  # the money comes back
    assert runs[1]["dsra.used"].sum() > 0 or funding == "cash_flow"


@pytest.mark.parametrize("funding", KINDS)
def test_a_reserve_of_nothing_changes_nothing(tmp_path: Path, funding: str) -> None:
    (tmp_path / "without").mkdir()
    without = reserved(tmp_path / "without", "none").runs["plant"]
    run = reserved(tmp_path, funding, 0).runs["plant"]
    assert run["equity_flow"][0] == pytest.approx(without["equity_flow"][0])
    assert run.value("uses_reserves") == pytest.approx(0, abs=1e-6)


def test_a_reserve_without_a_loan_is_empty(tmp_path: Path) -> None:
    case = small(tmp_path, [generic(finance={"reserve_funding": "closing"})], economy={"vat": 0})
    run = case.runs["plant"]
    assert run.value("dsra.balance_highest") == 0
    assert not run.failed_checks()


def test_sculpted_debt_may_have_a_reserve(tmp_path: Path) -> None:
    """Debt service follows CFADS after tax, the reserve looks ahead at it: no circle."""
    loan = LOAN | {"repayment": "sculpted"}
    finance = {"loan": loan, "reserve_funding": "closing", "reserve_interest": 0.02}
    plant = generic(finance=finance, degradation=0.03, energy_per_year=20_000, energy_price=3)
    case = small(tmp_path, [plant], borrower={"tax_regime": "company"})
    run = case.runs["plant"]
    assert not run.failed_checks()
    service = run["loan.service"][0]
    assert run["dsra.balance"][0, 40] == pytest.approx(service[41:47].sum())
