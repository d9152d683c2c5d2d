"""The husk plant of Chachoengsao with its loan as an analyst would write it in numpy, for speed.

The peer of the benchmark: periods x scenarios, no more arrays than the results need. It gives what
the program gives (compared before anything is timed).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eicfinance.model.irr import irr_many

Array = NDArray[np.float64]


def husk_plant(x: dict[str, Any], husk: Array, load: Array, n: int) -> dict[str, Array]:
    """x: inputs, a number or one a scenario; husk, load: what the site offers by period (n + 1).
    Months; a company whose losses are absorbed, registered for VAT."""
    t = np.arange(n + 1.0)[:, None]
    year = np.floor(t / 12)

    def index(group: str) -> Array:
        rise: Array = (1 + np.asarray(x[f"escalation_{group}"])) ** year
        return rise

    built = int(np.ceil(x["construction_months"]))
    start = built + int(np.ceil(x["delay_months"]))
    life = x["life_years"] * 12
    since = t - start
    runs = (since > 0) & (since <= life)
    ramp = runs * np.minimum(1, since / np.ceil(x["ramp_up_months"]))
    spend = ((t > 0) & (t <= built)) / built
    general, power, labour, om = (
        index(g) for g in ("general", "electricity", "labour", "operation")
    )
    # fuels, cheapest first by scenario and period
    per = x["husk_per_kwh"] / 1000
    straw_per = per * x["husk_heat"] / x["straw_heat"]
    feed = index("feedstock")
    ash = x["ash_share"] * x["ash_sold"] * x["ash_price"] * general
    fuels = [
        (x["husk_price"], per, husk[:, None]),
        (x["bought_husk_price"], per, x["bought_husk_per_year"] / 12),
        (x["straw_price"], straw_per, x["straw_per_year"] / 12),
    ]
    variable = x["om_variable"] * om
    cost = np.stack(np.broadcast_arrays(*((p * feed - ash) * k + variable for p, k, _ in fuels)))
    able = np.stack(np.broadcast_arrays(*(a / k + 0 * feed for _, k, a in fuels)))
    machine = x["capacity_kw"] * 8760 * x["availability"] / 12 * ramp
    own, grid = x["energy_charge"] * power, x["export_price"] * power
    worth_own = (able * (cost <= own + 1e-9)).sum(axis=0)
    worth_grid = (able * (cost <= grid + 1e-9)).sum(axis=0)
    want_own = load[:, None] * x["coincident_share"]
    want_grid = x["export_allowed"] * np.minimum(machine, worth_grid)
    first = own >= grid
    to_own = np.minimum(want_own, np.maximum(0, np.minimum(machine, worth_own)
                                             - ~first * want_grid))  # fmt: skip
    to_grid = np.minimum(want_grid, np.maximum(0, np.minimum(machine, worth_grid)
                                               - first * want_own))  # fmt: skip
    made = to_own + to_grid
    rank = np.argsort(cost, axis=0, kind="stable")
    rest, burnt = made, [np.zeros_like(made) for _ in fuels]
    for place in range(len(fuels)):
        for k in range(len(fuels)):
            kwh = np.where(rank[place] == k, np.minimum(rest, able[k]), 0.0)
            burnt[k] = burnt[k] + kwh
            rest = rest - kwh
    tonnes = [kwh * k for kwh, (_, k, _) in zip(burnt, fuels, strict=True)]
    ash_sold = sum(tonnes) * ash
    capital = x["capacity_kw"] * x["capital_per_kw"] * (1 + x["contingency"])
    running = runs / 12
    costs = sum(q * p * feed for q, (p, _, _) in zip(tonnes, fuels, strict=True))
    costs = costs + x["operators"] * x["wage"] * x["months_paid"] * running * labour
    costs = costs + made * variable + x["om_fixed"] * running * om
    costs = costs + capital * running * (x["om_share"] * om + x["insurance_share"] * general)
    firm = x["firm_kw"] * x["demand_charge"] * running * 12 * power
    sales, savings = to_grid * grid + ash_sold, to_own * own + firm
    gap = x["overhaul_years"] * 12
    turns = np.floor(np.maximum(0, since) / gap + 1e-9)
    due = (np.diff(turns, axis=0, prepend=turns[:1]) > 0) & (since + 1 <= life)
    replaced = due * x["capacity_kw"] * x["capital_per_kw"] * x["overhaul_share"] * general
    # cash
    lag = x["payment_lag_days"] / 365 * 12
    whole = int(np.floor(lag + 1e-9))
    late = _back(sales, whole) * (1 - (lag - whole)) + _back(sales, whole + 1) * (lag - whole)
    late[-1] += sales.sum(axis=0) - late.sum(axis=0)
    stores = costs * 12 * x["stores_days"] / 365
    stores[-1] = 0
    salvage = np.zeros_like(sales)
    salvage[min(n, start + int(life))] = capital * x["salvage_share"]
    operations = savings + late - costs - np.diff(stores, axis=0, prepend=0) - replaced + salvage
    paid = capital * spend * (1 - x["retention"])
    paid[min(n, start + int(np.ceil(x["retention_months"])))] += capital * x["retention"]
    vat = x["vat"] * capital * spend
    vat = vat - _back(vat, int(np.ceil(x["vat_refund_months"])))
    before_tax = operations - paid - vat
    written = np.minimum(1, np.maximum(0, since) / (x["depreciation_years"] * 12))
    income = sales + savings - costs - replaced + salvage
    income = income - capital * np.diff(written, axis=0, prepend=0)
    # loan
    debt, rate = x["loan_share"] * capital, x["loan_rate"] / 12
    tenor, grace = int(np.ceil(x["loan_tenor_months"])), int(np.ceil(x["loan_grace_months"]))
    balance = np.zeros_like(sales)
    interest, principal = np.zeros_like(sales), np.zeros_like(sales)
    for k in range(1, n + 1):
        interest[k] = balance[k - 1] * rate
        if grace < k <= tenor:
            left = tenor - k + 1
            with np.errstate(all="ignore"):
                level = np.where(rate > 0, rate / ((1 + rate) ** left - 1), 1 / left)
            principal[k] = balance[k - 1] * level
        balance[k] = balance[k - 1] + debt * spend[k] - principal[k]
    service = interest + principal
    tax = x["income_tax_rate"] * (income - interest)
    project = before_tax - x["income_tax_rate"] * income
    equity = before_tax - tax + debt * spend - service
    equity[0] -= x["loan_upfront_fee"] * debt
    free = (operations - tax) * runs
    owed = (service > 1e-6) & (t > start)
    first_due, last_due = owed.argmax(axis=0), n - owed[::-1].argmax(axis=0)
    window = (t >= first_due + 11) & (t <= last_due)
    a_year = [np.cumsum(f, axis=0) - _back(np.cumsum(f, axis=0), 12) for f in (free, service)]
    with np.errstate(all="ignore"):
        dscr = np.where(window, a_year[0] / a_year[1], np.inf).min(axis=0)
    return {
        "project_npv": (project / (1 + x["discount_project"]) ** (t / 12)).sum(axis=0),
        "equity_npv": (equity / (1 + x["discount_equity"]) ** (t / 12)).sum(axis=0),
        "project_irr": irr_many(np.where(np.abs(project) > 1e-6, project, 0), 12).rate,
        "equity_irr": irr_many(np.where(np.abs(equity) > 1e-6, equity, 0), 12).rate,
        "dscr_min": dscr,
        "valley_depth": np.maximum(0, -np.cumsum(project, axis=0).min(axis=0)),
    }


def _back(flow: Array, periods: int) -> Array:
    """The flow so many periods later, nil before."""
    return np.concatenate([np.zeros((periods, flow.shape[1])), flow[: len(flow) - periods]])
