"""Rice-husk power: a gasifier or steam plant that burns what the mill leaves over.

Fuels in order of cost: the site's own husk (which has an opportunity cost, what it would have been
sold for), bought husk, rice straw. A kWh costs fuel and variable operation less the
ash sold. Order of merit: the best-paid use (own load, neighbour, grid) gets the cheapest fuel, and
each use only fuels that cost no more than it pays, within capacity x hours x availability: nothing
is burnt for power that pays less than its fuel.

Worked example: 3,696 t of husk at 1.8 kg a net kWh give 2.053 GWh; a 350 kW plant at 0.82 can make
2.514 GWh; so husk decides. If only the mill's 960 MWh may be served, 1,728 t are burnt, worth
1,728,000 THB a year at 1,000 THB a tonne against 3,840,000 THB saved at 4.00 THB a kWh. The grid at
2.60 THB a kWh is served with this husk (1.80 a kWh, 1.65 after the ash), not with husk at 1,600 THB
a tonne (2.88 and 2.73).

Sources: kg per net kWh, Tamronglak 2006 (6 MW steam 67,000 t / 37 GWh = 1.81; 1 MW gasifier 10,800
t / 6.5 GWh = 1.66; 120 kW gasifier 1,300 t / 0.73 GWh = 1.78); the ADBI manual 3c.2.2 has 2. Ash:
assumption. Decay of dumped husk: GEC FY2004, 0.0616 t CH4 a tonne.

Burning husk emits methane and nitrous oxide (IPCC 2006 vol. 2 table 2.2: 30 and 4 kg a TJ; the CO2
is biogenic): at 13.5 GJ a tonne 0.405 and 0.054 kg, 25.65 kg CO2e with the potentials of AR5.
"""

from eicfinance.model.expr import Expr, minimum, total
from eicfinance.model.label import Label
from eicfinance.model.model import Line
from eicfinance.portfolio.declare import Figure, Pool
from eicfinance.technologies.plant import Plant, Technology, Use, common


def build(plant: Plant) -> None:
    fuels = _fuel(plant)
    used, delivered = _energy(plant, fuels)
    _burn(plant, fuels, delivered)
    _money(plant, used, delivered)
    _gases(plant, delivered)


def _fuel(plant: Plant) -> list[Use]:
    """What each fuel could give, in kWh, and its cost a kWh as a negative price: the cheapest pays
    best."""
    m, x, unit = plant.model, plant.x, f"{plant.currency}/kWh"
    rise = plant.index("feedstock")
    per_kwh = x["husk_per_kwh"] / plant.economy["kg_per_t"]
    straw_per_kwh = per_kwh * x["husk_heat"] / x["straw_heat"]
    offers = (  # name, label, price a tonne, tonnes a kWh, tonnes a period
        ("own_husk", "Own husk", x["husk_price"], per_kwh, plant.take("husk")),
        ("bought_husk", "Bought husk", x["bought_husk_price"], per_kwh,
         plant.yearly(x["bought_husk_per_year"])),
        ("straw", "Rice straw", x["straw_price"], straw_per_kwh, plant.yearly(x["straw_per_year"])),
    )  # fmt: skip
    fuels = []
    with m.section("Fuel"):
        ash = x["ash_share"] * x["ash_sold"] * x["ash_price"] * plant.index("general")
        variable = x["om_variable"] * plant.index("operation")
        for name, label, price, tonnes_per_kwh, tonnes in offers:
            cost = m.rate(f"fuel_cost_{name}", unit,
                          (price * rise - ash) * tonnes_per_kwh + variable,
                          label=Label("{label}: cost per kWh", label),
                          note="with variable operation, less ash sold")  # fmt: skip
            able = m.line(f"energy_of_{name}", "kWh", tonnes / tonnes_per_kwh,
                          label=Label("Energy that the fuel allows: {label}", label))  # fmt: skip
            fuels.append(Use(name, label, -cost, able))
    return fuels


def _energy(plant: Plant, fuels: list[Use]) -> tuple[dict[str, Line], Line]:
    m, x = plant.model, plant.x
    price = f"{plant.currency}/kWh"
    rise = plant.index("electricity")
    with m.section("Energy"):
        hours = plant.economy["hours_per_year"] * x["availability"]
        possible = m.line("energy_possible", "kWh",
                          plant.yearly(x["capacity_kw"] * hours) * plant.output,
                          label="Energy that the plant allows")  # fmt: skip

        def use(name: str, label: str, tariff: str, load: Expr | None) -> Use:
            """A use of power; without a load it is the grid."""
            pays = m.rate(f"price_{name}", price, x[tariff] * rise)
            cheap = total([fuel.limit * (pays + fuel.price >= 0) for fuel in fuels])
            worth = m.line(f"energy_worthwhile_{name}", "kWh", cheap,
                           label=Label("Energy worth making: {label}", label),
                           note="of fuels that cost no more than it pays")  # fmt: skip
            limit = x["export_allowed"] * minimum(possible, worth) if load is None else load
            return Use(name, label, pays, limit, worth)

        uses = []
        if plant.has("load"):
            uses.append(use("own_use", "Own use", "energy_charge", plant.coincident("load")))
        if plant.has("neighbour_load"):
            uses.append(use("neighbour", "Neighbour in the cluster", "neighbour_price",
                            plant.coincident("neighbour_load")))  # fmt: skip
        uses.append(use("export", "Grid", "export_price", None))
        used = plant.best_use("energy", "kWh", possible, uses)
        delivered = m.line("energy_delivered", "kWh", total(list(used.values())),
                           label="Energy delivered")  # fmt: skip
        plant.energy(delivered)
        for pool, name in (("load", "own_use"), ("neighbour_load", "neighbour")):
            if plant.has(pool):
                plant.uses(pool, "kWh", used[name])
    return used, delivered


def _burn(plant: Plant, fuels: list[Use], delivered: Line) -> None:
    """The cheapest fuel first, as much as the delivered energy needs."""
    m, x, kg = plant.model, plant.x, plant.economy["kg_per_t"]
    with m.section("Fuel burnt"):
        burnt = plant.best_use("burnt", "kWh", delivered, fuels)
        per_kwh = x["husk_per_kwh"] / kg
        own = m.line("husk_own", "t", burnt["own_husk"] * per_kwh, label="Own husk burnt")
        bought = m.line(
            "husk_bought", "t", burnt["bought_husk"] * per_kwh, label="Bought husk burnt"
        )
        straw = m.line("straw_burnt", "t",
                       burnt["straw"] * per_kwh * x["husk_heat"] / x["straw_heat"],
                       label="Straw burnt")  # fmt: skip
        plant.uses("husk", "t", own)
        ash = m.line("ash", "t", (own + bought + straw) * x["ash_share"], label="Ash made")
        rise = plant.index("feedstock")
    with m.section("Operating cost"):
        plant.cost("husk_forgone", own * x["husk_price"] * rise, "Husk not sold (opportunity cost)")
        plant.cost("husk_bought", bought * x["bought_husk_price"] * rise, "Husk bought")
        plant.cost("straw", straw * x["straw_price"] * rise, "Straw bought")
    with m.section("Revenue and savings"):
        plant.revenue(
            "ash", ash * x["ash_sold"] * x["ash_price"] * plant.index("general"), "Ash sold"
        )


def _money(plant: Plant, used: dict[str, Line], delivered: Line) -> None:
    m, x, rise = plant.model, plant.x, plant.index("electricity")
    with m.section("Revenue and savings"):
        if "own_use" in used:
            plant.saving(
                "power", used["own_use"] * m["price_own_use"], "Power not bought", energy=True
            )
            plant.supply("saving_power", used["own_use"])
        if "neighbour" in used:
            plant.revenue("neighbour", used["neighbour"] * m["price_neighbour"],
                          "Power sold to neighbour", energy=True)  # fmt: skip
            plant.supply("revenue_neighbour", used["neighbour"])
        gross = used["export"] * m["price_export"]
        plant.revenue("export", gross, "Power sold to the grid", energy=True)
        plant.supply("revenue_export", used["export"])
        months = plant.economy["months_per_year"]
        if plant.has("load"):
            firm = minimum(x["firm_kw"], x["capacity_kw"]) * x["demand_charge"] * months
            plant.saving("demand_charge", plant.yearly(firm) * plant.output * rise,
                         "Demand charge not paid (firm capacity)")  # fmt: skip
            plant.supply("saving_demand_charge")
    with m.section("Operating cost"):
        staff = x["operators"] * x["wage"] * x["months_paid"]
        plant.cost(
            "labour", plant.yearly(staff) * plant.operating * plant.index("labour"), "Labour"
        )
        variable = delivered * x["om_variable"] * plant.index("operation")
        plant.cost("variable", variable, "Variable operating cost")
    with m.section("Capital cost"):
        price_in_all = x["capacity_kw"] * x["capital_per_kw"]
        plant.capital("plant", price_in_all, "Power plant")
        plant.replacement("overhaul", price_in_all * x["overhaul_share"],
                          x["overhaul_years"], "Engine overhaul")  # fmt: skip


def _gases(plant: Plant, delivered: Line) -> None:
    m, x, economy = plant.model, plant.x, plant.economy
    with m.section("Greenhouse gases"):
        plant.gas("baseline", "grid", plant.of_grid(delivered), "Grid power replaced")
        dumped = m.line("husk_not_dumped", "t", m["husk_own"] * x["dumped_share"],
                        label="Husk that would be dumped")  # fmt: skip
        plant.gas("baseline", "decay", plant.of_methane(dumped * x["decay_methane"]),
                  "Methane of husk that would be dumped")  # fmt: skip
        husk = (m["husk_own"] + m["husk_bought"]) * x["husk_heat"]
        heat = husk + m["straw_burnt"] * x["straw_heat"]
        burnt = m.line("heat_burnt", "TJ", heat * economy["kg_per_t"] / economy["mj_per_tj"],
                       label="Heat of the fuel burnt")  # fmt: skip
        plant.gas("project", "combustion", plant.of_burning(burnt),
                  "Methane and nitrous oxide of burning")  # fmt: skip
        plant.gas("leakage", "diverted",
                  (m["husk_own"] * (1 - x["dumped_share"]) + m["husk_bought"])
                  * x["diverted_emission"] / economy["kg_per_t_co2e"],
                  "Husk taken from users who turn to fossil fuel")  # fmt: skip


TECHNOLOGY = Technology(
    name="rice_husk",
    title="Rice-husk power, with bought husk and straw as second fuels",
    figures=(
        *common(construction_months=14, ramp_up_months=6, om_share=0.08),
        Figure("capacity_kw", "kW", None, "Net capacity", least=1),
        Figure("availability", "1", 0.82, "Availability (capacity factor at most)", 0.75, 0.88, 0,
               1,
               source="Tamronglak 2006: 0.82 for 1 MW and 120 kW, 0.80 for 6 MW"),
        Figure("husk_per_kwh", "kg/kWh", 1.8, "Husk per net kWh", 1.66, 2.0, 0.5, 10,
               source="Tamronglak 2006: 1.66-1.81; ADBI manual 3c.2.2: 2"),
        Figure("husk_price", "THB/t", 1000, "What own husk would be sold for", 0, 1500, -1000,
               source="750-1,000 in 2006 (Tamronglak; Ngaemngam); 2012-24 assumed"),
        Figure("bought_husk_per_year", "t/year", 0, "Husk that can be bought per year"),
        Figure("bought_husk_price", "THB/t", 1200, "Price of bought husk", 900, 2000),
        Figure("straw_per_year", "t/year", 0, "Rice straw that can be bought per year"),
        Figure("straw_price", "THB/t", 390, "Price of straw, delivered", 390, 800,
               source="LDD 2023: 390"),
        Figure("husk_heat", "MJ/kg", 13.5, "Lower heating value of husk", 12.5, 14.5, 1,
               source="ADBI manual box 3c.4 implies 13.3"),
        Figure("straw_heat", "MJ/kg", 11.7, "Lower heating value of straw", 11, 15, 1,
               source="Truong and Ha-Duong; the ADBI manual 3c.2.2 has 15"),
        Figure("coincident_share", "1", 1.0, "Share of the load that falls into running hours",
               0.7, 1, 0, 1),
        Figure("energy_charge", "THB/kWh", 4.0, "Energy charge saved, with Ft", 3.5, 4.5,
               source="industrial average 2025-26: 4.2; vendors 4.0-5.5", tariff=True),
        Figure("neighbour_price", "THB/kWh", 3.6, "Price paid by a neighbour", 3.0, 4.0,
               tariff=True),
        Figure("export_allowed", "1", 0,
               "Share of output that permit and contract let into the grid",
               0, 1, 0, 1, decision=True),
        Figure("export_price", "THB/kWh", 2.6, "Price paid by the grid", 2.2, 3.2,
               source="2.6 in 2006 (Tamronglak, implied)", tariff=True),
        Figure("firm_kw", "kW", 0, "Demand surely reduced in every month"),
        Figure("demand_charge", "THB/kW/month", 132.93, "Demand charge", 74.14, 210,
               source="MEA schedule 5, 12-24 kV, 2015-22", tariff=True),
        Figure("operators", "person", 3, "Operators", 2, 6),
        Figure("wage", "THB/person/month", 15000, "Wage", 12000, 20000),
        Figure("months_paid", "month/year", 13, "Months paid per year", 12, 14, 0, 24),
        Figure("om_variable", "THB/kWh", 0, "Variable operating cost"),
        Figure("ash_share", "1", 0.17, "Ash share of husk", 0.15, 0.20, 0, 1),
        Figure("ash_sold", "1", 1.0, "Share of ash that is sold", 0, 1, 0, 1),
        Figure("ash_price", "THB/t", 500, "Price of ash", 0, 3000, -1000),
        Figure("capital_per_kw", "THB/kW", 65000, "Plant per net kW", 45000, 75000,
               source="Tamronglak 2006: 45,000-64,000; Panklib 2014: 60,043"),
        Figure("overhaul_share", "1", 0.15, "Engine overhaul, share of capital cost", 0.1, 0.2, 0,
               1),
        Figure("overhaul_years", "year", 8, "Overhaul every", 6, 10, 1, 50),
        Figure("dumped_share", "1", 0, "Share of husk that would otherwise be dumped", 0, 1, 0, 1,
               source="Royal Institute J. 39(2) 2014: 95% of husk is used"),
        Figure("decay_methane", "tCH4/t", 0.0616, "Methane of dumped husk, tonnes a tonne",
               source="GEC FY2004 Angkor"),
        Figure("diverted_emission", "kgCO2e/t", 0,
               "Emission per tonne of husk taken from others (CO2)",
               0, 1200, source="assumption: nil; if all of it were replaced by coal about 1,200"),
    ),
    pools=(
        Pool("husk", "t", "Husk of the site", required=True),
        Pool("load", "kWh", "Load on the site"),
        Pool("neighbour_load", "kWh", "Load of a neighbour"),
    ),
    build=build,
)  # fmt: skip
