"""The loan's schedule against numpy-financial, a second way to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy_financial as npf
import pytest

from eicfinance.appraisal.case import run_case
from tests.appraisal.small import generic, small

if TYPE_CHECKING:
    from eicfinance.appraisal.case import Case

RATES = [0.0, 0.005, 0.0662, 0.12, 0.33, 0.9]


@cache
def level(ppy: int) -> Case:
    loan = {"share": 0.7, "rate": 0.06, "tenor_months": 96}
    with TemporaryDirectory() as folder:
        return small(
            Path(folder), [generic(finance={"loan": loan})],
            economy={"vat": 0, "periods_per_year": ppy},
        )  # fmt: skip


@pytest.mark.parametrize("ppy", [1, 2, 4, 12, 52])
@pytest.mark.parametrize("months", [12, 36, 84, 120])
def test_instalment_interest_and_principal(ppy: int, months: int) -> None:
    """pmt, ipmt and ppmt per period, at nominal rates of 0 to 90%: one scenario a rate."""
    terms: dict[str, Any] = {"loan_rate": np.array(RATES), "loan_tenor_months": months}
    run = run_case(level(ppy), {"plant": terms})["plant"]
    n = months * ppy // 12
    for k, rate in enumerate(RATES):
        i, when = rate / ppy, np.arange(1, n + 1)
        with np.errstate(invalid="ignore"):  # the package divides by a rate of nil, then drops it
            schedule = {
                "service": npf.pmt(i, n, -700_000) * np.ones(n),
                "interest": npf.ipmt(i, when, n, -700_000),
                "principal": npf.ppmt(i, when, n, -700_000),
            }
        for line, expected in schedule.items():
            assert run[f"loan.{line}"][k, 1 : n + 1] == pytest.approx(expected, rel=1e-9, abs=1e-6)
            assert run[f"loan.{line}"][k, n + 1 :] == pytest.approx(0, abs=1e-6), line


@pytest.mark.parametrize("grace", [1, 12, 35])
def test_after_the_grace_an_annuity_of_what_is_left(grace: int) -> None:
    """Interest alone during the grace, then the annuity over the rest of the tenor of 36 months."""
    terms: dict[str, Any] = {"loan_tenor_months": 36, "loan_grace_months": grace}
    run = run_case(level(12), {"plant": terms | {"loan_rate": np.array(RATES)}})["plant"]
    for k, rate in enumerate(RATES):
        service = run["loan.service"][k]
        assert service[1 : grace + 1] == pytest.approx(700_000 * rate / 12)
        rest = npf.pmt(rate / 12, 36 - grace, -700_000)
        assert service[grace + 1 : 37] == pytest.approx(rest * np.ones(36 - grace))
