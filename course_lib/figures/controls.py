"""The controls of an explorer: made from the methods' signatures and the problem."""

import html
import math

import ipywidgets as widgets
import numpy as np

from course_lib.arguments import check_choice
from course_lib.figures.code import code_of
from course_lib.figures.goals import Board
from course_lib.figures.inner import choices
from course_lib.figures.knobs import (
    Integers,
    Knob,
    PowersOfTwo,
    Seeds,
    dropdown,
    finite_number,
    laid_out,
)
from course_lib.figures.settings import Settings
from course_lib.figures.trajectories import MOST_SEEDS, SCHEDULES
from course_lib.figures.words import word
from course_lib.letters import letter
from course_lib.problems import SAMPLINGS, Minibatch
from course_lib.problems.curves import UNITS

#: A slip of the finger must not fill the memory.
MOST_BATCH = 100_000
#: Milliseconds: of a whole run played, and of one of its pictures.
PLAYED, FASTEST, SLOWEST = 10_000, 40, 120


class Controls(Settings):
    """Knobs and switches by name, laid out as rows in `rows`.

    shown: the `Trajectories` that they set; starts: of each problem its start (d,); steps, unit,
    hyper: as in `explore`. A hyperparameter given as a number is one knob for all methods; given as
    a dict, or with defaults that differ, it has a knob for each; α always has.
    """

    def __init__(self, shown, starts, steps, unit, hyper, watching):
        self.shown, self.starts, self.x0 = shown, starts, starts[0]
        self._k = math.inf
        self._make_switches(steps, unit, watching)
        self.knobs = self._make_knobs(hyper, steps)
        named = {"problem": self.choice, **self.switches, **self.knobs, "k": self.scrubber}
        self.listing, self.standing, self._board = widgets.HTML(), widgets.HTML(), Board()
        super().__init__(named, [*self._lay_out(watching), self.standing], [self.listing])
        self._follow()

    def values(self):
        """The same with the start, and the k that a person has chosen, ∞ for the whole run; a run
        that ends before it is looked at whole until it is long enough."""
        return {**super().values(), "k": self._k, "x0": tuple(self.x0.tolist())}

    def steps(self, name):
        """The last of k is the one chosen where the run ends before it."""
        *steps, last = super().steps(name)
        beyond = name == "k" and self._k >= self.scrubber.max
        return [*steps, self._k if beyond else last]

    def reset(self, values):
        super().reset({**values, "k": self.scrubber.value})
        self._k, self.x0 = values["k"], np.array(values["x0"])
        self._follow()
        self._list_code()

    def at(self, values, name, option):
        """Another problem begins at its own start."""
        its = {"x0": tuple(self.starts[option].tolist())} if name == "problem" else {}
        return {**super().at(values, name, option), **its}

    def attach(self, canvas):
        """The start moves to the pointer; code goes into the clipboard."""
        super().attach(canvas)
        self.canvas = canvas
        canvas.observe(self._pointed, "pointer")
        canvas.observe(lambda _: self._tick(), "copied")
        self.copy.observe(self._copy, "value")

    def code(self):
        """Lines that compute what is shown, for the notebook."""
        return code_of(self.shown, self.values())

    def _make_knobs(self, hyper, steps):
        knobs, known = {}, {parameter for its in self.shown.defaults.values() for parameter in its}
        if unknown := set(hyper) - known:
            raise ValueError(f"{min(unknown)}: expected one of {', '.join(sorted(known))}")
        own = {p for p in known if self._is_own(p, hyper.get(p))}
        for name, its in self.shown.defaults.items():
            for parameter, default in its.items():
                value = hyper.get(parameter, default)
                value = value.get(name, default) if isinstance(value, dict) else value
                value = finite_number(parameter, value)
                if parameter in own:
                    label = f"{letter(parameter).symbol} {self.shown.called(name, self.problem)}"
                    knobs[f"{parameter}:{name}"] = Knob(parameter, value, label=label)
                else:
                    knobs.setdefault(parameter, Knob(parameter, value))
        if sample_of := self.shown.sample_of:
            batch, n = sample_of.batch, max(p.n for p in self.shown.problems)
            knobs["batch"] = Knob("batch", batch, PowersOfTwo(n), limits=self._batches)
            seed = self.shown.listed or int(np.min(sample_of.seed))
            knobs["seed"] = Seeds("seed", seed, MOST_SEEDS, limits=lambda: (0, None))
        scale = Integers(1, max(1000, steps))
        beside = {name: knobs[name] for name in ("batch", "seed") if name in knobs}
        knobs["steps"] = Knob("steps", steps, scale, limits=lambda: (0, self._most_steps(beside)))
        return knobs

    def _is_own(self, parameter, given):
        """Has each method its own knob for this hyperparameter?"""
        its = {name: d[parameter] for name, d in self.shown.defaults.items() if parameter in d}
        if isinstance(given, dict) and (unknown := set(given) - set(its)):
            names = ", ".join(its)
            raise ValueError(
                f"{parameter}: expected a value for {names}; got {sorted(unknown, key=str)[0]!r}"
            )
        differ = parameter == "alpha" or len({repr(value) for value in its.values()}) > 1
        return len(self.shown.methods) > 1 and (
            isinstance(given, dict) or (given is None and differ)
        )

    def _make_switches(self, steps, unit, watching):
        options = [(name, i) for i, name in enumerate(self.shown.names)]
        self.choice = dropdown("f", options, "problem")
        self.schedule = dropdown("αₖ", list(SCHEDULES), "schedule")
        units = [(its.short, name) for name, its in UNITS.items()]
        self.unit = dropdown("↔", units, "unit", value=check_choice("unit", unit, UNITS))
        names = choices(self.shown.methods.values())
        if watching is not None and watching not in names:
            raise ValueError(f"watch: expected one of {', '.join(names)}; got {watching!r}")
        self.watch = dropdown("↕", names, "watch", value=watching or names[0])
        sample_of = self.shown.sample_of
        sampling = sample_of.sampling if sample_of else "replace=True"
        self.sampling = dropdown("iₖ", list(SAMPLINGS), "sampling", value=sampling)
        self.switches = {s.name: s for s in (self.schedule, self.unit, self.watch, self.sampling)}
        self.sample = widgets.Button(icon="random", tooltip=word("sample"))
        self.sample.on_click(lambda _: self.next_sample())
        self.reset_button = widgets.Button(icon="undo", tooltip=word("reset"))
        self.copy = widgets.ToggleButton(icon="code", tooltip=word("copy"))
        self.play = widgets.Play(min=0, max=steps, value=steps, show_repeat=False)
        self.play.observe(self._arrive, "playing")
        self._pace()
        self.scrubber = widgets.IntSlider(
            min=0, max=steps, value=steps, description="k", tooltip=word("k")
        )
        widgets.jslink((self.play, "value"), (self.scrubber, "value"))

    def _lay_out(self, watching):
        shown = [self.choice] if len(self.shown.problems) > 1 else []
        for name, knob in self.knobs.items():
            shown.append(knob)
            if name.startswith("alpha") and self.schedule not in shown:
                shown.append(self.schedule)
        self._of_samples = []
        if self.shown.sample_of:
            batch, seed, steps = shown[-3:]
            self._of_samples = [batch, self.sampling, widgets.HBox([seed, self.sample])]
            shown[-3:] = [*self._of_samples, steps]
        shown += [widgets.HBox([self.play, self.scrubber]), self.unit]
        shown += [self.watch] if watching else []
        return [laid_out([*shown, widgets.HBox([self.reset_button, self.copy])])]

    def _most_steps(self, beside):
        """The largest K that may be drawn with the values of the knobs `beside`."""
        values = {name: knob.value for name, knob in beside.items()}
        return self.shown.most_steps({"problem": self.choice.value, **values})

    def _batches(self):
        """The least and the greatest batch that can be drawn."""
        replaced = self.sampling.value == "replace=True" or not isinstance(self.problem, Minibatch)
        return 1, min(math.inf if replaced else self.problem.n, MOST_BATCH)

    @property
    def problem(self):
        """The problem chosen, as it was given."""
        return self.shown.problems[self.choice.value]

    def next_sample(self):
        """Other random batches: the next seed, or the next block of seeds."""
        seed = self.knobs["seed"]
        block = 0 if isinstance(seed.value, tuple) else np.max(self.shown.seeds[self.choice.value])
        seed.value = int(np.max(seed.value) + block + 1) % 100

    def tell(self, change=None):
        if change and change.owner is self.choice:
            self.x0 = self.starts[change.new]
        if change and change.owner is self.scrubber:
            self._k = math.inf if change.new == self.scrubber.max else change.new
        self._follow()
        super().tell(change)
        self._list_code()

    def score(self, reached):
        if reached:
            self.standing.value = self._board.html(self.choice.value, reached)

    def _follow(self):
        """What is said about batches stands there only where there are any; the scrubber ends where
        the run ends, and stands at the k chosen or at the end."""
        with self.silence():
            for control in self._of_samples:
                shown = isinstance(self.problem, Minibatch)
                control.layout.display = None if shown else "none"
            steps = self.knobs["steps"].value
            for walker in (self.play, self.scrubber):
                with walker.hold_sync():  # the page links their values: it must never see two
                    walker.max, walker.value = steps, min(self._k, steps)
            self._pace()

    def _pace(self):
        """A long run is played in leaps, a short one slowly enough to be watched."""
        steps = self.play.max
        self.play.interval = round(min(max(PLAYED / max(steps, 1), FASTEST), SLOWEST))
        self.play.step = max(1, round(steps * self.play.interval / PLAYED))

    def _arrive(self, change):
        """Play ends where the run ends, though the last leap is shorter."""
        if not change.new and self.play.value > self.play.max - self.play.step:
            self.play.value = self.play.max

    def _pointed(self, change):
        """The start moves to the pointer, no more digits than there are pixels."""
        if change.new.get("panel") == "f(x)":
            with self.lock:
                sides = np.diff(self.problem.domain)
                digits = 3 - int(np.floor(np.log10(sides.min())))
                self.x0 = np.round([change.new["x"], change.new["y"]], digits)
                self.tell()

    def _copy(self, change):
        """The code of this state: into the clipboard, by the browser, and under the picture."""
        with self.lock:
            self.canvas.clipboard = self.code() if change.new else ""
            self._list_code()

    def _list_code(self):
        code = self.code() if self.copy.value else ""
        self.listing.value = f'<pre class="course-code">{html.escape(code)}</pre>' if code else ""
        self._tick()

    def _tick(self):
        """A tick on the button while the clipboard holds what is shown."""
        held = self.canvas.copied and self.canvas.copied == self.code()
        self.copy.icon = "check" if held else "code"
        self.copy.tooltip = word("copied" if held else "copy")
