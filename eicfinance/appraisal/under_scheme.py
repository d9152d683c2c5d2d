"""A project under a lending scheme, measured as its own loan is: the owner's return, the cover of
what he pays, the gap that committed sources leave, and the lines of the credit policy that apply.

    DSCR  saved and earned / paid to the others, trailing twelve months, from the first full year of
          instalments after commissioning (of a shorter deal: over all of them)
    gap   what the owner's cash, accumulated, and the committed sources other than grants leave
          open; grants are in the owner's cash already, signed or not, as in the whole comparison

Before the effect of finance on tax, as all of a comparison. Collateral cover, debt to equity and
the probability of default belong to the loan asked for and are not assessed here. A pig farm that
saves 10,600 a month and pays 19,600 has a DSCR of 0.54.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.appraisal.decision import at_least_equity_irr, flagged, limits
from eicfinance.lending.deal import USER
from eicfinance.lending.outcome import put_in
from eicfinance.model.expr import maximum, minimum, ratio

if TYPE_CHECKING:
    from eicfinance.appraisal.models import ProjectCase
    from eicfinance.lending.deal import Deal
    from eicfinance.model.expr import Expr
    from eicfinance.portfolio.reader import Portfolio


def under_scheme(deal: Deal, one: ProjectCase, portfolio: Portfolio) -> None:
    """Writes all of it into a deal on the project's timeline."""
    m, money = deal.model, deal.currency
    with m.section("The project under this scheme"):
        m.result("user_irr", "1/year", m["user_cash"].irr(),
                 label="Return on the user's own money (IRR)")  # fmt: skip
        m.result("put_in", money, put_in(deal), label="Lent, let or put in by the others")
        own = m.given("committed_own", one.model, one.model["committed_own"],
                      label=one.model["committed_own"].text.label)  # fmt: skip
        there = m.cumulative("committed_own_so_far", own,
                             label="Committed sources other than grants, available")  # fmt: skip
        short = m.stock("user_gap", money, maximum(0, -(m["user_cumulative"] + there)),
                        label="Gap after committed sources, under this scheme")  # fmt: skip
        m.result("user_gap_depth", money, short.highest(),
                 label="Gap after committed sources, under this scheme: depth")  # fmt: skip
    _cover(deal, one)
    if one.entry.loans:
        _policy(deal, portfolio)


def _cover(deal: Deal, one: ProjectCase) -> None:
    """DSCR of the user's payments."""
    m = deal.model
    assert deal.paid_by is not None
    with m.section("Cover of what is paid"):
        line = one.model["since_commissioning"]
        since = m.given("since_commissioning", one.model, line, label=line.text.label)
        due = m.rate("user_due", "1", deal.paid_by * (since > 0),
                     label="Instalments fall due after commissioning")  # fmt: skip
        span = m.result("user_dscr_periods", "period", minimum(m.per_year, maximum(1, due.sum())),
                        label="Periods in a DSCR",
                        note="a year, or a shorter deal's time")  # fmt: skip
        passed = m.cumulative("user_due_so_far", due, label="Periods with instalments so far")
        window = m.rate("user_dscr_counts", "1", due * (passed >= span),
                        label="A full year of instalments lies behind")  # fmt: skip
        paid = m.cumulative("user_paid_so_far", m["user_pays"], label="Paid so far")
        saved = m.cumulative("user_saved_so_far", m["user_saves"], label="Saved and earned so far")
        cover = m.ratio("user_dscr", saved - saved.lag(span),
                        maximum(0, paid - paid.lag(span)) * window,
                        label="DSCR: saved and earned over what is paid")  # fmt: skip
        m.result("user_dscr_min", "1", cover.lowest(), label="DSCR, minimum")


def _policy(deal: Deal, portfolio: Portfolio) -> None:
    """A flag for each line of the policy that applies to what the scheme asks of the user."""
    m, money, months = deal.model, deal.currency, deal.months_per_year
    assert deal.paid_by is not None
    with m.section("Credit policy"):
        limit = limits(m, portfolio)
        worth = at_least_equity_irr(m, limit, "user_npv_policy", money, m["user_cash"],
                                    "User's NPV at the policy's minimum equity IRR")  # fmt: skip
        when = m.rate("user_due_period", "period", deal.paid_by * m.period,
                      label="Period, where an instalment falls due")  # fmt: skip
        tenor = m.result("user_tenor", "month", when.highest() * months / m.per_year,
                         label="Last instalment after")  # fmt: skip
        flags: dict[str, Expr] = {
            "dscr_min": m["user_dscr_min"].or_else(0) >= limit["dscr_min"],
            "equity_irr_min": worth >= 0,
            "tenor_max": tenor <= limit["tenor_max"] * months,
        }
        if any(t.payee == USER and t.kind == "disbursement" for t in deal.transfers):
            base = maximum(0, deal.price - deal.asset.grants.sum())
            m.result("user_loan_share", "1", ratio(m["put_in"], base),
                     label="Lent, share of capital cost less grants")  # fmt: skip
            flags["loan_share_max"] = m["put_in"] <= limit["loan_share_max"] * base
        flagged(m, flags, portfolio)
