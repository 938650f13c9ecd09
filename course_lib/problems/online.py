"""Linear losses on [−1, 1], one after another (S12): the sequences on which Adam goes astray.

In round k the method names x_{k-1}, then the loss f_k(x) = c_k x is shown, and `grad` is its slope
c_k. The library's methods know no constraint; `projected` adds it to any of them. `drift` tells
where Adam goes without running it.
"""

from functools import wraps
from types import SimpleNamespace

import numpy as np

from course_lib.arrays import like


class LinearRounds:
    """Losses f_k(x) = c_k x on [−1, 1] whose slopes repeat: c_1, …, c_P, c_1, …

    slopes: one period, shape (P,), or (P, *runs): each run has its own sequence. `f` is the mean
    over the period, `x_star` its minimizer −sign(Σ c), `grad` the slope of the round.
    Source: S12. Reddi, Kale, Kumar (2018): Theorem 1 is (C, −1, −1), Theorem 2 C and C − 1 times
    −1, their experiment 1010 and 100 times −10.

    >>> rounds = LinearRounds([3, -1, -1])
    >>> [rounds.grad(np.zeros(1)).item() for _ in range(5)]
    [3.0, -1.0, -1.0, 3.0, -1.0]
    """

    name, n, d, cost, L, mu = "linear_rounds", 1, 1, 1, 0.0, None
    domain = ((-1.0, 1.0),)

    def __init__(self, slopes):
        self.slopes = np.asarray(slopes, dtype=float)
        if not self.slopes.ndim or not self.slopes.size or not np.isfinite(self.slopes).all():
            raise ValueError(f"slopes: expected finite numbers (P, *runs), P ≥ 1; got {slopes!r}")
        self.runs = self.slopes.shape[1:]
        self.mean = self.slopes.mean(0)
        self.x_star, self.f_star = -np.sign(self.mean)[..., None], -abs(self.mean)
        self._past = 0

    def fresh(self):
        """The same losses from the first round on; `run` calls it."""
        return LinearRounds(self.slopes)

    def f(self, x):
        return like(x, self.mean) * x[..., 0]

    def grad(self, x):
        """The slope of the next round, whatever x: (*runs, 1) → (*runs, 1)."""
        c = self.slopes[self._past % len(self.slopes)]
        self._past += 1
        return like(x, c)[..., None] + 0 * x

    def regret(self, xs):
        """(1/K) (Σ f_k(x_{k-1}) − min_u Σ f_k(u)) for K = 1, 2, …: (K + 1, *runs, 1) → (K, *runs).

        xs: all iterates in [−1, 1]. It goes to 0 if the method learns; what an eternal x = x* would
        have paid is the reference.
        """
        x = xs[:-1, ..., 0]
        rounds = np.arange(len(x))
        c = self.slopes[rounds % len(self.slopes)]
        c = c.reshape(len(x), *(1,) * (x.ndim - c.ndim), *self.runs)
        least = -abs(c.cumsum(0))  # of a linear function on [−1, 1]
        k = (rounds + 1).reshape(-1, *(1,) * (x.ndim - 1))
        return ((c * x).cumsum(0) - least) / k


def drift(C, P, beta1, beta2):
    """Δx/α of Adam over one period of slopes (C, −1, …, −1), long after the start, with ε = 0.

    The sum over j = 0, …, P − 1 of −m/√v, where j steps after the slope C
    m = (C+1) p_j(β₁) − 1,  v = (C²−1) p_j(β₂) + 1,  p_j(β) = (1−β) β^j / (1−β^P).

    C, beta1, beta2: numbers or arrays that broadcast, 0 ≤ β < 1; P ≥ 1: an integer.
    Source: S12. The steady state of m and v on the sequences of Reddi, Kale, Kumar (2018).

    >>> round(float(drift(3, 3, 0, 0.1)), 3), round(float(drift(3, 3, 0.9, 0.999)), 3)
    (0.681, -0.522)
    """
    C, beta1, beta2 = (np.asarray(a, dtype=float)[..., None] for a in (C, beta1, beta2))
    j = np.arange(P)
    share1, share2 = ((1 - beta) * beta**j / (1 - beta**P) for beta in (beta1, beta2))
    return -(((C + 1) * share1 - 1) / ((C**2 - 1) * share2 + 1) ** 0.5).sum(-1)


def projected(method, low=-1.0, high=1.0):
    """The method with every coordinate of every iterate kept in [low, high].

    y_k = Π(y_{k-1} + Δx_k), where Δx_k is the method's own step at y_{k-1}.

    The method must use x only in ∇f(x) and in x ← x − step, as gd, momentum, adagrad, rmsprop,
    adadelta, adam and amsgrad do: it walks on freely, while gradients are taken at y, and y makes
    the same steps but for those that lead outside. On a box the projection of Reddi, Kale, Kumar,
    which measures distances in √v̂, is this very one, coordinate by coordinate.

    >>> from course_lib import gd, run
    >>> run(projected(gd), LinearRounds([3, -1, -1]), [0.0], steps=4, alpha=0.5)[:, 0]
    array([ 0. , -1. , -0.5,  0. , -1. ])
    """

    @wraps(method)
    def inside(problem, x, **hyper):
        y = x.clip(low, high)
        at_y = SimpleNamespace(grad=lambda x: problem.grad(y))
        free = method(at_y, y, **hyper)
        x = next(free)
        while True:
            yield y
            x_prev, x = x, next(free)
            y = (y + x - x_prev).clip(low, high)

    return inside
