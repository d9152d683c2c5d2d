"""Charts as inline SVG, readable in black and white, each with title and description."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from eicfinance.reports.columns import fitted, width
from eicfinance.reports.language import label, say
from eicfinance.reports.words import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HATCHED = "url(#hatch)"
WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 30, 40
LETTER = 6.5  # width of a letter, about
LABEL_WIDE = 38  # letters in a line of a bar's label
NIL = 1e-9  # a value on an axis below which it is the zero line
UNSEEN = 0.5  # pixels by which a line may be off
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A series by period. dashed, dotted: drawn so; filled: what lies below zero is hatched."""

    label: str
    values: Sequence[float]
    dashed: bool = False
    filled: bool = False
    dotted: bool = False

    @property
    def style(self) -> str:
        """Its classes in the picture."""
        return f"curve{' dashed' * self.dashed}{' dotted' * self.dotted}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on the first curve with a text beside it."""

    period: int
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """From periods and amounts to the picture's coordinates."""

    periods: int
    low: float
    high: float

    def x(self, period: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * period / self.periods

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def size_word(amount: float) -> tuple[float, str]:
    """What to divide by so that figures read well, and its name."""
    if abs(amount) >= 1e6:
        return 1e6, label("million ")
    return (1e3, label("thousand ")) if abs(amount) >= 1e4 else (1.0, "")


def said(text: str) -> str:
    """A text of a picture in the reader's language, escaped."""
    return plain(label(text))


def plain(text: str) -> str:
    """A text between tags, escaped: there an apostrophe says nothing else."""
    return escape(text, quote=False)


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round values between low and high, about as many as wanted."""
    rough = (high - low) / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]


def opening(identity: str, title: str, description: str, height: int, kind: str = "chart") -> str:
    """What every chart begins with: its size, what it is called and what it shows. Hatched parts
    use the pattern of templates/hatch.html, which stands once in a page."""
    return (
        f'<svg id="{identity}-chart" class="{kind}" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{said(title)}</title><desc>{said(description)}</desc>"
    )


def texts(kind: str, found: Iterable[tuple[float, float, str]]) -> str:
    """Words of one kind at their places, in one element; those at the height of the one before do
    not repeat it."""
    parts, last = [], ""
    for x, y, words in found:
        height = f" y={y:.0f}"
        parts.append(f"<tspan x={x:.0f}{height * (height != last)}>{plain(words)}</tspan>")
        last = height
    return f'<text class="{kind}">{"".join(parts)}</text>' if parts else ""


def upright(kind: str, x: float, top: float, bottom: float) -> str:
    """A line from top to bottom."""
    return f'<path class="{kind}" d="M{short(round(10 * x))} {top}V{bottom}"/>'


def level(kind: str, y: float, left: float, right: float) -> str:
    """A line from left to right."""
    return f'<path class="{kind}" d="M{left} {short(round(10 * y))}H{right}"/>'


def blocks(kind: str, found: Iterable[tuple[float, float, float, float]]) -> str:
    """Bars of one kind that do not overlap: left, top, width, height."""
    path = ""
    for sizes in found:
        left, top, wide, high = (short(round(10 * size)) for size in sizes)
        path += f"M{left} {top}h{wide}v{high}h-{wide}z"
    return f'<path class="bar {kind}" d="{path}"/>' if path else ""


def block(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A bar: full, grey or hatched."""
    return blocks(kind, [(x, y, width, height)])


def line_chart(
    identity: str,
    title: str,
    description: str,
    curves: Sequence[Curve],
    marks: Sequence[Mark],
    per_year: int,
    unit: str,
    spans: Sequence[tuple[str, int]] = (),
) -> str:
    """Curves by period over a zero line. unit: of the amounts, written with their size. spans: what
    a stretch of time is called, and its last period, in order."""
    values = [v for curve in curves for v in curve.values]
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.08 * ((high - low) or 1.0)
    periods = max(len(curve.values) for curve in curves) - 1
    scale = Scale(periods, low - 2 * room, high + room)  # below: room for the trough's words
    divide, word = size_word(max(abs(low), abs(high)))
    parts = [
        opening(identity, title, description, HEIGHT),
    ]
    parts += axes(scale, per_year, divide, f"{word}{label(unit)}")
    parts += _spans(scale, spans)
    for curve in curves:
        parts += _curve(scale, curve)
    parts += _marks(scale, curves[0], marks)
    parts += _legend(curves)
    return "".join([*parts, "</svg>"])


def pair_chart(
    identity: str,
    title: str,
    description: str,
    rows: Sequence[tuple[str, float | None, float | None]],
    names: tuple[str, str],
    unit: str,
) -> str:
    """Two bars a row, the first full, the second hatched, each with its figure."""
    bar, gap, left, right = 13, 12, 250, 110
    low = min(0.0, *(v or 0.0 for row in rows for v in row[1:]))
    high = max(0.0, *(v or 0.0 for row in rows for v in row[1:])) or 1.0
    divide, word = size_word(max(abs(low), high))
    height = TOP + 14 + len(rows) * (2 * bar + gap)
    wide = (WIDTH - left - right) / (high - low)
    zero = left - low * wide
    heads = say("pair_heads", unit=word + label(unit), first=names[0], second=names[1])
    parts = [
        opening(identity, title, description, height),
        f"<text x={left} y={TOP - 10}>{plain(heads)}</text>",
    ]
    for k, (name, *values) in enumerate(rows):
        y = TOP + 6 + k * (2 * bar + gap)
        lines = fitted(label(name), LABEL_WIDE, 2)
        for place, text in enumerate(lines):
            middle = y + bar + 4 + (place - (len(lines) - 1) / 2) * 13
            parts.append(f'<text class="end" x={left - 8} y={middle:.0f}>{plain(text)}'
                         "</text>")  # fmt: skip
        for place, value in enumerate(values):
            if value is None:
                continue
            at, size = min(zero, zero + value * wide), abs(value) * wide
            parts += [
                block(at, y + place * bar, size, bar - 2, "hatched" if place else "full"),
                f'<text x="{max(zero, zero + value * wide) + 5:.0f}" '
                f'y="{y + place * bar + 10}">{number(value / divide, 1)}</text>',
            ]
    parts.append(upright("zero", zero, TOP, height))
    return "".join([*parts, "</svg>"])


def digits_of(found: Sequence[float]) -> int:
    """Digits after the point that round values want."""
    step = found[1] - found[0] if len(found) > 1 else 1.0
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return digits + int(step * 10.0**digits % 1 > 1e-6)


def axes(scale: Scale, per_year: int, divide: float, unit: str) -> list[str]:
    parts = [f"<text x={LEFT} y={TOP - 14}>{plain(unit)}</text>"]
    found = ticks(scale.low / divide, scale.high / divide)
    digits = digits_of(found)
    heights = {tick: scale.y(tick * divide) for tick in found}
    parts += across(heights, LEFT, WIDTH - RIGHT)
    parts.append(texts("end", [(LEFT - 6, y + 4, number(tick, digits))
                               for tick, y in heights.items()]))  # fmt: skip
    years = scale.periods / per_year
    gap = next(g for g in (1, 2, 5, 10, 20, 50) if years / g <= 14)
    parts.append(texts("mid", [(scale.x(year * per_year), HEIGHT - BOTTOM + 16, str(year))
                               for year in range(0, math.floor(years) + 1, gap)]))  # fmt: skip
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text class="mid" x={middle:.0f} y={HEIGHT - 6}>{said("years from closing")}</text>'
    )
    return parts


def across(heights: Mapping[float, float], left: float, right: float) -> list[str]:
    """Lines across a picture at the heights of values, that of nil stronger."""
    path = "".join(f"M{left} {short(round(10 * y))}H{right}"
                   for v, y in heights.items() if abs(v) >= NIL)  # fmt: skip
    return [f'<path class="grid" d="{path}"/>'] + [
        level("zero", y, left, right) for v, y in heights.items() if abs(v) < NIL
    ]


def _curve(scale: Scale, curve: Curve) -> list[str]:
    points = [(scale.x(t), scale.y(v)) for t, v in enumerate(curve.values)]
    parts = []
    if curve.filled:
        zero = scale.y(0.0)
        below = [(x, max(y, zero)) for x, y in points]
        ends = (points[0][0], zero), (points[-1][0], zero)
        ring = [ends[0], *thinned(below, 4 * UNSEEN), ends[1]]
        parts.append(f'<path fill="{HATCHED}" d="{path_of(ring)}z"/>')
    return [*parts, f'<path class="{curve.style}" d="{path_of(thinned(points))}"/>']


def path_of(points: Sequence[Point]) -> str:
    """A line through points, to a tenth of a pixel, each step from the point before: the shortest
    way to write it."""
    tenths = [(round(10 * x), round(10 * y)) for x, y in points]
    (x0, y0), *_ = tenths
    steps = [f"{short(x - a)}{'' if y < b else ' '}{short(y - b)}"
             for (a, b), (x, y) in pairwise(tenths)]  # fmt: skip
    joined = "".join(step if k and step.startswith("-") else " " * (k > 0) + step
                     for k, step in enumerate(steps))  # fmt: skip
    return f"M{short(x0)} {short(y0)}l{joined}"


def short(tenths: int) -> str:
    """So many tenths as a number, without a zero that says nothing."""
    text = f"{tenths / 10:g}"
    return text.replace("0.", ".", 1) if abs(tenths) < 10 else text


def thinned(points: Sequence[Point], unseen: float = UNSEEN) -> list[Point]:
    """The points without which the line would be drawn otherwise by more than ``unseen`` pixels
    (Douglas and Peucker 1973)."""
    kept, todo = {0, len(points) - 1}, [(0, len(points) - 1)]
    while todo:
        first, last = todo.pop()
        (x0, y0), (x1, y1) = points[first], points[last]
        long = math.hypot(x1 - x0, y1 - y0) or 1.0
        away = {k: abs((x1 - x0) * (points[k][1] - y0) - (points[k][0] - x0) * (y1 - y0)) / long
                for k in range(first + 1, last)}  # fmt: skip
        far = max(away, key=lambda k: away[k], default=first)
        if away.get(far, 0.0) > unseen:
            kept.add(far)
            todo += [(first, far), (far, last)]
    return [points[k] for k in sorted(kept)]


def _marks(scale: Scale, curve: Curve, marks: Sequence[Mark]) -> list[str]:
    """A lowest point has its words below, any other above and to the left, clear of the curve."""
    parts = []
    lowest = min(curve.values)
    for mark in marks:
        value = curve.values[mark.period]
        x, y = scale.x(mark.period), scale.y(value)
        below = value <= lowest
        side = "end" if x > WIDTH * (0.62 if below else 0.3) else ""
        dx = (-6 if side else 6) if below else (-8 if side else 10)
        dy = 18 if below else (-10 if side else -14)
        parts.append(f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        parts.append(
            f'<text class="note {side}" x={x + dx:.0f} y={y + dy:.0f}>{said(mark.text)}</text>'
        )
    return parts


def _spans(scale: Scale, spans: Sequence[tuple[str, int]]) -> list[str]:
    """A line at the end of each stretch but the last; its name at the top where there is room."""
    parts, before = [], 0
    for name, end in spans:
        left, right = scale.x(before), scale.x(end)
        if before < end < scale.periods:
            parts.append(upright("span", right, TOP, HEIGHT - BOTTOM))
        if right - left > LETTER * width(label(name)):
            parts.append(f'<text class="mid" x={(left + right) / 2:.0f} y={TOP + 12}>'
                         f"{said(name)}</text>")  # fmt: skip
        before = max(before, end)
    return parts


def _legend(curves: Sequence[Curve]) -> list[str]:
    parts, x = [], LEFT + 110
    for curve in curves:
        parts.append(level(curve.style, TOP - 18, x, x + 26))
        parts.append(f"<text x={x + 32} y={TOP - 14}>{said(curve.label)}</text>")
        x += 66 + 6 * width(label(curve.label))
    return parts


# -- tornado --------------------------------------------------------------------------------------

NAMES, ROW = 300, 24  # width of the labels, height of a row
LONGEST = 46  # letters of a label


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """An input with its low and high as text, and the amounts that they lead to."""

    label: str
    low: str
    high: str
    at_low: float
    at_high: float


def tornado_chart(
    identity: str,
    title: str,
    description: str,
    bars: Sequence[TornadoBar],
    base: float,
    unit: str,
) -> str:
    """Bars to both sides of the base case: what the low leads to hatched, the high grey."""
    ends = [v for bar in bars for v in (bar.at_low, bar.at_high)]
    low, high = min(base, *ends), max(base, *ends)
    room = 0.14 * ((high - low) or 1.0)  # for the words at the bars' ends
    low, high = low - room, high + room
    height = TOP + ROW * len(bars) + BOTTOM
    divide, word = size_word(max(abs(low), abs(high)))

    def x(value: float) -> float:
        return NAMES + (WIDTH - NAMES - RIGHT) * (value - low) / (high - low)

    heads = say("tornado_heads", unit=word + label(unit))
    parts = [
        opening(identity, title, description, height, "chart tornado"),
        f"<text x={NAMES} y={TOP - 14}>{plain(heads)}</text>",
    ]
    bottom = TOP + ROW * len(bars)
    found = ticks(low / divide, high / divide)
    digits = digits_of(found)
    path = "".join(f"M{short(round(10 * x(tick * divide)))} {TOP}V{bottom}" for tick in found)
    parts.append(f'<path class="grid" d="{path}"/>')
    parts.append(texts("mid", [(x(tick * divide), bottom + 16, number(tick, digits))
                               for tick in found]))  # fmt: skip
    parts.append(texts("end", [(NAMES - 8, TOP + ROW * k + 16, fitted(label(bar.label), LONGEST)[0])
                               for k, bar in enumerate(bars)]))  # fmt: skip
    for k, bar in enumerate(bars):
        parts += _tornado_bar(bar, TOP + ROW * k, x(base), (x(bar.at_low), x(bar.at_high)))
    parts.append(upright("zero", x(base), TOP - 4, bottom + 4))
    return "".join([*parts, "</svg>"])


def _tornado_bar(bar: TornadoBar, top: float, base: float, ends: tuple[float, float]) -> list[str]:
    parts = []
    kinds = ("hatched", "grey")
    wide = sorted(
        zip(ends, kinds, (bar.low, bar.high), strict=True), key=lambda e: -abs(e[0] - base)
    )
    for at, kind, _ in wide:  # the longer first, so that one on the same side does not hide it
        parts.append(block(min(at, base), top + 4, abs(at - base), ROW - 8, kind))
    same_side = (ends[0] - base) * (ends[1] - base) > 0
    for at, _, words in wide[:1] if same_side else wide:
        if abs(at - base) >= 1:
            side, dx = (' class="end"', -4) if at < base else ("", 4)
            parts.append(f'<text{side} x={at + dx:.0f} y={top + 16}>'
                         f"{said(words)}</text>")  # fmt: skip
    return parts
