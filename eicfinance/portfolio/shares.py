"""Shares by year that make up a whole: custom depreciation, as [20%, 32%, 19.2%, ...]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.units import convert
from eicfinance.portfolio import schema
from eicfinance.portfolio.problems import found_text, number_text

if TYPE_CHECKING:
    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.problems import Steps

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
