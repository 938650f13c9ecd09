"""What an argument may be: whoever gives another one is told its name, what came, what is allowed.

`run` and `letters` hold hyperparameters to their ranges; everything else is held here.
"""

import inspect
from math import prod

import numpy as np

from course_lib.arrays import MOST, floats, is_dense, namespace, to_numpy


def check_integer(name, value, least, most=MOST):
    """`value` as an int; a ValueError that names the argument unless it is in least..most. No count
    may be as large as to fill the memory, or to keep one waiting without a word."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(f"{name}: expected an integer ≥ {least}; got {value!r}")
    if value > most:
        raise ValueError(f"{name}: expected an integer ≤ {most}; got {value}")
    return int(value)


def check_size(name, *counts):
    """ValueError that names what asks for an array of these `counts` if it has too many numbers."""
    if prod(counts) > MOST:
        came = " × ".join(map(str, counts))
        raise ValueError(f"{name}: expected at most {MOST} numbers in an array; got {came}")


def check_count(name, given, most):
    """ValueError that names the argument if there are more than `most` things in it."""
    if len(given) > most:
        raise ValueError(f"{name}: expected at most {most}; got {len(given)}")


def check_table(n, d):
    """n rows and d columns of a table as integers ≥ 1; else a ValueError that names them."""
    n, d = check_integer("n", n, 1), check_integer("d", d, 1)
    check_size("n, d", n, d)
    return n, d


def check_number(name, value, low, high=np.inf):
    """`value` as a float; a ValueError that names the argument unless low ≤ value < high."""
    number = _number(value)
    if not low <= number < high or number == -np.inf:
        raise ValueError(f"{name}: expected {low} ≤ {name} < {high}; got {value!r}")
    return number


def check_positive(name, value, high=np.inf):
    """`value` as a float; a ValueError that names the argument unless 0 < value < high."""
    number = _number(value)
    if not 0 < number < high:
        raise ValueError(f"{name}: expected 0 < {name} < {high}; got {value!r}")
    return number


def _number(value):
    """`value` as a float; nan, which no range allows, if it is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return np.nan
    try:
        return float(value)
    except OverflowError:  # 10**400
        return np.inf if value > 0 else -np.inf


def check_bool(name, value):
    """`value`, True or False; else a ValueError that names the argument ("False" is true)."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name}: expected True or False; got {value!r}")
    return bool(value)


def check_choice(name, value, allowed):
    """`value`, one of the texts `allowed`; else a ValueError that names the argument."""
    if not isinstance(value, str) or value not in allowed:
        names = ", ".join(map(repr, allowed))
        raise ValueError(f"{name}: expected one of {names}; got {value!r}")
    return value


def check_array(name, value):
    """`value` as a new array of floats, also inf and nan; else a ValueError that names it."""
    try:
        return floats(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name}: expected an array of numbers; got {value!r}") from None


def check_numbers(name, value):
    """`value` as a new array of finite floats; else a ValueError that names the argument."""
    array = check_array(name, value)
    if not np.isfinite(array).all():
        came = array[~np.isfinite(array)]
        raise ValueError(f"{name}: expected finite numbers; got {len(came)} like {came[0]}")
    return array


def check_seeds(name, value):
    """`value` as an array of integers ≥ 0, however large; else a ValueError that names it."""
    try:
        seeds = to_numpy(value)
        whole = seeds.dtype.kind in "iu"
        if not whole:  # integers of more than 64 bits are objects
            seeds = np.array(value if seeds.size else None, dtype=object)
            whole = all(isinstance(s, int) and not isinstance(s, bool) for s in seeds.flat)
    except (TypeError, ValueError):  # a ragged list, too long a range, a tensor that has no numbers
        whole = False
    if not whole or (seeds < 0).any():
        raise ValueError(f"{name}: expected integers ≥ 0; got {value!r}")
    return seeds


def check_list_of_seeds(name, value):
    """`value` as a list of integers ≥ 0, at least one; else a ValueError that names it."""
    seeds = check_seeds(name, value)
    if seeds.ndim != 1:
        raise ValueError(f"{name}: expected a list of integers ≥ 0; got {value!r}")
    return seeds.tolist()


def generator(seed):
    """The random generator of a seed, an integer ≥ 0; without one nothing could be repeated."""
    seeds = check_seeds("seed", seed)
    return np.random.default_rng(seeds.tolist())


def check_problem(problem, *needed):
    """ValueError unless `problem` has what is needed of it: "f", "grad", "n"."""
    missing = [name for name in needed if not hasattr(problem, name)]
    if missing or isinstance(problem, type):
        raise ValueError(
            f"problem: expected {', '.join(needed)}, as problems have; got {problem!r}"
            f" without {', '.join(missing) or 'arguments'}"
        )


def check_points(name, x, d):
    """`x` as an array or a tensor of points (*runs, d), d None: any; floats, and whole numbers as
    float64; else a ValueError."""
    if namespace(x) is np:
        floating = type(x) is np.ndarray and x.dtype.kind == "f"
        x = x if floating else check_array(name, x)
    elif not x.is_floating_point() or not is_dense(x):
        x = namespace(x).as_tensor(check_array(name, x))
    if not len(x.shape) or d not in (None, x.shape[-1]):
        raise ValueError(f"{name}: expected points (*runs, {d or 'd'}); got shape {tuple(x.shape)}")
    return x


def check_function(name, function, /, *arguments, **given):
    """ValueError unless `function` can be called with so many arguments, named for the message,
    and these keywords."""
    expected = f"{name}: expected a function of {' and '.join(arguments)}"
    if not callable(function):
        raise ValueError(f"{expected}; got {function!r}")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of C: nobody knows
        return
    try:
        signature.bind(*arguments, **given)
    except TypeError as error:
        raise ValueError(f"{expected}; got {function!r} with {signature}: {error}") from None


def check_stacking(name, function, x):
    """ValueError if two points x (2, d) at once give other values than the points alone.

    name: "f", "grad", "f_i" or "grad_i"; function: the one to be tried. Nothing can be said where a
    single point is refused, has runs of its own, or gives new values each time.
    """
    single = () if name[0] == "f" else tuple(x.shape[1:])
    try:
        *alone, together = (to_numpy(function(p)) for p in (x[0], x[0], x[1], x))
    except Exception:  # in somebody else's code: `run` will meet it, or not
        return
    again, *expected = alone
    if any(a.shape != single for a in alone) or not np.array_equal(again, expected[0], True):
        return
    expected = np.stack(expected)
    scale = abs(expected).max(initial=0, where=np.isfinite(expected))
    near = {"rtol": 0, "atol": float(namespace(x).finfo(x.dtype).eps) ** 0.5 * scale}
    fits = together.shape in (expected.shape, single)
    if not fits or not np.allclose(together, expected, **near, equal_nan=True):
        raise ValueError(
            f"{name}: expected for two points at once what it gives for each, {expected.tolist()};"
            f" got {together.tolist()}. Coordinate j is x[..., j], not x[j]"
        )
