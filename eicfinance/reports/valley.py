"""The death valley in the memo: the curve with its stages, the gap, and what fits each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.model.label import Label
from eicfinance.portfolio.bridging import STAGES
from eicfinance.reports.bridging import NOT_GIVEN
from eicfinance.reports.bridging import content as bridging
from eicfinance.reports.charts import Curve, Mark, line_chart, size_word
from eicfinance.reports.language import date, label, say
from eicfinance.reports.words import MISSING, number, percent

if TYPE_CHECKING:
    from eicfinance.reports.view import ProjectView

SOURCES = {  # stage -> what the manual names for it
    "preparation": "public money and grants: governments carry the risk at first",
    "startup": "micro-credit, vendor credit, self-help funds",
    "growth": "venture equity, which shares the risk while sales build up",
    "maturity": "banks and the capital market",
}
THE_MANUAL = (
    "Sources by stage: ADB Institute, Eco-Industrial Clusters: A Prototype Training Manual, Module "
    "3d (3.d.1.1 Death Valley Trap, 3.d.2 Micro-Financing). A stage ends with an event: "
    "commissioning; the third month in a row in which three months' operating cash covers three "
    "level instalments; recovery."
)
SHORT = {"preparation": "construction", "startup": "start-up", "growth": "growth",
         "maturity": "maturity"}  # fmt: skip


def content(p: ProjectView, currency: str) -> dict[str, Any]:
    """All that the template shows of the valley, as text."""
    return {
        "chart": _chart(p, currency),
        "says": _says(p, currency),
        "gaps": [(text, _gap(p, f"gap_{key}"), _gap(p, f"gap_with_loan_{key}"))
                 for key, text in (
                     ("depth", Label("Depth, {currency}", currency)), ("deepest_period", "Deepest"),
                     ("first_period", "First month"), ("last_period", "Last month"),
                     ("months", "Months in which it is open"),
                     ("money_months", Label("Money x months, {currency} x months", currency)))],
        "stages": [
            {"title": title, "until": _until(p, name), "sources": SOURCES[name],
             "need": number(p.run.value(f"need_{name}"))}
            for name, title in STAGES.items()
        ],
        "source": THE_MANUAL,
        "bridging": bridging(p, currency),
    }  # fmt: skip


def _says(p: ProjectView, currency: str) -> str:
    """What is committed, and whether anything stays open."""
    run = p.run
    cash, share = run.value("promoter_cash") or 0.0, run.value("promoter_share") or 0.0
    there = number(run.value("committed_total"))
    parts = {"amount": there, "cash": number(cash), "currency": currency}
    said = say("committed_said", **parts)
    if cash and share < 1:
        said = say("committed_share", share=percent(share), **parts)
    left = "valley_open" if run.value("gap_with_loan_depth") else "valley_closed"
    said = f"{said} {say(left)}"
    if not run.value("gap_with_loan_depth") or p.case.entry.bridging:
        return said
    return f"{said} {label(NOT_GIVEN)}"


def _gap(p: ProjectView, name: str) -> str:
    value = p.run.value(name)
    if value is None:
        return MISSING
    if name.endswith("_last_period") and value >= p.case.model.periods:
        return say("not_closed", years=p.years)
    return p.when(value) if name.endswith("_period") else number(value)


def _until(p: ProjectView, name: str) -> str:
    """The event that ends a stage."""
    run = p.run
    started, matured = run.value("startup_end_period"), run.value("maturity_first_period")
    if name == "preparation":
        return p.when(run.value("commissioning_period") or 0)
    if name == "startup":
        return "not reached" if started is None else p.when(started)
    if name == "maturity":
        return "the end" if matured is not None else "not reached"
    if matured is None:
        return "not reached"
    return p.when(run.value("growth_end_or_last") or 0)


def _chart(p: ProjectView, currency: str) -> str:
    run = p.run
    curve = run["valley"][0].tolist()
    marks = []
    trough, recovery = run.value("valley_trough_period"), run.value("valley_recovery_period")
    depth = run.value("valley_depth") or 0.0
    divide, word = size_word(depth)
    if trough is not None:
        text = say(
            "trough_mark",
            month=date(p.dates[int(trough)]),
            amount=number(-depth / divide, 2),
            size=word,
            currency=currency,
        )
        marks.append(Mark(int(trough), text))
    start = int(run.value("commissioning_period") or 0)
    if trough is None or abs(start - trough) > run.model.periods / 20:
        marks.append(Mark(start, say("commissioned_mark", month=date(p.dates[start]))))
    if recovery is not None:
        marks.append(Mark(int(recovery), say("recovered_mark", month=date(p.dates[int(recovery)]))))
    end = say("recovers_not")
    if recovery is not None:
        end = say("recovers_in", month=p.when(recovery))
    ends = [run.value(name) or 0.0 for name in
            ("commissioning_period", "startup_end_or_last", "growth_end_or_last")]  # fmt: skip
    spans = [(SHORT[name], int(last)) for name, last in
             zip(STAGES, [*ends, run.model.periods], strict=True)]  # fmt: skip
    return line_chart(
        f"valley-{p.name}", Label("Death valley: {title}", p.title),
        Label("Accumulated cash of the venture before all finance, and of its owner. {end}", end),
        [Curve("venture, before all finance", curve, filled=True),
         Curve("owner, after the loan", run["equity_cumulative"][0].tolist(), dashed=True)],
        marks, run.model.periods_per_year, currency, spans,
    )  # fmt: skip
