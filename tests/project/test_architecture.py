"""ARCHITECTURE.md says what there is: every room stands in it, and nothing imports upward."""

import ast
import re

import pytest

from support import ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
#: The rooms from the top to the ground floor; a folder ends in a slash.
ROOMS = re.findall(r"^(\S+) {2,}\S", re.search(r"```\n(.*?)```", TEXT, re.DOTALL)[1], re.MULTILINE)
CODE = [
    path.relative_to(ROOT).as_posix()
    for top in ("course_lib", "deploy", "tools", "tests", "notebooks/src")
    for path in sorted((ROOT / top).rglob("*.py"))
]


def room(path):
    """The number of the room in which a file lies; of a folder in a folder the inner one."""
    its = [name for name in ROOMS if path == name or (name.endswith("/") and path.startswith(name))]
    assert its, f"{path} has no room"
    return ROOMS.index(max(its, key=len))


def imported(path):
    """The files of the project that a file imports."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            yield from file_of(name.split("."))


def file_of(parts):
    """The module a.b.c, or a.b that has c; nothing if it is not ours."""
    for whole in (parts, parts[:-1]):
        for base in ("", "tests/"):
            path = base + "/".join(whole)
            for file in (f"{path}.py", f"{path}/__init__.py"):
                if whole and (ROOT / file).is_file():
                    return [file]
    return []


def test_every_room_is_there_and_every_file_has_a_room():
    assert [name for name in ROOMS if not (ROOT / name).exists()] == []
    assert len(set(ROOMS)) == len(ROOMS)
    assert {ROOMS[room(path)] for path in CODE} == set(ROOMS) - {"data/"}


def test_nothing_imports_upward():
    arrows = {(path, other) for path in CODE for other in imported(path)}
    assert len(arrows) > 200
    assert [arrow for arrow in sorted(arrows) if room(arrow[1]) < room(arrow[0])] == []


def test_no_test_imports_another():
    tests = [path for path in CODE if path.startswith("tests/")]
    found = [(path, other) for path in tests for other in imported(path) if "/test_" in other]
    assert found == []


NAMED = re.findall(r"`([\w./]+\.\w+)(?:: ([\w.]+))?`", TEXT)


@pytest.mark.parametrize(("file", "name"), NAMED, ids=map(": ".join, NAMED))
def test_what_is_named_is_there(file, name):
    code = (ROOT / file).read_text(encoding="utf-8")
    for part in filter(None, name.split(".")):
        assert re.search(rf"^ *(def|class) {part}\b", code, re.MULTILINE)
