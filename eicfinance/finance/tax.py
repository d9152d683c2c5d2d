"""Income tax under three regimes, assessed by project year and paid as it accrues.

What falls due in a period is the tax on the year's income so far less what the year has paid
already (provisional payments): the year's sum is the tax on the year's income, as in an annual
model, without a lump at its end.

company, losses absorbed: tax = rate x income of the year; a loss lowers the host's other tax at
    once (SAM's refund convention gives the same figures).
company, losses carried forward: a loss may be set against profits of the following N years, the
    oldest first; what is then left has expired. With C losses made so far and D losses used or
    expired so far, available = C(before the year) - max(D, C(N years before)).
presumptive: a share of sales in the period in which buyers pay; no depreciation, bills avoided do
    not count.
none: no tax.

Income of the year = EBITDA - replacements + salvage - depreciation - interest. Replacements are
deducted when paid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, floor, maximum, minimum, where

if TYPE_CHECKING:
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line


def depreciation(v: Venture, years: Input, grants: Expr) -> Line:
    """Straight line on capital cost less grants, from the first period of operation.

    What is left at the end of the plant's life is written off there (salvage is taxed in full).
    """
    plant, m = v.plant, v.plant.model
    with m.section("Depreciation"):
        basis = m.result("depreciable_basis", plant.currency, maximum(0, v.capital_cost - grants))
        by_age = minimum(1, maximum(0, plant.since) / (years * m.per_year))
        over = (plant.since > 0) & maximum(plant.since + 1 > plant.life, m.last)
        written = m.stock("written_off_share", "1", maximum(by_age, over),
                          label="Share of the basis written off")  # fmt: skip
        return m.line("depreciation", plant.currency, basis * (written - written.previous))


def income_tax(
    v: Venture, name: str, title: str, depreciation: Line, interest: Line | None, regime: str,
    losses: str,
) -> Line:  # fmt: skip
    """The tax paid in each period. name: prefix, as this is written twice:
    without interest for the project's flow, with it for the owner's."""
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    said = "Income tax without interest" if interest is None else "Income tax"
    with m.section(title, prefix=name):
        if regime == "none":
            return m.line("tax", money, 0, label=said, note="not taxed")
        if regime == "presumptive":
            due = v.collected * plant.economy["presumptive_tax_rate"]
            return m.line("tax", money, due, label=said, note="share of sales collected")
        income: Expr = v.ebitda - v.replacements + v.salvage - depreciation
        if interest is not None:
            income = income - interest
        taxable = m.line("income", money, income, label="Income before tax")
        rate = plant.economy["income_tax_rate"]
        if losses == "absorbed":
            return m.line("tax", money, taxable * rate, label=f"{said} (relief negative)")
        opens = (m.period - (m.year - 1) * m.per_year <= 1) & (m.year > 1)
        starts = m.rate("year_starts", "1", opens, label="A later project year starts")
        year = m.stock("income_of_year", money, label="Income of the year so far")
        year.set(year.previous * (1 - starts) + taxable)
        due = m.stock("tax_of_year", money, _after_losses(v, year) * rate,
                      label="Tax on the year so far")  # fmt: skip
        return m.line("tax", money, due - due.previous * (1 - starts), label=said)


def _after_losses(v: Venture, year: Line) -> Line:
    """The year's income so far, less losses of earlier years, the oldest first."""
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    made = m.line("loss", money, m.year_end * maximum(0, -year), label="Loss of the year")
    all_made = m.cumulative("losses_made", made, label="Losses of all years")
    kept = m.result("loss_periods", "period", floor(plant.economy["loss_years"]) * m.per_year,
                    label="Losses are carried forward for", note="whole years")  # fmt: skip
    gone = m.stock("losses_gone", money, label="Losses used or expired")
    # a loss of year y may be used in y+1 .. y+N; one period more than N years before any period of
    # year t stands what was lost by the end of year t-N-1: that has expired
    before = maximum(gone.previous, all_made.lag(kept + 1))
    left = m.stock("losses_available", money, all_made.previous - before)
    used = m.stock("losses_used", money, minimum(maximum(0, year), left),
                   label="Losses used in the year so far")  # fmt: skip
    gone.set(where(m.year_end, before + used, gone.previous))
    return m.stock(
        "taxable", money, maximum(0, year) - used, label="Taxed income of the year so far"
    )
