"""Carbon credits and the economic account, worked out a second time in plain loops (by_hand.py).

An item of the account is split into goods, wages and duties, and each party's gain is what it
receives less what it gives up; the numeraire's share is what is then left.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from eicfinance.model.irr import irr
from tests.appraisal.by_hand_plants import Hand, Series, years_discounted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Found = dict[str, Any]
PARTIES = ("owner", "lender", "government", "labour", "power", "trade", "climate", "others",
           "exchange")  # fmt: skip


def rising(h: Hand, rise: float, t: int) -> float:
    years = t // h.ppy
    if h.words["price_base"] == "commissioning":
        years = max(0, math.ceil((t - h.start) / h.ppy) - 1)
    return float((1 + rise) ** years)


def credits_by_hand(h: Hand, tonnes: Series) -> tuple[Series, Series]:
    """Sale of credits as it is paid, and its cost, by period; tonnes: avoided."""
    paid, cost = [0.0] * (h.n + 1), [0.0] * (h.n + 1)
    x = h.x
    if "carbon_price" not in x:
        return paid, cost
    cost[h.start] += x["carbon_registration_cost"]
    length = math.ceil(x["carbon_crediting_years"] * h.ppy - 1e-9)
    end = min(h.stop, h.start + length)
    gap, lag = x["carbon_verification_years"] * h.ppy, h.periods(x["carbon_issuance_lag_months"])
    waiting = 0.0
    rise = x.get("carbon_escalation", h.economy["escalation_general"])
    for t in range(h.start + 1, end + 1):
        age = t - h.start
        waiting += tonnes[t] * x["carbon_credited_share"] * (1 - x["carbon_buffer"])
        if math.floor(age / gap + 1e-9) > math.floor((age - 1) / gap + 1e-9) or t == end:
            cost[t] += x["carbon_verification_cost"] * h.price("general", t)
            when = min(h.n, t + lag)
            paid[when] += max(0.0, waiting) * x["carbon_price"] * rising(h, rise, when)
            waiting = min(0.0, waiting)
    return paid, cost


def abatement(h: Hand, made: Mapping[str, Series], found: Found, rate: float) -> Found:
    """Net cost of the venture without credits, a tonne."""
    net = tonnes = 0.0
    for t in range(h.n + 1):
        factor = (1 + rate) ** -years_discounted(h, t)
        own = found["flow_before_tax"][t] - found["carbon_revenue"][t] + found["cost_carbon"][t]
        net -= own * factor
        tonnes += made["ghg"][t] * factor
    whole = sum(made["ghg"])
    return {
        "pv_abatement_cost": net, "pv_ghg_avoided": tonnes,
        "abatement_cost_discounted": net / tonnes if abs(tonnes) > 1e-6 else None,
        "abatement_cost_undiscounted": net / whole if abs(whole) > 1e-6 else None,
    }  # fmt: skip


class Account:
    """The economic account by period: what items are worth, and what parties gain."""

    def __init__(self, h: Hand) -> None:
        self.h, self.x = h, h.x
        self.traded, self.local = h.x.get("serf", 1.0), h.x.get("scf", 1.0)
        self.items: dict[str, Series] = {}
        self.market: dict[str, Series] = {}
        self.benefits: list[str] = []
        self.gains = {party: [0.0] * (h.n + 1) for party in PARTIES}

    def book(self, name: str, market: Series | None, worth: Series, benefit: bool = True) -> None:
        self.items[name] = worth
        if market is not None:
            self.market[name] = market
        if benefit:
            self.benefits.append(name)

    def wages(self, kind: str, amount: float) -> tuple[float, float]:
        """What work paid so much is worth, and what the workers keep above it."""
        name = "swrf" if kind == "unskilled" else "swrf_skilled"
        if name not in self.x:
            return amount * self.local, 0.0
        forgone = amount * self.x[name]
        abroad = self.local if self.h.words["swrf_basis"] == "domestic_price" else 1.0
        return forgone * abroad, amount - forgone

    def split(
        self, name: str, key: str, market: Series, benefit: bool = False, vat: float = 0.0
    ) -> None:
        """An item with shares: ``key`` says whose."""
        share = {k: self.x[f"economic_{key}_{k}"]
                 for k in ("traded", "unskilled", "skilled", "transfers")}  # fmt: skip
        factor = self.x.get(f"economic_{key}_factor", 1.0)
        worth, sign = [0.0] * (self.h.n + 1), 1.0 if benefit else -1.0
        for t, price in enumerate(market):
            net = price / (1 + vat)
            economic = net * factor
            duties = economic * share["transfers"]
            keep = value = 0.0
            for kind in ("unskilled", "skilled"):
                worked, above = self.wages(kind, economic * share[kind])
                value, keep = value + worked, keep + above
            value += economic * share["traded"] * self.traded
            value += economic * (1 - sum(share.values())) * self.local
            worth[t] = value
            self.gains["trade"][t] -= sign * (net - economic)
            self.gains["government"][t] -= sign * (duties + price - net)
            self.gains["labour"][t] -= sign * keep
            self.gains["exchange"][t] += sign * (value - (economic - duties - keep))
        self.book(name, market, worth, benefit)

    def plain(
        self, name: str, domestic: Series, share: float, party: str, market: Series | None
    ) -> None:
        """A benefit worth so much in domestic prices, of which a share is traded."""
        factor = share * self.traded + (1 - share) * self.local
        for t, value in enumerate(domestic):
            self.gains[party][t] += value - (market[t] if market else 0.0)
            self.gains["exchange"][t] += value * factor - value
        self.book(name, market, [value * factor for value in domestic])


def economics(
    h: Hand, made: Mapping[str, Series], found: Found, own: Sequence[str], others: Sequence[str],
    supplies: bool, fuel: bool, rest: bool,
) -> Found:  # fmt: skip
    """All items, returns and gains. own: streams with shares of their own; others: externalities;
    supplies, fuel, rest: whether the project has power, fuel, or other sales at all."""
    a, x, n = Account(h), h.x, h.n
    periods = range(n + 1)
    nil = [0.0] * (n + 1)
    power, paid = made.get("power_kwh", nil), made.get("power_paid", nil)
    saved = made.get("fuel_saved", nil) if fuel else nil
    if supplies:
        cost = [power[t] * x["avoided_cost_of_supply"] * h.price("electricity", t) for t in periods]
        a.plain("power", cost, x["supply_traded"], "power", paid)
    if fuel:
        border = [cost * x["fuel_factor"] for cost in saved]
        a.plain("fuel", border, 1.0, "government", saved)
    sold = [name for name in own if not name.startswith("cost_")]
    for name in sold:
        a.split(name, name, made[f"stream_{name}"], benefit=True)
    if rest:
        left = [
            found["sales"][t] + found["savings"][t] - paid[t] - saved[t]
            - sum(made[f"stream_{name}"][t] for name in sold)
            for t in periods
        ]  # fmt: skip
        a.plain("sales", left, 0.0, "trade", left)
    rise = x.get("shadow_carbon_escalation", h.economy["escalation_general"])
    carbon = [made["ghg"][t] * x["shadow_carbon_price"] * rising(h, rise, t) for t in periods]
    a.plain("carbon", carbon, 1.0, "climate", found["carbon_revenue"])
    if "carbon_price" not in x:
        del a.market["carbon"]
    for name in others:
        rise = x.get(f"{name}_escalation", h.economy["escalation_general"])
        worth = [x[f"{name}_amount"] / h.ppy * h.ramp(t) * rising(h, rise, t) for t in periods]
        a.plain(name, worth, x[f"{name}_traded"], "others", None)
    vat = 0.0 if h.registered else h.economy["vat"]
    a.split("salvage", "capital", found["salvage"], benefit=True)
    a.split("capital", "capital", found["capital_spent"], vat=vat)
    a.split("replacements", "capital", made["replaced"], vat=vat)
    bought = [name for name in own if name.startswith("cost_")]
    for name in bought:
        a.split(name, name, made[f"stream_{name}"])
    left = [found["operating_cost"][t] - sum(made[f"stream_{s}"][t] for s in bought)
            for t in periods]  # fmt: skip
    a.split("operating", "operating", left)
    a.split("stores", "operating", found["stores_rise"])
    return _returns(a, found, made["replaced"])


def _returns(a: Account, found: Found, replaced: Series) -> Found:
    h, x, f = a.h, a.x, found
    periods = range(h.n + 1)
    aside = f.get("replacement_reserve.contribution", replaced)
    rise, grown = (f.get(f"operating_reserve.{k}", [0.0] * (h.n + 1)) for k in ("rise", "interest"))
    banked = [aside[t] - replaced[t] + rise[t] - grown[t] for t in periods]
    rate = (1 + x["discount_economic"]) * (1 + h.economy["inflation"]) - 1

    def worth(series: Series) -> float:
        return sum((value / (1 + rate) ** (t / h.ppy) for t, value in enumerate(series)), 0.0)

    plus = [sum(a.items[name][t] for name in a.benefits) for t in periods]
    minus = [sum(s[t] for name, s in a.items.items() if name not in a.benefits) for t in periods]
    flow = [plus[t] - minus[t] for t in periods]
    real = [flow[t] * (1 + h.economy["inflation"]) ** (-t / h.ppy) for t in periods]
    paid = [f["receipts"][t] - f["savings"][t] - f["carbon_revenue"][t] for t in periods]
    owed = [f["capital_spent"][t] - f["capital_paid"][t] - f["sales"][t] + paid[t]
            + f["operating_cost"][t] - f["operating_cost_settled"][t] for t in periods]  # fmt: skip
    later = [owed[t] - banked[t] for t in periods]
    state = [f["grants_received"][t] - f["project_tax.tax"][t] - f["vat_net"][t] for t in periods]
    for t in periods:
        a.gains["owner"][t] += f["equity_flow"][t]
        service = f["loan.interest"][t] + f["loan.principal"][t] + f["prepaid"][t]
        a.gains["lender"][t] += service + f["loan.fee"][t] - f["loan.drawdown"][t]
        a.gains["lender"][t] += f["reserved"][t] + banked[t]
        a.gains["government"][t] += f["tax.tax"][t] + f["vat_net"][t] - f["grants_received"][t]
        a.gains["trade"][t] -= owed[t]
    npv, good, bad = worth(flow), worth(plus), worth(minus)
    out: Found = {
        "economic_flow": flow, "economic_flow_real": real, "enpv": npv,
        "eirr": irr(real, h.ppy).rate,
        "economic_bcr": good / bad if abs(bad) > 1e-6 else None,
        "pv_economic_benefits": good, "pv_economic_costs": bad, "gain_all": npv,
        "pv_market_transfers": worth(state), "pv_market_timing": worth(later),
        "pv_project_economic": worth(f["project_flow"]),
        "economic_benefits": plus, "economic_costs": minus,
    }  # fmt: skip
    for party, series in a.gains.items():
        out |= {f"gain_{party}_flow": series, f"gain_{party}": worth(series)}
    for name, series in a.items.items():
        out |= {f"economic_{name}": series, f"pv_economic_{name}": worth(series)}
    return out | {f"pv_market_{name}": worth(series) for name, series in a.market.items()}
