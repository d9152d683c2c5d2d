"""Group lending: an MFI lends to members of a group who stand for each other up to a limit.

Weekly instalments at a flat rate for the whole loan; a part is withheld as savings and given back
at the end. 1,000 repaid in 50 instalments of 22 is 10% flat for the loan, an APR of 19.78%. What a
member who stops paying owes, the others pay as far as their cover goes; in expectation that moves
the loss from the MFI to the group (joint liability on distributions of losses is a matter of
correlation). A cover of 0 is individual lending. Cover may be contractual or only social: Thai
Civil Code s. 681/1 voids a guarantor bound as joint debtor, s. 686 wants notice within 60 days.
Fits borrowers without collateral who know each other. Next of kin is the self-help group.
"""

from dataclasses import replace

from eicfinance.lending.deal import COMMON, INTERVAL, USER, Deal, Party, Scheme
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x, m = deal.x, deal.model
    granted = deal.asset.grants.sum()
    loan = deal.credit("loan", "mfi", USER, x["share"] * (deal.price - granted),
                       rate=x["flat_rate_per_loan"], interest="loan",
                       count=x["instalments"])  # fmt: skip
    deal.transfer(USER, "mfi", "fee", "upfront_fee_paid",
                  x["upfront_fee"] * loan.drawdown)  # fmt: skip
    saved = x["savings"] * loan.amount
    deal.transfer(USER, "mfi", "deposit", "savings_withheld", saved * deal.lent_share())
    ends = m["loan_tenor_periods"]
    deal.transfer("mfi", USER, "deposit", "savings_returned",
                  saved * ((m.period >= ends) & (m.period <= ends)))  # fmt: skip
    lost = deal.default(loan, "mfi")
    others = x["members"] - 1
    able = m.result("cover_share", "1", x["cover_limit"] * (others > 0),
                    label="Share of the loss that the others bear")  # fmt: skip
    borne = deal.stand_in("group", "mfi", lost, "paid_by_group", share=able)
    deal.recovery(lost, "mfi", ("group", borne))
    deal.running_cost("mfi", loan)


SCHEME = Scheme(
    name="group_lending",
    title="Group lending",
    parties=(Party("mfi", "MFI", "lender"), Party("group", "Other members of the group")),
    choices=(replace(INTERVAL, default="weekly"),),
    figures=(
        Figure("share", "1", 0.7, "Loan, share of capital cost less grants", 0.3, 1, 0, 1),
        Figure("flat_rate_per_loan", "1", 0.10, "Flat rate for the whole loan", 0.05, 0.25, 0, 5,
               source="Grameen Bank: 1,000 repaid as 1,100"),
        Figure("instalments", "1", 50, "Number of instalments", 25, 104, 1, 1000,
               source="Grameen Bank: weekly over a year"),
        Figure("upfront_fee", "1", 0, "Upfront fee, share of the loan", 0, 0.03, 0, 0.99),
        Figure("savings", "1", 0.05, "Compulsory savings withheld, share of the loan", 0, 0.10,
               0, 0.99),
        Figure("members", "1", 5, "Members of a group", 3, 10, 2, 100,
               source="Grameen Bank: groups of five"),
        Figure("cover_limit", "1", 0.5, "Of a member's debt, paid by the others at most", 0, 1,
               0, 1),
        *COMMON,
    ),
    fits="borrowers without collateral who know each other",
    build=build,
)  # fmt: skip
