"""How figures are written: grouped, rounded for reading, never "nan"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.label import Label
from eicfinance.reports.language import label, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from eicfinance.model.irr import Irr
    from eicfinance.model.items import Input

MISSING, MINUS, NIL = "–", "−", "0"
LOST = -0.5
MORE = range(7)  # digits that tell a figure from its limit
TINY = 1e-9
IN_PERCENT = ("1/year", "%")  # units of what is said in per cent
GIVE_OR_TAKE = "{value} ± {error}"
FEW = 0.1  # a chance below which a digit after the point tells something


def number(value: float | None, digits: int = 0) -> str:
    """1,234,567.8 with so many digits after the point; a dash where there is none."""
    if value is None:
        return MISSING
    text = f"{value:,.{digits}f}"
    return (
        text.replace("-0", "0") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)
    )


def percent(value: float | None, digits: int = 1) -> str:
    """0.0662 as 6.6%."""
    return MISSING if value is None else f"{number(100 * value, digits)}%"


def often(value: float, error: float, of: int) -> str:
    """A chance with its standard error: 7.0% ± 1.8. What never happened in so many
    cases is not said to be 0%."""
    if value <= 0 or value >= 1:
        return Label("none of {cases}" if value <= 0 else "all of {cases}", number(of))
    digits = next((d for d in range(3) if error >= 0.01 * 10.0**-d), 3)
    digits = max(digits, int(value < FEW))
    return Label(GIVE_OR_TAKE, percent(value, digits), number(100 * error, digits))


def share(value: float | None) -> str:
    """0.065 as 6.5%, 0.0025 as 0.25%, 1 as 100%: as many digits as it has, three at most."""
    if value is None:
        return MISSING
    digits = next((d for d in range(3) if abs(100 * value - round(100 * value, d)) < 1e-9), 3)
    return percent(value, digits)


def rate(value: float | None) -> str:
    """A rate of return; below -50% it tells nothing more."""
    if value is None or value > LOST:
        return percent(value)
    return say("rate_below", rate=percent(LOST, 0))


def rate_of_return(found: Irr) -> str:
    """A rate, or in a word why there is none."""
    return label(found.status) if found.rate is None else rate(found.rate)


def figure(value: float | None) -> str:
    """A figure with as many digits as its size wants, for tables of mixed units."""
    if value is None:
        return MISSING
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4
    if digits == 4 and round(value, 4) == round(value, 2):  # 0.5000
        digits = 2
    if float(f"{value:.{digits}f}") == round(value):
        digits = 0
    return number(value, digits)


def limit(value: float | None, unit: str, digits: int | None = None) -> str:
    """A figure of the policy table: rates and shares in per cent, years with one digit, ratios with
    two."""
    if unit in IN_PERCENT:
        return rate(value) if digits is None else percent(value, digits)
    if unit == "year":
        return say("so_many_years", number=number(value, 1 if digits is None else digits))
    return number(value, 2 if digits is None else digits)


def bound(value: float, unit: str) -> str:
    """A limit of the policy, as `limit`, but with as many digits as it has."""
    times = 100 if unit in IN_PERCENT else 1
    found = next((d for d in MORE if abs(round(times * value, d) - times * value) < TINY), MORE[-1])
    return limit(value, unit, max(found, 2 if unit == "1" else 1))


def held(value: float | None, against: float, unit: str) -> str:
    """As `limit`, with as many digits more as keep it on its side of the limit that it is held
    against: 1.1996 against 1.20 is 1.1996, not 1.20."""
    text, times = limit(value, unit), 100 if unit in IN_PERCENT else 1
    if value is None or value <= LOST:
        return text
    for digits in MORE[2 if unit == "1" else 1 :]:
        shown = round(times * value, digits) - times * against
        if (shown > TINY) == (value > against) and (shown < -TINY) == (value < against):
            return limit(value, unit, digits)
    return text


def writing(item: Input) -> tuple[Callable[[float | None], str], str]:
    """How an input's figures are written, and the unit beside them; rates are in per cent."""
    unit = item.text.unit
    if item.in_percent:
        return share, label("a year") if unit == "1/year" else ""
    return figure, "" if unit == "1" else label(unit)


def harmless(text: str) -> str:
    """Text for CSV; what a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text
