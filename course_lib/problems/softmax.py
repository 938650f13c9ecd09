"""Softmax regression from a table: one gradient over all the data, however long the text was."""

from functools import cached_property

import numpy as np

from course_lib import datasets
from course_lib.arguments import check_numbers, check_size
from course_lib.arrays import like, namespace, once_a_dtype


class SoftmaxRegression:
    """f(W) = −Σ_ij P_ij log softmax(a_iᵀW)_j, convex; x is W (p, c) row by row, d = p·c.

    P: (n, c), numbers ≥ 0, not all 0: how often example i has class j; they are divided by their
        sum. One row of it may have many classes: the next word after the word i.
    A: rows a_iᵀ, shape (n, p); default: the identity, that is, one-hot inputs. Then W_i are the
        logits after the word i, and f* is known: the entropy of j given i, a limit that no W
        reaches where a P_ij is 0.
    L = λ_max(Aᵀ diag(r) A)/2 with r_i = Σ_j P_ij.

    >>> two = SoftmaxRegression([[1, 1], [0, 2]])
    >>> round(two.f_star, 3), two.grad(np.zeros(4))
    (0.347, array([ 0.  ,  0.  ,  0.25, -0.25]))
    """

    mu = x_star = domain = None
    name = "softmax_regression"

    def __init__(self, P, A=None, name=None):
        P, A = check_numbers("P", P), None if A is None else check_numbers("A", A)
        if P.ndim != 2 or not ((P >= 0).all() and P.any()):
            raise ValueError(f"P: expected a table of numbers ≥ 0, not all 0; got {P!r}")
        if A is not None and (A.ndim != 2 or len(A) != len(P) or not A.size):
            raise ValueError(f"A: expected the shape ({len(P)}, p); got {A.shape}")
        self.P, self.A = P / P.sum(), A
        self.n = self.cost = len(P)
        self.shape = (self.n if A is None else A.shape[1], P.shape[1])  # of W
        self.d, self.name = self.shape[0] * self.shape[1], name or self.name

    def __repr__(self):
        return f"<{self.name}: n = {self.n}, d = {self.d}>"

    def f(self, x):
        """The loss: (*runs, d) → (*runs,)."""
        return (self._data(x)[0] * self.losses(x)).sum((-2, -1))

    def losses(self, x):
        """−log softmax(a_iᵀW)_j for all i and j: (*runs, d) → (*runs, n, c)."""
        xp, z = namespace(x), self._logits(x)
        z = z - xp.amax(z, -1)[..., None]
        return xp.log(xp.exp(z).sum(-1))[..., None] - z

    def grad(self, x):
        """Aᵀ (diag(r) softmax(AW) − P): (*runs, d) → (*runs, d)."""
        xp, z = namespace(x), self._logits(x)
        P, A, r = self._data(x)
        q = xp.exp(z - xp.amax(z, -1)[..., None])
        q *= (r / q.sum(-1))[..., None]
        q -= P
        return (q if A is None else A.T @ q).reshape(x.shape)

    @cached_property
    def f_star(self):
        if self.A is not None:
            return None
        some = self.P > 0
        share = (self.P / np.maximum(self.P.sum(-1, keepdims=True), 1e-300))[some]
        return float(-(self.P[some] * np.log(share)).sum())

    @cached_property
    def L(self):
        r = self.P.sum(-1)
        if self.A is None:
            return r.max() / 2
        return np.linalg.eigvalsh((self.A.T * r) @ self.A)[-1] / 2

    def _logits(self, x):
        W, A = x.reshape(*x.shape[:-1], *self.shape), self._data(x)[1]
        return W if A is None else A @ W

    @once_a_dtype
    def _data(self, x):
        """P, A and the sums r of the rows of P in the kind and dtype of `x`."""
        P, A = like(x, self.P), None if self.A is None else like(x, self.A)
        return P, A, P.sum(-1)


def bigrams(name, unit="words", size=1000):
    """Softmax regression of the next token of a text on the one before it, all pairs at once.

    P_ij is the share of the pairs (i, j) among all neighbours in `datasets.tokens(name, unit,
    size)`; tokens are numbered by falling frequency. Source: S12, and Kunstner et al. (2024).
    """
    ids, vocabulary = datasets.tokens(name, unit, size)
    many = len(vocabulary)
    check_size("size", many, many)
    pairs = np.bincount(ids[:-1] * many + ids[1:], minlength=many**2)
    return SoftmaxRegression(pairs.reshape(many, many), name=f"bigrams of {name}, {unit}")
