"""Reads a student's file as data, whatever it is; nothing in it is executed or believed."""

import os
import re
import stat
from typing import NamedTuple

from course_lib.homework.words import language_of

MOST_BYTES = 32 * 2**20  # outputs are not looked at, but they make notebooks of 20 MB
COMMENT = re.compile(r"^[ \t]*#[ \t]?(.*)$", re.MULTILINE)


class Unreadable(Exception):
    """A file that holds no notebook; the first argument is the key of the message."""


class Notebook(NamedTuple):
    """What grading looks at: (kind, text) of each cell, the code cells numbered from 1."""

    cells: list

    @property
    def language(self):
        return language_of(self.cells)

    @property
    def code(self):
        texts = [text for kind, text in self.cells if kind == "code"]
        return [[number, text] for number, text in enumerate(texts, 1)]

    @property
    def prose(self):
        return "\n\n".join(text for kind, text in self.cells if kind != "code")

    def essay(self, name):
        """The text after the word `name` at the start of a line; None without the word.

        "" is what was handed out. An answer may also stand above the word, in the cells of prose
        right below, in comments of a code cell, or in a text assigned to the name. The last text
        counts.
        """
        mark = re.compile(rf"^[ \t>*_`]*{name}[*_`]*[ \t]*[:.—–-]?", re.MULTILINE)
        found = []
        for place, (kind, text) in enumerate(self.cells):
            text = commented(text, name) if kind == "code" else text
            above, *below = mark.split(text, maxsplit=1)
            if below:
                answer = written(below[0]) or (kind != "code" and written(above))
                found.append(answer or self.prose_below(place))
        texts = [text for text in found if text]
        return texts[-1] if texts else "" if found else None

    def prose_below(self, place):
        """The cells of prose right below one, up to a heading, code, or the mark of a question."""
        taken = []
        for kind, text in self.cells[place + 1 :]:
            if kind == "code" or re.match(r"\s*[#`]", text):
                break
            taken.append(text)
        return written("\n\n".join(taken))


def written(text):
    """The text; "" if there is nothing but the dots that were handed out."""
    return text.strip() if text.strip("….*_ \n") else ""


def commented(text, name):
    """What a code cell says in prose: its comments, or the text that it assigns to a name."""
    assigned = re.search(rf"^{name}\s*=\s*[fr]*(\"\"\"|'''|\"|')(.*?)\1", text, re.M | re.S)
    if assigned:
        return f"{name}: {assigned[2]}"
    return "\n".join(COMMENT.findall(text))


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
