"""`eicfinance rate`: what a credit truly costs, from its terms or from dated flows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.decorators import FC

    from eicfinance.finance.true_cost import Credit, TrueCost

BAD_INPUT = 3
ROOM = 32  # for names
MEANINGS = (  # of TrueCost: field, full name, what it means
    ("apr", "APR (nominal)", "all charges in; periods a year x the rate a period"),
    ("eir", "EIR (compounded)", "all charges in, with interest on interest"),
    ("reducing_rate", "Reducing-balance nominal rate",
     "of the instalments alone, on what is still owed; no fees"),
    ("flat_rate_per_loan", "Flat rate per loan", "interest / principal"),
    ("flat_rate_per_year", "Flat rate per year", "interest / principal / years"),
    ("equivalent_flat_rate", "Equivalent flat rate per year",
     "of a loan without fees in equal instalments that has this APR"),
    ("lender_yield", "Lender's yield (nominal)",
     "as the APR, without savings and deposit, which the lender holds for the borrower"),
    ("lender_yield_effective", "Lender's yield (compounded)", "the same with interest on interest"),
)  # fmt: skip
AMOUNTS = (
    ("principal", "Principal", "what is lent"),
    (
        "received",
        "Received at the start",
        "less all that is withheld or paid then; goods at the cash price",
    ),
    ("instalment", "Instalment", "with its fee"),
    ("instalment_last", "Last instalment", "takes the residue of the rounding"),
    ("total_paid", "Total of the instalments", ""),
    ("total_cost", "Total cost of credit", "paid less received, savings and deposit returned"),
)


def _number(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """A finite number; 10% is 0.10."""
    from eicfinance.portfolio.source import plain_number

    if not isinstance(value, str):
        return value
    try:
        number = plain_number(value.strip())
    except ValueError as why:
        raise click.BadParameter(str(why), context, parameter) from None
    if parameter.name in ("rate", "flat") and "%" not in value and number >= 1:
        said = f"--{parameter.name} {value} is taken as {number:,.0%}"
        click.echo(f"note: {said}; for {value} per cent write {value}%", err=True)
    return number


def _figure(name: str, text: str, default: float | None = None) -> Callable[[FC], FC]:
    return click.option(name, type=click.UNPROCESSED, default=default, callback=_number,
                        help=text, metavar="NUMBER")  # fmt: skip


@click.command(short_help="What a credit truly costs: APR, EIR and more.")
@click.argument("file", required=False, type=click.Path())
@click.option("--flows", type=click.Path(), help="The same as FILE.")
@_figure("--principal", "The loan [default: list price less down payment].")
@_figure("--rate", "Nominal rate a year on the reducing balance, such as 0.24 or 24%.")
@_figure("--flat", "Flat rate, on the first principal to the end.")
@click.option("--flat-basis", type=click.Choice(["year", "period", "loan"]), default="year",
              show_default=True, help="What the flat rate is quoted for; period: that of "
              "an instalment, as a month.")  # fmt: skip
@_figure("--instalment", "The level instalment, in place of a rate.")
@click.option("--periods", type=int, help="Number of instalments, grace included.")
@_figure("--per-year", "Periods in a year: 12, 52, 4 ... [default: 12]", 12)
@click.option("--amortisation", default="equal_instalments", show_default=True,
              type=click.Choice(["equal_instalments", "equal_principal", "bullet"]),
              help="How principal is repaid.")  # fmt: skip
@click.option("--grace", type=int, default=0, help="First periods without principal.")
@click.option("--grace-kind", type=click.Choice(["paid", "deferred", "capitalised", "free"]),
              default="paid", show_default=True, help="Their interest.")  # fmt: skip
@_figure("--fee", "Fee withheld at disbursement, share of the principal.", 0)
@_figure("--fee-upfront", "Fee paid in cash at disbursement, share of the principal.", 0)
@_figure("--fee-each", "Fee with each instalment, money.", 0)
@click.option("--interest-upfront", is_flag=True, help="All interest is withheld at disbursement.")
@_figure("--savings", "Compulsory savings withheld, share of the principal; returned with the "
         "last instalment.", 0)  # fmt: skip
@_figure("--savings-each", "Savings with each instalment, money; returned with the last.", 0)
@_figure("--savings-interest", "Interest on savings, nominal a year.", 0)
@_figure("--deposit", "Security deposit, share of the principal; returned without interest.", 0)
@_figure("--down-payment", "Share of the list price paid at the start.", 0)
@_figure("--list-price", "Price of the goods on credit.")
@_figure("--cash-price", "Price of the same goods paid at once.")
@_figure("--round-instalment", "Round the level instalment to a multiple of this.")
@click.option("--rounding", type=click.Choice(["half_even", "half_up", "up", "down"]),
              default="half_even", show_default=True)  # fmt: skip
@_figure("--ceiling", "Legal limit of the APR; a warning where it is passed.")
@click.option("--day-count", default="ACT/365F", show_default=True, help="Of dated flows.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True)  # fmt: skip
def rate(file: str | None, flows: str | None, form: str, day_count: str, **terms: Any) -> None:
    """What a credit truly costs: APR, EIR and the other rates, each under its full name.

    \b
    eicfinance rate --principal 1000 --flat 10% --flat-basis loan --periods 50 --per-year 52
    eicfinance rate --list-price 100 --down-payment 15% --flat 6% --periods 36 --cash-price 96
    eicfinance rate FILE.csv

    FILE is a CSV of dated flows, a date (2024-01-31) and an amount in each line, money received
    and money paid with different signs: XIRR, all rates. Shares and rates may be written as 0.10
    or 10%.
    """
    path = file or flows
    context = click.get_current_context()
    if path is not None:
        given = {name for name in terms if _given(context, name)} - {"per_year", "ceiling"}
        if given or (file and flows):
            what = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(given))
            raise click.UsageError(
                f"dated flows stand by themselves; leave out {what or '--flows'}"
            )
        _of_flows(path, terms["per_year"], terms["ceiling"], day_count, form)
        return
    if _given(context, "day_count"):
        raise click.UsageError("--day-count is for a FILE of dated flows")
    if terms["periods"] is None:
        raise click.UsageError("--periods is missing: the number of instalments (or a FILE)")
    if _given(context, "flat_basis") and terms["flat"] is None:
        raise click.UsageError("--flat-basis goes with --flat")
    _of_terms(terms, form)


def _given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _of_terms(terms: dict[str, Any], form: str) -> None:
    from dataclasses import asdict

    from eicfinance.finance.true_cost import Credit, true_cost

    credit = Credit(**terms)
    try:
        cost = true_cost(credit)
    except ValueError as why:
        raise click.UsageError(str(why)) from None
    for line in cost.warnings:
        click.echo(f"warning: {line}", err=True)
    if form == "json":
        _print_json({**asdict(cost), "ceiling": credit.ceiling, "periods": credit.periods,
                     "per_year": credit.per_year})  # fmt: skip
    else:
        click.echo(_text(cost, credit))


def _of_flows(path: str, per_year: float, ceiling: float | None, day_count: str, form: str) -> None:
    from pathlib import Path

    from eicfinance.finance.daycounts import DAY_COUNTS
    from eicfinance.finance.true_cost import passes, rates_of_dated
    from eicfinance.portfolio.flows import read_flows
    from eicfinance.portfolio.problems import BadInput, unknown

    if day_count not in DAY_COUNTS:
        raise click.UsageError(unknown(f"there is no {day_count!r}", day_count, DAY_COUNTS))
    try:
        flows = read_flows(Path(path))
    except BadInput as error:
        click.echo(str(error), err=True)
        count = len(error.problems)
        click.echo(f"eicfinance: {count} problem{'s' if count != 1 else ''} in {path}", err=True)
        sys.exit(BAD_INPUT)
    try:
        found = rates_of_dated(flows, per_year, day_count)
    except ValueError as why:
        raise click.UsageError(str(why)) from None
    above = passes(found.apr, ceiling)
    if above:
        click.echo(f"warning: the APR of {found.apr:.2%} is above the ceiling of {ceiling:.2%}",
                   err=True)  # fmt: skip
    total = sum(amount for _, amount in flows)
    if form == "json":
        _print_json({"apr": found.apr, "eir": found.eir, "status": found.status,
                     "roots": found.roots, "reason": found.reason, "per_year": per_year,
                     "day_count": day_count, "flows": len(flows), "total": total,
                     "ceiling": ceiling, "above_ceiling": above})  # fmt: skip
        return
    from eicfinance.reports.language import say

    lines = [
        _rate("EIR (compounded), XIRR", found.eir, say("rate_effective", day_count=day_count)),
        _rate("APR (nominal)", found.apr, say("rate_the_same", number=f"{per_year:g}")),
    ]
    if found.status == "several":
        lines.append(say("rate_several", rates=", ".join(f"{root:.4%}" for root in found.roots)))
    lines += [say("note_said", text=found.reason)] if found.reason else []
    lines.append(say("rate_flows", number=len(flows), total=f"{total:,.2f}"))
    click.echo("\n".join(lines))


def _text(cost: TrueCost, credit: Credit) -> str:
    from eicfinance.reports.columns import left
    from eicfinance.reports.language import label

    lines = [_rate(name, getattr(cost, key), why) for key, name, why in MEANINGS]
    lines.append("")
    for key, name, why in AMOUNTS:
        value = getattr(cost, key)
        lines.append(f"{left(label(name), ROOM)}{value:>14,.2f}  {label(why)}".rstrip())
    share = "  " + label("a share of the principal")
    lines.append(f"{left(share, ROOM)}{_percent(cost.total_cost_share):>14}")
    if credit.ceiling is not None:
        word = {True: "passed", False: "kept", None: "not assessed"}[cost.above_ceiling]
        said = left(label("Ceiling of the APR"), ROOM)
        lines.append(f"{said}{_percent(credit.ceiling):>14}  {label(word)}")
    return "\n".join(lines)


def _rate(name: str, value: float | None, why: str) -> str:
    from eicfinance.reports.columns import left, right
    from eicfinance.reports.language import label

    return f"{left(label(name), ROOM)}{right(label(_percent(value)), 14)}  {label(why)}"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{value:.2%}"


def _print_json(data: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False))
