"""What commands on a portfolio share: finding it, building and running it, writing its reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eicfinance.console import CANNOT_READ_OR_WRITE, as_json, guarded, say, stop, tell, write_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from eicfinance.appraisal.case import Case
    from eicfinance.reports.view import View


def portfolios(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    return completed(begun, "portfolio.yaml")


def completed(begun: str, file: str) -> list[CompletionItem]:
    """What a shell completes: cases, folders with such a file, any other folder."""
    from pathlib import Path

    from click.shell_completion import CompletionItem

    names = [*cases(file), *sorted(path.parent.name for path in Path().glob(f"*/{file}"))]
    found = [CompletionItem(name) for name in names if name.startswith(begun)]
    return [CompletionItem(begun, type="dir"), *found]


def folder_of(text: str, file: str = "portfolio.yaml") -> Path:
    """The folder of a portfolio (or fund): a path, or the name of a case that comes with the
    program."""
    from pathlib import Path

    from eicfinance.reports.files import data_folder

    path = Path(text)
    if not path.exists() and text not in cases(file):
        named = f"cases that come with the program: {', '.join(cases(file))}"
        stop(CANNOT_READ_OR_WRITE, f"{text}: there is no such folder or file; {named}")
    return path if path.exists() else data_folder("portfolios") / text


def cases(file: str = "portfolio.yaml") -> list[str]:
    """The names of the cases that come with the program, the smallest first."""
    from eicfinance.reports.files import data_folder

    files = data_folder("portfolios").glob(f"*/{file}")
    return [path.parent.name for path in sorted(files, key=lambda path: path.stat().st_size)]


def name_of(path: Path) -> str:
    """What the results of a portfolio are called: as its folder, or as its workbook."""
    place = path.resolve()  # "." has a name too
    if place.is_dir():
        return place.name
    return place.stem if place.suffix.lower() == ".xlsx" else place.parent.name


def check_known(name: str, names: Iterable[str], option: str = "") -> None:
    """Usage ends with what may be meant where there is no such name. option: that asks for it."""
    from eicfinance.portfolio.problems import unknown

    if option and not name:
        raise click.UsageError(f"{option} is missing; it may be {', '.join(names)}")
    if name not in names:
        raise click.UsageError(unknown(f"there is no {name!r}", name, names))


def built(folder: Path) -> Case:
    from eicfinance.appraisal.case import build, declarations
    from eicfinance.portfolio.reader import read_portfolio

    return guarded(lambda: build(read_portfolio(folder, declarations())), folder)


def case_of(folder: Path, changes: Path | None = None) -> Case:
    from eicfinance.appraisal.case import appraise as appraise_folder

    case = guarded(lambda: appraise_folder(folder, tell, changes), changes or folder)
    for note in case.portfolio.notes:
        say(f"note: {note}")
    return case


def write_reports(shown: View, folder: Path, name: str) -> list[Path]:
    from eicfinance.reports.beside import beside
    from eicfinance.reports.memo import as_html
    from eicfinance.reports.view import as_data
    from eicfinance.reports.workbook import workbook

    book = beside(lambda: workbook(shown), len(shown.projects))
    tell("writing")
    memo, data = as_html(shown), as_json(as_data(shown)) + "\n"
    wanted = {
        f"{name}.xlsx": lambda path: path.write_bytes(book()),
        f"{name}.html": lambda path: path.write_text(memo, encoding="utf-8"),
        f"{name}.json": lambda path: path.write_text(data, encoding="utf-8"),
    }
    return write_files(folder, wanted)
