"""A project worked out a second time, in plain Python loops and without the model language.

Written from the definitions (docs of the terms, IPCC, the loan's formula), not from the program's
lines, so that a slip in either shows. One number a name, one list of periods 0..n a series.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MONTHS, DAYS, HOURS = 12, 365, 8760
METHANE_KG, METHANE_KWH = 0.716, 35.8 / 3.6  # a normal cubic metre
Series = list[float]


@dataclass
class Hand:
    """What the hand needs: figures by name, words by name, pools by period, the calendar."""

    x: Mapping[str, float]
    economy: Mapping[str, float]
    words: Mapping[str, str]
    pools: Mapping[str, Sequence[float]]
    seasons: Mapping[str, Sequence[float]]  # twelve shares of the year
    loan: Mapping[str, float] | None
    grants: Sequence[tuple[float, float]]  # amount, months after commissioning
    depreciation_years: float
    closing_month: int
    ppy: int
    n: int
    out: dict[str, float | Series | None] = field(default_factory=dict)

    def periods(self, months: float) -> int:
        return math.ceil(months * self.ppy / MONTHS - 1e-9)

    def __post_init__(self) -> None:
        self.built = self.periods(self.x["construction_months"])
        self.start = self.built + self.periods(self.x["delay_months"])
        self.stop = min(self.n, self.start + math.floor(self.x["life_years"] * self.ppy + 1e-9))

    def runs(self, t: int) -> bool:
        return self.start < t <= self.stop

    def ramp(self, t: int) -> float:
        n = self.periods(self.x["ramp_up_months"])
        return 0.0 if not self.runs(t) else min(1.0, (t - self.start) / n) if n else 1.0

    def price(self, group: str, t: int) -> float:
        years = t // self.ppy
        if self.words["price_base"] == "commissioning":
            years = max(0, math.ceil((t - self.start) / self.ppy) - 1)
        return float((1 + self.economy[f"escalation_{group}"]) ** years)

    def season(self, name: str, t: int) -> float:
        """The share of a year's amount that falls into period t (months, or whole years)."""
        assert self.ppy in (1, 12)
        return 1.0 if self.ppy == 1 else self.seasons[name][(self.closing_month - 1 + t) % 12]

    def every(self, years: float, t: int) -> bool:
        """Whether something that lasts so long is renewed in period t."""
        age, gap = t - self.start, years * self.ppy
        if not self.runs(t) or age + 1 > self.x["life_years"] * self.ppy + 1e-9:
            return False
        return math.floor(age / gap + 1e-9) > math.floor((age - 1) / gap + 1e-9)


def plant(hand: Hand, kind: str) -> dict[str, Series]:
    """Sales, savings, running cost, replacements, energy, gases and pool use by period."""
    work = {"rice_husk": _husk, "biogas": _biogas, "solar": _solar}[kind]
    names = ("sales", "savings", "cost", "replaced", "kwh", "worth", "ghg")
    made: dict[str, Series] = {name: [0.0] * (hand.n + 1) for name in names}
    made |= {f"used_{pool}": [0.0] * (hand.n + 1) for pool in hand.pools}
    for t in range(1, hand.n + 1):
        if hand.runs(t):
            for name, value in work(hand, t).items():
                made[name][t] += value
    return made


def _husk(h: Hand, t: int) -> dict[str, float]:
    x, per_kwh = h.x, h.x["husk_per_kwh"] / 1000
    straw_per_kwh = per_kwh * x["husk_heat"] / x["straw_heat"]
    ash_worth = x["ash_share"] * x["ash_sold"] * x["ash_price"] * h.price("general", t)
    heaps, left = [], {}  # cost a kWh after ash and variable operation, cost a kWh, t a kWh, whose
    for price, tonnes, per, whose in (
        (x["husk_price"], h.pools["husk"][t], per_kwh, "own"),
        (x["bought_husk_price"], x["bought_husk_per_year"] / h.ppy, per_kwh, "bought"),
        (x["straw_price"], x["straw_per_year"] / h.ppy, straw_per_kwh, "straw"),
    ):
        fuel_cost = price * h.price("feedstock", t) * per
        full_cost = fuel_cost - ash_worth * per + x["om_variable"] * h.price("operation", t)
        heaps.append((full_cost, fuel_cost, per, whose))
        left[whose] = tonnes / per
    heaps.sort()
    rest = x["capacity_kw"] * HOURS * x["availability"] / h.ppy * h.ramp(t)
    grid_price = x["export_price"] * h.price("electricity", t)
    sellable = min(rest, sum(left[whose] for c, _, _, whose in heaps if c <= grid_price + 1e-9))
    uses = [(grid_price, 1, x["export_allowed"] * sellable, "grid")]
    if "load" in h.pools:
        share = h.pools["load"][t] * x["coincident_share"]
        uses.append((x["energy_charge"] * h.price("electricity", t), 0, share, "own"))
    paid = own_use = sold = made = cost = own_husk = tonnes = 0.0
    for price, _, wanted, where in sorted(uses, key=lambda u: (-u[0], u[1])):
        for full_cost, fuel_cost, per, whose in heaps:  # the cheapest, while it is worth it
            kwh = min(rest, wanted, left[whose]) if full_cost <= price + 1e-9 else 0.0
            rest, wanted, made = rest - kwh, wanted - kwh, made + kwh
            left[whose] -= kwh
            paid += kwh * price
            sold += kwh * price if where == "grid" else 0.0
            own_use += kwh if where == "own" else 0.0
            cost, tonnes = cost + kwh * fuel_cost, tonnes + kwh * per
            own_husk += kwh * per if whose == "own" else 0.0
    staff = x["operators"] * x["wage"] * x["months_paid"] / h.ppy * h.price("labour", t)
    firm = x["firm_kw"] * x["demand_charge"] * MONTHS / h.ppy * h.price("electricity", t)
    overhaul = x["capacity_kw"] * x["capital_per_kw"] * x["overhaul_share"]
    ghg = made * h.economy["grid_emission_factor"] / 1000
    ghg += own_husk * x["dumped_share"] * x["decay_methane"] * h.economy["gwp_methane"]
    ghg -= tonnes * x["combustion_emission"] / 1000 + own_husk * x["diverted_emission"] / 1000
    return {
        "sales": sold + tonnes * ash_worth, "savings": paid - sold + firm, "worth": paid,
        "cost": cost + staff + made * x["om_variable"] * h.price("operation", t), "kwh": made,
        "replaced": overhaul * h.price("general", t) * h.every(x["overhaul_years"], t),
        "used_load": own_use, "used_husk": own_husk, "ghg": ghg,
    }  # fmt: skip


def _biogas(h: Hand, t: int) -> dict[str, float]:
    x, out, share = h.x, {}, h.ramp(t)
    methane = baseline = cost = 0.0
    if "wastewater" in h.pools:
        out["used_wastewater"] = h.pools["wastewater"][t] * share
        cod = out["used_wastewater"] * x["cod"]
        methane += cod * x["cod_removal"] * x["methane_per_cod"]
        baseline += cod * x["cod_methane"] * x["mcf_wastewater"]
    if "manure" in h.pools:
        out["used_manure"] = h.pools["manure"][t] * share
        methane += out["used_manure"] * x["manure_bo"] * x["digested_share"]
        baseline += out["used_manure"] * x["manure_bo"] * METHANE_KG * x["mcf_manure"]
    if "litter" in h.pools:
        out["used_litter"] = h.pools["litter"][t] * share
        solids = out["used_litter"] * x["litter_vs_per_t"]
        methane += solids * x["litter_bo"] * x["digested_share"]
        baseline += solids * x["litter_bo"] * METHANE_KG * x["mcf_litter"]
        cost += out["used_litter"] * x["litter_price"] * h.price("feedstock", t)
    gas = methane * (1 - x["escape_share"]) / x["methane_share"]
    heat_per_gas = METHANE_KWH * x["methane_share"]
    burnt = saved = fuel_ghg = kwh = 0.0
    if h.words["use"] == "heat":
        fuel = h.words["heat_fuel"]
        burnt = min(gas, h.pools["heat"][t] / (heat_per_gas * x["boiler_efficiency"]))
        replaced = burnt * heat_per_gas * x["burner_gain"] / x[f"{fuel}_heat"]
        saved = replaced * x[f"{fuel}_price"] * h.price("fuel", t)
        fuel_ghg = replaced * x[f"{fuel}_emission"] / 1000
        kwh = out["used_heat"] = burnt * heat_per_gas * x["boiler_efficiency"]
    else:  # power, for the site alone
        assert x["export_allowed"] == 0
        engine = x["engine_kw"] * HOURS * x["engine_availability"] / h.ppy
        kwh = min(engine, gas * heat_per_gas * x["engine_efficiency"],
                  h.pools["load"][t] * x["coincident_share"])  # fmt: skip
        burnt = kwh / (heat_per_gas * x["engine_efficiency"])
        saved = kwh * x["energy_charge"] * h.price("electricity", t)
        fuel_ghg = kwh * h.economy["grid_emission_factor"] / 1000
        out["used_load"] = kwh
        renewal = x["engine_kw"] * x["engine_cost"] * x["engine_renewal_share"]
        out["replaced"] = renewal * h.price("general", t) * h.every(x["engine_renewal_years"], t)
    unburnt = burnt * (1 - x["burnt_share"]) + (gas - burnt) * (1 - x["flare_efficiency"])
    captured_kg = methane * METHANE_KG * (1 - x["escape_share"])
    lost_kg = methane * METHANE_KG * (x["escape_share"] + x["digestate_escape"])
    lost_kg += unburnt * x["methane_share"] * METHANE_KG
    ghg = (min(baseline, captured_kg) - lost_kg) / 1000 * h.economy["gwp_methane"]
    sludge = x["digestate_per_year"] / h.ppy * share * x["digestate_sold"] * x["digestate_price"]
    disposal = out.get("used_wastewater", 0.0) * x["disposal_saved"] * h.price("general", t)
    return out | {
        "sales": sludge * h.price("general", t), "savings": saved + disposal, "worth": saved,
        "kwh": kwh, "cost": cost, "ghg": ghg + fuel_ghg,
    }  # fmt: skip


def _solar(h: Hand, t: int) -> dict[str, float]:
    x = h.x
    if h.words["kind"] == "home_system":
        bill = x["bill_replaced"] * MONTHS / h.ppy * h.price("fuel", t) * h.ramp(t)
        charge = x["load_charge"] * MONTHS / h.ppy * h.price("general", t) * h.ramp(t)
        price = x["watt_peak"] * x["capital_per_wp"] * x["battery_share"] * h.price("general", t)
        litres = x["kerosene_replaced"] * MONTHS / h.ppy * h.ramp(t)
        kwh = x["watt_peak"] / 1000 * x["specific_yield"] * h.season("sun", t) * h.ramp(t)
        return {
            "sales": charge, "savings": bill, "worth": bill + charge, "kwh": kwh,
            "replaced": price * h.every(x["battery_years"], t),
            "ghg": litres * x["kerosene_emission"] / 1000,
        }  # fmt: skip
    year = math.ceil((t - h.start) / h.ppy)
    made = x["capacity_kwp"] * x["specific_yield"] * x["availability"] * h.season("sun", t)
    made *= (1 - x["degradation"]) ** (year - 1) * h.ramp(t)
    assert x["export_allowed"] == 0
    used = min(made, h.pools["load"][t] * x["coincident_share"])
    worth = used * x["energy_charge"] * h.price("electricity", t)
    price = x["capacity_kwp"] * x["capital_per_kwp"] * x["inverter_share"] * h.price("general", t)
    return {
        "savings": worth, "worth": worth, "kwh": used, "used_load": used,
        "cost": used * x["om_variable"] * h.price("operation", t),
        "replaced": price * h.every(x["inverter_years"], t),
        "ghg": used * h.economy["grid_emission_factor"] / 1000,
    }  # fmt: skip


def capital_items(h: Hand, kind: str) -> float:
    """Capital cost before contingency and VAT."""
    x = h.x
    if kind == "rice_husk":
        return x["capacity_kw"] * x["capital_per_kw"]
    if kind == "biogas":
        engine = 0.0 if h.words["use"] == "heat" else x["engine_kw"] * x["engine_cost"]
        return x["digester_m3"] * x["digester_cost"] + engine + x["other_capital"]
    if h.words["kind"] == "home_system":
        return x["watt_peak"] * x["capital_per_wp"]
    return x["capacity_kwp"] * x["capital_per_kwp"]


def finance(h: Hand, made: dict[str, Series], kind: str) -> dict[str, Any]:
    """All money of the project by period: the venture's cash, loan, tax, who gets what."""
    x, n, ppy, eco = h.x, h.n, h.ppy, h.economy
    periods = range(n + 1)
    items = capital_items(h, kind) * (1 + x["contingency"])
    said, company = h.words["vat_registered"], h.words["tax_regime"] == "company"
    registered = said == "registered" or (said == "by_tax_regime" and company)
    capital = items * (1 if registered else 1 + eco["vat"])
    spent = [0.0] * (n + 1)
    for t in range(1, h.built + 1):
        spent[t] = 1 / h.built
    if not h.built:
        spent[0] = 1.0
    retention = x["retention"] if h.built else 0.0
    paid = [capital * s * (1 - retention) for s in spent]
    paid[min(n, h.start + h.periods(x["retention_months"]))] += capital * retention
    vat = [0.0] * (n + 1)
    for t in periods:
        if registered:
            vat[t] += items * eco["vat"] * spent[t]
            vat[min(n, t + h.periods(eco["vat_refund_months"]))] -= items * eco["vat"] * spent[t]
    cost = list(made["cost"])
    for t in periods:
        if h.runs(t):
            cost[t] += (capital * x["om_share"] + x["om_fixed"]) / ppy * h.price("operation", t)
            cost[t] += capital * x["insurance_share"] / ppy * h.price("general", t)
    sales, savings = made["sales"], made["savings"]
    lag = x["payment_lag_days"] / DAYS * ppy
    whole, collected = math.floor(lag + 1e-9), [0.0] * (n + 1)
    for t in periods:
        collected[min(n, t + whole)] += sales[t] * (1 - (lag - whole))
        collected[min(n, t + whole + 1)] += sales[t] * (lag - whole)
    receipts = [a + b for a, b in zip(savings, collected, strict=True)]
    stores = [c * ppy * x["stores_days"] / DAYS for c in cost]
    stores[n] = 0.0
    salvage = [capital * x["salvage_share"] * (t == h.stop and h.runs(t)) for t in periods]
    operations = [
        receipts[t] - cost[t] - (stores[t] - (stores[t - 1] if t else 0.0))
        - made["replaced"][t] + salvage[t]
        for t in periods
    ]  # fmt: skip
    before_tax = [operations[t] - paid[t] - vat[t] for t in periods]
    granted = sum(amount for amount, _ in h.grants)
    grants = [0.0] * (n + 1)
    for amount, months in h.grants:
        grants[min(n, h.start + h.periods(months))] += amount
    loan = _loan(h, max(0.0, capital - granted), spent)
    income = [sales[t] + savings[t] - cost[t] - made["replaced"][t] + salvage[t] for t in periods]
    basis, book = max(0.0, capital - granted), max(0.0, capital - granted)
    for t in periods:
        if h.runs(t):
            charge = min(book, basis / (h.depreciation_years * ppy))
            charge = book if t == h.stop else charge
            book -= charge
            income[t] -= charge
    project_tax = _tax(h, income, collected)
    tax = _tax(h, [income[t] - loan["interest"][t] for t in periods], collected)
    project = [before_tax[t] - project_tax[t] + grants[t] for t in periods]
    owner = [
        before_tax[t] - tax[t] + grants[t] + loan["drawn"][t] - loan["fee"][t]
        - loan["interest"][t] - loan["principal"][t]
        for t in periods
    ]  # fmt: skip
    cfads = [(operations[t] - tax[t]) * h.runs(t) for t in periods]
    return {
        "capital_cost": capital, "flow_before_tax": before_tax, "project_tax.tax": project_tax,
        "tax.tax": tax, "project_flow": project, "equity_flow": owner, "cfads": cfads,
        "loan.balance": loan["balance"], "loan.interest": loan["interest"],
        "loan.principal": loan["principal"], "receipts": receipts, "operating_cost": cost,
        "loan.drawdown": loan["drawn"], "loan.fee": loan["fee"], "vat_net": vat,
        "capital_paid": paid, "grants_received": grants, "cash_operations": operations,
    }  # fmt: skip


def _loan(h: Hand, base: float, spent: Series) -> dict[str, Series]:
    made = {k: [0.0] * (h.n + 1) for k in ("drawn", "interest", "principal", "balance", "fee")}
    if h.loan is None:
        return made
    debt, i = h.loan["share"] * base, h.loan["rate"] / h.ppy
    tenor, grace = h.periods(h.loan["tenor_months"]), h.periods(h.loan["grace_months"])
    made["fee"][0] = h.loan["upfront_fee"] * debt
    owed = 0.0
    for t in range(h.n + 1):
        made["interest"][t] = owed * i
        made["drawn"][t] = debt * spent[t]
        if grace < t <= tenor:
            k = tenor - t + 1
            due = owed / k
            if i and h.words["repayment"] == "equal_instalments":
                due = owed * i / (1 - (1 + i) ** -k) - owed * i  # annuity less interest
            made["principal"][t] = due
        owed += made["drawn"][t] - made["principal"][t]
        made["balance"][t] = owed
    return made


def _tax(h: Hand, income: Series, collected: Series) -> Series:
    tax = [0.0] * (h.n + 1)
    regime, rate = h.words["tax_regime"], h.economy["income_tax_rate"]
    if regime == "none":
        return tax
    if regime == "presumptive":
        return [cash * h.economy["presumptive_tax_rate"] for cash in collected]
    if h.words["losses"] == "absorbed":
        return [x * rate for x in income]
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
