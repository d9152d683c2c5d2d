"""The stages of a venture, by events and not by dates, and what each needs.

    preparation and construction: until commissioning
    start-up: until the third consecutive month in which the trailing three months' operating cash,
        after tax without interest, covers three level instalments of the requested loan
    growth: until the accumulated cash before all finance recovers
    maturity: after

The level instalment is what would repay the loan evenly over its instalments at its first rate,
however it is repaid in fact; of several loans the sum; nil without a loan. In models of other
periods three months are rounded up to whole periods. A stage that never ends lasts to the model's
end. Where the cash recovers before start-up ends there is no growth.

A stage's need is by how much the valley deepens in it; the needs add up to its depth.

1,000,000 THB at 6.5% in 96 instalments: 13,445 THB a month, so 40,334 in three months.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, expr, maximum, total, where
from eicfinance.model.label import Label
from eicfinance.portfolio.bridging import STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.finance.loan import Terms
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Line

COVERED_MONTHS = 3


def stages(v: Venture, agreed: Sequence[Terms], project_tax: Line, valley: Line) -> None:
    """Writes the events, the stages and the need of each. valley: accumulated."""
    m, money, commissioned = v.plant.model, v.plant.currency, v.plant.commissioning
    level = _level_instalments(v, agreed)
    with m.section("Stages"):
        months = m.constant("startup_months", COVERED_MONTHS, "month", "definition of start-up",
                            label="Start-up ends once covered for")  # fmt: skip
        span = m.result("startup_periods", "period", v.plant.periods(months),
                        label="Three months in periods")  # fmt: skip
        flow = m.line("operating_cash", money, v.cash_operations - project_tax,
                      label="Operating cash after tax without interest")  # fmt: skip
        so_far = m.cumulative("operating_cash_so_far", flow, label="The same, accumulated")
        trailing = so_far - so_far.lag(span)
        covered = m.rate("instalment_covered", "1",
                         (m.period > commissioned) & (trailing >= level * span),
                         label="Trailing three months cover three level instalments")  # fmt: skip
        run = m.stock("instalment_covered_for", "period", label="Consecutive periods of that")
        run.set((run.previous + 1) * covered)
        enough = m.rate("started_up", "1", run >= span, label="Three months in a row")
        event = m.result("startup_end_period", "period", enough.first(), label="End of start-up")
        started = m.result("startup_end_or_last", "period", event.or_else(m.end),
                           label="The same, or the last period")  # fmt: skip
        recovered = where(m["valley_depth"] > 0, m["valley_recovery_period"].or_else(m.end), 0)
        grown = m.result("growth_end_or_last", "period", maximum(started, recovered),
                         label="End of growth, or the last period")  # fmt: skip
        ends: list[Expr] = [commissioned, started, grown, m.end]
        deepest = m.stock("valley_deepest_so_far", money, label="Depth of the valley so far")
        deepest.set(maximum(deepest.previous, -valley))
        before: Expr | None = None
        needs: list[Expr] = []
        for (name, title), end in zip(STAGES.items(), ends, strict=True):
            within = m.period <= end if before is None else (m.period > before) & (m.period <= end)
            flag = m.rate(
                f"stage_{name}", "1", within, label=Label("Stage: {title}", title.lower())
            )
            deeper = m.line(f"deepening_{name}", money, (deepest - deepest.previous) * flag,
                            label=Label("The valley deepens: {title}", title.lower()))  # fmt: skip
            needs.append(m.result(f"need_{name}", money, deeper.sum(),
                                  label=Label("Need: {title}", title.lower())))  # fmt: skip
            before = end
        m.result("maturity_first_period", "period", flag.first(), label="First of maturity")
    depth = m["valley_depth"]
    m.check("needs by stage add up to the depth of the valley", total(needs) - depth, depth)


def _level_instalments(v: Venture, agreed: Sequence[Terms]) -> Expr:
    """A period's level instalment of all loans together."""
    m, money = v.plant.model, v.plant.currency
    levels: list[Expr] = [expr(0)]
    for terms in agreed:
        row = f"{terms.name}."
        rate, debt = m[f"{row}rate_per_period"], m[f"{row}debt"]
        number = m[f"{row}tenor_periods"] - m[f"{row}grace_periods"]
        share = where(rate > 0, rate / ((1 + where(rate > 0, rate, 1)) ** number - 1), 1 / number)
        with m.section("Stages", prefix=terms.name):
            levels.append(m.result("level_instalment", money, debt * (share + rate),
                                   label=Label("Level instalment: {title}",
                                               terms.title)))  # fmt: skip
    with m.section("Stages"):
        return m.result("level_instalment", money, total(levels),
                        label="Level instalment of all loans")  # fmt: skip
