"""Government soft-loan fund: the state lends to the bank cheaply, the bank on at a capped rate.

The bank keeps the margin and bears the losses; the public pays the difference between its own cost
of borrowing and the fund's rate. 100,000 THB for a year at 0.5% where the state pays 2.5% costs the
public about 1,100 THB. Fits a purpose that the public wants and banks know too little (Thailand's
energy efficiency revolving fund of 2003 to 2011). Next of kin is on-lending, at market rates.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, STATE, TERM, Deal, Party, Scheme
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x = deal.x
    loan = deal.loan("bank", x["soft_rate"])
    deal.credit("refinance", STATE, "bank", x["refinanced_share"] * loan.amount,
                rate=x["fund_rate"], tenor=x["tenor_months"], grace=x["grace_months"],
                title="Fund's loan")  # fmt: skip
    lost = deal.default(loan, "bank")
    deal.recovery(lost, "bank")
    deal.running_cost("bank", loan)


SCHEME = Scheme(
    name="soft_loan",
    title="Government soft-loan fund through a bank",
    parties=(Party("bank", "Bank", "lender"),),
    choices=(INTERVAL,),
    figures=(
        *(figure for figure in TERM if figure.name != "rate"),
        Figure("soft_rate", "1/year", 0.04, "Interest rate to the user", 0.02, 0.06, 0, 5,
               source="Thai EERF (ENCON fund): banks charge at most 4%"),
        Figure("fund_rate", "1/year", 0.005, "Interest rate of the fund to the bank", 0, 0.02,
               0, 5, source="Thai EERF (ENCON fund): 0-0.5%"),
        Figure("refinanced_share", "1", 1, "Of the loan, lent by the fund", 0.5, 1, 0, 1),
        *COMMON,
    ),
    fits="a purpose that the public wants and banks know too little",
    build=build,
)  # fmt: skip
