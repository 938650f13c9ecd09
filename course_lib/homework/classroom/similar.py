"""Works that are the same but for names and comments: shown to a person, never punished.

Ten lines of Adam can honestly be alike, so single functions do not count: only whole works do.
"""

from collections import defaultdict

FEW = 3  # fewer solved functions than this say nothing


def mark(results):
    """Adds "similar": ids of other students whose work on an assignment is the same."""
    groups = defaultdict(set)
    for result in results:
        for assignment, work in result["assignments"].items():
            for trace in traces(work):
                groups[assignment, trace].add(result["student"])
    for result in results:
        others = set()
        for assignment, work in result["assignments"].items():
            others |= set().union(*(groups[assignment, trace] for trace in traces(work)), set())
        result["similar"] = sorted(others - {result["student"]})


def traces(work):
    """What two honest works hardly share: all functions, all measured numbers, a text."""
    prints = tuple(sorted((name, mark) for name, mark in work["prints"].items() if mark))
    if len(prints) >= FEW:
        yield prints
    numbers = {name: value for name, value in work["answers"].items() if name != "variant"}
    if len(numbers) >= FEW:
        yield repr(sorted(numbers.items()))
    for text in work["essays"].values():
        words = " ".join(text.split()).casefold()
        if len(words) > 100:
            yield words
