"""A group whose members stand for each other (joint liability), each with his own cash.

Who has paid helps with what he has left, up to `cover` times his own instalment of the period; help
goes to those who lack something, in proportion to what they lack, and comes from those who can, in
proportion to what they offer. Cover is asked for before a member may keep anything, so that it can
hurt too: who helped today has less for tomorrow. It moves cash only from who has to who has not.
So members who are alike, without luck of their own, are none the better for it: when one lacks,
all do. With luck of their own it helps, and the more so the less they fail together.

Five members, each with 1,000 due, four of them with 1,500 and one with nothing; cover of a tenth:
the four give 100 each, and the lender lacks 600 in place of 1,000.

What is given is not paid back to the helpers, and who is in default neither gives nor gets.
Group savings can be put into the cash. Besley and Coate 1995, Journal of Development Economics 46,
1-18; whether members will pay for others is not modelled: `cover` says what they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eicfinance.model.expr import minimum, ratio, total
from eicfinance.model.label import Label
from eicfinance.model.model import Model
from eicfinance.risk.repayment import Debt, Security, ageing, outcome, payer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.model.expr import Expr
    from eicfinance.risk.repayment import Payer

    Rows = Sequence[Sequence[float]]  # a member -> periods 0..n

MONTHS: Final = 12
PATHS: Final = ("cash", "due", "balance", "reserve", "start")  # of a member, by period


def group_model(
    cash: Rows,
    due: Rows,
    balance: Rows,
    periods_per_year: int = 12,
    *,
    cover: float = 0.0,
    cash_buffer_months: float = 0.0,
    recovery_share: float = 0.0,
    currency: str = "THB",
) -> Model:
    """A group as a model, as long as its loans. cash, due, balance: of each member by period, at
    base; a simulation gives paths of ``m1.cash``, ``m2.cash``, ... in their place (numeric.run).
    cover: 0 is individual lending. What a member has beside his cash is nil at base: ``m1.reserve``
    (kept beside the buffer) and ``m1.start`` (at hand until ``m1.commissioning``) by period,
    ``m1.support`` of a sponsor, ``m1.collateral`` and ``m1.guarantee_share`` for the lender.
    """
    m = Model("group", len(cash[0]) - 1, periods_per_year)
    covers = m.input("cover", cover, "1", low=0, high=1, label="Cover, multiple of one's own "
                     "instalment")  # fmt: skip
    kept = m.input("cash_buffer_months", cash_buffer_months, "month", low=0, high=MONTHS,
                   label="Cash kept for debts, months of debt service")  # fmt: skip
    a_year = m.constant("months_per_year", MONTHS, "month/year", "definition")
    with m.section("Conventions"):
        age = ageing(m, m.constant("days_per_year", 365, "day/year", "definition"))
    members, secured, nil = [], [], [0.0] * len(cash[0])
    for k, rows in enumerate(zip(cash, due, balance, strict=True), start=1):
        with m.section(Label("Member {k}", str(k)), prefix=f"m{k}"):
            own, asked, owed, beside, start = (
                m.vector(name, row, currency)
                for name, row in zip(PATHS, (*rows, nil, nil), strict=True)
            )
            begins = m.input("commissioning", 0, "period", label="Pays from the period after")
            support = m.input("support", 0, currency, label="Paid by the sponsor at most")
            members.append(payer(m, Debt(
                currency, m.period > begins, own, asked, owed, kept / a_year * m.per_year, m.end,
                beside, start, support,
            )))  # fmt: skip
            secured.append(_security(m, currency, recovery_share))
    gives, gets = _help(m, members, covers)
    for k, (member, security) in enumerate(zip(members, secured, strict=True), start=1):
        with m.section(Label("Member {k}", str(k)), prefix=f"m{k}"):
            outcome(m, member, age, security, gets[k - 1], gives[k - 1])
    _together(m, currency, len(members))
    return m


def _security(m: Model, money: str, recovery_share: float) -> Security:
    """What the lender has of a member."""
    worth = m.input("collateral", 0, money, label="Collateral, at default's worth")
    back = m.input("recovery_share", recovery_share, "1", low=0, high=1,
                   label="Recovered after default")  # fmt: skip
    covered = m.input("guarantee_share", 0, "1", low=0, high=1, label="Guaranteed of a loss")
    return Security(worth, back, covered)


def _help(m: Model, members: Sequence[Payer], cover: Expr) -> tuple[list[Expr], list[Expr]]:
    """What each gives and gets in a period."""
    money = members[0].debt.money
    offers: list[Expr] = []
    for k, member in enumerate(members, start=1):
        with m.section(Label("Member {k}", str(k)), prefix=f"m{k}"):
            offers.append(m.line(
                "offer", money,
                minimum(member.spare, cover * member.due) * (1 - member.defaulted.previous),
                label="Can give to others",
            ))  # fmt: skip
    with m.section("Help within the group"):
        offered = m.line("offered", money, total(offers), label="Offered to others")
        missing = m.line("missing", money, total([one.short for one in members]),
                         label="Missing of what is due, all members")  # fmt: skip
        moved = m.line("helped", money, minimum(offered, missing), label="Paid for others")
    gives: list[Expr] = [moved * ratio(offer, offered).or_else(0) for offer in offers]
    gets: list[Expr] = [moved * ratio(one.short, missing).or_else(0) for one in members]
    return gives, gets


def _together(m: Model, money: str, count: int) -> None:
    """Results of the whole group."""
    with m.section("Group"):
        for name, unit, label in (
            ("repay_default", "1", "Members in default"),
            ("repay_ead", money, "Exposure at default"),
            ("repay_loss", money, "Lender's loss at default"),
        ):
            parts = [m[f"m{k}.{name}"] for k in range(1, count + 1)]
            m.result(name.replace("repay_", "group_"), unit, total(parts), label=label)
        for name, label in (("outstanding", "Outstanding"), ("par30", "More than 30 days late")):
            parts = [m[f"m{k}.repay_{name}"] for k in range(1, count + 1)]
            m.stock(
                f"group_{name}", money, total(parts), label=Label("{label}, all members", label)
            )
        everything = total([m[f"m{k}.repay_paid"] for k in range(1, count + 1)])
        own = total([m[f"m{k}.repay_own"] + m[f"m{k}.repay_support"] for k in range(1, count + 1)])
        m.check("what members give others get", everything - own - m["helped"], m["helped"])
