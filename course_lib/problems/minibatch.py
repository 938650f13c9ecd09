"""Minibatches (S2): whose gradient comes next, decided by a seed and by nothing else."""

from itertools import islice
from types import SimpleNamespace

import numpy as np

from course_lib.arguments import (
    check_choice,
    check_integer,
    check_problem,
    check_seeds,
    check_size,
)
from course_lib.arrays import like

LARGE = 4096  # summands


class Minibatch:
    """A finite sum whose `grad` is the mean over a random batch; made by `.minibatch(...)`.

    It knows all that the finite sum knows. Run r draws from `np.random.default_rng(seed[r])`, so
    that a batch of runs is the stack of the single runs; draws depend on seed and batch only, so
    that two methods, or two step sizes, see the same summands in the same order.
    """

    def __init__(self, problem, batch, seed, sampling="replace=True"):
        check_problem(problem, "n", "d", "grad_batch")
        check_choice("sampling", sampling, SAMPLINGS)
        batch = check_integer("batch", batch, 1)
        if batch > problem.n and sampling != "replace=True":
            raise ValueError(f"batch: expected 1..n = {problem.n} without replacement; got {batch}")
        self.seed = check_seeds("seed", seed)
        check_size("batch, seed", batch, *self.seed.shape)
        self.problem, self.batch, self.cost, self.sampling = problem, batch, batch, sampling
        self.runs = self.seed.shape
        self._past, self._stream = 0, None

    def __getattr__(self, name):
        if name.startswith("_") or name == "problem":
            raise AttributeError(name)
        return getattr(self.problem, name)

    def __repr__(self):
        return f"<{self.name}: B = {self.batch}, {self.sampling}, seed {self.seed.tolist()}>"

    def __getstate__(self):
        """A copy, here or in another process, goes on where this stream is."""
        return {**vars(self), "_stream": None}

    def fresh(self):
        """The same problem at the beginning of its stream; `run` calls it."""
        return Minibatch(self.problem, self.batch, self.seed, self.sampling)

    def grad(self, x):
        """Mean gradient over the next batch: (*runs, d) → (*runs, d)."""
        return self.problem.grad_batch(x, self._beside(x, self._drawn()))

    def next_batch(self):
        """The next batch as a function: its `f` and `grad`, the same batch at every call."""
        i = self._drawn()
        return SimpleNamespace(
            f=lambda x: self.problem.f_batch(x, self._beside(x, i)),
            grad=lambda x: self.problem.grad_batch(x, self._beside(x, i)),
        )

    def _drawn(self):
        if self._stream is None:
            self._stream = islice(self._batches(), self._past, None)
        self._past += 1
        return next(self._stream)

    def _beside(self, x, i):
        """The batch (batch, *runs) of points x."""
        i = i.reshape(self.batch, *(1,) * (x.ndim - 1 - len(self.runs)), *self.runs)
        return like(x, i.astype(np.intp))

    def batches(self, steps, after=0):
        """`steps` batches of the stream, those after the first `after`: indices of shape
        (steps, batch, *runs)."""
        steps, after = check_integer("steps", steps, 0), check_integer("after", after, 0)
        check_size("steps", steps, self.batch, *self.runs)
        drawn = [*islice(self._batches(), after, after + steps)]
        return np.array(drawn, dtype=int).reshape(steps, self.batch, *self.runs)

    def _batches(self):
        """Endless index arrays (batch, *runs), drawn for many iterations at a time."""
        chunk = max(1, 2048 // self.batch)
        draws = [
            SAMPLINGS[self.sampling](np.random.default_rng(s), self.problem.n, self.batch, chunk)
            for s in self.seed.flat
        ]
        dtype = np.uint16 if self.problem.n <= 2**16 else np.int64
        while True:
            block = np.empty((chunk, self.batch, len(draws)), dtype)
            for r, draw in enumerate(draws):
                block[:, :, r] = next(draw)
            yield from block.reshape(chunk, self.batch, *self.runs)


def with_replacement(rng, n, batch, chunk):
    """Independent summands: endless arrays (chunk, batch) of indices 0..n−1."""
    dtype = np.uint16 if n <= 2**16 else np.int64
    while True:
        yield rng.integers(n, size=(chunk, batch), dtype=dtype)


def without_replacement(rng, n, batch, chunk):
    """Batches of distinct summands, independent of each other.

    A small sum lays out a deck for every batch and deals the first cards of Fisher and Yates's
    shuffle, all decks at once; for a large one the decks would fill the memory.
    """
    while n > LARGE:
        yield np.array([rng.choice(n, batch, replace=False) for _ in range(chunk)])
    while True:
        yield _first_cards(rng, n, batch, chunk)


def _first_cards(rng, n, batch, chunk):
    rows, deck = np.arange(chunk), np.tile(np.arange(n, dtype=np.uint16), (chunk, 1))
    for j in range(batch):
        other = rng.integers(j, n, size=chunk)
        deck[rows, j], deck[rows, other] = deck[rows, other], deck[rows, j]
    return deck[:, :batch].copy()


def shuffled_deck(rng, n, batch, chunk):
    """Every epoch a new permutation, dealt in batches; a last incomplete batch is not dealt."""

    def epochs():
        while True:
            deck = rng.permutation(n)
            yield from deck[: n // batch * batch].reshape(-1, batch)

    deal = epochs()
    while True:
        yield np.array([next(deal) for _ in range(chunk)])


#: How batches are drawn, by the words that ask for it.
SAMPLINGS = {
    "replace=True": with_replacement,
    "replace=False": without_replacement,
    "reshuffle": shuffled_deck,
}
