"""What a portfolio says of who stands for whom: groups of borrowers, a first loss, a guarantee.

    risk:
      groups:
        - {project: pig_biogas, members: 6, cover: 50%, binding: social}
      first_loss: {bearer: MFI, share: 5%, guarantee: 40%, guarantee_fee: 1.75%, bank_target: 0.5%,
                   projects: [pig_biogas]}

A group changes no other figure: its loans are computed a second time beside each on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from eicfinance.portfolio import schema
from eicfinance.portfolio.declare import Choice, Declaration, Figure
from eicfinance.portfolio.problems import shown, unknown
from eicfinance.portfolio.schema import section_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.entries import ProjectEntry
    from eicfinance.portfolio.figures import Figures, Value
    from eicfinance.portfolio.problems import Place, Steps

SOCIAL, CONTRACTUAL = "social", "contractual"
GROUP = Declaration(
    name="group",
    title="Group with joint liability (one of groups, under risk)",
    choices=(
        Choice("binding", (SOCIAL, CONTRACTUAL), SOCIAL,
               "Members help because they live together; or a contract binds them"),
    ),
    figures=(
        Figure("cover", "1", None, "A member helps others in a period with at most this multiple "
               "of his own instalment", least=0, most=1),
    ),
)  # fmt: skip
FIRST_LOSS = Declaration(
    name="first_loss",
    title="First loss and guarantee of a pool of loans (under risk)",
    figures=(
        Figure("share", "1", None, "First loss, share of what is lent", 0, 0.2, 0, 1),
        Figure("guarantee", "1", 0, "Share of the rest of a loss that a guarantor bears", 0, 0.8,
               0, 1, source="assumption: none"),
        Figure("guarantee_fee", "1/year", 0, "Fee of the guarantee on what is outstanding",
               0, 0.03, 0, 0.5, source="assumption: none"),
        Figure("bank_target", "1", 0.01, "Expected loss that the bank takes at most, share of what "
               "is lent", 0, 0.02, 0, 1),
    ),
)  # fmt: skip


class GroupSection(schema.Strict):
    """The keys of a group that are not declared."""

    project: str = Field(description="the project whose equal units borrow as groups")
    members: Annotated[int, Field(ge=2, le=50)] = Field(
        description="of a group; what is left over makes a smaller one"
    )


class FirstLossSection(schema.Strict):
    """The keys of a first loss that are not declared."""

    bearer: schema.OneLine = Field("MFI", description="who bears the first loss")
    guarantor: schema.OneLine = Field("Guarantor", description="who guarantees")
    projects: list[str] = Field([], description="whose loans; all, if left out")


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """The units of a project as groups of so many members. cover: of one's own instalment."""

    project: str
    members: int
    cover: Value
    binding: str
    place: Place


@dataclass(frozen=True, slots=True)
class FirstLossEntry:
    """Who bears the losses of these projects' loans. share, bank_target: of what is lent."""

    bearer: str
    guarantor: str
    projects: tuple[str, ...]
    share: float
    guarantee: float
    guarantee_fee: float
    bank_target: float
    place: Place


@dataclass(eq=False)
class SharingReader:
    """Reads both sections against the projects."""

    checker: Checker
    figures: Figures
    projects: Sequence[ProjectEntry]

    def groups(self, number: int, at: Steps) -> tuple[GroupEntry, ...]:
        found = [self._group((*at, k)) for k in range(number)]
        first: dict[str, int] = {}
        for k, group in enumerate(found):
            if group is not None and group.project in first:
                line = self.checker.source.place((*at, first[group.project])).line
                text = f"{group.project} has groups already in line {line}; take one out"
                self.checker.refuse((*at, k, "project"), text)
            elif group is not None:
                first[group.project] = k
        return tuple(group for group in found if group is not None)

    def _group(self, at: Steps) -> GroupEntry | None:
        model = section_model(GroupSection, GROUP.figures, GROUP.choices, title=GROUP.name)
        before = len(self.checker.problems)
        found: Any = self.checker.parse(model, at)
        cover = self.figures.values(GROUP.figures, found, at).get("cover")
        if len(self.checker.problems) > before:
            return None
        entry = self._borrowing(found.project, (*at, "project"))
        if entry is not None and entry.count < 2:
            text = f"{entry.name} is a single plant with one loan; a group needs count: 2 or more"
            self.checker.refuse((*at, "project"), text)
        elif entry is not None and found.members > entry.count:
            text = f"{entry.name} has {entry.count} units; give at most so many members"
            self.checker.refuse((*at, "members"), text)
        if cover is None or len(self.checker.problems) > before:
            return None
        place = self.checker.source.place(at)
        return GroupEntry(found.project, found.members, cover, found.binding, place)

    def first_loss(self, at: Steps) -> FirstLossEntry | None:
        if not self.checker.source.has(at):
            return None
        model = section_model(FirstLossSection, FIRST_LOSS.figures, title=FIRST_LOSS.name)
        before = len(self.checker.problems)
        found: Any = self.checker.parse(model, at)
        values = self.figures.values(FIRST_LOSS.figures, found, at)
        for k, name in enumerate(found.projects):
            self._borrowing(name, (*at, "projects", k))
            if name in found.projects[:k]:
                self.checker.refuse((*at, "projects", k), f'"{name}" stands there twice')
        lent = tuple(found.projects or (entry.name for entry in self.projects if entry.loans))
        if not lent:
            text = "no project asks for a loan, so that there is nothing to lose; take this out"
            self.checker.refuse(at, text)
        if len(self.checker.problems) > before:
            return None
        shares = {name: value.number for name, value in values.items()}
        place = self.checker.source.place(at)
        return FirstLossEntry(found.bearer, found.guarantor, lent, place=place, **shares)

    def _borrowing(self, name: str, at: Steps) -> ProjectEntry | None:
        """The project of that name, if it has a loan; None, with a problem, if not."""
        entry = next((one for one in self.projects if one.name == name), None)
        if entry is None:
            known = [one.name for one in self.projects if one.loans]
            self.checker.refuse(at, unknown(f'there is no project "{shown(name)}"', name, known))
        elif not entry.loans:
            text = f"{name} asks for no loan; give it one under finance, or name another project"
            self.checker.refuse(at, text)
            return None
        return entry
