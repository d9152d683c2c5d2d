"""The credit policy applied to a project (decision 25): each line met, failed or not assessed.

The recommendation is the table, nothing else: a failed line means decline; otherwise conditions
precedent or lines without data mean approval with conditions; otherwise approval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import EPS
from eicfinance.model.irr import npv
from eicfinance.model.units import convert

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case

MET, FAILED, NOT_ASSESSED = "met", "failed", "not assessed"


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A line of the policy. figure: None where there is none; reason: why."""

    name: str
    label: str
    unit: str
    limit: float
    at_least: bool
    figure: float | None
    status: str
    reason: str = ""

    @property
    def sense(self) -> str:
        return "at least" if self.at_least else "at most"


@dataclass(frozen=True, slots=True)
class Decision:
    """The policy table of a project, its conditions precedent, and what follows."""

    lines: tuple[PolicyLine, ...]
    conditions: tuple[str, ...]
    recommendation: str  # approve, approve with conditions, decline, no loan requested

    @property
    def failed(self) -> tuple[PolicyLine, ...]:
        return tuple(line for line in self.lines if line.status == FAILED)


def decide(case: Case, project: str) -> Decision:
    """Applies the portfolio's policy to a project's base case."""
    entry = case.projects[project].entry
    if entry.loan is None:
        return Decision((), entry.conditions, "no loan requested")
    lines = tuple(
        _line(case, project, name, *found) for name, found in _figures(case, project).items()
    )
    if any(line.status == FAILED for line in lines):
        outcome = "decline"
    elif entry.conditions or any(line.status == NOT_ASSESSED for line in lines):
        outcome = "approve with conditions"
    else:
        outcome = "approve"
    return Decision(lines, entry.conditions, outcome)


def _figures(case: Case, project: str) -> dict[str, tuple[bool, float | None, str]]:
    """Policy line -> whether the limit is a minimum, the project's figure, why it is missing."""
    run, entry = case.runs[project], case.projects[project].entry
    irr = run.irr("equity_irr")
    several = f"several rates: {', '.join(f'{100 * r:.1f}%' for r in irr.roots)}"
    why_no_irr = several if irr.status == "several" else irr.reason
    cover = case.runs["cluster"].value(f"collateral_cover_{entry.borrower}")
    return {
        "dscr_min": (True, run.value("dscr_min"), "there is no full year of debt service"),
        "loan_share_max": (False, run.value("loan_share"), ""),
        "collateral_cover_min": (True, cover, "no loan outstanding"),
        "debt_to_equity_max": (False, run.value("debt_to_equity"), "no equity is put in"),
        "probability_of_default_max": (False, None, "not computed by this version"),
        "equity_irr_min": (True, run.value("equity_irr"), why_no_irr),
        "tenor_max": (False, convert(run.value("loan_tenor_months") or 0, "month", "year"), ""),
    }


def _line(
    case: Case, project: str, name: str, at_least: bool, figure: float | None, why: str
) -> PolicyLine:
    value = case.portfolio.policy[name]
    if figure is not None:
        met = figure >= value.number - EPS if at_least else figure <= value.number + EPS
        status = MET if met else FAILED
    elif name == "equity_irr_min":  # no rate, or several: the NPV at the least rate decides
        flows = case.runs[project]["equity_flow"][0]
        worth = npv(value.number, flows, case.portfolio.periods_per_year)
        status = MET if worth >= 0 else FAILED
        why = f"{why}: the NPV at {100 * value.number:g}% decides"
    else:
        status = NOT_ASSESSED
    reason = why if figure is None else ""
    return PolicyLine(
        name, value.figure.label, value.unit, value.number, at_least, figure, status, reason
    )
