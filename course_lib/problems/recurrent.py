"""The smallest recurrent network as a finite sum: a power of one weight, and its cliff."""

import numpy as np

from course_lib.arguments import check_integer, check_number, check_size, generator
from course_lib.arrays import like, namespace
from course_lib.problems.finite_sums import FiniteSum


class Recurrent(FiniteSum):
    """One neuron, h_t = w h_{t-1} + u s_t, learns from its like; x = (w, u). Made by `recurrent`.

    s: sequences, shape (n, length). x_star: the weights (2,) whose last states are the answers y.
    """

    name, f_star, domain = "recurrent", 0.0, ((0, 1.2), (0, 1))

    def __init__(self, s, x_star):
        self.s, self.x_star, self.n, self.d = s, x_star, len(s), 2
        self.y = self._last(x_star, s)[0]

    @staticmethod
    def _last(x, s):
        """h after the whole sequence; ∂h/∂w, ∂h/∂u; ∂²h/∂w², ∂²h/∂w∂u (∂²h/∂u² is 0)."""
        w, u = x[..., 0], x[..., 1]
        h = h_w = h_u = h_ww = h_wu = 0 * w * s[..., 0]
        for t in range(s.shape[-1]):
            h_ww, h_wu = 2 * h_w + w * h_ww, h_u + w * h_wu
            h, h_w, h_u = w * h + u * s[..., t], h + w * h_w, w * h_u + s[..., t]
        return h, h_w, h_u, h_ww, h_wu

    def _at(self, x, i):
        """What `_last` says of the summands `i`, and how far h is from the answers."""
        h, *derivatives = self._last(x, like(x, self.s[i]))
        return h - like(x, self.y[i]), *derivatives

    def f_i(self, x, i):
        return self._at(x, i)[0] ** 2 / 2

    def grad_i(self, x, i):
        error, h_w, h_u, *_ = self._at(x, i)
        return error[..., None] * namespace(x).stack([h_w, h_u], -1)

    def hessian(self, x):
        error, h_w, h_u, h_ww, h_wu = self._at(x, self._all(x))
        ww, wu, uu = h_w**2 + error * h_ww, h_w * h_u + error * h_wu, h_u**2
        rows = namespace(x).stack([part.mean(0) for part in (ww, wu, wu, uu)], -1)
        return rows.reshape(*x.shape[:-1], 2, 2)


def recurrent(length=20, n=100, w=0.9, u=0.5, seed=0):
    """The smallest recurrent network: one neuron, h_t = w h_{t-1} + u s_t, learns from its like.

    f = (1/2n) Σ (h_T − y_i)² over n random sequences of T = length numbers, y_i the last state of
    the network with the weights x* = (w, u). In h_T stands w to the power T − 1: beyond w = 1 there
    is a cliff. Seeded.
    Source: S10; Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent networks.
    """
    n, length = check_integer("n", n, 1), check_integer("length", length, 1)
    check_size("n, length", n, length)
    weights = np.array([check_number("w", w, -np.inf), check_number("u", u, -np.inf)])
    return Recurrent(generator(seed).normal(size=(n, length)), weights)
