"""CONTRIBUTING's "Add a lending scheme", followed to the letter in a copy of the project.

Lending by many through a platform is dropped in as one module, with its test, its terms in the case
that has all schemes and its second computation. Nothing else is touched; lists, the comparison,
reports and the contract tests find it by themselves.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy_financial as npf
import openpyxl
import pytest

from eicfinance.lending import deal as deals
from eicfinance.lending.deal import Deal
from tests.portfolios import ROOT
from tests.test_add_a_technology import python

pytestmark = pytest.mark.slow
CROWD = '''"""Crowd lending: many lend through a platform, which keeps a share of what is repaid.

The user pays the platform a fee when the loan is made; of each instalment the platform keeps a
share. 100,000 THB at 12% over twelve months: the user pays 8,885 THB a month, of which the crowd
gets 8,796 if the platform keeps 1%. The crowd carries the loss. Fits a plant with a story. Next of
kin is franchising, where one bank lends.
"""

from eicfinance.lending.deal import COMMON, INTERVAL, TERM, USER, Deal, Party, Scheme
from eicfinance.portfolio.declare import Figure


def build(deal: Deal) -> None:
    x = deal.x
    loan = deal.loan("crowd", x["rate"])
    deal.transfer(USER, "platform", "fee", "listing_fee_paid",
                  x["listing_fee"] * loan.amount * deal.closing)  # fmt: skip
    deal.transfer("crowd", "platform", "fee", "kept_by_platform",
                  x["platform_share"] * (loan.principal + loan.interest))  # fmt: skip
    lost = deal.default(loan, "crowd")
    deal.recovery(lost, "crowd")
    deal.running_cost("platform", loan)


SCHEME = Scheme(
    name="crowd_lending",
    title="Crowd lending through a platform",
    parties=(Party("crowd", "Crowd", "equity"), Party("platform", "Platform")),
    choices=(INTERVAL,),
    figures=(
        *TERM,
        Figure("listing_fee", "1", 0.02, "Platform's fee, share of the loan", 0, 0.05, 0, 0.5),
        Figure("platform_share", "1", 0.01, "Of instalments, kept by the platform", 0, 0.03, 0, 1),
        *COMMON,
    ),
    fits="a plant with a story",
    build=build,
)  # fmt: skip
'''
A_TEST = """

def test_a_crowd_without_fees_is_the_banks_loan() -> None:
    free = {"listing_fee": 0.0, "platform_share": 0.0}
    crowd, bank = deal("crowd_lending", ALIKE | free), deal("term_loan", ALIKE)
    same_for_the_user(crowd, bank)
    assert crowd.value("crowd_yield") == pytest.approx(bank.value("bank_yield"))
"""
BY_HAND = """

def crowd_lending(b: Bargain) -> None:
    lent, x = _loan(b, "crowd", "rate"), b.x
    b.pay("user", "platform", "fee", "listing_fee_paid", b.once(x["listing_fee"] * lent.amount))
    b.pay("crowd", "platform", "fee", "kept_by_platform", [p * x["platform_share"]
          for p in lent.paid])  # fmt: skip
    lose(b, lent, "crowd")
    keep(b, "platform", lent)
"""
NAMED = """  - scheme: crowd_lending
    inputs: {rate: 12%, tenor_months: 30, grace_months: 3, platform_share: 2%, default_rate: 4%}
"""
CASE = "tests/cases/all-schemes"
SECTION = (
    (ROOT / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .split("## Add a lending scheme")[1]
    .split("\n## ")[0]
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one module more, and what the steps 2 and 3 add to its tests."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("eicfinance", "portfolios", "templates", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    (folder / "eicfinance" / "lending" / "crowd_lending.py").write_text(CROWD, encoding="utf-8")
    for file, text in (
        ("tests/lending/test_schemes.py", A_TEST),
        (f"{CASE}/portfolio.yaml", NAMED),
        ("tests/appraisal/by_hand_schemes.py", BY_HAND),
    ):
        with (folder / file).open("a", encoding="utf-8") as end:
            end.write(text)
    return folder


def test_it_is_listed(copy: Path) -> None:
    assert re.search(r"crowd_lending +Crowd lending through a platform",
                     python(copy, "eicfinance", "list"))  # fmt: skip
    one = python(copy, "eicfinance", "list", "crowd_lending")
    assert re.search(r"platform_share +share or % +default 1%", one)
    assert "default_rate" in one


def test_it_is_compared_and_shown(copy: Path) -> None:
    """With its defaults on a bundled case; the borrower's rate from the annuity and the fee."""
    told = python(copy, "eicfinance", "compare", "one-roof", "--project", "roof", "--schemes",
                  "crowd_lending,term_loan", "--format", "json", "--out", "results")  # fmt: skip
    text = told[told.index("{") :]
    found = json.loads(text[: text.rindex("}") + 1])
    offers = {offer["scheme"]: offer for offer in found["schemes"]}
    assert set(offers) == {"crowd_lending", "term_loan"}
    terms = offers["crowd_lending"]["terms"]
    months = round(terms["tenor_months"] - terms["grace_months"])
    assert months > 12
    rate, grace = terms["rate"] / 12, round(terms["grace_months"])
    flows = [
        -1 + terms["upfront_fee"] + 0.02,
        *[rate] * grace,
        *[-npf.pmt(rate, months, 1)] * months,
    ]
    apr = offers["crowd_lending"]["results"]["apr"]
    assert apr == pytest.approx(12 * npf.irr(flows), rel=1e-6)
    memo = (copy / "results" / "one-roof.html").read_text(encoding="utf-8")
    assert "Crowd lending through a platform" in memo
    book = openpyxl.load_workbook(copy / "results" / "one-roof.xlsx")
    texts = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "Kept by platform" in texts


def test_the_tests_that_name_no_scheme_hold_for_it(copy: Path) -> None:
    lending = ("test_schemes", "test_cross_product", "test_wrong_terms")
    files = (*(f"lending/{name}.py" for name in lending), "appraisal/test_by_hand.py",
             "test_layers.py")  # fmt: skip
    told = python(copy, "pytest", "-q", "-p", "no:cacheprovider", "-rA", "-k",
                  "(crowd and not workbook) or layers",
                  *(f"tests/{file}" for file in files))  # fmt: skip
    passed = re.findall(r"PASSED tests/(\S+?)::(\S+)", told)
    assert {file for file, _ in passed} == set(files)
    assert len(passed) >= 30, told


def test_what_the_section_names_exists() -> None:
    """The words of the section are those of the code."""
    for name in re.findall(r"`deal\.(\w+)`", SECTION):
        assert name in Deal.__dataclass_fields__ or hasattr(Deal, name), name
    for name in re.findall(r"`([A-Z]+)`", SECTION):
        assert hasattr(deals, name), name
    for file in re.findall(r"`(tests/[\w/.-]+)`", SECTION):
        assert (ROOT / file).exists(), file
    assert (ROOT / "eicfinance" / "lending" / "term_loan.py").exists()
