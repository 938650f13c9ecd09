"""A gradient that is not of f, a constant that does not hold, a batch that is drawn unfairly.

What a problem says of itself (grad, L, μ, x*, f*) is measured from f and grad alone, for all makers
found in `course_lib.problems`. The mean over all batches is enumerated, not estimated; the streams
of indices go through χ² tests on fixed seeds; a fair stream fails each with probability 1e-6.
"""

import tracemalloc
from functools import partial
from itertools import combinations, product

import numpy as np
import pytest
import torch

from course_lib import (
    FiniteSum,
    Function,
    LeastSquares,
    Logistic,
    SparseLogistic,
    Tilted,
    cosine,
    datasets,
    gd,
    hill,
    himmelblau,
    huber,
    least_squares,
    line_fit,
    logistic,
    logistic_on,
    nets,
    noisy_quadratic,
    pl_sine,
    power,
    problems,
    quadratic,
    rmsprop,
    run,
    separable,
)
from course_lib.arrays import like
from course_lib.problems import Minibatch, finite_sums, parabola, sharpness
from course_lib.problems.digits import NoisyDigits
from course_lib.problems.functions import cliff
from course_lib.problems.online import LinearRounds, MovingParabola, drift
from course_lib.source import variant
from support.makers import FINITE_SUMS, MAKERS, VARIANTS

#: The makers at their defaults, and where their arguments change the mathematics.
PROBLEMS = {
    **{name: maker() for name, maker in MAKERS.items()},
    "quadratic, turned": quadratic(kappa=50.0, angle=0.6),
    "quadratic_form": problems.quadratic_form([[2.0, 0.5], [0.5, 1.0]]),
    "quadratic, in_units": problems.in_units(quadratic(50.0, 0.6), c=3.0, s=0.5),
    "least_squares, d = 5": least_squares(n=20, d=5, seed=3),
    "least_squares, n < d": least_squares(n=3, d=5, seed=3),
    "logistic, d = 5": logistic(n=30, d=5, lam=0.01, seed=3),
    "logistic, no λ": logistic(n=30, lam=0.0, seed=3),
    "pl_sine, no noise": pl_sine(n=5, sigma=0.0),
    "power, p = 2": power(p=2),
    "power, p = 6": power(p=6, sigma=0.0),
    "power, p = 20": power(p=20),
    "noisy_quadratic, d = 4, S = σ²H": noisy_quadratic(kappa=30.0, d=4, noise="H"),
    "huber, L = 3": huber(slope=2.0, L=3.0),
    "hill, s = 3": hill(s=3.0),
    "cliff, S = 30": cliff(30),
}
PROBLEM = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS.keys())


def known(what):
    """The problems that know `what`."""
    has = {n: p for n, p in PROBLEMS.items() if getattr(p, what) is not None}
    return pytest.mark.parametrize("problem", has.values(), ids=has.keys())


def points(problem, many=200, seed=1):
    """Random points (many, d) of the domain; where there is none, of a wide normal."""
    rng = np.random.default_rng(seed)
    if problem.domain is None:
        return 3 * rng.normal(size=(many, problem.d))
    low, high = np.array(problem.domain).T
    return rng.uniform(low, high, size=(many, problem.d))


def smooth(problem, x):
    """The points where ∇f has no kink near."""
    if problem.name not in ("huber", "cliff"):
        return x
    kink = abs(problem.grad(np.array([1e9]))) / (problem.L or 1)
    return x[(abs(abs(x[:, 0]) - kink) > 5e-3) & (abs(x[:, 0] + 10) > 5e-3)]


def slope(f, x, h=1e-3):
    """∇f at points (many, d) by central differences of order four."""
    columns = []
    for e in h * np.eye(x.shape[-1]):
        near, far = f(x + e) - f(x - e), f(x + 2 * e) - f(x - 2 * e)
        columns.append((8 * near - far) / (12 * h))
    return np.stack(columns, -1)


def hessian(problem, x):
    """∇²f at one point (d,), from differences of grad."""
    columns = [slope(lambda y, j=j: problem.grad(y)[..., j], x) for j in range(problem.d)]
    return (np.array(columns) + np.array(columns).T) / 2


def norm(x):
    return (x**2).sum(-1) ** 0.5


def test_what_is_discovered():
    assert {"quadratic", "rosenbrock", "least_squares", "pl_sine"} <= set(MAKERS)
    assert {"least_squares", "line_fit", "logistic", "pl_sine"} <= set(FINITE_SUMS)
    tilted = {"pl_sine", "power", "cosine", "noisy_quadratic"}
    assert tilted <= {name for name in FINITE_SUMS if isinstance(MAKERS[name](), Tilted)}


# ---- f and grad ----------------------------------------------------------------------------------


@PROBLEM
def test_grad_is_the_slope_of_f(problem):
    x = smooth(problem, points(problem))
    g = problem.grad(x)
    assert g.shape == x.shape
    assert problem.f(x).shape == x.shape[:-1]
    np.testing.assert_allclose(g, slope(problem.f, x), rtol=1e-8, atol=1e-8 * abs(g).max())


@pytest.mark.parametrize("name", PROBLEMS)
def test_hessian_is_the_slope_of_grad(name):
    problem = PROBLEMS[name]
    x = smooth(problem, points(problem, 60))[:50]
    H = np.broadcast_to(problem.hessian(x), (50, problem.d, problem.d))
    expected = np.stack(
        [slope(lambda y, j=j: problem.grad(y)[..., j], x) for j in range(problem.d)]
    )
    scale = abs(expected).max()
    np.testing.assert_allclose(H, np.moveaxis(expected, 0, 1), rtol=1e-8, atol=1e-8 * scale)
    many = np.broadcast_to(problem.hessian(x.reshape(2, 25, -1)), (2, 25, problem.d, problem.d))
    np.testing.assert_allclose(many.reshape(H.shape), H, rtol=1e-13)
    np.testing.assert_allclose(
        np.broadcast_to(problem.hessian(x[0]), H[0].shape), H[0], rtol=1e-13, atol=1e-13 * scale
    )


@PROBLEM
def test_any_leading_axes(problem):
    """(d,) gives a number, (2, 3, d) a (2, 3): the same numbers."""
    x = points(problem, 6)
    f, g = problem.f(x), problem.grad(x)
    assert np.shape(problem.f(x[0])) == ()
    for shape in ((6,), (2, 3), (1, 6, 1)):
        many = x.reshape(*shape, problem.d)
        np.testing.assert_allclose(problem.f(many), f.reshape(shape), rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(
            problem.grad(many), g.reshape(many.shape), rtol=1e-12, atol=1e-13
        )


@PROBLEM
def test_a_domain_is_a_frame(problem):
    if problem.domain is not None:
        frame = np.array(problem.domain)
        assert frame.shape == (problem.d, 2)
        assert (frame[:, 0] < frame[:, 1]).all()
        if problem.x_star is not None:  # in the picture, and not on its edge
            assert (frame[:, 0] < problem.x_star).all()
            assert (problem.x_star < frame[:, 1]).all()


@PROBLEM
def test_cost_counts_summands(problem):
    assert problem.cost == problem.n
    if hasattr(problem, "minibatch"):
        assert problem.minibatch(3).cost == 3
        assert problem.minibatch(3).n == problem.n


def test_pictures_do_not_hold_everything_at_once():
    """f on a million points × n summands is worked off in pieces."""
    x = np.zeros((300_000, 2))
    tracemalloc.start()
    least_squares(n=100).f(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120e6, f"{peak / 1e6:.0f} MB"


def test_pieces_are_put_together_rightly(monkeypatch):
    problem, x = logistic(n=7), points(logistic(n=7), 11)
    expected = [problem.f(one) for one in x]
    monkeypatch.setattr(finite_sums, "BLOCK", 21)  # three points at a time
    np.testing.assert_allclose(problem.f(x), expected, rtol=1e-14)
    assert problem.f(x[:0]).shape == (0,)


def test_data_are_converted_once_for_points_of_a_dtype(monkeypatch):
    """Every gradient asks for them."""
    asked = []
    monkeypatch.setattr(finite_sums, "like", lambda x, a: asked.append(x.dtype) or like(x, a))
    starts = np.ones(2), np.ones(2, np.float32), torch.ones(2)
    for problem in (least_squares(), least_squares()):
        for x0 in starts:
            run(gd, problem, x0, steps=3)
    assert asked == 2 * [x0.dtype for x0 in starts for _ in ("A", "y")]


# ---- Sharpness -----------------------------------------------------------------------------------


def bent(top):
    """½xᵀHx + Σ x⁴/12, λ_max(H) = top: negative too, and not the largest in size."""
    one = np.eye(7)
    H = np.random.default_rng(3).normal(size=(7, 7))
    H = (H + H.T) / 2
    H = H + (top - np.linalg.eigvalsh(H)[-1]) * one
    return Function(
        None, lambda x: x @ H + x**3 / 3, d=7, hessian=lambda x: H + one * x[..., None] ** 2
    )


def check_sharpness(measure):
    """Beside the dense Hessian: all products, some, beside a scale, runs together and alone."""
    rng = np.random.default_rng(4)
    for problem in (bent(5.0), bent(-2.0), PROBLEMS["least_squares, d = 5"]):
        x, scale = rng.normal(size=(2, 3, problem.d)), rng.uniform(0.1, 10, size=problem.d)
        for D in (np.ones(problem.d), scale):
            H = D[:, None] * (problem.hessian(x) + np.zeros((2, 3, 1, 1))) * D
            top = np.linalg.eigvalsh(H)[..., -1]
            found = measure(problem, x, D)
            assert found.shape == (2, 3)
            np.testing.assert_allclose(found, top, rtol=1e-6)
            np.testing.assert_allclose(measure(problem, x[1, 2], D), top[1, 2], rtol=1e-6)
            fewer = [measure(problem, x, D, steps=m) for m in (1, 2, 4)]
            assert (np.diff([*fewer, top], axis=0) > -1e-6 * abs(top)).all()


def test_sharpness_is_the_largest_eigenvalue_of_the_hessian():
    check_sharpness(sharpness)


WRONG_SHARPNESS = {
    "the largest in size": (
        "_top(V @ AV.swapaxes(-1, -2))",
        "_top((V @ AV.swapaxes(-1, -2)) @ V @ AV.swapaxes(-1, -2)) ** 0.5",
    ),
    "the smallest": ("_top(V", "-_top(-V"),
    "scale on one side": ("w = scale * (", "w = ("),
    "scale not on the direction": ("v = scale * V[..., j, :]", "v = V[..., j, :]"),
    "half the slope": ("/ (2 * h)", "/ (4 * h)"),
    "only one difference": ("problem.grad(x - h * v)) / (2 * h)", "problem.grad(x)) / h"),
    "one product fewer": ("range(m)", "range(m - 1)"),
    "not made orthogonal": ("V[..., :j, :], noise", "V[..., :0, :], noise"),
    "the same v again": ("_orthonormal(w,", "_orthonormal(noise[0] + 0 * x,"),
}


@pytest.mark.parametrize(("old", "new"), WRONG_SHARPNESS.values(), ids=WRONG_SHARPNESS)
def test_a_wrong_sharpness_is_caught(old, new):
    with pytest.raises(AssertionError):
        check_sharpness(variant(sharpness, (old, new)))


@pytest.mark.parametrize("kappa", [1, 100])
def test_sharpness_where_products_add_nothing_new(kappa):
    """On ½‖x‖², whose Hessian is 1, on a linear function; and where a run has diverged."""
    assert sharpness(quadratic(kappa), np.zeros(2)) == pytest.approx(1, rel=1e-6)
    assert sharpness(Function(None, np.ones_like, d=3), np.zeros(3)) == 0
    x = np.array([[1.0, np.inf], [np.nan, 0], [1, 1]])
    assert (np.isnan(sharpness(quadratic(kappa), x)) == [True, True, False]).all()


def test_sharpness_of_a_network_is_that_of_its_hessian():
    def squares(output, y):
        return ((output[..., 0] - y) ** 2).mean()

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    network = nets.Network(nets.mlp(3, 4, 1, activation=torch.nn.Tanh), X, y, squares)
    x = network.initial([0, 1])
    tops = [np.linalg.eigvalsh(hessian(network, one))[-1] for one in x.astype(float)]
    np.testing.assert_allclose(sharpness(network, x), tops, rtol=1e-5)  # 20 products, d = 21


# ---- L, μ, x*, f* --------------------------------------------------------------------------------


@known("L")
def test_L_is_never_exceeded(problem):
    x = points(problem, 2000)
    for distance in (1.0, 1e-3):
        y = x + distance * points(problem, 2000, seed=2)
        ratio = norm(problem.grad(x) - problem.grad(y)) / norm(x - y)
        assert ratio.max() <= problem.L * (1 + 1e-9)


@known("L")
def test_L_is_attained(problem):
    """It is the largest curvature, not just a bound: ours have it at 0, `power` on a circle."""
    x = np.zeros(problem.d)
    if problem.name == "power":
        t = np.linspace(0, 2, 200_001)[:, None]
        x = t[problem.hessian(t).argmax()]
    top = abs(np.linalg.eigvalsh(hessian(problem, x))).max()
    np.testing.assert_allclose(problem.L, top, rtol=1e-8)


@known("mu")
def test_mu_is_a_PL_constant(problem):
    """½‖∇f‖² ≥ μ (f − f*) near x*, in the domain and far from it."""
    for scale in (1e-3, 0.1, 1.0, 10.0):
        x = problem.x_star + scale * (points(problem, 5000) - problem.x_star)
        decrease = (problem.grad(x) ** 2).sum(-1) / 2
        assert (decrease >= problem.mu * (problem.f(x) - problem.f_star) * (1 - 1e-9) - 1e-15).all()


@pytest.mark.parametrize(
    "name", ["quadratic", "quadratic, turned", "least_squares", "least_squares, n < d", "line_fit"]
)
def test_mu_of_a_quadratic_is_attained(name):
    """At x* plus the flattest direction in which f grows at all."""
    problem = PROBLEMS[name]
    values, vectors = np.linalg.eigh(hessian(problem, problem.x_star))
    first = np.flatnonzero(values > 1e-7 * values[-1])[0]
    np.testing.assert_allclose(problem.mu, values[first], rtol=1e-6)
    x = problem.x_star + vectors[:, first]
    decrease = (problem.grad(x) ** 2).sum() / 2
    np.testing.assert_allclose(decrease, problem.mu * (problem.f(x) - problem.f_star), rtol=1e-6)


@pytest.mark.stored
def test_mu_of_pl_sine_is_attained_where_its_docstring_says():
    problem = pl_sine(n=2)
    x = np.linspace(0.01, 30, 300_000)[:, None]
    ratio = (problem.grad(x) ** 2).sum(-1) / 2 / (problem.f(x) - problem.f_star)
    np.testing.assert_allclose(problem.mu, ratio.min(), rtol=1e-6)
    np.testing.assert_allclose(problem.mu, 0.1755, atol=1e-4)
    np.testing.assert_allclose(x[ratio.argmin()], 2.2, atol=0.1)


def test_pl_sine_is_not_convex():
    problem = pl_sine()
    assert hessian(problem, np.array([np.pi / 2]))[0, 0] < -3


@known("x_star")
def test_x_star_is_a_minimum(problem):
    g = problem.grad(problem.x_star)
    scale = abs(problem.grad(points(problem))).max()
    assert norm(g) <= 1e-13 * scale
    assert problem.x_star.shape == (problem.d,)
    np.testing.assert_allclose(problem.f(problem.x_star), problem.f_star, rtol=1e-13, atol=1e-15)
    for scale in (1e-4, 0.01, 1.0, 10.0):
        x = problem.x_star + scale * (points(problem, 5000) - problem.x_star)
        assert problem.f(x).min() >= problem.f_star - 1e-14 * abs(problem.f_star)


def test_x_star_of_logistic_is_exact():
    """∇f is zero to rounding even where λ is small and Newton's full step is too long."""
    for lam in (1.0, 1e-2, 1e-6):
        problem = logistic(n=60, d=3, lam=lam, seed=5)
        assert norm(problem.grad(problem.x_star)) < 1e-14


def test_logistic_without_lam_knows_no_minimum():
    problem = logistic(lam=0.0)
    assert (problem.mu, problem.x_star, problem.f_star) == (None, None, None)
    assert problem.L > 0


def test_all_minima_of_himmelblau():
    x = np.array([(3, 2), (-2.805118, 3.131312), (-3.77931, -3.283186), (3.584428, -1.848126)])
    assert (himmelblau().f(x) < 1e-9).all()


def test_x_star_of_least_squares_has_the_smallest_norm():
    problem = PROBLEMS["least_squares, n < d"]
    null = np.eye(5) - np.linalg.pinv(problem.A) @ problem.A
    assert norm(null @ problem.x_star) < 1e-12
    np.testing.assert_allclose(problem.f_star, 0, atol=1e-28)


@pytest.mark.parametrize("name", ["least_squares", "line_fit", "logistic", "logistic, d = 5"])
def test_L_max_bounds_every_summand(name):
    problem = PROBLEMS[name]
    x, y = points(problem), points(problem, seed=2)
    ratios = [
        norm(problem.grad_batch(x, i) - problem.grad_batch(y, i)) / norm(x - y)
        for i in np.arange(problem.n)[:, None, None]
    ]
    assert 0.1 * problem.L_max < np.max(ratios) <= problem.L_max * (1 + 1e-9)


def test_gap_of_least_squares():
    """f − f* as a difference far from x*, and without its cancellation near x*."""
    problem = least_squares()
    x = points(problem)
    np.testing.assert_allclose(problem.gap(x), problem.f(x) - problem.f_star, rtol=1e-12)
    far = problem.gap(problem.x_star + np.array([1.0, -2.0]))
    near = problem.gap(problem.x_star + 2.0**-25 * np.array([1.0, -2.0]))
    np.testing.assert_allclose(near, far * 2.0**-50, rtol=1e-6)  # about 1e-15


@PROBLEM
def test_gap_of_anything(problem):
    x = points(problem)
    expected = problem.f(x) - (problem.f_star or 0)
    np.testing.assert_allclose(problems.gap(problem, x), expected, rtol=1e-10, atol=1e-13)
    lost = np.array([[np.inf] * problem.d, [np.nan] * problem.d])
    assert (problems.gap(problem, lost[problem.name == "hill" :]) == np.inf).all()  # 0 lies at ∞
    assert isinstance(problems.gap(problem, torch.tensor(x)), np.ndarray)
    if problem.x_star is not None:
        nearly = problem.x_star + 1e-9 * points(problem)
        assert (problems.gap(problem, nearly) >= 0).all()


def test_evaluations():
    k, problem = [0, 1, 10], least_squares(n=50).minibatch(5)
    assert problems.evaluations(problem, k, "k").tolist() == [0, 1, 10]
    assert problems.evaluations(problem, k).tolist() == [0, 5, 50]
    assert problems.evaluations(problem, k, "epochs").tolist() == [0, 0.1, 1]
    assert problems.evaluations(problem.problem, k).tolist() == [0, 50, 500]


# ---- Makers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FINITE_SUMS)
def test_makers_follow_the_seed_and_nothing_else(name):
    x = points(MAKERS[name]())
    np.random.seed(0)  # noqa: NPY002 - the global state, which nobody may read or change
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    first = MAKERS[name](seed=4)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    i = np.array([[0], [1]])
    g = first.grad_batch(x, i)
    assert (MAKERS[name](seed=4).grad_batch(x, i) == g).all()
    assert (MAKERS[name](seed=5).grad_batch(x, i) != g).any()


def test_a_flat_direction_is_no_negative_curvature():
    """But for rounding its eigenvalue is 0; of a hundred some come out below."""
    v = np.random.default_rng(0).normal(size=(100, 5))
    H = v[:, :, None] * v[:, None]
    assert np.linalg.eigvalsh(H).min() < 0
    assert problems.quadratic_form(H).mu == pytest.approx(0, abs=1e-12)


def test_least_squares_is_what_its_docstring_says():
    problem = least_squares(n=200_000, d=3, seed=1)
    np.testing.assert_allclose(problem.H, np.diag([1, 1 / 2, 1 / 3]), atol=0.01)
    np.testing.assert_allclose(problem.x_star, 1, atol=0.02)
    np.testing.assert_allclose(2 * problem.f_star, 1, atol=0.02)


def test_line_fit_is_what_its_docstring_says():
    problem = line_fit(n=200_000, seed=1)
    np.testing.assert_allclose(problem.H, np.diag([1 / 12, 1]), atol=0.005)
    np.testing.assert_allclose(problem.x_star, [3, 4], atol=0.01)
    np.testing.assert_allclose(2 * problem.f_star, 0.2**2, rtol=0.02)


def test_logistic_is_what_its_docstring_says():
    problem = logistic(n=200_000, lam=1e-9, seed=1)
    np.testing.assert_allclose(problem.x_star, 1, atol=0.03)
    assert set(problem.y) == {-1, 1}


def test_pl_sine_is_what_its_docstring_says():
    problem, x = pl_sine(n=50, sigma=3.0), np.array([0.7])
    slopes = [problem.grad_batch(x, np.array([i])) - problem.grad(x) for i in range(50)]
    np.testing.assert_allclose(np.mean(slopes), 0, atol=1e-14)
    np.testing.assert_allclose(np.mean(np.square(slopes)), 9, rtol=1e-12)
    np.testing.assert_allclose(problem.f(x), x**2 + 3 * np.sin(x) ** 2, rtol=1e-13)


@pytest.mark.parametrize("maker", [pl_sine, power, cosine])
def test_a_tilt_is_the_noise_and_its_variance_is_exact(maker):
    problem, x = maker(n=30, sigma=3.0), np.array([0.7])
    noise = [problem.grad_batch(x, np.array([i])) - problem.grad(x) for i in range(30)]
    np.testing.assert_allclose(np.mean(noise), 0, atol=1e-14)
    np.testing.assert_allclose(np.mean(np.square(noise)), 9, rtol=1e-12)
    np.testing.assert_allclose(np.ravel(noise), np.ravel(problem.s), atol=1e-12)


def test_a_tilt_is_centred():
    """Slopes that do not sum to zero would move the minimum."""
    plain = cosine(n=4)
    problem = Tilted(plain.f, plain.grad, plain.hessian, [[1.0], [2.0], [6.0], [3.0]])
    np.testing.assert_allclose(problem.s.ravel(), [-2, -1, 3, 0])
    x = np.array([0.4])
    g = np.mean([problem.grad_batch(x, np.array([i])) for i in range(4)], axis=0)
    np.testing.assert_allclose(g, problem.grad(x), rtol=1e-14)


@pytest.mark.parametrize("noise", ["I", "H"])
def test_noisy_quadratic_is_what_its_docstring_says(noise):
    problem = noisy_quadratic(kappa=100.0, d=3, sigma=2.0, noise=noise)
    np.testing.assert_allclose(problem.hessian(np.zeros(3)), np.diag([0.01, 0.1, 1]), rtol=1e-12)
    g = np.array([problem.grad_batch(np.zeros(3), np.array([i])) for i in range(problem.n)])
    np.testing.assert_allclose(g.mean(0), 0, atol=1e-13)
    S = 4 * (np.eye(3) if noise == "I" else problem.hessian(np.zeros(3)))
    np.testing.assert_allclose(g.T @ g / problem.n, S, atol=1e-12)


@pytest.mark.parametrize("noise", ["I", "H"])
def test_many_noisy_quadratics_are_the_stack_of_one(noise):
    """κ of each run, against the seeds."""
    kappas = np.array([[1.0], [10.0], [500.0]])
    many = noisy_quadratic(kappas, d=3, noise=noise)
    x0 = np.array([1.0, -2.0, 0.5])
    together = run(gd, many.minibatch(2, [4, 5]), np.tile(x0, (3, 2, 1)), steps=50, alpha=0.5)
    for j, kappa in enumerate(kappas[:, 0]):
        alone = noisy_quadratic(kappa, d=3, noise=noise)
        xs = run(gd, alone.minibatch(2, [4, 5]), x0, steps=50, alpha=0.5)
        np.testing.assert_allclose(together[:, j], xs, rtol=1e-12)
        np.testing.assert_allclose(many.f(together)[:, j], alone.f(xs), rtol=1e-12)
        np.testing.assert_allclose(many.mu[j], alone.mu)


def test_power_is_flat_at_0_and_a_ramp_far_away():
    for p in (2.5, 4, 10, 100):
        problem, x = power(p=p, sigma=0.0), np.array([[1e-3], [0.05], [0.3]])
        np.testing.assert_allclose(problem.f(x), x[:, 0] ** p / p, rtol=0.1, atol=1e-200)
        np.testing.assert_allclose(problem.f(x[1]), 0.05**p / p, rtol=0.05**p + 1e-12)
        far = np.array([[-1e8], [1e200]])
        np.testing.assert_allclose(problem.f(far), abs(far[:, 0]), rtol=1e-7)
        np.testing.assert_allclose(problem.grad(far), np.sign(far))


def test_cosine_has_minima_that_are_no_saddles_of_pl():
    """At π the gradient is 0 and f is not f*: no μ > 0."""
    x = np.array([np.pi])
    assert abs(cosine().grad(x)) < 1e-15
    assert cosine().f(x) == pytest.approx(2)
    assert cosine().mu is None


def test_separable_has_no_minimum_but_an_infimum():
    for margin in (0.05, 0.5):
        problem = separable(margin=margin, seed=3)
        u = np.ones(2) / 2**0.5
        assert (problem.y * (problem.A @ u)).min() >= margin
        f = problem.f(10.0 ** np.arange(4)[:, None] * u / margin)
        assert (np.diff(f) < 0).all()
        assert 0 <= f[-1] < 1e-40
        assert (problem.f_star, problem.x_star) == (0.0, None)


@pytest.mark.parametrize("make", [parabola, partial(huber, L=2.0)])
def test_one_function_for_each_run(make):
    each = np.array([0.1, 1.0, 5.0])
    x = np.linspace(-3, 3, 31)[:, None, None] + np.zeros((3, 1))
    many = make(each)
    for j, one in enumerate(each):
        for what in ("f", "grad", "hessian"):
            alone = getattr(make(one), what)(x[:, j])
            assert (getattr(many, what)(x)[:, j] == alone).all()


def test_huber_is_what_its_docstring_says():
    np.testing.assert_allclose(huber(0.1).f(np.array([2.0])), 0.1 * 2 - 0.1**2 / 2)
    np.testing.assert_allclose(huber(0.1).f(np.array([0.05])), 0.05**2 / 2)


def test_ravines_are_what_their_docstring_says():
    seeds, kappa = range(5), 40.0
    for rotated in (False, True):
        problem, x0 = problems.ravines(kappa, seeds, rotated, d=6)
        curvatures = np.linalg.eigvalsh(problem.hessian(x0))
        np.testing.assert_allclose(curvatures, np.geomspace(1 / kappa, 1, 6) * np.ones((5, 1)))
        np.testing.assert_allclose(np.linalg.norm(x0, axis=-1), 1)
    straight, x0 = problems.ravines(kappa, seeds, d=6)
    for method, same in ((gd, True), (rmsprop, False)):  # the start is rotated with the ravine
        f = [
            one.f(run(method, one, start, steps=20))
            for one, start in ((straight, x0), problems.ravines(kappa, seeds, True, d=6))
        ]
        assert np.allclose(*f, rtol=1e-9) == same


def test_a_moving_parabola_moves():
    c, s = np.array([0.0, 1.0, -1.0]), np.array([1.0, 2.0, 3.0])
    still, x = MovingParabola(c, s, [4, 5], sigma=0), np.full((2, 1), 0.5)
    slopes = [still.grad(x) for _ in range(3)]
    np.testing.assert_allclose(np.array(slopes)[:, 0, 0], s * (0.5 - c))
    xs = run(gd, still, np.zeros((2, 1)), steps=2, alpha=0.1)
    np.testing.assert_allclose(xs[:, 1, 0], [0, 0, 0.2])  # a run starts anew
    np.testing.assert_allclose(still.lag(xs)[:, 1], xs[:, 1, 0] - c)
    assert (still.lag(np.full((1, 2, 1), np.nan)) == 1e9).all()
    noise = MovingParabola(np.zeros(4000), np.ones(4000), [4, 5], sigma=0.5)
    g = np.array([noise.grad(0 * x) for _ in range(4000)])[..., 0]
    assert abs(g.std(0) - 0.5).max() < 0.05
    assert abs(np.corrcoef(g.T)[0, 1]) < 0.1
    assert (noise.fresh().grad(0 * x)[:, 0] == g[0]).all()


def test_other_units_are_those_that_the_docstring_says():
    problem, y = quadratic(kappa=50.0, angle=0.6), np.array([[1.0, -2.0], [0.3, 0.0]])
    other = problems.in_units(problem, c=4.0, s=0.5)
    assert (other.f(y) == 4 * problem.f(y / 2)).all()
    assert problems.in_units(problems.Function(None, None)).hessian is None


def test_quadratic_has_the_angle_of_its_long_axis():
    kappa, angle = 50.0, 0.6
    long = np.array([np.cos(angle), np.sin(angle)])
    short = np.array([-np.sin(angle), np.cos(angle)])
    problem = quadratic(kappa, angle)
    np.testing.assert_allclose(problem.grad(long), long / kappa, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(problem.grad(short), short, rtol=1e-12)


@pytest.mark.parametrize("name", ["breast_cancer", "digits_odd_even"])
def test_logistic_on_real_data(name):
    problem = logistic_on(name)
    assert problem.lam == 1 / problem.n
    assert norm(problem.grad(problem.x_star)) < 1e-12
    assert 0 < problem.f_star < problem.f(np.zeros(problem.d)) == pytest.approx(np.log(2))
    x = np.random.default_rng(0).normal(size=(3, problem.d))
    g = problem.grad(x)
    np.testing.assert_allclose(g, slope(problem.f, x), rtol=1e-7, atol=1e-8 * abs(g).max())


def test_noisy_digits_are_logistic_regressions_each_on_its_own_pictures():
    A, y = datasets.binary("digits_odd_even")
    seeds, x = [3, 8], np.random.default_rng(0).normal(size=(2, 4, A.shape[1]))
    digits = NoisyDigits(seeds, n=30, flip=0.5)
    for j in range(2):
        parts = [part[j] for part in (digits.train, digits.valid, digits.test)]
        assert sorted(np.concatenate(parts)) == list(range(len(y)))
        alone = Logistic(A[parts[0]], digits.labels[j])
        np.testing.assert_allclose(digits.f(x)[j], alone.f(x[j]))
        np.testing.assert_allclose(digits.grad(x)[j], alone.grad(x[j]))
        few = digits.grad_batch(x, np.array([[4, 9], [0, 7]])[:, :, None])[j]
        batch = np.array([[4, 0], [9, 7]])[j][:, None].repeat(4, axis=1)
        np.testing.assert_allclose(few, alone.grad_batch(x[j], batch))
        true = Logistic(A[parts[2]], y[parts[2]])
        np.testing.assert_allclose(digits.loss(x, digits.test)[j], true.f(x[j]))
        np.testing.assert_array_equal(NoisyDigits([seeds[j]], n=30, flip=0.5).train[0], parts[0])


@pytest.mark.parametrize(("flip", "wrong"), [(0, (0, 0)), (0.2, (0.17, 0.23)), (1, (1, 1))])
def test_so_many_labels_of_noisy_digits_are_wrong(flip, wrong):
    digits = NoisyDigits(range(20), flip=flip)
    share = (digits.labels != digits.y[digits.train]).mean()
    assert wrong[0] <= share <= wrong[1]


def test_noisy_digits_count_a_diverged_run_as_infinite():
    digits = NoisyDigits(range(2))
    assert (digits.loss(np.full((2, 3, 65), np.nan), digits.valid) == np.inf).all()


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 1197}, {"flip": 1.5}, {"flip": -0.1}])
def test_noisy_digits_that_are_none_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NoisyDigits([0], **wrong)


# ---- Batches -------------------------------------------------------------------------------------

SMALL = {
    "least_squares": least_squares(n=6, d=3, seed=2),
    "logistic": logistic(n=6, d=3, seed=2),
    "pl_sine": pl_sine(n=6, seed=2),
    "power": power(n=6, seed=2),
    "noisy_quadratic": noisy_quadratic(n=6, d=3, noise="H", seed=2),
}
SMALL_PROBLEM = pytest.mark.parametrize("problem", SMALL.values(), ids=SMALL.keys())


@SMALL_PROBLEM
@pytest.mark.parametrize("batch", [1, 2, 3, 6])
def test_mean_over_all_batches_is_the_gradient(problem, batch):
    """Enumerated: n^b tuples with replacement, all subsets without; the variances are exact too."""
    x, n = points(problem, 1)[0], problem.n
    full = problem.grad(x)
    summands = np.array([problem.grad_batch(x, np.array([i])) for i in range(n)])
    np.testing.assert_allclose(summands.mean(0), full, rtol=1e-12, atol=1e-14)
    sigma2 = ((summands - full) ** 2).sum(-1).mean()
    families = {1: combinations(range(n), batch)}
    if batch <= 3:
        families[0] = product(range(n), repeat=batch)
    for without, family in families.items():
        i = np.array(list(family)).T
        g = problem.grad_batch(np.tile(x, (i.shape[1], 1)), i)
        np.testing.assert_allclose(g.mean(0), full, rtol=1e-12, atol=1e-14)
        variance = ((g - full) ** 2).sum(-1).mean()
        factor = (n - batch) / (n - 1) if without else 1
        np.testing.assert_allclose(variance, factor * sigma2 / batch, rtol=1e-10, atol=1e-25)


@SMALL_PROBLEM
def test_grad_batch_is_the_slope_of_f_batch(problem):
    x, rng = points(problem, 40), np.random.default_rng(0)
    i = rng.integers(problem.n, size=(2, 40))
    g = problem.grad_batch(x, i)
    assert problem.f_batch(x, i).shape == (40,)
    expected = slope(lambda y: problem.f_batch(y, i), x)
    np.testing.assert_allclose(g, expected, rtol=1e-8, atol=1e-8)


@SMALL_PROBLEM
def test_batch_of_everything_is_the_problem(problem):
    x, i = points(problem, 5), np.arange(problem.n)[:, None]
    np.testing.assert_allclose(problem.f_batch(x, i), problem.f(x), rtol=1e-13)
    np.testing.assert_allclose(problem.grad_batch(x, i), problem.grad(x), rtol=1e-12, atol=1e-14)


@SMALL_PROBLEM
def test_each_run_has_its_own_batch(problem):
    """Runs in two axes, indices in two axes: as one by one."""
    x = points(problem, 6).reshape(2, 3, -1)
    i = np.random.default_rng(0).integers(problem.n, size=(4, 2, 3))
    f, g = problem.f_batch(x, i), problem.grad_batch(x, i)
    for r, s in product(range(2), range(3)):
        np.testing.assert_allclose(f[r, s], problem.f_batch(x[r, s], i[:, r, s]), rtol=1e-13)
        one = problem.grad_batch(x[r, s], i[:, r, s])
        np.testing.assert_allclose(g[r, s], one, rtol=1e-12, atol=1e-14)


def test_user_given_loss_is_a_problem_like_any_other():
    """The loss of least squares written by hand: same values, same minibatches, same path."""
    ready = least_squares(n=8, d=3, seed=1)
    A, b = ready.A, ready.y

    def residual(x, i):
        return (A[i] * x).sum(-1) - b[i]

    ours = FiniteSum(
        lambda x, i: residual(x, i) ** 2 / 2,
        lambda x, i: residual(x, i)[..., None] * A[i],
        n=8, d=3, L=ready.L, x_star=ready.x_star, f_star=ready.f_star,
    )  # fmt: skip
    x = points(ready).reshape(10, 20, 3)
    np.testing.assert_allclose(ours.f(x), ready.f(x), rtol=1e-12)
    np.testing.assert_allclose(ours.grad(x), ready.grad(x), rtol=1e-11, atol=1e-13)
    assert (ours.L, ours.mu, ours.cost) == (ready.L, None, 8)
    for kind in ("with", "without", "deck"):
        paths = [
            run(gd, VARIANTS[kind](p, [1, 2]), x[0, 0], steps=30, alpha=0.1) for p in (ours, ready)
        ]
        np.testing.assert_allclose(*paths, rtol=1e-11)


# ---- The streams ---------------------------------------------------------------------------------


def quantile(df):
    """Of χ² with `df` degrees of freedom, at 1 − 1e-6 (Wilson, Hilferty 1931)."""
    return df * (1 - 2 / (9 * df) + 4.7534 * (2 / (9 * df)) ** 0.5) ** 3


def assert_uniform(cells, many):
    """Each of the `many` cells 0..many−1 equally often, as far as chance allows."""
    counts = np.bincount(np.ravel(cells), minlength=many)
    assert len(counts) == many
    expected = counts.sum() / many
    assert expected >= 20, "too few draws for a χ² test"
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert chi2 < quantile(many - 1)


def stream(kind, n=6, batch=3, seed=0, steps=6000):
    """(steps, batch, *runs): the indices that a run sees."""
    problem = least_squares(n=n)
    ways = {
        "with": lambda: problem.minibatch(batch, seed),
        "without": lambda: problem.minibatch(batch, seed, replace=False),
        "deck": lambda: problem.reshuffle(batch, seed),
    }
    return ways[kind]().batches(steps)


KIND = pytest.mark.parametrize("kind", ["with", "without", "deck"])


def test_quantile():
    for df, expected in ((5, 35.888), (35, 89.947), (100, 182.127)):  # SciPy
        np.testing.assert_allclose(quantile(df), expected, rtol=0.05)


@KIND
def test_indices_are_uniform_in_every_place(kind):
    i = stream(kind)
    assert i.shape == (6000, 3)
    assert (i.min(), i.max()) == (0, 5)
    for place in range(3):
        assert_uniform(i[:, place], 6)


def test_with_replacement_all_is_independent():
    """Pairs inside a batch, and across batches."""
    i = stream("with")
    assert_uniform(6 * i[:, 0] + i[:, 1], 36)
    assert_uniform(6 * i[:, 1] + i[:, 2], 36)
    assert_uniform(6 * i[:-1, 2] + i[1:, 0], 36)


def pair_of_distinct(a, b, n):
    """Number the n (n − 1) ordered pairs a ≠ b."""
    assert (a != b).all()
    return (n - 1) * a + b - (b > a)


def test_without_replacement_pairs_are_uniform_and_batches_independent():
    i = stream("without")
    for a, b in combinations(range(3), 2):
        assert_uniform(pair_of_distinct(i[:, a], i[:, b], 6), 30)
    assert_uniform(6 * i[:-1, 2] + i[1:, 0], 36)
    assert_uniform(6 * i[:-1, 0] + i[1:, 0], 36)


def test_without_replacement_can_take_all():
    assert (np.sort(stream("without", batch=6), axis=1) == np.arange(6)).all()


@pytest.mark.parametrize(("n", "batch"), [(6, 3), (6, 1), (6, 6), (100, 10)])
def test_deck_deals_every_summand_once_an_epoch(n, batch):
    i = stream("deck", n, batch, steps=50 * n // batch)
    epochs = np.sort(i.reshape(50, n), axis=1)
    assert (epochs == np.arange(n)).all()


def test_deck_is_shuffled_anew_and_fairly():
    epochs = stream("deck", steps=12000).reshape(-1, 6)
    for a, b in ((0, 1), (2, 3), (0, 5)):
        assert_uniform(pair_of_distinct(epochs[:, a], epochs[:, b], 6), 30)
    assert_uniform(6 * epochs[:-1, 5] + epochs[1:, 0], 36)


def test_deck_leaves_an_incomplete_batch_undealt():
    """n = 7 in batches of 3: six distinct summands an epoch, the seventh not carried over."""
    epochs = stream("deck", n=7, steps=4000).reshape(-1, 6)
    assert (np.diff(np.sort(epochs, axis=1), axis=1) > 0).all()
    for place in range(6):
        assert_uniform(epochs[:, place], 7)


@KIND
def test_runs_are_independent(kind):
    i = stream(kind, seed=[11, 12], steps=3000)
    assert i.shape == (3000, 3, 2)
    assert_uniform(6 * i[:, :, 0] + i[:, :, 1], 36)


@KIND
@pytest.mark.parametrize("batch", [1, 3, 70])
def test_stream_belongs_to_seed_and_batch_alone(kind, batch):
    """Not to the number of steps, nor to the other runs; far beyond what is drawn at a time."""
    i = stream(kind, 100, batch, [[5, 6], [7, 5]], steps=2500)
    assert i.shape == (2500, batch, 2, 2)
    assert (i[:600] == stream(kind, 100, batch, [[5, 6], [7, 5]], steps=600)).all()
    assert (i[..., 0, 1] == stream(kind, 100, batch, 6, steps=2500)).all()
    assert (i[..., 0, 0] == i[..., 1, 1]).all()


@KIND
def test_many_summands(kind):
    """Beyond 65536 the indices need more than two bytes."""
    i = stream(kind, 70_000, 4, steps=1000)
    assert i.max() > 2**16
    assert_uniform(i // 700, 100)


def test_batch_larger_than_the_sum_with_replacement():
    assert stream("with", n=3, batch=5, steps=100).shape == (100, 5)


def test_seeds_may_be_as_large_as_those_of_numpy():
    """SeedSequence().entropy has 128 bits."""
    large = [2**63, 2**64 + 5, 2**127]
    together = least_squares().minibatch(2, [1, *large]).batches(4)
    alone = [least_squares().minibatch(2, s).batches(4) for s in [1, *large]]
    np.testing.assert_array_equal(together, np.stack(alone, -1))
    assert (alone[1] != alone[2]).any()
    assert (least_squares(seed=2**70).A != least_squares().A).any()


def test_fresh_is_the_beginning():
    problem = least_squares().minibatch(2, seed=3)
    x = np.ones(2)
    first = [problem.grad(x) for _ in range(3)]
    assert (first[0] != first[1]).any()
    again = problem.fresh()
    assert (np.array([again.grad(x) for _ in range(3)]) == first).all()


@KIND
def test_drawing_is_not_a_matter_of_memory(kind):
    """Fifty runs over two thousand summands, in batches of two."""
    tracemalloc.start()
    stream(kind, n=2000, batch=2, seed=range(50), steps=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6, f"{peak / 1e6:.0f} MB"


def test_minibatch_knows_what_its_sum_knows():
    problem = least_squares()
    mini = problem.minibatch(2, seed=[1, 2])
    assert (mini.L, mini.mu, mini.f_star, mini.domain) == (
        problem.L, problem.mu, problem.f_star, problem.domain,
    )  # fmt: skip
    x = points(problem)
    assert (mini.f(x) == problem.f(x)).all()
    assert (mini.gap(x) == problem.gap(x)).all()
    assert "B = 2" in repr(mini)
    assert "seed [1, 2]" in repr(mini)
    with pytest.raises(AttributeError):
        _ = mini.nonsense


# ---- Bad input: what was wrong, what came, what is allowed ---------------------------------------

A, B = [[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0]


class Sparse:
    """A matrix as scipy.sparse has it: numbers inside, and NumPy sees one object."""

    def __repr__(self):
        return "<2 × 2 sparse>"


LS = least_squares(n=10)
AT_LEAST_1 = "expected an integer ≥ 1; got"
AT_MOST = "expected an integer ≤ 134217728"
MUCH = "expected at most 134217728 numbers in an array"
#: Tensors without their numbers.
HIDDEN = torch.ones(2).to_sparse(), torch.ones(2, device="meta")
SHAPES = "A, y: expected shapes (n, d) and (n,); got"
BAD = {
    "batch 0": (lambda: LS.minibatch(0), f"batch: {AT_LEAST_1} 0"),
    "batch -2": (lambda: LS.minibatch(-2), f"batch: {AT_LEAST_1} -2"),
    "batch 2.5": (lambda: LS.minibatch(2.5), f"batch: {AT_LEAST_1} 2.5"),
    "batch True": (lambda: LS.minibatch(True), f"batch: {AT_LEAST_1} True"),
    "batch text": (lambda: LS.minibatch("2b"), f"batch: {AT_LEAST_1} '2b'"),
    "batch None": (lambda: LS.minibatch(None), f"batch: {AT_LEAST_1} None"),
    "batch nan": (lambda: LS.minibatch(np.nan), f"batch: {AT_LEAST_1} nan"),
    "batch inf": (lambda: LS.minibatch(np.inf), f"batch: {AT_LEAST_1} inf"),
    "batch list": (lambda: LS.minibatch([2]), f"batch: {AT_LEAST_1} [2]"),
    "batch > n": (lambda: LS.minibatch(11, replace=False), "batch: expected 1..n = 10 "),
    "deck > n": (lambda: LS.reshuffle(11), "batch: expected 1..n = 10 "),
    "seed -1": (lambda: LS.minibatch(2, -1), "seed: expected integers ≥ 0; got -1"),
    "seed 0.5": (lambda: LS.minibatch(2, 0.5), "seed: expected integers ≥ 0; got 0.5"),
    "seed None": (lambda: LS.minibatch(2, None), "seed: expected integers ≥ 0; got None"),
    "seeds": (lambda: LS.reshuffle(2, [1, -1]), "seed: expected integers ≥ 0; got [1, -1]"),
    "A flat": (lambda: LeastSquares([1.0, 2.0], B), f"{SHAPES} (2,) and (2,)"),
    "b long": (lambda: LeastSquares(A, [1.0] * 3), f"{SHAPES} (2, 2) and (3,)"),
    "lam -1": (lambda: Logistic(A, B, -1), "lam: expected 0 ≤ lam < inf; got -1"),
    "lam nan": (lambda: logistic(lam=np.nan), "lam: expected 0 ≤ lam < inf; got nan"),
    "labels": (lambda: Logistic(A, [0.0, 1.0]), "y: expected labels −1 and +1; got [0. 1.]"),
    "kappa 0.5": (lambda: quadratic(0.5), "kappa: expected 1 ≤ kappa < inf; got 0.5"),
    "kappa nan": (lambda: quadratic(np.nan), "kappa: expected 1 ≤ kappa < inf; got nan"),
    "known": (
        lambda: FiniteSum(None, None, 1, 1, l=1),
        "l: expected L, mu, x_star, f_star, domain or name",
    ),
    "data": (lambda: logistic_on("mnist"), "name: expected one of"),
    "unit": (lambda: problems.evaluations(LS, 1, "hours"), "'epochs', 'grads'; got 'hours'"),
    "units": (lambda: problems.evaluations(LS, 1, ["k"]), "unit: expected one of 'k', "),
    "n 0": (lambda: least_squares(n=0), f"n: {AT_LEAST_1} 0"),
    "d 0": (lambda: least_squares(d=0), f"d: {AT_LEAST_1} 0"),
    "n -1": (lambda: line_fit(n=-1), f"n: {AT_LEAST_1} -1"),
    "n 2.5": (lambda: logistic(n=2.5), f"n: {AT_LEAST_1} 2.5"),
    "pl_sine n 0": (lambda: pl_sine(n=0), f"n: {AT_LEAST_1} 0"),
    "n = d": (lambda: noisy_quadratic(n=3, d=3), "n: expected more than d = 3 summands; got 3"),
    "kappas": (lambda: noisy_quadratic([2, 0.5]), "kappa: expected κ ≥ 1; got [2.  0.5]"),
    "noise": (lambda: noisy_quadratic(noise="S"), "noise: expected one of 'I', 'H'; got 'S'"),
    "p 1": (lambda: power(p=1), "p: expected 2 ≤ p < inf; got 1"),
    "slope 0": (lambda: huber(0.0), "slope: expected positive numbers; got 0.0"),
    "c 0": (lambda: parabola([1, 0]), "c: expected positive numbers; got [1. 0.]"),
    "H": (lambda: problems.quadratic_form([[1, 2], [0, 1]]), "H: expected symmetric matrices"),
    "H -1": (lambda: problems.quadratic_form([[-1.0]]), "H: expected eigenvalues ≥ 0; got -1.0"),
    "ravines": (lambda: problems.ravines(0.5, [0]), "kappa: expected 1 ≤ kappa < inf; got 0.5"),
    "moving": (
        lambda: MovingParabola([1], [1, 2], [0]),
        "c, s: expected one shape (rounds,)",
    ),
    "units 0": (lambda: problems.in_units(LS, s=0), "s: expected 0 < s < inf; got 0"),
    "units of nothing": (lambda: problems.in_units(None), "problem: expected f, grad, d"),
    "S 0.5": (lambda: cliff([1, 0.5]), "S: expected numbers ≥ 1; got [1.  0.5]"),
    "s 0": (lambda: hill(0), "s: expected 0 < s < inf; got 0"),
    "separable n 0": (lambda: separable(n=0), f"n: {AT_LEAST_1} 0"),
    "A nan": (
        lambda: LeastSquares([[1, np.nan]], [1]),
        "A: expected finite numbers; got 1 like nan",
    ),
    "b inf": (lambda: LeastSquares(A, [1, np.inf]), "y: expected finite numbers; got 1 like inf"),
    "A nan, logistic": (lambda: Logistic([[np.nan, 1]], [1]), "A: expected finite numbers"),
    "y nan, logistic": (lambda: Logistic(A, [1, np.nan]), "y: expected finite numbers"),
    "A complex": (
        lambda: LeastSquares([[1j, 1]], [1]),
        "A: expected an array of numbers; got [[1j",
    ),
    "A text": (lambda: LeastSquares([["a", "b"]], [1]), "A: expected an array of numbers; got [["),
    "A sparse": (lambda: LeastSquares(Sparse(), B), "A: expected an array of numbers; got <2 × 2"),
    "A empty": (
        lambda: LeastSquares(np.empty((0, 2)), []),
        "A: expected (n, d) numbers, not all 0",
    ),
    "A 0": (lambda: LeastSquares(np.zeros((2, 2)), B), "A: expected (n, d) numbers, not all 0"),
    "lam inf": (lambda: logistic(lam=np.inf), "lam: expected 0 ≤ lam < inf; got inf"),
    "seed of a maker": (lambda: least_squares(seed=None), "seed: expected integers ≥ 0; got None"),
    "seed -1 of a maker": (lambda: pl_sine(seed=-1), "seed: expected integers ≥ 0; got -1"),
    "seeds ragged": (
        lambda: LS.minibatch(2, [1, [2, 3]]),
        "seed: expected integers ≥ 0; got [1, [2",
    ),
    "seed 1e20": (lambda: LS.minibatch(2, 1e20), "seed: expected integers ≥ 0; got 1e+20"),
    "large seeds": (lambda: LS.minibatch(2, [2**64, -1]), "seed: expected integers ≥ 0; got [184"),
    "sigma": (lambda: pl_sine(sigma=np.nan), "sigma: expected 0 ≤ sigma < inf; got nan"),
    "angle": (lambda: quadratic(angle=np.nan), "angle: expected -inf ≤ angle < inf; got nan"),
    "kappa text": (lambda: quadratic("4"), "kappa: expected 1 ≤ kappa < inf; got '4'"),
    "kappa inf": (lambda: quadratic(np.inf), "kappa: expected 1 ≤ kappa < inf; got inf"),
    "slopes": (lambda: Tilted(None, None, None, [1.0, 2.0]), "s: expected shape (n, d)"),
    "slope nan": (lambda: Tilted(None, None, None, [[np.nan]]), "s: expected finite numbers"),
    "sum n 0": (lambda: FiniteSum(None, None, 0, 1), f"n: {AT_LEAST_1} 0"),
    "scale": (lambda: sharpness(LS, [0, 0], [1, 0]), "scale: expected positive numbers; got 0.0"),
    "x": (lambda: sharpness(LS, 1.0), "x: expected points (*runs, 2); got shape ()"),
    "scale, shape": (lambda: sharpness(LS, [0, 0], [1, 1, 1]), "scale: expected a shape that fits"),
    "steps": (lambda: sharpness(LS, [0, 0], steps=0), f"steps: {AT_LEAST_1} 0"),
    "x, d": (lambda: sharpness(LS, [0, 0, 0]), "x: expected points (*runs, 2); got shape (3,)"),
    "x of a gap": (lambda: problems.gap(LS, np.ones(3)), "x: expected points (*runs, 2); got"),
    "x, text": (lambda: problems.gap(LS, "11"), "x: expected an array of numbers; got '11'"),
    "gap of nothing": (lambda: problems.gap(abs, [1.0]), "problem: expected f, f_star"),
    "replace": (lambda: LS.minibatch(2, replace="False"), "replace: expected True or False; got"),
    "sampling": (lambda: Minibatch(LS, 2, 0, "deck"), "sampling: expected one of 'replace=True', "),
    "batches of nothing": (lambda: Minibatch(quadratic(), 2, 0), "problem: expected n, d, grad_b"),
    "masked": (
        lambda: LeastSquares(np.ma.masked_equal(np.ones((2, 2)), 1), B),
        "A: expected an array of numbers; got masked",
    ),
    "A 10**400": (lambda: LeastSquares([[10**400]], [1]), "A: expected an array of numbers; got"),
    "kappa 10**400": (lambda: quadratic(10**400), "kappa: expected 1 ≤ kappa < inf; got 1000"),
    "kappa -10**400": (lambda: quadratic(-(10**400)), "kappa: expected 1 ≤ kappa < inf; got -1000"),
    "s text": (lambda: hill("1"), "s: expected 0 < s < inf; got '1'"),
    "L of each": (lambda: huber(1, [1, 2]), "L: expected 0 < L < inf; got [1, 2]"),
    "margin text": (lambda: separable(margin="1"), "margin: expected 0 ≤ margin < inf; got '1'"),
    "seeds of ravines": (lambda: problems.ravines(2, 3), "seeds: expected a list of integers ≥ 0"),
    "no seeds": (lambda: MovingParabola([1], [1], []), "seeds: expected integers ≥ 0; got []"),
    "d of rows": (lambda: SparseLogistic([[0]], [[1]], [1], 1.5), f"d: {AT_LEAST_1} 1.5"),
    "slopes text": (lambda: LinearRounds("a"), "slopes: expected an array of numbers; got 'a'"),
    "P 0": (lambda: drift(3, 0, 0.9, 0.9), f"P: {AT_LEAST_1} 0"),
    "beta2 2": (lambda: drift(3, 3, 0.9, 2), "beta2: expected 0 ≤ beta2 < 1; got 2"),
    "rounds": (
        lambda: run(gd, MovingParabola([1], [1], [0]), [0.0], steps=2),
        "steps: expected at most 1, a round for each",
    ),
    "margin": (lambda: separable(margin=9), "margin: expected 0 ≤ margin ≤ 1; got 9"),
    "n 1e12": (lambda: least_squares(n=10**12), f"n: {AT_MOST}; got 1000000000000"),
    "n · d": (lambda: least_squares(n=10**6, d=10**6), f"n, d: {MUCH}; got 1000000 × 1000000"),
    "slopes n · d": (lambda: noisy_quadratic(n=10**6, d=10**5), f"n, d: {MUCH}; got"),
    "ravines d": (lambda: problems.ravines(2, [0], d=10**6), f"seeds, d: {MUCH}; got 1 × 1000000"),
    "length": (lambda: problems.recurrent(10**5, 10**5), f"n, length: {MUCH}; got"),
    "P 1e12": (lambda: drift(3, 10**12, 0, 0.1), f"P: {AT_MOST}; got"),
    "batch 1e12": (lambda: LS.minibatch(10**12), f"batch: {AT_MOST}; got"),
    "batch, seeds": (lambda: LS.minibatch(10**6, range(10**4)), f"batch, seed: {MUCH}; got"),
    "batches 1e9": (lambda: LS.minibatch(10).batches(10**8), f"steps: {MUCH}; got"),
    "batches -1": (lambda: LS.minibatch(2).batches(-1), "steps: expected an integer ≥ 0; got -1"),
    "batches after": (lambda: LS.minibatch(2).batches(1, -1), "after: expected an integer ≥ 0"),
    "vocabulary": (lambda: problems.bigrams("moby_dick", size=10**6), f"size: {MUCH}; got"),
    "seeds 1e9": (lambda: LS.minibatch(2, range(10**9)), "seed: expected integers ≥ 0; got range"),
    "seeds sparse": (lambda: LS.minibatch(2, HIDDEN[0]), "seed: expected integers ≥ 0; got tensor"),
    "seeds meta": (lambda: LS.minibatch(2, HIDDEN[1]), "seed: expected integers ≥ 0; got tensor"),
    "x sparse": (
        lambda: problems.gap(LS, HIDDEN[0]),
        "x: expected an array of numbers; got tensor",
    ),
    "x meta": (lambda: problems.gap(LS, HIDDEN[1]), "x: expected an array of numbers; got tensor"),
    "x masked": (
        lambda: problems.gap(LS, np.ma.masked_equal([1.0, 2.0], 2)),
        "x: expected an array of numbers; got masked",
    ),
    "x complex": (lambda: problems.gap(LS, np.array([1, 1j])), "x: expected an array of numbers"),
    "x, d of a surface": (lambda: quadratic().grad(np.ones(3)), "x: expected points (*runs, 2); "),
    "x, d of a sum": (lambda: LS.grad(np.ones(3)), "x: expected points (*runs, 2); got shape (3,)"),
    "angle inf": (lambda: quadratic(angle=-np.inf), "angle: expected -inf ≤ angle < inf; got -inf"),
    "w text": (lambda: problems.recurrent(w="1"), "w: expected -inf ≤ w < inf; got '1'"),
    "no c": (lambda: parabola([]), "c: expected positive numbers; got []"),
    "no H": (lambda: problems.quadratic_form(np.ones((0, 2, 2))), "H: expected symmetric"),
    "rotated": (lambda: problems.ravines(2, [0], rotated="no"), "rotated: expected True or False"),
    "f_i of x": (lambda: FiniteSum(abs, None, 3, 2), "f_i: expected a function of x and i; got"),
    "grad_i alone": (
        lambda: run(gd, FiniteSum(None, lambda x, i: x, 3, 2), [1.0, 1.0]),
        "grad: expected an array of numpy of shape (2,) for x of shape (2,); got shape ()",
    ),
    "scale, Tilted": (lambda: Tilted(None, None, None, A, [1, 2, 3]), "scale: expected (*runs, 2)"),
    "regret": (lambda: LinearRounds([1.0]).regret([1.0, 2.0]), "xs: expected points (*runs, 1)"),
    "lag": (lambda: MovingParabola([1], [1], [0]).lag(np.ones((9, 1, 1))), "xs: expected at most"),
    "drift, shapes": (lambda: drift([1, 2], 3, [0.1] * 3, 0.1), "C, beta1, beta2: expected shapes"),
    "digits": (lambda: NoisyDigits(3), "seeds: expected a list of integers ≥ 0; got 3"),
    "flip": (lambda: NoisyDigits([0], flip="a"), "flip: expected 0 ≤ flip < inf; got 'a'"),
    "work of nothing": (lambda: problems.evaluations(None, 3), "problem: expected n, cost, as pro"),
    "work of text": (lambda: problems.evaluations(LS, "3"), "k: expected an array of numbers"),
}


@pytest.mark.parametrize(("call", "text"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named(call, text):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        call()
    assert text in str(error.value)


WHOLE = [
    (maker, what)
    for maker, make in MAKERS.items()
    for what in ("f", "grad", "hessian", "gap")
    if getattr(make(), what, None) is not None
]


@pytest.mark.parametrize(("maker", "what"), WHOLE)
def test_whole_numbers_are_the_same_point(maker, what):
    """What is computed in them would be cut to whole numbers as well."""
    problem = MAKERS[maker]()
    x = np.arange(1, 1 + problem.d) % 3
    expected = getattr(problem, what)(x.astype(float))
    assert expected.dtype == float
    np.testing.assert_allclose(getattr(problem, what)(x), expected, rtol=1e-12)
