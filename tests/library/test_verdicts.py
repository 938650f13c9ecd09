"""Claims held against bands: the sign, the line, the data that stay in a notebook's output."""

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter

from course_lib.rates import Band
from course_lib.verdicts import check, found, verdict

INF = float("inf")
INSIDE, ACROSS, OUTSIDE = (-0.5, -0.55, -0.45), (-0.5, -0.55, -0.35), (-0.3, -0.35, -0.25)


@pytest.mark.parametrize(
    ("measured", "said", "line"),
    [
        (INSIDE, {"between": (-0.6, -0.4)}, "S1  ✓  −0.5 [−0.55, −0.45] ⊂ (−0.6, −0.4)"),
        (ACROSS, {"between": (-0.6, -0.4)}, "S1  ?  −0.5 [−0.55, −0.35] ⊄ (−0.6, −0.4)"),
        (OUTSIDE, {"between": (-0.6, -0.4)}, "S1  ✗  −0.3 [−0.35, −0.25] ⊄ (−0.6, −0.4)"),
        (INSIDE, {"below": -0.4}, "S1  ✓  −0.5 [−0.55, −0.45] < −0.4"),
        (ACROSS, {"below": -0.4}, "S1  ?  −0.5 [−0.55, −0.35] ≮ −0.4"),
        (OUTSIDE, {"below": -0.4}, "S1  ✗  −0.3 [−0.35, −0.25] ≮ −0.4"),
        (OUTSIDE, {"above": -0.4}, "S1  ✓  −0.3 [−0.35, −0.25] > −0.4"),
        (INSIDE, {"above": -0.4}, "S1  ✗  −0.5 [−0.55, −0.45] ≯ −0.4"),
        (INSIDE, {"above": -1, "of": "κ = 3"}, "S1  κ = 3  ✓  −0.5 [−0.55, −0.45] > −1"),
        (Band(*INSIDE), {"above": -1}, "S1  ✓  −0.5 [−0.55, −0.45] > −1"),
        (0.25, {"between": (0, 1)}, "S1  ✓  0.25 ∈ (0, 1)"),
        (np.float32(0.25), {"between": (1, 2)}, "S1  ✗  0.25 ∉ (1, 2)"),
        (np.array(2.0), {"above": 0}, "S1  ✓  2 > 0"),
        (1.0, {"below": 1}, "S1  ✗  1 ≮ 1"),
        ((INF, 3.0, INF), {"above": 2}, "S1  ✓  ∞ [3, ∞] > 2"),
        ((1.0, np.nan, np.nan), {"above": 0}, "S1  ?  1 [nan, nan] ≯ 0"),
    ],
)
def test_a_line(measured, said, line):
    assert repr(found("S1", measured, **said)) == line


@pytest.mark.parametrize(
    ("measured", "said", "words"),
    [
        (INSIDE, {}, "expected one of between, above, below; got 0"),
        (INSIDE, {"above": 0, "below": 1}, "expected one of between, above, below; got 2"),
        (INSIDE, {"between": (1, 0)}, "expected ends low < high"),
        (INSIDE, {"above": np.nan}, "expected ends low < high"),
        (INSIDE, {"between": 3}, "expected ends low < high; got 3"),
        (INSIDE, {"between": (1, 2, 3)}, "expected ends low < high"),
        (INSIDE, {"between": (None, 1)}, "S1: expected an array of numbers"),
        (INSIDE, {"between": "12"}, "S1: expected an array of numbers; got '12'"),
        (INSIDE, {"above": "x"}, "S1: expected an array of numbers"),
        (INSIDE, {"above": 0, "of": 3}, "of: expected a text; got 3"),
        ("1", {"above": 0}, "expected a number or a band"),
        ((1, 3, 2), {"above": 0}, "expected a number or a band"),
        (10**400, {"above": 0}, "expected a number or a band"),
        ((1, 2), {"above": 0}, "expected a number or"),
        ("S1", {"above": 0}, "expected a number or"),
        (np.ones((3, 2)), {"above": 0}, "expected a number or"),
    ],
)
def test_what_is_no_check_is_refused(measured, said, words):
    with pytest.raises(ValueError, match=words):
        found("S1", measured, **said)


def test_the_data_stay_in_the_output():
    """A notebook's output holds the line, and beside it what was claimed and what was found."""
    data, metadata = DisplayFormatter().format(found("S1", INSIDE, below=0, of="κ = 3"))
    assert data["text/plain"] == "S1  κ = 3  ✓  −0.5 [−0.55, −0.45] < 0"
    assert metadata["check"] == {
        "claim": "S1", "of": "κ = 3", "band": list(INSIDE), "said": [None, 0.0], "sign": "✓",
    }  # fmt: skip


def test_a_check_shows_itself(capsys):
    assert check("S1", INSIDE, above=-1) is None
    assert capsys.readouterr().out == "S1  ✓  −0.5 [−0.55, −0.45] > −1\n"


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        ("✓", "holds"),
        ("✓✓", "holds"),
        ("✓✗", "holds with a condition"),
        ("?✓", "holds with a condition"),
        ("✗✗", "does not hold"),
        ("✗?", "does not hold"),
        ("??", "cannot be told here"),
    ],
)
def test_what_the_signs_come_to(signs, words):
    assert verdict(signs) == words
