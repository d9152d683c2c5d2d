"""The credit policy applied to a project: each line met, failed or not assessed.

The recommendation is the table, nothing else: a failed line means decline; otherwise conditions
precedent or lines without data mean approval with conditions; otherwise approval. Each line is a
flag of the model (``met_dscr_min``), so that the workbook decides anew when an input changes.

The minimum equity IRR is met where the equity NPV at that rate is not negative: the same where
there is one rate, and an answer where there is none or several.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final

from eicfinance.finance.returns import present_value
from eicfinance.model.expr import DUST, EPS, Expr, expr, maximum, ratio
from eicfinance.model.label import Label
from eicfinance.model.units import convert
from eicfinance.risk.repayment import too_coarse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.appraisal.case import Case
    from eicfinance.finance.loan import Loan, Terms
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Model, Result
    from eicfinance.portfolio.reader import Portfolio

MET, FAILED, NOT_ASSESSED = "met", "failed", "not assessed"
APPROVE, CONDITIONAL, DECLINE = "approve", "approve with conditions", "decline"
NO_LOAN = "no loan requested"
PD: Final = "probability_of_default_max"  # by simulation: no flag of a model
COVER: Final = "collateral_cover_min"  # an owner's loans together: a flag of the cluster's model


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A line of the policy. figure: None where there is none; reason: why. flag: model and result
    that tell whether it is met; None where the program cannot tell. in_percent: whether people
    say it so: a rate, or a share whose range ends at 1."""

    name: str
    label: str
    unit: str
    limit: float
    source: str
    at_least: bool
    figure: float | None
    status: str
    reason: str
    flag: tuple[str, str] | None
    in_percent: bool

    @property
    def said_in(self) -> str:
        """The unit in which people say it."""
        return "%" if self.in_percent else self.unit

    @property
    def sense(self) -> str:
        return "at least" if self.at_least else "at most"


@dataclass(frozen=True, slots=True)
class Decision:
    """The policy table of a project, its conditions precedent, and what follows. unfailed: what the
    recommendation is as long as no line fails."""

    lines: tuple[PolicyLine, ...]
    conditions: tuple[str, ...]
    unfailed: str
    recommendation: str

    @property
    def requested(self) -> bool:
        """Whether there is a loan to decide on."""
        return self.recommendation != NO_LOAN

    @property
    def failed(self) -> tuple[PolicyLine, ...]:
        """The lines for which the loan is declined."""
        return tuple(line for line in self.lines if self.requested and line.status == FAILED)


def limits(m: Model, portfolio: Portfolio) -> dict[str, Input]:
    """The limits of the policy as inputs of a model, one cell for all."""
    return {
        name: m.input(f"policy_{name}", v.number, v.unit, low=v.low, high=v.high,
                      distribution=v.distribution, source=v.source,
                      label=Label("Credit policy: {label}", v.figure.label), shared=True, key=v.key)
        for name, v in portfolio.policy.items()
    }  # fmt: skip


def credit_policy(
    v: Venture, loan: Loan, agreed: Sequence[Terms], equity: Line, grants: Expr,
    portfolio: Portfolio,
) -> None:  # fmt: skip
    """Writes a flag for each line of the policy that the project's own model can tell."""
    if not agreed:
        return
    m, money = v.plant.model, v.plant.currency
    with m.section("Credit policy"):
        limit = limits(m, portfolio)
        worth = at_least_equity_irr(m, limit, "equity_npv_policy", money, equity,
                                    "Equity NPV at the policy's minimum equity IRR")  # fmt: skip
        months = v.plant.economy["months_per_year"]
        base = maximum(0, v.capital_cost - grants)
        m.result("loan_to_cost", "1", ratio(loan.cost, base),
                 label="Loans, share of capital cost less grants")  # fmt: skip
        tenor = m.result("loan_tenor_longest", "month",
                         reduce(maximum, [one.months for one in agreed], expr(0)),
                         label="Longest tenor")  # fmt: skip
        flags: dict[str, Expr] = {
            "dscr_min": m["dscr_min"].or_else(0) >= limit["dscr_min"],
            "loan_share_max": loan.cost <= limit["loan_share_max"] * base,
            "debt_to_equity_max": loan.debt
            <= limit["debt_to_equity_max"] * m["equity_contribution"],
            "equity_irr_min": worth >= 0,
            "tenor_max": tenor <= limit["tenor_max"] * months,
        }
        flagged(m, flags, portfolio)


def at_least_equity_irr(
    m: Model, limit: Mapping[str, Input], name: str, money: str, flow: Line, label: str
) -> Result:
    """The present value of a flow at the policy's minimum equity IRR, which decides on it."""
    factor = m.rate("discount_factor_policy", "1",
                    1 / (1 + limit["equity_irr_min"]) ** (m.period / m.per_year),
                    label="Discount factor: minimum equity IRR of the policy")  # fmt: skip
    return present_value(m, name, money, flow, factor, label)


def flagged(m: Model, flags: Mapping[str, Expr], portfolio: Portfolio) -> None:
    """Writes a flag for each line of the policy, 1 where it is met."""
    for name, flag in flags.items():
        m.result(f"met_{name}", "1", flag, note="1 where met",
                 label=Label("Met: {label}", portfolio.policy[name].figure.label))  # fmt: skip


def decide(case: Case, project: str) -> Decision:
    """Applies the portfolio's policy to a project's base case."""
    entry = case.projects[project].entry
    if not entry.loans:
        return Decision((), entry.conditions, NO_LOAN, NO_LOAN)
    lines = tuple(
        _line(case, project, name, *found) for name, found in _figures(case, project).items()
    )
    open_ = entry.conditions or any(line.status == NOT_ASSESSED for line in lines)
    unfailed = CONDITIONAL if open_ else APPROVE
    failed = any(line.status == FAILED for line in lines)
    outcome = DECLINE if failed else unfailed
    if (case.runs[project].value("loan.debt") or 0) <= DUST:
        outcome = NO_LOAN
    return Decision(lines, entry.conditions, unfailed, outcome)


def _figures(case: Case, project: str) -> dict[str, tuple[bool, float | None, str]]:
    """Policy line -> whether the limit is a minimum, the project's figure, why it is missing."""
    run, entry = case.runs[project], case.projects[project].entry
    irr = run.irr("equity_irr")
    several = Label("several rates: {rates}", ", ".join(f"{100 * r:.1f}%" for r in irr.roots))
    why_no_irr = several if irr.status == "several" else irr.reason
    at = 100 * (run.value("policy_equity_irr_min") or 0)
    cover = case.runs["cluster"].value(f"collateral_cover_{entry.borrower}")
    basis = Label("CFADS {basis}", entry.finance.choices["cfads"].replace("_", " "))
    geared = run.value("debt_to_equity")
    geared = geared if geared is None or geared >= 0 else None
    pd, about_pd = _probability_of_default(case, project)
    return {
        "dscr_min": (True, run.value("dscr_min"), basis),
        "loan_share_max": (False, run.value("loan_to_cost"), ""),
        COVER: (True, cover, ""),
        "debt_to_equity_max": (False, geared, "the owner puts nothing in"),
        PD: (False, pd, about_pd),
        "equity_irr_min": (True, run.value("equity_irr"),
                           Label("{why}: the NPV at {rate}% decides", why_no_irr, f"{at:g}")),
        "tenor_max": (False, convert(run.value("loan_tenor_longest") or 0, "month", "year"), ""),
    }  # fmt: skip


def _probability_of_default(case: Case, project: str) -> tuple[float | None, str]:
    """That of the worst twelve months, by simulation; and how it was found, or why it is not."""
    if why := too_coarse(case.portfolio.periods_per_year):
        return None, why
    if case.risk.certain:
        return None, "nothing varies: no figure has a range, and there is no event"
    loan = case.risk.project(project).loan
    assert loan is not None  # decide() asks only where there are loans
    if loan.pd_year.pd <= 0:  # an error of nil tells nothing
        return 0.0, Label("worst twelve months, {scenarios} scenarios, seed {seed}",
                          str(case.risk.scenarios), str(case.risk.seed))  # fmt: skip
    return loan.pd_year.pd, Label(
        "worst twelve months, {scenarios} scenarios, seed {seed}, standard error {error}%",
        str(case.risk.scenarios), str(case.risk.seed), f"{100 * loan.pd_year.error:.1f}",
    )  # fmt: skip


def _line(
    case: Case, project: str, name: str, at_least: bool, figure: float | None, why: str
) -> PolicyLine:
    value, borrower = case.portfolio.policy[name], case.projects[project].entry.borrower
    flag = ("cluster", f"met_{name}_{borrower}") if name == COVER else (project, f"met_{name}")
    known = flag[1] in case.runs[flag[0]].model.results
    limit = case.runs[project].value(f"policy_{name}")
    assert limit is not None
    status = NOT_ASSESSED
    if known:
        status = MET if case.runs[flag[0]].value(flag[1]) else FAILED
    elif name == PD and figure is not None:
        status = MET if figure <= limit + EPS else FAILED
    return PolicyLine(
        name, value.figure.label, value.unit, limit, value.source, at_least, figure, status,
        why if figure is None or name in ("dscr_min", PD) else "", flag if known else None,
        value.unit == "1/year" or (value.unit == "1" and (value.figure.high or 2) <= 1),
    )  # fmt: skip
