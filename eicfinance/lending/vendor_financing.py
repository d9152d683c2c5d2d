"""Vendor financing: the seller of the plant sells on credit and collects instalments.

The list price is above the price for cash, so the credit advanced is the cash price less the down
payment, and the mark-up is a cost of the credit. List price 100, cash price 96, 15 down, 6% flat a
year over 36 months: instalments of 2.786, an APR of 11.1% on the list price and of 14.4% against
the cash price. The vendor lives on the trade margin too, and may be refinanced. Fits small plants
where banks are absent; the choice is bound to what the vendor sells (ADBI manual, 3.d.4). Next of
kin is leasing, where the plant stays the lessor's.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, STATE, USER, Deal, Party, Scheme
from eicfinance.portfolio.declare import Choice, Figure


def build(deal: Deal) -> None:
    x, m = deal.x, deal.model
    listed = m.result("list_price", deal.currency, deal.price / (1 - x["cash_discount"]),
                      label="List price")  # fmt: skip
    down = m.result("down_payment_amount", deal.currency, x["down_payment"] * listed,
                    label="Down payment")  # fmt: skip
    credit = deal.credit("credit", "vendor", USER, listed - down, rate=x["credit_rate"],
                         tenor=x["tenor_months"], interest=deal.choice("interest"),
                         title="Vendor's credit")  # fmt: skip
    outlay = deal.asset.outlay
    deal.move("vendor", "bought_by_vendor", outlay, "Plant as paid to its maker and fitter",
              price=True)  # fmt: skip
    deal.costs("vendor", "trade_margin", (x["vendor_cost"] - 1) * outlay,
               "Less the vendor's trade margin", "trade")  # fmt: skip
    deal.transfer(USER, "vendor", "down payment", "price_paid", listed * deal.lent_share(),
                  "List price, of which the credit is advanced")  # fmt: skip
    deal.credit("refinance", STATE, "vendor", x["refinanced_share"] * credit.amount,
                rate=x["refinance_rate"], tenor=x["tenor_months"],
                title="Refinancing")  # fmt: skip
    lost = deal.default(credit, "vendor")
    deal.recovery(lost, "vendor")
    deal.running_cost("vendor", credit)


SCHEME = Scheme(
    name="vendor_financing",
    title="Vendor financing",
    parties=(Party("vendor", "Vendor", "lender"),),
    choices=(
        INTERVAL,
        Choice("interest", ("year", "loan", "reducing"), "year",
               "The credit's rate is flat a year, flat for the whole credit, or on the reducing "
               "balance"),
    ),
    figures=(
        Figure("cash_discount", "1", 0.04, "Discount on the list price for cash", 0, 0.10, 0, 0.9,
               source="Grameen Shakti, financial approach: 4%"),
        Figure("down_payment", "1", 0.15, "Down payment, share of the list price", 0.10, 0.25,
               0, 0.99, source="Grameen Shakti, financial approach: 15%"),
        Figure("credit_rate", "1/year", 0.06, "Interest rate of the credit", 0.04, 0.15, 0, 5,
               source="Grameen Shakti, financial approach: 6% flat"),
        Figure("tenor_months", "month", 36, "Tenor", 12, 60, 1, 600,
               source="Grameen Shakti, financial approach: 36 months"),
        Figure("vendor_cost", "1", 0.85, "Vendor's cost, share of the price for cash", 0.7, 1,
               0, 2),
        Figure("refinanced_share", "1", 0, "Of the credit, refinanced by a public fund", 0, 0.8,
               0, 1, source="assumption: none; IDCOL refinanced partners at 6%"),
        Figure("refinance_rate", "1/year", 0.06, "Interest rate of the refinancing", 0.03, 0.10,
               0, 5, source="IDCOL: 6% (Selling Solar; World Bank OBA note 10)"),
        *COMMON,
    ),
    fits="small plants where banks are absent and a vendor serves a wide area",
    build=build,
)  # fmt: skip
