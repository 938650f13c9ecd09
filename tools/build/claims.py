"""A claim's two halves: the `check` in the code, and the verdict in the prose, in the same words.

A verdict opens its paragraph: `**Вердикт (S9.3): верно при условии.** …`, in English
`**Verdict (S9.3): holds with a condition.** …`. The claim's name counts the claims of a slide, over
all notebooks. What the signs of a claim's checks come to is `course_lib.verdicts.verdict`.
"""

import re
from collections import Counter

from tools.build.sources import is_exercise, is_homework, is_included, is_solution

#: A verdict in Russian and in English: what the paragraph says.
WORDS = {
    "верно": "holds",
    "верно при условии": "holds with a condition",
    "неверно": "does not hold",
    "здесь сказать нельзя": "cannot be told here",
}
VERDICT = re.compile(r"\*\*(?:Вердикт|Verdict) \((?P<claim>[^)]*)\): (?P<words>[^*]*?)\.?\*\*")
CHECK = re.compile(r"""^[^#\n]*\bcheck\(\s*f?["'](?P<claim>[^"']*)["']""", re.MULTILINE)
NAME = re.compile(r"S\d+\.\d+")
BARE = re.compile(r"\*\*Вердикт(?! \()")


def verdicts(text):
    """Pairs (claim, what its verdict says, in English) of a text in either language."""
    found = (match.group("claim", "words") for match in VERDICT.finditer(text))
    return [(claim, WORDS.get(words, words)) for claim, words in found]


def claims(cells):
    """Names of the claims that the code checks, in order, once each."""
    shown = [c for c in cells if c.cell_type == "code" and not (is_solution(c) or is_exercise(c))]
    return list(dict.fromkeys(m["claim"] for c in shown for m in CHECK.finditer(c.source)))


def check_claims(notebooks):
    """Problems of checks without a verdict, of verdicts without a check, and of their words.

    notebooks: {name: cells}. The homework is left out: its `check` is another one.
    """
    lessons = {name: cells for name, cells in notebooks.items() if not is_homework(name)}
    own = ([c for c in cells if not is_included(c)] for cells in lessons.values())
    everywhere = Counter(claim for cells in own for claim in claims(cells))
    for name, cells in lessons.items():
        checked = claims(cells)
        prose = [c.source for c in cells if c.cell_type == "markdown" and not is_solution(c)]
        said = [pair for text in prose for pair in verdicts(text)]
        for claim, words in said:
            if not NAME.fullmatch(claim):
                yield f"src/{name}.py: verdict ({claim}): expected a claim like S9.3"
            elif claim not in checked:
                yield f"src/{name}.py: verdict ({claim}): no check({claim!r}, …) in the code"
            if words not in WORDS.values():
                yield f"src/{name}.py: verdict ({claim}): «{words}» is none of {', '.join(WORDS)}"
        if any(BARE.search(text) for text in prose):
            yield f"src/{name}.py: «**Вердикт**» without a claim: expected **Вердикт (S9.3): …**"
        times = Counter(claim for claim, _ in said)
        for claim in checked:
            if times[claim] != 1:
                yield f"src/{name}.py: check({claim!r}): expected one verdict; found {times[claim]}"
            if everywhere[claim] > 1:
                yield f"src/{name}.py: check({claim!r}): another notebook has this name too"
        parameters = sum("parameters" in c.metadata.get("tags", []) for c in cells)
        if checked and parameters != 1:
            yield f"src/{name}.py: expected one cell tagged parameters; found {parameters}"
