"""The conventions used: every switch of the declarations, and what the portfolio chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.finance.terms import FINANCE, LOAN
from eicfinance.portfolio.economy import BORROWER, ECONOMY
from eicfinance.reports.language import label

if TYPE_CHECKING:
    from eicfinance.portfolio.declare import Declaration
    from eicfinance.portfolio.reader import Entry, Portfolio


def conventions(portfolio: Portfolio) -> list[dict[str, str]]:
    """A row a switch. Where projects or borrowers differ, each option with those that have it."""
    projects = portfolio.projects
    sections: list[tuple[Declaration, list[tuple[str, Entry]]]] = [
        (ECONOMY, [("", portfolio.economy)]),
        (BORROWER, [(one.title, one) for one in portfolio.borrowers.values()]),
        (FINANCE, [(one.title, one.finance) for one in projects]),
        (LOAN, [(f"{one.title}, {loan.title}" if len(one.loans) > 1 else one.title, loan)
                for one in projects for loan in one.loans]),
    ]  # fmt: skip
    return [
        {
            "section": declared.title,
            "switch": _words(choice.name),
            "chosen": _chosen(choice.name, owners),
            "others": ", ".join(_words(option) for option in choice.options
                                if all(one.choices[choice.name] != option for _, one in owners)),
            "meaning": choice.label,
        }
        for declared, owners in sections
        for choice in declared.choices
        if owners
    ]  # fmt: skip


def _chosen(name: str, owners: list[tuple[str, Entry]]) -> str:
    by_option: dict[str, list[str]] = {}
    for title, one in owners:
        by_option.setdefault(one.choices[name], []).append(title)
    if len(by_option) == 1:
        return _words(next(iter(by_option)))
    return "; ".join(f"{_words(k)} ({', '.join(titles)})" for k, titles in by_option.items())


def _words(name: str) -> str:
    return label(name.replace("_", " "))
