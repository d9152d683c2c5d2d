"""A model's loop as the source of one Python function, which kernel.py compiles.

The function goes scenario by scenario; in each, pass by pass over the periods. A line is computed
in the first pass in which all that it needs as a whole (a sum, a lead) is known. What is the same
in all scenarios is no part of it: it comes in as numbers (``c``) and rows by period (``r``). Names
and values do not occur in the source, so that equal structures share one compiled function.

A row in ``r`` or ``w`` takes 2 x periods places, the first half nil, so that a look back before
period 0, or ahead into the row that follows, finds nil. ``pick(condition, a, b)`` and ``down(x)``,
the largest whole number not above, are instructions of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from eicfinance.model.expr import EPS, REDUCTIONS, Expr, ModelError, Number, tolerance
from eicfinance.model.items import Input, Line, Result, Vector, periodic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eicfinance.model.order import Step

ACROSS: Final = (*REDUCTIONS, "previous", "lag", "lead")
START: Final = {"sum": "0.0", "lowest": "inf", "highest": "-inf", "first": "nan"}
PLAIN: Final = {"+": "({} + {})", "-": "({} - {})", "*": "({} * {})", "neg": "(-{})"}
STEP: Final = {
    "sum": "{0} + {1}",
    "lowest": "pick({1} < {0}, {1}, {0})",
    "highest": "pick({1} > {0}, {1}, {0})",
    "first": "pick(({1} == 1.0) & ({0} != {0}), t * 1.0, {0})",
}


@dataclass(eq=False)
class Loop:
    """What the compiled function takes and gives, and its source.

    numbers, rows: nodes that are the same in all scenarios, in the order of ``c`` and ``r``.
    inputs, paths: what varies, in the order of ``v`` and ``g``. results: what it gives in ``o``,
    whose last row is not nil where a value was not finite. lines: what it gives in ``k``. arrays:
    rows of ``w``.
    """

    numbers: list[Expr] = field(default_factory=list)
    rows: list[Expr] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    paths: list[Expr] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    arrays: int = 0
    source: str = ""


def loop(steps: Sequence[Step], varying: set[Expr], wanted: Sequence[Any]) -> Loop:
    """The loop that computes the members of ``steps``, all of which vary, and gives the wanted.

    varying: those members, and what varies of inputs and vectors. No member is an IRR.
    """
    return _Writer(steps, varying, wanted).written()


class _Writer:
    def __init__(self, steps: Sequence[Step], varying: set[Expr], wanted: Sequence[Any]) -> None:
        self.varying = varying
        self.items: list[Any] = [member for step in steps for member in step.members]
        self.groups = {member: step.members for step in steps for member in step.members}
        self.group: Sequence[Any] = ()  # what is computed together with the line being written
        self.names = {item: f"x{place}" for place, item in enumerate(self.items)}
        self.made = Loop()
        given = [x for x in self.items if x in set(wanted)]
        self.made.results = [x for x in given if isinstance(x, Result)]
        self.made.lines = [x for x in given if isinstance(x, Line)]
        self.text: list[str] = []  # the body of the loop over scenarios
        self.body = self.text  # where statements go
        self.top: list[str] = []  # what comes first in the period loop that is being written
        self.known: dict[Any, str] = {}  # what stands in a variable from here on
        self.loaded: dict[Any, str] = {}  # the same within the period loop
        self.keys: dict[int, Any] = {}
        self.moving: dict[int, bool] = {}
        self.places: dict[str, dict[Any, int]] = {}
        self.temporary = 0
        self.now = 0  # the pass that is being written

    def written(self) -> Loop:
        self._schedule()
        self._needs()
        results = [x for x in self.items if isinstance(x, Result)]
        lines = [x for x in self.items if isinstance(x, Line)]
        for number in range(max(self.passes.values(), default=0) + 1):
            self.now = number
            for item in results:
                if self.passes[item] == self.now:
                    self._result(item)
            self._pass([x for x in lines if self.passes[x] == self.now])
        made = self.made
        for row, item in enumerate(made.results):
            self.text.append(f"o[{row} * size + s] = {self.names[item]}")
        self.text.append(f"o[{len(made.results)} * size + s] = bad")
        made.arrays = len(self.arrays)
        head = ["def kernel(c, r, v, g, w, o, k, m, size):"]
        head += [f"    c{place} = c[{place}]" for place in range(len(made.numbers))]
        head += ["    for s in range(size):", "        bad = 0.0"]
        made.source = "\n".join([*head, *(f"        {line}" for line in self.text)]) + "\n"
        return made

    # -- order and storage --------------------------------------------------------------------

    def _schedule(self) -> None:
        """The pass in which each line is computed; of a result, the one before which it is."""
        self.passes: dict[Any, int] = {}
        for group in self.groups.values():
            formulas = [x.formula for x in group if x.formula is not None]  # type: ignore[attr-defined]
            at = max((at for formula in formulas for at in self._after(formula)), default=0)
            self.passes |= dict.fromkeys(group, at)

    def _after(self, node: Expr) -> list[int]:
        if node in self.passes:
            return [self.passes[node]]
        found = [at for arg in node.args for at in self._after(arg)]
        if node.op in ("lead", *REDUCTIONS) and node.args[0] in self.passes:
            found.append(self.passes[node.args[0]] + 1)
        return found

    def _needs(self) -> None:
        """Which lines stand in arrays, which only as the value of the period before, which are
        summed and so on, and which need not be looked at, as their error shows in another line."""
        arrays: dict[Any, None] = {}
        self.carried: set[Any] = set()
        self.reduced: dict[Any, list[str]] = {x: [] for x in self.items}
        self.covered: set[Any] = set()
        for item in self.items:
            if item.formula is None:
                continue
            self._cover(item.formula)
            for node in _uses(item.formula):
                line: Any = node.args[0] if node.op in ACROSS else node
                if line not in self.passes or isinstance(line, Result):
                    continue
                if node.op in REDUCTIONS:
                    self.reduced[line] += [] if node.op in self.reduced[line] else [node.op]
                elif node.op in ("lag", "lead") or self.passes[line] != self.passes[item]:
                    arrays[line] = None
                elif node.op == "previous":
                    self.carried.add(line)
        self.arrays = {line: place for place, line in enumerate(arrays)}

    def _cover(self, node: Expr) -> None:
        """Notes the lines whose value, where it is not finite, makes this one so too."""
        if node.op in PLAIN:
            for arg in node.args:
                self._cover(arg)
        elif node.op == "sum" or not node.args:
            self.covered.add(node.args[0] if node.args else node)

    def _sure(self, node: Expr) -> bool:
        """Whether the value is one of its operands' values, or a flag, and so always finite."""
        if node.fragile or node.blank:
            return False
        if node.op in (">", ">=", "previous", "lag", "lead", "lowest", "highest", "first"):
            return True
        if node.op in ("min", "max", "where", "or_else"):
            return all(map(self._sure, node.args))
        return not node.args

    # -- statements ---------------------------------------------------------------------------

    def _look(self, item: Any) -> list[str]:
        """What is not nil where the value is not finite (or blank, where it may be)."""
        if item in self.covered or (item.formula.args and self._sure(item.formula)):
            return []
        x = self.names[item]
        return [f"pick({x} == {x}, {x} - {x}, 0.0)" if item.blank else f"({x} - {x})"]

    def _result(self, item: Any) -> None:
        self.body, self.group = self.text, ()
        self.text.append(f"{self.names[item]} = {self._text(item.formula)}")
        self.text += [f"bad += {look}" for look in self._look(item)]

    def _pass(self, lines: list[Any]) -> None:
        self.top, self.loaded, self.body = [], {}, []
        body, before, after, ends, looks = self.body, [], [], [], []
        for line in lines:
            name, self.group = self.names[line], self.groups[line]
            if line.formula is None:
                body.append(f"{name} = {self._path(line)}")
            else:
                body.append(f"{name} = {self._text(line.formula)}")
                looks += self._look(line)
            if line in self.arrays:
                body.append(f"w[{self._row(line)} + t] = {name}")
            if line in self.made.lines:
                body.append(f"k[({self.made.lines.index(line)} * size + s) * m + t] = {name}")
            if line in self.carried:
                before.append(f"p{name} = 0.0")
                after.append(f"p{name} = {name}")
            for op in self.reduced[line]:
                total = f"{op}_{name}"
                before.append(f"{total} = {START[op]}")
                after.append(f"{total} = {STEP[op].format(total, name)}")
                if op in ("lowest", "highest"):
                    ends.append(f"{total} = pick(abs({total}) == inf, nan, {total})")
        if looks:
            after.append(f"bad += {_sum(looks)}")
        if lines:
            self.text += [*before, "for t in range(m):"]
            self.text += [f"    {line}" for line in (*self.top, *body, *after)]
            self.text += ends

    # -- expressions --------------------------------------------------------------------------

    def _moves(self, node: Expr) -> bool:
        """Whether the node differs between scenarios."""
        if id(node) not in self.moving:
            self.moving[id(node)] = node in self.varying or any(map(self._moves, node.args))
        return self.moving[id(node)]

    def _key(self, node: Expr) -> Any:
        """Equal for nodes that say the same."""
        if id(node) not in self.keys:
            key = (node.op, node.value) if isinstance(node, Number) else id(node)
            if node.op == "timeline":
                key = ("timeline", node.name)  # type: ignore[attr-defined]
            self.keys[id(node)] = (
                (node.op, tolerance(node) if node.op in (">", ">=", "ratio") else 0.0,
                 *map(self._key, node.args)) if node.args else key
            )  # fmt: skip
        return self.keys[id(node)]

    def _at(self, what: str, node: Any, key: Any) -> int:
        """The node's place in a list of the loop, to which it is added if it is not there."""
        places = self.places.setdefault(what, {})
        if key not in places:
            places[key] = len(places)
            getattr(self.made, what).append(node)
        return places[key]

    def _text(self, node: Expr) -> str:
        """The node's value, as an expression of Python."""
        if isinstance(node, Number):
            return f"{float(node.value)!r}"
        once = not periodic(node)
        if not self._moves(node):
            if once:
                return f"c{self._at('numbers', node, self._key(node))}"
            place = self._at("rows", node, self._key(node))
            return self._load("r", place, f"r[{2 * place + 1} * m + t]")
        if not node.args:
            return self._leaf(node)
        if node.op in REDUCTIONS:
            return f"{node.op}_{self.names[node.args[0]]}"
        if node.op in ("previous", "lag", "lead"):
            return self._shifted(node)
        if node.op == "**" and not periodic(node.args[0]) and not self._moves(node.args[1]):
            return self._power(node) if not once else self._once(node)
        return self._once(node) if once else self._operation(node)

    def _once(self, node: Expr) -> str:
        """What is the same in all periods is computed before the loop over them."""
        key = self._key(node)
        if key not in self.known:
            inner, self.body = self.body, self.text
            made = self._operation(node)
            self.known[key] = f"h{len(self.known)}"
            self.text.append(f"{self.known[key]} = {made}")
            self.body = inner
        return self.known[key]

    def _leaf(self, node: Any) -> str:
        if isinstance(node, Input):
            if node not in self.known:
                place = self._at("inputs", node, node)
                self.known[node] = f"v{place}"
                self.text.append(f"v{place} = v[{place} * size + s]")
            return self.known[node]
        if isinstance(node, Vector):
            return self._path(node)
        if isinstance(node, Result) or self.passes[node] == self.now:
            return self.names[node]
        return self._load("a", self.arrays[node], f"w[{self._row(node)} + t]")

    def _load(self, kind: str, place: int, what: str) -> str:
        """The name of an array's value in this period, read once."""
        name = f"{kind}{place}"
        if name not in self.loaded:
            self.loaded[name] = name
            self.top.append(f"{name} = {what}")
        return name

    def _path(self, node: Expr) -> str:
        place = self._at("paths", node, node)
        return self._load("g", place, f"g[({place} * size + s) * m + t]")

    def _row(self, line: Any) -> str:
        return f"{2 * self.arrays[line] + 1} * m"

    def _shifted(self, node: Expr) -> str:
        line: Any = node.args[0]
        if node.op == "previous":
            if self.passes[line] == self.now:
                return f"p{self.names[line]}"
            return f"w[{self._row(line)} + t - 1]"
        distance = self._distance(node.args[1], 1.0 if line in self.group else 0.0)
        sign = "-" if node.op == "lag" else "+"
        if line in self.arrays:
            return f"w[{self._row(line)} + t {sign} {distance}]"
        place = self._at("rows", line, self._key(line))
        return f"r[{2 * place + 1} * m + t {sign} {distance}]"

    def _distance(self, node: Expr, least: float) -> str:
        """A lag's or lead's distance as a whole number, at most as far as the periods go."""
        given = self._text(node)
        key = ("distance", given, least)
        if key not in self.known:
            name = self.known[key] = f"d{len(self.known)}"
            self.text += [
                f"n{name} = down({given} + 0.5)",
                f"{name} = int(pick((n{name} >= 0.0) & (n{name} <= m), n{name}, m * 1.0))",
                f"bad += pick(abs({given} - n{name}) <= {EPS!r}, 0.0, 1.0)",
                f"bad += pick(n{name} >= {least!r}, 0.0, 1.0)",
            ]
        return self.known[key]

    def _power(self, node: Expr) -> str:
        """A power whose base is the same in all periods: computed again where its exponent, often
        a year, is another than in the period before."""
        key = self._key(node)
        if key not in self.loaded:
            base = self._name(self._text(node.args[0]), self.text)
            exponent = self._text(node.args[1])
            name = self.loaded[key] = f"u{len(self.loaded)}_{self.now}"
            self.text += [f"{name} = 0.0", f"e{name} = nan"]
            self.top += [
                f"if {exponent} != e{name}:",
                f"    {name} = {_raised(base, exponent)}",
                f"    e{name} = {exponent}",
            ]
        return self.loaded[key]

    def _name(self, text: str, body: list[str]) -> str:
        """A name for the value, where it stands more than once in what follows."""
        if text.isidentifier() or text in ("0.0", "1.0"):
            return text
        self.temporary += 1
        body.append(f"i{self.temporary} = {text}")
        return f"i{self.temporary}"

    def _operation(self, node: Expr) -> str:
        args = [self._text(arg) for arg in node.args]
        if node.op in PLAIN:
            return PLAIN[node.op].format(*args)
        if node.op == "floor":
            return f"down({args[0]} + {EPS!r})"
        a, b, *more = (self._name(arg, self.body) for arg in args)
        lost = f"({a} != {a}) | ({b} != {b})"
        within = tolerance(node) if node.op in (">", ">=", "ratio") else 0.0
        match node.op:
            case "/":
                return f"pick({b} != 0.0, {a} / {b}, nan)"
            case "**":
                return _raised(a, b)
            case "or_else":
                return f"pick({a} == {a}, {a}, {b})"
            case "where":
                plain, lost = f"pick({a} != 0.0, {b}, {more[0]})", f"{a} != {a}"
            case "ratio":
                plain = f"pick(abs({b}) > {within!r}, {a} / {b}, nan)"
            case ">":
                plain = f"pick({a} > {b} + {within!r}, 1.0, 0.0)"
            case ">=":
                plain = f"pick({a} >= {b} - {within!r}, 1.0, 0.0)"
            case "min" | "max":
                plain = f"pick({a} {'<' if node.op == 'min' else '>'} {b}, {a}, {b})"
            case _:
                raise ModelError(f"the compiled rendering has no operation {node.op!r}")
        if not any(arg.fragile for arg in node.args[: 1 if node.op == "where" else 2]):
            return plain
        return f"pick({lost}, {'inf' if node.op == 'ratio' else 'nan'}, {plain})"


def _uses(node: Expr) -> Iterator[Expr]:
    """The leaves of a formula, but of what looks across the periods of a line that node itself."""
    if node.op in ACROSS or not node.args:
        yield node
    for arg in node.args[node.op in ACROSS :]:
        yield from _uses(arg)


def _raised(base: str, exponent: str) -> str:
    """A power; nil to a power that is not above nil has no value."""
    return f"pick(({base} == 0.0) & ({exponent} <= 0.0), nan, {base} ** {exponent})"


def _sum(terms: list[str]) -> str:
    """A sum in pairs, of pairs, so that no term waits for all before it."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_sum(terms[:half])} + {_sum(terms[half:])})"
