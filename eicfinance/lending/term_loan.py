"""Term loan: a bank lends to the user; the plain case against which the others are compared.

100,000 THB at 12% over twelve months: 8,885 THB a month. The bank carries all of the loss. Fits a
borrower whom a bank can judge itself; next of kin is on-lending, where an MFI stands between.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, TERM, Deal, Party, Scheme


def build(deal: Deal) -> None:
    x = deal.x
    loan = deal.loan("bank", x["rate"])
    lost = deal.default(loan, "bank")
    deal.recovery(lost, "bank")
    deal.running_cost("bank", loan)


SCHEME = Scheme(
    name="term_loan",
    title="Term loan",
    parties=(Party("bank", "Bank", "lender"),),
    choices=(INTERVAL,),
    figures=(*TERM, *COMMON),
    fits="a borrower whom a bank can judge itself",
    build=build,
)
