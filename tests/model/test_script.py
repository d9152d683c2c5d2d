"""The page's rendering against numpy: every line, result and rate, computed by Chromium.

At base; at the inputs of tests/appraisal/test_by_hand.py; and at inputs drawn from their ranges,
where both may refuse. A seeded sample of the portfolios, all of them with `run.py test --all`.
"""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.model import script
from eicfinance.model.expr import EPS, OPERATIONS, Expr, ModelError
from eicfinance.model.irr import irr
from eicfinance.model.model import Line, Model
from eicfinance.model.numeric import Run, run
from eicfinance.model.script import book, name_of, runtime
from tests.appraisal.test_by_hand import NAMES, inputs, runs_of
from tests.model.test_irr import PUBLISHED, from_discount_roots, mixed_flows
from tests.model.test_language import NO_VALUE, OPERATED, alone, fund, without_value
from tests.model.test_sheet import PERTURBED, plant, shop
from tests.model.test_solving import fund as solved_fund
from tests.portfolios import BUNDLED, OWN, appraised

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.model.test_language import Written

pytestmark = pytest.mark.slow

WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
FOLDERS = [*BUNDLED, *OWN]
BASE, SAMPLE, DRAWS = 9, 5, 1  # portfolios at base, with changed inputs; draws from ranges
CHACHOENGSAO = next(path for path in BUNDLED if path.name == "chachoengsao")
SAMPLED = FOLDERS if WHOLE else random.Random(5).sample(FOLDERS, SAMPLE)
AT_BASE = FOLDERS if WHOLE else [CHACHOENGSAO, *random.Random(6).sample(
    [path for path in FOLDERS if path != CHACHOENGSAO], BASE)]  # fmt: skip
WHOLE_OPS = (">", ">=", "floor", "first")
Changes = Mapping[str, Mapping[str, Any]]  # a number, of a vector one a period
PACK = """([changes, names]) => {
  try {
    const runs = MODEL.runAll(BOOK, changes), all = [];
    for (const [model, wanted] of Object.entries(names))
      for (const name of wanted) {
        const x = runs[model].v[name];
        typeof x === "number" ? all.push(x) : all.push(...x);
      }
    const bytes = new Uint8Array(Float64Array.from(all).buffer);
    let text = "";
    for (let k = 0; k < bytes.length; k += 32768)
      text += String.fromCharCode(...bytes.subarray(k, k + 32768));
    const rates = Object.entries(runs).map(([name, r]) => [name, r.irrs]);
    return {data: btoa(text), rates: Object.fromEntries(rates)};
  } catch (error) { return {error: error.message}; }
}"""


class Engine:
    """A page that computes books."""

    def __init__(self, browser: Any) -> None:
        self.page = browser.new_page()
        self.page.add_script_tag(content=runtime().replace("const ", "var ", 2))
        self.models: list[Model] = []

    def load(self, models: Sequence[Model]) -> None:
        self.models = list(models)
        self.page.add_script_tag(content=f"var BOOK = {book(models)};")

    def run(self, changes: Changes) -> dict[str, Any]:
        """By model: each name's numbers, and the rates."""
        names = {m.name: [name_of(i.text.name) for i in m.rows] for m in self.models}
        said = {
            place: {name_of(n): v.tolist() if isinstance(v, np.ndarray) else float(v)
                    for n, v in values.items()}
            for place, values in changes.items()
        }  # fmt: skip
        found = self.page.evaluate(PACK, [said, names])
        if "error" in found:
            raise ModelError(found["error"])
        numbers, start = np.frombuffer(base64.b64decode(found["data"])), 0
        made: dict[str, Any] = {}
        for model in self.models:
            made[model.name] = {"rates": found["rates"][model.name]}
            for item in model.rows:
                size = model.periods + 1 if isinstance(item, Line) else 1
                made[model.name][item.text.name] = numbers[start : start + size]
                start += size
        assert start == len(numbers)
        return made


@pytest.fixture(scope="module")
def engine(browser: Any) -> Iterator[Engine]:
    made = Engine(browser)
    yield made
    made.page.close()


def differences(found: dict[str, Any], runs: dict[str, Run], scenario: int = 0) -> list[str]:
    """What differs by more than 1e-9 of its row's size, flags and counts at all."""
    wrong = []
    for name, made in found.items():
        run_ = runs[name]
        k = scenario if run_.scenarios > 1 else 0
        rows = {item.text.name: np.atleast_1d(run_[item.text.name][k])
                for item in run_.model.rows}  # fmt: skip
        largest = max((np.nanmax(np.abs(v), initial=0.0) for v in rows.values()), default=0.0)
        for item in run_.model.rows:
            key, wanted = item.text.name, rows[item.text.name]
            within = max(1e-9 * np.nanmax(np.abs(wanted), initial=0.0), 1e-14 * largest)
            if _is_rate(item):
                wrong += [f"{name}.{key}: {said}" for said in _rate_differs(
                    made["rates"][name_of(key)], run_.irr(key, k))]  # fmt: skip
                within = 1e-9 * (1 + np.nan_to_num(abs(wanted[0])))
            elif item.formula is not None:
                within = 0.0 if item.formula.op in WHOLE_OPS else within
            if not np.allclose(made[key], wanted, rtol=0, atol=within, equal_nan=True):
                off = np.nan_to_num(np.abs(made[key] - wanted), nan=np.inf)
                off[np.isnan(made[key]) & np.isnan(wanted)] = 0
                t = int(np.argmax(off))
                wrong.append(f"{name}.{key}: {made[key][t]!r} for {wanted[t]!r} in period {t}")
    return wrong


def _is_rate(item: Any) -> bool:
    return item.formula is not None and item.formula.op == "irr"


def _rate_differs(made: dict[str, Any], wanted: Any) -> list[str]:
    wrong = [f"{k}: {made[k]!r} for {getattr(wanted, k)!r}" for k in ("status", "reason")
             if made[k] != getattr(wanted, k)]  # fmt: skip
    if len(made["roots"]) != len(wanted.roots):
        wrong.append(f"{made} for {wanted}")
    elif any(abs(a - b) > EPS * (1 + abs(b)) for a, b in
             zip(made["roots"], wanted.roots, strict=True)):  # fmt: skip
        wrong.append(f"roots {made['roots']} for {wanted.roots}")
    return wrong


@pytest.mark.parametrize("folder", AT_BASE, ids=lambda p: p.name)
def test_base(folder: Path, engine: Engine) -> None:
    case = appraised(folder)
    engine.load(case.models)
    assert differences(engine.run({}), case.runs) == []


@pytest.mark.parametrize("folder", SAMPLED, ids=lambda p: p.name)
def test_changed_inputs(folder: Path, engine: Engine) -> None:
    case, runs = appraised(folder), runs_of(folder)
    engine.load(case.models)
    changes = inputs(case)
    some = range(1, len(NAMES)) if WHOLE else random.Random(str(folder.name)).sample(
        range(1, len(NAMES)), 3)  # fmt: skip
    for k in some:
        one = {
            place: {n: v[:, k] if isinstance(v, np.ndarray) and v.ndim > 1 else v[k]
                    for n, v in values.items()}
            for place, values in changes.items()
        }  # fmt: skip
        assert differences(engine.run(one), runs, k) == [], NAMES[k]


@pytest.mark.parametrize("folder", SAMPLED, ids=lambda p: p.name)
def test_inputs_drawn_from_their_ranges(folder: Path, engine: Engine) -> None:
    """Both compute the same or both refuse."""
    from eicfinance.appraisal.case import run_case

    case, rng = appraised(folder), random.Random(f"{folder.name} drawn")
    engine.load(case.models)
    for _ in range(20 if WHOLE else DRAWS):
        changes: dict[str, dict[str, float]] = {}
        for model in case.models:
            for name, item in model.inputs.items():
                if item.low is not None and item.high is not None and rng.random() < 0.5:
                    place = "economy" if item.shared else model.name
                    value = rng.uniform(item.low, item.high)
                    whole = item.text.unit in ("month", "day", "year", "1") and value > 2
                    drawn = float(round(value)) if whole else value
                    changes.setdefault(place, {}).setdefault(name, drawn)
        try:
            runs = run_case(case, changes)
        except ModelError:
            with pytest.raises(ModelError):
                engine.run(changes)
        else:
            assert differences(engine.run(changes), runs) == []


# -- contract -------------------------------------------------------------------------------------


def test_operations(engine: Engine) -> None:
    for formula, value in OPERATED:
        engine.load([alone(formula)])
        found = engine.run({})["one"]["value_of_it"]
        assert found == pytest.approx(value, rel=1e-15, abs=1e-15)


@pytest.mark.parametrize("formula", NO_VALUE)
def test_what_has_no_value_is_an_error_wherever_it_hides(formula: Written, engine: Engine) -> None:
    engine.load([without_value(formula)])
    with pytest.raises(ModelError, match="x has no value in period 2"):
        engine.run({})


def test_an_input_tied_to_a_result_of_another_model(engine: Engine) -> None:
    """It takes the result, moved or not, unless it is itself moved; other runs are not reused."""
    first, second = Model("first", 3, 1), Model("second", 5, 4)
    price = first.input("price", 7, "THB", source="test")
    first.result("cost", "THB", price + price)
    taken = second.input("first_cost", 1, "THB", source="test", shared=True)
    second.result("kept", "THB", taken + taken)
    engine.load([first, second])
    tied = {"first_cost": ("first", "cost")}
    engine.page.add_script_tag(content=f"var BOOK = {book([first, second], None, tied)};")
    assert engine.run({})["second"]["kept"] == 28
    assert engine.run({"first": {"price": 10}})["second"]["kept"] == 40
    assert engine.run({"economy": {"first_cost": 8}})["second"]["kept"] == 16
    again = """() => {
      const last = MODEL.runAll(BOOK, {}), next = MODEL.runAll(BOOK, {first: {price: 2}}, last);
      const same = MODEL.runAll(BOOK, {first: {price: 2}}, next).second === next.second;
      return [next.second.v.kept, same];
    }"""
    assert engine.page.evaluate(again) == [8, True]


@pytest.mark.parametrize("changes", PERTURBED, ids=str)
def test_every_operation_of_the_language(changes: Changes, engine: Engine) -> None:
    """A plant with a loan, a shop that it gives lines to, a fund of whole loans."""
    models = [plant()]
    models += [shop(models[0]), fund()]
    runs: dict[str, Run] = {}
    for model in models:
        runs[model.name] = run(model, changes.get(model.name, {}), runs)
    engine.load(models)
    assert differences(engine.run(changes), runs) == []


def test_distances_that_are_not_whole_are_refused(engine: Engine) -> None:
    engine.load([plant()])
    for wrong in (2.5, -1, 1e-3):
        with pytest.raises(ModelError, match="no whole number"):
            engine.run({"plant": {"lag_n": wrong}})


def test_an_operation_that_is_not_known() -> None:
    model = alone(OPERATED[0][0])
    model.results["value_of_it"].formula = Expr("sine", (model.inputs["x"],), OPERATED[0][0].unit)
    with pytest.raises(ModelError, match="no operation 'sine'"):
        book([model])


FLOWS = [
    *(flows for _, flows, _ in PUBLISHED), [0, 0, 0], [5.0], [0, 1, 2], [-1, 0, -2], [1, -2, 2],
    [-5, 3, 0, 1, 0, -2], [-1e300, 1.1e300], [-1e-300, 1.1e-300], [-1, 1e-9], [-1.0, 3.0, -1.0],
    [0, 0, -100, 0, 121, 0], [-100.0, 230.0, -132.0], [-1000, 300, -50, 400, 500, -20, 600],
    *(from_discount_roots([1 / (1 + r) for r in pair]).tolist()
      for pair in ((0.1, 0.105), (0.1, 0.1001), (-0.001, 0.001), (-0.5, -0.499), (0.1, 0.1))),
    *mixed_flows(60).T.tolist(),
]  # fmt: skip


@pytest.mark.parametrize("per_year", [1, 12])
def test_internal_rates_of_return(per_year: int, engine: Engine) -> None:
    """The vectors that test the program's own."""
    said = "([all, p]) => all.map(flows => MODEL.irr(flows, p))"
    found = engine.page.evaluate(said, [FLOWS, per_year])
    near = 2e-6  # a double root, which is as exact as the square root of rounding
    for flows, made in zip(FLOWS, found, strict=True):
        wanted = irr(flows, per_year)
        roots = pytest.approx(wanted.roots, rel=1e-9, abs=near if len(flows) == 3 else 1e-9)
        assert (made["status"], made["reason"], made["changes"]) == (
            wanted.status, wanted.reason, wanted.sign_changes)  # fmt: skip
        assert made["roots"] == roots
        assert (made["rate"] == made["rate"]) == (wanted.rate is not None)


@pytest.mark.parametrize("slope", [0, 0.5, 0.9, 3, -1, -7])
def test_solved_inputs(slope: float, engine: Engine) -> None:
    engine.load([solved_fund(slope)])
    assert engine.run({})["fund"]["need"] == pytest.approx(100 / (1 - slope))
    given = engine.run({"fund": {"debt": 150.0}})["fund"]
    assert given["need"] == pytest.approx(100 + 150 * slope)


def test_solved_inputs_that_move_each_other(engine: Engine) -> None:
    """x = 10 + y / 2, y = 4 - 3 x: x is 4.8 and y -10.4. One without an answer is refused."""
    m = Model("a", 1, 1)
    first = m.input("first", 10, "1")
    x, y = m.solved("x", 1, "1"), m.solved("y", 1, "1")
    half, three, four = (m.input(n, v, "1") for n, v in (("h", 0.5), ("t", 3), ("f", 4)))
    m.solve(x, m.result("x_is", "1", first + half * y))
    m.solve(y, m.result("y_is", "1", four - three * x))
    engine.load([m])
    for start, answer in (
        (10.0, (4.8, -10.4)),
        (0.0, (0.8, 1.6)),
        (-1e6, (-399_999.2, 1_200_001.6)),
    ):
        found = engine.run({"a": {"first": start}})["a"]
        assert (found["x_is"][0], found["y_is"][0]) == pytest.approx(answer)
    engine.load([solved_fund(1)])
    with pytest.raises(ModelError, match="found no value of debt"):
        engine.run({})


# -- a generator that errs is caught ---------------------------------------------------------------


@pytest.mark.parametrize("op", [op for op in OPERATIONS if op not in ("neg", "irr", "where")])
def test_a_wrong_operation_is_caught(op: str, engine: Engine) -> None:
    """Every operation replaced by another in the script: the plant's lines then differ."""
    models = [plant()]
    models += [shop(models[0]), fund()]
    runs: dict[str, Run] = {}
    for model in models:
        runs[model.name] = run(model, {}, runs)
    engine.load(models)
    right = book(models)
    wrong = mutated(right, op)
    assert wrong != right
    engine.page.add_script_tag(content=f"var BOOK = {wrong};")
    try:
        found = engine.run({})
    except ModelError:
        return
    assert differences(found, runs) != []


def mutated(text: str, op: str) -> str:
    """The book with one operation replaced everywhere."""
    head, body = text.split("rows:[", 1)
    swaps = {
        "+": ("+", "-"), "-": ("-", "+"), "*": ("*", "+"), "/": ("div(", "max("),
        "**": ("pow(", "max("), ">": ("gt(", "ge("), ">=": ("ge(", "gt("),
        "min": ("min(", "max("), "max": ("max(", "min("),
        "floor": ("floor(", "Math.ceil("), "or_else": ("orElse(", "((a, b) => a)("),
        "previous": ("before(", "lag("), "lag": ("lag(", "lead("), "lead": ("lead(", "lag("),
        "ratio": ("ratio(", "((a, b) => a * b)("), "sum": ("sum(", "highest("),
        "lowest": ("lowest(", "highest("), "highest": ("highest(", "lowest("),
        "first": ("first(", "lowest("),
    }  # fmt: skip
    return head + "rows:[" + body.replace(*swaps[op])


def test_names_and_numbers() -> None:
    assert script.name_of("loan.balance") == "loan$balance"
    assert [script.number(x) for x in (1.0, 0.1, -2.5, 1e-9, 1e22)] == [
        "1", "0.1", "-2.5", "1e-09", "1e+22"]  # fmt: skip
    assert json.loads(script.number(0.1 + 0.2)) == 0.1 + 0.2
