"""What `pip install` of a wheel brings: the course opens in an empty folder, without a clone."""

import json
import os
import shlex
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from pathlib import Path

import pytest

from course_lib.jupyter import lab
from support import ROOT
from tools import browser

START = "notebooks/ru/00_start.ipynb"
#: What a student's first lines need: every name, the data, the results, the set-up.
USE = """
from pathlib import Path
import course_lib
from course_lib import *
from course_lib.experiments import stored
home = Path(course_lib.__file__).parent
assert datasets.DATA == home / "data" and stored.results("why_adam")
print(home)
print(selfcheck.check_setup())
"""


def run(*command, cwd=ROOT):
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of an environment with the wheel that the sdist gives, and all other packages."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder)
    (sdist,) = folder.glob("*.tar.gz")
    pip, alone = [sys.executable, "-m", "pip"], ["--no-deps", "--no-index", "-q"]
    run(*pip, "wheel", *alone, "--no-build-isolation", "-w", folder, sdist)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env")
    python = folder / "env" / "bin" / "python"
    run(*pip, "--python", python, "install", *alone, wheel)
    home = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (home / "packages.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_the_wheel_has_what_students_need_and_no_solution(python):
    (home,) = python.parent.parent.glob("lib/python*/site-packages/course_lib")
    for built in (ROOT / "notebooks").glob("[er][nu]/*.ipynb"):
        copy = home / built.relative_to(ROOT)
        assert copy.read_bytes() == built.read_bytes()
    assert list(home.rglob("src")) == []
    assert list(home.rglob("solutions")) == []


def test_the_library_works_in_an_empty_folder(python, tmp_path):
    home, *report = run(python, "-c", USE, cwd=tmp_path).splitlines()
    assert Path(home).is_relative_to(python.parent.parent)
    assert report[0][0] == "✓", report


def test_the_self_check_takes_data_out_of_the_wheel_again(python, tmp_path):
    (home,) = python.parent.parent.glob("lib/python*/site-packages/course_lib")
    harmed = home / "data" / "digits.npz"
    whole = harmed.read_bytes()
    harmed.unlink()
    *_, cure, _, verdict = run(python, "-c", USE, cwd=tmp_path).splitlines()
    assert verdict[0] == "✗"
    magic, *asked = shlex.split(cure)
    assert magic == "%pip"
    run(sys.executable, "-m", "pip", "--python", python, *asked, cwd=tmp_path)
    assert harmed.read_bytes() == whole


def test_one_command_opens_the_course_in_an_empty_folder(python, tmp_path):
    port, log = browser.free_port(), tmp_path / "lab.log"
    here = tmp_path / "course"
    here.mkdir()
    command = [
        python.with_name("sgd-course"), "lab", "--no-browser", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=course",
    ]  # fmt: skip
    # nbconvert's own templates lie with the packages.
    env = os.environ | {"JUPYTER_PATH": f"{sys.prefix}/share/jupyter"}
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=here, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        browser.wait_for_server(server, f"{address}/api?token=course", log)
        with urllib.request.urlopen(f"{address}/api/contents/{START}?token=course") as answer:
            served = json.load(answer)
        with urllib.request.urlopen(f"{address}/lab/tree/{START}?token=course") as answer:
            assert "JupyterLab" in answer.read().decode()
        export = f"{address}/nbconvert/html/notebooks/ru/01_finite_sum.ipynb?token=course"
        with urllib.request.urlopen(export) as answer:
            assert "<details>" in answer.read().decode()  # the course's template
    finally:
        browser.stop(server)
    assert (here / START).read_bytes() == (ROOT / START).read_bytes()
    assert served["writable"]
    assert "TCP_NODELAY" in log.read_text()


def test_binder_gives_its_jupyter_what_the_course_adds(python):
    env = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}"}
    subprocess.run([ROOT / "postBuild"], cwd=ROOT, env=env, check=True)
    config = python.parent.parent / "etc" / "jupyter" / "jupyter_config.json"
    assert config.read_bytes() == (Path(lab.__file__).parent / "config.json").read_bytes()


def test_a_students_work_is_never_overwritten(tmp_path):
    source, target = ROOT / "notebooks", tmp_path / "notebooks"
    assert lab.copy_notebooks(source, target) == []
    (target / "ru" / "00_start.ipynb").write_text("mine")
    (target / "ru" / "01_finite_sum.ipynb").unlink()
    (target / "own.ipynb").write_text("mine too")
    assert lab.copy_notebooks(source, target) == [Path("ru/00_start.ipynb")]
    assert (target / "ru" / "00_start.ipynb").read_text() == "mine"
    assert (target / "own.ipynb").exists()
    again = target / "ru" / "01_finite_sum.ipynb"
    assert again.read_bytes() == (source / "ru" / "01_finite_sum.ipynb").read_bytes()


def test_a_copy_that_was_cut_short_is_made_again(tmp_path, monkeypatch):
    def cut(source, target):
        Path(target).write_bytes(b"{")
        raise OSError("disk full")

    source, target = ROOT / "notebooks", tmp_path / "notebooks"
    with monkeypatch.context() as patch:
        patch.setattr(lab.shutil, "copyfile", cut)
        with pytest.raises(OSError, match="disk full"):
            lab.copy_notebooks(source, target)
    assert lab.copy_notebooks(source, target) == []


@pytest.mark.parametrize("argv", [["lab", "--language", "de"], ["jupyter", "--user"], []])
def test_what_cannot_be_is_refused_before_anything_is_copied(argv, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as refused:
        lab.main(argv)
    assert refused.value.code == 2
    assert list(tmp_path.iterdir()) == []
