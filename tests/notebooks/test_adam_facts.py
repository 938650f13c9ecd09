"""What the seminar on Adam says of it, each fact with a break that would falsify it.

A check is a function of what it checks (a method, the projection, the rounds, the formula of the
drift), so that it can be handed a broken one: the source with one slip must fail it by an
AssertionError. Oracles stand here: the paper's loops written with plain floats, torch, optax.
The variants that only the notebook has are taken from its source.
"""

import inspect
from functools import partial
from itertools import islice

import jax
import numpy as np
import optax
import pytest
import torch
from torch import nn

from course_lib import (
    adam,
    adam_l2,
    adamw,
    amsgrad,
    gd,
    gd_armijo,
    methods,
    momentum,
    muon,
    nesterov,
    newton,
    problems,
    quadratic,
    rmsprop,
    run,
    sam,
    schedule_free,
    stochastic_bfgs,
    wrappers,
)
from course_lib.nets import Network, mlp
from course_lib.problems import online
from course_lib.problems.online import LinearRounds
from course_lib.wrappers import projected
from support.breaks import defined, each, each_break, executed, slipped

jax.config.update("jax_enable_x64", True)

pytestmark = pytest.mark.stored

C = 3.0
THEOREM = {"beta1": 0.0, "beta2": 1 / (1 + C**2)}
GRADIENTS = np.random.default_rng(3).normal(size=(80, 4)) * np.geomspace(5, 0.05, 80)[:, None]


TEXTS, IMPORTED = defined("07_adam")


def the(name, old="", new=""):
    """A function of the notebook or of the library, with one slip."""
    text, known = TEXTS.get(name), vars(methods) | IMPORTED
    if text is None:
        home = next(room for room in (methods, online, wrappers) if hasattr(room, name))
        text, known = inspect.getsource(getattr(home, name)), vars(home)
    return executed(slipped(text, old, new) if old else text, known)[name]


# ---- The paper's loops, one number at a time -----------------------------------------------------


def paper(gradient, x, steps, alpha, beta1, beta2, amsgrad=False):
    """Algorithms 1 and 2 of Reddi, Kale, Kumar on [−1, 1]: no bias correction, no ε."""
    m = v = v_hat = 0.0
    points = [x]
    for k in range(1, steps + 1):
        g = gradient(k, x)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        v_hat = max(v_hat, v) if amsgrad else v
        x = min(1.0, max(-1.0, x - alpha(k) * m / v_hat**0.5))
        points.append(x)
    return np.array(points)


def theorem_slope(k, x):
    return C if k % 3 == 1 else -1.0


class Outside:
    """f(x) = (x − 2)²: its minimum lies outside [−1, 1], and its gradient depends on x."""

    d = 1

    def f(self, x):
        return ((x - 2) ** 2).sum(-1)

    def grad(self, x):
        return 2 * (x - 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((None,), "method: expected a generator function; got None"),
        ((gd, 1, -1), "low, high: expected low ≤ high; got 1 and -1"),
        ((gd, np.nan, 1), "low, high: expected low ≤ high; got nan and 1"),
        ((gd, "a", 1), "low: expected an array of numbers; got 'a'"),
        ((gd, [0, 0], [1, 1, 1]), "low, high: expected low ≤ high"),
    ],
)
def test_a_box_that_is_none_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        projected(*arguments)


@pytest.mark.parametrize(
    ("method", "hyper", "words"),
    [
        (newton, {}, "method: expected, for `projected`, one that asks for no hessian"),
        (gd_armijo, {}, "asks for no f$"),
        (nesterov, {}, "asks for ∇f at x only"),  # at its second step: before, it was momentum
        (schedule_free, {"lam": 0}, "asks for ∇f at x only"),
        (sam, {}, "asks for no next_batch"),
        (stochastic_bfgs, {}, "asks for ∇f at x only"),
        (adamw, {}, "lam: expected 0, .* got 0.01"),
        (adam_l2, {"lam": [0, 0.1]}, "lam: expected 0"),
        (partial(adam_l2, lam=0.1), {}, "lam: expected 0"),
    ],
)
def test_a_method_that_makes_more_of_x_is_not_projected(method, hyper, words):
    with pytest.raises(ValueError, match=words):
        run(projected(method), quadratic(), [0.5, 0.5], steps=2, **hyper)


def test_a_method_that_decays_nothing_or_has_shapes_is_projected():
    settings = {"steps": 5, "alpha": 0.3}
    xs = run(projected(adamw), quadratic(), [1.0, 1.0], lam=0, **settings)
    same = run(projected(adam), quadratic(), [1.0, 1.0], **settings)
    np.testing.assert_allclose(xs, same, rtol=1e-12)
    network = Network(mlp(2, 3, 1), np.eye(2), np.ones((2, 1)), nn.MSELoss())
    x0 = network.initial(0).astype(float)
    far = run(projected(muon, -9, 9), network, x0, **settings)
    np.testing.assert_allclose(far, run(muon, network, x0, **settings), atol=1e-12)


@pytest.mark.parametrize("kind", [np.array, torch.tensor], ids=["numpy", "torch"])
def test_a_box_has_sides_of_its_own(kind):
    inside = projected(gd, [-1.0, -np.inf], [0.5, 2.0])
    xs = run(inside, quadratic(), kind([[5.0, 5.0], [-5.0, -5.0]]), steps=0)
    assert xs.tolist() == [[[0.5, 2.0], [-1.0, -5.0]]]
    with pytest.raises(ValueError, match=r"low, high: .* fit x, \(3,\); got \(2,\)"):
        next(inside(Outside(), kind([0.0, 0.0, 0.0])))


# ---- Checks --------------------------------------------------------------------------------------


def check_projected(projected):
    """Equal to the paper's projected loops; every start is brought in; the clip is both-sided."""
    settings = {"alpha": lambda k: 0.9 / k**0.5, "beta1": 0.5, "beta2": 0.9}
    for method, with_max in ((the("adam_raw"), False), (amsgrad, True)):
        for x0 in (-1.0, 0.3, 1.0):
            for problem, slope in (
                (Outside(), lambda k, x: 2 * (x - 2)),
                (LinearRounds([C, -1, -1]), theorem_slope),
            ):
                came = run(projected(method), problem, [x0], steps=100, eps=0.0, **settings)
                expected = paper(slope, x0, 100, amsgrad=with_max, **settings)
                np.testing.assert_allclose(came[:, 0], expected, rtol=1e-9, atol=1e-9)
    ends = run(projected(gd), Outside(), [[5.0], [-5.0]], steps=1, alpha=0.0)
    assert (ends[:, :, 0] == [1, -1]).all()
    for method in (momentum, rmsprop):
        xs = run(projected(method), LinearRounds([-1.0]), [0.0], steps=50, alpha=0.3)
        assert xs[-1, 0] == 1


def check_rounds(LinearRounds):
    """Slopes in order for each run, anew for every `run`; the regret against brute force."""
    slopes = np.array([[3.0, 5.0], [-1.0, -1.0], [-1.0, 0.5], [0.25, -7.0]])
    rounds = LinearRounds(slopes)
    for _ in range(2):
        xs = run(gd, rounds, [0.0], steps=10, alpha=1.0)
        expected = -np.cumsum(np.concatenate([slopes, slopes, slopes])[:10], axis=0)
        np.testing.assert_allclose(xs[1:, :, 0], expected)
    ys = run(projected(gd), rounds, [0.3], steps=10, alpha=0.1)
    u = np.linspace(-1, 1, 201)
    for r in range(2):
        paid, single = 0.0, np.zeros_like(u)
        for k in range(1, 11):
            c = slopes[(k - 1) % 4, r]
            paid, single = paid + c * ys[k - 1, r, 0], single + c * u
            assert rounds.regret(ys)[k - 1, r] == pytest.approx((paid - single.min()) / k)
    np.testing.assert_allclose(rounds.f(np.ones((2, 1))), slopes.mean(0))
    np.testing.assert_allclose(rounds.f(rounds.x_star), rounds.f_star)
    alone = LinearRounds(slopes[:, 0]).regret(ys[:, :1])  # runs that the slopes do not have
    np.testing.assert_allclose(alone, rounds.regret(ys)[:, :1])


#: First step at +1 from x₀ = 0 and −1, for α = share·√(1−β₂); of AMSGrad: at ≤ −0.99 from 0, +1.
ADAM_STEPS = {0.9: (24, 27), 0.5: (51, 90)}
AMSGRAD_STEPS = {0.9: (7, 64), 0.5: (49, 259)}


def first(reached):
    assert reached.any()
    return int(reached.argmax())


def theorem(method, starts, share, steps):
    alpha = share * (1 - THEOREM["beta2"]) ** 0.5
    rounds = LinearRounds([C, -1, -1])
    xs = run(projected(method), rounds, [[x] for x in starts], steps=steps,
             alpha=lambda k: alpha / k**0.5, eps=0.0, **THEOREM)  # fmt: skip
    expected = [
        paper(theorem_slope, x, steps, lambda k: alpha / k**0.5, **THEOREM,
              amsgrad=method.__name__ == "amsgrad")
        for x in starts
    ]  # fmt: skip
    return xs[..., 0], np.array(expected).T, rounds.regret(xs)


def check_theorem_adam(method):
    """Theorem 1 for C = 3, to the step: the paper's Adam is at the worst point."""
    for share, counts in ADAM_STEPS.items():
        xs, expected, regret = theorem(method, (0.0, -1.0), share, 3000)
        np.testing.assert_allclose(xs, expected, atol=1e-9)
        assert tuple(first(x >= 1 - 1e-12) for x in xs.T) == counts
        np.testing.assert_allclose(regret[-1], 2 * (C - 2) / 3, atol=0.02)


def check_theorem_amsgrad(method):
    for share, counts in AMSGRAD_STEPS.items():
        xs, expected, regret = theorem(method, (0.0, 1.0), share, 3000)
        np.testing.assert_allclose(xs, expected, atol=1e-9)
        assert tuple(first(x <= -0.99) for x in xs.T) == counts
        assert (regret[-1] < 0.05).all()


def check_library_adam_goes_astray(method):
    """With bias correction and ε it goes the same way, in order and at random; not by default."""
    rounds = LinearRounds([C, -1, -1])
    steps = {"steps": 3000, "alpha": lambda k: 0.5 / k**0.5}
    worst = run(projected(method), rounds, [[-1.0], [0.0], [1.0]], **steps, **THEOREM)
    assert (worst[-300:] > 0.9).all()
    best = run(projected(method), rounds, [[-1.0], [0.0], [1.0]], **steps)
    assert (best[-300:] < -0.9).all()
    c = np.array([C, -1.0, -1.0])
    three = problems.FiniteSum(
        lambda x, i: c[i] * x[..., 0], lambda x, i: c[i][..., None] + 0 * x, 3, 1
    )
    xs = run(projected(method), three.minibatch(1, range(50)), [-1.0], **steps, **THEOREM)
    assert (xs[-300:].mean(0) > 0.9).all()


def check_factor(raw):
    """Without bias correction a step is (1 − β₁^k)/√(1 − β₂^k) times as long: up to 6.57."""
    slopes, k = np.random.default_rng(0).normal(size=3000), np.arange(1, 3001)
    for beta1, beta2 in ((0.9, 0.999), (0.0, 0.999), (0.9, 0.99), (0.9, 0.9)):
        settings = {"steps": 3000, "beta1": beta1, "beta2": beta2, "eps": 0.0, "alpha": 1.0}
        one, two = (
            np.diff(run(method, LinearRounds(slopes), [0.0], **settings)[:, 0])
            for method in (raw, adam)
        )
        factor = (1 - beta1**k) / (1 - beta2**k) ** 0.5
        np.testing.assert_allclose(one / two, factor, rtol=1e-6)
        if (beta1, beta2) == (0.9, 0.999):
            assert k[factor.argmax()] == 12
            assert factor.max() == pytest.approx(6.569, abs=1e-3)
            assert k[abs(factor - 1) > 0.05][-1] == 2374


def check_unbiased(method):
    """At rest, v̂ estimates E g² from the first step on, m̂ estimates E g."""
    task = problems.line_fit()
    x = np.array([5.5, 1.5])
    one = np.array([task.grad_batch(x, np.array([i])) for i in range(task.n)])
    for name, truth in (("m_hat", one.mean(0)), ("v_hat", one.mean(0) ** 2 + one.var(0) / 2)):
        inner = run(method, task.minibatch(2, range(2000)), x, steps=50, watch=name, alpha=0.0)
        for k in (1, 5, 50):
            error = inner[k].std(0) / 2000**0.5
            assert (abs(inner[k].mean(0) - truth) < 4.5 * error).all()


def largest(method, beta1, beta2, sigma=1e-30, alpha=0.01, eps=1e-8, K=30_000):
    """max |x_k|/α over the last 3000 of K steps on ½x², from four starts."""
    oracle = the("parabola")(sigma).minibatch(1, seed=range(4))
    xs = run(method, oracle, [[0.6], [1.1], [1.9], [2.8]], steps=K, keep=np.arange(K - 3000, K + 1),
             alpha=alpha, beta1=beta1, beta2=beta2, eps=eps)  # fmt: skip
    return abs(xs[..., 0]).max(0) / alpha


def check_cycle(method):
    """±α/2 for β₁ = 0, whatever β₂; by default about a quarter of α; never rest."""
    beta1, beta2 = np.array([(0, 0.9), (0, 0.99), (0, 0.999), (0.9, 0.999), (0.5, 0.99)]).T
    *zero, default, half = largest(method, beta1[:, None], beta2[:, None])
    np.testing.assert_allclose(zero, 0.5, atol=0.02)
    assert ((default > 0.2) & (default < 0.3)).all()
    assert ((half > 1.0) & (half < 1.3)).all()


def check_eps_threshold(method):
    """Rest is stable if and only if α/ε < 2(1+β₁)/(1−β₁), to one percent."""
    beta1, beta2 = np.array([(0.0, 0.9), (0.5, 0.99), (0.9, 0.999)]).T[..., None]
    edge = 0.1 * (1 - beta1) / (2 * (1 + beta1))
    eps = edge * np.array([0.99, 1.01])[:, None, None]
    below, above = largest(method, beta1, beta2, 0.0, 0.1, eps)
    assert (below > 1e-4).all()
    assert (above < 1e-100).all()


def check_cycle_needs_more_than_doubles(method):
    """With no noise at all β = (0, 0.999) seems to converge: it comes to the end of doubles."""
    assert (largest(method, 0.0, 0.999, sigma=0.0, K=8000)[0] < 1e-300).all()


def torch_points(**options):
    x = torch.zeros(4, dtype=torch.float64)
    optimizer, points = torch.optim.Adam([x], lr=0.1, **options), [np.zeros(4)]
    for g in GRADIENTS:
        x.grad = torch.tensor(g)
        optimizer.step()
        points.append(x.numpy().copy())
    return np.array(points)


def optax_points(optimizer):
    x = jax.numpy.zeros(4)
    state, points = optimizer.init(x), [np.zeros(4)]
    for g in GRADIENTS:
        updates, state = optimizer.update(jax.numpy.asarray(g), state, x)
        x = optax.apply_updates(x, updates)
        points.append(np.asarray(x))
    return np.array(points)


def on_gradients(method, **hyper):
    xs = run(method, LinearRounds(GRADIENTS), [0.0], steps=len(GRADIENTS), alpha=0.1, **hyper)
    return xs[..., 0]


def check_amsgrad_torch(method):
    expected = torch_points(amsgrad=True, eps=1e-2)
    np.testing.assert_allclose(on_gradients(method, eps=1e-2), expected, rtol=1e-10, atol=1e-12)


def check_amsgrad_optax(method):
    expected = optax_points(optax.amsgrad(0.1, eps=1e-2))
    np.testing.assert_allclose(on_gradients(method, eps=1e-2), expected, rtol=1e-10, atol=1e-12)


def check_inside(method):
    """ε under the root: optax's `eps_root`, with its other ε gone."""
    expected = optax_points(optax.adam(0.1, eps=0.0, eps_root=1e-2))
    np.testing.assert_allclose(on_gradients(method, eps=1e-2), expected, rtol=1e-10, atol=1e-12)


def check_drift(drift):
    """The formula of the steady regime against the method, for many (C, P, β) at once."""
    beta1, beta2 = np.array([0.0, 0.5, 0.9])[:, None], np.array([0.1, 0.9, 0.99])
    for c, P in ((3.0, 3), (20.0, 7), (12.0, 12)):
        rounds, K = LinearRounds(np.r_[c, -np.ones(P - 1)]), 4000 // P * P
        xs = run(adam, rounds, [0.0], steps=K, keep=[K - P, K], alpha=1.0,
                 beta1=beta1, beta2=beta2, eps=0.0)[..., 0]  # fmt: skip
        np.testing.assert_allclose(xs[1] - xs[0], drift(c, P, beta1, beta2), atol=1e-8)
    assert [drift(3, 3, 0.0, b) > 0 for b in (0.1, 0.4, 0.5, 0.999)] == [True, True, False, False]
    assert [drift(p, p, 0.9, 0.999) > 0 for p in (3, 73, 74, 300)] == [False, False, True, True]


CHECKS = {
    check_projected: "projected",
    check_rounds: "LinearRounds",
    check_theorem_adam: "adam_raw",
    check_theorem_amsgrad: "amsgrad",
    check_library_adam_goes_astray: "adam",
    check_factor: "adam_raw",
    check_unbiased: "adam",
    check_cycle: "adam",
    check_eps_threshold: "adam",
    check_cycle_needs_more_than_doubles: "adam",
    check_amsgrad_torch: "amsgrad_torch",
    check_amsgrad_optax: "amsgrad_optax",
    check_inside: "adam_inside",
    check_drift: "drift",
}

MEAN = "beta2 * v + (1 - beta2) * g**2"
#: A check, what is done wrong, and the one place of the source where it is done.
BREAKS = [
    (check_projected, "the free iterate is clipped", "y = (y + x - x_prev)", "y = x"),
    (check_projected, "no projection", "x - x_prev).clip(low, high)", "x - x_prev)"),
    (check_projected, "the start stays outside", "y = x.clip(low, high)", "y = x"),
    (check_projected, "the gradient at the free iterate", "problem.grad(y)", "problem.grad(x)"),
    (check_rounds, "always the first slope", "self._past += 1", "pass"),
    (check_rounds, "a run does not start anew", "return LinearRounds(self.slopes)", "return self"),
    (check_rounds, "the loss after the step", "[:-1, ..., 0]", "[1:, ..., 0]"),
    (check_rounds, "against x = 0", "least = -abs(c.cumsum(0))", "least = 0 * c.cumsum(0)"),
    (check_theorem_adam, "bias correction of v", "m / (v**0.5", "m / ((v / (1 - beta2**k))**0.5"),
    (check_theorem_adam, "long memory", "beta2 * v + (1 - beta2)", "0.9 * v + 0.1"),
    (check_theorem_amsgrad, "no maximum", "maximum(v_hat, v)", "v"),
    (check_theorem_amsgrad, "bias correction",
     "m / (v_hat**0.5", "m / ((v_hat / (1 - beta2**k))**0.5"),
    (check_library_adam_goes_astray, "v never shrinks", MEAN, "v + g**2"),
    (check_factor, "bias correction of m", "* m / (v**0.5", "* (m / (1 - beta1**k)) / (v**0.5"),
    (check_unbiased, "no bias correction", "v_hat = v / (1 - beta2**k)", "v_hat = v"),
    (check_unbiased, "k off by one", "m / (1 - beta1**k)", "m / (1 - beta1 ** (k + 1))"),
    (check_cycle, "a step that falls", "at(alpha, k) *", "at(alpha, k) / k**0.5 *"),
    (check_cycle, "the sum instead of the mean of g²", MEAN, "v + g**2"),
    (check_eps_threshold, "ε inside", "(v_hat**0.5 + eps)", "(v_hat + eps) ** 0.5"),
    (check_cycle_needs_more_than_doubles, "no memory of g²", MEAN, "g**2"),
    (check_amsgrad_torch, "the maximum after the correction",
     "maximum(v_max, v)", "maximum(v_max, v / (1 - beta2**k)) * (1 - beta2**k)"),
    (check_amsgrad_optax, "the maximum before the correction",
     "maximum(v_hat, v / (1 - beta2**k))",
     "maximum(v_hat * (1 - beta2 ** (k - 1)), v) / (1 - beta2**k)"),
    (check_inside, "ε outside", "(v_hat + eps) ** 0.5", "(v_hat**0.5 + eps)"),
    (check_drift, "the sign", "return -(((C", "return (((C"),
    (check_drift, "the period forgotten", "/ (1 - beta**P) for", "for"),
]  # fmt: skip


@each(CHECKS)
def test_it_holds(check):
    check(the(CHECKS[check]))


@each_break(BREAKS)
def test_the_break_is_caught(check, old, new):
    broken = the(CHECKS[check], old, new)
    with pytest.raises(AssertionError):
        check(broken)


def test_every_check_has_a_break():
    assert {check for check, *_ in BREAKS} == set(CHECKS)


def test_the_three_amsgrads_differ_from_each_other_and_from_adam():
    """The library's amsgrad is the paper's; torch's and optax's are two others."""
    variants = [amsgrad, the("amsgrad_torch"), the("amsgrad_optax"), adam]
    ends = np.array([on_gradients(method)[-1] for method in variants])
    for i in range(4):
        for j in range(i):
            assert abs(ends[i] - ends[j]).max() > 1e-4, (i, j)


@pytest.mark.parametrize("slopes", [[], np.nan, [np.inf], 3.0])
def test_slopes_that_are_none_are_named(slopes):
    with pytest.raises(ValueError, match="slopes"):
        LinearRounds(slopes)


def test_many_sequences_at_once_are_the_stack_of_single_ones():
    """C, x₀, α and β by run axes; float32 stays float32, torch stays torch."""
    Cs, settings = np.array([3.0, 5.0, 9.0]), {"steps": 60, "beta1": 0.0}
    many = LinearRounds(np.stack([Cs, -np.ones(3), -np.ones(3)]))
    alpha, beta2 = np.array([0.1, 0.5])[:, None], 1 / (1 + Cs**2)
    xs = run(projected(adam), many, [0.2], alpha=alpha, beta2=beta2, **settings)
    assert xs.shape == (61, 2, 3, 1)
    for i in range(2):
        for j in range(3):
            one = LinearRounds([Cs[j], -1, -1])
            single = run(projected(adam), one, [0.2], alpha=alpha[i, 0], beta2=beta2[j], **settings)
            np.testing.assert_allclose(xs[:, i, j], single, rtol=1e-12)
            np.testing.assert_allclose(many.regret(xs)[:, i, j], one.regret(single))
    single = run(projected(adam), one, np.array([0.2], dtype=np.float32), **settings)
    assert single.dtype == np.float32
    tensor = run(projected(adam), one, torch.tensor([0.2], dtype=torch.float64), **settings)
    expected = run(projected(adam), one, [0.2], **settings)
    np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-12)


def test_the_projection_keeps_name_and_hyperparameters():
    assert projected(adam).__name__ == "adam"
    assert inspect.isgeneratorfunction(projected(adam))
    points = list(islice(projected(gd)(Outside(), np.zeros(1), alpha=1.0), 3))
    assert [float(x[0]) for x in points] == [0, 1, 1]
