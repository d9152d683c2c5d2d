"""The bundled portfolios of real cases: their published figures, and that all checks hold.

Sources: Grameen Shakti, "Financial approach"; ADBI, Eco-Industrial Clusters: A Prototype Training
Manual, module 3d; "Selling Solar"; Ashden on SEEDS; Nepal's subsidy policy of 2016; Ananth 2005;
RBI, June 2023. Rates by numpy-financial's RATE, apart from the program.
"""

from __future__ import annotations

import numpy_financial as npf
import pytest

from eicfinance.appraisal.comparison import Comparison, Offer
from eicfinance.model.numeric import Run, run
from tests.portfolios import BUNDLED, appraised

pytestmark = pytest.mark.slow

FOLDERS = {path.name: path for path in BUNDLED}
CASES = {
    "grameen-shakti": "home_system", "wesco-kerala": "digester", "nepal-biogas": "digester",
    "seeds-sri-lanka": "home_system", "icici-partnership": "home_light", "salem-sago": "biogas",
}  # fmt: skip
LIST, CASH = 26_800, 26_800 * 0.96  # 50 Wp, price list of May 2012; 4% off for cash


def compared(name: str) -> Comparison:
    return appraised(FOLDERS[name]).comparisons[CASES[name]]


def offer(name: str, called: str) -> Offer:
    return next(o for o in compared(name).offers if o.entry.name == called)


def figure(name: str, called: str, key: str) -> float:
    value = compared(name).figure(offer(name, called), key)
    assert value is not None
    return value


def at(name: str, called: str, **terms: float) -> Run:
    """An offer on the project's timeline with other terms."""
    model = offer(name, called).deal
    changed = {f"{CASES[name]}_{called}_{key}": value for key, value in terms.items()}
    assert set(changed) <= set(model.inputs)
    return run(model, changed, appraised(FOLDERS[name]).runs)


@pytest.mark.parametrize("name", [*CASES, "chachoengsao"])
def test_all_checks_hold(name: str) -> None:
    case = appraised(FOLDERS[name])
    assert case.comparisons
    failed = {
        model: found.failed_checks() for model, found in case.runs.items() if found.failed_checks()
    }
    assert failed == {}


@pytest.mark.parametrize("name", CASES)
def test_every_figure_of_a_scheme_has_a_source(name: str) -> None:
    """Published, or marked as an assumption with a range."""
    for one in compared(name).offers:
        given = [v for v in one.entry.values.values() if v.given]
        assert given
        for value in given:
            assert value.source, (one.entry.name, value.figure.name)
            if value.source.startswith("assumption"):
                assert value.low is not None, (one.entry.name, value.figure.name)


@pytest.mark.parametrize(
    ("package", "down", "months", "flat", "list_rate", "cash_rate"),
    [
        ("package_one", 0.15, 36, 0.06, 0.111, 0.144),
        ("package_two", 0.25, 24, 0.04, 0.075, 0.130),
        ("package_three", 0.15, 36, 0.05, 0.093, 0.126),
    ],
)
def test_grameen_shaktis_packages(
    package: str, down: float, months: int, flat: float, list_rate: float, cash_rate: float
) -> None:
    """15% down, 36 months, 6% flat: 11.1% on the list price, 14.4% against the cash price; 25%, 24
    months, 4%; 15%, 36 post-dated cheques, 5%."""
    credit = (1 - down) * LIST
    instalment = credit * (1 + flat * months / 12) / months
    found = {key: figure("grameen-shakti", package, key)
             for key in ("instalment_per_month", "months_due", "reducing_rate", "apr")}  # fmt: skip
    assert found["instalment_per_month"] == pytest.approx(instalment)
    assert found["months_due"] == months
    assert found["reducing_rate"] == pytest.approx(12 * npf.rate(months, -instalment, credit, 0))
    assert found["reducing_rate"] == pytest.approx(list_rate, abs=6e-4)
    assert found["apr"] == pytest.approx(12 * npf.rate(months, -instalment, CASH - down * LIST, 0))
    assert found["apr"] == pytest.approx(cash_rate, abs=6e-4)


def test_the_micro_utilitys_neighbours_pay_about_half() -> None:
    """10% down, 42 cheques without a charge; rents cover over 50% of the instalment (the manual:
    generally 50%). 200 households."""
    case = compared("grameen-shakti")
    deal = case.runs[offer("grameen-shakti", "micro_utility").deal.name]
    cheque = 0.9 * LIST / 42
    rent = deal["lease_principal_paid"][0] + deal["lease_interest_paid"][0]
    assert rent[1:43] == pytest.approx(cheque)
    assert deal["load_charge"][0, 1:43] == pytest.approx(cheque / 2)
    assert deal["down_payment_paid"][0, 0] == pytest.approx(0.1 * LIST)
    assert figure("grameen-shakti", "micro_utility", "apr") == pytest.approx(
        12 * npf.rate(42, -cheque, CASH - 0.1 * LIST, 0)
    )
    assert appraised(FOLDERS["grameen-shakti"]).portfolio.projects[0].count == 200


def test_wescos_security_instalment() -> None:
    """USD 325, two years, an instalment in advance; the rate is an assumption, so that the APR is
    told over its range."""
    for rate in (0.10, 0.15, 0.24):
        found = at("wesco-kerala", "wesco", rate=rate, share=1.0)
        level = -npf.pmt(rate / 12, 24, 325)
        assert found.value("security") == pytest.approx(level)
        assert found["user_cash"][0, 0] == pytest.approx(-level)
    level = -npf.pmt(0.15 / 12, 24, 0.9 * 325)
    flows = [-0.9 * 325 + level, *[level] * 23, 0.0]
    assert figure("wesco-kerala", "wesco", "apr") == pytest.approx(12 * npf.irr(flows))


def test_nepals_shares() -> None:
    """Subsidy 40%, credit 30%, own 30% of the cost."""
    found = appraised(FOLDERS["nepal-biogas"]).runs["digester"]
    cost = found.value("capital_cost") or 0
    assert found.value("grants") == pytest.approx(0.4 * cost)
    assert found.value("loan.debt") == pytest.approx(0.3 * cost)
    for called in ("mfi_credit", "village_fund"):
        assert figure("nepal-biogas", called, "loan_amount") == pytest.approx(0.3 * cost)


def test_seeds_spread() -> None:
    """Funded at 11-12%, lent near 24%, for 1-4 years."""
    assert figure("seeds-sri-lanka", "seeds", "apr") == pytest.approx(0.24)
    assert figure("seeds-sri-lanka", "seeds", "bank_yield") == pytest.approx(
        (1 + 0.115 / 12) ** 12 - 1
    )
    deal = compared("seeds-sri-lanka").runs[offer("seeds-sri-lanka", "seeds").deal.name]
    lent, borrowed = deal["loan_interest"][0, 1], deal["wholesale_interest"][0, 1]
    amount = deal.value("loan_amount") or 0
    assert lent == pytest.approx(0.02 * amount)
    assert borrowed == pytest.approx(0.115 / 12 * 0.9 * amount)
    assert (lent / amount - borrowed / (0.9 * amount)) * 12 == pytest.approx(0.125)


@pytest.mark.parametrize(("called", "cap"), [("first_loss_8", 0.08), ("first_loss_5", 0.05)])
def test_icicis_first_loss(called: str, cap: float) -> None:
    """What the MFI pays ends at 8% (SHARE, 2004) or 5% (RBI, 2023) of the loan; the rest is the
    bank's."""
    for default_rate in (0.005, 0.04, 0.30):
        found = at("icici-partnership", called, default_rate=default_rate, recovery=0.0)
        amount, lost = found.value("loan_amount") or 0, found.value("loss") or 0
        assert found.value("mfi_loss") == pytest.approx(min(lost, cap * amount))
        assert found.value("bank_loss") == pytest.approx(max(0, lost - cap * amount), abs=1e-6)
    assert lost > 0.08 * amount


def test_salems_factory() -> None:
    """A factory of the district (2,750 kWh a day at 7.5 INR) pays under 0.1 M instead of 0.62 M INR
    a month since it has biogas, so that the gas makes some 84% of its power (press report "High
    capital investment and poor access to subsidies, a drawback for biogas in sago industry")."""
    case = appraised(FOLDERS["salem-sago"])
    year = slice(36, 48)
    load = case.runs["factory_site"]["load"][0, year].sum()
    assert load == pytest.approx(2750 * 250)
    made = case.runs["biogas"]["power_own_use"][0, year].sum()
    assert 0.70 < made / load < 0.95
    assert figure("salem-sago", "cooperative", "apr") == pytest.approx(0.12)
    assert figure("salem-sago", "bank", "apr") == pytest.approx(0.115)
