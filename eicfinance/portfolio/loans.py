"""Reads the loans of projects, and the reference rates of the economy that they may refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eicfinance.model.label import Label
from eicfinance.portfolio import schema
from eicfinance.portfolio.declare import GIVEN, NOT_GIVEN
from eicfinance.portfolio.entries import Declarations, LoanEntry, ReferenceEntry
from eicfinance.portfolio.problems import number_text, shown, unknown
from eicfinance.portfolio.schema import section_model

if TYPE_CHECKING:
    from eicfinance.portfolio.checker import Checker
    from eicfinance.portfolio.declare import Choice
    from eicfinance.portfolio.figures import Figures, Values
    from eicfinance.portfolio.problems import Steps
    from eicfinance.portfolio.seasons import SeasonReader

REFERENCES = ("economy", "reference_rates")


def choices_of(declared: tuple[Choice, ...], found: schema.Strict) -> dict[str, str]:
    return {choice.name: getattr(found, choice.name) for choice in declared}


@dataclass(eq=False)
class LoanReader:
    """known: the reference rates by name."""

    checker: Checker
    figures: Figures
    seasons: SeasonReader
    declared: Declarations
    known: dict[str, ReferenceEntry] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)  # of those with a problem too

    def references(self, number: int) -> dict[str, ReferenceEntry]:
        """The reference rates of the economy, so many."""
        declared = self.declared.reference_rate
        model = section_model(schema.Reference, declared.figures, title=declared.name)
        for k in range(number):
            at: Steps = (*REFERENCES, k)
            found = self.checker.parse(model, at)
            rate = self.figures.values(declared.figures, found, at).get("rate")
            steps = self._steps(at, len(found.rate_steps))
            if found.name in self.names:
                text = f'another reference rate is called "{found.name}"; rename'
                self.checker.refuse(at, text)
            elif rate is not None:
                self.known[found.name] = ReferenceEntry(
                    found.name, found.title or found.name, rate, steps
                )
            self.names.add(found.name)
        return self.known

    def of_project(self, at: Steps, inputs: Values) -> tuple[LoanEntry, ...]:
        """The loan of a project, or its loans by name, in the order in which they are used."""
        one, several = (*at, "loan"), (*at, "loans")
        if self.checker.source.has(one) and self.checker.source.has(several):
            self.checker.refuse(several, "there is a loan already; write all of them under loans")
        if self.checker.source.has(one):
            return (self._loan(one, "loan", inputs),)
        written = self.checker.source.value(several)
        number = len(written) if isinstance(written, list) else 0
        loans = [self._loan((*several, k), "", inputs) for k in range(number)]
        names: set[str] = set()
        for k, loan in enumerate(loans):
            if loan.name in names:
                self.checker.refuse((*several, k), f'another loan is called "{loan.name}"; rename')
            names.add(loan.name)
        return tuple(loans)

    def _loan(self, at: Steps, name: str, inputs: Values) -> LoanEntry:
        declared = self.declared.loan
        model = section_model(schema.Loan, declared.figures, declared.choices, declared.seasons,
                              title=declared.name)  # fmt: skip
        before = len(self.checker.problems)
        found = self.checker.parse(model, at)
        chosen = len(self.checker.problems) == before
        choices = choices_of(declared.choices, found)
        choices["reference"] = GIVEN if found.reference else NOT_GIVEN
        values = self.figures.applicable(declared, choices, found, at, chosen)
        seasons = self.seasons.seasons(declared.seasons, at)
        if chosen and not name and found.name is None:
            self.checker.refuse(at, "each of several loans has a name; add name: bank")
        steps = self._steps(at, len(found.rate_steps))
        shown_as = name or found.name or "loan"
        entry = LoanEntry(
            shown_as, found.title or ("Loan" if name else Label("Loan: {name}", shown_as)),
            "loan", 1, choices, values, seasons, steps, found.reference,
        )  # fmt: skip
        self._check_grace(entry, inputs, (*at, "grace_months"))
        if chosen:
            self._check_rate(entry, at)
            self._check_prepayment(entry, at)
            self._check_reserve(entry, inputs, at)
        return entry

    def _steps(self, at: Steps, number: int) -> tuple[Values, ...]:
        step = self.declared.rate_step
        model = section_model(schema.Strict, step.figures, title=step.name)
        places: list[Steps] = [(*at, "rate_steps", k) for k in range(number)]
        return tuple(
            self.figures.values(step.figures, self.checker.parse(model, place), place)
            for place in places
        )

    def _check_grace(self, loan: LoanEntry, inputs: Values, at: Steps) -> None:
        if not {"tenor_months", "grace_months"} <= loan.values.keys():
            return
        tenor, grace = (loan.values[name].number for name in ("tenor_months", "grace_months"))
        names = ("construction_months", "delay_months")
        start = sum(inputs[name].number for name in names if name in inputs)
        months, whole = number_text(grace), number_text(tenor)
        if grace >= tenor and loan.choices["grace"] == "inside_tenor":
            text = f"grace of {months} months leaves nothing of the tenor of {whole} months"
            self.checker.refuse(at, f"{text} (grace counts inside the tenor); shorten it")
        elif grace < start and loan.choices["interest_during_construction"] == "paid":
            self.checker.note(at, Label(
                "grace of {months} months ends before commissioning (construction and delay: "
                "{building} months)", months, number_text(start)))  # fmt: skip

    def _check_rate(self, loan: LoanEntry, at: Steps) -> None:
        """A floating rate refers to one of the economy's, and never falls below nil."""
        if not loan.reference:
            return
        if loan.steps:
            text = "the steps of a floating rate stand with its reference rate; move them there"
            self.checker.refuse((*at, "rate_steps"), text)
        if loan.reference not in self.names:
            what = f'unknown reference rate "{shown(loan.reference)}"'
            text = unknown(what, loan.reference, self.known)
            if not self.known:
                text = f"{what}; add it under economy.reference_rates, as {{name: mlr, rate: 7%}}"
            self.checker.refuse((*at, "reference"), text)
        base, margin = self.known.get(loan.reference), loan.values.get("margin")
        if base is None:
            return
        rates = [base.rate, *(step["rate"] for step in base.steps if "rate" in step)]
        least = min(rate.number for rate in rates)
        if margin is not None and least + margin.number < 0:
            text = f"the margin makes the rate {number_text(100 * (least + margin.number))}% a year"
            self.checker.refuse((*at, "margin"), f"{text}; allowed: at least 0; correct it")

    def _check_prepayment(self, loan: LoanEntry, at: Steps) -> None:
        given = [n for n in loan.values if n.startswith("prepayment_")]
        for name in ("prepayment_year", "prepayment_share"):
            if given and name not in given and not self.checker.source.has((*at, name)):
                text = f'the key "{name}" is missing beside {given[0]}; add a line'
                self.checker.refuse((*at, name), text, at=at)

    def _check_reserve(self, loan: LoanEntry, inputs: Values, at: Steps) -> None:
        """Interest on what is raised for the interest must not eat all of it."""
        if loan.choices["interest_during_construction"] != "prefunded" or "rate" not in loan.values:
            return
        months = inputs["construction_months"].number if "construction_months" in inputs else 0
        rate, part = loan.values["rate"].number, loan.values.get("share")
        if rate * months / 12 * (part.number if part else 1) >= 1:
            text = "interest on the interest reserve would use all of it up; choose capitalised"
            self.checker.refuse((*at, "interest_during_construction"), text)
