"""A starting portfolio for a technology, written from the declarations alone.

A figure without a default gets a size that works: the middle of its usual range, else a round
number by name or unit (`SIZES`), marked "assumption: replace". One with a default stands behind a #
as what is assumed if nothing is written; without the # the line is valid as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from eicfinance.portfolio.declare import NOT_GIVEN, applies
from eicfinance.portfolio.economy import BORROWER, DISCOUNTS
from eicfinance.portfolio.entries import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from eicfinance.portfolio.declare import Choice, Declaration, Figure, Pool, Season
    from eicfinance.portfolio.entries import Declarations

SIZES = {
    "discount_project": 0.08, "discount_equity": 0.12, "debt_service": 20_000,
    "collateral": 5_000_000, "promoter_cash": 2_000_000, "THB": 1_000_000, "THB/month": 60_000,
    "kWh/year": 400_000, "kW": 100, "m3": 1000, "m3/day": 200, "t/day": 10, "t/year": 24_000,
    "head": 1000,
}  # fmt: skip
OTHERS = 100  # of any other unit
MONTHS = 12


class Take(NamedTuple):
    """A pool and where it is taken from. sure: written, not only shown behind a #."""

    pool: Pool
    kind: str
    site: str
    offer: str
    sure: bool


def starter(name: str, chosen: Mapping[str, str], declared: Declarations, today: date) -> str:
    """The text of portfolio.yaml. chosen: options other than the default."""
    technology = declared.technologies[name]
    choices = {c.name: chosen.get(c.name, c.default) for c in technology.choices}
    figures = technology.applicable(choices)
    times = {f.name: f.default or 0 for f in figures}
    life = (times.get("life_years") or OTHERS) * MONTHS
    usual = {"reference": NOT_GIVEN} | {c.name: c.default for c in declared.loan.choices}
    terms = declared.loan.applicable(usual)
    own = declared.finance.applicable({c.name: c.default for c in declared.finance.choices})
    loan = {f.name: _size(f) for f in terms if f.default is None}
    loan["tenor_months"] = min(loan["tenor_months"], life)
    loan["grace_months"] = times.get("construction_months", 0)
    takes = takes_of(technology, choices, declared.sites)
    needed = {take.site for take in takes if take.sure}
    sites = {t.site: _site(t.site, declared.sites[t.kind], t.site in needed) for t in takes}
    year, month = divmod(today.year * MONTHS + today.month, MONTHS)  # the next one
    lines = [
        f"# A starting portfolio: {technology.title}.",
        f'# "{PLACEHOLDER}" marks sizes that merely work: put yours there, with its source.',
        "# A key behind a # shows what is assumed if nothing is written; take the # away to change",
        "# it. What else may stand here: eicfinance list, and for example eicfinance list economy.",
        f"title: {json.dumps(f'Starting portfolio: {name}')}",
        "", "economy:",
        "  currency: THB",
        f"  closing: {year}-{month + 1:02d}  # the month of period 0",
        f"  appraisal_date: {today}",
        "  discount_rates:", *_figures(DISCOUNTS.figures, {}, 4, DISCOUNTS.prefix),
        "", "borrowers:", "  - name: owner",
        *_choices(BORROWER.choices, {}, 4),
        *_figures(BORROWER.figures, _nil(BORROWER), 4),
        *(["", f"{'' if needed else '#'}sites:  # what is there already; take out what is not"]
          if sites else []),
        *(line for site in sites.values() for line in site),
        "", "projects:", f"  - name: {name}", "    borrower: owner", f"    technology: {name}",
        *_block("choices", _choices(technology.choices, choices, 6)),
        *_block("takes", [f"      {'' if t.sure else '#'}{t.pool.name}: {t.site}.{t.offer}"
                          f"  # {t.pool.label}" for t in takes]),
        *_block("inputs", _figures(figures, {}, 6)),
        *_seasons(technology.seasons),
        "    finance:",
        *_choices(declared.finance.choices, {}, 6), *_figures(own, {}, 6),
        "      loan:",
        *_choices(declared.loan.choices, {}, 8), *_figures(terms, loan, 8),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def takes_of(
    technology: Declaration, choices: Mapping[str, str], kinds: Mapping[str, Declaration]
) -> list[Take]:
    """Each pool with a site for it: one that offers it by name, else one of its own that counts
    in the same unit. Sure: it is needed, or offered by name and no alternative to one before."""
    pools = [p for p in technology.pools if applies(p.when, dict(choices))]
    names = {pool.name for pool in pools}
    best = sorted(kinds.values(), key=lambda kind: -len(names & {p.name for p in kind.pools}))
    takes: list[Take] = []
    for pool in pools:
        offers = [(kind.name, p.name) for kind in best for p in kind.pools if p.unit == pool.unit]
        own = [offer for offer in offers if offer[1] == pool.name]
        if not offers:
            continue
        kind, offer = (own or offers)[0]
        one_of = pool.name in technology.one_of
        enough = one_of and any(take.pool.name in technology.one_of for take in takes)
        sure = pool.required or (not enough and (one_of or bool(own)))
        site = f"{kind}_site" if own else f"{pool.name}_site"
        takes.append(Take(pool, kind, site, offer, sure))
    return takes


def _site(name: str, kind: Declaration, needed: bool) -> list[str]:
    figures = _figures(kind.figures, _nil(kind), 6)
    lines = [f"  - name: {name}", f"    type: {kind.name}"]
    lines += _block("choices", _choices(kind.choices, {c.name: c.default for c in kind.choices}, 6))
    lines += [*_block("inputs", figures), *_seasons(kind.seasons)]
    if needed:
        return lines
    return [f"  #{line[2:]}" for line in lines if not line.lstrip().startswith("#")]


def _nil(section: Declaration) -> dict[str, float]:
    """Sizes for the figures that have no default, or nil."""
    return {figure.name: _size(figure) for figure in section.figures if not figure.default}


def _size(figure: Figure) -> float:
    if figure.low is not None and figure.high is not None:
        return (figure.low + figure.high) / 2
    size = SIZES.get(figure.name, SIZES.get(figure.unit, OTHERS))
    size = size if figure.least is None else max(size, figure.least)
    return size if figure.most is None else min(size, figure.most)


def _block(title: str, lines: list[str]) -> list[str]:
    """Lines under a key, which stands behind a # if all of them do."""
    sure = any(not line.lstrip().startswith("#") for line in lines)
    return [f"    {'' if sure else '#'}{title}:", *lines] if lines else []


def _choices(choices: Iterable[Choice], chosen: Mapping[str, str], indent: int) -> list[str]:
    return [
        f"{' ' * indent}{'' if c.name in chosen else '#'}{c.name}: {chosen.get(c.name, c.default)}"
        f"  # {c.label}; allowed: {', '.join(c.options)}"
        for c in choices
    ]  # fmt: skip


def _figures(
    figures: Iterable[Figure], sizes: Mapping[str, float], indent: int, prefix: str = ""
) -> list[str]:
    """A line a figure: written if it has one of these sizes or must be given, else behind a #."""
    lines = []
    for f in figures:
        note = [f.label]
        if f.low is not None and f.high is not None:
            low, high = (_number(f, end, unit=False) for end in (f.low, f.high))
            note.append(f"usual {low} to {high}")
        key = f.name.removeprefix(prefix)
        if f.name in sizes or (f.default is None and not f.optional):
            size = _number(f, sizes.get(f.name, _size(f)))
            key += f': {{value: {size}, source: "{PLACEHOLDER}"}}'
        elif f.default is not None:
            key = f"#{key}: {_number(f, f.default)}"
            note.append(f.source)
        else:
            continue
        lines.append(f"{' ' * indent}{key}  # {'; '.join(note)}")
    return lines


def _seasons(seasons: Iterable[Season]) -> list[str]:
    found = [f"{s.name}: [{', '.join(f'{12 * x:.3g}' for x in s.default)}]" for s in seasons]
    note = "; ".join(s.label for s in seasons)
    return [f"    #seasons: {{{', '.join(found)}}}  # {note}, January to December"] if found else []


def _number(figure: Figure, value: float, unit: bool = True) -> str:
    """A number as a portfolio has it."""
    if figure.unit == "1/year":
        return f"{100 * value:.12g}%"
    return f"{value:.12g}" + (f" {figure.unit}" if unit and figure.unit != "1" else "")
