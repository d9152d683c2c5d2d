"""The memo: self-contained, escaped, readable; opened in a real browser."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eicfinance.reports.memo import as_html
from eicfinance.reports.view import SOURCES, USES, view
from tests.portfolios import BUNDLED, OWN, appraised

pytestmark = pytest.mark.slow

FOLDERS = [*BUNDLED, *OWN]
CHACHOENGSAO = next(path for path in BUNDLED if path.name == "chachoengsao")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_memo_stands_alone_and_reads_well(folder: Path) -> None:
    html = as_html(view(appraised(folder)))
    assert not re.search(r"(src|href)=\"(?!#)", html)
    assert html.count("<script>") == html.count("<script") == 1
    assert "default-src 'none'" in html
    text = re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", html, flags=re.S)
    assert not re.search(r"\b(nan|inf|Undefined)\b|>\s*None\s*<", text)
    assert not re.search(r"\d\.\d{7,}", text), "more digits than anybody reads"
    for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S):
        assert "<title" in svg
        assert "<desc" in svg
        assert len(re.findall(r"<polyline", svg)) == (2 if "years from closing" in svg else 0)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_uses_and_sources_add_up_as_shown(folder: Path) -> None:
    """What the memo lists, a reserve for operating cost too, makes up the sum below it."""
    case = appraised(folder)
    for name, project in case.projects.items():
        run = case.runs[name]
        for *parts, whole in (USES, SOURCES):
            shown = [run.value(part) or 0.0 for part in parts if part in project.model]
            assert sum(shown) == pytest.approx(run.value(whole), rel=1e-9, abs=1e-6), name


def test_text_from_users_is_escaped() -> None:
    case = copy.copy(appraised(CHACHOENGSAO))
    object.__setattr__(
        case, "portfolio", replace(case.portfolio, title="<script>alert(1)</script>")
    )
    html = as_html(view(case))
    assert html.count("<script") == 1  # the program's own
    assert "&lt;script&gt;alert(1)" in html


def test_sensitivity_of_each_project(tmp_path: Path) -> None:
    """A tornado of ten at most with its table, the switching values, and scenarios where there are
    any; the words of a scenario are escaped."""
    html = as_html(view(appraised(CHACHOENGSAO)))
    assert html.count("Sensitivity and switching values</h3>") == 7
    for svg in re.findall(r'<svg class="chart tornado".*?</svg>', html, flags=re.S):
        assert 1 <= len(re.findall(r'<rect class="bar"', svg)) <= 20
        assert 'fill="url(#tornado-' in svg
    assert "Named scenarios" not in html
    roof = next(path for path in BUNDLED if path.name == "one-roof")
    text = (roof / "portfolio.yaml").read_text(encoding="utf-8")
    scenario = "\nscenarios: [{name: <b>dear, changes: {roof: {loan_rate: 9%}}}]\n"
    (tmp_path / "portfolio.yaml").write_text(text + scenario, encoding="utf-8")
    html = as_html(view(appraised(tmp_path)))
    assert "Named scenarios" in html
    table = re.search(r"Project NPV / Minimum DSCR, by the two inputs.*?</table>", html, flags=re.S)
    assert table is not None
    assert table[0].count('<td class="n">') == 25
    assert "727,059<br>1.44" in table[0]
    assert "&lt;b&gt;dear" in html


def test_size() -> None:
    assert len(as_html(view(appraised(CHACHOENGSAO))).encode()) < 500_000


@pytest.mark.slow
@pytest.mark.parametrize("folder", BUNDLED, ids=lambda p: p.name)
def test_in_a_browser(folder: Path, browser: Any, tmp_path: Path) -> None:
    """No console message, no request; nothing wider than a phone or the printed page."""
    path = tmp_path / "memo.html"
    path.write_text(as_html(view(appraised(folder))), encoding="utf-8")
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert said == []
    assert asked == [path.as_uri()]
    for width in (360, 1100):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 less margins at 96 dpi
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    page.close()
