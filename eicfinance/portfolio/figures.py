"""Figures: from what a user wrote to a number in the expected unit, within its limits."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eicfinance.model.label import Label
from eicfinance.model.units import SYMBOLS, UnitError, convert, parse
from eicfinance.portfolio.declare import misplaced
from eicfinance.portfolio.problems import did_you_mean, key_text, nearest, number_text, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eicfinance.model.units import Unit
    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.declare import Declaration, Figure
    from eicfinance.portfolio.problems import Steps
    from eicfinance.portfolio.schema import Amount, Quantity, Strict

ASSUMPTION = "assumption"
LARGEST, SMALLEST = 1e15, 1e-12  # beyond these a figure has the wrong unit
LONGEST = 200  # characters of a unit
_MONEY = re.compile("[A-Z]{3}")
_DIMENSIONS = {dimension for dimension, _ in SYMBOLS.values()}
_SPOKEN = {"1": "a plain number or %", "1/year": "% a year"}
MONTHS = 12
TARIFFS = ("economy", "tariffs")


@dataclass(frozen=True, slots=True)
class Value:
    """A figure in its expected unit, with range and source.

    given: the user wrote it. shared: it holds for all projects that do not give their own. at:
    where it is written or might be; empty where it cannot. low and high are both there or both
    None; where one is written, the other is the number itself.
    """

    figure: Figure
    unit: str
    number: float
    low: float | None
    high: float | None
    distribution: str | None
    source: str
    given: bool
    shared: bool = False
    at: Steps = ()

    @property
    def key(self) -> str:
        """Where it is written or might be, as people read it; "" where it cannot."""
        return key_text(self.at) if self.at else ""


Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate: the portfolio's currency for one unit of another."""

    number: float
    unit: str
    source: str | None

    def __str__(self) -> str:
        text = f"converted at {number_text(self.number)} {self.unit}"
        return f"{text} ({self.source})" if self.source else text


@dataclass(eq=False)
class Figures:
    """Reads the figures of sections. rates: by currency; None for one that has a problem.

    tariffs: prices that are given once, for each figure of that name that a project does not give;
    None for one that has a problem. used: those of them that some project takes. made: every
    figure that was read or taken by default, by its place in the file.
    """

    checker: Checker
    currency: str
    rates: Mapping[str, Rate | None] = field(default_factory=dict)
    tariffs: dict[str, Quantity | None] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    made: dict[Steps, Value] = field(default_factory=dict)

    def note(self, values: Values) -> Values:
        """Takes note of figures that follow from others, and hands them on."""
        self.made |= {value.at: value for value in values.values()}
        return values

    def values(
        self,
        figures: Iterable[Figure],
        found: Strict,
        at: Steps,
        *,
        prefix: str = "",
        required: bool = True,
        source: str = ASSUMPTION,
    ) -> Values:
        """The values of a section: given or default. A missing one is a problem if required.

        prefix: what the figures' names start with and the keys leave out.
        """
        known = type(found).model_fields
        block = self.checker.block(at)
        meant = set(known) if block is None else {nearest(k, known) for k in block} | set(block)
        values: Values = {}
        for figure in figures:
            key = figure.name.removeprefix(prefix)
            quantity: Quantity | None = getattr(found, key)
            made = None
            if quantity is not None:
                made = self.value(figure, quantity, (*at, key), source)
            elif figure.tariff and figure.name in self.tariffs:
                made = self.tariff(figure)
            elif (number := figure.default_in(self.currency)) is not None:
                made = self._default(figure, number, (*at, key))
            elif required and not figure.optional and key not in meant:
                why = "" if figure.default is None else " (the default is Thai money)"
                text = f'the key "{key}" is missing{why}: {figure.label}, in {self._unit(figure)}'
                self.checker.refuse((*at, key), f"{text}; add a line", at=at)
            if made is not None:
                values[figure.name] = made
        return self.note(values)

    def defaults(self, figures: Iterable[Figure]) -> Values:
        """The values of a section that is not written; without those that have no default."""
        numbers = {figure: figure.default_in(self.currency) for figure in figures}
        return {f.name: self._default(f, n) for f, n in numbers.items() if n is not None}

    def applicable(
        self,
        declared: Declaration,
        choices: dict[str, str],
        found: Strict,
        at: Steps,
        chosen: bool = True,
    ) -> Values:
        """The figures that apply under the choices; others are refused. chosen: they are valid."""
        prefix = declared.prefix
        values = self.values(declared.applicable(choices), found, at, prefix=prefix,
                             required=chosen)  # fmt: skip
        for figure in declared.figures if chosen else ():
            why = misplaced(figure.when, choices, "choices." if at[-1] == "inputs" else "")
            key = figure.name.removeprefix(prefix)
            if why and self.checker.source.has((*at, key)):
                self.checker.refuse((*at, key), why)
        return values

    def tariff(self, figure: Figure) -> Value | None:
        """The price that is given once for all, checked as this figure."""
        self.used.add(figure.name)
        quantity = self.tariffs[figure.name]
        made = self.value(figure, quantity, (*TARIFFS, figure.name)) if quantity else None
        return made and replace(made, shared=True)

    def _default(self, figure: Figure, number: float, at: Steps = ()) -> Value:
        low, high = figure.range_in(self.currency) or (None, None)
        unit = figure.unit_in(self.currency)
        return Value(figure, unit, number, low, high, None, figure.source, given=False,
                     at=at)  # fmt: skip

    def value(
        self, figure: Figure, quantity: Quantity, at: Steps, source: str = ASSUMPTION
    ) -> Value | None:
        """The figure in its unit; None if it has problems."""
        unit = figure.unit_in(self.currency)
        numbers: dict[str, float] = {}
        said = [quantity.source or source]
        amounts = quantity.amounts()
        for name, amount in amounts.items():
            place = at if name == "value" else (*at, name)
            try:
                number, rate = self._converted(amount, unit)
            except UnitError as error:
                apart = quantity.unit is not None and amount.unit == quantity.unit
                self.checker.refuse(
                    (*at, "unit") if apart else place,
                    f"{figure.label} is in {self._unit(figure)}: {error}",
                )
                continue
            if figure.unit == "1/year" and amount.unit is None and abs(amount.number) >= 1:
                text = number_text(amount.number)
                self.checker.refuse(
                    place, f"found {text}, which is {number_text(100 * amount.number)} per cent a "
                    f"year; for {text} per cent write {text}%",
                )  # fmt: skip
                continue
            if number is not None and self._within(figure, number, place):
                numbers[name] = number
            if rate is not None and str(rate) not in said:
                said.append(str(rate))
        if len(numbers) < len(amounts) or not self._range_is_sound(quantity, numbers, at):
            return None
        low, high = self._range(figure, numbers, at)
        source = "; ".join(said)
        number = numbers["value"]
        return Value(figure, unit, number, low, high, quantity.distribution, source, given=True,
                     at=at)  # fmt: skip

    def _range(
        self, figure: Figure, numbers: Mapping[str, float], at: Steps
    ) -> tuple[float | None, float | None]:
        """The range that is written, else the usual one where the number lies within it."""
        number, usual = numbers["value"], figure.range_in(self.currency)
        outside = usual is not None and not usual[0] <= number <= usual[1]
        if usual is not None and outside:
            sign = "%" if figure.unit == "1/year" else ""
            low, high = (f"{_spoken(figure, end)}{sign}" for end in usual)
            text = self._text(figure, number)
            said = Label("{figure} lies outside the usual range {low} to {high}", text, low, high)
            if figure.unit == "month" and number < usual[0] <= number * MONTHS <= usual[1]:
                said = Label("{text}; for {years} years write {months}",
                             said, f"{number:g}", f"{number * MONTHS:g}")  # fmt: skip
            self.checker.note(at, said)
        if len(numbers) > 1:
            return numbers.get("low", number), numbers.get("high", number)
        return (None, None) if usual is None or outside else usual

    def _range_is_sound(self, quantity: Quantity, numbers: Mapping[str, float], at: Steps) -> bool:
        number, kind = numbers["value"], quantity.distribution
        low, high = numbers.get("low", number), numbers.get("high", number)
        problem = ""
        if not low <= number <= high:
            named = ", ".join(f"{name} {number_text(numbers[name])}"
                              for name in ("low", "value", "high") if name in numbers)  # fmt: skip
            problem = f"{named} are not in this order; correct them"
        elif kind and len(numbers) < 3:
            problem = f"the distribution {kind} needs low and high; add both"
        elif kind and low == high:
            problem = "low and high are the same, which leaves nothing to distribute; correct them"
        elif kind == "lognormal" and low <= 0:
            problem = "a lognormal distribution needs a low above 0; correct low or distribution"
        if problem:
            self.checker.refuse(at, problem)
        return not problem

    def _converted(self, amount: Amount, expected: str) -> tuple[float | None, Rate | None]:
        """The number in the expected unit, and the exchange rate that was used for it."""
        number, unit = amount.number, amount.unit
        if unit is None:
            return number, None
        have, want = _known(unit), parse(expected)
        if not have.powers and (want.plain or want.same_as(parse("1/year"))):  # 8% for 8% a year
            return number / (1 / have.factor), None  # so that 6.62% is 0.0662
        for money, power in have.powers:
            foreign = _MONEY.fullmatch(money) and money not in {self.currency, *_DIMENSIONS}
            if foreign and power == 1:
                rate_unit = f"{self.currency}/{money}"
                if (have * parse(rate_unit)).powers != want.powers:
                    continue
                if money not in self.rates:
                    raise UnitError(
                        f"{money} is not the portfolio's currency ({self.currency}) and has no "
                        f"rate; add economy.exchange_rates: {{{money}: ... {rate_unit}}}"
                    )
                rate = self.rates[money]
                if rate is None:
                    return None, None
                return number * rate.number * have.factor / want.factor, rate
        if have.powers != want.powers:
            own = "%" if expected in _SPOKEN else expected
            advice = f"write the number without a unit, or in {own}"
            raise UnitError(f"{shown(unit)} cannot be converted to it; {advice}")
        return convert(number, unit, expected), None

    def _within(self, figure: Figure, number: float, at: Steps) -> bool:
        least, most = figure.least, figure.most
        found = f"found {self._text(figure, number)}"
        if (least is not None and number < least) or (most is not None and number > most):
            limits = (("at least", least), ("at most", most))
            parts = (f"{word} {_spoken(figure, n)}" for word, n in limits if n is not None)
            allowed = " and ".join(parts)
            advice = "correct it"
            if figure.unit in _SPOKEN and most is not None and most < number <= 100 * most:
                advice = f"for {number_text(number)} per cent write {number_text(number)}%"
            self.checker.refuse(at, f"{found}; allowed: {allowed} ({figure.label}); {advice}")
            return False
        if not abs(number) <= LARGEST or 0 < abs(number) < SMALLEST:
            size = "small" if abs(number) < 1 else "large"
            self.checker.refuse(at, f"{found}: too {size} to be meant; check the unit")
            return False
        return True

    def _unit(self, figure: Figure) -> str:
        unit = figure.unit_in(self.currency)
        return _SPOKEN.get(unit, unit)

    def _text(self, figure: Figure, number: float) -> str:
        """A number with its unit, as people say it."""
        unit, text = figure.unit_in(self.currency), _spoken(figure, number)
        if unit == "1":
            return text
        if unit == "1/year":
            return Label("{number}% a year", text)
        return Label("{number} {unit}", text, unit)


def _spoken(figure: Figure, number: float) -> str:
    """A number without its unit; a rate in per cent."""
    return number_text(number * 100 if figure.unit == "1/year" else number)


def _known(text: str) -> Unit:
    """The unit; UnitError, with the one that was probably meant, for what is none."""

    def found(text: str) -> Unit | None:
        try:
            unit = parse(text) if len(text) <= LONGEST else None
        except (UnitError, OverflowError, ZeroDivisionError):
            return None
        return unit if unit and 0 < unit.factor < math.inf else None

    unit = found(text)
    if unit is None:
        words = re.findall(r"[^*/\s]+", text[:LONGEST])
        hints = (did_you_mean(word, [*SYMBOLS, "THB"]) for word in words if not found(word))
        hint = next((f"; {hint}" for hint in hints if hint), "; correct the unit")
        raise UnitError(f'unit "{shown(text)}" is not known{hint}')
    return unit


def exchange_rates(
    checker: Checker, written: Mapping[str, Quantity], currency: str, at: Steps
) -> dict[str, Rate | None]:
    """The exchange rates of the economy by currency; None for those with a problem."""
    rates: dict[str, Rate | None] = dict.fromkeys(checker.block(at) or ())
    for money, quantity in written.items():
        try:
            rates[money] = _rate(money, quantity, currency)
        except ValueError as error:
            checker.refuse((*at, money), str(error))
    return rates


def _rate(money: str, quantity: Quantity, currency: str) -> Rate:
    unit = f"{currency}/{money}"
    if not _MONEY.fullmatch(money) or money in {currency, *_DIMENSIONS}:
        example = f"USD: 32.86 {currency}/USD"
        raise ValueError(f'"{shown(money)}" is not another currency; write for example {example}')
    if len(quantity.amounts()) > 1 or quantity.distribution:
        raise ValueError("a rate has no range; give one to the figures that are converted")
    amount = quantity.amounts()["value"]
    try:
        _known(amount.unit or unit)
        number = convert(amount.number, amount.unit or unit, unit)
    except UnitError as error:
        raise ValueError(f"{error}; write for example {money}: 32.86 {unit}") from None
    if not SMALLEST <= number <= LARGEST:
        raise ValueError(f"found {number_text(number)} {unit}; a rate is above 0; correct it")
    return Rate(number, unit, quantity.source)
