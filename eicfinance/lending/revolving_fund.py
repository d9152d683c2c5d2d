"""Revolving fund: new loans only from cash in hand, whole ones, to members who wait in turn.

"The interest income of the funds covers the management cost by design. A number of members obtain
loans and pay back as per the rules, before the next set of members obtains loans as the former
group pays it back" (ADBI, Eco-Industrial Clusters: A Prototype Training Manual, 3.d.4). Unlike a
term loan, which has money for one borrower, it lives from what comes back; default and inflation
wear it down.

At each period's end what is due is received and paid; from the cash left above the reserve as many
whole loans are made as it allows and as members wait for. A share h of the loans stops paying in a
period, for good: an expected number, not a whole one. Of a loan made at s a share S(t) / S(s) still
pays at t, where S falls by h each period. So a running total of loans made over S, less its own lag
by the tenor, times S, is what all loans of all ages pay on together:

    paying(t) = S(t) x (C(t - 1) - C(t - 1 - tenor)),    C(t) = C(t - 1) + lent(t) / S(t)
    equal instalments: interest = i x balance, principal = instalment share x paying - interest
    equal principal:   principal = paying / tenor
    flat:              the same, and interest = flat rate a period x paying

Age runs from the first unpaid instalment: PAR30 is the principal of loans more than 30 days late,
default is at 90 days, then the write-off; days = periods x 365 / periods a year. Provision is
by age and apart from write-offs.

90,000 make 9 loans of 10,000 over 3 months without interest. After a month 30,000 come back and
make 3, then (9 + 3) / 3 = 4, then 16 / 3: 5, and 3,333 stay in hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, ceiling, floor, maximum, minimum, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from eicfinance.lending.fund_terms import Fund
    from eicfinance.model.model import Line, Result

SCALE = (
    "provision_1_to_30", "provision_31_to_60", "provision_61_to_90", "provision_91_to_180",
    "provision_over_180",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines that parts of the fund hand to each other."""

    index: Line
    later: Line
    number: Line
    balance: Line
    gross: Line
    provision: Line
    made: Line
    lent: Line
    interest: Line
    principal: Line
    fees: Line
    written_off: Line
    impairment: Line
    recovered: Line


def revolving_fund(fund: Fund) -> None:
    """Writes the fund's loans and cash into its model; its results follow (fund_results.py)."""
    m, x = fund.model, fund.x
    with m.section("Prices"):
        year = m.rate(
            "anniversaries", "1", floor(m.period / m.per_year), label="Whole years passed"
        )
        later = m.rate("after_start", "1", minimum(1, m.period), label="1 after the start")
        index = m.rate("price_index", "1", (1 + x["inflation"]) ** year, label="Index of costs")
        larger = (1 + x["loan_growth"]) ** year
        size = m.rate(
            "loan_size_now", fund.currency, x["loan_size"] * larger, label="Size of a new loan"
        )
    lines = _loans(fund, index, later, size)
    _cash(fund, lines, size)
    _checks(fund, lines)


# -- loans -------------------------------------------------------------------------------------


def _stopping(fund: Fund) -> tuple[Line, Line]:
    """The share of loans that stops paying in a period, and what is left of 1 since the start."""
    m, x = fund.model, fund.x

    def of_a_year(share: Expr) -> Expr:
        return 1 - (1 - share) ** (1 / m.per_year)

    usual = (x["default_per_instalment"] if "default_per_instalment" in x
             else of_a_year(x["default_per_year"]))  # fmt: skip
    stops = m.rate("stop_share", "1", where(fund.bad > 0, of_a_year(x["bad_year_default"]), usual),
                   label="Share of loans that stop paying in the period")  # fmt: skip
    alive = m.stock("paying_share", "1", label="Share of loans made at the start that still pay",
                    note="had they no end")  # fmt: skip
    alive.set(where(m.period > 0, alive.previous * (1 - stops), 1))
    return stops, alive


def _loans(fund: Fund, index: Line, later: Line, size: Line) -> Lines:
    m, x = fund.model, fund.x
    with m.section("Default"):
        stops, alive = _stopping(fund)
        weight = m.stock("paying_weight", "1", 1 / alive, label="1 over that share")
    with m.section("Loans to members"):
        tenor = m.result("tenor_periods", "period", fund.periods(x["tenor_months"]),
                         label="Tenor in periods")  # fmt: skip
        rate = m.result("rate_per_period", "1", x["rate"] / m.per_year,
                        label="Interest rate per period")  # fmt: skip
        made = fund.count("loans_made", None, "Loans made", "flow")
        lent = fund.flow("lent", made * size, "Lent")
        number_so_far = fund.count("number_weighted", None, "Loans made so far, weighted")
        number_so_far.set(number_so_far.previous + made * weight)
        lent_so_far = fund.stock("lent_weighted", None, "Lent so far, weighted")
        lent_so_far.set(lent_so_far.previous + lent * weight)
        running = fund.count("loans_paying", alive * (number_so_far - number_so_far.lag(tenor)),
                             "Loans that pay, with instalments to come")  # fmt: skip
        paying = fund.stock("lent_paying",
                            alive * (lent_so_far.previous - lent_so_far.lag(tenor + 1)),
                            "First amount of the loans that pay an instalment")  # fmt: skip
        balance = fund.stock("balance_paying", None, "Principal of loans that pay")
        stopped = fund.flow("stopped", stops * balance.previous, "Principal of loans that stop")
        interest, principal = _instalments(fund, paying, balance, stopped, tenor, rate)
        balance.set(balance.previous + lent - stopped - principal)
        fees = fund.flow("fees", x["upfront_fee"] * lent, "Fees at disbursement")
        finished = fund.count("loans_finished",
                              alive * (number_so_far.lag(tenor) - number_so_far.lag(tenor + 1)),
                              "Loans repaid in full", "flow")  # fmt: skip
    with m.section("Arrears"):
        stopped_number = fund.count("stopped_number", stops * running.previous, "Loans that stop",
                                    "flow")  # fmt: skip
        late = _arrears(fund, stopped, stopped_number)
        number = fund.count("loans_outstanding", running + late["number"],
                            "Loans outstanding, number")  # fmt: skip
        gross = fund.stock("gross_loans", balance + late["arrears"], "Loans outstanding")
        m.ratio("par30", late["par30_amount"], gross, label="PAR30")
        provision, impairment = _provision(fund, late["stopped_so_far"], late["written_off"])
    with m.section("Members in turn"):
        _queue(fund, made, finished, later)
    return Lines(index, later, number, balance, gross, provision, made, lent, interest, principal,
                 fees, late["written_off"], impairment, late["recovered"])  # fmt: skip


def _instalments(
    fund: Fund, paying: Line, balance: Line, stopped: Line, tenor: Result, rate: Result
) -> tuple[Line, Line]:
    """Interest and principal that members pay."""
    m = fund.model
    owed = balance.previous - stopped
    charged = rate * (paying if fund.choices["method"] == "flat" else owed)
    interest = fund.flow("interest", charged, "Interest from members")
    if fund.choices["method"] == "equal_instalments":
        some = where(rate > 0, rate, 1)
        level = m.result("instalment_share", "1",
                         where(rate > 0, rate + rate / ((1 + some) ** tenor - 1), 1 / tenor),
                         label="Instalment, share of the loan")  # fmt: skip
        due = paying * level - interest
    else:
        due = paying / tenor
    return interest, fund.flow("principal", due, "Principal from members")


def _arrears(fund: Fund, stopped: Line, stopped_number: Line) -> dict[str, Line]:
    """What has stopped paying, by age, until it is written off; and what is recovered later."""
    m, x = fund.model, fund.x
    a_period = x["days_per_year"] / m.per_year
    default = m.result("default_periods", "period", ceiling(x["default_days"] / a_period),
                       label="Periods from the unpaid instalment to default")  # fmt: skip
    end = m.result("write_off_periods", "period",
                   maximum(default, ceiling(x["write_off_days"] / a_period)),
                   label="Periods from the unpaid instalment to the write-off")  # fmt: skip
    par = m.result("par_periods", "period", floor(x["par_days"] / a_period) + 1,
                   label="Periods until more than 30 days late")  # fmt: skip
    wait = m.result("recovery_periods", "period", fund.periods(x["recovery_months"]),
                    label="Periods from write-off to recovery")  # fmt: skip
    so_far = m.cumulative("stopped_so_far", stopped, label="Principal of loans stopped so far")
    number = m.cumulative("stopped_number_so_far", stopped_number, label="Loans stopped so far")
    written_off = fund.flow("written_off", stopped.lag(end), "Written off")
    fund.flow("defaulted", stopped.lag(default), "Principal of loans that default (90 days)")
    return {
        "stopped_so_far": so_far,
        "written_off": written_off,
        "arrears": fund.stock("arrears", so_far - so_far.lag(end),
                              "Principal of loans in arrears"),
        "number": fund.count("arrears_number", number - number.lag(end), "Loans in arrears"),
        "par30_amount": fund.stock("par30_amount", so_far.lag(par) - so_far.lag(end),
                                   "Principal more than 30 days late"),
        "recovered": fund.flow("recovered", x["recovery"] * stopped.lag(end + wait),
                               "Recovered of what was written off"),
    }  # fmt: skip


def _provision(fund: Fund, so_far: Line, written_off: Line) -> tuple[Line, Line]:
    """The provision that the scale asks for, and the expense: its rise and what is written off.

    Each step of the scale adds its difference for what is that old; all of it goes with the loan.
    """
    m, x = fund.model, fund.x
    end = m["write_off_periods"]
    wanted: Expr = x[SCALE[0]] * so_far.previous
    after = ("par_days", "days_60", "days_90", "days_180")
    for before, name, days in zip(SCALE, SCALE[1:], after, strict=False):
        first = m.result(f"{name}_periods", "period",
                         minimum(end, floor(x[days] * m.per_year / x["days_per_year"]) + 1),
                         label=Label("Periods until: {label}", x[name].text.label))  # fmt: skip
        wanted = wanted + (x[name] - x[before]) * so_far.lag(first)
    provision = fund.stock("provision", wanted - x[SCALE[-1]] * so_far.lag(end),
                           "Provision for loans in arrears")  # fmt: skip
    expense = fund.flow("provision_expense", provision - provision.previous + written_off,
                        "Provision expense")  # fmt: skip
    return provision, expense


def _queue(fund: Fund, made: Line, finished: Line, later: Line) -> None:
    """Members who wait: those without a loan so far come first, then those who have repaid."""
    m, x = fund.model, fund.x
    joined = fund.count("members_joined",
                        where(later > 0, x["joining_per_year"] / m.per_year, x["waiting_members"]),
                        "Members who join the queue", "flow")  # fmt: skip
    returned = fund.count("members_returned", x["return_share"] * finished,
                          "Members who queue again", "flow")  # fmt: skip
    new = fund.count("waiting_new", None, "Waiting for a first loan")
    again = fund.count("waiting_again", None, "Waiting for another loan")
    turn = fund.count("first_in_turn", floor(new.previous + joined),
                      "Whole members who want a first loan")  # fmt: skip
    fund.count("in_turn", turn + floor(again.previous + returned), "Whole members who want a loan")
    first = fund.count("first_loans", minimum(made, turn), "First loans", "flow")
    new.set(new.previous + joined - first)
    again.set(again.previous + returned - (made - first))


# -- cash --------------------------------------------------------------------------------------


def _cash(fund: Fund, lines: Lines, size: Line) -> None:
    m, x = fund.model, fund.x
    start = 1 - lines.later
    with m.section("Capital"):
        paid_in = fund.flow("paid_in", (x["grant"] + x["share_capital"]) * start, "Capital paid in")
        borrowed = fund.flow("soft_loan_drawn", x["soft_loan"] * start, "Soft loan drawn")
        tenor = m.result("soft_loan_tenor_periods", "period",
                         fund.periods(x["soft_loan_tenor_months"]),
                         label="Tenor of the soft loan in periods")  # fmt: skip
        grace = m.result("soft_loan_grace_periods", "period",
                         minimum(tenor - 1, fund.periods(x["soft_loan_grace_months"])),
                         label="Its grace in periods",
                         note="leaves an instalment at least")  # fmt: skip
        debt = fund.stock("soft_loan_balance", None, "Soft loan outstanding")
        debt_interest = fund.flow("soft_loan_interest",
                                  debt.previous * (x["soft_loan_rate"] / m.per_year),
                                  "Interest on the soft loan")  # fmt: skip
        repaid = fund.flow("soft_loan_principal",
                           x["soft_loan"] / (tenor - grace)
                           * ((m.period > grace) & (m.period <= tenor)),
                           "Principal of the soft loan")  # fmt: skip
        debt.set(debt.previous + borrowed - repaid)
    with m.section("Members' savings"):
        savings = fund.stock("savings", None, "Members' savings")
        deposits = fund.flow("savings_deposits",
                             fund.months(x["savings_deposit"]) * m["loans_paying"].previous,
                             "Saved by borrowers")  # fmt: skip
        withdrawn = fund.flow("savings_withdrawals",
                              savings.previous * (x["savings_withdrawn"] / m.per_year),
                              "Savings withdrawn")  # fmt: skip
        savings_interest = fund.flow("savings_interest",
                                     savings.previous * (x["savings_rate"] / m.per_year),
                                     "Interest on savings")  # fmt: skip
        savings.set(savings.previous + deposits - withdrawn)
    running, given = _costs(fund, lines)
    with m.section("Cash"):
        cash = fund.stock("cash", None, "Cash")
        idle = fund.flow("idle_interest",
                         maximum(0, cash.previous) * (x["idle_rate"] / m.per_year),
                         "Interest on idle cash")  # fmt: skip
        received = fund.flow(
            "received", paid_in + borrowed + given + lines.interest + lines.principal
            + lines.recovered + deposits + idle, "Received before new loans")  # fmt: skip
        paid = fund.flow("paid", debt_interest + repaid + running + savings_interest + withdrawn,
                         "Paid before new loans")  # fmt: skip
        in_hand = fund.stock("cash_in_hand", cash.previous + received - paid,
                             "Cash in hand before new loans")  # fmt: skip
        kept = fund.stock("cash_kept", x["reserve"] + x["reserve_of_savings"] * savings,
                          "Cash that is kept")  # fmt: skip
        one = fund.stock("cash_per_loan",
                         size * (1 - x["upfront_fee"]) + x["cost_per_loan_made"] * lines.index,
                         "Cash that a new loan takes")  # fmt: skip
        able = fund.count("affordable", maximum(0, floor((in_hand - kept) / one)),
                          "Whole loans that cash allows")  # fmt: skip
        lines.made.set(minimum(able, m["in_turn"]))
        cash.set(in_hand - lines.made * one)
        stuck = (able < 1) & (m["in_turn"] >= 1) & (lines.balance <= 0)
        ended = m.rate(
            "exhausted", "1", (in_hand < 0) | stuck,
            label="1 where the fund cannot pay, or neither lend nor collect",
        )  # fmt: skip
    with m.section("Results"):
        m.result("exhausted_period", "period", ended.first(), label="Period of exhaustion")
        m.result("survives", "1", 1 - ended.highest(), label="1 if the fund survives")
        m.result("cash_lowest", fund.currency, in_hand.lowest(),
                 label="Lowest cash in hand before new loans")  # fmt: skip


def _costs(fund: Fund, lines: Lines) -> tuple[Line, Line]:
    """Running cost and the grant towards it; the cost of making loans beside them."""
    m, x = fund.model, fund.x
    with m.section("Operating cost"):
        officers = fund.count("officers", ceiling(lines.number.previous / x["caseload"]),
                              "Loan officers")  # fmt: skip
        fixed = fund.months(x["fixed_cost"]) * lines.index * lines.later
        officer = fund.months(x["officer_cost"]) * lines.index
        each = x["cost_per_loan"] / m.per_year * lines.index
        share = x["cost_of_portfolio"] / m.per_year
        running = fund.flow("running_cost", fixed + officers * officer
                            + lines.number.previous * each + lines.gross.previous * share,
                            "Running cost")  # fmt: skip
        making = fund.flow("making_cost", lines.made * x["cost_per_loan_made"] * lines.index,
                           "Cost of making loans")  # fmt: skip
        fund.flow("operating_cost", running + making, "Operating cost (management)")
        given = fund.flow("operating_grant_received",
                          fund.months(x["operating_grant"]) * lines.later,
                          "Grant towards running cost")  # fmt: skip
    return running, given


def _checks(fund: Fund, lines: Lines) -> None:
    """What must hold every period."""
    m = fund.model
    with m.section("Identity"):
        income = fund.flow("income", lines.interest + lines.fees + m["idle_interest"],
                           "Operating income", "interest, fees, interest on idle cash")  # fmt: skip
        financial = fund.flow("financial_cost", m["soft_loan_interest"] + m["savings_interest"],
                              "Financial cost")  # fmt: skip
        gained = fund.flow(
            "gained", income + lines.recovered + m["operating_grant_received"]
            - m["operating_cost"] - financial - lines.written_off,
            "Income and recoveries less costs and write-offs")  # fmt: skip
        capital = m.cumulative("paid_in_so_far", m["paid_in"], label="Capital paid in so far")
        kept = m.cumulative("gained_so_far", gained, label="Gained so far")
        sources = fund.stock("sources", capital + m["soft_loan_balance"] + m["savings"] + kept,
                             "Capital, borrowings, savings and what was gained")  # fmt: skip
        lent = m.cumulative("lent_so_far", lines.lent, label="Lent so far")
    m.check("cash and loans are what was paid in, borrowed, saved and gained",
            m["cash"] + lines.gross - sources, lent)  # fmt: skip
    m.check("loans take only cash in hand",
            maximum(0, m["cash_kept"] - m["cash"]) * minimum(1, lines.made), lent)  # fmt: skip
    m.check("nothing is owed where no instalment is to come",
            where(m["loans_paying"] > 0, 0, lines.balance), lent)  # fmt: skip
