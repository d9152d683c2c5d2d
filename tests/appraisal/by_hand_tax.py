"""Depreciation and income tax, worked out a second time in plain loops (by_hand.py)."""

from __future__ import annotations

import math

from tests.appraisal.by_hand_plants import Hand, Series


def depreciation(h: Hand, basis: float) -> Series:
    """What is written off in each period; the rest with the plant's last."""
    charges, book = [0.0] * (h.n + 1), basis
    opening, method = basis, h.words["depreciation"]
    for t in range(h.start + 1, h.stop + 1):
        age = t - h.start  # in periods
        year = math.ceil(age / h.ppy)
        if (age - 1) % h.ppy == 0:
            opening = book
        if method == "custom":
            a_year = basis * h.shares[year - 1] if year <= len(h.shares) else 0.0
        elif method == "declining":
            remaining = max(1 / h.ppy, h.x["depreciation_years"] - (year - 1))
            rate = h.x["declining_factor"] / h.x["depreciation_years"]
            a_year = max(opening * rate, opening / remaining)
        else:
            a_year = basis / h.x["depreciation_years"]
        charges[t] = book if t == h.stop else min(book, a_year / h.ppy)
        book -= charges[t]
    return charges


def taxes(h: Hand, income: Series, collected: Series, capital: float) -> Series:
    """The tax paid in each period."""
    tax = [0.0] * (h.n + 1)
    regime, rate = h.words["tax_regime"], h.economy["income_tax_rate"]
    if regime == "none":
        return tax
    if regime == "presumptive":
        return [cash * h.economy["presumptive_tax_rate"] for cash in collected]
    income = _taxed(h, income, h.x.get("holiday_cap", math.inf) * capital)
    if h.words["losses"] == "absorbed":
        return [x * rate for x in income]
    if h.words["losses"] == "refunded":
        return _refunded(h, income, rate)
    losses: list[list[float]] = []  # [year, amount left], oldest first
    so_far = income[0]
    paid = 0.0
    for t in range(1, h.n + 1):
        year = -(-t // h.ppy)
        if (t - 1) % h.ppy == 0 and year > 1:
            so_far = paid = 0.0
            losses = [loss for loss in losses if year - loss[0] <= int(h.economy["loss_years"])]
        so_far += income[t]
        base = max(0.0, so_far)
        base -= min(base, sum(left for _, left in losses))
        tax[t] = base * rate - paid
        paid = base * rate
        if t % h.ppy == 0:  # the year ends: its loss is kept, or its profit uses older ones up
            profit = max(0.0, so_far)
            for loss in losses:
                used = min(profit, loss[1])
                profit, loss[1] = profit - used, loss[1] - used
            if so_far < 0:
                losses.append([year, -so_far])
    return tax


def _refunded(h: Hand, income: Series, rate: float) -> Series:
    """Tax on the year's profit so far; a loss comes back with the year's last period."""
    tax, so_far, paid = [0.0] * (h.n + 1), 0.0, 0.0
    for t in range(h.n + 1):
        if t > 1 and (t - 1) % h.ppy == 0:
            so_far = paid = 0.0
        so_far += income[t]
        base = so_far if t and t % h.ppy == 0 else max(0.0, so_far)
        tax[t] = base * rate - paid
        paid += tax[t]
    return tax


def _taxed(h: Hand, income: Series, cap: float) -> Series:
    """Income less what the tax holiday exempts. cap: the tax exempted at most."""
    if "holiday_years" not in h.x:
        return income
    taxed, exempt, rate = list(income), 0.0, h.economy["income_tax_rate"]
    last = h.start + math.ceil(h.x["holiday_years"] * h.ppy - 1e-9)
    for t in range(h.start + 1, min(last, h.n) + 1):
        room = cap - exempt * rate  # tax that may still be exempted
        if "holiday_cap" not in h.x or rate == 0:
            taxed[t] = 0.0
        elif room > 1e-6:
            taxed[t] = max(0.0, income[t] - room / rate)
        exempt += income[t] - taxed[t]
        if t == last and exempt < 0:
            taxed[t] += exempt
    return taxed
