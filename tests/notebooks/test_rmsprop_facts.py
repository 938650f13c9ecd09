"""What the seminars on RMSProp and Adadelta compute by hand must be true of the library's methods.

Every fact is a function of the method, and stands beside slips of the method's source that it must
catch: a fact that no slip can break says nothing.
"""

from itertools import product

import numpy as np
import pytest

from course_lib import adadelta, adagrad, gd, rmsprop, run, variant
from course_lib.problems import in_units, parabola, quadratic_form
from course_lib.problems.online import LinearRounds

pytestmark = pytest.mark.stored

FACTS = []  # (method, fact, {slip: (piece of its source, what stands there instead)})
EPS = 1e-3


def fact(method, **slips):
    def register(check):
        FACTS.append((method, check, slips))
        return check

    return register


# ---- RMSProp -------------------------------------------------------------------------------------

AVERAGE = "gamma * v + (1 - gamma) * g**2"
ROOT = "(v + eps) ** 0.5"


@fact(
    rmsprop,
    corrected=("(v + eps)", "(v / (1 - gamma**k) + eps)"),
    swapped=(AVERAGE, "(1 - gamma) * v + gamma * g**2"),
    full_first_weight=("(1 - gamma) * g**2", "((1 - gamma) if k > 1 else 1) * g**2"),
)
def with_a_constant_gradient_step_k_is_alpha_over_the_root_of_1_minus_gamma_to_k(method):
    for gamma, g in product((0, 0.5, 0.9, 0.999), (1e-3, 1.0, 1e3)):
        xs = run(method, LinearRounds([g]), [0.0], steps=100, alpha=0.3, gamma=gamma, eps=0)
        k = np.arange(1, 101)
        np.testing.assert_allclose(-np.diff(xs[:, 0]), 0.3 / (1 - gamma**k) ** 0.5, rtol=1e-9)


@fact(
    rmsprop,
    eps_outside=(ROOT, "(v**0.5 + eps)"),
    eps_squared=(ROOT, "(v + eps**2) ** 0.5"),
    no_root=(ROOT, "(v + eps)"),
    sum_not_average=("(1 - gamma) * g**2", "g**2"),
    centred=("(v + eps)", "(v - ((1 - gamma) * g) ** 2 + eps)"),
)
def a_constant_step_ends_in_an_exact_cycle(method):
    """±√(α²/4 − ε/c²), whatever the memory, the curvature and the start."""
    for gamma, c, alpha, share in product((0.5, 0.9, 0.98), (0.1, 7.0), (0.3, 1e-2), (0, 0.5, 0.9)):
        eps = share * (alpha * c / 2) ** 2
        x0 = np.array([[0.9], [-3.3], [21.0]]) * alpha
        hyper = {"alpha": alpha, "gamma": gamma, "eps": eps}
        xs = run(method, parabola(c), x0, steps=6000, keep=[5999, 6000], **hyper)
        amplitude = (alpha**2 / 4 - eps / c**2) ** 0.5
        np.testing.assert_allclose(abs(xs), amplitude, rtol=1e-6)
        np.testing.assert_allclose(xs[1], -xs[0], rtol=1e-6)


@fact(rmsprop, eps_outside=(ROOT, "(v**0.5 + eps)"), no_eps=(ROOT, "v**0.5"))
def with_a_larger_eps_there_is_no_cycle(method):
    for gamma, c in product((0.5, 0.9), (0.1, 7.0)):
        eps = 1.2 * (0.3 * c / 2) ** 2
        hyper = {"alpha": 0.3, "gamma": gamma, "eps": eps}
        xs = run(method, parabola(c), [1.0], steps=3000, **hyper)
        assert abs(xs[-1, 0]) < 1e-30


@fact(
    rmsprop,
    swapped=(AVERAGE, "(1 - gamma) * v + gamma * g**2"),
    other_memory=(AVERAGE, "gamma**2 * v + (1 - gamma**2) * g**2"),
)
def the_cycle_attracts_by_the_root_of_gamma_each_step(method):
    """Eigenvalues of modulus √γ: over many steps the distance to the cycle shrinks by that."""
    for gamma in (0.5, 0.9, 0.99):
        steps = int(20 / (1 - gamma))
        v = [0.25 * (1 + 1e-6)]  # on the cycle of c = α = 1 but for a little
        x = np.array([0.5 + 1e-6])
        started = started_at(method, v[0])
        xs = run(started, parabola(), x, steps=steps, alpha=1.0, gamma=gamma, eps=0)
        distance = abs(abs(xs[:, 0]) - 0.5)
        half, window = steps // 2, max(10, steps // 8)
        ratio = distance[half : half + window].max() / distance[:window].max()
        assert ratio ** (1 / half) == pytest.approx(gamma**0.5, rel=0.1 * (1 - gamma))


@fact(
    rmsprop,
    shared=(AVERAGE, "gamma * v + (1 - gamma) * (g**2).sum(-1, keepdims=True)"),
    no_root=(ROOT, "(v + eps)"),
)
def along_the_axes_the_condition_number_does_not_matter(method):
    one, other = quadratic_form(np.diag([1, 1, 1])), quadratic_form(np.diag([1, 1e-2, 1e-4]))
    x0 = [1.3, -0.7, 0.4]
    xs = [run(method, problem, x0, steps=60, alpha=0.01, eps=0) for problem in (one, other)]
    np.testing.assert_allclose(*xs, rtol=1e-9)


# ---- Adadelta ------------------------------------------------------------------------------------

ABOVE, BELOW = "(delta + eps) ** 0.5", "(v + eps) ** 0.5"


@fact(
    adadelta,
    eps_outside=(ABOVE, "(delta**0.5 + eps)"),
    sum_not_average=("(1 - gamma) * g**2", "g**2"),
    rho_below=(AVERAGE, "rho * v + (1 - rho) * g**2"),
    keras=("x = x - g_tilde", "x = x - 0.001 * g_tilde"),
)
def the_first_step_is_chosen_by_eps_alone(method):
    for g, gamma, eps in product((1.0, -1e6), (0.5, 0.9, 0.95), (1e-6, 1e-10)):
        hyper = {"gamma": gamma, "rho": 0.7, "eps": eps}
        xs = run(method, LinearRounds([g]), [0.0], steps=1, **hyper)
        assert abs(xs[1, 0]) == pytest.approx((eps / (1 - gamma)) ** 0.5, rel=1e-5)


@fact(
    adadelta,
    no_eps_above=(ABOVE, "(delta + 1e-6) ** 0.5"),
    eps_outside=(ABOVE, "(delta**0.5 + eps)"),
    eps_outside_below=(BELOW, "(v**0.5 + eps)"),
    no_root=("g_tilde**2", "abs(g_tilde)"),
)
def on_x_squared_only_the_start_over_the_root_of_eps_matters(method):
    """x₀ → s·x₀ with ε → s²·ε multiplies the path by s; for a power of two to the last bit."""
    xs = run(method, parabola(), [0.75], steps=400, eps=2.0**-20)
    ys = run(method, parabola(), [0.75 * 8], steps=400, eps=64 * 2.0**-20)
    assert (ys == 8 * xs).all()


@fact(
    adadelta,
    no_eps_above=(ABOVE, "(delta + 1e-6) ** 0.5"),
    no_eps_below=(BELOW, "(v + 1e-6) ** 0.5"),
    no_root=("g_tilde**2", "abs(g_tilde)"),
    inverse=(f"{ABOVE} / {BELOW}", f"{BELOW} / {ABOVE}"),
)
def in_units_where_one_eps_can_be_carried_the_path_is_the_same(method):
    """ε stands beside x² and beside g²; if c·s² = 1 both ask for the same ε/s²."""
    problem, x0 = quadratic_form(np.diag([0.3, 2.5])), np.array([-2.0, 1.5])
    xs = run(method, problem, x0, steps=300, eps=EPS)
    for s in (1e-3, 50.0):
        changed = in_units(problem, 1 / s**2, s)
        ys = run(method, changed, x0 / s, steps=300, eps=EPS / s**2)
        np.testing.assert_allclose(s * ys, xs, rtol=0, atol=1e-11)


@fact(
    adadelta,
    no_eps_above=(ABOVE, "(delta + 1e-6) ** 0.5"),
    eps_outside_below=(BELOW, "(v**0.5 + eps)"),
    learning_rate=("x = x - g_tilde", "x = x - 0.9 * g_tilde"),
)
def with_a_huge_eps_it_is_gradient_descent_with_step_one(method):
    problem, x0 = quadratic_form(np.diag([0.3, 1.5])), [-2.0, 1.5]
    xs = run(method, problem, x0, steps=50, eps=1e12)
    np.testing.assert_allclose(xs, run(gd, problem, x0, steps=50, alpha=1.0), atol=1e-9)


@fact(
    adadelta,
    one_memory=("rho * delta + (1 - rho)", "gamma * delta + (1 - gamma)"),
    eps_outside=(ABOVE, "(delta**0.5 + eps)"),
    sum_not_average=("(1 - rho) * g_tilde**2", "g_tilde**2"),
)
def above_curvature_two_its_amplitude_grows_like_the_root_of_k(method):
    steps, eps = 20_000, 1e-4
    for c, (gamma, rho) in product((3.0, 10.0), ((0.9, 0.9), (0.5, 0.5), (0.9, 0.98))):
        hyper = {"gamma": gamma, "rho": rho, "eps": eps}
        xs = run(method, parabola(c), [0.3], steps=steps, keep=[steps], **hyper)
        lag = 1 / (1 - rho) - gamma / (1 - gamma)
        amplitude = (eps * (1 - 4 / c**2) * steps / (4 * lag)) ** 0.5
        assert abs(xs[0, 0]) == pytest.approx(amplitude, rel=0.03)


@fact(adadelta, no_eps=(BELOW, "v**0.5"), learning_rate=("x - g_tilde", "x - 1.2 * g_tilde"))
def below_curvature_two_it_converges(method):
    problem = quadratic_form(np.diag([0.5, 1, 1.9]))
    xs = run(method, problem, [1.0, -2.0, 0.5], steps=4000, eps=1e-4)
    assert abs(xs[-1]).max() < 1e-30


@fact(
    adadelta,
    steps_squared_twice=("g_tilde**2", "g_tilde**2 * (delta + eps) / eps"),
    sum_not_average=("(1 - rho) * g_tilde**2", "g_tilde**2"),
    g_not_squared=(AVERAGE, "gamma * v + (1 - gamma) * abs(g)"),
)
def the_memory_of_steps_is_bounded_by_the_memory_of_gradients(method):
    """Δ + ε ≤ ε (1 + (1−ρ)k) ((v + ε)/ε)^p, p = γ(1−ρ)/(1−γ), for every sequence of gradients."""
    rng, k = np.random.default_rng(0), np.arange(1, 1001)[:, None, None]
    sequences = [
        rng.standard_cauchy(size=(1001, 40, 1)),
        np.full((1001, 40, 1), 1e3),
        1.01 ** np.arange(1001)[:, None, None] * rng.normal(size=(1001, 40, 1)),
    ]
    for g, (gamma, rho) in product(sequences, ((0.9, 0.9), (0.5, 0.9), (0.95, 0.9), (0.0, 0.5))):
        hyper = {"gamma": gamma, "rho": rho, "eps": EPS, "steps": 1000}
        x0 = np.zeros((40, 1))
        delta, v = (
            run(method, LinearRounds(g[..., 0]), x0, watch=w, **hyper)[1:] for w in ("delta", "v")
        )
        bound = EPS * (1 + (1 - rho) * k) * ((v + EPS) / EPS) ** (gamma * (1 - rho) / (1 - gamma))
        assert (delta + EPS <= bound * (1 + 1e-9)).all()


# ---- Tests ---------------------------------------------------------------------------------------


def started_at(method, v):
    """The same method with another v at the start."""
    return variant(method, ("v = 0", f"v = {v!r}"))


NAMED = [pytest.param(m, check, slips, id=check.__name__) for m, check, slips in FACTS]
SLIPS = [
    pytest.param(method, check, old, new, id=f"{check.__name__}: {slip}")
    for method, check, slips in FACTS
    for slip, (old, new) in slips.items()
]


@pytest.mark.parametrize(("method", "check", "slips"), NAMED)
def test_fact(method, check, slips):
    check(method)
    assert slips, "which slip would it catch?"


@pytest.mark.parametrize(("method", "check", "old", "new"), SLIPS)
def test_a_slip_breaks_the_fact(method, check, old, new):
    with pytest.raises(AssertionError):
        check(variant(method, (old, new)))


def test_a_turned_ravine_is_another_problem_for_rmsprop_and_adagrad_but_not_for_gd():
    """The same ravine and start, turned by 45°: only a method by coordinates sees a difference."""
    c = s = 0.5**0.5
    turn, H = np.array([[c, -s], [s, c]]), np.diag([1.0, 1e-2])
    straight, turned = quadratic_form(H), quadratic_form(turn @ H @ turn.T)
    x0 = np.array([1.0, -2.0])
    for method, same in ((gd, True), (rmsprop, False), (adagrad, False), (adadelta, False)):
        xs = run(method, straight, x0, steps=50) @ turn.T
        ys = run(method, turned, turn @ x0, steps=50)
        assert np.allclose(xs, ys, rtol=0, atol=1e-12) == same
