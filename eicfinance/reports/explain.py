"""What a name means: unit, formula in symbols and words, what it uses, what it feeds, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import walk
from eicfinance.model.items import Input, Line, Result, Vector
from eicfinance.model.words import in_symbols, in_words
from eicfinance.portfolio.problems import number_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eicfinance.appraisal.case import Case
    from eicfinance.model.model import Model

    Item = Input | Vector | Line | Result


def items_of(model: Model) -> dict[str, Item]:
    """All that has a name in a model."""
    return {**model.inputs, **model.vectors, **model.lines, **model.results}


def names(case: Case) -> list[str]:
    """All names of a case, each once."""
    return list(dict.fromkeys(name for model in case.models for name in items_of(model)))


def explain(case: Case, name: str) -> str:
    """What the name means, once for all models in which that is the same; empty if none has it."""
    groups: dict[str, list[str]] = {}
    for model in case.models:
        if name in items_of(model):
            text = "\n".join(_lines(case, model, items_of(model)[name]))
            groups.setdefault(text, []).append(model.name)
    return "\n\n".join(f"{text}\nStands in: {', '.join(at)}." for text, at in groups.items())


def _lines(case: Case, model: Model, item: Item) -> list[str]:
    text, formula = item.text, None
    unit = "a plain number" if text.unit == "1" else f"in {text.unit}"
    about = [f"{_kind(item)}, {unit}", text.section and f"section {text.section}", text.note]
    lines = [f"{text.name}: {text.label}", f"  {'; '.join(part for part in about if part)}"]
    if isinstance(item, Input):
        lines.append(f"  Value: {number_text(item.value)}")
        if item.low is not None and item.high is not None:
            lines.append(f"  Range: {number_text(item.low)} to {number_text(item.high)}")
    if isinstance(item, Input | Vector):
        lines.append(f"  Source: {text.source}")
    else:
        formula = item.formula
    if isinstance(item, Line) and item.given is not None:
        lines.append(f"  Is the line {item.given[1].text.name} of {item.given[0].name}.")
    if formula is not None:
        lines.append(f"  Formula: {text.name} = {in_symbols(formula)}")
        lines.append(f"  In words: {in_words(formula)}")
        used = (n for n in walk(formula) if isinstance(n, Input | Vector | Line | Result))
        lines += _listed("Uses", map(_named, used))
    checks = [check.failures for check in model.checks]
    fed = [
        _named(row)
        for row in model.rows
        if row.formula is not None and row not in checks and item in walk(row.formula)
    ]
    fed += [
        f"handed on to {other.name}"
        for other in case.models
        for line in other.lines.values()
        if line.given is not None and line.given[1] is item
    ]
    return [*lines, *_listed("Feeds", fed)]


def _named(item: Item) -> str:
    return f"{item.text.name}: {item.text.label}"


def _listed(title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"    {text}" for text in dict.fromkeys(texts)]
    return [f"  {title}:", *lines] if lines else []


def _kind(item: Item) -> str:
    if isinstance(item, Input):
        return "constant" if item.constant else "input"
    if isinstance(item, Vector):
        return "season"
    return "line" if isinstance(item, Line) else "result"
