"""What every live figure is: controls above, a canvas, and the lines under it.

Callbacks may run beside the main thread (JupyterLab's comm subshells), so nothing here touches
pyplot and one lock guards a figure. What cannot be drawn is refused: the controls go back to what
is shown, and the reason stands at the knob or, where there is none, over the picture.
"""

import base64
import html
import re
import time

import ipywidgets as widgets
import numpy as np

from course_lib import progress
from course_lib.figures import scene
from course_lib.figures.ahead import Ahead
from course_lib.figures.canvas import Canvas
from course_lib.figures.knobs import Knob
from course_lib.figures.page import page
from course_lib.letters import letter


class LiveFigure(widgets.VBox):
    """A canvas that follows its controls.

    controls: the `Settings` that a person sets; their values are the figure's state.
    draw: a pure function of these values; returns the panels, the picture in words, lines of text
        to stand under it, and of each goal (in symbols, how far the picture comes, the bound).
    """

    def __init__(self, controls, draw):
        self.controls, self.draw = controls, draw
        named = controls.named.values()
        labelled = [control for control in named if isinstance(control, widgets.Dropdown)]
        self.canvas = Canvas({control.description: control.tooltip for control in labelled})
        self.message = widgets.HTML()
        self.ahead = Ahead(controls, draw, self.canvas)
        self._good = self._first = controls.values()
        with np.errstate(all="ignore"):
            self._compute(self._good)  # a wrong argument is an error here, not a message
        self._seen = False
        super().__init__([*controls.rows, self.message, self.canvas, *controls.below])
        self._show()
        self.canvas.observe(self._answer, "asked")
        controls.attach(self.canvas)
        controls.observe(self.update)
        controls.reset_button.on_click(self.start_over)

    def predict(self, panel, kind="curve"):
        """Let the student draw in this panel before the run is shown: see `Canvas`."""
        self.canvas.predict = {"panel": panel, "kind": kind}

    def update(self, change=None):
        """Compute and show; `change` is what a control tells its observers."""
        with self.controls.lock, np.errstate(all="ignore"):
            values = self.controls.values()
            try:
                self._compute(values)
                self._show()
            except Exception as error:
                self._refuse(error, change)
            else:
                self._good = values
                self._complain("")

    def _compute(self, values):
        began = time.perf_counter()
        self._shown = self.draw(values)
        self.ahead.took(time.perf_counter() - began)

    def start_over(self, _=None):
        """Everything as it was when the figure was first seen."""
        with self.controls.lock:
            self.controls.reset(self._first)
            self.update()

    def _answer(self, change):
        """All that was moved has been drawn; a busy kernel cannot tell, and the sign stays."""
        with self.controls.lock:
            if not progress.clock.running:
                self.canvas.answered = change.new

    def _refuse(self, error, change):
        """Back to what is shown; why stands at the knob that the error names or that was moved.

        What a slider spans can be drawn, and a box may ask for more. Where that fails, in words of
        Python or of the library, the slider's ends are what is allowed.
        """
        name, _, text = str(error).partition(": ")
        moved, knobs, why = change.owner if change else None, self.controls.all_knobs, ""
        named = [knob for knob in knobs if knob.name == name] or [moved]
        knob = moved if moved in named else named[0]
        beyond = [its for its in sorted(knobs, key=lambda k: k is not moved) if its.is_beyond()]
        if isinstance(error, ValueError) and isinstance(knob, Knob):
            said = in_symbols(text if knob.name == name else str(error))
            why = said if knob.fits() or _is_symbols(said, knobs) else knob.allowed()
        if beyond and not _is_symbols(why, knobs):
            knob, why = beyond[0], beyond[0].spanned()
        refused, cause = moved and moved.value, _cause(change) if change else ""
        self.controls.reset(self._good)
        if why:
            knob.refuse(refused if moved is knob else None, why)
        else:
            self._complain(f"{type(error).__name__}: {error}{cause}")

    def _complain(self, text):
        """A line over the picture, "" for none; a knob that was refused before is so no more."""
        text = html.escape(text)
        self.message.value = f'<div class="course-error" role="alert">{text}</div>' if text else ""
        for knob in self.controls.all_knobs:
            if knob.refusal:
                knob.refuse(None, "")

    def _show(self):
        with self.canvas.hold_sync():
            self.ahead.changed(self.controls.values())
            self.canvas.show(*self._shown[:3], self.ahead.positions())
        self.controls.score(self._shown[3])

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and a static picture with its text for readers without a kernel."""
        bundle = super()._repr_mimebundle_(**kwargs)
        with self.controls.lock, np.errstate(all="ignore"):
            if not self._seen:
                self._seen, self._first = True, self._good
            panels, alt, *_ = self._shown
            picture = scene.static_picture(panels)
            bundle["text/html"] = page(
                self.controls, self.draw, self._good, self._shown, picture,
                predict=self.canvas.predict, guess=self.canvas.guess,
            )  # fmt: skip
        bundle["image/png"] = base64.b64encode(picture).decode()
        bundle["text/plain"] = alt
        return bundle, {"image/png": {"alt": alt}}


def in_symbols(text):
    """What an error says is allowed, in the letters of the slides.

    >>> in_symbols("expected 0 ≤ alpha < inf; got -1")
    '0 ≤ α < ∞'
    >>> in_symbols("steps: expected an integer ≥ 1; got -1")
    'K ∈ {1, …}'
    """
    allowed = re.sub(r"; got .*", "", text, flags=re.DOTALL).replace("inf", "∞")
    allowed = re.sub(r":? ?expected an integer ≥ (.*)", r" ∈ {\1, …}", allowed)
    allowed = re.sub(r"(^|: )expected ", r"\1", allowed).strip()
    return re.sub(r"\w+", lambda found: letter(found[0]).symbol, allowed)


def _is_symbols(why, knobs):
    """Does it say something, and without a word, so that every notebook may say it?"""
    known = {text for knob in knobs for text in (knob.name, knob.letter)}
    return why and not set(re.findall("[A-Za-z]{3,}", why)) - known


def _cause(change):
    """The control that was moved and its value, for an error's line."""
    name, value = getattr(change.owner, "name", change.name), change.new
    value = f"{value:g}" if isinstance(value, (int, float)) else value
    return f" ({name} = {value})"
