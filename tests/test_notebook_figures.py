"""An exception inside a callback does not fail nbconvert: every live figure of every notebook is
driven here over the ends of all its controls, from the source that the notebooks are built of."""

import re
from pathlib import Path

import jupytext
import matplotlib
import matplotlib.pyplot as plt
import pytest

from course_lib.explorer import Explorer
from course_lib.explorer.figure import LiveFigure

pytestmark = pytest.mark.notebooks

SOURCES = sorted((Path(__file__).resolve().parent.parent / "notebooks" / "src").glob("[0-9]*.py"))
MADE_BY = re.compile(r"\b(?:explore|live)\(")


def figures_of(path, monkeypatch):
    """All live figures that the notebook makes, in order; its cells run in this process."""
    made, original = [], LiveFigure.__init__

    def noted(self, *arguments):
        original(self, *arguments)
        made.append(self)

    monkeypatch.setattr(LiveFigure, "__init__", noted)
    matplotlib.use("agg")
    names = {}
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "code" and "solution" not in cell.metadata.get("tags", []):
            exec(compile(cell.source, path.name, "exec"), names)
    plt.close("all")
    return made


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_value_of_a_control_breaks_a_figure(path, monkeypatch):
    figures = figures_of(path, monkeypatch)
    assert len(figures) == len(MADE_BY.findall(path.read_text(encoding="utf-8"))) > 0
    for figure in figures:
        controls = figure.controls if isinstance(figure, Explorer) else figure
        for name, knob in controls.knobs.items():
            default, (low, high) = knob.value, knob.scale.ends
            values = [knob.scale.to_value(low), knob.scale.to_value(high), default]
            for value in [*values, *([1e3, 1e150, default] if name.startswith("alpha") else [])]:
                knob.value = value
                assert figure.message.value == "", (name, value)
        for name, switch in controls.switches.items():
            for option in [*getattr(switch, "options", (False, True)), switch.value]:
                switch.value = option[1] if isinstance(option, tuple) else option
                assert figure.message.value == "", (name, option)
        if isinstance(figure, Explorer):
            controls.scrubber.value = 1
        controls.reset.click()
        assert figure.message.value == ""
