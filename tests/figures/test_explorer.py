"""The live figure without a browser: its controls are set as the browser would set them."""

import html
import io
import itertools
import re
import subprocess
import sys
import threading
import time
from base64 import b64decode
from functools import partial, wraps
from inspect import isgeneratorfunction
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.image import imread

import course_lib
from course_lib import (
    FiniteSum,
    Function,
    Goal,
    LeastSquares,
    adadelta,
    adagrad,
    adam,
    adamw,
    figures,
    gd,
    hyperparameters,
    least_squares,
    line_fit,
    logistic,
    methods,
    momentum,
    pl_sine,
    quadratic,
    rmsprop,
    rosenbrock,
)
from course_lib.figures import explore, page, scene, trajectories
from course_lib.figures.goals import scientific
from course_lib.figures.knobs import Integers, Knob, Log, NearOne, PowersOfTwo, as_text, scale_of
from course_lib.figures.panels import BATCH, HIGHEST, LETTER, LOWEST, ROOM, RUNS_SHOWN, apart
from course_lib.figures.trajectories import MOST_WORK, NUMBER, SCHEDULES, STEP
from course_lib.figures.words import WORDS
from course_lib.letters import LETTERS
from course_lib.problems import gap
from course_lib.problems.curves import UNITS
from support import ROOT
from support.scenes import ODD_SURFACES, check_sent, error, kinds, marks, standing, surface

#: Iterations of a thousand runs, d = 2, in batches of 2.
LONGEST = MOST_WORK // (STEP + 2000 * (NUMBER + 2))
ALL_METHODS = [method for method in vars(methods).values() if isgeneratorfunction(method)]


def stochastic(**options):
    """The explorer of the SGD notebook, with few steps."""
    given = {"alpha": 1.0, "steps": 30, "panels": ["path", "gap", "fit"]} | options
    return explore(gd, line_fit().minibatch(2, 0, replace=False), [5.5, 1.5], **given)


def knob(figure, name):
    return figure.controls.knobs[name]


def refusals(figure):
    """What stands beside the knobs, by name."""
    return {n: k.refusal for n, k in figure.controls.knobs.items() if k.refusal}


def sent(figure):
    """All that the browser draws from, but for the background pictures."""
    return figure.canvas.points, figure.canvas.layout_json


@pytest.fixture
def calls(monkeypatch):
    """The hyperparameters, steps and x0 of every `run` of the explorer."""
    made = []

    def spy(method, problem, x0, steps, **hyper):
        made.append({"method": method, "problem": problem, "x0": x0, "steps": steps, **hyper})
        return course_lib.run(method, problem, x0, steps, **hyper)

    monkeypatch.setattr(trajectories, "run", spy)
    return made


# --- Controls ---------------------------------------------------------------------------------


def test_a_slider_computes_once_and_changes_what_is_sent(calls):
    figure = stochastic()
    calls.clear()
    before = sent(figure)
    knob(figure, "alpha").slider.value = np.log10(0.5)
    assert [call["alpha"] for call in calls] == [0.5]
    assert (knob(figure, "alpha").value, knob(figure, "alpha").box.value) == (0.5, "0.5")
    assert sent(figure) != before
    assert "α = 0.5" in figure.canvas.alt


@pytest.mark.parametrize("name", ["alpha", "batch", "seed", "steps"])
@pytest.mark.parametrize("k", [30, 20], ids=["whole path", "one step"])
def test_every_slider_computes_once(calls, name, k):
    figure = stochastic()
    figure.controls.scrubber.value = k
    calls.clear()
    slider = knob(figure, name).slider
    slider.value = (slider.min + slider.max) / 2
    assert len(calls) == 1
    slider.value = slider.min
    assert len(calls) == 2
    check_sent(figure)


def test_who_looks_at_another_step_or_axis_waits_for_no_run(calls):
    figure = explore([gd, adam], line_fit().minibatch(2), [5.5, 1.5], steps=30, watch="|Δx|")
    calls.clear()
    figure.controls.scrubber.value = 7
    figure.controls.unit.value = "epochs"
    assert calls == []
    knob(figure, "beta1").slider.value = 0.5
    assert {call["method"] for call in calls} == {adam}
    figure.controls.watch.value = "v_hat"
    check_sent(figure)
    now = sent(figure)
    figure.draw._last.clear()
    figure.update()
    assert sent(figure) == now


def test_another_function_from_the_same_start_is_run(calls):
    figure = explore(gd, [quadratic(), rosenbrock()], [1.0, 1.5], steps=5)
    calls.clear()
    figure.controls.choice.value = 1
    assert [call["problem"].name for call in calls] == [rosenbrock().name]


def test_pictures_for_which_nobody_asked_are_not_made_of_a_long_run(calls, monkeypatch):
    monkeypatch.setattr(page, "SECONDS", 0)
    figure = explore(gd, quadratic(), [1.0, 1.0], steps=50_000)
    calls.clear()
    figure._repr_mimebundle_()
    assert calls == []


def test_a_slider_that_does_not_change_the_value_computes_nothing(calls):
    figure = stochastic()
    calls.clear()
    knob(figure, "batch").slider.value = 1.2  # rounds to the 2 that it is
    assert calls == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", 25.0), ("alpha", 1e-9), ("alpha", 0), ("seed", 12345), ("steps", 1500)],
)
def test_a_typed_value_may_lie_beyond_the_ends(calls, name, value):
    figure = stochastic()
    calls.clear()
    knob(figure, name).box.value = str(value)
    assert len(calls) == 1
    assert knob(figure, name).value == value
    slider = knob(figure, name).slider
    assert slider.value in (slider.min, slider.max)
    check_sent(figure)
    knob(figure, name).slider.value = (slider.min + slider.max) / 2
    assert knob(figure, name).value != value


@pytest.mark.parametrize(
    ("name", "typed", "keys", "value"),
    [
        ("steps", "100000", -1, 99999), ("steps", "1500", 3, 1503), ("steps", "1000", 1, 1000),
        ("steps", "1001", -2, 999), ("seed", "0", -1, 0), ("seed", "12345", 1, 12346),
        ("batch", "1000", -1, 512), ("batch", "64", 1, 100), ("batch", "100", 1, 100),
        ("alpha", "1000", -1, 977.0), ("alpha", "1e-9", 1, 1.02e-9), ("alpha", "0,123", 1, 0.126),
        ("alpha", "0", -1, 0.0), ("alpha", "10", 1, 10.0),
    ],
)  # fmt: skip
def test_an_arrow_in_a_box_is_a_step_from_where_the_value_is(name, typed, keys, value):
    """Beyond the ends of the slider too; a slider at its end stays there."""
    figure = stochastic()
    figure.controls.sampling.value = "replace=True"
    knob(figure, name).box.value = typed
    label = knob(figure, name).slider.description
    figure.canvas.arrows = {label: 5}
    knob(figure, name).box.value = typed + " "
    figure.canvas.arrows = {label: 5 + keys}
    assert (knob(figure, name).value, refusals(figure)) == (value, {})
    assert knob(figure, name).box.value == as_text(value)


@pytest.mark.parametrize("steps", [0, 1, 60, 300, 997, 100_000])
def test_a_run_is_played_in_bounded_time_up_to_its_end(steps):
    figure = stochastic(steps=20)
    knob(figure, "steps").box.value = str(steps)
    play = figure.controls.play
    assert steps / play.step * play.interval < 15_000
    assert play.interval >= 40
    assert steps > 80 or (play.step, play.interval) == (1, 120)
    play.playing, play.value = True, steps // play.step * play.step
    play.playing = False  # as the browser says when no whole leap is left
    assert play.value == play.max == steps


def test_a_typed_value_is_used_exactly(calls):
    figure = stochastic()
    knob(figure, "alpha").box.value = "0.123456789"
    assert calls[-1]["alpha"] == 0.123456789
    assert knob(figure, "alpha").slider.value == pytest.approx(np.log10(0.123456789), abs=0.005)


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("alpha", "0,25", 0.25), ("alpha", " 2,5e\N{MINUS SIGN}1 ", 0.25), ("alpha", ".25", 0.25),
        ("alpha", "1e-3", 1e-3), ("batch", "1e1", 10), ("batch", "4,0", 4),
        ("steps", "1 000", 1000), ("seed", "3", 3),
    ],
)  # fmt: skip
def test_a_number_is_typed_as_people_write_it(calls, name, typed, value):
    """With a decimal comma, as on a Russian keyboard, and in whole-number boxes too."""
    figure = stochastic()
    knob(figure, name).box.value = typed
    assert knob(figure, name).value == value
    assert knob(figure, name).box.value == f"{value:g}"
    assert refusals(figure) == {}


BAD = [
    (gd, "alpha", "-1", "0 ≤ α < ∞"),
    (gd, "alpha", "nan", "0 ≤ α < ∞"),
    (gd, "alpha", "1,2,3", "α ∈ ℝ"),
    (gd, "alpha", "", "α ∈ ℝ"),
    (momentum, "beta", "1", "0 ≤ β < 1"),
    (adam, "beta2", "1,5", "0 ≤ β₂ < 1"),
    (gd, "batch", "0", "B ∈ {1, …, 100}"),
    (gd, "batch", "12.7", "B ∈ {1, …, 100}"),
    (gd, "batch", "101", "B ∈ {1, …, 100}"),
    (gd, "batch", "1e9", "B ∈ {1, …, 100}"),
    (gd, "steps", "-1", "K ∈ {0, …, 100000}"),
    (gd, "steps", "1e6", "K ∈ {0, …, 100000}"),
    (gd, "steps", "inf", "K ∈ {0, …, 100000}"),
    (gd, "seed", "-5", "seed ∈ {0, …}; 3, 17, 21"),
    (gd, "seed", "<b>", "seed ∈ {0, …}; 3, 17, 21"),
]


@pytest.mark.parametrize(("method", "name", "bad", "range_"), BAD)
def test_a_refused_value_is_told_beside_its_box_which_keeps_the_one_shown(
    method, name, bad, range_
):
    """In symbols, for both languages; a slip of the finger in K or B must not fill the memory."""
    problem = line_fit().minibatch(2, 0, replace=False)
    figure = explore(method, problem, [5.5, 1.5], steps=20)
    turned = knob(figure, name)
    before = turned.value, turned.box.value, turned.slider.value, sent(figure)
    turned.box.value = bad
    assert (turned.value, turned.box.value, turned.slider.value, sent(figure)) == before
    assert refusals(figure) == {name: range_}
    assert "course-refused" in turned._dom_classes
    struck = html.escape(bad.replace("1,5", "1.5"))  # as a number, where it is one
    note = f'<div class="course-note" role="alert"><s>{struck}</s> {html.escape(range_)}</div>'
    assert turned.children[2].value == note
    assert error(figure) == ""
    figure._repr_mimebundle_()  # shown again by the next cell
    turned.box.value = before[1] + " "  # the same number
    check_sent(figure)
    assert refusals(figure) == {}
    assert len(turned.children) == 2
    assert sent(figure) == before[-1]


def test_a_choice_that_cannot_be_is_taken_back_and_told_at_the_number_in_its_way():
    figure = stochastic()
    figure.controls.sampling.value = "replace=True"
    knob(figure, "batch").box.value = "1000"
    before = sent(figure)
    figure.controls.sampling.value = "replace=False"
    assert figure.controls.sampling.value == "replace=True"
    assert (refusals(figure), sent(figure)) == ({"batch": "B ∈ {1, …, 100}"}, before)


def test_what_is_too_much_together_is_told_at_k_with_what_it_stands_beside():
    """A run of either length alone would do; the picture stays."""
    figure = explore(gd, [line_fit().minibatch(2), least_squares(d=1000).minibatch(2)],
                     [np.ones(2), np.ones(1000)], steps=1000, seeds=1000)  # fmt: skip
    before = sent(figure)
    knob(figure, "steps").box.value = "50000"
    assert refusals(figure) == {"steps": f"K ∈ {{0, …, {LONGEST}}}"}
    most = MOST_WORK // (STEP + 2000 * (NUMBER + 1024))
    knob(figure, "batch").box.value = "1024"
    assert refusals(figure) == {"steps": f"K ≤ {most} (B = 1024, # seed = 1000, d = 2)"}
    most = MOST_WORK // (STEP + 10**6 * (NUMBER + 2))
    figure.controls.choice.value = 1
    assert refusals(figure) == {"steps": f"K ≤ {most} (B = 2, # seed = 1000, d = 1000)"}
    assert (knob(figure, "batch").value, figure.controls.choice.value) == (2, 0)
    assert sent(figure) == before
    knob(figure, "steps").box.value = "10"
    assert refusals(figure) == {}


@pytest.mark.parametrize("typed", ["9007199254740993", "18446744073709551617"])
def test_a_seed_is_typed_to_its_last_digit(typed):
    figure = stochastic()
    knob(figure, "seed").box.value = typed
    assert knob(figure, "seed").value == int(typed)
    knob(figure, "seed").box.value = f"3, {typed}"
    assert knob(figure, "seed").value == (3, int(typed))


def test_seeds_are_also_an_array(calls):
    stochastic(seeds=np.array([5, 3]))
    assert calls[-1]["problem"].seed.tolist() == [5, 3]


def test_too_many_seeds_are_told_at_their_box():
    figure = stochastic()
    knob(figure, "seed").box.value = " ".join(map(str, range(1001)))
    assert refusals(figure) == {"seed": "# seed ≤ 1000"}
    knob(figure, "seed").box.value = "3, 3, 17"
    assert (knob(figure, "seed").value, refusals(figure)) == ((3, 17), {})
    with pytest.raises(ValueError, match="seed: expected at most 1000 runs; got 1001"):
        knob(figure, "seed").value = tuple(range(1001))


def test_an_own_methods_refusal_of_a_whole_number_is_told_as_it_says():
    def even(problem, x, alpha=0.1):
        for _ in range(101):
            yield x
        raise ValueError("steps: expected steps ≤ 100; got more")

    figure = explore(even, quadratic(), [1.0, 1.0], steps=10)
    knob(figure, "steps").box.value = "101"
    assert refusals(figure) == {"steps": "K ≤ 100"}


def test_an_own_methods_refusal_stands_at_the_knob_that_it_names():
    def own(problem, x, alpha=0.1, kappa=3.0):
        if kappa < alpha:
            raise ValueError(f"kappa: expected kappa ≥ alpha; got {kappa}")
        while True:
            yield x
            x = x - alpha / kappa * problem.grad(x)

    figure = explore(own, quadratic(), [1.0, 1.0], steps=10)
    knob(figure, "alpha").box.value = "5"
    assert refusals(figure) == {"kappa": "κ ≥ α"}
    assert knob(figure, "alpha").value == 0.1


def test_what_is_wrong_without_a_knob_is_a_line_of_text_over_the_picture(monkeypatch):
    figure = stochastic()
    before = sent(figure)
    with monkeypatch.context() as patch:
        patch.setattr(trajectories, "run", lambda *_, **__: 1 / 0)
        knob(figure, "alpha").box.value = "0.5"
    assert error(figure) == "ZeroDivisionError: division by zero (alpha = 0.5)"
    assert (sent(figure), knob(figure, "alpha").box.value) == (before, "1")
    inside = figure.message.value.removeprefix('<div class="course-error" role="alert">')
    assert "<" not in inside.removesuffix("</div>")
    knob(figure, "alpha").box.value = "0.7"
    check_sent(figure)


def test_a_number_of_the_program_beyond_the_limits_is_an_error_of_the_program():
    figure = stochastic()
    with pytest.raises(ValueError, match=r"steps: expected K ∈ \{0, …, 100000\}; got 1000000"):
        knob(figure, "steps").value = 10**6
    assert knob(figure, "steps").value == 30


def test_reset_brings_back_everything(calls):
    figure = stochastic()
    before = sent(figure), figure.canvas.alt
    for turned in figure.controls.knobs.values():
        turned.slider.value = (turned.slider.min + turned.slider.max) / 2
    figure.controls.schedule.value = "α/k"
    figure.controls.unit.value = "grads"
    figure.controls.sampling.value = "replace=True"
    figure.controls.scrubber.value = 3
    figure.canvas.pointer = {"panel": "f(x)", "x": 1.0, "y": 2.0}
    assert (sent(figure), figure.canvas.alt) != before
    figure.controls.reset_button.click()
    assert {name: knob.value for name, knob in figure.controls.knobs.items()} == {
        "alpha": 1.0, "batch": 2, "seed": 0, "steps": 30,
    }  # fmt: skip
    it = figure.controls
    switches = it.schedule, it.unit, it.sampling, it.scrubber
    assert [switch.value for switch in switches] == ["α", "k", "replace=False", 30]
    assert (sent(figure), figure.canvas.alt) == before
    assert calls[-1]["x0"].tolist() == [5.5, 1.5]


def test_reset_ends_a_refusal():
    figure = stochastic()
    before = sent(figure)
    knob(figure, "alpha").box.value = "-1"
    figure.controls.reset_button.click()
    check_sent(figure)
    assert (sent(figure), refusals(figure)) == (before, {})


def test_reset_returns_to_what_the_cell_showed():
    """The cell may set the step looked at, or a knob, before it shows the figure."""
    figure = stochastic()
    figure.controls.scrubber.value = 3
    knob(figure, "steps").value = 20
    figure._repr_mimebundle_()
    shown = sent(figure)
    knob(figure, "steps").box.value = "10"
    figure.controls.scrubber.value = 10
    figure.controls.reset_button.click()
    assert (figure.controls.scrubber.value, knob(figure, "steps").value) == (3, 20)
    assert sent(figure) == shown
    figure._repr_mimebundle_()  # shown once more, after the reset
    knob(figure, "alpha").box.value = "0.3"
    figure.controls.reset_button.click()
    assert sent(figure) == shown


def test_the_step_looked_at_comes_back_with_a_run_that_is_long_enough():
    """A shorter one is looked at whole; whoever went to the end stays there."""
    figure = stochastic()
    figure.controls.scrubber.value = 12
    before = sent(figure)
    for steps, k in (5, 5), (12, 12), (30, 12):
        knob(figure, "steps").slider.value = steps
        knob(figure, "alpha").box.value = "-1"  # refused: everything goes back to what is shown
        assert (figure.controls.scrubber.value, figure.controls.scrubber.max) == (k, steps)
        assert figure.controls.options("k")[figure.controls.values()["k"]] == f"{k}"
    assert sent(figure) == before
    knob(figure, "steps").slider.value = 5
    assert "k = 5, " in figure.canvas.alt
    figure.controls.scrubber.value = 3
    figure.controls.scrubber.value = 5
    knob(figure, "steps").slider.value = 30
    assert figure.controls.scrubber.value == 30


def test_the_button_draws_a_new_sample(calls):
    figure = stochastic()
    before = sent(figure)
    calls.clear()
    figure.controls.sample.click()
    assert len(calls) == 1
    assert knob(figure, "seed").value == 1
    assert sent(figure) != before


@pytest.mark.parametrize("seeds", [1, 8])
def test_new_samples_share_no_seed_with_the_one_before(calls, seeds):
    figure = stochastic(seeds=seeds)
    figure.controls.sample.click()
    first, second = (set(call["problem"].seed.flat) for call in (calls[-2], calls[-1]))
    assert not first & second


def test_replacement(calls):
    figure = stochastic()
    knob(figure, "batch").box.value = "100"
    everything = figure.canvas.points
    assert calls[-1]["problem"].sampling == "replace=False"
    figure.controls.sampling.value = "replace=True"
    assert calls[-1]["problem"].sampling == "replace=True"
    assert figure.canvas.points != everything


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_schedule_is_its_formula(calls, name):
    figure = stochastic()
    knob(figure, "alpha").box.value = "0.6"
    figure.controls.schedule.value = name
    alpha = calls[-1]["alpha"]
    values = [alpha(k) if callable(alpha) else alpha for k in (1, 4, 100)]
    expected = {
        "α": [0.6, 0.6, 0.6],
        "α/√k": [0.6, 0.3, 0.06],
        "α/k": [0.6, 0.15, 0.006],
        "α·(1−k/K)": [0.58, 0.52, 0],
        "cos": [0.3 * (1 + np.cos(np.pi * k / 30)) for k in (1, 4, 30)],
        "0↗ α": [0.2, 0.6, 0.6],
        "0↗ cos": [0.2, 0.3 * (1 + np.cos(np.pi * 1 / 27)), 0],
        "0↗ α ↘ 0": [0.2, 0.6, 0],
    }
    assert values == pytest.approx(expected[name])
    check_sent(figure)


@pytest.mark.parametrize(("unit", "last"), [("k", 30), ("epochs", 0.6), ("grads", 60)])
def test_the_unit_is_the_gaps_axis(unit, last):
    figure = stochastic()
    figure.controls.unit.value = unit
    assert set(UNITS) == {"k", "epochs", "grads"}
    axis = figure.canvas.layout_json[1]["x"]
    assert axis["high"] == pytest.approx(last)
    assert axis["label"] == {"k": "k", "epochs": "k·B / n", "grads": "# ∇fᵢ"}[unit]
    line = next(points for kind, points, _ in marks(figure, 1) if kind == "line")
    assert line[-1, 0] == pytest.approx(last)
    check_sent(figure)


def test_every_control_says_what_it_is():
    figure = explore([gd, adam], line_fit().minibatch(2), [5.5, 1.5])
    it = figure.controls
    switches = it.schedule, it.unit, it.sampling, it.sample, it.reset_button, it.copy, it.scrubber
    knobs = it.knobs.values()
    assert all(part.tooltip for part in [*switches, *(p for k in knobs for p in k.children)])
    labels = [k.slider.description for k in knobs]
    assert labels == ["α SGD", "α Adam", "β₁", "β₂", "ε", "B", "seed", "K"]


# --- The picture ------------------------------------------------------------------------------


def test_the_path_and_the_gap_are_the_trajectory():
    figure = stochastic(panels=None)
    problem = line_fit().minibatch(2, 0, replace=False)
    xs = course_lib.run(gd, problem, [5.5, 1.5], steps=30, alpha=1.0)
    path = next(points for kind, points, _ in marks(figure, 0) if kind == "line")
    np.testing.assert_allclose(path, xs, rtol=1e-6)
    gap = next(points for kind, points, _ in marks(figure, 1) if kind == "line")
    np.testing.assert_allclose(gap[:, 0], np.arange(31))
    np.testing.assert_allclose(gap[:, 1], problem.gap(xs), rtol=1e-5)
    assert f"f − f* = {problem.gap(xs[-1]):.3g}" in figure.canvas.alt


def test_a_step_shows_its_batch_its_level_line_its_minimizer_and_the_move():
    figure = stochastic()
    figure.controls.scrubber.value = 4
    problem = line_fit().minibatch(2, 0, replace=False)
    xs = course_lib.run(gd, problem, [5.5, 1.5], steps=30, alpha=1.0)
    batch = problem.batches(5)[4]

    arrows = [points for kind, points, _ in marks(figure, 0) if kind == "arrow"]
    np.testing.assert_allclose(arrows, [xs[4:6]], rtol=1e-6)
    level, minimizer = BATCH, problem.minimizer(batch, xs[4])
    lines = [p for kind, p, color in marks(figure, 0) if (kind, color) == ("line", level)]
    assert lines
    values = problem.f_batch(np.concatenate(lines).astype(float), batch[:, None])
    np.testing.assert_allclose(values, problem.f_batch(xs[4], batch), rtol=0.05, atol=0.01)
    stars = [p for kind, p, color in marks(figure, 0) if (kind, color) == ("stars", level)]
    np.testing.assert_allclose(stars, [[minimizer]], rtol=1e-5)
    (rings,) = [points for kind, points, _ in marks(figure, 2) if kind == "rings"]
    np.testing.assert_allclose(rings, np.c_[problem.A[batch, 0], problem.y[batch]], rtol=1e-6)

    figure.controls.scrubber.value = 30
    assert "arrow" not in kinds(figure, 0)
    assert "rings" not in kinds(figure, 2)


def test_momentum_shows_the_gradient_beside_its_move():
    figure = explore(momentum, quadratic(), [2.0, 2.0], steps=20)
    figure.controls.scrubber.value = 10
    gradient, move = [points for kind, points, _ in marks(figure, 0) if kind == "arrow"]
    xs = course_lib.run(momentum, quadratic(), [2.0, 2.0], steps=20)
    np.testing.assert_allclose(move, xs[10:12], rtol=1e-5)
    g = quadratic().grad(xs[10])
    shown = gradient[1] - gradient[0]
    np.testing.assert_allclose(shown / np.linalg.norm(shown), -g / np.linalg.norm(g), atol=1e-5)


def test_every_step_can_be_looked_at():
    figure = stochastic(steps=8)
    seen = set()
    for k in range(9):
        figure.controls.scrubber.value = k
        check_sent(figure)
        seen.add(figure.canvas.points)
        assert f"k = {k}," in figure.canvas.alt
    assert len(seen) == 9


def test_a_click_on_the_contours_moves_the_start(calls):
    figure = stochastic()
    before = sent(figure)
    calls.clear()
    figure.canvas.pointer = {"panel": "f(x)", "x": 1.25, "y": 4.5}
    assert [call["x0"].tolist() for call in calls] == [[1.25, 4.5]]
    assert sent(figure) != before
    path = next(points for kind, points, _ in marks(figure, 0) if kind == "line")
    assert path[0].tolist() == [1.25, 4.5]


def test_a_click_elsewhere_moves_nothing(calls):
    figure = stochastic()
    calls.clear()
    for panel in figure.canvas.layout_json[1:]:
        figure.canvas.pointer = {"panel": panel["name"], "x": 1.0, "y": 1.0}
    assert calls == []


def test_methods_have_their_own_step_colour_and_dash(calls):
    start = {"gd": 0.5, "adam": 0.05}
    figure = explore([gd, adam], quadratic(), [2.0, 2.0], alpha=start, steps=20)
    assert [call["alpha"] for call in calls[-2:]] == [0.5, 0.05]
    knob(figure, "alpha:adam").box.value = "0.2"
    assert (calls[-1]["method"], calls[-1]["alpha"]) == (adam, 0.2)
    assert knob(figure, "alpha:gd").value == 0.5
    named = [mark for mark in figure.canvas.layout_json[1]["marks"] if mark["label"]]
    assert [mark["label"] for mark in named] == ["GD", "Adam"]
    assert named[0]["color"] != named[1]["color"]
    assert named[0]["dash"] != named[1]["dash"]
    assert "GD: α = 0.5" in figure.canvas.alt
    assert "Adam: α = 0.2" in figure.canvas.alt


def test_methods_share_the_batches(calls):
    explore([gd, momentum, adam], line_fit().minibatch(2, 7), [5.5, 1.5], steps=20)
    streams = [call["problem"].batches(20) for call in calls[-3:]]
    np.testing.assert_array_equal(streams[0], streams[1])
    np.testing.assert_array_equal(streams[0], streams[2])


def test_many_seeds_draw_a_cloud_and_a_band():
    figure = stochastic(seeds=64)
    check_sent(figure)
    assert kinds(figure, 0).count("line") == RUNS_SHOWN
    (band,) = [points for kind, points, _ in marks(figure, 1) if kind == "band"]
    middle = next(points for kind, points, _ in marks(figure, 1) if kind == "line")
    lower, upper = band[:31, 1], band[:30:-1, 1]
    assert (lower <= middle[:, 1]).all()
    assert (middle[:, 1] <= upper).all()
    assert (lower[1:] < upper[1:]).all()
    figure.controls.scrubber.value = 4
    check_sent(figure)
    assert "arrow" not in kinds(figure, 0)


def names(figure, panel):
    """The texts written in a panel."""
    shown = figure.canvas.layout_json[panel]["marks"]
    return [mark["label"] for mark in shown if mark["kind"] == "name"]


@pytest.mark.parametrize("given", [[21, 3, 17], 1, 8], ids=str)
def test_a_list_of_seeds_is_drawn_with_its_numbers(given):
    """The band is of exactly these, given in the cell or typed in front of the class."""
    problem, x0, seeds = line_fit(), [5.5, 1.5], [21, 3, 17]
    options = {"alpha": 0.5, "steps": 9}
    figure = explore(gd, problem.minibatch(2), x0, seeds=given, panels=["gap"], **options)
    seed = figure.controls.knobs["seed"]
    if given != seeds:
        assert names(figure, 0) == []
        seed.box.value = "21, 3; 17 3,"  # a number said twice is one run
    assert (seed.value, seed.box.value) == ((21, 3, 17), "21, 3, 17")
    errors = gap(problem, course_lib.run(gd, problem.minibatch(2, seeds), x0, **options))
    lines = [points for kind, points, _ in marks(figure, 0) if kind == "line"]
    assert names(figure, 0) == ["21", "3", "17"]
    for drawn, one in zip(lines[:3], errors.T, strict=True):
        np.testing.assert_allclose(drawn[:, 1], one, rtol=1e-6)
    np.testing.assert_allclose(lines[3][:, 1], np.median(errors, axis=1), rtol=1e-6)
    check_sent(figure)
    figure._repr_mimebundle_()  # with sliders around this list
    figure.controls.sample.click()
    assert (seed.value, names(figure, 0)) == (22, [])


@pytest.mark.parametrize(("count", "numbered"), [(100, 100), (101, 0)])
def test_a_list_longer_than_anybody_reads_is_a_band(count, numbered):
    figure = stochastic(seeds=range(count), panels=["gap"])
    assert len(names(figure, 0)) == numbered
    assert kinds(figure, 0).count("line") == numbered + 1


@pytest.mark.parametrize("typed", ["3, 17, 2l", "3; -1", "3 1.5", "3, 17, <b>"])
def test_a_list_of_seeds_that_is_refused_stays_to_be_mended(typed):
    figure = stochastic(seeds=[5, 6])
    seed, before = knob(figure, "seed"), sent(figure)
    seed.box.value = typed
    assert (seed.value, seed.box.value, sent(figure)) == ((5, 6), typed, before)
    assert refusals(figure) == {"seed": "seed ∈ {0, …}; 3, 17, 21"}
    wrong = html.escape(re.split("[ ,;]+", typed)[-1])
    assert f"<s>{wrong}</s>" in seed.children[2].value
    knob(figure, "alpha").box.value = "0.2"  # what is shown is what the boxes say
    assert (seed.box.value, refusals(figure)) == ("5, 6", {})


@pytest.mark.parametrize("seeds", [[], [1, 1], [-1, 2], [1.5], "3", 0])
def test_seeds_that_are_none_are_named(seeds):
    with pytest.raises(ValueError, match=r"^seeds: expected"):
        explore(gd, line_fit().minibatch(2), [5.5, 1.5], seeds=seeds)


@pytest.mark.parametrize(
    ("ends", "stand"),
    [
        ([0.1, 0.9, 0.5], [0.1, 0.9, 0.5]),
        ([0.5, 0.5], [0.5 - LETTER / 2, 0.5 + LETTER / 2]),
        ([1.0, 1.2, np.nan], [HIGHEST - 2 * LETTER, HIGHEST - LETTER, HIGHEST]),
        ([0.0, -3.0], [LOWEST, LOWEST + LETTER]),
    ],
)
def test_numbers_at_the_ends_of_curves_do_not_touch(ends, stand):
    np.testing.assert_allclose(apart(np.array(ends), 1), stand, atol=1e-9)


@pytest.mark.parametrize("count", [1, 15, 30, 60])
def test_the_numbers_of_a_class_can_all_be_read(count):
    """Under the legend, inside the frame, those of one column a letter apart."""
    figure = stochastic(seeds=list(range(count)), panels=["gap"])
    y, x = (figure.canvas.layout_json[0][axis] for axis in "yx")
    at = np.concatenate([points for kind, points, _ in marks(figure, 0) if kind == "name"])
    heights = np.log(at[:, 1] / y["low"]) / np.log(y["high"] / y["low"])
    assert len(at) == count
    assert (heights.min() > LOWEST - 1e-6, heights.max() < HIGHEST + 1e-6) == (True, True)
    for column in set(at[:, 0]):
        assert (np.diff(np.sort(heights[at[:, 0] == column])) > LETTER - 1e-6).all()
    assert at[:, 0].max() < x["high"] * (1 - ROOM / 2)


@pytest.mark.parametrize(
    ("methods", "steps", "dotted"), [(1, 399, 1), (1, 400, 0), (3, 132, 3), (3, 133, 0)]
)
def test_points_of_paths_are_dots_while_there_are_few(methods, steps, dotted):
    """The picture may have DOTS_SHOWN of them, whichever methods they are of."""
    figure = explore([gd] * methods, quadratic(), [2.0, 1.0], steps=steps, panels=["path"])
    sizes = [len(points) for kind, points, _ in marks(figure, 0) if kind == "dots"]
    assert sizes.count(steps + 1) == dotted
    assert sizes.count(1) == methods  # the last points


@pytest.mark.parametrize("seeds", [1, 8])
@pytest.mark.parametrize("alpha", [3, 9.5, 1e6, 1e150, 1.7e308])
def test_divergence_is_drawn_with_a_cross(alpha, seeds):
    figure = stochastic(steps=600, seeds=seeds)
    knob(figure, "alpha").box.value = str(alpha)
    check_sent(figure)
    (left, right), (bottom, top) = line_fit().domain
    (crosses,) = [points for kind, points, _ in marks(figure, 0) if kind == "crosses"]
    assert len(crosses) == seeds
    for x, y in crosses:
        # α = 1.7e308 has no second point: the cross marks the start, which is the last there is.
        assert x in (left, right) or y in (bottom, top) or (x, y) == (5.5, 1.5)
    line = next(points for kind, points, _ in marks(figure, 1) if kind == "line")
    top = figure.canvas.layout_json[1]["y"]["high"]
    (curve,) = figure.draw.view(figure.controls.values()).curves
    middle = np.median(gap(line_fit(), curve.xs).reshape(601, -1), axis=1)
    np.testing.assert_array_equal(line[:, 1] > top, middle > top)

    inside = np.flatnonzero(middle <= top)[-1]
    crosses = [points[0] for kind, points, _ in marks(figure, 1) if kind == "crosses"]
    assert len(crosses) == (inside < 600)  # where the curve leaves its frame for good
    for x, y in crosses:
        assert (y, inside <= x <= inside + 1) == (top, True)
    figure._repr_mimebundle_()


def test_a_gap_below_its_axis_leaves_the_frame():
    """Flat on the edge it would look as if the method were stuck there."""
    figure = explore(gd, quadratic(10, 0.5), [-2.5, 1.5], alpha=1.0, steps=2000)
    check_sent(figure)
    f = quadratic(10, 0.5)
    error = gap(f, course_lib.run(gd, f, [-2.5, 1.5], 2000, alpha=1.0))
    low = figure.canvas.layout_json[1]["y"]["low"]
    line = next(points for kind, points, _ in marks(figure, 1) if kind == "line")
    below = error < 0.99 * low
    assert below.sum() > 100
    assert (line[below, 1] < low).all()


@pytest.mark.parametrize("alpha", [3, 9.5, 1e6, 1e150])
def test_the_cross_stands_where_the_path_leaves_the_frame(alpha):
    figure = stochastic(steps=60, alpha=alpha)
    xs = course_lib.run(
        gd, line_fit().minibatch(2, 0, replace=False), [5.5, 1.5], steps=60, alpha=alpha
    )
    (left, right), (bottom, top) = line_fit().domain
    outside = (xs < [left, bottom]) | (xs > [right, top])
    first = outside.any(-1).argmax()
    assert first > 0
    (cross,) = [points[0] for kind, points, _ in marks(figure, 0) if kind == "crosses"]
    move, away = xs[first] - xs[first - 1], cross - xs[first - 1]
    share = np.linalg.norm(away) / np.linalg.norm(move)
    np.testing.assert_allclose(away, share * move, atol=1e-3)
    assert 0 < share <= 1


def test_the_cross_of_a_curve_that_goes_on_beyond_all_numbers_stands_at_its_k():
    """Of f on a linear axis; between a number and none there is no place."""
    problem = surface(lambda u, v: u**2 + v**2)
    figure = explore(gd, problem, [1.0, 1.0], alpha=1e150, steps=9, panels=["gap"])
    (cross,) = [points[0] for kind, points, _ in marks(figure, 0) if kind == "crosses"]
    axis = figure.canvas.layout_json[0]["y"]
    np.testing.assert_allclose(cross, [1, axis["high"]], rtol=1e-6)


@pytest.mark.parametrize("alpha", [9.5, 1e6, 1e150])
def test_a_path_is_sent_in_numbers_that_a_canvas_can_draw(alpha):
    """Chromium draws nothing of a line to a point some 1e30 pixels away."""
    figure = stochastic(steps=600, alpha=alpha)
    (path,) = [points for kind, points, _ in marks(figure, 0) if kind == "line"]
    assert abs(path).max() < 1e6
    assert len(path) >= 2


@pytest.mark.parametrize("alpha", [9.5, 1e150])
def test_every_step_of_a_diverging_run_can_be_looked_at(alpha):
    figure = stochastic(steps=600)
    knob(figure, "alpha").box.value = str(alpha)
    for k in [*range(10), *range(10, 600, 29), 599]:
        figure.controls.scrubber.value = k
        check_sent(figure)
    figure._repr_mimebundle_()


@pytest.mark.parametrize("unit", UNITS)
def test_a_run_without_steps_has_an_axis(unit):
    figure = stochastic(steps=0, unit=unit)
    axis = figure.canvas.layout_json[1]["x"]
    assert (axis["low"], axis["high"]) == (0, 1)
    assert unit == "epochs" or [tick["text"] for tick in axis["ticks"]] == ["0", "1"]


def test_no_points_are_sent_where_nothing_is_left_to_see():
    """A start outside of the frame, and one at the solution, whose gap is 0 on a log axis."""
    for x0 in ([100.0, 100.0], [0.0, 0.0], [1e200, 0.0]):
        check_sent(explore(gd, quadratic(), x0, steps=10))


def test_an_unknown_minimum_and_many_coordinates():
    check_sent(figure := explore(gd, logistic(lam=0).minibatch(2), [1.0, 1.0], steps=20))
    assert figure.canvas.layout_json[1]["y"]["label"] == "f(xₖ)"
    assert not figure.canvas.layout_json[1]["y"]["log"]
    check_sent(figure := explore(adam, least_squares(d=5).minibatch(4), np.ones(5), steps=20))
    assert [panel["name"] for panel in figure.canvas.layout_json] == ["f(xₖ) − f*"]


# --- Every method, every knob -----------------------------------------------------------------


def values(knob):
    """Both ends and the middle of the slider, the default, and what lies just outside."""
    low, high = knob.slider.min, knob.slider.max
    inside = [knob.scale.to_value(p) for p in (low, (low + high) / 2, high)]
    beyond = [1e3, 1e30, 1e300] if isinstance(knob.scale, Log) and knob.name != "c" else []
    return [*inside, knob.value, *beyond]


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda m: m.__name__)
@pytest.mark.parametrize(
    "problem", [line_fit().minibatch(2, 0), rosenbrock()], ids=["line_fit", "rosenbrock"]
)
def test_no_value_of_a_knob_breaks_the_figure(method, problem):
    figure = explore(method, problem, [1.5, 1.5], steps=12)
    for turned in figure.controls.knobs.values():
        default = turned.value
        for value in values(turned):
            turned.value = min(value, 300) if turned.name == "steps" else value
            check_sent(figure)
            figure.controls.scrubber.value = 3
            check_sent(figure)
            figure.controls.scrubber.value = figure.controls.scrubber.max
        turned.value = default
    for schedule, unit in itertools.product(SCHEDULES, UNITS):
        figure.controls.schedule.value, figure.controls.unit.value = schedule, unit
        check_sent(figure)


SURFACES = ("beale", "himmelblau", "pl_sine", "quadratic", "ravine", "rosenbrock", "saddle")


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface(name):
    problem = getattr(course_lib, name)()
    figure = explore([gd, adam], problem, np.full(problem.d, 0.5), steps=40)
    for turned, value in itertools.product(figure.controls.knobs.values(), (1e-4, 0.5, 10)):
        if turned.name.startswith("beta") and value >= 1:
            continue
        turned.value = max(1, int(value)) if turned.name == "steps" else value
        check_sent(figure)
    figure._repr_mimebundle_()


# --- A list of problems, watched vectors, the state as code -------------------------------------


def test_another_problem_is_computed_once_from_its_own_start(calls):
    figure = explore(gd, [quadratic(), rosenbrock()], [[1, 2], [-1, 0.5]], alpha=1e-3, steps=10)
    calls.clear()
    picture = figure.canvas.images[0]
    figure.controls.choice.value = 1
    assert [call["x0"].tolist() for call in calls] == [[-1, 0.5]]
    assert figure.canvas.images[0] != picture
    check_sent(figure)
    figure.canvas.pointer = {"panel": "f(x)", "x": 0.0, "y": 0.0}
    figure.controls.reset_button.click()
    assert figure.controls.choice.value == 0
    assert calls[-1]["x0"].tolist() == [1, 2]


@pytest.mark.parametrize("method", ALL_METHODS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("seeds", [1, 4])
def test_everything_that_can_be_watched_is_drawn(method, seeds):
    alpha = {"alpha": 0.1} if "alpha" in hyperparameters(method) else {}
    options = {"steps": 15, "panels": ["gap", "watch"], "seeds": seeds, **alpha}
    figure = explore(method, line_fit().minibatch(2), [5.5, 1.5], **options)
    for name in figure.controls.watch.options:
        figure.controls.watch.value = name
        check_sent(figure)
        assert figure.canvas.layout_json[1]["y"]["label"] == name
        lines = [points for kind, points, _ in marks(figure, 1) if kind == "line"]
        assert lines
        assert all(np.isfinite(line[1:-1, 1]).sum() > 10 for line in lines)
        figure.controls.scrubber.value = 3
        check_sent(figure)
        figure.controls.scrubber.value = 15


def test_a_watched_vector_is_the_methods_own():
    figure = explore(adam, quadratic(), [2.0, 1.0], alpha=0.1, steps=15, watch="v_hat")
    expected = course_lib.run(adam, quadratic(), [2.0, 1.0], steps=15, alpha=0.1, watch="v_hat")
    lines = [points for kind, points, _ in marks(figure, 2) if kind == "line"]
    for line, coordinate in zip(lines, expected.T, strict=True):
        np.testing.assert_allclose(line[1:, 1], coordinate[1:], rtol=1e-5)


@pytest.mark.parametrize(
    ("several", "written"),
    [
        ([gd], []),
        ([gd, adagrad, rmsprop], ["α/√v"]),
        ([adam], ["α/√v̂"]),
        ([rmsprop, adamw, adadelta], ["α/√v, α/√v̂, √Δ/√v"]),
    ],
)
def test_the_effective_step_is_written_as_the_methods_write_it(several, written):
    """No hat over what has no correction."""
    names = explore(several, quadratic(), [2.0, 1.0], steps=2).controls.watch.options
    assert [name for name in names if "√" in name] == written


def test_a_method_looks_alike_in_every_panel():
    """Its dashes do not turn into a coordinate's: those differ in width."""
    figure = explore([gd, adagrad], quadratic(), [2.0, 1.0], steps=9, watch="|Δx|")
    gap, watched = (panel["marks"] for panel in figure.canvas.layout_json[1:])
    looks = {mark["label"]: (mark["color"], mark["dash"]) for mark in gap if mark["label"]}
    lines = [mark for mark in watched if mark["kind"] == "line"]
    assert list(looks) == ["GD", "AdaGrad"]
    for name, look in looks.items():
        mine = [mark for mark in lines if mark["label"].startswith(name)]
        assert {(mark["color"], *mark["dash"]) for mark in mine} == {(look[0], *look[1])}
        assert len({mark["width"] for mark in mine}) == len(mine) == 2


def test_the_effective_step_begins_with_the_first_step():
    """Before it v = 0, and α/√ε would be the one thing to see on the axis."""
    figure = explore(rmsprop, quadratic(), [2.0, 1.0], steps=30, watch="α/√v")
    for line in [points for kind, points, _ in marks(figure, 2) if kind == "line"]:
        assert np.isnan(line[0, 1])
        assert np.isfinite(line[1:, 1]).all()
    axis = figure.canvas.layout_json[2]["y"]
    assert axis["high"] / axis["low"] <= 1e5


@pytest.mark.parametrize("sampling", ["replace=True", "replace=False", "reshuffle"])
@pytest.mark.parametrize("seeds", [1, 3])
def test_the_copied_code_computes_what_is_shown(sampling, seeds):
    figure = explore([gd, adam], line_fit().minibatch(2), [5.5, 1.5], steps=20, seeds=seeds)
    assert figure.controls.listing.value == ""
    knob(figure, "alpha:adam").box.value = "0.123456"
    knob(figure, "batch").box.value = "3"
    figure.controls.sampling.value = sampling
    figure.controls.sample.click()
    figure.canvas.pointer = {"panel": "f(x)", "x": 1.25, "y": 4.5}
    for schedule in SCHEDULES:
        figure.controls.schedule.value = schedule
        check_code(figure)
    figure.controls.copy.value = False
    assert figure.controls.listing.value == ""


def test_the_copied_code_begins_with_the_problem():
    """With the call that made it, as a new notebook needs; else as this notebook has it."""

    def first_lines(figure):
        return figure.controls.code().partition("problem = ")[::2]

    start, mine = [1.5, 1.5], surface(lambda u, v: u**2 + v**2)
    stochastic = LeastSquares(np.eye(2), np.ones(2), domain=mine.domain).minibatch(2)
    named = {"bent": rosenbrock(), "mine": mine}
    batched = line_fit(20, seed=np.int64(1)).minibatch(2)
    for figure, maker, text in (
        (explore(gd, quadratic(kappa=10, angle=0.5), start), "quadratic", "(kappa=10, angle=0.5)"),
        (explore(gd, batched, start), "line_fit", "(20, seed=1)"),
        (explore(gd, line_fit().reshuffle(2, 3), start), "line_fit", "()"),
        (explore(gd, {"a": quadratic(), "b": rosenbrock()}, start), "rosenbrock", "()"),
        (explore(gd, [mine, rosenbrock()], start), "rosenbrock", "()"),
        (explore(gd, mine, start), "", "mine"),
        (explore(gd, problem=stochastic, x0=start), "", "stochastic.problem"),
        (explore(gd, [*named.values()], start), "", "[*named.values()][1]"),
        (explore(gd, named, start), "", "named['mine']"),
    ):
        figure.controls.choice.value = len(figure.draw.problems) - 1
        imports, rest = first_lines(figure)
        its = f"from course_lib.problems import {maker}\n" if maker else ""
        assert imports == f"from course_lib import gd, plot, run\n{its}"
        assert rest.split("\n")[0] == maker + text
    scope = {"explore": explore, "gd": gd, "own": mine}
    exec("figure = explore(gd, own, [1.5, 1.5], steps=2)", scope)  # a source nobody keeps
    assert "problem = " not in scope["figure"].controls.code()


@pytest.mark.parametrize(
    ("panels", "drawn"),
    [
        (None, ["axes", "path", "gap"]), (["gap"], ["axes", "gap"]),
        (["fit", "path"], ["axes", "path"]), (["fit"], []),
    ],
)  # fmt: skip
def test_the_copied_code_draws_what_plot_can(panels, drawn):
    code = stochastic(panels=panels).controls.code()
    assert re.findall(r"plot\.(\w+)", code) == drawn
    if drawn:
        exec(code, scope := {})
        assert scope["ax" if len(drawn) == 2 else "right"].lines


def check_code(figure):
    """The copied code computes, in a new notebook, the curves that are shown and draws them."""
    figure.controls.copy.value = True
    code, drawn = html.unescape(re.sub("<[^>]*>", "", figure.controls.listing.value)), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_lib.plot, "axes", lambda *columns: ["left", "right"][: sum(columns)])
        for name in ("path", "gap"):
            patch.setattr(course_lib.plot, name, lambda problem, xs, *, name=name, **options: (
                drawn.append((name, xs, options))))  # fmt: skip
        exec(code, {})
    curves = figure.draw.view(figure.controls.values()).curves
    assert [(name, options["ax"]) for name, _, options in drawn] == [
        ("path", "left"), ("gap", "right")] * len(curves)  # fmt: skip
    for (_, xs, options), curve in zip(drawn, np.repeat(curves, 2), strict=True):
        np.testing.assert_array_equal(xs, curve.xs)
        assert options.get("label", curve.name) == curve.name
    return code


# --- Goals ------------------------------------------------------------------------------------


def test_a_goal_says_how_far_one_is_and_how_far_one_has_been():
    figure = explore(gd, quadratic(), [2.0, 1.0], alpha=0.1, goal=Goal(1e-6, within=100))
    problem = quadratic()

    def after(alpha):
        far = gap(problem, course_lib.run(gd, problem, [2.0, 1.0], 100, alpha=alpha))[-1]
        return f"{scientific(far)} {'✓' if far <= 1e-6 else '✗'}"

    assert standing(figure) == ("◎ f − f* ≤ 10⁻⁶, k ≤ 100", f"→ {after(0.1)}", f"★ {after(0.1)}")
    for alpha in (1.5, 0.2):
        knob(figure, "alpha").box.value = str(alpha)
        assert standing(figure)[1:] == (f"→ {after(alpha)}", f"★ {after(1.5)}")
    assert "✓" in after(1.5)
    figure.canvas.pointer = {"panel": "f(x)", "x": 0.0, "y": 0.0}  # the minimum: that is no feat
    assert standing(figure)[1:] == ("→ –", f"★ {after(1.5)}")
    knob(figure, "steps").box.value = "50"
    figure.controls.reset_button.click()
    assert standing(figure)[1:] == (f"→ {after(0.1)}", f"★ {after(1.5)}")


def test_the_gate_of_a_goal_stands_in_the_panel_of_the_gap():
    """Its bound is on the axis, its work in the axis' unit."""
    noisy = line_fit().minibatch(2)
    figure = explore(gd, noisy, [5.5, 1.5], steps=100, goal=Goal(1e-20, within=100), alpha=0.01)
    for unit, by in (("k", 50), ("epochs", 1), ("grads", 100)):
        figure.controls.unit.value = unit
        gate = next(points for kind, points, color in marks(figure, 1) if color == "text")
        axis = figure.canvas.layout_json[1]["y"]
        assert axis["low"] <= 1e-20
        np.testing.assert_allclose(gate, [[0, 1e-20], [by, 1e-20], [by, axis["low"]]], rtol=1e-6)


@pytest.mark.parametrize(
    ("goal", "words", "far"),
    [
        (Goal(0.5, every=True), "max f − f* ≤ 0.5", np.inf),
        (Goal(0.5), "f − f* ≤ 0.5", 2.0),
        (Goal(0.5, within=4), "f − f* ≤ 0.5, # ∇fᵢ ≤ 4", 4.5),
        (Goal(2.5, what="‖x‖", of="gd"), "GD: ‖x‖ ≤ 2.5", 2.0),
        (Goal(-1.0, what="f"), "f ≤ −1", 2.0),
    ],
)
def test_what_a_goal_measures(goal, words, far):
    """Two of three runs that stay finite; work counts in gradients of summands."""
    problem = FiniteSum(lambda x, i: x[..., 0] ** 2 / 2 + 0 * i, None, n=2, d=1, f_star=0.0)
    xs = np.array([[5.0, 5, 5], [4, 4, 4], [3, 3, np.nan], [2, 2, np.nan]])[..., None]
    assert goal.measured(problem, xs) == far
    assert goal.words(problem, "GD" if goal.of else "") == words


def test_a_goal_of_any_method_is_reached_by_the_best():
    figure = explore([gd, adam], quadratic(), [2.0, 1.0], alpha=1.0, steps=50, goal=[
        Goal(1e-3, of="gd"), Goal(1e-3, of="adam"), Goal(1e-3)])  # fmt: skip
    one, other, either = (now for _, now, _ in figure.draw(figure.controls.values())[3])
    assert either == min(one, other)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"bound": np.nan}, "bound"), ({"bound": "1"}, "bound"), ({"within": -1}, "within"),
     ({"what": "g"}, "what: expected one of 'f − f.*; got 'g'"),
     ({"what": ["f"]}, r"what: .*; got \['f'\]")],
)  # fmt: skip
def test_a_goal_that_cannot_be_is_named(wrong, named):
    with pytest.raises(ValueError, match=named):
        Goal(**{"bound": 1.0, **wrong})


# --- Several settings, several looks ------------------------------------------------------------


def test_one_method_twice_has_its_own_name_and_its_own_knobs(calls):
    start = {"alpha": {"adam": 0.1, "adam 2": 0.2}, "beta1": {"adam 2": 0.0}, "steps": 20}
    figure = explore([adam, adam], quadratic(), [2.0, 1.0], **start)
    assert [call["beta1"] for call in calls[-2:]] == [0.9, 0.0]
    knob(figure, "beta1:adam 2").box.value = "0.5"
    knob(figure, "beta2").box.value = "0.99"
    one, two = calls[-2:]
    assert (one["alpha"], one["beta1"], one["beta2"]) == (0.1, 0.9, 0.99)
    assert (two["alpha"], two["beta1"], two["beta2"]) == (0.2, 0.5, 0.99)
    labels = [mark["label"] for mark in figure.canvas.layout_json[1]["marks"] if mark["label"]]
    assert labels == ["Adam", "Adam 2"]
    assert figure.controls.knobs["beta1:adam 2"].slider.description == "β₁ Adam 2"
    assert "Adam 2: α = 0.2, β₁ = 0.5," in figure.canvas.alt
    check_code(figure)


@pytest.mark.parametrize("steps", [20, np.int64(20)])
def test_a_partial_starts_with_its_own_values_under_a_name_of_ones_own(calls, steps):
    methods = {"Adam": adam, "m = g": partial(adam, beta1=0.0, eps=np.float32(0.5))}
    figure = explore(methods, quadratic(), [2.0, 1.0], steps=steps, watch="v_hat")
    check_sent(figure)
    assert [(call["beta1"], call["eps"]) for call in calls[-2:]] == [(0.9, 1e-8), (0.0, 0.5)]
    knob(figure, "beta1:m = g").box.value = "0.7"
    assert calls[-1]["beta1"] == 0.7
    check_code(figure)
    figure = explore(partial(adam, beta1=0.5), quadratic(), [2.0, 1.0], steps=5)
    assert list(figure.controls.knobs) == ["alpha", "beta1", "beta2", "eps", "steps"]
    assert figure.canvas.alt.startswith("Adam: α = 0.001, β₁ = 0.5,")


def test_defaults_that_differ_are_not_shared(calls):
    """RMSProp's ε stands in units of g², Adam's in units of g."""
    figure = explore([rmsprop, adam], quadratic(), [2.0, 1.0], steps=5)
    assert [call["eps"] for call in calls[-2:]] == [1e-6, 1e-8]
    explore([rmsprop, adam], quadratic(), [2.0, 1.0], steps=5, eps=1e-3)
    assert [call["eps"] for call in calls[-2:]] == [1e-3, 1e-3]
    assert "eps:rmsprop" in figure.controls.knobs


def test_a_wrapped_method_is_a_method():
    @wraps(gd)
    def logged(*arguments, **hyper):
        return gd(*arguments, **hyper)

    check_sent(explore([gd, logged], quadratic(), [2.0, 1.0], steps=5))


@pytest.mark.parametrize("seeds", [1, 4])
def test_many_methods_have_as_many_looks(seeds):
    """Seven are one more than there are colours; in every panel each is told by colour and dash,
    and its coordinates by their width."""
    panels = ["path", "gap", "fit", "watch"]
    problem = line_fit().minibatch(2)
    figure = explore([gd] * 9, problem, [5.5, 1.5], steps=5, seeds=seeds, panels=panels)
    for panel, per_method in zip(figure.canvas.layout_json, (1, 1, 1, 2), strict=True):
        lines = [m for m in panel["marks"] if m["kind"] == "line"]
        looks = {(mark["color"], tuple(mark["dash"]), mark["width"]) for mark in lines}
        assert len({look[:2] for look in looks}) >= 9
        assert len(looks) >= 9 * per_method


def test_every_number_may_be_numpys():
    numbers = {"alpha": np.float64(0.1), "beta1": np.array(0.5), "eps": np.float32(0.25)}
    figure = explore(adam, quadratic(), [2, 1], steps=np.int32(7), seeds=np.int64(1), **numbers)
    code = check_code(figure)
    assert "steps=7, alpha=0.1, beta1=0.5, beta2=0.999, eps=0.25)" in code


# --- Problems of any kind -----------------------------------------------------------------------


def test_problems_of_different_kinds_share_a_figure(calls):
    """With batches and without, of one variable and of two, each with its panels and its start."""
    problems = [quadratic(), least_squares().minibatch(2, 7, replace=False), pl_sine(), quadratic()]
    figure = explore(gd, problems, [[1, 2], [0, 1], [2], [2, 2]], steps=10)
    choice, batch = figure.controls.choice, knob(figure, "batch")
    assert [label for label, _ in choice.options][::3] == ["quadratic", "quadratic 2"]
    shown = [len(figure.canvas.layout_json)]
    for i in (1, 2, 1, 3):
        choice.value = i
        check_sent(figure)
        assert np.shape(calls[-1]["x0"]) == (problems[i].d,)
        assert calls[-1]["problem"].cost == (2 if i == 1 else problems[i].cost)
        assert (batch.layout.display == "none") == (i != 1)
        shown.append(len(figure.canvas.layout_json))
    assert shown == [2, 2, 1, 2, 2]
    choice.value = 1
    assert (calls[-1]["problem"].seed.tolist(), calls[-1]["problem"].sampling) == (
        7,
        "replace=False",
    )
    figure.controls.reset_button.click()
    assert choice.value == 0


@pytest.mark.parametrize("seeds", [[5, 6, 7], [9, 2], [[1, 2], [3, 4]]], ids=str)
def test_the_seeds_of_a_problem_are_its_runs(calls, seeds):
    figure = explore(gd, line_fit().minibatch(2, seed=seeds), [5.5, 1.5], steps=10)
    check_sent(figure)
    assert calls[-1]["problem"].seed.tolist() == seeds
    check_code(figure)
    figure.controls.sample.click()
    assert not set(calls[-1]["problem"].seed.flat) & set(np.ravel(seeds))
    with pytest.raises(ValueError, match="seeds: the problem has its own"):
        explore(gd, line_fit().minibatch(2, seed=seeds), [5.5, 1.5], seeds=3)


@pytest.mark.parametrize(("f", "_"), ODD_SURFACES.values(), ids=ODD_SURFACES)
def test_a_surface_with_few_numbers_has_its_picture(f, _):
    figure = explore([gd, adam], surface(f), [1.5, 1.0], steps=5)
    check_sent(figure)
    assert len(figure.canvas.images[0]) > 100
    figure._repr_mimebundle_()
    figure = explore(gd, surface(f, f_star=-1.0, x_star=[0.0, 0.0]), [1.5, 1.0], steps=5)
    check_sent(figure)
    figure._repr_mimebundle_()


@pytest.mark.parametrize("scale", [1e-320, 1e-160, 1e160, 1e307])
def test_the_axes_hold_whatever_the_numbers_are(scale):
    f = Function(lambda x: scale * (x**2).sum(-1), lambda x: 2 * x, f_star=0.0)
    for x0 in ([1.5, 1.0], [1e3, 1.0], [1e150, 1.0]):
        figure = explore(gd, f, x0, steps=20, watch="|Δx|")
        check_sent(figure)
        figure._repr_mimebundle_()
        knob(figure, "alpha").box.value = "1.5"
        check_sent(figure)


def test_a_gap_that_arrives_leaves_the_frame():
    """f(x₁) = f* exactly: on a log axis that is infinitely far below."""
    figure = explore(gd, quadratic(1), [2.0, 1.0], alpha=1.0, steps=5)
    check_sent(figure)
    line = next(points for kind, points, _ in marks(figure, 1) if kind == "line")
    assert (line[1:, 1] < figure.canvas.layout_json[1]["y"]["low"]).all()


# --- Wrong arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"x0": [1.0, 2.0, 3.0]}, "x0"),
        ({"x0": "origin"}, "x0"),
        ({"alpha": -1}, "alpha"),
        ({"alpha": "big"}, "alpha"),
        ({"alpha": {"adm": 0.1}}, "alpha"),
        ({"beta": 0.9}, "beta"),
        ({"steps": -1}, "steps"),
        ({"steps": 1.5}, "steps"),
        ({"panels": ["paths"]}, "panels"),
        ({"panels": "path"}, "panels"),
        ({"problem": rosenbrock(), "panels": ["fit"]}, "fit"),
        ({"problem": least_squares(), "panels": ["fit"]}, "fit"),
        ({"problem": least_squares(d=3), "x0": np.ones(3), "panels": ["path"]}, "problem"),
        ({"unit": "hours"}, "unit"),
        ({"seeds": 0}, "seeds"),
        ({"methods": []}, "methods"),
        ({"methods": ["adam"]}, "methods"),
        ({"methods": {}}, "methods"),
        ({"methods": quadratic()}, "methods"),
        ({"methods": [gd, gd], "alpha": {"gd 3": 1}}, "alpha: .* gd, gd 2; got 'gd 3'"),
        ({"methods": [gd, adam], "beta1": {"gd": 1}}, "beta1: .* adam; got 'gd'"),
        ({"alpha": np.nan}, "alpha: .*nan"),
        ({"alpha": True}, "alpha: .*True"),
        ({"alpha": [0.1, 0.2]}, "alpha"),
        ({"problem": gd}, "problem: .* without f"),
        ({"problem": quadratic}, "problem"),
        ({"problem": []}, "problem"),
        ({"problem": SimpleNamespace(f=np.sum, grad=np.abs, d=2)}, "problem: .* without n, cost"),
        ({"x0": [1j, 2.0]}, "x0: .*1j"),
        ({"x0": np.array([1j, 2.0])}, r"x0: .*1\.j"),
        ({"x0": [np.nan, 2.0]}, "x0: .*nan"),
        ({"x0": None}, "x0: .*None"),
        ({"panels": 3}, "panels: .*3"),
        ({"panels": [["gap"]]}, "panels: .*gap"),
        ({"alpha": 10**400}, "alpha"),
        ({"x0": [[1.0, 2.0], [3.0, 4.0]]}, "x0: expected 1 starts"),
        ({"seeds": 10**9}, "seeds: expected an integer ≤ 1000; got 1000000000"),
        ({"problem": line_fit(), "seeds": 8}, "seeds: expected a problem with minibatches; got 8"),
        ({"problem": [line_fit()], "seeds": [3, 4]}, r"seeds: .*minibatches; got \[3, 4\]"),
        ({"watch": "x", "panels": ["gap"]}, "watch: expected 'watch' in panels; got 'x' without"),
        ({"methods": {1: gd, "1": gd}}, r"methods: expected different names; got \[1, '1'\]"),
        ({"x0": np.array(1.0)}, r"x0: expected 2 finite numbers; got array\(1\.\)"),
        ({"seeds": range(10**9)}, "seeds: expected integers ≥ 0; got range"),
        ({"seeds": range(2000)}, "seeds: expected at most 1000 runs; got 2000"),
        ({"problem": line_fit().minibatch(2, range(2000))}, "seeds: expected at most 1000 runs"),
        ({"steps": 10**9}, r"steps: expected K ∈ \{0, …, 100000\}; got 1000000000"),
        ({"steps": 50_000, "seeds": 1000}, rf"steps: expected K ∈ .0, …, {LONGEST}.; got 50000"),
        ({"methods": [gd] * 300}, "methods: expected at most 36; got 300"),
        ({"problem": [line_fit()] * 300}, "problem: expected at most 36; got 300"),
        ({"goal": [Goal(1e-6)] * 300}, "goal: expected at most 36; got 300"),
        ({"panels": ["gap"] * 300}, "panels: .*gap"),
        ({"goal": 1e-6}, "goal: .*1e-06"),
        ({"goal": Goal(1e-6, of="adam")}, "goal: .* gd; got 'adam'"),
    ],
)
def test_a_wrong_argument_is_an_error_of_the_call(arguments, named):
    given = {"methods": gd, "problem": line_fit().minibatch(2), "x0": [5.5, 1.5]} | arguments
    with pytest.raises(ValueError, match=named):
        explore(given.pop("methods"), given.pop("problem"), given.pop("x0"), **given)


def test_an_own_method_with_an_own_name_gets_a_slider():
    def own(problem, x, alpha=0.1, kappa=3.0):
        while True:
            yield x
            x = x - alpha / kappa * problem.grad(x)

    figure = explore(own, quadratic(), [1.0, 1.0], steps=10)
    knob(figure, "kappa").box.value = "5"
    check_sent(figure)


def test_a_shuffled_deck_stays_a_shuffled_deck(calls):
    explore(gd, line_fit().reshuffle(2, 3), [5.5, 1.5], steps=50)
    deck = calls[-1]["problem"].batches(50)
    assert sorted(deck.ravel()) == list(range(100))


# --- Without a kernel -------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [1.0, 9.5])
def test_the_static_picture_and_its_text(alpha):
    figure = stochastic(alpha=alpha)
    bundle, metadata = figure._repr_mimebundle_()
    png = b64decode(bundle["image/png"])
    pixels = imread(io.BytesIO(png), format="png")
    assert pixels.shape[1] > 1000
    assert len(np.unique(pixels.reshape(-1, pixels.shape[-1]), axis=0)) > 60
    alt = metadata["image/png"]["alt"]
    last = figure.canvas.alt
    assert alt == bundle["text/plain"] == last
    assert re.match(rf"SGD, batch = 2: α = {alpha:g}, k = 30, f − f\* = [\d.e+-]+; ∇fᵢ: 60$", alt)
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_static_picture_is_of_the_state_that_is_shown(monkeypatch):
    monkeypatch.setattr(page, "SECONDS", np.inf)  # else a busy machine makes another page
    figure = stochastic()
    first = figure._repr_mimebundle_()
    assert figure._repr_mimebundle_() == first
    knob(figure, "alpha").box.value = "0.25"
    later = figure._repr_mimebundle_()
    assert later[0]["image/png"] != first[0]["image/png"]
    assert "α = 0.25" in later[1]["image/png"]["alt"]


def test_the_old_name_of_the_figures_has_the_same_objects():
    scope = {}
    for room, name in (("", "explore"), ("", "live"), (".scene", "Panel"), (".knobs", "Log")):
        exec(f"from course_lib.explorer{room} import {name}", scope)
        assert scope[name] is getattr(figures, name)


def test_the_explorer_does_not_touch_pyplot():
    code = """
import sys
from course_lib import explore, gd, line_fit
figure = explore(gd, line_fit().minibatch(2), [5.5, 1.5], steps=10)
figure.controls.knobs["alpha"].box.value = "0.5"
figure._repr_mimebundle_()
print("matplotlib.pyplot" in sys.modules, "torch" in sys.modules)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (["False", "False"], "")


# --- Threads ----------------------------------------------------------------------------------


def test_two_threads_may_turn_the_knobs_at_once():
    """JupyterLab's subshell calls back beside the main thread, here both as fast as they can."""
    figure = stochastic(steps=20, panels=None)
    raised = []

    def drag(name, count):
        low, high = knob(figure, name).slider.min, knob(figure, name).slider.max
        try:
            for i in range(count):
                knob(figure, name).slider.value = low + (high - low) * (i % 17) / 16
                figure.canvas.pointer = {"panel": "f(x)", "x": 1 + i % 4, "y": 2.0}
                assert error(figure) == ""
        except Exception as problem:
            raised.append(problem)

    threads = [threading.Thread(target=drag, args=(name, 60)) for name in ("alpha", "steps")]
    for thread in threads:
        thread.start()
    drag("batch", 60)
    for _ in range(3):
        figure._repr_mimebundle_()
    for thread in threads:
        thread.join()
    assert raised == []
    for turned in figure.controls.knobs.values():
        assert turned.box.value == as_text(turned.value)
    check_sent(figure)
    hammered = sent(figure)
    figure.update()
    assert sent(figure) == hammered


def test_the_second_callback_waits_for_the_first(monkeypatch):
    figure = stochastic(steps=5, panels=["gap"])
    inside, most = [], []

    def slow(*args, **kwargs):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return course_lib.run(*args, **kwargs)

    monkeypatch.setattr(trajectories, "run", slow)

    def drag(name):
        for value in (1, 2, 3, 4, 5):
            knob(figure, name).box.value = str(value)

    threads = [threading.Thread(target=drag, args=(name,)) for name in ("alpha", "batch", "seed")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) >= 12
    assert max(most) == 1


def test_two_threads_may_turn_the_same_knob():
    figure = stochastic(steps=5, panels=["gap"])
    alpha = knob(figure, "alpha")

    def drag(offset):
        for i in range(150):
            alpha.slider.value = -2 + ((i + offset) % 29) / 10

    threads = [threading.Thread(target=drag, args=(offset,)) for offset in (0, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert alpha.box.value == as_text(alpha.value)
    assert alpha.value == alpha.scale.to_value(alpha.slider.value)
    assert f"α = {alpha.value:g}," in figure.canvas.alt


# --- Scales of the knobs ----------------------------------------------------------------------


def name_of(scale):
    return f"{type(scale).__name__}{scale.ends}"


EVERY_SCALE = [scale_of(name, 1.0) for name, row in LETTERS.items() if row.scale]
EVERY_SCALE += [PowersOfTwo(100), PowersOfTwo(64), PowersOfTwo(1), Integers(1, 500)]


@pytest.mark.parametrize("scale", EVERY_SCALE, ids=name_of)
def test_a_scale_is_monotone_and_its_own_inverse(scale):
    positions = np.linspace(*scale.ends, 400)
    shown = [scale.to_value(p) for p in positions]
    assert (np.diff(shown) >= 0).all()
    for value in shown:
        if isinstance(scale, NearOne):  # what is rounded to two digits is 1 − value
            back = scale.to_value(scale.to_slider(value))
            assert 1 - back == pytest.approx(1 - value, rel=1e-6)
        else:
            assert scale.to_value(scale.to_slider(value)) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(
    ("scale", "low", "high"),
    [
        (Log(1e-4, 10), 1e-4, 10),
        (NearOne(), 0, 1 - 1e-5),
        (PowersOfTwo(100), 1, 100),
        (PowersOfTwo(64), 1, 64),
        (PowersOfTwo(1), 1, 1),
        (Integers(1, 500), 1, 500),
    ],
)
def test_the_ends_of_a_scale(scale, low, high):
    assert scale.to_value(scale.ends[0]) == pytest.approx(low)
    assert scale.to_value(scale.ends[1]) == pytest.approx(high)
    assert scale.to_slider(low) == pytest.approx(scale.ends[0])


def test_the_batch_is_a_power_of_two_or_everything():
    scale = PowersOfTwo(100)
    found = {scale.to_value(p) for p in np.linspace(*scale.ends, 100)}
    assert found == {1, 2, 4, 8, 16, 32, 64, 100}


@pytest.mark.parametrize("scale", [*EVERY_SCALE, Log(1e-3 / 3, 300)], ids=name_of)
def test_a_slider_stands_where_the_browser_can_put_it(scale):
    """The browser moves it to the nearest step and says so; that must not change the value."""
    whole = isinstance(scale, (PowersOfTwo, Integers))
    for value in (0, 1, 3, 7, 55, 99, 1000) if whole else (0, 0.1, 0.123456, 0.5, 0.97, 3, 7):
        turned = Knob("own", value, scale)
        slider = turned.slider
        steps = round((slider.value - slider.min) / slider.step)
        answer = min(slider.min + steps * slider.step, slider.max)
        assert slider.value == pytest.approx(answer, abs=1e-9)
        slider.value = round(answer, 9)
        assert (turned.value, turned.box.value) == (value, as_text(value))


@pytest.mark.parametrize("value", [0.9, 0.999, 0.0, 0.5, 0.97])
def test_a_knob_shows_its_value_exactly(value):
    turned = Knob("beta", value)
    assert (turned.value, turned.box.value) == (value, f"{value:g}")
    assert isinstance(turned.value, float)
    turned.slider.value += 0.7
    assert turned.value != value


# --- Scene ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "log"),
    [
        (0, 300, False), (-3, 3, False), (0.5, 6.5, False), (0, 1e-9, False), (0, 6e6, False),
        (1e-12, 10, True), (1e-300, 1e300, True), (0.1, 10, True), (1e5, 1e6, True),
    ],
)  # fmt: skip
def test_ticks_are_few_and_inside(low, high, log):
    ticks = scene.Axis("x", low, high, log).ticks()
    assert 2 <= len(ticks) <= 9
    assert all(low <= at <= high for at, _ in ticks)
    assert len({text for _, text in ticks}) == len(ticks)
    assert not any("-" in text and "e" not in text for _, text in ticks)


def test_points_are_float32_in_the_order_of_the_layout():
    axis = scene.Axis("x", 0, 1)
    first = scene.Mark("line", [[0, 1], [2, 3]])
    second = scene.Mark("dots", [[4, 5], [np.nan, np.inf], [-1e300, 1e300]])
    panels = [scene.Panel("a", axis, axis, [first]), scene.Panel("b", axis, axis, [second])]
    points = np.frombuffer(scene.points(panels), np.float32)
    assert [m["n"] for p in scene.layout(panels) for m in p["marks"]] == [2, 3]
    assert points[:6].tolist() == [0, 1, 2, 3, 4, 5]
    assert np.isnan(points[6])
    assert np.isfinite(points[7:]).all()
    assert scene.points([scene.Panel("empty", axis, axis)]) == b""


def test_one_diverging_method_leaves_the_watched_vectors_of_the_others_in_sight():
    alpha = {"gd": 2.5, "momentum": 0.1, "adam": 0.1}
    figure = explore(
        [gd, momentum, adam], quadratic(30, 0.5), [2.5, 2.5], alpha=alpha, watch="|Δx|"
    )
    check_sent(figure)
    axis = figure.canvas.layout_json[2]["y"]
    lost, *others = np.split(
        np.array([points[1:, 1] for kind, points, _ in marks(figure, 2) if kind == "line"]), 3
    )
    assert axis["low"] <= np.min(others)
    assert np.max(others) <= axis["high"] < 1e6 * np.max(others) < 1e20 < np.max(lost)


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("kind", ["line", "band", "dots"])
def test_a_picture_has_no_more_points_than_pixels_and_looks_the_same(kind, log):
    """In every column of pixels the lowest and the highest point stay; so does a gap in a line."""
    n = 200_000
    x = np.arange(n)
    y = np.exp(np.random.default_rng(0).standard_normal(n) - x / n)
    y[n // 3] = np.nan
    whole = scene.Mark(kind, np.c_[x, y])
    axis = scene.Axis("f", float(np.nanmin(y)), float(np.nanmax(y)), log)
    panel = scene.Panel("f", scene.Axis("k", 0.0, n), axis, [whole, scene.Mark("line", [[0, 1]])])
    thin, single = scene.thinned(panel).marks
    assert len(thin.points) < (9 if kind != "dots" else 300) * scene.COLUMNS
    assert single == panel.marks[1]
    assert kind == "dots" or np.isnan(thin.points[:, 1]).any()
    assert set(map(tuple, thin.points[~np.isnan(thin.points[:, 1])])) <= set(zip(x, y, strict=True))

    def extremes(points):
        column = (points[:, 0] * scene.COLUMNS / n).astype(int)
        return [
            reduce(points[column == j, 1])
            for j in range(0, 2000, 7)
            for reduce in (np.nanmin, np.nanmax)
        ]

    shown, all_ = extremes(thin.points), extremes(whole.points)
    one_row = (axis.high / axis.low) ** (1 / scene.COLUMNS) - 1 if log else 0
    np.testing.assert_allclose(
        shown, all_, rtol=one_row, atol=0 if log else (axis.high - axis.low) / scene.COLUMNS
    )


# --- Words ------------------------------------------------------------------------------------


def test_every_word_is_there_in_symbols_and_in_both_languages():
    for symbols, russian, english in WORDS.values():
        assert symbols
        assert re.search("[а-я]", russian)
        assert re.search("[a-z]", english)
        assert not re.search("[а-яё]", symbols + english, re.IGNORECASE)
    figure = explore(ALL_METHODS, line_fit().minibatch(2), [5.5, 1.5], steps=2, alpha=0.1)
    assert {k.name for k in figure.controls.knobs.values()} <= set(WORDS)
    assert set(figure.controls.switches) <= set(WORDS)


@pytest.mark.parametrize("platform", [sys.platform, "emscripten"])
@pytest.mark.parametrize(
    ("text", "index"), [("# Начало", 1), ("# Start", 2), (None, 0)], ids=["ru", "en", "none"]
)
def test_the_words_are_of_the_notebook_in_which_the_figure_stands(
    monkeypatch, tmp_path, text, index, platform
):
    """A browser's kernel is told no notebook: it works in its folder."""
    notebook = tmp_path / "copied.ipynb"
    if text:
        notebook.write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.platform", platform)
    if platform == "emscripten":
        monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
        monkeypatch.chdir(tmp_path)
    else:
        monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    figure = stochastic()
    assert figure.controls.reset_button.tooltip == WORDS["reset"][index]
    assert figure.canvas.words["gone"] == WORDS["gone"][index]
    assert knob(figure, "alpha").slider.tooltip == WORDS["alpha"][index]
