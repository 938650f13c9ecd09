"""The first lines that run inside the sandbox: give up what is left of power, then do one job.

    python -I -S -B jail.py SCRIPT UID CPU_SECONDS MEMORY_BYTES FILE_BYTES  <job.json >reply.json

Bubblewrap has already taken away the network, the other processes and all files but a few that
nobody can write to. Here the process takes away the rest: it becomes a user that owns nothing
(UID 0: it already is one), may start no process and no thread (RLIMIT_NPROC, which holds for no
root), and has so much processor time and memory. The job's code runs after that.
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
    for what, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NPROC, 1, 1),
        (resource.RLIMIT_NOFILE, FILES, FILES),
        (resource.RLIMIT_FSIZE, file_bytes, file_bytes),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu, cpu + 1),
    ):
        resource.setrlimit(what, (soft, hard))


def main(script, *limits):
    job = json.load(sys.stdin)
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
