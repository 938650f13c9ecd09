"""A question before the run and its answer after it, so that a class can vote by a show of hands.

`**Предскажите.** …?` is followed by a list of three or four answers, `- **A.** …`, one right and
the others mistakes that people make; then comes code that shows it; then `**Ответ: B.** …` says
which one is right and why the others tempt. In English: `**Predict.**` and `**Answer: B.**`.

A live figure's goal is said in words, `**Цель.** …`, in the cell before the figure or after it.
"""

import re

from tools.build.sources import is_homework, is_solution, paragraphs

QUESTION = re.compile(r"\*\*(?:Предскажите|Predict)\b")
OPENING = re.compile(r"\*\*(?:Предскажите|Predict)\.\*\* ")
OPTION = re.compile(r"^- \*\*(?P<letter>\w)\.\*\* \S", re.MULTILINE)
ANSWER = re.compile(r"\*\*(?:Ответ|Answer): (?P<letter>[^*]+?)\.\*\* ")
GOAL = re.compile(r"\bgoal=(?:Goal\(|[\[{])")
LETTERS = (["A", "B", "C"], ["A", "B", "C", "D"])


def letters(text):
    """What a text of either language offers and answers, in order: `A`, `B`, `C`, `= B`."""
    offered = [match["letter"] for match in OPTION.finditer(text)]
    return offered + [f"= {match['letter']}" for match in ANSWER.finditer(text)]


def steps(cells):
    """What students meet, in order: a paragraph of prose, or None for a cell of code."""
    for cell in cells:
        if not is_solution(cell):
            yield from paragraphs(cell.source) if cell.cell_type == "markdown" else [None]


def answers(cells):
    """(The right letters of a notebook's questions in order, its problems)."""
    right, problems, seen = [], [], list(steps(cells))
    asked = None  # the question without an answer, its letters, whether code has run since
    for paragraph, following in zip(seen, [*seen[1:], None], strict=True):
        if paragraph is None:
            asked = asked and (*asked[:2], True)
        elif QUESTION.search(paragraph):
            what = f"«{' '.join(paragraph.split())[:50]}»"
            offered = [match["letter"] for match in OPTION.finditer(following or "")]
            if not OPENING.match(paragraph):
                problems.append(f"{what}: a question opens its paragraph: **Предскажите.** …")
            if offered not in LETTERS:
                problems.append(f"{what}: expected a list of answers A–C or A–D; got {offered}")
            if asked:
                problems.append(f"{asked[0]}: no answer before the next question")
            asked = (what, offered, False)
        elif found := ANSWER.search(paragraph):
            letter = found["letter"]
            what, offered, run = asked or ("**Ответ**", [letter], True)
            if not asked or not ANSWER.match(paragraph):
                problems.append(f"{what}: an answer opens a paragraph, one for each question")
            if not run:
                problems.append(f"{what}: answered before any code has shown it")
            if letter not in offered:
                problems.append(f"{what}: the answer {letter} is none of {offered}")
            right, asked = [*right, letter], None
    if asked:
        problems.append(f"{asked[0]}: no answer: expected **Ответ: A.** … after the code")
    return right, problems


def untold_goals(cells):
    """Problems of figures whose goal stands in symbols only."""
    for before, cell, after in zip([None, *cells], cells, [*cells[1:], None], strict=False):
        if cell.cell_type == "code" and (found := GOAL.search(cell.source)):
            beside = (its.source for its in (before, after) if its and its.cell_type == "markdown")
            if not any("**Цель.**" in text for text in beside):
                line = cell.source[: found.start()].count("\n")
                what = cell.source.splitlines()[line].strip()
                yield f"«{what}»: no **Цель.** … in the cell before the figure or after it"


def check_questions(notebooks):
    """Problems of the form of questions, answers and goals; notebooks: {name: cells}."""
    for name, cells in notebooks.items():
        if not is_homework(name):
            problems = [*answers(cells)[1], *untold_goals(cells)]
            yield from (f"src/{name}.py: {problem}" for problem in problems)
