"""What a portfolio says of its risks: drivers, how inputs load on them, how they go together.

    risk:
      scenarios: 2000
      seed: 1
      drivers:
        - {name: husk_market, title: Price of husk}
        - {name: fever, kind: event, chance: 5%, months: 12, reach: each,
           hits: {pig_site.manure: 80%, pig_farmer.cash_flow: 100%}}
      correlations: [{between: [husk_market, tariff], value: -0.3}]
      inputs:
        husk_plant: {husk_price: {husk_market: 0.9}}
        pig_farmer: {cash_flow: {pork: 0.8}}

A driver of kind ``level`` is a standard normal number, one a scenario. An event comes in any year
with its chance; while it lasts, the shares that it hits are lost. An input follows the drivers that
it names: the load is its correlation with the driver, and what the drivers leave unexplained is
luck of its own. An input without loads varies by itself, if it has a range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from eicfinance.portfolio import schema
from eicfinance.portfolio.correlations import EXACT, impossible
from eicfinance.portfolio.declare import Choice, Declaration, Figure
from eicfinance.portfolio.problems import found_text, shown, unknown
from eicfinance.portfolio.scenarios import ECONOMY
from eicfinance.portfolio.schema import section_model
from eicfinance.portfolio.sharing import SharingReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.entries import Entry, ProjectEntry
    from eicfinance.portfolio.figures import Figures, Value, Values
    from eicfinance.portfolio.problems import Place, Steps
    from eicfinance.portfolio.sharing import FirstLossEntry, GroupEntry

LEVEL, EVENT = "level", "event"
CLUSTER, EACH = "cluster", "each"  # reach of an event
OUTPUT, CASH = "output", "cash_flow"  # what an event may hit of a project, of a borrower
RISK = Declaration("risk", "Risk: drivers, correlations, scenarios")
DRIVER = Declaration(
    name="driver",
    title="Driver (one of drivers, under risk)",
    choices=(
        Choice("kind", (LEVEL, EVENT), LEVEL,
               "A level that inputs follow; or an event that takes shares away for a while"),
        Choice("reach", (CLUSTER, EACH), CLUSTER,
               "An event comes to all at once, or to each unit by its own luck"),
    ),
    figures=(
        Figure("chance", "1", None, "Chance of the event in any year", least=0, most=1,
               when=("kind", EVENT)),
        Figure("months", "month", 12, "How long an event lasts", least=0.1, most=600,
               when=("kind", EVENT)),
    ),
)  # fmt: skip
CORRELATION = Declaration(
    name="correlation",
    title="Correlation (one of correlations, under risk)",
    figures=(
        Figure("value", "1", None, "Correlation of two drivers", least=-1, most=1),
    ),
)  # fmt: skip
SHARE = Figure("share", "1", None, "Share lost while the event lasts", least=0, most=1)
LOAD = Figure("load", "1", None, "Load: correlation of the input with the driver", least=-1, most=1)


class RiskSection(schema.Strict):
    """The keys of risk."""

    scenarios: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        2000, description="how many are drawn"
    )
    seed: Annotated[int, Field(ge=0, le=2**53)] = Field(
        1, description="a whole number: the same one gives the same draws"
    )
    drivers: list[Any] = Field([], description="see eicfinance list driver")
    correlations: list[Any] = Field([], description="see eicfinance list correlation")
    inputs: dict[str, Any] = Field(
        {}, description="as {economy, SITE, PROJECT or BORROWER: {input: {DRIVER: load}}}"
    )
    groups: list[Any] = Field([], description="see eicfinance list group")
    first_loss: dict[str, Any] = Field({}, description="see eicfinance list first_loss")


class DriverSection(schema.Strict):
    """The keys of a driver that are not figures."""

    name: schema.Name = Field(description=schema.SHORT_NAME)
    title: schema.OneLine = Field("", description=schema.FULL_NAME)
    hits: dict[str, schema.Given] = Field(
        {}, description="what an event takes: {SITE.pool, PROJECT.output, BORROWER.cash_flow: 80%}"
    )


class CorrelationSection(schema.Strict):
    """A correlation of two drivers."""

    between: Annotated[list[str], Field(min_length=2, max_length=2)] = Field(
        description="the names of two drivers of kind level"
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """The share that is lost of a pool of a site, the output of a project, the cash flow of a
    borrower's existing business. owner: of which one."""

    owner: str
    what: str
    share: Value
    place: Place


@dataclass(frozen=True, slots=True)
class DriverEntry:
    """A driver. chance, months, hits: of an event."""

    name: str
    title: str
    kind: Literal["level", "event"]
    reach: str
    chance: Value | None
    months: Value | None
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """The section, checked. matrix: the correlations of the levels, in their order. loads: by the
    place and name of an input as models have it (of a borrower: economy, BORROWER_input)."""

    scenarios: int = 2000
    seed: int = 1
    drivers: tuple[DriverEntry, ...] = ()
    matrix: tuple[tuple[float, ...], ...] = ()
    loads: Mapping[tuple[str, str], Mapping[str, float]] | None = None
    groups: tuple[GroupEntry, ...] = ()
    first_loss: FirstLossEntry | None = None

    @property
    def levels(self) -> tuple[DriverEntry, ...]:
        return tuple(driver for driver in self.drivers if driver.kind == LEVEL)

    @property
    def events(self) -> tuple[DriverEntry, ...]:
        return tuple(driver for driver in self.drivers if driver.kind == EVENT)

    def hits_on(self, owner: str) -> set[str]:
        """What events may take from a site, project or borrower."""
        return {hit.what for event in self.events for hit in event.hits if hit.owner == owner}


@dataclass(eq=False)
class RiskReader:
    """Reads the section against what the portfolio has.

    base: the figures by place, as of scenarios; borrowers: theirs; pools: what each site may give.
    """

    checker: Checker
    figures: Figures
    base: Mapping[str, Values]
    borrowers: Mapping[str, Values]
    pools: Mapping[str, Sequence[str]]
    projects: Sequence[ProjectEntry]

    @classmethod
    def of(
        cls, checker: Checker, figures: Figures, declared: Mapping[str, Declaration],
        base: Mapping[str, Values], borrowers: Sequence[Entry], sites: Sequence[Entry],
        projects: Sequence[ProjectEntry],
    ) -> RiskReader:  # fmt: skip
        """declared: the kinds of site."""
        pools = {s.name: [pool.name for pool in declared[s.kind].pools] for s in sites}
        owned = {borrower.name: borrower.values for borrower in borrowers}
        return cls(checker, figures, base, owned, pools, projects)

    def read(self) -> RiskEntry:
        at: Steps = (RISK.name,)
        found = self.checker.parse(section_model(RiskSection, title=RISK.name), at)
        drivers = tuple(self._driver((*at, "drivers", k)) for k in range(len(found.drivers)))
        first: dict[str, int] = {}
        for k, driver in enumerate(drivers):
            if driver.name and driver.name in first:
                line = self.checker.source.place((*at, "drivers", first[driver.name])).line
                text = f'"{driver.name}" is already the name of the driver in line {line}'
                self.checker.refuse((*at, "drivers", k, "name"), f"{text}; choose another")
            first.setdefault(driver.name, k)
        levels = [driver.name for driver in drivers if driver.kind == LEVEL]
        matrix = self._matrix(drivers, levels, len(found.correlations), (*at, "correlations"))
        loads: dict[tuple[str, str], dict[str, float]] = {}
        for place in found.inputs:
            loads |= self._loads(place, drivers, levels, matrix, (*at, "inputs", place))
        rows = tuple(tuple(float(x) for x in row) for row in matrix)
        sharing = SharingReader(self.checker, self.figures, self.projects)
        groups = sharing.groups(len(found.groups), (*at, "groups"))
        return RiskEntry(found.scenarios, found.seed, drivers, rows, loads, groups,
                         sharing.first_loss((*at, "first_loss")))  # fmt: skip

    # -- drivers --------------------------------------------------------------------------------

    def _driver(self, at: Steps) -> DriverEntry:
        model = section_model(DriverSection, DRIVER.figures, DRIVER.choices, title=DRIVER.name)
        before = len(self.checker.problems)
        found: Any = self.checker.parse(model, at)
        chosen = len(self.checker.problems) == before
        choices = {choice.name: getattr(found, choice.name) for choice in DRIVER.choices}
        values = self.figures.applicable(DRIVER, choices, found, at, chosen)
        event = found.kind == EVENT
        if chosen and not event:
            for key in ("hits", "reach"):
                if self.checker.source.has((*at, key)):
                    text = f"{key} belongs to an event; add kind: event, or take {key} out"
                    self.checker.refuse((*at, key), text)
        if chosen and event and not found.hits:
            text = "an event takes something away; add hits: {SITE.pool: 50%}"
            self.checker.refuse((*at, "hits"), text, at=at)
        hits = [self._hit(text, given, (*at, "hits", text)) for text, given in found.hits.items()]
        return DriverEntry(
            found.name, found.title or found.name, found.kind, found.reach,
            values.get("chance"), values.get("months"), tuple(hit for hit in hits if hit),
        )  # fmt: skip

    def _hit(self, text: str, given: schema.Quantity, at: Steps) -> Hit | None:
        known = [f"{site}.{pool}" for site, pools in self.pools.items() for pool in pools]
        known += [f"{project.name}.{OUTPUT}" for project in self.projects]
        known += [f"{borrower}.{CASH}" for borrower in self.borrowers]
        if text not in known:
            what = f'an event cannot take away "{shown(text)}"'
            self.checker.refuse(at, unknown(what, text, known))
            return None
        share = self.figures.value(SHARE, given, at)
        owner, _, what = text.partition(".")
        place = self.checker.source.key_place(at)
        return None if share is None else Hit(owner, what, share, place)

    # -- correlations ---------------------------------------------------------------------------

    def _matrix(
        self, drivers: Sequence[DriverEntry], levels: list[str], number: int, at: Steps
    ) -> Any:
        """The correlations of the levels; a matrix that cannot be is refused with its pair."""
        matrix = np.eye(len(levels))
        pairs: dict[tuple[int, int], Steps] = {}
        for k in range(number):
            here = (*at, k)
            model = section_model(CorrelationSection, CORRELATION.figures, title=CORRELATION.name)
            found = self.checker.parse(model, here)
            given = self.figures.values(CORRELATION.figures, found, here).get("value")
            value = self._number(given, (*here, "value"))
            names = [self._level(n, drivers, (*here, "between")) for n in found.between]
            if value is None or len(names) < 2 or None in names:
                continue
            a, b = sorted(levels.index(str(name)) for name in names)
            if a == b:
                text = f'a driver goes with itself entirely; name two drivers, not "{names[0]}"'
                self.checker.refuse((*here, "between"), text)
            elif (a, b) in pairs:
                line = self.checker.source.place(pairs[a, b]).line
                text = f"the correlation of {levels[a]} and {levels[b]} stands in line {line} too"
                self.checker.refuse((*here, "between"), f"{text}; take one out")
            else:
                pairs[a, b] = here
                matrix[a, b] = matrix[b, a] = value
        if offence := impossible(matrix, list(pairs)):
            (a, b), text = offence
            both = f"{levels[a]} and {levels[b]}"
            self.checker.refuse((*pairs[a, b], "value"), f"{both}: {text}")
            return np.eye(len(levels))
        return matrix

    def _level(self, name: str, drivers: Sequence[DriverEntry], at: Steps) -> str | None:
        """The name of a driver of kind level; None, with a problem, if there is none."""
        kinds = {driver.name: driver.kind for driver in drivers if driver.name}
        if kinds.get(name) == LEVEL:
            return name
        if name in kinds:
            text = f'"{name}" is an event: it hits what its hits name, and comes by its own chance'
            self.checker.refuse(at, f"{text}; name a driver of kind level")
        else:
            known = [name for name, kind in kinds.items() if kind == LEVEL]
            self.checker.refuse(at, unknown(f'there is no driver "{shown(name)}"', name, known))
        return None

    # -- loads ----------------------------------------------------------------------------------

    def _loads(
        self, place: str, drivers: Sequence[DriverEntry], levels: list[str], matrix: Any, at: Steps
    ) -> dict[tuple[str, str], dict[str, float]]:
        """The loads of inputs in one place."""
        known = self._inputs_of(place)
        if not known:
            what = f'there is no site, project or borrower "{shown(place)}"'
            self.checker.refuse(at, unknown(what, place, [*self.base, *self.borrowers]))
            return {}
        block, found = self.checker.block(at), dict[tuple[str, str], dict[str, float]]()
        if block is None:
            value = found_text(self.checker.source.value(at))
            self.checker.refuse(
                at, f"found {value}; write inputs as {{husk_price: {{market: 0.9}}}}"
            )
        for name in block or ():
            here = (*at, name)
            if name not in known:
                what = f'"{place}" has no input "{shown(name)}"'
                self.checker.refuse(here, unknown(what, name, known))
                continue
            move, value_of = known[name]
            if value_of.low is None or value_of.low == value_of.high:
                text = f"{name} has no range, so that it cannot vary; where it stands, write"
                number = f"{{value: {value_of.number:g}, low: ..., high: ...}}"
                self.checker.refuse(here, f"{text} {number}, or take this line out")
                continue
            found[move] = self._of_input(drivers, levels, matrix, here)
        return found

    def _inputs_of(self, place: str) -> dict[str, tuple[tuple[str, str], Value]]:
        """The figures of a place by what a user calls them, with place and name in models."""
        found = {name: ((place, name), v) for name, v in self.base.get(place, {}).items()}
        return found | {
            name: ((ECONOMY, f"{place}_{name}"), v)
            for name, v in self.borrowers.get(place, {}).items()
        }

    def _of_input(
        self, drivers: Sequence[DriverEntry], levels: list[str], matrix: Any, at: Steps
    ) -> dict[str, float]:
        block = self.checker.block(at)
        if not block:
            value = found_text(self.checker.source.value(at))
            self.checker.refuse(at, f"found {value}; write drivers with loads, as {{market: 0.9}}")
            return {}
        loads: dict[str, float] = {}
        for name, written in block.items():
            if self._level(name, drivers, (*at, name)):
                number = self._load(written, (*at, name))
                loads |= {} if number is None else {name: number}
        row = np.array([loads.get(level, 0.0) for level in levels])
        explained = float(row @ matrix @ row)
        if explained > 1 + EXACT:
            text = f"these loads explain {100 * explained:.4g}% of its variance, at most 100%"
            sides = "their squares" if len(loads) > 1 else "its square"
            self.checker.refuse(
                at, f"{text}: lower them ({sides}, with correlations, is the share)"
            )
        return loads

    def _load(self, written: object, at: Steps) -> float | None:
        try:
            amount = schema.amount(written)
        except ValueError as error:
            self.checker.refuse(at, str(error))
            return None
        return self._number(self.figures.value(LOAD, schema.Quantity(value=amount), at), at)

    def _number(self, value: Value | None, at: Steps) -> float | None:
        """A figure that has no range of its own."""
        if value is None:
            return None
        if value.low is not None or value.distribution:
            self.checker.refuse(at, "this has no range; run again with another value")
        return value.number


__all__ = ["CORRELATION", "DRIVER", "RISK", "DriverEntry", "Hit", "RiskEntry", "RiskReader"]
