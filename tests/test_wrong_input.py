"""Wrong portfolios of every kind: each gets a sentence with file and line, never a traceback and
never a figure. What only looks odd (a byte-order mark, Windows line ends, Thai digits) is read."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eicfinance.appraisal.case import appraise as appraise_case
from eicfinance.cli import program
from eicfinance.portfolio.source import BadInput
from eicfinance.reports.memo import as_html
from eicfinance.reports.text import as_text
from eicfinance.reports.view import as_data, view
from tests.portfolios import BUNDLED, OWN, ROOT

pytestmark = pytest.mark.slow

GOOD = (ROOT / "portfolios" / "one-roof" / "portfolio.yaml").read_text(encoding="utf-8")
KWP = "capacity_kwp: 30"
LOAN = "loan: {share: 70%, rate: 6.5%, tenor_months: 8 years, grace_months: 3}"
PROJECT = GOOD[GOOD.index("  - name: roof") :]

WRONG: list[tuple[str, str, str]] = [  # what is wrong, the text replaced, the text instead
    # -- keys
    ("misspelt key", KWP, "capacity_kwpp: 30"),
    ("misspelt section", "borrowers:", "borowers:"),
    ("key of another technology", KWP, "capacity_kw: 30"),
    ("key in capitals", KWP, "Capacity_kWp: 30"),
    ("duplicate key", KWP, KWP + "\n      capacity_kwp: 40"),
    ("duplicate section", "sites:", "borrowers: []\nsites:"),
    ("number as key", KWP, KWP + "\n      5: 6"),
    ("no key", KWP, "30"),
    ("empty key", KWP, '"": 30'),
    ("merge key", KWP, KWP + "\n      <<: {a: 1}"),
    ("missing figure", f"      {KWP}\n", ""),
    ("missing section", GOOD[GOOD.index("borrowers:") : GOOD.index("sites:")], ""),
    ("missing technology", "    technology: solar\n", ""),
    ("missing name", "  - name: roof\n    title", "  - title"),
    ("missing discount rate", "    project: 8%\n", ""),
    ("no projects", PROJECT, "  []\n"),
    ("projects are a mapping", "  - name: roof", "    name: roof"),
    ("unknown key of a figure", KWP, "capacity_kwp: {value: 30, units: kWp}"),
    ("a figure without its value", KWP, "capacity_kwp: {unit: kWp}"),
    ("unknown key of the loan", "grace_months: 3", "grace_month: 3"),
    ("unknown key of the policy", "economy:", "credit_policy: {dscr_mim: 1.2}\neconomy:"),
    ("unknown borrower's key", "debt_service: 10000", "debts: 10000"),
    # -- numbers
    ("negative", KWP, "capacity_kwp: -30"),
    ("zero capacity", KWP, "capacity_kwp: 0"),
    ("denormal", KWP, "capacity_kwp: 5e-324"),
    ("huge", KWP, "capacity_kwp: 1e300"),
    ("huge amount", "debt_service: 10000", "debt_service: 1e308"),
    ("huge price", "value: 27000", "value: 1e250"),
    ("overflow", KWP, "capacity_kwp: 1e400"),
    ("not a number", KWP, "capacity_kwp: .nan"),
    ("NaN as a word", KWP, "capacity_kwp: nan"),
    ("infinite", KWP, "capacity_kwp: .inf"),
    ("minus infinite", KWP, "capacity_kwp: -.inf"),
    ("text for number", KWP, "capacity_kwp: thirty"),
    ("nothing for number", KWP, "capacity_kwp:"),
    ("null", KWP, "capacity_kwp: null"),
    ("tilde", KWP, "capacity_kwp: ~"),
    ("truth for number", KWP, "capacity_kwp: true"),
    ("list for number", KWP, "capacity_kwp: [30]"),
    ("mapping for number", KWP, "capacity_kwp: {a: 30}"),
    ("date for number", KWP, "capacity_kwp: 2027-01-01"),
    ("octal", KWP, "capacity_kwp: 030"),
    ("hexadecimal", KWP, "capacity_kwp: 0x1E"),
    ("sexagesimal", KWP, "capacity_kwp: 12:30"),
    ("underscore", KWP, "capacity_kwp: 3_0"),
    ("decimal comma", "project: 8%", "project: 8,5%"),
    ("European thousands", "debt_service: 10000", "debt_service: 1.200.000"),
    ("blank in a number", "debt_service: 10000", "debt_service: 10 000"),
    ("k for thousand", "debt_service: 10000", "debt_service: 10k"),
    ("long dash", KWP, "capacity_kwp: −30"),
    ("arithmetic", KWP, "capacity_kwp: 3*10"),
    ("formula", KWP, "capacity_kwp: =30"),
    ("two numbers", KWP, "capacity_kwp: 30-40"),
    ("about", KWP, "capacity_kwp: ~30"),
    ("a currency sign", "debt_service: 10000", "debt_service: ฿10000"),
    # -- units and ranges
    ("wrong unit", KWP, "capacity_kwp: 30 kWh"),
    ("unknown unit", KWP, "capacity_kwp: 30 furlong"),
    ("unit of another currency", "value: 27000, unit: THB/kWp", "value: 900, unit: USD/kWp"),
    ("per cent of a quantity", KWP, "capacity_kwp: 30%"),
    ("per cent forgotten", "project: 8%", "project: 8"),
    ("per cent twice", "rate: 6.5%", "rate: 650%"),
    ("low above high", "low: 18000, high: 40000", "low: 40000, high: 18000"),
    ("value outside its range", "value: 27000", "value: 47000"),
    ("share above one", "share: 70%", "share: 170%"),
    ("negative share", "share: 70%", "share: -70%"),
    ("negative rate", "rate: 6.5%", "rate: -6.5%"),
    ("a life of nothing", KWP, KWP + "\n      life_years: 0"),
    ("a life of centuries", KWP, KWP + "\n      life_years: 900"),
    ("negative months", KWP, KWP + "\n      construction_months: -3"),
    ("efficiency above one", KWP, KWP + "\n      availability: 1.2"),
    # -- choices, names, references
    ("YAML's NO", "losses: absorbed", "losses: NO"),
    ("unknown choice", "losses: absorbed", "losses: soaked"),
    ("a number for a choice", "losses: absorbed", "losses: 1"),
    ("unknown technology", "technology: solar", "technology: solr"),
    ("unknown borrower", "borrower: shop", "borrower: shoop"),
    ("unknown site", "shop_site.load", "shop_sit.load"),
    ("unknown pool", "shop_site.load", "shop_site.lod"),
    ("a pool that the technology cannot take", "takes: {load:", "takes: {husk:"),
    ("a pool without its site", "shop_site.load", "load"),
    ("two projects of one name", PROJECT, PROJECT + PROJECT),
    ("two borrowers of one name", "sites:", "  - name: shop\n    title: Again\n\nsites:"),
    ("a name with a blank", "name: roof", "name: my roof"),
    ("a name in Thai", "name: roof", "name: หลังคา"),
    ("a name that begins with a digit", "name: roof", "name: 1roof"),
    ("a name of the program's", "name: roof", "name: cluster"),
    ("an unknown kind of site", "type: premises", "type: palace"),
    ("a count of nothing", "    technology: solar", "    count: 0\n    technology: solar"),
    ("half a unit", "    technology: solar", "    count: 1.5\n    technology: solar"),
    ("ten billion units", "    technology: solar", "    count: 10000000000\n    technology: solar"),
    # -- dates and times
    ("impossible month", "closing: 2027-01 ", "closing: 2027-13 "),
    ("month zero", "closing: 2027-01 ", "closing: 2027-00 "),
    ("a Buddhist year", "closing: 2027-01 ", "closing: 2570-01 "),
    ("closing in words", "closing: 2027-01 ", "closing: January "),
    ("impossible day", "2026-11-22", "2026-02-30"),
    ("day before month", "2026-11-22", "22-11-2026"),
    ("periods of a day", "currency: THB", "currency: THB\n  periods_per_year: 365"),
    # -- the loan
    ("tenor beyond life", "tenor_months: 8 years", "tenor_months: 40 years"),
    ("tenor of nothing", "tenor_months: 8 years", "tenor_months: 0"),
    ("tenor before the plant is built", "tenor_months: 8 years, grace_months: 3",
     "tenor_months: 2, grace_months: 0"),
    ("grace beyond tenor", "grace_months: 3", "grace_months: 99"),
    ("a loan in words", LOAN, "loan: from the bank"),
    ("a loan without a rate", "rate: 6.5%, ", ""),
    ("a margin over nothing", "rate: 6.5%", "margin: 1%"),
    ("a margin over something unknown", "rate: 6.5%", "margin: 1%, reference: mlr"),
    ("two rates", "rate: 6.5%", "rate: 6.5%, margin: 1%, reference: mlr"),
    ("a reference without a margin", "rate: 6.5%", "reference: mlr"),
    ("prepayment of nothing", "rate: 6.5%", "rate: 6.5%, prepayment_year: 3"),
    ("prepayment at no time", "rate: 6.5%", "rate: 6.5%, prepayment_share: 50%"),
    ("a fee for no prepayment", "rate: 6.5%", "rate: 6.5%, prepayment_fee: 1%"),
    ("a target of a loan that is given", "rate: 6.5%", "rate: 6.5%, target_llcr: 1.4"),
    ("months of no reserve", LOAN, LOAN + "\n      reserve_months: 6"),
    ("a reference rate without a name", "currency: THB",
     "currency: THB\n  reference_rates: [{rate: 7%}]"),
    ("a reference rate without a rate", "currency: THB",
     "currency: THB\n  reference_rates: [{name: mlr}]"),
    ("a grant above the cost", LOAN,
     LOAN + "\n      grants: [{name: g, share: 130%, source: letter}]"),
    # -- files
    ("outside the folder", "takes: {load: shop_site.load}",
     "takes: {load: shop_site.load}\n    seasons: {sun: {csv: ../other.csv, column: a}}"),
    ("an absolute path", "takes: {load: shop_site.load}",
     "takes: {load: shop_site.load}\n    seasons: {sun: {csv: /etc/passwd, column: a}}"),
    ("a file that is not there", "takes: {load: shop_site.load}",
     "takes: {load: shop_site.load}\n    seasons: {sun: {csv: none.csv, column: a}}"),
    ("eleven months", "takes: {load: shop_site.load}",
     "takes: {load: shop_site.load}\n    seasons: {sun: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}"),
    ("a season of nothing", "takes: {load: shop_site.load}",
     "takes: {load: shop_site.load}\n    seasons: {sun: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}"),
    # -- YAML
    ("tab", "  currency: THB", "\tcurrency: THB"),
    ("anchor", KWP, "capacity_kwp: &a 30"),
    ("reference", KWP, "capacity_kwp: *a"),
    ("tag", KWP, "capacity_kwp: !!python/object:os.system 30"),
    ("open bracket", "takes: {load: shop_site.load}", "takes: {load: shop_site.load"),
    ("open quote", "title: One roof", 'title: "One roof'),
    ("no blank after the colon", KWP, "capacity_kwp:30"),
    ("wrong indent", f"      {KWP}", f"   {KWP}"),
    ("two documents", "borrowers:", "---\nborrowers:"),
    ("a directive", "title: One roof", "%YAML 9.9\ntitle: One roof"),
    ("text turned round", "title: One roof", "title: One \u202eroof"),
    ("a control character", "title: One roof", "title: One \x07roof"),
    ("empty file", GOOD, ""),
    ("a comment alone", GOOD, "# nothing\n"),
    ("a list", GOOD, "- a\n- b\n"),
    ("a word", GOOD, "portfolio\n"),
    ("nested a thousand deep", GOOD, "a: " + "[" * 1000 + "]" * 1000),
    ("nested in blocks", GOOD, "".join(f"{' ' * k}a:\n" for k in range(200))),
    ("a bomb of references", GOOD, "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"),
    ("one enormous text", "title: One roof", "title: " + "x" * 100_000),
    ("6 MB", GOOD, "# " + "x" * 6_000_000),
]  # fmt: skip

BYTES: list[tuple[str, bytes]] = [
    ("UTF-16", GOOD.encode("utf-16")),
    ("UTF-32", GOOD.encode("utf-32")),
    ("TIS-620", GOOD.replace("Noodle shop", "ร้านก๋วยเตี๋ยว").encode("cp874", "ignore")),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20),
    ("a spreadsheet", b"PK\x03\x04" + bytes(200)),
    ("noise", random.Random(1).randbytes(5000)),
    ("zeros", bytes(5000)),
]
ODD: list[tuple[str, bytes]] = [  # not wrong
    ("byte-order mark", b"\xef\xbb\xbf" + GOOD.encode()),
    ("Windows line ends", GOOD.replace("\n", "\r\n").encode()),
    ("old Macintosh line ends", GOOD.replace("\n", "\r").encode()),
    ("Thai digits", GOOD.replace(KWP, "capacity_kwp: ๓๐").encode()),
    ("thousands", GOOD.replace("promoter_cash: 350000", "promoter_cash: 350,000").encode()),
    ("Thai text", GOOD.replace("Noodle shop", "ร้านก๋วยเตี๋ยว").encode()),
    ("no last line end", GOOD.rstrip().encode()),
]


def refused(done: Result, folder: Path) -> None:
    """Exit 3, a sentence with file, line and column first, no figure, no file."""
    assert done.exit_code == 3, (done.exit_code, done.exception, done.output)
    first = done.stderr.splitlines()[0]
    assert re.match(r".*portfolio\.yaml:\d+:\d+: ([^:]+: )?\S.*", first), first
    assert "problem" in done.stderr.splitlines()[-1]
    assert done.stdout == ""
    assert not (folder / "out").exists()


def appraise(folder: Path, raw: bytes) -> Result:
    (folder / "case").mkdir(exist_ok=True)
    (folder / "case" / "portfolio.yaml").write_bytes(raw)
    arguments = ["appraise", str(folder / "case"), "--out", str(folder / "out")]
    return CliRunner().invoke(program, arguments)


def test_there_are_enough() -> None:
    assert len(WRONG) + len(BYTES) > 120
    assert len({title for title, *_ in [*WRONG, *BYTES]}) == len(WRONG) + len(BYTES)


@pytest.mark.parametrize(("title", "old", "new"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_input_gets_a_sentence(title: str, old: str, new: str, tmp_path: Path) -> None:
    assert old in GOOD, title
    refused(appraise(tmp_path, GOOD.replace(old, new, 1).encode()), tmp_path)


@pytest.mark.parametrize(("title", "raw"), BYTES, ids=[b[0] for b in BYTES])
def test_what_is_not_text_gets_a_sentence(title: str, raw: bytes, tmp_path: Path) -> None:
    refused(appraise(tmp_path, raw), tmp_path)


@pytest.mark.parametrize(("title", "raw"), ODD, ids=[b[0] for b in ODD])
def test_what_is_only_odd_is_read(title: str, raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "portfolio.yaml").write_bytes(raw)
    done = CliRunner().invoke(program, ["check", str(tmp_path)])
    assert done.exit_code == 0, done.output


@pytest.mark.slow
def test_ten_thousand_projects(tmp_path: Path) -> None:
    """Refused with a sentence, at once."""
    many = "".join(PROJECT.replace("name: roof", f"name: roof_{k}") for k in range(10_000))
    refused(appraise(tmp_path, GOOD.replace(PROJECT, many).encode()), tmp_path)


NUMBERS = (
    "0", "-1", "1e-320", "1e14", "-1e14", "999999999", "0.000001", "100%", "-100%", "99%", "1",
    "12", "5000", "๙๙", "1,000", "50 years", "3 months", "2 %", "0 THB", "1e3", ".5",
)  # fmt: skip
TOKENS = (
    ":", "- ", "{", "}", "[", "]", ",", "#", '"', "'", "\t", "\n", "\n  ", "\u200b", "\ufeff", "ก",
    "é", "\x00", "|", ">", "&a ", "*a", "!!int ", "%", "null", "true", "no", "<<: ", "? ", "=1",
)  # fmt: skip
SOURCES = [
    (path / "portfolio.yaml").read_text(encoding="utf-8")
    for path in [*BUNDLED, *OWN]
    if path.name != "chachoengsao"  # as long as all the others together; run whole elsewhere
]


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A good portfolio with one to three slips of the kind that people and programs make."""
    text = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("number", "cut", "token", "line", "swap")))
        at = draw(st.integers(0, max(0, len(text) - 1)))
        if kind == "number":
            found = list(re.finditer(r"(?<![\w.-])\d[\d.]*(?![\w-])", text))
            if found:
                hit = found[at % len(found)]
                text = text[: hit.start()] + draw(st.sampled_from(NUMBERS)) + text[hit.end() :]
        elif kind == "cut":
            text = text[:at] + text[at + draw(st.integers(1, 40)) :]
        elif kind == "token":
            text = text[:at] + draw(st.sampled_from(TOKENS)) + text[at:]
        else:
            lines = text.split("\n")
            a, b = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            if kind == "line":
                lines.insert(b, lines[a])
            else:
                lines[a], lines[b] = lines[b], lines[a]
            text = "\n".join(lines)
    return text


EXAMPLES = 1500 if os.environ.get("EICFINANCE_TEST_ALL") else 25


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(text=spoilt())
def test_a_spoilt_portfolio_is_refused_or_read_never_a_traceback(text: str, tmp_path: Path) -> None:
    """Exit 0 or 3. What is read gives finite figures and checks that hold, or a sentence."""
    (tmp_path / "portfolio.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    done = CliRunner().invoke(program, ["check", str(tmp_path)])
    assert done.exit_code in (0, 3), (done.exception, done.output)
    if done.exit_code == 3:
        assert re.match(r".*portfolio\.yaml:\d+:\d+: ", done.stderr.splitlines()[0]), done.stderr
        return
    problem = ""
    try:
        shown = view(appraise_case(tmp_path))
    except BadInput as error:
        problem = str(error)
    if problem:
        assert re.match(r".*portfolio\.yaml:\d+:\d+: ", problem), problem
        return
    assert not shown.failed_checks
    assert not re.search(r"\bnan\b", json.dumps(as_data(shown), allow_nan=False), re.IGNORECASE)
    as_html(shown)
    as_text(shown)
