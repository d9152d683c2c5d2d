"""A plant bought at once and deals on it, without a portfolio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.lending import schemes
from eicfinance.lending.deal import Asset, Deal, per_year
from eicfinance.lending.outcome import outcome, true_cost
from eicfinance.model.expr import minimum
from eicfinance.model.model import Model
from eicfinance.model.numeric import Run, run

if TYPE_CHECKING:
    from eicfinance.lending.deal import Scheme

PRICE = 100_000.0


def deal(
    name: str,
    terms: dict[str, Any] | None = None,
    *,
    periods: int = 60,
    ppy: int = 12,
    price: float = PRICE,
    grant: float = 0,
    saving: float = 3000,
    upkeep: float = 200,
    contract: bool = False,
    scheme: Scheme | None = None,
    choices: dict[str, str] | None = None,
) -> Run:
    """A scheme on a plant bought in period 0 that saves so much a period.

    terms: figures that differ from the defaults. contract: with the borrower's rates instead of the
    parties' figures.
    """
    made = scheme or schemes()[name]
    m = Model("deal", periods, ppy)
    chosen = {c.name: (choices or {}).get(c.name, c.default) for c in made.choices}
    wanted = {f.name: (terms or {}).get(f.name, f.default) for f in made.applicable(chosen)}
    units = {f.name: f.unit for f in made.figures}
    x = {k: m.input(k, float(v), units[k]) for k, v in wanted.items() if v is not None}
    assert set(terms or {}) <= set(x), f"{set(terms or {}) - set(x)} are no figures of {name}"
    closing = 1 - minimum(1, m.period)
    cost = m.input("cost", price, "THB")
    given = m.input("given", grant, "THB")
    per = m.input("saving", saving, "THB")
    spent = m.input("upkeep_each", upkeep, "THB")
    bought = m.line("bought", "THB", cost * closing)
    asset = Asset(
        bought, bought, m.line("receipts", "THB", per * (1 - closing)),
        m.line("upkeep", "THB", spent * (1 - closing)), m.line("salvage", "THB", 0),
        m.line("tax", "THB", 0), m.line("grants", "THB", given * closing),
        0 * cost,
    )  # fmt: skip
    months = m.constant("months_per_year", 12, "month/year", "definition")
    every = m.constant("instalments_a_year", per_year(chosen), "1", "the test")
    one = Deal(made, m, x, chosen, asset, "THB", months, every)
    made.build(one)
    if contract:
        true_cost(one, x.get("rate_ceiling"))
    else:
        rates = {
            whose: m.result(f"rate_{whose}", "1", m.input(f"of_{whose}", 0.08, "1"))
            for whose in ("equity", "lender", "public", "household")
        }
        outcome(one, rates)
    return run(m)
