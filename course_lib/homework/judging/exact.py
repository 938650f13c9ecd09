"""What theory says of the experiments of the homework: exact expectations, no simulation.

SGD on least squares with batch 1 is a random linear map: z = (x − x*, 1), with momentum
z = (x − x*, m, 1), goes to M_i z with i drawn anew. So E zzᵀ goes through one fixed linear map per
step, and E f(x_k) − f* is known to rounding for every rule of steps. The counterexample to Adam has
three gradients in turn, so its v is periodic, and so is the drift of x. A coordinate that f does
not depend on has no gradient and no noise: only the decay of the weights moves it.
"""

from functools import cache
from itertools import islice
from types import SimpleNamespace

import numpy as np

from course_lib.methods import adam, adamw


def expected_gap(problem, x0, alphas, beta=0.0):
    """E f(x_k) − f* of momentum SGD (batch 1, with replacement) for k = 0..K: shape (K + 1, *m).

    problem: `LeastSquares`; x0: (d,); alphas: the steps α_1..α_K, shape (K, *m): m step rules at
    once; beta: β of m ← βm + g, x ← x − αm; 0 is plain SGD.
    """
    kept, moved = one_step(problem, beta)
    size = kept.shape[-1]

    def mean_kron(a, b):
        return np.einsum("nij,nkl->ikjl", a, b).reshape(size**2, size**2) / problem.n

    one = mean_kron(kept, kept)
    first = mean_kron(kept, moved) + mean_kron(moved, kept)
    second = mean_kron(moved, moved)
    z = np.zeros(size)
    z[: problem.d], z[-1] = np.asarray(x0, dtype=float) - problem.x_star, 1
    half_H = np.zeros((size, size))
    half_H[: problem.d, : problem.d] = problem.H / 2
    alphas = np.asarray(alphas, dtype=float)
    moment = np.multiply.outer(np.outer(z, z).ravel(), np.ones(alphas.shape[1:]))
    gaps = [half_H.ravel() @ moment]
    with np.errstate(all="ignore"):
        for alpha in alphas:
            moment = one @ moment - alpha * (first @ moment) + alpha**2 * (second @ moment)
            gaps.append(half_H.ravel() @ moment)
    return np.array(gaps)


def one_step(problem, beta):
    """P_i and Q_i of the map M_i = P_i − α Q_i of one step, both (n, size, size)."""
    A, d, n = problem.A, problem.d, problem.n
    gradient = np.zeros((n, d, d + 1))  # of summand i, from (x − x*, 1)
    gradient[:, :, :d] = A[:, :, None] * A[:, None, :]
    gradient[:, :, d] = A * (A @ problem.x_star - problem.y)[:, None]
    if not beta:
        moved = np.zeros((n, d + 1, d + 1))
        moved[:, :d] = gradient
        return np.broadcast_to(np.eye(d + 1), moved.shape), moved
    size = 2 * d + 1
    new_m = np.zeros((n, d, size))
    new_m[:, :, [*range(d), size - 1]] = gradient
    new_m[:, :, d : 2 * d] = beta * np.eye(d)
    kept, moved = np.tile(np.eye(size), (n, 1, 1)), np.zeros((n, size, size))
    kept[:, d : 2 * d] = new_m
    moved[:, :d] = new_m
    return kept, moved


def adam_drift(beta2, C):
    """−Σ g/√v over one period g = C, −1, −1 with β₁ = 0 and v settled; > 0: x goes to +1."""
    v1 = ((1 - beta2) * C**2 + beta2 * (1 - beta2**2)) / (1 - beta2**3)
    v2 = beta2 * v1 + 1 - beta2
    v3 = beta2 * v2 + 1 - beta2
    return -C / v1**0.5 + 1 / v2**0.5 + 1 / v3**0.5


@cache
def adam_threshold(C):
    """The β₂ at which the drift changes its sign: below it Adam goes to the worst point."""
    low, high = 0.0, 1 - 1e-9
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if adam_drift(middle, C) > 0 else (low, middle)
    return low


@cache
def decayed(x0, alpha, lam, steps):
    """(AdamW, Adam with ℓ₂): the coordinate without a gradient after so many steps.

    AdamW multiplies it by 1 − αλ each time. With ℓ₂ its gradient is λx, and Adam divides that by
    its own size: λ cancels, and the coordinate walks towards 0 by about α a step.
    """
    ends = []
    for method, pull, more in ((adamw, 0.0, {"lam": lam}), (adam, lam, {})):
        problem = SimpleNamespace(grad=lambda x, pull=pull: pull * x)
        iterates = method(problem, np.array([float(x0)]), alpha=alpha, **more)
        ends.append(float(next(islice(iterates, steps, None))[0]))
    return tuple(ends)
