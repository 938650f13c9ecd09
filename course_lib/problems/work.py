"""How much has been done by iteration k: the units of the x axis of every error curve."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.arguments import check_array, check_choice, check_problem


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
