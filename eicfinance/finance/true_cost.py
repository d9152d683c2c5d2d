"""What a credit truly costs: every rate of it under its full name.

The borrower's flows are what comes to hand and what is paid, period by period; their internal rate
i a period gives the APR (nominal), periods a year x i, and the EIR compounded, (1 + i)^(periods a
year) - 1. At the start comes the principal, or where goods have a cash price, that price less the
down payment: who buys on credit forgoes the discount. Fees, savings, a deposit and interest charged
in advance go off. Compulsory savings and a deposit come back with the last instalment. They are the
borrower's cost but not the lender's income, so the lender's yield leaves them out.

    1,000 at 10% flat per loan in 50 weekly instalments of 22: APR 19.78%, EIR 21.83% (Grameen
    Bank).
    List price 100, 15% down, 36 months at 6% flat a year: APR 11.08% on the list price, 14.45%
    where 96 would have been paid in cash (Grameen Shakti).
    1,000 in 44 weeks of 25 with a fee of 2% withheld: EIR 31.27% (Microcredit Regulatory Authority,
    Bangladesh).

Sources: Rosenberg, Calculating effective interest rates on microcredit loans (1995) and CGAP
Occasional Paper 1 (2002), part B; 12 CFR 1026 Appendix J; Directive 2008/48/EC, Annex I.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from eicfinance.finance.formulas import FLAT_PER, reducing_to_flat_rate
from eicfinance.finance.loan_schedule import LoanTerms, loan_schedule
from eicfinance.finance.rates_of_return import xirr
from eicfinance.model.irr import irr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

GRACE_KINDS = ("paid", "deferred", "capitalised", "free")
MOST_PERIODS, MOST_YEARS = 5_200, 100  # a hundred years of weeks
HIGHEST_RATE = 10.0  # so that 10 is not taken for ten per cent
_NIL = 1e-12  # a rate a period this small is the rounding of nil
_MARGIN = 1e-9  # by which a ceiling is not passed
_CENTS = 0.005  # by which prices, down payment and principal may disagree


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a borrower is offered. Rates and shares are fractions, shares those of the principal;
    money in any one currency. Of `rate`, `flat` and `instalment` exactly one is given."""

    periods: int  # instalments, grace included
    per_year: float = 12  # periods in a year: 12, 52, 26, 4 ...
    principal: float | None = None  # the loan; None: list price less down payment
    rate: float | None = None  # nominal a year on the reducing balance
    flat: float | None = None  # on the first principal to the end, per `flat_basis`
    flat_basis: str = "year"  # "year", "period" or "loan"
    instalment: float | None = None  # the level instalment after the grace, nothing paid before
    amortisation: str = "equal_instalments"  # or "equal_principal", "bullet"
    grace: int = 0  # periods without principal
    grace_kind: str = "paid"  # their interest: paid, deferred, capitalised; free: none is charged
    interest_upfront: bool = False  # all interest is withheld at the start
    fee: float = 0  # share withheld at the start
    fee_upfront: float = 0  # share paid in cash at the start
    fee_each: float = 0  # money with each instalment
    savings: float = 0  # compulsory: share withheld, returned with the last instalment
    savings_each: float = 0  # money saved with each instalment, returned with the last
    savings_interest: float = 0  # nominal a year on both, compounded each period
    deposit: float = 0  # security deposit: share paid at the start, returned with the last
    down_payment: float = 0  # share of the list price that is paid at the start
    list_price: float | None = None  # of the goods on credit; None: principal / (1 - down payment)
    cash_price: float | None = None  # of the same goods paid at once
    ceiling: float | None = None  # legal limit of the APR, a fraction a year
    round_instalment: float | None = None  # the level instalment is rounded to a multiple of this
    rounding: str = "half_even"  # by this rule; the last takes the residue


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of flows that are `per_year` to a year; None where there is not one of them."""

    apr: float | None  # nominal, a fraction a year
    eir: float | None  # compounded
    status: str  # "one", "several" or "none"
    roots: tuple[float, ...]  # all rates, nominal
    reason: str  # why there is none, or which of several this is


@dataclass(frozen=True, slots=True)
class TrueCost:
    """The answer. Rates are fractions; None where the flows have no rate, or several."""

    apr: float | None  # annual percentage rate, nominal, all charges in
    eir: float | None  # effective interest rate, compounded, all charges in
    reducing_rate: float | None  # nominal a year of principal and instalments alone
    flat_rate_per_loan: float  # interest / principal
    flat_rate_per_year: float  # the same over the years
    equivalent_flat_rate: float | None  # a year: what a loan without fees would be at this APR
    total_cost: float  # what is paid less what is received, over the whole loan
    total_cost_share: float  # the same / principal
    lender_yield: float | None  # nominal a year, savings and deposit left out
    lender_yield_effective: float | None  # compounded
    principal: float
    received: float  # what the borrower has of it at the start, in cash or goods at the cash price
    instalment: float  # the highest but the last, with the fee of each
    instalment_last: float
    total_paid: float  # all instalments with their fees
    status: str  # of the APR: "one", "several" or "none"
    roots: tuple[float, ...]  # all APRs
    reason: str
    above_ceiling: bool | None  # None: no ceiling was given
    warnings: tuple[str, ...]
    flows: tuple[float, ...]  # the borrower's, from the start


def true_cost(credit: Credit) -> TrueCost:
    """All rates of a credit. Raises ValueError, a sentence, for terms that make none."""
    principal = check_credit(credit)
    parts = _instalments(credit, principal)
    due, charged = [p + i for p, i in parts], math.fsum(i for _, i in parts)
    lent = _advanced(credit, principal) - principal * (credit.fee + credit.fee_upfront)
    lent -= charged if credit.interest_upfront else 0
    received = lent - principal * (credit.savings + credit.deposit)
    if not received > 0:
        raise ValueError(f"after fees, savings and deposit nothing is left of the credit of "
                         f"{principal:,.12g}; lower them")  # fmt: skip
    paid = [credit.fee_each + (p if credit.interest_upfront else p + i) for p, i in parts]
    flows = [received, *(-amount - credit.savings_each for amount in paid)]
    flows[-1] += _returned(credit, principal)
    found, lender = rates_of(flows, credit.per_year), rates_of([-lent, *paid], credit.per_year)
    plain = rates_of([-principal, *due], credit.per_year)
    cost = math.fsum(-flow for flow in flows)
    per_loan, years = charged / principal, credit.periods / credit.per_year
    equivalent = None
    if found.apr is not None:
        periodic, n = found.apr / credit.per_year, int(credit.periods)
        equivalent = reducing_to_flat_rate(periodic, n, 1, "loan") / years
    return TrueCost(
        apr=found.apr, eir=found.eir, reducing_rate=plain.apr, flat_rate_per_loan=per_loan,
        flat_rate_per_year=per_loan / years, equivalent_flat_rate=equivalent,
        total_cost=cost, total_cost_share=cost / principal,
        lender_yield=lender.apr, lender_yield_effective=lender.eir, principal=principal,
        received=received, instalment=max(paid[:-1] or paid), instalment_last=paid[-1],
        total_paid=math.fsum(paid), status=found.status, roots=found.roots, reason=found.reason,
        above_ceiling=passes(found.apr, credit.ceiling),
        warnings=_warnings(credit, found), flows=tuple(flows),
    )  # fmt: skip


def rates_of(flows: Sequence[float], per_year: float) -> Rates:
    """The rates of equally spaced flows, of either side; the first is at the start.

    Where savings come back at the end there may be several rates; the only one that is not below 0%
    is then the answer. Raises ValueError as `irr`.
    """
    found = irr(flows)
    periodic = tuple(0.0 if abs(i) < _NIL else i for i in found.roots)
    likely = [i for i in periodic if i >= 0] if len(periodic) > 1 else [*periodic]
    roots, reason = tuple(per_year * i for i in periodic), found.reason
    if len(likely) != 1:
        reason = reason or "several rates bring the flows to nil, and none decides"
        return Rates(None, None, found.status, roots, reason)
    reason = "the only rate that is not below 0%" if len(periodic) > 1 else reason
    try:
        eir = math.expm1(per_year * math.log1p(likely[0]))
    except OverflowError:
        eir, reason = None, "the EIR is too large to express"
    return Rates(per_year * likely[0], eir, found.status, roots, reason)


def check_credit(credit: Credit) -> float:
    """The principal. Raises ValueError with a sentence that says what is wrong and what to do."""
    c = credit
    for name in Credit.__dataclass_fields__:
        value = getattr(c, name)
        if isinstance(value, float | int) and not math.isfinite(value):
            raise ValueError(f"{_said(name)} must be a finite number, not {value}")
    if c.periods != int(c.periods) or not 1 <= c.periods <= MOST_PERIODS:
        raise ValueError(f"periods must be a whole number from 1 to {MOST_PERIODS:,}, "
                         f"not {c.periods}")  # fmt: skip
    if not 0 < c.per_year <= 366:
        raise ValueError(f"periods per year must be above 0 and at most 366, not {c.per_year}")
    if c.periods > MOST_YEARS * c.per_year:
        raise ValueError(f"{c.periods} periods at {c.per_year:g} a year are more than {MOST_YEARS} "
                         f"years; correct one of them")  # fmt: skip
    if sum(x is not None for x in (c.rate, c.flat, c.instalment)) != 1:
        raise ValueError("give exactly one of the rate on the reducing balance, the flat rate "
                         "and the instalment")  # fmt: skip
    for name, allowed in (("flat_basis", FLAT_PER), ("grace_kind", GRACE_KINDS)):
        if getattr(c, name) not in allowed:
            raise ValueError(f"{_said(name)} is one of {', '.join(allowed)}, "
                             f"not {getattr(c, name)!r}")  # fmt: skip
    for name in ("rate", "flat", "ceiling", "fee_each", "savings_each", "savings_interest"):
        value = getattr(c, name)
        if value is not None and value < 0:
            raise ValueError(f"{_said(name)} must be 0 or more, not {value:,.12g}")
        if value is not None and value >= HIGHEST_RATE and not name.endswith("_each"):
            raise ValueError(f"{_said(name)} must be below {HIGHEST_RATE:.0%} a year, not "
                             f"{value:,.0%}; write ten per cent as 0.10 or 10%")  # fmt: skip
    for name in ("fee", "fee_upfront", "savings", "deposit", "down_payment"):
        if not 0 <= getattr(c, name) < 1:
            raise ValueError(f"{_said(name)} is a share from 0 to below 1 (0.15 or 15%), "
                             f"not {getattr(c, name):,.12g}")  # fmt: skip
    for name in ("principal", "instalment", "list_price", "cash_price", "round_instalment"):
        value = getattr(c, name)
        if value is not None and not value > 0:
            raise ValueError(f"{_said(name)} must be above 0, not {value:,.12g}")
    if c.grace != int(c.grace) or not 0 <= c.grace < c.periods:
        raise ValueError(f"the grace must be a whole number of periods from 0 to below the "
                         f"{c.periods} of the loan, not {c.grace}")  # fmt: skip
    principal = _principal(c)
    if c.instalment is not None and (c.round_instalment is not None or c.interest_upfront
                                     or c.amortisation != "equal_instalments"):  # fmt: skip
        raise ValueError("a given instalment is level and stands as it is: no rounding, interest "
                         "in advance or other amortisation goes with it")  # fmt: skip
    if c.instalment is not None and c.instalment * (c.periods - c.grace) < principal - _CENTS:
        raise ValueError(
            f"{c.periods - c.grace} instalments of {c.instalment:,.12g} repay "
            f"{c.instalment * (c.periods - c.grace):,.12g}, less than the principal of "
            f"{principal:,.12g}; correct one of them"
        )
    return principal


def _said(name: str) -> str:
    return name.replace("_", " ")


def _principal(credit: Credit) -> float:
    """The loan, from itself or from the list price; the two must agree."""
    financed = None if credit.list_price is None else credit.list_price * (1 - credit.down_payment)
    if credit.principal is None and financed is None:
        raise ValueError("give the principal, or the list price from which the down payment goes")
    if credit.principal is None:
        assert financed is not None
        return financed
    if financed is None:
        return credit.principal
    if abs(credit.principal - financed) > _CENTS:
        raise ValueError(
            f"a list price of {credit.list_price:,.12g} less {credit.down_payment:.6g} of it down "
            f"leaves {financed:,.12g} to be lent, not the principal of {credit.principal:,.12g}; "
            f"leave one of them out"
        )
    return financed


def _advanced(credit: Credit, principal: float) -> float:
    """What the credit is worth at the start: the principal, or the cash price less what is paid
    down."""
    if credit.cash_price is None:
        return principal
    down = principal * credit.down_payment / (1 - credit.down_payment)
    if not credit.cash_price > down:
        raise ValueError(f"the down payment of {down:,.12g} pays the whole cash price of "
                         f"{credit.cash_price:,.12g}; there is no credit")  # fmt: skip
    return credit.cash_price - down


def _instalments(credit: Credit, principal: float) -> list[tuple[float, float]]:
    """Principal and interest by period; nothing is rounded but to the multiple asked for."""
    c, n = credit, int(credit.periods)
    if c.instalment is not None:
        share = principal / (n - c.grace)
        return [(0.0, 0.0)] * c.grace + [(share, c.instalment - share)] * (n - c.grace)
    quoted = c.rate if c.rate is not None else c.flat
    once = c.rate is None and c.flat_basis != "year"  # not a year's rate
    terms = LoanTerms(
        principal=principal, instalments=n, method="flat" if c.rate is None else "declining",
        rate=Decimal(str(quoted)) / (1 if once else Decimal(str(c.per_year))),
        rate_per="loan" if once and c.flat_basis == "loan" else "period",
        amortisation=c.amortisation, grace_principal=int(c.grace),
        grace_interest=int(c.grace) if c.grace_kind in ("deferred", "capitalised") else 0,
        interest_free=int(c.grace) if c.grace_kind == "free" else 0,
        capitalised=c.grace_kind == "capitalised" and c.grace > 0,
        places=None, multiple=c.round_instalment, rounding=c.rounding,
    )  # fmt: skip
    return [(float(row.principal), float(row.interest)) for row in loan_schedule(terms)]


def _returned(credit: Credit, principal: float) -> float:
    """What comes back with the last instalment: deposit, and savings with their interest."""
    factor = 1 + credit.savings_interest / credit.per_year
    grown = principal * credit.savings * factor ** int(credit.periods)
    grown += credit.savings_each * math.fsum(factor**k for k in range(int(credit.periods)))
    return grown + principal * credit.deposit


def _warnings(credit: Credit, found: Rates) -> tuple[str, ...]:
    lines = []
    if passes(found.apr, credit.ceiling):
        lines.append(f"the APR of {found.apr:.2%} is above the ceiling of {credit.ceiling:.2%}")
    if found.apr is None:
        lines.append(f"there is no APR: {found.reason}")
    if (credit.cash_price or 0) > (credit.list_price or math.inf):
        lines.append("the cash price is above the list price")
    return tuple(lines)


def passes(apr: float | None, ceiling: float | None) -> bool | None:
    """Whether the APR is above the ceiling; None where either is missing."""
    return None if apr is None or ceiling is None else apr > ceiling + _MARGIN


def rates_of_dated(
    flows: Sequence[tuple[date, float]], per_year: float = 12, day_count: str = "ACT/365F"
) -> Rates:
    """XIRR of dated flows of either side, in any order; `roots` are effective.

    The APR is the nominal rate for `per_year` periods a year that compounds to the EIR. Raises
    ValueError as `xirr`.
    """
    if not 0 < per_year <= 366:
        raise ValueError(f"periods per year must be above 0 and at most 366, not {per_year}")
    found = xirr([amount for _, amount in flows], [day for day, _ in flows], day_count)
    if found.rate is None:
        reason = found.reason or "several rates bring the flows to nil, and none decides"
        return Rates(None, None, found.status, found.roots, reason)
    apr = per_year * math.expm1(math.log1p(found.rate) / per_year)
    return Rates(apr, found.rate, found.status, found.roots, found.reason)
