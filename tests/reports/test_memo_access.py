"""The memo for everybody: axe-core finds nothing, the keyboard reaches all, paper cuts nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from eicfinance.reports.memo import as_html
from tests.portfolios import BUNDLED, OWN, viewed

pytestmark = pytest.mark.slow

ALL = os.environ.get("EICFINANCE_TEST_ALL")
SOME = ("one-roof",)  # a large memo takes axe-core half a minute
FOLDERS = [path for path in [*BUNDLED, *OWN] if ALL or path.name in SOME]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_axe_core_finds_no_violation(folder: Path, browser: Any, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    path = tmp_path / "memo.html"
    path.write_text(as_html(viewed(folder)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(path.as_uri())
    found = Axe().run(page)
    assert found.response["passes"], "axe-core ran"
    assert [(v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]] == []
    page.close()


def test_the_keyboard_reaches_links_and_tables(browser: Any, tmp_path: Path) -> None:
    """First the way to the decision, then each link and each table that scrolls, in order."""
    folder = next(path for path in BUNDLED if path.name == "one-roof")
    path = tmp_path / "memo.html"
    path.write_text(as_html(viewed(folder)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(path.as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the decision"
    page.keyboard.press("Enter")
    assert page.url.endswith("#the-decision")
    boxes = page.evaluate("document.querySelectorAll('.wide').length")
    assert boxes > 20
    assert page.evaluate("document.querySelectorAll('.wide[tabindex=\"0\"]').length") == boxes
    reached: list[str] = []
    while "wide" not in reached and len(reached) < 9:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.className"))
    assert "wide" in reached
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first link of the first table: the project
    assert page.url.endswith("#roof")
    page.close()
