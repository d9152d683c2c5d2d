"""The economic account: the project as its country sees it, beside the financial flows.

    economic flow = power at the avoided cost of supply + fuel avoided at border price
                    + other sales and savings + tonnes avoided at the shadow price of carbon
                    + externalities + salvage
                    - capital cost - operating cost - rise in stores - replacements

One numeraire. Domestic prices: traded goods x SERF, others x 1. World prices: others x SCF, traded
goods x 1. Labour x its shadow wage rate factor. Duties, VAT, income tax, grants and loans are
transfers and fall out. An item is worth its market value x its conversion factor, the mean of these
factors by its shares:

    capital cost of 630, 300 of it traded, 120 unskilled labour, 30 duty, with SERF 1.05 and SWRF
    0.75: 300 x 1.05 + 120 x 0.75 + 180 = 585, a conversion factor of 0.9286

Flows count when goods and work are used, not when they are paid. Amounts are turned into prices of
closing by the portfolio's inflation and discounted at the economic rate, which is real.

Who gains: what each party receives less what it gives, in domestic prices, and what the numeraire
adds. The parties' gains sum to the economic NPV, which a check holds.

ADB, Guidelines for the Economic Analysis of Projects (1997, 2017).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eicfinance.finance.returns import present_value
from eicfinance.model.expr import Expr, expr, ratio, total
from eicfinance.model.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eicfinance.finance.returns import Flows
    from eicfinance.finance.venture import Venture
    from eicfinance.model.model import Input, Line, Result

PARTIES = {  # in the order in which they are shown
    "owner": "Owner",
    "lender": "Lender, and the bank that holds reserves",
    "government": "Government and donors: taxes, duties, fuel taxes, grants",
    "labour": "Labour: wages above the shadow wage",
    "power": "Power system and its customers: supply avoided, less what they pay or lose",
    "trade": "Suppliers, buyers, contractor: prices, time of payment",
    "climate": "Climate, and buyers of credits",
    "others": "Others: externalities",
    "exchange": "Foreign exchange: what the numeraire adds",
}
TRANSFERS, TIMING = "transfers", "timing"  # of the financial flow, not in the economic one


@dataclass(frozen=True, slots=True)
class Split:
    """How an item is worth. shares: traded, unskilled, skilled, transfers; the rest is non-traded.
    factor: economic price over market price, before the numeraire."""

    name: str
    label: str
    shares: Mapping[str, Expr]
    factor: Expr


@dataclass(frozen=True, slots=True)
class Outside:
    """An externality: worth per year, its rise a year (None: general), its traded share."""

    name: str
    label: str
    amount: Expr
    rise: Expr | None
    traded: Expr


@dataclass(frozen=True, slots=True)
class Account:
    """What a project says for its economic account. own: streams with a split of their own."""

    shadow: Mapping[str, Input]
    wages_in_domestic_prices: bool
    capital: Split
    operating: Split
    own: Mapping[str, Split]
    fuel_factor: Expr | None
    outside: Sequence[Outside]


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the account. market: its financial value; None where it has none."""

    name: str
    label: str
    market: Expr | None
    line: Line
    benefit: bool


@dataclass(frozen=True, slots=True)
class Factors:
    """What a unit of market value is worth, and what of it goes to whom."""

    worth: Result
    labour: Result
    government: Result
    trade: Result
    exchange: Result


@dataclass(eq=False)
class Ledger:
    """The account as it is written. traded, local: factors of the numeraire."""

    v: Venture
    account: Account
    traded: Expr
    local: Expr
    items: list[Item] = field(default_factory=list)
    gains: dict[str, list[Expr]] = field(default_factory=dict)

    def gain(self, party: str, amount: Expr) -> None:
        self.gains.setdefault(party, []).append(amount)

    def add(
        self, name: str, label: str, market: Expr | None, worth: Expr, benefit: bool = True
    ) -> None:
        """Writes an item. worth: its economic value, a magnitude."""
        line = self.v.plant.model.line(f"economic_{name}", self.v.plant.currency, worth,
                                       label=Label("Economic: {label}", label))  # fmt: skip
        self.items.append(Item(name, label, market, line, benefit))

    def factors(self, split: Split) -> Factors:
        """The conversion factor of a split, and what of the market value the parties keep."""
        m, shadow, shares = self.v.plant.model, self.account.shadow, split.shares
        abroad = self.local if self.account.wages_in_domestic_prices else expr(1)
        skilled: Expr = shadow.get("swrf_skilled", expr(1))
        worth_skilled = skilled * abroad if "swrf_skilled" in shadow else self.local
        rest = 1 - total(list(shares.values()))
        worth = (shares["traded"] * self.traded + rest * self.local
                 + shares["unskilled"] * shadow["swrf"] * abroad
                 + shares["skilled"] * worth_skilled)  # fmt: skip
        wages = shares["unskilled"] * (1 - shadow["swrf"]) + shares["skilled"] * (1 - skilled)

        def factor(kind: str, value: Expr, label: str) -> Result:
            return m.result(
                f"{kind}_{split.name}",
                "1",
                value,
                label=Label("{label}: {split}", label, split.label),
            )

        found = factor("conversion_factor", worth * split.factor, "Conversion factor")
        labour = factor("to_labour", wages * split.factor, "Of it above the shadow wage")
        duties = factor("to_government", shares["transfers"] * split.factor, "Of it duties, taxes")
        trade = factor("to_trade", 1 - split.factor, "Of it above the economic price")
        whole = found + labour + duties + trade
        return Factors(found, labour, duties, trade,
                       factor("to_exchange", whole - 1, "Added by the numeraire"))  # fmt: skip

    def valued(
        self, name: str, label: str, market: Expr, by: Factors, benefit: bool = False,
        vat: Expr | None = None,
    ) -> None:  # fmt: skip
        """An item at its market value (less its share of VAT) x its conversion factor."""
        base = market if vat is None else market * (1 - vat)
        self.add(name, label, market, base * by.worth, benefit)
        signed = base if benefit else -base
        self.gain("labour", -signed * by.labour)
        self.gain("government", -signed * by.government)
        self.gain("trade", -signed * by.trade)
        self.gain("exchange", signed * by.exchange)
        if vat is not None:
            self.gain("government", market * vat)


def economic_account(v: Venture, f: Flows, account: Account) -> tuple[Item, ...]:
    """Writes the account, its returns and who gains. Returns its items."""
    m, shadow = v.plant.model, account.shadow
    with m.section("Economic account"):
        book = Ledger(v, account, shadow.get("serf", expr(1)), shadow.get("scf", expr(1)))
        _power(book)
        _sales(book)
        _climate(book)
        _externalities(book)
        _costs(book)
        money = v.plant.currency
        benefits = m.line("economic_benefits", money,
                          total([i.line for i in book.items if i.benefit]),
                          label="Economic benefits")  # fmt: skip
        costs = m.line("economic_costs", money,
                       total([i.line for i in book.items if not i.benefit]),
                       label="Economic costs")  # fmt: skip
        flow = m.line("economic_flow", money, benefits - costs, label="Economic flow")
    with m.section("Economic returns"):
        years = m.period / m.per_year
        deflator = m.rate("deflator", "1", 1 / (1 + v.plant.economy["inflation"]) ** years,
                          label="Prices of closing over prices of the period")  # fmt: skip
        factor = m.rate("discount_factor_economic", "1",
                        deflator / (1 + shadow["discount_economic"]) ** years,
                        label="Discount factor: economic, with inflation")  # fmt: skip
        real = m.line("economic_flow_real", money, flow * deflator,
                      label="Economic flow in prices of closing")  # fmt: skip
        worth = present_value(m, "enpv", money, flow, factor, "Economic NPV (ENPV)")
        m.result("eirr", "1", real.irr(), label="Economic IRR (EIRR), real")
        gained = present_value(m, "pv_economic_benefits", money, benefits, factor,
                               "Economic benefits")  # fmt: skip
        spent = present_value(m, "pv_economic_costs", money, costs, factor, "Economic costs")
        m.result("economic_bcr", "1", ratio(gained, spent), label="Economic BCR")
    _side_by_side(book, f, factor)
    _distribution(book, f, factor, worth)
    return tuple(book.items)


def _power(book: Ledger) -> None:
    """Power at the avoided cost of supply, in place of what is paid or saved for it."""
    plant, m, shadow = book.v.plant, book.v.plant.model, book.account.shadow
    if not plant.supplies:
        return
    every = plant.supplies.values()
    lines = [one.power for one in every if one.power is not None]
    power = m.line("power_supplied", "kWh", total(lines), label="Power that need not be supplied")
    paid = m.line("power_paid", plant.currency,
                  total([one.stream if one.share is None else one.stream * one.share
                         for one in every]),
                  label="What is paid or saved for it")  # fmt: skip
    domestic = m.line("power_avoided_cost", plant.currency,
                      power * shadow["avoided_cost_of_supply"] * plant.index("electricity"),
                      label="Its avoided cost of supply, domestic prices")  # fmt: skip
    traded = shadow["supply_traded"]
    factor = m.result("conversion_factor_supply", "1",
                      traded * book.traded + (1 - traded) * book.local,
                      label="Conversion factor: avoided cost of supply")  # fmt: skip
    book.add("power", "power at the avoided cost of supply", paid, domestic * factor)
    book.gain("power", domestic - paid)
    book.gain("exchange", domestic * (factor - 1))


def _sales(book: Ledger) -> None:
    """Fuel avoided, streams with a split of their own, and all else that is sold or saved."""
    plant, own = book.v.plant, book.account.own
    streams = [*plant.revenues, *plant.savings]
    fuels = [line for line in plant.fuels if line.text.name not in own]
    if fuels:
        factor = book.account.fuel_factor
        assert factor is not None
        market = total(fuels)
        book.add("fuel", "fuel avoided at border price", market, market * factor * book.traded)
        book.gain("government", market * (factor - 1))
        book.gain("exchange", market * factor * (book.traded - 1))
    for line in streams:
        name = line.text.name
        if name in own:
            book.valued(name, own[name].label, line, book.factors(own[name]), benefit=True)
    rest: list[Expr] = []
    for line in streams:
        if line in fuels or line.text.name in own:
            continue
        supply = plant.supplies.get(line.text.name)
        if supply is None:
            rest.append(line)
        elif supply.share is not None:
            rest.append(line * (1 - supply.share))
    if rest:
        market = plant.model.line("sales_other", plant.currency, total(rest),
                                  label="Other sales and savings")  # fmt: skip
        book.add("sales", "other sales and savings", market, market * book.local)
        book.gain("exchange", market * (book.local - 1))


def _climate(book: Ledger) -> None:
    """Avoided tonnes at the shadow price of carbon, in place of what credits are sold for."""
    v, m, shadow = book.v, book.v.plant.model, book.account.shadow
    rise = shadow.get("shadow_carbon_escalation", v.plant.economy["escalation_general"])
    index = v.plant.rising("price_index_shadow_carbon", rise, "Price index, shadow price of carbon")
    domestic = m.line("carbon_at_shadow_price", v.plant.currency,
                      m["ghg_avoided"] * shadow["shadow_carbon_price"] * index,
                      label="Greenhouse gas avoided at its shadow price")  # fmt: skip
    sold = None if v.credits is None else v.credits.revenue
    book.add("carbon", "greenhouse gas avoided at its shadow price", sold, domestic * book.traded)
    book.gain("climate", domestic if sold is None else domestic - sold)
    book.gain("exchange", domestic * (book.traded - 1))


def _externalities(book: Ledger) -> None:
    plant, m = book.v.plant, book.v.plant.model
    for one in book.account.outside:
        rise = plant.economy["escalation_general"] if one.rise is None else one.rise
        index = plant.rising(
            f"price_index_{one.name}", rise, Label("Price index, {label}", one.label)
        )
        worth = m.line(f"externality_{one.name}", plant.currency,
                       plant.yearly(one.amount) * plant.output * index,
                       label=Label("Externality: {label}", one.label))  # fmt: skip
        factor = m.result(f"conversion_factor_{one.name}", "1",
                          one.traded * book.traded + (1 - one.traded) * book.local,
                          label=Label("Conversion factor: {label}", one.label))  # fmt: skip
        book.add(one.name, one.label, None, worth * factor)
        book.gain("others", worth)
        book.gain("exchange", worth * (factor - 1))


def _costs(book: Ledger) -> None:
    """Salvage, capital, operating cost, stores, replacements by their conversion factors."""
    v, account = book.v, book.account
    m, vat = v.plant.model, None
    if not v.plant.vat_refunded:
        rate = v.plant.economy["vat"]
        vat = m.result("vat_share", "1", rate / (1 + rate), label="VAT, share of a price with it")
    capital, operating = book.factors(account.capital), book.factors(account.operating)
    book.valued("salvage", "salvage", v.salvage, capital, benefit=True)
    book.valued("capital", "capital cost", v.capital_spent, capital, vat=vat)
    book.valued("replacements", "replacements", v.replacements, capital, vat=vat)
    apart = [line for line in v.plant.costs if line.text.name in account.own]
    for line in apart:
        split = account.own[line.text.name]
        book.valued(line.text.name, split.label, line, book.factors(split))
    left = v.operating_cost - total(apart) if apart else v.operating_cost
    book.valued("operating", "operating cost", left, operating)
    book.valued("stores", "rise in stores", m["stores_rise"], operating)


def _side_by_side(book: Ledger, f: Flows, factor: Line) -> None:
    """Present values of the items at market and at economic prices, both at the economic rate, and
    of what only the financial flow has."""
    v, m, money = book.v, book.v.plant.model, book.v.plant.currency
    with m.section("Financial and economic values, at the economic rate"):
        whole: Expr = expr(0)
        for item in book.items:
            present_value(m, f"pv_economic_{item.name}", money, item.line, factor,
                          Label("Economic: {label}", item.label))  # fmt: skip
            if item.market is not None:
                market = present_value(m, f"pv_market_{item.name}", money, item.market, factor,
                                       Label("Financial: {label}", item.label))  # fmt: skip
                whole = whole + market if item.benefit else whole - market
        transfers = present_value(m, f"pv_market_{TRANSFERS}", money,
                                  f.grants - m["project_tax.tax"] - v.vat_net, factor,
                                  "Financial: grants less tax and VAT")  # fmt: skip
        timing = present_value(m, f"pv_market_{TIMING}", money, _timing(v), factor,
                               "Financial: paid later than used")  # fmt: skip
        project = present_value(m, "pv_project_economic", money, f.project, factor,
                                "Project's financial flow, economic rate")  # fmt: skip
        m.check("financial values sum to the project", whole + transfers + timing - project,
                m["pv_economic_costs"])  # fmt: skip


def _timing(v: Venture) -> Expr:
    """What the owner gains because cash differs in time from use: the venture's cash less what it
    would be if all were paid when it is used."""
    rise: Line = v.plant.model["stores_rise"]
    used = v.ebitda - rise - v.replacements + v.salvage - v.capital_spent
    return v.flow_before_tax + v.vat_net - used


def _reserved(v: Venture) -> Expr:
    """What the venture pays into its reserves for replacements and operating cost, less what they
    pay for it and earn: a bank holds that money, as that of the debt service reserve."""
    into = v.set_aside - v.replacements
    return into if v.kept_back is None else into + v.kept_back


def _distribution(book: Ledger, f: Flows, factor: Line, worth: Result) -> None:
    """Who gains and who loses, at the economic rate."""
    v, m, money = book.v, book.v.plant.model, book.v.plant.currency
    book.gain("owner", f.equity)
    tax: Line = m["tax.tax"]
    kept = _reserved(v)
    book.gain("lender", v.flow_before_tax - tax + f.grants - f.equity + kept)
    book.gain("government", tax + v.vat_net - f.grants)
    book.gain("trade", -_timing(v) - kept)
    with m.section("Who gains and who loses, at the economic rate"):
        gains = []
        for party, label in PARTIES.items():
            flow = m.line(f"gain_{party}_flow", money, total(book.gains.get(party, [expr(0)])),
                          label=label)  # fmt: skip
            gains.append(present_value(m, f"gain_{party}", money, flow, factor, label))
        whole = m.result("gain_all", money, total(gains), label="All: the economic NPV")
        m.check("gains sum to the enpv", whole - worth, m["pv_economic_costs"])
