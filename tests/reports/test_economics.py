"""The economic account in memo, JSON and cash flow: the same figures, or why there are none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eicfinance.reports.cashflow import as_table
from eicfinance.reports.memo import as_html
from eicfinance.reports.view import as_data, view
from tests.portfolios import BUNDLED, OWN, appraised, viewed

CHACHOENGSAO = next(path for path in BUNDLED if path.name == "chachoengsao")
ONE_ROOF = next(path for path in BUNDLED if path.name == "one-roof")
ADB = next(path for path in OWN if path.name == "adb-economic")


def section(folder: Path, project: str) -> str:
    """The memo's text on the economic account of a project."""
    html = as_html(viewed(folder))
    part = html[html.index(f'<section id="{project}"') :]
    part = part[part.index("<h4>Economic account</h4>") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part[: part.index("</section>")]))


def test_figures_of_the_published_method() -> None:
    """The ADB case: 621.76 M and 22.2% against 9%, 585 M for 630 M of capital; gains sum to it."""
    text = section(ADB, "husk")
    assert "Economic NPV (ENPV) 621,761,788 THB" in text
    assert "22.2% against 9.0%" in text
    assert "Less capital cost 630,000,000 585,000,000" in text
    assert "All: the economic NPV 621,761,788" in text
    assert "It pays for the country and for its owner" in text


@pytest.mark.parametrize(
    ("folder", "project", "why"),
    [(ONE_ROOF, "roof", "the portfolio gives no shadow prices"),
     (CHACHOENGSAO, "guard_houses", "the project gives no shares of its costs")],
)  # fmt: skip
def test_not_assessed_with_the_reason(folder: Path, project: str, why: str) -> None:
    assert f"Not assessed: {why}" in section(folder, project)
    data = as_data(view(appraised(folder)))
    (found,) = [p for p in data["projects"] if p["name"] == project]
    assert found["economic_account"] == "not assessed"
    assert "enpv" not in found["results"]


def test_data_and_table() -> None:
    case = appraised(CHACHOENGSAO)
    (found,) = [p for p in as_data(view(case))["projects"] if p["name"] == "mill_roof"]
    assert found["economic_account"] == "assessed"
    assert found["results"]["enpv"] == case.runs["mill_roof"].value("enpv")
    assert found["irr"]["eirr"]["status"] == "one"
    lines = {line["name"]: line["values"] for line in as_table(case, "mill_roof", True)["lines"]}
    assert {"project_flow", "economic_flow", "economic_power", "gain_owner_flow"} <= lines.keys()
    assert lines["economic_flow"] == case.runs["mill_roof"].annual("economic_flow")
