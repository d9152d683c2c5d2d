"""A revolving fund as sentences: in the terminal, and at the head of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.reports.fund_view import HEADLINES, written
from eicfinance.reports.words import number, percent

if TYPE_CHECKING:
    from eicfinance.reports.fund_view import FundView


def as_text(shown: FundView) -> str:
    """Title, verdict, the figures that matter, what was searched for, the state of the checks."""
    entry = shown.case.entry
    lines = [f"{entry.title}: {shown.verdict}; amounts in {shown.currency}", ""]
    width = max(len(label) for _, label, _ in HEADLINES)
    lines += [f"  {label:<{width}}  {written(shown, name, kind):>20}"
              for name, label, kind in HEADLINES]  # fmt: skip
    lines += ["", *(f"  {text}" for text in sentences(shown)), ""]
    state = "all hold" if not shown.failed_checks else f"FAILED: {shown.failed_checks}"
    return "\n".join([*lines, f"Integrity checks: {shown.checks}, {state}."])


def sentences(shown: FundView) -> list[str]:
    """Each question of a manager, answered in a sentence."""
    run, case = shown.run, shown.case
    covers = "covers" if run.value("interest_covers_cost") else "does not cover"
    times = run.value("interest_over_operating_cost")
    said = [f"Interest income {covers} management cost: it is {number(times, 2)} times as large."
            if times is not None else "There is no management cost to cover."]  # fmt: skip
    ceiling = percent(case.model.inputs["legal_ceiling"].value)
    side = "above" if run.value("above_ceiling") else "within"
    said.append(f"The borrower's APR of {percent(run.value('apr'))} is {side} the legal ceiling of "
                f"{ceiling}.")  # fmt: skip
    said.append(_sustainable(shown, ceiling))
    said.append(_capital(shown))
    if case.survival is not None:
        s = case.survival
        said.append(
            f"On {number(s.paths)} random paths (seed {s.seed}) it survives in "
            f"{percent(s.probability)} (± {percent(s.error)}) and holds its real value in "
            f"{percent(s.value_held)}."
        )
    return said


def _sustainable(shown: FundView, ceiling: str) -> str:
    found, case = shown.case.rate, shown.case
    if found.value is None:
        return f"No rate to members holds the fund's real value: {found.reason}."
    side = "ABOVE" if case.rate_above_ceiling else "within"
    return (f"Its real value is held from a rate of {percent(found.value, 2)} a year on "
            f"(APR {percent(case.rate_apr)}), {side} the legal ceiling of {ceiling}.")  # fmt: skip


def _capital(shown: FundView) -> str:
    found, inputs = shown.case.capital, shown.case.model.inputs
    if "target_borrowers" not in inputs:
        return f"Capital needed: {found.reason}."
    target, years = inputs["target_borrowers"].value, inputs["target_years"].value
    aim = f"{number(target)} borrowers within {number(years, 1).removesuffix('.0')} years"
    if found.value is None:
        return f"No grant reaches {aim}: {found.reason}."
    amount = f"{number(found.value)} {shown.currency}"
    return f"A grant of {amount}, with the other money as it is, reaches {aim}."
