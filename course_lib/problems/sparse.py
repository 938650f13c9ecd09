"""Logistic regression on sparse rows: bags of words have thousands of columns, mostly zeros."""

import numpy as np

from course_lib.arguments import check_integer, check_numbers
from course_lib.arrays import like, once_a_dtype, scatter, to_numpy
from course_lib.problems import finite_sums
from course_lib.problems.finite_sums import FiniteSum, Logistic


class SparseLogistic(FiniteSum):
    """f(x) = (1/n) Σ log(1 + exp(−y_i a_iᵀx)) with sparse rows a_i; `Logistic` for wide data.

    index, value: (n, w): row a_i has value[i, s] in column index[i, s] and zeros elsewhere; a row
        with fewer than w numbers is padded by zeros in any column, repeated columns add up.
    y: (n,) of ±1; d: the number of columns.
    A summand's gradient touches w coordinates of d; the vector that `grad` returns is dense, as
    the methods expect.
    """

    name = "sparse_logistic"

    def __init__(self, index, value, y, d, name=None):
        index, value = np.array(to_numpy(index)), check_numbers("value", value)
        y = check_numbers("y", y)
        d = check_integer("d", d, 1)
        if index.ndim != 2 or value.shape != index.shape or y.shape != index.shape[:1]:
            shapes = f"{index.shape}, {value.shape} and {y.shape}"
            raise ValueError(f"index, value, y: expected shapes (n, w), (n, w), (n,); got {shapes}")
        if not index.size:
            raise ValueError(f"index: expected shape (n, w), n, w ≥ 1; got {index.shape}")
        if index.dtype.kind not in "iu" or index.min() < 0 or index.max() >= d:
            raise ValueError(f"index: expected integers 0..{d - 1}; got {index!r}")
        if not np.isin(y, (-1, 1)).all():
            raise ValueError(f"y: expected labels −1 and +1; got {np.unique(y)[:5]}")
        self.index, self.value, self.y = index.astype(np.intp), value, y
        self.n, self.d, self.name = len(y), d, name or self.name

    def f(self, x):
        return self._mean(self.f_batch, x)

    def grad(self, x):
        return self._mean(self.grad_batch, x)

    def f_batch(self, x, i):
        _, _, t, y = self._batch(x, i)
        return Logistic.phi(t, y).mean(0)

    def grad_batch(self, x, i):
        where, value, t, y = self._batch(x, i)
        slope = Logistic.dphi(t, y)[..., None] / len(i)
        return scatter(x, where, slope * value)

    def _batch(self, x, i):
        """Of the summands i (batch, *runs): positions in x.ravel(), values, a_iᵀx and y_i."""
        index, value, y = self._data(x)
        first = np.arange(0, int(np.prod(x.shape[:-1])) * self.d, self.d)  # where each run begins
        where = index[i] + like(x, first.reshape(*x.shape[:-1], 1))
        return where, value[i], (value[i] * x.take(where)).sum(-1), y[i]

    @once_a_dtype
    def _data(self, x):
        """The data in the kind and dtype of `x`."""
        return [like(x, a) for a in (self.index, self.value, self.y)]

    def _mean(self, of_batch, x):
        """The mean over all summands, worked off in pieces that fit into memory."""
        row = self.index.shape[1] * int(np.prod(x.shape[:-1]))
        size = max(1, finite_sums.BLOCK // row)
        total = 0
        for j in range(0, self.n, size):
            i = np.arange(j, min(j + size, self.n)).reshape(-1, *(1,) * (x.ndim - 1))
            total = total + of_batch(x, like(x, i)) * (len(i) / self.n)
        return total
