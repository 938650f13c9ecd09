"""The cells of a notebook file, whatever it is, taken apart where that can hurt nobody.

A file of 30 MB can take a gigabyte to read, so this runs inside the sandbox; for the notebook that
`check` stands in, at home.
"""

import json
import re

MOST_CELLS = 2000
MOST_PROSE = 400_000  # characters of prose in one notebook
CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
PICTURE = re.compile(r"data:[\w/+.;-]*base64,[A-Za-z0-9+/=\s]+")


class NotANotebook(Exception):
    """The first argument is the key of the message."""


def cells_of(data):
    """[(kind, text), …] in the bytes of a file; kind is "code", "markdown" or "raw"."""
    text = decoded(data)
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotANotebook(instead(text)) from error
    try:
        cells = [
            (cell.get("cell_type"), plain(cell.get("source", cell.get("input"))))
            for cell in every_cell(notebook)
        ]
    except Exception as error:  # a file may hold anything
        raise NotANotebook("not_a_notebook") from error
    known = {"heading": "markdown", "html": "markdown", "plaintext": "raw"}
    cells = [(known.get(kind, kind), text) for kind, text in cells]
    if not all(kind in ("code", "markdown", "raw") for kind, _ in cells):
        raise NotANotebook("not_a_notebook")
    prose = sum(len(text) for kind, text in cells if kind != "code")
    if len(cells) > MOST_CELLS or prose > MOST_PROSE:
        raise NotANotebook("too_large")
    return cells


def instead(text):
    """The key of what a text is that is no JSON."""
    if CONFLICT.search(text):
        return "conflict"
    return "web_page" if text.lstrip("\ufeff \t\r\n").startswith("<") else "not_json"


def decoded(data):
    """The text: UTF-8, 16 or 32, with a mark or without; what is none of them is cp1251."""
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def every_cell(notebook):
    """The cells of formats 4 and 5, and of 3 and older, which kept them in worksheets."""
    if notebook["nbformat"] >= 4:
        return notebook["cells"]
    return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]


def plain(source):
    """A cell's text, a string or a list of lines: no pictures, and no halves of characters."""
    text = source if isinstance(source, str) else "".join(map(str, source))
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return PICTURE.sub("", text) if "base64," in text else text


def main(job):
    """job: {"data": bytes} → {"cells": …} or {"unreadable": key of the message}."""
    try:
        return {"cells": cells_of(job["data"])}
    except NotANotebook as error:
        return {"unreadable": error.args[0]}
