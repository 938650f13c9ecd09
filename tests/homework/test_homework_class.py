"""How a class is graded as a whole: runs again, goes on, asks a person, fails for one alone.

What is tested here does not depend on the sandbox: its scripts run in this process.
"""

import json

import pytest

from course_lib.homework.__main__ import main
from course_lib.homework.classroom import feedback, grading, results, sandbox, similar
from course_lib.homework.classroom.report import write_report
from course_lib.homework.classroom.turns import Stopped
from course_lib.homework.inside import slicing
from course_lib.homework.limits import Outcome
from course_lib.homework.reading import Notebook
from course_lib.homework.words import say
from course_lib.homework.words.sentences import reasons_text
from support.grading import SOLVED, graded, here, table
from support.homework_class import IMPORT, built, code, notebook, prose


@pytest.fixture
def reported(runs, monkeypatch):
    """With the report, which takes its time for the pictures."""
    monkeypatch.setattr(results, "write_report", write_report)


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
    assert runs[count:] == ["cells.py", "slicing.py", "gd"]
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
    assert "adamw" in runs  # of anna, who was done
    (folder.parent / "out" / ".grading" / "last.json").write_text('{"anna": {')  # a power cut
    graded(folder, jobs=1)
    assert runs.count("adamw") == 1
    assert "grader_error" not in {row["status"] for row in table(folder).values()}
    assert set(table(folder)) == {"anna", "boris", "vera"}


def test_after_a_stop_nothing_more_is_run(runs):
    settings = grading.Settings(turns=grading.Turns())
    settings.turns.stop()
    with pytest.raises(Stopped):
        settings.run("worker.py", {})
    assert runs == []


def test_a_fault_of_the_grader_is_nobodys_zero(folder, runs, monkeypatch):
    real = grading.judge

    def faulty(method, *rest):
        if method.__name__ == "adam":
            raise ZeroDivisionError("in a check")
        return real(method, *rest)

    monkeypatch.setattr(grading, "judge", faulty)
    graded(folder)
    rows = table(folder)
    assert {name: row["status"] for name, row in rows.items()} == {
        "anna": "grader_error", "boris": "grader_error", "vera": "ok"}  # fmt: skip
    assert rows["anna"]["total"] == rows["anna"]["slope"] == rows["anna"]["hw2_experiments"] == ""
    assert "ZeroDivisionError" in rows["anna"]["look_at"]
    assert rows["vera"]["slope"] == "7"
    monkeypatch.setattr(grading, "judge", real)
    graded(folder)  # such a result is not kept
    assert table(folder)["anna"]["total"] == "60"


def test_how_alike_two_works_are_is_shown_and_costs_nothing(folder, reported):
    """Other names, comments and one change in one of the functions hide no copy."""
    renamed = [
        text.replace("xs", "points").replace("m =", "m =  ") + "  # mine"
        for text in SOLVED.values()
    ]
    renamed[0] = renamed[0].replace("for _ in range(n_steps)", "for k in range(0, n_steps, 1)")
    (folder / "copy.ipynb").write_text(notebook(IMPORT, *renamed))
    for name in ("vera", "dina", "egor"):  # one variant and the prescribed seeds: equal numbers
        (folder / f"{name}.ipynb").write_text(without_texts(built(True)["ru", "hw2_experiments"]))
    stolen = without_texts(built(True)["ru", "hw2_experiments"])
    (folder / "filipp.ipynb").write_text(stolen.replace("variant = 0", "variant = 5"))
    graded(folder)
    rows = table(folder)
    other, degree = rows["copy"]["similar_to"].split()
    assert other == "anna"
    assert 80 <= int(degree.strip("%")) < 100
    assert rows["anna"]["similar_to"].split()[0] == "copy"
    assert [rows[name]["similar_to"] for name in ("boris", "dina", "egor")] == [
        "",
        *["filipp 50%"] * 2,
    ]
    assert rows["copy"]["total"] == "60"
    assert rows["copy"]["status"] == "ok"
    report = (folder.parent / "out" / "report.html").read_text(encoding="utf-8")
    assert "<td>anna</td><td>copy</td>" in report
    assert "slope, ball" in report


def test_what_half_of_the_class_has_makes_nobody_alike():
    """Fourteen have the same hundred pieces of code in every function, two of them forty more."""

    def of(student, pieces):
        work = {"shingles": {name: [*pieces] for name in SOLVED}, "essays": {}, "answers": {}}
        return {"student": student, "assignments": {"hw1_methods": work}}

    own = {"anna": range(140), "copy": range(140)}
    class_ = [of(name, own.get(name, range(100))) for name in (*"abcdefghijkl", *own)]
    similar.mark(class_)
    listed = {each["student"]: [other for other, *_ in each["similar"]] for each in class_}
    assert {name: others for name, others in listed.items() if others} == {
        "anna": ["copy"], "copy": ["anna"],
    }  # fmt: skip


def without_texts(text):
    """A notebook whose essays are still open."""
    cells = json.loads(text)["cells"]
    return notebook(*(c for c in cells if not "".join(c["source"]).startswith("`why_")))


def test_feedback_is_in_the_language_of_the_notebook(folder, runs):
    graded(folder)
    pages = {
        name: (folder.parent / "out" / "feedback" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("anna", "boris", "vera")
    }
    assert "## hw1_methods: 60 из 60\n\nВсё верно." in pages["anna"]
    assert "**60 из 100**\n\nНе сдано: hw2_experiments." in pages["anna"]
    assert "- It seems that ε is under the root; it belongs outside." in pages["boris"]
    assert "| ◐ | adam | 7 / 10 |" in pages["boris"]
    html = (folder.parent / "out" / "feedback" / "boris.html").read_text(encoding="utf-8")
    assert "seems that <math><mrow><mi>ε</mi></mrow></math> is under the root" in html
    assert "Ещё до 10 баллов" in pages["vera"]


def test_an_untouched_notebook_gets_a_line_and_an_unreadable_one_its_language(folder, runs):
    for language in ("ru", "en"):
        (folder / f"new-{language}.ipynb").write_text(built(False)[language, "hw1_methods"])
    (folder / "broken.ipynb").write_text("{")
    graded(folder, language="en", settings=grading.Settings(assignments=("hw1_methods",)))
    pages = folder.parent / "out" / "feedback"
    assert "Здесь ещё ничего не решено." in (pages / "new-ru.md").read_text(encoding="utf-8")
    untouched = (pages / "new-en.md").read_text(encoding="utf-8")
    assert "Nothing is solved here yet." in untouched
    assert len(untouched.split("---")[0].splitlines()) < 8
    assert "is damaged" in (pages / "broken.md").read_text(encoding="utf-8")
    assert "<html lang='en'>" in (pages / "broken.html").read_text(encoding="utf-8")


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
    left = {p.name for p in (folder.parent / "out" / "feedback").iterdir()}
    assert left == {"anna.md", "anna.html", "vera.md", "vera.html"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_report_has_its_parts(folder, reported, language):
    graded(folder, language=language)
    report = (folder.parent / "out" / "report.html").read_text(encoding="utf-8")
    for key in ("report", "common", "look_at"):
        assert say(language, key) in report
    assert report.count("<img alt=") == 2
    assert report.index("<td>boris</td>") < report.index(say(language, "look_at"))
    assert "moodle_….csv" in report
    assert "why_momentum" in report
    assert "дисперсия градиента" in report


def once_killed(why, runs):
    """`sandbox.run` whose first run of Adam is killed."""

    def run(script, job, limits=None, data=b""):
        runs.append(job.get("name", script))
        if job.get("name") == "adam" and runs.count("adam") == 1:
            return Outcome(None, why)
        return here(script, job, limits, data)

    return run


def test_what_was_killed_from_outside_gets_one_more_try_alone(folder, runs, monkeypatch):
    monkeypatch.setattr(sandbox, "run", once_killed("died", runs))
    (folder / "boris.ipynb").unlink()
    graded(folder, jobs=1)
    assert runs.count("adam") == 2
    assert table(folder)["anna"]["total"] == "60"
    assert table(folder)["anna"]["status"] == "ok"


def test_one_student_or_one_item_can_be_graded_again_and_history_keeps_what_was(
    folder, runs, monkeypatch, capsys
):
    monkeypatch.setattr(sandbox, "run", once_killed("cpu", runs))
    (folder / "boris.ipynb").unlink()
    graded(folder, jobs=1)
    row = table(folder)["anna"]
    assert (row["status"], row["total"]) == ("killed", "50")
    assert "adam: функция считала слишком долго" in row["look_at"]
    graded(folder)
    assert table(folder)["anna"]["total"] == "50"  # kept
    count = len(runs)
    graded(folder, again=["anna:adam"])
    assert set(runs[count:]) == {"cells.py", "slicing.py", *SOLVED}
    assert (table(folder)["anna"]["status"], table(folder)["anna"]["total"]) == ("ok", "60")
    history = folder.parent / "out" / "history.csv"
    before = history.read_text(encoding="utf-8-sig")
    assert [line.split(",", 1)[1] for line in before.splitlines()] == [
        "student,item,before,after", "anna,status,killed,ok", "anna,adam,0,10"]  # fmt: skip
    for again in (["anna"], ["ok"]):
        count = len(runs)
        graded(folder, again=again)
        assert "adamax" in runs[count:]
    count = len(runs)
    graded(folder, again=["nobody"])
    assert len(runs) == count
    assert "student:item or a status; got 'nobody'" in capsys.readouterr().err
    assert history.read_text(encoding="utf-8-sig") == before


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
            "slope = (-0.383, -0.429, -0.338)", "slope = measured").replace(
            "regret = 0.337", "regret = np.float64(0.337)").replace(
            "ball = (0.00324, 0.00114)", "ball = [3.3e-3, np.float64(0.0012)]")  # fmt: skip
    (folder / "vera.ipynb").write_text(notebook(*cells))
    graded(folder)
    row = table(folder)["vera"]
    assert (row["slope"], row["ball"], row["regret"], row["status"]) == (
        "0",
        "6",
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


@pytest.mark.parametrize("variant", ["(1, 7)", '"17"', "17.5", "1e999"])
def test_what_is_no_variant_stops_nobody_else_and_is_no_other_variant(folder, runs, variant):
    """Also with somebody of the same homework to compare with, and with an assigned variant."""
    text = built(True)["ru", "hw2_experiments"]
    odd = text.replace("variant = 0", f"variant = {json.dumps(variant)[1:-1]}")
    (folder / "boris.ipynb").write_text(odd)
    roster = folder.parent / "students.csv"
    roster.write_text("id,variant\nanna,\nboris,17\nvera,0\n")
    graded(folder, roster=roster)
    rows = table(folder)
    assert rows["boris"]["look_at"].count("нужно целое число") == 1
    assert "назначен" not in rows["boris"]["look_at"]
    assert rows["vera"]["status"] == "ok"


def test_what_was_set_is_what_is_graded_and_summed(folder, runs):
    graded(folder, settings=grading.Settings(assignments=("hw1_methods",)))
    rows = table(folder)
    assert "slope" not in rows["anna"]
    assert (rows["anna"]["total"], rows["anna"]["look_at"]) == ("60", "")
    page = (folder.parent / "out" / "feedback" / "anna.md").read_text(encoding="utf-8")
    assert "из 100" not in page
    assert rows["vera"]["status"] == "needs_human"
    assert rows["vera"]["look_at"].endswith("тетрадь другого задания: hw2_experiments")


def test_what_many_items_share_is_said_once():
    stopped = {"findings": [["killed_cpu", {}]], "for_person": True}
    items = {"gd": stopped, "adam": stopped, "adamw": stopped | {"findings": [["killed_died", {}]]}}
    result = {"reasons": [], "assignments": {"hw1_methods": {"items": items}}}
    first, second = reasons_text(result, "en", ["hw1_methods"]).split("; ")
    assert first.startswith("gd, adam: the function computed for too long")
    assert second == "adamw: the function ended the program"


def test_who_handed_in_one_of_two_is_told_of_the_other(folder, runs):
    graded(folder)
    row = table(folder)["anna"]
    assert (row["hw2_experiments"], row["slope"]) == ("0", "0")
    assert "не сдано: hw2_experiments" in row["look_at"]


def test_the_command(folder, runs, capsys):
    out = folder.parent / "out"
    assert main(["grade", str(folder), str(out), "--language", "en", "--jobs", "1"]) == 0
    assert str(out / "grades.csv") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (PermissionError(13, "Permission denied", "out/grades.csv"), 1, "denied: 'out/grades.csv'"),
        (KeyboardInterrupt(), 130, "the next run goes on"),
    ],
    ids=["a table that is locked", "Ctrl-C"],
)
def test_what_ends_the_command_is_told_in_a_line(
    folder, runs, capsys, monkeypatch, error, code, said
):
    def fail(*_):
        raise error

    monkeypatch.setattr(results.table, "write_grades", fail)
    monkeypatch.setenv("HOME", str(folder.parent))
    assert main(["grade", f"~/{folder.name}", "~/out"]) == code
    assert said in capsys.readouterr().err
    assert list((folder.parent / "out" / ".grading").glob("*.json"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "out"], "there is no nowhere"),
        (["class", "class/out"], "OUT lies in SUBMISSIONS"),
        (["class", "file"], "file is no folder"),
        (["class", "out", "--roster", "class"], "class is no file"),
        (["class", "out", "--jobs", "0"], "jobs: expected an integer ≥ 1; got 0"),
        (["class", "out", "--seed", "-1"], "seed: expected an integer ≥ 0; got -1"),
    ],
)
def test_a_wrong_command_is_told_why(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit):
        main(["grade", *arguments])
    assert said in capsys.readouterr().err


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


def test_the_pieces_of_a_function_survive_renaming_and_nothing_else():
    def pieces(text):
        return sliced(text)["methods"]["gd"]["shingles"]

    one = pieces("def gd(x, a):\n    '''doc'''\n    y = x - a  # step\n    return y")
    assert one
    assert one == pieces("def gd(u: list, b) -> int:\n    z = (u - b)\n    return z")
    assert one != pieces("def gd(x, a):\n    y = x + a\n    return y")


def essay(*cells):
    kinds = [(each["cell_type"], each["source"]) for each in cells]
    return Notebook(kinds).essay("why_adam")


ESSAYS = {
    "as handed out": ([prose("`why_adam`: …")], ""),
    "the dots are gone": ([prose("why_adam")], ""),
    "another question": ([prose("# why_momentum")], None),
    "no question": ([code("x = 1")], None),
    "below an empty one": (
        [prose("`why_adam`: …"), prose("**why_adam** — потому.\n\nИ ещё…")],
        "потому.\n\nИ ещё…",
    ),
    "in a new cell below": (
        [prose("`why_adam`: …"), prose("Потому что"), prose("так."), prose("## Как сдать")],
        "Потому что\n\nтак.",
    ),
    "above the mark": ([prose("Потому.\n\n`why_adam`: …")], "Потому."),
    "in comments": (
        [prose("`why_adam`: …"), code("# why_adam: потому\n# что\nx = 1")],
        "потому\nчто",
    ),
    "in a text": ([prose("`why_adam`: …"), code('why_adam = """потому"""')], "потому"),
}


@pytest.mark.parametrize(("cells", "text"), ESSAYS.values(), ids=ESSAYS)
def test_essays_are_found(cells, text):
    assert essay(*cells) == text
