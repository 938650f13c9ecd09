"""What `explore` draws: the values of its controls as arguments of `run`, and pictures of it."""

import html
import re
from functools import partial

import numpy as np

from course_lib.arrays import to_numpy
from course_lib.figures.inner import watched
from course_lib.figures.panels import PANELS, Curve, View
from course_lib.letters import letter
from course_lib.loop import hyperparameters, run
from course_lib.methods import NAMES, gd
from course_lib.plot import gaps
from course_lib.problems import Minibatch, evaluations
from course_lib.schedules import cosine, inverse, inverse_root, linear, warm_up, wsd

#: Step schedules of α, K and a warm-up of W steps: what `run` takes, and the same as code.
SCHEDULES = {
    "α": (lambda alpha, K, W: alpha, "{alpha}"),
    "α/√k": (lambda alpha, K, W: partial(inverse_root, alpha), "lambda k: {alpha} / k**0.5"),
    "α/k": (lambda alpha, K, W: partial(inverse, alpha), "lambda k: {alpha} / k"),
    "α·(1−k/K)": (
        lambda alpha, K, W: partial(linear, alpha, steps=K),
        "lambda k: schedules.linear({alpha}, k, {K})",
    ),
    "cos": (
        lambda alpha, K, W: partial(cosine, alpha, steps=K),
        "lambda k: schedules.cosine({alpha}, k, {K})",
    ),
    "0↗ α": (
        lambda alpha, K, W: partial(warm_up, alpha, warm=W),
        "lambda k: schedules.warm_up({alpha}, k, {W})",
    ),
    "0↗ cos": (
        lambda alpha, K, W: partial(cosine, alpha, steps=K, warm=W),
        "lambda k: schedules.cosine({alpha}, k, {K}, {W})",
    ),
    "0↗ α ↘ 0": (
        lambda alpha, K, W: partial(wsd, alpha, steps=K, warm=W),
        "lambda k: schedules.wsd({alpha}, k, {K}, {W})",
    ),
}


class Trajectories:
    """Methods on problems, drawn: called with `values` it gives panels, words and a line of HTML.

    methods: {name: method}; problems: {name: problem}; seeds: as in `explore`; panels, pictures,
        written: of each problem the names of its panels, its contours as a PNG or b"", and its text
        in the call. goals: a list of `Goal`.

    `values` are those of `Controls`: {"problem": its index, "x0": (d,), "k": the step looked at or
    ∞, "steps": K, "alpha" or "alpha:adam", …, "schedule", "unit", "watch", "batch", "seed",
    "sampling"}.
    """

    def __init__(self, methods, problems, seeds, panels, pictures, written, goals=()):
        self.defaults = {name: hyperparameters(method) for name, method in methods.items()}
        self.methods = {name: function_of(method) for name, method in methods.items()}
        self.names, self.problems = list(problems), list(problems.values())
        self.seeds = _offsets(self.problems, seeds)
        self.panels, self.pictures, self.written = panels, pictures, written
        self.goals = goals

    def __call__(self, values):
        view = self.view(values)
        panels = [PANELS[name](view) for name in self.panels[values["problem"]]]
        return panels, self._alt(values, view), self._step_text(view)

    def view(self, values):
        """The arrays that the panels show."""
        curves, inner = [], []
        oracle, x0, steps = self.oracle(values), values["x0"], values["steps"]
        watching = "watch" in self.panels[values["problem"]]
        for i, (name, method) in enumerate(self.methods.items()):
            hyper, what = self.hyper(values, name), values["watch"]
            xs = to_numpy(run(method, oracle, x0, steps=steps, **hyper))
            curves.append(Curve(self.called(name, self.problem(values)), xs, i))
            if watching:
                inner.append(watched(method, oracle, x0, steps, hyper, what))
        picture, k = self.pictures[values["problem"]], min(values["k"], steps)
        seen = values["unit"], picture, values["watch"], inner
        return View(oracle, curves, k, *seen, self.goals)

    def reached(self, values):
        """[(goal in symbols, how far one comes with these values)]."""
        view, found = self.view(values), []
        named = dict(zip(self.methods, view.curves, strict=True))
        for goal in self.goals:
            curves = [named[goal.of]] if goal.of else view.curves
            text = goal.words(view.problem, curves[0].name if goal.of else "")
            found.append((text, min(goal.measured(view.problem, curve.xs) for curve in curves)))
        return found

    # --- what the values mean -------------------------------------------------------------

    def problem(self, values):
        """The problem chosen, as it was given."""
        return self.problems[values["problem"]]

    def oracle(self, values):
        """The problem to run: the chosen one, with the batch, seeds and replacement set."""
        problem = self.problem(values)
        if not isinstance(problem, Minibatch):
            return problem
        seeds = np.asarray(values["seed"] + self.seeds[values["problem"]])
        return Minibatch(problem.problem, values["batch"], seeds, values["sampling"])

    @property
    def sample_of(self):
        """The first problem with minibatches: its batch, seed, sampling are those at the start."""
        return next((p for p in self.problems if isinstance(p, Minibatch)), None)

    def called(self, name, problem):
        """What the slides call the method of this name on this problem: "GD", "Adam 2"."""
        method = self.methods[name]
        code = getattr(method, "__name__", "")
        if not re.fullmatch(rf"{re.escape(code)}( \d+)?", name):
            return name  # of one's own
        stochastic = method is gd and isinstance(problem, Minibatch)
        return ("SGD" if stochastic else NAMES.get(method, code)) + name.removeprefix(code)

    def numbers(self, values, name):
        """The hyperparameters of the method of this name as numbers."""
        return {
            parameter: values.get(f"{parameter}:{name}", values.get(parameter))
            for parameter in self.defaults[name]
        }

    def hyper(self, values, name):
        """The same as `run` takes them, the schedule applied to α."""
        numbers = self.numbers(values, name)
        if "alpha" in numbers:
            numbers["alpha"] = scheduled(values, numbers["alpha"])[0]
        return numbers

    # --- in words --------------------------------------------------------------------------

    def _alt(self, values, view):
        """The picture in numbers, for screen readers and for the static copy."""
        texts, what = [], "f" if view.problem.f_star is None else "f − f*"
        batch = f", batch = {values['batch']}" if isinstance(view.problem, Minibatch) else ""
        for name, curve in zip(self.methods, view.curves, strict=True):
            last = float(np.median(gaps(view.problem, curve.xs[view.k : view.k + 1])))
            numbers = self.numbers(values, name).items()
            numbers = ", ".join(f"{letter(n).symbol} = {v:g}" for n, v in numbers)
            texts.append(f"{curve.name}{batch}: {numbers}, k = {view.k}, {what} = {last:.3g}")
        work = int(evaluations(view.problem, view.k, "grads"))
        return "; ".join(texts) + f"; ∇fᵢ: {work}"

    def _step_text(self, view):
        """The step looked at, in numbers: x, g, the move and the batch drawn."""
        if not view.stepping or view.curves[0].xs.ndim != 2 or view.problem.d > 4:
            return ""
        parts = []
        for curve in view.curves:
            x, following = curve.xs[view.k], curve.xs[view.k + 1]
            vectors = {"x": x, "g": view.gradient(x), "Δx": following - x}
            text = ", ".join(f"{name} = {_vector(vector)}" for name, vector in vectors.items())
            parts.append(f"{curve.name}: {text}")
        batch = view.batch()
        parts += [f"i = {', '.join(map(str, batch[:16]))}"] if batch is not None else []
        return '<div class="course-step">' + "<br>".join(map(html.escape, parts)) + "</div>"


def scheduled(values, alpha):
    """The schedule chosen for this α, and its code; it warms up in a tenth of the steps."""
    K = max(1, values["steps"])
    made, code = SCHEDULES[values["schedule"]]
    return made(alpha, K, K // 10), code.format(alpha=alpha, K=K, W=K // 10)


def function_of(method):
    """The method itself where it is a `functools.partial` of one, some values set."""
    return method.func if isinstance(method, partial) else method


def _offsets(problems, seeds):
    """Of each problem: what is added to the seed in the knob, a number or an array of runs."""
    offsets = []
    for problem in problems:
        its = np.asarray(getattr(problem, "seed", 0))
        if its.ndim and seeds != 1:
            raise ValueError(f"seeds: the problem has its own, {its.tolist()}; got {seeds}")
        offsets.append(its - its.min() if its.ndim else 0 if seeds == 1 else np.arange(seeds))
    return offsets


def _vector(x):
    return "(" + ", ".join(f"{value:.4g}" for value in x) + ")"
