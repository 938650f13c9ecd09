"""`students.csv`, which is optional: who is in the class, with a variant and a deadline each.

    id,name,variant,deadline,extension
    apetrova,Анна Петрова,17,2026-12-01 23:59,

With it everybody stands in the table, also who handed in nothing; a notebook's variant is compared
with the assigned one; and lateness is computed from the time at which the files were saved. An
entry belongs to the person whose id or name it bears, in either order of the words.
"""

import re
import unicodedata
from datetime import datetime
from typing import NamedTuple

from course_lib.homework.classroom.spreadsheet import read_table
from course_lib.homework.classroom.submissions import Student
from course_lib.homework.judging.measured import VARIANTS

COLUMNS = ("id", "name", "variant", "deadline", "extension")
TIMES = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%d.%m.%Y %H:%M", "%d.%m.%Y")


class Person(NamedTuple):
    """A row: variant and deadline (seconds since 1970) are None where nothing is said."""

    id: str
    name: str = ""
    variant: int | None = None
    deadline: float | None = None


def read_roster(path):
    """({id: Person}, [what was refused, …]); a refused row's person stays in the class."""
    table = read_table(path, COLUMNS, needed=("id",))
    people, wrong = {}, list(table.wrong)
    for place, row in table.rows:
        variant = deadline = None
        try:
            variant = variant_of(row["variant"])
            deadline = time_of(row["extension"]) or time_of(row["deadline"])
        except ValueError as error:
            wrong.append(f"{place}: {error}")
        if not row["id"] or row["id"] in people:
            wrong.append(f"{place}: id: expected one id a person; got {row['id']!r}")
        else:
            people[row["id"]] = Person(row["id"], row["name"], variant, deadline)
    return people, wrong


def variant_of(text):
    if not text:
        return None
    if not re.fullmatch(r"\d{1,4}", text) or int(text) >= VARIANTS:
        raise ValueError(f"variant: expected an integer 0…{VARIANTS - 1}; got {text!r}")
    return int(text)


def time_of(text):
    """A deadline in local time; a date alone is its last minute."""
    for form in TIMES if text else ():
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        if "%H" not in form:
            moment = moment.replace(hour=23, minute=59, second=59)
        return moment.timestamp()
    if text:
        raise ValueError(f"deadline: expected a time like 2026-12-01 23:59; got {text!r}")
    return None


def assigned(handed_in, people):
    """{id: Student}: everybody of the roster, and after them the entries that are nobody's."""
    bearers = {}
    for person in people.values():
        for spelling in {*spellings(person.id), *spellings(person.name)}:
            bearers.setdefault(spelling, set()).add(person.id)
    found = {who: Student([]) for who in people}
    for entry, student in handed_in.items():
        words = re.split(r"[\s_-]+", entry)
        candidates = [*spellings(entry), *spellings(student.lms[1] if student.lms else "")]
        named = next((bearers[s] for s in candidates if len(bearers.get(s, ())) == 1), None)
        named = named or {who for who in people if who in words}
        who = min(named) if len(named) == 1 else entry
        before = found.get(who, Student([]))
        lms = student.lms or before.lms
        found[who] = Student([*before.files, *student.files], lms, before.late or student.late)
    return found


def spellings(name):
    """A name in any order of its words, and without spaces, as Canvas writes it."""
    name = unicodedata.normalize("NFC", name).casefold().replace("ё", "е")
    words = re.findall(r"\w+", name)
    return [" ".join(sorted(words)), "".join(words), "".join(words[::-1])] if words else []


def hours_late(student, person, used):
    """Hours after the deadline at which the last of the files in `used` was saved; 0 in time."""
    if person is None or person.deadline is None:
        return 0.0
    times = [file.changed for file in student.files if file.name in used]
    return max(0.0, (max(times, default=0.0) - person.deadline) / 3600)
