"""Inside a notebook's kernel: every live figure is noted, and in the end its controls are moved.

An exception inside a callback does not fail nbconvert by itself. So test_notebooks.py adds two
cells to a notebook: the first calls `note`, the last `drive`, which prints what it found as JSON.
"""

import json
import sys

from course_lib.figures import LiveFigure
from course_lib.figures.trajectories import Trajectories

MADE = []


def note():
    """From now on `MADE` holds every live figure, in order."""
    original = LiveFigure.__init__

    def noted(self, controls, draw):
        original(self, controls, draw)
        self.names = dict(vars(sys.modules["__main__"]))  # later cells use them again
        MADE.append(self)

    LiveFigure.__init__ = noted


def drive():
    """Print {"figures": how many, "complaints": texts}."""
    complaints = [text for j, figure in enumerate(MADE) for text in complaints_of(j, figure)]
    print(json.dumps({"figures": len(MADE), "complaints": complaints}))


def complaints_of(j, figure):
    """What stands under the figure while each control goes to its ends, and α far beyond them."""
    controls = figure.controls
    for name, knob in controls.knobs.items():
        default, (low, high) = knob.value, knob.scale.ends
        values = [knob.scale.to_value(low), knob.scale.to_value(high)]
        for value in [*values, *([1e3, 1e150] if name.startswith("alpha") else []), default]:
            knob.value = value
            yield from said(j, figure, name, value)
    for name, switch in controls.switches.items():
        for option in [*getattr(switch, "options", (False, True)), switch.value]:
            switch.value = option[1] if isinstance(option, tuple) else option
            yield from said(j, figure, name, option)
    if isinstance(figure.draw, Trajectories):
        yield from copied(j, figure)
        controls.scrubber.value = 1
    controls.reset_button.click()
    yield from said(j, figure, "reset", "")


def copied(j, figure):
    """Does the code of the figure run in a new cell below its own? All but the plots."""
    lines = [line for line in figure.controls.code().splitlines() if "plot." not in line]
    try:
        exec("\n".join(lines), figure.names)
    except Exception as error:
        yield f"figure {j}: its code: {type(error).__name__}: {error}"


def said(j, figure, name, value):
    refusals = [
        f"{knob.name}: {knob.refusal}" for knob in figure.controls.all_knobs if knob.refusal
    ]
    for text in filter(None, [figure.message.value, *refusals]):
        yield f"figure {j}: {name} = {value}: {text}"
        figure.update()  # said once
