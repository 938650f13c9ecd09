"""A progress bar for work that takes more than two seconds, and none for the rest."""

import sys
from time import perf_counter

DELAY = 2.0  # seconds without a bar


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
    if type(sys.stdout).__module__.startswith("ipykernel"):
        file = _CellOutput()
    elif getattr(sys.stdout, "isatty", bool)():
        file = sys.stdout
    else:
        return None
    from tqdm import tqdm

    bar = tqdm(total=total, initial=done, file=file, ncols=60, nrows=20, leave=False)
    bar.start_t -= seconds
    bar.initial = 0  # what was done without a bar counts in its speed
    return bar


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
