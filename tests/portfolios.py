"""The portfolios that tests appraise, each once a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from eicfinance.appraisal.case import Case, appraise
from eicfinance.reports.view import View, view

ROOT = Path(__file__).resolve().parent.parent
BUNDLED = sorted(path.parent for path in (ROOT / "portfolios").glob("*/portfolio.yaml"))
OWN = sorted(path.parent for path in (ROOT / "tests" / "cases").glob("*/portfolio.yaml"))


@cache
def appraised(folder: Path) -> Case:
    """The base case of a portfolio. Treat it as read-only."""
    return appraise(folder)


@cache
def viewed(folder: Path) -> View:
    """The view of that case. Treat it as read-only."""
    return view(appraised(folder))
