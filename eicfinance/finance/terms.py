"""What a user may say about the finance of a project: the declarations of loan, grant and tax."""

from __future__ import annotations

from eicfinance.portfolio.declare import GIVEN, NOT_GIVEN, Choice, Declaration, Figure, Season

PREMIUM = Figure("tariff_premium", "THB/kWh", 0, "Tariff premium that the public pays on energy")
RESERVED = ("reserve_funding", "closing", "cash_flow")
FINANCE = Declaration(
    name="finance",
    title="Finance",
    choices=(
        Choice("cfads", ("after_tax", "before_tax"), "after_tax",
               "Cash available for debt service is taken after or before tax"),
        Choice("drawdown", ("pro_rata", "equity_first"), "pro_rata",
               "Loans are drawn as capital cost is invoiced, or after the owner's money, in order"),
        Choice("depreciation", ("straight_line", "declining", "custom"), "straight_line",
               "Evenly; or falling, a multiple of that on what is left until the rest evenly is "
               "more; or the shares by year of operation that depreciation_shares lists"),
        Choice("grant_basis", ("reduces", "keeps"), "reduces",
               "Grants reduce the depreciable basis, or keep it at the capital cost"),
        Choice("replacement_reserve", ("none", "level"), "none",
               "Replacements are paid from cash when due, or from a reserve built up evenly"),
        Choice("reserve_funding", ("none", "closing", "cash_flow"), "none",
               "Debt service reserve account: paid in at closing, or from the cash flow"),
    ),
    figures=(
        Figure("depreciation_years", "year", 10, "Depreciation over", 5, 20, 1, 50,
               source="assumption; Thai Revenue Department: machinery at most 20% a year",
               when=("depreciation", "straight_line", "declining"), decision=True),
        Figure("declining_factor", "1", 2, "Declining depreciation, multiple of straight line",
               1.5, 2, 1, 5, when=("depreciation", "declining"), decision=True),
        Figure("holiday_years", "year", None, "Tax holiday from commissioning", 3, 8, 0, 50,
               source="Thai Investment Promotion Act s. 31: at most 8 years", optional=True,
               decision=True),
        Figure("holiday_cap", "1", None, "Tax exempted in all, at most this share of capital cost",
               0.5, 1, 0, 10, optional=True, decision=True,
               source="Thai BOI: at most the investment without land and working capital"),
        Figure("operating_reserve_months", "month", None,
               "Reserve for operating cost, months of it", 1, 6, 0, 60, optional=True,
               decision=True),
        Figure("set_aside_interest", "1/year", 0,
               "Interest on reserves for replacements and operating cost", 0, 0.03, 0, 0.5),
        Figure("reserve_months", "month", 6, "Debt service to come that the reserve covers", 3, 12,
               0, 60, source="assumption: six months are usual in project finance",
               when=RESERVED, decision=True),
        Figure("promoter_share", "1", None, "Promoter's cash, this project's share", 0, 1, 0, 1,
               optional=True, decision=True),
        Figure("host_share", "1", None, "Host's free cash and collateral, this project's share",
               0, 1, 0, 1, optional=True, decision=True),
        Figure("sponsor_support", "THB", 0, "Sponsor pays missing debt service, at most in all",
               source="assumption: none is promised"),
        Figure("recovery_share", "1", 0, "Recovered after default beside collateral, share of "
               "what it leaves", 0, 0.5, 0, 1, source="assumption: nothing"),
        Figure("guarantee_share", "1", 0, "Guarantor pays, share of the loss", least=0, most=1,
               source="assumption: no guarantee; Thai Credit Guarantee Corporation: claims of "
               "37-42% of a portfolio"),
        Figure("reserve_interest", "1/year", 0, "Interest that the reserve earns, after tax",
               0, 0.02, 0, 0.99, when=RESERVED),
    ),
)  # fmt: skip
AMORTISING = ("repayment", "equal_instalments", "equal_principal", "seasonal")
SCHEDULED = (*AMORTISING, "bullet")
FIXED, FLOATING = ("reference", NOT_GIVEN), ("reference", GIVEN)
LOAN = Declaration(
    name="loan",
    title="Term loan",
    choices=(
        Choice("size", ("share", "amount", "dscr"), "share",
               "The loan's size is given, or found from the cash that can serve it"),
        Choice("sized_on", ("minimum", "average"), "minimum",
               "Which DSCR meets the target, where the size is found"),
        Choice("repayment",
               ("equal_instalments", "equal_principal", "seasonal", "sculpted", "bullet"),
               "equal_instalments", "How it is repaid"),
        Choice("grace", ("inside_tenor", "before_tenor"), "inside_tenor",
               "The grace counts inside the tenor, or the tenor begins after it"),
        Choice("interest_during_construction",
               ("paid", "capitalised", "capitalised_in_grace", "prefunded"), "paid",
               "Interest until the plant is built (or the end of grace) is paid by the owner, "
               "drawn from the loan, or paid from a reserve that is raised at closing"),
    ),
    figures=(
        Figure("share", "1", None, "Loan, share of capital cost less grants (at most)", 0.3, 0.9,
               0, 1, when=("size", "share", "dscr")),
        Figure("target_dscr", "1", 1.3, "Target DSCR", 1.1, 2.0, 1, 10, when=("size", "dscr")),
        Figure("target_llcr", "1", None, "Target LLCR at commissioning", 1.2, 2.0, 1, 10,
               when=("size", "dscr"), optional=True),
        Figure("amount", "THB", None, "Loan", when=("size", "amount")),
        Figure("rate", "1/year", None, "Interest rate", 0.01, 0.15, 0, 0.99, when=FIXED),
        Figure("margin", "1/year", None, "Margin over the reference rate", -0.03, 0.05, -0.5,
               0.5, when=FLOATING),
        Figure("tenor_months", "month", None, "Tenor from closing, grace in it unless before",
               12, 120, 1, 600),
        Figure("grace_months", "month", 0, "Grace on principal from closing; interest is paid",
               0, 24, 0, 240),
        Figure("balloon", "1", 0, "Balloon: share of what was drawn that is due at the end",
               0, 0.5, 0, 1, when=AMORTISING),
        Figure("upfront_fee", "1", 0, "Upfront fee, share of the loan", 0, 0.02, 0, 0.2,
               source="assumption: none; Bangkok Bank Bualuang Green has 0.5%"),
        Figure("appraisal_fee", "THB", 0, "Appraisal fee at closing"),
        Figure("commitment_fee", "1/year", 0, "Commitment fee on what is not drawn yet", 0, 0.01,
               0, 0.2),
        Figure("guarantee_fee", "1/year", 0, "Guarantee fee on the balance", 0, 0.02, 0, 0.2,
               source="assumption: none; Thai Credit Guarantee Corporation: 1.75% normally"),
        Figure("prepayment_year", "year", None, "Prepaid at the end of this project year", 2, 10,
               1, 50, when=SCHEDULED, optional=True),
        Figure("prepayment_share", "1", None, "Prepaid, share of what is owed then", 0.1, 1, 0,
               1, when=SCHEDULED, optional=True),
        Figure("prepayment_fee", "1", None, "Prepayment fee, share of what is prepaid", 0, 0.03,
               0, 0.2, when=SCHEDULED, optional=True),
    ),
    seasons=(
        Season("instalments", "Principal due by month (repayment: seasonal)"),
    ),
)  # fmt: skip
REFERENCE = Declaration(
    name="reference_rate",
    title="Reference rate (one of reference_rates, under economy)",
    figures=(
        Figure("rate", "1/year", None, "Reference rate", 0.01, 0.10, 0, 0.99),
    ),
)  # fmt: skip
STEP = Declaration(
    name="rate_step",
    title="Step of a rate (one of rate_steps)",
    figures=(
        Figure("from_year", "year", None, "From this project year on", 2, 10, 2, 50),
        Figure("rate", "1/year", None, "Interest rate", 0.01, 0.15, 0, 0.99),
    ),
)  # fmt: skip
GRANT = Declaration(
    name="grant",
    title="Grant",
    figures=(
        Figure("share", "1", None, "Grant, share of capital cost", 0, 0.5, 0, 1,
               optional=True),
        Figure("amount", "THB", None, "Grant", optional=True),
        Figure("lag_months", "month", 6, "Paid after commissioning", 0, 12, 0, 60,
               source="assumption: reimbursed after inspection"),
    ),
)  # fmt: skip
COMMITTED = Declaration(
    name="committed_source",
    title="Committed source (one of committed_sources): signed, not the requested loan",
    figures=(
        Figure("amount", "THB", None, "Committed amount"),
        Figure("from_month", "month", 0, "Available from this month after closing", 0, 12, 0, 120,
               source="assumption: its conditions are met at closing"),
    ),
)  # fmt: skip
