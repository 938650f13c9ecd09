"""What `explore` draws: the values of its controls as arguments of `run`, and pictures of it."""

import re
from dataclasses import replace
from functools import partial

import numpy as np

from course_lib.after_adamw import NAMES
from course_lib.arrays import to_numpy
from course_lib.figures.inner import watched
from course_lib.figures.panels import PANELS, Curve, View
from course_lib.letters import letter
from course_lib.loop import hyperparameters, run
from course_lib.methods import gd
from course_lib.plot import gaps
from course_lib.problems import Minibatch, evaluations
from course_lib.schedules import cosine, inverse, inverse_root, linear, warm_up, wsd

#: Runs in a figure, those of a list that each have a curve and a number, and iterations.
MOST_SEEDS, MOST_NUMBERED, MOST_STEPS = 1000, 100, 100_000
#: What one picture may cost, for nobody can stop a callback; and together the pictures of a
#: control, for which nobody has asked. The unit is a number of a summand in a batch: the Python of
#: a step costs as much as STEP of them, and a number of x, which is kept and drawn, as NUMBER.
MOST_WORK, MOST_AHEAD = 2**28, 2**26
STEP, NUMBER = 2000, 16
#: Of the controls, those that say what is computed; the others say what of it is shown.
COMPUTED = ("problem", "x0", "steps", "schedule", "batch", "seed", "sampling")
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
    """Methods on problems, drawn: called with `values` it gives panels, words, lines of text and
    how far the goals are.

    methods: {name: method}; problems: {name: problem}; seeds: as in `explore`; panels, pictures,
        written: of each problem the names of its panels, its contours as a PNG or b"", and its text
        in the call. goals: a list of `Goal`; starts: of each problem the start (d,) from which they
        count.

    `values` are those of `Controls`: {"problem": its index, "x0": d numbers, "k": the step looked
    at or ∞, "steps": K, "alpha" or "alpha:adam", …, "schedule", "unit", "watch", "batch", "seed",
    "sampling"}; a seed is a number, from which the runs are counted, or a tuple, one for each run.
    """

    def __init__(self, methods, problems, seeds, panels, pictures, written, goals, starts):
        self.defaults = {name: hyperparameters(method) for name, method in methods.items()}
        self.methods = {name: function_of(method) for name, method in methods.items()}
        self.names, self.problems = list(problems), list(problems.values())
        self.listed = tuple(seeds) if isinstance(seeds, list) else ()
        self.seeds = _offsets(self.problems, seeds)
        self.panels, self.pictures, self.written = panels, pictures, written
        self.goals, self.starts = goals, [tuple(start.tolist()) for start in starts]
        self._last = {}

    def __call__(self, values):
        return self._drawn(values, self.view(values))

    def _drawn(self, values, view):
        panels = [PANELS[name](view) for name in self.panels[values["problem"]]]
        return panels, self._alt(values, view), self._step_text(view), self._reached(values, view)

    def view(self, values):
        """The arrays that the panels show.

        ValueError: they cost too much; the largest K is named, and what it stands beside.
        """
        self._check_work(values)
        oracle = self.oracle(values)
        runs, inner = (
            [self._kept(compute, values, oracle, method) for method in self.methods]
            for compute in (self._run, self._inner)
        )
        return self._seen(values, oracle, runs, inner)

    def _seen(self, values, oracle, runs, inner):
        """The same of what has been computed, for each method one of each."""
        steps, problem = values["steps"], self.problem(values)
        named = enumerate(zip(self.methods, runs, strict=True))
        curves = [Curve(self.called(name, problem), xs, i) for i, (name, xs) in named]
        picture, k = self.pictures[values["problem"]], min(values["k"], steps)
        seen = values["unit"], picture, values["watch"], inner
        listed = isinstance(oracle, Minibatch) and isinstance(values["seed"], tuple)
        numbered = listed and len(values["seed"]) <= MOST_NUMBERED
        return View(oracle, curves, k, *seen, self.goals, numbered)

    def _reached(self, values, view):
        """[(goal in symbols, how far the runs come, nan from another start; its bound)]."""
        named, found = dict(zip(self.methods, view.curves, strict=True)), []
        counts = values["x0"] == self.starts[values["problem"]]
        for goal in self.goals:
            curves = [named[goal.of]] if goal.of else view.curves
            text = goal.words(view.problem, curves[0].name if goal.of else "")
            far = min(goal.measured(view.problem, curve.xs) for curve in curves)
            found.append((text, far if counts else np.nan, goal.bound))
        return found

    def _kept(self, compute, values, oracle, name):
        """What `compute` gives for the method of this name. The last is kept: who looks at another
        k, or turns another method's knob, waits for no run."""
        watch = values["watch"] if compute == self._inner else None
        given = [self.numbers(values, name), watch, *map(values.get, COMPUTED)]
        before, made = self._last.get((compute, name), (None, None))
        if before != given:
            made = compute(values, oracle, name)
            self._last[compute, name] = given, made
        return made

    def _run(self, values, oracle, name):
        hyper, x0 = self.hyper(values, name), np.array(values["x0"])
        return to_numpy(run(self.methods[name], oracle, x0, steps=values["steps"], **hyper))

    def _inner(self, values, oracle, name):
        if "watch" not in self.panels[values["problem"]]:
            return None
        hyper, x0 = self.hyper(values, name), np.array(values["x0"])
        method, what = self.methods[name], values["watch"]
        return watched(method, oracle, x0, values["steps"], hyper, what)

    def sweep(self, name, every):
        """The pictures of several `values` that differ in the value `name` only, as many calls
        would give them, out of few runs; None where that cannot be.
        """
        first = every[0]
        longest = max(its["steps"] for its in every)
        if longest * self._work(first, len(every)) > MOST_AHEAD:
            return None
        if name == "k":
            view = self.view(first)
            views = [replace(view, k=min(its["k"], view.steps)) for its in every]
        elif name == "steps":
            views = self._beginnings(every)
        elif self._takes(name) or (name == "seed" and self._is_sampled(first)):
            views = self._side_by_side(name, every)
        else:
            return None
        return [self._drawn(its, view) for its, view in zip(every, views, strict=True)]

    def _side_by_side(self, name, every):
        """The values of a hyperparameter, or seeds, become runs, before those of seeds."""
        first, takes = every[0], self._takes(name) or list(self.methods)
        single = self.oracle(first)
        seeds = (1,) * len(getattr(single, "runs", ()))
        stacked = {**first, name: np.reshape([its[name] for its in every], (-1, *seeds))}
        together = self.oracle(stacked)

        def each(compute, method):
            """What a method gives for every value: the same where it does not take it."""
            if method not in takes:
                return [self._kept(compute, first, single, method)] * len(every)
            made = compute(stacked, together, method)
            return [None] * len(every) if made is None else np.moveaxis(made, 1, 0)

        runs, inner = (
            zip(*[each(compute, method) for method in self.methods], strict=True)
            for compute in (self._run, self._inner)
        )
        for its, its_runs, its_inner in zip(every, runs, inner, strict=True):
            yield self._seen(its, self.oracle(its), its_runs, its_inner)

    def _beginnings(self, every):
        """A shorter run is the beginning of the longest, unless its steps depend on K."""
        ordered = sorted([*every, every[0]], key=lambda its: its["steps"])
        long, check = self.view(ordered[-1]), self.view(ordered[len(ordered) // 2])
        same = all(
            np.array_equal(one.xs[: len(other.xs)], other.xs, equal_nan=True)
            for one, other in zip(long.curves, check.curves, strict=True)
        )
        for its in every:
            if not same:
                yield self.view(its)
                continue
            rows = slice(its["steps"] + 1)
            curves = [replace(curve, xs=curve.xs[rows]) for curve in long.curves]
            inner = [values if values is None else values[rows] for values in long.inner]
            yield replace(long, curves=curves, inner=inner, k=min(its["k"], its["steps"]))

    def _takes(self, key):
        """The names of the methods to which this value goes."""
        return [m for m, its in self.defaults.items() if key in {*its, *(f"{p}:{m}" for p in its)}]

    def most_steps(self, values):
        """The largest K that may be drawn with the other values: `MOST_STEPS`, or `MOST_WORK`."""
        return min(MOST_STEPS, MOST_WORK // self._work(values))

    def _check_work(self, values):
        if values["steps"] > (most := self.most_steps(values)):
            beside = f"d = {self.problem(values).d}"
            if self._is_sampled(values):
                beside = f"B = {values['batch']}, # seed = {self._runs(values)}, {beside}"
            raise ValueError(f"steps: expected K ≤ {most} ({beside}); got {values['steps']}")

    def _work(self, values, together=1):
        """What an iteration of all methods costs, in the units of `MOST_WORK`."""
        numbers = together * self._runs(values) * self.problem(values).d
        batch = values["batch"] if self._is_sampled(values) else 0
        passes = 2 if "watch" in self.panels[values["problem"]] else 1
        return len(self.methods) * passes * (STEP + numbers * (NUMBER + batch))

    # --- what the values mean -------------------------------------------------------------

    def problem(self, values):
        """The problem chosen, as it was given."""
        return self.problems[values["problem"]]

    def oracle(self, values):
        """The problem to run: the chosen one, with the batch, seeds and replacement set."""
        problem = self.problem(values)
        if not self._is_sampled(values):
            return problem
        seed, offsets = values["seed"], self.seeds[values["problem"]]
        seeds = seed if isinstance(seed, tuple) else np.asarray(seed + offsets, object).tolist()
        return Minibatch(problem.problem, values["batch"], seeds, values["sampling"])

    def _runs(self, values):
        """How many runs each method has."""
        if not self._is_sampled(values):
            return 1
        seed = values["seed"]
        return len(seed) if isinstance(seed, tuple) else self.seeds[values["problem"]].size

    def _is_sampled(self, values):
        return isinstance(self.problem(values), Minibatch)

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
        return "\n".join(parts)


def scheduled(values, alpha):
    """The schedule chosen for this α, and its code; it warms up in a tenth of the steps."""
    K = max(1, values["steps"])
    made, code = SCHEDULES[values["schedule"]]
    return made(alpha, K, K // 10), code.format(alpha=alpha, K=K, W=K // 10)


def function_of(method):
    """The method itself where it is a `functools.partial` of one, some values set."""
    return method.func if isinstance(method, partial) else method


def _offsets(problems, seeds):
    """Of each problem: what is added to the seed in the knob, an array (*runs); a seed may have
    more than 64 bits."""
    offsets = []
    for problem in problems:
        its = np.asarray(getattr(problem, "seed", 0))
        count = its.size if its.ndim else len(seeds) if isinstance(seeds, list) else seeds
        if count > MOST_SEEDS:
            raise ValueError(f"seeds: expected at most {MOST_SEEDS} runs; got {count}")
        if its.ndim and seeds != 1:
            raise ValueError(f"seeds: the problem has its own, {its.tolist()}; got {seeds}")
        if its.ndim:
            offsets.append((its - its.min()).astype(object))
        else:
            offsets.append(np.array(0 if count == 1 else range(count), object))
    return offsets


def _vector(x):
    return "(" + ", ".join(f"{value:.4g}" for value in x) + ")"
