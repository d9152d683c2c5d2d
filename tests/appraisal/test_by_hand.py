"""Every project of every portfolio, the program against plain loops (by_hand.py).

Also with changed inputs, so that loss years, expiry, grants, a delay, export and straw come in.
"""

from __future__ import annotations

import os
import random
from functools import lru_cache
from itertools import accumulate
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eicfinance.appraisal.case import Case, run_case
from eicfinance.appraisal.comparison import Offer
from eicfinance.model.irr import Irr, npv
from eicfinance.model.numeric import Run
from tests.appraisal import by_hand, by_hand_results
from tests.appraisal.by_hand_economics import economics
from tests.appraisal.by_hand_loans import HandLoan
from tests.appraisal.by_hand_schemes import bargain, offers_of
from tests.portfolios import BUNDLED, OWN, appraised

pytestmark = pytest.mark.slow

CASES = [(path, k) for path in [*BUNDLED, *OWN] for k in range(len(appraised(path).projects))]
OFFERS = [(path, name) for path in [*BUNDLED, *OWN] for name in offers_of(appraised(path))]
if not os.environ.get("EICFINANCE_TEST_ALL"):
    OFFERS = random.Random(7).sample(OFFERS, len(OFFERS) // 2)
CHANGES: dict[str, dict[str, float]] = {  # set -> input -> value, in whichever model has it
    "base": {},
    "late and dear": {"delay_months": 14, "payment_lag_days": 100, "stores_days": 30,
                      "retention_months": 7, "salvage_share": 0.1, "om_fixed": 1000,
                      "reserve_months": 2.25, "loan_prepayment_year": 3.5, "reference_mlr": 0.06,
                      "carbon_issuance_lag_months": 20, "carbon_verification_years": 1.5,
                      "promoter_share": 0.3, "committed_1_from_month": 14,
                      "sponsor_support": 4000, "farm_cash_buffer_months": 1.5,
                      "firm_cash_buffer_months": 0, "owner_months_to_sell": 7.5,
                      "bridge_1_rate": 0.3, "bridge_2_limit": 900000, "bridge_1_until_month": 5.5,
                      "bridge_5_rate": 0.01},
    "short losses": {"loss_years": 1, "vat_refund_months": 7, "inflation": 0.05,
                     "life_years": 11.25, "depreciation_years": 12, "dryer_share": 0.85,
                     "straw_price": 2600, "straw_per_year": 200, "reserve_months": 13,
                     "reserve_interest": 0.04, "loan_prepayment_share": 1,
                     "reference_mlr_step_1_from_year": 2, "loan_target_llcr": 1.1, "serf": 1.2,
                     "scf": 0.8, "swrf": 1.1, "supply_traded": 0.3, "discount_economic": 0.06,
                     "farm_cash_flow": 4000, "mill_cash_buffer_months": 0, "host_share": 0.2,
                     "bridge_1_limit": 20000, "bridge_1_fee": 0.04, "bridge_6_limit": 500000,
                     "bridge_3_rate": 0.05},
    "loan": {"loan_rate": 0, "loan_grace_months": 20, "loan_share": 0.5, "loan_upfront_fee": 0.01,
             "loan_commitment_fee": 0.01, "loan_balloon": 0.2, "loan_margin": 0.012,
             "reserve_months": 0, "loan_soft_prepayment_year": 2, "loan_soft_rate": 0.05,
             "committed_1": 900000, "bridge_1_rate": 0.08, "bridge_1_fee": 0, "bridge_2_rate": 0.08,
             "bridge_1_until_month": 600, "bridge_2_fee": 0, "bridge_3_rate": 0.08,
             "bridge_5_fee": 0.02},
    "no loan": {"loan_share": 0, "ramp_up_months": 0, "grant_1": 0.25, "engine_kw": 3,
                "mcf_manure": 0.2, "mcf_litter": 0.9, "loan_bank_share": 0,
                "bridge_3_share": 0.3, "bridge_1_share": 0.02, "bridge_6_rate": 0.02},
    "short loan": {"loan_soft_tenor_months": 8, "loan_soft_grace_months": 2,
                   "loan_tenor_months": 16, "loan_grace_months": 0, "construction_months": 18,
                   "ramp_up_months": 3, "payment_lag_days": 400, "stores_days": 20,
                   "loan_margin": -0.0625, "reserve_months": 4, "loan_prepayment_year": 1,
                   "host_share": 0, "guarantee_share": 0.4,
                   "bridge_2_fee": 0.2, "bridge_4_limit": 2000000, "bridge_4_rate": 0},
    "poor": {"energy_charge": 1.1, "lpg_price": 9, "bill_replaced": 40, "energy_price": 0.02,
             "benefit_per_year": 100, "construction_months": 7, "loan_grace_months": 14,
             "coincident_share": 0.5, "husk_price": 2300, "straw_price": 150, "ash_price": 900,
             "sponsor_support": 30000, "guarantee_share": 0.7, "recovery_share": 0.3,
             "owner_collateral_haircut": 0.6, "owner_cash_buffer_months": 0,
             "shop_cash_flow": -20, "shadow_carbon_price": 50, "avoided_per_year": -300,
             "fuel_factor": 1.3,
             "economic_capital_traded": 0.1, "economic_operating_transfers": 0.2},
    "busy": {"export_allowed": 0.5, "straw_per_year": 900, "firm_kw": 20,
             "bought_husk_per_year": 2000, "bought_husk_price": 1550, "disposal_saved": 3,
             "load_charge": 60, "om_variable": 0.1, "digestate_per_year": 300,
             "digestate_sold": 0.7, "degradation": 0.02, "dumped_share": 0.2,
             "husk_unburnt_share": 0.3, "diverted_emission": 90, "fuel_per_year": 2,
             "ash_sold": 0.6, "insurance_share": 0.02, "capacity_kwp": 150, "engine_kw": 60,
             "construction_months": 9, "loan_grace_months": 3, "avoided_per_year": 4000,
             "carbon_crediting_years": 3.5, "carbon_buffer": 0.3, "odour_amount": 90000},
    "the grid pays best": {"export_allowed": 1, "export_price": 6.6, "neighbour_price": 1.9,
                           "energy_charge": 4.4, "engine_kw": 4, "capacity_kwp": 60,
                           "lpg_price": 3, "straw_per_year": 400, "bought_husk_per_year": 700,
                           "coincident_share": 0.6, "capacity_kw": 150, "escalation_fuel": 0.06,
                           "gwp_methane": 27, "gwp_nitrous_oxide": 298, "biomass_methane": 11},
    "the neighbour pays best": {"export_allowed": 0.3, "neighbour_price": 9, "engine_kw": 6,
                                "capacity_kwp": 40, "straw_price": 100, "straw_per_year": 5000,
                                "escalation_electricity": 0.07, "lpg_price": 38},
    "the neighbour pays least": {"neighbour_price": 1.4, "export_price": 1.9, "husk_price": 850,
                                 "bought_husk_price": 1050, "straw_price": 620,
                                 "capacity_kw": 250, "energy_charge": 2.1, "ash_price": 250,
                                 "straw_per_year": 150},
    "the neighbour alone": {"export_allowed": 0, "paddy_per_year": 1500, "neighbour_price": 1.75,
                            "husk_price": 500, "bought_husk_price": 1300, "straw_price": 790,
                            "straw_per_year": 60, "ash_price": 100},
    "fuel overtakes power": {"lpg_price": 14, "export_allowed": 1, "export_price": 4.1,
                             "energy_charge": 4.4, "husk_price": 1900, "bought_husk_price": 1700,
                             "straw_price": 1600, "straw_heat": 10, "ash_price": 1500,
                             "digested_share": 0.2, "escalation_feedstock": 0.04,
                             "escalation_fuel": 0.06},
}  # fmt: skip
TERMS: dict[str, dict[str, float]] = {  # set -> figure of a lending scheme -> value, in all offers
    "late and dear": {"default_rate": 0.3, "recovery": 0.8, "recovery_months": 2, "first_loss": 0.5,
                      "cover": 1, "cover_limit": 0.9, "cost_per_loan": 5000, "cost_per_month": 300,
                      "rate_ceiling": 0.9, "residual": 0.2, "down_payment": 0.15,
                      "cash_discount": 0.08},
    "short losses": {"default_rate": 0.2, "recovery": 0.1, "recovery_months": 30, "upfront_fee": 0,
                     "first_loss": 0.01, "cover": 0.2, "cover_limit": 1, "rate_ceiling": 0,
                     "wholesale_share": 1, "refinanced_share": 1, "capital_granted": 0},
    "loan": {"rate": 0, "mfi_rate": 0, "soft_rate": 0, "fund_rate": 0, "member_rate": 0,
             "capital_rate": 0, "credit_rate": 0, "refinance_rate": 0, "lease_rate": 0,
             "flat_rate_per_loan": 0, "buy_back_rate": 0, "grace_months": 0, "upfront_fee": 0},
    "no loan": {"share": 0, "partner_share": 0, "down_payment": 0.99, "default_rate": 0,
                "savings": 0, "security_instalments": 0, "cost_per_loan": 100},
    "short loan": {"tenor_months": 9, "grace_months": 2, "instalments": 9, "exit_years": 1},
    "poor": {"tenor_months": 70, "grace_months": 25, "instalments": 200, "exit_years": 5,
             "default_rate": 0.15, "cash_share": 0.6, "members": 2},
    "busy": {"rate": 0.4, "mfi_rate": 0.6, "soft_rate": 0.3, "fund_rate": 0.2, "member_rate": 0.5,
             "capital_rate": 0.1, "credit_rate": 0.45, "refinance_rate": 0.2, "lease_rate": 0.5,
             "flat_rate_per_loan": 0.3, "buy_back_rate": 0.4, "cost_per_loan": 0,
             "cost_per_month": 0, "members": 1, "tenor_months": 33.3, "grace_months": 4.7},
    "the grid pays best": {"grace_months": 300, "recovery_months": 60, "instalments": 17},
    "the neighbour alone": {"tenor_months": 500, "exit_years": 2.3, "default_rate": 0.01},
}  # fmt: skip
NAMES = list(CHANGES)
SECURITY = {  # what the hand calls a borrower's figures of repayment
    "buffer_months": "cash_buffer_months", "haircut": "collateral_haircut",
    "sell_months": "months_to_sell", "collateral": "collateral",
}  # fmt: skip


LOST: dict[str, dict[str, float]] = {  # set -> what events take -> its share, in the middle third
    "busy": {"output": 0.7, "cash_flow": 1, "manure": 0.9, "husk": 0.3},
    "short losses": {"output": 0.2, "cash_flow": 0.5, "load": 0.4},
    "the neighbour pays least": {"load": 0.3, "husk": 0.6, "manure": 1},
}  # fmt: skip


def inputs(case: Case) -> dict[str, dict[str, Any]]:
    """For each model, the inputs that some change touches: a value a scenario, in NAMES' order; and
    what events take, by period."""
    made: dict[str, dict[str, Any]] = {}
    offers = offers_of(case)
    for model in case.models:
        start = "{}_{}_".format(*_offer_names(offers, model.name)) if model.name in offers else ""
        for name, item in model.inputs.items():
            figure = name.removeprefix(start) if start and name.startswith(start) else ""
            values = [CHANGES[k].get(name, TERMS.get(k, {}).get(figure, item.value)) for k in NAMES]
            if any(value != item.value for value in values):
                made.setdefault("economy" if item.shared else model.name, {})[name] = values
        for name in model.vectors:
            shares = [LOST.get(k, {}).get(name.removeprefix("lost_"), 0) for k in NAMES]
            if name.startswith("lost_") and any(shares):
                path = np.zeros((model.periods + 1, len(NAMES)))
                path[model.periods // 3 : 2 * model.periods // 3] = shares
                made.setdefault(model.name, {})[name] = path
    return made


def _offer_names(offers: dict[str, tuple[str, Offer]], model: str) -> tuple[str, str]:
    project, offer = offers[model]
    return project, offer.entry.name


@lru_cache(maxsize=4)  # a case with all changes is large
def runs_of(folder: Path) -> dict[str, Run]:
    """The case with all changes at once, a scenario each."""
    case = appraised(folder)
    return run_case(case, inputs(case))


def expected(case: Case, name: str, run: Run, k: int) -> dict[str, Any]:
    """All results and the main lines of a project in one scenario, by hand."""
    hand, kind = hand_of(case, name, run, k), case.projects[name].entry.kind
    made = by_hand.plant(hand, kind)
    found = by_hand.finance(hand, made, kind)
    found |= {
        "sales": made["sales"], "savings": made["savings"], "energy_net": made["kwh"],
        "replacements": made["replaced"], "ghg_avoided": made["ghg"], "energy_value": made["worth"],
        "equity_cumulative": list(accumulate(found["equity_flow"])),
        **{name: series for name, series in made.items() if name.startswith("ghg_")},
    }  # fmt: skip
    taken = {pool: made[f"used_{pool}"] for pool in case.projects[name].plant.taken}
    left = {
        f"{pool}_left": [a - b for a, b in zip(hand.pools[pool], used, strict=True)]
        for pool, used in taken.items()
    }
    results = by_hand_results.results(hand, made, found)
    results |= economics_of(case, name, hand, made, found)
    for own in ("loan_cost", "reserved", "prepaid", "debts"):  # no rows of the model
        del found[own]
    if case.projects[name].entry.carbon is None:
        del found["carbon_revenue"], found["cost_carbon"]
    return found | left | results


@pytest.mark.parametrize("changes", NAMES)
@pytest.mark.parametrize(("folder", "k"), CASES, ids=lambda x: getattr(x, "name", x))
def test_project_by_hand(folder: Path, k: int, changes: str) -> None:
    case, at = appraised(folder), NAMES.index(changes)
    name = list(case.projects)[k]
    run = runs_of(folder)[name]
    found = expected(case, name, run, at)
    for key, value in found.items():
        if isinstance(value, list):
            scale = max((abs(x) for x in value if x is not None), default=0.0)
            filled = [nan if x is None else x for x in value]
            np.testing.assert_allclose(run[key][at], filled, rtol=0, atol=1e-9 * scale + 1e-7,
                                       err_msg=key)  # fmt: skip
        elif value is None:
            assert run.value(key, at) is None, key
        else:
            assert run.value(key, at) == pytest.approx(value, rel=1e-9, abs=1e-6), key
    for flow in ("project", "equity"):
        values = found[f"{flow}_flow"]
        for rate in run.irr(f"{flow}_irr", at).roots:
            if rate > -0.9:
                ppy = case.portfolio.periods_per_year
                size = npv(rate, [abs(v) for v in values], ppy)
                assert abs(npv(rate, values, ppy)) < 1e-9 * size


RATES_OF = {  # an internal rate -> the flow that it is of
    "eir": "credit_flow", "plain_eir": "credit_plain", "_yield": "_gross",
    "_yield_expected": "_cash_expected", "_irr": "_cash",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("changes", NAMES)
@pytest.mark.parametrize(("folder", "name"), OFFERS, ids=lambda x: getattr(x, "name", x))
def test_lending_by_hand(folder: Path, name: str, changes: str) -> None:
    """Both models of every offer: all parties' flows, all results."""
    at, run = NAMES.index(changes), runs_of(folder)[name]
    found = bargain(appraised(folder), runs_of(folder), name, at)
    assert {r for r in run.model.results if "check" not in r} <= set(found)
    for key, value in found.items():
        wanted = np.array(value, float)
        size = np.abs(wanted[~np.isnan(wanted)]).max(initial=0.0)
        np.testing.assert_allclose(run[key][at], wanted, rtol=1e-9, atol=1e-9 * size + 1e-7,
                                   err_msg=key)  # fmt: skip
    for name_, made in run.irrs.items():
        ending = next(e for e in ("_yield_expected", "_yield", "plain_eir", "eir", "_irr")
                      if name_.endswith(e))  # fmt: skip
        flow = found[name_.removesuffix(ending) + RATES_OF[ending]]
        _is_its_rate(flow, made.one(at if len(made) > 1 else 0), run.model.periods_per_year)


def _is_its_rate(flow: list[float], rate: Irr, ppy: int) -> None:
    """The NPV is nil at each root; without one it never changes its sign, of -90% to 1000%."""
    for root in rate.roots:
        if root > -0.9:
            size = npv(root, [abs(v) for v in flow], ppy)
            assert abs(npv(root, flow, ppy)) < 1e-9 * size
    if not rate.roots:
        flow = [x if abs(x) > 1e-6 else 0.0 for x in flow]
        signs = {npv(r, flow, ppy) > 0 for r in (-0.9, -0.5, -0.2, 0.0, 0.1, 0.3, 1.0, 3.0, 10.0)}
        assert len(signs) == 1, rate


def test_all_checks_hold() -> None:
    for folder in {folder for folder, _ in CASES}:
        assert all(not run.failed_checks() for run in runs_of(folder).values())


def economics_of(
    case: Case, name: str, hand: by_hand.Hand, made: dict[str, Any], found: dict[str, Any]
) -> dict[str, Any]:
    """The economic account by hand, where the project has one."""
    project = case.projects[name]
    said = project.entry.economic
    if said is None:
        return {}
    kind, words = project.entry.kind, hand.words
    no_power = words.get("use") == "heat" or words.get("kind") == "home_system"
    heat = words.get("use") in ("heat", "heat_and_power") and words["heat_fuel"] != "husk"
    own = {s.line for s in said.streams}
    rest = {"generic": True, "solar": no_power, "rice_husk": "revenue_ash" not in own,
            "biogas": "revenue_digestate" not in own or "wastewater" in hand.pools}  # fmt: skip
    return economics(
        hand,
        made,
        found,
        [s.line for s in said.streams],
        [o.name for o in said.externalities],
        supplies=not no_power,
        fuel=heat or words.get("kind") == "home_system",
        rest=rest[kind],
    )


def hand_of(case: Case, name: str, run: Run, k: int) -> by_hand.Hand:
    """The program's inputs, and what earlier projects leave of the pools, for the hand."""
    project = case.projects[name]
    entry, borrower, portfolio = project.entry, project.borrower, case.portfolio
    value: dict[str, Any] = {n: run.value(n, k) for n in project.model.inputs}
    economy = value | {
        "host_cash": value[f"{borrower.name}_cash_flow"],
        "host_debt": value[f"{borrower.name}_debt_service"],
        "owner_cash": value[f"{borrower.name}_promoter_cash"],
        **{key: value.get(f"{borrower.name}_{name}", 0.0) for key, name in SECURITY.items()},
    }
    loans = []
    for loan in entry.loans:
        key = "loan" if len(entry.loans) == 1 else f"loan_{loan.name}"
        steps = [
            (value[f"{key}_step_{n}_from_year"], value[f"{key}_step_{n}_rate"])
            for n in range(1, len(loan.steps) + 1)
        ]
        agreed = {figure: value[f"{key}_{figure}"] for figure in loan.values}
        if loan.reference:
            base, margin = f"reference_{loan.reference}", agreed["margin"]
            agreed["rate"] = value[base] + margin
            n_steps = len(portfolio.references[loan.reference].steps)
            steps = [
                (value[f"{base}_step_{n}_from_year"], value[f"{base}_step_{n}_rate"] + margin)
                for n in range(1, n_steps + 1)
            ]
        loans.append(HandLoan(
            agreed, loan.choices, steps, loan.seasons["instalments"], value.get(f"{key}_size"),
            value.get(f"{key}.service_share", 0.0), run["cfads"][k].tolist(), key,
        ))  # fmt: skip
    grants = []
    for place, grant in enumerate(entry.grants, start=1):
        given, lag = value[f"grant_{place}"], value[f"grant_{place}_lag_months"]
        grants.append((given, 0.0, lag) if grant.share else (0.0, given, lag))
    pools: dict[str, Any] = {pool: run.series(f"{pool}_available", k) for pool in entry.takes}
    alike = {pool: run[f"{pool}_taken_alike"][k].tolist() for pool in entry.takes
             if f"{pool}_taken_alike" in project.model.lines}  # fmt: skip
    return by_hand.Hand(
        x=value, economy=economy,
        words={**portfolio.economy.choices, **borrower.choices, **entry.choices,
               **entry.finance.choices, **(entry.carbon.choices if entry.carbon else {}),
               **(portfolio.economic.choices if portfolio.economic else {})},
        pools=pools, alike=alike, seasons=entry.seasons, loans=loans, grants=grants,
        signed=[grant.committed for grant in entry.grants],
        committed=[(value[f"committed_{k}"], value[f"committed_{k}_from_month"])
                   for k in range(1, len(entry.committed) + 1)],
        lost={name.removeprefix("lost_"): run[name][k].tolist()
              for name in project.model.vectors if name.startswith("lost_")},
        bridges=[(bridge.kind, bridge.choices["from_stage"], bridge.choices["until_stage"])
                 for bridge in entry.bridging],
        shares=entry.depreciation_shares, closing_month=portfolio.closing[1],
        ppy=portfolio.periods_per_year, n=project.model.periods,
    )  # fmt: skip


def test_pools_of_chachoengsao_by_hand() -> None:
    """What a project may take: the site's amount less what the one before it took while it ran."""
    case = appraised(next(path for path in BUNDLED if path.name == "chachoengsao"))
    site, husk, roof = (case.runs[n] for n in ("mill_site", "husk_plant", "mill_roof"))
    load, used = site["load"][0], husk["energy_own_use"][0]
    weights = [11, 9, 7, 8, 9, 8, 6, 5, 5, 7, 12, 13]
    assert load.tolist() == pytest.approx([24_000 * 40 * weights[t % 12] / 100 for t in range(313)])
    assert len(used) == 205
    left = [load[t] - (used[t] if t < 205 else 0.0) for t in range(len(load))]
    assert roof.series("load_available") == pytest.approx(left)
    assert roof.annual("energy_net")[20] == pytest.approx(127_451, abs=1)  # 16 years after it began
