"""Losses one after another: in round k the method names x_{k-1}, and `grad` is that of a new f_k.

Linear ones on [−1, 1] are the sequences on which Adam goes astray (S12): the library's methods know
no constraint, `wrappers.projected` adds it to any of them; `drift` tells where Adam goes without
running it. Parabolas that move ask who keeps up (S10).
"""

import numpy as np

from course_lib.arguments import (
    check_array,
    check_integer,
    check_list_of_seeds,
    check_number,
    check_numbers,
    check_points,
    check_size,
    generator,
)
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
        self.slopes = check_array("slopes", slopes)
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
        x = check_points("xs", xs, 1)[:-1, ..., 0]
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
    given = {"C": C, "beta1": beta1, "beta2": beta2}
    C, beta1, beta2 = (check_numbers(name, value)[..., None] for name, value in given.items())
    for name, beta in (("beta1", beta1), ("beta2", beta2)):
        if not ((beta >= 0) & (beta < 1)).all():
            raise ValueError(f"{name}: expected 0 ≤ {name} < 1; got {given[name]!r}")
    try:
        runs = np.broadcast_shapes(C.shape, beta1.shape, beta2.shape)[:-1]
    except ValueError as error:
        raise ValueError(f"C, beta1, beta2: expected shapes that fit; {error}") from None
    check_size("P", check_integer("P", P, 1), *runs)
    j = np.arange(P)
    share1, share2 = ((1 - beta) * beta**j / (1 - beta**P) for beta in (beta1, beta2))
    return -(((C + 1) * share1 - 1) / ((C**2 - 1) * share2 + 1) ** 0.5).sum(-1)


class MovingParabola:
    """f_k(x) = s_k (x − c_k)²/2, its gradient measured with noise: s_k (x − c_k + ξ_k), d = 1.

    c, s: the minima and the curvatures in rounds 0, 1, …, shape (rounds,); a run of K steps asks
    for K of them. seeds: a run for each; its noise is ξ ~ N(0, sigma²), the same for every method.
    Source: S10: a problem is non-stationary where c or s changes.
    """

    name, n, d, cost, L, mu = "moving_parabola", 1, 1, 1, None, None
    domain = x_star = f_star = None

    def __init__(self, c, s, seeds, sigma=0.3):
        self.c, self.s = check_numbers("c", c), check_numbers("s", s)
        if self.c.ndim != 1 or self.c.shape != self.s.shape:
            came = f"{self.c.shape} and {self.s.shape}"
            raise ValueError(f"c, s: expected one shape (rounds,); got {came}")
        self.seeds = check_list_of_seeds("seeds", seeds)
        self.sigma = check_number("sigma", sigma, 0)
        self.runs = (len(self.seeds),)
        draws = [generator(seed).normal(size=len(self.c)) for seed in self.seeds]
        self._noise = self.sigma * np.stack(draws, axis=-1)
        self._past = 0

    def fresh(self):
        """The same rounds and the same noise from the first round on; `run` calls it."""
        return MovingParabola(self.c, self.s, self.seeds, self.sigma)

    def grad(self, x):
        """The noisy slope of the next round's loss at x: (*runs, 1) → (*runs, 1)."""
        k, self._past = self._past, self._past + 1
        if k >= len(self.c):
            raise ValueError(f"steps: expected at most {len(self.c)}, a round for each; got more")
        return self.s[k] * (x - self.c[k] + self._noise[k][:, None])

    def lag(self, xs):
        """x_k − c_k for k = 0, 1, …: (K + 1, *runs, 1) → (K + 1, *runs); ±1e9 for what diverged."""
        x = check_points("xs", xs, 1)[..., 0]
        if len(x) > len(self.c):
            raise ValueError(f"xs: expected at most {len(self.c)} rounds; got {len(x)}")
        c = self.c[: len(x)].reshape(-1, *(1,) * (x.ndim - 1))
        return np.nan_to_num(x - c, nan=1e9).clip(-1e9, 1e9)
