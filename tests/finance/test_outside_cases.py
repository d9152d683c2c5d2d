"""Figures from outside the program, each with its source beside it."""

from __future__ import annotations

from pathlib import Path

import numpy_financial as npf
import pytest

from eicfinance.appraisal.case import appraise, run_case
from eicfinance.finance.rates_of_return import mirr
from eicfinance.model.irr import irr, npv
from eicfinance.model.numeric import Run

CASES = Path(__file__).parents[1] / "cases"


def run_of(case: str, project: str) -> Run:
    run = appraise(CASES / case).runs[project]
    assert not run.failed_checks()
    return run


# NREL PySAM 7.1.1.post1 (SAM/ssc), module Cashloan, market commercial: 1 MW rooftop for own use,
# 70% loan, 25 years, all US credits and state taxes nil. "recomputed": a plain recalculation that
# agrees with SAM to 1e-12 of every yearly flow; SAM itself has no such output.
SAM = {
    "equity_npv": (21148962.155402105, 1e-6),
    "loan.debt": (19600000.0, 1e-9),
    "equity_irr": (0.24086541640078207, 1e-5),  # SAM's own tolerance 2e-6 absolute
    "project_irr": (0.14971222686318983, 1e-6),  # recomputed
    "lcoe_nominal": (1.8207293259458655, 1e-6),
    "lcoe_real": (1.5116489700247486, 1e-6),
    "payback_years": (6.635547770102218, 1e-5),
    "discounted_payback_years": (9.798801131252668, 1e-5),
    "discount_rate_equity_nominal": (0.08120000000000016, 1e-9),
    "dscr_min": (1.781312041911592, 1e-6),  # recomputed: (revenue - opex) / service, before tax
}
SAM_SERIES = {
    "equity_flow": [
        -8400000.0, 1670357.01, 1686713.28, 1702198.34, 1716741.84, 1730268.91, 1742699.91,
        1753950.12, 1763929.43, 1772541.98, 1779685.84, 4479895.59, 4517453.02, 4555300.67,
        4593439.77, 4631871.55, 4670597.17, 4709617.82, 4748934.62, 4788548.7, 4828461.14,
        4588673.02, 4629185.37, 4669999.21, 4711115.5, 4752535.2,
    ],
    "loan.balance": [
        19600000.0, 18130357.01, 16568861.34, 14909772.19, 13146989.96, 11274033.85, 9284017.98,
        7169626.12, 4923084.76, 2536134.58, *[0.0] * 16,
    ],
    "loan.interest": [
        0.0, 1225000.0, 1133147.31, 1035553.83, 931860.76, 821686.87, 704627.12, 580251.12,
        448101.63, 307692.8, 158508.41, *[0.0] * 15,
    ],
    "loan.principal": [
        0.0, 1469642.99, 1561495.67, 1659089.15, 1762782.22, 1872956.11, 1990015.87, 2114391.86,
        2246541.35, 2386950.19, 2536134.58, *[0.0] * 15,
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def sam() -> Run:
    return run_of("sam-cashloan", "pv")


@pytest.mark.parametrize("name", SAM)
def test_sam_cashloan(sam: Run, name: str) -> None:
    value, within = SAM[name]
    assert sam.value(name) == pytest.approx(value, rel=within)


@pytest.mark.parametrize("name", SAM_SERIES)
def test_sam_cashloan_by_year(sam: Run, name: str) -> None:
    assert sam.series(name) == pytest.approx(SAM_SERIES[name], abs=0.00501)  # printed to a satang


def test_sam_cashloan_debt_service_and_equity(sam: Run) -> None:
    assert sam.series("loan.service")[1:11] == pytest.approx([2694642.9862164645] * 10, rel=1e-9)
    assert sam.series("equity_flow")[0] == pytest.approx(-8399999.999999996, rel=1e-9)
    assert sam.irr("equity_irr").rate == pytest.approx(0.24086541640078207, abs=2e-6)


# Energy-markets course exercise with worked solution (tutorsglobe.com question 51108753; the same
# plant in Penn State EME 801): 500,000 USD, 4,500 MWh a year, 60 USD a MWh, 135,000 USD net a year.
@pytest.mark.parametrize(("rate", "lcoe"), [(0.10, 89.31), (0.05, 85.66)])
def test_five_year_plant(rate: float, lcoe: float) -> None:
    case = appraise(CASES / "five-year-plant")
    run = run_case(case, {"economy": {"discount_project": rate, "discount_equity": rate}})["plant"]
    per_kwh = run.value("lcoe_nominal_project")
    assert per_kwh is not None
    assert 1000 * per_kwh == pytest.approx(lcoe, abs=0.005)
    assert run.value("break_even_price") == pytest.approx(lcoe / 1000, abs=5e-6)
    if rate == 0.10:
        assert run.value("project_npv") == pytest.approx(11756.21, abs=0.01)


def test_gtz_digester() -> None:
    """Kossmann, Poenitz et al., Biogas Digest III (GTZ/GATE ISAT 1999), p. 19-20: 374 USD."""
    run = run_of("gtz-digester", "digester")
    assert run.value("project_npv") == pytest.approx(374, abs=0.5)
    assert run.value("project_npv") == pytest.approx(373.8174061255678, rel=1e-9)  # recomputed
    annuity = 6.246888  # 9 years at 8%: (450 x annuity) / (2000 + 70 x annuity)
    assert run.value("project_bcr") == pytest.approx(2811.10 / (2000 + 70 * annuity), abs=1e-6)
    assert run.value("project_irr") == pytest.approx(0.1232452134120936, abs=1e-9)  # annuity factor


def test_death_valley_by_month() -> None:
    """By hand: month 12 stands at -14.4 M; months 13 to 15 add 90 - 350, 180 - 350, 270 - 350 kTHB,
    together -510 kTHB; month 16 turns (360 - 350)."""
    run = run_of("death-valley", "plant")
    assert run.value("valley_depth") == pytest.approx(14_910_000, rel=1e-12)
    assert run.value("valley_trough_period") == 15
    assert run.value("valley_depth_beyond_capital") == pytest.approx(510_000, abs=1e-6)
    assert run.series("valley")[36] == pytest.approx(-5_250_000, abs=1e-6)
    assert run.value("valley_recovery_period") is None


def test_several_roots() -> None:
    """MathWorks Financial Toolbox, irr (after Hazen): three rates; the NPV at 10% decides."""
    flows = [-1000, 6000, -10900, 5800]
    found = irr(flows)
    assert found.status == "several"
    assert found.rate is None
    assert found.roots == pytest.approx([-0.0488, 1.0, 2.0488], abs=5e-5)
    assert npv(0.10, flows) == pytest.approx(-196.0932, abs=5e-5)


@pytest.mark.parametrize(
    ("years", "published", "within"), [(5, 0.087, 5e-4), (4, -0.021, 5e-4), (2, -0.444, 1e-3)]
)
def test_excel_irr(years: int, published: float, within: float) -> None:
    """Microsoft's page of the IRR function, its three examples."""
    flows = [-70000, 12000, 15000, 18000, 21000, 26000]
    found = irr(flows[: years + 1])
    assert found.status == "one"
    assert found.rate == pytest.approx(published, abs=within)
    if years == 5:
        assert found.rate == pytest.approx(0.08663094803653149, abs=1e-9)


# NREL PySAM 7.1.1.post1 (SAM/ssc), module Singleowner: 9.9 MW husk plant, 65% debt, 12 years, two
# of them without principal. LCOE and NPV after tax at 9.14% nominal.
SAM_HUSK = {
    "uses": (712000000.0, 1e-9),
    "loan.debt": (462800000.0, 1e-8),
    "gearing": (0.65, 1e-8),
    "equity_npv": (186689266.79912657, 1e-6),
    "equity_irr": (0.20685191412719883, 1e-5),  # SAM's tolerance 2e-6 absolute
    "dscr_min": (1.3213057611084247, 1e-8),
    "lcoe_nominal_all_taxes": (3.9228092756148176, 1e-6),
    "lcoe_real_all_taxes": (3.350629327669904, 1e-6),
    "discount_rate_equity_nominal": (0.0914, 1e-9),
    "sources_equity": (249200000.0, 1e-8),
    "llcr": (1.9299410835225095, 1e-9),  # recomputed: SAM has no LLCR and no PLCR
    "plcr": (2.3319151295681317, 1e-9),
    "mirr_finance_rate": (0.0675, 1e-12),
}
SAM_HUSK_SERIES = {
    "ebitda": [
        0.0, 128720000.0, 125154076.8, 121529438.27, 117844890.7, 114099216.62, 110291174.38,
        106419497.64, 102482894.88, 98480048.88, 94409616.26, 90270226.9, 86060483.43, 81778960.71,
        77424205.25, 72994734.63, 68489036.97, 63905570.29, 59242761.97, 54499008.07, 49672672.77,
    ],
    "loan.interest": [
        0.0, 31239000.0, 31239000.0, 31239000.0, 28951161.37, 26508893.63, 23901772.83, 21118671.36,
        18147710.55, 14976209.88, 11590632.92, 7976529.51, 4118474.13, *[0.0] * 8,
    ],
    "loan.principal": [
        0.0, 0.0, 0.0, 33893905.62, 36181744.25, 38624011.98, 41231132.79, 44014234.26,
        46985195.07, 50156695.74, 53542272.7, 57156376.11, 61014431.49, *[0.0] * 8,
    ],
    "tax.tax": [
        0.0, 12376200.0, 11663015.36, 10938087.65, 10658745.86, 10398064.6, 10157880.31, 9940165.26,
        9747036.87, 9580767.8, 9443796.67, 9338739.48, 9268401.86, 9235792.14, 8364841.05,
        7478946.93, 6577807.39, 5661114.06, 4728552.39, 3779801.61, 2814534.55,
    ],
    "equity_flow": [
        -249200000.0, 85104800.0, 82252061.44, 45458445.0, 42053239.21, 38568246.4, 35000388.45,
        31346426.77, 27602952.39, 23766375.46, 19832913.97, 15798581.8, 11659175.95, 72543168.57,
        69059364.2, 65515787.71, 61911229.57, 58244456.24, 54514209.58, 50719206.46, 46858138.21,
    ],
}  # fmt: skip
SAM_HUSK_DSCR = [
    4.12049041, 4.00634069, 1.86586852, 1.80929884, 1.75179067, 1.69332495, 1.63388224, 1.5734427,
    1.51198611, 1.44949186, 1.38593889, 1.32130576,
]  # fmt: skip


@pytest.fixture(scope="module")
def sam_husk() -> Run:
    return run_of("sam-rice-husk", "husk")


@pytest.mark.parametrize("name", SAM_HUSK)
def test_sam_rice_husk(sam_husk: Run, name: str) -> None:
    value, within = SAM_HUSK[name]
    assert sam_husk.value(name) == pytest.approx(value, rel=within)


@pytest.mark.parametrize("name", SAM_HUSK_SERIES)
def test_sam_rice_husk_by_year(sam_husk: Run, name: str) -> None:
    assert sam_husk.series(name) == pytest.approx(SAM_HUSK_SERIES[name], abs=0.00501)


def test_sam_rice_husk_dscr(sam_husk: Run) -> None:
    """SAM's series has the years of the moratorium too, in which only interest is due; our minimum
    and mean begin with the first year of repayment, the third."""
    series = sam_husk.series("dscr")
    assert series[1:13] == pytest.approx(SAM_HUSK_DSCR, abs=6e-9)
    assert series[1] == pytest.approx(4.12049041262532, rel=1e-8)
    assert [*series[:1], *series[13:]] == [None] * 9
    assert sam_husk.value("dscr_average") == pytest.approx(sum(SAM_HUSK_DSCR[2:]) / 10, abs=1e-8)


def test_sam_rice_husk_before_tax(sam_husk: Run) -> None:
    """SAM's IRR of the equity before tax, and what is owed at each year's end."""
    before = sam_husk["equity_flow"][0] + sam_husk["tax.tax"][0]
    assert irr(before).rate == pytest.approx(0.26268503645709307, abs=2e-6)
    assert sam_husk.series("loan.balance") == pytest.approx(
        [
            462800000.0, 462800000.0, 462800000.0, 428906094.38, 392724350.13, 354100338.15,
            312869205.36, 268854971.1, 221869776.03, 171713080.3, 118170807.6, 61014431.49,
            *[0.0] * 9,
        ],
        abs=0.00501,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("share", "rate", "years", "on_equity", "on_assets"),
    [(0, 0.10, 5, 0.359, 0.359), (0.7, 0.10, 5, 0.612, 0.241), (0.7, 0.06, 15, 0.918, 0.291)],
)
def test_retscreen_financing_options(
    share: float, rate: float, years: int, on_equity: float, on_assets: float
) -> None:
    """Leng and Ziegler, Introduction to RETScreen, "Financing Options". RETScreen's IRR on assets
    sets the owner's cash after debt service against the full cost."""
    loan = {"loan_share": share, "loan_rate": rate, "loan_tenor_months": 12 * years}
    run = run_case(appraise(CASES / "retscreen-financing"), {"saving": loan})["saving"]
    assert run.value("equity_irr") == pytest.approx(on_equity, abs=5e-4)
    assets = run["equity_flow"][0] - run["loan.drawdown"][0]
    assert irr(assets).rate == pytest.approx(on_assets, abs=5e-4)


@pytest.mark.parametrize("whose", ["project", "equity"])
def test_mirr_of_a_project(sam_husk: Run, whose: str) -> None:
    """As the function MIRR of spreadsheets gives it (numpy-financial), at the loan's rate and the
    project's; both reproduce Microsoft's example in test_xirr.py."""
    theirs = npf.mirr(sam_husk[f"{whose}_flow"][0], 0.0675, 0.0914)
    assert sam_husk.value(f"{whose}_mirr") == pytest.approx(theirs, abs=1e-12)
    flow = sam_husk[f"{whose}_flow"][0]
    assert sam_husk.value(f"{whose}_mirr") == pytest.approx(mirr(flow, 0.0675, 0.0914), abs=1e-12)


def test_break_even_price_with_tax(sam_husk: Run) -> None:
    """As docs/definitions.md says: at 4.040 THB/kWh, not at the LCOE of 4.080, NPV is nil."""
    price = sam_husk.value("break_even_price")
    assert price is not None
    assert price == pytest.approx(4.040, abs=5e-4)
    assert sam_husk.value("lcoe_nominal_all_taxes_project") == pytest.approx(4.080, abs=5e-4)
    there = run_case(appraise(CASES / "sam-rice-husk"), {"husk": {"energy_price": price}})["husk"]
    assert there.value("project_npv") == pytest.approx(0, abs=1e-3)


# ADB, Guidelines for the Economic Analysis of Projects (1997, 2017): the published method, in
# domestic prices, on figures of a husk plant; evaluated independently.
ADB = {
    "enpv": (621761787.5433161, 1e-9, 0.0),
    "eirr": (0.22186951857188042, 0.0, 1e-9),
    "project_npv": (677572881.6398666, 1e-9, 0.0),  # before tax: there is none
    "project_irr": (0.22333000837205416, 0.0, 1e-9),
    "pv_economic_capital": (585000000.0, 1e-12, 0.0),
}


@pytest.mark.parametrize("name", ADB)
def test_adb_economic_against_financial(name: str) -> None:
    value, relative, absolute = ADB[name]
    run = run_of("adb-economic", "husk")
    assert run.value(name) == pytest.approx(value, rel=relative, abs=absolute)


def test_adb_economic_by_year() -> None:
    run = run_of("adb-economic", "husk")
    flow = run.series("economic_flow")
    assert flow[0] == pytest.approx(-585000000.0, rel=1e-12)
    assert flow[1:] == pytest.approx([132196500.0] * 20, rel=1e-12)
