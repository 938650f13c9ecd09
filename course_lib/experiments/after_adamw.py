"""A small network and the methods after AdamW, each with the same number of values of its α.

    python -m course_lib.experiments.after_adamw [TASK ...]

Every seed has its own pictures, its own start and its own batches; the first seeds choose α, the
others are the report. Schedules differ by less than methods do, so they get more seeds. Muon is
computed as in practice, by Newton–Schulz; still its iteration takes the time of two of Adam, so
there is an Adam with twice as many. An iteration of SAM is two gradients, so there is a SAM with
half as many.
"""

import sys
from functools import partial
from typing import NamedTuple

import numpy as np

from course_lib import (
    adam,
    datasets,
    gd,
    lion,
    muon,
    nets,
    prodigy,
    run,
    sam,
    schedule_free,
    variant,
)
from course_lib.experiments import stored
from course_lib.schedules import constant, cosine, linear, wsd

NAME = "after_adamw"
SEEDS, MORE, CHOICE = range(16), range(32), 8
LAYERS, TRAIN, BATCH = (64, 64, 64, 64, 10), 1000, 50
K = 200
LENGTHS = (50, 100, 200, 400)  # K of the runs that a schedule makes


class Task(NamedTuple):
    """low: the smallest of the 9 values tried, four a decade; over: of what.

    at: the lengths K of its runs, whose last losses are kept. schedule: (α, k, K) → α_k. Runs whose
    schedules are the same so far are the same so far: those of "schedule-free" are parts of the
    longest, those of "WSD" leave it where they begin to decay. layers, base: of `nets.mlp`. seeds:
    the first CHOICE choose.
    """

    method: object
    low: float
    schedule: object = linear
    at: tuple = (K,)
    over: str = "alpha"
    layers: tuple = LAYERS
    base: int | None = None
    seeds: range = SEEDS

    @property
    def tried(self):
        return self.low * 10 ** (np.arange(9) / 4)

    def loss(self, seed, tried=None):
        """Losses on the training and on the test pictures: (2, lengths, tried)."""
        training, test = networks(seed, self.layers, self.base)
        tried = self.tried if tried is None else np.asarray(tried)
        top = tried if self.over == "alpha" else 1.0
        hyper = {} if self.over == "alpha" else {self.over: tried}

        def end(steps):
            return run(
                self.method, training.minibatch(BATCH, seed), training.initial(seed), steps=steps,
                keep=[steps], alpha=lambda k: self.schedule(top, k, steps), interruptible=False,
                **hyper,
            )[0]  # fmt: skip

        with np.errstate(all="ignore"):
            xs = np.array([end(steps) for steps in self.at])
            return np.array([training.f(xs), test.f(xs)])


def forever(alpha, k, steps):
    """α, whatever K."""
    return constant(alpha, k)


IN_PRACTICE = variant(muon, ("polar(", "newton_schulz("))
TASKS = {
    "Muon": Task(IN_PRACTICE, 3e-3),
    "Adam": Task(adam, 1e-3),
    "Adam, 2K": Task(adam, 1e-3, at=(2 * K,)),
    "Lion": Task(lion, 1e-4),
    "SGD": Task(gd, 1e-2),
    "SAM, K/2": Task(sam, 1e-2, at=(K // 2,)),
    "SAM": Task(sam, 1e-2),
    "schedule-free": Task(schedule_free, 1e-3, forever, LENGTHS, seeds=MORE),
    **{f"cosine, {n}": Task(adam, 1e-3, cosine, (n,), seeds=MORE) for n in LENGTHS},
    "WSD": Task(adam, 1e-3, wsd, LENGTHS, seeds=MORE),
    "Prodigy": Task(prodigy, 1e-8, over="d0"),
}


def networks(seed, layers=LAYERS, base=None):
    """The network on the training pictures of a seed, and on all others."""
    X, y = datasets.load("digits")
    train, test = np.split(np.random.default_rng(seed).permutation(len(y)), [TRAIN])
    training = nets.Network(nets.mlp(*layers, base=base), X[train] / 16, y[train])
    return training, training.on(X[test] / 16, y[test])


def measure(task, say=print):
    """What the file holds of one task."""
    losses = np.array([task.loss(seed) for seed in task.seeds])
    say(losses[:, :, -1].mean(0).round(4))
    return {"tried": stored.short(task.tried), "losses": stored.short(losses)}


def configuration():
    """All that decides the numbers, as the file records it."""
    tasks = {
        name: [t.method.__name__, t.low, t.schedule.__name__, list(t.at), t.over, len(t.seeds)]
        for name, t in TASKS.items()
    }
    setting = {"layers": list(LAYERS), "train": TRAIN, "batch": BATCH}
    return {"choice": CHOICE, **setting, "tasks": tasks}


results = partial(stored.results, NAME)
losses = partial(stored.losses, NAME)  # of a task, by its name: (seeds, 2, lengths, tried)


def chosen(task, on=0):
    """The value with the least final loss over the first seeds, its place; on: 0 train, 1 test."""
    place = losses(task)[:CHOICE, on, -1].mean(0).argmin()
    return TASKS[task].tried[place], place


def reported(task, on=0):
    """The losses of the value chosen for them, on the other seeds: (lengths, seeds)."""
    return losses(task)[CHOICE:, on, :, chosen(task, on)[1]].T


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), measure, sys.argv[1:])
