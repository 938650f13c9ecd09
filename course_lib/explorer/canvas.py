"""The widget that carries a scene to the browser and the pointer back."""

from pathlib import Path

import anywidget
import traitlets

from course_lib.explorer import scene

HERE = Path(__file__).parent


class Canvas(anywidget.AnyWidget):
    """Panels drawn in the browser. `show` sends a scene; `pointer` is the last click or drag.

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

    def show(self, panels, alt):
        """Send the panels: points always, layout and background pictures when they changed."""
        images = [panel.image for panel in panels]
        with self.hold_sync():
            self.layout_json = scene.layout(panels)
            self.points = scene.points(panels)
            self.alt = alt
            if images != self.images:
                self.images = images
