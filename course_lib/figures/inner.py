"""Inner vectors of a method, by the slide's name, for the explorer's third panel."""

import numpy as np

from course_lib.arrays import to_numpy
from course_lib.loop import run, watchable

STEP = "|Δx|"  # besides the method's own vectors: the move made


def effective(methods):
    """The step per unit of gradient as the methods write it: "α/√v", "α/√v̂" or "√Δ/√v".

    Of methods that write it differently, all of these; "" if none has it.

    >>> from course_lib import adagrad, adam, gd
    >>> effective([gd, adagrad]), effective([adagrad, adam])
    ('α/√v', 'α/√v, α/√v̂')
    """
    written = [_written(watchable(method)) for method in methods]
    return ", ".join(dict.fromkeys(filter(None, written)))


def _written(names):
    if "v" not in names:
        return ""
    return "√Δ/√v" if "g_tilde" in names else "α/√v̂" if "v_hat" in names else "α/√v"


def choices(methods):
    """What can be watched of any of the methods."""
    methods = list(methods)
    names = {name for method in methods for name in watchable(method)}
    own = sorted(names - {"x", "y", "x_prev", "f_x", "decrease", "t", "too_long"})
    return [STEP, *filter(None, [effective(methods)]), *own]


def is_size(what):
    """Is it never negative, and best seen on a logarithmic axis?"""
    return what == STEP or "√" in what or what.startswith("v")


def watched(method, problem, x0, steps, hyper, what):
    """Values (K + 1, *runs, d) of `what`, nan where there is none; None if the method has none."""

    def record(name):
        return to_numpy(run(method, problem, x0, steps=steps, watch=name, **hyper))

    names = watchable(method)
    with np.errstate(all="ignore"):
        if what == STEP:
            x = record("x")
            return np.concatenate([np.full_like(x[:1], np.nan), abs(np.diff(x, axis=0))])
        if "√" in what:
            if "v" not in names:
                return None
            values = _effective(record, names, steps, hyper)
            values[0] = np.nan  # no step has been made, and α/√ε is not one
            return values
        return record(what) if what in names else None


def _effective(record, names, steps, hyper):
    """α over the root with its ε; for Adadelta, which has no α, √(Δ + ε)/√(v + ε)."""
    if "g_tilde" in names:
        return abs(record("g_tilde") / record("g"))
    eps = np.asarray(hyper["eps"])[..., None]
    hat = "v_hat" in names
    denominator = record("v_hat") ** 0.5 + eps if hat else (record("v") + eps) ** 0.5
    alpha, k = hyper["alpha"], np.arange(steps + 1).clip(1)
    each = np.array([alpha(j) for j in k], dtype=float) if callable(alpha) else np.array([alpha])
    one = (1,) * (denominator.ndim - 1 - each.ndim)  # runs that α does not tell apart
    return each.reshape(len(each), *one, *each.shape[1:], 1) / denominator
