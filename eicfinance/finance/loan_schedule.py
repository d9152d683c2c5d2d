"""A loan's schedule, dated or not, in money as it is paid: Decimal, rounded by a named rule.

Three settings are kept apart. The interest method: *declining* (on the balance) or *flat* (on the
first principal to the end). The interest clock: per period (rate / periods a year, days ignored),
or daily by a day count. The amortisation: *equal_instalments*, *equal_principal*, *shares*,
*bullet*. In the names of ACTUS: ANN, LAM, LAX, PAM.

    5,000 at 12% a year over 18 months, instalments rounded to whole money: 305 each, of which the
    first has 50.00 interest and 255.00 principal, and the last is 303.22 (Apache Fineract, test
    RS02). The same flat: 328 each, the last 324 (RS01).

Instalments run from 1; grace counts inside their number. Four graces: on principal (interest is
paid), on the payment of interest (it accrues without interest and is collected with the first
payment after), free of interest, and a full moratorium whose interest is capitalised. The last
instalment takes the residue of the rounding. Every amount is rounded by `rounding` to `places`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    localcontext,
)
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from eicfinance.finance.daycounts import DAY_COUNTS, YEAR_DAYS, days, year_fraction
from eicfinance.finance.due_dates import UNITS, due_dates, step, working_day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    Number = int | float | str | Decimal

ROUNDINGS = {
    "half_even": ROUND_HALF_EVEN,
    "half_up": ROUND_HALF_UP,
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
}
METHODS = ("declining", "flat")
AMORTISATIONS = ("equal_instalments", "equal_principal", "shares", "bullet")
LEVELS = ("once", "each", "fitted")
RATE_PER = ("year", "period", "loan")
A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}  # units in a year, per period clock
_DIGITS = 40  # of the arithmetic before rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTerms:
    """What is agreed. Rates and shares are fractions; money in any one currency."""

    principal: Number
    rate: Number  # nominal, per `rate_per`; of a flat loan on the first principal
    instalments: int  # grace included, a down payment not
    method: str = "declining"  # one of METHODS
    amortisation: str = "equal_instalments"  # one of AMORTISATIONS
    rate_per: str = "year"  # "year", "period" (of instalments), or "loan" (flat only)
    every: int = 1  # an instalment falls due every so many units
    unit: str = "month"  # one of due_dates.UNITS
    start: date | None = None  # disbursement; None: no dates, interest per period
    first_due: date | None = None  # where the first period is longer or shorter than the others
    day_count: str | None = None  # None: per period; else one of daycounts.DAY_COUNTS
    grace_principal: int = 0  # instalments without principal; interest is paid
    grace_interest: int = 0  # instalments whose interest is not paid then
    capitalised: bool = False  # that interest joins the principal; else it is collected after
    interest_free: int = 0  # instalments free of interest
    principal_shares: Sequence[Number] = ()  # of "shares": one for each instalment after the grace
    interest_shares: Sequence[Number] = ()  # flat: how the interest after the grace is spread
    balloon: Number = 0  # share of the principal due on top of the last instalment
    down_payment: Number = 0  # share of the principal due at the start
    rate_changes: Sequence[tuple[date, Number]] = ()  # from the date on, instalments anew
    fee_each: Number = 0  # money, with each instalment
    places: int | None = 2  # decimals of money; None: not rounded
    rounding: str = "half_even"  # one of ROUNDINGS
    multiple: Number | None = None  # the level instalment is rounded to a multiple of this
    level: str = "once"  # "each": recomputed from the balance every time; "fitted": shifted
    days_off: Sequence[int] = ()  # weekdays on which nothing falls due (Monday is 0)
    holidays: Sequence[date] = ()
    moved_interest: bool = False  # a moved due date moves the interest too (day counts only)
    first_by_days: bool = False  # first interest x days to its due date / days of a period


@dataclass(frozen=True, slots=True)
class Instalment:
    """A row of a schedule; a down payment is a row at the start."""

    number: int
    due: date | None
    principal: Decimal
    interest: Decimal
    fee: Decimal
    total: Decimal
    balance: Decimal  # outstanding principal after it is paid


def loan_schedule(terms: LoanTerms) -> tuple[Instalment, ...]:
    """All instalments. Raises ValueError, a sentence, for terms that make no loan."""
    check_terms(terms)
    with localcontext(Context(prec=_DIGITS)) as context:
        schedule = _Schedule(terms)
        growth = sum(math.log10(1 + rate) for rate in schedule.rates)  # of an error, to the end
        context.prec += math.ceil(growth)
        return schedule.rows()


def check_terms(terms: LoanTerms) -> None:
    """Raises ValueError with a sentence that says what is wrong and what is allowed."""
    t = terms
    for name, allowed in (("method", METHODS), ("amortisation", AMORTISATIONS), ("unit", UNITS),
                          ("rounding", tuple(ROUNDINGS)), ("level", LEVELS),
                          ("rate_per", RATE_PER)):  # fmt: skip
        if getattr(t, name) not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}, not {getattr(t, name)!r}")
    for name in ("principal", "rate", "balloon", "down_payment", "fee_each", "multiple"):
        value = getattr(t, name)
        if value is not None and not _number(value, name).is_finite():
            raise ValueError(f"{name} must be a finite number, not {value}")
    if not _number(t.principal) > 0:
        raise ValueError(f"the principal must be above 0, not {t.principal}")
    if _number(t.rate) < 0:
        raise ValueError(f"the rate must be 0 or more, not {t.rate}")
    for name in ("balloon", "down_payment"):
        if not Decimal(0) <= _number(getattr(t, name)) < Decimal(1):
            raise ValueError(f"{name} is a share of the principal from 0 to below 1, "
                             f"not {getattr(t, name)}")  # fmt: skip
    for name, least in (("instalments", 1), ("every", 1), ("grace_principal", 0),
                        ("grace_interest", 0), ("interest_free", 0)):  # fmt: skip
        value = getattr(t, name)
        if value != int(value) or value < least:
            raise ValueError(f"{name} must be a whole number of {least} or more, not {value}")
    if t.multiple is not None and not _number(t.multiple) > 0:
        raise ValueError(f"multiple must be above 0, not {t.multiple}")
    for since, rate in t.rate_changes:
        if not (_number(rate).is_finite() and _number(rate) >= 0):
            raise ValueError(f"the rate from {since} must be 0 or more and finite, not {rate}")
    _check_graces(t)
    _check_clock(t)
    for name in ("principal_shares", "interest_shares"):
        shares = [_number(share, name) for share in getattr(t, name)]
        wanted = t.instalments - t.grace_principal
        fit = len(shares) == wanted and abs(sum(shares, Decimal(-1))) <= Decimal("1e-9")
        if shares and not (fit and min(shares) >= 0):
            raise ValueError(f"{name} must be {wanted} shares of 0 or more that sum to 1, one for "
                             f"each instalment after the grace, not {len(shares)} that sum to "
                             f"{sum(shares)}")  # fmt: skip
    if (t.amortisation == "shares") != bool(t.principal_shares):
        raise ValueError("principal_shares go with the amortisation shares, and only with it")


def _check_graces(t: LoanTerms) -> None:
    longest = max(t.grace_principal, t.grace_interest, t.interest_free)
    if longest >= t.instalments:
        raise ValueError(f"a grace of {longest} leaves no instalment of {t.instalments} to repay "
                         f"the loan with interest")  # fmt: skip
    if t.capitalised and t.method == "flat":
        raise ValueError("a flat rate is charged on the first principal; no interest of it is "
                         "capitalised")  # fmt: skip
    if t.capitalised and t.grace_interest > t.grace_principal:
        raise ValueError("interest is capitalised only while no principal is repaid: "
                         "grace_principal must not be below grace_interest")  # fmt: skip


def _check_clock(t: LoanTerms) -> None:
    if t.rate_per == "loan" and (t.method != "flat" or t.rate_changes):
        raise ValueError("a rate per loan is a flat rate that never changes; method must be flat")
    if t.first_due and t.start and t.first_due <= t.start:
        raise ValueError(f"the first instalment, {t.first_due}, must be after the start {t.start}")
    if t.start is None and (t.day_count or t.rate_changes or t.first_by_days or t.first_due
                            or t.days_off or t.holidays):  # fmt: skip
        raise ValueError("day counts, rate changes, days off and a first due date need a start")
    if t.day_count is not None and t.day_count not in DAY_COUNTS:
        raise ValueError(f"unknown day count {t.day_count!r}; known are {', '.join(DAY_COUNTS)}")
    if t.day_count is not None and t.rate_per != "year":
        raise ValueError(f"a day count needs a rate per year, not per {t.rate_per}")
    if t.day_count is not None and t.first_by_days:
        raise ValueError("first_by_days is for interest per period; a day count has the days")


def _number(value: Number, name: str = "a figure") -> Decimal:
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except ArithmeticError:
        raise ValueError(f"{name} must be a number, not {value!r}") from None


class _Schedule:
    """The work of `loan_schedule`: dates and period rates first, then row after row."""

    def __init__(self, terms: LoanTerms) -> None:
        t = self.terms = terms
        self.nominal: list[date] = []
        self.due: list[date | None] = [None] * t.instalments
        if t.start is not None:
            self.nominal = due_dates(t.start, t.instalments, t.every, t.unit, t.first_due)
            moved = [working_day(day, t.days_off, t.holidays) for day in self.nominal]
            self.due = [*moved]
            if t.moved_interest:
                self.nominal = moved
        self.level: Decimal | None = None  # what the level instalment, or principal, is now
        self.shift = Decimal(0)  # of a fitted level
        self.renewed = [
            t.start is not None and any(begin <= since < end for since, _ in t.rate_changes)
            for begin, end in (self._period(k) for k in range(t.instalments) if t.start)
        ] or [False] * t.instalments
        self.rates = [self._rate(k) for k in range(t.instalments)]
        amount = _number(t.principal)
        share = _number(t.down_payment)
        self.down = min(self._multiple(amount * share), amount) if share else None
        self.balance = amount - (self.down or 0)
        self.left_at_end = self.money(_number(t.balloon) * amount)

    def money(self, amount: Decimal) -> Decimal:
        """Rounded to the places by the rule."""
        if self.terms.places is None:
            return amount
        return amount.quantize(Decimal(1).scaleb(-self.terms.places),
                               rounding=ROUNDINGS[self.terms.rounding])  # fmt: skip

    def _multiple(self, amount: Decimal) -> Decimal:
        """Rounded to the multiple, where there is one, and to the places."""
        if self.terms.multiple is None:
            return self.money(amount)
        unit, rule = _number(self.terms.multiple), ROUNDINGS[self.terms.rounding]
        return self.money((amount / unit).quantize(Decimal(1), rounding=rule) * unit)

    def _rate(self, k: int, known: int | None = None) -> Fraction:
        """Interest on 1 over instalment k's period; `known`: as it is seen in that period, when
        later changes of the rate are not known yet."""
        t = self.terms
        changes = sorted(t.rate_changes)
        if known is not None and changes:
            changes = [change for change in changes if change[0] < self._period(known)[1]]
        if k < t.interest_free:
            return Fraction(0)
        rate = Fraction(_number(t.rate))
        if t.rate_per == "loan":
            return rate / (t.instalments - t.interest_free)
        whole = Fraction(1) if t.rate_per == "period" else Fraction(t.every, A_YEAR[t.unit])
        if t.day_count is None and not changes:
            return rate * whole
        begin, end = self._period(k)
        days_on = [begin, *(day for day, _ in changes if begin < day < end), end]
        return sum((_changed(rate, changes, since) * (
            _years(since, until, t.day_count) if t.day_count is not None
            else whole * (until - since).days / (end - begin).days)
            for since, until in pairwise(days_on)), Fraction(0))  # fmt: skip

    def _period(self, k: int) -> tuple[date, date]:
        start = self.terms.start
        assert start is not None
        return (self.nominal[k - 1] if k else start), self.nominal[k]

    def interest(self, balance: Decimal, k: int) -> Decimal:
        """Interest of instalment k's period, not rounded."""
        rate = self.rates[k]
        amount = balance * rate.numerator / rate.denominator
        due, start = self.due[k], self.terms.start
        if self.terms.first_by_days and k == 0 and due is not None and start is not None:
            regular = step(start, self.terms.every, self.terms.unit)
            amount = amount * (due - start).days / (regular - start).days
        return amount

    def rows(self) -> tuple[Instalment, ...]:
        fee, nil = self.money(_number(self.terms.fee_each)), self.money(Decimal(0))
        found = []
        if self.down is not None:
            found.append(Instalment(1, self.terms.start, self.down, nil, nil, self.down,
                                    self.balance))  # fmt: skip
        parts = self.flat() if self.terms.method == "flat" else self.declining()
        for due, (principal, interest, balance) in zip(self.due, parts, strict=True):
            total = principal + interest + fee
            found.append(Instalment(len(found) + 1, due, principal, interest, fee, total, balance))
        return tuple(found)

    def flat(self) -> list[tuple[Decimal, Decimal, Decimal]]:
        """Principal, interest, balance of each row; the interest is on the first principal."""
        t = self.terms
        amount, n, grace = _number(t.principal), t.instalments, t.grace_principal
        exact = [self.interest(amount, k) for k in range(n)]
        if t.interest_shares:
            pool = sum(exact[grace:])
            exact[grace:] = [pool * _number(share) for share in t.interest_shares]
        left = self.money(sum(exact, Decimal(0)))
        charged = []
        for interest in exact[:-1]:
            charged.append(min(self.money(interest), left))
            left -= charged[-1]
        charged.append(left)
        return self._paid(charged, lambda balance, k: charged[k])

    def declining(self) -> list[tuple[Decimal, Decimal, Decimal]]:
        """The same with interest on the balance; of level "fitted" the better of two levels."""
        rows = self._paid([], self._on_balance)
        if self.terms.level != "fitted" or self.level is None:
            return rows
        gap = sum(rows[-1][:2]) - self.level
        self.shift = self.money(gap / (self.terms.instalments - self.terms.grace_principal))
        shifted = self._paid([], self._on_balance)
        return shifted if abs(sum(shifted[-1][:2]) - self.level) < abs(gap) else rows

    def _on_balance(self, balance: Decimal, k: int) -> Decimal:
        return self.money(self.interest(balance, k))

    def _paid(
        self, charged: list[Decimal], interest_of: Callable[[Decimal, int], Decimal]
    ) -> list[tuple[Decimal, Decimal, Decimal]]:
        """Row after row, with the graces; `charged`: the interest of a flat loan."""
        t, rows, balance, owed = self.terms, [], self.balance, Decimal(0)
        self.level = None
        for k in range(t.instalments):
            interest = interest_of(balance, k)
            principal = Decimal(0)
            if k == t.instalments - 1:
                principal = balance
            elif k >= t.grace_principal:
                principal = self._principal(balance, interest, k, bool(charged))
                principal = min(max(principal, Decimal(0)), balance)
            if k < t.grace_interest:
                balance, owed = (
                    (balance + interest, owed) if t.capitalised else (balance, owed + interest)
                )
                interest = Decimal(0)
            else:
                interest, owed = interest + owed, Decimal(0)
            balance -= principal
            rows.append((self.money(principal), self.money(interest), self.money(balance)))
        return rows

    def _principal(self, balance: Decimal, interest: Decimal, k: int, flat: bool) -> Decimal:
        """Principal of a row after the grace that is not the last."""
        t, left = self.terms, self.terms.instalments - k
        if t.amortisation == "shares":
            financed = _number(t.principal) - (self.down or 0)
            return self.money(financed * _number(t.principal_shares[k - t.grace_principal]))
        if t.amortisation == "bullet":
            return Decimal(0)
        anew = self.level is None or t.level == "each" or self.renewed[k]
        if flat or t.amortisation == "equal_principal":
            if anew:
                self.level = self._multiple((balance - self.left_at_end) / left)
            assert self.level is not None
            total = flat and t.amortisation == "equal_instalments" and t.multiple is not None
            return self._multiple(self.level + interest) - interest if total else self.level
        if anew:
            self.level = self._multiple(self._annuity(balance, k)) + self.shift
        assert self.level is not None
        return self.level - interest

    def _annuity(self, balance: Decimal, k: int) -> Decimal:
        """The level instalment from k on: (balance x growth - balloon) / growth of 1 each."""
        grown, ones = balance, Decimal(0)
        ahead = self.rates[k:]
        if self.terms.rate_changes:
            ahead = [self._rate(j, known=k) for j in range(k, self.terms.instalments)]
        for rate in ahead:
            factor = 1 + Decimal(rate.numerator) / rate.denominator
            grown, ones = grown * factor, ones * factor + 1
        return (grown - self.left_at_end) / ones


def _changed(rate: Fraction, changes: Sequence[tuple[date, Number]], on: date) -> Fraction:
    """The rate that holds on a date."""
    return next((Fraction(_number(new)) for since, new in reversed(changes) if since <= on), rate)


def _years(start: date, end: date, day_count: str) -> Fraction:
    """Years by a day count, exact but for ACT/ACT ISDA (a float)."""
    length = YEAR_DAYS[day_count]
    if not length:
        return Fraction(str(year_fraction(start, end, day_count)))
    return Fraction(days(start, end, day_count), length)
