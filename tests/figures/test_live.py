"""`live`: a function from numbers to panels becomes a figure with a control for each number."""

import io
import json
import math
import re
import sys
from base64 import b64decode
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from matplotlib.transforms import Bbox

from course_lib import LeastSquares, live
from course_lib.figures.knobs import Integers, Knob, Log, NearOne, PowersOfTwo, Reals
from course_lib.figures.scene import (
    Axis,
    Mark,
    Panel,
    band,
    dots,
    heat,
    heat_scale,
    layout,
    line,
    points,
    static_picture,
)
from course_lib.plot import COLORS, STYLE
from support.live_figures import complaints_of
from support.scenes import check_sent, error, kinds, marks, standing

FLOAT = sys.float_info
UNIT = Axis("t", 0, 1)
T = np.linspace(0, 1, 11)


def made(**start):
    """A live figure, and the list of arguments that its `draw` was called with."""
    calls = []

    def draw(alpha=1.0, beta2=0.9, n=3, log=False, kind="a"):
        calls.append({"alpha": alpha, "beta2": beta2, "n": n, "log": log, "kind": kind})
        if alpha < 0:
            raise ValueError("alpha: expected α ≥ 0")
        panel = Panel("t^α", UNIT, UNIT, [line(T, T**alpha, 0, "t")])
        return [panel] * n, f"α = {alpha:g}"

    return live(draw, **start), calls


def test_each_argument_gets_the_control_that_fits_it():
    figure, calls = made(alpha=0.5, beta2=0.99, n=2, log=True, kind=["a", "b"])
    assert calls == [{"alpha": 0.5, "beta2": 0.99, "n": 2, "log": True, "kind": "a"}]
    assert {name: type(knob.scale) for name, knob in figure.controls.knobs.items()} == {
        "alpha": Log, "beta2": NearOne, "n": Integers,
    }  # fmt: skip
    assert figure.controls.switches["kind"].options == ("a", "b")
    check_sent(figure)


def test_a_scale_of_ones_own():
    figure, _ = made(alpha=(0.5, Reals(0, 2)))
    assert figure.controls.knobs["alpha"].scale.ends == (0, 2)
    assert figure.controls.knobs["alpha"].value == 0.5


@pytest.mark.parametrize("value", [-5.0, -5, -0.5, 0.0, 3.0, 3])
def test_a_name_of_ones_own_has_its_value_inside_the_slider(value):
    low, high = Knob("own", value).scale.ends
    assert low < Knob("own", value).scale.to_slider(value) < high or value == low == 0


def test_a_control_draws_once_and_what_is_sent_follows():
    figure, calls = made(alpha=1.0, log=False, kind=["a", "b"])
    calls.clear()
    figure.controls.knobs["alpha"].slider.value = np.log10(2)
    assert [call["alpha"] for call in calls] == [2]
    ((_, points, _),) = marks(figure, 0)
    np.testing.assert_allclose(points, np.c_[T, T**2], atol=1e-6)
    assert figure.canvas.lines == "α = 2"
    assert "alpha = 2" in figure.canvas.alt
    figure.controls.switches["log"].value = True
    figure.controls.switches["kind"].value = "b"
    assert [(call["log"], call["kind"]) for call in calls[1:]] == [(True, "a"), (True, "b")]


def test_reset_draws_once_with_the_first_values():
    figure, calls = made(alpha=1.0, n=3, log=False)
    first = figure.canvas.points, figure.canvas.layout_json
    figure.controls.knobs["alpha"].box.value = "7"
    figure.controls.knobs["n"].box.value = "1"
    figure.controls.switches["log"].value = True
    calls.clear()
    figure.controls.reset_button.click()
    assert calls == [{"alpha": 1, "beta2": 0.9, "n": 3, "log": False, "kind": "a"}]
    assert (figure.canvas.points, figure.canvas.layout_json) == first


def test_an_error_is_said_with_the_value_and_the_last_picture_stays():
    figure, _ = made(alpha=1.0)
    before = figure.canvas.points, figure._repr_mimebundle_()
    figure.controls.knobs["alpha"].box.value = "-2"
    assert (figure.controls.knobs["alpha"].refusal, figure.controls.knobs["alpha"].box.value) == (
        "α ≥ 0",
        "1",
    )
    assert error(figure) == ""
    assert (figure.canvas.points, figure._repr_mimebundle_()) == before
    figure.controls.knobs["alpha"].box.value = "2"
    assert (figure.controls.knobs["alpha"].refusal, figure.controls.knobs["alpha"].value) == ("", 2)


@pytest.mark.parametrize(
    ("value", "typed", "why"),
    [
        ((3, Integers(2, 200)), "0", "n ∈ {2, …, 200}"),
        ((3, Integers(2, 200)), "1e9", "n ∈ {2, …, 200}"),
        ((4, PowersOfTwo(64)), "65", "n ∈ {1, …, 64}"),
        (1.0, "1e400", "n ∈ ℝ"),
        (1.0, "nan", "n ∈ ℝ"),
    ],
)
def test_what_a_draw_cannot_be_asked_for_is_refused_at_the_box(value, typed, why):
    """A whole number outside its scale (so many steps would never end), and what is no number."""
    asked = []
    figure = live(lambda n: asked.append(n) or Panel("t", UNIT, UNIT), n=value)
    before, knob = list(asked), figure.controls.knobs["n"]
    knob.box.value = typed
    assert (knob.refusal, asked) == (why, before)


def inverse(c, q=1.0, n=4):
    """What fails in the words of Python, of the library and of its own."""
    if n % 2:
        raise ValueError("n: expected an even number")
    height = n / c * math.exp(q) + LeastSquares([[c]], [n]).f_star
    return Panel("t", UNIT, UNIT, [line(T, height * T)])


@pytest.mark.parametrize(
    ("turned", "refused"),
    [
        ({"c": "0"}, {"c": "0.01 ≤ c ≤ 100"}),  # ZeroDivisionError
        ({"q": "1e9"}, {"q": "0 ≤ q ≤ 1"}),  # OverflowError
        ({"c": "1e-400"}, {"c": "0.01 ≤ c ≤ 100"}),
        ({"n": "-3"}, {"n": "0 ≤ n ≤ 16"}),  # in English, and no word for a Russian notebook
        ({"n": "18", "q": "800"}, {"q": "0 ≤ q ≤ 1"}),  # that of the two which was moved
        ({"c": "-1", "n": "3"}, {"c": "0.01 ≤ c ≤ 100"}),  # not the one that was moved
    ],
    ids=str,
)
def test_what_cannot_be_drawn_beyond_a_slider_is_told_by_its_ends(turned, refused):
    figure = live(inverse, c=(1.0, Log(0.01, 100)), q=(0.5, Reals(0, 1)), n=4)
    knobs = figure.controls.knobs
    for name, typed in turned.items():
        before = figure.controls.values(), figure.canvas.points
        knobs[name].box.value = typed
    assert (figure.controls.values(), figure.canvas.points) == before
    assert {name: knob.refusal for name, knob in knobs.items() if knob.refusal} == refused
    assert error(figure) == ""
    knobs["c"].box.value = "200"  # beyond it too, and can be drawn
    assert (knobs["c"].value, [knob.refusal for knob in knobs.values()]) == (200, [""] * 3)


def test_what_fails_within_the_sliders_is_an_error_of_the_draw():
    figure = live(inverse, c=(1.0, Reals(-1, 1)))
    figure.controls.knobs["c"].box.value = "0"
    assert error(figure) == "ZeroDivisionError: float division by zero (c = 0)"


@pytest.mark.parametrize(
    ("start", "named"),
    [
        ({"gamma": 1}, "gamma"),
        ({"alpha": -1.0}, "alpha"),
        ({"alpha": "one"}, "alpha"),
        ({"alpha": (1, 2, 3)}, "alpha"),
        ({"kind": []}, "kind"),
        ({"n": 0}, "panels"),
        ({"alpha": (0.0, 10.0)}, r"alpha: .*\(number, scale\).*10\.0"),
        ({"alpha": np.nan}, "alpha: .*nan"),
        ({"alpha": [1, 2]}, "alpha"),
        ({"alpha": 1j}, "alpha"),
        ({"alpha": (1.0, Log)}, r"alpha: .*\(number, scale\)"),
        ({"alpha": (True, Reals(0, 1))}, r"alpha: .*\(number, scale\)"),
        ({"kind": ["a", "b", "a"]}, r"kind: expected different texts; got \['a', 'b', 'a'\]"),
    ],
)
def test_a_wrong_start_is_an_error_of_the_call(start, named):
    with pytest.raises(ValueError, match=named):
        made(**start)


@pytest.mark.parametrize(
    ("given", "kind", "value"),
    [
        (np.int64(3), int, 3), (np.float32(0.5), float, 0.5), (np.float64(0.5), float, 0.5),
        (np.array(2), int, 2), (np.bool_(True), bool, True), ((np.int8(3), Integers(0, 9)), int, 3),
        (Fraction(1, 4), float, 0.25), (("a", "b"), str, "a"), ([np.str_("a"), "b"], str, "a"),
    ],
)  # fmt: skip
def test_a_value_of_any_library_is_pythons_own(given, kind, value):
    calls = []

    def draw(p):
        calls.append(p)
        return [Panel("t", UNIT, UNIT, [line(T, T)])]

    check_sent(live(draw, p=given))
    assert calls == [value]
    assert isinstance(calls[0], kind)


@pytest.mark.parametrize(
    ("shape", "panels", "text"),
    [
        (lambda p: p, 1, ""), (lambda p: [p], 1, ""), (lambda p: (p, p), 2, ""),
        (lambda p: (p, 3.5), 1, "3.5"), (lambda p: ([p, p], np.float64(2)), 2, "2.0"),
        (lambda p: ((p, p, p), "abc"), 3, "abc"), (lambda p: (p, p, p), 3, ""),
    ],
)  # fmt: skip
def test_what_draw_returns_is_panels_and_perhaps_a_line(shape, panels, text):
    figure = live(lambda c: shape(Panel("t", UNIT, UNIT, [line(T, T)])), c=1.0)
    check_sent(figure)
    assert (len(figure.canvas.layout_json), figure.canvas.lines) == (panels, text)


@pytest.mark.parametrize("returned", [None, [], 3, ([], "text"), [None], "panel"], ids=str)
def test_a_draw_that_returns_no_panels_is_named(returned):
    with pytest.raises(ValueError, match="draw: expected panels"):
        live(lambda c: returned, c=1.0)


@pytest.mark.parametrize("number", [None, "one", [1, 2], 1j], ids=repr)
def test_what_is_no_number_under_a_figure_is_named(number):
    with pytest.raises(ValueError, match=r"draw: expected \{name: number\} under the panels"):
        live(lambda c: (Panel("t", UNIT, UNIT), {"c": number}), c=1.0)


def squared(calls, **more):
    """A figure of p with two numbers under it; `calls` hears of every drawing."""

    def draw(p):
        calls.append(p)
        return [Panel("t", UNIT, UNIT)], {"p²": p * p, "p": p}

    return live(draw, p=2.0, **more)


def test_a_goal_is_what_a_number_under_the_figure_must_not_exceed():
    calls = []
    figure = squared(calls, goal={"p²": 1})
    assert figure.canvas.lines == "p² = 4;  p = 2"
    assert standing(figure) == ("◎ p² ≤ 1", "→ 4 ✗", "★ 4 ✗")
    for p, said in (("0.5", ("→ 0.25 ✓", "★ 0.25 ✓")), ("3", ("→ 9 ✗", "★ 0.25 ✓"))):
        figure.controls.knobs["p"].box.value = p
        assert standing(figure)[1:] == said
    figure.controls.reset_button.click()
    assert standing(figure)[1:] == ("→ 4 ✗", "★ 0.25 ✓")
    assert calls == [2, 0.5, 3, 2]


@pytest.mark.parametrize(
    ("goal", "named"),
    [(1, "name: number"), ({"q": 1}, "p², p.*'q'"), ({"p": "1"}, "p.*'1'"), ({"p": np.nan}, "nan")],
)
def test_a_goal_that_cannot_be_is_named(goal, named):
    with pytest.raises(ValueError, match=f"goal: .*{named}"):
        squared([], goal=goal)


def test_draw_is_anything_that_is_called_with_numbers():
    def draw(**numbers):
        return Panel(", ".join(numbers), UNIT, UNIT, [line(T, T)])

    assert live(draw, a=1.0, b=2).canvas.layout_json[0]["name"] == "a, b"
    check_sent(live(partial(draw, b=2), a=1.0))
    with pytest.raises(ValueError, match="draw: expected a function; got None"):
        live(None, a=1.0)


@pytest.mark.parametrize(
    ("of", "named"),
    [
        (3, "of: expected a function; got 3"),
        (lambda beta: (beta,), "alpha: of has the arguments beta"),
        (lambda alpha, beta: (alpha,), "beta: expected its value at the start"),
        (lambda alpha: alpha, "of: expected a function that returns a tuple; got 1.0"),
    ],
)
def test_what_cannot_be_computed_first_is_named(of, named):
    with pytest.raises(ValueError, match=named):
        live(lambda alpha: Panel("α", UNIT, UNIT, []), of=of, alpha=1.0)


MANY = {f"c{i}": 1.0 for i in range(300)}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("start", lambda: live(lambda **numbers: Panel("t", UNIT, UNIT), **MANY)),
        ("draw", lambda: live(lambda c: [Panel("t", UNIT, UNIT)] * 300, c=1.0)),
        ("draw", lambda: live(lambda c: [Panel("t", UNIT, UNIT, share=30)] * 10, c=1.0)),
        ("goal", lambda: squared([], goal=MANY)),
    ],
)
def test_what_is_too_many_for_one_figure_is_named(name, made):
    with pytest.raises(ValueError, match=f"{name}: expected .*at most 36.*; got 300"):
        made()


def test_an_argument_without_a_value_is_named():
    with pytest.raises(ValueError, match="c: expected its value"):
        live(lambda c, q: [], q=1.0)


def test_the_static_picture_is_of_what_is_shown():
    figure, _ = made(alpha=1.0)
    bundle, metadata = figure._repr_mimebundle_()
    assert imread(io.BytesIO(b64decode(bundle["image/png"])), format="png").shape[1] > 1000
    assert metadata["image/png"]["alt"] == figure.canvas.alt == bundle["text/plain"]
    figure.controls.knobs["alpha"].box.value = "3"
    assert figure._repr_mimebundle_()[0]["image/png"] != bundle["image/png"]


def test_driving_a_figure_finds_the_value_that_breaks_it():
    """As test_notebooks.py drives every figure of every notebook."""
    figure, _ = made(alpha=1.0, beta2=0.9, kind=["a", "b"])
    assert list(complaints_of(0, figure)) == []

    def fragile(alpha, kind):
        panels = [Panel("t", UNIT, UNIT, [line(T, T)])]
        return [] if alpha > 100 or kind == "b" else panels

    found = list(complaints_of(3, live(fragile, alpha=1.0, kind=["a", "b"])))
    assert len(found) == 3
    assert "figure 3: alpha = 1000.0: " in found[0]
    assert "figure 3: kind = b: " in found[2]

    def wordy(n):
        if n < 1:
            raise ValueError("n: expected a positive number")
        return Panel("t", UNIT, UNIT, [line(T, T)])

    assert list(complaints_of(0, live(wordy, n=(1.0, Log(1, 10))))) == []
    found = complaints_of(0, live(wordy, n=(1.0, Reals(-1, 2))))
    assert "figure 0: n = 0: n: a positive number" in list(found)


# --- What a picture is made of ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "log", "low", "high"),
    [
        ([[0.3, 20.0]], True, 0.1, 100),
        ([[0.0, -1.0, 3e-3], [np.inf, np.nan]], True, 1e-3, 1e-2),
        ([[1.0]], True, 1, 10),
        ([[np.nan]], True, 0.1, 1),
        ([[]], False, 0, 1),
        ([[0.0, 10.0], [np.nan]], False, -0.5, 10.5),
        ([[5.0, 5.0]], False, 4, 6),
        ([[1.0, 1.5e308]], True, 1, FLOAT.max),
        ([[1.5e308]], True, 1e307, FLOAT.max),
        ([[0.0, 5e-324, 1.0]], True, 1, 10),
        ([[FLOAT.min]], True, 1e-308, 1e-307),
        ([[-1.7e308, 1.7e308]], False, -1.1e300, 1.1e300),
        ([[0.0, 5e-324]], False, -1, 1),
        ([[1e16, 1e16 + 2]], False, 0.95e16, 1.05e16),
    ],
)
def test_an_axis_over_values(values, log, low, high):
    axis = Axis.over("y", *values, log=log)
    assert (axis.low, axis.high) == (pytest.approx(low), pytest.approx(high))
    texts = [text for at, text in axis.ticks() if axis.low <= at <= axis.high]
    assert 2 <= len(texts) == len(set(texts)) == len(axis.ticks())


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [(1, 1, False), (2, 1, False), (np.nan, 1, False), (0, np.inf, False), (0, 1, True),
     (-1, 1, True)],
)  # fmt: skip
def test_an_axis_that_cannot_be_drawn_is_named(low, high, log):
    with pytest.raises(
        ValueError, match=f"step: expected .* got {re.escape(repr(low))}, {re.escape(repr(high))}"
    ):
        Axis("step", low, high, log)


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (lambda: Axis("t", "0", "1"), "t: .*'0', '1'"),
        (lambda: Mark("lines", [[0, 1]]), "kind: .*'lines'"),
        (lambda: Mark("line", [1, 2, 3]), r"points: .*\(3,\)"),
        (lambda: Mark("line", None), r"points: .*\(\)"),
        (lambda: Mark("arrow", [[0, 1]]), "points: .*got 1"),
        (lambda: heat([1, 2], 0, 1), r"z: .*\(2,\)"),
        (lambda: heat([], 0, 1), r"z: .*\(0,\)"),
        (lambda: heat([["a"]], 0, 1), "z: expected an array of numbers"),
        (lambda: heat([[1]], 0, "1"), "high: .*'1'"),
        (lambda: heat([[1]], 0, 1, "rainbows"), "cmap: .*'rainbows'"),
        (lambda: line([0, 1], [0, 1, 2]), r"x, y: .*\(2,\) and \(3,\)"),
        (lambda: line("ab", [0, 1]), "x: .*'ab'"),
        (lambda: dots([0], [1j]), "y: .*1j"),
        (lambda: line([0], [1], "redish"), "color: .*'redish'"),
        (lambda: Axis.over("f", "abc"), "f: .*'abc'"),
        (lambda: Panel("t", UNIT, None), "y: expected Axis; got None"),
        (lambda: Panel("t", UNIT, UNIT, [3]), "marks: .*got 3"),
        (lambda: Log(0, 1), "low: expected 0 < low < inf; got 0"),
        (lambda: line([0], [1], width=np.nan), "width: expected 0 ≤ width ≤ 3e.38; got nan"),
        (lambda: line([0], [1], opacity=2), "opacity: expected 0 ≤ opacity ≤ 1; got 2"),
        (lambda: dots([0], [1], size="4"), "size: .*'4'"),
        (lambda: Panel("t", UNIT, UNIT, share=0), "share: expected 0.1 ≤ share < 36; got 0"),
        (lambda: Panel("t", UNIT, UNIT, image="t.png"), "image: expected bytes; got 't.png'"),
        (lambda: Panel("t", UNIT, UNIT, image=b"GIF8"), "image: expected a PNG, .*b'GIF8'"),
        (lambda: Integers(0.5, 3), "low, high: expected whole numbers; got 0.5 and 3"),
        (lambda: Integers(10, 0), r"low, high: expected low < high; got 10\.0 and 0\.0"),
        (lambda: Reals(np.nan, 1), "low, high: expected finite numbers; got 1 like nan"),
        (lambda: PowersOfTwo(0.5), r"n: expected an integer ≥ 1; got 0\.5"),
    ],
)
def test_a_part_that_cannot_be_drawn_is_named(made, named):
    with pytest.raises(ValueError, match=named):
        made()


def test_ticks_of_close_ends_differ_in_their_text():
    texts = [text for _, text in Axis("y", 1e6, 1e6 + 1).ticks()]
    assert len(texts) == len(set(texts)) > 2


def test_the_layout_of_numpys_numbers_is_json():
    one, few = np.int64(1), np.float32(2.5)
    axis = Axis("t", np.int64(0), one, np.bool_(True) & False)
    mark = Mark("line", [[0, 1]], width=few, size=one, dash=(few, one), opacity=few / few)
    panels = [Panel("t", axis, axis, [mark, line(T, T, np.int64(1))], share=few)]
    shown = json.loads(json.dumps(layout(panels)))[0]
    assert shown["marks"][0]["width"] == shown["share"] == 2.5
    assert shown["marks"][1]["color"] == COLORS[1]


def test_what_float32_cannot_carry_goes_as_far_as_it_can():
    log, linear = Axis("t", 1e-9, 1, True), Axis("t", 0, 1)
    rows = Mark("line", [[1e-60, 1e-60], [0, -1e300]])
    sent = np.frombuffer(points([Panel("t", linear, log, [rows])]), np.float32)
    assert sent[0] == sent[2] == 0
    assert 0 < sent[1] < 1e-36
    assert np.isfinite(sent).all()


def test_a_band_leaves_out_what_is_not_finite():
    shown = band([1, 2, 3], [1, np.nan, 3], [2, 2, 4])
    assert shown.points.tolist() == [[1, 1], [3, 3], [3, 4], [1, 2]]


def test_a_number_is_the_courses_colour_with_its_dash():
    assert len({(line(T, T, j).color, line(T, T, j).dash) for j in range(36)}) == 36
    assert line(T, T, 0).color != line(T, T, 1).color
    assert line(T, T, 0).dash == ()
    assert line(T, T, 1).dash != ()
    assert line(T, T, "text").color == dots(T, T, "text").color == "text"


def test_a_table_of_values_is_a_picture_with_row_0_below():
    z = np.array([[0.0, 1.0], [np.nan, 2.0]])
    picture = imread(io.BytesIO(heat(z, 0, 2, "gray")), format="png")
    rows, columns = (picture.shape[0] * 3 // 4, picture.shape[0] // 4), (80, 240)
    shades = [[picture[row, column, 0] for column in columns] for row in rows]
    np.testing.assert_allclose(shades, [[0, 0.5], [0.5, 1]], atol=0.01)


def test_a_band_in_the_still_picture_has_no_outline(monkeypatch):
    """Not one of dashes either: matplotlib 3.10 raises for dashes of no width."""
    drawn = []
    monkeypatch.setattr(Axes, "fill", lambda self, x, y, **style: drawn.append(style))
    static_picture([Panel("f", UNIT, UNIT, [band(T, T, T + 1, j) for j in range(3)])])
    assert [(style["linewidth"], style["linestyle"]) for style in drawn] == [(0, "-")] * 3


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [(-1.2345e5, 1e5, False), (1e-30, 1e30, True), (-1e-300, 1e-300, False), (0, 100, False)],
)
def test_the_still_picture_cuts_nothing_off(low, high, log, monkeypatch):
    """All its texts lie on the paper, and those of an axis' ticks do not touch."""
    axis = Axis("∥∇f(xₖ)∥²", low, high, log)
    panels = [Panel("f", axis, axis), heat_scale("log₁₀ f", low, high, log=log)]
    drawn = []
    monkeypatch.setattr("course_lib.figures.scene._png", drawn.append)
    static_picture([*panels, replace(panels[0], share=0.6)])
    (figure,) = drawn
    FigureCanvasAgg(figure).draw()
    for ax in figure.axes:
        for texts in (ax.get_xticklabels(), ax.get_yticklabels(), [ax.xaxis.label, ax.yaxis.label]):
            boxes = [text.get_window_extent() for text in texts if text.get_text()]
            assert all(figure.bbox.contains(*corner) for box in boxes for corner in box.corners())
            assert not any(box.overlaps(other) for box, other in pairwise(boxes))
        assert not ax.yaxis.label.get_window_extent().overlaps(
            Bbox.union([text.get_window_extent() for text in ax.get_yticklabels()])
        )


def test_the_still_picture_has_a_style_of_its_own():
    panels = [Panel("f", UNIT, UNIT, [line(T, T, 0, "f")]), heat_scale("z", 0, 1)]
    with rc_context():
        before = static_picture(panels)
        rcParams.update(STYLE)
        assert static_picture(panels) == before


def test_a_log_axis_does_not_bend_the_table():
    """The picture fills the axes, as in the browser: a cell is as wide at 10⁻⁴ as at 1."""
    table = heat(np.arange(16.0).reshape(4, 4), 0, 15)
    pictures = []
    for log in (False, True):
        axis = Axis("", 1e-4, 1, log, bare=True)
        figure = live(lambda c, axis=axis: [Panel("z", axis, axis, [], table)], c=1.0)
        png = b64decode(figure._repr_mimebundle_()[0]["image/png"])
        pictures.append(imread(io.BytesIO(png), format="png"))
    inside = [p[40:-40:20, 80:-40:20] for p in pictures]
    assert np.mean(abs(inside[0] - inside[1]) > 0.1) < 0.05  # ticks and the edges of cells


def test_a_scale_stands_beside_its_table():
    x, y = Axis("β₁", 0, 1), Axis("β₂", 0, 1)
    z = np.arange(400.0).reshape(20, 20)
    panels = [Panel("map", x, y, [dots([0.5], [0.5])], heat(z, 0, 400)), heat_scale("f", 0, 400)]
    figure = live(lambda c: panels, c=1.0)
    assert kinds(figure, 0) == ["dots"]
    assert [panel["share"] for panel in figure.canvas.layout_json] == [1, panels[1].share]
    assert figure.canvas.layout_json[1]["x"]["ticks"] == []
    wide = imread(io.BytesIO(b64decode(figure._repr_mimebundle_()[0]["image/png"])), format="png")
    assert wide.shape[1] < 1000
