"""Methods made of methods: what can be added to any of them without a look inside."""

from functools import wraps
from types import SimpleNamespace

from course_lib.arguments import check_array


def projected(method, low=-1.0, high=1.0):
    """The method with every coordinate of every iterate kept in [low, high].

    y_k = Π(y_{k-1} + Δx_k), where Δx_k is the method's own step at y_{k-1}.

    The method must use x only in ∇f(x) and in x ← x − step, as gd, momentum, adagrad, rmsprop,
    adadelta, adam and amsgrad do: it walks on freely, while gradients are taken at y, and y makes
    the same steps but for those that lead outside. On a box the projection of Reddi, Kale, Kumar,
    which measures distances in √v̂, is this very one, coordinate by coordinate.

    >>> from course_lib import gd, run
    >>> from course_lib.problems.online import LinearRounds
    >>> run(projected(gd), LinearRounds([3, -1, -1]), [0.0], steps=4, alpha=0.5)[:, 0]
    array([ 0. , -1. , -0.5,  0. , -1. ])
    """

    if not callable(method):
        raise ValueError(f"method: expected a generator function; got {method!r}")
    if not (check_array("low", low) <= check_array("high", high)).all():
        raise ValueError(f"low, high: expected low ≤ high; got {low!r} and {high!r}")

    @wraps(method)
    def inside(problem, x, **hyper):
        y = x.clip(low, high)
        at_y = SimpleNamespace(grad=lambda x: problem.grad(y))
        free = method(at_y, y, **hyper)
        x = next(free)
        while True:
            yield y
            x_prev, x = x, next(free)
            y = (y + x - x_prev).clip(low, high)

    return inside
