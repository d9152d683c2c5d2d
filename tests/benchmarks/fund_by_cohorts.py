"""The same fund by cohorts in numpy, arrays of loan age x paths: what the model is held against.

It gives what the program gives (the benchmark compares them): whether each path survives, its
period of exhaustion, and the fund's real value at the end. Equal instalments, periods of a month.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def by_cohorts(x: Mapping[str, float], default: Array, bad: Array) -> dict[str, Array]:
    """default: share a year by path; bad: months x paths, 1 in a bad year."""
    months, paths = bad.shape
    tenor, i = int(x["tenor_months"]), x["rate"] / 12
    level = i / (1 - (1 + i) ** -tenor)
    end = -int(-x["write_off_days"] * 12 // 365)
    wait = int(x["recovery_months"])
    grace, last = int(x["soft_loan_grace_months"]), int(x["soft_loan_tenor_months"])
    number, first, balance = (np.zeros((tenor, paths)) for _ in range(3))
    late, late_number = np.zeros((end + wait + 1, paths)), np.zeros((end, paths))
    cash, savings, debt, gross, many, paying = (np.zeros(paths) for _ in range(6))
    new, again = np.full(paths, float(x["waiting_members"])), np.zeros(paths)
    ended = np.full(paths, np.nan)
    scale = np.array([0.0, x["provision_31_to_60"], x["provision_61_to_90"],
                      *[x["provision_91_to_180"]] * 3])[:, None]  # by months late  # fmt: skip
    usual, worse = 1 - (1 - default) ** (1 / 12), 1 - (1 - x["bad_year_default"]) ** (1 / 12)
    for t in range(months):
        index = (1 + x["inflation"]) ** (t // 12)
        size = x["loan_size"] * (1 + x["loan_growth"]) ** (t // 12)
        stops = np.where(bad[t] > 0, worse, usual)
        lost, lost_number = stops * balance, stops * number
        number -= lost_number
        first *= 1 - stops
        balance -= lost
        interest = balance * i
        principal = np.where(first > 0, first * level - interest, 0.0)
        balance -= principal
        finished = number[-1]
        for cohorts in (number, first, balance):  # a month older
            cohorts[1:] = cohorts[:-1].copy()
            cohorts[0] = 0
        late[1:], late_number[1:] = late[:-1].copy(), late_number[:-1].copy()
        late[0], late_number[0] = lost.sum(axis=0), lost_number.sum(axis=0)
        new = new + (x["joining_per_year"] / 12 if t else 0.0)
        again = again + x["return_share"] * finished
        idle = np.maximum(0, cash) * x["idle_rate"] / 12
        deposits = x["savings_deposit"] * paying
        withdrawn, on_savings = (
            savings * x["savings_withdrawn"] / 12,
            savings * x["savings_rate"] / 12,
        )
        on_debt = debt * x["soft_loan_rate"] / 12
        repaid = x["soft_loan"] / (last - grace) if grace < t <= last else 0.0
        officers = np.ceil(many / x["caseload"] - 1e-9)
        running = (x["fixed_cost"] + officers * x["officer_cost"]) * index * (t > 0)
        running = running + many * x["cost_per_loan"] / 12 * index
        running = running + gross * x["cost_of_portfolio"] / 12
        paid_in = x["grant"] + x["share_capital"] + x["soft_loan"] if t == 0 else 0.0
        savings = savings + deposits - withdrawn
        in_hand = cash + paid_in + deposits + interest.sum(axis=0) + principal.sum(axis=0) + idle
        in_hand = in_hand + x["recovery"] * late[end + wait] + x["operating_grant"] * (t > 0)
        in_hand = in_hand - running - on_debt - repaid - on_savings - withdrawn
        debt = debt + (x["soft_loan"] if t == 0 else 0.0) - repaid
        one = size * (1 - x["upfront_fee"]) + x["cost_per_loan_made"] * index
        kept = x["reserve"] + x["reserve_of_savings"] * savings
        able = np.maximum(0, np.floor((in_hand - kept) / one + 1e-9))
        turn = np.floor(new + 1e-9)
        wanted = turn + np.floor(again + 1e-9)
        made = np.minimum(able, wanted)
        at_first = np.minimum(made, turn)
        new, again = new - at_first, again - (made - at_first)
        number[0], first[0], balance[0] = made, made * size, made * size
        cash = in_hand - made * one
        owed = balance.sum(axis=0)
        paying = number.sum(axis=0)
        gross, many = owed + late[:end].sum(axis=0), paying + late_number.sum(axis=0)
        provision = (scale * late[: len(scale)]).sum(axis=0)
        over = (in_hand < -1e-6) | ((able < 1) & (wanted >= 1) & (owed <= 1e-6))
        ended = np.where(over & np.isnan(ended), float(t), ended)
    worth = (cash + gross - provision - debt - savings) / (1 + x["inflation"]) ** (
        (months - 1) / 12
    )
    return {"exhausted_period": ended, "survives": 1.0 * np.isnan(ended), "real_value_end": worth}
