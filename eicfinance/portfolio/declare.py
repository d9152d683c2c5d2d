"""How a technology, a site or the finance of a project says which figures it wants.

These declarations are plain data. The reader checks a portfolio against them, `eicfinance list`
prints them, and the model takes its inputs from them: a figure is described once.

Money is declared in THB; in a portfolio with another currency the unit is read in that currency
and the default and the range, being Thai figures, no longer apply.
"""

from __future__ import annotations

from dataclasses import dataclass

HOME_CURRENCY = "THB"
GIVEN, NOT_GIVEN = "given", "not given"  # of a key that decides, like a choice, which figures apply


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a user gives.

    default: None if the user must give it. low, high: plausible range (sensitivity, a note when
    outside). least, most: hard limits. when: (choice, option, ...), one of which must be chosen.
    decision: somebody decides it; a simulation draws it only where the portfolio asks for it.
    """

    name: str
    unit: str
    default: float | None
    label: str
    low: float | None = None
    high: float | None = None
    least: float | None = 0.0
    most: float | None = None
    source: str = "assumption"
    when: tuple[str, ...] | None = None
    tariff: bool = False  # may be given once for all projects, under economy.tariffs
    optional: bool = False  # may be left out without a default: only some outputs need it
    decision: bool = False

    def unit_in(self, currency: str) -> str:
        return self.unit.replace(HOME_CURRENCY, currency)

    def default_in(self, currency: str) -> float | None:
        """The default, unless it is an amount of money of another country."""
        return None if self._foreign(currency) and self.default else self.default

    def range_in(self, currency: str) -> tuple[float, float] | None:
        """The plausible range, if there is one that holds for money of this currency."""
        if self.low is None or self.high is None or self._foreign(currency):
            return None
        return self.low, self.high

    def _foreign(self, currency: str) -> bool:
        return HOME_CURRENCY in self.unit and currency != HOME_CURRENCY


@dataclass(frozen=True, slots=True)
class Choice:
    """A word that a user picks; it changes which lines the model has. default: empty if the user
    must pick one."""

    name: str
    options: tuple[str, ...]
    default: str
    label: str


@dataclass(frozen=True, slots=True)
class Season:
    """Twelve shares of a year, January to December, that sum to 1."""

    name: str
    label: str
    default: tuple[float, ...] = (1 / 12,) * 12
    source: str = "assumption: the same every month"


@dataclass(frozen=True, slots=True)
class Pool:
    """Something limited that projects share: a load to be served, a by-product to be used."""

    name: str
    unit: str
    label: str
    required: bool = False  # where it applies
    when: tuple[str, ...] | None = None  # as of figures


@dataclass(frozen=True, slots=True)
class Declaration:
    """All that a technology, a site or another section asks for.

    prefix: what the figures' names start with and the keys of the file leave out.
    """

    name: str
    title: str
    figures: tuple[Figure, ...] = ()
    choices: tuple[Choice, ...] = ()
    seasons: tuple[Season, ...] = ()
    pools: tuple[Pool, ...] = ()
    one_of: tuple[str, ...] = ()  # pools of which at least one must be taken
    prefix: str = ""

    def applicable(self, choices: dict[str, str]) -> tuple[Figure, ...]:
        """The figures that apply under these choices."""
        return tuple(f for f in self.figures if applies(f.when, choices))


def applies(when: tuple[str, ...] | None, choices: dict[str, str]) -> bool:
    """Whether a figure or pool applies under these choices."""
    return when is None or choices.get(when[0]) in when[1:]


def misplaced(
    when: tuple[str, ...] | None, choices: dict[str, str], within: str = "choices."
) -> str:
    """Why a figure or pool may not stand there under these choices; empty where it may. within:
    where the choices stand."""
    if when is None or when[0] not in choices or applies(when, choices):
        return ""
    key, *options = when
    return (
        f"this applies only where {key} is {' or '.join(options)}; here it is {choices.get(key)}: "
        f"take the line out or change {within}{key}"
    )
