"""Checks the sections of a file against models and gathers what is wrong with all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from eicfinance.model.label import under
from eicfinance.portfolio.problems import Problem, key_text
from eicfinance.portfolio.schema import lenient
from eicfinance.portfolio.wording import problems_of

if TYPE_CHECKING:
    from eicfinance.portfolio.problems import Steps
    from eicfinance.portfolio.schema import ModelT
    from eicfinance.portfolio.source import Source


@dataclass(eq=False)
class Checker:
    """A file, the problems found in it so far, and what is worth noting though no problem."""

    source: Source
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def parse(self, model: type[ModelT], at: Steps) -> ModelT:
        """The section at a path. What is wrong is noted as problems; what is wrong or missing is
        left at its default, or empty, so that the rest can be checked in the same run."""
        usable: dict[str, object] = {}
        if self.source.has(at):
            data = self.source.value(at)
            try:
                return model.model_validate(data)
            except ValidationError as error:
                self.problems += problems_of(error, self.source, model, at)
                wrong = {detail["loc"][0] for detail in error.errors() if detail["loc"]}
            if isinstance(data, dict):
                usable = {key: value for key, value in data.items() if key not in wrong}
        return lenient(model).model_validate(usable)

    def block(self, at: Steps) -> dict[str, object] | None:
        """The keys written at a path, none if it is left out; None if it is something else."""
        data = self.source.value(at) if self.source.has(at) else {}
        return data if isinstance(data, dict) else None

    def refuse(self, key: Steps, message: str, at: Steps | None = None) -> None:
        """Adds a problem of a key, placed there or, where the key is not written, at another."""
        place = self.source.key_place(key if at is None else at)
        self.problems.append(Problem(place, key_text(key), message))

    def note(self, key: Steps, message: str) -> None:
        """Adds a note on a key, or on the whole file, once."""
        text = under(key_text(key), message) if key else message
        if text not in self.notes:
            self.notes.append(text)
