"""What a portfolio is refused for, and where the problem is said to be."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.appraisal.case import declarations
from eicfinance.portfolio.reader import BadInput, read_portfolio
from tests.portfolio.one_roof import (
    BAD_DATES,
    BASE,
    CASH,
    FIRST_SITE,
    HERE,
    INPUTS,
    LOAN,
    MONTHS,
    NEW_SITE,
    RATES,
    SECOND,
    TAKES,
    capital,
    edited,
    grants,
    refusals,
    season,
    solar,
)

# --- wrong inputs: one edit, the place (by «), the key, and the gist of the message ---

ECONOMY_CASES = [
    ("One roof\n", "One roof\n«autor: me\n", "autor", "unknown key; allowed: title"),
    ("title: One roof", "title: «5", "title", "found the number 5; allowed: text"),
    ("title: One roof", 'title: «" "', "title", "at least 1 characters"),
    ("title: One roof", 'title: «""', "title", "at least 1 characters"),
    ("  currency: THB", "  currency: «baht", "economy.currency", "three capital letters"),
    ("  currency: THB\n  closing", "  «closing", "economy.currency",
     'key "currency" is missing'),
    ("closing: 2027-01", "closing: «2027-13", "economy.closing", "month (01 to 12)"),
    ("closing: 2027-01", "closing: «2027", "economy.closing", "found the number 2027"),
    ("closing: 2027-01", "closing: «2570-01", "economy.closing", "Thai year 2570 write 2027"),
    ("closing: 2027-01", "closing: «0001-01", "economy.closing", "not between 1950 and 2150"),
    (BAD_DATES[0], f"{BAD_DATES[1]}2026-02-31", "economy.appraisal_date", "not a day of the"),
    (BAD_DATES[0], f"{BAD_DATES[1]}22/11/2026", "economy.appraisal_date", "as 2026-11-22"),
    (RATES, "  periods_per_year: «3\n" + RATES, "economy.periods_per_year", "1, 2, 4, 12 or 52"),
    (RATES, "  «inflaton: 2%\n" + RATES, "economy.inflaton", 'did you mean "inflation"?'),
    (RATES, "  «inflation: 2 THB\n" + RATES, "economy.inflation", "cannot be converted"),
    (RATES, "  «inflation: -60%\n" + RATES, "economy.inflation",
     "found -60% a year; allowed: at least -50 and at most 500"),
    (RATES, "  inflation:«\n" + RATES, "economy.inflation", "found nothing; this is not a"),
    (RATES, "  price_base: «open\n" + RATES, "economy.price_base", "closing, commissioning"),
    (RATES, "  escalation: {«gold: 1%}\n" + RATES, "economy.escalation.gold", "unknown key"),
    (RATES, "  escalation: «5\n" + RATES, "economy.escalation", "allowed: a block of keys"),
    (RATES, "  discount_rates:\n    «houshold: 0\n", "economy.discount_rates.houshold",
     'did you mean "household"?'),
    ("    project: 8%", "    «project: 800%", "economy.discount_rates.project",
     "at most 500 (Discount rate: project (nominal after-tax WACC)); for 8 per cent write 8%"),
    (RATES + "    project: 8%\n", "  «discount_rates:\n", "economy.discount_rates.project",
     'key "project" is missing'),
    ("    project: 8%", "    «project: 8", "economy.discount_rates.project",
     "found 8, which is 800 per cent a year; for 8 per cent write 8%"),
    ("    project: 8%", "    project: {value: 0.08, «high: 2}",
     "economy.discount_rates.project.high", "for 2 per cent write 2%"),
    (RATES, "  tariffs: {«energy_charge: -1}\n" + RATES, "economy.tariffs.energy_charge",
     "at least 0"),
    (RATES, "  tariffs: {«lpg_price: -1}\n" + RATES, "economy.tariffs.lpg_price", "at least 0"),
    (RATES, "  tariffs: {«lpg_price: 1 THB}\n" + RATES, "economy.tariffs.lpg_price",
     "Price of LPG is in THB/kg: THB cannot"),
    ("    project: 8%", "    project: «yes please", "economy.discount_rates.project",
     '"yes please" is not a figure'),
    ("    project: 8%", "    project: «1,00 %", "economy.discount_rates.project", "odd places"),
]  # fmt: skip
PEOPLE_CASES = [
    ("sites:\n", "  - name: «Noodle Shop\nsites:\n", "borrowers[2].name", 'write "noodle_shop"'),
    ("sites:\n", "  - name: «2nd\nsites:\n", "borrowers[2].name", "starts with a letter"),
    ("tax_regime: company", "tax_regime: «compny", "borrowers[1].tax_regime",
     'did you mean "company"?'),
    ("sites:\n", "  - {«name: shop}\nsites:\n", "borrowers[2].name", "already the name of"),
    ("sites:\n", "  - «5\nsites:\n", "borrowers[2]", "found the number 5; allowed: a block"),
    (CASH, "«cash_flow: {value: 6, low: 9, unit: THB/month}", "borrowers[1].cash_flow",
     "low 9, value 6 are not in this order"),
    (CASH, "cash_flow: {value: 6, «unit: THB/moon}", "borrowers[1].cash_flow.unit",
     'debt service is in THB/month: unit "THB/moon" is not known'),
    (CASH, "cash_flow: «{value: 6 THB/day, unit: THB/month}", "borrowers[1].cash_flow", "twice"),
    (CASH, "cash_flow: «{unit: THB/month}", "borrowers[1].cash_flow.value", "is missing"),
    (CASH, "cash_flow: {value: 6, «lo: 5}", "borrowers[1].cash_flow.lo", 'mean "low"?'),
    ("debt_service: 10000", "«debt_service: -1", "borrowers[1].debt_service", "at least 0"),
    ("debt_service: 10000", "«debt_service: 1e300", "borrowers[1].debt_service", "too large"),
    ("debt_service: 10000", "debt_service: «1e999 THB/month", "borrowers[1].debt_service",
     "not a finite number"),
    ("debt_service: 10000", "debt_service: «.inf", "borrowers[1].debt_service", "not a finite"),
    ("debt_service: 10000", "debt_service: «'NaN'", "borrowers[1].debt_service", "not a figure"),
    ("debt_service: 10000", "debt_service: «true", "borrowers[1].debt_service", "found true"),
    ("debt_service: 10000", "debt_service: «[1]", "borrowers[1].debt_service", "a list of"),
    ("debt_service: 10000", "«debt_service: 5 thb/month", "borrowers[1].debt_service",
     'did you mean "THB"?'),
    ("debt_service: 10000", "«debt_service: 5 year^99", "borrowers[1].debt_service",
     'unit "year^99" is not known'),
    *(("debt_service: 10000", f"debt_service: «{new}", "borrowers[1].debt_service", gist)
      for new, gist in (
        ("60 000", "is not one number; write it like 1200000 or 1,200,000, and a range like"),
        ("1.200.000 THB/month", "is not one number"),
        ("1,200.50,3 THB/month", "is not one number"),
        ("60'000", "is not one number"),
        ("4-5 THB/month", "is not one number"),
        ("4 to 5 THB/month", "is not one number"),
        ("60k", "write it out: 60000"),
        ("1.5 million THB/month", "write it out: 1500000 THB/month"),
        ("๑.๕ ล้าน THB/month", "write it out: 1500000 THB/month"),
        ("10.000", "10.000 could be 10 or 10,000; write 10 or 10000"),
        ("-๑๐.๕๐๐", "could be -10.5 or -10,500; write -10.5 or -10500"),
        ("10.000 THB/month", '"10.000" could be 10 or 10,000; write 10 or 10000'),
        ("'10.500'", "could be 10.5 or 10,500"),
    )),
    ("debt_service: 10000", "«debt_service: 300 USD/month", "borrowers[1].debt_service",
     "add economy.exchange_rates: {USD: ... THB/USD}"),
    ("projects:\n", NEW_SITE.format("«economy"), "sites[2].name", "kept for the program's own use"),
    ("sites:\n", "  - name: «highest\nsites:\n", "borrowers[2].name", "kept for the program's"),
    ("projects:\n", NEW_SITE.format("«cluster"), "sites[2].name", "kept for the program's own use"),
    (FIRST_SITE, f"{FIRST_SITE}    count: «0\n", "sites[1].count", "found the number 0"),
    ("type: premises", "«type: premisses", "sites[1].type", 'did you mean "premises"?'),
    ("type: premises", "type: «7", "sites[1].type", "found the number 7; allowed: text"),
    ("load_per_year: {value: 60000, ", "load_per_year: {«low_: 1, value: 60000, ",
     "sites[1].inputs.load_per_year.low_", "unknown key"),
]  # fmt: skip
PROJECT_CASES = [
    ("- name: roof", "- «name: shop_site", "projects[1].name", "already the name of the entry in"),
    ("- name: roof", "- name: «history", "projects[1].name", "kept for the program's own use"),
    ("- name: roof", "- name: «valley", "projects[1].name", "kept for the program's own use"),
    ("- name: roof", "- name: «x" + "y" * 40, "projects[1].name", "at most 31"),
    ("borrower: shop", "«borrower: shp", "projects[1].borrower", 'did you mean "shop"? allowed'),
    ("borrower: shop", "«borower: shop", "projects[1].borower", 'did you mean "borrower"?'),
    ("technology: solar", "«technology: solr", "projects[1].technology", 'mean "solar"?'),
    (TAKES, f"count: «0\n    {TAKES}", "projects[1].count", "at least 1"),
    (TAKES, f"count: «1.5\n    {TAKES}", "projects[1].count", "a whole number"),
    (TAKES, "takes: {«load: shop_sit.load}", "projects[1].takes.load", 'mean "shop_site"?'),
    (TAKES, "takes: {«load: shop_site.lod}", "projects[1].takes.load", 'mean "load"?'),
    (TAKES, "takes: {«load: shop_site}", "projects[1].takes.load", "names no pool"),
    (TAKES, "takes: {«load: roof.load}", "projects[1].takes.load", "roof\" is a project"),
    (TAKES, "takes: {«load: shop_site.litter}", "projects[1].takes.load", "counted in kWh"),
    (TAKES, "takes: {«lod: shop_site.load}", "projects[1].takes.lod", 'did you mean "load"?'),
    (TAKES, "takes: {load: «5}", "projects[1].takes.load", "allowed: text"),
    (TAKES, "takes: {load: shop_site.load, «neighbour_load: shop_site.load}",
     "projects[1].takes.neighbour_load", "already taken as load"),
    (TAKES, f"{TAKES}\n    choices: {{kind: «pvc}}", "projects[1].choices.kind", 'mean "pv"?'),
    (TAKES, f"{TAKES}\n    choices: {{«kid: pv}}", "projects[1].choices.kid", 'mean "kind"?'),
    (TAKES, f"{TAKES}\n    conditions: [a, «5]", "projects[1].conditions[2]", "allowed: text"),
    (TAKES, f"{TAKES}\n    escalation: {{«fuel: 600%}}", "projects[1].escalation.fuel",
     "at most 500"),
    *((solar(new)[0], solar(new)[1], f"projects[1].inputs.{key}", gist) for new, key, gist in (
        ("«watt_peak: 100", "watt_peak", "applies only where kind is home_system"),
        ("«life_yers: 20", "life_yers", 'did you mean "life_years"?'),
        ("«lif: 20", "lif", ' and 27 more; "eicfinance list solar" shows them all'),
        ("«life_years: 1 kWh", "life_years", "Operating life is in year: kWh cannot be"),
        ("«degradation: 150%", "degradation", "found 1.5; allowed: at least 0 and at most 0.1"),
        ("energy_charge: {value: 4, «low: -1}", "energy_charge.low", "at least 0"),
        ("energy_charge: {value: 4, low: «x}", "energy_charge.low", '"x" is not a figure'),
        ("energy_charge: {value: 4, «low: 1%}", "energy_charge.low", "% cannot be converted"),
        ("«energy_charge: 1e-13", "energy_charge", "too small to be meant"),
        ("«energy_charge: {value: 4, distribution: pert}", "energy_charge", "needs low and high"),
        ("«energy_charge: {value: 4, distribution: pert, low: 3}", "energy_charge", "needs low"),
        ("energy_charge: {value: 4, distribution: «normal, low: 3, high: 5}",
         "energy_charge.distribution", "triangular, pert, uniform, lognormal"),
        ("«energy_charge: {value: 4, distribution: uniform, low: 4, high: 4}", "energy_charge",
         "low and high are the same"),
        ("«energy_charge: {value: 4, distribution: lognormal, low: 0, high: 5}", "energy_charge",
         "needs a low above 0"),
        ("«energy_charge: {value: 4, low: 6, high: 5}", "energy_charge", "not in this order"),
    )),
    (INPUTS, "    «inputs:\n", "projects[1].inputs.capacity_kwp",
     "is missing: Capacity"),
    ("capacity_kwp: 30", "«capacity_kw: 30", "projects[1].inputs.capacity_kw", "capacity_kwp"),
    ("capacity_kwp: 30", "«capacity_kwp: 0", "projects[1].inputs.capacity_kwp", "at least 0.001"),
]  # fmt: skip
FINANCE_CASES = [
    *((LOAN, LOAN.replace("tenor_months: 8 years", f"«{new}"),
       f"projects[1].finance.loan.{key}", gist)
      for new, key, gist in (
        ("tenor: 7 years", "tenor", 'unknown key; did you mean "tenor_months"?'),
        ("tenor_years: 7", "tenor_years", 'for 7 years write "tenor_months: 84"'),
    )),
    ("depreciation_years: 20", "«depreciation_years: 0", "projects[1].finance.depreciation_years",
     "at least 1 and at most 50"),
    (LOAN, "«lone: {}", "projects[1].finance.lone", 'did you mean "loan"?'),
    (LOAN, "loan: «5", "projects[1].finance.loan", "allowed: a block of keys"),
    (LOAN, LOAN.replace("rate:", "«raet:"), "projects[1].finance.loan.raet", 'mean "rate"?'),
    (LOAN, LOAN.replace("70%", "170%").replace("share", "«share"),
     "projects[1].finance.loan.share", "found 1.7; allowed: at least 0 and at most 1"),
    (LOAN, "«loan: {share: 70%, tenor_months: 96}", "projects[1].finance.loan.rate", "is missing"),
    (LOAN, LOAN.replace("grace_months: 3", "«grace_months: 96"),
     "projects[1].finance.loan.grace_months", "leaves nothing of the tenor of 96 months"),
    (LOAN, LOAN.replace("3}", "3, repayment: «annuity}"), "projects[1].finance.loan.repayment",
     "equal_instalments, equal_principal"),
    *((grants(new)[0], grants(new)[1], f"projects[1].finance.{key}", gist) for new, key, gist in (
        ("«5", "grants", "allowed: a list"),
        ("[«5]", "grants[1]", "allowed: a block of keys"),
        ("[«{name: ERC}]", "grants[1]", "either share (of the capital cost) or amount"),
        ("[«{name: ERC, share: 10%, amount: 5}]", "grants[1]", "write one of the two"),
        ("[«{share: 10%}]", "grants[1].name", "is missing (who gives it)"),
        ("[{name: ERC, «share: 110%}]", "grants[1].share", "at most 1"),
        ("[{name: ERC, «amount: 5 kWh}]", "grants[1].amount", "Grant is in THB: kWh cannot"),
        ("[{name: ERC, share: 10%, «lag_months: -1}]", "grants[1].lag_months", "at least 0"),
        ("[{name: ERC, «shares: 10%}]", "grants[1].shares", 'did you mean "share"?'),
    )),
]  # fmt: skip
SEASON_CASES = [
    (*(season(new) if HERE in new else season(new, HERE)), f"projects[1].seasons.{key}", gist)
    for new, key, gist in (
        ("5", "sun", "found the number 5; a season is twelve numbers"),
        ("[1, 2]", "sun", "found 2 numbers; a season is twelve numbers"),
        (f"[{', '.join(['0'] * 12)}]", "sun", "all twelve are 0"),
        (MONTHS.replace("10", "«-1"), "sun[12]", "found the number -1"),
        (MONTHS.replace("10", "«x"), "sun[12]", 'found text "x"'),
        (MONTHS.replace("10", "«true"), "sun[12]", "found true"),
        (f"{MONTHS}, «son: {MONTHS}", "son", 'did you mean "sun"?'),
        ("«{column: a}", "sun.csv", 'the key "csv" is missing'),
        ("{«csv: absent.csv, column: a}", "sun.csv", 'there is no file "absent.csv"'),
        ("{«csv: ., column: a}", "sun.csv", "there is no file"),
        ("{«csv: ../sun.csv, column: a}", "sun.csv", "lies outside the folder"),
        ("{«csv: /etc/passwd, column: a}", "sun.csv", "lies outside the folder"),
        ("{«csv: 'C:\\sun.csv', column: a}", "sun.csv", "lies outside the folder"),
        (f"{{«csv: {'x' * 5000}, column: a}}", "sun.csv", "there is no file"),
        ("{csv: «5, column: a}", "sun.csv", "allowed: text"),
    )
]
RATE_CASES = [
    (RATES, f"  exchange_rates: {new}\n{RATES}", f"economy.exchange_rates{key}", gist)
    for new, key, gist in (
        ("«5", "", "allowed: a block of keys"),
        ("{«usd: 32}", ".usd", "is not another currency"),
        ("{«THB: 1}", ".THB", "is not another currency"),
        ("{USD: «much}", ".USD", '"much" is not a figure'),
        ("{«USD: 0.03 USD/THB}", ".USD", "write for example USD: 32.86 THB/USD"),
        ("{«USD: 0}", ".USD", "a rate is above 0"),
        ("{«USD: {value: 32, low: 30}}", ".USD", "a rate has no range"),
    )
]
CASES = [
    *ECONOMY_CASES, *PEOPLE_CASES, *PROJECT_CASES, *FINANCE_CASES, *SEASON_CASES, *RATE_CASES
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "gist"), CASES)
def test_refused(tmp_path: Path, old: str, new: str, key: str, gist: str) -> None:
    marked = edited((old, new))
    *lines, last = marked[: marked.index(HERE)].split("\n")
    place = f"portfolio.yaml:{len(lines) + 1}:{len(last) + 1}"
    (line,) = refusals(tmp_path, marked.replace(HERE, ""))
    assert line[: len(f"{place}: {key}: ")] == f"{place}: {key}: "
    assert gist in line


WITHOUT = [  # technology, choices, pools that apply, one that does not
    ("biogas", "use: power", "manure: shop_site.manure", "heat"),
    ("biogas", "use: heat", "manure: shop_site.manure, heat: shop_site.heat", "load"),
    ("solar", "kind: home_system", "", "load"),
    ("solar", "kind: home_system", "", "neighbour_load"),
]


@pytest.mark.parametrize(("technology", "choice", "takes", "pool"), WITHOUT)
def test_a_pool_that_does_not_apply(
    tmp_path: Path, technology: str, choice: str, takes: str, pool: str
) -> None:
    wanted = f"{takes}, {pool}: shop_site.{pool.removeprefix('neighbour_')}".removeprefix(", ")
    text = edited(
        ("technology: solar", f"technology: {technology}\n    choices: {{{choice}}}"),
        (TAKES, f"takes: {{{wanted}}}"),
    )
    key, option = choice.split(": ")
    (line,) = [line for line in refusals(tmp_path, text) if "takes" in line]
    assert f"projects[1].takes.{pool}: this applies only where {key} is " in line
    assert f"here it is {option}: take the line out or change choices.{key}" in line


def test_heat_is_needed_where_it_is_used(tmp_path: Path) -> None:
    for use, needed in (("heat", True), ("heat_and_power", True), ("power", False)):
        text = edited(
            ("technology: solar", f"technology: biogas\n    choices: {{use: {use}}}"),
            (TAKES, "takes: {manure: shop_site.manure}"),
        )
        assert any("needs heat" in line for line in refusals(tmp_path, text)) == needed


def test_a_borrower_has_one_count(tmp_path: Path) -> None:
    text = BASE + SECOND.replace("borrower", "count: 3\n    borrower")
    (line,) = refusals(tmp_path, text)
    row = text.splitlines().index("    count: 3") + 1
    assert line.startswith(f"portfolio.yaml:{row}:5: projects[2].count: count is 3, but 1 in the")
    assert "figures are per unit, so its projects need the same count" in line


def test_empty_lists(tmp_path: Path) -> None:
    text = f"title: x\n{BASE[BASE.index('economy:') : BASE.index('borrowers:')]}"
    lines = refusals(tmp_path, text + "borrowers: []\nsites: []\nprojects: []\n")
    assert [line.split(": ")[1] for line in lines] == ["borrowers", "projects"]
    assert all("at least 1 items" in line for line in lines)


def test_problems_of_all_sections_come_together_sorted(tmp_path: Path) -> None:
    text = edited(
        (RATES, "  inflation: 2 THB\n  exchange_rates: {USD: x}\n" + RATES),
        ("  - name: shop\n    title", "  - titel"),
        ("borrower: shop\n", "borrower: shop\n    cuont: 2\n"),
        capital("400 USD/kWp"),
        (LOAN, LOAN.replace("rate: 6.5%", "rate: 6.5 THB")),
    )
    lines = refusals(tmp_path, text)
    assert [line.split(": ")[1] for line in lines] == [
        "economy.inflation", "economy.exchange_rates.USD", "borrowers[1].name",
        "borrowers[1].titel", "projects[1].borrower", "projects[1].cuont",
        "projects[1].finance.loan.rate",
    ]  # fmt: skip
    places = [tuple(map(int, line.split(":")[1:3])) for line in lines]
    assert places == sorted(places)


def test_a_foreign_currency_has_no_thai_defaults(tmp_path: Path) -> None:
    text = edited(("currency: THB", "currency: USD")).replace("unit: THB/", "unit: USD/")
    lines = refusals(tmp_path, text)
    missing = [line.split(": ")[1].removeprefix("projects[1].inputs.") for line in lines]
    assert missing == ["energy_charge", "export_price", "neighbour_price"]
    assert all("(the default is Thai money)" in line and "USD/kWh" in line for line in lines)


# --- any input ---

SCRAPS = st.sampled_from(
    ["", "~", "0", "-1", "1e308", "5 THB", "3 %", "USD", "[]", "{}", "[1]", "{a: 1}", "true", "x",
     "{csv: a.csv, column: b}", "shop", "roof", "{value: 1}", "5 year^99", "๘%", "2027-02", "*a",
     "1e400", "'9 GWh^9'", "'" + "a" * 300 + "'", "{value: 5, low: 9 USD, distribution: pert}"]
)  # fmt: skip
RICH = edited(
    (RATES, "  exchange_rates: {USD: 32 THB/USD}\n  escalation: {fuel: 1%}\n" + RATES),
    capital("800 USD/kWp"),
    grants("[{name: ERC, share: 10%}]"),
    season(MONTHS),
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reader")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_change_gives_a_portfolio_or_bad_input(scratch: Path, data: st.DataObject) -> None:
    lines = RICH.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        k = data.draw(st.integers(0, len(lines) - 1))
        what = data.draw(st.sampled_from(["delete", "double", "swap", "value", "word"]))
        if what == "delete" and len(lines) > 1:
            del lines[k]
        elif what == "double":
            lines.insert(k, lines[k])
        elif what == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[k], lines[other] = lines[other], lines[k]
        elif what == "value" and ":" in lines[k]:
            lines[k] = f"{lines[k].partition(':')[0]}: {data.draw(SCRAPS)}"
        else:
            words = re.split(r"(\w+)", lines[k])
            words[data.draw(st.integers(0, len(words) - 1))] = data.draw(SCRAPS)
            lines[k] = "".join(words)
    (scratch / "portfolio.yaml").write_text("\n".join(lines), encoding="utf-8")
    try:
        assert read_portfolio(scratch, declarations()).projects
        problems = None
    except BadInput as refused:
        problems = refused.problems
    assert problems is None or problems
    for problem in problems or ():
        assert problem.place.file == str(scratch / "portfolio.yaml")
        assert problem.place.line >= 1
        assert problem.key
