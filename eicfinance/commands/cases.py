"""Many portfolios side by side: a page with a row a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eicfinance.commands.portfolio import case_of, folder_of, portfolios
from eicfinance.console import CANNOT_READ_OR_WRITE, OUR_FAULT, stop, write_files

if TYPE_CHECKING:
    from pathlib import Path

FILE = "portfolio.yaml"


@click.command(short_help="Many portfolios: a row a project, to sort and filter.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=portfolios)
@click.option("--out", type=click.Path(), default="output/cases", show_default=True,
              help="Folder for the page.")  # fmt: skip
def cases(paths: tuple[str, ...], out: str) -> None:
    """Appraise many portfolios and write one page: a row a project, to sort and filter.

    PATH is a portfolio, as for appraise, or a folder of such folders.
    """
    from pathlib import Path

    from eicfinance.reports.case_book import as_html, rows

    found = [folder for path in paths for folder in _folders(path)]
    table = [row for folder in found for row in rows(case_of(folder), folder.name)]
    html = as_html(table)
    (path,) = write_files(
        Path(out), {"cases.html": lambda file: file.write_text(html, encoding="utf-8")}
    )
    click.echo(f"{len(found)} portfolios, {len(table)} projects. Written: {path}")
    broken = sorted({row["case"] for row in table if not row["holds"]})
    if broken:
        stop(OUR_FAULT, f"integrity checks fail in {', '.join(broken)}; do not use these figures")


def _folders(path: str) -> list[Path]:
    """The portfolio of that name, or those in the folder."""
    from pathlib import Path

    folder = Path(path)
    if folder.is_dir() and not (folder / FILE).exists():
        within = sorted(file.parent for file in folder.glob(f"*/{FILE}"))
        if not within:
            stop(CANNOT_READ_OR_WRITE, f"{path}: neither this folder nor one in it has a {FILE}")
        return within
    found = folder_of(path)
    return [found if found.is_dir() else found.parent]
