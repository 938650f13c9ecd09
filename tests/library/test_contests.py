"""The committed comparisons and maps of small models, and how results of long runs are kept.

The file must be the one that today's configuration makes, and a part of it is computed again.
"""

import itertools
import json

import numpy as np
import pytest

from course_lib import adam, gd, run
from course_lib.experiments import (
    after_adamw,
    batch_size,
    contests,
    decay_map,
    stored,
    vocabularies,
    width,
)
from course_lib.problems import SoftmaxRegression, gap
from course_lib.tune import Contender

NAMES = {
    contests: {name: list(task.contenders) for name, task in contests.TASKS.items()},
    batch_size: {name: list(batch_size.METHODS) for name in batch_size.TASKS},
}
COMPARISONS = [(module, name) for module, tasks in NAMES.items() for name in tasks]


@pytest.mark.parametrize(
    "module",
    [after_adamw, contests, batch_size, decay_map, vocabularies, width],
    ids=lambda m: m.NAME,
)
def test_the_file_has_todays_configuration(module):
    file = module.results()
    assert file["configuration"] == json.loads(json.dumps(module.configuration()))
    assert file["command"] == stored.command(module.NAME)
    assert list(file["tasks"]) == list(module.TASKS)


@pytest.mark.parametrize(("module", "name"), COMPARISONS)
def test_a_committed_row_is_one_of_tune_compare(module, name):
    rows = module.comparison(name)
    assert list(rows) == NAMES[module][name]
    assert "⚠" not in repr(rows), "the course's rule: seeds, values a decade"
    for row in rows.values():
        assert row.chosen_on.shape == (len(row.tried), len(module.SEEDS))
        assert row.reported.shape == (len(module.FRESH),)
        assert row.best == row.tried[row.chosen_on.mean(1).argmin()]
        assert np.isfinite(row.reported).all()


@pytest.mark.stored
def test_a_batch_size_computed_again():
    """Smooth, and few steps: what rounding changes stays small."""
    again = batch_size.TASKS["B = 1024"].compare()
    for name, row in batch_size.comparison("B = 1024").items():
        np.testing.assert_allclose(again[name].reported, row.reported, rtol=1e-3)
        assert again[name].best == pytest.approx(row.best, rel=1e-5)


@pytest.mark.stored
def test_a_small_vocabulary_computed_again():
    assert vocabularies.by_gd(32) == pytest.approx(vocabularies.steps()[32], abs=1)


def test_the_first_step_that_is_near_enough():
    """GD on one row: every class alike at once, so only α decides; and too few steps are inf."""
    problem = SoftmaxRegression([[3, 1], [0, 0]])
    few = vocabularies.steps_to(problem, gd, [0.1], 3)
    many = vocabularies.steps_to(problem, gd, [0.1, 1.0], 100)
    errors = [gap(problem, run(gd, problem, np.zeros(4), steps=100, alpha=a)) for a in (0.1, 1.0)]
    first = min((error <= 0.1 * error[0]).argmax() for error in errors if error[-1] < 0.05)
    assert few == np.inf
    assert abs(many - first) <= 1


@pytest.mark.parametrize("name", decay_map.TASKS)
def test_a_map_has_its_valley_inside(name):
    """Every α's best λ, in the mean over seeds, has a worse one on both sides."""
    task, losses = decay_map.TASKS[name], decay_map.losses(name)
    assert losses.shape == (len(decay_map.SEEDS), len(decay_map.ALPHAS), len(task.lams))
    best = losses.mean(0).argmin(-1)
    assert (best > 0).all()
    assert (best < len(task.lams) - 1).all()


@pytest.mark.stored
@pytest.mark.parametrize("name", decay_map.TASKS)
def test_a_cell_of_the_map_computed_again(name):
    """On another processor runs part at a kink of ReLU: within the spread over seeds."""
    task, known = decay_map.TASKS[name], decay_map.losses(name)[:, 3, 4]
    again = task.loss(1, decay_map.ALPHAS[[3]], task.lams[[4]])[0, 0]
    assert abs(again - known[1]) < known.std(ddof=1)


@pytest.mark.stored
@pytest.mark.parametrize("name", ["Muon", "SAM, K/2", "cosine, 50", "WSD"])
def test_a_method_after_adamw_computed_again(name):
    """On another processor runs part at a kink of ReLU: within the spread over seeds."""
    value, place = after_adamw.chosen(name)
    known = after_adamw.losses(name)[:, 0, -1, place]
    again = after_adamw.TASKS[name].loss(1, [value])[0, -1, 0]
    assert abs(again - known[1]) < known.std(ddof=1)


def test_the_runs_of_wsd_leave_one_trunk():
    """Until the last fifth begins a run is the longest one's: 12 counts its gradients so."""
    step, lengths = after_adamw.TASKS["WSD"].schedule, after_adamw.LENGTHS
    for n in lengths:
        trunk = range(1, n * 4 // 5 + 1)
        assert [step(0.1, k, n) for k in trunk] == [step(0.1, k, lengths[-1]) for k in trunk]
        assert step(0.1, trunk[-1] + 1, n) < 0.1


@pytest.mark.stored
def test_a_width_computed_again():
    """As above; the base of μP, and a network wide enough to differ from the plain one."""
    for name in width.BASES:
        known = width.losses(name)[width.WIDTHS.index(64), :, 4]
        again = width.TASKS[f"{name}, 64"].loss(1, width.TRIED[[4]])[0, -1, 0]
        assert abs(again - known[1]) < known.std(ddof=1)


def test_the_wrong_answers_are_as_many_as_said(monkeypatch):
    """Training answers differ from the true ones in a share FLIP, those for the choice in none."""
    monkeypatch.setattr(decay_map, "FLIP", 0.0)
    clean, valid = decay_map.networks(3)
    monkeypatch.undo()
    noisy, same = decay_map.networks(3)
    assert (noisy.X == clean.X).all()
    assert (same.y == valid.y).all()
    assert (noisy.y != clean.y).double().mean() == pytest.approx(decay_map.FLIP, abs=0.1)


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
    stored.compute(contests.NAME, {"far": task}, contests.configuration(), stored.measure)
    back, fresh = contests.comparison("far"), task.compare()
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
    tasks = {"words": 1, "characters": 2, "images": 3}

    def compute(names=(), setting="α"):
        configuration = {"setting": setting, "tasks": dict(tasks)}
        stored.compute("made_up", tasks, configuration, lambda _, say: {"call": next(calls)}, names)
        return {name: task["call"] for name, task in stored.results("made_up")["tasks"].items()}

    assert compute() == {"words": 0, "characters": 1, "images": 2}
    assert compute(["characters"]) == {"words": 0, "characters": 3, "images": 2}
    tasks |= {"characters": 5, "sounds": 4}
    assert compute(["sounds"]) == {"words": 0, "images": 2, "sounds": 4}
    assert compute(["images"], setting="β") == {"images": 5}
    with pytest.raises(SystemExit, match="hamlet: expected one of words, characters"):
        compute(["hamlet"])


def test_a_task_that_is_kept_keeps_the_environment_it_was_made_in(monkeypatch, tmp_path):
    monkeypatch.setattr(stored, "path", lambda name: tmp_path / f"{name}.json")
    tasks = {"words": 1, "characters": 2, "images": 3}

    def made_in(version, names=()):
        monkeypatch.setattr(stored.np, "__version__", version)
        stored.compute("made_up", tasks, {}, lambda task, say: {"task": task}, names)
        file = stored.results("made_up")
        own = [file | task for task in file["tasks"].values()]
        return [its["environment"]["numpy"] for its in own]

    assert made_in("1") == ["1", "1", "1"]
    assert made_in("2", ["words"]) == ["2", "1", "1"]
    assert made_in("3", ["images"]) == ["2", "1", "3"]
    assert made_in("3", ["words"]) == ["3", "1", "3"]


def test_a_file_is_parsed_once_until_it_changes(monkeypatch, tmp_path):
    monkeypatch.setattr(stored, "path", lambda name: tmp_path / f"{name}.json")
    (tmp_path / "some.json").write_text("[1]")
    first = stored.results("some")
    assert first == [1]
    assert stored.results("some") is first
    (tmp_path / "some.json").write_text("[2]")
    assert stored.results("some") == [2]
