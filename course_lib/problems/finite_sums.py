"""Finite sums f = (1/n) Σ f_i (S1): any per-example loss, and linear models with fast gradients."""

from functools import cached_property

import numpy as np

from course_lib.arguments import (
    check_bool,
    check_function,
    check_integer,
    check_number,
    check_numbers,
    check_points,
)
from course_lib.arrays import eye, first_axis_last, like, namespace, once_a_dtype, take
from course_lib.problems.minibatch import Minibatch

BLOCK = 2**21  # numbers in one temporary array; larger inputs are worked off in pieces


class FiniteSum:
    """f(x) = (1/n) Σ f_i(x) from any per-example loss.

    f_i(x, i), grad_i(x, i): value and gradient of summand i at x, for an integer array `i` that
        broadcasts with the runs of `x` (*runs, d); they return (*shape,) and (*shape, d).
    n, d: numbers of summands and of coordinates. known: L, mu, x_star, f_star, domain, name.
    Source: S1.

    >>> mean = FiniteSum(lambda x, i: (x[..., 0] - i) ** 2 / 2, lambda x, i: x - i[..., None], 5, 1)
    >>> mean.grad(np.array([3.0]))
    array([1.])
    """

    L = mu = x_star = f_star = domain = None
    name = "finite_sum"

    def __init__(self, f_i, grad_i, n, d, **known):
        for name, function in (("f_i", f_i), ("grad_i", grad_i)):
            if function is not None:
                check_function(name, function, "x", "i")
        self.f_i, self.grad_i = f_i, grad_i
        self.n, self.d = check_integer("n", n, 1), check_integer("d", d, 1)
        for key, value in known.items():
            if key not in ("L", "mu", "x_star", "f_star", "domain", "name"):
                raise ValueError(f"{key}: expected L, mu, x_star, f_star, domain or name")
            setattr(self, key, value)

    def __repr__(self):
        return f"<{self.name}: n = {self.n}, d = {self.d}>"

    @property
    def cost(self):
        return self.n

    def f(self, x):
        """(1/n) Σ f_i(x): (*runs, d) → (*runs,)."""
        x = check_points("x", x, self.d)
        return self.f_i(x, self._all(x)).mean(0)

    def grad(self, x):
        """(1/n) Σ ∇f_i(x): (*runs, d) → (*runs, d)."""
        x = check_points("x", x, self.d)
        return self.grad_i(x, self._all(x)).mean(0)

    def f_batch(self, x, i):
        """Mean loss of the summands `i` (batch, *runs) at x (*runs, d): shape (*runs,)."""
        return self.f_i(x, i).mean(0)

    def grad_batch(self, x, i):
        """Mean gradient of the summands `i` (batch, *runs) at x (*runs, d): shape (*runs, d)."""
        return self.grad_i(x, i).mean(0)

    def minibatch(self, batch, seed=0, replace=True):
        """The same problem whose `grad` averages `batch` summands drawn anew at each call (S2).

        batch: 1..n (any ≥ 1 with replacement). seed: an integer ≥ 0, or an array of them: one run
        for each. replace: may a summand occur twice in one batch; batches are independent.
        """
        return Minibatch(self, batch, seed, f"replace={check_bool('replace', replace)}")

    def reshuffle(self, batch, seed=0):
        """The same problem, its summands dealt in batches from a deck shuffled every epoch.

        Batches of one epoch are disjoint (a last incomplete one is not dealt), so each is unbiased
        alone, but not given those before it.
        """
        return Minibatch(self, batch, seed, "reshuffle")

    def _all(self, x):
        i = np.arange(self.n).reshape(self.n, *(1,) * (x.ndim - 1))
        return like(x, i)


class LinearModel(FiniteSum):
    """f(x) = (1/n) Σ φ(a_iᵀx, y_i) + (λ/2)‖x‖²; a subclass says what φ(t, y) and its two
    derivatives in t are.

    A: rows a_iᵀ, shape (n, d), dense, not all 0; y: shape (n,); lam: λ ≥ 0.
    """

    def __init__(self, A, y, lam=0.0, domain=None, name=None):
        A, y = check_numbers("A", A), check_numbers("y", y)
        if A.ndim != 2 or y.shape != A.shape[:1]:
            raise ValueError(f"A, y: expected shapes (n, d) and (n,); got {A.shape} and {y.shape}")
        if not A.any():
            raise ValueError(f"A: expected (n, d) numbers, not all 0; got shape {A.shape}, {A!r}")
        self.A, self.y, self.lam, self.domain = A, y, check_number("lam", lam, 0), domain
        self.n, self.d = A.shape
        self.name = name or self.name

    @cached_property
    def _columns(self):
        """Aᵀ in the order of its rows, from the first use on: it takes as much memory as A."""
        return np.ascontiguousarray(self.A.T)

    @once_a_dtype
    def _data(self, x):
        """Aᵀ and y in the kind and dtype of `x`."""
        return like(x, self._columns), like(x, self.y)

    def f(self, x):
        x = check_points("x", x, self.d)
        points = x.reshape(-1, self.d)
        size = max(1, BLOCK // self.n)
        blocks = [points[j : j + size] for j in range(0, max(1, len(points)), size)]
        columns, y = self._data(x)
        loss = namespace(x).concatenate([self.phi(b @ columns, y).mean(-1) for b in blocks])
        return loss.reshape(x.shape[:-1]) + self.lam / 2 * (x**2).sum(-1)

    def grad(self, x):
        x = check_points("x", x, self.d)
        columns, y = self._data(x)
        return self.dphi(x @ columns, y) @ columns.T / self.n + self.lam * x

    def hessian(self, x):
        x = check_points("x", x, self.d)
        columns, y = self._data(x)
        weighted = self.d2phi(x @ columns, y)[..., None, :] * columns
        return weighted @ columns.T / self.n + self.lam * eye(x)

    def f_batch(self, x, i):
        t, _, y = self._batch(x, i)
        return self.phi(t, y).mean(0) + self.lam / 2 * (x**2).sum(-1)

    def grad_batch(self, x, i):
        t, rows, y = self._batch(x, i)
        g = namespace(x).einsum("b...,db...->d...", self.dphi(t, y), rows)
        g /= len(i)
        g = first_axis_last(g)
        return g + self.lam * x if self.lam else g

    def _batch(self, x, i):
        """a_iᵀx, a_i and y_i, the coordinate axis first: long inner loops over the runs."""
        columns, y = self._data(x)
        rows = take(columns, i)
        t = namespace(x).einsum("db...,...d->b...", rows, x)
        return t, rows, take(y, i)

    @cached_property
    def L_max(self):
        """The largest of the summands' own Lipschitz constants."""
        return self.curvature * (self.A**2).sum(-1).max() + self.lam

    @cached_property
    def L(self):
        return self.curvature * np.linalg.eigvalsh(self.A.T @ self.A / self.n)[-1] + self.lam

    @cached_property
    def f_star(self):
        return self.f(self.x_star)


class LeastSquares(LinearModel):
    """f(x) = ‖Ax − b‖² / (2n).

    A: (n, d), b: (n,). Everything is known: L and μ are the largest and the smallest nonzero
    eigenvalue of H = AᵀA/n, x* is the minimizer of smallest norm. Source: S6.
    """

    curvature = 1.0
    name = "least_squares"

    def __init__(self, A, b, domain=None, name=None):
        super().__init__(A, b, domain=domain, name=name)

    @staticmethod
    def phi(t, y):
        return (t - y) ** 2 / 2

    @staticmethod
    def dphi(t, y):
        return t - y

    @cached_property
    def H(self):
        return self.A.T @ self.A / self.n

    def hessian(self, x):
        return like(check_points("x", x, self.d), self.H)

    @cached_property
    def mu(self):
        eigenvalues = np.linalg.eigvalsh(self.H)
        positive = eigenvalues[eigenvalues > 1e-12 * eigenvalues[-1]]
        return positive[0] if positive.size else np.nan  # AᵀA is beyond what floats can tell

    @cached_property
    def x_star(self):
        return np.linalg.lstsq(self.A, self.y)[0]

    def minimizer(self, i, x):
        """The minimizer of the summands `i` (batch,) that is nearest to x (d,)."""
        return x + np.linalg.lstsq(self.A[i], self.y[i] - self.A[i] @ x)[0]

    def gap(self, x):
        """f(x) − f* = ½ (x − x*)ᵀ H (x − x*), without the cancellation of a difference."""
        e = x - like(x, self.x_star)
        return ((e @ like(x, self.H)) * e).sum(-1) / 2


class Logistic(LinearModel):
    """f(x) = (1/n) Σ log(1 + exp(−y_i a_iᵀx)) + (λ/2)‖x‖².

    A: (n, d), y: (n,) of ±1, lam: λ ≥ 0 (default 0; x* and f* are known for λ > 0 only).
    L = λ_max(AᵀA)/(4n) + λ, μ = λ, x* by Newton's method to machine accuracy.
    """

    curvature = 0.25
    name = "logistic"

    def __init__(self, A, y, lam=0.0, domain=None, name=None):
        super().__init__(A, y, lam, domain, name)
        if not np.isin(self.y, (-1, 1)).all():
            raise ValueError(f"y: expected labels −1 and +1; got {np.unique(self.y)[:5]}")

    @staticmethod
    def phi(t, y):
        xp, z = namespace(t), -y * t
        return xp.log1p(xp.exp(-abs(z))) + (z + abs(z)) / 2

    @staticmethod
    def dphi(t, y):
        return y * (namespace(t).tanh(y * t / 2) - 1) / 2

    @staticmethod
    def d2phi(t, y):
        return (1 - namespace(t).tanh(y * t / 2) ** 2) / 4

    @property
    def mu(self):
        return self.lam or None

    @cached_property
    def x_star(self):
        if not self.lam:
            return None
        x, f = np.zeros(self.d), np.inf
        while self.f(x) < f:  # Newton with step halving: stops when rounding ends the decrease
            f = self.f(x)
            step = np.linalg.solve(self.hessian(x), self.grad(x))
            t = 1.0
            while self.f(x - t * step) > f and t > 1e-8:
                t /= 2
            x = x - t * step
        return x

    @cached_property
    def f_star(self):
        return self.f(self.x_star) if self.lam else None
