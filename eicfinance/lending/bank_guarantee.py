"""Bank guarantee: a guarantor pays the bank a share of what is lost, for a fee on the balance.

With a cover of 70% a loss of 10,000 THB costs the guarantor 7,000 and the bank 3,000; what is
recovered later is shared likewise. A cover of 0 changes nothing but the fee. Fits a borrower who
could pay but lacks collateral. Next of kin is franchising, whose first loss an MFI bears.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, TERM, USER, Deal, Party, Scheme
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x = deal.x
    loan = deal.loan("bank", x["rate"])
    deal.transfer(USER, "guarantor", "fee", "guarantee_fee_paid", loan.balance.previous
                  * x["guarantee_fee"] / deal.model.per_year)  # fmt: skip
    lost = deal.default(loan, "bank")
    borne = deal.stand_in("guarantor", "bank", lost, "guarantee_paid", share=x["cover"])
    deal.recovery(lost, "bank", ("guarantor", borne))
    deal.running_cost("bank", loan)


SCHEME = Scheme(
    name="bank_guarantee",
    title="Bank loan with a guarantee",
    parties=(Party("bank", "Bank", "lender"), Party("guarantor", "Guarantor", "public")),
    choices=(INTERVAL,),
    figures=(
        *TERM,
        Figure("guarantee_fee", "1/year", 0.0175, "Guarantee fee on the balance", 0, 0.03, 0, 0.5,
               source="Thai Credit Guarantee Corporation: 1.75% normally"),
        Figure("cover", "1", 0.7, "Share of the loss that the guarantor bears", 0.3, 0.8, 0, 1,
               source="assumption; TCG caps claims at 37-42% of a portfolio (2025)"),
        *COMMON,
    ),
    fits="a borrower who could pay but lacks collateral",
    build=build,
)  # fmt: skip
