"""Shares that make up a whole: of custom depreciation by year, as [20%, 32%, 19.2%, ...]; of what
an owner has once, by project."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eicfinance.model.units import convert
from eicfinance.portfolio import schema
from eicfinance.portfolio.figures import Value
from eicfinance.portfolio.problems import found_text, number_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.declare import Declaration
    from eicfinance.portfolio.entries import ProjectEntry
    from eicfinance.portfolio.problems import Steps

PROMOTER_SHARE, HOST_SHARE = "promoter_share", "host_share"
EVENLY = "assumption: what the owner's other projects leave, evenly"
YEARS_MOST = 50
WITHIN = 1e-6  # so that published tables, rounded to a hundredth of a per cent, add up
WRITE = "write a list by year of operation that adds up to 100%, as [20%, 30%, 50%]"


def shares(checker: Checker, at: Steps, wanted: bool) -> tuple[float, ...]:
    """The shares at ``at``; none, with a problem, where they are wrong, missing or not wanted."""
    key, above = at[-1], at[:-1]
    if not checker.source.has(at):
        if wanted:
            text = f'depreciation is custom, but the key "{key}" is missing; {WRITE}'
            checker.refuse(at, text, at=above)
        return ()
    if not wanted:
        text = "this applies only where depreciation is custom; take it out or change depreciation"
        checker.refuse(at, text)
        return ()
    written = checker.source.value(at)
    if not isinstance(written, list) or not 1 <= len(written) <= YEARS_MOST:
        found = f"{len(written)} shares" if isinstance(written, list) else found_text(written)
        checker.refuse(at, f"found {found}; allowed: 1 to {YEARS_MOST} shares; {WRITE}")
        return ()
    before = len(checker.problems)
    parts = [_share(checker, item, (*at, k)) for k, item in enumerate(written)]
    whole = sum(parts)
    if len(checker.problems) > before:
        return ()
    if abs(whole - 1) > WITHIN:
        checker.refuse(at, f"the shares add up to {number_text(100 * whole)}%, not 100%; {WRITE}")
        return ()
    return tuple(part / whole for part in parts)


def _share(checker: Checker, item: object, at: Steps) -> float:
    """One share, 0 to 1; 0, with a problem, for anything else."""
    try:
        amount = schema.amount(item)
        number = convert(amount.number, amount.unit or "1", "1")
    except ValueError:  # UnitError is one
        checker.refuse(at, f"found {found_text(item)}; a share is a number from 0 to 1 or 20%")
        return 0.0
    if not 0 <= number <= 1:
        text = number_text(number)
        hint = f"; for {text} per cent write {text}%" if 1 < number <= 100 else "; correct it"
        checker.refuse(at, f"found {text}; a share is a number from 0 to 1 or 20%{hint}")
        return 0.0
    return number


def left_evenly(
    projects: Sequence[ProjectEntry], finance: Declaration, made: dict[Steps, Value]
) -> list[ProjectEntry]:
    """The projects with their shares in what their owner has once, where he has several: of those
    that say none, what the others leave, evenly. Cash is for all, the host's rest for those with
    loans. made: figures by place, which they join."""
    found = list(projects)
    for figure in (f for f in finance.figures if f.name in (PROMOTER_SHARE, HOST_SHARE)):
        for owner in dict.fromkeys(p.borrower for p in projects):
            mine = [(k, p) for k, p in enumerate(found) if p.borrower == owner
                    and (p.loans or figure.name == PROMOTER_SHARE)]  # fmt: skip
            silent = [k for k, p in mine if figure.name not in p.finance.values]
            said = [p.finance.values[figure.name].number for k, p in mine if k not in silent]
            for k in silent if len(mine) > 1 else ():
                at: Steps = ("projects", k, "finance", figure.name)
                share = max(0.0, (1 - sum(said)) / len(silent))
                made[at] = Value(figure, "1", share, None, None, None, EVENLY, False, at=at)
                terms = found[k].finance
                terms = replace(terms, values=terms.values | {figure.name: made[at]})
                found[k] = replace(found[k], finance=terms)
    return found
