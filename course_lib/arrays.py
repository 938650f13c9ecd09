"""What NumPy and torch spell differently, in one place.

Methods and problems are written once and serve NumPy arrays and torch tensors, one run and a
thousand runs. Almost everything they need is an operator; the few exceptions are here, and the
check of a whole number that all modules share. torch is never imported: a tensor can only reach
us if somebody else has imported it.
"""

import sys

import numpy as np


def namespace(x):
    """The module (`numpy` or `torch`) whose functions take `x`."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(x, torch.Tensor) else np


def like(x, constant):
    """`constant` as an array of the kind of `x`; floating-point numbers get its dtype too."""
    xp = namespace(x)
    if xp is np:
        constant = np.asarray(constant)
        return constant.astype(x.dtype, copy=False) if constant.dtype.kind == "f" else constant
    constant = np.asarray(constant)
    return xp.asarray(constant, dtype=x.dtype if constant.dtype.kind == "f" else xp.int64)


def maximum(a, b):
    """Elementwise maximum of a number or array `a` and an array `b`."""
    return np.maximum(a, b) if namespace(b) is np else b.clamp(min=a)


def check_integer(name, value, least):
    """`value` as an int; a ValueError that names the argument if it is no integer ≥ `least`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(f"{name}: expected an integer ≥ {least}; got {value!r}")
    return int(value)


def to_numpy(x):
    """`x` (array, tensor, number or list) as a NumPy array."""
    return x.detach().cpu().numpy() if namespace(x) is not np else np.asarray(x)


def take(a, i):
    """`a[..., i]` for an integer array `i`; in NumPy much faster than fancy indexing."""
    return a.take(i, axis=-1) if namespace(a) is np else a[..., i]


def scatter(x, where, values):
    """Zeros of the shape of `x` with the sums of all `values` whose flat position is `where`."""
    if namespace(x) is not np:
        flat = x.new_zeros(x.numel()).index_add(0, where.reshape(-1), values.reshape(-1))
        return flat.reshape(x.shape)
    flat = np.zeros(x.size, x.dtype)
    np.add.at(flat, where.reshape(-1), values.reshape(-1))
    return flat.reshape(x.shape)


def first_axis_last(a):
    """A view of `a` with its first axis moved to the end (`numpy.moveaxis` without its cost)."""
    return a.transpose(*range(1, a.ndim), 0) if namespace(a) is np else a.movedim(0, -1)


def stack(points):
    """Arrays of one shape, one above the other along a new first axis."""
    return namespace(points[0]).stack(points)


def eye(x):
    """The identity matrix (d, d) of the kind and dtype of `x` (*runs, d)."""
    return like(x, np.eye(x.shape[-1]))


def outer(a, b):
    """a bᵀ of vectors (*runs, d), run by run: (*runs, d, d)."""
    return a[..., :, None] * b[..., None, :]


def product(A, v):
    """A v of matrices (*runs, d, d) and vectors (*runs, d), run by run: (*runs, d)."""
    return (A @ v[..., None])[..., 0]


def solve(A, b):
    """The vectors v (*runs, d) with A v = b, run by run; not finite where A is singular.

    A: (*runs, d, d), or (d, d) for all runs. Where A's last run axis has length 1, one
    factorization serves that axis.
    """
    if b.ndim > 1 and (A.ndim == 2 or A.shape[-3] == 1):
        return _solve(A if A.ndim == 2 else A[..., 0, :, :], b.swapaxes(-1, -2)).swapaxes(-1, -2)
    return _solve(A, b[..., None])[..., 0]


def _solve(A, b):
    xp = namespace(b)
    if xp is not np:
        return xp.linalg.solve_ex(A, b)[0]  # without a complaint
    try:
        return np.linalg.solve(A, b)
    except np.linalg.LinAlgError:
        singular = np.linalg.slogdet(A)[0] == 0
        return np.linalg.solve(np.where(singular[..., None, None], np.nan, A), b)
