"""Money put aside for replacements and for operating cost.

Reserve for replacements: built up evenly, so that each is paid from it. What is put aside in a
period, at its end, is the level amount that with interest i a period makes up what the next
replacement still lacks after k periods, this one counted:

    amount = (cost - balance before x (1 + i)^k) x i / ((1 + i)^k - 1)    (/ k where i = 0)

so that the balance is the cost when it is paid, nil thereafter and never negative. Each thing that
is replaced has a reserve of its own, from commissioning; nothing is saved after the last time.
Interest stays in the reserve. 227,440 after eight years without interest: 28,430 a year (SAM,
major equipment replacement reserve).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, expr, floor, minimum, total, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eicfinance.model.model import Input, Line
    from eicfinance.technologies.plant import Plant, Renewal


def replacement_reserve(plant: Plant, interest: Input) -> tuple[Line, Line]:
    """Writes the reserves. Returns what is put aside in all, and the interest that it earns."""
    m, money = plant.model, plant.currency
    with m.section("Reserve for replacements", prefix="replacement_reserve"):
        rate = m.result("interest_per_period", "1", interest / m.per_year,
                        label="Interest per period")  # fmt: skip
        made = [_reserve(plant, renewal, rate) for renewal in plant.renewals]
        puts, interests, balances = zip(*made, strict=True) if made else ((), (), ())
        put = m.line("contribution", money, _sum(puts), label="Put aside for replacements")
        earned = m.line("interest", money, _sum(interests), label="Interest on the reserve")
        kept = m.stock("balance", money, _sum(balances), label="Reserve for replacements")
        paid = _sum(plant.replacements)
    m.check("replacement reserve is used up", kept * m.last, kept.highest())
    m.check("replacement reserve is never negative", minimum(kept, 0), kept.highest())
    m.check("replacements are paid from the reserve", put + earned - paid - kept + kept.previous,
            kept.highest())  # fmt: skip
    return put, earned


def operating_reserve(
    plant: Plant, operating: Line, months: Input, interest: Input
) -> tuple[Line, Line]:
    """Writes the reserve. Returns what it takes (negative: gives back), and its interest."""
    m, money = plant.model, plant.currency
    with m.section("Reserve for operating cost", prefix="operating_reserve"):
        periods = months / plant.economy["months_per_year"] * m.per_year
        whole = m.result("periods", "period", floor(periods), label="Whole periods of cost")
        rest = periods - whole
        so_far = m.cumulative("cost_so_far", operating, label="Operating cost so far")
        ahead = m.stock("cost_ahead", money, operating.sum() - so_far,
                        label="Operating cost to come")  # fmt: skip
        later = ahead.lead(whole) * (1 - rest) + ahead.lead(whole + 1) * rest
        balance = m.stock("balance", money, (ahead - later) * (plant.since >= 0),
                          label="Reserve for operating cost")  # fmt: skip
        m.result("balance_highest", money, balance.highest(), label="Reserve, highest")
        rise = m.line("rise", money, balance - balance.previous, label="Put aside, net")
        earned = m.line("interest", money, balance.previous * interest / m.per_year,
                        label="Interest on the reserve")  # fmt: skip
    m.check("operating reserve is released by the end", balance * m.last, balance.highest())
    return rise, earned


def _sum(lines: Iterable[Line]) -> Expr:
    return total([expr(0), *lines])


def _reserve(plant: Plant, renewal: Renewal, rate: Expr) -> tuple[Line, Line, Line]:
    """Contribution, interest and balance of the reserve for one thing."""
    m, money, name, label = plant.model, plant.currency, renewal.name, renewal.label
    balance = m.stock(f"{name}_balance", money, label=Label("{label}: reserve", label))
    earned = m.line(f"{name}_interest", money, balance.previous * rate,
                    label=Label("{label}: interest on the reserve", label))  # fmt: skip
    left = m.rate(f"{name}_periods_left", "period", renewal.periods_left,
                  label=Label("{label}: periods until the next is paid", label))  # fmt: skip
    growth = m.rate(f"{name}_growth", "1", (1 + rate) ** left,
                    label=Label("{label}: growth of the reserve until then", label))  # fmt: skip
    short = renewal.next_cost - balance.previous * growth
    level = where(rate > 0, rate / where(rate > 0, growth - 1, 1), 1 / left)
    put = m.line(f"{name}_contribution", money, renewal.ahead * short * level,
                 label=Label("{label}: put aside", label))  # fmt: skip
    balance.set(balance.previous + earned + put - renewal.paid)
    return put, earned, balance
