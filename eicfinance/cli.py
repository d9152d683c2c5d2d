"""The command line: parse, call, print. Heavy imports stand in the commands that need them.

Exit codes: 0 done, 1 our fault, 2 usage, 3 bad input, 4 a policy line fails under --strict, 5
cannot read or write.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from eicfinance import __version__
from eicfinance.commands.cases import cases as case_book
from eicfinance.commands.fund import fund
from eicfinance.commands.portfolio import (
    built,
    case_of,
    cases,
    check_known,
    folder_of,
    name_of,
    portfolios,
    write_reports,
)
from eicfinance.commands.questions import cashflow, compare, sensitivity, solve
from eicfinance.commands.rate import rate
from eicfinance.commands.risk import risk
from eicfinance.commands.subsidy import subsidy
from eicfinance.console import (
    CANNOT_READ_OR_WRITE,
    OUR_FAULT,
    POLICY_FAILS,
    as_json,
    io_sentence,
    language_option,
    say,
    stop,
    tell,
)

if TYPE_CHECKING:
    from eicfinance.portfolio.declare import Declaration

ENGLISH = ("cashflow", "check", "explain", "list", "new")  # of what goes into files and programs
COLOURS = {"approve": "green", "approve with conditions": "green", "decline": "red"}


def _technologies(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    from eicfinance.technologies import technologies

    return [name for name in technologies() if name.startswith(begun)]


def _listed(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    return [item.name for group in _groups().values() for item in group
            if item.name.startswith(begun)]  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="eicfinance")
def program() -> None:
    """Appraise small green-energy projects of an industrial cluster, and their loans.

    PORTFOLIO is a folder with a portfolio.yaml (or that file itself), a workbook (.xlsx) that this
    program has written and you have changed, or the name of a case that comes with the program,
    such as one-roof or chachoengsao.
    """
    from os import environ

    if environ.get("NO_COLOR"):
        click.get_current_context().color = False


@program.command(short_help="Workbook, memo and JSON of a portfolio.")
@click.argument("portfolio", shell_complete=portfolios)
@click.option("--out", type=click.Path(), help="Folder for workbook, memo and JSON "
              "[default: output/NAME].")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
@click.option("--set", "changes", type=click.Path(), metavar="FILE",
              help="Changed figures, as the memo's page writes them.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 4 if a line of the credit policy fails.")
def appraise(portfolio: str, out: str | None, form: str, changes: str | None, strict: bool) -> None:
    """Appraise PORTFOLIO: workbook, memo (HTML), JSON, and a short text."""
    from pathlib import Path

    from eicfinance.reports.view import as_data, view

    folder = folder_of(portfolio)
    changed = None if changes is None else Path(changes)
    case = case_of(folder, changed)
    tell("drawing scenarios")
    shown = view(case)
    name = name_of(folder)
    name += "" if changed is None else f"-{changed.stem}"
    files = write_reports(shown, Path(out or f"output/{name}"), name)
    if form == "json":
        click.echo(as_json(as_data(shown)))
    else:
        from eicfinance.reports.language import label
        from eicfinance.reports.text import as_text

        click.echo(_coloured(as_text(shown)))
        click.echo(f"\n{label('Written:')}")
        for path in files:
            click.echo(f"  {path}")
    if shown.failed_checks:
        stop(OUR_FAULT, f"integrity checks fail: {shown.failed_checks}; do not use these figures")
    if strict and any(p.decision.failed for p in shown.projects):
        sys.exit(POLICY_FAILS)


@program.command(short_help="Name every problem of a portfolio.")
@click.argument("portfolio", shell_complete=portfolios)
def check(portfolio: str) -> None:
    """Check PORTFOLIO without appraising it; name every problem with file, line and column."""
    case = built(folder_of(portfolio))
    for note in case.portfolio.notes:
        say(f"note: {note}")
    count = len(case.projects)
    word = "project" if count == 1 else "projects"
    click.echo(f"{case.portfolio.title}: {count} {word}, no problem found.")


@program.command(short_help="Write a portfolio to start from, or an Excel sheet to fill in.")
@click.argument("technology", shell_complete=_technologies)
@click.option("--out", type=click.Path(), help="Folder for the file [default: TECHNOLOGY].")
@click.option("--choice", "chosen", multiple=True, metavar="KEY=OPTION",
              help="Another option than the default; may be given several times.")  # fmt: skip
@click.option("--excel", is_flag=True, help="An empty workbook in place of portfolio.yaml.")
def new(technology: str, out: str | None, chosen: tuple[str, ...], excel: bool) -> None:
    """Write a commented portfolio.yaml for TECHNOLOGY to start from, or with --excel a workbook to
    fill in."""
    from datetime import datetime
    from pathlib import Path

    from eicfinance.appraisal.case import declarations
    from eicfinance.portfolio.starter import starter

    declared = declarations()
    check_known(technology, declared.technologies)
    options = [f"{choice.name}={option}" for choice in declared.technologies[technology].choices
               for option in choice.options]  # fmt: skip
    for text in chosen:
        check_known(text, options)
    choices = dict(text.split("=", 1) for text in chosen)
    folder = Path(out or technology)
    path = folder / (f"{technology}.xlsx" if excel else "portfolio.yaml")
    if path.exists():
        stop(CANNOT_READ_OR_WRITE,
              f"{path} is there already and is kept; name another folder with --out")  # fmt: skip
    try:
        folder.mkdir(parents=True, exist_ok=True)
        today = datetime.now().astimezone().date()
        if excel:
            from eicfinance.reports.input_book import write_input_book

            write_input_book(technology, choices, declared, today, path)
        else:
            path.write_text(starter(technology, choices, declared, today), encoding="utf-8")
    except OSError as error:
        stop(CANNOT_READ_OR_WRITE, io_sentence(error, path))
    named = path if excel else folder
    click.echo(f"Written: {path}\nPut your own figures in, then: eicfinance check {named}")


@program.command(short_help="Say what an input, line or result is.")
@click.argument("key")
@click.argument("portfolio", required=False, shell_complete=portfolios)
def explain(key: str, portfolio: str | None) -> None:
    """Explain KEY: its unit, formula, source, and what it feeds.

    KEY is the name of an input, line or result, such as cfads. Without PORTFOLIO it is looked for
    in the cases that come with the program.
    """
    from eicfinance.reports.explain import explain as explanation
    from eicfinance.reports.explain import names

    known: list[str] = []
    for name in [portfolio] if portfolio else cases():
        case = built(folder_of(name))
        if text := explanation(case, key):
            click.echo(f"{text}\nPortfolio: {case.portfolio.title}.")
            return
        known += names(case)
    from eicfinance.portfolio.problems import did_you_mean

    where = portfolio or "the cases that come with the program"
    parts = (f"nothing is named {key!r} in {where};", did_you_mean(key, known),
             "eicfinance appraise --format json prints the names of all results")  # fmt: skip
    raise click.UsageError(" ".join(part for part in parts if part))


@program.command(name="list", short_help="List what may stand in a portfolio.")
@click.argument("name", required=False, shell_complete=_listed)
def list_(name: str | None) -> None:
    """List what a portfolio may hold; with NAME, its keys with units, defaults, sources."""
    from eicfinance.appraisal.case import declarations
    from eicfinance.portfolio.sections import sections
    from eicfinance.reports.listing import as_list

    groups = _groups()
    if name is None:
        width = max(len(item.name) for group in groups.values() for item in group)
        for title, group in groups.items():
            click.echo(f"{title}:")
            for item in group:
                click.echo(f"  {item.name:<{width}}  {item.title}")
        click.echo("\n`eicfinance list NAME` shows its keys, as in `eicfinance list loan`.")
        return
    known = {item.name: item for group in groups.values() for item in group}
    check_known(name, known)
    keys = {item.name: model.model_fields for item, model in sections(declarations())}
    click.echo(as_list(known[name], keys.get(name, {})))


for command in (cashflow, compare, solve, sensitivity, subsidy, risk, rate, fund, case_book):
    program.add_command(command)
for name, command in program.commands.items():
    if name not in ENGLISH:
        command.params.append(language_option())


def main() -> None:
    """Runs the program. A fault of ours ends with a sentence and 1, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        program(prog_name="eicfinance")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        stop(CANNOT_READ_OR_WRITE, io_sentence(error, None))
    except Exception as error:  # the last resort: say that it is our fault, and what it was
        stop(OUR_FAULT, f"this is a fault of the program, not of your input: {error!r}. "
                         "Please report it with your portfolio.")  # fmt: skip


def _groups() -> dict[str, list[Declaration]]:
    """All that `list` knows."""
    from eicfinance.appraisal.case import declarations
    from eicfinance.portfolio.sections import sections

    declared = declarations()
    return {
        "Technologies": list(declared.technologies.values()),
        "Sites": list(declared.sites.values()),
        "Lending schemes": list(declared.schemes.values()),
        "Sections of portfolio.yaml": [item for item, _ in sections(declared)],
    }


def _coloured(text: str) -> str:
    """The text with recommendations in colour, which click leaves out where no terminal reads."""
    from eicfinance.reports.language import label

    for word, colour in COLOURS.items():
        said = label(word)
        text = text.replace(f"  {said}\n", f"  {click.style(said, fg=colour)}\n")
    return text
