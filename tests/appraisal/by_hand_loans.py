"""The loans of a project, worked out a second time in plain loops (by_hand.py)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from tests.appraisal.by_hand_calendar import season_share

if TYPE_CHECKING:
    from tests.appraisal.by_hand_plants import Hand, Series

NAMES = (
    "drawn", "interest", "principal", "balance", "fee", "covered", "service", "prepaid", "reserved",
)  # fmt: skip


@dataclass
class HandLoan:
    """A loan's figures (its rate with its reference), choices, steps of its rate (year, rate),
    weights by calendar month."""

    x: Mapping[str, float]
    words: Mapping[str, str]
    steps: Sequence[tuple[float, float]]
    weights: Sequence[float]
    size: float | None = None  # as the program found it, where it did; the test proves it
    service_share: float = 0.0  # of a sculpted loan, likewise
    cfads: Sequence[float] = ()
    name: str = "loan"

    @property
    def months(self) -> float:
        """From closing to the last instalment."""
        before = self.words["grace"] == "before_tenor"
        return self.x["tenor_months"] + before * self.x["grace_months"]

    def per_period(self, h: Hand, t: int) -> float:
        rate, year = self.x["rate"], math.ceil(t / h.ppy)
        for start, later in self.steps:
            if year >= start - 1e-9:
                rate = later
        return _of_a_period(h, rate)


def _of_a_period(h: Hand, rate: float) -> float:
    if h.words["loan_rate_basis"] == "effective":
        return float((1 + rate) ** (1 / h.ppy) - 1)
    return rate / h.ppy


def lend(h: Hand, capital: float, granted: float, spent: Series) -> dict[str, Series]:
    """All loans together by period; "cost": what is lent for cost, in period 0; and the account of
    each loan's interest reserve, by its name in the model."""
    made = {name: [0.0] * (h.n + 1) for name in (*NAMES, "cost")}
    base = max(0.0, capital - granted)
    amounts: list[float] = []
    for loan in h.loans:
        wanted = loan.x["share"] * base if "share" in loan.x else loan.x["amount"]
        wanted = wanted if loan.size is None else min(loan.size, wanted)
        amounts.append(min(wanted, max(0.0, base - sum(amounts))))
    so_far = [capital * part for part in accumulate(spent)]
    for k, loan in enumerate(h.loans):
        first = capital - sum(amounts) + sum(amounts[:k])
        cost = [amounts[k] * part for part in spent]
        if h.words["drawdown"] == "equity_first":
            needed = [min(amounts[k], max(0.0, money - first)) for money in so_far]
            cost = [now - before for now, before in zip(needed, [0.0, *needed], strict=False)]
        share = amounts[k] / base if base > 1e-6 else 0.0
        found = _one(h, loan, cost, share)
        made[f"{loan.name}.lent"] = [sum(found["drawn"])]
        for name, series in found.items():
            made[name] = [a + b for a, b in zip(made[name], series, strict=True)]
            if name == "reserved" and loan.words["interest_during_construction"] == "prefunded":
                made[f"{loan.name}.interest_reserve_balance"] = list(accumulate(series))
    made["cost"][0] = sum(amounts)
    return made


def _one(h: Hand, loan: HandLoan, cost: Series, share: float) -> dict[str, Series]:
    """Where interest is prefunded, raises more at closing until that pays it all."""
    if loan.words["interest_during_construction"] != "prefunded":
        return _schedule(h, loan, cost)
    assert loan.x["rate"] * h.x["construction_months"] / 12 < 1, "it would use itself up"
    raised, made = 0.0, _schedule(h, loan, cost)
    while abs(sum(made["covered"]) - raised) > 1e-13 * raised + 1e-12:
        raised = sum(made["covered"])
        made = _schedule(h, loan, [cost[0] + share * raised, *cost[1:]])
    made["reserved"] = [-paid for paid in made["covered"]]
    made["reserved"][0] += raised
    return made


def _schedule(h: Hand, loan: HandLoan, cost: Series) -> dict[str, Series]:
    made = {name: [0.0] * (h.n + 1) for name in NAMES}
    tenor, grace = h.periods(loan.months), h.periods(loan.x["grace_months"])
    how, until = loan.words["interest_during_construction"], 0
    if how != "paid":
        grace = max(grace, h.built)
    grace = min(grace, tenor - 1)
    if how != "paid":
        until = grace if how == "capitalised_in_grace" else min(h.built, tenor - 1)
    early = max(grace, math.floor(loan.x.get("prepayment_year", h.n + 1) * h.ppy + 1e-9))
    owed = lent = 0.0
    for t in range(h.n + 1):
        made["interest"][t] = owed * loan.per_period(h, t)
        if t <= until:
            made["covered"][t] = made["interest"][t]
        made["drawn"][t] = cost[t] + made["covered"][t] * (how != "prefunded")
        kept = loan.x.get("balloon", 0.0) * lent if t < tenor else 0.0
        if loan.words["repayment"] == "sculpted" and grace < t < tenor:
            served = loan.service_share * max(0.0, loan.cfads[t])
            made["principal"][t] = served - made["interest"][t]
        else:
            made["principal"][t] = _due(h, loan, t, max(0.0, owed - kept), tenor, grace)
        made["service"][t] = made["interest"][t] + made["principal"][t]
        owed -= made["principal"][t]
        if t == early:
            made["prepaid"][t] = owed * loan.x["prepayment_share"]
        owed += made["drawn"][t] - made["prepaid"][t]
        lent += made["drawn"][t]
        made["balance"][t] = owed
    debt, waiting = lent, lent
    made["fee"][0] = loan.x["upfront_fee"] * debt + loan.x["appraisal_fee"] * (debt > 1e-6)
    for t in range(1, h.n + 1):
        waiting -= made["drawn"][t - 1]
        made["fee"][t] = max(0.0, waiting) * loan.x["commitment_fee"] / h.ppy
        made["fee"][t] += made["balance"][t - 1] * loan.x["guarantee_fee"] / h.ppy
        made["fee"][t] += made["prepaid"][t] * loan.x.get("prepayment_fee", 0.0)
    return made


def _due(h: Hand, loan: HandLoan, t: int, owed: float, tenor: int, grace: int) -> float:
    """Principal of a period."""
    if t <= grace:
        return 0.0
    if t >= tenor:
        return owed
    k, i = tenor - t + 1, loan.per_period(h, t)
    match loan.words["repayment"]:
        case "bullet":
            return 0.0
        case "seasonal":
            weights = [season_share(loan.weights, h.closing_month, s, h.ppy)
                       for s in range(t, tenor + 1)]  # fmt: skip
            return owed * weights[0] / sum(weights) if sum(weights) > 1e-9 else 0.0
        case "equal_instalments" if i:
            return owed * i / (1 - (1 + i) ** -k) - owed * i  # annuity less interest
    return owed / k


def hold(h: Hand, cfads: Series, due: Series) -> dict[str, Series]:
    """A debt service reserve account. due: debt service as it is paid."""
    made: dict[str, Series] = {
        name: [0.0] * (h.n + 1)
        for name in ("balance", "interest", "used", "into", "required", "short")
    }
    months, closing = h.x["reserve_months"], h.words["reserve_funding"] == "closing"

    def coming(t: int) -> float:
        """Debt service of the months after t, of a part of a period that part."""
        left, found = months * h.ppy / 12, 0.0
        for s in range(t + 1, h.n + 1):
            found += due[s] * min(1.0, max(0.0, left))
            left -= 1
        return found

    held = 0.0
    for t in range(h.n + 1):
        wanted = coming(max(t, h.start)) if closing or t >= h.start else 0.0
        earned, used, paid_in = held * _of_a_period(h, h.x["reserve_interest"]), 0.0, 0.0
        held += earned
        if t > h.start:
            made["short"][t] = min(due[t], max(0.0, due[t] - cfads[t]))
            used = min(max(0.0, held), made["short"][t])
        held -= used
        out = max(0.0, held - wanted)
        if t > h.start:
            paid_in = min(max(0.0, wanted - held), max(0.0, cfads[t] - due[t]))
        if closing and t == 0:
            paid_in += wanted
        held += paid_in - out
        made["balance"][t], made["interest"][t], made["used"][t] = held, earned, used
        made["into"][t], made["required"][t] = paid_in - out - used, wanted
    return made


def needed_share(h: Hand, loan: HandLoan, lent: dict[str, Series]) -> float:
    """The share of CFADS that repays a sculpted loan (alone): present values at its own rate."""
    grace = h.periods(loan.x["grace_months"])
    if loan.words["interest_during_construction"] != "paid":
        grace = max(grace, h.built)
    tenor = h.periods(loan.months)
    grace, factor = min(grace, tenor - 1), 1.0
    owed, worth = lent["balance"][grace], 0.0
    for t in range(grace + 1, tenor + 1):
        factor /= 1 + loan.per_period(h, t)
        owed += lent["drawn"][t] * factor
        worth += max(0.0, loan.cfads[t]) * factor
    return owed / worth if worth > 1e-6 else 0.0
