"""What one run of a student's code may use, in units of the machine it runs on.

The unit is the processor time that a right solution takes here, from the start of its process to
its reply. So the same work is in time on a fast machine and on a slow one, and a busy one, where a
second of the clock is a fraction of a second of work, stops nothing: the limit that an endless loop
meets counts processor time, and the clock's is far behind it, for who waits for something.
"""

import json
import math
from typing import NamedTuple

from course_lib import methods
from course_lib.homework.judging.trials import as_cells, trials

try:
    import resource
except ImportError:  # Windows
    resource = None

UNITS = 300  # a right solution needs one
LEAST = 10  # seconds: measured times of less than a tenth are noise


class Limits(NamedTuple):
    """cpu: seconds of processor time. wall: seconds. memory, reply: bytes."""

    cpu: int = 10
    wall: float = 120.0
    memory: int = 2**30
    reply: int = 2**22


class Outcome(NamedTuple):
    """reply: what a script answered, or None; why: "", "cpu", "wall", "died" or "reply"."""

    reply: object
    why: str = ""


def outcome(code, text, out_of_time):
    """The `Outcome` of a process that has ended. out_of_time: its code if that was the reason."""
    if code:
        return Outcome(None, "cpu" if code == out_of_time else "died")
    try:
        reply = json.loads(text)
    except (ValueError, RecursionError):
        reply = None
    return Outcome(reply, "reply" if reply is None else "")


def measured(run):
    """The `Limits` of this machine. run: (script, job) → None, waits for the process to end."""
    job = {"source": as_cells(methods.adamw), "name": "adamw", "trials": trials(methods.adamw, 0)}
    times = []
    for _ in range(2):
        before = used()
        run("worker.py", job)
        times.append(used() - before)
    cpu = max(LEAST, math.ceil(UNITS * min(times)))
    return Limits(cpu=cpu, wall=60.0 + 6 * cpu)


def used():
    """Processor seconds of the processes that have ended; where nobody counts them, 0."""
    if resource is None:
        return 0.0
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime
