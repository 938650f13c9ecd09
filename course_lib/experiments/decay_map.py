"""The map of α and λ on a small network: AdamW beside Adam with an ℓ2 penalty.

    python -m course_lib.experiments.decay_map [TASK ...]

On a convex problem both let λ be chosen apart from α; the paper speaks of networks. Every seed has
its own pictures, wrong answers among them, its own start and its own batches; joblib computes seeds
in parallel. Source: S13; Loshchilov, Hutter (2019), Figure 2, in small.
"""

import sys
from functools import partial
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed

from course_lib import adam_l2, adamw, datasets, run, tune
from course_lib.experiments import stored

NAME = "decay_map"
SEEDS = range(16)
ALPHAS = tune.log_grid(1e-3, 1e-1, 3)
TRAIN, VALID, FLIP = 200, 600, 0.2  # pictures, and the share of wrong answers among the first
BATCH, STEPS = 50, 2000
LAST = STEPS - STEPS // 25 * np.arange(5)[::-1]  # the loss is the mean over these


class Task(NamedTuple):
    """low, high: the ends of the grid of λ, four values a decade."""

    method: object
    low: float
    high: float

    @property
    def lams(self):
        return tune.log_grid(self.low, self.high, 4)

    def loss(self, seed, alphas=ALPHAS, lams=None):
        """The loss on pictures with true answers for every α and λ, default `lams`: (α, λ)."""
        training, valid = networks(seed)
        alphas, lams = np.asarray(alphas), np.asarray(self.lams if lams is None else lams)
        with np.errstate(all="ignore"):
            xs = run(
                self.method, training.minibatch(BATCH, seed), training.initial(seed), steps=STEPS,
                keep=LAST, alpha=alphas[:, None], lam=lams, interruptible=False,
            )  # fmt: skip
            return valid.f(xs).mean(0)


TASKS = {"Adam + L2": Task(adam_l2, 1e-3, 1e-1), "α(u + λx)": Task(adamw, 3e-2, 3)}


def networks(seed):
    """The network on the noisy pictures of a seed, and on others whose answers are true."""
    from course_lib import nets  # torch: who reads the results needs none

    X, y = datasets.load("digits")
    rng = np.random.default_rng(seed)
    train, valid, _ = np.split(rng.permutation(len(y)), [TRAIN, TRAIN + VALID])
    wrong = rng.random(TRAIN) < FLIP
    answers = (y[train] + wrong * rng.integers(1, 10, TRAIN)) % 10
    training = nets.Network(nets.mlp(64, 32, 10), X[train] / 16, answers)
    return training, training.on(X[valid] / 16, y[valid])


def measure(task, say=print):
    """What the file holds of one task."""
    losses = Parallel(n_jobs=-1)(delayed(task.loss)(seed) for seed in SEEDS)
    say(np.mean(losses, axis=0).round(3))
    return {"lams": stored.short(task.lams), "losses": stored.short(losses)}


def configuration():
    """All that decides the numbers, as the file records it."""
    tasks = {name: [task.method.__name__, task.low, task.high] for name, task in TASKS.items()}
    pictures = {"train": TRAIN, "valid": VALID, "flip": FLIP}
    setting = {"alphas": stored.short(ALPHAS), **pictures, "batch": BATCH, "at": LAST.tolist()}
    return {"seeds": list(SEEDS), **setting, "tasks": tasks}


results = partial(stored.results, NAME)
losses = partial(stored.losses, NAME)  # of a task, by its name: (seeds, α, λ)


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), measure, sys.argv[1:])
