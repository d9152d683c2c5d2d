"""Reads fund.yaml: a revolving fund, its money and its years. The figures of the section `fund` are
declared by the scheme; problems are told as those of a portfolio are, all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from eicfinance.portfolio import schema
from eicfinance.portfolio.changed import WORKBOOKS, Read, WorkbookReader
from eicfinance.portfolio.checker import Checker
from eicfinance.portfolio.declare import Declaration, misplaced
from eicfinance.portfolio.figures import Figures, Values, exchange_rates
from eicfinance.portfolio.problems import (
    WHOLE_FILE,
    BadInput,
    Place,
    Problem,
    found_text,
    number_text,
)
from eicfinance.portfolio.schema import Given, OneLine, Strict, section_model
from eicfinance.portfolio.source import read_yaml

if TYPE_CHECKING:
    from eicfinance.portfolio.problems import Steps

FILE_NAME = "fund.yaml"
MONTHS = 12
LONGEST = 30  # years


def _clock(found: object) -> object:
    """Periods a year. A year or half a year is too long to see a loan age."""
    if isinstance(found, int) and not isinstance(found, bool):
        if found in (1, 2):
            raise ValueError(
                f"found {found}; a period of {MONTHS // found} months is longer than the 90 days "
                "to default, so loans cannot age in it; write 4, 12 or 52"
            )
        if found in (4, 12, 52):
            return found
    raise ValueError(f"found {found_text(found)}; allowed: 4, 12 or 52")


Years = Annotated[int, Field(ge=1, le=LONGEST)]


class Top(Strict):
    """The keys of fund.yaml."""

    title: OneLine = Field(min_length=1, description="the name of the fund")
    description: str = Field("", description="what it is about")
    currency: Annotated[str, AfterValidator(schema._currency)] = Field(
        description="three capital letters, as THB"
    )
    closing: Annotated[str, BeforeValidator(schema._month)] = Field(
        description="the month of period 0, when the fund starts, as 2027-01"
    )
    appraisal_date: Annotated[str, BeforeValidator(schema._day)] = Field(
        description="the day of the appraisal, as 2026-11-22"
    )
    periods_per_year: Annotated[int, BeforeValidator(_clock)] = Field(12, description="4, 12 or 52")
    years: Years = Field(10, description=f"how long the fund is followed, 1 to {LONGEST}")
    bad_years: list[Years] = Field(
        [], description="years that are bad in the base case, as [3, 7]; none if left out"
    )
    paths: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        10_000, description="random paths for the chance to survive; 0 for none"
    )
    seed: Annotated[int, Field(ge=0)] = Field(1, description="the same seed, the same paths")
    exchange_rates: dict[str, Given] = Field({}, description="as {USD: 32.86 THB/USD}")
    fund: dict[str, Any] = Field(description="see eicfinance list fund")


@dataclass(frozen=True, slots=True)
class FundEntry:
    """A fund that may be computed."""

    title: str
    description: str
    currency: str
    closing: tuple[int, int]
    appraisal_date: str
    periods_per_year: int
    years: int
    bad_years: tuple[int, ...]
    paths: int
    seed: int
    choices: dict[str, str]
    values: Values
    notes: tuple[str, ...]
    sha256: str
    texts: dict[str, str]

    @property
    def figures(self) -> Values:
        """The figures by key."""
        return {value.key: value for value in self.values.values()}

    @property
    def periods(self) -> int:
        return self.years * self.periods_per_year


def read_fund(folder: Path, declared: Declaration) -> FundEntry:
    """The fund in ``folder`` (or in the YAML file or workbook itself).

    Raises BadInput with every problem found; OSError if the file cannot be read.
    """
    path = folder / FILE_NAME if folder.is_dir() else folder
    if folder.is_dir() and not path.exists():
        raise FileNotFoundError(
            0, f"there is no such file; write the fund into {FILE_NAME}", str(path)
        )
    if path.suffix.lower() not in WORKBOOKS:
        return _read(path.name, declared, Checker(read_yaml(path)))
    book = WorkbookReader.of(path)
    if not book.holds("fund"):
        text = "this is not the workbook of a revolving fund; for a portfolio: eicfinance appraise"
        raise BadInput([Problem(Place(str(path), 1, 1), WHOLE_FILE, text)])

    def read() -> Read[FundEntry]:
        entry = _read(path.name, declared, Checker(book.source))
        return entry, {value.at: value for value in entry.values.values()}, {}

    entry = book.read(read)
    return replace(entry, notes=(*book.notes, *entry.notes), texts=book.texts)


def _read(name: str, declared: Declaration, checker: Checker) -> FundEntry:
    """The fund of a source. name: of its file."""
    top = checker.parse(Top, ())
    at: Steps = ("fund",)
    currency = top.currency or "THB"
    rates = exchange_rates(checker, top.exchange_rates, currency, ("exchange_rates",))
    found = checker.parse(
        section_model(Strict, declared.figures, declared.choices, title=declared.name), at
    )
    choices = {choice.name: getattr(found, choice.name) for choice in declared.choices}
    values = Figures(checker, currency, rates).values(declared.applicable(choices), found, at)
    for figure in declared.figures:
        why = misplaced(figure.when, choices)
        if why and checker.source.has((*at, figure.name)):
            checker.refuse((*at, figure.name), why.replace("choices.", ""))
    _fits(checker, top, values)
    if checker.problems:
        raise BadInput(checker.problems)
    year, month = map(int, top.closing.split("-"))
    return FundEntry(
        title=top.title, description=top.description, currency=currency, closing=(year, month),
        appraisal_date=top.appraisal_date, periods_per_year=top.periods_per_year, years=top.years,
        bad_years=tuple(top.bad_years), paths=top.paths, seed=top.seed, choices=choices,
        values=values, notes=tuple(checker.notes), sha256=checker.source.sha256,
        texts={name: checker.source.text},
    )  # fmt: skip


def _fits(checker: Checker, top: Top, values: Values) -> None:
    """What two keys together make impossible."""
    years = top.years or 0
    tenor, target = values.get("tenor_months"), values.get("target_years")
    if tenor and years and tenor.number > years * MONTHS:
        text = (f"a loan of {number_text(tenor.number)} months does not end within the fund's "
                f"{years} years; shorten it or follow the fund longer (years)")  # fmt: skip
        checker.refuse(("fund", "tenor_months"), text)
    if target and years and target.number > years:
        text = (f"{number_text(target.number)} years lie beyond the {years} for which the fund is "
                "followed; lower it or raise years")  # fmt: skip
        key = ("fund", "target_years")
        checker.refuse(key, text, at=key if checker.source.has(key) else ("fund",))
    for k, year in enumerate(top.bad_years):
        if years and year > years:
            text = f"year {year} lies beyond the fund's {years}; take it out or raise years"
            checker.refuse(("bad_years", k), text)
