"""Shares of a year, for the second computation (by_hand.py)."""

from __future__ import annotations

import math
from collections.abc import Sequence

MONTHS = 12


def season_share(shares: Sequence[float], closing_month: int, t: int, ppy: int) -> float:
    """The share of a year's amount, given by calendar month, that falls into period t."""

    def so_far(month: float) -> float:  # from January of the closing year, a year earlier too
        years, rest = divmod(month, MONTHS)
        part = shares[math.floor(rest)] * (rest % 1) if rest % 1 else 0.0
        return years + sum(shares[: math.floor(rest)]) + part

    end = closing_month + t * MONTHS / ppy
    return so_far(end) - so_far(end - MONTHS / ppy)
