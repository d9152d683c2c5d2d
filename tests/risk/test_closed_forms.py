"""Closed forms of credit loss against published tables and 30-digit integrals, and identities."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eicfinance.risk.closed_forms import (
    conditional_pd,
    defaults_in_group,
    first_loss,
    group_loss,
    lifetime_loss,
    pd_within,
    risk_weight,
    roll_rates,
    size_for_residual,
    vasicek_quantile,
)

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "closed_forms.json").read_text(encoding="utf-8")
)
COLUMNS: dict[str, dict[str, Any]] = {  # of Basel's table -> arguments
    "corporate_LGD45_M2.5": {"asset": "corporate", "lgd": 0.45},
    "sme_corporate_LGD45_M2.5_turnover5m": {"asset": "sme_corporate", "lgd": 0.45},
    "mortgage_LGD45": {"asset": "mortgage", "lgd": 0.45},
    "mortgage_LGD25": {"asset": "mortgage", "lgd": 0.25},
    "other_retail_LGD45": {"asset": "other_retail", "lgd": 0.45},
    "other_retail_LGD85": {"asset": "other_retail", "lgd": 0.85},
    "qrre_LGD45": {"asset": "revolving", "lgd": 0.45},
    "qrre_LGD85": {"asset": "revolving", "lgd": 0.85},
}
shares = st.floats(0.001, 0.6)
rhos = st.floats(0, 0.95)


@pytest.mark.parametrize("column", CASES["risk weights"]["weights_pct"])
def test_basel_table(column: str) -> None:
    table = CASES["risk weights"]
    for pd, weight in zip(table["pd_pct"], table["weights_pct"][column], strict=True):
        found = risk_weight(pd / 100, **COLUMNS[column])
        assert 100 * found == pytest.approx(weight, abs=table["tolerance"])


@pytest.mark.parametrize("case", CASES["groups"]["cases"], ids=lambda c: f"{c['n']} members")
def test_groups(case: dict[str, Any]) -> None:
    n, pd, rho = case["n"], case["pd"], case["rho"]
    np.testing.assert_allclose(defaults_in_group(n, pd, rho), case["p_k"], atol=1e-10)
    assert group_loss(n, pd, rho, 0) == pytest.approx(case["expected_loss_share_individual"])
    for cover, loss in case["expected_loss_share_if_survivors_cover"].items():
        share = float(cover.removesuffix("_each"))
        assert group_loss(n, pd, rho, share) == pytest.approx(loss, abs=1e-10)


def test_roll_rates() -> None:
    case = CASES["roll rates"]
    found = roll_rates(case["transition"])
    np.testing.assert_allclose(found.ends[:, 0], case["lifetime_pd"], atol=1e-9)
    np.testing.assert_allclose(found.ends[:, 1], case["lifetime_repaid"], atol=1e-9)
    np.testing.assert_allclose(found.periods, case["expected_months_to_absorption"], atol=1e-9)
    within = pd_within(case["transition"], 4, 12)
    assert within == pytest.approx(case["pd_12m_from_current"], abs=1e-9)


@pytest.mark.parametrize("row", CASES["first loss"]["rows"], ids=str)
def test_first_loss(row: list[float]) -> None:
    pd, rho, lgd, share, first, rest, worst = row
    found = first_loss(pd, rho, lgd, share)
    assert (found.first, found.rest, found.quantile) == pytest.approx(
        (first, rest, worst), abs=1e-9
    )


@given(st.integers(1, 60), shares, rhos)
def test_the_mean_number_of_defaults_is_n_times_pd(n: int, pd: float, rho: float) -> None:
    found = defaults_in_group(n, pd, rho)
    assert found.sum() == pytest.approx(1, abs=1e-9)
    assert found @ np.arange(n + 1) == pytest.approx(n * pd, abs=1e-9 * n)


@given(shares, st.floats(0.001, 0.95), st.floats(0.05, 1), st.floats(0, 1))
def test_first_and_rest_are_all(pd: float, rho: float, lgd: float, share: float) -> None:
    found = first_loss(pd, rho, lgd, share)
    assert found.first + found.rest == pytest.approx(pd * lgd)
    assert found.first <= min(share, pd * lgd) + 1e-12
    more = first_loss(pd, rho, lgd, min(1, share + 0.05))
    assert more.first >= found.first - 1e-12


def test_joint_liability_helps_the_less_the_more_members_fail_together() -> None:
    losses = [group_loss(5, 0.05, rho, 0.5) for rho in (0, 0.1, 0.3, 0.6, 0.9, 1)]
    assert losses == sorted(losses)
    assert losses[-1] == pytest.approx(0.05)  # identical members: the group is worth nothing


def test_certain_and_impossible() -> None:
    assert conditional_pd(0, 0.2, -3) == 0
    assert conditional_pd(1, 0.2, 3) == 1
    assert vasicek_quantile(0.1, 0, 0.99) == pytest.approx(0.1)
    assert vasicek_quantile(0.1, 1, 0.95) == 1
    assert list(defaults_in_group(2, 0.1, 1)) == [0.9, 0, 0.1]
    assert first_loss(0.1, 1, 0.5, 0.2).first == pytest.approx(0.02)


def test_size_for_a_residual() -> None:
    size = size_for_residual(0.05, 0.15, 0.8, 0.002)
    assert first_loss(0.05, 0.15, 0.8, size).rest == pytest.approx(0.002, abs=1e-9)
    assert 0.1 < size < 0.15  # between the rows of the table above
    assert size_for_residual(0.05, 0.15, 0.8, 0.05) == 0


def test_lifetime_loss() -> None:
    """By hand: 2% x 45% x 1,000 / 1.01 + 3% x 45% x 500 / 1.01^2."""
    found = lifetime_loss([0.02, 0.03], 0.45, [1000, 500], 0.01)
    assert found == pytest.approx(9 / 1.01 + 6.75 / 1.01**2)


def test_a_large_group_meets_vasicek() -> None:
    """The 99% quantile of 1,000 members' share that fails, within one member in a hundred."""
    found = np.cumsum(defaults_in_group(1000, 0.05, 0.15))
    at = int(np.searchsorted(found, 0.99)) / 1000
    assert at == pytest.approx(vasicek_quantile(0.05, 0.15, 0.99), abs=0.01)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: defaults_in_group(0, 0.1, 0.1), "a group of 0"),
        (lambda: defaults_in_group(5, 1.2, 0.1), "pd is 1.2"),
        (lambda: defaults_in_group(5, 0.1, -0.1), "rho is -0.1"),
        (lambda: first_loss(0.1, 0.1, 2, 0.1), "lgd is 2"),
        (lambda: first_loss(0.1, 0.1, 0.5, -0.05), "share is -0.05"),
        (lambda: group_loss(5, 0.1, 0.1, float("nan")), "cover is nan"),
        (lambda: vasicek_quantile(0.1, 0.1, 1), "confidence is 1"),
        (lambda: risk_weight(0.1, 0.4, "house"), "give one of corporate"),
        (lambda: roll_rates([[0.5, 0.4], [0.0, 1.0]]), "sum to 1"),
        (lambda: roll_rates([[1.0, 0.0], [0.0, 1.0]]), "absorbing"),
        (lambda: lifetime_loss([0.6, 0.6], 0.4, [1, 1]), "come to 1"),
        (lambda: lifetime_loss([0.1], 0.4, [1, 1]), "one a period"),
        (lambda: size_for_residual(0.1, 0.1, 0.4, -1), "residual is -1"),
    ],
)
def test_nonsense_gets_a_sentence(call: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def test_every_case_is_there() -> None:
    """The table has 12 probabilities of default in 8 columns: 96 figures."""
    table = CASES["risk weights"]
    assert len(list(product(table["pd_pct"], table["weights_pct"]))) == 96
