"""From the cells of a notebook, the few statements that an item needs. Nothing is executed.

A notebook is full of experiments, plots and magics that have no business in grading. A function
needs its own definition and what its text refers to: helpers, constants, imports, wherever they
stand; a number needs the last literal assigned to its name. This file runs inside the sandbox too
(a text can also hurt who only reads it), so it uses the standard library alone.
"""

import ast
import builtins
import difflib
import hashlib
import symtable
from typing import NamedTuple

PYTHON_MAGICS = ("time", "timeit", "capture", "prun")  # their cells are still Python
MOST_TEXT = 300_000  # characters of code in one notebook
WRAPPERS = ("float64", "float32", "float", "int64", "int", "array", "Slope", "tuple", "list")
ALIKE = 0.7
#: Letters of Cyrillic that look like Latin ones.
TWINS = str.maketrans("асеорхукмтвнгіѕјАСЕОРХУКМТВНГ", "aceopxykmtbhrisjACEOPXYKMTBHR")


class Statement(NamedTuple):
    """A top-level statement: where it stands, its text, the names it binds and needs."""

    cell: int
    line: int
    code: str
    node: ast.AST
    binds: frozenset
    needs: frozenset


def statements(cells):
    """(Statements in order, [cell, line, what] of the cells that are no Python)."""
    found, broken = [], []
    for number, text in cells:
        try:
            tree, text = parsed(text)
            for node in tree.body:
                found.append(statement(number, node, text))
        except SyntaxError as error:
            broken.append([number, error.lineno or 1, str(error.msg)[:80]])
        except (ValueError, RecursionError, MemoryError) as error:
            broken.append([number, 1, type(error).__name__])
    return found, broken


def parsed(text):
    """(The tree of a cell, its text) with IPython's own lines taken out."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines[0].startswith("%%"):
        python = lines[0][2:].split(maxsplit=1)[:1] in [[name] for name in PYTHON_MAGICS]
        text = "\n".join(["", *lines[1:]]) if python else ""
    try:
        return ast.parse(text), text
    except SyntaxError:
        text = "\n".join(map(without_magic, text.split("\n")))
        return ast.parse(text), text


def without_magic(line):
    bare = line.strip()
    ipython = bare.startswith(("%", "!", "?")) or bare.endswith("?")
    _, assigned, value = bare.partition("=")
    ipython = ipython or (assigned and value.lstrip().startswith(("%", "!")))
    return line[: len(line) - len(line.lstrip())] + "pass" if ipython else line


def statement(cell, node, text):
    code, line = ast.get_source_segment(text, node), node.lineno
    for decorator in reversed(getattr(node, "decorator_list", [])):
        code, line = f"@{ast.unparse(decorator)}\n{code}", line - 1
    top = symtable.symtable(code, "cell", "exec")
    symbols = top.get_symbols()
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    needs = {s.get_name() for s in symbols if s.is_referenced()}
    inner = list(top.get_children())
    while inner:
        table = inner.pop()
        needs |= {s.get_name() for s in table.get_symbols() if s.is_global()}
        inner += table.get_children()
    if isinstance(node, ast.Delete):
        binds = set()
    return Statement(cell, line, code, node, frozenset(binds), frozenset(needs))


def slice_for(name, found):
    """The statements that the last value of `name` may depend on, in order."""
    needed, seen = [name], set()
    while needed:
        wanted = needed.pop()
        if wanted not in seen:
            seen.add(wanted)
            needed += (need for s in found if wanted in s.binds for need in s.needs)
    bound = set().union(*(s.binds for s in found))
    unknown = seen - bound - set(dir(builtins))
    return [s for s in found if s.binds & seen or (unknown and imports_star(s.node))]


def imports_star(node):
    """Is it `from numpy import *`? Only there may a name of unknown origin come from."""
    star = isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    return star and not (node.module or "").startswith("course_lib")


def last(name, found):
    return next((s for s in reversed(found) if name in s.binds), None)


def is_unsolved(node):
    """Is it a function that only raises NotImplementedError, as handed out?"""
    if not isinstance(node, ast.FunctionDef):
        return False
    body = [s for s in node.body if not is_text(s)]
    raised = body[0].exc if len(body) == 1 and isinstance(body[0], ast.Raise) else None
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def literal(name, found):
    """{"value": …} for the last literal assigned to a name; {"given": False} if there is none.

    `np.float64(0.5)` and `Slope(value=…)`, as NumPy and the library print their numbers, count as
    what is in the brackets. `...` is what was handed out.
    """
    binding = last(name, found)
    if binding is None:
        return {"given": False}
    node = binding.node
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return {"given": True}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if not all(isinstance(target, ast.Name) for target in targets):
        return {"given": True}
    try:
        value = as_literal(node.value)
    except (ValueError, RecursionError):
        return {"given": True}
    return {"given": False} if value is ... else {"given": True, "value": value}


def as_literal(node):
    """The value of a literal: numbers, texts, tuples and lists of them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | type(...)):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = as_literal(node.operand)
        if isinstance(value, int | float):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Tuple | ast.List):
        return [as_literal(element) for element in node.elts]
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        called = called.id if isinstance(called, ast.Name) else called
        inside = [as_literal(a) for a in [*node.args, *(k.value for k in node.keywords)]]
        if called in WRAPPERS and inside:
            return inside[0] if len(inside) == 1 else inside
    raise ValueError("not a literal")


def fingerprint(node):
    """A hash of a function that survives other names, comments, docstrings and layout."""
    names = {}

    def renamed(name):
        return names.setdefault(name, f"n{len(names)}")

    tree = ast.parse(ast.unparse(node))
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef):
            part.body = [s for s in part.body if not is_text(s)] or part.body
            part.returns = None
        elif isinstance(part, ast.arg):
            part.annotation = None
    for part in ast.walk(tree):
        for field in ("name", "arg", "id"):
            if isinstance(part, ast.FunctionDef | ast.arg | ast.Name) and hasattr(part, field):
                setattr(part, field, renamed(getattr(part, field)))
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def lookalike(name, found, prose):
    """Where a missing function may be: {"named": other name}, {"in_prose": True} or {}."""
    bound = sorted({b for s in found for b in s.binds if isinstance(s.node, ast.FunctionDef)})
    for other in bound:
        if other.translate(TWINS).casefold().strip("_") == name:
            return {"named": other, "twin": other.casefold().strip("_") != name}
    if f"def {name}(" in prose:
        return {"in_prose": True}
    close = difflib.get_close_matches(name, bound, n=1, cutoff=ALIKE)
    return {"named": close[0]} if close else {}


def main(job):
    """job: {"cells": [[n, code], …], "prose": …, "methods": [name, …], "answers": [name, …]}."""
    if sum(len(text) for _, text in job["cells"]) > MOST_TEXT:
        return {"too_long": True}
    found, broken = statements(job["cells"])
    methods = {}
    for name in job["methods"]:
        definition = last(name, found)
        if definition is None:
            methods[name] = lookalike(name, found, job["prose"])
        elif is_unsolved(definition.node):
            methods[name] = {"unsolved": True}
        else:
            methods[name] = {
                "source": [[s.cell, s.line, s.code] for s in slice_for(name, found)],
                "print": fingerprint(definition.node),
            }
    answers = {name: literal(name, found) for name in job["answers"]}
    bound = sorted({name for s in found for name in s.binds})
    return {"methods": methods, "answers": answers, "broken": broken, "bound": bound}
