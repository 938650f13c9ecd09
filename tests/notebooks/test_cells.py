"""The measuring stick of the notebooks' cells counts a line as what it is not."""

import nbformat
import pytest

from tools import NOTEBOOKS
from tools.build.sources import read_sources
from tools.cells import Cell, measured, report, rows

CODE = {
    "nothing": ("# a comment\n\n", Cell(0, 0, 0, 0)),
    "an idea": ("x = run(gd, f, x0)\ny = x**2\n\n# a comment\nz = f(\n    y\n)", Cell(5, 0, 0, 0)),
    "imports": ("from a import (\n    b,\n    c,\n)\nimport d", Cell(5, 5, 0, 0)),
    "axes": ("ax = plot.axes()\nax.plot(x, y)\nax.set(x=1)\n_ = ax.legend()", Cell(4, 0, 3, 0)),
    "colours by hand": ("ax.plot(x, y,\n        color=plot.COLORS[0])", Cell(2, 0, 2, 0)),
    "the builtin": ("names = set(words)", Cell(1, 0, 0, 0)),
    "print": ("print(x)\ncells.append(f'{x:.3f}')\ntext = '{:5}'.format(x)", Cell(3, 0, 0, 3)),
    "a name, no format": ("label = f'α = {alpha}'", Cell(1, 0, 0, 0)),
    "a loop of print": ("for x in xs:\n    # why\n    print(x)", Cell(2, 0, 0, 2)),
    "a loop of both": ("for x in xs:\n    y = f(x)\n    print(y)", Cell(3, 0, 0, 1)),
    "a function of plumbing": ('def show(x):\n    """Why."""\n    print(x)', Cell(3, 0, 0, 3)),
    "both branches": ("if x:\n    print(x)\nelse:\n    y = 1", Cell(4, 0, 0, 1)),
    "a block": ("with open(p) as file:\n    import a\n    x = 1", Cell(3, 1, 0, 0)),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), CODE.values(), ids=CODE.keys())
def test_lines_are_counted_by_kind(source, expected):
    assert measured(source) == expected


def test_the_table_has_what_students_read():
    """Neither prose, nor folded cells, nor the homework."""
    new = nbformat.v4
    long, short = "\n".join(f"x = {j}" for j in range(21)), "print(x)"
    folded = new.new_code_cell("import a", metadata={"tags": ["hide-input"]})
    cells = [new.new_markdown_cell("x"), new.new_code_cell(long), folded, new.new_code_cell(short)]
    shown = report({"01_a": cells, "02_b": cells[3:], "hw1_c": cells}).splitlines()
    assert [line.split() for line in shown[1:]] == [
        ["01_a", "2", "22", "11", "21", "50%", "0%", "0%", "5%", "5%"],
        ["02_b", "1", "1", "1", "1", "0%", "0%", "0%", "100%", "100%"],
        ["Σ", "3", "23", "1", "21", "33%", "0%", "0%", "9%", "9%"],
    ]


def test_a_student_reads_a_cell_of_the_course_in_half_a_minute():
    *_, course = rows(read_sources(NOTEBOOKS))
    assert course["longest"] <= 25
    assert course["> 20"] <= 0.05
    assert course["median"] <= 7
    assert course["plumbing"] <= 0.2


def test_the_seminar_has_at_most_25_cells_of_code_and_none_is_long():
    seminar = read_sources(NOTEBOOKS)["seminar"]
    assert 20 <= sum(cell.cell_type == "code" for cell in seminar) <= 25
    assert rows({"seminar": seminar})[0]["> 20"] == 0
