"""What every notebook costs, as the page notebooks/TIMES.md: `python -m tools.times`.

Seconds say something about one machine on one day only, so no test asserts any. What can be
compared is a ratio: the processor time of a notebook (of `ru`, as students get it, alone, on one
thread) over the `unit`, a loop of plain NumPy of the course's kind that takes about a second and is
measured before and after each notebook. Names on the command line print their rows and write
nothing.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import nbformat
import numpy as np
from nbclient import NotebookClient
from tqdm import tqdm

import course_lib  # noqa: F401  one thread, also for the unit
from tools import NOTEBOOKS

PAGE = NOTEBOOKS / "TIMES.md"
TARGET = 20  # units
#: The last cell of a measured notebook: its kernel's processor seconds and the most memory it had.
TALLY = """
import json, os, resource
print(json.dumps([sum(os.times()[:4]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""
MAXRSS = 1 if sys.platform == "darwin" else 2**10  # bytes in the unit of ru_maxrss


class Cost(NamedTuple):
    """What one notebook took.

    processor, elapsed: seconds, the start of the kernel included; unit: processor seconds of the
    `unit` beside it; memory: bytes, the most at one time; cells: [(first line, elapsed seconds)].
    """

    name: str
    processor: float
    elapsed: float
    unit: float
    memory: int
    cells: list


def unit():
    """Processor seconds of Adam on minibatches and of gradient descent on all rows, in plain NumPy.

    Many operations on small arrays, some on arrays that leave the first cache, a product of
    matrices: what `run` does on the problems of the course.
    """
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(2000, 50)), rng.normal(size=2000)
    start = time.process_time()
    x, m, v = np.zeros((3, 16, 50))
    for k in range(1, 20_001):
        rows = rng.integers(0, len(A), size=(16, 4))
        residual = (A[rows] @ x[:, :, None])[..., 0] - y[rows]
        g = (residual[:, None] @ A[rows])[:, 0] / 4
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        x = x - 0.01 * (m / (1 - 0.9**k)) / ((v / (1 - 0.999**k)) ** 0.5 + 1e-8)
    x = np.zeros((32, 50))
    for _ in range(700):
        x = x - 0.1 * (x @ A.T - y) @ A / len(A)
    return time.process_time() - start


def cost(path, bar):
    """Run one notebook in a kernel of its own; `bar` moves by one for each of its cells."""
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(TALLY))
    before = unit()
    NotebookClient(
        notebook,
        timeout=None,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=lambda **_: bar.update(),
    ).execute(stderr=subprocess.DEVNULL)  # the kernel's words about its own sockets
    return read_cost(path.stem, notebook, (before + unit()) / 2)


def read_cost(name, notebook, unit):
    """The `Cost` of an executed notebook whose last cell is `TALLY`."""
    *cells, tally = [cell for cell in notebook.cells if cell.cell_type == "code"]
    processor, memory = json.loads(tally.outputs[0].text)
    spans = [cell.metadata.execution for cell in cells]
    spans = [(moment(s["iopub.execute_input"]), moment(s["shell.execute_reply"])) for s in spans]
    return Cost(
        name,
        processor,
        (spans[-1][1] - spans[0][0]).total_seconds(),
        unit,
        memory * MAXRSS,
        [(cell.source.partition("\n")[0], (end - start).total_seconds())
         for cell, (start, end) in zip(cells, spans, strict=True)],
    )  # fmt: skip


def moment(text):
    return datetime.fromisoformat(text)


HEAD = """| notebook | × unit | processor, s | elapsed, s | memory, MiB | its costliest code cell |
|---|---|---|---|---|---|"""


def row(cost):
    """The row of the table; a ratio above the target is bold."""
    ratio = f"{cost.processor / cost.unit:.1f}"
    ratio = f"**{ratio}**" if cost.processor > TARGET * cost.unit else ratio
    number, (line, seconds) = max(enumerate(cost.cells, 1), key=lambda cell: cell[1][1])
    share = seconds / sum(seconds for _, seconds in cost.cells)
    return (
        f"| {cost.name} | {ratio} | {cost.processor:.1f} | {cost.elapsed:.1f}"
        f" | {cost.memory / 2**20:.0f} | {number}: {share:.0%}, `{line.replace('|', '¦')}` |"
    )


def page(costs, processor):
    """The text of TIMES.md."""
    units, rows = [cost.unit for cost in costs], "\n".join(map(row, costs))
    return f"""<!-- Made by `make times`. -->
# What a notebook costs

Every notebook of `ru` as students get it, alone, on one thread. The unit is a loop of NumPy
([tools/times.py](../tools/times.py)); no notebook is to cost more than {TARGET} units; more is
bold. Seconds are of {processor} with Python {platform.python_version()} and NumPy
{np.__version__}: the unit took {statistics.median(units):.2f}.

{HEAD}
{rows}
"""


def processor_name():
    """As the system calls it: "Intel(R) Xeon(R) Processor"."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="03_sgd …; default: all, and the page is written")
    names = parser.parse_args().names
    paths = [NOTEBOOKS / "ru" / f"{name}.ipynb" for name in names]
    paths = paths or sorted((NOTEBOOKS / "ru").glob("*.ipynb"))
    total = sum(cell["cell_type"] == "code" for p in paths for cell in nbformat.read(p, 4).cells)
    print(HEAD)
    costs = []
    with tqdm(total=total + len(paths), unit="cell", disable=None, leave=False) as bar:
        for path in paths:
            costs.append(cost(path, bar))
            bar.write(row(costs[-1]))
    if not names:
        PAGE.write_text(page(costs, processor_name()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
