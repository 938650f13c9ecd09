"""The page for assistants and teachers: its example works as it stands there."""

import re

import numpy as np
import pytest

from course_lib import methods
from course_lib.homework.classroom import grading
from course_lib.homework.inside.worker import attempt
from course_lib.homework.judging import slips, trials, verdict
from course_lib.homework.judging.assignments import ASSIGNMENTS, Method
from course_lib.homework.words import en, ru
from tools import NOTEBOOKS
from tools.build import build
from tools.build.sources import is_solution, read_source

PAGE, DETAILS = (
    (NOTEBOOKS / "homework" / name).read_text(encoding="utf-8")
    for name in ("README.md", "DETAILS.md")
)
SOURCE, ITEMS, MISTAKES, MESSAGES = re.findall(r"```python\n(.*?)```", DETAILS, re.DOTALL)


@pytest.fixture
def example():
    """The example's items, mistakes and messages, for one test."""
    tables = {
        "ASSIGNMENTS": ASSIGNMENTS, "TEXTS": slips.TEXTS, "ru": ru.WORDS, "en": en.WORDS,
    }  # fmt: skip
    before = {name: dict(table) for name, table in tables.items()}
    names = {**tables, "Method": Method, "methods": methods, "ru": ru, "en": en}
    for block in (ITEMS, MISTAKES, MESSAGES):
        exec(block, names)
    yield
    for name, table in tables.items():
        table.clear()
        table.update(before[name])
    slips.slips.cache_clear()


def judged(text):
    names = {"np": np}
    exec(text, names)
    tries, kept = trials.trials(methods.nesterov, 1), {}
    records = {name: attempt(names["nesterov"], trial, kept) for name, trial in tries.items()}
    return verdict.judge(methods.nesterov, tries, records)


def test_the_example_is_an_assignment(example, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "hw3_nesterov.py").write_text(SOURCE, encoding="utf-8")
    build(tmp_path, homework=True)
    handed_out = (tmp_path / "homework/ru/hw3_nesterov.ipynb").read_text(encoding="utf-8")
    assert "xs.append" not in handed_out

    cells = read_source(tmp_path / "src" / "hw3_nesterov.py")
    (solution,) = [cell.source for cell in cells if is_solution(cell)]
    assert judged(solution)[:3] == (10, 10, [])
    for wrong, key in (
        ("xs.append(y + alpha", "ascent"),
        ("xs.append(xs[-1] - alpha", "step_from_x"),
    ):
        found = judged(solution.replace("xs.append(y - alpha", wrong))
        assert [finding.key for finding in found.findings] == [key]
    found = judged(solution.replace("grad(y)", "grad(xs[-1])"))
    assert [finding.key for finding in found.findings] == ["grad_elsewhere"]


def test_every_status_is_explained():
    for status in grading.STATUSES:
        assert f"| `{status}` |" in PAGE


def test_the_page_to_start_with_is_one_screen():
    assert len(PAGE.splitlines()) <= 50


def test_the_command_of_the_page_is_that_of_the_makefile():
    makefile = (NOTEBOOKS.parent / "Makefile").read_text(encoding="utf-8")
    asked = set(re.findall(r"\b([A-Z]+)=", PAGE))
    assert asked >= {"SUBMISSIONS", "OUT", "ASSIGNMENT", "ROSTER", "AGAIN"}
    for name in asked:
        assert f"{name} ?=" in makefile


def test_relative_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#\s]+)", PAGE + DETAILS)
    links = [link for link in links if "://" not in link]
    assert links
    assert all((NOTEBOOKS / "homework" / link).exists() for link in links)
