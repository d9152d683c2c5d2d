"""What each lending scheme agrees, a second time (by_hand_lending.py), and a deal of a case.

A scheme is a function of its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.appraisal.by_hand_lending import (
    Bargain,
    Found,
    Lent,
    annuity,
    keep,
    lend,
    lose,
    outcome,
    true_cost,
    under_scheme,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.comparison import Offer
    from eicfinance.model.numeric import Run

EVERY = {"weekly": 52, "monthly": 12, "quarterly": 4, "half_yearly": 2, "yearly": 1}
RATES = ("project", "equity", "lender", "public", "household")


def _loan(b: Bargain, lender: str, rate: str) -> Lent:
    """A share of what grants leave of the price, with a fee at closing."""
    x = b.x
    lent = lend(b, "loan", lender, "user", x["share"] * (b.cost - b.granted), x[rate],
                months=x["tenor_months"], grace=x["grace_months"])  # fmt: skip
    b.pay("user", lender, "fee", "upfront_fee_paid", b.spread(x["upfront_fee"] * lent.amount))
    return lent


def _behind(b: Bargain, name: str, lender: str, borrower: str, amount: float, rate: str) -> None:
    """A loan to the one who lends, of the same duration."""
    lend(b, name, lender, borrower, amount, b.x[rate], months=b.x["tenor_months"],
         grace=b.x.get("grace_months", 0))  # fmt: skip


def _yearly(b: Bargain, lent: Lent, rate: float) -> list[float]:
    """A rate a year on what is owed at the start of a period."""
    return [0.0, *(owed * rate / b.ppy for owed in lent.balance[:-1])]


def term_loan(b: Bargain) -> None:
    lent = _loan(b, "bank", "rate")
    lose(b, lent, "bank")
    keep(b, "bank", lent)


def franchising(b: Bargain) -> None:
    lent, x = _loan(b, "bank", "rate"), b.x
    b.pay("bank", "mfi", "fee", "fee_on_disbursement", b.spread(x["disbursement_fee"]
          * lent.amount))  # fmt: skip
    b.pay("bank", "mfi", "fee", "fee_on_recovery", [x["recovery_fee"] * p for p in lent.paid])
    lose(b, lent, "bank", "mfi", "first_loss_paid", 1.0, x["first_loss"] * lent.amount)
    keep(b, "mfi", lent)


def on_lending(b: Bargain) -> None:
    lent = _loan(b, "mfi", "mfi_rate")
    _behind(b, "wholesale", "bank", "mfi", b.x["wholesale_share"] * lent.amount, "rate")
    lose(b, lent, "mfi")
    keep(b, "mfi", lent)


def soft_loan(b: Bargain) -> None:
    lent = _loan(b, "bank", "soft_rate")
    _behind(b, "refinance", "government", "bank", b.x["refinanced_share"] * lent.amount,
            "fund_rate")  # fmt: skip
    lose(b, lent, "bank")
    keep(b, "bank", lent)


def bank_guarantee(b: Bargain) -> None:
    lent = _loan(b, "bank", "rate")
    fee = _yearly(b, lent, b.x["guarantee_fee"])
    b.pay("user", "guarantor", "fee", "guarantee_fee_paid", fee)
    lose(b, lent, "bank", "guarantor", "guarantee_paid", b.x["cover"])
    keep(b, "bank", lent)


def revolving_fund(b: Bargain) -> None:
    lent = _loan(b, "fund", "member_rate")
    given = b.x["capital_granted"] * lent.amount
    b.found["capital_given"] = given
    b.pay("government", "fund", "subsidy", "fund_capital", b.spread(given), sure=True)
    _behind(b, "capital_loan", "government", "fund", lent.amount - given, "capital_rate")
    b.spend("fund", "running", "management", _yearly(b, lent, b.x["management_cost"]))
    lose(b, lent, "fund")
    keep(b, "fund", lent)


def vendor_financing(b: Bargain) -> None:
    x = b.x
    listed = b.cost / (1 - x["cash_discount"])
    down = x["down_payment"] * listed
    lent = lend(b, "credit", "vendor", "user", listed - down, x["credit_rate"],
                months=x["tenor_months"], interest=b.words["interest"])  # fmt: skip
    b.pay("user", "vendor", "down payment", "price_paid", b.spread(listed))
    b.take_over("vendor", "bought_by_vendor", b.outlay, price=True)
    b.spend("vendor", "trade", "trade_margin", [-(1 - x["vendor_cost"]) * o for o in b.outlay])
    _behind(b, "refinance", "government", "vendor", x["refinanced_share"] * lent.amount,
            "refinance_rate")  # fmt: skip
    lose(b, lent, "vendor")
    keep(b, "vendor", lent)
    b.found |= {"list_price": listed, "down_payment_amount": down}


def leasing(b: Bargain) -> None:
    x = b.x
    ends, value = min(b.n, b.periods(x["tenor_months"])), x["residual"] * b.cost
    growth = (1 + x["lease_rate"] / b.a_year) ** (ends * b.a_year / b.ppy)
    listed = b.cost / (1 - x["cash_discount"])
    down = x["down_payment"] * listed
    wanted = max(0.0, listed - b.granted - value / growth - down)
    lent = lend(b, "lease", "lessor", "user", wanted, x["lease_rate"],
                months=x["tenor_months"], grace=x["grace_months"], in_kind=True)  # fmt: skip
    b.pay("user", "lessor", "down payment", "down_payment_paid", b.spread(down))
    b.take_over("lessor", "bought_by_lessor",
                [o - g for o, g in zip(b.outlay, b.grants, strict=True)], price=True)  # fmt: skip
    upkeep = [cost if t <= ends else 0.0 for t, cost in enumerate(b.upkeep)]
    b.take_over("lessor", "kept_by_lessor", upkeep, price=False)
    b.pay("user", "lessor", "service", "service_charge",
          [u + u * x["service_margin"] for u in upkeep])  # fmt: skip
    b.pay("user", "lessor", "rent", "residual_paid", b.once(value, ends))
    if b.words["neighbours"] == "pay_load_charge":
        b.pay("neighbours", "user", "service", "load_charge",
              [x["load_charge_share"] * p for p in lent.paid])  # fmt: skip
    rise = (1 + x["lease_rate"] / b.a_year) ** (b.a_year / b.ppy)
    owed = [lent.balance[t] + (value / rise ** (ends - t) if t < ends else 0.0) for t in b.times]
    lose(b, replace(lent, balance=owed), "lessor")
    keep(b, "lessor", lent)
    b.found |= {"lease_owed": owed, "lease_ends": ends, "residual_value": value,
                "list_price": listed, "down_payment_amount": down}  # fmt: skip


def group_lending(b: Bargain) -> None:
    x = b.x
    lent = lend(b, "loan", "mfi", "user", x["share"] * (b.cost - b.granted),
                x["flat_rate_per_loan"], count=int(x["instalments"]), interest="loan")  # fmt: skip
    saved = x["savings"] * lent.amount
    b.pay("user", "mfi", "fee", "upfront_fee_paid", b.spread(x["upfront_fee"] * lent.amount))
    b.pay("user", "mfi", "deposit", "savings_withheld", b.spread(saved))
    b.pay("mfi", "user", "deposit", "savings_returned", b.once(saved, lent.last))
    able = b.found["cover_share"] = x["cover_limit"] if x["members"] > 1 else 0.0
    lose(b, lent, "mfi", "group", "paid_by_group", able)
    keep(b, "mfi", lent)


def self_help_group(b: Bargain) -> None:
    x, lent = b.x, _loan(b, "mfi", "rate")
    one = annuity(lent.amount, x["rate"] / b.a_year, b.found["loan_instalments"])
    held = x["security_instalments"] * one
    b.found |= {"instalment": one, "security": held}
    b.pay("user", "mfi", "deposit", "security_paid", b.spread(held))
    b.pay("mfi", "user", "deposit", "security_returned", b.once(held, lent.last))
    lose(b, lent, "mfi", "group", "paid_by_group", x["cover_limit"])
    keep(b, "mfi", lent)


def equity_partner(b: Bargain) -> None:
    x = b.x
    b.stop(0)
    ends = min(b.n, b.periods(x["exit_years"] * 12))
    put_in = b.spread(x["partner_share"] * (b.cost - b.granted))
    b.pay("partner", "user", "equity", "equity_paid", put_in)
    left = [b.receipts[t] - b.upkeep[t] - b.tax[t] for t in b.times]
    shared = [x["cash_share"] * max(0.0, left[t]) * (t <= ends) for t in b.times]
    b.pay("user", "partner", "distribution", "cash_shared", shared)
    price = sum(put_in) * (1 + x["buy_back_rate"]) ** x["exit_years"]
    b.pay("user", "partner", "distribution", "bought_back", b.once(price, ends))
    b.due = b.found["shared"] = [float(0 < t <= ends) for t in b.times]
    b.found |= {"exit_period": ends, "buy_back_price": price, "paid_in": put_in}


def offers_of(case: Case) -> dict[str, tuple[str, Offer]]:
    """Name of a model -> the project and the offer of which it is one of two."""
    return {
        model.name: (name, offer)
        for name, comparison in case.comparisons.items()
        for offer in comparison.offers
        for model in offer.models
    }


def bargain(case: Case, runs: Mapping[str, Run], name: str, k: int) -> Found:
    """All lines and results of a model of an offer in one scenario, by hand."""
    (project, offer), run = offers_of(case)[name], runs[name]
    m, one = run.model, case.projects[project]
    value: dict[str, Any] = {key: run.value(key, k) for key in m.inputs}
    prefix = f"{project}_{offer.entry.name}_"
    x = {key.removeprefix(prefix): v for key, v in value.items() if key.startswith(prefix)}
    whole: dict[str, Any] = {}
    contract = m is offer.contract and m is not offer.deal
    n = m.periods
    if contract:
        bought = [value[f"{project}_capital_cost"], *[0.0] * n]
        nil = [0.0] * (n + 1)
        whole = {"price": bought, "outlay": bought, "receipts": nil, "upkeep": nil, "salvage": nil,
                 "tax": nil, "grants": [value[f"{project}_grants"], *[0.0] * n],
                 "host": 0.0}  # fmt: skip
    else:
        at = {key: runs[project][key][k].tolist() for key in (
            "capital_spent", "receipts", "operating_cost", "stores_rise", "replacements", "salvage",
            "project_tax.tax", "capital_paid", "vat_net", "grants_received")}  # fmt: skip
        owner = one.borrower.name
        whole = {
            "price": at["capital_spent"], "receipts": at["receipts"], "salvage": at["salvage"],
            "outlay": [a + v for a, v in zip(at["capital_paid"], at["vat_net"], strict=True)],
            "upkeep": [sum(parts) for parts in zip(
                at["operating_cost"], at["stores_rise"], at["replacements"], strict=True)],
            "tax": at["project_tax.tax"], "grants": at["grants_received"],
            "host": (value[f"{owner}_cash_flow"] - value[f"{owner}_debt_service"])
            * 12 / m.periods_per_year,
        }  # fmt: skip
    every = EVERY[offer.entry.choices.get("instalments_fall", "monthly")]
    b = Bargain(x, offer.entry.choices, n, m.periods_per_year, every, **whole)
    globals()[offer.entry.kind](b)  # the function of the scheme's name
    rates = {}
    for whose in RATES:
        if f"discount_{whose}" in value:
            rate = value[f"discount_{whose}"]
            if case.portfolio.economy.choices["discount_basis"] == "real":
                rate = (1 + rate) * (1 + value["inflation"]) - 1
            rates[whose] = rate
            b.found[f"discount_rate_{whose}_nominal"] = rate
    irr = {key: run.value(key, k) for key in run.irrs}
    if not contract:
        b.found |= {"outlay": b.outlay, "upkeep": b.upkeep}
        outcome(b, [(p.name, p.money) for p in offer.scheme.parties], rates, irr)
        begins = "policy_"
        policy = {n.removeprefix(begins): v for n, v in value.items() if n.startswith(begins)}
        own = runs[project]["committed_own"][k].tolist()
        start = int(runs[project].value("commissioning_period", k) or 0)
        under_scheme(b, own, start, policy if one.entry.loans else None, irr)
    if m is offer.contract:
        true_cost(b, irr)
    return b.found
