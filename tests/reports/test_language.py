"""Languages: the files agree, and every text of every model has a Thai one."""

from __future__ import annotations

import re
from datetime import date as day
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eicfinance.appraisal.case import build, declarations
from eicfinance.appraisal.comparison import entries_of, offer
from eicfinance.appraisal.fund import fund_model
from eicfinance.lending import schemes
from eicfinance.lending.fund_terms import FUND
from eicfinance.model.label import Label, joined, places, under, within
from eicfinance.portfolio.fund import read_fund
from eicfinance.portfolio.reader import read_portfolio
from eicfinance.portfolio.sections import sections
from eicfinance.portfolio.starter import starter
from eicfinance.reports import (
    bridging,
    economics,
    memo_decision,
    memo_judgement,
    memo_project,
    risk,
    valley,
    what_if,
)
from eicfinance.reports import language as words
from eicfinance.reports.columns import aligned, width
from eicfinance.reports.language import date, label, language, say, speaking
from eicfinance.technologies import technologies
from tests.portfolios import BUNDLED, OWN, ROOT, appraised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import ModuleType

    from eicfinance.model.model import Model

THAI = language("th")
NAMES = re.compile(r"[a-z0-9]+([_.][a-z0-9]+)+|[A-Z0-9 /-]+|AR\d")  # of lines; abbreviations
LETTERS = re.compile(r"[A-Za-z]{2}")


def test_files_have_the_same_phrases_with_the_same_places() -> None:
    english = language("en").phrases
    for code in words.languages():
        other = language(code)
        assert english.keys() == other.phrases.keys(), code
        assert all("_" in phrase for phrase in english), "an id is never a word of the code"
        for phrase, text in english.items():
            assert sorted(places(text)) == sorted(places(other.phrases[phrase])), phrase
        for form, text in other.labels.items():
            assert sorted(places(form)) == sorted(places(text)), form
            assert text.strip(), form


def test_every_phrase_is_said_somewhere_and_every_one_said_is_there() -> None:
    files = [*(ROOT / "eicfinance").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    known = language("en").phrases
    said = set(re.findall(r'\bsay\(\s*"([^"]+)"', code))
    assert [text for text in said if text not in known and text.lower() not in THAI.labels] == []
    assert [phrase for phrase in known if f'"{phrase}"' not in code] == []


# -- every text of every model --------------------------------------------------------------------


def atoms(text: str) -> Iterator[str]:
    """What a text is made of, each to be translated or written by a user."""
    if not isinstance(text, Label):
        yield text
        return
    yield re.sub(r"{\w+}", "", text.form) and text.form
    for part in text.parts.values():
        yield from atoms(part)


def untranslated(texts: Iterable[str], users: set[str]) -> list[str]:
    """Those without a Thai text that no user wrote."""
    with speaking("th"):
        return [
            text
            for text in dict.fromkeys(atom for whole in texts for atom in atoms(whole))
            if text.lower() not in THAI.labels
            and (places(text) or label(text) == text)
            and LETTERS.search(re.sub(r"{\w+}", "", text))
            and not NAMES.fullmatch(text.strip())
            and text.strip() not in users
        ]


def shown_by(models: Iterable[Model]) -> Iterator[str]:
    for model in models:
        for item in (*model.inputs.values(), *model.vectors.values(), *model.rows):
            yield from (item.text.label, item.text.note, item.text.section)
        yield from (check.title for check in model.checks)


def units_of(models: Iterable[Model]) -> set[str]:
    return {item.text.unit for model in models for item in (*model.inputs.values(), *model.rows)}


def written_by_user(folder: Path, name: str = "portfolio.yaml") -> set[str]:
    """Every word that stands in a portfolio's file."""

    def strings(data: Any) -> Iterator[str]:
        if isinstance(data, dict):
            for key, value in data.items():
                yield from (str(key), *strings(value))
        elif isinstance(data, list):
            for value in data:
                yield from strings(value)
        else:
            yield from (str(data), *str(data).split("."))

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # all as strings
    data = yaml.load((folder / name).read_text(encoding="utf-8"), loader)  # noqa: S506
    return {part for text in strings(data) for part in (text, text.replace("_", " "))}


@pytest.mark.parametrize("folder", [*BUNDLED, *OWN], ids=lambda folder: folder.name)
def test_models_of_portfolios_are_thai(folder: Path) -> None:
    models = build(read_portfolio(folder, declarations())).models
    users = {word for text in written_by_user(folder) for word in (text, text.capitalize())}
    assert untranslated(shown_by(models), users) == []
    with speaking("th"):
        assert all(label(unit) != unit for unit in units_of(models) if "THB" in unit)


def test_models_of_all_technologies_with_all_choices_are_thai(tmp_path: Path) -> None:
    for name, kind in technologies().items():
        for options in product(*(choice.options for choice in kind.choices)):
            chosen = dict(zip((c.name for c in kind.choices), options, strict=True))
            text = starter(name, chosen, declarations(), day(2026, 12, 31))
            (tmp_path / "portfolio.yaml").write_text(text, encoding="utf-8")
            models = build(read_portfolio(tmp_path, declarations())).models
            assert untranslated(shown_by(models), written_by_user(tmp_path)) == [], chosen


@pytest.mark.parametrize("name", ["one-roof", "all-schemes"])
def test_models_of_all_lending_schemes_are_thai(name: str) -> None:
    (folder,) = (path for path in (*BUNDLED, *OWN) if path.name == name)
    case = appraised(folder)
    (project, *_) = case.projects
    models = [m for e in entries_of(case, project) for m in offer(case, project, e).models]
    assert untranslated(shown_by(models), written_by_user(folder)) == []


def test_the_fund_is_thai() -> None:
    folder = ROOT / "portfolios" / "members-fund"
    model = fund_model(read_fund(folder, FUND))
    assert untranslated(shown_by([model]), written_by_user(folder, "fund.yaml")) == []


def test_declarations_are_thai() -> None:
    declared = declarations()
    kinds = (declared.technologies, declared.sites, declared.schemes)
    items = [item for kind in kinds for item in kind.values()]
    items += [item for item, _ in sections(declared)]
    texts = [
        text
        for item in items
        for text in (
            item.title, *(f.label for f in item.figures), *(p.label for p in item.pools),
            *(s.label for s in item.seasons), *(c.label for c in item.choices),
            *(c.name.replace("_", " ") for c in item.choices),
            *(option.replace("_", " ") for c in item.choices for option in c.options),
        )
    ]  # fmt: skip
    texts += [text for scheme in schemes().values()
              for text in (scheme.fits, *(party.title for party in scheme.parties))]  # fmt: skip
    assert untranslated(texts, {"dscr"}) == []


def said_by(module: ModuleType) -> Iterator[str]:
    """The sentences and headings that a module of reports holds as constants."""
    for name, value in vars(module).items():
        if name.isupper() and not name.startswith("_"):
            values = value.values() if isinstance(value, dict) else [value]
            yield from (text for text in values if isinstance(text, str) and " " in text)


def test_sentences_of_reports_are_thai() -> None:
    modules = (
        memo_judgement,
        memo_decision,
        memo_project,
        bridging,
        economics,
        risk,
        valley,
        what_if,
    )
    texts = {text for module in modules for text in said_by(module)}
    assert len(texts) > 100
    assert untranslated(texts, set()) == []


# -- what the functions do ------------------------------------------------------------------------


def test_a_label_keeps_its_parts() -> None:
    text = Label("{title}: present value", Label("{whose} IRR", "Equity"))
    assert text == "Equity IRR: present value"
    with speaking("th"):
        assert label(text) == "IRR ของส่วนทุน: มูลค่าปัจจุบัน"
        assert label(under("My farm", "Interest rate")) == "My farm: อัตราดอกเบี้ย"
        assert label(within("Interest rate")) == "อัตราดอกเบี้ย"
        assert label(joined(["Principal", "Fee"])) == "เงินต้น; ค่าธรรมเนียม"
    assert label(text) == text
    assert within(Label("{title}: NPV", "Group")) == "group: NPV"


def test_what_a_user_wrote_is_not_read_as_a_form() -> None:
    with speaking("th"):
        assert label(Label("{title}: NPV", "{name}")) == "{name}: NPV"
        assert say("text_fails", title="{x}", reasons="{y}") == "{x}: ไม่ผ่าน {y}"


def test_units_sources_and_dates() -> None:
    with speaking("th"):
        assert (label("THB/kWh"), label("1/year"), label("kWh")) == ("บาท/kWh", "1/ปี", "kWh")
        assert label("assumption; IPCC 2006, table 10A-9") == "สมมติฐาน; IPCC 2006, table 10A-9"
        assert (date("2027-01"), date("2026-11-22")) == ("ม.ค. 2570", "22 พ.ย. 2569")
        assert date("2027-12 +3w") == "ธ.ค. 2570 +3w"
    assert (date("2027-01"), label("THB/kWh")) == ("2027-01", "THB/kWh")


def test_columns_count_letters_and_not_their_marks() -> None:
    assert width("เงินต้น") == 5  # of seven characters two stand above the others
    assert aligned([["ที่", "1"], ["Total", "22"]]) == "ที่       1\nTotal  22"


def test_another_language_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = language("en").phrases
    monkeypatch.setattr(words, "folder", lambda: tmp_path)
    monkeypatch.setattr(words, "language", words.language.__wrapped__)
    toy = {"phrases": {"in_short": "Kurz:"}, "labels": {"Capital cost": "Kosten"}}
    for code, data in (("en", {"phrases": known}), ("xx", toy)):
        (tmp_path / f"{code}.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    assert words.languages() == ["en", "xx"]
    with speaking("xx"):
        assert (say("in_short"), label("capital cost"), label("Loan")) == (
            "Kurz:",
            "Kosten",
            "Loan",
        )
        assert say("no_month") == known["no_month"]
