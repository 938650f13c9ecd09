"""Runs a script on a job where it can hurt nobody: bubblewrap, one process, no network, no files.

The process sees the Python standard library, NumPy, `jail.py` and its script, all read-only, and
nothing it could write to; no other process, no network. It gets its job on standard input and
writes its reply, JSON of limited size, to a file that only we open. What it may not exceed is in
`Limits`. Where this cannot be had, `probe` says why and what to do, and nothing is run.

An ordinary user gets a namespace of its own. root needs none, but the kernel's limit on processes
does not hold for root: then the process becomes a user that owns nothing, before any student's
code runs (see `jail.py`).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

INSIDE = Path(__file__).resolve().parent.parent / "inside"
NOBODY = 64_999  # a user number that no system hands out; it owns nothing
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


class Limits(NamedTuple):
    """What one run may use. wall: seconds until it is ended, much more than cpu seconds, so that a
    busy machine ends nothing that is all right."""

    cpu: int = 5
    wall: float = 20.0
    memory: int = 2**30
    reply: int = 2**20


class Outcome(NamedTuple):
    """reply: what the script answered, or None; why: "", "cpu", "wall", "died" or "reply"."""

    reply: object
    why: str = ""


class NoSandbox(Exception):
    """The sandbox cannot be had; the message says why and what to do."""


def run(script, job, limits=None):
    """The `Outcome` of one script of this folder ("worker.py") on a job (data for JSON)."""
    limits = limits or Limits()
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout:
        stdin.write(json.dumps(job).encode())
        stdin.seek(0)
        process = subprocess.Popen(
            command(script, limits), stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL,
            env={}, cwd="/", close_fds=True,
        )  # fmt: skip
        try:
            code = process.wait(limits.wall)
        except subprocess.TimeoutExpired:
            return Outcome(None, "wall")
        finally:
            process.kill()
            process.wait()
        stdout.seek(0)
        text = stdout.read(limits.reply + 1)
    if code == 128 + signal.SIGXCPU:
        return Outcome(None, "cpu")
    if code:
        return Outcome(None, "died")
    try:
        return Outcome(json.loads(text))
    except (ValueError, RecursionError):
        return Outcome(None, "reply")


def command(script, limits):
    """The whole command line: bubblewrap with what the process may see, and the process."""
    root = os.geteuid() == 0
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    packages = Path(find_spec("numpy").origin).resolve().parent.parent
    shown = [("/sandbox/jail.py", INSIDE / "jail.py"), (f"/sandbox/{script}", INSIDE / script)]
    for name in ("numpy", "numpy.libs"):
        if (packages / name).is_dir():
            shown.append((f"/packages/{name}", packages / name))
    base = Path(sys.base_prefix).resolve()
    system = [path for path in map(Path, SYSTEM) if path.exists()]
    system.append(python if base == Path("/usr") else base)

    line = [bubblewrap(), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    line += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--clearenv"]
    line += ["--cap-drop", "ALL"]
    line += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else user_namespace()
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
def user_namespace():
    """The options of an ordinary user; old versions of bubblewrap lack the second."""
    shown = subprocess.run([bubblewrap(), "--help"], capture_output=True, text=True).stdout
    more = ["--disable-userns"] if "--disable-userns" in shown else []
    return ["--unshare-user", *more, "--uid", "65534", "--gid", "65534"]


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
    try:
        line = command("probe.py", Limits())
        ran = subprocess.run(line, input="{}", capture_output=True, text=True, timeout=60, env={})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoSandbox(f"bubblewrap does not start: {error}") from error
    words = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
    if ran.returncode:
        raise NoSandbox(f"bubblewrap does not work here: {words}\n{cure(ran.stderr)}")
    holes = json.loads(ran.stdout)
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
