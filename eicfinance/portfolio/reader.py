"""Reads a portfolio folder: portfolio.yaml and the CSV files beside it.

The declarations of technologies, sites and finance come as an argument; nothing above this package
is imported. All problems are collected and raised together as `BadInput`.
"""

from __future__ import annotations

import csv
import hashlib
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from eicfinance.model.units import UnitError, convert
from eicfinance.portfolio import schema
from eicfinance.portfolio.economy import BORROWER, ECONOMY, ESCALATION, POLICY
from eicfinance.portfolio.source import (
    BadInput,
    Place,
    Problem,
    Source,
    did_you_mean,
    key_text,
    problems_of,
    read_yaml,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eicfinance.portfolio.declare import Choice, Declaration, Figure, Season

FILE_NAME = "portfolio.yaml"
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A figure in its expected unit, with range and source. given: the user wrote it."""

    figure: Figure
    unit: str
    number: float
    low: float | None
    high: float | None
    distribution: str | None
    source: str
    given: bool


Values = dict[str, Value]
Seasons = dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A checked section: what it is called, its choices, figures and seasons."""

    name: str
    title: str
    kind: str
    count: int
    choices: dict[str, str]
    values: Values
    seasons: Seasons


@dataclass(frozen=True, slots=True)
class GrantEntry:
    name: str
    source: str
    share: Value | None
    amount: Value | None
    lag_months: Value


@dataclass(frozen=True, slots=True)
class ProjectEntry(Entry):
    """A project. takes: pool -> (name of site or project, its pool). loan: None if there is none."""

    borrower: str
    takes: dict[str, tuple[str, str]]
    finance: Entry
    loan: Entry | None
    grants: tuple[GrantEntry, ...]
    conditions: tuple[str, ...]
    escalation: Values
    place: Place


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A portfolio that may be appraised."""

    folder: Path
    title: str
    description: str
    currency: str
    closing: tuple[int, int]  # year and month of period 0
    appraisal_date: str
    periods_per_year: int
    economy: Entry
    borrowers: dict[str, Entry]
    sites: tuple[Entry, ...]
    projects: tuple[ProjectEntry, ...]
    policy: Values
    sha256: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declarations:
    """What may be asked for: the declarations of everything above this package, by name."""

    technologies: Mapping[str, Declaration]
    sites: Mapping[str, Declaration]
    finance: Declaration
    loan: Declaration
    grant: Declaration


def read_portfolio(folder: Path, declared: Declarations) -> Portfolio:
    """The portfolio in ``folder`` (or in the YAML file itself).

    Raises BadInput with every problem found; OSError if a file cannot be read.
    """
    path = folder / FILE_NAME if folder.is_dir() else folder
    source = read_yaml(path, str(path))
    return _Reader(path, source, declared).read()


@dataclass(eq=False)
class _Reader:
    path: Path
    source: Source
    declared: Declarations
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    currency: str = "THB"
    rates: dict[str, float] = field(default_factory=dict)

    def read(self) -> Portfolio:
        top = self._parse(schema.Top, ())
        raw = self.source.data if isinstance(self.source.data, dict) else {}
        economy_keys, economy = self._economy(raw)
        policy = self._figures(POLICY.figures, self._section("policy", POLICY.figures, ("credit_policy",)),
                               ("credit_policy",))  # fmt: skip
        borrowers = [self._borrower(k) for k in range(len(_list(raw, "borrowers")))]
        sites = [self._site(k) for k in range(len(_list(raw, "sites")))]
        projects = [self._project(k) for k in range(len(_list(raw, "projects")))]
        self._unique(("borrowers", "sites", "projects"), raw)
        self._references(raw, projects)
        if self.problems or top is None or economy_keys is None:
            raise BadInput(self.problems)
        year, month = map(int, economy_keys.closing.split("-"))
        return Portfolio(
            folder=self.path.parent, title=top.title, description=top.description,
            currency=self.currency, closing=(year, month),
            appraisal_date=economy_keys.appraisal_date,
            periods_per_year=economy_keys.periods_per_year, economy=economy,
            borrowers={b.name: b for b in borrowers if b}, sites=tuple(s for s in sites if s),
            projects=tuple(p for p in projects if p), policy=policy,
            sha256=hashlib.sha256(self.path.read_bytes()).hexdigest(), notes=tuple(self.notes),
        )  # fmt: skip

    # -- sections -------------------------------------------------------------------------------

    def _economy(self, raw: dict[str, Any]) -> tuple[Any, Entry]:
        at: Path_ = ("economy",)
        written = raw.get("economy")
        written = written if isinstance(written, dict) else {}
        if isinstance(written.get("currency"), str):
            self.currency = written["currency"]
        self._exchange_rates(written.get("exchange_rates"))
        plain = tuple(f for f in ECONOMY.figures if not f.name.startswith("discount_"))
        discounts = tuple(
            replace(f, name=f.name.removeprefix("discount_"))
            for f in ECONOMY.figures if f.name.startswith("discount_")
        )  # fmt: skip
        rises = tuple(replace(f, name=f.name.removeprefix("escalation_")) for f in ESCALATION)
        model = schema.section_model("Economy", plain, ECONOMY.choices, (), schema.EconomyKeys)
        groups = {name: written[name] for name in ("discount_rates", "escalation") if name in written}
        keys = self._parse(model, at, without=tuple(groups))
        values = self._figures(plain, keys, at)
        values |= {
            f"discount_{name}": value
            for name, value in self._figures(
                discounts, self._section("DiscountRates", discounts, (*at, "discount_rates")),
                (*at, "discount_rates"), needed=("project", "equity"),
            ).items()
        }  # fmt: skip
        given = self._section("Escalation", rises, (*at, "escalation"))
        inflation = values.get("inflation")
        for figure, rise in zip(ESCALATION, rises, strict=True):
            quantity = getattr(given, rise.name, None)
            if quantity is not None:
                made = self._value(figure, quantity, (*at, "escalation", rise.name))
                if made:
                    values[figure.name] = made
            elif inflation:
                values[figure.name] = replace(inflation, figure=figure, given=False,
                                              source="inflation of the portfolio")  # fmt: skip
        choices = {c.name: getattr(keys, c.name, c.default) for c in ECONOMY.choices}
        return keys, Entry("economy", "Economy", "economy", 1, choices, values, {})

    def _exchange_rates(self, written: Any) -> None:
        for name in written if isinstance(written, dict) else {}:
            at: Path_ = ("economy", "exchange_rates", name)
            try:
                found = schema.Quantity.model_validate(schema._spread(written[name]))
                self.rates[str(name)] = convert(found.value, found.unit or f"{self.currency}/{name}",
                                                f"{self.currency}/{name}")  # fmt: skip
            except (ValueError, ValidationError) as error:
                text = f"{error}" if not isinstance(error, ValidationError) else "not a figure"
                self._add(at, f"{text}; write for example USD: 32.86 THB/USD")

    def _borrower(self, k: int) -> Entry | None:
        at: Path_ = ("borrowers", k)
        model = schema.section_model("Borrower", BORROWER.figures, BORROWER.choices, (), schema.Borrower)
        found = self._parse(model, at)
        values = self._figures(BORROWER.figures, found, at)
        if found is None:
            return None
        choices = {c.name: getattr(found, c.name) for c in BORROWER.choices}
        return Entry(found.name, found.title or found.name, "borrower", 1, choices, values, {})  # type: ignore[attr-defined]

    def _site(self, k: int) -> Entry | None:
        at: Path_ = ("sites", k)
        found: Any = self._parse(schema.SiteEntry, at)
        if found is None:
            return None
        declaration = self._named(self.declared.sites, found.type, (*at, "type"), "type of site")
        if declaration is None:
            return None
        choices, values, seasons = self._inputs(declaration, found, at)
        title = found.title or declaration.title
        return Entry(found.name, title, found.type, found.count, choices, values, seasons)

    def _project(self, k: int) -> ProjectEntry | None:
        at: Path_ = ("projects", k)
        found: Any = self._parse(schema.Project, at)
        if found is None:
            return None
        declaration = self._named(self.declared.technologies, found.technology, (*at, "technology"),
                                  "technology")  # fmt: skip
        if declaration is None:
            return None
        choices, values, seasons = self._inputs(declaration, found, at)
        takes = self._takes(declaration, found, at)
        finance, loan, grants = self._finance(found, at)
        rises = tuple(replace(f, name=f.name.removeprefix("escalation_")) for f in ESCALATION)
        section = self._section("Escalation", rises, (*at, "escalation"))
        escalation = {
            f"escalation_{name}": value
            for name, value in self._figures(rises, section, (*at, "escalation"), needed=()).items()
            if value.given
        }
        if finance is None:
            return None
        return ProjectEntry(
            name=found.name, title=found.title or found.name, kind=found.technology,
            count=found.count, choices=choices, values=values, seasons=seasons,
            borrower=found.borrower, takes=takes, finance=finance, loan=loan, grants=grants,
            conditions=tuple(found.conditions), escalation=escalation, place=self.source.place(at),
        )  # fmt: skip

    def _inputs(
        self, declaration: Declaration, found: Any, at: Path_
    ) -> tuple[dict[str, str], Values, Seasons]:
        picked = dict(getattr(found, "choices", {}))
        model = schema.section_model(f"{declaration.name}Choices", (), declaration.choices)
        section = self._parse(model, (*at, "choices")) if picked else model()
        choices = {c.name: getattr(section, c.name, c.default) for c in declaration.choices}
        for name, (key, option) in {
            f.name: f.when for f in declaration.figures if f.when and f.name in found.inputs
        }.items():
            if choices.get(key) != option:
                self._add((*at, "inputs", name),
                          f"this applies only where {key} is {option}; here it is "
                          f"{choices.get(key)}: take the line out or change choices.{key}")  # fmt: skip
        section = self._section(f"{declaration.name}Inputs", declaration.figures, (*at, "inputs"))
        values = self._figures(declaration.applicable(choices), section, (*at, "inputs"))
        return choices, values, self._seasons(declaration.seasons, found.seasons, (*at, "seasons"))

    def _finance(
        self, found: Any, at: Path_
    ) -> tuple[Entry | None, Entry | None, tuple[GrantEntry, ...]]:
        at = (*at, "finance")
        own, loan = self.declared.finance, self.declared.loan
        written = found.finance
        model = schema.section_model("Finance", own.figures, own.choices)
        section = self._parse(model, at, without=("loan", "grants")) if written else model()
        values = self._figures(own.figures, section, at)
        choices = {c.name: getattr(section, c.name, c.default) for c in own.choices}
        entry = Entry("finance", own.title, "finance", 1, choices, values, {}) if section else None
        lent = None
        if "loan" in written:
            place = (*at, "loan")
            parsed = self._section("Loan", loan.figures, place, loan.choices)
            lent = Entry("loan", loan.title, "loan", 1,
                         {c.name: getattr(parsed, c.name, c.default) for c in loan.choices},
                         self._figures(loan.figures, parsed, place), {})  # fmt: skip
            self._loan_terms(lent, place)
        grants = written.get("grants", [])
        if not isinstance(grants, list):
            self._add((*at, "grants"), "grants are a list; start each with a dash")
            grants = []
        made = tuple(g for k in range(len(grants)) if (g := self._grant((*at, "grants", k))))
        return entry, lent, made

    def _loan_terms(self, loan: Entry, at: Path_) -> None:
        tenor, grace = loan.values.get("tenor_months"), loan.values.get("grace_months")
        if tenor and grace and grace.number >= tenor.number:
            self._add((*at, "grace_months"),
                      f"grace of {grace.number:g} months leaves nothing of the tenor of "
                      f"{tenor.number:g} months (grace counts inside the tenor); shorten it")  # fmt: skip

    def _grant(self, at: Path_) -> GrantEntry | None:
        found: Any = self._parse(schema.Grant, at)
        if found is None:
            return None
        figures = {f.name: f for f in self.declared.grant.figures}
        made: dict[str, Any] = {}
        for name, figure in figures.items():
            quantity = getattr(found, name)
            if quantity is not None:
                made[name] = self._value(figure, quantity, (*at, name), found.source)
        if "lag_months" not in made:
            made["lag_months"] = self._default(figures["lag_months"])
        return GrantEntry(found.name, found.source, made.get("share"), made.get("amount"),
                          made["lag_months"])  # fmt: skip

    def _takes(
        self, declaration: Declaration, found: Any, at: Path_
    ) -> dict[str, tuple[str, str]]:
        pools = {pool.name: pool for pool in declaration.pools}
        takes: dict[str, tuple[str, str]] = {}
        for name, text in found.takes.items():
            place = (*at, "takes", name)
            if name not in pools:
                allowed = ", ".join(pools) or "none: this technology takes nothing"
                hint = did_you_mean(name, pools)
                self._add(place, f"unknown pool; {hint + ' ' if hint else ''}allowed: {allowed}")
                continue
            owner, _, pool = text.partition(".")
            if not pool:
                self._add(place, f'"{text}" does not name a pool; write owner.pool, for example mill.husk')
                continue
            takes[name] = (owner, pool)
        for pool in declaration.pools:
            if pool.required and pool.name not in takes:
                self._add(at, f"{declaration.name} needs takes: {pool.name} ({pool.label}); "
                              f"add takes: {{{pool.name}: site.pool}}")  # fmt: skip
        return takes

    # -- figures --------------------------------------------------------------------------------

    def _figures(
        self, figures: Iterable[Figure], section: Any, at: Path_, needed: tuple[str, ...] | None = None
    ) -> Values:
        """The values of a section: given, default, or missing (a problem)."""
        values: Values = {}
        missing = []
        for figure in figures:
            quantity = getattr(section, figure.name, None)
            if quantity is not None:
                made = self._value(figure, quantity, (*at, figure.name))
                if made:
                    values[figure.name] = made
            elif figure.default_in(self.currency) is not None:
                values[figure.name] = self._default(figure)
            elif needed is None or figure.name in needed:
                missing.append(figure)
        for figure in missing if section is not None else []:
            why = "" if figure.default is None else " (the default is Thai money)"
            self._add((*at, figure.name),
                      f'the key "{figure.name}" is missing{why}: {figure.label}, '
                      f"{figure.unit_in(self.currency)}; add a line", at=at)  # fmt: skip
        return values

    def _default(self, figure: Figure) -> Value:
        assert figure.default is not None
        unit = figure.unit_in(self.currency)
        return Value(figure, unit, figure.default, figure.low, figure.high, None, figure.source, False)

    def _value(
        self, figure: Figure, quantity: schema.Quantity, at: Path_, source: str | None = None
    ) -> Value | None:
        unit = figure.unit_in(self.currency)
        try:
            number, low, high = (
                None if x is None else self._converted(x, quantity.unit, unit)
                for x in (quantity.value, quantity.low, quantity.high)
            )
        except UnitError as error:
            self._add(at, f"{error}; expected {unit}: {figure.label}. Write it in {unit}")
            return None
        assert number is not None
        if not self._within(figure, number, unit, at):
            return None
        own_range = figure.low is not None and figure.high is not None
        if own_range and not (figure.low <= number <= figure.high):  # type: ignore[operator]
            self.notes.append(f"{key_text(at)}: {number:g} {unit} lies outside the usual range "
                              f"{figure.low:g} to {figure.high:g}")  # fmt: skip
        elif own_range and low is None and high is None:
            low, high = figure.low, figure.high
        said = quantity.source or source or "assumption"
        return Value(figure, unit, number, low, high, quantity.distribution, said, True)

    def _converted(self, number: float, unit: str | None, expected: str) -> float:
        if unit is None:
            return number
        timeless_rate = expected == "1/year" and unit == "%"
        if timeless_rate:
            return number / 100
        for money, rate in self.rates.items():
            if money in unit.split("/")[0]:
                home = unit.replace(money, self.currency, 1)
                return convert(number, home, expected) * rate
        return convert(number, unit, expected)

    def _within(self, figure: Figure, number: float, unit: str, at: Path_) -> bool:
        least, most = figure.least, figure.most
        if not math.isfinite(number):
            self._add(at, "this is not a finite number; correct it")
            return False
        below = least is not None and number < least
        if below or (most is not None and number > most):
            allowed = f"from {least:g}" if least is not None else "any"
            allowed += f" to {most:g}" if most is not None else " up"
            self._add(at, f"found {number:g} {unit}; allowed: {allowed} {unit} ({figure.label}); "
                          "correct it")  # fmt: skip
            return False
        if abs(number) > 1e15 or 0 < abs(number) < 1e-12:
            self._add(at, f"found {number:g} {unit}: too {'large' if abs(number) > 1 else 'small'} to "
                          "be meant; check the unit")  # fmt: skip
            return False
        return True

    # -- seasons and CSV ------------------------------------------------------------------------

    def _seasons(self, seasons: tuple[Season, ...], written: dict[str, Any], at: Path_) -> Seasons:
        model = schema.section_model("Seasons", (), (), seasons)
        if written:
            self._parse(model, at)
        return {
            season.name: self._season(written[season.name], (*at, season.name))
            if season.name in written else season.default
            for season in seasons
        }  # fmt: skip

    def _season(self, written: Any, at: Path_) -> tuple[float, ...]:
        """Twelve shares; any positive weights are scaled to sum to 1."""
        if isinstance(written, dict):
            written = self._csv(written, at)
        if (
            not isinstance(written, list)
            or len(written) != 12
            or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in written)
            or min(written) < 0
            or sum(written) <= 0
        ):
            self._add(at, "a season is twelve numbers, January to December, none negative, not all 0; "
                          "write [8, 8, 9, ...] or {csv: file.csv, column: name}")  # fmt: skip
            return (1 / 12,) * 12
        return tuple(x / sum(written) for x in written)

    def _csv(self, written: dict[str, Any], at: Path_) -> list[float] | None:
        name, column = written.get("csv"), written.get("column")
        if not isinstance(name, str) or not isinstance(column, str) or len(written) != 2:
            return None
        path = (self.path.parent / name).resolve()
        if not path.is_relative_to(self.path.parent.resolve()):
            self._add((*at, "csv"), f'"{name}" lies outside the portfolio\'s folder; put the file beside '
                                    "portfolio.yaml")  # fmt: skip
            return None
        if not path.is_file():
            self._add((*at, "csv"), f'there is no file "{name}" beside portfolio.yaml')
            return None
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or column not in rows[0]:
            known = ", ".join(rows[0]) if rows else "nothing"
            self._add((*at, "column"), f'"{name}" has no column "{column}"; it has {known}')
            return None
        numbers = []
        for line, row in enumerate(rows, start=2):
            try:
                numbers.append(float(str(row[column]).translate(schema.THAI_DIGITS)))
            except ValueError:
                self.problems.append(Problem(Place(str(path), line, 1), column,
                                             f'"{row[column]}" is not a number; correct it'))  # fmt: skip
        return numbers

    # -- names and references -------------------------------------------------------------------

    def _named(
        self, known: Mapping[str, Declaration], name: str, at: Path_, what: str
    ) -> Declaration | None:
        if name in known:
            return known[name]
        hint = did_you_mean(name, known)
        self._add(at, f'unknown {what} "{name}"; {hint + " " if hint else ""}allowed: {", ".join(known)}')
        return None

    def _unique(self, groups: tuple[str, ...], raw: dict[str, Any]) -> None:
        seen: dict[str, Path_] = {}
        for group in groups:
            for k, item in enumerate(_list(raw, group)):
                name = item.get("name") if isinstance(item, dict) else None
                key = name if group != "borrowers" else f"borrower {name}"
                if not isinstance(name, str):
                    continue
                if key in seen:
                    first = self.source.place(seen[key])
                    self._add((group, k, "name"), f'"{name}" is already the name of the entry in line '
                                                  f"{first.line}; choose another")  # fmt: skip
                seen.setdefault(str(key), (group, k, "name"))

    def _references(self, raw: dict[str, Any], projects: list[ProjectEntry | None]) -> None:
        borrowers = [b.get("name") for b in _list(raw, "borrowers") if isinstance(b, dict)]
        offered: dict[str, set[str]] = {}
        for site in _list(raw, "sites"):
            kind = site.get("type") if isinstance(site, dict) else None
            if isinstance(kind, str) and kind in self.declared.sites:
                offered[site.get("name")] = {p.name for p in self.declared.sites[kind].pools}
        for k, project in enumerate(projects):
            if project is None:
                continue
            if project.borrower not in borrowers:
                hint = did_you_mean(project.borrower, [str(b) for b in borrowers])
                self._add(("projects", k, "borrower"),
                          f'there is no borrower "{project.borrower}"; {hint + " " if hint else ""}'
                          f"allowed: {', '.join(map(str, borrowers))}")  # fmt: skip
            for name, (owner, pool) in project.takes.items():
                at: Path_ = ("projects", k, "takes", name)
                if owner not in offered:
                    hint = did_you_mean(owner, offered)
                    self._add(at, f'there is no site or earlier project "{owner}"; '
                                  f"{hint + ' ' if hint else ''}allowed: "
                                  f"{', '.join(offered) or 'none, add one under sites'}")  # fmt: skip
                elif pool not in offered[owner]:
                    self._add(at, f'"{owner}" has no pool "{pool}"; '
                                  f"allowed: {', '.join(sorted(offered[owner])) or 'none'}")  # fmt: skip

    # -- problems -------------------------------------------------------------------------------

    def _section(
        self, name: str, figures: tuple[Figure, ...], at: Path_, choices: tuple[Choice, ...] = ()
    ) -> Any:
        """A section that may be left out; None if it has problems."""
        model = schema.section_model(name, figures, choices)
        return self._parse(model, at) if _at(self.source.data, at) is not None else model()

    def _parse(self, model: type[schema.Strict], at: Path_, without: tuple[str, ...] = ()) -> Any:
        data = _at(self.source.data, at)
        if isinstance(data, dict):
            data = {key: item for key, item in data.items() if key not in without}
        try:
            return model.model_validate(data)
        except ValidationError as error:
            part = Source(data, _below(self.source.places, at), _below(self.source.key_places, at))
            for problem in problems_of(error, part, model):
                key = ".".join(filter(None, (key_text(at) if at else "", problem.key)))
                place = problem.place
                if place.file == "input":  # the section itself, which has no place below itself
                    place = self.source.place(at)
                self.problems.append(Problem(place, key.replace(".(file)", ""), problem.message))
            return None

    def _add(self, key: Path_, message: str, at: Path_ | None = None) -> None:
        self.problems.append(Problem(self.source.key_place(at or key), key_text(key), message))


def _list(raw: dict[str, Any], key: str) -> list[Any]:
    found = raw.get(key)
    return found if isinstance(found, list) else []


def _at(data: Any, path: Path_) -> Any:
    for step in path:
        if isinstance(data, dict) and step in data:
            data = data[step]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _below(places: Mapping[Path_, Place], at: Path_) -> dict[Path_, Place]:
    n = len(at)
    return {path[n:]: place for path, place in places.items() if path[:n] == at}



