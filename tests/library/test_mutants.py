"""Tests of the tests: an oracle that lets a wrong method pass.

Each mutant is a `variant` of the method with one slip (support/mutants.py), and must fail an oracle
(support/oracles.py) by an AssertionError: not by a crash, which would say nothing about the
numbers.
"""

from collections import Counter

import pytest

from course_lib.source import variant
from support.mutants import MUTANTS
from support.oracles import METHODS, ORACLES


def caught(name, method):
    """Does an oracle find the method wrong?"""
    for check in ORACLES[name]:
        try:
            check(method)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("name", METHODS)
def test_unchanged_method_passes(name):
    assert not caught(name, variant(METHODS[name]))


@pytest.mark.parametrize(
    ("name", "pieces"), [pytest.param(n, pieces, id=f"{n}: {s}") for n, s, *pieces in MUTANTS]
)
def test_mutant_is_caught(name, pieces):
    edits = zip(pieces[::2], pieces[1::2], strict=True)
    assert caught(name, variant(METHODS[name], *edits)), "the oracles let it pass"


def test_every_method_has_mutants():
    rows = Counter(name for name, *_ in MUTANTS)
    assert set(rows) == set(METHODS)
    assert min(rows.values()) >= 6


def test_no_mutant_stands_twice():
    assert len({(name, *pieces) for name, _, *pieces in MUTANTS}) == len(MUTANTS)
