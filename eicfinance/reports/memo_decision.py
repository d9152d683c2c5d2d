"""Section 1 of the memo, the decision, and the first screen: the credit policy table applied.

No judgement is made here: each sentence follows from the states of the policy's lines, the
conditions precedent and the figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.decision import (
    APPROVE,
    CONDITIONAL,
    DECLINE,
    FAILED,
    MET,
    NO_LOAN,
    NOT_ASSESSED,
    PD,
)
from eicfinance.model.label import Label
from eicfinance.reports.language import label, say
from eicfinance.reports.risk_memo import drawn
from eicfinance.reports.words import bound, held, number, often, writing

if TYPE_CHECKING:
    from eicfinance.appraisal.decision import PolicyLine
    from eicfinance.model.items import Input
    from eicfinance.portfolio.entries import LoanEntry
    from eicfinance.reports.cells import Cells
    from eicfinance.reports.view import ProjectView, View

PD_LABEL = "Probability of default, worst twelve months"
SIGNS = {MET: "✓", FAILED: "✗", NOT_ASSESSED: "?"}
NOT_ASKED = "No loan is requested for this project."
NIL = "The loan comes to nil: there is nothing to decide on."
NOT_MET = "Not met: {lines}."
ALL_MET = "All lines of the credit policy are met."
ASSESSED_MET = "All assessed lines of the credit policy are met."
FIRST = "To be assessed by the lender first: {lines}."
BEFORE = "{count} conditions precedent."
NAMED = "Before it is paid out: {conditions}."
BEFORE_ONE = "One condition precedent."
FIXED = "{rate} a year, nominal"
FLOATING = "{reference} plus {margin} a year, now {base} plus {margin}"
STEPPED = "{rate}; it changes later, see the assumptions"
TENOR = "{tenor} months from closing"
TENOR_AFTER = "{tenor} months after the grace"
GRACE = "{grace} months on principal"
NO_GRACE = "none"
SECURITY = "collateral of {collateral} {currency} offered by the borrower, cover {cover}"
NO_SECURITY = "no collateral is offered"
SHORT_TERMS = "{rate}, {tenor} months"
NOTHING_DUE = "undefined: nothing is due"
REPAYMENT = {
    "equal_instalments": "equal instalments", "equal_principal": "equal parts of principal",
    "seasonal": "principal by season", "sculpted": "sculpted to the cash",
    "bullet": "all at the end",
}  # fmt: skip


def because(p: ProjectView, named: bool = False) -> list[str]:
    """The lines of the policy that decide, in words. named: conditions by their names."""
    decision = p.decision
    if not decision.requested:
        return [NIL if p.case.entry.loans else NOT_ASKED]
    if decision.failed:
        return [say(NOT_MET, lines="; ".join(label(line.label) for line in decision.failed))]
    open_lines = [label(line.label) for line in decision.lines if line.status == NOT_ASSESSED]
    said = [ASSESSED_MET if open_lines else ALL_MET]
    if open_lines:
        said.append(say(FIRST, lines="; ".join(open_lines)))
    count = len(decision.conditions)
    if count and named:
        said.append(say(NAMED, conditions="; ".join(decision.conditions)))
    elif count:
        said.append(BEFORE_ONE if count == 1 else say(BEFORE, count=count))
    return said


def decision(shown: View, p: ProjectView, cells: Cells) -> dict[str, Any]:
    """All that section 1 shows of a project."""
    return {
        "recommendation": p.decision.recommendation,
        "because": because(p),
        "three": three(shown, p, cells),
        "loans": [_loan(p, cells, name, loan) for name, loan in p.case.entry.loan_names.items()],
        "security": security(shown, p),
        "policy": [
            _line(shown, p, line, cells) for line in p.decision.lines if p.decision.requested
        ],
        "conditions": p.decision.conditions,
    }


def summary(shown: View, p: ProjectView, cells: Cells) -> dict[str, Any]:
    """The project's row of the first screen."""
    terms = [_loan(p, cells, name, loan) for name, loan in p.case.entry.loan_names.items()]
    found = p.decision
    return {
        "name": p.name, "title": p.title, "recommendation": found.recommendation,
        "loan": number(p.run.value("loan.debt")),
        "terms": [one["short"] for one in terms],
        "three": [figure["value"] for figure in three(shown, p, cells)],
        "because": because(p, named=True),
        "lines": {line.name: _line(shown, p, line, cells)
                  for line in found.lines if found.requested},
    }  # fmt: skip


def verdicts(shown: View) -> list[tuple[str, list[str]]]:
    """Each recommendation with the projects that have it, those to be lent to first."""
    order = (APPROVE, CONDITIONAL, DECLINE, NO_LOAN)
    found = [(word, [p.title for p in shown.projects if p.decision.recommendation == word])
             for word in order]  # fmt: skip
    return [(word, titles) for word, titles in found if titles]


def matrix(shown: View) -> list[dict[str, Any]]:
    """The policy's lines for the portfolio: the label and the limit of each."""
    lines = next((p.decision.lines for p in shown.projects if p.decision.requested), ())
    return [{"name": line.name, "label": line.label, "limit": _limit(line)} for line in lines]


def three(shown: View, p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """The three figures: minimum DSCR, project NPV, probability of default."""
    run, model = p.run, p.case.model
    dscr = run.value("dscr_min")
    line = next((line for line in p.decision.lines if line.name == PD), None)
    assessed = line is not None and line.figure is not None
    return [
        cells.figure(model, "dscr_min", "Minimum DSCR, trailing twelve months",
                     NOTHING_DUE if dscr is None else number(dscr, 2)),
        cells.figure(model, "project_npv", Label("Project NPV, {currency}", p.case.plant.currency),
                     number(run.value("project_npv"))),
        {"label": PD_LABEL, "value": default_chance(shown, p) if assessed else NOT_ASSESSED,
         "cell": "", "note": drawn(shown.case.risk) if assessed else "", "rests_on": []},
    ]  # fmt: skip


def default_chance(shown: View, p: ProjectView) -> str:
    """The probability of default of the worst twelve months, with its standard error."""
    loan = shown.case.risk.project(p.name).loan
    assert loan is not None  # where the policy's line has a figure
    return often(loan.pd_year.pd, loan.pd_year.error, loan.cases)


def security(shown: View, p: ProjectView) -> str:
    """The collateral offered, and its cover of all loans of the borrower."""
    offered = p.case.borrower.values["collateral"].number
    if not offered:
        return NO_SECURITY
    cover = shown.case.runs["cluster"].value(f"collateral_cover_{p.case.borrower.name}")
    return say(SECURITY, collateral=number(offered), currency=shown.currency,
                           cover=number(cover, 2))  # fmt: skip


def policy_figure(shown: View, p: ProjectView, line: PolicyLine) -> str:
    """A project's figure against a line of the policy; what no scenario showed is not said to be
    0%."""
    if line.name == PD and line.figure is not None and not 0 < line.figure < 1:
        return label(default_chance(shown, p))
    return held(line.figure, line.limit, line.said_in)


def _line(shown: View, p: ProjectView, line: PolicyLine, cells: Cells) -> dict[str, Any]:
    link = cells.link(p.case.model, f"policy_{line.name}")
    return {
        "label": line.label, "limit": _limit(line), "link": link,
        "figure": policy_figure(shown, p, line), "status": line.status,
        "sign": SIGNS[line.status], "reason": line.reason,
    }  # fmt: skip


def _limit(line: PolicyLine) -> str:
    return f"{label(line.sense)} {bound(line.limit, line.said_in)}"


def _loan(p: ProjectView, cells: Cells, name: str, loan: LoanEntry) -> dict[str, Any]:
    """Amount and terms of a loan as asked for, each with the assumptions it rests on."""
    inputs, model = p.case.model.inputs, p.case.model
    debt = f"{name}.debt" if f"{name}.debt" in model.results else "loan.debt"

    def row(title: str, said: str, *keys: str) -> dict[str, Any]:
        ways = [cells.link(model, key) for key in keys]
        return {"label": title, "value": said, "rests_on": [way for way in ways if way],
                "cell": ""}  # fmt: skip

    rate, short, keys = _rate(p, name, loan)
    tenor, grace = (number(inputs[f"{name}_{key}_months"].value) for key in ("tenor", "grace"))
    after = loan.choices["grace"] == "before_tenor"
    amount = f"{number(p.run.value(debt))} {label(p.case.plant.currency)}"
    return {
        "title": loan.title,
        "short": say(SHORT_TERMS, rate=short, tenor=tenor),
        "rows": [
            cells.figure(model, debt, "Amount", amount),
            row("Rate", rate, *keys),
            row("Tenor", say(TENOR_AFTER if after else TENOR, tenor=tenor),
                f"{name}_tenor_months"),
            row("Grace", say(GRACE, grace=grace) if inputs[f"{name}_grace_months"].value
                else NO_GRACE, f"{name}_grace_months"),
            row("Repayment", REPAYMENT[loan.choices["repayment"]]),
        ],
    }  # fmt: skip


def _rate(p: ProjectView, name: str, loan: LoanEntry) -> tuple[str, str, list[str]]:
    """The rate in words, in short, and the inputs that make it."""
    inputs = p.case.model.inputs
    if loan.reference:
        base, margin = inputs[f"reference_{loan.reference}"], inputs[f"{name}_margin"]
        said = say(FLOATING, reference=base.text.label, base=_percent(base),
                               margin=_percent(margin))  # fmt: skip
        return (
            said,
            f"{label(base.text.label)} + {_percent(margin)}",
            [base.text.name, margin.text.name],
        )
    rate = inputs[f"{name}_rate"]
    said = say(FIXED, rate=_percent(rate))
    steps = [key for key in inputs if key.startswith(f"{name}_step_")]
    said = say(STEPPED, rate=said) if steps else said
    return said, _percent(rate), [rate.text.name, *steps[1:2]]


def _percent(item: Input) -> str:
    return writing(item)[0](item.value)
