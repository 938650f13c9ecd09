"""The sources that people edit: `notebooks/src/NN_name.py`, read and refused if misunderstood."""

import hashlib
import re
from collections import Counter

import jupytext
import nbformat

from tools.build.compose import CHAPTER, SEMINAR, TAG, compose

TAGS = {"solution", "exercise", "hide-input", "parameters", "raises-exception", "needs-torch"}
TAKEN = re.compile(rf"{TAG}[a-z0-9-]+")  # the seminar takes the cell
SLIDE_TYPES = ["slide", "subslide", "fragment", "skip", "notes", "-"]
SLIDES = [{"slide_type": kind} for kind in SLIDE_TYPES]
LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}  # jupytext's own
PRIVATE = LAYOUT | {CHAPTER}  # no notebook shows it

CYRILLIC = re.compile(r"[\u0400-\u052f]")
FENCE = re.compile(r"[\s>]*(`{3,}|~{3,})(.*)")
DOUBLE_DOLLAR = re.compile(r"(?<!\\)\$\$")
REFUSED = {  # what a cell may not hold, each a way to lose a solution or a line without a sound
    re.compile(r"[\x00-\x09\x0b-\x1f\ufeff]"): "a tab or a control character",
    re.compile(r"^[# ]*% *%", re.MULTILINE): "a line like a misspelt cell header '# %%'",
    re.compile(r"#\s*(BEGIN|END)\s+(SOLUTION|HIDDEN)"): "a marker; tag the whole cell instead",
}


class SourceError(Exception):
    """A source that cannot be built; the message is one line that names the file."""


def paragraphs(text):
    """Split Markdown at blank lines, but never inside a ``` fence or a $$ block."""
    blocks, fence, formula = [[]], "", False
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark and "`" not in mark[2]:
            fence = mark[1]
        elif len(DOUBLE_DOLLAR.findall(re.sub("`[^`]*`", "", line))) % 2:
            formula = not formula
        if line.strip() or fence or formula:
            blocks[-1].append(line)
        else:
            blocks.append([])
    if fence or formula:
        raise ValueError(f"unclosed {fence or '$$'}")
    return ["\n".join(block) for block in blocks if block]


def prose(cells):
    """The paragraphs that need English here, in order; an included one gets it in its chapter."""
    own = [cell for cell in cells if not is_included(cell)]
    texts = [cell.source for cell in own if cell.cell_type == "markdown"]
    return [part for text in texts for part in paragraphs(text) if CYRILLIC.search(part)]


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


def is_exercise(cell):
    return "exercise" in cell.metadata.get("tags", [])


def is_included(cell):
    return CHAPTER in cell.metadata


def is_homework(name):
    return name.startswith("hw")


def complaint(cell):
    """What is wrong with a cell of a source, or None."""
    if unknown := set(cell.metadata) - {"slideshow", "tags", "include"} - LAYOUT:
        return f"header not understood: {sorted(unknown)}"
    tags = set(cell.metadata.get("tags", []))
    if unknown := {tag for tag in tags - TAGS if not TAKEN.fullmatch(tag)}:
        return f"unknown tag {sorted(unknown)}; known: {sorted(TAGS)}, {TAG}…"
    if tags - TAGS and (is_solution(cell) or is_exercise(cell)):
        return f"a solution or an exercise with {sorted(tags - TAGS)}"
    if cell.metadata.get("slideshow", SLIDES[0]) not in SLIDES:
        return f"unknown slideshow {cell.metadata.slideshow}; known: {SLIDE_TYPES}"
    if cell.cell_type == "raw":
        return "a raw cell; use markdown or code"
    if bool(cell.source.strip()) == ("include" in cell.metadata):
        return "an include with text" if cell.source.strip() else "an empty cell"
    return next((text for pattern, text in REFUSED.items() if pattern.search(cell.source)), None)


def read_source(path):
    """The cells of one source, refused if anything in it could be misunderstood."""
    name = f"src/{path.name}"
    if not re.fullmatch(rf"(\d\d|hw\d)_[a-z0-9_]+\.py|{SEMINAR}\.py", path.name):
        raise SourceError(f"{name}: name it NN_name.py, or hwN_name.py for a homework")
    percent = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    try:
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt=percent)
    except (ValueError, nbformat.ValidationError) as error:
        raise SourceError(f"{name}: not py:percent: {str(error).splitlines()[0]}") from error
    for number, cell in enumerate(notebook.cells, 1):
        cell.source = cell.source.strip("\n")
        try:
            if cell.cell_type == "markdown":
                cell.source = "\n\n".join(paragraphs(cell.source))
            problem = complaint(cell)
        except ValueError as error:
            problem = error
        if problem:
            raise SourceError(f"{name}: cell {number}: {problem}")
        if "include" in cell.metadata and path.stem != SEMINAR:
            raise SourceError(f"{name}: cell {number}: only src/{SEMINAR}.py includes")
    identify(notebook.cells, path.stem)
    return notebook.cells


def identify(cells, name):
    """Give every cell an id that its notebook and its text decide."""
    seen = Counter()
    for cell in cells:
        content = f"{name}\n{cell.cell_type}\n{cell.source}"
        seen[content] += 1
        cell.id = hashlib.sha256(f"{content}\n{seen[content]}".encode()).hexdigest()[:12]


def read_sources(root):
    """{notebook's name: its cells}, in the order of the course."""
    paths = sorted((root / "src").glob("*.py"))
    if not paths:
        raise SourceError("src: no notebooks")
    notebooks = {path.stem: read_source(path) for path in paths}
    if SEMINAR in notebooks:
        try:
            notebooks[SEMINAR] = compose(notebooks)
        except ValueError as error:
            raise SourceError(f"src/{SEMINAR}.py: {error}") from error
        identify(notebooks[SEMINAR], SEMINAR)
    return notebooks
