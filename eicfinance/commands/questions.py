"""Questions about one project of a portfolio: its cash flow, lending schemes, what-ifs."""

from __future__ import annotations

import click

from eicfinance.commands.portfolio import (
    case_of,
    check_known,
    folder_of,
    portfolios,
    write_reports,
)
from eicfinance.console import OUR_FAULT, as_json, say, stop


@click.command(short_help="All lines of a project, as CSV or JSON.")
@click.argument("portfolio", shell_complete=portfolios)
@click.option("--project", default="", help="A project, a site, or cluster  [required]")
@click.option("--by", type=click.Choice(["year", "period"]), default="year", show_default=True,
              help="Project years (sums of flows, last of balances) or periods.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv",
              show_default=True)  # fmt: skip
def cashflow(portfolio: str, project: str, by: str, form: str) -> None:
    """Print all lines of one project of PORTFOLIO, by year or by period."""
    from eicfinance.reports.cashflow import as_csv, as_table

    case = case_of(folder_of(portfolio))
    check_known(project, case.runs, "--project")
    table = as_table(case, project, by == "year")
    click.echo(as_csv(table) if form == "csv" else as_json(table), nl=form == "json")


@click.command(short_help="Lending schemes side by side on a project.")
@click.argument("portfolio", shell_complete=portfolios)
@click.option("--project", default="", help="The project that is to be financed  [required]")
@click.option("--schemes", default="", help="Names with commas between [default: all].")
@click.option("--view", "whose", type=click.Choice(["borrower", "bank", "mfi", "public"]),
              default="borrower", show_default=True, help="From whose point of view.")  # fmt: skip
@click.option("--set", "changes", type=click.Path(), metavar="FILE",
              help="Changed figures, as the memo's page writes them.")  # fmt: skip
@click.option("--out", type=click.Path(), help="Folder for workbook, memo and JSON of the whole "
              "appraisal with this comparison.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
def compare(
    portfolio: str, project: str, schemes: str, whose: str, changes: str | None, out: str | None,
    form: str,
) -> None:  # fmt: skip
    """Compare lending schemes on one project of PORTFOLIO: who pays whom, and who bears what."""
    from pathlib import Path

    from eicfinance.appraisal.comparison import UnknownScheme
    from eicfinance.appraisal.comparison import compare as compared
    from eicfinance.reports.lending import as_data, as_text

    folder = folder_of(portfolio)
    case = case_of(folder, None if changes is None else Path(changes))
    check_known(project, case.projects, "--project")
    try:
        found = compared(case, project, [s.strip() for s in schemes.split(",") if s.strip()])
    except UnknownScheme as error:
        raise click.UsageError(str(error)) from None
    click.echo(as_json(as_data(found)) if form == "json" else as_text(found, whose, case.currency))
    failed = {name: bad for name, run in found.runs.items() if (bad := run.failed_checks())}
    if out is not None:
        from eicfinance.reports.view import view

        case.show(project, found)
        for path in write_reports(view(case), Path(out), folder.resolve().name):
            say(f"written: {path}")
    if failed:
        stop(OUR_FAULT, f"integrity checks fail: {failed}; do not use these figures")


@click.command(short_help="The input that gives a project a wanted result.")
@click.argument("portfolio", shell_complete=portfolios)
@click.option("--project", default="", metavar="NAME", help="A project of it  [required]")
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

    case = case_of(folder_of(portfolio))
    check_known(project, case.projects, "--project")
    try:
        found = solve_for(case, project, key, target)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    title = case.projects[project].entry.title
    click.echo(as_json(solution_data(found)) if form == "json" else solution_text(found, title))
    if found.failed:
        stop(OUR_FAULT, f"integrity checks fail with it: {found.failed}; do not use this")


@click.command(short_help="Each input of a project at its low and high.")
@click.argument("portfolio", shell_complete=portfolios)
@click.option("--project", default="", metavar="NAME", help="A project of it  [required]")
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
    case = case_of(folder_of(portfolio))
    check_known(project, case.projects, "--project")
    if two is None:
        shown = each_as(form, case, project, each(case, project))
    else:
        try:
            shown = table_as(form, case, project, two_inputs(case, project, *two, results))
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    click.echo(as_json(shown) if isinstance(shown, dict) else shown, nl=form != "csv")
