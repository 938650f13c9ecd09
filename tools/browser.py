"""A real JupyterLab in a real Chromium: for the browser tests, `make picture`, `bench-explorer`.

The server has its own folders and port, so that it neither sees nor changes anybody's settings.
Playwright brings no browser here: Chromium must be on the PATH.
"""

import base64
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from matplotlib import image
from playwright.sync_api import sync_playwright

from course_lib.figures.words import WORDS
from tools import ROOT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: containers run as root. The rest keeps Chromium from calling its maker.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WAIT = 60_000  # ms; a loaded machine of two cores is slow to open JupyterLab


class NoBrowser(Exception):
    """There is nothing to drive; the message says what to install."""


@dataclass(frozen=True)
class Server:
    """Where a JupyterLab answers, and the folder that it shows."""

    address: str
    token: str
    root: Path

    def is_ready(self, path):
        """Does a page hold the kernel of this notebook, and does the kernel wait for work?"""
        with urllib.request.urlopen(f"{self.address}/api/sessions?token={self.token}") as answer:
            kernels = [s["kernel"] for s in json.load(answer) if s["path"] == path]
        return any(k["connections"] and k["execution_state"] == "idle" for k in kernels)


def find_chromium():
    for name in CHROMIUM:
        if path := shutil.which(name):
            return path
    raise NoBrowser(f"no Chromium: none of {', '.join(CHROMIUM)} is on the PATH")


@contextmanager
def jupyterlab(notebooks):
    """A JupyterLab server over a copy of a folder of notebooks: gives a `Server`."""
    with tempfile.TemporaryDirectory(prefix="course-lab-") as folder:
        home = Path(folder)
        shutil.copytree(notebooks, home / "root")
        chosen = home / "settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
        chosen.parent.mkdir(parents=True)
        chosen.write_text(json.dumps({"theme": "JupyterLab Light"}))
        env = os.environ | {
            "JUPYTER_CONFIG_DIR": f"{home}/config",
            "JUPYTER_CONFIG_PATH": f"{ROOT}/course_lib/jupyter",  # as the set-up has them
            "JUPYTER_PATH": f"{ROOT}/course_lib/jupyter",
            "JUPYTER_DATA_DIR": f"{home}/data",
            "JUPYTER_RUNTIME_DIR": f"{home}/runtime",
            "JUPYTERLAB_SETTINGS_DIR": f"{home}/settings",
            "JUPYTERLAB_WORKSPACES_DIR": f"{home}/workspaces",
            "IPYTHONDIR": f"{home}/ipython",
        }
        port, token = free_port(), "course"
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={home}/root",
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        log = home / "jupyter.log"
        with log.open("w") as out:
            server = subprocess.Popen(
                command, cwd=home, env=env, stdout=out, stderr=out, start_new_session=True
            )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for_server(server, f"{address}/api?token={token}", log)
            yield Server(address, token, home / "root")
        finally:
            stop(server)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_server(server, url, log):
    deadline = time.monotonic() + WAIT / 1000
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"jupyter lab did not start:\n{log.read_text()}")


def stop(server):
    """The server ends its kernels when asked politely; after that its whole group is ended."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, ask)
            server.wait(timeout=15)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def chromium(**context):
    """A headless Chromium window; context: `viewport`, `device_scale_factor`, …"""
    executable = find_chromium()
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        stack.callback(browser.close)
        yield browser.new_context(**context)


class Lab:
    """A JupyterLab window with one notebook open."""

    address = "{server.address}/lab/tree/{path}?token={server.token}&reset"
    idle = r"\(ipykernel\) \| Idle"

    def __init__(self, window, server):
        self.server, self.page = server, window.new_page()
        self.page.set_default_timeout(WAIT)
        self.cells, self.problems = 0, []
        self.bytes = 0  # that kernels have sent
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))

    def _received(self, frame):
        self.bytes += len(frame)

    def _console(self, message):
        # No error of anybody else's is known; one that turns up goes here with its reason.
        if message.type == "error":
            self.problems.append(f"console: {message.text} {message.location.get('url', '')}")

    def open(self, path):
        """Open a notebook, alone, in a fresh workspace; returns when its kernel is ready."""
        cells = json.loads((self.server.root / path).read_text(encoding="utf-8"))["cells"]
        self.cells = sum(map(has_prompt, cells))
        self.page.goto(self.address.format(server=self.server, path=path))
        self.page.locator(".jp-Notebook").wait_for()
        self.wait_until_idle()

    def menu(self, *names):
        """Choose an entry: menu("Run", "Run All Cells")."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=exactly(names[0])).click()
        for name in names[1:]:
            entries = self.page.locator(".lm-Menu-itemLabel", has_text=exactly(name))
            entries.last.click()

    def run_all(self):
        self.menu("Run", "Run All Cells")
        done = self.page.locator(".jp-CodeCell .jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
        self.wait_for(
            lambda: done.count() == self.cells or self.cell_errors(),
            "all cells run", timeout=3 * WAIT, every=250,
        )  # fmt: skip
        if errors := self.cell_errors():
            raise AssertionError("\n".join(errors))
        self.wait_until_idle()

    def wait_for(self, condition, what, timeout=WAIT, every=30):
        """Wait for something that only Python can see; Playwright works on meanwhile."""
        deadline = time.monotonic() + timeout / 1000
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout / 1000:g} s: {what}")
            self.page.wait_for_timeout(every)

    def wait_until_idle(self):
        """As the status bar has it: the notebook's own sign is idle even without a kernel."""
        self.page.locator("#jp-main-statusbar", has_text=re.compile(self.idle)).wait_for()

    def cell_errors(self):
        """Texts of all outputs that are errors or were written to stderr."""
        wrong = '[data-mime-type="application/vnd.jupyter.stderr"], [data-mime-type*="error"]'
        return self.page.locator(f".jp-OutputArea-output:is({wrong})").all_text_contents()

    def figures(self):
        return self.page.locator(".widget-vbox:has(> .course-canvas)")

    def figure(self, n=0):
        return Figure(self, self.figures().nth(n))


def has_prompt(cell):
    """Does JupyterLab number this cell once it has run? A folded one has no prompt to number."""
    folded = cell["metadata"].get("jupyter", {}).get("source_hidden")
    return cell["cell_type"] == "code" and bool(cell["source"]) and not folded


class Figure:
    """One explorer on the page, handled as a person handles it."""

    def __init__(self, lab, root):
        self.lab, self.page, self.root = lab, lab.page, root

    def show(self):
        """Into the middle of the window; cells above it get their size only when they are near."""
        self.root.scroll_into_view_if_needed()
        before, after = None, -1.0
        while before != after:
            self.root.evaluate("element => element.scrollIntoView({ block: 'center' })")
            self.page.wait_for_timeout(200)
            before, after = after, self.root.bounding_box()["y"]
        return self

    def canvas(self, n=0):
        return self.root.locator(".course-canvas canvas").nth(n)

    def canvases(self):
        return self.root.locator(".course-canvas canvas").count()

    def pixels(self, n=0):
        """The picture of one canvas: an array (height, width, 4) of 0..1."""
        while (url := self.canvas(n).evaluate("canvas => canvas.toDataURL()")) == "data:,":
            self.page.wait_for_timeout(50)  # no size: the page is between two themes
        return image.imread(io.BytesIO(base64.b64decode(url.partition(",")[2])), format="png")

    def settled(self, n=0):
        """The picture when it has stopped changing."""
        now, later = None, self.pixels(n)
        while now is None or differ(now, later):
            self.page.wait_for_timeout(250)
            now, later = later, self.pixels(n)
        return now

    def changed(self, before, n=0):
        """Wait until the picture differs from `before`, then until it is still; returns it."""
        self.lab.wait_for(lambda: differ(self.pixels(n), before), f"canvas {n} changed")
        return self.settled(n)

    def becomes(self, picture, n=0):
        """Wait until the picture is this one."""
        self.lab.wait_for(
            lambda: not differ(self.pixels(n), picture), f"canvas {n} is as expected", WAIT / 3
        )

    def slider(self, label):
        named = self.page.locator(".widget-label", has_text=exactly(label))
        return self.root.locator(".widget-hslider").filter(has=named)

    def readout(self, label):
        """The number that a slider shows."""
        return int(self.slider(label).locator(".widget-readout").text_content())

    def press(self, label, key, times=1):
        """Keys on the handle of a slider."""
        self.slider(label).locator(".noUi-handle").focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def box(self, label):
        """The field to type in, beside the slider."""
        return self.slider(label).locator("xpath=following-sibling::*[1]//input")

    def type(self, label, value):
        self.box(label).fill(str(value))
        self.box(label).press("Enter")

    def button(self, name):
        """A button by the name that `WORDS` has for its tooltip, in whatever language."""
        titles = (f'button[title="{word}"]' for word in WORDS[name])
        return self.root.locator(", ".join(titles))

    def drop_down(self, label):
        named = self.page.locator(".widget-label", has_text=exactly(label))
        return self.root.locator(".widget-dropdown").filter(has=named).locator("select")

    def choose(self, label, option):
        self.drop_down(label).select_option(option)

    def drag(self, label, share):
        """The handle of a slider, by the mouse, to a share of its way."""
        self.slider(label).locator(".noUi-base").scroll_into_view_if_needed()
        handle = self.slider(label).locator(".noUi-handle").bounding_box()
        rail = self.slider(label).locator(".noUi-base").bounding_box()
        start = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(rail["x"] + share * rail["width"], start[1], steps=40)
        self.page.mouse.up()

    def click(self, n, u, v):
        """Click on canvas n at fractions of its width and height, from the top left corner."""
        box = self.canvas(n).bounding_box()
        self.canvas(n).click(position={"x": u * box["width"], "y": v * box["height"]})

    def error(self):
        """What stands over the picture or beside a box because something cannot be."""
        return " ".join(self.root.locator(".course-error, .course-note").all_inner_texts())

    def sign(self):
        """The sign over the picture, "none" or "normal" if there is none."""
        return self.root.locator(".course-canvas").evaluate(
            "element => getComputedStyle(element, '::after').content"
        )


def differ(one, other):
    """Do two pictures differ? Chromium smooths edges now so, now so: faint differences are none."""
    return one.shape != other.shape or (abs(one - other).max(-1) > 0.2).sum() > 5


def exactly(text):
    return re.compile(rf"^\s*{re.escape(text)}\s*$")
