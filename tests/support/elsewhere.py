"""Another processor, imitated: `python tests/support/elsewhere.py …` is `python …` on an older one.

NumPy, the BLAS libraries, torch and oneDNN look at the processor and take its widest instructions.
So on another one a sum is taken in another order, and the last digit of a result differs; in a long
run more of them do. Here the libraries are told to take the narrowest instructions that they have.
What is compared with a stored or quoted number is marked `stored`, and must hold on both.
"""

import os
import platform
import sys

import numpy as np

#: The narrowest core of the libraries that want a name, by the family of processors.
CORES = {
    "x86_64": {
        "OPENBLAS_CORETYPE": "Nehalem",  # NumPy's BLAS
        "MKL_CBWR": "COMPATIBLE",  # torch's
        "DNNL_MAX_CPU_ISA": "SSE41",  # torch's convolutions
    },
    "aarch64": {"OPENBLAS_CORETYPE": "ARMV8"},
}


def variables():
    """What the libraries read when they are imported.

    NumPy refuses to disable what it was not built with, so it is asked what it uses here.
    """
    used = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    disabled = [os.environ.get("NPY_DISABLE_CPU_FEATURES", ""), *used]
    return {
        "NPY_DISABLE_CPU_FEATURES": " ".join(disabled),
        "ATEN_CPU_CAPABILITY": "default",
        **CORES.get(platform.machine(), {}),
    }


if __name__ == "__main__":
    os.execve(sys.executable, [sys.executable, *sys.argv[1:]], os.environ | variables())
