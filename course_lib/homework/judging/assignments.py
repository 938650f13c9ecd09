"""The assignments: their items in the order of the notebook, and what each is worth.

Three kinds of items. A `Method` is a function, run in the sandbox and judged by its numbers. A
`Number` is a literal value (a number or a tuple of them) that the notebook assigns to the item's
name. An `Essay` is a cell of prose that begins with the item's name; a person reads it. To add an
assignment is to add a dictionary here and a notebook of its name in `notebooks/src`.
"""

from typing import NamedTuple

from course_lib import methods
from course_lib.homework.judging import beyond, measured
from course_lib.homework.judging.verdict import CLEAN, NUMBERS, START, Finding


class Method(NamedTuple):
    """A function f(grad, x0, n_steps, **hyper); method: its reference, in the library's form."""

    method: object
    points: int = START + NUMBERS + CLEAN


class Number(NamedTuple):
    """A value; judge: (value, variant) → Verdict, whose points are a share of these."""

    judge: object
    points: int


class Essay(NamedTuple):
    """A text of so many words, worth at most `points`."""

    points: int
    least: int = 25
    most: int = 250

    def findings(self, text):
        """Is there anything to say before a person reads it?"""
        count = len(text.split())
        if count < self.least:
            return [Finding("essay_short", {"count": count, "least": self.least})]
        if count > self.most:
            return [Finding("essay_long", {"count": count, "most": self.most})]
        return [Finding("essay_received", {"count": count})]


ASSIGNMENTS = {
    "hw1_methods": {
        "gd": Method(methods.gd, 5),
        "momentum": Method(methods.momentum, 5),
        "adagrad": Method(methods.adagrad, 5),
        "rmsprop": Method(methods.rmsprop, 5),
        "adam": Method(methods.adam),
        "adamw": Method(methods.adamw),
        "adamax": Method(beyond.adamax),
        "adabelief": Method(beyond.adabelief),
    },
    "hw2_experiments": {
        "variant": Number(measured.judge_variant, 0),
        "slope": Number(measured.judge_slope, 7),
        "ball": Number(measured.judge_ball, 6),
        "best_sgd": Number(measured.judge_best(0.0), 4),
        "best_momentum": Number(measured.judge_best(measured.BETA), 4),
        "why_momentum": Essay(5),
        "beta2_star": Number(measured.judge_threshold, 3),
        "regret": Number(measured.judge_regret, 3),
        "why_adam": Essay(5),
        "decay": Number(measured.judge_decay, 3),
    },
}


def items():
    """{name: item} of all assignments."""
    return {name: item for each in ASSIGNMENTS.values() for name, item in each.items()}


def names(kind):
    """Names of all items of one kind, in order."""
    return [name for name, item in items().items() if isinstance(item, kind)]
