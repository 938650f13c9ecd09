"""A problem remembers the call that made it: so it is copied, sent to another process, and written
as code."""

from functools import partial, wraps


class Made:
    """A problem that is copied and pickled as the call that made it, and what was set since."""

    def __reduce_ex__(self, protocol):
        known = dict(vars(self))
        made = known.pop("_made", None)
        if made is None:
            return super().__reduce_ex__(protocol)
        return (*made, {name: value for name, value in known.items() if not callable(value)})


def call_of(problem):
    """(maker's name, args, kwargs) of a problem that a `maker` made; None of any other.

    >>> from course_lib.problems import parabola
    >>> call_of(parabola(c=3))
    ('parabola', (), {'c': 3})
    """
    make, args = getattr(problem, "_made", (None, ()))
    return make and (make.func.__name__, args, make.keywords)


def maker(make):
    """A decorator: what `make` makes pickles, though the functions inside it have no names, and
    `call_of` knows how it was made."""

    @wraps(make)
    def made(*args, **kwargs):
        problem = make(*args, **kwargs)
        vars(problem)["_made"] = partial(made, **kwargs), args
        return problem

    return made
