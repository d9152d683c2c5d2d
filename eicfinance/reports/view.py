"""One view of a case, from which text, JSON and HTML are made: the same numbers everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eicfinance import __version__
from eicfinance.appraisal.calendar import period_ends
from eicfinance.appraisal.decision import Decision, decide
from eicfinance.appraisal.sensitivity import Sensitivity, sensitivity
from eicfinance.finance.sizing import binding
from eicfinance.model.label import Label, under
from eicfinance.reports.beside import beside
from eicfinance.reports.language import date, say, spoken
from eicfinance.reports.lending import as_data as lending
from eicfinance.reports.risk import as_data as risk

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.models import ProjectCase
    from eicfinance.model.numeric import Run

# the figures that matter: result -> how it is written
HEADLINES = (
    ("capital_cost", "Capital cost", "money"),
    ("loan.debt", "Loan requested", "money"),
    ("service_highest", "Highest debt service of a period", "money"),
    ("valley_depth", "Depth of the death valley", "money"),
    ("valley_depth_beyond_capital", "Depth beyond capital cost", "money"),
    ("valley_trough_period", "Trough", "when"),
    ("valley_recovery_period", "Recovery of the venture's own cash", "when"),
    ("project_npv", "Project NPV", "money"),
    ("project_irr", "Project IRR", "irr"),
    ("project_mirr", "Project MIRR", "percent"),
    ("project_bcr", "Benefit-cost ratio (BCR) of the project", "ratio"),
    ("equity_npv", "Equity NPV", "money"),
    ("equity_irr", "Equity IRR", "irr"),
    ("equity_mirr", "Equity MIRR", "percent"),
    ("payback_years", "Payback from closing", "years"),
    ("payback_years_from_commissioning", "Payback from commissioning", "years"),
    ("discounted_payback_years", "Discounted payback from closing", "years"),
    ("dscr_min", "Minimum DSCR, trailing twelve months", "ratio"),
    ("dscr_min_period", "Minimum DSCR reached", "when"),
    ("dscr_average", "Average DSCR", "ratio"),
    ("llcr", "LLCR at commissioning: loan life cover", "ratio"),
    ("dscr_global_min", "Minimum global DSCR: host and this project", "ratio"),
    ("dscr_host", "DSCR of the host without the project", "ratio"),
    ("gearing", "Gearing: debt / (uses - grants)", "percent"),
    ("lcoe_nominal_all_taxes", "LCOE nominal, to the owner, all taxes in it", "price"),
    ("lcoe_real_all_taxes", "LCOE real, to the owner, all taxes in it", "price"),
    ("ghg_avoided_per_year", "Greenhouse gas avoided per year", "tonnes"),
    ("abatement_cost_discounted", "Abatement cost, discounted tonnes", "per_tonne"),
    ("abatement_cost_undiscounted", "Abatement cost, undiscounted tonnes", "per_tonne"),
)
ECONOMIC = (  # where a project has an economic account
    ("enpv", "Economic NPV (ENPV)", "money"),
    ("eirr", "Economic IRR (EIRR), real", "irr"),
    ("economic_bcr", "Economic benefit-cost ratio", "ratio"),
)
VALLEY = (  # what committed sources leave open, and the stages
    ("committed_total", "Committed sources, without the requested loan", "money"),
    ("gap_depth", "Gap after committed sources: depth", "money"),
    ("gap_first_period", "Gap: first month", "when"),
    ("gap_last_period", "Gap: last month", "when"),
    ("gap_months", "Gap: months in which it is open", "number"),
    ("gap_money_months", "Gap: money x months", "money"),
    ("gap_with_loan_depth", "Gap with the requested loan: depth", "money"),
    ("gap_with_loan_first_period", "Gap with the loan: first month", "when"),
    ("gap_with_loan_last_period", "Gap with the loan: last month", "when"),
    ("gap_with_loan_months", "Gap with the loan: months in which it is open", "number"),
    ("gap_with_loan_money_months", "Gap with the loan: money x months", "money"),
    ("commissioning_period", "Preparation and construction until", "when"),
    ("startup_end_period", "Start-up until", "when"),
    ("maturity_first_period", "Maturity from", "when"),
    ("need_preparation", "Need: preparation and construction", "money"),
    ("need_startup", "Need: start-up", "money"),
    ("need_growth", "Need: growth", "money"),
    ("need_maturity", "Need: maturity", "money"),
)
BRIDGING = (  # where a project lists what could close the gap
    ("bridge_highest", "Bridging with the requested loan: most drawn", "money"),
    ("bridge_cost_total", "Bridging: interest and fees in all", "money"),
    ("bridge_missing_highest", "Bridging: missing at the most", "money"),
    ("bridge_missing_first_period", "Bridging: first month in which something is missing", "when"),
    ("bridge_missing_highest_period", "Bridging: month in which most is missing", "when"),
    ("bridge_missing_last_period", "Bridging: last month in which something is missing", "when"),
    ("bridge_owed_at_end", "Bridging: still owed in the last month", "money"),
    ("bridge_closed", "Bridging closes the gap (1 where nothing is missing, all repaid)", "number"),
)
NOT_ASSESSED = "not assessed"
USES = (
    "capital_cost", "uses_fee", "uses_interest", "uses_vat", "uses_operating_reserve",
    "uses_reserves", "uses",
)  # fmt: skip
SOURCES = (
    "sources_loan", "sources_grants", "sources_contractor", "sources_other", "sources_equity",
    "sources",
)  # fmt: skip
ANNUAL = (
    "energy_net", "sales", "savings", "operating_cost", "ebitda", "replacements", "capital_paid",
    "vat_net", "project_tax.tax", "valley_flow", "valley", "tax.tax", "loan.drawdown",
    "loan.interest", "loan.principal", "loan.balance", "cfads", "loan.service", "dscr",
    "loan.prepaid", "dsra.balance", "equity_flow", "project_flow", "carbon_revenue",
    "economic_flow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project's base case for a reader."""

    case: ProjectCase
    run: Run
    decision: Decision
    dates: list[str]
    sensitivity: Sensitivity

    @property
    def name(self) -> str:
        return self.case.entry.name

    @property
    def title(self) -> str:
        count = self.case.entry.count
        if count == 1:
            return self.case.entry.title
        return say("each_of", title=self.case.entry.title, count=count)

    def when(self, period: float) -> str:
        """A period as the month in which it ends."""
        return say("month_and_period", month=date(self.dates[int(period)]), period=int(period))

    @property
    def sized(self) -> list[tuple[str, str]]:
        """Each loan whose size the program finds, by the name of its results, and what binds it."""
        names, found = self.case.entry.loan_names, self.case.model.results
        return [(name, binding(self.run, name)) for name in names if f"{name}.size_needed" in found]

    @property
    def years(self) -> int:
        return self.case.model.periods // self.case.model.periods_per_year


@dataclass(frozen=True, slots=True)
class View:
    """A case for a reader."""

    case: Case
    projects: list[ProjectView]
    stamp: dict[str, str]
    failed_checks: dict[str, dict[str, int]]
    checks: int

    @property
    def currency(self) -> str:
        return self.case.portfolio.currency

    @property
    def titles(self) -> dict[str, str]:
        """What the models of sites, projects and lending schemes are called."""
        found = {entry.name: entry.title for entry in self.case.portfolio.sites}
        found |= {p.name: p.case.entry.title for p in self.projects}
        for project, comparison in self.case.comparisons.items():
            for offer in comparison.offers:
                said = under(found[project], offer.entry.title)
                found |= {
                    offer.contract.name: Label("{title} (contract)", said),
                    offer.deal.name: said,
                }
        return found


def view(case: Case) -> View:
    """The view of a case that has been run."""
    portfolio = case.portfolio
    drawn = beside(lambda: case.risk, len(case.projects))
    moved = {name: sensitivity(case, name) for name in case.projects}
    case.risk = drawn()
    projects = [
        ProjectView(project, case.runs[name], decide(case, name),
                    period_ends(portfolio, project.model.periods), moved[name])
        for name, project in case.projects.items()
    ]  # fmt: skip
    failed = {name: run.failed_checks() for name, run in case.runs.items()}
    stamp = {
        "program": f"eicfinance {__version__}",
        "portfolio": portfolio.title,
        "appraisal_date": portfolio.appraisal_date,
        "closing": f"{portfolio.closing[0]}-{portfolio.closing[1]:02d}",
        "currency": portfolio.currency,
        "prices": "nominal",
        "language": spoken().code,
        "input_sha256": portfolio.sha256,
    }
    count = sum(len(model.checks) for model in case.models)
    return View(case, projects, stamp, {k: v for k, v in failed.items() if v}, count)


def as_data(shown: View) -> dict[str, Any]:
    """The case as plain data for JSON: keys are the names of the nomenclature."""
    from eicfinance.reports import sensitivities
    from eicfinance.reports.bridging import as_data as bridging
    from eicfinance.reports.subsidy import as_data as subsidy

    projects = []
    for p in shown.projects:
        entry = p.case.entry
        projects.append(
            {
                "name": p.name,
                "title": entry.title,
                "technology": entry.kind,
                "borrower": entry.borrower,
                "count": entry.count,
                "recommendation": p.decision.recommendation,
                "policy": [_policy(line) for line in p.decision.lines],
                "conditions": list(p.decision.conditions),
                "economic_account": NOT_ASSESSED if p.case.economics is None else "assessed",
                "results": results_data(p.run),
                "size_bound_by": dict(p.sized),
                "bridging": bridging(p),
                "irr": {name: irr_data(p.run, name) for name in p.run.irrs},
                "subsidy": subsidy(shown.case.subsidies[p.name], shown.case, p.name),
                "sensitivity": sensitivities.as_data(p.sensitivity, shown.case.portfolio),
            }
        )
    cluster = shown.case.runs["cluster"]
    return {
        "stamp": shown.stamp,
        "checks": {"number": shown.checks, "failed": shown.failed_checks},
        "order_of_use": [{"pool": pool, "project": who} for pool, who in shown.case.order_of_use],
        "notes": list(shown.case.portfolio.notes),
        "cluster": {"results": results_data(cluster)},
        "projects": projects,
        "risk": risk(shown.case.risk, shown.case),
        "lending": [lending(found) for found in shown.case.comparisons.values()],
    }


def results_data(run: Run) -> dict[str, float | None]:
    return {name: run.value(name) for name in run.model.results if not name.startswith("check_")}


def irr_data(run: Run, name: str) -> dict[str, Any]:
    found = run.irr(name)
    return {
        "status": found.status, "rate": found.rate, "roots": list(found.roots),
        "reason": found.reason, "sign_changes": found.sign_changes,
    }  # fmt: skip


def _policy(line: Any) -> dict[str, Any]:
    return {
        "name": line.name, "limit": line.limit, "unit": line.unit, "figure": line.figure,
        "sense": line.sense, "status": line.status,
        "reason": line.reason, "source": line.source,
    }  # fmt: skip
