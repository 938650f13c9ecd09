"""Home equals grader: what `check` says of the cells that ran, and the grader of the notebook.

Both run the slice in a process of its own with NumPy alone; here without the sandbox around it.
"""

import json
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from course_lib.homework import at_home, check
from course_lib.homework.classroom import grading, sandbox
from course_lib.homework.classroom.submissions import File
from course_lib.homework.judging.assignments import items
from course_lib.homework.limits import Limits, outcome
from support.grading import here
from support.homework_class import GOOD, IMPORT, METHODS, built, notebook, signature, solution

CHECK = 'check("gd", gd)'
LOOP = """    xs = [np.array(x0, dtype=float)]
    for _ in range(n_steps):
        xs.append(xs[-1] - alpha * grad(xs[-1]))
    return np.array(xs)"""
DEF = "def gd(grad, x0, n_steps, alpha=0.1):"
STUB = f"{DEF}\n    raise NotImplementedError"


class Case(NamedTuple):
    """Cells of a notebook with `gd` (5 points); what is said, and whether a person is told.

    before: how many of the cells ran before `check` did; None: all.
    """

    cells: list
    points: int = 5
    says: tuple = ()
    status: str = "ok"
    before: int | None = None


def edited(old, new):
    assert old in LOOP
    return f"{DEF}\n{LOOP.replace(old, new)}"


HELPED = "def step(x, g, a):\n    return x - a * g\n" + edited(
    "xs[-1] - alpha * grad(xs[-1])", "step(xs[-1], grad(xs[-1]), alpha)"
)
MISSING = ("error", "failed_before", "numpy_only")
CASES = {
    # the slice follows imports one by one, changes, and what a magic hides
    "two imports in a line": Case([f"import numpy as np, matplotlib.pyplot as plt\n{DEF}\n{LOOP}"]),
    "two imports, the other way round": Case(
        [f"import matplotlib.pyplot as plt, numpy as np\n{DEF}\n{LOOP}"]
    ),
    "two names from a module": Case([f"{IMPORT}\nfrom math import sqrt, nothing\n{DEF}\n{LOOP}"]),
    "an item set": Case(
        [
            IMPORT,
            'settings = {}\nsettings["one"] = 1.0',
            edited("alpha *", 'settings["one"] * alpha *'),
        ]
    ),
    "an item set in a loop": Case(
        [
            IMPORT,
            "sizes = {}\nfor k in range(3):\n    sizes[k] = 1.0",
            edited("alpha *", "sizes[2] * alpha *"),
        ]
    ),
    "appended": Case(
        [IMPORT, "ones = []", "ones.append(1.0)", edited("alpha *", "ones[0] * alpha *")]
    ),
    "an attribute": Case([IMPORT, edited("alpha *", "gd.scale * alpha *"), "gd.scale = 1.0"]),
    "setattr": Case([IMPORT, edited("alpha *", "gd.scale * alpha *"), 'setattr(gd, "scale", 1.0)']),
    "changed by a function": Case(
        [
            IMPORT,
            "box = {}\ndef fill():\n    box[0] = 1.0",
            "fill()",
            edited("alpha *", "box[0] * alpha *"),
        ]
    ),
    "a global set by a function": Case(
        [
            IMPORT,
            "def fill():\n    global one\n    one = 1.0",
            "fill()",
            edited("alpha *", "one * alpha *"),
        ]
    ),
    "a magic over two lines": Case([f"!echo a \\\n b\n{IMPORT}", f"{DEF}\n{LOOP}"]),
    "a comment that asks": Case(
        [
            f"%matplotlib inline\n{IMPORT}\n"
            + edited("grad(xs[-1]))", "grad(xs[-1]))  # плюс или минус?")
        ]
    ),
    "a line that begins with %": Case(
        [
            IMPORT,
            edited(
                "alpha * grad(xs[-1])", "alpha * grad(xs[-1])\n            % 1e300 * (1)"
            ).replace(
                "xs[-1] - alpha * grad(xs[-1])\n            % 1e300 * (1)",
                "xs[-1] - alpha * np.fmod(grad(xs[-1]), 1e300\n            % 2e300)",
            ),
        ]
    ),
    "timed": Case([IMPORT, f"%%time\n{DEF}\n{LOOP}"]),
    "an indented paste": Case(
        [IMPORT, "\n".join(f"    {line}" for line in f"{DEF}\n{LOOP}".split("\n"))]
    ),
    "prompts pasted": Case([f">>> {IMPORT}", f"{DEF}\n{LOOP}"]),
    # order
    "a helper bound again below": Case(
        [IMPORT, HELPED, CHECK, "def step(x, m):\n    return x - m", "step = 0.1"], before=2
    ),
    "without its check too": Case([IMPORT, HELPED, "step = 0.1"], before=2),
    "a helper mended before the check": Case(
        [IMPORT, "one = 2.0", edited("alpha *", "one * alpha *"), "one = 1.0", CHECK]
    ),
    "a stub below": Case([IMPORT, f"{DEF}\n{LOOP}", STUB]),
    "the course's own imported below": Case(
        [IMPORT, f"{DEF}\n{LOOP}", "from course_lib import gd"]
    ),
    # what is not there
    "annotations from the future": Case(
        [
            f"from __future__ import annotations\n{IMPORT}",
            f"def gd(grad: Map, x0: Vector, n_steps: int, alpha: float = 0.1) -> Matrix:\n{LOOP}",
        ]
    ),
    "a statement that fails beside": Case([IMPORT, "np.nothing()\nplt.show()", f"{DEF}\n{LOOP}"]),
    "a plot in a dead branch": Case(
        [
            f"{IMPORT}\nimport matplotlib.pyplot as plt",
            edited("    return", "    if not len(xs):\n        plt.plot(xs)\n    return"),
        ]
    ),
    "scipy for nobody": Case(
        [
            f"{IMPORT}\nfrom scipy import linalg\ndef other():\n    linalg.inv(0)",
            edited("    return", "    other\n    return"),
        ]
    ),
    "tqdm around the loop": Case(
        [f"{IMPORT}\nfrom tqdm.auto import tqdm", edited("range(n_steps)", "tqdm(range(n_steps))")],
        0,
        MISSING,
        "needs_human",
    ),
    "display inside": Case(
        [IMPORT, edited("    return", "    display(xs)\n    return")],
        0,
        ("error", "numpy_only"),
        "needs_human",
    ),
    "matplotlib inside": Case(
        [IMPORT, edited("    return", "    import matplotlib.pyplot\n    return")],
        0,
        ("error", "numpy_only"),
        "needs_human",
    ),
    "a default that is not there": Case(
        [IMPORT, f"from scipy import pi\n{DEF.replace('0.1', 'pi')}\n{LOOP}"],
        0,
        ("definition", "failed_before", "failed_before", "numpy_only"),
        "needs_human",
    ),
    "imported from a file": Case(
        [IMPORT, "from my_methods import gd"], 0, ("imported",), "needs_human"
    ),
    "renamed, and its check says the old name": Case(
        [IMPORT, f"{DEF.replace('def gd', 'def my_gd')}\n{LOOP}"], 0, ("renamed",), "needs_human"
    ),
    "the name only": Case(
        [IMPORT, "gd = make()"], 0, ("definition", "failed_before", "numpy_only"), "needs_human"
    ),
    # the same mistake, the same words
    "ascent": Case([IMPORT, edited("- alpha", "+ alpha")], 3.5, ("ascent",)),
    "a loop too long": Case(
        [IMPORT, edited("range(n_steps)", "range(n_steps + 1)")], 3.5, ("one_more",)
    ),
    "a constant": Case([IMPORT, edited("alpha *", "0.37 *")], 3.5, ("fixed",)),
    "a stub": Case([IMPORT, STUB], 0, ("unsolved",)),
}


@pytest.fixture(autouse=True)
def apart(monkeypatch):
    """The grader's runs of functions, in a process of its own; everything else in this one."""

    def run(script, job, limits=None, data=b""):
        if script == "worker.py":
            return at_home.run_apart(script, job, Limits())
        return here(script, job, limits, data)

    monkeypatch.setattr(sandbox, "run", run)
    monkeypatch.setattr(at_home, "limits", Limits)
    monkeypatch.setattr(at_home, "saved_notebook", lambda: None)


def ran(monkeypatch, cells):
    """A shell in which the cells ran."""
    history = SimpleNamespace(input_hist_raw=["", *cells])
    shell = SimpleNamespace(history_manager=history, user_ns={})
    monkeypatch.setattr(at_home, "shell", lambda: shell)


def of_the_grader(text):
    settings = grading.Settings(assignments=("hw1_methods",))
    file = File("hw1.ipynb", text.encode, 0.0)
    return grading.grade("anna", [file], settings)


@pytest.mark.parametrize("name", CASES)
def test_home_and_grader_say_the_same(monkeypatch, capsys, name):
    case = CASES[name]
    result = of_the_grader(notebook(*case.cells))
    item = result["assignments"]["hw1_methods"]["items"]["gd"]
    assert (item["points"], tuple(key for key, _ in item["findings"])) == (case.points, case.says)
    assert item["for_person"] == (case.status == "needs_human")

    ran(monkeypatch, [*case.cells[: case.before], CHECK])
    check("gd", len)
    said = capsys.readouterr().out
    if case.says == ("unsolved",):
        assert said == "○ gd: ещё не решено\n"
    else:
        assert said.startswith(f"{'✓' if case.points == 5 else '✗'} gd: ")
        assert f"{item['points']} из 5" in said
        known = {key for key, _ in item["findings"]}
        assert ("есть только NumPy" in said) == ("numpy_only" in known)


def test_a_number_is_read_from_the_text_at_home_too(monkeypatch, capsys):
    cells = ["variant = 3", "regret = (2 * C - 4) / 3", 'check("regret", regret, variant)']
    ran(monkeypatch, cells)
    check("regret", 3.333, 3)
    assert "впишите в regret сами числа" in capsys.readouterr().out
    ran(monkeypatch, ["variant = 3", "regret = 3.333"])
    check("regret", 3.333, 3)
    assert capsys.readouterr().out == "✓ regret: всё верно (3 из 3)\n"


def test_check_says_where_the_saved_notebook_differs(monkeypatch, capsys):
    from course_lib.homework.reading import Notebook

    cells = [IMPORT, "one = 1.0", edited("alpha *", "one * alpha *")]
    ran(monkeypatch, cells)
    for saved, said in (
        (cells, False),
        ([IMPORT, cells[2], "one = 2.0"], True),  # the cell was changed, and not run again
        ([IMPORT, cells[2]], True),  # it was deleted
        ([IMPORT, STUB], False),  # just not saved yet
    ):
        book = Notebook([("markdown", "Привет"), *(("code", text) for text in [*saved, CHECK])])
        monkeypatch.setattr(at_home, "saved_notebook", lambda book=book: book)
        check("gd", len)
        assert ("иначе: one" in capsys.readouterr().out) == said, saved


def test_an_endless_loop_at_home_is_stopped(monkeypatch, capsys):
    monkeypatch.setattr(at_home, "limits", lambda: Limits(cpu=1, wall=60.0))
    ran(monkeypatch, [IMPORT, f"{DEF}\n    while True: pass"])
    check("gd", len)
    assert "нет ли бесконечного цикла" in capsys.readouterr().out


def test_where_no_process_can_be_started_check_says_so(monkeypatch, capsys):
    def refused(*_):
        raise OSError("emscripten does not support processes")

    monkeypatch.setattr(at_home, "run_apart", refused)
    ran(monkeypatch, [IMPORT, solution("gd"), CHECK])
    check("gd", function_of(solution("gd"), "gd"))
    assert capsys.readouterr().out == (
        "✓ gd: всё верно (5 из 5)\n"
        "  • проверено в этом же ядре: у проверки из пакетов есть только NumPy\n"
    )


def function_of(text, name):
    names = {}
    exec(f"{IMPORT}\n{text}", names)
    return names[name]


def test_two_homeworks_in_one_notebook_are_both_graded():
    one, other = (
        json.loads(built(True)["ru", name])["cells"] for name in ("hw1_methods", "hw2_experiments")
    )
    result = grading.grade(
        "anna", [File("all.ipynb", notebook(*one, *other).encode, 0.0)], grading.Settings()
    )
    points = {name: sum(i["points"] or 0 for i in work["items"].values())
              for name, work in result["assignments"].items()}  # fmt: skip
    assert points == {"hw1_methods": 60, "hw2_experiments": 30}
    assert result["status"] == "ok"


def test_a_seminar_is_no_homework_and_halves_make_a_whole():
    first, second = ([IMPORT, *map(solution, half)] for half in (METHODS[:4], METHODS[4:]))
    seminar = (
        "from course_lib import gd, adam\nslope = 1.0\ndef adam(problem, x, alpha=1):\n    yield x"
    )
    clone = built(False)["ru", "hw1_methods"]  # as handed out, in the other folders of the course
    texts = {"a.ipynb": notebook(seminar), "b.ipynb": notebook(*first)}
    texts |= {"c.ipynb": notebook(*second), "notebooks/homework/ru/hw1_methods.ipynb": clone}
    files = [File(name, text.encode, 0.0) for name, text in texts.items()]
    result = grading.grade("anna", files, grading.Settings(assignments=("hw1_methods",)))
    items = result["assignments"]["hw1_methods"]["items"]
    assert sum(item["points"] for item in items.values()) == 60
    assert {items[name]["file"] for name in ("gd", "adam")} == {"b.ipynb", "c.ipynb"}
    assert (result["status"], result["reasons"]) == ("ok", [])


def test_beside_a_broken_notebook_no_other_file_is_blamed():
    texts = {"README.md": b"x", "hw1.ipynb": b"{"}
    files = [File(name, lambda text=text: text, 0.0) for name, text in texts.items()]
    result = grading.grade("anna", files, grading.Settings())
    assert result["reasons"] == [["not_json", {"file": "hw1.ipynb"}]]


def test_a_missing_function_is_no_misspelling_of_another_item():
    result = of_the_grader(notebook(IMPORT, solution("adamw")))
    findings = result["assignments"]["hw1_methods"]["items"]["adam"]["findings"]
    assert [key for key, _ in findings] == ["missing"]


ECHO = {
    "a shape of the inputs": ("return np.zeros((int(abs(x0[0]) * 1000 + 7), 9, 8))", "(…, …, …)"),
    "calls of the inputs": (
        "for _ in range(int(abs(x0[0]) * 1000)): grad(x0)\n    return np.ones((n_steps + 1, 4))",
        "> 50",
    ),
}


@pytest.mark.parametrize(("body", "told"), ECHO.values(), ids=ECHO)
def test_nothing_hidden_is_echoed(body, told):
    result = of_the_grader(notebook(IMPORT, f"{signature('gd')}\n    {body}"))
    ((_, values),) = result["assignments"]["hw1_methods"]["items"]["gd"]["findings"]
    assert told in values.values()


FORGED = {
    "null": None,
    "failed is a number": {"failed": 5},
    "a thousand failures": {"failed": [5] * 1000},
    "endless words": {"definition": {"error": "NameError", "words": "'x'" * 100 + "'gd'",
                                     "cell": "cell 1", "line": 1}},
}  # fmt: skip


@pytest.mark.parametrize("reply", FORGED.values(), ids=FORGED)
def test_a_forged_reply_is_a_zero_and_holds_nobody_up(reply):
    """Not the grader's fault; and what is looked through is never longer than the worker's own."""
    found = {"source": [[1, 1, "gd = 1"]], "constants": []}
    item = grading.grade_source(
        items()["gd"], "gd", found, lambda *_: outcome(0, json.dumps(reply), 0), seed=1, own=False
    )
    assert item["points"] == 0
    assert len(item["findings"]) <= 4
    assert all(values.get("words", "") == "" for _, values in item["findings"])


def test_good_is_good():
    assert of_the_grader(notebook(GOOD))["assignments"]["hw1_methods"]["items"]["gd"]["points"] == 5
