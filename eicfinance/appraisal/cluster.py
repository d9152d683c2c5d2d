"""The cluster: what its projects come to together, from lines of their models.

Valley (decision 7): by month the sum of the members' shortfalls, without one's surplus filling
another's gap, then its maximum; the pooled curve stands beside it. A member whose life is over
keeps what it ended with. Exposure: what one owner owes on all projects together, against the
collateral offered, and how the host's and all these projects' cash covers all debts (decision 12).

A project that stands for n equal ones counts n times; its owner is then one of n equal owners.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, maximum, ratio, total
from eicfinance.model.model import Input, Line, Model

if TYPE_CHECKING:
    from eicfinance.appraisal.case import ProjectCase
    from eicfinance.portfolio.reader import Entry, Portfolio

Counts = dict[str, Input]
MONTHS = 12


def cluster_model(portfolio: Portfolio, projects: list[ProjectCase]) -> Model:
    """The cluster's model, of given lines."""
    first = projects[0].model
    periods = max(p.model.periods for p in projects)
    m = Model("cluster", periods, first.periods_per_year, first.season_start)
    counts = {
        p.entry.name: m.input(f"{p.entry.name}_count", p.entry.count, "1", source="the portfolio",
                              label=f"Number of equal units: {p.entry.name}", shared=True)
        for p in projects
    }  # fmt: skip
    a_year = m.constant("months_per_year", MONTHS, "month/year", "definition")
    _valley(m, projects, counts, portfolio.currency)
    with m.section("Cluster together"):
        sums = (
            ("capital_spent", "capital_cost", portfolio.currency, "Capital cost"),
            ("energy_net", "energy_total", "kWh", "Energy delivered"),
            ("ghg_avoided", "ghg_avoided_total", "tCO2e", "Greenhouse gas avoided"),
        )
        for line, result, unit, label in sums:
            parts = [counts[p.entry.name] * _given(m, p, line, label) for p in projects]
            row = m.line(line, unit, total(parts), label=label)
            m.result(result, unit, row.sum(), label=f"{label}, in all")
    with m.section("Debts by borrower"):
        every: list[Expr] = []
        for borrower in portfolio.borrowers.values():
            mine = [p for p in projects if p.entry.borrower == borrower.name]
            if mine:
                every.append(_owner(m, borrower, mine, counts, a_year))
        whole = m.stock("exposure", portfolio.currency, total(every),
                        label="Loans outstanding, cluster")  # fmt: skip
        m.result("exposure_highest", portfolio.currency, whole.highest(),
                 label="Loans outstanding, highest")  # fmt: skip
    return m


def _given(m: Model, p: ProjectCase, name: str, label: str) -> Line:
    own = f"{p.entry.name}_{name.replace('.', '_')}"
    return m.given(own, p.model, p.model[name], label=f"{p.entry.title}: {label}")


def _valley(m: Model, projects: list[ProjectCase], counts: Counts, money: str) -> None:
    with m.section("Death valley of the cluster"):
        short: list[Expr] = []
        curves: list[Expr] = []
        for p in projects:
            name = p.entry.name
            flow = _given(m, p, "valley_flow", "venture's cash before all finance")
            curve = m.cumulative(f"{name}_valley", flow,
                                 label=f"{p.entry.title}: venture's cash, accumulated")  # fmt: skip
            gap = m.stock(f"{name}_short", money, maximum(0, -curve), label=f"{name}: short of")
            short.append(counts[name] * gap)
            curves.append(counts[name] * curve)
        together = m.stock("valley_short", money, total(short),
                           label="Members' shortfalls together")  # fmt: skip
        m.result("valley_depth", money, together.highest(), label="Depth of the cluster's valley")
        deepest = (together >= together.highest()) & (together > 0)
        at = m.rate("valley_at_trough", "1", deepest, label="At the lowest point")
        m.result("valley_trough_period", "period", at.first(), label="Trough")
        pooled = m.stock("valley_pooled", money, total(curves),
                         label="Pooled curve: surpluses fill gaps")  # fmt: skip
        m.result("valley_depth_pooled", money, maximum(0, -pooled.lowest()),
                 label="Depth if pooled")  # fmt: skip


def _owner(
    m: Model, borrower: Entry, mine: list[ProjectCase], counts: Counts, a_year: Input
) -> Expr:
    """One owner's loans, and their cover by collateral and by the cash of the host and of all the
    owner's projects (global DSCR, in periods that count for one of them). Returns what all such
    owners owe together.
    """
    name, title = borrower.name, borrower.title

    def of_one(line: str, label: str) -> Line:
        parts = [_given(m, p, line, label) for p in mine]
        alias = {"loan.balance": "exposure"}.get(line, line)
        unit = parts[0].text.unit
        return m.stock(f"{alias}_{name}", unit, total(parts), label=f"{title}: {label}")

    host = {
        key: host_input(m, borrower, key)
        for key in ("collateral", "cash_flow", "debt_service", "promoter_cash")
    }
    owed = of_one("loan.balance", "loans outstanding")
    m.result(f"collateral_cover_{name}", "1", ratio(host["collateral"], owed.highest()),
             label=f"Collateral cover: {title}")  # fmt: skip
    m.result(f"equity_need_{name}", mine[0].plant.currency,
             maximum(0, -of_one("equity_cumulative", "owner's cash flow").lowest()),
             label=f"Owner's money needed at the most: {title}")  # fmt: skip
    m.result(f"promoter_short_{name}", mine[0].plant.currency,
             maximum(0, m[f"equity_need_{name}"] - host["promoter_cash"]),
             label=f"Of it not covered by the promoter's cash: {title}")  # fmt: skip
    free = of_one("cfads_year", "CFADS of all projects, trailing twelve months")
    due = of_one("service_year", "debt service of all projects, trailing twelve months")
    windows = [_given(m, p, "dscr_counts", "a full year of debt service lies behind") for p in mine]
    counts_now = reduce(maximum, list[Expr](windows))
    dscr = m.ratio(f"dscr_global_{name}", free + host["cash_flow"] * a_year,
                   (due + host["debt_service"] * a_year) * counts_now,
                   label=f"Global DSCR with all projects: {title}")  # fmt: skip
    m.result(f"dscr_global_{name}_min", "1", dscr.lowest(),
             label=f"Global DSCR with all projects, minimum: {title}")  # fmt: skip
    return total([counts[p.entry.name] * m[f"{p.entry.name}_loan_balance"] for p in mine])


def host_input(m: Model, borrower: Entry, key: str) -> Input:
    """A figure of the borrower's existing business: one cell for all models that use it."""
    value = borrower.values[key]
    label = f"{borrower.title}: {value.figure.label}"
    return m.input(f"{borrower.name}_{key}", value.number, value.unit, low=value.low,
                   high=value.high, distribution=value.distribution, source=value.source,
                   label=label, shared=True)  # fmt: skip
