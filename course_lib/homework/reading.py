"""Reads a student's file as data, whatever it is; nothing in it is executed or believed."""

import json
import os
import re
import stat
from typing import NamedTuple

from course_lib.homework.words import language_of

MOST_BYTES = 32 * 2**20  # outputs are not looked at, but they make notebooks of 20 MB
MOST_CELLS = 2000


class Unreadable(Exception):
    """A file that holds no notebook; the first argument is the key of the message."""


class Notebook(NamedTuple):
    """What grading looks at: (kind, text) of each cell, the code cells numbered from 1."""

    cells: list
    language: str

    @property
    def code(self):
        texts = [text for kind, text in self.cells if kind == "code"]
        return [[number, text] for number, text in enumerate(texts, 1)]

    def essay(self, name):
        """The text after the word `name` at the start of a line of prose; None without the word.

        "" is what was handed out. The last text counts: an answer may stand below the empty one.
        """
        mark = re.compile(rf"^[ \t>*_`]*{name}[*_`]*[ \t]*[:.—–-]?", re.MULTILINE)
        texts = [mark.split(text, maxsplit=1) for kind, text in self.cells if kind == "markdown"]
        found = [parts[1].strip() for parts in texts if len(parts) == 2]
        written = [text for text in found if text.strip("….")]
        return written[-1] if written else "" if found else None

    @property
    def prose(self):
        return "\n\n".join(text for kind, text in self.cells if kind != "code")


def read_bytes(path):
    """The bytes of a regular file; a link, a pipe or a folder is refused without being opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable("not_a_file") from error
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not_a_file")
        if status.st_size == 0:
            raise Unreadable("empty_file")
        if status.st_size > MOST_BYTES:
            raise Unreadable("too_large")
        return file.read(MOST_BYTES)


def read_notebook(data):
    """The `Notebook` in the bytes of a file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", errors="replace")
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json") from error
    try:
        if notebook["nbformat"] < 4:
            import nbformat  # late: `check` at home reads notebooks of today only

            notebook = nbformat.convert(nbformat.from_dict(notebook), 4)
        cells = [(cell["cell_type"], joined(cell["source"])) for cell in notebook["cells"]]
    except Exception as error:  # a file may hold anything; nbformat raises what it likes
        raise Unreadable("not_a_notebook") from error
    if len(cells) > MOST_CELLS:
        raise Unreadable("too_large")
    return Notebook(cells, language_of(cells))


def joined(source):
    """A cell's text, which is a string or a list of lines."""
    return source if isinstance(source, str) else "".join(map(str, source))
