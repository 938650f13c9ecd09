"""How a class is graded as a whole: runs again, goes on, asks a person, fails for one alone.

What is tested here does not depend on the sandbox: its scripts run in this process.
"""

import csv
import io
import json

import pytest
from homework_class import IMPORT, built, code, notebook, prose, solution

from course_lib.homework.__main__ import main
from course_lib.homework.classroom import feedback, grading, results, sandbox
from course_lib.homework.classroom.report import write_report
from course_lib.homework.inside import slicing, worker
from course_lib.homework.judging.assignments import ASSIGNMENTS
from course_lib.homework.words import say

SCRIPTS = {"slicing.py": slicing, "worker.py": worker}
SOLVED = {name: solution(name) for name in ASSIGNMENTS["hw1_methods"]}


def here(script, job, limits=None):
    """`sandbox.run` without a sandbox, for functions that we wrote."""
    return sandbox.Outcome(json.loads(json.dumps(SCRIPTS[script].main(job))))


@pytest.fixture
def runs(monkeypatch):
    """Scripts run here; the list of what was run."""
    done = []

    def run(script, job, limits=None):
        done.append(job.get("name", script))
        return here(script, job)

    monkeypatch.setattr(sandbox, "run", run)
    monkeypatch.setattr(sandbox, "probe", lambda: None)
    monkeypatch.setattr(results, "write_report", lambda *_: None)
    return done


@pytest.fixture
def reported(runs, monkeypatch):
    """With the report, which takes its time for the pictures."""
    monkeypatch.setattr(results, "write_report", write_report)


@pytest.fixture
def folder(tmp_path):
    """A small class: one with everything, one with a mistake, one with two texts."""
    path = tmp_path / "class"
    path.mkdir()
    (path / "anna.ipynb").write_text(notebook(prose("Привет"), IMPORT, *SOLVED.values()))
    wrong = solution("adam").replace("(v_hat**0.5 + eps)", "(v_hat + eps) ** 0.5")
    (path / "boris.ipynb").write_text(notebook(prose("Hello"), IMPORT, SOLVED["gd"], wrong))
    (path / "vera.ipynb").write_text(built(True)["ru", "hw2_experiments"])
    return path


def graded(folder, **more):
    return results.grade_class(folder, folder.parent / "out", **more)


def table(folder, name="grades.csv"):
    text = (folder.parent / "out" / name).read_bytes().decode("utf-8-sig")
    return {row["student"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def snapshot(folder):
    out = folder.parent / "out"
    return {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_the_same_scores_twice_and_only_what_changed_is_run_again(folder, runs):
    graded(folder)
    first, count = snapshot(folder), len(runs)
    graded(folder)
    assert snapshot(folder) == first
    assert len(runs) == count
    (folder / "boris.ipynb").write_text(notebook(IMPORT, SOLVED["gd"]))
    graded(folder)
    assert len(runs) == count + 2
    assert table(folder)["boris"]["adam"] == "0"


def test_from_the_beginning_the_scores_are_the_same(folder, runs):
    graded(folder)
    first = table(folder)
    for path in (folder.parent / "out" / ".grading").iterdir():
        path.unlink()
    graded(folder, jobs=1)
    assert table(folder) == first


def test_an_interrupted_run_goes_on(folder, runs, monkeypatch):
    def stop(done, every, student):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graded(folder, jobs=1, progress=stop)
    assert not (folder.parent / "out" / "grades.csv").exists()
    assert runs
    graded(folder, jobs=1)
    assert sorted(runs) == sorted([*SOLVED, "gd", "adam", *["slicing.py"] * 3])
    assert set(table(folder)) == {"anna", "boris", "vera"}


def test_a_fault_of_the_grader_is_nobodys_zero(folder, runs, monkeypatch):
    real = grading.judge

    def faulty(method, tries, records):
        if method.__name__ == "adam":
            raise ZeroDivisionError("in a check")
        return real(method, tries, records)

    monkeypatch.setattr(grading, "judge", faulty)
    graded(folder)
    rows = table(folder)
    assert {name: row["status"] for name, row in rows.items()} == {
        "anna": "grader_error", "boris": "grader_error", "vera": "ok"}  # fmt: skip
    assert rows["anna"]["total"] == rows["anna"]["slope"] == rows["anna"]["hw2_experiments"] == ""
    assert "ZeroDivisionError" in rows["anna"]["look_at"]
    assert rows["vera"]["slope"] == "8"
    monkeypatch.setattr(grading, "judge", real)
    graded(folder)  # such a result is not kept
    assert table(folder)["anna"]["total"] == "60"


def test_marks_of_a_person_are_taken_and_kept(folder, runs):
    graded(folder)
    assert table(folder)["vera"]["total"] == "30"
    assert table(folder)["vera"]["waits_for_marks"] == "why_momentum why_adam"
    marks = folder.parent / "out" / "marks.csv"
    text = marks.read_bytes().decode("utf-8-sig")
    assert text.splitlines() == [
        "student,item,points,comment",
        "vera,why_momentum,,",
        "vera,why_adam,,",
    ]
    edited = "student;item;points;comment\r\nvera;why_momentum;4,5;хорошо\r\nvera;why_adam;;\r\n"
    edited += "boris;adam;10;после разговора\r\nnobody;adam;1;\r\nvera;why_adam;many;\r\n"
    marks.write_bytes(edited.encode("cp1251"))  # as a Russian spreadsheet saves it
    graded(folder)
    rows = table(folder)
    assert rows["vera"]["why_momentum"] == "4.5"
    assert rows["vera"]["total"] == "34.5"
    assert rows["vera"]["waits_for_marks"] == "why_adam"
    assert rows["boris"]["adam"] == "10"
    assert marks.read_bytes() == edited.encode("cp1251")
    page = (folder.parent / "out" / "feedback" / "boris.md").read_text(encoding="utf-8")
    assert "The teacher: после разговора" in page


def test_new_rows_join_the_marks(folder, runs):
    graded(folder)
    marks = folder.parent / "out" / "marks.csv"
    marks.write_bytes(marks.read_bytes().rstrip().replace(b"why_momentum,,", b"why_momentum,5,"))
    (folder / "gleb.ipynb").write_text(built(True)["en", "hw2_experiments"])
    graded(folder)
    lines = marks.read_bytes().decode("utf-8-sig").splitlines()
    assert lines[1:3] == ["vera,why_momentum,5,", "vera,why_adam,,"]
    assert set(lines[3:]) == {"gleb,why_momentum,,", "gleb,why_adam,,"}


def test_equal_works_are_shown_and_cost_nothing(folder, reported):
    renamed = [
        text.replace("xs", "points").replace("m =", "m =  ") + "  # mine"
        for text in SOLVED.values()
    ]
    copied = notebook(IMPORT, *renamed)
    (folder / "copy.ipynb").write_text(copied)
    graded(folder)
    rows = table(folder)
    assert rows["copy"]["similar_to"] == "anna"
    assert rows["anna"]["similar_to"] == "copy"
    assert rows["boris"]["similar_to"] == ""
    assert rows["copy"]["total"] == "60"
    assert rows["copy"]["status"] == "ok"
    assert "copy" in (folder.parent / "out" / "report.html").read_text(encoding="utf-8")


def test_feedback_is_in_the_language_of_the_notebook(folder, runs):
    graded(folder)
    pages = {
        name: (folder.parent / "out" / "feedback" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("anna", "boris", "vera")
    }
    assert "## hw1_methods: 60 из 60" in pages["anna"]
    assert "- It seems that $\\varepsilon$ is under the root; it belongs outside." in pages["boris"]
    assert "| ◐ | adam | 5 / 10 |" in pages["boris"]
    assert "Ещё до 10 баллов" in pages["vera"]


def test_the_language_is_that_of_most_cells():
    from course_lib.homework.words import language_of

    english = [("markdown", "A sentence.")] * 3
    assert language_of([*english, ("markdown", "Мой ответ. " * 200)]) == "en"
    assert (
        language_of([("markdown", "Шаг $x_{k+1} = x_k$ и `f(x)`"), ("code", "x = y" * 100)]) == "ru"
    )
    assert language_of([("code", "x = 1")]) == "en"
    assert language_of([]) == "ru"


def test_the_feedback_of_who_left_is_removed(folder, runs):
    graded(folder)
    (folder / "boris.ipynb").unlink()
    graded(folder)
    assert {p.stem for p in (folder.parent / "out" / "feedback").iterdir()} == {"anna", "vera"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_report_has_its_parts(folder, reported, language):
    graded(folder, language=language)
    report = (folder.parent / "out" / "report.html").read_text(encoding="utf-8")
    for key in ("report", "common", "look_at"):
        assert say(language, key) in report
    assert report.count("<img alt=") == 2
    assert "why_momentum" in report
    assert "дисперсия градиента" in report


@pytest.mark.parametrize("why", ["wall", "died"])
def test_what_hung_or_died_gets_one_more_try_alone(folder, monkeypatch, why):
    tried = []

    def run(script, job, limits=None):
        tried.append(job.get("name", script))
        first = tried.count("adam") == 1
        return (
            sandbox.Outcome(None, why) if job.get("name") == "adam" and first else here(script, job)
        )

    monkeypatch.setattr(sandbox, "run", run)
    monkeypatch.setattr(sandbox, "probe", lambda: None)
    (folder / "boris.ipynb").unlink()
    graded(folder, jobs=1)
    assert tried.count("adam") == 2
    assert table(folder)["anna"]["total"] == "60"
    assert table(folder)["anna"]["status"] == "ok"


def test_alone_is_alone():
    import threading
    import time

    turns, running, seen = grading.Turns(), [], []

    def work(alone):
        with turns.alone() if alone else turns.together():
            running.append(alone)
            time.sleep(0.01)
            if alone:
                seen.append(len(running))
            running.remove(alone)

    threads = [threading.Thread(target=work, args=(j % 3 == 0,)) for j in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1, 1, 1, 1]


def test_a_number_must_be_written_out(folder, runs):
    text = built(True)["ru", "hw2_experiments"]
    cells = json.loads(text)["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"]).replace(
            "slope = (-0.98, -1.06, -0.92)", "slope = measured").replace(
            "regret = 0.669", "regret = np.float64(0.669)").replace(
            "ball = (0.0129, 0.0045)", "ball = [1.31e-2, np.float64(0.0047)]")  # fmt: skip
    (folder / "vera.ipynb").write_text(notebook(*cells))
    graded(folder)
    row = table(folder)["vera"]
    assert (row["slope"], row["ball"], row["regret"], row["status"]) == (
        "0",
        "8",
        "3",
        "needs_human",
    )
    assert "впишите" in row["look_at"]


def test_without_a_variant_no_number_counts(folder, runs):
    cells = json.loads(built(True)["ru", "hw2_experiments"])["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"]).replace("variant = 0", "variant = 1000")
    (folder / "vera.ipynb").write_text(notebook(*cells))
    graded(folder)
    assert table(folder)["vera"]["total"] == "0"
    assert table(folder)["vera"]["status"] == "needs_human"


def test_who_handed_in_one_of_two_is_told_of_the_other(folder, runs):
    graded(folder)
    row = table(folder)["anna"]
    assert (row["hw2_experiments"], row["slope"]) == ("0", "0")
    assert "не сдано: hw2_experiments" in row["look_at"]


def test_the_command(folder, runs, capsys):
    out = folder.parent / "out"
    assert main(["grade", str(folder), str(out), "--language", "en", "--jobs", "1"]) == 0
    assert str(out / "grades.csv") in capsys.readouterr().out
    for arguments in (["grade", "nowhere", str(out)], ["grade", str(folder), str(folder / "out")]):
        with pytest.raises(SystemExit):
            main(arguments)


def test_names_of_feedback_files_stay_apart():
    names = ["a/b", "a_b", ".hidden", "x" * 300, "x" * 301, "Ёж", 'q"']
    made = [feedback.file_name(name) for name in names]
    assert len(set(made)) == len(names)
    assert all("/" not in name and not name.startswith(".") and len(name) < 210 for name in made)


# Slicing


def sliced(*cells, methods=("gd",), answers=()):
    job = {"cells": list(enumerate(cells, 1)), "prose": "", "methods": methods, "answers": answers}
    return slicing.main(job)


def taken(*cells):
    return [text for _, _, text in sliced(*cells)["methods"]["gd"]["source"]]


def test_only_what_is_needed_is_taken_in_order():
    assert taken(
        "import numpy as np\nimport os", "A = 1; B = A + 1\nC = 3",
        "def helper(x):\n    return [np.sqrt(B) for y in x]", "print('x')\nwhile True: pass",
        "@staticmethod\ndef gd(x=C):\n    return helper(x)", "gd(1)\nxs = gd(2)\ndel gd",
    ) == ["import numpy as np", "A = 1", "B = A + 1", "C = 3",
          "def helper(x):\n    return [np.sqrt(B) for y in x]",
          "@staticmethod\ndef gd(x=C):\n    return helper(x)"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a = 0.5", 0.5), ("a = -1", -1), ("a = (1, -2.5e-3)", [1, -0.0025]), ("a: float = 2", 2),
        ("a = np.float64(0.5)", 0.5),
        ("a = Slope(value=np.float64(-1), low=-2, high=0)", [-1, -2, 0]),
        ("a = b = 3", 3), ("a = 1\na = 2", 2), ("a = 'x'", "x"),
    ],
)  # fmt: skip
def test_literals(text, value):
    assert sliced(text, answers=["a"])["answers"]["a"] == {"given": True, "value": value}


NO_LITERALS = [
    "a = 1 + 1", "a = f(1)", "a, b = 1, 2", "for a in (1,): pass", "a = [1, b]", "a = 1\na += 1",
    "a = __import__('os')", "a = -'x'", "a = open(0)",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_LITERALS)
def test_no_literals(text):
    assert sliced(text, answers=["a"])["answers"]["a"] == {"given": True}


def test_nothing_given():
    assert sliced("a = ...", answers=["a", "b"])["answers"] == {
        "a": {"given": False},
        "b": {"given": False},
    }


def test_the_print_of_a_function_survives_renaming_and_nothing_else():
    def mark(text):
        return sliced(text)["methods"]["gd"]["print"]

    one = mark("def gd(x, a):\n    '''doc'''\n    y = x - a  # step\n    return y")
    assert one == mark("def gd(u: list, b) -> int:\n    z = (u - b)\n    return z")
    assert one != mark("def gd(x, a):\n    y = x + a\n    return y")


def test_essays_are_found():
    from course_lib.homework.reading import read_notebook

    def essay(*texts):
        return read_notebook(notebook(*map(prose, texts)).encode()).essay("why_adam")

    assert essay("`why_adam`: …") == essay("why_adam") == ""
    assert essay("# why_momentum") is None
    assert essay("`why_adam`: …", "**why_adam** — потому.\n\nИ ещё…") == "потому.\n\nИ ещё…"
    assert read_notebook(notebook(code("why_adam: x")).encode()).essay("why_adam") is None
