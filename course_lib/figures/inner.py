"""Inner vectors of a method, by the slide's name, for the explorer's third panel."""

import numpy as np

from course_lib.arrays import to_numpy
from course_lib.loop import run, watchable

#: Besides the method's own vectors: the move made, and the step per unit of gradient.
STEP, EFFECTIVE = "|Δx|", "α/√v̂"


def choices(methods):
    """What can be watched of any of the methods."""
    names = {name for method in methods for name in watchable(method)}
    own = sorted(names - {"x", "y", "x_prev", "f_x", "decrease", "t", "too_long"})
    return [STEP, *([EFFECTIVE] if "v" in names else []), *own]


def watched(method, problem, x0, steps, hyper, what):
    """Values (K + 1, *runs, d) of `what`, nan where there is none; None if the method has none."""

    def record(name):
        return to_numpy(run(method, problem, x0, steps=steps, watch=name, **hyper))

    names = watchable(method)
    with np.errstate(all="ignore"):
        if what == STEP:
            x = record("x")
            return np.concatenate([np.full_like(x[:1], np.nan), abs(np.diff(x, axis=0))])
        if what == EFFECTIVE:
            if "v" not in names:
                return None
            values = _effective(record, names, steps, hyper)
            values[0] = np.nan  # no step has been made, and α/√ε is not one
            return values
        return record(what) if what in names else None


def _effective(record, names, steps, hyper):
    """α/√(v̂) as the method writes it; for Adadelta, which has no α, √(Δ + ε)/√(v + ε)."""
    if "g_tilde" in names:
        return abs(record("g_tilde") / record("g"))
    alpha = hyper["alpha"]
    k = np.arange(steps + 1).clip(1)
    alpha = np.array([alpha(j) for j in k], dtype=float) if callable(alpha) else alpha
    if "v_hat" in names:
        denominator = record("v_hat") ** 0.5 + hyper["eps"]
    else:
        denominator = (record("v") + hyper["eps"]) ** 0.5
    shape = (-1,) + (1,) * (denominator.ndim - 1)
    return (alpha.reshape(shape) if np.ndim(alpha) else alpha) / denominator
