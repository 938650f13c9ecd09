"""`explore`: a figure that answers while the slider moves.

The method's signature becomes the `controls`, `run` computes the trajectories, `panels` says what
to show, `scene` describes it, `canvas` carries it to the browser, `figure` holds it together.
"""

import ast
import html
import inspect
from collections import Counter
from inspect import isgeneratorfunction, unwrap

import numpy as np

from course_lib.arguments import check_integer
from course_lib.arrays import to_numpy
from course_lib.figures import scene
from course_lib.figures.controls import Controls, function_of
from course_lib.figures.figure import LiveFigure
from course_lib.figures.inner import watched
from course_lib.figures.panels import PANELS, Curve, View, is_line_fit
from course_lib.figures.words import word
from course_lib.letters import letter
from course_lib.loop import run
from course_lib.plot import gaps
from course_lib.problems import Minibatch, evaluations
from course_lib.source import argument

BATCHED = ("minibatch", "reshuffle")  # methods of a finite sum that give a `Minibatch`


def explore(
    methods, problem, x0, *, steps=200, panels=None, unit="k", seeds=1, watch=None, **hyper
):
    """A live figure of one or several methods on a problem.

    methods: a method of `course_lib.methods` or one of your own, a list of them, or a dict {name:
        method}. One method may stand there twice: `[adam, adam]` are "adam" and "adam 2" in `hyper`
        and, as the slides write, Adam and Adam 2 in the legend.
        `functools.partial(adam, beta1=0)` is a method whose β₁ starts at 0.
    problem: a problem; with d = 2 and a `domain` its contours are shown. A minibatch problem also
        gets controls for batch, seed and replacement; its array of seeds are runs. A list of
        problems, of any kinds, or a dict {name: problem} gives a drop-down.
    x0: start, shape (d,); a click or a drag on the contours moves it. For several problems also
        one start each.
    steps: iterations K ≥ 0. seeds: runs with consecutive seeds, drawn as a cloud and a band.
    panels: names out of "path", "gap", "fit" (data of a line fit), "watch"; default: those that
        the problem has, and "watch" if `watch` is given.
    unit: the gap's x axis, "k", "epochs" or "grads".
    watch: what the panel "watch" shows first: the name of an inner vector of the method ("v_hat"),
        "|Δx|" or "α/√v̂", coordinate by coordinate.
    hyper: values at the start. With several methods `beta1={"adam": 0.9, "adam 2": 0.5}` gives
        each its own knob, `beta1=0.9` one for all; what is not given is shared where the methods'
        defaults agree, and α never is.

    Returns the widget. Raises ValueError that names the argument.

    >>> from course_lib import adam, quadratic
    >>> two = explore([adam, adam], quadratic(), [1, 1], steps=9, beta1={"adam 2": 0})
    >>> [name for name in two.controls.knobs if name.startswith("beta")]
    ['beta1:adam', 'beta2', 'beta1:adam 2']
    """
    given, methods = (
        methods,
        _named(methods, lambda method, _: getattr(function_of(method), "__name__", "")),
    )
    if not methods or not all(map(_is_method, methods.values())):
        raise ValueError(f"methods: expected a method or a list of methods; got {given!r}")
    problems = _named(problem, lambda problem, i: getattr(problem, "name", f"f{i}"))
    if not problems:
        raise ValueError(f"problem: expected a problem or a list of problems; got {problem!r}")
    for one in problems.values():
        _check_problem(one)
    seeds, steps = check_integer("seeds", seeds, 1), check_integer("steps", steps, 0)
    starts = _starts(x0, list(problems.values()))
    figure = Explorer(methods, problems, starts, steps, panels, unit, seeds, watch, hyper)
    figure.written = _written(argument(inspect.currentframe().f_back, 1, "problem"), problem)
    return figure


def _named(given, name):
    """{name: thing} of one thing, a list or a dict of them; a name that comes again is numbered."""
    if isinstance(given, dict):
        return {str(key): thing for key, thing in given.items()}
    named, times = {}, Counter()
    for i, thing in enumerate(given if isinstance(given, (list, tuple)) else [given], 1):
        its = name(thing, i)
        times[its] += 1
        named[f"{its} {times[its]}" if times[its] > 1 else its] = thing
    return named


def _is_method(method):
    """A generator function, or what `functools` makes of one."""
    return callable(method) and isgeneratorfunction(unwrap(function_of(method)))


def _check_problem(problem):
    needed = ["f", "grad", "d", "n", "cost", "f_star"]
    needed += ["domain", "x_star"] if getattr(problem, "d", None) == 2 else []
    missing = [name for name in needed if not hasattr(problem, name)]
    if missing or isinstance(problem, type):
        raise ValueError(
            f"problem: expected {', '.join(needed)}, as `Function` has; got {problem!r}"
            f" without {', '.join(missing) or 'arguments'}"
        )


def _starts(x0, problems):
    """The start of each problem, (d,) floats."""
    one_each = isinstance(x0, (list, tuple, np.ndarray)) and len(x0) and np.ndim(x0[0])
    starts = list(x0) if one_each else [x0] * len(problems)
    if len(starts) != len(problems):
        raise ValueError(f"x0: expected {len(problems)} starts, one each; got {len(starts)}")
    return [_start(x, problem) for x, problem in zip(starts, problems, strict=True)]


def _start(x0, problem):
    try:
        start = np.array(to_numpy(x0)).astype(float, casting="safe")
    except (TypeError, ValueError):
        start = np.full(1, np.nan)
    if start.shape != (problem.d,) or not np.isfinite(start).all():
        raise ValueError(f"x0: expected {problem.d} finite numbers; got {x0!r}")
    return start


class Explorer(LiveFigure):
    """Methods on a problem: the controls, the curves, the step looked at. Made by `explore`."""

    written = ()  # what stands for each problem in the call of `explore`

    def __init__(self, methods, problems, starts, steps, panels, unit, seeds, watch, hyper):
        self.starts, self.x0 = starts, starts[0]
        self._panels = [_panels(panels, watch, p) for p in problems.values()]
        self._pictures = [
            scene.contour_picture(p) if "path" in names else b""
            for p, names in zip(problems.values(), self._panels, strict=True)
        ]
        watching = (watch or "|Δx|") if "watch" in self._panels[0] else None
        self.controls = Controls(methods, problems, steps, seeds, unit, hyper, watching)
        super().__init__(self.controls.rows, self.controls.all)
        self.controls.reset.on_click(self.start_over)
        self.controls.copy.observe(self._copy, "value")
        self.canvas.observe(self._copied, "copied")
        self.canvas.observe(self._pointed, "pointer")

    def _turned(self, change):
        """Another problem begins at its own start."""
        with self._lock:
            if change.owner is self.controls.choice and not self._silent:
                self.x0 = self.starts[change.new]
            super()._turned(change)

    def _pointed(self, change):
        """The start moves to the pointer, no more digits than there are pixels."""
        if change.new.get("panel") == "f(x)":
            with self._lock:
                sides = np.diff(self.controls.problem.domain)
                digits = 3 - int(np.floor(np.log10(sides.min())))
                self.x0 = np.round([change.new["x"], change.new["y"]], digits)
                self.update()

    def _state(self):
        return {**super()._state(), "x0": self.x0}

    def _restore(self, state):
        super()._restore(state)
        with self.silence():
            self.controls.follow_steps()
            self.controls.scrubber.value = state[self.controls.scrubber]
            self.x0 = state["x0"]

    def update(self, change=None):
        super().update(change)
        with self._lock:
            self._show_code()

    def _copy(self, change):
        """The code of this state: into the clipboard, by the browser, and under the picture."""
        with self._lock:
            self.canvas.clipboard = self._code() if change.new else ""
            self._show_code()

    def _code(self):
        """Lines that can be run in the notebook: they begin with the problem as it stands there."""
        methods = self.controls.methods.values()
        names = {m.__name__ for m in methods if m.__module__.startswith("course_lib.")}
        lines = [f"from course_lib import {', '.join([*sorted(names), 'plot', 'run'])}"]
        if self.written:
            text, problem = self.written[self.controls.choice.value], self.controls.problem
            text = _without_batches(text, problem) if isinstance(problem, Minibatch) else text
            lines.append(f"problem = {text}")
        return "\n".join([*lines, self.controls.code(self.x0)])

    def _show_code(self):
        code = self._code() if self.controls.copy.value else ""
        self.code.value = f'<pre class="course-code">{html.escape(code)}</pre>' if code else ""
        self._copied()

    def _copied(self, _=None):
        """A tick on the button while the clipboard holds what is shown."""
        held = self.canvas.copied and self.canvas.copied == self._code()
        self.controls.copy.icon = "check" if held else "code"
        self.controls.copy.tooltip = word("copied" if held else "copy")

    def _draw(self):
        with self.silence():
            self.controls.follow_steps()
            self.controls.follow_problem()
        view = self._view()
        panels = [PANELS[name](view) for name in self._panels[self.controls.choice.value]]
        return panels, self._alt(view), self._step_text(view)

    def _view(self):
        controls, curves, inner = self.controls, [], []
        problem, steps = controls.oracle(), controls.knobs["steps"].value
        batch = f", batch = {problem.batch}" if isinstance(problem, Minibatch) else ""
        watching = "watch" in self._panels[controls.choice.value]
        for i, (name, method) in enumerate(controls.methods.items()):
            hyper, what = controls.hyper(name), controls.watch.value
            xs = to_numpy(run(method, problem, self.x0, steps=steps, **hyper))
            curves.append(Curve(controls.called(name) + batch, xs, i))
            if watching:
                inner.append(watched(method, problem, self.x0, steps, hyper, what))
        picture = self._pictures[controls.choice.value]
        k = min(controls.scrubber.value, steps)
        return View(problem, curves, k, controls.unit.value, picture, controls.watch.value, inner)

    def _alt(self, view):
        """The picture in numbers, for screen readers and for the static copy."""
        texts, what = [], "f" if view.problem.f_star is None else "f − f*"
        for name, curve in zip(self.controls.methods, view.curves, strict=True):
            last = float(np.median(gaps(view.problem, curve.xs[view.k : view.k + 1])))
            values = self.controls.values(name).items()
            values = ", ".join(f"{letter(n).symbol} = {v:g}" for n, v in values)
            texts.append(f"{curve.name}: {values}, k = {view.k}, {what} = {last:.3g}")
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


def _written(text, given):
    """Each problem as code, out of the text of what `explore` was given; nothing without one."""
    if not text:
        return []
    node = ast.parse(text, mode="eval").body
    if isinstance(given, (dict, list, tuple)):
        keys = list(given) if isinstance(given, dict) else range(len(given))
        nodes = getattr(node, "values" if isinstance(node, ast.Dict) else "elts", [])
        texts = [ast.unparse(one) for one in nodes]
        return texts if len(texts) == len(keys) else [f"{text}[{key!r}]" for key in keys]
    return [ast.unparse(node)]


def _without_batches(text, problem):
    """The code of the finite sum in a minibatch problem."""
    node = ast.parse(text, mode="eval").body
    drawn = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in BATCHED
    return ast.unparse(node.func.value) if drawn else f"{text}.problem"


def _panels(asked, watch, problem):
    """The names of the panels of this problem: those asked for, or all that it has."""
    drawable = problem.d == 2 and problem.domain is not None
    default = [*(["path"] if drawable else []), "gap", *(["watch"] if watch else [])]
    names = default if asked is None else asked
    known = isinstance(names, (list, tuple)) and all(name in list(PANELS) for name in names)
    if not known or not names:
        raise ValueError(f"panels: expected a list out of {', '.join(PANELS)}; got {asked!r}")
    if "path" in names and not drawable:
        raise ValueError("panels: 'path' needs a problem of two variables with a domain")
    if "fit" in names and not is_line_fit(problem):
        raise ValueError("panels: 'fit' needs a line fit, least squares with rows (t, 1)")
    return names


def _vector(x):
    return "(" + ", ".join(f"{value:.4g}" for value in x) + ")"
