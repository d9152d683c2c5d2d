"""Tax holiday: income exempt, the cap, losses within it. Hand-made years, plants of 1,000."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eicfinance.portfolio.source import BadInput
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.model.numeric import Run

ECONOMY = {"inflation": 0, "vat": 0}


def taxed(
    folder: Path, benefit: float, ppy: int = 1, losses: str = "carried_forward", cost: float = 1000,
    regime: str = "company", loss_years: int = 5, inputs: Any = None, **finance: Any,
) -> Run:  # fmt: skip
    plant = generic(finance={"depreciation_years": 5} | finance, plant_cost=cost,
                    benefit_per_year=benefit, **(inputs or {}))  # fmt: skip
    economy = ECONOMY | {"periods_per_year": ppy, "loss_years": loss_years}
    borrower = {"tax_regime": regime, "losses": losses}
    run = small(folder, [plant], borrower=borrower, economy=economy).runs["plant"]
    assert not run.failed_checks()
    return run


@pytest.mark.parametrize("ppy", [1, 2, 12])
@pytest.mark.parametrize("losses", ["carried_forward", "absorbed", "refunded"])
def test_no_tax_in_the_holiday_and_full_tax_after(tmp_path: Path, ppy: int, losses: str) -> None:
    """300 a year less 200 of depreciation for five years: 20 of tax a year, then 60. Three years
    are exempt; the depreciation of those years is gone."""
    run = taxed(tmp_path, 300, ppy, losses, holiday_years=3)
    assert run.annual("depreciation")[1:6] == pytest.approx([200] * 5)
    assert run.annual("tax.tax") == pytest.approx([0] * 4 + [20] * 2 + [60] * 5, abs=1e-9)


def test_the_holiday_begins_with_operation(tmp_path: Path) -> None:
    """After half a year of building it ends in the middle of project year 3."""
    run = taxed(tmp_path, 300, 2, inputs={"construction_months": 6}, holiday_years=2)
    assert run.series("tax.tax") == pytest.approx([0] * 6 + [10] * 6 + [30] * 10 + [0], abs=1e-9)


@pytest.mark.parametrize("ppy", [1, 12])
def test_the_cap_ends_the_holiday(tmp_path: Path, ppy: int) -> None:
    """Tax of 20 a year would be exempt for eight years; the cap of 5% of 1,000 is used up by the
    half of year 3: 20 + 20 + 10 are exempt."""
    run = taxed(tmp_path, 300, ppy, holiday_years=8, holiday_cap=0.05)
    assert run.annual("tax.tax") == pytest.approx([0, 0, 0, 10] + [20] * 2 + [60] * 5, abs=1e-6)
    free = taxed(tmp_path, 300, ppy, holiday_years=8, holiday_cap=10)
    assert free.annual("tax.tax") == pytest.approx([0] * 9 + [60] * 2, abs=1e-9)
    none = taxed(tmp_path, 300, ppy, holiday_years=8, holiday_cap=0)
    assert none.annual("tax.tax") == pytest.approx([0] + [20] * 5 + [60] * 5, abs=1e-9)


@pytest.mark.parametrize(
    ("years", "tax"),
    # losses of 50 a year for five years, then income of 150. Three years of holiday lose 150, with
    # year 3; years 4 and 5 lose 50 each. After 5 years: 150 - 150, 150 - 100; after 2 years the 150
    # has expired: 150 - 100
    [(5, [0, 10, 30, 30, 30]), (2, [10, 30, 30, 30, 30]), (0, [30] * 5)],
)
def test_the_loss_of_the_holiday_is_carried_forward_from_its_end(
    tmp_path: Path, years: int, tax: list[float]
) -> None:
    run = taxed(tmp_path, 150, loss_years=years, holiday_years=3)
    assert run.series("tax.holiday_loss") == pytest.approx([0] * 3 + [150] + [0] * 7)
    assert run.series("tax.tax") == pytest.approx([0] * 6 + tax, abs=1e-9)


def test_profits_of_the_holiday_take_up_its_losses_first(tmp_path: Path) -> None:
    """Losses of 50 in years 1 to 5, profit of 150 in 6 and 7: seven years leave 50, not 250; with
    eight nothing is left but exempt profit."""
    run = taxed(tmp_path, 150, holiday_years=6)
    assert run.series("tax.tax")[7:] == pytest.approx([10, 30, 30, 30])
    later = taxed(tmp_path, 150, holiday_years=8)
    assert later.series("tax.tax")[7:] == pytest.approx([0, 0, 30, 30])


def test_zero_tax_and_a_holiday_of_no_years(tmp_path: Path) -> None:
    without = taxed(tmp_path, 300)
    none = taxed(tmp_path, 300, holiday_years=0)
    assert none.series("tax.tax") == pytest.approx(without.series("tax.tax"))
    plant = generic(finance={"holiday_years": 3, "holiday_cap": 0.1})
    economy = ECONOMY | {"income_tax_rate": 0}
    run = small(tmp_path, [plant], borrower={"tax_regime": "company"}, economy=economy).runs[
        "plant"
    ]
    assert max(map(abs, run["tax.tax"][0])) == 0


def test_a_longer_holiday_never_costs_more_tax_where_profits_are_made(tmp_path: Path) -> None:
    paid = [sum(taxed(tmp_path, 300, holiday_years=n)["tax.tax"][0]) for n in range(6)]
    assert paid == sorted(paid, reverse=True)


@pytest.mark.parametrize(
    ("finance", "regime", "says"),
    [
        ({"holiday_cap": 1}, "company", "a cap needs a tax holiday; add holiday_years"),
        ({"holiday_years": 3}, "presumptive", "a tax holiday is a company's"),
        ({"holiday_years": 3}, "none", "a tax holiday is a company's"),
    ],
)
def test_a_holiday_that_cannot_be(
    tmp_path: Path, finance: dict[str, Any], regime: str, says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        taxed(tmp_path, 300, regime=regime, **finance)
