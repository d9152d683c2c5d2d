"""Whether a borrower pays what is due: arrears by age, default, and what the lender then loses.

The schedule stays as it was agreed; these lines are what the borrower does about it. In each period

    wanted   = what has fallen due so far and is not paid
    paid     = the lesser of that and of the cash at hand (kept from before, and of the period);
               what is missing, from the sponsor, up to a limit over the life
    kept     = what is left, at most so many months of debt service and the debt service reserve;
               the rest is the owner's

Payments clear the oldest instalment first. An instalment counts as paid once all but 1% of it is.
Late (PAR30): an instalment is more than 30 days old, days = periods x 365 / periods a year; in
default: one is 90 days old or more. Default is for good: nothing is paid after it, and the loan
leaves the outstanding ones. Lateness that ends before is a cure.

Twelve instalments of 1,000 by month and cash of 1,000, but nil in months 3 and 4, and 2,000 in
months 5 and 6: late at the end of month 4, cured in month 5. With nil in months 3 to 6 the third
instalment is 91 days old at the end of month 6: default, with an exposure of the balance and
4,000.

Loss at default = exposure - collateral (less a haircut, sold some months later, discounted at the
loan's rate) - a share of the rest recovered otherwise - a guarantor's share of what is then lost.

The lines are written from expressions, so that a project's loan and a member of a group
(groups.py) have the same. Years and half-years are too coarse: nothing ages within them
(`too_coarse`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from eicfinance.model.expr import Expr, ceiling, expr, floor, maximum, minimum, where

if TYPE_CHECKING:
    from eicfinance.model.model import Line, Model, Result

PAR_DAYS, DEFAULT_DAYS, IGNORED = 30, 90, 0.01
FEWEST_PERIODS: Final = 4  # a year


def too_coarse(periods_per_year: int) -> str:
    """Why nothing can be said of arrears in such periods; empty where it can."""
    if periods_per_year >= FEWEST_PERIODS:
        return ""
    name = {1: "years", 2: "half-years"}[periods_per_year]
    return f"arrears do not age in {name}; take periods_per_year: 4, 12 or 52"


@dataclass(frozen=True, slots=True)
class Ageing:
    """How age is counted, once a model. late, default: periods from an instalment to PAR30, to
    default. ignored: the share of an instalment that may be missing."""

    late: Result
    default: Result
    ignored: Expr


@dataclass(frozen=True, slots=True)
class Debt:
    """A loan and what there is to pay it. money: the currency. counts: 1 in the periods in which
    debt service is the borrower's (before, it is a use of funds). cash: of a period, before debt
    service. balance: as scheduled. buffer: cash kept, in periods of mean debt service. span:
    periods from the first debt service to the last. reserve: kept beside the buffer. start: at
    hand before `counts`. support: what the sponsor pays at most, in all."""

    money: str
    counts: Expr
    cash: Expr
    due: Expr
    balance: Expr
    buffer: Expr
    span: Expr
    reserve: Expr
    start: Expr
    support: Expr


@dataclass(frozen=True, slots=True)
class Security:
    """What a lender has after default. collateral: its worth at default, sold later. recovery: of
    what it leaves. guarantee: of what is then lost."""

    collateral: Expr
    recovery: Expr
    guarantee: Expr


@dataclass(frozen=True, slots=True)
class Payer:
    """The lines up to what the borrower pays of his own. short: what he still lacks. spare: cash
    left to him. Given later: kept, paid_total, defaulted."""

    debt: Debt
    due: Line
    due_total: Line
    own: Line
    support: Line
    short: Line
    spare: Line
    kept: Line
    paid_total: Line
    defaulted: Line


def ageing(m: Model, days: Expr) -> Ageing:
    """Writes the conventions of age, as whole periods. days: of a year."""
    par = m.constant("par_days", PAR_DAYS, "day", "convention: PAR30",
                     label="Late: an instalment is older than")  # fmt: skip
    gone = m.constant("default_days", DEFAULT_DAYS, "day", "convention: 90 days past due",
                      label="Default: an instalment is at least as old as")  # fmt: skip
    ignored = m.constant("ignored_share", IGNORED, "1", "convention: a shortfall under 1%",
                         label="Share of an instalment that may be missing")  # fmt: skip
    late = m.result("repay_par_periods", "period", floor(par * m.per_year / days) + 1,
                    label="From an instalment to PAR30")  # fmt: skip
    default = m.result("repay_default_periods", "period", ceiling(gone * m.per_year / days),
                       label="From an instalment to default")  # fmt: skip
    return Ageing(late, default, ignored)


def repayment(m: Model, debt: Debt, age: Ageing, security: Security) -> None:
    """Writes all lines and results of one borrower on his own."""
    outcome(m, payer(m, debt), age, security, expr(0), expr(0))


def payer(m: Model, debt: Debt) -> Payer:
    """Writes what is due, what there is to pay it, and what is paid of one's own."""
    money = debt.money
    due = m.line("repay_due", money, debt.due * debt.counts, label="Debt service due")
    cash = m.line("repay_cash", money, debt.cash * debt.counts,
                  label="Cash of the period before debt service")  # fmt: skip
    due_total = m.cumulative("repay_due_total", due, label="Debt service due so far")
    paid_total = m.stock("repay_paid_total", money, label="Debt service paid so far")
    kept = m.stock("repay_kept", money, label="Cash kept for debt service")
    defaulted = m.stock("repay_defaulted", "1", label="In default", note="1 from default on")
    alive = m.rate("repay_alive", "1", 1 - defaulted.previous, label="Not in default before")
    wanted = m.stock("repay_wanted", money, (due_total - paid_total.previous) * alive,
                     label="Due and unpaid before payment")  # fmt: skip
    there = m.stock("repay_there", money, maximum(0, kept.previous + cash), label="Cash at hand")
    own = m.line("repay_own", money, minimum(wanted, there), label="Paid from cash at hand")
    support = m.line("repay_support", money, label="Paid by the sponsor")
    used = m.cumulative("repay_support_total", support, label="Paid by the sponsor so far")
    support.set(minimum(wanted - own, maximum(0, debt.support - used.previous)))
    short = m.line("repay_short", money, wanted - own - support, label="Still missing")
    spare = m.stock("repay_spare", money, there - own, label="Cash left")
    return Payer(debt, due, due_total, own, support, short, spare, kept, paid_total, defaulted)


def outcome(
    m: Model, p: Payer, age: Ageing, security: Security, helped: Expr, gave: Expr
) -> None:  # fmt: skip
    """Writes what is paid, arrears, default and loss. helped: by others of a group; gave: to
    them."""
    debt, money = p.debt, p.debt.money
    paid = m.line("repay_paid", money, p.own + p.support + helped, label="Debt service paid")
    p.paid_total.set(p.paid_total.previous + paid)
    mean = m.result("repay_due_mean", money, p.due.sum() / debt.span,
                    label="Mean debt service of a period")  # fmt: skip
    most = m.stock("repay_kept_most", money, debt.buffer * mean + debt.reserve,
                   label="Cash that is kept at most")  # fmt: skip
    p.kept.set(where(debt.counts, minimum(most, p.spare - gave), debt.start))
    counted = m.stock("repay_counted", money, label="Due so far, what may be missing left out")
    counted.set(where(p.due > 0, p.due_total - age.ignored * p.due, counted.previous))
    p.defaulted.set(counted.lag(age.default) > p.paid_total)
    late = m.rate("repay_late", "1",
                  (counted.lag(age.late) > p.paid_total) & (1 - p.defaulted),
                  label="More than 30 days late", note="and not in default")  # fmt: skip
    unpaid = m.stock("repay_unpaid", money,
                     (p.due_total - p.paid_total) * (1 - p.defaulted.previous),
                     label="Due and unpaid", note="nil after default")  # fmt: skip
    owed = m.stock("repay_owed", money, debt.balance + unpaid,
                   label="Balance as scheduled and what is unpaid")  # fmt: skip
    outstanding = m.stock("repay_outstanding", money, owed * (1 - p.defaulted),
                          label="Outstanding", note="nil from default on")  # fmt: skip
    m.stock("repay_par30", money, outstanding * late, label="Outstanding, more than 30 days late")
    cured = m.line("repay_cured", "1", late.previous * (1 - late) * (1 - p.defaulted),
                   label="Lateness ends")  # fmt: skip
    begins = m.line("repay_default_now", "1", p.defaulted - p.defaulted.previous,
                    label="Default begins")  # fmt: skip
    exposed = m.line("repay_exposed", money, owed * begins, label="Exposure at default")
    m.result("repay_cures", "1", cured.sum(), label="Lateness ended before default, times")
    m.result("repay_default", "1", p.defaulted.highest(), label="Defaults", note="1 or 0")
    m.result("repay_default_period", "period", begins.first(), label="Default in")
    _loss(m, money, m.result("repay_ead", money, exposed.sum(), label="Exposure at default"),
          security)  # fmt: skip


def _loss(m: Model, money: str, ead: Result, security: Security) -> None:
    """What is recovered of an exposure, what a guarantor pays, and what the lender loses."""
    sold = m.result("repay_collateral", money, minimum(ead, security.collateral),
                    label="Recovered from collateral, at default's worth")  # fmt: skip
    back = m.result("repay_recovered", money, sold + security.recovery * (ead - sold),
                    label="Recovered in all")  # fmt: skip
    covered = m.result("repay_guaranteed", money, security.guarantee * (ead - back),
                       label="Paid by the guarantor")  # fmt: skip
    m.result("repay_loss", money, ead - back - covered, label="Lender's loss at default")
