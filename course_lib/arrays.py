"""What NumPy and torch spell differently, in one place.

Methods and problems are written once and serve NumPy arrays and torch tensors, one run and a
thousand runs. Almost everything they need is an operator; the few exceptions are here. torch is
never imported: a tensor can only reach us if somebody else has imported it.
"""

import sys
from functools import wraps

import numpy as np

MOST = 2**27  # numbers in one array, a gigabyte: whoever asks for more has slipped


def namespace(x):
    """The module (`numpy` or `torch`) whose functions take `x`."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(x, torch.Tensor) else np


def like(x, constant):
    """`constant` as an array of the kind of `x`; floating-point numbers get its dtype too, unless
    that is one of whole numbers."""
    xp, constant = namespace(x), np.asarray(constant)
    real = constant.dtype.kind == "f"
    if xp is np:
        return constant.astype(x.dtype, copy=False) if real and x.dtype.kind == "f" else constant
    if not real:
        return xp.asarray(constant, dtype=xp.int64)
    return xp.asarray(constant, dtype=x.dtype if x.is_floating_point() else xp.float64)


def once_a_dtype(convert):
    """A decorator for what a problem has for points x of one kind and dtype: its data, converted
    when the first such point comes, and kept."""

    @wraps(convert)
    def converted(self, x):
        copies, key = vars(self).setdefault("_copies", {}), (convert.__name__, x.dtype)
        if key not in copies:
            copies[key] = convert(self, x)
        return copies[key]

    return converted


class Weak(np.ndarray):
    """float64 numbers that take the dtype of what they meet, as a Python number does.

    What they make among themselves stays float64: β = 1 − 1e-8 is 1 in float32, but `1 - beta` and
    `beta**k` are computed before anything is rounded. (Such numbers are weak in NEP 50.)
    """

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        met = None
        for a in inputs:
            if isinstance(a, np.ndarray) and a.dtype.kind == "f" and not isinstance(a, Weak):
                met = a.dtype
        inputs = [np.asarray(a, met or a.dtype) if isinstance(a, Weak) else a for a in inputs]
        if "out" in options:
            options["out"] = tuple(map(np.asarray, options["out"]))
        result = getattr(ufunc, method)(*inputs, **options)
        return result if met else np.asarray(result).view(Weak)

    @classmethod
    def __torch_function__(cls, function, types, args=(), options=None):
        torch = sys.modules["torch"]
        tensors = [a for a in args if isinstance(a, torch.Tensor) and a.is_floating_point()]
        met = tensors[0].dtype if tensors else torch.float64
        wide = torch.promote_types(met, torch.float32)  # in which torch computes with a number
        args = [torch.as_tensor(np.asarray(a)) if isinstance(a, Weak) else a for a in args]
        args = [a.to(wide) if isinstance(a, torch.Tensor) else a for a in args]
        result = function(*args, **(options or {}))
        return result.to(met) if result.is_floating_point() else result


def maximum(a, b):
    """Elementwise maximum of a number or array `a` and an array `b`."""
    return np.maximum(a, b) if namespace(b) is np else b.clamp(a)


def floats(value):
    """`value` (numbers, an array, a tensor) as a new float64 array; else TypeError, ValueError,
    OverflowError."""
    array = np.array(to_numpy(value))
    if array.dtype == np.float64:
        return array
    if array.dtype != object:
        return array.astype(float, casting="same_kind")
    if any(entry is None for entry in array.flat):
        raise TypeError("None is no number, and would be nan")
    return array.astype(float)


def is_dense(x):
    """Are its numbers there, one by one? Not so in tensors that are sparse, nested, quantized, on
    the device "meta", or of numbers with which torch computes nothing (float8)."""
    xp = namespace(x)
    if xp is np:
        return True
    whole = x.layout is xp.strided and not (x.is_nested or x.is_quantized or x.is_meta)
    return whole and (x.itemsize > 1 or not x.is_floating_point())


def to_numpy(x):
    """`x` (array, tensor, number or list) as a NumPy array; ValueError if its numbers are not
    there (what a mask hides is none), or are too many."""
    if not is_dense(x) or np.ma.is_masked(x) or (isinstance(x, range) and x[MOST:]):
        raise ValueError(f"expected at most {MOST} numbers; got {x!r}")
    if namespace(x) is np:
        return np.asarray(x)
    x = x.detach().cpu()
    return x.float().numpy() if x.dtype == namespace(x).bfloat16 else x.numpy()


def take(a, i):
    """`a[..., i]` for an integer array `i`; in NumPy much faster than fancy indexing."""
    return a.take(i, axis=-1) if namespace(a) is np else a[..., i]


def scatter(x, where, values):
    """Zeros of the shape of `x` with the sums of all `values` whose flat position is `where`."""
    if namespace(x) is not np:
        flat = values.new_zeros(x.numel()).index_add(0, where.reshape(-1), values.reshape(-1))
        return flat.reshape(x.shape)
    flat = np.zeros(x.size, values.dtype)
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
    if b.dtype.itemsize < 4:
        return _narrowed(_solve(_widened(A), _widened(b)), b)
    if xp is not np:
        return xp.linalg.solve_ex(A, b)[0]  # without a complaint
    try:
        return np.linalg.solve(A, b)
    except np.linalg.LinAlgError:
        singular = np.linalg.slogdet(A)[0] == 0
        return np.linalg.solve(np.where(singular[..., None, None], np.nan, A), b)


def sign(x):
    """−1, 0 or 1, elementwise."""
    return namespace(x).sign(x)


def svd(M):
    """U, s, Vᵀ of matrices (*runs, m, n), the thin ones; nan where M is not finite."""
    return _where_finite(M, lambda A: namespace(A).linalg.svd(A, full_matrices=False))


def eigh(A):
    """Eigenvalues, increasing, and eigenvectors of symmetric A (*runs, n, n), or nan."""
    return _where_finite(A, lambda A: namespace(A).linalg.eigh(A))


def _where_finite(A, factors):
    """The factors of matrices; LAPACK raises, or does not end, where something is not finite."""
    xp = namespace(A)
    if A.dtype.itemsize < 4:
        return [_narrowed(f, A) for f in _where_finite(_widened(A), factors)]
    bad = ~xp.isfinite(A).all(-1).all(-1)
    found = factors(xp.where(bad[..., None, None], xp.zeros_like(A), A))
    return [
        xp.where(bad.reshape(*bad.shape, *(1,) * (f.ndim - bad.ndim)), xp.nan, f) for f in found
    ]


def _widened(A):
    """`A` as float32: LAPACK knows no shorter numbers."""
    return A.astype(np.float32) if namespace(A) is np else A.float()


def _narrowed(A, x):
    """`A` in the dtype of `x` again."""
    return A.astype(x.dtype) if namespace(A) is np else A.to(x.dtype)
