"""`marks.csv`, the table in which a person marks: points of essays, corrections, penalties.

student, item, points, comment. Rows are added where something waits for a person and never changed;
what stands there wins over what was computed, in every later run. A row whose item is an assignment
takes points off its sum. A comment needs no points. `marks.xlsx` beside it is read as well.
"""

import math
import unicodedata

from course_lib.homework.classroom.spreadsheet import Manner, append, read_table
from course_lib.homework.judging.assignments import ASSIGNMENTS, Essay, items

COLUMNS = ("student", "item", "points", "comment")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def take_marks(results, folder, manner=Manner()):  # noqa: B008  never changed
    """Puts the marks of a person into the results; returns what was refused.

    Then adds rows for what waits, unless something was refused: who has to mend the file should
    find it as it was. manner: of a new file; an old one keeps its own.
    """
    marks, wrong = {}, []
    for path in (folder / "marks.csv", folder / "marks.xlsx"):
        if not path.exists():
            continue
        table = read_table(path, COLUMNS, ("student", "item"), is_row)
        wrong += table.wrong
        manner = table.manner if path.suffix == ".csv" else manner
        for place, row in table.rows:
            take_row(marks, wrong, place, row)
    by_name = {spelled(result["student"]): result for result in results}
    for (student, name), (place, value, comment) in marks.items():
        if student not in by_name:
            wrong.append(f"{place}: student: expected one of the table; got {student!r}")
        else:
            apply(by_name[student], name, value, comment)
    known = set(marks)
    new = [
        (safe(result["student"]), name, "", "")
        for result in results
        for name in waiting(result)
        if (spelled(result["student"]), name) not in known
    ]
    if wrong and new:
        wrong.append(f"marks.csv: {len(new)} new rows wait until these are mended")
    elif manner and (new or not (folder / "marks.csv").exists()):
        append(folder / "marks.csv", new, COLUMNS, manner)
    return wrong


def is_row(cells):
    return len(cells) > 1 and cells[1] in items()


def take_row(marks, wrong, place, row):
    """One row into `marks`, or what is wrong with it into `wrong`."""
    name = row["item"]
    if name not in items() and name not in ASSIGNMENTS:
        expected = ", ".join([*items(), *ASSIGNMENTS])
        wrong.append(f"{place}: item: expected one of {expected}; got {name!r}")
        return
    whole = name in ASSIGNMENTS
    most = sum(i.points for i in ASSIGNMENTS[name].values()) if whole else items()[name].points
    low, high = (-most, 0) if whole else (0, most)
    try:
        value = number_of(row["points"])
        if value is not None and not low <= value <= high:
            raise ValueError
    except ValueError:
        wrong.append(f"{place}: points: expected {low}…{high} or nothing; got {row['points']!r}")
        return
    key = spelled(row["student"]), name
    if key in marks and value is not None and marks[key][1] not in (None, value):
        wrong.append(f"{place}: expected one row for {key[0]}, {name}; got a second one")
        return
    _, before, comment = marks.get(key, (place, None, ""))
    marks[key] = place, before if value is None else value, row["comment"] or comment


def spelled(name):
    """A student's name as a table may hold it."""
    return " ".join(unicodedata.normalize("NFC", name).removeprefix("'").split())


def number_of(text):
    """Points, with a point or a comma; None for nothing."""
    if not text:
        return None
    value = float(text.replace(",", ".").replace("\u2212", "-"))
    if not math.isfinite(value):
        raise ValueError(text)
    return int(value) if value == int(value) else value


def apply(result, name, value, comment):
    """A mark, also for somebody whose notebook could not be read."""
    assignment = next(a for a in ASSIGNMENTS if name == a or name in ASSIGNMENTS[a])
    if value is None and not comment:
        return
    empty = {"items": {}, "shingles": {}, "essays": {}, "answers": {}}
    work = result["assignments"].setdefault(assignment, empty)
    if name == assignment:
        work["penalty"] = {"points": value or 0, "comment": comment}
        return
    if not work["items"]:
        work["items"] = {
            each: {"points": 0, "of": item.points, "findings": [], "for_person": False, "file": ""}
            for each, item in ASSIGNMENTS[assignment].items()
        }
    item = work["items"][name]
    if value is not None:
        item["points"], item["marked"] = value, True
    if comment:
        item["comment"] = comment


def waiting(result):
    """Items whose points a person gives: texts, and texts that could not be found."""
    for assignment, work in result["assignments"].items():
        for name, item in work["items"].items():
            lost = isinstance(ASSIGNMENTS[assignment][name], Essay) and item["for_person"]
            if item["points"] is None or (lost and not item.get("marked")):
                yield name
