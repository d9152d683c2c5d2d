"""What may stand in portfolio.yaml: the shape of it, as pydantic models.

The figures, choices and seasons that a section wants come from declarations (declare.py);
`section_model` adds them to a model, so that a misspelt key is found in the same way everywhere.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from eicfinance.portfolio.problems import found_text, shown, two_ways

if TYPE_CHECKING:
    from eicfinance.portfolio.declare import Choice, Figure, Season

THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
WRITE = (
    "write a number (4.2), a number with its unit (4.2 THB/kWh) or "
    "{value: 4.2, unit: THB/kWh, source: ...}"
)
# Names of models, words of which the cluster's model makes names (valley_short), and the one name
# that Excel lets no sheet have.
RESERVED = (
    "cluster", "collateral", "drawn", "economy", "exposure", "highest", "history", "loans",
    "valley",
)  # fmt: skip
_AMOUNT = re.compile(r"([-+]?(?:[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(\S.*)?")
_GROUPED = re.compile(r"[-+]?(?:[0-9]*|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_LONGEST = 200  # characters of a figure with its unit
_MULTIPLES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "bn": 1e9,
    "billion": 1e9, "lakh": 1e5, "crore": 1e7, "พัน": 1e3, "หมื่น": 1e4, "แสน": 1e5, "ล้าน": 1e6,
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_YEARS = (1950, 2150)
_BUDDHIST = 543  # years by which the Thai calendar is ahead


class Strict(BaseModel):
    """No unknown keys, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _in_one_line(found: object) -> object:
    return " ".join(found.split()) if isinstance(found, str) else found


OneLine = Annotated[str, BeforeValidator(_in_one_line)]  # breaks and tabs become spaces


# -- figures -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and the unit that was written with it."""

    number: float
    unit: str | None = None


def amount(found: object) -> Amount:
    """A number, or a text such as ``4.2 THB/kWh`` or ``8%``. Raises ValueError for what is none."""
    if isinstance(found, Amount):
        return found
    if isinstance(found, int | float) and not isinstance(found, bool):
        return Amount(_finite(float(found), str(found)))
    if not isinstance(found, str):
        raise ValueError(f"found {found_text(found)}; this is not a figure; {WRITE}")
    text = found.translate(THAI_DIGITS).strip()
    match = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(f'"{shown(found)}" is not a figure; {WRITE}')
    if not _GROUPED.fullmatch(match[1]):
        raise ValueError(f'"{shown(match[1])}" has commas in odd places; write 1200000 or 1.2')
    number = _finite(float(match[1].replace(",", "")), match[1])
    unit = match[2]
    if unit and re.match(r"(?!1\s*(/|$))[-\u2013.,'\u2019_0-9]|.*\s[0-9]", unit):
        raise ValueError(
            f'"{shown(found)}" is not one number; write it like 1200000 or 1,200,000, and a range '
            "like {value: 5, low: 4, high: 6}"
        )
    word, *rest = unit.split(maxsplit=1) if unit else ("",)
    if times := _MULTIPLES.get(word.lower()):
        better = " ".join((f"{number * times:.12g}", *rest))
        raise ValueError(f'"{shown(found)}" is not a figure; write it out: {better}')
    return Amount(number, unit)


def _figure(found: object) -> Amount:
    """As `amount`, but not a number that is read in two ways."""
    made = amount(found)
    text = found.translate(THAI_DIGITS).strip() if isinstance(found, str) else ""
    match = _AMOUNT.fullmatch(text)
    if match and (why := two_ways(match[1])):
        raise ValueError(f'"{shown(match[1])}" {why}')
    return made


def _finite(number: float, text: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{shown(text)} is not a finite number; correct it")
    return number


class Quantity(Strict):
    """A figure as a user writes it in full; each number may have its own unit (6%)."""

    value: Annotated[Amount, BeforeValidator(_figure)] = Field(description="the figure itself")
    unit: str | None = None
    low: Annotated[Amount, BeforeValidator(_figure)] | None = None
    high: Annotated[Amount, BeforeValidator(_figure)] | None = None
    distribution: Literal["triangular", "pert", "uniform", "lognormal"] | None = None
    source: OneLine | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Quantity:
        if self.unit is not None and self.value.unit is not None:
            raise ValueError("the unit stands twice: beside the value and as unit; leave one out")
        return self

    def amounts(self) -> dict[str, Amount]:
        """What is given of value, low and high; a number without a unit is in that of the value."""
        unit = self.unit or self.value.unit
        ends = {"value": self.value, "low": self.low, "high": self.high}
        return {name: Amount(a.number, a.unit or unit) for name, a in ends.items() if a is not None}


def _in_full(found: object) -> object:
    """A number or text becomes the block that it stands for."""
    return found if isinstance(found, dict) else {"value": _figure(found)}


Given = Annotated[Quantity, BeforeValidator(_in_full)]


# -- names and dates ---------------------------------------------------------------------------


def _identifier(name: str) -> str:
    if not _NAME.fullmatch(name):
        better = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:31]
        advice = f'write "{better}"' if _NAME.fullmatch(better) else 'write for example "mill_2"'
        raise ValueError(
            f'found text "{shown(name)}"; a name has at most 31 small letters, digits and _, and '
            f"starts with a letter; {advice}; put the full name under title"
        )
    if name in RESERVED:
        raise ValueError(f'the name "{name}" is kept for the program\'s own use; choose another')
    return name


def _currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f'found text "{shown(code)}"; write three capital letters, as THB')
    return code


def _month(found: object) -> str:
    """Year and month, as 2027-01."""
    text = found.translate(THAI_DIGITS) if isinstance(found, str) else ""
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    if not match:
        raise ValueError(
            f"found {found_text(found)}; write a year and month (01 to 12), as 2027-01"
        )
    _of_our_time(int(match[1]))
    return text


def _day(found: object) -> str:
    """A day of the calendar, as 2026-11-22."""
    text = found.translate(THAI_DIGITS) if isinstance(found, str) else ""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError(f"found {found_text(found)}; write year, month and day, as 2026-11-22")
    _of_our_time(int(text[:4]))
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is not a day of the calendar; correct it") from None
    return text


def _of_our_time(year: int) -> None:
    first, last = _YEARS
    if not first <= year <= last:
        thai = year - _BUDDHIST
        hint = f"for the Thai year {year} write {thai}" if first <= thai <= last else "correct it"
        raise ValueError(f"the year {year} is not between {first} and {last}; {hint}")


Name = Annotated[str, AfterValidator(_identifier)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
SHORT_NAME = "a short name: small letters, digits, _"
FULL_NAME = "the name that reports show"
EQUAL = "so many equal ones; the figures are those of one"
OF_TYPE = "see eicfinance list and the name of the type"
OF_TECHNOLOGY = "see eicfinance list and the name of the technology"


# -- sections ----------------------------------------------------------------------------------


class Top(Strict):
    """The keys of portfolio.yaml."""

    title: OneLine = Field(min_length=1, description="the name of the portfolio")
    description: str = Field("", description="what it is about")
    economy: dict[str, Any] = Field(description="currency, closing, rates")
    borrowers: list[Any] = Field(min_length=1, description="who borrows")
    sites: list[Any] = Field([], description="what is there already: loads and by-products")
    credit_policy: dict[str, Any] = Field({}, description="the limits that a loan is held against")
    projects: list[Any] = Field(min_length=1, description="what is to be financed")
    lending: list[Any] = Field([], description="schemes to compare, with their terms")
    scenarios: list[Any] = Field([], description="figures that differ from the base, by name")
    risk: dict[str, Any] = Field({}, description="drivers of risk; see eicfinance list risk")
    bridging: list[Any] = Field(
        [], description="what could close the gap of each project that lists none of its own"
    )


class Economy(Strict):
    """The keys of economy that are not figures."""

    currency: Annotated[str, AfterValidator(_currency)] = Field(
        description="three capital letters, as THB"
    )
    closing: Annotated[str, BeforeValidator(_month)] = Field(
        description="the month of period 0, as 2027-01"
    )
    appraisal_date: Annotated[str, BeforeValidator(_day)] = Field(
        description="the day of the appraisal, as 2026-11-22"
    )
    periods_per_year: Literal[1, 2, 4, 12, 52] = Field(12, description="1, 2, 4, 12 or 52")
    exchange_rates: dict[str, Given] = Field({}, description="as {USD: 32.86 THB/USD}")
    discount_rates: dict[str, Any] = Field(
        {}, description="project and equity at least; see eicfinance list discount_rates"
    )
    tariffs: dict[str, Any] = Field({}, description="see eicfinance list tariffs")
    reference_rates: list[Any] = Field(
        [], description="what floating rates refer to; see eicfinance list reference_rate"
    )
    escalation: dict[str, Any] = Field({}, description="see eicfinance list escalation")
    economic: dict[str, Any] = Field({}, description="see eicfinance list economic; or none")


class Borrower(Strict):
    """Who borrows."""

    name: Name = Field(description=SHORT_NAME)
    title: OneLine = Field("", description=FULL_NAME)


class Site(Strict):
    """A place that is there already: loads and by-products."""

    name: Name = Field(description=SHORT_NAME)
    title: OneLine = Field("", description=FULL_NAME)
    type: str = Field(description="see eicfinance list")
    count: Count = Field(1, description=EQUAL)
    choices: dict[str, Any] = Field({}, description=OF_TYPE)
    inputs: dict[str, Any] = Field({}, description=OF_TYPE)
    seasons: dict[str, Any] = Field({}, description=OF_TYPE)


class Project(Strict):
    """A project's fixed keys; its inputs and loan are checked against their declarations."""

    name: Name = Field(description=SHORT_NAME)
    title: OneLine = Field("", description=FULL_NAME)
    borrower: str = Field(description="the name of a borrower")
    technology: str = Field(description="see eicfinance list")
    count: Count = Field(1, description=EQUAL)
    choices: dict[str, Any] = Field({}, description=OF_TECHNOLOGY)
    inputs: dict[str, Any] = Field({}, description=OF_TECHNOLOGY)
    seasons: dict[str, Any] = Field({}, description=OF_TECHNOLOGY)
    takes: dict[str, str] = Field({}, description="pools of sites, as {load: shop_site.load}")
    finance: dict[str, Any] = Field({}, description="see eicfinance list finance")
    conditions: list[OneLine] = Field(
        [], description="what must be there before the loan is paid out"
    )
    escalation: dict[str, Any] = Field({}, description="see eicfinance list escalation")
    carbon: dict[str, Any] = Field({}, description="see eicfinance list carbon; or no credits")
    economic: dict[str, Any] = Field({}, description="see eicfinance list project_economic")


class Lending(Strict):
    """A lending scheme to be compared with others on the same project."""

    name: Name | None = Field(None, description="a short name; without it, the scheme's")
    title: OneLine = Field("", description=FULL_NAME)
    scheme: str = Field(description="see eicfinance list")
    project: str = Field("", description="the name of a project; without it, all")
    choices: dict[str, Any] = Field({}, description="see eicfinance list and the scheme's name")
    inputs: dict[str, Any] = Field({}, description="see eicfinance list and the scheme's name")


class Finance(Strict):
    """The keys of a project's finance that are not figures."""

    loan: dict[str, Any] = Field({}, description="see eicfinance list loan; without it, no loan")
    loans: list[Any] = Field([], description="several loans instead, each with a name, in order")
    grants: list[Any] = Field([], description="see eicfinance list grant")
    committed_sources: list[Any] = Field([], description="see eicfinance list committed_source")
    bridging: list[Any] = Field([], description="see eicfinance list bridging")
    depreciation_shares: list[Any] = Field(
        [], description="of depreciation: custom, as [20%, 30%, 50%]: by year of operation"
    )


class Loan(Strict):
    """The keys of a loan that are not figures."""

    name: Name | None = Field(None, description="of one of several loans: a short name")
    title: OneLine = Field("", description=FULL_NAME)
    rate_steps: list[Any] = Field([], description="see eicfinance list rate_step")
    reference: str = Field("", description="in place of rate: one of economy.reference_rates")


class Reference(Strict):
    """The keys of a reference rate that are not figures."""

    name: Name = Field(description=SHORT_NAME)
    title: OneLine = Field("", description=FULL_NAME)
    rate_steps: list[Any] = Field([], description="see eicfinance list rate_step")


class Grant(Strict):
    """The keys of a grant that are not figures."""

    name: OneLine = Field(min_length=1, description="who gives it")
    source: OneLine = Field("assumption", description="where the figures come from")
    committed: bool = Field(True, description="signed; false: it does not close the gap")


class Committed(Strict):
    """The keys of a committed source that are not figures."""

    name: OneLine = Field(min_length=1, description="who gives it")
    source: OneLine = Field("assumption", description="where the figures come from")


class Scenario(Strict):
    """A named scenario: figures that differ from the base."""

    name: OneLine = Field(min_length=1, max_length=60, description="what it is called")
    changes: dict[str, Any] = Field(
        min_length=1, description="as {economy: {inflation: 4%}, PROJECT or SITE: {input: value}}"
    )


class Csv(Strict):
    """A column of a CSV file beside portfolio.yaml."""

    csv: str = Field(min_length=1, description="the name of the file")
    column: str = Field(min_length=1, description="the heading of the column")


# -- models made of declarations ---------------------------------------------------------------

ModelT = TypeVar("ModelT", bound=Strict)


def section_model(
    base: type[ModelT],
    figures: tuple[Figure, ...] = (),
    choices: tuple[Choice, ...] = (),
    seasons: tuple[Season, ...] = (),
    prefix: str = "",
    title: str = "",
) -> type[ModelT]:
    """A model with a base's keys and those of a declaration.

    prefix: what the figures' names start with and the keys leave out. title: the name under which
    `eicfinance list` shows the keys.
    """
    return cast("type[ModelT]", _section_model(base, figures, choices, seasons, prefix, title))


@cache
def _section_model(
    base: type[Strict],
    figures: tuple[Figure, ...],
    choices: tuple[Choice, ...],
    seasons: tuple[Season, ...],
    prefix: str,
    title: str,
) -> type[Strict]:
    fields: dict[str, Any] = {f.name.removeprefix(prefix): (Given, None) for f in figures}
    fields |= {
        c.name: (
            Literal[tuple(c.options)],
            c.default or Field(description=f"one of {', '.join(c.options)}"),
        )
        for c in choices
    }
    fields |= {s.name: (Any, None) for s in seasons}
    made = create_model(base.__name__, __base__=base, **fields)
    made.model_config["title"] = title
    return made


def lenient(model: type[ModelT]) -> type[ModelT]:
    """The same model with the keys that must be there empty by default."""
    return cast("type[ModelT]", _lenient(model))


@cache
def _lenient(model: type[Strict]) -> type[Strict]:
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if info.is_required():
            kind = get_origin(info.annotation) or info.annotation
            empty = Field(default_factory=cast("Any", str if kind is Literal else kind))
            fields[name] = (info.rebuild_annotation(), empty)
    return create_model(model.__name__, __base__=model, **fields)
