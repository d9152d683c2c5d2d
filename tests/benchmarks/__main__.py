"""Prints measured times and ratios. Nothing here passes or fails."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.benchmarks.sixty import sixty
from tests.portfolios import BUNDLED, OWN, ROOT, appraised

RANGES = {"husk_price": (0, 800), "energy_charge": (3.5, 4.5), "capital_per_kw": (45e3, 75e3),
          "loan_rate": (0.04, 0.09), "escalation_general": (0.01, 0.03),
          "availability": (0.75, 0.88), "husk_per_kwh": (1.66, 2.0)}  # fmt: skip


def median(call: Callable[[], object], runs: int = 5) -> float:
    """The median wall-clock seconds of some runs, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process(*args: str) -> Callable[[], object]:
    return lambda: subprocess.run(
        [sys.executable, *args], capture_output=True, check=True, cwd=ROOT
    )


def start_up() -> None:
    """`--help` as a process against a bare import of click (aim: under 1.3 times)."""
    ours, peer = (
        median(process("-m", "eicfinance", "--help"), 15),
        median(process("-c", "import click"), 15),
    )
    print(
        f"--help            {ours:6.3f} s, {ours / peer:.2f} x `python -c 'import click'` (aim 1.3)"
    )


def appraisals() -> None:
    """Whole appraisals as processes, all files written (aim for Chachoengsao: under 4 s)."""
    for folder in BUNDLED:
        with tempfile.TemporaryDirectory() as out:
            taken = median(process("-m", "eicfinance", "appraise", str(folder), "--out", out), 3)
        print(f"appraise {folder.name:<13} {taken:5.2f} s as a process")


def rates_of_return() -> None:
    """IRR of many series at once against pyxirr in a loop, in the same run."""
    import pyxirr

    from eicfinance.model.irr import irr_many

    draw = np.random.default_rng(1)
    for title, scenarios, periods, ppy in (
        ("20 years", 100_000, 20, 1),
        ("240 months", 100_000, 240, 12),
    ):
        flows = draw.uniform(0.5, 1.5, (periods + 1, scenarios))
        flows[0] = -0.6 * periods
        ours = median(lambda: irr_many(flows, ppy), 3)  # noqa: B023
        rows = flows.T.tolist()
        peer = median(lambda: [pyxirr.irr(row) for row in rows], 1)  # noqa: B023
        print(
            f"irr {title:<13} {ours:6.3f} s for {scenarios}, pyxirr one by one {peer / ours:.1f} x"
        )


def rendering() -> None:
    """The husk plant with loan and IRRs at 10,000 scenarios, in blocks of 500, against the same
    written by hand in numpy, which gives the same figures (aim: within 3 times)."""
    from eicfinance.model.numeric import run
    from tests.benchmarks.husk_by_hand import husk_plant

    case = appraised(next(path for path in BUNDLED if path.name == "chachoengsao"))
    model, site = case.projects["husk_plant"].model, case.runs["mill_site"]
    husk, load = (site[name][0][: model.periods + 1] for name in ("husk", "load"))
    base = {name: item.value for name, item in model.inputs.items()}
    draw = np.random.default_rng(1)
    blocks = [{n: draw.uniform(*r, 500) for n, r in RANGES.items()} for _ in range(20)]
    by_program = run(model, blocks[0], case.runs)
    for name, values in husk_plant(base | blocks[0], husk, load, model.periods).items():
        assert np.allclose(by_program[name], values, rtol=1e-9, equal_nan=True), name
    ours = median(lambda: [run(model, block, case.runs) for block in blocks], 3)
    peer = median(lambda: [husk_plant(base | b, husk, load, model.periods) for b in blocks], 3)
    print(f"numpy rendering   {ours:6.2f} s for 10,000 scenarios of {len(model.rows)} rows x "
          f"{model.periods} months, {ours / peer:.2f} x by hand (aim 3)")  # fmt: skip


def many_scenarios() -> None:
    """The husk plant with loan, rates of return and gaps at 100,000 scenarios, compiled (its loop
    kept on disk) and by numpy, against the same written by hand as a loop for numba, which gives
    the same figures (aims: within 2 times, and 40 times). All on all processors."""
    from eicfinance.model import compiled
    from eicfinance.model.numeric import run
    from tests.benchmarks.husk_loop import RESULTS, by_loop

    case = appraised(next(path for path in BUNDLED if path.name == "chachoengsao"))
    model, site = case.projects["husk_plant"].model, case.runs["mill_site"]
    husk, load = (np.array(site[name][0][: model.periods + 1]) for name in ("husk", "load"))
    base = {name: item.value for name, item in model.inputs.items()}
    own_cash = case.runs["husk_plant"].series("committed")[0] or 0.0
    by_hand = by_loop(base, husk, load, model.periods, own_cash)
    draw, threads, only = np.random.default_rng(1), os.cpu_count() or 1, list(RESULTS)
    values = {n: draw.uniform(*r, 100_000) for n, r in RANGES.items()}
    few = {name: drawn[:1000] for name, drawn in values.items()}
    found, known = compiled.run(model, values, case.runs, only), by_hand(values, threads)
    numbers = run(model, few, case.runs, only)
    for name in RESULTS:
        assert np.allclose(found[name], known[name], rtol=1e-8, atol=1e-8), name
        assert np.allclose(found[name][:1000], numbers[name], rtol=1e-9, atol=1e-9), name
    blocks = [{n: v[k : k + 500] for n, v in values.items()} for k in range(0, 5000, 500)]
    peer = median(lambda: by_hand(values, threads), 5)
    ours = median(lambda: compiled.run(model, values, case.runs, only), 5)
    slow = 20 * median(lambda: [run(model, b, case.runs, only) for b in blocks], 3)
    print(f"100,000 scenarios {ours:6.2f} s compiled, on {threads} processors, {ours / peer:.2f} x "
          f"by hand (aim 2); numpy {slow:.0f} s, {slow / peer:.0f} x by hand (aim 40)")  # fmt: skip


def fund_paths() -> None:
    """10,000 random paths of a 10-year monthly fund against cohorts by (tenor x paths) in numpy,
    which give the same figures (aim: 4 times as fast)."""
    from eicfinance.risk.survival import draws, outcomes
    from tests.benchmarks.fund_by_cohorts import by_cohorts
    from tests.lending.funds import figures, fund_model

    paths = 10_000
    for tenor in (24, 36, 60):
        values = {"tenor_months": float(tenor), "fixed_cost": 34_000.0, "soft_loan": 1e6,
                  "joining_per_year": 24.0, "savings_deposit": 100.0, "bad_year_default": 0.35,
                  "waiting_members": 200.0}  # fmt: skip
        model = fund_model(values)
        default = model.inputs["default_per_year"]
        default.low, default.high = 0.01, 0.15
        drawn = draws(model, default, model.inputs["bad_year_chance"], paths, 1)
        x = figures({"method": "equal_instalments", "default_basis": "per_year"}, values)
        share, bad = drawn["default_per_year"], drawn["bad_year"]
        names = ("survives", "exhausted_period")
        by_program, by_hand = outcomes(model, drawn, paths), by_cohorts(x, share, bad)
        for name, found in by_hand.items():
            assert np.allclose(by_program[name], found, rtol=1e-9, equal_nan=True), name
        ours = median(lambda: outcomes(model, drawn, paths, wanted=names), 5)  # noqa: B023
        peer = median(lambda: by_cohorts(x, share, bad), 5)  # noqa: B023
        alive = by_program["survives"].mean()
        print(f"fund, {tenor} months   {ours:6.3f} s for {paths} paths of {model.periods} months "
              f"({alive:.0%} survive), cohorts {peer / ours:.1f} x (aim 4)")  # fmt: skip


def solving() -> None:
    """Solving for the tariff that an owner's rate wants, warm, the model run again included (aim:
    under 50 ms for the annual plant): against one run of the project's models."""
    from eicfinance.appraisal.case import run_case
    from eicfinance.appraisal.solve import solve

    cases = {folder.name: folder for folder in [*BUNDLED, *OWN]}
    for name, project, aim in (
        ("sam-cashloan", "pv", " (aim 50 ms)"), ("one-roof", "roof", ", by month")
    ):  # fmt: skip
        case = appraised(cases[name])
        assert solve(case, project, "tariff", "equity_irr=12%").answer.value is not None
        ours = median(lambda: solve(case, project, "tariff", "equity_irr=12%"), 15)  # noqa: B023
        once = median(lambda: run_case(case), 15)  # noqa: B023
        print(f"solve {name:<12}{1000 * ours:6.1f} ms for a tariff, {ours / once:.1f} x one run "
              f"of the case{aim}")  # fmt: skip


def sensitivities() -> None:
    """All sensitivities of a project against the same scenarios in a loop of runs."""
    from eicfinance.appraisal.batch import part, unknowns
    from eicfinance.appraisal.sensitivity import RESULTS, sensitivity

    case = appraised(next(path for path in BUNDLED if path.name == "one-roof"))
    some = part(case, "roof", RESULTS)
    alone = [{u.move: end} for u in unknowns(some).values() for end in u.ends or ()]
    ours = median(lambda: sensitivity(case, "roof", top=0), 5)
    peer = median(lambda: [some.batch([one]) for one in alone], 3)
    print(f"sensitivity       {1000 * ours:6.1f} ms for {len(alone)} lows and highs in one batch, "
          f"one by one {peer / ours:.1f} x")  # fmt: skip


def sam() -> None:
    """1,000 runs of the rooftop case of SAM's Cashloan, all lines and results, against NREL-PySAM
    one by one, which gives the same NPV (aim: 1,000 times as fast)."""
    from eicfinance.model.numeric import run
    from tests.benchmarks.sam_cashloan import cashloan

    try:
        peer_run = cashloan()
    except ImportError:
        print("SAM Cashloan      not run: pip install NREL-PySAM==7.1.1.post1 in .venv")
        return
    case = appraised(ROOT / "tests" / "cases" / "sam-cashloan")
    model = case.projects["pv"].model
    assert np.isclose(case.runs["pv"].value("equity_npv") or 0, peer_run(), rtol=1e-9)
    prices = np.linspace(2.6, 4.6, 1000)
    ours = median(lambda: run(model, {"energy_charge": prices}, case.runs))
    peer = median(lambda: [peer_run() for _ in range(100)], 3) * 10
    print(f"SAM Cashloan      {ours:6.3f} s for 1,000 runs, NREL-PySAM one by one "
          f"{peer / ours:.0f} x (aim 1,000)")  # fmt: skip


def lending() -> None:
    """All lending schemes on one project: written and computed (aim: under 1 s)."""
    from eicfinance.appraisal.comparison import compare

    case = appraised(next(path for path in BUNDLED if path.name == "chachoengsao"))
    taken = median(lambda: compare(case, "mill_roof"))
    print(f"lending schemes   {taken:6.2f} s for all on one project (aim 1 s)")


def page() -> None:
    """The husk plant in Chromium, as the memo's page computes it while a slider is dragged: its own
    cut models, and all lines (aim: under a frame of 16 ms)."""
    from playwright.sync_api import sync_playwright

    from eicfinance.model.script import book, runtime
    from eicfinance.reports import what_if
    from eicfinance.reports.view import view
    from tests.browser import ARGUMENTS, chromium

    program = chromium()
    if program is None:
        print("page              not run: Chromium is not installed")
        return
    case = appraised(next(path for path in BUNDLED if path.name == "chachoengsao"))
    shown = view(case)
    cut, needs = what_if._models(shown, what_if._with_subsidies(case))
    whole = [case.sites["mill_site"], case.projects["husk_plant"].model]
    timed = """models => {
      const runs = 200, once = k => MODEL.runAll(BOOK, {husk_plant: {husk_price: k}}, {}, models);
      for (let k = 0; k < 50; k++) once(k);
      const start = performance.now();
      for (let k = 0; k < runs; k++) once(k);
      return (performance.now() - start) / runs;
    }"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        found = []
        for models, names in ((cut, needs["husk_plant"]), (whole, None)):
            tab = browser.new_page()
            tab.add_script_tag(content=runtime())
            tab.add_script_tag(content=f"const BOOK = {book(models)};")
            found.append(tab.evaluate(timed, names))
        browser.close()
    print(f"page              {found[0]:6.2f} ms a run of the husk plant with what depends on it, "
          f"all lines {found[1]:.2f} ms (aim 16)")  # fmt: skip


def workbook() -> None:
    """170,000 formulas with stored values: our worksheet against XlsxWriter's own."""
    from datetime import UTC, datetime

    from xlsxwriter import Workbook
    from xlsxwriter.utility import xl_col_to_name

    from eicfinance.model.book import Book

    template = "{c}7*{c}7+SUM($A$1:$B$2)/Periods"
    columns = [xl_col_to_name(k) for k in range(1, 341)]
    rows = [["=" + template.replace("{c}", c) for c in columns] for _ in range(500)]

    def plain(path: str) -> None:
        with Workbook(path, {"in_memory": True}) as book:
            style, sheet = book.add_format(), book.add_worksheet()
            for k, row in enumerate(rows):
                for j, formula in enumerate(row):
                    sheet.write_formula(k, j, formula, style, 1.5)

    def own(path: str) -> None:
        book = Book(path, datetime(2026, 1, 1, tzinfo=UTC))
        style, sheet = book.add_format(), book.add_sheet("a")
        for k, row in enumerate(rows):
            sheet.formula_row(k, 1, template, style, [1.5] * len(row))
        book.close()

    with tempfile.TemporaryDirectory() as folder:
        ours = median(lambda: own(f"{folder}/a.xlsx"), 3)
        peer = median(lambda: plain(f"{folder}/b.xlsx"), 3)
    print(f"workbook          {ours:6.2f} s for 170,000 formulas, plain XlsxWriter "
          f"{peer / ours:.1f} x")  # fmt: skip


def reports() -> None:
    """Memo and workbook of Chachoengsao, warm (aim: 3 s together), as a share of all that an
    appraisal does in the same process."""
    from eicfinance.appraisal.case import appraise
    from eicfinance.reports.memo import as_html
    from eicfinance.reports.view import view
    from eicfinance.reports.workbook import workbook

    folder = ROOT / "portfolios" / "chachoengsao"
    appraising = median(lambda: view(appraise(folder)), 3)
    shown = view(appraise(folder))
    with tempfile.TemporaryDirectory() as out:
        book = median(lambda: (Path(out) / "a.xlsx").write_bytes(workbook(shown)), 3)
    memo = median(lambda: as_html(shown), 3)
    share = (book + memo) / (book + memo + appraising)
    print(f"reports           {book:6.2f} s workbook and {memo:.2f} s memo of Chachoengsao "
          f"(aim 3 together), {share:.0%} of the whole")  # fmt: skip


def sixty_firms() -> None:
    """A cluster of 60 firms with a project each: all files, as a process (aims: 30 s, 1 GB)."""
    with tempfile.TemporaryDirectory() as place:
        folder = sixty(Path(place) / "sixty")
        start = time.perf_counter()
        process("-m", "eicfinance", "appraise", str(folder), "--out", f"{place}/out")()
        taken = time.perf_counter() - start
    if os.name == "posix":
        import resource

        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        memory = f", {most:.2f} GB at the most (aim 1)"
    else:
        memory = ""
    print(f"60 firms          {taken:6.1f} s as a process (aim 30){memory}")


def cluster_simulation() -> None:
    """All of Chachoengsao, 2,000 scenarios, in one process (aim: on two cores under 20 s with numpy
    alone, under 5 s compiled, with what was compiled kept)."""
    from unittest.mock import patch

    from eicfinance.appraisal.simulation import simulate
    from eicfinance.model import kernel

    case = appraised(ROOT / "portfolios" / "chachoengsao")
    for name, there in (("numpy", False), ("compiled", True)):
        if there and not kernel.available():
            continue
        with patch.object(kernel, "available", lambda there=there: there):
            taken = median(lambda: simulate(case, 2000), 1)
        print(f"risk, 2,000 scenarios of the cluster, {name:<8} {taken:6.2f} s in one process")


def main() -> None:
    print(f"Python {sys.version.split()[0]}, numpy {np.__version__}")
    for measure in (start_up, appraisals, reports, sixty_firms, rates_of_return, rendering,
                    many_scenarios, fund_paths, solving, sensitivities, sam, lending,
                    cluster_simulation, page, workbook):  # fmt: skip
        measure()


if __name__ == "__main__":
    main()
