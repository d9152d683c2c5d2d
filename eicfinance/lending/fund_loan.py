"""Revolving fund: a members' fund lends, and lends again what comes back.

Seen from one loan: the state (or a donor) gives the fund its capital, the member repays the fund,
and the interest is meant to cover the cost of management by design (ADBI manual, 3.d.4). 100,000
THB at 6% over three years bring 9,519 THB of interest; at a cost of 4% of the balance a year the
management takes 6,300. How long a fund lives with whole loans, defaults and inflation is the matter
of `eicfinance fund`. Fits members who can wait their turn. Next of kin is the soft loan, where a
bank stands between.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, STATE, TERM, Deal, Party, Scheme
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x, m = deal.x, deal.model
    loan = deal.loan("fund", x["member_rate"])
    given = m.result("capital_given", deal.currency, x["capital_granted"] * loan.amount,
                     label="Capital of the fund behind this loan: given")  # fmt: skip
    deal.transfer(STATE, "fund", "subsidy", "fund_capital", given * deal.lent_share(), sure=True)
    deal.credit("capital_loan", STATE, "fund", loan.amount - given, rate=x["capital_rate"],
                tenor=x["tenor_months"], grace=x["grace_months"],
                title="Capital lent to the fund")  # fmt: skip
    deal.costs("fund", "management", loan.balance.previous * x["management_cost"] / m.per_year,
               "Management of the fund", "running")  # fmt: skip
    lost = deal.default(loan, "fund")
    deal.recovery(lost, "fund")
    deal.running_cost("fund", loan)


SCHEME = Scheme(
    name="revolving_fund",
    title="Revolving fund",
    parties=(Party("fund", "Fund", "public"),),
    choices=(INTERVAL,),
    figures=(
        *(figure for figure in TERM if figure.name != "rate"),
        Figure("member_rate", "1/year", 0.06, "Interest rate to members", 0.02, 0.15, 0, 5,
               source="assumption; covers management by design"),
        Figure("capital_granted", "1", 1, "Of the fund's capital, given and not lent", 0, 1, 0, 1),
        Figure("capital_rate", "1/year", 0.01, "Interest rate on capital lent to the fund", 0,
               0.04, 0, 5),
        Figure("management_cost", "1/year", 0.04, "Management, share of the balance", 0.02, 0.10,
               0, 5),
        *COMMON,
    ),
    fits="members who can wait their turn, and a giver of capital",
    build=build,
)  # fmt: skip
