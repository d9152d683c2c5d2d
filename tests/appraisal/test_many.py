"""A large cluster: many takers of one pool, many projects of one owner, loans one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eicfinance.model.sheet import Layout
from tests.appraisal.small import generic, small
from tests.appraisal.test_cluster import MILL, roof

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.case import Case

MANY = 70
EXCEL_LONGEST, EXCEL_DEEPEST = 8192, 64  # characters of a formula, levels of nesting


def test_seventy_takers_of_one_pool(tmp_path: Path) -> None:
    """Each roof of 1 kWp takes 1,400 kWh of 98,700: the first seventy leave 700 for the last."""
    projects = [roof(f"roof{k}", 1, inputs={"life_years": 2}) for k in range(MANY + 1)]
    site = {"name": "mill", "type": "premises", "inputs": {"load_per_year": 98_700}}
    case = small(tmp_path, projects, sites=[MILL | site], economy={"periods_per_year": 1})
    used = [case.runs[f"roof{k}"].series("energy_own_use")[1] for k in range(MANY + 1)]
    assert used == pytest.approx([1400] * MANY + [700])
    assert not any(run.failed_checks() for run in case.runs.values())
    formulas = _formulas(case)
    assert max(map(len, formulas)) < EXCEL_LONGEST
    assert max(map(_depth, formulas)) < EXCEL_DEEPEST


def _formulas(case: Case) -> list[str]:
    """All formulas of the workbook, as templates."""
    layouts: dict[str, Layout] = {}
    found = []
    for model in case.models:
        layout = Layout.of(case.runs[model.name], model.name, layouts)
        layout.vectors = dict.fromkeys(model.vectors, "Inputs!$A$1:$L$1")
        layouts[model.name] = layout
        for item in model.rows:
            if item.formula is None or item.formula.op != "irr":  # an IRR has rows of its own
                found.append(layout.formula(item))
    return found


def _depth(formula: str) -> int:
    depth = deepest = 0
    for sign in formula:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest


def test_collateral_covers_all_loans_requested(tmp_path: Path) -> None:
    """Two loans of 500,000 and 1,000,000, the first repaid before the second is drawn: never more
    than 1,000,000 is owed, but 1,500,000 is requested. Three equal owners ask for 4,500,000."""
    early = generic("early", {"loan": {"share": 0.5, "rate": 0, "tenor_months": 24}})
    loan = {"share": 0.5, "rate": 0, "tenor_months": 60, "grace_months": 36}
    late = generic("late", {"loan": loan}, plant_cost=2_000_000, construction_months=36)
    projects = [project | {"count": 3} for project in (early, late)]
    zero = {"periods_per_year": 1, "vat": 0, "inflation": 0}
    case = small(tmp_path, projects, borrower={"collateral": 1_800_000}, economy=zero)
    run = case.runs["cluster"]
    owed = [500_000, 250_000 + 1e6 / 3, 2e6 / 3, 1e6]
    assert run.series("exposure_owner")[:4] == pytest.approx(owed)
    assert run.value("loans_owner") == pytest.approx(4_500_000)
    assert run.value("collateral_cover_owner") == pytest.approx(1.2)


def test_without_a_loan_there_is_no_cover(tmp_path: Path) -> None:
    run = small(tmp_path, [generic()], borrower={"collateral": 1e6}).runs["cluster"]
    assert run.value("loans_owner") == 0
    assert run.value("collateral_cover_owner") is None
