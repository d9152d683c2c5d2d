"""What every plant has in common: its timeline, its prices, its bills, and when they are paid.

A technology's `build` gets a `Plant`, reads its inputs (``x["capacity_kwp"]``), takes from pools
(``take("load")``) and declares streams: revenue, saving, cost, capital, replacement, greenhouse
gases by source. The plant then adds what makes the death valley: months of
construction and of delay, ramp-up, contingency, VAT and its refund, retention, the buyer's payment
lag, stores.

Timeline. Capital is spent evenly over the construction periods (all of it at closing if there are
none). Operation runs from the period after commissioning for the plant's life. Output in the k-th
period of a ramp-up of n periods is k/n of full output. Figures given in months are rounded up to
whole periods.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
    walk,
    where,
)
from eicfinance.model.items import Input, Line
from eicfinance.model.label import Label
from eicfinance.portfolio.declare import Declaration, Figure
from eicfinance.portfolio.risk import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from eicfinance.model.model import Model, Result, Vector

ACCOUNTS = ("baseline", "project", "leakage")  # of greenhouse gases; baseline: what is avoided
COMMON = (
    Figure("life_years", "year", 15, "Operating life", 10, 25, 1, 50, decision=True,
           source="assumption; parameters: digester 15-20, engine 15, PV 25 years"),
    Figure("construction_months", "month", 6, "Construction", 0, 18, 0, 120),
    Figure("delay_months", "month", 0, "Delay of commissioning", 0, 6, 0, 60),
    Figure("ramp_up_months", "month", 0, "Ramp-up to full output", 0, 8, 0, 60),
    Figure("contingency", "1", 0.10, "Contingency on capital cost", 0, 0.15, 0, 1),
    Figure("retention", "1", 0.05, "Retention kept from the contractor", 0, 0.10, 0, 0.5),
    Figure("retention_months", "month", 12, "Retention paid after commissioning", 6, 24, 0, 60),
    Figure("payment_lag_days", "day", 45, "Receivable days: buyers pay after", 30, 60, 0, 365),
    Figure("payable_days", "day", 0, "Payable days: operating cost is paid after", 0, 60, 0, 365),
    Figure("stores_days", "day", 0, "Inventory days: stores held, in days of operating cost",
           0, 60, 0, 365),
    Figure("om_share", "1", 0.05, "Operation and maintenance, share of capital cost per year",
           0.01, 0.10, 0, 1),
    Figure("om_fixed", "THB/year", 0, "Other fixed operating cost"),
    Figure("insurance_share", "1", 0.0025, "Insurance, share of capital cost per year",
           0, 0.01, 0, 0.2),
    Figure("salvage_share", "1", 0, "Salvage value, share of capital cost", 0, 0.1, 0, 1),
)  # fmt: skip


def common(**defaults: float) -> tuple[Figure, ...]:
    """The common figures with a technology's own defaults."""
    return tuple(replace(f, default=defaults.get(f.name, f.default)) for f in COMMON)


@dataclass(frozen=True, slots=True)
class Technology(Declaration):
    """A way to make energy. build: writes its lines into a plant."""

    build: Callable[[Plant], None] = lambda plant: None


@dataclass(frozen=True, slots=True)
class Site(Declaration):
    """What is there already: loads and by-products. build: gives the line of each pool."""

    build: Callable[[Premises], None] = lambda premises: None


@dataclass(eq=False)
class Premises:
    """A site being written: inputs, seasons, and the pools that it offers by name. hit: the pools
    that events may take a share of."""

    model: Model
    x: Mapping[str, Input]
    season: Mapping[str, Vector]
    hit: Container[str] = ()
    offers: dict[str, Line] = field(default_factory=dict)

    def per_period(self, per_year: Expr, season: str) -> Expr:
        """A year's amount spread by season."""
        return per_year * self.season[season]

    def offer(self, pool: str, unit: str, amount: Expr, label: str) -> None:
        """Offers an amount a period for projects to take."""
        if pool in self.hit:
            amount = amount * (1 - lost_to_events(self.model, pool, label))
        self.offers[pool] = self.model.line(pool, unit, amount, label=label)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a supply: what it pays a unit, and how much it can take in a period.

    worthwhile: of the supply, what costs no more than this use pays; all of it if not given. A
    better-paid use must find at least as much.
    """

    name: str
    label: str
    price: Expr
    limit: Expr
    worthwhile: Expr | None = None


@dataclass(frozen=True, slots=True)
class Gas:
    """A source of greenhouse gas: its tonnes of CO2e by period, and over the project's life."""

    account: str
    source: str
    line: Line
    total: Result

    @property
    def activities(self) -> list[Line]:
        """What is counted (kWh, litres, TJ burnt, t of methane): the lines of its formula."""
        return [node for node in self._parts() if isinstance(node, Line)]

    @property
    def factors(self) -> list[Input]:
        """Emission factors and warming potentials: the inputs of its formula."""
        return [n for n in self._parts() if isinstance(n, Input) and not n.constant]

    def _parts(self) -> list[Expr]:
        assert self.line.formula is not None
        return list(dict.fromkeys(walk(self.line.formula)))


@dataclass(frozen=True, slots=True)
class Product:
    """What a plant delivers in a unit of its own, and the lines of energy value that it earns."""

    name: str
    quantity: Line
    values: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Renewal:
    """A cost that comes back: as it is paid; of the next one ahead its cost, and whether and in how
    many periods it falls due, this one counted."""

    name: str
    label: str
    paid: Line
    next_cost: Expr
    ahead: Expr
    periods_left: Expr


@dataclass(frozen=True, slots=True)
class Supply:
    """A stream that power earns, or a share of which it earns; power: None for capacity alone."""

    stream: Line
    power: Line | None
    share: Expr | None


@dataclass(eq=False)
class Plant:
    """A plant being written. All lines are positive magnitudes before tax and finance."""

    model: Model
    x: Mapping[str, Input]
    season: Mapping[str, Vector]
    choice: Mapping[str, str]
    available: Mapping[str, Line]  # pools that the project may take from
    alike: Mapping[str, Line]  # what earlier projects of the same technology take of them
    economy: Mapping[str, Input]
    currency: str
    vat_refunded: bool
    price_base: str  # "closing" or "commissioning"
    count: Input
    hit: bool = False  # events may take a share of its output
    taken: dict[str, Line] = field(default_factory=dict)
    revenues: list[Line] = field(default_factory=list)
    savings: list[Line] = field(default_factory=list)
    costs: list[Line] = field(default_factory=list)
    items: list[Expr] = field(default_factory=list)  # capital cost before contingency
    replacements: list[Line] = field(default_factory=list)
    renewals: list[Renewal] = field(default_factory=list)
    energy_values: list[Line] = field(default_factory=list)
    energies: list[Line] = field(default_factory=list)
    gases: list[Gas] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    supplies: dict[str, Supply] = field(default_factory=dict)
    fuels: list[Line] = field(default_factory=list)

    def start(self) -> None:
        """Writes the timeline; called before the technology's build."""
        m, x = self.model, self.x
        with m.section("Timeline"):
            self.construction = m.result(
                "construction_periods", "period", self.periods_of("construction_months")
            )
            self.commissioning = m.result(
                "commissioning_period", "period",
                self.construction + self.periods_of("delay_months"),
                note="commissioned at the end of this period",
            )  # fmt: skip
            life = m.result("life_periods", "period", ceiling(x["life_years"] * m.per_year))
            m.result(
                "life_not_counted", "period", maximum(0, self.commissioning + life - m.end),
                label="Life beyond the model's last period, not counted",
            )  # fmt: skip
            ramp = m.result("ramp_up_periods", "period", self.periods_of("ramp_up_months"))
            since = m.line(
                "since_commissioning", "period", m.period - self.commissioning, kind="rate"
            )
            self.since = since
            self.operating = m.rate("operating", "1", (since > 0) & (since <= life))
            self.life = life
            share = minimum(1, maximum(0, since) / maximum(1, ramp))
            full: Expr = self.operating * where(ramp > 0, share, 1)
            if self.hit:
                full = full * (1 - lost_to_events(m, OUTPUT, "Output"))
            self.output = m.rate(
                "output_share", "1", full, label="Share of full output", note="ramp-up"
            )
            year = maximum(0, ceiling(since / m.per_year))
            self.operating_year = m.rate("operating_year", "1", year)
            building = where(
                self.construction > 0,
                ((m.period > 0) & (m.period <= self.construction)) / maximum(1, self.construction),
                1 - minimum(1, m.period),
            )
            self.spending = m.line("spending_share", "1", building, label="Share of capital spent")

    def periods(self, months: Expr) -> Expr:
        """A time in months as whole periods, rounded up."""
        return ceiling(months * self.model.per_year / self.economy["months_per_year"])

    def periods_of(self, figure: str) -> Expr:
        """One of the plant's own figures in months as whole periods."""
        return self.periods(self.x[figure])

    def index(self, group: str) -> Line:
        """The price index of a group: 1 at its base, then steps once a year."""
        return self.rising(f"price_index_{group}", self.economy[f"escalation_{group}"],
                           Label("Price index, {group}", group))  # fmt: skip

    def rising(self, name: str, rise: Expr, label: str) -> Line:
        """An index that rises by so much a year, as the portfolio's prices do."""
        if name in self.model.lines:
            return self.model.lines[name]
        m = self.model
        return m.rate(name, "1", self._index_at(rise, m.period, self.operating_year), label=label)

    def _index_at(self, rise: Expr, period: Expr, operating_year: Expr) -> Expr:
        """The index of a price in some period, of that year of operation."""
        closing = self.price_base == "closing"
        steps = (_whole_years(period, self.model.per_year) if closing
                 else maximum(0, operating_year - 1))  # fmt: skip
        return (1 + rise) ** steps

    def yearly(self, amount: Expr, share: Expr | None = None) -> Expr:
        """A year's amount in one period: an equal part, or by season."""
        return amount / self.model.per_year if share is None else amount * share

    def has(self, pool: str) -> bool:
        """Whether the project takes from this pool at all."""
        return pool in self.available

    def take(self, pool: str) -> Line:
        """What is available of a pool in each period."""
        return self.available[pool]

    def coincident(self, pool: str) -> Expr:
        """What is available of a load in the plant's hours: `coincident_share` of it.

        Plants of the same technology run in the same hours: what they take counts against that
        share. Others are taken to serve all hours alike.
        """
        share, left = self.x["coincident_share"], self.available[pool]
        if pool not in self.alike:
            return left * share
        return maximum(0, (left + self.alike[pool]) * share - self.alike[pool])

    def uses(self, pool: str, unit: str, amount: Line) -> None:
        """Says how much of a pool the plant takes; what is left goes to the next project."""
        self.taken[pool] = amount
        left = self.available[pool] - amount
        self.model.line(f"{pool}_left", unit, left, label=Label("Left for others: {pool}", pool))
        short = maximum(-left, 0)
        self.model.check(
            Label("nothing taken that is not there {pool}", pool), short, self.available[pool]
        )

    def best_use(self, prefix: str, unit: str, supply: Expr, uses: list[Use]) -> dict[str, Line]:
        """Gives a supply to its best-paid uses first, each up to its limit.

        amount_i = min(limit_i, max(0, supply_i - sum of the limits of better-paid uses)), supply_i
        being what is worthwhile for it; of two that pay alike the one named first goes first.
        """
        m, amounts = self.model, {}
        limits = [m.line(f"{prefix}_{u.name}_limit", unit, u.limit,
                         label=Label("Limit: {label}", u.label))
                  for u in uses]  # fmt: skip
        for i, use in enumerate(uses):
            before = supply if use.worthwhile is None else minimum(supply, use.worthwhile)
            for j, other in enumerate(uses):
                if j != i:
                    ahead = other.price >= use.price if j < i else 1 - (use.price >= other.price)
                    before = before - ahead * limits[j]
            amounts[use.name] = m.line(
                f"{prefix}_{use.name}",
                unit,
                minimum(limits[i], maximum(0, before)),
                label=use.label,
            )
        return amounts

    def revenue(self, name: str, amount: Expr, label: str, energy: bool = False) -> None:
        """A sale, when invoiced. energy: it pays for the plant's energy (levelised cost)."""
        self._stream(self.revenues, f"revenue_{name}", amount, label, energy)

    def saving(self, name: str, amount: Expr, label: str, energy: bool = False) -> None:
        """A bill that is avoided."""
        self._stream(self.savings, f"saving_{name}", amount, label, energy)

    def supply(self, stream: str, power: Line | None = None, share: Expr | None = None) -> None:
        """Says that so much power (without: capacity alone) earns a stream, or a share of it. The
        economic account values it at the avoided cost of supply, which holds capacity."""
        self.supplies[stream] = Supply(self.model[stream], power, share)

    def fuel(self, stream: str) -> None:
        """Says that a stream is a traded fuel avoided: in the economic account, at border price."""
        self.fuels.append(self.model[stream])

    def cost(self, name: str, amount: Expr, label: str) -> None:
        """An operating cost, sales forgone of a by-product included."""
        self._stream(self.costs, f"cost_{name}", amount, label)

    def capital(self, name: str, amount: Expr, label: str) -> None:
        """A part of the capital cost in all, before contingency, without VAT."""
        self.items.append(self.model.result(f"capital_{name}", self.currency, amount, label=label))

    def replacement(self, name: str, amount: Expr, every: Input, label: str) -> None:
        """A cost that comes back every so many years, but not in the plant's last period; without
        contingency, with VAT where it is not refunded. amount: in prices of the price base, which
        rise in general."""
        m = self.model
        gap = every * m.per_year
        turns = m.rate(f"{name}_turns", "1", _whole_years(maximum(0, self.since), gap),
                       label=Label("{label}: times so far", label))  # fmt: skip
        due = (turns > turns.previous) & (self.since + 1 <= self.life)
        if not self.vat_refunded:
            amount = amount * (1 + self.economy["vat"])
        self._stream(
            self.replacements, f"replacement_{name}", due * amount * self.index("general"), label
        )
        age = ceiling((turns.previous + 1) * gap)  # at which the next one falls due
        when = self.commissioning + age
        rise = self.economy["escalation_general"]
        index = self._index_at(rise, when, ceiling(age / m.per_year))
        ahead = (self.since > 0) & (age + 1 <= self.life) & (when <= m.end)
        self.renewals.append(Renewal(
            name, label, self.replacements[-1], amount * index, ahead, age - self.since + 1
        ))  # fmt: skip

    def gas(self, account: str, name: str, amount: Expr, label: str) -> None:
        """Greenhouse gas: account baseline (what would be emitted), project or leakage."""
        line = self.model.line(f"ghg_{account}_{name}", "tCO2e", amount, label=label)
        whole = self.model.result(f"ghg_{account}_{name}_total", "tCO2e", line.sum(), label=label)
        self.gases.append(Gas(account, name, line, whole))

    def of_methane(self, tonnes: Expr) -> Expr:
        """Methane that is not of fossil origin, as CO2e."""
        return tonnes * self.economy["gwp_methane"]

    def of_burning(self, heat: Expr) -> Expr:
        """Methane and nitrous oxide of so many TJ of solid biomass burnt, as CO2e."""
        e = self.economy
        methane = e["biomass_methane"] / e["kg_per_t_ch4"]
        nitrous = e["biomass_nitrous_oxide"] / e["kg_per_t_n2o"]
        return heat * (self.of_methane(methane) + nitrous * e["gwp_nitrous_oxide"])

    def of_grid(self, energy: Expr) -> Expr:
        """What the grid emits for so many kWh, as CO2e."""
        return energy * self.economy["grid_emission_factor"] / self.economy["kg_per_t_co2e"]

    def avoided(self) -> None:
        """Greenhouse gas by account, and avoided = baseline - project - leakage."""
        m, accounts = self.model, dict[str, Line]()
        with m.section("Greenhouse gases"):
            for account in ACCOUNTS:
                lines = [gas.line for gas in self.gases if gas.account == account]
                label = Label("Greenhouse gas: {account}", account)
                accounts[account] = m.line(f"ghg_{account}", "tCO2e",
                                           total(lines) if lines else expr(0),
                                           label=label)  # fmt: skip
                m.result(f"ghg_{account}_total", "tCO2e", accounts[account].sum(), label=label)
            avoided = m.line("ghg_avoided", "tCO2e",
                             accounts["baseline"] - accounts["project"] - accounts["leakage"],
                             label="Greenhouse gas avoided")  # fmt: skip
            m.result(
                "ghg_avoided_total", "tCO2e", avoided.sum(), label="Avoided over the project's life"
            )
            m.result("ghg_avoided_per_year", "tCO2e",
                     ratio(avoided.sum() * m.per_year, self.operating.sum()),
                     label="Avoided per year of operation")  # fmt: skip

    def energy(self, *amounts: Line) -> None:
        """What the plant delivers and somebody uses, in kWh: the base of the levelised cost."""
        self.energies.extend(amounts)

    def product(self, name: str, quantity: Line, *values: Line) -> None:
        """Gives a product a levelised cost beside that of all energy: its quantity, and which lines
        of the energy's value it earns."""
        self.products.append(Product(name, quantity, values))

    def _stream(
        self, group: list[Line], name: str, amount: Expr, label: str, energy: bool = False
    ) -> None:
        line = self.model.line(name, self.currency, amount, label=label)
        group.append(line)
        if energy:
            self.energy_values.append(line)


def lost_to_events(m: Model, what: str, label: str) -> Vector:
    """The share of something that events take by period: nil in the base case, drawn in a
    simulation; a reader may write one into the workbook."""
    return m.vector(
        f"lost_{what}", [0.0] * (m.periods + 1), "1",
        label=Label("Lost to events: {label}", label), source="no event in the base case",
    )  # fmt: skip


def _whole_years(periods: Expr, gap: Expr) -> Expr:
    return floor(periods / gap)
