"""A worst case that is not the worst, or not what its formula says."""

from itertools import product

import numpy as np
import pytest

from course_lib import Tilted, gd, huber, power, quadratic, rates, run

pytestmark = pytest.mark.stored

NS = np.array([1, 2, 10, 100, 1000])


@pytest.mark.parametrize(("L", "R"), [(1.0, 1.0), (4.0, 0.5)])
def test_gd_on_the_huber_family_leaves_what_the_theorem_says(L, R):
    """LR²/(4N + 2) to twelve digits, all members in one run; and each is worst at its own N."""
    member = rates.huber_member(NS, L, R)
    f = member.problem.f(run(gd, member.problem, member.x0, steps=1000, alpha=1 / L))
    assert f.shape == (1001, 5)
    for j, n in enumerate(NS):
        np.testing.assert_allclose(f[n, j], L * R**2 / (4 * n + 2), rtol=1e-12)
        assert f[n].argmax() == j
        alone = rates.huber_member(n, L, R)
        assert alone.error == member.error[j]
        np.testing.assert_allclose(
            alone.problem.f(run(gd, alone.problem, alone.x0, steps=n, alpha=1 / L))[-1], f[n, j]
        )
    assert rates.slope(NS[2:], member.error[2:]).value == pytest.approx(-1, abs=0.02)


def test_no_other_convex_function_is_worse_for_gd():
    """|x|^p, quadratics and other ramps from R = 1 stay below the envelope at every N."""
    k = np.arange(1, 301)
    bound = 1 / (4 * k + 2)
    others = [power(p, sigma=0.0) for p in (2, 3, 4, 10, 100)]
    others += [huber(slope) for slope in (0.001, 0.01, 0.1, 1.0)]
    for problem in others:
        f = problem.f(run(gd, problem, [1.0], steps=300, alpha=1 / problem.L))[1:] / problem.L
        assert (f <= bound * (1 + 1e-12)).all(), problem
    f = quadratic(kappa=50).f(run(gd, quadratic(kappa=50), [1.0, 0.0], steps=300, alpha=1.0))[1:]
    assert (f <= bound).all()


@pytest.mark.parametrize(("L", "delta"), [(1.0, 1.0), (3.0, 0.2)])
def test_gd_on_the_ramps_sees_the_same_gradient_for_n_steps(L, delta):
    member = rates.ramp_member(NS, L, delta)
    xs = run(gd, member.problem, member.x0, steps=1000, alpha=1 / L)
    np.testing.assert_allclose(member.problem.f(xs[0]), delta, rtol=1e-12)
    square = (member.problem.grad(xs) ** 2).sum(-1)
    for j, n in enumerate(NS):
        np.testing.assert_allclose(square[:n, j], L * delta / n, rtol=1e-12)
        assert square[n + 1 :, j].max(initial=0) < 0.3 * L * delta / n  # not for longer
        assert square[:n, j].min() <= 4 * L * delta / (3 * n - 1) * (1 + 1e-12)


def played(n, delta):
    """The game enumerated: over all 2^n answers and both signs, the best x for each."""
    best = 0.0
    for answers in product((-1, 1), repeat=n):
        chance = {sign: np.prod([(1 + sign * delta * a) / 2 for a in answers]) for sign in (-1, 1)}
        # f = sign·δ·x, f* = −δ; both signs are equally likely: choose x to lose least in the mean
        losses = [sum(chance[s] / 2 * (s * delta * x + delta) for s in (-1, 1)) for x in (-1, 0, 1)]
        best += min(losses)
    return best


@pytest.mark.parametrize("n", [1, 2, 3, 6, 7])
def test_the_game_is_the_enumerated_bayes_risk(n):
    """Equal to the worst case of the majority, so both are the minimax error."""
    for delta in (0.0, 0.1, 0.4, 0.9, 1.0):
        assert rates.game(n, delta) == pytest.approx(played(n, delta), abs=1e-14)
    deltas = np.array([0.1, 0.4])
    assert rates.game(n, deltas).tolist() == [rates.game(n, 0.1), rates.game(n, 0.4)]


def test_a_method_meets_the_coin_of_the_game():
    """Answers ±1 of mean δ, one coin for each run; the majority of N loses what the game says."""
    deltas = np.array([[0.0], [0.1], [1.0]])
    tossed = rates.coin(deltas)
    one = tossed.minibatch(1, range(2000))
    x = np.full((3, 2000, 1), 0.5)
    np.testing.assert_allclose(tossed.grad(x)[..., 0], deltas + 0 * x[..., 0], atol=1e-4)
    np.testing.assert_allclose(tossed.f(x), (deltas + 0 * x[..., 0]) / 2, atol=1e-4)
    answers = np.array([one.grad(x)[..., 0] for _ in range(11)])
    assert set(np.unique(answers)) == {-1.0, 1.0}
    lost = deltas * (1 - np.sign(answers.sum(0)))
    for delta, loss in zip(deltas[:, 0], lost, strict=True):
        assert abs(loss.mean() - rates.game(11, delta)) <= 4 * loss.std() / 2000**0.5


def test_the_worst_game_is_of_order_one_over_root_n():
    """0.33995/√N at δ = 0.7518/√N in the limit: max of 2cΦ(−c)."""
    sizes = np.array([11, 101, 1001, 10_001])
    delta, error = np.array([rates.game_worst(int(n)) for n in sizes]).T
    np.testing.assert_allclose((error * sizes**0.5)[1:], 0.33995, rtol=0.01)
    np.testing.assert_allclose((delta * sizes**0.5)[1:], 0.7518, rtol=0.01)
    np.testing.assert_allclose((error * sizes**0.5)[-1], 0.33995, rtol=1e-4)
    assert rates.slope(sizes[1:], error[1:]).value == pytest.approx(-0.5, abs=2e-3)
    for n, d in zip(sizes[:3], delta, strict=False):
        assert rates.game(n, d) >= rates.game(n, np.linspace(0, 1, 2001)).max() * (1 - 1e-6)
    assert rates.game_worst(1) == pytest.approx((0.5, 0.25), abs=1e-6)


def test_the_pair_is_what_sgd_does():
    """The quadratic exactly; the ramp while it lasts (an endless one here)."""
    K, sigma, L, delta = 400, 2.0, 3.0, 0.7
    s = sigma * np.array([[1.0], [-1.0]])
    alphas = np.array([0.003, 0.03, 0.1])[:, None]
    quadratics = Tilted(
        lambda x: L * (x**2).sum(-1) / 2, lambda x: L * x, lambda x: L + 0 * x[..., None], s
    )
    xs = run(gd, quadratics.minibatch(1, range(4000)), [0.0], steps=K - 1, alpha=alphas)
    mean = ((L * xs) ** 2).sum(-1).mean(0)
    for j, alpha in enumerate(alphas[:, 0]):
        quadratic_, ramp = rates.pair(alpha, K, L, delta, sigma)
        assert abs(mean[j].mean() - quadratic_) < 4 * mean[j].std() / 4000**0.5
        slope = (delta / (alpha * K)) ** 0.5
        assert ramp == pytest.approx(slope**2)
        assert K * alpha * slope == pytest.approx(delta / slope)  # the mean path falls by Δ


def test_the_best_constant_step_for_the_pair():
    """√(LΔσ²/2K), at α = √(2Δ/(Lσ²K)), up to what is lost at the start."""
    for L, delta, sigma in ((1.0, 1.0, 1.0), (2.0, 0.5, 3.0)):
        for K in (1000, 100_000):
            scale = (2 * delta / (L * sigma**2 * K)) ** 0.5
            alphas = scale * np.geomspace(0.3, 3, 2001)
            worst = np.maximum(*rates.pair(alphas, K, L, delta, sigma))
            assert worst.min() / (L * delta * sigma**2 / (2 * K)) ** 0.5 == pytest.approx(
                1, abs=0.05
            )
            assert alphas[worst.argmin()] / scale == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: rates.huber_member(0), "N: expected N ≥ 1; got 0.0"),
        (lambda: rates.ramp_member([1, np.nan]), "N: expected finite numbers; got 1 like nan"),
        (lambda: rates.huber_member(5, L=0), "L: expected 0 < L < inf; got 0"),
        (lambda: rates.huber_member(5, R=None), "R: expected 0 < R < inf; got None"),
        (lambda: rates.ramp_member(5, delta=-1), "delta: expected 0 < delta < inf; got -1"),
        (lambda: rates.pair(0.1, 5, L="1"), "L: expected 0 < L < inf; got '1'"),
        (lambda: rates.pair(0.1, 5, sigma=1j), "sigma: expected 0 ≤ sigma < inf; got 1j"),
        (lambda: rates.game_worst(0), "N: expected an integer ≥ 1; got 0"),
        (lambda: rates.game(2.5, 0.1), "N: expected an integer ≥ 1; got 2.5"),
        (lambda: rates.game(2, 1.5), "delta: expected 0 ≤ delta ≤ 1; got 1.5"),
        (lambda: rates.coin(-0.5), "delta: expected 0 ≤ delta ≤ 1; got -0.5"),
        (lambda: rates.coin(0.5, n=0), "n: expected an integer ≥ 1; got 0"),
        (lambda: rates.game(10**8, 0.1), "N: expected an integer ≤ 1000000; got 100000000"),
        (lambda: rates.game_worst(10**9), "N: expected an integer ≤ 1000000; got 1000000000"),
        (
            lambda: rates.pair([0.1, 2.0], 10),
            "alpha: expected 0 < alpha < 2/L = 2.0; got [0.1 2. ]",
        ),
    ],
)
def test_bad_input_is_named(call, text):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the text is what is tested
        call()
    assert str(error.value) == text
