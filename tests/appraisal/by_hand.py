"""A project worked out a second time, in plain Python loops and without the model language.

Written from the definitions (docs of the terms, IPCC, the loan's formula), not from the program's
lines, so that a slip in either shows. One number a name, one list of periods 0..n a series. What
the plant does stands in by_hand_plants.py, what follows from the flows in by_hand_results.py.
"""

from __future__ import annotations

import math
from typing import Any

from tests.appraisal.by_hand_economics import credits_by_hand
from tests.appraisal.by_hand_loans import lend, needed_share
from tests.appraisal.by_hand_plants import DAYS, Hand, Series, capital_items, plant


def finance(h: Hand, made: dict[str, Series], kind: str) -> dict[str, Any]:
    """All money of the project by period: the venture's cash, loan, tax, who gets what."""
    x, n, ppy, eco = h.x, h.n, h.ppy, h.economy
    periods = range(n + 1)
    items = capital_items(h, kind) * (1 + x["contingency"])
    registered = h.registered
    capital = items * (1 if registered else 1 + eco["vat"])
    spent = [0.0] * (n + 1)
    for t in range(1, h.built + 1):
        spent[t] = 1 / h.built
    if not h.built:
        spent[0] = 1.0
    retention = x["retention"] if h.built else 0.0
    paid = [capital * s * (1 - retention) for s in spent]
    paid[min(n, h.start + h.periods(x["retention_months"]))] += capital * retention
    vat = [0.0] * (n + 1)
    for t in periods:
        if registered:
            vat[t] += items * eco["vat"] * spent[t]
            vat[min(n, t + h.periods(eco["vat_refund_months"]))] -= items * eco["vat"] * spent[t]
    cost = list(made["cost"])
    for t in periods:
        if h.runs(t):
            cost[t] += (capital * x["om_share"] + x["om_fixed"]) / ppy * h.price("operation", t)
            cost[t] += capital * x["insurance_share"] / ppy * h.price("general", t)
    sales, savings = made["sales"], made["savings"]
    lag = x["payment_lag_days"] / DAYS * ppy
    collected, energy_collected = _late(sales, lag), _late(made["energy_sold"], lag)
    sold_credits, credit_cost = credits_by_hand(h, made["ghg"])
    receipts = [a + b + c for a, b, c in zip(savings, collected, sold_credits, strict=True)]
    stores = [c * ppy * x["stores_days"] / DAYS for c in cost]
    stores[n] = 0.0
    stores_rise = [stores[t] - (stores[t - 1] if t else 0.0) for t in periods]
    cost = [a + b for a, b in zip(cost, credit_cost, strict=True)]
    salvage = [capital * x["salvage_share"] * (t == h.stop and h.runs(t)) for t in periods]
    operations = [
        receipts[t] - cost[t] - stores_rise[t]
        - made["replaced"][t] + salvage[t]
        for t in periods
    ]  # fmt: skip
    before_tax = [operations[t] - paid[t] - vat[t] for t in periods]
    grants = [0.0] * (n + 1)
    for share, amount, months in h.grants:
        grants[min(n, h.start + h.periods(months))] += share * capital + amount
    granted = sum(grants)
    loan = lend(h, capital, granted, spent)
    income = [sales[t] + savings[t] + sold_credits[t] - cost[t] - made["replaced"][t] + salvage[t]
              for t in periods]  # fmt: skip
    cash_sales = [a + b for a, b in zip(collected, sold_credits, strict=True)]
    basis, book = max(0.0, capital - granted), max(0.0, capital - granted)
    written_off = [0.0] * (n + 1)
    for t in periods:
        if h.runs(t):
            charge = min(book, basis / (h.depreciation_years * ppy))
            charge = book if t == h.stop else charge
            book -= charge
            written_off[t] = charge
            income[t] -= charge
    project_tax = _tax(h, income, cash_sales)
    tax = _tax(h, [income[t] - loan["interest"][t] for t in periods], cash_sales)
    project = [before_tax[t] - project_tax[t] + grants[t] for t in periods]
    owner = [
        before_tax[t] - tax[t] + grants[t] + loan["drawn"][t] - loan["fee"][t]
        - loan["interest"][t] - loan["principal"][t]
        for t in periods
    ]  # fmt: skip
    taxed = h.words["cfads"] == "after_tax"
    left_out = h.words.get("in_cfads") == "not_counted"
    cfads = [
        (operations[t] - tax[t] * taxed - sold_credits[t] * left_out) * h.runs(t) for t in periods
    ]
    by_choice: dict[str, Any] = {}
    if any(one.words["interest_during_construction"] != "paid" for one in h.loans):
        paid_now = [a - b for a, b in zip(loan["service"], loan["added"], strict=True)]
        by_choice = {"loan.service_paid": paid_now}
    for one in h.loans if len(h.loans) == 1 else ():
        if one.words["repayment"] == "sculpted":
            by_choice["loan.service_share_needed"] = needed_share(h, one, loan)
    return by_choice | {
        "loan.service": loan["service"], "loan_cost": loan["cost"][0],
        "capital_cost": capital, "flow_before_tax": before_tax, "project_tax.tax": project_tax,
        "tax.tax": tax, "project_flow": project, "equity_flow": owner, "cfads": cfads,
        "loan.balance": loan["balance"], "loan.interest": loan["interest"],
        "loan.principal": loan["principal"], "receipts": receipts, "operating_cost": cost,
        "depreciation": written_off, "loan.drawdown": loan["drawn"], "loan.fee": loan["fee"],
        "vat_net": vat, "salvage": salvage, "energy_sales": made["energy_sold"],
        "energy_sales_collected": energy_collected,
        "capital_spent": [capital * share for share in spent], "stores_rise": stores_rise,
        "carbon_revenue": sold_credits, "cost_carbon": credit_cost,
        "capital_paid": paid, "grants_received": grants, "cash_operations": operations,
    }  # fmt: skip


def _late(sales: Series, lag: float) -> Series:
    """Sales as they are paid, so many periods later; the rest in the last period."""
    whole, n = math.floor(lag + 1e-9), len(sales) - 1
    collected = [0.0] * (n + 1)
    for t, sale in enumerate(sales):
        collected[min(n, t + whole)] += sale * (1 - (lag - whole))
        collected[min(n, t + whole + 1)] += sale * (lag - whole)
    return collected


def _tax(h: Hand, income: Series, collected: Series) -> Series:
    tax = [0.0] * (h.n + 1)
    regime, rate = h.words["tax_regime"], h.economy["income_tax_rate"]
    if regime == "none":
        return tax
    if regime == "presumptive":
        return [cash * h.economy["presumptive_tax_rate"] for cash in collected]
    if h.words["losses"] == "absorbed":
        return [x * rate for x in income]
    losses: list[list[float]] = []  # [year, amount left], oldest first
    so_far = income[0]
    paid = 0.0
    for t in range(1, h.n + 1):
        year = -(-t // h.ppy)
        if (t - 1) % h.ppy == 0 and year > 1:
            so_far = paid = 0.0
            losses = [loss for loss in losses if year - loss[0] <= int(h.economy["loss_years"])]
        so_far += income[t]
        base = max(0.0, so_far)
        base -= min(base, sum(left for _, left in losses))
        tax[t] = base * rate - paid
        paid = base * rate
        if t % h.ppy == 0:  # the year ends: its loss is kept, or its profit uses older ones up
            profit = max(0.0, so_far)
            for loss in losses:
                used = min(profit, loss[1])
                profit, loss[1] = profit - used, loss[1] - used
            if so_far < 0:
                losses.append([year, -so_far])
    return tax


__all__ = ["Hand", "Series", "finance", "plant"]
