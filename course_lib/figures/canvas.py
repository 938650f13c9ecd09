"""The widget that carries a scene to the browser and the pointer back."""

from pathlib import Path

import anywidget
import traitlets

from course_lib.figures import scene
from course_lib.figures.words import word

HERE = Path(__file__).parent


class Canvas(anywidget.AnyWidget):
    """Panels drawn in the browser. `show` sends a scene; `pointer` is the last click or drag.

    tooltips: by the label of a control; ipywidgets shows none beside the label of a drop-down.

    What is put into `clipboard` the browser copies there, and tells it in `copied`. `words` are
    those that only the browser can show. `arrows` counts the arrow keys in the box of each knob, by
    the knob's label: up is 1, down −1. When a person has moved something and no picture comes, the
    browser raises `asked` until `answered` follows.

    Everything travels in synced traits, never in messages: ipywidgets keeps one update in flight
    and lets the newest value win, so nothing queues up behind a slow computation.
    """

    _esm = HERE / "canvas.js"
    _css = HERE / "canvas.css"

    layout_json = traitlets.List().tag(sync=True)
    points = traitlets.Bytes(b"").tag(sync=True)
    images = traitlets.List(trait=traitlets.Bytes()).tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    pointer = traitlets.Dict().tag(sync=True)
    arrows = traitlets.Dict().tag(sync=True)
    clipboard = traitlets.Unicode("").tag(sync=True)
    copied = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    asked = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, tooltips):
        words = {name: word(name) for name in ("play", "stop", "waiting", "gone")}
        super().__init__(words=words | tooltips)

    def show(self, panels, alt):
        """Send the panels: points always, layout and background pictures when they changed."""
        panels = [scene.thinned(panel) for panel in panels]
        images = [panel.image for panel in panels]
        with self.hold_sync():
            self.layout_json = scene.layout(panels)
            self.points = scene.points(panels)
            self.alt = alt
            if images != self.images:
                self.images = images
