"""Every switch of economy, borrower, finance and loan: what each option changes, and that the memo
names it. A switch without a line in CHANGED fails, so that none is added without showing what it
does.

The plant: 1,000,000 THB at closing, 200,000 THB a year for ten years; no inflation, no VAT, a
company taxed at 20%. What differs from that stands in the line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eicfinance.finance.terms import FINANCE, LOAN
from eicfinance.model.numeric import Run
from eicfinance.portfolio.declare import Choice
from eicfinance.portfolio.economy import BORROWER, ECONOMY
from eicfinance.reports.memo import as_html
from eicfinance.reports.view import view
from tests.appraisal.small import generic, small

SECTIONS = {"economy": ECONOMY, "borrower": BORROWER, "finance": FINANCE, "loan": LOAN}
Context = dict[str, dict[str, Any]]
LOAN_40 = {"share": 0.4, "rate": 0, "tenor_months": 24}
FALLING = {"benefit_per_year": 0, "energy_per_year": 1000, "energy_price": 200, "degradation": 0.5}
TWICE = {"periods_per_year": 2}


def value(name: str) -> Callable[[Run], Any]:
    return lambda run: run.value(name)


def series(name: str, first: int, last: int) -> Callable[[Run], Any]:
    return lambda run: run.series(name)[first : last + 1]


def case(read: Callable[[Run], Any], default: Any, changed: Any, **context: Any) -> Any:
    return read, default, changed, context


# (section, switch, option): a figure, by default, with the option; the rest is the case
CHANGED: dict[tuple[str, str, str], Any] = {
    ("economy", "price_base", "commissioning"): case(  # 10% a year; the second year is the first
        series("sales", 2, 3), [242_000, 266_200], [200_000, 220_000],
        economy={"inflation": 0.1}, inputs={"construction_months": 12}),
    ("economy", "discount_basis", "real"): case(  # 1.08 x 1.1 - 1
        value("discount_rate_project_nominal"), 0.08, 0.188, economy={"inflation": 0.1}),
    ("economy", "discount_timing", "mid_period"): case(
        series("discount_factor_project", 0, 2), [1, 1 / 1.08, 1.08**-2],
        [1, 1.08**-0.5, 1.08**-1.5]),
    ("economy", "discount_timing", "first_period_discounted"): case(
        series("discount_factor_project", 0, 2), [1, 1 / 1.08, 1.08**-2],
        [1 / 1.08, 1.08**-2, 1.08**-3]),
    ("economy", "loan_rate_basis", "effective"): case(  # 1.05^2 = 1.1025
        value("loan.rate_per_period"), 0.05125, 0.05, economy=TWICE, loan={"rate": 0.1025}),
    ("economy", "gwp_set", "AR4"): case(value("gwp_methane"), 28, 25),
    ("economy", "gwp_set", "AR6"): case(value("gwp_methane"), 28, 27),
    ("economy", "grid_factor", "TGO_2022"): case(
        value("ghg_avoided_per_year"), 0.4750, 0.4999, inputs={"energy_per_year": 1000}),
    ("economy", "grid_factor", "TGO_2026_upstream"): case(
        value("ghg_avoided_per_year"), 0.4750, 0.5562, inputs={"energy_per_year": 1000}),
    ("borrower", "tax_regime", "presumptive"): case(  # 0.5% of 200,000; else 20% of 100,000
        series("tax.tax", 1, 1), [20_000], [1_000]),
    ("borrower", "tax_regime", "none"): case(series("tax.tax", 1, 1), [20_000], [0]),
    ("borrower", "losses", "absorbed"): case(  # 50,000 half-yearly less depreciation of 100,000
        series("tax.tax", 1, 2), [0, 0], [-10_000, -10_000], economy=TWICE,
        inputs={"benefit_per_year": 100_000}, finance={"depreciation_years": 5}),
    ("borrower", "losses", "refunded"): case(  # with the year's last period
        series("tax.tax", 1, 2), [0, 0], [0, -20_000], economy=TWICE,
        inputs={"benefit_per_year": 100_000}, finance={"depreciation_years": 5}),
    ("borrower", "vat_registered", "registered"): case(
        value("capital_cost"), 1_070_000, 1_000_000, economy={"vat": 0.07},
        borrower={"tax_regime": "none"}),
    ("borrower", "vat_registered", "not_registered"): case(
        value("capital_cost"), 1_000_000, 1_070_000, economy={"vat": 0.07}),
    ("finance", "cfads", "before_tax"): case(series("cfads", 1, 1), [180_000], [200_000]),
    ("finance", "drawdown", "equity_first"): case(
        series("loan.drawdown", 1, 2), [200_000, 200_000], [0, 400_000],
        inputs={"construction_months": 24}, loan={"tenor_months": 48}),
    ("finance", "depreciation", "declining"): case(  # twice a tenth, then of what is left
        series("depreciation", 1, 2), [100_000, 100_000], [200_000, 160_000]),
    ("finance", "depreciation", "custom"): case(
        series("depreciation", 1, 2), [100_000, 100_000], [700_000, 300_000],
        option={"depreciation_shares": ["70%", "30%"]}),
    ("finance", "grant_basis", "keeps"): case(
        value("depreciable_basis"), 700_000, 1_000_000,
        finance={"grants": [{"name": "fund", "share": 0.3}]}),
    ("finance", "replacement_reserve", "level"): case(
        series("cash_operations", 1, 3), [200_000, 200_000, 110_000], [170_000] * 3,
        inputs={"replacement_cost": 90_000, "replacement_years": 3}),
    ("finance", "reserve_funding", "closing"): case(  # half a year's 200,000 beside 600,000
        series("equity_flow", 0, 0), [-600_000], [-700_000]),
    ("finance", "reserve_funding", "cash_flow"): case(  # the same from the first year's 220,000
        series("equity_flow", 1, 1), [220_000], [120_000], inputs={"benefit_per_year": 500_000}),
    ("loan", "size", "amount"): case(
        value("loan.debt"), 400_000, 300_000, option={"amount": 300_000, "share": None}),
    ("loan", "size", "dscr"): case(  # 180,000 after tax / 2.25 for two years
        value("loan.debt"), 400_000, 160_000, option={"target_dscr": 2.25}),
    ("loan", "sized_on", "average"): case(  # before tax 200,000, then 100,000
        value("loan.debt"), 100_000, 150_000, inputs=FALLING, finance={"cfads": "before_tax"},
        loan={"size": "dscr", "share": 0.9, "target_dscr": 2}),
    ("loan", "repayment", "equal_principal"): case(  # the annuity of 400,000 at 10% is 230,476
        series("loan.service", 1, 2), [230_476.190, 230_476.190], [240_000, 220_000],
        loan={"rate": 0.1}),
    ("loan", "repayment", "seasonal"): case(  # all in April, of the half-year from February
        series("loan.principal", 1, 4), [100_000] * 4, [200_000, 0, 200_000, 0], economy=TWICE,
        option={"instalments": [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]}),
    ("loan", "repayment", "sculpted"): case(  # as CFADS: two to one
        series("loan.principal", 1, 2), [200_000, 200_000], [400_000 * 2 / 3, 400_000 / 3],
        inputs=FALLING, finance={"cfads": "before_tax"}),
    ("loan", "repayment", "bullet"): case(
        series("loan.principal", 1, 2), [200_000, 200_000], [0, 400_000]),
    ("loan", "grace", "before_tenor"): case(
        series("loan.principal", 1, 3), [0, 400_000, 0], [0, 200_000, 200_000],
        loan={"grace_months": 12}),
    ("loan", "interest_during_construction", "capitalised"): case(  # 10% of the first 200,000
        value("loan.debt"), 400_000, 420_000, inputs={"construction_months": 24},
        loan={"rate": 0.1, "tenor_months": 60, "grace_months": 36}),
    ("loan", "interest_during_construction", "prefunded"): case(  # 40% of 20,000 / (1 - 40% x 20%)
        value("loan.debt"), 400_000, 400_000 + 8_000 / 0.92, inputs={"construction_months": 24},
        loan={"rate": 0.1, "tenor_months": 60, "grace_months": 36}),
    ("loan", "interest_during_construction", "capitalised_in_grace"): case(  # and 10% of 420,000
        value("loan.debt"), 400_000, 462_000, inputs={"construction_months": 24},
        loan={"rate": 0.1, "tenor_months": 60, "grace_months": 36}),
}  # fmt: skip


def run_of(folder: Path, context: Context, **switch: dict[str, Any]) -> Run:
    """The plant with what differs. A figure of None is left out."""

    def part(name: str, **usual: Any) -> dict[str, Any]:
        return usual | context.get(name, {}) | switch.get(name, {})

    loan = {k: v for k, v in part("loan", **LOAN_40).items() if v is not None}
    plant = generic(finance={"loan": loan} | part("finance"), **part("inputs"))
    return small(
        folder, [plant], borrower=part("borrower", tax_regime="company"),
        economy=part("economy", periods_per_year=1, inflation=0, vat=0),
    ).runs["plant"]  # fmt: skip


def switches() -> list[tuple[str, Choice]]:
    return [(section, choice) for section, d in SECTIONS.items() for choice in d.choices]


def test_every_option_of_every_switch_is_shown() -> None:
    """What is missing wants a line in CHANGED: a figure by default, and with the option."""
    options = {
        (section, choice.name, option)
        for section, choice in switches()
        for option in choice.options
        if option != choice.default
    }
    assert options == set(CHANGED)


@pytest.mark.parametrize("key", CHANGED, ids="-".join)
def test_what_a_switch_changes(tmp_path: Path, key: tuple[str, str, str]) -> None:
    section, switch, option = key
    read, default, changed, context = CHANGED[key]
    assert read(run_of(tmp_path, context)) == pytest.approx(default, rel=1e-7)
    made = run_of(tmp_path, context, **{section: {switch: option} | context.get("option", {})})
    assert read(made) == pytest.approx(changed, rel=1e-7)
    assert not made.failed_checks()


def test_the_memo_names_every_switch(tmp_path: Path) -> None:
    """Made from the declarations: the option chosen, and whose it is where they differ."""
    two = [
        generic("one", finance={"loan": LOAN_40}),
        generic("two", finance={"cfads": "before_tax"}),
    ]
    case = small(tmp_path, two, economy={"discount_timing": "mid_period"})
    text = as_html(view(case))
    table = text[text.index("Conventions used") :]
    table = table[: table.index("</table>")]
    rows = {
        cells[1]: cells[2:]
        for row in table.split("<tr>")[2:]
        if (cells := [cell.strip() for cell in row.split("<td>")[1:]])
    }
    assert set(rows) == {choice.name.replace("_", " ") for _, choice in switches()}
    assert rows["discount timing"][:2] == ["mid period", "period ends, first period discounted"]
    assert rows["cfads"][:2] == ["after tax (one); before tax (two)", ""]
    assert all(meaning for _, _, meaning in rows.values())
