"""Who handed in what: the students of a folder, or of an archive, and their files.

An entry of the folder is a student: `petrova.ipynb`, or a folder or an archive `petrova` with
notebooks anywhere in it. What an LMS gives is known by the names of its entries, unpacked or not:

    Moodle             Анна Петрова_123_assignsubmission_file_/hw1.ipynb, or flat: …_file_hw1.ipynb
    Canvas             petrovaanna_LATE_123_456_hw1.ipynb
    Google Classroom   Анна Петрова - hw1.ipynb
    GitHub Classroom   hw1-petrova/, a repository each; what all names begin with is left out

Entries whose names differ only in how Unicode spells a letter (й is one sign or two), or in the
ending, are the same student. A name that is no UTF-8, as old archives of Windows have, is read as
cp866 or cp1251 if that makes words, and else stays apart by its bytes.
"""

import io
import os
import re
import unicodedata
import zipfile
from collections import Counter
from datetime import datetime
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from course_lib.homework.reading import MOST_BYTES, Unreadable, read_bytes

IGNORED = {"thumbs.db", "desktop.ini", "__macosx"}
MOST_FILES = 2000  # of one student, looked at
DEPTH = 16
#: Of a notebook; a browser may add the last part, and Windows does not show it.
NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")
ENDINGS = (*NOTEBOOKS, ".zip", ".py", ".pdf", ".html", ".rar", ".7z")
REPOSITORY = ".git/"  # the name of what marks a clone, among its files
ENTRY = b"PK\x01\x02"  # of the directory of an archive

LMS = {
    "moodle": r"(?P<who>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)",
    "canvas": r"(?P<who>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_\d+_(?P<file>.+)",
    "google": r"(?P<who>.+?) [-–] (?P<file>.+\.[A-Za-z]\w{1,5})",
}


class File(NamedTuple):
    """A file of a student. name: as it is shown. read: its bytes, or `Unreadable`. changed: when
    it was saved, seconds since 1970, as far as the file tells."""

    name: str
    read: object
    changed: float


class Student(NamedTuple):
    """files: [File, …]. lms: ("moodle", number there) or (). late: the LMS says so."""

    files: list
    lms: tuple = ()
    late: bool = False


def students(place):
    """{id: Student} of a folder or of an archive, in the order of ids."""
    packed = place.is_file()
    entries = unwrapped((archive_entries if packed else folder_entries)(place), packed)
    common = common_beginning(entries)
    groups = {}
    for name, files in entries.items():
        matches = {lms: re.fullmatch(pattern, name) for lms, pattern in LMS.items()}
        lms = next((lms for lms, match in matches.items() if match), "")
        parts = matches[lms].groupdict() if lms else {}
        who = student_id(parts.get("who", name.removeprefix(common)))
        number = parts.get("number", "")
        key = who, number
        known = groups.setdefault(key, Student([], (lms, number) if number else ()))
        late = known.late or bool(parts.get("late"))
        files = [file for file in files if file.name != REPOSITORY]
        groups[key] = Student([*known.files, *files], known.lms, late)
    twice = Counter(who for who, _ in groups)
    ids = {(w, number): f"{w} ({number})" if twice[w] > 1 else w for w, number in groups}
    return dict(sorted((ids[key], student) for key, student in groups.items()))


def unwrapped(entries, packed):
    """What lies in the one folder that an archive of a class often holds.

    Unpacked it could also be the folder of one student, unless there are folders only, or the names
    are those of an LMS.
    """
    while len(entries) == 1:
        ((name, files),) = entries.items()
        inner, folders = {}, True
        for file in files:
            first, slash, rest = file.name.partition("/")
            folders = folders and bool(slash)
            inner.setdefault(first, []).append(file._replace(name=rest) if slash else file)
        known = all(any(re.fullmatch(p, each) for p in LMS.values()) for each in inner)
        if name in inner or len(inner) < 2 or not (packed or folders or known):
            return entries
        entries = inner
    return entries


def common_beginning(entries):
    """`hw1-` of hw1-petrova, hw1-sidorov …, if every entry is a repository of git."""
    repositories = all(any(file.name == REPOSITORY for file in files) for files in entries.values())
    if len(entries) < 2 or not repositories:
        return ""
    words = [name.split("-")[:-1] for name in entries]
    same = takewhile(lambda each: len({*each}) == 1, zip(*words, strict=False))
    shared = [each[0] for each in same]
    return "-".join([*shared, ""]) if shared else ""


def folder_entries(folder):
    """{name: [File, …]}; links are not followed."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = readable(os.fsencode(entry.name))
            if ignored(name):
                continue
            path, is_folder = Path(entry.path), entry.is_dir(follow_symlinks=False)
            files = below(path) if is_folder else [path_file(path, name)]
            found.setdefault(name, []).extend(each for file in files for each in opened(file))
    return found


def below(folder):
    """The files of a student's folder. In a clone of git they are as old as the clone: no time."""
    found, cloned = [], (folder / ".git").is_dir()
    if cloned:
        found.append(File(REPOSITORY, lambda: b"", 0.0))
    for path, folders, names in os.walk(folder):
        inside = Path(path).relative_to(folder)
        level = len(inside.parts)
        folders[:] = sorted(name for name in folders if level < DEPTH and not ignored(name))
        for name in sorted(names):
            if not ignored(name):
                shown = readable(os.fsencode(inside / name))
                file = path_file(Path(path, name), shown)
                found.append(file._replace(changed=0.0) if cloned else file)
    found.sort(key=lambda file: not is_notebook(file))  # an environment has thousands of others
    return found[:MOST_FILES]


def path_file(path, name):
    return File(name, lambda: read_bytes(path), os.lstat(path).st_mtime)


def ignored(name):
    return name.startswith(".") or name.casefold() in IGNORED


def opened(file):
    """The files of a student's archive, or the file itself."""
    if not file.name.casefold().endswith(".zip"):
        return [file]
    try:
        data = file.read()
        if data.count(ENTRY) > MOST_FILES:
            raise Unreadable("too_large")
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (Unreadable, zipfile.BadZipFile, ValueError, NotImplementedError):
        return [file]
    inside = [member for member in members(archive) if is_notebook(member)]
    return inside or [file]


def archive_entries(path):
    """The entries of the archive of a whole class."""
    found = {}
    for file in members(zipfile.ZipFile(path)):
        first, slash, rest = file.name.partition("/")
        file = file._replace(name=rest if slash else first)
        found.setdefault(first, []).extend(opened(file))
    return found


def members(archive):
    """The files of an archive, read one by one: nothing is written anywhere, whatever its name."""
    for info in archive.infolist():
        raw = info.filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
        name = readable(raw).replace("\\", "/")
        parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..")]
        if info.is_dir() or not parts or any(map(ignored, parts)):
            continue
        yield File("/".join(parts), lambda info=info: member(archive, info), saved(info))


def member(archive, info):
    """The bytes of one file of an archive."""
    try:
        with archive.open(info) as file:
            data = file.read(MOST_BYTES + 1)
    except Exception as error:  # damaged, encrypted, an unknown method: zipfile raises many things
        raise Unreadable("not_a_file") from error
    if not data:
        raise Unreadable("empty_file")
    if len(data) > MOST_BYTES:
        raise Unreadable("too_large")
    return data


def saved(info):
    """When a file of an archive was saved: local time, as archives keep it."""
    try:
        return datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def readable(name):
    """A name from its bytes; two names stay two."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        pass
    for encoding in ("cp866", "cp1251"):
        text = name.decode(encoding, "replace")
        if all(c.isascii() or "а" <= c.casefold() <= "я" or c in "ёЁ№" for c in text):
            return text
    return name.decode("utf-8", "backslashreplace")


def student_id(name):
    """The name of an entry as an id: one spelling of Unicode, no ending of a file."""
    name = unicodedata.normalize("NFC", name)
    for ending in ENDINGS:
        if name.casefold().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name.strip() or "?"


def is_notebook(file):
    return file.name.casefold().endswith(NOTEBOOKS)
