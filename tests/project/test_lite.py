"""The notebooks run in a browser's own Python, whose distribution the test assembles itself.

Slow, for it fetches a hundred megabytes once: a part of `make check-site`.
"""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import pytest
from nbclient import NotebookClient

from support import ROOT, pyodide_mirror
from tools.browser import Lab, Server, chromium
from tools.site.convert import LANGUAGES, words
from tools.site.executed import HANGS
from tools.site.lite import WITHOUT_TORCH, needs_torch, write_lite, write_notebook

NOTEBOOKS = ROOT / "notebooks"
START = "ru/00_start.ipynb"
#: What a browser runs.
RUN = [*(f.stem for f in sorted(NOTEBOOKS.glob("ru/0[0-8]*.ipynb"))), "seminar"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class BrowserLab(Lab):
    """JupyterLite names its kernel otherwise, and a page there has another address."""

    idle = r"\(Pyodide\) \| Idle"
    address = "{server.address}/lite/lab/index.html?path={path}"


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    folder, mirror = tmp_path_factory.mktemp("lite"), ROOT / "build" / "mirror"
    pyodide_mirror.assemble(mirror)
    (folder / "pyodide").symlink_to(mirror)
    notebooks = {START: NOTEBOOKS / START}
    write_lite(notebooks, folder / "lite", "/pyodide/", mirror / "pyodide-lock.json")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Server(f"http://127.0.0.1:{server.server_port}", "", NOTEBOOKS)
    server.shutdown()
    server.server_close()


@pytest.mark.site
def test_a_figure_lives_in_the_browser_and_outlives_its_kernel(lite, chromium_here):
    asked = []
    with chromium(viewport={"width": 1280, "height": 720}) as window:
        window.on("request", lambda request: asked.append(request.url))
        lab = BrowserLab(window, lite)
        lab.open(START)
        lab.run_all()
        setup = lab.page.locator(".jp-OutputArea-output summary").text_content()
        figure = lab.figure().show()
        before = figure.settled()
        figure.press("α", "ArrowRight", 5)
        figure.changed(before)
        assert figure.error() == ""
        lab.menu("File", "Save Notebook")
        lab.page.locator(".jp-mod-dirty").wait_for(state="detached")
        lab.page.goto("about:blank")
        lab.open(START)  # a new kernel: the figure is shown as it was saved
        lab.page.locator(".course-page canvas").first.wait_for(state="attached")
    assert setup.startswith("✓")
    assert [url for url in asked if not url.startswith((lite.address, "data:", "blob:"))] == []


@pytest.mark.parametrize("name", RUN)
def test_notebooks_without_networks_need_no_torch(name):
    """A browser has none, and in each kernel of a class it is 200 MB."""
    file = NOTEBOOKS / f"ru/{name}.ipynb"
    assert not needs_torch(nbformat.read(file, as_version=4))


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_the_browser_a_cell_that_needs_torch_is_to_be_read(tmp_path, language):
    """JupyterLite heeds no tag that lets cells go on after an error."""
    file = NOTEBOOKS / language / "07_adam.ipynb"
    write_notebook(file, tmp_path / "copy.ipynb")
    pairs = [nbformat.read(path, as_version=4).cells for path in (file, tmp_path / "copy.ipynb")]
    changed = 0
    for cell, copy in zip(*pairs, strict=True):
        if "needs-torch" not in cell.metadata.get("tags", []):
            assert copy == cell
            continue
        changed += 1
        assert copy.cell_type == "markdown"
        assert cell.source in copy.source
        assert words(language)["lacks"] in copy.source
    assert changed


@pytest.mark.site
@pytest.mark.parametrize("name", RUN)
def test_what_a_browser_runs_of_a_notebook_runs_without_torch(tmp_path, name):
    write_notebook(NOTEBOOKS / f"ru/{name}.ipynb", tmp_path / "copy.ipynb")
    notebook = nbformat.read(tmp_path / "copy.ipynb", as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WITHOUT_TORCH))
    NotebookClient(notebook, timeout=HANGS, store_widget_state=False).execute()
