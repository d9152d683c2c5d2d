"""The cells that the memo names are the workbook's: same place, same figure, same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from eicfinance.reports.cells import Cells
from eicfinance.reports.memo import content
from eicfinance.reports.workbook import workbook
from tests.portfolios import BUNDLED, OWN, viewed

pytestmark = pytest.mark.slow

FOLDERS = [path for path in [*BUNDLED, *OWN]
           if path.name in ("one-roof", "two-loans", "all-schemes", "sized-loans")]  # fmt: skip


def rows(found: Any) -> list[dict[str, Any]]:
    """All rows that name a cell, wherever they stand."""
    if isinstance(found, dict):
        own = [found] if found.get("cell") else []
        return own + [row for value in found.values() for row in rows(value)]
    if isinstance(found, list | tuple):
        return [row for value in found for row in rows(value)]
    return []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_cells_and_names_are_those_of_the_workbook(folder: Path, tmp_path: Path) -> None:
    shown = viewed(folder)
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(shown))
    book = openpyxl.load_workbook(path, data_only=True)
    cells = Cells(shown)
    count = 0
    for p in shown.projects:
        for name in p.case.model.results:
            sheet, place = cells.of(p.case.model, name).split("!")
            value = p.run.value(name)
            stored = book[sheet][place].value
            if isinstance(stored, int | float):
                assert stored == pytest.approx(value, rel=1e-12), name
                count += 1
    assert count > 100 * len(shown.projects)
    for row in rows(content(shown)):
        sheet, place = row["cell"].split("!")
        label = book[sheet][f"A{place[1:]}"].value
        assert label, row
    for name in cells.at:
        assert name in book.defined_names, name


def test_a_capital_item_points_to_the_figures_it_is_made_of() -> None:
    """The roof costs its size times a price, both with rows of their own."""
    folder = next(path for path in BUNDLED if path.name == "one-roof")
    shown = viewed(folder)
    cells = Cells(shown)
    model = shown.projects[0].case.model
    found = cells.rests_on(model, "capital_pv")
    assert found is not None
    wanted = ("roof__capacity_kwp", "roof__capital_per_kwp")
    assert {way["at"] for way in found} == {cells.at[name] for name in wanted}
    assert cells.rests_on(model, "project_npv") is None
