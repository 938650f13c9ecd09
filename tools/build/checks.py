"""What may be wrong with sources, their English and what was built: one line per problem."""

import contextlib
import io
import json
import re
from collections import Counter

from tools.build.catalogue import read_po, update_po
from tools.build.claims import check_claims, verdicts
from tools.build.minutes import check_minutes, minutes
from tools.build.questions import check_questions, letters
from tools.build.render import place, render
from tools.build.sources import CYRILLIC, is_exercise, is_homework, is_solution, read_sources
from tools.build.words import check_openings, check_words, glossary

REBUILD = "run: make notebooks"
LEAK = 12  # shorter lines of a solution, like `plt.show()`, give nothing away

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


def marks(text):
    """What both languages must share: {kind: multiset}."""
    found = {"code": Counter(match[0] for match in CODE.finditer(text))}
    found["verdicts"] = Counter(f"({claim}): {words}" for claim, words in verdicts(text))
    found["answers"] = Counter(letters(text))
    found["minutes"] = Counter(f"{number} min {where}" for number, where in minutes(text))
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


def has_run(text):
    """Does a notebook hold outputs or execution counts?"""
    return bool(re.search(r'"output_type":|"execution_count": *[0-9]', text))


def check_file(text, expected):
    """Problems of one generated file as it lies on the disk."""
    if text == expected:
        return
    yield f"not what its sources make (edit src/ and msgstr only); {REBUILD}"
    if has_run(text):
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
    """Run the student's version as it is handed out: every cell runs, and no `check(…)` says ✓.

    So a solution that lost its tag is found, and nothing keeps anybody from running all cells.
    """
    names, exercises, pending = {"__name__": "homework"}, 0, False
    for number, cell in enumerate(cells, 1):
        if cell.cell_type != "code" or is_solution(cell):
            continue
        checks = re.search(r"^check\(", cell.source, re.MULTILINE)
        if pending and not checks:
            yield f"cell {number}: the cell after an exercise should check it"
        exercises, pending = exercises + is_exercise(cell), is_exercise(cell)
        said, error = run_cell(cell.source, names)
        if error:
            what = f"{type(error).__name__}: {error}"
            yield f"cell {number}: fails in the student's version: {what}"
        elif checks and ("✓" in said or not said):
            yield f"cell {number}: finds it solved in the student's version; an untagged solution?"
    if not exercises:
        yield "no exercise"


def run_cell(source, names):
    """(What a cell prints, its exception or None)."""
    said, complaints = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaints):
            exec(compile(source, "cell", "exec"), names)
    except Exception as error:
        return said.getvalue(), error
    return said.getvalue(), None


def check(root):
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
    page = root / "GLOSSARY.md"
    avoided = glossary(page.read_text(encoding="utf-8") if page.exists() else "")
    for entry in po:
        places = " ".join(place for place, _ in entry.occurrences)
        start = " ".join(entry.msgid.split())[:50]
        found = [*check_english(entry), *check_words(entry, avoided)]
        problems += [f"locale/en.po: {places}: «{start}»: {text}" for text in found]
    problems += [f"locale/en.po: {text}" for text in check_openings(po)]
    for name, cells in notebooks.items():
        problems += check_cells(name, cells, disk)
    lessons = (check_claims, check_questions, check_minutes)
    problems += [problem for look in lessons for problem in look(notebooks)]
    return [*problems, *check_homework(notebooks, made)]
