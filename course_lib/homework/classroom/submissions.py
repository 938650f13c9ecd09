"""Who handed in what: the students of a folder and their files.

One entry of the folder is one student: `petrova.ipynb`, or a folder `petrova/` with notebooks in it
(as an LMS unpacks them). The name of the entry is the student's id. Entries whose names differ only
in how Unicode spells a letter (й is one sign or two), or in the ending, are the same student.
"""

import os
import unicodedata
from pathlib import Path

IGNORED = {"thumbs.db", "desktop.ini", "__macosx"}
MOST_FILES = 200  # of one student, looked at
DEPTH = 4


def students(folder):
    """{id: paths of all files}, in the order of ids."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if not entry.name.startswith(".") and entry.name.casefold() not in IGNORED:
                path = Path(entry.path)
                is_folder = entry.is_dir(follow_symlinks=False)
                paths = list(files(path)) if is_folder else [path]
                found.setdefault(student_id(entry.name), []).extend(paths)
    return dict(sorted(found.items()))


def student_id(name):
    """The name of an entry as an id: one spelling of Unicode, no ending of a file."""
    name = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace"))
    for ending in (".ipynb", ".zip", ".py", ".pdf", ".html", ".rar", ".7z"):
        if name.casefold().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name.strip() or "?"


def files(folder, depth=DEPTH):
    """Files below a student's folder, at most `MOST_FILES`; links are not followed."""
    count = 0
    for path, folders, names in os.walk(folder):
        level = len(Path(path).relative_to(folder).parts)
        folders[:] = sorted(
            f for f in folders if level < depth and f[0] != "." and f not in IGNORED
        )
        for name in sorted(names):
            if not name.startswith(".") and count < MOST_FILES:
                count += 1
                yield Path(path, name)


def is_notebook(path):
    return path.name.casefold().endswith(".ipynb")
