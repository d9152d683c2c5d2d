"""The order of calculation, and the refusal of circles.

A line or result needs others *now* (same period), from the *past* (`previous`, `lag`) or *whole*
(a reduction such as a sum, or `lead`). What needs each other through the past is computed together,
period by period: a `Step` with several members or a repeating one. A circle through the same period
or through a whole line has no answer in one pass and is refused with its chain of names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import PAST, WHOLE, Expr, ModelError, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

Needs = dict[int, dict[int, str]]  # position -> {position needed: "now", "past" or "whole"}


@dataclass(frozen=True, slots=True)
class Step:
    """Lines or one result to compute next. repeats: period by period, in the order of members."""

    members: tuple[Expr, ...]
    repeats: bool


def order(nodes: Sequence[Expr]) -> list[Step]:
    """Steps such that each needs only earlier ones (and, if it repeats, its own past).

    Raises ModelError naming a line without formula, or the chain of a circle.
    """
    place = {id(node): k for k, node in enumerate(nodes)}
    needs: Needs = {}
    for k, node in enumerate(nodes):
        formula = node.formula  # type: ignore[attr-defined]
        if formula is None and getattr(node, "given", None) is None:
            raise ModelError(f"line {name_of(node)!r} was declared and never given a formula")
        needs[k] = {}
        if formula is not None:
            _collect(formula, "now", needs[k], place, name_of(node))
    return [_step(group, nodes, needs) for group in _groups(needs)]


def needed(steps: Sequence[Step], items: Sequence[Expr]) -> list[Step]:
    """The steps that these lines and results need, in order."""
    wanted, kept = set(items), []
    for step in reversed(steps):
        if wanted.intersection(step.members):
            kept.append(step)
            formulas = [member.formula for member in step.members]  # type: ignore[attr-defined]
            wanted.update(node for f in formulas if f is not None for node in walk(f))
    return kept[::-1]


def handed_on(steps: Sequence[Step]) -> set[Expr]:
    """What some step needs of another."""
    return {
        node
        for step in steps
        for member in step.members
        if (formula := member.formula) is not None  # type: ignore[attr-defined]
        for node in walk(formula)
        if node not in step.members
    }


def name_of(node: Expr) -> str:
    """The name of a line or result."""
    return str(node.text.name)  # type: ignore[attr-defined]


def _collect(
    node: Expr, how: str, found: dict[int, str], place: dict[int, int], owner: str
) -> None:
    """Adds what ``node`` needs; of several ways to need a thing the strictest is kept."""
    if node.op in ("line", "result"):
        if id(node) not in place:
            raise ModelError(
                f"{owner!r} uses {name_of(node)!r} of another model: bring it in with m.given()"
            )
        strict = ("past", "now", "whole")
        k = place[id(node)]
        found[k] = max(found.get(k, "past"), how, key=strict.index)
        return
    if node.op in PAST:
        _collect(node.args[0], "past", found, place, owner)
        for arg in node.args[1:]:
            _collect(arg, how, found, place, owner)
        return
    if node.op in WHOLE:
        _collect(node.args[0], "whole", found, place, owner)
    for arg in node.args[node.op in WHOLE :]:
        _collect(arg, how, found, place, owner)


def _groups(needs: Needs) -> list[list[int]]:
    """Strongly connected groups, needed ones first (Tarjan 1972), without recursion."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    groups: list[list[int]] = []
    for root in needs:
        if root in index:
            continue
        work = [(root, iter(needs[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            advanced = False
            for need in rest:
                if need not in index:
                    index[need] = low[need] = len(index)
                    stack.append(need)
                    on_stack.add(need)
                    work.append((need, iter(needs[need])))
                    advanced = True
                    break
                if need in on_stack:
                    low[node] = min(low[node], index[need])
            if advanced:
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                cut = stack.index(node)
                groups.append(sorted(stack[cut:]))
                on_stack.difference_update(stack[cut:])
                del stack[cut:]
    return groups


def _step(group: list[int], nodes: Sequence[Expr], needs: Needs) -> Step:
    inside = set(group)
    if len(group) == 1 and group[0] not in needs[group[0]]:
        return Step((nodes[group[0]],), repeats=False)
    for k in group:
        for need, how in needs[k].items():
            if need in inside and how == "whole":
                chain = _path(need, k, needs, inside)
                raise ModelError(
                    f"circle through a whole line: {_names([k, *chain], nodes)}: "
                    f"{name_of(nodes[k])!r} needs all of {name_of(nodes[need])!r} first"
                )
    now = {k: [n for n, how in needs[k].items() if how == "now" and n in inside] for k in group}
    done: list[int] = []
    while len(done) < len(group):
        ready = [k for k in group if k not in done and all(n in done for n in now[k])]
        if not ready:
            chain = _circle(now, next(k for k in group if k not in done), set(done))
            raise ModelError(f"circle within a period: {_names(chain, nodes)}")
        done.append(ready[0])
    return Step(tuple(nodes[k] for k in done), repeats=True)


def _path(start: int, end: int, needs: Needs, inside: set[int]) -> list[int]:
    """The shortest chain of needs from ``start`` to ``end``."""
    paths, seen = [[start]], {start}
    while paths:
        path = paths.pop(0)
        if path[-1] == end:
            return path
        for need in needs[path[-1]]:
            if need in inside and need not in seen:
                seen.add(need)
                paths.append([*path, need])
    return [start, end]


def _circle(now: dict[int, list[int]], start: int, done: set[int]) -> list[int]:
    """Follows unmet needs until one comes again."""
    chain = [start]
    while True:
        following = next(n for n in now[chain[-1]] if n not in done)
        if following in chain:
            return [*chain[chain.index(following) :], following]
        chain.append(following)


def _names(chain: list[int], nodes: Sequence[Expr]) -> str:
    return " <- ".join(name_of(nodes[k]) for k in chain)
