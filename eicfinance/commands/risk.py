"""`eicfinance risk`: how it may turn out, over many scenarios."""

from __future__ import annotations

import click

from eicfinance.commands.portfolio import case_of, folder_of, portfolios
from eicfinance.console import (
    CANNOT_READ_OR_WRITE,
    as_json,
    io_sentence,
    say,
    stop,
    tell,
    write_files,
)


@click.command(short_help="How it may turn out: gaps, repayment, losses over many scenarios.")
@click.argument("portfolio", shell_complete=portfolios)
@click.option("--scenarios", type=click.IntRange(1, 1_000_000), help="How many are drawn "
              "[default: the portfolio's, else 2000].")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**53), help="Another seed, other draws "
              "[default: the portfolio's, else 1].")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 256), help="How many compute at a time; the "
              "figures do not depend on it [default: as many as the machine has].")  # fmt: skip
@click.option("--out", type=click.Path(), help="Folder for JSON, CSV (a row a scenario) and the "
              "blocks from which an interrupted run goes on [default: output/NAME].")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="What to print on standard output.")  # fmt: skip
def risk(
    portfolio: str, scenarios: int | None, seed: int | None, processes: int | None,
    out: str | None, form: str,
) -> None:  # fmt: skip
    """Simulate PORTFOLIO: every figure that has a range is drawn, events come by their chance.

    Drivers that inputs follow together stand under `risk` in the portfolio; `eicfinance list
    driver` says how.
    """
    from os import cpu_count
    from pathlib import Path

    from eicfinance.appraisal.risk import summed_up
    from eicfinance.appraisal.simulation import simulate
    from eicfinance.reports.language import label
    from eicfinance.reports.risk import as_data, as_text, write_csv

    folder = folder_of(portfolio)
    case = case_of(folder)
    place = folder.resolve()
    name = place.name if place.is_dir() else place.parent.name
    results = Path(out or f"output/{name}")
    try:
        made = simulate(case, scenarios, seed, processes or cpu_count() or 1, results, tell)
    except OSError as error:
        stop(CANNOT_READ_OR_WRITE, io_sentence(error, results))
    except KeyboardInterrupt:
        say(f"interrupted; finished blocks are kept in {results}: run again to go on from there")
        raise
    tell("summing up")
    found = summed_up(made)
    data = as_json(as_data(found, case))
    wanted = {
        f"{name}-risk.json": lambda path: path.write_text(data + "\n", encoding="utf-8"),
        f"{name}-risk.csv": lambda path: write_csv(made, path),
    }
    files = write_files(results, wanted)
    click.echo(data if form == "json" else as_text(found, case))
    if form == "text":
        click.echo(f"\n{label('Written:')}")
        for path in files:
            click.echo(f"  {path}")
