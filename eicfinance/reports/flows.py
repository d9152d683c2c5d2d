"""Who gives husk, manure, power to whom in the cluster: the pools that projects take from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.reports.charts import TOP, WIDTH, opening, plain, said
from eicfinance.reports.columns import fitted
from eicfinance.reports.language import label, say
from eicfinance.reports.words import number
from eicfinance.technologies import technologies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.reports.view import ProjectView, View

BOX, ROW, EDGE = 204, 40, 8  # width of a firm's box, height of a flow, margin
LABEL = 235  # length of the straight part of an arrow, over which its words stand
LETTERS, WORDS = 30, 38  # in a line of a box, over an arrow
ENERGY = "kWh"  # what is counted so goes from the project to the site
FULL = 1 - 1e-9  # share of full output from which a year is a full one


@dataclass(frozen=True, slots=True)
class Flow:
    """What a project takes of a site, or gives it, in its first full year."""

    site: str
    project: str
    label: str
    amount: str
    unit: str
    year: int
    to_site: bool

    @property
    def giver(self) -> str:
        return self.project if self.to_site else self.site

    @property
    def taker(self) -> str:
        return self.site if self.to_site else self.project


def full_year(p: ProjectView) -> int:
    """The first project year at full output throughout; else that of the most output."""
    shares = [share or 0.0 for share in p.run.annual("output_share")]
    return next((k for k, share in enumerate(shares) if share >= FULL), shares.index(max(shares)))


def flows(shown: View, only: ProjectView | None = None) -> list[Flow]:
    """The flows between sites and projects, or those of one project, for one unit of each."""
    titles = {
        entry.name: entry.title
        if entry.count == 1
        else say("each_of", title=entry.title, count=entry.count)
        for entry in shown.case.portfolio.sites
    }
    found = []
    for p in shown.projects if only is None else [only]:
        entry, year = p.case.entry, full_year(p)
        pools = {pool.name: pool for pool in technologies()[entry.kind].pools}
        for pool, (site, _) in entry.takes.items():
            line = p.case.plant.taken.get(pool)
            if line is not None:
                amount = number(p.run.annual(line.text.name)[year])
                found.append(Flow(titles[site], p.title, pools[pool].label, amount,
                                  line.text.unit, year, line.text.unit == ENERGY))  # fmt: skip
    return found


def flow_chart(found: Sequence[Flow]) -> str:
    """Sites left, projects right, an arrow a flow: whole for matter, dashed for energy."""
    rows = {name: [k for k, flow in enumerate(found) if flow.project == name]
            for name in dict.fromkeys(flow.project for flow in found)}  # fmt: skip
    sites = {name: [k for k, flow in enumerate(found) if flow.site == name]
             for name in dict.fromkeys(flow.site for flow in found)}  # fmt: skip
    left, right = EDGE + BOX, WIDTH - EDGE - BOX
    port = {k: place for place, k in enumerate(k for ks in sites.values() for k in ks)}
    place = {k: row for row, k in enumerate(k for ks in rows.values() for k in ks)}
    parts = [
        opening("flows", "Who gives what to whom",
                "Sites on the left, projects on the right. A whole arrow is a material that a "
                "project takes, a dashed one is energy that it gives. Amounts are of one unit "
                "in its first full year.", TOP + ROW * len(found)),
        f'<text x={EDGE} y={TOP - 14}>{said("Sites")}</text>',
        f'<text x={right} y={TOP - 14}>{said("Projects")}</text>',
    ]  # fmt: skip
    for boxes, at, x in ((sites, port, EDGE), (rows, place, right)):
        for name, own in boxes.items():
            parts += _box(name, x, TOP + ROW * min(at[k] for k in own), ROW * len(own) - 8)
    for k, flow in enumerate(found):
        a, b = TOP + ROW * port[k] + ROW / 2 - 4, TOP + ROW * place[k] + ROW / 2 - 4
        bend = right - LABEL
        kind = "curve dashed" if flow.to_site else "curve"
        parts.append(f'<polyline class="{kind}" points="{left},{a} {bend},{b} {right},{b}"/>')
        tip, back, y = (left, 9, a) if flow.to_site else (right, -9, b)
        parts.append(f'<polygon points="{tip},{y} {tip + back},{y - 5} {tip + back},{y + 5}"/>')
        words = f"{label(flow.label)}: {flow.amount} {label(flow.unit)}"
        (short,) = fitted(words, WORDS)
        parts.append(f'<text class="mid halo" x={bend + LABEL / 2} y={b - 6}>'
                     f"{plain(short)}</text>")  # fmt: skip
    return "".join([*parts, "</svg>"])


def _box(name: str, x: float, y: float, height: float) -> list[str]:
    lines = fitted(name, LETTERS, 2)
    middle = y + height / 2 + 4 - (len(lines) - 1) * 7
    return [
        f'<rect class="box" x="{x}" y="{y}" width="{BOX}" height="{height}"/>',
        *(f'<text x={x + 8} y={middle + 14 * k:.0f}>{plain(line)}</text>'
          for k, line in enumerate(lines)),
    ]  # fmt: skip
