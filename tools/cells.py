"""How long the code cells of the notebooks are, and how much of them is plumbing.

    python -m tools.cells

A student reads a cell in half a minute, so a cell is short and says what the lecture says. Lines
are those that hold code: no blank ones, no comments. Of these, plumbing is

- imports: import statements;
- style: statements that make or dress axes: a call of a method in `STYLE` (`ax.set(…)`,
  `ax.legend()`, `plot.axes()`), or whatever names `plot.COLORS` or `plot.DASHES`;
- print: calls of `print`, and statements that make a text of numbers: an f-string with a format
  (`f"{x:.3f}"`) or `"…".format(…)`, wherever they stand in it.

A loop, a condition or a function is plumbing where all that stands in it is. Cells that are folded
away (`hide-input`) count neither in lines nor as cells, and the homework's neither: students write
it.
"""

import ast
from statistics import median
from typing import NamedTuple

from course_lib.tables import table
from tools import NOTEBOOKS
from tools.build.sources import is_homework, read_sources

LONG = 20  # lines of a cell that is long
#: What makes axes, and their methods that add no curve.
STYLE = {
    "axes", "axhline", "axis", "axvline", "colorbar", "fill_between", "grid", "invert_xaxis",
    "invert_yaxis", "legend", "set", "set_aspect", "set_axis_off", "set_title", "set_xlabel",
    "set_xlim", "set_xscale", "set_xticks", "set_ylabel", "set_ylim", "set_yscale", "set_yticks",
    "subplots", "suptitle", "text", "tick_params",
}  # fmt: skip
KINDS = ("imports", "style", "print")


class Cell(NamedTuple):
    """Lines of code of one cell, and how many of them are plumbing of each kind."""

    lines: int
    imports: int
    style: int
    print: int


def measured(source):
    """The `Cell` of a cell's text."""
    kinds = {}  # line → kind
    for node in ast.parse(source).body:
        kinds |= plumbing(node)
    lines = enumerate(source.splitlines(), 1)
    found = [kinds.get(j) for j, line in lines if line.strip() and line.lstrip()[0] != "#"]
    return Cell(len(found), *map(found.count, KINDS))


def plumbing(node):
    """{line: kind} of the lines of a statement, and of those in it, that are plumbing."""
    inner = [part for name in ("body", "orelse", "finalbody") for part in getattr(node, name, [])]
    inner += [part for handler in getattr(node, "handlers", []) for part in handler.body]
    if not inner:
        kind = kind_of(node)
        return dict.fromkeys(range(node.lineno, node.end_lineno + 1), kind) if kind else {}
    found = [plumbing(part) for part in inner if not is_docstring(part)]
    if found and all(found):  # nothing else in it: its head is plumbing too
        kind = next(iter(found[0].values()))
        found.insert(0, dict.fromkeys(range(node.lineno, node.end_lineno + 1), kind))
    return {line: kind for lines in found for line, kind in lines.items()}


def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def kind_of(node):
    """The kind of plumbing of a simple statement, or None."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "imports"
    parts = list(ast.walk(node))
    value = getattr(node, "value", None)
    called = value.func if isinstance(value, ast.Call) else None
    names = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    if getattr(called, "attr", None) in STYLE or names & {"COLORS", "DASHES"}:
        return "style"
    formats = any(isinstance(p, ast.FormattedValue) and p.format_spec for p in parts)
    prints = getattr(called, "id", None) == "print" or "format" in names or formats
    return "print" if prints else None


def row(name, cells):
    """What the table says of the measured cells of one notebook."""
    lines = sum(cell.lines for cell in cells)
    parts = {kind: sum(getattr(cell, kind) for cell in cells) / lines for kind in KINDS}
    return {
        "": name,
        "cells": len(cells),
        "lines": lines,
        "median": median(cell.lines for cell in cells),
        "longest": max(cell.lines for cell in cells),
        f"> {LONG}": sum(cell.lines > LONG for cell in cells) / len(cells),
        **parts,
        "plumbing": sum(parts.values()),
    }


def rows(notebooks):
    """The rows of {notebook's name: its cells}, with all of them together in the last one."""
    cells = {
        name: [
            measured(cell.source)
            for cell in notebook
            if cell.cell_type == "code" and "hide-input" not in cell.metadata.get("tags", [])
        ]
        for name, notebook in notebooks.items()
        if not is_homework(name)
    }
    cells["Σ"] = [cell for one in cells.values() for cell in one]
    return [row(name, one) for name, one in cells.items()]


def report(notebooks):
    """The rows as a table."""
    made = rows(notebooks)
    shares = dict.fromkeys((f"> {LONG}", *KINDS, "plumbing"), ".0%")
    return table({head: [one[head] for one in made] for head in made[0]}, shares | {"median": "g"})


if __name__ == "__main__":
    print(report(read_sources(NOTEBOOKS)))
