"""What support costs the public: by period, from a project's runs with it and without.

    grants + tariff premium + interest subsidy + tax forgone

the rise of grants received and of cash received; for each loan the balance at the end of the period
before x (the rate at which the money is had - the borrower's rate); the fall of the tax paid. The
money is had at the lender's own rate, but for a soft loan, which is public, at the public rate: the
present value is then that of what is lent less what comes back. Support that raises the profit
raises the tax, which is deducted. Losses on a soft loan are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.support import GUARANTEE, SOFT
from eicfinance.finance.mfi_ratios import sdi
from eicfinance.finance.mfi_ratios import subsidy as lenders_subsidy

if TYPE_CHECKING:
    from eicfinance.appraisal.batch import Array
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.support import Kind
    from eicfinance.appraisal.trial import Trial
    from eicfinance.model.numeric import Run


RISES = "grants_received", "receipts", "tax.tax"  # lines whose rise or fall is public money
LOAN_LINES = "balance", "interest"
RESULTS = "equity_contribution", "loan.debt"  # private money


class NoPublicRate(ValueError):  # noqa: N818
    """The portfolio does not say at which rate the public borrows."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Public cost of one unit of the project. present: value at the public rate; undiscounted: the
    sum. parts: present value by part. tonnes: avoided; tonnes_present: the same, discounted at the
    public rate. private: equity and loan that are put in. sdi: of a lender whom the public
    refinances."""

    present: float
    undiscounted: float
    parts: dict[str, float]
    tonnes: float
    tonnes_present: float
    private: float
    sdi: float | None

    @property
    def per_tonne_discounted(self) -> float | None:
        """Present cost per discounted tonne avoided."""
        return self.present / self.tonnes_present if self.tonnes_present > 0 else None

    @property
    def per_tonne_undiscounted(self) -> float | None:
        """Present cost per tonne avoided."""
        return self.present / self.tonnes if self.tonnes > 0 else None

    @property
    def per_private(self) -> float | None:
        """Present cost per unit of private money."""
        return self.present / self.private if self.private > 0 else None


def lines_of_cost(case: Case, project: str) -> list[str]:
    """The lines from which the cost of support to a project is computed."""
    loans = case.projects[project].entry.loan_names
    return [*RISES, "ghg_avoided", *(f"{name}.{line}" for name in loans for line in LOAN_LINES)]


def public_rate(case: Case, project: str) -> float:
    """The public's discount rate, nominal and effective a year. Raises NoPublicRate."""
    economy, run = case.portfolio.economy, case.runs[project]
    if "discount_public" not in economy.values:
        raise NoPublicRate(
            "what support costs the public needs its rate: add economy.discount_rates.public, what "
            "the state pays on its bonds"
        )
    rate, inflation = run.value("discount_public") or 0.0, run.value("inflation") or 0.0
    if economy.choices["discount_basis"] == "real":
        rate = (1 + rate) * (1 + inflation) - 1
    return rate


def public_flow(
    case: Case, project: str, kind: str, without: Run, backed: Run, scenario: int = 0
) -> dict[str, Array]:
    """What the public pays by part and period (see above). scenario: of the run with support."""
    rise = {name: backed[name][scenario] - without[name][0]
            for name in RISES}  # fmt: skip
    interest = np.zeros_like(rise["receipts"])
    per_period = (1 + public_rate(case, project)) ** (1 / case.portfolio.periods_per_year) - 1
    for name in case.projects[project].entry.loan_names:
        rate = per_period if kind == SOFT else _rate(without, name)
        interest += _before(backed, name, scenario) * rate - backed[f"{name}.interest"][scenario]
    return {"grants": rise["grants_received"], "premium": rise["receipts"],
            "interest": interest, "tax_forgone": -rise["tax.tax"]}  # fmt: skip


def _before(run: Run, loan: str, scenario: int) -> Array:
    """A loan's balance at the end of the period before."""
    return np.concatenate([[0.0], run[f"{loan}.balance"][scenario][:-1]])


def _rate(run: Run, loan: str) -> Array | float:
    """A loan's rate by period, or the one of all."""
    stepped = f"{loan}.rate"
    if stepped in run.model.lines:
        found: Array = run[stepped][0]
        return found
    return run.value(f"{loan}.rate_per_period") or 0.0


def cost_of(
    case: Case, project: str, kind: Kind, amount: float, backed: Run, scenario: int,
    tried: Trial | None = None,
) -> Cost:  # fmt: skip
    """What an amount of a kind costs. case: without it. backed: the project's run with it. tried:
    of simulated tests, whose scenarios say what is called of a guarantee."""
    without, ppy = case.runs[project], case.portfolio.periods_per_year
    rate = public_rate(case, project)
    factor = (1 + rate) ** -(np.arange(backed.model.periods + 1) / ppy)
    flows = public_flow(case, project, kind.name, without, backed, scenario)
    parts = {name: float(flow @ factor) for name, flow in flows.items()}
    undiscounted = float(sum(flow.sum() for flow in flows.values()))
    if kind.name == GUARANTEE and tried is not None:
        called = tried.calls(tried.at(kind.at(amount)), rate)
        less = tried.calls(tried.at({}), rate)
        parts["guarantee"] = called[0] - less[0]
        undiscounted += called[1] - less[1]
    tonnes = backed["ghg_avoided"][scenario]
    equity = max(0.0, backed.value("equity_contribution", scenario) or 0.0)
    lent = backed.value("loan.debt", scenario) or 0.0
    soft = kind.name == SOFT
    return Cost(
        sum(parts.values()), undiscounted, parts,
        float(tonnes.sum()), float(tonnes @ factor), equity if soft else equity + lent,
        _sdi(case, project, without, backed, scenario) if soft else None,
    )  # fmt: skip


def _sdi(case: Case, project: str, without: Run, backed: Run, scenario: int) -> float | None:
    """The SDI of a lender whom the public refinances so that it lends at the soft rate and keeps
    the margin that it had, which just covers its cost and losses (assumption), without equity of
    its own: what the cheap money saves it, over its interest."""
    names = list(case.projects[project].entry.loan_names)
    before = {name: _before(backed, name, scenario) for name in names}
    owed = sum(float(before[name].sum()) for name in names)
    full = sum(float((before[name] * _rate(without, name)).sum()) for name in names)
    soft = sum(float(backed[f"{name}.interest"][scenario].sum()) for name in names)
    if owed <= 0 or soft <= 0:
        return None
    saved = lenders_subsidy(owed, full / owed, soft / owed, 0.0, 0.0)
    return sdi(saved, owed, soft / owed)
