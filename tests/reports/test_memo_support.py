"""Subsidy, groups and first loss in the memo: the figures of the commands, and sentences that none
of them contradicts."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from eicfinance.appraisal.case import run_case
from eicfinance.appraisal.support import supported
from eicfinance.cli import program
from eicfinance.reports import memo_support, risk_memo
from eicfinance.reports.memo import as_html
from eicfinance.reports.risk import as_text
from eicfinance.reports.sharing import HEADS
from eicfinance.reports.subsidy import amount_text
from eicfinance.reports.view import as_data, view
from eicfinance.reports.words import bound, number
from tests.appraisal.small import generic, small
from tests.appraisal.test_sharing import POOL, farms
from tests.portfolios import BUNDLED, OWN, viewed

if TYPE_CHECKING:
    from eicfinance.reports.view import ProjectView, View

pytestmark = pytest.mark.slow

BY_NAME = {path.name: path for path in (*BUNDLED, *OWN)}
RATES = {"project": 0.08, "equity": 0.12, "public": 0.03}
LOAN = {"share": 0.7, "rate": 0.07, "tenor_months": 60}
QUICK = ("nepal-biogas", "one-roof", "grameen-shakti", "wesco-kerala", "seeds-sri-lanka")


def of_plant(folder: Path, finance: Any = None, rates: Any = None, **inputs: Any) -> dict[str, Any]:
    """The memo's part for a plant of 1,000,000 bought at closing, year by year."""
    flat = {"periods_per_year": 1, "inflation": 0, "vat": 0, "discount_rates": rates or RATES}
    loan = {"loan": LOAN} if finance is None else finance
    shown = view(small(folder, [generic(finance=loan, **inputs)], economy=flat))
    return memo_support.content(shown, shown.projects[0])


def annuity(rate: float, years: int) -> float:
    return sum((1 + rate) ** -t for t in range(1, years + 1))


# -- subsidy --------------------------------------------------------------------------------------


def test_none_is_needed(tmp_path: Path) -> None:
    found = of_plant(tmp_path, benefit_per_year=300_000)
    cover = 300_000 / (700_000 / annuity(0.07, 5))
    assert (
        f"No subsidy is needed: without any, Minimum DSCR {cover:.2f} (at least 1.20)"
        in (found["says"][0])
    )
    assert found["rows"] == []


def test_one_kind_is_enough(tmp_path: Path) -> None:
    """The loan is 70% of the cost less the grant: 165,000 = 1.2 x 0.7 x (1,000,000 - G) / a; what
    the owner puts in comes back at over 12% as it is. Without any interest the cover is 1.18."""
    found = of_plant(tmp_path, benefit_per_year=165_000)
    given = 1e6 - 165_000 * annuity(0.07, 5) / (1.2 * 0.7)
    said = " ".join(found["says"])
    assert "Without support it falls short: Minimum DSCR 0.97 (at least 1.20)." in said
    assert "Equity IRR" not in said, "what is met does not fall short"
    assert f"One kind alone is enough: Capital grant {given:,.0f} THB" in said
    assert f"{given / 1.03:,.0f} THB" in said, "paid a year later, at the public's 3%"
    rows = {row[0]: row[1:] for row in found["rows"]}
    assert rows["Capital grant"][:3] == [f"{given:,.0f} THB", "Minimum DSCR", "1.20"]
    assert rows["No support"][2] == "0.97"
    assert "No support" not in [row[0] for row in found["rows"][1:]]
    assert "Tax holiday: only a company's profit can be exempt" in found["left_out"]


def test_what_no_kind_can_mend(tmp_path: Path) -> None:
    """A plant that earns nothing: no grant within its cost gives its loan anything to live on."""
    found = of_plant(tmp_path, benefit_per_year=0)
    assert "No kind of support is enough alone, not even at its most." in found["says"]
    for row in found["rows"][1:]:
        assert row[1].startswith("not enough: ")
        assert row[2] == ""
        assert row[-2:] == ["–", "–"]


def test_where_the_public_rate_is_not_given(tmp_path: Path) -> None:
    found = of_plant(tmp_path, rates={"project": 0.08, "equity": 0.12}, benefit_per_year=180_000)
    said = " ".join(found["says"])
    assert "is not assessed: the portfolio gives no public discount rate" in said
    assert "Capital grant" in said
    assert all(row[-2:] == ["–", "–"] for row in found["rows"])


def test_where_no_loan_is_asked_for(tmp_path: Path) -> None:
    """100,000 a year for ten years at 8%, less the grant a year later."""
    found = of_plant(tmp_path, finance={}, benefit_per_year=100_000)
    given = (1e6 - 1e5 * annuity(0.08, 10)) * 1.08
    assert found["says"][0].startswith("No loan is requested")
    assert "Project NPV −328,992 (at least 0)" in found["says"][1]
    assert any(f"Capital grant {given:,.0f} THB" in text for text in found["says"])
    paying = of_plant(tmp_path, finance={}, benefit_per_year=200_000)
    assert "No subsidy is needed" in paying["says"][1]


def test_the_command_says_the_same() -> None:
    """Each kind's amount, figures and cost are those of `subsidy`."""
    shown = viewed(BY_NAME["nepal-biogas"])
    mine = as_data(shown)["projects"][0]["subsidy"]
    asked = ["subsidy", "nepal-biogas", "--project", "digester", "--format", "json"]
    told = json.loads(CliRunner().invoke(program, asked).stdout)
    assert mine == told
    table = {row[0]: row for row in memo_support.content(shown, shown.projects[0])["rows"]}
    grant = next(one for one in told["supports"] if one["kind"] == "grant")
    assert table["Capital grant"][1] == amount_text(grant["amount"], "NPR")
    assert table["Capital grant"][2] == "Minimum DSCR"
    assert grant["binding"] == ["dscr_min"]
    assert table["Capital grant"][-2] == number(grant["cost"]["public_cost_pv"])


def contradicted(shown: View, p: ProjectView) -> list[str]:
    """What the subsidy part says of a project and is not so."""
    said = " ".join(memo_support.content(shown, p)["says"])
    status = {line.name: line.status for line in p.decision.lines}
    found = []
    if p.decision.requested:
        fails = "failed" in (status["dscr_min"], status["equity_irr_min"])
        if ("falls short" in said) != fails or ("No subsidy is needed" in said) == fails:
            found.append(f"{status}: {said}")
    answer = shown.case.subsidies[p.name]
    for one in answer.supports:
        if one.amount:  # run again by itself: the policy's flags are what was found
            changes: dict[str, dict[str, float]] = {}
            for (place, name), value in one.kind.at(one.amount).items():
                changes.setdefault(place, {})[name] = value
            run = run_case(supported(shown.case, [p.name]), changes)[p.name]
            flags = {n for n in run.model.results if n.startswith("met_") and not run.value(n)}
            if {f"met_{name}" for name in one.unmet} != flags or one.failed:
                found.append(f"{one.kind.name}: {flags}, {one.unmet}, {one.failed}")
            if p.decision.requested and flags & {"met_dscr_min", "met_equity_irr_min"}:
                found.append(f"{one.kind.name}: {flags}")
    return found


@pytest.mark.parametrize("name", QUICK)
def test_no_figure_contradicts_it(name: str) -> None:
    shown = viewed(BY_NAME[name])
    assert [text for p in shown.projects for text in contradicted(shown, p)] == []


def test_lines_that_support_leaves_failed(tmp_path: Path) -> None:
    """A tenor above the policy's is not cured by money."""
    long = {"loan": LOAN | {"share": 0.75, "tenor_months": 132}}
    found = " ".join(of_plant(tmp_path, long, benefit_per_year=80_000, life_years=15)["says"])
    assert "these lines still fail: Maximum loan share of capital cost less grants" in found
    assert "Maximum tenor" in found
    met = " ".join(of_plant(tmp_path, long, benefit_per_year=400_000, life_years=15)["says"])
    assert "No subsidy is needed" in met
    assert re.search(r"for which no subsidy is tried: .*Maximum tenor", met)


# -- groups and first loss ------------------------------------------------------------------------


def cells(html: str, caption: str) -> list[list[str]]:
    """The rows of the table with such a caption."""
    start = html.index(caption)
    table = html[start : html.index("</table>", start)]
    rows = re.split(r"<tr>", table)[1:]
    return [[unescape(re.sub(r"<[^>]+>", "", cell)).strip()
             for cell in re.split(r"<t[hd][^>]*>", row)[1:]] for row in rows]  # fmt: skip


def test_groups_and_first_loss_stand_in_the_memo(tmp_path: Path) -> None:
    """The figures are those of the risk command, marked as simulated."""
    case = farms(tmp_path, count=6, first_loss=POOL | {"projects": ["farm"]})
    html = as_html(view(case))
    assert "Who stands for whom: simulated, not recalculated" in html
    (group,), first = case.risk.groups, case.risk.first_loss
    assert first is not None
    table = cells(html, "loans in groups of")
    assert table[0][1:] == [*HEADS]
    assert [row[0] for row in table[1:]] == [
        f"{text} ({one.scenarios})" for text, one in zip(
            ("all scenarios", "Fever, by own luck", "none of these events"), group.cases,
            strict=True)
    ]  # fmt: skip
    for row, one in zip(table[1:], group.cases, strict=True):
        assert row[4:6] == [number(one.loss_alone.value), number(one.loss_group.value)]
        assert row[1] == ("none" if not one.pd_alone.value else f"{100 * one.pd_alone.value:.1f}%")
    text = as_text(case.risk, case)
    parties = cells(html, "First loss and guarantee: 6 loans")
    assert [row[0] for row in parties[1:]] == [one.party for one in first.parties]
    for row, party in zip(parties[1:], first.parties, strict=True):
        assert row[1].startswith(f"{number(party.loss.value)} ± ")
        assert row[4] == number(party.tails[0].value_at_risk)
        assert number(party.loss.value) in text
    verdict = "The bank meets" if first.met else "The bank misses"
    assert verdict in html
    assert verdict in text


def test_where_nobody_stands_for_another() -> None:
    shown = viewed(BY_NAME["quarterly-farm"])
    found = risk_memo.together(shown)
    assert (found["groups"], found["first_loss"]) == ([], None)
    assert "Who stands for whom" not in as_html(shown)


def test_what_no_scenario_showed_is_not_said_to_be_nil() -> None:
    """In the policy's line, in the simulation and in the risk command's text."""
    shown = viewed(BY_NAME["one-roof"])
    html, text = as_html(shown), as_text(shown.case.risk, shown.case)
    loan = shown.case.risk.project("roof").loan
    assert loan is not None
    assert (loan.pd_life.value, loan.pd_year.pd) == (0, 0), "else this tests nothing"
    assert cells(html, "Credit policy, line by line")[5][2] == "✓\u00a0none of 200"
    assert "Default over the loan's life: none of 200; in its worst twelve months: none of 200" in (
        text
    )
    assert "Scenarios in which any loan defaults<td>none" in html
    assert "standard error 0.0%" not in html + text
    assert bound(0.05, "%") == "5.0%"
