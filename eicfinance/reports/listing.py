"""What a technology, a site or a section of portfolio.yaml may hold, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

    from eicfinance.portfolio.declare import Declaration


def as_list(item: Declaration, keys: Mapping[str, FieldInfo]) -> str:
    """Keys, pools, choices, seasons and inputs, each with unit, default, range and source."""
    lines = [f"{item.name}: {item.title}", ""]
    if keys:
        lines.append("Keys:")
    for name, field in keys.items():
        default = f"default {field.default}" if field.default else "may be left out"
        default = "must be given" if field.is_required() else default
        default = "block" if field.default == {} else "list" if field.default == [] else default
        lines.append(f"  {name:<24} {default}: {field.description}")
    if item.pools:
        lines.append("Pools (takes / offers):")
    for p in item.pools:
        required = ", required" if p.required else ""
        lines.append(f"  {p.name:<24} {p.unit:<16} {p.label}{required}{_only(p.when)}")
    if item.one_of:
        lines.append(f"  {'':<24} at least one of {', '.join(item.one_of)}")
    if item.choices:
        lines.append("Choices:")
        lines += [
            f"  {c.name:<24} {' | '.join(c.options)}; default {c.default}: {c.label}"
            for c in item.choices
        ]
    if item.seasons:
        lines.append("Seasons (twelve numbers, January to December):")
        lines += [f"  {s.name:<24} {s.label}" for s in item.seasons]
    if item.figures:
        lines.append("Inputs:")
    for f in item.figures:
        missing = "may be left out" if f.optional else "must be given"
        default = missing if f.default is None else f"default {f.default:g}"
        usual = (
            f", usual {f.low:g} to {f.high:g}" if f.low is not None and f.high is not None else ""
        )
        key = f.name.removeprefix(item.prefix)
        lines.append(f"  {key:<24} {f.unit:<16} {default}{usual}{_only(f.when)}")
        lines.append(f"  {'':<24} {f.label}. Source: {f.source}")
    return "\n".join(lines)


def _only(when: tuple[str, ...] | None) -> str:
    return f" [only where {when[0]} is {' or '.join(when[1:])}]" if when else ""
