"""On-lending: a bank lends to an MFI, which lends the same money on at its own rate and risk.

The MFI repays the bank whether or not its borrowers repay. 100,000 THB borrowed at 6.62% and lent
on at 15% for a year leaves the MFI about 4,500 THB of interest to bear its cost and losses. Fits an
MFI with a balance sheet that a bank accepts. Next of kin is franchising, where the loan stays the
bank's.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, TERM, Deal, Party, Scheme
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x = deal.x
    loan = deal.loan("mfi", x["mfi_rate"])
    deal.credit("wholesale", "bank", "mfi", x["wholesale_share"] * loan.amount,
                rate=x["rate"], tenor=x["tenor_months"], grace=x["grace_months"],
                title="Wholesale loan")  # fmt: skip
    lost = deal.default(loan, "mfi")
    deal.recovery(lost, "mfi")
    deal.running_cost("mfi", loan)


SCHEME = Scheme(
    name="on_lending",
    title="On-lending: bank to MFI to user",
    parties=(Party("bank", "Bank", "lender"), Party("mfi", "MFI", "lender")),
    choices=(INTERVAL,),
    figures=(
        *TERM,
        Figure("mfi_rate", "1/year", 0.15, "Interest rate of the MFI", 0.10, 0.33, 0, 5,
               source="assumption; Thai nano-finance: 33% at most, to be verified by the user"),
        Figure("wholesale_share", "1", 0.9, "Of the loan, borrowed from the bank", 0, 1, 0, 1),
        *COMMON,
    ),
    fits="an MFI whose balance sheet a bank accepts",
    build=build,
)  # fmt: skip
