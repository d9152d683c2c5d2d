"""A portfolio's source with the figures of cells put into it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from eicfinance.portfolio.book_rows import KEY
from eicfinance.portfolio.problems import Place, Problem, key_text
from eicfinance.portfolio.source import Source

if TYPE_CHECKING:
    from eicfinance.portfolio.book_rows import Row
    from eicfinance.portfolio.problems import Steps


class Patch:
    """A source with values put into it, each placed at its cell."""

    def __init__(self, file: str, source: Source) -> None:
        self.file, self.before, self.changed = file, source, False
        self.data: Any = copy.deepcopy(source.data)
        self.places, self.key_places = dict(source.places), dict(source.key_places)
        self.problems: list[Problem] = []

    def source(self) -> Source:
        return Source(self.data, self.places, self.key_places, self.before.sha256, self.before.text)

    def places_of_models(self) -> list[str]:
        """The names of sites and projects, and the economy."""
        items = [item for part in ("sites", "projects") for item in self.data.get(part) or ()]
        return ["economy", *(str(i.get("name")) for i in items if isinstance(i, dict))]

    def set(self, steps: Steps, value: object, row: Row, heading: str) -> None:
        above: Any = self.data
        inside: Steps = ()
        for step, following in zip(steps, (*steps[1:], None), strict=True):
            fits = isinstance(above, list if isinstance(step, int) else dict)
            if not fits or (isinstance(step, int) and step > len(above)):
                key = key_text(steps)
                text = f"{key_text(inside)} has no place for this key; correct it"
                self.problems.append(Problem(place_of(self.file, row, KEY), key, text))
                return
            inside = (*inside, step)
            if inside not in self.places:
                self.place(inside, row, heading)
            new: Any = [] if isinstance(following, int) else {}
            if isinstance(step, int) and step == len(above):
                above.append(new)
            elif not isinstance(step, int) and step not in above:
                above[step] = new
            if following is not None:
                above = above[step]
            else:
                above[step] = value
        self.place(steps, row, heading)
        if isinstance(value, dict):
            self.place((*steps, "value"), row, heading)
        self.changed = True

    def remove(self, steps: Steps) -> None:
        above = self.data
        for step in steps[:-1]:
            above = above[step]
        del above[steps[-1]]
        self.places.pop(steps, None)
        if not above and steps[0] == "scenarios":  # nothing is left to change in that place
            self.remove(steps[:-1])
        self.changed = True

    def place(self, steps: Steps, row: Row, heading: str) -> None:
        self.places[steps] = self.key_places[steps] = place_of(self.file, row, heading)


def place_of(file: str, row: Row, heading: str) -> Place:
    return Place(file, row.number, row.columns.get(heading, 0) + 1, row.at(heading))
