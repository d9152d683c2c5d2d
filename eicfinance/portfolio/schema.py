"""What may stand in portfolio.yaml: the shape of it, as pydantic models.

The figures that a section wants come from declarations (declare.py); `section_model` turns one into
a model, so that a misspelt key is found in the same way everywhere.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from eicfinance.model.units import UnitError, convert, parse

if TYPE_CHECKING:
    from eicfinance.portfolio.declare import Choice, Figure, Season

THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
WITH_UNIT = re.compile(r"\s*([-+]?[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*(\S.*?)?\s*")
GROUPED = re.compile(r"[-+]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
WRITE = "write a number (4.2), a number with its unit (4.2 THB/kWh) or {value: 4.2, unit: ..., source: ...}"


class Strict(BaseModel):
    """No unknown keys, no silent conversion of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def quantity(text: str) -> dict[str, Any]:
    """A text such as ``4.2 THB/kWh`` or ``8%`` as value and unit. Raises ValueError otherwise."""
    match = WITH_UNIT.fullmatch(text.translate(THAI_DIGITS))
    if match is None:
        raise ValueError(f'"{text}" is not a figure; {WRITE}')
    if not GROUPED.fullmatch(match[1]):
        raise ValueError(f'"{match[1]}" has commas in odd places; write 1200000 or 1,200,000')
    return {"value": float(match[1].replace(",", "")), "unit": match[2]}


def _spread(found: Any) -> Any:
    """A plain number or text becomes the long form."""
    if isinstance(found, bool) or found is None or isinstance(found, list):
        raise ValueError(f"this is not a figure; {WRITE}")
    if isinstance(found, int | float):
        return {"value": found}
    if isinstance(found, str):
        return quantity(found)
    if not isinstance(found, dict):
        return found
    made = dict(found)
    if isinstance(made.get("value"), str):
        inner = quantity(made["value"])
        if inner["unit"] and made.get("unit"):
            raise ValueError("the unit stands twice, beside the value and under unit; leave one out")
        made |= {key: item for key, item in inner.items() if item is not None}
    for end in ("low", "high"):  # with a unit of its own, for example 6%, in that of the value
        if isinstance(made.get(end), str):
            inner = quantity(made[end])
            own = inner["unit"] or made.get("unit") or "1"
            made[end] = convert(inner["value"], own, made.get("unit") or "1")
    return made


class Quantity(Strict):
    """A figure as a user writes it."""

    value: float = Field(description="the figure itself")
    unit: str | None = Field(None, description="its unit, if not the expected one")
    low: float | None = Field(None, description="lowest plausible value, in the same unit")
    high: float | None = Field(None, description="highest plausible value, in the same unit")
    distribution: Literal["triangular", "pert", "uniform", "lognormal"] | None = None
    source: str | None = Field(None, description="where it comes from")

    @model_validator(mode="after")
    def _sound(self) -> Quantity:
        if self.unit is not None:
            try:
                parse(self.unit)
            except UnitError as error:
                raise ValueError(f"{error}; write for example THB/kWh, t/year or %") from None
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(
                f"low {low:g}, value {self.value:g}, high {high:g} are not in this order; correct them"
            )
        return self


Given = Annotated[Quantity, BeforeValidator(_spread)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Grant(Strict):
    """A grant, as a share of capital cost or an amount; paid after an inspection, or at once."""

    name: str = Field(description="who gives it")
    share: Given | None = None
    amount: Given | None = None
    lag_months: Given | None = Field(None, description="months from commissioning to payment")
    source: str = "assumption"

    @model_validator(mode="after")
    def _one(self) -> Grant:
        if (self.share is None) == (self.amount is None):
            raise ValueError("give either share (of capital cost) or amount, not both, not neither")
        return self


class Project(Strict):
    """A project's fixed keys; its inputs and loan are checked against their declarations."""

    name: Name = Field(description="a short name: small letters, digits, _")
    title: str = ""
    borrower: Name = Field(description="the name of a borrower")
    technology: str = Field(description="see eicfinance list")
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    choices: dict[str, str] = {}
    inputs: dict[str, Any] = {}
    seasons: dict[str, Any] = {}
    takes: dict[str, str] = {}
    finance: dict[str, Any] = {}
    conditions: list[str] = []
    escalation: dict[str, Any] = {}


class SiteEntry(Strict):
    """A place that is there already: loads and by-products."""

    name: Name = Field(description="a short name: small letters, digits, _")
    title: str = ""
    type: str = Field(description="see eicfinance list")
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    inputs: dict[str, Any] = {}
    seasons: dict[str, Any] = {}


class Borrower(Strict):
    """Who borrows."""

    name: Name = Field(description="a short name: small letters, digits, _")
    title: str = ""


class Top(Strict):
    """The keys of portfolio.yaml."""

    title: str = Field(description="the name of the portfolio")
    description: str = ""
    economy: dict[str, Any] = Field(description="currency, closing, rates")
    borrowers: list[Any] = Field(min_length=1, description="who borrows")
    sites: list[Any] = []
    credit_policy: dict[str, Any] = {}
    projects: list[Any] = Field(min_length=1, description="what is to be financed")


class EconomyKeys(Strict):
    """The keys of economy that are not figures."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="three capital letters, as THB"
    )
    closing: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] = Field(
        description="the month of period 0, as 2027-01"
    )
    appraisal_date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = Field(
        description="the day of the appraisal, as 2026-11-22"
    )
    periods_per_year: Literal[1, 2, 4, 12, 52] = 12
    exchange_rates: dict[str, Any] = {}


@cache
def section_model(
    name: str,
    figures: tuple[Figure, ...] = (),
    choices: tuple[Choice, ...] = (),
    seasons: tuple[Season, ...] = (),
    base: type[Strict] = Strict,
) -> type[Strict]:
    """A pydantic model whose keys are a base's and those of a declaration."""
    fields: dict[str, Any] = {}
    for figure in figures:
        about = Field(None, description=f"{figure.label}, {figure.unit}")
        fields[figure.name] = (Given | None, about)
    for choice in choices:
        option = Literal[tuple(choice.options)]  # type: ignore[valid-type]
        fields[choice.name] = (option, Field(choice.default, description=choice.label))
    for season in seasons:
        fields[season.name] = (Any, Field(None, description=season.label))
    return create_model(name, __base__=base, **fields)
