"""What S13 says of weight decay: facts of `adamw` and `adam_l2`, each with a break that it catches.

A fact is a function of the two methods that raises AssertionError if it does not hold; below the
facts stand broken methods, and the fact that must notice each of them.
"""

from itertools import islice

import numpy as np
import pytest

from course_lib import FiniteSum, Function, adam, adam_l2, adamw, gd, logistic, run, variant

pytestmark = pytest.mark.stored

STEPS, SEEDS = 300, 40
SCALES = np.array([1e-3, 0.1, 1.0, 30.0, 1000.0])
SILENT = Function(lambda x: 0 * x[..., 0], lambda x: 0 * x, d=1)


def noise(c):
    """½ c ‖x‖² whose gradient has noise of scale s_j in coordinate j, mean 0."""
    n, d = 512, len(SCALES)
    z = np.random.default_rng(3).normal(size=(n, d))
    z = (z - z.mean(0)) / z.std(0) * SCALES
    return FiniteSum(
        lambda x, i: (z[i] * x + c * x**2 / 2).sum(-1), lambda x, i: z[i] + c * x, n, d
    )


def left(method, steps=STEPS, c=0.0, **hyper):
    """What is left of x_0 = 1, shape (seeds, d): two runs on the same noise, from 1 and from 0."""
    pair = np.stack([np.ones(len(SCALES)), np.zeros(len(SCALES))])[:, None]
    stream = noise(c).minibatch(1, range(SEEDS))
    xs = run(method, stream, pair, steps=steps, keep=[steps], **hyper)[0]
    return xs[0] - xs[1]


# ---- Facts -------------------------------------------------------------------------------------


def decoupled_decay_does_not_see_the_gradient(adamw, adam_l2):
    for alpha, lam in ((1e-2, 0.3), (1e-3, 5.0)):
        expected = (1 - alpha * lam) ** STEPS
        np.testing.assert_allclose(left(adamw, alpha=alpha, lam=lam), expected, rtol=1e-11)


def decoupled_decay_follows_the_schedule(adamw, adam_l2):
    def alpha(k):
        return 0.05 / k**0.5

    expected = np.prod([1 - alpha(k) * 0.3 for k in range(1, STEPS + 1)])
    np.testing.assert_allclose(left(adamw, alpha=alpha, lam=0.3), expected, rtol=1e-11)


def the_penalty_decays_at_the_rate_of_one_over_the_scale(adamw, adam_l2):
    """exp(−αλK/s) where the noise is far larger than the penalty; at s ≪ λ nothing is left."""
    alpha, lam, steps = 1e-3, 0.1, 4000
    share = left(adam_l2, steps=steps, alpha=alpha, lam=lam).mean(0)
    expected = np.exp(-alpha * lam * steps / SCALES)
    np.testing.assert_allclose(share[2:], expected[2:], rtol=3e-3)
    assert (abs(share[:2]) < 0.05).all()


def a_silent_coordinate_shrinks_geometrically(adamw, adam_l2):
    """No gradient at all: (1 − αλ)^k, for every λ its own."""
    lams = np.array([1e-4, 0.1, 3.0])
    xs = run(adamw, SILENT, [2.0], steps=STEPS, alpha=0.01, lam=lams)[..., 0]
    k = np.arange(STEPS + 1)[:, None]
    np.testing.assert_allclose(xs, 2.0 * (1 - 0.01 * lams) ** k, rtol=1e-12)


def under_the_penalty_a_silent_coordinate_does_not_see_lam(adamw, adam_l2):
    """The first step is α whatever λ is, and so is the whole path."""
    lams = np.array([1e-2, 1.0, 100.0])
    xs = run(adam_l2, SILENT, [2.0], steps=STEPS, alpha=1e-3, lam=lams)[..., 0]
    np.testing.assert_allclose(xs[0] - xs[1], 1e-3, rtol=1e-5)
    np.testing.assert_allclose(xs[:, 1:], xs[:, :1].repeat(2, axis=1), rtol=1e-5)
    assert xs[-1, 0] < 1.8


def shrinking_first_is_the_slide_shrinking_last_is_not(adamw, adam_l2):
    """x ← (1 − αλ) x − α u both ways; "after the step" it is (1 − αλ)(x − α u)."""
    alpha, lam = 0.05, 2.0
    problem, x0 = logistic(n=50, d=3, lam=0.0, seed=1), np.array([1.0, -2.0, 0.5])
    xs = np.array(list(islice(adamw(problem, x0, alpha=alpha, lam=lam), STEPS + 1)))
    x, after, m, v = x0, x0, 0.0, 0.0
    for k in range(1, STEPS + 1):
        g = problem.grad(xs[k - 1])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        u = m / (1 - 0.9**k) / ((v / (1 - 0.999**k)) ** 0.5 + 1e-8)
        x = (1 - alpha * lam) * xs[k - 1] - alpha * u
        after = (1 - alpha * lam) * (xs[k - 1] - alpha * u)
        np.testing.assert_allclose(xs[k], x, rtol=1e-12, atol=1e-14)
        assert abs(xs[k] - after).max() > 0.5 * alpha**2 * lam * abs(u).max()


def without_decay_both_are_adam(adamw, adam_l2):
    problem = logistic(n=50, d=3, lam=0.0, seed=1).minibatch(5, range(4))
    expected = run(adam, problem, np.ones(3), steps=STEPS, alpha=0.05)
    for method in (adamw, adam_l2):
        xs = run(method, problem, np.ones(3), steps=STEPS, alpha=0.05, lam=0.0)
        np.testing.assert_allclose(xs, expected, rtol=1e-12, atol=1e-14)


def the_penalty_is_half_lam_times_the_square(adamw, adam_l2):
    """`adam_l2` is Adam on f + (λ/2)‖x‖²; on f + λ‖x‖² Adam goes elsewhere."""
    bare, options = logistic(n=50, d=3, lam=0.0, seed=1), {"steps": STEPS, "alpha": 0.05}
    xs = run(adam_l2, bare, np.ones(3), lam=0.2, **options)
    half = run(adam, logistic(n=50, d=3, lam=0.2, seed=1), np.ones(3), **options)
    whole = run(adam, logistic(n=50, d=3, lam=0.4, seed=1), np.ones(3), **options)
    np.testing.assert_allclose(xs, half, rtol=1e-9, atol=1e-12)
    assert abs(xs - whole).max() > 0.05


def for_sgd_the_penalty_is_the_decay_of_adamw(adamw, adam_l2):
    penalised = left(gd, c=0.3, alpha=0.01)[:, :-1]  # the loudest noise leaves rounding errors
    np.testing.assert_allclose(penalised, left(adamw, alpha=0.01, lam=0.3)[:, :-1], rtol=1e-9)


FACTS = [
    decoupled_decay_does_not_see_the_gradient,
    decoupled_decay_follows_the_schedule,
    the_penalty_decays_at_the_rate_of_one_over_the_scale,
    a_silent_coordinate_shrinks_geometrically,
    under_the_penalty_a_silent_coordinate_does_not_see_lam,
    shrinking_first_is_the_slide_shrinking_last_is_not,
    without_decay_both_are_adam,
    the_penalty_is_half_lam_times_the_square,
    for_sgd_the_penalty_is_the_decay_of_adamw,
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_fact(fact):
    fact(adamw, adam_l2)


# ---- Breaks ------------------------------------------------------------------------------------

OUTSIDE = "(m_hat / (v_hat**0.5 + eps) + lam * x)"
STEP = "x = x - at(alpha, k) * m_hat / (v_hat**0.5 + eps)"
LINE = "\n        "
PENALTY = "g = problem.grad(x) + lam * x"
#: method, old text, new text: the facts that must notice it.
BREAKS = {
    "coupled in adamw": (
        "adamw", OUTSIDE, "((m_hat + lam * x) / (v_hat**0.5 + eps))",
        [decoupled_decay_does_not_see_the_gradient, a_silent_coordinate_shrinks_geometrically],
    ),
    "no decay where there is no gradient": (
        "adamw", "+ lam * x)", "+ lam * x * (g != 0))",
        [a_silent_coordinate_shrinks_geometrically],
    ),
    "decay without α": (
        "adamw", f"at(alpha, k) * {OUTSIDE}",
        "at(alpha, k) * m_hat / (v_hat**0.5 + eps) - 0.01 * lam * x",
        [decoupled_decay_follows_the_schedule],
    ),
    "decay after the step": (
        "adamw", f"x = x - at(alpha, k) * {OUTSIDE}",
        f"{STEP}{LINE}x = x - at(alpha, k) * lam * x",
        [shrinking_first_is_the_slide_shrinking_last_is_not],
    ),
    "decay before the gradient": (
        "adamw", "g = problem.grad(x)", "g = problem.grad(x - at(alpha, k) * lam * x)",
        [shrinking_first_is_the_slide_shrinking_last_is_not],
    ),
    "a decay that cannot be switched off": (
        "adamw", "+ lam * x)", "+ (lam + 1e-4) * x)", [without_decay_both_are_adam],
    ),
    "twice the decay": (
        "adamw", "+ lam * x)", "+ 2 * lam * x)", [for_sgd_the_penalty_is_the_decay_of_adamw],
    ),
    "decoupled in adam_l2": (
        "adam_l2", f"{PENALTY}\n", "g = problem.grad(x)\n",
        [the_penalty_decays_at_the_rate_of_one_over_the_scale,
         under_the_penalty_a_silent_coordinate_does_not_see_lam],
    ),
    "the gradient of λ‖x‖²": (
        "adam_l2", "+ lam * x", "+ 2 * lam * x",
        [the_penalty_is_half_lam_times_the_square,
         the_penalty_decays_at_the_rate_of_one_over_the_scale],
    ),
    "the penalty divided twice": (
        "adam_l2", "(v_hat**0.5 + eps)", "(v_hat + eps)",
        [under_the_penalty_a_silent_coordinate_does_not_see_lam],
    ),
    "the penalty not divided at all": (
        "adam_l2", STEP, f"{STEP} - at(alpha, k) * lam * x",
        [under_the_penalty_a_silent_coordinate_does_not_see_lam],
    ),
    "a penalty that cannot be switched off": (
        "adam_l2", "+ lam * x", "+ (lam + 1e-3) * x", [without_decay_both_are_adam],
    ),
}  # fmt: skip


PAIRS = [(name, fact) for name, (*_, facts) in BREAKS.items() for fact in facts]


@pytest.mark.parametrize(("name", "fact"), PAIRS, ids=[f"{n}: {f.__name__}" for n, f in PAIRS])
def test_break_is_noticed(name, fact):
    method, old, new, _ = BREAKS[name]
    broken = {"adamw": adamw, "adam_l2": adam_l2}
    broken[method] = variant(broken[method], (old, new))
    with pytest.raises(AssertionError):
        fact(broken["adamw"], broken["adam_l2"])


def test_every_fact_has_its_break():
    assert {fact for *_, facts in BREAKS.values() for fact in facts} == set(FACTS)
