"""The live figure where the kernel is busy or new, and in the other front end, Notebook 7."""

import nbformat
import pytest

from tools.browser import Lab, differ, jupyterlab

pytestmark = pytest.mark.browser

FIGURE = """
from course_lib import explore, gd, quadratic
explore(gd, quadratic(kappa=10, angle=0.5), [-2.5, 1.5], alpha=1.0, steps=60)
"""
BUSY = """
from pathlib import Path
while not Path("enough").exists():
    sum(range(1000))
"""


@pytest.fixture(scope="module")
def server(chromium_here, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in (FIGURE, BUSY)]
    for name, chosen in (("figure", cells[:1]), ("seven", cells[:1]), ("busy", cells)):
        whole = nbformat.v4.new_notebook(cells=chosen, metadata={"kernelspec": kernel})
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


def test_a_new_kernel_makes_a_live_figure_again(window, server):
    lab = Lab(window, server)
    lab.open("figure.ipynb")
    turn(run_first_cell(lab))
    lab.menu("Kernel", "Restart Kernel and Run All Cells…")
    lab.page.locator(".jp-Dialog button.jp-mod-accept").click()
    lab.wait_until_idle()
    lab.figures().first.wait_for()
    turn(lab.figure().show())


def test_notebook_7_shows_it_too(window, server):
    lab = Lab(window, server)
    lab.page.goto(f"{server.address}/notebooks/seven.ipynb?token={server.token}")
    kernel = lab.page.locator(".jp-Toolbar-kernelName", has_text="ipykernel")
    kernel.wait_for()  # nothing on the page tells that it has started
    lab.wait_for(lambda: server.is_ready("seven.ipynb"), "the kernel is ready")
    figure = run_first_cell(lab)
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
