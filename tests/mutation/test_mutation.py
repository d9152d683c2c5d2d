"""A wrong operator, number or reference in any row of any model is noticed.

Every row of every project, site, cluster and lending model is changed in turn (mutants.py) and the
model run again, all sets of inputs at once (tests/appraisal/test_by_hand.py: base, delay, short
losses, zero rate and grace, no loan, poverty, ...). Noticed means: a figure differs from the second
computation by hand, an integrity check fails, or the model refuses. The same mutant of a row is in
many models; one of them must notice. One that none notices must change nothing (its row is the same
in every scenario of every model), or stand in EQUIVALENT with the reason.

`run.py test` tries a seeded sample, `run.py test --all` every mutant.
"""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eicfinance.appraisal.case import Case
from eicfinance.model.expr import ModelError
from eicfinance.model.model import Model
from eicfinance.model.numeric import Run, run
from tests.appraisal.by_hand_cluster import cluster, site
from tests.appraisal.by_hand_schemes import bargain, offers_of
from tests.appraisal.test_by_hand import NAMES, expected, inputs, runs_of
from tests.mutation.mutants import Mutant, mutants, planted
from tests.portfolios import BUNDLED, OWN, appraised

WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
ROWS, SAMPLE = 100, 60  # of which mutants are made, and mutants that are tried
Place = tuple[Path, str]  # portfolio, model
MODELS = [(path, model.name) for path in [*BUNDLED, *OWN] for model in appraised(path).models]


def by_hand(folder: Path, name: str) -> dict[str, np.ndarray[Any, Any]]:
    """Name of a line or result -> its values by hand, scenarios x periods or scenarios."""
    case, runs = appraised(folder), runs_of(folder)
    found: list[dict[str, Any]] = []
    for k in range(len(NAMES)):
        if name in case.projects:
            found.append(expected(case, name, runs[name], k))
        elif name == "cluster":
            projects = {p: expected(case, p, runs[p], k) for p in case.projects}
            found.append(cluster(case, projects, runs["cluster"], k))
        elif name in offers_of(case):
            found.append(bargain(case, runs, name, k))
        else:
            found.append(site(case, name, runs[name], k))
    return {key: np.array([f[key] for f in found], float) for key in found[0]}


def with_rates(run_: Run) -> dict[str, np.ndarray[Any, Any]]:
    """Internal rates of return, whose NPV test_by_hand.py proves to be nil."""
    return {name: run_[name] for name in run_.irrs}


def noticed(made: Run, wanted: dict[str, np.ndarray[Any, Any]]) -> bool:
    if made.failed_checks():
        return True
    for key, values in wanted.items():
        size = np.nanmax(np.abs(values), initial=0.0)
        if not np.allclose(made[key], values, rtol=1e-10, atol=1e-11 * size + 1e-7, equal_nan=True):
            return True
    return False


def _state(folder: Path, name: str) -> tuple[Model, dict[str, list[float]], dict[str, Any]]:
    """A model, its inputs in all scenarios, and what its lines and results must be."""
    case, runs = appraised(folder), runs_of(folder)
    model = next(m for m in case.models if m.name == name)
    return model, given(case, model), by_hand(folder, name) | with_rates(runs[name])


state = cache(_state)


def given(case: Case, model: Model) -> dict[str, list[float]]:
    """The inputs of all scenarios for one model."""
    changed = inputs(case)
    shared = {n: v for n, v in changed.get("economy", {}).items() if n in model.inputs}
    shared = {n: v for n, v in shared.items() if model.inputs[n].shared}
    return shared | changed.get(model.name, {})


def outcome(place: Place, mutant: Mutant) -> str:
    """ "noticed", "missed", or "idle" where the mutant changes nothing."""
    model, values, wanted = state(*place)
    runs = runs_of(place[0])
    with planted(model, mutant):
        try:
            made = run(model, values, runs)
        except ModelError:
            return "noticed"
    if noticed(made, wanted):
        return "noticed"
    row = mutant.row.text.name
    before, after = runs[model.name][row], made[row]
    size = np.nanmax(np.abs(before), initial=0.0)
    same = np.allclose(before, after, rtol=1e-9, atol=1e-9 * size, equal_nan=True)
    return "idle" if same else "missed"


@cache
def everywhere() -> dict[str, list[tuple[Place, Mutant]]]:
    """Each mutant by its text, with the models that have it; of a seeded sample of rows, and of
    those that are called equivalent, unless all is tested."""
    models = {(path, m.name): m for path, name in MODELS for m in appraised(path).models
              if m.name == name}  # fmt: skip
    rows = sorted({row.text.name for model in models.values() for row in model.rows})
    if not WHOLE:
        called = [text.split(":")[0] for text in EQUIVALENT]
        rows = [*random.Random(1).sample(rows, ROWS), *called]
    found: dict[str, list[tuple[Place, Mutant]]] = {}
    for place, model in models.items():
        for mutant in mutants(model, set(rows)):
            found.setdefault(mutant.text, []).append((place, mutant))
    return found


def survives(text: str) -> bool:
    """Whether the mutant changes something in some model and none notices."""
    missed = False
    for place, mutant in everywhere()[text]:
        result = outcome(place, mutant)
        if result == "noticed":
            return False
        missed = missed or result == "missed"
    return missed


ALIKE = "where the gas only makes power, all its uses rise by the same index"
EQUIVALENT: dict[str, str] = {  # mutant -> why it makes no difference
    "repayment_first_period: 0 -> 1":
        "a loan without repayment after commissioning has no debt service then either",
    "burnt_bought_husk: burnt_own_husk_limit -> burnt_own_husk":
        "less than the limit is burnt only where nothing is left to serve",
    "price_own_use: price_index_electricity -> price_index_feedstock": ALIKE,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(4))
def test_every_mutant_is_noticed(shard: int) -> None:
    texts = sorted(everywhere())
    if not WHOLE:
        texts = random.Random(2).sample(texts, SAMPLE)
    texts = texts[shard::4]
    assert [text for text in texts if text not in EQUIVALENT and survives(text)] == []


def test_what_is_called_equivalent_exists_and_survives() -> None:
    assert set(EQUIVALENT) <= set(everywhere())
    some = EQUIVALENT if WHOLE else random.Random(3).sample(sorted(EQUIVALENT), 1)
    assert [text for text in some if not survives(text)] == []


@pytest.mark.parametrize(("folder", "name"), MODELS, ids=lambda x: getattr(x, "name", x))
def test_the_model_as_it_is_agrees_with_the_hand(folder: Path, name: str) -> None:
    """Clusters and sites too; what is compared holds something of every kind of row."""
    wanted = by_hand(folder, name)
    assert wanted
    assert not noticed(runs_of(folder)[name], wanted)
