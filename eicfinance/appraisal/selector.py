"""The scenarios among which a workbook lets its reader choose: base, low, high, and those that the
portfolio names; all computed, so that the workbook starts each search where the program ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eicfinance.appraisal.batch import ECONOMY, moves_of
from eicfinance.appraisal.case import run_case
from eicfinance.model.expr import ModelError
from eicfinance.portfolio.book_rows import BASE, HIGH, LOW, OWN

if TYPE_CHECKING:
    from eicfinance.appraisal.batch import Move, Scenario
    from eicfinance.model.items import Input
    from eicfinance.model.model import Model
    from eicfinance.model.numeric import Run

LONGEST: Final = 60  # characters of a title
MOST: Final = 12  # named scenarios


@dataclass(frozen=True, slots=True)
class Selector:
    """titles: of the scenarios, the base first. moves: of each, the inputs that differ from the
    base. runs: of all models, a scenario each title. alone: moves of a figure that all share in one
    model only. left_out: named ones that there is no room for, or that cannot be computed."""

    titles: tuple[str, ...]
    moves: tuple[Scenario, ...]
    runs: dict[str, Run]
    alone: tuple[Move, ...]
    left_out: tuple[str, ...]


def place_of(model: Model, item: Input) -> Move:
    return (ECONOMY if item.shared else model.name, item.text.name)


def selector(case: Any) -> Selector:
    """The scenarios of a case that has been run (or of a fund).

    Low and high put every figure that has a range at that end at once.
    """
    inputs = {place_of(m, i): (m, i) for m in reversed(case.models) for i in m.inputs.values()
              if not i.constant and i.equals is None and i.follows is None}  # fmt: skip
    parts = {(m.name, name) for m in case.models for name in m.used() if m.inputs[name].shared}
    own = {move: i for move, (_, i) in inputs.items() if i.text.key}
    wanted: dict[str, Scenario] = {
        BASE: {},
        LOW: {move: i.low for move, i in own.items() if i.low is not None},
        HIGH: {move: i.high for move, i in own.items() if i.high is not None},
    }
    left_out = []
    for scenario in getattr(case.portfolio, "scenarios", ()):
        moves = moves_of(scenario.changes)
        taken = {title.casefold() for title in (*wanted, OWN)}
        if scenario.name.casefold() in taken or len(wanted) >= MOST:
            left_out.append(scenario.name)
        else:
            wanted[scenario.name] = {m: x for m, x in moves.items() if m in inputs or m in parts}
    base = {move: case.runs[m.name].value(i.text.name) for move, (m, i) in inputs.items()}
    runs = _computed(case, base, list(wanted.values()))
    if runs is None:  # then one at a time, without those that cannot be computed
        able = [t for t, moves in wanted.items() if _computed(case, base, [{}, moves]) is not None]
        left_out += [title for title in wanted if title not in able]
        wanted = {title: wanted[title] for title in able}
        runs = _computed(case, base, list(wanted.values()))
        assert runs is not None
    moves_made = dict.fromkeys(move for moves in wanted.values() for move in moves)
    alone = tuple(move for move in moves_made if move not in inputs)
    return Selector(tuple(wanted), tuple(wanted.values()), runs, alone, tuple(left_out))


def _computed(
    case: Any, base: dict[Move, float | None], scenarios: list[Scenario]
) -> dict[str, Run] | None:
    """All models in all scenarios; None where one of them cannot be computed."""
    changes: dict[str, dict[str, Any]] = {}
    alone = {move for moves in scenarios for move in moves if move not in base}
    for place, name in (*base, *alone):
        of_all = (place, name) if (place, name) in base else (ECONOMY, name)
        values = [moves.get((place, name), moves.get(of_all, base[of_all])) for moves in scenarios]
        changes.setdefault(place, {})[name] = np.array(values, dtype=float)
    try:
        return run_case(case, changes)
    except ModelError:
        return None
