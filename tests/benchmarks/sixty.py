"""A cluster of sixty firms with a project each: Chachoengsao's firms over and over again."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from tests.portfolios import ROOT

FIRMS = 60


def sixty(folder: Path) -> Path:
    """The folder, with a portfolio of 60 projects, each with a site and a borrower of its own. The
    risk section and the lending schemes stay those of Chachoengsao's own projects."""
    source = ROOT / "portfolios" / "chachoengsao" / "portfolio.yaml"
    found: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    lists = {key: list(found[key]) for key in ("borrowers", "sites", "projects")}
    for k in range(len(lists["projects"]), FIRMS):
        project = _renamed(lists["projects"][k % len(lists["projects"])], k)
        takes = project.setdefault("takes", {})
        used = {("sites", taken.split(".")[0]) for taken in takes.values()}
        for key, old in sorted({("borrowers", project["borrower"]), *used}):
            entry = next(entry for entry in lists[key] if entry["name"] == old)
            found[key].append(_renamed(entry, k))
        project["borrower"] += f"_{k}"
        project["takes"] = {n: t.replace(".", f"_{k}.") for n, t in takes.items()}
        found["projects"].append(project)
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(found, allow_unicode=True, sort_keys=False)
    (folder / "portfolio.yaml").write_text(text, encoding="utf-8")
    return folder


def _renamed(entry: dict[str, Any], k: int) -> dict[str, Any]:
    again = deepcopy(entry)
    again["name"], again["title"] = f"{entry['name']}_{k}", f"{entry['title']}, {k}"
    return again
