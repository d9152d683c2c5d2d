"""What every plant has in common: timeline, replacements, VAT, retention, payment lag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

LOAD = {"name": "s", "type": "premises", "inputs": {"load_per_year": 9e6}}
YEARLY = {"periods_per_year": 1, "inflation": 0, "vat": 0}


@pytest.mark.parametrize(
    ("life", "every", "years"),
    [(25, 12, [12, 24]), (24, 12, [12]), (12, 12, []), (13, 12, [12]), (2.5, 2, [2]),
     (10, 4.5, [5, 9]), (9, 4.5, [5])],
)  # fmt: skip
def test_replacements_but_none_at_the_end(
    tmp_path: Path, life: float, every: float, years: list[int]
) -> None:
    """In the period in which the old one's time is over; not in the plant's last (whole) period."""
    inputs = {"capacity_kwp": 10, "life_years": life, "construction_months": 0}
    inputs |= {"inverter_years": 10}
    pv = {"name": "pv", "technology": "solar", "takes": {"load": "s.load"}, "inputs": inputs}
    case = small(tmp_path, [pv], sites=[LOAD], economy=YEARLY)
    run = run_case(case, {"pv": {"inverter_years": every}})["pv"]
    bought = run.series("replacement_inverter")
    assert [t for t, cost in enumerate(bought) if cost] == years
    assert sum(x or 0 for x in bought) == pytest.approx(len(years) * 10 * 25_000 * 0.12)


def test_building_ramp_retention_and_vat_by_hand(tmp_path: Path) -> None:
    """900 built in 3 months, 10% kept until 2 months after commissioning in month 4; 7% VAT back
    after 2 months; two months of ramp-up; buyers pay after 1.5 months (45.625 days)."""
    plant = generic(
        plant_cost=900, construction_months=3, delay_months=1, retention=0.1, retention_months=2,
        ramp_up_months=2, benefit_per_year=1200, payment_lag_days=45.625, life_years=1,
    )  # fmt: skip
    economy = {"inflation": 0, "vat": 0.07, "vat_refund_months": 2}
    borrower = {"tax_regime": "company", "vat_registered": "registered"}
    run = small(tmp_path, [plant], borrower=borrower, economy=economy).runs["plant"]
    assert run.series("capital_paid")[:8] == pytest.approx([0, 270, 270, 270, 0, 0, 90, 0])
    assert run.series("vat_net")[:7] == pytest.approx([0, 21, 21, 0, -21, -21, 0])
    assert run.series("sales")[4:9] == pytest.approx([0, 50, 100, 100, 100])
    assert run.series("receipts")[5:10] == pytest.approx([0, 25, 75, 100, 100])
    assert run.series("sales")[16:18] == pytest.approx([100, 0])
    assert run.series("receipts")[16:20] == pytest.approx([100, 100, 50, 0])


@pytest.mark.parametrize("lag", [0, 365])
@pytest.mark.parametrize("ppy", [1, 2, 4, 12, 52])
def test_what_is_due_after_the_end_is_paid_in_the_last_period(
    tmp_path: Path, ppy: int, lag: float
) -> None:
    """Sales, VAT and retention of a plant of one year, with lags of a year and more."""
    plant = generic(
        life_years=1, payment_lag_days=lag, construction_months=12, retention=0.05,
        retention_months=60, salvage_share=0.1,
    )  # fmt: skip
    economy: dict[str, Any] = {"periods_per_year": ppy, "inflation": 0, "vat_refund_months": 48}
    borrower = {"tax_regime": "company", "losses": "carried_forward"}
    run = small(tmp_path, [plant], borrower=borrower, economy=economy).runs["plant"]
    assert not run.failed_checks()
    cash = sum(x or 0 for x in run.series("flow_before_tax"))
    assert cash == pytest.approx(200_000 - 1_000_000 + 100_000)


def test_a_late_grant_counts_in_gearing(tmp_path: Path) -> None:
    """Decision 15: debt / (uses - grants), also where the grant comes after commissioning."""
    finance = {
        "loan": {"share": 0.5, "rate": 0, "tenor_months": 60},
        "grants": [{"name": "g", "source": "test", "share": 0.4, "lag_months": 6}],
    }
    run = small(tmp_path, [generic(finance=finance)], economy={"vat": 0}).runs["plant"]
    assert run.value("loan.debt") == pytest.approx(300_000)
    assert run.value("uses") == pytest.approx(1_000_000)
    assert run.value("gearing") == pytest.approx(0.5)
    assert run.series("grants_received")[6] == pytest.approx(400_000)


def test_life_beyond_the_timeline_is_named(tmp_path: Path) -> None:
    case = small(tmp_path, [generic(life_years=10)])
    assert case.runs["plant"].value("life_not_counted") == 0
    longer = run_case(case, {"plant": {"life_years": 12}})["plant"]
    assert longer.value("life_not_counted") == 24
