"""Build the notebooks that students open from the only files that people edit.

Each lesson exists in two languages and, for teachers, with solutions. Four copies kept by hand
drift apart, so there is one source, `src/NN_name.py` (jupytext py:percent, Russian prose, code
that serves both languages, solutions), and the English of its paragraphs, `locale/en.po`
(gettext; the key is the Russian paragraph itself). This script makes everything else:

    python notebooks/build.py              writes ru/, en/ and homework/, brings en.po up to date
    python notebooks/build.py --check      writes nothing; one line per problem, exit 1 if any
    python notebooks/build.py --homework   writes homework/ru and homework/en only, to hand out
    python notebooks/build.py --solutions  writes solutions/ru and solutions/en (git-ignored)

In en.po only people write English and only people remove the mark "fuzzy". A homework, `hwN_name`,
is built if nothing of a solution is left in it and every item of it is unsolved: its cells are run.
"""

import argparse
import contextlib
import hashlib
import io
import json
import re
import sys
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import jupytext
import nbformat
import polib

ROOT = Path(__file__).resolve().parent
TAGS = {"solution", "exercise", "hide-input", "raises-exception"}
SLIDE_TYPES = ["slide", "subslide", "fragment", "skip", "notes", "-"]
SLIDES = [{"slide_type": kind} for kind in SLIDE_TYPES]
LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}  # jupytext's own
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
PO_METADATA = {
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
}
REBUILD = "run: python notebooks/build.py"
SIMILAR = 0.6  # an edited paragraph keeps its old English above this difflib ratio
LEAK = 12  # shorter lines of a solution, like `plt.show()`, give nothing away

CYRILLIC = re.compile(r"[\u0400-\u052f]")
FENCE = re.compile(r"[\s>]*(`{3,}|~{3,})(.*)")
DOUBLE_DOLLAR = re.compile(r"(?<!\\)\$\$")
CODE = re.compile(
    r"^[ >]*(?P<fence>`{3,}|~{3,}).*?^[ >]*(?P=fence)[`~]*[ ]*$"
    r"|(?<!`)(?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`)",
    re.MULTILINE | re.DOTALL,
)
FORMULA = re.compile(
    r"(?<!\\)\$\$.+?\$\$|\\begin\{(\w+\*?)\}.+?\\end\{\1\}|(?<!\\)\$(?:[^$\\]|\\.)+\$", re.DOTALL
)
LINK = re.compile(
    r"(?<=\]\()\s*<?(?:[^()\s<>]|\([^()\s]*\))+"  # [text](target), ![text](target)
    r"|(?<=\]:)[ ]*\S+"  # [label]: target
    r"|(?<=src=|ref=)[\"'][^\"']+"  # <img src="target">, <a href="target">
    r"|https?://[^\s<>()\"']+"
)
HEADING = re.compile(r"^#{1,6}(?=\s)", re.MULTILINE)
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
    """The paragraphs that need English, in order."""
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return [part for text in texts for part in paragraphs(text) if CYRILLIC.search(part)]


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


def is_exercise(cell):
    return "exercise" in cell.metadata.get("tags", [])


def is_homework(name):
    return name.startswith("hw")


def place(name, language, solutions=False):
    """Where a generated notebook lies."""
    folder = "solutions/" if solutions else "homework/" if is_homework(name) else ""
    return f"{folder}{language}/{name}.ipynb"


def complaint(cell):
    """What is wrong with a cell of a source, or None."""
    if unknown := set(cell.metadata) - {"slideshow", "tags"} - LAYOUT:
        return f"header not understood: {sorted(unknown)}"
    if unknown := set(cell.metadata.get("tags", [])) - TAGS:
        return f"unknown tag {sorted(unknown)}; known: {sorted(TAGS)}"
    if cell.metadata.get("slideshow", SLIDES[0]) not in SLIDES:
        return f"unknown slideshow {cell.metadata.slideshow}; known: {SLIDE_TYPES}"
    if cell.cell_type == "raw":
        return "a raw cell; use markdown or code"
    if not cell.source.strip():
        return "an empty cell"
    return next((text for pattern, text in REFUSED.items() if pattern.search(cell.source)), None)


def read_source(path):
    """The cells of one source, refused if anything in it could be misunderstood."""
    name = f"src/{path.name}"
    if not re.fullmatch(r"(\d\d|hw\d)_[a-z0-9_]+\.py", path.name):
        raise SourceError(f"{name}: name it NN_name.py, or hwN_name.py for a homework")
    percent = {"extension": ".py", "format_name": "percent", "comment_magics": False}
    try:
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt=percent)
    except (ValueError, nbformat.ValidationError) as error:
        raise SourceError(f"{name}: not py:percent: {str(error).splitlines()[0]}") from error
    seen = Counter()
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
        content = f"{path.stem}\n{cell.cell_type}\n{cell.source}"
        seen[content] += 1
        cell.id = hashlib.sha256(f"{content}\n{seen[content]}".encode()).hexdigest()[:12]
    return notebook.cells


def read_sources(root):
    """{notebook's name: its cells}, in the order of the course."""
    paths = sorted((root / "src").glob("*.py"))
    if not paths:
        raise SourceError("src: no notebooks")
    return {path.stem: read_source(path) for path in paths}


def read_po(root):
    path = root / "locale" / "en.po"
    if not path.exists():
        return polib.POFile()
    try:
        return polib.pofile(str(path), encoding="utf-8", check_for_duplicates=True)
    except (OSError, ValueError) as error:
        raise SourceError(f"locale/en.po: {' '.join(str(error).split())}") from error


def closest(text, entries):
    """The entry whose Russian is most like the text, if any is like it at all."""
    best, best_ratio = None, SIMILAR
    matcher = SequenceMatcher(None, "", text, autojunk=False)
    for entry in entries:
        matcher.set_seq1(entry.msgid)
        if matcher.quick_ratio() > best_ratio and matcher.ratio() > best_ratio:
            best, best_ratio = entry, matcher.ratio()
    return best


def translate(text, old):
    """A paragraph's entry with the English of an older one; fuzzy if that was for another text."""
    entry = polib.POEntry(msgid=text)
    if old:
        entry.msgstr, entry.tcomment = old.msgstr, old.tcomment
        if old.fuzzy or old.msgid != text:
            entry.flags = ["fuzzy"]
            entry.previous_msgid = old.previous_msgid if old.fuzzy else old.msgid
    return entry


def update_po(old, notebooks):
    """The catalogue for today's paragraphs, with all English that can be kept."""
    known = {entry.msgid: entry for entry in old}
    new = polib.POFile(wrapwidth=0)
    new.header = "English of the notebooks. Edit msgstr and remove 'fuzzy'; build.py does the rest."
    new.metadata = PO_METADATA
    added = {}
    for name, cells in notebooks.items():
        place = (f"src/{name}.py", "")
        texts = dict.fromkeys(prose(cells))
        here = [entry for entry in known.values() if place in entry.occurrences]
        vanished = [entry for entry in here if entry.msgid not in texts and entry.msgstr]
        for text in texts:
            if text not in added:
                added[text] = translate(text, known.get(text) or closest(text, vanished))
                new.append(added[text])
            added[text].occurrences.append(place)
    return new


def generate(cell, words):
    """A cell as students get it."""
    new = nbformat.from_dict(cell)
    for key in LAYOUT:
        new.metadata.pop(key, None)
    if is_solution(cell):
        new.metadata.tags.remove("solution")
    if cell.cell_type == "markdown":
        new.source = "\n\n".join(words.get(part, part) for part in paragraphs(cell.source))
    return new


def render(notebooks, po, solutions=False):
    """{path: text} of the generated notebooks; a paragraph without English stays Russian."""
    english = {entry.msgid: entry.msgstr for entry in po if entry.msgstr.strip()}
    files = {}
    for folder, words in (("ru", {}), ("en", english)):
        for name, cells in notebooks.items():
            kept = [generate(cell, words) for cell in cells if solutions or not is_solution(cell)]
            made = nbformat.v4.new_notebook(cells=kept, metadata=METADATA, nbformat_minor=5)
            files[place(name, folder, solutions)] = nbformat.writes(made) + "\n"
    return files


def build(root=ROOT, solutions=False, homework=False):
    """Write the notebooks; returns the catalogue. A broken source leaves every file as it was."""
    notebooks = read_sources(root)
    po = update_po(read_po(root), notebooks)
    files = render(notebooks, po, solutions)
    if not solutions:
        for problem in check_homework(notebooks, files):
            raise SourceError(problem)
        files["locale/en.po"] = str(po)
    if homework:
        files = {path: text for path, text in files.items() if path.startswith(("hom", "loc"))}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    return po


def marks(text):
    """What both languages must share: {kind: multiset}."""
    found = {"code": Counter(match[0] for match in CODE.finditer(text))}
    text = CODE.sub(" ", text)
    found["formulas"] = Counter(" ".join(match[0].split()) for match in FORMULA.finditer(text))
    text = FORMULA.sub(" ", text)
    targets = (match[0].strip(" \n<\"'").rstrip(".,;:!?»”") for match in LINK.finditer(text))
    found["links"] = Counter(targets)
    found["headings"] = Counter(HEADING.findall(text))
    return found


def check_english(entry):
    """Problems of one paragraph."""
    russian, english = marks(entry.msgid), marks(entry.msgstr)
    for mark in (mark for found in russian.values() for mark in found if CYRILLIC.search(mark)):
        yield f"Russian words in {' '.join(mark.split())}: move them out, both languages share it"
    if not entry.msgstr.strip():
        yield "no English: write its msgstr"
        return
    if entry.fuzzy:
        yield "fuzzy: correct the English, then remove 'fuzzy'"
    if CYRILLIC.search(entry.msgstr):
        words = [word for word in entry.msgstr.split() if CYRILLIC.search(word)]
        yield f"Cyrillic in the English: {words[:3]}: write it in English"
    for kind in russian:
        if russian[kind] != english[kind]:
            lost, extra = russian[kind] - english[kind], english[kind] - russian[kind]
            yield f"{kind} differ: lost {sorted(lost)}, added {sorted(extra)}: make them equal"


def check_file(text, expected):
    """Problems of one generated file as it lies on the disk."""
    if text == expected:
        return
    yield f"not what its sources make (edit src/ and msgstr only); {REBUILD}"
    if re.search(r'"output_type":|"execution_count": *[0-9]', text):
        yield f"holds outputs or execution counts; {REBUILD}"


def check_cells(name, cells, files):
    """Problems of one source: Cyrillic in code, and its solutions' lines in what students get."""
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code" and CYRILLIC.search(cell.source):
            yield f"src/{name}.py: cell {number}: Cyrillic in code; both languages share it"
    public = "\n".join(cell.source for cell in cells if not is_solution(cell))
    solution = "\n".join(cell.source for cell in cells if is_solution(cell))
    for line in dict.fromkeys(line.strip() for line in solution.split("\n")):
        in_json = json.dumps(line, ensure_ascii=False)[1:-1]
        for path in (place(name, "ru"), place(name, "en")):
            if len(line) >= LEAK and line not in public and in_json in files.get(path, ""):
                yield f"{path}: shows the solution's line «{line}»; remove it"


def check_homework(notebooks, files):
    """Problems of what students get as homework: a trace of a solution, an item that is solved.

    Here no line of a solution may show but those of the cells where students write.
    """
    homework = {name: cells for name, cells in notebooks.items() if is_homework(name)}
    every = [cell for cells in homework.values() for cell in cells]
    lines = {
        line.strip() for cell in every if is_solution(cell) for line in cell.source.split("\n")
    }
    given = {
        line.strip() for cell in every if is_exercise(cell) for line in cell.source.split("\n")
    }
    for name, cells in homework.items():
        for path in (place(name, "ru"), place(name, "en")):
            for line in sorted(lines - given):
                if len(line) >= LEAK and json.dumps(line, ensure_ascii=False)[1:-1] in files[path]:
                    yield f"{path}: shows the solution's line «{line}»; remove it"
        yield from (f"src/{name}.py: {text}" for text in check_unsolved(cells))


def check_unsolved(cells):
    """Run the student's version: each `check(…)` has to stop with NotImplementedError.

    So a solution that lost its tag is found, and who runs all cells stops at the first open item.
    """
    names, exercises, pending = {"__name__": "homework"}, 0, False
    for number, cell in enumerate(cells, 1):
        if cell.cell_type != "code" or is_solution(cell):
            continue
        checks = re.search(r"^check\(", cell.source, re.MULTILINE)
        if pending and not checks:
            yield f"cell {number}: the cell after an exercise should check it"
        exercises, pending = exercises + is_exercise(cell), is_exercise(cell)
        error = run_cell(cell.source, names)
        stopped = isinstance(error, NotImplementedError)
        if checks and not stopped:
            yield f"cell {number}: does not stop the student's version; is a solution untagged?"
        elif error and not exercises:
            yield f"cell {number}: fails before the first exercise: {type(error).__name__}: {error}"
    if not exercises:
        yield "no exercise"


def run_cell(source, names):
    """Run a cell's code quietly; returns its exception, or None."""
    quiet = io.StringIO()
    try:
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            exec(compile(source, "cell", "exec"), names)
    except Exception as error:
        return error
    return None


def check(root=ROOT):
    """One line per problem: the file, what is wrong, how to mend it."""
    notebooks = read_sources(root)
    po = update_po(read_po(root), notebooks)
    made = render(notebooks, po) | {"locale/en.po": str(po)}
    paths = [*root.glob("ru/*.ipynb"), *root.glob("en/*.ipynb"), *root.glob("locale/en.po")]
    paths += [path for path in root.glob("homework/*/[!.]*") if path.is_file()]
    disk = {
        path.relative_to(root).as_posix(): path.read_bytes().decode(errors="replace")
        for path in paths
    }
    problems = [f"{path}: missing; {REBUILD}" for path in made if path not in disk]
    problems += [f"{path}: no source in src/; delete it" for path in disk if path not in made]
    for path in sorted(made.keys() & disk.keys()):
        problems += [f"{path}: {text}" for text in check_file(disk[path], made[path])]
    for entry in po:
        places = " ".join(place for place, _ in entry.occurrences)
        start = " ".join(entry.msgid.split())[:50]
        problems += [f"locale/en.po: {places}: «{start}»: {text}" for text in check_english(entry)]
    for name, cells in notebooks.items():
        problems += check_cells(name, cells, disk)
    return problems + list(check_homework(notebooks, made))


def main(argv=None, root=ROOT):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing, list the problems")
    mode.add_argument("--homework", action="store_true", help="write homework/ only")
    mode.add_argument("--solutions", action="store_true", help="write solutions/, for teachers")
    args = parser.parse_args(argv)
    try:
        problems = check(root) if args.check else []
        if not args.check:
            po = build(root, args.solutions, args.homework)
            todo = sum(not entry.msgstr.strip() or entry.fuzzy for entry in po)
            print(f"built; paragraphs of locale/en.po that wait for a translator: {todo}")
    except SourceError as error:
        problems = [str(error)]
    for problem in problems:
        print(f"{root.name}/{problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
