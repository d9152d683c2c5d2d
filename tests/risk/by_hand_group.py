"""A group worked out a second time in plain loops: queues of instalments, the oldest paid first."""

from __future__ import annotations

from typing import Any

DAYS, LATE, DEFAULT, DUST = 365, 30, 90, 1e-6
Queue = list[list[float]]  # period, instalment, left to pay


def group_by_hand(
    cash: list[list[float]], due: list[float], balance: list[float], ppy: int,
    cover: float, buffer_months: float, recovery: float,
) -> dict[str, Any]:  # fmt: skip
    """cash: a member -> periods. due, balance: of each member. Lines by member (from 1) and name,
    results of the group."""
    n, size = len(due) - 1, len(cash)
    limit = sum(due) / n * buffer_months * ppy / 12
    queues: list[Queue] = [[] for _ in cash]
    kept, gone, lost = [0.0] * size, [0] * size, [0.0] * size
    late, cures = [False] * size, [0] * size
    made: dict[str, Any] = {
        f"m{k}.repay_{name}": [0.0] * (n + 1)
        for k in range(1, size + 1)
        for name in ("paid", "kept", "late", "defaulted", "unpaid", "outstanding")
    }
    for k in range(size):
        made[f"m{k + 1}.repay_outstanding"][0] = balance[0]
    moved = [0.0] * (n + 1)
    for t in range(1, n + 1):
        own, spare, lack = [0.0] * size, [0.0] * size, [0.0] * size
        for k, queue in enumerate(queues):
            if due[t] > DUST:
                queue.append([t, due[t], due[t]])
            there = max(0.0, kept[k] + cash[k][t])
            wanted = 0.0 if gone[k] else sum(left for _, _, left in queue)
            own[k] = min(there, wanted)
            spare[k], lack[k] = there - own[k], wanted - own[k]
        offers = [0.0 if gone[k] else min(spare[k], cover * due[t]) for k in range(size)]
        help_ = min(sum(offers), sum(lack))
        moved[t] = help_
        for k, queue in enumerate(queues):
            given = help_ * offers[k] / sum(offers) if help_ > DUST else 0.0
            taken = help_ * lack[k] / sum(lack) if help_ > DUST else 0.0
            kept[k] = min(limit, spare[k] - given)
            _pay(queue, own[k] + taken)
            ages = [t - since for since, whole, left in queue if left > 0.01 * whole + DUST]
            days = max(ages, default=0) * DAYS / ppy
            unpaid = sum(left for _, _, left in queue)
            before = gone[k]
            if not before and days >= DEFAULT:
                gone[k], lost[k] = t, balance[t] + unpaid
            was, late[k] = late[k], not gone[k] and days > LATE
            cures[k] += was and not late[k] and not gone[k]
            now = {"paid": own[k] + taken, "kept": kept[k], "late": late[k],
                   "defaulted": bool(gone[k]), "unpaid": 0.0 if before else unpaid,
                   "outstanding": 0.0 if gone[k] else balance[t] + unpaid}  # fmt: skip
            for name, value in now.items():
                made[f"m{k + 1}.repay_{name}"][t] = float(value)
    outstanding = [sum(made[f"m{k}.repay_outstanding"][t] for k in range(1, size + 1))
                   for t in range(n + 1)]  # fmt: skip
    par = [sum(made[f"m{k}.repay_outstanding"][t] * made[f"m{k}.repay_late"][t]
               for k in range(1, size + 1)) for t in range(n + 1)]  # fmt: skip
    return made | {f"m{k + 1}.repay_cures": cures[k] for k in range(size)} | {
        "helped": moved, "group_default": sum(bool(g) for g in gone), "group_ead": sum(lost),
        "group_loss": sum(lost) * (1 - recovery), "group_outstanding": outstanding,
        "group_par30": par,
    } | {f"m{k + 1}.repay_default_period": gone[k] or None for k in range(size)}  # fmt: skip


def _pay(queue: Queue, money: float) -> None:
    for instalment in queue:
        part = min(instalment[2], money)
        instalment[2] -= part
        money -= part
