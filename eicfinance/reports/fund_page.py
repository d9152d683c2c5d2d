"""The page of a revolving fund: one HTML file, without network, that prints on A4.

This module turns the view into words and rows; templates/fund.html only places them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.reports.cells import assumptions
from eicfinance.reports.charts import Curve, Mark, line_chart
from eicfinance.reports.fund_text import sentences
from eicfinance.reports.fund_view import BY_PERIOD, BY_YEAR, HEADLINES, written
from eicfinance.reports.language import date, label, say
from eicfinance.reports.page import fonts, render
from eicfinance.reports.words import figure, number, percent

if TYPE_CHECKING:
    from eicfinance.reports.fund_view import FundView

YEARS_A_TABLE = 11


def as_html(shown: FundView) -> str:
    """The whole page. Text from users is escaped by the template engine."""
    from markupsafe import Markup

    return render("fund.html", content(shown) | {"fonts": Markup(fonts())})


def content(shown: FundView) -> dict[str, Any]:
    """All that the template shows, as text."""
    entry, run = shown.case.entry, shown.run
    return {
        "title": entry.title,
        "description": entry.description,
        "currency": shown.currency,
        "stamp": shown.stamp,
        "verdict": shown.verdict,
        "lives": bool(run.value("survives")),
        "sentences": sentences(shown),
        "headlines": [(text, written(shown, name, kind)) for name, text, kind in HEADLINES],
        "chart": _chart(shown),
        "survival": _survival(shown),
        "survival_chart": _survival_chart(shown),
        "annual": _annual(shown),
        "columns": [_line(shown, name).text for name in BY_PERIOD],
        "periods": _periods(shown),
        "assumptions": assumptions(shown.case.model),
        "bad_years": ", ".join(map(str, entry.bad_years)) or "none",
        "notes": list(entry.notes),
        "checks": shown.checks,
        "failed_checks": shown.failed_checks,
    }


def _line(shown: FundView, name: str) -> Any:
    return shown.case.model.lines[name]


def _values(shown: FundView, name: str) -> list[float]:
    return [v or 0.0 for v in shown.run.series(name)]


def _chart(shown: FundView) -> str:
    period, marks = shown.run.value("exhausted_period"), []
    if period is not None:
        marks.append(Mark(int(period), say("exhausted_mark", month=date(shown.dates[int(period)]))))
    return line_chart(
        "fund", "The fund by period",
        say("fund_chart", verdict=shown.verdict),
        [Curve("loans outstanding", _values(shown, "gross_loans"), filled=True),
         Curve("real value", _values(shown, "real_value"), dashed=True),
         Curve("cash", _values(shown, "cash"), dotted=True)],
        marks, shown.case.entry.periods_per_year, shown.currency,
    )  # fmt: skip


def _survival(shown: FundView) -> list[tuple[str, str]]:
    s = shown.case.survival
    if s is None:
        return []
    rows = [(say("not_exhausted_by", year=year), percent(share))
            for year, share in enumerate(s.by_year) if year]  # fmt: skip
    ends = (("5%", s.real_value_p5), ("50%", s.real_value_p50), ("95%", s.real_value_p95))
    rows += [(say("real_value_below", share=share),
              f"{number(value)} {label(shown.currency)}") for share, value in ends]  # fmt: skip
    return [*rows, ("Real value held, share of paths", percent(s.value_held))]


def _survival_chart(shown: FundView) -> str:
    s = shown.case.survival
    if s is None or s.by_year[0] == s.by_year[-1]:
        return ""
    return line_chart("survival", "Share of paths not exhausted",
                      "Share of random paths on which the fund is not exhausted, by year.",
                      [Curve("share of paths", s.by_year)], [], 1, "share")  # fmt: skip


def _annual(shown: FundView) -> list[dict[str, Any]]:
    """Lines by year of the fund, in tables of so many years as fit on a printed page."""
    years, tables = shown.case.entry.years, []
    found = [(_line(shown, name).text, shown.run.annual(name)) for name in BY_YEAR]
    for start in range(0, years + 1, YEARS_A_TABLE):
        part = slice(start, start + YEARS_A_TABLE)
        rows = [(text.label, text.unit, [_written(text.name, v) for v in values[part]])
                for text, values in found]  # fmt: skip
        tables.append({"years": list(range(years + 1))[part], "rows": rows})
    return tables


def _periods(shown: FundView) -> list[tuple[str, list[str]]]:
    """A row a period: its end, and the main lines."""
    columns = [shown.run.series(name) for name in BY_PERIOD]
    return [(date(end), [_written(name, column[t])
                         for name, column in zip(BY_PERIOD, columns, strict=True)])
            for t, end in enumerate(shown.dates)]  # fmt: skip


def _written(name: str, value: float | None) -> str:
    """A figure of a line; the portfolio at risk is a share."""
    return percent(value) if name == "par30" else figure(value)
