"""Text of users in a workbook: a string whatever it looks like, readable, read back the same."""

from __future__ import annotations

import os
import re
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from eicfinance.appraisal.case import appraise
from eicfinance.portfolio.source import BadInput
from eicfinance.reports.view import view
from eicfinance.reports.workbook import workbook

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

HOSTILE = (
    '=HYPERLINK("http://example.invalid","click")',
    "<script>alert(1)</script>&amp;<!--",
    "+1+cmd|' /C calc'!A0",
    "@SUM(1,1) -2+3",
    "http://example.invalid/?a=b mailto:a@b.c",
    "\u200fabc \u0e44\u0e17\u0e22 \U0001f33e",
    "_x000D_ _x0041_ {=1+1} &L&P &[Tab]",
    "long " * 2000,
)
TEXT = """title: {0}
description: {1}
economy:
  currency: THB
  closing: 2027-01
  appraisal_date: 2026-11-22
  periods_per_year: 1
  inflation: {{value: 2%, source: {2}}}
  discount_rates: {{project: 8%, equity: 12%}}
borrowers:
  - {{name: owner, title: {3}}}
projects:
  - name: plant
    title: {4}
    borrower: owner
    technology: generic
    conditions: [{6}]
    inputs:
      life_years: {{value: 5, source: {5}}}
      plant_cost: 1000000
      benefit_per_year: {{value: 400000, low: 300000, high: 500000, source: {7}}}
    finance:
      grants: [{{name: {1}, share: 5%, source: {0}}}]
      loan: {{title: {2}, share: 50%, rate: 6%, tenor_months: 48}}
scenarios:
  - {{name: {8}, changes: {{plant: {{loan_rate: 9%}}}}}}
"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def test_hostile_text_is_inert_readable_and_read_back(tmp_path: Path) -> None:
    for turn in range(0, len(HOSTILE), 1 if os.environ.get("EICFINANCE_TEST_ALL") else 3):
        some = [quoted(HOSTILE[(turn + k) % len(HOSTILE)]) for k in range(8)]
        name = quoted(HOSTILE[turn][:60])
        (tmp_path / "portfolio.yaml").write_text(TEXT.format(*some, name), encoding="utf-8")
        case, path = appraise(tmp_path), tmp_path / "book.xlsx"
        path.write_bytes(workbook(view(case)))
        with zipfile.ZipFile(path) as book:
            parts = {n: book.read(n).decode() for n in book.namelist() if n.endswith(".xml")}
            links = [book.read(n).decode() for n in book.namelist() if n.endswith(".rels")]
        formulas = [f for text in parts.values() for f in re.findall(r"<f[^>]*>([^<]*)</f>", text)]
        assert formulas
        assert not [f for f in formulas if re.search("HYPERLINK|cmd|script|example", f)]
        assert not [text for text in links if "example.invalid" in text]  # nor TargetMode External
        assert not [n for n, text in parts.items() if "<script" in text]
        again = appraise(path)
        old, new = case.portfolio, again.portfolio
        assert (new.title, new.description, new.texts) == (old.title, old.description, old.texts)
        assert new.projects[0].title == old.projects[0].title
        assert new.projects[0].conditions == old.projects[0].conditions
        assert (
            new.figures["projects[1].inputs.life_years"]
            == (old.figures["projects[1].inputs.life_years"])
        )
        assert [s.name for s in new.scenarios] == [s.name for s in old.scenarios]


def test_it_opens_and_shows_the_text(tmp_path: Path) -> None:
    some = [quoted(text) for text in HOSTILE]
    (tmp_path / "portfolio.yaml").write_text(TEXT.format(*some, quoted("dry")), encoding="utf-8")
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook(view(appraise(tmp_path))))
    shown = {str(c.value) for sheet in openpyxl.load_workbook(path) for row in sheet for c in row
             if c.data_type == "s"}  # fmt: skip
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[4]} <= shown


def test_control_characters_are_refused_before_a_workbook_is_written(tmp_path: Path) -> None:
    for bad in ("\x07", "\u202e", "\x1b[2J"):
        text = TEXT.format(*[quoted("plain")] * 8, quoted("dry")).replace("plain", f"a{bad}b", 1)
        (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match="not allowed"):
            appraise(tmp_path)
