"""A simulation as a short text, as plain data, and as a table with a row a scenario."""

from __future__ import annotations

import csv
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eicfinance.appraisal.calendar import period_ends
from eicfinance.appraisal.pool import RESIDUAL
from eicfinance.portfolio.risk import EVENT
from eicfinance.reports.sharing import sharing
from eicfinance.reports.words import MISSING, harmless, number, percent

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

WORTH: Final = (
    ("project_npv", "Project NPV"),
    ("equity_npv", "Owner's NPV"),
    ("gap_depth", "Gap after committed sources"),
    ("gap_with_loan_depth", "Gap with the loan"),
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
        f"{case.portfolio.title}: {number(risk.scenarios)} scenarios, seed {risk.seed}, "
        f"amounts in {case.currency}",
    ]
    if risk.certain:
        lines += ["Nothing varies: no figure has a range, and there is no event. Every scenario is "
                  "the base case."]  # fmt: skip
    lines += [P_MEANS, ""]
    for project in risk.projects:
        lines += [*_project(project, case), ""]
    lines += ["Cluster together: gaps of all members, month by month"]
    gaps = [("Gap after committed sources", "gap_depth"), ("Gap with loans", "gap_with_loan_depth")]
    lines += _table(gaps, risk.cluster, risk.cluster_base)
    titles = {driver.name: driver.title for driver in case.portfolio.risk.drivers}
    if risk.drivers:
        lines += ["", "What moves all owners' NPV together: "
                  + _causes(risk.drivers, titles) + "."]  # fmt: skip
    if risk.pool is not None:
        lines += ["", *_pool(risk.pool, case, titles)]
    lines += sharing(risk, case)
    return "\n".join(lines)


def in_short(risk: Risk, case: Case) -> list[str]:
    """What an appraisal's text says of it."""
    pool = risk.pool
    if pool is None or risk.certain:
        return []
    worst, mean = pool.tails[0], number(pool.defaults.value, 1)
    return [
        f"  In {number(risk.scenarios)} scenarios (seed {risk.seed}) {mean} "
        f"of {pool.loans} loans default over their lives; expected loss {number(pool.loss.value)} "
        f"{case.currency}, at {percent(worst.confidence, 0)} at most {number(worst.value_at_risk)}."
    ]


def _pool(pool: PoolRisk, case: Case, titles: dict[str, str]) -> Iterator[str]:
    yield f"All {pool.loans} loans together, {number(pool.lent)} {case.currency} lent"
    mean, some = number(pool.defaults.value, 1), percent(pool.some)
    yield f"  In default over their lives: {mean} loans on average, any in {some} of scenarios."
    loss, error = number(pool.loss.value), number(pool.loss.error)
    yield f"  Expected loss {loss} (standard error {error}); {_tails(pool.tails)}."
    if pool.par30.highest:
        when, share = _month(case, pool.par30.when), percent(pool.par30.highest)
        yield f"  PAR30 is highest in {when}: {share} of what is outstanding."
    if pool.concentration is not None:
        yield f"  Most defaults fall in {_month(case, pool.concentration.period)}."
    if pool.loss.value:
        first, rest = percent(pool.first_loss), percent(RESIDUAL)
        yield (f"  With the first {first} of what is lent borne by others, the lender's expected "
               f"loss is at most {rest} of it.")  # fmt: skip
    if pool.drivers:
        yield f"  The loss is moved by {_causes(pool.drivers, titles)}."
    for group in pool.connected:
        both, apart = percent(group.both), percent(group.apart)
        yield (f"  Connected through {group.through}: {', '.join(group.projects)}; two of these "
               f"loans fail together in {both} of scenarios, by separate luck {apart}; expected "
               f"loss {number(group.loss)}.")  # fmt: skip


def _tails(tails: Sequence[Tail]) -> str:
    return "; ".join(
        f"at {percent(t.confidence, 0)} at most {number(t.value_at_risk)}, and beyond that "
        f"{number(t.shortfall)} on average"
        for t in tails
    )


def _loan(loan: LoanRisk, case: Case) -> Iterator[str]:
    each = "a loan" if loan.loans > 1 else "the loan"
    life, year = loan.pd_life, loan.pd_year
    after = f", after {_month(case, year.after)}" if year.pd else ""
    yield (f"  Default over {each}'s life {percent(life.value)} (standard error "
           f"{percent(life.error)}), in its worst twelve months {percent(year.pd)} "
           f"({percent(year.error)}){after}.")  # fmt: skip
    if loan.ead is not None:
        together = "all of them: " if loan.loans > 1 else ""
        loss = number(loan.expected_loss)
        yield (f"  Exposure at default {number(loan.ead)}, loss given default {percent(loan.lgd)}, "
               f"expected loss {loss}; {together}{_tails(loan.tails)}.")  # fmt: skip
    if loan.moves:
        yield f"  The loss is moved by {_causes(loan.moves, {})}."


def _month(case: Case, period: int) -> str:
    assert case.cluster is not None
    return period_ends(case.portfolio, case.cluster.periods)[period]


def _project(p: ProjectRisk, case: Case) -> Iterator[str]:
    each = f" (each of {p.units})" if p.units > 1 else ""
    yield f"{p.title}{each}"
    yield from _table([(label, name) for name, label in WORTH], p.spreads, p.base)
    chances = [
        ("Project NPV below 0", p.npv_negative), ("owner's NPV below 0", p.equity_npv_negative),
        ("gap with the loan stays open", p.gap_stays_open),
        ("minimum DSCR below 1", p.dscr_below_one),
        (f"below {number(p.covenant, 2)}", p.dscr_below_covenant),
    ]  # fmt: skip
    yield "  Chance: " + ", ".join(f"{name} {percent(x)}" for name, x in chances if x is not None)
    if p.moves:
        yield "  Owner's NPV is moved by " + _causes(p.moves, {}) + "."
    if p.loan is not None:
        yield from _loan(p.loan, case)
    if p.drawn < p.units:
        yield (f"  {p.drawn} of {p.units} units have luck of their own here; each stands for "
               f"{number(p.units / p.drawn, 1)}.")  # fmt: skip
    if p.failed:
        yield f"  {percent(p.failed)} of scenarios cannot be computed and are left out."


def _table(
    rows: Sequence[tuple[str, str]], spreads: dict[str, Spread], base: dict[str, float | None]
) -> Iterator[str]:
    yield "  " + f"{'':<28}" + "".join(f"{x:>15}" for x in ("base", "mean", "P50", "P80", "P95"))
    for label, name in rows:
        if name in spreads:
            s = spreads[name]
            cells = (base[name], s.mean, s.p50, s.p80, s.p95)
            yield f"  {label:<28}" + "".join(f"{number(x):>15}" for x in cells)


def _causes(causes: Sequence[Driver], titles: dict[str, str]) -> str:
    """By how much each moves a result; "down" where more of it lowers the result."""
    named = []
    for cause in causes:
        sense = "" if cause.correlation > 0 else ", down"
        named.append(f"{titles.get(cause.name, cause.name)} ({percent(cause.share, 0)}{sense})")
    return ", ".join(named) or MISSING


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
