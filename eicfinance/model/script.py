"""The page's rendering: models as JavaScript, computed offline where the memo is opened.

    book(models)  ->  {shared: {...}, rows: [["interest", (v,m)=>t=>before(v.balance,t)*v.rate/..

A row is its name and its formula, a function of what is computed already (v, by name; m, the
timeline) and of the period t; a result is a function of v and m alone. Rows of the same name and
formula stand once for all models: a project's loan is written as its neighbour's is. Operations are
those of script.js, with the tolerances of `expr.py`. A point in a name is $ here: loan$balance.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eicfinance.model.expr import EPS, REDUCTIONS, Expr, ModelError, Number, tolerance, walk
from eicfinance.model.items import Input, Line, Result, Timeline, Vector, periodic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.model.model import Model
    from eicfinance.model.order import Step

BINARY: Final = {"+": 1, "-": 1, "*": 2}  # written as such, with how strongly they bind
ATOM: Final = 9
TIMELINE: Final = {
    "period": "t", "year": "m.year[t]", "season": "m.season[t]", "last": "m.last[t]",
    "year_end": "m.yearEnd[t]", "periods_per_year": "m.perYear", "eps": "EPS", "end": "m.end",
}  # fmt: skip
CALLS: Final = {  # operation -> function of script.js
    "/": "div", "**": "pow", "min": "Math.min", "max": "Math.max", "floor": "floor",
    "or_else": "orElse", "sum": "sum", "lowest": "lowest", "highest": "highest", "first": "first",
}  # fmt: skip
NEAR: Final = {">": "gt", ">=": "ge", "ratio": "ratio"}  # those that take a tolerance
DEAR: Final = (*REDUCTIONS, "**")  # computed once for all periods where they are the same
IMPORTS: Final = ("div", "pow", "gt", "ge", "where", "floor", "orElse", "ratio", "before", "lag",
                  "lead", "sum", "lowest", "highest", "first", "rate")  # fmt: skip


@cache
def runtime() -> str:
    """What every page needs to compute a book: the constant MODEL, with its function runAll."""
    return Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def book(models: Sequence[Model]) -> str:
    """The models as one JavaScript expression, in order: `MODEL.runAll(book, {})` computes them."""
    rows: dict[str, int] = {}
    shared = {n: i.value for m in reversed(models) for n, i in m.inputs.items() if i.shared}
    usual: dict[str, float] = {}
    texts = [_model(model, rows, shared, usual) for model in models]
    return "\n".join([
        f"(() => {{ const {{{', '.join(IMPORTS)}}} = MODEL;",
        f"return {{shared: {_numbers(shared)},", f"usual: {_numbers(usual)},",
        "rows: [", ",\n".join(rows), "],", "models: [", ",\n".join(texts), "]}; })()",
    ])  # fmt: skip


def name_of(name: str) -> str:
    """A name as the script writes it."""
    return name.replace(".", "$")


def number(value: float) -> str:
    """A number with all its digits."""
    return repr(float(value)).removesuffix(".0")


def _model(
    model: Model, rows: dict[str, int], shared: dict[str, float], usual: dict[str, float]
) -> str:
    """A model. Inputs that all models share, and those that have their usual value (the first that
    was met), stand once for all."""
    steps, places = model.order(), []
    for step in steps:
        written = [
            rows.setdefault(_row(item, step), len(rows))
            for item in step.members
            if getattr(item, "given", None) is None
        ]
        places += [(tuple(written), step.repeats)] if written else []
    own: dict[str, float] = {}
    for name, item in model.inputs.items():
        at = shared if item.shared or name in shared else usual
        if at.setdefault(name, item.value) != item.value or (at is shared and not item.shared):
            own[name] = item.value
    solved = {n: i.equals.text.name for n, i in model.inputs.items() if i.equals is not None}
    given = (
        f"{name_of(n)}: [{line.given[0].name!r}, {name_of(line.given[1].text.name)!r}]"
        for n, line in model.lines.items()
        if line.given is not None
    )
    vectors = (
        f"{name_of(n)}: [{','.join(map(number, v.values))}]" for n, v in model.vectors.items()
    )
    pairs = (f"{name_of(x)}: {name_of(f)!r}" for x, f in solved.items())
    computed = [s for s in steps if getattr(s.members[0], "given", None) is None]
    return (
        f"{{name: {model.name!r}, end: {model.periods}, perYear: {model.periods_per_year}, "
        f"start: {model.season_start}, inputs: {_numbers(own)},\n"
        f"vectors: {{{', '.join(vectors)}}}, given: {{{', '.join(given)}}}, "
        f"solved: {{{', '.join(pairs)}}}, tries: {_tries(model, computed, solved)},\n"
        f"steps: '{_places(places)}'}}"
    )


def _places(steps: Sequence[tuple[tuple[int, ...], bool]]) -> str:
    """Row numbers by step: 3-5 is 3 4 5; those with a comma, or one after it, go together."""
    found: list[str] = []
    first = last = -2
    for rows, repeats in steps:
        if repeats:
            found.append(f"{','.join(map(str, rows))},")
            first = last = -2
        elif rows[0] == last + 1:
            last = rows[0]
            found[-1] = f"{first}-{last}"
        else:
            first = last = rows[0]
            found.append(str(first))
    return " ".join(found)


def _numbers(values: dict[str, float]) -> str:
    return "{" + ", ".join(f"{name_of(n)}: {number(v)}" for n, v in values.items()) + "}"


def _tries(model: Model, steps: Sequence[Step], solved: dict[str, str]) -> list[int]:
    """The first step that an unknown enters, and the step after the last that finds one."""
    unknown = {model.inputs[name] for name in solved}
    equal = {model.results[name] for name in solved.values()}
    uses = [
        k
        for k, step in enumerate(steps)
        for item in step.members
        if any(node in unknown for node in walk(item.formula))  # type: ignore[attr-defined]
    ]
    ends = [k for k, step in enumerate(steps) if equal.intersection(step.members)]
    last = max(ends, default=-1) + 1
    return [min([*uses, last]), last]


# -- a row --------------------------------------------------------------------------------------


def _row(item: Expr, step: Step) -> str:
    """A row as an array: its name, its formula, and 1 where it may be blank."""
    assert isinstance(item, Line | Result)
    assert item.formula is not None
    name, blank = name_of(item.text.name), ", 1" if item.formula.blank else ""
    together = step.members if step.repeats else ()
    if item.formula.op == "irr":
        flow = item.formula.args[0]
        near = _near(flow > 0)
        body = f"(v,m)=>rate('{name}',{_text(flow, ())[:-3]},{near},m)"
    elif isinstance(item, Result):
        body = f"(v,m)=>{_text(item.formula, together)}"
    else:
        once: list[str] = []
        text = _text(item.formula, together, once=once)
        said = "".join(f"const h{k}={one};" for k, one in enumerate(once))
        body = f"(v,m)=>{{{said}return t=>{text}}}" if once else f"(v,m)=>t=>{text}"
    return f"['{name}', {body}{blank}]"


def _text(
    node: Expr, together: tuple[Expr, ...], least: int = 0, once: list[str] | None = None
) -> str:
    """A formula. once: where given, what is the same in all periods and dear is put there."""
    if not node.args:
        return _leaf(node)
    if once is not None and not periodic(node) and any(n.op in DEAR for n in walk(node)):
        made = _text(node, together)
        if made not in once:
            once.append(made)
        return f"h{once.index(made)}"
    if node.op in BINARY:
        binds = BINARY[node.op]
        left = _text(node.args[0], together, binds, once)
        right = _text(node.args[1], together, binds + 1, once)  # as written: rounding is the same
        text = f"{left}{node.op}{right}"
        return text if binds >= least else f"({text})"
    if node.op == "neg":
        text = f"-{_text(node.args[0], together, ATOM, once)}"
        return f"({text})" if least else text
    return _call(node, together, once)


def _call(node: Expr, together: tuple[Expr, ...], once: list[str] | None) -> str:
    op = node.op
    if op in REDUCTIONS or op in ("previous", "lag", "lead"):
        row = _text(node.args[0], ())[:-3]  # without [t]
        if op in REDUCTIONS:
            return f"{CALLS[op]}({row})"
        if op == "previous":
            return f"before({row},t)"
        distance = _text(node.args[1], together, 0, once)
        least = f",{int(node.args[0] in together)}" if op == "lag" else ""
        return f"{op}({row},t,{distance}{least})"
    texts = [_text(arg, together, 0, once) for arg in node.args]
    if op == "where":
        flag, *both = texts
        if node.args[0].fragile:
            return f"where({','.join(texts)})"
        return f"({flag}?{both[0]}:{both[1]})"
    if op in NEAR:
        return f"{NEAR[op]}({','.join(texts)},{_near(node)})"
    if op not in CALLS:
        raise ModelError(f"the script rendering has no operation {op!r}")
    return f"{CALLS[op]}({','.join(texts)})"


def _near(comparison: Expr) -> str:
    return "EPS" if tolerance(comparison) == EPS else "DUST"


def _leaf(node: Expr) -> str:
    if isinstance(node, Number):
        return number(node.value)
    if isinstance(node, Timeline):
        return TIMELINE[node.name]
    assert isinstance(node, Input | Vector | Line | Result)
    text = f"v.{name_of(node.text.name)}"
    return f"{text}[t]" if isinstance(node, Line | Vector) else text
