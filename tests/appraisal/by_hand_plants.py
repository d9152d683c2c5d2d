"""What a plant makes, earns and spends, worked out a second time in plain loops (by_hand.py)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.appraisal.by_hand_calendar import MONTHS, season_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.appraisal.by_hand_loans import HandLoan

DAYS, HOURS = 365, 8760
METHANE_KG, METHANE_KWH = 0.716, 35.8 / 3.6  # a normal cubic metre
GASES = ("ghg_baseline", "ghg_project", "ghg_leakage")
Series = list[float]


@dataclass
class Hand:
    """What the hand needs: figures by name, words by name, pools by period, the calendar."""

    x: Mapping[str, float]
    economy: Mapping[str, float]
    words: Mapping[str, str]
    pools: Mapping[str, Sequence[float]]
    alike: Mapping[str, Sequence[float]]  # taken of them by earlier projects of its technology
    seasons: Mapping[str, Sequence[float]]  # twelve shares of the year
    loans: Sequence[HandLoan]
    grants: Sequence[tuple[float, float, float]]  # share, amount, months after commissioning
    signed: Sequence[bool]  # each grant
    committed: Sequence[tuple[float, float]]  # other signed sources: amount, month
    lost: Mapping[str, Sequence[float]]  # the shares that events take, by period
    bridges: Sequence[tuple[str, str, str]]  # of bridging: kind, first stage, last stage
    shares: Sequence[float]  # of custom depreciation, by year of operation
    closing_month: int
    ppy: int
    n: int
    out: dict[str, float | Series | None] = field(default_factory=dict)

    def periods(self, months: float) -> int:
        return math.ceil(months * self.ppy / MONTHS - 1e-9)

    def __post_init__(self) -> None:
        self.built = self.periods(self.x["construction_months"])
        self.start = self.built + self.periods(self.x["delay_months"])
        self.stop = min(self.n, self.start + math.ceil(self.x["life_years"] * self.ppy - 1e-9))

    @property
    def registered(self) -> bool:
        """Whether VAT comes back."""
        said, company = self.words["vat_registered"], self.words["tax_regime"] == "company"
        return said == "registered" or (said == "by_tax_regime" and company)

    def runs(self, t: int) -> bool:
        return self.start < t <= self.stop

    def ramp(self, t: int) -> float:
        n = self.periods(self.x["ramp_up_months"])
        left = 1 - self.lost["output"][t] if "output" in self.lost else 1.0
        return 0.0 if not self.runs(t) else left * (min(1.0, (t - self.start) / n) if n else 1.0)

    def coincident(self, pool: str, t: int) -> float:
        """A load in the plant's own hours, less what plants of its kind have served in them."""
        share, alike = self.x["coincident_share"], self.alike.get(pool)
        if alike is None:
            return self.pools[pool][t] * share
        return max(0.0, (self.pools[pool][t] + alike[t]) * share - alike[t])

    def price(self, group: str, t: int) -> float:
        years = t // self.ppy
        if self.words["price_base"] == "commissioning":
            years = max(0, math.ceil((t - self.start) / self.ppy) - 1)
        return float((1 + self.economy[f"escalation_{group}"]) ** years)

    def season(self, name: str, t: int) -> float:
        return season_share(self.seasons[name], self.closing_month, t, self.ppy)

    def every(self, years: float, t: int) -> bool:
        """Whether something that lasts so long is renewed in period t."""
        age, gap = t - self.start, years * self.ppy
        if not self.runs(t) or age + 1 > math.ceil(self.x["life_years"] * self.ppy - 1e-9):
            return False
        return math.floor(age / gap + 1e-9) > math.floor((age - 1) / gap + 1e-9)


def plant(hand: Hand, kind: str) -> dict[str, Series]:
    """Sales, savings, running cost, replacements, energy, gases and pool use by period."""
    work = {"rice_husk": _husk, "biogas": _biogas, "solar": _solar, "generic": _generic}[kind]
    names = ("sales", "savings", "cost", "replaced", "kwh", "worth", "energy_sold", "ghg", *GASES)
    made: dict[str, Series] = {name: [0.0] * (hand.n + 1) for name in names}
    made |= {f"used_{pool}": [0.0] * (hand.n + 1) for pool in hand.pools}
    for t in range(1, hand.n + 1):
        if hand.runs(t):
            for name, value in work(hand, t).items():
                made.setdefault(name, [0.0] * (hand.n + 1))[t] += value
                for account in GASES:
                    if name.startswith(f"{account}_"):
                        made[account][t] += value
                        made["ghg"][t] += value if account == "ghg_baseline" else -value
    if not hand.registered:
        made["replaced"] = [cost * (1 + hand.economy["vat"]) for cost in made["replaced"]]
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
    uses = [(grid_price, 2, x["export_allowed"] * sellable, "grid")]
    for place, (pool, tariff) in enumerate(
        (("load", "energy_charge"), ("neighbour_load", "neighbour_price"))
    ):
        if pool in h.pools:
            share = h.coincident(pool, t)
            uses.append((x[tariff] * h.price("electricity", t), place, share, pool))
    paid = sold = made = cost = own_husk = bought = tonnes = megajoules = 0.0
    used = {f"used_{pool}": 0.0 for _, _, _, pool in uses if pool != "grid"}
    for price, _, wanted, where in sorted(uses, key=lambda u: (-u[0], u[1])):
        for full_cost, fuel_cost, per, whose in heaps:  # the cheapest, while it is worth it
            kwh = min(rest, wanted, left[whose]) if full_cost <= price + 1e-9 else 0.0
            rest, wanted, made = rest - kwh, wanted - kwh, made + kwh
            left[whose] -= kwh
            paid += kwh * price
            sold += kwh * price if where != "load" else 0.0
            if where != "grid":
                used[f"used_{where}"] += kwh
            cost, tonnes = cost + kwh * fuel_cost, tonnes + kwh * per
            own_husk += kwh * per if whose == "own" else 0.0
            bought += kwh * per if whose == "bought" else 0.0
            megajoules += kwh * x["husk_per_kwh"] * x["husk_heat"]  # the same of straw
    staff = x["operators"] * x["wage"] * x["months_paid"] / h.ppy * h.price("labour", t)
    firm = min(x["firm_kw"], x["capacity_kw"]) * ("load" in h.pools) * h.ramp(t)
    firm *= x["demand_charge"] * MONTHS / h.ppy * h.price("electricity", t)
    overhaul = x["capacity_kw"] * x["capital_per_kw"] * x["overhaul_share"]
    decay = own_husk * x["dumped_share"] * x["decay_methane"] * h.economy["gwp_methane"]
    return {
        "sales": sold + tonnes * ash_worth, "savings": paid - sold + firm, "worth": paid,
        "energy_sold": sold,
        "cost": cost + staff + made * x["om_variable"] * h.price("operation", t), "kwh": made,
        "replaced": overhaul * h.price("general", t) * h.every(x["overhaul_years"], t),
        "used_husk": own_husk, "ghg_baseline_decay": decay, **used,
        "ghg_baseline_grid": made * h.economy["grid_emission_factor"] / 1000,
        "ghg_project_combustion": burning(h, megajoules),
        "power_kwh": made, "power_paid": paid + firm, "stream_revenue_ash": tonnes * ash_worth,
        "stream_cost_labour": staff,
        "stream_cost_husk_forgone": own_husk * x["husk_price"] * h.price("feedstock", t),
        "ghg_leakage_diverted":
            (own_husk * (1 - x["dumped_share"]) + bought) * x["diverted_emission"] / 1000,
    }  # fmt: skip


def burning(h: Hand, megajoules: float) -> float:
    """t CO2e of methane and nitrous oxide: IPCC's kg a TJ times their warming potentials."""
    e = h.economy
    grams = e["biomass_methane"] * e["gwp_methane"]
    grams += e["biomass_nitrous_oxide"] * e["gwp_nitrous_oxide"]
    return grams * megajoules / 1e6 / 1e3


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
    rise, fuel = h.price("electricity", t), h.words["heat_fuel"]
    per_gas = heat_per_gas * x.get("engine_efficiency", 0)
    uses = []  # worth of a unit of gas, gas wanted, name, price
    if h.words["use"] != "power":
        worth = heat_per_gas * x["burner_gain"] / x[f"{fuel}_heat"]
        wanted = h.pools["heat"][t] / (heat_per_gas * x["boiler_efficiency"])
        uses.append((worth * x[f"{fuel}_price"] * h.price("fuel", t), wanted, "heat", 0.0))
    if h.words["use"] != "heat":
        engine = x["engine_kw"] * HOURS * x["engine_availability"] / h.ppy
        able = min(engine, gas * per_gas)
        for price, wanted, name in _power_uses(h, t, able):
            kwh = min(able, wanted)
            able -= kwh
            uses.append((price * rise * per_gas, kwh / per_gas, name, price))
        renewal = x["engine_kw"] * x["engine_cost"] * x["engine_renewal_share"]
        out["replaced"] = renewal * h.price("general", t) * h.every(x["engine_renewal_years"], t)
    burnt = saved = sold = power_ghg = made = 0.0
    for _, wanted, name, price in sorted(uses, key=lambda use: -use[0]):
        taken = min(gas - burnt, wanted)
        burnt += taken
        if name == "heat":
            replaced = taken * heat_per_gas * x["burner_gain"] / x[f"{fuel}_heat"]
            out["worth_heat"] = replaced * x[f"{fuel}_price"] * h.price("fuel", t)
            saved += out["worth_heat"]
            if fuel == "husk":
                out["ghg_baseline_fuel"] = burning(
                    h, replaced * 3.6 * x["husk_heat"] * x["husk_unburnt_share"]
                )
            else:
                out["ghg_baseline_fuel"] = replaced * x[f"{fuel}_emission"] / 1000
            out["used_heat"] = taken * heat_per_gas * x["boiler_efficiency"]
            out |= {"product_heat": out["used_heat"]}
            if h.words["use"] == "heat":
                out |= {"product_biogas": taken, "worth_biogas": out["worth_heat"]}
            made += out["used_heat"]
        else:
            kwh = taken * per_gas
            made += kwh
            saved += kwh * price * rise if name == "load" else 0.0
            sold += kwh * price * rise if name != "load" else 0.0
            power_ghg += kwh * h.economy["grid_emission_factor"] / 1000
            if name != "grid":
                out[f"used_{name}"] = kwh
    unburnt = burnt * (1 - x["burnt_share"]) + (gas - burnt) * (1 - x["flare_efficiency"])
    captured_kg = methane * METHANE_KG * (1 - x["escape_share"])
    gwp = h.economy["gwp_methane"] / 1000
    out |= {
        "ghg_baseline_methane": min(baseline, captured_kg) * gwp,
        "ghg_project_slip": unburnt * x["methane_share"] * METHANE_KG * gwp,
        "ghg_project_escape": methane * METHANE_KG * x["escape_share"] * gwp,
        "ghg_leakage_digestate": methane * METHANE_KG * x["digestate_escape"] * gwp,
    }
    if h.words["use"] != "heat":
        out["ghg_baseline_grid"] = power_ghg
        out["product_power"] = made - out.get("product_heat", 0.0)
        out["worth_power"] = saved + sold - out.get("worth_heat", 0.0)
        out |= {"power_kwh": out["product_power"], "power_paid": out["worth_power"]}
    sludge = x["digestate_per_year"] / h.ppy * share * x["digestate_sold"] * x["digestate_price"]
    disposal = out.get("used_wastewater", 0.0) * x["disposal_saved"] * h.price("general", t)
    return out | {
        "fuel_saved": out.get("worth_heat", 0.0) * (fuel != "husk"),
        "stream_revenue_digestate": sludge * h.price("general", t),
        "sales": sludge * h.price("general", t) + sold, "savings": saved + disposal,
        "worth": saved + sold, "kwh": made, "cost": cost, "energy_sold": sold,
    }  # fmt: skip


def _power_uses(h: Hand, t: int, able: float) -> list[tuple[float, float, str]]:
    """Price, kWh wanted and name of the uses of power, the best-paid first."""
    x = h.x
    uses = [(x["export_price"], x["export_allowed"] * able, "grid")]
    if "neighbour_load" in h.pools:
        wanted = h.coincident("neighbour_load", t)
        uses.append((x["neighbour_price"], wanted, "neighbour_load"))
    if "load" in h.pools:
        uses.append((x["energy_charge"], h.coincident("load", t), "load"))
    return sorted(uses, key=lambda use: -use[0])


def _solar(h: Hand, t: int) -> dict[str, float]:
    x = h.x
    if h.words["kind"] == "home_system":
        bill = x["bill_replaced"] * MONTHS / h.ppy * h.price("fuel", t) * h.ramp(t)
        charge = x["load_charge"] * MONTHS / h.ppy * h.price("general", t) * h.ramp(t)
        price = x["watt_peak"] * x["capital_per_wp"] * x["battery_share"] * h.price("general", t)
        litres = x["kerosene_replaced"] * MONTHS / h.ppy * h.ramp(t)
        kwh = x["watt_peak"] / 1000 * x["specific_yield"] * h.season("sun", t) * h.ramp(t)
        return {
            "fuel_saved": bill,
            "sales": charge, "savings": bill, "worth": bill + charge, "kwh": kwh,
            "replaced": price * h.every(x["battery_years"], t), "energy_sold": charge,
            "ghg_baseline_kerosene": litres * x["kerosene_emission"] / 1000,
        }  # fmt: skip
    year = math.ceil((t - h.start) / h.ppy)
    made = x["capacity_kwp"] * x["specific_yield"] * x["availability"] * h.season("sun", t)
    made *= (1 - x["degradation"]) ** (year - 1) * h.ramp(t)
    rise, saved, sold, used, out = h.price("electricity", t), 0.0, 0.0, 0.0, {}
    for price, wanted, name in _power_uses(h, t, made):
        kwh = min(made - used, wanted)
        used += kwh
        saved += kwh * price * rise if name == "load" else 0.0
        sold += kwh * price * rise if name != "load" else 0.0
        if name != "grid":
            out[f"used_{name}"] = kwh
    price = x["capacity_kwp"] * x["capital_per_kwp"] * x["inverter_share"] * h.price("general", t)
    return out | {
        "power_kwh": used, "power_paid": saved + sold,
        "sales": sold, "savings": saved, "worth": saved + sold, "kwh": used, "energy_sold": sold,
        "cost": used * x["om_variable"] * h.price("operation", t),
        "replaced": price * h.every(x["inverter_years"], t),
        "ghg_baseline_grid": used * h.economy["grid_emission_factor"] / 1000,
    }  # fmt: skip


def _generic(h: Hand, t: int) -> dict[str, float]:
    x, year = h.x, math.ceil((t - h.start) / h.ppy)
    kwh = x["energy_per_year"] / h.ppy * (1 - x["degradation"]) ** (year - 1) * h.ramp(t)
    worth = kwh * x["energy_price"] * h.price("electricity", t)
    benefit = x["benefit_per_year"] / h.ppy * h.ramp(t) * h.price("general", t)
    fuel = x["fuel_per_year"] / h.ppy * x["fuel_price"] * h.price("feedstock", t)
    return {
        "sales": worth + benefit, "worth": worth, "kwh": kwh, "energy_sold": worth,
        "cost": kwh * x["om_variable"] * h.price("operation", t) + fuel,
        "replaced": x["replacement_cost"] * h.price("general", t)
        * h.every(x["replacement_years"], t),
        "ghg_baseline_grid": kwh * h.economy["grid_emission_factor"] / 1000 * x["grid_share"],
        "ghg_baseline_stated": x["avoided_per_year"] / h.ppy * h.ramp(t),
        "power_kwh": kwh * x["grid_share"], "power_paid": worth * x["grid_share"],
        "stream_cost_fuel": fuel, "stream_revenue_benefit": benefit,
    }  # fmt: skip


def capital_items(h: Hand, kind: str) -> float:
    """Capital cost before contingency and VAT."""
    x = h.x
    if kind == "generic":
        return x["plant_cost"] + x["other_capital"]
    if kind == "rice_husk":
        return x["capacity_kw"] * x["capital_per_kw"]
    if kind == "biogas":
        engine = 0.0 if h.words["use"] == "heat" else x["engine_kw"] * x["engine_cost"]
        return x["digester_m3"] * x["digester_cost"] + engine + x["other_capital"]
    if h.words["kind"] == "home_system":
        return x["watt_peak"] * x["capital_per_wp"]
    return x["capacity_kwp"] * x["capital_per_kwp"]


def years_discounted(h: Hand, t: int) -> float:
    """By how many years the flow of a period is discounted."""
    if h.words["discount_timing"] == "first_period_discounted":
        return (t + 1) / h.ppy
    return (t - 0.5 * (h.words["discount_timing"] == "mid_period" and t > 0)) / h.ppy
