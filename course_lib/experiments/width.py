"""The best α of Adam against the width of a network, as torch starts it and in μP.

    python -m course_lib.experiments.width [TASK ...]

The pictures, the seeds and the values of α are those of `after_adamw`: the first half of the seeds
chooses, the second half is the report. The runs are short, the widest network takes minutes.
"""

import sys
from functools import partial

import numpy as np

from course_lib import adam
from course_lib.experiments import stored
from course_lib.experiments.after_adamw import BATCH, CHOICE, SEEDS, TRAIN, Task, measure

NAME = "width"
WIDTHS = (32, 64, 128, 256, 512)  # of both hidden layers; the first is the base of μP
BASES = {"torch": None, "μP": WIDTHS[0]}
K, LOW = 50, 10**-2.5

TASKS = {
    f"{name}, {n}": Task(adam, LOW, at=(K,), layers=(64, n, n, 10), base=base)
    for n in WIDTHS
    for name, base in BASES.items()
}
TRIED = TASKS["torch, 32"].tried


def configuration():
    """All that decides the numbers, as the file records it."""
    setting = {"train": TRAIN, "batch": BATCH, "steps": K, "low": LOW, "widths": list(WIDTHS)}
    return {"seeds": list(SEEDS), "choice": CHOICE, **setting, "bases": BASES}


results = partial(stored.results, NAME)


def losses(name):
    """The committed losses on the training pictures, "torch" or "μP": (widths, seeds, tried)."""
    return np.array([stored.losses(NAME, f"{name}, {n}")[:, 0, -1] for n in WIDTHS])


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), measure, sys.argv[1:])
