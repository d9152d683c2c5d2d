"""The husk plant of husk_by_hand.py as an analyst would write it for numba: one loop over
scenarios, one over periods, no more arrays than it takes. The peer of the compiled rendering; it
gives the same figures (compared before anything is timed).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import FunctionType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
VARIED: Final = ("husk_price", "energy_charge", "capital_per_kw", "loan_rate",
                 "escalation_general", "availability", "husk_per_kwh")  # fmt: skip
RESULTS: Final = ("project_npv", "equity_npv", "project_irr", "equity_irr", "dscr_min",
                  "valley_depth", "gap_depth", "gap_with_loan_depth")  # fmt: skip
SLICE: Final = 1000


def by_loop(
    base: Mapping[str, float], husk: Array, load: Array, n: int, own_cash: float
) -> Callable[[Mapping[str, Array], int], dict[str, Array]]:
    """A function of what varies and of the number of threads. own_cash: of the promoter, at
    closing."""
    import numba

    names = sorted(name for name in base if name not in VARIED and "." not in name)
    kind: Any = NamedTuple("kind", [(name, float) for name in names])  # type: ignore[misc]
    figures = kind(*(float(base[name]) for name in names))
    rate = numba.njit(error_model="numpy", nogil=True)(_rate)
    bound = FunctionType(_loop.__code__, {**globals(), "_rate": rate})
    loop = numba.njit(error_model="numpy", nogil=True)(bound)

    def run(values: Mapping[str, Array], threads: int) -> dict[str, Array]:
        drawn = np.array([values[name] for name in VARIED])
        out = np.empty((len(RESULTS), drawn.shape[1]))
        starts = range(0, drawn.shape[1], SLICE)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda a: loop(figures, drawn, husk, load, n, own_cash, a,
                                         min(a + SLICE, drawn.shape[1]), out), starts))  # fmt: skip
        return dict(zip(RESULTS, out, strict=True))

    return run


def _loop(
    x: Any, drawn: Array, husk: Array, load: Array, n: int, own_cash: float, first: int, last: int,
    out: Array,
) -> None:  # fmt: skip
    built = math.ceil(x.construction_months)
    start = built + math.ceil(x.delay_months)
    life = x.life_years * 12
    tenor, grace = math.ceil(x.loan_tenor_months), math.ceil(x.loan_grace_months)
    retained = min(n, start + math.ceil(x.retention_months))
    refund = math.ceil(x.vat_refund_months)
    scrapped = min(n, start + int(life))
    days_late = x.payment_lag_days / 365 * 12
    whole = math.floor(days_late + 1e-9)
    part = days_late - whole
    tax_rate = x.income_tax_rate
    to_equity = (1 + x.discount_equity) ** (-1 / 12)
    to_project = (1 + x.discount_project) ** (-1 / 12)
    sales, vat, project, equity = (np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1),
                                   np.zeros(n + 1))  # fmt: skip
    free, service = np.zeros(n + 1), np.zeros(n + 1)
    amounts, costs_of, able_of, per_of, price_of = (np.zeros(3), np.zeros(3), np.zeros(3),
                                                    np.zeros(3), np.zeros(3))  # fmt: skip
    for s in range(first, last):
        husk_price, energy_charge, capital_per_kw = drawn[0, s], drawn[1, s], drawn[2, s]
        loan_rate, escalation, availability, husk_per_kwh = (
            drawn[3, s] / 12, drawn[4, s], drawn[5, s], drawn[6, s],
        )  # fmt: skip
        per = husk_per_kwh / 1000
        per_of[0], per_of[1], per_of[2] = per, per, per * x.husk_heat / x.straw_heat
        price_of[0], price_of[1], price_of[2] = husk_price, x.bought_husk_price, x.straw_price
        capital = x.capacity_kw * capital_per_kw * (1 + x.contingency)
        debt = x.loan_share * capital
        general, power, labour, om, feed = 1.0, 1.0, 1.0, 1.0, 1.0
        stores_before, written_before, turns_before, balance = 0.0, 0.0, 0.0, 0.0
        sold, collected, valley, brought, depth = 0.0, 0.0, 0.0, 0.0, 0.0
        gap, gap_with_loan, project_npv, equity_npv = 0.0, 0.0, 0.0, 0.0
        factor_project, factor_equity = 1.0, 1.0
        for t in range(n + 1):
            if t > 0 and t % 12 == 0:
                general *= 1 + escalation
                power *= 1 + x.escalation_electricity
                labour *= 1 + x.escalation_labour
                om *= 1 + x.escalation_operation
                feed *= 1 + x.escalation_feedstock
            since = t - start
            runs = 1.0 if 0 < since <= life else 0.0
            ramp = runs * min(1.0, since / math.ceil(x.ramp_up_months))
            spend = 1.0 / built if 0 < t <= built else 0.0
            ash = x.ash_share * x.ash_sold * x.ash_price * general
            variable = x.om_variable * om
            amounts[0] = husk[t]
            amounts[1] = x.bought_husk_per_year / 12
            amounts[2] = x.straw_per_year / 12
            own, grid = energy_charge * power, x.export_price * power
            worth_own, worth_grid = 0.0, 0.0
            for f in range(3):
                costs_of[f] = (price_of[f] * feed - ash) * per_of[f] + variable
                able_of[f] = amounts[f] / per_of[f]
                if costs_of[f] <= own + 1e-9:
                    worth_own += able_of[f]
                if costs_of[f] <= grid + 1e-9:
                    worth_grid += able_of[f]
            machine = x.capacity_kw * 8760 * availability / 12 * ramp
            want_own = load[t] * x.coincident_share
            want_grid = x.export_allowed * min(machine, worth_grid)
            own_first = own >= grid
            to_own = min(want_own, max(0.0, min(machine, worth_own)
                                       - (0.0 if own_first else want_grid)))  # fmt: skip
            to_grid = min(want_grid, max(0.0, min(machine, worth_grid)
                                         - (want_own if own_first else 0.0)))  # fmt: skip
            made = to_own + to_grid
            rest, fuel, burnt = made, 0.0, 0.0
            used = 0
            for _ in range(3):
                best = -1
                for f in range(3):
                    if not used >> f & 1 and (best < 0 or costs_of[f] < costs_of[best]):
                        best = f
                used |= 1 << best
                kwh = min(rest, able_of[best])
                rest -= kwh
                tonnes = kwh * per_of[best]
                burnt += tonnes
                fuel += tonnes * price_of[best] * feed
            running = runs / 12
            costs = fuel + x.operators * x.wage * x.months_paid * running * labour
            costs += made * variable + x.om_fixed * running * om
            costs += capital * running * (x.om_share * om + x.insurance_share * general)
            sales[t] = to_grid * grid + burnt * ash
            savings = to_own * own + x.firm_kw * x.demand_charge * running * 12 * power
            turns = math.floor(max(0, since) / (x.overhaul_years * 12) + 1e-9)
            due = turns > turns_before and since + 1 <= life
            turns_before = turns
            replaced = 0.0
            if due:
                replaced = x.capacity_kw * capital_per_kw * x.overhaul_share * general
            # cash
            sold += sales[t]
            late = 0.0
            if t >= whole:
                late += sales[t - whole] * (1 - part)
            if t >= whole + 1:
                late += sales[t - whole - 1] * part
            collected += late
            stores = 0.0
            if t == n:
                late += sold - collected
            else:
                stores = costs * 12 * x.stores_days / 365
            salvage = capital * x.salvage_share if t == scrapped else 0.0
            operations = savings + late - costs - (stores - stores_before) - replaced + salvage
            stores_before = stores
            paid = capital * spend * (1 - x.retention)
            if t == retained:
                paid += capital * x.retention
            vat[t] = x.vat * capital * spend
            tied = vat[t] - (vat[t - refund] if t >= refund else 0.0)
            before_tax = operations - paid - tied
            written = min(1.0, max(0, since) / (x.depreciation_years * 12))
            income = sales[t] + savings - costs - replaced + salvage
            income -= capital * (written - written_before)
            written_before = written
            # loan
            interest, principal = 0.0, 0.0
            if t > 0:
                interest = balance * loan_rate
                if grace < t <= tenor:
                    left = tenor - t + 1
                    level = 1 / left
                    if loan_rate > 0:
                        level = loan_rate / ((1 + loan_rate) ** left - 1)
                    principal = balance * level
            balance += debt * spend - principal
            service[t] = interest + principal
            tax, project_tax = tax_rate * (income - interest), tax_rate * income
            fee = x.loan_upfront_fee * debt if t == 0 else 0.0
            project[t] = before_tax - project_tax
            equity[t] = before_tax - tax + debt * spend - service[t] - fee
            free[t] = (operations - tax) * runs
            valley += project[t]
            brought += debt * spend - fee - service[t] + project_tax - tax
            depth = max(depth, -valley)
            gap = max(gap, -(valley + own_cash))
            gap_with_loan = max(gap_with_loan, -(valley + own_cash + brought))
            project_npv += project[t] * factor_project
            equity_npv += equity[t] * factor_equity
            factor_project *= to_project
            factor_equity *= to_equity
        first_due, last_due = -1, -1
        for t in range(start + 1, n + 1):
            if service[t] > 1e-6:
                last_due = t
                if first_due < 0:
                    first_due = t
        free_12, service_12, dscr = 0.0, 0.0, math.inf
        for t in range(max(0, first_due), last_due + 1):
            free_12 += free[t]
            service_12 += service[t]
            if t >= first_due + 12:
                free_12 -= free[t - 12]
                service_12 -= service[t - 12]
            if t >= first_due + 11:
                dscr = min(dscr, free_12 / service_12)
        out[0, s], out[1, s] = project_npv, equity_npv
        out[2, s], out[3, s] = _rate(project), _rate(equity)
        out[4, s], out[5, s], out[6, s], out[7, s] = dscr, depth, gap, gap_with_loan


def _rate(flows: Array) -> float:
    """The yearly rate of monthly flows that have one: Newton's method from 10% on the logarithm of
    inflows over outflows."""
    v = 1 / (1 + 0.1 / 12)
    for _ in range(50):
        up, down, up_slope, down_slope = 0.0, 0.0, 0.0, 0.0
        for t in range(len(flows) - 1, -1, -1):
            flow = flows[t]
            if abs(flow) <= 1e-6:
                flow = 0.0
            up_slope = up_slope * v + up
            down_slope = down_slope * v + down
            up = up * v + max(flow, 0.0)
            down = down * v - min(flow, 0.0)
        step = math.log(down / up) / (v * (up_slope / up - down_slope / down))
        v *= math.exp(step)
        if abs(step) <= 1e-9:
            break
    yearly: float = v**-12.0 - 1
    return yearly
