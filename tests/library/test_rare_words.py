"""The committed comparisons with rare words and without them: today's configuration made them."""

import json

import numpy as np
import pytest

from course_lib import Logistic, datasets, rates
from course_lib.experiments import rare_words, stored

STORED = rare_words.results()


def test_the_file_has_todays_configuration():
    assert STORED["configuration"] == json.loads(json.dumps(rare_words.configuration()))
    assert STORED["command"] == stored.command("rare_words")
    assert list(STORED["tasks"]) == list(rare_words.TASKS)


@pytest.mark.parametrize("name", rare_words.TASKS)
def test_the_choice_keeps_the_courses_rule(name):
    assert "⚠" not in repr(rare_words.comparison(name))


def test_without_rare_words_the_rows_keep_the_others():
    bags = datasets.books()
    rows, _, _ = rare_words.split(len(bags.y), 0)
    train, _, _, words = rare_words.TASKS["m = 100"].parts()
    assert (rare_words.spread(train.index, train.value, train.d) >= 100).all()
    for i in (0, 7):
        one = {words[j]: a for j, a in zip(train.index[i], train.value[i], strict=True) if a}
        whole = zip(bags.index[rows[i]], bags.value[rows[i]], strict=True)
        assert one == {bags.words[j]: a for j, a in whole if a and bags.words[j] in words}


def test_mean_squares_of_sparse_rows_and_of_a_matrix():
    train = rare_words.TASKS["m = 100"].parts().train
    A = np.zeros((train.n, train.d))
    np.add.at(A, (np.arange(train.n)[:, None], train.index), train.value)
    expected = rare_words.mean_squares(Logistic(A, train.y))
    np.testing.assert_allclose(rare_words.mean_squares(train), expected)


@pytest.mark.stored
@pytest.mark.parametrize("schedule", ["", rare_words.LINEAR])
def test_a_part_of_the_file_computed_again(schedule):
    task, seeds = rare_words.TASKS["m = 100"], rare_words.FRESH[:2]
    train, _, test, _ = task.parts()
    for row in rare_words.alike(rare_words.comparison("m = 100"), schedule):
        again = test.f(task.trained(train, row.name, row.best, seeds))
        np.testing.assert_allclose(again, row.reported[:2], rtol=1e-2)


def test_less_is_left_of_the_gain_without_rare_words():
    bands = [
        rates.ratio_band(*(row.reported for row in rare_words.alike(rare_words.comparison(name))))
        for name in ("counts", "m = 10", "m = 100")
    ]
    assert bands[0].value > bands[1].value > bands[2].value > 1
