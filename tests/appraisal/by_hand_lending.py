"""Deals on a plant, worked out a second time in plain loops (by_hand.py).

A deal is a list of payments between parties, as agreed and as expected. What each scheme agrees
stands in by_hand_schemes.py; here is how loans run, losses fall, and what it comes to for each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

MONTHS = 12
Found = dict[str, Any]
Series = list[float]
PUT_IN = ("disbursement", "equity")
NO_CREDIT = ("service", "subsidy", "guarantee call", "recovery")


@dataclass
class Bargain:
    """The terms x, the words chosen, a timeline of n periods (a_year instalments a year), and the
    plant's cash by period. found: figures and series by the program's names."""

    x: Mapping[str, float]
    words: Mapping[str, str]
    n: int
    ppy: int
    a_year: int
    price: Sequence[float]  # invoiced
    outlay: Sequence[float]  # paid, with VAT
    receipts: Sequence[float]
    upkeep: Sequence[float]
    salvage: Sequence[float]
    tax: Sequence[float]
    grants: Sequence[float]
    host: float  # a period
    found: Found = field(default_factory=dict)
    flows: list[tuple[str, str, str, Series, Series]] = field(default_factory=list)
    costs: dict[tuple[str, str], Series] = field(default_factory=dict)
    moved: list[tuple[str, Series, bool]] = field(default_factory=list)  # party, flow, the price
    lost: dict[str, Series] = field(default_factory=dict)
    still: Series = field(default_factory=list)  # who pays of one
    due: Series = field(default_factory=list)  # 1 in periods with instalments of the user

    def __post_init__(self) -> None:
        self.times = range(self.n + 1)
        self.cost, self.granted = sum(self.price), sum(self.grants)
        self.drawn = [p / self.cost if self.cost else 0.0 for p in self.price]
        self.found["drawn_share"] = self.drawn

    def periods(self, months: float) -> int:
        return math.ceil(months * self.ppy / MONTHS - 1e-9)

    def once(self, amount: float, at: int = 0) -> Series:
        return [amount * (t == at) for t in self.times]

    def spread(self, amount: float) -> Series:
        """An amount as the plant is invoiced."""
        return [amount * share for share in self.drawn]

    def pay(
        self, payer: str, payee: str, kind: str, name: str, flow: Sequence[float],
        lost: Sequence[float] | None = None, sure: bool = False,
    ) -> None:  # fmt: skip
        """A payment. lost: paid only because others do not pay. sure: whoever pays or not."""
        agreed = [0.0] * (self.n + 1) if lost is not None else list(flow)
        likely = [f if sure else f * p for f, p in zip(agreed, self.still, strict=True)]
        likely = list(lost) if lost is not None else likely
        self.flows.append((payer, payee, kind, agreed, likely))
        self.found |= {name: agreed, f"{name}_expected": likely}

    def take_over(self, party: str, name: str, flow: Sequence[float], price: bool) -> None:
        """A party pays for the plant in the user's place."""
        self.moved.append((party, list(flow), price))
        self.found[name] = list(flow)

    def spend(self, party: str, group: str, name: str, flow: Sequence[float]) -> None:
        self.costs[party, group] = list(flow)
        self.found[name] = list(flow)

    def stop(self, first: int) -> None:
        """Who still pays: each year a share of those who do stops, from the first instalment."""
        if not self.still:
            left = 1 - self.x["default_rate"]
            self.still = [left ** (max(0, t - first) / self.ppy) for t in self.times]
            self.found["paying"] = self.still


@dataclass
class Lent:
    amount: float
    drawn: Series
    interest: Series
    principal: Series
    balance: Series
    due: Series
    last: int

    @property
    def paid(self) -> Series:
        return [a + b for a, b in zip(self.interest, self.principal, strict=True)]


def annuity(owed: float, rate: float, count: float) -> float:
    return owed * rate / (1 - (1 + rate) ** -count) if rate > 1e-12 else owed / count


def lend(
    b: Bargain, name: str, lender: str, borrower: str, amount: float, rate: float, *,
    months: float | None = None, grace: float = 0, count: int | None = None,
    interest: str = "reducing", in_kind: bool = False,
) -> Lent:  # fmt: skip
    """A loan, instalment by instalment, each in the period in which its day falls."""
    first = min(b.n - 1, b.periods(grace))
    end = first + math.ceil(count * b.ppy / b.a_year - 1e-9) if count else b.periods(months or 0)
    last = max(first + 1, min(b.n, end))
    number = count or max(1, math.floor((last - first) * b.a_year / b.ppy + 1e-9))
    dates = [
        min(last, first + math.ceil(j * b.ppy / b.a_year - 1e-9)) for j in range(1, number + 1)
    ]
    owed, balance, paid, charged, so_far = 0.0, [], [], [], []
    for t in b.times:
        now, left = dates.count(t), max(1, sum(date >= t for date in dates))
        before, due, fee = owed, first < t <= last, 0.0
        if interest == "reducing":
            level = annuity(before, rate / b.a_year, left)
            for _ in range(now):
                fee += owed * rate / b.a_year
                owed -= level - owed * rate / b.a_year
            if not due:
                fee = before * rate / b.ppy
        else:
            years = number / b.a_year if interest == "year" else 1
            fee = amount * rate * years * now / number
            owed -= before * now / left
        if t >= last:
            owed = 0.0
        paid.append(before - owed)
        charged.append(fee)
        owed += amount * b.drawn[t]
        balance.append(owed)
        so_far.append(float(number - sum(date > t for date in dates)) if t < last else number)
    in_time = [float(first < t <= last) for t in b.times]
    if borrower == "user":
        b.due = b.due or in_time
    b.stop(first)
    kinds = ("rent", "rent") if in_kind else ("principal", "interest")
    if not in_kind:
        b.pay(lender, borrower, "disbursement", f"{name}_lent", b.spread(amount),
              sure=borrower != "user")  # fmt: skip
    for kind, what, flow in zip(kinds, ("principal", "interest"), (paid, charged), strict=True):
        b.pay(borrower, lender, kind, f"{name}_{what}_paid", flow, sure=borrower != "user")
    b.found |= {
        f"{name}_amount": amount, f"{name}_grace_periods": first, f"{name}_tenor_periods": last,
        f"{name}_instalments": number, f"{name}_due": in_time, f"{name}_balance": balance,
        f"{name}_principal": paid, f"{name}_interest": charged,
        f"{name}_drawdown": b.spread(amount), f"{name}_instalments_so_far": so_far,
    }  # fmt: skip
    return Lent(amount, b.spread(amount), charged, paid, balance, in_time, last)


def lose(
    b: Bargain, lent: Lent, lender: str, bearer: str = "", paid: str = "",
    borne: float = 0.0, limit: float = math.inf,
) -> None:  # fmt: skip
    """Who stops paying owes the balance. bearer: pays the lender this share of it (named paid), at
    most a limit in all. What is got back later goes to both as they bore it."""
    owing = [0.0] * (b.n + 1)
    for t in range(1, b.n + 1):
        if lent.due[t]:
            owing[t] = lent.balance[t - 1] * (b.still[t - 1] - b.still[t])
    b.lost[lender] = owing
    lag = b.periods(b.x["recovery_months"])
    back = [owing[t - lag] * b.x["recovery"] if t >= lag else 0.0 for t in b.times]
    b.found |= {"loan_lost": owing, "loan_lost_recovery_periods": lag, "loan_lost_back": back}
    part = 0.0
    if bearer:
        called, room = [], limit
        for loss in owing:
            called.append(min(loss * borne, room))
            room -= called[-1]
        part = sum(called) / sum(owing) if sum(owing) > 1e-6 else 0.0
        b.pay(bearer, lender, "guarantee call", paid, [], lost=called)
        b.pay("user", bearer, "recovery", f"recovered_by_{bearer}", [],
              lost=[x * part for x in back])  # fmt: skip
        b.found |= {f"{bearer}_bears": part, f"{paid}_called": called,
                    f"{paid}_so_far": list(accumulate(called)),
                    f"{paid}_lost_so_far": list(accumulate(owing))}  # fmt: skip
    b.pay("user", lender, "recovery", f"recovered_by_{lender}", [],
          lost=[x * (1 - part) for x in back])  # fmt: skip


def keep(b: Bargain, party: str, lent: Lent) -> None:
    """What it costs to make a loan and to have it on the books, if there is one."""
    monthly = b.x["cost_per_month"] * MONTHS / b.ppy
    cost = [b.x["cost_per_loan"] * (t == 0) + monthly * lent.due[t] for t in b.times]
    b.spend(party, "fixed", f"{party}_loan_cost", [c * (lent.amount > 1e-6) for c in cost])


# -- what it comes to ---------------------------------------------------------------------------


def worth(flow: Sequence[float], rate: float, ppy: int) -> float:
    return sum(x / math.pow(1 + rate, t / ppy) for t, x in enumerate(flow))


def outcome(
    b: Bargain, parties: Sequence[tuple[str, str]], rates: Mapping[str, float], irr: Found
) -> Found:
    """All figures of a deal on the project's timeline. parties: with whose money, if any; irr: the
    program's internal rates, which the test proves."""
    found, times = b.found, b.times
    plant = [b.receipts[t] - b.upkeep[t] + b.salvage[t] - b.tax[t] - b.outlay[t] + b.grants[t]
             for t in times]  # fmt: skip
    spared = [sum(flow[t] for _, flow, _ in b.moved) for t in times]
    cash: dict[str, Series] = {}
    likely: dict[str, Series] = {}
    for name in ("user", *(name for name, _ in parties), "government"):
        own = [0.0] * (b.n + 1)
        paid = [flow for (who, _), flow in b.costs.items() if who == name]
        for flow in (*paid, *(flow for who, flow, _ in b.moved if who == name)):
            own = [x - y for x, y in zip(own, flow, strict=True)]
        sure = [0.0] * (b.n + 1)
        if name == "user":
            own, sure = spared, plant
        agreed, hoped = _net(b, name, 0), _net(b, name, 1)
        cash[name] = [agreed[t] + own[t] + sure[t] for t in times]
        likely[name] = [hoped[t] + own[t] * b.still[t] + sure[t] for t in times]
        found |= {f"{name}_own": [x + y for x, y in zip(own, sure, strict=True)],
                  f"{name}_cash": cash[name], f"{name}_cash_expected": likely[name]}  # fmt: skip
    _user(b, cash["user"], rates)
    for name, money in parties:
        _financier(b, name, cash[name], likely[name], rates.get(money), irr)
    if b.lost:
        found["loss"] = sum(sum(x) for x in b.lost.values())
    public = [b.grants[t] - likely["government"][t] for t in times]
    found["public_money_flow"] = public
    if "public" in rates:
        found["public_money_npv"] = worth(public, rates["public"], b.ppy)
    return found


def _net(b: Bargain, name: str, view: int) -> Series:
    """What a party gets from the others less what it pays them; view: agreed (0) or expected."""
    made = [0.0] * (b.n + 1)
    for payer, payee, _, *flows in b.flows:
        sign = (payee == name) - (payer == name)
        made = [x + sign * y for x, y in zip(made, flows[view], strict=True)]
    return made


def _user(b: Bargain, cash: Series, rates: Mapping[str, float]) -> None:
    found, times = b.found, b.times
    paid, saved = [0.0] * (b.n + 1), [0.0] * (b.n + 1)
    for payer, payee, kind, flow, _ in b.flows:
        for t in times:
            if payer == "user" and kind in ("principal", "interest", "fee", "rent", "service",
                                            "distribution"):  # fmt: skip
                paid[t] += flow[t] * b.due[t]
            if payee == "user" and kind == "service":
                paid[t] -= flow[t] * b.due[t]
    for t in times:
        kept = sum(flow[t] for _, flow, price in b.moved if not price)
        saved[t] = (b.receipts[t] - b.upkeep[t] - b.tax[t] + kept) * b.due[t]
    months = sum(b.due) * MONTHS / b.ppy
    some = max(months, MONTHS / b.ppy)
    short = [float(t > 0 and x < -1e-6) for t, x in enumerate(cash)]
    both = [float(t > 0 and x + b.host < -1e-6) for t, x in enumerate(cash)]
    so_far = list(accumulate(cash))
    found |= {
        "user_pays": paid, "user_saves": saved, "months_due": months, "user_cumulative": so_far,
        "instalment_per_month": sum(paid) / some, "saving_per_month": sum(saved) / some,
        "instalment_to_saving": sum(paid) / sum(saved) if sum(saved) > 1e-6 else None,
        "months_negative": sum(short) * MONTHS / b.ppy, "months_negative_flag": short,
        "months_negative_with_host": sum(both) * MONTHS / b.ppy,
        "months_negative_with_host_flag": both, "valley_left": max(0.0, -min(so_far)),
    }  # fmt: skip
    if "equity" in rates:
        found["user_npv"] = worth(cash, rates["equity"], b.ppy)


def under_scheme(
    b: Bargain, own: Series, start: int, policy: Mapping[str, float] | None, irr: Found
) -> None:
    """The project as the policy sees it under the scheme. own: committed sources other than grants
    as they come; start: period of commissioning; policy: its limits, where the project asks for a
    loan."""
    found = b.found
    lent = any(f[1] == "user" and f[2] in PUT_IN for f in b.flows)
    put = sum(sum(f[3]) for f in b.flows if f[1] == "user" and f[2] in PUT_IN)
    if not lent:
        put = sum(sum(flow) for _, flow, price in b.moved if price)
    there = list(accumulate(own))
    short = [max(0.0, -(x + y)) for x, y in zip(found["user_cumulative"], there, strict=True)]
    all_falls = [t for t in b.times if b.due[t]]
    falls = [t for t in all_falls if t > start]
    span = min(b.ppy, max(1, len(falls)))
    cover: list[float | None] = [None] * (b.n + 1)
    for t in falls[span - 1 :]:
        paid, saved = (sum(found[key][max(0, t - span + 1) : t + 1])
                       for key in ("user_pays", "user_saves"))  # fmt: skip
        cover[t] = saved / paid if paid > 1e-6 else None
    known = [x for x in cover if x is not None]
    least = min(known) if known else None
    found |= {
        "user_irr": irr["user_irr"], "put_in": put, "committed_own": own, "user_gap": short,
        "committed_own_so_far": there, "user_gap_depth": max(short), "user_dscr_periods": span,
        "user_due": [float(t in falls) for t in b.times], "user_dscr_min": least,
        "user_due_so_far": list(accumulate(float(t in falls) for t in b.times)),
        "user_dscr_counts": [float(t in falls[span - 1 :]) for t in b.times],
        "user_paid_so_far": list(accumulate(found["user_pays"])), "user_dscr": cover,
        "user_saved_so_far": list(accumulate(found["user_saves"])),
    }  # fmt: skip
    if policy is None:
        return
    at, tenor = policy["equity_irr_min"], max(all_falls, default=0) * MONTHS / b.ppy
    base = max(0.0, b.cost - b.granted)
    gain = worth(found["user_cash"], at, b.ppy)
    found |= {
        "discount_factor_policy": [(1 + at) ** (-t / b.ppy) for t in b.times],
        "user_npv_policy": gain, "user_tenor": tenor,
        "user_due_period": [t * b.due[t] for t in b.times],
        "met_dscr_min": float((least or 0.0) >= policy["dscr_min"] - 1e-9),
        "met_equity_irr_min": float(gain >= -1e-6),
        "met_tenor_max": float(tenor <= policy["tenor_max"] * MONTHS + 1e-9),
    }  # fmt: skip
    if any(f[1] == "user" and f[2] == "disbursement" for f in b.flows):
        found |= {"user_loan_share": put / base if base > 1e-6 else None,
                  "met_loan_share_max": float(put <= policy["loan_share_max"] * base + 1e-6)
                  }  # fmt: skip


def _financier(
    b: Bargain, name: str, agreed: Series, likely: Series, rate: float | None, irr: Found
) -> None:
    found = b.found
    borne = sum(b.lost.get(name, ()))
    for payer, payee, kind, _, flow in b.flows:
        if kind in ("guarantee call", "recovery"):
            borne += sum(flow) * ((payer == name) - (payee == name))
    if b.lost:
        found[f"{name}_loss"] = borne
    npv = None if rate is None else worth(likely, rate, b.ppy)
    if npv is not None:
        found[f"{name}_npv"] = npv
    bought = [flow for who, flow, price in b.moved if price and who == name]
    if not bought and not any(f[0] == name and f[2] in PUT_IN for f in b.flows):
        return
    beside = [b.costs.get((name, g), [0.0] * (b.n + 1)) for g in ("fixed", "running")]
    found[f"{name}_gross"] = [a + x + y for a, x, y in zip(agreed, *beside, strict=True)]
    after = found[f"{name}_yield_expected"] = irr[f"{name}_yield_expected"]
    found[f"{name}_yield"] = irr[f"{name}_yield"]
    if rate is None or npv is None:
        return
    size = sum(sum(f[3]) for f in b.flows if f[1] == "user" and f[2] in PUT_IN)
    if not any(f[1] == "user" and f[2] in PUT_IN for f in b.flows):
        size = sum(sum(flow) for _, flow, price in b.moved if price)
    fixed = worth([x * p for x, p in zip(beside[0], b.still, strict=True)], rate, b.ppy)
    found |= {
        f"{name}_margin": None if after is None else after - rate,
        f"{name}_size": size, f"{name}_fixed_npv": fixed,
        f"{name}_break_even_size": size * fixed / (npv + fixed) if npv + fixed > 1e-6 else None,
    }  # fmt: skip


def true_cost(b: Bargain, irr: Found) -> Found:
    """What the credit costs the borrower."""
    found, times = b.found, b.times
    flow, plain = [0.0] * (b.n + 1), [0.0] * (b.n + 1)
    for payer, payee, kind, paid, _ in b.flows:
        sign = (payee == "user") - (payer == "user")
        for t in times:
            flow[t] += sign * paid[t] * (kind not in NO_CREDIT)
            plain[t] += sign * paid[t] * (kind in ("disbursement", "principal", "interest", "rent"))
    for _, moved, price in b.moved:
        for t in times:
            flow[t] += moved[t] * price
    got = [max(0.0, x) if b.price[t] > 0 else 0.0 for t, x in enumerate(flow)]
    advanced, cost, eir = sum(got), -sum(flow), irr["eir"]
    n = max((t for t in times if b.due[t]), default=0)
    found |= {
        "credit_flow": flow, "credit_plain": plain, "eir": eir, "apr": _nominal(eir, b.ppy),
        "credit_advanced": got, "total_cost": cost,
        "cost_share": cost / advanced if advanced > 1e-6 else None,
        "instalment_period": [t * b.due[t] for t in times], "credit_periods": n,
        "flat_rate": _flat(eir, n, b.ppy),
    }  # fmt: skip
    if any(f[1] == "user" and f[2] == "disbursement" for f in b.flows):
        found |= {"plain_eir": irr["plain_eir"],
                  "reducing_rate": _nominal(irr["plain_eir"], b.ppy)}  # fmt: skip
    if "rate_ceiling" in b.x:
        found["over_ceiling"] = float((found["apr"] or 0.0) > b.x["rate_ceiling"] + 1e-9)
    return found


def _flat(effective: float | None, n: int, a_year: int) -> float | None:
    """Interest a year over the principal of a loan in n equal instalments of this rate."""
    if effective is None:
        return None
    i = (1 + effective) ** (1 / a_year) - 1
    each = i / (1 - (1 + i) ** -n) if abs(i) > 1e-12 else 1 / n
    return (each * n - 1) / n * a_year


def _nominal(effective: float | None, a_year: int) -> float | None:
    return None if effective is None else a_year * ((1 + effective) ** (1 / a_year) - 1)
