"""Sections 2, 6 and 10 to 14 of the memo: what follows from the figures for a lender.

Each sentence is chosen by the figure that it speaks of, so that none can contradict it; what the
program does not know is said to be not assessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.decision import COVER, NOT_ASSESSED, PD
from eicfinance.appraisal.sensitivity import NPV
from eicfinance.reports import bridging
from eicfinance.reports.language import label, say
from eicfinance.reports.memo_decision import policy_figure
from eicfinance.reports.sensitivities import label as label_of
from eicfinance.reports.words import MINUS, NIL, bound, held, number, percent, share, writing

if TYPE_CHECKING:
    from eicfinance.appraisal.sensitivity import Bar
    from eicfinance.reports.cells import Cells
    from eicfinance.reports.view import ProjectView, View

WORST = 3  # inputs named among the risks
WATCHED = 5  # inputs to be reported to the lender

CHARACTER = "Payment history and references: not assessed; the lender knows them."
CAPACITY = (
    "The existing business brings {cash} {currency} a month before debts and pays {debt} on them. "
    "DSCR of the host without the project: {host}; least with this project: {one}; least with all "
    "of the borrower's projects: {all}."
)
CAPACITY_NONE = (
    "No cash flow of an existing business is given. DSCR of the project alone, at its least: "
    "{own}; least with all of the borrower's projects: {all}."
)
CAPITAL = (
    "The owner puts {own} {currency} into the cost. Evidenced cash of the promoter: {cash} "
    "{currency}."
)
COLLATERAL = (
    "Collateral of {collateral} {currency} at the bank's value covers the loans {cover} times."
)
COLLATERAL_UNUSED = (
    "Collateral of {collateral} {currency} at the bank's value; no loan draws on it."
)
COLLATERAL_NONE = "No collateral is offered."
TERMS = "Terms and conditions precedent stand in section 1, the market in section 5."

NEVER_BACK_LOSS = (
    "The venture's own cash does not come back within its {years} years: its lowest point is a "
    "loss over the life, not a valley that a loan could bridge."
)
NEVER_BACK_GRANTS = (
    "The venture's own cash does not come back within its {years} years; with the grants of "
    "{grants} {currency} it does."
)
GRANTS_LATE = (
    "Grants of {late} {currency} arrive after commissioning; until then the owner advances them."
)
OWNER_SHORT = (
    "The owner needs {short} {currency} more than the promoter's evidenced cash, all projects of "
    "this borrower together; no source is named for it."
)
LEFT_OVER = (
    "It takes of {site}'s {pool} what is left by {others}; if that is not built, more is there."
)
BEYOND = "{years} years of life lie beyond the model's last period and are not counted."

SWING_LOSS = (
    "At {end} in place of {base} the project's NPV falls to {npv} {currency} and is negative."
)
SWING = "At {end} in place of {base} the project's NPV falls to {npv} {currency}."
SWING_STILL = "From {low} to {high} the project's NPV does not fall below that of the base case."
SWITCH = "The NPV is nil at {value}."
NO_SWITCH = "No value within its limits makes the NPV nil."
LATE = "Commissioned after {months} months of construction and {delay} of delay."
AGAINST_LATE = (
    "In the cost: contingency of {contingency}; retention of {retention} for {keep} months."
)
GAP = "With the requested loan {gap} {currency} of the valley stays open."
NO_GAP = "Nothing of the valley stays open."
NO_LOAN_GAP = "Committed sources leave {gap} {currency} of the valley open."
AGAINST_GAP = "Committed beside the loan: {there} {currency}."
LOW_COVER = "The DSCR falls to {dscr}, below the {limit} of the policy."
FAIR_COVER = "The DSCR does not fall below {dscr}; the policy asks for {limit}."
NO_COVER = "No debt service is due for a full year: there is no DSCR."
RESERVE = "A debt service reserve account covers {months} months."
NO_RESERVE = "No debt service reserve account stands in the figures."
BUYERS = "Buyers pay after {lag} days."
AGAINST_BUYERS = "Working capital of {capital} {currency} at its highest is in the figures."

GUARANTEE = "{title}: a guarantee is paid for with {fee} a year of the balance."
NO_GUARANTEE = "No guarantee stands in the figures."
INSURANCE = "Insurance is paid with {share} of the capital cost a year."
NO_INSURANCE = "No insurance is paid for in the figures."
ASSIGNMENT = (
    "Assignment of supply and sales contracts is not recorded in the portfolio: to be agreed."
)
CREDITS = "Carbon credits are sold; assignment of their receipts is to be agreed."
NO_CREDITS = "No carbon credits are sold: there are no receipts to assign."

PROCEEDS = (
    "Use of proceeds: {title}, capital cost {capital} {currency}, avoids {tonnes} tCO2e "
    "over its life by this appraisal."
)
PROCEEDS_NOT = (
    "Use of proceeds: {title}, capital cost {capital} {currency}; by this appraisal it "
    "avoids no greenhouse gas ({tonnes} tCO2e over its life)."
)
SELECTION = (
    "Evaluation and selection: the lender's credit policy, section 1; eligibility under its"
    " green criteria is for the borrower to show."
)
MANAGEMENT = (
    "Management of proceeds: drawn as the cost falls due, section 8; drawdown against "
    "invoices is for the lender to require."
)
REPORTING = "Reporting: energy delivered and its factors every year, against the table below."
TAXONOMY = (
    "Taxonomy: activity and colour are not assessed; they are for the borrower to evidence "
    "and for the lender to accept."
)
ATTRIBUTION = (
    "Attribution after PCAF, outstanding / (equity + debt): debt over uses less grants is "
    "{gearing} when the loan is fully drawn, and falls as it is repaid. Avoided emissions "
    "are reported apart from financed ones; the data quality score is for the lender to "
    "state."
)


def five_cs(shown: View, p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """Character, capacity, capital, collateral, conditions: what the figures say of each."""
    run, cluster, host = p.run, shown.case.runs["cluster"], p.case.borrower
    currency, values, name = shown.currency, host.values, host.name
    ratios = {
        "host": number(run.value("dscr_host"), 2), "one": number(run.value("dscr_global_min"), 2),
        "own": number(run.value("dscr_min"), 2),
        "all": number(cluster.value(f"dscr_global_{name}_min"), 2),
    }  # fmt: skip
    money = {key: number(values[key].number)
             for key in ("cash_flow", "debt_service", "promoter_cash", "collateral")}  # fmt: skip
    capacity = CAPACITY if values["cash_flow"].number else CAPACITY_NONE
    capital = [say(CAPITAL, own=number(run.value("equity_contribution")), currency=currency,
                              cash=money["promoter_cash"])]  # fmt: skip

    def links(*keys: str) -> list[dict[str, str]]:
        found = (cells.link(cluster.model, f"{name}_{key}") for key in keys)
        return [way for way in found if way]

    return [
        {"title": say("five_cs_character"), "said": [CHARACTER], "rests_on": []},
        {"title": say("five_cs_capacity"), "said": [say(capacity,
            cash=money["cash_flow"], debt=money["debt_service"], currency=currency, **ratios)],
         "rests_on": links("cash_flow", "debt_service")},
        {"title": say("five_cs_capital"), "said": capital, "rests_on": links("promoter_cash")},
        {"title": say("five_cs_collateral"), "said": [_collateral(shown, p)],
         "rests_on": links("collateral")},
        {"title": say("five_cs_conditions"), "said": [TERMS], "rests_on": []},
    ]  # fmt: skip


def _collateral(shown: View, p: ProjectView) -> str:
    offered = p.case.borrower.values["collateral"].number
    cover = shown.case.runs["cluster"].value(f"{COVER.removesuffix('_min')}_{p.case.borrower.name}")
    said = COLLATERAL_NONE if not offered else COLLATERAL_UNUSED if cover is None else COLLATERAL
    return say(said, collateral=number(offered), currency=shown.currency, cover=number(cover, 2))


def remarks(shown: View, p: ProjectView) -> list[str]:
    """What a reader must know before believing the figures."""
    said = []
    run, currency, entry = p.run, shown.currency, p.case.entry
    grants = run.value("grants") or 0
    if run.value("valley_depth") and run.value("valley_recovery_period") is None:
        words = NEVER_BACK_LOSS if run.value("payback_years") is None else NEVER_BACK_GRANTS
        said.append(say(words, years=p.years, grants=number(grants), currency=currency))
    late = grants - (run.value("sources_grants") or 0)
    if late >= 1:
        said.append(say(GRANTS_LATE, late=number(late), currency=currency))
    short = shown.case.runs["cluster"].value(f"promoter_short_{p.case.borrower.name}") or 0
    if short >= 1:
        said.append(say(OWNER_SHORT, short=number(short), currency=currency))
    for pool, owner in entry.takes.items():
        earlier = [
            q for q in shown.projects[: shown.projects.index(p)]
            if owner == q.case.entry.takes.get(pool)
        ]  # fmt: skip
        if earlier:
            names = ", ".join(f"{q.title} ({label(q.decision.recommendation)})" for q in earlier)
            said.append(say(LEFT_OVER, site=owner[0], pool=owner[1].replace("_", " "),
                                         others=names))  # fmt: skip
    beyond = run.value("life_not_counted") or 0
    if beyond:
        years = number(beyond / run.model.periods_per_year, 1)
        said.append(say(BEYOND, years=years))
    return said


def margin(shown: View, p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """The promoter's margin: what the owner puts in, and the evidenced cash against it."""
    cluster, name, model = shown.case.runs["cluster"], p.case.borrower.name, p.case.model
    short = f"promoter_short_{name}"
    return [
        cells.figure(model, "equity_contribution", "Owner's contribution to the cost",
                     number(p.run.value("equity_contribution"))),
        cells.figure(model, "promoter_cash", "Promoter's evidenced cash for this project",
                     number(p.run.value("promoter_cash"))),
        cells.figure(cluster.model, f"equity_need_{name}",
                     "Owner's money needed at the most, all projects of this borrower",
                     number(cluster.value(f"equity_need_{name}"))),
        cells.figure(cluster.model, short, "Of it not covered by the promoter's evidenced cash",
                     number(cluster.value(short))),
    ]  # fmt: skip


# -- 9, 10 risks ----------------------------------------------------------------------------------


def probability(shown: View, p: ProjectView) -> str:
    """The probability of default against its limit, or why there is none."""
    line = next((line for line in p.decision.lines if line.name == PD), None)
    if line is None or line.figure is None:
        return NOT_ASSESSED
    figure = policy_figure(shown, p, line)
    return f"{figure}, {label(line.sense)} {share(line.limit)}: {label(line.status)}"


def risks(shown: View, p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """What may go wrong, by its figure, and what stands against it in this portfolio."""
    return [
        *(_swing(shown, p, bar, cells) for bar in p.sensitivity.top[:WORST]),
        _row("Late or dearer construction", cells, p, (
            "construction_months", "delay_months", "contingency", "retention",
        ), _text(p, LATE, months="construction_months", delay="delay_months"),
             _text(p, AGAINST_LATE, contingency="contingency", retention="retention",
                   keep="retention_months")),
        _gap(shown, p),
        _cover(p, cells),
        _row("Buyers pay late", cells, p, ("payment_lag_days",),
             _text(p, BUYERS, lag="payment_lag_days"),
             say(AGAINST_BUYERS, capital=number(p.run.value("working_capital_highest")),
                                   currency=shown.currency)),
    ]  # fmt: skip


def _text(p: ProjectView, words: str, **keys: str) -> str:
    """A sentence with inputs of the project in it."""
    inputs = p.case.model.inputs
    return say(words, **{word: writing(inputs[key])[0](inputs[key].value)
                           for word, key in keys.items()})  # fmt: skip


def _row(
    title: str, cells: Cells, p: ProjectView, keys: tuple[str, ...], risk: str, against: str
) -> dict[str, Any]:
    ways = [cells.link(p.case.model, key) for key in keys]
    return {"title": title, "risk": risk, "against": against,
            "rests_on": [way for way in ways if way]}  # fmt: skip


def _swing(shown: View, p: ProjectView, bar: Bar, cells: Cells) -> dict[str, Any]:
    """An input at the end of its range that hurts more."""
    item, base = bar.unknown.input, p.sensitivity.base[NPV] or 0.0
    write, unit = writing(item)
    found = [(npv, end) for npv, end in
             ((bar.at_low[NPV], bar.ends[0]), (bar.at_high[NPV], bar.ends[1]))
             if npv is not None]  # fmt: skip
    npv, end = min(found, default=(base, item.value))
    words = SWING_LOSS if number(npv).startswith(MINUS) else SWING
    if npv >= base or number(npv) == number(base):
        words = SWING_STILL

    def of(value: float) -> str:
        return " ".join(filter(None, (write(value), unit)))

    answer = bar.switching[NPV]
    switch = NO_SWITCH if answer.value is None else say(SWITCH, value=of(answer.value))
    way = cells.moved(bar.unknown)
    return {
        "title": label_of(shown.case.portfolio, bar.unknown),
        "risk": say(words, end=of(end), base=of(item.value), npv=number(npv),
                             low=of(bar.ends[0]), high=of(bar.ends[1]), currency=shown.currency),
        "against": switch, "rests_on": [way] if way else [],
    }  # fmt: skip


def _gap(shown: View, p: ProjectView) -> dict[str, Any]:
    run, currency = p.run, shown.currency
    gap = run.value("gap_with_loan_depth") or 0.0
    if not p.decision.requested:
        gap = run.value("gap_depth") or 0.0
    left = number(gap) != NIL
    words = (GAP if p.decision.requested else NO_LOAN_GAP) if left else NO_GAP
    there = [say(AGAINST_GAP, there=number(run.value("committed_total")), currency=currency)]
    if p.case.entry.bridging:
        there.append(bridging.answer(p, currency))
    return {"title": "Cash before the first surplus", "against": " ".join(there), "rests_on": [],
            "risk": say(words, gap=number(gap), currency=currency)}  # fmt: skip


def _cover(p: ProjectView, cells: Cells) -> dict[str, Any]:
    """The DSCR against the policy, and the reserve."""
    line = next((line for line in p.decision.lines if line.name == "dscr_min"), None)
    risk = NO_COVER
    if line is not None and line.figure is not None:
        words = FAIR_COVER if line.status == "met" else LOW_COVER
        risk = say(words, dscr=held(line.figure, line.limit, line.said_in),
                            limit=bound(line.limit, line.said_in))  # fmt: skip
    kept = p.case.entry.finance.choices["reserve_funding"] != "none"
    against = _text(p, RESERVE, months="reserve_months") if kept else NO_RESERVE
    return _row("Repayment", cells, p, ("policy_dscr_min", "reserve_months"), risk, against)


# -- 11 security, 12 green, 14 covenants -----------------------------------------------------------


def security(shown: View, p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """Cover, guarantee, insurance, assignment."""
    inputs, name = p.case.model.inputs, p.case.borrower.name
    fees = [(loan.title, inputs[f"{key}_guarantee_fee"])
            for key, loan in p.case.entry.loan_names.items()
            if f"{key}_guarantee_fee" in inputs]  # fmt: skip
    guarantees = [say(GUARANTEE, title=title, fee=share(fee.value))
                  for title, fee in fees if fee.value]  # fmt: skip
    insured = inputs["insurance_share"].value
    cover = cells.link(shown.case.runs["cluster"].model, f"{name}_collateral")
    insurance = cells.link(p.case.model, "insurance_share")
    return [
        {"title": "Collateral", "said": [_collateral(shown, p)],
         "rests_on": [cover] if cover else []},
        {"title": "Guarantee", "said": guarantees or [NO_GUARANTEE], "rests_on": []},
        {"title": "Insurance", "rests_on": [insurance] if insurance else [],
         "said": [say(INSURANCE, share=share(insured)) if insured else NO_INSURANCE]},
        {"title": "Assignment", "rests_on": [],
         "said": [ASSIGNMENT, CREDITS if p.case.entry.carbon else NO_CREDITS]},
    ]  # fmt: skip


def green(p: ProjectView, cells: Cells) -> list[str]:
    """The four parts of the Green Loan Principles, taxonomy, attribution: what may be said."""
    run, currency = p.run, p.case.plant.currency
    avoided = run.value("ghg_avoided_total") or 0.0
    none = number(avoided) == NIL or avoided < 0
    proceeds = PROCEEDS_NOT if none else PROCEEDS
    said = [
        say(proceeds, title=p.case.entry.title, capital=number(run.value("capital_cost")),
                        currency=currency, tonnes=number(avoided)),
        SELECTION, MANAGEMENT, REPORTING, TAXONOMY,
    ]  # fmt: skip
    if p.decision.requested:
        said.append(say(ATTRIBUTION, gearing=percent(run.value("gearing"))))
    return said


def covenants(p: ProjectView, cells: Cells) -> list[dict[str, Any]]:
    """The lines of the policy that can be held during the loan's life."""
    lasting = ("dscr_min", COVER, "debt_to_equity_max")
    return [
        {"label": line.label, "value": f"{label(line.sense)} {bound(line.limit, line.said_in)}",
         "now": held(line.figure, line.limit, line.said_in),
         "rests_on": [way] if (way := cells.link(p.case.model, f"policy_{line.name}")) else []}
        for line in p.decision.lines
        if p.decision.requested and line.name in lasting
    ]  # fmt: skip


def watch(shown: View, p: ProjectView) -> list[str]:
    """What the borrower should report: the inputs that move the NPV most."""
    return [label_of(shown.case.portfolio, bar.unknown) for bar in p.sensitivity.top[:WATCHED]]
