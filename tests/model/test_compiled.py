"""The compiled rendering against the numpy rendering: every line, many scenarios at once.

Compiling takes seconds a structure. So most models run their generated loop as plain Python, which
says as much of what it computes; a few are compiled, all of them with `run.py test --all`.
"""

from __future__ import annotations

import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from eicfinance.appraisal.case import run_case
from eicfinance.model import compiled, kernel, loop_irr, numeric
from eicfinance.model.expr import ModelError, walk, where
from eicfinance.model.irr import irr_many
from eicfinance.model.model import Line, Model, Result
from tests.appraisal.test_by_hand import NAMES
from tests.appraisal.test_by_hand import inputs as by_hand_inputs
from tests.lending.funds import fund_model
from tests.model import test_irr, test_language, test_sheet, test_solving
from tests.model.test_script import FLOWS
from tests.portfolios import BUNDLED, OWN, ROOT, appraised

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from eicfinance.model.numeric import Run

pytestmark = pytest.mark.slow
ALL = bool(os.environ.get("EICFINANCE_TEST_ALL"))
SCENARIOS = 3
SAMPLE = 6  # portfolios in the ordinary run


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is compiled here is kept here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kernel.FOLDER, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generated loops as they are written, without compiling."""
    monkeypatch.setattr(kernel, "kernel", in_python)


def in_python(source: str) -> Callable[..., None]:
    """A generated loop as plain Python, with numpy's numbers, which divide by zero."""
    made: dict[str, Any] = {**vars(loop_irr), "pick": lambda flag, a, b: a if flag else b}
    made |= {"down": np.floor, "inf": np.float64(np.inf), "nan": np.float64(np.nan)}
    made |= {"zero_": np.float64(0), "one_": np.float64(1)}
    source = re.sub(r"\b0\.0\b", "zero_", re.sub(r"\b1\.0\b", "one_", source))
    exec(source, made)

    def run(c: Any, r: Any, v: Any, g: Any, w: Any, o: Any, k: Any, m: int, size: int) -> None:
        flat = [np.ravel(x) for x in (c, r, v, g, w)]
        with np.errstate(all="ignore"):
            made["kernel"](*flat, o.reshape(-1), k.reshape(-1), m, size)

    return run


def same(ours: Run, theirs: Run, names: list[str] | None = None) -> None:
    """Equal as the workbook must be: to 1e-9 of a row's largest value (of a difference: of what it
    is the difference of), flags and whole numbers exactly, rates of return to 1e-9."""
    model = theirs.model
    for name in names or [item.text.name for item in model.rows]:
        item, a, b = model[name], ours[name], theirs[name]
        assert a.shape == b.shape, name
        assert np.array_equal(np.isnan(a), np.isnan(b)), name
        if name in theirs.irrs:
            assert same_rates(ours, theirs, name), name
            continue
        size = max(largest(theirs, node) for node in (item, *operands(item)))
        assert np.nanmax(np.abs(a - b), initial=0) <= 1e-9 * size, name
        flag = item.formula is not None and item.formula.op in (">", ">=", "floor", "first")
        assert not flag or np.array_equal(a, b, equal_nan=True), name


def operands(item: Line | Result) -> list[Any]:
    if item.formula is None:
        return []
    nodes = [node for node in walk(item.formula) if isinstance(node, Line | Result)]
    return [node for node in nodes if node.unit.same_as(item.unit)]


def largest(run: Run, item: Line | Result) -> float:
    return float(np.nanmax(np.abs(run.arrays[item.text.name]), initial=0))


def same_rates(ours: Run, theirs: Run, name: str) -> bool:
    for k in range(theirs.scenarios):
        one, other = ours.irr(name, k), theirs.irr(name, k)
        if (one.status, one.reason, one.sign_changes) != (
            other.status,
            other.reason,
            other.sign_changes,
        ):
            return False
        if not np.allclose(one.roots, other.roots, rtol=1e-11, atol=1e-9):
            return False
    return True


# -- the language ---------------------------------------------------------------------------------


def plant_and_shop(scenarios: int) -> list[tuple[Model, dict[str, ArrayLike]]]:
    """The models of the workbook's tests, with their changes as scenarios, then random ones."""
    source = test_sheet.plant()
    draw = np.random.default_rng(3)
    found = []
    for model in (source, test_sheet.shop(source)):
        values: dict[str, ArrayLike] = {}
        for name, item in model.inputs.items():
            told = [case.get(model.name, {}).get(name, item.value) for case in test_sheet.PERTURBED]
            more = draw.uniform(0.6, 1.3, scenarios - len(told)) * item.value
            whole = name in ("lag_n", "loan.tenor", "tenth", "ten", "hundred", "a_loan")
            values[name] = np.concatenate([told, np.full_like(more, item.value) if whole else more])
        found.append((model, values))
    return found


@pytest.mark.parametrize("threads", [1, 3])
def test_the_whole_language(threads: int) -> None:
    """The models that use every operation, compiled, in more scenarios than a slice."""
    runs: dict[str, Run] = {}
    theirs: dict[str, Run] = {}
    for model, values in plant_and_shop(700):
        runs[model.name] = compiled.run(model, values, runs, threads=threads)
        theirs[model.name] = numeric.run(model, values, theirs)
        same(runs[model.name], theirs[model.name])


def test_operations(plain: None) -> None:
    """Every example of the language's own tests, with inputs that vary."""
    model = Model("all", 1, 1)
    model.inputs |= test_language.INPUTS.inputs
    for k, (formula, _) in enumerate(test_language.OPERATED):
        model.result(f"r{k}", "1", formula)
    values = {n: np.full(3, item.value) for n, item in model.inputs.items()}
    found = compiled.run(model, values)
    for k, (_, value) in enumerate(test_language.OPERATED):
        assert found[f"r{k}"] == pytest.approx(np.full(3, value), rel=1e-15, abs=1e-15), k


def test_a_fund_of_whole_loans() -> None:
    model, draw = test_language.fund(), np.random.default_rng(5)
    values = {
        "capital": draw.uniform(500, 5000, 300), "size": draw.uniform(20, 300, 300),
        "tenor": draw.integers(1, 13, 300).astype(float), "loss": draw.uniform(0, 0.5, 300),
    }  # fmt: skip
    same(compiled.run(model, values), numeric.run(model, values))


def flows_model(periods: int) -> Model:
    """A rate of return of flows that are drawn by period and scenario, and a line that uses it."""
    m = Model("flows", periods, 1)
    flow = m.line("flow", "THB", m.vector("drawn", [0.0] * (periods + 1), "THB") * 1)
    rate = m.result("rate", "1", flow.irr())
    m.line("uses_it", "THB", flow * rate.or_else(0))
    m.result("sum", "THB", m["uses_it"].sum())
    return m


def test_rates_of_return_of_all_kinds() -> None:
    flows = test_irr.mixed_flows(600)
    model = flows_model(len(flows) - 1)
    found, known = compiled.run(model, {"drawn": flows}), irr_many(flows)
    same(found, numeric.run(model, {"drawn": flows}))
    assert set(found.irrs["rate"].status.tolist()) == {0, 1, 2}
    assert all(test_irr.same(found.irr("rate", k), known.one(k)) for k in range(len(known)))


def test_rates_of_return_that_test_the_page() -> None:
    """Series of several lengths, with rates that coincide, are nil, are beyond a float."""
    for periods in sorted({len(flows) for flows in FLOWS} - {1}):
        flows = np.array([f for f in FLOWS if len(f) == periods] * 2).T
        model, drawn = flows_model(periods - 1), {"drawn": flows}
        same(compiled.run(model, drawn, only=["rate"]), numeric.run(model, drawn), ["rate"])


@pytest.mark.parametrize("case", test_irr.PUBLISHED, ids=[case[0] for case in test_irr.PUBLISHED])
def test_published_rates(case: tuple[str, list[float], tuple[float, ...]], plain: None) -> None:
    _, flows, roots = case
    found = compiled.run(flows_model(len(flows) - 1), {"drawn": np.array([flows, flows]).T})
    assert found.irr("rate", 1).roots == pytest.approx(roots, abs=6e-9)


def test_most_rates_are_proved_by_the_loop() -> None:
    """Long monthly flows with seasons, a refund, an overhaul and a last month without income: 1000
    times; their root by bisection."""
    draw, t = np.random.default_rng(2), np.arange(181)
    season = 10 + 12 * np.sin(2 * np.pi * t / 12)
    flows = season[:, None] * draw.uniform(0.7, 1.3, (181, 1000))
    flows[:4] = -np.array([200, 300, 200, -40])[:, None]
    flows[90] -= 150
    flows[-1] = 5
    three = np.empty((3, 1000))
    call = kernel.kernel(loop_irr.SOURCE)
    none = np.empty(0)
    given = np.ascontiguousarray(flows.T)
    call(np.array([0.0, 12.0]), none, none, none, np.empty(2 * 181 + 16), three, given, 181, 1000)
    rate, proved, changes = three
    assert (changes > 3).all()
    assert proved.mean() > 0.95
    low, high = np.full(1000, -0.5), np.full(1000, 5.0)
    for _ in range(100):
        middle = (low + high) / 2
        above = (flows * (1 + middle) ** (-t / 12)[:, None]).sum(axis=0) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    assert rate[proved > 0] == pytest.approx(low[proved > 0], abs=1e-12)


# -- what the engine finds, and what is refused -----------------------------------------------


def test_solved_figures_scenario_by_scenario(plain: None) -> None:
    shares = np.array([0, 0.2, 0.7, -2])
    found = compiled.run(test_solving.fund(0), {"share": shares})
    assert found["debt"] == pytest.approx(100 / (1 - shares))
    assert not found.failed_checks()
    given = compiled.run(test_solving.fund(0.5), {"debt": np.array([150.0, 200])})
    assert given.failed_checks() == {"Debt still solves": 1}
    with pytest.raises(ModelError, match="found no value of 'debt'"):
        compiled.run(test_solving.fund(0), {"share": np.array([0.5, 1.0])})


def test_solved_figures_of_projects(plain: None) -> None:
    """Loans that are sized by the program, where one figure moves the other, with few results."""
    case = appraised(ROOT / "tests" / "cases" / "sized-loans")
    for name in ("level", "sculpted"):
        model, only = case.runs[name].model, ["equity_npv", "dscr_min", "debt"]
        values = {"income_tax_rate": np.array([0.2, 0.1, 0.0]), "wage": np.array([1, 1.2, 0.9])}
        values = {n: v for n, v in values.items() if n in model.inputs}
        only = [n for n in only if n in model]
        assert values
        theirs = numeric.run(model, values, case.runs, only)
        same(compiled.run(model, values, case.runs, only), theirs, only)


@pytest.mark.parametrize("formula", test_language.NO_VALUE)
def test_what_has_no_value_is_an_error_wherever_it_hides(
    formula: test_language.Written, plain: None
) -> None:
    """In the second scenario alone, and the error says so."""
    m = Model("zero", 3, 1)
    m.line("flow", "1", m.vector("v", [0.0] * 4, "1") + 0)
    m.input("one", 1, "1")
    m.line("x", "1", formula(m))
    paths = {"v": np.array([[2.0, 2], [3, 3], [1, 0], [4, 4]])}
    with pytest.raises(ModelError, match=r"'x' is (nan|inf|-inf) in period 2, scenario 1"):
        compiled.run(m, paths)


def test_errors_name_line_period_and_scenario() -> None:
    """Of all scenarios, not of their slice; also where the value is lost again."""
    m = Model("large", 3, 1)
    growth = m.input("growth", 1, "1")
    size = m.stock("size", "1")
    size.set(where(m.period > 0, size.previous * growth, 1))
    m.result("least", "1", size.lowest() + 0)
    many = np.ones(2000)
    many[1700] = 1e200
    with pytest.raises(ModelError, match="'size' is inf in period 2, scenario 1700"):
        compiled.run(m, {"growth": many}, only=["least"])
    with pytest.raises(ModelError, match="'growth' is nan, scenario 1"):
        compiled.run(m, {"growth": [1, math.nan]})
    with pytest.raises(ModelError, match="'grwth'; did you mean 'growth'"):
        compiled.run(m, {"grwth": many})


@pytest.mark.parametrize("n", [1.5, 0.0, -2.0])
def test_distance_that_is_not_a_whole_number(n: float, plain: None) -> None:
    m = Model("lags", 3, 1)
    distance = m.input("n", 1, "1")
    a = m.line("a", "1")
    b = m.line("b", "1", a.lag(distance))
    a.set(b + 1)
    assert compiled.run(m, {"n": [1.0, 2, 9]})["a"].tolist() == [
        [1, 2, 3, 4],
        [1, 1, 2, 2],
        [1, 1, 1, 1],
    ]
    with pytest.raises(ModelError, match=r"lag of 'a': .* whole number from 1 up"):
        compiled.run(m, {"n": [1.0, n]})


# -- the portfolios -------------------------------------------------------------------------------

FOLDERS = [*BUNDLED, *OWN]
SAMPLED = FOLDERS if ALL else random.Random(7).sample(FOLDERS, SAMPLE)


def compared(folder: Path, scenarios: list[int], models: int | None = None) -> None:
    """A portfolio's models, or a few of them drawn, in some of the scenarios that the computation
    by hand goes through, each given lines of the others."""
    case = appraised(folder)
    changes = {model: {name: np.asarray(values)[..., scenarios] for name, values in inputs.items()}
               for model, inputs in by_hand_inputs(case).items()}  # fmt: skip
    theirs = run_case(case, changes)
    economy = changes.get("economy", {})
    for model in random.Random(folder.name).sample(case.models, models or len(case.models)):
        shared = {n: v for n, v in economy.items() if n in model.inputs and model.inputs[n].shared}
        before = [m.name for m in case.models[: case.models.index(model)]]
        givens = {name: theirs[name] for name in before}
        ours = compiled.run(model, shared | changes.get(model.name, {}), givens)
        same(ours, theirs[model.name])


@pytest.mark.parametrize("folder", SAMPLED, ids=[folder.name for folder in SAMPLED])
def test_models_of_portfolios(folder: Path, plain: None) -> None:
    scenarios = random.Random(folder.name).sample(range(len(NAMES)), SCENARIOS)
    compared(folder, scenarios, None if ALL else 2)


FUNDS = [(method, basis) for method in ("equal_instalments", "flat", "equal_principal")
         for basis in ("per_year", "per_instalment")]  # fmt: skip


@pytest.mark.parametrize(("method", "basis"), FUNDS)
def test_funds(plain: None, method: str, basis: str) -> None:
    """Whole loans, bad years drawn by path, exhaustion: all rows, on paths that end differently."""
    model = fund_model({"fixed_cost": 38_000.0, "bad_year_default": 0.4}, method=method,
                       basis=basis, periods=60)  # fmt: skip
    draw = np.random.default_rng(6)
    values: dict[str, ArrayLike] = {
        f"default_{basis}": draw.uniform(0, 0.4, 6), "loan_size": draw.uniform(4e4, 9e4, 6),
        "bad_year": np.repeat(draw.integers(0, 2, (61, 1)), 6, axis=1) * draw.integers(0, 2, 6),
    }  # fmt: skip
    values["fixed_cost"] = np.linspace(20_000, 60_000, 6)
    theirs = numeric.run(model, values)
    assert len(set(theirs["survives"].tolist())) == 2
    same(compiled.run(model, values), theirs)


@pytest.mark.skipif(not ALL, reason="minutes of compiling: with --all")
@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_every_model_compiled(folder: Path) -> None:
    compared(folder, list(range(len(NAMES))))


# -- the choice, the threads, the cache -----------------------------------------------------------


def growing(scenarios: int) -> tuple[Model, dict[str, ArrayLike]]:
    m = Model("growing", 24, 12)
    rate = m.input("rate", 0.01, "1")
    m.input("other", 1, "1")
    balance = m.stock("balance", "THB")
    balance.set(balance.previous * (1 + rate) + m.constant("deposit", 100, "THB", "made up"))
    m.result("end", "THB", balance.highest() + 0)
    m.result("sum", "THB", balance.sum())
    m.result("rate_of_it", "1", m.line("net", "THB", balance - m["end"] / m.end).irr())
    return m, {"rate": np.random.default_rng(1).uniform(-0.05, 0.05, scenarios)}


def test_threads_and_blocks_change_no_bit() -> None:
    model, values = growing(3000)
    names = [*model.lines, *model.results]
    once = compiled.run(model, values, threads=1)
    for threads in (2, 4):
        again = compiled.run(model, values, threads=threads)
        assert all(np.array_equal(once[n], again[n], equal_nan=True) for n in names)
    for start in range(0, 3000, 700):
        cut = {n: v[start : start + 700] for n, v in values.items()}  # type: ignore[index]
        part = compiled.run(model, cut)
        assert all(
            np.array_equal(once[n][start : start + 700], part[n], equal_nan=True) for n in names
        )


def test_only_what_is_asked_for_is_kept() -> None:
    model, values = growing(600)
    found = compiled.run(model, values, only=["end", "balance"])
    assert set(found.arrays) == {"rate", "other", "deposit", "end", "balance"}
    assert found.arrays["balance"].shape == (25, 600)
    assert not found.irrs
    theirs = numeric.run(model, values, only=["end", "balance"])
    same(found, theirs, ["end", "balance"])


def test_what_does_not_vary_is_computed_once() -> None:
    model, _ = growing(600)
    found = compiled.run(model, {"other": np.ones(600)})
    assert found.arrays["balance"].shape == (25, 1)
    assert found["end"].shape == (600,)


def chosen(monkeypatch: pytest.MonkeyPatch, scenarios: int | None) -> str:
    """Which rendering `run_many` takes."""
    model, values = growing(100)
    taken: list[str] = []

    def noting(name: str, run: Callable[..., Run]) -> Callable[..., Run]:
        def noted(*arguments: Any) -> Run:
            taken.append(name)
            return run(*arguments)

        return noted

    with monkeypatch.context() as patch:
        patch.setattr(compiled, "run", noting("compiled", compiled.run))
        patch.setattr(numeric, "run", noting("numpy", numeric.run))
        compiled.run_many(model, values, scenarios=scenarios)
    return taken[0]


def test_compiled_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the size of the whole study, and without it where numba is not installed."""
    large = int(compiled.WORTH)
    assert chosen(monkeypatch, None) == "numpy"
    assert chosen(monkeypatch, large) == "compiled"
    monkeypatch.setattr(kernel, "find_spec", lambda name: None)
    assert chosen(monkeypatch, large) == "numpy"


def test_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer by numpy; asking for the compiled one is an error of import."""
    model, values = growing(100)
    fast = compiled.run_many(model, values, scenarios=int(compiled.WORTH))
    monkeypatch.setattr(kernel, "find_spec", lambda name: None)
    same(fast, compiled.run_many(model, values, scenarios=int(compiled.WORTH)))
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setenv(kernel.FOLDER, "/nowhere")
    monkeypatch.setattr(kernel, "_known", {})
    model.result("another", "THB", model["balance"].lowest() + 0)
    with pytest.raises(ImportError):
        compiled.run(model, values)


def test_a_numba_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed beside a numpy that it does not know: numpy answers, now and from then on."""
    model, values = growing(100)
    monkeypatch.setattr(kernel, "_broken", [])
    monkeypatch.setattr(kernel, "kernel", _fails)
    slow = compiled.run_many(model, values, scenarios=int(compiled.WORTH))
    same(slow, numeric.run(model, values))
    assert not kernel.available()


def _fails(source: str) -> None:
    raise ImportError(f"numba needs an older numpy: {len(source)}")


PROCESS = """
import sys, numpy as np
from eicfinance.appraisal.case import run_case
from eicfinance.model import compiled, numeric
from eicfinance.model.model import Model
m = Model("growing", 24, 12)
rate, deposit = m.input("rate", 0.01, "1"), m.input("deposit", 100, "THB")
balance = m.stock("balance", "THB")
balance.set(balance.previous * (1 + rate) + deposit)
m.result("end", "THB", balance.highest() + 0)
values = {"rate": np.linspace(-0.05, 0.05, 600)}
found = compiled.run(m, values, only=["end"])
assert np.allclose(found["end"], numeric.run(m, values)["end"], rtol=1e-13)
print("numba" in sys.modules)
"""


def process(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, kernel.FOLDER: str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", PROCESS], env=environment, cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def compiles(*running: subprocess.Popen[str]) -> list[bool]:
    """Whether each process had to compile. Fails where one fails."""
    answers = [one.communicate() for one in running]
    assert all(one.returncode == 0 for one in running), answers
    return [out.strip() == "True" for out, _ in answers]


def test_machine_code_is_kept(tmp_path: Path) -> None:
    """Two processes at once compile, and agree; the next one loads, and never imports numba; a
    damaged file is compiled and written again."""
    assert compiles(process(tmp_path), process(tmp_path)) == [True, True]
    (file,) = tmp_path.iterdir()
    assert compiles(process(tmp_path)) == [False]
    code = file.read_bytes()
    damaged = bytearray(code)
    damaged[len(code) // 2] ^= 1
    file.write_bytes(damaged)
    assert compiles(process(tmp_path)) == [True]
    assert file.read_bytes() == code
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_damaged_code_is_not_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(kernel.FOLDER, str(tmp_path))
    kernel._keep("source", b"machine code")
    (file,) = tmp_path.iterdir()
    assert kernel._kept("source") == b"machine code"
    assert kernel._kept("another source") is None
    content = file.read_bytes()
    for damaged in (content[:-1], content[:20], b"", content + b"x", b"x" + content[1:]):
        file.write_bytes(damaged)
        assert kernel._kept("source") is None


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("", encoding="utf-8")
    monkeypatch.setenv(kernel.FOLDER, str(tmp_path / "a_file" / "cache"))
    monkeypatch.setattr(kernel, "_known", {})
    model, values = growing(100)
    same(compiled.run(model, values, only=["end"]), numeric.run(model, values), ["end"])


@pytest.mark.parametrize(
    ("platform", "variable", "value", "folder"),
    [
        ("linux", "XDG_CACHE_HOME", "/x", "/x/eicfinance"),
        ("linux", "HOME", "/h", "/h/.cache/eicfinance"),
        ("darwin", "HOME", "/h", "/h/Library/Caches/eicfinance"),
        ("win32", "LOCALAPPDATA", "/l", "/l/eicfinance/cache"),
        ("linux", kernel.FOLDER, "/own", "/own"),
    ],
)
def test_where_machine_code_is_kept(
    monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, value: str, folder: str
) -> None:
    for name in ("XDG_CACHE_HOME", kernel.FOLDER):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, value)
    assert kernel.folder().as_posix() == folder


def test_lines_of_other_models(plain: None) -> None:
    """They come from the run as it was asked for; a line that was not is an error that says so."""
    source, values = growing(5)
    m = Model("other", 30, 12)
    balance = m.given("balance", source, source["balance"])
    m.given("net", source, source["net"])  # not used
    m.result("most", "THB", balance.highest() + 0)
    runs = {"growing": compiled.run(source, values, only=["end", "balance"])}
    theirs = numeric.run(m, {}, {"growing": numeric.run(source, values)}, ["most", "balance"])
    same(compiled.run(m, {}, runs, ["most", "balance"]), theirs, ["most", "balance"])
    for run in (compiled.run, numeric.run):
        with pytest.raises(ModelError, match="'net' is given by 'net' of model 'growing', which"):
            run(m, {}, runs)


def test_equal_structures_share_a_function(plain: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither names nor figures matter; what varies does."""
    sources: list[str] = []

    def noted(source: str) -> Callable[..., None]:
        sources.append(source)
        return in_python(source)

    monkeypatch.setattr(kernel, "kernel", noted)
    for name, value in (("a", 1.0), ("b", 2.0)):
        m = Model(name, 4, 1)
        x, y = m.input(f"x_{name}", value, "1"), m.input("y", value, "1")
        m.result("sum", "1", m.line(f"line_{name}", "1", x * m.period + y).sum())
        compiled.run(m, {f"x_{name}": [1.0, 2]})
        compiled.run(m, {"y": [1.0, 2]})
    assert sources[0] == sources[2] != sources[1] == sources[3]
