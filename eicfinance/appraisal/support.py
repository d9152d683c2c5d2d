"""The kinds of public support that a project may be given, each as one amount that moves inputs.

A supported case is the case with all of them at nil, so that each is an input of its model: a grant
beside those it has, a premium on its energy, and a tax holiday where its owner is a company. At nil
it has the results of the case itself.

A partial guarantee changes who bears a loss, not the borrower's cash: it is a kind only where a
test asks for the lender's expected loss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eicfinance.appraisal.case import build
from eicfinance.finance.terms import FINANCE, GRANT, PREMIUM
from eicfinance.model.label import Label
from eicfinance.portfolio.entries import GrantEntry
from eicfinance.portfolio.figures import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from eicfinance.appraisal.batch import Array, Scenario
    from eicfinance.appraisal.case import Case
    from eicfinance.portfolio.declare import Figure
    from eicfinance.portfolio.entries import LoanEntry, Portfolio, ProjectEntry

GRANTED, BUY_DOWN, TARIFF, SOFT, HOLIDAY = (
    "grant", "interest_buy_down", "tariff_premium", "soft_loan", "tax_holiday"
)  # fmt: skip
GUARANTEE = "partial_guarantee"
TITLES = {
    GRANTED: "Capital grant", BUY_DOWN: "Interest buy-down", TARIFF: "Tariff premium",
    SOFT: "Soft loan in place of the loan", HOLIDAY: "Tax holiday", GUARANTEE: "Partial guarantee",
}  # fmt: skip
FURTHEST = 10  # premiums are tried up to this many times the capital cost, over the plant's life
RUNGS = 32  # even steps of a ladder
HALVINGS = 24  # and halves of its end


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of support. unit: of its amount, from 0 to most. at: the moves of an amount. whole: in
    whole numbers. note: how it is given."""

    name: str
    unit: str
    most: float
    at: Callable[[float], Scenario]
    note: str
    whole: bool = False

    @property
    def title(self) -> str:
        return TITLES[self.name]

    def ladder(self, rungs: int = RUNGS, halvings: int = HALVINGS) -> Array:
        """Amounts to try, from nil to the most: even steps, and halves of the most."""
        if self.whole:
            return np.arange(self.most + 1.0)
        halves = self.most * 0.5 ** np.arange(halvings + 1)
        return np.unique(np.concatenate([np.linspace(0, self.most, rungs + 1), halves]))


def supported(case: Case, projects: Collection[str]) -> Case:
    """The case with nil of each support for projects; as its runs those of the case, which at nil
    are its own."""
    portfolio = case.portfolio
    entries = tuple(
        _supported(portfolio, entry) if entry.name in projects else entry
        for entry in portfolio.projects
    )
    made = build(replace(portfolio, projects=entries))
    made.runs = case.runs
    return made


def _supported(portfolio: Portfolio, entry: ProjectEntry) -> ProjectEntry:
    figures = {figure.name: figure for figure in (*GRANT.figures, *FINANCE.figures)}

    def nil(figure: Figure) -> Value:
        unit = figure.unit_in(portfolio.currency)
        return Value(figure, unit, figure.default or 0.0, None, None, None, figure.source,
                     given=False)  # fmt: skip

    grant = GrantEntry("support", "assumption", None, nil(figures["amount"]),
                       nil(figures["lag_months"]))  # fmt: skip
    finance = entry.finance
    if _company(portfolio, entry) and "holiday_years" not in finance.values:
        values = finance.values | {"holiday_years": nil(figures["holiday_years"])}
        finance = replace(finance, values=values)
    return replace(entry, grants=(*entry.grants, grant), finance=finance, premium=nil(PREMIUM))


def _company(portfolio: Portfolio, entry: ProjectEntry) -> bool:
    return portfolio.borrowers[entry.borrower].choices["tax_regime"] == "company"


def kinds(case: Case, project: str, losses: bool = False) -> tuple[list[Kind], dict[str, str]]:
    """The kinds that apply to a project of a supported case, and why the others do not. losses: a
    test asks for the lender's expected loss."""
    entry, currency = case.projects[project].entry, case.currency
    found: list[Kind] = []
    why: dict[str, str] = {}
    run = case.runs[project]
    _guarantee(entry, losses, found, why)
    cost, granted = run.value("capital_cost") or 0.0, run.value("grants") or 0.0
    if cost > granted:
        name, lag = f"grant_{len(entry.grants)}", entry.grants[-1].lag_months.number
        found.append(Kind(GRANTED, currency, cost - granted, lambda x: {(project, name): x},
                          Label("paid {months} months after commissioning",
                                f"{lag:g}")))  # fmt: skip
    else:
        why[GRANTED] = "grants cover the capital cost already"
    dearest = max((rate for loan in entry.loans for rate in _rates(case.portfolio, loan)),
                  default=0.0)  # fmt: skip
    if dearest > 0:
        notes = {BUY_DOWN: "the public pays the lender the difference, as interest falls due",
                 SOFT: "the public lends in the lender's place on the same terms but the rate, or "
                       "refinances the lender; losses on it are not counted"}  # fmt: skip
        for kind, note in notes.items():
            found.append(Kind(kind, "1/year", dearest,
                              lambda x: _cheaper(case.portfolio, entry, x), note))  # fmt: skip
    else:
        none = "the loan bears no interest" if entry.loans else "the project has no loan"
        why |= {BUY_DOWN: none, SOFT: none}
    energy = float(run["energy_net"].sum())
    if energy > 0 and cost > 0:
        found.append(Kind(TARIFF, f"{currency}/kWh", FURTHEST * cost / energy,
                          lambda x: {(project, "tariff_premium"): x},
                          "fixed for the plant's life, on all energy that is delivered and used, "
                          "paid as sales are"))  # fmt: skip
    else:
        why[TARIFF] = "the project delivers no energy"
    _holiday(case, entry, found, why)
    return found, why


def _guarantee(entry: ProjectEntry, losses: bool, found: list[Kind], why: dict[str, str]) -> None:
    if not losses:
        why[GUARANTEE] = ("it changes who bears a loss, not the borrower's cash; a test of the "
                          "lender's loss takes it in: expected_loss<=2%")  # fmt: skip
        return
    has, move = entry.finance.values["guarantee_share"].number, (entry.name, "guarantee_share")
    if has >= 1:
        why[GUARANTEE] = "the loan is guaranteed in full already"
        return
    found.append(
        Kind(
            GUARANTEE,
            "1",
            1 - has,
            lambda x: {move: has + x},
            "share of the lender's loss that the public bears; without a fee",
        )
    )


def _holiday(case: Case, entry: ProjectEntry, found: list[Kind], why: dict[str, str]) -> None:
    if not _company(case.portfolio, entry):
        why[HOLIDAY] = "only a company's profit can be exempt"
        return
    has = entry.finance.values["holiday_years"]
    most = float(int(entry.values["life_years"].number - has.number))
    move = (entry.name, "holiday_years")
    if most < 1:
        why[HOLIDAY] = "the holiday lasts as long as the plant already"
        return
    note = Label("whole years from commissioning; {source}", has.figure.source)
    if has.number:
        note = Label(
            "whole years from commissioning, beside the {years} that it has; {source}",
            f"{has.number:g}",
            has.figure.source,
        )
    found.append(Kind(HOLIDAY, "year", most, lambda x: {move: has.number + x}, note, whole=True))


def _rates(portfolio: Portfolio, loan: LoanEntry) -> list[float]:
    """The rates that a loan ever has."""
    steps = [step["rate"].number for step in loan.steps]
    if not loan.reference:
        return [loan.values["rate"].number, *steps]
    base = portfolio.references[loan.reference]
    margin = loan.values["margin"].number
    return [rate.number + margin for rate in (base.rate, *(s["rate"] for s in base.steps))]


def _cheaper(portfolio: Portfolio, entry: ProjectEntry, points: float) -> Scenario:
    """Every loan's rates less so many points, none below nil (of a floating one, its lowest)."""
    moves: Scenario = {}
    for name, loan in entry.loan_names.items():
        if loan.reference:
            margin, lowest = loan.values["margin"].number, min(_rates(portfolio, loan))
            moves[entry.name, f"{name}_margin"] = margin - max(0.0, min(points, lowest))
            continue
        moves[entry.name, f"{name}_rate"] = max(0.0, loan.values["rate"].number - points)
        for k, step in enumerate(loan.steps, start=1):
            moves[entry.name, f"{name}_step_{k}_rate"] = max(0.0, step["rate"].number - points)
    return moves
