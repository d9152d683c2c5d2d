"""Biogas from wastewater, manure or litter, for an engine, for heat, or both.

Methane = COD x removal x working yield (wastewater) + VS x Bo x share digested (manure, litter),
in normal cubic metres. What is captured goes to its best-paid permitted uses: heat that replaces
LPG, fuel oil or husk; power for the site, a neighbour or the grid, within the engine's capacity;
the rest is flared.

Worked example: 150 m3 a day on 300 days at 6 kg COD/m3, 80% removed, 0.30 Nm3 a kg: 64,800 Nm3 of
methane or 108,000 Nm3 of biogas a year. Before losses that replaces 50,800 kg of LPG at 0.47 kg a
Nm3.

Greenhouse gas: the baseline is the lesser of what the feed would emit otherwise (COD x 0.25 kg
CH4/kg x MCF; VS x Bo x MCF) and what is captured. The project emits what is captured and not
destroyed (slip of engine, burner, flare) and what escapes from the digester; its leakage is the
methane of stored digestate. So what is avoided never exceeds what is destroyed, and
litter, of which little would have rotted (MCF 0.015), bears its slip. 100 t captured and 97 t
destroyed avoid 97 t where the feed would emit 100 t or more, and -2 t where it would emit 1 t.

Sources: IPCC 2006 vol. 5 ch. 6 (0.25 kg CH4/kg COD; MCF 0.8 for lagoons over 2 m); IPCC 2019 vol. 4
table 10.16A (Bo); IPCC 2006 vol. 4 table 10.17 (MCF 0.79 at 28 degC); Songkasiri (cassava starch,
realised 0.17 Nm3 CH4/kg COD fed); Mae Tha (0.474 kg LPG per m3 of biogas).
"""

from eicfinance.model.expr import Expr, minimum, total
from eicfinance.model.label import Label
from eicfinance.model.model import Line
from eicfinance.portfolio.declare import Choice, Figure, Pool
from eicfinance.technologies.plant import Plant, Technology, Use, common

# fuel -> unit in which it is counted
FUELS = {"lpg": "kg", "fuel_oil": "litre", "husk": "kg"}


def build(plant: Plant) -> None:
    possible, baseline = _methane(plant)
    gas = _gas(plant, possible)
    _money(plant)
    _gases(plant, possible, baseline, gas)


def _methane(plant: Plant) -> tuple[Line, Line]:
    """Methane that the feed gives (Nm3), and what the feed would emit without the project (t)."""
    m, x, economy = plant.model, plant.x, plant.economy
    density = economy["methane_density"]
    made: list[Expr] = []
    emitted: list[Expr] = []
    with m.section("Feed and methane"):
        if plant.has("wastewater"):
            water = _fed(plant, "wastewater", "m3")
            cod = m.line("cod_fed", "kgCOD", water * x["cod"], label="COD fed")
            made.append(cod * x["cod_removal"] * x["methane_per_cod"])
            emitted.append(cod * x["cod_methane"] * x["mcf_wastewater"])
        if plant.has("manure"):
            solids = _fed(plant, "manure", "kgVS")
            made.append(solids * x["manure_bo"] * x["digested_share"])
            emitted.append(solids * x["manure_bo"] * density * x["mcf_manure"])
        if plant.has("litter"):
            litter = _fed(plant, "litter", "t")
            solids = m.line(
                "litter_vs", "kgVS", litter * x["litter_vs_per_t"], label="VS in litter"
            )
            made.append(solids * x["litter_bo"] * x["digested_share"])
            emitted.append(solids * x["litter_bo"] * density * x["mcf_litter"])
        possible = m.line("methane_made", "Nm3", total(made), label="Methane made")
        per_t = economy["kg_per_t_ch4"]
        baseline = m.line("methane_baseline", "tCH4", total(emitted) / per_t,
                          label="Methane that the feed would emit otherwise")  # fmt: skip
    with m.section("Operating cost"):
        if plant.has("litter"):
            worth = m["fed_litter"] * x["litter_price"] * plant.index("feedstock")
            plant.cost("litter_forgone", worth, "Litter not sold (opportunity cost)")
    return possible, baseline


def _fed(plant: Plant, pool: str, unit: str) -> Line:
    amount = plant.take(pool) * plant.output
    fed = plant.model.line(
        f"fed_{pool}", unit, amount, label=Label("{pool} fed", pool.capitalize())
    )
    plant.uses(pool, unit, fed)
    return fed


def _gas(plant: Plant, possible: Line) -> dict[str, Line]:
    """Shares the captured gas among its uses; writes power and heat delivered."""
    m, x = plant.model, plant.x
    kwh, price = plant.economy["methane_heat"], f"{plant.currency}/Nm3"
    rise = plant.index("electricity")
    with m.section("Gas and its uses"):
        captured = m.line("biogas", "Nm3", possible * (1 - x["escape_share"]) / x["methane_share"],
                          label="Biogas captured")  # fmt: skip
        heat_in_gas = m.result("biogas_heat", "kWh/Nm3", kwh * x["methane_share"],
                               label="Heating value of the biogas")  # fmt: skip
        uses: list[Use] = []
        if plant.choice["use"] != "power":
            limit = plant.take("heat") / (heat_in_gas * x["boiler_efficiency"])
            paid = m.rate("price_heat", price,
                          heat_in_gas * _fuel_per_kwh(plant) * _fuel_price(plant),
                          label="Worth of gas burnt for heat")  # fmt: skip
            uses.append(Use("heat", "Gas for heat", paid, limit * plant.operating))
        if plant.choice["use"] != "heat":
            per_gas = m.result("power_per_biogas", "kWh/Nm3", heat_in_gas * x["engine_efficiency"],
                               label="Power per Nm3 of biogas")  # fmt: skip
            for name, label, charge, limit in _power(plant, captured * per_gas):
                paid = m.rate(f"price_{name}", price, charge * rise * per_gas,
                              label=Label("Worth of gas: {label}", label))  # fmt: skip
                uses.append(
                    Use(name, Label("Gas for power: {label}", label), paid, limit / per_gas)
                )
        gas = plant.best_use("gas", "Nm3", captured, uses)
        m.line("gas_flared", "Nm3", captured - total(list(gas.values())), label="Gas flared")
    with m.section("Energy"):
        for name in [n for n in gas if n != "heat"]:
            power = m.line(f"power_{name}", "kWh", gas[name] * m["power_per_biogas"],
                           label=Label("Power: {name}", name.replace("_", " ")))  # fmt: skip
            plant.energy(power)
            if name != "export":
                plant.uses({"own_use": "load", "neighbour": "neighbour_load"}[name], "kWh", power)
        if "heat" in gas:
            heat = m.line("heat_delivered", "kWh",
                          gas["heat"] * heat_in_gas * x["boiler_efficiency"],
                          label="Useful heat")  # fmt: skip
            plant.energy(heat)
            plant.uses("heat", "kWh", heat)
    return gas


def _power(plant: Plant, gas_power: Expr) -> list[tuple[str, str, Expr, Line]]:
    """Power uses in order of what they pay, each limited so that the engine can serve them all."""
    m, x = plant.model, plant.x
    hours = plant.economy["hours_per_year"] * x["engine_availability"]
    engine = m.line("engine_limit", "kWh", plant.yearly(x["engine_kw"] * hours) * plant.operating,
                    label="Power that the engine allows")  # fmt: skip
    able = minimum(engine, gas_power)
    wanted = []
    if plant.has("load"):
        limit = plant.coincident("load")
        wanted.append(Use("own_use", "own use", x["energy_charge"], limit))
    if plant.has("neighbour_load"):
        limit = plant.coincident("neighbour_load")
        wanted.append(Use("neighbour", "neighbour", x["neighbour_price"], limit))
    wanted.append(Use("export", "grid", x["export_price"], x["export_allowed"] * able))
    shares = plant.best_use("power_wanted", "kWh", engine, wanted)
    return [(use.name, use.label, use.price, shares[use.name]) for use in wanted]


def _fuel_per_kwh(plant: Plant) -> Expr:
    """Fuel that a kWh of gas replaces: burner against boiler, over the fuel's heating value."""
    fuel = plant.choice["heat_fuel"]
    return plant.x["burner_gain"] / plant.x[f"{fuel}_heat"]


def _fuel_price(plant: Plant) -> Expr:
    fuel = plant.choice["heat_fuel"]
    return plant.x[f"{fuel}_price"] * plant.index("fuel")


def _money(plant: Plant) -> None:
    m, x, rise = plant.model, plant.x, plant.index("electricity")
    with m.section("Revenue and savings"):
        if "gas_heat" in m:
            fuel, unit = plant.choice["heat_fuel"], FUELS[plant.choice["heat_fuel"]]
            replaced = m.line("fuel_replaced", unit,
                              m["gas_heat"] * m["biogas_heat"] * _fuel_per_kwh(plant),
                              label=Label("Fuel replaced: {fuel}",
                                          fuel.replace("_", " ")))  # fmt: skip
            plant.saving("fuel", replaced * _fuel_price(plant), "Fuel not bought", energy=True)
            if fuel != "husk":
                plant.fuel("saving_fuel")
        if "power_own_use" in m:
            plant.saving("power", m["power_own_use"] * x["energy_charge"] * rise,
                         "Power not bought", energy=True)  # fmt: skip
            plant.supply("saving_power", m["power_own_use"])
        if "power_neighbour" in m:
            plant.revenue("neighbour", m["power_neighbour"] * x["neighbour_price"] * rise,
                          "Power sold to neighbour", energy=True)  # fmt: skip
            plant.supply("revenue_neighbour", m["power_neighbour"])
        if "power_export" in m:
            plant.revenue("export", m["power_export"] * x["export_price"] * rise,
                          "Power sold to the grid", energy=True)  # fmt: skip
            plant.supply("revenue_export", m["power_export"])
        _products(plant)
        sludge = plant.yearly(x["digestate_per_year"]) * plant.output * x["digestate_sold"]
        plant.revenue("digestate", sludge * x["digestate_price"] * plant.index("general"),
                      "Digestate sold")  # fmt: skip
        if plant.has("wastewater"):
            treated = m["fed_wastewater"] * x["disposal_saved"] * plant.index("general")
            plant.saving("disposal", treated, "Disposal of wastewater not paid")
    with m.section("Capital cost"):
        plant.capital("digester", x["digester_m3"] * x["digester_cost"], "Digester")
        if plant.choice["use"] != "heat":
            engine = x["engine_kw"] * x["engine_cost"]
            plant.capital("engine", engine, "Engine and gas cleaning")
            plant.replacement("engine", engine * x["engine_renewal_share"],
                              x["engine_renewal_years"], "Engine renewal")  # fmt: skip
        plant.capital("other", x["other_capital"], "Piping, burner, flare, building")


def _products(plant: Plant) -> None:
    """Heat and power, and the gas itself where there is no engine in its cost."""
    m = plant.model
    powers = [m[f"power_{n}"] for n in ("own_use", "neighbour", "export") if f"power_{n}" in m]
    if powers:
        names = ("saving_power", "revenue_neighbour", "revenue_export")
        with m.section("Energy"):
            made = m.line("power_delivered", "kWh", total(powers), label="Power delivered")
        plant.product("power", made, *(m[name] for name in names if name in m))
    if "gas_heat" in m:
        plant.product("heat", m["heat_delivered"], m["saving_fuel"])
        if not powers:
            plant.product("biogas", m["gas_heat"], m["saving_fuel"])


def _gases(plant: Plant, possible: Line, baseline: Line, gas: dict[str, Line]) -> None:
    m, x, economy = plant.model, plant.x, plant.economy
    density, per_t = economy["methane_density"], economy["kg_per_t_ch4"]
    with m.section("Greenhouse gases"):
        per_gas = x["methane_share"] * density / per_t
        captured = m.line("methane_captured", "tCH4", m["biogas"] * per_gas,
                          label="Methane captured")  # fmt: skip
        burnt = (
            total(list(gas.values())) * x["burnt_share"] + m["gas_flared"] * x["flare_efficiency"]
        )
        destroyed = m.line("methane_destroyed", "tCH4", burnt * per_gas,
                           label="Methane captured and destroyed")  # fmt: skip
        plant.gas("baseline", "methane", plant.of_methane(minimum(baseline, captured)),
                  "Methane not emitted (the lesser of baseline and captured)")  # fmt: skip
        powers = [m[f"power_{n}"] for n in gas if n != "heat"]
        if powers:
            plant.gas("baseline", "grid", plant.of_grid(total(powers)), "Grid power replaced")
        if "fuel_replaced" in m:
            plant.gas("baseline", "fuel", _fuel_emission(plant), "Fuel replaced")
        plant.gas("project", "slip", plant.of_methane(captured - destroyed),
                  "Methane that engine, burner and flare leave unburnt")  # fmt: skip
        made = m.line("methane_made_t", "tCH4", possible * density / per_t,
                      label="Methane made, by mass")  # fmt: skip
        plant.gas("project", "escape", plant.of_methane(made * x["escape_share"]),
                  "Methane that escapes the digester")  # fmt: skip
        plant.gas("leakage", "digestate", plant.of_methane(made * x["digestate_escape"]),
                  "Methane of stored digestate")  # fmt: skip


def _fuel_emission(plant: Plant) -> Expr:
    """CO2 of the fossil fuel replaced; methane and nitrous oxide of husk that nobody else burns."""
    x, economy, fuel = plant.x, plant.economy, plant.choice["heat_fuel"]
    replaced: Line = plant.model["fuel_replaced"]
    if fuel == "husk":
        heat = plant.model.line("husk_heat_unburnt", "TJ",
                                replaced * x["husk_unburnt_share"] * x["husk_heat"]
                                / economy["kwh_per_tj"],
                                label="Heat of husk that nobody burns")  # fmt: skip
        return plant.of_burning(heat)
    return replaced * x[f"{fuel}_emission"] / economy["kg_per_t_co2e"]


POWER = ("use", "power", "heat_and_power")
HEAT = ("use", "heat", "heat_and_power")
TECHNOLOGY = Technology(
    name="biogas",
    title="Biogas from wastewater, manure or litter",
    choices=(
        Choice("use", ("heat", "power", "heat_and_power"), "power", "What the gas is for"),
        Choice("heat_fuel", ("lpg", "fuel_oil", "husk"), "lpg", "Fuel that heat replaces"),
    ),
    figures=(
        *common(construction_months=8, ramp_up_months=5, om_share=0.05),
        Figure("cod", "kgCOD/m3", 6, "COD of the wastewater", 3, 12,
               source="assumption; rice-noodle wastewater, no figure retrieved"),
        Figure("cod_removal", "1", 0.80, "COD removed", 0.70, 0.90, 0, 1,
               source="Chol Charoen CDM project, Chachoengsao: 80%"),
        Figure("methane_per_cod", "Nm3/kgCOD", 0.30, "Methane per COD removed", 0.20, 0.33, 0, 0.35,
               source="assumption; theory 0.35; Songkasiri realised 0.17 per COD fed"),
        Figure("cod_methane", "kgCH4/kgCOD", 0.25, "Methane that COD can emit", least=0, most=0.26,
               source="IPCC 2006 vol. 5 ch. 6"),
        Figure("mcf_wastewater", "1", 0.80, "Methane correction factor of the lagoon", 0.7, 0.9, 0,
               1,
               source="IPCC 2006 vol. 5 table 6.8, lagoon over 2 m"),
        Figure("manure_bo", "Nm3/kgVS", 0.270, "Methane potential of manure (Bo)", 0.270, 0.420, 0,
               0.6,
               source="IPCC 2019 vol. 4 table 10.16A, swine: 0.29 and 0.45 at 20 degC"),
        Figure("mcf_manure", "1", 0.79, "Methane correction factor of manure", 0.77, 0.80, 0, 1,
               source="IPCC 2006 vol. 4 table 10.17, uncovered lagoon at 28 degC"),
        Figure("litter_vs_per_t", "kgVS/t", 180, "Volatile solids in litter", 140, 250, 0, 1000,
               source="assumption; 100,000 layers x 0.02 kg VS (IPCC 2006 T. 10A-9) / 11 t"),
        Figure("litter_bo", "Nm3/kgVS", 0.363, "Methane potential of litter (Bo)", 0.224, 0.364, 0,
               0.6,
               source="IPCC 2019 vol. 4 table 10.16A, layers: 0.39 at 20 degC"),
        Figure("mcf_litter", "1", 0.015, "Methane correction factor of litter", 0.01, 0.05, 0, 1,
               source="IPCC 2006 vol. 4 table 10.17, poultry manure with or without litter"),
        Figure("litter_price", "THB/t", 400, "What litter would be sold for", 200, 600, -1000),
        Figure("digested_share", "1", 0.65, "Share of Bo that the digester realises", 0.6, 0.75, 0,
               1,
               source="assumption; 0.6-0.7 gives 0.09-0.16 m3 biogas a pig a day"),
        Figure("methane_share", "1", 0.60, "Methane in the biogas", 0.50, 0.65, 0.3, 0.8,
               source="Songkasiri 50-60%; UC Davis CBC 2013 60%"),
        Figure("escape_share", "1", 0.05, "Methane that escapes the digester", 0.02, 0.10, 0, 1),
        Figure("digestate_escape", "1", 0.01, "Methane of stored digestate, share of methane made",
               0, 0.05, 0, 1),
        Figure("burnt_share", "1", 0.99, "Methane destroyed in engine or burner", 0.97, 1, 0, 1),
        Figure("flare_efficiency", "1", 0.90, "Methane destroyed in the flare", 0.5, 0.99, 0, 1,
               source="assumption; CDM tool: 0.9 closed flare, 0.5 open flare"),
        Figure("boiler_efficiency", "1", 0.85, "Efficiency of the gas burner", 0.8, 0.9, 0.1, 1,
               when=HEAT),
        Figure("burner_gain", "1", 1.0, "Gas burner's efficiency over the replaced boiler's",
               1.0, 1.3, 0.5, 3, when=HEAT),
        Figure("lpg_heat", "kWh/kg", 12.7, "Heating value of LPG", 11.3, 13.9, 1,
               source="Mae Tha: 0.474 kg a m3 of biogas (0.43-0.53), 21.5 MJ a m3",
               when=("heat_fuel", "lpg")),
        Figure("lpg_price", "THB/kg", 25, "Price of LPG", 22, 28.2,
               source="318-423 THB a 15-kg cylinder, 2020-25", when=("heat_fuel", "lpg"),
               tariff=True),
        Figure("lpg_emission", "kgCO2e/kg", 2.98, "Emission of LPG (CO2)", 2.9, 3.1,
               source="IPCC 2006 vol. 2: 63.1 t CO2/TJ x 47.3 TJ/Gg", when=("heat_fuel", "lpg")),
        Figure("fuel_oil_heat", "kWh/litre", 12.2, "Heating value of fuel oil", 10.9, 13.3, 1,
               source="Songkasiri: 0.49 litre a m3 of biogas (0.45-0.55)",
               when=("heat_fuel", "fuel_oil")),
        Figure("fuel_oil_price", "THB/litre", 20, "Price of fuel oil", 15, 28,
               when=("heat_fuel", "fuel_oil"), tariff=True),
        Figure("fuel_oil_emission", "kgCO2e/litre", 3.06, "Emission of fuel oil (CO2)", 3.0, 3.2,
               source="IPCC 2006 vol. 2: 77.4 t CO2/TJ x 40.4 TJ/Gg x 0.98 kg/l",
               when=("heat_fuel", "fuel_oil")),
        Figure("husk_heat", "kWh/kg", 3.75, "Heating value of husk", 3.47, 4.03, 1,
               source="13.5 MJ/kg; ADBI manual box 3c.4 implies 13.3", when=("heat_fuel", "husk")),
        Figure("husk_price", "THB/kg", 1.2, "Price of husk", 0.9, 1.5, when=("heat_fuel", "husk")),
        Figure("husk_unburnt_share", "1", 0, "Share of the husk set free that nobody else burns",
               0, 0.05, 0, 1,
               source="assumption; Royal Institute J. 39(2) 2014: 95% of husk is used",
               when=("heat_fuel", "husk")),
        Figure("engine_kw", "kW", None, "Engine", least=0.1, when=POWER),
        Figure("engine_efficiency", "1", 0.30, "Electrical efficiency, net", 0.23, 0.40, 0.05, 0.5,
               source="UC Davis 0.23 (net, HHV); Baria, Davao 0.36", when=POWER),
        Figure("engine_availability", "1", 0.85, "Availability of the engine", 0.7, 0.92, 0, 1,
               when=POWER),
        Figure("coincident_share", "1", 1.0, "Share of the load that falls into running hours",
               0.7, 1, 0, 1, when=POWER),
        Figure("energy_charge", "THB/kWh", 4.0, "Energy charge saved, with Ft", 3.5, 4.5,
               source="industrial average 2025-26: 4.2; vendors 4.0-5.5", tariff=True, when=POWER),
        Figure("neighbour_price", "THB/kWh", 3.6, "Price paid by a neighbour", 3.0, 4.0,
               tariff=True, when=POWER),
        Figure("export_allowed", "1", 0,
               "Share of output that permit and contract let into the grid",
               0, 1, 0, 1, when=POWER, decision=True),
        Figure("export_price", "THB/kWh", 2.6, "Price paid by the grid", 2.2, 3.76,
               source="2.6 in 2006 (Tamronglak, implied); FiT 2015 wastewater 3.76, closed",
               tariff=True, when=POWER),
        Figure("digestate_per_year", "t/year", 0, "Digestate that can be sold per year"),
        Figure("digestate_sold", "1", 1.0, "Share of it that is sold", 0, 1, 0, 1),
        Figure("digestate_price", "THB/t", 600, "Price of digestate", 0, 2000),
        Figure("disposal_saved", "THB/m3", 0, "Disposal of wastewater avoided", 0, 20),
        Figure("digester_m3", "m3", None, "Digester volume", least=1),
        Figure("digester_cost", "THB/m3", 2000, "Digester per m3", 720, 4500,
               source="pig-waste CBA: lagoon 450, dome 1,303 (2000s), x 1.6-2.0; else assumption"),
        Figure("engine_cost", "THB/kW", 30000, "Engine and gas cleaning per kW", 12000, 40000,
               when=POWER),
        Figure("engine_renewal_share", "1", 0.4, "Engine renewal, share of its cost", 0.3, 1, 0, 1,
               when=POWER),
        Figure("engine_renewal_years", "year", 8, "Engine renewal every", 6, 15, 1, 50, when=POWER),
        Figure("other_capital", "THB", 0, "Piping, burner, flare, building"),
    ),
    pools=(
        Pool("wastewater", "m3", "Wastewater"),
        Pool("manure", "kgVS", "Manure"),
        Pool("litter", "t", "Litter"),
        Pool("heat", "kWh", "Heat load", required=True, when=HEAT),
        Pool("load", "kWh", "Power load on the site", when=POWER),
        Pool("neighbour_load", "kWh", "Load of a neighbour", when=POWER),
    ),
    one_of=("wastewater", "manure", "litter"),
    build=build,
)  # fmt: skip
