"""fund.yaml as a person writes it: units, limits, and what is wrong with file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from eicfinance.lending.fund_terms import FUND
from eicfinance.portfolio.fund import FundEntry, read_fund
from eicfinance.portfolio.problems import BadInput

GOOD = """title: A fund
currency: THB
closing: 2027-01
appraisal_date: 2026-11-22
years: 5
bad_years: [2]
fund:
  grant: 1.5 MTHB
  loan_size: {value: 20000, low: 10000, high: 30000, source: minutes of May}
  tenor_months: 2 years
  rate: 12%
  waiting_members: 60
"""


def read(folder: Path, text: str = GOOD) -> FundEntry:
    (folder / "fund.yaml").write_text(text, encoding="utf-8")
    return read_fund(folder, FUND)


def test_figures_come_with_unit_range_and_source(tmp_path: Path) -> None:
    entry = read(tmp_path)
    values = entry.values
    assert (values["grant"].number, values["tenor_months"].number) == (1_500_000, 24)
    assert (values["loan_size"].low, values["loan_size"].source) == (10_000, "minutes of May")
    assert values["rate"].number == 0.12
    assert values["soft_loan"].number == 0
    assert entry.periods == 60
    assert entry.bad_years == (2,)
    assert "target_borrowers" not in values
    assert "default_per_instalment" not in values


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("tenor_months: 2 years", "tenor_months: 0", "10:3", "at least 1"),
        ("tenor_months: 2 years", "tenor_months: 72", "10:3", "does not end within the fund's 5"),
        ("rate: 12%", "rate: 12", "11:3", "write 12%"),
        ("rate: 12%", "rate: -1%", "11:3", "at least 0"),
        ("rate: 12%", "rte: 12%", "11:3", "did you mean"),
        ("grant: 1.5 MTHB", "grant: 1.5 kWh", "8:3", "cannot be converted"),
        ("years: 5", "years: 0", "5:8", "1"),
        ("bad_years: [2]", "bad_years: [9]", "6:13", "beyond the fund's 5"),
        ("  rate: 12%", "  upfront_fee: 2\n  rate: 12%", "11:3", "write 2%"),
        ("  rate: 12%", "  default_per_instalment: 1%\n  rate: 12%", "11:3", "default_basis"),
        ("  rate: 12%", "  recovery: 1.2\n  rate: 12%", "11:3", "at most 1"),
        ("  rate: 12%", "  target_years: 9\n  rate: 12%", "11:3", "lie beyond the 5"),
        ("years: 5", "years: 5\nperiods_per_year: 2", "6:19", "loans cannot age"),
        ("years: 5", "years: 5\nperiods_per_year: 7", "6:19", "4, 12 or 52"),
        ("  grant: 1.5 MTHB\n", "", "7:1", '"grant" is missing'),
        ("title: A fund", "title: A fund\nprojects: []", "2:1", "projects"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_place_and_a_sentence(
    old: str, new: str, place: str, said: str, tmp_path: Path
) -> None:
    assert old in GOOD
    with pytest.raises(BadInput) as caught:
        read(tmp_path, GOOD.replace(old, new))
    text = str(caught.value)
    assert said in text, text
    assert f"fund.yaml:{place}: " in text, text


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("12%", "12").replace("1.5 MTHB", "lots").replace("60", "-1")
    with pytest.raises(BadInput) as caught:
        read(tmp_path, bad)
    assert len(caught.value.problems) >= 3


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"write the fund into fund\.yaml"):
        read_fund(tmp_path, FUND)


def test_every_default_and_range_lies_within_its_limits() -> None:
    for figure in FUND.figures:
        numbers = [x for x in (figure.low, figure.default, figure.high) if x is not None]
        assert all(figure.least is None or x >= figure.least for x in numbers), figure.name
        assert all(figure.most is None or x <= figure.most for x in numbers), figure.name
        assert figure.low is None or figure.low <= (figure.high or 0), figure.name
