"""Recalculating a workbook outside: IronCalc always, LibreOffice where it is installed.

Every cached value is poisoned first (-777), so that a comparison cannot pass on what was stored.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import ironcalc
import pytest
from openpyxl.utils.cell import column_index_from_string, coordinate_to_tuple

POISON = "-777"
CELL = re.compile(
    r'<c r="([A-Z]+\d+)"([^>]*?)>(?:(<f[^>]*>[^<]*</f>|<f[^>]*/>))?(?:<v>([^<]*)</v>)?</c>'
)
Cells = dict[tuple[str, str], Any]
REQUIRED = os.environ.get("EICFINANCE_REQUIRE_EXTERNAL") == "1"
RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""


def read(path: Path, formulas_only: bool = False) -> Cells:
    """The value stored in each cell. (openpyxl takes ten times as long, twice.)"""
    found: Cells = {}
    with zipfile.ZipFile(path) as book:
        names = re.findall(r'<sheet name="([^"]*)"', book.read("xl/workbook.xml").decode())
        strings = [""]
        if "xl/sharedStrings.xml" in book.namelist():
            items = re.findall(r"<si>.*?</si>", book.read("xl/sharedStrings.xml").decode(), re.S)
            strings = [unescape(re.sub(r"<[^>]+>", "", item)) for item in items]
        for k, name in enumerate(names, start=1):
            sheet = unescape(name)
            text = book.read(f"xl/worksheets/sheet{k}.xml").decode()
            for address, attributes, formula, value in CELL.findall(text):
                if not formulas_only or formula:
                    found[sheet, address] = _value(attributes, value, strings)
    return found


def _value(attributes: str, value: str, strings: list[str]) -> Any:
    kind = re.search(r' t="(\w+)"', attributes)
    if kind and kind[1] == "s":
        return strings[int(value)]
    if kind and kind[1] in ("str", "e", "b"):
        return unescape(value)
    return float(value) if value else None


def cached(path: Path) -> Cells:
    """The value stored in each formula cell."""
    return read(path, formulas_only=True)


def poison(path: Path, to: Path) -> int:
    """Copies a workbook with -777 stored in every formula cell. Returns how many there are."""
    count = 0
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = data.decode()
                text, n = re.subn(
                    r'(<c r="[A-Z]+\d+"(?: s="\d+")?)(?: t="str")?>'
                    r"(<f(?: t=[^>]*)?(?:/>|>[^<]*</f>))<v>[^<]*</v>",
                    rf"\1>\2<v>{POISON}</v>",
                    text,
                )
                there = len(re.findall("<f[ >]", text))
                assert n == there, f"{name}: {n} of {there} poisoned"
                count += n
                data = text.encode()
            target.writestr(name, data)
    return count


def by_ironcalc(path: Path, wanted: Cells, changes: dict[str, float] | None = None) -> Cells:
    """The wanted cells as IronCalc computes them, after changing inputs: named cells of the column
    Base of sheet Inputs."""
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    names = [sheet["name"] for sheet in model.get_worksheets_properties()]
    for name, value in (changes or {}).items():
        sheet, row, column = _named_cell(path, name)
        model.set_user_input(names.index(sheet), row, column, repr(value))
    model.evaluate()
    place = {name: k for k, name in enumerate(names)}
    columns: dict[str, int] = {}
    found: Cells = {}
    for sheet, address in wanted:
        letters = address.rstrip("0123456789")
        if letters not in columns:
            columns[letters] = column_index_from_string(letters)
        row = int(address[len(letters) :])
        found[sheet, address] = model.get_cell_value(place[sheet], row, columns[letters])
    return found


class LibreOffice:
    """A recalculation by LibreOffice, of one workbook or several, that runs beside whatever else
    the test does.

    Skips the test (or fails it in CI) where LibreOffice is absent.
    """

    def __init__(self, path: Path, folder: Path, *more: Path) -> None:
        program = shutil.which("soffice") or shutil.which("libreoffice")
        if program is None:
            if REQUIRED:
                pytest.fail("LibreOffice is required here and not installed")
            pytest.skip("LibreOffice is not installed")
        profile = folder / "profile"
        (profile / "user").mkdir(parents=True, exist_ok=True)
        (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE_ALWAYS)
        self.result = folder / "recalculated" / path.name
        self.process = subprocess.Popen(
            [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to",
             "xlsx:Calc MS Excel 2007 XML", "--outdir", str(self.result.parent), str(path),
             *map(str, more)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def cells(self, wanted: Cells, name: str = "") -> Cells:
        """The wanted cells as LibreOffice computes them. name: of one of several workbooks."""
        assert self.process.wait(timeout=300) == 0
        values = read(self.result.with_name(name) if name else self.result)
        return {key: values.get(key) for key in wanted}


def by_libreoffice(path: Path, wanted: Cells, folder: Path) -> Cells:
    """The wanted cells as LibreOffice computes them."""
    return LibreOffice(path, folder).cells(wanted)


def _named_cell(path: Path, name: str) -> tuple[str, int, int]:
    """Sheet, row and column of an input that has a name (openpyxl takes seconds to say)."""
    with zipfile.ZipFile(path) as book:
        text = book.read("xl/workbook.xml").decode()
    place = re.search(rf'<definedName name="{name}">([^<]*)</definedName>', text)
    assert place is not None, name
    sheet, cell = unescape(place[1]).replace("$", "").rsplit("!", 1)
    row, column = coordinate_to_tuple(cell)
    in_use = (sheet.strip("'"), cell) in cached(path)  # beside it is the base's
    return sheet.strip("'"), row, column + in_use


def differences(expected: Cells, found: Cells, scales: dict[tuple[str, int], float]) -> list[str]:
    """Cells that differ by more than 1e-9 of their row's size (scales), as readable lines.

    scales: (sheet, row) -> the size of the row's operands where larger than its own values.
    """
    size: dict[tuple[str, int], float] = dict(scales)
    for (sheet, address), value in expected.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            key = sheet, int(re.sub(r"[A-Z]+", "", address))
            size[key] = max(size.get(key, 0.0), abs(value))
    wrong = []
    for (sheet, address), value in expected.items():
        other, row = found[sheet, address], int(re.sub(r"[A-Z]+", "", address))
        if value in (None, "") or other in (None, ""):
            same = value in (None, "") and other in (None, "")
        elif isinstance(value, str) or isinstance(other, str):
            same = value == other
        else:
            same = math.isclose(
                float(value), float(other), rel_tol=0, abs_tol=1e-9 * max(size[sheet, row], 1e-9)
            )
        if not same:
            wrong.append(f"{sheet}!{address}: stored {value!r}, recalculated {other!r}")
    return wrong
