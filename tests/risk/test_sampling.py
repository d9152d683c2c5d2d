"""Draws: distributions against closed forms, streams against each other."""

from __future__ import annotations

from math import erf, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from eicfinance.risk.sampling import (
    BLOCK,
    Distribution,
    beta_inverse,
    beta_share,
    generator,
    normal,
    normal_inverse,
    normal_share,
    uniform,
)

U = np.concatenate([[2.0**-53, 1e-12, 1e-6], np.linspace(1e-4, 1 - 1e-4, 2001), [1 - 1e-9]])


def test_the_normal_distribution_is_that_of_the_standard_library() -> None:
    assert normal_inverse(U) == pytest.approx([NormalDist().inv_cdf(u) for u in U], abs=1e-14)
    z = np.linspace(-8, 8, 101)
    assert normal_share(z) == pytest.approx([(1 + erf(x / sqrt(2))) / 2 for x in z], abs=1e-15)


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [  # whole shapes: the share is a polynomial (binomial sums)
        (1, 5, lambda x: 1 - (1 - x) ** 5),
        (5, 1, lambda x: x**5),
        (2, 4, lambda x: 10 * x**2 - 20 * x**3 + 15 * x**4 - 4 * x**5),
        (3, 3, lambda x: 10 * x**3 - 15 * x**4 + 6 * x**5),
        (4, 2, lambda x: 5 * x**4 - 4 * x**5),
    ],
)
def test_the_inverse_beta_of_whole_shapes_is_exact(a: int, b: int, share: object) -> None:
    assert callable(share)
    assert share(beta_inverse(U, a, b)) == pytest.approx(U, abs=1e-9)


@pytest.mark.parametrize("a", [1.0, 1.04, 1.37, 2.0, 2.5, 3.33, 4.2, 4.96, 5.0])
def test_the_inverse_beta_inverts_a_numeric_integral(a: float) -> None:
    """The density, x^(a-1) (1-x)^(b-1), summed on a fine grid of angles (x = sin^2), without any of
    our series."""
    b = 6 - a
    angle = np.linspace(0, np.pi / 2, 400_001)
    middle = (angle[1:] + angle[:-1]) / 2
    density = np.sin(middle) ** (2 * a - 1) * np.cos(middle) ** (2 * b - 1)
    below = np.concatenate([[0.0], np.cumsum(density)])
    u = np.linspace(0.001, 0.999, 333)
    x = beta_inverse(u, a, b)
    found = np.interp(np.arcsin(np.sqrt(x)), angle, below / below[-1])
    assert found == pytest.approx(u, abs=1e-9)
    low = x < 0.6
    assert beta_share(x[low], a, b) == pytest.approx(u[low], abs=1e-12)
    assert (np.diff(beta_inverse(U, a, b)) > -1e-15).all()


DISTRIBUTIONS = [
    Distribution(kind, value, low, high)
    for kind in ("triangular", "pert", "uniform", "lognormal")
    for value, low, high in ((3.0, 2.0, 8.0), (2.0, 2.0, 3.0), (3.0, 1.0, 3.0), (0.05, 0.02, 0.3))
]


@pytest.mark.parametrize("one", DISTRIBUTIONS, ids=str)
def test_a_distribution_has_its_mean_and_keeps_to_its_range(one: Distribution) -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    found, (m, a, b) = one.at(u), (one.value, one.low, one.high)
    middle = log(a * b) / 2
    spread = log(b / a) / (2 * NormalDist().inv_cdf(0.95))
    mean = {
        "triangular": (a + m + b) / 3,
        "pert": (a + 4 * m + b) / 6,
        "uniform": (a + b) / 2,
        "lognormal": np.exp(middle + spread**2 / 2),
    }[one.kind]
    assert found.mean() == pytest.approx(mean, rel=1e-4)
    assert (np.diff(found) >= 0).all()
    if one.kind == "lognormal":
        assert one.at(np.array([0.05, 0.95])) == pytest.approx([a, b])
    else:
        assert found.min() >= a
        assert found.max() <= b


def test_a_block_meets_every_slice_once() -> None:
    drawn = uniform(3, "husk price", 2, units=4)
    assert drawn.shape == (4, BLOCK)
    for unit in drawn:
        assert sorted((unit * BLOCK).astype(int)) == list(range(BLOCK))
    assert (
        np.abs(np.asarray(np.corrcoef(drawn))[np.triu_indices(4, 1)]).max() < 0.2
    )  # each its own order


def test_a_draw_depends_on_seed_stream_and_block_alone() -> None:
    first = uniform(1, "a", 0)
    assert (uniform(1, "a", 0, units=3)[0] == first[0]).all()
    assert (uniform(1, "a", 0) == first).all()
    for other in (uniform(2, "a", 0), uniform(1, "b", 0), uniform(1, "a", 1)):
        assert (other != first).mean() > 0.99
    assert generator(1, "ab", 0).random() != generator(1, "a", 0).random()


def test_a_latin_hypercube_has_a_steadier_mean() -> None:
    """Var of the mean of n plain draws is 1/n; of a hypercube far less."""
    means = [normal(1, f"s{k}", 0).mean() for k in range(60)]
    assert np.std(means) < 0.1 / sqrt(BLOCK)
