"""The cluster and the sites, worked out a second time from the projects' series (by_hand.py)."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from eicfinance.appraisal.case import Case
from eicfinance.model.numeric import Run
from tests.appraisal.by_hand_bridging import together
from tests.appraisal.by_hand_calendar import MONTHS, season_share
from tests.appraisal.by_hand_valley import measures

Found = dict[str, Any]
GASES = ("ghg_avoided", "ghg_baseline", "ghg_project", "ghg_leakage")


def cluster(case: Case, projects: dict[str, Found], run: Run, k: int) -> Found:
    """All results of the cluster. projects: each one's results and series by hand."""
    n, value = run.model.periods, {name: run.value(name, k) or 0.0 for name in run.model.inputs}
    count = {name: value[f"{name}_count"] for name in projects}
    curve = {
        name: _to(n, list(accumulate(a - b for a, b in zip(
            f["flow_before_tax"], f["project_tax.tax"], strict=True))), hold=True)
        for name, f in projects.items()
    }  # fmt: skip
    short = [sum(count[p] * max(0.0, -curve[p][t]) for p in projects) for t in range(n + 1)]
    pooled = [sum(count[p] * curve[p][t] for p in projects) for t in range(n + 1)]
    balance = {p: _to(n, f["loan.balance"]) for p, f in projects.items()}
    owed = [sum(count[p] * balance[p][t] for p in projects) for t in range(n + 1)]
    depth = max(short)
    found: Found = {
        "valley_depth": depth,
        "valley_trough_period": next(t for t, x in enumerate(short) if x >= depth - 1e-6)
        if depth > 1e-6 else None,
        "valley_depth_pooled": max(0.0, -min(pooled)),
        "capital_cost": sum(count[p] * f["capital_cost"] for p, f in projects.items()),
        "energy_total": sum(count[p] * sum(f["energy_net"]) for p, f in projects.items()),
        **{f"{gas}_total": sum(count[p] * sum(f[gas]) for p, f in projects.items())
           for gas in GASES},
        "exposure_highest": max(owed),
        "valley_short": short, "valley_pooled": pooled, "exposure": owed,
        **{line: [sum(count[p] * _to(n, f[line])[t] for p, f in projects.items())
                  for t in range(n + 1)] for line in ("energy_net", *GASES)},
    }  # fmt: skip
    for gap in ("gap", "gap_with_loan"):
        series = {p: _to(n, f[gap]) for p, f in projects.items()}
        open_ = [sum(count[p] * series[p][t] for p in projects) for t in range(n + 1)]
        found |= {f"{gap}_together": open_} | measures(gap, open_, run.model.periods_per_year)
    found |= together(projects, count, n)
    for name in {case.projects[p].entry.borrower for p in projects}:
        mine = {p: f for p, f in projects.items() if case.projects[p].entry.borrower == name}
        found |= _owner(name, mine, count, value, run.model.periods_per_year, n)
    return found


def _owner(
    name: str, mine: dict[str, Found], count: dict[str, float], value: dict[str, float], ppy: int,
    n: int,
) -> Found:  # fmt: skip
    one = sum(sum(f["loan.drawdown"]) for f in mine.values())
    collateral, limit = value[f"{name}_collateral"], value["policy_collateral_cover_min"]
    cover = collateral / one if one > 1e-6 else None
    cash = [0.0] * (n + 1)
    for f in mine.values():
        for t, x in enumerate(_to(n, list(accumulate(f["equity_flow"])), hold=True)):
            cash[t] += x
    need = max(0.0, -min(cash))
    free, due = _year(mine, "cfads", ppy, n), _year(mine, "service", ppy, n)
    host, debts = value[f"{name}_cash_flow"] * MONTHS, value[f"{name}_debt_service"] * MONTHS
    ratios = [
        (free[t] + host) / (due[t] + debts)
        if any(_to(n, f["dscr_counts"])[t] for f in mine.values()) and due[t] + debts > 1e-6
        else None
        for t in range(n + 1)
    ]
    owed = [sum(_to(n, f["loan.balance"])[t] for f in mine.values()) for t in range(n + 1)]
    return {
        f"exposure_{name}": owed, f"cfads_year_{name}": free, f"service_year_{name}": due,
        f"drawn_{name}": [sum(_to(n, f["loan.drawdown"])[t] for f in mine.values())
                          for t in range(n + 1)],
        f"loans_{name}": sum(count[p] * sum(f["loan.drawdown"]) for p, f in mine.items()),
        f"collateral_cover_{name}": cover,
        f"met_collateral_cover_min_{name}": float(cover is None or cover >= limit - 1e-9),
        f"equity_need_{name}": need,
        f"promoter_short_{name}": max(0.0, need - value[f"{name}_promoter_cash"]),
        f"dscr_global_{name}_min": min((r for r in ratios if r is not None), default=None),
        f"dscr_global_{name}": ratios,
    }  # fmt: skip


def _year(mine: dict[str, Found], which: str, ppy: int, n: int) -> list[float]:
    """Trailing twelve months of all projects; what happens beyond one's life counts as nil."""
    made = [0.0] * (n + 1)
    for f in mine.values():
        service = f.get("loan.service_paid") or f["loan.service"]
        flow: list[float] = f["cfads"] if which == "cfads" else service
        for t in range(len(flow)):
            made[t] += sum(flow[max(0, t - ppy + 1) : t + 1])
    return made


def _to(n: int, series: list[float], hold: bool = False) -> list[float]:
    """A project's series over the cluster's periods: nil after its end, or what it ended with."""
    return [*series, *[series[-1] if hold else 0.0] * (n + 1 - len(series))]


def site(case: Case, name: str, run: Run, k: int) -> Found:
    """What a site offers by period."""
    entry = next(e for e in case.portfolio.sites if e.name == name)
    k = min(k, run.scenarios - 1)  # its inputs may be the same in all
    x = {item: run.value(item, k) or 0.0 for item in run.model.inputs}
    ppy, month = case.portfolio.periods_per_year, case.portfolio.closing[1]

    def spread(per_year: float, season: str) -> list[float]:
        shares = entry.seasons[season]
        return [
            per_year * season_share(shares, month, t, ppy) for t in range(run.model.periods + 1)
        ]

    def left(pool: str, series: list[float]) -> list[float]:
        """What events leave of it."""
        name = f"lost_{pool}"
        taken = run[name][k].tolist() if name in run.model else [0.0] * len(series)
        return [amount * (1 - share) for amount, share in zip(series, taken, strict=True)]

    if entry.kind == "rice_mill":
        paddy = spread(x["paddy_per_year"], "milling")
        husk = [p * x["husk_share"] * (1 - x["dryer_share"]) for p in paddy]
        pools = {"husk": husk, "load": [p * x["power_per_t"] for p in paddy]}
        return {pool: left(pool, series) for pool, series in pools.items()}
    days = x["operating_days"]
    pools = {
        "load": spread(x["load_per_year"], "demand"),
        "heat": spread(x["heat_per_year"], "demand"),
        "wastewater": spread(x["wastewater_per_day"] * days, "waste"),
        "manure": spread(x["animals"] * x["vs_per_head"] * days, "waste"),
        "litter": spread(x["litter_per_day"] * days, "waste"),
    }
    return {pool: left(pool, pools[pool]) for pool in pools if pool in run.model}
