"""The documents name what the program has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eicfinance.appraisal.fund import FundCase, appraise_fund
from tests.portfolios import BUNDLED, OWN, ROOT, appraised

NAMES = (ROOT / "docs" / "nomenclature.md").read_text(encoding="utf-8")
PATTERNS = (
    r"loan_\w+\.\w+",
    r"capital_\w+",
    r"(grant|committed|bridge)_\d+_\w+",
    r"(\w+\.)?check_\w+",
    r"pv_(economic|market)_\w+",
    r"(conversion_factor|to_[a-z]+)_\w+",
)


@pytest.mark.parametrize("folder", [*BUNDLED, *OWN], ids=lambda p: p.name)
def test_every_result_stands_in_the_nomenclature(folder: Path) -> None:
    case = appraised(folder)
    known = set(re.findall(r"`([\w.*]+)`", NAMES))
    for project in case.projects.values():
        missing = {
            name
            for name in project.model.results
            if name not in known and not any(re.fullmatch(p, name) for p in PATTERNS)
        }
        assert not missing, missing
    assert case.cluster is not None
    owners = "|".join(case.portfolio.borrowers)
    for name in case.cluster.results:
        general = re.sub(rf"_({owners})(?=_min$|$)", "_BORROWER", name)
        assert general in known or name.startswith("check_"), name


def test_every_name_of_the_nomenclature_exists() -> None:
    """The reverse: nothing is described that no case has."""
    made: set[str] = set()
    for folder in [*BUNDLED, *OWN]:
        case = appraised(folder)
        owners = "|".join(case.portfolio.borrowers)
        for model in case.models:
            made |= {re.sub(r"^(grant|committed|bridge)_\d+", r"\1_N", n) for n in model.results}
            made |= {re.sub(r"^loan_\w+\.", "loan_NAME.", name) for name in model.results}
            made |= {re.sub(rf"_({owners})(?=_min$|$)", "_BORROWER", n) for n in model.results}
    made |= set(members().model.results)
    tables = "\n".join(line.split("|")[1] for line in NAMES.split("\n") if line.startswith("| `"))
    described = set(re.findall(r"`([\w.]+)`", tables))
    assert described <= made, described - made


def members() -> FundCase:
    return appraise_fund(ROOT / "portfolios" / "members-fund")


def test_every_result_of_a_fund_stands_in_the_nomenclature() -> None:
    known = set(re.findall(r"`([\w.*]+)`", NAMES.split("## The revolving fund")[1]))
    results = {name for name in members().model.results if not name.startswith("check_")}
    assert results <= known, results - known


def test_documents_speak_of_the_project_alone() -> None:
    for path in [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *ROOT.glob("portfolios/*/*.md"),
    ]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\.\./shared|/(?:work|root|tmp)/|https?://[\w.]*pypi", text), path
