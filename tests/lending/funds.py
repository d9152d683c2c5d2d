"""Funds for tests: a model from figures that differ from the declaration's defaults."""

from __future__ import annotations

from collections.abc import Sequence

from eicfinance.lending.fund_results import fund_results
from eicfinance.lending.fund_terms import CONSTANTS, FUND, Fund
from eicfinance.lending.revolving_fund import revolving_fund
from eicfinance.model.model import Model

PLAIN = {"grant": 3e6, "loan_size": 60_000.0, "tenor_months": 24.0, "rate": 0.12,
         "waiting_members": 80.0, "target_borrowers": 100.0}  # fmt: skip
NOTHING = {  # no default, no cost, no inflation
    "default_per_year": 0.0, "inflation": 0.0, "loan_growth": 0.0, "cost_per_loan_made": 0.0,
    "idle_rate": 0.0,
}  # fmt: skip


def figures(choices: dict[str, str], values: dict[str, float]) -> dict[str, float]:
    """All figures of a fund: the defaults, with these in place."""
    declared = FUND.applicable(choices)
    return {f.name: (PLAIN | values).get(f.name, f.default or 0.0) for f in declared}


def fund_model(
    values: dict[str, float] | None = None,
    *,
    method: str = "equal_instalments",
    basis: str = "per_year",
    periods: int = 120,
    ppy: int = 12,
    bad: Sequence[float] | None = None,
) -> Model:
    m = Model("fund", periods, ppy)
    choices = {"method": method, "default_basis": basis}
    wanted = figures(choices, values or {})
    x = {f.name: m.input(f.name, wanted[f.name], f.unit, label=f.label)
         for f in FUND.applicable(choices)}  # fmt: skip
    x |= {name: m.constant(name, value, unit, "definition") for name, value, unit in CONSTANTS}
    row = m.vector("bad_year", list(bad or [0.0] * (periods + 1)), "1")
    fund = Fund(m, x, choices, "THB", row)
    revolving_fund(fund)
    fund_results(fund)
    return m
