"""Solves for one input of a project so that one result meets one target.

    solve(case, "roof", "tariff", "equity_irr=0.12")

The input is named as in the project's model (`energy_charge`, `loan_rate`, `inflation`; a site's as
`shop_site.load_per_year`), or by one of the short names below. The answer nearest to the base is
taken and the model is run again with it. Where the input moves in whole numbers (months, days), or
the result jumps, the value is the one at which the result is at least the target; with <= at most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.appraisal.batch import UnknownName, named, part, unknowns
from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.crossing import Answer, crossings
from eicfinance.model.units import UnitError, convert
from eicfinance.portfolio.schema import amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.appraisal.batch import Part
    from eicfinance.appraisal.case import Case
    from eicfinance.model.numeric import Run

TARIFF = "tariff"  # the price, among those that may stand under economy.tariffs, that pays most
SHORT = {"rate": "loan_rate", "tenor": "loan_tenor_months", "gearing": "loan_share",
         "grant": "grant_1"}  # fmt: skip
BESIDE = ("project_npv", "project_irr", "equity_npv", "equity_irr", "dscr_min")
STEP = 0.01  # by which tariffs are raised to see which pays most
_TARGET = re.compile(r"\s*([\w.]+)\s*(=|>=|<=)\s*(.+?)\s*")


@dataclass(frozen=True, slots=True)
class Solution:
    """An answer, and the results before and with it. after: None where there is no answer. failed:
    integrity checks that fail with it."""

    answer: Answer
    before: dict[str, float | None]
    after: dict[str, float | None] | None
    failed: dict[str, int]


def solve(case: Case, project: str, key: str, target: str) -> Solution:
    """The value of an input at which a result is what ``target`` says (``equity_irr=12%``).

    Raises UnknownName for an unknown project, input or result, ValueError for a target that is
    none.
    """
    result, at_most, text = _read(target)
    some = part(case, project, [result])
    wide = part(case, project, (result, *BESIDE))
    unknown = named(wide, _name(case, project, key))
    own = next(model for model in some.models if model.name == some.owner(result))
    wanted = _number(text, own.results[result].text.unit)
    answer = crossings(some, [unknown], result, wanted, at_most=at_most)[0]
    before = _figures(wide, case.runs)
    if answer.value is None:
        return Solution(answer, before, None, {})
    place, name = unknown.move
    models = [m for m in case.models if m.name in {model.name for model in wide.models}]
    runs = run_case(case, {place: {name: answer.value}}, models=models)
    failed = {title: n for run in runs.values() for title, n in run.failed_checks().items()}
    return Solution(answer, before, _figures(wide, runs), failed)


def _figures(wide: Part, runs: Mapping[str, Run]) -> dict[str, float | None]:
    return {name: runs[wide.owner(name)].value(name) for name in wide.results}


def _read(target: str) -> tuple[str, bool, str]:
    """The result, whether the value is the most that it may be, and the value as written."""
    match = _TARGET.fullmatch(target)
    if match is None:
        raise ValueError(
            f"{target!r} is no target; write RESULT=VALUE, as equity_irr=12% or dscr_min=1.3"
        )
    return match[1], match[2] == "<=", match[3]


def _number(text: str, unit: str) -> float:
    """The target's value in the result's unit."""
    given = amount(text)
    if given.unit is None:
        return given.number
    try:
        return convert(given.number, given.unit, unit)
    except UnitError as error:
        raise ValueError(f"{error}; the target is in {unit}") from None


def _name(case: Case, project: str, key: str) -> str:
    """What an input is called in the model."""
    own = case.projects[project].model.inputs
    if key == TARIFF and TARIFF not in own:
        return _tariff(case, project)
    if key in SHORT and key not in own and SHORT[key] not in own:
        section = "grant" if key == "grant" else "loan"
        advice = f"give it one in the portfolio (of 0, if you like) to solve for its {key}"
        raise UnknownName(f"project {project} has no {section}; {advice}")
    return key if key in own else SHORT.get(key, key)


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
