"""The table of the start notebook: a ✓ that should be a ✗ sends a student into class unprepared."""

import platform
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

from course_lib import selfcheck


def rows(report):
    return {what: ok for ok, what, _, _ in report}


def test_here_everything_works():
    report = selfcheck.check_setup()
    assert all(rows(report).values()), repr(report)
    assert {"python", "numpy", "torch", "ipywidgets", "data/digits.npz"} <= set(rows(report))
    assert "jax" not in rows(report)  # a test's oracle, not a student's package
    texts = {f"data/{file.name}" for file in selfcheck.DATA.glob("*.txt")}
    assert texts <= set(rows(report))
    python = next(need for _, what, _, need in report if what == "python")
    assert python == metadata.metadata("sgd-course")["Requires-Python"]
    (line,) = repr(report).splitlines()
    assert line.startswith(f"✓  {len(report)}/{len(report)} · Python {platform.python_version()}")
    page = report._repr_html_()
    assert page.startswith(f"<details><summary>{line}</summary>"), "the table is behind a fold"
    assert page.count("✓") == 1 + len(report)
    assert "&lt;" in page, "a bound from above is no tag"
    assert str(Path(sys.prefix).parent) not in page, "a page in the web tells whose machine made it"


@pytest.mark.parametrize(("found", "works"), [("1.26.4", False), ("2.3.0", True)])
def test_an_old_package_is_seen(monkeypatch, found, works):
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: found if name == "numpy" else real(name))
    report = selfcheck.check_setup()
    assert rows(report)["numpy"] is works
    lines = repr(report).splitlines()
    works_in_all = len(report) - (not works)
    assert lines[-1].startswith(f"{'✓' if works else '✗'}  {works_in_all}/{len(report)} ")
    if not works:
        assert re.match(r"✗  numpy +1.26.4 +>=2", lines[0]), "what fails stands on top"
        assert re.match("<details open><summary>✗ .*<pre>✗ ", report._repr_html_())


def test_a_missing_package_is_seen(monkeypatch):
    def version(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    assert not rows(selfcheck.check_setup())["torch"]


def test_a_project_that_is_not_installed_is_seen(monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert not rows(selfcheck.check_setup())["sgd-course"]


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_a_damaged_data_file_is_seen(monkeypatch, tmp_path, harm):
    for file in selfcheck.DATA.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    damaged = tmp_path / "digits.npz"
    damaged.write_bytes(damaged.read_bytes()[:-1]) if harm == "changed" else damaged.unlink()
    monkeypatch.setattr(selfcheck, "DATA", tmp_path)
    found = rows(selfcheck.check_setup())
    assert not found["data/digits.npz"]
    assert found["data/mushrooms.npz"]


def test_an_environment_without_a_name_is_not_told(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/")
    assert selfcheck.check_setup().verdict.endswith(platform.python_version())
