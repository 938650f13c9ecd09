"""Reference methods, test objectives and live pictures for a seminar on SGD and adaptive methods.

>>> from course_lib import adam, least_squares, run
>>> problem = least_squares(n=100, d=2, seed=0)
>>> xs = run(adam, problem.minibatch(2, seed=0), [-3, 3], steps=500, alpha=[1e-3, 1e-2, 1e-1])
>>> xs.shape
(501, 3, 2)
"""

from importlib import import_module

from course_lib import threads  # isort: skip  (before NumPy is loaded, if it is not yet)
from course_lib import datasets, methods, problems, progress, schedules
from course_lib.after_adamw import lion, muon, prodigy, sam, schedule_free, shampoo, soap
from course_lib.loop import Run, hyperparameters, log_spaced, run, watchable
from course_lib.methods import (
    adadelta,
    adagrad,
    adam,
    adam_l2,
    adamw,
    amsgrad,
    gd,
    gd_armijo,
    momentum,
    nesterov,
    newton,
    rmsprop,
    stochastic_bfgs,
)
from course_lib.problems import (
    FiniteSum,
    Function,
    LeastSquares,
    Logistic,
    SoftmaxRegression,
    SparseLogistic,
    Tilted,
    beale,
    bigrams,
    cosine,
    hill,
    himmelblau,
    huber,
    least_squares,
    line_fit,
    logistic,
    logistic_on,
    noisy_quadratic,
    pl_sine,
    power,
    quadratic,
    ravine,
    rosenbrock,
    saddle,
    separable,
)
from course_lib.source import diff, show, variant

progress.watch_cells()

#: Loaded when first asked for: they bring matplotlib, the widgets, readers of package versions.
#: `nets` is not in `__all__` below: `from course_lib import *` does not need torch.
_LAZY = {
    "plot": "course_lib.plot",
    "rates": "course_lib.rates",
    "tune": "course_lib.tune",
    "nets": "course_lib.nets",
    "libraries": "course_lib.libraries",
    "selfcheck": "course_lib.selfcheck",
    "explore": "course_lib.figures",
    "live": "course_lib.figures",
    "Goal": "course_lib.figures",
}

__all__ = [
    "FiniteSum", "Function", "Goal", "LeastSquares", "Logistic", "Run", "SoftmaxRegression",
    "SparseLogistic", "Tilted", "adadelta", "adagrad", "adam", "adam_l2", "adamw", "amsgrad",
    "beale", "bigrams", "cosine", "datasets", "diff", "explore", "gd", "gd_armijo", "hill",
    "himmelblau", "huber", "hyperparameters", "least_squares", "libraries", "line_fit", "lion",
    "live", "log_spaced", "logistic", "logistic_on", "methods", "momentum", "muon", "nesterov",
    "newton", "noisy_quadratic", "pl_sine", "plot", "power", "problems", "prodigy", "quadratic",
    "rates", "ravine", "rmsprop", "rosenbrock", "run", "saddle", "sam", "schedule_free",
    "schedules", "selfcheck", "separable", "shampoo", "show", "soap", "stochastic_bfgs", "threads",
    "tune", "variant", "watchable",
]  # fmt: skip


def __getattr__(name):
    if name not in _LAZY:
        raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
    module = import_module(_LAZY[name])
    return module if module.__name__ == f"course_lib.{name}" else getattr(module, name)
