"""What an argument may be: whoever gives another one is told its name, what came, what is allowed.

`run` and `letters` hold hyperparameters to their ranges; everything else is held here.
"""

import numpy as np

from course_lib.arrays import floats, namespace, to_numpy


def check_integer(name, value, least):
    """`value` as an int; a ValueError that names the argument if it is no integer ≥ `least`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(f"{name}: expected an integer ≥ {least}; got {value!r}")
    return int(value)


def check_number(name, value, low, high=np.inf):
    """`value` as a float; a ValueError that names the argument unless low ≤ value < high."""
    number = isinstance(value, (int, float, np.integer, np.floating))
    if not number or isinstance(value, bool) or not low <= value < high:
        raise ValueError(f"{name}: expected {low} ≤ {name} < {high}; got {value!r}")
    return float(value)


def check_numbers(name, value):
    """`value` as a new array of finite floats; else a ValueError that names the argument."""
    try:
        array = floats(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected an array of numbers; got {value!r}") from None
    if not np.isfinite(array).all():
        came = array[~np.isfinite(array)]
        raise ValueError(f"{name}: expected finite numbers; got {len(came)} like {came[0]}")
    return array


def check_seeds(name, value):
    """`value` as an array of integers ≥ 0, however large; else a ValueError that names it."""
    try:
        seeds = np.asarray(value)
    except ValueError:  # a ragged list
        seeds = np.array(None)
    whole = seeds.dtype.kind in "iu"
    if not whole:  # integers of more than 64 bits are objects
        seeds = np.array(value if seeds.size else None, dtype=object)
        whole = all(isinstance(s, int) and not isinstance(s, bool) for s in seeds.flat)
    if not whole or (seeds < 0).any():
        raise ValueError(f"{name}: expected integers ≥ 0; got {value!r}")
    return seeds


def generator(seed):
    """The random generator of a seed, an integer ≥ 0; without one nothing could be repeated."""
    seeds = check_seeds("seed", seed)
    return np.random.default_rng(seeds.tolist())


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
