"""No sandbox, no grading: every way in which it can be missing is refused with its cure."""

import ast
import os
import socket
import stat
import subprocess
import sys

import pytest
from homework_class import GOOD, notebook

from course_lib.homework.__main__ import main
from course_lib.homework.classroom import sandbox


@pytest.fixture(autouse=True)
def fresh():
    """What is remembered about the bubblewrap of this machine is forgotten around each test."""
    for remembered in (sandbox.bubblewrap, sandbox.user_namespace):
        remembered.cache_clear()
    yield
    for remembered in (sandbox.bubblewrap, sandbox.user_namespace):
        remembered.cache_clear()


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

    monkeypatch.setattr(sandbox.subprocess, "run", hang)
    monkeypatch.setattr(sandbox, "command", lambda *_: ["bwrap"])
    assert "does not start" in refused(submissions, capsys)


@pytest.fixture
def real():
    try:
        sandbox.probe()
    except sandbox.NoSandbox as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def without(word, line):
    assert word in line
    return [each for each in line if each != word]


def test_the_probe_sees_the_holes(real):
    """Parts of the wall are taken away, and the probe tells."""

    def holes(line):
        return subprocess.run(line, input="{}", capture_output=True, text=True, env={}).stdout

    line = sandbox.command("probe.py", sandbox.Limits())
    assert holes(line) == "[]"
    assert "other processes can be seen" in holes(without("--unshare-pid", line))
    if has_route():
        assert "there is a network" in holes(without("--unshare-net", line))
    if os.geteuid() == 0:
        as_root = [word if word != str(sandbox.NOBODY) else "0" for word in line]
        assert "the process is root" in holes(as_root)
        assert "processes can be started" in holes(as_root)


def has_route():
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as outward:
            outward.connect(("192.0.2.1", 9))
    except OSError:
        return False
    return True


def test_the_command_shows_no_folder_of_ours(real):
    """Beside the two scripts and NumPy nothing of the course or of its environment is bound."""
    line = sandbox.command("worker.py", sandbox.Limits())
    bound = [line[j + 1] for j, word in enumerate(line) if word in ("--ro-bind", "--bind")]
    ours = str(sandbox.INSIDE.parent.parent.parent)
    course = [path for path in bound if path.startswith(ours) and "site-packages/numpy" not in path]
    assert {path.rsplit("/", 1)[1] for path in course} <= {"jail.py", "worker.py"}
    assert "--bind" not in line
    assert not any(path.endswith(("site-packages", "dist-packages")) for path in bound)


@pytest.mark.parametrize("path", sorted(sandbox.INSIDE.glob("*.py")), ids=lambda path: path.stem)
def test_what_runs_beside_a_students_code_needs_nothing_of_ours(path):
    allowed = sys.stdlib_module_names | {"numpy"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module.split(".")[0] in allowed
