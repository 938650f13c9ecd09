"""The seminar: cells of the chapters, and the little prose that joins them.

Nothing is written twice. A cell of a chapter says by a tag, `seminar:hats`, that the seminar takes
it. In `notebooks/src/seminar.py` a cell without text, `# %% include="07_adam:hats"`, stands for all
cells of 07_adam with this tag, in order; `# %% include="imports"`, for the imports that they need.
Headings stay in the chapters: the seminar has its own.

An included cell must mean what it means in its chapter: whatever name it takes from a cell before
it, the same text has set it. So a forgotten set-up cell is found, and a name of two chapters.
"""

import ast
import builtins
import dis
import re
import textwrap
from copy import deepcopy
from types import CodeType

SEMINAR = "seminar"
TAG = "seminar:"
CHAPTER = "chapter"  # key of an included cell's metadata: where it comes from
IMPORTS = "imports"
LIVE = re.compile(r"^live\(", re.MULTILINE)  # calls its function as long as the notebook is open
HEADING = re.compile(r"^#{1,6} .*\n+", re.MULTILINE)


def names(code):
    """What a cell's code binds, and what it takes from the cells before it."""
    bound, taken, inside = set(), set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            bound.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            taken |= {step.argval} - bound
        elif isinstance(step.argval, CodeType):
            inside |= names(step.argval)[1]
    return bound, taken | inside - bound


def compiled(cell):
    try:
        return compile(cell.source, "cell", "exec")
    except SyntaxError as error:
        raise ValueError(f"{text_of(cell.source)}: {error.msg}") from error


def imports(source):
    """{name: (module, its name there or None)} of what a cell imports."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            found |= {one.asname or one.name: (one.name, None) for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: (node.module, one.name) for one in node.names}
    return found


def origins(cells):
    """For each cell, {name that it takes: the text or the import that set it, or None}.

    What students do not get, and what they change, sets nothing.
    """
    known, found = {}, []
    for cell in cells:
        tags = {*cell.metadata.get("tags", [])}
        if cell.cell_type != "code" or tags & {"solution", "exercise"}:
            found.append({})
            continue
        bound, taken = names(compiled(cell))
        found.append({name: known.get(name) for name in taken if not hasattr(builtins, name)})
        known |= dict.fromkeys(bound, cell.source) | imports(cell.source)
    return found


def written(imported):
    """Import statements for {name: (module, its name there or None)}."""
    lines, members = [], {}
    for name, (module, member) in sorted(imported.items()):
        if member is None:
            lines.append(f"import {module}" + f" as {name}" * (name != module))
        else:
            part = member + f" as {name}" * (name != member)
            members.setdefault(module, []).append(part)
    for module, parts in sorted(members.items()):
        line = f"from {module} import {', '.join(parts)}"
        if len(line) > 100:
            inside = textwrap.indent(textwrap.fill(", ".join(parts) + ",", 96), "    ")
            line = f"from {module} import (\n{inside}\n)"
        lines.append(line)
    return "\n".join(lines)


def chapter_cells(notebooks, target):
    """Copies of the cells that an include names, each with the origins of the names it takes."""
    chapter, _, tag = target.partition(":")
    if chapter == SEMINAR or chapter not in notebooks:
        raise ValueError(f"include {target!r}: there is no chapter {chapter!r}")
    found, cells = [], notebooks[chapter]
    for cell, taken in zip(cells, origins(cells), strict=True):
        tags = cell.metadata.get("tags", [])
        if TAG + tag in tags:
            cell = deepcopy(cell)
            cell.metadata[CHAPTER] = chapter
            cell.metadata["tags"] = [one for one in tags if not one.startswith(TAG)]
            cell.metadata.pop("slideshow", None)  # the seminar has slides of its own, and headings
            if cell.cell_type == "markdown":
                cell.source = HEADING.sub("", cell.source)
            found.append((cell, taken))
    if not found:
        raise ValueError(f"include {target!r}: no cell of {chapter} has the tag {TAG + tag!r}")
    return found


def compose(notebooks):
    """The seminar's cells, every include replaced by what it stands for.

    notebooks: {name: cells}, as they are written. ValueError: an include that cannot be.
    """
    chosen, targets = [], set()  # pairs: a cell, and where its chapter sets the names that it takes
    for cell in notebooks[SEMINAR]:
        target = cell.metadata.get("include", IMPORTS)
        new = [(deepcopy(cell), {})] if target == IMPORTS else chapter_cells(notebooks, target)
        if "slideshow" in cell.metadata:
            new[0][0].metadata["slideshow"] = cell.metadata["slideshow"]
        chosen += new
        targets.add(target)
    for chapter, cells in notebooks.items():
        tags = {tag for cell in cells for tag in cell.metadata.get("tags", [])}
        for tag in tags:
            if tag.startswith(TAG) and tag.replace(TAG, f"{chapter}:") not in targets:
                raise ValueError(
                    f"no include of {tag.replace(TAG, f'{chapter}:')!r}, which has cells"
                )
    imported = {}
    for _, taken in chosen:
        for name, origin in taken.items():
            if isinstance(origin, tuple) and imported.setdefault(name, origin) != origin:
                raise ValueError(f"{name!r}: {text_of(imported[name])}, and {text_of(origin)}")
    cells = [cell for cell, _ in chosen]
    for cell in cells:
        if cell.metadata.pop("include", None):
            cell.source = written(imported)
    for (cell, taken), here in zip(chosen, origins(cells), strict=True):
        for name, origin in taken.items():
            if here[name] != origin:
                where = f"{cell.metadata[CHAPTER]}: {text_of(cell.source)}: {name!r}"
                raise ValueError(f"{where}: {text_of(origin)} there, {text_of(here[name])} here")
    for k, (cell, taken) in enumerate(chosen):
        chapter = cell.metadata.get(CHAPTER)
        if LIVE.search(cell.source):
            later = [other for other in cells[k + 1 :] if other.metadata.get(CHAPTER) != chapter]
            for name in (taken.keys() | bound_by(cell)) & set().union(*map(bound_by, later)):
                raise ValueError(f"{name!r}: a live figure of {chapter} needs it")
    return cells


def bound_by(cell):
    """Names that a cell of code sets."""
    return names(compiled(cell))[0] if cell.cell_type == "code" else set()


def text_of(origin):
    """How a message calls what sets a name."""
    if isinstance(origin, str):
        first, _, _ = origin.partition("\n")
        return f"«{first}»"
    return f"imported from {origin[0]}" if origin else "nothing"
