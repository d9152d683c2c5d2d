"""Every formula cell of every workbook, recalculated outside, equals the engine.

Stored values are poisoned first. At base (a seeded sample of the portfolios, all of them with
`run.py test --all`), and at inputs that reach loss years, zero debt, grace, a
grant and a negative NPV (tests/cases/quarterly-farm has the grant).
"""

from __future__ import annotations

import copy
import os
import random
import re
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

from eicfinance.appraisal.case import Case, run_case
from eicfinance.appraisal.sensitivity import sensitivity
from eicfinance.reports.view import view
from eicfinance.reports.workbook import workbook
from tests.portfolios import BUNDLED, OWN, appraised
from tests.recalculate import Cells, LibreOffice, by_ironcalc, cached, differences, poison, read

pytestmark = pytest.mark.slow

CHACHOENGSAO = next(path for path in BUNDLED if path.name == "chachoengsao")
ONE_ROOF = next(path for path in BUNDLED if path.name == "one-roof")
CREDITS = next(path for path in OWN if path.name == "economic-farm")
FARM = next(path for path in OWN if path.name == "quarterly-farm")
Changes = dict[str, dict[str, float]]

WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
SAMPLE = 2  # portfolios whose books are recalculated at base, beside Chachoengsao's
BASE = [*BUNDLED, *OWN]
if not WHOLE:
    BASE = [CHACHOENGSAO, *(p for p in random.Random(3).sample(BASE, SAMPLE) if p != CHACHOENGSAO)]
PERTURBED: list[tuple[str, Path, Changes]] = [
    ("zero debt, full tax", ONE_ROOF,
     {"roof": {"loan_share": 0.0}, "economy": {"income_tax_rate": 0.3}}),
    ("long grace, zero rate", ONE_ROOF, {"roof": {"loan_grace_months": 36.0, "loan_rate": 0.0}}),
    ("loss years, negative NPV", ONE_ROOF, {"roof": {"energy_charge": 0.4, "delay_months": 9.0}}),
    ("no grant, grace", FARM, {"digester": {"grant_1": 0.0, "loan_grace_months": 30.0}}),
    ("all grant, no inflation", FARM,
     {"digester": {"grant_1": 1.0}, "economy": {"inflation": 0.0}}),
    ("loss years that expire", FARM, {"digester": {"om_share": 0.35, "payment_lag_days": 0.0}}),
    ("cheap power", FARM, {"digester": {"energy_charge": 2.0, "export_price": 3.0}}),
    ("free husk, export", CHACHOENGSAO,
     {"husk_plant": {"husk_price": 0.0, "export_allowed": 1.0},
      "noodle_husk": {"husk_price": 1.5}}),
    ("strong waste, zero debt", CHACHOENGSAO,
     {"noodle_lpg": {"cod": 12.0, "loan_share": 0.0}, "pig_biogas": {"loan_grace_months": 24.0}}),
    ("dear husk, slow start", CHACHOENGSAO,
     {"husk_plant": {"husk_price": 1500.0, "ramp_up_months": 18.0},
      "mill_site": {"paddy_per_year": 9000.0}}),
    ("late credits, dear labour", CREDITS,
     {"digester": {"carbon_issuance_lag_months": 40.0, "carbon_verification_years": 1.5},
      "economy": {"swrf": 1.2, "scf": 0.7}}),
]  # fmt: skip
TRIED = PERTURBED
if not WHOLE:  # a large book takes a minute
    TRIED = random.Random(5).sample([p for p in PERTURBED if p[1] != CHACHOENGSAO], 3)


def write(case: Case, path: Path, changes: Changes | None = None) -> Case:
    """The workbook of a case at its base or at changed inputs."""
    changed = copy.copy(case)
    if changes:
        changed.runs = run_case(case, changes)
    path.write_bytes(workbook(view(changed)))
    return changed


def residues(stored: Cells) -> dict[tuple[str, int], float]:
    """Rows that are nothing but rounding (a difference of equal sums): below 1e-12 of the sheet's
    largest amount. They are compared to 1e-14 of that amount, the others to 1e-9 of themselves."""
    largest: dict[str, float] = defaultdict(float)
    own: dict[tuple[str, int], float] = defaultdict(float)
    for (sheet, address), value in stored.items():
        if isinstance(value, float):
            row = sheet, int(re.sub(r"[A-Z]+", "", address))
            own[row] = max(own[row], abs(value))
            largest[sheet] = max(largest[sheet], abs(value))
    return {row: largest[row[0]] * 1e-5 for row, x in own.items() if x <= 1e-12 * largest[row[0]]}


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MANY = 80_000  # formulas: IronCalc wants a minute or more for several times as many


def compare(path: Path, folder: Path) -> None:
    """Every formula cell, poisoned, recalculated by both engines; a large book by LibreOffice
    alone, unless all is tested."""
    expected = cached(path)
    poisoned = folder / f"poisoned-{path.name}"
    assert poison(path, poisoned) == len(expected) > 1000
    beside = LibreOffice(poisoned, folder)
    both = WHOLE or len(expected) <= MANY
    ways = [("IronCalc", by_ironcalc(poisoned, expected))] if both else []
    for engine, found in (*ways, ("LibreOffice", beside.cells(expected))):
        wrong = differences(expected, found, residues(expected))
        text = f"{engine}: {len(wrong)} of {len(expected)} differ:\n" + "\n".join(wrong[:20])
        assert not wrong, text


@pytest.mark.slow
@pytest.mark.parametrize("folder", BASE, ids=lambda p: p.name)
def test_base(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write(appraised(folder), path)
    compare(path, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("title", "folder", "changes"), TRIED, ids=[p[0] for p in TRIED])
def test_perturbed(title: str, folder: Path, changes: Changes, tmp_path: Path) -> None:
    del title
    path = tmp_path / "book.xlsx"
    case = write(appraised(folder), path, changes)
    assert case.runs is not appraised(folder).runs
    compare(path, tmp_path)


def test_perturbed_inputs_reach_what_they_should() -> None:
    """Loss years, zero debt, grace, a grant, a negative NPV are really among the cases above."""
    runs = {title: run_case(appraised(folder), changes) for title, folder, changes in PERTURBED}
    assert runs["zero debt, full tax"]["roof"].value("loan.debt") == 0
    assert runs["long grace, zero rate"]["roof"]["loan.principal"][0, :37].sum() == 0
    assert (runs["loss years, negative NPV"]["roof"].value("project_npv") or 0) < 0
    assert (runs["all grant, no inflation"]["digester"].value("grants") or 0) > 0
    expired = runs["loss years that expire"]["digester"]
    gone, used = expired["tax.losses_gone"][0, -1], expired["tax.losses_used"][0].sum()
    assert gone > used + 1


@pytest.mark.parametrize(
    ("changes", "recommendation"),
    [
        ({"energy_charge": 3.2}, "decline"),
        ({"loan_share": 0.8}, "decline"),
        ({"loan_share": 0.0}, "no loan requested"),
        ({"loan_tenor_months": 60.0, "energy_charge": 5.5}, "approve"),
    ][:: 1 if WHOLE else 3],
)
def test_a_changed_input_cell_is_a_changed_case(
    changes: dict[str, float], recommendation: str, tmp_path: Path
) -> None:
    """An input changed in the book gives every cell, words too, that the program gives for it."""
    book, other = tmp_path / "book.xlsx", tmp_path / "other.xlsx"
    write(appraised(ONE_ROOF), book)
    write(appraised(ONE_ROOF), other, {"roof": changes})
    expected = without_starts(other, cached(other))
    cells = {f"roof__{name}": value for name, value in changes.items()}
    found = by_ironcalc(book, expected, cells)
    assert differences(expected, found, residues(expected)) == []
    assert found[row_of(book, "Results", "Recommendation")] == recommendation


def test_a_rate_that_no_longer_holds_says_so(tmp_path: Path) -> None:
    """From power that pays nothing, where there is no rate, to a good one: the cell asks for a new
    run instead of keeping its word."""
    book = tmp_path / "book.xlsx"
    write(appraised(ONE_ROOF), book, {"roof": {"energy_charge": 0.0}})
    cell = row_of(book, "Results", "Project IRR")
    before, after = (
        by_ironcalc(book, {cell: None}, {"roof__energy_charge": price})[cell] for price in (0, 4)
    )
    assert (before, after) == ("none", "run the program again")


def test_sensitivity_says_when_it_is_out_of_date(tmp_path: Path) -> None:
    """Static figures; the live NPV beside them moves with an input, and the state with it."""
    book = tmp_path / "book.xlsx"
    write(appraised(ONE_ROOF), book)
    state = row_of(book, "Sensitivity", "The figures below are")
    now = row_of(book, "Sensitivity", "Project NPV now")
    found = [
        by_ironcalc(book, {state: None, now: None}, {"roof__energy_charge": p}) for p in (4, 4.1)
    ]
    assert [f[state] for f in found] == ["as computed", "changed since: run the program again"]
    assert found[0][now] == pytest.approx(appraised(ONE_ROOF).runs["roof"].value("project_npv"))
    assert found[1][now] > found[0][now]


def test_the_table_of_two_inputs_stands_in_the_workbook(tmp_path: Path) -> None:
    book, case = tmp_path / "book.xlsx", appraised(ONE_ROOF)
    write(case, book)
    table = sensitivity(case, "roof").table
    assert table is not None
    cells = read(book)
    down = [int(place[1:]) for (sheet, place), v in cells.items()
            if sheet == "Sensitivity" and str(v).startswith("down: ")]  # fmt: skip
    for first, (result, rows) in zip(down, table.results.items(), strict=True):
        for k, values in enumerate(rows):
            for column, value in zip("CDEFG", values, strict=True):
                found = cells["Sensitivity", f"{column}{first + k}"]
                assert found == ("none" if value is None else pytest.approx(value)), result


def without_starts(path: Path, cells: Cells) -> Cells:
    """Without the rates from which searches start: those of the run that wrote the workbook."""
    labels = {place: text for place, text in read(path).items() if place[1].startswith("A")}
    starts = ("Rate per period found by", "Sum of the flow when")
    return {
        (sheet, at): value for (sheet, at), value in cells.items() if sheet != "Inputs"
        and not str(labels.get((sheet, f"A{at.lstrip(LETTERS)}"), "")).strip().startswith(starts)
    }  # fmt: skip


def row_of(path: Path, sheet: str, label: str) -> tuple[str, str]:
    """The cell of the first project in the row with that label."""
    places = [address for (name, address), v in read(path).items() if (name, v) == (sheet, label)]
    return sheet, f"C{places[0][1:]}"


def test_written_twice_is_the_same(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(appraised(ONE_ROOF), tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


FORMULA = re.compile(r"<f(?: [^>]*[^/])?>([^<]*)</f>")


def formulas(path: Path) -> list[str]:
    """The formulas of a workbook; those that are the same along a row stand once."""
    with zipfile.ZipFile(path) as book:
        sheets = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        return [f for n in sheets for f in FORMULA.findall(book.read(n).decode())]


ALLOWED = {
    "ABS", "AND", "AVERAGEIF", "COLUMN", "COUNT", "COUNTIF", "IF", "IFERROR", "INDEX", "INT", "IRR",
    "ISNUMBER", "MATCH", "MAX", "MIN", "MOD", "OR", "SIGN", "SUM", "SUMIF", "SUMPRODUCT",
}  # fmt: skip


@pytest.mark.parametrize("folder", [ONE_ROOF, FARM], ids=lambda p: p.name)
def test_formulas_use_named_numbers_and_common_functions(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write(appraised(folder), path)
    found = formulas(path)
    assert {name for f in found for name in re.findall(r"([A-Z][A-Z0-9.]+)\(", f)} <= ALLOWED
    bare = [re.sub(r'"[^"]*"|\'[^\']*\'!|&[a-z]+;', " ", f) for f in found]
    numbers = {n for f in bare for n in re.findall(r"(?<![\w$.])\d+(?:\.\d+)?(?![\w.])", f)}
    assert numbers <= {"0", "1"}


def test_printing_and_hostile_text(tmp_path: Path) -> None:
    case = copy.copy(appraised(ONE_ROOF))
    hostile = '=HYPERLINK("http://example.invalid","x") <script>&'
    object.__setattr__(case, "portfolio", _retitled(case, hostile))
    path = tmp_path / "book.xlsx"
    write(case, path)
    with zipfile.ZipFile(path) as book:
        names = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        texts = [book.read(n).decode() for n in names]
        assert all(
            'orientation="landscape"' in t and "fitToWidth" not in t.replace('fitToHeight="0"', "")
            for t in texts
        )
        assert all('paperSize="9"' in t and "<pane " in t for t in texts)
        assert "HYPERLINK" not in "".join(f for t in texts for f in FORMULA.findall(t))
        assert not any("vbaProject" in n or "externalLink" in n for n in book.namelist())


def test_navigation_and_printing_on_every_sheet(tmp_path: Path) -> None:
    """About leads to every sheet and each back; all print with repeated rows, none is hidden."""
    path = tmp_path / "book.xlsx"
    write(appraised(FARM), path)
    with zipfile.ZipFile(path) as book:
        whole = book.read("xl/workbook.xml").decode()
        titles = re.findall(r'<sheet name="([^"]*)"', whole)
        links = [
            re.findall(r'<hyperlink [^>]*location="([^"]*)"', book.read(n).decode())
            for n in (f"xl/worksheets/sheet{k + 1}.xml" for k in range(len(titles)))
        ]
        charts = [n for n in book.namelist() if n.startswith("xl/charts/chart")]
    assert titles[:3] == ["About", "Inputs", "Seasons"]
    assert {"Loans and parties", "Results", "Sensitivity", "Green", "Checks", "Portfolio",
            "Change log"} <= set(titles)  # fmt: skip
    assert [place.split("!")[0].strip("'") for place in links[0]] == titles[1:]
    assert all("'About'!A1" in found for found in links[1:])
    assert 'state="' not in whole
    printed = re.findall(r'name="_xlnm.Print_Titles" localSheetId="(\d+)"', whole)
    assert sorted(map(int, printed)) == list(range(len(titles)))
    per_project, simulated = 3, 1  # valley, DSCR, sources and uses; the cluster's gap
    assert len(charts) == per_project * len(appraised(FARM).projects) + simulated
    named = set(re.findall(r'definedName name="(?!_xlnm)([^"]*)"[^>]*>([^!]*)!', whole))
    assert {sheet for _, sheet in named} == {"Inputs"}


def _retitled(case: Case, title: str) -> object:
    from dataclasses import replace

    return replace(case.portfolio, title=title)
