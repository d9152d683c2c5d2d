"""What follows from a project's flows (by_hand.py), worked out a second time in plain loops: uses
and sources, present values, payback, levelised cost, cover, valley, credit policy."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any

from tests.appraisal.by_hand_calendar import MONTHS
from tests.appraisal.by_hand_economics import abatement
from tests.appraisal.by_hand_plants import Hand, Series, years_discounted
from tests.appraisal.by_hand_repayment import repay
from tests.appraisal.by_hand_valley import gaps_and_stages

Found = dict[str, Any]


def results(h: Hand, made: dict[str, Series], found: Found) -> Found:
    """The results of the model. found: what by_hand.finance gave."""
    out = _uses_and_sources(h, found)
    for whose in ("project", "equity"):
        out[f"{whose}_npv"] = _present(h, found[f"{whose}_flow"], _nominal(h, whose))
        out |= _levelised(h, made, whose, out[f"{whose}_npv"])
    paid: Series = found.get("loan.service_paid") or found["loan.service"]
    out |= _cover(h, found["cfads"], paid, found["loan.principal"])
    out |= _modified(h, found) | _benefits(h, found)
    out |= _products(h, made, out) | _break_even(h, made, found, out)
    out |= _life_cover(h, found, paid)
    out |= abatement(h, made, found, _nominal(h, "project"))
    before, tax = found["flow_before_tax"], found["project_tax.tax"]
    out |= _valley([a - b for a, b in zip(before, tax, strict=True)])
    for prefix, flow in (
        ("", found["project_flow"]),
        ("discounted_", _discounted(h, found["project_flow"], _nominal(h, "project"))),
    ):
        out |= _payback(h, flow, prefix)
    out |= gaps_and_stages(h, found) | repay(h, found)
    out["valley_depth_beyond_capital"] = max(0.0, out["valley_depth"] - found["capital_cost"])
    for name in [name for name in made if name.startswith("ghg_")]:
        out[f"{name}_total"] = sum(made[name])
    total = sum(made["ghg"])
    out["ghg_avoided_total"] = total
    out["ghg_avoided_per_year"] = total * h.ppy / (h.stop - h.start)
    host, debts = h.economy["host_cash"], h.economy["host_debt"]
    out["dscr_host"] = host / debts if debts else None
    life = math.ceil(h.x["life_years"] * h.ppy - 1e-9)
    out |= {
        "construction_periods": h.built, "commissioning_period": h.start, "life_periods": life,
        "life_not_counted": max(0.0, h.start + life - h.n),
        "ramp_up_periods": h.periods(h.x["ramp_up_months"]),
    }  # fmt: skip
    out |= _sizes(h, found, out)
    return out | (_policy(h, found, out) if h.loans else {})


def _uses_and_sources(h: Hand, f: Found) -> Found:
    to = slice(0, h.start + 1)
    capital, fee = f["capital_cost"], sum(f["loan.fee"][to])
    service = sum(f["loan.interest"][to]) + sum(f["loan.principal"][to]) + sum(f["prepaid"][to])
    vat, debt = sum(f["vat_net"][to]), sum(f["loan.drawdown"])
    own = -sum(f["equity_flow"][to])
    reserves = sum(f["reserved"][to])
    uses = capital + fee + service + vat + reserves + f.get("uses_operating_reserve", 0.0)
    granted = sum(f["grants_received"])
    sources = {
        "sources_loan": sum(f["loan.drawdown"][to]),
        "sources_grants": sum(f["grants_received"][to]),
        "sources_contractor": capital - sum(f["capital_paid"][to]),
        "sources_other": sum(f["cash_operations"][to]) - sum(f["tax.tax"][to]),
        "sources_equity": own,
    }  # fmt: skip
    planned = slice(0, h.built + 1)
    put_in = capital + sum(f["loan.interest"][planned]) + sum(f["loan.fee"][planned])
    put_in -= granted + debt
    held = h.words["reserve_funding"] != "none" or any(
        one.words["interest_during_construction"] == "prefunded" for one in h.loans
    )
    return sources | ({"uses_reserves": reserves} if held else {}) | {
        "uses": uses, "uses_fee": fee, "uses_interest": service, "uses_vat": vat,
        "sources": sum(sources.values()), "loan.debt": debt, "grants": granted,
        "debt_to_equity": debt / put_in if abs(put_in) > 1e-6 else None,
        "equity_contribution": put_in,
        "gearing": debt / (uses - granted) if abs(uses - granted) > 1e-6 else None,
    }  # fmt: skip


def _cover(h: Hand, cfads: Series, service: Series, principal: Series) -> Found:
    due = [t for t in range(h.start + 1, h.n + 1) if service[t] > 1e-6]
    shown, ratios, whole = {}, {}, {}
    host, debts = h.economy["host_cash"] * MONTHS, h.economy["host_debt"] * MONTHS
    length = min(h.ppy, due[-1] - due[0] + 1) if due else 0
    repaid = next((t for t in range(h.start + 1, h.n + 1) if principal[t] > 1e-6), 0)
    for t in range(due[0] + length - 1, due[-1] + 1) if due else ():
        shown[t] = sum(cfads[t - length + 1 : t + 1]) / sum(service[t - length + 1 : t + 1])
        if t < min(repaid + length - 1, due[-1]):
            continue
        ratios[t] = shown[t]
        year = slice(max(0, t - h.ppy + 1), t + 1)
        whole[t] = (sum(cfads[year]) + host) / (sum(service[year]) + debts)
    return {
        "dscr_min": min(ratios.values(), default=None), "dscr_min_period": _first_least(ratios),
        "dscr_global_min": min(whole.values(), default=None),
        "dscr_global_min_period": _first_least(whole),
        "dscr_average": sum(ratios.values()) / len(ratios) if ratios else None,
        "service_highest": max(service),
        "dscr": [shown.get(t) for t in range(h.n + 1)],
        "dscr_counts": [float(t in ratios) for t in range(h.n + 1)],
        "cfads_year": [sum(cfads[max(0, t - h.ppy + 1) : t + 1]) for t in range(h.n + 1)],
        "service_year": [sum(service[max(0, t - h.ppy + 1) : t + 1]) for t in range(h.n + 1)],
    }  # fmt: skip


def _first_least(series: dict[int, float]) -> int | None:
    """The first period of the lowest value, within what a comparison forgives."""
    return next((t for t, x in series.items() if x <= min(series.values()) + 1e-9), None)


def _period_rates(h: Hand, f: Found) -> Series:
    """The loan's rate of each period, from what it charges on what was owed before."""
    rates = [0.0] * (h.n + 1)
    for t in range(1, h.n + 1):
        owed = f["loan.balance"][t - 1]
        rates[t] = f["loan.interest"][t] / owed if owed > 1e-6 else rates[t - 1]
    return rates


def _life_cover(h: Hand, f: Found, service: Series) -> Found:
    """Present values of CFADS backwards, a period at a time."""
    rates, out = _period_rates(h, f), {}
    due = [t for t in range(h.start + 1, h.n + 1) if service[t] > 1e-6]
    last = due[-1] if due else 0
    year = min(h.ppy, last - due[0] + 1) if due else 1
    for name, end in (("llcr", last), ("plcr", h.n)):
        worth = [0.0] * (h.n + 2)
        for t in range(end - 1, -1, -1):
            worth[t] = (worth[t + 1] + f["cfads"][t + 1]) / (1 + rates[t + 1])
        ratios = {
            t: worth[t] / owed
            for t, owed in enumerate(f["loan.balance"])
            if t >= h.start and owed > 1e-6
        }
        least = {t: x for t, x in ratios.items() if t + year <= last}
        out[name] = ratios.get(h.start)
        out[f"{name}_min"] = min(least.values(), default=None)
        out[f"{name}_min_period"] = _first_least(least)
    return out


def _modified(h: Hand, f: Found) -> Found:
    """MIRR: the outlays, borrowed, against what the receipts grow to."""
    rate, charged = _nominal(h, "project"), sum(f["loan.interest"])
    finance, mean = rate, None
    if sum(f["loan.balance"]) > 1e-6:
        mean = charged / sum(f["loan.balance"])
        finance = (1 + mean) ** h.ppy - 1
    out: Found = {"rate_of_loans_mean": mean, "mirr_finance_rate": finance}
    for whose in ("project", "equity"):
        flow = f[f"{whose}_flow"]
        paid = -_at_ends(h, [min(0.0, cash) for cash in flow], finance)
        end = sum(max(0.0, x) * (1 + rate) ** ((h.n - t) / h.ppy) for t, x in enumerate(flow))
        there = paid > 1e-6 and end > 1e-6
        out[f"{whose}_mirr"] = (end / paid) ** (h.ppy / h.n) - 1 if there else None
        out[f"{whose}_mirr_outflow"] = paid
    return out


def _benefits(h: Hand, f: Found) -> Found:
    """What comes in, and what goes out with the tax, at the project's rate."""
    rate = _nominal(h, "project")
    benefits = sum(
        _present(h, f[name], rate) for name in ("receipts", "grants_received", "salvage")
    )
    costs = benefits - _present(h, f["project_flow"], rate)
    return {"pv_benefits": benefits, "pv_costs": costs,
            "project_bcr": benefits / costs if abs(costs) > 1e-6 else None}  # fmt: skip


def _products(h: Hand, made: dict[str, Series], out: Found) -> Found:
    """Each product's cost: what it earns a unit, times the part of all earnings that is neither NPV
    nor, where tax is left out, tax."""
    rate, found = _nominal(h, "project"), Found()
    real = (1 + rate) / (1 + h.economy["inflation"]) - 1
    worth = _present(h, made["worth"], rate)
    income_tax = h.economy["income_tax_rate"] if h.words["tax_regime"] == "company" else 0.0
    for name in [n.removeprefix("product_") for n in made if n.startswith("product_")]:
        own = _present(h, made[f"worth_{name}"], rate)
        for basis, at in (("nominal", rate), ("real", real)):
            amount = _present(h, made[f"product_{name}"], at)
            there = worth * amount > 1e-6
            left = out["project_npv"] / worth if there else 0.0
            for kind, tax in (("", income_tax), ("_all_taxes", 0.0)):
                cost = own / amount * (1 - tax - left) if there else None
                found[f"levelised_cost_{name}_{basis}{kind}"] = cost
    return found


def _break_even(h: Hand, made: dict[str, Series], f: Found, out: Found) -> Found:
    """By how much all energy prices may fall: the NPV of energy alone, after tax, less the NPV."""
    regime = h.words["tax_regime"]
    if regime == "company" and (h.words["losses"] != "absorbed" or "holiday_years" in h.x):
        return {}
    rate, sold, late = _nominal(h, "project"), made["energy_sold"], f["energy_sales_collected"]
    alone = 0.0
    for t, worth in enumerate(made["worth"]):
        tax = {"company": h.economy["income_tax_rate"] * worth, "none": 0.0,
               "presumptive": h.economy["presumptive_tax_rate"] * late[t]}[regime]  # fmt: skip
        alone += (worth - sold[t] + late[t] - tax) / (1 + rate) ** years_discounted(h, t)
    kwh, worth = _present(h, made["kwh"], rate), _present(h, made["worth"], rate)
    factor = 1 - out["project_npv"] / alone if alone > 1e-6 else None
    price = worth / kwh * factor if factor is not None and kwh > 1e-6 else None
    return {"pv_energy_cash": alone, "break_even_factor": factor, "break_even_price": price}


def _valley(flow: Series) -> Found:
    curve = list(accumulate(flow))
    depth = max(0.0, -min(curve))
    found: Found = {"valley_depth": depth, "valley_trough_period": None,
                    "valley_recovery_period": None, "valley_trough_or_start": 0}  # fmt: skip
    if depth > 1e-6:
        trough = next(t for t, cash in enumerate(curve) if cash <= -depth + 1e-6)
        back = next((t for t in range(trough + 1, len(curve)) if curve[t] >= -1e-6), None)
        found |= {"valley_trough_period": trough, "valley_recovery_period": back,
                  "valley_trough_or_start": trough}  # fmt: skip
    return found


def _nominal(h: Hand, whose: str) -> float:
    rate = h.economy[f"discount_{whose}"]
    if h.words["discount_basis"] == "real":
        rate = (1 + rate) * (1 + h.economy["inflation"]) - 1
    return rate


def _discounted(h: Hand, flow: Series, rate: float) -> Series:
    return [cash / (1 + rate) ** years_discounted(h, t) for t, cash in enumerate(flow)]


def _at_ends(h: Hand, flow: Series, rate: float) -> float:
    """The present value that the IRR makes nil: flows at the periods' ends, closing as it is."""
    return float(sum(cash / (1 + rate) ** (t / h.ppy) for t, cash in enumerate(flow)))


def _present(h: Hand, flow: Series, rate: float) -> float:
    return sum(_discounted(h, flow, rate))


def _levelised(h: Hand, made: dict[str, Series], whose: str, npv: float) -> Found:
    rate, inflation = _nominal(h, whose), h.economy["inflation"]
    suffix = "_project" if whose == "project" else ""
    tax = h.economy["income_tax_rate"] if h.words["tax_regime"] == "company" else 0.0
    worth = _present(h, made["worth"], rate)
    out: Found = {
        f"pv_energy_value{suffix}": worth,
        f"discount_rate_{whose}_nominal": rate,
    }
    for basis, at in (("nominal", rate), ("real", (1 + rate) / (1 + inflation) - 1)):
        kwh = _present(h, made["kwh"], at)
        out[f"pv_energy{'_real' if basis == 'real' else ''}{suffix}"] = kwh
        some = kwh > 1e-6
        out[f"lcoe_{basis}{suffix}"] = (worth - worth * tax - npv) / kwh if some else None
        out[f"lcoe_{basis}_all_taxes{suffix}"] = (worth - npv) / kwh if some else None
    return out


def _payback(h: Hand, flow: Series, prefix: str) -> Found:
    curve = list(accumulate(flow))
    low = next(t for t, cash in enumerate(curve) if cash <= min(curve) + 1e-6)
    back = next((t for t in range(low + 1, h.n + 1) if curve[t] >= -1e-6 > curve[t - 1]), None)
    out: Found = {f"{prefix}payback_trough_period": low}
    years = later = None
    if back is not None:
        part = (curve[back] - flow[back]) / -flow[back]
        years, later = (back - 1 + part) / h.ppy, (back - 1 + part - h.start) / h.ppy
    out[f"{prefix}payback_years"] = years
    out[f"{prefix}payback_years_from_commissioning"] = later
    return out


def _sizes(h: Hand, f: Found, out: Found) -> Found:
    """What a target DSCR, a target LLCR and the share of cost allow; the size is the least."""
    found: Found = {}
    for loan in h.loans if len(h.loans) == 1 else ():
        if loan.size is None:
            continue
        at_most = loan.x["share"] * max(0.0, f["capital_cost"] - sum(f["grants_received"]))
        reached = out["dscr_min" if loan.words["sized_on"] == "minimum" else "dscr_average"] or 0.0
        if loan.words["repayment"] == "sculpted":
            share = f["loan.service_share_needed"]
            reached = 1 / share if share else 0.0
        limits = {
            "share": at_most,
            "dscr": max(0.0, min(loan.size, at_most) * reached / loan.x["target_dscr"]),
        }
        if "target_llcr" in loan.x:
            lent = min(loan.size, at_most)
            limits["llcr"] = max(0.0, lent * (out["llcr"] or 0.0) / loan.x["target_llcr"])
        least = min(limits.values())
        first = next(name for name, limit in limits.items() if limit <= least + 1e-6)
        found = {"loan.size_needed": least, "loan_size": least}
        for name, limit in limits.items():
            found[f"loan.size_by_{name}"] = limit
            if name != "share":
                found[f"loan.bound_by_{name}"] = float(name == first)
    return found


def _policy(h: Hand, f: Found, out: Found) -> Found:
    limit = {n.removeprefix("policy_"): v for n, v in h.economy.items() if n.startswith("policy_")}
    debt, own = out["loan.debt"], out["equity_contribution"]
    worth = _at_ends(h, f["equity_flow"], limit["equity_irr_min"])
    cost, tenor = f["loan_cost"], max(one.months for one in h.loans)
    base = max(0.0, f["capital_cost"] - sum(f["grants_received"]))
    met = {
        "equity_irr_min": worth >= 0,
        "dscr_min": (out["dscr_min"] or 0.0) >= limit["dscr_min"],
        "loan_share_max": cost <= limit["loan_share_max"] * base + 1e-6,
        "debt_to_equity_max": debt <= limit["debt_to_equity_max"] * own + 1e-6,
        "tenor_max": tenor / MONTHS <= limit["tenor_max"],
    }
    flags = {f"met_{name}": float(fulfilled) for name, fulfilled in met.items()}
    share = cost / base if base > 1e-6 else None
    longest = {"loan_to_cost": share, "loan_tenor_longest": tenor}
    return {"equity_npv_policy": worth} | longest | flags
