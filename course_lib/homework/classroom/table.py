"""The tables that we write: `grades.csv`, and one file for each LMS that takes grades in."""

import csv

from course_lib.homework.classroom.marks import safe, waiting
from course_lib.homework.classroom.spreadsheet import MANNERS
from course_lib.homework.judging.assignments import ASSIGNMENTS
from course_lib.homework.judging.verdict import whole
from course_lib.homework.words.sentences import reasons_text

FEW = 5  # names in one cell


def asked(results, assignments=()):
    """The assignments that were set; if that was not said, those that somebody handed in."""
    if assignments:
        return [name for name in ASSIGNMENTS if name in assignments]
    return [name for name in ASSIGNMENTS if any(name in r["assignments"] for r in results)]


def points(result, assignment):
    """Points on one assignment; None while the grader's own fault stands in the way."""
    work = result["assignments"].get(assignment)
    if result["status"] == "grader_error" and work is None:
        return None
    if work is None:
        return 0
    earned = sum(item["points"] or 0 for item in work["items"].values())
    return whole(max(0, earned + work.get("penalty", {"points": 0})["points"]))


def most(assignment):
    return sum(item.points for item in ASSIGNMENTS[assignment].values())


def write_grades(results, path, language, assignments):
    """grades.csv, as a spreadsheet in this language reads it."""
    manner = MANNERS[language]
    names = any(result["name"] for result in results)
    late = any(result["late"] for result in results)
    header = ["student", *["name"] * names, "status", "total", *["hours_late"] * late]
    for assignment in assignments:
        header += [assignment, *ASSIGNMENTS[assignment]]
    header += ["waits_for_marks", "look_at", "similar_to", "files"]
    with open(path, "w", encoding=manner.encoding, newline="") as file:
        table = csv.writer(file, delimiter=manner.delimiter)
        table.writerow(header)
        for result in results:
            each = [points(result, assignment) for assignment in assignments]
            failed = None in each
            row = [safe(result["student"]), *[safe(result["name"])] * names, result["status"]]
            row += ["" if failed else whole(sum(each)), *[result["late"] or ""] * late]
            for assignment, value in zip(assignments, each, strict=True):
                work = result["assignments"].get(assignment, {"items": {}})
                row.append("" if value is None else value)
                for name in ASSIGNMENTS[assignment]:
                    item = work["items"].get(name, {"points": None if value is None else 0})
                    row.append("" if item["points"] is None else item["points"])
            row += [" ".join(waiting(result)), safe(reasons_text(result, language, assignments))]
            row += [safe(few(alike(result))), safe("; ".join(files(result)))]
            table.writerow(map(manner.number, row))


def few(names):
    """A list that fits into a cell."""
    more = [f"+{len(names) - FEW}"] if len(names) > FEW else []
    return "; ".join([*names[:FEW], *more])


def alike(result):
    return [f"{other} {degree:.0%}" for other, degree, _ in result["similar"]]


def files(result):
    """Which file counts; where several do, for which items."""
    for work in result["assignments"].values():
        where = {}
        for name, item in work["items"].items():
            where.setdefault(item["file"], []).append(name)
        where.pop("", None)
        for file, names in where.items():
            yield file if len(where) == 1 else f"{file} ({', '.join(names)})"


def write_exports(results, folder, assignments, comment):
    """moodle_NAME.csv and canvas_NAME.csv for every assignment.

    comment(result): the words that go to the student. Points stay empty as long as a person has to
    mark something. The columns are those of Moodle's worksheet for offline grading and of Canvas's
    gradebook.
    """
    for assignment in assignments:
        rows, canvas = [], []
        for result in results:
            kind, number = result["lms"] or ("", "")
            name = result["name"] or result["student"]
            value = points(result, assignment)
            value = "" if value is None or not settled(result, assignment) else value
            identifier = f"Participant {number}" if kind == "moodle" else ""
            who = safe(result["student"])
            rows.append([identifier, safe(name), who, value, most(assignment), comment(result)])
            number = number if kind == "canvas" else ""
            canvas.append([safe(name), number, "", who, "", value])
        head = ["Identifier", "Full name", "ID number", "Grade", "Maximum Grade"]
        write(folder / f"moodle_{assignment}.csv", [[*head, "Feedback comments"], *rows])
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
        possible = ["Points Possible", "", "", "", "", most(assignment)]
        write(folder / f"canvas_{assignment}.csv", [head, possible, *canvas])


def settled(result, assignment):
    items = result["assignments"].get(assignment, {"items": {}})["items"]
    return all(item["points"] is not None for item in items.values())


def write(path, rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
