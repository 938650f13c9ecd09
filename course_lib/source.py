"""`show`, `diff` and `variant`: a method's own text in the notebook, and another method made of it.

The notebooks do not retype the library; they show it. What a student reads is what runs. The wrong
methods of the tests come from `variant` too.
"""

import ast
import difflib
import inspect
import linecache
import textwrap
from itertools import count
from keyword import iskeyword

import numpy as np


class Text:
    """Program text that a notebook shows highlighted and a terminal shows plain."""

    def __init__(self, text, language):
        self.text, self.language = text, language

    def _repr_markdown_(self):
        return f"```{self.language}\n{self.text}\n```"

    def __repr__(self):
        return self.text


def show(function):
    """The source of a method (or of any function) without its docstring.

    >>> from course_lib import gd
    >>> show(gd)
    def gd(problem, x, alpha=0.1):
        for k in count(1):
            yield x
            g = problem.grad(x)
            x = x - at(alpha, k) * g
    """
    return Text(_code(function), "python")


def diff(old, new):
    """What changes from one method to the next: lines of `old` with −, lines of `new` with +.

    >>> from course_lib import adagrad, rmsprop
    >>> diff(adagrad, rmsprop)
    -def adagrad(problem, x, alpha=0.1, eps=1e-6):
    +def rmsprop(problem, x, alpha=0.01, gamma=0.9, eps=1e-6):
         v = 0
         for k in count(1):
             yield x
             g = problem.grad(x)
    -        v = v + g**2
    +        v = gamma * v + (1 - gamma) * g**2
             x = x - at(alpha, k) * g / (v + eps) ** 0.5
    """
    lines = difflib.ndiff(_code(old).splitlines(), _code(new).splitlines())
    return Text("\n".join(s[0] + s[2:] for s in lines if s[0] != "?"), "diff")


def variant(method, *edits, name=None):
    """The method with pieces of its text replaced: a function like any other, which `show` shows.

    edits: pairs (old, new), made one after the other; each old text stands exactly once in what
    `show(method)` shows. The new text may use the names of the method's module, and np. name: of
    the new function, by default the method's own. Raises ValueError for an old text that does not
    stand exactly once, SyntaxError for a new one that is no Python.

    >>> from course_lib import adagrad
    >>> adagrad_outside = variant(adagrad, ("(v + eps) ** 0.5", "(v**0.5 + eps)"), name="outside")
    >>> diff(adagrad, adagrad_outside)
    -def adagrad(problem, x, alpha=0.1, eps=1e-6):
    +def outside(problem, x, alpha=0.1, eps=1e-6):
         v = 0
         for k in count(1):
             yield x
             g = problem.grad(x)
             v = v + g**2
    -        x = x - at(alpha, k) * g / (v + eps) ** 0.5
    +        x = x - at(alpha, k) * g / (v**0.5 + eps)
    """
    pairs = [pair for pair in edits if np.shape(pair) == (2,)]
    if len(pairs) < len(edits) or not all(isinstance(part, str) for pair in edits for part in pair):
        raise ValueError(f"edits: expected pairs of texts (old, new); got {edits!r}")
    text, old_name = _code(method) + "\n", method.__name__
    name = old_name if name is None else name
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        raise ValueError(f"name: expected the name of a function; got {name!r}")
    for old, new in [*edits, (f"def {old_name}(", f"def {name}(")]:
        if text.count(old) != 1:
            times = f"{old!r}, which stands there {text.count(old)} times"
            raise ValueError(f"old: expected a text that {old_name} has exactly once; got {times}")
        text = text.replace(old, new)
    file = f"<variant {next(_numbers)} of {old_name}>"
    names = {**method.__globals__, "np": np}
    exec(compile(text, file, "exec"), names)
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    return names[name]


_numbers = count(1)


def _code(function):
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (TypeError, OSError):
        raise ValueError(f"show: expected a function with source; got {function!r}") from None
    lines, definition = text.splitlines(), ast.parse(text).body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise ValueError(f"show: expected a function with source, no lambda; got {function!r}")
    if ast.get_docstring(definition) is not None:
        docstring = definition.body[0]
        lines = lines[: docstring.lineno - 1] + lines[docstring.end_lineno :]
    return "\n".join(lines)
