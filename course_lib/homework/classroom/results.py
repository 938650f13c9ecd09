"""Grades a folder of submissions into a folder of results; one bad file never stops the others.

OUT holds grades.csv, marks.csv (for a person's points), feedback/, report.html, files for an LMS,
history.csv, and .grading/ with the finished results: an interrupted run goes on where it stopped,
and a second run grades only what has changed, or what it is asked to grade again.
"""

import csv
import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import course_lib
from course_lib.homework.classroom import sandbox, similar, table
from course_lib.homework.classroom.feedback import in_a_line, write_feedback
from course_lib.homework.classroom.grading import (
    STATUSES,
    Settings,
    absent,
    grade,
    grader_error,
    status_of,
)
from course_lib.homework.classroom.marks import safe, take_marks
from course_lib.homework.classroom.report import write_report
from course_lib.homework.classroom.roster import assigned, hours_late, read_roster
from course_lib.homework.classroom.spreadsheet import MANNERS
from course_lib.homework.classroom.submissions import is_notebook, students
from course_lib.homework.classroom.turns import Turns
from course_lib.homework.limits import measured
from course_lib.homework.reading import Unreadable

LIBRARY = Path(course_lib.__file__).parent
HISTORY = ("when", "student", "item", "before", "after")


def grade_class(
    folder, out, settings=None, language="ru", jobs=None, progress=None, roster=None, again=()
):
    """Grade every student of `folder` and write the results to `out`; returns them, by id.

    folder: of submissions, or an archive of them. language: of the report, and of a page about
    files in which no language can be seen. jobs: how many at once, default the number of cores.
    progress: called with (done, all, student). roster: `students.csv`. again: what to grade anew
    though nothing has changed: ids of students, "id:item", or a status.
    Raises `NoSandbox` before anything is read if student code could not be run safely.
    """
    sandbox.probe()
    settings = settings or Settings()
    settings = settings._replace(limits=settings.limits or measured(sandbox.run), turns=Turns())
    people, wrong = read_roster(Path(roster)) if roster else ({}, [])
    who = assigned(students(Path(folder)), people) if people else students(Path(folder))
    for name in unknown(again, who):
        wrong.append(f"again: expected a student, student:item or a status; got {name!r}")
    out = Path(out)
    kept = Kept(out / ".grading", fingerprint(settings), again)
    results = {}
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        running = {
            pool.submit(one_student, student, files, people.get(student), settings, kept): student
            for student, files in who.items()
        }
        try:
            for done, future in enumerate(as_completed(running), 1):
                student = running[future]
                results[student] = future.result()
                if progress:
                    progress(done, len(who), student)
        except BaseException:
            settings.turns.stop()
            sandbox.stop()
            pool.shutdown(cancel_futures=True)
            raise
    ordered = [results[student] for student in who]
    kept.write_history(ordered, out / "history.csv")
    for result in ordered:
        about(result, who[result["student"]], people)
    return write_all(ordered, out, language, settings.assignments, wrong)


def unknown(again, who):
    return [a for a in again if a not in STATUSES and not {a, a.rpartition(":")[0]} & who.keys()]


def about(result, student, people):
    """What the roster and the files say of a student; no part of the kept result."""
    person = people.get(result["student"])
    result["name"] = person.name if person else ""
    result["lms"] = list(student.lms)
    works = result["assignments"].values()
    used = {item["file"] for work in works for item in work["items"].values()}
    result["late"] = round(hours_late(student, person, used), 1)
    if student.late and not result["late"]:
        result["late"] = "LATE"
    if people and person is None:
        result["reasons"].append(["not_on_the_roster", {}])
        result["status"] = "needs_human" if result["status"] == "ok" else result["status"]


def write_all(results, out, language, assignments, wrong):
    similar.mark(results)
    wrong = wrong + take_marks(results, out, MANNERS[language])
    for line in wrong:
        print(line, file=sys.stderr)
    for result in results:
        result["language"] = result["language"] or language
    asked = table.asked(results, assignments)
    table.write_grades(results, out / "grades.csv", language, asked)
    table.write_exports(results, out, asked, in_a_line)
    write_feedback(results, out / "feedback", asked)
    write_report(results, out / "report.html", language, asked, wrong)
    return {result["student"]: result for result in results}


def one_student(student, handed_in, person, settings, kept):
    """A student's result, from the last run if nothing has changed; a fault of ours is a result."""
    try:
        variant = person.variant if person else None
        if person and not handed_in.files:
            return absent(student)
        key = kept.key(student, variant, handed_in.files)
        old = kept.read(key)
        items = kept.asked_again(student, old)
        if old and items is None:
            return old
        result = grade(student, handed_in.files, settings, variant)
        if old and items:
            result = renewed(old, result, items)
        return kept.write(key, result)
    except Exception as error:
        return grader_error(student, error)


def renewed(old, new, items):
    """The old result with some items of the new one."""
    for assignment, work in new["assignments"].items():
        if assignment in old["assignments"]:
            known = old["assignments"][assignment]["items"]
            known.update({n: item for n, item in work["items"].items() if n in items})
    return old | {"status": status_of(old)}


class Kept:
    """The results of earlier runs, each under a hash of all that decides it."""

    def __init__(self, folder, version, again=()):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.version, self.again = folder, version, again

    def key(self, student, variant, files):
        whole = hashlib.sha256(repr((self.version, student, variant)).encode())
        for file in files:
            whole.update(file.name.encode("utf-8", "surrogateescape"))
            if is_notebook(file):
                try:
                    whole.update(hashlib.sha256(file.read()).digest())
                except Unreadable as error:
                    whole.update(repr(error).encode())
        return whole.hexdigest()

    def read(self, key):
        """What was kept; None if nothing was, or if a full disk or a power cut damaged it."""
        try:
            return json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def write(self, key, kept):
        """Keep it whole or not at all; returns what `read` will."""
        text = json.dumps(kept)
        part = self.folder / f"{key}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(self.folder / f"{key}.json")
        return json.loads(text)

    def asked_again(self, student, old):
        """None: the old result stands; else the items to grade anew, () for all."""
        if old and {student, old["status"]} & set(self.again):
            return ()
        parts = [a.rpartition(":") for a in self.again]
        return tuple(item for who, _, item in parts if who == student) or None

    def write_history(self, results, path):
        """A row for every point that is another one than in the last run."""
        old = self.read("last") or {}
        new = {result["student"]: summary(result) for result in results}
        when = datetime.now().strftime("%Y-%m-%d %H:%M")
        rows = [
            [when, safe(student), name, old[student].get(name), points.get(name)]
            for student, points in new.items() if student in old
            for name in {**old[student], **points}
            if old[student].get(name) != points.get(name)
        ]  # fmt: skip
        if rows:
            is_new = not path.exists()
            with open(path, "a", encoding="utf-8-sig" if is_new else "utf-8", newline="") as file:
                csv.writer(file).writerows([HISTORY, *rows] if is_new else rows)
        self.write("last", new)


def summary(result):
    """{item: points} and the status of a result."""
    works = result["assignments"].values()
    points = {name: item["points"] for work in works for name, item in work["items"].items()}
    return {"status": result["status"], **points}


def fingerprint(settings):
    """Of the code that grades and what it was told: other code, and everything is graded anew.

    Every file of the library counts: a grade comes from the problems, rates and methods too.
    """
    told = (settings.seed, settings.asked, sys.version, version("numpy"), version("ipython"))
    whole = hashlib.sha256(repr(told).encode())
    for path in sorted(LIBRARY.glob("**/*.py")):
        whole.update(path.relative_to(LIBRARY).as_posix().encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()
