"""Tests of the tests: an oracle that lets a wrong method pass.

Each mutant is the method's own source with one slip (mutants.py), and must fail an oracle of
test_methods.py by an AssertionError: not by a crash, which would say nothing about the numbers.
"""

import inspect
from collections import Counter

import pytest
from mutants import MUTANTS
from test_methods import METHODS, ORACLES

from course_lib import methods


def code(name):
    """The source of a method without its docstring."""
    head, _, body = inspect.getsource(METHODS[name]).split('"""')
    return head.rstrip() + body


def compiled(text, name):
    """The function `name` of `text`, in a copy of the namespace of `course_lib.methods`."""
    namespace = dict(vars(methods))
    exec(compile(text, f"<{name}>", "exec"), namespace)
    return namespace[name]


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
    assert not caught(name, compiled(code(name), name))


@pytest.mark.parametrize(
    ("name", "old", "new"), [pytest.param(n, a, b, id=f"{n}: {slip}") for n, slip, a, b in MUTANTS]
)
def test_mutant_is_caught(name, old, new):
    text = code(name)
    assert text.count(old) == 1, "the pattern no longer occurs exactly once: mend the table"
    assert caught(name, compiled(text.replace(old, new), name)), "the oracles let it pass"


def test_every_method_has_mutants():
    rows = Counter(name for name, *_ in MUTANTS)
    assert set(rows) == set(METHODS)
    assert min(rows.values()) >= 6


def test_no_mutant_stands_twice():
    assert len({(name, old, new) for name, _, old, new in MUTANTS}) == len(MUTANTS)
