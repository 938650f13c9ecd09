"""The inputs that a method is tried on, and what the course's own method makes of them.

A homework function has the form f(grad, x0, n_steps, **hyper) → rows x_0 … x_n; the methods of
`course_lib.methods` are generators on a problem. `played` turns one into the other, so the
reference of the homework is the code that the seminars show, and no second copy of it.
"""

from itertools import islice
from types import SimpleNamespace
from typing import NamedTuple
from zlib import crc32

import numpy as np

from course_lib.homework.inside.worker import Oracle, start
from course_lib.letters import LETTERS
from course_lib.loop import hyperparameters
from course_lib.source import show

STEPS, CLOSED_STEPS, D = 50, 20, 4


class Expected(NamedTuple):
    """What is right for one trial: the rows (n + 1, d) and the points where ∇f is taken (n, d)."""

    rows: np.ndarray
    points: np.ndarray


def trials(method, seed):
    """{name: trial} for one method, as data that can be sent into the sandbox.

    path: recorded gradients, 50 steps. again: the same call on the very same objects. list,
    single: x0 as a list of integers, in float32. other: other numbers. closed: the gradient
    H x − b, which depends on x. empty: no step.
    """
    rng = np.random.default_rng([seed, crc32(method.__name__.encode())])

    def hyper():
        return {h: float(rng.uniform(*LETTERS[h].trial)) for h in hyperparameters(method)}

    def recorded():
        return (rng.normal(size=(STEPS, D)) * [1, 2, 0.5, 1]).round(3).tolist()

    path = {
        "x0": rng.permutation([3.0, -2.0, 1.0, -4.0]).tolist(), "kind": "float64",
        "n_steps": STEPS, "hyper": hyper(), "gradients": recorded(),
    }  # fmt: skip
    other = {
        "x0": rng.normal(size=D).round(3).tolist(), "kind": "float64",
        "n_steps": STEPS, "hyper": hyper(), "gradients": recorded(),
    }  # fmt: skip
    turn = np.linalg.qr(rng.normal(size=(D, D)))[0]
    closed = {
        "x0": other["x0"], "kind": "float64", "n_steps": CLOSED_STEPS, "hyper": hyper(),
        "H": (turn * [1, 0.6, 0.3, 0.1] @ turn.T).tolist(), "b": rng.normal(size=D).tolist(),
    }  # fmt: skip
    return {
        "path": path,
        "again": path | {"again": True},
        "list": path | {"kind": "list"},
        "single": path | {"kind": "float32"},
        "other": other,
        "closed": closed,
        "empty": path | {"n_steps": 0},
    }


def played(method, trial, hyper=None):
    """`Expected` of a method, or of a wrong variant, on a trial."""
    oracle = Oracle(trial)
    x0 = np.array(start(trial), dtype=float)
    hyper = trial["hyper"] if hyper is None else hyper
    iterates = method(SimpleNamespace(grad=oracle), x0, **hyper)
    with np.errstate(all="ignore"):
        rows = np.array(list(islice(iterates, trial["n_steps"] + 1)))
    return Expected(rows, np.array(oracle.points))


def as_cells(method):
    """The method's own text as a student's cells: [[cell, line, code], …] for `worker`."""
    name = method.__name__
    lines = [
        "from itertools import count, islice",
        "from types import SimpleNamespace",
        "import numpy as np",
        "maximum = np.maximum",
        "def at(alpha, k): return alpha",
        show(method).text,
        f"method = {name}",
        f"def {name}(grad, x0, n_steps, **hyper):\n"
        "    iterates = method(SimpleNamespace(grad=grad), np.array(x0, dtype=float), **hyper)\n"
        "    return np.array(list(islice(iterates, n_steps + 1)))",
    ]
    return [[1, 1, line] for line in lines]
