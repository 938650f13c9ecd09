"""One thread for BLAS, OpenMP and torch in every process that imports the library.

The only place that decides on threads. Importing `course_lib` applies it: in a notebook's kernel,
whoever started it, in tests, in workers of joblib and Dask, in long runs. Why one:

- Threads of OpenBLAS wait for each other by spinning. Two kernels on two cores, each with two
  threads, are slower than with one thread each, by far more than a second thread ever saves.
- The arrays of the course are small: a second thread gains nothing.
- A sum split among threads depends on the number of cores in its last digits; these do not.

Whoever wants more for a computation of their own asks for it after the import:
`threadpoolctl.threadpool_limits(4)`, `torch.set_num_threads(4)`.
"""

import os
import sys

#: What the libraries read when they are loaded; processes that are started from here inherit it.
ONE_THREAD = dict.fromkeys(
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"], "1"
)

os.environ |= ONE_THREAD
if "numpy" in sys.modules:  # loaded already, with as many threads as there are cores
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
if "torch" in sys.modules:
    sys.modules["torch"].set_num_threads(1)
