"""Comparisons of methods and schedules on small networks, on a fine grid and over many seeds.

    python -m course_lib.experiments.contests [TASK ...]

On a coarse grid (two values a decade) and three seeds the last place goes to the one whose narrow
valley lies between two values of the grid; five values and eight seeds are minutes. Source: S14.
"""

import sys
from functools import partial
from typing import NamedTuple

from torch import nn

from course_lib import (
    adadelta,
    adagrad,
    adam,
    adamw,
    datasets,
    gd,
    momentum,
    nesterov,
    nets,
    rmsprop,
    tune,
)
from course_lib.experiments import stored
from course_lib.schedules import cosine, inverse_root

NAME = "contests"
SEEDS, FRESH = range(8), range(100, 132)  # for the choice and for the report
PER_DECADE = 5
EIGHT = {
    "SGD": gd,
    "momentum": momentum,
    "Nesterov": nesterov,
    "AdaGrad": adagrad,
    "RMSProp": rmsprop,
    "Adadelta": tune.Contender(adadelta, over="eps"),
    "Adam": adam,
    "AdamW": tune.Contender(adamw, hyper={"lam": 0.1}),
}
K, WARM_UP = 200, 20
SCHEDULES = {
    "α": None,
    "α/√k": inverse_root,
    "cos": lambda alpha, k: cosine(alpha, k - 1, K),  # the first step is α itself
    "0↗ cos": partial(cosine, steps=K, warm=WARM_UP),
}


class Task(NamedTuple):
    """images: the arguments of `datasets.images`. model: of `nets.Network`. held_out: whether the
    best value is chosen on validation images and reported on test images, or both on training
    images (a question about minimization). low, high: the ends of the grid."""

    images: tuple
    model: object
    contenders: dict
    steps: int
    batch: int
    held_out: bool
    low: float
    high: float = 1.0

    def networks(self):
        """The network on the images for training, for the choice and for the report."""
        train, *others = datasets.images(*self.images)
        network = nets.Network(self.model, *train)
        return network, *(network.on(*p) if self.held_out else network for p in others)

    def compare(self, names=None, seeds=SEEDS, fresh=FRESH):
        """The `tune.Comparison` of the contenders `names`, default: of all."""
        network, choice, report = self.networks()
        return tune.compare(
            {name: self.contenders[name] for name in names or self.contenders},
            network, network.initial, self.steps, batch=self.batch, select=choice.f,
            report=report.f, grid=tune.log_grid(self.low, self.high, PER_DECADE),
            seeds=seeds, fresh=fresh,
        )  # fmt: skip


def scheduled(method, model):
    """The task of the schedules for a method on digits."""
    contenders = {name: tune.Contender(method, schedule=s) for name, s in SCHEDULES.items()}
    return Task(("digits",), model, contenders, K, 25, False, 3e-3)


MLP, SMOOTH = nets.mlp(64, 32, 10), nets.mlp(64, 32, 10, activation=nn.Tanh)
TASKS = {
    "digits": Task(("digits",), MLP, EIGHT, 200, 25, True, 1e-3),
    "fashion": Task(("fashion_small", 14), nets.cnn(14), EIGHT, 100, 32, True, 1e-3),
    "momentum": scheduled(momentum, MLP),
    "Adam": scheduled(adam, MLP),
    "Adam, tanh": scheduled(adam, SMOOTH),
}


def configuration():
    """All that decides the numbers, as the file records it."""
    tasks = {
        name: {"steps": task.steps, "batch": task.batch, "grid": [task.low, task.high, PER_DECADE]}
        for name, task in TASKS.items()
    }
    return {"seeds": list(SEEDS), "fresh": list(FRESH), "tasks": tasks}


results = partial(stored.results, NAME)
comparison = partial(stored.comparison, NAME)


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), stored.measure, sys.argv[1:])
