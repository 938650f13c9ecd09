"""What notebooks cost: how it is read and written. How long anything takes is asserted nowhere."""

import re
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import times


def executed(source, start, end, **outputs):
    """A cell as nbclient leaves it, from second `start` to second `end` of an hour."""
    execution = {
        "iopub.execute_input": f"2026-01-01T00:59:{start:09.6f}Z",
        "shell.execute_reply": f"2026-01-01T00:59:{end:09.6f}Z",
    }
    return new_code_cell(source, metadata={"execution": execution}, **outputs)


def test_an_executed_notebook_is_read():
    tally = new_code_cell(outputs=[new_output("stream", name="stdout", text="[7.5, 2048]\n")])
    cells = [
        new_markdown_cell("text"),
        executed("import numpy\nx = 1", 1, 1.25),
        executed("work()", 2, 5),
        tally,
    ]
    memory = 2048 if sys.platform == "darwin" else 2**21
    expected = times.Cost("n", 7.5, 4, 0.5, memory, [("import numpy", 0.25), ("work()", 3)])
    assert times.read_cost("n", new_notebook(cells=cells), 0.5) == expected


CELLS = [("import numpy", 0.2), ("xs = a | b", 3.0), ("show()", 0.8)]
COST = times.Cost("03_sgd", 10.0, 12.34, 0.5, 100 * 2**20, CELLS)


@pytest.mark.parametrize(
    ("changed", "ratio", "cell"),
    [
        ({}, "20.0", "2: 75%, `xs = a ¦ b`"),
        ({"unit": 0.4}, "**25.0**", "2: 75%, `xs = a ¦ b`"),
        ({"cells": CELLS[:1]}, "20.0", "1: 100%, `import numpy`"),
    ],
)
def test_a_row(changed, ratio, cell):
    expected = f"| 03_sgd | {ratio} | 10.0 | 12.3 | 100 | {cell} |"
    assert times.row(COST._replace(**changed)) == expected


def test_the_page_names_the_processor_and_the_unit():
    units = [0.25, 0.5, 4.0]
    text = times.page([COST._replace(unit=u) for u in units], "a processor")
    assert "a processor" in text
    assert "0.50" in text
    rows = [line for line in text.splitlines() if line.startswith("| 03_sgd |")]
    assert rows == [times.row(COST._replace(unit=u)) for u in units]
    assert times.processor_name()


class Bar:
    done = 0

    def update(self):
        self.done += 1


def test_a_notebook_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(times, "unit", iter([1.0, 2.0]).__next__)
    cells = [new_markdown_cell("text"), new_code_cell("x = 1"), new_code_cell("y = x")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "made_up.ipynb")
    bar = Bar()
    cost = times.cost(tmp_path / "made_up.ipynb", bar)
    assert (cost.name, cost.unit, bar.done) == ("made_up", 1.5, 3)
    assert [line for line, _ in cost.cells] == ["x = 1", "y = x"]
    assert cost.processor > 0
    assert cost.memory > 2**20


def test_the_committed_page_lists_exactly_the_notebooks():
    rows = re.findall(r"^\| (\d\d_\w+|seminar) \|", times.PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == sorted(path.stem for path in (times.NOTEBOOKS / "ru").glob("*.ipynb"))
