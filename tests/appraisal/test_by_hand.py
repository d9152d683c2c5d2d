"""Every project of the two portfolios, the program against plain loops (by_hand.py).

Also with changed inputs, so that loss years, expiry, grants, a delay, export and straw come in.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eicfinance.appraisal.case import Case, appraise, run_case
from eicfinance.model.irr import npv
from eicfinance.model.numeric import Run
from tests.appraisal import by_hand, by_hand_results

PORTFOLIOS = Path(__file__).parents[2] / "portfolios"
CASES = [(folder, k) for folder, n in (("chachoengsao", 7), ("one-roof", 1)) for k in range(n)]
CHANGES: dict[str, dict[str, dict[str, float]]] = {
    "base": {},
    "late and dear": {"project": {"delay_months": 5, "payment_lag_days": 100, "stores_days": 30,
                                  "retention_months": 7, "salvage_share": 0.1, "om_fixed": 1000}},
    "short losses": {"economy": {"loss_years": 1, "vat_refund_months": 7, "inflation": 0.05},
                     "project": {"life_years": 11.25, "depreciation_years": 12}},
    "loan": {"project": {"loan_rate": 0, "loan_grace_months": 20, "loan_share": 0.5}},
    "busy": {"project": {"export_allowed": 0.5, "straw_per_year": 900, "firm_kw": 20,
                         "bought_husk_per_year": 2000, "bought_husk_price": 1550,
                         "disposal_saved": 3, "load_charge": 60, "om_variable": 0.1}},
}  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {folder: appraise(PORTFOLIOS / folder) for folder in ("chachoengsao", "one-roof")}


@cache
def runs_of(folder: str, changes: str) -> dict[str, Run]:
    """The case with the change made in every project that has the figure."""
    case = appraise(PORTFOLIOS / folder)
    wanted = CHANGES[changes]
    own = {
        name: {n: v for n, v in wanted.get("project", {}).items() if n in project.model.inputs}
        for name, project in case.projects.items()
    }
    for name, project in case.projects.items():
        if project.entry.kind != "rice_husk":  # the hand exports from the husk plant only
            own[name].pop("export_allowed", None)
    return run_case(case, {**own, "economy": wanted.get("economy", {})})


@pytest.mark.parametrize("changes", CHANGES)
@pytest.mark.parametrize(("folder", "k"), CASES)
def test_project_by_hand(cases: dict[str, Case], folder: str, k: int, changes: str) -> None:
    case = cases[folder]
    name = list(case.projects)[k]
    run = runs_of(folder, changes)[name]
    hand = _hand(case, name, run)
    made = by_hand.plant(hand, case.projects[name].entry.kind)
    found = by_hand.finance(hand, made, case.projects[name].entry.kind)
    found |= by_hand_results.results(hand, made, found)
    assert not run.failed_checks()
    pairs: list[tuple[str, Any]] = [
        ("sales", made["sales"]), ("savings", made["savings"]), ("energy_net", made["kwh"]),
        ("replacements", made["replaced"]), ("ghg_avoided", made["ghg"]),
        ("energy_value", made["worth"]), *found.items(),
    ]  # fmt: skip
    for key, value in pairs:
        if isinstance(value, list):
            scale = max(map(abs, value))
            assert run.series(key) == pytest.approx(value, rel=1e-9, abs=1e-9 * scale + 1e-7), key
        elif value is None:
            assert run.value(key) is None, key
        else:
            assert run.value(key) == pytest.approx(value, rel=1e-9, abs=1e-6), key
    for flow in ("project", "equity"):
        values = found[f"{flow}_flow"]
        for rate in run.irr(f"{flow}_irr").roots:
            if rate > -0.9:
                scale = sum(map(abs, values))
                assert abs(npv(rate, values, hand.ppy)) < 1e-7 * scale * (1 + rate) ** -25


def _hand(case: Case, name: str, run: Any) -> by_hand.Hand:
    """The program's inputs, and what earlier projects leave of the pools, for the hand."""
    project = case.projects[name]
    entry, borrower, portfolio = project.entry, project.borrower, case.portfolio
    assert not entry.grants
    value = {n: run.value(n) for n in project.model.inputs}
    economy = value | {
        "host_cash": value[f"{borrower.name}_cash_flow"],
        "host_debt": value[f"{borrower.name}_debt_service"],
    }
    loan = {n: value[f"loan_{n}"] for n in entry.loan.values} if entry.loan else None
    return by_hand.Hand(
        x=value, economy=economy,
        words={**portfolio.economy.choices, **borrower.choices, **entry.choices,
               **(entry.loan.choices if entry.loan else {})},
        pools={pool: run.series(f"{pool}_available") for pool in entry.takes},
        seasons=entry.seasons, loan=loan, grants=(),
        depreciation_years=value["depreciation_years"], closing_month=portfolio.closing[1],
        ppy=portfolio.periods_per_year, n=project.model.periods,
    )  # fmt: skip


def test_pools_of_chachoengsao_by_hand(cases: dict[str, Case]) -> None:
    """What a project may take: the site's amount less what the one before it took while it ran."""
    case = cases["chachoengsao"]
    site, husk, roof = (case.runs[n] for n in ("mill_site", "husk_plant", "mill_roof"))
    load, used = site["load"][0], husk["energy_own_use"][0]
    weights = [11, 9, 7, 8, 9, 8, 6, 5, 5, 7, 12, 13]
    assert load.tolist() == pytest.approx([24_000 * 40 * weights[t % 12] / 100 for t in range(313)])
    assert len(used) == 205
    left = [load[t] - (used[t] if t < 205 else 0.0) for t in range(len(load))]
    assert roof.series("load_available") == pytest.approx(left)
    assert roof.annual("energy_net")[20] == pytest.approx(127_451, abs=1)  # 16 years after it began
