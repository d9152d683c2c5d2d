"""The lending model as a choice on the memo's page: what is shown is what the program computes."""

from __future__ import annotations

import json
import os
import random
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np
import pytest
from click.testing import CliRunner

from eicfinance.appraisal.case import appraise, run_case
from eicfinance.appraisal.comparison import compare
from eicfinance.cli import program
from eicfinance.model.script import name_of
from eicfinance.reports import what_if
from eicfinance.reports.language import speaking
from eicfinance.reports.lending import written
from eicfinance.reports.view import view
from tests.portfolios import BUNDLED, OWN
from tests.reports.test_language import written_by_user
from tests.reports.test_thai import english, named
from tests.reports.test_what_if import CASES, COMPUTED, Page, opened, shown_of

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.appraisal.case import Case
    from eicfinance.reports.view import View

pytestmark = pytest.mark.slow
__all__ = ["opened"]  # a fixture

WHOLE = bool(os.environ.get("EICFINANCE_TEST_ALL"))
COMPARED = [path.name for path in [*BUNDLED, *OWN] if path.name != "one-roof"]
TRIED = ["one-roof", *COMPARED] if WHOLE else ["one-roof"]
MOVES = 12 if WHOLE else 1  # sets of moved sliders for each scheme
CHOOSE = """([id, value]) => {
  const select = document.getElementById(id);
  select.value = value;
  select.dispatchEvent(new Event("change"));
}"""


@cache
def compared(name: str) -> View:
    """A case with what it compares; one-roof, which compares nothing, with all schemes."""
    if name != "one-roof":
        return shown_of(name)
    case = appraise(CASES[name])
    case.show("roof", compare(case, "roof"))
    return view(case)


def reference(case: Case, changes: dict[str, dict[str, float]], models: Any) -> dict[str, Any]:
    """The program's runs: contracts take cost and grants from the projects."""
    runs = run_case(case, changes, models=models[:-1])
    tied = {key: at for key, at in what_if.tied(case).items() if at[0] in runs}
    taken: dict[str, Any] = {
        key: runs[model].value(result) for key, (model, result) in tied.items()
    }
    return run_case(case, {**changes, "economy": {**changes.get("economy", {}), **taken}},
                    models=models)  # fmt: skip


def choose(page: Page, project: str, scheme: str) -> None:
    page.page.evaluate(CHOOSE, [f"what-if-{project}-model", scheme])
    page.frame()


def said(kind: str, value: float | None, currency: str) -> str:
    text = written(kind, value)
    return text if kind != "money" or value is None else f"{text} {currency}"


def as_shown(
    shown: View, runs: dict[str, Any], project: str, panel: Any, scheme: str
) -> list[set[str]]:
    """The texts that the panel's rows may have under a scheme: first figures, then its own."""
    deal = f"{project}_{scheme}"
    found = []
    for name in what_if.FIGURES:
        if name in what_if.UNDER:
            key = what_if.UNDER[name]
            found.append(_own(runs[deal], what_if.CALLED[key][1], key, shown.currency))
        else:
            kind = what_if._said(name)[1]
            found.append(_own(runs[project], kind, name, shown.currency))
    own = next(s for s in panel["schemes"] if s["name"] == scheme)
    return [*found, *(_own(runs[model], kind, name, shown.currency)
                      for _, kind, model, name in own["rows"])]  # fmt: skip


def _own(run: Any, kind: str, name: str, currency: str) -> set[str]:
    """The text of a figure: one, or two where it lies in the middle between them."""
    value = run.value(name)
    if value is None:
        return {str(run.irr(name).status) if name in run.irrs else said(kind, value, currency)}
    return {said(kind, value * (1 + off), currency) for off in (-1e-12, 0, 1e-12)}


def differing(found: list[str], wanted: list[set[str]]) -> list[tuple[str, set[str]]]:
    return [pair for pair in zip(found, wanted, strict=True) if pair[0] not in pair[1]]


def shown_rows(page: Page, project: str, column: int) -> list[str]:
    """The figures of both tables, without the lines of the policy."""
    rows = page.rows(project)
    own: int = page.page.locator(f"#what-if-{project} table").last.locator("tbody tr").count()
    return [row[column] for row in [*rows[: len(what_if.FIGURES)], *rows[-own:]]]


def agree(page: Page, runs: dict[str, Any], changes: Any, wanted: list[tuple[str, str]]) -> None:
    """What the page computes and the program, to 1e-9 of each row's size."""
    found = page.page.evaluate(
        COMPUTED, [changes, [[m, name_of(n)] for m, n in wanted], list(runs)]
    )
    for (model, name), values in zip(wanted, found, strict=True):
        right = np.atleast_1d(runs[model][name][0])
        size = np.nanmax(np.abs(right), initial=0.0)
        made = np.array([np.nan if v is None else v for v in values], float)
        np.testing.assert_allclose(made, right, rtol=0, atol=1e-9 * size + 1e-9,
                                   err_msg=f"{model} {name}")  # fmt: skip


def panels_of(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.page.evaluate("Object.fromEntries(DATA.panels.map(p => [p.name, "
                                               "{schemes: p.schemes}]))")  # fmt: skip
    return found


@pytest.mark.parametrize("name", TRIED)
def test_every_scheme_gives_the_programs_figures(name: str, opened: Any) -> None:
    """At base what the comparison has; with sliders at ends and random places what the models give,
    texts and all digits."""
    shown = compared(name)
    if not shown.case.comparisons:
        return
    page, case, rng = opened(shown), what_if._with_subsidies(shown.case), random.Random(name)
    models, panels = what_if._models(shown, case)[0], panels_of(page)
    names = {m.name: [n for n in m.lines | m.results
                      if n in {*what_if.UNDER.values()} or n.startswith("met_")]
             for m in models}  # fmt: skip
    for project, comparison in shown.case.comparisons.items():
        page.open(project)
        for offer in comparison.offers:
            scheme = offer.entry.name
            own = next(s for s in panels[project]["schemes"] if s["name"] == scheme)
            wanted = [(own["deal"], n) for n in names[own["deal"]]]
            wanted += [(model, key) for _, _, model, key in own["rows"]]
            page.page.locator(f"#what-if-{project} button").click()
            choose(page, project, scheme)
            rows = as_shown(shown, shown.case.runs, project, panels[project], scheme)
            own_rows = len(own["rows"])
            assert differing(shown_rows(page, project, 2), rows) == [], (project, scheme)
            assert differing(shown_rows(page, project, 1)[-own_rows:], rows[-own_rows:]) == []
            for label, _, model, key in own["rows"]:
                same = shown.case.runs[model].value(key)
                assert comparison.figure(offer, key) == same, label
            some = [m for m in models if m.name in own["models"]]
            agree(page, {m.name: shown.case.runs[m.name] for m in some}, {}, wanted)
            used = [k for k, c in enumerate(page.controls[project]) if c[11]]
            for _ in range(MOVES):
                for k in rng.sample(used, 3):
                    slider = page.page.locator(f"#what-if-{project}-{k}")
                    most = int(slider.get_attribute("max") or 0)
                    page.move(project, k, rng.choice((0, most, rng.randint(0, most))))
                page.frame()
                changes = page.changes(project)
                runs = reference(case, changes, some)
                wanted_rows = as_shown(shown, runs, project, panels[project], scheme)
                made = shown_rows(page, project, 2)
                assert differing(made, wanted_rows) == [], (scheme, changes)
                agree(page, runs, changes, wanted)
    assert page.said == []
    assert len(page.asked) == 1


def test_terms_of_the_loan_rest_and_lines_of_the_policy_follow(opened: Any) -> None:
    """Leasing: the loan's rate, tenor and share cannot be moved, with the reason said; prices can.
    What does not apply is not assessed; back at the base all is as before."""
    page = opened(compared("one-roof"))
    panel = page.open("roof")
    before = page.rows("roof")
    choose(page, "roof", "leasing")
    off = {c[1] for k, c in enumerate(page.controls["roof"])
           if not page.page.locator(f"#what-if-roof-{k}").is_enabled()}  # fmt: skip
    assert off == {"loan_rate", "loan_tenor_months", "loan_share"}
    k = next(k for k, c in enumerate(page.controls["roof"]) if c[1] == "loan_rate")
    assert page.page.locator(f"#what-if-roof-{k}-idle").is_visible()
    assert panel.locator("input[type=number]").nth(k).get_attribute("aria-describedby") == (
        f"what-if-roof-{k}-idle"
    )
    rows = {row[0]: row[1:] for row in page.rows("roof")}
    assert rows["Minimum collateral cover, at least 1.00"][1] == "not assessed"
    assert rows["Minimum DSCR, trailing twelve months, at least 1.20"][1].startswith("not met (0.")
    assert rows["Recommendation"] == ["approve", "decline"]
    assert rows["Lent, let or put in by the others"][1] == "850,500 THB"
    panel.locator("button").click()
    page.frame()
    assert page.rows("roof")[: len(before)] == before
    assert page.page.locator(f"#what-if-roof-{k}").is_enabled()


def test_chosen_by_keyboard_and_told_aloud(opened: Any) -> None:
    page = opened(compared("one-roof"))
    page.enter("roof")
    select = page.page.get_by_label(what_if.WORDS["model"], exact=True)
    assert page.page.evaluate("document.activeElement.tagName") == "SELECT"
    page.page.keyboard.type("Leas")
    page.frame()
    assert select.input_value() == "leasing"
    page.page.wait_for_timeout(600)
    spoken = page.page.locator("#what-if-roof [role=status]").inner_text()
    assert "Recommendation: decline; base approve" in spoken


def test_the_link_and_the_file_carry_the_scheme(opened: Any, tmp_path: Path) -> None:
    """The link opens the page so; the file says which scheme it was, and by which command the
    program gives its figures with these inputs: they are those of the page."""
    shown = compared("one-roof")
    page = opened(shown)
    panel = page.open("roof")
    choose(page, "roof", "on_lending")
    file = panel.get_by_role("link", name=what_if.WORDS["file"])
    link = panel.get_by_role("link", name=what_if.WORDS["link"])
    assert not file.is_visible()  # nothing to carry but the choice
    assert link.get_attribute("href") == "#set=roof:on_lending"
    for key, at in {"specific_yield": 0, "capital_per_kwp": 100, "grant_1": 30}.items():
        page.move("roof", next(k for k, c in enumerate(page.controls["roof"]) if c[1] == key), at)
    page.frame()
    rows = page.rows("roof")
    text = unquote((file.get_attribute("href") or "").split(",", 1)[1])
    assert '# Lending model looked at for roof: "On-lending: bank to MFI to user".' in text
    command = next(line for line in text.splitlines() if "eicfinance compare" in line)
    (tmp_path / "what-if.yaml").write_text(text, encoding="utf-8")
    words = command.split("eicfinance ")[1].split()
    words = [{"PORTFOLIO": "one-roof", "what-if.yaml": str(tmp_path / "what-if.yaml")}.get(w, w)
             for w in words]  # fmt: skip
    answer = CliRunner().invoke(program, [*words, "--format", "json"])
    assert answer.exit_code == 0, answer.output
    (found,) = json.loads(answer.stdout)["schemes"]
    shown_now = {row[0]: row[2] for row in rows}
    own = next(s for s in panels_of(page)["roof"]["schemes"] if s["name"] == "on_lending")
    assert len(own["rows"]) > 12
    for label, kind, _, key in own["rows"]:
        assert shown_now[label] == said(kind, found["results"][key], "THB"), label
    other = opened(shown, link.get_attribute("href"))
    other.frame()
    assert other.rows("roof") == rows


def test_thai_has_no_english_and_axe_finds_nothing(browser: Any, tmp_path: Path) -> None:
    """The panel with a scheme chosen, on a phone."""
    from axe_playwright_python.sync_playwright import Axe

    shown = compared("one-roof")
    with speaking("th"):
        page = Page(
            browser, shown, tmp_path / "memo.html", "#set=roof:vendor_financing", fresh=True
        )
    page.page.set_viewport_size({"width": 360, "height": 800})
    page.frame()
    text = page.page.locator("#what-if-roof").inner_text()
    known = {*written_by_user(CASES["one-roof"]), *named(shown.case.models),
             "eicfinance compare PORTFOLIO --project", "eicfinance appraise PORTFOLIO --set",
             "--schemes", "what-if.yaml", "vendor_financing"}  # fmt: skip
    assert english([line for line in text.split("\n") if line], known) == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page.page, context="#what-if-roof")
    assert found.response["passes"], "axe-core ran"
    assert [(v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]] == []
    assert page.said == []
    page.page.close()


def test_a_project_without_a_comparison_says_so(opened: Any) -> None:
    page = opened(shown_of("one-roof"))
    panel = page.open("roof")
    assert panel.locator("select").count() == 0
    assert "No lending models are compared" in panel.inner_text()
