"""The live figure where the kernel is busy, gone or new, in Notebook 7, and under a finger."""

import os
import signal

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.sign import NotebookNotary

from course_lib.figures.words import WORDS
from tools.browser import Lab, differ, jupyterlab

pytestmark = pytest.mark.browser

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
#: Looks ahead however busy the machine is, and says when every picture has been sent and what the
#: kernel hears of the slider.
FIGURE = """
from math import inf
from os import getpid
from pathlib import Path
Path("kernel").write_text(str(getpid()))
Path("whole").unlink(missing_ok=True)
Path("heard").write_text("")
from course_lib import explore, gd, quadratic
from course_lib.figures import ahead
ahead.SLOW = inf
figure = explore(gd, quadratic(kappa=10, angle=0.5), [-2.5, 1.5], alpha=1.0, steps=60)
def hear(change):
    Path("heard").write_text(f"{Path('heard').read_text()} {change.new:.2f}")
figure.controls.knobs["alpha"].slider.observe(hear, "value")
figure.canvas.observe(lambda change: change.new["at"] or Path("whole").touch(), "ahead")
figure
"""
#: In the page: positions that can wait are told when `tell` is called.
LATE = """() => {
  const { setTimeout } = window;
  const late = [];
  window.tell = () => late.splice(0).forEach((call) => call());
  window.setTimeout = (call, ...more) =>
    call.name === "pass" ? late.push(call) : setTimeout(call, ...more);
}"""
BUSY = """
from pathlib import Path
while not Path("enough").exists():
    sum(range(1000))
"""
WAITING = """
from pathlib import Path
from time import sleep
from course_lib import live
from course_lib.figures.scene import Axis, Panel, line
def draw(alpha):
    while alpha != 1 and Path("wait").exists():
        sleep(0.05)
    axis = Axis("t", 0, 1)
    return [Panel("t", axis, axis, [line([0, 1], [0, alpha])])]
live(draw, alpha=1.0)
"""


@pytest.fixture(scope="module")
def server(chromium_here, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    one, busy, waiting = (
        nbformat.v4.new_code_cell(source.strip()) for source in (FIGURE, BUSY, WAITING)
    )
    russian = nbformat.v4.new_markdown_cell("Начало")
    notebooks = {
        "figure": [one], "seven": [one], "finger": [one],
        "busy": [one, busy], "waiting": [russian, waiting],
    }  # fmt: skip
    for name, chosen in notebooks.items():
        whole = nbformat.v4.new_notebook(cells=chosen, metadata={"kernelspec": KERNEL})
        nbformat.write(whole, folder / f"{name}.ipynb")
    with jupyterlab(folder) as running:
        yield running


def run_first_cell(lab):
    lab.page.locator(".jp-CodeCell").first.locator(".cm-content").click()
    lab.page.keyboard.press("Shift+Enter")
    lab.figures().first.wait_for()
    return lab.figure().show()


def turn(figure):
    before = figure.settled()
    figure.press("α", "ArrowLeft", 10)
    assert differ(figure.changed(before), before)


def test_a_slider_answers_while_a_cell_is_running(window, server):
    """Comms of their own beside the main thread; the figure was touched before, as in class."""
    lab = Lab(window, server)
    lab.open("busy.ipynb")
    figure = run_first_cell(lab)
    turn(figure)
    lab.wait_until_idle()
    lab.page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    lab.page.keyboard.press("Shift+Enter")
    running = lab.page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[*]")
    running.wait_for()
    before = figure.pixels()
    figure.press("α", "ArrowLeft", 10)
    lab.wait_for(lambda: differ(figure.pixels(), before), "the picture changed")
    assert running.count() == 1
    (server.root / "enough").touch()
    lab.wait_until_idle()
    assert figure.error() == ""
    assert lab.cell_errors() == []
    assert lab.problems == []


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_pictures_made_ahead_are_there_at_once_and_are_the_kernels_own(window, server, front_end):
    """The kernel stands still while the slider moves; its own pictures then change nothing."""
    lab = Lab(window, server)
    figure = opened(lab, front_end)
    kernel = int((server.root / "kernel").read_text())
    turn(figure)
    lab.wait_for((server.root / "whole").exists, "every picture is here")
    before = [figure.settled(n) for n in range(figure.canvases())]
    os.kill(kernel, signal.SIGSTOP)
    try:
        figure.press("α", "ArrowLeft", 12)
        figure.changed(before[0])
        ahead = [figure.settled(n) for n in range(figure.canvases())]
    finally:
        os.kill(kernel, signal.SIGCONT)
    lab.wait_for(lambda: figure.sign() in ("none", "normal"), "the kernel has answered")
    for n, picture in enumerate(ahead):
        assert differ(picture, before[n])
        assert not differ(figure.settled(n), picture)
    assert (figure.error(), lab.cell_errors()) == ("", [])


def test_the_kernel_hears_of_the_last_position_whose_picture_is_here(window, server):
    """Of none between, and the slider does not jump back to what the kernel has heard of."""
    lab = Lab(window, server)
    figure = opened(lab, "lab")
    turn(figure)
    lab.wait_for((server.root / "whole").exists, "every picture is here")
    lab.page.evaluate(LATE)

    def heard():
        return (server.root / "heard").read_text().split()

    before, picture = heard(), figure.settled()
    figure.press("α", "ArrowLeft")
    picture = figure.changed(picture)
    figure.press("α", "ArrowLeft", 8)
    figure.changed(picture)
    figure.press("α", "ArrowLeft", 3)
    figure.settled()
    assert heard() == before
    lab.page.evaluate("tell()")
    lab.wait_for(lambda: heard() != before, "the kernel hears")
    *rest, first, last = map(float, heard())
    assert len(rest) == len(before) - 1
    assert first - last == pytest.approx(0.12)
    assert (figure.error(), lab.cell_errors()) == ("", [])


def test_a_figure_that_waits_for_its_kernel_says_so(window, server):
    """Where a value changes nothing, or is answered at once, there is nothing to say."""
    lab = Lab(window, server)
    lab.open("waiting.ipynb")
    figure = run_first_cell(lab)
    (server.root / "wait").touch()
    before, nothing = figure.settled(), figure.sign()
    figure.box("α").press("Enter")
    lab.page.wait_for_timeout(1000)
    assert figure.sign() == nothing
    figure.press("α", "ArrowLeft")
    lab.wait_for(lambda: WORDS["waiting"][1] in figure.sign(), "the sign")
    assert not differ(figure.pixels(), before)
    (server.root / "wait").unlink()
    figure.changed(before)
    lab.wait_for(lambda: figure.sign() == nothing, "no sign")
    assert lab.problems == []


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_a_figure_whose_kernel_is_gone_says_so(window, server, front_end):
    lab = Lab(window, server)
    figure = opened(lab, front_end)
    nothing = figure.sign()
    turn(figure)
    lab.menu("Kernel", "Restart Kernel…")
    lab.page.locator(".jp-Dialog button.jp-mod-accept").click()
    lab.wait_for(lambda: WORDS["gone"][2] in figure.sign(), "the sign")
    assert figure.sign() != nothing


def test_a_new_kernel_makes_a_live_figure_again(window, server):
    lab = Lab(window, server)
    lab.open("figure.ipynb")
    turn(run_first_cell(lab))
    lab.menu("Kernel", "Restart Kernel and Run All Cells…")
    lab.page.locator(".jp-Dialog button.jp-mod-accept").click()
    lab.wait_until_idle()
    lab.figures().first.wait_for()
    turn(lab.figure().show())


@pytest.mark.parametrize(
    ("front_end", "kernel", "trusted"),
    [("lab", "new", True), ("lab", "new", False), ("lab", None, True), ("notebooks", "new", True)],
)  # fmt: skip
def test_a_saved_figure_is_shown_where_no_kernel_knows_it(
    window, server, saved, front_end, kernel, trusted
):
    """With sliders; as a picture in a notebook that is not trusted, so that no script is run."""
    notebook = nbformat.from_dict(saved)
    if not kernel:
        notebook.metadata = {"kernelspec": dict.fromkeys(KERNEL, "of another machine")}
    name = f"saved_{front_end}_{kernel}_{trusted}.ipynb"  # a name of its own, a kernel of its own
    nbformat.write(notebook, server.root / name)
    notary = NotebookNotary(data_dir=str(server.root.parent / "data"))
    (notary.sign if trusted else notary.unsign)(notebook)
    where = "lab/tree" if front_end == "lab" else front_end
    page = window.new_page()
    page.goto(f"{server.address}/{where}/{name}?token={server.token}&reset")
    if not kernel:
        page.locator(".jp-Dialog").get_by_role("button", name="No Kernel").click()
    output = page.locator(".jp-OutputArea-output")
    if trusted:
        canvas = output.locator("canvas").first
        before = canvas.evaluate("canvas => canvas.toDataURL()")
        output.locator("input").first.press("ArrowLeft")
        page.wait_for_function(
            "([canvas, before]) => canvas.toDataURL() !== before",
            arg=[canvas.element_handle(), before],
        )
    else:
        picture = output.locator("img")
        assert "α = 1" in picture.get_attribute("alt")
        assert picture.evaluate("image => image.naturalWidth") > 400
    assert "widget" not in output.inner_text()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The notebook of one figure as it was saved, executed."""
    there = {"metadata": {"path": str(tmp_path_factory.mktemp("saved"))}}
    cell = nbformat.v4.new_code_cell(FIGURE.strip())
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": KERNEL})
    return NotebookClient(notebook, store_widget_state=False, resources=there).execute()


def opened(lab, front_end):
    """A notebook's one figure, its cell run, in JupyterLab or in Notebook 7."""
    if front_end == "lab":
        lab.open("figure.ipynb")
    else:
        lab.page.goto(f"{lab.server.address}/notebooks/seven.ipynb?token={lab.server.token}")
        kernel = lab.page.locator(".jp-Toolbar-kernelName", has_text="ipykernel")
        kernel.wait_for()  # nothing on the page tells that it has started
        lab.wait_for(lambda: lab.server.is_ready("seven.ipynb"), "the kernel is ready")
    return run_first_cell(lab)


def test_notebook_7_shows_it_too(window, server):
    lab = Lab(window, server)
    figure = opened(lab, "notebook")
    before = figure.settled()
    figure.type("α", 0.3)
    typed = figure.changed(before)
    figure.drag("α", 0.2)
    dragged = figure.changed(typed)
    assert differ(dragged, before)
    figure.press("α", "ArrowRight", 10)
    assert differ(figure.changed(dragged), typed)
    assert figure.error() == ""
    assert lab.cell_errors() == []


def middle(figure):
    """Where the middle of the first canvas lies on the screen."""
    box = figure.canvas().bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def swipe(lab, x, y, dx, dy):
    """A finger, eight small moves from (x, y)."""
    touch = lab.page.context.new_cdp_session(lab.page)
    for j in range(9):
        kind, at = "touchMove" if j else "touchStart", {"x": x + j * dx, "y": y + j * dy}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        lab.page.wait_for_timeout(20)  # a finger is no faster
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_that_moves_up_scrolls_the_page_and_a_tap_or_a_move_aside_moves_the_start(
    window, server
):
    with window.browser.new_context(has_touch=True, viewport={"width": 1280, "height": 480}) as own:
        lab = Lab(own, server)
        lab.open("finger.ipynb")  # which no window before has saved with a figure
        figure = run_first_cell(lab)
        before, top = figure.settled(), figure.root.bounding_box()["y"]
        swipe(lab, *middle(figure), 0, -10)
        lab.wait_for(lambda: figure.root.bounding_box()["y"] < top - 20, "the page scrolls")
        assert not differ(figure.settled(), before)
        x, y = middle(figure)
        lab.page.touchscreen.tap(x, y)
        tapped = figure.changed(before)
        swipe(lab, x, y, -10, 0)
        figure.changed(tapped)
        assert lab.problems == []
