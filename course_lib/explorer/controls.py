"""The controls of an explorer: made from the methods' signatures and the problem, read back as the
arguments of `run`."""

import math
from numbers import Real

import ipywidgets as widgets
import numpy as np

from course_lib.explorer.knobs import Knob, Linear, PowersOfTwo, align, dropdown
from course_lib.explorer.watch import choices
from course_lib.explorer.words import word
from course_lib.loop import hyperparameters
from course_lib.problems import DRAWS, Minibatch

#: Step schedules by their formula: what `run` takes, and the same as code.
SCHEDULES = {
    "α": (lambda alpha: alpha, "{alpha}"),
    "α/√k": (lambda alpha: lambda k: alpha / k**0.5, "lambda k: {alpha} / k**0.5"),
    "α/k": (lambda alpha: lambda k: alpha / k, "lambda k: {alpha} / k"),
}
#: A slip of the finger must not fill the memory: nobody could stop the callback.
MOST = {"steps": 100_000, "batch": 100_000}
UNITS = [("k", "k"), ("epochs", "epochs"), ("∇fᵢ", "grads")]


class Controls:
    """Knobs and switches by name, laid out as rows in `rows`.

    methods: list of methods; problems: list, the first is shown first; steps, seeds, unit, hyper:
    as in `explore`. A dict for `alpha` gives every method its own α, a number is shared by all,
    and without either each method has its own default.
    """

    def __init__(self, methods, problems, steps, seeds, unit, hyper, watching):
        self.methods, self.problems, self.seeds = methods, problems, seeds
        self._make_switches(steps, unit, watching)
        self.knobs = self._make_knobs(hyper, steps)
        self.rows = self._lay_out(watching)

    def _make_knobs(self, hyper, steps):
        knobs = {}
        known = {name for method in self.methods for name in hyperparameters(method)}
        if unknown := set(hyper) - known:
            raise ValueError(f"{min(unknown)}: expected one of {', '.join(sorted(known))}")
        given = hyper.get("alpha")
        own_alpha = len(self.methods) > 1 and (given is None or isinstance(given, dict))
        names = [method.__name__ for method in self.methods]
        if isinstance(given, dict) and (unknown := set(given) - set(names)):
            raise ValueError(
                f"alpha: expected a value for {', '.join(names)}; got {min(unknown)!r}"
            )
        for method in self.methods:
            for name, default in hyperparameters(method).items():
                value = hyper.get(name, default)
                value = value.get(method.__name__, default) if isinstance(value, dict) else value
                if not isinstance(value, Real) or isinstance(value, bool):
                    raise ValueError(f"{name}: expected a number; got {value!r}")
                if name == "alpha" and own_alpha:
                    label = f"α {method.__name__}"
                    knobs[f"alpha:{method.__name__}"] = Knob(name, value, label=label)
                else:
                    knobs.setdefault(name, Knob(name, value))
        if isinstance(self.problem_at_start, Minibatch):
            batch, n = self.problem_at_start.batch, max(p.n for p in self.problems)
            knobs["batch"] = Knob("batch", batch, PowersOfTwo(n), limits=self._batches)
            seed = int(np.ravel(self.problem_at_start.seed)[0])
            knobs["seed"] = Knob("seed", seed, limits=lambda: (0, None))
        scale = Linear(1, max(1000, steps))
        knobs["steps"] = Knob("steps", steps, scale, limits=lambda: (0, MOST["steps"]))
        align(knobs.values())
        return knobs

    def _make_switches(self, steps, unit, watching):
        labels = [getattr(p, "name", f"f{i}") for i, p in enumerate(self.problems, 1)]
        self.choice = dropdown("f", [(text, i) for i, text in enumerate(labels)], "problem")
        self.schedule = dropdown("αₖ", list(SCHEDULES), "schedule")
        if unit not in dict(UNITS).values():
            raise ValueError(f'unit: expected "k", "epochs" or "grads"; got {unit!r}')
        self.unit = dropdown("↔", UNITS, "unit", value=unit)
        names = choices(self.methods)
        if watching is not None and watching not in names:
            raise ValueError(f"watch: expected one of {', '.join(names)}; got {watching!r}")
        self.watch = dropdown("↕", names, "watch", value=watching or names[0])
        draw = getattr(self.problem_at_start, "draw", "replace=True")
        self.draw = dropdown("iₖ", list(DRAWS), "draw", value=draw)
        self.switches = {s.name: s for s in (self.schedule, self.unit, self.watch, self.draw)}
        button = widgets.Layout(width="44px")
        self.sample = widgets.Button(icon="random", tooltip=word("sample"), layout=button)
        self.sample.on_click(lambda _: self.next_sample())
        self.reset = widgets.Button(icon="undo", tooltip=word("reset"), layout=button)
        self.copy = widgets.ToggleButton(icon="code", tooltip=word("copy"), layout=button)
        self.play = widgets.Play(min=0, max=steps, value=steps, interval=120, show_repeat=False)
        self.scrubber = widgets.IntSlider(
            min=0, max=steps, value=steps, description="k", tooltip=word("k"),
            layout=widgets.Layout(width="340px"), style={"description_width": "20px"},
        )  # fmt: skip
        widgets.jslink((self.play, "value"), (self.scrubber, "value"))

    def _lay_out(self, watching):
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        first = [self.choice] if len(self.problems) > 1 else []
        for name, knob in self.knobs.items():
            first.append(knob)
            if name.startswith("alpha") and self.schedule not in first:
                first.append(self.schedule)
        if "batch" in self.knobs:
            first += [self.draw, self.sample]
        second = [self.play, self.scrubber, self.unit, *([self.watch] if watching else [])]
        second += [self.reset, self.copy]
        return [widgets.HBox(row, layout=wrap) for row in (first, second)]

    def _batches(self):
        """The least and the greatest batch that can be drawn."""
        n = math.inf if self.draw.value == "replace=True" else self.problems[self.choice.value].n
        return 1, min(n, MOST["batch"])

    @property
    def all(self):
        """Everything that a person can set, in an order in which it can be set anew."""
        return [self.choice, *self.switches.values(), *self.knobs.values(), self.scrubber]

    @property
    def problem_at_start(self):
        return self.problems[0]

    def next_sample(self):
        """Other random batches: the next seed, or the next block of seeds."""
        self.knobs["seed"].value = (self.knobs["seed"].value + self.seeds) % 100

    def follow_steps(self):
        """The scrubber ends where the run ends; a scrubber at the end stays at the end."""
        steps, whole = self.knobs["steps"].value, self.scrubber.value == self.scrubber.max
        if self.scrubber.max != steps:
            self.play.max = self.scrubber.max = steps
            self.scrubber.value = steps if whole else min(self.scrubber.value, steps)

    # --- what they say --------------------------------------------------------------------

    def oracle(self):
        """The problem to run: the chosen one, with the batch, seeds and replacement set."""
        problem = self.problems[self.choice.value]
        if not isinstance(problem, Minibatch):
            return problem
        seed, batch = self.knobs["seed"].value, self.knobs["batch"].value
        seeds = seed if self.seeds == 1 else range(seed, seed + self.seeds)
        return Minibatch(problem.problem, batch, seeds, self.draw.value)

    def values(self, method):
        """The method's hyperparameters as numbers."""
        return {
            name: (self.knobs.get(f"{name}:{method.__name__}") or self.knobs[name]).value
            for name in hyperparameters(method)
        }

    def hyper(self, method):
        """The method's hyperparameters as `run` takes them, the schedule applied to α."""
        values = self.values(method)
        if "alpha" in values:
            values["alpha"] = SCHEDULES[self.schedule.value][0](values["alpha"])
        return values

    def code(self, x0):
        """The lines that compute this state from a notebook's `problem`."""
        lines, oracle = [], self.oracle()
        if isinstance(oracle, Minibatch):
            seed = self.knobs["seed"].value
            seeds = seed if self.seeds == 1 else f"range({seed}, {seed + self.seeds})"
            drawn = f"reshuffle({oracle.batch}, {seeds})"
            if oracle.draw != "reshuffle":
                drawn = f"minibatch({oracle.batch}, {seeds}, {oracle.draw})"
            lines.append(f"oracle = problem.{drawn}")
        run_on = "oracle" if lines else "problem"
        for method in self.methods:
            values = {name: repr(value) for name, value in self.values(method).items()}
            if "alpha" in values:
                values["alpha"] = SCHEDULES[self.schedule.value][1].format(alpha=values["alpha"])
            hyper = "".join(f", {name}={value}" for name, value in values.items())
            start, steps = np.asarray(x0).tolist(), self.knobs["steps"].value
            lines.append(f"xs = run({method.__name__}, {run_on}, {start}, steps={steps}{hyper})")
            lines.append(f'plot.gap({run_on}, xs, unit="{self.unit.value}")')
        return "\n".join(lines)
