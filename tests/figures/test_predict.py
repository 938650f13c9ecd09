"""Predict by drawing: what the page is told, and how far off a drawing is."""

import json
import re
from base64 import b64decode

import numpy as np
import pytest

from course_lib import adam, explore, gd, least_squares, live, quadratic
from course_lib.figures.canvas import script
from course_lib.figures.scene import Axis, Panel, line
from support.scenes import unpacked
from support.script import run_module

AXIS = Axis("t", 0, 1)
T = np.linspace(0, 1, 11)
LINEAR = {"label": "f(x)", "low": -1, "high": 3, "log": False}
DECADES = {"label": "f − f*", "low": 1e-6, "high": 1e2, "log": True}
SIDE = {"label": "x₁", "low": -2, "high": 2, "log": False}


def explored(**more):
    return explore([gd, adam], quadratic(), [1.0, 1.0], steps=9, watch="|Δx|", **more)


def power(p):
    return [Panel("t", AXIS, AXIS, [line(T, T)]), Panel("tᵖ", AXIS, AXIS, [line(T, T**p)])], "text"


@pytest.mark.parametrize(
    ("figure", "task"),
    [
        (lambda: explored(), {}),
        (lambda: live(power, p=2.0), {}),
        (lambda: explored(predict=True), {"panel": 1, "kind": "curve"}),
        (lambda: explored(predict="path"), {"panel": 0, "kind": "path"}),
        (lambda: explored(predict="watch"), {"panel": 2, "kind": "curve"}),
        (lambda: live(power, predict=True, p=2.0), {"panel": 0, "kind": "curve"}),
        (lambda: live(power, predict="tᵖ", p=2.0), {"panel": 1, "kind": "curve"}),
    ],
    ids=["none", "none of one's own", "gap", "path", "watch", "the first", "by name"],
)
def test_what_is_to_be_drawn(figure, task):
    assert figure().canvas.predict == task


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: explored(predict="fit"), "predict: expected True or one of path, gap, watch; got"),
        (lambda: live(power, predict="p", p=1.0), "predict: expected True or one of t, tᵖ; got"),
        (lambda: live(power, predict=1, p=1.0), "predict: expected True or one of t, tᵖ; got 1"),
        (
            lambda: explore(gd, [quadratic(), least_squares(d=3)], [[1, 1], [1] * 3], predict=True),
            "predict: expected problems with the same panels; got",
        ),
    ],
    ids=["explore", "live", "a number", "problems"],
)  # fmt: skip
def test_what_cannot_be_drawn_is_named(made, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        made()


def test_a_drawing_stays_when_a_knob_moves_and_goes_into_the_output():
    figure = explored(predict=True)
    guess = {"of": "k | f(xₖ) − f*", "points": [[1.0, 0.5], [7.0, 0.25]], "revealed": True}
    figure.canvas.guess = guess
    figure.controls.knobs["alpha:gd"].value = 0.3
    figure.controls.reset_button.click()
    assert figure.canvas.guess == guess
    text = figure._repr_mimebundle_()[0]["text/html"]
    (packed,) = re.findall(r'^standAlone\("\w+", "(.*)"\);$', text, re.MULTILINE)
    made = unpacked(b64decode(packed))
    assert (made["predict"], made["guess"]) == (figure.canvas.predict, guess)
    assert script("page.js") in text


# --- The script ------------------------------------------------------------------------------


def asked(node, expression):
    return run_module(node, f"console.log(JSON.stringify({expression}));")


def curve_distance(node, points, run, y):
    args = ", ".join(map(json.dumps, (points, run, SIDE, y)))
    return asked(node, f"betweenCurves({args})")


@pytest.mark.parametrize(
    ("points", "run", "y", "distance"),
    [
        ([[-1, 0.5], [1, 0.5]], [[-2, 1], [2, 1]], LINEAR, 0.5),
        ([[-1, 1e-3], [1, 1e-3]], [[-2, 1e-1], [2, 1e-1]], DECADES, 2),
        ([[-1, 0], [1, 0]], [[-1, -1], [1, 1]], LINEAR, 0.5),
        ([[-1, 0], [1, 2]], [[0, 0], [2, 0]], LINEAR, 1.5),  # where both are: 0 to 1
        ([[0.5, 1]], [[0, 0], [1, 1]], LINEAR, 0.5),  # one point
        ([[0, 1e1], [1, 1e1]], [[0, 1e20], [1, 1e20]], DECADES, 1),  # no further than the frame
        ([[0, 1e-5], [1, 1e-5]], [[0, 0], [1, 0]], DECADES, 1),  # 0 lies below it
        ([[0, 1], [1, 1]], [[0, 0], [0.5, None], [1, 0]], LINEAR, 1),  # nan is nowhere
        ([[-2, 1], [-1, 1]], [[0, 0], [1, 0]], LINEAR, None),
        ([[0, 1]], [[0, None]], LINEAR, None),
    ],
)
def test_how_far_a_curve_is_off(node, points, run, y, distance):
    """In units of the axis, in decades of a logarithmic one; nowhere together: no number."""
    run = [[x, "NaN" if v is None else v] for x, v in run]
    found = curve_distance(node, points, run, y)
    assert found == (None if distance is None else pytest.approx(distance, abs=0.01))


@pytest.mark.parametrize(
    ("points", "run", "distance"),
    [
        ([[-1, 0], [1, 0]], [[-1, 0.5], [1, 0.5]], 0.5),
        ([[-1, 0], [1, 0]], [[1, 0], [-1, 0]], 0),  # whichever way it goes
        ([[0, 0], [1, 0]], [[0, 0], [0.25, 0], [1, 0]], 0),
        ([[0, 0], [1, 0]], [[0, 0], [2, 0]], 0.125),  # half of it is 1/2 away on average
        ([[0.3, 0.4]], [[-2, 1], [0, 0]], 0.5),  # one point: the end
        ([[0.3, 0.4]], [[0, 0], [0, 9]], 0.5),  # of what is seen
        ([[0, 0], [1, 0]], [[9, 9]], None),
    ],
)
def test_how_far_a_path_is_off(node, points, run, distance):
    args = ", ".join(map(json.dumps, (points, run, SIDE, SIDE)))
    found = asked(node, f"betweenPaths({args})")
    assert found == (None if distance is None else pytest.approx(distance, abs=0.01))


@pytest.mark.parametrize(
    ("last", "to", "kept"),
    [
        (None, [0.5, 0], [True, True, False, True, True]),  # another point at the same x
        ([0.25, 0], [0.75, 0], [True, True, False, False, True]),
        ([0.75, 0], [0.25, 0], [True, False, False, True, True]),
        (None, [0.6, 0], [True] * 5),
    ],
)
def test_a_stroke_takes_the_place_of_what_was_there(node, last, to, kept):
    points = [[u, 0.3] for u in (0, 0.25, 0.5, 0.75, 1)]
    assert asked(node, f"beside({points}, {to}, {json.dumps(last)}, 0.01)") == kept


GD = {"kind": "line", "color": "#0", "dash": [], "n": 2, "label": "GD"}
OTHER = {"kind": "line", "color": "#1", "dash": [2, 1], "n": 2, "label": "Adam"}
SECOND = {**OTHER, "label": "Adam: j = 2"}
PLAIN = [{**mark, "label": ""} for mark in (GD, OTHER)]
DOTS = {"kind": "dots", "color": "#0", "dash": [], "n": 2, "label": ""}
LEVELS = {"kind": "line", "color": "#2", "dash": [], "n": 2, "label": ""}


@pytest.mark.parametrize(
    ("panels", "kind", "text"),
    [
        ([[(LEVELS, 5), (GD, 1), (OTHER, 2)]], "curve", "⌀ |Δ f(x)|: GD: 1; Adam: 2"),
        ([[(LEVELS, 0.5), (DOTS, 1)]], "curve", "⌀ |Δ f(x)| = 0.5"),
        ([[(GD, 5), (OTHER, 5)], [(LEVELS, 5), (PLAIN[0], 1), (PLAIN[1], 2)]], "path",
         "⌀ |Δ (x₁, f(x))|: GD: 1; Adam: 2"),
        ([[(OTHER, 5), (GD, 5)], [(SECOND, 5)], [(PLAIN[0], 1), (PLAIN[1], 2)]], "path",
         "⌀ |Δ (x₁, f(x))|: GD: 1; Adam: 2"),
        ([[(GD, 5)], [(DOTS, 5), (PLAIN[0], 1), (PLAIN[0], 2)]], "curve", "⌀ |Δ f(x)| = 1.5"),
        ([[(DOTS, 5)]], "curve", ""),
    ],
    ids=["named here", "the only one", "named elsewhere", "named twice", "a cloud", "no line"],
)  # fmt: skip
def test_the_distance_is_told_of_the_lines_that_have_a_name(node, panels, kind, text):
    """The guess, in the last panel, is the line at 0; every mark lies at its own height."""
    axes = {"x": SIDE, "y": {**LINEAR, "high": 9}}
    layout = [{**axes, "marks": [mark for mark, _ in panel]} for panel in panels]
    points = [its for panel in panels for _, height in panel for its in (-1, height, 1, height)]
    picture, task = {"layout": layout, "points": points}, {"panel": len(panels) - 1, "kind": kind}
    args = ", ".join(map(json.dumps, (picture, task, [[-1, 0], [1, 0]])))
    assert asked(node, f"comparison({args})") == text


def test_what_is_veiled_keeps_its_points_and_loses_its_look(node):
    star = {"kind": "stars", "opacity": 1, "label": "x*", "n": 1}
    hidden = asked(node, f"veiledPanel({json.dumps({'marks': [{**GD, 'opacity': 1}, star]})})")
    assert hidden == {"marks": [{**GD, "opacity": 0, "label": ""}, star]}
