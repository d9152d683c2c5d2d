"""Opens a workbook that somebody sends; what is none, or would harm, is refused in a sentence.

Only the values of the sheets that are asked for are read; macros, links and formulas never are.
"""

from __future__ import annotations

import zipfile
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from eicfinance.portfolio.problems import WHOLE_FILE, BadInput, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".xltx", ".xltm")
OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
MOST_BYTES, MOST_UNPACKED = 60_000_000, 600_000_000
MUCH, DENSE = 5_000_000, 150  # a part that unpacks to more than that, and as many times its size
MOST_PARTS, MOST_ROWS, MOST_COLUMNS = 2_000, 20_000, 60
SAVE = "save it as an Excel workbook (.xlsx), without a password"
OURS = "a workbook that eicfinance appraise or eicfinance new --excel has written"
Grid = list[tuple[Any, ...]]  # the values of a sheet, by row and column from 0


def grids(path: Path, sheets: Iterable[str], values: bool = True) -> tuple[dict[str, Grid], str]:
    """The values (or formulas) of those of the sheets that are there, and the file's checksum.

    Raises BadInput for what is no workbook or none that may be opened; OSError if it cannot be
    read.
    """
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if why := _refused(raw):
        raise BadInput([Problem(Place(str(path), 1, 1), WHOLE_FILE, why)])
    import openpyxl

    found: dict[str, Grid] = {}
    try:
        book = openpyxl.load_workbook(BytesIO(raw), read_only=True, data_only=values,
                                      keep_links=False)  # fmt: skip
        for name in sheets:
            if name in book.sheetnames and hasattr(book[name], "reset_dimensions"):
                book[name].reset_dimensions()  # which a file may give as it likes
                rows = book[name].iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS,
                                            values_only=True)  # fmt: skip
                found[name] = list(rows)
    except Exception as error:  # a damaged part: openpyxl has no one error for it
        why = f"the workbook is damaged ({type(error).__name__}); open it, and {SAVE}"
        raise BadInput([Problem(Place(str(path), 1, 1), WHOLE_FILE, why)]) from None
    return found, sha256(raw).hexdigest()


def _refused(raw: bytes) -> str:
    """Why the bytes are not opened; "" if they may be."""
    if len(raw) > MOST_BYTES:
        return f"the file is larger than {MOST_BYTES // 1_000_000} MB; this is not {OURS}"
    if raw.startswith(OLE):
        what = (
            "is protected with a password" if _words("EncryptedPackage", raw) else "is an old .xls"
        )
        return f"the workbook {what}; {SAVE}"
    if not raw.startswith(ZIP):
        return f"this is not an Excel workbook (.xlsx); {SAVE}"
    try:
        parts = zipfile.ZipFile(BytesIO(raw)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return f"the workbook is damaged (an incomplete copy?); open it, and {SAVE}"
    names = [part.filename for part in parts]
    dense = any(p.file_size > max(MUCH, DENSE * p.compress_size) for p in parts)
    if dense or len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > MOST_UNPACKED:
        return f"the file unpacks to far more than its size, as a zip bomb does; this is not {OURS}"
    if any(name.endswith("vbaProject.bin") for name in names):
        return f"the workbook holds macros (.xlsm), which are never opened; {SAVE} and no macros"
    if "xl/workbook.xml" not in names:
        return f"this is not an Excel workbook (.xlsx); {SAVE}"
    if len(set(names)) < len(names):
        return f"the workbook holds the same part twice; open it, and {SAVE}"
    return ""


def _words(text: str, raw: bytes) -> bool:
    return text.encode("utf-16-le") in raw


def what_is_there(folder: Path, wanted: str) -> str:
    """What to do where the wanted file is missing, by what the folder has instead."""
    rename = f"rename it to {wanted}"
    write = "name the workbook itself"
    save = "save it as .xlsx and name that file"
    advice = {".yaml": rename, ".yml": rename, ".xlsx": write, ".xls": save, ".ods": save}
    others = {path.name: advice.get(path.suffix.lower()) for path in sorted(folder.iterdir())}
    if "fund.yaml" in others:
        others["fund.yaml"] = "a revolving fund: eicfinance fund"
    found = ", ".join(f"{name} ({what})" for name, what in others.items() if what)
    what = f"the folder has {found}" if found else f"write the portfolio into {wanted}"
    return f"there is no such file; {what}"
