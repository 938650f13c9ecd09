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
    ("name", "old", "new"), [pytest.param(n, a, b, id=f"{n}: {slip}") for n, slip, a, b in MUTANTS]
)
def test_mutant_is_caught(name, old, new):
    assert caught(name, variant(METHODS[name], (old, new))), "the oracles let it pass"


def test_every_method_has_mutants():
    rows = Counter(name for name, *_ in MUTANTS)
    assert set(rows) == set(METHODS)
    assert min(rows.values()) >= 6


def test_no_mutant_stands_twice():
    assert len({(name, old, new) for name, _, old, new in MUTANTS}) == len(MUTANTS)
