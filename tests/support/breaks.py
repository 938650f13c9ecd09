"""Checks, and the slips that each must catch: a check that no slip can break says nothing.

A row of a table of slips: the check, what is done wrong, the one piece of the source where it is
done, what stands there instead.
"""

import ast

import jupytext
import pytest

from course_lib.source import show
from support import ROOT


def slipped(text, old, new):
    """The text with one slip."""
    assert text.count(old) == 1, "the pattern no longer occurs exactly once: mend the table"
    return text.replace(old, new)


def executed(text, known=()):
    """{name: value} of all that a text makes of the names that are known."""
    names = {"__name__": "executed", **dict(known)}
    exec(compile(text, "<executed>", "exec"), names)
    return names


def defined(chapter, *settings):
    """{name: source} of the functions and variants of a chapter, and the names that they need.

    These come from its imports and from the statements that begin like one of the `settings`.
    """
    sources, names = {}, {}
    for cell in jupytext.read(ROOT / "notebooks" / "src" / f"{chapter}.py").cells:
        for node in ast.parse(cell.source if cell.cell_type == "code" else "").body:
            text = ast.get_source_segment(cell.source, node)
            if isinstance(node, ast.FunctionDef):
                sources[node.name] = text
            elif isinstance(node, ast.Import | ast.ImportFrom) or text.startswith(settings):
                exec(text, names)
            elif " = variant(" in text:
                exec(text, names)
                name = node.targets[0].id
                sources[name] = show(names[name]).text
    return sources, names


def each(checks):
    """A parameter `check`, named by its function."""
    return pytest.mark.parametrize("check", checks, ids=lambda check: check.__name__)


def each_break(rows):
    """Parameters `check`, `old`, `new` of the rows of a table of slips."""
    params = [pytest.param(c, old, new, id=f"{c.__name__}: {slip}") for c, slip, old, new in rows]
    return pytest.mark.parametrize(("check", "old", "new"), params)
