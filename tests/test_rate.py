"""`eicfinance rate` as a person uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from eicfinance.cli import program
from tests.portfolios import ROOT
from tests.test_cli import command

GRAMEEN = ["--principal", "1000", "--flat", "0.10", "--flat-basis", "loan", "--periods", "50",
           "--per-year", "52"]  # fmt: skip
MICROSOFT = """date,amount
2009-02-15,3250
2008-01-01,-10000
2008-03-01,2750
2008-10-30,4250
2009-04-01,2750
"""  # Microsoft's help on XIRR: 37.336%


def rate(*args: str) -> Result:
    return CliRunner().invoke(program, ["rate", *args])


def answer(*args: str) -> Any:
    done = rate(*args, "--format", "json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_everyday_question() -> None:
    """Grameen Bank: 19.78%; with a fee of 2% and savings of 5% withheld the rate at which 930 is
    worth 49 times 22 less the last 22 plus 50 back."""
    assert answer(*GRAMEEN)["apr"] == pytest.approx(0.1978, abs=5e-5)
    found = answer(*GRAMEEN, "--fee", "0.02", "--savings", "0.05")
    i = found["apr"] / 52
    worth = sum(22 / (1 + i) ** k for k in range(1, 51)) - 50 / (1 + i) ** 50
    assert worth == pytest.approx(930, abs=1e-6)
    assert found["eir"] == pytest.approx((1 + i) ** 52 - 1)
    assert found["received"] == 930
    assert answer(*GRAMEEN, "--fee", "2%", "--savings", "5%") == found


def test_vendor_credit() -> None:
    """Grameen Shakti: near 11.1% on the list price, 14.4% against the cash price."""
    terms = ["--list-price", "100", "--down-payment", "15%", "--flat", "6%", "--periods", "36"]
    assert answer(*terms)["apr"] == pytest.approx(0.111, abs=5e-4)
    assert answer(*terms, "--cash-price", "96")["apr"] == pytest.approx(0.144, abs=5e-4)
    assert answer(*terms, "--principal", "85") == answer(*terms)


def test_every_option_reaches_the_credit() -> None:
    """Each changes the answer, or is refused with what it does not go with."""
    base = ["--principal", "1000", "--rate", "24%", "--periods", "12"]
    plain = answer(*base)
    for extra in (
        ["--per-year", "4"], ["--amortisation", "bullet"], ["--grace", "2"], ["--fee", "1%"],
        ["--fee-upfront", "1%"], ["--fee-each", "5"], ["--interest-upfront"], ["--savings", "5%"],
        ["--savings-each", "5"], ["--deposit", "5%"], ["--cash-price", "950"], ["--ceiling", "10%"],
        ["--round-instalment", "50"],
    ):  # fmt: skip
        assert answer(*base, *extra) != plain, extra
    saving, graced = ["--savings", "5%"], ["--grace", "2"]
    assert answer(*base, *saving, "--savings-interest", "3%") != answer(*base, *saving)
    assert answer(*base, *graced, "--grace-kind", "capitalised") != answer(*base, *graced)
    rounded = ["--round-instalment", "50"]
    assert answer(*base, *rounded, "--rounding", "down") != answer(*base, *rounded)
    instalment = ["--principal", "1000", "--instalment", "100", "--periods", "12"]
    assert answer(*instalment)["instalment"] == 100


def test_text_has_every_rate_under_its_full_name() -> None:
    done = rate(*GRAMEEN, "--fee", "2%", "--ceiling", "15%")
    for words in ("APR (nominal)", "EIR (compounded)", "Reducing-balance nominal rate",
                  "Flat rate per loan", "Flat rate per year", "Equivalent flat rate per year",
                  "Lender's yield (nominal)", "Lender's yield (compounded)",
                  "Total cost of credit"):  # fmt: skip
        line = next(line for line in done.stdout.splitlines() if line.startswith(words))
        assert re.search(r"\d+\.\d\d", line), line
    assert "19.78%" in done.stdout
    assert re.search(r"Ceiling of the APR +15.00% +passed", done.stdout)
    assert done.stderr.startswith("warning: the APR of 24.06% is above the ceiling of 15.00%")
    assert done.exit_code == 0


@pytest.mark.parametrize("option", [[], ["--flows"]])
def test_dated_flows(option: list[str], tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text(MICROSOFT, encoding="utf-8")
    found = answer(*option, str(path))
    assert found["eir"] == pytest.approx(0.3733625335, abs=1e-8)
    assert found["roots"] == [found["eir"]]
    assert found["status"] == "one"
    assert found["apr"] == pytest.approx(12 * ((1 + found["eir"]) ** (1 / 12) - 1))
    assert found["total"] == 3000
    shown = rate(*option, str(path)).stdout
    assert re.search(r"EIR \(compounded\), XIRR +37.34%", shown)
    assert answer(*option, str(path), "--day-count", "ACT/360")["eir"] < found["eir"]


def test_all_rates_of_dated_flows(tmp_path: Path) -> None:
    """MathWorks' example after Hazen, a year of 365 days apart: -4.88%, 100% and 204.88%."""
    path = tmp_path / "flows.csv"
    path.write_text("2001-01-01;-1000\n2002-01-01;6000\n2003-01-01;-10,900\n2004-01-01;5800\n",
                    encoding="utf-8")  # fmt: skip
    found = answer(str(path))
    assert found["roots"] == pytest.approx([-0.0488, 1.0, 2.0488], abs=5e-5)
    assert (found["status"], found["eir"], found["apr"]) == ("several", None, None)
    shown = rate(str(path)).stdout
    assert "-4.88" in shown
    assert "204.88" in shown
    assert "none decides" in shown


def test_flows_as_spreadsheets_write_them(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    text = '\ufeffDatum\tBetrag\r\n# a loan\r\n2024-01-31\t"1,000.00"\r\n\r\n2025-01-30\t-1100\r\n'
    path.write_bytes(text.encode())
    assert answer(str(path))["eir"] == pytest.approx(0.1)


def test_mistakes_in_flows_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("2024-02-30,-10\n2024-03-01, 27x50\n3\n31.12.2024,nan\n2567-01-01,5\n",
                    encoding="utf-8")  # fmt: skip
    done = command("rate", str(path))
    assert done.returncode == 3
    for place in ("1:1: date: 2024-02-30 is no day", '2:13: amount: found text "27x50"',
                  "3:1: line: found 1 of the two fields", '4:1: date: found text "31.12.2024"',
                  "4:12: amount: nan is not a finite number", "5:1: date: the year 2567",
                  "eicfinance: 6 problems"):  # fmt: skip
        assert place in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["", "date,amount\n", "# nothing\n"])
def test_no_flows(text: str, tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text(text, encoding="utf-8")
    done = rate(str(path))
    assert done.exit_code == 3
    assert "there is no flow" in done.stderr


def test_flows_of_one_sign_have_no_rate(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_text("2024-01-01,5\n2024-05-01,7\n", encoding="utf-8")
    assert answer(str(path))["reason"] == "the flows never turn negative"


def test_a_file_that_is_not_there() -> None:
    done = command("rate", "nowhere.csv")
    assert done.returncode == 5
    assert "nowhere.csv: No such file" in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--periods", "0"], "periods must be a whole number from 1"),
        (["--periods", "12.5"], "not a valid integer"),
        (["--down-payment", "120%"], "down payment is a share from 0 to below 1"),
        (["--fee", "1.2"], "fee is a share from 0 to below 1"),
        (["--fee", "60%", "--deposit", "50%"], "nothing is left"),
        (["--principal", "-5"], "principal must be above 0"),
        (["--principal", "nan"], "is not a finite number"),
        (["--principal", "1e999"], "is not a finite number"),
        (["--principal", "inf"], "is not a finite number"),
        (["--principal", "much"], 'found text "much"'),
        (["--principal", "10.000"], "could be 10 or 10,000"),
        (["--rate", "24"], "write ten per cent as 0.10 or 10%"),
        (["--flat", "1%"], "give exactly one of"),
        (["--flat-basis", "loan"], "--flat-basis goes with --flat"),
        (["--flat-basis", "week"], "is not one of"),
        (["--per-year", "0"], "periods per year must be above 0"),
        (["--grace", "12"], "the grace must be"),
        (["--day-count", "ACT/360"], "--day-count is for a FILE"),
        (["flows.csv"], "by themselves; leave out --periods, --principal, --rate"),
        (["--periods", "-3"], "periods must be a whole number from 1"),
    ],
)
def test_wrong_terms_get_a_sentence(args: list[str], words: str) -> None:
    done = rate("--principal", "1000", "--rate", "24%", "--periods", "12", *args)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


def test_what_is_missing_is_named() -> None:
    assert "--periods is missing" in rate("--principal", "1000", "--rate", "24%").stderr
    assert "give the principal" in " ".join(rate("--rate=1%", "--periods=2").stderr.split())
    both = rate("flows.csv", "--flows", "flows.csv")
    assert "leave out --flows" in both.stderr
    assert both.exit_code == 2


NUMBERS = st.one_of(st.floats().map(str), st.integers().map(str), st.text(max_size=5))


@settings(max_examples=150, deadline=None)
@given(principal=NUMBERS, number=NUMBERS, periods=st.integers(-2, 60).map(str), fee=NUMBERS,
       kind=st.sampled_from(["--rate", "--flat", "--instalment"]))  # fmt: skip
def test_any_words_get_an_answer_or_a_sentence(
    principal: str, number: str, periods: str, fee: str, kind: str
) -> None:
    done = rate(f"--principal={principal}", f"{kind}={number}", f"--periods={periods}",
                f"--fee={fee}", "--format", "json")  # fmt: skip
    assert done.exit_code in (0, 2)
    assert done.exception is None or isinstance(done.exception, SystemExit)


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet='0123456789-,;.\t\n eE"x%#ä๑', max_size=60))
def test_any_file_gets_an_answer_or_sentences(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "flows.csv"
        path.write_text(text, encoding="utf-8")
        done = rate(str(path))
    assert done.exit_code in (0, 3)
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_examples_of_the_page_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/true-cost.md: each Python line after >>> gives what stands beneath it; each command
    prints the words that stand beneath it."""
    import doctest

    page = (ROOT / "docs" / "true-cost.md").read_text(encoding="utf-8")
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    examples = parser.get_doctest(page, {}, "true-cost.md", None, 0)
    assert len(examples.examples) > 10
    out: list[str] = []
    runner.run(examples, out=out.append)
    assert not out, "".join(out)
    monkeypatch.chdir(tmp_path)
    Path("flows.csv").write_text(MICROSOFT, encoding="utf-8")
    commands = re.findall(r"^    eicfinance rate (.+)\n((?:    .*\n)+)", page, re.MULTILINE)
    assert len(commands) > 2
    for words, shown in commands:
        printed = " ".join(rate(*words.split()).output.split())
        for line in shown.splitlines():
            assert " ".join(line.split()) in printed, line


def test_a_forgotten_per_cent_sign_is_told() -> None:
    asked = ["rate", "--principal", "5000", "--periods", "20", "--flat"]
    done = CliRunner().invoke(program, [*asked, "3"])
    assert "note: --flat 3 is taken as 300%; for 3 per cent write 3%" in done.stderr
    for right in ("3%", "0.03"):
        assert CliRunner().invoke(program, [*asked, right]).stderr == ""
