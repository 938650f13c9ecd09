"""The table of the start notebook: a ✓ that should be a ✗ sends a student into class unprepared."""

import platform
import re
import shlex
import subprocess
import sys
from html import escape
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib import places, selfcheck
from support import ROOT

NUMPY, TORCH = (False, "numpy", "1.26.4", ">=2.3"), (False, "torch", "–", ">=2.9")
COURSE, DIGITS = (False, "sgd-course", "–", "–"), (False, "data/digits.npz", "–", "sha256 …")
PYTHON = (False, "python", "3.10.1", ">=3.11")
SET_UP = '%pip install -c "{here}/requirements.lock" -e "{here}"'
TAKE_BACK = '!git -C "{here}" checkout data'
#: How pip notes where a package came from, and how it takes it from there again.
WHEEL = "file:///home/anna/sgd_course-0.2.0-py3-none-any.whl"
ORIGINS = {
    "a wheel": (f'{{"url": "{WHEEL}", "archive_info": {{}}}}', f"sgd-course @ {WHEEL}"),
    "a repository": (
        '{"url": "https://example.org/sgd", "vcs_info": {"vcs": "git", "commit_id": "1f"}}',
        "sgd-course @ git+https://example.org/sgd",
    ),
    "an index": (None, "sgd-course==0.2.0"),
}


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
    assert report.cures == [] if works else lines[-3:-2] == report.cures
    if not works:
        assert re.match(r"✗  numpy +1.26.4 +>=2", lines[0]), "what fails stands on top"
        page = report._repr_html_()
        assert re.match("<details open><summary>✗ .*<pre>✗ ", page)
        assert f"\n\n{escape(report.cures[0])}</pre>" in page


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


# --- What mends it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failed", "clone", "wheel"),
    [
        ([], [], []),
        ([PYTHON], [], []),
        ([NUMPY], [SET_UP], ['%pip install "numpy>=2.3"']),
        ([NUMPY, TORCH, PYTHON], [SET_UP], ['%pip install "numpy>=2.3" "torch>=2.9"']),
        ([DIGITS], [TAKE_BACK], ["{again}"]),
        ([TORCH, DIGITS], [SET_UP, TAKE_BACK], ['%pip install "torch>=2.9"', "{again}"]),
        ([COURSE, DIGITS], [SET_UP, TAKE_BACK], []),
    ],
)
def test_what_mends_it_fits_the_set_up(monkeypatch, tmp_path, failed, clone, wheel):
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(places, "CLONE", tmp_path)
    report = selfcheck.Report([(True, "ipython", "9", ">=9"), *failed])
    assert report.cures == [cure.format(here=tmp_path.as_posix()) for cure in clone]
    monkeypatch.setattr(places, "CLONE", None)
    again = f'%pip install --force-reinstall --no-deps "{selfcheck._origin()}"'
    assert report.cures == [cure.format(again=again) for cure in wheel]


def test_a_folder_without_git_has_nothing_to_take_data_back_from(monkeypatch, tmp_path):
    monkeypatch.setattr(places, "CLONE", tmp_path)
    assert selfcheck.Report([DIGITS]).cures == []


@pytest.mark.parametrize(("noted", "again"), ORIGINS.values(), ids=ORIGINS)
def test_the_course_is_taken_from_where_it_came(monkeypatch, noted, again):
    course = SimpleNamespace(version="0.2.0", read_text={"direct_url.json": noted}.get)
    monkeypatch.setattr(metadata, "distribution", {"sgd-course": course}.get)
    assert selfcheck._origin() == again


def test_a_clone_takes_its_data_back(monkeypatch, tmp_path):
    git = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "data").mkdir()
    harmed = tmp_path / "data" / "digits.npz"
    harmed.write_bytes(b"whole")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "data"]):
        subprocess.run([*git, *command], check=True)
    harmed.unlink()
    monkeypatch.setattr(places, "CLONE", tmp_path)
    (cure,) = selfcheck.Report([DIGITS]).cures
    subprocess.run(shlex.split(cure.removeprefix("!")), cwd=ROOT, check=True)
    assert harmed.read_bytes() == b"whole"


@pytest.mark.parametrize("clone", [ROOT, None])
def test_pip_takes_the_line_that_mends_a_package(monkeypatch, clone):
    monkeypatch.setattr(places, "CLONE", clone)
    (cure,) = selfcheck.Report([NUMPY]).cures
    offline = ["--dry-run", "--no-index", "--no-build-isolation"]
    asked = shlex.split(cure.removeprefix("%"))
    subprocess.run([sys.executable, "-m", *asked, *offline], check=True)
