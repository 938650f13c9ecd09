"""Predict by drawing, by mouse, finger and keyboard: JupyterLab, Notebook 7, a page alone."""

import re

import nbformat
import numpy as np
import pytest

from course_lib import explore, gd, quadratic
from course_lib.figures.canvas import script
from course_lib.figures.goals import Goal
from course_lib.figures.words import WORDS
from support.scenes import marks
from tools.browser import Figure, Lab, jupyterlab

pytestmark = pytest.mark.browser

CELL = """
from course_lib import explore, gd, quadratic
from course_lib.figures import Goal
figure = explore(gd, quadratic(kappa=10, angle=0.5), [-2.5, 1.5], alpha=1.0, steps=60, **{})
figure
"""
ASKED = {
    "gap": {"predict": True},
    "path": {"predict": "path"},
    "goal": {"predict": True, "goal": Goal(1e-4, within=30)},
}
GAP, PATH = 1, 0  # panels
MARGIN = {side: int(re.search(rf"{side}: (\d+)", script("page.js"))[1])
          for side in ("left", "right", "top", "bottom")}  # fmt: skip
BLUE = np.array([0, 0x72, 0xB2]) / 255  # of the run


def made(name):
    return explore(
        gd, quadratic(kappa=10, angle=0.5), [-2.5, 1.5], alpha=1.0, steps=60, **ASKED[name]
    )


@pytest.fixture(scope="module")
def folder(chromium_here, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, asked in ASKED.items():
        code = CELL.strip().format(asked)
        sources = code, 'print(len(figure.canvas.guess["points"]))\nfigure'
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        whole = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(whole, folder / f"{name}.ipynb")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with jupyterlab(folder) as running:
        yield running


@pytest.fixture(scope="module")
def server_of_7(folder):
    """Its own: a server remembers where a font of Notebook 7 lies, and refuses JupyterLab's."""
    with jupyterlab(folder) as running:
        yield running


@pytest.fixture(params=["lab", "notebook", "page"])
def opened(request, window, tmp_path):
    """A function: the figure asked for by name, with a kernel and without."""
    with window.browser.new_context(has_touch=True, viewport={"width": 1280, "height": 720}) as own:
        problems = []

        def open_figure(name):
            if request.param != "page":
                kind, where = FRONT_ENDS[request.param]
                lab = kind(own, request.getfixturevalue(where))
                lab.problems = problems
                lab.open(f"{name}.ipynb")
                lab.page.locator(".jp-CodeCell").first.locator(".cm-content").click()
                lab.page.keyboard.press("Shift+Enter")
                lab.figures().first.wait_for()
                if request.param == "notebook":
                    problems.clear()  # before there is a figure: a schema that Notebook 7 has not
                return Drawn(lab, lab.figures().first).show()
            page = own.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            text = made(name)._repr_mimebundle_()[0]["text/html"]
            below = '<div style="height: 900px"></div>'
            file = tmp_path / "page.html"
            file.write_text(f'<meta charset="utf-8">{text}{below}', encoding="utf-8")
            page.goto(file.as_uri())
            page.locator(".course-page canvas").first.wait_for()
            return Drawn(Still(page), page.locator(".course-page"))

        yield open_figure
        assert problems == []


class Seven(Lab):
    """Notebook 7: nothing on its page tells that the kernel has started."""

    address = "{server.address}/notebooks/{path}?token={server.token}"

    def open(self, path):
        self.page.goto(self.address.format(server=self.server, path=path))
        self.page.locator(".jp-Toolbar-kernelName", has_text="ipykernel").wait_for()
        self.wait_for(lambda: self.server.is_ready(path), "the kernel is ready")


FRONT_ENDS = {"lab": (Lab, "server"), "notebook": (Seven, "server_of_7")}


class Still:
    """A page without a kernel, as much of a `Lab` as a figure needs."""

    def __init__(self, page):
        self.page = page

    wait_for = Lab.wait_for


class Drawn(Figure):
    """A figure to draw in; places are shares of the axes, from the lower left corner."""

    def at(self, n, u, v):
        """A place on the screen."""
        box, own = self.canvas(n).bounding_box(), self.canvas(n).evaluate("its => its.clientWidth")
        zoom = box["width"] / own
        x = MARGIN["left"] + u * (own - MARGIN["left"] - MARGIN["right"])
        height = box["height"] / zoom - MARGIN["top"] - MARGIN["bottom"]
        return box["x"] + zoom * x, box["y"] + zoom * (MARGIN["top"] + (1 - v) * height)

    def by_mouse(self, n, *places):
        mouse = self.page.mouse
        mouse.move(*self.at(n, *places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(n, *place), steps=20)
        mouse.up()

    def by_finger(self, n, start, end):
        touch = self.page.context.new_cdp_session(self.page)
        (x0, y0), (x1, y1) = self.at(n, *start), self.at(n, *end)
        for share in np.linspace(0, 1, 12):
            at = {"x": x0 + share * (x1 - x0), "y": y0 + share * (y1 - y0)}
            kind = "touchMove" if share else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
            self.page.wait_for_timeout(20)  # a finger is no faster
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def label(self, n):
        """What a screen reader says of the panel."""
        return self.canvas(n).get_attribute("aria-label") or ""

    def active_cell(self):
        """The state of the notebook's cells, which has its own use for the keys."""
        cells = self.page.locator(".jp-Cell").all()
        return ["jp-mod-active" in cell.get_attribute("class") for cell in cells]

    def told(self):
        """What stands beside the buttons."""
        return self.root.locator(".course-guess output").text_content()

    def distance(self):
        """The number told once the run is shown; None if there is none."""
        found = re.search(r" = ([\d.e−]+)$", self.told())
        return float(found[1].replace("−", "-")) if found and "Δ" in self.told() else None

    def shows_run(self, n):
        """Is anything blue in the panel? The levels of the contours are another blue."""
        return bool((abs(self.settled(n)[..., :3] - BLUE).max(-1) < 0.02).sum() > 20)


def run_of_gap():
    """k and log₁₀ of the gap in the picture, and the length of the axis in decades."""
    figure = made("gap")
    (points,) = (its for kind, its, _ in marks(figure, GAP) if kind == "line")
    low, high = (np.log10(figure.canvas.layout_json[GAP]["y"][end]) for end in ("low", "high"))
    return points[:, 0].astype(float), np.log10(points[:, 1].astype(float)), low, high


def expected(u, v):
    """⌀ |Δ lg| of a polygon in shares of the axes."""
    k, heights, low, high = run_of_gap()
    places = np.linspace(u[0], u[-1], 1000)
    guess = low + np.interp(places, u, v) * (high - low)
    return abs(guess - np.interp(places * k[-1], k, heights)).mean()


def test_by_mouse(opened):
    figure = opened("gap")
    assert not figure.shows_run(GAP)
    assert not figure.shows_run(PATH)
    empty = figure.settled(GAP)
    figure.by_mouse(GAP, (0.1, 0.9), (0.5, 0.5), (0.9, 0.8))
    drawn = figure.changed(empty, GAP)
    assert not figure.shows_run(GAP)
    assert figure.distance() is None
    figure.button("reveal").click()
    figure.changed(drawn, GAP)
    assert figure.shows_run(GAP)
    assert figure.shows_run(PATH)
    assert figure.distance() == pytest.approx(expected([0.1, 0.5, 0.9], [0.9, 0.5, 0.8]), abs=0.06)
    before = figure.told()
    handle = figure.root.locator(".noUi-handle, input[type=range]").first  # of α
    handle.focus()
    for _ in range(5):
        figure.page.keyboard.press("ArrowLeft")
    figure.lab.wait_for(lambda: figure.told() != before, "another distance of the same drawing")
    assert figure.distance() > 0
    figure.button("anew").click()
    figure.lab.wait_for(lambda: not figure.shows_run(GAP), "the run is veiled")
    figure.button("reveal").click()
    figure.lab.wait_for(lambda: figure.shows_run(GAP), "the run")
    assert figure.told() == ""  # the drawing is gone


def test_by_finger_which_scrolls_the_page_elsewhere_only(opened):
    figure = opened("gap")
    empty, top = figure.settled(GAP), figure.at(GAP, 0, 0)[1]
    figure.by_finger(GAP, (0.2, 0.1), (0.7, 0.95))
    figure.changed(empty, GAP)
    assert figure.at(GAP, 0, 0)[1] == top
    figure.button("reveal").click()
    figure.lab.wait_for(lambda: figure.distance() is not None, "the distance")
    assert figure.distance() == pytest.approx(expected([0.2, 0.7], [0.1, 0.95]), abs=0.06)
    figure.by_finger(GAP, (0.5, 0.1), (0.5, 0.9))
    figure.lab.wait_for(lambda: figure.at(GAP, 0, 0)[1] != top, "the page scrolls")


def test_by_keyboard(opened):
    figure = opened("gap")
    canvas, keyboard = figure.canvas(GAP), figure.page.keyboard
    figure.lab.wait_for(
        lambda: any(word in figure.label(GAP) for word in WORDS["draw"]), "what to do"
    )
    assert canvas.get_attribute("role") == "application"
    canvas.focus()
    before = figure.active_cell()
    keyboard.press("Shift+ArrowRight")
    keyboard.press("ArrowUp")
    keyboard.press("Space")
    assert canvas.evaluate("canvas => getComputedStyle(canvas).outlineStyle") == "solid"
    assert canvas.evaluate("canvas => canvas === document.activeElement")
    assert figure.active_cell() == before
    assert re.fullmatch(r"k = 6, f\(xₖ\) − f\* = [\d.e−]+", figure.told())
    figure.button("reveal").press("Enter")
    figure.lab.wait_for(lambda: figure.distance() is not None, "the distance")
    k, heights, low, high = run_of_gap()
    assert figure.distance() == pytest.approx(
        abs(low + 0.52 * (high - low) - heights[k == 6][0]), abs=0.06
    )
    keyboard.press("Enter")  # on the other button, to draw anew
    keyboard.press("Space")
    keyboard.press("Backspace")
    figure.button("reveal").press("Enter")
    figure.lab.wait_for(lambda: figure.shows_run(GAP), "the run")
    assert figure.told() == ""  # nothing was drawn
    figure.lab.wait_for(lambda: "∇fᵢ: 60" in figure.label(GAP), "the run in words")


@pytest.mark.parametrize("opened", ["page"], indirect=True)
def test_on_a_slide_that_is_scaled(opened):
    figure = opened("gap")
    figure.page.evaluate("document.body.style.transform = 'scale(0.7)'")
    empty = figure.settled(GAP)
    figure.by_mouse(GAP, (0.1, 0.9), (0.5, 0.5), (0.9, 0.8))
    figure.changed(empty, GAP)
    figure.button("reveal").click()
    figure.lab.wait_for(lambda: figure.distance() is not None, "the distance")
    assert figure.distance() == pytest.approx(expected([0.1, 0.5, 0.9], [0.9, 0.5, 0.8]), abs=0.06)


def test_a_path(opened):
    figure = opened("path")
    assert not figure.shows_run(GAP)
    figure.by_mouse(PATH, (0.2, 0.7), (0.5, 0.5))
    figure.button("reveal").click()
    figure.lab.wait_for(lambda: figure.distance() is not None, "the distance")
    assert figure.told().startswith("⌀ |Δ (x₁, x₂)| = ")
    assert 0 < figure.distance() < 1.5


@pytest.mark.parametrize("opened", ["lab", "page"], indirect=True)
def test_a_goal_is_told_with_the_run_and_keeps_the_best(opened):
    """How far the run comes would tell what is to be predicted."""
    figure = opened("goal")
    goal, now, best = figure.root.locator(".course-goals span").all()
    assert goal.text_content() == "◎ f − f* ≤ 10⁻⁴, k ≤ 30"
    assert goal.is_visible()
    assert not now.is_visible()
    figure.button("reveal").click()
    now.wait_for()
    first = now.text_content()
    assert first.endswith("✗")
    assert best.text_content() == first.replace("→", "★")
    handle = figure.root.locator(".noUi-handle, input[type=range]").first  # of α
    for key, sign in (("ArrowRight", "✓"), ("ArrowLeft", "✗")):
        handle.focus()
        for _ in range(60):
            if now.text_content().endswith(sign):
                break
            figure.page.keyboard.press(key)
            figure.page.wait_for_timeout(60)
        assert now.text_content().endswith(sign)
        assert best.text_content().endswith("✓")


def test_the_notebook_keeps_the_drawing(window, server):
    lab = Lab(window, server)
    lab.open("gap.ipynb")
    lab.page.locator(".jp-CodeCell").first.locator(".cm-content").click()
    lab.page.keyboard.press("Shift+Enter")
    lab.figures().first.wait_for()
    figure = Drawn(lab, lab.figures().first).show()
    empty = figure.settled(GAP)
    figure.by_mouse(GAP, (0.1, 0.9), (0.9, 0.8))
    drawn = figure.changed(empty, GAP)
    lab.page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    lab.page.keyboard.press("Shift+Enter")
    lab.figures().nth(1).wait_for()
    printed = lab.page.locator(".jp-OutputArea-output pre").first
    lab.wait_for(printed.text_content, "JupyterLab writes the text")
    assert int(printed.text_content()) > 2  # points that the kernel has
    again = Drawn(lab, lab.figures().nth(1)).show()
    again.becomes(drawn, GAP)
    assert lab.problems == []
