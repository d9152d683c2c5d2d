"""The section on risk as a user writes it, and what is said where it is wrong."""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from eicfinance.appraisal.case import build, declarations
from eicfinance.portfolio.correlations import impossible
from eicfinance.portfolio.reader import read_portfolio
from eicfinance.portfolio.source import BadInput
from tests.portfolio.one_roof import BASE, refusals

if TYPE_CHECKING:
    from pathlib import Path

    from eicfinance.portfolio.reader import Portfolio

GOOD = """
  scenarios: 500
  seed: 7
  drivers:
    - {name: sun, title: Sunshine}
    - {name: price}
    - {name: hail, kind: event, chance: {value: 5%, low: 2%, high: 10%, source: guess}, months: 3,
       reach: each, hits: {roof.output: 50%, shop.cash_flow: 0.2, shop_site.load: 100%}}
  correlations: [{between: [sun, price], value: -0.3}]
  inputs:
    roof: {specific_yield: {sun: 0.9, price: 0.1}}
    shop: {cash_flow: {price: 60%}}
    economy: {inflation: {price: -1}}
"""


def written(risk: str) -> str:
    return f"{BASE}\nrisk:{risk}\n"


def read(folder: Path, risk: str) -> Portfolio:
    (folder / "portfolio.yaml").write_text(written(risk), encoding="utf-8")
    portfolio = read_portfolio(folder, declarations())
    build(portfolio)
    return portfolio


def test_what_is_written_is_read(tmp_path: Path) -> None:
    risk = read(tmp_path, GOOD).risk
    assert (risk.scenarios, risk.seed) == (500, 7)
    assert [driver.title for driver in risk.levels] == ["Sunshine", "price"]
    assert risk.matrix == ((1.0, -0.3), (-0.3, 1.0))
    assert risk.loads == {
        ("roof", "specific_yield"): {"sun": 0.9, "price": 0.1},
        ("economy", "shop_cash_flow"): {"price": 0.6},
        ("economy", "inflation"): {"price": -1.0},
    }
    (hail,) = risk.events
    assert hail.chance is not None
    assert hail.months is not None
    assert (hail.chance.number, hail.chance.low, hail.chance.high) == (0.05, 0.02, 0.10)
    assert (hail.months.number, hail.reach) == (3, "each")
    assert {(hit.owner, hit.what): hit.share.number for hit in hail.hits} == {
        ("roof", "output"): 0.5, ("shop", "cash_flow"): 0.2, ("shop_site", "load"): 1.0,
    }  # fmt: skip


def test_without_the_section_there_are_no_drivers(tmp_path: Path) -> None:
    risk = read(tmp_path, " {}").risk
    assert (risk.scenarios, risk.seed, risk.drivers, dict(risk.loads or {})) == (2000, 1, (), {})


def test_an_event_adds_a_row_only_where_it_hits(tmp_path: Path) -> None:
    from eicfinance.appraisal.case import appraise

    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "portfolio.yaml").write_text(BASE, encoding="utf-8")
    plain = appraise(tmp_path / "plain")
    read(tmp_path, GOOD)
    hit = appraise(tmp_path)
    for name, model in (
        ("roof", hit.projects["roof"].model),
        ("shop_site", hit.sites["shop_site"]),
    ):
        assert [v for v in model.vectors if v.startswith("lost_")]
        before = plain.projects["roof"].model if name == "roof" else plain.sites["shop_site"]
        assert not [v for v in before.vectors if v.startswith("lost_")]
        for result in before.results:  # nil at base: not a bit changes
            assert plain.runs[name][result].tobytes() == hit.runs[name][result].tobytes(), result


A, B, EVENT = "{name: a}", "{name: b}", "{name: e, kind: event, chance: 1%, hits: {roof.output: 1}}"
WRONG = [
    (" {scenarios: 0}", "risk.scenarios", "at least 1"),
    (" {scenarios: 2000000}", "risk.scenarios", "at most 1,000,000"),
    (" {seed: -1}", "risk.seed", "at least 0"),
    (" {seed: abc}", "risk.seed", "a whole number"),
    (" {drivrs: []}", "risk.drivrs", 'did you mean "drivers"'),
    (" {drivers: [{}]}", "risk.drivers[1].name", "missing"),
    (" {drivers: [{name: a, kind: levle}]}", "risk.drivers[1].kind", 'did you mean "level"'),
    (f" {{drivers: [{A}, {A}]}}", "risk.drivers[2].name", "already the name of the driver in line"),
    (" {drivers: [{name: a, chance: 5%}]}", "chance", "only where kind is event"),
    (" {drivers: [{name: a, hits: {roof.output: 1}}]}", "hits", "add kind: event"),
    (" {drivers: [{name: a, reach: each}]}", "reach", "add kind: event"),
    (" {drivers: [{name: a, kind: event, hits: {roof.output: 1}}]}", "chance", "missing"),
    (" {drivers: [{name: a, kind: event, chance: 5%}]}", "hits", "takes something away"),
    (" {drivers: [{name: a, kind: event, chance: 5, hits: {roof.output: 1}}]}", "chance",
     "for 5 per cent write 5%"),
    (" {drivers: [{name: a, kind: event, chance: 5%, hits: {rof.output: 1}}]}", "hits.rof.output",
     'did you mean "roof.output"'),
    (" {drivers: [{name: a, kind: event, chance: 5%, hits: {shop.load: 1}}]}", "hits.shop.load",
     "allowed: shop_site.load"),
    (" {drivers: [{name: a, kind: event, chance: 5%, hits: {roof.output: 1.5}}]}", "roof.output",
     "at most 1"),
    (" {drivers: [{name: a, kind: event, chance: 5%, months: 0, hits: {roof.output: 1}}]}",
     "months", "at least 0.1"),
    (" {drivers: [{name: a, kind: event, chance: 5%, hits: {shop_site.manure: 1}}]}",
     "risk.drivers.a.hits.shop_site.manure", "has no manure: its figures are nil"),
    (f" {{drivers: [{A}], correlations: [{{between: [a, b], value: 0.1}}]}}",
     "correlations[1].between", 'there is no driver "b"'),
    (f" {{drivers: [{A}, {EVENT}], correlations: [{{between: [a, e], value: 0.1}}]}}",
     "correlations[1].between", "is an event"),
    (f" {{drivers: [{A}], correlations: [{{between: [a, a], value: 0.1}}]}}",
     "correlations[1].between", "name two drivers"),
    (f" {{drivers: [{A}], correlations: [{{between: [a], value: 0.1}}]}}",
     "correlations[1].between", "at least 2 items"),
    (f" {{drivers: [{A}, {B}], correlations: [{{between: [a, b]}}]}}", "correlations[1].value",
     "missing"),
    (f" {{drivers: [{A}, {B}], correlations: [{{between: [a, b], value: 1.2}}]}}",
     "correlations[1].value", "at most 1"),
    (f" {{drivers: [{A}, {B}], correlations: [{{between: [a, b], value: {{value: 0, low: 0, "
     "high: 0.5}}]}", "correlations[1].value", "has no range"),
    (f" {{drivers: [{A}, {B}], correlations: [{{between: [a, b], value: 0.1}}, {{between: [b, a], "
     "value: 0.1}]}", "correlations[2].between", "stands in line"),
    (f" {{drivers: [{A}], inputs: {{rof: {{om_share: {{a: 1}}}}}}}}", "inputs.rof",
     'did you mean "roof"'),
    (f" {{drivers: [{A}], inputs: {{roof: {{om_shar: {{a: 1}}}}}}}}", "inputs.roof.om_shar",
     'did you mean "om_share"'),
    (f" {{drivers: [{A}], inputs: {{roof: {{capacity_kwp: {{a: 1}}}}}}}}", "roof.capacity_kwp",
     "has no range"),
    (f" {{drivers: [{A}], inputs: {{roof: {{om_share: 1}}}}}}", "inputs.roof.om_share",
     "write drivers with loads"),
    (f" {{drivers: [{A}], inputs: {{roof: {{om_share: {{a: much}}}}}}}}", "om_share.a",
     "is not a figure"),
    (f" {{drivers: [{A}], inputs: {{roof: {{om_share: {{a: -1.1}}}}}}}}", "om_share.a",
     "at least -1"),
    (f" {{drivers: [{A}], inputs: {{roof: {{om_share: {{b: 1}}}}}}}}", "om_share.b",
     'there is no driver "b"'),
    (f" {{drivers: [{EVENT}], inputs: {{roof: {{om_share: {{e: 1}}}}}}}}", "om_share.e",
     "is an event"),
    (f" {{drivers: [{A}, {B}], inputs: {{roof: {{om_share: {{a: 0.8, b: 0.8}}}}}}}}",
     "inputs.roof.om_share", "explain 128% of its variance"),
    (f" {{drivers: [{A}, {B}], correlations: [{{between: [a, b], value: 0.5}}], inputs: {{roof: "
     "{om_share: {a: 0.6, b: 0.8}}}}", "inputs.roof.om_share", "explain 148% of its variance"),
]  # fmt: skip


@pytest.mark.parametrize(("risk", "key", "words"), WRONG, ids=[risk for risk, _, _ in WRONG])
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, risk: str, key: str, words: str
) -> None:
    told = refusals(tmp_path, written(risk))
    line = BASE.count("\n") + 2
    matching = [text for text in told if f"portfolio.yaml:{line}:" in text and key in text]
    assert any(words in text for text in matching), told


IMPOSSIBLE = """
  drivers: [{name: a}, {name: b}, {name: c}]
  correlations:
    - {between: [a, b], value: 0.9}
    - {between: [c, b], value: 0.9}
    - {between: [a, c], value: -0.9}
"""


def test_an_impossible_matrix_is_refused_with_its_pair(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, IMPOSSIBLE)
    (problem,) = caught.value.problems
    assert problem.place.line == BASE.count("\n") + 7
    assert problem.key == "risk.correlations[3].value"
    # 0.9 x 0.9 +- sqrt(0.19 x 0.19): 0.62 to 1.00
    assert "a and c: a correlation of -0.9 cannot be" in problem.message
    assert "between 0.62 and 1.00" in problem.message


def test_a_matrix_is_impossible_where_it_has_a_negative_eigenvalue() -> None:
    """The pair that is named can be mended as told, where only one is wrong."""
    random = np.random.default_rng(5)
    seen = 0
    for _ in range(300):
        size = int(random.integers(2, 6))
        pairs = [(i, j) for i, j in product(range(size), repeat=2) if i < j]
        matrix = np.eye(size)
        for i, j in pairs:
            matrix[i, j] = matrix[j, i] = random.uniform(-1, 1)
        found = impossible(matrix, pairs)
        least = float(np.linalg.eigvalsh(matrix)[0])
        assert (found is not None) == (least < -1e-9)
        if found is not None and "lies between" in found[1]:
            words = found[1].split("lies between ")[1].split(";")[0]
            low, high = (float(x) for x in words.split(" and "))
            i, j = found[0]
            matrix[i, j] = matrix[j, i] = (low + high) / 2
            assert np.linalg.eigvalsh(matrix)[0] > -0.02
            seen += 1
    assert seen > 50


def test_drivers_that_determine_each_other_are_possible() -> None:
    ones = np.ones((3, 3))
    assert impossible(ones, list(pairwise(range(3)))) is None
