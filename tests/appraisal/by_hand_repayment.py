"""What a borrower pays, worked out a second time in plain loops: instalments wait in a queue, the
oldest is paid first, and its age in days decides (by_hand.py)."""

from __future__ import annotations

import math
from typing import Any

from tests.appraisal.by_hand_plants import Hand, Series

Found = dict[str, Any]
MONTHS, DAYS, DUST = 12, 365, 1e-6
LATE_DAYS, DEFAULT_DAYS, IGNORED = 30, 90, 0.01
LINES = (
    "due", "cash", "host", "own", "support", "paid", "kept", "unpaid", "late", "defaulted",
    "outstanding", "par30", "cured", "short",
)  # fmt: skip


def repay(h: Hand, f: Found) -> Found:
    """f: what by_hand.finance gave. Nothing where arrears cannot age, or no loan is asked for."""
    if not h.loans or h.ppy < 4:
        return {}
    service: Series = f.get("loan.service_paid") or f["loan.service"]
    due = [pay if t > h.start else 0.0 for t, pay in enumerate(service)]
    when = [t for t, pay in enumerate(due) if pay > DUST]
    mean = sum(due) / (when[-1] - when[0] + 1) if when else 0.0
    buffer = mean * h.economy["buffer_months"] * h.ppy / MONTHS
    shared = MONTHS / h.ppy * h.x["host_share"]
    made: dict[str, Series] = {name: [0.0] * (h.n + 1) for name in LINES}
    queue: list[list[float]] = []  # period, instalment, left to pay
    kept, promised, was_late, gone, ead = 0.0, h.x["sponsor_support"], False, None, 0.0
    for t in range(h.n + 1):
        reserve = f["dsra.required"][t] if "dsra.required" in f else 0.0
        taken = h.lost["cash_flow"][t] if "cash_flow" in h.lost else 0.0
        host = (h.economy["host_cash"] * (1 - taken) - h.economy["host_debt"]) * shared
        made["host"][t] = host
        if t <= h.start:
            kept = f["dsra.balance"][t] if "dsra.balance" in f else 0.0
            made["kept"][t], made["outstanding"][t] = kept, f["loan.balance"][t]
            continue
        cash = f["cfads"][t] + host
        there = max(0.0, kept + cash)
        if due[t] > DUST:
            queue.append([t, due[t], due[t]])
        wanted = 0.0 if gone is not None else sum(left for _, _, left in queue)
        own = min(wanted, there)
        support = min(wanted - own, promised)
        promised -= support
        kept = min(buffer + reserve, there - own)
        _clear(queue, own + support)
        age = 0 if gone is not None else _oldest(queue, t) * DAYS / h.ppy
        unpaid = 0.0 if gone is not None else sum(left for _, _, left in queue)
        if gone is None and age >= DEFAULT_DAYS:
            gone, ead = t, f["loan.balance"][t] + unpaid
        late = gone is None and age > LATE_DAYS
        owed = 0.0 if gone is not None else f["loan.balance"][t] + unpaid
        now = {"due": due[t], "cash": cash, "own": own, "support": support, "kept": kept,
               "paid": own + support, "unpaid": unpaid, "late": float(late),
               "defaulted": float(gone is not None), "outstanding": owed, "par30": owed * late,
               "cured": float(was_late and not late and gone is None),
               "short": wanted - own - support}  # fmt: skip
        for name, value in now.items():
            made[name][t] = value
        was_late = late
    results = {f"repay_{name}": series for name, series in made.items()}
    return results | _lost(h, f, ead) | {
        "repay_default": float(gone is not None), "repay_default_period": gone, "repay_ead": ead,
        "repay_cures": sum(made["cured"]), "repay_due_mean": mean,
        "repay_par_periods": next(k for k in range(99) if k * DAYS / h.ppy > LATE_DAYS),
        "repay_default_periods": next(k for k in range(99) if k * DAYS / h.ppy >= DEFAULT_DAYS),
    }  # fmt: skip


def _clear(queue: list[list[float]], paid: float) -> None:
    """Pays the oldest instalments first."""
    for instalment in queue:
        part = min(instalment[2], paid)
        instalment[2] -= part
        paid -= part


def _oldest(queue: list[list[float]], t: int) -> float:
    """Age in periods of the oldest instalment of which more than the hundredth part is missing."""
    ages = [t - due for due, amount, left in queue if left > IGNORED * amount + DUST]
    return max(ages, default=0.0)


def _lost(h: Hand, f: Found, ead: float) -> Found:
    """What is recovered, guaranteed and lost of the exposure."""
    eco, owed = h.economy, sum(f["loan.balance"])
    rate = sum(f["loan.interest"]) / owed if owed > DUST else 0.0
    sold = eco["collateral"] * h.x["host_share"] * (1 - eco["haircut"])
    sold *= math.exp(-math.log1p(rate) * eco["sell_months"] * h.ppy / MONTHS)
    first = min(ead, sold)
    back = first + (ead - first) * h.x["recovery_share"]
    guaranteed = (ead - back) * h.x["guarantee_share"]
    return {"repay_collateral_worth": sold, "repay_collateral": first, "repay_recovered": back,
            "repay_guaranteed": guaranteed, "repay_loss": ead - back - guaranteed}  # fmt: skip
