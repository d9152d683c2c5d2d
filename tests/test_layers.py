"""Who may import whom: downwards only, siblings never, and nothing heavy before it is needed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "eicfinance"
LAYERS = (  # from the top; each may import itself and those after it
    "cli", "commands", "console", "reports", "appraisal", "risk", "lending", "finance",
    "technologies", "portfolio", "model",
)  # fmt: skip
FACADE = ("__init__", "__main__")  # of the package itself: they hand on to any layer
SHARED = {"technologies": {"plant"}, "lending": {"deal", "fund_terms"}}  # among siblings
HEAVY = {"numba", "pandas", "openpyxl", "xlsxwriter", "jinja2"}  # loaded only where they are used
PART = (ast.stmt, ast.excepthandler, ast.match_case)


def imports(text: str, top_only: bool = False) -> list[str]:
    """The modules that a source file imports; top_only: without those in functions, and without
    those for type checkers."""
    todo: list[ast.AST] = [*ast.parse(text).body]
    found: list[str] = []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif not top_only or not (
            isinstance(node, ast.FunctionDef)
            or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        ):
            todo += [child for child in ast.iter_child_nodes(node) if isinstance(child, PART)]
    return sorted(set(found))


def problems(module: str, text: str) -> list[str]:
    """What a module, named from the package down ("finance.loan"), imports and may not."""
    layer, _, own = module.partition(".")
    wrong = []
    for name in imports(text):
        root, *path = name.split(".")
        if root != "eicfinance" or not path or path[0] not in LAYERS or layer in FACADE:
            continue
        if LAYERS.index(path[0]) < LAYERS.index(layer):
            wrong.append(f"{module} imports {name}, a layer above it")
        known = {f.stem for f in (ROOT / layer).glob("*.py")} - {own, *SHARED.get(layer, ())}
        if layer in SHARED and path[0] == layer and known.intersection(path[1:2]):
            wrong.append(f"{module} imports its sibling {path[1]}")
    return wrong


def sources() -> dict[str, str]:
    """Module, from the package down -> its text."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(ROOT.rglob("*.py"))
    }


def loaded_by(module: str, modules: dict[str, str]) -> set[str]:
    """Everything that importing a module loads, by the text of the modules."""
    todo, found = [f"eicfinance.{module}"], set[str]()
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        parts = name.split(".")
        if parts[0] == "eicfinance":
            todo += [".".join(parts[:k]) for k in range(1, len(parts))]
            inner = ".".join(parts[1:])
            text = modules.get(inner) or modules.get(f"{inner}.__init__".lstrip(".")) or ""
            todo += imports(text, top_only=True)
    return found


def test_imports_point_downwards() -> None:
    assert [line for module, text in sources().items() for line in problems(module, text)] == []


def test_every_folder_has_its_layer() -> None:
    assert {module.split(".")[0] for module in sources()} <= {*LAYERS, *FACADE}


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("cli", sources())
    assert "eicfinance" in loaded
    assert {name for name in loaded if name.split(".")[0] in HEAVY} == set()


@pytest.mark.parametrize(
    ("module", "text", "wrong"),
    [
        ("model.expr", "from eicfinance.finance.loan import Loan", True),
        ("model.expr", "def f():\n    import eicfinance.cli", True),
        ("model.expr", "if TYPE_CHECKING:\n    from eicfinance.portfolio import reader", True),
        ("technologies.biogas", "from eicfinance.technologies.solar import x", True),
        ("technologies.biogas", "from eicfinance.technologies import solar", True),
        ("technologies.biogas", "from eicfinance.technologies.plant import Plant", False),
        ("technologies.biogas", "from eicfinance.model.expr import Expr\nimport json", False),
        ("finance.loan", "from eicfinance.finance.terms import LOAN", False),
        ("finance.loan", "from eicfinance import __version__", False),
        ("reports.memo", "from eicfinance import cli", True),
    ],
)
def test_a_violation_is_caught(module: str, text: str, wrong: bool) -> None:
    assert bool(problems(module, text)) == wrong


def test_a_heavy_import_is_caught() -> None:
    modules = {
        "__init__": "",
        "cli": "import click\nfrom eicfinance.reports import memo\ndef f():\n    import numba",
        "reports.__init__": "",
        "reports.memo": "try:\n    import jinja2.ext\nexcept ImportError:\n    pass\n"
        "if TYPE_CHECKING:\n    import pandas",
    }
    loaded = loaded_by("cli", modules)
    assert "jinja2.ext" in loaded
    assert not loaded & {"numba", "pandas"}
