"""A revolving fund put together: read, modelled, run; the rate and the capital that it would need.

Both are searched for by running the model on many values at once: the whole loans make small jumps,
so the first of a row of values that will do is bracketed again and again (`least`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from eicfinance.appraisal.cluster import value_input
from eicfinance.lending.fund_results import fund_results
from eicfinance.lending.fund_terms import CONSTANTS, FUND, Fund
from eicfinance.lending.revolving_fund import revolving_fund
from eicfinance.model.label import Label
from eicfinance.model.model import Model
from eicfinance.model.numeric import Run, run
from eicfinance.portfolio.fund import FundEntry, read_fund
from eicfinance.risk.survival import Survival, survival

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

HIGHEST_RATE: Final = 2.0  # a year: what the declaration of the rate allows
POINTS: Final = 40  # values tried at once
ROUNDS: Final = 9
BAD_YEAR = "1 in the periods of a bad year"


@dataclass(frozen=True, slots=True)
class Found:
    """A value that was searched for, or the reason why there is none."""

    value: float | None
    reason: str = ""


@dataclass(eq=False)
class FundCase:
    """A fund with its model, its base run and what was searched for.

    rate: least rate to members that holds the fund's real value; rate_apr: its APR to a borrower.
    capital: least grant with which the target is reached. survival: None where no paths are asked.
    """

    entry: FundEntry
    model: Model
    run: Run
    rate: Found
    rate_apr: float | None
    capital: Found
    survival: Survival | None

    @property
    def portfolio(self) -> FundEntry:
        """What a workbook asks of any case: who it is, its models and their runs."""
        return self.entry

    @property
    def models(self) -> list[Model]:
        return [self.model]

    @property
    def runs(self) -> dict[str, Run]:
        return {self.model.name: self.run}

    @property
    def sites(self) -> dict[str, Model]:
        return {}

    @property
    def rate_above_ceiling(self) -> bool:
        """Whether the rate that holds the real value passes the legal ceiling, as an APR."""
        ceiling = self.model.inputs["legal_ceiling"].value
        return self.rate_apr is not None and self.rate_apr > ceiling + 1e-9


def fund_model(entry: FundEntry) -> Model:
    """The model of a fund."""
    ppy, values = entry.periods_per_year, entry.values
    m = Model("fund", entry.periods, ppy, -(-entry.closing[1] * ppy // 12))
    with m.section("Fund"):
        x = {name: value_input(m, name, v, v.figure.label) for name, v in values.items()}
        for name, value, unit in CONSTANTS:
            x[name] = m.constant(name, value, unit, "definition")
        bad = m.vector("bad_year", bad_years(entry), "1", label=BAD_YEAR,
                       source="the fund's file; 0 where no year is named")  # fmt: skip
    fund = Fund(m, x, entry.choices, entry.currency, bad)
    revolving_fund(fund)
    fund_results(fund)
    return m


def bad_years(entry: FundEntry) -> list[float]:
    """1 in the periods of the years that are bad in the base case."""
    ppy = entry.periods_per_year
    return [float(-(-t // ppy) in entry.bad_years) for t in range(entry.periods + 1)]


def appraise_fund(folder: Path, tell: Callable[[str], None] = lambda step: None) -> FundCase:
    """Reads a fund, runs it, and searches. Raises BadInput and OSError as `read_fund`."""
    tell("reading")
    entry = read_fund(folder, FUND)
    tell("computing the fund")
    model = fund_model(entry)
    base = run(model)
    tell("searching the rate and the capital")
    rate = sustainable_rate(model)
    apr = None
    if rate.value is not None:
        apr = run(model, {"rate": rate.value}, only=["apr"]).value("apr")
    capital = capital_needed(model)
    chance = None
    if entry.paths:
        tell("computing paths")
        basis = entry.choices["default_basis"]
        chance = survival(model, f"default_{basis}", "bad_year_chance", entry.paths, entry.seed)
    return FundCase(entry, model, base, rate, apr, capital, chance)


def sustainable_rate(model: Model) -> Found:
    """The least rate to members at which the fund ends with the real value of its capital."""
    capital = run(model, only=["capital"]).value("capital") or 0.0
    if capital <= 0:
        return Found(None, "no capital is paid in whose value could be held")

    def holds(rates: Array) -> Flags:
        made = run(model, {"rate": rates}, only=["real_value_end", "survives"])
        return (made["real_value_end"] >= capital) & (made["survives"] > 0)

    found = least(holds, 0.0, HIGHEST_RATE)
    if found is None:
        return Found(
            None, Label("even at {rate} a year its real value falls", f"{HIGHEST_RATE:.0%}")
        )
    return Found(found)


def capital_needed(model: Model) -> Found:
    """The least grant with which so many borrowers are reached within so many years."""
    target = model.inputs.get("target_borrowers")
    if target is None:
        return Found(None, "no target is given (target_borrowers)")
    size = model.inputs["loan_size"].value
    most = target.value * size * 4 + 1000 * size  # each its own loan, cost and reserve besides

    def reached(grants: Array) -> Flags:
        made = run(model, {"grant": grants}, only=["borrowers_in_time"])
        return made["borrowers_in_time"] >= target.value - 1e-9

    found = least(reached, 0.0, most)
    if found is None:
        able = run(model, {"grant": most}, only=["borrowers_in_time"]).value("borrowers_in_time")
        return Found(
            None,
            Label(
                "even with {most} only {able} members are reached in time: "
                "no more wait or join by then",
                f"{most:,.0f}",
                f"{able or 0:,.0f}",
            ),
        )
    return Found(float(np.ceil(found - 1e-6)))


def least(does: Callable[[Array], Flags], low: float, high: float) -> float | None:
    """The least value from low to high that will do, to a 40^9th of the range; None if none will.

    Of several stretches that will do, the lowest that the first row of values meets.
    """
    for _ in range(ROUNDS):
        values = np.linspace(low, high, POINTS + 1)
        good = np.nonzero(does(values))[0]
        if not good.size:
            return None
        first = int(good[0])
        if first == 0:
            return float(values[0])
        low, high = float(values[first - 1]), float(values[first])
    return high
