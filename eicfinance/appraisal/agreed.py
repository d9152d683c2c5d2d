"""The terms of a portfolio's loans as inputs of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eicfinance.appraisal.calendar import MONTHS, per_period
from eicfinance.appraisal.cluster import value_input
from eicfinance.finance.loan import Terms
from eicfinance.model.label import under
from eicfinance.portfolio.problems import key_text

if TYPE_CHECKING:
    from eicfinance.model.expr import Expr
    from eicfinance.model.model import Input, Model
    from eicfinance.portfolio.entries import LoanEntry, Portfolio, ProjectEntry
    from eicfinance.portfolio.figures import Value, Values

START: Final = 1e6  # where the search for a loan's size begins


def terms_of(
    portfolio: Portfolio, m: Model, entry: ProjectEntry, name: str, loan: LoanEntry
) -> Terms:
    """The terms of a loan; its inputs' names begin with ``name``."""
    title = "" if len(entry.loans) == 1 else loan.title
    figures = {
        key: value_input(m, f"{name}_{key}", v, under(title, v.figure.label))
        for key, v in loan.values.items()
    }
    steps: list[tuple[Input, Expr]] = []
    if loan.reference:
        base = portfolio.references[loan.reference]
        of_base, margin = f"reference_{base.name}", figures["margin"]
        rate = _shared(m, of_base, base.rate, base.title) + margin
        later = _steps(m, of_base, base.steps, base.title, shared=True)
        steps += [(year, reference + margin) for year, reference in later]
    else:
        rate = figures["rate"]
        steps += _steps(m, name, loan.steps, title, shared=False)
    weights = None
    if loan.choices["repayment"] == "seasonal":
        written = key_text((*loan.values["tenor_months"].at[:-1], "instalments"))
        shares = per_period(loan.seasons["instalments"], m.periods_per_year, portfolio.closing[1])
        weights = m.vector(f"{name}_instalments", shares, "1",
                           label=under(title, "Principal due by season"),
                           key=written if m.periods_per_year == MONTHS else "")  # fmt: skip
    found = None
    if loan.choices["size"] == "dscr":
        found = m.solved(f"{name}_size", START, portfolio.currency, label=under(title, "Size"))
    return Terms(name, loan.title, figures, loan.choices, rate, steps, weights, found)


def _steps(
    m: Model, name: str, steps: tuple[Values, ...], title: str, shared: bool
) -> list[tuple[Input, Input]]:
    """From which project year on which rate holds. shared: by all that refer to it."""
    made = []
    for k, step in enumerate(steps, start=1):
        year, rate = (
            (_shared if shared else value_input)(
                m, f"{name}_step_{k}_{key}", step[key], under(title, step[key].figure.label)
            )
            for key in ("from_year", "rate")
        )
        made.append((year, rate))
    return made


def _shared(m: Model, name: str, value: Value, label: str) -> Input:
    """One cell for all models and loans that use it."""
    known = m.inputs.get(name)
    return value_input(m, name, value, label, shared=True) if known is None else known
