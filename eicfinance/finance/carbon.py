"""Carbon: what a tonne costs to avoid, and what is earned where credits are sold.

Abatement cost, two ways, neither with the sale of credits, grants or tax:

    net cost = what the project costs less what it earns and saves, present value, project's rate
    discounted:   net cost / present value of the tonnes avoided
    undiscounted: net cost / sum of the tonnes avoided

A negative cost means that the project pays without carbon. Of 1,000 a year for ten years at 8%,
6,710 discounted and 10,000 undiscounted: a net cost of 671,000 is 100 or 67 a tonne.

Credits. Avoided in the crediting years x share credited x (1 - buffer) is verified every so many
years from commissioning, for the last time where crediting, life or model ends; what a verification
finds lost is made up from later tonnes. Credits are sold and paid so many whole periods after the
verification, at the price of that time; what is still to come at the model's end is sold then.
Cost: registration at commissioning, and each verification when it is made.

Of 1,000 t a year, all credited, verified yearly and paid at once at 100 a tonne: 100,000 a year.
The sale counts in EBITDA, tax, cash and NPV, and in CFADS unless the lender does not count it; not
in the value of energy, so it lowers the levelised cost as a by-product does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.finance.returns import present_value
from eicfinance.model.expr import ceiling, floor, maximum, minimum, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line
    from eicfinance.technologies.plant import Plant


@dataclass(frozen=True, slots=True)
class Credits:
    """The sale of credits as it is paid, its cost, and whether the lender counts it in CFADS."""

    revenue: Line
    cost: Line
    in_cfads: bool


def credits_sold(plant: Plant, x: Mapping[str, Input], in_cfads: bool) -> Credits:
    """Writes the tonnes credited and verified, their sale and its cost; the cost joins the plant's
    operating cost. Call after the plant's greenhouse gases and before its venture."""
    m, money = plant.model, plant.currency
    with m.section("Carbon credits"):
        length = minimum(plant.life, ceiling(x["carbon_crediting_years"] * m.per_year))
        ends = m.result("crediting_periods", "period", length, label="Crediting, in periods")
        within = m.rate("crediting", "1", (plant.since > 0) & (plant.since <= ends),
                        label="Tonnes are credited")  # fmt: skip
        kept = x["carbon_credited_share"] * (1 - x["carbon_buffer"])
        earned = m.line("credits_earned", "tCO2e", m["ghg_avoided"] * within * kept,
                        label="Credits earned", note="after share credited and buffer")  # fmt: skip
        gap = x["carbon_verification_years"] * m.per_year
        rounds = m.rate("verification_rounds", "1", floor(maximum(0, plant.since) / gap) * within,
                        label="Verification intervals so far")  # fmt: skip
        final = maximum(plant.since >= ends, m.last)
        due = m.rate("verification", "1", within * maximum(rounds > rounds.previous, final),
                     label="A verification is made")  # fmt: skip
        so_far = m.cumulative("credits_earned_so_far", earned, label="Credits earned so far")
        counted = m.stock("credits_verified_so_far", "tCO2e", label="Credits verified so far")
        new = m.line("credits_verified", "tCO2e", due * maximum(0, so_far - counted.previous),
                     label="Credits verified")  # fmt: skip
        counted.set(counted.previous + new)
        lag = m.result("issuance_lag_periods", "period",
                       plant.periods(x["carbon_issuance_lag_months"]),
                       label="From verification to cash, whole periods")  # fmt: skip
        issued = m.line("credits_issued", "tCO2e", new.lag(lag), label="Credits issued in time")
        rest = m.result("credits_issued_at_end", "tCO2e", new.sum() - issued.sum(),
                        label="Credits still to be issued at the end, sold then")  # fmt: skip
        rise = x.get("carbon_escalation", plant.economy["escalation_general"])
        index = plant.rising("price_index_carbon", rise, "Price index, carbon credits")
        price = m.rate("carbon_price_by_period", f"{money}/tCO2e", x["carbon_price"] * index,
                       label="Price of carbon credits")  # fmt: skip
        sold = m.line("credits_sold", "tCO2e", issued + m.last * rest, label="Credits sold")
        revenue = m.line("carbon_revenue", money, price * sold, label="Sale of carbon credits",
                         note="as it is paid")  # fmt: skip
        starts = (m.period >= plant.commissioning) & (m.period <= plant.commissioning)
        cost = x["carbon_registration_cost"] * starts
        cost = cost + due * x["carbon_verification_cost"] * plant.index("general")
        plant.cost("carbon", cost, "Registration and verification of carbon credits")
    m.check("all credits verified are sold", new.sum() - sold.sum(), new.sum())
    return Credits(revenue, m["cost_carbon"], in_cfads)


def abatement_cost(v: Venture) -> None:
    """What a tonne costs to avoid, over discounted and over undiscounted tonnes."""
    m, money = v.plant.model, v.plant.currency
    with m.section("Cost of abatement"):
        net = -v.flow_before_tax
        if v.credits is not None:
            net = net + v.credits.revenue - v.credits.cost
        factor = m["discount_factor_project"]
        cost = present_value(m, "pv_abatement_cost", money, net, factor,
                             "Net cost without carbon, grants and tax, project's rate")  # fmt: skip
        tonnes = present_value(m, "pv_ghg_avoided", "tCO2e", m["ghg_avoided"], factor,
                               "Greenhouse gas avoided, discounted")  # fmt: skip
        unit = f"{money}/tCO2e"
        m.result("abatement_cost_discounted", unit, ratio(cost, tonnes),
                 label="Abatement cost, discounted tonnes")  # fmt: skip
        m.result("abatement_cost_undiscounted", unit, ratio(cost, m["ghg_avoided_total"]),
                 label="Abatement cost, undiscounted tonnes")  # fmt: skip
