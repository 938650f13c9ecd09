"""Pictures made ahead: they are the pictures that the kernel sends, and they stay within bounds."""

import itertools
import json
import re
import time
from base64 import b64decode

import numpy as np
import pytest

from course_lib import adagrad, adam, explore, gd, line_fit, live, quadratic, rosenbrock
from course_lib.figures import ahead, frames, page, trajectories
from course_lib.figures.frames import outlined, pack
from course_lib.figures.goals import Goal
from course_lib.figures.knobs import Log, PowersOfTwo, Reals
from course_lib.figures.scene import Axis, Mark, Panel, heat, line, points
from support.scenes import shares_sent, standing, unpacked

UNIT = Axis("t", 0, 1)
T = np.linspace(0, 1, 11)


def power(p, n, log, kind):
    if p > 8:
        raise ValueError("p: expected p ≤ 8")
    table = heat(np.full((2, 2), n), 0, 10)
    marks = [line(T, T**p, 0, kind), line(T, np.where(T > 0.5, np.nan, T), 1)]
    axis = Axis("y", 1e-3, 1, log)
    return [Panel("tᵖ", UNIT, axis, marks, table), Panel("n", UNIT, UNIT, [])], f"n = {n}"


def multiples(alpha, n, steps):
    """The factor of a step of GD on n x²/2 and its multiples: every processor has the same bits."""
    factor = 1 - alpha * n
    return factor, np.multiply.outer(np.arange(steps + 1), factor)


def ray(factor, heights):
    return Panel("t", UNIT, UNIT, [line(np.linspace(0, 1, len(heights)), heights)]), f"{factor:.9g}"


def batches(methods=(gd, adam), **more):
    given = {"alpha": 0.5, "steps": 12, "panels": ["path", "gap", "fit"]} | more
    return explore([*methods], line_fit().minibatch(2), [5.5, 1.5], **given)


def short():
    """The run ends before the step looked at."""
    figure = explore(gd, quadratic(), [1.0, 1.0], steps=9)
    figure.controls.scrubber.value = 5
    figure.controls.knobs["steps"].value = 3
    return figure


def effective():
    """α/√v of several methods, seeds and steps α_k; SGD has none."""
    figure = batches(methods=[gd, adagrad, adam], seeds=3, panels=["gap", "watch"],
                     watch="α/√v, α/√v̂")  # fmt: skip
    figure.controls.named["schedule"].value = "α/√k"
    return figure


#: Figures of every kind: one method and several, seeds, a watched vector, problems, one's own.
FIGURES = {
    "one": lambda: explore(adam, rosenbrock(), [-1.5, 2.5], alpha=0.03, steps=20),
    "two": lambda: explore([adam, adam], quadratic(), [2.0, 1.0], steps=15, beta1={"adam 2": 0.5}),
    "problems": lambda: explore(
        gd, [quadratic(), line_fit().minibatch(3)], [[1.0, 1.0], [5.5, 1.5]], steps=9
    ),
    "batches": batches,
    "seeds": lambda: batches(seeds=3, panels=["path", "gap"]),
    "listed": lambda: batches(seeds=[30, 2, 7], panels=["path", "gap"]),
    "watch": lambda: explore(adam, quadratic(), [2.0, 1.0], steps=10, watch="v_hat"),
    "effective": effective,
    "goal": lambda: explore(gd, quadratic(), [1.0, 1.0], steps=9, goal=Goal(1e-3, within=5)),
    "short": short,
    "of": lambda: live(ray, of=multiples, alpha=0.3, n=2, steps=8),
    "own": lambda: live(power, p=2.0, n=(3, Reals(0, 9)), log=True, kind=["a", "b"]),
}


@pytest.fixture(params=FIGURES)
def figure(request):
    return FIGURES[request.param]()


TURNS = itertools.count()


def asked(figure, name, at, have):
    """What the page gets for a wish: {position: picture}."""
    turn = next(TURNS)
    figure.canvas.wanted = {"name": name, "at": at, "have": have, "turn": turn}
    assert figure.canvas.ahead["turn"] == turn
    places, packed = figure.canvas.ahead["at"], figure.canvas.frames
    pictures = unpacked(packed)["pictures"] if packed else []
    return dict(zip(places, pictures, strict=True))


def check_same(picture, figure, grid=frames.GRID):
    """A packed picture is the one that the figure has sent, as the page draws it: on its grid."""
    layout, shares, alt, lines = picture
    assert (layout, alt, lines) == (
        figure.canvas.layout_json, figure.canvas.alt, figure.canvas.lines,
    )  # fmt: skip
    sent = shares_sent(figure)
    with np.errstate(all="ignore"):
        drawn = np.floor(grid * sent.clip(-frames.AWAY, frames.AWAY) + 0.5) / grid
    np.testing.assert_array_equal(shares, np.where(np.isfinite(sent), drawn, np.nan))


def steps_to_try(figure, name):
    """Near where the slider stands, in the middle and near its end."""
    steps = len(figure.controls.steps(name))
    return [figure.canvas.shown[name], steps // 3, steps - 2]


def test_a_picture_made_ahead_is_the_kernels_own(figure, monkeypatch):
    """Of every slider, in every figure, as far as it goes."""
    monkeypatch.setattr(ahead, "SLOW", np.inf)
    monkeypatch.setattr(ahead, "PIECE", 1e3)  # however slow the machine is
    for name, slider in figure.ahead.sliders.items():
        before = slider.value
        for at in steps_to_try(figure, name):
            pictures = asked(figure, name, at, have=0)
            assert pictures or name == "p"
            for step, picture in list(pictures.items())[1:4]:
                slider.value = slider.min + step * slider.step
                check_same(picture, figure)
                slider.value = before


def test_the_last_step_of_a_slider_is_its_end():
    """Log 0.3 is no whole number of steps away from the other end."""
    figure = live(lambda a: Panel("t", UNIT, UNIT, [line(T, a * T)]), a=(0.1, Log(1e-3, 0.3)))
    knob = figure.controls.knobs["a"]
    knob.slider.value = knob.slider.max
    assert figure.controls.steps("a")[-1] == knob.value == 0.3


def test_the_nearest_come_first_and_each_once():
    figure = FIGURES["one"]()
    seen = []
    for have in range(5):
        seen += asked(figure, "alpha", 250, have)
    assert len(set(seen)) == len(seen) > 5
    away = np.abs(np.array(seen) - 250)
    np.testing.assert_array_equal(away, np.sort(away))


def test_what_else_changes_ends_an_era():
    figure = FIGURES["one"]()
    asked(figure, "alpha", 250, have=0)
    figure.controls.knobs["alpha"].slider.value = -1
    assert figure.canvas.era == 0
    figure.controls.knobs["beta1"].slider.value = 2
    assert figure.canvas.era == 1
    figure.controls.knobs["beta1"].slider.value = 1.5
    assert figure.canvas.era == 1  # nothing was made meanwhile
    asked(figure, "alpha", 250, have=0)
    figure.canvas.pointer = {"panel": "f(x)", "x": 1.0, "y": 2.0}
    assert figure.canvas.era == 2


def test_what_is_sent_is_bounded_and_a_slow_figure_sends_nothing(monkeypatch):
    figure = FIGURES["one"]()
    monkeypatch.setattr(ahead, "MOST", 9000)
    sent = 0
    for have in range(100):
        asked(figure, "alpha", 250, have)
        sent += len(figure.canvas.frames)
    assert 9000 < sent < 60_000
    assert asked(figure, "beta1", 100, have=0)
    monkeypatch.setattr(ahead, "SLOW", 0.0)
    assert not asked(figure, "beta1", 100, have=1)


def test_one_slow_picture_by_chance_ends_nothing(monkeypatch):
    """Two of the last three are no chance; by a clock that runs while the figure draws. No piece of
    slow pictures has two of them."""
    clock = {"now": 0.0, "each": ahead.SLOW / 2}

    def draw(p):
        clock["now"] += clock["each"]
        return Panel("t", UNIT, UNIT, [line(T, p * T)])

    monkeypatch.setattr(time, "perf_counter", lambda: clock["now"])
    figure = live(draw, p=0.5)
    for times, sent in (2, 1), (2, 0), (0.5, 0), (0.5, 1), (2, 1):
        clock["each"] = times * ahead.SLOW
        figure.update()
        assert len(asked(figure, "p", 50, have=0)) == sent


def test_a_value_that_is_refused_has_no_picture(monkeypatch):
    monkeypatch.setattr(ahead, "PIECE", 1e3)
    figure = FIGURES["own"]()
    steps = figure.controls.steps("p")
    pictures = asked(figure, "p", np.searchsorted(steps, 8).item(), have=0)
    assert pictures
    assert all(steps[step] <= 8 for step in pictures)


@pytest.mark.parametrize("name", ["steps", "alpha", "beta1", "eps", "seed", "k"])
@pytest.mark.parametrize("make", [batches, effective])
def test_a_sweep_runs_each_method_once(monkeypatch, name, make):
    """Twice for K: what it begins with must not depend on its end."""
    figure = make()
    name = next(its for its in figure.controls.named if its.partition(":")[0] == name)
    values, made = figure.controls.values(), []
    options = list(figure.controls.options(name))[:12]
    every = [figure.controls.at(values, name, option) for option in options]
    run = trajectories.run
    figure.draw._last.clear()
    monkeypatch.setattr(trajectories, "run", lambda *a, **more: made.append(a) or run(*a, **more))
    swept = figure.draw.sweep(name, every)
    assert len(made) == len(figure.draw.methods) * (2 if name == "steps" else 1)
    for its, (panels, *texts) in zip(every, swept, strict=True):
        alone, *its_texts = figure.draw(its)
        assert texts == its_texts
        assert points(panels) == points(alone)


#: What an `of` may make of an array of alphas: each one's own, an error, or something else.
OF = {
    "each": (multiples, True),
    "one number only": (lambda alpha, n, steps: multiples(float(alpha), n, steps), False),
    "another axis": (lambda **values: tuple(map(np.transpose, multiples(**values))), False),
    "as many as steps": (lambda alpha, n, steps: (n, alpha * np.ones(steps + 1)), False),
    "the least": (lambda alpha, n, steps: multiples(np.min(alpha), n, steps), False),
    "sums": (
        lambda alpha, n, steps: multiples(np.cumsum(alpha).reshape(np.shape(alpha)), n, steps),
        False,
    ),
}


@pytest.mark.parametrize("kind", OF)
def test_positions_of_ones_own_figure_come_from_one_call_where_they_can(kind):
    of, can = OF[kind]
    given = []
    figure = live(ray, of=lambda **v: given.append(np.size(v["alpha"])) or of(**v),
                  alpha=0.3, n=2, steps=8)  # fmt: skip
    values = figure.controls.values()
    every = [figure.controls.at(values, "alpha", a) for a in np.linspace(0.1, 0.4, 9)]
    given.clear()
    made = frames.pictures(figure.draw, "alpha", every)
    assert given == [9, 1, 1] if can else given[-9:] == [1] * 9
    given.clear()
    few = frames.pictures(figure.draw, "alpha", every[:3])  # two calls would be for the comparison
    assert given == [1, 1, 1]
    for its, (panels, *texts) in zip([*every, *every[:3]], [*made, *few], strict=True):
        alone, *its_texts = figure.draw(its)
        assert texts == its_texts
        assert points(panels) == points(alone)


def test_a_schedule_that_looks_at_the_last_step_is_run_for_each(monkeypatch):
    """The steps of a shorter run are then not the first of a longer one."""
    figure = batches(panels=["gap"])
    values = figure.controls.values()
    plain = figure.draw.hyper

    def to_zero(values, name):
        return plain(values, name) | {"alpha": lambda k: 0.5 * (1 - k / (values["steps"] + 1))}

    monkeypatch.setattr(figure.draw, "hyper", to_zero)
    every = [figure.controls.at(values, "steps", K) for K in (3, 12, 7)]
    for its, (panels, *_) in zip(every, figure.draw.sweep("steps", every), strict=True):
        assert points(panels) == points(figure.draw(its)[0])


def test_what_is_equal_is_packed_once():
    path = np.c_[T, T**2]
    panel = Panel("f", UNIT, UNIT, [Mark("line", path), Mark("dots", path), Mark("line", path[:8])])
    image = heat(np.eye(2), 0, 1)
    panels = [panel, Panel("g", UNIT, UNIT, [], image)]
    pictures = [outlined((panels, str(i), "")) for i in range(9)]
    made = unpacked(pack(pictures, known=[image]))
    assert made["columns"] == [11, 11]
    assert made["images"] == []
    assert len(made["looks"]) == 2
    assert unpacked(pack(pictures))["images"] == [image]


# --- On a page without a kernel ---------------------------------------------------------------


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """No test waits for a clock: what a page holds is the same on a busy machine."""
    monkeypatch.setattr(page, "SECONDS", np.inf)


def page_of(figure):
    """The output as HTML, and what it has packed."""
    text = figure._repr_mimebundle_()[0]["text/html"]
    (packed,) = re.findall(r'^standAlone\("\w+", "(.*)"\);$', text, re.MULTILINE)
    return text, unpacked(b64decode(packed))


def check_begins(made):
    """Every control of a page stands at the picture that is shown."""
    for control in made["controls"]:
        assert len(control["texts"]) >= 2
        now = made["pictures"][control["first"] + control["at"]]
        assert json.dumps(now[0]) == json.dumps(made["pictures"][0][0])
        np.testing.assert_array_equal(now[1], made["pictures"][0][1])


def test_the_page_has_every_control_around_the_state_shown(figure):
    text, made = page_of(figure)
    assert len(text) < 300_000
    assert not re.search(r"https?://|src=(?!\"data:)|@import", text)
    shown = {control for control in page.inside(figure.controls.rows)}
    named = [c for c in figure.controls.named.values() if c in shown and c.layout.display != "none"]
    assert len(made["controls"]) == len(named)
    check_same(made["pictures"][0], figure, page.GRID)
    check_begins(made)


def test_the_page_says_how_far_each_picture_comes():
    figure = FIGURES["goal"]()
    made = page_of(figure)[1]
    assert len(made["goals"]) == len(made["pictures"])
    steps = next(c for c in made["controls"] if c["label"] == "K")
    for i, text in enumerate(steps["texts"], steps["first"]):
        figure.controls.knobs["steps"].box.value = text
        ((goal, said, _),) = made["goals"][i]
        assert standing(figure)[:2] == (f"◎ {goal}", f"→ {said}")


def test_a_number_between_the_steps_has_its_place_on_the_page():
    figure = FIGURES["one"]()
    figure.controls.knobs["alpha"].box.value = "0.012345"
    control = next(c for c in page_of(figure)[1]["controls"] if c["label"] == "α")
    texts = [float(text) for text in control["texts"]]
    assert texts == sorted(texts)
    assert texts[control["at"]] == 0.012345


def test_a_slow_drawing_has_fewer_pictures(monkeypatch):
    """Here no time is left after the first."""
    figure = live(lambda p: Panel("t", UNIT, UNIT, [line(T, T * p)]), p=1.0)
    assert len(page_of(figure)[1]["controls"][0]["texts"]) >= page.POSITIONS
    monkeypatch.setattr(page, "SECONDS", 3)
    clock = itertools.count()
    monkeypatch.setattr(frames.time, "monotonic", lambda: next(clock))
    (control,) = page_of(figure)[1]["controls"]
    assert [float(text) for text in control["texts"]] == sorted(map(float, control["texts"]))
    assert len(control["texts"]) == 2


def test_where_time_runs_out_the_positions_drawn_lie_apart(monkeypatch):
    monkeypatch.setattr(page, "SECONDS", 7)
    figure = live(lambda p: Panel("t", UNIT, UNIT, [line(T, T * p)]), p=(0.5, Reals(0, 1)))
    clock = itertools.count()
    monkeypatch.setattr(frames.time, "monotonic", lambda: next(clock))
    (control,) = page_of(figure)[1]["controls"]
    places = np.array(control["texts"], float)
    assert 3 <= len(places) < 8
    assert np.ptp(places) > 0.5


def test_only_slow_controls_share_the_time(monkeypatch):
    monkeypatch.setattr(page, "SECONDS", 2)
    monkeypatch.setattr(frames.time, "monotonic", lambda: 0)
    given = []
    real = page.one_by_one
    monkeypatch.setattr(
        page, "one_by_one", lambda *args: given.append(args[-1]) or real(*args[:2], np.inf)
    )
    figure = explore(gd, line_fit().minibatch(2, seed=0), [5.5, 1.5], steps=20)
    controls = page_of(figure)[1]["controls"]
    assert 1 < len(given) < len(controls), "α, the seed, K and k are made together"
    assert set(given) == {page.SECONDS / len(given)}


def test_a_picture_that_takes_all_the_time_is_the_last(monkeypatch):
    clock = [0]

    def draw(p, q, up):
        clock[0] += page.SECONDS + 1
        return Panel("t", UNIT, UNIT, [line(T, T * p)])

    monkeypatch.setattr(page, "SECONDS", 2)
    monkeypatch.setattr(frames.time, "monotonic", lambda: clock[0])
    figure = live(draw, p=1.0, q=1.0, up=True)
    clock[0] = 0
    assert [len(c["texts"]) for c in page_of(figure)[1]["controls"]] == [2]
    assert clock == [page.SECONDS + 1]


def test_many_sliders_have_fewer_positions_each():
    figure = live(lambda **numbers: Panel("t", UNIT, UNIT), **{f"c{i}": 1.0 for i in range(32)})
    counts = {len(c["texts"]) for c in page_of(figure)[1]["controls"]}
    assert max(counts) <= 1 + page.ALL_POSITIONS // 32 < page.POSITIONS


def test_a_page_that_would_be_large_has_fewer_pictures(monkeypatch):
    figure = FIGURES["one"]()
    count = sum(len(c["texts"]) for c in page_of(figure)[1]["controls"])
    alone = pack([outlined(figure.draw(figure.controls.values()))])
    monkeypatch.setattr(page, "MOST", len(alone) + 5000)
    made = page_of(figure)[1]
    assert sum(len(c["texts"]) for c in made["controls"]) < count / 2
    check_begins(made)


def test_no_slider_leaves_a_page_however_large(monkeypatch):
    """The batch size has few positions, and is what a figure is about."""
    figure = live(lambda p, B: Panel("t", UNIT, UNIT, [line(T, T * p)]), p=2.0,
                  B=(4, PowersOfTwo(16)))  # fmt: skip
    monkeypatch.setattr(page, "MOST", 1)
    controls = page_of(figure)[1]["controls"]
    assert [(c["label"], len(c["texts"]) > 1) for c in controls] == [("p", True), ("B", True)]


def test_a_large_page_keeps_its_lists_while_sliders_have_a_fifth_of_their_positions(monkeypatch):
    rough = np.random.default_rng(0).uniform(size=(2, 2000))  # nothing that packing makes small
    figure = live(lambda p, up: Panel("t", UNIT, UNIT, [line(*(rough * p / 5))]), p=2.0, up=True)
    monkeypatch.setattr(page, "MOST", np.inf)
    whole = 3 * len(page_of(figure)[0]) // 4
    fewest = page.POSITIONS
    while fewest > page.POSITIONS // 5:
        whole = whole * 9 // 10
        monkeypatch.setattr(page, "MOST", whole)
        slider, *lists = page_of(figure)[1]["controls"]
        assert len(lists) == 1
        fewest = len(slider["texts"])
