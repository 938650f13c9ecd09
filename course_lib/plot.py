"""Static figures in one style: the path on contours, and the gap f(x_k) − f* against the work.

Labels are symbols, never words, so that both languages share every picture. Colours are
distinguishable without colour vision, and line styles say the same as colours.
"""

import numpy as np
from matplotlib import cycler

from course_lib.arguments import (
    check_array,
    check_integer,
    check_positive,
    check_problem,
    check_size,
)
from course_lib.arrays import to_numpy
from course_lib.bands import Band
from course_lib.problems import evaluations
from course_lib.problems import gap as gap_of
from course_lib.problems.curves import UNITS
from course_lib.rates import mean_band

#: Okabe, Ito (2008), in the order of use, with the dash pattern that goes with each.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ((), (6, 2), (2, 2), (8, 2, 2, 2), (4, 1), (1, 1))


def style(j):
    """Colour and dashes of curve number j = 0, 1, …: 36 looks, the first six in six colours.

    >>> style(0) == style(6), style(0)[0] == style(6)[0]
    (False, True)
    """
    j = check_integer("j", j, 0)
    return COLORS[j % len(COLORS)], DASHES[(j + j // len(COLORS)) % len(DASHES)]


#: Grey that is read on both grounds: 4 : 1 and more against white paper and against a dark theme's.
INK = "#767676"
LOOKS = [style(j) for j in range(len(COLORS) * len(DASHES))]
STYLE = {
    # Whoever draws a curve, it takes the next look of its axes.
    "axes.prop_cycle": cycler(color=[color for color, _ in LOOKS])
    + cycler(linestyle=[(0, dash) if dash else "-" for _, dash in LOOKS]),
    "axes.facecolor": "none",
    **dict.fromkeys(["text.color", "axes.labelcolor", "axes.edgecolor"], INK),
    **dict.fromkeys(["xtick.color", "ytick.color"], INK),
    "figure.constrained_layout.use": True,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 2.2,
    "legend.frameon": False,
}
LARGEST = 300  # inches of a picture: matplotlib draws none of 2¹⁶ pixels
FONT = 14  # points, at least
LEGIBLE = 1.3  # points of the text for each inch of a picture: 18 pixels at 150 % on 1280 × 720
WHOLE = 0.45  # of a picture's width: higher ones are no longer seen whole there
HUGE = 1e100  # a value beyond it has diverged
FLAT = 1e-50  # a surface with less between its lowest and its highest value is flat
SURFACE, OPTIMUM = "Blues", "#E69F00"


def axes(columns=1, width=None, height=None):
    """`columns` empty axes in the course's style; one axes object, or an array of them.

    width, height: of each, in inches; by default a picture is seen whole on a projector. Its text
    is read there from the back row, however many axes it has.

    The style is set for good, so that a student's own figures match: `ax.plot` takes the next
    colour and dashes by itself. (A line drawn in a colour of its own takes a look too, unless its
    linestyle is given as well.) The figure has no ground, it stands on the page, light or dark.
    """
    import matplotlib.pyplot as plt

    columns = check_integer("columns", columns, 1, len(LOOKS))
    width = (8.0 if columns == 1 else 6.4) if width is None else width
    width = check_positive("width", width, LARGEST / columns)
    seen = min(4.6, WHOLE * columns * width)
    height = check_positive("height", seen if height is None else height, LARGEST)
    plt.rcParams.update(STYLE | {"font.size": max(FONT, LEGIBLE * columns * width)})
    # Not facecolor="none": behind such a figure Jupyter puts white.
    return plt.subplots(1, columns, figsize=(width * columns, height), frameon=False)[1]


def path(problem, xs, *, label=None, ax=None):
    """Trajectories xs (K + 1, *runs, 2) on the contours of f. Returns the axes.

    Called again with the same axes it adds a path; the contours stay. A path that leaves the frame
    is cut at the frame.
    """
    xs = _trajectory(problem, xs)
    if xs.shape[-1] != 2:
        raise ValueError(f"xs: expected a path of 2 coordinates; got shape {xs.shape}")
    ax = single(ax)
    if not ax.collections:
        contours(problem, ax)
    runs = [finite_part(run) for run in xs.reshape(len(xs), -1, 2).swapaxes(0, 1)]
    gapped = np.concatenate([[*run, (np.nan, np.nan)] for run in runs])[:-1]
    (line,) = ax.plot(*gapped.T, marker=".", markersize=5, label=label)
    ends = {"color": line.get_color(), "markersize": 9}
    ax.plot(*np.transpose([run[0] for run in runs]), "o", markerfacecolor="white", **ends)
    ax.plot(*np.transpose([run[-1] for run in runs]), "o", **ends)
    if getattr(problem, "x_star", None) is not None:
        x_star = to_numpy(problem.x_star).reshape(-1, 2)
        ax.plot(*x_star.T, "*", color=OPTIMUM, markersize=18)
    if label:
        ax.legend(frameon=True, facecolor="white", edgecolor="none")  # it lies on the contours
    return ax


def gap(problem, xs, *, keep=None, unit="k", label=None, ax=None):
    """One curve f(x_k) − f* of trajectories xs (K + 1, *runs, d). Returns the axes.

    The axis is logarithmic; where f* is not known, it is f(x_k) on a linear one. Several runs give
    their median and a band from the 10th to the 90th percentile. keep: the kept iterations, if not
    all. unit: "k", "epochs" or "grads" (evaluations of ∇f_i).
    """
    xs = _trajectory(problem, xs)
    k = check_array("keep", np.arange(len(xs)) if keep is None else keep)
    if k.shape != (len(xs),) or not (np.diff(k, prepend=-1) > 0).all():
        came = len(k) if k.ndim == 1 and len(k) != len(xs) else repr(keep)
        rows = f"{len(xs)} increasing iterations"
        raise ValueError(f"keep: expected {rows}, one for each row; got {came}")
    work = evaluations(problem, k, unit)
    error, log = gaps(problem, xs), has_log_gap(problem)
    ax = single(ax)
    low, middle, high = quantiles(error, log)
    (line,) = ax.plot(work, middle, label=label)
    if error.shape[1] > 1:
        ax.fill_between(work, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set_yscale("log" if log else "linear")
    ax.set_xlabel(UNITS[unit].tex)
    ax.set_ylabel("$f(x_k) - f^*$" if log else "$f(x_k)$")
    if label:
        ax.legend()
    return ax


def mean(k, values, *, label=None, ax=None):
    """One curve: the mean over seeds of `values` (m, seeds) against k (m,). Returns the axes.

    The band is that of `rates.mean_band`. The scales of the axes stay as they are. Where a mean is
    not finite, or beyond `HUGE`, the curve has a gap.
    """
    k, values = check_array("k", k), check_array("values", values)
    if values.ndim != 2 or values.shape[:1] != k.shape:
        came = f"{k.shape} and {values.shape}"
        raise ValueError(f"k, values: expected shapes (m,) and (m, seeds); got {came}")
    middle, low, high = map(_drawable, mean_band(values))
    ax = single(ax)
    (line,) = ax.plot(k, middle, label=label)
    ax.fill_between(k, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    if label:
        ax.legend()
    return ax


def errorbars(x, y, fmt="o", *, label=None, ax=None, **look):
    """Points of numbers with their bands: each `Band` is a bar along its axis. Returns the axes.

    x, y: of one length m. At least one is a `Band` of arrays (m,), the other numbers or names.
    fmt, look: as in matplotlib's `errorbar`, but for a `capsize` of 4. The scales of the axes stay
    as they are. Where a number or an end is not finite, or beyond `HUGE`, it is not drawn.
    """
    if not any(isinstance(given, Band) for given in (x, y)):
        raise ValueError(f"x, y: expected a Band, as mean_band gives; got {x!r} and {y!r}")
    (x, across), (y, along) = map(_bars, (x, y))
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"x, y: expected shapes (m,) and (m,); got {x.shape} and {y.shape}")
    ax = single(ax)
    ax.errorbar(x, y, along, across, fmt, label=label, **{"capsize": 4, **look})
    if label:
        ax.legend()
    return ax


def contours(problem, ax, size=200):
    """The surface of a problem of two variables on `ax`, levels spaced so that valleys show.

    Where f is not finite, or beyond `HUGE`, the paper stays white.
    """
    u, v, z = surface(problem, size)
    z = np.ma.masked_where(~(abs(z) < HUGE), z)
    shown = levels(z)
    ax.contourf(u, v, z, shown, cmap=SURFACE, alpha=0.6, extend="both")
    ax.contour(u, v, z, shown, colors="#35607f", linewidths=0.6, alpha=0.7)
    (left, right), (bottom, top) = problem.domain
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
    ax.set_facecolor("white")
    ax.grid(False)


def surface(problem, size=200):
    """Grid u (size,), v (size,) over the problem's domain and f on it (size, size)."""
    check_problem(problem, "f", "d", "domain")
    if problem.d != 2 or problem.domain is None:
        raise ValueError(f"problem: expected two variables and a domain; d = {problem.d}")
    size, sides = check_integer("size", size, 2), check_array("domain", problem.domain)
    if sides.shape != (2, 2) or not np.isfinite(sides).all() or not np.diff(sides).all():
        raise ValueError(f"domain: expected two intervals (low, high); got {problem.domain}")
    check_size("size", size, size, 2)
    u, v = np.linspace(*sides.T, size).T
    grid = np.stack(np.meshgrid(u, v), axis=-1)
    return u, v, values_of(problem, grid)


def levels(z, num=14):
    """Contour levels: denser near the lowest value, where the methods end.

    Finite values count. Where more than half of the surface would have one colour, for it spans
    many decades, the levels are evenly spaced in log(f − min f). At least 2 levels, increasing.
    """
    z, num = np.ma.compressed(z), check_integer("num", num, 2)
    z = check_array("z", z)
    z = z[abs(z) < HUGE]
    low = float(z.min()) if z.size else 0.0
    above = z - low
    above = above[above > FLAT]
    if not above.size:
        return low + max(1.0, abs(low)) * np.array([0.0, 1.0])
    near, middle, far = np.quantile(above, (0.02, 0.5, 0.98))
    steps = far * np.linspace(0, 1, num) ** 2.5
    if middle < steps[1]:
        steps = np.r_[0, np.geomspace(near, far, num - 1)]
    return np.unique(low + steps)


def has_log_gap(problem):
    """Is the gap's axis logarithmic? Only a gap to a known f* is sure to be positive."""
    return problem.f_star is not None


def gaps(problem, xs):
    """f(x_k) − f*, or f(x_k) where f* is unknown, of a trajectory (K + 1, *runs, d), runs in one
    axis: (K + 1, runs)."""
    runs = xs.shape[:-1]
    try:
        error = gap_of(problem, xs)
    except TypeError:
        values_of(problem, xs)  # says what is wrong with an f of one's own
        raise
    if error.dtype.kind != "f" or error.shape not in (runs, ()):
        values_of(problem, xs)
    return np.broadcast_to(error, runs).astype(float).reshape(len(xs), -1)


def values_of(problem, x):
    """f at points x (*runs, d) as floats (*runs,); a ValueError where it gives something else."""
    with np.errstate(all="ignore"):
        given, runs = problem.f(x), x.shape[:-1]
    value = to_numpy(None if isinstance(given, list) else given)
    if value.dtype.kind not in "fiub" or value.shape not in (runs, ()):
        came = f"shape {value.shape}" if value.dtype.kind in "fiub" else repr(given)
        raise ValueError(
            f"problem: expected f(x) of shape {runs} at x of shape {x.shape}, as with x[..., 0] "
            f"in place of x[0]; got {came}"
        )
    return np.broadcast_to(value.astype(float), runs)


def quantiles(error, log=True):
    """10 %, 50 % and 90 % over runs of an array (K, runs): (3, K), nan where an axis has no place.

    No axis has one for what is beyond `HUGE`; log: a log axis for what is not positive.
    """
    if error.shape[1] == 1:
        q = np.repeat(error.T, 3, axis=0)
    else:
        with np.errstate(invalid="ignore"):
            q = np.quantile(error, (0.1, 0.5, 0.9), axis=1)
    return np.where((abs(q) < HUGE) & ((q > 0) | (not log)), q, np.nan)


def finite_part(run):
    """The rows of (K, d) before the first that is not finite; at least the first row."""
    bad = ~np.isfinite(run).all(-1)
    return run[: max(1, bad.argmax())] if bad.any() else run


def single(ax):
    """The axes of one picture: `ax`, or new ones if it is None."""
    if ax is not None and not hasattr(ax, "plot"):
        raise ValueError(f"ax: expected the axes of one picture; got {ax!r}")
    return axes() if ax is None else ax


def _trajectory(problem, xs):
    check_problem(problem, "f")
    try:
        xs = to_numpy(xs)
    except ValueError:  # a ragged list
        xs = np.array(None)
    d = getattr(problem, "d", None) or "d"
    if xs.ndim < 2 or not xs.size or xs.shape[-1] != (xs.shape[-1] if d == "d" else d):
        raise ValueError(f"xs: expected a trajectory (K + 1, *runs, {d}); got shape {xs.shape}")
    if xs.dtype.kind not in "fiu":
        raise ValueError(f"xs: expected numbers; got an array of type {xs.dtype}")
    return xs if xs.dtype.kind == "f" else xs.astype(float)


def _bars(given):
    """Where points stand on an axis (m,), and how far their bars reach down and up; None if not."""
    if not isinstance(given, Band):
        return np.asarray(given), None
    value, low, high = map(_drawable, given)
    return value, np.array([value - low, high - value]).clip(0)


def _drawable(y):
    """`y`, nan where no axis has a place for it."""
    return np.where(abs(y) < HUGE, y, np.nan)
