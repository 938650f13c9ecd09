"""Every notebook runs from start to end, and leaves its pictures for readers at home.

The two languages share every code cell (a test compares them), so two runs show all that can go
wrong: the English notebook as students get it, on an imitated older processor, and the Russian one
with its solutions, in which all live figures are driven over the ends of their controls besides.
"""

import json
import os
import re
import subprocess
import sys
from html import unescape

import nbformat
import pytest
from nbconvert import HTMLExporter

from course_lib.verdicts import verdict
from support import ROOT, elsewhere
from tools.build.catalogue import read_po
from tools.build.claims import verdicts
from tools.build.render import render
from tools.build.sources import is_homework, read_sources
from tools.verdicts import checks

pytestmark = pytest.mark.notebooks

NOTEBOOKS = ROOT / "notebooks"
TEMPLATES = ROOT / "course_lib" / "jupyter" / "templates"
# Seconds after which a cell, and a notebook, hangs; what notebooks cost is for `make times`.
CELL_HANGS, HANGS = 600, 900
WIDGET = "application/vnd.jupyter.widget-view+json"
MADE_BY = re.compile(r"\b(?:explore|live)\(")
#: Cells around a notebook with its solutions; see support/live_figures.py.
AROUND = [f"from support import live_figures\nlive_figures.{name}()" for name in ("note", "drive")]
SOURCES = read_sources(NOTEBOOKS)
LESSONS = [name for name in SOURCES if not is_homework(name)]
STUDENTS = sorted(
    f"{lang}/{path.name}" for lang in ("ru", "en") for path in NOTEBOOKS.glob(f"{lang}/*.ipynb")
)
SOLVED = "solutions/ru/"
EXECUTED = [
    path
    for name in SOURCES
    for path in (f"en/{name}.ipynb", f"{SOLVED}{name}.ipynb")
    if name in LESSONS or path.startswith(SOLVED)  # a homework stops at its first open item
]


@pytest.fixture(scope="module")
def solutions():
    """{path: text} of the notebooks with solutions, as `make solutions` writes them."""
    return render(SOURCES, read_po(NOTEBOOKS), solutions=True)


def execute(path, text, folder):
    """The executed notebook, and what driving its figures found: None without the solutions."""
    solved, notebook = path.startswith(SOLVED), nbformat.reads(text, 4)
    if solved:
        first, last = map(nbformat.v4.new_code_cell, AROUND)
        notebook.cells = [first, *notebook.cells, last]
    source = folder / "in" / path
    source.parent.mkdir(parents=True)
    nbformat.write(notebook, source)
    notebook = run_nbconvert(source, folder / "out" / path, {} if solved else elsewhere.variables())
    if not solved:
        return notebook, None
    _, *notebook.cells, last = notebook.cells
    (printed,) = [output.text for output in last.outputs if output.get("name") == "stdout"]
    return notebook, json.loads(printed)


def run_nbconvert(source, target, processor):
    """The executed notebook; a cell's exception is kept as its output."""
    command = [
        sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors",
        f"--ExecutePreprocessor.timeout={CELL_HANGS}", f"--output-dir={target.parent}", str(source),
    ]  # fmt: skip
    paths = [str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    env = os.environ | processor | {"PYTHONWARNINGS": "default"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    ran = subprocess.run(
        command, cwd=source.parent, env=env, capture_output=True, text=True, timeout=HANGS
    )
    assert ran.returncode == 0, ran.stderr
    return nbformat.read(target, as_version=4)


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
def test_notebook(path, solutions, tmp_path):
    """One test for all that is asked of one notebook: it runs once."""
    text = solutions.get(path) or (NOTEBOOKS / path).read_text(encoding="utf-8")
    notebook, driven = execute(path, text, tmp_path)
    complaints = [*about_its_run(notebook), *about_its_figures(notebook), *about_its_page(notebook)]
    complaints += about_its_verdicts(notebook)
    if driven:
        made = sum(len(MADE_BY.findall(cell.source)) for cell in code_cells(notebook))
        complaints += driven["complaints"]
        complaints += [f"{driven['figures']} live figures of {made}"] * (driven["figures"] != made)
    assert complaints == []


def about_its_run(notebook):
    for number, cell in enumerate(code_cells(notebook), 1):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.outputs:
            if output.output_type == "error" and not expected:
                yield f"code cell {number}: {output.ename}: {output.evalue}"
            if output.get("name") == "stderr":
                yield f"code cell {number}: stderr: {output.text}"
        if cell.source.strip() and cell.execution_count is None:
            yield f"code cell {number}: was not run"


def about_its_figures(notebook):
    """Every live figure leaves a picture with its text."""
    for number, cell in enumerate(code_cells(notebook), 1):
        live = [output for output in cell.outputs if WIDGET in output.get("data", {})]
        if MADE_BY.search(cell.source) and not live:
            yield f"code cell {number}: no live figure"
        for output in live:
            alt = output.metadata.get("image/png", {}).get("alt", "")
            if not output.data.get("image/png") or not re.search(r"\w+ = -?[\d.e-]+", alt):
                yield f"code cell {number}: no picture, or none with a text: {alt!r}"


def about_its_verdicts(notebook):
    """The prose says what the checks found."""
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    signs = {}
    for check in checks(notebook):
        signs.setdefault(check["claim"], []).append(check["sign"])
    for claim, words in verdicts(prose):
        if claim not in signs:
            yield f"verdict ({claim}): no check was shown"
        elif words != (found := verdict(signs[claim])):
            yield f"verdict ({claim}): says {words!r}; the checks {signs[claim]} say {found!r}"


def about_its_page(notebook):
    """The web page needs no kernel and no network for its pictures, and keeps their texts."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata.pop("widgets", None)
    pictures = [out for out in outputs(notebook) if "image/png" in out.get("data", {})]
    exporter = HTMLExporter(template_name="course", extra_template_basedirs=[str(TEMPLATES)])
    page, _ = exporter.from_notebook_node(notebook)
    sources = re.findall(r'<img[^>]*\bsrc="([^"]*)"', page)
    if len(sources) < len(pictures):
        yield f"the page has {len(sources)} pictures of {len(pictures)}"
    yield from (f"a picture from {s[:60]}" for s in sources if not s.startswith("data:image/"))
    shown = {unescape(text) for text in re.findall(r'<img[^>]*\balt="([^"]*)"', page)}
    texts = {out.metadata["image/png"]["alt"] for out in pictures if WIDGET in out.data}
    yield from (f"the page lacks the text {text!r}" for text in texts - shown)
