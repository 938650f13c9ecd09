"""Inside a notebook's kernel: every live figure is noted, and in the end its controls are moved.

An exception inside a callback does not fail nbconvert by itself. So test_notebooks.py adds two
cells to a notebook: the first calls `note`, the last `drive`, which prints what it found as JSON.
test_pixels.py ends a notebook with `write_pairs`.
"""

import json
import re
import sys
from base64 import b64encode
from pathlib import Path

import numpy as np

from course_lib.figures import LiveFigure
from course_lib.figures.frames import outlined, pack, pictures
from course_lib.figures.trajectories import Trajectories

MADE = []
#: Typed into the box of every number: what has no meaning, or no end.
ODD = ("0", "-1", "1e9", "-1e9")


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
    """What stands under the figure while each control goes to its ends, and α far beyond them;
    what is odd may be refused, in symbols."""
    controls = figure.controls
    for name, knob in controls.knobs.items():
        default, (low, high) = knob.value, knob.scale.ends
        values = [knob.scale.to_value(low), knob.scale.to_value(high)]
        for value in [*values, *([1e3, 1e150] if name.startswith("alpha") else []), default]:
            knob.value = value
            yield from said(j, figure, name, value)
        for typed in ODD:
            knob.box.value = typed
            yield from said(j, figure, name, typed, in_words)
        knob.value = default
        figure.update()  # and nothing is refused any more
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


def said(j, figure, name, value, told=lambda knob: knob.refusal):
    """What stands over the picture, and at the knobs whose refusal is `told`."""
    refusals = [f"{knob.name}: {knob.refusal}" for knob in figure.controls.all_knobs if told(knob)]
    for text in filter(None, [figure.message.value, *refusals]):
        yield f"figure {j}: {name} = {value}: {text}"
        figure.update()  # said once


def in_words(knob):
    """Is it refused in other words than symbols, which are the same for both languages?"""
    return re.search("[A-Za-z]{3,}", knob.refusal.replace(knob.letter, ""))


def write_pairs(path, count):
    """The `pairs` of all figures into a JSON file: as the cells left them, then every list at its
    last option."""
    found = []
    for j, figure in enumerate(MADE):
        found += pairs(f"figure {j}", figure, count)
        for switch in figure.controls.switches.values():
            switch.value = last_option(switch)
        found += pairs(f"figure {j}, other options", figure, count)
    Path(path).write_text(json.dumps(found))


def last_option(switch):
    options = getattr(switch, "options", (False, True))
    return options[-1][1] if isinstance(options[-1], tuple) else options[-1]


def pairs(title, figure, count):
    """Of each slider, at `count` of its steps: the pictures as they are sent ahead, in one pack,
    and what the kernel sends when the slider stands there."""
    controls, values = figure.controls, figure.controls.values()
    for name, slider in figure.ahead.sliders.items():
        steps = controls.steps(name)
        places = np.linspace(0, len(steps) - 1, count).round().astype(int)
        places = sorted({*places.tolist()} - {figure.canvas.shown[name]})
        every = [controls.at(values, name, steps[place]) for place in places]
        made = pictures(figure.draw, name, every)
        drawn = [(place, its) for place, its in zip(places, made, strict=True) if its]
        packed = pack([outlined(its) for _, its in drawn], figure.canvas.images)
        known, pngs, sent = list(figure.canvas.images), [], []
        for place, _ in drawn:
            slider.value = slider.min + place * slider.step
            sent.append(kernels_own(figure.canvas, pngs))
            controls.reset(values)  # a short run moves k
            figure.update()
        yield {
            "title": f"{title}: {name}", "packed": text(packed), "known": [*map(text, known)],
            "sent": sent, "pngs": [*map(text, pngs)],
            "values": [str(steps[place]) for place, _ in drawn],
        }  # fmt: skip


def kernels_own(canvas, pngs):
    """The picture sent, for `test_pixels.SHOW`; its backgrounds are numbers in `pngs`."""
    pngs += [image for image in canvas.images if image not in pngs]
    return {
        "layout": canvas.layout_json, "points": text(canvas.points), "alt": canvas.alt,
        "lines": canvas.lines, "images": [pngs.index(image) for image in canvas.images],
    }  # fmt: skip


def text(data):
    return b64encode(data).decode()
