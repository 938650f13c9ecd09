"""In the kernel: the pictures of the other positions of the slider that is touched, sent ahead.

The page asks for a piece when a slider is touched, and for the next when it has one: so nothing
queues, nothing is sent to a figure that nobody touches, and a piece stands in the way of an answer
for a moment only. Whatever else changes ends an era, and with it all that was made.
"""

import time
from collections import deque
from statistics import median_low

import ipywidgets as widgets
import numpy as np

from course_lib.figures.frames import outlined, pack, pictures

PIECE = 0.02  # seconds, about, for the pictures of one piece
SLOW, LATELY = 0.2, 3  # pictures that take longer, by the median of the last, are not made ahead
AT_FIRST, AT_MOST = 4, 24  # pictures in a piece
MOST = 400_000  # bytes for one slider in one era, packed


class Ahead:
    """Answers what the page asks a figure's canvas in `wanted`.

    controls, draw, canvas: of the figure. A wish is {"name": of a control, "at": its position,
    "have": how many pictures the page has, "turn": a number}; the answer stands in `canvas.ahead`,
    {"at": positions, "turn": the same}, and the pictures in `canvas.frames`. Positions count the
    slider's steps.
    """

    def __init__(self, controls, draw, canvas):
        self._controls, self._draw, self._canvas = controls, draw, canvas
        self.sliders = {name: its for name, c in controls.named.items() if (its := slider_of(c))}
        self._around, self._left, self._bytes, self._each = None, [], 0, 0.0
        self._lately = deque(maxlen=LATELY)
        canvas.sliders = {
            slider.description: {"name": name, "model": slider.model_id,
                                 "low": slider.min, "step": slider.step}
            for name, slider in self.sliders.items()
        }  # fmt: skip
        canvas.observe(self._wanted, "wanted")

    def positions(self):
        """Where each slider stands."""
        return {name: round((its.value - its.min) / its.step) for name, its in self.sliders.items()}

    def took(self, seconds):
        """The figure has drawn in this time; once it may have waited for somebody else's work."""
        self._lately.append(seconds)

    def changed(self, values):
        """The figure shows these values: does what was made ahead still hold?"""
        if self._around and self._around != _around(self._around[0], values):
            self._around = None
            self._canvas.era += 1

    def _wanted(self, change):
        with self._controls.lock, np.errstate(all="ignore"):
            if not change.new["have"]:
                self._around = None
            made, packed = self._piece(change.new["name"], change.new["at"])
            with self._canvas.hold_sync():
                self._canvas.frames = packed
                self._canvas.ahead = {"at": made, "turn": change.new["turn"]}

    def _piece(self, name, at):
        """The next positions, nearest first, and their pictures; none where they take too long."""
        controls, values, usual = self._controls, self._controls.values(), median_low(self._lately)
        if self._around != _around(name, values):
            self._around, self._bytes = _around(name, values), 0
            self._each = max(PIECE / AT_FIRST, usual)
            self._left = list(enumerate(controls.steps(name)))
        self._left.sort(key=lambda place: abs(place[0] - at))
        count = int(np.clip(PIECE / self._each, 1, AT_MOST))
        piece, self._left = self._left[:count], self._left[count:]
        if not piece or usual > SLOW or self._bytes > MOST:
            return [], b""
        began = time.perf_counter()
        every = [controls.at(values, name, option) for _, option in piece]
        made = pictures(self._draw, name, every)
        drawn = [(step, its) for (step, _), its in zip(piece, made, strict=True) if its]
        packed = pack([outlined(its) for _, its in drawn], self._canvas.images)
        self._each = max(1e-5, (time.perf_counter() - began) / len(piece))
        self._bytes += len(packed)
        return [step for step, _ in drawn], packed


def slider_of(control):
    """The slider in a control, None if it has none."""
    its = getattr(control, "slider", control)
    return its if isinstance(its, (widgets.FloatSlider, widgets.IntSlider)) else None


def _around(name, values):
    """The state around which the control `name` is moved."""
    return name, {key: value for key, value in values.items() if key != name}
