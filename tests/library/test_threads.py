"""One thread, whoever loads what first, whoever starts the process, whatever it was told before."""

import os
import subprocess
import sys

import nbformat
import pytest
import torch
from threadpoolctl import threadpool_info

from course_lib.threads import ONE_THREAD

TWO = os.environ | dict.fromkeys(ONE_THREAD, "2")
HERE = """
from threadpoolctl import threadpool_info
import torch
print(*{pool["num_threads"] for pool in threadpool_info()}, torch.get_num_threads())
"""
SWEEP = """
import contextlib, sys
import numpy as np
from course_lib import gd, least_squares, tune

def threads(x):
    from threadpoolctl import threadpool_info
    return np.full(x.shape[:-1], max(pool["num_threads"] for pool in threadpool_info()))

def dask():
    from distributed import Client, LocalCluster
    return Client(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))

if __name__ == "__main__":
    with dask() if sys.argv[1] == "dask" else contextlib.nullcontext():
        found = tune.compare({"GD": gd}, least_squares(), [1.0, 1.0], 2, grid=[0.1, 0.2, 0.3],
                             select=threads, backend=sys.argv[1])
    print(*np.unique([*found["GD"].chosen_on.flat, *found["GD"].reported]))
"""


def printed(*command):
    """The words that a process prints that is told to use two threads."""
    done = subprocess.run(command, env=TWO, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "first",
    [
        "import course_lib",
        "import numpy, course_lib",
        "import torch, course_lib",
        "import numpy; from course_lib import nets",
    ],
)
def test_importing_the_library_decides(first):
    assert printed(sys.executable, "-c", first + HERE) == {"1"}
    assert printed(sys.executable, "-c", HERE) != {"1"} or os.cpu_count() == 1


def test_in_pytest():
    assert {pool["num_threads"] for pool in threadpool_info()} == {torch.get_num_threads()} == {1}


def test_in_a_kernel(tmp_path):
    cell = nbformat.v4.new_code_cell("import numpy, torch\nimport course_lib" + HERE)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "in.ipynb")
    printed(sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output",
            "out", str(tmp_path / "in.ipynb"))  # fmt: skip
    (cell,) = nbformat.read(tmp_path / "out.ipynb", 4).cells
    assert set(cell.outputs[0].text.split()) == {"1"}


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_in_a_worker(backend, tmp_path):
    script = tmp_path / "sweep.py"
    script.write_text(SWEEP)
    assert printed(sys.executable, str(script), backend) == {"1.0"}
