"""What every technology and every kind of site must do, whichever the package holds.

Nothing is named here: technologies, sites, choices, pools and figures are those that the package
declares, so that a new one is tested by being there.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import run_case
from eicfinance.portfolio.declare import applies
from eicfinance.technologies import sites, technologies
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eicfinance.appraisal.case import Case
    from eicfinance.model.numeric import Run
    from eicfinance.portfolio.declare import Declaration, Figure, Pool

# what a figure without a default is set to, by its unit; anything plausible does
SIZES = {"THB": 1e6, "THB/kWh": 0.5, "t/year": 1000.0, "kWh/year": 400_000.0, "kW": 300.0,
         "m3": 500.0, "head": 1000.0}  # fmt: skip
OTHERS = 50.0
TOTALS = {"revenue_": "sales", "saving_": "savings", "cost_": "operating_cost",
          "replacement_": "replacements"}  # fmt: skip
KINDS = [
    (name, dict(zip([c.name for c in kind.choices], words, strict=True)))
    for name, kind in technologies().items()
    for words in product(*(choice.options for choice in kind.choices))
]
IDS = [" ".join([name, *words.values()]) for name, words in KINDS]
every_kind = pytest.mark.parametrize(("name", "words"), KINDS, ids=IDS)


def plausible(figure: Figure) -> float:
    """The default, or where that is none or nil a figure that makes a difference."""
    if figure.default:
        return figure.default
    if figure.low is not None and figure.high is not None:
        return (figure.low + figure.high) / 2
    size = SIZES.get(figure.unit, OTHERS)
    return size if figure.most is None else min(size, figure.most / 2)


def inputs_of(figures: Iterable[Figure], all_of_them: bool) -> dict[str, float]:
    """Required figures; or all of them, none nil."""
    return {f.name: plausible(f) for f in figures if all_of_them or f.default is None}


def offer(pool: Pool) -> tuple[str, str]:
    """A kind of site, and its pool, that this pool can be taken from."""
    fit = [(kind.name, p.name) for kind in sites().values() for p in kind.pools
           if p.unit == pool.unit]  # fmt: skip
    return next((found for found in fit if found[1] == pool.name), fit[0])


def site(name: str, kind: Declaration) -> dict[str, Any]:
    return {"name": name, "type": kind.name, "inputs": inputs_of(kind.figures, True)}


@cache
def case_of(place: int, all_figures: bool) -> Case:
    """A project of the kind with every pool that it can take, each from a site of its own."""
    name, words = KINDS[place]
    kind = technologies()[name]
    pools = {pool.name: offer(pool) for pool in kind.pools if applies(pool.when, words)}
    project = {
        "name": "project", "technology": name, "choices": words,
        "inputs": inputs_of(kind.applicable(words), all_figures),
        "takes": {pool: f"of_{pool}.{offered}" for pool, (_, offered) in pools.items()},
        "finance": {"loan": {"share": 0.6, "rate": 0.07, "tenor_months": 60}},
    }  # fmt: skip
    places = [site(f"of_{pool}", sites()[found]) for pool, (found, _) in pools.items()]
    borrower = {"tax_regime": "company", "losses": "carried_forward"}
    with TemporaryDirectory() as folder:
        return small(Path(folder), [project], sites=places, borrower=borrower)


@every_kind
def test_builds_with_defaults_and_keeps_the_books(name: str, words: dict[str, str]) -> None:
    """All is finite, all checks hold, streams sum to their totals. (A figure in a wrong unit would
    have been refused while the model was written.)"""
    case = case_of(KINDS.index((name, words)), False)
    run = case.runs["project"]
    assert not any(found.failed_checks() for found in case.runs.values())
    for line in run.model.lines:
        assert all(x is None or np.isfinite(x) for x in run.series(line)), line
    for result in run.model.results:
        value = run.value(result)
        assert value is None or np.isfinite(value), result
    for prefix, whole in TOTALS.items():
        parts = [run[line][0] for line in run.model.lines if line.startswith(prefix)]
        assert np.sum(parts, axis=0) == pytest.approx(run[whole][0], abs=1e-6), whole
    assert run["capital_spent"].sum() == pytest.approx(run.value("capital_cost"))
    _cash_is_conserved(run)
    _nothing_before_commissioning(run)


def _cash_is_conserved(run: Run) -> None:
    """Over the life: cash = sales + savings - cost - replacements + salvage - capital cost."""
    cash = run["sales"] + run["savings"] - run["operating_cost"] - run["replacements"]
    whole = (cash + run["salvage"] - run["capital_spent"]).sum()
    assert run["flow_before_tax"].sum() == pytest.approx(whole, abs=1e-3)


def _nothing_before_commissioning(run: Run) -> None:
    idle = run["operating"][0] == 0
    for line in ("sales", "savings", "operating_cost", "replacements", "energy_net", "ghg_avoided"):
        assert run[line][0][idle] == pytest.approx(0), line


@every_kind
def test_what_is_taken_is_there(name: str, words: dict[str, str]) -> None:
    """Pools are not overdrawn; with all figures given something is made of them."""
    for full in (False, True):
        case = case_of(KINDS.index((name, words)), full)
        run, plant = case.runs["project"], case.projects["project"].plant
        for pool, line in plant.taken.items():
            taken = run[line.text.name][0]
            assert (taken >= -1e-9).all(), pool
            assert (taken <= run[f"{pool}_available"][0] + 1e-6).all(), pool
    assert run["energy_net"].sum() > 0


@every_kind
def test_dearer_is_never_better(name: str, words: dict[str, str]) -> None:
    """A figure that raises the capital cost, and changes no income, never raises project NPV."""
    names, runs = varied(KINDS.index((name, words)))
    capital, npv = runs["capital_cost"], runs["project_npv"]
    income = runs["sales"] + runs["savings"]
    found = 0
    for k in range(1, len(capital)):
        low, high = (0, k) if capital[k] > capital[0] else (k, 0)
        if capital[high] > capital[low] + 1e-6 and np.allclose(income[high], income[low]):
            found += 1
            assert npv[high] <= npv[low] + 1e-6, names[k - 1]
    assert found >= 2  # contingency up and down at least


def varied(place: int) -> tuple[list[str], Run]:
    """Each figure in turn half as large and half as large again, beside the base (the first)."""
    case = case_of(place, True)
    project = case.projects["project"]
    limits = {f.name: f for f in technologies()[project.entry.kind].figures}
    base = {n: run_input.value for n, run_input in project.model.inputs.items() if n in limits}
    names = [name for name in base for _ in (0, 1)]
    changes = {name: np.full(len(names) + 1, value) for name, value in base.items()}
    for k, name in enumerate(names, start=1):
        wanted = base[name] * (0.5 if k % 2 else 1.5)
        least, most = limits[name].least, limits[name].most
        changes[name][k] = np.clip(wanted, least, most)
    return names, run_case(case, {"project": changes})["project"]


@cache
def effective(place: int) -> frozenset[str]:
    """The figures that change a line of the model."""
    names, run = varied(place)
    moved = set()
    for line in run.model.lines:
        values = np.nan_to_num(run[line], nan=-1.0)
        different = ~np.isclose(values[1:], values[:1], rtol=1e-9, atol=1e-9).all(axis=1)
        moved |= {names[k] for k in np.flatnonzero(different)}
    return frozenset(moved)


@pytest.mark.parametrize("name", technologies())
def test_no_figure_of_a_technology_is_dead(name: str) -> None:
    """Each figure changes a line of the model under some choice (a plant that sells nothing has no
    buyers who pay late)."""
    places = [k for k, (kind, _) in enumerate(KINDS) if kind == name]
    alive = frozenset[str]().union(*(effective(place) for place in places))
    assert {f.name for f in technologies()[name].figures} - alive <= {"payment_lag_days"}


@pytest.mark.parametrize("name", sites())
def test_no_figure_of_a_site_is_dead(name: str, tmp_path: Path) -> None:
    """Each figure changes what a site offers; every pool that is declared is offered."""
    kind = sites()[name]
    case = small(tmp_path, [generic()], sites=[site("place", kind)])
    assert {pool for _, pool in case.pools} == {pool.name for pool in kind.pools}
    figures = inputs_of(kind.figures, True)
    base = case.runs["place"]
    for figure, value in figures.items():
        run = run_case(case, {"place": {figure: value / 2}})["place"]
        assert any((run[line] != base[line]).any() for line in run.model.lines), figure
    for pool in kind.pools:
        assert (base[pool.name] >= 0).all()
        assert base[pool.name].sum() > 0
