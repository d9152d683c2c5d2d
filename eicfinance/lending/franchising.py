"""Franchising: the loan is the bank's, an MFI makes and collects it for fees.

The MFI is paid a share of what is disbursed and a share of what is recovered in instalments. It may
stand for the first loss, up to a share of the loan. A loan of 100,000 THB with 2% on disbursement
and 3% on instalments of 106,619 brings the MFI 5,199 THB; with a first-loss share of 8% it may lose
8,000. Fits where the MFI is near the borrowers but has no money of its own to lend, nor credit with
banks (ADBI manual, 3.d.4). Next of kin is on-lending, where the MFI borrows and bears all losses.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, TERM, Deal, Party, Scheme
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x = deal.x
    loan = deal.loan("bank", x["rate"])
    deal.transfer("bank", "mfi", "fee", "fee_on_disbursement", x["disbursement_fee"]
                  * loan.drawdown)  # fmt: skip
    deal.transfer("bank", "mfi", "fee", "fee_on_recovery", x["recovery_fee"]
                  * (loan.principal + loan.interest))  # fmt: skip
    lost = deal.default(loan, "bank")
    borne = deal.stand_in("mfi", "bank", lost, "first_loss_paid",
                          limit=x["first_loss"] * loan.amount)  # fmt: skip
    deal.recovery(lost, "bank", ("mfi", borne))
    deal.running_cost("mfi", loan)


SCHEME = Scheme(
    name="franchising",
    title="Franchising: bank's loan through an MFI",
    parties=(Party("bank", "Bank", "lender"), Party("mfi", "MFI", "lender")),
    choices=(INTERVAL,),
    figures=(
        *TERM,
        Figure("disbursement_fee", "1", 0.02, "Fee to the MFI, share of what is disbursed",
               0, 0.05, 0, 0.5, source="assumption: fee levels were never published"),
        Figure("recovery_fee", "1", 0.03, "Fee to the MFI, share of instalments recovered",
               0, 0.10, 0, 0.5, source="assumption: fee levels were never published"),
        Figure("first_loss", "1", 0.05, "First loss that the MFI stands for, share of the loan",
               0, 0.10, 0, 1, source="cap of 5% since RBI 2023; 8% in ICICI's SHARE deal of 2004"),
        *COMMON,
    ),
    fits="an MFI that is near the borrowers but has neither money to lend nor credit with banks",
    build=build,
)  # fmt: skip
