"""The workbook against the engine: every formula cell, recalculated by other programs."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.utils.cell import column_index_from_string, get_column_letter

from eicfinance.model.book import Book, write_model
from eicfinance.model.expr import (
    DUST,
    EPS,
    OPERATIONS,
    Expr,
    ceiling,
    floor,
    maximum,
    minimum,
    ratio,
    walk,
    where,
)
from eicfinance.model.model import Line, Model, ModelError
from eicfinance.model.numeric import Run, run
from eicfinance.model.sheet import Layout, defined_name, names
from tests.recalculate import by_ironcalc, by_libreoffice, cached, differences, poison

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.recalculate import Cells

PERIODS = 26
FUNCTIONS = {
    "ABS", "AND", "COLUMN", "COUNT", "IF", "IFERROR", "INDEX", "INT", "IRR", "ISNUMBER", "MATCH",
    "MAX", "MIN", "MOD", "OR", "SIGN", "SUM", "SUMPRODUCT",
}  # fmt: skip
PERTURBED: tuple[dict[str, dict[str, float]], ...] = (
    {},
    {"plant": {"share": 0.4, "lag_n": 2, "loan.tenor": 7, "price": 6.1, "limit": 1e7}},
    {"plant": {"lag_n": 0, "size": 0.7, "scrap": 90_000}, "shop": {"growth": -0.05, "part": 0}},
    {"plant": {"price": 0, "share": 0, "lag_n": 30, "loan.rate": 0}, "shop": {"back": 9}},
)


def plant() -> Model:
    """A plant with a loan: every operation of the language, short."""
    m = Model("plant", PERIODS, 12, season_start=5)
    cost = m.input("cost", 100_000, "THB")
    price = m.input("price", 4.2, "THB/kWh")
    share = m.input("share", 0.7, "1")
    n = m.input("lag_n", 3, "1")
    size = m.input("size", 0.29, "1")
    limit = m.input("limit", 5_000, "THB")
    scrap = m.input("scrap", 0, "THB")
    hundred = m.constant("hundred", 100, "1", "definition")
    rise = m.input("co2", 0.03, "1", shared=True)  # a cell's address: not allowed as a name
    load = m.vector("load", [900, 800, 0, 700, 900, 1000, 1100, 1200, 900, 800, 700, 600], "kWh")
    wear = m.vector("wear", [t / PERIODS for t in range(PERIODS + 1)], "1")
    with m.section("Plant"):
        build = m.line("build", "THB", where(m.period > 0, 0, cost))
        factor = m.rate("factor", "1", (1 + rise) ** m.year * (1 - wear) ** (1 - share))
        energy = m.line("energy", "kWh", floor(size * hundred) / hundred * load * factor * hundred)
        sales = m.line("sales", "THB", energy * price * (m.period > 0))
        paid = m.line("paid", "THB", sales.lag(n) * (1 - share) + sales.lag(n + 1) * share)
        tenth, ten = m.input("tenth", 0.1, "1"), m.constant("ten", 10, "1", "definition")
        m.line("paid_late", "THB", sales.lag(n * tenth * ten))  # 3 x 0.1 x 10 is above 3
        m.line("coming", "THB", sales.lead(n) - sales.lead(n + 1) * share)
        m.line("coming_late", "THB", sales.lead(n * tenth * ten))
        m.line("whole_lots", "1", -ceiling(-energy / m.input("lot", 7, "kWh")) - (1 - m.last))
        m.line("end_value", "THB", where(m.last & (m.period >= 1), -scrap, 0))
    with m.section("Loan", prefix="loan"):
        rate, tenor = m.input("rate", 0.08, "1"), m.input("tenor", 12, "months")
        balance = m.stock("balance", "THB")
        drawn = m.line("drawn", "THB", build * share)
        interest = m.line("interest", "THB", balance.previous * rate / m.per_year)
        ever = m.cumulative("ever", drawn)
        due = m.line("due", "THB", (ever.previous - ever.lag(tenor + 1)) / tenor)
        principal = m.line("principal", "THB", minimum(due, balance.previous))
        smaller = m.line("smaller", "THB", minimum(limit, balance.previous))
        m.line("larger", "THB", maximum(-limit, where(m.period >= 0, balance.previous, 0)))
        balance.set(balance.previous + drawn - principal)
        m.line("delayed", "THB", smaller.previous - (interest - principal))
    with m.section("Fund"):
        cash = m.stock("cash", "THB")
        lots = m.line("lots", "1", floor(maximum(cash.previous + cash.lag(n + 1), 0) / limit))
        cash.set(where(m.period > 0, cash.previous, cost / hundred) + paid / hundred
                 - minimum(lots, 1) * limit / hundred)  # fmt: skip
    with m.section("Ratios"):
        service = m.line("service", "THB", m["loan.interest"] + principal)
        dscr = m.ratio("dscr", sales, service)
        m.rate("filled", "1", dscr.or_else(share))
        m.rate("either", "1", dscr.or_else(ratio(sales, build)))
        m.rate("or_previous", "THB", minimum(ratio(cost, sales).or_else(0) * limit,
               where(m.year_end, cash.previous, limit)))  # fmt: skip
        flag = m.rate("flag", "1", (cash > limit) | ~(m.season >= share))
        both = m.rate("both", "1", (cash <= limit) & (m.period < m.end) & flag.previous)
        m.result("dscr_least", "1", dscr.lowest())
        m.result("dscr_most", "1", dscr.highest().or_else(0))
        m.result("when", "period", flag.first())
        m.result("when_both", "period", both.first().or_else(m.end + 1))
        m.result("most_cash", "THB", cash.highest() - cash.lowest())
        total = m.result("total", "THB", sales.sum())
        m.rate("part", "1", where(total > 0, sales / maximum(total, limit), 0))
    with m.section("Returns"):
        net = m.line("net", "THB", paid - build + m["end_value"])
        m.result("irr", "1", net.irr(), label="IRR")
    m.check("balance is what was drawn", balance - ever + m.cumulative("back", principal), cost)
    m.check("sum of parts", total - sales.sum() * m.per_year / m.per_year, scale=total)
    return m


def shop(source: Model) -> Model:
    """A longer model that is given lines of the plant, with flows that have two rates or none."""
    m = Model("shop", PERIODS + 10, 12, season_start=5)
    energy = m.given("energy", source, source["energy"])
    dscr = m.given("dscr", source, source["dscr"])
    growth, part = m.input("growth", 0.01, "1"), m.input("part", 0.5, "1")
    m.input("co2", 0.03, "1", shared=True)
    stock = m.stock("stock", "kWh")
    stock.set(stock.previous * (1 + growth) + energy * part)
    m.rate("dscr_or", "1", dscr.or_else(0))
    m.result("dscr_most", "1", dscr.highest())
    first, then = m.input("first", -100, "THB"), m.input("then", 230, "THB")
    back = m.input("back", -132, "THB")
    later = where(m.period <= 1, then, where(m.last, back, 0))
    two = m.line("two", "THB", where(m.period > 0, later, first))
    m.result("two_irr", "1", two.irr(), label="Two rates")
    m.result("one_irr", "1", m.line("one", "THB", where(m.period > 0, then, first)).irr())
    m.result("no_irr", "1", m.line("none", "THB", maximum(two, 0)).irr())
    plain = m.line("plain", "1", where(m.period > 0, part, -part * m.per_year))
    m.result("plain_irr", "1", plain.irr())
    return m


@dataclass
class Written:
    """A workbook with what was written into it."""

    path: Path
    runs: dict[str, Run]
    layouts: dict[str, Layout]

    def rows_without_irr(self) -> list[tuple[str, int]]:
        """Sheet and row of each line and result that does not wait for the program's root."""
        return [
            (layout.sheet, layout.rows[item.text.name])
            for layout in self.layouts.values()
            for item in layout.model.rows
            if item.formula is None or item.formula.op != "irr"
        ]


def row_of(address: str) -> int:
    return int(re.sub("[A-Z]+", "", address))


def runs_of(models: list[Model], changes: Mapping[str, Mapping[str, float]]) -> dict[str, Run]:
    runs: dict[str, Run] = {}
    for model in models:
        runs[model.name] = run(model, changes.get(model.name, {}), runs)
    return runs


def write(path: Path, changes: Mapping[str, Mapping[str, float]] | None = None) -> Written:
    """The two models in a book, with a plain sheet of inputs."""
    source = plant()
    models = [source, shop(source)]
    runs = runs_of(models, changes or {})
    book = Book(str(path), datetime(2026, 1, 1, tzinfo=UTC))
    style = book.add_format()
    formats: Any = defaultdict(lambda: style)
    inputs = book.add_sheet("Inputs")
    cells: list[tuple[str, float]] = [("Eps", EPS), ("Dust", DUST)]
    cells += [("Periods_per_year", 12), ("Season_start", 5)]
    for name, (model, item) in names(models).items():
        cells.append((name, float(runs[model.name].value(item.text.name) or 0)))
    for row, (name, value) in enumerate(cells):
        inputs.write_string(row, 0, name)
        inputs.write_number(row, 1, value)
        assert book.define_name(name, f"=Inputs!$B${row + 1}") != -1
    layouts: dict[str, Layout] = {}
    row = len(cells) + 1
    for model in models:
        layout = Layout.of(runs[model.name], f"{model.name}'s sheet", dict(layouts))
        layouts[model.name] = layout
        for name, vector in model.vectors.items():
            inputs.write_row(row, 1, vector.values)
            last = get_column_letter(1 + len(vector.values))
            layout.vectors[name] = f"Inputs!$B${row + 1}:${last}${row + 1}"
            row += 1
    for model in models:
        sheet = book.add_sheet(layouts[model.name].sheet)
        dates = [f"end {t}" for t in range(model.periods + 1)]
        write_model(sheet, layouts[model.name], runs[model.name], formats, dates)
    book.close()
    return Written(path, runs, layouts)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(tmp_path_factory.mktemp("book") / "base.xlsx")


def test_the_models_use_the_whole_language() -> None:
    """So that no operation is left untested here when one is added."""
    source = plant()
    used = {
        node.op
        for model in (source, shop(source))
        for item in model.rows
        if item.formula is not None
        for node in walk(item.formula)
    }
    assert set(OPERATIONS) <= used
    runs = runs_of([source, shop(source)], {})
    assert runs["shop"].irr("two_irr").status == "several"
    assert runs["shop"].irr("no_irr").status == "none"
    assert runs["plant"].irr("irr").status == "one"
    assert runs["plant"].failed_checks() == {}
    assert None in runs["plant"].series("dscr")
    circles = [step for step in source.order() if step.repeats and len(step.members) > 1]
    assert any(
        node.op == "lag" and node.args[0] in step.members
        for step in circles
        for line in step.members
        if isinstance(line, Line) and line.formula is not None
        for node in walk(line.formula)
    )


@pytest.mark.parametrize("changes", PERTURBED, ids=["base", "first", "second", "third"])
def test_ironcalc_computes_every_cell_alike(
    tmp_path: Path, changes: dict[str, dict[str, float]]
) -> None:
    book = write(tmp_path / "book.xlsx", changes)
    stored = cached(book.path)
    assert poison(book.path, tmp_path / "poisoned.xlsx") == len(stored) > 1000
    found = by_ironcalc(tmp_path / "poisoned.xlsx", stored)
    assert differences(stored, found, {}) == []


@pytest.mark.slow
@pytest.mark.parametrize("changes", PERTURBED, ids=["base", "first", "second", "third"])
def test_libreoffice_computes_every_cell_alike(
    tmp_path: Path, changes: dict[str, dict[str, float]]
) -> None:
    book = write(tmp_path / "book.xlsx", changes)
    stored = cached(book.path)
    poison(book.path, tmp_path / "poisoned.xlsx")
    found = by_libreoffice(tmp_path / "poisoned.xlsx", stored, tmp_path)
    assert differences(stored, found, {}) == []


@pytest.mark.parametrize("changes", PERTURBED[1:], ids=["first", "second", "third"])
def test_changing_input_cells_equals_running_again(
    base: Written, tmp_path: Path, changes: dict[str, dict[str, float]]
) -> None:
    again = write(tmp_path / "again.xlsx", changes)
    # an IRR with several roots has rows of its own, so that the others stand elsewhere
    moved = dict(zip(again.rows_without_irr(), base.rows_without_irr(), strict=True))
    wanted = {
        (sheet, re.sub(r"\d+", str(moved[sheet, row_of(address)][1]), address)): value
        for (sheet, address), value in cached(again.path).items()
        if (sheet, row_of(address)) in moved
    }
    cells = {
        defined_name(base.runs[name].model, base.runs[name].model.inputs[key]): value
        for name, values in changes.items()
        for key, value in values.items()
    }
    found = by_ironcalc(base.path, wanted, cells)
    assert len(wanted) > 1000
    assert differences(wanted, found, {}) == []


def test_the_comparison_fails_where_nothing_was_recalculated(base: Written, tmp_path: Path) -> None:
    stored = cached(base.path)
    poison(base.path, tmp_path / "poisoned.xlsx")
    assert len(differences(stored, cached(tmp_path / "poisoned.xlsx"), {})) == len(stored)


def test_the_comparison_fails_for_a_small_difference() -> None:
    expected: Cells = {("S", "F2"): 100.0, ("S", "G2"): 1.0, ("S", "H2"): "", ("S", "F3"): "none"}
    assert differences(expected, dict(expected), {}) == []
    assert differences(expected, {**expected, ("S", "H2"): None}, {}) == []
    assert differences(expected, {**expected, ("S", "G2"): 1 + 5e-8}, {}) == []
    for key, other in ((("S", "G2"), 1 + 2e-7), (("S", "H2"), 0), (("S", "F3"), 0)):
        assert len(differences(expected, {**expected, key: other}, {})) == 1
    assert differences(expected, {**expected, ("S", "G2"): 1 + 2e-7}, {("S", 2): 1e3}) == []


def test_written_twice_the_same(base: Written, tmp_path: Path) -> None:
    other = write(tmp_path / "other.xlsx")
    assert other.path.read_bytes() == base.path.read_bytes()


def formulas(path: Path) -> dict[tuple[str, int], dict[int, str]]:
    """(sheet, row) -> column -> formula."""
    found: dict[tuple[str, int], dict[int, str]] = defaultdict(dict)
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    column = column_index_from_string(re.sub(r"\d+", "", cell.coordinate))
                    found[sheet.title, row_of(cell.coordinate)][column] = str(cell.value)
    return found


def test_one_formula_a_row(base: Written) -> None:
    for key, row in formulas(base.path).items():
        by_period = {column: text for column, text in row.items() if column > 5}
        shapes = {relative(text, column) for column, text in by_period.items()}
        assert len(shapes) <= 1, (key, shapes)
        assert not by_period or min(by_period) == 6


def relative(formula: str, column: int) -> str:
    """The formula with columns that are not fixed as distances (as in R1C1 notation)."""

    def distance(match: re.Match[str]) -> str:
        return f"C[{column_index_from_string(match[1]) - column}]{match[2]}"

    return re.sub(r"(?<![$A-Za-z_])([A-Z]{1,3})(\$?\d+)(?![\w(])", distance, formula)


def test_one_formula_a_row_is_a_test_that_can_fail() -> None:
    assert relative("=E12+F$4", 6) == relative("=F12+G$4", 7) == "=C[-1]12+C[0]$4"
    assert relative("=E12+$F$4", 6) == relative("=F12+$F$4", 7)
    assert relative("=E12", 6) != relative("=E12", 7)


def test_no_number_in_a_formula_but_0_and_1(base: Written) -> None:
    for key, row in formulas(base.path).items():
        for text in row.values():
            bare = re.sub(
                r"'[^']*(?:''[^']*)*'!|\"[^\"]*\"|\$?[A-Z]{1,3}\$?\d+|[A-Za-z_]\w*", " ", text
            )
            assert set(re.findall(r"[\d.]+(?:[eE][-+]?\d+)?", bare)) <= {"0", "1"}, (key, text)


def test_only_functions_that_all_programs_know(base: Written) -> None:
    used = {
        name
        for row in formulas(base.path).values()
        for text in row.values()
        for name in re.findall(r"([A-Z][A-Z0-9.]*)\(", text)
    }
    assert used <= FUNCTIONS
    assert "SUM" in used


def test_minimum_does_not_pass_over_an_empty_cell(base: Written) -> None:
    """MIN(limit, E12) would be the limit in period 0: the cell before it is empty."""
    layout, found = base.layouts["plant"], formulas(base.path)
    row = layout.rows["loan.balance"]
    shown = found[layout.sheet, layout.rows["loan.smaller"]][6]
    assert shown == f"=MIN(plant__limit,E{row}+0)"
    assert base.runs["plant"].series("loan.smaller")[0] == 0
    inside = found[layout.sheet, layout.rows["loan.larger"]][6]
    assert inside.endswith(f",E{row},0)+0)")


def test_names_of_cells() -> None:
    a, b = Model("mill", 1, 1), Model("farm_1", 1, 1)
    with a.section("Loan", prefix="loan"):
        price = a.input("price", 1, "THB")
    for model in (a, b):
        model.input("husk_price", 1, "THB")
        model.input("discount", 0.1, "1", shared=True)
        model.input("co2", 0.1, "1", shared=True)
        model.input("r", 0.1, "1", shared=True)
    assert defined_name(a, price) == "mill__loan_price"
    assert list(names([a, b])) == [
        "mill__loan_price", "mill__husk_price", "discount", "_co2", "_r", "farm_1__husk_price",
    ]  # fmt: skip
    assert names([a, b])["discount"] == (a, a["discount"])


@pytest.mark.parametrize("word", ["eps", "dust", "periods_per_year", "season_start"])
def test_names_that_a_book_has_already(word: str) -> None:
    m = Model("m", 1, 1)
    m.input(word, 1, "1", shared=True)
    with pytest.raises(ModelError, match=f"'{word}' of 'm' and a name of every book"):
        names([m])


def test_names_that_collide() -> None:
    m = Model("mill", 1, 1)
    m.input("loan_price", 1, "THB")
    with m.section("Loan", prefix="loan"):
        m.input("price", 1, "THB")
    with pytest.raises(
        ModelError, match=r"'mill__loan_price': 'loan.price' of 'mill' and 'loan_price'"
    ):
        names([m])
    one, other = Model("a", 1, 1), Model("a__b", 1, 1)
    one.input("b__c", 1, "1")
    other.input("c", 1, "1")
    with pytest.raises(ModelError, match="'a__b__c'"):
        names([one, other])
    one, other = Model("a", 1, 1), Model("b", 1, 1)
    one.input("discount", 0.1, "1", shared=True)
    other.input("discount", 0.2, "1", shared=True)
    with pytest.raises(ModelError, match="'discount' of 'b' and 'discount' of 'a'"):
        names([one, other])
    with pytest.raises(ModelError, match="'A__x'"):
        names([clash("a"), clash("A")])


def clash(name: str) -> Model:
    m = Model(name, 1, 1)
    m.input("x", 1, "1")
    return m


def test_an_operation_that_the_sheet_does_not_know() -> None:
    m = Model("m", 1, 1)
    x = m.line("x", "1", m.period + 0)
    line = m.line("y", "1", Expr("sine", (x,), x.unit))
    with pytest.raises(ModelError, match="no operation 'sine'"):
        Layout(m, "Sheet", rows={"x": 9, "y": 10}).formula(line)
