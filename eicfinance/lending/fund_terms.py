"""What a manager may say of a revolving fund (section `fund` of fund.yaml); its model's frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, Operand, ceiling
from eicfinance.portfolio.declare import Choice, Declaration, Figure

if TYPE_CHECKING:
    from eicfinance.model.model import Input, Line, Model, Vector

OPENCBS = "ageing of provisions as in OpenCBS; Sa-Dhan has 90% from 181 days"
FUND = Declaration(
    name="fund",
    title="Revolving fund (file fund.yaml)",
    choices=(
        Choice("method", ("equal_instalments", "equal_principal", "flat"), "equal_instalments",
               "How members repay; flat: interest on the first amount until the end"),
        Choice("default_basis", ("per_year", "per_instalment"), "per_year",
               "Default is given as a share of loans a year, or of instalments falling due"),
    ),
    figures=(
        Figure("grant", "THB", None, "Grant paid in at the start"),
        Figure("share_capital", "THB", 0, "Members' shares paid in at the start"),
        Figure("soft_loan", "THB", 0, "Soft loan to the fund, drawn at the start"),
        Figure("soft_loan_rate", "1/year", 0.02, "Interest rate of the soft loan", 0, 0.06, 0,
               0.99),
        Figure("soft_loan_grace_months", "month", 12, "Grace on its principal; interest is paid",
               0, 36, 0, 240),
        Figure("soft_loan_tenor_months", "month", 84, "Its tenor, grace included", 36, 120, 1, 600,
               source="assumption; ENCON fund for energy efficiency: 7 years"),
        Figure("loan_size", "THB", None, "Loan to a member at the start", 10_000, 300_000, 1),
        Figure("loan_growth", "1/year", 0.02, "Rise of the loan size each year", 0, 0.05, -0.5, 5,
               source="assumption: as inflation"),
        Figure("tenor_months", "month", None, "Tenor of a member's loan", 6, 60, 1, 240),
        Figure("rate", "1/year", None, "Interest rate to members", 0.05, 0.30, 0, 2),
        Figure("upfront_fee", "1", 0, "Fee at disbursement, share of the loan", 0, 0.03, 0, 0.5),
        Figure("waiting_members", "1", None, "Members who wait for a loan at the start", 20,
               1000),
        Figure("joining_per_year", "1", 0, "Members who join the queue each year", 0, 200),
        Figure("return_share", "1", 1, "Of members who have repaid, those who queue again",
               0.3, 1, 0, 1),
        Figure("default_per_year", "1/year", 0.03, "Share of loans that stop paying in a year",
               0.01, 0.08, 0, 0.95, when=("default_basis", "per_year"),
               source="assumption: 2-6% for farms, 1-3% for firms"),
        Figure("default_per_instalment", "1", 0.0025,
               "Share of instalments falling due with which a loan stops paying",
               0.001, 0.007, 0, 0.9, when=("default_basis", "per_instalment")),
        Figure("bad_year_default", "1/year", 0.20, "The same in a bad year", 0.05, 0.4, 0, 0.95),
        Figure("bad_year_chance", "1/year", 0.05, "Chance of a bad year (drought, disease)",
               0.02, 0.15, 0, 1, source="assumption: 3-8% for an outbreak of swine fever"),
        Figure("recovery", "1", 0.5, "Share of what is written off that is recovered", 0.4, 0.6,
               0, 1, source="assumption: 40-60%"),
        Figure("recovery_months", "month", 12, "Recovered so long after the write-off", 6, 30, 0,
               120),
        Figure("write_off_days", "day", 180, "Written off so long after the unpaid instalment",
               90, 365, 90, 1825),
        Figure("provision_1_to_30", "1", 0.10, "Provision for loans 1 to 30 days late", 0, 0.1, 0,
               1, source=OPENCBS),
        Figure("provision_31_to_60", "1", 0.25, "Provision, 31 to 60 days", 0.1, 0.25, 0, 1,
               source=OPENCBS),
        Figure("provision_61_to_90", "1", 0.50, "Provision, 61 to 90 days", 0.25, 0.5, 0, 1,
               source=OPENCBS),
        Figure("provision_91_to_180", "1", 0.75, "Provision, 91 to 180 days", 0.5, 0.75, 0, 1,
               source=OPENCBS),
        Figure("provision_over_180", "1", 1.00, "Provision, more than 180 days", 0.9, 1, 0, 1,
               source=OPENCBS),
        Figure("fixed_cost", "THB/month", 0, "Cost of running the fund"),
        Figure("cost_per_loan_made", "THB", 0, "Cost of making a loan", 900, 1500,
               source="assumption: 900-1,500 THB"),
        Figure("cost_per_loan", "THB/year", 0, "Cost of a loan outstanding"),
        Figure("cost_of_portfolio", "1/year", 0, "Cost of loans outstanding, share of amount",
               0, 0.03, 0, 0.5, source="assumption: none; an MFI 2-3%"),
        Figure("officer_cost", "THB/month", 0, "Cost of a loan officer"),
        Figure("caseload", "1", 250, "Loans outstanding that an officer looks after", 100, 400,
               1),
        Figure("in_kind_cost", "THB/month", 0, "Work and rooms given for nothing, at their price"),
        Figure("operating_grant", "THB/month", 0, "Grant towards running cost"),
        Figure("reserve", "THB", 0, "Cash that is never lent"),
        Figure("reserve_of_savings", "1", 0.2, "Cash kept, share of members' savings", 0.1, 0.5,
               0, 1),
        Figure("idle_rate", "1/year", 0.005, "Interest on idle cash", 0, 0.02, 0, 0.5),
        Figure("savings_deposit", "THB/month", 0, "What each borrower saves with the fund"),
        Figure("savings_withdrawn", "1/year", 0.2, "Share of savings withdrawn in a year", 0, 0.5,
               0, 1),
        Figure("savings_rate", "1/year", 0.01, "Interest on members' savings", 0, 0.03, 0, 0.5),
        Figure("inflation", "1/year", 0.02, "Inflation (of costs, and of what money is worth)",
               0.01, 0.03, -0.5, 5, source="assumption; Bank of Thailand target 1-3%"),
        Figure("market_rate", "1/year", 0.0662, "What the fund would pay for money on the market",
               0.05, 0.09, 0, 0.99, source="assumption: MLR of KBank, December 2025"),
        Figure("legal_ceiling", "1/year", 0.15, "Legal ceiling on the rate to members (APR)",
               0.15, 0.33, 0, 5,
               source="to be verified: Thai Civil Code 15%; nano-finance 33% with all fees"),
        Figure("target_borrowers", "1", None, "Borrowers to be reached", optional=True),
        Figure("target_years", "year", 5, "within so many years", 1, 10, 0, 30),
    ),
)  # fmt: skip
CONSTANTS = (
    ("months_per_year", 12, "month/year"), ("days_per_year", 365, "day/year"),
    ("par_days", 30, "day"), ("default_days", 90, "day"),
    ("days_60", 60, "day"), ("days_90", 90, "day"), ("days_180", 180, "day"),
)  # fmt: skip


@dataclass(eq=False)
class Fund:
    """A fund being written. x: its figures and constants as inputs; bad: 1 in the periods of a bad
    year."""

    model: Model
    x: Mapping[str, Input]
    choices: Mapping[str, str]
    currency: str
    bad: Vector

    def months(self, amount: Expr) -> Expr:
        """What a monthly amount is in a period."""
        return amount * self.x["months_per_year"] / self.model.per_year

    def periods(self, months: Expr) -> Expr:
        """A time in months as whole periods, rounded up."""
        return ceiling(months * self.model.per_year / self.x["months_per_year"])

    def flow(self, name: str, formula: Operand | None, label: str = "", note: str = "") -> Line:
        return self.model.line(name, self.currency, formula, label=label, note=note)

    def stock(self, name: str, formula: Operand | None, label: str = "", note: str = "") -> Line:
        return self.model.stock(name, self.currency, formula, label=label, note=note)

    def count(self, name: str, formula: Operand | None, label: str, kind: str = "stock") -> Line:
        return self.model.line(name, "1", formula, kind=kind, label=label)
