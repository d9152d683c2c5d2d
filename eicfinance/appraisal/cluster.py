"""The cluster: what its projects come to together, from lines of their models.

Valley (decision 7): by month the sum of the members' shortfalls, without one's surplus filling
another's gap, then its maximum; the pooled curve stands beside it. Exposure: what one owner owes on
all projects together, against the collateral offered (decision 12). A project that stands for n
equal ones counts n times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import maximum, ratio, total
from eicfinance.model.model import Model

if TYPE_CHECKING:
    from eicfinance.appraisal.case import ProjectCase
    from eicfinance.portfolio.reader import Portfolio


def cluster_model(portfolio: Portfolio, projects: list[ProjectCase]) -> Model:
    """The cluster's model, of given lines."""
    first = projects[0].model
    m = Model("cluster", max(p.model.periods for p in projects), first.periods_per_year,
              first.season_start)  # fmt: skip
    money = portfolio.currency
    counts = {
        p.entry.name: m.input(f"{p.entry.name}_count", p.entry.count, "1", source="the portfolio",
                              label=f"Number of units: {p.entry.title}")
        for p in projects
    }  # fmt: skip

    def given(name: str, label: str) -> list[tuple[str, object]]:
        return [
            (p.entry.name, m.given(f"{p.entry.name}_{name}", p.model, p.model[name],
                                   label=f"{p.entry.title}: {label}"))
            for p in projects
        ]  # fmt: skip

    def together(name: str, label: str) -> object:
        return total([counts[k] * line for k, line in given(name, label)])  # type: ignore[operator]

    with m.section("Death valley of the cluster"):
        valleys = given("valley", "venture's cash, accumulated")
        short = [
            counts[k] * m.stock(f"{k}_short", money, maximum(0, -line), label=f"{k}: short of")  # type: ignore[operator]
            for k, line in valleys
        ]
        gap = m.stock("valley_short", money, total(short), label="Members' shortfalls together")
        m.result("valley_depth", money, gap.highest(), label="Depth of the cluster's valley")
        deepest = m.rate("valley_at_trough", "1", (gap >= gap.highest()) & (gap > 0),
                         label="At the lowest point")  # fmt: skip
        m.result("valley_trough_period", "period", deepest.first(), label="Trough")
        pooled = m.stock("valley_pooled", money, total([counts[k] * line for k, line in valleys]),  # type: ignore[operator]
                         label="Pooled curve: surpluses fill gaps")  # fmt: skip
        m.result("valley_depth_pooled", money, maximum(0, -pooled.lowest()), label="Depth if pooled")
    with m.section("Cluster together"):
        sums = (
            ("capital_spent", "capital_cost", money, "Capital cost"),
            ("energy_net", "energy_total", "kWh", "Energy delivered"),
            ("ghg_avoided", "ghg_avoided_total", "tCO2e", "Greenhouse gas avoided"),
        )
        for line, result, unit, label in sums:
            row = m.line(line, unit, together(line, label), label=label)  # type: ignore[arg-type]
            m.result(result, unit, row.sum(), label=f"{label}, in all")
    _exposures(m, portfolio, projects, counts)
    return m


def _exposures(
    m: Model, portfolio: Portfolio, projects: list[ProjectCase], counts: dict[str, object]
) -> None:
    """Per borrower: loans on all projects, and the collateral's cover of their highest sum."""
    money = portfolio.currency
    with m.section("Loans by borrower"):
        every = []
        for borrower in portfolio.borrowers.values():
            mine = [p for p in projects if p.entry.borrower == borrower.name]
            if not mine:
                continue
            balances = [
                m.given(f"{p.entry.name}_balance", p.model, p.loan.balance, label=f"{p.entry.title}: loan")
                for p in mine
            ]
            owed = m.stock(f"exposure_{borrower.name}", money, total(balances),
                           label=f"Owed by one: {borrower.title}")  # fmt: skip
            every.append(counts[mine[0].entry.name] * owed)  # type: ignore[operator]
            value = borrower.values["collateral"]
            offered = m.input(f"collateral_{borrower.name}", value.number, money, source=value.source,
                              low=value.low, high=value.high, label=f"Collateral: {borrower.title}")  # fmt: skip
            m.result(f"collateral_cover_{borrower.name}", "1", ratio(offered, owed.highest()),
                     label=f"Collateral cover: {borrower.title}")  # fmt: skip
        whole = m.stock("exposure", money, total(every), label="Loans outstanding, cluster")
        m.result("exposure_highest", money, whole.highest(), label="Loans outstanding, highest")
