"""Income tax under three regimes, assessed by project year and paid as it accrues.

What falls due in a period is the tax on the year's income so far less what the year has paid
already (provisional payments): the year's sum is the tax on the year's income, as in an annual
model, without a lump at its end.

company, losses absorbed: tax = rate x income of the year; a loss lowers the host's other tax at
    once.
company, losses refunded: the state pays out the rate on a year's loss, in the last period of the
    year. In an annual model the same as absorbed (SAM, REopt, ProFAST).
company, losses carried forward: a loss may be set against profits of the following N years, the
    oldest first; what is then left has expired. With C losses made so far and D losses used or
    expired so far, available = C(before the year) - max(D, C(N years before)).
presumptive: a share of sales in the period in which buyers pay; no depreciation, bills avoided do
    not count.
none: no tax.

Income of the year = EBITDA - replacements + interest on reserves + salvage - depreciation -
interest. Replacements are deducted when paid.

Tax holiday (of a company): income of the first years of operation is exempt, until the tax
exempted reaches the cap, where there is one. Depreciation runs on. What the whole holiday leaves as
a loss counts as a loss of its last period, so that it may be carried forward from then on. (Thai
Investment Promotion Act s. 31: up to 8 years, losses for 5 years after the end; the cap is the
investment without land and working capital. That exempt profits take up exempt losses first is the
cautious reading.)

Depreciation of the basis, by year of operation k of n years:
    straight line: 1 / n a year
    declining: the larger of (factor / n) x what is left and what is left / (n - k + 1). Factor 2
        over 5 years: 40%, 24%, 14.4%, 10.8%, 10.8%.
    custom: as listed. MACRS, 5-year property, half-year convention: 20%, 32%, 19.2%, 11.52%,
        11.52%, 5.76% (IRS Publication 946, table A-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eicfinance.model.expr import Expr, ceiling, floor, maximum, minimum, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line


@dataclass(frozen=True, slots=True)
class Rules:
    """How the borrower is taxed. holiday_years, holiday_cap (share of capital cost): of a tax
    holiday, None without."""

    regime: str
    losses: str
    holiday_years: Input | None = None
    holiday_cap: Input | None = None

    @property
    def proportional(self) -> bool:
        """Whether one more baht of income bears the same tax in every period, profit or loss."""
        return self.regime != "company" or (
            self.losses == "absorbed" and self.holiday_years is None
        )


def depreciation(
    v: Venture, x: Mapping[str, Input], method: str, shares: Sequence[float], grants: Expr
) -> Line:
    """What is written off of capital cost less grants, from the first period of operation.

    shares: by year of operation, where the method is custom. grants: those that reduce the basis.
    What is left at the end of the plant's life is written off there (salvage is taxed in full).
    """
    plant, m = v.plant, v.plant.model
    with m.section("Depreciation"):
        basis = m.result("depreciable_basis", plant.currency, maximum(0, v.capital_cost - grants))
        over = (plant.since > 0) & maximum(plant.since + 1 > plant.life, m.last)
        written = m.stock("written_off_share", "1", label="Share of the basis written off")
        match method:
            case "declining":
                by_age = written.previous + _declining(v, x, written)
            case "custom":
                by_age = _custom(v, shares)
            case _:
                by_age = maximum(0, plant.since) / (x["depreciation_years"] * m.per_year)
        written.set(maximum(minimum(1, by_age), over))
        return m.line("depreciation", plant.currency, basis * (written - written.previous))


def _declining(v: Venture, x: Mapping[str, Input], written: Line) -> Expr:
    """The period's part of a year: the factor's rate on what was left when the year began, or what
    was left evenly over the years that remain."""
    plant, m, years = v.plant, v.plant.model, x["depreciation_years"]
    age = plant.operating_year
    before = m.stock("written_off_before", "1", label="Share written off before the year")
    before.set(where(age > age.previous, written.previous, before.previous))
    left = 1 - before
    remaining = maximum(1 / m.per_year, years - age + 1)
    a_year = maximum(left * x["declining_factor"] / years, left / remaining)
    return (age > 0) * a_year / m.per_year


def _custom(v: Venture, shares: Sequence[float]) -> Expr:
    """The shares that are listed for the years of operation so far, in equal parts by period."""
    plant, m, ppy = v.plant, v.plant.model, v.plant.model.periods_per_year
    parts = [0.0] + [share / ppy for share in shares for _ in range(ppy)]
    parts = (parts + [0.0] * m.periods)[: m.periods + 1]
    listed = m.vector("depreciation_shares", parts, "1", source="the portfolio",
                      label="Depreciation by period of operation")  # fmt: skip
    table = m.line("depreciation_listed", "1", listed, label="Depreciation by period of operation")
    return m.cumulative("depreciation_listed_so_far", table).lag(plant.commissioning)


def income_tax(
    v: Venture, name: str, title: str, depreciation: Line, interest: Line | None, rules: Rules
) -> Line:
    """The tax paid in each period. name: prefix, as this is written twice:
    without interest for the project's flow, with it for the owner's."""
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    said = "Income tax without interest" if interest is None else "Income tax"
    with m.section(title, prefix=name):
        if rules.regime == "none":
            return m.line("tax", money, 0, label=said, note="not taxed")
        if rules.regime == "presumptive":
            due = v.collected * plant.economy["presumptive_tax_rate"]
            return m.line("tax", money, due, label=said, note="share of sales collected")
        income: Expr = v.ebitda - v.replacements + v.salvage - depreciation
        if v.reserve_interest is not None:
            income = income + v.reserve_interest
        if interest is not None:
            income = income - interest
        taxable = m.line("income", money, income, label="Income before tax")
        if rules.holiday_years is not None:
            taxable = _after_holiday(v, taxable, rules.holiday_years, rules.holiday_cap)
        rate = plant.economy["income_tax_rate"]
        if rules.losses == "absorbed":
            return m.line(
                "tax", money, taxable * rate, label=Label("{said} (relief negative)", said)
            )
        opens = (m.period - (m.year - 1) * m.per_year <= 1) & (m.year > 1)
        starts = m.rate("year_starts", "1", opens, label="A later project year starts")
        year = m.stock("income_of_year", money, label="Income of the year so far")
        year.set(year.previous * (1 - starts) + taxable)
        if rules.losses == "refunded":
            base: Expr = where(m.year_end, year, maximum(0, year))
        else:
            base = _after_losses(v, year)
        due = m.stock("tax_of_year", money, base * rate, label="Tax on the year so far")
        return m.line("tax", money, due - due.previous * (1 - starts), label=said)


def _after_holiday(v: Venture, income: Line, years: Input, cap: Input | None) -> Line:
    """Income less what is exempt. The loss that the holiday leaves counts in its last period."""
    plant, m, money = v.plant, v.plant.model, v.plant.currency
    length = m.result("holiday_periods", "period", ceiling(years * m.per_year),
                      label="Tax holiday, in whole periods")  # fmt: skip
    free = m.rate("in_holiday", "1", (plant.since > 0) & (plant.since <= length),
                  label="In the years of the tax holiday")  # fmt: skip
    so_far = m.stock("exempt_so_far", money, label="Income exempt so far")
    part: Expr = free * income
    if cap is not None:
        rate = plant.economy["income_tax_rate"]
        most = m.result("exempt_most", money, cap * v.capital_cost / where(rate > 0, rate, 1),
                        label="Income on which the tax is the cap")  # fmt: skip
        part = free * (so_far.previous < most) * minimum(income, most - so_far.previous)
    exempt = m.line("exempt", money, part, label="Income exempt")
    so_far.set(so_far.previous + exempt)
    ends = (plant.since >= length) & (plant.since <= length)
    lost = m.line("holiday_loss", money, ends * maximum(0, -so_far),
                  label="Loss of the whole holiday")  # fmt: skip
    return m.line("income_taxed", money, income - exempt - lost, label="Income that is taxed")


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
