"""What-if in the memo: inputs to move, and the figures that follow, recalculated by the page.

The models are those of the case, cut to the lines behind what is shown and written as JavaScript
(model/script.py); a project without a grant has one of nil, so that a subsidy can be tried. This
module says what is shown and in which words; templates/what_if.js places and computes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from eicfinance.appraisal.batch import CLUSTER, cut, part, unknowns
from eicfinance.appraisal.case import build
from eicfinance.appraisal.decision import COVER, NO_LOAN
from eicfinance.appraisal.sensitivity import NPV
from eicfinance.finance.terms import GRANT
from eicfinance.model.script import book, name_of, runtime
from eicfinance.portfolio.changes import FIRST_GRANT, with_grants
from eicfinance.portfolio.figures import LARGEST
from eicfinance.portfolio.scenarios import figures_of
from eicfinance.reports.files import data_folder
from eicfinance.reports.language import label as said
from eicfinance.reports.language import spoken
from eicfinance.reports.page import packed
from eicfinance.reports.sensitivities import label
from eicfinance.reports.view import HEADLINES, VALLEY
from eicfinance.reports.words import limit, writing

if TYPE_CHECKING:
    from eicfinance.appraisal.batch import Unknown
    from eicfinance.appraisal.case import Case
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
WORDS: Final = {
    "title": "What if: change inputs and see what follows",
    "note": "Move a slider or type a number; the figures below are computed again by this page, "
            "offline. Everything else in this memo stays as it was written: lending models, "
            "economic account, sensitivity, simulation, the cluster's figures and the workbook are "
            "not recalculated here.",
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
    "legend": "Whole line: the venture before all finance. Broken: its owner, after the loan. "
              "Dotted: both at the base case.",
    "below": "below", "years": "{number} years",
    "none": "none", "several": "several", "blank": "–", "million": "million", "met": "met",
    "failed": "not met", "not assessed": "not assessed", "decline": "decline", "no loan": NO_LOAN,
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
        "policy": _policy(shown),
        "panels": [_panel(shown, p, needs[p.name]) for p in shown.projects],
    }  # fmt: skip
    page = (data_folder("templates") / "what_if.js").read_text(encoding="utf-8")
    moved = (control[1] for panel in data["panels"] for control in panel["controls"])
    policy = (n for m in models for n in m.results if n.startswith(POLICY))
    keep = {*FIGURES, *CURVES, *moved, *policy}
    parts = (_shorter(runtime()), f"const BOOK={book(models, keep)};",
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
    portfolio = with_grants(case.portfolio, GRANT, case.portfolio.projects)
    return case if all(e.grants for e in case.portfolio.projects) else build(portfolio)


def _models(shown: View, case: Case) -> tuple[list[Model], dict[str, list[str]]]:
    """The models behind all that is shown, in order of calculation, and which of them each project
    needs. The cluster's is cut for each owner by itself."""
    wanted: dict[str, set[str]] = {}
    for p in shown.projects:
        own = [*FIGURES, *CURVES, *OF_POLICY.values(), *(f"met_{line}" for line in OF_POLICY)]
        wanted[p.name] = {n for n in own if n in case.projects[p.name].model}
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
    with its figure and flag (empty where the program cannot tell), whether they are the owner's."""
    lines = next((p.decision.lines for p in shown.projects if p.decision.requested), ())
    kinds = {"1/year": "irr", "year": "months"}
    return [[said(line.label), f"{said(line.sense)} {limit(line.limit, line.unit)}",
             kinds.get(line.unit, "ratio"), OF_POLICY.get(line.name, ""),
             f"met_{line.name}" if line.flag else "", int(line.name == COVER)]
            for line in lines]  # fmt: skip


def _panel(shown: View, p: ProjectView, needs: list[str]) -> dict[str, Any]:
    return {
        "name": p.name, "models": needs, "closing": list(shown.case.portfolio.closing),
        "controls": _controls(shown.case, p), "requested": p.decision.requested,
        "owner": p.case.entry.borrower, "unfailed": said(p.decision.unfailed),
    }  # fmt: skip


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
