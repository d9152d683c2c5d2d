"""What a deal comes to: the same table for every scheme.

For the user the instalment against the saving and the cash at hand, months of negative cash, and
the part of the valley that stays his; for each financier the yield, the margin after cost and loss,
the size at which a loan pays, and the share of the loss; the public's money. `true_cost` writes the
borrower's rates on the contract's own timeline.

Before the effect of finance on tax: the plant is taxed as without it, in every scheme alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eicfinance.lending.deal import STANDS_IN, STATE, USER, Deal, Party, Transfer
from eicfinance.model.expr import Expr, maximum, ratio, total, where
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eicfinance.model.model import Line, Result

ONCE = ("down payment", "deposit")  # paid by the user at the start, no instalments
CREDIT = ("service", "subsidy", "guarantee call", "recovery")  # no part of what credit costs


def outcome(deal: Deal, rates: Mapping[str, Result]) -> None:
    """Writes the parties' flows and all figures. rates: effective annual rates by whose they are;
    of a party whose rate is not among them there is no present value."""
    m, money = deal.model, deal.currency
    agreed: dict[str, Line] = {}
    expected: dict[str, Line] = {}
    nets: list[tuple[Expr, Expr]] = []
    with m.section("Parties"):
        for party in deal.parties:
            nets.append((_net(deal, party.name, "line"), _net(deal, party.name, "expected")))
            own = m.line(f"{party.name}_own", money, _own(deal, party.name),
                         label=Label("{title}: with others than the parties",
                                     party.title))  # fmt: skip
            agreed[party.name] = m.line(f"{party.name}_cash", money, nets[-1][0] + own,
                                        label=Label("{title}: net cash, as agreed",
                                                    party.title))  # fmt: skip
            still = own * m["paying"]
            if party.name == USER:  # keeps the plant, and pays himself for what nobody pays then
                still = _plant(deal) + _spared(deal) * m["paying"]
            expected[party.name] = m.line(f"{party.name}_cash_expected", money,
                                          nets[-1][1] + still,
                                          label=Label("{title}: net cash, expected",
                                                      party.title))  # fmt: skip
    size = total([_size(t) for t in deal.transfers])
    m.check("parties' transfers sum to nil", total([a for a, _ in nets]), size)
    m.check("parties' expected transfers sum to nil", total([e for _, e in nets]), size)
    beside = deal.added(line for lines in deal.own.values() for line in lines)
    for view, cash, costs in (("", agreed, beside), (" expected", expected, beside * m["paying"])):
        m.check(Label("parties'{view} cash is the plant's less their costs", view),
                total(list(cash.values())) - (_plant(deal) - costs),
                size + deal.asset.outlay + deal.asset.receipts)  # fmt: skip
    _user(deal, agreed[USER], rates)
    for party in deal.scheme.parties:
        _financier(deal, party, agreed[party.name], expected[party.name], rates)
    _public(deal, expected[STATE], rates)


def _size(t: Transfer) -> Expr:
    return maximum(t.line, -t.line) + maximum(t.expected, -t.expected)


def _net(deal: Deal, party: str, view: str) -> Expr:
    """Transfers received less paid."""
    got = [getattr(t, view) for t in deal.transfers if t.payee == party]
    paid = [getattr(t, view) for t in deal.transfers if t.payer == party]
    return deal.added(got) - deal.added(paid)


def _own(deal: Deal, party: str) -> Expr:
    """A party's cash with others: the plant's for the user, less what others took over."""
    if party == USER:
        return _plant(deal) + _spared(deal)
    own = -deal.added(_costs(deal, party, ("fixed", "running", "trade")))
    return own - deal.added(line for by, line in deal.moved if by == party)


def _plant(deal: Deal) -> Expr:
    """The plant's cash with others."""
    a = deal.asset
    return a.receipts - a.upkeep + a.salvage - a.tax - a.outlay + a.grants


def _spared(deal: Deal) -> Expr:
    """What others pay for the plant in the user's place."""
    return deal.added(line for _, line in deal.moved)


def _costs(deal: Deal, party: str, groups: tuple[str, ...]) -> list[Line]:
    return [line for group in groups for line in deal.own.get((party, group), ())]


def _user(deal: Deal, cash: Line, rates: Mapping[str, Result]) -> None:
    m, money, a = deal.model, deal.currency, deal.asset
    with m.section("User"):
        assert deal.paid_by is not None
        due = deal.paid_by
        regular = [t for t in deal.transfers
                   if t.payer == USER and t.kind not in (*STANDS_IN, *ONCE)]  # fmt: skip
        back = [t.line for t in deal.transfers if t.payee == USER and t.kind == "service"]
        paid = m.line("user_pays", money,
                      (total([t.line for t in regular]) - deal.added(back)) * due,
                      label="Paid to the others while instalments fall due")  # fmt: skip
        kept = deal.added(line for _, line in deal.moved if line not in deal.spared)
        saved = m.line("user_saves", money, (a.receipts - a.upkeep - a.tax + kept) * due,
                       label="Saved and earned meanwhile")  # fmt: skip
        months = m.result("months_due", "month", due.sum() * deal.months_per_year / m.per_year,
                          label="Months in which instalments fall due")  # fmt: skip
        a_month = maximum(months, deal.months_per_year / m.per_year)
        m.result("instalment_per_month", f"{money}/month", paid.sum() / a_month,
                 label="Paid a month, mean")  # fmt: skip
        m.result("saving_per_month", f"{money}/month", saved.sum() / a_month,
                 label="Saved and earned a month, mean")  # fmt: skip
        m.result("instalment_to_saving", "1", ratio(paid.sum(), maximum(0, saved.sum())),
                 label="Paid, share of what is saved and earned")  # fmt: skip
        after = m.rate("user_after_start", "1", m.period > 0, label="After closing")
        for name, flow, label in (
            ("months_negative", cash, "Months of negative cash, from the plant alone"),
            ("months_negative_with_host", cash + a.host, "Months of negative cash, with host"),
        ):
            short = m.rate(f"{name}_flag", "1", (flow < 0) * after, label=label)
            m.result(name, "month", short.sum() * deal.months_per_year / m.per_year, label=label)
        so_far = m.cumulative("user_cumulative", cash, label="User's cash, accumulated")
        m.result("valley_left", money, maximum(0, -so_far.lowest()),
                 label="User's own money needed: the valley that remains")  # fmt: skip
        _present(deal, USER, "User", cash, rates.get("equity"))


def _present(
    deal: Deal, name: str, title: str, flow: Line, rate: Result | None, what: str = ""
) -> Result | None:
    """Present value of a flow at a party's rate; period 0 is not discounted."""
    if rate is None:
        return None
    m = deal.model
    row = m.line(f"{name}{what}_present", deal.currency,
                 flow / (1 + rate) ** (m.period / m.per_year),
                 label=Label("{title}: present value", title))  # fmt: skip
    return m.result(
        f"{name}{what}_npv", deal.currency, row.sum(), label=Label("{title}: NPV", title)
    )


def _financier(
    deal: Deal, party: Party, agreed: Line, expected: Line, rates: Mapping[str, Result]
) -> None:
    """Yield before cost and loss and after, NPV at the cost of money, break-even size, loss."""
    m, money, name = deal.model, deal.currency, party.name
    with m.section(party.title):
        if not _lends(deal, name):
            _present(deal, name, party.title, expected, rates.get(party.money))
            _loss(deal, party)
            return
        beside = deal.added(_costs(deal, name, ("fixed", "running")))
        gross = m.line(f"{name}_gross", money, agreed + beside,
                       label=Label("{title}: before cost and loss", party.title))  # fmt: skip
        m.result(
            f"{name}_yield", "1", gross.irr(), label=Label("{title}: yield as agreed", party.title)
        )
        after = m.result(f"{name}_yield_expected", "1", expected.irr(),
                         label=Label("{title}: yield after cost and loss, expected",
                                     party.title))  # fmt: skip
        rate = rates.get(party.money)
        npv = _present(deal, name, party.title, expected, rate)
        if rate is not None and npv is not None:
            m.result(f"{name}_margin", "1", ratio(after.or_else(0) - rate, _there(after)),
                     label=Label("{title}: margin over its cost of money, expected",
                                 party.title))  # fmt: skip
            _break_even(deal, party, rate, npv)
        _loss(deal, party)


def _lends(deal: Deal, party: str) -> bool:
    """Whether a party puts money in, of which a yield may be told."""
    given = any(t.payer == party and t.kind in ("disbursement", "equity") for t in deal.transfers)
    return given or any(by == party and line in deal.spared for by, line in deal.moved)


def _break_even(deal: Deal, party: Party, rate: Result, npv: Result) -> None:
    """The loan's size from which it pays: size x fixed cost / (NPV + fixed cost), blank where no
    size does."""
    m, money = deal.model, deal.currency
    cost = m.line(f"{party.name}_fixed", money,
                  deal.added(_costs(deal, party.name, ("fixed",))) * m["paying"],
                  label=Label("{title}: cost that does not grow with the loan",
                              party.title))  # fmt: skip
    fixed = _present(
        deal, party.name, Label("{title}: fixed cost", party.title), cost, rate, "_fixed"
    )
    assert fixed is not None
    size = m.result(f"{party.name}_size", money, put_in(deal), label="Size of the deal")
    earns = npv + fixed
    m.result(f"{party.name}_break_even_size", money, ratio(size * fixed, maximum(0, earns)),
             label=Label("{title}: size from which the deal pays", party.title))  # fmt: skip


def put_in(deal: Deal) -> Expr:
    """What the user has of the others' money."""
    given = [t.line.sum() for t in deal.transfers
             if t.payee == USER and t.kind in ("disbursement", "equity")]  # fmt: skip
    return total(given) if given else deal.added(line.sum() for line in deal.spared)


def _loss(deal: Deal, party: Party) -> None:
    """The loss borne; none is told where nothing is owed that could be lost, as to a partner."""
    if not deal.lost:
        return
    m, money, name = deal.model, deal.currency, party.name
    lost = deal.added(line.sum() for line in deal.lost.get(name, ()))
    got = [t.expected.sum() for t in deal.transfers if t.payee == name and t.kind in STANDS_IN]
    paid = [t.expected.sum() for t in deal.transfers if t.payer == name and t.kind in STANDS_IN]
    m.result(f"{name}_loss", money, lost + deal.added(paid) - deal.added(got),
             label=Label("{title}: loss borne, expected", party.title))  # fmt: skip


def _public(deal: Deal, expected: Line, rates: Mapping[str, Result]) -> None:
    """What the public gives, in present value at its own rate: grants, and the schemes' part."""
    m, a = deal.model, deal.asset
    with m.section("Government"):
        given = m.line("public_money_flow", deal.currency, a.grants - expected,
                       label="Grants, and the government's part, expected")  # fmt: skip
        _present(deal, "public_money", "Public money", given, rates.get("public"))
        if not deal.lost:
            return
        all_lost = [line.sum() for lines in deal.lost.values() for line in lines]
        m.result("loss", deal.currency, deal.added(all_lost),
                 label="Owed by those who stop paying, expected, in all")  # fmt: skip


def true_cost(deal: Deal, ceiling: Expr | None) -> None:
    """The borrower's rates, on the contract's timeline, where all is lent in period 0.

    The credit's flow is what the user has under the scheme less what he would have had he bought
    for cash. EIR: its internal rate of return, (1 + i)^n - 1; APR: n x i, n instalments a year.
    Reducing-balance nominal rate: the same of principal and interest alone. Equivalent flat rate:
    of a loan in equal instalments to the same end that has this APR, as in finance/true_cost.py.
    Advanced is what comes while the price is invoiced: a deposit that is given back at the end is
    none. Services, and who stands in for whom, are no credit.
    """
    m, money = deal.model, deal.currency
    with m.section("True cost of the credit"):
        credit = [t for t in deal.transfers if t.kind not in CREDIT]
        got = [t.line for t in credit if t.payee == USER]
        paid = [t.line for t in credit if t.payer == USER]
        flow = m.line("credit_flow", money,
                      deal.added([*deal.spared, *got]) - deal.added(paid),
                      label="Credit: got less paid")  # fmt: skip
        eir = m.result("eir", "1/year", flow.irr(),
                       label="Effective interest rate (EIR), compounded")  # fmt: skip
        apr = m.result("apr", "1/year", _nominal(deal, eir), label="Annual percentage rate (APR)")
        advanced = m.line("credit_advanced", money, maximum(0, flow) * (deal.lent_share() > 0),
                          label="Advanced")  # fmt: skip
        cost = m.result("total_cost", money, -flow.sum(), label="Total cost of the credit")
        m.result("cost_share", "1", ratio(cost, advanced.sum()),
                 label="Total cost, share of what is advanced")  # fmt: skip
        regular = [t for t in credit if t.kind in ("disbursement", "principal", "interest", "rent")]
        plain = m.line("credit_plain", money,
                       deal.added(t.line for t in regular if t.payee == USER)
                       - deal.added(t.line for t in regular if t.payer == USER),
                       label="Loan and instalments alone")  # fmt: skip
        if any(t.kind == "disbursement" and t.payee == USER for t in credit):
            alone = m.result("plain_eir", "1/year", plain.irr(),
                             label="Loan and instalments alone: effective rate")  # fmt: skip
            m.result("reducing_rate", "1/year", _nominal(deal, alone),
                     label="Reducing-balance nominal rate")  # fmt: skip
        _equivalent_flat(deal, eir)
        if ceiling is not None:
            m.result("over_ceiling", "1", apr.or_else(0) > ceiling, label="Above the legal ceiling",
                     note="1 where it is; APR")  # fmt: skip


def _equivalent_flat(deal: Deal, eir: Result) -> None:
    """(n i / (1 - (1 + i)^-n) - 1) / n a period, i the EIR's rate of a period, n the periods to the
    last instalment, grace included."""
    m = deal.model
    assert deal.paid_by is not None
    when = m.rate("instalment_period", "period", deal.paid_by * m.period,
                  label="Period, where an instalment falls due")  # fmt: skip
    n = m.result("credit_periods", "period", when.highest(), label="Periods to the last instalment")
    once = (1 + eir.or_else(0)) ** (1 / m.per_year) - 1
    nil = (once <= 0) & (once >= 0)
    grown = 1 - (1 + where(nil, 1, once)) ** (-n)
    flat = where(nil, 0, (once * n / grown - 1) / n)
    m.result("flat_rate", "1/year", ratio(flat * m.per_year, _there(eir)),
             label="Equivalent flat rate a year",
             note="of equal instalments to the same end with this APR")  # fmt: skip


def _nominal(deal: Deal, eir: Result) -> Expr:
    """The nominal rate of n instalments a year; blank as the effective one."""
    m = deal.model
    return ratio(m.per_year * ((1 + eir.or_else(0)) ** (1 / m.per_year) - 1), _there(eir))


def _there(rate: Result) -> Expr:
    """1 where a rate is not blank."""
    return rate.or_else(0) >= rate.or_else(1)
