"""A simulation of a cluster: exact where nothing varies, the same bytes whoever computes it."""

from __future__ import annotations

import os
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal import blocks, simulation
from eicfinance.appraisal.blocks import RESULTS, compute_block, plan_of
from eicfinance.appraisal.case import Case, appraise, run_case
from eicfinance.appraisal.simulation import simulate
from eicfinance.appraisal.uncertain import uncertain
from eicfinance.model import kernel
from eicfinance.model.expr import ModelError
from eicfinance.risk.sampling import BLOCK
from tests.appraisal.small import generic, small
from tests.portfolio.one_roof import BASE
from tests.portfolios import BUNDLED, appraised

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

pytestmark = pytest.mark.slow
WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
RISK = """
risk:
  drivers:
    - {name: sun}
    - {name: hail, kind: event, chance: 10%, months: 18,
       hits: {roof.output: 90%, shop.cash_flow: 100%}}
  inputs: {roof: {specific_yield: {sun: 0.8}}}
"""


@pytest.fixture
def roof(tmp_path: Path) -> Case:
    (tmp_path / "portfolio.yaml").write_text(f"{BASE}{RISK}", encoding="utf-8")
    return appraise(tmp_path)


def farms(folder: Path, count: int = 3, risk: dict[str, Any] | None = None) -> Case:
    """Equal plants with a range on what they earn."""
    finance = {"loan": {"share": 0.6, "rate": 0.06, "tenor_months": 60}}
    benefit = {"value": 200_000, "low": 100_000, "high": 300_000}
    plant = generic("farm", finance, benefit_per_year=benefit, om_share=0.05) | {"count": count}
    return small(folder, [plant], risk=risk)


def members_of(case: Case) -> dict[str, blocks.Member]:
    return {member.name: member for member in plan_of(case, 1).members}


# -- nothing varies -----------------------------------------------------------------------------


@pytest.mark.parametrize("folder", BUNDLED, ids=lambda path: path.name)
def test_without_luck_every_scenario_is_the_base_case(folder: Path) -> None:
    """To the last bit: all results of all projects."""
    case = appraised(folder)
    quiet = replace(case.portfolio.risk, drivers=())
    still = replace(case, portfolio=replace(case.portfolio, risk=quiet))
    plan = plan_of(still, 1, [])
    for member in plan.members:
        member.lost = ()
    assert plan.certain
    found = compute_block(plan, 0, 7)
    for name in case.projects:
        for result in [r for r in RESULTS if r in case.projects[name].model.results]:
            base = case.runs[name][result]
            assert found[f"{name}|{result}"].tobytes() == np.tile(base, (1, 7)).tobytes(), result


def test_ranges_that_are_cut_to_the_base_give_the_base(roof: Case) -> None:
    """Drawn, but each draw is the base value: as computed for many scenarios at once."""
    cut = [replace(one, least=1.0, most=1.0) for one in uncertain(roof)]
    base = [_base(roof, one.move) for one in cut]
    cut = [replace(one, least=b, most=b) for one, b in zip(cut, base, strict=True)]
    plan = plan_of(roof, 1, cut)
    plan.members[0].lost = ()
    found = compute_block(plan, 0, 20)
    for result in plan.members[0].results:
        wanted = roof.runs["roof"][result][0]
        assert found[f"roof|{result}"] == pytest.approx(np.full((1, 20), wanted), rel=1e-12,
                                                        nan_ok=True), result  # fmt: skip


def _base(case: Case, move: tuple[str, str]) -> float:
    place, name = move
    models = [m for m in case.models if name in m.inputs and place in ("economy", m.name)]
    return models[0].inputs[name].value


# -- something varies ---------------------------------------------------------------------------


def test_a_scenario_is_what_its_inputs_make_it(roof: Case) -> None:
    """The model run by itself with the inputs that were drawn gives what the block says."""
    plan = plan_of(roof, 1)
    plan.members[0].lost = ()
    found = compute_block(plan, 0, 50)
    start = "roof|input|"
    drawn = {name.removeprefix(start): values for name, values in found.items()
             if name.startswith(start) and "." in name}  # fmt: skip
    assert len(drawn) > 10
    for k in (0, 17, 49):
        changes: dict[str, dict[str, float]] = {}
        for name, values in drawn.items():
            place, _, key = name.partition(".")
            changes.setdefault(place, {})[key] = float(values[k])
        run = run_case(roof, changes)["roof"]
        for result in plan.members[0].results:
            assert found[f"roof|{result}"][0, k] == pytest.approx(run[result][0], nan_ok=True)


def test_what_is_decided_is_not_drawn(roof: Case) -> None:
    moves = {one.move for one in uncertain(roof)}
    drawn = {name for _, name in moves}
    assert ("roof", "capital_per_kwp") in moves
    assert ("economy", "shop_cash_flow") in moves
    assert not drawn & {"life_years", "export_allowed", "loan_rate", "loan_tenor_months", "vat",
                        "discount_project", "discount_equity", "income_tax_rate"}  # fmt: skip
    assert not [name for name in drawn if name.startswith("policy_")]


def test_a_term_of_the_loan_is_drawn_where_it_is_named(tmp_path: Path) -> None:
    named = BASE.replace("rate: 6.5%", "rate: {value: 6.5%, low: 5%, high: 8%}")
    risk = RISK.replace("{roof: {", "{roof: {loan_rate: {sun: 0.5}, ")
    (tmp_path / "portfolio.yaml").write_text(f"{named}{risk}", encoding="utf-8")
    moves = {one.move: one for one in uncertain(appraise(tmp_path))}
    assert moves["roof", "loan_rate"].loads == {"sun": 0.5}


def test_price_rises_follow_inflation(roof: Case) -> None:
    found = {one.move[1]: one for one in uncertain(roof)}
    assert found["escalation_electricity"].stream == found["inflation"].stream
    assert found["vat_refund_months"].whole


def test_equal_units_have_luck_of_their_own(tmp_path: Path) -> None:
    case = farms(tmp_path)
    member = members_of(case)["farm"]
    assert member.weights.tolist() == [1, 1, 1]
    npv = compute_block(plan_of(case, 1), 0, BLOCK)["farm|project_npv"]
    assert len({tuple(row) for row in npv.tolist()}) == 3
    assert npv.mean(axis=1) == pytest.approx([npv.mean()] * 3, rel=0.02)


def test_many_units_are_drawn_as_fifty(tmp_path: Path) -> None:
    member = members_of(farms(tmp_path, count=120))["farm"]
    assert member.units == 50
    assert member.weights.sum() == 120
    assert set(member.weights) == {2, 3}


def test_gaps_of_the_cluster_add_up_month_by_month(tmp_path: Path) -> None:
    case = farms(tmp_path, count=2)
    found = compute_block(plan_of(case, 1), 0, 40)
    depth = found["farm|gap_depth"]
    assert (found["cluster|gap_depth"] <= depth.sum(axis=0) + 1e-6).all()
    assert (found["cluster|gap_depth"] >= depth.max(axis=0) - 1e-6).all()
    assert case.cluster is not None
    alone = farms(tmp_path / "..", count=1)
    one = compute_block(plan_of(alone, 1), 0, 40)
    assert one["cluster|gap_depth"] == pytest.approx(one["farm|gap_depth"][0])


def test_an_event_takes_what_it_hits(roof: Case) -> None:
    """Scenarios without hail are those of a portfolio without it; with hail they are worse."""
    plan = plan_of(roof, 1)
    hit = compute_block(plan, 0, BLOCK)
    calm_plan = plan_of(roof, 1)
    calm_plan.members[0].lost = ()
    calm = compute_block(calm_plan, 0, BLOCK)
    struck = hit["roof|project_npv"] != calm["roof|project_npv"]
    assert 0.5 < struck.mean() < 1
    assert (hit["roof|project_npv"] <= calm["roof|project_npv"]).all()
    assert (hit["roof|repay_default"] >= calm["roof|repay_default"]).all()
    assert hit["roof|repay_default"].mean() > calm["roof|repay_default"].mean() + 0.02


def test_a_scenario_that_cannot_be_computed_is_left_out(
    roof: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compute_block(plan_of(roof, 1), 0, 32)
    real: Callable[..., Any] = run_case
    bad = float(whole["roof|input|roof.specific_yield"][5])

    def fragile(case: Case, changes: Any, **more: Any) -> Any:
        if (changes["roof"]["specific_yield"] == bad).any():
            raise ModelError("cannot be")
        return real(case, changes, **more)

    monkeypatch.setattr(blocks, "run_case", fragile)
    found = compute_block(plan_of(roof, 1), 0, 32)
    assert np.flatnonzero(found["roof|failed"][0]).tolist() == [5]
    npv = found["roof|project_npv"][0]
    assert np.isnan(npv[5])
    others = np.arange(32) != 5
    assert npv[others] == pytest.approx(whole["roof|project_npv"][0][others], rel=1e-12)


# -- the same bytes -----------------------------------------------------------------------------


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.npz"))}


def test_the_first_scenarios_do_not_depend_on_how_many_follow(roof: Case) -> None:
    few, many = simulate(roof, 300, 1), simulate(roof, 700, 1)
    for name in ("roof|project_npv", "roof|repay_loss", "driver|sun", "cluster|gap_depth"):
        assert np.array_equal(few[name], many[name][..., :300], equal_nan=True)
    other = simulate(roof, 300, 2)
    assert (other["driver|sun"] != few["driver|sun"]).all()


def test_any_number_of_processes_gives_the_same_bytes(roof: Case, tmp_path: Path) -> None:
    made = {}
    for processes in (1, 2, 4) if WHOLE else (1, 2):
        simulate(roof, 1300, 5, processes, tmp_path / str(processes))
        made[processes] = files_of(tmp_path / str(processes))
    assert len(made[1]) == 3
    assert all(files == made[1] for files in made.values())


def test_an_interrupted_run_goes_on(
    roof: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = simulate(roof, 1200, 1, 1, tmp_path / "whole")
    computed: list[int] = []
    real = compute_block

    def counted(plan: blocks.Plan, block: int, size: int) -> dict[str, Array]:
        if block == 1 and not computed.count(1):
            computed.append(1)
            raise KeyboardInterrupt
        computed.append(block)
        return real(plan, block, size)

    monkeypatch.setattr(simulation, "compute_block", counted)
    with pytest.raises(KeyboardInterrupt):
        simulate(roof, 1200, 1, 1, tmp_path / "cut")
    place = next((tmp_path / "cut").iterdir())
    assert [path.name for path in place.iterdir()] == ["00000-500.npz"]
    (place / "00002-200.npz").write_bytes(b"half a file")
    again = simulate(roof, 1200, 1, 1, tmp_path / "cut")
    assert computed == [0, 1, 1, 2]  # the first is not computed again, the broken one is
    assert files_of(tmp_path / "cut") == files_of(tmp_path / "whole")
    assert (again["roof|project_npv"] == whole["roof|project_npv"]).all()


def test_other_figures_or_seeds_do_not_use_old_blocks(roof: Case, tmp_path: Path) -> None:
    simulate(roof, 10, 1, 1, tmp_path / "out")
    simulate(roof, 10, 2, 1, tmp_path / "out")
    text = (roof.portfolio.folder / "portfolio.yaml").read_text(encoding="utf-8")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "portfolio.yaml").write_text(text.replace("90%", "80%"), encoding="utf-8")
    simulate(appraise(tmp_path / "b"), 10, 1, 1, tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_memory_does_not_grow_with_the_scenarios(tmp_path: Path) -> None:
    """With blocks in a folder: of the most that numpy and Python hold at once."""
    case = farms(tmp_path, count=1)

    def most(scenarios: int) -> int:
        tracemalloc.start()
        made = simulate(case, scenarios, 1, 1, tmp_path / str(scenarios))
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert made["farm|project_npv"].shape == (1, scenarios)
        return held

    most(10)  # what is built once
    assert most(1500) < 1.05 * most(500)


def test_compiled_blocks_say_the_same(roof: Case) -> None:
    if not kernel.available():
        pytest.skip("numba is not installed")
    few, many = plan_of(roof, 1), plan_of(roof, 1, scenarios=10**6)
    plain, fast = compute_block(few, 0, 300), compute_block(many, 0, 300)
    for name, values in plain.items():
        size = np.nanmax(np.abs(values), initial=0)
        assert fast[name] == pytest.approx(values, rel=1e-9, abs=1e-9 * size, nan_ok=True), name
        if "|input|" in name or name.startswith("driver|"):
            assert fast[name].tobytes() == values.tobytes(), name


def test_more_scenarios_leave_the_answer_and_halve_the_error(tmp_path: Path) -> None:
    """The mean NPV of runs with other seeds spreads half as much with four times the scenarios."""
    case = farms(tmp_path, count=1)

    def means(scenarios: int) -> Array:
        return np.array([simulate(case, scenarios, seed)["farm|repay_default"].mean()
                         for seed in range(14)])  # fmt: skip

    few, many = means(40), means(160)
    assert few.mean() == pytest.approx(many.mean(), abs=0.04)
    assert many.std() < 0.85 * few.std()
