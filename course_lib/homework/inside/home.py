"""The same job on a student's own machine: a process of its own, NumPy the only package.

    python -I -S -B home.py SCRIPT PACKAGES CPU_SECONDS MEMORY_BYTES  <job.json >reply.json

Nothing is walled in here, for it is the student's own code; but what the grader has not is not
there either, and what takes too long there is stopped here too (on Windows by the clock alone).
"""

import json
import os
import runpy
import sys


def confine(cpu, memory):
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main(script, packages, cpu, memory):
    job = json.loads(sys.stdin.buffer.read())
    reply = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.path.append(packages)
    import numpy  # noqa: F401  now it is there, and its neighbours are not

    sys.path.remove(packages)
    confine(int(cpu), int(memory))
    answer = json.dumps(runpy.run_path(script)["main"](job)).encode()
    while answer:
        answer = answer[os.write(reply, answer) :]
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
