"""A progress bar for work that takes more than two seconds, and none for the rest."""

import sys
from time import perf_counter

DELAY = 2.0  # seconds without a bar


def watched(items, total):
    """`items` unchanged; after two seconds a bar (tqdm) shows how many of `total` are done.

    The bar disappears at the end and stays where the work was interrupted. It is drawn where
    somebody looks on: in a notebook and on a terminal.
    """
    start, bar, whole = perf_counter(), None, False
    try:
        for done, item in enumerate(items):
            yield item
            if bar is not None:
                bar.update()
            elif done + 1 < total and perf_counter() - start > DELAY and _somebody_looks():
                bar = _bar(total, done + 1, start)
        whole = True
    finally:
        if bar is not None:
            bar.leave = not whole
            bar.close()


def _bar(total, done, start):
    from tqdm import tqdm

    bar = tqdm(total=total, initial=done, file=sys.stdout, ncols=60, nrows=20, leave=False)
    bar.start_t -= perf_counter() - start
    bar.initial = 0  # what was done without a bar counts in its speed
    return bar


def _somebody_looks():
    kernel = type(sys.stdout).__module__.startswith("ipykernel")
    return kernel or getattr(sys.stdout, "isatty", bool)()
