"""A solar home system and its batteries, by hand: 100 Wp for 22,500 THB, a battery at a quarter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.appraisal.small import small

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.model.numeric import Run

BARE = ("construction_months", "retention", "contingency", "om_share", "insurance_share")


def home(folder: Path, ppy: int = 1, loan: Any = None, **inputs: Any) -> Run:
    """It saves 3,000 THB a year at prices that do not rise; no VAT; both discount rates 12%."""
    figures = dict.fromkeys(BARE, 0) | {"watt_peak": 100, "life_years": 16} | inputs
    return small(
        folder, [{"name": "home", "technology": "solar", "choices": {"kind": "home_system"},
                  "inputs": figures, "finance": {"loan": loan} if loan else {}}],
        economy={"periods_per_year": ppy, "vat": 0, "inflation": 0,
                 "discount_rates": {"project": 0.12, "equity": 0.12}},
    ).runs["home"]  # fmt: skip


def bought(run: Run) -> dict[int, float]:
    return {t: cost for t, cost in enumerate(run.series("replacement_battery")) if cost}


@pytest.mark.parametrize(
    ("life", "years"), [(16, (4, 8, 12)), (15, (4, 8, 12)), (12, (4, 8)), (4, ()), (3, ())]
)
@pytest.mark.parametrize("ppy", [1, 12])
def test_no_battery_for_the_last_period(
    tmp_path: Path, life: float, years: tuple[int, ...], ppy: int
) -> None:
    """5,625 THB every four years, and none on the day on which the life ends."""
    run = home(tmp_path, ppy, life_years=life)
    assert bought(run) == pytest.approx({year * ppy: 5625 for year in years})


def test_battery_counts_in_the_levelised_cost(tmp_path: Path) -> None:
    """At 12%: 5,625 x (1.12^-4 + 1.12^-8 + 1.12^-12) = 5,625 x 1.296076 = 7,290; energy 140 kWh x
    6.973986 (an annuity of 16 years) = 976.4 kWh; (22,500 + 7,290) / 976.4 = 30.51 THB a kWh, of
    which the batteries are 7.47."""
    run = home(tmp_path)
    assert run.value("pv_energy") == pytest.approx(976.4, abs=0.05)
    for name in ("lcoe_nominal", "lcoe_nominal_project"):
        assert run.value(name) == pytest.approx(30.51, abs=0.005)
        without = home(tmp_path, battery_share=0).value(name)
        assert without == pytest.approx(30.51 - 7.47, abs=0.01)


def test_battery_counts_in_the_cover(tmp_path: Path) -> None:
    """11,250 THB without interest over five years, 2,250 a year: 3,000 / 2,250 = 1.33, but
    (3,000 - 5,625) / 2,250 = -1.17 in the fourth year."""
    run = home(tmp_path, loan={"share": 0.5, "rate": 0, "tenor_months": 60})
    assert run.series("dscr")[1:6] == pytest.approx([4 / 3, 4 / 3, 4 / 3, -7 / 6, 4 / 3])
    assert run.value("dscr_min") == pytest.approx(-7 / 6)
    assert run.value("dscr_min_period") == 4


def test_battery_counts_in_the_valley(tmp_path: Path) -> None:
    """A battery of half the price after two years: -22,500 + 2 x 3,000 - 11,250 = -27,750."""
    run = home(tmp_path, life_years=4, battery_share=0.5, battery_years=2)
    assert run.value("valley_depth") == pytest.approx(27_750)
    assert run.value("valley_trough_period") == 2


def test_battery_rises_with_prices(tmp_path: Path) -> None:
    """2% a year from closing: the battery of year 4 costs 5,625 x 1.02^4 = 6,088.68, and VAT."""
    folder = tmp_path
    run = small(
        folder, [{"name": "home", "technology": "solar", "choices": {"kind": "home_system"},
                  "inputs": dict.fromkeys(BARE, 0) | {"watt_peak": 100}}],
        economy={"inflation": 0.02},
    ).runs["home"]  # fmt: skip
    assert bought(run)[48] == pytest.approx(6_088.68 * 1.07, abs=0.006)
