"""Reads a portfolio folder: portfolio.yaml and the CSV files beside it.

The declarations of technologies, sites and finance come as an argument; nothing above this package
is imported. All problems are collected and raised together as `BadInput`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from eicfinance.portfolio import schema
from eicfinance.portfolio.checker import Checker
from eicfinance.portfolio.declare import HOME_CURRENCY
from eicfinance.portfolio.economy import BORROWER, ECONOMY, ESCALATION, POLICY
from eicfinance.portfolio.entries import (
    Declarations,
    Entry,
    GrantEntry,
    Portfolio,
    ProjectEntry,
    Seasons,
)
from eicfinance.portfolio.figures import Figures, Value, Values, exchange_rates
from eicfinance.portfolio.problems import BadInput, did_you_mean, number_text, shown
from eicfinance.portfolio.references import Written, check_references, pool_of
from eicfinance.portfolio.schema import section_model
from eicfinance.portfolio.seasons import SeasonReader
from eicfinance.portfolio.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.portfolio.declare import Choice, Declaration
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
DISCOUNTS = tuple(f for f in ECONOMY.figures if f.name.startswith("discount_"))
OTHERS = tuple(f for f in ECONOMY.figures if f not in DISCOUNTS)
ItemT = TypeVar("ItemT", bound=schema.Strict)


def read_portfolio(folder: Path, declared: Declarations) -> Portfolio:
    """The portfolio in ``folder`` (or in the YAML file itself).

    Raises BadInput with every problem found; OSError if a file cannot be read.
    """
    path = folder / FILE_NAME if folder.is_dir() else folder
    return _Reader(path, declared, Checker(read_yaml(path))).read()


@dataclass(eq=False)
class _Reader:
    path: Path
    declared: Declarations
    checker: Checker
    figures: Figures = field(init=False)
    seasons: SeasonReader = field(init=False)
    tariffs: Values = field(default_factory=dict)

    def read(self) -> Portfolio:
        top = self.checker.parse(schema.Top, ())
        keys = self.checker.parse(
            section_model(schema.Economy, OTHERS, ECONOMY.choices), ("economy",)
        )
        currency = keys.currency or HOME_CURRENCY
        rates = exchange_rates(
            self.checker, keys.exchange_rates, currency, ("economy", "exchange_rates")
        )
        self.figures = Figures(self.checker, currency, rates)
        self.seasons = SeasonReader(self.checker, self.path.parent)
        economy = self._economy(keys)
        self.tariffs = self._tariffs(("economy", "tariffs"))
        written = Written(
            self._items(schema.Borrower, "borrowers", len(top.borrowers), BORROWER),
            self._items(schema.Site, "sites", len(top.sites)),
            self._items(schema.Project, "projects", len(top.projects)),
        )
        borrowers = [self._borrower(found, at) for at, found in written.borrowers.items()]
        sites = [self._site(found, at) for at, found in written.sites.items()]
        projects = [self._project(found, at) for at, found in written.projects.items()]
        policy = self._section(schema.Strict, POLICY, ("credit_policy",))[1]
        check_references(self.checker, written, self.declared)
        if self.checker.problems:
            raise BadInput(self.checker.problems)
        year, month = map(int, keys.closing.split("-"))
        checksum = self.checker.source.sha256
        return Portfolio(
            folder=self.path.parent, title=top.title, description=top.description,
            currency=currency, closing=(year, month), appraisal_date=keys.appraisal_date,
            periods_per_year=keys.periods_per_year, economy=economy,
            borrowers={entry.name: entry for entry in borrowers}, sites=tuple(sites),
            projects=tuple(projects), policy=policy, sha256=checksum,
            notes=tuple(self.checker.notes), files={self.path.name: checksum} | self.seasons.files,
        )  # fmt: skip

    # -- sections -------------------------------------------------------------------------------

    def _items(
        self, base: type[ItemT], key: str, number: int, declared: Declaration | None = None
    ) -> dict[Steps, ItemT]:
        """The items of a list by their paths."""
        figures, choices = (declared.figures, declared.choices) if declared else ((), ())
        model = section_model(base, figures, choices)
        return {(key, k): self.checker.parse(model, (key, k)) for k in range(number)}

    def _section(
        self, base: type[schema.Strict], declared: Declaration, at: Steps
    ) -> tuple[dict[str, str], Values]:
        """The choices and values of a section that holds both."""
        found = self.checker.parse(section_model(base, declared.figures, declared.choices), at)
        return _choices(declared.choices, found), self.figures.values(declared.figures, found, at)

    def _economy(self, keys: schema.Economy) -> Entry:
        at: Steps = ("economy",)
        values = self.figures.values(OTHERS, keys, at)
        place = (*at, "discount_rates")
        model = section_model(schema.Strict, DISCOUNTS, prefix="discount_")
        found = self.checker.parse(model, place)
        values |= self.figures.values(DISCOUNTS, found, place, prefix="discount_")
        inflation = values.get("inflation")
        given = self._escalation(at)
        for figure in ESCALATION:
            if figure.name in given:
                values[figure.name] = given[figure.name]
            elif inflation is not None:
                values[figure.name] = replace(
                    inflation, figure=figure, source=figure.source, given=False
                )
        return Entry(
            "economy", "Economy", "economy", 1, _choices(ECONOMY.choices, keys), values, {}
        )

    def _escalation(self, above: Steps) -> Values:
        """The price rises that are written in a section."""
        at, prefix = (*above, "escalation"), "escalation_"
        found = self.checker.parse(section_model(schema.Strict, ESCALATION, prefix=prefix), at)
        return self.figures.values(ESCALATION, found, at, prefix=prefix, required=False)

    def _tariffs(self, at: Steps) -> Values:
        """Prices that hold for every project that does not give its own."""
        all_figures = (f for d in self.declared.technologies.values() for f in d.figures)
        figures = tuple({f.name: f for f in all_figures if f.tariff}.values())
        found = self.checker.parse(section_model(schema.Strict, figures), at)
        values = self.figures.values(figures, found, at, required=False)
        return {name: replace(v, shared=True) for name, v in values.items() if v.given}

    def _borrower(self, found: schema.Borrower, at: Steps) -> Entry:
        choices = _choices(BORROWER.choices, found)
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
        own, loan = self.declared.finance, self.declared.loan
        terms = Entry("finance", own.title, "finance", 1,
                      *self._section(schema.Finance, own, place), {})  # fmt: skip
        lent = None
        if self.checker.source.has((*place, "loan")):
            lent = Entry("loan", loan.title, "loan", 1,
                         *self._section(schema.Strict, loan, (*place, "loan")), {})  # fmt: skip
            self._check_grace(lent.values, values, (*place, "loan", "grace_months"))
        return ProjectEntry(
            name=found.name, title=found.title or found.name, kind=found.technology,
            count=found.count, choices=choices, values=values, seasons=seasons,
            borrower=found.borrower, finance=terms, loan=lent,
            takes={name: pool_of(text) for name, text in found.takes.items()},
            grants=self._grants((*place, "grants")), conditions=tuple(found.conditions),
            escalation=self._escalation(at), place=self.checker.source.place(at),
        )  # fmt: skip

    def _inputs(
        self, declared: Declaration | None, at: Steps
    ) -> tuple[dict[str, str], Values, Seasons]:
        """Choices, figures and seasons of a site or project; none if its kind is not known."""
        if declared is None:
            return {}, {}, {}
        before = len(self.checker.problems)
        model = section_model(schema.Strict, choices=declared.choices)
        choices = _choices(declared.choices, self.checker.parse(model, (*at, "choices")))
        chosen = len(self.checker.problems) == before
        place = (*at, "inputs")
        inputs = self.checker.parse(section_model(schema.Strict, declared.figures), place)
        applicable = declared.applicable(choices)
        values = self.figures.values(applicable, inputs, place, required=chosen)
        common = {n: v for n, v in self.tariffs.items() if n in values and not values[n].given}
        values |= common
        others = [f for f in declared.figures if f.when and f not in applicable]
        for figure in others if chosen else ():
            key, *options = figure.when or ("", "")
            option = " or ".join(options)
            if self.checker.source.has((*place, figure.name)):
                self.checker.refuse(
                    (*place, figure.name),
                    f"this applies only where {key} is {option}; here it is {choices.get(key)}: "
                    f"take the line out or change choices.{key}",
                )
        place = (*at, "seasons")
        self.checker.parse(section_model(schema.Strict, seasons=declared.seasons), place)
        return choices, values, self.seasons.seasons(declared.seasons, place)

    # -- finance --------------------------------------------------------------------------------

    def _check_grace(self, loan: Values, inputs: Values, at: Steps) -> None:
        if not {"tenor_months", "grace_months"} <= loan.keys():
            return
        tenor, grace = (loan[name].number for name in ("tenor_months", "grace_months"))
        names = ("construction_months", "delay_months")
        start = sum(inputs[name].number for name in names if name in inputs)
        months, whole = number_text(grace), number_text(tenor)
        if grace >= tenor:
            text = f"grace of {months} months leaves nothing of the tenor of {whole} months"
            self.checker.refuse(at, f"{text} (grace counts inside the tenor); shorten it")
        elif grace < start:
            text = f"grace of {months} months ends before commissioning"
            self.checker.note(at, f"{text} (construction and delay: {number_text(start)} months)")

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
        found = self.checker.parse(section_model(schema.Grant, figures), at)
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
        return GrantEntry(found.name, found.source, values.get("share"), values.get("amount"), lag)

    def _named(
        self, known: Mapping[str, Declaration], name: str, at: Steps, what: str
    ) -> Declaration | None:
        """The declaration of that name; None, with a problem, if there is none."""
        if name and name not in known:
            parts = (f'unknown {what} "{shown(name)}";', did_you_mean(name, known),
                     f"allowed: {', '.join(known)}")  # fmt: skip
            self.checker.refuse(at, " ".join(filter(None, parts)))
        return known.get(name)


def _choices(declared: tuple[Choice, ...], found: schema.Strict) -> dict[str, str]:
    return {choice.name: getattr(found, choice.name) for choice in declared}
