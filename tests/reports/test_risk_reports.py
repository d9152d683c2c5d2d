"""The simulation in memo, workbook and JSON: the same figures, in words that say how sure they
are."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import load_workbook

from eicfinance.appraisal.case import appraise
from eicfinance.appraisal.decision import NOT_ASSESSED
from eicfinance.reports import risk_memo
from eicfinance.reports.charts import path_of
from eicfinance.reports.memo import as_html
from eicfinance.reports.risk_charts import fan_chart, histogram_chart
from eicfinance.reports.view import View, as_data, view
from eicfinance.reports.words import number, often
from eicfinance.reports.workbook import workbook
from eicfinance.risk.spread import Histogram
from tests.portfolios import OWN, viewed

pytestmark = pytest.mark.slow

FARM = next(path for path in OWN if path.name == "quarterly-farm")
HOSTILE = "</title></svg><script>alert(1)</script>"


@pytest.fixture(scope="module")
def shown() -> View:
    return viewed(FARM)


@pytest.fixture(scope="module")
def html(shown: View) -> str:
    return as_html(shown)


@pytest.fixture(scope="module")
def sheet(shown: View, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[Any]]]:
    """The rows of sheet Risk by label; a label may stand several times."""
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    path.write_bytes(workbook(shown))
    found: dict[str, list[list[Any]]] = {}
    for label, _, *cells in load_workbook(path, data_only=True)["Risk"].iter_rows(values_only=True):
        found.setdefault(str(label), []).append(cells)
    return found


def rows(part: str) -> dict[str, list[str]]:
    """The rows of a table: head -> cells, as text."""
    found = {}
    for row in re.findall(r"<tr>(.*?)(?=<tr>|</table>)", part, flags=re.S):
        head, *cells = (unescape(re.sub(r"<[^>]+>", "", cell)).strip()
                        for cell in re.split(r"<t[hd][^>]*>", row)[1:])  # fmt: skip
        found[head] = cells
    return found


def section(html: str, name: str) -> str:
    """What the memo shows of the simulation of a project."""
    whole = html[html.index(f'<section id="{name}"') :]
    return whole[whole.index("<h4>Simulation") : whole.index("<h3>10 ")]


def test_memo_workbook_and_json_say_the_same(
    shown: View, html: str, sheet: dict[str, list[list[Any]]]
) -> None:
    data = as_data(shown)["risk"]
    assert (data["scenarios"], data["seed"]) == (200, 1)
    assert "at base case, 200 scenarios, seed 1; not live" in next(
        label for label in sheet if label.startswith("Grey figures")
    )
    for k, project in enumerate(data["projects"]):
        table = rows(section(html, project["name"]))
        for name, label, digits in risk_memo.SPREADS:
            spread, text = project["spreads"][name], risk_memo.filled(label, "THB")
            if spread["p50"] is None:
                assert text not in table
                continue
            wanted = [project["base"][name], spread["p50"], spread["p80"], spread["p95"]]
            assert table[text] == [number(x, digits) for x in wanted]
            base, _, *percentiles = sheet[text][k][:5]
            assert [base, *percentiles] == pytest.approx(wanted, rel=1e-12, abs=1e-9)
    loan = data["projects"][0]["loan"]
    table = rows(section(html, "digester"))
    pd, error = loan["pd_year"]["pd"], loan["pd_year"]["error"]
    label = next(text for text in table if text.startswith("Default in the loan's worst"))
    assert table[label] == [often(pd, error, loan["cases"])]
    assert sheet[label][0][:3] == pytest.approx([pd, error, loan["cases"]])
    assert table["Loss given default (LGD)"] == [f"{100 * loan['lgd']:.1f}%"]
    assert sheet["Loss given default (LGD)"][0][0] == pytest.approx(loan["lgd"])
    assert table["Expected loss, THB"] == [number(loan["expected_loss"])]
    assert sheet["Expected loss of one loan, THB"][0][0] == pytest.approx(loan["expected_loss"])
    pool = data["pool"]
    assert sheet["Expected loss, THB"][0][:2] == pytest.approx(
        [pool["loss"]["value"], pool["loss"]["error"]]
    )
    counts = [cells[2] for cells in (*sheet["None"], *sheet["None"][1:]) if cells[2] is not None]
    assert counts[0] == pool["histogram"]["nil"]
    assert pool["histogram"]["nil"] + sum(pool["histogram"]["counts"]) == 200


def test_the_third_figure_has_its_error_and_its_scenarios(shown: View, html: str) -> None:
    loan = shown.case.risk.project("digester").loan
    assert loan is not None
    wanted = often(loan.pd_year.pd, loan.pd_year.error, loan.cases)
    assert "±" in wanted
    first = html[html.index('id="the-decision"') : html.index('id="the-projects"')]
    assert f"<td class=n>{wanted}" in first
    assert "Probability of default (200 scenarios, seed 1)" in first
    assert f"<strong>{wanted}</strong>" in html


def test_every_chart_has_words_and_a_table(html: str) -> None:
    for name in ("fan-digester", "npv-digester", "moves-cluster", "fan-cluster", "loss"):
        found = re.search(rf'<svg id="{name}-chart".*?</svg>(.{{0,60}})', html, flags=re.S)
        assert found is not None, name
        assert "<title>" in found[0]
        assert "<desc>" in found[0]
        assert "<table" in found[1]
        assert not re.search(r"\b(nan|inf|None)\b", found[0])
    assert re.search(r"Owner's NPV is moved by [^<]*Digester per m3 \(7\d%, down\)", unescape(html))


def test_no_chance_is_said_to_be_nil() -> None:
    assert often(0, 0, 200) == "none of 200"
    assert often(1, 0, 2400) == "all of 2,400"
    assert often(0.0698, 0.018, 200) == "7.0% ± 1.8"
    assert often(0.43, 0.035, 200) == "43% ± 4"
    assert often(0.995, 0.005, 200) == "99.5% ± 0.5"
    assert often(0.0004, 0.0002, 10_000) == "0.04% ± 0.02"


def test_in_the_memo_no_chance_is_nil(html: str) -> None:
    for name in ("digester", "roof"):
        table = rows(section(html, name))
        chances = {text: cells for text, cells in table.items() if "below" in text}
        assert len(chances) >= 2
        assert all(cells != ["0.0%"] for cells in chances.values())


def test_where_nothing_is_uncertain_a_sentence_stands_for_the_charts(
    shown: View, tmp_path: Path
) -> None:
    case = copy.copy(shown.case)
    case.__dict__["risk"] = replace(shown.case.risk, certain=True)
    still = view(case)
    html = as_html(still)
    assert html.count("Nothing is simulated") == 1 + len(still.projects)
    assert not re.search(r'<svg id="(fan|npv|moves|loss|par30)', html)
    first = html[html.index('id="the-decision"') : html.index('id="the-projects"')]
    assert f"<td class=n>{NOT_ASSESSED}" in first
    (tmp_path / "book.xlsx").write_bytes(workbook(still))
    cells = list(load_workbook(tmp_path / "book.xlsx")["Risk"].values)
    assert str(cells[1][0]).startswith("Nothing is simulated")
    assert len(cells) == 2


def test_hostile_titles_are_inert(tmp_path: Path) -> None:
    found = yaml.safe_load((FARM / "portfolio.yaml").read_text(encoding="utf-8"))
    for part in ("sites", "projects"):
        for entry in found[part]:
            entry["title"] = HOSTILE
    found["risk"]["drivers"][0]["title"] = HOSTILE
    (tmp_path / "portfolio.yaml").write_text(yaml.safe_dump(found), encoding="utf-8")
    html = as_html(view(appraise(tmp_path)))
    assert html.count("<script") == 1  # the program's own
    assert 'id="fan-digester-chart"' in html
    svg = re.search(r'<svg id="moves-cluster-chart".*?</svg>', html, flags=re.S)
    assert svg is not None
    assert "&lt;script&gt;" in svg[0]


def test_the_fan_goes_through_its_percentiles() -> None:
    """Five straight rows: each band is a ring of four corners at the heights of its rows."""
    fan = {q: [0.0, float(q)] for q in (5, 20, 50, 80, 95)}
    svg = fan_chart("x", "t", "d", fan, [0.0, 40.0], 1, "THB")
    outer, inner = (re.search(rf'class="{kind}" d="([^"]+)"', svg) for kind in ("outer", "inner"))
    assert outer is not None
    assert inner is not None
    steps = [float(x) for x in re.findall(r"-?\d*\.?\d+", outer[1])]
    x0, y0, dx, dy, _, up = steps[:6]
    per_unit = -dy / 5
    assert (x0, dx) == (64, 680)
    assert up == pytest.approx(-90 * per_unit, abs=0.3)  # from P5 up to P95
    assert 30 <= y0 + dy + up < y0


def test_a_path_written_in_steps_ends_where_it_should() -> None:
    points = [(64.0, 44.8), (64.05, 44.71), (100.0, -3.26), (99.2, 0.0), (744.0, 210.6)]
    text = path_of(points)
    start, steps = text.removeprefix("M").split("l")
    x, y = (float(part) for part in start.split(" "))
    moves = [float(part) for part in re.findall(r"-?\d*\.?\d+", steps)]
    assert len(moves) == 2 * (len(points) - 1)
    for k, point in enumerate(points[1:]):
        x, y = x + moves[2 * k], y + moves[2 * k + 1]
        assert (x, y) == pytest.approx(point, abs=0.051)


def test_a_histogram_draws_each_column_and_its_marks() -> None:
    found = Histogram((-10.0, 0.0, 10.0, 20.0), (3, 0, 6), 0)
    svg = histogram_chart("x", "t", "d", found, [("VaR 95%", 15.0)], "cases", "THB")
    below, above = re.findall(r'class="bar (\w+)" d="([^"]+)"', svg)
    assert (below[0], below[1].count("M")) == ("hatched", 1)
    assert (above[0], above[1].count("M")) == ("grey", 1)
    heights = [float(re.search(r"v([\d.]+)", path)[1]) for _, path in (below, above)]  # type: ignore[index]
    assert heights[1] == pytest.approx(2 * heights[0])
    assert "VaR 95%" in svg
