"""Grants: what they keep of their figures, and how much they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eicfinance.portfolio.source import BadInput
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path


def given(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "distribution": "pert", "source": "offer"}


def test_terms_keep_range_distribution_and_source(tmp_path: Path) -> None:
    finance = {
        "loan": {"share": 0.5, "rate": given(0.06, 0.05, 0.09), "tenor_months": 60},
        "grants": [{"name": "g", "share": given(0.2, 0.1, 0.3), "lag_months": given(6, 3, 18)}],
    }
    inputs = small(tmp_path, [generic(finance=finance)]).projects["plant"].model.inputs
    for name, low, high in (("loan_rate", 0.05, 0.09), ("grant_1", 0.1, 0.3),
                            ("grant_1_lag_months", 3, 18)):  # fmt: skip
        made = inputs[name]
        assert (made.low, made.high, made.distribution) == (low, high, "pert"), name
        assert "offer" in made.text.source


@pytest.mark.parametrize(
    "grants",
    [
        [{"name": "g", "amount": 1_000_001}],
        [{"name": "a", "amount": 600_000}, {"name": "b", "share": 0.41}],
    ],
)
def test_grants_above_the_capital_cost_are_refused(
    tmp_path: Path, grants: list[dict[str, Any]]
) -> None:
    with pytest.raises(BadInput, match=r"portfolio.yaml:\d+.*plant.*exceed the capital cost"):
        small(tmp_path, [generic(finance={"grants": grants})], economy={"vat": 0})


def test_a_grant_of_the_whole_capital_cost_is_allowed(tmp_path: Path) -> None:
    grants = [{"name": "g", "amount": 1_000_000}]
    case = small(tmp_path, [generic(finance={"grants": grants})], economy={"vat": 0})
    assert case.runs["plant"].value("depreciable_basis") == 0
