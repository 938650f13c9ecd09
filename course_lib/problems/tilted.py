"""A known function and noise that only tilts it: f_i(x) = h(x) + s_iᵀx, the sum of s_i is zero."""

from functools import cache

import numpy as np

from course_lib.arguments import (
    check_choice,
    check_integer,
    check_number,
    check_numbers,
    check_size,
    check_table,
    generator,
)
from course_lib.arrays import (
    eye,
    first_axis_last,
    like,
    maximum,
    namespace,
    once_a_dtype,
    sign,
    take,
)
from course_lib.problems.finite_sums import FiniteSum
from course_lib.problems.made import Made, maker


class Tilted(Made, FiniteSum):
    """f_i(x) = h(x) + s_iᵀx with Σ s_i = 0: f is h, and ∇f_i − ∇f is s_i, the same at every x.

    h, grad, hessian: of h, at points (*runs, d). s: slopes (n, d), their mean is taken off.
    scale: what the slopes are multiplied by, shape (d,) or (*runs, d). known: as in `FiniteSum`.
    """

    def __init__(self, h, grad, hessian, s, scale=1.0, **known):
        s, self.scale = check_numbers("s", s), check_numbers("scale", scale)
        if s.ndim != 2 or not s.size:
            raise ValueError(f"s: expected shape (n, d), n, d ≥ 1; got {s.shape}")
        if self.scale.shape[-1:] not in ((), (1,), (s.shape[1],)):
            raise ValueError(f"scale: expected (*runs, {s.shape[1]}); got {self.scale.shape}")
        self.s = s - s.mean(0)
        self.f, self.grad, self.hessian = h, grad, hessian
        self._columns = np.ascontiguousarray(self.s.T)
        super().__init__(None, None, *s.shape, **known)

    def f_batch(self, x, i):
        return self.f(x) + (self._tilt(x, i) * x).sum(-1)

    def grad_batch(self, x, i):
        return self.grad(x) + self._tilt(x, i)

    def _tilt(self, x, i):
        """The mean slope of the summands `i` (batch, *runs): shape (*runs, d)."""
        columns, scale = self._data(x)
        return scale * first_axis_last(take(columns, i).sum(1) / len(i))

    @once_a_dtype
    def _data(self, x):
        """The slopes, coordinate by coordinate, and their scale in the kind and dtype of `x`."""
        return like(x, self._columns), like(x, self.scale)


def slopes(n, d, sigma, seed):
    """Slopes s (n, d) with mean 0 and covariance σ²I, both exactly (0 if n = 1); n > d or n = 1."""
    n, d = check_table(n, d)
    sigma = check_number("sigma", sigma, 0)
    s = generator(seed).normal(size=(n, d))
    s = s - s.mean(0)
    if n == 1:
        return s
    if n <= d:
        raise ValueError(f"n: expected more than d = {d} summands; got {n}")
    q, r = np.linalg.qr(s)
    return sigma * n**0.5 * q * np.sign(np.diag(r))


@maker
def pl_sine(n=100, sigma=1.0, seed=0):
    """f_i(x) = x² + 3 sin²x + s_i x with Σ s_i = 0, mean s_i² = σ²: PL but not convex, d = 1.

    L = 8; μ = min ½f'²/f is found on a fine grid (≈ 0.1755, at |x| ≈ 2.2).
    Source: S3. The function is the standard example of Karimi, Nutini, Schmidt (2016).
    """

    def h(x):
        x = x[..., 0]
        return x**2 + 3 * namespace(x).sin(x) ** 2

    def grad(x):
        return 2 * x + 3 * namespace(x).sin(2 * x)

    def hessian(x):
        return (2 + 6 * namespace(x).cos(2 * x))[..., None]

    known = {"L": 8.0, "mu": _mu_of_sine(), "x_star": np.zeros(1), "f_star": 0.0}
    return Tilted(h, grad, hessian, slopes(n, 1, sigma, seed), name="pl_sine", **known)


@cache
def _mu_of_sine():
    x = np.linspace(1e-3, 10, 200_001)
    return ((2 * x + 3 * np.sin(2 * x)) ** 2 / 2 / (x**2 + 3 * np.sin(x) ** 2)).min()


@maker
def power(p=4.0, n=100, sigma=0.1, seed=0):
    """f_i(x) = (1 + |x|^p)^(1/p) − 1 + s_i x: convex, |x|^p/p near 0, |x| far away, d = 1.

    p: p ≥ 2, the larger the flatter at x* = 0. Slopes s_i: mean 0, mean s_i² = σ².
    L is f'' where |x|^p = (p − 2)/(p + 1). Source: S3, S4: on |x|^p GD is as fast as k^(−p/(p−2)).
    """
    p = check_number("p", p, 2)
    t = (p - 2) / (p + 1)

    def parts(x):
        """m = max(1, |x|), |x|/m, and t = |x|^p or its inverse, whichever is ≤ 1."""
        m = maximum(1.0, abs(x))
        share = abs(x) / m
        return m, share, (share / m) ** p

    def h(x):
        m, _, t = parts(x[..., 0])
        return m - 1 + m * namespace(x).expm1(namespace(x).log1p(t) / p)

    def grad(x):
        _, share, t = parts(x)
        return sign(x) * (share / (1 + t) ** (1 / p)) ** (p - 1)

    def hessian(x):
        m, share, t = parts(x)
        norm = (1 + t) ** (1 / p)
        return ((p - 1) * share ** (p - 2) / norm ** (2 * p - 1) / m ** (p + 1))[..., None]

    known = {"L": (p - 1) * t ** (1 - 2 / p) * (1 + t) ** (1 / p - 2)}
    known |= {"x_star": np.zeros(1), "f_star": 0.0, "name": "power"}
    return Tilted(h, grad, hessian, slopes(n, 1, sigma, seed), **known)


@maker
def cosine(n=100, sigma=0.5, seed=0):
    """f_i(x) = 1 − cos x + s_i x: neither convex nor PL, d = 1, L = 1, one x* is 0. Source: S3."""

    def h(x):
        return 2 * namespace(x).sin(x[..., 0] / 2) ** 2

    def grad(x):
        return namespace(x).sin(x)

    def hessian(x):
        return namespace(x).cos(x)[..., None]

    known = {"L": 1.0, "x_star": np.zeros(1), "f_star": 0.0, "name": "cosine"}
    return Tilted(h, grad, hessian, slopes(n, 1, sigma, seed), **known)


@maker
def noisy_quadratic(kappa=10.0, d=2, n=100, sigma=1.0, noise="I", seed=0):
    """f_i(x) = ½ Σ_j h_j x_j² + s_iᵀx, eigenvalues h from 1/κ to 1, evenly spaced in log.

    kappa: κ ≥ 1, or an array (*runs) of them: one function for each run. noise: covariance of the
    slopes, "I" for σ²I, "H" for σ²H (as in a well-specified regression). L = 1, μ = 1/κ, x* = 0.
    Source: S4, S5.
    """
    kappa = check_numbers("kappa", kappa)
    if not (kappa >= 1).all():
        raise ValueError(f"kappa: expected κ ≥ 1; got {kappa}")
    check_choice("noise", noise, ("I", "H"))
    d = check_integer("d", d, 1)
    check_size("kappa, d", *kappa.shape, d)
    h = kappa[..., None] ** -np.linspace(1, 0, d)
    mu = h.min(-1)

    def f(x):
        return (like(x, h) * x**2).sum(-1) / 2

    def grad(x):
        return like(x, h) * x

    def hessian(x):
        return like(x, h)[..., None] * eye(x)

    known = {"L": 1.0, "mu": mu if mu.ndim else float(mu), "x_star": np.zeros(d), "f_star": 0.0}
    known |= {"name": "noisy_quadratic", "domain": ((-3, 3), (-3, 3)) if d == 2 else None}
    s = slopes(n, d, sigma, seed)
    return Tilted(f, grad, hessian, s, h**0.5 if noise == "H" else 1.0, **known)
