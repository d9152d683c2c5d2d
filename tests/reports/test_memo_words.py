"""No sentence of the memo is contradicted by a figure: over all portfolios, and over one portfolio
with inputs that turn each sentence round."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eicfinance.appraisal.case import appraise
from eicfinance.reports.memo import content
from eicfinance.reports.view import view
from eicfinance.reports.words import held
from tests.portfolios import BUNDLED, OWN, viewed

if TYPE_CHECKING:
    from eicfinance.reports.view import ProjectView, View

pytestmark = pytest.mark.slow

ROOF = next(path for path in BUNDLED if path.name == "one-roof")
ALL = [*BUNDLED, *OWN]  # in the ordinary run those whose sensitivity is quickly computed
LONG = ("chachoengsao", "sized-loans", "reserves", "weekly-shop", "economic-hub", "husk-hub")
FOLDERS = [f for f in ALL if os.environ.get("EICFINANCE_TEST_ALL") or f.name not in LONG]
NUMBER = r"(−?[\d,]+(?:\.\d+)?)"
# what is changed of the roof: path in the file, value
CHANGED: dict[str, dict[str, Any]] = {
    "no loan": {"projects.0.finance.loan": None},
    "loan of nothing": {"projects.0.finance.loan.share": 0},
    "dear": {"projects.0.inputs.capital_per_kwp": 90000},
    "cheap": {"projects.0.inputs.capital_per_kwp": 9000},
    "without host": {"borrowers.0.cash_flow": 0, "borrowers.0.debt_service": 0,
                     "borrowers.0.collateral": 0, "borrowers.0.promoter_cash": 0},
    "guaranteed": {"projects.0.finance.loan.guarantee_fee": "1.75%",
                   "projects.0.inputs.insurance_share": 0,
                   "projects.0.finance.reserve_funding": "closing"},
    "granted": {"projects.0.finance.grants": [{"name": "state", "share": "60%"}],
                "projects.0.inputs.capital_per_kwp": 60000},
    "long": {"projects.0.finance.loan.tenor_months": 180, "projects.0.finance.loan.grace_months": 0,
             "credit_policy": {"tenor_max": 15, "dscr_min": 1}},
    "no use": {"sites.0.inputs.load_per_year": 10},
    "conditions": {"projects.0.conditions": ["A permit", "A contract"]},
}  # fmt: skip


def changed(folder: Path, changes: dict[str, Any]) -> View:
    """The roof with some of its figures changed."""
    found = yaml.safe_load((ROOF / "portfolio.yaml").read_text(encoding="utf-8"))
    for path, value in changes.items():
        *steps, last = path.split(".")
        place = found
        for step in steps:
            place = place[int(step)] if step.isdigit() else place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value
    (folder / "portfolio.yaml").write_text(yaml.safe_dump(found), encoding="utf-8")
    return view(appraise(folder))


def amount(text: str) -> float | None:
    """The number that a cell or sentence begins with."""
    match = re.match(NUMBER, text)
    return float(match[1].replace(",", "").replace("−", "-")) if match else None


def wrong(shown: View, p: ProjectView, said: dict[str, Any]) -> list[str]:
    """What is said of a project and is not so."""
    return [*wrong_of_policy(p, said), *wrong_of_risks(p, said), *wrong_of_rest(shown, p, said)]


def wrong_of_policy(p: ProjectView, said: dict[str, Any]) -> list[str]:
    found, because = [], " ".join(said["decision"]["because"])
    rows = said["decision"]["policy"]
    for row in rows:
        least = row["limit"].startswith("at least")
        limit = amount(row["limit"].removeprefix("at least ").removeprefix("at most "))
        figure = amount(row["figure"])
        if limit is None or figure is None:
            continue
        holds = figure >= limit if least else figure <= limit
        if row["status"] != "not assessed" and holds != (row["status"] == "met"):
            found.append(f"{row['label']}: {row['figure']}, {row['limit']}, {row['status']}")
    failed = [row["label"] for row in rows if row["status"] == "failed"]
    verdict = said["decision"]["recommendation"]
    if (verdict == "decline") != bool(failed) or (verdict == "decline") != ("Not met" in because):
        found.append(f"{verdict}: {because}")
    if any(label not in because for label in failed) or ("All lines" in because and any(
            row["status"] != "met" for row in rows)):  # fmt: skip
        found.append(f"{failed}: {because}")
    if verdict == "approve" and (said["decision"]["conditions"] or "assessed by" in because):
        found.append(f"{verdict}: {because}")
    none = because.startswith("No loan") or "comes to nil" in because
    if (verdict == "no loan requested") != none:
        found.append(f"{verdict}: {because}")
    return found


def wrong_of_risks(p: ProjectView, said: dict[str, Any]) -> list[str]:
    found, run = [], p.run
    base = run.value("project_npv") or 0.0
    for row in said["risks"]:
        text = row["risk"]
        if match := re.search(rf"NPV falls to {NUMBER}", text):
            fallen = amount(match[1])
            assert fallen is not None
            if fallen > base + 0.5 or ("negative" in text) != (fallen < 0):
                found.append(f"{text} (base {base})")
        if match := re.search(rf"DSCR falls to {NUMBER}, below the {NUMBER}", text):
            if not float(match[1].replace("−", "-")) < float(match[2]):
                found.append(text)
        elif match := re.search(rf"not fall below {NUMBER}; the policy asks for {NUMBER}", text):
            if not float(match[1].replace("−", "-")) >= float(match[2]):
                found.append(text)
        elif "there is no DSCR" in text and run.value("dscr_min") is not None and p.decision.lines:
            found.append(text)
        gap = run.value("gap_with_loan_depth" if p.decision.requested else "gap_depth") or 0.0
        if "valley stays open" in text and ("Nothing" in text) != (gap < 0.5):
            found.append(f"{text} (gap {gap})")
    return found


def wrong_of_rest(shown: View, p: ProjectView, said: dict[str, Any]) -> list[str]:
    run, found = p.run, []
    remarks, green = " ".join(said["remarks"]), " ".join(said["green"])
    never = bool(run.value("valley_depth")) and run.value("valley_recovery_period") is None
    if ("does not come back" in remarks) != never:
        found.append(remarks)
    if ("avoids no greenhouse gas" in green) != ((run.value("ghg_avoided_total") or 0.0) < 0.5):
        found.append(green)
    if ("Attribution" in green) != p.decision.requested:
        found.append(green)
    if said["economic"]["assessed"]:
        text, enpv = said["economic"]["says"], run.value("enpv") or 0.0
        if ("not for the country" in text or "neither" in text) != (enpv < 0):
            found.append(f"{text} (ENPV {enpv})")
    told = {row["title"]: " ".join(row["said"]) for row in said["five_cs"]}
    cover = shown.case.runs["cluster"].value(f"collateral_cover_{p.case.borrower.name}")
    if "covers the loans" in told["Collateral"] and cover is None:
        found.append(told["Collateral"])
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_no_sentence_is_contradicted(folder: Path) -> None:
    shown = viewed(folder)
    for p, said in zip(shown.projects, content(shown)["projects"], strict=True):
        assert wrong(shown, p, said) == []


@pytest.mark.parametrize("name", CHANGED)
def test_nor_where_inputs_are_otherwise(name: str, tmp_path: Path) -> None:
    shown = changed(tmp_path, CHANGED[name])
    (p,), (said,) = shown.projects, content(shown)["projects"]
    assert wrong(shown, p, said) == []


def test_a_figure_just_below_its_limit_does_not_look_like_it(tmp_path: Path) -> None:
    """The DSCR of the roof is 1.44...: against a limit a little higher it is written out."""
    dscr = viewed(ROOF).projects[0].run.value("dscr_min") or 0.0
    shown = changed(tmp_path, {"credit_policy": {"dscr_min": round(dscr, 4) + 0.0001}})
    (p,), (said,) = shown.projects, content(shown)["projects"]
    assert wrong(shown, p, said) == []
    row = said["decision"]["policy"][0]
    assert row["status"] == "failed"
    assert len(row["limit"]) > len("at least 1.44"), "the limit has the digits that it was given"
    assert held(1.1996, 1.2, "1") == "1.1996"
    assert held(1.2004, 1.2, "1") == "1.2004"
    assert held(0.11996, 0.12, "1/year") == "11.996%"
    assert held(10.04, 10.0, "year") == "10.04 years"
