"""Leasing: a lessor buys the plant and keeps it running, the user pays a rent for its service.

The rent pays back the price less what the plant is worth at the end (residual) at the lessor's
rate; a service charge pays for upkeep. 100,000 THB over 60 months at 12% without residual: 2,224
THB a month, the annuity of a loan. The user needs no money at first, unless a down payment is
agreed; it counts from the list price, which may lie above the price for cash. In the micro-utility
the user sells power on to neighbours, whose load charge pays about half of the instalment (ADBI
manual, 3.d.4). Grameen Shakti's: list price 100, 10 down, 42 cheques of 2.14 without a charge,
which is an APR of 2.6% against the 96 for cash. Fits users who cannot pay a part at once or
maintain a plant. Next of kin is vendor financing, where the plant is the user's from the start.
"""

from dataclasses import replace

from eicfinance.lending.deal import COMMON, INTERVAL, USER, Deal, Party, Scheme
from eicfinance.model.expr import expr, maximum, minimum
from eicfinance.portfolio.declare import Choice, Figure


def build(deal: Deal) -> None:
    x, m, asset = deal.x, deal.model, deal.asset
    last = m.result("lease_ends", "period", minimum(m.end, deal.periods(x["tenor_months"])),
                    label="The lease ends")  # fmt: skip
    count = last * deal.every / m.per_year  # from closing: in the grace rent is interest alone
    value = m.result("residual_value", deal.currency, x["residual"] * deal.price,
                     label="Price at which the user buys at the end")  # fmt: skip
    worth = value / (1 + x["lease_rate"] / deal.every) ** count
    listed = m.result("list_price", deal.currency, deal.price / (1 - x["cash_discount"]),
                      label="List price")  # fmt: skip
    down = m.result("down_payment_amount", deal.currency, x["down_payment"] * listed,
                    label="Down payment")  # fmt: skip
    paid_back = maximum(0, listed - asset.grants.sum() - worth - down)
    lease = deal.credit("lease", "lessor", USER, paid_back, rate=x["lease_rate"],
                        tenor=x["tenor_months"], grace=x["grace_months"], title="Lease",
                        in_kind=True)  # fmt: skip
    deal.move("lessor", "bought_by_lessor", asset.outlay - asset.grants,
              "Plant bought by the lessor, less grants", price=True)  # fmt: skip
    deal.transfer(USER, "lessor", "down payment", "down_payment_paid", down * deal.lent_share())
    upkeep = asset.upkeep * (m.period <= last)
    deal.move("lessor", "kept_by_lessor", upkeep, "Upkeep by the lessor")
    deal.transfer(USER, "lessor", "service", "service_charge",
                  upkeep * (expr(1) + x["service_margin"]))  # fmt: skip
    deal.transfer(USER, "lessor", "rent", "residual_paid",
                  value * ((m.period >= last) & (m.period <= last)))  # fmt: skip
    if deal.choice("neighbours") == "pay_load_charge":
        deal.transfer("neighbours", USER, "service", "load_charge", x["load_charge_share"]
                      * (lease.principal + lease.interest))  # fmt: skip
    owed = m.stock("lease_owed", deal.currency, lease.balance + value * (m.period < last)
                   / (1 + x["lease_rate"] / deal.every)
                   ** (maximum(0, last - m.period) * deal.every / m.per_year),
                   label="Owed under the lease",
                   note="rent, and the residual's present value")  # fmt: skip
    lost = deal.default(replace(lease, balance=owed), "lessor")
    deal.recovery(lost, "lessor")
    deal.running_cost("lessor", lease)


SCHEME = Scheme(
    name="leasing",
    title="Leasing",
    parties=(Party("lessor", "Lessor", "lender"), Party("neighbours", "Neighbours")),
    choices=(
        INTERVAL,
        Choice("neighbours", ("none", "pay_load_charge"), "none",
               "Micro-utility: neighbours pay the user a load charge"),
    ),
    figures=(
        Figure("lease_rate", "1/year", 0.08, "Interest rate in the rent", 0.04, 0.20, 0, 5,
               source="assumption; Thai ESCO fund's leasing about 4% flat"),
        Figure("tenor_months", "month", 60, "Lease", 24, 84, 1, 600,
               source="assumption; Thai ESCO fund's leasing: 5 years at most"),
        Figure("grace_months", "month", 0, "Rent is interest alone until (from closing)", 0, 24,
               0, 240),
        Figure("cash_discount", "1", 0, "Discount on the list price for cash", 0, 0.10, 0, 0.9),
        Figure("down_payment", "1", 0, "Down payment, share of the list price", 0, 0.25, 0, 0.99,
               source="assumption: none; Grameen Shakti's micro-utility 10%"),
        Figure("residual", "1", 0.05, "Residual value, share of the price", 0, 0.2, 0, 1),
        Figure("service_margin", "1", 0.1, "Lessor's margin on upkeep", 0, 0.3, 0, 5),
        Figure("load_charge_share", "1", 0.5, "Load charge, share of the rent", 0.3, 0.6, 0, 5,
               source="ADBI manual, 3.d.4: generally 50% (Grameen Shakti)"),
        *COMMON,
    ),
    fits="users who cannot pay a part at once, or not maintain a plant themselves",
    build=build,
)  # fmt: skip
