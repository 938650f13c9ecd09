"""Every notebook runs from start to end, in time, and leaves its pictures for readers at home.

The two languages share every code cell (a test compares them), so two runs show all that can go
wrong: the English notebook as students get it, and the Russian one with its solutions, in which all
live figures are driven over the ends of their controls besides.
"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

pytestmark = pytest.mark.notebooks

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
TEMPLATES = ROOT / "course_lib" / "jupyter" / "templates"
# Seconds for one notebook, the start of its kernel included, on a machine that does nothing else.
# Elapsed and processor time are measured, and the smaller counts: other processes make the first
# longer, a second core the second.
BUDGET = 60
WIDGET = "application/vnd.jupyter.widget-view+json"
MADE_BY = re.compile(r"\b(?:explore|live)\(")
#: Cells around a notebook with its solutions; see live_figures.py.
AROUND = [f"import live_figures\nlive_figures.{name}()" for name in ("note", "drive")]


def load_build():
    spec = importlib.util.spec_from_file_location("course_build", NOTEBOOKS / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    return build


build = load_build()
SOURCES = build.read_sources(NOTEBOOKS)
LESSONS = [name for name in SOURCES if not build.is_homework(name)]
STUDENTS = sorted(
    f"{lang}/{path.name}" for lang in ("ru", "en") for path in NOTEBOOKS.glob(f"{lang}/*.ipynb")
)
SOLVED = "solutions/ru/"
EXECUTED = [
    pytest.param(path, marks=pytest.mark.xdist_group(path))  # on one processor: it runs once
    for name in SOURCES
    for path in (f"en/{name}.ipynb", f"{SOLVED}{name}.ipynb")
    if name in LESSONS or path.startswith(SOLVED)  # a homework stops at its first open item
]


@pytest.fixture(scope="module")
def solutions():
    """{path: text} of the notebooks with solutions, as `build.py --solutions` writes them."""
    return build.render(SOURCES, build.read_po(NOTEBOOKS), solutions=True)


@pytest.fixture(scope="module")
def executed(tmp_path_factory, solutions):
    """path → ((elapsed, processor) seconds, executed notebook, what driving its figures found).

    It runs when it is first asked for; figures are driven where the solutions are, else None.
    """
    folder = tmp_path_factory.mktemp("executed")
    done = {}

    def execute(path):
        if path not in done:
            source = folder / "in" / path
            source.parent.mkdir(parents=True, exist_ok=True)
            text = solutions.get(path) or (NOTEBOOKS / path).read_text(encoding="utf-8")
            notebook = nbformat.reads(text, 4)
            if path.startswith(SOLVED):
                first, last = map(nbformat.v4.new_code_cell, AROUND)
                notebook.cells = [first, *notebook.cells, last]
            nbformat.write(notebook, source)
            seconds, notebook = run_nbconvert(source, folder / "out" / path)
            driven = None
            if path.startswith(SOLVED):
                _, *notebook.cells, last = notebook.cells
                driven = json.loads(last.outputs[0].text)
                seconds = [s - d for s, d in zip(seconds, driven["seconds"], strict=True)]
            done[path] = seconds, notebook, driven
        return done[path]

    return execute


def clocks():
    """Elapsed time, and processor time of all processes that were started and have ended."""
    times = os.times()
    return times.elapsed, times.children_user + times.children_system


def run_nbconvert(source, target):
    """((Elapsed, processor) seconds, the notebook); a cell's exception is kept as its output."""
    command = [
        sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors",
        "--ExecutePreprocessor.timeout=300", f"--output-dir={target.parent}", str(source),
    ]  # fmt: skip
    paths = [str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {
        "PYTHONWARNINGS": "default",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    start = clocks()
    ran = subprocess.run(command, cwd=source.parent, env=env, capture_output=True, text=True)
    took = [after - before for before, after in zip(start, clocks(), strict=True)]
    assert ran.returncode == 0, ran.stderr
    return took, nbformat.read(target, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_every_source_has_its_notebooks():
    assert sorted(f"{lang}/{name}.ipynb" for lang in ("en", "ru") for name in LESSONS) == STUDENTS
    assert len(STUDENTS) >= 6


def test_both_languages_share_the_code(solutions):
    for path, text in solutions.items():
        other = solutions[path.replace("/en/", "/ru/")]
        both = [[c.source for c in code_cells(nbformat.reads(t, 4))] for t in (text, other)]
        assert both[0] == both[1], path


@pytest.mark.parametrize("path", EXECUTED)
def test_it_runs_without_a_complaint_and_in_time(executed, record_property, path):
    seconds, notebook, _ = executed(path)
    record_property("seconds", [path, *seconds])
    complaints = []
    for number, cell in enumerate(code_cells(notebook), 1):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.outputs:
            if output.output_type == "error" and not expected:
                complaints.append(f"code cell {number}: {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                complaints.append(f"code cell {number}: stderr: {output.text}")
        if cell.source.strip() and cell.execution_count is None:
            complaints.append(f"code cell {number}: was not run")
    assert complaints == []
    assert min(seconds) < BUDGET


@pytest.mark.parametrize("path", EXECUTED)
def test_every_live_figure_leaves_a_picture_with_its_text(executed, path):
    _, notebook, _ = executed(path)
    for cell in code_cells(notebook):
        live = [output for output in cell.outputs if WIDGET in output.get("data", {})]
        if MADE_BY.search(cell.source):
            assert live, f"no live figure from {cell.source!r}"
        for output in live:
            assert output.data.get("image/png"), f"no picture from {cell.source!r}"
            assert re.search(r"\w+ = -?[\d.e-]+", output.metadata["image/png"]["alt"])


@pytest.mark.parametrize("path", [p for p in EXECUTED if p.values[0].startswith(SOLVED)])
def test_no_value_of_a_control_breaks_a_figure(executed, path):
    _, notebook, driven = executed(path)
    figures = sum(len(MADE_BY.findall(cell.source)) for cell in code_cells(notebook))
    assert driven["figures"] == figures
    assert driven["complaints"] == []


@pytest.mark.parametrize("path", EXECUTED)
def test_the_web_page_needs_no_kernel_and_no_network_for_its_pictures(executed, path):
    """As by `jupyter nbconvert --to html`, from a notebook saved without the widgets' state."""
    notebook = nbformat.from_dict(executed(path)[1])
    notebook.metadata.pop("widgets", None)
    pictures = [out for out in outputs(notebook) if "image/png" in out.get("data", {})]
    exporter = HTMLExporter(template_name="course", extra_template_basedirs=[str(TEMPLATES)])
    page, _ = exporter.from_notebook_node(notebook)
    sources = re.findall(r'<img[^>]*\bsrc="([^"]*)"', page)
    assert len(sources) >= len(pictures)
    assert all(source.startswith("data:image/") for source in sources)
    shown = {unescape(text) for text in re.findall(r'<img[^>]*\balt="([^"]*)"', page)}
    texts = {out.metadata["image/png"]["alt"] for out in pictures if WIDGET in out.data}
    assert texts <= shown
