"""Sheets Loans and parties, and Green: who borrows on what terms, and what is avoided; a column a
project, each figure a link to the cell that holds or computes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eicfinance.model.label import Label
from eicfinance.model.sheet import defined_name
from eicfinance.reports.results import by_project, figures

if TYPE_CHECKING:
    from eicfinance.reports.sheets import Writer

TERMS = (("share", "0.0%"), ("amount", "#,##0"), ("rate", "0.00##%"), ("margin", "0.00##%"),
         ("tenor_months", "0"), ("grace_months", "0"), ("upfront_fee", "0.00##%"),
         ("target_dscr", "0.00"))  # fmt: skip
LOANS = (
    ("loan.debt", "All loans", "money"), ("loan_to_cost", "Loans, share of cost", "percent"),
    ("service_highest", "Highest debt service of a period", "money"),
    ("dscr_min", "Minimum DSCR, trailing twelve months", "ratio"),
    ("dscr_average", "Average DSCR", "ratio"), ("llcr", "LLCR at commissioning", "ratio"),
    ("dscr_global_min", "Minimum global DSCR: host and this project", "ratio"),
    ("gearing", "Gearing: debt / (uses - grants)", "percent"),
)  # fmt: skip
GREEN = (
    ("ghg_baseline_total", "Emitted without the project, over its life", "tonnes"),
    ("ghg_project_total", "Emitted by the project", "tonnes"),
    ("ghg_leakage_total", "Leakage", "tonnes"),
    ("ghg_avoided_total", "Avoided over the project's life", "tonnes"),
    ("ghg_avoided_per_year", "Avoided per year of operation", "tonnes"),
    ("abatement_cost_discounted", "Abatement cost, discounted tonnes", "per_tonne"),
    ("abatement_cost_undiscounted", "Abatement cost, undiscounted tonnes", "per_tonne"),
)
EACH = "Figures are those of one; where a project stands for several, its heading says so."


def loans(w: Writer) -> None:
    """Owner, terms of each loan, cover. The lending sheets compare schemes where the portfolio
    names some."""
    f, sheet = w.formats, by_project(w, "Loans and parties")
    word = f.get(align="right", text_wrap=True, valign="top")
    sheet.write_string(2, 0, "Borrower", f["label"])
    for k, p in enumerate(w.shown.projects):
        sheet.write_string(2, 2 + k, p.case.borrower.title, word)
    row = 3
    for loan in dict.fromkeys(n for p in w.shown.projects for n in p.case.entry.loan_names):
        row = w.heading(sheet, row + 1, "Terms" if loan == "loan" else Label("Terms: {loan}", loan))
        row = _terms(w, sheet, row, loan)
    row = w.heading(sheet, row + 1, "Debt and cover")
    row = figures(w, sheet, row, LOANS)
    if comparisons := [name for name in w.sheets if name.endswith("_lending")]:
        row = w.heading(sheet, row + 1, "Lending schemes compared: who pays whom")
        for name in comparisons:
            sheet.write_url(row, 0, f"internal:'{name}'!A1", f["link"], name)
            row += 1


def _terms(w: Writer, sheet: Any, row: int, loan: str) -> int:
    for key, form in TERMS:
        name = f"{loan}_{key}"
        found = [(k, p) for k, p in enumerate(w.shown.projects) if name in p.case.model.used()]
        if not found:
            continue
        text = found[0][1].case.model.inputs[name].text
        sheet.write_string(row, 0, text.label, w.formats["label"])
        sheet.write_string(row, 1, text.unit, w.formats["unit"])
        for k, p in found:
            cell = defined_name(p.case.model, p.case.model.inputs[name])
            style = w.formats.get(num_format=form, align="right")
            sheet.write_formula(row, 2 + k, f"={cell}", style, p.run.value(name))
        row += 1
    return row


def green(w: Writer) -> None:
    """Baseline, project, leakage, avoided, and what a tonne costs."""
    sheet = by_project(w, "Green")
    row = figures(w, sheet, 2, GREEN)
    sheet.write_string(row + 1, 0, EACH, w.formats["unit"])
