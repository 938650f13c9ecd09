"""The slope of an error curve with its band, and whether it is one.

A slope without a band is an anecdote. Bands here are bootstrap bands over seeds: they cover the
randomness of the runs, not the bias of a window that is still pre-asymptotic. For that there is
the drift: the slope of the window's second half minus that of its first.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from math import prod

import numpy as np

from course_lib.arguments import check_array, check_integer, check_size
from course_lib.bands import NOTHING, Band

TOLERANCE = 0.05  # exponents nearer to each other are not told apart
DECADES = 2  # of k, the last ones: the window
LEAST_DECADES, LEAST_POINTS = 1, 8  # a power law is not told from less
PER_DECADE = 20  # points of a window, at most: every decade weighs the same
FLOOR = 1e-14  # of the largest error: what lies below is rounding
LEAST_FALL = 1e3  # linear convergence is not told from a smaller fall


@dataclass(frozen=True)
class Slope(Band):
    """A log-log slope with its band, and what the curve is.

    kind: "power", an error ~ k^slope; "linear", an error ~ factor^k; "?", it cannot be told.
    window: the first and the last k of the points fitted. drift: slope of the second half of the
    window (in log k) minus that of the first. factor: the contraction of one step, if linear.
    """

    kind: str = field(default="?", repr=False)
    window: tuple = field(default=(np.nan, np.nan), repr=False)
    drift: Band = field(default=NOTHING, repr=False)
    factor: Band | None = field(default=None, repr=False)

    @property
    def law(self):
        """The curve in one symbol: "k^-0.998 [-1.013, -0.983]", "0.2500^k […]" or "?"."""
        if self.kind == "linear":
            value, low, high = self.factor
            return f"{value:.4f}^k [{low:.4f}, {high:.4f}]"
        return f"k^{self}" if self.kind == "power" else "?"

    @property
    def exponent(self):
        """The band to hold against a claimed exponent: the slope's if it is one, else nan."""
        return Band(*self) if self.kind == "power" else NOTHING


def slope(k, error, window="all", resamples=1000, seed=0):
    """The log-log slope of the seed-mean error against k: error ≈ C·k^slope.

    k: positive numbers, shape (m,), m ≥ 2. error: positive numbers, shape (m, seeds),
    or (m,) for one exact curve (then the band is the point itself). resamples: bootstrap samples
    of whole seeds; seed: of the bootstrap. Least squares on log error against log k.

    window: "all" fits what it is given; (first, last) what lies between; "auto" follows a rule,
    the same for every curve:
    1. the curve ends where its mean is no longer a positive number, or has fallen below 1e-14 of
       its largest value (rounding); k = 0 does not count, a start at x* has no error there;
    2. of the rest the last two decades of k are fitted, at most 20 points a decade.

    The `kind` of the result is "linear" if the curve falls at least 1e3 times and in the lower half
    of its fall (in log error) the two halves of the k's have the same contraction: the ratio of
    the logarithms has a band that meets 0.9..1.1 and lies in 0.5..2. Else it is "power", unless
    the window has < 8 points or spans < 1 decade (too short), the slope's band is wider than ±0.1
    (too noisy), or the drift is beyond ±0.1 and its whole band beyond ±0.05 (still bending): then
    it is "?".

    Raises ValueError for shapes that do not match and, unless "auto", errors that are not positive.

    >>> k = np.geomspace(1, 1e4, 100)
    >>> print(slope(k, 5 / k, "auto").law, "  ", slope(k, 5 * 0.99**k, "auto").law)
    k^-1.000 [-1.000, -1.000]    0.9900^k [0.9900, 0.9900]
    """
    k, error, window = _checked(k, error, window)
    if window == "auto":
        k, error = _above_the_floor(k, error)
    elif window != "all":
        inside = (k >= window[0]) & (k <= window[1])
        k, error = k[inside], error[inside]
    good = np.isfinite(error).all() and (error > 0).all()
    if window != "auto" and not (good and len(k) and k[0] < k[-1]):
        expected = "positive finite numbers on the whole window, at two k or more"
        raise ValueError(f"k, error: expected {expected}")
    shape = error.shape[1:] if window == "auto" else error.shape  # it fits few rows
    share = _shares(shape, resamples, seed) if shape[-1] > 1 else np.ones((1, 0))

    lower, factor = _linear(k, error, share)
    if window == "auto":
        k, error = (k[lower], error[lower]) if factor else _last_decades(k, error)
    if len(k) < 2:
        return Slope(*NOTHING)
    curves = _log_means(error, share)
    value, drift = _band(_fit(np.log(k), curves)), _drift(k, curves)
    kind = "linear" if factor else _power_or_not(k, value, drift)
    return Slope(*value, kind, (k[0], k[-1]), drift, factor)


def mean_band(values, resamples=1000, seed=0):
    """The mean over the last axis (seeds) with its 95 % bootstrap band, a `Band` of arrays (...).

    values: shape (..., seeds). Where one is not finite, and with one seed, the band has no ends:
    nan.
    """
    values = check_array("values", values)
    if not values.ndim or not values.shape[-1]:
        raise ValueError(f"values: expected a shape (..., seeds); got {values.shape}")
    share = _shares(values.shape, resamples, seed)
    if values.shape[-1] == 1:
        share = share * np.nan
    with np.errstate(all="ignore"):
        low, high = np.quantile(values @ share, (0.025, 0.975), axis=-1)
        return Band(values.mean(-1), low, high)


def ratio_band(above, below, resamples=1000, seed=0):
    """The ratio of two means over the last axis (seeds) with its 95 % bootstrap band.

    above, below: runs of the same seeds, shapes (..., seeds), seeds ≥ 2, below ≥ 0. A sample
    of the bootstrap draws whole seeds, the same ones of both: what they share drops out.

    >>> print(f"{ratio_band([2.0, 4.0, 6.0], [1.0, 2.0, 3.0]):.2f}")
    2.00 [2.00, 2.00]
    """
    above, below = check_array("above", above), check_array("below", below)
    if (below < 0).any():
        raise ValueError(f"below: expected numbers ≥ 0; got {below.min()}")
    try:
        shape = np.broadcast_shapes(above.shape, below.shape)
    except ValueError:
        shape = ()
    if above.shape[-1:] != below.shape[-1:] or not shape or shape[-1] < 2:
        came = f"{above.shape} and {below.shape}"
        raise ValueError(
            f"above, below: expected shapes (..., seeds) of the same seeds ≥ 2; got {came}"
        )
    share = _shares(shape, resamples, seed)
    with np.errstate(all="ignore"):
        low, high = np.quantile((above @ share) / (below @ share), (0.025, 0.975), axis=-1)
        return Band(above.mean(-1) / below.mean(-1), low, high)


def settling(error, tolerance):
    """The first k from which the error stays within the tolerance, inf where it does not.

    error: (K + 1, *runs), what is nan is not within; the result is (*runs,). It is not the first
    hit: a method may fly past the minimum through the target.

    >>> settling(np.array([[3.0, 1.0], [0.5, 3.0], [2.0, 1.0], [1.0, 2.0]]), 1)
    array([ 3., inf])
    """
    error, tolerance = check_array("error", error), check_array("tolerance", tolerance)
    if not error.ndim or not len(error) or tolerance.ndim:
        came = f"{error.shape} and {tolerance.shape}"
        raise ValueError(f"error, tolerance: expected shapes (K + 1, *runs) and (); got {came}")
    outside = ~(error <= tolerance)
    k = len(outside) - outside[::-1].argmax(0)
    return np.where(outside[-1], np.inf, np.where(outside.any(0), k, 0))


def _shares(shape, resamples, seed):
    """Bootstrap samples of whole seeds of values (..., seeds): the share of each in each sample."""
    seed = check_integer("seed", seed, 0, np.inf)
    resamples, (*means, seeds) = check_integer("resamples", resamples, 1), shape
    check_size("resamples", resamples, max(seeds, prod(means)))
    return _drawn(seeds, resamples, seed)


@lru_cache(16)
def _drawn(seeds, resamples, seed):
    """Kept, for they take longer than the fit, and a notebook asks for the same ones again."""
    rng = np.random.default_rng(seed)
    share = rng.multinomial(seeds, [1 / seeds] * seeds, size=resamples).T / seeds
    share.setflags(write=False)
    return share


def _checked(k, error, window):
    k, error = check_array("k", k), check_array("error", error)
    fits = k.ndim == 1 and error.shape[:1] == k.shape and error.ndim <= 2
    if not fits or len(k) < 2 or not error.size:
        came = f"{k.shape} and {error.shape}"
        raise ValueError(f"k, error: expected shapes (m,) and (m, seeds), m ≥ 2; got {came}")
    named = isinstance(window, str)
    ends = window if named else tuple(np.atleast_1d(check_array("window", window)))
    if ends not in ("all", "auto") if named else len(ends) != 2:
        raise ValueError(f'window: expected "all", "auto" or (first, last); got {window!r}')
    if not np.isfinite(k).all() or (k.min() <= 0 and ends != "auto"):
        raise ValueError("k: expected positive finite numbers")
    order = np.argsort(k)
    return k[order], error.reshape(len(k), -1)[order], ends


def _above_the_floor(k, error):
    k, error = k[k > 0], error[k > 0]
    with np.errstate(invalid="ignore", over="ignore"):
        mean = error.mean(1)
        good = np.isfinite(mean) & (mean > 0)
        good &= mean > FLOOR * np.max(mean, initial=0, where=good)
    end = len(k) if good.all() else good.argmin()
    return k[:end], error[:end]


def _last_decades(k, error):
    """The points of the last `DECADES` decades, thinned evenly in log k."""
    rows = np.flatnonzero(k >= k[-1] / 10.0**DECADES * (1 - 1e-9)) if len(k) else []
    if len(rows) < 2:
        return k[rows], error[rows]
    u = np.log10(k[rows])
    number = int(np.ceil((u[-1] - u[0]) * PER_DECADE)) + 1
    nearest = abs(u - np.linspace(u[0], u[-1], max(2, number))[:, None]).argmin(1)
    rows = rows[np.unique(nearest)]
    return k[rows], error[rows]


def _linear(k, error, share):
    """The rows of the lower half of the fall, and the contraction's band, or None."""
    if len(k) < 2:
        return slice(0), None
    mean = np.log(error.mean(1))
    middle = (mean.max() + mean[-1]) / 2
    above = np.flatnonzero(mean > middle)
    first = above[-1] + 1 if len(above) else len(k)
    rows = np.unique(np.linspace(first, len(k) - 1, 60).astype(int)) if first < len(k) else []
    if len(rows) < 6 or mean.max() - mean[-1] < np.log(LEAST_FALL):
        return rows, None
    k, curves = k[rows], _log_means(error[rows], share)
    early, late = _halves(k, k[0] + (k[-1] - k[0]) / 2)
    if min(early.sum(), late.sum()) < 3:
        return rows, None
    one, two = _fit(k[early], curves[early]), _fit(k[late], curves[late])
    if not (one < 0).all():
        return rows, None
    _, low, high = _band(two / one)
    steady = 0.5 <= low <= 1 + 2 * TOLERANCE and 1 - 2 * TOLERANCE <= high <= 2
    return rows, _band(np.exp(_fit(k, curves))) if steady else None


def _drift(k, curves):
    early, late = _halves(k, (k[0] * k[-1]) ** 0.5)
    if min(early.sum(), late.sum()) < 3:
        return NOTHING
    u = np.log(k)
    return _band(_fit(u[late], curves[late]) - _fit(u[early], curves[early]))


def _power_or_not(k, value, drift):
    if len(k) < LEAST_POINTS or k[-1] / k[0] < 10.0**LEAST_DECADES * (1 - 1e-9):
        return "?"
    noisy = value.high - value.low > 4 * TOLERANCE
    bends = abs(drift.value) > 2 * TOLERANCE and max(drift.low, -drift.high) > TOLERANCE
    return "?" if noisy or bends else "power"


def _halves(k, middle):
    return k <= middle * (1 + 1e-9), k >= middle * (1 - 1e-9)


def _log_means(error, share):
    """log of the seed-mean error (first column) and of its bootstrap samples: (m, 1 + samples)."""
    return np.log(np.column_stack([error.mean(1), error @ share]))


def _fit(u, curves):
    """Least-squares slopes of curves (m, many) against u (m,)."""
    u = u - u.mean()
    return u @ curves / (u @ u)


def _band(values):
    """The first value, with the 95 % band of the others."""
    value, samples = float(values[0]), values[1:]
    if not len(samples):
        return Band(value, value, value)
    return Band(value, *map(float, np.quantile(samples, (0.025, 0.975))))
