"""Solar: rooftop or ground PV, or solar home systems.

PV: energy = capacity x specific yield x season x availability x (1 - degradation)^(year - 1). It
serves the site's load as far as the load falls into daylight, a neighbour's, and the grid if a
permit allows, the best-paid first; the rest is curtailed. 100 kWp at 1,400 kWh a kWp and 4.00 THB
a kWh, all used: 560,000 THB in the first year.

Solar home systems: each replaces a bill (kerosene, LPG lamps, charging) of so much a month; the
battery is replaced every few years; in a micro-utility neighbours pay a load charge to the owner
(ADBI manual 3.d.4: about half of the instalment).

Sources: yield, capsolar 2026 (3.8 to 5.0 peak sun hours x 0.80); degradation the same; price of
systems, vendor pages of 2026; grid emission factor is the portfolio's.
"""

from eicfinance.model.expr import maximum, total
from eicfinance.portfolio.declare import Choice, Figure, Pool, Season
from eicfinance.technologies.plant import Plant, Technology, Use, common

PV = ("kind", "pv")
HOME = ("kind", "home_system")


def build(plant: Plant) -> None:
    if plant.choice["kind"] == "home_system":
        _home_system(plant)
    else:
        _pv(plant)


def _pv(plant: Plant) -> None:
    m, x, money = plant.model, plant.x, plant.currency
    price = f"{money}/kWh"
    with m.section("Energy"):
        ageing = m.rate("ageing", "1", (1 - x["degradation"]) ** maximum(0,
                                                                         plant.operating_year - 1),
                        label="Output left after degradation")  # fmt: skip
        full = x["capacity_kwp"] * x["specific_yield"] * x["availability"]
        made = m.line("energy_possible", "kWh", full * plant.season["sun"] * ageing * plant.output,
                      label="Energy that can be made")  # fmt: skip
        own = m.rate("price_own_use", price, x["energy_charge"] * plant.index("electricity"))
        sold = m.rate("price_export", price, x["export_price"] * plant.index("electricity"))
        uses = []
        if plant.has("load"):
            daylight = plant.coincident("load")
            uses.append(Use("own_use", "Own use", own, daylight))
        if plant.has("neighbour_load"):
            near = m.rate("price_neighbour", price,
                          x["neighbour_price"] * plant.index("electricity"))  # fmt: skip
            daylight = plant.coincident("neighbour_load")
            uses.append(Use("neighbour", "Neighbour in the cluster", near, daylight))
        uses.append(Use("export", "Grid", sold, x["export_allowed"] * made))
        used = plant.best_use("energy", "kWh", made, uses)
        delivered = m.line("energy_delivered", "kWh", total(list(used.values())),
                           label="Energy delivered")  # fmt: skip
        plant.energy(delivered)
        for pool, name in (("load", "own_use"), ("neighbour_load", "neighbour")):
            if plant.has(pool):
                plant.uses(pool, "kWh", used[name])
    with m.section("Revenue and savings"):
        if "own_use" in used:
            plant.saving("power", used["own_use"] * own, "Power not bought", energy=True)
            plant.supply("saving_power", used["own_use"])
        if "neighbour" in used:
            plant.revenue(
                "neighbour", used["neighbour"] * near, "Power sold to neighbour", energy=True
            )
            plant.supply("revenue_neighbour", used["neighbour"])
        plant.revenue("export", used["export"] * sold, "Power sold to the grid", energy=True)
        plant.supply("revenue_export", used["export"])
    with m.section("Operating cost"):
        rise = plant.index("operation")
        plant.cost("variable", delivered * x["om_variable"] * rise, "Variable operating cost")
    with m.section("Capital cost"):
        price_in_all = x["capacity_kwp"] * x["capital_per_kwp"]
        plant.capital("pv", price_in_all, "PV system")
        plant.replacement("inverter", price_in_all * x["inverter_share"],
                          x["inverter_years"], "Inverter")  # fmt: skip
    with m.section("Greenhouse gases"):
        plant.gas("baseline", "grid", plant.of_grid(delivered), "Grid power replaced")


def _home_system(plant: Plant) -> None:
    m, x = plant.model, plant.x
    months = plant.economy["months_per_year"]
    with m.section("Service"):
        kwh = x["watt_peak"] / plant.economy["w_per_kw"] * x["specific_yield"]
        made = m.line("energy_delivered", "kWh", kwh * plant.season["sun"] * plant.output,
                      label="Energy delivered")  # fmt: skip
        plant.energy(made)
    with m.section("Revenue and savings"):
        bill = x["bill_replaced"] * months * plant.index("fuel")
        plant.saving("bill", plant.yearly(bill) * plant.output,
                     "Kerosene, gas, charging not bought",
                     energy=True)  # fmt: skip
        plant.fuel("saving_bill")
        charge = x["load_charge"] * months * plant.index("general")
        plant.revenue("load_charge", plant.yearly(charge) * plant.output,
                      "Load charge paid by neighbours", energy=True)  # fmt: skip
    with m.section("Capital cost"):
        price_in_all = x["watt_peak"] * x["capital_per_wp"]
        plant.capital("system", price_in_all, "Solar home system")
        plant.replacement("battery", price_in_all * x["battery_share"],
                          x["battery_years"], "Battery")  # fmt: skip
    with m.section("Greenhouse gases"):
        litres = m.line("kerosene_not_burnt", "litre",
                        plant.yearly(x["kerosene_replaced"] * months) * plant.output,
                        label="Kerosene not burnt")  # fmt: skip
        plant.gas("baseline", "kerosene",
                  litres * x["kerosene_emission"] / plant.economy["kg_per_t_co2e"],
                  "Kerosene replaced")  # fmt: skip


TECHNOLOGY = Technology(
    name="solar",
    title="Solar: PV on roof or ground, or solar home systems",
    choices=(Choice("kind", ("pv", "home_system"), "pv", "PV plant or solar home system"),),
    figures=(
        *common(life_years=25, construction_months=3, om_share=0.012, contingency=0.05),
        Figure("specific_yield", "kWh/kWp/year", 1400, "Specific yield", 1300, 1500, 1, 2500,
               source="assumption; capsolar 2026: 1,110-1,460, a vendor's 1,560"),
        Figure("capacity_kwp", "kWp", None, "Capacity", least=1e-3, when=PV),
        Figure("degradation", "1", 0.005, "Loss of output per year", 0.004, 0.008, 0, 0.1,
               source="capsolar 2026", when=PV),
        Figure("availability", "1", 1.0, "Availability", 0.95, 1, 0, 1,
               source="assumption: contained in the specific yield", when=PV),
        Figure("coincident_share", "1", 0.8, "Share of the load that falls into daylight",
               0.5, 1, 0, 1, when=PV),
        Figure("energy_charge", "THB/kWh", 4.0, "Energy charge saved, with Ft", 3.5, 4.5,
               source="industrial average 2025-26: 4.2; vendors 4.0-5.5", when=PV, tariff=True),
        Figure("export_allowed", "1", 0,
               "Share of output that permit and contract let into the grid",
               0, 1, 0, 1, when=PV, decision=True),
        Figure("export_price", "THB/kWh", 2.2, "Price paid by the grid", 1.68, 2.2,
               source="household surplus 1.68 (2018), later 2.20", when=PV, tariff=True),
        Figure("neighbour_price", "THB/kWh", 3.6, "Price paid by a neighbour", 3.0, 4.0, when=PV,
               tariff=True),
        Figure("capital_per_kwp", "THB/kWp", 25000, "PV system per kWp", 18000, 40000,
               source="vendor pages 2026: 18,000 and 30,000-40,000", when=PV),
        Figure("om_variable", "THB/kWh", 0, "Variable operating cost", when=PV),
        Figure("inverter_share", "1", 0.12, "Inverter, share of capital cost", 0.10, 0.15, 0, 1,
               when=PV),
        Figure("inverter_years", "year", 12, "Inverter lasts", 10, 15, 1, 50, when=PV),
        Figure("watt_peak", "Wp", None, "Panel of a home system", least=1, when=HOME),
        Figure("capital_per_wp", "THB/Wp", 225, "Home system per Wp, installed", 200, 250,
               when=HOME),
        Figure("bill_replaced", "THB/month", 250, "Kerosene, gas and charging replaced", 150, 350,
               when=HOME),
        Figure("load_charge", "THB/month", 0, "Paid by neighbours (micro-utility)", 0, 200,
               when=HOME),
        Figure("battery_share", "1", 0.25, "Battery, share of system price", 0.25, 0.30, 0, 1,
               when=HOME),
        Figure("battery_years", "year", 4, "Battery lasts", 3, 5, 1, 25, when=HOME),
        Figure("kerosene_replaced", "litre/month", 3, "Kerosene replaced", 0, 6, when=HOME),
        Figure("kerosene_emission", "kgCO2e/litre", 2.5, "Emission of kerosene (CO2)", 2.4, 2.6,
               source="IPCC 2006 vol. 2: 71.9 t CO2/TJ x 43.8 TJ/Gg x 0.8 kg/l", when=HOME),
    ),
    seasons=(
        Season("sun", "Sunshine by month",
               source="assumption: the same every month"),
    ),
    pools=(
        Pool("load", "kWh", "Load on the site", when=PV),
        Pool("neighbour_load", "kWh", "Load of a neighbour", when=PV),
    ),
    build=build,
)  # fmt: skip
