"""Who pays whom: a lending scheme as parties and transfers between them.

A scheme's `build` gets a `Deal` and writes transfers: lines with a payer, a payee and a kind. Each
has both ends, so the parties' net flows sum to nil in every period. What parties pay to and get
from others (the plant's supplier and customers, staff) are their own flows beside.

Two views stand side by side. As agreed: everybody pays. As expected: of equal borrowers a share
stops paying each year,

    still paying = (1 - default rate) ^ years since the first instalment could fall due,

every payment is multiplied by it, and what those who stop still owe is lost, but for what is
recovered and for those who stand in (`Deal.default`). So it shows who bears the loss.

A deal is written twice, by the same code: on the project's timeline, where it meets the plant's
cash, and on the contract's own (its instalments as periods, all lent at once), where the borrower's
rates are read off: a weekly loan's rates come from weeks, and its instalments are summed by month.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eicfinance.model.expr import (
    Expr,
    ceiling,
    expr,
    floor,
    maximum,
    minimum,
    ratio,
    total,
    where,
)
from eicfinance.model.label import Label
from eicfinance.portfolio.declare import Choice, Declaration, Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from eicfinance.model.model import Input, Line, Model, Result

USER = "user"
STATE = "government"
KINDS = (
    "disbursement", "principal", "interest", "fee", "down payment", "deposit", "rent", "service",
    "subsidy", "equity", "distribution", "guarantee call", "recovery",
)  # fmt: skip
STANDS_IN = ("guarantee call", "recovery")  # what makes good a loss
LOSS = (
    Figure("default_rate", "1/year", 0.02, "Borrowers who stop paying, share per year",
           0, 0.10, 0, 0.99, source="assumption; sustainable MFIs keep PAR30 at or under 2%"),
    Figure("recovery", "1", 0.4, "Recovered of what they owe", 0, 0.8, 0, 1),
    Figure("recovery_months", "month", 12, "Recovered after", 3, 24, 0, 120),
)  # fmt: skip
CEILING = Figure("rate_ceiling", "1/year", None, "Legal ceiling on the APR", 0, 5,
                 optional=True)  # fmt: skip
INTERVALS = {"weekly": 52, "monthly": 12, "quarterly": 4, "half_yearly": 2, "yearly": 1}
INTERVAL = Choice("instalments_fall", tuple(INTERVALS), "monthly", "Instalments fall due")
COST = (
    Figure("cost_per_loan", "THB", 0, "Cost of making a loan"),
    Figure("cost_per_month", "THB/month", 0, "Cost of a loan a month while it is repaid"),
)  # fmt: skip
TERM = (
    Figure("share", "1", 0.7, "Loan, share of capital cost less grants", 0.3, 0.9, 0, 1),
    Figure("rate", "1/year", 0.0662, "Interest rate", 0.01, 0.30, 0, 5,
           source="KBank's MLR of December 2025"),
    Figure("tenor_months", "month", 84, "Tenor from closing, grace included", 12, 120, 1, 600),
    Figure("grace_months", "month", 0, "Grace on principal from closing; interest is paid",
           0, 24, 0, 240),
    Figure("upfront_fee", "1", 0, "Upfront fee, share of the loan", 0, 0.02, 0, 0.99,
           source="assumption: none; Bangkok Bank Bualuang Green has 0.5%"),
)  # fmt: skip
COMMON = (*LOSS, *COST, CEILING)


@dataclass(frozen=True, slots=True)
class Party:
    """Who takes part. money: whose discount rate is its cost of money (of DISCOUNTS), if any."""

    name: str
    title: str
    money: str = ""


@dataclass(frozen=True, slots=True)
class Scheme(Declaration):
    """A lending scheme. build: writes its transfers into a deal. fits: when it does, in words.

    Its duration is one of the figures tenor_months (from closing), instalments (their number) and
    exit_years. shares_cash: what is paid depends on the plant's cash, so that the rates are read
    off the project's timeline.
    """

    parties: tuple[Party, ...] = ()
    build: Callable[[Deal], None] = lambda deal: None
    fits: str = ""
    shares_cash: bool = False


def per_year(choices: Mapping[str, str]) -> int:
    """Instalments a year under these choices."""
    return INTERVALS[choices.get(INTERVAL.name, INTERVAL.default)]


def instalments(values: Mapping[str, float], a_year: int) -> int:
    """Periods of the contract's own timeline, one an instalment, grace included."""
    if "instalments" in values:
        return int(values["instalments"])
    years = values["tenor_months"] / 12 if "tenor_months" in values else values["exit_years"]
    return max(1, -int(-(years * a_year - 1e-9) // 1))


@dataclass(frozen=True, slots=True)
class Asset:
    """What is financed, as lines on the deal's timeline: the price as invoiced, and the cash of the
    plant. host: what the owner's existing business leaves in a period after its debts."""

    price: Line
    outlay: Line  # the price as it is paid, with VAT less refunds
    receipts: Line
    upkeep: Line  # operating cost, rise in stores, replacements
    salvage: Line
    tax: Line
    grants: Line
    host: Expr


@dataclass(frozen=True, slots=True)
class Transfer:
    """line: as agreed; expected: of equal borrowers of whom some stop paying."""

    payer: str
    payee: str
    kind: str
    line: Line
    expected: Line


@dataclass(frozen=True, slots=True)
class Credit:
    """The lines of what is lent and repaid, as agreed. due: 1 while instalments fall due."""

    amount: Result
    drawdown: Line
    interest: Line
    principal: Line
    balance: Line
    due: Line


@dataclass(eq=False)
class Deal:
    """A deal being written: the project's asset, a scheme's figures, and what it has so far.

    own: what a party pays to others for its part, by party and group (`costs`). lost: what
    borrowers who stop paying owe, by the party that lent it. moved: what another party pays for the
    plant in the user's place; spared: of it, the price.
    """

    scheme: Scheme
    model: Model
    x: Mapping[str, Input]
    choices: Mapping[str, str]
    asset: Asset
    currency: str
    months_per_year: Input
    every: Input  # instalments a year
    transfers: list[Transfer] = field(default_factory=list)
    own: dict[tuple[str, str], list[Line]] = field(default_factory=dict)
    lost: dict[str, list[Line]] = field(default_factory=dict)
    moved: list[tuple[str, Line]] = field(default_factory=list)
    spared: list[Line] = field(default_factory=list)
    paid_by: Line | None = None  # 1 while the user's regular payments fall due
    _paying: Line | None = None

    def choice(self, name: str) -> str:
        return self.choices[name]

    # -- the loan's clock -----------------------------------------------------------------------

    @property
    def price(self) -> Expr:
        """What the plant costs in all."""
        return self.asset.price.sum()

    @property
    def parties(self) -> tuple[Party, ...]:
        """The user, those of the scheme, and the state."""
        return (Party(USER, "User", "equity"), *self.scheme.parties,
                Party(STATE, "Government", "public"))  # fmt: skip

    def added(self, parts: Iterable[Expr]) -> Expr:
        """The sum of amounts of money, of which there may be none."""
        listed = list(parts)
        return total(listed) if listed else 0 * self.price

    def periods(self, months: Expr) -> Expr:
        """Months as whole periods, rounded up."""
        return ceiling(months / self.months_per_year * self.model.per_year)

    def lent_share(self) -> Line:
        """The share of the price invoiced in a period: when a loan for it is drawn."""
        m = self.model
        if "drawn_share" in m.lines:
            return m.lines["drawn_share"]
        return m.line("drawn_share", "1", ratio(self.asset.price, self.price).or_else(0),
                      label="Share of the price invoiced")  # fmt: skip

    def paying(self, first: Expr) -> Line:
        """The share of borrowers who still pay; first: the last period before instalments."""
        if self._paying is None:
            m = self.model
            left = (1 - self.x["default_rate"]) ** (maximum(0, m.period - first) / m.per_year)
            self._paying = m.rate("paying", "1", left, label="Borrowers who still pay")
        return self._paying

    # -- transfers ------------------------------------------------------------------------------

    def transfer(
        self, payer: str, payee: str, kind: str, name: str, amount: Expr, label: str = "",
        when_lost: Expr | None = None, sure: bool = False,
    ) -> Line:  # fmt: skip
        """A payment. when_lost: given for what is paid only because borrowers stopped paying: the
        amount then is nil as agreed. sure: paid whether or not borrowers pay."""
        m, text = self.model, label or name.replace("_", " ").capitalize()
        assert kind in KINDS, kind
        line = m.line(
            name,
            self.currency,
            amount,
            label=text,
            note=Label("{payer} to {payee}: {kind}", payer, payee, kind),
        )
        assert self._paying is not None, "say first who pays how long (paying)"
        still = line if sure else line * self._paying
        expected = m.line(f"{name}_expected", self.currency,
                          still if when_lost is None else when_lost,
                          label=Label("{text}, expected", text))  # fmt: skip
        self.transfers.append(Transfer(payer, payee, kind, line, expected))
        return line

    def move(self, party: str, name: str, amount: Expr, label: str, price: bool = False) -> None:
        """What a party pays for the plant in the user's place; price: it buys it."""
        line = self.model.line(
            name, self.currency, amount, label=label, note=Label("by the {party}", party)
        )
        self.moved.append((party, line))
        if price:
            self.spared.append(line)

    def costs(self, party: str, name: str, amount: Expr, label: str, group: str) -> None:
        """What a party pays others for its part. group: "fixed" does not grow with the loan,
        "running" does; "trade" is no cost of lending (nor of its yield)."""
        line = self.model.line(
            name, self.currency, amount, label=label, note=Label("{party} to others", party)
        )
        self.own.setdefault((party, group), []).append(line)

    def loan(self, lender: str, rate: Expr) -> Credit:
        """A loan to the user on the terms of TERM; its upfront fee is kept back as it is drawn."""
        x = self.x
        wanted = x["share"] * (self.price - self.asset.grants.sum())
        made = self.credit("loan", lender, USER, wanted, rate=rate, tenor=x["tenor_months"],
                           grace=x["grace_months"])  # fmt: skip
        self.transfer(USER, lender, "fee", "upfront_fee_paid",
                      x["upfront_fee"] * made.drawdown, "Upfront fee, as it is drawn")  # fmt: skip
        return made

    def credit(
        self, name: str, lender: str, borrower: str, amount: Expr, *, rate: Expr,
        tenor: Expr | None = None, grace: Expr | None = None, count: Expr | None = None,
        interest: str = "reducing", title: str = "Loan", in_kind: bool = False,
    ) -> Credit:  # fmt: skip
        """Money lent as the price is invoiced, repaid in equal instalments from the end of grace
        to the end of tenor (both in months from closing). In the grace interest is paid.

        rate: a year, on the reducing balance, or on the amount lent (interest: "year"; "loan":
        for the whole loan). count: number of instalments, instead of a tenor. Of several in a
        period the sum is due, each with interest to its day. in_kind: the lender buys the plant
        and lets it: no money is lent, and both parts are rent.

            reducing: share of the balance due = ((1 + i)^c - 1) / ((1 + i)^k - 1)
            flat:     c / k, and interest on the amount lent evenly

        c instalments fall in the period, k were left before it, i is the rate an instalment.
        """
        m, money = self.model, self.currency
        every = self.every
        with m.section(Label("{title}: {lender} to {borrower}", title, lender, borrower)):
            lent = m.result(f"{name}_amount", money, amount, label=title)
            free = expr(0) if grace is None else self.periods(grace)
            first = m.result(f"{name}_grace_periods", "period", minimum(m.end - 1, free),
                             label="Grace, periods", note="leaves a period at least")  # fmt: skip
            ends: Expr = m.end
            if count is not None:
                ends = first + ceiling(count * m.per_year / every)
            elif tenor is not None:
                ends = self.periods(tenor)
            last = m.result(f"{name}_tenor_periods", "period",
                            maximum(first + 1, minimum(m.end, ends)))  # fmt: skip
            number = floor((last - first) * every / m.per_year) if count is None else count
            n = m.result(f"{name}_instalments", "1", maximum(1, number),
                         label="Number of instalments")  # fmt: skip
            schedule = self._schedule(name, lent, first, last, n, rate, interest, title)
        m.check(Label("{name} is repaid in full", name), schedule.balance * m.last, lent)
        if borrower == USER and self.paid_by is None:
            self.paid_by = schedule.due
        self.paying(first)
        sure = borrower != USER
        with m.section(Label("{title}: who pays whom", title)):
            if not in_kind:
                self.transfer(lender, borrower, "disbursement", f"{name}_lent",
                              schedule.drawdown, title, sure=sure)  # fmt: skip
            for kind, line in (("principal", schedule.principal), ("interest", schedule.interest)):
                self.transfer(borrower, lender, "rent" if in_kind else kind, f"{name}_{kind}_paid",
                              line, Label("{title}: {kind}", title, kind), sure=sure)  # fmt: skip
        return schedule

    def _schedule(
        self, name: str, lent: Result, first: Result, last: Result, n: Result, rate: Expr,
        basis: str, title: str,
    ) -> Credit:  # fmt: skip
        m, money, every = self.model, self.currency, self.every
        due = m.rate(f"{name}_due", "1", (m.period > first) & (m.period <= last),
                     label="Instalments fall due")  # fmt: skip
        so_far = m.stock(f"{name}_instalments_so_far", "1",
                         where(m.period >= last, n, minimum(n, floor(
                             maximum(0, m.period - first) * every / m.per_year))),
                         label="Instalments due so far")  # fmt: skip
        now = so_far - so_far.previous
        left = maximum(1, n - so_far.previous)
        drawdown = m.line(f"{name}_drawdown", money, lent * self.lent_share())
        balance = m.stock(f"{name}_balance", money, label=Label("{title}: balance", title))
        waiting = balance.previous * rate / m.per_year * (1 - due)
        if basis != "reducing":
            whole = rate if basis == "loan" else rate * n / every
            part, waiting = now / left, 0 * waiting
            grown = whole * lent * now / n
        else:
            each = rate / every
            some = where(each > 0, each, 1)
            part = ((1 + some) ** now - 1) / ((1 + some) ** left - 1)
            level = balance.previous * some / (1 - 1 / (1 + some) ** left)
            part = where(each > 0, part, now / left)
            grown = where(each > 0, now * level - part * balance.previous, 0)
        share = m.rate(f"{name}_principal_share", "1", where(m.period >= last, 1, part * due),
                       label="Principal due, share of balance",
                       note="what is drawn after the tenor is due at once")  # fmt: skip
        principal = m.line(f"{name}_principal", money, balance.previous * share)
        interest = m.line(f"{name}_interest", money, grown * due + waiting)
        balance.set(balance.previous + drawdown - principal)
        return Credit(lent, drawdown, interest, principal, balance, due)

    def default(self, credit: Credit, lender: str, name: str = "loan") -> Line:
        """What those who stop paying in a period owe to the lender: a loss, until recovered."""
        m, paying = self.model, self.paying(expr(0))
        lost = m.line(f"{name}_lost", self.currency,
                      credit.balance.previous * maximum(0, paying.previous - paying) * credit.due,
                      label="Owed by those who stop paying, expected")  # fmt: skip
        self.lost.setdefault(lender, []).append(lost)
        return lost

    def stand_in(
        self, party: str, lender: str, lost: Line, name: str, *, share: Expr | None = None,
        limit: Expr | None = None,
    ) -> Line:  # fmt: skip
        """A share of the loss, or the first of it up to a limit, that a party pays the lender."""
        m = self.model
        so_far = m.cumulative(f"{name}_lost_so_far", lost, label="Lost so far")
        part: Expr = so_far if share is None else so_far * share
        borne = m.stock(f"{name}_so_far", self.currency,
                        part if limit is None else minimum(part, limit),
                        label=Label("Borne by the {party} so far", party))  # fmt: skip
        paid = m.line(f"{name}_called", self.currency, borne - borne.previous,
                      label=Label("Borne by the {party}, expected", party))  # fmt: skip
        self.transfer(party, lender, "guarantee call", name, expr(0) * paid, when_lost=paid)
        return paid

    def recovery(self, lost: Line, lender: str, *others: tuple[str, Line]) -> None:
        """What is got of a loss after some months, to those who bore it in their shares; what comes
        after the deal's end is not counted."""
        m = self.model
        lag = m.result(f"{lost.text.name}_recovery_periods", "period",
                       self.periods(self.x["recovery_months"]),
                       label="Recovered after, periods")  # fmt: skip
        back = m.line(f"{lost.text.name}_back", self.currency,
                      lost.lag(lag) * self.x["recovery"], label="Recovered, expected")  # fmt: skip
        whole = lost.sum()
        rest: Expr = expr(1)
        for party, borne in others:
            share = m.result(f"{party}_bears", "1", ratio(borne.sum(), whole).or_else(0),
                             label=Label("Share of the loss that the {party} bears first",
                                         party))  # fmt: skip
            self._recover(party, back * share)
            rest = rest - share
        self._recover(lender, back * rest)

    def _recover(self, party: str, amount: Expr) -> None:
        self.transfer(USER, party, "recovery", f"recovered_by_{party}", 0 * amount,
                      Label("Recovered by the {party}", party), when_lost=amount)  # fmt: skip

    @property
    def closing(self) -> Expr:
        """1 in period 0."""
        return 1 - minimum(1, self.model.period)

    def running_cost(self, party: str, credit: Credit) -> None:
        """The cost of making and keeping a loan (figures COST)."""
        a_period = self.months_per_year / self.model.per_year
        once, later = self.x["cost_per_loan"], self.x["cost_per_month"] * a_period
        self.costs(party, f"{party}_loan_cost",
                   (once * self.closing + later * credit.due) * (credit.amount > 0),
                   Label("Cost of the loan to the {party}", party), "fixed")  # fmt: skip
