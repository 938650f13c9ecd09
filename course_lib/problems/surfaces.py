"""Surfaces for pictures: deterministic functions of two variables, each with one difficulty."""

import numpy as np

from course_lib.arguments import check_number, check_points
from course_lib.arrays import namespace
from course_lib.problems.functions import Function
from course_lib.problems.made import maker


def _surface(name, f, grad, second, **known):
    """A `Function` of two variables from f(u, v), its partial derivatives f_u, f_v, and the second
    ones f_uu, f_uv, f_vv."""

    def value(x):
        x = check_points("x", x, 2)
        return f(x[..., 0], x[..., 1])

    def gradient(x):
        x = check_points("x", x, 2)
        g = namespace(x).empty_like(x)
        g[..., 0], g[..., 1] = grad(x[..., 0], x[..., 1])
        return g

    def hessian(x):
        x = check_points("x", x, 2)
        H = namespace(x).empty_like(x[..., None] * x[..., None, :])
        H[..., 0, 0], H[..., 0, 1], H[..., 1, 1] = second(x[..., 0], x[..., 1])
        H[..., 1, 0] = H[..., 0, 1]
        return H

    return Function(value, gradient, name, hessian=hessian, **known)


@maker
def quadratic(kappa=10.0, angle=0.0):
    """f = ½ xᵀHx with eigenvalues 1/κ and 1 of H, the long axis turned by `angle` (radians).

    kappa: condition number κ ≥ 1. L = 1, μ = 1/κ, x* = 0.
    """
    kappa, angle = check_number("kappa", kappa, 1), check_number("angle", angle, -np.inf)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    h11, h12, h22 = c * c / kappa + s * s, c * s * (1 / kappa - 1), s * s / kappa + c * c
    return _surface(
        "quadratic",
        lambda u, v: (h11 * u**2 + 2 * h12 * u * v + h22 * v**2) / 2,
        lambda u, v: (h11 * u + h12 * v, h12 * u + h22 * v),
        lambda u, v: (h11, h12, h22),
        domain=((-3, 3), (-3, 3)), x_star=np.zeros(2), f_star=0.0, L=1.0, mu=1 / kappa,
    )  # fmt: skip


@maker
def rosenbrock():
    """f = (1 − u)² + 100 (v − u²)²: a curved valley. x* = (1, 1). Rosenbrock (1960)."""
    return _surface(
        "rosenbrock",
        lambda u, v: (1 - u) ** 2 + 100 * (v - u**2) ** 2,
        lambda u, v: (-2 * (1 - u) - 400 * u * (v - u**2), 200 * (v - u**2)),
        lambda u, v: (2 - 400 * (v - 3 * u**2), -400 * u, 200),
        domain=((-2, 2), (-1, 3)), x_star=np.ones(2), f_star=0.0,
    )  # fmt: skip


@maker
def himmelblau():
    """f = (u² + v − 11)² + (u + v² − 7)²: four minima, all 0; x_star is one. Himmelblau (1972)."""
    return _surface(
        "himmelblau",
        lambda u, v: (u**2 + v - 11) ** 2 + (u + v**2 - 7) ** 2,
        lambda u, v: (
            4 * u * (u**2 + v - 11) + 2 * (u + v**2 - 7),
            2 * (u**2 + v - 11) + 4 * v * (u + v**2 - 7),
        ),
        lambda u, v: (12 * u**2 + 4 * v - 42, 4 * (u + v), 12 * v**2 + 4 * u - 26),
        domain=((-5, 5), (-5, 5)), x_star=np.array([3.0, 2.0]), f_star=0.0,
    )  # fmt: skip


@maker
def beale():
    """f = Σ_j (c_j − u (1 − v^j))², c = (1.5, 2.25, 2.625): plateaus. x* = (3, ½). Beale (1958)."""

    def residuals(u, v):
        return [c - u * (1 - v**j) for j, c in enumerate((1.5, 2.25, 2.625), 1)]

    def second(u, v):
        r = residuals(u, v)
        r_u = [v**j - 1 for j in (1, 2, 3)]
        r_v, r_vv, r_uv = [u, 2 * u * v, 3 * u * v**2], [0, 2 * u, 6 * u * v], [1, 2 * v, 3 * v**2]
        return (
            2 * sum(a * a for a in r_u),
            2 * sum(a * b + c * w for a, b, c, w in zip(r_u, r_v, r, r_uv, strict=True)),
            2 * sum(b * b + c * w for b, c, w in zip(r_v, r, r_vv, strict=True)),
        )

    return _surface(
        "beale",
        lambda u, v: sum(r**2 for r in residuals(u, v)),
        lambda u, v: (
            sum(-2 * r * (1 - v**j) for j, r in enumerate(residuals(u, v), 1)),
            sum(2 * r * u * j * v ** (j - 1) for j, r in enumerate(residuals(u, v), 1)),
        ),
        second,
        domain=((-4.5, 4.5), (-4.5, 4.5)), x_star=np.array([3.0, 0.5]), f_star=0.0,
    )  # fmt: skip


@maker
def saddle():
    """f = u²/2 + v⁴/4 − v²/2: a saddle at 0 between the minima (0, ±1); x_star is (0, 1)."""
    return _surface(
        "saddle",
        lambda u, v: u**2 / 2 + v**4 / 4 - v**2 / 2,
        lambda u, v: (u, v**3 - v),
        lambda u, v: (1, 0, 3 * v**2 - 1),
        domain=((-2, 2), (-2, 2)), x_star=np.array([0.0, 1.0]), f_star=-0.25,
    )  # fmt: skip


@maker
def ravine():
    """f = √(1 + u²) − 1 + 20 v²: steep walls, a floor that levels out only near x* = 0. L = 40."""
    return _surface(
        "ravine",
        lambda u, v: namespace(u).sqrt(1 + u**2) - 1 + 20 * v**2,
        lambda u, v: (u / namespace(u).sqrt(1 + u**2), 40 * v),
        lambda u, v: ((1 + u**2) ** -1.5, 0, 40),
        domain=((-4, 4), (-2, 2)), x_star=np.zeros(2), f_star=0.0, L=40.0,
    )  # fmt: skip
