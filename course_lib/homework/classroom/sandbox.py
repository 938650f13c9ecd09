"""Runs a script on a job where it can hurt nobody: bubblewrap, one process, no network, no files.

The process sees the Python standard library, NumPy, `jail.py` and its script, all read-only, and
nothing it could write to; no other process, no network. It gets its job on standard input and
writes its reply, JSON of limited size, to a file that only we open. What it may not exceed is in
`Limits`. Where this cannot be had, `probe` says why and what to do, and nothing is run.

An ordinary user gets a namespace of its own. root needs none, but the kernel's limit on processes
does not hold for root: then the process becomes a user that owns nothing, before any student's
code runs (see `jail.py`). Inside, nobody can make a namespace of their own, in which the limits on
memory would not hold: for an ordinary user bubblewrap forbids it, and for both a filter on calls of
the kernel (`call_filter`), which also holds for machine code that did not come from a file.
"""

import json
import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from course_lib.homework.limits import Limits, Outcome, outcome

INSIDE = Path(__file__).resolve().parent.parent / "inside"
NOBODY = 64_999  # a user number that no system hands out; it owns nothing
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
RUNNING = set()  # processes that `run` waits for
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


class NoSandbox(Exception):
    """The sandbox cannot be had; the message says why and what to do."""


def run(script, job, limits=None, data=b""):
    """The `Outcome` of one script of `inside` ("worker.py") on a job.

    job: data for JSON, one line of it. data: bytes that the job gets as its "data".
    """
    limits = limits or Limits()
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout:
        stdin.write(json.dumps(job).encode() + b"\n" + data)
        stdin.seek(0)
        process = start(script, limits, stdin, stdout, subprocess.DEVNULL)
        RUNNING.add(process)
        try:
            code = process.wait(limits.wall)
        except subprocess.TimeoutExpired:
            return Outcome(None, "wall")
        finally:
            end(process)
            process.wait()
            RUNNING.discard(process)
        stdout.seek(0)
        text = stdout.read(limits.reply + 1)
    return outcome(code, text, 128 + signal.SIGXCPU)


def stop():
    """End what `run` waits for in other threads; each of them is told that its process died."""
    for process in list(RUNNING):
        end(process)


def end(process):
    """Kill a sandbox and what is in it.

    What bubblewrap has just started does not die with it yet. So it is stopped first: then it
    starts no other, and its children are known.
    """
    with suppress(OSError):  # it has ended
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        for child in children.split():
            os.kill(int(child), signal.SIGKILL)
    process.kill()


def start(script, limits, stdin, stdout, stderr, change=lambda line: line):
    """The process, with the filter of calls in a pipe; change: what a test does to its command.

    In a session of its own: Ctrl-C ends the grading, and is no student's end of the program.
    """
    source, sink = os.pipe()
    try:
        with open(sink, "wb") as pipe:
            pipe.write(call_filter() or b"")
        return subprocess.Popen(
            change(command(script, limits, source)), stdin=stdin, stdout=stdout, stderr=stderr,
            env={}, cwd="/", pass_fds=[source], start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(source)


def command(script, limits, filter_file):
    """The whole command line: bubblewrap with what the process may see, and the process.

    filter_file: a descriptor that `call_filter` can be read from.
    """
    root = os.geteuid() == 0
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    packages = Path(find_spec("numpy").origin).resolve().parent.parent
    shown = [("/sandbox/jail.py", INSIDE / "jail.py"), (f"/sandbox/{script}", INSIDE / script)]
    for name in ("numpy", "numpy.libs"):
        if (packages / name).is_dir():
            shown.append((f"/packages/{name}", packages / name))
    if script == "slicing.py":
        shown += [(f"/packages/{file}", place) for file, place in transformer().items()]
    base = Path(sys.base_prefix).resolve()
    system = [path for path in map(Path, SYSTEM) if path.exists()]
    system.append(python if base == Path("/usr") else base)

    line = [bubblewrap(), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    line += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    line += ["--cap-drop", "ALL"]
    line += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else user_namespace()
    line += ["--seccomp", str(filter_file)] if call_filter() else []
    line += ["--proc", "/proc"]
    for device in DEVICES:
        line += ["--dev-bind", device, device]
    for path in system:
        line += show(path, path)
    for path in hidden(system):
        is_folder = path.is_dir()
        line += ["--tmpfs", str(path), "--remount-ro", str(path)] if is_folder else [
            "--ro-bind", "/dev/null", str(path)]  # fmt: skip
    for target, source in shown:
        line += show(source, Path(target))
    environment = {"LANG": "C.UTF-8", "LD_LIBRARY_PATH": str(base / "lib")}
    # How many threads (course_lib.threads: one, and no more may be started), which processor.
    environment |= {name: os.environ[name] for name in os.environ if name.startswith("OPENBLAS_")}
    for name, value in environment.items():
        line += ["--setenv", name, value]
    line += ["--remount-ro", "/", "--chdir", "/", "--", str(python), "-I", "-S", "-B"]
    line += ["-X", "utf8", "/sandbox/jail.py", f"/sandbox/{script}", str(NOBODY if root else 0)]
    return [*line, str(limits.cpu), str(limits.memory), str(limits.reply)]


def show(source, target):
    """Bind a path read-only; the folders above it are readable by everybody."""
    line = []
    if source.is_symlink() and source.parent == Path("/"):  # /lib → usr/lib
        return ["--symlink", os.readlink(source), str(target)]
    for folder in reversed(target.parents):
        if folder != Path("/"):
            line += ["--perms", "0755", "--dir", str(folder)]
    return [*line, "--ro-bind", str(source), str(target)]


def hidden(system):
    """What lies in the shown folders and is not needed: other packages, and ctypes.

    Other packages hold ready optimizers; ctypes is the way to system calls that Python itself does
    not offer.
    """
    for folder in system:
        if folder.is_dir() and not folder.is_symlink():
            for pattern in ("python3*/*-packages", "lib/python3*/*-packages"):
                yield from folder.glob(pattern)
            for pattern in ("", "lib/"):
                yield from folder.glob(f"{pattern}python3*/lib-dynload/_ctypes.*")


@cache
def transformer():
    """{place: file} of what IPython makes of magics: two files that take the standard library."""
    files = ("IPython/core/inputtransformer2.py", "IPython/utils/tokenutil.py")
    packages = Path(find_spec("IPython").origin).resolve().parent.parent
    return {name: packages / name for name in files}


@cache
def user_namespace():
    """The options of an ordinary user: a namespace, and none inside it."""
    shown = subprocess.run([bubblewrap(), "--help"], capture_output=True, text=True).stdout
    if "--disable-userns" not in shown:
        raise NoSandbox(
            "this bubblewrap is older than 0.8: it cannot forbid user namespaces inside, in which "
            "a student's process could use memory without a limit.\n"
            "  Install a newer one (Debian 12, Ubuntu 24.04 and later have it)."
        )
    return ["--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534"]


#: {machine: (its number, {call: its number})}: calls that make namespaces, mounts, and memory that
#: no limit counts, or look into other processes and the kernel. From the kernel's own tables.
CALLS = {
    "x86_64": (0xC000003E, {
        "clone": 56, "clone3": 435, "unshare": 272, "setns": 308, "mount": 165, "umount2": 166,
        "pivot_root": 155, "chroot": 161, "open_tree": 428, "move_mount": 429, "fsopen": 430,
        "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442, "memfd_create": 319,
        "memfd_secret": 447, "shmget": 29, "execveat": 322, "ptrace": 101, "process_vm_readv": 310,
        "process_vm_writev": 311, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
        "io_uring_setup": 425, "add_key": 248, "request_key": 249, "keyctl": 250,
    }),
    "aarch64": (0xC00000B7, {
        "clone": 220, "clone3": 435, "unshare": 97, "setns": 268, "mount": 40, "umount2": 39,
        "pivot_root": 41, "chroot": 51, "open_tree": 428, "move_mount": 429, "fsopen": 430,
        "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442, "memfd_create": 279,
        "memfd_secret": 447, "shmget": 194, "execveat": 281, "ptrace": 117, "process_vm_readv": 270,
        "process_vm_writev": 271, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282,
        "io_uring_setup": 425, "add_key": 217, "request_key": 218, "keyctl": 219,
    }),
}  # fmt: skip
NAMESPACES = 0x7E020080  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME


@cache
def call_filter():
    """A program of the kernel's packet filter that refuses `CALLS`; None on other machines.

    clone is refused with a namespace only, and clone3, whose flags a filter cannot read, as if the
    kernel had none: then clone is called.
    """
    if platform.machine() not in CALLS:
        return None
    machine, calls = CALLS[platform.machine()]
    load, equal, at_least, any_bit, back = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, not_permitted, unknown, end = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
    program = [
        (load, 0, 0, 4), (equal, 1, 0, machine), (back, 0, 0, end),
        (load, 0, 0, 0), (at_least, 0, 1, 0x40000000), (back, 0, 0, not_permitted),
        (equal, 0, 1, calls["clone3"]), (back, 0, 0, unknown),
    ]  # fmt: skip
    for name, number in calls.items():
        if name not in ("clone", "clone3"):
            program += [(equal, 0, 1, number), (back, 0, 0, not_permitted)]
    program += [
        (equal, 0, 3, calls["clone"]), (load, 0, 0, 16), (any_bit, 0, 1, NAMESPACES),
        (back, 0, 0, not_permitted), (back, 0, 0, allow),
    ]  # fmt: skip
    return b"".join(struct.pack("=HBBI", *step) for step in program)


@cache
def bubblewrap():
    path = shutil.which("bwrap")
    if path is None:
        raise NoSandbox(
            "bubblewrap is not installed, and student code is never run without it.\n"
            "  Debian, Ubuntu: sudo apt-get install bubblewrap\n"
            "  Fedora: sudo dnf install bubblewrap\n"
            "  It needs Linux: on macOS and Windows use a virtual machine, or WSL 2."
        )
    return path


def probe():
    """Raise `NoSandbox` unless a run in the sandbox works and holds what it promises."""
    if os.geteuid() == 0 and call_filter() is None:
        raise NoSandbox(
            f"under root the sandbox needs a filter of calls, and there is none for "
            f"{platform.machine()}.\n  Grade as an ordinary user."
        )
    pipes = [subprocess.PIPE] * 3
    try:
        with start("probe.py", Limits(), *pipes) as process:
            try:
                said, words = (text.decode() for text in process.communicate(b"{}", timeout=300))
            finally:
                end(process)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoSandbox(f"bubblewrap does not start: {error}") from error
    last = (words.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
    if process.returncode:
        raise NoSandbox(f"bubblewrap does not work here: {last}\n{cure(words)}")
    holes = json.loads(said)
    if holes:
        raise NoSandbox(f"the sandbox does not hold here: {', '.join(holes)}.\n{cure('')}")


def cure(words):
    """What to do about bubblewrap's words."""
    if "uid map" in words or "namespace" in words or "Operation not permitted" in words:
        return (
            "  Ubuntu 23.10 and newer: AppArmor forbids it. Allow it for bubblewrap alone:\n"
            "    printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap /usr/bin/bwrap "
            "flags=(unconfined) {\\n  userns,\\n}\\n' | sudo tee /etc/apparmor.d/bwrap\n"
            "    sudo apparmor_parser -r /etc/apparmor.d/bwrap\n"
            "  In a container: docker run --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --cap-add SYS_ADMIN …\n"
            "  Elsewhere: sudo sysctl kernel.unprivileged_userns_clone=1"
        )
    if "Permission denied" in words or "No module named" in words:
        return (
            "  The Python that runs here, and its NumPy, must be readable by every user: "
            "chmod -R o+rX on their folders."
        )
    return "  Grade on another Linux machine, or as an ordinary user there."
