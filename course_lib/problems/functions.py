"""A deterministic objective, the same in other units, and some of one variable.

On a parabola a method is computed by hand; `huber` and `hill` are hard cases of the table of
rates, the cliff is one for AdaGrad.
Quadratics are of any size. Those of two variables, for pictures, are the `surfaces`.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.arguments import (
    check_bool,
    check_integer,
    check_list_of_seeds,
    check_number,
    check_numbers,
    check_positive,
    check_problem,
    check_size,
    generator,
)
from course_lib.arrays import like, maximum, sign
from course_lib.problems.made import Made, maker


@dataclass(frozen=True, eq=False)
class Function(Made):
    """A deterministic objective, given by its value, its gradient and, if known, its Hessian."""

    f: object
    grad: object
    name: str = "f"
    d: int = 2
    domain: tuple = ((-2, 2), (-2, 2))
    x_star: np.ndarray = None
    f_star: float = None
    L: float = None
    mu: float = None
    hessian: object = None
    n = cost = 1


def in_units(problem, c=1.0, s=1.0):
    """The same objective in other units: c·f as a function of y = x/s.

    problem: a deterministic one; its `hessian` is there if the problem has one. c, s: positive
    numbers. Of what is known of a problem only d is kept.
    Source: S11: a method whose step has the right units does not notice the change.
    """
    check_problem(problem, "f", "grad", "d")
    c, s = check_positive("c", c), check_positive("s", s)
    second = getattr(problem, "hessian", None)
    return Function(
        lambda y: c * problem.f(s * y),
        lambda y: c * s * problem.grad(s * y),
        d=problem.d,
        domain=None,
        hessian=second and (lambda y: c * s**2 * second(s * y)),
    )


@maker
def quadratic_form(H):
    """f(x) = ½ xᵀHx, x* = 0.

    H: a symmetric matrix without negative eigenvalues, (d, d), or (*runs, d, d): one for each run.
    """
    H = check_numbers("H", H)
    square = H.ndim > 1 and H.size and H.shape[-1] == H.shape[-2]
    if not square or not np.allclose(H, H.swapaxes(-1, -2)):
        raise ValueError(f"H: expected symmetric matrices (*runs, d, d); got shape {H.shape}")
    d, least = H.shape[-1], np.linalg.eigvalsh(H)
    if least.min() < -1e-9 * least.max():
        raise ValueError(f"H: expected eigenvalues ≥ 0; got {least.min()}")

    def grad(x):
        return (x[..., None, :] @ like(x, H))[..., 0, :]

    return Function(
        lambda x: (grad(x) * x).sum(-1) / 2, grad, "quadratic_form", d=d, domain=None,
        x_star=np.zeros(d), f_star=0.0, L=float(least.max()), mu=float(least.min()),
        hessian=lambda x: like(x, H) + 0 * x[..., None],
    )  # fmt: skip


def ravines(kappa, seeds, rotated=False, d=10):
    """Ravines and starts in them, one for each seed: a `quadratic_form` and x0 (seeds, d).

    kappa: κ ≥ 1; the curvatures go from 1/κ to 1, evenly in the logarithm. The starts are uniform
    on the unit sphere. rotated: turn every ravine with its start by a uniformly random orthogonal
    matrix; else the ravines lie along the axes, and everything else is the same.
    Source: S10: a method by coordinates sees a difference, GD and momentum see none.
    """
    kappa, d = check_number("kappa", kappa, 1), check_integer("d", d, 1)
    seeds = check_list_of_seeds("seeds", seeds)
    check_size("seeds, d", len(seeds), d, d)
    rngs = [generator(seed) for seed in seeds]
    Q = np.linalg.qr([rng.normal(size=(d, d)) for rng in rngs])[0]
    x0 = np.array([rng.normal(size=d) for rng in rngs])
    x0 /= np.linalg.norm(x0, axis=-1, keepdims=True)
    Q = Q if check_bool("rotated", rotated) else np.broadcast_to(np.eye(d), Q.shape)
    H = (Q * np.geomspace(1 / kappa, 1, d)) @ Q.swapaxes(1, 2)
    return quadratic_form(H), (Q @ x0[..., None])[..., 0]


@maker
def parabola(c=1.0):
    """f(x) = c x²/2, d = 1.

    c: the curvature, a positive number, or an array (*runs) of them: one function for each run.
    """
    c = check_numbers("c", c)
    if not c.size or not (c > 0).all():
        raise ValueError(f"c: expected positive numbers; got {c}")
    return Function(
        lambda x: (like(x, c)[..., None] * x**2 / 2)[..., 0],
        lambda x: like(x, c)[..., None] * x,
        "parabola", d=1, domain=((-2, 2),), x_star=np.zeros(1), f_star=0.0,
        L=float(c.max()), mu=float(c.min()),
        hessian=lambda x: (like(x, c)[..., None] + 0 * x)[..., None],
    )  # fmt: skip


@maker
def huber(slope=1.0, L=1.0):
    """f(x) = L x²/2 for |x| ≤ slope/L, beyond it a ramp of that slope: convex, d = 1.

    slope: a positive number, or an array (*runs) of them: one function for each run.
    Source: S4: with its slope chosen for N, the worst convex function for N steps of GD (Drori,
    Teboulle, 2014), and one of the worst for ‖∇f‖².
    """
    slope, L = check_numbers("slope", slope), check_positive("L", L)
    if not slope.size or not (slope > 0).all():
        raise ValueError(f"slope: expected positive numbers; got {slope}")

    def near(x):
        """min(|x|, slope/L)."""
        return -maximum(-like(x, slope / L)[..., None], -abs(x))

    def f(x):
        return (L * near(x) * (abs(x) - near(x) / 2))[..., 0]

    def grad(x):
        return L * sign(x) * near(x)

    def hessian(x):
        return ((abs(x) <= like(x, slope / L)[..., None]) * (L + 0 * x))[..., None]

    return Function(
        f, grad, "huber", d=1, domain=((-2, 2),), x_star=np.zeros(1), f_star=0.0, L=L,
        hessian=hessian,
    )  # fmt: skip


@maker
def hill(s=0.5):
    """f(x) = (1 + x²)^(−s/2), s > 0: not convex, inf f = 0 lies at infinity, d = 1, L = s.

    Source: S3: GD from x0 ≠ 0 has ‖∇f(x_k)‖² ~ k^(−(2s+2)/(s+2)), the nearer to 1/k the smaller s.
    """
    s = check_positive("s", s)

    def f(x):
        return (1 + x[..., 0] ** 2) ** (-s / 2)

    def grad(x):
        return -s * x * (1 + x**2) ** (-s / 2 - 1)

    def hessian(x):
        return (s * ((s + 1) * x**2 - 1) * (1 + x**2) ** (-s / 2 - 2))[..., None]

    known = {"d": 1, "domain": ((-2, 2),), "f_star": 0.0, "L": s}
    return Function(f, grad, "hill", hessian=hessian, **known)


@maker
def cliff(S):
    """A ramp of slope −S before x = −10, then the `huber` of slope 1: convex, d = 1, x* = 0.

    S: at least 1, or an array (*runs) of them: one function for each run.
    Source: S9: AdaGrad that starts on the cliff remembers S long after it.
    """
    S, plain = check_numbers("S", S), huber()
    if not S.size or not (S >= 1).all():
        raise ValueError(f"S: expected numbers ≥ 1; got {S}")

    def more(x):
        """By how much the cliff is steeper than the ramp."""
        return like(x, S - 1)[..., None]

    def f(x):
        return plain.f(x) + (more(x) * maximum(0, -10 - x))[..., 0]

    def grad(x):
        return plain.grad(x) - more(x) * (x < -10)

    return Function(
        f, grad, "cliff", d=1, domain=((-13, 4),), x_star=np.zeros(1), f_star=0.0,
        hessian=plain.hessian,
    )  # fmt: skip
