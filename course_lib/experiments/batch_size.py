"""SGD, momentum and Adam on the bigram table, one pair of words at a time, in batches of any size.

    python -m course_lib.experiments.batch_size [TASK ...]

All see as many pairs in all, so a larger batch makes fewer steps; every step size falls to 0 along
a straight line. Source: S12; Srećković et al. (2025), Marek et al. (2025), in small.
"""

import sys
from functools import partial
from typing import NamedTuple

import numpy as np

from course_lib import adam, datasets, gd, momentum, tune
from course_lib.experiments import stored
from course_lib.problems import FiniteSum, bigrams
from course_lib.schedules import linear

NAME = "batch_size"
SEEDS, FRESH = range(8), range(100, 116)  # for the choice and for the report
SIZE, PAIRS = 64, 25_600  # words of the vocabulary, pairs that every run sees
#: Name: the method, the ends of its grid of α, four values a decade.
METHODS = {"SGD": (gd, 1, 100), "momentum": (momentum, 0.1, 10), "Adam": (adam, 0.01, 1)}


class Pairs(FiniteSum):
    """f_i(W) = −log softmax(W_a)_b for the i-th pair (a, b) of neighbours in a text.

    Its f is that of `bigrams(name, "words", size)`.

    >>> pairs = Pairs("ru_proverbs", 8)
    >>> x, i = np.linspace(0, 1, 64)[None], np.arange(pairs.n)[:, None]
    >>> bool(np.allclose(pairs.grad_batch(x, i), pairs.grad(x)))
    True
    """

    def __init__(self, name, size):
        ids, _ = datasets.tokens(name, "words", size)
        self.table, self.name = bigrams(name, "words", size), "pairs"
        self.pairs = ids[:-1] * self.table.n + ids[1:]
        self.n, self.d = len(self.pairs), self.table.d
        self.f, self.grad, self.f_star = self.table.f, self.table.grad, self.table.f_star

    def grad_batch(self, x, i):
        """The mean gradient of the pairs `i` (batch, *runs): (*runs, d) → (*runs, d)."""
        i = np.broadcast_to(i, (len(i), *x.shape[:-1])).reshape(len(i), -1)
        W = x.reshape(-1, *self.table.shape)
        flat = self.pairs[i] + self.d * np.arange(len(W))
        P = np.bincount(flat.ravel(), minlength=W.size).astype(W.dtype).reshape(W.shape) / len(i)
        q = np.exp(W - W.max(-1, keepdims=True))
        q *= P.sum(-1, keepdims=True) / q.sum(-1, keepdims=True)
        return (q - P).reshape(x.shape)


class Task(NamedTuple):
    """batch: pairs in a batch."""

    batch: int

    @property
    def steps(self):
        return PAIRS // self.batch

    def compare(self, seeds=SEEDS, fresh=FRESH):
        """The `tune.Comparison` of the methods, each on a grid of its own."""
        problem, rows = Pairs("shakespeare", SIZE), {}
        for name, (method, low, high) in METHODS.items():
            contender = tune.Contender(method, partial(linear, steps=self.steps))
            rows |= tune.compare(
                {name: contender}, problem, np.zeros(problem.d, np.float32), self.steps,
                batch=self.batch, grid=tune.log_grid(low, high, 4), seeds=seeds, fresh=fresh,
            )  # fmt: skip
        return tune.Comparison(rows)


TASKS = {f"B = {batch}": Task(batch) for batch in (16, 64, 256, 1024)}


def configuration():
    """All that decides the numbers, as the file records it."""
    grids = {name: ends for name, (_, *ends) in METHODS.items()}
    setting = {"size": SIZE, "pairs": PAIRS, "grids": grids, "per_decade": 4}
    tasks = {name: task._asdict() for name, task in TASKS.items()}
    return {"seeds": list(SEEDS), "fresh": list(FRESH), **setting, "tasks": tasks}


results = partial(stored.results, NAME)
comparison = partial(stored.comparison, NAME)


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), stored.measure, sys.argv[1:])
