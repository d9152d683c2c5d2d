"""The gap after committed sources and the stages, against figures worked out on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eicfinance.model.numeric import Run
from eicfinance.portfolio.source import BadInput
from tests.appraisal.small import generic, small
from tests.portfolios import ROOT, appraised

PLAIN = {"contingency": 0, "retention": 0, "payment_lag_days": 0, "om_share": 0,
         "insurance_share": 0}  # fmt: skip
FREE = {"vat": 0, "inflation": 0}


def plant(name: str = "plant", **finance: Any) -> dict[str, Any]:
    """Four months of building at 250,000; then 50,000 a month: back after month 24."""
    return generic(name, finance, construction_months=4, benefit_per_year=600_000, **PLAIN)


def of(folder: Path, cash: float = 0, **finance: Any) -> Run:
    case = small(folder, [plant(**finance)], borrower={"promoter_cash": cash}, economy=FREE)
    return case.runs["plant"]


def test_gap_without_sources_is_the_valley(tmp_path: Path) -> None:
    run = of(tmp_path)
    assert run.value("gap_depth") == run.value("valley_depth") == pytest.approx(1_000_000)
    assert run.value("gap_with_loan_depth") == pytest.approx(1_000_000)
    # 250 + 500 + 750 + 1000, then 950 + 900 + ... + 50 kTHB: 2.5 M and 19 x 0.5 M
    assert run.value("gap_money_months") == pytest.approx(12_000_000)
    assert (run.value("gap_first_period"), run.value("gap_last_period")) == (1, 23)
    assert run.value("gap_months") == 23


def test_each_source_counts_from_when_it_is_there(tmp_path: Path) -> None:
    """Promoter 300,000 at once; 200,000 in month 3; a grant of 100,000 in month 4 + 6 = 10."""
    run = of(
        tmp_path,
        300_000,
        committed_sources=[{"name": "coop", "amount": 200_000, "from_month": 3}],
        grants=[{"name": "fund", "amount": 100_000}],
    )
    short = run.series("gap")
    assert short[:6] == pytest.approx([0, 0, 200e3, 250e3, 500e3, 450e3])
    assert short[9:12] == pytest.approx([250e3, 100e3, 50e3])
    assert run.value("gap_depth") == pytest.approx(500_000)
    assert run.value("gap_deepest_period") == 4
    assert (run.value("gap_first_period"), run.value("gap_last_period")) == (2, 11)
    # 200 + 250 + 500 + 450 + 400 + 350 + 300 + 250 + 100 + 50
    assert run.value("gap_money_months") == pytest.approx(2_850_000)
    assert run.value("committed_total") == pytest.approx(600_000)


def test_a_grant_that_is_not_signed_closes_nothing(tmp_path: Path) -> None:
    run = of(tmp_path, grants=[{"name": "fund", "amount": 100_000, "committed": False}])
    assert run.value("committed_total") == 0
    assert run.value("grants") == pytest.approx(100_000)
    assert run.value("gap_money_months") == pytest.approx(12_000_000)


def test_the_requested_loan(tmp_path: Path) -> None:
    """600,000 at 0% drawn evenly over four months, repaid in 20 instalments of 30,000 from 5."""
    loan = {"share": 0.6, "rate": 0, "tenor_months": 24, "grace_months": 4}
    run = of(tmp_path, 100_000, loan=loan)
    assert run.value("gap_depth") == pytest.approx(900_000)
    short = run.series("gap_with_loan")
    assert short[:7] == pytest.approx([0, 0, 100e3, 200e3, 300e3, 280e3, 260e3])
    assert run.value("gap_with_loan_last_period") == 18  # 300 less 15 x 20
    assert run.value("level_instalment") == pytest.approx(30_000)
    assert run.value("startup_end_period") == 4 + 2 + 2  # 2 x 50 >= 3 x 30 from month 6


def test_start_up_waits_for_the_instalment(tmp_path: Path) -> None:
    """An instalment of 50,000: three full months are needed, 5 to 7, then a third in a row."""
    loan = {"share": 1, "rate": 0, "tenor_months": 24, "grace_months": 4}
    run = of(tmp_path, loan=loan)
    assert run.value("level_instalment") == pytest.approx(50_000)
    assert run.value("startup_end_period") == 9
    never = of(tmp_path, loan=loan | {"tenor_months": 23})
    assert never.value("startup_end_period") is None
    assert never.value("maturity_first_period") is None


def test_stages_and_their_needs() -> None:
    """Month 16 is the first that earns (tests/finance/test_outside_cases.py); three months' cash is
    -80 + 10 + 100 kTHB in month 17, so that month 19 is the third; 12 x 1.2 M, then 510 kTHB."""
    run = appraised(ROOT / "tests" / "cases" / "death-valley").runs["plant"]
    assert run.value("startup_end_period") == 19
    assert run.value("need_preparation") == pytest.approx(14_400_000)
    assert run.value("need_startup") == pytest.approx(510_000)
    assert run.value("need_growth") == run.value("need_maturity") == 0
    assert run.value("gap_first_period") == 1
    assert run.value("gap_last_period") == 36
    # month m of building leaves 1.2 m: 93.6 M in 12 months; then the ramp-up to -5.25 M
    ramp = [-260, -170, -80, 10, 100, 190, 280, 370, 460, 550, *[550] * 14]
    curve = [14_400_000 - 1000 * sum(ramp[: k + 1]) for k in range(24)]
    assert run.value("gap_money_months") == pytest.approx(93_600_000 + sum(curve))


def test_a_plant_that_recovers_reaches_maturity(tmp_path: Path) -> None:
    run = of(tmp_path)
    assert run.value("startup_end_period") == 7
    assert run.value("valley_recovery_period") == 24
    assert run.value("maturity_first_period") == 25


def test_the_promoters_cash_is_used_once(tmp_path: Path) -> None:
    """Three projects of an owner: 50% is said of one, the others share the rest."""
    projects = [plant("a", promoter_share=0.5), plant("b"), plant("c")]
    case = small(tmp_path, projects, borrower={"promoter_cash": 400_000}, economy=FREE)
    found = [case.runs[name].value("promoter_cash") for name in "abc"]
    assert found == pytest.approx([200_000, 100_000, 100_000])
    assert case.runs["cluster"].value("gap_depth") == pytest.approx(2_600_000)
    with pytest.raises(BadInput, match=r"add up to 1\.2; at most 1; lower them"):
        small(tmp_path, [plant("a", promoter_share=0.6), plant("b", promoter_share=0.6)])


def test_cluster_gap_does_not_fill_one_with_another(tmp_path: Path) -> None:
    """A member with too much cash does not help the other; the highest sum by month."""
    late = generic("late", {}, construction_months=6, benefit_per_year=600_000, **PLAIN)
    projects = [plant("early") | {"borrower": "rich"}, late | {"borrower": "poor"}]
    case = small(tmp_path, projects, economy=FREE)
    run = case.runs["cluster"]
    # month 4: 1,000 + 4/6 x 1,000 kTHB; month 6: 900 + 1,000
    assert run.value("gap_depth") == pytest.approx(1_900_000)
    assert run.value("gap_deepest_period") == 6


@pytest.mark.parametrize(
    ("source", "gist"),
    [
        ({"amount": 5}, "name"),
        ({"name": "coop"}, '"amount" is missing'),
        ({"name": "coop", "amount": -1}, "at least 0"),
        ({"name": "coop", "amount": 5, "month": 2}, "from_month"),
    ],
)
def test_wrong_committed_sources(tmp_path: Path, source: dict[str, Any], gist: str) -> None:
    with pytest.raises(BadInput, match=gist):
        small(tmp_path, [plant(committed_sources=[source])])
