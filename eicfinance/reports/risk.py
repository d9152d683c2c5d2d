"""A simulation as a short text, as plain data, and as a table with a row a scenario."""

from __future__ import annotations

import csv
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eicfinance.appraisal.calendar import period_ends
from eicfinance.appraisal.pool import RESIDUAL
from eicfinance.model.label import Label
from eicfinance.portfolio.risk import EVENT
from eicfinance.reports.columns import left, right
from eicfinance.reports.language import date, label, say
from eicfinance.reports.sharing import sharing
from eicfinance.reports.words import MISSING, harmless, number, often, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from eicfinance.appraisal.blocks import Member
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.pool import LoanRisk, PoolRisk
    from eicfinance.appraisal.risk import ProjectRisk, Risk
    from eicfinance.appraisal.simulation import Simulation
    from eicfinance.risk.losses import Driver, Tail
    from eicfinance.risk.spread import Spread

ROWS: Final = (
    ("project_npv", "Project NPV", 0),
    ("equity_npv", "Owner's NPV", 0),
    ("valley_depth", "Depth of the death valley", 0),
    ("gap_depth", "Gap after committed sources", 0),
    ("gap_with_loan_depth", "Gap with the loan too", 0),
    ("gap_with_loan_months", "Months in which that is open", 0),
    ("dscr_min", "Minimum DSCR", 2),
)
P_MEANS: Final = "P80: in eight scenarios of ten it is no worse; P50 and P95 likewise."
SUMMED: Final = ("repay_default", "repay_ead", "repay_recovered", "repay_guaranteed", "repay_loss")
LOWEST: Final = ("dscr_min",)


def as_data(risk: Risk, case: Case) -> dict[str, Any]:
    """Plain data; money in the portfolio's currency, of one unit each, shares as fractions."""
    return {"currency": case.currency, "appraisal_date": case.portfolio.appraisal_date,
            "sha256": case.portfolio.sha256, **asdict(risk)}  # fmt: skip


# -- text ---------------------------------------------------------------------------------------


def as_text(risk: Risk, case: Case) -> str:
    lines = [
        say(
            "risk_title",
            title=case.portfolio.title,
            scenarios=number(risk.scenarios),
            seed=risk.seed,
            currency=case.currency,
        ),
    ]
    if risk.certain:
        lines.append(say("risk_certain"))
    lines += [label(P_MEANS), ""]
    for project in risk.projects:
        lines += [*_project(project, case), ""]
    if sum(project.units for project in risk.projects) > 1:
        lines.append(say("risk_cluster"))
        lines += _table(risk.cluster, risk.cluster_base)
    titles = {driver.name: driver.title for driver in case.portfolio.risk.drivers}
    if risk.drivers:
        causes = _causes(risk.drivers, titles)
        lines += ["", say("risk_drivers", causes=causes)]
    if risk.pool is not None and risk.pool.loans > 1:
        lines += ["", *_pool(risk.pool, case, titles)]
    lines += sharing(risk, case)
    return "\n".join(lines).rstrip()


def in_short(risk: Risk, case: Case) -> list[str]:
    """What an appraisal's text says of it."""
    pool = risk.pool
    if pool is None or risk.certain:
        return []
    worst, mean = pool.tails[0], number(pool.defaults.value, 1)
    return [
        say(
            "risk_in_short",
            scenarios=number(risk.scenarios),
            seed=risk.seed,
            mean=mean,
            loans=pool.loans,
            loss=number(pool.loss.value),
            currency=case.currency,
            confidence=percent(worst.confidence, 0),
            most=number(worst.value_at_risk),
        )
    ]


def _pool(pool: PoolRisk, case: Case, titles: dict[str, str]) -> Iterator[str]:
    yield say("pool_title", loans=pool.loans, lent=number(pool.lent), currency=case.currency)
    yield from (f"  {text}" for text in _of_pool(pool, case, titles))


def _of_pool(pool: PoolRisk, case: Case, titles: dict[str, str]) -> Iterator[str]:
    if not pool.some:
        yield say("pool_no_default")
        return
    mean, some = number(pool.defaults.value, 1), percent(pool.some)
    yield say("pool_defaults", mean=mean, some=some)
    yield say(
        "pool_loss",
        loss=number(pool.loss.value),
        error=number(pool.loss.error),
        tails=_tails(pool.tails),
    )
    if pool.par30.highest:
        yield say(
            "pool_par30", month=_month(case, pool.par30.when), share=percent(pool.par30.highest)
        )
    if pool.concentration is not None:
        yield say("pool_concentration", month=_month(case, pool.concentration.period))
    if pool.loss.value:
        yield say("pool_first_loss", first=percent(pool.first_loss), rest=percent(RESIDUAL))
    if pool.drivers:
        yield say("loss_moved_by", causes=_causes(pool.drivers, titles))
    for group in pool.connected:
        yield say(
            "pool_connected",
            through=group.through,
            projects=", ".join(group.projects),
            both=percent(group.both),
            apart=percent(group.apart),
            loss=number(group.loss),
        )


def _tails(tails: Sequence[Tail]) -> str:
    return "; ".join(
        say(
            "tail_said",
            confidence=percent(t.confidence, 0),
            most=number(t.value_at_risk),
            beyond=number(t.shortfall),
        )
        for t in tails
    )


def _loan(loan: LoanRisk, case: Case) -> Iterator[str]:
    life, year = loan.pd_life, loan.pd_year
    parts = {"life": often(life.value, life.error, loan.cases),
             "year": often(year.pd, year.error, loan.cases)}  # fmt: skip
    if loan.loans > 1:
        said = say("default_of_a_loan", **parts)
    else:
        said = say("default_of_the_loan", **parts)
    if year.pd:
        yield say("default_after", said=said, month=_month(case, year.after))
    else:
        yield f"{said}."
    if loan.ead is not None:
        tails = _tails(loan.tails)
        if loan.loans > 1:
            tails = say("all_of_them", tails=tails)
        yield say(
            "loan_loss",
            exposure=number(loan.ead),
            share=percent(loan.lgd),
            loss=number(loan.expected_loss),
            tails=tails,
        )
    if loan.moves:
        yield say("loss_moved_by", causes=_causes(loan.moves, {}))


def _month(case: Case, period: int) -> str:
    assert case.cluster is not None
    return date(period_ends(case.portfolio, case.cluster.periods)[period])


def _project(p: ProjectRisk, case: Case) -> Iterator[str]:
    yield p.title if p.units == 1 else say("each_of", title=p.title, count=p.units)
    yield from _table(p.spreads, p.base)
    chances = [
        ("Project NPV below 0", p.npv_negative), ("owner's NPV below 0", p.equity_npv_negative),
        ("a gap with the loan", p.gap_open), ("minimum DSCR below 1", p.dscr_below_one),
        (Label("below {limit}", number(p.covenant, 2)), p.dscr_below_covenant),
    ]  # fmt: skip
    said = ", ".join(f"{label(name)}: {label(often(x.value, x.error, x.of))}"
                     for name, x in chances if x is not None)  # fmt: skip
    yield "  " + say("chance_said", chances=said)
    if p.moves:
        yield "  " + say("npv_moved_by", causes=_causes(p.moves, {}))
    if p.loan is not None:
        yield from (f"  {text}" for text in _loan(p.loan, case))
    if p.drawn < p.units:
        yield "  " + say(
            "units_drawn", drawn=p.drawn, units=p.units, stands_for=number(p.units / p.drawn, 1)
        )
    if p.failed:
        yield "  " + say("not_computed", share=percent(p.failed))


def _table(spreads: dict[str, Spread], base: dict[str, float | None]) -> Iterator[str]:
    heads = ("base", "mean", "P50", "P80", "P95")
    yield " " * 31 + "".join(right(label(head), 14) for head in heads)
    for name, text, digits in ROWS:
        if name in spreads:
            s = spreads[name]
            cells = (base[name], s.mean, s.p50, s.p80, s.p95)
            yield "  " + left(label(text), 29) + "".join(f"{number(x, digits):>14}" for x in cells)


def _causes(causes: Sequence[Driver], titles: dict[str, str]) -> str:
    """By how much each moves a result; "down" where more of it lowers the result."""
    named = (cause_said(cause, titles.get(cause.name, cause.name)) for cause in causes)
    return ", ".join(named) or MISSING


def cause_said(cause: Driver, name: str) -> str:
    """By how much one cause moves a result, under a name of its own."""
    words = "cause_up" if cause.correlation > 0 else "cause_down"
    return say(words, cause=name, share=percent(cause.share, 0))


# -- a row a scenario -----------------------------------------------------------------------------


def write_csv(simulation: Simulation, path: Path) -> None:
    """A row a scenario: drivers, the cluster's gaps, and results of projects; of several equal
    units the mean (DSCR: the lowest), or of loans in default and their losses the sum over all."""
    plan = simulation.plan
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        start = 0
        for block in simulation.blocks:
            one = type(simulation)(plan, simulation.scenarios, [block])
            columns = dict(_columns(one))
            if not start:
                writer.writerow(["scenario", *map(harmless, columns)])
            rows = np.stack(list(columns.values()), axis=1)
            for k, row in enumerate(rows, start=start + 1):
                writer.writerow([k, *("" if np.isnan(x) else f"{x:.10g}" for x in row)])
            start += len(rows)


def _columns(simulation: Simulation) -> Iterator[tuple[str, Any]]:
    plan = simulation.plan
    for driver in plan.case.portfolio.risk.drivers:
        unit = "times" if driver.kind == EVENT else "level"
        yield f"driver.{driver.name}.{unit}", simulation[f"driver|{driver.name}"]
    for name in simulation.names():
        if name.startswith("cluster|"):
            yield name.replace("|", "."), simulation[name]
    for member in plan.members:
        for result in (*member.results, "failed"):
            yield from _of_units(member, result, simulation[f"{member.name}|{result}"])


def _of_units(member: Member, result: str, values: Any) -> Iterator[tuple[str, Any]]:
    name = f"{member.name}.{result}"
    if result in SUMMED:
        blank = np.isnan(values).all(axis=0)
        added = member.weights @ np.where(np.isnan(values), 0, values)
        yield name if member.count == 1 else f"{name}.sum", np.where(blank, np.nan, added)
    elif member.units == 1:
        yield name, values[0]
    else:
        with np.errstate(all="ignore"):
            filled = np.where(np.isnan(values), np.inf if result in LOWEST else 0, values)
            known = (~np.isnan(values)).sum(axis=0)
            if result in LOWEST:
                yield f"{name}.lowest", np.where(known > 0, filled.min(axis=0), np.nan)
            else:
                yield f"{name}.mean", np.where(known > 0, filled.sum(axis=0) / known, np.nan)
