"""`eicfinance fund`: a revolving fund, from fund.yaml to workbook, page, JSON and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eicfinance.commands.portfolio import completed, folder_of, name_of
from eicfinance.console import (
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
    from click.shell_completion import CompletionItem


FILE = "fund.yaml"


def _funds(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    return completed(begun, FILE)


@click.command(short_help="How long a revolving fund lasts.")
@click.argument("path", shell_complete=_funds)
@click.option("--out", type=click.Path(), help="Folder for workbook, page and JSON "
              "[default: output/NAME].")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 4 if the fund does not survive.")
def fund(path: str, out: str | None, form: str, strict: bool) -> None:
    """Follow a revolving fund: how long it lasts, whom it reaches, what it must charge.

    PATH is a folder with a fund.yaml (or that file itself), a workbook (.xlsx) of a fund that this
    program has written and you have changed, or the name of a fund that comes with the program,
    such as members-fund. `eicfinance list fund` shows what may stand in it.
    """
    from pathlib import Path

    from eicfinance.appraisal.fund import appraise_fund
    from eicfinance.reports.fund_page import as_html
    from eicfinance.reports.fund_text import as_text
    from eicfinance.reports.fund_view import as_data, fund_view
    from eicfinance.reports.fund_workbook import write_fund_workbook
    from eicfinance.reports.language import label

    folder = folder_of(path, FILE)
    case = guarded(lambda: appraise_fund(folder, tell), folder)
    for note in case.entry.notes:
        say(f"note: {note}")
    shown = fund_view(case)
    name = name_of(folder)
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
        click.echo(f"\n{label('Written:')}")
        for file in files:
            click.echo(f"  {file}")
    if shown.failed_checks:
        stop(OUR_FAULT, f"integrity checks fail: {shown.failed_checks}; do not use these figures")
    if strict and not case.run.value("survives"):
        raise SystemExit(POLICY_FAILS)
