"""What each panel of the explorer shows: functions from a `View` to a `Panel` of a scene."""

import math
from dataclasses import dataclass

import numpy as np
from contourpy import contour_generator

from course_lib.arrays import to_numpy
from course_lib.figures.inner import is_size
from course_lib.figures.scene import Axis, Mark, Panel, band, share_of, value_at
from course_lib.plot import (
    COLORS,
    OPTIMUM,
    finite_part,
    gaps,
    has_log_gap,
    quantiles,
    style,
)
from course_lib.problems import evaluations
from course_lib.problems.curves import UNITS

MOVE, BATCH = "#D55E00", "#009E73"
DECADES_DOWN, DECADES_UP = 12, 3  # how far below and above its start the gap is followed
BEYOND = 1e20  # times an end of its log axis: so far goes a curve that leaves the frame
SLACK = 10**0.05  # between a curve and the ends of its log axis, so that it rarely jumps
ROOM, LETTER = 0.07, 0.055  # of an axis: for a column of the numbers at curves' ends; their height
LOWEST, HIGHEST = 0.03, 0.9  # of an axis: where they stand, under the legend
RUNS_SHOWN = 16  # paths in a cloud; more only blur it
DOTS_SHOWN = 400  # on the paths of one picture; more only hide each other
COORDINATES_SHOWN = 6
COORDINATE_WIDTHS = (4, 2, 1.4, 1, 0.7, 0.5)  # of a method's coordinates: its dashes are its look


@dataclass(frozen=True)
class Curve:
    """One method's result: its trajectory (K + 1, *runs, d), and its number, which is its look."""

    name: str
    xs: np.ndarray
    number: int = 0

    @property
    def color(self):
        return style(self.number)[0]

    @property
    def dash(self):
        return style(self.number)[1]


@dataclass(frozen=True)
class View:
    """Everything the panels need: the problem as run, the curves, the step looked at."""

    problem: object
    curves: list
    k: int
    unit: str
    picture: bytes = b""
    watch: str = ""
    inner: tuple = ()
    goals: tuple = ()
    numbered: bool = False  # each run's curve carries its seed

    @property
    def steps(self):
        return len(self.curves[0].xs) - 1

    @property
    def stepping(self):
        """Is one step being looked at, rather than the whole path?"""
        return self.k < self.steps

    def gradient(self, x):
        """g at x as the method saw it at step k: of the batch drawn, or of the whole sum."""
        batch = self.batch()
        problem = self.problem
        return to_numpy(problem.grad(x) if batch is None else problem.grad_batch(x, batch))

    def batch(self):
        """Indices of the summands drawn at step k, for a single run of a minibatch problem."""
        drawn = hasattr(self.problem, "batches") and self.problem.runs == ()
        if not self.stepping or not drawn:
            return None
        return self.problem.batches(1, after=self.k)[0]


def path_panel(view):
    """Contours of f, the path of each method up to step k, and what happens at step k."""
    (left, right), (bottom, top) = view.problem.domain
    axes = Axis("x₁", left, right), Axis("x₂", bottom, top)
    marks = _batch_marks(view)
    for curve in view.curves:
        runs = curve.xs[: view.k + 1].reshape(view.k + 1, -1, 2).swapaxes(0, 1)
        many, lines = len(runs) > 1, []
        for run in runs[:RUNS_SHOWN]:
            line = _within_reach(finite_part(run), axes)
            lines.append(line)
            opacity = 0.3 if many else 1.0
            width = 1.5 if many else 2
            marks.append(Mark("line", line, curve.color, width, dash=curve.dash, opacity=opacity))
            if not many and len(line) * len(view.curves) <= DOTS_SHOWN:
                marks.append(Mark("dots", line, curve.color, size=2.5))
        marks += _end_marks(runs, lines, curve.color, axes)
    marks.append(Mark("rings", view.curves[0].xs.reshape(-1, 2)[:1], "text", 2, size=7))
    if view.problem.x_star is not None:
        marks.append(Mark("stars", to_numpy(view.problem.x_star).reshape(-1, 2), OPTIMUM, size=11))
    marks += _step_marks(view)
    return Panel("f(x)", *axes, marks, view.picture)


def gap_panel(view):
    """f(x_k) − f* against the work: a curve for each method, median and band of many runs."""
    work = evaluations(view.problem, np.arange(view.steps + 1), view.unit)
    errors = [gaps(view.problem, c.xs) for c in view.curves]
    log = has_log_gap(view.problem)
    goals = [goal for goal in view.goals if goal.what == ("f − f*" if log else "f")]
    y = _gap_axis(errors, log, [goal.bound for goal in goals])
    marks, columns = [], 0
    if view.numbered:
        columns = math.ceil(len(view.problem.seed) * LETTER / (HIGHEST - LOWEST))
    for goal in goals:
        by = goal.work(view.problem, view.unit, float(work[-1]))
        gate = [[0, goal.bound], [by, goal.bound], [by, y.low]]
        marks.append(Mark("line", gate, "text", 2, dash=(1, 2)))
    for curve, error in zip(view.curves, errors, strict=True):
        shown = error.clip(y.low / BEYOND, y.high * BEYOND) if log else error
        lower, middle, upper = quantiles(shown, log)
        if error.shape[1] > 1:
            marks.append(band(work, lower, upper, curve.color))
        if view.numbered:
            marks += _numbered(work, shown, y, view.problem.seed, columns)
        line = np.c_[work, middle]
        marks.append(Mark("line", line, curve.color, dash=curve.dash, label=curve.name))
        marks += _lost_mark(line, y, curve.color)
        if view.stepping:
            marks.append(Mark("dots", line[view.k : view.k + 1], curve.color, size=6))
    end = (float(work[-1]) or 1.0) * (1 + ROOM * columns)
    x = Axis(UNITS[view.unit].label, 0.0, end, whole=view.unit != "epochs")
    return Panel("f(xₖ) − f*", x, y, marks)


def fit_panel(view):
    """The data of a line fit y ≈ x₁ t + x₂ and the line at step k; the batch stands out."""
    t, y = view.problem.A[:, 0], view.problem.y
    across, up = Axis.over("t", t), Axis.over("y", y)
    ends = np.array([across.low, across.high])
    marks = [Mark("dots", np.c_[t, y], "text", size=3.5, opacity=0.45)]
    if view.problem.x_star is not None:
        marks.append(_fitted(ends, view.problem.x_star, OPTIMUM, 2, (4, 3)))
    for curve in view.curves:
        x = curve.xs[view.k].reshape(-1, 2)[0]
        marks.append(_fitted(ends, x, curve.color, 3, curve.dash))
    batch = view.batch()
    if batch is not None:
        marks.append(Mark("rings", np.c_[t[batch], y[batch]], BATCH, 3, size=8))
    return Panel("y ≈ x₁t + x₂", across, up, marks)


def is_line_fit(problem):
    """Has the problem the data that `fit_panel` draws: least squares with rows (t, 1)?"""
    A = getattr(problem, "A", None)
    return (
        A is not None and problem.d == 2 and hasattr(problem, "minimizer") and (A[:, 1] == 1).all()
    )


def watch_panel(view):
    """An inner vector of each method against k, coordinate by coordinate; medians of many runs.

    A method looks as in the other panels, and its coordinates differ in width; of a single method
    each coordinate has a look of its own.
    """
    log = is_size(view.watch)
    marks, shown, several = [], [], len(view.curves) > 1
    k = np.arange(view.steps + 1)
    for curve, values in zip(view.curves, view.inner, strict=True):
        if values is None:
            continue
        values = np.where(np.isfinite(values), values, np.nan)
        values = values.reshape(len(k), -1, values.shape[-1])[..., :COORDINATES_SHOWN]
        middle = np.median(values, axis=1)
        middle = np.where(middle > 0, middle, np.nan) if log else middle
        shown.append(middle.ravel())
        for j, line in enumerate(middle.T):
            label = f"{curve.name}: j = {j + 1}" if several else f"j = {j + 1}"
            color, dash = (curve.color, curve.dash) if several else style(j)
            width = COORDINATE_WIDTHS[j] if several else Mark.width
            marks.append(Mark("line", np.c_[k, line], color, width, dash=dash, label=label))
            if view.stepping:
                marks.append(Mark("dots", [[view.k, line[view.k]]], color, size=6))
    x = Axis("k", 0.0, float(k[-1]) or 1.0, whole=True)
    return Panel(view.watch, x, _watch_axis(view.watch, shown, log), marks)


PANELS = {"path": path_panel, "gap": gap_panel, "fit": fit_panel, "watch": watch_panel}


def _watch_axis(name, shown, log):
    shown = [line[np.isfinite(line)] for line in shown if np.isfinite(line).any()]
    if not shown:
        return Axis(name, 0.1, 10.0, True) if log else Axis(name, -1.0, 1.0)
    if not log:
        return Axis.over(name, *shown)
    tops = [line.max() for line in shown]
    high = min(max(tops), 1e4 * min(tops))  # one method may diverge: the others stay in sight
    low = max(min(line.min() for line in shown), high * 1e-12)
    return Axis.over(name, [low / SLACK, high * SLACK], log=True)


def _fitted(ends, x, color, width, dash):
    return Mark("line", np.c_[ends, x[0] * ends + x[1]], color, width, dash=dash)


def _frame(axes):
    low, high = ([getattr(axis, end) for axis in axes] for end in ("low", "high"))
    return np.array(low), np.array(high)


def _within_reach(line, axes):
    """The path up to a hundred frames away, where it is cut: a canvas draws no astronomy."""
    low, high = _frame(axes)
    reach = 100 * (high - low)
    far = ((line < low - reach) | (line > high + reach)).any(-1)
    if not far.any() or far[0]:
        return line[:1] if far[0] else line
    first = far.argmax()
    return np.append(
        line[:first], [_crossing(line[first - 1 : first + 1], low - reach, high + reach)], 0
    )


def _crossing(segment, low, high):
    """Where a segment from inside to outside crosses the frame."""
    a, move = segment[0], segment[1] - segment[0]
    to_edge = np.where(move > 0, high - a, low - a)
    share = np.divide(to_edge, move, out=np.full(2, np.inf), where=move != 0)
    return a + share.min() * move


def _end_marks(runs, lines, color, axes):
    """A dot at each last point; a cross where a path left the frame or stopped being finite."""
    low, high = _frame(axes)
    dots, crosses = [], []
    for run, line in zip(runs, lines, strict=False):
        outside = ((line < low) | (line > high)).any(-1)
        if outside[0]:
            crosses.append(line[0].clip(low, high))
        elif len(line) < len(run) or outside[-1]:
            first = outside.argmax()
            crosses.append(_crossing(line[first - 1 : first + 1], low, high) if first else line[-1])
        if not outside[-1]:
            dots.append(line[-1])
    size, cross = (3, {"width": 2, "size": 5}) if len(runs) > 1 else (6, {"width": 3, "size": 9})
    marks = [Mark("crosses", np.array(crosses), color, **cross)] if crosses else []
    return [*marks, Mark("dots", np.array(dots), color, size=size)] if dots else marks


def _lost_mark(line, y, color):
    """A cross where a curve leaves its frame at the top and does not come back."""
    inside = np.flatnonzero(line[:, 1] <= y.high)
    k = inside[-1] + 1 if inside.size else 0
    if k == len(line):
        return []
    x = line[k, 0]
    if k and np.isfinite(line[k, 1]):
        along = np.log if y.log else np.asarray
        x = np.interp(along(y.high), along(line[k - 1 : k + 1, 1]), line[k - 1 : k + 1, 0])
    return [Mark("crosses", [[x, y.high]], color, 3, size=9)]


def _step_marks(view):
    """The step that follows: the move made (thick), and −g where it points elsewhere (thin)."""
    if not view.stepping or view.curves[0].xs.ndim != 2:
        return []
    marks = []
    for curve in view.curves:
        x, following = curve.xs[view.k], curve.xs[view.k + 1]
        if not np.isfinite([x, following]).all():
            continue
        move, g = following - x, view.gradient(x)
        length, norm = np.linalg.norm(move), np.linalg.norm(g)
        if norm > 0 and move @ -g < 0.999 * length * norm:
            marks.append(Mark("arrow", [x, x - g * length / norm], "text", 1.5))
        marks.append(Mark("arrow", [x, following], MOVE, 3))
    return marks


def _batch_marks(view):
    """The drawn batch's own loss: its level line through x_k and its minimizer nearest to x_k.

    This star stands in a ring, as the batch's points do: it is told from x* without its colour.
    """
    batch = view.batch()
    if batch is None or view.curves[0].xs.ndim != 2:
        return []
    x = view.curves[0].xs[view.k]
    u, v = (np.linspace(*side, 80) for side in view.problem.domain)
    grid = np.stack(np.meshgrid(u, v), axis=-1)
    z = np.ma.masked_invalid(view.problem.f_batch(grid, batch[:, None, None]))
    level = float(view.problem.f_batch(x, batch))
    marks = []
    if np.isfinite(level):
        for line in contour_generator(u, v, z).lines(level):
            marks.append(Mark("line", line, BATCH, 2.5, dash=(3, 2)))
    if hasattr(view.problem, "minimizer"):
        place = view.problem.minimizer(batch, x)[None]
        marks.append(Mark("stars", place, BATCH, size=10))
        marks.append(Mark("rings", place, BATCH, 2, size=13))
    return marks


def _numbered(work, errors, y, seeds, columns):
    """Each run's own curve, thin, and its seed at its end; seeds that would touch stand apart."""
    heights = apart(share_of(errors[-1], y), columns)
    column = heights.argsort().argsort() % columns  # neighbours stand in different ones
    at = (float(work[-1]) or 1.0) * (1 + ROOM * (1 / 8 + column))
    marks = []
    for i, (seed, error) in enumerate(zip(seeds, errors.T, strict=True)):
        color = COLORS[i % len(COLORS)]
        marks.append(Mark("line", np.c_[work, error], color, 1, dash=(2, 1), opacity=0.6))
        marks.append(Mark("name", [[at[i], value_at(heights[i], y)]], color, label=f"{seed}"))
    return marks


def apart(heights, columns):
    """The heights 0..1 of letters in columns, moved up and down so that each can be read."""
    heights = np.nan_to_num(heights, nan=1.0).clip(LOWEST, HIGHEST)
    order, step = heights.argsort(kind="stable"), LETTER / columns
    ladder = step * np.arange(len(heights))
    above = heights[order] - ladder
    up, down = np.maximum.accumulate(above), np.minimum.accumulate(above[::-1])[::-1]
    moved = ((up + down) / 2).clip(LOWEST, HIGHEST - ladder[-1]) + ladder
    return moved[order.argsort()]


def _gap_axis(errors, log, bounds):
    """A log axis follows the curves some decades down and few up, a linear one as far above the
    start as they fall below it; the bounds of goals stand on both."""
    start = max(float(np.median(e[0])) for e in errors)
    values = np.concatenate([quantiles(e, log).ravel() for e in errors])
    values = values[np.isfinite(values)]
    if log:
        start = start if 0 < start < np.inf else 1.0
        values = values.clip(start * 10.0**-DECADES_DOWN, start * 10.0**DECADES_UP)
        values = np.append(values, bounds)
        return Axis.over("f(xₖ) − f*", values / SLACK, values * SLACK, log=True)
    if np.isfinite(start):
        values = values.clip(max=start + abs(start - values.min(initial=start)) + 1.0)
    return Axis.over("f(xₖ)", np.append(values, bounds))
