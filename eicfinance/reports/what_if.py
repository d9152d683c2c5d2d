"""What-if in the memo: inputs to move, and the figures that follow, recalculated by the page.

The models are those of the case, cut to the lines behind what is shown and written as JavaScript
(model/script.py); a project without a grant has one of nil, so that a subsidy can be tried. Where
lending schemes are compared for a project, their deals and contracts go with it: the reader chooses
under which the project is shown. This module says what is shown and in which words;
templates/what_if.js places and computes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from eicfinance.appraisal.batch import CLUSTER, ECONOMY, cut, part, unknowns
from eicfinance.appraisal.case import build
from eicfinance.appraisal.comparison import Comparison, offer
from eicfinance.appraisal.decision import CONDITIONAL, COVER, NO_LOAN
from eicfinance.appraisal.sensitivity import NPV
from eicfinance.finance.terms import GRANT
from eicfinance.model.label import Label
from eicfinance.model.script import book, name_of, runtime
from eicfinance.portfolio.changes import FIRST_GRANT, with_grants
from eicfinance.portfolio.figures import LARGEST
from eicfinance.portfolio.scenarios import figures_of
from eicfinance.reports.files import data_folder
from eicfinance.reports.language import label as said
from eicfinance.reports.language import say, spoken
from eicfinance.reports.lending import MUCH, PARTY_ROWS, ROWS, parties
from eicfinance.reports.page import packed
from eicfinance.reports.sensitivities import label
from eicfinance.reports.view import HEADLINES, VALLEY
from eicfinance.reports.words import bound, writing

if TYPE_CHECKING:
    from eicfinance.appraisal.batch import Unknown
    from eicfinance.appraisal.case import Case
    from eicfinance.appraisal.comparison import Offer
    from eicfinance.model.model import Model
    from eicfinance.portfolio.reader import Portfolio
    from eicfinance.reports.view import ProjectView, View

TOP: Final = 8  # inputs of the tornado
TERMS: Final = ("rate", "margin", "tenor_months", "share", "amount")  # of each loan
FIGURES: Final = (NPV, "equity_irr", "dscr_min", "valley_depth", "gap_with_loan_depth", "loan.debt")
CURVES: Final = ("valley", "equity_cumulative")
OF_POLICY: Final = {  # line of the policy -> the result that is its figure
    "dscr_min": "dscr_min", "loan_share_max": "loan_to_cost", COVER: "collateral_cover",
    "debt_to_equity_max": "debt_to_equity", "equity_irr_min": "equity_irr",
    "tenor_max": "loan_tenor_longest",
}  # fmt: skip
POLICY: Final = ("met_", *OF_POLICY.values())  # what results of the policy start with
UNDER: Final = {  # what is the project's own as it is written -> a scheme's deal has in its place
    "equity_irr": "user_irr", "dscr_min": "user_dscr_min", "gap_with_loan_depth": "user_gap_depth",
    "loan.debt": "put_in", "equity_cumulative": "user_cumulative",
    "loan_to_cost": "user_loan_share", "loan_tenor_longest": "user_tenor",
}  # fmt: skip
CALLED: Final = {name: (text, kind) for name, text, kind in ROWS} | {
    "put_in": ("Lent, let or put in by the others", "money"),
    "user_loan_share": ("", "ratio"), "user_tenor": ("", "months"), "user_cumulative": ("", ""),
}  # fmt: skip
OF_PARTIES: Final = ("yield_expected", "npv", "loss")
WORDS: Final = {
    "title": "What if: change inputs and see what follows",
    "note": "Move a slider or type a number; the figures below are computed again by this page, "
            "offline. Everything else in this memo stays as it was written: the comparison of "
            "lending models, economic account, sensitivity, simulation, the cluster's figures and "
            "the workbook are not recalculated here.",
    "number": "as a number", "range": "{low} to {high}, base {base}",
    "figure": "Figure", "base": "Base", "changed": "Changed", "recommendation": "Recommendation",
    "reset": "Back to the base case",
    "link": "Link to this page with these inputs", "file": "File with these inputs",
    "use": "To appraise with them: eicfinance appraise PORTFOLIO --set what-if.yaml",
    "unchanged": "Nothing is changed.", "said": "{changed}; base {base}",
    "allowed": "Allowed: {least} to {most}",
    "wrong": "Nothing can be computed with these inputs: put the last one back.",
    "curve": "Death valley: accumulated cash by years from closing, {size}",
    "deepest": "deepest {amount} in {when}", "never": "never below nil",
    "legend": "Whole line: the venture before all finance. Broken: its owner, after the loan or "
              "under the lending model that is chosen. Dotted: both at the base case.",
    "model": "Lending model", "written": "as the project is written",
    "under": "Base: the project as it is written. Changed: under the lending model that is "
             "chosen, with the inputs above. Collateral cover, debt to equity and the probability "
             "of default belong to the loan asked for and are not assessed.",
    "own": "not used: this lending model has its own terms",
    "of": "{title}: what it costs, and who bears what", "at_base": "With the base inputs",
    "with": "With the inputs above",
    "compare": "The program's figures of it: eicfinance compare PORTFOLIO --project {project} "
               "--schemes {scheme}",
    "seen": "Lending model looked at for {project}: {title}.",
    "below": "below", "years": "{number} years",
    "none": "none", "several": "several", "blank": "–", "million": "million", "met": "met",
    "failed": "not met", "not assessed": "not assessed", "decline": "decline", "no loan": NO_LOAN,
    "conditional": CONDITIONAL,
}  # fmt: skip


def content(shown: View) -> dict[str, Any]:
    """The script of the page, packed; all that may run of it; the title of its parts."""
    text = script(shown)
    small = packed(text)
    return {"script": small, "may_run": (small, text), "title": said(WORDS["title"])}


def script(shown: View) -> str:
    """All that the page needs to recalculate."""
    case = _with_subsidies(shown.case)
    models, needs = _models(shown, case)
    data: dict[str, Any] = {
        "words": {key: said(text) for key, text in WORDS.items()}, "months": spoken().months,
        "era": spoken().era, "currency": said(shown.currency), "title": shown.case.portfolio.title,
        "figures": [[*_said(name), name_of(name)] for name in FIGURES],
        "curves": list(CURVES), "debt": name_of("loan.debt"),
        "policy": _policy(shown), "much": MUCH, "lending": say("lending_note"),
        "none": say("lending_none"),
        "under": {name_of(k): [v, said(CALLED[v][0]), CALLED[v][1]] for k, v in UNDER.items()},
        "panels": [_panel(shown, p, case, models, needs[p.name]) for p in shown.projects],
    }  # fmt: skip
    page = (data_folder("templates") / "what_if.js").read_text(encoding="utf-8")
    moved = (control[1] for panel in data["panels"] for control in panel["controls"])
    policy = (n for m in models for n in m.results if n.startswith(POLICY))
    rows = (row[3] for panel in data["panels"] for one in panel["schemes"] for row in one[4])
    keep = {*FIGURES, *CURVES, *UNDER.values(), *moved, *policy, *rows}
    parts = (_shorter(runtime()), f"const BOOK={book(models, keep, tied(case))};",
             f"const DATA={_json(data)};", _shorter(page))  # fmt: skip
    return "\n".join(("", *parts, ""))


def _json(data: dict[str, Any]) -> str:
    """Data inside a script: nothing of it can end the script."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _shorter(text: str) -> str:
    """JavaScript without comments, indents and the spaces around brackets, signs and commas; what
    stands in quotes stays."""
    lines = (re.sub(r"(^|\s\s)//.*", "", line).strip() for line in text.splitlines())
    parts = re.split(r'("(?:[^"\\]|\\.)*")', "\n".join(line for line in lines if line))
    parts[::2] = [re.sub(r" ?([=<>?:,;{}()&|]+) ?", r"\1", part) for part in parts[::2]]
    return "".join(parts)


# -- models -------------------------------------------------------------------------------------


def _with_subsidies(case: Case) -> Case:
    if all(entry.grants for entry in case.portfolio.projects):
        return case
    made = build(with_grants(case.portfolio, GRANT, case.portfolio.projects))
    made.runs = case.runs  # a grant of nil moves nothing
    for name, found in case.comparisons.items():
        offers = tuple(offer(made, name, one.entry) for one in found.offers)
        made.comparisons[name] = Comparison(name, offers, found.runs)
    return made


def tied(case: Case) -> dict[str, tuple[str, str]]:
    """The inputs of contracts that are results of projects: input -> model, result."""
    offers = (offer for comparison in case.comparisons.values() for offer in comparison.offers)
    inputs = (pair for one in offers for model in one.models for pair in model.inputs.items())
    return {name: (item.follows[0].name, item.follows[1].text.name)
            for name, item in inputs if item.follows}  # fmt: skip


def _compared(case: Case, project: str) -> Comparison:
    """The schemes compared for a project, with their base runs; none where nobody asks for them."""
    return case.comparisons.get(project) or Comparison(project, ())


def _models(shown: View, case: Case) -> tuple[list[Model], dict[str, list[str]]]:
    """The models behind all that is shown, in order of calculation, and which of them each project
    needs. The cluster's is cut for each owner by itself."""
    wanted: dict[str, set[str]] = {}
    for p in shown.projects:
        own = [*FIGURES, *CURVES, *OF_POLICY.values(), *(f"met_{line}" for line in OF_POLICY)]
        wanted[p.name] = {n for n in own if n in case.projects[p.name].model}
        wanted |= _under(case, p.name)
    owners: dict[str, Model] = {}
    for p in shown.projects:
        owner = p.case.entry.borrower
        of_all = {f"{OF_POLICY[COVER]}_{owner}", f"met_{COVER}_{owner}"}
        if owner not in owners and p.decision.requested:
            needed = {CLUSTER: of_all}
            *_, together = cut(case, needed)
            owners[owner] = replace(together, name=f"{CLUSTER}_{owner}", _steps=None)
            for name in needed.keys() - {CLUSTER}:
                wanted.setdefault(name, set()).update(needed[name])
    models = [*cut(case, wanted), *owners.values()]
    known = {model.name: model for model in models}
    needs = {
        p.name: _needed(known, [p.name, f"{CLUSTER}_{p.case.entry.borrower}"])
        for p in shown.projects
    }
    return models, needs


def _under(case: Case, project: str) -> dict[str, set[str]]:
    """What is wanted of the models of a project's offers, by model."""
    found = _compared(case, project)
    return {
        model.name: {
            *(n for n in (*UNDER.values(), *(f"met_{line}" for line in OF_POLICY)) if n in model),
            *(row[3] for row in _rows(found, one) if row[2] == model.name),
        }
        for one in found.offers
        for model in one.models
    }


def _needed(known: dict[str, Model], todo: list[str]) -> list[str]:
    """The models that give lines to some, and these, in order of calculation."""
    found = set[str]()
    while todo:
        name = todo.pop()
        if name in known and name not in found:
            found.add(name)
            lines = known[name].lines.values()
            todo += [line.given[0].name for line in lines if line.given is not None]
    return [name for name in known if name in found]


# -- what a project's panel shows ---------------------------------------------------------------


def _said(name: str) -> tuple[str, str]:
    """What a result is called, and how it is written."""
    return next((said(text), kind) for known, text, kind in (*HEADLINES, *VALLEY) if known == name)


def _policy(shown: View) -> list[list[Any]]:
    """The lines of the policy: what each is called, its limit, how its figure is written, results
    with its figure and flag (empty where the program cannot tell), whether they are the owner's,
    the limit as a number."""
    lines = next((p.decision.lines for p in shown.projects if p.decision.requested), ())
    kinds = {"1/year": "irr", "year": "months", "%": "percent"}
    return [[said(line.label), f"{said(line.sense)} {bound(line.limit, line.said_in)}",
             kinds.get(line.said_in, "ratio"), OF_POLICY.get(line.name, ""),
             f"met_{line.name}" if line.flag else "", int(line.name == COVER), line.limit]
            for line in lines]  # fmt: skip


def _panel(
    shown: View, p: ProjectView, case: Case, models: list[Model], needs: list[str]
) -> dict[str, Any]:
    known, found = {model.name: model for model in models}, _compared(case, p.name)
    schemes = [
        [one.entry.name, said(one.entry.title), one.deal.name,
         _needed(known, [m.name for m in one.models] + [p.name]), _rows(found, one)]
        for one in found.offers
    ]  # fmt: skip
    return {
        "name": p.name, "models": needs, "closing": list(shown.case.portfolio.closing),
        "controls": _used(case, p.name, _controls(shown.case, p)), "schemes": schemes,
        "requested": p.decision.requested, "owner": p.case.entry.borrower,
        "unfailed": said(p.decision.unfailed),
    }  # fmt: skip


def _rows(found: Comparison, one: Offer) -> list[list[str]]:
    """The figures of a scheme as the comparison shows them: label, how it is written, model,
    result."""
    named = [(name, said(text), kind) for name, text, kind in ROWS if name not in UNDER.values()]
    named += [
        (f"{party}_{key}", said(Label("{title}: {label}", title, text)), kind)
        for party, title in parties(found, one)
        for key, text, kind in PARTY_ROWS
        if key in OF_PARTIES
    ]
    return [
        [text, kind, next(m.name for m in one.models if name in m.results), name]
        for name, text, kind in named
        if any(name in m.results for m in one.models)
    ]


def _used(case: Case, project: str, controls: list[list[Any]]) -> list[list[Any]]:
    """The controls, each with 1 where some lending scheme's figures, or what stays the project's
    own under it, rest on its input."""
    wanted = {project: {NPV, "valley_depth"}, **_under(case, project)}
    models = cut(case, wanted)

    def used(place: str, name: str) -> bool:
        found = ((m, m.inputs[name]) for m in models if name in m.inputs)
        return any(i.shared if place == ECONOMY else m.name == place for m, i in found)

    return [[*control, int(used(control[0], control[1]))] for control in controls]


def _controls(case: Case, p: ProjectView) -> list[list[Any]]:
    """The inputs to move: those of the tornado that move the NPV most, the grant, the loans."""
    inputs = unknowns(part(case, p.name, FIGURES))
    entry = p.case.entry
    known = figures_of(case.portfolio.economy, case.portfolio.sites, case.portfolio.projects,
                       case.portfolio.references)  # fmt: skip
    terms = [f"{begins}_{term}" for begins in entry.loan_names for term in TERMS]
    some = [bar.unknown for bar in p.sensitivity.bars if bar.unknown.key not in terms]
    some = [u for u in some if u.move[1] in known.get(u.move[0], {})][:TOP]
    grants = [FIRST_GRANT] if entry.grants else []
    some += [inputs[key] for key in (*grants, *terms) if key in inputs]
    found = {u.move: _control(u, said(label(case.portfolio, u))) for u in some}
    if not entry.grants:
        found[p.name, FIRST_GRANT] = _subsidy(case.portfolio, p.name)
    return list(found.values())


def _control(unknown: Unknown, text: str) -> list[Any]:
    item = unknown.input
    times = 100 if item.in_percent else 1
    low, high = unknown.ends or (unknown.least, unknown.most)
    low, high = min(low, unknown.base), max(high, unknown.base)
    if not unknown.ends and not unknown.limited:  # an amount without any range
        low, high = 0.0, 2 * unknown.base
    return _made(unknown.move, text, writing(item)[1], item.text.unit, times, unknown.whole,
                 (low, high, unknown.least, unknown.most))  # fmt: skip


def _subsidy(portfolio: Portfolio, project: str) -> list[Any]:
    """The grant of a project that has none."""
    figure = next(f for f in GRANT.figures if f.name == "share")
    low, high = figure.range_in(portfolio.currency) or (0.0, 1.0)
    ends = (low, high, figure.least or 0.0, figure.most or 1.0)
    return _made((project, FIRST_GRANT), said(figure.label), "", figure.unit, 100, False, ends)


def _made(
    move: tuple[str, str], text: str, beside: str, unit: str, times: int, whole: bool,
    ends: tuple[float, float, float, float],
) -> list[Any]:  # fmt: skip
    """A control: the slider goes from low to high, what is typed from least to most. times: what
    the number is multiplied by to be shown (per cent)."""
    low, high, least, most = (
        None if abs(end) >= LARGEST else float(f"{end * times:.12g}") for end in ends
    )
    file = "%" if times > 1 else "" if unit == "1" else f" {unit}"
    shown = f"% {beside}".strip() if times > 1 else beside
    return [*move, text, times, int(whole), shown, file, low, high, least, most]
