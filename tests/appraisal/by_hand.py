"""A project worked out a second time, in plain Python loops and without the model language.

Written from the definitions (docs of the terms, IPCC, the loan's formula), not from the program's
lines, so that a slip in either shows. One number a name, one list of periods 0..n a series. What
the plant does stands in by_hand_plants.py, what follows from the flows in by_hand_results.py.
"""

from __future__ import annotations

import math
from typing import Any

from tests.appraisal.by_hand_economics import credits_by_hand
from tests.appraisal.by_hand_loans import hold, lend, needed_share
from tests.appraisal.by_hand_plants import DAYS, Hand, Series, capital_items, plant
from tests.appraisal.by_hand_tax import depreciation, taxes


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
    settled = _late(cost, x["payable_days"] / DAYS * ppy)
    aside, earned = _put_aside(h, made["replaced"])
    operations = [
        receipts[t] - settled[t] - stores_rise[t] - aside[t] + salvage[t]
        for t in periods
    ]  # fmt: skip
    bound = [
        sum(sales[: t + 1]) - sum(collected[: t + 1]) + stores[t]
        - sum(cost[: t + 1]) + sum(settled[: t + 1])
        for t in periods
    ]  # fmt: skip
    fund = _cost_to_come(h, cost)
    rise = [fund[t] - (fund[t - 1] if t else 0.0) for t in periods]
    grown = [fund[t - 1] * x["set_aside_interest"] / ppy if t else 0.0 for t in periods]
    kept = [a - b for a, b in zip(rise, grown, strict=True)]
    before_tax = [operations[t] - kept[t] - paid[t] - vat[t] for t in periods]
    grants = [0.0] * (n + 1)
    for share, amount, months in h.grants:
        grants[min(n, h.start + h.periods(months))] += share * capital + amount
    granted = sum(grants)
    loan = lend(h, capital, granted, spent)
    lowering = granted if h.words["grant_basis"] == "reduces" else 0.0
    written_off = depreciation(h, max(0.0, capital - lowering))
    income = [
        sales[t] + savings[t] + sold_credits[t] - cost[t] - made["replaced"][t] + earned[t]
        + grown[t] + salvage[t] - written_off[t]
        for t in periods
    ]  # fmt: skip
    cash_sales = [a + b for a, b in zip(collected, sold_credits, strict=True)]
    project_tax = taxes(h, income, cash_sales, capital)
    tax = taxes(h, [income[t] - loan["interest"][t] for t in periods], cash_sales, capital)
    project = [before_tax[t] - project_tax[t] + grants[t] for t in periods]
    taxed = h.words["cfads"] == "after_tax"
    left_out = h.words.get("in_cfads") == "not_counted"
    cfads = [
        (operations[t] - tax[t] * taxed - sold_credits[t] * left_out) * h.runs(t) for t in periods
    ]
    by_choice: dict[str, Any] = {}
    paid_now = [a - b for a, b in zip(loan["service"], loan["covered"], strict=True)]
    if any(one.words["interest_during_construction"] != "paid" for one in h.loans):
        by_choice = {"loan.service_paid": paid_now}
    if "operating_reserve_months" in x:
        by_choice |= {
            "operating_reserve.balance": fund, "operating_reserve.interest": grown,
            "operating_reserve.balance_highest": max(fund), "operating_reserve.rise": rise,
            "uses_operating_reserve": sum(kept[: h.start + 1]),
        }  # fmt: skip
    if h.words["replacement_reserve"] == "level":
        by_choice |= {"replacement_reserve.contribution": aside,
                      "replacement_reserve.interest": earned}  # fmt: skip
    into = loan["reserved"]
    if h.words["reserve_funding"] != "none":
        account = hold(h, cfads, paid_now)
        into = [a + b for a, b in zip(into, account["into"], strict=True)]
        by_choice |= {
            f"dsra.{name}": account[name]
            for name in ("balance", "interest", "used", "required", "short")
        }
        by_choice |= {
            "dsra.balance_highest": max(account["balance"]), "dsra.used_total":
            sum(account["used"]), "dsra.uncovered": sum(account["short"]) - sum(account["used"]),
        }  # fmt: skip
    owner = [
        before_tax[t] - tax[t] + grants[t] + loan["drawn"][t] - loan["fee"][t] - into[t]
        - loan["interest"][t] - loan["principal"][t] - loan["prepaid"][t]
        for t in periods
    ]  # fmt: skip
    if len(h.loans) == 1 and "prepayment_year" in h.loans[0].x:
        by_choice["loan.prepaid"] = loan["prepaid"]
    if [one.words["interest_during_construction"] for one in h.loans] == ["prefunded"]:
        by_choice["loan.interest_reserve"] = loan["reserved"][0]
    by_choice |= {name: made for name, made in loan.items() if name.endswith("_reserve_balance")}
    for one in h.loans if len(h.loans) == 1 else ():
        if one.words["repayment"] == "sculpted":
            by_choice["loan.service_share_needed"] = needed_share(h, one, loan)
    return by_choice | {
        "loan.service": loan["service"], "loan_cost": loan["cost"][0],
        "debts": {one.name: loan[f"{one.name}.lent"][0] for one in h.loans}, "reserved": into,
        "prepaid": loan["prepaid"],
        "capital_cost": capital, "flow_before_tax": before_tax, "project_tax.tax": project_tax,
        "tax.tax": tax, "project_flow": project, "equity_flow": owner, "cfads": cfads,
        "loan.balance": loan["balance"], "loan.interest": loan["interest"],
        "loan.principal": loan["principal"], "receipts": receipts, "operating_cost": cost,
        "depreciation": written_off, "loan.drawdown": loan["drawn"], "loan.fee": loan["fee"],
        "vat_net": vat, "salvage": salvage, "energy_sales": made["energy_sold"],
        "energy_sales_collected": energy_collected,
        "working_capital": bound, "working_capital_highest": max(bound),
        "depreciable_basis": max(0.0, capital - lowering), "operating_cost_settled": settled,
        "capital_spent": [capital * share for share in spent], "stores_rise": stores_rise,
        "carbon_revenue": sold_credits, "cost_carbon": credit_cost,
        "capital_paid": paid, "grants_received": grants, "cash_operations": operations,
    }  # fmt: skip


def _cost_to_come(h: Hand, cost: Series) -> Series:
    """The operating cost of the months that a reserve holds, from commissioning on."""
    fund, length = [0.0] * (h.n + 1), h.x.get("operating_reserve_months", 0.0) * h.ppy / 12
    for t in range(h.start, h.n):
        for k, one in enumerate(cost[t + 1 :]):
            fund[t] += one * min(1.0, max(0.0, length - k))
    return fund


def _late(sales: Series, lag: float) -> Series:
    """Sales as they are paid, so many periods later; the rest in the last period."""
    whole, n = math.floor(lag + 1e-9), len(sales) - 1
    collected = [0.0] * (n + 1)
    for t, sale in enumerate(sales):
        collected[min(n, t + whole)] += sale * (1 - (lag - whole))
        collected[min(n, t + whole + 1)] += sale * (lag - whole)
    return collected


def _put_aside(h: Hand, replaced: Series) -> tuple[Series, Series]:
    """What is put aside for replacements, and the interest on it: between two of them the level
    amount of a sinking fund. Without a reserve they are paid as they come."""
    if h.words["replacement_reserve"] == "none":
        return replaced, [0.0] * (h.n + 1)
    aside, earned, i = [0.0] * (h.n + 1), [0.0] * (h.n + 1), h.x["set_aside_interest"] / h.ppy
    before = h.start
    for due in [t for t, cost in enumerate(replaced) if cost]:
        fund, k = 0.0, due - before
        for t in range(before + 1, due + 1):
            earned[t] = fund * i
            aside[t] = replaced[due] / sum((1 + i) ** n for n in range(k))
            fund += earned[t] + aside[t]
        before = due
    return aside, earned


__all__ = ["Hand", "Series", "finance", "plant"]
