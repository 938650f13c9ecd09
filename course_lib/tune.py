"""Equal budgets: what a method can do when every method may try equally often.

A comparison with one lucky step for one method says nothing. Here every contender gets the same
grid of steps, the same batches in the same order, and its best step is chosen on one set of seeds
and reported on another. The result is the whole curve "final loss against α", not one number.

A sweep goes to other machines by one argument. On this machine: `LocalCluster` of
`dask.distributed`; on a real one, where `course_lib` is installed and a scheduler runs:

    with Client("tcp://scheduler:8786"):
        compare(..., backend="dask")
"""

from typing import NamedTuple

import numpy as np

from course_lib import plot, rates
from course_lib.arguments import (
    check_array,
    check_count,
    check_function,
    check_integer,
    check_list_of_seeds,
    check_number,
    check_size,
)
from course_lib.letters import letter
from course_lib.loop import hyperparameters, run
from course_lib.problems import Minibatch, gap
from course_lib.progress import bar
from course_lib.tables import table

BLOCK = 2**17  # numbers in one batch of runs; more would leave the processor's cache
MOST_EXTENSIONS = 4
MOST_JOBS = 1000  # at once; loky makes a process for each
#: With fewer seeds for the choice, or a coarser grid, another seed may turn a comparison around.
LEAST_SEEDS, LEAST_PER_DECADE = 8, 4


class Contender(NamedTuple):
    """A method as it enters a comparison.

    schedule: (α, k) → α_k for k = 1, 2, …; None is a constant step. hyper: other hyperparameters,
    fixed numbers. over: the name of the one that is tuned ("eps" for Adadelta, which has no α).
    """

    method: object
    schedule: object = None
    hyper: dict = {}  # noqa: RUF012  never changed
    over: str = "alpha"

    def settings(self, values):
        """The arguments of `run` for tried values (m, 1), beside which seeds stand."""
        if self.schedule is None:
            return {**self.hyper, self.over: values}
        return {**self.hyper, self.over: lambda k: self.schedule(values, k)}


class Row(NamedTuple):
    """What a comparison found for one contender.

    tried: values of the tuned hyperparameter, increasing, (m,). chosen_on: their final losses,
    (m, seeds). best: the value with the smallest mean. edge: "<" or ">" if that is still the
    smallest or the largest value tried, else "". reported: final losses of `best`, (fresh seeds,),
    nan if the comparison was interrupted before.
    """

    name: str
    over: str
    tried: np.ndarray
    chosen_on: np.ndarray
    best: float
    edge: str
    reported: np.ndarray

    @property
    def letter(self):
        """What the slides call the tuned hyperparameter."""
        return letter(self.over).symbol

    @property
    def per_decade(self):
        """How many values were tried a decade; below an upper end, of the distance to it."""
        end = letter(self.over).range[1]
        first, last = self.tried[[0, -1]] if end == np.inf else end - self.tried[[0, -1]]
        return (len(self.tried) - 1) / abs(np.log10(last / first))


class Comparison(dict):
    """Rows by the contenders' names; prints as a table, `plot` draws final loss against α.

    Under the table stands ⚠ and what is too few, seeds of the choice (`LEAST_SEEDS`) or values a
    decade (`LEAST_PER_DECADE`): then it is no ground for a verdict.
    """

    def __repr__(self):
        rows = self.values()
        columns = {
            "": [row.name for row in rows],
            "*": [f"{row.letter} = {row.best:.2g}{row.edge}" for row in rows],
            "#": [len(row.tried) for row in rows],
            "E f": [rates.mean_band(row.reported) for row in rows],
        }
        return "\n".join([str(table(columns, {"E f": ".3g"})), *self._too_few()])

    def _too_few(self):
        """The line that warns, in symbols, or none."""
        seeds = min((row.chosen_on.shape[1] for row in self.values()), default=LEAST_SEEDS)
        grid = min((round(row.per_decade, 1) for row in self.values()), default=LEAST_PER_DECADE)
        few = [f"seeds: {seeds} < {LEAST_SEEDS}"] if seeds < LEAST_SEEDS else []
        few += [f"grid: {grid:g} < {LEAST_PER_DECADE} / 10×"] if grid < LEAST_PER_DECADE else []
        return [f"⚠ {', '.join(few)}"] if few else []

    def plot(self, ax=None):
        """Mean final loss against the value tried, with the band from the best to the worst seed.

        A ring is the value chosen. Where a run diverged, the curve ends. The axis of the loss is
        logarithmic unless a loss is negative. Returns the axes.
        """
        ax = plot.single(ax)
        opacity = 0.2 if len(self) <= 4 else 0.1
        for row in self.values():
            loss = np.where(np.isfinite(row.chosen_on), row.chosen_on, np.nan)
            mean = loss.mean(1)
            (line,) = ax.plot(row.tried, mean, label=row.name)
            color = line.get_color()
            ax.fill_between(row.tried, loss.min(1), loss.max(1), color=color, alpha=opacity, lw=0)
            ax.plot(row.best, mean[row.tried == row.best], "o", color=color, markersize=10,
                    fillstyle="none", markeredgewidth=2.5)  # fmt: skip
        names = {row.letter: None for row in self.values()}
        negative = any((row.chosen_on < 0).any() for row in self.values())
        scale = "linear" if negative else "log"
        ax.set(xscale="log", yscale=scale, xlabel=", ".join(names), ylabel="$f$")
        ax.legend()
        return ax


def log_grid(low, high, per_decade=4):
    """Values from low to high, evenly spaced in their logarithm.

    >>> log_grid(0.01, 1, 1)
    array([0.01, 0.1 , 1.  ])
    """
    low, high = check_number("low, high", low, 0), check_number("low, high", high, 0)
    if not 0 < low < high:
        raise ValueError(f"low, high: expected 0 < low < high < inf; got {low!r} and {high!r}")
    per_decade = check_integer("per_decade", per_decade, 1)
    count = 1 + max(1, round((np.log10(high) - np.log10(low)) * per_decade))
    check_size("per_decade", count)
    return np.geomspace(low, high, count)


def compare(
    contenders, problem, x0, steps, *, grid, batch=1, sampling="replace=True",
    select=None, report=None, seeds=range(8), fresh=range(100, 107), jobs=None, backend=None,
):  # fmt: skip
    """Every contender at its best step, found with the same number of tries.

    contenders: {name: method or `Contender`}, at most 36: `plot` has a look for each. problem: a
        finite sum; each try runs `steps` steps from x0 on minibatches of `batch`, drawn as
        `sampling` says (a key of `problems.SAMPLINGS`), the same ones for all. x0: (d,), or a
        function of the seeds that gives (seeds, d), such as a network's `initial`.
    grid: values tried, increasing, (m,), at least 2; the same for all (`log_grid`). While the best
        value is the first or the last one tried, two more are added on that side, at most four
        times: in the grid's last ratio, that of 1 − β for a hyperparameter below 1. The table
        counts them, and marks with < or > a best value still on the edge.
    select: final x (*runs, d) → losses (*runs,), for the choice; default f(x) − f* of `problem`.
        report: the same, for the report; default `select`. A loss that is not finite counts as ∞.
    seeds: for the choice. fresh: for the report, disjoint from `seeds`.
    jobs, backend: how many pieces of the sweep are computed at once, and by which backend of
        joblib; "loky" means processes of this machine, "dask" the workers of the cluster whose
        `dask.distributed.Client` is open. The numbers are the same, to the last bit.

    Returns a `Comparison`. Ctrl-C (the stop button) ends it early: contenders whose grid is done
    are there, their report may be nan. Raises ValueError that names the argument.

    >>> from course_lib import adagrad, gd, least_squares
    >>> result = compare(
    ...     {"SGD": gd, "AdaGrad": adagrad},
    ...     least_squares(),
    ...     [2.0, 2.0],
    ...     50,
    ...     grid=log_grid(0.01, 10),
    ... )
    >>> len(result["SGD"].tried) == len(result["AdaGrad"].tried) == 13
    True
    """
    grid = check_array("grid", grid)
    if grid.ndim != 1 or len(grid) < 2 or not (grid > 0).all() or (np.diff(grid) <= 0).any():
        raise ValueError(f"grid: expected at least 2 increasing positive numbers; got {grid!r}")
    seeds, fresh = _different("seeds", seeds), _different("fresh", fresh)
    if set(seeds) & set(fresh):
        raise ValueError(f"fresh: expected seeds that are not in {seeds}; got {fresh}")
    if not isinstance(contenders, dict) or not contenders:
        raise ValueError(f"contenders: expected {{name: method}}; got {contenders!r}")
    check_count("contenders", contenders, len(plot.LOOKS))
    contenders = {name: _contender(name, given) for name, given in contenders.items()}
    select = select or (lambda x: gap(problem, x))
    for name, score in (("select", select), ("report", report or select)):
        check_function(name, score, "x")
    if callable(x0):
        check_function("x0", x0, "seeds")

    def judged(seeds, score):
        oracle = Minibatch(problem, batch, seeds, sampling)
        return _Stage(oracle, x0(seeds) if callable(x0) else x0, steps, score)

    choice, final = judged(seeds, select), judged(fresh, report or select)
    for stage in (choice, final):
        x = _begun(contenders, grid[[0, -1], None], stage)
    if report is not None:  # else the sweep would be lost when it is over
        _scores(report, x)
    workers = _Workers(jobs, backend)

    tried, reported = {}, dict.fromkeys(contenders, np.full(len(fresh), np.nan))
    try:
        for name, values, losses in _search(workers, contenders, grid, choice):
            tried[name] = values, losses
        best = {name: values[[known.mean(1).argmin()]] for name, (values, known) in tried.items()}
        for name, losses in workers.losses(contenders, best, final):
            reported[name] = losses[0]
    except KeyboardInterrupt:
        pass
    return Comparison(
        {
            name: _row(name, contender.over, *tried[name], reported[name])
            for name, contender in contenders.items()
            if name in tried
        }
    )


class _Stage(NamedTuple):
    """The runs that a value is judged by, of the choice or of the report."""

    oracle: object
    x0: object
    steps: int
    score: object


def _begun(contenders, ends, stage):
    """The starts of two values (2, seeds, d): what `run` refuses is refused before the sweep."""
    for name, contender in contenders.items():
        try:
            xs = run(contender.method, stage.oracle, stage.x0, steps=0, **contender.settings(ends))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        runs = (2, *stage.oracle.seed.shape)
        if xs.shape[1:-1] != runs:
            came = f"{runs} for 2 values; got {xs.shape[1:-1]}"
            raise ValueError(f"{name}: schedule, hyper: expected runs {came}")
    return xs[0]


def _search(workers, contenders, grid, stage):
    """(name, values tried, their losses) of each contender, anew when its grid was extended."""
    tried, new = {}, dict.fromkeys(contenders, grid)
    for _ in range(1 + MOST_EXTENSIONS):
        for name, losses in workers.losses(contenders, new, stage):
            values, known = tried.get(name, (grid[:0], losses[:0]))
            values, known = np.r_[values, new[name]], np.r_[known, losses]
            order = np.argsort(values)
            tried[name] = values[order], known[order]
            yield name, *tried[name]
        new = {name: _beyond(contenders[name].over, *tried[name]) for name in new}
        new = {name: more for name, more in new.items() if len(more)}


def _different(name, seeds):
    """The seeds as a list; one that comes twice would count twice."""
    seeds = check_list_of_seeds(name, seeds)
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"{name}: expected different seeds; got {seeds}")
    return seeds


def _contender(name, given):
    """A method or a `Contender` as a `Contender` whose parts are what they should be."""
    contender = given if isinstance(given, Contender) else Contender(given)
    _, schedule, hyper, over = contender
    try:
        known = hyperparameters(contender.method)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if over not in known:
        called = getattr(contender.method, "__name__", contender.method)
        raise ValueError(f"{name}: {over}: {called} has the hyperparameters {', '.join(known)}")
    if schedule is not None:
        check_function(f"{name}: schedule", schedule, "alpha", "k")
    if not isinstance(hyper, dict) or over in hyper:
        raise ValueError(f"{name}: hyper: expected {{name: number}} without {over}; got {hyper!r}")
    return contender


def _row(name, over, tried, chosen_on, reported):
    j = chosen_on.mean(1).argmin()
    edge = "<" if j == 0 else ">" if j == len(tried) - 1 else ""
    return Row(name, over, tried, chosen_on, float(tried[j]), edge, reported)


class _Workers:
    """Where the pieces of a sweep are computed: here, or by joblib."""

    def __init__(self, jobs, backend):
        if jobs is not None and (type(jobs) is not int or not 0 < abs(jobs) <= MOST_JOBS):
            raise ValueError(f"jobs: expected an integer, not 0, within ±{MOST_JOBS}; got {jobs!r}")
        if not isinstance(backend, str | None):
            raise ValueError(f"backend: expected the name of a backend of joblib; got {backend!r}")
        self.jobs, self.backend = jobs, backend
        if jobs is None and backend is not None:
            self.jobs = -1

    def losses(self, contenders, values, stage):
        """Pairs (name, final losses (values, seeds)) for the values of each name, as they come."""
        size = max(1, BLOCK // (len(stage.oracle.seed) * stage.oracle.d))
        pieces = [
            (name, values[name][j : j + size])
            for name in values
            for j in range(0, len(values[name]), size)
        ]
        done = {name: [] for name in values}
        calls = ((contenders[name], part, stage) for name, part in pieces)
        found = bar(self._map(calls), len(pieces))
        for (name, _), losses in zip(pieces, found, strict=True):
            done[name].append(losses)
            if sum(map(len, done[name])) == len(values[name]):
                yield name, np.concatenate(done[name])

    def _map(self, calls):
        if self.jobs is None:
            yield from (_losses(*call) for call in calls)
            return
        from joblib import Parallel, delayed, parallel_config

        with parallel_config(self.backend or "loky", n_jobs=self.jobs):
            yield from Parallel(return_as="generator")(delayed(_losses)(*call) for call in calls)


def _losses(contender, values, stage):
    """Final losses (values, seeds) of one piece."""
    oracle, x0, steps, score = stage
    settings = contender.settings(values[:, None])
    with np.errstate(all="ignore"):
        x = run(contender.method, oracle, x0, steps=steps, keep=[steps], interruptible=False,
                **settings)[0]  # fmt: skip
        loss = _scores(score, x)
    return np.where(np.isfinite(loss), loss, np.inf)


def _scores(score, x):
    """The losses (*runs,) of points x (*runs, d)."""
    loss = check_array("select, report", score(x))
    if loss.shape != x.shape[:-1]:
        came = f"{loss.shape} for x of shape {tuple(x.shape)}"
        raise ValueError(f"select, report: expected losses of shape (*runs,); got shape {came}")
    return loss


def _beyond(over, tried, loss):
    """Two values more where the best one is an end of the grid, or none. All diverged: smaller.

    A hyperparameter with an upper end comes nearer to it, as near as float64 can tell.
    """
    j, end = loss.mean(1).argmin(), letter(over).range[1]  # argmin of infinities is 0
    if j == 0:
        return tried[0] / (tried[1] / tried[0]) ** np.array([2.0, 1.0])
    if j < len(tried) - 1:
        return tried[:0]
    if end == np.inf:
        return tried[-1] * (tried[1] / tried[0]) ** np.array([1.0, 2.0])
    left = end - tried[-2:]
    more = end - left[1] * (left[1] / left[0]) ** np.array([1.0, 2.0])
    return more[(more > tried[-1]) & (more < end)]
