"""The first lines that run inside the sandbox: give up what is left of power, then do one job.

    python -I -S -B jail.py SCRIPT UID CPU_SECONDS MEMORY_BYTES FILE_BYTES  <job >reply.json

The job is a line of JSON; what follows it are the bytes of its "data". Bubblewrap has already taken
away the network, the other processes and all files but a few that nobody can write to, and the
kernel refuses the calls that could make a new namespace (`sandbox.call_filter`). Here the process
takes away the rest: it becomes a user that owns nothing (UID 0: it already is one), may start no
process and no thread (RLIMIT_NPROC, which holds for no root), and has so much processor time and
memory. The job's code runs after that. Who ignores the signal at the end of the processor time goes
on until the wall clock ends it: that is the same on a busy machine and on a quiet one.
"""

import json
import os
import resource
import runpy
import sys

FILES = 32


def confine(uid, cpu, memory, file_bytes):
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    longest = resource.getrlimit(resource.RLIMIT_CPU)[1]
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, 1, 1),
        (resource.RLIMIT_NOFILE, FILES, FILES),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu, longest),
    ):
        resource.setrlimit(what, (soft, hard))


def main(script, *limits):
    head, _, data = sys.stdin.buffer.read().partition(b"\n")
    job = json.loads(head) | ({"data": data} if data else {})
    reply = os.dup(1)
    nothing = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.path.append("/packages")
    confine(*map(int, limits))
    answer = json.dumps(runpy.run_path(script)["main"](job)).encode()
    while answer:
        answer = answer[os.write(reply, answer) :]
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
