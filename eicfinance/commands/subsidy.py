"""Which support a project of a portfolio needs, and what it costs the public."""

from __future__ import annotations

import click

from eicfinance.commands.portfolio import case_of, check_known, folder_of, portfolios
from eicfinance.console import BAD_INPUT, OUR_FAULT, as_json, stop


@click.command()
@click.argument("portfolio", shell_complete=portfolios)
@click.option("--project", required=True, metavar="NAME")
@click.option(
    "--test",
    "tests",
    multiple=True,
    metavar="RESULT>=VALUE",
    help="What is to be met, as dscr_min>=1.2, dscr_min>=1.2@0.9 (in nine scenarios of ten), "
    "pd<=5% or expected_loss<=2% (of the loan); may be given several times "
    "[default: minimum DSCR and minimum equity IRR of the credit policy].",
)
@click.option("--scenarios", type=click.IntRange(1, 100_000), default=500, show_default=True,
              help="Of tests that are simulated.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=None,
              help="Of the draws  [default: the portfolio's]")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True)  # fmt: skip
def subsidy(
    portfolio: str, project: str, tests: tuple[str, ...], scenarios: int, seed: int | None,
    form: str,
) -> None:  # fmt: skip
    """The least public support with which a project of PORTFOLIO meets tests, and its cost."""
    from eicfinance.appraisal.public_cost import NoPublicRate
    from eicfinance.appraisal.subsidy import subsidy as least
    from eicfinance.reports.subsidy import as_data, as_text

    case = case_of(folder_of(portfolio))
    check_known(project, case.projects)
    try:
        found = least(case, project, tests, scenarios, seed)
    except NoPublicRate as error:
        stop(BAD_INPUT, f"{portfolio}: {error}")
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    show = as_json(as_data(found, case, project)) if form == "json" else None
    click.echo(show or as_text(found, case, project))
    failed = {one.kind.name: one.failed for one in found.supports if one.failed}
    if failed:
        stop(OUR_FAULT, f"integrity checks fail with support: {failed}; do not use this")
