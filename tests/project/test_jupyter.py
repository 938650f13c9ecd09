"""What the course adds to Jupyter: the quick websocket, and web pages that keep live figures."""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from jupyterlab_server.settings_utils import get_settings

import course_lib.jupyter
from course_lib.jupyter import lab, nodelay

ADDED = Path(course_lib.jupyter.__file__).parent
ALT = "adam: alpha = 0.1 & k = 200, f − f* = 2e-5"
VIEW = "application/vnd.jupyter.widget-view+json"


def test_the_socket_is_set_before_the_connection_is_opened(monkeypatch):
    happened = []

    async def opened(self, kernel_id):
        happened.append(("open", kernel_id))

    monkeypatch.setattr(KernelWebsocketHandler, "open", opened)
    nodelay._load_jupyter_server_extension(SimpleNamespace(log=logging.getLogger("test")))
    handler = SimpleNamespace(set_nodelay=lambda on: happened.append(("nodelay", on)))
    asyncio.run(KernelWebsocketHandler.open(handler, "kernel"))
    assert happened == [("nodelay", True), ("open", "kernel")]


def test_the_set_up_enables_what_the_module_names():
    (point,) = nodelay._jupyter_server_extension_points()
    config = json.loads((ADDED / "config.json").read_text(encoding="utf-8"))
    assert config["ServerApp"]["jpserver_extensions"] == {point["module"]: True}


def test_the_settings_are_known_to_jupyterlab_and_reach_it(monkeypatch):
    """A name or a value of another version would be ignored, and the question would come."""
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(ADDED))
    given = json.loads((ADDED / "labconfig/default_setting_overrides.json").read_text())
    (plugin,) = given
    schemas = Path(sys.prefix, "share/jupyter/lab/schemas")
    found, _ = get_settings("", str(schemas), "", schema_name=plugin)
    its = found["schema"]["properties"]
    assert {name: its[name]["default"] for name in given[plugin]} == given[plugin]
    assert given[plugin]["fetchNews"] in {one["const"] for one in its["fetchNews"]["oneOf"]}


@pytest.fixture
def set_up(tmp_path):
    """The files where `make` puts them, but in a folder of the test's own."""
    lab.add_to_jupyter(tmp_path)
    share, etc = tmp_path / "share" / "jupyter", tmp_path / "etc" / "jupyter"
    return os.environ | {"JUPYTER_PATH": str(share), "JUPYTER_CONFIG_PATH": str(etc)}


def page(folder, env, to, tags=()):
    """The web page that `jupyter nbconvert` makes of a notebook with one live figure's output."""
    png = "iVBORw0KGgo="
    data = {"image/png": png, "text/plain": ALT, VIEW: {"model_id": "abc"}}
    output = nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": ALT}})
    cell = nbformat.v4.new_code_cell("explore(adam, problem, x0)", outputs=[output])
    cell.metadata.tags = list(tags)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    state = {"abc": {"model_name": "VBoxModel", "model_module": "m", "state": {}}}
    notebook.metadata.widgets = {
        "application/vnd.jupyter.widget-state+json": {
            "state": state, "version_major": 2, "version_minor": 0,
        }
    }  # fmt: skip
    nbformat.write(notebook, folder / "figure.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", to, "figure.ipynb"]
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    (made,) = folder.glob("*.html")
    return made.read_text(encoding="utf-8")


@pytest.mark.parametrize("to", ["html", "slides"])
def test_a_web_page_keeps_the_picture_of_a_live_figure(tmp_path, set_up, to):
    """Even where the widgets' state was saved: without a network it would be an empty place."""
    text = page(tmp_path, set_up, to)
    (picture,) = re.findall(r'<img[^>]*src="data:image/png[^>]*>', text)
    if to == "html":
        (alt,) = re.findall(r'alt="([^"]*)"', picture)
        assert unescape(alt) == ALT
    assert f'<script type="{VIEW}">' not in text


@pytest.mark.parametrize(("tags", "folded"), [(["hide-input"], 1), ([], 0)])
def test_a_web_page_folds_what_the_notebook_folds(tmp_path, set_up, tags, folded):
    text = page(tmp_path, set_up, "html", tags)
    assert text.count("<details><summary>") == folded
    assert len(re.findall(r"<details>.*?explore.*?</details>", text, re.DOTALL)) == folded
    assert "data:image/png" in re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)


FIGURES = """
import numpy as np
from course_lib import adam, explore, live, rosenbrock
from course_lib.figures import Axis, Panel, line
from IPython.display import display
display(explore(adam, rosenbrock(), [-1.5, 2.5], alpha=0.03, steps=30))
t, axis = np.linspace(0, 1, 50), Axis("t", 0, 1)
live(lambda p, log: Panel("f", axis, axis, [line(t, t**p if log else t)]), p=2.0, log=True)
"""


@pytest.mark.browser
def test_a_page_without_kernel_and_network_has_sliders_that_work(window, tmp_path, set_up):
    cell = nbformat.v4.new_code_cell(FIGURES.strip())
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "figures.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "figures.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, env=set_up, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with window.browser.new_context(viewport={"width": 1280, "height": 720}, offline=True) as own:
        opened, said, fetched = own.new_page(), [], []
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("request", lambda request: fetched.append(request.url.partition(":")[0]))
        opened.goto((tmp_path / "figures.html").as_uri())
        explored, own_picture = (StillFigure(opened, n) for n in range(2))
        for label, text in (("β₁", "0.9"), ("α", "0.03"), ("K", "30")):
            before = explored.pixels()
            explored.press(label, "ArrowLeft")
            explored.changed(before)
            assert explored.text(label) != text
        assert (explored.text("β₁"), explored.text("α")) == ("0.9", "0.03")  # one at a time
        before = explored.pixels()
        explored.root.locator("button").click()
        assert int(explored.text("k")) < 15
        played = explored.changed(before)
        explored.changed(played)
        before = own_picture.pixels()
        own_picture.root.locator("select").select_option("✗")
        own_picture.changed(before)
        assert said == []
        assert set(fetched) <= {"file", "blob", "data"}


class StillFigure:
    """A figure on a page without a kernel."""

    def __init__(self, page, n):
        self.page, self.root = page, page.locator(".course-page").nth(n)
        self.root.locator("canvas").first.wait_for()

    def control(self, label):
        return self.root.locator(".course-slider", has=self.page.locator(f'[aria-label="{label}"]'))

    def press(self, label, key):
        self.control(label).locator("input").press(key)

    def text(self, label):
        return self.control(label).locator("output").text_content()

    def pixels(self):
        return self.root.locator("canvas").last.evaluate("canvas => canvas.toDataURL()")

    def changed(self, before):
        """Wait until the picture is another."""
        self.page.wait_for_function(
            "([root, before]) => [...root.querySelectorAll('canvas')].at(-1).toDataURL() != before",
            arg=[self.root.element_handle(), before],
        )
        return self.pixels()


def test_the_set_up_of_this_folder_has_the_files():
    """`make` copied them into the environment that runs the tests."""
    made = Path(sys.prefix)
    if not (made / "etc" / "jupyter" / "jupyter_config.json").exists():
        pytest.skip("not an environment that `make` has set up")
    for name, copy in (
        ("config.json", "etc/jupyter/jupyter_config.json"),
        (
            "labconfig/default_setting_overrides.json",
            "etc/jupyter/labconfig/default_setting_overrides.json",
        ),
        (
            "labextensions/sgd-course/still.js",
            "share/jupyter/labextensions/sgd-course/still.js",
        ),
        (
            "templates/course/index.html.j2",
            "share/jupyter/nbconvert/templates/course/index.html.j2",
        ),
    ):
        assert (made / copy).read_bytes() == (ADDED / name).read_bytes()
