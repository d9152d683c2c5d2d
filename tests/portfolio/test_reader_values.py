"""What a portfolio is read as, from its figures, its seasons and its files."""

from hashlib import sha256
from pathlib import Path

import pytest

from eicfinance.appraisal.case import declarations
from eicfinance.portfolio.reader import read_portfolio
from tests.portfolio.one_roof import (
    CASH,
    FROM_CSV,
    LOAN,
    RATES,
    ROOT,
    ROWS,
    SECOND,
    TABLE,
    TAKES,
    Read,
    capital,
    edited,
    grants,
    refusals,
    solar,
)

# --- what is taken ---


@pytest.mark.parametrize(
    ("written", "number", "low", "high"),
    [
        ("4.2 THB/kWh", 4.2, 3.5, 4.5),
        ("๔.๒ THB/kWh", 4.2, 3.5, 4.5),
        ("4200 THB/MWh", 4.2, 3.5, 4.5),
        ("0.0042 kTHB/kWh", 4.2, 3.5, 4.5),
        (".42e1", 4.2, 3.5, 4.5),
        ("{value: 4.2, unit: THB/kWh}", 4.2, 3.5, 4.5),
        ("{value: 4200, unit: THB/MWh, low: 4000, high: 5 THB/kWh}", 4.2, 4.0, 5.0),
        ("{value: 4.2 THB/kWh, low: ๔}", 4.2, 4.0, 4.2),
        ("9", 9.0, None, None),
    ],
)
def test_units_and_ranges(
    read: Read, written: str, number: float, low: float | None, high: float | None
) -> None:
    value = read(solar(f"energy_charge: {written}")).projects[0].values["energy_charge"]
    assert value.number == pytest.approx(number)
    assert (value.low is None, value.high is None) == (low is None, high is None)
    if low is not None:
        assert (value.low, value.high) == pytest.approx((low, high))
    assert (value.unit, value.source, value.given) == ("THB/kWh", "assumption", True)


@pytest.mark.parametrize("written", ["8%", "๘%", "0.08", "8 %/year", "8 % / year"])
def test_rates_in_per_cent(read: Read, written: str) -> None:
    economy = read((RATES + "    project: 8%", RATES + f"    project: {written}")).economy
    assert economy.values["discount_project"].number == pytest.approx(0.08, rel=1e-15)
    assert "discount_household" not in economy.values  # no fallback


def test_per_cent_is_exact(read: Read) -> None:
    (loan,) = (
        read((LOAN, LOAN.replace("6.5%", "{value: 6.62%, low: 5%, high: 8%}"))).projects[0].loans
    )
    rate = loan.values["rate"]
    assert (rate.number, rate.low, rate.high) == (0.0662, 0.05, 0.08)
    assert loan.values["tenor_months"].number == 96


def test_exchange_rates(read: Read) -> None:
    portfolio = read(
        (RATES, "  exchange_rates: {USD: 32.86 THB/USD, EUR: {value: 38, source: BoT}}\n" + RATES),
        ("promoter_cash: 350000", "promoter_cash: 10 kEUR"),
        capital("{value: 0.8 USD/Wp, low: 20000 THB/kWp, high: 1 USD/Wp, source: vendor}"),
        grants("[{name: ERC, amount: 325 USD}]"),
    )
    cost = portfolio.projects[0].values["capital_per_kwp"]
    assert (cost.number, cost.low, cost.high) == pytest.approx((26288, 20000, 32860))
    assert cost.source == "vendor; converted at 32.86 THB/USD"
    cash = portfolio.borrowers["shop"].values["promoter_cash"]
    assert cash.number == pytest.approx(380_000)
    assert cash.source == "assumption; converted at 38 THB/EUR (BoT)"
    amount = portfolio.projects[0].grants[0].amount
    assert amount is not None
    assert amount.number == pytest.approx(10679.5)


def test_defaults_and_sources(read: Read) -> None:
    portfolio = read()
    (project,) = portfolio.projects
    charge = project.values["energy_charge"]
    assert (charge.number, charge.low, charge.high, charge.given) == (4.0, 3.5, 4.5, False)
    assert charge.source == "industrial average 2025-26: 4.2; vendors 4.0-5.5"
    assert project.values["capital_per_kwp"].source == "vendor pages of 2026"
    assert project.choices == {"kind": "pv"}
    assert project.seasons["sun"] == (1 / 12,) * 12
    assert project.takes == {"load": ("shop_site", "load")}
    assert (portfolio.closing, portfolio.periods_per_year) == ((2027, 1), 12)
    assert portfolio.economy.values["escalation_fuel"].number == 0.02
    assert portfolio.economy.values["escalation_fuel"].source == "inflation of the portfolio"
    assert portfolio.policy["dscr_min"].number == 1.2
    assert portfolio.notes == ()


def test_names_are_one_line(read: Read) -> None:
    portfolio = read(
        ("title: One roof", 'title: "One\\n\\troof "'),
        ("title: PV on the roof", "title: >\n      PV on\n      the roof"),
    )
    assert (portfolio.title, portfolio.projects[0].title) == ("One roof", "PV on the roof")


def test_own_price_rises(read: Read) -> None:
    portfolio = read(
        (RATES, "  escalation: {fuel: 3%}\n" + RATES),
        (TAKES, f"{TAKES}\n    escalation: {{electricity: 1%}}"),
    )
    assert portfolio.economy.values["escalation_fuel"].number == 0.03
    (rise,) = portfolio.projects[0].escalation.items()
    assert (rise[0], rise[1].number) == ("escalation_electricity", 0.01)


def test_grants(read: Read) -> None:
    portfolio = read(
        grants("[{name: ERC, share: 10%, source: call 4}, {name: EU, amount: 5, lag_months: 0}]")
    )
    first, second = portfolio.projects[0].grants
    assert first.share is not None
    assert (first.share.number, first.share.source, first.amount) == (0.1, "call 4", None)
    assert (first.lag_months.number, first.lag_months.given) == (6, False)
    assert second.amount is not None
    assert (second.amount.number, second.lag_months.number, second.share) == (5, 0, None)


def test_grants_of_more_than_the_cost(tmp_path: Path) -> None:
    two = "[{name: A, share: 60%}, {name: B, share: 50%}]"
    (line,) = refusals(tmp_path, edited(grants(two)))
    assert "projects[1].finance.grants: the grants' shares add up to 1.1 of the capital" in line


def test_notes(read: Read) -> None:
    portfolio = read(
        (RATES, "  inflation: 0\n" + RATES),
        solar("energy_charge: 9\n      retention_months: 2"),
        (LOAN, LOAN.replace("grace_months: 3", "grace_months: 2")),
    )
    assert portfolio.notes == (
        "economy.inflation: 0% a year lies outside the usual range 1% to 3%",
        "projects[1].inputs.retention_months: 2 month lies outside the usual range 6 to 24; for "
        "2 years write 24",
        "projects[1].inputs.energy_charge: 9 THB/kWh lies outside the usual range 3.5 to 4.5",
        "projects[1].finance.loan.grace_months: grace of 2 months ends before commissioning "
        "(construction and delay: 3 months)",
    )


def test_another_currency_has_no_thai_ranges(read: Read) -> None:
    portfolio = read(
        ("currency: THB", "currency: USD"),
        (CASH, "cash_flow: 2000"),
        capital("800 USD/kWp"),
        solar("energy_charge: 0.12\n      export_price: 0.06\n      neighbour_price: 0.1"),
    )
    charge = portfolio.projects[0].values["energy_charge"]
    assert (charge.unit, charge.low, charge.high) == ("USD/kWh", None, None)
    assert portfolio.projects[0].values["om_variable"].number == 0
    assert portfolio.notes == ()


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/*/portfolio.yaml")), ids=str)
def test_a_portfolio_of_the_project_reads_in_any_form(path: Path) -> None:
    assert read_portfolio(path.parent, declarations()).projects


# --- files that cannot be read ---


def test_the_file_itself_may_be_named(read: Read, tmp_path: Path) -> None:
    assert read().title == "One roof"
    assert read_portfolio(tmp_path / "portfolio.yaml", declarations()).folder == tmp_path


@pytest.mark.parametrize(("folder", "named"), [("empty", "portfolio.yaml"), ("none", "none")])
def test_what_is_missing_is_named(tmp_path: Path, folder: str, named: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError) as caught:
        read_portfolio(tmp_path / folder, declarations())
    assert Path(caught.value.filename).name == named


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("portfolio.yml", "the folder has portfolio.yml (rename it to portfolio.yaml)"),
        ("Portfolio.YAML", "the folder has Portfolio.YAML (rename it to portfolio.yaml)"),
        ("portfolio.xlsx", "the folder has portfolio.xlsx (name the workbook itself"),
        ("notes.txt", "there is no such file; write the portfolio into portfolio.yaml"),
    ],
)
def test_a_folder_with_a_portfolio_of_another_name(tmp_path: Path, name: str, advice: str) -> None:
    (tmp_path / name).write_text(edited(), encoding="utf-8")
    with pytest.raises(FileNotFoundError) as caught:
        read_portfolio(tmp_path, declarations())
    assert advice in str(caught.value.strerror)
    assert caught.value.filename == str(tmp_path / "portfolio.yaml")


def test_a_csv_that_may_not_be_opened(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(FROM_CSV, csv=TABLE)
    opened = Path.open

    def refuse(path: Path, mode: str) -> object:
        if path.suffix == ".csv":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError) as caught:
        read_portfolio(tmp_path, declarations())
    assert caught.value.filename == str(tmp_path / "sun.csv")


# --- seasons from CSV ---


@pytest.mark.parametrize(
    "content",
    [
        TABLE,
        "\ufeff" + TABLE,
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\n\n"),
        TABLE.replace(",10\n", ", ๑๐"),
        TABLE.replace(",7\n", ',"7.0"\n'),
    ],
)
def test_season_by_csv(read: Read, content: str) -> None:
    portfolio = read(FROM_CSV, csv=content)
    assert portfolio.projects[0].seasons["sun"] == pytest.approx([row / 100 for row in ROWS])
    assert list(portfolio.files) == ["portfolio.yaml", "sun.csv"]


def test_the_checksum_covers_every_file_that_is_read(read: Read) -> None:
    alone = read()
    assert alone.sha256 == sha256(edited().encode()).hexdigest()
    first, second = read(FROM_CSV, csv=TABLE), read(FROM_CSV, csv=TABLE.replace("1,6", "1,5"))
    assert first.files["portfolio.yaml"] == second.files["portfolio.yaml"]
    assert len({alone.sha256, first.sha256, second.sha256}) == 3
    assert read(FROM_CSV, csv=TABLE).sha256 == first.sha256


@pytest.mark.parametrize(
    ("content", "place", "key", "gist"),
    [
        (TABLE.replace(",9\n", ",nine\n", 1), "sun.csv:4:1", "sun", '"nine" is not a number'),
        (TABLE.replace(",6\n", ",-6\n"), "sun.csv:2:1", "sun", '"-6" is not a number from 0 up'),
        (TABLE.replace(",6\n", ",nan\n"), "sun.csv:2:1", "sun", '"nan" is not a number'),
        (TABLE.replace(",6\n", ",1e999\n"), "sun.csv:2:1", "sun", "is not a number from 0 up"),
        (TABLE.replace(",6\n", ",6%\n"), "sun.csv:2:1", "sun", "is not a number from 0 up"),
        (TABLE.replace(",6\n", ",1_0\n"), "sun.csv:2:1", "sun", "is not a number from 0 up"),
        (TABLE.replace("1,6\n", "1\n"), "sun.csv:2:1", "sun", '"" is not a number'),
        (TABLE.replace(",6\n", ',"6\n'), "sun.csv:13:1", "(row)", "this is not CSV"),
        (TABLE.replace("sun", "sum"), "portfolio.yaml:39:35", ".column", 'did you mean "sum"?'),
        (TABLE.replace(",", ";"), "portfolio.yaml:39:35", ".column", "it has: month;sun"),
        (TABLE.replace("month", "sun"), "portfolio.yaml:39:35", ".column", "has two columns"),
        ("", "portfolio.yaml:39:35", ".column", "it has: nothing"),
        (TABLE + "13,5\n", "portfolio.yaml:39:21", ".csv", "has 13 rows below the heading"),
        ("sun\n", "portfolio.yaml:39:21", ".csv", "has 0 rows below the heading"),
        (TABLE.replace("1", "é").encode("latin-1"), "sun.csv:2:1", "(file)", "is not UTF-8"),
        (TABLE.encode("utf-16"), "sun.csv:1:1", "(file)", "UTF-16"),
        (b"PK\x03\x04", "sun.csv:1:1", "(file)", "not a text file"),
        (b"1" * 6_000_000, "sun.csv:1:1", "(file)", "larger than 5 MB"),
    ],
)
def test_refused_csv(tmp_path: Path, content: str | bytes, place: str, key: str, gist: str) -> None:
    (tmp_path / "sun.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    (line,) = refusals(tmp_path, edited(FROM_CSV))
    where, said, message = line.split(": ", 2)
    assert (where, said.removeprefix("projects[1].seasons.sun")) == (place, key)
    assert gist in message


def test_links_that_lead_out_or_in_a_circle(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "sun.csv").write_text(TABLE)
    (folder / "sun.csv").symlink_to(tmp_path / "sun.csv")
    (line,) = refusals(folder, edited(FROM_CSV))
    assert "lies outside the folder" in line
    (folder / "sun.csv").unlink()
    (folder / "sun.csv").symlink_to("sun.csv")
    (line,) = refusals(folder, edited(FROM_CSV))
    assert "there is no file" in line


def test_a_tariff_holds_for_projects_that_do_not_give_their_own(read: Read, tmp_path: Path) -> None:
    tariffs = ("  discount_rates:", "  tariffs: {energy_charge: 4.4 THB/kWh}\n  discount_rates:")
    common = read(tariffs).projects[0].values["energy_charge"]
    assert (common.number, common.shared) == (4.4, True)
    own = read(tariffs, solar("energy_charge: 3.9")).projects[0].values["energy_charge"]
    assert (own.number, own.shared) == (3.9, False)
    wrong = ("  discount_rates:", "  tariffs: {energy_charg: 4.4}\n  discount_rates:")
    (problem,) = refusals(tmp_path, edited(wrong))
    assert 'did you mean "energy_charge"' in problem


def test_a_tariff_needs_no_thai_default(read: Read) -> None:
    prices = "{energy_charge: 0.12, export_price: 60 USD/MWh, neighbour_price: 0.1}"
    project = read(
        ("currency: THB", "currency: USD"), (CASH, "cash_flow: 2000"), capital("800 USD/kWp"),
        ("  discount_rates:", f"  tariffs: {prices}\n  discount_rates:"),
    ).projects[0]  # fmt: skip
    found = {name: value for name, value in project.values.items() if value.shared}
    assert {name: value.number for name, value in found.items()} == pytest.approx(
        {"energy_charge": 0.12, "export_price": 0.06, "neighbour_price": 0.1}
    )
    assert {value.unit for value in found.values()} == {"USD/kWh"}


def test_a_tariff_is_checked_as_each_project_s_own_figure(read: Read) -> None:
    husk = SECOND.replace("solar", "rice_husk").replace("capacity_kwp: 5", "capacity_kw: 5")
    husk += "    takes: {husk: mill.husk}\n"
    mill = "  - {name: mill, type: rice_mill, inputs: {paddy_per_year: 900}}\nprojects:\n"
    third = SECOND.replace("second", "third")
    portfolio = read(
        ("  discount_rates:", "  tariffs: {export_price: 2, lpg_price: 25}\n  discount_rates:"),
        ("projects:\n", mill),
        ("grace_months: 3}", f"grace_months: 3}}\n{husk}{third}"),
    )
    ranges = [(p.values["export_price"].low, p.values["export_price"].high)
              for p in portfolio.projects]  # fmt: skip
    assert ranges == [(1.68, 2.2), (None, None), (1.68, 2.2)]
    assert portfolio.notes == (
        "economy.tariffs.export_price: 2 THB/kWh lies outside the usual range 2.2 to 3.2",
        "economy.tariffs.lpg_price: no project takes this price: each gives its own or has no use "
        "for it",
    )


def test_tariffs_have_one_unit_in_all_technologies() -> None:
    units: dict[str, set[str]] = {}
    for declared in declarations().technologies.values():
        for figure in declared.figures:
            if figure.tariff:
                units.setdefault(figure.name, set()).add(figure.unit)
    assert "energy_charge" in units
    assert all(len(found) == 1 for found in units.values())
