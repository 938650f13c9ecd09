"""`run`: a method on a problem gives an array.

The one loop of the course. It checks what it was given before the first step, lets array-valued
hyperparameters and seeds become runs that are computed together, and records. A run that diverges
is a result like any other: inf and nan stand in the array, nothing is raised and nothing printed.
"""

import inspect
from copy import deepcopy
from functools import lru_cache, partial
from itertools import chain

import numpy as np

from course_lib.arguments import (
    check_bool,
    check_function,
    check_integer,
    check_problem,
    check_size,
    check_stacking,
)
from course_lib.arrays import Weak, floats, is_dense, like, namespace, to_numpy
from course_lib.letters import letter
from course_lib.progress import bar

#: What a method may ask a problem for.
ASKED = ("f", "grad", "hessian")


def run(method, problem, x0, steps=100, *, keep=None, watch=None, interruptible=True, **hyper):
    """The trajectory of `method` on `problem` from `x0`.

    method: a generator function of `course_lib.methods` or your own of the same kind; also
        `functools.partial(adam, beta1=0.5)`.
    problem: has `f`, `grad`; a minibatch problem starts its stream anew from its seed. One of your
        own writes x[..., 0] for the first coordinate, for axes of x before the last one are runs.
    x0: start, shape (d,) or (*runs, d), numbers; torch tensors stay torch, float32 stays float32.
    steps: number of iterations K ≥ 0; what is kept has at most 2²⁷ numbers.
    keep: the iterations to keep, increasing integers in 0..K (see `log_spaced`); default: all.
    watch: the name of an inner vector of the method ("v_hat"): record it instead of x. Row k is
        its value when x_k was made; a row where it did not exist yet is nan.
    interruptible: Ctrl-C (the stop button) ends the run and keeps what is there, the rows not
        reached are nan; if False, it is an exception as everywhere.
    hyper: the method's hyperparameters. A number; an array of shape (*runs): one run for each
        entry, shapes of several arrays (and of `seed`) broadcast; alpha also a function of k.

    Returns an array (K + 1, *runs, d), or (len(keep), *runs, d); it shares no memory and no
    graph of torch with what it was made from.
    Raises ValueError that names the argument, what came and what is allowed. All that can be known
    before the first step is checked there, by asking for α_1 too; a schedule is asked once for each
    k, in order, so a value that is no step ends the run at its k.
    To go on from where a run stopped, take `Run`.

    >>> from course_lib import gd, quadratic
    >>> run(gd, quadratic(kappa=10), [1.0, 1.0], steps=2, alpha=[0.5, 1.0]).shape
    (3, 2, 2)
    """
    going = Run(method, problem, x0, **hyper)
    trajectory = going.advance(steps, keep=keep, watch=watch, interruptible=interruptible)
    going.close()
    return trajectory


class Run:
    """A run that goes on from where it stopped: the method's inner vectors, k, and the stream of
    batches stay as they are between two calls of `advance`.

    method, problem, x0, hyper: as in `run`, which is one `advance`; wrong ones are refused here.
    k: the iteration reached. It holds a suspended generator, so there is no copy of it and no way
    to another process.

    >>> from course_lib import adam, least_squares
    >>> noisy = least_squares().minibatch(2, seed=0)
    >>> going = Run(adam, noisy, [2.0, 2.0], alpha=0.1)
    >>> first, second = going.advance(100), going.advance(100)
    >>> going
    <Run: adam, k = 200>
    >>> both = run(adam, noisy, [2.0, 2.0], steps=200, alpha=0.1)
    >>> np.array_equal(both, np.concatenate([first, second[1:]]))
    True
    """

    def __init__(self, method, problem, x0, **hyper):
        self._method, hyper = _unfolded(method, hyper)
        if isinstance(problem, type) or not hasattr(problem, "f"):
            check_problem(problem, "grad")
        self._x0, self._problem = _check_start(problem, x0), problem
        self._hyper = {
            name: _check_hyper(self._method, name, value, self._x0) for name, value in hyper.items()
        }
        check_function("method", self._method, "problem", "x", **self._hyper)
        self._shape = _common_shape(problem, self._x0, self._hyper)
        self._iterates, self._reached, self.k = self._begun(), [], 0

    def __repr__(self):
        ended = "" if self._iterates else ", ended"
        return f"<Run: {_name(self._method)}, k = {self.k}{ended}>"

    def _begun(self):
        start = _empty_trajectory(self._shape, 1, self._x0)[0]  # the method's own, to be changed
        start[...] = self._x0
        problem = self._problem.fresh() if hasattr(self._problem, "fresh") else self._problem
        parts = (*ASKED, "f_i", "grad_i")
        foreign = any(_is_foreign(getattr(problem, name, None)) for name in parts)
        iterates = self._method(_FirstLook(problem) if foreign else problem, start, **self._hyper)
        if not inspect.isgenerator(iterates):
            raise ValueError(f"method: expected a generator function; got {self._method!r}")
        return iterates

    def advance(self, steps=100, *, keep=None, watch=None, interruptible=True):
        """The next `steps` iterations, in an array as `run` gives it; row 0 is where we stand.

        steps, keep (counted from here), watch, interruptible: as in `run`. A run that was
        interrupted, or ended with an error, does not go on: its last step may be half done.
        """
        steps = check_integer("steps", steps, 0)
        interruptible = check_bool("interruptible", interruptible)
        if keep is None:
            check_size("steps", steps + 1, *self._shape)
            kept = np.arange(steps + 1)
        else:
            kept = _check_kept(keep, steps)
            check_size("keep", len(kept), *self._shape)
        watched = isinstance(watch, str) and watch in watchable(self._method)
        if watch is not None and not watched:
            names = ", ".join(watchable(self._method))
            raise ValueError(f"watch: {_name(self._method)} has {names}; got {watch!r}")
        if not self._iterates:
            raise ValueError(f"advance: expected a run that can go on; got {self}")
        if steps and not self._reached and len(self._shape) > 1:
            _check_stacking(self._problem, self._x0)

        iterates, self._iterates = self._iterates, None  # comes back if nothing goes wrong
        points, first = chain(self._reached, iterates), self.k
        trajectory, kept, row = _empty_trajectory(self._shape, len(kept), self._x0), first + kept, 0
        lacks = f"method: expected an iterate of {_name(self._method)} for k ="
        try:
            with np.errstate(all="ignore"):
                for k in bar(range(first, first + steps + 1), steps + 1):
                    x = next(points)
                    if k < 2 and np.shape(x) != self._shape:
                        shapes = f"shape {self._shape}; got shape {np.shape(x)}"
                        raise ValueError(f"{lacks} {k} of {shapes}")
                    if row < len(kept) and kept[row] == k:
                        trajectory[row] = x if watch is None else _inner(iterates, watch, x)
                        row += 1
        except StopIteration:
            raise ValueError(f"{lacks} {k}; it ends before") from None
        except (AttributeError, TypeError) as error:
            _check_asked(self._method, self._problem, error)
            raise
        except KeyboardInterrupt:
            if not interruptible:
                raise
            trajectory[row:] = float("nan")
        else:
            self._iterates, self._reached, self.k = iterates, [x], k
        return trajectory

    def close(self):
        """The run is over: its method lets go of its inner vectors."""
        if self._iterates:
            self._iterates.close()
        self._iterates = None


def log_spaced(steps, num=100):
    """About `num` iterations from 0 to `steps`, evenly spaced in log k, for `run(..., keep=…)`.

    >>> log_spaced(1000, 5)
    array([   0,    1,    5,   31,  177, 1000])
    """
    steps, num = check_integer("steps", steps, 0), check_integer("num", num, 1)
    spaced = np.geomspace(1, steps, num).astype(int) if steps else []
    return np.unique(np.r_[0, spaced, steps]).astype(int)


def hyperparameters(method):
    """The method's hyperparameters and their defaults, in the order of its signature.

    >>> from course_lib import momentum
    >>> hyperparameters(momentum)
    {'alpha': 0.1, 'beta': 0.9}
    """
    try:
        return dict(_defaults(method))
    except (TypeError, ValueError):  # it has no signature
        raise ValueError(f"method: expected a generator function; got {method!r}") from None


@lru_cache(256)
def _defaults(method):
    """Pairs (name, default); kept, for a live figure asks at every move of a slider."""
    parameters = list(inspect.signature(method).parameters.values())[2:]
    return [(p.name, p.default) for p in parameters]


def watchable(method):
    """Names of the inner vectors of `method` that `run(..., watch=name)` can record.

    Capital letters are matrices, names with _ in front are no vectors; they are not recorded.

    >>> from course_lib import adam
    >>> watchable(adam)
    ['x', 'm', 'v', 'g', 'm_hat', 'v_hat']
    """
    hidden = {"self", "problem", "k", *hyperparameters(method)}
    method = _unfolded(method, {})[0]
    called = method if hasattr(method, "__code__") else method.__call__
    names = getattr(getattr(called, "__code__", None), "co_varnames", ())
    return [n for n in names if n not in hidden and not n.isupper() and n[0] != "_"]


def _unfolded(method, hyper):
    """The function inside a `functools.partial`, and its hyperparameters with those of `hyper`."""
    while isinstance(method, partial) and not method.args:
        method, hyper = method.func, {**method.keywords, **hyper}
    if not callable(method) or isinstance(method, type):
        raise ValueError(f"method: expected a generator function; got {method!r}")
    return method, hyper


def _name(method):
    return getattr(method, "__name__", repr(method))


def _empty_trajectory(shape, rows, x):
    """An array (rows, *shape) whose runs lie side by side in memory, as in most gradients."""
    xp, (*runs, d) = namespace(x), shape
    return xp.moveaxis(xp.empty((rows, d, *runs), dtype=x.dtype), 1, -1)


def _inner(iterates, name, x):
    """The inner vector of that name, of the kind of x; nan where there is none yet."""
    value = iterates.gi_frame.f_locals.get(name, float("nan"))
    try:
        if np.broadcast_shapes(np.shape(value), x.shape) != tuple(x.shape):
            raise TypeError
        own = namespace(value) is namespace(x) and hasattr(value, "dtype")
        return value if own else like(x, floats(value))
    except (TypeError, ValueError):
        expected = f"watch: expected an inner vector of shape {tuple(x.shape)}"
        raise ValueError(f"{expected}; got {name} = {value!r}") from None


def _check_asked(method, problem, error):
    """ValueError if this error came of a method that asks for what the problem has not."""
    names = getattr(getattr(method, "__code__", None), "co_names", ())
    for name in ASKED:
        if name in names and getattr(problem, name, None) is None:
            asks = f"{_name(method)} asks for {name}"
            raise ValueError(f"problem: {asks}; got {problem!r} without it") from error


class _FirstLook:
    """The problem as the method sees it: its first f(x), grad(x) and hessian(x) are looked at.

    Later calls go to the problem itself, without a detour; but a torch gradient that carries its
    graph along is freed of it every time.
    """

    def __init__(self, problem):
        self._problem = problem

    def __getattr__(self, name):
        value = getattr(self._problem, name)
        return partial(self._first, name, value) if name in ASKED else value

    def _first(self, name, function, x):
        check_function(name, function, "x")
        if namespace(x) is not np:
            plain, x = function, x.detach()
            result = plain(x)
            if getattr(result, "requires_grad", False) or x.requires_grad:
                result = result.detach()

                def function(x):
                    return plain(x.detach()).detach()
        else:
            result = function(x)
        _check_result(name, x, result)
        setattr(self, name, function)
        return result


def _check_result(name, x, result):
    """f(x) has the shape (*runs,); grad(x) has that of x, hessian(x) one axis more; or any of them
    is the same for some runs."""
    xp, shape = namespace(x), tuple(x.shape)
    shape = {"f": shape[:-1], "grad": shape, "hessian": (*shape, shape[-1])}[name]
    array = namespace(result) is xp and hasattr(result, "dtype")
    if array and xp is np:
        array = result.dtype.kind in "fiub"
    elif array:
        array = not result.is_complex()
    came = tuple(result.shape) if array else ()
    ends = shape[len(shape) - len(came) :]
    runs = max(0, len(came) - 2) if name == "hessian" else 0  # of which one may serve all others
    fits = came[runs:] == ends[runs:] and all(
        n in (1, k) for n, k in zip(came[:runs], ends, strict=False)
    )
    if not array or not fits or (not came and shape):
        came = f"shape {came}" if array else repr(result)
        raise ValueError(
            f"{name}: expected an array of {xp.__name__} of shape {shape} for x of shape "
            f"{tuple(x.shape)}; got {came}"
        )


def _check_start(problem, x0):
    d = getattr(problem, "d", None)
    expected = f"x0: expected numbers of shape (..., {d or 'd'}); got"
    try:
        if namespace(x0) is np:
            x = np.array(to_numpy(x0))
            kind = x.dtype.newbyteorder("=") if x.dtype.kind == "f" else float
            x = x.astype(kind, casting="safe")
        elif x0.is_complex() or not is_dense(x0):
            raise TypeError
        else:
            x = x0.detach()
            x = x if x.is_floating_point() else x.double()
    except (TypeError, ValueError):
        raise ValueError(f"{expected} {x0!r}") from None
    if x.ndim == 0 or (d is not None and x.shape[-1] != d):
        raise ValueError(f"{expected} shape {tuple(x.shape)}")
    return x


def _check_stacking(problem, x):
    """Has a problem of somebody else's runs, or does it take a run for a coordinate? Tried once.

    The library's own are held to it by the tests. f and grad are tried on a copy, so that a count
    or a stream in the problem stays; not if there is no f, for then grad may be a mere stream.
    """
    tried, whole = [], getattr(problem, "problem", problem)
    if not hasattr(problem, "fresh") and getattr(problem, "f", True) is not None:
        names = [n for n in ("f", "grad") if _is_foreign(getattr(problem, n, None))]
        try:
            copied = deepcopy(problem) if names else None
            tried += [(name, getattr(copied, name)) for name in names]
        except Exception:  # of somebody else's class
            pass
    for name in ("f_i", "grad_i"):
        of_summand = getattr(whole, name, None)
        if _is_foreign(of_summand):
            tried.append((name, lambda x, g=of_summand: g(x, _zeros(x))[0]))
    if tried and x.dtype.itemsize >= 4:
        x = x.reshape(-1, x.shape[-1])[:1]
        u = like(x, np.linspace(0.1, 0.2, 2 * x.shape[-1]).reshape(2, -1))  # no two alike
        with np.errstate(all="ignore"):
            for name, function in tried:
                check_stacking(name, function, x + u * (1 + abs(x)))


def _is_foreign(function):
    home = getattr(function, "__module__", None) or ""
    return function is not None and not home.startswith("course_lib.")


def _zeros(x):
    """Summand 0 in batches of one, for each run of x."""
    return like(x, np.zeros((1, *x.shape[:-1]), int))


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
        check_size(name, *shape)
    return shape


def _check_kept(keep, steps):
    expected = f"keep: expected increasing integers in 0..{steps}; got"
    try:
        kept = to_numpy(keep)
    except ValueError:  # a ragged list, too long a range
        raise ValueError(f"{expected} {keep!r}") from None
    ok = kept.ndim == 1 and kept.dtype.kind in "iu" and len(kept) > 0
    if not ok or kept[0] < 0 or kept[-1] > steps or (kept[1:] <= kept[:-1]).any():
        raise ValueError(f"{expected} {kept!r}")
    return kept


def _check_hyper(method, name, value, x):
    """The value as the method wants it: arrays get the coordinate axis, schedules too."""
    if name not in hyperparameters(method):
        names = ", ".join(hyperparameters(method))
        raise ValueError(f"{name}: {_name(method)} has the hyperparameters {names}")
    if not callable(value):
        return _numbers(name, value, x)
    if name != "alpha":
        raise ValueError(f"{name}: only alpha may be a function of k")
    check_function("alpha", value, "k")
    return _schedule(value, x)


def _schedule(alpha, x):
    """The step as a method asks for it: `alpha` is called once for each k, in order."""
    known = value = shape = None

    def alpha_k(k):
        nonlocal known, value
        if k != known:
            value = alpha(k)
            if not (type(value) is float and shape == () and 0 <= value < np.inf):
                value = _numbers("alpha", value, x, f" for k = {k}")
                if shape is not None and np.shape(value) != shape:
                    runs, came = shape[:-1], np.shape(value)[:-1]
                    raise ValueError(
                        f"alpha: expected shape {runs}, as α_1; got {came} for k = {k}"
                    )
            known = k
        return value

    shape = np.shape(alpha_k(1))
    return alpha_k


def _numbers(name, value, x, when=""):
    """A number as a float, an array with the coordinate axis; both in the range of `name`."""
    low, high = letter(name).range
    try:
        if isinstance(value, (int, float)) and low <= value < high:
            return float(value)
        array = floats(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name}: expected a number or an array; got {value!r}{when}") from None
    if np.count_nonzero((array >= low) & (array < high)) < array.size:
        raise ValueError(f"{name}: expected {low} ≤ {name} < {high}; got {value!r}{when}")
    if not array.ndim:
        return float(array)
    if x.dtype.itemsize < array.itemsize:
        array = array.view(Weak)
    elif namespace(x) is not np:
        array = like(x, array)
    return array[..., None]
