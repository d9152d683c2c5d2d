"""Reads a portfolio folder: portfolio.yaml and the CSV files beside it.

The declarations of technologies, sites and finance come as an argument; nothing above this package
is imported. All problems are collected and raised together as `BadInput`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from eicfinance.model.label import Label
from eicfinance.portfolio import schema
from eicfinance.portfolio.bridging import check_bridging, read_bridging
from eicfinance.portfolio.changed import WORKBOOKS, Read, WorkbookReader
from eicfinance.portfolio.checker import Checker
from eicfinance.portfolio.declare import HOME_CURRENCY
from eicfinance.portfolio.economic import CARBON, ECONOMIC, read_economic
from eicfinance.portfolio.economy import (
    BORROWER,
    DISCOUNTS,
    ECONOMY,
    ESCALATION,
    POLICY,
    of_sets,
    tariffs,
)
from eicfinance.portfolio.entries import (
    PLACEHOLDER,
    CommittedEntry,
    Declarations,
    Entry,
    GrantEntry,
    LendingEntry,
    Portfolio,
    ProjectEntry,
    Seasons,
)
from eicfinance.portfolio.figures import TARIFFS, Figures, Value, Values, exchange_rates
from eicfinance.portfolio.loans import LoanReader, choices_of
from eicfinance.portfolio.problems import (
    MANY,
    WHOLE_FILE,
    BadInput,
    Place,
    Problem,
    key_text,
    nearest,
    number_text,
    shown,
    unknown,
)
from eicfinance.portfolio.references import References, Written, pool_of
from eicfinance.portfolio.risk import RiskEntry, RiskReader
from eicfinance.portfolio.scenarios import ScenarioReader, figures_of
from eicfinance.portfolio.schema import section_model
from eicfinance.portfolio.seasons import SeasonReader
from eicfinance.portfolio.sections import LENDING, PROJECT, SITE
from eicfinance.portfolio.shares import left_evenly, shares
from eicfinance.portfolio.source import read_yaml
from eicfinance.portfolio.xlsx import what_is_there

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.portfolio.declare import Declaration, Figure
    from eicfinance.portfolio.problems import Steps

__all__ = [
    "BadInput",
    "Declarations",
    "Entry",
    "GrantEntry",
    "Portfolio",
    "ProjectEntry",
    "Seasons",
    "Value",
    "Values",
    "read_portfolio",
]

FILE_NAME = "portfolio.yaml"
ItemT = TypeVar("ItemT", bound=schema.Strict)


def read_portfolio(folder: Path, declared: Declarations) -> Portfolio:
    """The portfolio in ``folder`` (or in the YAML file or workbook itself).

    Raises BadInput with every problem found; OSError if a file cannot be read.
    """
    path = folder / FILE_NAME if folder.is_dir() else folder
    if path.suffix.lower() in WORKBOOKS:
        return _from_workbook(path, declared)
    if folder.is_dir() and not path.exists():
        raise FileNotFoundError(0, what_is_there(folder, FILE_NAME), str(path))
    return _Reader(path, declared, Checker(read_yaml(path))).read()


def _from_workbook(path: Path, declared: Declarations) -> Portfolio:
    book = WorkbookReader.of(path)
    if book.holds("fund") and not book.holds("projects"):
        text = f"this is the workbook of a revolving fund: eicfinance fund {path.name}"
        raise BadInput([Problem(Place(str(path), 1, 1), WHOLE_FILE, text)])

    def read() -> Read[Portfolio]:
        reader = _Reader(path, declared, Checker(book.source), dict(book.texts))
        return reader.read(), reader.figures.made, reader.seasons.made

    portfolio = book.read(read)
    notes = (*book.notes, *portfolio.notes)
    return replace(portfolio, notes=notes, texts=book.texts, cells=book.cells(),
                   files={path.name: book.source.sha256})  # fmt: skip


@dataclass(eq=False)
class _Reader:
    path: Path
    declared: Declarations
    checker: Checker
    texts: dict[str, str] = field(default_factory=dict)  # of CSV files that are not in the folder
    figures: Figures = field(init=False)
    seasons: SeasonReader = field(init=False)
    loans: LoanReader = field(init=False)
    bridging: tuple[Entry, ...] = ()  # of projects that list none

    def read(self) -> Portfolio:
        top = self.checker.parse(schema.Top, ())
        model = section_model(schema.Economy, ECONOMY.figures, ECONOMY.choices, title=ECONOMY.name)
        keys = self.checker.parse(model, ("economy",))
        currency = keys.currency or HOME_CURRENCY
        rates = exchange_rates(
            self.checker, keys.exchange_rates, currency, ("economy", "exchange_rates")
        )
        self.figures = Figures(self.checker, currency, rates)
        self.seasons = SeasonReader(self.checker, self.path.parent, self.texts)
        economy = self._economy(keys)
        self.loans = LoanReader(self.checker, self.figures, self.seasons, self.declared)
        references = self.loans.references(len(keys.reference_rates))
        shadow = self._optional(ECONOMIC, ("economy", ECONOMIC.name))
        prices = self._tariffs()
        written = Written(
            self._items(schema.Borrower, "borrowers", len(top.borrowers), BORROWER),
            self._items(schema.Site, "sites", len(top.sites), SITE),
            self._items(schema.Project, "projects", len(top.projects), PROJECT),
        )
        self.bridging = read_bridging(self.checker, self.figures, ("bridging",))
        borrowers = [self._borrower(found, at) for at, found in written.borrowers.items()]
        sites = [self._site(found, at) for at, found in written.sites.items()]
        projects = [self._project(found, at) for at, found in written.projects.items()]
        projects = left_evenly(projects, self.declared.finance, self.figures.made)
        self._unused(prices)
        policy = self._section(schema.Strict, POLICY, ("credit_policy",))[1]
        lending = self._lending(len(top.lending), [entry.name for entry in projects])
        References(self.checker, written, self.declared).check()
        base = figures_of(economy, sites, projects, references)
        sound = not self.checker.problems
        scenarios = ScenarioReader(self.checker, self.figures, base).read(
            len(top.scenarios) if sound else 0
        )
        risk = RiskEntry()
        if sound:
            risk = RiskReader.of(self.checker, self.figures, self.declared.sites, base,
                                 borrowers, sites, projects).read()  # fmt: skip
        if self.checker.problems:
            raise BadInput(self.checker.problems)
        year, month = map(int, keys.closing.split("-"))
        self._placeholders()
        if keys.closing < keys.appraisal_date[:7]:
            self.checker.note(("economy", "closing"), Label(
                "closing in {closing} lies before the appraisal of {date}",
                keys.closing, keys.appraisal_date))  # fmt: skip
        return Portfolio(
            folder=self.path.parent, title=top.title, description=top.description,
            currency=currency, closing=(year, month), appraisal_date=keys.appraisal_date,
            periods_per_year=keys.periods_per_year, economy=economy, economic=shadow,
            borrowers={entry.name: entry for entry in borrowers}, sites=tuple(sites),
            projects=tuple(projects), policy=policy, references=references, lending=lending,
            scenarios=scenarios, risk=risk, notes=tuple(self.checker.notes),
            files={self.path.name: self.checker.source.sha256} | self.seasons.files,
            texts={self.path.name: self.checker.source.text} | self.texts,
            figures={value.key: value for value in self.figures.made.values()},
        )  # fmt: skip

    def _placeholders(self) -> None:
        """Notes which figures a starting portfolio still waits for."""
        source = self.checker.source
        named = [
            key_text(path[:-1])
            for path in source.places
            if path[-1:] == ("source",) and source.value(path) == PLACEHOLDER
        ]
        if named:
            names = ", ".join(named[:MANY])
            text = Label('{count} figures still say "{words}": {names}',
                         str(len(named)), PLACEHOLDER, names)  # fmt: skip
            if len(named) > MANY:
                text = Label("{text} and {count} more", text, str(len(named) - MANY))
            self.checker.note((), text)

    # -- sections -------------------------------------------------------------------------------

    def _items(
        self, base: type[ItemT], key: str, number: int, declared: Declaration
    ) -> dict[Steps, ItemT]:
        """The items of a list by their paths."""
        model = section_model(base, declared.figures, declared.choices, title=declared.name)
        return {(key, k): self.checker.parse(model, (key, k)) for k in range(number)}

    def _section(
        self, base: type[schema.Strict], declared: Declaration, at: Steps
    ) -> tuple[dict[str, str], Values]:
        """The choices and values of a section that holds both."""
        model = section_model(base, declared.figures, declared.choices, title=declared.name)
        before = len(self.checker.problems)
        found = self.checker.parse(model, at)
        chosen = len(self.checker.problems) == before
        choices = choices_of(declared.choices, found)
        return choices, self.figures.applicable(declared, choices, found, at, chosen)

    def _economy(self, keys: schema.Economy) -> Entry:
        at: Steps = ("economy",)
        choices = choices_of(ECONOMY.choices, keys)
        values = self.figures.values(ECONOMY.figures, keys, at)
        values |= of_sets(choices, values)
        values |= self._prefixed(DISCOUNTS, at)
        inflation = values.get("inflation")
        given = self._prefixed(ESCALATION, at)
        for figure in ESCALATION.figures:
            if figure.name in given:
                values[figure.name] = given[figure.name]
            elif inflation is not None:
                values[figure.name] = replace(
                    inflation, figure=figure, source=figure.source, given=False,
                    at=(*at, ESCALATION.name, figure.name.removeprefix(ESCALATION.prefix)),
                )  # fmt: skip
        self.figures.note(values)
        return Entry("economy", "Economy", "economy", 1, choices, values, {})

    def _prefixed(self, declared: Declaration, above: Steps) -> Values:
        """The figures of a section whose keys leave out what the figures' names start with."""
        at, figures, prefix = (*above, declared.name), declared.figures, declared.prefix
        model = section_model(schema.Strict, figures, prefix=prefix, title=declared.name)
        found = self.checker.parse(model, at)
        return self.figures.values(figures, found, at, prefix=prefix)

    def _tariffs(self) -> tuple[Figure, ...]:
        """Takes note of the prices that hold for every project that does not give its own; each
        project checks them as its own figures. Returns those that are written."""
        declared = tariffs(self.declared.technologies.values())
        model = section_model(schema.Strict, declared.figures, title=declared.name)
        found = self.checker.parse(model, TARIFFS)
        written = {nearest(key, model.model_fields) for key in self.checker.block(TARIFFS) or ()}
        figures = tuple(f for f in declared.figures if f.name in written)
        self.figures.tariffs = {f.name: getattr(found, f.name) for f in figures}
        return figures

    def _unused(self, prices: tuple[Figure, ...]) -> None:
        """Checks prices that no project has checked."""
        for figure in prices:
            if figure.name not in self.figures.used:
                self.figures.tariff(figure)
                text = "no project takes this price: each gives its own or has no use for it"
                self.checker.note((*TARIFFS, figure.name), text)

    def _borrower(self, found: schema.Borrower, at: Steps) -> Entry:
        choices = choices_of(BORROWER.choices, found)
        values = self.figures.values(BORROWER.figures, found, at)
        return Entry(found.name, found.title or found.name, "borrower", 1, choices, values, {})

    def _site(self, found: schema.Site, at: Steps) -> Entry:
        declared = self._named(self.declared.sites, found.type, (*at, "type"), "type of site")
        choices, values, seasons = self._inputs(declared, at)
        title = found.title or (declared.title if declared else "")
        return Entry(found.name, title, found.type, found.count, choices, values, seasons)

    def _project(self, found: schema.Project, at: Steps) -> ProjectEntry:
        known = self.declared.technologies
        declared = self._named(known, found.technology, (*at, "technology"), "technology")
        choices, values, seasons = self._inputs(declared, at)
        place = (*at, "finance")
        own = self.declared.finance
        terms = Entry("finance", own.title, "finance", 1,
                      *self._section(schema.Finance, own, place), {})  # fmt: skip
        custom = terms.choices["depreciation"] == "custom"
        if "holiday_cap" in terms.values and "holiday_years" not in terms.values:
            text = "a cap needs a tax holiday; add holiday_years"
            self.checker.refuse((*place, "holiday_cap"), text)
        loans, grants = self.loans.of_project(place, values), self._grants((*place, "grants"))
        bridging = self.bridging
        if self.checker.source.has((*place, "bridging")):
            bridging = read_bridging(self.checker, self.figures, (*place, "bridging"))
            check_bridging(self.checker, (*place, "bridging"), bridging, grants, len(loans))
        return ProjectEntry(
            name=found.name, title=found.title or found.name, kind=found.technology,
            count=found.count, choices=choices, values=values, seasons=seasons,
            borrower=found.borrower, finance=terms, loans=loans,
            takes={name: pool_of(text) for name, text in found.takes.items()},
            grants=grants, bridging=bridging,
            committed=self._committed((*place, "committed_sources")),
            conditions=tuple(found.conditions),
            depreciation_shares=shares(self.checker, (*place, "depreciation_shares"), custom),
            escalation=self._prefixed(ESCALATION, at), place=self.checker.source.place(at),
            carbon=self._optional(CARBON, (*at, CARBON.name)),
            economic=read_economic(self.checker, self.figures, (*at, "economic")),
        )  # fmt: skip

    def _inputs(
        self, declared: Declaration | None, at: Steps
    ) -> tuple[dict[str, str], Values, Seasons]:
        """Choices, figures and seasons of a site or project; none if its kind is not known."""
        if declared is None:
            return {}, {}, {}
        before = len(self.checker.problems)
        title = declared.name
        model = section_model(schema.Strict, choices=declared.choices, title=title)
        choices = choices_of(declared.choices, self.checker.parse(model, (*at, "choices")))
        chosen = len(self.checker.problems) == before
        place = (*at, "inputs")
        model = section_model(schema.Strict, declared.figures, title=title)
        inputs = self.checker.parse(model, place)
        values = self.figures.applicable(declared, choices, inputs, place, chosen)
        place = (*at, "seasons")
        model = section_model(schema.Strict, seasons=declared.seasons, title=title)
        self.checker.parse(model, place)
        return choices, values, self.seasons.seasons(declared.seasons, place)

    def _optional(self, declared: Declaration, at: Steps) -> Entry | None:
        """A section of figures and choices that may be left out altogether."""
        if not self.checker.source.has(at):
            return None
        before = len(self.checker.problems)
        model = section_model(schema.Strict, declared.figures, declared.choices,
                              prefix=declared.prefix, title=declared.name)  # fmt: skip
        found = self.checker.parse(model, at)
        choices = choices_of(declared.choices, found)
        chosen = len(self.checker.problems) == before
        values = self.figures.applicable(declared, choices, found, at, chosen)
        return Entry(declared.name, declared.title, declared.name, 1, choices, values, {})

    def _lending(self, number: int, projects: list[str]) -> tuple[LendingEntry, ...]:
        """The schemes of the file, then those that it does not name for all projects, with their
        defaults."""
        found: dict[str, LendingEntry] = {}
        for at, one in self._items(schema.Lending, "lending", number, LENDING).items():
            declared = self._named(self.declared.schemes, one.scheme, (*at, "scheme"), "scheme")
            choices, values, _ = self._inputs(declared, at)
            name = one.name or one.scheme
            if name in found:
                self.checker.refuse(at, f'another scheme is called "{shown(name)}"; name this one')
            if one.project and one.project not in projects:
                what = f'there is no project "{shown(one.project)}"'
                self.checker.refuse((*at, "project"), unknown(what, one.project, projects))
            title = one.title or (declared.title if declared else "")
            place = self.checker.source.place(at)
            found[name] = LendingEntry(name, title, one.scheme, 1, choices, values, {},
                                       one.project, True, place)  # fmt: skip
        asked = {entry.kind for entry in found.values() if not entry.project}
        for declared in self.declared.schemes.values():
            if declared.name not in asked:
                choices = {choice.name: choice.default for choice in declared.choices}
                values = self.figures.defaults(declared.applicable(choices))
                found[f"by default: {declared.name}"] = LendingEntry(
                    declared.name, declared.title, declared.name, 1, choices, values, {}, "", False
                )
        return tuple(found.values())

    # -- finance --------------------------------------------------------------------------------

    def _grants(self, at: Steps) -> tuple[GrantEntry, ...]:
        """The grants of a project."""
        written = self.checker.source.value(at)
        number = len(written) if isinstance(written, list) else 0
        grants = [grant for k in range(number) if (grant := self._grant((*at, k)))]
        whole = sum(grant.share.number for grant in grants if grant.share)
        if whole > 1:
            text = f"the grants' shares add up to {number_text(whole)} of the capital cost"
            self.checker.refuse(at, f"{text}; at most 1; lower them")
        return tuple(grants)

    def _grant(self, at: Steps) -> GrantEntry | None:
        figures = self.declared.grant.figures
        model = section_model(schema.Grant, figures, title=self.declared.grant.name)
        found = self.checker.parse(model, at)
        values = self.figures.values(figures, found, at, required=False, source=found.source)
        block = self.checker.block(at)
        if block is None:
            return None
        misspelt = block.keys() - type(found).model_fields
        if ("share" in block) == ("amount" in block) and not misspelt:
            text = "a grant has either share (of the capital cost) or amount; write one of the two"
            self.checker.refuse(at, text)
        lag = values.get("lag_months")
        if lag is None:  # it has a problem
            return None
        return GrantEntry(found.name, found.source, values.get("share"), values.get("amount"), lag,
                          found.committed)  # fmt: skip

    def _committed(self, at: Steps) -> tuple[CommittedEntry, ...]:
        """The committed sources of a project."""
        declared, made = self.declared.committed, []
        written = self.checker.source.value(at)
        for k in range(len(written) if isinstance(written, list) else 0):
            place = (*at, k)
            model = section_model(schema.Committed, declared.figures, title=declared.name)
            found = self.checker.parse(model, place)
            values = self.figures.values(declared.figures, found, place, source=found.source)
            if len(values) == len(declared.figures):  # otherwise one has a problem
                made.append(CommittedEntry(found.name, found.source, **values))
        return tuple(made)

    def _named(
        self, known: Mapping[str, Declaration], name: str, at: Steps, what: str
    ) -> Declaration | None:
        """The declaration of that name; None, with a problem, if there is none."""
        if name and name not in known:
            self.checker.refuse(at, unknown(f'unknown {what} "{shown(name)}"', name, known))
        return known.get(name)
