"""`explore`: a figure that answers while the slider moves.

The method's signature becomes the sliders, `run` computes the trajectories, `panels` says what to
show, `scene` describes it, `canvas` carries it to the browser. Callbacks may run beside the main
thread (JupyterLab's comm subshells), so nothing here touches pyplot and one lock guards a figure.
"""

import base64
import html
import threading

import ipywidgets as widgets
import numpy as np

from course_lib.arrays import to_numpy
from course_lib.explorer import scene
from course_lib.explorer.canvas import Canvas
from course_lib.explorer.knobs import Knob, Linear, PowersOfTwo
from course_lib.explorer.panels import PANELS, Curve, View
from course_lib.loop import hyperparameters, run
from course_lib.plot import COLORS, DASHES
from course_lib.problems import Minibatch, evaluations, gap

#: Step schedules by their formula: from α to what `run` takes.
SCHEDULES = {
    "α": lambda alpha: alpha,
    "α/√k": lambda alpha: lambda k: alpha / k**0.5,
    "α/k": lambda alpha: lambda k: alpha / k,
}
UNITS = [("k", "k"), ("epochs", "epochs"), ("∇fᵢ", "grads")]


def explore(methods, problem, x0, *, steps=200, panels=None, unit="k", seeds=1, **hyper):
    """A live figure of one or several methods on a problem.

    methods: a method of `course_lib.methods`, or a list of them. problem: a problem with
    `domain` for a path (d = 2); a minibatch problem also gets B, seed and replacement.
    x0: start, shape (d,); a click on the contours moves it. steps: iterations K.
    panels: names out of "path", "gap", "fit" (data of a line fit); default: what the problem has.
    unit: the gap's x axis, "k", "epochs" or "grads". seeds: runs with consecutive seeds, drawn as
    a cloud and a band. hyper: values at the start, `alpha=0.1`, or for several methods by name,
    `alpha={"gd": 0.1, "adam": 0.01}`; α is each method's own, other names are shared.

    Returns the widget; `.value("alpha")` reads a control.
    """
    methods = list(methods) if isinstance(methods, (list, tuple)) else [methods]
    return Explorer(methods, problem, x0, steps, panels, unit, seeds, hyper)


class Explorer(widgets.VBox):
    """The figure, its controls, and the error line under it. Made by `explore`."""

    def __init__(self, methods, problem, x0, steps, panels, unit, seeds, hyper):
        self.methods, self.problem, self.seeds = methods, problem, seeds
        self.x0 = self._start = np.array(x0, dtype=float)
        drawable = problem.d == 2 and problem.domain is not None
        self.panel_names = panels or (["path"] if drawable else []) + ["gap"]
        for name in self.panel_names:
            if name not in PANELS:
                raise ValueError(f"panels: expected names out of {', '.join(PANELS)}; got {name!r}")
        self._picture = scene.contour_picture(problem) if "path" in self.panel_names else b""
        self._lock = threading.RLock()
        self.knobs = self._make_knobs(hyper, steps)
        self._make_switches(unit)
        self.canvas = Canvas()
        self.message = widgets.HTML()
        self._trajectories()  # a wrong argument of `explore` is an error here, not a message
        super().__init__([self._control_rows(), self.canvas, self.message])
        self._listen()
        self._update()

    # --- controls -------------------------------------------------------------------------

    def _make_knobs(self, hyper, steps):
        knobs = {}
        names = {name for m in self.methods for name in hyperparameters(m)}
        if unknown := set(hyper) - names:
            raise ValueError(f"{min(unknown)}: expected one of {', '.join(sorted(names))}")
        for method in self.methods:
            for name, default in hyperparameters(method).items():
                given = hyper.get(name, default)
                own = name == "alpha" and len(self.methods) > 1
                value = given.get(method.__name__, default) if isinstance(given, dict) else given
                key = f"{name}:{method.__name__}" if own else name
                label = f"α {method.__name__}" if own else None
                knobs.setdefault(key, Knob(name, value, label=label))
        if isinstance(self.problem, Minibatch):
            seed = int(np.ravel(self.problem.seed)[0])
            knobs["batch"] = Knob("batch", self.problem.batch, PowersOfTwo(self.problem.n))
            knobs["seed"] = Knob("seed", seed)
        knobs["steps"] = Knob("steps", steps, Linear(1, max(1000, steps)))
        return knobs

    def _make_switches(self, unit):
        narrow = widgets.Layout(width="110px")
        stochastic = isinstance(self.problem, Minibatch)
        self.schedule = widgets.Dropdown(options=list(SCHEDULES), tooltip="α_k", layout=narrow)
        self.unit = widgets.Dropdown(options=UNITS, value=unit, tooltip="x axis", layout=narrow)
        self.replace = widgets.Checkbox(
            value=stochastic and self.problem.replace, description="replace", indent=False,
            tooltip="replace=True", layout=widgets.Layout(width="90px"),
        )  # fmt: skip
        small = widgets.Layout(width="44px")
        self.sample = widgets.Button(icon="random", tooltip="seed + 1", layout=small)
        self.reset = widgets.Button(icon="undo", tooltip="reset", layout=small)
        steps = self.knobs["steps"].value
        self.play = widgets.Play(min=0, max=steps, value=steps, interval=120, show_repeat=False)
        self.scrubber = widgets.IntSlider(
            min=0, max=steps, value=steps, description="k", tooltip="k",
            layout=widgets.Layout(width="340px"), style={"description_width": "20px"},
        )  # fmt: skip
        widgets.jslink((self.play, "value"), (self.scrubber, "value"))

    def _control_rows(self):
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        knobs = list(self.knobs.values())
        if any("alpha" in hyperparameters(m) for m in self.methods):
            knobs.insert(1, self.schedule)
        if isinstance(self.problem, Minibatch):
            knobs += [self.sample, self.replace]
        transport = [self.play, self.scrubber, self.unit, self.reset]
        return widgets.VBox([widgets.HBox(row, layout=wrap) for row in (knobs, transport)])

    def _listen(self):
        for knob in self.knobs.values():
            knob.observe(self._changed, "value")
        for switch in (self.schedule, self.unit, self.replace, self.scrubber):
            switch.observe(self._changed, "value")
        self.canvas.observe(self._pointed, "pointer")
        self.sample.on_click(lambda _: self._next_seed())
        self.reset.on_click(lambda _: self._reset())

    def value(self, name):
        """The current value of a control, by its name in the code ("alpha:gd" of several)."""
        return self.knobs[name].value

    def _changed(self, change):
        self._update(change)

    def _pointed(self, change):
        if change.new.get("panel") == "f(x)":
            with self._lock:
                self.x0 = np.array([change.new["x"], change.new["y"]])
            self._update(change)

    def _next_seed(self):
        self.knobs["seed"].value = (self.knobs["seed"].value + self.seeds) % 100

    def _reset(self):
        with self._lock:
            self.x0 = self._start
            for knob in self.knobs.values():
                knob.reset()
            self.schedule.value = "α"
        self._update()

    # --- from controls to picture ---------------------------------------------------------

    def _update(self, change=None):
        """Compute and show. Whatever goes wrong is said under the figure, with what caused it."""
        with self._lock:
            try:
                view = self._view()
                self.canvas.show([PANELS[name](view) for name in self.panel_names], self._alt(view))
                self.message.value = ""
            except Exception as error:
                name = getattr(change.owner, "name", change.name) if change else ""
                cause = f" ({name} = {change.new})" if change else ""
                text = html.escape(f"{type(error).__name__}: {error}{cause}")
                self.message.value = f'<div class="course-error" role="alert">{text}</div>'

    def _stochastic_problem(self):
        if not isinstance(self.problem, Minibatch):
            return self.problem
        seed, batch = self.knobs["seed"].value, self.knobs["batch"].value
        seeds = seed if self.seeds == 1 else range(seed, seed + self.seeds)
        return self.problem.problem.minibatch(batch, seeds, replace=self.replace.value)

    def _hyper(self, method):
        values = {}
        for name in hyperparameters(method):
            knob = self.knobs.get(f"{name}:{method.__name__}") or self.knobs[name]
            values[name] = knob.value
        if "alpha" in values and self.schedule.value != "α":
            values["alpha"] = SCHEDULES[self.schedule.value](values["alpha"])
        return values

    def _trajectories(self):
        problem, steps = self._stochastic_problem(), self.knobs["steps"].value
        return problem, [
            to_numpy(run(method, problem, self.x0, steps=steps, **self._hyper(method)))
            for method in self.methods
        ]

    def _view(self):
        problem, trajectories = self._trajectories()
        steps = self.knobs["steps"].value
        if self.scrubber.max != steps:
            whole = self.scrubber.value == self.scrubber.max
            self.play.max = self.scrubber.max = steps
            if whole:
                self.scrubber.value = steps
        batch = f", B = {problem.batch}" if isinstance(problem, Minibatch) else ""
        curves = [
            Curve(m.__name__ + batch, xs, COLORS[i % len(COLORS)], DASHES[i % len(DASHES)])
            for i, (m, xs) in enumerate(zip(self.methods, trajectories, strict=True))
        ]
        k = min(self.scrubber.value, steps)
        return View(problem, curves, k, self.unit.value, self._picture)

    def _alt(self, view):
        """The picture in numbers, for screen readers and for the static copy."""
        texts = []
        for method, curve in zip(self.methods, view.curves, strict=True):
            last = float(np.median(gap(view.problem, curve.xs[view.k])))
            knobs = [self.knobs.get(f"{n}:{method.__name__}") or self.knobs[n]
                     for n in hyperparameters(method)]  # fmt: skip
            values = ", ".join(f"{knob.name} = {knob.value:g}" for knob in knobs)
            texts.append(f"{curve.name}: {values}, k = {view.k}, f − f* = {last:.3g}")
        work = evaluations(view.problem, view.k, "grads")
        return "; ".join(texts) + f"; ∇fᵢ: {int(work)}"

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and a static picture with its text for readers without a kernel."""
        bundle = super()._repr_mimebundle_(**kwargs)
        with self._lock:
            view = self._view()
            picture = scene.static_picture([PANELS[name](view) for name in self.panel_names])
            alt = self._alt(view)
        bundle["image/png"] = base64.b64encode(picture).decode()
        bundle["text/plain"] = alt
        return bundle, {"image/png": {"alt": alt}}
