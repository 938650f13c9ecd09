"""Ready finite sums: the slides' regression, seeded random ones, and real data."""

import numpy as np

from course_lib import datasets
from course_lib.arguments import check_integer, check_number, check_table, generator
from course_lib.problems.finite_sums import LeastSquares, Logistic
from course_lib.problems.made import maker


@maker
def least_squares(n=100, d=2, seed=0):
    """Random least squares: a_i ~ N(0, diag(1, 1/2, …, 1/d)), b = A·1 + N(0, 1). Seeded."""
    (n, d), rng = check_table(n, d), generator(seed)
    A = rng.normal(size=(n, d))
    A /= np.arange(1, d + 1) ** 0.5
    b = A.sum(-1) + rng.normal(size=n)
    return LeastSquares(A, b, domain=((-4, 4), (-4, 4)) if d == 2 else None)


@maker
def line_fit(n=100, seed=0):
    """The slides' regression: y = 3t + 4 + 0.2·N(0, 1), t ~ U(−½, ½); x = (slope, intercept).

    Rows a_i = (t_i, 1). Source: S6, S7 (start x0 = (5.5, 1.5), batch 2, α = 1).
    """
    n, rng = check_integer("n", n, 1), generator(seed)
    t = rng.uniform(-0.5, 0.5, n)
    A = np.stack([t, np.ones(n)], axis=-1)
    y = 3 * t + 4 + 0.2 * rng.normal(size=n)
    return LeastSquares(A, y, domain=((0.5, 6.5), (1, 6)), name="line_fit")


@maker
def logistic(n=100, d=2, lam=0.1, seed=0):
    """Random logistic regression: a_i ~ N(0, I), labels from the model with weights 1. Seeded."""
    (n, d), rng = check_table(n, d), generator(seed)
    A = rng.normal(size=(n, d))
    y = np.where(rng.random(n) < 1 / (1 + np.exp(-A.sum(-1))), 1.0, -1.0)
    return Logistic(A, y, lam, domain=((-3, 3), (-3, 3)) if d == 2 else None)


@maker
def logistic_on(name, lam=None):
    """Logistic regression on real data: "mushrooms", "digits_odd_even" or "breast_cancer".

    lam: λ ≥ 0, default 1/n. See `course_lib.datasets` for what the columns and labels are.
    """
    A, y = datasets.binary(name)
    return Logistic(A, y, 1 / len(y) if lam is None else lam, name=name)


@maker
def separable(n=100, d=2, margin=0.5, seed=0):
    """Logistic regression whose classes a line separates: inf f = 0, and no x attains it.

    a_i ~ N(0, I) but for those with |a_iᵀu| < margin ≤ 1, u = (1, …, 1)/√d; y_i = sign a_iᵀu.
    Source: S3: convex without a minimizer.
    """
    if check_number("margin", margin, 0) > 1:
        raise ValueError(f"margin: expected 0 ≤ margin ≤ 1; got {margin!r}")
    (n, d), rng = check_table(n, d), generator(seed)
    rows = np.empty((0, d))
    while len(rows) < n:
        a = rng.normal(size=(n, d))
        rows = np.concatenate([rows, a[abs(a.sum(-1)) >= margin * d**0.5]])
    A = rows[:n]
    problem = Logistic(A, np.sign(A.sum(-1)), domain=((-3, 3), (-3, 3)) if d == 2 else None)
    problem.f_star, problem.name = 0.0, "separable"
    return problem
