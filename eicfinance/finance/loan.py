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
rate is quoted as effective, (1 + rate)^(1 / periods a year) - 1; it may step from a year on. A
balloon, a share of what was drawn, stays until the end; the rest is repaid as above. Computed
from the balance, an instalment stays level; where grace ends before the last drawdown, or the rate
steps, it changes with it.

Interest during construction is paid by the owner, or capitalised: what falls due until the end of
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

from eicfinance.model.expr import Expr, expr, maximum, minimum, ratio, total, where

if TYPE_CHECKING:
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Result, Vector


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed of a loan. name: what its rows begin with. steps: from which project year on
    which rate holds. weights: shares of a year's principal by season."""

    name: str
    title: str
    figures: Mapping[str, Input]
    choices: Mapping[str, str]
    steps: Sequence[tuple[Input, Input]] = ()
    weights: Vector | None = None
    found: Input | None = None  # the size, where the engine finds it

    @property
    def months(self) -> Expr:
        """From closing to the last instalment: the tenor, after the grace if that stands before."""
        tenor, grace = self.figures["tenor_months"], self.figures["grace_months"]
        return tenor + grace if self.choices["grace"] == "before_tenor" else tenor


@dataclass(frozen=True, slots=True)
class Loan:
    """The lines of a loan, or of all together. service: interest and principal as they fall due;
    paid: without interest that is drawn from the loan. cost: the part lent for cost."""

    debt: Result
    cost: Expr
    drawdown: Line
    balance: Line
    interest: Line
    principal: Line
    service: Line
    paid: Line
    fee: Line


_A_SHARE = 0.7  # of CFADS: where the search for a sculpted loan's begins
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
        made.append(_loan(v, terms, amounts[k], drawn, basis, cfads))
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
            paid = m.line("service_paid", money, _sum(one.paid for one in made),
                          label="Debt service without interest capitalised")  # fmt: skip
    return Loan(debt, _sum(amounts), flat["drawdown"], balance, flat["interest"],
                flat["principal"], flat["service"], paid, flat["fee"])  # fmt: skip


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

    def per_period(a_year: Expr) -> Expr:
        return (1 + a_year) ** (1 / m.per_year) - 1 if basis == "effective" else a_year / m.per_year

    first = m.result("rate_per_period", "1", per_period(terms.figures["rate"]),
                     label="Interest rate per period")  # fmt: skip
    if not terms.steps:
        return first
    rate: Expr = first
    for year, later in terms.steps:
        rate = where(m.year >= year, per_period(later), rate)
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


def _loan(v: Venture, terms: Terms, amount: Expr, drawn: Expr, basis: str, cfads: Line) -> Loan:
    plant, m, money, x = v.plant, v.plant.model, v.plant.currency, terms.figures
    capitalised = terms.choices["interest_during_construction"] != "paid"
    with m.section(terms.title, prefix=terms.name):
        rate = _rate(v, terms, basis)
        tenor = m.result("tenor_periods", "period",
                         minimum(m.end, plant.periods(terms.months)),
                         note="ends with the model at the latest")  # fmt: skip
        free = plant.periods(x["grace_months"])
        if capitalised:
            free = maximum(free, plant.construction)
        grace = m.result("grace_periods", "period", minimum(tenor - 1, free),
                         note="leaves an instalment at least")  # fmt: skip
        balance = m.stock("balance", money, label="Loan balance")
        interest = m.line("interest", money, balance.previous * rate)
        cost = amount
        if capitalised:
            in_grace = terms.choices["interest_during_construction"] == "capitalised_in_grace"
            until = grace if in_grace else minimum(grace, plant.construction)
            added = m.line("capitalised", money, interest * (m.period <= until),
                           label="Interest capitalised",
                           note="until the end of grace" if in_grace
                           else "until the end of construction as planned")  # fmt: skip
            amount, drawn = amount + added.sum(), drawn + added
        debt = m.result("debt", money, amount, label="Loan")
        drawdown = m.line("drawdown", money, drawn)
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
        if capitalised:
            paid = m.line("service_paid", money, service - added,
                          label="Debt service without interest capitalised")  # fmt: skip
        balance.set(balance.previous + drawdown - principal)
        fee = _fees(v, x, debt, lent, balance)
    named = "" if terms.name == "loan" else f" {terms.title}"
    m.check(f"loan is drawn in full{named}", drawdown.sum() - debt, debt)
    m.check(f"loan is repaid in full{named}", balance * m.last, debt)
    m.check(f"principal sums to the loan{named}", principal.sum() - debt, debt)
    return Loan(debt, cost, drawdown, balance, interest, principal, service, paid, fee)


def _fees(v: Venture, x: Mapping[str, Input], debt: Result, lent: Line, balance: Line) -> Line:
    """Upfront and appraisal fee at closing; commitment fee on what is not drawn yet; guarantee fee
    on the balance, both as of the end of the period before."""
    m, money = v.plant.model, v.plant.currency
    closing = 1 - minimum(1, m.period)
    lending = debt > 0
    at_once = (x["upfront_fee"] * debt + x["appraisal_fee"] * lending) * closing
    waiting = x["commitment_fee"] / m.per_year * maximum(0, debt - lent.previous) * (1 - closing)
    covered = x["guarantee_fee"] / m.per_year * balance.previous
    return m.line("fee", money, at_once + waiting + covered, label="Fees of the loan")


def size(v: Venture, agreed: Sequence[Terms], loan: Loan, grants: Expr) -> None:
    """States the size of the loans that are found: what the DSCR allows (the loan x DSCR / target)
    or the share of cost, whichever is less. To be written after the DSCR."""
    m, money = v.plant.model, v.plant.currency
    for terms in agreed:
        if terms.found is None:
            continue
        x, base = terms.figures, maximum(0, v.capital_cost - grants)
        reached: Expr = m["dscr_min" if terms.choices["sized_on"] == "minimum" else "dscr_average"]
        with m.section(terms.title, prefix=terms.name):
            if terms.choices["repayment"] == "sculpted":  # what the loan alone would have
                reached = ratio(expr(1), m[f"{terms.name}.service_share_needed"])
            at_most = m.result("size_by_share", money, x["share"] * base,
                               label="Size that the share of cost allows")  # fmt: skip
            lent = minimum(terms.found, at_most)
            able = m.result("size_by_dscr", money,
                            maximum(0, lent * reached.or_else(0) / x["target_dscr"]),
                            label="Size that the target DSCR allows")  # fmt: skip
            found = m.result("size_needed", money, minimum(able, at_most), label="The less of both")
            m.result("bound_by_dscr", "1", at_most > able, label="The DSCR binds, not the share")
            m.solve(terms.found, found)
