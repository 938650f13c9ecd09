"""The axes of every error curve: the gap f(x_k) − f*, and how much has been done by iteration k."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.arguments import check_array, check_choice, check_points, check_problem
from course_lib.arrays import to_numpy


def gap(problem, x):
    """f(x) − f* for points (*runs, d): shape (*runs,), never negative, inf where a run diverged.

    Uses the problem's own `gap` where it has one (no cancellation); with unknown f* it is f(x).
    """
    check_problem(problem, "f", "f_star")
    x = check_points("x", x, getattr(problem, "d", None))
    with np.errstate(all="ignore"):
        own = getattr(problem, "gap", None)
        value = to_numpy(own(x) if own else problem.f(x) - (problem.f_star or 0.0))
        known = problem.f_star is not None
        return np.where(np.isfinite(value), value.clip(0) if known else value, np.inf)


class Unit(NamedTuple):
    """How much one iteration on a problem is; the unit in short, as an axis has it, and in TeX."""

    an_iteration: Callable
    short: str
    label: str
    tex: str


#: By the name in the code.
UNITS = {
    "k": Unit(lambda problem: 1, "k", "k", "$k$"),
    "epochs": Unit(lambda p: p.cost / p.n, "epochs", "k·B / n", r"$k \cdot B / n$"),
    "grads": Unit(lambda problem: problem.cost, "∇fᵢ", "# ∇fᵢ", r"$\#\nabla f_i$"),
}


def evaluations(problem, k, unit="grads"):
    """Iterations k in another unit: "k", "epochs" (passes over the data) or "grads" (∇f_i)."""
    check_choice("unit", unit, UNITS)
    check_problem(problem, "n", "cost")
    check_array("k", k)
    return np.asarray(k) * UNITS[unit].an_iteration(problem)
