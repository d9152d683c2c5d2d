"""What several tests of the reader need."""

from pathlib import Path

import pytest

from eicfinance.appraisal.case import declarations
from eicfinance.portfolio.reader import Portfolio, read_portfolio
from tests.portfolio.one_roof import Edit, Read, edited


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(*edits: Edit, csv: str | bytes | None = None) -> Portfolio:
        (tmp_path / "portfolio.yaml").write_text(edited(*edits), encoding="utf-8")
        if csv is not None:
            content = csv if isinstance(csv, bytes) else csv.encode()
            (tmp_path / "sun.csv").write_bytes(content)
        return read_portfolio(tmp_path, declarations())

    return write_and_read
