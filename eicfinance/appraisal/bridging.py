"""Bridging: what could close the gap that committed sources and the requested loan leave.

The sources that the portfolio lists are ranked by what a year of their money costs, rate + fee. At
the end of each period the need is laid on them in that order, each up to what can be had of it
then: so the cheapest is drawn first and the dearest repaid first, and a source whose stages end is
due and passes on to the next. What none covers is missing.

    need = max(0, cost of bridging so far - cash after committed sources and the loan)
    balance = min(what can be had, max(0, need - what can be had of cheaper sources))
    cost of a period = balance before x rate / periods a year + drawn the period before x fee
    missing = need - all balances

Cost falls due one period after the drawing and widens the need. It saves no tax here, and what is
missing bears no cost, for nobody lends it. What can be had: the limit (or share of the capital
cost) in the source's stages, until a month at the latest where one is said (a stage that never ends
lasts to the model's end). An advance is at most the signed grants that are still to come, deferred
instalments at most the debt service that has fallen due in the source's stages.

100,000 are needed for three months; 60,000 at 12% a year and 30,000 at 24%, without fees: 10,000
are missing in the first month, 11,200 in the second (600 + 600 of interest), 12,400 in the third.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.cluster import value_input
from eicfinance.appraisal.valley import MISSING, span, still_open
from eicfinance.model.expr import Expr, expr, maximum, minimum, total
from eicfinance.model.label import Label
from eicfinance.portfolio.bridging import ADVANCE, DEFERRED, STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.finance.loan import Loan
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model, Result
    from eicfinance.portfolio.entries import Entry


def bridging(v: Venture, loan: Loan, signed: Expr, sources: Sequence[Entry]) -> None:
    """Writes the lines and results of bridging; none where no source is listed. signed: the
    committed grants, by period."""
    if not sources:
        return
    m, money = v.plant.model, v.plant.currency
    with m.section("Bridging"):
        before = m.stock("bridge_position", money,
                         m["valley"] + m["committed_so_far"] + m["loan_so_far"],
                         label="Cash after committed sources and the loan")  # fmt: skip
        terms = [_terms(m, k, source) for k, source in enumerate(sources, start=1)]
        rooms = [
            _room(v, loan, signed, f"bridge_{k}", source, x)
            for k, (source, x) in enumerate(zip(sources, terms, strict=True), start=1)
        ]
        ranks = _ranks(m, sources, terms)
        need = m.stock("bridge_need", money, label="Need for bridging",
                       note="with what bridging has cost so far")  # fmt: skip
        balances: list[Expr] = []
        costs: list[Expr] = []
        for k, source in enumerate(sources):
            ahead = total([expr(0), *(
                rooms[j] * (ranks[j] < ranks[k]) for j in range(len(sources)) if j != k
            )])  # fmt: skip
            balance, cost = _source(m, money, f"bridge_{k + 1}", source, terms[k],
                                    (need, rooms[k], ahead))  # fmt: skip
            balances.append(balance)
            costs.append(cost)
        charged = m.line("bridge_cost", money, total(costs), label="Cost of bridging")
        so_far = m.cumulative("bridge_cost_so_far", charged, label="The same, accumulated")
        need.set(maximum(0, so_far - before))
        _whole(m, money, need, total(balances), so_far - before)


def _terms(m: Model, k: int, source: Entry) -> dict[str, Input]:
    return {
        name: value_input(
            m,
            f"bridge_{k}_{name}",
            value,
            Label("{label}: {title}", value.figure.label, source.title),
        )
        for name, value in source.values.items()
    }


def _room(
    v: Venture, loan: Loan, signed: Expr, name: str, source: Entry, x: Mapping[str, Input]
) -> Line:
    """What can be had of a source, by period."""
    m, money = v.plant.model, v.plant.currency
    order = list(STAGES)
    first, last = (order.index(source.choices[f"{end}_stage"]) for end in ("from", "until"))
    stages = total([m[f"stage_{stage}"] for stage in order[first : last + 1]])
    if "until_month" in x:
        stages = stages & (m.period <= v.plant.periods(x["until_month"]))
    open_ = m.rate(
        f"{name}_open", "1", stages, label=Label("Can be had now: {title}", source.title)
    )
    most: Expr = x["limit"] if "limit" in x else x["share"] * v.capital_cost
    if source.kind == ADVANCE:
        paid = m.line(f"{name}_granted", money, signed, label="Signed grants as they are paid")
        so_far = m.cumulative(f"{name}_granted_so_far", paid, label="The same, accumulated")
        most = minimum(most, paid.sum() - so_far)
    elif source.kind == DEFERRED:
        due = m.line(f"{name}_due", money, loan.paid * open_,
                     label="Debt service that falls due in its stages")  # fmt: skip
        most = minimum(most, m.cumulative(f"{name}_due_so_far", due, label="The same, accumulated"))
    return m.stock(f"{name}_available", money, most * open_,
                   label=Label("Can be had: {title}", source.title))  # fmt: skip


def _ranks(
    m: Model, sources: Sequence[Entry], terms: Sequence[Mapping[str, Input]]
) -> list[Result]:
    """The place of each source in the order of cost; of two that cost the same the first named."""
    costs = [
        m.result(f"bridge_{k}_cost_of_a_year", "1", x["rate"] + x["fee"],
                 label=Label("Cost of a year's money, rate + fee: {title}", source.title))
        for k, (source, x) in enumerate(zip(sources, terms, strict=True), start=1)
    ]  # fmt: skip
    return [
        m.result(
            f"bridge_{k + 1}_rank", "1",
            total([expr(1), *(costs[j] <= cost if j < k else costs[j] < cost
                              for j in range(len(costs)) if j != k)]),
            label=Label("Place by cost: {title}", sources[k].title),
        )
        for k, cost in enumerate(costs)
    ]  # fmt: skip


def _source(
    m: Model, money: str, name: str, source: Entry, x: Mapping[str, Input],
    filled: tuple[Line, Line, Expr],
) -> tuple[Line, Line]:  # fmt: skip
    """A source's balance and cost. filled: the need, what can be had of it, and of cheaper ones."""
    need, room, cheaper = filled
    ahead = m.stock(f"{name}_ahead", money, cheaper,
                    label=Label("Can be had of cheaper sources than {title}",
                                source.title))  # fmt: skip
    balance = m.stock(f"{name}_balance", money, maximum(0, minimum(room, need - ahead)),
                      label=Label("Bridged: {title}", source.title))  # fmt: skip
    drawn = m.line(f"{name}_drawn", money, maximum(0, balance - balance.previous),
                   label=Label("Drawn: {title}", source.title))  # fmt: skip
    cost = m.line(f"{name}_cost", money,
                  balance.previous * x["rate"] / m.per_year + drawn.previous * x["fee"],
                  label=Label("Interest and fee: {title}", source.title))  # fmt: skip
    span(m, name, balance, source.title)
    m.result(f"{name}_cost_total", money, cost.sum(),
             label=Label("Interest and fees in all: {title}", source.title))  # fmt: skip
    return balance, cost


def _whole(m: Model, money: str, need: Line, balances: Expr, wanted: Expr) -> None:
    """All sources together, and what stays open. wanted: the need, or less than nil."""
    bridged = m.stock("bridge_balance", money, balances, label="Bridged by all sources")
    missing = m.stock(MISSING, money, maximum(0, need - bridged),
                      label="Cannot be closed: missing")  # fmt: skip
    cash = m.stock("bridge_cash", money, bridged + missing - wanted,
                   label="Cash in hand with bridging, and with what is missing")  # fmt: skip
    left = m.line("bridge_left", money, bridged * m.last, label="Still owed in the last period")
    m.result("bridge_highest", money, bridged.highest(), label="Bridged, highest")
    m.result("bridge_cost_total", money, m["bridge_cost"].sum(),
             label="Cost of bridging in all")  # fmt: skip
    owed = m.result("bridge_owed_at_end", money, left.sum(),
                    label="Bridging still owed in the last period")  # fmt: skip
    worst = still_open(m, missing, "missing")
    m.result("bridge_closed", "1", (worst <= 0) & (owed <= 0),
             label="Bridging closes the gap", note="1: nothing missing, all repaid")  # fmt: skip
    m.check("bridging fills the need and no more", cash - maximum(0, -wanted), bridged + missing)
