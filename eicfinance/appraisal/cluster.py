"""The cluster: what its projects come to together, from lines of their models.

Valley: by month the sum of the members' shortfalls, without one's surplus filling
another's gap, then its maximum; the pooled curve stands beside it. A member whose life is over
keeps what it ended with. Exposure: what one owner owes on all projects together, and how the cash
of the host and of all these projects covers all debts. Collateral cover: collateral
offered / the owner's loans as requested, whenever they are drawn and repaid: it is decided before.

A project that stands for n equal ones counts n times; its owner is then one of n equal owners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.decision import COVER, limits
from eicfinance.appraisal.valley import GAPS, MISSING, measure, still_open
from eicfinance.model.expr import Expr, maximum, ratio, total
from eicfinance.model.label import Label
from eicfinance.model.model import Input, Line, Model
from eicfinance.technologies.plant import ACCOUNTS

if TYPE_CHECKING:
    from eicfinance.appraisal.models import ProjectCase
    from eicfinance.portfolio.reader import Entry, Portfolio, Value

Counts = dict[str, Input]
MONTHS = 12


def cluster_model(portfolio: Portfolio, projects: list[ProjectCase]) -> Model:
    """The cluster's model, of given lines."""
    first = projects[0].model
    periods = max(p.model.periods for p in projects)
    m = Model("cluster", periods, first.periods_per_year, first.season_start)
    counts = {
        p.entry.name: m.input(f"{p.entry.name}_count", p.entry.count, "1", source="the portfolio",
                              label=Label("Number of equal units: {name}",
                                          p.entry.name), shared=True)
        for p in projects
    }  # fmt: skip
    a_year = m.constant("months_per_year", MONTHS, "month/year", "definition")
    _valley(m, projects, counts, portfolio.currency)
    _gaps(m, projects, counts, a_year)
    if any(MISSING in p.model for p in projects):
        _bridging(m, projects, counts)
    with m.section("Cluster together"):
        sums = (
            ("capital_spent", "capital_cost", portfolio.currency, "Capital cost"),
            ("energy_net", "energy_total", "kWh", "Energy delivered"),
            *(
                (f"ghg_{name}", f"ghg_{name}_total", "tCO2e", Label("Greenhouse gas: {name}", name))
                for name in ACCOUNTS
            ),
            ("ghg_avoided", "ghg_avoided_total", "tCO2e", "Greenhouse gas avoided"),
        )
        for line, result, unit, label in sums:
            parts = [counts[p.entry.name] * _given(m, p, line, label) for p in projects]
            row = m.line(line, unit, total(parts), label=label)
            m.result(result, unit, row.sum(), label=Label("{label}, in all", label))
    with m.section("Debts by borrower"):
        least = limits(m, portfolio)[COVER]
        every: list[Expr] = []
        for borrower in portfolio.borrowers.values():
            mine = [p for p in projects if p.entry.borrower == borrower.name]
            if mine:
                every.append(_owner(m, borrower, mine, counts, a_year, least))
        whole = m.stock("exposure", portfolio.currency, total(every),
                        label="Loans outstanding, cluster")  # fmt: skip
        m.result("exposure_highest", portfolio.currency, whole.highest(),
                 label="Loans outstanding, highest")  # fmt: skip
    return m


def _given(m: Model, p: ProjectCase, name: str, label: str) -> Line:
    own = f"{p.entry.name}_{name.replace('.', '_')}"
    return m.given(
        own, p.model, p.model[name], label=Label("{title}: {label}", p.entry.title, label)
    )


def _valley(m: Model, projects: list[ProjectCase], counts: Counts, money: str) -> None:
    with m.section("Death valley of the cluster"):
        short: list[Expr] = []
        curves: list[Expr] = []
        for p in projects:
            name = p.entry.name
            flow = _given(m, p, "valley_flow", "venture's cash before all finance")
            curve = m.cumulative(f"{name}_valley", flow,
                                 label=Label("{title}: venture's cash, accumulated",
                                             p.entry.title))  # fmt: skip
            gap = m.stock(
                f"{name}_short", money, maximum(0, -curve), label=Label("{name}: short of", name)
            )
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


def _gaps(m: Model, projects: list[ProjectCase], counts: Counts, a_year: Input) -> None:
    """By month the sum of what the members' committed sources leave open, without the requested
    loans and with them. A member whose life is over needs no more."""
    money = projects[0].plant.currency
    for name, label in GAPS.items():
        with m.section(Label("{label}: cluster", label)):
            parts = [counts[p.entry.name] * _given(m, p, name, label) for p in projects]
            short = m.stock(f"{name}_together", money, total(parts),
                            label=Label("{label}: members together", label))  # fmt: skip
            measure(m, money, name, short, a_year)


def _bridging(m: Model, projects: list[ProjectCase], counts: Counts) -> None:
    """By month the sum of what the members' bridging leaves missing; of a member without bridging
    the whole gap. One's bridging, as its surplus, does not fill another's gap."""
    with m.section("Bridging: cluster"):
        parts = [
            counts[p.entry.name]
            * (_given(m, p, MISSING, "missing after bridging") if MISSING in p.model
               else m[f"{p.entry.name}_gap_with_loan"])
            for p in projects
        ]  # fmt: skip
        short = m.stock(f"{MISSING}_together", projects[0].plant.currency, total(parts),
                        label="Missing after bridging: members together")  # fmt: skip
        still_open(m, short, "missing, members together")


def _owner(
    m: Model, borrower: Entry, mine: list[ProjectCase], counts: Counts, a_year: Input, least: Input
) -> Expr:
    """One owner's loans (loans_BORROWER: of all such owners), and their cover by collateral and by
    the cash of the host and of all the owner's projects (global DSCR, in periods that count for one
    of them). Returns what all such owners owe together.
    """
    name, title = borrower.name, borrower.title

    def of_one(line: str, label: str) -> Line:
        parts = [_given(m, p, line, label) for p in mine]
        alias = {"loan.balance": "exposure", "loan.drawdown": "drawn"}.get(line, line)
        unit, kind = parts[0].text.unit, parts[0].kind
        return m.line(
            f"{alias}_{name}",
            unit,
            total(parts),
            kind=kind,
            label=Label("{title}: {label}", title, label),
        )

    host = {
        key: host_input(m, borrower, key)
        for key in ("collateral", "cash_flow", "debt_service", "promoter_cash")
    }
    of_one("loan.balance", "loans outstanding")
    lent = of_one("loan.drawdown", "loans drawn")
    all_lent = [counts[p.entry.name] * m[f"{p.entry.name}_loan_drawdown"].sum() for p in mine]
    m.result(f"loans_{name}", mine[0].plant.currency, total(all_lent),
             label=Label("Loans requested: {title}",
                         title), note="of all equal owners")  # fmt: skip
    cover = m.result(f"collateral_cover_{name}", "1", ratio(host["collateral"], lent.sum()),
             label=Label("Collateral cover: {title}", title))  # fmt: skip
    m.result(f"met_{COVER}_{name}", "1", cover.or_else(least) >= least, note="1 where met",
             label=Label("Met: collateral cover of {title}", title))  # fmt: skip
    so_far = m.cumulative(f"equity_cumulative_{name}", of_one("equity_flow", "owner's cash flow"),
                          label=Label("{title}: owner's cash flow, accumulated",
                                      title))  # fmt: skip
    m.result(f"equity_need_{name}", mine[0].plant.currency, maximum(0, -so_far.lowest()),
             label=Label("Owner's money needed at the most: {title}", title))  # fmt: skip
    m.result(f"promoter_short_{name}", mine[0].plant.currency,
             maximum(0, m[f"equity_need_{name}"] - host["promoter_cash"]),
             label=Label("Of it not covered by the promoter's cash: {title}", title))  # fmt: skip
    free = of_one("cfads_year", "CFADS of all projects, trailing twelve months")
    due = of_one("service_year", "debt service of all projects, trailing twelve months")
    windows = [_given(m, p, "dscr_counts", "the DSCR counts here") for p in mine]
    counts_now = total(windows) > 0
    dscr = m.ratio(f"dscr_global_{name}", free + host["cash_flow"] * a_year,
                   (due + host["debt_service"] * a_year) * counts_now,
                   label=Label("Global DSCR with all projects: {title}", title))  # fmt: skip
    m.result(f"dscr_global_{name}_min", "1", dscr.lowest(),
             label=Label("Global DSCR with all projects, minimum: {title}", title))  # fmt: skip
    return total([counts[p.entry.name] * m[f"{p.entry.name}_loan_balance"] for p in mine])


def host_input(m: Model, borrower: Entry, key: str) -> Input:
    """A figure of the borrower's existing business: one cell for all models that use it."""
    value = borrower.values[key]
    label = Label("{title}: {label}", borrower.title, value.figure.label)
    return value_input(m, f"{borrower.name}_{key}", value, label, shared=True)


def value_input(m: Model, name: str, value: Value, label: str, shared: bool = False) -> Input:
    """A figure of the portfolio as an input: number, range, distribution and source go along."""
    return m.input(name, value.number, value.unit, low=value.low, high=value.high,
                   distribution=value.distribution, source=value.source, label=label,
                   shared=shared, key=value.key)  # fmt: skip
