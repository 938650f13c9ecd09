"""What a person has set in a live figure: values by name, who listens, and the way back."""

import math
import threading
from contextlib import contextmanager

import ipywidgets as widgets

from course_lib.figures.knobs import Knob, as_text


class Settings:
    """Controls by name, in `rows` for the page: what a `LiveFigure` follows.

    named: {name: control with a `value`}, in an order in which the values can be set anew.
    rows: the widgets that stand above the picture; `below` are those that stand under it.

    Callbacks come in whatever thread: `lock` guards the values and everything made from them.
    """

    def __init__(self, named, rows, below=()):
        self.named, self.rows, self.below = named, rows, below
        self.lock, self._silent, self._listener = threading.RLock(), False, None
        for control in named.values():
            control.observe(self._turned, "value")

    @property
    def all_knobs(self):
        """The controls that are numbers."""
        return [control for control in self.named.values() if isinstance(control, Knob)]

    def values(self):
        """{name: value} of everything that a person can set."""
        return {name: control.value for name, control in self.named.items()}

    def at(self, values, name, option):
        """The values after a person has set one of them to `option`."""
        return {**values, name: option}

    def options(self, name):
        """{what a person can set a control to: its text}, in the order of its slider or list."""
        control = self.named[name]
        if isinstance(control, Knob):
            return {value: as_text(value) for value in self.steps(name)}
        if isinstance(control, widgets.IntSlider):
            return {value: str(i) for i, value in enumerate(self.steps(name), control.min)}
        if isinstance(control, widgets.Checkbox):
            return {False: "✗", True: "✓"}
        return {value: text for text, value in control._options_full}

    def steps(self, name):
        """The value at each step of a slider; at its end that of k looks at the whole run."""
        control = self.named[name]
        if isinstance(control, Knob):
            slider = control.slider
            steps = range(round((slider.max - slider.min) / slider.step) + 1)
            places = (min(slider.min + i * slider.step, slider.max) for i in steps)
            return [*map(control.scale.to_value, places)]
        return [*range(control.min, control.max), math.inf]

    def observe(self, listener):
        """`listener(change)` is called, under the lock, when a person has changed something."""
        self._listener = listener

    def reset(self, values):
        """Set everything to `values`; nobody is told."""
        with self.silence():
            for name, control in self.named.items():
                control.value = values[name]

    def score(self, reached):
        """The picture is drawn: say how far the goals are, [(in symbols, how far, the bound)]."""

    def attach(self, canvas):
        """Take part in what the page tells and is told besides pictures."""
        canvas.observe(self._stepped, "arrows")

    def _stepped(self, change):
        """Arrow keys in boxes. The page counts them, so none is lost while a picture is made."""
        with self.lock:
            for knob in self.all_knobs:
                label = knob.slider.description
                if count := change.new.get(label, 0) - change.old.get(label, 0):
                    knob.step(count)

    @contextmanager
    def silence(self):
        """Changes inside are not a person's."""
        before, self._silent = self._silent, True
        try:
            yield
        finally:
            self._silent = before

    def _turned(self, change):
        with self.lock:  # the silence of another thread is not this one's
            if not self._silent:
                self.tell(change)

    def tell(self, change=None):
        """Something was changed; `change` is what a control tells its observers."""
        if self._listener:
            self._listener(change)
