"""Units: what may be added to what, and how a figure quoted in one unit reads in another.

A unit is a product of symbols with whole powers, written as the trade writes it: ``THB/kWh``,
``kWh/kWp/year``, ``m3/day``, ``1`` for a plain number, ``%`` for a hundredth. Any three capital
letters that are not a symbol below are a currency (``THB``, ``USD``); ``k`` and ``M`` before a
currency mean thousand and million (``MTHB``).

Two rules of the house:

* Substances are dimensions of their own: a tonne of CO2e does not add to a tonne of husk, and
  power (kW) is not energy per hour, so that 5 kW + 5 kWh is refused.
* Inside a model time is left out: ``balance * rate / periods_per_year`` is money. Converting a
  user's figure keeps time (``3 years`` is 36 months).

Gas volumes are normal cubic metres (0 degC, 101.325 kPa, dry). ``m3_20C`` and
``m3_25C`` are the same gas quoted at 20 and 25 degC: converted by the ideal gas law, 273.15/(273.15
+ T).

>>> convert(3, "year", "month")
36.0
>>> convert(2, "THB/MWh", "THB/kWh")
0.002
>>> parse("THB/kWh") * parse("MWh") == parse("kTHB")
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

# symbol -> (dimension, factor to that dimension's base). Bases: kg, kWh, kW, m3, hour, ...
SYMBOLS: dict[str, tuple[str, float]] = {
    "g": ("mass", 1e-3), "kg": ("mass", 1.0), "t": ("mass", 1e3),
    "kgCO2e": ("CO2e", 1.0), "tCO2e": ("CO2e", 1e3), "gCO2e": ("CO2e", 1e-3),
    "kgCH4": ("CH4", 1.0), "tCH4": ("CH4", 1e3),
    "kgN2O": ("N2O", 1.0), "tN2O": ("N2O", 1e3),
    "kgCOD": ("COD", 1.0), "tCOD": ("COD", 1e3),
    "kgVS": ("VS", 1.0), "tVS": ("VS", 1e3),
    "kWh": ("energy", 1.0), "MWh": ("energy", 1e3), "GWh": ("energy", 1e6),
    "MJ": ("energy", 1 / 3.6), "GJ": ("energy", 1e3 / 3.6), "TJ": ("energy", 1e6 / 3.6),
    "W": ("power", 1e-3), "kW": ("power", 1.0), "MW": ("power", 1e3),
    "Wp": ("peak power", 1e-3), "kWp": ("peak power", 1.0), "MWp": ("peak power", 1e3),
    "m3": ("volume", 1.0), "litre": ("volume", 1e-3), "l": ("volume", 1e-3),
    "Nm3": ("gas volume", 1.0), "m3_20C": ("gas volume", 273.15 / 293.15),
    "m3_25C": ("gas volume", 273.15 / 298.15),
    "m2": ("area", 1.0), "ha": ("area", 1e4), "rai": ("area", 1.6e3), "km": ("distance", 1.0),
    "head": ("head", 1.0), "household": ("household", 1.0), "system": ("system", 1.0),
    "person": ("person", 1.0), "loan": ("loan", 1.0),
    "h": ("time", 1.0), "hour": ("time", 1.0), "day": ("time", 24.0), "d": ("time", 24.0),
    "week": ("time", 24 * 365 / 52), "month": ("time", 24 * 365 / 12), "year": ("time", 24 * 365.0),
    "y": ("time", 24 * 365.0), "period": ("period", 1.0),
    "1": ("", 1.0), "%": ("", 0.01),
}  # fmt: skip
PLURALS = ("h", "hour", "day", "week", "month", "year", "head", "household", "system", "period")
ALIASES = {f"{word}s": word for word in PLURALS} | {"liter": "litre", "tonne": "t", "tonnes": "t"}
LOOSELY = {symbol.upper(): symbol for symbol in SYMBOLS}
TIMELESS = ("time", "period")


class UnitError(ValueError):
    """A unit that is not known, or a figure that cannot be converted; the message says which."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Dimensions with their powers, in order of name, and the factor to the base units."""

    powers: tuple[tuple[str, int], ...]
    factor: float

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + power
        return _unit(powers, self.factor * other.factor)

    def __truediv__(self, other: Unit) -> Unit:
        return self * _unit({name: -power for name, power in other.powers}, 1 / other.factor)

    def __pow__(self, power: int) -> Unit:
        return _unit({name: p * power for name, p in self.powers}, self.factor**power)

    @property
    def plain(self) -> bool:
        """A pure number: no dimension, factor 1."""
        return not self.powers and abs(self.factor - 1) < 1e-12

    def same_as(self, other: Unit) -> bool:
        """Whether figures in the two may be added: same dimensions and same size."""
        return self.powers == other.powers and abs(self.factor / other.factor - 1) < 1e-12

    def __str__(self) -> str:
        over = "*".join(n if p == 1 else f"{n}^{p}" for n, p in self.powers if p > 0)
        under = "".join(f"/{n}" + (f"^{-p}" if p < -1 else "") for n, p in self.powers if p < 0)
        size = "" if abs(self.factor - 1) < 1e-12 else f"{self.factor:g} "
        return f"{size}{over or '1'}{under}"


def _unit(powers: dict[str, int], factor: float) -> Unit:
    return Unit(tuple(sorted((n, p) for n, p in powers.items() if p and n)), factor)


@cache
def parse(text: str) -> Unit:
    """The unit that ``text`` names, time included. Raises UnitError with what is not understood."""
    return _product(text, leave_out=())


@cache
def timeless(text: str) -> Unit:
    """The unit without its time words: the form in which models check."""
    return _product(text, leave_out=TIMELESS)


def _product(text: str, leave_out: tuple[str, ...]) -> Unit:
    if not text.strip() or re.search(r"[*/]\s*([*/]|$)", text):
        raise UnitError(f"{text!r} is not a unit; write for example THB/kWh, month or 1")
    unit = Unit((), 1.0)
    for sign, word in re.findall(r"([*/ ]?)\s*([^*/\s]+)", text.strip()):
        symbol = _symbol(word, text)
        if not any(name in leave_out for name, _ in symbol.powers):
            unit = unit / symbol if sign == "/" else unit * symbol
    return unit


def _symbol(word: str, text: str) -> Unit:
    base, raised, power = word.partition("^")
    if raised and not re.fullmatch(r"-?\d{1,2}", power):
        raise UnitError(f"the power in unit {text!r} must be a whole number")
    base = ALIASES.get(base, base)
    if base in SYMBOLS:
        dimension, factor = SYMBOLS[base]
    elif near := LOOSELY.get(base.upper()):
        raise UnitError(f"unit {base!r} is not known (in {text!r}); did you mean {near!r}?")
    elif money := re.fullmatch(r"([kM]?)([A-Z]{3})", base):
        dimension, factor = money[2], {"": 1.0, "k": 1e3, "M": 1e6}[money[1]]
    else:
        raise UnitError(f"unit {base!r} is not known (in {text!r})")
    return _unit({dimension: 1}, factor) ** int(power or 1)


def convert(value: float, unit: str, to: str) -> float:
    """``value`` in ``unit`` expressed in ``to``. Raises UnitError for units of different things.

    A fraction may be given in per cent, and a year's figure for a month's, but not kWh for kW.
    """
    have, want = parse(unit), parse(to)
    if have.powers != want.powers:
        raise UnitError(f"{unit} cannot be converted to {to}")
    return value if unit == to else value * have.factor / want.factor
