"""The comparison of lending schemes for readers: text, data, memo, workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.appraisal.comparison import VIEWS, rank
from eicfinance.lending.deal import STATE, USER
from eicfinance.model.book import shown_value
from eicfinance.model.label import Label
from eicfinance.reports.columns import left, right, width
from eicfinance.reports.formats import KINDS
from eicfinance.reports.language import label, say
from eicfinance.reports.words import MISSING, number, percent

if TYPE_CHECKING:
    from eicfinance.appraisal.comparison import Comparison, Offer
    from eicfinance.reports.sheets import Writer

# result -> label, how it is written
ROWS = (
    ("instalment_per_month", "Paid a month, mean", "money"),
    ("saving_per_month", "Saved and earned a month, mean", "money"),
    ("instalment_to_saving", "Paid, share of what is saved and earned", "percent"),
    ("months_due", "Months in which instalments fall due", "count"),
    ("months_negative", "Months of negative cash, from the plant alone", "count"),
    ("months_negative_with_host", "Months of negative cash, with the host's", "count"),
    ("valley_left", "User's own money needed: the valley that remains", "money"),
    ("user_npv", "Worth to the user (NPV at the equity rate)", "money"),
    ("user_irr", "Return on the user's own money (IRR)", "rate"),
    ("user_dscr_min", "Lowest cover of what is paid (DSCR, twelve months)", "ratio"),
    ("user_gap_depth", "Gap after committed sources, at its deepest", "money"),
    ("apr", "APR (nominal)", "rate"),
    ("eir", "EIR, compounded", "rate"),
    ("reducing_rate", "Reducing-balance nominal rate", "rate"),
    ("flat_rate", "Equivalent flat rate a year", "rate"),
    ("total_cost", "Total cost of the credit", "money"),
    ("loss", "Owed by those who stop paying, expected", "money"),
    ("public_money_npv", "Public money, present value", "money"),
)
PARTY_ROWS = (
    ("yield", "yield as agreed", "rate"),
    ("yield_expected", "yield after cost and loss", "rate"),
    ("margin", "margin over its cost of money", "rate"),
    ("npv", "worth at its cost of money (NPV)", "money"),
    ("break_even_size", "size from which the deal pays", "money"),
    ("loss", "loss borne, expected", "money"),
)
WHOSE = {
    "borrower": "the borrower", "bank": "the bank", "mfi": "the MFI", "public": "the public purse",
}  # fmt: skip
COST = {"borrower": "equity", "bank": "lender", "mfi": "lender", "public": "public"}
COLUMNS = (
    ("instalment_per_month", "Paid/month", 11), ("instalment_to_saving", "of saving", 9),
    ("months_negative", "Months < 0", 10), ("valley_left", "Own money", 12), ("apr", "APR", 7),
    ("eir", "EIR", 7), ("public_money_npv", "Public money", 12),
)  # fmt: skip
MUCH = 10.0  # above it, a share or a rate on next to no money tells nothing more
SCHEMES_A_TABLE = 6
FORMATS = {"money": KINDS["money"], "rate": "0.00%", "percent": "0%", "count": "0",
           "ratio": KINDS["ratio"]}  # fmt: skip
KIND = {name: kind for name, _, kind in ROWS}


def written(kind: str, value: float | None) -> str:
    """A figure of a comparison as text."""
    if value is None:
        return MISSING
    if kind == "ratio":
        return number(value, 2)
    if kind in ("rate", "percent"):
        if value > MUCH:
            return f"> {percent(MUCH, 0)}"
        return percent(value, 2 if kind == "rate" else 0)
    return number(value)


def parties(comparison: Comparison, offer: Offer) -> list[tuple[str, str]]:
    """Names and titles of the parties of whom there is a figure."""
    return [
        (p.name, p.title)
        for p in offer.scheme.parties
        if any(comparison.figure(offer, f"{p.name}_{key}") for key, _, _ in PARTY_ROWS)
    ]


def as_text(comparison: Comparison, whose: str, currency: str) -> str:
    """One line a scheme in the order of a point of view, the reason, the financiers."""
    best, others = rank(comparison, whose)
    offers = [*best, *others]
    titles = [label(o.entry.title) for o in offers]
    names = [title if titles.count(title) == 1 else f"{title} ({o.entry.name})"
             for title, o in zip(titles, offers, strict=True)]  # fmt: skip
    wide = max(map(width, [label("Scheme"), label("Financier"), *names]))
    told = {"project": comparison.project, "whose": WHOSE[whose], "currency": currency}
    order = "lending_best" if best else "lending_in_no_order"
    lines = [say(order, **told), ""]
    heads = [(label(head), room) for _, head, room in COLUMNS]
    lines.append(left(label("Scheme"), wide) + "".join(right(t, w + 2) for t, w in heads))
    for name, o in zip(names, offers, strict=True):
        cells = (written(KIND[key], comparison.figure(o, key)) for key, _, _ in COLUMNS)
        lines.append(left(name, wide) + "".join(
            right(cell, room + 2) for cell, (_, _, room) in zip(cells, COLUMNS, strict=True)
        ))  # fmt: skip
    lines += ["", *reasons(comparison, whose, currency), ""]
    titles = [label(head) for head in ("Yield", "After loss", "NPV", "Loss borne")]
    lines.append(left(label("Financier"), wide) + "".join(right(t, 14) for t in titles))
    for name, o in zip(names, offers, strict=True):
        found = parties(comparison, o)
        lines += [name] if found else []
        for party, title in found:
            cells = (written(kind, comparison.figure(o, f"{party}_{key}"))
                     for key, kind in (("yield", "rate"), ("yield_expected", "rate"),
                                       ("npv", "money"), ("loss", "money")))  # fmt: skip
            lines.append(left(f"  {label(title)}", wide) + "".join(right(c, 14) for c in cells))
    legend = say(
        "lending_legend",
        missing=MISSING,
    )
    return "\n".join([*lines, "", *warnings(comparison, currency), legend, note()])


def note() -> str:
    """What holds of all figures of a comparison."""
    return say("lending_note")


def reasons(comparison: Comparison, whose: str, currency: str) -> list[str]:
    """Why the first comes first, from a point of view; and who is left out."""
    best, others = rank(comparison, whose)
    if not best:
        return [
            say(
                "lending_no_figure",
                whose=WHOSE[whose],
                rate=COST[whose],
            )
        ]
    said = {name: label(text) for name, text, _ in ROWS}
    said |= {f"{p}_{key}": label(text) for p in ("bank", "mfi") for key, text, _ in PARTY_ROWS}

    def told(name: str) -> str:
        value = comparison.figure(best[0], name)
        unit = "" if name.startswith("months") or value is None else f" {label(currency)}"
        return f"{said[name][0].lower()}{said[name][1:]}: {number(value)}{unit}"

    (first, _), (second, _) = VIEWS[whose]
    why = f"{told(first)}; {told(second)}"
    found = [
        say(
            "lending_first",
            whose=WHOSE[whose],
            title=best[0].entry.title,
            why=why[0].upper() + why[1:],
        )
    ]
    if others and whose != "borrower":
        names = ", ".join(label(o.entry.title) for o in others)
        found.append(
            say(
                "lending_left_out",
                whose=WHOSE[whose],
                names=names,
            )
        )
    return found


def warnings(comparison: Comparison, currency: str) -> list[str]:
    """Rates above the legal ceiling, and, in Thailand, what is to be known of a group's cover."""
    found = []
    for o in comparison.offers:
        if comparison.figure(o, "over_ceiling"):
            found.append(
                say(
                    "lending_over_ceiling",
                    title=o.entry.title,
                )
            )
        if currency == "THB" and any(party.name == "group" for party in o.scheme.parties):
            found.append(
                say(
                    "lending_thai_law",
                    title=o.entry.title,
                )
            )
    return found


def as_data(comparison: Comparison) -> dict[str, Any]:
    """All figures of all schemes, and the order from every point of view."""
    return {
        "project": comparison.project,
        "schemes": [
            {
                "name": o.entry.name, "scheme": o.scheme.name, "title": o.entry.title,
                "terms": {k: v.number for k, v in o.entry.values.items()},
                "results": {
                    name: comparison.runs[model.name].value(name)
                    for model in o.models for name in model.results
                    if not name.startswith("check_")
                },
            }
            for o in comparison.offers
        ],
        "order": {whose: [o.entry.name for o in rank(comparison, whose)[0]] for whose in VIEWS},
    }  # fmt: skip


def as_rows(comparison: Comparison, currency: str) -> dict[str, Any]:
    """What the memo shows: a column a scheme."""
    tables = []
    for start in range(0, len(comparison.offers), SCHEMES_A_TABLE):
        some = comparison.offers[start : start + SCHEMES_A_TABLE]
        rows = [(text, [written(kind, comparison.figure(o, name)) for o in some])
                for name, text, kind in ROWS]  # fmt: skip
        tables.append({"titles": [o.entry.title for o in some], "rows": rows})
    money = [
        (o.entry.title, title, [written(kind, comparison.figure(o, f"{name}_{key}"))
                                for key, _, kind in PARTY_ROWS])
        for o in comparison.offers for name, title in parties(comparison, o)
    ]  # fmt: skip
    fits: dict[str, list[str]] = {}
    for o in comparison.offers:
        fits.setdefault(o.scheme.fits, []).append(o.entry.title)
    return {
        "tables": tables,
        "party_heads": [text for _, text, _ in PARTY_ROWS],
        "parties": money,
        "fits": [("; ".join(map(label, titles)), what) for what, titles in fits.items()],
        "warnings": warnings(comparison, currency),
        "note": note(),
    }


def sheet(w: Writer, project: str, comparison: Comparison) -> None:
    """A sheet with a column a scheme, each figure a link to the sheet that computes it."""
    f, page = w.formats, w.add(f"{project[:22]}_lending")
    page.write_string(
        0,
        0,
        say("lending_sheet", project=project),
        f["title"],
    )
    page.set_column(0, 0, 52)
    page.set_column(1, 1, 12)
    page.set_column(2, 1 + len(comparison.offers), 20)
    page.set_row(1, 38)
    for k, o in enumerate(comparison.offers):
        wrapped = f.get(bold=True, text_wrap=True, valign="top", align="right", bottom=1,
                        indent=1)  # fmt: skip
        page.write_string(1, 2 + k, o.entry.title, wrapped)
    names = [(name, text) for name, text, _ in ROWS]
    known = {p.name: p.title for o in comparison.offers for p in o.scheme.parties}
    names += [(f"{p}_{key}", Label("{title}: {label}", title, text)) for p, title in known.items()
              for key, text, _ in PARTY_ROWS if p not in (USER, STATE)]  # fmt: skip
    row = 2
    for name, text in names:
        found = [(k, m) for k, o in enumerate(comparison.offers) for m in o.models
                 if name in m.results]  # fmt: skip
        if not found:
            continue
        page.write_string(row, 0, text, f["label"])
        page.write_string(row, 1, found[0][1].results[name].text.unit, f["unit"])
        for k, model in found:
            result, layout = model.results[name], w.layouts[model.name]
            cell = f"'{layout.sheet}'!$C${layout.rows[name]}"
            shown = shown_value(w.runs[model.name], result)
            page.write_formula(row, 2 + k, f"={cell}", _style(f, name), shown)
        row += 1
    page.write_string(row + 1, 0, note(), f["unit"])


def _style(f: Any, name: str) -> Any:
    """How a figure is written in the workbook, by its kind in ROWS or PARTY_ROWS."""
    own = (kind for key, _, kind in PARTY_ROWS if name.endswith(f"_{key}"))
    kind = KIND.get(name) or next(own)
    return f.get(num_format=FORMATS[kind], align="right")
