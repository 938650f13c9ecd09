"""`run`: a method on a problem gives an array.

The one loop of the course. It checks what it was given before the first step, lets array-valued
hyperparameters and seeds become runs that are computed together, and records. A run that diverges
is a result like any other: inf and nan stand in the array, nothing is raised and nothing printed.
"""

import inspect
from functools import lru_cache

import numpy as np

from course_lib.arrays import check_integer, like, namespace
from course_lib.methods import RANGES
from course_lib.progress import bar


def run(method, problem, x0, steps=100, *, at=None, watch=None, interruptible=True, **hyper):
    """The trajectory of `method` on `problem` from `x0`.

    method: a generator function of `course_lib.methods` or your own of the same kind.
    problem: has `f`, `grad`; a minibatch problem starts its stream anew from its seed.
    x0: start, shape (d,) or (*runs, d), numbers; torch tensors stay torch, float32 stays float32.
    steps: number of iterations K ≥ 0.
    at: which iterations to keep, increasing integers in 0..K (see `log_spaced`); default: all.
    watch: the name of an inner vector of the method ("v_hat"): record it instead of x. Row k is
        its value when x_k was made; a row where it did not exist yet is nan.
    interruptible: Ctrl-C (the stop button) ends the run and keeps what is there, the rows not
        reached are nan; if False, it is an exception as everywhere.
    hyper: the method's hyperparameters. A number; an array of shape (*runs): one run for each
        entry, shapes of several arrays (and of `seed`) broadcast; alpha also a function of k.

    Returns an array (K + 1, *runs, d), or (len(at), *runs, d).
    Raises ValueError that names the argument, what came and what is allowed.

    >>> from course_lib import gd, quadratic
    >>> run(gd, quadratic(kappa=10), [1.0, 1.0], steps=2, alpha=[0.5, 1.0]).shape
    (3, 2, 2)
    """
    x = _check_start(problem, x0)
    steps = check_integer("steps", steps, 0)
    at = np.arange(steps + 1) if at is None else _check_at(at, steps)
    hyper = {name: _check_hyper(method, name, value, x) for name, value in hyper.items()}
    if watch is not None and watch not in watchable(method):
        names = ", ".join(watchable(method))
        raise ValueError(f"watch: {method.__name__} has {names}; got {watch!r}")

    shape = _common_shape(problem, x, hyper)
    x = namespace(x).broadcast_to(x, shape)
    problem = problem.fresh() if hasattr(problem, "fresh") else problem

    trajectory = _empty_trajectory(x, len(at))
    row = 0
    iterates = method(problem, x, **hyper)
    try:
        with np.errstate(all="ignore"):
            for k in bar(range(steps + 1), steps + 1):
                x = next(iterates)
                if row < len(at) and at[row] == k:
                    trajectory[row] = x if watch is None else _inner(iterates, watch)
                    row += 1
    except KeyboardInterrupt:
        if not interruptible:
            raise
        trajectory[row:] = float("nan")
    iterates.close()
    return trajectory


def log_spaced(steps, num=100):
    """About `num` iterations from 0 to `steps`, evenly spaced in log k, for `run(..., at=…)`.

    >>> log_spaced(1000, 5)
    array([   0,    1,    5,   31,  177, 1000])
    """
    steps = check_integer("steps", steps, 0)
    spaced = np.geomspace(1, steps, num).astype(int) if steps else []
    return np.unique(np.r_[0, spaced, steps]).astype(int)


def hyperparameters(method):
    """The method's hyperparameters and their defaults, in the order of its signature.

    >>> from course_lib import momentum
    >>> hyperparameters(momentum)
    {'alpha': 0.1, 'beta': 0.9}
    """
    return dict(_defaults(method))


@lru_cache(256)
def _defaults(method):
    """Pairs (name, default); kept, for a live figure asks at every move of a slider."""
    parameters = list(inspect.signature(method).parameters.values())[2:]
    return [(p.name, p.default) for p in parameters]


def watchable(method):
    """Names of the inner vectors of `method` that `run(..., watch=name)` can record.

    Capital letters are matrices, and are not recorded.

    >>> from course_lib import adam
    >>> watchable(adam)
    ['x', 'm', 'v', 'g', 'm_hat', 'v_hat']
    """
    hidden = {"problem", "k", *hyperparameters(method)}
    names = method.__code__.co_varnames
    return [name for name in names if name not in hidden and not name.isupper()]


def _empty_trajectory(x, rows):
    """An array (rows, *runs, d) whose runs lie side by side in memory, as in most gradients."""
    xp, (*runs, d) = namespace(x), tuple(x.shape)
    return xp.moveaxis(xp.empty((rows, d, *runs), dtype=x.dtype), 1, -1)


def _inner(iterates, name):
    return iterates.gi_frame.f_locals.get(name, float("nan"))


def _check_start(problem, x0):
    d = getattr(problem, "d", None)
    expected = f"x0: expected numbers of shape (..., {d or 'd'}); got"
    if namespace(x0) is not np:
        x = x0 if x0.is_floating_point() else x0.double()
    else:
        try:
            x = np.array(x0)
            x = x if x.dtype.kind == "f" else x.astype(float, casting="safe")
        except (TypeError, ValueError):
            raise ValueError(f"{expected} {x0!r}") from None
    if x.ndim == 0 or (d is not None and x.shape[-1] != d):
        raise ValueError(f"{expected} shape {tuple(x.shape)}")
    return x


def _common_shape(problem, x, hyper):
    """The shape (*runs, d) to which x0, the seeds and the hyperparameters broadcast together."""
    values = {name: value(1) if callable(value) else value for name, value in hyper.items()}
    shape = (*getattr(problem, "runs", ()), x.shape[-1])
    for name, value in {"x0": x, **values}.items():
        its = tuple(np.shape(value))
        try:
            shape = np.broadcast_shapes(shape, its)
        except ValueError:
            came, runs = its if name == "x0" else its[:-1], shape[:-1]
            raise ValueError(
                f"{name}: expected a shape that fits runs {runs}; got {came}"
            ) from None
    return shape


def _check_at(at, steps):
    at = np.asarray(at)
    ok = at.ndim == 1 and at.dtype.kind in "iu" and len(at) > 0
    if not ok or at[0] < 0 or at[-1] > steps or (at[1:] <= at[:-1]).any():
        raise ValueError(f"at: expected increasing integers in 0..{steps}; got {at!r}")
    return at


def _check_hyper(method, name, value, x):
    """The value as the method wants it: arrays get the coordinate axis, schedules too."""
    if name not in hyperparameters(method):
        names = ", ".join(hyperparameters(method))
        raise ValueError(f"{name}: {method.__name__} has the hyperparameters {names}")
    if callable(value):
        first = _check_hyper(method, name, value(1), x)
        if name != "alpha":
            raise ValueError(f"{name}: only alpha may be a function of k")
        if not np.ndim(first):
            return lambda k: float(value(k))
        return lambda k: like(x, np.asarray(value(k), dtype=float)[..., None])
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected a number or an array; got {value!r}") from None
    low, high = RANGES.get(name, (-np.inf, np.inf))
    if not ((array >= low) & (array < high)).all():
        raise ValueError(f"{name}: expected {low} ≤ {name} < {high}; got {value!r}")
    return like(x, array)[..., None] if array.ndim else float(array)
