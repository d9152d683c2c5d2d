"""No English is left in what a Thai reader gets: the memo, the fund's page, the workbook."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from os import environ
from typing import TYPE_CHECKING

import openpyxl
import pytest

from eicfinance.appraisal.case import appraise
from eicfinance.appraisal.fund import appraise_fund
from eicfinance.reports.fund_page import as_html as fund_html
from eicfinance.reports.fund_view import fund_view
from eicfinance.reports.language import language, speaking
from eicfinance.reports.memo import as_html
from eicfinance.reports.view import view
from eicfinance.reports.workbook import workbook
from tests.portfolios import BUNDLED, ROOT, appraised
from tests.reports.test_language import written_by_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from eicfinance.model.model import Input, Model, Vector

pytestmark = pytest.mark.slow
ALL = bool(environ.get("EICFINANCE_TEST_ALL"))
SOME = [path for path in BUNDLED if ALL or path.name in ("one-roof", "nepal-biogas")]
ABBREVIATIONS = """
NPV IRR MIRR BCR DSCR LLCR PLCR CFADS WACC LCOE EBITDA ENPV EIRR FIRR BOI DSRA APR EIR XIRR VAT
SERF SWRF SCF PAR OSS FSS SDI MFI PERT COD VS Bo MCF GWP AR IPCC PCAF LPG Ft MNRE kWh kW kWp Wp
MJ TJ GJ Nm kg kgCOD kgVS kgCH kgN kgCO tCO tCH tN W CO CH O N e x Taxonomy Green Character
Capacity Capital Collateral Conditions gearing flat effective refinance JSON YAML Excel
LibreOffice SHA sha docs definitions md eicfinance appraise NAME xlsx yaml portfolio economy
economic lending scenarios project projects reference_rates rate_steps depreciation_shares
repayment seasonal committed_sources sites bridging fund streams externalities ADB Institute Eco
Industrial Clusters Prototype Training Manual Module Death Valley Trap Micro Financing seed
Yaron MRR Eps Dust About Inputs Seasons Results Sensitivity Checks Portfolio Change log Base Low
High Yours closing C A _year EAD LGD Risk risk limits
"""  # of the field, units, names of files, sheets and standards
ALLOWED = frozenset(ABBREVIATIONS.split())


class Texts(HTMLParser):
    """The texts of a page that a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found.append(" ".join(data.split()))


def named(models: Iterable[Model]) -> Iterator[str]:
    """Names of inputs and models, and what is cited as a source."""
    for model in models:
        yield from (model.name, f"{model.name}__")
        given: list[Input | Vector] = [*model.inputs.values(), *model.vectors.values()]
        for item in given:
            yield from (item.text.name, item.text.key, item.text.source.removeprefix("assumption"))
        yield from model.lines


def english(texts: Iterable[str], known: Iterable[str]) -> list[str]:
    """Words that are left when names, citations and what a user wrote are taken out."""
    wanted = {" ".join(text.split()) for text in known}
    longest = sorted((t for t in wanted if len(t) > 1), key=len, reverse=True)
    written = "\n".join(longest)
    taken = re.compile(
        rf"(?<!\w)({'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE | re.ASCII
    )

    @cache
    def words(text: str) -> list[str]:
        short = re.sub(r"\(หนึ่งใน.*|…", "", text).strip()
        if short in written:  # a part of what a user wrote, as in a picture's second line
            return []
        plain = re.sub(r"\b\w+![A-Z]+\d+|\b[0-9a-f]{64}\b", " ", text)
        found = re.findall(r"[A-Za-z_]+", taken.sub(" ", plain))
        return [word for word in found if re.search("[A-Za-z]{2}", word) and word not in ALLOWED]

    return sorted({f"{word} in {text!r}" for text in texts for word in words(text)})


@pytest.mark.parametrize("folder", SOME, ids=lambda folder: folder.name)
def test_memo(folder: Path) -> None:
    case = appraised(folder)
    with speaking("th"):
        page = as_html(view(case))
    texts = Texts()
    texts.feed(page)
    assert english(texts.found, {*written_by_user(folder), *named(case.models)}) == []
    assert '<html lang="th">' in page
    assert language("th").fonts in page


def test_page_of_a_fund() -> None:
    folder = ROOT / "portfolios" / "members-fund"
    case = appraise_fund(folder)
    with speaking("th"):
        page = fund_html(fund_view(case))
    texts = Texts()
    texts.feed(page)
    assert english(texts.found, {*written_by_user(folder, "fund.yaml"), *named(case.models)}) == []


def test_workbook_and_what_is_read_back_from_it(tmp_path: Path) -> None:
    (folder,) = (path for path in BUNDLED if path.name == "one-roof")
    case, path = appraised(folder), tmp_path / "thai.xlsx"
    with speaking("th"):
        path.write_bytes(workbook(view(case)))
    book = openpyxl.load_workbook(path, data_only=True)
    texts = [
        cell
        for sheet in book.worksheets
        if sheet.title != "Portfolio"
        for row in sheet.iter_rows(max_col=8, values_only=True)
        for cell in row
        if isinstance(cell, str)
    ]
    raw = {"Name of the cell", "Key in the portfolio", "Scenario in use", "In use", "Value",
           "Checksum of the text (SHA-256)", "assumption"}  # fmt: skip
    known = {*written_by_user(folder), *named(case.models), *raw, *book.sheetnames}
    assert english(texts, known) == []
    again = appraise(path)
    assert again.portfolio.figures.keys() == case.portfolio.figures.keys()
    assert again.runs["roof"].value("project_npv") == case.runs["roof"].value("project_npv")
