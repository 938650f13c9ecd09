"""A small class, and scripts that run here."""

import pytest

from course_lib.homework.classroom import results, sandbox
from support import lacking
from support.grading import SOLVED, here
from support.homework_class import IMPORT, built, notebook, prose, solution


@pytest.fixture(scope="module")
def bubblewrap_here():
    try:
        sandbox.probe()
    except sandbox.NoSandbox as missing:
        lacking(missing)


@pytest.fixture
def runs(monkeypatch):
    """Scripts run here; the list of what was run."""
    done = []

    def run(script, job, limits=None, data=b""):
        done.append(job.get("name", script))
        return here(script, job, limits, data)

    monkeypatch.setattr(sandbox, "run", run)
    monkeypatch.setattr(sandbox, "probe", lambda: None)
    monkeypatch.setattr(results, "measured", lambda run: None)
    monkeypatch.setattr(results, "write_report", lambda *_: None)
    return done


@pytest.fixture
def folder(tmp_path):
    """A small class: one with everything, one with a mistake, one with two texts."""
    path = tmp_path / "class"
    path.mkdir()
    (path / "anna.ipynb").write_text(notebook(prose("Привет"), IMPORT, *SOLVED.values()))
    wrong = solution("adam").replace("(v_hat**0.5 + eps)", "(v_hat + eps) ** 0.5")
    (path / "boris.ipynb").write_text(notebook(prose("Hello"), IMPORT, SOLVED["gd"], wrong))
    (path / "vera.ipynb").write_text(built(True)["ru", "hw2_experiments"])
    return path
