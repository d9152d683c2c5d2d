"""Term loans on the project's timeline, one or several in order.

Lent for cost: share x (capital cost - grants), or an amount, or what meets a target DSCR with that
share at most; never more than the capital cost less grants and earlier loans. Drawn in proportion
to the capital cost invoiced, or after the owner's money and the loans before (equity first).
Interest falls due every period on the balance at the end
of the one before. Principal is due from the end of the grace to the end of the tenor, both counted
from closing (grace lies inside the tenor, or by choice before it):

    equal instalments: principal = balance x i / ((1 + i)^k - 1)    (balance / k where i = 0)
    equal principal:   principal = balance / k
    seasonal:          principal = balance x weight of the month / weights of the months left
    sculpted:          interest and principal together a fixed share of each period's CFADS, found
                       so that the loan is repaid: the DSCR is the same in every period
    bullet:            all at the end of the tenor

with k the instalments left and i the rate a period: nominal rate / periods a year, or, where the
rate is quoted as effective, (1 + rate)^(1 / periods a year) - 1; it may step from a year on, and it
may be a reference rate (with its own steps) and a margin. A balloon, a share of what was drawn,
stays until the end; the rest is repaid as above. Computed from the balance, an instalment stays
level; where grace ends before the last drawdown, the rate steps, or a share of the balance is
prepaid (after the instalment of that period), it changes with it.

Interest during construction is paid by the owner, or from a reserve raised at closing (prefunded:
reserve.py), or capitalised: what falls due until the end of
construction as planned (or of the grace) is drawn from the loan itself, which is larger by as much
from the outset; principal falls due after it at the earliest. A delay adds none: the bank has
committed no more. Drawn evenly for cost over n periods, D becomes D / n x ((1 + i)^n - 1) / i:
1,200,000 over twelve months at 12% a year 1,268,250, of which 68,250 is capitalised interest.
Interest accrues as it does when paid, so balances need no circle: the amount follows from the sum
of what is added.

1,000,000 THB at 6.5% over 8 years without grace: 13,445 THB a month at 6.62% (KBank's MLR).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.finance.reserve import account, at_closing, interest_reserve, per_period
from eicfinance.model.expr import Expr, expr, floor, maximum, minimum, ratio, total, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Result, Vector


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed of a loan. name: what its rows begin with. rate: a year, at first; steps: from
    which project year on which rate holds. weights: shares of a year's principal by season."""

    name: str
    title: str
    figures: Mapping[str, Input]
    choices: Mapping[str, str]
    rate: Expr
    steps: Sequence[tuple[Input, Expr]] = ()
    weights: Vector | None = None
    found: Input | None = None  # the size, where the engine finds it

    @property
    def months(self) -> Expr:
        """From closing to the last instalment: the tenor, after the grace if that stands before."""
        tenor, grace = self.figures["tenor_months"], self.figures["grace_months"]
        return tenor + grace if self.choices["grace"] == "before_tenor" else tenor

    @property
    def named(self) -> str:
        """What checks of one of several loans add to their titles."""
        return "" if self.name == "loan" else Label(" {title}", self.title)


@dataclass(frozen=True, slots=True)
class Loan:
    """The lines of a loan, or of all together. service: interest and principal as they fall due;
    paid: without interest that is drawn from the loan or paid by its reserve; outgo: with what is
    prepaid. cost: the part lent for cost. reserved: paid into reserves less taken out."""

    debt: Result
    cost: Expr
    drawdown: Line
    balance: Line
    interest: Line
    principal: Line
    service: Line
    paid: Line
    outgo: Expr
    fee: Line
    reserved: Expr | None

    @property
    def net(self) -> Expr:
        """What the loan and its reserves bring the owner, less what they cost."""
        brought = self.drawdown - self.fee - self.outgo
        return brought if self.reserved is None else brought - self.reserved


_A_SHARE = 0.7  # of CFADS: where the search for a sculpted loan's begins
LESS = "Debt service without interest capitalised or prefunded"
FLOWS = ("drawdown", "interest", "principal", "service", "fee")


def financing(
    v: Venture, agreed: Sequence[Terms], drawn_when: str, basis: str, grants: Expr, cfads: Line
) -> Loan:
    """Writes the loans and their totals, which stand under the name ``loan``. cfads: declared, to
    be given later."""
    m, money = v.plant.model, v.plant.currency
    made: list[Loan] = []
    base = maximum(0, v.capital_cost - grants)
    amounts = _amounts(agreed, base)
    for k, terms in enumerate(agreed):
        drawn = amounts[k] * v.plant.spending
        if drawn_when == "equity_first":
            own = v.capital_cost - _sum(amounts[k:])
            with m.section(terms.title, prefix=terms.name):
                drawn = _last(v, amounts[k], own)
        made.append(_loan(v, terms, (amounts[k], base), drawn, basis, cfads))
    if len(made) == 1:
        return made[0]
    with m.section("Loans together" if made else "Loan", prefix="loan"):
        debt = m.result("debt", money, total([expr(0), *(one.debt for one in made)]), label="Loan")
        flat = {
            n: m.line(n, money, total([expr(0), *(getattr(one, n) for one in made)])) for n in FLOWS
        }
        balance = m.stock("balance", money, total([expr(0), *(one.balance for one in made)]),
                          label="Loan balance")  # fmt: skip
        paid = flat["service"]
        if any(one.paid is not one.service for one in made):
            paid = m.line("service_paid", money, _sum(one.paid for one in made), label=LESS)
    outgo: Expr = flat["service"]
    if any(one.outgo is not one.service for one in made):
        outgo = _sum(one.outgo for one in made)
    reserved = [one.reserved for one in made if one.reserved is not None]
    return Loan(debt, _sum(amounts), flat["drawdown"], balance, flat["interest"],
                flat["principal"], flat["service"], paid, outgo, flat["fee"],
                total(reserved) if reserved else None)  # fmt: skip


def _amounts(agreed: Sequence[Terms], base: Expr) -> list[Expr]:
    """What each loan lends for cost: as agreed, at most what grants and earlier loans leave."""
    amounts: list[Expr] = []
    for terms in agreed:
        x = terms.figures
        wanted: Expr = x["amount"] if "amount" in x else x["share"] * base
        if terms.found is not None:
            wanted = minimum(terms.found, wanted)
        if amounts or terms.choices["size"] == "amount":
            wanted = minimum(wanted, maximum(0, base - _sum(amounts)) if amounts else base)
        amounts.append(wanted)
    return amounts


def _sum(parts: Iterable[Expr]) -> Expr:
    listed = list(parts)
    return total(listed) if listed else expr(0)


def _last(v: Venture, amount: Expr, before: Expr) -> Expr:
    """Drawn in a period where ``before`` is spent first: the rise of what is needed of the loan."""
    m = v.plant.model
    spent = m.cumulative("cost_so_far", v.capital_spent, label="Capital cost invoiced so far")
    needed = m.stock("cost_lent_so_far", v.plant.currency,
                     minimum(amount, maximum(0, spent - before)),
                     label="Lent for cost so far", note="after the owner's money")  # fmt: skip
    return needed - needed.previous


def _rate(v: Venture, terms: Terms, basis: str) -> Expr:
    """The interest rate a period: one result, or a row where it steps."""
    m = v.plant.model
    first = m.result("rate_per_period", "1", per_period(m, terms.rate, basis),
                     label="Interest rate per period")  # fmt: skip
    if not terms.steps:
        return first
    rate: Expr = first
    for year, later in terms.steps:
        rate = where(m.year >= year, per_period(m, later, basis), rate)
    return m.rate("rate", "1", rate, label="Interest rate per period, with its steps")


def _principal_share(v: Venture, terms: Terms, rate: Expr, tenor: Result, grace: Result) -> Line:
    """The share of the balance (less a balloon) that is due in a period; all of it at the end."""
    m = v.plant.model
    left = m.rate("instalments_left", "period",
                  (m.period > grace) * maximum(1, tenor - m.period + 1),
                  note="what is drawn after the tenor is due at once")  # fmt: skip
    part: Expr = expr(0)  # bullet
    match terms.choices["repayment"]:
        case "equal_instalments":
            level = rate / ((1 + where(rate > 0, rate, 1)) ** maximum(1, left) - 1)
            part = where(rate > 0, level, 1 / maximum(1, left))
        case "equal_principal":
            part = 1 / maximum(1, left)
        case "seasonal":
            assert terms.weights is not None
            flag = (m.period > grace) & (m.period <= tenor)
            weight = m.line("instalment_weight", "1", terms.weights * flag,
                            label="Weight of the instalment")  # fmt: skip
            so_far = m.cumulative("instalment_weights", weight, label="Weights so far")
            rest = weight.sum() - so_far.previous
            part = weight / where(rest > 0, rest, 1)
    return m.rate("principal_share", "1", where(left > 1, part, left),
                  label="Principal due, share of balance")  # fmt: skip


def _sculpted(
    v: Venture, rate: Expr, tenor: Result, grace: Result, balance: Line, drawn: Line, cfads: Line
) -> Expr:
    """Debt service as the same share of each period's CFADS: (balance at the end of the grace, and
    what is drawn later) / CFADS to the end of the tenor, present values at the loan's rate."""
    m, money = v.plant.model, v.plant.currency
    share = m.solved("service_share", _A_SHARE, "1", label="Debt service, share of CFADS")
    serves = m.rate("serves", "1", (m.period > grace) & (m.period <= tenor),
                    label="CFADS serves the loan")  # fmt: skip
    factor = m.rate("discount_factor", "1", label="Discount factor at the loan's rate")
    factor.set(where(m.period > grace, factor.previous / (1 + rate), 1))
    able = m.line("cfads_able", money, maximum(0, cfads) * serves, label="CFADS that serves it")
    worth = m.line("cfads_present", money, able * factor, label="The same: present value")
    at_end = (m.period >= grace) & (m.period <= grace)
    owed = m.line("owed_present", money, balance * at_end + drawn * serves * factor,
                  label="Owed at the end of the grace, and drawn later: present value")  # fmt: skip
    wanted = m.result("service_share_needed", "1", ratio(owed.sum(), worth.sum()).or_else(0),
                      label="Share of CFADS that repays the loan")  # fmt: skip
    m.solve(share, wanted)
    return share * able


def _loan(
    v: Venture, terms: Terms, part: tuple[Expr, Expr], drawn: Expr, basis: str, cfads: Line
) -> Loan:
    """One loan. part: what it lends for cost, and of what cost. drawn: for cost, by period."""
    plant, m, money, x = v.plant, v.plant.model, v.plant.currency, terms.figures
    with m.section(terms.title, prefix=terms.name):
        rate = _rate(v, terms, basis)
        tenor = m.result("tenor_periods", "period",
                         minimum(m.end, plant.periods(terms.months)),
                         note="ends with the model at the latest")  # fmt: skip
        free = plant.periods(x["grace_months"])
        if terms.choices["interest_during_construction"] != "paid":
            free = maximum(free, plant.construction)
        grace = m.result("grace_periods", "period", minimum(tenor - 1, free),
                         note="leaves an instalment at least")  # fmt: skip
        balance = m.stock("balance", money, label="Loan balance")
        interest = m.line("interest", money, balance.previous * rate)
        built = _building(v, terms, part, drawn, rate, grace, interest)
        debt = m.result("debt", money, built.amount, label="Loan")
        drawdown = m.line("drawdown", money, built.drawn)
        lent = m.cumulative("drawn", drawdown, label="Drawn so far")
        if terms.choices["repayment"] == "sculpted":
            served = _sculpted(v, rate, tenor, grace, balance, drawdown, cfads)
            due = where(m.period > grace, served - interest, 0)
            due = where(m.period >= tenor, balance.previous, due)
        else:
            kept = x["balloon"] * lent.previous if "balloon" in x else expr(0)
            due = where(m.period >= tenor, balance.previous, maximum(0, balance.previous - kept))
            due = due * _principal_share(v, terms, rate, tenor, grace)
        principal = m.line("principal", money, due)
        service = m.line("service", money, interest + principal, label="Debt service")
        paid = service
        if built.covered is not None:
            paid = m.line("service_paid", money, service - built.covered, label=LESS)
        prepaid = _prepaid(v, x, balance, principal, grace) if "prepayment_year" in x else None
        repaid: Expr = principal if prepaid is None else principal + prepaid
        balance.set(balance.previous + drawdown - repaid)
        outgo: Expr = service if prepaid is None else service + prepaid
        fee = _fees(v, x, debt, lent, balance, prepaid)
    named = terms.named
    m.check(Label("loan is drawn in full{named}", named), drawdown.sum() - debt, debt)
    m.check(Label("loan is repaid in full{named}", named), balance * m.last, debt)
    back = principal.sum() if prepaid is None else principal.sum() + prepaid.sum()
    m.check(Label("principal sums to the loan{named}", named), back - debt, debt)
    return Loan(debt, part[0], drawdown, balance, interest, principal, service, paid, outgo, fee,
                built.reserved)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Built:
    """A loan with what it lends for interest while the plant is built. covered: interest that the
    owner does not pay. reserved: paid into the interest reserve, net."""

    amount: Expr
    drawn: Expr
    covered: Line | None = None
    reserved: Expr | None = None


def _building(
    v: Venture, terms: Terms, part: tuple[Expr, Expr], drawn: Expr, rate: Expr, grace: Result,
    interest: Line,
) -> _Built:  # fmt: skip
    """Interest during construction: paid, capitalised or prefunded."""
    m, money = v.plant.model, v.plant.currency
    how, (amount, base) = terms.choices["interest_during_construction"], part
    if how == "paid":
        return _Built(amount, drawn)
    until = grace if how == "capitalised_in_grace" else minimum(grace, v.plant.construction)
    if how == "prefunded":
        share = m.result("share_of_cost", "1", ratio(amount, base).or_else(0),
                         label="Lent for cost, share of the cost less grants")  # fmt: skip
        reserve, pays = interest_reserve(v, share, drawn, rate, until)
        covered = m.line("interest_prefunded", money, interest * pays,
                         label="Interest paid by the interest reserve")  # fmt: skip
        return _Built(amount + share * reserve, drawn + share * reserve * at_closing(m), covered,
                      account(v, reserve, covered, terms.named))  # fmt: skip
    added = m.line("capitalised", money, interest * (m.period <= until),
                   label="Interest capitalised",
                   note="until the end of grace" if how == "capitalised_in_grace"
                   else "until the end of construction as planned")  # fmt: skip
    return _Built(amount + added.sum(), drawn + added, added)


def _prepaid(
    v: Venture, x: Mapping[str, Input], balance: Line, principal: Line, grace: Result
) -> Line:
    """A share of what is owed after the instalment, repaid of one's own will at the end of a
    project year, not before the end of the grace."""
    m = v.plant.model
    year = floor(x["prepayment_year"] * m.per_year)
    when = m.result("prepayment_period", "period", maximum(grace, year),
                    label="Part of the loan is prepaid in")  # fmt: skip
    at = (m.period >= when) & (m.period <= when)
    return m.line("prepaid", v.plant.currency,
                  (balance.previous - principal) * x["prepayment_share"] * at,
                  label="Prepaid, beside what is due")  # fmt: skip


def _fees(
    v: Venture, x: Mapping[str, Input], debt: Result, lent: Line, balance: Line,
    prepaid: Line | None,
) -> Line:  # fmt: skip
    """Upfront and appraisal fee at closing; commitment fee on what is not drawn yet; guarantee fee
    on the balance, both as of the end of the period before; prepayment fee on what is prepaid."""
    m, money = v.plant.model, v.plant.currency
    closing = at_closing(m)
    lending = debt > 0
    at_once = (x["upfront_fee"] * debt + x["appraisal_fee"] * lending) * closing
    waiting = x["commitment_fee"] / m.per_year * maximum(0, debt - lent.previous) * (1 - closing)
    due = at_once + waiting + x["guarantee_fee"] / m.per_year * balance.previous
    if prepaid is not None and "prepayment_fee" in x:
        due = due + x["prepayment_fee"] * prepaid
    return m.line("fee", money, due, label="Fees of the loan")
