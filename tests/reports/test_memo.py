"""The memo: self-contained, escaped, readable; opened in a real browser."""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from eicfinance.reports.memo import as_html
from eicfinance.reports.view import SOURCES, USES, view
from tests.portfolios import BUNDLED, OWN, appraised, viewed

pytestmark = pytest.mark.slow

FOLDERS = [*BUNDLED, *OWN]
CHACHOENGSAO = next(path for path in BUNDLED if path.name == "chachoengsao")
SEEN = ("chachoengsao", "seeds-sri-lanka", "one-roof")  # in the ordinary run
SHOWN = [f for f in BUNDLED if os.environ.get("EICFINANCE_TEST_ALL") or f.name in SEEN]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_memo_stands_alone_and_reads_well(folder: Path) -> None:
    html = as_html(viewed(folder))
    assert not re.search(r"(src|href)=\"?(?![\"#])", html)
    assert html.count("<script>") == html.count("<script") == 1
    assert "default-src 'none'" in html
    text = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", html, flags=re.S)
    assert not re.search(r"\b(nan|inf|Undefined)\b|>\s*None\s*<", text)
    assert not re.search(r"\d\.\d{7,}", text), "more digits than anybody reads"
    assert not re.search(r"\{\w+\}", text), "a word that was not filled in"
    for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S)[1:]:  # the first holds the hatching
        assert re.search(r'role="img"><title>[^<]+</title><desc>[^<]+</desc>', svg)
    for after in re.split(r'<svg[^>]*class="chart', html)[1:]:
        assert "<table" in after, "each chart's figures stand in a table below it"
    known = re.findall(r'\bid="?([^" >]+)', html)
    assert len(known) == len(set(known)), "an id stands twice"
    assert set(re.findall(r'href="?#([^" >]*)', html)) <= set(known)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_the_sections_of_a_project_are_all_there_in_order(folder: Path) -> None:
    html = as_html(viewed(folder))
    for name in appraised(folder).projects:
        part = html[html.index(f'<section id="{name}"') :]
        part = part[: part.index("</section>")]
        found = re.findall(r"<h3[^>]*>(\d+) ", part)
        assert found == [str(k) for k in range(1, 16)]
        assert part.count("Approved by") == 1


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
    assert "\\3c script" in html, "the running head is written by numbers of letters"


HOSTILE = (
    "<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "\" onload=\"alert(1)",
    "{{ 7 * 7 }} {% raw %}", "=HYPERLINK(1)", "ข้าวสาร \u0645\u0631\u062d\u0628\u0627", "x" * 10_000,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_hostile_text_is_inert_wherever_a_user_writes(
    text: str, browser: Any, tmp_path: Path
) -> None:
    roof = next(path for path in BUNDLED if path.name == "one-roof")
    found = yaml.safe_load((roof / "portfolio.yaml").read_text(encoding="utf-8"))
    found |= {"title": text, "description": text}
    for part in ("borrowers", "sites", "projects"):
        found[part][0]["title"] = text
    project = found["projects"][0]
    project["conditions"] = [text]
    project["inputs"]["capital_per_kwp"]["source"] = text
    found["lending"] = [{"scheme": "vendor_financing", "title": text}]
    (tmp_path / "portfolio.yaml").write_text(yaml.safe_dump(found), encoding="utf-8")
    html = as_html(view(appraised(tmp_path)))
    assert (html.count("<script"), html.count("<img")) == (1, 0)  # the program's own script
    assert html.count("</style>") == 1
    path = tmp_path / "memo.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path.as_uri())
    assert page.locator("h1").inner_text().split() == text.split()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert said == []
    page.close()


def test_sensitivity_of_each_project(tmp_path: Path) -> None:
    """A tornado of ten at most with its table, the switching values, and scenarios where there are
    any; the words of a scenario are escaped."""
    html = as_html(viewed(CHACHOENGSAO))
    assert html.count("Sensitivity and switching values</h3>") == 7
    found = re.findall(r'<svg[^>]*class="chart tornado".*?</svg>', html, flags=re.S)
    assert len(found) == 7
    for svg in found:
        assert 1 <= len(re.findall(r'<path class="bar ', svg)) <= 20
        assert 'class="bar hatched"' in svg
    assert "Named scenarios" not in html
    roof = next(path for path in BUNDLED if path.name == "one-roof")
    text = (roof / "portfolio.yaml").read_text(encoding="utf-8")
    scenario = "\nscenarios: [{name: <b>dear, changes: {roof: {loan_rate: 9%}}}]\n"
    (tmp_path / "portfolio.yaml").write_text(text + scenario, encoding="utf-8")
    html = as_html(view(appraised(tmp_path)))
    assert "Named scenarios" in html
    table = re.search(r"Project NPV / Minimum DSCR, by the two inputs.*?</table>", html, flags=re.S)
    assert table is not None
    assert table[0].count("<td>") == 25
    assert "727,059<br>1.44" in table[0]
    assert "&lt;b&gt;dear" in html


def test_size() -> None:
    assert len(as_html(viewed(CHACHOENGSAO)).encode()) < 500_000


@pytest.mark.slow
@pytest.mark.parametrize("folder", SHOWN, ids=lambda p: p.name)
def test_in_a_browser(folder: Path, browser: Any, tmp_path: Path) -> None:
    """No console message, no request; nothing wider than a phone or the printed page."""
    path = tmp_path / "memo.html"
    path.write_text(as_html(viewed(folder)), encoding="utf-8")
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
    if shutil.which("pdftotext"):
        printed_as_expected(pdf, folder)


def printed_as_expected(pdf: bytes, folder: Path) -> None:
    """Each page has its number and running head; each project begins on a page of its own."""
    told = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    pages = told.stdout.decode().split("\f")[:-1]
    case = appraised(folder)
    for k, text in enumerate(pages, start=1):
        assert f"Page {k} of {len(pages)}" in text
        assert case.portfolio.title[:30] in text
    assert len([text for text in pages if re.search(r"^\s*1 Decision$", text, flags=re.M)]) == len(
        case.projects
    )
