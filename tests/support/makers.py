"""All makers of `course_lib.problems`, discovered, and the ways to draw from a finite sum."""

import inspect

from course_lib import problems

MAKERS = {
    name: maker
    for name, maker in vars(problems).items()
    if inspect.isfunction(maker)
    and maker.__module__.startswith(problems.__name__)
    and not name.startswith("_")
    and all(p.default is not p.empty for p in inspect.signature(maker).parameters.values())
}
FINITE_SUMS = [name for name, maker in MAKERS.items() if hasattr(maker(), "minibatch")]
VARIANTS = {
    "whole": lambda problem, seed: problem,
    "with": lambda problem, seed: problem.minibatch(2, seed),
    "without": lambda problem, seed: problem.minibatch(2, seed, replace=False),
    "deck": lambda problem, seed: problem.reshuffle(2, seed),
}
