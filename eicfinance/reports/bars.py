"""Bars and columns as inline SVG: amounts in groups, and a ratio by year against its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.reports.charts import (
    TOP,
    WIDTH,
    across,
    blocks,
    digits_of,
    level,
    opening,
    plain,
    said,
    size_word,
    texts,
    ticks,
    upright,
)
from eicfinance.reports.columns import fitted
from eicfinance.reports.language import label
from eicfinance.reports.words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES, ROOM = 270, 96  # left of the bars, right of them for the figures
BAR, GAP, HEAD = 15, 5, 24
LETTERS = 42  # in a line of a label
HEIGHT, LEFT, BOTTOM = 220, 46, 34
LINE = 14  # between two names
LIMITS = 150  # right of the columns, for the names of the limits


def bar_chart(
    identity: str,
    title: str,
    description: str,
    groups: Sequence[tuple[str, Sequence[tuple[str, float]]]],
    unit: str,
    digits: int = 2,
) -> str:
    """Groups of bars under a heading each, on one scale: the first grey, the next hatched."""
    values = [value for _, bars in groups for _, value in bars]
    low, high = min(0.0, *values), max(0.0, *values)
    divide, word = size_word(max(abs(low), high))
    wide = (WIDTH - NAMES - ROOM) / ((high - low) or 1.0)
    zero = NAMES - low * wide
    parts, y = [], TOP
    parts.append(f"<text x={NAMES} y={TOP - 14}>{plain(word + label(unit))}</text>")
    for place, (heading, bars) in enumerate(groups):
        kind = "hatched" if place % 2 else "grey"
        parts.append(f'<text class="note" x="8" y="{y + 14}">{said(heading)}</text>')
        y += HEAD
        tops = [y + k * (BAR + GAP) for k in range(len(bars))]
        ends = [zero + value * wide for _, value in bars]
        parts.append(texts("end", [
            (NAMES - 8, top + 12, fitted(label(name), LETTERS)[0])
            for top, (name, _) in zip(tops, bars, strict=True)
        ]))  # fmt: skip
        parts.append(blocks(kind, [(min(zero, end), top, abs(end - zero), BAR)
                                   for top, end in zip(tops, ends, strict=True)]))  # fmt: skip
        parts.append(texts("after", [
            (max(zero, end) + 5, top + 12, number(value / divide, digits))
            for top, end, (_, value) in zip(tops, ends, bars, strict=True)
        ]))  # fmt: skip
        y += len(bars) * (BAR + GAP)
        y += GAP
    parts.append(upright("zero", zero, TOP, y))
    return "".join([opening(identity, title, description, y + GAP), *parts, "</svg>"])


def column_chart(
    identity: str,
    title: str,
    description: str,
    columns: Sequence[tuple[int, float | None]],
    limits: Sequence[tuple[str, float]],
    below: float,
    unit: str,
) -> str:
    """A column a year with its figure on top; those under ``below`` hatched. limits: lines across,
    each with its name, from the highest down, the first dashed, the next dotted. unit: what the
    columns show."""
    found = [value for _, value in columns if value is not None]
    low = min(0.0, *found)
    high = max(*(value for _, value in limits), *found, low + 0.1)
    low, high = low - 0.06 * (high - low), high + 0.1 * (high - low)
    bottom = HEIGHT - BOTTOM
    step = (WIDTH - LEFT - LIMITS) / max(1, len(columns))

    def y(value: float) -> float:
        return TOP + (bottom - TOP) * (high - value) / (high - low)

    parts = [opening(identity, title, description, HEIGHT),
             f'<text x={LEFT} y={TOP - 14}>{said(unit)}</text>']  # fmt: skip
    scale = ticks(low, high)
    heights = {tick: y(tick) for tick in scale}
    parts += across(heights, LEFT, WIDTH - LIMITS)
    digits = digits_of(scale)
    parts.append(texts("end", [(LEFT - 6, at + 4, number(tick, digits))
                               for tick, at in heights.items()]))  # fmt: skip
    middles = [LEFT + step * (place + 0.5) for place in range(len(columns))]
    tops = [(x, min(y(v), y(0.0)), max(y(v), y(0.0)), v)
            for x, (_, v) in zip(middles, columns, strict=True) if v is not None]  # fmt: skip
    for kind, some in (("hatched", [one for one in tops if one[3] < below]),
                       ("grey", [one for one in tops if one[3] >= below])):  # fmt: skip
        parts.append(blocks(kind, [(x - step * 0.34, top, step * 0.68, foot - top)
                                   for x, top, foot, _ in some]))  # fmt: skip
    parts.append(texts("mid halo", [(x, top - 4, number(v, 2)) for x, top, _, v in tops]))
    years = zip(middles, columns, strict=True)
    parts.append(texts("mid", [(x, bottom + 16, str(year)) for x, (year, _) in years]))
    words = 0.0  # where the name before stands
    for (name, value), style in zip(limits, ("curve dashed", "curve dotted"), strict=False):
        words = max(y(value) + 4, words + LINE)
        parts.append(level(style, y(value), LEFT, WIDTH - LIMITS))
        parts.append(f"<text x={WIDTH - LIMITS + 6} y={words:.0f}>{said(name)}</text>")
    middle = LEFT + (WIDTH - LEFT - LIMITS) / 2
    parts.append(f'<text class="mid" x={middle:.0f} y={HEIGHT - 4}>{said("project year")}</text>')
    return "".join([*parts, "</svg>"])
