"""Groups and a first loss as a user writes them, and what is said where they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eicfinance.appraisal.case import build, declarations
from eicfinance.portfolio.reader import read_portfolio
from eicfinance.portfolio.source import BadInput
from tests.portfolio.one_roof import BASE, refusals

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.portfolio.reader import Portfolio

NAME = "    technology: solar\n"
SECOND = """  - name: second
    borrower: shop
    technology: solar
    inputs: {capacity_kwp: 5}
"""
TERMS = "share: 5%, guarantee: 40%, guarantee_fee: 1.75%, bank_target: 0.5%"


def written(risk: str, count: int = 4, periods: int = 12) -> str:
    """The roof as so many equal ones, and a second without a loan."""
    assert BASE.count(NAME) == 1
    text = BASE.replace(NAME, f"    count: {count}\n{NAME}")
    text = text.replace("economy:\n", f"economy:\n  periods_per_year: {periods}\n")
    return text.rstrip("\n") + f"\n{SECOND}    count: {count}\nrisk: {risk}\n"


def read(folder: Path, risk: str, count: int = 4, periods: int = 12) -> Portfolio:
    (folder / "portfolio.yaml").write_text(written(risk, count, periods), encoding="utf-8")
    portfolio = read_portfolio(folder, declarations())
    build(portfolio)
    return portfolio


def test_what_is_written_is_read(tmp_path: Path) -> None:
    cover = "{value: 30%, low: 0%, high: 60%, source: guess}"
    group = f"{{project: roof, members: 3, cover: {cover}, binding: contractual}}"
    pool = f"{{bearer: Savings union, projects: [roof], {TERMS}}}"
    risk = read(tmp_path, f"{{groups: [{group}], first_loss: {pool}}}").risk
    (found,) = risk.groups
    assert (found.project, found.members, found.binding) == ("roof", 3, "contractual")
    assert (found.cover.number, found.cover.low, found.cover.high) == (0.3, 0, 0.6)
    one = risk.first_loss
    assert one is not None
    assert (one.bearer, one.guarantor, one.projects) == ("Savings union", "Guarantor", ("roof",))
    assert (one.share, one.guarantee, one.guarantee_fee, one.bank_target) == (
        0.05, 0.4, 0.0175, 0.005,
    )  # fmt: skip


def test_defaults(tmp_path: Path) -> None:
    """Without the sections there is neither; all loans are in the pool; zero is a value."""
    assert (read(tmp_path, "{}").risk.groups, read(tmp_path, "{}").risk.first_loss) == ((), None)
    text = "{groups: [{project: roof, members: 2, cover: 0}], first_loss: {share: 0}}"
    risk = read(tmp_path, text).risk
    assert (risk.groups[0].cover.number, risk.groups[0].binding) == (0, "social")
    assert risk.groups[0].cover.low is None  # nothing is drawn without a range
    assert risk.first_loss is not None
    assert (risk.first_loss.share, risk.first_loss.projects) == (0, ("roof",))
    assert (risk.first_loss.guarantee, risk.first_loss.bearer) == (0, "MFI")


GOOD = "project: roof, members: 2, cover: 50%"
WRONG = [
    ("{groups: [{members: 2, cover: 50%}]}", "groups[1].project", "missing"),
    ("{groups: [{project: rof, members: 2, cover: 50%}]}", "groups[1].project",
     'did you mean "roof"'),
    ("{groups: [{project: second, members: 2, cover: 50%}]}", "groups[1].project", "no loan"),
    ("{groups: [{project: roof, cover: 50%}]}", "groups[1].members", "missing"),
    ("{groups: [{project: roof, members: 1, cover: 50%}]}", "groups[1].members", "at least 2"),
    ("{groups: [{project: roof, members: 60, cover: 50%}]}", "groups[1].members", "at most 50"),
    ("{groups: [{project: roof, members: 2.5, cover: 50%}]}", "groups[1].members", "whole number"),
    ("{groups: [{project: roof, members: 5, cover: 50%}]}", "groups[1].members", "has 4 units"),
    ("{groups: [{project: roof, members: 2}]}", "groups[1].cover", "missing"),
    ("{groups: [{project: roof, members: 2, cover: 150%}]}", "groups[1].cover", "at most 1"),
    ("{groups: [{project: roof, members: 2, cover: much}]}", "groups[1].cover", "not a figure"),
    (f"{{groups: [{{{GOOD}, binding: legal}}]}}", "groups[1].binding", "social, contractual"),
    (f"{{groups: [{{{GOOD}, membrs: 2}}]}}", "groups[1].membrs", 'did you mean "members"'),
    (f"{{groups: [{{{GOOD}}}, {{{GOOD}}}]}}", "groups[2].project", "has groups already in line"),
    ("{first_loss: 5%}", "first_loss", "a block"),
    ("{first_loss: {bearer: MFI}}", "first_loss.share", "missing"),
    ("{first_loss: {share: 5}}", "first_loss.share", "for 5 per cent write 5%"),
    ("{first_loss: {share: 5%, guarantee: -1%}}", "first_loss.guarantee", "at least 0"),
    ("{first_loss: {share: 5%, guarantee_fee: 90%}}", "first_loss.guarantee_fee", "at most 50"),
    ("{first_loss: {share: 5%, bank_target: 2}}", "first_loss.bank_target", "for 2 per cent"),
    ("{first_loss: {share: 5%, projects: [rof]}}", "first_loss.projects[1]",
     'did you mean "roof"'),
    ("{first_loss: {share: 5%, projects: [second]}}", "first_loss.projects[1]", "asks for no loan"),
    ("{first_loss: {share: 5%, projects: [roof, roof]}}", "first_loss.projects[2]", "twice"),
]  # fmt: skip


@pytest.mark.parametrize(("risk", "key", "words"), WRONG, ids=[risk for risk, _, _ in WRONG])
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, risk: str, key: str, words: str
) -> None:
    told = refusals(tmp_path, written(risk))
    line = (BASE + SECOND).count("\n") + 4
    assert any(
        f"portfolio.yaml:{line}:" in text and f"risk.{key}" in text and words in text
        for text in told
    ), told


def test_a_single_plant_has_no_group(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="single plant with one loan"):
        read(tmp_path, f"{{groups: [{{{GOOD}}}]}}", count=1)


def test_years_are_too_coarse(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, f"{{groups: [{{{GOOD}}}], first_loss: {{share: 5%}}}}", periods=1)
    told = [str(problem) for problem in caught.value.problems]
    assert ["arrears do not age in years" in text for text in told] == [True, True]
