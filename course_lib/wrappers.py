"""Methods made of methods: what can be added to any of them without a look inside."""

from functools import wraps
from inspect import signature

import numpy as np

from course_lib.arguments import check_array
from course_lib.arrays import like


def projected(method, low=-1.0, high=1.0):
    """The method with every coordinate of every iterate kept in [low, high].

    y_k = Π(y_{k-1} + Δx_k), where Δx_k is the method's own step at y_{k-1}.

    The method must use x only in ∇f(x) and in x ← x − step, as gd, momentum, adagrad, rmsprop,
    adadelta, adam and amsgrad do: it walks on freely, while gradients are taken at y, and y makes
    the same steps but for those that lead outside. On a box the projection of Reddi, Kale, Kumar,
    which measures distances in √v̂, is this very one, coordinate by coordinate.

    low, high: numbers, or arrays that broadcast with x. A run raises ValueError for a method that
    asks for more than ∇f at its x (newton, nesterov, sam), and for λ > 0, which would pull x and
    not y. What else a method makes of x (prodigy) nobody sees: there the formula does not hold.

    >>> from course_lib import gd, run
    >>> from course_lib.problems.online import LinearRounds
    >>> run(projected(gd), LinearRounds([3, -1, -1]), [0.0], steps=4, alpha=0.5)[:, 0]
    array([ 0. , -1. , -0.5,  0. , -1. ])
    """

    if not callable(method):
        raise ValueError(f"method: expected a generator function; got {method!r}")
    box = _box(low, high)

    @wraps(method)
    def inside(problem, x, **hyper):
        _check_decay(method, hyper)
        low, high = _ends(box, x)
        y = x.clip(low, high)
        at_y = _Gradient(problem, lambda: (x, problem.grad(y)))
        free = method(at_y, y, **hyper)
        x = next(free)
        while True:
            yield y
            x_prev, x = x, next(free)
            y = (y + x - x_prev).clip(low, high)

    return inside


class _Gradient:
    """The problem as a method sees it that may ask for the gradient at its x, and nothing else.

    here: gives that x, and the gradient to answer with.
    """

    def __init__(self, problem, here):
        self._problem, self._here = problem, here

    def grad(self, x):
        at, g = self._here()
        if x is not at:
            raise ValueError("method: expected, for `projected`, one that asks for ∇f at x only")
        return g

    def __getattr__(self, name):
        if name != "shapes":
            raise ValueError(f"method: expected, for `projected`, one that asks for no {name}")
        return self._problem.shapes


def _box(low, high):
    box = check_array("low", low), check_array("high", high)
    try:
        box = np.broadcast_arrays(*box)
        ordered = (box[0] <= box[1]).all()
    except ValueError:
        ordered = False
    if not ordered:
        raise ValueError(f"low, high: expected low ≤ high; got {low!r} and {high!r}")
    return box


def _ends(box, x):
    """The ends of the box in the kind and dtype of x, (*runs, d)."""
    shapes = box[0].shape, tuple(x.shape)
    if any(n not in (1, k) for n, k in zip(*(s[::-1] for s in shapes), strict=False)):
        raise ValueError(f"low, high: expected shapes that fit x, {shapes[1]}; got {shapes[0]}")
    return [like(x, end) for end in box]


def _check_decay(method, hyper):
    """ValueError unless λ = 0, given or by default, where the method has one."""
    known = signature(method).parameters
    lam = hyper.get("lam", known["lam"].default if "lam" in known else 0)
    if np.any(lam):
        raise ValueError(f"lam: expected 0, for `projected` cannot see what decays; got {lam!r}")
