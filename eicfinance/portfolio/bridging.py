"""What a portfolio says of money that could close the gap: the declaration, and how it is read.

    bridging:                          # under a project's finance; or once beside projects, for all
      - {name: Government Savings Bank, kind: overdraft, limit: 300000, rate: 8%, fee: 0.5%,
         from_stage: startup, until_stage: growth, source: offer of 2026-11}

There is no default set: limits and rates are those of a lender who has been asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from eicfinance.portfolio.declare import Choice, Declaration, Figure
from eicfinance.portfolio.entries import Entry
from eicfinance.portfolio.loans import choices_of
from eicfinance.portfolio.schema import OneLine, Strict, section_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.entries import GrantEntry
    from eicfinance.portfolio.figures import Figures
    from eicfinance.portfolio.problems import Steps

STAGES = {  # of a venture: name in the rows -> title
    "preparation": "Preparation and construction",
    "startup": "Start-up",
    "growth": "Growth",
    "maturity": "Maturity",
}
ADVANCE, DEFERRED = "grant_advance", "deferred_instalments"
KINDS = {
    ADVANCE: "Advance on a grant",
    "micro_credit": "Micro-credit",
    "vendor_credit": "Vendor's credit",
    "equity": "Venture equity",
    "overdraft": "Overdraft",
    DEFERRED: "Instalments deferred",
}
BRIDGING = Declaration(
    name="bridging",
    title="Bridging (one of bridging): what could close the gap, with the requested loan",
    choices=(
        Choice("kind", tuple(KINDS), "", "An advance on a grant ends when signed grants arrive and "
               "never exceeds them; of instalments only what falls due in its stages is deferred"),
        Choice("from_stage", tuple(STAGES), "", "Can be had from the beginning of this stage on"),
        Choice("until_stage", tuple(STAGES), "", "Until the end of this stage; then it is due"),
    ),
    figures=(
        Figure("limit", "THB", None, "Limit", optional=True),
        Figure("share", "1", None, "Limit, share of capital cost", 0, 0.3, 0, 5, optional=True),
        Figure("until_month", "month", None, "Due this many months after closing at the latest",
               6, 60, 0, 600, optional=True),
        Figure("rate", "1/year", None, "Interest on what is drawn; of equity the return required",
               0, 0.36, 0, 0.99),
        Figure("fee", "1", 0, "Fee, share of each drawing", 0, 0.03, 0, 0.5,
               source="assumption: none"),
    ),
)  # fmt: skip


class Bridging(Strict):
    """The keys of a source of bridging money that are not declared."""

    name: OneLine = Field(min_length=1, description="who gives it")
    source: OneLine = Field("assumption", description="where the figures come from")


def read_bridging(checker: Checker, figures: Figures, at: Steps) -> tuple[Entry, ...]:
    """The sources of bridging money at a path; none where there is no list."""
    written: Any = checker.source.value(at) if checker.source.has(at) else []
    number = len(written) if isinstance(written, list) else 0
    return tuple(_one(checker, figures, (*at, k)) for k in range(number))


def _one(checker: Checker, figures: Figures, at: Steps) -> Entry:
    model = section_model(Bridging, BRIDGING.figures, BRIDGING.choices, title=BRIDGING.name)
    before = len(checker.problems)
    found = checker.parse(model, at)
    values = figures.values(BRIDGING.figures, found, at, source=found.source)
    choices = choices_of(BRIDGING.choices, found)
    if len(checker.problems) == before:
        if ("limit" in values) == ("share" in values):
            text = "a source has either limit (money) or share (of the capital cost); write one"
            checker.refuse(at, text)
        first, last = (list(STAGES).index(choices[f"{end}_stage"]) for end in ("from", "until"))
        if first > last:
            text = f"{choices['until_stage']} comes before from_stage {choices['from_stage']}"
            text += f"; the order is {', '.join(STAGES)}; correct one of them"
            checker.refuse((*at, "until_stage"), text)
    return Entry(found.name, found.name, choices["kind"], 1, choices, values, {})


def check_bridging(
    checker: Checker, at: Steps, sources: Sequence[Entry], grants: Sequence[GrantEntry], loans: int
) -> None:
    """Refuses an advance where no grant is signed, and deferred instalments where there is no loan:
    neither could ever be drawn."""
    for k, source in enumerate(sources):
        if source.kind == ADVANCE and not any(grant.committed for grant in grants):
            text = "there is no signed grant to be advanced; add one under grants, or take it out"
            checker.refuse((*at, k), text)
        if source.kind == DEFERRED and not loans:
            text = "there is no loan whose instalments could be deferred; add one, or take it out"
            checker.refuse((*at, k), text)
