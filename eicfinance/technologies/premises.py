"""Site: a factory, farm, house: what it needs (power, heat) and what it throws away.

Wastewater = volume a day x days; manure = animals x volatile solids (VS) a day x days; litter =
tonnes a day x days, each by its season. 1,000 pigs excreting 0.30 kg VS a day give 109,500 kg VS a
year; a noodle factory with 150 m3 a day on 300 days gives 45,000 m3.

Source of VS: IPCC 2006 Guidelines, vol. 4, table 10A-7 (swine, Asia: 0.30 kg VS a head a day).
"""

from eicfinance.portfolio.declare import Figure, Pool, Season
from eicfinance.technologies.plant import Premises, Site


def build(site: Premises) -> None:
    x, day = site.x, site.x["operating_days"]
    offers = (  # pool, unit, the figure without which there is none, amount a year, season, label
        ("load", "kWh", "load_per_year", x["load_per_year"], "demand", "Power that is needed"),
        ("heat", "kWh", "heat_per_year", x["heat_per_year"], "demand", "Useful heat needed"),
        ("wastewater", "m3", "wastewater_per_day", x["wastewater_per_day"] * day, "waste",
         "Wastewater"),
        ("manure", "kgVS", "animals", x["animals"] * x["vs_per_head"] * day, "waste",
         "Manure, as volatile solids"),
        ("litter", "t", "litter_per_day", x["litter_per_day"] * day, "waste", "Litter"),
    )  # fmt: skip
    for pool, unit, figure, per_year, season, label in offers:
        if x[figure].value > 0:
            site.offer(pool, unit, site.per_period(per_year, season), label)


SITE = Site(
    name="premises",
    title="Factory, farm or house: power and heat needed, waste to give",
    figures=(
        Figure("load_per_year", "kWh/year", 0, "Power needed per year"),
        Figure("heat_per_year", "kWh/year", 0, "Useful heat needed per year"),
        Figure("operating_days", "day/year", 365, "Days of operation per year", 250, 365, 1, 366),
        Figure("wastewater_per_day", "m3/day", 0, "Wastewater per day of operation"),
        Figure("animals", "head", 0, "Animals standing"),
        Figure("vs_per_head", "kgVS/head/day", 0.30, "Volatile solids excreted", 0.24, 0.50, 0, 10,
               source="IPCC 2006 vol. 4 table 10A-7, swine, Asia"),
        Figure("litter_per_day", "t/day", 0, "Litter per day of operation"),
    ),
    seasons=(
        Season("demand", "Season of power and heat"),
        Season("waste", "Season of waste"),
    ),
    pools=(
        Pool("load", "kWh", "Power load"),
        Pool("heat", "kWh", "Heat load"),
        Pool("wastewater", "m3", "Wastewater"),
        Pool("manure", "kgVS", "Manure"),
        Pool("litter", "t", "Litter"),
    ),
    build=build,
)  # fmt: skip
