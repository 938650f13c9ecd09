"""The controls of an explorer: made from the methods' signatures and the problem, read back as the
arguments of `run`."""

import json
import math
import re
from functools import partial

import ipywidgets as widgets
import numpy as np

from course_lib.figures.inner import choices
from course_lib.figures.knobs import (
    Knob,
    Linear,
    PowersOfTwo,
    align,
    dropdown,
    finite_number,
)
from course_lib.figures.words import word
from course_lib.letters import letter
from course_lib.loop import hyperparameters
from course_lib.methods import NAMES, gd
from course_lib.problems import SAMPLINGS, Minibatch
from course_lib.problems.work import UNITS, check_unit

#: Step schedules by their formula: what `run` takes, and the same as code.
SCHEDULES = {
    "α": (lambda alpha: alpha, "{alpha}"),
    "α/√k": (lambda alpha: lambda k: alpha / k**0.5, "lambda k: {alpha} / k**0.5"),
    "α/k": (lambda alpha: lambda k: alpha / k, "lambda k: {alpha} / k"),
}
#: A slip of the finger must not fill the memory: nobody could stop the callback.
MOST = {"steps": 100_000, "batch": 100_000}


class Controls:
    """Knobs and switches by name, laid out as rows in `rows`.

    methods: {name: method}; problems: {name: problem}, the first is shown first; steps, seeds,
    unit, hyper: as in `explore`. A hyperparameter given as a number is one knob for all methods;
    given as a dict, or with defaults that differ, it has a knob for each; α always has.
    """

    def __init__(self, methods, problems, steps, seeds, unit, hyper, watching):
        self.defaults = {name: hyperparameters(method) for name, method in methods.items()}
        self.methods = {name: function_of(method) for name, method in methods.items()}
        self.names, self.problems = list(problems), list(problems.values())
        self.seeds = _offsets(self.problems, seeds)
        self._make_switches(steps, unit, watching)
        self.knobs = self._make_knobs(hyper, steps)
        self.rows = self._lay_out(watching)

    def _make_knobs(self, hyper, steps):
        knobs, known = {}, {parameter for its in self.defaults.values() for parameter in its}
        if unknown := set(hyper) - known:
            raise ValueError(f"{min(unknown)}: expected one of {', '.join(sorted(known))}")
        own = {p for p in known if self._is_own(p, hyper.get(p))}
        for name, its in self.defaults.items():
            for parameter, default in its.items():
                value = hyper.get(parameter, default)
                value = value.get(name, default) if isinstance(value, dict) else value
                value = finite_number(parameter, value)
                if parameter in own:
                    label = f"{letter(parameter).symbol} {self.called(name)}"
                    knobs[f"{parameter}:{name}"] = Knob(parameter, value, label=label)
                else:
                    knobs.setdefault(parameter, Knob(parameter, value))
        if self.sample_of:
            batch, n = self.sample_of.batch, max(p.n for p in self.problems)
            knobs["batch"] = Knob("batch", batch, PowersOfTwo(n), limits=self._batches)
            seed = int(np.min(self.sample_of.seed))
            knobs["seed"] = Knob("seed", seed, limits=lambda: (0, None))
        scale = Linear(1, max(1000, steps))
        knobs["steps"] = Knob("steps", steps, scale, limits=lambda: (0, MOST["steps"]))
        align(knobs.values())
        return knobs

    def _is_own(self, parameter, given):
        """Has each method its own knob for this hyperparameter?"""
        its = {name: d[parameter] for name, d in self.defaults.items() if parameter in d}
        if isinstance(given, dict) and (unknown := set(given) - set(its)):
            names = ", ".join(its)
            raise ValueError(
                f"{parameter}: expected a value for {names}; got {sorted(unknown, key=str)[0]!r}"
            )
        differ = parameter == "alpha" or len({repr(value) for value in its.values()}) > 1
        return len(self.methods) > 1 and (isinstance(given, dict) or (given is None and differ))

    def _make_switches(self, steps, unit, watching):
        options = [(name, i) for i, name in enumerate(self.names)]
        self.choice = dropdown("f", options, "problem")
        self.schedule = dropdown("αₖ", list(SCHEDULES), "schedule")
        check_unit(unit)
        units = [(its.short, name) for name, its in UNITS.items()]
        self.unit = dropdown("↔", units, "unit", value=unit)
        names = choices(self.methods.values())
        if watching is not None and watching not in names:
            raise ValueError(f"watch: expected one of {', '.join(names)}; got {watching!r}")
        self.watch = dropdown("↕", names, "watch", value=watching or names[0])
        sampling = self.sample_of.sampling if self.sample_of else "replace=True"
        self.sampling = dropdown("iₖ", list(SAMPLINGS), "sampling", value=sampling)
        self.switches = {s.name: s for s in (self.schedule, self.unit, self.watch, self.sampling)}
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
        self._of_samples = []
        if self.sample_of:
            self._of_samples = [self.knobs["batch"], self.knobs["seed"], self.sampling, self.sample]
            first += [self.sampling, self.sample]
        second = [self.play, self.scrubber, self.unit, *([self.watch] if watching else [])]
        second += [self.reset, self.copy]
        return [widgets.HBox(row, layout=wrap) for row in (first, second)]

    def _batches(self):
        """The least and the greatest batch that can be drawn."""
        replaced = self.sampling.value == "replace=True" or not isinstance(self.problem, Minibatch)
        return 1, min(math.inf if replaced else self.problem.n, MOST["batch"])

    @property
    def all(self):
        """Everything that a person can set, in an order in which it can be set anew."""
        return [self.choice, *self.switches.values(), *self.knobs.values(), self.scrubber]

    @property
    def problem(self):
        """The problem chosen, as it was given."""
        return self.problems[self.choice.value]

    @property
    def sample_of(self):
        """The first problem with minibatches: its batch, seed, sampling are those at the start."""
        return next((p for p in self.problems if isinstance(p, Minibatch)), None)

    def called(self, name):
        """What the slides call the method of this name, on the problem chosen: "GD", "Adam 2"."""
        method = self.methods[name]
        code = getattr(method, "__name__", "")
        if not re.fullmatch(rf"{re.escape(code)}( \d+)?", name):
            return name  # of one's own
        stochastic = method is gd and isinstance(self.problem, Minibatch)
        return ("SGD" if stochastic else NAMES.get(method, code)) + name.removeprefix(code)

    def next_sample(self):
        """Other random batches: the next seed, or the next block of seeds."""
        block = int(np.max(self.seeds[self.choice.value])) + 1
        self.knobs["seed"].value = (self.knobs["seed"].value + block) % 100

    def follow_problem(self):
        """What is said about batches stands there only where there are any."""
        for control in self._of_samples:
            control.layout.display = None if isinstance(self.problem, Minibatch) else "none"

    def follow_steps(self):
        """The scrubber ends where the run ends; a scrubber at the end stays at the end."""
        steps, whole = self.knobs["steps"].value, self.scrubber.value == self.scrubber.max
        if self.scrubber.max != steps:
            self.play.max = self.scrubber.max = steps
            self.scrubber.value = steps if whole else min(self.scrubber.value, steps)

    # --- what they say --------------------------------------------------------------------

    def oracle(self):
        """The problem to run: the chosen one, with the batch, seeds and replacement set."""
        problem = self.problem
        if not isinstance(problem, Minibatch):
            return problem
        seeds = np.asarray(self.knobs["seed"].value + self.seeds[self.choice.value])
        return Minibatch(problem.problem, self.knobs["batch"].value, seeds, self.sampling.value)

    def values(self, name):
        """The hyperparameters of the method of this name as numbers."""
        return {
            parameter: (self.knobs.get(f"{parameter}:{name}") or self.knobs[parameter]).value
            for parameter in self.defaults[name]
        }

    def hyper(self, name):
        """The same as `run` takes them, the schedule applied to α."""
        values = self.values(name)
        if "alpha" in values:
            values["alpha"] = SCHEDULES[self.schedule.value][0](values["alpha"])
        return values

    def code(self, x0):
        """The lines that compute this state from a notebook's `problem`."""
        lines, oracle, several = [], self.oracle(), len(self.methods) > 1
        if isinstance(oracle, Minibatch):
            drawn = f"reshuffle({oracle.batch}, {_as_code(oracle.seed)})"
            if oracle.sampling != "reshuffle":
                drawn = f"minibatch({oracle.batch}, {_as_code(oracle.seed)}, {oracle.sampling})"
            lines.append(f"oracle = problem.{drawn}")
        run_on = "oracle" if lines else "problem"
        start, steps = np.asarray(x0).tolist(), self.knobs["steps"].value
        for i, (name, method) in enumerate(self.methods.items()):
            values = {parameter: repr(value) for parameter, value in self.values(name).items()}
            if "alpha" in values:
                values["alpha"] = SCHEDULES[self.schedule.value][1].format(alpha=values["alpha"])
            hyper = "".join(f", {parameter}={value}" for parameter, value in values.items())
            lines.append(f"xs = run({method.__name__}, {run_on}, {start}, steps={steps}{hyper})")
            shown = f'{run_on}, xs, unit="{self.unit.value}"'
            if not several:
                lines.append(f"plot.gap({shown})")
                continue
            shown += f", label={json.dumps(self.called(name), ensure_ascii=False)}"
            lines.append(f"plot.gap({shown}, ax=ax)" if i else f"ax = plot.gap({shown})")
        return "\n".join(lines)


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


def _as_code(seed):
    """Seeds as they are written: 3, range(3, 7), [5, 1]."""
    if seed.ndim == 1 and len(seed) > 1 and (np.diff(seed) == 1).all():
        return f"range({seed[0]}, {seed[-1] + 1})"
    return repr(seed.tolist())
