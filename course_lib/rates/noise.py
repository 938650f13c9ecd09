"""What noise leaves: exactly, for a constant step, and at best, for any."""

import numpy as np

from course_lib.arguments import (
    check_bool,
    check_integer,
    check_positive,
    check_problem,
    check_size,
)


def noise_ball(problem, alpha, batch, replace=True):
    """The exact E f(x_k) − f* where SGD with a constant step settles on least squares.

    problem: `LeastSquares` of full rank; alpha: α > 0; batch, replace: as in `minibatch`.
    With e = x − x*, H_B and ζ_B the batch's Hessian and gradient at x*, a step is
    e ← (I − α H_B) e − α ζ_B, so Σ = E[eeᵀ] solves the linear equation
    Σ = E[(I − α H_B) Σ (I − α H_B)] + α² E[ζ_B ζ_Bᵀ]; the answer is ½ tr(HΣ).
    To first order it is α·tr(S)/(4B), S = mean of ζ_i ζ_iᵀ. inf where the second moment diverges.
    """
    check_problem(problem, "n", "d", "A", "y", "H", "x_star")
    n, batch = problem.n, check_integer("batch", batch, 1)
    alpha, replace = check_positive("alpha", alpha), check_bool("replace", replace)
    if not replace and batch > n:
        raise ValueError(f"batch: expected 1..n = {n} without replacement; got {batch}")
    A, H, d = problem.A, problem.H, problem.d
    check_size("problem", d**2, d**2)
    if np.linalg.matrix_rank(H) < d:
        raise ValueError(f"problem: expected one of full rank {d}; got {problem!r}")
    share = 1 / batch if replace else (n - batch) / (batch * max(1, n - 1))  # of one's variance
    residual = A @ problem.x_star - problem.y
    S = (A.T * residual**2) @ A / n
    HH = np.einsum("ni,nj,nk,nl->ikjl", A, A, A, A, optimize=True).reshape(d * d, d * d) / n
    HH = (1 - share) * np.kron(H, H) + share * HH
    one = np.eye(d)
    with np.errstate(over="ignore", invalid="ignore"):
        M = np.eye(d * d) - alpha * (np.kron(H, one) + np.kron(one, H)) + np.square(alpha) * HH
    if not np.isfinite(M).all() or abs(np.linalg.eigvals(M)).max() >= 1:
        return np.inf
    sigma = np.linalg.solve(np.eye(d * d) - M, alpha**2 * share * S.ravel())
    return float(np.trace(H @ sigma.reshape(d, d)) / 2)


def optimum(problem, batch=1):
    """What K (E f − f*) cannot beat in the long run, whatever the method: tr(H⁻¹S)/(2B).

    problem: a finite sum with `hessian` and a nondegenerate minimum x*; H = ∇²f(x*), S the
    covariance of ∇f_i(x*); batch: drawn with replacement. SGD whose iterates are averaged, and
    Newton's method with α = 1/k, get there.
    Source: S4, S5. Polyak, Juditsky (1992), Acceleration of Stochastic Approximation by Averaging.
    """
    check_problem(problem, "n", "d", "grad_batch", "hessian", "x_star")
    if problem.x_star is None:
        raise ValueError(f"problem: expected one whose x_star is known; got {problem!r}")
    batch = check_integer("batch", batch, 1)
    x = np.broadcast_to(problem.x_star, (problem.n, problem.d))
    g, H = problem.grad_batch(x, np.arange(problem.n)[None]), problem.hessian(problem.x_star)
    if np.linalg.matrix_rank(H) < problem.d:
        raise ValueError(f"problem: expected a nondegenerate minimum; got {problem!r}")
    return float(np.trace(np.linalg.solve(H, g.T @ g / problem.n)) / (2 * batch))
