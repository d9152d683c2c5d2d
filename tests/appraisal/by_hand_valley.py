"""The gap after committed sources, and the stages, worked out a second time in plain loops."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from tests.appraisal.by_hand_bridging import bridged
from tests.appraisal.by_hand_plants import Hand, Series

Found = dict[str, Any]
MONTHS, DUST = 12, 1e-6
COVERED = 3  # months


def gaps_and_stages(h: Hand, found: Found) -> Found:
    """found: what by_hand.finance and the valley by hand gave."""
    made = _gaps(h, found)
    owner = made.pop("owner")
    stages = _stages(h, found)
    return made | stages | bridged(h, found, stages, owner)


def _gaps(h: Hand, f: Found) -> Found:
    cash = h.x["promoter_share"] * h.economy["owner_cash"]
    arrives, other = [0.0] * (h.n + 1), [0.0] * (h.n + 1)
    other[0] += cash
    made: Found = {"promoter_cash": cash}
    for k, (share, amount, months) in enumerate(h.grants, start=1):
        at = min(h.n, h.start + h.periods(months))
        given = share * f["capital_cost"] + amount
        made |= {f"grant_{k}_amount": given, f"grant_{k}_period": at}
        arrives[at] += given * h.signed[k - 1]
    for k, (amount, month) in enumerate(h.committed, start=1):
        made[f"committed_{k}_period"] = h.periods(month)
        if h.periods(month) <= h.n:
            other[h.periods(month)] += amount
    arrives = [a + b for a, b in zip(arrives, other, strict=True)]
    before, tax = f["flow_before_tax"], f["project_tax.tax"]
    venture = [a - b + c for a, b, c in zip(before, tax, arrives, strict=True)]
    granted = f["grants_received"]
    owner = [own - g + c for own, g, c in zip(f["equity_flow"], granted, arrives, strict=True)]
    made |= {"committed_own": other, "committed": arrives, "committed_total": sum(arrives)}
    for name, flow in (("gap", venture), ("gap_with_loan", owner)):
        short = [max(0.0, -money) for money in accumulate(flow)]
        made |= {name: short} | measures(name, short, h.ppy)
    return made | {"owner": owner}


def measures(name: str, short: Series, ppy: int) -> Found:
    """Depth, when, how long, and the area of a gap."""
    there = [t for t, money in enumerate(short) if money > DUST]
    deepest = next((t for t in there if short[t] >= max(short) - DUST), None)
    return {
        f"{name}_depth": max(short), f"{name}_deepest_period": deepest,
        f"{name}_first_period": there[0] if there else None,
        f"{name}_last_period": there[-1] if there else None,
        f"{name}_months": len(there) * MONTHS / ppy,
        f"{name}_money_months": sum(short) * MONTHS / ppy,
    }  # fmt: skip


def _stages(h: Hand, f: Found) -> Found:
    span, level = h.periods(COVERED), 0.0
    made: Found = {"startup_periods": span}
    for loan in h.loans:
        debt, rate = f["debts"][loan.name], loan.per_period(h, 0)
        first = min(h.n, h.periods(loan.months))
        free = h.periods(loan.x["grace_months"])
        if loan.words["interest_during_construction"] != "paid":
            free = max(free, h.built)
        number = first - min(first - 1, free)
        one = debt / number + debt * rate
        if rate > 1e-9:
            one = debt * rate / (1 - (1 + rate) ** -number)
        made[f"{loan.name}.level_instalment"] = one
        level += one
    cash = [a - b for a, b in zip(f["cash_operations"], f["project_tax.tax"], strict=True)]
    ended, run = None, 0
    for t in range(h.start + 1, h.n + 1):
        covers = sum(cash[max(0, t - span + 1) : t + 1]) >= level * span - DUST
        run = run + 1 if covers else 0
        if run >= span:
            ended = t
            break
    curve = list(accumulate(a - b for a, b in zip(f["flow_before_tax"], f["project_tax.tax"],
                                                  strict=True)))  # fmt: skip
    depth, recovered = max(0.0, -min(curve)), 0
    if depth > DUST:
        trough = next(t for t, money in enumerate(curve) if money <= -depth + DUST)
        recovered = next((t for t in range(trough + 1, h.n + 1) if curve[t] >= -DUST), h.n)
    started = h.n if ended is None else ended
    grown = max(started, recovered)
    stage = ["preparation" if t <= h.start else "startup" if t <= started
             else "growth" if t <= grown else "maturity" for t in range(h.n + 1)]  # fmt: skip
    made |= {
        "level_instalment": level, "startup_end_period": ended, "startup_end_or_last": started,
        "growth_end_or_last": grown,
        "maturity_first_period": grown + 1 if grown < h.n else None,
    }  # fmt: skip
    need, deepest = dict.fromkeys(("preparation", "startup", "growth", "maturity"), 0.0), 0.0
    for t, money in enumerate(curve):
        need[stage[t]] += max(0.0, -money - deepest)
        deepest = max(deepest, -money)
    for name, money in need.items():
        made[f"need_{name}"] = money
        made[f"stage_{name}"] = [float(one == name) for one in stage]
    return made
