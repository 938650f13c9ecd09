"""The worst that can happen: for every N there is a function on which N steps do no better.

In the convex and non-convex rows of the table one fixed function may be better in the end than its
cell says. So each family has a member for every N (its curve would be drawn thin), and what cannot
be improved is the envelope (thick).
"""

from math import lgamma
from typing import NamedTuple

import numpy as np

from course_lib.arguments import (
    check_integer,
    check_number,
    check_numbers,
    check_positive,
    check_size,
)
from course_lib.problems import FiniteSum, huber

MOST_ANSWERS = 10**6  # of the oracle: their binomial coefficients are computed one by one


class Member(NamedTuple):
    """The function for N steps, the start, and the error that is left after them."""

    problem: object
    x0: np.ndarray
    error: float


def _steps(N):
    N = check_numbers("N", N)
    if not (N >= 1).all():
        raise ValueError(f"N: expected N ≥ 1; got {N}")
    return N


def _bias(delta):
    delta = check_numbers("delta", delta)
    if not ((delta >= 0) & (delta <= 1)).all():
        raise ValueError(f"delta: expected 0 ≤ delta ≤ 1; got {delta}")
    return delta


def huber_member(N, L=1.0, R=1.0):
    """The worst convex L-smooth function for N steps of GD with α = 1/L from |x0 − x*| = R.

    f is L x²/2 up to |x| = R/(2N + 1) and a ramp beyond it; f(x_N) − f* = L R²/(4N + 2), and no
    convex function is worse. N: ≥ 1, or an array (*runs): one function for each run.
    Source: S4. Drori, Teboulle (2014), Performance of first-order methods, Theorems 1 and 2.

    >>> from course_lib import gd, run
    >>> member = huber_member(N=50)
    >>> xs = run(gd, member.problem, member.x0, steps=50, alpha=1.0)
    >>> print(f"{float(member.problem.f(xs[-1])):.12f} = {member.error:.12f}")
    0.004950495050 = 0.004950495050
    """
    N, L, R = _steps(N), check_positive("L", L), check_positive("R", R)
    x0 = np.full((*N.shape, 1), R)
    return Member(huber(L * R / (2 * N + 1), L), x0, L * R**2 / (4 * N + 2))


def ramp_member(N, L=1.0, delta=1.0):
    """An L-smooth function on which GD with α = 1/L sees no gradient smaller for N steps.

    A ramp of slope √(L Δ/N) from f(x0) − f* = Δ; it ends, as smoothly as L allows, just after
    x_{N−1}: min ‖∇f(x_k)‖² over k < N is L Δ/N. The exponent is right, and the constant 3/4 of the
    worst one for large N: no f has more than 4 L Δ/(3N − 1), and one that saws has it. (The ramp is
    even convex: not a valley is needed.)
    N: ≥ 1, or an array (*runs). Source: S4. The bound: Abbaszadehpeivasti, de Klerk, Zamani (2022),
    The exact worst-case convergence rate of the gradient method.
    """
    N, L, delta = _steps(N), check_positive("L", L), check_positive("delta", delta)
    slope = (L * delta / N) ** 0.5
    x0 = delta / slope + slope / (2 * L)
    return Member(huber(slope, L), x0[..., None], L * delta / N)


def game(N, delta):
    """The least error that N answers of the oracle leave, in the game f(x) = ±δx on [−1, 1].

    The oracle answers g = +1 or −1 with mean ±δ: unbiased, bounded. Whoever has to name an x after
    N answers does best to follow the majority (x = 0 if there is none): the answers' order says
    nothing, and ±δ are each other's mirror images. E f(x) − f* is then δ·(2 P(wrong) + P(tie)),
    exactly. delta: 0 ≤ δ ≤ 1, a number or an array.
    Source: S4. Nemirovski, Yudin (1983); Agarwal, Bartlett, Ravikumar, Wainwright (2012).

    >>> print(game(1, 0.5))  # one answer is wrong with probability 1/4, and then costs 2δ
    0.25
    """
    N, delta = check_integer("N", N, 1, MOST_ANSWERS), _bias(delta)
    check_size("N, delta", N, *delta.shape)
    j = np.arange(N + 1)
    log_count = lgamma(N + 1) - np.array([lgamma(i + 1) + lgamma(N - i + 1) for i in j])
    p, q = (1 + delta[..., None]) / 2, (1 - delta[..., None]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.where(j > 0, j * np.log(p), 0) + np.where(j < N, (N - j) * np.log(q), 0)
    cost = np.where(2 * j < N, 2.0, np.where(2 * j == N, 1.0, 0.0))  # j right answers of N
    return (delta * (np.exp(log_count + power) * cost).sum(-1))[()]


def coin(delta, n=10_000):
    """The oracle of the `game` as a problem for a method: f(x) = δx, its n answers +1 and −1.

    `coin(delta).minibatch(1, seed)` answers one of them, whose mean is δ to 1/n; f is meant on
    [−1, 1], where f* = −δ. delta: 0 ≤ δ ≤ 1, or an array (*runs): one coin for each run.
    Source: S4, as `game`.
    """
    n, delta = check_integer("n", n, 1), _bias(delta)
    heads = (np.arange(n) + 0.5) / n  # answer i is +1 where heads[i] < (1 + δ)/2

    def answer(i):
        return np.where(heads[i] < (1 + delta) / 2, 1.0, -1.0)

    def f_i(x, i):
        return answer(i) * x[..., 0]

    def grad_i(x, i):
        return answer(i)[..., None] + 0 * x

    return FiniteSum(f_i, grad_i, n, d=1, name="coin")


def game_worst(N):
    """The δ that is worst for N answers, and the error: about 0.75/√N and 0.34/√N."""
    N, low, high = check_integer("N", N, 1, MOST_ANSWERS), 0.0, 1.0
    for _ in range(8):
        grid = np.linspace(low, high, 41)
        best = game(N, grid).argmax()
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 40)]
    return float(grid[best]), float(game(N, grid[best]))


def pair(alpha, K, L=1.0, delta=1.0, sigma=1.0):
    """The larger mean of E‖∇f(x_k)‖² over K steps of SGD with a constant α on two functions.

    A quadratic of curvature L, from its minimum: the noise alone makes the gradient
    α L σ²/(2 − α L) in the end. A ramp of slope √(Δ/(α K)): in K steps the mean path only just
    comes to its foot, and the gradient stays. A small α is bad on the ramp, a large one on the
    quadratic; the best of them leaves about √(L Δ σ²/(2K)). A bound for SGD with a constant step,
    not for every method. alpha: 0 < α < 2/L, a number or an array.
    Source: S4. Drori, Shamir (2020), The Complexity of Finding Stationary Points with SGD.

    Returns (quadratic, ramp).
    """
    K, alpha = check_integer("K", K, 1), check_numbers("alpha", alpha)
    L, delta = check_positive("L", L), check_positive("delta", delta)
    sigma = check_number("sigma", sigma, 0)
    if not ((alpha > 0) & (alpha * L < 2)).all():
        raise ValueError(f"alpha: expected 0 < alpha < 2/L = {2 / L}; got {alpha}")
    shrink = (1 - alpha * L) ** 2
    stationary = L**2 * alpha**2 * sigma**2 / (1 - shrink)
    quadratic = stationary * (1 - (1 - shrink**K) / (K * (1 - shrink)))
    return quadratic[()], (delta / (alpha * K))[()]
