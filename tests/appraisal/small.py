"""Small portfolios for tests, written to a folder as a user would write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.case import Case, appraise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ECONOMY: dict[str, Any] = {
    "currency": "THB", "closing": "2027-01", "appraisal_date": "2026-11-22",
    "discount_rates": {"project": 0.08, "equity": 0.12},
}  # fmt: skip


def small(
    folder: Path,
    projects: list[dict[str, Any]],
    sites: list[dict[str, Any]] | None = None,
    borrower: Mapping[str, Any] | None = None,
    economy: Mapping[str, Any] | None = None,
    scenarios: list[dict[str, Any]] | None = None,
    risk: Mapping[str, Any] | None = None,
) -> Case:
    """Appraises a portfolio of these projects; where a project names no borrower it is "owner"."""
    owners = {project.get("borrower", "owner"): None for project in projects}
    content = {
        "title": "Small",
        "economy": ECONOMY | dict(economy or {}),
        "borrowers": [{"name": n, "tax_regime": "none"} | dict(borrower or {}) for n in owners],
        "sites": sites or [],
        "projects": [{"borrower": "owner"} | project for project in projects],
        "scenarios": scenarios or [],
        "risk": dict(risk or {}),
    }
    (folder / "portfolio.yaml").write_text(json.dumps(content), encoding="utf-8")
    return appraise(folder)


def generic(
    name: str = "plant", finance: Mapping[str, Any] | None = None, **inputs: Any
) -> dict[str, Any]:
    """A plant of 1,000,000 that earns 200,000 a year for ten years, all changeable."""
    figures = {"plant_cost": 1_000_000, "benefit_per_year": 200_000, "life_years": 10} | inputs
    return {
        "name": name, "technology": "generic", "inputs": figures, "finance": finance or {},
    }  # fmt: skip
