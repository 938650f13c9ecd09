"""How alike two works are, by degree and with what is shared: shown to a person, never punished.

Ten lines of Adam can honestly be alike, so a piece of code that many of the class have says little:
it counts by the logarithm of how rare it is. Names, comments and layout count nothing, and a change
in one function hides no copy of six. Numbers say something only if the two had different data:
with one variant and the seeds that the task prescribes, honest numbers are equal.
"""

from collections import Counter
from itertools import combinations
from math import log

from course_lib.homework.judging.measured import is_variant

FEW = 3  # fewer functions or numbers in common than this say nothing
DEGREE = 0.8  # from which share on two works are listed
EVIDENCE = 20.0  # and how much of it, in nats, so that what everybody has is not listed
WORDS = 4  # in a row: the unit in which two texts are alike
TEXT = 0.5


def mark(results):
    """Adds "similar": [[other student, degree 0..1, what is shared], …], the most alike first."""
    for result in results:
        result["similar"] = []
    codes = {result["student"]: code_of(result) for result in results}
    rare = rarity(codes.values())
    weights = {who: weights_of(code, rare) for who, code in codes.items()}
    texts = {result["student"]: texts_of(result) for result in results}
    for one, other in combinations(results, 2):
        a, b = one["student"], other["student"]
        degree, shared = alike(codes[a], codes[b], weights[a], weights[b], rare)
        shared += [f"{name} {share:.0%}" for name, share in same_texts(texts[a], texts[b])]
        shared += same_numbers(one, other)
        if shared:
            degree = max(degree, TEXT)
            one["similar"].append([b, round(degree, 2), shared])
            other["similar"].append([a, round(degree, 2), shared])
    for result in results:
        result["similar"].sort(key=lambda row: (-row[1], row[0]))


def code_of(result):
    """{item: set of pieces of its function}."""
    works = result["assignments"].values()
    return {n: set(s) for work in works for n, s in work["shingles"].items() if s}


def rarity(codes):
    """{(item, piece): how much it says}; what more than half of the class have says nothing."""
    counts, have = Counter(), Counter()
    for code in codes:
        have.update(list(code))
        counts.update((name, piece) for name, pieces in code.items() for piece in pieces)
    return {
        (name, piece): log((have[name] + 2) / count) if count <= max(2, have[name] / 2) else 0.0
        for (name, piece), count in counts.items()
    }


def weights_of(code, rare):
    return {name: sum(rare[name, piece] for piece in pieces) for name, pieces in code.items()}


def alike(a, b, weights_a, weights_b, rare):
    """(Degree, [item with its share, …]) of two works' functions; (0, []) if it is not much."""
    common = [name for name in a if name in b]
    if len(common) < FEW:
        return 0.0, []
    whole = {name: max(1e-9, min(weights_a[name], weights_b[name])) for name in common}
    both = {name: sum(rare[name, piece] for piece in a[name] & b[name]) for name in common}
    degree, evidence = sum(both.values()) / sum(whole.values()), sum(both.values())
    if degree < DEGREE or evidence < EVIDENCE:
        return 0.0, []
    return min(1.0, degree), [f"{n} {min(1.0, both[n] / whole[n]):.0%}" for n in common]


def texts_of(result):
    """{essay: its runs of words}."""
    found = {}
    for work in result["assignments"].values():
        for name, text in work["essays"].items():
            words = text.casefold().split()
            found[name] = {tuple(words[j : j + WORDS]) for j in range(len(words) - WORDS + 1)}
    return found


def same_texts(a, b):
    for name in a:
        least = min(len(a[name]), len(b.get(name, ())))
        if least >= 15 and len(a[name] & b[name]) >= TEXT * least:
            yield name, len(a[name] & b[name]) / least


def same_numbers(one, other):
    """The names of equal numbers, if the two had different data."""
    found = []
    for assignment, work in one["assignments"].items():
        if assignment in other["assignments"]:
            a, b = work["answers"], other["assignments"][assignment]["answers"]
            variants = {v for v in (a.get("variant"), b.get("variant")) if is_variant(v)}
            if len(variants) == 2:
                found += [name for name in a if a[name] is not None and a[name] == b.get(name)]
    return found if len(found) >= FEW else []
