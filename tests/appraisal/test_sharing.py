"""Groups beside each loan on its own, and who bears the losses of a pool: identities."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal import joint
from eicfinance.appraisal.blocks import compute_block, plan_of
from eicfinance.appraisal.joint import RESULTS, kept_as
from eicfinance.appraisal.risk import summed_up
from eicfinance.appraisal.sharing import first_loss_risk, group_risks
from eicfinance.appraisal.simulation import simulate
from eicfinance.model.numeric import run
from eicfinance.reports.risk import as_data, as_text
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.simulation import Simulation

    Array = NDArray[np.float64]

LOAN = {"share": 0.6, "rate": 0.06, "tenor_months": 36, "grace_months": 6}
POOL = {"share": 0.05, "guarantee": 0.4, "guarantee_fee": 0.0175, "bank_target": 0.005}


def farms(
    folder: Path, cover: Any = 0.5, count: int = 3, members: int = 3, reach: str = "each",
    finance: dict[str, Any] | None = None, **risk: Any,
) -> Case:  # fmt: skip
    """Equal plants that fever stops for a year; what they earn, when they are ready, and what
    stands behind them is a matter of luck."""
    benefit = {"value": 300_000, "low": 150_000, "high": 450_000}
    plant = generic(
        "farm", {"loan": LOAN} | (finance or {}), benefit_per_year=benefit, om_share=0.05,
        life_years=4,
        construction_months={"value": 3, "low": 2, "high": 5},
    ) | {"count": count}  # fmt: skip
    fever = {"name": "fever", "title": "Fever", "kind": "event", "chance": 0.15, "months": 12,
             "reach": reach, "hits": {"farm.output": 1.0}}  # fmt: skip
    group = {"project": "farm", "members": members, "cover": cover}
    owner = {"collateral": {"value": 150_000, "low": 0, "high": 300_000}}
    return small(folder, [plant], borrower=owner,
                 risk={"drivers": [fever], "groups": [group]} | risk)  # fmt: skip


def both(made: Simulation | dict[str, Array], result: str) -> tuple[Array, Array]:
    return made[f"farm|{result}"], made[kept_as("farm", result)]


BEHIND = {
    "sponsor_support": {"value": 30_000, "low": 0, "high": 60_000},
    "recovery_share": {"value": 0.2, "low": 0, "high": 0.4}, "guarantee_share": 0.3,
    "reserve_months": 3, "reserve_funding": "closing",
}  # fmt: skip


@pytest.mark.parametrize("finance", [{}, BEHIND], ids=["plain", "secured"])
def test_without_cover_the_group_is_each_on_its_own(
    tmp_path: Path, finance: dict[str, Any]
) -> None:
    """To the last bit, with whatever stands behind a loan: nothing but the help differs."""
    made = compute_block(plan_of(farms(tmp_path, cover=0, finance=finance), 1), 0, 120)
    assert made["farm|repay_default"].any()
    for result in RESULTS:
        alone, group = both(made, result)
        assert alone.tobytes() == group.tobytes(), result


def test_identical_members_without_own_luck_are_none_the_better(tmp_path: Path) -> None:
    """Drawn as three: all strike together, each has what the others have."""
    plan = plan_of(farms(tmp_path, cover=1, reach="cluster"), 1, [])
    (member,) = plan.members
    assert member.units == 1  # nothing is their own: one stands for all
    plan.members = [replace(member, weights=np.ones(3))]
    made = compute_block(plan, 0, 300)
    assert 0 < made["farm|repay_default"].mean() < 1
    for result in RESULTS:
        alone, group = both(made, result)
        assert alone.shape == (3, 300)
        assert alone.tobytes() == group.tobytes(), result


def test_units_that_share_all_luck_are_drawn_as_one(tmp_path: Path) -> None:
    plan = plan_of(farms(tmp_path, cover=1, reach="cluster"), 1, [])
    made = compute_block(plan, 0, 100)
    for result in RESULTS:
        alone, group = both(made, result)
        assert alone.tobytes() == group.tobytes()


def test_it_helps_against_own_luck_more_than_against_common(tmp_path: Path) -> None:
    gains = {}
    for reach in ("each", "cluster"):
        case = farms(tmp_path, reach=reach)
        (found,) = group_risks(simulate(case, 500))
        whole, comes, none = found.cases
        assert (whole.event, comes.event, none.event) == ("all", "fever", "none")
        assert comes.scenarios + none.scenarios == whole.scenarios == 500
        gains[reach] = comes.loss_change.value / comes.loss_alone.value
        for one in found.cases:
            assert one.pd_change.value == pytest.approx(one.pd_group.value - one.pd_alone.value)
            assert one.loss_change.value == pytest.approx(
                one.loss_group.value - one.loss_alone.value
            )
        mixed = comes.scenarios * comes.loss_change.value + none.scenarios * none.loss_change.value
        assert mixed / 500 == pytest.approx(whole.loss_change.value)
        assert whole.loss_change.value < -3 * whole.loss_change.error
    assert gains["each"] < 1.5 * gains["cluster"] < 0


def test_the_last_group_is_smaller(tmp_path: Path) -> None:
    """Three farms in groups of two: the third is on its own."""
    made = compute_block(plan_of(farms(tmp_path, members=2), 1), 0, 200)
    alone, group = both(made, "repay_loss")
    assert alone[2].tobytes() == group[2].tobytes()
    assert (alone[:2] != group[:2]).any()
    whole = compute_block(plan_of(farms(tmp_path), 1), 0, 200)
    assert whole["farm|repay_loss"].tobytes() == alone.tobytes()  # the same draws
    assert (both(whole, "repay_loss")[1][2] != alone[2]).any()


def test_groups_change_nothing_else(tmp_path: Path) -> None:
    case = farms(tmp_path, first_loss=POOL)
    bare = replace(case.portfolio.risk, groups=(), first_loss=None)
    plain = replace(case, portfolio=replace(case.portfolio, risk=bare))
    grouped, single = (compute_block(plan_of(one, 1), 0, 60) for one in (case, plain))
    assert set(grouped) - set(single) == {kept_as("farm", result) for result in RESULTS}
    for name, values in single.items():
        assert values.tobytes() == grouped[name].tobytes(), name
    assert as_data(summed_up(simulate(plain, 20)), plain)["first_loss"] is None


def test_cover_may_be_drawn(tmp_path: Path) -> None:
    wide = farms(tmp_path, cover={"value": 0.5, "low": 0, "high": 1, "distribution": "uniform"})
    drawn = compute_block(plan_of(wide, 1), 0, 200)
    fixed = compute_block(plan_of(farms(tmp_path, cover=0.5), 1), 0, 200)
    assert drawn["farm|repay_loss"].tobytes() == fixed["farm|repay_loss"].tobytes()
    assert (both(drawn, "repay_loss")[1] != both(fixed, "repay_loss")[1]).any()


def test_slices_of_scenarios_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(farms(tmp_path), 1)
    whole = compute_block(plan, 0, 90)
    monkeypatch.setattr(joint, "AT_ONCE", 100)  # 33 scenarios of three members
    sliced = compute_block(plan, 0, 90)
    for result in RESULTS:
        assert both(whole, result)[1].tobytes() == both(sliced, result)[1].tobytes()


def test_a_group_is_what_its_model_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One scenario, the members' cash handed to the group's model by hand."""
    plan = plan_of(farms(tmp_path), 1)
    found = compute_block(plan, 0, 40)
    seen: list[dict[str, Any]] = []

    def watched(model: Any, changes: Any, **more: Any) -> Any:
        seen.append(changes)
        return run(model, changes, **more)

    monkeypatch.setattr(joint, "run", watched)
    compute_block(plan, 0, 40)
    (changes,) = seen
    one = {name: v[..., 7:8] for name, v in changes.items()}
    periods = len(one["m1.cash"]) - 1
    made = run(joint._model(3, periods, 12), one)
    assert made.failed_checks() == {}
    assert made["group_loss"][0] == both(found, "repay_loss")[1][:, 7].sum()


@pytest.mark.slow
def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    case, made = farms(tmp_path, members=2), []
    for processes in (1, 2):
        simulate(case, 520, 5, processes, tmp_path / str(processes))
        files = sorted((tmp_path / str(processes)).rglob("*.npz"))
        made.append({file.name: file.read_bytes() for file in files})
    assert len(made[0]) == 2
    assert made[0] == made[1]


# -- first loss ---------------------------------------------------------------------------------


def test_the_parts_borne_sum_to_the_loss(tmp_path: Path) -> None:
    made = simulate(farms(tmp_path, first_loss=POOL), 300)
    found = first_loss_risk(made)
    assert found is not None
    first, guarantor, bank = (one.loss.value for one in found.parties)
    losses = made["farm|repay_loss"].sum(axis=0)
    assert first + guarantor + bank == pytest.approx(losses.mean(), rel=1e-12)
    assert found.loss.value == pytest.approx(losses.mean(), rel=1e-12)
    assert found.lent == pytest.approx(3 * 0.6 * 1.07 * 1_000_000)  # the cost bears VAT
    # by hand: the first 5% of what is lent of each scenario's loss, then 40% of the rest
    mfi = np.minimum(losses, 0.05 * found.lent)
    assert first == pytest.approx(mfi.mean())
    assert guarantor == pytest.approx(0.4 * (losses - mfi).mean())
    assert found.parties[2].share == pytest.approx(0.6 * (losses - mfi).mean() / found.lent)
    owed = made.total("sum|farm|repay_outstanding").sum() / 300 / 12
    assert found.fees == pytest.approx(0.0175 * owed)
    assert found.parties[1].fair_fee == pytest.approx(guarantor / owed)


def test_the_size_that_meets_the_target(tmp_path: Path) -> None:
    made = simulate(farms(tmp_path, first_loss=POOL), 300)
    found = first_loss_risk(made)
    assert found is not None
    assert found.needed is not None
    assert not found.met
    losses = made["farm|repay_loss"].sum(axis=0)
    left = 0.6 * np.maximum(0, losses - found.needed * found.lent)
    assert left.mean() / found.lent == pytest.approx(0.005, rel=1e-9)
    generous = simulate(farms(tmp_path, first_loss=POOL | {"bank_target": 0.9}), 300)
    easy = first_loss_risk(generous)
    assert easy is not None
    assert (easy.met, easy.needed) == (True, 0)


def test_no_size_may_do(tmp_path: Path) -> None:
    """A loan that never pays an instalment: with interest more is lost than was lent."""
    plant = generic("farm", {"loan": LOAN | {"grace_months": 0}}, benefit_per_year=0, life_years=4)
    pool = {"share": 0.05, "bank_target": 0}
    case = small(tmp_path, [plant], risk={"first_loss": pool})
    risk = summed_up(simulate(case, 20))
    assert risk.first_loss is not None
    assert risk.first_loss.needed is None
    assert "No first loss brings it there" in as_text(risk, case)


def test_nothing_lost_is_an_answer(tmp_path: Path) -> None:
    plant = generic("farm", {"loan": LOAN}, benefit_per_year=900_000, life_years=4)
    case = small(tmp_path, [plant], risk={"first_loss": POOL | {"bank_target": 0}})
    found = summed_up(simulate(case, 20)).first_loss
    assert found is not None
    assert (found.loss.value, found.met, found.needed) == (0, True, 0)


# -- text ---------------------------------------------------------------------------------------


def test_the_text_says_it(tmp_path: Path) -> None:
    group = {"project": "farm", "members": 2, "cover": 0.5, "binding": "contractual"}
    case = farms(tmp_path, groups=[group], first_loss=POOL)
    text = as_text(summed_up(simulate(case, 120)), case)
    assert "3 loans in groups of 2" in text
    assert "Fever, by own luck (" in text
    assert "the group lowers the lender's expected loss" in text
    assert "s. 681/1" in text
    assert "MFI bears the first 5% of what is lent" in text
    assert "nan" not in text
    social = farms(tmp_path, groups=[group | {"binding": "social"}])
    assert "s. 681/1" not in as_text(summed_up(simulate(social, 20)), social)


def test_units_alike_are_told(tmp_path: Path) -> None:
    plan = farms(tmp_path, reach="cluster")
    made = simulate(plan, 20)
    made.plan.members[0].weights = np.array([3.0])
    made.blocks = [compute_block(made.plan, 0, 20)]
    assert "a group changes nothing" in as_text(summed_up(made), plan)
