"""Any plant, by its yearly figures: what it costs, makes, earns and burns.

For a textbook case or a technology that has no module of its own. Energy of year k = first year's
x (1 - degradation)^(k - 1), all of it paid at one price; benefits and running costs that do not
depend on energy are given as they are. Fuel does not fall with output. A digester of 2,000 USD with
benefits of 450 and running costs of 70 USD a year for nine years has an NPV of 374 USD at 8%
(Kossmann et al., Biogas Digest III, GTZ/GATE 1999, p. 19-20).
"""

from eicfinance.model.expr import maximum
from eicfinance.portfolio.declare import Figure
from eicfinance.technologies.plant import Plant, Technology, common


def build(plant: Plant) -> None:
    m, x = plant.model, plant.x
    with m.section("Energy"):
        ageing = m.rate("ageing", "1", (1 - x["degradation"]) ** maximum(0,
                                                                         plant.operating_year - 1),
                        label="Output left after degradation")  # fmt: skip
        made = m.line("energy_delivered", "kWh",
                      plant.yearly(x["energy_per_year"]) * ageing * plant.output,
                      label="Energy delivered")  # fmt: skip
        plant.energy(made)
    with m.section("Revenue and savings"):
        power = made * x["energy_price"] * plant.index("electricity")
        plant.revenue("energy", power, "Energy sold or not bought", energy=True)
        grid = m.line("grid_replaced", "kWh", made * x["grid_share"], label="Grid power replaced")
        plant.supply("revenue_energy", grid, x["grid_share"])
        benefit = plant.yearly(x["benefit_per_year"]) * plant.output * plant.index("general")
        plant.revenue("benefit", benefit, "Other benefit")
    with m.section("Operating cost"):
        rise = plant.index("operation")
        plant.cost("variable", made * x["om_variable"] * rise, "Variable operating cost")
        fuel = plant.yearly(x["fuel_per_year"]) * x["fuel_price"] * plant.operating
        plant.cost("fuel", fuel * plant.index("feedstock"), "Fuel")
    with m.section("Capital cost"):
        plant.capital("plant", x["plant_cost"], "Plant")
        plant.capital("other", x["other_capital"], "Other capital cost")
    with m.section("Replacements"):
        plant.replacement("parts", x["replacement_cost"], x["replacement_years"], "Parts replaced")
    with m.section("Greenhouse gases"):
        plant.gas("baseline", "grid", plant.of_grid(made) * x["grid_share"], "Grid power replaced")
        stated = plant.yearly(x["avoided_per_year"]) * plant.output
        plant.gas("baseline", "stated", stated, "Avoided as stated")


TECHNOLOGY = Technology(
    name="generic",
    title="Any plant, by its yearly figures",
    figures=(
        *common(construction_months=0, contingency=0, retention=0, payment_lag_days=0,
                om_share=0, insurance_share=0),
        Figure("plant_cost", "THB", None, "Cost of the plant"),
        Figure("other_capital", "THB", 0, "Other capital cost"),
        Figure("energy_per_year", "kWh/year", 0, "Energy in the first year"),
        Figure("degradation", "1", 0, "Loss of output per year", 0, 0.02, 0, 0.5),
        Figure("energy_price", "THB/kWh", 0, "Price of energy"),
        Figure("benefit_per_year", "THB/year", 0, "Other benefit per year"),
        Figure("om_variable", "THB/kWh", 0, "Variable operating cost"),
        Figure("fuel_per_year", "t/year", 0, "Fuel per year"),
        Figure("fuel_price", "THB/t", 0, "Price of fuel"),
        Figure("replacement_cost", "THB", 0, "Parts that are replaced, in today's prices"),
        Figure("replacement_years", "year", 10, "Parts are replaced every", 5, 15, 1, 50),
        Figure("grid_share", "1", 1, "Share of energy that replaces grid power", 0, 1, 0, 1),
        Figure("avoided_per_year", "tCO2e/year", 0,
               "Greenhouse gas avoided per year, beside that of grid power", least=None),
    ),
    build=build,
)  # fmt: skip
