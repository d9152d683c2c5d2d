"""Depreciation: published tables, and what must hold for every method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eicfinance.appraisal.case import run_case
from eicfinance.portfolio.source import BadInput
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.model.numeric import Run

# IRS Publication 946, table A-1, half-year convention, per cent of the basis by year
MACRS = {
    3: [33.33, 44.45, 14.81, 7.41],
    5: [20.00, 32.00, 19.20, 11.52, 11.52, 5.76],
    7: [14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46],
}


def written_off(folder: Path, ppy: int = 1, life: float = 10, **finance: Any) -> Run:
    """A plant of 1,000 with that depreciation."""
    plant = generic(finance=finance, plant_cost=1000, life_years=life)
    economy = {"periods_per_year": ppy, "inflation": 0, "vat": 0}
    return small(folder, [plant], borrower={"tax_regime": "company"}, economy=economy).runs["plant"]


@pytest.mark.parametrize("ppy", [1, 4, 12])
@pytest.mark.parametrize("years", MACRS)
def test_custom_by_year_of_operation(tmp_path: Path, years: int, ppy: int) -> None:
    shares = [f"{part}%" for part in MACRS[years]]
    run = written_off(tmp_path, ppy, depreciation="custom", depreciation_shares=shares)
    expected = [0, *(10 * part for part in MACRS[years])]
    assert run.annual("depreciation")[: len(expected)] == pytest.approx(expected)
    assert sum(run["depreciation"][0]) == pytest.approx(1000)


@pytest.mark.parametrize("ppy", [1, 2, 12])
def test_double_declining_by_hand(tmp_path: Path, ppy: int) -> None:
    """40% of what is left, 400, 240, 144; then the 216 left over two years is more than 86.4. (The
    general depreciation system's 200% method without the half-year convention.)"""
    run = written_off(tmp_path, ppy, depreciation="declining", depreciation_years=5)
    expected = [0, 400, 240, 144, 108, 108, 0, 0, 0, 0, 0]
    assert run.annual("depreciation") == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("years", [1, 2.5, 5, 10, 12])
@pytest.mark.parametrize("ppy", [1, 12])
def test_declining_once_is_straight_line(tmp_path: Path, ppy: int, years: float) -> None:
    one = {"depreciation_years": years, "declining_factor": 1}
    run = written_off(tmp_path, ppy, depreciation="declining", **one)
    even = written_off(tmp_path, ppy, depreciation_years=years)
    assert run.annual("depreciation") == pytest.approx(even.annual("depreciation"), abs=1e-9)


@settings(max_examples=15, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.floats(1, 20), st.floats(1, 5), st.floats(1, 14), st.sampled_from([1, 4]))
def test_declining_writes_off_all_once(
    tmp_path: Path, years: float, factor: float, life: float, ppy: int
) -> None:
    finance = {"depreciation": "declining", "depreciation_years": years, "declining_factor": factor}
    charges = written_off(tmp_path, ppy, life, **finance)["depreciation"][0]
    assert sum(charges) == pytest.approx(1000)
    assert min(charges) >= -1e-9


def test_what_a_short_life_leaves_is_written_off_with_it(tmp_path: Path) -> None:
    shares: dict[str, Any] = {"depreciation": "custom", "depreciation_shares": [0.1] * 10}
    assert written_off(tmp_path, life=4, **shares).series("depreciation") == pytest.approx(
        [0, 100, 100, 100, 700]
    )


def test_a_delay_moves_custom_depreciation(tmp_path: Path) -> None:
    plant = generic(finance={"depreciation": "custom", "depreciation_shares": ["70%", "30%"]})
    case = small(tmp_path, [plant], borrower={"tax_regime": "company"},
                 economy={"periods_per_year": 1, "inflation": 0, "vat": 0})  # fmt: skip
    late = run_case(case, {"plant": {"delay_months": 24}})["plant"]
    assert late.series("depreciation")[:6] == pytest.approx([0, 0, 0, 700_000, 300_000, 0])


@pytest.mark.parametrize(
    ("finance", "says"),
    [
        ({"depreciation": "custom"}, r'the key "depreciation_shares" is missing'),
        ({"depreciation_shares": [1]}, "applies only where depreciation is custom"),
        ({"depreciation": "custom", "depreciation_shares": ["50%", "40%"]},
         r"\d+:\d+: projects\[1\].finance.depreciation_shares: the shares add up to 90%, not 100%"),
        ({"depreciation": "custom", "depreciation_shares": ["50%", 50]},
         r"depreciation_shares\[2\]: found 50; .* for 50 per cent write 50%"),
        ({"depreciation": "custom", "depreciation_shares": ["150%", "-50%"]}, "found 1.5; a share"),
        ({"depreciation": "custom", "depreciation_shares": ["20 years"]}, "a share is a number"),
        ({"depreciation": "custom", "depreciation_shares": ["half", None, True]}, "found text"),
        ({"depreciation": "custom", "depreciation_shares": []}, "found 0 shares; allowed: 1 to 50"),
        ({"depreciation": "custom", "depreciation_shares": [0.01] * 100}, "found 100 shares"),
        ({"depreciation": "custom", "depreciation_shares": [1], "depreciation_years": 5},
         "applies only where depreciation is straight_line or declining; here it is custom"),
        ({"declining_factor": 2}, "applies only where depreciation is declining"),
        ({"depreciation": "sinking"}, "straight_line"),
    ],
)  # fmt: skip
def test_depreciation_that_cannot_be(tmp_path: Path, finance: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        written_off(tmp_path, **finance)
