"""Sheets Results and Checks: the figures that matter, the credit policy, what must hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from eicfinance.appraisal.decision import DECLINE, FAILED, MET, NO_LOAN, PD
from eicfinance.appraisal.fits import duration
from eicfinance.finance.sizing import BOUNDS
from eicfinance.model.book import shown_value
from eicfinance.model.label import Label
from eicfinance.model.sheet import IRR_WRONG, defined_name
from eicfinance.reports.book_charts import charts
from eicfinance.reports.formats import KINDS
from eicfinance.reports.language import date, label
from eicfinance.reports.sheets import as_high_as, wrapped
from eicfinance.reports.view import BRIDGING, ECONOMIC, HEADLINES, NOT_ASSESSED, VALLEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eicfinance.reports.sheets import Writer


WIDE = 52  # of the column of labels


def results(w: Writer) -> None:
    """What follows from the credit policy, then the figures that matter, a column a project, each a
    link to the sheet that computes it."""
    sheet = by_project(w, "Results")
    row = _policy(w, sheet, 2)
    row = w.heading(sheet, row + 1, "The figures that matter")
    bridged = any(p.case.entry.bridging for p in w.shown.projects)
    rows = [*HEADLINES, *VALLEY, *(BRIDGING if bridged else ()),
            *(ECONOMIC if w.shown.case.portfolio.economic else ())]  # fmt: skip
    row = figures(w, sheet, row, rows)
    charts(w, sheet, _sizes(w, sheet, row) + 1)


def by_project(w: Writer, name: str) -> Any:
    """A sheet with a column a project."""
    f, sheet = w.formats, w.add(name)
    sheet.write_string(0, 0, name, f["title"])
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 1, 12)
    sheet.set_column(2, 2 + len(w.shown.projects), 24)
    head = f.get(bold=True, text_wrap=True, valign="top", align="right", bottom=1)
    sheet.set_row(1, 38)
    for k, p in enumerate(w.shown.projects):
        sheet.write_string(1, 2 + k, p.title, head)
    return sheet


def figures(w: Writer, sheet: Any, row: int, rows: Iterable[tuple[str, str, str]]) -> int:
    """Results of the projects, from a row on: each a name, a label and how it is written. Returns
    the row below."""
    f = w.formats
    for name, text, kind in rows:
        sheet.write_string(row, 0, text, f["label"])
        for k, p in enumerate(w.shown.projects):
            if name not in p.case.model.results:
                sheet.write_string(row, 2 + k, NOT_ASSESSED, f.get(align="right"))
                continue
            result, layout = p.case.model.results[name], w.layouts[p.name]
            unit = "month" if kind == "when" else result.text.unit
            sheet.write_string(row, 1, unit, f["unit"])
            shown = shown_value(p.run, result)
            cell = f"'{layout.sheet}'!$C${layout.rows[name]}"
            if kind == "when":  # the period as the month in which it ends
                dates = f"'{layout.sheet}'!$F$3:${layout.last_column}$3"
                cell = f'IF(ISNUMBER({cell}),INDEX({dates},{cell}+1),"")'
                shown = date(p.dates[int(shown)]) if isinstance(shown, float) else ""
            style = f.get(num_format=KINDS[kind], align="right")
            sheet.write_formula(row, 2 + k, f"={cell}", style, shown)
        row += 1
    return row


def _sizes(w: Writer, sheet: Any, row: int) -> int:
    """What binds the size of each loan that the program sized, by formula; the row below."""
    names = dict.fromkeys(name for p in w.shown.projects for name, _ in p.sized)
    for name in names:
        sheet.write_string(row, 0, Label("Size bound by ({name})", name), w.formats["label"])
        for k, p in enumerate(w.shown.projects):
            which = dict(p.sized).get(name)
            if which is None:
                continue
            layout, formula = w.layouts[p.name], f'"{label(BOUNDS["share"])}"'
            for limit in ("dscr", "llcr"):
                if flag := layout.rows.get(f"{name}.bound_by_{limit}"):
                    cell = f"'{layout.sheet}'!$C${flag}"
                    formula = f'IF({cell}>0,"{label(BOUNDS[limit])}",{formula})'
            sheet.write_formula(row, 2 + k, f"={formula}", w.formats.get(align="right"),
                                BOUNDS[which])  # fmt: skip
        row += 1
    return row


def _policy(w: Writer, sheet: Any, row: int) -> int:
    """The recommendation, and below it each line of the credit policy, a column a project, by
    formula. Returns the row below."""
    f = w.formats
    above = row
    row = w.heading(sheet, row + 2, "Credit policy (its limits stand on sheet Inputs)")
    first, word = row, f.get(align="right")
    for name, value in w.shown.case.portfolio.policy.items():
        text = Label("Policy: {label}", value.figure.label)
        if name == PD:
            seed = str(w.shown.case.portfolio.risk.seed)
            text = Label("{text} (at base case, seed {seed}: does not move)", text, seed)
        sheet.write_string(row, 0, text, wrapped(f, label(text), WIDE))
        as_high_as(sheet, row, (label(text), WIDE))
        sheet.write_string(row, 1, value.unit, f["unit"])
        for k, p in enumerate(w.shown.projects):
            line = next((line for line in p.decision.lines if line.name == name), None)
            if line is None or line.flag is None:
                sheet.write_string(row, 2 + k, line.status if line else "", word)
                continue
            layout = w.layouts[line.flag[0]]
            cell = f"'{layout.sheet}'!$C${layout.rows[line.flag[1]]}"
            formula = f'=IF({cell}>0,"{label(MET)}","{label(FAILED)}")'
            sheet.write_formula(row, 2 + k, formula, word, line.status)
        row += 1
    sheet.write_string(above, 0, "Recommendation", f["check"])
    for k, p in enumerate(w.shown.projects):
        column, layout = xl_col_to_name(2 + k), w.layouts[p.name]
        failing = f'COUNTIF({column}${first + 1}:{column}${row},"{label(FAILED)}")'
        debt = f"'{layout.sheet}'!$C${layout.rows['loan.debt']}"
        words = f'IF({failing}>0,"{label(DECLINE)}","{label(p.decision.unfailed)}")'
        formula = f'=IF({debt}>Dust,{words},"{label(NO_LOAN)}")'
        bold = f.get(bold=True, text_wrap=True, align="right")
        sheet.write_formula(above, 2 + k, formula, bold, p.decision.recommendation)
    sheet.set_row(above, 26)
    return row


def _contracts_beyond(w: Writer) -> list[str]:
    """Of each lending contract the periods by which its changed length exceeds its sheet's."""
    found = []
    for comparison in getattr(w.shown.case, "comparisons", {}).values():
        for o in (o for o in comparison.offers if o.contract is not o.deal):
            key, _ = duration(o.entry)
            layout = w.layouts[o.contract.name]
            item = o.contract.inputs[f"{comparison.project}_{o.entry.name}_{key}"]
            length, clock = defined_name(o.contract, item), layout.clock[0]
            if key != "instalments":
                length += f"*'{layout.sheet}'!{clock}" if layout.own_clock else f"*{clock}"
                length += "/months_per_year" if key == "tenor_months" else ""
            end = f"MAX('{layout.sheet}'!$F$4:${layout.last_column}$4)"
            found.append(f"MAX(0,{length}-{end}-Eps)")
    return found


def checks(w: Writer) -> None:
    f, sheet = w.formats, w.add("Checks", (4, 0))
    sheet.write_string(0, 0, "Checks", f["title"])
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 2, 20)
    sheet.write_string(1, 0, "Periods of life beyond the models, not counted", f["label"])
    lives = [
        f"'{w.layouts[p.name].sheet}'!$C${w.layouts[p.name].rows['life_not_counted']}"
        for p in w.shown.projects
    ]
    lives += _contracts_beyond(w)
    beyond = sum(p.run.value("life_not_counted") or 0 for p in w.shown.projects)
    sheet.write_formula(1, 1, f"=IFERROR({'+'.join(lives) or '0'},0)", f["timeline"], beyond)
    sheet.write_string(2, 0, "Failing cells, all checks", f["label"])
    for column, title in enumerate(("Check", "Failing cells", "Sheet")):
        sheet.write_string(3, column, title, f["heading"])
    row, total = 4, 0.0
    for model in w.shown.case.models:
        layout, run = w.layouts[model.name], w.runs[model.name]
        found = [(c.title, c.failures.text.name, 0) for c in model.checks]
        found += [
            (Label("{label} holds for its flow", model[name].text.label), name, IRR_WRONG)
            for name in run.irrs
        ]
        for title, name, offset in found:
            count = 0.0 if offset else float(run[name].sum())
            total += count
            said = label(title)
            sheet.write_name(row, 0, said[0].upper() + said[1:], f["label"])
            cell = f"=IFERROR('{layout.sheet}'!$C${layout.rows[name] + offset},1)"
            sheet.write_formula(row, 1, cell, f["timeline"], count)
            sheet.write_string(row, 2, layout.sheet, f["unit"])
            row += 1
    sheet.write_formula(2, 1, f"=SUM($B$5:$B${row})", f["check"], total)
