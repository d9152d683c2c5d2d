"""Tornado, switching values, tables of two inputs and named scenarios.

Figures come from closed forms (a plant whose NPV is linear in what is moved) or from the whole case
run again with the value found.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eicfinance.appraisal import batch
from eicfinance.appraisal.batch import UnknownName, named, part, unknowns
from eicfinance.appraisal.case import Case, run_case
from eicfinance.appraisal.crossing import crossings, ladder
from eicfinance.appraisal.sensitivity import RESULTS, sensitivity, steps, two_way
from eicfinance.portfolio.source import BadInput
from tests.appraisal.small import generic, small
from tests.portfolios import BUNDLED, OWN, appraised

pytestmark = pytest.mark.slow

CASES = {path.name: path for path in [*BUNDLED, *OWN]}
ANNUITY = (1 - 1.1**-5) / 0.1  # five years at 10%
TEXTBOOK: dict[str, Any] = {
    "periods_per_year": 1, "inflation": 0, "vat": 0,
    "discount_rates": {"project": 0.1, "equity": 0.1},
}  # fmt: skip


def switching(case: Case, project: str, key: str, result: str = "project_npv") -> Any:
    some = part(case, project, [result])
    return crossings(some, [(named(some, key), result)])[0]


def test_five_year_plant() -> None:
    """500,000 USD, 4,500 MWh a year at 90 less 60 USD, five years at 10% (the exercise named in the
    portfolio): NPV = -500,000 + 4,500 (P - 60) a, so that it is nil at P = 60 + 500,000 / (4,500 a)
    = 89.31 USD a MWh, at a plant of 135,000 a = 511,756 USD, and at the IRR of 10.92%."""
    case = appraised(CASES["five-year-plant"])
    price = switching(case, "plant", "energy_price")
    assert price.value == pytest.approx((60 + 500_000 / (4_500 * ANNUITY)) / 1000, rel=1e-12)
    assert price.change == pytest.approx(price.value / 0.09 - 1)
    cost = switching(case, "plant", "plant_cost")
    assert cost.value == pytest.approx(135_000 * ANNUITY, rel=1e-12)
    rate = switching(case, "plant", "discount_project")
    assert rate.value == pytest.approx(case.runs["plant"].value("project_irr"), rel=1e-9)
    assert rate.value == pytest.approx(0.1092, abs=5e-5)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cost=st.floats(1e4, 1e7), benefit=st.floats(1e3, 1e6), years=st.integers(1, 20),
    rate=st.floats(0.01, 0.3),
)  # fmt: skip
def test_switching_values_of_small_plants(
    cost: float, benefit: float, years: int, rate: float, tmp_path: Path
) -> None:
    """NPV = -cost + benefit x annuity: each switching value in closed form."""
    rates = {"discount_rates": {"project": rate, "equity": rate}}
    plant = generic(plant_cost=cost, benefit_per_year=benefit, life_years=years)
    case = small(tmp_path, [plant], economy=TEXTBOOK | rates)
    annuity = (1 - (1 + rate) ** -years) / rate
    found = switching(case, "plant", "benefit_per_year")
    expected = cost / annuity
    if expected <= 1000 * benefit:
        assert found.value == pytest.approx(expected, rel=1e-7)
    found = switching(case, "plant", "plant_cost")
    if benefit * annuity <= 1000 * cost:
        assert found.value == pytest.approx(benefit * annuity, rel=1e-7)


@pytest.mark.parametrize("result", ["project_npv", "equity_npv"])
@pytest.mark.parametrize(
    ("name", "project"), [("one-roof", "roof"), ("quarterly-farm", "digester")]
)
def test_npv_is_nil_at_the_switching_value(name: str, project: str, result: str) -> None:
    """The whole case run again with each value; where it jumps, the sign changes just before."""
    case = appraised(CASES[name])
    base = case.runs[project].value(result) or 0
    found = 0
    for bar in sensitivity(case, project).top:
        answer = bar.switching[result]
        if answer.value is None:
            assert answer.reason
            continue
        found += 1
        place, key = bar.unknown.move
        again = run_case(case, {place: {key: answer.value}})[project].value(result) or 0
        if answer.reason:
            assert again >= 0
        else:
            assert abs(again) < 1e-6 * abs(base)
    assert found >= 4


def test_a_bar_is_the_whole_case_run_again() -> None:
    """The part of the models gives what all of them give, also through another project's pool."""
    case = appraised(CASES["chachoengsao"])
    found = sensitivity(case, "mill_roof", top=0)
    bars = {bar.unknown.key: bar for bar in found.bars}
    assert "husk_plant" in {m.name for m in part(case, "mill_roof", RESULTS).models}
    for key in ("mill_site.paddy_per_year", "energy_charge", "loan_rate", "escalation_electricity"):
        bar = bars[key]
        place, name = bar.unknown.move
        for end, figures in zip(bar.ends, (bar.at_low, bar.at_high), strict=True):
            run = run_case(case, {place: {name: end}})["mill_roof"]
            for result in RESULTS:
                assert figures[result] == pytest.approx(run.value(result), rel=1e-12), key
    assert found.holds_for(case.runs["mill_roof"].value("project_npv"))
    swings = [bar.swing for bar in found.bars]
    assert swings == sorted(swings, reverse=True)


def test_every_input_is_accounted_for() -> None:
    """Each input behind the results is a bar, or said to be still or without a range."""
    case = appraised(CASES["one-roof"])
    found = sensitivity(case, "roof", top=0)
    known = set(unknowns(part(case, "roof", RESULTS)))
    said = [*(bar.unknown.key for bar in found.bars), *found.still, *found.without_range]
    assert sorted(said) == sorted(known)
    assert "capacity_kwp" in found.without_range
    assert {"loan_rate", "shop_site.load_per_year", "discount_equity"} <= known


def test_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """All lows, highs and scenarios are one run; a step of the search is one for all inputs."""
    calls = []

    def counted(*args: Any, **named: Any) -> Any:
        calls.append(named["models"])
        return run_case(*args, **named)

    monkeypatch.setattr(batch, "run_case", counted)
    case = appraised(CASES["one-roof"])
    sensitivity(case, "roof", top=0)
    assert len(calls) == 1
    assert {model.name for model in calls[0]} == {"shop_site", "roof"}
    sensitivity(case, "roof")
    assert len(calls) < 40  # ten inputs, two results, a ladder and a dozen steps each
    calls.clear()
    two_way(case, "roof", "energy_charge", "loan_rate", ["dscr_min", "equity_npv"])
    assert len(calls) == 1


def test_two_way() -> None:
    case = appraised(CASES["one-roof"])
    prices, rates = [3.0, 4.5], [0.02, 0.065, 0.12]
    two = ("energy_charge", "loan_rate")
    table = two_way(case, "roof", *two, ["equity_npv", "dscr_min"], prices, rates)
    assert [unknown.key for unknown in table.inputs] == list(two)
    for k, price in enumerate(prices):
        for j, rate in enumerate(rates):
            changes = {"roof": {"energy_charge": price, "loan_rate": rate}}
            run = run_case(case, changes)["roof"]
            for result, rows in table.results.items():
                assert rows[k][j] == pytest.approx(run.value(result)), result
    with pytest.raises(UnknownName, match='did you mean "energy_charge"'):
        two_way(case, "roof", "energy_charg", "loan_rate")
    with pytest.raises(UnknownName, match="capacity_kwp has no range; give it one"):
        two_way(case, "roof", "energy_charge", "capacity_kwp")
    with pytest.raises(UnknownName, match="needs two inputs"):
        two_way(case, "roof", "loan_rate", "loan_rate", ["equity_npv"])


def test_the_table_of_the_two_that_move_most() -> None:
    """Its middle is the base; its edges are the bars' ends."""
    found = sensitivity(appraised(CASES["one-roof"]), "roof")
    table, (first, second) = found.table, found.bars[:2]
    assert table is not None
    assert table.inputs == (first.unknown, second.unknown)
    for result in RESULTS:
        rows = table.results[result]
        a, b = (v.index(u.base) for u, v in zip(table.inputs, table.values, strict=True))
        assert rows[a][b] == pytest.approx(found.base[result])
        assert (rows[0][b], rows[-1][b]) == pytest.approx(
            (first.at_low[result], first.at_high[result])
        )
        assert (rows[a][0], rows[a][-1]) == pytest.approx(
            (second.at_low[result], second.at_high[result])
        )


def test_steps_hold_low_base_and_high() -> None:
    roof = unknowns(part(appraised(CASES["one-roof"]), "roof", RESULTS))
    assert steps(roof["energy_charge"]) == [3.5, 3.75, 4, 4.25, 4.5]
    assert steps(roof["capital_per_kwp"]) == [18000, 22500, 27000, 33500, 40000]
    assert steps(roof["loan_grace_months"]) == [0, 2, 3, 14, 24]  # whole months
    assert steps(roof["availability"]) == pytest.approx([0.95, 0.9625, 0.975, 0.9875, 1])


def test_a_p90_year_is_a_scenario(tmp_path: Path) -> None:
    """NPV = -cost + price x yield x annuity, and DSCR = price x yield / (loan x annuity factor), at
    the median yield and at P90 = P50 (1 - 1.2816 x 8%)."""
    low = 50_000 * (1 - 1.2816 * 0.08)
    loan = {"share": 0.6, "rate": 0.07, "tenor_months": 120}
    plant = generic(plant_cost=1e6, benefit_per_year=0, energy_per_year=50_000, energy_price=4,
                    finance={"loan": loan})  # fmt: skip
    p90 = {"name": "P90 year", "changes": {"plant": {"energy_per_year": low}}}
    economy = TEXTBOOK | {"discount_rates": {"project": 0.08, "equity": 0.12}}
    case = small(tmp_path, [plant], economy=economy, scenarios=[p90])
    found = sensitivity(case, "plant", top=0)
    for energy, figures in ((50_000, found.base), (low, found.scenarios["P90 year"])):
        cash = 4 * energy
        assert figures["project_npv"] == pytest.approx(-1e6 + cash * (1 - 1.08**-10) / 0.08)
        service = 600_000 * 0.07 / (1 - 1.07**-10)
        assert figures["dscr_min"] == pytest.approx(cash / service)


@pytest.mark.parametrize(
    ("name", "project", "loan"), [("two-loans", "plant", "soft"), ("two-loans", "plant", "bank")]
)
def test_each_of_several_loans_has_inputs_of_its_own(name: str, project: str, loan: str) -> None:
    case = appraised(CASES[name])
    found = unknowns(part(case, project, RESULTS))
    begins = f"loan_{loan}"
    assert {f"{begins}_rate", f"{begins}_tenor_months", f"{begins}_balloon"} <= set(found)
    assert {"loan_bank_step_1_rate", "loan_bank_step_2_from_year"} <= set(found)
    grace = case.projects[project].entry.loan_names[begins].values["grace_months"].number
    tenor = case.projects[project].entry.loan_names[begins].values["tenor_months"].number
    assert found[f"{begins}_tenor_months"].least == grace + 1
    assert found[f"{begins}_grace_months"].most == tenor - 1
    assert found["construction_months"].most == 83  # the shorter tenor less one
    moved = found[f"{begins}_rate"]
    some = part(case, project, RESULTS)
    again = run_case(case, {project: {moved.key: 0.05}})[project]
    for result, values in some.batch([{moved.move: 0.05}]).items():
        assert values[0] == pytest.approx(again.value(result), rel=1e-9), result


@pytest.mark.parametrize("project", ["level", "sculpted"])
def test_a_loan_of_found_size_is_found_in_each_scenario(project: str) -> None:
    """A part keeps what the engine finds: its batch is the whole case run again, value by value."""
    case = appraised(CASES["sized-loans"])
    some = part(case, project, RESULTS)
    rates = [0.02, 0.05, 0.11]
    found = some.batch([{(project, "loan_rate"): rate} for rate in rates])
    for k, rate in enumerate(rates):
        run = run_case(case, {project: {"loan_rate": rate}})[project]
        assert not run.failed_checks()
        for result in RESULTS:
            assert found[result][k] == pytest.approx(run.value(result), rel=1e-9), result


def test_scenarios_of_several_loans(tmp_path: Path) -> None:
    """Terms of one of several loans, and a step of its rate, in a named scenario."""
    text = (CASES["two-loans"] / "portfolio.yaml").read_text(encoding="utf-8")
    text += """
scenarios:
  - name: dear
    changes: {plant: {loan_bank_rate: 9%, loan_bank_step_1_rate: 12%, loan_soft_tenor_months: 60}}
"""
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    case = appraised(tmp_path)
    run = run_case(case, {"plant": {"loan_bank_rate": 0.09, "loan_bank_step_1_rate": 0.12,
                                    "loan_soft_tenor_months": 60}})["plant"]  # fmt: skip
    values = sensitivity(case, "plant", top=0).scenarios["dear"]
    assert values == pytest.approx({name: run.value(name) for name in RESULTS})
    (tmp_path / "wrong").mkdir()
    wrong = text.replace("loan_soft_tenor_months: 60", "loan_soft_tenor_months: 8")
    (tmp_path / "wrong" / "portfolio.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(BadInput, match=r"dear.*soft\.tenor_months.*before the plant is built"):
        appraised(tmp_path / "wrong")


def test_what_cannot_be_computed_is_blank_and_stands_alone() -> None:
    """One impossible scenario (an infinite rate) leaves the others as they are."""
    case = appraised(CASES["one-roof"])
    some = part(case, "roof", ["project_npv"])
    move = named(some, "discount_project").move
    found = some.batch([{move: 0.08}, {move: -1.0}, {}])["project_npv"]
    assert np.isnan(found).tolist() == [False, True, False]
    assert found[0] == found[2] == case.runs["roof"].value("project_npv")


def test_ladders_hold_the_base_and_stay_within_limits() -> None:
    case = appraised(CASES["one-roof"])
    for unknown in unknowns(part(case, "roof", RESULTS)).values():
        values = ladder(unknown)
        assert unknown.base in values
        assert values.min() >= unknown.least
        assert values.max() <= unknown.most
        if unknown.whole:
            others = values[values != unknown.base]
            assert (others == np.rint(others)).all()


def test_limits_are_those_of_a_portfolio() -> None:
    """A tenor outlasts grace and building, within the project; grants stay within the cost."""
    roof = unknowns(part(appraised(CASES["one-roof"]), "roof", RESULTS))
    assert (roof["loan_tenor_months"].least, roof["loan_tenor_months"].most) == (4, 312)
    assert roof["loan_grace_months"].most == 95
    assert roof["life_years"].most == 25.75  # 26 project years less 3 months of building
    assert (roof["coincident_share"].least, roof["coincident_share"].most) == (0, 1)
    farm = unknowns(part(appraised(CASES["quarterly-farm"]), "digester", RESULTS))
    assert farm["grant_1"].most <= 1


def test_scenarios(tmp_path: Path) -> None:
    """A named scenario is the case with its figures."""
    text = (CASES["one-roof"] / "portfolio.yaml").read_text(encoding="utf-8")
    text += """
scenarios:
  - name: dear money
    changes: {roof: {loan_rate: 9%, energy_charge: 3.8}, economy: {income_tax_rate: 15%}}
  - {name: small shop, changes: {shop_site: {load_per_year: 40 MWh/year}}}
"""
    (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
    case = appraised(tmp_path)
    found = sensitivity(case, "roof", top=0).scenarios
    assert list(found) == ["dear money", "small shop"]
    same: list[dict[str, dict[str, float]]] = [
        {"roof": {"loan_rate": 0.09, "energy_charge": 3.8}, "economy": {"income_tax_rate": 0.15}},
        {"shop_site": {"load_per_year": 40_000}},
    ]
    for values, changes in zip(found.values(), same, strict=True):
        run = run_case(case, changes)["roof"]
        assert values == pytest.approx({name: run.value(name) for name in RESULTS})


def test_a_base_that_changed_is_noticed() -> None:
    found = sensitivity(appraised(CASES["one-roof"]), "roof", top=0)
    npv = found.base["project_npv"]
    assert npv is not None
    assert found.holds_for(npv)
    assert not found.holds_for(npv + 1)
    assert not found.holds_for(None)
    assert replace(found, base=found.base | {"project_npv": None}).holds_for(None)
