"""Sheet Risk: what the simulation says, static and marked so, with the live NPV beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eicfinance.appraisal.calendar import period_ends
from eicfinance.model.label import Label
from eicfinance.reports.language import date
from eicfinance.reports.risk_memo import (
    CERTAIN,
    CHANCES,
    SPREADS,
    cause_label,
    drawn,
    filled,
    month,
    worst_year,
)
from eicfinance.reports.sensitivity_sheet import figure, state
from eicfinance.reports.words import number, often, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.appraisal.pool import LoanRisk, PoolRisk
    from eicfinance.appraisal.risk import ProjectRisk
    from eicfinance.reports.sheets import Writer
    from eicfinance.risk.losses import Driver, Tail
    from eicfinance.risk.spread import Spread

NOTE: Final = (
    "Grey figures are static: at base case, {drawn}; not live. Recalculated only by the program."
)
P_MEANS: Final = "P80: in eight scenarios of ten it is no worse; P50 and P95 likewise."
KIND: Final = {"gap_months": "number", "gap_with_loan_months": "number", "dscr_min": "ratio"}
CHART: Final = {"x_scale": 1.6, "y_scale": 1.3, "description": "Cluster's gap: percentiles, base"}


def sheet(w: Writer) -> None:
    """A block a project; then all loans together, what moves them, the cluster's gap by period."""
    f, made, risk = w.formats, w.add("Risk"), w.shown.case.risk
    made.write_string(0, 0, "Risk: simulation", f["title"])
    made.set_column(0, 0, 52)
    made.set_column(1, 9, 15)
    if risk.certain:
        made.write_string(1, 0, CERTAIN, f["unit"])
        return
    made.write_string(1, 0, Label(NOTE, drawn(risk)), f["unit"])
    made.write_string(2, 0, P_MEANS, f["unit"])
    row = 3
    for p in w.shown.projects:
        found = risk.project(p.name)
        row = w.heading(made, row + 1, p.title)
        row = state(w, made, row, p)
        row = _spreads(w, made, row, found.spreads, found.base)
        row = _chances(w, made, row, found)
        if found.loan is not None:
            row = _loan(w, made, row, found.loan)
        row = _moves(w, made, row, "What moves the owner's NPV", found.moves)
    row = w.heading(made, row + 1, "All projects together")
    row = _spreads(w, made, row, risk.cluster, risk.cluster_base)
    if risk.pool is not None:
        row = _pool(w, made, row, risk.pool)
    row = _moves(w, made, row, "What moves all owners' NPV", risk.drivers)
    _gap(w, made, row + 1)


def _heads(w: Writer, made: Any, row: int, heads: Sequence[str]) -> int:
    for column, text in enumerate(heads):
        if text:
            made.write_string(row, column, text, w.formats["above" if column else "heading"])
    return row + 1


def _line(w: Writer, made: Any, row: int, label: str, *cells: tuple[float | None, str]) -> int:
    """A label with figures, each with its kind, from the third column."""
    made.write_string(row, 0, label, w.formats["label"])
    for column, (value, kind) in enumerate(cells, start=2):
        figure(w, made, row, column, value, kind)
    return row + 1


def _spreads(
    w: Writer, made: Any, row: int, spreads: Mapping[str, Spread],
    base: Mapping[str, float | None],
) -> int:  # fmt: skip
    row = _heads(w, made, row, ("Figure", "", "Base", "Mean", "P50", "P80", "P95", "Blank in"))
    for name, label, _ in SPREADS:
        s, kind = spreads.get(name), KIND.get(name, "money")
        if s is not None and s.p50 is not None:
            values = [(x, kind) for x in (base[name], s.mean, s.p50, s.p80, s.p95)]
            row = _line(w, made, row, filled(label, w.shown.currency), *values,
                        (s.blank, "percent"))  # fmt: skip
    return row


def _often(
    w: Writer, made: Any, row: int, label: str, chance: tuple[float, float], cases: int
) -> int:
    """A chance with its standard error; one that never came in so many cases in words."""
    value, error = chance
    if 0 < value < 1:
        return _line(w, made, row, label, (value, "percent"), (error, "percent"), (cases, "number"))
    made.write_string(row, 0, label, w.formats["label"])
    made.write_string(row, 2, often(value, error, cases), w.formats.get(align="right"))
    return row + 1


def _chances(w: Writer, made: Any, row: int, found: ProjectRisk) -> int:
    row = _heads(w, made, row, ("Chance", "", "Share", "Standard error", "Of cases"))
    for name, label in CHANCES:
        met = getattr(found, name)
        if met is not None and (found.covenant is not None or name != "dscr_below_covenant"):
            text = filled(label, number(found.covenant, 2))
            row = _often(w, made, row, text, (met.value, met.error), met.of)
    return row


def _loan(w: Writer, made: Any, row: int, loan: LoanRisk) -> int:
    case, money = w.shown.case, w.shown.currency
    life, year = loan.pd_life, loan.pd_year
    row = _often(w, made, row, worst_year(case, loan), (year.pd, year.error), loan.cases)
    row = _often(w, made, row, "Default over the loan's life", (life.value, life.error), loan.cases)
    if loan.concentration is not None:
        label = Label(
            "Defaults concentrate in {month}: share of them", month(case, loan.concentration.period)
        )
        row = _line(w, made, row, label, (loan.concentration.share, "percent"))
    row = _line(
        w, made, row, Label("Exposure at default (EAD), {currency}", money), (loan.ead, "money")
    )
    row = _line(w, made, row, "Loss given default (LGD)", (loan.lgd, "percent"))
    row = _line(
        w,
        made,
        row,
        Label("Expected loss of one loan, {currency}", money),
        (loan.expected_loss, "money"),
    )
    if loan.par30.highest:
        label = Label("PAR30 at its highest, {month}", month(case, loan.par30.when))
        row = _line(w, made, row, label, (loan.par30.highest, "percent"))
    return _tails(
        w,
        made,
        row,
        Label("Loss on {loans} such loans, {currency}", number(loan.loans), money),
        loan.tails,
    )


def _tails(w: Writer, made: Any, row: int, title: str, tails: Sequence[Tail]) -> int:
    row = _heads(w, made, row, (title, "", "Value at risk", "from", "to", "Expected shortfall"))
    for one in tails:
        cells = ((x, "money") for x in (one.value_at_risk, one.low, one.high, one.shortfall))
        row = _line(w, made, row, Label("at {confidence}", percent(one.confidence, 0)), *cells)
    return row


def _moves(w: Writer, made: Any, row: int, title: str, moves: Sequence[Driver]) -> int:
    if not moves:
        return row
    row = _heads(w, made, row, (title, "", "Share", "Correlation"))
    for one in moves:
        row = _line(w, made, row, cause_label(w.shown.case, one.name), (one.share, "percent"),
                    (one.correlation, "ratio"))  # fmt: skip
    return row


def _pool(w: Writer, made: Any, row: int, pool: PoolRisk) -> int:
    money = w.shown.currency
    row = _heads(w, made, row, ("All loans", "", "Figure", "Standard error"))
    row = _line(w, made, row, "Loans", (pool.loans, "number"))
    row = _line(w, made, row, Label("Lent, {currency}", money), (pool.lent, "money"))
    row = _line(w, made, row, "Loans in default over their lives, on average",
                (pool.defaults.value, "number"), (pool.defaults.error, "number"))  # fmt: skip
    row = _line(w, made, row, Label("Expected loss, {currency}", money), (pool.loss.value, "money"),
                (pool.loss.error, "money"))  # fmt: skip
    row = _tails(w, made, row, Label("Loss on all loans, {currency}", money), pool.tails)
    if pool.histogram is not None:
        row = _heads(
            w, made, row, (Label("Loss, {currency}", money), "", "From", "To", "Scenarios")
        )
        row = _line(w, made, row, "None", (0.0, "money"), (0.0, "money"),
                    (pool.histogram.nil, "number"))  # fmt: skip
        edges = pool.histogram.edges
        for low, high, n in zip(edges, edges[1:], pool.histogram.counts, strict=False):
            row = _line(w, made, row, "", (low, "money"), (high, "money"), (n, "number"))
    if pool.connected:
        heads = ("Connected exposures", "", "Lent", "Expected loss", "Value at risk 95%",
                 "Two fail together", "By separate luck")  # fmt: skip
        row = _heads(w, made, row, heads)
        for group in pool.connected:
            label = f"{group.through}: {', '.join(group.projects)}"
            money_cells = [(x, "money") for x in (group.lent, group.loss,
                                                  group.tails[0].value_at_risk)]  # fmt: skip
            row = _line(w, made, row, label, *money_cells, (group.both, "percent"),
                        (group.apart, "percent"))  # fmt: skip
    return row


def _gap(w: Writer, made: Any, row: int) -> None:
    """The cluster's gap by period, PAR30 beside it, and a chart of the gap."""
    case, risk = w.shown.case, w.shown.case.risk
    assert case.cluster is not None
    title = Label("Gap after committed sources, members together, {currency}", w.shown.currency)
    made.set_h_pagebreaks([row])  # the chart in one piece
    row = w.heading(made, row, title)
    top = row
    row = row + 22
    names = [f"P{q}" for q in risk.gap_fan] + ["Base"]
    row = _heads(w, made, row, ("Period ends", "", *names, "PAR30"))
    dates = period_ends(case.portfolio, case.cluster.periods)
    base = case.runs["cluster"].series("gap_together")
    par30 = () if risk.pool is None else risk.pool.par30.path
    paths = [*risk.gap_fan.values(), base, par30]
    dates = dates[: 2 + max((t for path in paths for t, x in enumerate(path) if x), default=0)]
    for t, end in enumerate(dates):  # until all of them are nil for good
        values = [(rows[t], "money") for rows in risk.gap_fan.values()] + [(base[t], "money")]
        if t < len(par30) and par30[t] is not None:
            values.append((par30[t], "percent"))
        _line(w, made, row + t, date(end), *values)
    chart = w.book.add_chart({"type": "line"})
    for column, name in enumerate(names, start=2):
        dashed = {"dash_type": "dash"} if name == "Base" else {}
        chart.add_series({
            "name": name, "categories": ["Risk", row, 0, row + len(dates) - 1, 0],
            "values": ["Risk", row, column, row + len(dates) - 1, column],
            "line": {"color": "#000000" if name in ("P50", "Base") else "#8A8A8A", "width": 1.25}
            | dashed,
        })  # fmt: skip
    chart.set_title({"name": title, "name_font": {"size": 10}})
    ppy = case.cluster.periods_per_year
    chart.set_x_axis({"label_position": "low", "interval_unit": ppy, "interval_tick": ppy})
    chart.set_y_axis({"num_format": "#,##0"})
    chart.set_legend({"position": "bottom"})
    made.insert_chart(top, 0, chart, CHART)
