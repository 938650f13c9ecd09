"""The seminar as it is held: JupyterLab in a browser, a notebook run by its menu, knobs turned."""

import re
from itertools import combinations

import numpy as np
import pytest
from playwright.sync_api import expect

from support import ROOT
from tools.browser import Lab, differ, jupyterlab

pytestmark = pytest.mark.browser

NOTEBOOKS = ROOT / "notebooks"
RU, EN = "ru/03_sgd.ipynb", "en/seminar.ipynb"
START = 3  # the step at which the cell of the first figure opens it


@pytest.fixture(scope="module")
def server(chromium_here):
    with jupyterlab(NOTEBOOKS) as running:
        yield running


def opened(window, server, notebook):
    """The notebook in a JupyterLab of its own, all cells run."""
    lab = Lab(window, server)
    lab.open(notebook)
    lab.run_all()
    return lab


@pytest.fixture(scope="module")
def lab(window, server):
    """The Russian notebook; the tests share it, each begins with a reset figure."""
    return opened(window, server, RU)


@pytest.fixture(scope="module")
def lecture(window, server):
    """The English seminar."""
    return opened(window, server, EN)


@pytest.fixture(scope="module")
def first(lab):
    """The pictures of the first explorer with its first values, the whole path."""
    figure = lab.figure().show()
    figure.press("k", "End")
    return [figure.settled(n) for n in range(figure.canvases())]


def start_over(figure):
    """Everything as in the beginning, then the whole path."""
    figure.button("reset").click()
    figure.lab.wait_for(lambda: figure.readout("k") == START, "k as the cell set it")
    figure.press("k", "End")


@pytest.fixture
def figure(lab, first):
    """The first explorer as it was in the beginning; in the end nothing has complained."""
    figure = lab.figure().show()
    start_over(figure)
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


def test_no_question_of_jupyterlab_lies_over_the_notebook(lab):
    assert lab.page.locator(".Toastify__toast").all_inner_texts() == []


def test_the_figure_opens_at_the_step_that_the_notebook_asks_for(lab):
    """Its cell sets k = 3: the play control must not bring back its own value."""
    source = (lab.server.root / RU).read_text(encoding="utf-8")
    assert re.findall(r"scrubber\.value = (\d+)", source) == [str(START)]
    assert lab.figure().show().readout("k") == START


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
    start_over(figure)
    figure.becomes(before)
    figure.type("α", value)
    figure.becomes(dragged)


@pytest.mark.parametrize(
    ("label", "typed", "shown"),
    [
        ("α", "0.123456", "0.123456"), ("α", "0,25", "0.25"), ("α", "2,5e-1", "0.25"),
        ("α", "1,2,3", None), ("K", "237", "237"), ("K", "1e2", "100"),
        ("B", "4,0", "4"), ("B", "12.7", None), ("seed", "3", "3"), ("seed", "-5", None),
    ],
)  # fmt: skip
def test_a_typed_value_is_taken_as_typed_or_refused(figure, label, typed, shown):
    """Key by key, as a person types; what cannot be leaves the number and the picture as it was."""
    before, held = figure.pixels(1), figure.box(label).input_value()
    figure.box(label).fill("")
    figure.box(label).press_sequentially(typed)
    figure.box(label).press("Enter")
    if shown:
        figure.changed(before, 1)
        assert (figure.box(label).input_value(), figure.error()) == (shown, "")
        return
    figure.root.locator(".course-note").wait_for()
    figure.lab.wait_for(lambda: figure.box(label).input_value() == held, "the box returns")
    assert not differ(figure.settled(1), before)
    figure.button("reset").click()
    figure.root.locator(".course-note").wait_for(state="detached")


#: The class of the first box around an element that does not let it show whole, or null.
CUT_BY = """element => {
  const own = element.getBoundingClientRect();
  for (let box = element.parentElement; !box.matches(".jp-OutputArea"); box = box.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(box);
    const around = box.getBoundingClientRect();
    const whole = own.left >= around.left && own.right <= around.right
      && own.top >= around.top && own.bottom <= around.bottom;
    if (!whole && (overflowX !== "visible" || overflowY !== "visible")) return box.className;
  }
  return null;
}"""


def test_a_refused_value_is_told_at_its_box_in_red_and_a_good_one_ends_it(figure):
    figure.type("α", -1)
    note = figure.root.locator(".course-note")
    note.wait_for()
    assert note.inner_text().split() == ["-1", "0", "≤", "α", "<", "∞"]
    box, said = figure.box("α").bounding_box(), note.bounding_box()
    assert 0 <= said["y"] - box["y"] < 2 * box["height"]
    assert box["x"] - said["width"] < said["x"] < box["x"] + box["width"]
    red = note.evaluate("note => getComputedStyle(note).borderColor")
    assert figure.box("α").evaluate("box => getComputedStyle(box).borderColor") == red
    assert figure.box("K").evaluate("box => getComputedStyle(box).borderColor") != red
    figure.type("α", "0,7")
    note.wait_for(state="detached")
    expect(figure.box("α")).to_have_value("0.7")


def test_the_wheel_over_a_box_scrolls_the_page(figure):
    figure.box("α").click()
    before, value = figure.root.bounding_box()["y"], figure.box("α").input_value()
    figure.page.mouse.wheel(0, 60)
    figure.lab.wait_for(lambda: figure.root.bounding_box()["y"] < before - 20, "the page scrolls")
    assert figure.box("α").input_value() == value
    assert figure.settled() is not None


@pytest.mark.parametrize(
    ("label", "key", "value"),
    [
        ("α", "ArrowUp", "1.02"),
        ("α", "ArrowDown", "0.977"),
        ("B", "ArrowUp", "4"),
        ("K", "ArrowDown", "299"),
    ],
)
def test_the_arrows_in_a_box_are_a_step_of_its_slider(figure, label, key, value):
    figure.box(label).press(key)
    figure.lab.wait_for(lambda: figure.box(label).input_value() == value, f"{label} = {value}")


def test_the_arrows_in_a_box_go_on_from_a_value_beyond_the_slider(figure):
    figure.type("K", 5000)
    figure.lab.wait_for(lambda: figure.box("K").input_value() == "5000", "K = 5000")
    for _ in range(3):
        figure.box("K").press("ArrowDown")
    figure.lab.wait_for(lambda: figure.box("K").input_value() == "4997", "three steps down")


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
    figure.choose("↔", "epochs")
    epochs = figure.changed(before, 1)
    figure.choose("↔", "∇fᵢ")
    figure.changed(epochs, 1)
    figure.choose("↔", "k")
    figure.becomes(before, 1)
    for title, option in (("αₖ", "α/k"), ("iₖ", "reshuffle")):
        before = figure.settled()
        figure.choose(title, option)
        figure.changed(before)


def test_a_new_sample(figure):
    before = figure.pixels()
    figure.button("sample").click()
    figure.changed(before)
    assert figure.box("seed").input_value() == "1"


def test_the_state_is_copied_as_code(figure):
    code, button = figure.root.locator(".course-code"), figure.button("copy")
    figure.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    figure.click(0, 0.4, 0.2)
    figure.settled()
    button.click()
    figure.button("copied").wait_for()
    held = figure.page.evaluate("navigator.clipboard.readText()")
    assert held == code.inner_text()
    (x0,) = re.findall(r"run\(gd, oracle, \[(.*?)\]", held)
    assert all(len(number) < 7 for number in x0.split(", "))
    figure.type("α", 0.25)
    figure.lab.wait_for(lambda: "alpha=0.25" in code.inner_text(), "the code has the new α")
    button.wait_for()  # the clipboard has the state before
    button.click()
    code.wait_for(state="detached")


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
    start_over(figure)
    for n, picture in enumerate(first):
        figure.becomes(picture, n)
    assert float(figure.box("α").input_value()) == 1


def test_a_cloud_of_runs_answers_too(lab):
    figure = lab.figure(1).show()
    figure.button("reveal").click()  # the chapter asks for a drawing first
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
    assert before[0, 0, :3].min() > 10 * dark[0, 0, :3].max()  # the ground, up to the corner
    figure.becomes(before)


def test_the_note_of_a_refused_value_is_seen_whole(window, server):
    """Under the last line of the controls too: the first figure of the course has one line."""
    lab = Lab(window, server)
    lab.open("ru/00_start.ipynb")
    lab.run_all()
    figure = lab.figure().show()
    figure.type("α", -1)
    note = figure.root.locator(".course-note")
    note.wait_for()
    assert note.evaluate(CUT_BY) is None


def test_the_english_seminar_runs_and_its_slider_moves(lecture):
    check_all_ran(lecture, EN)
    figure = lecture.figure(1).show()
    before = figure.settled()
    figure.press("α", "ArrowLeft", 10)
    figure.changed(before)
    assert lecture.problems == []


HANDLES = """handles => handles.map((handle) =>
  [handle.getAttribute("aria-label"), handle.getAttribute("aria-valuetext")])"""


def test_a_screen_reader_hears_names_and_the_values_that_are_seen(figure):
    """Not the position of the slider, which is a logarithm."""

    def heard():
        return dict(figure.root.locator("[role=slider]").evaluate_all(HANDLES))

    figure.press("α", "ArrowLeft", 30)
    figure.settled()
    figure.type("K", 200)
    figure.settled()
    seen = {label: figure.box(label).input_value() for label in ("α", "B", "seed", "K")}
    assert seen["α"] == "0.501"
    seen["k"] = str(figure.readout("k"))
    figure.lab.wait_for(lambda: heard() == seen, f"{heard()} is {seen}")
    assert figure.box("α").get_attribute("aria-label") == "α ="


def test_the_pictures_label_follows_when_play_stops(figure):
    figure.press("k", "Home")
    figure.settled()
    play = figure.button("play")
    play.click()
    figure.lab.wait_for(lambda: figure.readout("k") >= 5, "k reaches 5")
    play.click()
    figure.settled()
    said = f"k = {figure.readout('k')},"
    figure.lab.wait_for(
        lambda: said in figure.canvas().get_attribute("aria-label"), "the label says k"
    )


def test_every_control_is_labelled_and_explained_in_the_notebooks_language(figure):
    controls = figure.root.locator(".widget-hslider, .widget-dropdown, button").evaluate_all(
        """controls => controls
          .filter((control) => [control, ...control.children].some((part) => part.offsetWidth))
          .map((control) => [control.title, control.matches("button, :has(label:not(:empty))")])"""
    )
    assert len(controls) == 13
    for title, labelled in controls:
        assert re.search("[а-я]", title)
        assert labelled


def test_no_label_and_no_choice_is_cut_off(figure):
    """The longest choice fits into the place beside the arrow."""
    room = figure.root.locator(".widget-dropdown select").evaluate_all(
        """selects => selects.map((select) => {
          const style = getComputedStyle(select);
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = style.font;
          const widths = [...select.options].map((option) => pen.measureText(option.text).width);
          const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
          return select.clientWidth - padding - Math.max(...widths);
        })"""
    )
    assert len(room) == 3
    assert min(room) >= 0
    labels = figure.root.locator(".widget-label:not(:empty)").evaluate_all(
        "labels => labels.map((label) => label.clientWidth - label.scrollWidth)"
    )
    assert len(labels) == 8
    assert min(labels) >= 0


ONE_ROW = 50  # pixels, the higher cells


@pytest.mark.parametrize("opened", ["lab", "lecture"])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (853, 480)], ids=["100 %", "150 %"])
def test_a_figure_stands_with_its_controls_on_one_screen(request, opened, width, height):
    """At 100 % whole, beside the file browser; at 150 % one sees the path while one drags α."""
    lab = request.getfixturevalue(opened)
    before = lab.page.viewport_size
    lab.page.set_viewport_size({"width": width, "height": height})
    try:
        screen = lab.page.locator(".jp-WindowedPanel-outer").bounding_box()
        for n in range(lab.figures().count()):
            figure = lab.figure(n).show()
            controls = figure.root.locator(".course-controls").bounding_box()
            below = (figure.root if width == 1280 else figure.canvas()).bounding_box()
            assert below["y"] + below["height"] - controls["y"] <= screen["height"]
            assert controls["height"] <= (2 if width == 1280 else 4) * ONE_ROW
    finally:
        lab.page.set_viewport_size(before)
