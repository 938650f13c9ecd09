"""`live`: a figure of one's own that answers while its sliders move.

`explore` knows methods on problems. Where a seminar needs another picture (a counterexample, a
slope with its band, a map), it writes a function from numbers to panels, and this makes it live.
"""

import inspect
from math import inf
from numbers import Real

import ipywidgets as widgets
import numpy as np

from course_lib.arguments import check_count, check_number
from course_lib.figures.figure import LiveFigure
from course_lib.figures.goals import Board, scientific
from course_lib.figures.knobs import Knob, dropdown, finite_number, laid_out, plain
from course_lib.figures.scene import MOST, Panel
from course_lib.figures.settings import Settings
from course_lib.figures.words import word


def live(draw, *, of=None, goal=None, predict=False, **start):
    """A live figure of `draw`: a control for each of its arguments, the panels that it returns.

    draw: a pure function of keyword arguments that returns a `scene.Panel` or a list of them, or
        these and one line that stands under the figure: a text, a number or {name: number}. At most
        36 arguments and 36 panels.
    of: the part that takes the time, a pure function of those arguments that returns a tuple;
        `draw` then takes the members of that tuple instead. Where `of` also takes an array (N,) in
        place of a number, and what depends on it gets a last axis of length N, the positions of a
        slider on a page without a kernel come from one call.
    start: the arguments at the start, in the order of their controls. A number gets a slider and
        a box, its scale by its name (α, ε, λ logarithmic, β, γ, ρ near 1, …); (number, scale) has
        another one out of `knobs`, and a whole number stays within it. Any other may be typed
        beyond it; where `draw` fails there, the figure names the slider's ends. True or False is a
        check box, a list of texts a drop-down.
    goal: {name of a number under the figure: what it must not exceed}, to be reached by turning the
        knobs. The figure shows how far one is, and how far one has been.
    predict: the name of the panel in which the student draws the curve before it is shown; True:
        the first one.

    Returns the widget. Raises ValueError that names the argument.

    >>> import numpy as np
    >>> from course_lib.figures.scene import Axis, Panel, line
    >>> t = np.linspace(0, 1, 50)
    >>> def power(p):
    ...     axis = Axis("t", 0, 1)
    ...     return [Panel("tᵖ", axis, axis, [line(t, t**p)])], f"p = {p}"
    >>> live(power, p=2.0).canvas.alt
    'tᵖ: p = 2; p = 2.0'
    """
    first, function = ("draw", draw) if of is None else ("of", of)
    for name, its in (("draw", draw), (first, function)):
        if not callable(its):
            raise ValueError(f"{name}: expected a function; got {its!r}")
    expected = list(inspect.signature(function).parameters.values())
    named = [p for p in expected if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    any_name = any(p.kind is p.VAR_KEYWORD for p in expected)
    for name in start:
        if not any_name and name not in [p.name for p in named]:
            raise ValueError(
                f"{name}: {first} has the arguments {', '.join(p.name for p in named)}"
            )
    missing = [p.name for p in named if p.default is p.empty and p.name not in start]
    if missing:
        raise ValueError(f"{missing[0]}: expected its value at the start")
    check_count("start", start, MOST)
    shown = Drawing(draw, of, _bounds(goal))
    figure = LiveFigure(Arguments(start, shown), shown)
    if predict:
        names = [panel["name"] for panel in figure.canvas.layout_json]
        if predict is not True and predict not in names:
            raise ValueError(
                f"predict: expected True or one of {', '.join(names)}; got {predict!r}"
            )
        figure.predict(0 if predict is True else names.index(predict))
    return figure


def _bounds(goal):
    """The goals {name: bound}."""
    if not isinstance(goal, (dict, type(None))):
        raise ValueError(f"goal: expected {{name: number}}; got {goal!r}")
    check_count("goal", goal or {}, MOST)
    return {name: check_number(f"goal: {name}", plain(b), -inf) for name, b in (goal or {}).items()}


class Arguments(Settings):
    """A control for each argument of a function, at the values of `start`.

    shown: the `Drawing` that they set.
    """

    def __init__(self, start, shown):
        self.knobs, self.switches, self.shown = {}, {}, shown
        self.standing, self._board = widgets.HTML(), Board()
        for name, value in start.items():
            self._add_control(name, value)
        self.reset_button = widgets.Button(icon="undo", tooltip=word("reset"))
        controls = {**self.knobs, **self.switches}
        named = {name: controls[name] for name in start}
        super().__init__(named, [laid_out([*named.values(), self.reset_button]), self.standing])

    def score(self, reached):
        if reached:
            self.standing.value = self._board.html(0, reached)

    def _add_control(self, name, value):
        scale = limits = None
        texts = isinstance(value, (list, tuple)) and all(isinstance(text, str) for text in value)
        if isinstance(value, tuple) and not texts:
            number, *scales = map(plain, value)
            if isinstance(number, bool) or [hasattr(its, "ends") for its in scales] != [True]:
                raise ValueError(
                    f"{name}: expected (number, scale), such as (0.5, Reals(0, 1)); got {value!r}"
                )
            value, scale = value
            if scale.whole:
                limits = tuple(map(scale.to_value, scale.ends))
        if isinstance(plain(value), bool):
            switch = widgets.Checkbox(bool(value), description=name, indent=False)
            switch.name = name
        elif texts and len(value):
            if len(set(value)) < len(value):
                raise ValueError(f"{name}: expected different texts; got {value!r}")
            switch = dropdown(name, value, name)
        elif isinstance(plain(value), Real):
            number, within = finite_number(name, value), limits and (lambda: limits)
            self.knobs[name] = Knob(name, number, scale, limits=within)
            return
        else:
            raise ValueError(f"{name}: expected a number, a bool or texts; got {value!r}")
        self.switches[name] = switch


class Drawing:
    """What `live` shows: called with `values` it gives panels, words, the line under them and how
    far the goals are.

    draw, of: as `live` has them. goals: {name of a number in that line: what it must not exceed}.
    """

    def __init__(self, draw, of, goals):
        self.draw, self.of, self.goals = draw, of, goals

    def __call__(self, values):
        drawn = self.draw(*self._made(values)) if self.of else self.draw(**values)
        return self._shown(values, drawn)

    def sweep(self, name, every):
        """The same for values that differ in the number `name`, from one call of `of`; None where
        that takes no array, or does not say the same of the first and the last number alone."""
        numbers = [values[name] for values in every]
        if self.of is None or len(every) <= 3 or not all(isinstance(x, float) for x in numbers):
            return None
        together = self._made({**every[0], name: np.array(numbers)})
        first, last = self._made(every[0]), self._made(every[-1])
        parts = [_runs(its, one, len(every)) for its, one in zip(together, first, strict=True)]
        made = list(zip(*parts, strict=True))
        if not (_are_close(made[0], first) and _are_close(made[-1], last)):
            return None
        drawn = [self.draw(*its) for its in made]
        return [self._shown(*pair) for pair in zip(every, drawn, strict=True)]

    def _made(self, values):
        made = self.of(**values)
        if not isinstance(made, tuple):
            raise ValueError(f"of: expected a function that returns a tuple; got {made!r}")
        return made

    def _shown(self, values, drawn):
        panels, text, numbers = _parts(drawn)
        parts = [f"{n} = {v:g}" if type(v) in (int, float) else f"{n} = {v}"
                 for n, v in values.items()]  # fmt: skip
        alt = "; ".join([f"{', '.join(panel.name for panel in panels)}: {', '.join(parts)}",
                         *([text] if text else [])])  # fmt: skip
        return panels, alt, text, self._reached(numbers)

    def _reached(self, numbers):
        """[(goal in symbols, how far the picture comes, its bound)]."""
        if missing := self.goals.keys() - numbers:
            named = ", ".join(numbers) or "none"
            raise ValueError(f"goal: expected one of draw's numbers, {named}; got {min(missing)!r}")
        return [(f"{name} ≤ {scientific(bound)}", float(numbers[name]), bound)
                for name, bound in self.goals.items()]  # fmt: skip


def _runs(together, alone, n):
    """Each of n runs: along the last axis, or the same for all."""
    return np.moveaxis(together, -1, 0) if np.ndim(together) > np.ndim(alone) else [together] * n


def _are_close(some, others):
    pairs = zip(some, others, strict=True)
    return all(np.shape(a) == np.shape(b) and np.allclose(a, b, equal_nan=True) for a, b in pairs)


def _parts(shown):
    """What a `draw` returned: its panels, the line under them or "", the numbers in it."""
    panels, text = shown, ""
    if isinstance(shown, tuple) and len(shown) == 2 and not isinstance(shown[1], Panel):
        panels, text = shown
    panels = list(panels) if isinstance(panels, (list, tuple)) else [panels]
    if not panels or not all(isinstance(panel, Panel) for panel in panels):
        raise ValueError(f"draw: expected panels, or (panels, text); got {shown!r}")
    check_count("draw", panels, MOST)
    if (wide := sum(panel.share for panel in panels)) > MOST:
        raise ValueError(f"draw: expected shares of at most {MOST} together; got {wide:g}")
    if not isinstance(text, dict):
        return panels, str(text), {}
    for name, value in text.items():
        if not isinstance(name, str) or not isinstance(plain(value), Real):
            raise ValueError(f"draw: expected {{name: number}} under the panels; got {text!r}")
    return panels, ";  ".join(f"{name} = {value:.3g}" for name, value in text.items()), text
