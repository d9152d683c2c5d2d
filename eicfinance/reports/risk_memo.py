"""The simulation in the memo: what each project's section 9 and the part of all projects show.

Nothing is computed here: figures, their errors, percentiles and counts come from the simulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eicfinance.appraisal.pool import RESIDUAL
from eicfinance.model.label import Label
from eicfinance.reports.bars import bar_chart
from eicfinance.reports.charts import Curve, Mark, digits_of, line_chart, size_word
from eicfinance.reports.language import date, say
from eicfinance.reports.language import label as say_label
from eicfinance.reports.risk import cause_said
from eicfinance.reports.risk_charts import fan_chart, histogram_chart
from eicfinance.reports.sensitivities import titled
from eicfinance.reports.sharing import stand_in
from eicfinance.reports.words import GIVE_OR_TAKE, MISSING, number, often, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.pool import Connected, LoanRisk, Par30, PoolRisk
    from eicfinance.appraisal.risk import ProjectRisk, Risk
    from eicfinance.reports.view import ProjectView, View
    from eicfinance.risk.losses import Driver, Tail
    from eicfinance.risk.spread import Chance, Histogram, Spread

DRAWN: Final = "{scenarios} scenarios, seed {seed}"
CERTAIN: Final = (
    "Nothing is simulated: no figure has a range and there is no event, so that every scenario "
    "would be the base case."
)
STATIC: Final = (
    "Drawn by the program at the base case ({drawn}) and recalculated only by it: neither the "
    "workbook nor the what-if part of this memo changes these figures. So few scenarios leave a "
    "chance uncertain by the standard error beside it (after ±, in percentage points); "
    "eicfinance risk draws more."
)
OF_UNITS: Final = (
    "Each of {units} equal units has luck of its own, of which {drawn} are drawn here; figures are "
    "of one unit, the fan is that of the first."
)
LEFT_OUT: Final = "{share} of scenarios cannot be computed and are left out."
NO_LOAN: Final = "No loan is asked for: there is nothing to default on."
NOT_AGED: Final = "Repayment is not aged in a model of so few periods a year."
SPREADS: Final = (  # result -> label, digits
    ("gap_depth", "Gap after committed sources, {currency}", 0),
    ("gap_months", "Months in which it is open", 0),
    ("gap_with_loan_depth", "Gap with the loan, {currency}", 0),
    ("gap_with_loan_months", "Months in which that is open", 0),
    ("valley_depth", "Depth of the death valley, {currency}", 0),
    ("project_npv", "Project NPV, {currency}", 0),
    ("equity_npv", "Owner's NPV, {currency}", 0),
    ("dscr_min", "Minimum DSCR", 2),
)  # fmt: skip
BLANK: Final = "{label}; undefined in {share} of scenarios"
IN: Final = "{text}, {currency}"
IN_ALL: Final = "{text}, all these loans, {currency}"
WORST_AFTER: Final = "Default in the loan's worst twelve months, after {month}"
CHANCES: Final = (
    ("npv_negative", "Project NPV below nil"),
    ("equity_npv_negative", "Owner's NPV below nil"),
    ("gap_open", "A gap stays open with the loan"),
    ("dscr_below_one", "Minimum DSCR below 1"),
    ("dscr_below_covenant", "Minimum DSCR below the covenant of {covenant}"),
)
FAN: Final = (
    "Month by month: ninety of a hundred scenarios lie in the pale band, sixty in the dark one; "
    "the line is the middle, the broken line the base case."
)
COLUMNS: Final = "How many of {cases} cases come to an amount; those below nil are hatched."
LOSSES: Final = (
    "How many of {cases} scenarios bring a loss of so much; the {nil} without any loss are left "
    "out. Lines: expected loss, value at risk at 95% and 99%."
)
PAR: Final = (
    "Of what is outstanding, the share on loans more than 30 days late, expected by month, while "
    "at least a tenth of the most is outstanding."
)
OF_EXPLAINED: Final = "share of what explains the owner's NPV, %"
VALLEY_DRAWN: Final = "Death valley in the simulation: {project}"
MOST: Final = 5  # causes shown; the JSON has all
MOVED: Final = "What moves the owner's NPV: {project}"
SENSES: Final = ("More of it helps", "More of it hurts")
MOVES_ALL: Final = (
    "Share of what explains the sum of all owners' NPV, by the correlation of ranks: grey where "
    "more of it helps, hatched where more of it hurts."
)
FIRST_LOSS: Final = (
    "First loss to be borne by others so that the lender's expected loss is at most {residual} of "
    "what is lent"
)
YEARS: Final = (1, 2, 3, 5, 7, 10, 15, 20, 25, 30)  # shown of a path


def filled(form: str, part: str) -> str:
    """A label with one place, or with none."""
    return Label(form, part) if "{" in form else form


def drawn(risk: Risk) -> str:
    """How many scenarios, from which seed."""
    return Label(DRAWN, number(risk.scenarios), str(risk.seed))


# -- a project ----------------------------------------------------------------------------------


def of_project(shown: View, p: ProjectView) -> dict[str, Any]:
    """Spreads, chances, fan, histogram and causes of a project."""
    risk, currency = shown.case.risk, shown.currency
    if risk.certain:
        return {"says": [CERTAIN]}
    found = risk.project(p.name)
    base = [float(x or 0) for x in p.run.series("valley")]
    per_year = p.case.model.periods_per_year
    return {
        "says": list(_says(risk, found, p)),
        "spreads": _spreads(found.spreads, found.base, currency),
        "chances": [*_chances(found), *_loan(found.loan, shown.case, currency)],
        "fan": {
            "chart": fan_chart(f"fan-{p.name}", Label(VALLEY_DRAWN, p.title), FAN,
                               found.valley_fan, base, per_year, currency),
            **_by_year(found.valley_fan, base, per_year),
        },
        "npv": _npv(found, p.title, currency),
        "moves": _told(found.moves, shown.case),
    }  # fmt: skip


def _says(risk: Risk, found: ProjectRisk, p: ProjectView) -> list[str]:
    said: list[str] = []
    if found.units > 1:
        said.append(Label(OF_UNITS, str(found.units), str(found.drawn)))
    if found.failed:
        said.append(Label(LEFT_OUT, percent(found.failed)))
    if found.loan is None:
        said.append(NOT_AGED if p.case.entry.loans else NO_LOAN)
    return said


def _spreads(
    spreads: Mapping[str, Spread], base: Mapping[str, float | None], currency: str
) -> list[dict[str, Any]]:
    rows = []
    for name, label, digits in SPREADS:
        s = spreads.get(name)
        if s is not None and s.p50 is not None:
            text = filled(label, currency)
            if s.blank:
                text = Label(BLANK, text, percent(s.blank))
            values = [number(x, digits) for x in (base[name], s.p50, s.p80, s.p95)]
            rows.append({"label": text, "values": values})
    return rows


def _chances(found: ProjectRisk) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, label in CHANCES:
        met: Chance | None = getattr(found, name)
        if met is not None and (found.covenant is not None or name != "dscr_below_covenant"):
            text = filled(label, number(found.covenant, 2))
            rows.append((text, often(met.value, met.error, met.of)))
    return rows


def _loan(loan: LoanRisk | None, case: Case, currency: str) -> list[tuple[str, str]]:
    if loan is None:
        return []
    life, year = loan.pd_life, loan.pd_year
    several = loan.loans > 1
    rows = [
        (worst_year(case, loan), often(year.pd, year.error, loan.cases)),
        ("Default over the loan's life", often(life.value, life.error, loan.cases)),
    ]  # fmt: skip
    if loan.concentration is not None:
        rows.append(("Month in which defaults concentrate", concentrated(case, loan.concentration)))
    if loan.ead is not None:
        rows += [
            (Label("Exposure at default (EAD), {currency}", currency), number(loan.ead)),
            ("Loss given default (LGD)", percent(loan.lgd)),
            (
                Label(
                    "Expected loss of one loan, {currency}"
                    if several
                    else "Expected loss, {currency}",
                    currency,
                ),
                number(loan.expected_loss),
            ),
        ]
        rows += [(Label(IN_ALL if several else IN, text, currency), value)
                 for text, value in tails(loan.tails)]  # fmt: skip
    if loan.par30.highest:
        rows.append((Label("PAR30 at its highest, {month}", month(case, loan.par30.when)),
                     percent(loan.par30.highest)))  # fmt: skip
    return rows


def worst_year(case: Case, loan: LoanRisk) -> str:
    """What the probability of default of twelve months is called, and when they begin."""
    if not loan.pd_year.pd:
        return "Default in the loan's worst twelve months"
    return Label(WORST_AFTER, month(case, loan.pd_year.after))


def concentrated(case: Case, found: Any) -> str:
    """The month of most defaults and their share."""
    return Label(
        "{month} ({share} of defaults)", month(case, found.period), percent(found.share, 0)
    )


def tails(found: Sequence[Tail]) -> list[tuple[str, str]]:
    """Value at risk with its range, and expected shortfall, for each confidence."""
    rows: list[tuple[str, str]] = []
    for one in found:
        at = percent(one.confidence, 0)
        ends = f" ({number(one.low)} – {number(one.high)})" if one.low < one.high else ""
        rows += [(Label("Value at risk {confidence}", at), f"{number(one.value_at_risk)}{ends}"),
                 (Label("Expected shortfall {confidence}", at), number(one.shortfall))]  # fmt: skip
    return rows


def _npv(found: ProjectRisk, title: str, currency: str) -> dict[str, Any] | None:
    histogram, base = found.npv_histogram, found.base["project_npv"]
    if histogram is None or base is None:
        return None
    cases = number(sum(histogram.counts))
    return {
        "chart": histogram_chart(
            f"npv-{found.name}", Label("Project NPV in the simulation: {project}", title),
            Label(COLUMNS, cases), histogram, [("base case", base)],
            "cases", currency,
        ),
        **_counted(histogram, currency),
    }  # fmt: skip


def _counted(histogram: Histogram, currency: str) -> dict[str, Any]:
    """The columns as a table: from which amount, how many."""
    divide, word = size_word(max(abs(edge) for edge in histogram.edges))
    edges = [edge / divide for edge in histogram.edges]
    digits = digits_of(edges)
    return {"unit": word + say_label(currency), "counts": [number(n) for n in histogram.counts],
            "edges": [number(edge, digits) for edge in edges[:-1]]}  # fmt: skip


def _by_year(
    fan: Mapping[int, Sequence[float]], base: Sequence[float], per_year: int
) -> dict[str, Any]:
    """Percentiles at the end of some years."""
    years = [year for year in YEARS if year * per_year < len(base)]
    rows = [(f"P{q}", row) for q, row in fan.items()] + [("Base", base)]
    divide, word = size_word(max(abs(v) for _, row in rows for v in row))
    return {"years": years, "size": word, "rows": [
        (name, [number(row[year * per_year] / divide, 2 * (divide > 1)) for year in years])
        for name, row in rows
    ]}  # fmt: skip


def _told(moves: Sequence[Driver], case: Case) -> str:
    """What moves a figure most, in words; empty where nothing does."""
    causes = [cause_said(cause, say_label(cause_label(case, cause.name))) for cause in moves[:MOST]]
    return say("npv_moved_by", causes="; ".join(causes)) if causes else ""


def _moves_all(moves: Sequence[Driver], case: Case) -> dict[str, Any] | None:
    """What moves all owners together: a chart, and a row a cause."""
    if not moves:
        return None
    bars = [(cause_label(case, cause.name), cause) for cause in moves[:MOST]]
    groups = [(sense, [(label, 100 * cause.share) for label, cause in bars
                       if (cause.correlation > 0) == (sense == SENSES[0])])
              for sense in SENSES]  # fmt: skip
    rows = [(text, SENSES[cause.correlation <= 0], percent(cause.share, 0)) for text, cause in bars]
    return {
        "chart": bar_chart("moves-cluster", Label(MOVED, "all owners"), MOVES_ALL,
                           [group for group in groups if group[1]], OF_EXPLAINED, 0),
        "rows": rows,
    }  # fmt: skip


def cause_label(case: Case, name: str) -> str:
    """A driver's title, or an input's label, with the site's title before it."""
    for driver in case.portfolio.risk.drivers:
        if driver.name == name:
            return driver.title
    return titled(name, case.portfolio, {model.name: model for model in case.models})


# -- all projects -------------------------------------------------------------------------------


def together(shown: View) -> dict[str, Any]:
    """The cluster's gap, all loans together, connected exposures, what moves everything."""
    case, risk, currency = shown.case, shown.case.risk, shown.currency
    if risk.certain:
        return {"drawn": "", "says": CERTAIN}
    run = case.runs["cluster"]
    base = [float(x or 0) for x in run.series("gap_together")]
    per_year, pool = run.model.periods_per_year, risk.pool
    return {
        "drawn": drawn(risk),
        "says": Label(STATIC, drawn(risk)),
        "spreads": _spreads(risk.cluster, risk.cluster_base, currency),
        "fan": {
            "chart": fan_chart("fan-cluster", "Gap after committed sources, members together", FAN,
                               risk.gap_fan, base, per_year, currency),
            **_by_year(risk.gap_fan, base, per_year),
        },
        "pool": None if pool is None else _pool(pool, case, currency, per_year),
        "moves": _moves_all(risk.drivers, case),
        **stand_in(risk, case),
    }  # fmt: skip


def _pool(pool: PoolRisk, case: Case, currency: str, per_year: int) -> dict[str, Any]:
    rows = [
        ("Loans", number(pool.loans)),
        (Label("Lent, {currency}", currency), number(pool.lent)),
        ("Scenarios in which any loan defaults", percent(pool.some) if pool.some else "none"),
    ]
    if pool.some:
        rows += [
            ("Loans in default over their lives, on average",
             Label(GIVE_OR_TAKE, number(pool.defaults.value, 1), number(pool.defaults.error, 1))),
            (Label("Expected loss, {currency}", currency),
             Label(GIVE_OR_TAKE, number(pool.loss.value), number(pool.loss.error))),
            *((Label(IN, text, currency), value) for text, value in tails(pool.tails)),
        ]  # fmt: skip
    if pool.concentration is not None:
        rows.append(("Month in which defaults concentrate", concentrated(case, pool.concentration)))
    if pool.par30.highest:
        rows.append((Label("PAR30 at its highest, {month}", month(case, pool.par30.when)),
                     percent(pool.par30.highest)))  # fmt: skip
    if pool.loss.value:
        rows.append((Label(FIRST_LOSS, percent(RESIDUAL, 0)), percent(pool.first_loss)))
    return {
        "rows": rows,
        "loss": _loss(pool, currency),
        "par30": _par30(pool.par30, per_year),
        "connected": [_connected(group, case) for group in pool.connected],
    }


def _loss(pool: PoolRisk, currency: str) -> dict[str, Any] | None:
    histogram = pool.histogram
    if histogram is None:
        return None
    marks = [("expected loss", pool.loss.value)]
    marks += [
        (Label("Value at risk {confidence}", percent(one.confidence, 0)), one.value_at_risk)
        for one in pool.tails
    ]
    cases = number(histogram.nil + sum(histogram.counts))
    return {
        "chart": histogram_chart(
            "loss", "Loss of the lender on all loans together",
            Label(LOSSES, cases, number(histogram.nil)), histogram, marks, "scenarios",
            currency,
        ),
        "nil": number(histogram.nil),
        **_counted(histogram, currency),
    }  # fmt: skip


def _par30(found: Par30, per_year: int) -> dict[str, Any] | None:
    """The path while something is outstanding."""
    if not found.highest:
        return None
    path = [100 * (x or 0) for x in found.path[: found.until + 1]]
    years = [year for year in YEARS if year * per_year <= found.until]
    marks = [Mark(found.when, Label("highest: {share}", percent(found.highest)))]
    return {
        "chart": line_chart("par30", "PAR30 of all loans together", PAR,
                            [Curve("PAR30", path)], marks, per_year, "%"),
        "years": years,
        "values": [percent(found.path[year * per_year]) for year in years],
    }  # fmt: skip


def _connected(group: Connected, case: Case) -> list[str]:
    titles = {entry.name: entry.title
              for entry in (*case.portfolio.borrowers.values(), *case.portfolio.sites,
                            *case.portfolio.projects)}  # fmt: skip
    kind, _, name = group.through.partition(" ")
    return [
        Label(f"{kind}: {{name}}", titles.get(name, name)),
        "; ".join(titles[name] for name in group.projects),
        number(group.lent), number(group.loss), number(group.tails[0].value_at_risk),
        percent(group.both) if group.both else MISSING,
        percent(group.apart) if group.apart else MISSING,
    ]  # fmt: skip


def month(case: Case, period: int) -> str:
    """The month in which a period of the cluster ends."""
    from eicfinance.appraisal.calendar import period_ends

    assert case.cluster is not None
    return date(period_ends(case.portfolio, case.cluster.periods)[period])
