"""From the cells of a notebook, the few statements that an item needs. Nothing is executed.

A notebook is full of experiments, plots and magics that have no business in grading. A function
needs its own definition and what that refers to, wherever it stands: helpers, constants, imports,
and the statements that change them (`settings["one"] = 1`, `steps.append(2)`, `gd.scale = 1`). What
counts is the notebook as it was at the function's last `check`: a helper bound again below, for the
next method, is another one. A number needs the last literal assigned to its name.

This file runs inside the sandbox (a text can also hurt who only reads it) and, for `check`, at
home. Beside the standard library it uses the one module of IPython that knows magics, which takes
the standard library alone.
"""

import ast
import builtins
import difflib
import symtable
import warnings
import zlib
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

PYTHON_MAGICS = ("time", "timeit", "capture", "prun")  # their cells are still Python
MOST_TEXT = 300_000  # characters of code in one notebook
WRAPPERS = (
    "float64", "float32", "float", "int64", "int", "array", "Slope", "Band", "tuple", "list"
)  # fmt: skip
#: What changes an argument of its own, beside functions of the notebook.
CHANGING = ("setattr", "delattr", "shuffle", "copyto", "put", "place", "putmask", "fill_diagonal")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SHINGLE = 6  # nodes of a syntax tree in a row: the unit in which two functions are alike
MOST_SHINGLES = 2000
ALIKE = 0.7
#: Letters of Cyrillic that look like Latin ones.
TWINS = str.maketrans("асеорхукмтвнгіѕјАСЕОРХУКМТВНГ", "aceopxykmtbhrisjACEOPXYKMTBHR")


class Statement(NamedTuple):
    """A top-level statement: where it stands, its text, the names it binds, needs and changes."""

    cell: int
    line: int
    code: str
    node: ast.AST
    binds: frozenset
    needs: frozenset
    changes: frozenset


def statements(cells):
    """(Statements in order, [cell, line, what] of the cells that are no Python)."""
    found, broken = [], []
    for number, text in cells:
        try:
            found += cell_statements(number, text)
        except SyntaxError as error:
            broken.append([number, error.lineno or 1, str(error.msg)[:80]])
        except (ValueError, RecursionError, MemoryError) as error:
            broken.append([number, 1, type(error).__name__])
    return found, broken


def cell_statements(number, text, first=0):
    """The statements of one cell; first: lines above the text, as above the body of a magic."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    bare = text.lstrip("\n")
    first += len(text) - len(bare)
    text = python_of(bare)
    found = []
    for node in ast.parse(text).body:
        magic, body = magic_body(node)
        if magic in PYTHON_MAGICS:
            found += cell_statements(number, body, first + (node.lineno if "\n" in body else 0))
        else:
            found += [statement(number, first, part, text) for part in parts(node)]
    return found


def python_of(text):
    """A cell's text as IPython makes it Python: without prompts, indent and magics."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return TransformerManager().transform_cell(text)
        except SyntaxError:
            return text


def magic_body(node):
    """(Name, text) of a magic that holds code: `%%time` with its cell, `%time` with its line."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None, ""
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    if call.func.attr == "run_cell_magic" and len(words) == 3:
        return words[0], f"{words[2]}\n"
    if call.func.attr == "run_line_magic" and len(words) == 2:
        return words[0], words[1]
    return None, ""


def parts(node):
    """A statement, but of an import each name alone: one that is missing costs no other."""
    if not isinstance(node, ast.Import | ast.ImportFrom) or len(node.names) == 1:
        return [node]
    found = []
    for alias in node.names:
        fields = {"names": [alias]}
        if isinstance(node, ast.ImportFrom):
            fields |= {"module": node.module, "level": node.level}
        found.append(ast.copy_location(type(node)(**fields), node))
    return found


def statement(cell, first, node, text):
    if isinstance(node, ast.Import | ast.ImportFrom):
        code, line = ast.unparse(node), node.lineno
    else:
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
    return Statement(
        cell, first + line, code, node, frozenset(binds), frozenset(needs), frozenset(changed(node))
    )


def changed(node):
    """Names whose objects a statement may change without binding them."""
    for part in outside_functions(node):
        if isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
            yield root(part)
        elif isinstance(part, ast.Expr) and isinstance(part.value, ast.Call):
            function = part.value.func
            if isinstance(function, ast.Attribute):
                yield root(function)
            if getattr(function, "attr", getattr(function, "id", "")) in CHANGING:
                yield from arguments(part.value)


def outside_functions(node):
    """The parts of a statement that run when it runs."""
    if isinstance(node, FUNCTIONS):
        return
    yield node
    for part in ast.iter_child_nodes(node):
        yield from outside_functions(part)


def root(node):
    """The name at the left end of `name.a[b].c`; "" where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def arguments(call):
    return {root(arg) for arg in [*call.args, *(word.value for word in call.keywords)]}


def changed_by_calls(found):
    """{index of a statement: names that functions of the notebook may change in it}.

    A function changes what its body does outside its own names, and perhaps its arguments.
    """
    inside = {}
    for s in found:
        if isinstance(s.node, ast.FunctionDef):
            body = [name for part in s.node.body for name in changed(part)]
            declared = {n for p in ast.walk(s.node) if isinstance(p, ast.Global) for n in p.names}
            inside[s.node.name] = s.needs & {*body, *declared}
    changes = {}
    for j, s in enumerate(found):
        for part in outside_functions(s.node):
            call = part.value if isinstance(part, ast.Expr) else None
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in inside:
                changes.setdefault(j, set()).update(inside[call.func.id], arguments(call))
    return changes


def definition(name, found):
    """The index of the last statement that makes the function; None if there is none.

    A stub, as handed out, counts only if there is nothing else; an import never does.
    """
    made = [
        j for j, s in enumerate(found)
        if name in s.binds and not isinstance(s.node, ast.Import | ast.ImportFrom)
    ]  # fmt: skip
    solved = [j for j in made if not is_unsolved(found[j].node)]
    return (solved or made or [None])[-1]


def at_check(name, found, after):
    """(How many statements count, is there a check?): up to the last `check` of the name.

    Without one, up to the end of the function's cell; what changes its objects below counts too.
    """
    checks = [j for j, s in enumerate(found) if j > after and name in checked(s.node)]
    last = checks[-1] if checks else after
    cell = found[last].cell
    while last + 1 < len(found) and found[last + 1].cell == cell:
        last += 1
    return last + 1, bool(checks)


def checked(node):
    """The items that a statement gives to `check`."""
    for part in outside_functions(node):
        if isinstance(part, ast.Call) and part.args and isinstance(part.args[0], ast.Constant):
            called = getattr(part.func, "attr", getattr(part.func, "id", ""))
            if called == "check":
                yield part.args[0].value


def slice_for(name, found):
    """The statements that `name` may depend on, in order, as the notebook was at its `check`."""
    made = definition(name, found)
    stubs = {j for j, s in enumerate(found) if is_unsolved(s.node) and j != made}
    by_calls = changed_by_calls(found)
    end, has_check = at_check(name, found, made)
    early = {n for j, s in enumerate(found[:end]) if j not in stubs for n in s.binds}
    needed, seen, taken = [name], set(), {made}
    while needed:
        wanted = needed.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        for j, s in enumerate(found):
            if j in stubs:
                continue
            late = j >= end and wanted in early
            changes = wanted in s.changes or (wanted != name and wanted in by_calls.get(j, ()))
            if (wanted in s.binds and not late) or (changes and not (late and has_check)):
                taken.add(j)
                needed += s.needs
    bound = set().union(*(s.binds for s in found))
    unknown = seen - bound - set(dir(builtins))
    for j, s in enumerate(found):
        if always(s.node) or (unknown and imports_star(s.node)):
            taken.add(j)
    return [found[j] for j in sorted(taken)]


def always(node):
    """`from __future__ import annotations` means every statement."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def imports_star(node):
    """Is it `from numpy import *`? Only there may a name of unknown origin come from."""
    star = isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    return star and not (node.module or "").startswith("course_lib")


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
    what is in the brackets. `...` is what was handed out, and counts only if there is nothing else.
    """
    given = [answer for s in found if name in s.binds if (answer := literal_in(s.node))["given"]]
    return given[-1] if given else {"given": False}


def literal_in(node):
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


def constants(source):
    """The numbers written into the taken statements."""
    nodes = (part for s in source for part in ast.walk(s.node))
    values = {n.value for n in nodes if isinstance(n, ast.Constant)}
    return sorted(float(v) for v in values if type(v) in (int, float) and abs(v) < 1e9)[:20]


def shingles(node):
    """Hashes of the runs of nodes in a function; other names, comments and layout change none."""
    names, sequence = {}, []

    def renamed(name):
        return names.setdefault(name, f"n{len(names)}")

    def visit(part):
        if is_text(part):
            return
        sequence.append(type(part).__name__)
        for field in ("name", "arg", "id"):
            value = getattr(part, field, None)
            if isinstance(part, ast.FunctionDef | ast.arg | ast.Name) and value:
                sequence[-1] += renamed(value)
        if isinstance(part, ast.Constant | ast.Attribute):
            sequence[-1] += str(getattr(part, "value" if hasattr(part, "kind") else "attr"))[:20]
        for field, child in ast.iter_fields(part):
            if field not in ("annotation", "returns", "ctx"):
                for each in child if isinstance(child, list) else [child]:
                    if isinstance(each, ast.AST):
                        visit(each)

    visit(node)
    runs = {" ".join(sequence[j : j + SHINGLE]) for j in range(len(sequence) - SHINGLE + 1)}
    return sorted(zlib.crc32(run.encode()) for run in runs)[:MOST_SHINGLES]


def lookalike(name, found, prose, others):
    """Where a missing function may be: {"imported": True}, {"in_prose": True}, {"named": other
    name} or {}.

    others: the items' names; none of them is a misspelling of another.
    """
    if any(name in s.binds for s in found):  # no definition, so an import: see `definition`
        return {"imported": True}
    bound = {b for s in found for b in s.binds if isinstance(s.node, ast.FunctionDef)}
    bound = sorted(bound - set(others))
    for other in bound:
        if other.translate(TWINS).casefold().strip("_") == name:
            return {"named": other, "twin": other.casefold().strip("_") != name}
    if f"def {name}(" in prose:
        return {"in_prose": True}
    close = [other for other in bound if name in other.casefold().split("_")]
    close += difflib.get_close_matches(name, bound, n=1, cutoff=ALIKE)
    return {"named": close[0]} if close else {}


def marks(job, found, broken):
    """The items that the notebook is about: it checks them, or makes such a function.

    A seminar binds the same names to methods of the library, which take a problem and a point.
    """
    strong = {name for s in found for name in checked(s.node) if isinstance(name, str)}
    for s in found:
        node = s.node.value if isinstance(s.node, ast.Assign) else s.node
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            asked = len(node.args.posonlyargs + node.args.args) - len(node.args.defaults)
            strong |= s.binds if asked >= 3 else set()
    texts = {number: text for number, text in job["cells"]}
    unreadable = "\n".join(texts[cell] for cell, *_ in broken)
    strong |= {name for name in job["methods"] if f"def {name}(" in unreadable}
    weak = {name for name in job["answers"] if literal(name, found).get("value") is not None}
    known = {*job["methods"], *job["answers"]}
    return sorted(strong & known), sorted(weak)


def main(job):
    """job: {"cells": [[n, code], …], "prose": …, "methods": [name, …], "answers": [name, …]}."""
    if sum(len(text) for _, text in job["cells"]) > MOST_TEXT:
        return {"too_long": True}
    found, broken = statements(job["cells"])
    methods = {}
    for name in job["methods"]:
        made = definition(name, found)
        if made is None:
            methods[name] = lookalike(name, found, job["prose"], job["methods"])
        elif is_unsolved(found[made].node):
            methods[name] = {"unsolved": True}
        else:
            source = slice_for(name, found)
            methods[name] = {
                "source": [[s.cell, s.line, s.code] for s in source],
                "constants": constants(source),
                "shingles": shingles(found[made].node),
            }
    answers = {name: literal(name, found) for name in job["answers"]}
    bound = sorted({name for s in found for name in s.binds})
    strong, weak = marks(job, found, broken)
    return {
        "methods": methods, "answers": answers, "broken": broken, "bound": bound,
        "strong": strong, "weak": weak,
    }  # fmt: skip
