"""SGD against AdaGrad on bags of words, with the rare words and without them, and on digits.

    python -m course_lib.experiments.rare_words [TASK ...]

Words that stand in fewer than m chunks of the training part are left out before training, and α is
tuned again: whether rare words are the reason is a question about training without them, not about
a trained model whose weights are zeroed. Source: S9; Duchi, Hazan, Singer (2011).
"""

import sys
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from course_lib import Logistic, SparseLogistic, adagrad, datasets, gd, run, tune, variant
from course_lib.experiments import stored
from course_lib.schedules import inverse_root, linear

NAME = "rare_words"
SEEDS, FRESH = range(8), range(100, 132)  # for the choice and for the report
GRID = 0.1, 100, 4  # its ends, values a decade
BATCH = 8
ENDS = 0.6, 0.75  # of the training part and of the part for the choice of α; the rest reports
LINEAR = "α·(1−k/K)"

adagrad_norm = variant(
    adagrad, ("+ g**2", "+ (g**2).mean(-1, keepdims=True)"), name="adagrad_norm"
)  # fmt: skip


_books = lru_cache(datasets.books)  # read by most tasks, and only read


class Parts(NamedTuple):
    """The same problem on examples for training, for the choice of α and for the report.

    words: names of the columns, () of digits.
    """

    train: object
    valid: object
    test: object
    words: tuple


class Task(NamedTuple):
    """data: "counts" or "tfidf" (of `datasets.books`), "digits". rarest: m, the least number of
    chunks of the training part in which a word stands. passes: through the training part."""

    data: str
    rarest: int = 1
    passes: int = 1

    def parts(self, seed=0):
        """The `Parts` of a random split."""
        if self.data == "digits":
            A, y = datasets.binary("digits_odd_even")
            return Parts(*(Logistic(A[rows], y[rows]) for rows in split(len(y), seed)), ())
        bags = _books(self.data)
        rows = split(len(bags.y), seed)
        kept = spread(bags.index[rows[0]], bags.value[rows[0]], len(bags.words)) >= self.rarest
        column = np.cumsum(kept) - 1
        index = np.where(kept[bags.index], column[bags.index], 0)
        value = bags.value * kept[bags.index]
        words = tuple(word for word, keep in zip(bags.words, kept, strict=True) if keep)
        problems = (SparseLogistic(index[r], value[r], bags.y[r], len(words)) for r in rows)
        return Parts(*problems, words)

    def steps(self, train):
        return self.passes * train.n // BATCH

    def contenders(self, train):
        """SGD with three schedules, AdaGrad with two and with one denominator for all."""
        falling = partial(linear, steps=self.steps(train))
        return {
            "SGD": tune.Contender(gd),
            "SGD, α/√k": tune.Contender(gd, schedule=inverse_root),
            f"SGD, {LINEAR}": tune.Contender(gd, schedule=falling),
            "AdaGrad": tune.Contender(adagrad),
            f"AdaGrad, {LINEAR}": tune.Contender(adagrad, schedule=falling),
            "AdaGrad, v̄": tune.Contender(adagrad_norm),
        }

    def compare(self):
        """The `tune.Comparison` of all contenders on the split 0."""
        train, valid, test, _ = self.parts()
        return tune.compare(
            self.contenders(train), train, start(train), self.steps(train), batch=BATCH,
            sampling="reshuffle", select=valid.f, report=test.f, grid=tune.log_grid(*GRID),
            seeds=SEEDS, fresh=FRESH,
        )  # fmt: skip

    def trained(self, train, name, alpha, seeds):
        """The last points (seeds, d) of a contender on a training part, by its name."""
        settings = self.contenders(train)[name].settings(alpha)
        method, K = self.contenders(train)[name].method, self.steps(train)
        batches = train.reshuffle(BATCH, seeds)
        return run(method, batches, start(train), steps=K, keep=[K], **settings)[0]


TASKS = {
    "counts": Task("counts"),
    "tf-idf": Task("tfidf"),
    "digits": Task("digits"),
    **{f"m = {m}": Task("counts", rarest=m) for m in (3, 10, 30, 100)},
    "2 passes": Task("counts", passes=2),
}


def split(n, seed):
    """Rows of the three parts, in random order."""
    order = np.random.default_rng(seed).permutation(n)
    return np.split(order, [int(end * n) for end in ENDS])


def spread(index, value, d):
    """In how many rows each of d columns stands, (d,); a column stands once in a row."""
    return np.bincount(index[value != 0], minlength=d)


def start(train):
    """x₀ = 0 in single precision: half the time."""
    return np.zeros(train.d, np.float32)


def mean_squares(problem):
    """The mean of a_ij² over i, (d,), for every column j; a column stands once in a row."""
    if isinstance(problem, Logistic):
        return (problem.A**2).mean(0)
    squares = (problem.value**2).ravel()
    return np.bincount(problem.index.ravel(), squares, minlength=problem.d) / problem.n


def configuration():
    """All that decides the numbers, as the file records it."""
    tasks = {name: task._asdict() for name, task in TASKS.items()}
    setting = {"grid": list(GRID), "batch": BATCH, "ends": list(ENDS)}
    return {"seeds": list(SEEDS), "fresh": list(FRESH), **setting, "tasks": tasks}


results = partial(stored.results, NAME)
comparison = partial(stored.comparison, NAME)


def rivals(found):
    """Of a comparison: SGD with the schedule that the choice prefers, AdaGrad with constant α."""
    sgd = [row for name, row in found.items() if name.startswith("SGD")]
    return min(sgd, key=lambda row: row.chosen_on.mean(1).min()), found["AdaGrad"]


def alike(found, schedule=""):
    """Of a comparison: SGD and AdaGrad with the same schedule, constant α or `LINEAR`."""
    return [found[", ".join(filter(None, (name, schedule)))] for name in ("SGD", "AdaGrad")]


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), stored.measure, sys.argv[1:])
