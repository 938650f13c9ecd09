"""The two tables of a class: `grades.csv`, which we write, and `marks.csv`, where a person does.

`marks.csv` holds the points of essays and every correction after an appeal: student, item, points,
comment. Rows are added where something waits for a person and never changed; what stands there
wins over what was computed, in every later run.
"""

import csv
from pathlib import Path

from course_lib.homework.judging.assignments import ASSIGNMENTS
from course_lib.homework.words.sentences import reasons_text

MARKS = ("student", "item", "points", "comment")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def present(results):
    """The assignments that somebody of the class handed in, in order."""
    return [name for name in ASSIGNMENTS if any(name in r["assignments"] for r in results)]


def points(result, assignment):
    """Points on one assignment; None while the grader's own fault stands in the way."""
    if result["status"] == "grader_error":
        return None
    work = result["assignments"].get(assignment)
    return sum(item["points"] or 0 for item in work["items"].values()) if work else 0


def waiting(result):
    """Items whose points a person gives."""
    for work in result["assignments"].values():
        for name, item in work["items"].items():
            if item["points"] is None:
                yield name


def write_grades(results, path, language):
    """grades.csv: UTF-8 with a byte order mark, so that spreadsheets read Cyrillic."""
    assignments = present(results)
    header = ["student", "status", "total"]
    for assignment in assignments:
        header += [assignment, *ASSIGNMENTS[assignment]]
    header += ["waits_for_marks", "look_at", "similar_to", "files"]
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        for result in results:
            each = [points(result, assignment) for assignment in assignments]
            failed = result["status"] == "grader_error"
            row = [safe(result["student"]), result["status"], "" if failed else sum(each)]
            for assignment, value in zip(assignments, each, strict=True):
                work = result["assignments"].get(assignment, {"items": {}})
                row.append("" if value is None else value)
                for name in ASSIGNMENTS[assignment]:
                    item = work["items"].get(name, {"points": None if failed else 0})
                    row.append("" if item["points"] is None else item["points"])
            row += [" ".join(waiting(result)), safe(reasons_text(result, language, assignments))]
            row += [safe(few(result["similar"])), safe("; ".join(files(result)))]
            table.writerow(row)


def few(names, most=5):
    """A list that fits into a cell."""
    more = [f"+{len(names) - most}"] if len(names) > most else []
    return "; ".join([*names[:most], *more])


def files(result):
    return [work["file"] for work in result["assignments"].values()]


def read_marks(path):
    """({(student, item): (points, comment)}, [what is wrong with a row, …])."""
    if not Path(path).exists():
        return {}, []
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", errors="replace")
    lines = text.splitlines()
    delimiter = ";" if lines and ";" in lines[0] else ","  # as a Russian Excel saves it
    marks, wrong = {}, []
    for number, row in enumerate(csv.DictReader(lines, delimiter=delimiter), 2):
        value = (row.get("points") or "").strip().replace(",", ".")
        if not value:
            continue
        key = ((row.get("student") or "").removeprefix("'"), (row.get("item") or "").strip())
        try:
            marks[key] = number_of(value), (row.get("comment") or "").strip()
        except ValueError:
            wrong.append(f"marks.csv:{number}: {value!r}")
    return marks, wrong


def number_of(text):
    value = float(text)
    if not 0 <= value <= 1000:
        raise ValueError(text)
    return int(value) if value == int(value) else value


def apply_marks(results, marks):
    """Put a person's points in place of ours; returns the keys that name nobody or nothing."""
    unused = dict(marks)
    for result in results:
        for work in result["assignments"].values():
            for name, item in work["items"].items():
                if (result["student"], name) in marks:
                    item["points"], comment = unused.pop((result["student"], name))
                    item["comment"] = comment
    return list(unused)


def write_marks(results, path):
    """Add a row for everything that waits; rows that are there stay as they are."""
    path = Path(path)
    known, _ = known_rows(path)
    new = [
        (safe(result["student"]), name, "", "")
        for result in results
        for name in waiting(result)
        if (safe(result["student"]), name) not in known
    ]
    if not path.exists():
        with open(path, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerow(MARKS)
    if new:
        _, delimiter = known_rows(path)
        text = path.read_bytes()
        with open(path, "ab") as file:
            if not text.endswith(b"\n"):
                file.write(b"\r\n")
        with open(path, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(new)


def known_rows(path):
    """({(student, item)} as they stand in the file, its delimiter)."""
    if not path.exists():
        return set(), ","
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    rows = csv.DictReader(text.splitlines(), delimiter=delimiter)
    return {(row.get("student"), row.get("item")) for row in rows}, delimiter
