"""What every live figure is: controls above, a canvas, and the lines under it.

Callbacks may run beside the main thread (JupyterLab's comm subshells), so nothing here touches
pyplot and one lock guards a figure. Whatever goes wrong is said under the figure.
"""

import base64
import html
import threading

import ipywidgets as widgets
import numpy as np

from course_lib.explorer import scene
from course_lib.explorer.canvas import Canvas


class LiveFigure(widgets.VBox):
    """A canvas that follows its controls; a subclass says what to draw.

    A subclass makes its controls, calls `super().__init__(rows)`, and has `_draw()`, which returns
    the panels, the picture in words, and a line of HTML to stand under it.
    """

    def __init__(self, rows):
        self._lock = threading.RLock()
        self.canvas = Canvas()
        self.status, self.message, self.code = widgets.HTML(), widgets.HTML(), widgets.HTML()
        with np.errstate(all="ignore"):
            self._shown = self._draw()  # a wrong argument is an error here, not a message
        super().__init__([*rows, self.canvas, self.status, self.message, self.code])
        self._show()

    def update(self, change=None):
        """Compute and show; `change` is what a control tells its observers."""
        with self._lock, np.errstate(all="ignore"):
            try:
                self._shown = self._draw()
                self._show()
                self.message.value = ""
            except Exception as error:
                cause = _cause(change) if change else ""
                text = html.escape(f"{type(error).__name__}: {error}{cause}")
                self.message.value = f'<div class="course-error" role="alert">{text}</div>'

    def _show(self):
        panels, alt, status = self._shown
        self.canvas.show(panels, alt)
        self.status.value = status

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and a static picture with its text for readers without a kernel."""
        bundle = super()._repr_mimebundle_(**kwargs)
        with self._lock, np.errstate(all="ignore"):
            panels, alt, _ = self._shown  # the last good state, whatever the controls say now
            picture = scene.static_picture(panels)
        bundle["image/png"] = base64.b64encode(picture).decode()
        bundle["text/plain"] = alt
        return bundle, {"image/png": {"alt": alt}}


def _cause(change):
    """The control that was moved and its value, for an error's line."""
    name, value = getattr(change.owner, "name", change.name), change.new
    value = f"{value:g}" if isinstance(value, (int, float)) else value
    return f" ({name} = {value})"
