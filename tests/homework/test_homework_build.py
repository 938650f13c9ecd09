"""What is handed out as homework: no trace of a solution, and every item unsolved."""

import json

import nbformat
import pytest

from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay
from tools import NOTEBOOKS
from tools.build import build, check
from tools.build.__main__ import main
from tools.build.catalogue import read_po

HOMEWORK = """# %% [markdown]
# # Домашнее задание

# %%
def check(name, value):
    try:
        solved = value is not ... and value() is not None
    except NotImplementedError:
        solved = False
    print("✓" if solved else "○", name)


print("a setup")

# %% tags=["exercise"]
def square(x=2):
    raise NotImplementedError

# %% [markdown] tags=["solution"]
# Квадрат — это произведение числа на себя.

# %% tags=["solution"]
def square(x=2):
    secret = x * x * 1.0
    return secret

# %%
check("square", square)

# %% tags=["exercise"]
answer = ...

# %% tags=["solution"]
answer = lambda: 42.0123456

# %%
check("answer", answer)
"""
ENGLISH = {"# Домашнее задание": "# Homework", "Квадрат — это": "A square is a product."}


@pytest.fixture
def root(tmp_path):
    """A course of one homework, translated, built and clean."""
    (tmp_path / "src").mkdir()
    source(tmp_path).write_text(HOMEWORK, encoding="utf-8")
    build(tmp_path)
    po = read_po(tmp_path)
    for entry in po:
        entry.msgstr = next(
            text for start, text in ENGLISH.items() if entry.msgid.startswith(start)
        )
    po.save(str(tmp_path / "locale" / "en.po"))
    build(tmp_path)
    assert check(tmp_path) == []
    return tmp_path


def source(root):
    return root / "src" / "hw1_squares.py"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_both_languages_are_built_without_solutions(root):
    for language, title in (("ru", "# Домашнее задание"), ("en", "# Homework")):
        text = (root / f"homework/{language}/hw1_squares.ipynb").read_text(encoding="utf-8")
        made = nbformat.reads(text, 4)
        nbformat.validate(made)
        assert made.cells[0].source == title
        assert [cell.source.splitlines()[0] for cell in made.cells[2:]] == [
            "def square(x=2):", 'check("square", square)', "answer = ...", 'check("answer", answer)'
        ]  # fmt: skip
        for secret in ("secret", "42.01", "произведение", "product", "solution", "src/"):
            assert secret not in text
        assert all(cell.get("outputs", []) == [] for cell in made.cells)
    assert sorted(path.name for path in root.glob("homework/*/*")) == ["hw1_squares.ipynb"] * 2
    assert not list(root.glob("ru/*"))


def test_teachers_get_the_solutions(root):
    build(root, solutions=True)
    text = (root / "solutions/ru/hw1_squares.ipynb").read_text(encoding="utf-8")
    assert "secret" in text
    assert "42.0123456" in text


def test_the_command_for_homework_touches_no_lesson(root):
    (root / "src" / "01_lesson.py").write_text("# %%\nx = 1\n", encoding="utf-8")
    (root / "homework/ru/hw1_squares.ipynb").unlink()
    assert main(["--homework"], root) == 0
    assert (root / "homework/ru/hw1_squares.ipynb").exists()
    assert not (root / "ru").exists()


SOLUTION = '# %% tags=["solution"]\ndef square'
REFUSED = {
    "a solution without its tag": (SOLUTION, "# %%\ndef square", "should check it"),
    "a solution tagged as an exercise": (SOLUTION, '# %% tags=["exercise"]\ndef square', "cell"),
    "a mistyped tag": (SOLUTION, '# %% tags=["soluton"]\ndef square', "unknown tag"),
    "a mistyped key": (SOLUTION, '# %% tag=["solution"]\ndef square', "header not understood"),
    "a marker": ("    secret =", "    ### BEGIN SOLUTION\n    secret =", "a marker"),
    "an END without BEGIN": ("    secret =", "    ### END SOLUTION\n    secret =", "a marker"),
    "hidden tests": ('check("answer"', '### BEGIN HIDDEN TESTS\ncheck("answer"', "a marker"),
    "a line of a solution in a public cell": (
        'print("a setup")', "if False:\n    secret = x * x * 1.0", "shows the solution's line"),
    "a line of a solution in the prose": (
        "# # Домашнее задание", "# # Квадрат — это произведение числа на себя.",
        "shows the solution's line"),
    "a solved second item": ("answer = ...", "answer = lambda: 1", "finds it solved"),
    "an exercise without its check": (
        'check("square", square)', 'print("no check")', "should check it"),
    "a setup that fails": ('print("a setup")', "import no_such_module", "fails in the student"),
    "an exercise that lost its tag": (
        'tags=["exercise"]', 'tags=["hide-input"]', "shows the solution's line"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), REFUSED.values(), ids=REFUSED)
def test_a_leak_stops_the_build(root, capsys, old, new, message):
    before = {path: path.read_bytes() for path in root.rglob("*.ipynb")}
    edit(source(root), old, new)
    for mode in ([], ["--homework"], ["--check"]):
        assert main(mode, root) == 1
        assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in root.rglob("*.ipynb")} == before


@pytest.mark.parametrize("name", ["hw1_squares.py", "solution.txt", "hw9_old.ipynb"])
def test_nothing_else_may_lie_beside_the_notebooks(root, capsys, name):
    (root / "homework" / "en" / name).write_text(HOMEWORK, encoding="utf-8")
    assert main(["--check"], root) == 1
    assert f"homework/en/{name}: no source in src/; delete it" in capsys.readouterr().err


def test_a_notebook_with_outputs_may_not_be_handed_out(root, capsys):
    path = root / "homework/ru/hw1_squares.ipynb"
    made = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
    code[0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42"}]
    path.write_text(json.dumps(made), encoding="utf-8")
    assert main(["--check"], root) == 1
    assert "outputs" in capsys.readouterr().err


def test_a_homework_that_somebody_works_on_is_not_built_over(root, capsys):
    path = root / "homework/ru/hw1_squares.ipynb"
    work = path.read_text(encoding="utf-8").replace(
        '"execution_count": null', '"execution_count": 1'
    )
    path.write_text(work, encoding="utf-8")
    edit(source(root), "a setup", "another setup")
    assert main(["--homework"], root) == 1
    assert "homework/ru/hw1_squares.ipynb: has been run" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == work
    english = (root / "homework/en/hw1_squares.ipynb").read_text(encoding="utf-8")
    assert "another setup" not in english


@pytest.mark.parametrize("name", ["hw1_methods", "hw2_experiments"])
def test_who_runs_all_cells_gets_to_the_end(capsys, name):
    """As a student does it: every item is said to be unsolved, and no cell fails."""
    names = {"__name__": "__main__"}
    cells = nbformat.read(NOTEBOOKS / "homework" / "ru" / f"{name}.ipynb", 4).cells
    for cell in cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    said = [line for line in capsys.readouterr().out.splitlines() if line[0] in "✓✗○"]
    asked = [n for n, item in ASSIGNMENTS[name].items() if not isinstance(item, Essay)]
    assert [line.split()[1].strip(":") for line in said] == asked
    assert [line[0] for line in said if "adabelief" not in line] == ["○"] * (
        len(asked) - ("adabelief" in asked)
    )
