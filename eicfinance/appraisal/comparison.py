"""Lending schemes compared on one project.

Each scheme is written twice (deal.py): on the project's timeline, with the plant's cash given by
the project's model, and on the contract's own. Of a scheme that the portfolio does not name, the
terms that a bank's loan has too (TERM) are those of the project's first loan; the rest are its
defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eicfinance.appraisal.calendar import MONTHS
from eicfinance.appraisal.cluster import host_input, value_input
from eicfinance.appraisal.fits import duration, room
from eicfinance.appraisal.under_scheme import under_scheme
from eicfinance.finance.returns import nominal_rate
from eicfinance.lending import schemes
from eicfinance.lending.deal import TERM, Asset, Deal, Scheme, instalments, per_year
from eicfinance.lending.outcome import outcome, true_cost
from eicfinance.model.expr import minimum
from eicfinance.model.model import Model
from eicfinance.model.numeric import run
from eicfinance.portfolio.economy import DISCOUNTS
from eicfinance.portfolio.problems import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.models import ProjectCase
    from eicfinance.model.items import Input, Result
    from eicfinance.model.numeric import Run
    from eicfinance.portfolio.entries import LendingEntry
    from eicfinance.portfolio.figures import Values

GIVEN = ("capital_spent", "receipts", "operating_cost", "stores_rise", "replacements", "salvage",
         "project_tax.tax", "capital_paid", "vat_net", "grants_received")  # fmt: skip
BASE_OF = {"capital_cost": "Capital cost of the project", "grants": "Grants of the project"}
# point of view -> what it looks at first and then: a result, and whether less of it is better
VIEWS = {
    "borrower": (("months_negative_with_host", True), ("user_npv", False)),
    "bank": (("bank_npv", False), ("bank_loss", True)),
    "mfi": (("mfi_npv", False), ("mfi_loss", True)),
    "public": (("public_money_npv", True), ("valley_left", True)),
}


class UnknownScheme(ValueError):  # noqa: N818
    """There is no such scheme; the message names what may be meant."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A scheme on a project. deal: on the project's timeline; contract: on its own, which is the
    deal's where the plant's cash is shared."""

    entry: LendingEntry
    scheme: Scheme
    deal: Model
    contract: Model

    @property
    def models(self) -> list[Model]:
        return list(dict.fromkeys((self.deal, self.contract)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The offers for a project, with their base runs by the models' names."""

    project: str
    offers: tuple[Offer, ...]
    runs: dict[str, Run] = field(default_factory=dict)

    def figure(self, offer: Offer, name: str) -> float | None:
        """A result of an offer; None where it is blank, or the scheme has none of that name."""
        for model in offer.models:
            if name in model.results:
                return self.runs[model.name].value(name)
        return None


def compare(case: Case, project: str, wanted: Sequence[str] = ()) -> Comparison:
    """The schemes on a project, at the base case. wanted: names of schemes; all if none.

    Raises UnknownScheme.
    """
    entries = entries_of(case, project)
    for name in wanted:
        if not any(name in (entry.name, entry.kind) for entry in entries):
            what = f"there is no lending scheme {name!r} for project {project}"
            raise UnknownScheme(unknown(what, name, [e.name for e in entries]))
    chosen = [e for e in entries if not wanted or {e.name, e.kind} & set(wanted)]
    offers = tuple(offer(case, project, entry) for entry in chosen)
    runs = {m.name: run(m, {}, case.runs) for o in offers for m in o.models}
    return Comparison(project, offers, runs)


def rank(comparison: Comparison, whose: str) -> tuple[list[Offer], list[Offer]]:
    """The offers from a point of view (VIEWS), the best first; and those that it has no figure for:
    it takes no part in them, or its rate of money is not given."""
    looks = VIEWS[whose]

    def key(offer: Offer) -> tuple[float, ...]:
        found = [comparison.figure(offer, name) for name, _ in looks]
        return tuple((v or 0.0) if less else -(v or 0.0)
                     for v, (_, less) in zip(found, looks, strict=True))  # fmt: skip

    known = [o for o in comparison.offers if comparison.figure(o, looks[0][0]) is not None]
    others = [o for o in comparison.offers if o not in known]
    return sorted(known, key=key), others


def offered(case: Case) -> dict[str, Comparison]:
    """The schemes that the portfolio itself names, by project."""
    return {
        name: compare(case, name, [entry.name for entry in asked])
        for name in case.projects
        if (asked := [entry for entry in entries_of(case, name) if entry.asked])
    }


def entries_of(case: Case, project: str) -> list[LendingEntry]:
    """The schemes of a project: those of the portfolio, then the others with their defaults."""
    meant = [e for e in case.portfolio.lending if e.project in ("", project)]
    named = {e.kind for e in meant if e.asked}
    return [e for e in meant if e.asked or e.kind not in named]


def offer(case: Case, project: str, entry: LendingEntry) -> Offer:
    """A scheme written for a project."""
    one, scheme = case.projects[project], schemes()[entry.kind]
    values = _terms(case, one, entry)
    entry = replace(entry, values=values)
    name = f"{project}_{entry.name}"
    deal = _deal(case, one, entry, scheme, values, name)
    if scheme.shares_cash:
        return Offer(entry, scheme, deal.model, deal.model)
    a_year = per_year(entry.choices)
    numbers = {key: value.number for key, value in values.items()}
    model = Model(f"{name}_contract", instalments(numbers, a_year), a_year)
    with model.section("Terms"):
        x = _figures(model, scheme, values, name)
    with model.section("Plant"):
        asset = _bought(case, one, model)
    contract = Deal(scheme, model, x, entry.choices, asset, case.portfolio.currency,
                    _months(model), _every(model, a_year))  # fmt: skip
    scheme.build(contract)
    true_cost(contract, x.get("rate_ceiling"))
    return Offer(entry, scheme, deal.model, model)


def _deal(
    case: Case, one: ProjectCase, entry: LendingEntry, scheme: Scheme, values: Values, name: str
) -> Deal:
    theirs = one.model
    m = Model(name, theirs.periods, theirs.periods_per_year, theirs.season_start)
    with m.section("Terms"):
        x = _figures(m, scheme, values, name)
        rates = _rates(case, m)
    with m.section("Plant, from the project"):
        asset = _given(one, m)
    deal = Deal(scheme, m, x, entry.choices, asset, case.portfolio.currency, _months(m),
                _every(m, per_year(entry.choices)))  # fmt: skip
    scheme.build(deal)
    outcome(deal, rates)
    under_scheme(deal, one, case.portfolio)
    if scheme.shares_cash:
        true_cost(deal, x.get("rate_ceiling"))
    return deal


def _terms(case: Case, one: ProjectCase, entry: LendingEntry) -> Values:
    """The scheme's figures. Of one that the portfolio does not name, the terms of a bank's loan are
    those of the project's first loan, and its duration is made to fit the project."""
    if entry.asked:
        return entry.values
    own = one.entry.loans[0].values if one.entry.loans else {}
    terms = {k: own[k] if k in own and v.figure in TERM else v for k, v in entry.values.items()}
    entry = replace(entry, values=terms)
    key, months = duration(entry)
    longest, start = room(case.portfolio, one.entry, entry)
    fits = min(months if months > start else months + start, longest)
    if fits != months:
        number = {"tenor_months": fits, "exit_years": fits / MONTHS,
                  "instalments": max(1, fits * per_year(entry.choices) // MONTHS)}[key]  # fmt: skip
        terms[key] = replace(terms[key], number=number, low=None, high=None,
                             source="default, made to fit the project")  # fmt: skip
    return terms


def _figures(m: Model, scheme: Scheme, values: Values, name: str) -> dict[str, Input]:
    """The terms: one cell for both timelines."""
    return {
        key: value_input(m, f"{name}_{key}", v, v.figure.label, shared=True)
        for key, v in values.items()
    }


def _months(m: Model) -> Input:
    if "months_per_year" in m.inputs:
        return m.inputs["months_per_year"]
    return m.constant("months_per_year", MONTHS, "month/year", "definition")


def _every(m: Model, a_year: int) -> Input:
    return m.constant(f"instalments_a_year_{a_year}", a_year, "1", "the scheme's interval")


def _rates(case: Case, m: Model) -> dict[str, Result]:
    """The discount rates that the portfolio gives, by whose they are."""
    economy = case.portfolio.economy
    given = {f.name: economy.values[f.name] for f in DISCOUNTS.figures if f.name in economy.values}
    inputs: Mapping[str, Input] = {
        name: value_input(m, name, v, v.figure.label, shared=True)
        for name, v in (given | {"inflation": economy.values["inflation"]}).items()
    }
    return {
        name.removeprefix(DISCOUNTS.prefix): nominal_rate(
            m, inputs, name.removeprefix(DISCOUNTS.prefix), economy.choices["discount_basis"]
        )
        for name in given
    }


def _given(one: ProjectCase, m: Model) -> Asset:
    """The plant's cash as the project's model has it."""
    made = {
        name: m.given(name.replace(".", "_"), one.model, one.model[name],
                      label=one.model[name].text.label)
        for name in GIVEN
    }  # fmt: skip
    money = one.plant.currency
    host = {key: host_input(m, one.borrower, key) for key in ("cash_flow", "debt_service")}
    a_period = _months(m) / m.per_year
    return Asset(
        price=made["capital_spent"],
        outlay=m.line("outlay", money, made["capital_paid"] + made["vat_net"],
                      label="Plant as paid, with VAT less refunds"),
        receipts=made["receipts"],
        upkeep=m.line("upkeep", money,
                      made["operating_cost"] + made["stores_rise"] + made["replacements"],
                      label="Operating cost, stores, replacements"),
        salvage=made["salvage"], tax=made["project_tax.tax"], grants=made["grants_received"],
        host=(host["cash_flow"] - host["debt_service"]) * a_period,
    )  # fmt: skip


def _bought(case: Case, one: ProjectCase, m: Model) -> Asset:
    """A plant bought at once, in period 0: the project's price and grants."""
    base, money = case.runs[one.entry.name], one.plant.currency
    closing = 1 - minimum(1, m.period)

    price, granted = (
        m.input(f"{one.entry.name}_{name}", base.value(name) or 0.0, money, label=label,
                source="follows the project", shared=True)
        for name, label in BASE_OF.items()
    )  # fmt: skip
    for item, name in ((price, "capital_cost"), (granted, "grants")):
        item.follows = one.model, one.model.results[name]
    bought = m.line("price", money, price * closing, label=BASE_OF["capital_cost"])
    grants = m.line("grants_given", money, granted * closing, label=BASE_OF["grants"])
    nil = m.line("plant_cash", money, 0, label="Plant's cash", note="not looked at here")
    return Asset(bought, bought, nil, nil, nil, nil, grants, 0 * price)
