"""How many steps gradient descent needs on the bigram table, for vocabularies of n words.

    python -m course_lib.experiments.vocabularies [TASK ...]

A step costs n² operations, and there are about n of them: the largest table takes most of the time.
Source: S12; Kunstner, Bach (2025), in small.
"""

import sys
from functools import partial

import numpy as np

from course_lib import gd, run
from course_lib.experiments import stored
from course_lib.problems import bigrams, gap

NAME = "vocabularies"
SIZES = 32, 64, 128, 256, 512
LEVEL = 0.1  # of f(x₀) − f* is left
TIMES = (10 ** np.array([0.75, 1, 1.25, 1.5, 1.75])).tolist()  # α tried, in units of 1/(2L)
TASKS = {f"n = {n}": n for n in SIZES}


def steps_to(problem, method, alphas, steps):
    """The least number of steps after which no more than `LEVEL` is left, over all α.

    Looked at a hundred times or so on the way; inf if that takes more than `steps`.
    """
    kept, x0 = np.arange(0, steps + 1, 1 + steps // 100), np.zeros(problem.d, dtype=np.float32)
    paths = (run(method, problem, x0, steps=steps, keep=kept, alpha=alpha) for alpha in alphas)
    error = np.min([gap(problem, xs) for xs in paths], axis=0)  # one run fits into the cache
    reached = error <= LEVEL * error[0]
    return int(kept[reached.argmax()]) if reached.any() else np.inf


def by_gd(n):
    """That number for gradient descent on the n most frequent words of Shakespeare."""
    problem = bigrams("shakespeare", "words", n)
    return steps_to(problem, gd, np.array(TIMES) / (2 * problem.L), 3 * n)


def measure(n, say=print):
    """What the file holds of one task."""
    found = by_gd(n)
    say(found)
    return {"steps": stored.short(found)}


def configuration():
    """All that decides the numbers, as the file records it."""
    return {"sizes": list(SIZES), "level": LEVEL, "times": stored.short(TIMES)}


results = partial(stored.results, NAME)


def steps():
    """{n: the committed number of steps}."""
    return {n: results()["tasks"][name]["steps"] for name, n in TASKS.items()}


if __name__ == "__main__":
    stored.compute(NAME, TASKS, configuration(), measure, sys.argv[1:])
