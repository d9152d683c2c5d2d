"""A revolving fund by plain loops over its groups of loans: the second computation.

A group is what was lent in one period, with its own number, balance and age, and what of it stopped
paying, loan by loan in arrears. Nothing is taken from the model; figures are those of fund.yaml.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TOLERANCE = 1e-9
BUCKETS = ((0, "provision_1_to_30"), (30, "provision_31_to_60"), (60, "provision_61_to_90"),
           (90, "provision_91_to_180"), (180, "provision_over_180"))  # fmt: skip


def whole(x: float) -> int:
    return math.floor(x + TOLERANCE)


def whole_up(x: float) -> int:
    return -whole(-x)


@dataclass
class Group:
    """Loans made in one period."""

    made_in: int
    number: float
    size: float
    balance: float


@dataclass
class Stopped:
    """What stopped paying in one period."""

    since: int
    number: float
    principal: float


@dataclass
class Hand:
    x: Mapping[str, float]
    method: str
    ppy: int
    bad: Sequence[float]
    groups: list[Group] = field(default_factory=list)
    stopped: list[Stopped] = field(default_factory=list)
    rows: dict[str, list[float | None]] = field(default_factory=dict)

    def note(self, **values: float | None) -> None:
        for name, value in values.items():
            self.rows.setdefault(name, []).append(value)

    def last(self, name: str) -> float:
        row = self.rows.get(name)
        return float(row[-1] or 0) if row else 0.0

    def months(self, months: float) -> int:
        return whole_up(months * self.ppy / 12)

    def days(self, periods: int) -> float:
        return periods * 365 / self.ppy

    def a_period(self, share: float) -> float:
        return float(1 - (1 - share) ** (1 / self.ppy))


def fund(x: Mapping[str, float], method: str, ppy: int, bad: Sequence[float]) -> dict[str, Any]:
    """All lines and results by hand. bad: 1 in the periods of a bad year, period 0 first."""
    hand = Hand(x, method, ppy, bad)
    new = again = cash = savings = debt = 0.0
    for t in range(len(bad)):
        index = (1 + x["inflation"]) ** (t // ppy)
        got = _collect(hand, t)
        late = _late(hand, t)
        size = x["loan_size"] * (1 + x["loan_growth"]) ** (t // ppy)
        # the queue
        joined = x["joining_per_year"] / ppy if t else x["waiting_members"]
        new, again = new + joined, again + x["return_share"] * got["finished"]
        # what comes in and goes out before lending
        deposits = withdrawn = on_savings = on_debt = repaid = running = aid = 0.0
        if t:
            deposits = x["savings_deposit"] * 12 / ppy * hand.last("loans_paying")
            withdrawn, on_savings = (
                savings * x[k] / ppy for k in ("savings_withdrawn", "savings_rate")
            )
            tenor = hand.months(x["soft_loan_tenor_months"])
            grace = min(tenor - 1, hand.months(x["soft_loan_grace_months"]))
            on_debt = debt * x["soft_loan_rate"] / ppy
            repaid = x["soft_loan"] / (tenor - grace) if grace < t <= tenor else 0.0
            number = hand.last("loans_outstanding")
            officers = whole_up(number / x["caseload"])
            running = (x["fixed_cost"] + officers * x["officer_cost"]) * 12 / ppy * index
            running += number * x["cost_per_loan"] / ppy * index
            running += hand.last("gross_loans") * x["cost_of_portfolio"] / ppy
            aid = x["operating_grant"] * 12 / ppy
            hand.note(officers=officers)
        else:
            hand.note(officers=0)
        paid_in = x["grant"] + x["share_capital"] if t == 0 else 0.0
        borrowed = x["soft_loan"] if t == 0 else 0.0
        idle = max(0.0, cash) * x["idle_rate"] / ppy
        savings += deposits - withdrawn
        in_hand = cash + paid_in + borrowed + deposits + got["interest"] + got["principal"]
        in_hand += (
            late["recovered"] + idle + aid - running - on_debt - repaid - on_savings - withdrawn
        )
        debt += borrowed - repaid
        # whole loans from what is left
        kept = x["reserve"] + x["reserve_of_savings"] * savings
        one = size * (1 - x["upfront_fee"]) + x["cost_per_loan_made"] * index
        able = max(0, whole((in_hand - kept) / one))
        wanted = whole(new) + whole(again)
        made = min(able, wanted)
        first = min(made, whole(new))
        owed = sum(g.balance for g in hand.groups)
        new, again = new - first, again - (made - first)
        if made:
            hand.groups.append(Group(t, made, size, made * size))
        fees, making = made * size * x["upfront_fee"], made * x["cost_per_loan_made"] * index
        cash = in_hand - made * size + fees - making
        owed += made * size
        paying = sum(g.number for g in hand.groups)
        gross = owed + late["arrears"]
        provision_before = hand.last("provision")
        expense = late["provision"] - provision_before + late["written_off"]
        stuck = able < 1 and wanted >= 1 and owed <= 1e-6
        worth = cash + gross - late["provision"] - debt - savings
        income = got["interest"] + fees + idle
        cost = running + making + on_debt + on_savings + expense - late["recovered"]
        kind = x["in_kind_cost"] * 12 / ppy * index if t else 0.0
        before, old_debt = hand.last("net_worth"), hand.last("soft_loan_balance")
        dearer = x["market_rate"] - x["soft_loan_rate"]
        profit = income + aid - cost
        hand.note(
            loans_made=made, lent=made * size, interest=got["interest"], principal=got["principal"],
            lent_so_far=hand.last("lent_so_far") + made * size,
            fees=fees, stopped=got["stopped"], stopped_number=got["stopped_number"],
            loans_finished=got["finished"], loans_paying=paying, balance_paying=owed,
            gross_loans=gross, gross_loans_before=hand.last("gross_loans"),
            loans_outstanding=paying + late["number"], arrears=late["arrears"],
            arrears_number=late["number"], par30_amount=late["par30"],
            par30=late["par30"] / gross if abs(gross) > 1e-6 else None,
            written_off=late["written_off"], defaulted=late["defaulted"],
            recovered=late["recovered"], provision=late["provision"], provision_expense=expense,
            first_loans=first, waiting_new=new, waiting_again=again, in_turn=wanted,
            members_joined=joined, members_returned=x["return_share"] * got["finished"],
            running_cost=running, making_cost=making, operating_cost=running + making,
            operating_grant_received=aid, savings=savings, savings_deposits=deposits,
            savings_withdrawals=withdrawn, savings_interest=on_savings, soft_loan_balance=debt,
            soft_loan_interest=on_debt, soft_loan_principal=repaid, cash_in_hand=in_hand,
            cash_kept=kept, cash_per_loan=one, affordable=able, cash=cash, idle_interest=idle,
            exhausted=1.0 if in_hand < -1e-6 or stuck else 0.0, net_worth=worth, income=income,
            total_cost=cost, profit=profit, real_value=worth / (1 + x["inflation"]) ** (t / ppy),
            financial_cost=on_debt + on_savings, loan_size_now=size, in_kind=kind,
            subsidy_on_funds=old_debt * max(0.0, dearer) / ppy,
            inflation_adjustment=max(0.0, before) * x["inflation"] / ppy,
            subsidy=old_debt * dearer / ppy + before * x["market_rate"] / ppy - profit + aid + kind,
            first_loans_in_time=first if t <= x["target_years"] * ppy + TOLERANCE else 0,
        )  # fmt: skip
    return hand.rows | _results(hand)


def _collect(hand: Hand, t: int) -> dict[str, float]:
    """What each group pays in period t; what stops leaves it."""
    x, ppy = hand.x, hand.ppy
    rate, tenor = x["rate"] / ppy, hand.months(x["tenor_months"])
    usual = (x["default_per_instalment"] if "default_per_instalment" in x
             else hand.a_period(x["default_per_year"]))  # fmt: skip
    share = hand.a_period(x["bad_year_default"]) if hand.bad[t] else usual
    sums = dict.fromkeys(("interest", "principal", "stopped", "stopped_number", "finished"), 0.0)
    for group in list(hand.groups):
        left = tenor - (t - group.made_in) + 1  # instalments left, this one too
        gone, lost = share * group.number, share * group.balance
        group.number, group.balance = group.number - gone, group.balance - lost
        if hand.method == "equal_instalments":
            interest = group.balance * rate
            factor = (1 - (1 + rate) ** -left) / rate if rate else left
            principal = group.balance / factor - interest
        else:
            principal = group.balance / left
            flat = hand.method == "flat"
            interest = rate * (group.number * group.size if flat else group.balance)
        group.balance -= principal
        found = {"interest": interest, "principal": principal, "stopped": lost,
                 "stopped_number": gone}  # fmt: skip
        if left == 1:
            found["finished"] = group.number
            hand.groups.remove(group)
        for name, value in found.items():
            sums[name] += value
    if sums["stopped"] or sums["stopped_number"]:
        hand.stopped.append(Stopped(t, sums["stopped_number"], sums["stopped"]))
    return sums


def _late(hand: Hand, t: int) -> dict[str, float]:
    """Arrears by age; days late = periods x 365 / periods a year."""
    x = hand.x
    end = whole_up(max(90, x["write_off_days"]) * hand.ppy / 365)
    wait = hand.months(x["recovery_months"])
    names = ("arrears", "number", "par30", "written_off", "defaulted", "recovered", "provision")
    sums = dict.fromkeys(names, 0.0)
    for one in hand.stopped:
        age = t - one.since
        if age < end:
            sums["arrears"] += one.principal
            sums["number"] += one.number
            days = hand.days(age)
            sums["par30"] += one.principal if days > 30 else 0.0
            scale = [x[name] for over, name in BUCKETS if days > over]
            sums["provision"] += one.principal * (scale[-1] if scale else 0.0)
        sums["written_off"] += one.principal if age == end else 0.0
        sums["recovered"] += x["recovery"] * one.principal if age == end + wait else 0.0
        sums["defaulted"] += one.principal if age == whole_up(90 * hand.ppy / 365) else 0.0
    return sums


def _results(hand: Hand) -> dict[str, Any]:
    x, rows = hand.x, hand.rows
    total = {name: math.fsum(v or 0 for v in row) for name, row in rows.items()}
    capital = x["grant"] + x["share_capital"]
    ended = [t for t, flag in enumerate(rows["exhausted"]) if flag]
    earned = total["interest"] + total["fees"]
    adjusted = total["total_cost"] + sum(
        total[k] for k in ("subsidy_on_funds", "inflation_adjustment", "in_kind")
    )
    worst = [v for v in rows["par30"] if v is not None]
    sdi = over(total["subsidy"], earned)
    yields = over(earned * hand.ppy, total["gross_loans_before"])
    ends = rows["real_value"][-1] or 0.0
    return {
        "exhausted_period": ended[0] if ended else None, "survives": 0 if ended else 1,
        "cash_lowest": min(v or 0.0 for v in rows["cash_in_hand"]), "capital": capital,
        "loans_made_total": total["loans_made"], "borrowers_reached": total["first_loans"],
        "borrowers_in_time": total["first_loans_in_time"], "lent_total": total["lent"],
        "capital_turns": over(total["lent"], capital + x["soft_loan"]),
        "real_value_end": ends, "real_value_share": over(ends, capital),
        "par30_highest": max(worst) if worst else None, "written_off_total": total["written_off"],
        "oss": over(total["income"], total["total_cost"]), "fss": over(total["income"], adjusted),
        "sdi": sdi, "portfolio_yield": yields,
        "yield_without_subsidy": (yields or 0.0) * (1 + (sdi or 0.0)),
        "interest_over_operating_cost": over(total["interest"], total["operating_cost"]),
        "interest_covers_cost": float(total["interest"] >= total["operating_cost"] - 1e-6),
        "interest_over_cost": _trailing(rows["interest"], rows["operating_cost"], hand.ppy),
        **_one_loan(hand),
    }  # fmt: skip


def over(a: float, b: float) -> float | None:
    return a / b if abs(b) > 1e-6 else None


def _trailing(above: Sequence[Any], below: Sequence[Any], ppy: int) -> list[float | None]:
    parts = [slice(max(0, t - ppy + 1), t + 1) for t in range(len(above))]
    return [over(sum(above[part]), sum(below[part])) for part in parts]


def _one_loan(hand: Hand) -> dict[str, Any]:
    """The rate at which what a borrower gets is worth what is paid, by halving."""
    x, ppy = hand.x, hand.ppy
    tenor, rate, size = hand.months(x["tenor_months"]), x["rate"] / ppy, x["loan_size"]
    owed, flows = size, [size * (1 - x["upfront_fee"])]
    for left in range(tenor, 0, -1):
        interest = rate * (size if hand.method == "flat" else owed)
        principal = owed / left
        if hand.method == "equal_instalments" and rate:
            principal = owed * rate / ((1 + rate) ** left - 1)
        flows.append(-interest - principal)
        owed -= principal
    flows = (flows + [0.0] * len(hand.bad))[: len(hand.bad)]
    low, high = -0.5, 5.0
    for _ in range(200):
        middle = (low + high) / 2
        worth = math.fsum(flow / (1 + middle) ** t for t, flow in enumerate(flows))
        low, high = (middle, high) if worth < 0 else (low, middle)
    apr = low * ppy
    return {
        "borrower_flow": flows, "eir": (1 + low) ** ppy - 1, "apr": apr,
        "above_ceiling": float(apr > x["legal_ceiling"] + TOLERANCE),
    }  # fmt: skip
