"""The scenario selector of a workbook: each scenario chosen, recalculated outside, is the engine's
run of the same inputs. Stored values are poisoned first."""

from __future__ import annotations

import os
import re
import zipfile
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from xlsxwriter.utility import xl_col_to_name

from eicfinance.appraisal.case import Case, appraise, run_case
from eicfinance.appraisal.selector import selector
from eicfinance.model.book import shown_value
from eicfinance.model.model import Line
from eicfinance.model.sheet import FIRST, Layout
from eicfinance.reports.view import view
from eicfinance.reports.workbook import workbook
from tests.portfolios import BUNDLED, OWN
from tests.recalculate import Cells, LibreOffice, by_ironcalc, cached, differences, poison, read

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.selector import Selector

pytestmark = pytest.mark.slow

FOLDERS = {path.name: path for path in (*BUNDLED, *OWN)}
RICE_HUSK = "sam-rice-husk"
NAMED = """scenarios:
  - name: "dear * money; =1+1"
    changes: {husk: {plant_cost: 800000000, loan_rate: 9%}}
  - {name: worthless, changes: {husk: {energy_price: 0}, economy: {inflation: 5%}}}
  - {name: LOW, changes: {husk: {energy_price: 3}}}
"""
ALONE = """scenarios:
  - {name: shed alone, changes: {shed: {energy_charge: 5}}}
  - {name: both, changes: {economy: {energy_charge: 3.6}, roof: {energy_charge: 4.2}}}
"""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
NAMES = [RICE_HUSK, *(["one-roof", "sized-loans", "quarterly-farm"] if WHOLE else [])]


def case_of(name: str, folder: Path) -> Case:
    text = (FOLDERS[name] / "portfolio.yaml").read_text(encoding="utf-8")
    (folder / "portfolio.yaml").write_text(text + (NAMED if name == RICE_HUSK else ""),
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
    runs = run_case(case, changes)
    cells: Cells = {}
    for model in case.models:
        layout, run = layouts[model.name], runs[model.name]
        for item in model.rows:
            row = layout.rows[item.text.name]
            if isinstance(item, Line):
                for t, x in enumerate(run.series(item.text.name), start=FIRST):
                    cells[layout.sheet, f"{xl_col_to_name(t)}{row}"] = "" if x is None else x
            else:
                cells[layout.sheet, f"C{row}"] = shown_value(run, item)
    return cells


def layouts_of(case: Case, path: Path) -> dict[str, Layout]:
    """Where the rows stand, as the book itself was laid out."""
    names = {re.sub(r"[^a-z0-9_]", "_", m.name)[:26]: m for m in case.models}
    sheets = {sheet for sheet, _ in read(path)}
    assert set(names) <= sheets
    found: dict[str, Layout] = {}
    for name, model in names.items():
        found[model.name] = Layout.of(case.runs[model.name], name, dict(found))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_scenario_is_the_engines(name: str, tmp_path: Path) -> None:
    case, path = case_of(name, tmp_path), tmp_path / "book.xlsx"
    path.write_bytes(workbook(view(case)))
    chosen, layouts = selector(case), layouts_of(case, path)
    if name == RICE_HUSK:
        assert chosen.titles == ("Base", "Low", "High", "dear * money; =1+1", "worthless")
        assert chosen.left_out == ("LOW",)
        assert chosen.runs["husk"].irr("project_irr", 4).rate is None
    expected: dict[str, Cells] = {}
    for k, title in enumerate((*chosen.titles, "Yours")):
        expected[f"poisoned-{k}.xlsx"] = engine(case, chosen, k % len(chosen.titles), layouts)
        choose(path, tmp_path / "one.xlsx", title)
        count = poison(tmp_path / "one.xlsx", tmp_path / f"poisoned-{k}.xlsx")
        assert count == len(cached(path))
    first, *more = (tmp_path / book for book in expected)
    beside = LibreOffice(first, tmp_path / "libreoffice", *more)
    for book, cells in expected.items():
        compare(f"IronCalc, {book}", cells, by_ironcalc(tmp_path / book, cells))
    for book, cells in expected.items():
        compare(f"LibreOffice, {book}", cells, beside.cells(cells, book))


def compare(title: str, expected: Cells, found: Cells) -> None:
    """Every cell to 1e-9 of its row; rows of nothing but rounding to 1e-14 of the sheet."""
    largest: dict[str, float] = defaultdict(float)
    own: dict[tuple[str, int], float] = defaultdict(float)
    for (sheet, at), value in expected.items():
        if isinstance(value, float):
            row = sheet, int(at.lstrip(LETTERS))
            own[row] = max(own[row], abs(value))
            largest[sheet] = max(largest[sheet], abs(value))
    rounding = {row: largest[row[0]] * 1e-5 for row, size in own.items()
                if size <= 1e-12 * largest[row[0]]}  # fmt: skip
    wrong = differences(expected, found, rounding)
    assert not wrong, f"{title}: {len(wrong)} of {len(expected)}: " + "\n".join(wrong[:12])


def test_a_shared_price_that_is_another_for_one_project(tmp_path: Path) -> None:
    """A scenario gives one project a price of its own: it has a cell for it, empty at base."""
    text = (FOLDERS["one-roof"] / "portfolio.yaml").read_text(encoding="utf-8")
    tariff = "  periods_per_year: 1\n  tariffs: {energy_charge: 4}\n  appraisal_date:"
    text = text.replace("  appraisal_date:", tariff)
    text += text[text.index("  - name: roof") :].replace("name: roof", "name: shed") + ALONE
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    case, path, one = appraise(tmp_path), tmp_path / "book.xlsx", tmp_path / "one.xlsx"
    path.write_bytes(workbook(view(case)))
    chosen = selector(case)
    assert (chosen.titles[3:], chosen.left_out) == (("shed alone", "both"), ())
    npv = [float(chosen.runs["roof"].value("project_npv", k) or 0) for k in (0, 3, 4)]
    assert npv[0] == npv[1] != npv[2]
    choose(path, one, "both")
    poison(one, tmp_path / "poisoned.xlsx")
    cells = engine(case, chosen, 4, layouts_of(case, path))
    compare("both", cells, by_ironcalc(tmp_path / "poisoned.xlsx", cells))
    again = appraise(one)
    charge = [again.projects[p].model.inputs["energy_charge"].value for p in ("roof", "shed")]
    assert charge == [4.2, 3.6]
    assert [
        {p: {n: v.number for n, v in found.items()} for p, found in s.changes.items()}
        for s in again.portfolio.scenarios
    ] == [
        {"shed": {"energy_charge": 5}},
        {"economy": {"energy_charge": 3.6}, "roof": {"energy_charge": 4.2}},
    ]


def test_the_lending_comparison_follows_the_project(tmp_path: Path) -> None:
    """A changed price of the plant reaches the contract, which has a clock of its own: in a run of
    the whole case, and in the workbook as in that of the changed case."""
    text = (FOLDERS["yearly-lending"] / "portfolio.yaml").read_text(encoding="utf-8")
    text = text[: text.index("  - scheme: franchising")]
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    case, path = appraise(tmp_path), tmp_path / "book.xlsx"
    (project,) = case.projects
    offers = case.comparisons[project].offers
    contracts = [o.contract for o in offers if o.contract is not o.deal]
    assert contracts
    dear = run_case(case, {project: {"plant_cost": 440_000.0}})
    cost, name = dear[project].value("capital_cost"), f"{project}_capital_cost"
    assert cost != case.runs[project].value("capital_cost")
    assert {dear[m.name].value(name) for m in contracts} == {cost}
    path.write_bytes(workbook(view(case)))
    wanted: Cells = {}
    layouts = layouts_of(case, path)
    for model in contracts:
        for name, result in model.results.items():
            at = layouts[model.name].sheet, f"C{layouts[model.name].rows[name]}"
            wanted[at] = shown_value(dear[model.name], result)
    found = by_ironcalc(path, wanted, {f"{project}__plant_cost": 440_000.0})
    compare("contracts", wanted, found)
