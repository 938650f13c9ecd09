"""How much has been done by iteration k: the units of the x axis of every error curve."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.arguments import check_choice


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
    return np.asarray(k) * UNITS[check_choice("unit", unit, UNITS)].an_iteration(problem)
