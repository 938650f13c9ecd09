"""A bar for long work only, and an interrupted run keeps its rows."""

import io
import re
import threading

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from tqdm import tqdm

from course_lib import gd, progress, quadratic, run
from course_lib.progress import bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def terminal(monkeypatch):
    """What a terminal shows from here on (a fixture would be too early: pytest sets stdout)."""
    shown = Terminal()
    monkeypatch.setattr("sys.stdout", shown)
    return shown


def now_and_later(monkeypatch, at):
    """A clock by which item `at` takes three seconds, and every other one none."""
    seen = iter([0.0] * (at + 1) + [3.0] * 1000)
    monkeypatch.setattr(progress, "perf_counter", lambda: next(seen))


def test_short_work_has_no_bar(monkeypatch):
    screen = terminal(monkeypatch)
    assert list(bar(iter("abc"), 3)) == ["a", "b", "c"]
    assert screen.getvalue() == ""


def test_long_work_has_a_bar_that_goes_away(monkeypatch):
    screen = terminal(monkeypatch)
    now_and_later(monkeypatch, at=2)
    assert list(bar(iter("abcdef"), 6)) == list("abcdef")
    assert "3/6" in screen.getvalue()
    assert screen.getvalue().split("\r")[-2].strip() == ""


@pytest.mark.parametrize("kernel", ["ipykernel.iostream", "pyodide_kernel.display"])
def test_a_notebook_has_the_bar_in_the_output_of_its_cell(monkeypatch, kernel):
    written = io.StringIO()
    monkeypatch.setattr(progress, "_CellOutput", lambda: written)
    monkeypatch.setattr("sys.stdout", type("Stream", (io.StringIO,), {"__module__": kernel})())
    now_and_later(monkeypatch, at=2)
    assert list(bar(iter("abcdef"), 6)) == list("abcdef")
    assert "3/6" in written.getvalue()


def test_where_no_thread_can_start_a_bar_asks_for_none(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("sys.platform", "emscripten")
    monkeypatch.setattr(tqdm, "monitor_interval", 10)
    monkeypatch.setattr(tqdm, "monitor", None)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    screen = terminal(monkeypatch)
    now_and_later(monkeypatch, at=2)
    assert list(bar(iter("abcdef"), 6)) == list("abcdef")
    assert "3/6" in screen.getvalue()


def test_nobody_looks(monkeypatch):
    screen = terminal(monkeypatch)
    now_and_later(monkeypatch, at=2)
    monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    assert list(bar(iter("abcdef"), 6)) == list("abcdef")
    assert screen.getvalue() == ""


def test_the_bar_stays_where_work_was_interrupted(monkeypatch):
    screen = terminal(monkeypatch)
    now_and_later(monkeypatch, at=2)
    items = bar(iter("abcdef"), 6)
    for _ in range(5):
        next(items)
    items.close()
    assert "4/6" in screen.getvalue().split("\r")[-1]


def test_in_a_notebook_the_bar_is_one_output_that_ends_empty(monkeypatch):
    """In a real kernel; the saved notebook keeps no state of the bar, but where it was stopped."""
    setup = (
        "from course_lib import progress\nprogress.DELAY = -1.0\n"
        "for k in progress.bar(range(5), 5): pass\nprint('done')"
    )
    stopped = "items = progress.bar(range(5), 5)\nfor _ in range(4): next(items)\nitems.close()"
    cells = [nbformat.v4.new_code_cell(source) for source in (setup, stopped)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3", timeout=600).execute()
    first, second = ([dict(out) for out in cell.outputs] for cell in notebook.cells)
    assert [out["output_type"] for out in first] == ["display_data", "stream"]
    assert first[0]["data"] == {"text/plain": ""}
    assert first[1]["text"] == "done\n"
    assert "3/5" in second[0]["data"]["text/plain"]
    assert len(second) == 1


class Interrupted:
    """A problem whose gradient is interrupted at its n-th call."""

    d, f_star = 2, 0.0

    def __init__(self, n):
        self.left = n

    def f(self, x):
        return (x**2).sum(-1) / 2

    def grad(self, x):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        return x


def test_ctrl_c_keeps_the_rows_of_a_run():
    whole = run(gd, quadratic(kappa=1), [1.0, 2.0], steps=10)
    part = run(gd, Interrupted(4), [1.0, 2.0], steps=10)
    np.testing.assert_array_equal(part[:4], whole[:4])
    assert np.isnan(part[4:]).all()


def test_ctrl_c_is_an_exception_where_asked():
    with pytest.raises(KeyboardInterrupt):
        run(gd, Interrupted(4), [1.0, 2.0], steps=10, interruptible=False)


def test_a_long_cell_has_a_clock_that_ends_empty(monkeypatch):
    written, second = [], threading.Event()

    class Output:
        def write(self, text):
            written.append(text)
            if len(written) == 2:
                second.set()

    monkeypatch.setattr(progress, "_CellOutput", Output)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    clock = progress.CellClock()
    clock.stop()  # of the cell that imported the library: it had no start
    clock.start()
    assert second.wait(60)
    clock.stop()
    assert written.pop() == ""
    assert all(re.fullmatch(r"⏳ \d+ s", text) for text in written)


def test_in_a_notebook_only_a_long_cell_has_a_clock():
    """In a real kernel, which the library's import has told to watch its cells."""
    setup = """
import threading
from course_lib import progress
progress.PATIENCE, seen, write = 1e6, threading.Event(), progress._CellOutput.write
def noted(self, text):
    write(self, text)
    seen.set()
progress._CellOutput.write = noted
"""
    sources = [setup, "1", "progress.PATIENCE = 0.0", "assert seen.wait(60)"]
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
    NotebookClient(notebook, kernel_name="python3", timeout=90).execute()
    outputs = [[out["output_type"] for out in cell.outputs] for cell in notebook.cells]
    assert outputs == [[], ["execute_result"], [], ["display_data"]]
    assert notebook.cells[3].outputs[0]["data"] == {"text/plain": ""}
