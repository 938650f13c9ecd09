"""Objectives: what the methods are run on, and what is known about each.

A problem has `f(x)` and `grad(x)`; the last axis of `x` is the coordinate, all axes before it are
runs. What is known stands beside them: `d`, `L` (∇f is L-Lipschitz), `mu` (the Polyak–Łojasiewicz
constant: ½‖∇f‖² ≥ μ(f − f*); for a strongly convex quadratic the smallest eigenvalue), `x_star`,
`f_star`, `domain` (a picture's frame), each `None` where nothing is known. `cost` is the number
of summand gradients ∇f_i in one `grad`, `n` the number of summands. `hessian(x)`, (*runs, d) →
(*runs, d, d) or (d, d) where it is the same everywhere, is what Newton's method asks for.

A finite sum also has `.minibatch(batch, seed)`: the same problem with an unbiased random `grad`.
"Replace the gradient by its estimate" is this one call, and the methods do not notice.
"""

from course_lib.problems.curvature import sharpness
from course_lib.problems.curves import evaluations, gap
from course_lib.problems.finite_sums import FiniteSum, LeastSquares, LinearModel, Logistic
from course_lib.problems.functions import (
    Function,
    hill,
    huber,
    in_units,
    parabola,
    quadratic_form,
    ravines,
)
from course_lib.problems.makers import (
    least_squares,
    line_fit,
    logistic,
    logistic_on,
    separable,
)
from course_lib.problems.minibatch import SAMPLINGS, Minibatch
from course_lib.problems.recurrent import recurrent
from course_lib.problems.softmax import SoftmaxRegression, bigrams
from course_lib.problems.sparse import SparseLogistic
from course_lib.problems.surfaces import (
    beale,
    himmelblau,
    quadratic,
    ravine,
    rosenbrock,
    saddle,
)
from course_lib.problems.tilted import (
    Tilted,
    cosine,
    noisy_quadratic,
    pl_sine,
    power,
)

__all__ = [
    "SAMPLINGS", "FiniteSum", "Function", "LeastSquares", "LinearModel", "Logistic",
    "Minibatch", "SoftmaxRegression", "SparseLogistic", "Tilted", "beale", "bigrams", "cosine",
    "evaluations", "gap", "hill", "himmelblau", "huber", "in_units", "least_squares",
    "line_fit", "logistic", "logistic_on", "noisy_quadratic", "parabola", "pl_sine", "power",
    "quadratic", "quadratic_form", "ravine", "ravines", "recurrent", "rosenbrock", "saddle",
    "separable", "sharpness",
]  # fmt: skip
