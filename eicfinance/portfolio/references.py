"""Names in a portfolio: each given once, and each reference to something that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from eicfinance.portfolio.declare import applies, misplaced
from eicfinance.portfolio.problems import nearest, shown, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eicfinance.portfolio import schema
    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.declare import Declaration, Pool
    from eicfinance.portfolio.entries import Declarations
    from eicfinance.portfolio.problems import Steps

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Written:
    """The items of a portfolio's lists, by their paths."""

    borrowers: Mapping[Steps, schema.Borrower]
    sites: Mapping[Steps, schema.Site]
    projects: Mapping[Steps, schema.Project]


def pool_of(text: str) -> tuple[str, str]:
    """The site and the pool that ``site.pool`` names; the pool is empty where none is named."""
    site, _, pool = text.strip().partition(".")
    return site.strip(), pool.strip()


@dataclass(frozen=True, slots=True)
class References:
    """Adds a problem for each name given twice and each reference to nothing."""

    checker: Checker
    written: Written
    declared: Declarations

    def check(self) -> None:
        written = self.written
        self._unique({at: item.name for at, item in written.borrowers.items()})
        sites = {at: item.name for at, item in written.sites.items()}
        self._unique(sites | {at: item.name for at, item in written.projects.items()})
        self._borrowers()
        self._counts()
        for at, project in written.projects.items():
            technology = self.declared.technologies.get(project.technology)
            if technology is not None:
                self._takes(project, technology, at)

    def _unique(self, names: Mapping[Steps, str]) -> None:
        first: dict[str, Steps] = {}
        for at, name in names.items():
            if name and name in first:
                line = self.checker.source.key_place((*first[name], "name")).line
                text = f'"{name}" is already the name of the entry in line {line}; choose another'
                self.checker.refuse((*at, "name"), text)
            first.setdefault(name, at)

    def _borrowers(self) -> None:
        names = list(self._names(self.written.borrowers))
        for at, project in self.written.projects.items():
            if project.borrower and project.borrower not in names:
                text = f'there is no borrower "{shown(project.borrower)}"'
                self._unknown((*at, "borrower"), text, project.borrower, names)

    def _counts(self) -> None:
        """A borrower's figures are those of one unit, so all of its projects have as many."""
        first: dict[str, tuple[Steps, schema.Project]] = {}
        for at, project in self.written.projects.items():
            start, other = first.setdefault(project.borrower, (at, project))
            if project.borrower and project.count != other.count:
                line = self.checker.source.place(start).line
                self.checker.refuse(
                    (*at, "count"),
                    f'count is {project.count}, but {other.count} in the project "{other.name}" '
                    f'(line {line}) of the same borrower "{project.borrower}": a borrower\'s '
                    "figures are per unit, so its projects need the same count; give this "
                    "project a borrower of its own, or correct count",
                )

    def _takes(self, project: schema.Project, technology: Declaration, at: Steps) -> None:
        place = (*at, "takes")
        pools = {pool.name: pool for pool in technology.pools}
        chosen = {c: project.choices.get(c.name, c.default) for c in technology.choices}
        choices = {c.name: option for c, option in chosen.items() if option in c.options}
        taken: dict[tuple[str, str], str] = {}
        for name, text in project.takes.items():
            if name not in pools:
                what = f"{technology.name} takes no such pool"
                self._unknown((*place, name), what, name, pools)
                continue
            if why := misplaced(pools[name].when, choices):
                self.checker.refuse((*place, name), why)
                continue
            owner = pool_of(text)
            if self._offered(owner, text, pools[name], (*place, name)) and owner in taken:
                what = f"{text} is already taken as {taken[owner]}; take it once"
                self.checker.refuse((*place, name), what)
            taken.setdefault(owner, name)
        block = self.checker.block(place)
        meant = set(pools) if block is None else {nearest(k, pools) for k in block} | set(block)
        if technology.one_of and not meant & set(technology.one_of):
            what = f"{technology.name} needs one of {', '.join(technology.one_of)}"
            self.checker.refuse(place, f"{what}; add takes: {{{technology.one_of[0]}: ...}}", at=at)
        for pool in technology.pools:
            needed = pool.required and applies(pool.when, choices)
            if needed and pool.name not in meant:
                what = f"{technology.name} needs {pool.name} ({pool.label})"
                self.checker.refuse(place, f"{what}; add takes: {{{pool.name}: site.pool}}", at=at)

    def _offered(self, owner: tuple[str, str], text: str, wanted: Pool, at: Steps) -> bool:
        """Whether there is such a pool, counted in the unit that is wanted; a problem if not."""
        name, pool = owner
        sites = self._names(self.written.sites)
        if name not in sites:
            is_project = any(name == project.name for project in self.written.projects.values())
            what = f'there is no site "{shown(name)}"'
            if is_project:
                what = f'"{name}" is a project; projects take from sites only'
            self._unknown(at, what, name, sites)
            return False
        kind = self.declared.sites.get(sites[name].type)
        if kind is None:  # told already
            return False
        offers = {offer.name: offer for offer in kind.pools}
        if pool not in offers:
            what = f'"{name}" has no pool "{shown(pool)}"'
            if not pool:
                what = f'"{shown(text)}" names no pool; write site.pool, for example {name}.load'
            self._unknown(at, what, pool, offers)
            return False
        if offers[pool].unit != wanted.unit:
            what = f"{wanted.name} is counted in {wanted.unit}, {text} in {offers[pool].unit}"
            self.checker.refuse(at, f"{what}; take another pool")
            return False
        return True

    def _names(self, items: Mapping[Steps, ItemT]) -> dict[str, ItemT]:
        """The items by name, those included whose name was refused."""
        names = {at: self.checker.source.value((*at, "name")) for at in items}
        return {name: items[at] for at, name in names.items() if isinstance(name, str)}

    def _unknown(self, at: Steps, what: str, name: str, known: Iterable[str]) -> None:
        self.checker.refuse(at, unknown(what, name, known))
