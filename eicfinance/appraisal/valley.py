"""The death valley: the venture's own cash before all finance, accumulated.

depth = -min(accumulated), its part beyond capital cost, the first month of the minimum, and the
first month after it in which the accumulated cash is no longer negative. Twelve months of building
at 1,200,000 and ten months of linear ramp-up to 900,000 of revenue against 350,000 of cost reach
-14,910,000 in month 15: 510,000 beyond the capital cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import maximum

if TYPE_CHECKING:
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Line


def death_valley(v: Venture, project_tax: Line) -> Line:
    """Writes the valley's lines and results; returns the accumulated cash."""
    m, money = v.plant.model, v.plant.currency
    with m.section("Death valley"):
        flow = m.line("valley_flow", money, v.flow_before_tax - project_tax,
                      label="Venture's cash before all finance")  # fmt: skip
        so_far = m.cumulative("valley", flow, label="Venture's cash, accumulated")
        depth = m.result(
            "valley_depth", money, maximum(0, -so_far.lowest()), label="Depth of the valley"
        )
        m.result("valley_depth_beyond_capital", money, maximum(0, depth - v.capital_cost),
                 label="Depth beyond capital cost")  # fmt: skip
        lowest = (so_far <= so_far.lowest()) & (so_far < 0)
        at = m.rate("valley_at_trough", "1", lowest, label="At the lowest point")
        trough = m.result("valley_trough_period", "period", at.first(), label="Trough")
        after = m.result("valley_trough_or_start", "period", trough.or_else(0),
                         label="Trough, or 0 if there is no valley")  # fmt: skip
        up = (m.period > after) & (so_far >= 0) & (depth > 0)
        back = m.rate("valley_recovered", "1", up, label="Recovered")
        m.result("valley_recovery_period", "period", back.first(), label="Recovery")
    return so_far
