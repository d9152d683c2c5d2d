"""Solves for one input of a project so that one result meets one target.

    solve(case, "roof", "tariff", "equity_irr=0.12")

The input is named as in the project's model (`energy_charge`, `loan_rate`, `inflation`; a site's as
`shop_site.load_per_year`), or by one of the short names below; those of a loan mean the first of
several. A project without a grant is given one of nil to solve for. The answer nearest to the base
is taken and the model is run again with it. Where the input moves in whole numbers (months, days),
or the result jumps, the value is the one at which the result is at least the target; with <= at
most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eicfinance.appraisal.batch import UnknownName, named, part, unknowns
from eicfinance.appraisal.case import build, run_case
from eicfinance.appraisal.crossing import Answer, crossings
from eicfinance.appraisal.sensitivity import two_way
from eicfinance.finance.terms import GRANT
from eicfinance.model.label import Label
from eicfinance.model.units import UnitError, convert
from eicfinance.portfolio.entries import GrantEntry
from eicfinance.portfolio.figures import Value
from eicfinance.portfolio.problems import unknown as not_known
from eicfinance.portfolio.schema import amount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.appraisal.batch import Part
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.sensitivity import Table
    from eicfinance.model.items import Result
    from eicfinance.model.numeric import Run

TARIFF = "tariff"  # the price, among those that may stand under economy.tariffs, that pays most
GIVEN = "grant"  # the first grant: its share or amount
TERMS = {"rate": ("rate", "margin"), "tenor": ("tenor_months",), "gearing": ("share", "amount")}
RESULTS = {"npv": "project_npv", "irr": "project_irr", "dscr": "dscr_min",
           "gap": "gap_with_loan_depth"}  # fmt: skip
BESIDE = ("project_npv", "project_irr", "equity_npv", "equity_irr", "dscr_min")
STEP = 0.01  # by which tariffs are raised to see which pays most
PERCENT_MEANT = 2.0  # a rate from which the sign was probably forgotten: 12 for 12%
_TARGET = re.compile(r"\s*([\w.]+)\s*(=|>=|<=)\s*(.+?)\s*")


@dataclass(frozen=True, slots=True)
class Solution:
    """An answer, and the results before and with it. after: None where there is no answer. failed:
    integrity checks that fail with it. note: what was taken for granted, where that is so. sign: of
    the target. results: those shown, by name."""

    answer: Answer
    before: dict[str, float | None]
    after: dict[str, float | None] | None
    failed: dict[str, int]
    note: str
    sign: str
    results: dict[str, Result]

    @property
    def met_by_all(self) -> bool:
        """Whether there is no such value because all that may be given meet the target."""
        answer = self.answer
        if answer.value is not None or answer.reached is None:
            return False
        over = answer.reached - answer.target
        return (self.sign == ">=" and over >= 0) or (self.sign == "<=" and over <= 0)


def solve(case: Case, project: str, key: str, target: str) -> Solution:
    """The value of an input at which a result is what ``target`` says (``equity_irr=12%``).

    Raises UnknownName for an unknown project, input or result, ValueError for a target that is
    none.
    """
    result, sign, text = read_target(target)
    key, note = input_name(case, project, key)
    if key == "grant_1" and not case.projects[project].entry.grants:
        case, note = _with_grant(case, project)
    some = part(case, project, [result])
    wide = part(case, project, (result, *BESIDE))
    unknown = named(wide, key)
    wanted = number_in(text, some.item(result))
    answer = crossings(some, [(unknown, result)], wanted, at_most=sign == "<=")[0]
    before = figures_of(wide, case.runs)
    shown = {name: wide.item(name) for name in wide.results}
    if answer.value is None:
        return Solution(answer, before, None, {}, note, sign, shown)
    place, name = unknown.move
    models = [m for m in case.models if m.name in {model.name for model in wide.models}]
    runs = run_case(case, {place: {name: answer.value}}, models=models)
    failed = {title: n for run in runs.values() for title, n in run.failed_checks().items()}
    return Solution(answer, before, figures_of(wide, runs), failed, note, sign, shown)


def figures_of(wide: Part, runs: Mapping[str, Run], scenario: int = 0) -> dict[str, float | None]:
    return {name: runs[wide.owner(name)].value(name, scenario) for name in wide.results}


def read_target(target: str) -> tuple[str, str, str]:
    """The result, the sign, and the value as written."""
    match = _TARGET.fullmatch(target)
    if match is None:
        raise ValueError(
            f"{target!r} is no target; write RESULT=VALUE, as equity_irr=12% or dscr_min=1.3"
        )
    return RESULTS.get(match[1], match[1]), match[2], match[3]


def number_in(text: str, result: Result) -> float:
    """The target's value in the result's unit."""
    given, unit = amount(text), result.text.unit
    if given.unit is None:
        if result.in_percent and given.number >= PERCENT_MEANT:
            said = f"{given.number:g} would be {given.number:,.0%}"
            raise ValueError(f"{said}; for {given.number:g} per cent write {given.number:g}%")
        return given.number
    try:
        return convert(given.number, given.unit, unit)
    except UnitError as error:
        raise ValueError(f"{error}; the target is in {unit}") from None


def two_inputs(case: Case, project: str, a: str, b: str, results: Sequence[str] = ()) -> Table:
    """A table of two inputs (sensitivity.py), by the names that `solve` knows.
    Raises UnknownName."""
    wanted = [RESULTS.get(name, name) for name in results or ("npv",)]
    a, b = (input_name(case, project, key)[0] for key in (a, b))
    return two_way(case, project, a, b, wanted)


def input_name(case: Case, project: str, key: str) -> tuple[str, str]:
    """What an input is called in the model, and a note where a short name may mean several.
    Raises UnknownName."""
    if project not in case.projects:
        raise UnknownName(not_known(f"there is no project {project!r}", project, case.projects))
    own, entry = case.projects[project].model.inputs, case.projects[project].entry
    if key in own:
        return key, ""
    if key == TARIFF:
        return _tariff(case, project), ""
    if key == GIVEN:
        several = len(entry.grants) > 1
        return "grant_1", Label("the first grant, {name}", entry.grants[0].name) if several else ""
    if key not in TERMS:
        return key, ""
    if not entry.loans:
        advice = f"give it one in the portfolio (its share may be 0) to solve for its {key}"
        raise UnknownName(f"project {project} has no loan; {advice}")
    begins, loan = next(iter(entry.loan_names.items()))
    name = next(f"{begins}_{term}" for term in TERMS[key] if term in loan.values)
    several = len(entry.loans) > 1
    return name, Label("the {key} of the first loan, {title}", key, loan.title) if several else ""


def _with_grant(case: Case, project: str) -> tuple[Case, str]:
    """The case with a grant of nil for a project that has none."""
    currency = case.portfolio.currency
    nil, lag = (
        Value(f, f.unit_in(currency), f.default or 0.0, None, None, None, f.source, given=False)
        for name in ("amount", "lag_months")
        for f in GRANT.figures
        if f.name == name
    )
    grant = GrantEntry("grant", "assumption", None, nil, lag)
    entries = tuple(
        replace(entry, grants=(grant,)) if entry.name == project else entry
        for entry in case.portfolio.projects
    )
    made = build(replace(case.portfolio, projects=entries))
    made.runs = run_case(made)
    return made, Label(
        "a grant is taken to be paid {months} months after commissioning", f"{lag.number:g}"
    )


def _tariff(case: Case, project: str) -> str:
    """The price that pays most: the one of which 1% more raises the project's NPV most."""
    some = part(case, project, ["project_npv"])
    prices = [unknown for unknown in unknowns(some).values() if unknown.tariff]
    raised = [{price.move: price.base * (1 + STEP)} for price in prices]
    found = some.batch([{}, *raised])["project_npv"]
    gains = {price.key: npv - found[0] for price, npv in zip(prices, found[1:], strict=True)}
    best = max(gains, key=lambda name: gains[name], default=None)
    if best is None or not gains[best] > 0:
        raise UnknownName(
            f"project {project} has no tariff that pays; name another input with --for, as "
            f"{', '.join(list(unknowns(some))[:3])}"
        )
    return best
