"""Tables and native charts at the foot of sheet Results: sources and uses, DSCR by year against the
covenant, and the death valley; a column, then a row of charts, a project. All by formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from eicfinance.model.label import Label, within
from eicfinance.model.sheet import FIRST
from eicfinance.reports.formats import KINDS
from eicfinance.reports.language import label, say
from eicfinance.reports.view import SOURCES, USES

if TYPE_CHECKING:
    from eicfinance.reports.sheets import Writer
    from eicfinance.reports.view import ProjectView

COVENANT = "policy_dscr_min"
VALLEY = (("valley", "Venture's cash before all finance", "#8C1D18", "solid"),
          ("gap", "Gap after committed sources", "#1F4E79", "dash"),
          ("gap_with_loan", "Gap with the loan too", "#444444", "round_dot"))  # fmt: skip
A_PAGE = 3  # projects whose charts, three abreast, fit a page
WIDE, HIGH, ROWS = 480, 280, 15  # of a chart: pixels, and the rows that it covers
MOST, FEW = 24, 3  # projects with charts; so many that two charts are as wide as the table


def charts(w: Writer, sheet: Any, row: int) -> None:
    """Writes both tables from a row on, and the charts below them."""
    projects = w.shown.projects
    items, row = _sources_and_uses(w, sheet, row)
    years, row = _cover(w, sheet, row)
    across = 3 if len(projects) > FEW else 2  # no wider than the table: it prints larger
    breaks = [row + 1]  # so that no chart is cut
    row = w.heading(sheet, row + 1, "Charts") + 1
    for k, p in enumerate(projects[:MOST]):
        if k and (across == 2 or k % A_PAGE == 0):
            breaks.append(row)
        sheet.write_string(row, 0, p.title, w.formats["check"])
        row += 1
        made = (_valley(w, p), _cover_chart(w, years, k), _bars(w, items, k))
        for place, (chart, text) in enumerate(made):
            chart.set_size({"width": WIDE, "height": HIGH})
            chart.set_legend({"none": True} if place == 2 else {"position": "bottom"})
            down, right = divmod(place, across)
            sheet.insert_chart(row + down * ROWS, 0, chart, {
                "description": f"{p.title}: {label(text)}"[:250], "x_offset": right * (WIDE + 8),
            })  # fmt: skip
        row += ROWS * -(-len(made) // across)
    sheet.set_h_pagebreaks(breaks)
    if len(projects) > MOST:
        text = say("charts_first", number=MOST)
        sheet.write_string(row, 0, text, w.formats["unit"])


def _sources_and_uses(w: Writer, sheet: Any, row: int) -> tuple[tuple[int, int], int]:
    """A row an item, a column a project; the first and last row, and the row below."""
    f, projects = w.formats, w.shown.projects
    row = first = w.heading(sheet, row, "Uses, then sources")
    for name in (*USES[:-1], *SOURCES[:-1]):
        there = [(k, p) for k, p in enumerate(projects) if name in p.case.model.results]
        if not there:
            continue
        text = there[0][1].case.model.results[name].text
        kind = "Use" if name in USES else "Source"
        sheet.write_string(row, 0, Label("{kind}: {label}", kind, within(text.label)), f["label"])
        sheet.write_string(row, 1, text.unit, f["unit"])
        for k, p in there:
            cell = f"'{w.layouts[p.name].sheet}'!$C${w.layouts[p.name].rows[name]}"
            style = f.get(num_format=KINDS["money"], align="right")
            sheet.write_formula(row, 2 + k, f"={cell}", style, p.run.value(name))
        row += 1
    return (first, row - 1), row


def _cover(w: Writer, sheet: Any, row: int) -> tuple[tuple[int, int], int]:
    """DSCR at the end of each project year, and the covenant beside it."""
    f, projects = w.formats, w.shown.projects
    after = 2 + len(projects)
    row = w.heading(sheet, row + 1, "DSCR, trailing twelve months, at the end of project year")
    limit = f.get(bold=True, align="right", text_wrap=True)
    held = next((p for p in projects if COVENANT in p.case.model.used()), None)
    if held is not None:  # somebody borrows
        sheet.write_string(row - 1, after, "Covenant: minimum DSCR", limit)
        sheet.set_column(after, after, 22)
    first, style = row, f.get(num_format=KINDS["ratio"], align="right")
    for year in range(max(p.years for p in projects) + 1):
        sheet.write_number(row, 0, year, f.get(num_format=f'"{label("Year")} "0', align="left"))
        for k, p in enumerate(projects):
            if year <= p.years:
                layout = w.layouts[p.name]
                cells = f"'{layout.sheet}'!{layout.cells('dscr')}"
                value = p.run.series("dscr")[year * p.case.model.periods_per_year]
                formula = f"=INDEX({cells},$A{row + 1}*Periods_per_year+1)"
                sheet.write_formula(row, 2 + k, formula, style, "" if value is None else value)
        if held is not None:
            sheet.write_formula(row, after, f"={COVENANT}", style, held.run.value(COVENANT))
        row += 1
    return (first, row - 1), row


def _valley(w: Writer, p: ProjectView) -> tuple[Any, str]:
    layout, chart = w.layouts[p.name], w.book.add_chart({"type": "line"})
    last = FIRST + p.case.model.periods
    for name, text, colour, dash in VALLEY:
        at = layout.rows[name] - 1
        chart.add_series({
            "name": label(text), "categories": [layout.sheet, 2, FIRST, 2, last],
            "values": [layout.sheet, at, FIRST, at, last],
            "line": {"color": colour, "width": 1.5, "dash_type": dash},
        })  # fmt: skip
    _axes(chart, say("valley_chart", currency=w.shown.currency), "#,##0")
    ppy = p.case.model.periods_per_year
    chart.set_x_axis({"interval_unit": 2 * ppy, "interval_tick": ppy, "label_position": "low",
                      "major_tick_mark": "none", "num_font": {"size": 8}})  # fmt: skip
    return chart, "cash accumulated before finance, after committed sources, with the loan"


def _cover_chart(w: Writer, years: tuple[int, int], k: int) -> tuple[Any, str]:
    first, last = years
    bars, line = w.book.add_chart({"type": "column"}), w.book.add_chart({"type": "line"})
    column, after = 2 + k, 2 + len(w.shown.projects)
    bars.add_series({
        "name": "DSCR", "categories": ["Results", first, 0, last, 0],
        "values": ["Results", first, column, last, column],
        "fill": {"color": "#9DB7D1"}, "border": {"color": "#1F4E79"},
    })  # fmt: skip
    line.add_series({
        "name": label("Covenant"), "categories": ["Results", first, 0, last, 0],
        "values": ["Results", first, after, last, after],
        "line": {"color": "#8C1D18", "width": 1.5, "dash_type": "dash"},
    })  # fmt: skip
    bars.combine(line)
    _axes(bars, label("DSCR by project year against the covenant"), "0.0")
    bars.set_x_axis({"num_font": {"size": 8, "rotation": -90}})
    return bars, "DSCR by project year as columns, the covenant as a dashed line"


def _bars(w: Writer, items: tuple[int, int], k: int) -> tuple[Any, str]:
    chart, column = w.book.add_chart({"type": "bar"}), xl_col_to_name(2 + k)
    first, last = (row + 1 for row in items)
    chart.add_series({
        "name": label(w.shown.currency), "categories": f"=Results!$A${first}:$A${last}",
        "values": f"=Results!${column}${first}:${column}${last}",
        "fill": {"color": "#9DB7D1"}, "border": {"color": "#1F4E79"}, "gap": 40,
    })  # fmt: skip
    chart.set_title(
        {"name": label("Sources and uses"), "name_font": {"size": 10}, "overlay": False}
    )
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
    chart.set_x_axis({"num_format": "#,##0,", "name": label("thousand ") + label(w.shown.currency),
                      "num_font": {"size": 8}, "name_font": {"size": 8}})  # fmt: skip
    return chart, "uses and sources as bars, in thousands"


def _axes(chart: Any, title: str, digits: str) -> None:
    chart.set_title({"name": title, "name_font": {"size": 10}, "overlay": False})
    grid = {"visible": True, "line": {"color": "#CCCCCC"}}
    chart.set_y_axis({"num_format": digits, "num_font": {"size": 8}, "major_gridlines": grid})
