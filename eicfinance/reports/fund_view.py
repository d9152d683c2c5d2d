"""One view of a revolving fund, from which text, JSON, page and workbook are made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from eicfinance import __version__
from eicfinance.appraisal.calendar import period_ends
from eicfinance.reports.language import date, label, say, spoken
from eicfinance.reports.view import irr_data, results_data
from eicfinance.reports.words import number, percent

if TYPE_CHECKING:
    from eicfinance.appraisal.fund import FundCase
    from eicfinance.model.numeric import Run

HEADLINES = (  # result -> how it is called and written
    ("exhausted_period", "Month of exhaustion", "when"),
    ("borrowers_reached", "Borrowers reached", "count"),
    ("borrowers_in_time", "Borrowers reached within the target's years", "count"),
    ("loans_made_total", "Loans made", "count"),
    ("lent_total", "Lent in all", "money"),
    ("capital", "Capital paid in", "money"),
    ("capital_turns", "Turns of the capital", "ratio"),
    ("real_value_end", "Real value of the fund at the end", "money"),
    ("real_value_share", "Real value at the end, share of capital paid in", "percent"),
    ("cash_lowest", "Lowest cash in hand", "money"),
    ("par30_highest", "PAR30, highest", "percent"),
    ("written_off_total", "Written off in all", "money"),
    ("interest_over_operating_cost", "Interest income / management cost", "ratio"),
    ("oss", "Operational self-sufficiency (OSS)", "percent"),
    ("fss", "Financial self-sufficiency (FSS)", "percent"),
    ("sdi", "Subsidy Dependence Index (SDI)", "percent"),
    ("portfolio_yield", "Yield of the portfolio", "percent"),
    ("yield_without_subsidy", "Yield at which no subsidy is needed", "percent"),
    ("apr", "Borrower's APR, fee included", "percent"),
    ("eir", "Borrower's EIR compounded", "percent"),
)  # fmt: skip
BY_PERIOD = (
    "cash", "loans_made", "lent", "loans_outstanding", "gross_loans", "interest", "principal",
    "operating_cost", "written_off", "recovered", "par30", "provision", "net_worth", "real_value",
)  # fmt: skip
BY_YEAR = (
    "loans_made", "first_loans", "lent", "loans_outstanding", "gross_loans", "cash", "interest",
    "fees", "operating_cost", "financial_cost", "provision_expense", "written_off", "recovered",
    "profit", "par30", "provision", "interest_over_cost", "savings", "soft_loan_balance",
    "net_worth", "real_value",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FundView:
    """A fund for a reader. projects: none, for the workbook that asks."""

    case: FundCase
    dates: list[str]
    stamp: dict[str, str]
    failed_checks: dict[str, dict[str, int]]
    checks: int

    @property
    def run(self) -> Run:
        return self.case.run

    @property
    def currency(self) -> str:
        return self.case.entry.currency

    @property
    def projects(self) -> list[Any]:
        return []

    @property
    def titles(self) -> dict[str, str]:
        return {"fund": self.case.entry.title}

    @property
    def verdict(self) -> str:
        """Whether the fund lives, in a sentence."""
        period, years = self.run.value("exhausted_period"), self.case.entry.years
        if period is not None:
            return say("fund_exhausted", month=date(self.dates[int(period)]), period=int(period))
        if years > 1:
            return say("fund_survives", years=years)
        return say("fund_survives_year")


def fund_view(case: FundCase) -> FundView:
    """The view of a fund that has been run."""
    entry = case.entry
    stamp = {
        "program": f"eicfinance {__version__}",
        "fund": entry.title,
        "appraisal_date": entry.appraisal_date,
        "closing": f"{entry.closing[0]}-{entry.closing[1]:02d}",
        "currency": entry.currency,
        "prices": "nominal",
        "language": spoken().code,
        "input_sha256": entry.sha256,
    }
    failed = case.run.failed_checks()
    return FundView(case, period_ends(entry, case.model.periods), stamp,
                    {"fund": failed} if failed else {}, len(case.model.checks))  # fmt: skip


def written(shown: FundView, name: str, kind: str) -> str:
    """A result as a reader sees it."""
    value = shown.run.value(name)
    if kind == "when":
        return say("fund_survives_all") if value is None else date(shown.dates[int(value)])
    if kind == "percent":
        return percent(value)
    if kind == "money":
        return f"{number(value)} {label(shown.currency)}"
    return number(value, 2 if kind == "ratio" else 0)


def as_data(shown: FundView) -> dict[str, Any]:
    """The fund as plain data for JSON: keys are the names of the nomenclature."""
    case, run = shown.case, shown.run
    return {
        "stamp": shown.stamp,
        "checks": {"number": shown.checks, "failed": shown.failed_checks},
        "notes": list(case.entry.notes),
        "results": results_data(run),
        "irr": {name: irr_data(run, name) for name in run.irrs},
        "sustainable_rate": {
            "rate": case.rate.value, "apr": case.rate_apr, "reason": case.rate.reason,
            "above_ceiling": case.rate_above_ceiling,
        },
        "capital_needed": {"grant": case.capital.value, "reason": case.capital.reason},
        "survival": None if case.survival is None else asdict(case.survival),
        "periods": {"end": shown.dates, **{name: run.series(name) for name in BY_PERIOD}},
    }  # fmt: skip
