"""Committed sources: signed, or the promoter's evidenced cash; each as it becomes available.

The requested loan is not one of them. A grant is reimbursed some months after commissioning, after
the spending: that is the valley. The promoter's cash is there at closing; where an owner has
several projects each counts a share of it, by default what the others leave, evenly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.cluster import host_input, value_input
from eicfinance.model.expr import Expr, expr, minimum, total
from eicfinance.model.label import Label
from eicfinance.portfolio.problems import Problem
from eicfinance.portfolio.shares import EVENLY, HOST_SHARE, PROMOTER_SHARE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model
    from eicfinance.portfolio.entries import Entry, Portfolio, ProjectEntry
    from eicfinance.technologies.plant import Plant

SHARES = {
    PROMOTER_SHARE: "Promoter's cash", HOST_SHARE: "Host's free cash and collateral",
}  # fmt: skip


def grants(entry: ProjectEntry, plant: Plant, made: Venture) -> tuple[Expr, Line, Expr]:
    """Grants in all, as they are received some months after commissioning, and of these the
    committed ones."""
    m, money = plant.model, plant.currency
    amounts: list[Expr] = []
    receipts: Expr = expr(0)
    committed: Expr = expr(0)
    with m.section("Grants"):
        for k, grant in enumerate(entry.grants, start=1):
            part = grant.share or grant.amount
            assert part is not None
            given = value_input(m, f"grant_{k}", part, Label("Grant: {name}", grant.name))
            lag = value_input(
                m,
                f"grant_{k}_lag_months",
                grant.lag_months,
                Label("Paid after: {name}", grant.name),
            )
            amount = m.result(f"grant_{k}_amount", money,
                              made.capital_cost * given if grant.share else given,
                              label=Label("Grant: {name}", grant.name))  # fmt: skip
            after = minimum(m.end, plant.commissioning + plant.periods(lag))
            when = m.result(f"grant_{k}_period", "period", after,
                            label=Label("Period in which it is paid: {name}",
                                        grant.name))  # fmt: skip
            amounts.append(amount)
            paid = amount * _at(m, when)
            receipts = receipts + paid
            committed = committed + paid if grant.committed else committed
        granted = m.result("grants", money, total(amounts) if amounts else 0, label="Grants in all")
        received = m.line("grants_received", money, receipts, label="Grants received")
    return granted, received, committed


def committed_sources(
    entry: ProjectEntry, borrower: Entry, plant: Plant, share: Input, granted: Expr
) -> Line:
    """All committed sources as they become available. granted: the committed grants, by period."""
    m, money = plant.model, plant.currency
    with m.section("Committed sources"):
        cash = m.result("promoter_cash", money, share * host_input(m, borrower, "promoter_cash"),
                        label="Promoter's evidenced cash for this project")  # fmt: skip
        there: Expr = cash * ((m.period >= 0) & (m.period <= 0))
        for k, source in enumerate(entry.committed, start=1):
            amount = value_input(
                m, f"committed_{k}", source.amount, Label("Committed: {name}", source.name)
            )
            month = value_input(m, f"committed_{k}_from_month", source.from_month,
                                Label("Available from: {name}", source.name))  # fmt: skip
            when = m.result(f"committed_{k}_period", "period", plant.periods(month),
                            label=Label("Available in: {name}", source.name))  # fmt: skip
            there = there + amount * _at(m, when)
        other = m.line("committed_own", money, there, label="Committed sources other than grants")
        flow = m.line("committed", money, other + granted,
                      label="Committed sources as they are available",
                      note="not the requested loan")  # fmt: skip
        m.result("committed_total", money, flow.sum(), label="Committed sources in all")
    return flow


def _at(m: Model, when: Expr) -> Expr:
    return (m.period >= when) & (m.period <= when)


def share_of_owner(m: Model, name: str, own: Mapping[str, Input]) -> Input:
    """The share of what an owner has once that stands behind this project, as an input; all of it
    where the owner has no other project."""
    if name in own:
        return own[name]
    return m.input(name, 1.0, "1", label=f"{SHARES[name]}, this project's share", source=EVENLY)


def shares_fit(portfolio: Portfolio) -> list[Problem]:
    """The projects of an owner use what he has once."""
    problems: list[Problem] = []
    projects = portfolio.projects
    owners = dict.fromkeys(p.borrower for p in projects)
    for owner, name in ((owner, name) for owner in owners for name in SHARES):
        found = [(p, p.finance.values.get(name)) for p in projects if p.borrower == owner]
        mine = [(p, value) for p, value in found if value is not None and value.given]
        whole = sum(value.number for _, value in mine)
        if whole > 1 + 1e-9:
            text = (f"the shares of {owner}'s projects in the {SHARES[name].lower()} add up to "
                    f"{whole:g}; at most 1; lower them")  # fmt: skip
            last, value = mine[-1]
            place = portfolio.place_of(value, last.place)
            problems.append(Problem(place, f"{last.name}.finance.{name}", text))
    return problems
