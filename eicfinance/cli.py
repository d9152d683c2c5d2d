"""The command line: parse, call, print. Heavy imports stand in the commands that need them.

Exit codes: 0 done, 1 our fault, 2 usage, 3 bad input, 4 a policy line fails under --strict, 5
cannot read or write.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from eicfinance import __version__
from eicfinance.commands.fund import fund
from eicfinance.commands.rate import rate
from eicfinance.console import CANNOT_READ_OR_WRITE, OUR_FAULT, POLICY_FAILS, write_files
from eicfinance.console import as_json as _json
from eicfinance.console import guarded as _guarded
from eicfinance.console import io_sentence as _io_sentence
from eicfinance.console import say as _say
from eicfinance.console import stop as _stop
from eicfinance.console import tell as _tell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from eicfinance.appraisal.case import Case
    from eicfinance.portfolio.declare import Declaration
    from eicfinance.reports.view import View

COLOURS = {"approve": "green", "approve with conditions": "green", "decline": "red"}


def _portfolios(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """What a shell completes PORTFOLIO with: cases, folders with a portfolio, any other folder."""
    from pathlib import Path

    from click.shell_completion import CompletionItem

    known = [*_cases(), *sorted(path.parent.name for path in Path().glob("*/portfolio.yaml"))]
    names = [CompletionItem(name) for name in known if name.startswith(begun)]
    return [CompletionItem(begun, type="dir"), *names]


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

    PORTFOLIO is a folder with a portfolio.yaml (or that file itself), or the name of a case that
    comes with the program, such as one-roof or chachoengsao.
    """
    from os import environ

    if environ.get("NO_COLOR"):
        click.get_current_context().color = False


@program.command()
@click.argument("portfolio", shell_complete=_portfolios)
@click.option("--out", type=click.Path(), help="Folder for workbook, memo and JSON "
              "[default: output/NAME].")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 4 if a line of the credit policy fails.")
def appraise(portfolio: str, out: str | None, form: str, strict: bool) -> None:
    """Appraise PORTFOLIO: workbook, memo (HTML), JSON, and a short text."""
    from pathlib import Path

    from eicfinance.reports.view import as_data, view

    folder = _folder(portfolio)
    shown = view(_case(folder))
    place = folder.resolve()  # "." has a name too
    name = place.name if place.is_dir() else place.parent.name
    files = _write(shown, Path(out or f"output/{name}"), name)
    if form == "json":
        click.echo(_json(as_data(shown)))
    else:
        from eicfinance.reports.text import as_text

        click.echo(_coloured(as_text(shown)))
        click.echo("\nWritten:")
        for path in files:
            click.echo(f"  {path}")
    if shown.failed_checks:
        _stop(OUR_FAULT, f"integrity checks fail: {shown.failed_checks}; do not use these figures")
    if strict and any(p.decision.failed for p in shown.projects):
        sys.exit(POLICY_FAILS)


@program.command()
@click.argument("portfolio", shell_complete=_portfolios)
def check(portfolio: str) -> None:
    """Check PORTFOLIO without appraising it; name every problem with file, line and column."""
    case = _built(_folder(portfolio))
    for note in case.portfolio.notes:
        _say(f"note: {note}")
    count = len(case.projects)
    word = "project" if count == 1 else "projects"
    click.echo(f"{case.portfolio.title}: {count} {word}, no problem found.")


@program.command()
@click.argument("portfolio", shell_complete=_portfolios)
@click.option("--project", required=True, help="A project, a site, or cluster.")
@click.option("--by", type=click.Choice(["year", "period"]), default="year", show_default=True,
              help="Project years (sums of flows, last of balances) or periods.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv",
              show_default=True)  # fmt: skip
def cashflow(portfolio: str, project: str, by: str, form: str) -> None:
    """Print all lines of one project of PORTFOLIO, by year or by period."""
    from eicfinance.portfolio.problems import unknown
    from eicfinance.reports.cashflow import as_csv, as_table

    case = _case(_folder(portfolio))
    if project not in case.runs:
        raise click.UsageError(unknown(f"there is no project {project!r}", project, case.runs))
    table = as_table(case, project, by == "year")
    click.echo(as_csv(table) if form == "csv" else _json(table), nl=form == "json")


@program.command()
@click.argument("portfolio", shell_complete=_portfolios)
@click.option("--project", required=True, help="The project that is to be financed.")
@click.option("--schemes", default="", help="Names with commas between [default: all].")
@click.option("--view", "whose", type=click.Choice(["borrower", "bank", "mfi", "public"]),
              default="borrower", show_default=True, help="From whose point of view.")  # fmt: skip
@click.option("--out", type=click.Path(), help="Folder for workbook, memo and JSON of the whole "
              "appraisal with this comparison.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
def compare(
    portfolio: str, project: str, schemes: str, whose: str, out: str | None, form: str
) -> None:
    """Compare lending schemes on one project of PORTFOLIO: who pays whom, and who bears what."""
    from pathlib import Path

    from eicfinance.appraisal.comparison import UnknownScheme
    from eicfinance.appraisal.comparison import compare as compared
    from eicfinance.reports.lending import as_data, as_text

    folder = _folder(portfolio)
    case = _case(folder)
    _known(project, case.projects)
    try:
        found = compared(case, project, [s.strip() for s in schemes.split(",") if s.strip()])
    except UnknownScheme as error:
        raise click.UsageError(str(error)) from None
    click.echo(_json(as_data(found)) if form == "json" else as_text(found, whose, case.currency))
    failed = {name: bad for name, run in found.runs.items() if (bad := run.failed_checks())}
    if out is not None:
        from eicfinance.reports.view import view

        case.show(project, found)
        for path in _write(view(case), Path(out), folder.resolve().name):
            _say(f"written: {path}")
    if failed:
        _stop(OUR_FAULT, f"integrity checks fail: {failed}; do not use these figures")


@program.command()
@click.argument("technology", shell_complete=_technologies)
@click.option("--out", type=click.Path(), help="Folder for portfolio.yaml [default: TECHNOLOGY].")
@click.option("--choice", "chosen", multiple=True, metavar="KEY=OPTION",
              help="Another option than the default; may be given several times.")  # fmt: skip
def new(technology: str, out: str | None, chosen: tuple[str, ...]) -> None:
    """Write a commented portfolio for TECHNOLOGY, to start from."""
    from datetime import datetime
    from pathlib import Path

    from eicfinance.appraisal.case import declarations
    from eicfinance.portfolio.starter import starter

    declared = declarations()
    _known(technology, declared.technologies)
    options = [f"{choice.name}={option}" for choice in declared.technologies[technology].choices
               for option in choice.options]  # fmt: skip
    for text in chosen:
        _known(text, options)
    choices = dict(text.split("=", 1) for text in chosen)
    folder = Path(out or technology)
    path = folder / "portfolio.yaml"
    if path.exists():
        _stop(CANNOT_READ_OR_WRITE,
              f"{path} is there already and is kept; name another folder with --out")  # fmt: skip
    try:
        folder.mkdir(parents=True, exist_ok=True)
        today = datetime.now().astimezone().date()
        path.write_text(starter(technology, choices, declared, today), encoding="utf-8")
    except OSError as error:
        _stop(CANNOT_READ_OR_WRITE, _io_sentence(error, path))
    click.echo(f"Written: {path}\nPut your own figures in, then: eicfinance check {folder}")


@program.command()
@click.argument("key")
@click.argument("portfolio", required=False, shell_complete=_portfolios)
def explain(key: str, portfolio: str | None) -> None:
    """Explain KEY: its unit, formula, source, and what it feeds.

    KEY is the name of an input, line or result, such as cfads. Without PORTFOLIO it is looked for
    in the cases that come with the program.
    """
    from eicfinance.reports.explain import explain as explanation
    from eicfinance.reports.explain import names

    known: list[str] = []
    for name in [portfolio] if portfolio else _cases():
        case = _built(_folder(name))
        if text := explanation(case, key):
            click.echo(f"{text}\nPortfolio: {case.portfolio.title}.")
            return
        known += names(case)
    from eicfinance.portfolio.problems import did_you_mean

    where = portfolio or "the cases that come with the program"
    parts = (f"nothing is named {key!r} in {where};", did_you_mean(key, known),
             "eicfinance appraise --format json prints the names of all results")  # fmt: skip
    raise click.UsageError(" ".join(part for part in parts if part))


@program.command()
@click.argument("portfolio", shell_complete=_portfolios)
@click.option("--project", required=True, metavar="NAME")
@click.option(
    "--for",
    "key",
    required=True,
    metavar="INPUT",
    help="Any input of the project; short names: tariff, rate, tenor, gearing, grant.",
)
@click.option(
    "--target",
    required=True,
    metavar="RESULT=VALUE",
    help="As equity_irr=12%, or dscr>=1.3; short names: npv, irr, dscr, gap.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True)  # fmt: skip
def solve(portfolio: str, project: str, key: str, target: str, form: str) -> None:
    """Solve for one INPUT of a project of PORTFOLIO so that a RESULT has a VALUE."""
    from eicfinance.appraisal.solve import solve as solve_for
    from eicfinance.reports.sensitivities import solution_data
    from eicfinance.reports.sensitivity_text import solution_text

    case = _case(_folder(portfolio))
    _known(project, case.projects)
    try:
        found = solve_for(case, project, key, target)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    title = case.projects[project].entry.title
    click.echo(_json(solution_data(found)) if form == "json" else solution_text(found, title))
    if found.failed:
        _stop(OUR_FAULT, f"integrity checks fail with it: {found.failed}; do not use this")


@program.command()
@click.argument("portfolio", shell_complete=_portfolios)
@click.option("--project", required=True, metavar="NAME")
@click.option(
    "--two-way",
    "two",
    nargs=2,
    metavar="INPUT INPUT",
    help="A table of two inputs instead, each in five steps from low to high.",
)
@click.option(
    "--result",
    "results",
    multiple=True,
    metavar="RESULT",
    help="What the table shows [default: npv]; may be given several times.",
)
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text",
              show_default=True)  # fmt: skip
def sensitivity(
    portfolio: str, project: str, two: tuple[str, str] | None, results: tuple[str, ...], form: str
) -> None:
    """Each input of a project of PORTFOLIO at its low and high, or two at once."""
    from eicfinance.appraisal.sensitivity import sensitivity as each
    from eicfinance.appraisal.solve import two_inputs
    from eicfinance.reports.sensitivity_text import each_as, table_as

    if results and two is None:
        raise click.UsageError("--result says what a table shows; add --two-way INPUT INPUT")
    case = _case(_folder(portfolio))
    _known(project, case.projects)
    if two is None:
        shown = each_as(form, case, project, each(case, project))
    else:
        try:
            shown = table_as(form, case, project, two_inputs(case, project, *two, results))
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    click.echo(_json(shown) if isinstance(shown, dict) else shown, nl=form != "csv")


@program.command(name="list")
@click.argument("name", required=False, shell_complete=_listed)
def list_(name: str | None) -> None:
    """List what a portfolio may hold; with NAME, its keys with units, defaults, sources."""
    from eicfinance.appraisal.case import declarations
    from eicfinance.portfolio.sections import sections
    from eicfinance.reports.listing import as_list

    groups = _groups()
    if name is None:
        for title, group in groups.items():
            click.echo(f"{title}:")
            for item in group:
                click.echo(f"  {item.name:<14} {item.title}")
        click.echo("\neicfinance list NAME shows its keys.")
        return
    known = {item.name: item for group in groups.values() for item in group}
    _known(name, known)
    keys = {item.name: model.model_fields for item, model in sections(declarations())}
    click.echo(as_list(known[name], keys.get(name, {})))


program.add_command(fund)
program.add_command(rate)


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
        _stop(CANNOT_READ_OR_WRITE, _io_sentence(error, None))
    except Exception as error:  # the last resort: say that it is our fault, and what it was
        _stop(OUR_FAULT, f"this is a fault of the program, not of your input: {error!r}. "
                         "Please report it with your portfolio.")  # fmt: skip


def _folder(text: str) -> Path:
    """The portfolio's folder: a path, or the name of a case that comes with the program."""
    from pathlib import Path

    from eicfinance.reports.files import data_folder

    path = Path(text)
    if not path.exists() and text not in _cases():
        known = f"cases that come with the program: {', '.join(_cases())}"
        _stop(CANNOT_READ_OR_WRITE, f"{text}: there is no such folder or file; {known}")
    return path if path.exists() else data_folder("portfolios") / text


def _cases() -> list[str]:
    """The names of the cases that come with the program, the smallest first."""
    from eicfinance.reports.files import data_folder

    files = data_folder("portfolios").glob("*/portfolio.yaml")
    return [path.parent.name for path in sorted(files, key=lambda path: path.stat().st_size)]


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


def _known(name: str, known: Iterable[str]) -> None:
    from eicfinance.portfolio.problems import unknown

    if name not in known:
        raise click.UsageError(unknown(f"there is no {name!r}", name, known))


def _built(folder: Path) -> Case:
    from eicfinance.appraisal.case import build, declarations
    from eicfinance.portfolio.reader import read_portfolio

    return _guarded(lambda: build(read_portfolio(folder, declarations())), folder)


def _case(folder: Path) -> Case:
    from eicfinance.appraisal.case import appraise as appraise_folder

    case = _guarded(lambda: appraise_folder(folder, _tell), folder)
    for note in case.portfolio.notes:
        _say(f"note: {note}")
    return case


def _write(shown: View, folder: Path, name: str) -> list[Path]:
    from eicfinance.reports.memo import as_html
    from eicfinance.reports.view import as_data
    from eicfinance.reports.workbook import write_workbook

    wanted = {
        f"{name}.xlsx": lambda path: write_workbook(shown, path),
        f"{name}.html": lambda path: path.write_text(as_html(shown), encoding="utf-8"),
        f"{name}.json": lambda path: path.write_text(
            _json(as_data(shown)) + "\n", encoding="utf-8"
        ),
    }
    return write_files(folder, wanted)


def _coloured(text: str) -> str:
    """The text with recommendations in colour, which click leaves out where no terminal reads."""
    for word, colour in COLOURS.items():
        text = text.replace(f"  {word}\n", f"  {click.style(word, fg=colour)}\n")
    return text
