"""A progress bar for work that takes more than two seconds, and a clock for every long cell.

Work of which the end is known has a bar. For all other (many short runs, training, a download)
the cell of a notebook says after three seconds how long it has been running.
"""

import sys
import threading
from time import perf_counter

DELAY = 2.0  # seconds without a bar
PATIENCE = 3.0  # seconds of a cell without a clock


def bar(items, total):
    """`items` unchanged; after two seconds a bar (tqdm) shows how many of `total` are done.

    The bar disappears at the end and stays where the work was interrupted. It is drawn where
    somebody looks on: in a notebook and on a terminal.
    """
    start, shown, whole = perf_counter(), None, False
    try:
        for done, item in enumerate(items, 1):
            yield item
            if shown is not None:
                shown.update()
            elif done < total and perf_counter() - start > DELAY:
                shown = _drawn(total, done, perf_counter() - start)
        whole = True
    finally:
        if shown is not None:
            shown.leave = not whole
            shown.close()


def _drawn(total, done, seconds):
    """A bar that already stands at `done`, after so many seconds; None if nobody looks."""
    if type(sys.stdout).__module__.startswith(("ipykernel", "pyodide_kernel")):
        file = _CellOutput()
    elif getattr(sys.stdout, "isatty", bool)():
        file = sys.stdout
    else:
        return None
    from tqdm import tqdm

    if sys.platform == "emscripten":
        tqdm.monitor_interval = 0  # its monitor is a thread: a browser's Python has none
    bar = tqdm(total=total, initial=done, file=file, ncols=60, nrows=20, leave=False)
    bar.start_t -= seconds
    bar.initial = 0  # what was done without a bar counts in its speed
    return bar


class CellClock:
    """A line under a cell that runs for long: "⏳ 7 s", counted up, and nothing when it ends."""

    def __init__(self):
        self.ended, self.thread = threading.Event(), None

    @property
    def running(self):
        """Is a cell running? Of the one that imported the library it is not known."""
        return self.thread is not None and not self.ended.is_set()

    def start(self, _=None):
        self.ended.clear()
        self.thread = threading.Thread(target=self._count, daemon=True)
        self.thread.start()

    def stop(self, _=None):
        """Returns when the line is empty, so that no saved notebook has it."""
        self.ended.set()
        if self.thread is not None:  # the cell that imported the library began without
            self.thread.join()

    def _count(self):
        begun = perf_counter()
        if self.ended.wait(PATIENCE):
            return
        output = _CellOutput()
        while not self.ended.is_set():
            output.write(f"⏳ {perf_counter() - begun:.0f} s")
            self.ended.wait(1.0)
        output.write("")


clock = CellClock()


def watch_cells():
    """Every cell of this kernel has a clock from now on; outside of a notebook nothing happens.

    Nor in a browser's Python, which has no threads.
    """
    if sys.platform == "emscripten":
        return
    shell = sys.modules["IPython"].get_ipython() if "ipykernel" in sys.modules else None
    if shell is not None:
        shell.events.register("pre_run_cell", clock.start)
        shell.events.register("post_run_cell", clock.stop)


class _CellOutput:
    """One output of a notebook's cell that shows the last line written, and at the end nothing.

    On stdout every state of the bar would stay in the saved notebook.
    """

    def __init__(self):
        from IPython.display import display

        self.handle = display({"text/plain": ""}, raw=True, display_id=True)

    def write(self, text):
        if text != "\n":
            self.handle.update({"text/plain": text.strip()}, raw=True)

    def flush(self):
        pass
