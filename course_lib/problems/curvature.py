"""How strongly f bends at a point, from gradients alone.

The Hessian of a network has d² entries, and nobody writes them down. Its product with a vector is
the difference of two gradients, and a few such products tell its largest eigenvalue.
"""

import numpy as np

from course_lib.arguments import check_array, check_integer, check_points, check_problem, generator


def sharpness(problem, x, scale=1.0, steps=20, seed=0):
    """The largest eigenvalue of D ∇²f(x) D, D = diag(scale), at points (*runs, d): shape (*runs,).

        ∇²f(x) v ≈ (∇f(x + h v) − ∇f(x − h v)) / 2h,   h ‖v‖ = 10⁻⁴

    The largest Rayleigh quotient over the span of v, Av, A²v, … for a random v and A = D ∇²f D
    (Lanczos, 1950): but for rounding, never too large.

    problem: twice differentiable, its `grad` not random. scale: positive, broadcasts with x; a
    method that divides the gradient by p has scale = p^(−1/2), for diag(1/p) ∇²f has the same
    eigenvalues. steps: how many products m ≥ 1, two gradients each; from d on nothing is left out.
    seed: of v.

    nan where x is not finite. Raises ValueError that names the argument. Source: Cohen et al. 2021
    (arXiv 2103.00065) and, with the scale, 2022 (arXiv 2207.14484).

    >>> from course_lib import quadratic
    >>> sharpness(quadratic(kappa=10), [[0.0, 0.0], [2.0, 1.0]]).round(6)
    array([1., 1.])
    """
    check_problem(problem, "grad")
    x, scale = _checked(check_points("x", x, getattr(problem, "d", None)), scale)
    m = min(check_integer("steps", steps, 1), x.shape[-1])
    noise = generator(seed).normal(size=(m, x.shape[-1]))
    V, AV = np.zeros((2, *x.shape[:-1], m, x.shape[-1]))
    w = np.broadcast_to(noise[0], x.shape)
    with np.errstate(all="ignore"):
        for j in range(m):
            V[..., j, :] = _orthonormal(w, V[..., :j, :], noise[j])
            v = scale * V[..., j, :]
            h = 1e-4 / np.linalg.norm(v, axis=-1, keepdims=True)
            w = scale * (problem.grad(x + h * v) - problem.grad(x - h * v)) / (2 * h)
            AV[..., j, :] = w
        return _top(V @ AV.swapaxes(-1, -2))


def _checked(x, scale):
    x, scale = check_array("x", x), check_array("scale", scale)
    fits = all(n in (1, k) for n, k in zip(scale.shape[::-1], x.shape[::-1], strict=False))
    if not fits or scale.ndim > x.ndim:
        raise ValueError(f"scale: expected a shape that fits x, {x.shape}; got {scale.shape}")
    if (scale <= 0).any():
        raise ValueError(f"scale: expected positive numbers; got {scale.min()}")
    return x, scale


def _orthonormal(w, V, noise):
    """What w (*runs, d) adds to the rows of V (*runs, j, d), of length 1; some noise if nothing."""
    w = _rejected(w, V) + 1e-100 * noise
    w = _rejected(w, V)  # once is not enough: rounding
    return w / np.linalg.norm(w, axis=-1, keepdims=True)


def _rejected(w, V):
    return w - ((V @ w[..., None]).swapaxes(-1, -2) @ V)[..., 0, :]


def _top(A):
    """The largest eigenvalue of matrices (*runs, m, m), symmetric but for rounding; nan of nan."""
    finite = np.isfinite(A).all((-1, -2))
    A = np.where(finite[..., None, None], (A + A.swapaxes(-1, -2)) / 2, 0)
    return np.where(finite, np.linalg.eigvalsh(A)[..., -1], np.nan)
