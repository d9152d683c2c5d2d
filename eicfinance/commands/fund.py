"""`eicfinance fund`: a revolving fund, from fund.yaml to workbook, page, JSON and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eicfinance.console import (
    CANNOT_READ_OR_WRITE,
    OUR_FAULT,
    POLICY_FAILS,
    as_json,
    guarded,
    say,
    stop,
    tell,
    write_files,
)

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem


def _funds(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """What a shell completes PATH with: funds that come with the program, any folder."""
    from click.shell_completion import CompletionItem

    names = [CompletionItem(name) for name in _bundled() if name.startswith(begun)]
    return [CompletionItem(begun, type="dir"), *names]


@click.command()
@click.argument("path", shell_complete=_funds)
@click.option("--out", type=click.Path(), help="Folder for workbook, page and JSON "
              "[default: output/NAME].")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 4 if the fund does not survive.")
def fund(path: str, out: str | None, form: str, strict: bool) -> None:
    """Follow a revolving fund: how long it lasts, whom it reaches, what it must charge.

    PATH is a folder with a fund.yaml (or that file itself), or the name of a fund that comes with
    the program, such as members-fund. `eicfinance list fund` shows what may stand in it.
    """
    from pathlib import Path

    from eicfinance.appraisal.fund import appraise_fund
    from eicfinance.reports.fund_page import as_html
    from eicfinance.reports.fund_text import as_text
    from eicfinance.reports.fund_view import as_data, fund_view
    from eicfinance.reports.fund_workbook import write_fund_workbook

    folder = _folder(path)
    case = guarded(lambda: appraise_fund(folder, tell), folder)
    for note in case.entry.notes:
        say(f"note: {note}")
    shown = fund_view(case)
    place = folder.resolve()
    name = place.name if place.is_dir() else place.parent.name
    data = as_json(as_data(shown))
    wanted = {
        f"{name}.xlsx": lambda file: write_fund_workbook(shown, file),
        f"{name}.html": lambda file: file.write_text(as_html(shown), encoding="utf-8"),
        f"{name}.json": lambda file: file.write_text(data + "\n", encoding="utf-8"),
    }
    files = write_files(Path(out or f"output/{name}"), wanted)
    if form == "json":
        click.echo(data)
    else:
        click.echo(as_text(shown))
        click.echo("\nWritten:")
        for file in files:
            click.echo(f"  {file}")
    if shown.failed_checks:
        stop(OUR_FAULT, f"integrity checks fail: {shown.failed_checks}; do not use these figures")
    if strict and not case.run.value("survives"):
        raise SystemExit(POLICY_FAILS)


def _bundled() -> list[str]:
    from eicfinance.reports.files import data_folder

    return sorted(file.parent.name for file in data_folder("portfolios").glob("*/fund.yaml"))


def _folder(text: str) -> Path:
    """The fund's folder: a path, or the name of a fund that comes with the program."""
    from pathlib import Path

    from eicfinance.reports.files import data_folder

    path = Path(text)
    if not path.exists() and text not in _bundled():
        names = ", ".join(_bundled())
        stop(CANNOT_READ_OR_WRITE, f"{text}: there is no such folder or file; funds that come with "
                                   f"the program: {names}")  # fmt: skip
    return path if path.exists() else data_folder("portfolios") / text
