"""The seminar as it is held: JupyterLab in a browser, a notebook run by its menu, knobs turned."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tools.browser import Lab, differ, jupyterlab

pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
RU, EN = "ru/03_sgd.ipynb", "en/03_sgd.ipynb"


@pytest.fixture(scope="module")
def server(chromium_here):
    with jupyterlab(NOTEBOOKS) as running:
        yield running


@pytest.fixture(scope="module")
def lab(window, server):
    """The Russian notebook, all cells run; the tests share it, each begins with a reset figure."""
    lab = Lab(window, server)
    lab.open(RU)
    lab.run_all()
    return lab


@pytest.fixture(scope="module")
def first(lab):
    """The pictures of the first explorer with its first values, the whole path."""
    figure = lab.figure().show()
    figure.press("k", "End")
    return [figure.settled(n) for n in range(figure.canvases())]


@pytest.fixture
def figure(lab, first):
    """The first explorer as it was in the beginning; in the end nothing has complained."""
    figure = lab.figure().show()
    figure.button("reset").click()
    figure.press("k", "End")
    for n, picture in enumerate(first):
        figure.becomes(picture, n)
    yield figure
    assert lab.problems == []
    assert figure.error() == ""


def explorers(server, path):
    return len(
        re.findall(r"\b(?:explore|live)\(", (server.root / path).read_text(encoding="utf-8"))
    )


def check_all_ran(lab, path):
    assert lab.cell_errors() == []
    assert lab.figures().count() == explorers(lab.server, path) > 0
    for n in range(lab.figures().count()):
        figure = lab.figure(n).show()
        assert figure.error() == ""
        for canvas in range(figure.canvases()):
            pixels = figure.settled(canvas).reshape(-1, 4)
            assert len(np.unique(pixels, axis=0)) > 50  # an empty canvas has one colour
    assert lab.problems == []


def test_the_notebook_runs_and_its_explorers_show(lab):
    check_all_ran(lab, RU)


def test_the_figure_opens_at_the_step_that_the_notebook_asks_for(lab):
    """Its cell sets k = 3: the play control must not bring back its own value."""
    source = (lab.server.root / RU).read_text(encoding="utf-8")
    (k,) = re.findall(r"scrubber\.value = (\d+)", source)
    assert lab.figure().show().readout("k") == int(k)


def test_a_key_on_the_slider_changes_the_picture_and_the_box(figure):
    before = figure.pixels(), figure.pixels(1), figure.box("α").input_value()
    figure.press("α", "ArrowRight", 5)
    after = figure.changed(before[0]), figure.changed(before[1], 1), figure.box("α").input_value()
    assert float(after[2]) > float(before[2])


def test_the_picture_after_a_drag_belongs_to_the_last_value(figure):
    before = figure.pixels()
    figure.drag("α", 0.3)
    dragged = figure.changed(before)
    value = figure.box("α").input_value()
    assert 1e-3 < float(value) < 0.05
    figure.button("reset").click()
    figure.becomes(before)
    figure.type("α", value)
    figure.becomes(dragged)


@pytest.mark.parametrize(("label", "value"), [("α", "0.123456"), ("α", "0.5"), ("K", "237")])
def test_a_typed_value_is_taken_as_typed(figure, label, value):
    before = figure.pixels(1)
    figure.type(label, value)
    figure.changed(before, 1)
    assert float(figure.box(label).input_value()) == float(value)


def test_a_click_on_the_contours_moves_the_start(figure):
    before = figure.pixels()
    figure.click(0, 0.4, 0.2)
    first = figure.changed(before)
    figure.click(0, 0.7, 0.6)
    assert differ(figure.changed(first), before)


def test_a_click_beside_the_axes_does_nothing(figure):
    before = figure.pixels()
    figure.click(0, 0.01, 0.5)
    assert not differ(figure.settled(), before)


def test_the_scrubber_shows_single_steps(figure):
    pictures = [figure.pixels()]
    for key in ("Home", "ArrowRight", "ArrowRight"):
        figure.press("k", key)
        pictures.append(figure.changed(pictures[-1]))
    assert all(differ(*pair) for pair in combinations(pictures, 2))


def test_play_walks_through_the_iterations(figure):
    figure.press("k", "Home")
    before = figure.settled()
    play, stop = figure.root.locator(".widget-play button").all()[:2]
    play.click()
    figure.lab.wait_for(lambda: figure.readout("k") >= 5, "k reaches 5")
    assert differ(figure.pixels(), before)
    play.click()
    figure.settled()
    held = figure.readout("k")
    figure.page.wait_for_timeout(500)
    assert figure.readout("k") == held
    stop.click()


def test_the_drop_downs(figure):
    before = figure.pixels(1)
    figure.choose("x", "epochs")
    epochs = figure.changed(before, 1)
    figure.choose("x", "∇fᵢ")
    figure.changed(epochs, 1)
    figure.choose("x", "k")
    figure.becomes(before, 1)
    for title, option in (("αₖ", "α/k"), ("draw", "reshuffle")):
        before = figure.settled()
        figure.choose(title, option)
        figure.changed(before)


def test_a_new_sample(figure):
    before = figure.pixels()
    figure.button("new sample: seed + 1").click()
    figure.changed(before)
    assert figure.box("seed").input_value() == "1"


def test_the_state_is_shown_as_code(figure):
    code, button = figure.root.locator(".course-code"), figure.button("copy as code")
    button.click()
    code.wait_for()
    assert "run(gd, oracle, [5.5, 1.5]" in code.inner_text()
    figure.type("α", 0.25)
    figure.lab.wait_for(lambda: "alpha=0.25" in code.inner_text(), "the code has the new α")
    button.click()
    code.wait_for(state="detached")


def test_a_negative_step_is_explained_under_the_figure_and_a_good_one_clears_it(figure):
    before = figure.pixels()
    figure.type("α", -1)
    figure.root.locator(".course-error").wait_for()
    assert "alpha" in figure.error()
    assert "-1" in figure.error()
    assert not differ(figure.settled(), before)
    figure.type("α", 0.7)
    figure.root.locator(".course-error").wait_for(state="detached")
    figure.changed(before)


def test_divergence_is_a_picture(figure):
    before = figure.pixels()
    figure.type("α", 100)
    figure.changed(before)
    figure.type("α", "1e200")
    figure.settled()
    assert figure.error() == ""


def test_reset_brings_back_the_first_picture(figure, first):
    figure.press("α", "ArrowLeft", 20)
    figure.press("B", "ArrowRight")
    figure.click(0, 0.4, 0.2)
    figure.choose("αₖ", "α/√k")
    assert differ(figure.settled(), first[0])
    figure.button("reset").click()
    figure.press("k", "End")
    for n, picture in enumerate(first):
        figure.becomes(picture, n)
    assert float(figure.box("α").input_value()) == 1


def test_a_cloud_of_runs_answers_too(lab):
    figure = lab.figure(1).show()
    before = figure.settled(), figure.settled(1)
    figure.press("α", "ArrowLeft", 10)
    figure.changed(before[0])
    figure.changed(before[1], 1)
    assert figure.error() == ""
    assert lab.problems == []


def test_the_dark_theme_is_followed(lab, figure):
    before = figure.settled()
    lab.menu("Settings", "Theme", "JupyterLab Dark")
    dark = figure.changed(before)
    lab.menu("Settings", "Theme", "JupyterLab Light")
    assert differ(dark, before)
    figure.becomes(before)


def test_the_english_notebook_runs_and_its_slider_moves(window, server):
    lab = Lab(window, server)
    lab.open(EN)
    lab.run_all()
    check_all_ran(lab, EN)
    figure = lab.figure().show()
    before = figure.settled()
    figure.press("α", "ArrowLeft", 10)
    figure.changed(before)
    assert lab.problems == []


def test_every_slider_and_box_has_a_name_for_screen_readers(figure):
    def names():
        return figure.root.locator("[role=slider]").evaluate_all(
            "handles => handles.map((handle) => handle.getAttribute('aria-label'))"
        )

    expected = ["α", "B", "seed", "K", "k"]
    figure.lab.wait_for(lambda: names() == expected, f"the sliders' names are {expected}")
    box = figure.box("α")
    assert box.get_attribute("aria-label") == "α ="
