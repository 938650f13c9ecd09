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
