"""How fast an error falls: measured with a confidence band, and what theory predicts exactly.

A slope without a band is an anecdote. Bands here are bootstrap bands over seeds: they cover the
randomness of the runs, not the bias of a window that is still pre-asymptotic.
"""

from typing import NamedTuple

import numpy as np


class Slope(NamedTuple):
    """An exponent with the ends of its 95 % band."""

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def slope(k, error, resamples=1000, seed=0):
    """The log-log slope of the seed-mean error against k: error ≈ C·k^slope.

    k: positive numbers, shape (m,), m ≥ 2. error: positive numbers, shape (m, seeds), seeds ≥ 2,
    or (m,) for one exact curve (then the band is the point itself). resamples: bootstrap samples
    of whole seeds; seed: of the bootstrap. Least squares on log error against log k.

    Raises ValueError for errors that are not positive and finite, or shapes that do not match.

    >>> k = np.array([1.0, 10.0, 100.0])
    >>> print(slope(k, 5 / k))
    -1.000 [-1.000, -1.000]
    """
    k, error = np.asarray(k, dtype=float), np.asarray(error, dtype=float)
    if k.ndim != 1 or len(k) < 2 or error.shape[:1] != k.shape or error.ndim > 2:
        came = f"{k.shape} and {error.shape}"
        raise ValueError(f"k, error: expected shapes (m,) and (m, seeds), m ≥ 2; got {came}")
    if not ((k > 0).all() and np.isfinite(error).all() and (error > 0).all()):
        raise ValueError("k, error: expected positive finite numbers on the whole window")
    error = error.reshape(len(k), -1)
    seeds = error.shape[1]
    value = _fit(k, error.mean(1, keepdims=True))[0]
    if seeds == 1:
        return Slope(value, value, value)
    weights = np.random.default_rng(seed).multinomial(seeds, [1 / seeds] * seeds, size=resamples)
    low, high = np.quantile(_fit(k, error @ weights.T / seeds), (0.025, 0.975))
    return Slope(value, low, high)


def mean_band(values, resamples=1000, seed=0):
    """The mean over the last axis (seeds) with its 95 % bootstrap band: three arrays.

    values: shape (..., seeds), seeds ≥ 2.
    """
    values = np.asarray(values, dtype=float)
    seeds = values.shape[-1]
    weights = np.random.default_rng(seed).multinomial(seeds, [1 / seeds] * seeds, size=resamples)
    low, high = np.quantile(values @ weights.T / seeds, (0.025, 0.975), axis=-1)
    return values.mean(-1), low, high


def noise_ball(problem, alpha, batch, replace=True):
    """The exact E f(x_k) − f* where SGD with a constant step settles on least squares.

    problem: `LeastSquares` of full rank; alpha: α > 0; batch, replace: as in `minibatch`.
    With e = x − x*, H_B and ζ_B the batch's Hessian and gradient at x*, a step is
    e ← (I − α H_B) e − α ζ_B, so Σ = E[eeᵀ] solves the linear equation
    Σ = E[(I − α H_B) Σ (I − α H_B)] + α² E[ζ_B ζ_Bᵀ]; the answer is ½ tr(HΣ).
    To first order it is α·tr(S)/(4B), S = mean of ζ_i ζ_iᵀ. inf where the second moment diverges.
    """
    A, H, n, d = problem.A, problem.H, problem.n, problem.d
    share = 1 / batch if replace else (n - batch) / (batch * (n - 1))  # of one summand's variance
    residual = A @ problem.x_star - problem.y
    S = (A.T * residual**2) @ A / n
    HH = np.einsum("ni,nj,nk,nl->ikjl", A, A, A, A, optimize=True).reshape(d * d, d * d) / n
    HH = (1 - share) * np.kron(H, H) + share * HH
    one = np.eye(d)
    M = np.eye(d * d) - alpha * (np.kron(H, one) + np.kron(one, H)) + alpha**2 * HH
    if abs(np.linalg.eigvals(M)).max() >= 1:
        return np.inf
    sigma = np.linalg.solve(np.eye(d * d) - M, alpha**2 * share * S.ravel())
    return float(np.trace(H @ sigma.reshape(d, d)) / 2)


def _fit(k, error):
    """Least-squares slopes of log error (m, curves) against log k (m,)."""
    u = np.log(k) - np.log(k).mean()
    return u @ np.log(error) / (u @ u)
