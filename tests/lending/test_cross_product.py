"""Any scheme with any technology: cash is conserved, and the workbook says what the program says.

The plants are the starting portfolios of `eicfinance new`, and cases of one, four and fifty-two
periods a year. Workbooks: a seeded scheme a plant; all of them with `run.py test --all`.
"""

from __future__ import annotations

import copy
import os
import random
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from eicfinance.appraisal.case import Case, appraise, declarations
from eicfinance.appraisal.comparison import Comparison, compare
from eicfinance.lending import schemes
from eicfinance.model.numeric import Run
from eicfinance.portfolio.starter import starter
from eicfinance.reports.view import view
from eicfinance.reports.workbook import workbook
from eicfinance.technologies import technologies
from tests.portfolios import OWN, appraised
from tests.recalculate import by_ironcalc, cached, differences, poison
from tests.reports.test_workbook import residues

pytestmark = pytest.mark.slow

WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
CASES = ("five-year-plant", "quarterly-farm", "weekly-shop")  # 1, 4 and 52 periods a year
PLANTS = [*technologies(), *CASES]
PAIRS = [(plant, scheme) for plant in PLANTS for scheme in schemes()]
SEEDED = [(plant, random.Random(f"5 {plant}").choice(sorted(schemes()))) for plant in PLANTS]


@cache
def case_of(plant: str) -> Case:
    if plant in CASES:
        return appraised(next(path for path in OWN if path.name == plant))
    with TemporaryDirectory() as folder:
        text = starter(plant, {}, declarations(), date(2026, 12, 31))
        (Path(folder) / "portfolio.yaml").write_text(text, encoding="utf-8")
        return appraise(Path(folder))


@cache
def compared(plant: str, scheme: str) -> tuple[str, Comparison]:
    project = next(iter(case_of(plant).projects))
    return project, compare(case_of(plant), project, [scheme])


def plants_cash(run: Run) -> np.ndarray:
    """What the project takes in less what it pays, grants with it, before all finance."""
    got = sum(run[n][0] for n in ("receipts", "salvage", "grants_received"))
    paid = sum(run[n][0] for n in ("operating_cost", "stores_rise", "replacements", "capital_paid",
                                   "vat_net", "project_tax.tax"))  # fmt: skip
    return np.asarray(got - paid)


def test_there_is_a_plant_of_every_kind() -> None:
    assert {case_of(plant).portfolio.periods_per_year for plant in PLANTS} == {1, 4, 12, 52}
    kinds = {p.entry.kind for plant in PLANTS for p in case_of(plant).projects.values()}
    assert kinds == set(technologies())


@pytest.mark.parametrize(("plant", "scheme"), PAIRS)
def test_cash_is_conserved(plant: str, scheme: str) -> None:
    """As agreed and as expected; added here from what passes between parties (the lines' notes)."""
    project, found = compared(plant, scheme)
    (offer,) = found.offers
    for model in offer.models:
        assert found.runs[model.name].failed_checks() == {}
    run = found.runs[offer.deal.name]
    cash = plants_cash(case_of(plant).runs[project])
    size = np.abs(cash).max()
    lines, parties = run.model.lines, [party.name for party in offer.scheme.parties]
    parties += ["user", "government"]
    costs = sum((run[n][0] for n, line in lines.items() if line.text.note.endswith("to others")),
                np.zeros_like(cash))  # fmt: skip
    for view_, beside in (("", costs), ("_expected", costs * run["paying"][0])):
        whole = sum(run[f"{party}_cash{view_}"][0] for party in parties)
        np.testing.assert_allclose(whole, cash - beside, rtol=0, atol=1e-9 * size)
    assert run["user_cash"].any()
    for party in parties:
        own, net = run[f"{party}_own"][0], np.zeros_like(cash)
        for name, line in lines.items():
            payer, _, rest = line.text.note.partition(" to ")
            payee = rest.partition(":")[0]
            sign = (payee == party) * 1.0 - (payer == party and ":" in rest)
            net += sign * run[name][0] if sign else 0.0  # a ratio may be blank
        np.testing.assert_allclose(run[f"{party}_cash"][0], own + net, rtol=0, atol=1e-9 * size)


@pytest.mark.parametrize("plant", PLANTS)
def test_the_borrowers_rates_are_there(plant: str) -> None:
    """Each has a rate, or there is nothing lent (grants pay all) or no single one."""
    rates = {scheme: compared(plant, scheme)[1].offers[0].contract.name for scheme in schemes()}
    for scheme, name in rates.items():
        run = compared(plant, scheme)[1].runs[name]
        assert run.value("total_cost") is not None
        if run.value("eir") is not None and (run.value("total_cost") or 0) > 1:
            assert (run.value("eir") or 0) > 0, scheme
    assert sum(compared(plant, s)[1].runs[n].value("eir") is not None for s, n in rates.items()) > 8


@pytest.mark.slow
@pytest.mark.parametrize(("plant", "scheme"), PAIRS if WHOLE else SEEDED)
def test_the_workbook_recalculates(plant: str, scheme: str, tmp_path: Path) -> None:
    """Every formula cell, poisoned, by IronCalc."""
    project, found = compared(plant, scheme)
    shown = copy.copy(case_of(plant))
    shown.comparisons, shown.runs = dict(shown.comparisons), dict(shown.runs)
    shown.show(project, found)
    path, spoilt = tmp_path / "book.xlsx", tmp_path / "poisoned.xlsx"
    path.write_bytes(workbook(view(shown)))
    expected = cached(path)
    assert poison(path, spoilt) == len(expected) > 1000
    sheets = {sheet for sheet, _ in expected}
    assert sum(sheet.startswith(found.offers[0].deal.name[:20]) for sheet in sheets) == len(
        found.offers[0].models
    ), sheets
    wrong = differences(expected, by_ironcalc(spoilt, expected), residues(expected))
    assert not wrong, f"{len(wrong)} of {len(expected)} differ:\n" + "\n".join(wrong[:20])
