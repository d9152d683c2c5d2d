"""The page's rendering: models as JavaScript, computed offline where the memo is opened.

    book(models)  ->  {shared:{...},rows:[['interest',(v,m)=>t=>before(v.balance,t)*v.rate ...

A row is its name and its formula, a function of what is computed already (v, by name; m, the
timeline) and of the period t; a result is a function of v and m alone. Rows of the same name and
formula stand once for all models: a project's loan is written as its neighbour's is. Operations are
those of script.js, with the tolerances of `expr.py`. A point in a name is $ here: loan$balance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eicfinance.model.expr import EPS, REDUCTIONS, Expr, ModelError, Number, tolerance, walk
from eicfinance.model.items import Input, Line, Result, Timeline, Vector, periodic

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from eicfinance.model.model import Model
    from eicfinance.model.order import Step

BINARY: Final = {"+": 1, "-": 1, "*": 2}  # written as such, with how strongly they bind
ATOM: Final = 9
TIMELINE: Final = {
    "period": "t", "year": "m.year[t]", "season": "m.season[t]", "last": "m.last[t]",
    "year_end": "m.yearEnd[t]", "periods_per_year": "m.perYear", "eps": "EPS", "end": "m.end",
}  # fmt: skip
CALLS: Final = {  # operation -> function of script.js
    "/": "div", "**": "pow", "min": "min", "max": "max", "floor": "floor", "or_else": "orElse",
    "sum": "sum", "lowest": "lowest", "highest": "highest", "first": "first",
}  # fmt: skip
NEAR: Final = {">": "gt", ">=": "ge", "ratio": "ratio"}  # those that take a tolerance, else EPS
DEAR: Final = (*REDUCTIONS, "**")  # computed once for all periods where they are the same
IMPORTS: Final = (*CALLS.values(), *NEAR.values(), "where", "before", "lag", "lead", "rate")


@cache
def runtime() -> str:
    """What every page needs to compute a book: the constant MODEL, with its function runAll."""
    return Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def book(
    models: Sequence[Model],
    keep: Collection[str] | None = None,
    tied: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """The models as one JavaScript expression, in order: `MODEL.runAll(book, {})` computes them.

    keep: names that the page shows or changes; others get short ones, so that a memo stays small.
    All keep theirs where nothing is said. tied: inputs that are a result of another model, which
    the program takes over when it builds a model on another timeline: input -> model, result.
    """
    shared = {n: i.value for m in reversed(models) for n, i in m.inputs.items() if i.shared}
    known = dict.fromkeys(n for m in models for t in (m.lines, m.results, m.inputs, m.vectors)
                          for n in t)  # fmt: skip
    short = {} if keep is None else {n: f"_{k}" for k, n in enumerate(known) if n not in keep}
    writer = _Writer(short, shared, tied or {})
    texts = [writer.model(model) for model in models]
    return "\n".join([
        f"(()=>{{const {{{','.join(IMPORTS)}}}=MODEL;",
        f"return {{shared:{writer.numbers(shared)},", f"usual:{writer.numbers(writer.usual)},",
        "rows:[", ",\n".join(writer.rows), "],", "models:[", ",\n".join(texts), "]};})()",
    ])  # fmt: skip


def name_of(name: str) -> str:
    """A name as the script writes it."""
    return name.replace(".", "$")


def number(value: float) -> str:
    """A number with all its digits."""
    return repr(float(value)).removesuffix(".0")


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


def _tries(model: Model, steps: Sequence[Step]) -> list[int]:
    """The first step that an unknown enters, and the step after the last that finds one."""
    unknown = {item for item in model.inputs.values() if item.equals is not None}
    equal: set[Expr] = {item.equals for item in unknown if item.equals is not None}
    uses = [
        k
        for k, step in enumerate(steps)
        for item in step.members
        if any(node in unknown for node in walk(item.formula))  # type: ignore[attr-defined]
    ]
    ends = [k for k, step in enumerate(steps) if equal.intersection(step.members)]
    last = max(ends, default=-1) + 1
    return [min([*uses, last]), last]


def _near(comparison: Expr) -> str:
    return "EPS" if tolerance(comparison) == EPS else "DUST"


@dataclass(eq=False)
class _Writer:
    """Writes models; gathers their rows, and the inputs that have their usual value (the first that
    was met) and stand once for all. together: lines computed period by period with the current
    one."""

    short: Mapping[str, str]
    shared: Mapping[str, float]
    tied: Mapping[str, tuple[str, str]]
    usual: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    together: tuple[Expr, ...] = ()

    def model(self, model: Model) -> str:
        steps = [s for s in model.order() if getattr(s.members[0], "given", None) is None]
        places = [
            (tuple(self._place(item, step) for item in step.members), step.repeats)
            for step in steps
        ]
        own: dict[str, float] = {}
        usual = 0.0
        for name, item in model.inputs.items():
            if item.shared:
                usual = self.shared[name]
            elif name not in self.shared:
                usual = self.usual.setdefault(name, item.value)
            if usual != item.value or (name in self.shared and not item.shared):
                own[name] = item.value
        given = (
            f"{self.name(n)}:[{line.given[0].name!r},{self.name(line.given[1].text.name)!r}]"
            for n, line in model.lines.items()
            if line.given is not None
        )
        vectors = (
            f"{self.name(n)}:[{','.join(map(number, values))}]"
            for n, v in model.vectors.items()
            for values in (v.values[:1] if len(set(v.values)) == 1 else v.values,)
        )
        solved = (
            f"{self.name(n)}:{self.name(item.equals.text.name)!r}"
            for n, item in model.inputs.items()
            if item.equals is not None
        )
        tied = (
            f"{self.name(n)}:[{source!r},{self.name(result)!r}]"
            for n, (source, result) in self.tied.items()
            if n in model.inputs
        )
        return (
            f"{{name:{model.name!r},end:{model.periods},perYear:{model.periods_per_year},"
            f"start:{model.season_start},inputs:{self.numbers(own)},\n"
            f"vectors:{{{','.join(vectors)}}},given:{{{','.join(given)}}},"
            f"tied:{{{','.join(tied)}}},solved:{{{','.join(solved)}}},"
            f"tries:{_tries(model, steps)},\n"
            f"steps:'{_places(places)}'}}"
        )

    def numbers(self, values: Mapping[str, float]) -> str:
        return f"{{{','.join(f'{self.name(n)}:{number(v)}' for n, v in values.items())}}}"

    def name(self, name: str) -> str:
        return self.short.get(name) or name_of(name)

    def _place(self, item: Expr, step: Step) -> int:
        """The number of a row: its name, its formula, and 1 where it may be blank."""
        assert isinstance(item, Line | Result)
        assert item.formula is not None
        self.together = step.members if step.repeats else ()
        name, blank = self.name(item.text.name), ",1" if item.formula.blank else ""
        if item.formula.op == "irr":
            flow = item.formula.args[0]
            body = f"(v,m)=>rate('{name}',{self._row(flow)},{_near(flow > 0)},m)"
        elif isinstance(item, Result):
            body = f"(v,m)=>{self._text(item.formula)}"
        else:
            once: list[str] = []
            text = self._text(item.formula, once=once)
            said = "".join(f"const h{k}={one};" for k, one in enumerate(once))
            body = f"(v,m)=>{{{said}return t=>{text}}}" if once else f"(v,m)=>t=>{text}"
        return self.rows.setdefault(f"['{name}',{body}{blank}]", len(self.rows))

    def _row(self, line: Expr) -> str:
        """All periods of a line."""
        assert isinstance(line, Line)
        return f"v.{self.name(line.text.name)}"

    def _text(self, node: Expr, least: int = 0, once: list[str] | None = None) -> str:
        """A formula. once: where given, what is the same in all periods and dear is put there."""
        if not node.args:
            return self._leaf(node)
        if once is not None and not periodic(node) and any(n.op in DEAR for n in walk(node)):
            made = self._text(node)
            if made not in once:
                once.append(made)
            return f"h{once.index(made)}"
        if node.op in BINARY:
            binds = BINARY[node.op]
            left = self._text(node.args[0], binds, once)
            right = self._text(node.args[1], binds + 1, once)  # as written: rounding is the same
            text = f"{left}{node.op}{right}"
            return text if binds >= least else f"({text})"
        if node.op == "neg":
            text = f"-{self._text(node.args[0], ATOM, once)}"
            return f"({text})" if least else text
        return self._call(node, once)

    def _call(self, node: Expr, once: list[str] | None) -> str:
        op = node.op
        if op == "previous":
            return f"before({self._row(node.args[0])},t)"
        if op in REDUCTIONS:
            return f"{CALLS[op]}({self._row(node.args[0])})"
        if op in ("lag", "lead"):
            distance = self._text(node.args[1], 0, once)
            least = f",{int(node.args[0] in self.together)}" if op == "lag" else ""
            return f"{op}({self._row(node.args[0])},t,{distance}{least})"
        texts = [self._text(arg, 0, once) for arg in node.args]
        if op == "where":
            flag, *both = texts
            if node.args[0].fragile:
                return f"where({','.join(texts)})"
            return f"({flag}?{both[0]}:{both[1]})"
        if op in NEAR:
            near = "" if _near(node) == "EPS" else ",DUST"
            return f"{NEAR[op]}({','.join(texts)}{near})"
        if op not in CALLS:
            raise ModelError(f"the script rendering has no operation {op!r}")
        return f"{CALLS[op]}({','.join(texts)})"

    def _leaf(self, node: Expr) -> str:
        if isinstance(node, Number):
            return number(node.value)
        if isinstance(node, Timeline):
            return TIMELINE[node.name]
        if isinstance(node, Line):
            return f"{self._row(node)}[t]"
        if isinstance(node, Vector):
            return f"v.{self.name(node.text.name)}[t]"
        assert isinstance(node, Input | Result)
        return f"v.{self.name(node.text.name)}"
