"""What a portfolio holds once it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from eicfinance.portfolio.declare import Declaration
    from eicfinance.portfolio.economic import EconomicEntry
    from eicfinance.portfolio.figures import Value, Values
    from eicfinance.portfolio.problems import Place
    from eicfinance.portfolio.risk import RiskEntry

PLACEHOLDER = "assumption: replace"  # the source of a size that a starting portfolio merely shows
Seasons = dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Declarations:
    """What may be asked for: the declarations of everything above this package, by name."""

    technologies: Mapping[str, Declaration]
    sites: Mapping[str, Declaration]
    finance: Declaration
    loan: Declaration
    rate_step: Declaration
    reference_rate: Declaration
    grant: Declaration
    committed: Declaration
    schemes: Mapping[str, Declaration]
    fund: Declaration


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
class LoanEntry(Entry):
    """A loan. name: "loan" where it is the only one. steps: of its rate, by year. reference: the
    name of the rate to which a floating one refers."""

    steps: tuple[Values, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """A rate to which floating ones refer, with its steps by year."""

    name: str
    title: str
    rate: Value
    steps: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class LendingEntry(Entry):
    """A lending scheme with its terms. project: for which alone it is meant; empty for all. asked:
    whether the portfolio names it, or all its figures are defaults. place: where it stands; None
    where the portfolio does not name it."""

    project: str
    asked: bool
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class GrantEntry:
    """A grant: a share of the capital cost or an amount, paid some months after commissioning.
    committed: signed, so that it closes part of the gap."""

    name: str
    source: str
    share: Value | None
    amount: Value | None
    lag_months: Value
    committed: bool = True


@dataclass(frozen=True, slots=True)
class CommittedEntry:
    """A signed source beside grants and loans, available from a month on."""

    name: str
    source: str
    amount: Value
    from_month: Value


@dataclass(frozen=True, slots=True)
class ProjectEntry(Entry):
    """A project. takes: pool -> (name of a site, its pool). loans: in the order of their use.
    carbon, economic: None where nothing is said of them. premium: on energy, paid by the public;
    None where it pays none."""

    borrower: str
    takes: dict[str, tuple[str, str]]
    finance: Entry
    loans: tuple[LoanEntry, ...]
    grants: tuple[GrantEntry, ...]
    committed: tuple[CommittedEntry, ...]
    bridging: tuple[Entry, ...]  # what could close the gap
    depreciation_shares: tuple[float, ...]  # by year of operation; empty unless custom
    conditions: tuple[str, ...]
    escalation: Values
    carbon: Entry | None
    economic: EconomicEntry | None
    place: Place
    premium: Value | None = None

    @property
    def loan_names(self) -> dict[str, LoanEntry]:
        """The loans by what their rows begin with: loan, or loan_NAME where there are several."""
        if len(self.loans) == 1:
            return {"loan": self.loans[0]}
        return {f"loan_{loan.name}": loan for loan in self.loans}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Figures that differ from the base: project, site or "economy" -> input -> value.

    Inputs are named as in the project's model: those of its loan start with loan_, of one of
    several with loan_NAME_.
    """

    name: str
    changes: dict[str, Values]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A portfolio that may be appraised.

    files: the checksum (SHA-256) of every file that was read, by its name. texts: their text, from
    which (with changed figures) the portfolio can be read again. figures: by key. lasting_as: the
    projects as they were before changes (changes.py), whose models' periods stay; empty without
    changes. cells: of a workbook, by key.
    """

    folder: Path
    title: str
    description: str
    currency: str
    closing: tuple[int, int]  # year and month of period 0
    appraisal_date: str
    periods_per_year: int
    economy: Entry
    economic: Entry | None  # shadow prices
    borrowers: dict[str, Entry]
    sites: tuple[Entry, ...]
    projects: tuple[ProjectEntry, ...]
    policy: Values
    lending: tuple[LendingEntry, ...]
    references: dict[str, ReferenceEntry]
    scenarios: tuple[Scenario, ...]
    risk: RiskEntry
    notes: tuple[str, ...]
    files: dict[str, str]
    texts: dict[str, str]
    figures: dict[str, Value]
    lasting_as: tuple[ProjectEntry, ...] = ()
    cells: Mapping[str, Place] = field(default_factory=dict)

    def place_of(self, value: Value, otherwise: Place) -> Place:
        """Where a figure stands, if it is known more closely."""
        return self.cells.get(value.key, otherwise)

    def key_of(self, name: str, key: str) -> str:
        """Where something of a site or project of that name is written: projects[1].count."""
        for place, entries in (("sites", self.sites), ("projects", self.projects)):
            for k, entry in enumerate(entries, start=1):
                if entry.name == name:
                    return f"{place}[{k}].{key}"
        return ""

    @property
    def sha256(self) -> str:
        """The checksum of all that was read: portfolio.yaml's own where it stands alone, else that
        of the files' checksums and names, one file a line in order of name."""
        if len(self.files) == 1:
            return next(iter(self.files.values()))
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.files.items()))
        return sha256(lines.encode()).hexdigest()
