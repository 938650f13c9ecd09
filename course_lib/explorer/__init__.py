"""`explore`: a figure that answers while the slider moves.

The method's signature becomes the `controls`, `run` computes the trajectories, `panels` says what
to show, `scene` describes it, `canvas` carries it to the browser, `figure` holds it together.
`live` does the same for a picture of one's own.
"""

import ast
import html
import inspect
from inspect import isgeneratorfunction

import numpy as np

from course_lib.arrays import check_integer, to_numpy
from course_lib.explorer import scene
from course_lib.explorer.controls import Controls
from course_lib.explorer.figure import LiveFigure
from course_lib.explorer.live import live
from course_lib.explorer.panels import PANELS, Curve, View, is_line_fit
from course_lib.explorer.watch import watched
from course_lib.explorer.words import word
from course_lib.loop import run
from course_lib.plot import gaps
from course_lib.problems import Minibatch, evaluations
from course_lib.source import argument

BATCHED = ("minibatch", "reshuffle")  # methods of a finite sum that give a `Minibatch`

__all__ = ["Explorer", "explore", "live"]


def explore(
    methods, problem, x0, *, steps=200, panels=None, unit="k", seeds=1, watch=None, **hyper
):
    """A live figure of one or several methods on a problem.

    methods: a method of `course_lib.methods`, or a list of them.
    problem: a problem; with d = 2 and a `domain` its contours are shown. A minibatch problem also
        gets controls for batch, seed and replacement. A list of problems gives a drop-down.
    x0: start, shape (d,); a click or a drag on the contours moves it. For a list of problems also
        one start each.
    steps: iterations K ≥ 0. seeds: runs with consecutive seeds, drawn as a cloud and a band.
    panels: names out of "path", "gap", "fit" (data of a line fit), "watch"; default: those that
        the problem has, and "watch" if `watch` is given.
    unit: the gap's x axis, "k", "epochs" or "grads".
    watch: what the panel "watch" shows first: the name of an inner vector of the method ("v_hat"),
        "|Δx|" or "α/√v̂", coordinate by coordinate.
    hyper: values at the start. With several methods `alpha={"gd": 0.1, "adam": 0.01}` gives each
        its own α, `alpha=0.1` one for all; other names are shared.

    Returns the widget. Raises ValueError that names the argument.
    """
    methods = list(methods) if isinstance(methods, (list, tuple)) else [methods]
    if not methods or not all(isgeneratorfunction(method) for method in methods):
        raise ValueError(f"methods: expected a method or a list of methods; got {methods!r}")
    problems = list(problem) if isinstance(problem, (list, tuple)) else [problem]
    check_integer("seeds", seeds, 1)
    check_integer("steps", steps, 0)
    try:
        starts = np.array(x0, dtype=float)
    except ValueError:
        raise ValueError(f"x0: expected numbers; got {x0!r}") from None
    starts = starts if starts.ndim == 2 else np.stack([starts] * len(problems))
    if len(starts) != len(problems):
        raise ValueError(f"x0: expected {len(problems)} starts, one each; got {len(starts)}")
    figure = Explorer(methods, problems, starts, steps, panels, unit, seeds, watch, hyper)
    figure.written = argument(inspect.currentframe().f_back, 1, "problem")
    return figure


class Explorer(LiveFigure):
    """Methods on a problem: the controls, the curves, the step looked at. Made by `explore`."""

    written = ""  # what stands for the problem in the call of `explore`

    def __init__(self, methods, problems, starts, steps, panels, unit, seeds, watch, hyper):
        self.methods, self.problems, self.starts = methods, problems, starts
        self.x0 = starts[0]
        drawable = all(p.d == 2 and p.domain is not None for p in problems)
        default = [*(["path"] if drawable else []), "gap", *(["watch"] if watch else [])]
        self.panel_names = panels or default
        if isinstance(panels, str) or not set(self.panel_names) <= set(PANELS):
            raise ValueError(f"panels: expected a list out of {', '.join(PANELS)}; got {panels!r}")
        if "path" in self.panel_names and not drawable:
            raise ValueError("panels: 'path' needs a problem of two variables with a domain")
        if "fit" in self.panel_names and not all(map(is_line_fit, problems)):
            raise ValueError("panels: 'fit' needs a line fit, least squares with rows (t, 1)")
        watching = (watch or "|Δx|") if "watch" in self.panel_names else None
        self._pictures = [
            scene.contour_picture(p) if "path" in self.panel_names else b"" for p in problems
        ]
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
                sides = np.diff(self.problems[self.controls.choice.value].domain)
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
        methods = (getattr(method, "func", method) for method in self.controls.methods)
        names = {m.__name__ for m in methods if m.__module__.startswith("course_lib.")}
        lines = [f"from course_lib import {', '.join([*sorted(names), 'plot', 'run'])}"]
        if self.written:
            problem = self.problems[self.controls.choice.value]
            lines.append(f"problem = {_as_written(self.written, problem, self.controls.choice)}")
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
        view = self._view()
        panels = [PANELS[name](view) for name in self.panel_names]
        return panels, self._alt(view), self._step_text(view)

    def _view(self):
        controls, curves, inner = self.controls, [], []
        problem, steps = controls.oracle(), controls.knobs["steps"].value
        batch = f", B = {problem.batch}" if isinstance(problem, Minibatch) else ""
        for i, method in enumerate(self.methods):
            hyper, what = controls.hyper(method), controls.watch.value
            xs = to_numpy(run(method, problem, self.x0, steps=steps, **hyper))
            curves.append(Curve(method.__name__ + batch, xs, i))
            if "watch" in self.panel_names:
                inner.append(watched(method, problem, self.x0, steps, hyper, what))
        picture = self._pictures[controls.choice.value]
        k = min(controls.scrubber.value, steps)
        return View(problem, curves, k, controls.unit.value, picture, controls.watch.value, inner)

    def _alt(self, view):
        """The picture in numbers, for screen readers and for the static copy."""
        texts, what = [], "f" if view.problem.f_star is None else "f − f*"
        for method, curve in zip(self.methods, view.curves, strict=True):
            last = float(np.median(gaps(view.problem, curve.xs[view.k : view.k + 1])))
            values = ", ".join(f"{n} = {v:g}" for n, v in self.controls.values(method).items())
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


def _as_written(text, problem, choice):
    """The problem without its batches, as code: from the text of what `explore` was given."""
    node = ast.parse(text, mode="eval").body
    if len(choice.options) > 1:
        i, listed = choice.value, isinstance(node, (ast.List, ast.Tuple))
        node = node.elts[i] if listed else ast.parse(f"{text}[{i}]", mode="eval").body
    if not isinstance(problem, Minibatch):
        return ast.unparse(node)
    drawn = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in BATCHED
    return ast.unparse(node.func.value) if drawn else f"{ast.unparse(node)}.problem"


def _vector(x):
    return "(" + ", ".join(f"{value:.4g}" for value in x) + ")"
