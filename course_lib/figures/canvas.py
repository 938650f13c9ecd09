"""The widget that carries a scene to the browser and the pointer back."""

from pathlib import Path

import anywidget
import traitlets

from course_lib.figures import scene
from course_lib.figures.words import word

HERE = Path(__file__).parent
#: What only the browser can say.
WORDS = ("play", "stop", "waiting", "gone", "draw", "reveal", "anew", "distance")


def script(name):
    """The canvases' code and that of its user, as one module."""
    files = ("canvas.js", "predict.js", name)
    return "\n".join((HERE / file).read_text(encoding="utf-8") for file in files)


class Canvas(anywidget.AnyWidget):
    """Panels drawn in the browser. `show` sends a scene; `pointer` is the last click or drag.

    tooltips: by the label of a control; ipywidgets shows none beside the label of a drop-down.

    What is put into `clipboard` the browser copies there, and tells it in `copied`. `words` are
    those that only the browser can show. `arrows` counts the arrow keys in the box of each knob, by
    the knob's label: up is 1, down −1. When a person has moved something and no picture comes, the
    browser raises `asked` until `answered` follows.

    While a slider of `sliders` is touched the page asks for pictures in `wanted`, and `ahead` says
    of which of its steps there are some in `frames`; `era` counts what makes them void. `shown` is
    the step of each slider in the picture sent.

    `predict` is what is to be drawn by hand before the run is shown: {"panel": its number, "kind":
    "curve" or "path"}, {} for nothing.
    `guess` is what has been drawn: {"of": the axes, "points": [[x, y], …], "revealed": bool}.

    Everything travels in synced traits, never in messages: ipywidgets keeps one update in flight
    and lets the newest value win, so nothing queues up behind a slow computation.
    """

    _esm = script("kernel.js")
    _css = HERE / "canvas.css"

    layout_json = traitlets.List().tag(sync=True)
    points = traitlets.Bytes(b"").tag(sync=True)
    images = traitlets.List(trait=traitlets.Bytes()).tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    lines = traitlets.Unicode("").tag(sync=True)
    pointer = traitlets.Dict().tag(sync=True)
    arrows = traitlets.Dict().tag(sync=True)
    clipboard = traitlets.Unicode("").tag(sync=True)
    copied = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    asked = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    sliders = traitlets.Dict().tag(sync=True)
    wanted = traitlets.Dict().tag(sync=True)
    ahead = traitlets.Dict().tag(sync=True)
    frames = traitlets.Bytes(b"").tag(sync=True)
    era = traitlets.Int(0).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    predict = traitlets.Dict().tag(sync=True)
    guess = traitlets.Dict({"of": "", "points": [], "revealed": False}).tag(sync=True)

    def __init__(self, tooltips):
        super().__init__(words={name: word(name) for name in WORDS} | tooltips)

    def show(self, panels, alt, lines, shown):
        """Send the panels, the picture in words, the lines under it and the sliders' steps."""
        panels = [scene.thinned(panel) for panel in panels]
        images = [panel.image for panel in panels]
        with self.hold_sync():
            self.layout_json = scene.layout(panels)
            self.points = scene.points(panels)
            self.alt, self.lines, self.shown = alt, lines, shown
            if images != self.images:
                self.images = images
