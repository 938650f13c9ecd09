"""A slope or a band that says more than the runs do; a noise ball that SGD does not settle in."""

import pickle
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from course_lib import gd, least_squares, line_fit, logistic, newton, problems, rates, run
from course_lib.bands import Band
from course_lib.problems import LeastSquares
from course_lib.rates import Slope

pytestmark = pytest.mark.stored

K = np.geomspace(10, 1e5, 20)
LINE = LeastSquares([[1, 1], [1, 1]], [1, 2])  # its minimizers are a line


@pytest.mark.parametrize("exponent", [-2.0, -1.0, -0.5, 0.0])
def test_slope_of_an_exact_power(exponent):
    assert [*rates.slope(K, 7 * K**exponent)] == pytest.approx([exponent] * 3, abs=1e-12)


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


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_a_run_that_diverged_has_a_mean_without_a_band(bad):
    band = rates.mean_band([[1.0, 2.0, bad], [1.0, 2.0, 3.0]])
    np.testing.assert_equal([*band[0]], [bad, np.nan, np.nan])
    assert np.isfinite([*band[1]]).all()


def test_the_ratio_of_two_means_draws_the_seeds_together():
    """What two methods share with a seed drops out; drawn apart, the band would be wide."""
    luck = np.exp(np.random.default_rng(0).normal(size=(2, 200)))
    noise = np.random.default_rng(1).normal(0, 0.01, (2, 200))
    value, low, high = rates.ratio_band([[3.0], [5.0]] * luck * (1 + noise), luck)
    np.testing.assert_allclose(value, [3, 5], rtol=0.01)
    assert (low < value).all() & (value < high).all()
    assert (high - low < 0.05 * value).all()
    with pytest.raises(ValueError, match="above, below: expected shapes"):
        rates.ratio_band(luck, luck[:, :7])


def test_some_runs_of_a_ratio_may_be_0():
    """Which of them arrived, 0 or 1."""
    arrived = np.tile([1.0, 0.0, 1.0, 1.0], 50)
    value, low, high = rates.ratio_band(1 - arrived, arrived)
    assert (value, low < 1 / 3 < high) == (pytest.approx(1 / 3), True)
    assert np.isnan(rates.ratio_band(0 * arrived, 0 * arrived).value)


def test_a_band_formats_itself():
    """Each number by the format, the whole by the width; as the notebooks wrote it by hand."""
    band = rates.Band(0.5123, 0.4971, 2.0)
    assert f"{band:.3f}" == "0.512 [0.497, 2.000]"
    assert f"{band:+.3f}" == f"{band}" == str(band) == "+0.512 [+0.497, +2.000]"
    assert f"{band:.2g}" == "0.51 [0.5, 2]"
    assert f"{band:.1e}" == "5.1e-01 [5.0e-01, 2.0e+00]"
    assert f"{band:16.1f}|{band:<16.1f}|{band:*^+19.1f}" == (
        "  0.5 [0.5, 2.0]|0.5 [0.5, 2.0]  |*+0.5 [+0.5, +2.0]*"
    )
    with pytest.raises(ValueError, match="Unknown format code 'q'"):
        f"{band:.2q}"


def test_a_band_of_arrays_is_elementwise():
    values = np.random.default_rng(0).exponential(size=(4, 3, 50))
    band = rates.mean_band(values)
    assert band.value.shape == (4, 3)
    np.testing.assert_allclose([*band[2, 1]], [*rates.mean_band(values[2, 1])])
    np.testing.assert_allclose([*band[1:]], [*rates.mean_band(values[1:])])
    assert f"{band[0]:.3f}" == "\n".join(f"{band[0, j]:.3f}" for j in range(3))
    scale = np.array([1.0, 2.0, 3.0])
    for product in (band * scale, scale * band, band / (1 / scale)):
        np.testing.assert_allclose([*product], [*rates.mean_band(values * scale[:, None])])
    np.testing.assert_array_equal([*2.0 * band[0, 0]], [2 * part for part in band[0, 0]])
    np.testing.assert_array_equal(np.round(band, 3), [np.round(part, 3) for part in band])


@pytest.mark.parametrize("bad", [-1.0, 0, np.nan, [1.0, -1.0]], ids=repr)
def test_a_band_is_not_turned_over(bad):
    with pytest.raises(ValueError, match="factor: expected positive numbers"):
        rates.Band(1.0, 0.0, 2.0) * bad
    with pytest.raises(ValueError, match="divisor: expected positive numbers; got"):
        rates.Band(1.0, 0.0, 2.0) / bad


def test_a_slope_is_the_same_after_a_journey():
    """To another process, or as a copy with another number."""
    for measured in (rates.slope(K, 1 / K, "auto"), auto(ALL, 0.9**ALL)):
        assert measured.kind in ("power", "linear")
        for again in (pickle.loads(pickle.dumps(measured)), deepcopy(measured)):
            assert again == measured
            assert (again.law, again.window) == (measured.law, measured.window)
        other = replace(measured, value=-7.0)
        assert (other.value, other.kind, other.factor) == (-7.0, measured.kind, measured.factor)
    with pytest.raises(AttributeError, match="cannot assign"):
        measured.value = 0.0


def test_a_slope_prints_what_can_be_pasted():
    measured = rates.slope(K, np.random.default_rng(0).exponential(1 / K, size=(30, len(K))).T)
    assert [*eval(repr(measured), {"Slope": Slope})] == [*measured]


def test_only_a_power_law_has_an_exponent():
    """A slope through a curve that bends, or falls linearly, is not to be held against a claim."""
    assert [*rates.slope(K, 1 / K, "auto").exponent] == pytest.approx([-1] * 3)
    for error in (1 / K + 1e-3, 0.99**K):
        assert np.isnan([*rates.slope(K, error, "auto").exponent]).all()


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
        ([1, 2], ["a", 1], "error: expected an array of numbers"),
        ([1j, 2], [1, 1], "k: expected an array of numbers"),
        ([1, 1], [1, 2], "two k or more"),
        ([1, 2], np.ones((2, 0)), "shapes"),
    ],
)
def test_bad_input_is_named(k, error, words):
    with pytest.raises(ValueError, match=words):
        rates.slope(k, error)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rates.slope(K, 1 / K, window=None), "window: expected"),
        (lambda: rates.slope(K, 1 / K, window=("a", "b")), "window: expected an array of numbers"),
        (lambda: rates.slope(K, 1 / K, window=3), "window: expected"),
        (lambda: rates.mean_band([1, 2], resamples=0), "resamples: expected an integer ≥ 1; got 0"),
        (lambda: rates.mean_band([1, 2], seed=None), "seed: expected an integer ≥ 0; got None"),
        (lambda: rates.mean_band([1, 2], seed=[1]), r"seed: expected an integer ≥ 0; got \[1\]"),
        (lambda: rates.mean_band("12"), "values: expected an array of numbers; got '12'"),
        (lambda: rates.mean_band([1, 2j]), "values: expected an array of numbers"),
        (lambda: rates.mean_band(3), r"values: expected a shape \(\.\.\., seeds\); got \(\)"),
        (lambda: rates.mean_band([]), r"values: expected a shape \(\.\.\., seeds\); got \(0,\)"),
        (lambda: rates.ratio_band([1, 2], [1, -2]), r"below: expected numbers ≥ 0; got -2\.0"),
        (lambda: rates.ratio_band([1], [1]), "above, below: expected shapes"),
        (lambda: rates.ratio_band(np.ones((3, 2)), np.ones((4, 2))), "above, below: expected sh"),
        (lambda: rates.mean_band([1, 2], resamples=10**12), "resamples: expected an integer ≤ "),
        (lambda: rates.mean_band(np.ones((10**6, 2))), "resamples: expected at most .* × 1000000"),
        (lambda: rates.mean_band(range(10**9)), "values: expected an array of numbers; got range"),
        (lambda: rates.mean_band(None), "values: expected an array of numbers; got None"),
        (lambda: rates.noise_ball(LINE, 0.1, 1), "problem: expected one of full rank 2; got"),
        (lambda: rates.optimum(LINE), "problem: expected a nondegenerate minimum; got"),
        (lambda: rates.noise_ball(least_squares(d=200), 0.1, 1), "problem: expected at most"),
        (lambda: Band(1, 2, 3) * "2", "factor: expected an array of numbers; got '2'"),
        (lambda: rates.settling([3, "a"], 1), "error: expected an array of numbers"),
        (lambda: rates.settling([3, 1], "1"), "tolerance: expected an array of numbers"),
        (lambda: rates.settling([], 1), "error, tolerance: expected shapes"),
        (
            lambda: rates.table.claim("PL", "Adam"),
            "method: expected one of 'GD', 'SGD'; got 'Adam'",
        ),
        (lambda: rates.verdict(-1, -1), "measured: expected a Slope"),
        (lambda: rates.verdict(Slope(1, 1, 1), "k^-1"), "promised: expected -inf ≤ promised < inf"),
    ],
)
def test_what_is_no_argument_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_one_seed_has_no_band():
    mean, low, high = rates.mean_band([[2.0], [3.0]])
    assert mean.tolist() == [2.0, 3.0]
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(
    ("error", "settled"),
    [
        ([1, 1, 1], 0), ([2, 1, 1], 1), ([1, 2, 1], 2), ([2, 1, 2], np.inf), ([1, 1, 2], np.inf),
        ([1, np.nan, 0], 2), ([0, 0, np.nan], np.inf), ([np.inf, 1, -5], 1), ([1], 0),
    ],
)  # fmt: skip
def test_settling_is_after_the_last_time_outside(error, settled):
    assert rates.settling(error, 1) == settled
    runs = rates.settling(np.stack([error, [0] * len(error)], 1), 1)
    assert runs.tolist() == [settled, 0]


# ---- The rule: window, drift, linear convergence, "cannot tell" ----------------------------------

ALL = np.arange(100_001)
LOG = np.unique(np.geomspace(1, 1e5, 120).astype(int))


def auto(k, error, **kwargs):
    return rates.slope(k, error, "auto", **kwargs)


@pytest.mark.parametrize("k", [ALL, LOG], ids=["every k", "log-spaced"])
@pytest.mark.parametrize("exponent", [-2.0, -1.25, -1.0, -0.5, -0.1, 0.0])
def test_a_power_law_is_found_whatever_came_before(k, exponent):
    """Exact; and behind a transient that is ten times larger in the beginning."""
    safe = np.maximum(k, 1)
    pure = 3 * safe**exponent
    measured = auto(k, pure)
    assert measured.kind == "power"
    assert [*measured] == pytest.approx([exponent] * 3, abs=1e-9)
    assert [*measured.drift] == pytest.approx([0.0] * 3, abs=1e-9)
    assert measured.window[1] == 100_000
    assert measured.window[0] == pytest.approx(1000, rel=0.1)
    measured = auto(k, pure * (1 + 10 * np.exp(-safe / 50)))
    assert measured.kind == "power"
    assert [*measured] == pytest.approx([exponent] * 3, abs=1e-3)


@pytest.mark.parametrize("factor", [0.25, 0.9, 0.999, 0.99985])
def test_an_exponential_is_found_with_its_factor(factor):
    """From a fast one, gone in thirty steps, to one that falls e^15 times in all."""
    for error, rel in ((factor**ALL, 1e-9), (factor**ALL * (1 + 3 * np.exp(-ALL / 5)), 0.03)):
        measured = auto(ALL, error)
        assert measured.kind == "linear"
        assert [*measured.factor] == pytest.approx([factor] * 3, rel=rel)
        assert rates.verdict(measured, None) == "✓ ="
    assert auto(ALL, factor**ALL).law.startswith(f"{factor:.4f}^k")
    sparse = np.unique(np.geomspace(1, 1e5, 300).astype(int))
    if factor > 0.5:
        assert [*auto(sparse, factor**sparse).factor] == pytest.approx([factor] * 3, rel=1e-6)


def test_an_exponential_that_ends_in_rounding():
    rng = np.random.default_rng(0)
    error = 0.8 ** ALL[:1000] + 1e-16 * abs(rng.normal(size=1000))
    assert auto(ALL[:1000], error).factor.value == pytest.approx(0.8, rel=1e-3)
    assert auto(ALL[:1000], np.maximum(0.8 ** ALL[:1000] - 1e-14, 0)).kind == "linear"


def test_an_exponential_that_ends_in_a_noise_ball_is_flat():
    """The last two decades are the ball; the fall before them is not what it ends as."""
    rng = np.random.default_rng(0)
    for floor in (1e-2, 1e-5, 1e-8):
        error = 0.9 ** ALL[:30_001, None] + floor * rng.exponential(size=(30_001, 50))
        measured = auto(ALL[:30_001], error)
        assert measured.kind == "power"
        assert abs(measured.value) < 0.05


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("one power after another", 1 / LOG + 1e-3 * LOG**-0.25),
        ("a power into a floor", 1 / LOG + 1e-4),
        ("a stretched exponential", np.exp(-(LOG**0.3))),
        ("a logarithm", 1 / np.log(LOG + 1.0) ** 4),
        ("an exponential seen too briefly", 0.99999**LOG),
        ("a rise and a fall", np.exp(-0.1 * np.log(LOG / 1e4) ** 2)),
        ("a cubic convergence", np.maximum(1e-3 ** (3.0 ** np.minimum(LOG, 200)), 0)),
        ("it diverges", 2.0 ** np.minimum(LOG, 1000)),
        ("nothing but zeros", 0.0 * LOG),
        ("nan from the start", np.nan * LOG),
    ],
)
def test_cannot_tell(name, error):
    measured = auto(LOG, error)
    assert (measured.kind, measured.law, measured.factor) == ("?", "?", None)
    for promise in (None, -1.0, -0.5):
        assert rates.verdict(measured, promise) == "?"


def test_cannot_tell_from_too_few_decades_points_or_seeds():
    rng = np.random.default_rng(0)
    assert auto(ALL[100:900], 1 / ALL[100:900]).kind == "?"
    assert auto(ALL[100:1100], 1 / ALL[100:1100]).kind == "power"
    assert auto(np.geomspace(1, 1e4, 6), np.geomspace(1, 1e-4, 6)).kind == "?"
    wild = (1 / LOG)[:, None] * np.exp(3 * rng.normal(size=(len(LOG), 4)))
    assert auto(LOG, wild).kind == "?"
    assert auto(LOG, (1 / LOG)[:, None] * np.exp(0.5 * rng.normal(size=(len(LOG), 200)))).kind == (
        "power"
    )


def test_no_contraction_is_told_where_one_seed_decides():
    """It bends from half the rate to one and a half; without it the others are straight."""
    k = np.arange(1, 81.0)
    bent = 1e6 * 0.7 ** np.interp(k, [0, 40, 60, 80], [0, 40, 50, 80])
    assert auto(k, np.stack([0.7**k] * 8, 1)).kind == "linear"
    assert auto(k, np.stack([*[0.7**k] * 7, bent], 1)).kind == "?"


def test_a_drift_that_is_only_noise_is_no_drift_and_a_real_one_is_seen():
    """Error of seeds correlated along k, as in a run. At most two of 80 power laws are doubted; of
    80 whose slope goes from −0.4 to −1.2 none is believed."""
    u = np.log(LOG)
    doubted = believed = 0
    for trial in range(80):
        rng = np.random.default_rng(trial)
        wave = np.cos(u[:, None] * rng.uniform(0.5, 3, 200) + rng.uniform(0, 7, 200))
        noise = np.exp(wave - 1) * rng.exponential(size=(len(LOG), 200))
        doubted += auto(LOG, LOG[:, None] ** -1.0 * noise, resamples=200).kind != "power"
        bent = np.exp(-0.4 * u - 0.087 * np.maximum(u - np.log(1e3), 0) ** 2)
        believed += auto(LOG, bent[:, None] * noise, resamples=200).kind == "power"
    assert doubted <= 2
    assert believed == 0


def test_the_curve_ends_where_a_run_diverges():
    error = np.where(LOG > 2e4, np.inf, 1 / LOG)
    assert auto(LOG, error).kind == "power"
    assert auto(LOG, error).window[1] <= 2e4


def test_a_run_may_start_at_the_minimum():
    """The error is zero at k = 0, and that is not where the curve ends."""
    error = np.where(ALL > 0, 1 / np.maximum(ALL, 1), 0.0)
    assert [*auto(ALL, error)] == pytest.approx([-1] * 3, abs=1e-9)
    assert auto(ALL, error).kind == "power"


def test_a_window_of_ones_own():
    error = np.where(LOG < 100, 1.0, 100 / LOG)
    assert [*rates.slope(LOG, error, (200, 1e4))] == pytest.approx([-1] * 3, abs=1e-9)
    assert [*rates.slope(LOG, error, (1, 90))] == pytest.approx([0] * 3, abs=1e-9)
    for window in ((200, 1e4), "all", "auto"):  # in whatever order the points come
        forward, back = (rates.slope(LOG[::s], error[::s], window) for s in (1, -1))
        assert (forward.window, forward.kind) == (back.window, back.kind)
        assert forward == pytest.approx(back)
        assert forward.drift == pytest.approx(back.drift)
    for window in ("tail", (1, 2, 3)):
        with pytest.raises(ValueError, match="window"):
            rates.slope(LOG, error, window)


def test_linear_convergence_with_noise_has_a_band():
    """Products of independent factors: E of the product is the power of E of the factor."""
    rng = np.random.default_rng(3)
    factors = rng.uniform(0.4, 0.6, size=(60, 4000))
    error = np.cumprod(factors, axis=0)
    measured = auto(np.arange(1, 61), error)
    assert measured.kind == "linear"
    assert measured.factor.low < 0.5 < measured.factor.high
    assert measured.factor.high - measured.factor.low < 0.01


# ---- The table and the verdict -------------------------------------------------------------------


def test_the_table_is_the_slides():
    """S3, and errata 2: what is bounded."""
    complexity = {"log": None, "ε": -1.0, "ε²": -0.5}
    slide = {
        ("PL", "GD"): "log", ("PL", "SGD"): "ε", ("convex", "GD"): "ε", ("convex", "SGD"): "ε²",
        ("nonconvex", "GD"): "ε", ("nonconvex", "SGD"): "ε²",
    }  # fmt: skip
    assert len(rates.table) == 6
    for (problem, method), epsilon in slide.items():
        claim = rates.table.claim(problem, method)
        assert claim.exponent == complexity[epsilon]
        assert ("log" in claim.complexity) == (epsilon == "log")
        assert ("^2" in claim.complexity) == (epsilon == "ε²")
        assert ("nabla" in claim.metric) == (problem == "nonconvex")
        assert (r"\mathbb{E}" in claim.metric) == (method == "SGD")
        assert claim.source


def test_the_table_is_a_table_in_markdown():
    """No bar inside a formula, or it would end a cell."""
    rows = rates.table._repr_markdown_().splitlines()
    assert len(rows) == 8
    assert {row.count("|") for row in rows} == {7}
    assert all(row.count("$") % 2 == 0 for row in rows)
    assert len(str(rates.table).splitlines()) == 7


@pytest.mark.parametrize(
    ("measured", "promised", "sign"),
    [
        (Slope(-1.0, -1.02, -0.98, "power"), -1.0, "✓ ="),
        (Slope(-0.97, -0.98, -0.96, "power"), -1.0, "✓ ="),  # within the tolerance
        (Slope(-1.03, -1.04, -1.02, "power"), -1.0, "✓ ="),
        (Slope(-0.8, -0.9, -0.7, "power"), -1.0, "✗"),
        (Slope(-0.8, -0.96, -0.64, "power"), -1.0, "✓ ="),  # the band covers it
        (Slope(-1.3, -1.4, -1.2, "power"), -1.0, "✓ <"),
        (Slope(-1.3, -1.4, -1.2, "power"), None, "✗"),
        (Slope(-9, -9, -9, "linear", factor=rates.Band(0.5, 0.5, 0.5)), -1.0, "✓ <"),
        (Slope(-9, -9, -9, "linear", factor=rates.Band(0.5, 0.5, 0.5)), None, "✓ ="),
        (Slope(-1, -1, -1), -1.0, "?"),
    ],
)
def test_verdict(measured, promised, sign):
    assert rates.verdict(measured, promised) == sign
    for claim in rates.table:
        if claim.exponent == promised:
            assert rates.verdict(measured, claim) == sign


# ---- What noise leaves ---------------------------------------------------------------------------


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
    xs = run(gd, noisy, problem.x_star + 0.1, steps=steps, alpha=alpha, keep=[steps])
    gap = problems.gap(problem, xs[0])
    exact = rates.noise_ball(problem, alpha, batch, replace)
    assert abs(gap.mean() - exact) < 4 * gap.std() / len(gap) ** 0.5
    assert gap.std() / len(gap) ** 0.5 < 0.05 * exact  # the test sees 20 %


TEN = least_squares(n=10)
BAD_BALLS = [
    ((TEN, 0.1, 20, False), "batch: expected 1..n = 10 without replacement; got 20"),
    ((TEN, 0.1, 0), "batch: expected an integer ≥ 1; got 0"),
    ((TEN, 0.0, 2), "alpha: expected 0 < alpha < inf; got 0.0"),
    ((TEN, "0.1", 2), "alpha: expected 0 < alpha < inf; got '0.1'"),
    ((TEN, 0.1, 2, "no"), "replace: expected True or False; got 'no'"),
    (
        (None, 0.1, 2),
        "problem: expected n, d, A, y, H, x_star, as problems have; got None"
        " without n, d, A, y, H, x_star",
    ),
    ((TEN, np.nan, 2), "alpha: expected 0 < alpha < inf; got nan"),
]


@pytest.mark.parametrize(("arguments", "text"), BAD_BALLS)
def test_no_noise_ball_where_there_is_no_batch(arguments, text):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        rates.noise_ball(*arguments)
    assert str(error.value) == text


def test_the_noise_ball_of_one_summand_is_nothing():
    assert rates.noise_ball(least_squares(n=1, d=1), 0.1, 1, replace=False) == 0


def test_the_noise_ball_for_small_steps_and_at_the_edge():
    problem = line_fit()
    residual = problem.A @ problem.x_star - problem.y
    trace = np.mean(residual**2 * (problem.A**2).sum(-1))
    first_order = 1e-4 * trace / (4 * 3)
    assert rates.noise_ball(problem, 1e-4, 3) == pytest.approx(first_order, rel=1e-3)
    assert rates.noise_ball(problem, 1e-4, 100, replace=False) == pytest.approx(0, abs=1e-18)
    assert rates.noise_ball(problem, 2.1 / problem.L, 2) == np.inf


@pytest.mark.parametrize("problem", [least_squares(n=50, d=3), logistic(n=50, d=2)])
def test_the_optimum_is_reached_by_newton(problem):
    """K (E f − f*) of Newton's method with α = 1/k, within 4 standard errors and O(1/√K)."""
    steps = 4000
    noisy = problem.minibatch(2, range(400))
    xs = run(newton, noisy, problem.x_star, steps=steps, alpha=lambda k: 1 / k, keep=[steps])
    error = steps * problems.gap(problem, xs[0])
    exact = rates.optimum(problem, batch=2)
    assert rates.optimum(problem) == pytest.approx(2 * exact)
    assert abs(error.mean() - exact) < 4 * error.std() / 20 + 0.03 * exact
    assert error.std() / 20 < 0.06 * exact  # the test sees a quarter
