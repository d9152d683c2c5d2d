"""The size of a loan that its project's cash decides: the least of what three limits allow.

    share of cost:  share x (capital cost - grants)
    target DSCR:    loan x DSCR / target, the DSCR being its minimum or its mean
    target LLCR:    loan x LLCR at commissioning / target (where a target is given)

DSCR and LLCR depend on the loan, through tax and through other loans: the engine finds the size at
which this holds, and a check says that it still does. The limit that binds is named: of two that
allow the same the share comes before the DSCR, and that before the LLCR.

CFADS of 200,000 a year, 6% by month over 8 years: a DSCR of 1.3 allows 975,580 THB, an LLCR of 1.5
845,502 THB, 80% of a cost of 1,000,000 THB 800,000 THB: the share binds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eicfinance.model.expr import Expr, expr, maximum, minimum, ratio
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eicfinance.finance.loan import Terms
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Result
    from eicfinance.model.numeric import Run

BOUNDS: Final = {"share": "share of cost", "dscr": "target DSCR", "llcr": "target LLCR"}


def size(v: Venture, agreed: Sequence[Terms], grants: Expr) -> None:
    """States the sizes of the loans that are found. To be written after DSCR and LLCR."""
    m, money = v.plant.model, v.plant.currency
    base = maximum(0, v.capital_cost - grants)
    for terms in agreed:
        if terms.found is None:
            continue
        x = terms.figures
        reached: Expr = m["dscr_min" if terms.choices["sized_on"] == "minimum" else "dscr_average"]
        with m.section(terms.title, prefix=terms.name):
            if terms.choices["repayment"] == "sculpted":  # what the loan alone would have
                reached = ratio(expr(1), m[f"{terms.name}.service_share_needed"])
            at_most = m.result("size_by_share", money, x["share"] * base,
                               label="Size that the share of cost allows")  # fmt: skip
            lent = minimum(terms.found, at_most)

            def able(name: str, cover: Expr, lent: Expr = lent, x: object = x) -> Result:
                target = x[f"target_{name}"]  # type: ignore[index]
                return m.result(f"size_by_{name}", money,
                                maximum(0, lent * cover.or_else(0) / target),
                                label=Label("Size that the target {name} allows",
                                            name.upper()))  # fmt: skip

            by_dscr = able("dscr", reached)
            found, binds = minimum(by_dscr, at_most), at_most > by_dscr
            if "target_llcr" in x:
                by_llcr = able("llcr", m["llcr"])
                found, binds = minimum(found, by_llcr), binds & (by_llcr >= by_dscr)
                least = (at_most > by_llcr) & (by_dscr > by_llcr)
                m.result("bound_by_llcr", "1", least, label="The LLCR binds")
            m.result("bound_by_dscr", "1", binds, label="The DSCR binds")
            m.solve(terms.found, m.result("size_needed", money, found, label="The least of these"))


def binding(run: Run, name: str) -> str:
    """Which of BOUNDS decides the size of the loan of that name."""
    flags = {which: f"{name}.bound_by_{which}" for which in ("dscr", "llcr")}
    bound = [which for which, flag in flags.items() if flag in run.model and run.value(flag)]
    return bound[0] if bound else "share"
