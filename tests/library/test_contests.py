"""The committed comparisons of small networks, and how results of long runs are kept.

The file must be the one that today's configuration makes, and a part of it is computed again.
"""

import itertools
import json

import numpy as np
import pytest

from course_lib import adam, gd
from course_lib.experiments import contests, stored
from course_lib.tune import Contender

STORED = contests.results()


def test_the_file_has_todays_configuration():
    assert STORED["configuration"] == json.loads(json.dumps(contests.configuration()))
    assert STORED["command"] == stored.command("contests")
    assert list(STORED["tasks"]) == list(contests.TASKS)
    for name, task in contests.TASKS.items():
        assert list(contests.comparison(name)) == list(task.contenders)


@pytest.mark.parametrize("name", contests.TASKS)
def test_a_committed_row_is_one_of_tune_compare(name):
    for row in contests.comparison(name).values():
        assert row.chosen_on.shape == (len(row.tried), len(contests.SEEDS))
        assert row.reported.shape == (len(contests.FRESH),)
        assert row.best == row.tried[row.chosen_on.mean(1).argmin()]
        assert np.isfinite(row.reported).all()


@pytest.mark.stored
@pytest.mark.parametrize(
    ("name", "contender"), [("digits", "Nesterov"), ("fashion", "Adam"), ("Adam", "0↗ cos")]
)
def test_a_part_of_the_file_computed_again(name, contender, monkeypatch):
    """On another processor runs part at a kink of ReLU: the same seeds agree in the median, and
    each is within the spread over seeds."""
    row = contests.comparison(name)[contender]
    grid = row.best * np.array([0.999, 1.0])  # the second is the stored one
    monkeypatch.setattr(contests.tune, "log_grid", lambda *ends: grid)
    monkeypatch.setattr(contests.tune, "MOST_EXTENSIONS", 0)
    again = contests.TASKS[name].compare([contender], contests.SEEDS[:5], contests.FRESH[:1])
    known = row.chosen_on[row.tried == row.best][0]
    off = abs(again[contender].chosen_on[1] - known[:5])
    assert np.median(off) < 0.1 * known.std(ddof=1)
    assert off.max() < 4 * known.std(ddof=1)


def test_what_json_cannot_hold_was_infinite(monkeypatch, tmp_path):
    """A run that diverges comes back as it went: from a step that is far too long."""
    task = contests.TASKS["digits"]._replace(
        contenders={"SGD": gd, "Adam, α/k": Contender(adam, lambda alpha, k: alpha / k)},
        steps=2, low=1e30, high=1e38,
    )  # fmt: skip
    monkeypatch.setattr(stored, "path", lambda name: tmp_path / "file.json")
    monkeypatch.setattr(contests, "TASKS", {"far": task})
    contests.results.cache_clear()
    stored.compute(contests.NAME, {"far": task}, contests.configuration(), stored.measure)
    back, fresh = contests.comparison("far"), task.compare()
    contests.results.cache_clear()
    assert np.isinf(back["SGD"].chosen_on).any()
    for name, row in fresh.items():
        for mine, other in zip(back[name], row, strict=True):
            if isinstance(other, str):
                assert mine == other
            else:
                np.testing.assert_allclose(mine, other, rtol=1e-5)


@pytest.mark.parametrize(("name", "first"), [("cos", 1.0), ("0↗ cos", 1 / contests.WARM_UP)])
def test_schedules(name, first):
    steps = np.array([contests.SCHEDULES[name](1.0, k) for k in range(1, contests.K + 1)])
    assert steps[0] == pytest.approx(first)
    assert steps.max() == pytest.approx(1, abs=0.01)
    assert steps[-1] < 0.001
    assert (np.diff(steps[steps.argmax() :]) < 0).all()


def test_numbers_for_a_file():
    assert stored.short([np.inf, 1.23456789, np.array([np.nan])]) == [None, 1.23457, [None]]


def test_only_the_named_tasks_are_made_anew(monkeypatch, tmp_path):
    calls = itertools.count()
    monkeypatch.setattr(stored, "path", lambda name: tmp_path / "results" / f"{name}.json")
    tasks = dict.fromkeys(["words", "characters", "images"])

    def compute(names=(), configuration="α"):
        stored.compute("made_up", tasks, configuration, lambda _, say: {"call": next(calls)}, names)
        return {name: task["call"] for name, task in stored.results("made_up")["tasks"].items()}

    assert compute() == {"words": 0, "characters": 1, "images": 2}
    assert compute(["characters"]) == {"words": 0, "characters": 3, "images": 2}
    assert compute(["images"], configuration="β") == {"images": 4}
    with pytest.raises(SystemExit, match="hamlet: expected one of words, characters, images"):
        compute(["hamlet"])
