"""The fund against loops over its groups of loans (by_hand_fund.py), and every wrong formula.

Sets of figures reach what a healthy fund never does: exhaustion, a soft loan that cannot be served,
savings, officers, a queue that runs dry, write-off later than the provision's last step.
"""

from __future__ import annotations

import os
import random
from functools import cache
from typing import Any

import numpy as np
import pytest

from eicfinance.model.expr import ModelError
from eicfinance.model.model import Model
from eicfinance.model.numeric import Run, run
from tests.lending.by_hand_fund import fund
from tests.lending.funds import figures, fund_model
from tests.mutation.mutants import Mutant, mutants, planted

SETS: dict[str, dict[str, float]] = {
    "base": {},
    "costly": {"fixed_cost": 14_000, "officer_cost": 16_000, "caseload": 40, "cost_per_loan": 700,
               "cost_of_portfolio": 0.025, "cost_per_loan_made": 1_150, "inflation": 0.031,
               "loan_growth": 0.045, "upfront_fee": 0.015, "in_kind_cost": 2_500},
    "borrowed": {"grant": 400_000, "share_capital": 260_000, "soft_loan": 2_400_000,
                 "soft_loan_rate": 0.035, "soft_loan_grace_months": 13,
                 "soft_loan_tenor_months": 50, "market_rate": 0.071, "reserve": 90_000,
                 "operating_grant": 3_300, "fixed_cost": 6_000, "idle_rate": 0.011},
    "savers": {"savings_deposit": 450, "savings_withdrawn": 0.3, "savings_rate": 0.022,
               "reserve_of_savings": 0.35, "reserve": 12_000, "joining_per_year": 31,
               "return_share": 0.55, "waiting_members": 37, "target_years": 3},
    "dying": {"default_per_year": 0.32, "default_per_instalment": 0.03, "fixed_cost": 21_000,
              "recovery": 0.25, "recovery_months": 5, "write_off_days": 400,
              "provision_1_to_30": 0.05, "provision_31_to_60": 0.22, "provision_61_to_90": 0.41,
              "provision_91_to_180": 0.66, "provision_over_180": 0.93, "rate": 0.07},
    "free": {"rate": 0, "default_per_year": 0, "bad_year_default": 0, "fixed_cost": 0,
             "default_per_instalment": 0,
             "cost_per_loan_made": 0, "waiting_members": 9, "return_share": 0, "inflation": 0,
             "grant": 500_000, "recovery_months": 0},
    "nothing": {"grant": 0, "waiting_members": 10},
    "soon over": {"soft_loan": 900_000, "grant": 100_000, "soft_loan_tenor_months": 7,
                  "soft_loan_grace_months": 9, "tenor_months": 41, "legal_ceiling": 0.1,
                  "bad_year_default": 0.6, "soft_loan_rate": 0.09},
    "one step": {"tenor_months": 1, "loan_size": 9_000, "waiting_members": 500, "rate": 0.36,
                 "upfront_fee": 0.04, "legal_ceiling": 0.33, "caseload": 333,
                 "officer_cost": 9_000, "grant": 1_050_000, "default_per_year": 0.09,
                 "recovery_months": 0},
}  # fmt: skip
KINDS = {  # method, basis, periods, periods per year
    "instalments": ("equal_instalments", "per_year", 96, 12),
    "principal": ("equal_principal", "per_instalment", 60, 12),
    "flat": ("flat", "per_year", 72, 12),
    "weeks": ("flat", "per_instalment", 130, 52),
    "quarters": ("equal_instalments", "per_year", 24, 4),
}


def bad_years(kind: str) -> list[float]:
    """The second and the fourth year are bad."""
    _, _, periods, ppy = KINDS[kind]
    return [float(-(-t // ppy) in (2, 4)) for t in range(periods + 1)]


@cache
def model_of(kind: str) -> Model:
    method, basis, periods, ppy = KINDS[kind]
    return fund_model(method=method, basis=basis, periods=periods, ppy=ppy, bad=bad_years(kind))


def inputs_of(kind: str) -> dict[str, list[float]]:
    """Every input that some set changes: a value a set."""
    model = model_of(kind)
    names = sorted({name for changes in SETS.values() for name in changes} & set(model.inputs))
    return {name: [float(changes.get(name, model.inputs[name].value))
                   for changes in SETS.values()] for name in names}  # fmt: skip


@cache
def runs_of(kind: str) -> Run:
    return run(model_of(kind), inputs_of(kind))


@cache
def by_hand(kind: str) -> dict[str, Any]:
    """Name -> values, sets x periods or sets."""
    method, basis, _, ppy = KINDS[kind]
    choices = {"method": method, "default_basis": basis}
    found = [fund(figures(choices, changes), method, ppy, bad_years(kind))
             for changes in SETS.values()]  # fmt: skip
    return {name: np.array([one[name] for one in found], float) for name in found[0]}


def differing(made: Run, wanted: dict[str, Any]) -> list[str]:
    """Names of what differs from the hand."""
    wrong = []
    for name, values in wanted.items():
        size = np.nanmax(np.abs(values), axis=-1, keepdims=True, initial=0.0)
        near = 1e-9 * np.maximum(size, 1) if values.ndim > 1 else 1e-9 * np.maximum(abs(values), 1)
        same = np.abs(made[name] - values) <= np.where(np.isnan(near), 0, near)
        if not (same | (np.isnan(made[name]) & np.isnan(values))).all():
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("kind", KINDS)
def test_every_period_equals_the_hand(kind: str) -> None:
    made = runs_of(kind)
    assert made.failed_checks() == {}
    assert differing(made, by_hand(kind)) == []


def test_the_sets_reach_what_they_should() -> None:
    made, names = runs_of("instalments"), list(SETS)

    def of(set_: str, name: str) -> float | None:
        return made.value(name, names.index(set_))

    assert of("base", "survives") == 1
    assert of("dying", "survives") == 0
    assert 0 < (of("dying", "exhausted_period") or 0) < 96
    assert of("nothing", "exhausted_period") == 0
    assert of("nothing", "capital_turns") is None
    assert of("borrowed", "survives") == 1
    assert of("soon over", "survives") == 0
    assert of("free", "par30_highest") == 0
    assert (of("one step", "apr") or 0) > 0.33
    assert max(made["officers"][names.index("costly")]) > 1
    assert min(made["waiting_again"][names.index("savers")]) >= 0
    assert {bool(flag) for flag in made["above_ceiling"]} == {True, False}
    assert {bool(flag) for flag in made["interest_covers_cost"]} == {True, False}


def outcome(kind: str, mutant: Mutant) -> str:
    """ "noticed", "missed", or "idle" where the mutant changes nothing."""
    model, right = model_of(kind), runs_of(kind)
    with planted(model, mutant):
        try:
            made = run(model, inputs_of(kind))
        except ModelError:
            return "noticed"
    row = mutant.row.text.name
    if made.failed_checks() or differing(made, by_hand(kind)):
        return "noticed"
    return "idle" if np.allclose(made[row], right[row], rtol=1e-12, equal_nan=True) else "missed"


EQUIVALENT: dict[str, str] = {}  # mutant -> why it makes no difference


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(4))
def test_every_wrong_formula_is_noticed(shard: int) -> None:
    """As tests/mutation: a sample, or all under EICFINANCE_TEST_ALL."""
    found: dict[str, list[tuple[str, Mutant]]] = {}
    for kind in KINDS:
        for mutant in mutants(model_of(kind)):
            found.setdefault(mutant.text, []).append((kind, mutant))
    texts = sorted(set(found) - set(EQUIVALENT))
    if not os.environ.get("EICFINANCE_TEST_ALL"):
        texts = random.Random(3).sample(texts, 120)
    survivors = []
    for text in texts[shard::4]:
        outcomes = (outcome(kind, mutant) for kind, mutant in found[text])
        if "missed" in (seen := list(_until_noticed(outcomes))) and seen[-1] != "noticed":
            survivors.append(text)
    assert survivors == []


def _until_noticed(outcomes: Any) -> Any:
    for one in outcomes:
        yield one
        if one == "noticed":
            return
