"""Lending schemes: conservation, identities between siblings, published terms."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest

from eicfinance.finance.true_cost import Credit, true_cost
from eicfinance.lending import schemes
from eicfinance.lending.deal import STATE, USER
from tests.lending.plain import PRICE, deal

CERTAIN = {"default_rate": 0.0}
ALIKE = {"share": 0.7, "rate": 0.12, "tenor_months": 48.0, **CERTAIN}


def series(run: object, name: str) -> np.ndarray:
    return np.array(run[name][0])  # type: ignore[index]


@pytest.mark.parametrize("name", schemes())
def test_parties_sum_to_the_plants_cash(name: str) -> None:
    """Added here from the parties' cash, not by the model's own checks."""
    run = deal(name, grant=5_000, saving=4_000)
    assert run.failed_checks() == {}
    cash = sum(series(run, n) for n in run.model.lines if n.endswith("_cash"))
    costs = sum((series(run, n) for n in run.model.lines
                 if run.model.lines[n].text.note.endswith("to others")), np.zeros(61))  # fmt: skip
    plant = np.full(61, 4_000.0 - 200)
    plant[0] = 5_000 - PRICE
    np.testing.assert_allclose(cash, plant - costs, atol=1e-6)


def test_who_stops_paying_a_lease_pays_for_upkeep_himself() -> None:
    """As expected too: all parties' cash is the plant's, less what the lessor pays others."""
    run = deal("leasing", {"default_rate": 0.2, "cost_per_month": 10.0}, upkeep=500)
    cash = sum(series(run, f"{name}_cash_expected") for name in ("user", "lessor", STATE))
    plant = np.full(61, 3_000.0 - 500)
    plant[0] = -PRICE
    costs = 10 * series(run, "lease_due") * series(run, "paying")
    np.testing.assert_allclose(cash, plant - costs, atol=1e-6)


def test_a_price_paid_down_is_no_instalment() -> None:
    run = deal("vendor_financing", periods=36, choices={"interest": "year"})
    listed = PRICE / 0.96
    assert run.value("instalment_per_month") == pytest.approx(0.85 * listed * 1.18 / 36)
    held = deal("self_help_group", {"share": 1.0, **CERTAIN}, periods=24)
    assert series(held, "user_pays").sum() == pytest.approx(24 * -npf.pmt(0.01, 24, PRICE))


@pytest.mark.parametrize("name", schemes())
def test_every_transfer_moves_money_when_nobody_fails(name: str) -> None:
    """Expected equals agreed where nobody stops paying, but for what is paid by no agreement."""
    run = deal(name, CERTAIN)
    for line in run.model.lines:
        if f"{line}_expected" in run.model.lines:
            np.testing.assert_allclose(series(run, f"{line}_expected"), series(run, line))
    assert "loss" not in run.model.results or run.value("loss") == 0


def test_a_term_loan_is_the_annuity() -> None:
    run = deal("term_loan", ALIKE)
    level = -npf.pmt(0.01, 48, 70_000)
    assert run.value("instalment_per_month") == pytest.approx(level, rel=1e-12)
    np.testing.assert_allclose(series(run, "user_pays")[1:49], level)
    assert run.value("bank_yield") == pytest.approx(1.01**12 - 1)
    assert run.value("valley_left") == pytest.approx(30_000)


def test_interest_is_paid_in_the_grace() -> None:
    run = deal("term_loan", {**ALIKE, "grace_months": 12})
    paid = series(run, "loan_principal") + series(run, "loan_interest")
    np.testing.assert_allclose(paid[1:13], 700)
    np.testing.assert_allclose(paid[13:49], -npf.pmt(0.01, 36, 70_000))


def test_a_loan_without_interest() -> None:
    run = deal("term_loan", {**ALIKE, "rate": 0.0})
    np.testing.assert_allclose(series(run, "user_pays")[1:49], 70_000 / 48)
    assert run.value("bank_yield") == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("ppy", [1, 4, 12, 52])
def test_weekly_instalments_summed_by_period(ppy: int) -> None:
    """104 weekly instalments at 12% a year, by hand from the weeks' annuity."""
    run = deal("term_loan", {**ALIKE, "tenor_months": 24}, periods=3 * ppy, ppy=ppy,
               choices={"instalments_fall": "weekly"})  # fmt: skip
    level, balance = -npf.pmt(0.12 / 52, 104, 70_000), 70_000.0
    interest, principal = np.zeros(3 * ppy + 1), np.zeros(3 * ppy + 1)
    for week in range(1, 105):
        period = -(-week * ppy // 52)
        interest[period] += balance * 0.12 / 52
        principal[period] += level - balance * 0.12 / 52
        balance -= level - balance * 0.12 / 52
    np.testing.assert_allclose(series(run, "loan_interest"), interest, atol=1e-6)
    np.testing.assert_allclose(series(run, "loan_principal"), principal, atol=1e-6)


def test_what_those_who_stop_paying_owe() -> None:
    """By hand: of 1 who pays, (1 - 5%)^(1/12) remain after each month."""
    terms = {**ALIKE, "default_rate": 0.05, "recovery": 0.3, "recovery_months": 6.0}
    run = deal("term_loan", terms)
    level, balance, left, lost = -npf.pmt(0.01, 48, 70_000), 70_000.0, 1.0, np.zeros(61)
    for month in range(1, 49):
        after = 0.95 ** (month / 12)
        lost[month] = balance * (left - after)
        balance = balance * 1.01 - level
        left = after
    np.testing.assert_allclose(series(run, "loan_lost"), lost, atol=1e-6)
    back = np.concatenate([np.zeros(6), lost[:-6] * 0.3])
    np.testing.assert_allclose(series(run, "recovered_by_bank_expected"), back, atol=1e-6)
    assert run.value("bank_loss") == pytest.approx(lost.sum() - back.sum())
    flow = -70_000.0 * np.eye(61)[0] + back
    flow[1:49] += level * 0.95 ** (np.arange(1, 49) / 12)
    worth = npf.npv(1.08 ** (1 / 12) - 1, flow)
    assert run.value("bank_npv") == pytest.approx(worth)


def same_for_the_user(a: object, b: object) -> None:
    np.testing.assert_allclose(series(a, "user_cash"), series(b, "user_cash"), atol=1e-6)


def test_franchising_for_nothing_is_the_banks_loan() -> None:
    terms = {**ALIKE, "default_rate": 0.03}
    plain = deal("term_loan", terms)
    free = {"disbursement_fee": 0.0, "recovery_fee": 0.0, "first_loss": 0.0}
    franchised = deal("franchising", terms | free)
    same_for_the_user(plain, franchised)
    for name in ("bank_cash", "bank_cash_expected"):
        np.testing.assert_allclose(series(plain, name), series(franchised, name), atol=1e-6)
    assert not series(franchised, "mfi_cash_expected").any()


def test_the_first_loss_is_the_mfis_up_to_its_share() -> None:
    terms = {**ALIKE, "default_rate": 0.05, "recovery": 0.0, "first_loss": 0.02}
    run = deal("franchising", terms)
    lost = run.value("loss") or 0
    assert lost > 1_400
    assert run.value("mfi_loss") == pytest.approx(1_400)
    assert run.value("bank_loss") == pytest.approx(lost - 1_400)
    all_of_it = deal("franchising", terms | {"first_loss": 1.0})
    assert all_of_it.value("bank_loss") == pytest.approx(0, abs=1e-6)


def test_a_guarantee_of_nothing_changes_nothing() -> None:
    terms = {**ALIKE, "default_rate": 0.03}
    plain = deal("term_loan", terms)
    covered = deal("bank_guarantee", terms | {"cover": 0.0, "guarantee_fee": 0.0})
    np.testing.assert_allclose(
        series(plain, "bank_cash_expected"), series(covered, "bank_cash_expected"), atol=1e-6
    )
    same_for_the_user(plain, covered)
    half = deal("bank_guarantee", terms | {"cover": 0.5, "guarantee_fee": 0.0})
    assert half.value("bank_loss") == pytest.approx((plain.value("bank_loss") or 0) / 2)
    assert half.value("guarantor_loss") == pytest.approx(half.value("bank_loss"))


def test_a_lease_without_residual_has_the_lenders_yield() -> None:
    terms = {"lease_rate": 0.12, "tenor_months": 48.0, "residual": 0.0, "service_margin": 0.0,
             **CERTAIN}  # fmt: skip
    lease = deal("leasing", terms)
    loan = deal("term_loan", {**ALIKE, "share": 1.0})
    assert lease.value("lessor_yield") == pytest.approx(loan.value("bank_yield"))
    same_for_the_user(lease, loan)
    kept = deal("leasing", terms | {"residual": 0.2})
    assert kept.value("lessor_yield") == pytest.approx(1.01**12 - 1)
    assert series(kept, "user_pays")[1] < series(lease, "user_pays")[1]
    later = deal("leasing", terms | {"residual": 0.2, "grace_months": 12.0})
    assert later.value("lessor_yield") == pytest.approx(1.01**12 - 1)


def test_the_micro_utilitys_neighbours_pay_half() -> None:
    terms = {"residual": 0.0, "service_margin": 0.0, **CERTAIN}
    alone = deal("leasing", terms, upkeep=0)
    shared = deal("leasing", terms, upkeep=0, choices={"neighbours": "pay_load_charge"})
    assert shared.value("instalment_per_month") == pytest.approx(
        (alone.value("instalment_per_month") or 0) / 2
    )


def test_vendor_credit_at_the_cash_price_is_a_term_loan() -> None:
    terms = {"cash_discount": 0.0, "down_payment": 0.3, "credit_rate": 0.12, "tenor_months": 48.0,
             "vendor_cost": 1.0, **CERTAIN}  # fmt: skip
    vendor = deal("vendor_financing", terms, choices={"interest": "reducing"})
    same_for_the_user(vendor, deal("term_loan", ALIKE))
    assert vendor.value("vendor_yield") == pytest.approx(1.01**12 - 1)


def test_a_fund_of_one_member_is_a_term_loan() -> None:
    terms = {k: v for k, v in ALIKE.items() if k != "rate"}
    fund = deal("revolving_fund", terms | {"member_rate": 0.12, "management_cost": 0.0})
    loan = deal("term_loan", ALIKE)
    same_for_the_user(fund, loan)
    np.testing.assert_allclose(
        series(fund, "fund_cash") + series(fund, f"{STATE}_cash"),
        series(loan, "bank_cash"), atol=1e-6,
    )  # fmt: skip


def test_a_group_that_covers_nothing_is_individual_lending() -> None:
    alone = deal("group_lending", {"cover_limit": 0.0, "default_rate": 0.1})
    assert not series(alone, "group_cash_expected").any()
    assert alone.value("mfi_loss") == pytest.approx(
        (alone.value("loss") or 0) - series(alone, "recovered_by_mfi_expected").sum()
    )


def test_a_fixed_buy_back_yields_what_its_price_implies() -> None:
    run = deal("equity_partner", {"cash_share": 0.0, "exit_years": 4.0, "buy_back_rate": 0.12,
                                  "partner_share": 0.4, **CERTAIN})  # fmt: skip
    assert run.value("partner_yield") == pytest.approx(0.12)
    assert series(run, "bought_back")[48] == pytest.approx(40_000 * 1.12**4)


def test_on_lending_leaves_the_mfi_the_difference() -> None:
    terms = {**ALIKE, "mfi_rate": 0.18, "wholesale_share": 1.0}
    run = deal("on_lending", terms)
    ours, theirs = -npf.pmt(0.015, 48, 70_000), -npf.pmt(0.01, 48, 70_000)
    np.testing.assert_allclose(series(run, "mfi_cash")[1:49], ours - theirs)
    bad = deal("on_lending", terms | {"default_rate": 0.2, "recovery": 0.0})
    np.testing.assert_allclose(series(bad, "bank_cash_expected"), series(run, "bank_cash"))


def test_the_soft_loan_costs_the_public_the_difference() -> None:
    terms = {k: v for k, v in ALIKE.items() if k != "rate"}
    run = deal("soft_loan", terms | {"soft_rate": 0.04, "fund_rate": 0.08})
    at_cost = 1.08 ** (1 / 12) - 1
    flow = np.zeros(61)
    flow[0], flow[1:49] = 70_000, npf.pmt(0.08 / 12, 48, 70_000)
    assert run.value("public_money_npv") == pytest.approx(npf.npv(at_cost, flow))


def test_break_even_size() -> None:
    """At that size the deal is worth nothing at the cost of money."""
    cost = {"cost_per_loan": 900.0, "cost_per_month": 20.0}
    terms = {**ALIKE, "rate": 0.15, "default_rate": 0.02} | cost
    run = deal("term_loan", terms)
    size = run.value("bank_break_even_size") or 0
    assert 0 < size < 70_000
    at_it = deal("term_loan", terms, price=size / 0.7)
    assert at_it.value("bank_npv") == pytest.approx(0, abs=1e-6)
    assert deal("term_loan", terms | {"rate": 0.01}).value("bank_break_even_size") is None


# -- published terms ----------------------------------------------------------------------------


def test_grameen_shakti() -> None:
    """Grameen Shakti, financial approach: 15% down, 36 months, 6% flat, 4% off for cash. APR by the
    annuity: RATE(36, -(85 x 1.18 / 36), 85) = 11.1%, and over 96 - 15 = 81 14.4%."""
    run = deal("vendor_financing", price=96, periods=36, contract=True)
    instalment = 85 * 1.18 / 36
    assert run.value("reducing_rate") == pytest.approx(12 * npf.rate(36, -instalment, 85, 0))
    assert run.value("reducing_rate") == pytest.approx(0.111, abs=5e-4)
    assert run.value("apr") == pytest.approx(12 * npf.rate(36, -instalment, 81, 0))
    assert run.value("apr") == pytest.approx(0.144, abs=5e-4)


def test_the_micro_utility() -> None:
    """Grameen Shakti, financial approach: 10% down, 42 cheques without a charge; by RATE against
    the cash price of 96, 86 are advanced and repaid in 42 x 90 / 42."""
    terms = {"lease_rate": 0.0, "tenor_months": 42.0, "residual": 0.0, "cash_discount": 0.04,
             "down_payment": 0.10, **CERTAIN}  # fmt: skip
    own = deal("leasing", terms, price=96, periods=42, contract=True)
    np.testing.assert_allclose(series(own, "lease_principal")[1:], 90 / 42)
    assert own.value("apr") == pytest.approx(12 * npf.rate(42, -90 / 42, 86, 0))
    assert own.value("apr") == pytest.approx(0.0256, abs=5e-5)
    shared = deal("leasing", terms, price=96, upkeep=0, choices={"neighbours": "pay_load_charge"})
    assert shared.value("instalment_per_month") == pytest.approx(90 / 42 / 2)
    assert shared.value("valley_left") == pytest.approx(10)


def test_grameen_bank() -> None:
    """1,000 repaid in 50 weekly instalments of 22: APR 19.78%; with a fee of 2% and savings of 5%
    withheld it is more."""
    terms = {"share": 1.0, "savings": 0.0}
    plain = deal("group_lending", terms, price=1000, periods=50, ppy=52, contract=True)
    np.testing.assert_allclose(
        series(plain, "loan_principal")[1:] + series(plain, "loan_interest")[1:], 22
    )
    assert plain.value("apr") == pytest.approx(0.1978, abs=5e-5)
    assert plain.value("eir") == pytest.approx((1 + npf.rate(50, -22, 1000, 0)) ** 52 - 1)
    dear = deal("group_lending", terms | {"savings": 0.05, "upfront_fee": 0.02}, price=1000,
                periods=50, ppy=52, contract=True)  # fmt: skip
    flows = [-930.0, *[22.0] * 49, 22.0 - 50]
    assert dear.value("apr") == pytest.approx(52 * npf.irr(flows))


def test_wesco_security_instalment() -> None:
    """USD 325 over two years with one instalment in advance (ADBI manual, 3.d.5.4), at 12%."""
    run = deal("self_help_group", {"share": 1.0}, price=325, periods=24, contract=True)
    level = -npf.pmt(0.01, 24, 325)
    flows = [-325 + level, *[level] * 23, 0.0]
    assert run.value("apr") == pytest.approx(12 * npf.irr(flows))
    weekly = deal("self_help_group", {"share": 1.0}, price=325, periods=24,
                  choices={"instalments_fall": "weekly"})  # fmt: skip
    assert weekly.value("security") == pytest.approx(-npf.pmt(0.12 / 52, 104, 325))


def test_the_ceiling_is_told() -> None:
    low = deal("group_lending", {"rate_ceiling": 0.15}, contract=True, periods=50, ppy=52)
    high = deal("group_lending", {"rate_ceiling": 0.33}, contract=True, periods=50, ppy=52)
    assert (low.value("over_ceiling"), high.value("over_ceiling")) == (1, 0)


def test_the_ceiling_is_held_against_the_apr() -> None:
    """30% a year by month, 34.5% compounded, is below a ceiling of 33%, as `rate` says."""
    terms = {"rate": 0.30, "tenor_months": 36.0, "upfront_fee": 0.0, "rate_ceiling": 0.33}
    run = deal("term_loan", terms, contract=True, periods=36)
    assert run.value("eir") == pytest.approx(1.025**12 - 1)
    assert run.value("over_ceiling") == 0


@pytest.mark.parametrize("grace", [0, 24])
@pytest.mark.parametrize("rate", [0.0, 0.10])
def test_the_equivalent_flat_rate(grace: int, rate: float) -> None:
    """As `eicfinance rate` has it: of 60 level instalments of this APR, whatever the grace."""
    terms = {"rate": rate, "tenor_months": 60.0, "grace_months": float(grace), "share": 1.0,
             "upfront_fee": 0.0}  # fmt: skip
    run = deal("term_loan", terms, contract=True, periods=60)
    paid = -npf.pmt(rate / 12, 60, PRICE) * 60
    assert run.value("flat_rate") == pytest.approx((paid / PRICE - 1) / 5, abs=1e-12)
    same = true_cost(Credit(principal=PRICE, rate=rate, periods=60, grace=grace))
    assert run.value("flat_rate") == pytest.approx(same.equivalent_flat_rate, abs=1e-12)


def test_savings_given_back_are_not_advanced() -> None:
    """1,000 with 100 withheld, given back with the last of 50 instalments: 900 advanced."""
    run = deal("group_lending", {"share": 1.0, "savings": 0.1}, contract=True, price=1_000,
               periods=50, ppy=52)  # fmt: skip
    assert series(run, "credit_advanced").sum() == pytest.approx(900)
    assert run.value("cost_share") == pytest.approx(100 / 900)
    same = true_cost(Credit(principal=1_000, flat=0.1, flat_basis="loan", periods=50, per_year=52,
                            savings=0.1))  # fmt: skip
    assert run.value("flat_rate") == pytest.approx(same.equivalent_flat_rate)


def test_of_a_partner_no_loss_is_told() -> None:
    """Nothing is owed to him: what defaults cost him shows in his yield, and is not 0."""
    run = deal("equity_partner", {"default_rate": 0.1, "exit_years": 4.0})
    assert (run.value("partner_yield_expected") or 0) < (run.value("partner_yield") or 0) - 0.05
    assert not {"loss", "partner_loss"} & set(run.model.results)


def test_who_stops_paying_a_lease_owes_its_residual_too() -> None:
    """Rent of 60 months and half the price at the end, both at 12%: what is owed is the balance of
    a loan with a balloon of 50,000."""
    run = deal("leasing", {"lease_rate": 0.12, "residual": 0.5, "default_rate": 0.05,
                           "recovery": 0.4, "recovery_months": 0.0,
                           "tenor_months": 60.0})  # fmt: skip
    level, owed, lost = -npf.pmt(0.01, 60, PRICE, -50_000), PRICE, 0.0
    for month in range(1, 61):
        lost += owed * (0.95 ** ((month - 1) / 12) - 0.95 ** (month / 12))
        owed = owed * 1.01 - level
    assert owed == pytest.approx(50_000)
    assert run.value("loss") == pytest.approx(lost)
    assert run.value("lessor_loss") == pytest.approx(0.6 * lost)


@pytest.mark.parametrize("name", [n for n, s in schemes().items() if not s.shares_cash])
def test_the_contracts_clock_and_the_projects_agree(name: str) -> None:
    """Where instalments are monthly and all is bought at once, both give the same flow."""
    terms = {"tenor_months": 24.0} if name != "group_lending" else {}
    choices = {"instalments_fall": "monthly"}
    if name == "group_lending":
        terms = {"instalments": 24.0}
    contract = deal(name, terms, periods=24, contract=True, choices=choices)
    project = deal(name, terms, periods=60, upkeep=0, saving=0, choices=choices)
    credit = series(contract, "credit_flow")
    if name != "leasing":
        own = -PRICE * np.eye(25)[0]
        np.testing.assert_allclose(series(project, "user_cash")[:25] - own, credit, atol=1e-6)
    else:
        np.testing.assert_allclose(series(project, "user_cash")[1:25], credit[1:], atol=1e-6)


def test_names() -> None:
    """Every party of a transfer is named by its scheme."""
    for name, scheme in schemes().items():
        known = {USER, STATE, *(party.name for party in scheme.parties)}
        run = deal(name)
        for line in run.model.lines.values():
            if " to " in line.text.note and ":" in line.text.note:
                payer, payee = line.text.note.split(":")[0].split(" to ")
                assert {payer, payee} <= known, (name, line.text.note)
        assert scheme.fits
