"""A table whose columns do not stand below each other, or hold other numbers than were given."""

import numpy as np
import pytest

from course_lib.rates import Band, mean_band
from course_lib.tables import from_rows, table


def test_numbers_stand_on_the_right_and_names_on_the_left():
    shown = table({"": ["GD", "Adam"], "k": [7, 1000], "f": [0.5, -np.inf]}, {"f": ".2f"})
    assert shown.splitlines() == [
        "         k     f",
        "GD       7  0.50",
        "Adam  1000  -inf",
    ]  # fmt: skip


def test_a_column_with_a_gap_is_one_of_numbers():
    assert table({"k": ["> 100", 3, ""]}) == "    k\n> 100\n    3\n"


def test_signs_that_take_one_place_or_none():
    """x̄ is two characters and one place wide; ∞, ² and − are one."""
    for head in ("x̄", "v̂²", "−∞"):
        width = 1 if head == "x̄" else 2
        lines = table({head: [123456], "α": ["x"]}).splitlines()
        assert lines == [f"{' ' * (6 - width)}{head}  α", "123456  x"]


def test_the_three_numbers_of_bands_stand_below_each_other():
    bands = [Band(1.0, 0.5, 20.0), Band(-10.0, -11.0, 3.0)]
    expected = ["                  E", "  1.0 [  0.5, 20.0]", "-10.0 [-11.0,  3.0]"]
    assert table({"E": bands}, {"E": ".1f"}).splitlines() == expected
    arrays = Band(*np.transpose([[*band] for band in bands]))
    assert table({"E": arrays}, {"E": ".1f"}).splitlines() == expected
    assert table({"E": bands[:1]}).splitlines()[1] == str(bands[0])


def test_every_number_is_the_one_that_was_given():
    values = np.random.default_rng(0).exponential(size=(5, 30))
    band = mean_band(values)
    shown = table({"k": range(5), "E": band}, {"E": ".17g"}).splitlines()[1:]
    for j, row in enumerate(shown):
        numbers = [float(text.strip("[],")) for text in row.replace("[", " ").split()]
        assert numbers == [j, *band[j]]


def test_a_cell_shows_what_it_prints():
    shown = table({"k": [1]})
    assert repr(shown) == str(shown) == "k\n1"


def test_a_row_of_another_length_is_named():
    assert table(from_rows("kf", iter([(1, 2), (3, 4)]))) == "k  f\n1  2\n3  4"
    with pytest.raises(ValueError, match=r"rows: expected an entry for each of \['k', 'f'\]; got"):
        from_rows("kf", [(1, 2), (3,)])


@pytest.mark.parametrize(
    ("columns", "formats", "words"),
    [
        ({"k": [1, 2], "f": [1]}, {}, "one length; got {'k': 2, 'f': 1}"),
        ({}, {}, "one length; got {}"),
        ([1, 2], {}, r"columns, formats: expected {text: …}; got \[1, 2\]"),
        ({1: [2]}, {}, "columns, formats: expected {text: …}; got {1"),
        ({"k": [1]}, ["k"], "columns, formats: expected {text: …}"),
        ({"k": 3}, {}, "columns: k: expected entries; got 3"),
        ({"k": "abc"}, {}, "columns: k: expected entries; got 'abc'"),
        ({"k": Band(1, 2, 3)}, {}, "columns: k: expected entries; got Band"),
        ({"k": [[1, 2]]}, {"k": ".2f"}, "formats: k: expected a format of its entries; got '.2f'"),
        ({"k": [1]}, {"k": "zz"}, "formats: k: expected a format of its entries; got 'zz' for"),
        ({"k": [1]}, {"f": ".2f"}, r"formats: expected heads of \['k'\]; got \['f'\]"),
    ],
)
def test_bad_input_is_named(columns, formats, words):
    with pytest.raises(ValueError, match=words):
        table(columns, formats)
