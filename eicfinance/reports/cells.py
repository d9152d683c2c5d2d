"""Where a figure stands in the workbook, and on which assumptions it rests.

An assumption's row in the memo has a number as its address, so that a figure can point to it, and
shows the name of its cell; a result is named by sheet and cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.model.expr import walk
from eicfinance.model.items import Input, Line, Result
from eicfinance.model.sheet import Layout, defined_name
from eicfinance.reports.words import writing

if TYPE_CHECKING:
    from eicfinance.appraisal.batch import Unknown
    from eicfinance.model.expr import Expr
    from eicfinance.model.model import Model
    from eicfinance.reports.view import View

FEW = 3  # inputs that are named one by one; a figure that rests on more points to the sensitivity
Link = dict[str, str]


def assumption(model: Model, item: Input) -> dict[str, str]:
    """A row of the assumptions; name: of its cell in the workbook."""
    text = item.text
    write, unit = writing(item)
    ends = () if item.low is None or item.high is None else (write(item.low), write(item.high))
    return {
        "name": defined_name(model, item), "label": text.label, "value": write(item.value),
        "unit": unit, "range": " – ".join(ends), "source": text.source,
    }  # fmt: skip


def assumptions(model: Model) -> list[dict[str, str]]:
    """The model's own inputs that some formula uses."""
    used = model.used()
    return [assumption(model, i) for n, i in model.inputs.items() if n in used and not i.shared]


def shared(models: list[Model]) -> list[dict[str, str]]:
    """Inputs that several models share, constants of nature apart."""
    found: dict[str, dict[str, str]] = {}
    for model in models:
        used = model.used()
        for name, item in model.inputs.items():
            if name in used and item.shared and not item.constant:
                found.setdefault(name, assumption(model, item))
    return list(found.values())


def _common(every: dict[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    """What is assumed alike of several projects, once: in which of them, under which names. at: its
    address in the memo."""
    alike: dict[tuple[str, ...], dict[str, str]] = {}
    for project, rows in every.items():
        for row in rows:
            said = (row["name"].removeprefix(f"{project}__"), *list(row.values())[1:])
            alike.setdefault(said, {})[project] = row["name"]
    found: list[dict[str, Any]] = []
    for (word, label, value, unit, ends, source), names in alike.items():
        if len(names) > 1:
            found.append({
                "at": f"c{len(found)}", "word": word, "label": label, "value": value,
                "unit": unit, "range": ends, "source": source, "names": list(names.values()),
                "projects": [] if len(names) == len(every) else list(names),
            })  # fmt: skip
    return found


class Cells:
    """The cells of a case's workbook."""

    def __init__(self, shown: View) -> None:
        from eicfinance.reports.workbook import sheet_names

        case = shown.case
        assert case.cluster is not None
        first = [*(p.case.model for p in shown.projects), case.cluster, *case.sites.values()]
        order = [*first, *(m for m in case.models if m not in first)]
        sheets = sheet_names([m.name for m in order])
        self.rows = {m.name: (sheets[m.name], Layout.of(case.runs[m.name], sheets[m.name], {}).rows)
                     for m in order}  # fmt: skip
        self.models = {m.name: m for m in order}
        self.shared = shared(case.models)
        every = {m.name: assumptions(m) for m in first}
        self.common = _common({p.name: every[p.name] for p in shown.projects})
        kept = {name for row in self.common for name in row["names"]}
        self.own = {owner: [row for row in rows if row["name"] not in kept]
                    for owner, rows in every.items()}  # fmt: skip
        rows = [*self.shared, *(row for rows in self.own.values() for row in rows)]
        for place, row in enumerate(rows):
            row["at"] = str(place)
        self.at = {row["name"]: row["at"] for row in rows}
        self.at |= {name: row["at"] for row in self.common for name in row["names"]}

    def of(self, model: Model, name: str) -> str:
        """The cell of a result."""
        sheet, rows = self.rows[model.name]
        return f"{sheet}!C{rows[name]}"

    def link(self, model: Model, name: str) -> Link | None:
        """The way to an input's row; None where the memo does not list it."""
        item = model.inputs.get(name)
        return None if item is None else self._way(model, item)

    def moved(self, unknown: Unknown) -> Link | None:
        """The way to an input that is moved: of a model by that name, or a shared one."""
        any_model = next(iter(self.models.values()))
        return self._way(self.models.get(unknown.move[0], any_model), unknown.input)

    def _way(self, model: Model, item: Input) -> Link | None:
        at = self.at.get(defined_name(model, item))
        return None if at is None else {"at": at, "label": item.text.label}

    def rests_on(self, model: Model, name: str) -> list[Link] | None:
        """The inputs from which a line or result is computed, constants apart; None if many."""
        found: dict[str, Link] = {}
        todo: list[tuple[Model, Expr]] = [(model, model[name])]
        seen: set[int] = set()
        while todo:
            owner, node = todo.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Input) and (way := self.link(owner, node.text.name)):
                found[way["at"]] = way
                if len(found) > FEW:
                    return None
            given = node.given if isinstance(node, Line) else None
            formula = node.formula if isinstance(node, Line | Result) else None
            if given is not None:
                todo.append(given)
            elif formula is not None:
                todo += [(owner, part) for part in walk(formula) if part is not node]
        return list(found.values())

    def figure(self, model: Model, name: str, label: str, value: str) -> dict[str, Any]:
        """A row of figures: what it is, what it rests on, where it stands."""
        return {"label": label, "value": value, "cell": self.of(model, name),
                "rests_on": self.rests_on(model, name)}  # fmt: skip
