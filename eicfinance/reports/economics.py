"""The memo's section on the economic account: values side by side, returns, who gains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.finance.economics import PARTIES, TIMING, TRANSFERS
from eicfinance.model.label import Label
from eicfinance.portfolio.economic import DOMESTIC
from eicfinance.reports.language import label, say
from eicfinance.reports.words import NIL, number, percent, rate_of_return

if TYPE_CHECKING:
    from eicfinance.reports.view import ProjectView, View

NUMERAIRE = {DOMESTIC: "domestic prices (traded goods x SERF)"}
OTHER = "world prices (other goods x SCF)"
SAYS = {  # whether the country gains, whether the owner does
    (True, True): "It pays for the country and for its owner: no support is needed to make it pay.",
    (True, False): "It pays for the country and not for its owner: support may be justified.",
    (False, True): "It pays for its owner and not for the country: others lose more than he gains.",
    (False, False): "It pays neither for the country nor for its owner.",
}


def economic_section(shown: View, p: ProjectView) -> dict[str, Any]:
    """What the template shows; assessed: whether there is an account at all."""
    items, shadow = p.case.economics, shown.case.portfolio.economic
    if items is None or shadow is None:
        missing = "the portfolio gives no shadow prices (economy.economic)"
        if shadow is not None:
            missing = "the project gives no shares of its costs (economic)"
        return {"assessed": False, "reason": missing}
    run = p.run
    rows = [
        (item.label if item.benefit else Label("less {label}", item.label),
         "" if item.market is None else number(run.value(f"pv_market_{item.name}")),
         number(run.value(f"pv_economic_{item.name}")))
        for item in sorted(items, key=lambda item: not item.benefit)
    ]  # fmt: skip
    rows += [
        ("grants less tax and VAT", number(run.value(f"pv_market_{TRANSFERS}")), ""),
        ("paid later than used", number(run.value(f"pv_market_{TIMING}")), ""),
        ("net present value", number(run.value("pv_project_economic")), number(run.value("enpv"))),
    ]
    enpv, npv = run.value("enpv") or 0, run.value("project_npv") or 0
    return {
        "assessed": True,
        "says": SAYS[enpv >= 0, npv >= 0],
        "numeraire": NUMERAIRE.get(shadow.choices["numeraire"], OTHER),
        "returns": _returns(shown, p),
        "rows": [
            (said[0].upper() + said[1:], *cells)
            for said, *cells in ((label(text), *cells) for text, *cells in rows)
            if any(cell not in ("", NIL) for cell in cells)
        ],
        "gains": [(text, number(run.value(f"gain_{party}"))) for party, text in PARTIES.items()]
        + [("All: the economic NPV", number(run.value("gain_all")))],
    }


def _returns(shown: View, p: ProjectView) -> list[tuple[str, str]]:
    run = p.run
    against = percent(run.value("discount_economic"))
    wacc = percent(run.value("discount_rate_project_nominal"))
    return [
        ("Economic NPV (ENPV)", f"{number(run.value('enpv'))} {label(shown.currency)}"),
        ("Economic IRR (EIRR) against the economic discount rate, real",
         say("rate_against", rate=rate_of_return(run.irr("eirr")), hurdle=against)),
        ("Economic benefit-cost ratio", number(run.value("economic_bcr"), 2)),
        ("Financial IRR (FIRR) of the project, after tax, against its WACC, nominal",
         say("rate_against", rate=rate_of_return(run.irr("project_irr")), hurdle=wacc)),
    ]  # fmt: skip
