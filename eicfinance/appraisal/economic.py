"""Turns what a portfolio says of carbon credits and of the economic account into inputs of a
project's model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.cluster import value_input
from eicfinance.finance.carbon import Credits, credits_sold
from eicfinance.finance.economics import Account, Outside, Split, economic_account
from eicfinance.model.expr import expr
from eicfinance.model.label import under, within
from eicfinance.portfolio.problems import unknown
from eicfinance.portfolio.source import BadInput, Problem

if TYPE_CHECKING:
    from eicfinance.finance.economics import Item
    from eicfinance.finance.returns import Flows
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Model
    from eicfinance.portfolio.entries import Entry, ProjectEntry
    from eicfinance.portfolio.figures import Values
    from eicfinance.technologies.plant import Plant


def credits_of(entry: ProjectEntry, plant: Plant) -> Credits | None:
    """The sale of carbon credits, where the project has it."""
    if entry.carbon is None:
        return None
    with plant.model.section("Carbon credits"):
        x = _inputs(plant.model, "", "", entry.carbon.values)
    return credits_sold(plant, x, entry.carbon.choices["in_cfads"] == "counted")


def appraise_economics(
    entry: ProjectEntry, shadow: Entry | None, v: Venture, f: Flows
) -> tuple[Item, ...] | None:
    """Writes the economic account where portfolio and project have one, and returns its items.
    Raises BadInput for a stream that the project has not, and for a figure that it needs."""
    said = entry.economic
    if said is None or shadow is None:
        return None
    m = v.plant.model
    problems = _problems(entry, shadow, v)
    if problems:
        raise BadInput(problems)
    with m.section("Shadow prices"):
        prices = _inputs(m, "", "", shadow.values, shared=True)
        capital = _split(m, "capital", "capital cost", said.capital)
        operating = _split(m, "operating", "operating cost", said.operating)
        own = {s.line: _split(m, s.line, _label(m, s.line), s.values) for s in said.streams}
        given = {"fuel_factor": said.fuel_factor} if said.fuel_factor else {}
        fuel = _inputs(m, "", "", given).get("fuel_factor")
        outside = []
        for one in said.externalities:
            x = _inputs(m, f"{one.name}_", one.title, one.values)
            outside.append(Outside(one.name, one.title, x["amount"], x.get("escalation"),
                                   x["traded"]))  # fmt: skip
    domestic = shadow.choices["swrf_basis"] == "domestic_price"
    return economic_account(v, f, Account(prices, domestic, capital, operating, own, fuel, outside))


def _problems(entry: ProjectEntry, shadow: Entry, v: Venture) -> list[Problem]:
    assert entry.economic is not None
    plant, named = v.plant, {s.line for s in entry.economic.streams}
    known = [line.text.name for line in (*plant.revenues, *plant.savings, *plant.costs)]
    key, texts = f"{entry.name}.economic", []
    for name in sorted(named):
        if name in plant.supplies:
            texts.append(f"{name} is power, which is valued at the avoided cost of supply; take "
                         "it out")  # fmt: skip
        elif name not in known:
            texts.append(unknown(f'this project has no stream "{name}"', name, known))
    if plant.supplies and "avoided_cost_of_supply" not in shadow.values:
        texts.append("it makes power: add economy.economic.avoided_cost_of_supply, in "
                     f"{plant.currency}/kWh")  # fmt: skip
    fuels = [line.text.name for line in plant.fuels if line.text.name not in named]
    if fuels and entry.economic.fuel_factor is None:
        texts.append(f"it avoids a fuel ({', '.join(fuels)}): add fuel_factor, border price over "
                     "market price")  # fmt: skip
    taken = {"power", "fuel", "sales", "carbon", "salvage", "capital", "replacements", "operating",
             "stores", "benefits", "costs", "flow", "supply", *known}  # fmt: skip
    texts += [f'the externality "{one.name}" has the name of another item; rename it'
              for one in entry.economic.externalities if one.name in taken]  # fmt: skip
    return [Problem(entry.place, key, text) for text in texts]


def _inputs(
    m: Model, prefix: str, title: str, values: Values, shared: bool = False
) -> dict[str, Input]:
    return {
        name: value_input(m, f"{prefix}{name}", v, under(title, v.figure.label), shared=shared)
        for name, v in values.items()
    }


def _label(m: Model, line: str) -> str:
    """A line's label as part of another."""
    label: str = m[line].text.label
    return within(label)


def _split(m: Model, name: str, label: str, values: Values) -> Split:
    x = _inputs(m, f"economic_{name}_", label, values)
    shares = {key: item for key, item in x.items() if key != "factor"}
    return Split(name, label, shares, x.get("factor", expr(1)))
