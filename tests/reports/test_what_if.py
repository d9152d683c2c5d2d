"""What-if on the memo's page, in Chromium: what it shows is what the program computes."""

from __future__ import annotations

import copy
import os
import random
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np
import pytest

from eicfinance.appraisal.case import appraise, run_case
from eicfinance.model.script import name_of
from eicfinance.reports import what_if
from eicfinance.reports.memo import as_html
from eicfinance.reports.page import packed
from eicfinance.reports.view import View, view
from eicfinance.reports.words import number, rate
from tests.portfolios import BUNDLED, OWN, appraised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eicfinance.appraisal.case import Case

pytestmark = pytest.mark.slow

WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
CASES = {path.name: path for path in [*BUNDLED, *OWN]}
TRIED = list(CASES) if WHOLE else ["one-roof"]
MOVES = 10_000 if WHOLE else 9  # tried in each case
FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
MOVE = """([id, at]) => {
  const slider = document.getElementById(id);
  slider.value = at;
  slider.dispatchEvent(new Event("input"));
}"""
COMPUTED = """([changes, names, only = null]) => {
  const runs = MODEL.runAll(BOOK, changes, {}, only);
  return names.map(([model, name]) => typeof runs[model].v[name] === "number"
    ? [runs[model].v[name]] : Array.from(runs[model].v[name]));
}"""


class Page:
    """The memo of a case in a browser, with what it says and asks for."""

    def __init__(
        self, browser: Any, shown: View, path: Path, end: str = "", fresh: bool = False
    ) -> None:
        path.write_text(as_html(shown) if fresh else html_of(shown), encoding="utf-8")
        self.shown, self.said, self.asked = shown, list[str](), list[str]()
        self.page = browser.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri() + end)
        self.page.locator(".what-if:not([hidden])").first.wait_for()  # its script is unpacked
        self.controls: dict[str, list[list[Any]]] = {
            p["name"]: p["controls"] for p in self.page.evaluate("DATA.panels.map(p => ({name: "
            "p.name, controls: p.controls.map(c => Object.values(c))}))")
        }  # fmt: skip

    def open(self, project: str) -> Any:
        panel = self.page.locator(f"#what-if-{project}")
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        self.frame()
        return panel

    def enter(self, project: str) -> None:
        """Opens a panel from the keyboard and goes to what comes first in it."""
        self.page.locator(f"#what-if-{project} summary").focus()
        self.page.keyboard.press("Enter")
        self.frame()
        self.page.keyboard.press("Tab")

    def frame(self) -> None:
        self.page.evaluate(FRAME)

    def move(self, project: str, k: int, at: int) -> None:
        self.page.evaluate(MOVE, [f"what-if-{project}-{k}", at])

    def rows(self, project: str) -> list[list[str]]:
        """Of each row: label, base, changed."""
        found: list[list[str]] = self.page.evaluate(
            "id => [...document.querySelectorAll('#' + id + ' tbody tr')].map("
            "row => [...row.cells].map(cell => cell.textContent))", f"what-if-{project}"
        )  # fmt: skip
        return found

    def changes(self, project: str) -> dict[str, dict[str, float]]:
        """What the link of a panel says is changed."""
        panel = self.page.locator(f"#what-if-{project}")
        text = panel.locator(".actions a").first.get_attribute("href")
        known = {f"{c[0]}.{c[1]}": c for panel in self.controls.values() for c in panel}
        found: dict[str, dict[str, float]] = {}
        for part in (text or "").removeprefix("#set=").split(";"):
            key, _, value = part.partition(":")
            if key in known:  # not the lending model
                place, name, _, times, *_ = known[key]
                found.setdefault(place, {})[name] = float(value) / times
        return found


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens the memo of a case."""
    made: list[Page] = []

    def _open(shown: View, end: str = "") -> Page:
        made.append(Page(browser, shown, tmp_path / f"memo{len(made)}.html", end))
        return made[-1]

    yield _open
    for one in made:
        one.page.close()


@cache
def shown_of(name: str) -> View:
    return view(appraised(CASES[name]))


HTML: dict[int, tuple[View, str]] = {}  # by the view's identity


def html_of(shown: View) -> str:
    if id(shown) not in HTML:
        HTML[id(shown)] = shown, as_html(shown)
    return HTML[id(shown)][1]


def subsidised(case: Case) -> Case:
    return what_if._with_subsidies(case)


def expected_rows(shown: View, runs: dict[str, Any], project: str) -> list[str]:
    """The texts that a panel must show, by the program's own words."""
    run, currency = runs[project], shown.currency
    kinds = {"money": lambda x: f"{number(x)} {currency}", "ratio": lambda x: number(x, 2)}
    found = []
    for name in what_if.FIGURES:
        value = run.value(name)
        kind = what_if._said(name)[1]
        if kind == "irr":
            found.append(run.irr(name).status if value is None else rate(value))
        else:
            found.append("–" if value is None else kinds[kind](value))
    return found


@pytest.mark.parametrize("name", TRIED)
def test_every_slider_gives_the_programs_figures(name: str, opened: Any) -> None:
    """Both ends and a random place of every slider, one after the other on top of what is moved
    already on the panel: texts as the program writes them, figures and curves under the tolerance
    policy; reset brings the base back. No message, no request."""
    shown = shown_of(name)
    page, case, rng = opened(shown), subsidised(shown.case), random.Random(name)
    models = what_if._models(shown, case)[0]
    for project in shown.case.projects:
        page.open(project)
        base = page.rows(project)
        assert [r[1] for r in base] == [r[2] for r in base]
        assert [r[1] for r in base][: len(what_if.FIGURES)] == expected_rows(
            shown, shown.case.runs, project)  # fmt: skip
    moves = [(p, k, end) for p, some in page.controls.items() for k in range(len(some))
             for end in range(3)]  # fmt: skip
    for project, k, end in rng.sample(moves, min(MOVES, len(moves))):
        most = int(page.page.locator(f"#what-if-{project}-{k}").get_attribute("max"))
        page.move(project, k, (0, most, rng.randint(0, most))[end])
        page.frame()
        changes = page.changes(project)
        runs = run_case(case, changes, models=models)
        rows = [r[2] for r in page.rows(project)][: len(what_if.FIGURES)]
        assert rows == expected_rows(shown, runs, project), (project, changes)
        names = [*what_if.FIGURES, *what_if.CURVES]
        found = page.page.evaluate(COMPUTED, [changes, [[project, name_of(n)] for n in names]])
        for one, values in zip(names, found, strict=True):
            wanted = np.atleast_1d(runs[project][one][0])
            size = np.nanmax(np.abs(wanted), initial=0.0)
            made = np.array([np.nan if v is None else v for v in values], float)
            np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-9 * size + 1e-9, err_msg=one)
        if rng.random() < 0.3 or rows == ["–"] * len(rows):
            page.page.locator(f"#what-if-{project} button").click()
            page.frame()
            rows = page.rows(project)
            assert [r[1] for r in rows] == [r[2] for r in rows]
            assert page.changes(project) == {}
    assert page.said == []
    assert len(page.asked) == 1


def test_policy_and_recommendation_move(opened: Any) -> None:
    """One roof: too much loan fails the policy; what the page says is what a new appraisal says."""
    shown = shown_of("one-roof")
    page = opened(shown)
    page.open("roof")
    k = next(k for k, c in enumerate(page.controls["roof"]) if c[1] == "loan_share")
    page.move("roof", k, 100)
    page.frame()
    rows = {r[0]: r[1:] for r in page.rows("roof")}
    assert rows["Recommendation"][0].startswith("approve")
    assert rows["Recommendation"][1] == "decline"
    line = next(r for label, r in rows.items() if label.startswith("Maximum loan share"))
    assert line[0].startswith("met (")
    assert line[1].startswith("not met (")


def test_a_figure_stands_on_its_side_of_the_limit(opened: Any) -> None:
    """70.004% of a limit of 70% is not "not met (70.0%)"; on the limit no digit is added."""
    page = opened(shown_of("one-roof"))
    panel = page.open("roof")
    k = next(k for k, c in enumerate(page.controls["roof"]) if c[1] == "loan_share")
    found = []
    for share in ("70.004", "69.996", "70"):
        panel.locator("input[type=number]").nth(k).fill(share)
        page.frame()
        line = next(r for r in page.rows("roof") if r[0].startswith("Maximum loan share"))
        assert line[0].endswith("at most 70.0%")
        found.append(line[2])
    assert found == ["not met (70.004%)", "met (69.996%)", "met (70.0%)"]


def test_the_file_and_the_link_carry_the_inputs_back(opened: Any, tmp_path: Path) -> None:
    """Four inputs of a project, of its site, of the economy, and a grant that it did not have."""
    shown = shown_of("chachoengsao")
    page = opened(shown)
    panel = page.open("husk_plant")
    wanted = {"husk_price": 13, "energy_charge": 77, "loan_tenor_months": 70, "grant_1": 41,
              "power_per_t": 9}  # fmt: skip
    for k, control in enumerate(page.controls["husk_plant"]):
        if control[1] in wanted:
            page.move("husk_plant", k, wanted[control[1]])
    page.frame()
    changes, rows = page.changes("husk_plant"), page.rows("husk_plant")
    assert {n for values in changes.values() for n in values} == set(wanted)
    said = panel.get_by_role("link", name=what_if.WORDS["file"]).get_attribute("href")
    path = tmp_path / "what-if.yaml"
    path.write_text(unquote(said.split(",", 1)[1]), encoding="utf-8")
    again = appraise(CASES["chachoengsao"], changes=path)
    assert "changed: what-if" in again.portfolio.title
    runs = run_case(subsidised(shown.case), changes)
    for result in what_if.FIGURES:
        assert again.runs["husk_plant"].value(result) == pytest.approx(
            runs["husk_plant"].value(result), rel=1e-12), result  # fmt: skip
    assert [r[2] for r in rows][: len(what_if.FIGURES)] == expected_rows(
        shown, again.runs, "husk_plant")  # fmt: skip
    link = panel.get_by_role("link", name=what_if.WORDS["link"]).get_attribute("href")
    other = opened(shown, link)
    other.frame()
    assert other.rows("husk_plant") == rows
    assert other.page.locator("#what-if-husk_plant").get_attribute("open") is not None


def test_by_keyboard_alone(opened: Any) -> None:
    """Open with Enter, to the first slider with Tab, move it with arrows, type into its box."""
    page = opened(shown_of("one-roof"))
    page.enter("roof")
    assert page.page.evaluate("document.activeElement.id") == "what-if-roof-0"
    page.page.keyboard.press("ArrowRight")
    page.frame()
    first = page.changes("roof")
    page.page.keyboard.press("Tab")
    low, high = page.controls["roof"][0][7:9]
    page.page.keyboard.type(str(high))
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type(str((low + high) / 2))
    page.frame()
    assert len(first) == 1
    assert page.changes("roof") != first
    page.page.wait_for_timeout(600)
    assert "base" in page.page.locator("#what-if-roof [role=status]").inner_text()


def test_a_number_that_is_not_allowed_moves_nothing(opened: Any) -> None:
    page = opened(shown_of("one-roof"))
    panel = page.open("roof")
    k = next(k for k, c in enumerate(page.controls["roof"]) if c[1] == "loan_share")
    box = panel.locator("input[type=number]").nth(k)
    for wrong in ("101", "-1", ""):
        box.fill(wrong)
        page.frame()
        assert panel.locator(".control .wrong").nth(k).inner_text().startswith("Allowed: 0 to 100")
        assert page.changes("roof") == {}
    box.fill("50")
    page.frame()
    assert page.changes("roof") == {"roof": {"loan_share": 0.5}}
    assert panel.locator(".control .wrong").nth(k).inner_text() == ""


def test_labels_width_and_print(opened: Any) -> None:
    """Every control has a name of its own; nothing wider than a phone; nothing of it is printed."""
    page = opened(shown_of("chachoengsao"))
    for project in page.controls:
        page.open(project)
    names = page.page.evaluate(
        "[...document.querySelectorAll('.what-if input')].map(i => i.labels.length "
        "? i.labels[0].textContent : i.getAttribute('aria-label'))"
    )
    assert len(names) == 2 * sum(map(len, page.controls.values()))
    assert all(names)
    assert len(set(names)) > len(names) / 8
    for width in (360, 1100):
        page.page.set_viewport_size({"width": width, "height": 800})
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    page.page.emulate_media(media="print")
    assert not page.page.locator("#what-if-husk_plant").is_visible()


def test_hostile_text_stays_text(opened: Any) -> None:
    case = copy.copy(appraised(CASES["one-roof"]))
    title = '</script><script>document.title = "caught"</script><!--\u2028 ${1} \\'
    object.__setattr__(case, "portfolio", replace(case.portfolio, title=title))
    page = opened(view(case))
    assert page.page.title() != "caught"
    panel = page.open("roof")
    page.move("roof", 0, 0)
    page.frame()
    said = panel.get_by_role("link", name=what_if.WORDS["file"]).get_attribute("href")
    first = unquote(said).splitlines()[0]
    assert "</script><script>" in first
    assert page.said == []


def test_size_and_words() -> None:
    """Chachoengsao's seven projects; no word of the page stands in its script."""
    text = what_if.script(shown_of("chachoengsao"))
    assert len(packed(text).encode()) < 45_000
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|eval|new Function|fetch\(", text)


def test_without_comments_strings_stay_whole() -> None:
    code = 'const a = "x = 1 // y",  b = {c : 2};  // why\n  // a line\nreturn a + " \\" = ";\n'
    assert what_if._shorter(code) == 'const a="x = 1 // y", b={c:2};\nreturn a + " \\" = ";'
