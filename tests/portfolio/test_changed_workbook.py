"""A workbook as an input: written, changed in its blue cells, appraised again."""

from __future__ import annotations

import os
import random
import re
import time
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from eicfinance.appraisal.case import Case, appraise, run_case
from eicfinance.cli import program
from eicfinance.portfolio.source import BadInput
from eicfinance.reports.view import view
from eicfinance.reports.workbook import workbook
from tests.portfolios import BUNDLED, OWN, appraised

pytestmark = pytest.mark.slow

FOLDERS = {path.name: path for path in (*BUNDLED, *OWN)}
ONE_ROOF = FOLDERS["one-roof"]
WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
TRIED = ["sam-rice-husk", "economic-farm", *(["two-loans", "salem-sago"] if WHOLE else [])]


KEPT = {"Inputs", "Seasons", "Portfolio"}


@cache
def _written(folder: Path, whole: bool) -> bytes:
    """The workbook of a portfolio. Unless whole is wanted, sheets that are not read are empty:
    openpyxl takes seconds for them."""
    with TemporaryDirectory() as place:
        path = Path(place) / "book.xlsx"
        path.write_bytes(workbook(view(appraised(folder))))
        return path.read_bytes() if whole else emptied(path)


def emptied(path: Path) -> bytes:
    parts = _parts(path)
    titles = re.findall(r'<sheet name="([^"]*)"', parts["xl/workbook.xml"].decode())
    for k, title in enumerate(titles, start=1):
        if title not in KEPT:
            name = f"xl/worksheets/sheet{k}.xml"
            data = re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData/>", parts[name], flags=re.S)
            parts[name] = re.sub(rb"<(drawing|hyperlinks)\b.*(?=<pageMargins|</work)", b"", data)
    return _zip(parts)


def written(folder: Path, to: Path, whole: bool = False) -> Path:
    path = to / "book.xlsx"
    path.write_bytes(_written(folder, whole))
    return path


class Cells:
    """Sheet Inputs (or Seasons) of a workbook, its cells by key and heading."""

    def __init__(self, path: Path, sheet: str = "Inputs", head: int = 5) -> None:
        self.path, self.book = path, openpyxl.load_workbook(path)
        self.sheet: Any = self.book[sheet]
        self.columns = {c.value: c.column for c in self.sheet[head] if c.value is not None}
        key = self.columns["Key in the portfolio"]
        found = {self.sheet.cell(row, key).value: row for row in range(6, self.sheet.max_row + 1)}
        self.rows = {str(text): row for text, row in found.items() if text}

    def cell(self, key: str, heading: str = "Base") -> Any:
        return self.sheet.cell(self.rows[key], self.columns[heading])

    def save(self, name: str = "changed.xlsx") -> Path:
        path = self.path.parent / name
        self.book.save(path)
        return path


def inputs(case: Case) -> dict[str, float]:
    """Those that a formula uses; others do not stand in a workbook."""
    return {f"{m.name} {name}": m.inputs[name].value for m in case.models for name in m.used()}


def results(case: Case) -> dict[str, float | None]:
    return {f"{model.name} {name}": case.runs[model.name].value(name)
            for model in case.models for name in model.results}  # fmt: skip


STRUCTURE = re.compile(r"life_years|construction|delay|tenor|count|reference|steps|verification")


@pytest.mark.parametrize("name", TRIED)
def test_ten_changed_cells_and_nothing_else(name: str, tmp_path: Path) -> None:
    """What the engine gives for the ten inputs, to the last digit; no other input differs."""
    folder = FOLDERS[name]
    case, cells = appraised(folder), Cells(written(folder, tmp_path, whole=name == "sam-rice-husk"))
    keyed = {i.text.key: (m, i) for m in case.models for i in m.inputs.values() if i.text.key}
    able = [key for key in cells.rows if not STRUCTURE.search(key) and keyed[key][1].value]
    changes: dict[str, dict[str, Any]] = {}
    for key in random.Random(1).sample(sorted(able), 10):
        model, item = keyed[key]
        value = item.value * 0.97
        cells.cell(key).value = value
        if item.low is not None:  # the range must still hold the value
            cells.cell(key, "Low").value = min(item.low, value)
        changes.setdefault("economy" if item.shared else model.name, {})[item.text.name] = value
    again = appraise(cells.save())
    before, after = inputs(case), inputs(again)
    moved = {key.split()[1] for key in before if before[key] != after[key]}
    wanted = {name for found in changes.values() for name in found}
    assert moved - wanted <= {n for n in moved if n.endswith(("_capital_cost", "_grants"))}
    assert wanted <= moved
    assert set(before) == set(after)
    expected = run_case(case, changes)
    for model in case.models:
        if model.name in {"cluster", *case.projects}:
            found = {n: again.runs[model.name].value(n) for n in model.results}
            assert found == {n: expected[model.name].value(n) for n in model.results}
    assert results(again) != results(case)


def test_untouched_it_is_the_same_case(tmp_path: Path) -> None:
    for name in ("years-of-construction", "custom-depreciation", *TRIED[2:]):
        again = appraise(written(FOLDERS[name], tmp_path))
        assert results(again) == results(appraised(FOLDERS[name]))
        assert again.portfolio.sha256 != appraised(FOLDERS[name]).portfolio.sha256


def test_a_workbook_of_a_changed_workbook(tmp_path: Path) -> None:
    """The second workbook holds the same text, and the changed cells."""
    cells = Cells(written(ONE_ROOF, tmp_path))
    cells.cell("projects[1].inputs.capacity_kwp").value = 24
    cells.cell("economy.inflation").value = 0.03  # price rises that follow it stay as they stand
    first = appraise(cells.save())
    path = tmp_path / "second.xlsx"
    path.write_bytes(workbook(view(first)))
    second = appraise(path)
    assert inputs(second) == inputs(first)
    assert results(second) == results(first)
    assert second.portfolio.texts == first.portfolio.texts
    model = second.projects["roof"].model
    assert model.inputs["capacity_kwp"].text.source.startswith("changed in the workbook; before:")
    assert model.inputs["escalation_electricity"].value == 0.02
    assert model.inputs["inflation"].value == 0.03


def test_the_scenario_in_use_is_appraised(tmp_path: Path) -> None:
    cells = Cells(written(ONE_ROOF, tmp_path))
    key = "projects[1].inputs.capacity_kwp"
    cells.cell(key, "Yours").value = 20
    base = appraise(cells.save())
    assert base.projects["roof"].model.inputs["capacity_kwp"].value == 30
    assert "column Yours" in base.portfolio.notes[0]
    cells.sheet["C3"] = "Yours"
    yours = appraise(cells.save())
    assert yours.projects["roof"].model.inputs["capacity_kwp"].value == 20
    assert yours.projects["roof"].model.inputs["capital_per_kwp"].value == 27000
    cells.sheet["C3"] = "Low"
    low = appraise(cells.save())
    assert low.projects["roof"].model.inputs["capital_per_kwp"].value == 18000
    cells.sheet["C3"] = "Lowest"
    with pytest.raises(BadInput, match=r'Inputs!C3: .*did you mean "Low"'):
        appraise(cells.save())


def test_ranges_sources_seasons_and_named_scenarios(tmp_path: Path) -> None:
    folder = FOLDERS["chachoengsao"].parent / "one-roof"
    text = (folder / "portfolio.yaml").read_text(encoding="utf-8")
    text += "scenarios:\n  - {name: dear, changes: {roof: {capital_per_kwp: 35000}}}\n"
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    case, path = appraise(tmp_path), tmp_path / "book.xlsx"
    path.write_bytes(workbook(view(case)))
    path.write_bytes(emptied(path))
    cells = Cells(path)
    key = "projects[1].inputs.capital_per_kwp"
    assert cells.cell(key, "dear").value == 35000
    cells.cell(key, "dear").value = None
    cells.cell("projects[1].finance.loan.rate", "dear").value = 0.09
    cells.cell(key, "High").value = 33000
    cells.cell(key, "Source").value = "an offer"
    seasons = cells.book["Seasons"]
    row = next(r for r in range(4, 9) if str(seasons.cell(r, 4).value).endswith("seasons.sun"))
    assert seasons.cell(row, 4).value == "projects[1].seasons.sun"
    shares = [0.05] * 6 + [0.7 / 6] * 6
    for k, share in enumerate(shares):
        seasons.cell(row, 5 + k).value = share
    again = appraise(cells.save())
    item = again.projects["roof"].model.inputs["capital_per_kwp"]
    assert (item.value, item.low, item.high) == (27000, 18000, 33000)
    assert item.text.source == "an offer"
    assert again.projects["roof"].model.vectors["season_sun"].values == pytest.approx(shares)
    (scenario,) = again.portfolio.scenarios
    assert {k: v.number for k, v in scenario.changes["roof"].items()} == {"loan_rate": 0.09}
    seasons.cell(row, 5).value = 0.5
    with pytest.raises(BadInput, match=r"Seasons!E\d+: projects\[1\]\.seasons\.sun: .*add up to"):
        appraise(cells.save())


INPUT, KEY = "projects[1].inputs.", "Key in the portfolio"
WRONG: list[list[tuple[str, str, Any, str]]] = [  # a workbook each; all is told at once
    [
        (f"{INPUT}capacity_kwp", "Base", -3, "allowed: at least 0.001"),
        ("projects[1].finance.loan.rate", "Base", 6.5, "for 6.5 per cent write 6.5%"),
        ("projects[1].finance.loan.tenor_months", "Base", "six", "is not a figure"),
        (f"{INPUT}energy_charge", "Base", "30 kg", "cannot be converted"),
        ("economy.inflation", "Base", None, "the cell is empty"),
        (f"{INPUT}om_share", "Base", True, "this is not a figure"),
        (f"{INPUT}capital_per_kwp", "High", 20000, "not in this order"),
        ("projects[1].count", "Base", 2.5, "a whole number"),
        (f"{INPUT}specific_yield", "In use", 40, "write this figure into column Base"),
        (f"{INPUT}delay_months", KEY, f"{INPUT}delay_month", 'did you mean "delay_months"'),
        (f"{INPUT}life_years", KEY, "projects[9].inputs.life_years", "no place for this key"),
    ],
    [(f"{INPUT}capacity_kwp", KEY, "[[", "this is no key")],
]


def test_errors_name_sheet_and_cell(tmp_path: Path) -> None:
    path = written(ONE_ROOF, tmp_path)
    for wrong in WRONG:
        cells = Cells(path)
        places = []
        for key, heading, value, said in wrong:
            cell = cells.cell(key, heading)
            base = heading == "High" or "did you" in said
            places.append(f"D{cell.row}" if base else cell.coordinate)
            cell.value = value
        done = CliRunner().invoke(program, ["check", str(cells.save())])
        assert done.exit_code == 3, done.output
        for place, (_, _, _, said) in zip(places, wrong, strict=True):
            told = [x for x in done.stderr.splitlines() if f"changed.xlsx:Inputs!{place}: " in x]
            assert said in "".join(told), (place, said, done.stderr)


def test_the_text_is_not_to_be_edited_there(tmp_path: Path) -> None:
    cells = Cells(written(ONE_ROOF, tmp_path))
    cells.book["Portfolio"]["C8"] = "title: Another"
    with pytest.raises(BadInput, match=r"Portfolio!A1: .*save the text as portfolio\.yaml"):
        appraise(cells.save())


# -- what is no workbook of ours ----------------------------------------------------------------


def _zip(parts: dict[str, bytes]) -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return whole.getvalue()


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def _somebody_elses() -> bytes:
    whole, book = BytesIO(), openpyxl.Workbook()
    book.active["A1"] = "Budget"  # type: ignore[index]
    book.save(whole)
    return whole.getvalue()


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;">]>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&d;</t></si></sst>"""


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("bomb", "zip bomb"), ("encrypted", "password"), ("xls", "old .xls"), ("xlsm", "macros"),
        ("broken", "damaged"), ("else", "this is not a workbook that eicfinance"),
        ("text", "not an Excel workbook"), ("empty", "not an Excel workbook"),
        ("docx", "not an Excel workbook"), ("laughs", "damaged"), ("external", "damaged"),
        ("twice", "same part twice"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_gets_a_sentence(what: str, said: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    parts = _parts(written(ONE_ROOF, made))
    strings = "xl/sharedStrings.xml"
    secret = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    entity = LAUGHS.replace(b'<!ENTITY a "ha">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')
    made_of = {
        "bomb": _zip(parts | {"xl/worksheets/sheet2.xml": bytes(300_000_000 * (what == "bomb"))}),
        "encrypted": secret + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        "xls": secret + "Workbook".encode("utf-16-le") + bytes(600),
        "xlsm": _zip(parts | {"xl/vbaProject.bin": b"x"}),
        "broken": _zip(parts)[:9_000],
        "else": _somebody_elses(),
        "text": b"title: One roof\n",
        "empty": b"",
        "docx": _zip({"word/document.xml": b"<a/>"}),
        "laughs": _zip(parts | {strings: LAUGHS}),
        "external": _zip(parts | {strings: entity}),
        "twice": b"",
    }
    raw = made_of[what]
    path = tmp_path / "sent.xlsx"
    if what == "twice":
        whole = BytesIO()
        with zipfile.ZipFile(whole, "w") as target:
            for name in parts:
                target.writestr(name, parts[name])
            with pytest.warns(UserWarning, match="Duplicate"):
                target.writestr(strings, parts[strings])
        raw = whole.getvalue()
    path.write_bytes(raw)
    begun = time.perf_counter()
    done = CliRunner().invoke(program, ["appraise", str(path), "--out", str(tmp_path / "out")])
    assert time.perf_counter() - begun < 1
    assert done.exit_code == 3, done.output
    assert said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_changed_workbook_itself_is_kept(tmp_path: Path) -> None:
    """The result of a changed workbook is called as it is, and never written over it."""
    cells = Cells(written(ONE_ROOF, tmp_path))
    cells.cell("projects[1].inputs.capacity_kwp").value = 24
    path = cells.save("mine.xlsx")
    before = path.read_bytes()
    done = CliRunner().invoke(program, ["appraise", str(path), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert path.read_bytes() == before
    assert (tmp_path / "mine-2.xlsx").exists()
    assert "it is kept" in done.stderr


def test_one_figure_in_several_cells_is_changed_in_all(tmp_path: Path) -> None:
    """A lending scheme's term that holds for two projects stands in two cells."""
    text = (ONE_ROOF / "portfolio.yaml").read_text(encoding="utf-8")
    second = text[text.index("  - name: roof") :].replace("name: roof", "name: shed")
    lending = "lending:\n  - {scheme: leasing, inputs: {down_payment: 10%}}\n"
    (tmp_path / "portfolio.yaml").write_text(text + second + lending, encoding="utf-8")
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(view(appraise(tmp_path))))
    path.write_bytes(emptied(path))
    cells = Cells(path)
    key, column = "lending[1].inputs.down_payment", cells.columns["Key in the portfolio"]
    rows = [r for r in range(6, cells.sheet.max_row + 1)
            if cells.sheet.cell(r, column).value == key]  # fmt: skip
    assert len(rows) == 2
    base = cells.columns["Base"]
    cells.sheet.cell(rows[0], base).value = 0.2
    with pytest.raises(BadInput, match=rf"Inputs!D{rows[1]}: .*write the same into both"):
        appraise(cells.save())
    cells.sheet.cell(rows[1], base).value = 0.2
    again = appraise(cells.save())
    assert again.portfolio.lending[0].values["down_payment"].number == 0.2


def test_a_workbook_of_changes_from_a_file(tmp_path: Path) -> None:
    """What `--set` has changed, a grant that the text has not included, is in the workbook too."""
    changes = tmp_path / "set.yaml"
    changes.write_text("name: dear\nchanges: {roof: {loan_rate: 8%, grant_1: 20%}}\n")
    case, path = appraise(ONE_ROOF, changes=changes), tmp_path / "book.xlsx"
    path.write_bytes(workbook(view(case)))
    assert results(appraise(path)) == results(case)


def test_shares_of_an_owner_are_cells_too(tmp_path: Path) -> None:
    """What the owner's projects leave, evenly, is blue; shares of more than all name their cell."""
    text = (ONE_ROOF / "portfolio.yaml").read_text(encoding="utf-8")
    text += text[text.index("  - name: roof") :].replace("name: roof", "name: shed")
    text = text.replace("economy:\n", "economy:\n  periods_per_year: 1\n")
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    case, path = appraise(tmp_path), tmp_path / "book.xlsx"
    path.write_bytes(workbook(view(case)))
    path.write_bytes(emptied(path))
    assert results(appraise(path)) == results(case)
    cells = Cells(path)
    one, other = (f"projects[{k}].finance.promoter_share" for k in (1, 2))
    cells.cell(one).value = 0.7
    said = rf"Inputs!D{cells.rows[other]}: .* add up to 1\.2; at most 1"
    with pytest.raises(BadInput, match=said):
        appraise(cells.save())
    cells.cell(other).value = 0.3
    again = appraise(cells.save())
    found = [p.finance.values["promoter_share"].number for p in again.portfolio.projects]
    assert found == [0.7, 0.3]


def test_what_two_cells_together_make_impossible_names_one(tmp_path: Path) -> None:
    cells = Cells(written(ONE_ROOF, tmp_path))
    tenor = cells.cell("projects[1].finance.loan.tenor_months")
    tenor.value = 400
    with pytest.raises(BadInput, match=rf"Inputs!{tenor.coordinate}: .*shorten it"):
        appraise(cells.save())


def test_a_heading_that_is_gone_and_a_scenario_without_a_column(tmp_path: Path) -> None:
    cells = Cells(written(ONE_ROOF, tmp_path))
    cells.sheet.cell(5, cells.columns["Base"]).value = "base"
    with pytest.raises(BadInput, match='Inputs!A5: Base: the heading "Base" is missing'):
        appraise(cells.save())
    cells = Cells(written(ONE_ROOF, tmp_path))
    cells.sheet.delete_cols(cells.columns["Low"], 2)  # as where they cannot be computed
    again = appraise(cells.save())
    item = again.projects["roof"].model.inputs["capital_per_kwp"]
    assert (item.low, item.value, item.high) == (18000, 27000, 40000)
