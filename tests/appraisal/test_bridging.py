"""Bridging against figures worked out on paper, and what must hold whatever the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from eicfinance.appraisal.case import appraise, run_case
from eicfinance.model.numeric import Run
from eicfinance.portfolio.source import BadInput
from eicfinance.reports.bridging import as_data, content
from eicfinance.reports.view import view
from tests.appraisal.small import generic, small
from tests.portfolios import ROOT, appraised

PLAIN = {"contingency": 0, "retention": 0, "payment_lag_days": 0, "om_share": 0,
         "insurance_share": 0}  # fmt: skip
FREE = {"vat": 0, "inflation": 0}
BANK = {"name": "bank", "kind": "overdraft", "limit": 300_000, "rate": 0,
        "from_stage": "preparation", "until_stage": "maturity"}  # fmt: skip
DEATH_VALLEY = ROOT / "tests" / "cases" / "death-valley"


def plant(*bridging: dict[str, Any], name: str = "plant", **finance: Any) -> dict[str, Any]:
    """Four months of building at 250,000; then 50,000 a month: back after month 24."""
    terms = finance | {"bridging": list(bridging)}
    return generic(name, terms, construction_months=4, benefit_per_year=600_000, **PLAIN)


def of(folder: Path, *bridging: dict[str, Any], **finance: Any) -> Run:
    return small(folder, [plant(*bridging, **finance)], economy=FREE).runs["plant"]


def test_the_death_valley_case(tmp_path: Path) -> None:
    """The trough of formula-death-valley-monthly (tests/cases/death-valley: 12 months of building
    at 1,200,000, full cost from month 13, revenue in ten steps; 14,910,000 deep in month 15),
    bridged on paper with 10 M THB free of cost and 3 M THB at 12% a year, 1% a month.

    Month 9 needs 10.8 M, of which the second source lends 0.8; month 10 needs 12.0 + 0.008 of
    interest, month 11 13.2 + 0.008 + 0.02008: 3 M are lent and 228,080 missing. From then on 30,000
    of interest a month come on top, so that most is missing in month 16, not in month 15.
    """
    written = yaml.safe_load((DEATH_VALLEY / "portfolio.yaml").read_text(encoding="utf-8"))
    written["projects"][0]["finance"] = {
        "bridging": [
            BANK | {"name": "dear", "limit": 3_000_000, "rate": 0.12},
            BANK | {"limit": 10_000_000},
        ]
    }
    (tmp_path / "portfolio.yaml").write_text(
        yaml.safe_dump(written, default_flow_style=False), encoding="utf-8"
    )
    run = appraise(tmp_path).runs["plant"]
    assert run.value("gap_with_loan_depth") == pytest.approx(14_910_000)
    assert run.series("bridge_2_balance")[7:11] == pytest.approx([8.4e6, 9.6e6, 10e6, 10e6])
    assert run.series("bridge_1_balance")[8:13] == pytest.approx([0, 8e5, 2_008_000, 3e6, 3e6])
    assert run.series("bridge_missing")[10:18] == pytest.approx(
        [0, 228_080, 1_458_080, 1_748_080, 1_948_080, 2_058_080, 2_078_080, 2_008_080]
    )
    assert run.value("bridge_missing_highest") == pytest.approx(2_078_080)
    assert run.value("bridge_missing_highest_period") == 16
    assert run.value("bridge_missing_first_period") == 11
    assert run.value("bridge_closed") == 0


def test_cash_is_conserved(tmp_path: Path) -> None:
    """Month by month: what was there, the flow before bridging, what is drawn less repaid less
    interest and fees, and what nobody lends, make what is there."""
    dear = BANK | {"name": "shop", "kind": "vendor_credit", "rate": 0.24, "fee": 0.02}
    run = of(tmp_path, BANK | {"rate": 0.12}, dear | {"limit": 400_000})
    hand = np.diff(run["bridge_position"][0], prepend=0.0)
    cash = 0.0
    for t, flow in enumerate(hand):
        balances = [run[f"bridge_{k}_balance"][0] for k in (1, 2)]
        owed = sum(b[t] - (b[t - 1] if t else 0.0) for b in balances)
        missing = run["bridge_missing"][0]
        paid = sum(run[f"bridge_{k}_cost"][0][t] for k in (1, 2))
        cash += flow + owed + missing[t] - (missing[t - 1] if t else 0.0) - paid
        assert cash == pytest.approx(run["bridge_cash"][0][t], abs=1e-3)
        assert cash > -1e-3
    cost = run.value("bridge_cost_total")
    assert cost is not None
    assert cost > 0
    assert cash == pytest.approx(run["bridge_position"][0][-1] - cost)
    # 250,000 in month 1, 50,000 and 202,500 in month 2, the rest of 400,000 in month 3
    on_bank, fee_and_month = 3_000, 0.02 + 0.02
    assert run.series("bridge_cost")[2:5] == pytest.approx(
        [2_500, on_bank + 202_500 * fee_and_month, on_bank + 400_000 * 0.02 + 197_500 * 0.02]
    )


def test_money_without_limit_and_cost_fills_the_gap(tmp_path: Path) -> None:
    run = of(tmp_path, BANK | {"limit": 1e9})
    assert run.value("bridge_missing_highest") == 0
    assert run.value("bridge_highest") == run.value("gap_with_loan_depth") == 1_000_000
    assert run.value("bridge_cost_total") == run.value("bridge_owed_at_end") == 0
    assert run.value("bridge_closed") == 1
    assert run.value("bridge_1_last_period") == run.value("gap_with_loan_last_period")


def test_nothing_lent_leaves_the_gap(tmp_path: Path) -> None:
    run = of(tmp_path, BANK | {"limit": 0}, BANK | {"name": "other", "limit": 0, "rate": 0.3})
    assert run["bridge_missing"].tolist() == run["gap_with_loan"].tolist()
    assert run.value("bridge_missing_highest_period") == run.value("gap_with_loan_deepest_period")
    assert run.value("bridge_1_first_period") is None


def test_more_of_what_costs_nothing_never_leaves_more_missing(tmp_path: Path) -> None:
    case = small(tmp_path, [plant(BANK, BANK | {"name": "b", "limit": 50_000})], economy=FREE)
    limits = np.linspace(0, 1_200_000, 25)
    run = run_case(case, {"plant": {"bridge_1_limit": limits}})["plant"]
    assert (np.diff(run["bridge_missing"], axis=0) <= 1e-6).all()
    assert run.value("bridge_missing_highest", 10) == pytest.approx(1_000_000 - 550_000)


def test_money_that_costs_can_leave_more_missing(tmp_path: Path) -> None:
    """A source that is due before the plant has earned its interest leaves that interest open."""
    early = BANK | {"rate": 0.24, "until_stage": "preparation"}
    run = of(tmp_path, early)
    # 250 + 3 x 300 kTHB at 2% a month
    assert run.series("bridge_missing")[5] == pytest.approx(950_000 + 5_000 + 3 * 6_000)
    assert run.series("gap_with_loan")[5] == pytest.approx(950_000)


def test_the_cheapest_first_whatever_the_order_of_the_list(tmp_path: Path) -> None:
    """Rate + fee: 10%, 9%, 9% of the one named later. A change of the rate moves the order."""
    sources = [BANK | {"name": "a", "rate": 0.04, "fee": 0.06}, BANK | {"name": "b", "rate": 0.09},
               BANK | {"name": "c", "rate": 0.08, "fee": 0.01}]  # fmt: skip
    case = small(tmp_path, [plant(*sources)], economy=FREE)
    run = case.runs["plant"]
    assert [run.value(f"bridge_{k}_rank") for k in (1, 2, 3)] == [3, 1, 2]
    assert [run.value(f"bridge_{k}_first_period") for k in (1, 2, 3)] == [3, 1, 2]
    assert run.value("bridge_1_last_period") < run.value("bridge_3_last_period")  # type: ignore[operator]
    moved = run_case(case, {"plant": {"bridge_2_rate": [0.09, 0.2]}})["plant"]
    assert [moved.value(f"bridge_{k}_rank", 1) for k in (1, 2, 3)] == [2, 3, 1]
    found = as_data(view(case).projects[0])
    assert found is not None
    assert [one["name"] for one in found["sources"]] == ["b", "c", "a"]


def test_an_advance_ends_when_the_grant_arrives(tmp_path: Path) -> None:
    """A grant of 100,000 in month 4 + 6 = 10; one that is not signed is not advanced."""
    given = [{"name": "fund", "amount": 100_000}, {"name": "hope", "amount": 50_000,
                                                   "committed": False}]  # fmt: skip
    run = of(tmp_path, BANK | {"kind": "grant_advance"}, grants=given)
    assert run.series("bridge_1_balance")[:12] == pytest.approx([0, *[100_000] * 9, 0, 0])


def test_instalments_of_its_stages_alone_are_deferred(tmp_path: Path) -> None:
    """600,000 at 0% in 20 instalments of 30,000 from month 5; 2 x 50 covers 3 x 30 from month 6 on,
    so that start-up ends with month 8: four instalments, until then."""
    loan = {"share": 0.6, "rate": 0, "tenor_months": 24, "grace_months": 4}
    stage = {"from_stage": "startup", "until_stage": "startup"}
    run = of(tmp_path, BANK | stage | {"kind": "deferred_instalments"}, loan=loan)
    assert run.series("bridge_1_balance")[4:10] == pytest.approx([0, 3e4, 6e4, 9e4, 12e4, 0])


def test_due_at_the_latest(tmp_path: Path) -> None:
    run = of(tmp_path, BANK | {"until_month": 6})
    assert run.series("bridge_1_balance")[5:8] == pytest.approx([300_000, 300_000, 0])


def test_other_results_stay_to_the_bit(tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    without, run = of(tmp_path / "without"), of(tmp_path, BANK | {"rate": 0.2})
    assert not [name for name in without.model.results if "bridge" in name]
    for name in (*without.model.results, *without.model.lines):
        assert np.array_equal(without[name], run[name], equal_nan=True), name


def test_terms_that_stand_once_hold_for_all_but_those_with_their_own() -> None:
    case = appraised(ROOT / "tests" / "cases" / "bridging")
    listed = {name: len(p.entry.bridging) for name, p in case.projects.items()}
    assert listed == {"plant": 6, "store": 2, "shed": 0}
    cluster, runs = case.runs["cluster"], case.runs
    n = len(runs["store"].series("bridge_missing"))
    plants, stores = (runs[p]["bridge_missing"][0][:n] for p in ("plant", "store"))
    assert cluster["bridge_missing_together"][0][:n] == pytest.approx(plants + 3 * stores)
    assert cluster.value("bridge_missing_highest") == pytest.approx((plants + 3 * stores).max())


def test_what_the_memo_says(tmp_path: Path) -> None:
    def says(folder: str, *bridging: dict[str, Any], **inputs: Any) -> str:
        (tmp_path / folder).mkdir()
        project = plant(*bridging)
        project["inputs"] |= inputs
        case = small(tmp_path / folder, [project], economy=FREE)
        found = content(view(case).projects[0], case.currency)
        return "" if found is None else found["says"]

    assert says("none") == ""
    assert "close the gap: 1,000,000 THB at the most" in says("all", BANK | {"limit": 1e6})
    some = says("some", BANK)
    assert "700,000 THB are missing at the most, in 2027-05. Something is missing from 2027" in some
    poor = says("poor", BANK | {"limit": 1e6}, benefit_per_year=60_000)
    assert "still owed after 11 years" in poor
    assert "what is never repaid is no bridge" in poor
    assert "never closes by itself" in poor


@pytest.mark.parametrize(
    ("changed", "gist"),
    [
        ({"kind": "overdaft"}, 'did you mean "overdraft"'),
        ({"kind": None}, r"kind: found nothing"),
        ({"from_stage": "start_up"}, 'did you mean "startup"'),
        ({"until_stage": "preparation", "from_stage": "growth"}, "the order is preparation, st"),
        ({"limit": -5}, "at least 0"),
        ({"share": 0.2}, "either limit .money. or share"),
        ({"rate": 12}, "for 12 per cent write 12%"),
        ({"fees": 0.1}, 'did you mean "fee"'),
        ({"kind": "grant_advance"}, "there is no signed grant to be advanced"),
        ({"kind": "deferred_instalments"}, "there is no loan whose instalments"),
    ],
)
def test_wrong_sources(tmp_path: Path, changed: dict[str, Any], gist: str) -> None:
    with pytest.raises(BadInput, match=gist):
        small(tmp_path, [plant(BANK | changed)])


@pytest.mark.parametrize("key", ["name", "kind", "rate", "from_stage", "until_stage", "limit"])
def test_what_must_be_given(tmp_path: Path, key: str) -> None:
    left = {name: value for name, value in BANK.items() if name != key}
    gist = "either limit" if key == "limit" else f'the key "{key}" is missing'
    with pytest.raises(BadInput, match=gist):
        small(tmp_path, [plant(left)])
