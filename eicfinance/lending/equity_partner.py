"""Equity partner: an investor pays a share of the price, shares the cash, and is bought out.

The partner gets a share of what the plant leaves until the year of the exit, and then a price
agreed beforehand: what was paid in x (1 + rate)^years. With no share of the cash, a price of
1.12^5 = 1.762 times what was paid in after five years yields 12%. Nothing is due in a bad year.
Fits a plant whose first years could not serve a loan (Thailand's ESCO fund: 10-50% of the equity,
exit after 5-7 years). Next of kin is leasing, where the partner owns all of it.
"""

from eicfinance.lending.deal import CEILING, LOSS, USER, Deal, Party, Scheme
from eicfinance.model.expr import expr, maximum, minimum
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x, m, asset = deal.x, deal.model, deal.asset
    deal.paying(expr(0))
    when = deal.periods(x["exit_years"] * deal.months_per_year)
    ends = m.result("exit_period", "period", minimum(m.end, when),
                    label="The partner is bought out")  # fmt: skip
    wanted = x["partner_share"] * (deal.price - asset.grants.sum())
    paid_in = m.line("paid_in", deal.currency, wanted * deal.lent_share(),
                     label="Paid in by the partner")  # fmt: skip
    left = maximum(0, asset.receipts - asset.upkeep - asset.tax)
    before = m.period <= ends
    deal.transfer("partner", USER, "equity", "equity_paid", paid_in)
    deal.transfer(USER, "partner", "distribution", "cash_shared", x["cash_share"] * left * before)
    price = m.result("buy_back_price", deal.currency,
                     paid_in.sum() * (1 + x["buy_back_rate"]) ** x["exit_years"],
                     label="Price of the buy-back")  # fmt: skip
    deal.transfer(USER, "partner", "distribution", "bought_back",
                  price * (before & (m.period >= ends)))  # fmt: skip
    deal.paid_by = m.rate("shared", "1", before & (m.period > 0), label="The cash is shared")


SCHEME = Scheme(
    name="equity_partner",
    title="Equity partner with buy-back",
    parties=(Party("partner", "Equity partner", "equity"),),
    figures=(
        Figure("partner_share", "1", 0.3, "Share of capital cost less grants that the partner pays",
               0.1, 0.5, 0, 1, source="Thai ESCO fund: 10-50% of the equity"),
        Figure("cash_share", "1", 0.15, "Share of the plant's cash until the exit", 0, 0.5, 0, 1),
        Figure("exit_years", "year", 6, "Exit after", 5, 7, 1, 30,
               source="Thai ESCO fund: 5-7 years"),
        Figure("buy_back_rate", "1/year", 0.05, "Growth of what was paid in to the agreed price",
               0, 0.15, -0.5, 1),
        LOSS[0], CEILING,
    ),
    fits="a plant whose first years could not serve a loan",
    build=build,
    shares_cash=True,
)  # fmt: skip
