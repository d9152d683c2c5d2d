"""A second process gives what the first would have computed, and never anything else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from eicfinance.appraisal.case import appraise
from eicfinance.commands.portfolio import write_reports
from eicfinance.reports import beside as module
from eicfinance.reports.beside import MANY, beside
from eicfinance.reports.view import view
from tests.portfolios import BUNDLED

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="copies of a process: Linux alone")


FIRST = os.getpid()


def test_where_it_does_not_pay_nothing_is_begun() -> None:
    def call() -> int:
        return 1

    assert beside(call, MANY - 1) is call


def test_the_result_comes_from_the_other_process() -> None:
    made = beside(os.getpid, MANY)()
    assert (made != os.getpid()) == (len(os.sched_getaffinity(0)) > 1)


def test_an_error_is_met_here() -> None:
    def call() -> int:
        raise ZeroDivisionError("as here")

    with pytest.raises(ZeroDivisionError, match="as here"):
        beside(call, MANY)()


def dies(first: int) -> int:
    if os.getpid() != first:
        os._exit(1)
    return 7


@pytest.mark.parametrize("call", [
    lambda: dies(FIRST),  # killed, as when memory is short
    lambda: (lambda: 7)(),
    lambda: type("Local", (), {"__int__": lambda self: 7})(),  # cannot be sent
], ids=["killed", "sent", "cannot be sent"])  # fmt: skip
def test_where_the_copy_fails_it_is_done_here(call: Callable[[], Any]) -> None:
    assert int(beside(call, MANY)()) == 7


@pytest.mark.parametrize("name", ["one-roof", "nepal-biogas"])
def test_the_same_files(name: str, tmp_path: Path) -> None:
    folder = next(path for path in BUNDLED if path.name == name)
    for many, place in ((MANY, "one"), (1, "two")):
        with patch.object(module, "MANY", many):
            write_reports(view(appraise(folder)), tmp_path / place, "a")
    for file in ("a.xlsx", "a.html", "a.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
