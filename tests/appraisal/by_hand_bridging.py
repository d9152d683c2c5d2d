"""Bridging worked out a second time: month by month, source by source, in plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.appraisal.by_hand_plants import Hand, Series

Found = dict[str, Any]
STAGES, DUST = ["preparation", "startup", "growth", "maturity"], 1e-6


def bridged(h: Hand, f: Found, stages: Found, owner: Series) -> Found:
    """owner: the owner's cash flow with committed sources and the loan. stages: flags by period."""
    if not h.bridges:
        return {}
    room = [_room(h, f, stages, k, words) for k, words in enumerate(h.bridges, start=1)]
    number = range(len(room))
    rates = [h.x[f"bridge_{k + 1}_rate"] for k in number]
    fees = [h.x[f"bridge_{k + 1}_fee"] for k in number]
    cheapest = sorted(number, key=lambda k: round(rates[k] + fees[k], 9))  # stable
    held, drawn = [0.0 for _ in number], [0.0 for _ in number]
    own: list[Series] = [[] for _ in number]
    costs: list[Series] = [[] for _ in number]
    draws: list[Series] = [[] for _ in number]
    missing: Series = []
    cash = 0.0  # what is there once all sources are repaid and nothing is missing any more
    for t, flow in enumerate(owner):
        for k in number:
            costs[k].append(held[k] * rates[k] / h.ppy + drawn[k] * fees[k])
            cash -= costs[k][t]
        cash += flow
        open_ = max(0.0, -cash)
        for k in cheapest:
            now = min(room[k][t], open_)
            open_ -= now
            drawn[k], held[k] = max(0.0, now - held[k]), now
            own[k].append(now)
            draws[k].append(drawn[k])
        missing.append(open_)
    whole = [sum(one[t] for one in own) for t in range(len(owner))]
    paid = [sum(one[t] for one in costs) for t in range(len(owner))]
    made: Found = {
        "bridge_balance": whole, "bridge_highest": max(whole), "bridge_cost": paid,
        "bridge_cost_total": sum(paid), "bridge_owed_at_end": whole[-1], "bridge_missing": missing,
        "bridge_closed": float(max(missing) <= DUST and whole[-1] <= DUST),
    }  # fmt: skip
    for k in number:
        name, before = f"bridge_{k + 1}", cheapest[: cheapest.index(k)]
        made |= {
            f"{name}_ahead": [sum(room[j][t] for j in before) for t in range(len(owner))],
            f"{name}_drawn": draws[k],
            f"{name}_available": room[k], f"{name}_balance": own[k], f"{name}_cost": costs[k],
            f"{name}_rank": 1 + cheapest.index(k), f"{name}_cost_of_a_year": rates[k] + fees[k],
            f"{name}_cost_total": sum(costs[k]),
        }  # fmt: skip
        made |= span(name, own[k])
    return made | span("bridge_missing", missing) | _highest(missing)


def _room(h: Hand, f: Found, stages: Found, k: int, words: tuple[str, str, str]) -> Series:
    """What can be had of a source by period."""
    kind, first, last = words
    names = STAGES[STAGES.index(first) : STAGES.index(last) + 1]
    most = h.x.get(f"bridge_{k}_limit")
    if most is None:
        most = h.x[f"bridge_{k}_share"] * f["capital_cost"]
    until = h.x.get(f"bridge_{k}_until_month")
    ends = h.n if until is None else h.periods(until)
    paid = f.get("loan.service_paid") or f["loan.service"]
    room, due = [], 0.0
    for t in range(h.n + 1):
        inside = any(stages[f"stage_{name}"][t] for name in names) and t <= ends
        due += paid[t] if inside else 0.0
        one = most
        if kind == "grant_advance":
            one = min(one, sum(given for at, given in _signed(h, f) if at > t))
        elif kind == "deferred_instalments":
            one = min(one, due)
        room.append(one if inside else 0.0)
    return room


def _signed(h: Hand, f: Found) -> list[tuple[int, float]]:
    """When each signed grant is paid, and how much it is."""
    return [
        (min(h.n, h.start + h.periods(months)), share * f["capital_cost"] + amount)
        for (share, amount, months), signed in zip(h.grants, h.signed, strict=True)
        if signed
    ]


def span(name: str, stock: Series) -> Found:
    there = [t for t, money in enumerate(stock) if money > DUST]
    return {
        f"{name}_highest": max(stock),
        f"{name}_first_period": there[0] if there else None,
        f"{name}_last_period": there[-1] if there else None,
        f"{name}_period": [t if t in there else None for t in range(len(stock))],
    }


def together(projects: dict[str, Found], count: dict[str, float], n: int) -> Found:
    """Of the cluster: what is missing of each member; of one without bridging the whole gap."""
    if not any("bridge_missing" in f for f in projects.values()):
        return {}
    short = [0.0] * (n + 1)
    for name, f in projects.items():
        for t, money in enumerate(f.get("bridge_missing") or f["gap_with_loan"]):
            short[t] += count[name] * money
    return {"bridge_missing_together": short} | span("bridge_missing", short) | _highest(short)


def _highest(missing: Series) -> Found:
    most = max(missing)
    first = next((t for t, money in enumerate(missing) if money >= most - DUST), None)
    return {"bridge_missing_highest_period": first if most > DUST else None}
