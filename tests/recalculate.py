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
from pathlib import Path
from typing import Any

import ironcalc
import openpyxl
import pytest
from openpyxl.utils.cell import column_index_from_string, coordinate_to_tuple

POISON = "-777"
Cells = dict[tuple[str, str], Any]
REQUIRED = os.environ.get("EICFINANCE_REQUIRE_EXTERNAL") == "1"
RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""


def cached(path: Path) -> Cells:
    """The value stored in each formula cell."""
    formulas = openpyxl.load_workbook(path)
    values = openpyxl.load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): values[sheet.title][cell.coordinate].value
        for sheet in formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def poison(path: Path, to: Path) -> int:
    """Copies a workbook with -777 stored in every formula cell. Returns how many there are."""
    count = 0
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = data.decode()
                text, n = re.subn(
                    r'(<c r="[A-Z]+\d+"(?: s="\d+")?)(?: t="str")?>(<f>[^<]*</f>)<v>[^<]*</v>',
                    rf"\1>\2<v>{POISON}</v>",
                    text,
                )
                assert n == text.count("<f>"), f"{name}: {n} of {text.count('<f>')} poisoned"
                count += n
                data = text.encode()
            target.writestr(name, data)
    return count


def by_ironcalc(path: Path, wanted: Cells, changes: dict[str, float] | None = None) -> Cells:
    """The wanted cells as IronCalc computes them, after changing named input cells."""
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    names = [sheet["name"] for sheet in model.get_worksheets_properties()]
    for name, value in (changes or {}).items():
        sheet, row, column = _named_cell(path, name)
        model.set_user_input(names.index(sheet), row, column, repr(value))
    model.evaluate()
    found: Cells = {}
    for sheet, address in wanted:
        match = re.fullmatch(r"([A-Z]+)(\d+)", address)
        assert match
        column = column_index_from_string(match[1])
        found[sheet, address] = model.get_cell_value(names.index(sheet), int(match[2]), column)
    return found


def by_libreoffice(path: Path, wanted: Cells, folder: Path) -> Cells:
    """The wanted cells as LibreOffice computes them. Skips (or fails in CI) where it is absent."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        if REQUIRED:
            pytest.fail("LibreOffice is required here and not installed")
        pytest.skip("LibreOffice is not installed")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE_ALWAYS)
    out = folder / "recalculated"
    subprocess.run(
        [program, f"-env:UserInstallation={profile.as_uri()}", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(path)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    values = openpyxl.load_workbook(out / path.name, data_only=True)
    return {(sheet, address): values[sheet][address].value for sheet, address in wanted}


def _named_cell(path: Path, name: str) -> tuple[str, int, int]:
    defined = openpyxl.load_workbook(path).defined_names[name]
    sheet, cell = next(iter(defined.destinations))
    row, column = coordinate_to_tuple(cell.replace("$", ""))
    return sheet, row, column


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
