"""Pictures with some answers wrong (S13): something to learn by rote, and what decay is good for.

Each seed has its own pictures and its own wrong answers, so that a band covers the data as well.
"""

import numpy as np

from course_lib import datasets
from course_lib.arguments import check_integer, check_list_of_seeds, check_number
from course_lib.problems.finite_sums import FiniteSum, Logistic

VALID = 600  # pictures to choose hyperparameters on; what is left is for the report


class NoisyDigits(FiniteSum):
    """Odd or even: the logistic loss on n digits of its own for each seed.

    seeds: one for each set of pictures; x is (seeds, …, d), d = 65. n: pictures to train on. flip:
    the probability 0 ≤ flip ≤ 1 that a training picture's label is turned over. `valid` and `test`
    (seeds, m) are the numbers of the other pictures, whose labels are true: 600, and the rest.

    >>> digits = NoisyDigits(range(3))
    >>> digits.loss(np.zeros((3, 2, 65)), digits.test)[0]
    array([0.69314718, 0.69314718])
    """

    name = "noisy_digits"

    def __init__(self, seeds, n=150, flip=0.2):
        self.A, self.y = datasets.binary("digits_odd_even")
        self.n, self.d = check_integer("n", n, 1), self.A.shape[1]
        most = len(self.y) - VALID - 1
        if n > most:
            raise ValueError(f"n: expected 1 ≤ n ≤ {most}; got {n}")
        if check_number("flip", flip, 0) > 1:
            raise ValueError(f"flip: expected 0 ≤ flip ≤ 1; got {flip!r}")
        seeds = check_list_of_seeds("seeds", seeds)
        decks = [np.random.default_rng(seed).permutation(len(self.y)) for seed in seeds]
        wrong = [np.random.default_rng([seed, 1]).random(n) < flip for seed in seeds]
        self.train, self.valid, self.test = np.split(np.array(decks), [n, n + VALID], axis=1)
        self.labels = np.where(wrong, -1, 1) * self.y[self.train]

    def f(self, x):
        """The training loss, wrong labels and all: (seeds, …, d) → (seeds, …)."""
        return self.f_batch(x, self._everything())

    def grad(self, x):
        return self.grad_batch(x, self._everything())

    def f_batch(self, x, i):
        rows, y = self._batch(i)
        return self._mean_loss(x, rows, y)

    def grad_batch(self, x, i):
        rows, y = self._batch(i)
        pictures = self.A[rows]
        t = x.reshape(len(rows), -1, self.d) @ pictures.swapaxes(1, 2)
        return (Logistic.dphi(t, y[:, None]) @ pictures / rows.shape[1]).reshape(x.shape)

    def loss(self, x, part):
        """Mean loss on pictures with true labels: x (seeds, …, d), part (seeds, m) → (seeds, …).

        inf where a run diverged.
        """
        return self._mean_loss(x, part, self.y[part])

    def _everything(self):
        return np.arange(self.n)[:, None].repeat(len(self.train), axis=1)

    def _batch(self, i):
        """Numbers of pictures and their labels (seeds, batch), of indices (batch, seeds, …)."""
        i = np.moveaxis(i, 0, -1).reshape(len(self.train), -1)
        return np.take_along_axis(self.train, i, 1), np.take_along_axis(self.labels, i, 1)

    def _mean_loss(self, x, rows, y):
        t = x.reshape(len(rows), -1, self.d) @ self.A[rows].swapaxes(1, 2)
        with np.errstate(all="ignore"):
            loss = Logistic.phi(t, y[:, None]).mean(-1).reshape(x.shape[:-1])
        return np.where(np.isfinite(loss), loss, np.inf)
