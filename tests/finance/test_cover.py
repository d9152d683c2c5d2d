"""Debt service cover: the window, also of a loan that never has a full year of service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.model.numeric import Run

PLAIN = {"vat": 0, "inflation": 0}


def run_of(folder: Path, loan: dict[str, Any], **inputs: Any) -> Run:
    """A million's plant that earns 20,000 a month, with a loan of 100,000."""
    plant = generic(
        finance={"loan": {"share": 0.1, "rate": 0} | loan}, benefit_per_year=240_000, **inputs
    )
    host = {"cash_flow": 10_000, "debt_service": 5_000}
    return small(folder, [plant], borrower=host, economy=PLAIN).runs["plant"]


@pytest.mark.parametrize("tenor", [1, 8, 11])
def test_a_loan_of_less_than_a_year_has_one_ratio(tmp_path: Path, tenor: int) -> None:
    """CFADS from the first to the last instalment over all of the service: n x 20,000 / 100,000.
    The global ratio takes twelve months: (n x 20,000 + 120,000) / (100,000 + 60,000)."""
    run = run_of(tmp_path, {"tenor_months": tenor})
    expected: list[float | None] = [None] * 121
    expected[tenor] = tenor * 0.2
    assert run.series("dscr") == pytest.approx(expected)
    assert run.value("dscr_min") == run.value("dscr_average") == pytest.approx(tenor * 0.2)
    assert run.value("dscr_min_period") == tenor
    whole = (tenor * 20_000 + 120_000) / (100_000 + 60_000)
    assert run.value("dscr_global_min") == pytest.approx(whole)


@pytest.mark.parametrize("tenor", [12, 13, 24])
def test_a_longer_loan_has_trailing_years(tmp_path: Path, tenor: int) -> None:
    """From month 12 to the last instalment: 12 x 20,000 / (12 x 100,000 / n)."""
    found = run_of(tmp_path, {"tenor_months": tenor}).series("dscr")
    assert found[:12] == [None] * 12
    assert found[12 : tenor + 1] == pytest.approx([0.2 * tenor] * (tenor - 11))
    assert found[tenor + 1 :] == [None] * (120 - tenor)


def test_debt_service_before_commissioning_is_not_in_a_short_loans_ratio(tmp_path: Path) -> None:
    """Closing, six months of building with interest alone, then six instalments: the ratio is that
    of months 7 to 12: 6 x 20,000 / (100,000 + interest of 1% on 100,000, 83,333, ... 16,667)."""
    loan = {"rate": 0.12, "tenor_months": 12, "grace_months": 6, "repayment": "equal_principal"}
    run = run_of(tmp_path, loan, construction_months=6)
    assert (run.series("loan.service")[6] or 0) > 0
    interest = 0.01 * 100_000 * (6 + 5 + 4 + 3 + 2 + 1) / 6
    expected = 120_000 / (100_000 + interest)
    assert run.value("dscr_min") == pytest.approx(expected)
    assert [t for t, ratio in enumerate(run.series("dscr")) if ratio is not None] == [12]


def test_months_of_interest_alone_count_as_service(tmp_path: Path) -> None:
    """As in SAM: a year of grace at 12% is the first full year: 240,000 / 12,000."""
    run = run_of(tmp_path, {"rate": 0.12, "tenor_months": 36, "grace_months": 12})
    assert run.series("dscr")[12] == pytest.approx(20)


@pytest.mark.parametrize("loan", [{"share": 0, "tenor_months": 24}, {"tenor_months": 6}])
def test_without_service_after_commissioning_there_is_no_ratio(
    tmp_path: Path, loan: dict[str, Any]
) -> None:
    """No debt; or a loan repaid while the plant, built in 5 months, waits for commissioning."""
    run = run_of(tmp_path, loan, construction_months=5, delay_months=3)
    for name in ("dscr_min", "dscr_average", "dscr_global_min", "dscr_min_period"):
        assert run.value(name) is None
    assert run.value("dscr_host") == pytest.approx(2)


@pytest.mark.parametrize("change", [{"delay_months": 24}, {"grant_1_lag_months": 0},
                                    {"vat": 0.15}])  # fmt: skip
def test_bridging_is_no_equity(change: dict[str, float], tmp_path: Path) -> None:
    """A delay, a late grant or VAT to be refunded make no loan safer."""
    finance = {"loan": {"share": 0.8, "rate": 0.08, "tenor_months": 60},
               "grants": [{"name": "fund", "share": 0.3, "lag_months": 9}]}  # fmt: skip
    case = small(tmp_path, [generic(finance=finance, construction_months=12)],
                 borrower={"tax_regime": "company"})  # fmt: skip
    base = case.runs["plant"].value("debt_to_equity")
    group = "economy" if "vat" in change else "plant"
    late = run_case(case, {group: change})["plant"].value("debt_to_equity")
    assert late == pytest.approx(base)


def test_level_cash_and_level_service_have_one_ratio(tmp_path: Path) -> None:
    """20,000 a month against an annuity of 100,000 at 1% a month over 24 months (4,707.35): LLCR,
    PLCR and DSCR by the annuity factors of 24 months (21.24339) and of 120 (69.70052)."""
    run = run_of(tmp_path, {"rate": 0.12, "tenor_months": 24})
    assert run.value("dscr_min") == pytest.approx(20_000 / 4_707.347, rel=1e-6)
    assert run.value("llcr") == pytest.approx(20_000 * 21.24339 / 100_000, rel=1e-6)
    assert run.value("plcr") == pytest.approx(20_000 * 69.70052 / 100_000, rel=1e-6)
    found = run.series("llcr_by_period")
    assert found[:13] == pytest.approx([run.value("dscr_min")] * 13)
    assert found[13:] == [None] * 108  # less than a year of debt service ahead
    assert run.value("llcr_min") == pytest.approx(run.value("llcr"))


def test_a_moratorium_counts_cash_from_commissioning(tmp_path: Path) -> None:
    """Six months of building, then six of interest alone at 1%, then twelve equal instalments."""
    loan = {"rate": 0.12, "tenor_months": 24, "grace_months": 12}
    run = run_of(tmp_path, loan, construction_months=6)
    cash = sum(20_000 / 1.01**k for k in range(1, 19))
    assert run.value("llcr") == pytest.approx(cash / 100_000)
    assert run.value("llcr_min_period") == 12  # 20,000 x 11.25508 / 100,000, and twelve to come
    assert run.value("llcr_min") == pytest.approx(20_000 * 11.25508 / 100_000, rel=1e-6)


def test_ratios_are_blank_where_nothing_is_owed(tmp_path: Path) -> None:
    """No debt; or a loan repaid before commissioning."""
    for loan, more in (
        ({"share": 0, "tenor_months": 24}, {}),
        ({"tenor_months": 6}, {"delay_months": 3}),
    ):
        run = run_of(tmp_path, loan, construction_months=5, **more)
        for name in ("llcr", "plcr", "llcr_min", "plcr_min", "llcr_min_period"):
            assert run.value(name) is None
