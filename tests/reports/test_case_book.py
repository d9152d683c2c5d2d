"""The page of many cases: its figures are those of the cases; it sorts and filters in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eicfinance.cli import program
from eicfinance.reports.case_book import COLUMNS, as_html, rows
from tests.portfolios import BUNDLED, OWN, appraised

pytestmark = pytest.mark.slow

SOME = ("one-roof", "two-loans", "sized-loans", "husk-hub")


def table() -> list[dict[str, Any]]:
    found = [path for path in [*BUNDLED, *OWN] if path.name in SOME]
    return [row for folder in found for row in rows(appraised(folder), folder.name)]


def test_rows_have_the_figures_of_the_cases() -> None:
    found = table()
    assert {row["case"] for row in found} == set(SOME)
    place = [name for name, _, _ in COLUMNS].index("project_npv")
    for row in found:
        folder = next(path for path in [*BUNDLED, *OWN] if path.name == row["case"])
        case = appraised(folder)
        worth = [case.runs[name].value("project_npv") for name in case.projects]
        assert row["figures"][place]["value"] in worth
        assert row["holds"]
    assert "nan" not in as_html(found)


def test_command_writes_it_and_refuses_what_is_no_portfolio(tmp_path: Path) -> None:
    folder = next(path for path in BUNDLED if path.name == "one-roof")
    book = tmp_path / "book"
    for name in ("a", "b"):
        (book / name).mkdir(parents=True)
        text = (folder / "portfolio.yaml").read_text(encoding="utf-8")
        text = text.replace("title: PV on the roof", "title: <b>PV</b>")
        (book / name / "portfolio.yaml").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    done = CliRunner().invoke(program, ["cases", str(book), "one-roof", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "3 portfolios, 3 projects" in done.stdout
    html = (out / "cases.html").read_text(encoding="utf-8")
    assert html.count("<tr data-verdict") == 3
    assert "<b>PV" not in html
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(program, ["cases", str(tmp_path / "empty"), "--out", str(out)])
    assert done.exit_code == 5
    assert "portfolio.yaml" in done.stderr


def test_sorts_and_filters_in_a_browser(browser: Any, tmp_path: Path) -> None:
    found = table()
    path = tmp_path / "cases.html"
    path.write_text(as_html(found), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="Project NPV").press("Enter")
    place = [name for name, _, _ in COLUMNS].index("project_npv")
    shown = page.locator(f"tbody tr td:nth-child({6 + place + 1})").all_inner_texts()
    numbers = sorted(row["figures"][place]["value"] for row in found)
    assert [float(text.replace(",", "").replace("−", "-")) for text in shown] == [
        pytest.approx(value, abs=0.5) for value in numbers
    ]
    page.get_by_label("Recommendation").select_option("decline")
    declined = sum(row["recommendation"] == "decline" for row in found)
    assert page.locator("tbody tr:visible").count() == declined
    page.get_by_label("Search").fill("no such project")
    assert page.locator("tbody tr:visible").count() == 0
    assert page.locator("#count").inner_text() == f"0 of {len(found)} projects"
    assert said == []
    page.close()
