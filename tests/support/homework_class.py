"""Made-up students for the tests of the homework: their functions and their notebooks."""

import json
from functools import cache
from pathlib import Path

from course_lib.homework.judging.assignments import Method, names
from tools import NOTEBOOKS
from tools.build.catalogue import read_po
from tools.build.render import render
from tools.build.sources import is_homework, is_solution, read_source, read_sources

METHODS = names(Method)


@cache
def built(solutions):
    """{(language, name): text} of the homework notebooks, as handed out or with solutions."""
    sources = {n: c for n, c in read_sources(NOTEBOOKS).items() if is_homework(n)}
    files = render(sources, read_po(NOTEBOOKS), solutions)
    return {(path.split("/")[1], Path(path).stem): text for path, text in files.items()}


@cache
def solution(name):
    """The reference text of a function, from the source of the homework."""
    sources = [read_source(path) for path in sorted((NOTEBOOKS / "src").glob("hw*.py"))]
    solutions = [cell.source for cells in sources for cell in cells if is_solution(cell)]
    return next(text for text in solutions if text.startswith(f"def {name}("))


def code(text, **more):
    return {"cell_type": "code", "source": text, "metadata": {}, "outputs": [],
            "execution_count": None} | more  # fmt: skip


def prose(text):
    return {"cell_type": "markdown", "source": text, "metadata": {}}


def notebook(*cells, indent=None, **more):
    """The text of an .ipynb; strings are code cells."""
    cells = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more
    return json.dumps(content, ensure_ascii=False, indent=indent)


IMPORT = "import numpy as np"
GOOD = f"{IMPORT}\n\n{solution('gd')}"  # one right function


def signature(name):
    return solution(name).splitlines()[0]


def attacked(name, attack):
    """A function that first runs the lines of an attack, then gives the right rows.

    The attack may end with `return`, or set `won = True` if it could do what it must not.
    """
    body = "\n".join(f"    {line}" for line in attack.strip("\n").split("\n"))
    right = solution(name).split("\n", 1)[1]
    end = f"    if won:\n        return None\n{right}"
    return f"{signature(name)}\n    won = False\n{body}\n{end}"
