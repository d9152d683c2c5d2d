"""What a technology, a site or a section of portfolio.yaml may hold, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

    from eicfinance.portfolio.declare import Declaration, Figure


def as_list(item: Declaration, keys: Mapping[str, FieldInfo]) -> str:
    """Keys, pools, choices, seasons and inputs, each with unit, default, range and source."""
    lines = [f"{item.name}: {item.title}", ""]
    names = [*keys, *(f.name.removeprefix(item.prefix) for f in item.figures)]
    names += [choice.name for choice in item.choices]
    width = max([24, *map(len, names)])
    if keys:
        lines.append("Keys:")
    for name, field in keys.items():
        default = f"default {field.default}" if field.default else "may be left out"
        default = "must be given" if field.is_required() else default
        default = "block" if field.default == {} else "list" if field.default == [] else default
        lines.append(f"  {name:<{width}} {default}: {field.description}")
    if item.pools:
        lines.append("Pools (takes / offers):")
    for p in item.pools:
        required = ", required" if p.required else ""
        lines.append(f"  {p.name:<{width}} {p.unit:<16} {p.label}{required}{_only(p.when)}")
    if item.one_of:
        lines.append(f"  {'':<{width}} at least one of {', '.join(item.one_of)}")
    if item.choices:
        lines.append("Choices:")
        lines += [
            f"  {c.name:<{width}} {' | '.join(c.options)}; "
            f"{f'default {c.default}' if c.default else 'must be given'}: {c.label}"
            for c in item.choices
        ]
    if item.seasons:
        lines.append("Seasons (twelve numbers, January to December):")
        lines += [f"  {s.name:<{width}} {s.label}" for s in item.seasons]
    if item.figures:
        lines.append("Inputs:")
    for f in item.figures:
        missing = "may be left out" if f.optional else "must be given"
        default = missing if f.default is None else f"default {_number(f, f.default)}"
        usual = ""
        if f.low is not None and f.high is not None:
            usual = f", usual {_number(f, f.low)} to {_number(f, f.high)}"
        key = f.name.removeprefix(item.prefix)
        unit = {"1": "number", "1/year": "% a year"}.get(f.unit, f.unit)
        unit = "share or %" if _share(f) else unit
        lines.append(f"  {key:<{width}} {unit:<16} {default}{usual}{_only(f.when)}")
        lines.append(f"  {'':<{width}} {f.label}. Source: {f.source}")
    return "\n".join(lines)


def _share(f: Figure) -> bool:
    return f.unit == "1" and f.most is not None and f.most <= 1


def _number(f: Figure, value: float) -> str:
    """A figure's number as people say it: rates and shares in per cent."""
    per_cent = f.unit == "1/year" or _share(f)
    return f"{100 * value:g}%" if per_cent else f"{value:,.12g}"


def _only(when: tuple[str, ...] | None) -> str:
    return f" [only where {when[0]} is {' or '.join(when[1:])}]" if when else ""
