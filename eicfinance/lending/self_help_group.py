"""Self-help group: the lender lends through the group, one instalment in advance as security.

The instalment is kept without interest and given back with the last. USD 325 over two years at 12%:
instalments of 15.30, so 309.70 is at hand for a debt of 325 (Wesco Credit, Kerala; ADBI manual,
3.d.5.4: rate not given). The group vouches for its members. Fits household plants among groups that
already save together. Next of kin is group lending, with weekly instalments and savings by share.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, TERM, USER, Deal, Party, Scheme
from eicfinance.model.expr import where
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x, m = deal.x, deal.model
    loan = deal.loan("mfi", x["rate"])
    each, count = x["rate"] / deal.every, m["loan_instalments"]
    level = each / (1 - 1 / (1 + where(each > 0, each, 1)) ** count)
    instalment = m.result("instalment", deal.currency, loan.amount
                          * where(each > 0, level, 1 / count), label="Instalment")  # fmt: skip
    held = m.result("security", deal.currency, x["security_instalments"] * instalment,
                    label="Security held")  # fmt: skip
    ends = m["loan_tenor_periods"]
    deal.transfer(USER, "mfi", "deposit", "security_paid", held * deal.lent_share())
    deal.transfer("mfi", USER, "deposit", "security_returned",
                  held * ((m.period >= ends) & (m.period <= ends)))  # fmt: skip
    lost = deal.default(loan, "mfi")
    borne = deal.stand_in("group", "mfi", lost, "paid_by_group", share=x["cover_limit"])
    deal.recovery(lost, "mfi", ("group", borne))
    deal.running_cost("mfi", loan)


SCHEME = Scheme(
    name="self_help_group",
    title="Self-help group with a security instalment",
    parties=(Party("mfi", "MFI", "lender"), Party("group", "Self-help group")),
    choices=(INTERVAL,),
    figures=(
        *(figure for figure in TERM if figure.name not in ("rate", "tenor_months")),
        Figure("rate", "1/year", 0.12, "Interest rate", 0.08, 0.24, 0, 5),
        Figure("tenor_months", "month", 24, "Tenor from closing", 12, 48, 1, 600,
               source="Wesco Credit, Kerala: two years (ADBI manual, 3.d.5.4)"),
        Figure("security_instalments", "1", 1, "Instalments paid in advance as security", 0, 3,
               0, 12, source="Wesco Credit, Kerala: one (ADBI manual, 3.d.5.4)"),
        Figure("cover_limit", "1", 0.3, "Of a member's debt, paid by the group at most", 0, 1,
               0, 1),
        *COMMON,
    ),
    fits="household plants among groups that already save together",
    build=build,
)  # fmt: skip
