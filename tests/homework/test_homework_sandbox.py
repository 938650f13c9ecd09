"""No sandbox, no grading: every way in which it can be missing is refused with its cure."""

import ast
import json
import os
import platform
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from course_lib.homework.__main__ import main
from course_lib.homework.classroom import sandbox
from course_lib.homework.limits import Limits
from support.homework_class import GOOD, notebook


@pytest.fixture(autouse=True)
def fresh():
    """What is remembered about the bubblewrap of this machine is forgotten around each test."""
    remembered = (sandbox.bubblewrap, sandbox.user_namespace, sandbox.call_filter)
    for each in remembered:
        each.cache_clear()
    yield
    for each in remembered:
        each.cache_clear()


@pytest.fixture
def submissions(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "anna.ipynb").write_text(notebook(GOOD))
    return tmp_path / "class"


def refused(submissions, capsys):
    """The words of a refusal; nothing was graded and nothing written."""
    out = submissions.parent / "out"
    assert main(["grade", str(submissions), str(out)]) == 1
    assert not out.exists()
    words = capsys.readouterr().err
    assert words.startswith("grade: refused. ")
    return words


def pretend(monkeypatch, tmp_path, text):
    """A bwrap on the PATH that is our script."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "bwrap"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_without_bubblewrap(submissions, capsys, monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    words = refused(submissions, capsys)
    assert "apt-get install bubblewrap" in words
    assert "never run without it" in words


BLOCKED = {
    "AppArmor": ("bwrap: setting up uid map: Permission denied", "apparmor_parser"),
    "no user namespaces": ("bwrap: No permissions to create new namespace", "kernel.unprivileged"),
    "a container": ("bwrap: Creating new namespace failed: Operation not permitted", "SYS_ADMIN"),
    "an unreadable Python": ("bwrap: execvp python3: Permission denied", "chmod -R o+rX"),
    "no NumPy": ("ModuleNotFoundError: No module named 'numpy'", "NumPy"),
    "something else": ("bwrap: strange", "another Linux machine"),
}


@pytest.mark.parametrize(("words", "cure"), BLOCKED.values(), ids=BLOCKED)
def test_where_bubblewrap_is_blocked(submissions, capsys, monkeypatch, tmp_path, words, cure):
    pretend(monkeypatch, tmp_path, f'echo "{words}" >&2; exit 1')
    said = refused(submissions, capsys)
    assert words in said
    assert cure in said


def test_a_bubblewrap_that_confines_nothing(submissions, capsys, monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
    refused(submissions, capsys)


def test_a_sandbox_with_a_hole(submissions, capsys, monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, "echo '[\"there is a network\"]'")
    assert "does not hold here: there is a network" in refused(submissions, capsys)


def test_a_bubblewrap_that_hangs(submissions, capsys, monkeypatch):
    def hang(*_, **__):
        raise subprocess.TimeoutExpired("bwrap", 60)

    monkeypatch.setattr(sandbox.subprocess.Popen, "communicate", hang)
    monkeypatch.setattr(sandbox, "command", lambda *_: ["true"])
    assert "does not start" in refused(submissions, capsys)


def test_an_old_bubblewrap_is_refused_with_the_reason(submissions, capsys, monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, 'echo "--unshare-user --uid"')
    monkeypatch.setattr(sandbox.os, "geteuid", lambda: 1000)
    said = refused(submissions, capsys)
    assert "older than 0.8" in said
    assert "user namespaces" in said


def test_root_without_a_filter_for_its_machine_is_refused(submissions, capsys, monkeypatch):
    monkeypatch.setattr(sandbox.os, "geteuid", lambda: 0)
    monkeypatch.setattr(sandbox.platform, "machine", lambda: "riscv64")
    assert "riscv64" in refused(submissions, capsys)


def test_ctrl_c_on_the_terminal_reaches_no_students_process(bubblewrap_here):
    with sandbox.start("probe.py", Limits(), *[subprocess.PIPE] * 3) as process:
        assert os.getsid(process.pid) != os.getsid(0)
        process.communicate(b"{}", timeout=300)


def test_who_stops_the_grading_waits_for_no_students_function(bubblewrap_here):
    """It is told that its process died, long before the clock would have ended it."""
    job = {"source": [[1, 1, "import time; time.sleep(1e6)"]], "name": "gd", "trials": {}}
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(sandbox.run, "worker.py", job)
        while not sandbox.RUNNING and not outcome.done():
            time.sleep(0.01)
        sandbox.stop()
        assert outcome.result().why == "died"
    assert not sandbox.RUNNING


def test_what_has_only_just_started_is_ended_too(bubblewrap_here, tmp_path):
    """Nobody is left who could reply: the pipe for it ends, and holds nothing."""
    job = {"source": [[1, 1, "import time; time.sleep(10)"]], "name": "gd", "trials": {}}
    (tmp_path / "job").write_text(json.dumps(job) + "\n")
    for wait in range(40):
        ours, theirs = os.pipe()
        with open(tmp_path / "job", "rb") as stdin:
            process = sandbox.start("worker.py", Limits(), stdin, theirs, subprocess.DEVNULL)
        os.close(theirs)
        time.sleep(wait / 1000)
        sandbox.end(process)
        process.wait()
        with open(ours, "rb") as pipe:
            assert pipe.read() == b""


def without(*words):
    """A change of the command: these words in a row are left out."""

    def change(line):
        at = next(j for j in range(len(line)) if tuple(line[j : j + len(words)]) == words)
        return [*line[:at], *line[at + len(words) :]]

    return change


def replied(script, change=lambda line: line):
    pipes = [subprocess.PIPE] * 3
    process = sandbox.start(script, Limits(), *pipes, change=change)
    said, words = process.communicate(b"{}", timeout=300)
    return said.decode() or words.decode()


def test_the_probe_sees_the_holes(bubblewrap_here):
    """Parts of the wall are taken away, and the probe tells."""
    assert replied("probe.py") == "[]"
    assert "other processes can be seen" in replied("probe.py", without("--unshare-pid"))
    assert "memfd_create is allowed" in replied("probe.py", unfiltered)
    if has_route():
        assert "there is a network" in replied("probe.py", without("--unshare-net"))
    if os.geteuid() == 0:
        nobody = str(sandbox.NOBODY)
        holes = replied("probe.py", lambda line: ["0" if w == nobody else w for w in line])
        assert "the process is root" in holes
        assert "processes can be started" in holes


def unfiltered(line):
    at = line.index("--seccomp")
    return line[:at] + line[at + 2 :]


NATIVE = """
import ctypes
def main(job):
    libc = ctypes.CDLL(None, use_errno=True)
    found = {"user": libc.unshare(0x10000000), "net": libc.unshare(0x40000000)}
    return found | {"clone": libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)}
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of the calls are x86_64's")
def test_machine_code_makes_no_namespace(bubblewrap_here, tmp_path):
    """ctypes is shown for once: what it can call is what code from memory could."""
    script = tmp_path / "native.py"
    script.write_text(NATIVE)
    tmp_path.chmod(0o755)

    def change(line):
        at = [j for j, word in enumerate(line) if word.endswith(".so") and "_ctypes" in word]
        for j in reversed(at):
            line = line[: j - 2] + line[j + 1 :]
        place = line.index("/sandbox/probe.py")
        line[place - 1] = str(script)
        return line

    assert replied("probe.py", change) == '{"user": -1, "net": -1, "clone": -1}'


def has_route():
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as outward:
            outward.connect(("192.0.2.1", 9))
    except OSError:
        return False
    return True


def test_the_command_shows_no_folder_of_ours(bubblewrap_here):
    """Beside the two scripts and NumPy nothing of the course or of its environment is bound."""
    line = sandbox.command("worker.py", Limits(), 9)
    bound = [line[j + 1] for j, word in enumerate(line) if word in ("--ro-bind", "--bind")]
    ours = str(sandbox.INSIDE.parent.parent.parent)
    course = [path for path in bound if path.startswith(ours) and "site-packages/numpy" not in path]
    assert {path.rsplit("/", 1)[1] for path in course} <= {"jail.py", "worker.py"}
    assert "--bind" not in line
    assert not any(path.endswith(("site-packages", "dist-packages")) for path in bound)


@pytest.mark.parametrize("path", sorted(sandbox.INSIDE.glob("*.py")), ids=lambda path: path.stem)
def test_what_runs_beside_a_students_code_needs_nothing_of_ours(path):
    allowed = sys.stdlib_module_names | {"numpy"}
    if path.stem == "slicing":  # the one module that knows magics; the sandbox shows no other
        allowed |= {"IPython"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module.split(".")[0] in allowed
            assert "IPython" not in node.module or node.module == "IPython.core.inputtransformer2"


def test_the_module_that_knows_magics_needs_the_standard_library_alone():
    """It runs beside a student's code, so a new version that takes more has to be noticed."""
    allowed = sys.stdlib_module_names | {"IPython"}
    for path in sandbox.transformer().values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.module.split(".")[0] in allowed
                assert "IPython" not in node.module or node.module == "IPython.utils"
