"""A slope or a band that says more than the runs do; a noise ball that SGD does not settle in."""

import numpy as np
import pytest

from course_lib import gd, least_squares, line_fit, problems, rates, run

K = np.geomspace(10, 1e5, 20)


@pytest.mark.parametrize("exponent", [-2.0, -1.0, -0.5, 0.0])
def test_slope_of_an_exact_power(exponent):
    assert rates.slope(K, 7 * K**exponent) == pytest.approx([exponent] * 3, abs=1e-12)


def test_slope_is_of_the_mean_over_seeds_not_of_the_mean_logarithm():
    """Two seeds whose mean falls as 1/k though neither does."""
    error = np.stack([1 / K + 1 / K**2, 1 / K - 1 / K**2], axis=1)
    assert rates.slope(K, error).value == pytest.approx(-1, abs=1e-12)


def test_the_band_covers_as_often_as_it_says():
    """400 times 60 seeds with independent noise: coverage within 4 binomial deviations of 95 %."""
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(400):
        error = K[:, None] ** -1.0 * rng.exponential(size=(len(K), 60))
        band = rates.slope(K, error, resamples=300, seed=trial)
        assert band.low <= band.value <= band.high
        hits += band.low <= -1 <= band.high
    assert abs(hits / 400 - 0.95) < 4 * (0.95 * 0.05 / 400) ** 0.5 + 0.02  # 0.02: few seeds


def test_the_band_of_the_mean_covers_as_often_as_it_says():
    rng = np.random.default_rng(1)
    values = rng.normal(3, 2, size=(1000, 100))
    mean, low, high = rates.mean_band(values)
    np.testing.assert_allclose(mean, values.mean(-1))
    covered = ((low <= 3) & (high >= 3)).mean()
    assert abs(covered - 0.95) < 4 * (0.95 * 0.05 / 1000) ** 0.5 + 0.01


def test_same_seed_same_band():
    error = np.random.default_rng(2).exponential(size=(len(K), 30))
    assert rates.slope(K, error) == rates.slope(K, error)
    assert rates.slope(K, error, seed=1) != rates.slope(K, error, seed=2)
    assert str(rates.slope(K, 1 / K)) == "-1.000 [-1.000, -1.000]"


@pytest.mark.parametrize(
    ("k", "error", "words"),
    [
        ([1.0], [1.0], "m ≥ 2"),
        (K, K[:-1], "shapes"),
        (K, np.ones((len(K), 2, 2)), "shapes"),
        (K - 10, 1 / K, "positive"),
        (K, 0 * K, "positive"),
        (K, K * np.nan, "finite"),
        (K, K * np.inf, "finite"),
    ],
)
def test_bad_input_is_named(k, error, words):
    with pytest.raises(ValueError, match=words):
        rates.slope(k, error)


@pytest.mark.parametrize(
    ("problem", "alpha", "batch", "replace"),
    [
        (line_fit(), 1.0, 2, False),
        (line_fit(), 1.0, 2, True),
        (line_fit(), 0.3, 1, True),
        (least_squares(n=30, d=3, seed=4), 0.1, 5, False),
    ],
)
def test_the_noise_ball_is_where_sgd_settles(problem, alpha, batch, replace):
    """4000 runs, long after the start is forgotten; the exact value within 4 standard errors."""
    steps = int(12 / (alpha * problem.mu))
    noisy = problem.minibatch(batch, range(4000), replace=replace)
    xs = run(gd, noisy, problem.x_star + 0.1, steps=steps, alpha=alpha, at=[steps])
    gap = problems.gap(problem, xs[0])
    exact = rates.noise_ball(problem, alpha, batch, replace)
    assert abs(gap.mean() - exact) < 4 * gap.std() / len(gap) ** 0.5
    assert gap.std() / len(gap) ** 0.5 < 0.05 * exact  # the test sees 20 %


def test_the_noise_ball_for_small_steps_and_at_the_edge():
    problem = line_fit()
    residual = problem.A @ problem.x_star - problem.y
    trace = np.mean(residual**2 * (problem.A**2).sum(-1))
    first_order = 1e-4 * trace / (4 * 3)
    assert rates.noise_ball(problem, 1e-4, 3) == pytest.approx(first_order, rel=1e-3)
    assert rates.noise_ball(problem, 1e-4, 100, replace=False) == pytest.approx(0, abs=1e-18)
    assert rates.noise_ball(problem, 2.1 / problem.L, 2) == np.inf
