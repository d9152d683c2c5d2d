"""Charts of a simulation as inline SVG: a fan over time, and how often an amount comes out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from eicfinance.reports.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    LETTER,
    RIGHT,
    TOP,
    WIDTH,
    Scale,
    across,
    axes,
    blocks,
    digits_of,
    opening,
    path_of,
    plain,
    said,
    size_word,
    texts,
    thinned,
    ticks,
    upright,
)
from eicfinance.reports.language import label
from eicfinance.reports.words import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.risk.spread import Histogram

ROUGH = 1.5  # pixels by which a percentile, itself drawn from scenarios, may be off
BANDS = ((5, 95, "outer"), (20, 80, "inner"))
LOW = 220  # height of a histogram
LINE = 13  # between two names of marks


def fan_chart(
    identity: str,
    title: str,
    description: str,
    fan: Mapping[int, Sequence[float]],
    base: Sequence[float],
    per_year: int,
    unit: str,
) -> str:
    """Bands between percentiles by period, their middle as a line, the base case dashed."""
    values = [v for row in (*fan.values(), base) for v in row]
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.06 * ((high - low) or 1.0)
    scale = Scale(len(base) - 1, low - room, high + room)
    divide, word = size_word(max(abs(low), abs(high)))

    def points(row: Sequence[float]) -> list[tuple[float, float]]:
        return thinned([(scale.x(t), scale.y(v)) for t, v in enumerate(row)], ROUGH)

    parts = [opening(identity, title, description, HEIGHT)]
    for least, most, kind in BANDS:
        ring = [*points(fan[least]), *reversed(points(fan[most]))]
        parts.append(f'<path class="{kind}" d="{path_of(ring)}z"/>')
    parts += axes(scale, per_year, divide, f"{word}{label(unit)}")
    parts.append(f'<path class="curve" d="{path_of(points(fan[50]))}"/>')
    parts.append(f'<path class="curve dashed" d="{path_of(points(base))}"/>')
    x = LEFT + 130
    for kind, text in (("outer", "P5 to P95"), ("inner", "P20 to P80")):
        parts.append(f'<path class="{kind}" d="M{x} {TOP - 23}h26v10h-26z"/>'
                     f'<text x={x + 32} y={TOP - 14}>{said(text)}</text>')  # fmt: skip
        x += 110
    for kind, text in (("curve", "P50"), ("curve dashed", "base case")):
        parts.append(f'<path class="{kind}" d="M{x} {TOP - 18}h26"/>'
                     f'<text x={x + 32} y={TOP - 14}>{said(text)}</text>')  # fmt: skip
        x += 80
    return "".join([*parts, "</svg>"])


def histogram_chart(
    identity: str,
    title: str,
    description: str,
    found: Histogram,
    marks: Sequence[tuple[str, float]],
    cases: str,
    unit: str,
) -> str:
    """Columns of how many cases fall between two edges; those below nil hatched. marks: amounts
    with names, each a line from top to bottom. cases: what is counted. unit: of the amounts."""
    ends = [*found.edges, *(value for _, value in marks)]
    low, high = min(ends), max(ends)
    divide, word = size_word(max(abs(low), abs(high)))
    most, bottom = max(found.counts), LOW - BOTTOM
    top = TOP + 6 + LINE * len(marks)

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def y(count: float) -> float:
        return bottom - (bottom - top) * count / most

    parts = [opening(identity, title, description, LOW),
             f'<text x={LEFT} y={TOP - 14}>{said(cases)}</text>']  # fmt: skip
    steps = [tick for tick in ticks(0, most, 4) if tick == round(tick)]
    parts += across({tick: y(tick) for tick in steps}, LEFT, WIDTH - RIGHT)
    parts.append(texts("end", [(LEFT - 6, y(tick) + 4, number(tick)) for tick in steps]))
    columns = [(x(left), y(count), x(right) - x(left), bottom - y(count), right <= 0)
               for (left, right), count in zip(pairwise(found.edges), found.counts, strict=True)
               if count]  # fmt: skip
    for kind, below in (("hatched", True), ("grey", False)):
        parts.append(blocks(kind, [one[:4] for one in columns if one[4] == below]))
    scale = ticks(low / divide, high / divide, 8)
    digits = digits_of(scale)
    parts.append(texts("mid", [(x(tick * divide), bottom + 16, number(tick, digits))
                               for tick in scale]))  # fmt: skip
    for k, (name, value) in enumerate(marks):
        at, words = x(value), TOP + 4 + LINE * k
        right = at + LETTER * len(label(name)) + 12 < WIDTH
        side, dx = ("", 5) if right else (" end", -5)
        style = "curve dashed" if k == 0 else "curve dotted"
        parts.append(upright(style, at, words - 9, bottom) +
                     f'<text class="note{side}" x={at + dx:.0f} y={words}>{said(name)}'
                     "</text>")  # fmt: skip
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="mid" x={middle:.0f} y={LOW - 6}>{plain(word + label(unit))}'
                 "</text>")  # fmt: skip
    return "".join([*parts, "</svg>"])
