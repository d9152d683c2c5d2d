"""What a revolving fund comes to: value, reach, turns, self-sufficiency, the borrower's rate.

OSS = operating income / (operating + financial cost + provision expense less recoveries); FSS adds
to the cost what the soft loan saves against the market rate, inflation on net worth, and what is
given in kind. SDI = S / interest and fees, S = A (m - c) + E m - P + K (Yaron 1992).

A fund that lends 500,000 at 22%, has 200,000 of net worth and 40,000 of profit, market rate 10%:
S = 200,000 x 10% - 40,000 = -20,000, SDI -18%; 22% x (1 - 0.18) = 18% would do without subsidy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, maximum, ratio
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from eicfinance.lending.fund_terms import Fund


def fund_results(fund: Fund) -> None:
    """Writes what the fund comes to, after its loans and cash (revolving_fund.py)."""
    _value(fund)
    _self_sufficiency(fund)
    _borrower(fund)


def _value(fund: Fund) -> None:
    """What the fund is worth, whom it reached, how often the capital turned."""
    m, x, money = fund.model, fund.x, fund.currency
    with m.section("Value of the fund"):
        worth = fund.stock(
            "net_worth", m["cash"] + m["gross_loans"] - m["provision"] - m["soft_loan_balance"]
            - m["savings"], "Net worth", "loans less provision, less what is owed")  # fmt: skip
        real = fund.stock("real_value", worth / (1 + x["inflation"]) ** (m.period / m.per_year),
                          "Real value of the fund", "in money of the start")  # fmt: skip
        at_end = fund.flow("real_value_at_end", real * m.last, "The same at the end")
        in_time = fund.count("first_loans_in_time",
                             m["first_loans"] * (m.period <= x["target_years"] * m.per_year),
                             "First loans within the target's years", "flow")  # fmt: skip
    with m.section("Results"):
        capital = m.result("capital", money, x["grant"] + x["share_capital"],
                           label="Capital paid in")  # fmt: skip
        m.result("loans_made_total", "1", m["loans_made"].sum(), label="Loans made in all")
        m.result("borrowers_reached", "1", m["first_loans"].sum(), label="Borrowers reached")
        m.result("borrowers_in_time", "1", in_time.sum(),
                 label="Borrowers reached within the target's years")  # fmt: skip
        m.result("lent_total", money, m["lent"].sum(), label="Lent in all")
        m.result("capital_turns", "1", ratio(m["lent"].sum(), capital + x["soft_loan"]),
                 label="Turns of the capital", note="lent / capital and soft loan")  # fmt: skip
        end = m.result("real_value_end", money, at_end.sum(), label="Real value at the end")
        m.result("real_value_share", "1", ratio(end, capital),
                 label="Real value at the end, share of capital paid in")  # fmt: skip
        m.result("par30_highest", "1", m["par30"].highest(), label="PAR30, highest")
        m.result("written_off_total", money, m["written_off"].sum(), label="Written off in all")


def _self_sufficiency(fund: Fund) -> None:
    """OSS, FSS and the Subsidy Dependence Index (Yaron 1992), over all years; interest against
    management cost. Balances count as they stood at the start of each period."""
    m, x = fund.model, fund.x
    income, operating = m["income"], m["operating_cost"]
    worth, debt = m["net_worth"], m["soft_loan_balance"]
    cheaper = x["market_rate"] - x["soft_loan_rate"]
    with m.section("Self-sufficiency"):
        loss = fund.flow("impairment", m["provision_expense"] - m["recovered"],
                         "Provision expense less recoveries")  # fmt: skip
        cost = fund.flow("total_cost", operating + m["financial_cost"] + loss, "Cost",
                         "operating, financial, provision less recoveries")  # fmt: skip
        profit = fund.flow("profit", income + m["operating_grant_received"] - cost, "Profit")
        cheap = fund.flow("subsidy_on_funds", debt.previous * maximum(0, cheaper) / m.per_year,
                          "What the soft loan saves against the market rate")  # fmt: skip
        worn = fund.flow("inflation_adjustment",
                         maximum(0, worth.previous) * x["inflation"] / m.per_year,
                         "Inflation on net worth")  # fmt: skip
        given = fund.months(x["in_kind_cost"]) * m["price_index"] * m["after_start"]
        in_kind = fund.flow("in_kind", given, "Given in kind")
        adjusted = fund.flow("adjusted_cost", cost + cheap + worn + in_kind, "Adjusted cost")
        subsidy = fund.flow(
            "subsidy", debt.previous * cheaper / m.per_year
            + worth.previous * x["market_rate"] / m.per_year - profit
            + m["operating_grant_received"] + in_kind, "Subsidy (Yaron's S)")  # fmt: skip
        earned = fund.flow("portfolio_income", m["interest"] + m["fees"], "Interest and fees")
        lent = fund.stock("gross_loans_before", m["gross_loans"].previous,
                          "Loans outstanding a period before")  # fmt: skip
        a_year = [m.cumulative(f"{name}_so_far", line,
                               label=Label("{label} so far", line.text.label))
                  for name, line in (("interest", m["interest"]), ("cost", operating))]  # fmt: skip
        over, under = (row - row.lag(m.per_year) for row in a_year)
        m.ratio("interest_over_cost", over, under,
                label="Interest / operating cost, trailing twelve months")  # fmt: skip
    with m.section("Results"):
        m.result("oss", "1", ratio(income.sum(), cost.sum()),
                 label="Operational self-sufficiency (OSS)")  # fmt: skip
        m.result("fss", "1", ratio(income.sum(), adjusted.sum()),
                 label="Financial self-sufficiency (FSS)")  # fmt: skip
        sdi = m.result("sdi", "1", ratio(subsidy.sum(), earned.sum()),
                       label="Subsidy Dependence Index (SDI)")  # fmt: skip
        yields = m.result("portfolio_yield", "1/year", ratio(earned.sum() * m.per_year, lent.sum()),
                          label="Yield of the portfolio")  # fmt: skip
        m.result("yield_without_subsidy", "1/year", yields.or_else(0) * (1 + sdi.or_else(0)),
                 label="Yield at which no subsidy is needed", note="yield x (1 + SDI)")  # fmt: skip
        m.result("interest_over_operating_cost", "1", ratio(m["interest"].sum(), operating.sum()),
                 label="Interest income / management cost")  # fmt: skip
        m.result("interest_covers_cost", "1", m["interest"].sum() >= operating.sum(),
                 label="1 if interest income covers management cost")  # fmt: skip


def _borrower(fund: Fund) -> None:
    """What one loan costs its borrower, fee included: EIR compounded and APR."""
    m, x = fund.model, fund.x
    tenor, rate, size = m["tenor_periods"], m["rate_per_period"], x["loan_size"]
    due = (m.period > 0) & (m.period <= tenor)
    match fund.choices["method"]:
        case "equal_instalments":
            share: Expr = m["instalment_share"]
        case "equal_principal":
            share = (1 + rate * (tenor - m.period + 1)) / tenor
        case _:
            share = 1 / tenor + rate
    with m.section("One loan"):
        got = (1 - x["upfront_fee"]) * (1 - m["after_start"])
        flow = fund.flow("borrower_flow", size * got - size * share * due,
                         "Cash of a borrower", "one loan, made at the start")  # fmt: skip
    with m.section("Results"):
        eir = m.result("eir", "1/year", flow.irr(), label="Borrower's EIR compounded")
        once = (1 + eir.or_else(0)) ** (1 / m.per_year) - 1
        apr = m.result("apr", "1/year", once * m.per_year, label="Borrower's APR")
        m.result("above_ceiling", "1", apr > x["legal_ceiling"],
                 label="1 if the APR is above the legal ceiling")  # fmt: skip
