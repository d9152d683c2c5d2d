"""The scenario selector of a workbook: each scenario chosen, recalculated outside, is the engine's
run of the same inputs. Stored values are poisoned first."""

from __future__ import annotations

import re
import zipfile
from functools import partial
from typing import TYPE_CHECKING

import pytest

from eicfinance.appraisal.case import Case, appraise, run_case
from eicfinance.appraisal.selector import selector
from eicfinance.model.book import shown_value
from eicfinance.model.model import Line
from eicfinance.model.sheet import FIRST, Layout
from eicfinance.reports.view import view
from eicfinance.reports.workbook import write_workbook
from tests.portfolios import BUNDLED, OWN
from tests.recalculate import Cells, LibreOffice, by_ironcalc, cached, differences, poison, read

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.selector import Selector

pytestmark = pytest.mark.slow

FOLDERS = {path.name: path for path in (*BUNDLED, *OWN)}
NAMED = """scenarios:
  - name: "dear * money; =1+1"
    changes: {roof: {capital_per_kwp: 35000, loan_rate: 9%}, shop_site: {load_per_year: 40000}}
  - {name: worthless, changes: {roof: {energy_charge: 0}, economy: {inflation: 5%}}}
  - {name: LOW, changes: {roof: {energy_charge: 3}}}
"""


def case_of(name: str, folder: Path) -> Case:
    text = (FOLDERS[name] / "portfolio.yaml").read_text(encoding="utf-8")
    (folder / "portfolio.yaml").write_text(text + (NAMED if name == "one-roof" else ""),
                                           encoding="utf-8")  # fmt: skip
    return appraise(folder)


def choose(path: Path, to: Path, title: str) -> None:
    """Copies a workbook with another text in the selector's cell."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet2.xml":
                inner = title.replace("&", "&amp;")
                text, n = re.subn(r'<c r="C3"( s="\d+")? t="s"><v>\d+</v></c>',
                                  rf'<c r="C3"\1 t="inlineStr"><is><t>{inner}</t></is></c>',
                                  data.decode())  # fmt: skip
                assert n == 1
                data = text.encode()
            target.writestr(name, data)


def engine(case: Case, chosen: Selector, k: int, layouts: dict[str, Layout]) -> Cells:
    """Every line and result of every model by its cell, as the engine has them in a scenario."""
    changes: dict[str, dict[str, float]] = {}
    for (place, name), value in chosen.moves[k].items():
        changes.setdefault(place, {})[name] = value
    runs, cells = run_case(case, changes), Cells()
    for model in case.models:
        layout, run = layouts[model.name], runs[model.name]
        for item in model.rows:
            row = layout.rows[item.text.name]
            if isinstance(item, Line):
                for t, value in enumerate(run.series(item.text.name)):
                    cells[layout.sheet, f"{column(FIRST + t)}{row}"] = (
                        "" if value is None else value
                    )
            else:
                cells[layout.sheet, f"C{row}"] = shown_value(run, item)
    return cells


def column(k: int) -> str:
    letters = ""
    while k >= 0:
        letters, k = chr(ord("A") + k % 26) + letters, k // 26 - 1
    return letters


def layouts_of(case: Case, path: Path) -> dict[str, Layout]:
    """Where the rows stand, as the book itself was laid out."""
    names = {re.sub(r"[^a-z0-9_]", "_", m.name)[:26]: m for m in case.models}
    sheets = {sheet for sheet, _ in read(path)}
    assert set(names) <= sheets
    found: dict[str, Layout] = {}
    for name, model in names.items():
        found[model.name] = Layout.of(case.runs[model.name], name, dict(found))
    return found


@pytest.mark.parametrize("name", ["one-roof", "sized-loans", "quarterly-farm"])
def test_each_scenario_is_the_engines(name: str, tmp_path: Path) -> None:
    case, path = case_of(name, tmp_path), tmp_path / "book.xlsx"
    write_workbook(view(case), path)
    chosen, layouts = selector(case), layouts_of(case, path)
    if name == "one-roof":
        assert chosen.titles == ("Base", "Low", "High", "dear * money; =1+1", "worthless")
        assert chosen.left_out == ("LOW",)
        assert chosen.runs["roof"].irr("project_irr", 4).rate is None
    beside: list[tuple[str, Cells, LibreOffice]] = []
    for k, title in enumerate((*chosen.titles, "Yours")):
        expected = engine(case, chosen, k if title != "Yours" else 0, layouts)
        one, poisoned = tmp_path / f"{k}.xlsx", tmp_path / f"poisoned-{k}.xlsx"
        choose(path, one, title)
        assert poison(one, poisoned) == len(cached(one))
        place = tmp_path / str(k)
        beside.append((title, expected, LibreOffice(poisoned, place)))
        compare(title, expected, partial(by_ironcalc, poisoned))
        compare(title, expected, beside[-1][2].cells)


def compare(title: str, expected: Cells, recalculated: object) -> None:
    found = recalculated(expected)  # type: ignore[operator]
    largest: dict[str, float] = {}
    for (sheet, _), value in expected.items():
        if isinstance(value, float):
            largest[sheet] = max(largest.get(sheet, 0), abs(value))
    scales = {(sheet, int(at.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))): 0.0 for sheet, at in expected}
    own: dict[tuple[str, int], float] = dict(scales)
    for (sheet, at), value in expected.items():
        row = sheet, int(at.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        own[row] = max(own[row], abs(value) if isinstance(value, float) else 0)
    for row, size in own.items():  # rows of nothing but rounding
        if size <= 1e-12 * largest.get(row[0], 0):
            scales[row] = 1e-5 * largest[row[0]]
    wrong = differences(expected, found, scales)
    assert not wrong, f"{title}: {len(wrong)} of {len(expected)}: " + "\n".join(wrong[:12])
