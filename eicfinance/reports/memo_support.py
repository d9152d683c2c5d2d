"""The memo's subsidy part: what a project needs to meet the credit policy, and no more.

Sentences are chosen by what the search found; no figure of `eicfinance subsidy` is said otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eicfinance.appraisal.criteria import IRR
from eicfinance.appraisal.decision import COVER, PD
from eicfinance.appraisal.support import GUARANTEE, TITLES
from eicfinance.reports.language import label, say
from eicfinance.reports.subsidy import amount_text
from eicfinance.reports.words import MISSING, bound, held, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eicfinance.appraisal.criteria import Test
    from eicfinance.appraisal.subsidy import Figures, Subsidy, Support
    from eicfinance.reports.view import ProjectView, View

NAMES: Final = {"dscr_min": "Minimum DSCR", IRR: "Equity IRR", "project_npv": "Project NPV"}
UNITS: Final = {"dscr_min": "1", IRR: "1/year"}  # of the tests; else the currency
APART: Final = (COVER, PD)  # lines that are not computed again with support
SHORT: Final = "not enough: {most} at the most"
HEADS: Final = ("Kind", "Least amount", "Binding")
COSTS: Final = ("Public cost, present value", "Per tCO2e avoided")


def content(shown: View, p: ProjectView) -> dict[str, Any]:
    """Sentences, and a table of the kinds where some support is needed."""
    found = shown.case.subsidies[p.name]
    said = [*_answer(found, shown.currency, bool(p.decision.requested)), *_rest(found, p)]
    if found.met:
        return {"says": said, "rows": [], "left_out": []}
    heads = [*HEADS, *(_name(test) for test in found.tests), *COSTS]
    none = ["No support", "", "", *_figures(found, found.before), MISSING, MISSING]
    left_out = [f"{label(TITLES[name])}: {label(why)}"
                for name, why in found.left_out.items() if name != GUARANTEE]  # fmt: skip
    rows = [none, *(_row(found, one) for one in found.supports)]
    return {"says": said, "heads": heads, "rows": rows, "left_out": left_out}


def _name(test: Test) -> str:
    return NAMES.get(test.result, test.result)


def _limit(test: Test) -> str:
    unit = UNITS.get(test.result)
    sense = "at most" if test.at_most else "at least"
    return f"{label(sense)} {number(test.limit) if unit is None else bound(test.limit, unit)}"


def _figures(found: Subsidy, figures: Figures) -> list[str]:
    """The figure of each test."""
    return [
        number(figures[test.key])
        if (unit := UNITS.get(test.result)) is None
        else held(figures[test.key], test.limit, unit)
        for test in found.tests
    ]


def _row(found: Subsidy, one: Support) -> list[str]:
    """A kind: its amount, the test that binds, the figures with it (or with what comes nearest),
    what it costs the public."""
    kind, cost = one.kind, one.cost
    amount = amount_text(one.amount, kind.unit)
    if one.amount is None:
        amount = say(SHORT, most=amount_text(kind.most, kind.unit))
    binding = [label(_name(test)) for test in found.tests if test.key in one.binding]
    costs = [MISSING, MISSING] if cost is None else [
        number(cost.present), number(cost.per_tonne_undiscounted),
    ]  # fmt: skip
    return [kind.title, amount, "; ".join(binding), *_figures(found, one.after), *costs]


def _answer(found: Subsidy, currency: str, requested: bool) -> list[str]:
    """Whether support is needed, and what is enough."""
    tests = "; ".join(
        f"{label(_name(test))} {value} ({_limit(test)})"
        for test, value in zip(found.tests, _figures(found, found.before), strict=True)
        if found.met or test.key in found.missed
    )
    said = [] if requested else [say("subsidy_no_loan")]
    if found.met:
        return [*said, say("subsidy_none", tests=tests)]
    said.append(say("subsidy_short", tests=tests))
    enough = [one for one in found.supports if one.amount is not None]
    if not enough:
        return [*said, say("subsidy_never")]
    if found.rate is None:
        named = "; ".join(_sum(one) for one in enough)
        return [*said, say("subsidy_unpriced", kinds=named)]
    best = min(enough, key=lambda one: one.cost.present if one.cost else 0.0)
    assert best.cost is not None
    words = "subsidy_only" if len(enough) == 1 else "subsidy_cheapest"
    return [*said, say(words, kind=_sum(best), cost=number(best.cost.present), currency=currency)]


def _sum(one: Support) -> str:
    return f"{label(one.kind.title)} {amount_text(one.amount, one.kind.unit)}"


def _rest(found: Subsidy, p: ProjectView) -> list[str]:
    """Lines of the policy that support leaves failed, and whether it is justified."""
    if found.met:
        beside = _listed(line.label for line in p.decision.failed)
        return [say("subsidy_beside", lines=beside)] if beside else []
    names = {line.name: line.label for line in p.decision.lines if p.decision.requested}
    said = []
    unmet: dict[str, list[str]] = {}
    for one in found.supports:
        lines = _listed(names[name] for name in one.unmet if name in names)
        if one.amount and lines:
            unmet.setdefault(lines, []).append(one.kind.title)
    said += [say("subsidy_unmet", kinds=_listed(kinds), lines=lines)
             for lines, kinds in unmet.items()]  # fmt: skip
    apart = [line.label for line in p.decision.failed if line.name in APART]
    if apart:
        said.append(say("subsidy_apart", lines=_listed(apart)))
    return [*said, say("support_justified", answer=found.justified)]


def _listed(texts: Iterable[str]) -> str:
    return "; ".join(map(label, texts))
