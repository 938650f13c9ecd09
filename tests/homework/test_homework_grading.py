"""The grader against everything that students hand in: broken files, odd notebooks, attacks.

One made-up class is graded once, in the real sandbox; every test looks at one student of it. An
attack sits inside a function that gives the right numbers if the attack got nowhere: then 10 points
mean that nothing was harmed. Where it cannot end well, 0 points of its own function are its price,
and the other functions of the same student lose nothing.
"""

import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
import unicodedata
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from course_lib.homework.classroom import grading
from course_lib.homework.classroom.feedback import file_name
from course_lib.homework.classroom.results import grade_class
from course_lib.homework.classroom.submissions import readable, student_id
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay, items
from course_lib.homework.limits import Limits
from support.homework_attacks import COSTLY, HARMLESS, TIMED
from support.homework_class import (
    GOOD,
    IMPORT,
    attacked,
    built,
    code,
    notebook,
    prose,
    signature,
    solution,
)

LIMITS = Limits(cpu=2, wall=20.0)  # seconds of the clock: ten times as many as of work


class Student(NamedTuple):
    """What somebody hands in, and what comes of it. files: {path below the class: text or bytes}.

    Most hand in one function of six; the others are missing, so a person is told. points: {item:
    points}. says: a finding or a reason that has to be there.
    """

    files: dict
    status: str = "needs_human"
    points: dict = {}  # noqa: RUF012
    says: str = ""


def one(text, name="hw1_methods.ipynb", **more):
    return Student({name: text}, **more)


GD = {"gd": 5}


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


ZIP = b"PK\x03\x04" + b"\0" * 30 + b"../../../../tmp/evil"

FILES = {
    "empty": one("", status="unreadable", says="empty_file"),
    "truncated": one(notebook(GOOD)[:-40], status="unreadable", says="not_json"),
    "conflict": one("<<<<<<< HEAD\n" + notebook(GOOD), status="unreadable", says="conflict"),
    "web-page": one("\n<!DOCTYPE html>\n<html>", status="unreadable", says="web_page"),
    "ending": one(notebook(GOOD), name="hw1.ipynb.txt", points=GD),
    "json": one(json.dumps({"a": [1]}), status="unreadable", says="not_a_notebook"),
    "json-list": one("[1, 2]", status="unreadable", says="not_a_notebook"),
    "deep-json": one("[" * 100_000, status="unreadable", says="not_json"),
    "odd-cells": one(notebook({"cell_type": 3}, GOOD), status="unreadable", says="not_a_notebook"),
    "version-3": one(
        json.dumps(
            {
                "nbformat": 3, "nbformat_minor": 0, "metadata": {},
                "worksheets": [{"cells": [{"cell_type": "code", "input": GOOD, "outputs": [],
                                           "language": "python", "metadata": {}}]}],
            }
        ),
        points=GD,
    ),
    "bom-crlf": one(
        ("\ufeff" + notebook(GOOD.replace("\n", "\r\n"), indent=1)).replace("\n", "\r\n"),
        points=GD,
    ),
    "cp1251": one(notebook(GOOD, "# привет").encode("cp1251"), points=GD),
    "large-outputs": one(
        notebook(code(GOOD, outputs=[{"output_type": "stream", "text": "я" * 10**7}])),
        points=GD,
    ),
    "copy": one(notebook(GOOD), name="ДЗ1 (копия).ipynb", points=GD),
    "deep-folder": one(notebook(GOOD), name="a/b/c/d/e/f/g/hw1.ipynb", points=GD),
    "utf-16": one(notebook(GOOD).encode("utf-16"), points=GD),
    "half-a-character": one(notebook(GOOD, code("'A'")).replace("'A'", "'\\ud83d'"), points=GD),
    "endless-prose": one(notebook(GOOD, prose("я" * 15_000_000)), status="unreadable",
                         says="too_large"),
    "picture-in-prose": one(
        notebook(GOOD, prose(f"![x](data:image/png;base64,{'A' * 10**6})")), points=GD),
    "zip": one(zipped({"мои/hw1.ipynb": notebook(GOOD)}), name="hw1.zip", points=GD),
    os.fsdecode("Иван".encode("cp866")): one(notebook(GOOD), points=GD),
    os.fsdecode("Пётр".encode("cp866")): one(notebook(GOOD), points=GD),
    "two": Student(
        {"1.ipynb": notebook(GOOD.replace("- alpha", "+ alpha")), "2.ipynb": notebook(GOOD)},
        points=GD, says="several",
    ),
    "checkpoints": Student(
        {"hw1.ipynb": notebook(GOOD), ".ipynb_checkpoints/hw1-checkpoint.ipynb": "{"}, points=GD
    ),
    "script": one(GOOD, name="hw1.py", status="unreadable", says="not_a_notebook_file"),
    "archive": one(ZIP, name="hw1.zip", status="unreadable", says="not_a_notebook_file"),
    "archive-and-notebook": Student({"a.zip": ZIP, "b.ipynb": notebook(GOOD)}, points=GD),
    "another-notebook": one(
        notebook("x = 1"), name="essay.ipynb", says="not_ours"
    ),
    "nobody": Student({}, status="unreadable", says="no_files"),
    "=cmd|' C calc'!A0": one(notebook(GOOD), points=GD),
    "+1": one(notebook(GOOD), points=GD),
    "-1": one(notebook(GOOD), points=GD),
    "@home": one(notebook(GOOD), points=GD),
    'comma, "quote"': one(notebook(GOOD), points=GD),
    "line\nbreak": one(notebook(GOOD), points=GD),
    "x" * 240: one(notebook(GOOD), points=GD),
}  # fmt: skip

NOTEBOOKS = {
    "colab": one(notebook(GOOD, nbformat_minor=0, metadata={"colab": {}}), points=GD),
    "tests-edited": one(notebook(GOOD, "def check(*_): print('OK 10/10')"), points=GD),
    "answer-deleted": one(
        notebook(IMPORT, prose("gd"), solution("adam")),
        points={"gd": 0, "adam": 10}, says="missing"),
    "answer-twice": one(notebook(IMPORT, f"{signature('gd')}\n    return 0", solution("gd")),
                        points=GD),
    "answer-twice-wrong-last": one(notebook(GOOD, f"{signature('gd')}\n    return 0"),
                                   points={"gd": 0}, says="shape"),
    "answer-split": one(
        notebook(IMPORT, "\n".join(solution("gd").split("\n")[:3]),
                 "\n".join(solution("gd").split("\n")[3:])),
        points={"gd": 0}, says="broken_cell"),
    "answer-in-prose": one(notebook(IMPORT, prose(solution("gd")), solution("adam")),
                           points={"gd": 0, "adam": 10}, says="in_prose"),
    "renamed": one(notebook(IMPORT, solution("adagrad").replace("adagrad", "ada_grad"),
                            solution("gd")),
                   points={"adagrad": 0, "gd": 5}, says="renamed"),
    "homoglyph": one(notebook(IMPORT, solution("adam").replace("def adam", "def аdаm"),
                              solution("gd")),
                     points={"adam": 0, "gd": 5}, says="twin"),
    "any-order": one(notebook(solution("gd"), code(IMPORT, execution_count=1)), points=GD),
    "magics": one(
        notebook("%matplotlib inline\n!ls\n?help\nfiles = !ls\nimport numpy as np",
                 "%%bash\nrm -rf *", f"%%time\n{solution('gd')}", "%timeit gd(None, 1, 2)"),
        points=GD),
    "syntax-error-elsewhere": one(notebook(IMPORT, "def broken(:", solution("gd")), points=GD),
    "helpers": one(
        notebook("from numpy import *", "import numpy as np",
                 "def step(x, g, a):\n    return x - SIGN * a * g\nSIGN = 1; OTHER = exp(0)",
                 f"{signature('gd')}\n    xs = [array(x0, dtype=float)]\n"
                 "    for _ in range(n_steps):\n"
                 "        xs.append(step(xs[-1], grad(xs[-1]), alpha))\n"
                 "    return np.array(xs)"),
        points=GD),
    "widgets-and-plots": one(
        notebook("from course_lib import explore, plot\nimport matplotlib.pyplot as plt", GOOD,
                 "ax = plot.axes()\nplt.show()", "explore(gd)"), points=GD),
    "cyrillic-names": one(
        notebook(IMPORT, solution("gd").replace("xs", "точки").replace("_ in", "шаг in")),
        points=GD),
    "endless-cell": one(notebook("while True:\n    pass", GOOD, "import time\ntime.sleep(1e6)"),
                        points=GD),
    "exit-cell": one(notebook("import os; os._exit(0)", GOOD, "os.kill(1, 9)"), points=GD),
    "input-cell": one(notebook("name = input()", GOOD), points=GD),
    "transformer": one(
        notebook("get_ipython().input_transformers_cleanup.append(lambda l: ['pass\\n'])", GOOD,
                 "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None"),
        points=GD),
    "lambda": one(notebook(IMPORT, "gd = lambda grad, x0, n_steps, alpha: np.array([x0])"),
                  points={"gd": 0}),
    "long-text": one(notebook(GOOD, "x = '" + "a" * 400_000 + "'"), says="too_long"),
    "source-bombs": one(
        notebook("-" * 10**5 + "1", "(" * 10**5, "a" + ".a" * 5000, "x=" * 5000 + "1",
                 "9" * 5000, "not " * 10_000 + "1", GOOD), points=GD),
}  # fmt: skip

PLACES = ("gd", "momentum", "adagrad", "rmsprop", "adam", "adamax", "adabelief")


def grouped(attacks):
    """({attack: (student, item)}, {student: cells}): a few attacks each, and adamw stays right."""
    where, students = {}, {}
    for j, (name, (lines, _)) in enumerate(attacks.items()):
        group, item = f"attacks-{j // len(PLACES)}", PLACES[j % len(PLACES)]
        where[name] = group, item
        students.setdefault(group, [IMPORT]).append(attacked(item, lines))
    return where, {group: [*cells, solution("adamw")] for group, cells in students.items()}


WHERE, GROUPS = grouped(HARMLESS | COSTLY)


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret").write_text("SECRET")
    return folder


@pytest.fixture(scope="module")
def graded(bubblewrap_here, tmp_path_factory, outside):
    """The whole class graded: {student: result}, and the folder of the results."""
    submissions, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    for student, handed_in in (FILES | NOTEBOOKS).items():
        (submissions / student).mkdir()
        for name, content in handed_in.files.items():
            path = submissions / student / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    for student, cells in GROUPS.items():
        text = notebook(*cells).replace("OUTSIDE", str(outside)).replace("PORT", str(port))
        (submissions / f"{student}.ipynb").write_text(text, encoding="utf-8")
    for student, solved in (("reference", True), ("untouched", False)):
        for (language, name), text in built(solved).items():
            (submissions / f"{student}-{language}").mkdir(exist_ok=True)
            (submissions / f"{student}-{language}" / f"{name}.ipynb").write_text(text)
    odd_entries(submissions, outside)
    os.environ["SECRET_TOKEN"] = "SECRET"
    try:
        results = grade_class(submissions, out, grading.Settings(limits=LIMITS))
    finally:
        del os.environ["SECRET_TOKEN"]
        listener.close()
    return results, out


def odd_entries(submissions, outside):
    """What is no folder of files."""
    (outside / "mine.ipynb").write_text(notebook(GOOD), encoding="utf-8")
    (submissions / "link.ipynb").symlink_to(outside / "mine.ipynb")
    (submissions / "linked-folder").symlink_to(outside)
    os.mkfifo(submissions / "pipe.ipynb")
    (submissions / "folder.ipynb").mkdir()
    with open(submissions / "huge.ipynb", "wb") as file:
        file.truncate(2**30)
    (submissions / ".DS_Store").write_text("")
    both = "Майский"
    for form, text in (
        ("NFC", notebook(GOOD.replace("- alpha", "+ alpha"))),
        ("NFD", notebook(GOOD)),
    ):
        (submissions / unicodedata.normalize(form, f"{both}.ipynb")).write_text(text)
    (submissions / "twice.ipynb").write_text(notebook(GOOD))
    (submissions / "twice").mkdir()
    (submissions / "twice" / "hw1.ipynb").write_text(notebook(GOOD.replace("- alpha", "+ alpha")))


def shown(name):
    return student_id(readable(os.fsencode(name)))


def items_of(result):
    return {name: item for work in result["assignments"].values()
            for name, item in work["items"].items()}  # fmt: skip


def keys_of(result):
    every = [finding for item in items_of(result).values() for finding in item["findings"]]
    return {key for key, _ in [*result["reasons"], *every]}


@pytest.mark.parametrize("name", [*FILES, *NOTEBOOKS])
def test_a_file_or_a_notebook(graded, name):
    expected = (FILES | NOTEBOOKS)[name]
    result = graded[0][shown(name)]
    points = {item: items_of(result)[item]["points"] for item in expected.points}
    assert points == expected.points
    assert expected.says in ("", *keys_of(result))
    assert result["status"] == expected.status


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_reference_gets_everything_and_the_untouched_notebooks_nothing(graded, language):
    for student, solved in (("reference", True), ("untouched", False)):
        result = graded[0][f"{student}-{language}"]
        assert (result["status"], result["language"], result["reasons"]) == ("ok", language, [])
        assert set(items_of(result)) == set(items())
        for name, item in items_of(result).items():
            essay = isinstance(items()[name], Essay)
            full = None if essay else items()[name].points
            assert item["points"] == (full if solved else 0), (name, item)
            assert item["of"] == items()[name].points
            assert essay or solved == (item["findings"] == [])


ODD = {
    "link": ("unreadable", "not_a_file"),
    "linked-folder": ("unreadable", "not_a_notebook_file"),
    "pipe": ("unreadable", "not_a_file"),
    "folder": ("unreadable", "no_files"),
    "huge": ("unreadable", "too_large"),
    "Майский": ("needs_human", "several"),
    "twice": ("needs_human", "several"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_entry_of_the_folder(graded, name):
    result = graded[0][name]
    status, key = ODD[name]
    assert result["status"] == status
    assert key in keys_of(result)
    if key == "several":
        assert items_of(result)["gd"]["points"] == 5


@pytest.mark.parametrize("name", HARMLESS)
def test_an_attack_that_gets_nowhere(graded, name):
    student, item = WHERE[name]
    found = items_of(graded[0][student])[item]
    assert (found["points"], found["findings"], found["for_person"]) == (found["of"], [], False)


@pytest.mark.parametrize("name", COSTLY)
def test_an_attack_that_costs_its_function(graded, name):
    student, item = WHERE[name]
    found = items_of(graded[0][student])[item]
    assert found["points"] == 0
    assert COSTLY[name][1] in ("", *(key for key, _ in found["findings"]))


@contextmanager
def busy(seconds=300):
    """Four processes that compute; they end by themselves, if nothing else ends them."""
    code = f"import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_busy_machine_changes_nothing(bubblewrap_here, tmp_path):
    """What time decides, graded beside four busy processes on however few cores."""
    folder = tmp_path / "class"
    folder.mkdir()
    for name, (lines, _) in TIMED.items():
        text = notebook(IMPORT, attacked("gd", lines), solution("adamw"))
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    with busy():
        results = grade_class(folder, tmp_path / "out", grading.Settings(limits=LIMITS), jobs=6)
    for name, (_, finding) in TIMED.items():
        items = items_of(results[name])
        assert [key for key, _ in items["gd"]["findings"]] == ([finding] if finding else []), name
        assert items["gd"]["points"] == (0 if finding else 5)
        assert items["adamw"]["points"] == 10
        assert (results[name]["status"] == "killed") == finding.startswith("killed")


@pytest.mark.parametrize("student", GROUPS)
def test_a_right_function_beside_attacks_keeps_its_points(graded, student):
    assert items_of(graded[0][student])["adamw"]["points"] == 10


def test_nothing_was_harmed(graded, outside):
    assert sorted(path.name for path in outside.iterdir()) == ["mine.ipynb", "secret"]
    assert leftovers() == []


def leftovers():
    """Processes of the sandbox that are ours, or nobody's; another grader may be at work here."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            parent = int(re.search(r"PPid:\s*(\d+)", status.read_text())[1])
            command = status.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if b"/sandbox/jail.py" in command and parent in (1, os.getpid()):
            found.append(command)
    return found


def test_nobody_is_missing_and_the_table_is_safe(graded):
    results, out = graded
    data = (out / "grades.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    expected = {shown(name) for name in (*FILES, *NOTEBOOKS)} | ODD.keys() | GROUPS.keys()
    expected |= {f"{who}-{lang}" for who in ("reference", "untouched") for lang in ("ru", "en")}
    assert {row["student"].removeprefix("'") for row in rows} == expected == results.keys()
    assert len(rows) == len(expected)
    for row in rows:
        assert None not in row
        for value in row.values():
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert {row["status"] for row in rows} == {"ok", "needs_human", "killed", "unreadable"}
    killed = {r for r in GROUPS if results[r]["status"] == "killed"}
    assert killed == {WHERE[name][0] for name, (_, key) in COSTLY.items() if key.startswith("kill")}


def test_everybody_gets_feedback_without_a_hidden_number(graded):
    results, out = graded
    for student in results:
        page = (out / "feedback" / f"{file_name(student)}.md").read_text(encoding="utf-8")
        assert page.startswith("# ")
        assert "nan" not in page.replace("nan или inf", "")
    student, _ = WHERE["an exception that carries the inputs"]
    page = (out / "feedback" / f"{file_name(student)}.md").read_text(encoding="utf-8")
    assert "NameError" in page
    assert not any(f"x{n}" in page for n in range(5))
    assert "[" not in page


def test_the_report_holds_for_the_whole_class(graded):
    _, out = graded
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "<script" not in report
    assert report.count("data:image/png;base64,") == len(ASSIGNMENTS)
    assert "comma, &quot;quote&quot;" in report
